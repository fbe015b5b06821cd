"""StringField(keep_empty=True): the empty text is a value wherever values are."""

import pytest

from dynamongo import (
    DictField,
    ExpressionError,
    GlobalIndex,
    IntField,
    ListField,
    MapField,
    Model,
    SchemaError,
    StringField,
    Transaction,
    ValidationError,
)
from dynamongo._evaluate import matches

pytestmark = pytest.mark.broad


class Kept(StringField):
    """A subclass, whose codec has no short way."""


class Note(Model):
    __table__ = 'notes'
    __hash_key__ = 'id'

    id = StringField(keep_empty=True)
    text = StringField(keep_empty=True, attribute='t')
    plain = StringField()
    given = StringField(keep_empty=True, default='')
    needed = StringField(keep_empty=True, required=True, default='x')
    own = Kept(keep_empty=True)
    place = DictField(city=StringField(keep_empty=True), zip=StringField())
    names = MapField(StringField(keep_empty=True))
    lines = ListField(DictField(sku=StringField(keep_empty=True, required=True)))
    tags = ListField(StringField(keep_empty=True))
    owner = StringField(keep_empty=True)
    by_owner = GlobalIndex('owner')


class Log(Model):
    __table__ = 'logs'
    __hash_key__ = 'id'
    __range_key__ = 'part'

    id = StringField()
    part = StringField(keep_empty=True)
    n = IntField()


@pytest.fixture
def table(shared_client, connection):
    """The tables, made once."""
    if not shared_client[2]:
        Note.create_table()
        Log.create_table()
        shared_client[2].append(Note)
    return Note.table()


def errors_of(call, *args):
    with pytest.raises(ValidationError) as raised:
        call(*args)
    return raised.value.errors


EMPTY = {
    'text': '', 'plain': '', 'needed': '', 'own': '', 'place': {'city': '', 'zip': ''},
    'names': {'a': '', 'b': None}, 'lines': [{'sku': ''}], 'tags': ['', 'a'],
}  # fmt: skip


def test_the_empty_text_is_stored(table):
    """At the top, in dicts, maps and lists; without keep_empty it is left out as ever."""
    made = Note(id='a', **EMPTY)
    assert (made.text, made.own, made.given, made.needed) == ('', '', '', '')
    saved = made.save()
    stored = table.get_item(Key={'id': 'a'})['Item']
    assert stored == {
        'id': 'a', 't': '', 'given': '', 'needed': '', 'own': '', 'place': {'city': ''},
        'names': {'a': ''}, 'lines': [{'sku': ''}], 'tags': ['', 'a'],
    }  # fmt: skip
    assert saved == Note.get_one('a')
    assert (saved.text, saved.plain, saved.place, saved.names) == (
        '',
        None,
        {'city': ''},
        {'a': ''},
    )
    Note.save_many([Note(id='b', **EMPTY)])
    assert Note.get_one('b').text == ''


def test_none_is_nothing_all_the_same(table):
    saved = Note(id='none', text=None, given=None, own=None, place={'city': None}).save()
    stored = table.get_item(Key={'id': 'none'})['Item']
    assert not {'t', 'given', 'own'} & stored.keys()
    assert stored['place'] == {}
    assert saved.text is None
    assert list(errors_of(Note(id='a', needed=None).validate)) == ['needed']


@pytest.mark.parametrize(
    ('options', 'accepted'),
    [
        ({}, True),
        ({'required': True}, True),
        ({'min_length': 1}, False),
        ({'max_length': 0}, True),
        ({'regex': 'a+'}, False),
        ({'regex': 'a*'}, True),
        ({'choices': ['a']}, False),
        ({'choices': ['', 'a']}, True),
        ({'validators': [len]}, True),
    ],
)
def test_constraints_apply_to_the_empty_text(options, accepted):
    field = StringField(keep_empty=True, **options)
    if accepted:
        assert field.validate('') == field.validate(b'') == ''
    else:
        errors_of(field.validate, '')


def test_a_default_that_breaks_a_rule_is_refused():
    with pytest.raises(SchemaError, match='default'):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = StringField()
            text = StringField(keep_empty=True, min_length=1, default='')


@pytest.mark.parametrize('value', [1, None, 'yes'])
def test_keep_empty_is_true_or_false(value):
    with pytest.raises(SchemaError, match='True or False as keep_empty'):
        StringField(keep_empty=value)


# Keys


USES = {
    'a new item': lambda: Note(id='').save(),
    'a get': lambda: Note.get_one(''),
    'an update': lambda: Note.update_one('', [Note.text.set('a')]),
    'a range key': lambda: Log(id='a', part='').save(),
    'a get by range key': lambda: Log.get_one(('a', '')),
    'a batch': lambda: Log.save_many([Log(id='a', part='')]),
    'an index': lambda: Note(id='a', owner='').save(),
    'an update of an index': lambda: Note.update_one('a', [Note.owner.set('')]),
    'an update from a dict': lambda: Note.update_from_dict({'id': 'a', 'owner': ''}),
    'a transaction': lambda: save_in_transaction(Note(id='a', owner='')),
}


def save_in_transaction(note):
    with Transaction() as transaction:
        transaction.save(note)


def save_changed(note):
    note.owner = ''
    note.save(changed=True)


@pytest.mark.parametrize('use', USES.values(), ids=list(USES))
def test_a_key_must_not_be_empty(table, sent, use):
    """DynamoDB refuses it; so it isn't sent. That goes for the keys of indexes too."""
    with pytest.raises(ValidationError, match='key needs a value'):
        use()
    assert sent.operations == []


def test_the_key_of_an_index_must_not_become_empty(table, sent):
    note = Note(id='index', owner='me').save()
    sent.clear()
    with pytest.raises(ValidationError, match='key needs a value'):
        save_changed(note)
    assert sent.operations == []
    note.owner = None
    note.save(changed=True)
    assert note.owner is None


def test_conditions_on_keys_find_nothing(table):
    assert list(Note.get_many(Note.id == '')) == []
    assert list(Note.get_many(Note.id.in_(['']))) == []
    assert list(Note.get_many(Note.owner == '')) == []


# Updates


@pytest.mark.parametrize(
    ('make', 'clause', 'value'),
    [
        (lambda: Note.text.set(''), 'SET', ''),
        (lambda: Note.text.set(None), 'REMOVE', None),
        (lambda: Note.text.set_if_not_exists(''), 'SET', ''),
        (lambda: Note.text.set_if_not_exists(None), None, None),
        (lambda: Note.needed.set(''), 'SET', ''),
        (lambda: Note.own.set(b''), 'SET', ''),
        (lambda: Note.place.city.set(''), 'SET', ''),
        (lambda: Note.place.zip.set(''), 'REMOVE', None),
        (lambda: Note.names['x'].set(''), 'SET', ''),
        (lambda: Note.tags[0].set(''), 'SET', ''),
        (lambda: Note.place.set({'city': '', 'zip': ''}), 'SET', {'city': ''}),
        (lambda: Note.lines.append({'sku': ''}), 'SET', [{'sku': ''}]),
        (lambda: Note.plain.set(''), 'REMOVE', None),
    ],
)
def test_updates_with_the_empty_text(make, clause, value):
    update = make()
    assert (update.clause, update.value) == (clause, value)


def test_the_empty_text_is_set(table):
    Note.save_one({'id': 'u', 'text': 'a', 'place': {'city': 'x'}})
    note = Note.update_one('u', [
        Note.text.set(''), Note.place.city.set(''), Note.names['x'].set(''),
        Note.own.set_if_not_exists(''), Note.plain.set(''),
    ])  # fmt: skip
    assert (note.text, note.place, note.names, note.own) == ('', {'city': ''}, {'x': ''}, '')
    copied = Note.update_one('u', [Note.given.set(Note.owner.if_not_exists(''))])
    assert copied.given == ''
    assert Note.update_from_dict({'id': 'u', 'text': None, 'needed': ''}).text is None
    made = Note.update_one('new', [Note.needed.set_if_not_exists('')], upsert=True)
    assert made.needed == ''
    with pytest.raises(ExpressionError, match='would lack'):
        Note.update_one('new', [Note.text.set('')], upsert=True)


def test_changes_from_and_to_the_empty_text_are_saved(table, sent):
    saved = Note(id='changed', text='', own='', place={'city': ''}).save()
    for note in (saved, Note.get_one('changed')):
        for value in (None, '', 'a', ''):
            note.text = value
            note.own = value
            note.place['city'] = value
            sent.clear()
            note.save(changed=True)
            assert sent.operations == ['UpdateItem']
            read = Note.get_one('changed')
            assert (read.text, read.own, read.place.get('city')) == (value, value, value)
            assert read == note
        sent.clear()
        note.text = ''
        note.save(changed=True)
        assert sent.operations == []


# Conditions

ITEMS = [
    {'id': '0', 'text': '', 'plain': 'x', 'place': {'city': ''}},
    {'id': '1', 'text': None, 'plain': ''},
    {'id': '2', 'text': 'a', 'plain': 'x', 'names': {'x': ''}},
]


@pytest.mark.parametrize(
    ('condition', 'met'),
    [
        (Note.text == '', '0'),
        (Note.text != '', '12'),
        (~(Note.text == ''), '12'),
        (Note.text == None, '1'),
        (Note.text != None, '02'),
        (Note.text.in_(['', 'a']), '02'),
        (Note.text < 'a', '0'),
        pytest.param(
            Note.text.between('', 'a'),
            '02',
            marks=pytest.mark.faithful('moto 5.1 takes an empty bound for none'),
        ),
        (Note.text.exists(), '02'),
        (Note.place.city == '', '0'),
        (Note.place.city != '', '12'),
        (Note.names['x'] == '', '2'),
        (Note.plain == '', '1'),
        (Note.plain != '', '02'),
        (Note.own == '', ''),
    ],
    ids=repr,
)
def test_conditions_with_the_empty_text(stored, condition, met):
    """It equals itself alone; the engine and the evaluator say the same."""
    stored('kept', Note, ITEMS)
    assert ''.join(sorted(note.id for note in Note.get_many(condition))) == met
    raw = Note.table().scan()['Items']
    assert ''.join(sorted(item['id'] for item in raw if matches(condition, item))) == met
