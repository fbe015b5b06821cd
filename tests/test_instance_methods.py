"""The methods of instances: save, delete, update, refresh and validate."""

import copy
import datetime
import pickle
import re
from decimal import Decimal

import pytest

from dynamongo import (
    BooleanField,
    ConditionalCheckFailedException,
    DateTimeField,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    JSONField,
    ListField,
    MapField,
    Model,
    PartialItemError,
    SchemaError,
    SetField,
    StringField,
    Transaction,
    ValidationError,
    _held,
)

pytestmark = pytest.mark.broad


class Doc(Model):
    """A model with every kind of value, and names that differ from the stored ones."""

    __table__ = 'docs'
    __hash_key__ = 'id'
    __range_key__ = 'at'

    id = StringField(required=True)
    at = IntField(required=True)
    name = StringField(required=True)
    size = IntField(max_value=100)
    ratio = FloatField()
    flag = BooleanField()
    tags = ListField(StringField(max_length=9))
    parts = ListField(DictField(sku=StringField(required=True), count=IntField(default=1)))
    address = DictField(
        city=StringField(),
        zip=StringField(attribute='postal_code'),
        geo=DictField(lat=FloatField()),
    )
    free = Field()
    label = StringField(attribute='l', deserialize_from='title')
    status = StringField(default='new')
    made = DateTimeField()


class Ignoring(Doc):
    """The same table, less what isn't declared."""

    __extra__ = 'ignore'


class Older(Model):
    """The same table, as a program declares it that knows little of it."""

    __table__ = 'docs'
    __hash_key__ = 'id'
    __range_key__ = 'at'

    id = StringField()
    at = IntField()
    size = IntField()


KEY = ('a', 1)
#: An item as it is stored, with attributes that the model doesn't declare.
RAW = {
    'id': 'a',
    'at': 1,
    'name': 'Ada',
    'size': 5,
    'ratio': Decimal('1.5'),
    'flag': True,
    'tags': ['x', 'y'],
    'parts': [{'sku': 's', 'count': 2}],
    'address': {'city': 'Rome', 'postal_code': '00100', 'geo': {'lat': Decimal('41.9')}},
    'free': {'n': [1, {'deep': 'v'}], 'b': 'raw', 's': {'p', 'q'}},
    'l': 'L',
    'made': '2020-01-02T03:04:05.000000',
    'nick': 'old',
    'nested': {'k': [1, Decimal('2.5')], 'set': {'1', '2'}},
}


@pytest.fixture
def docs(stored):
    """The table, with one item. The connection is shared: to make one takes longer than a test."""
    stored('docs', Doc, [])
    for item in Doc.table().scan(ConsistentRead=True)['Items']:
        Doc.table().delete_item(Key={'id': item['id'], 'at': item['at']})
    Doc.table().put_item(Item=RAW)
    return Doc


def reset(model=Doc, raw=RAW):
    """Store the item anew and return it as it is read."""
    model.table().put_item(Item=raw)
    return model.get_one(KEY)


def held(key=KEY):
    """Return the item in the table, by other means than those that are tested."""
    found = Doc.table().get_item(Key={'id': key[0], 'at': key[1]}, ConsistentRead=True)
    return found.get('Item')


def written(sent):
    """Return what the only request, an UpdateItem, sets, removes and adds to."""
    assert sent.operations == ['UpdateItem']
    request = sent[0][1]
    names = request['ExpressionAttributeNames']
    values = request.get('ExpressionAttributeValues', {})
    clauses = re.split(r' ?\b(SET|REMOVE|ADD) ', request['UpdateExpression'])[1:]
    found = {'SET': {}, 'REMOVE': set(), 'ADD': {}}
    for clause, text in zip(clauses[::2], clauses[1::2]):
        for action in text.split(', '):
            name, _, value = re.sub(' = ', ' ', action).partition(' ')
            if clause == 'REMOVE':
                found[clause].add(names[name])
            else:
                found[clause][names[name]] = values[value]
    return found['SET'], found['REMOVE'], found['ADD']


def assigned(**values):
    def change(doc):
        for name, value in values.items():
            setattr(doc, name, value)

    return change


def done(path):
    """Return a function that runs a statement on an instance called ``doc``."""

    def change(doc):
        exec(path, {'doc': doc, 'Decimal': Decimal})

    return change


# save


def test_save_stores_the_instance_and_returns_it(docs, sent):
    """A new instance is made, a stored one replaced; it then is what is stored."""
    doc = Doc(id='b', at='2', name='B', tags=('t',), title='T')
    doc.free = {'t': (1, 2.0)}
    assert doc.save() is doc
    assert sent.operations == ['PutItem']
    assert (doc.at, doc.tags, doc.free, doc.status) == (2, ['t'], {'t': [1, 2]}, 'new')
    assert Doc.get_one(('b', 2)) == doc
    doc.label = ''
    doc.tags = []
    doc.save()
    assert held(('b', 2)) == {
        'id': 'b', 'at': 2, 'name': 'B', 'tags': [], 'parts': [], 'address': {'geo': {}},
        'free': {'t': [1, 2]}, 'status': 'new',
    }  # fmt: skip
    assert Doc.get_one(doc) == doc


def test_save_overwrites_as_save_one_does(docs):
    mine = Doc(id='a', at=1, name='Mine')
    for overwrite in (False, Doc.size > 5, Doc.name.in_([])):
        with pytest.raises(ConditionalCheckFailedException) as caught:
            mine.save(overwrite)
        assert caught.value.item == Doc.get_one(KEY)
        assert held() == RAW
    mine.save(overwrite=Doc.size == 5)
    assert held()['name'] == 'Mine'
    for overwrite in (False, Doc.size > 5):
        other = Doc(id='b', at=int(overwrite is False), name='B').save(overwrite)
        assert Doc.get_one(other) == other


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'overwrite': None}, ExpressionError, 'True, False or a condition'),
        ({'overwrite': None, 'changed': True}, ExpressionError, 'True, False or a condition'),
        ({'overwrite': Ignoring.name}, ExpressionError, 'True, False or a condition'),
        ({'changed': 1}, ValidationError, 'changed is True or False'),
        ({'changed': 'name'}, ValidationError, 'changed is True or False'),
        ({'changed': None}, ValidationError, 'changed is True or False'),
    ],
)
def test_save_refuses_wrong_arguments(connection, sent, arguments, error, message):
    with pytest.raises(error, match=message):
        Doc(id='a', at=1, name='A').save(**arguments)
    assert sent == []


def test_a_save_that_fails_leaves_the_instance_as_it_is(docs):
    doc = Doc.get_one(KEY)
    doc.size = '7'
    doc.tags = ('t',)
    for save in (
        lambda: doc.save(overwrite=False),
        lambda: doc.save(Doc.size == 9, changed=True),
    ):
        with pytest.raises(ConditionalCheckFailedException):
            save()
        assert (doc.size, doc.tags) == ('7', ['t'])
    doc.save(changed=True)
    assert held() == {**RAW, 'size': 7, 'tags': ['t']}


# save(changed=True)

CHANGED = [
    # What is done to the instance, what is then set, and what is removed.
    (assigned(name='B'), {'name': 'B'}, set()),
    (assigned(name='B', size='6'), {'name': 'B', 'size': 6}, set()),
    (assigned(size=None), {}, {'size'}),
    (assigned(label='', made=None), {}, {'l', 'made'}),
    (assigned(label='M'), {'l': 'M'}, set()),
    (assigned(status='old'), {'status': 'old'}, set()),
    (assigned(ratio=2), {'ratio': 2}, set()),
    (assigned(flag=False), {'flag': False}, set()),
    (assigned(flag=None), {}, {'flag'}),
    (assigned(made=datetime.datetime(2021, 1, 1)), {'made': '2021-01-01T00:00:00.000000'}, set()),
    (assigned(tags=[]), {'tags': []}, set()),
    (assigned(tags=None), {'tags': []}, set()),
    (assigned(tags=('y',)), {'tags': ['y']}, set()),
    (assigned(address={}), {'address': {'geo': {}}}, set()),
    (assigned(free=None), {}, {'free'}),
    (assigned(free=''), {}, {'free'}),
    (assigned(free=[]), {'free': []}, set()),
    (done('doc.tags.append("z")'), {'tags': ['x', 'y', 'z']}, set()),
    (done('doc.tags.reverse()'), {'tags': ['y', 'x']}, set()),
    (done('doc.tags.clear()'), {'tags': []}, set()),
    (done('doc.parts[0]["count"] = 3'), {'parts': [{'sku': 's', 'count': 3}]}, set()),
    (
        done('doc.address["geo"]["lat"] = 1'),
        {'address': {'city': 'Rome', 'postal_code': '00100', 'geo': {'lat': 1}}},
        set(),
    ),
    (
        done('doc.address["city"] = None'),
        {'address': {'postal_code': '00100', 'geo': {'lat': Decimal('41.9')}}},
        set(),
    ),
    (done('doc.free["n"][1]["deep"] = "w"'), None, set()),
    (done('doc.free["n"][0] = True'), None, set()),
    (done('doc.free["s"].add("r")'), None, set()),
    (done('doc.free["new"] = None'), None, set()),
    (done('del doc.size; del doc.tags'), {'tags': []}, {'size'}),
    (done('del doc.free'), {}, {'free'}),
    (done('doc.extra["nick"] = "new"'), {'nick': 'new'}, set()),
    (done('doc.extra["more"] = (1, 0.5)'), {'more': [1, Decimal('0.5')]}, set()),
    (done('doc.extra["more"] = None'), {'more': None}, set()),
    (done('del doc.extra["nick"]'), {}, {'nick'}),
    (done('doc.extra.clear()'), {}, {'nick', 'nested'}),
    (
        done('doc.extra["nested"]["k"].append(True)'),
        {'nested': {'k': [1, Decimal('2.5'), True], 'set': {'1', '2'}}},
        set(),
    ),
    (
        done('doc.name = "B"; doc.size = None; doc.tags.append("z"); doc.extra["nick"] = "n"'),
        {'name': 'B', 'tags': ['x', 'y', 'z'], 'nick': 'n'},
        {'size'},
    ),
]


def test_only_what_has_changed_is_sent(docs, sent):
    """The rest of the item stays, and the instance then is what is stored."""
    for number, (change, values, removed) in enumerate(CHANGED):
        doc = reset()
        change(doc)
        sent.clear()
        assert doc.save(changed=True) is doc
        if values is None:  # The free document as a whole, as the instance has it.
            values = {'free': Doc._schema.fields['free'].to_primitive(doc.free)}
        got = written(sent)
        assert got == (values, removed, {}), number
        assert [type(got[0][name]) is bool for name in values] == [
            type(value) is bool for value in values.values()
        ]
        expected = {name: value for name, value in {**RAW, **values}.items() if name not in removed}
        assert held() == expected, number
        sent.clear()
        doc.save(changed=True)
        assert sent == [], number
        assert Doc.get_one(KEY) == doc, number


UNCHANGED = [
    done('pass'),
    done('repr(doc), doc.to_dict(extra=True), doc.validate(), doc == doc, doc.extra, doc.status'),
    assigned(name='Ada', size=5, ratio=1.5, flag=True, label='L'),
    assigned(size='5', ratio=Decimal('1.5'), made='2020-01-02T03:04:05'),
    assigned(flag=1),
    assigned(tags=('x', 'y'), parts=[{'count': 2.0, 'sku': 's'}]),
    assigned(status=None),
    assigned(status=''),
    done('doc.size = 6; doc.size = 5'),
    done('doc.size = None; doc.size = 5.0'),
    done('del doc.size; doc.size = 5'),
    done('doc.tags.append("z"); doc.tags.pop()'),
    done('doc.tags = []; doc.tags += ["x", "y"]'),
    done('doc.address["geo"]["lat"] = 41.9; doc.address["city"] = "Rome"'),
    done('doc.free["n"][0] = 1.0'),
    done('doc.free["s"] = frozenset("pq")'),
    done('doc.extra["nested"]["k"] = (1, 2.5)'),
    done('doc.extra["x"] = 1; del doc.extra["x"]'),
    done('doc.at = "1"'),
    done('doc._note = "mine"'),
]


def test_nothing_is_sent_where_nothing_has_changed(docs, sent):
    for number, change in enumerate(UNCHANGED):
        doc = reset()
        change(doc)
        sent.clear()
        assert doc.save(changed=True) is doc
        assert sent == [], number
        assert held() == RAW, number


def test_lists_and_dicts_that_are_absent_may_be_filled(docs, sent):
    """Looked at, they change nothing; what is put into them is saved."""
    bare = {'id': 'a', 'at': 1, 'name': 'A'}
    for change, values in (
        ('doc.tags, doc.address, doc.parts, doc.free', None),
        ('doc.tags = []; doc.parts = ()', None),
        ('doc.address = {}', {'address': {'geo': {}}}),
        ('doc.tags = None; doc.address = None', None),
        ('doc.tags.append("z")', {'tags': ['z']}),
        ('doc.address["city"] = "Oslo"', {'address': {'city': 'Oslo'}}),
        ('doc.parts.append({"sku": "n"})', {'parts': [{'sku': 'n'}]}),
        ('doc.free = {"a": 1}', {'free': {'a': 1}}),
        ('doc.free = False', {'free': False}),
        ('doc.free = 0', {'free': 0}),
    ):
        doc = reset(raw=bare)
        exec(change, {'doc': doc})
        sent.clear()
        doc.save(changed=True)
        assert (written(sent)[0] if sent else None) == values, change
        assert held() == {**bare, **(values or {})}, change


@pytest.mark.parametrize(
    ('before', 'given', 'differs'),
    [
        (1, True, True),
        (True, 1, True),
        (0, False, True),
        (False, 0, True),
        (1, 1.0, False),
        (1, Decimal('1.00'), False),
        ('1', 1, True),
        ([1], [True], True),
        ({'a': False}, {'a': 0}, True),
        ([1], (1,), False),
        (None, 0, True),
        (b'x', 'x', True),
        ({1, 2}, [1, 2], True),
        (10**37 + 1, 10**37, True),
    ],
)
def test_values_differ_in_type_too(docs, sent, before, given, differs):
    raw = {'id': 'a', 'at': 1, 'name': 'A', 'free': before, 'nick': before}
    for put in (assigned(free=given), done(f'doc.extra["nick"] = {given!r}')):
        doc = reset(raw=raw)
        put(doc)
        sent.clear()
        doc.save(changed=True)
        if not differs:
            assert sent == []
            assert held() == raw
            continue
        assert sent.operations == ['UpdateItem']
        found = Doc.get_one(KEY)
        assert repr([found.free, found.extra['nick']]) == repr([doc.free, doc.extra['nick']])
        assert repr(given) in (repr(found.free), repr(found.extra['nick']))


@pytest.mark.parametrize(
    ('change', 'paths'),
    [
        (assigned(name=None), {'name'}),
        (assigned(name='', size=1000), {'name', 'size'}),
        (done('del doc.name'), {'name'}),
        (done('doc.tags.append("x" * 10)'), {'tags[2]'}),
        (done('doc.parts[0]["sku"] = ""; doc.parts.append({"count": "x"})'),
         {'parts[0].sku', 'parts[1].sku', 'parts[1].count'}),
        (done('doc.free["n"].append(object())'), {'free.n[2]'}),
        (done('doc.extra["l"] = 1'), {'l'}),
        (done('doc.extra["x"] = object()'), {'x'}),
        (assigned(id='b'), {'id'}),
        (assigned(at=2), {'at'}),
        (assigned(id=None, at=None), {'id', 'at'}),
        (assigned(id='b', size='x', name='B'), {'id', 'size'}),
    ],
)  # fmt: skip
def test_invalid_changes_and_keys_are_refused_together(docs, sent, change, paths):
    doc = reset()
    change(doc)
    sent.clear()
    before = repr(doc)
    with pytest.raises(ValidationError) as caught:
        doc.save(changed=True)
    assert set(caught.value.errors) == paths
    assert str(caught.value).startswith('Doc')
    assert sent == []
    assert repr(doc) == before


def test_long_index_keys_are_refused(connection, sent):
    class Indexed(Model):
        __table__ = 'indexed'
        __hash_key__ = 'id'
        by_name = GlobalIndex('name')
        id = StringField()
        name = StringField()

    Indexed.create_table()
    item = Indexed(id='a', name='n').save()
    item.name = 'x' * 2049
    sent.clear()
    with pytest.raises(ValidationError, match='2048 bytes'):
        item.save(changed=True)
    assert sent == []


def test_changes_of_others_survive_and_show_up(docs):
    mine, other = Doc.get_one(KEY), Doc.get_one(KEY)
    other.size, other.address = 50, {'city': 'Oslo'}
    other.extra['theirs'] = [1]
    del other.extra['nick']
    other.save(changed=True)
    mine.name = 'Mine'
    mine.extra['mine'] = 1
    mine.save(changed=True)
    assert (mine.name, mine.size, mine.address) == ('Mine', 50, {'city': 'Oslo', 'geo': {}})
    assert mine.extra == {
        'nested': {'k': [1, 2.5], 'set': {'1', '2'}},
        'theirs': [1],
        'mine': 1,
    }
    assert Doc.get_one(KEY) == mine


def test_a_field_that_is_not_read_by_an_older_program_survives(docs):
    """Neither a partial nor a whole save erases what only a newer program declares."""
    kept = {**RAW, 'size': 6}
    for save in (
        lambda item: item.save(),
        lambda item: item.save(changed=True),
        lambda item: Older.save_one(item),
        lambda item: Older.save_many([item]),
        lambda item: Older.save_many([item], overwrite=Older.size == 5),
        lambda item: Older.bulk_save([item]),
        lambda item: item.update(Older.size.set(6)),
        lambda item: Older.update_one(item, [Older.size.set(6)]),
        lambda item: Older.update_many([item], [Older.size.set(6)]),
        lambda item: Older.update_from_dict({'id': 'a', 'at': 1, 'size': 6}),
        lambda item: [item.save(changed=True), item.save()],
        lambda item: [item.update(Older.size.set(9)), item.update(Older.size.set(6)), item.save()],
        lambda item: [item.refresh(), item.update(Older.size.set(6)), item.save()],
        lambda item: [item.delete(), item.save()],
        lambda item: [Older.delete_one(item).save(), item.save()],
        lambda item: pickle.loads(pickle.dumps(item)).save(),
    ):
        item = reset(Older)
        item.size = 6
        save(item)
        assert held() == kept


def test_ignored_attributes_survive_partial_saves_and_updates(docs):
    """``__extra__ = 'ignore'`` doesn't show them; what they are is nobody's change."""
    item = Ignoring.get_one(KEY)
    assert item.extra == {}
    item.size = 6
    item.save(changed=True)
    item.update(Ignoring.size.increment())
    item.refresh()
    assert item.extra == {}
    assert held() == {**RAW, 'size': 7}


def test_what_is_new_is_saved_whole(docs, sent):
    doc = Doc(id='n', at=1, name='N')
    doc.save(changed=True)
    assert sent.operations == ['PutItem']
    with pytest.raises(ConditionalCheckFailedException):
        Doc(id='a', at=1, name='N').save(overwrite=False, changed=True)
    assert held() == RAW


def test_overwrite_is_a_check_of_a_partial_save(docs, sent):
    doc = Doc.get_one(KEY)
    doc.name = 'B'
    with pytest.raises(ConditionalCheckFailedException) as caught:
        doc.save(Doc.size > 5, changed=True)
    assert (caught.value.item.name, caught.value.item.size) == ('Ada', 5)
    assert held() == RAW
    sent.clear()
    with pytest.raises(ValidationError, match='leave one of them out'):
        doc.save(overwrite=False, changed=True)
    assert sent == []
    doc.save(Doc.size == 5, changed=True)
    assert held()['name'] == 'B'
    doc.name = 'C'
    doc.save(~Doc.name.in_([]), changed=True)
    assert held()['name'] == 'C'


def test_a_check_that_no_item_can_meet_fails_like_others(docs):
    doc = Doc.get_one(KEY)
    doc.name = 'B'
    with pytest.raises(ConditionalCheckFailedException):
        doc.save(Doc.name.in_([]), changed=True)


def test_an_item_that_is_gone_is_not_made_again(docs):
    for overwrite in (True, Doc.size == 5):
        doc = reset()
        doc.name = 'B'
        Doc.delete_one(KEY)
        with pytest.raises(ConditionalCheckFailedException, match='no such item') as caught:
            doc.save(overwrite, changed=True)
        assert (caught.value.item, caught.value.model) == (None, Doc)
        assert caught.value.key == {'id': 'a', 'at': 1}
        assert doc.name == 'B'
        assert held() is None
    doc.save()
    assert held() == {**RAW, 'name': 'B'}


def _transaction(doc):
    with Transaction() as t:
        t.save(doc)
    return doc


def _failed(doc):
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Doc(id='a', at=1, name='x').save(overwrite=False)
    return caught.value.item


STORED_BY = {
    'save': lambda doc: doc.save(),
    'save_one': lambda doc: Doc.save_one(doc),
    'save_one of a dict': lambda doc: Doc.save_one({**doc.to_dict(extra=False)}),
    'save_many': lambda doc: Doc.save_many([doc]).success[0],
    'save_many of dicts': lambda doc: Doc.save_many([doc.to_dict()]).success[0],
    'save_many with a condition': lambda doc: Doc.save_many([doc], Doc.size == 5).success[0],
    'bulk_save': lambda doc: (Doc.bulk_save([doc]), doc)[1],
    'Transaction': _transaction,
    'Transaction.get': lambda doc: Transaction.get([(Doc, KEY)])[0],
    'get_one': lambda doc: Doc.get_one(KEY),
    'get_many by keys': lambda doc: Doc.get_many([KEY])[0],
    'get_many by query': lambda doc: Doc.get_many(Doc.id == 'a')[0],
    'get_many by scan': lambda doc: Doc.get_many(Doc.size == 5)[0],
    'iter_many': lambda doc: next(Doc.iter_many()),
    'get_page': lambda doc: Doc.get_page(Doc.id == 'a', limit=1).items[0],
    'update_one': lambda doc: Doc.update_one(KEY, [Doc.size.set(5)]),
    'update_many': lambda doc: Doc.update_many([KEY], [Doc.size.set(5)]).success[0],
    'update_from_dict': lambda doc: Doc.update_from_dict({'id': 'a', 'at': 1, 'size': 5}),
    'update': lambda doc: doc.update(Doc.size.set(5)),
    'refresh': lambda doc: doc.refresh(),
    'refresh of a new instance': lambda doc: Doc(id='a', at=1).refresh(),
    'update of a new instance': lambda doc: Doc(id='a', at=1).update(Doc.size.set(5)),
    'save(changed=True)': lambda doc: [setattr(doc, 'label', 'M'), doc.save(changed=True)][1],
    'copy': copy.copy,
    'deepcopy': copy.deepcopy,
    'pickle': lambda doc: pickle.loads(pickle.dumps(doc)),
    'item of an error': _failed,
}


@pytest.mark.parametrize('name', STORED_BY)
def test_every_way_by_which_an_instance_is_known_as_stored(docs, sent, name):
    """Nothing is sent at first, then the change of a scalar, and one in place, alone."""
    doc = STORED_BY[name](Doc.get_one(KEY))
    sent.clear()
    doc.save(changed=True)
    assert sent == []
    before = held()
    sent.clear()
    doc.size = 6
    doc.tags.append('z')
    doc.extra['nick'] = 'new'
    doc.save(changed=True)
    values = {'size': 6, 'tags': ['x', 'y', 'z'], 'nick': 'new'}
    assert written(sent) == (values, set(), {})
    assert held() == {**before, **values}
    assert Doc.get_one(KEY) == doc


def test_the_earlier_of_two_with_one_key_is_not_taken_for_stored(docs):
    first, second = (Doc(id='d', at=1, name=name) for name in ('first', 'second'))
    assert Doc.save_many([first, second]).success == [first, second]
    assert (first.name, second.name) == ('first', 'second')
    second.name = 'third'
    second.save(changed=True)
    assert held(('d', 1))['name'] == 'third'
    first.save(changed=True)
    assert held(('d', 1))['name'] == 'first'


@pytest.mark.parametrize('duplicate', ['copy', 'deepcopy', 'pickle'])
def test_copies_keep_what_has_changed_and_share_no_account_of_it(docs, sent, duplicate):
    doc = Doc.get_one(KEY)
    doc.size = 6
    doc.tags = ['n']
    other = STORED_BY[duplicate](doc)
    other.name = 'Other'
    sent.clear()
    doc.save(changed=True)
    assert written(sent) == ({'size': 6, 'tags': ['n']}, set(), {})
    sent.clear()
    other.save(changed=True)
    assert written(sent) == ({'size': 6, 'tags': ['n'], 'name': 'Other'}, set(), {})
    assert held() == {**RAW, 'size': 6, 'tags': ['n'], 'name': 'Other'}


def test_fields_of_ones_own_are_compared_as_they_are_stored(connection, sent):
    class Pair(Field):
        primitive_type = dict

        def to_native(self, value, context=None):
            return [value['x'], value['y']] if isinstance(value, dict) else list(value)

        def to_primitive(self, value, context=None):
            return {'x': value[0], 'y': value[1]}

    class Own(Model):
        __table__ = 'own'
        __hash_key__ = 'id'
        id = StringField()
        at = Pair(default=(0, 0))

    Own.create_table()
    own = Own(id='a').save()
    sent.clear()
    assert Own.get_one('a').save(changed=True).at == [0, 0]
    own.save(changed=True)
    assert sent.operations == ['GetItem']
    own.at[1] = 5
    sent.clear()
    own.save(changed=True)
    assert written(sent) == ({'at': {'x': 0, 'y': 5}}, set(), {})


def test_what_is_stored_in_another_form_has_not_changed(docs, sent):
    for stored in (
        {'address': {'city': None}},
        {'address': {'city': ''}},
        {'parts': [{'sku': 's', 'count': '5'}]},
        {'tags': [None, 'x']},
        {'size': '5'},
        {'address': None, 'tags': None, 'size': None, 'free': None, 'nick': None},
    ):
        doc = reset(raw={**RAW, **stored})
        sent.clear()
        doc.save(changed=True)
        assert sent == [], stored


def test_what_has_not_changed_is_not_validated(docs):
    """A rule that came after the item doesn't keep other fields from being saved."""
    raw = {**RAW, 'size': 1000, 'tags': ['x' * 10], 'parts': [{'count': 1}]}
    doc = reset(raw=raw)
    doc.label = 'M'
    doc.save(changed=True)
    assert held() == {**raw, 'l': 'M'}


def test_the_instance_has_what_is_stored_though_nothing_is_sent(docs):
    doc = Doc.get_one(KEY)
    doc.size, doc.made = '5', '2020-01-02T03:04:05'
    doc.save(changed=True)
    assert doc == Doc.get_one(KEY)


def test_undeclared_attributes_are_shown_as_they_are_stored(docs):
    doc = Doc.get_one(KEY)
    doc.extra['t'] = (1, 2.0)
    doc.save()
    assert doc == Doc.get_one(KEY)


def test_changes_after_the_save_of_a_transaction_stay_unsaved(docs):
    doc = Doc.get_one(KEY)
    with Transaction() as t:
        doc.size = 6
        t.save(doc)
        doc.size = 7
    assert held()['size'] == 6
    assert doc.size == 7
    doc.save(changed=True)
    assert held()['size'] == 7


# Partly read instances


def test_a_partly_read_instance_saves_its_changes(docs, sent):
    """It then is whole. What wasn't read may be set as well."""
    for only, change, values, removed in (
        (['size'], assigned(size=6), {'size': 6}, set()),
        (['size'], assigned(size=None), {}, {'size'}),
        (['size'], assigned(name='B'), {'name': 'B'}, set()),
        (['size'], assigned(tags=['q']), {'tags': ['q']}, set()),
        (['size', 'tags'], done('doc.tags.append("z")'), {'tags': ['x', 'y', 'z']}, set()),
        (['address.city', 'size'], assigned(size=6), {'size': 6}, set()),
        (['address.city'], assigned(address={'city': 'Oslo'}),
         {'address': {'city': 'Oslo', 'geo': {}}}, set()),
        ([], assigned(size=6), {'size': 6}, set()),
    ):  # fmt: skip
        reset()
        doc = Doc.get_one(KEY, only=only)
        sent.clear()
        doc.save(changed=True)
        assert sent == []
        change(doc)
        doc.save(changed=True)
        assert written(sent) == (values, removed, {})
        expected = {name: value for name, value in {**RAW, **values}.items() if name not in removed}
        assert held() == expected
        assert Doc.get_one(KEY) == doc
        assert doc.extra['nick'] == 'old'


def test_a_partly_read_instance_refuses_what_would_erase(docs, sent):
    doc = Doc.get_one(KEY, only=['name', 'address.city'])
    whole = Doc.get_one(KEY)
    sent.clear()
    for refused in (doc.save, doc.validate, lambda: doc.extra, lambda: doc.size):
        with pytest.raises(PartialItemError):
            refused()
    doc.address['city'] = 'Oslo'
    for refused in (
        lambda: doc.save(changed=True),
        lambda: doc.update(Doc.name.set('x')),
    ):
        with pytest.raises(PartialItemError, match='read in part and has changed'):
            refused()
    doc.name = ''
    doc.address['city'] = 'Rome'
    with pytest.raises(ValidationError, match='name'):
        doc.save(changed=True)
    assert sent == []
    assert held() == RAW
    assert doc.refresh() == whole


@pytest.mark.parametrize(
    ('only', 'change', 'values', 'removed'),
    [
        (['name'], assigned(size=None), {}, {'size'}),
        (['name'], assigned(tags=[]), {'tags': []}, set()),
        (['name'], assigned(address=None), {'address': {}}, set()),
        (['address.city'], done('del doc.address'), {'address': {}}, set()),
    ],
)
def test_what_was_not_read_may_be_emptied(docs, only, change, values, removed):
    doc = Doc.get_one(KEY, only=only)
    change(doc)
    doc.save(changed=True)
    assert held() == {
        name: value for name, value in {**RAW, **values}.items() if name not in removed
    }


# delete


def test_delete_returns_the_item_as_it_was(docs, sent):
    whole = Doc.get_one(KEY)
    for doc in (
        Doc.get_one(KEY),
        Doc(id='a', at=1),
        Doc(id='a', at='1'),
        Doc.get_one(KEY, only=['size']),
    ):
        sent.clear()
        assert doc.delete() == whole
        assert sent.operations == ['DeleteItem']
        assert held() is None
        assert doc.delete() is None
        reset()


def test_what_is_deleted_can_be_saved_again_whole(docs):
    for changed in (False, True):
        doc = reset()
        doc.delete()
        assert doc.size == 5
        doc.save(changed=changed)
        assert held() == RAW


def test_instances_without_a_key_are_refused(connection, sent):
    for doc in (Doc(), Doc(id='a'), Doc(id='', at=1), Doc(id='a' * 2049, at=1)):
        for method in (doc.delete, doc.refresh, lambda d=doc: d.update(Doc.size.set(1)), doc.save):
            with pytest.raises(ValidationError, match='Doc'):
                method()
    assert sent == []


# update


def test_update_changes_the_item_and_shows_it(docs, sent):
    for updates in (
        (Doc.size.increment(), Doc.tags.append('z')),
        ([Doc.size.increment(), Doc.tags.append('z')],),
        ((Doc.size.increment(), Doc.tags.append('z')),),
    ):
        doc = reset()
        Doc.update_one(KEY, [Doc.label.set('theirs')])
        sent.clear()
        assert doc.update(*updates) is doc
        assert sent.operations == ['UpdateItem']
        assert (doc.size, doc.tags, doc.label) == (6, ['x', 'y', 'z'], 'theirs')
        assert held() == {**RAW, 'size': 6, 'tags': ['x', 'y', 'z'], 'l': 'theirs'}
        assert Doc.get_one(KEY) == doc


@pytest.mark.parametrize(
    ('change', 'update', 'shown', 'unsaved'),
    [
        (assigned(size=9), Doc.name.set('B'), {'size': 9, 'name': 'B'}, {'size': 9}),
        (assigned(size='bogus'), Doc.name.set('B'), {'size': 'bogus'}, None),
        (assigned(name=None), Doc.size.set(6), {'name': None, 'size': 6}, None),
        (assigned(label=''), Doc.size.set(6), {'label': ''}, {'l': None}),
        (done('del doc.label'), Doc.size.set(6), {'label': None}, {'l': None}),
        (done('doc.tags.append("z")'), Doc.size.set(6), {'tags': ['x', 'y', 'z']},
         {'tags': ['x', 'y', 'z']}),
        (assigned(size=9), Doc.size.increment(), {'size': 6}, {}),
        (done('doc.tags.append("z")'), Doc.tags.prepend('w'), {'tags': ['w', 'x', 'y']}, {}),
    ],
)  # fmt: skip
def test_what_is_unsaved_stays_so(docs, sent, change, update, shown, unsaved):
    """An update neither saves nor loses it; what the update touches is what is stored."""
    doc = Doc.get_one(KEY)
    change(doc)
    doc.update(update)
    assert {name: getattr(doc, name) for name in shown} == shown
    (name,) = {update.field._key}
    assert {key: value for key, value in held().items() if key != name} == {
        key: value for key, value in RAW.items() if key != name
    }
    sent.clear()
    if unsaved is None:
        with pytest.raises(ValidationError):
            doc.save(changed=True)
        return
    doc.save(changed=True)
    if not unsaved:
        assert sent == []
        return
    removed = {key for key, value in unsaved.items() if value is None}
    values = {key: value for key, value in unsaved.items() if value is not None}
    assert written(sent) == (values, removed, {})


def test_unsaved_undeclared_attributes_stay_so(docs):
    doc = Doc.get_one(KEY)
    doc.extra['mine'] = 1
    doc.update(Doc.size.set(6))
    assert doc.extra.get('mine') == 1


def test_update_of_what_does_not_exist(docs):
    doc = Doc(id='z', at=9, name='Z')
    with pytest.raises(Doc.DoesNotExist, match=r"no Doc has the key .*'z'"):
        doc.update(Doc.size.set(1))
    assert held(('z', 9)) is None
    assert doc.name == 'Z'


@pytest.mark.parametrize(
    ('updates', 'message'),
    [
        ((), 'empty'),
        (([],), 'empty'),
        ((Doc.id.set('b'),), "can't change"),
        ((Doc.size.set(1), Doc.size.add(1)), 'overlap'),
        (('size',), 'method of a field'),
        ((Doc.size == 1,), 'method of a field'),
        (({'size': 1},), 'updates are a list'),
    ],
)
def test_update_refuses(connection, sent, updates, message):
    with pytest.raises(ExpressionError, match=message):
        Doc(id='a', at=1).update(*updates)
    assert sent == []


def test_update_makes_a_partly_read_instance_whole(docs):
    doc = Doc.get_one(KEY, only=['size', 'address.city'])
    doc.size = 9
    doc.update(Doc.name.set('B'))
    assert (doc.size, doc.name, doc.extra['nick']) == (9, 'B', 'old')
    doc.save(changed=True)
    assert held() == {**RAW, 'size': 9, 'name': 'B'}


# refresh


def test_refresh_drops_what_is_unsaved(docs, sent):
    """Undeclared attributes too; attributes of the program's own survive."""
    whole = Doc.get_one(KEY)
    for doc in (Doc.get_one(KEY), Doc(id='a', at=1, name='x'), Doc.get_one(KEY, only=['id'])):
        doc._note = 'mine'
        doc.size, doc.name, doc.tags = 'bogus', None, ['q']
        if _held.ONLY not in vars(doc):
            doc.extra['more'] = 1
        sent.clear()
        assert doc.refresh() is doc
        assert [(name, request.get('ConsistentRead')) for name, request in sent] == [
            ('GetItem', True)
        ]
        assert doc == whole
        assert doc._note == 'mine'
        sent.clear()
        doc.save(changed=True)
        assert sent == []
    doc.refresh(consistent=False)
    assert not sent[0][1].get('ConsistentRead')


@pytest.mark.faithful('moto 5.1, the last for Python 3.9, crashes on binary within documents')
def test_binary_within_documents_has_not_changed(docs, sent):
    raw = {'free': {'b': b'raw'}, 'nested': {'bytes': {b'1', b'2'}}}
    Doc.table().put_item(Item={**RAW, **raw})
    doc = Doc.get_one(KEY)
    doc.free['b'] = bytearray(b'raw')
    sent.clear()
    doc.save(changed=True)
    assert sent == []
    doc.free['b'] = b'new'
    doc.extra['nested']['bytes'].add(b'3')
    doc.save(changed=True)
    assert doc == Doc.get_one(KEY)
    assert (doc.free, doc.extra['nested']) == ({'b': b'new'}, {'bytes': {b'1', b'2', b'3'}})


def test_refresh_of_what_is_gone(docs):
    doc = Doc.get_one(KEY)
    doc.size = 9
    Doc.delete_one(KEY)
    with pytest.raises(Doc.DoesNotExist, match='no Doc has the key'):
        doc.refresh()
    assert doc.size == 9


def test_private_attributes_survive_every_method(docs):
    doc = Doc.get_one(KEY)
    doc._note = 'mine'
    for method in (
        doc.save,
        doc.validate,
        doc.refresh,
        lambda: doc.update(Doc.size.increment()),
        lambda: [setattr(doc, 'size', 50), doc.save(changed=True)],
        doc.delete,
    ):
        method()
        assert doc._note == 'mine'


def test_no_private_attribute_breaks_an_instance(docs):
    """A name may be refused; one that is taken must not get in the way of a save."""
    for name in ('_base', '_changed', '_only', '_extra'):
        doc = reset()
        try:
            setattr(doc, name, True)
        except AttributeError:
            continue
        doc.size = 6
        doc.save(changed=True)
        assert held()['size'] == 6


# validate


@pytest.mark.parametrize(
    ('values', 'paths'),
    [
        ({'id': 'a', 'at': 1, 'name': 'A'}, set()),
        ({}, {'id', 'at', 'name'}),
        ({'id': 'a', 'at': 1, 'name': '', 'size': 101}, {'name', 'size'}),
        ({'id': 'x' * 2049, 'at': 1, 'name': 'A', 'tags': ['x' * 10, 'y']}, {'id', 'tags[0]'}),
        ({'id': 'a', 'at': 1, 'name': 'A', 'parts': [{}]}, {'parts[0].sku'}),
        ({'id': 'a', 'at': 1, 'name': 'A', 'free': {'x': [{1, 'a'}]}}, {'free.x[0]'}),
    ],
)
def test_validate_reports_all_and_changes_nothing(sent, values, paths):
    doc = Doc(**values)
    doc.size = doc.size and str(doc.size)
    before = copy.deepcopy(doc.__dict__)
    if paths:
        with pytest.raises(ValidationError) as caught:
            doc.validate()
        assert set(caught.value.errors) == paths
        with pytest.raises(ValidationError) as by_save:
            doc.save()
        assert by_save.value.errors == caught.value.errors
    else:
        assert doc.validate() is None
    assert doc.__dict__ == before
    assert sent == []


def test_abstract_models_have_no_such_methods(sent):
    class Base(Model):
        __abstract__ = True
        id = StringField()

    item = Base.__new__(Base)
    for method in (item.save, item.delete, item.update, item.refresh, item.validate):
        with pytest.raises(SchemaError, match='abstract'):
            method()
    assert sent == []


# Fields that bear the names of methods

NAMES = [
    'save', 'delete', 'update', 'refresh', 'validate', 'count', 'bulk_save', 'update_many',
    'iter_many', 'get_page', 'explain', 'extra',
]  # fmt: skip

Named = type(
    'Named',
    (Model,),
    {
        '__table__': 'named',
        '__hash_key__': 'id',
        '__module__': __name__,
        'id': StringField(),
        'n': IntField(),
        **{name: StringField() for name in NAMES},
    },
)


def test_fields_win_over_methods_of_their_names(connection):
    """Nothing inside depends on the methods, which can be called on the class Model."""
    Named.create_table()
    item = Named(id='a', n=1, **{name: name for name in NAMES})
    Model.validate(item)
    assert Model.save(item) is item
    Named.save_one(item)
    assert Named.save_many([item]).success == [item]
    assert Named.save_many([item], overwrite=Named.save == 'save').success == [item]
    found = Named.get_one('a')
    assert {name: getattr(found, name) for name in NAMES} == {name: name for name in NAMES}
    assert Named.get_many(Named.count == 'count') == [found]
    assert found.to_dict() == {'id': 'a', 'n': 1, **{name: name for name in NAMES}}
    found.save = 'changed'
    Model.save(found, changed=True)
    Model.update(found, Named.delete.set('gone'), Named.n.increment())
    assert (found.save, found.delete, found.n) == ('changed', 'gone', 2)
    found.update = 'x'
    assert Model.refresh(found).update == 'update'
    assert Named.update_one('a', [Named.refresh.remove()]).refresh is None
    assert Named.update_from_dict({'id': 'a', 'validate': 'v'}).validate == 'v'
    with Transaction() as t:
        t.update(found, [Named.n.increment()])
    assert Model.delete(found).n == 3
    assert Named.delete_one('a') is None


def test_a_field_called_extra_does_not_hide_undeclared_attributes():
    item = Named(id='a', extra='e')
    assert item.to_dict(extra=True) == {**dict.fromkeys(NAMES), 'n': None, 'id': 'a', 'extra': 'e'}


class Twin(str):
    """Text that equals all of its kind."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return True


class Odd(Field):
    """Text that is equal in Python and not in the table."""

    primitive_type = str

    def to_native(self, value, context=None):
        return None if value is None else Twin(value)

    def to_primitive(self, value, context=None):
        return None if value is None else str.__str__(value)


class Leaf(Model):
    """Fields of values that are equal and stored in two forms."""

    __table__ = 'leaves'
    __hash_key__ = 'id'
    __range_key__ = 'at'

    id = StringField()
    at = DateTimeField()
    doc = JSONField()
    docs = MapField(ListField(JSONField))
    seen = DateTimeField()
    place = DictField(seen=DateTimeField(), doc=JSONField(attribute='d'))
    dates = SetField(DateTimeField)
    odd = ListField(Odd)


NOON = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.timezone.utc)
LATER = NOON.astimezone(datetime.timezone(datetime.timedelta(hours=3)))
LEAF = {
    'id': 'a',
    'at': NOON,
    'doc': {'a': [1, 0.0, True]},
    'docs': {'x': [{'n': 1}]},
    'seen': NOON,
    'place': {'seen': NOON, 'doc': 1},
    'dates': {NOON},
    'odd': ['a'],
}


@pytest.mark.parametrize(
    ('change', 'attribute'),
    [
        (done('doc.doc["a"][0] = 1.0'), 'doc'),
        (done('doc.doc["a"][1] = -0.0'), 'doc'),
        (done('doc.doc["a"][1] = 0'), 'doc'),
        (assigned(doc={'a': [1.0, 0.0, True]}), 'doc'),
        (done('doc.docs["x"][0]["n"] = 1.0'), 'docs'),
        (assigned(seen=LATER), 'seen'),
        (done('doc.place["doc"] = 1.0'), 'place'),
        (lambda leaf: leaf.place.update(seen=LATER), 'place'),
        (assigned(dates={LATER}), 'dates'),
        (lambda leaf: leaf.odd.__setitem__(0, Twin('b')), 'odd'),
    ],
)
def test_what_is_equal_and_stored_in_another_form_is_a_change(stored, sent, change, attribute):
    stored('leaves', Leaf, [])
    leaf = Leaf.save_one(LEAF)
    sent.clear()
    leaf.save(changed=True)
    assert sent == []
    change(leaf)
    leaf.save(changed=True)
    changed, removed, added = written(sent)
    assert (set(changed), removed, added) == ({attribute}, set(), {})
    (item,) = Leaf.table().scan()['Items']
    field, value = getattr(Leaf, attribute), getattr(leaf, attribute)
    assert item[attribute] == field.to_primitive(value)
    leaf.save(changed=True)
    assert sent.operations.count('UpdateItem') == 1


def test_a_key_that_is_equal_and_stored_in_another_form_is_another_key(stored):
    stored('leaves', Leaf, [])
    leaf = Leaf.save_one(LEAF)
    leaf.at = LATER
    for method in (leaf.delete, leaf.refresh, lambda: leaf.save(changed=True)):
        with pytest.raises(ValidationError, match='is part of the key'):
            method()


def test_a_change_of_form_in_a_dict_that_was_read_in_part_is_refused(stored):
    stored('leaves', Leaf, [])
    Leaf.save_one(LEAF)
    leaf = Leaf.get_one(('a', NOON), only=['id', 'at', 'place.doc'])
    leaf.save(changed=True)
    leaf.place['doc'] = 1.0
    with pytest.raises(PartialItemError, match='read in part and has changed'):
        leaf.save(changed=True)
