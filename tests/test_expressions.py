"""Expressions: what an update computes, and what it doesn't."""

# ruff: noqa: RUF005 - what stands beside + is a field, no list.

import concurrent.futures
import copy
import datetime
import operator
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    BooleanField,
    DateTimeField,
    DecimalField,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    ListField,
    MapField,
    Model,
    RequestError,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
    _compile,
)
from dynamongo.expressions import MAX_DEPTH, Arithmetic, IfNotExists, ListJoin
from dynamongo.updates import SetUpdate, UpdateBuilder
from tests.ids import ident
from tests.models import User
from tests.offline import offline_table

pytestmark = pytest.mark.broad


class Sheet(Model):
    """Fields of each type that an update can compute, and of some that it can't."""

    __table__ = 'sheets'
    __hash_key__ = 'id'

    id = StringField()
    a = IntField()
    b = IntField(attribute='b_stored')
    c = IntField()
    d = IntField()
    few = IntField(min_value=10, max_value=20)
    total = FloatField()
    free = Field()
    other = Field()
    name = StringField()
    nick = StringField(max_length=5)
    flag = BooleanField()
    at = DateTimeField()
    tags = ListField(StringField(max_length=5))
    more = ListField(StringField)
    scores = ListField(IntField)
    stats = DictField(n=IntField(), deep=DictField(x=IntField()))
    texts = DictField(n=StringField())
    kept = StringField(keep_empty=True)
    exact = DecimalField()
    colours = SetField(StringField)
    sizes = SetField(IntField)
    prices = MapField(IntField)
    until = TimestampField()
    since = TimestampField(fractions=True)
    took = TimedeltaField()
    left = TimedeltaField()
    hours = TimedeltaField(precision='hours')
    labels = MapField(StringField)


class Numbered(Model):
    """A model with an index and a version."""

    __table__ = 'numbered'
    __hash_key__ = 'id'

    id = StringField()
    name = StringField()
    n = IntField()
    version = VersionField()
    by_name = GlobalIndex('name')


S = Sheet
NOON = datetime.datetime(2020, 1, 2, 12, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
ITEM = {
    'id': 'k',
    'a': 5,
    'b_stored': 3,
    'total': Decimal('0.5'),
    'free': [1],
    'name': 'Ada',
    'tags': ['x', 'y'],
    'more': ['z'],
    'scores': [10, 4],
    'stats': {'n': 7},
}

# How they compile. Each row: the update, its expression, and its values.

COMPILED = [
    (S.a.set(S.b), '#n0 = #n1', []),
    (S.a.set(S.a), '#n0 = #n0', []),
    (S.a.set(S.b + 1), '#n0 = #n1 + :v0', [1]),
    (S.a.set(1 + S.b), '#n0 = :v0 + #n1', [1]),
    (S.a.set(S.a - S.b), '#n0 = #n0 - #n1', []),
    (S.a.set(10 - S.a), '#n0 = :v0 - #n0', [10]),
    (S.a.set(S.a + S.b), '#n0 = #n0 + #n1', []),
    (S.a.set(S.a + 2.0), '#n0 = #n0 + :v0', [2]),
    (S.total.set(S.total - 0.1), '#n0 = #n0 - :v0', [Decimal('0.1')]),
    (S.total.set(S.a + 0.5), '#n0 = #n1 + :v0', [Decimal('0.5')]),
    (S.few.set(S.few - 100), '#n0 = #n0 - :v0', [100]),
    (S.free.set(S.free + 1.5), '#n0 = #n0 + :v0', [Decimal('1.5')]),
    (S.free.set(S.free - S.other), '#n0 = #n0 - #n1', []),
    (S.a.set(S.stats['n'] + 1), '#n0 = #n1.#n2 + :v0', [1]),
    (S.stats.n.set(S.stats['m'] + S.scores[1]), '#n0.#n1 = #n0.#n2 + #n3[1]', []),
    (S.a.set(S.scores[0] - S.scores[1]), '#n0 = #n1[0] - #n1[1]', []),
    (S.scores[0].set(S.scores[1]), '#n0[0] = #n0[1]', []),
    (S.a.set(S.a.if_not_exists(0) + 1), '#n0 = if_not_exists(#n0, :v0) + :v1', [0, 1]),
    (S.a.set(S.b.if_not_exists(S.c)), '#n0 = if_not_exists(#n1, #n2)', []),
    (
        S.a.set(S.b.if_not_exists(0) - S.c.if_not_exists(0)),
        '#n0 = if_not_exists(#n1, :v0) - if_not_exists(#n2, :v0)',
        [0],
    ),
    (
        S.a.set(S.b.if_not_exists(S.c.if_not_exists(S.d.if_not_exists(4)))),
        '#n0 = if_not_exists(#n1, if_not_exists(#n2, if_not_exists(#n3, :v0)))',
        [4],
    ),
    (S.a.set(5 - S.free.if_not_exists(0)), '#n0 = :v0 - if_not_exists(#n1, :v1)', [5, 0]),
    (S.few.set(S.few.if_not_exists(0) + 1), '#n0 = if_not_exists(#n0, :v0) + :v1', [0, 1]),
    (
        S.at.set(S.at.if_not_exists(datetime.datetime(2020, 1, 2))),
        '#n0 = if_not_exists(#n0, :v0)',
        ['2020-01-02T00:00:00.000000'],
    ),
    (S.name.set(S.nick.if_not_exists('longer')), '#n0 = if_not_exists(#n1, :v0)', ['longer']),
    (S.tags.set(S.tags + ['a']), '#n0 = list_append(#n0, :v0)', [['a']]),
    (S.tags.set(['a'] + S.tags), '#n0 = list_append(:v0, #n0)', [['a']]),
    (S.tags.set(S.tags + ('a', 'b')), '#n0 = list_append(#n0, :v0)', [['a', 'b']]),
    (S.tags.set(S.tags + S.more), '#n0 = list_append(#n0, #n1)', []),
    (S.tags.set(S.tags + S.tags), '#n0 = list_append(#n0, #n0)', []),
    (
        S.tags.set(S.tags.if_not_exists([]) + ['a']),
        '#n0 = list_append(if_not_exists(#n0, :v0), :v1)',
        [[], ['a']],
    ),
    (
        S.tags.set(S.tags.if_not_exists([]) + S.more.if_not_exists(['b'])),
        '#n0 = list_append(if_not_exists(#n0, :v0), if_not_exists(#n1, :v1))',
        [[], ['b']],
    ),
    (S.free.set(S.free + [1.5, {'x'}]), '#n0 = list_append(#n0, :v0)', [[Decimal('1.5'), {'x'}]]),
    (S.free.set(S.free + S.tags), '#n0 = list_append(#n0, #n1)', []),
    (
        S.free.set(S.free.if_not_exists([]) + S.other),
        '#n0 = list_append(if_not_exists(#n0, :v0), #n1)',
        [[]],
    ),
    (S.scores.set(S.scores + ['7']), '#n0 = list_append(#n0, :v0)', [[7]]),
    (S.a.set_if_not_exists(S.b), '#n0 = if_not_exists(#n0, #n1)', []),
    (
        S.a.set_if_not_exists(S.b.if_not_exists(1)),
        '#n0 = if_not_exists(#n0, if_not_exists(#n1, :v0))',
        [1],
    ),
    (S.name.set(S.id), '#n0 = #n1', []),
    (S.kept.set(S.kept.if_not_exists('')), '#n0 = if_not_exists(#n0, :v0)', ['']),
    (S.colours.set(S.colours.if_not_exists({'red'})), '#n0 = if_not_exists(#n0, :v0)', [{'red'}]),
    (S.prices['x'].set(S.prices['x'].if_not_exists(0) + 1),
     '#n0.#n1 = if_not_exists(#n0.#n1, :v0) + :v1', [0, 1]),
    (S.exact.set(S.total + S.a), '#n0 = #n1 + #n2', []),
    (S.exact.set(S.exact + '1.5'), '#n0 = #n0 + :v0', [Decimal('1.5')]),
    (S.a.set('12' - S.a.if_not_exists('2')), '#n0 = :v0 - if_not_exists(#n0, :v1)', [12, 2]),
    (S.a.set(sum([S.a, S.b])), '#n0 = #n0 + #n1', []),
    (S.a.set(0 + S.b), '#n0 = #n1', []),
    (S.free.set(sum([S.free, S.b.if_not_exists(1)])), '#n0 = #n0 + if_not_exists(#n1, :v0)', [1]),
    (S.until.set(S.until + HOUR), '#n0 = #n0 + :v0', [3600]),
    (S.until.set(S.until - 60), '#n0 = #n0 - :v0', [60]),
    (S.until.set(S.until.if_not_exists(NOON) + HOUR), '#n0 = if_not_exists(#n0, :v0) + :v1',
     [1577966400, 3600]),
    (S.until.set(NOON - S.a), '#n0 = :v0 - #n1', [1577966400]),
    (S.since.set(S.until + S.took), '#n0 = #n1 + #n2', []),
    (S.took.set(S.since - S.until), '#n0 = #n1 - #n2', []),
    (S.took.set(S.took + HOUR), '#n0 = #n0 + :v0', [3600]),
    (S.took.set(S.took - S.left), '#n0 = #n0 - #n1', []),
    (S.took.set(S.took.if_not_exists(HOUR) - 0.5), '#n0 = if_not_exists(#n0, :v0) - :v1',
     [3600, Decimal('0.5')]),
    (S.hours.set(S.hours + HOUR / 2), '#n0 = #n0 + :v0', [Decimal('0.5')]),
    (S.hours.set(S.a + S.hours), '#n0 = #n1 + #n0', []),
    (S.flag.set(S.flag.if_not_exists(False)), '#n0 = if_not_exists(#n0, :v0)', [False]),
    (S.texts.set(S.texts.if_not_exists({'n': 't'})), '#n0 = if_not_exists(#n0, :v0)', [{'n': 't'}]),
]  # fmt: skip


@pytest.mark.parametrize(('update', 'action', 'values'), COMPILED, ids=ident)
def test_expressions_compile_as_dynamodb_writes_them(update, action, values):
    """As part of a request that botocore finds valid, and that is the same each time."""
    compiled = UpdateBuilder.create([update])
    assert (compiled.expression, list(compiled.values.values())) == (f'SET {action}', values)
    assert [type(value) for value in compiled.values.values()] == list(map(type, values))
    request = _compile.update(S._schema, {'id': 'k'}, [update])
    assert request == _compile.update(S._schema, {'id': 'k'}, [update])
    offline_table().update_item(**request)


def test_names_and_values_are_shared_by_all_that_use_them():
    request = _compile.update(
        S._schema, {'id': 'k'}, [S.a.set(S.b + 1), S.b.set(S.a - 1), S.c.add(1), S.d.remove()]
    )
    assert request['UpdateExpression'] == (
        'SET #n0 = #n1 + :v0, #n1 = #n0 - :v0 REMOVE #n3 ADD #n2 :v0'
    )
    assert request['ExpressionAttributeValues'] == {':v0': 1}
    assert request['ExpressionAttributeNames']['#n1'] == 'b_stored'


@pytest.mark.parametrize(
    ('update', 'text'),
    [
        (S.a.set(S.b), 'Sheet.a.set(Sheet.b)'),
        (S.a.set(1 - S.stats['m']), "Sheet.a.set(1 - Sheet.stats['m'])"),
        (S.a.set(S.a + -1), 'Sheet.a.set(Sheet.a + -1)'),
        (
            S.a.set_if_not_exists(S.b.if_not_exists(S.c)),
            'Sheet.a.set_if_not_exists(Sheet.b.if_not_exists(Sheet.c))',
        ),
        (
            S.tags.set(['q'] + S.tags.if_not_exists([])),
            "Sheet.tags.set(['q'] + Sheet.tags.if_not_exists([]))",
        ),
    ],
    ids=ident,
)
def test_repr_is_the_python_that_makes_it(update, text):
    assert repr(update) == str(update) == text
    again = eval(text, {'Sheet': Sheet})
    assert UpdateBuilder.create([again]) == UpdateBuilder.create([update])
    assert repr(update.value) == str(update.value) == repr(again.value)


def test_the_value_of_an_update_is_the_expression():
    assert S.a.set(S.b).value is S.b
    for value, cls in (
        (S.b + 1, Arithmetic),
        (S.b.if_not_exists(1), IfNotExists),
        (S.tags + S.more, ListJoin),
    ):
        assert type(value) is cls
        assert type(S.free.set(value).value) is cls
    total = S.a.set(S.a.if_not_exists(0) - 1).value
    assert (total.sign, total.right, total.left.value) == ('-', 1, 0)
    assert total.left.field is S.a
    made = SetUpdate(S.a, Arithmetic(IfNotExists(S.a, 0), '-', 1))
    assert repr(made) == repr(S.a.set(total))


# What they do. Each row: the updates, and what they make of ITEM; ``None`` where it is removed.

DONE = [
    ([S.a.set(S.b)], {'a': 3}),
    ([S.a.set(S.a)], {}),
    ([S.a.set(S.b), S.b.set(S.a)], {'a': 3, 'b_stored': 5}),
    ([S.a.set(S.a + 1), S.c.set(S.a), S.d.set(S.a + S.b)], {'a': 6, 'c': 5, 'd': 8}),
    ([S.a.remove(), S.c.set(S.a)], {'a': None, 'c': 5}),
    ([S.a.add(1), S.c.set(S.a)], {'a': 6, 'c': 5}),
    ([S.c.set(1 - S.a)], {'c': -4}),
    ([S.c.set(S.a - 1)], {'c': 4}),
    ([S.c.set(S.c.if_not_exists(10) - S.a)], {'c': 5}),
    ([S.c.set(S.d.if_not_exists(1) + S.c.if_not_exists(2))], {'c': 3}),
    ([S.a.set(S.a.if_not_exists(100) + 1)], {'a': 6}),
    ([S.c.set(S.d.if_not_exists(S.a))], {'c': 5}),
    ([S.a.set_if_not_exists(S.b), S.c.set_if_not_exists(S.b)], {'c': 3}),
    ([S.total.set(S.total + S.a)], {'total': Decimal('5.5')}),
    ([S.few.set(S.a - 100)], {'few': -95}),
    ([S.tags.set(S.tags + ['w'])], {'tags': ['x', 'y', 'w']}),
    ([S.tags.set(['w'] + S.tags)], {'tags': ['w', 'x', 'y']}),
    ([S.tags.set(S.more + S.tags), S.more.set(S.tags)], {
        'tags': ['z', 'x', 'y'], 'more': ['x', 'y'],
    }),
    ([S.more.set(S.tags + S.tags)], {'more': ['x', 'y', 'x', 'y']}),
    ([S.free.set(S.other.if_not_exists([]) + S.free)], {}),
    ([S.other.set(S.other.if_not_exists([2]) + S.free)], {'other': [2, 1]}),
    ([S.c.set(S.stats.n + S.scores[0])], {'c': 17}),
    ([S.stats.n.set(S.stats['n'] - 1)], {'stats': {'n': 6}}),
    ([S.stats['m'].set(S.name)], {'stats': {'n': 7, 'm': 'Ada'}}),
    ([S.c.set(S.stats.deep.x.if_not_exists(1)), S.d.set(S.scores[9].if_not_exists(2))], {
        'c': 1, 'd': 2,
    }),
    ([S.scores[0].set(S.scores[1]), S.scores[1].set(S.scores[0] + 1)], {'scores': [4, 11]}),
    ([S.scores[9].set(S.scores[0])], {'scores': [10, 4, 10]}),
    ([S.scores[0].remove(), S.c.set(S.scores[0])], {'scores': [4], 'c': 10}),
    ([S.scores[0].remove(), S.scores[1].remove()], {'scores': []}),
    ([S.tags[0].remove(), S.tags[9].remove()], {'tags': ['y']}),
    ([S.other.set(S.tags.if_not_exists(['no']))], {'other': ['x', 'y']}),
    ([S.took.add(HOUR)], {'took': 3600}),
    ([S.took.subtract(90), S.hours.increment(), S.left.decrement(HOUR)], {
        'took': -90, 'hours': 1, 'left': -3600,
    }),
    ([S.until.set(S.until.if_not_exists(NOON) + HOUR)], {'until': 1577970000}),
    ([S.took.set(S.took.if_not_exists(HOUR) - datetime.timedelta(seconds=0.25))], {
        'took': Decimal('3599.75'),
    }),
]  # fmt: skip

#: What moto refuses, or does otherwise.
ONLY_DYNAMODB = [
    ([S.name.set(S.id)], {'name': 'k'}),
    ([S.c.set(S.c.if_not_exists(S.d.if_not_exists(S.a)))], {'c': 5}),
    ([S.c.set_if_not_exists(S.d.if_not_exists(1))], {'c': 1}),
    ([S.scores[9].set(2), S.scores[5].set(1), S.scores[0].set(0)], {'scores': [0, 4, 1, 2]}),
    ([S.c.set(S.c.if_not_exists(S.d.if_not_exists(1)) + S.a)], {'c': 6}),
]


@pytest.fixture
def sheets(stored):
    stored('sheets', Sheet, [])
    Sheet.table().put_item(Item=ITEM)
    return Sheet.table()


def item_after(table, updates):
    table.put_item(Item=ITEM)
    answer = Sheet.update_one('k', updates)
    assert answer == Sheet.get_one('k')
    return table.get_item(Key={'id': 'k'}, ConsistentRead=True)['Item']


def expected_after(changes):
    return {name: value for name, value in {**ITEM, **changes}.items() if value is not None}


def test_the_item_is_read_as_it_was_before_the_update(sheets):
    for updates, changes in DONE:
        assert item_after(sheets, updates) == expected_after(changes), updates


@pytest.mark.faithful('moto reads no key field, nests no if_not_exists, appends as it is told')
def test_what_moto_does_otherwise(sheets):
    for updates, changes in ONLY_DYNAMODB:
        assert item_after(sheets, updates) == expected_after(changes), updates


METHODS = {
    'update_one': lambda updates: Sheet.update_one('k', updates),
    'update_many': lambda updates: Sheet.update_many(['k'], updates),
    'a condition': lambda updates: Sheet.update_many(Sheet.id.in_(['k']), updates),
    'instance': lambda updates: Sheet(id='k').update(*updates),
    'transaction': lambda updates: transacted(updates),
}


def transacted(updates):
    with Transaction() as t:
        t.update((Sheet, 'k'), updates)


@pytest.mark.parametrize('method', METHODS)
def test_every_method_computes(sheets, method):
    METHODS[method]([S.a.set(S.a - S.b), S.tags.set(S.tags + S.more)])
    sheet = Sheet.get_one('k')
    assert (sheet.a, sheet.tags) == (2, ['x', 'y', 'z'])


def test_an_item_that_upsert_makes_has_what_stands_for_the_absent(sheets):
    sheets.delete_item(Key={'id': 'k'})
    counting = [S.a.set(S.a.if_not_exists(10) - 1), S.tags.set(S.tags.if_not_exists([]) + ['t'])]
    for number in (9, 8):
        made = Sheet.update_one('k', counting, upsert=True)
        assert (made.a, made.tags) == (number, ['t'] * (10 - number))


def test_versions_count_beside_expressions_and_can_be_read(connection):
    Numbered.create_table()
    made = Numbered(id='k', n=1)
    made.save()
    made.update(Numbered.n.set(Numbered.version + 41), Numbered.name.set('x'))
    assert (made.n, made.version) == (42, 2)
    with pytest.raises(ExpressionError, match='counted by dynamongo'):
        made.update(Numbered.version.set(Numbered.n))


# Absent attributes

ABSENT = [
    (S.a.set(S.c), r'the item has no Sheet\.c, .* Sheet\.c\.if_not_exists\(0\)'),
    (S.a.set(S.c + S.d), r'no Sheet\.c or Sheet\.d,'),
    (S.a.set(S.b.if_not_exists(0) - S.d), r'no Sheet\.d,'),
    (S.a.set(S.c.if_not_exists(S.d)), r'no Sheet\.d,'),
    (S.free.set(S.other + S.tags), r'no Sheet\.other or Sheet\.tags,'),
    (S.more.set(S.stats['list'] + ['x']), r"Sheet\.stats\['list'\]\.if_not_exists\(\.\.\.\)"),
    (S.a.set(S.scores[7]), r'no Sheet\.scores\[7\],'),
    (S.name.set(S.nick), r'Sheet\.nick\.if_not_exists\(\.\.\.\)'),
]


@pytest.mark.parametrize(('update', 'message'), ABSENT, ids=ident)
def test_what_is_absent_is_named_with_what_to_write(sheets, update, message):
    for write in (
        lambda: Sheet.update_one('k', [update]),
        lambda: Sheet.update_one('new', [update], upsert=True),
    ):
        with pytest.raises(RequestError, match=message) as caught:
            write()
        assert caught.value.code == 'ValidationException'
    assert sheets.scan()['Items'] == [ITEM]


def test_a_transaction_names_it_too(sheets):
    with pytest.raises((TransactionCanceledError, RequestError), match=r'no Sheet\.c, .*Sheet\.c'):
        transacted([S.a.set(S.c)])


@pytest.mark.faithful('moto words its refusals otherwise')
def test_what_is_read_and_of_another_type_is_named(sheets):
    sheets.put_item(Item={**ITEM, 'stats': {'m': 'text'}})
    for update, label in (
        (S.a.set(S.free + 1), 'Sheet.free'),
        (S.tags.set(S.free.if_not_exists([]) + S.stats['m']), "Sheet.free or Sheet.stats['m']"),
    ):
        with pytest.raises(RequestError, match='of another type') as caught:
            Sheet.update_one('k', [update])
        assert f'stored in {label} is' in str(caught.value)


@pytest.mark.faithful('moto looks up an alternative only where it needs it')
def test_the_alternative_must_exist_even_where_it_is_not_needed(sheets):
    with pytest.raises(RequestError, match=r'no Sheet\.c,'):
        Sheet.update_one('k', [S.d.set(S.a.if_not_exists(S.c))])


# What is refused before anything is sent

GRAMMAR = [
    (lambda: S.a + 1 + 2, 'has its [+] or - already'),
    (lambda: 1 + (S.a - S.b), 'Sheet.a - Sheet.b has its [+] or -'),
    (lambda: (S.a + 1) - S.b, 'has its [+] or - already'),
    (lambda: sum([S.a, S.b, S.c]), 'has its [+] or - already'),
    (lambda: S.tags + ['a'] + ['b'], 'has its [+] or - already'),
    (lambda: S.a.if_not_exists(S.b + 1), 'none within if_not_exists'),
    (lambda: S.tags.if_not_exists(S.more + ['a']), 'none within if_not_exists'),
    (lambda: S.a.set_if_not_exists(S.b + 1), 'none within if_not_exists'),
    (lambda: S.a.if_not_exists(S.a), 'another field than Sheet.a itself'),
    (lambda: S.stats.n.if_not_exists(S.stats['n']), 'itself'),
    (lambda: S.a.set_if_not_exists(S.a), 'itself'),
    (lambda: -S.a, '0 - Sheet.a'),
    (lambda: -(S.a + 1), '0 - '),
    (lambda: S.tags - ['a'], 'remove elements by their index'),
    (lambda: ['a'] - S.tags, 'remove elements by their index'),
    (lambda: S.name + 'x', 'Sheet.name is a StringField, and a number is needed'),
    (lambda: S.name + '1', 'Sheet.name is a StringField, and a number is needed'),
    (lambda: S.tags + '12', "'12' is a str, and a list is needed"),
    (lambda: S.until + NOON, 'two moments have no sum'),
    (lambda: S.until.if_not_exists(NOON) + S.since, 'two moments have no sum'),
    (lambda: S.at + HOUR, 'Sheet.at is a DateTimeField'),
    (lambda: S.a.if_not_exists(1).if_not_exists(2), r'nest it: User\.a\.if_not_exists'),
    (lambda: (S.a + 1).if_not_exists(2), 'is for attributes'),
    (lambda: 'x' + S.name, "'x' is a str, and a number is needed"),
    (lambda: S.at - S.at, 'Sheet.at is a DateTimeField'),
    (lambda: S.flag + 1, 'Sheet.flag is a BooleanField'),
    (lambda: S.stats + 1, 'Sheet.stats is a DictField'),
    (lambda: S.a + S.name, 'Sheet.name is a StringField'),
    (lambda: S.a + 'x', "'x' is a str"),
    (lambda: S.a + True, 'True is a bool'),
    (lambda: S.a + None, 'None is a NoneType'),
    (lambda: S.a + [1], 'Sheet.a is an IntField, and a list is needed'),
    (lambda: S.tags + 'ab', "'ab' is a str, and a list is needed"),
    (lambda: S.tags + S.a, 'Sheet.a is an IntField, and a list is needed'),
    (lambda: S.name.if_not_exists('x') + 1, 'Sheet.name is a StringField'),
    (lambda: S.a.if_not_exists(S.name) + 1, 'Sheet.name is a StringField'),
    (lambda: S.free.if_not_exists('x') + 1, "'x' is a str"),
    (lambda: S.free.if_not_exists([]) + 1, '1 is an int, and a list is needed'),
    (lambda: S.a + S.tags.size(), r'Sheet.tags.size\(\) is for conditions'),
    (lambda: S.a.set(S.tags.size()), r'Sheet.tags.size\(\) is for conditions'),
    (lambda: S.a.if_not_exists(S.tags.size()), r'Sheet.tags.size\(\) is for conditions'),
    (lambda: bool(S.a + 1), 'no truth value'),
    (lambda: S.a.add(S.b), 'take a number, not an attribute'),
    (lambda: S.a.add(S.b + 1), 'take a number, not an attribute'),
    (lambda: S.tags.append(S.name), 'values, not attributes'),
    (lambda: S.tags.set(S.tags + [S.name]), 'values, not attributes'),
    (lambda: (S.a + 1) & (S.b == 1), 'only conditions can be joined'),
    (lambda: Arithmetic(S.a, '*', 2), '[+] and - alone'),
    (lambda: IfNotExists(S.a + 1, 2), 'method of a field'),
    *(
        (lambda operate=operate: operate(S.a + 1, 3), "for updates, and can't be compared")
        for operate in (
            operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge
        )
    ),
    (lambda: S.a == S.b + 1, 'a condition computes nothing'),
    (lambda: S.a.in_([1, S.b + 1]), 'a condition computes nothing'),
    (lambda: S.a.between(1, S.b.if_not_exists(2)), 'a condition computes nothing'),
    (lambda: S.free.contains(S.a + 1), 'a condition computes nothing'),
    (lambda: S.tags.size() > S.a + 1, 'a condition computes nothing'),
    *(
        (lambda operate=operate, left=left, right=right: operate(left, right),
         r'by \+ and - alone.*read the item')
        for operate in (
            operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
            divmod, operator.matmul, operator.lshift, operator.rshift,
        )
        for left, right in ((S.a, 2), (2, S.a), (S.a.if_not_exists(1), 2))
    ),
    *((lambda one=one: one(S.a), r'by \+ and - alone') for one in (abs, round, operator.pos)),
]  # fmt: skip

TYPES = [
    (lambda: S.until.set(S.a), 'Sheet.until is a TimestampField.*Sheet.a does, an IntField'),
    (lambda: S.until.set(S.until + S.took), 'Sheet.until is a .*Sheet.took does, a Timedelta'),
    (lambda: S.until.set(S.until + S.total), 'Sheet.until is a .*Sheet.total does, a FloatField'),
    (lambda: S.a.set(S.until - S.until), 'Sheet.a is an IntField.*Sheet.until does'),
    (lambda: S.hours.set(S.hours + S.took), 'Sheet.took does, a TimedeltaField that is declared'),
    (lambda: S.hours.set(S.until - S.since), 'Sheet.hours is a .*Sheet.until does'),
    (lambda: S.exact.set(S.exact + S.took), 'Sheet.exact is a DecimalField.*Sheet.took does'),
    (lambda: S.name.set(S.a), 'Sheet.name is a StringField.*Sheet.a does, an IntField'),
    (lambda: S.name.set(S.a + 1), 'Sheet.name is a StringField, and Sheet.a [+] 1 makes a number'),
    (lambda: S.flag.set(S.a.if_not_exists(True)), 'Sheet.flag is a BooleanField'),
    (lambda: S.a.set(S.tags + []), 'Sheet.a is an IntField.*makes a list'),
    (lambda: S.tags.set(S.free + 1), 'Sheet.tags is a ListField.*makes a number'),
    (lambda: S.at.set(S.total - 1), 'Sheet.at is a DateTimeField'),
    (lambda: S.a.set(S.total), 'Sheet.a is an IntField.*Sheet.total does, a FloatField'),
    (lambda: S.a.set(S.total + 1), 'Sheet.a is an IntField.*Sheet.total does'),
    (lambda: S.tags.set(S.scores), 'Sheet.tags is a ListField.*Sheet.scores does'),
    (lambda: S.tags.set(S.tags + S.scores), 'Sheet.tags is a ListField.*Sheet.scores does'),
    (lambda: S.tags[0].set(S.scores[0]), r'Sheet.tags\[0\] is a StringField'),
    (lambda: S.stats.set(S.texts), 'Sheet.stats is a DictField.*Sheet.texts does'),
    (lambda: S.stats.set(S.tags), 'Sheet.stats is a DictField.*Sheet.tags does'),
    (lambda: S.tags.set(S.stats), 'Sheet.tags is a ListField.*Sheet.stats does'),
    (lambda: S.a.set_if_not_exists(S.name), 'Sheet.a is an IntField'),
    (lambda: S.colours.set(S.sizes), 'Sheet.colours is a SetField.*Sheet.sizes does'),
    (lambda: S.prices.set(S.labels), 'Sheet.prices is a MapField.*Sheet.labels does'),
    (lambda: S.total.set(S.exact), 'Sheet.total is a FloatField.*Sheet.exact does'),
    (lambda: S.stats.deep.x.set(S.name), 'IntField.*Sheet.name does'),
]

VALUES = [
    (lambda: S.a.set(S.b + 0.5), 'Sheet.a: '),
    (lambda: S.a.set(S.free + 0.5), 'Sheet.a: '),
    (lambda: S.a + float('nan'), 'Sheet.a: .*neither NaN nor infinities'),
    (lambda: float('nan') - S.a.if_not_exists(0), r'Sheet.a.if_not_exists\(0\): .*NaN'),
    (lambda: S.a.set(S.a + HOUR), 'Sheet.a: '),
    (lambda: S.a.set(S.a + '1.5'), 'Sheet.a: '),
    (lambda: S.free.set(S.free + '1'), 'Sheet.free: a number is needed'),
    (lambda: S.free.set(S.free + HOUR), 'Sheet.free: a number is needed'),
    (lambda: S.until.set(S.until + HOUR / 7), 'Sheet.until: .*whole seconds'),
    (lambda: S.until.set(NOON.replace(tzinfo=None) - S.a), 'Sheet.until: has no time zone'),
    (lambda: S.took.set(S.took + NOON), 'Sheet.took: '),
    (lambda: S.a - (10**40 + 1), '38 significant digits'),
    (lambda: S.free.set(S.free.if_not_exists(float('inf')) + 1), 'neither NaN nor infinities'),
    (lambda: S.few.set(S.few.if_not_exists(1)), 'Sheet.few: '),
    (lambda: S.few.set(S.a.if_not_exists(S.b.if_not_exists(1))), 'Sheet.few: '),
    (lambda: S.nick.set(S.name.if_not_exists('longer')), 'Sheet.nick: '),
    (lambda: S.nick.set_if_not_exists(S.name.if_not_exists('longer')), 'Sheet.nick: '),
    (lambda: S.a.if_not_exists(None), 'Sheet.a: .*stands for the absent'),
    (lambda: S.name.set(S.name.if_not_exists('')), 'Sheet.name: .*stands for the absent'),
    (lambda: S.colours.set(S.colours.if_not_exists(set())), 'Sheet.colours: .*stands for the'),
    (lambda: S.name.set(S.name.if_not_exists(b'')), 'Sheet.name: .*stands for the absent'),
    (lambda: S.tags.set(S.tags + ['longer']), r'Sheet.tags\[0\]: '),
    (lambda: S.tags.set(['ok', 'longer'] + S.tags), r'Sheet.tags\[1\]: '),
    (lambda: S.tags.set(S.more.if_not_exists(['longer']) + S.more), r'Sheet.tags\[0\]: '),
    (lambda: S.scores.set(S.scores + ['x']), r'Sheet.scores\[0\]: '),
    (lambda: S.free.set(S.free + [object()]), r'Sheet.free\[0\]: '),
    (lambda: S.at.set(S.at.if_not_exists('tomorrow')), 'Sheet.at: '),
]


@pytest.mark.parametrize(('make', 'message'), [*GRAMMAR, *TYPES])
def test_what_dynamodb_cannot_compute_is_refused(make, message):
    with pytest.raises(ExpressionError, match=message):
        make()


@pytest.mark.parametrize(('make', 'message'), VALUES)
def test_plain_values_are_those_of_the_field_that_is_set(make, message):
    """The constraints apply to what may be stored as it is, not to what is added."""
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize(
    ('updates', 'message'),
    [
        ([S.a.set(User.year_of_birth + 1)], 'a field of User, not of Sheet'),
        ([S.a.set(S.b.if_not_exists(User.year_of_birth))], 'a field of User, not of Sheet'),
        ([S.name.set(User.name)], 'a field of User, not of Sheet'),
        ([S.id.set(S.name)], 'part of the key'),
        ([S.a.set(S.b), S.a.set(S.c)], 'overlap'),
    ],
    ids=ident,
)
def test_every_method_refuses_what_is_not_of_the_model(connection, sent, updates, message):
    for write in METHODS.values():
        with pytest.raises(ExpressionError, match=message):
            write(updates)
    assert sent == []


def test_the_key_of_an_index_is_not_set_to_what_is_too_long_for_one(connection, sent):
    update = Numbered.name.set(Numbered.name.if_not_exists('x' * 3000))
    with pytest.raises(ValidationError, match=r'Numbered\.name: a hash key holds at most 2048'):
        Numbered.update_one('k', [update])
    assert sent == []


def test_a_dict_of_updates_holds_values(connection, sent):
    for value in (S.b, S.b + 1, S.tags.size()):
        with pytest.raises(ValidationError, match=r'a: a dict holds values; write Sheet\.update_o'):
            Sheet.update_from_dict({'id': 'k', 'a': value})
    assert sent == []


@pytest.mark.parametrize('value', [S.b, S.b + 1, S.b.if_not_exists(1), S.tags + ['x']], ids=ident)
def test_an_instance_holds_values(connection, sent, value):
    with pytest.raises((ValidationError, ExpressionError)):
        Sheet.save_one({'id': 'k', 'a': value})
    with pytest.raises((ValidationError, ExpressionError)):
        Sheet.save_one({'id': 'k', 'free': value})
    assert sent == []


def test_alternatives_nest_so_deep_and_no_deeper():
    deep = S.a.if_not_exists(0)
    for level in range(MAX_DEPTH - 1):
        deep = (S.b if level % 2 else S.a).if_not_exists(deep)
    assert repr(S.c.set(deep)).count('if_not_exists') == MAX_DEPTH
    with pytest.raises(ExpressionError, match=f'more than {MAX_DEPTH} deep'):
        S.a.if_not_exists(deep)


# Values of their own

EXPRESSIONS = [S.b + 1, S.b.if_not_exists(S.c), S.tags.if_not_exists([]) + ['x']]


@pytest.mark.parametrize('expression', EXPRESSIONS, ids=ident)
def test_expressions_are_immutable_values(expression):
    for name in ('left', 'value', 'other'):
        with pytest.raises(AttributeError, match='immutable'):
            setattr(expression, name, 1)
        with pytest.raises(AttributeError, match='immutable'):
            delattr(expression, name)
    assert copy.copy(expression) is copy.deepcopy(expression) is expression
    assert repr(pickle.loads(pickle.dumps(expression))) == repr(expression)
    update = S.free.set(expression)
    for again in (copy.copy(update), copy.deepcopy(update), pickle.loads(pickle.dumps(update))):
        assert UpdateBuilder.create([again]) == UpdateBuilder.create([update])


def test_what_is_given_can_change_afterwards():
    values = ['x']
    joined = S.tags + values
    alternative = S.tags.if_not_exists(values)
    values.append('too long')
    assert repr(joined) == "Sheet.tags + ['x']"
    assert repr(alternative) == "Sheet.tags.if_not_exists(['x'])"


def test_one_expression_serves_many_fields_and_threads():
    """What one field makes of the plain values in it is nothing to the others."""
    half = S.a + 0.5
    for _ in range(2):
        assert list(UpdateBuilder.create([S.total.set(half)]).values.values()) == [Decimal('0.5')]
        with pytest.raises(ValidationError, match=r'Sheet\.c: '):
            S.c.set(half)
    update = S.total.set(half)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda _: UpdateBuilder.create([update, S.c.set(S.c - 1)]), range(50))
    assert len({str(compiled) for compiled in made}) == 1


# Any expression, against an oracle

NAMES = 'abcdef'


class Loose(Model):
    """Fields of no declared type."""

    __table__ = 'loose'
    __hash_key__ = 'id'
    id = StringField()
    a, b, c, d, e, f = (Field() for _ in NAMES)


class Absent(Exception):
    """An attribute that must be there isn't."""


def numbers(faithful):
    """Return numbers; moto adds fractions as floats."""
    whole = st.integers(-(10**9), 10**9)
    return st.one_of(whole, st.decimals(-1000, 1000, places=3)) if faithful else whole


def terms(faithful):
    """Return terms: a number, the name of a field, or a name and the term that stands for it."""
    plain = st.one_of(numbers(faithful), st.sampled_from(NAMES))
    inner = plain
    for _ in range(3 if faithful else 1):
        pair = st.tuples(st.sampled_from(NAMES), inner).filter(lambda pair: pair[0] != pair[1])
        inner = st.one_of(plain, pair)
    return inner


def sums(faithful):
    """Return values of updates: a name, an alternative, or a sum of two terms with a field."""
    term = terms(faithful)
    alone = term.filter(lambda term: not isinstance(term, (int, Decimal)))
    sign = st.sampled_from([operator.add, operator.sub])
    return st.one_of(alone, st.tuples(sign, term, alone), st.tuples(sign, alone, term))


def is_sum(value):
    return isinstance(value, tuple) and len(value) == 3


def made(value):
    """Return the expression that a value stands for."""
    if is_sum(value):
        return value[0](made(value[1]), made(value[2]))
    if isinstance(value, tuple):
        return getattr(Loose, value[0]).if_not_exists(made(value[1]))
    return getattr(Loose, value) if isinstance(value, str) else value


def computed(value, item, faithful):
    """Return what a value amounts to in an item."""
    if is_sum(value):
        return value[0](*(computed(part, item, faithful) for part in value[1:]))
    if isinstance(value, tuple):
        name, instead = value
        # DynamoDB looks up the alternative in any case.
        if faithful or name not in item:
            instead = computed(instead, item, faithful)
        return item.get(name, instead)
    if isinstance(value, str):
        if value not in item:
            raise Absent
        return item[value]
    return Decimal(value)


@given(data=st.data())
def sums_are_those_of_python(table, faithful, data):
    attributes = st.dictionaries(st.sampled_from(NAMES), numbers(faithful), min_size=3)
    before = {name: Decimal(number) for name, number in data.draw(attributes).items()}
    values = data.draw(
        st.dictionaries(st.sampled_from(NAMES), sums(faithful), min_size=1, max_size=3)
    )
    updates = [getattr(Loose, name).set(made(value)) for name, value in values.items()]
    table.put_item(Item={'id': 'k', **before})
    try:
        after = {**before, **{n: computed(v, before, faithful) for n, v in values.items()}}
    except Absent:
        after = before
        with pytest.raises(RequestError, match='which the update reads'):
            Loose.update_one('k', updates)
    else:
        Loose.update_one('k', updates)
    assert table.get_item(Key={'id': 'k'}, ConsistentRead=True)['Item'] == {'id': 'k', **after}


def test_sums_are_those_of_python(stored, engine):
    """moto is asked for no alternatives within alternatives, and for no fractions."""
    stored('loose', Loose, [])
    sums_are_those_of_python(Loose.table(), engine.faithful)
