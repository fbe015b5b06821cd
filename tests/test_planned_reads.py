"""Whatever way a read is planned, it answers what a Scan with a filter would; at what cost."""

import contextlib
import itertools
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamongo import (
    Connection,
    DictField,
    ExpressionError,
    Field,
    GlobalIndex,
    IntField,
    LocalIndex,
    Model,
    StringField,
    _compile,
)
from dynamongo._documents import to_document
from dynamongo._loading import load
from dynamongo._logic import simplify
from dynamongo._options import Options
from dynamongo._plan import Plan
from dynamongo._planner import plan
from dynamongo._projection import projection_of
from tests.ids import ident
from tests.strategies import documents


class Event(Model):
    """A model with every kind of index."""

    __table__ = 'events'
    __hash_key__ = 'place'
    __range_key__ = 'time'

    place = StringField()
    time = IntField()
    kind = StringField(attribute='k')
    level = IntField()
    owner = StringField()
    notes = Field()
    by_kind = GlobalIndex('kind', 'level')
    by_owner = GlobalIndex('owner', projection='keys')
    by_level = LocalIndex('level')
    by_owner_and_time = GlobalIndex('owner', 'time')
    by_owner_here = LocalIndex('owner', projection=['kind'])


places = st.sampled_from(['a', 'b', 'é'])
numbers = st.integers(0, 3)
names = st.sampled_from(['x', 'y', 'z'])


def comparisons(field, values):
    """Conditions on a key field, those that the planner looks for more often than others."""
    pairs = st.tuples(values, values).map(sorted)
    return st.one_of(
        st.builds(lambda value: field == value, values),
        st.builds(lambda value: field == value, values),
        st.builds(field.in_, st.lists(values, max_size=3)),
        st.builds(lambda value: field >= value, values),
        st.builds(lambda value: field <= value, values),
        st.builds(lambda value: field > value, values),
        st.builds(lambda value: field != value, values),
        st.builds(lambda pair: field.between(*pair), pairs),
        st.just(field.exists()),
        st.just(field == None),
    )


leaves = st.one_of(
    comparisons(Event.place, places),
    comparisons(Event.time, numbers),
    comparisons(Event.kind, names),
    comparisons(Event.level, numbers),
    comparisons(Event.owner, names),
    st.builds(Event.keys_in, st.lists(st.tuples(places, numbers), max_size=3)),
    st.builds(Event.kind.begins_with, names),
    st.builds(lambda value: Event.notes == value, documents),
    st.sampled_from([Event.level < Event.time, Event.kind == Event.owner, Event.notes.exists()]),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda left, right: left & right, inner, inner),
        st.builds(lambda left, right: left & right, inner, inner),
        st.builds(lambda left, right: left | right, inner, inner),
        st.builds(lambda condition: ~condition, inner),
    ),
    max_leaves=5,
)
#: What the planner looks for, so that each kind of plan is met often.
selections = st.one_of(
    st.builds(lambda place, time: (Event.place == place) & (Event.time == time), places, numbers),
    st.builds(
        lambda places, times: Event.place.in_(places) & Event.time.in_(times),
        st.lists(places, min_size=1, max_size=3),
        st.lists(numbers, min_size=1, max_size=3),
    ),
    st.builds(
        lambda place, rest: (Event.place == place) & rest,
        places,
        st.one_of(comparisons(Event.time, numbers), comparisons(Event.level, numbers)),
    ),
    st.builds(
        lambda kind, rest: (Event.kind == kind) & rest, names, comparisons(Event.level, numbers)
    ),
    st.builds(lambda owners: Event.owner.in_(owners), st.lists(names, min_size=1, max_size=3)),
)
conditions = st.one_of(
    selections,
    st.builds(lambda selection, tree: selection & tree, selections, trees),
    st.builds(lambda one, other: one | other, selections, selections),
    trees,
)
items = st.fixed_dictionaries(
    {'place': places, 'time': numbers},
    optional={'k': names, 'level': numbers, 'owner': names, 'notes': documents},
)


def key_of_item(item):
    return item['place'], item['time']


options = st.fixed_dictionaries(
    {},
    optional={
        'only': st.sampled_from([[], ['kind'], ['owner', 'level']]),
        'consistent': st.just(True),
        'page_size': st.integers(1, 3),
        'workers': st.integers(2, 3),
        'descending': st.just(True),
    },
)


def key(event):
    return event.place, event.time


def is_ambiguous(condition):
    """Whether the planner refuses the condition, since it compares a key twice."""
    try:
        plan(Event._schema, condition)
    except ExpressionError as error:
        if 'is compared twice' not in str(error):
            raise
        return True
    return False


@contextlib.contextmanager
def quiet():
    logger = logging.getLogger('dynamongo')
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(logging.NOTSET)


@pytest.mark.faithful('moto filters by key attributes in a Query, and compares mixed types freely')
def test_every_plan_answers_what_a_filter_would(connection):
    """Random conditions over random items: keys, queries, indexes and scans find the same items,
    as a list, one by one, page by page, and in number."""
    Event.create_table()
    table = Event.table()
    seen = set()

    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(
        st.lists(items, min_size=3, max_size=8, unique_by=key_of_item),
        st.lists(conditions, min_size=4, max_size=8),
        options,
        st.integers(1, 4),
    )
    def agree(stored, asked, chosen, limit):
        with table.batch_writer() as batch:
            for place, time in itertools.product('abé', range(4)):
                batch.delete_item(Key={'place': place, 'time': time})
        for item in stored:
            table.put_item(Item=to_document(item))
        for condition in asked:
            if is_ambiguous(condition):
                continue
            simple = simplify(condition)
            expected = [] if simple is False else filtered(table, simple)
            check(condition, expected, chosen, limit)
            seen.add(describe(plan(Event._schema, condition)))
        if not is_ambiguous(asked[0]):
            simple = simplify(asked[0])
            remove(asked[0], [] if simple is False else filtered(table, simple))

    def check(condition, expected, chosen, limit):
        found = Event.get_many(condition, **chosen)
        assert sorted(found, key=key) == loaded(expected, chosen), condition
        expected = sorted(map(key_of_item, expected))
        used = Event.explain(condition, **chosen)
        if used.operation == 'Query':
            assert_sorted(used, Event.get_many(condition, **{**chosen, 'only': None}))
        limited = Event.get_many(condition, limit=limit, **chosen)
        assert len(limited) == min(limit, len(expected)), condition
        if used.operation != 'Scan':
            assert limited == found[:limit]
        else:
            chosen = {name: value for name, value in chosen.items() if name != 'descending'}
        assert sorted(map(key, Event.iter_many(condition, **chosen))) == expected, condition
        counting = {name: chosen[name] for name in ('consistent', 'workers') if name in chosen}
        assert Event.count(condition, **counting) == len(expected), condition
        paging = {name: value for name, value in chosen.items() if name != 'workers'}
        paged = list(pages(condition, limit, paging))
        if used.operation != 'Scan':
            assert paged == found
        assert sorted(map(key, paged)) == expected, condition

    def remove(condition, expected):
        """Deleting finds the same items, and the others stay."""
        before = {key_of_item(item) for item in table.scan()['Items']}
        assert Event.delete_many(condition).errors == [] or plan(Event._schema, condition).keys
        after = {key_of_item(item) for item in table.scan()['Items']}
        assert before - after == set(map(key_of_item, expected)), condition

    with quiet():
        agree()
    assert {'GetItem', 'BatchGetItem', 'Query', 'Scan'} <= {operation for operation, _ in seen}
    assert {'by_kind', 'by_owner_and_time'} <= {index for _, index in seen}


def filtered(table, simple):
    """Return the items that a Scan with a filter finds."""
    request = {}
    if simple is not True:
        request = _compile.read(Plan(Event._schema, 'Scan', Options(), filter=simple))
    return table.scan(**request)['Items']


def loaded(stored, chosen):
    """Return stored items as the instances that a read of them gives, by key."""
    projection = 'only' in chosen and projection_of(Event._schema, chosen['only'])
    return sorted((load(Event, item, projection or None) for item in stored), key=key)


def describe(found):
    return found.operation, found.index and found.index.name


def assert_sorted(used, found):
    """Items of queries are in the order of the keys that were queried by."""
    order = [[getattr(event, field._name) for field in used.source.keys] for event in found]
    ranks = [[part.encode() if isinstance(part, str) else part for part in each] for each in order]
    assert ranks == sorted(ranks, reverse=used.options.descending)


def pages(condition, limit, chosen):
    token = None
    while True:
        page = Event.get_page(condition, limit=limit, after=token, **chosen)
        assert len(page.items) <= limit
        yield from page.items
        token = page.token
        if token is None:
            return
        assert len(page.items) == limit


# What it costs


class Sale(Model):
    """A model whose items are a kilobyte each, so that read units tell how many were read."""

    __table__ = 'sales'
    __hash_key__ = 'shop'
    __range_key__ = 'number'

    shop = StringField()
    number = IntField()
    status = StringField()
    total = IntField()
    day = IntField(required=True)
    text = StringField()
    address = DictField(city=StringField())
    by_status = GlobalIndex('status', 'day')
    by_total = GlobalIndex('total', projection='keys')
    by_day = LocalIndex('day')
    by_shop_and_total = GlobalIndex('shop', 'total', projection='keys')


SHOPS = ['a', 'b', 'c', 'd']


@pytest.fixture
def sales(connection):
    Sale.create_table()
    result = Sale.save_many(
        {
            'shop': shop,
            'number': number,
            'status': 'open' if number < 2 else 'closed',
            'total': number,
            'day': 40 - number,
            'text': 'x' * 900,
            'address': {'city': 'Rome'},
        }
        for shop in SHOPS
        for number in range(40)
    )
    assert result.fail_count == 0


@pytest.fixture
def capacity(connection):
    """The read units that were consumed: ``[units, ...]`` in the order of the requests."""
    consumed = []

    def ask(params, **_):
        params['ReturnConsumedCapacity'] = 'TOTAL'

    def note(parsed, **_):
        found = parsed.get('ConsumedCapacity', [])
        for each in found if isinstance(found, list) else [found]:
            consumed.append(each['CapacityUnits'])

    events = Connection.resource().meta.client.meta.events
    for operation in ('GetItem', 'BatchGetItem', 'Query', 'Scan'):
        events.register(f'provide-client-params.dynamodb.{operation}', ask)
        events.register(f'after-call.dynamodb.{operation}', note)
    return consumed


A = Sale.shop == 'a'
#: Each row of the planner's table: the strategy, the requests, and the read units at most. A
#: kilobyte costs half a unit by itself, and an eighth in a page.
ROWS = [
    (('a', 1), {}, ['GetItem'], 0.5),
    (A & (Sale.number == 1), {}, ['GetItem'], 0.5),
    (('a', 1), {'consistent': True}, ['GetItem'], 1),
    ([('a', 1), ('b', 2), ('a', 1)], {}, ['BatchGetItem'], 1),
    (Sale.keys_in([('a', 1), ('b', 2)]) & (Sale.status == 'open'), {}, ['BatchGetItem'], 1),
    (Sale.shop.in_(SHOPS) & Sale.number.in_([1, 2]), {}, ['BatchGetItem'], 4),
    (Sale.shop.in_(SHOPS) & (Sale.number == 1) & (Sale.total > 0), {}, ['BatchGetItem'], 2),
    ((A & (Sale.number == 1)) | ((Sale.shop == 'b') & (Sale.number == 2)), {}, ['BatchGetItem'], 1),
    ([('a', number) for number in range(40)], {'limit': 2}, ['BatchGetItem'], 1),
    (A, {}, ['Query'], 5),
    (A, {'consistent': True}, ['Query'], 10),
    (A & (Sale.number < 4), {}, ['Query'], 0.5),
    (A & (Sale.number >= 2) & (Sale.number <= 5), {}, ['Query'], 0.5),
    (A & (Sale.number > 1) & (Sale.number < 6), {}, ['Query'], 1),
    (A & (Sale.number > 1) & (Sale.number > 35), {}, ['Query'], 0.5),
    (A & (Sale.number > 1) & (Sale.number < 39), {'limit': 3}, ['Query'], 1),
    (A & Sale.number.between(0, 39) & (Sale.number <= 3), {}, ['Query'], 0.5),
    (A & (Sale.number > 9) & (Sale.number < 3), {}, [], 0),
    (Sale.shop == None, {}, [], 0),
    (Sale.keys_in([('a', 1), ('b', 2)]) & A, {}, ['GetItem'], 0.5),
    (A & (Sale.number < 36) & (Sale.number < 4), {}, ['Query'], 0.5),
    (A & (Sale.total == 3), {}, ['Query'], 5),
    (A & ((Sale.number == 1) | (Sale.total == 2)), {}, ['Query'], 5),
    (A, {'limit': 4}, ['Query'], 0.5),
    (Sale.shop.in_(['b', 'a']) & (Sale.number < 4), {}, ['Query'] * 2, 1),
    ((A | (Sale.shop == 'b')) & (Sale.number < 4), {}, ['Query'] * 2, 1),
    (Sale.shop.in_(SHOPS) & (Sale.number < 4), {'limit': 3}, ['Query'], 0.5),
    ((A & (Sale.number < 4)) | ((Sale.shop == 'b') & (Sale.number > 35)), {}, ['Query'] * 2, 10),
    ((A & (Sale.total < 4)) | (A & (Sale.number > 35)), {}, ['Query'], 5),
    (Sale.shop.in_(['a', '']) & (Sale.number < 4), {}, ['Query'], 0.5),
    ([('a', number) for number in range(101)], {'limit': 40}, ['BatchGetItem'], 20),
    ([('x', 1), ('a', 1), ('a', 2)], {'limit': 1}, ['BatchGetItem'] * 2, 1),
    ([('x', 1), *(('a', n) for n in range(40))], {'limit': 20}, ['BatchGetItem'] * 2, 10.5),
    (A & (Sale.total == 3), {'only': ['total']}, ['Query'], 0.5),
    (A & (Sale.day < 5), {}, ['Query'], 0.5),
    (A & (Sale.day < 5), {'consistent': True}, ['Query'], 1),
    (Sale.status == 'open', {}, ['Query'], 1),
    ((Sale.status == 'open') & (Sale.day == 40), {}, ['Query'], 0.5),
    ((Sale.status == 'open') & (Sale.text.size() > 1), {}, ['Query'], 1),
    (Sale.status.in_(['open', 'lost']) & (Sale.day > 0), {}, ['Query'] * 2, 1),
    (Sale.total == 3, {'only': ['total']}, ['Query'], 0.5),
    (Sale.total == 3, {}, ['Scan'], 19),
    (Sale.text.size() > 1, {}, ['Scan'], 19),
    (Sale.text.exists(), {'workers': 3}, ['Scan'] * 3, 19),
    (Sale.total == 3, {'index': 'by_total'}, ['Query'], 0.5),
    # DynamoDB Local charges a scan of an index as if the index held whole items.
    (Sale.total > 38, {'index': 'by_total'}, ['Scan'], 19),
    (Sale.shop.in_([]) & A, {}, [], 0),
]  # fmt: skip


@pytest.mark.faithful("moto's read units are made up")
@pytest.mark.parametrize(('strategy', 'options', 'operations', 'units'), ROWS, ids=ident)
def test_each_strategy_costs_what_its_row_says(
    sales, sent, capacity, strategy, options, operations, units
):
    """The requests are those of the planner's table, no more, and so are the read units."""
    explained = Sale.explain(strategy, **options)
    assert sent == []
    found = Sale.get_many(strategy, **options)
    assert sent.operations == operations
    assert (explained.operation or 'nothing') == (operations or ['nothing'])[0]
    if 'limit' in options:
        assert explained.requests <= len(operations)
    else:
        assert explained.requests == len(operations)
    assert sum(capacity) <= units
    expected = matching(strategy)
    if 'limit' in options:
        assert len(found) == options['limit']
        assert {key_of(sale) for sale in found} <= expected
    else:
        assert {key_of(sale) for sale in found} == expected


def key_of(sale):
    return sale.shop, sale.number


def matching(strategy):
    """Return the keys of the items that a strategy means, by looking at all of them."""
    if not hasattr(strategy, 'primitives'):
        return set(strategy if isinstance(strategy, list) else [strategy])
    simple = simplify(strategy)
    if simple is False:
        return set()
    request = _compile.read(Plan(Sale._schema, 'Scan', Options(), filter=simple))
    return {(item['shop'], item['number']) for item in Sale.table().scan(**request)['Items']}


@pytest.mark.faithful("moto's read units are made up")
def test_an_index_is_worth_its_while(sales, capacity):
    """The same question costs a fraction where the index answers it, and finds the same."""
    found = Sale.get_many(Sale.status == 'open')
    by_index = sum(capacity)
    capacity.clear()
    request = _compile.read(Plan(Sale._schema, 'Scan', Options(), filter=Sale.status == 'open'))
    scanned = Sale.table().scan(**request)['Items']
    assert len(found) == len(scanned) == 8
    assert by_index * 10 < sum(capacity)


def test_counting_reads_no_attributes(sales, sent):
    assert Sale.count(Sale.status == 'open') == 8
    assert Sale.count(Sale.total == 3) == 4
    assert [params['Select'] for _, params in sent] == ['COUNT', 'COUNT']
    assert [params['IndexName'].rpartition('-')[2] for _, params in sent] == [
        'by_status',
        'by_total',
    ]


def test_a_thousand_keys_are_ten_requests_whatever_else_is_asked(sales, sent):
    """Keys with checks never scan."""
    keys = [('a', number) for number in range(1000)]
    assert len(Sale.get_many(Sale.keys_in(keys) & (Sale.total > 29))) == 10
    assert sent.operations == ['BatchGetItem'] * 10
    sent.clear()
    assert len(Sale.get_many(keys, workers=4)) == 40
    assert sent.operations == ['BatchGetItem'] * 10


def test_a_narrow_range_of_a_local_index_beats_the_table(sales):
    assert Sale.explain(A & (Sale.day > 3)).index is Sale.by_day
    assert Sale.explain(A & (Sale.day > 3) & (Sale.number == 1)).operation == 'GetItem'
    assert Sale.explain(A & (Sale.day > 3) & (Sale.number > 1)).index is None
    assert Sale.explain(A & (Sale.day == 3) & (Sale.number > 1)).index is Sale.by_day
    assert Sale.explain(A & (Sale.status == 'open') & (Sale.day == 3)).index is Sale.by_day
