"""Sets of values of one field: conversion, storage, updates, conditions and changes in place."""

import copy
import datetime
import json
import pickle
from decimal import Decimal

import hypothesis
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import strategies as st

from dynamongo import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    JSONField,
    ListField,
    MapField,
    Model,
    SchemaError,
    SetField,
    StringField,
    TimedeltaField,
    UUIDField,
    ValidationError,
    VersionField,
)
from dynamongo._evaluate import matches
from dynamongo._wire.values import text
from dynamongo.updates import AddUpdate, DeleteUpdate
from dynamongo.utils import BYTES

pytestmark = pytest.mark.broad

DAY = datetime.date(2020, 2, 29)


class Raw(Field):
    """Bytes, as a field of a program's own may store them."""

    primitive_type = bytes


class Lower(Field):
    """Text that is stored in lower case."""

    primitive_type = str

    def to_primitive(self, value, context=None):
        return None if value is None else value.lower()


class Item(Model):
    __table__ = 'items'
    __hash_key__ = 'id'

    id = StringField()
    tags = SetField(StringField(max_length=4), attribute='t')
    sizes = SetField(IntField(min_value=0), default=[1], max_size=3)
    raw = SetField(Raw)
    days = SetField(DateField)
    shares = SetField(FloatField)
    place = DictField(codes=SetField(IntField), name=StringField())
    groups = ListField(SetField(StringField))
    number = IntField()
    strings = ListField(StringField)


class Team(Model):
    __table__ = 'teams'
    __hash_key__ = 'id'

    id = StringField()
    members = SetField(StringField, required=True, min_size=2, attribute='m')


@pytest.fixture
def item_table(shared_client, connection):
    """The table of items, made once."""
    made = shared_client[2]
    if not made:
        Item.create_table()
        Team.create_table()
        made.append(Item)
    return Item.table()


def errors_of(call, *args):
    with pytest.raises(ValidationError) as raised:
        call(*args)
    return raised.value.errors


# Conversion


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        (set(), set()),
        ({'1', 2}, {1, 2}),
        (frozenset({3}), {3}),
        (['1', 1, 2], {1, 2}),
        ((), set()),
        (range(3), {0, 1, 2}),
        ((str(n) for n in range(3)), {0, 1, 2}),
        ({'1': 'a'}.keys(), {1}),
        (None, set()),
        ('', set()),
    ],
)
def test_a_set_field_takes_what_can_be_iterated(value, native):
    result = SetField(IntField).validate(value)
    assert result == native
    assert type(result) is set


@pytest.mark.parametrize('value', ['abc', b'abc', bytearray(b'a'), {'a': 1}, 5, 1.5, True, object])
def test_a_set_field_refuses_what_is_no_set(value):
    errors = errors_of(Item.tags.validate, value)
    assert errors[''].startswith('a set is needed')


@pytest.mark.parametrize(
    ('field', 'value', 'problems'),
    [
        (SetField(IntField), [1, 'x', 'y'], ["of digits (got 'x')", "of digits (got 'y')"]),
        (SetField(IntField(max_value=3)), [4, 1, 5], ['got 4', 'got 5']),
        (SetField(StringField), ['a', None], ['None is no member of a set']),
        (SetField(StringField(choices=['a'])), ['b'], ["['a']"]),
        (SetField(IntField, max_size=1), [1, 2], ['at most 1 members']),
        (SetField(IntField, min_size=2), [1], ['at least 2 members']),
        (SetField(IntField(max_value=0), max_size=1), [1, 2], ['at most 1', 'got 1', 'got 2']),
        (SetField(IntField, choices=[{1}]), [2], ['must be one of']),
        (SetField(IntField, required=True), [], ['required']),
        (SetField(IntField, required=True), iter(()), ['required']),
        (SetField(Raw), [[1]], ['unhashable']),
    ],
)
def test_all_that_is_wrong_with_a_set_is_reported(field, value, problems):
    found = errors_of(field.validate, value)['']
    assert all(problem in found for problem in problems)


def test_constraints_are_for_sets_that_are_there():
    """An empty set is nothing, which only required=True refuses."""
    field = SetField(StringField, min_size=2, choices=[{'a', 'b'}])
    assert field.validate([]) == field.validate(None) == set()


@pytest.mark.parametrize(
    'field', [BooleanField, Field, ListField(IntField), DictField(), MapField(IntField), JSONField]
)
def test_members_that_dynamodb_has_no_sets_of_are_refused(field):
    with pytest.raises(SchemaError, match='sets of strings, numbers and binary'):
        SetField(field)


@pytest.mark.parametrize('field', [str, None, Model, 'StringField', VersionField, SetField])
def test_members_that_are_no_field_are_refused(field):
    with pytest.raises(SchemaError):
        SetField(field)


@pytest.mark.parametrize('options', [{'min_size': 'a'}, {'max_size': True}, {'default': 5}])
def test_wrong_options_are_refused(options):
    with pytest.raises(SchemaError):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = StringField()
            tags = SetField(StringField, **options)


def test_a_set_is_no_key():
    with pytest.raises(SchemaError, match="can't be a key"):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = SetField(StringField)


def test_an_instance_never_shows_none_for_a_set():
    for item in (Item(id='a'), Item(id='a', tags=None), Item(id='a', tags='')):
        assert item.tags == set()
    item.tags = None
    assert item.tags == set()
    item.place = {'codes': []}
    assert item.to_dict()['tags'] == set()


def test_defaults_are_never_shared():
    first, second = Item(id='a'), Item(id='b')
    assert first.sizes == second.sizes == {1}
    first.sizes.add(2)
    Item.sizes.default.add(3)
    assert second.sizes == Item(id='c').sizes == Item.sizes.default == {1}
    assert SetField(IntField, None).default == SetField(IntField).default == set()
    assert SetField(IntField, lambda: [1]).default == {1}


def test_a_set_that_is_given_stays_with_the_giver():
    given = {'a'}
    item = Item(id='a', tags=given)
    item.strings = ['x']
    other = Item(id='b')
    other.tags = given
    given.add('b')
    assert item.tags == other.tags == {'a'}


@pytest.mark.parametrize(
    'field', [SetField(StringField), Item.tags, Item.place.codes, Item.groups[0]]
)
def test_fields_can_be_copied_and_pickled(field):
    copies = [copy.copy(field), copy.deepcopy(field)]
    if field._owner is None:
        copies.append(pickle.loads(pickle.dumps(field)))
    else:
        assert pickle.loads(pickle.dumps(field))._path == field._path
    for each in copies:
        assert each._label == field._label
        assert each.field is not field.field
        assert each.to_native([]) == set()


# Storage

MEMBERS = {
    'strings': (StringField(), st.text(max_size=3)),
    'ints': (IntField(), st.integers(-(10**38) + 1, 10**38 - 1)),
    'floats': (FloatField(), st.floats(-1e9, 1e9).filter(lambda n: not 0 < abs(n) < 1e-120)),
    'bytes': (Raw(), st.binary(max_size=3)),
    'uuids': (UUIDField(), st.uuids()),
    'days': (DateField(), st.dates()),
    'durations': (TimedeltaField(), st.timedeltas()),
    'moments': (DateTimeField(), st.datetimes()),
}


@pytest.mark.parametrize('name', MEMBERS)
@hypothesis.given(data=st.data())
def test_members_of_every_type_read_back(name, data):
    """Equal, and of the same type; the wire has a set of what the field of the members stores."""
    inner, values = MEMBERS[name]
    field = SetField(inner)
    members = data.draw(st.sets(values, min_size=1, max_size=4))
    primitive = field.to_primitive(field.validate(members))
    assert primitive == {inner.to_primitive(member) for member in members}
    ((kind, stored),) = json.loads(text(primitive)).items()
    assert kind in ('SS', 'NS', 'BS')
    assert len(stored) == len(members)
    loaded = field._load(primitive)
    assert loaded == members
    assert {type(member) for member in loaded} == {type(member) for member in members}


@hypothesis.given(
    st.one_of(
        st.sets(st.text(max_size=3)),
        st.sets(st.integers() | st.decimals(allow_nan=False, allow_infinity=False)),
        st.sets(st.sampled_from([Decimal('1E+200'), Decimal('0.10'), Decimal('Infinity'), 1])),
        st.sets(st.binary(max_size=3)),
        st.sets(st.sampled_from(['a', 1, b'a', True, None, 1.5])),
    )
)
def test_sets_are_written_as_boto3_serializes_them(value):
    """Those that boto3 refuses are refused by it, with the same exception."""
    try:
        expected = TypeSerializer().serialize(value)
    except Exception as error:
        with pytest.raises(type(error)):
            text(value)
        return
    ((kind, members),) = json.loads(text(value)).items()
    ((expected_kind, expected_members),) = expected.items()
    assert kind == expected_kind
    if kind == 'BS':
        assert set(members) == {text(bytes(each))[6:-2] for each in expected_members}
    else:
        assert sorted(members) == sorted(expected_members)


def test_two_members_that_would_be_stored_as_one_are_refused():
    with pytest.raises(ValidationError, match='stored as one'):
        SetField(Lower).to_primitive({'a', 'A'})
    assert SetField(Lower).to_primitive({'A', 'B'}) == {'a', 'b'}


def test_an_item_reads_back_as_it_was_saved(item_table):
    """Empty sets are left out, at the top and in dicts; sets are sets in the table."""
    values = {
        'id': 'whole', 'tags': {'a', ''}, 'sizes': [3, '4'], 'raw': {b'\x00'}, 'days': {DAY},
        'shares': {0.5, 2.0}, 'place': {'codes': [7], 'x': {1}}, 'groups': [['a'], {'b'}],
    }  # fmt: skip
    saved = Item.save_one(values)
    assert saved == Item.get_one('whole')
    assert saved.sizes == {3, 4}
    assert saved.groups == [{'a'}, {'b'}]
    stored = item_table.get_item(Key={'id': 'whole'})['Item']
    assert stored['t'] == {'a', ''}
    assert stored['place'] == {'codes': {7}, 'x': {1}}

    saved.tags.clear()
    saved.sizes = None
    saved.place = {'codes': set(), 'name': 'x'}
    saved.save()
    stored = item_table.get_item(Key={'id': 'whole'})['Item']
    assert not {'t', 'sizes'} & stored.keys()
    assert stored['place'] == {'name': 'x'}
    assert saved.tags == saved.sizes == Item.get_one('whole').tags == set()
    assert saved == Item.get_one('whole')


def test_an_empty_set_in_a_list_is_refused():
    """Left out, it would move the others; and DynamoDB can't store it."""
    for make in (
        lambda: Item(id='a', groups=[['a'], []]).validate(),
        lambda: Item.groups.set([set()]),
        lambda: Item.groups.append(['a'], []),
        lambda: Item.groups == [set()],
        lambda: Item.groups.contains(set()),
    ):
        with pytest.raises(ValidationError, match='an empty set is not stored'):
            make()
    assert list(errors_of(Item(id='a', groups=[['a'], []]).validate)) == ['groups[1]']


@pytest.mark.parametrize('stored', [['a', 'b', 'a'], ['a'], {'a'}])
def test_a_list_that_is_stored_reads_as_a_set(item_table, stored):
    """As it is where the field was a ListField before."""
    item_table.put_item(Item={'id': 'list', 't': stored})
    assert Item.get_one('list').tags == set(stored)


@pytest.mark.parametrize('stored', ['a', 5, {'a': 1}, {1, 2}])
def test_what_is_stored_and_no_set_of_such_members_is_an_error(item_table, stored):
    item_table.put_item(Item={'id': 'odd', 'sizes': {'a'} if stored == {1, 2} else stored})
    with pytest.raises(ValidationError, match=r"Item read from \{'id': 'odd'\}") as raised:
        Item.get_one('odd')
    assert list(raised.value.errors) == ['sizes']


def test_a_change_in_place_is_saved(item_table, sent):
    saved = Item(id='changed', tags=['a'], place={'codes': [1]}).save()
    for item in (saved, Item.get_one('changed')):
        sent.clear()
        item.save(changed=True)
        item.tags = ['a']
        item.save(changed=True)
        assert sent.operations == []
        item.tags.add('b')
        item.place['codes'].add(2)
        item.save(changed=True)
        assert sent.operations == ['UpdateItem']
        assert Item.get_one('changed') == item
        item.tags.clear()
        item.save(changed=True)
        assert 't' not in item_table.get_item(Key={'id': 'changed'})['Item']
        item.tags.add('a')
        item.place = {'codes': [1]}
        item.save(changed=True)
        assert Item.get_one('changed').tags == {'a'}


def test_an_empty_set_is_no_change_where_there_is_none(item_table, sent):
    saved = Item(id='none').save()
    for item in (saved, Item.get_one('none')):
        sent.clear()
        for nothing in (set(), [], None, ''):
            item.tags = nothing
            item.save(changed=True)
            assert item.tags == set()
        assert sent.operations == []


# Updates


@pytest.mark.parametrize(
    ('make', 'clause', 'value', 'shown'),
    [
        (lambda: Item.tags.add('a'), 'ADD', {'a'}, "Item.tags.add({'a'})"),
        (lambda: Item.tags.add('a', 'b', 'a'), 'ADD', {'a', 'b'}, None),
        (lambda: Item.tags.add({'a', 'b'}), 'ADD', {'a', 'b'}, None),
        (lambda: Item.tags.add(frozenset({'a'})), 'ADD', {'a'}, None),
        (lambda: Item.tags.add(['a']), 'ADD', {'a'}, None),
        (lambda: Item.days.add(DAY), 'ADD', {'2020-02-29'}, None),
        (lambda: Item.sizes.add('5'), 'ADD', {5}, None),
        (lambda: Item.place.codes.add(5), 'ADD', {5}, 'Item.place.codes.add({5})'),
        (lambda: Item.groups[0].add('a'), 'ADD', {'a'}, "Item.groups[0].add({'a'})"),
        (lambda: Item.sizes.delete(-1, '5'), 'DELETE', {-1, 5}, None),
        (lambda: Item.tags.delete('long enough'), 'DELETE', {'long enough'}, None),
        (lambda: Item.tags.delete(['a']), 'DELETE', {'a'}, "Item.tags.delete({'a'})"),
        (lambda: Item.tags.set(['a']), 'SET', {'a'}, None),
        (lambda: Item.tags.set_if_not_exists(['a']), 'SET', {'a'}, None),
        (lambda: Item.tags.set(set()), 'REMOVE', None, 'Item.tags.set(None)'),
        (lambda: Item.tags.set([]), 'REMOVE', None, None),
        (lambda: Item.tags.set(iter(())), 'REMOVE', None, None),
        (lambda: Item.tags.set_if_not_exists(set()), None, None, None),
        (lambda: AddUpdate(Item.tags, {'a'}), 'ADD', {'a'}, None),
        (lambda: DeleteUpdate(Item.tags, 'a'), 'DELETE', {'a'}, None),
    ],
)
def test_updates_of_sets(make, clause, value, shown):
    update = make()
    assert (update.clause, update.value) == (clause, value)
    if shown is not None:
        assert repr(update) == shown


@pytest.mark.parametrize(
    ('make', 'error', 'message'),
    [
        (lambda: Item.tags.add(), ValidationError, r'Item.tags: add\(\) takes one or more members'),
        (lambda: Item.tags.delete(), ValidationError, r'Item.tags: delete\(\) takes one or more'),
        (lambda: Item.tags.add([]), ValidationError, 'one or more members'),
        (lambda: Item.tags.add(None), ValidationError, 'None is no member'),
        (lambda: Item.tags.delete('a', None), ValidationError, 'None is no member'),
        (lambda: Item.tags.add('12345'), ValidationError, 'Item.tags: at most 4 characters'),
        (lambda: Item.sizes.add(1, -1), ValidationError, 'Item.sizes: .*greater than or equal'),
        (lambda: Item.sizes.add('x'), ValidationError, 'takes a whole number'),
        (lambda: Item.sizes.delete('x'), ValidationError, 'takes a whole number'),
        (lambda: Item.tags.add({'a': 1}), ValidationError, 'Item.tags: '),
        (lambda: Item.tags.add(Item.id), ExpressionError, 'members, not an attribute'),
        (lambda: Item.tags.delete('a', Item.id), ExpressionError, 'members, not an attribute'),
        (lambda: Item.tags.set({'12345'}), ValidationError, 'at most 4 characters'),
        (lambda: Team.members.set([]), ValidationError, 'the field is required'),
        (lambda: Team.members.set(iter(())), ValidationError, 'required'),
        (lambda: Team.members.remove(), ValidationError, 'the field is required'),
        (lambda: Item.tags.set(Item.sizes), ExpressionError, 'unable to hold'),
        (lambda: Item.tags.set(Item.strings), ExpressionError, 'unable to hold'),
        (
            lambda: Item.tags.set(Item.tags.if_not_exists([])),
            ValidationError,
            'stands for the absent value',
        ),
        (lambda: Item.tags[0], ExpressionError, r'whose members have no path; use contains\(\)'),
        (lambda: Item.tags['a'], ExpressionError, 'have no path'),
    ],
)
def test_updates_that_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_members_are_added_and_deleted(item_table):
    """An absent set counts as empty, and the last member takes the attribute with it."""
    Item.save_one({'id': 'u', 'sizes': None, 'place': {'name': 'x'}, 'groups': [['a']]})

    def updated(*updates):
        return Item.update_one('u', list(updates))

    assert updated(Item.tags.add('a', 'b')).tags == {'a', 'b'}
    assert updated(Item.tags.add('b', 'c'), Item.sizes.add(1)).tags == {'a', 'b', 'c'}
    assert updated(Item.tags.delete('a', 'x'), Item.sizes.delete(1)).tags == {'b', 'c'}
    item = updated(Item.tags.delete(['b', 'c']), Item.number.set(1), Item.days.add(DAY))
    assert (item.tags, item.sizes, item.days) == (set(), set(), {DAY})
    assert not {'t', 'sizes'} & item_table.get_item(Key={'id': 'u'})['Item'].keys()
    assert updated(Item.tags.delete('a')).tags == set()
    item = updated(Item.place.codes.add(1), Item.groups[0].add('b'))
    assert (item.place['codes'], item.groups) == ({1}, [{'a', 'b'}])
    assert 'codes' not in updated(Item.place.codes.delete(1)).place
    assert updated(Item.tags.set({'a'})).tags == {'a'}
    assert updated(Item.tags.set_if_not_exists({'b'})).tags == {'a'}
    assert Item.update_from_dict({'id': 'u', 'tags': [], 'sizes': [5]}).tags == set()
    assert Item.get_one('u').update(Item.tags.add('z')).tags == {'z'}


def test_upsert_makes_an_item_of_what_is_added(item_table):
    for _ in range(2):
        team = Team.update_one('new', [Team.members.add('a', 'b')], upsert=True)
        assert team.members == {'a', 'b'}
    with pytest.raises(ExpressionError, match='would lack Team'):
        Team.update_one('newer', [Team.members.delete('a')], upsert=True)


def test_updates_of_one_set_overlap():
    with pytest.raises(ExpressionError, match='overlap'):
        Item.update_one('u', [Item.tags.add('a'), Item.tags.delete('b')])


@pytest.mark.parametrize('method', ['add', 'delete'])
@pytest.mark.parametrize(
    'given',
    [
        lambda: (n for n in (1, 2)),
        lambda: range(1, 3),
        lambda: {1: 'a', 2: 'b'}.keys(),
        lambda: {'a': 1, 'b': '2'}.values(),
        lambda: map(str, (1, 2)),
        lambda: iter({1, 2}),
    ],
)
def test_any_iterable_gives_the_members_of_an_update(method, given):
    assert getattr(Item.sizes, method)(given()).value == {1, 2}


@pytest.mark.parametrize('value', ['ab', b'ab', bytearray(b'ab'), memoryview(b'ab')])
def test_text_and_bytes_are_one_member(value):
    field = SetField(BinaryField if isinstance(value, BYTES) else StringField)
    assert field.add(value).value == {'ab' if isinstance(value, str) else b'ab'}


@pytest.mark.parametrize('given', [range(0), iter(()), {}.keys(), {'a': 1}])
def test_no_members_and_no_collection_are_refused(given):
    with pytest.raises(ValidationError, match=r'one or more members|whole number'):
        Item.sizes.add(given)


@pytest.mark.parametrize('value', [set(), [], (), iter(())])
def test_an_element_is_not_set_to_an_empty_set(value):
    """What would be sent removes the element, and moves the others."""
    with pytest.raises(ValidationError, match=r'Item.groups\[0\]: .*write remove\(\)'):
        Item.groups[0].set(value)
    assert Item.groups[0].set(None).clause == 'REMOVE'
    assert Item.groups[0].set_if_not_exists(set()).clause is None
    assert Item.tags.set(set()).clause == 'REMOVE'
    assert Item.place.codes.set([]).clause == 'REMOVE'


@pytest.mark.faithful('moto keeps an empty set')
def test_the_last_member_takes_the_element_with_it(item_table):
    Item.save_one({'id': 'g', 'groups': [['a'], ['b', 'c'], ['d']]})
    item = Item.update_one('g', [Item.groups[0].delete('a'), Item.groups[1].delete('b')])
    assert item.groups == [{'c'}, {'d'}]


# Conditions

NO_SIZE = pytest.mark.faithful('moto fails where an attribute that has no size is absent')

ITEMS = [
    {'id': '0', 'sizes': []},
    {'id': '1', 'tags': ['a'], 'sizes': []},
    {'id': '2', 'tags': ['a', 'b'], 'sizes': [1]},
    {'id': '3', 'tags': ['ab', ''], 'sizes': [1, 2], 'days': [DAY]},
    {'id': '4', 'raw': [b'a'], 'sizes': [2], 'place': {'codes': [1]}, 'shares': [0.5]},
    {'id': '5', 'groups': [['a'], ['b']], 'sizes': [3, 1], 'number': 3, 'tags': ['b']},
]


@pytest.mark.parametrize(
    ('condition', 'met'),
    [
        (Item.tags.contains('a'), '12'),
        (Item.tags.contains(''), '3'),
        (~Item.tags.contains('a'), '0345'),
        (Item.sizes.contains('1'), '235'),
        (Item.days.contains('2020-02-29'), '3'),
        (Item.raw.contains(b'a'), '4'),
        (Item.shares.contains(0.5), '4'),
        (Item.place.codes.contains(1), '4'),
        (Item.sizes.contains(Item.number), '5'),
        pytest.param(Item.tags.size() == 2, '23', marks=NO_SIZE),
        pytest.param(Item.tags.size() > 0, '1235', marks=NO_SIZE),
        (Item.tags.size() == 0, '04'),
        pytest.param(Item.tags.size() != 0, '1235', marks=NO_SIZE),
        (Item.tags.size() != 2, '0145'),
        (Item.tags.size() < 2, '0145'),
        (Item.tags.size() <= 0, '04'),
        (Item.tags.size() >= 0, '012345'),
        (~(Item.tags.size() < 2), '23'),
        (1 >= Item.tags.size(), '0145'),
        (Item.tags.size().between(0, 1), '0145'),
        pytest.param(Item.tags.size().between(1, 2), '1235', marks=NO_SIZE),
        (Item.tags.size().in_([0, 2]), '0234'),
        pytest.param(Item.tags.size().in_([1]), '15', marks=NO_SIZE),
        pytest.param(Item.tags.size() < Item.number, '5', marks=NO_SIZE),
        (Item.tags.size().in_([0, Item.number]), '04'),
        (Item.place.codes.size() == 0, '01235'),
        (Item.tags == {'b', 'a'}, '2'),
        (Item.tags == ['b', 'a', 'b'], '2'),
        (Item.tags != {'a', 'b'}, '01345'),
        (Item.sizes.in_([[1, 3], {2}]), '45'),
        (Item.tags == None, '04'),
        (Item.tags == set(), '04'),
        (Item.tags != [], '1235'),
        (Item.tags.exists(), '1235'),
        (Item.tags.not_exists(), '04'),
        (Item.sizes.type_is('NS'), '2345'),
        (Item.raw.type_is('BS'), '4'),
        (Item.groups.contains({'b'}), '5'),
        (Item.groups[0] == {'a'}, '5'),
        (Item.groups[1].contains('b'), '5'),
    ],
)
def test_conditions_on_sets(stored, condition, met):
    """The engine and the evaluator say the same."""
    stored('sets', Item, ITEMS)
    found = Item.get_many(condition)
    assert ''.join(sorted(item.id for item in found)) == met
    raw = Item.table().scan()['Items']
    assert ''.join(sorted(item['id'] for item in raw if matches(condition, item))) == met


@pytest.mark.parametrize(
    ('make', 'error', 'message'),
    [
        (lambda: Item.tags < {'a'}, ExpressionError, "< doesn't apply to Item.tags"),
        (lambda: Item.tags.between({'a'}, {'b'}), ExpressionError, 'BETWEEN'),
        (lambda: Item.tags.begins_with('a'), ExpressionError, r'begins_with\(\) doesn'),
        (lambda: Item.sizes.contains('x'), ValidationError, 'takes a whole number'),
        (lambda: Item.tags.contains(None), ValidationError, 'None is no member'),
        (lambda: Item.sizes == {'x'}, ValidationError, 'takes a whole number'),
        (lambda: Item.tags == 5, ValidationError, 'a set is needed'),
        (lambda: Item.tags.in_([set()]), ValidationError, 'an empty set is not stored'),
        (lambda: Item.tags.in_([None]), ValidationError, 'None can be compared'),
    ],
)
def test_conditions_that_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_undeclared_sets_are_as_before(item_table):
    item = Item(id='free')
    item.extra['more'] = {1.5, 2}
    item.place['y'] = {'a'}
    assert item.save() == Item.get_one('free')
    assert Item.get_one('free').extra == {'more': {1.5, 2}}
