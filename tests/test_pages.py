"""Reads that need several requests: limits, iterators, pages, counts, workers."""

import base64
import collections
import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import urllib.parse
import uuid

import pytest
from botocore.awsrequest import AWSResponse

from dynamongo import (
    Connection,
    ExpressionError,
    Field,
    FloatField,
    GlobalIndex,
    IncompleteReadError,
    IntField,
    LocalIndex,
    Model,
    Page,
    StringField,
    ValidationError,
    _execute,
)
from dynamongo._pages import Position, make_token
from tests.engines.base import CREDENTIAL, REGION
from tests.ids import ident
from tests.models import Order
from tests.test_batches import Raw

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad


class Event(Model):
    """A model with indexes of both kinds. Its keys are texts beyond ASCII, and numbers."""

    __table__ = 'events'
    __hash_key__ = 'place'
    __range_key__ = 'number'

    place = StringField(required=True)
    number = IntField(required=True)
    size = IntField(required=True)
    kind = StringField(attribute='k')
    by_kind = GlobalIndex('kind', 'size')
    by_size = LocalIndex('size', projection='keys')


class Measure(Model):
    """A model whose keys are numbers."""

    __table__ = 'measures'
    __hash_key__ = 'station'
    __range_key__ = 'value'

    station = IntField()
    value = FloatField()


class BytesField(Field):
    """A field of bytes, as a program may declare one."""

    primitive_type = bytes
    native_type = bytes


class Blob(Model):
    """A model whose keys are bytes."""

    __table__ = 'blobs'
    __hash_key__ = 'owner'
    __range_key__ = 'digest'

    owner = BytesField()
    digest = BytesField()


NUMBERS = 8
ITEMS = [
    {'place': place, 'number': number, 'size': number % 3, 'kind': f'k{number % 2}'}
    for place in ('a', 'b', 'ü☃')
    for number in range(NUMBERS)
]


@pytest.fixture
def events(stored, sent):
    stored('events', Event, ITEMS)
    sent.clear()


@pytest.fixture
def many(stored, sent):
    """Orders that need four batches of keys; their keys, in an order of their own."""
    numbers = [number * 37 % 350 for number in range(350)]
    stored('many', Order, [{'customer': 'c', 'number': number} for number in numbers])
    sent.clear()
    return [('c', number) for number in numbers]


@pytest.fixture
def orders(stored, sent):
    items = [{'customer': c, 'number': n, 'size': n % 3} for c in 'abc' for n in range(10)]
    stored('orders', Order, items)
    sent.clear()


@pytest.fixture
def answer(connection):
    """Answer an operation in place of the engine: ``answer('Scan', lambda body: reply)``.

    A reply of ``None`` lets the engine answer.
    """
    events = connection.resource().meta.client.meta.events

    def install(operation, reply):
        def handle(request, **_):
            body = reply(json.loads(request.body))
            if body is None:
                return None
            return AWSResponse(request.url, 200, {}, Raw(json.dumps(body).encode()))

        events.register_first(f'before-send.dynamodb.{operation}', handle)

    return install


def keys(found):
    return [(item.place, item.number) for item in found]


def order_keys(found):
    return [(order.customer, order.number) for order in found]


def limits(sent):
    """Return the limit of each request that was sent, ``None`` where it has none."""
    return [parameters.get('Limit') for _, parameters in sent]


def batch_sizes(sent):
    """Return how many keys each request was about."""
    return [
        1 if operation == 'GetItem' else sum(len(t['Keys']) for t in p['RequestItems'].values())
        for operation, p in sent
    ]


A = Event.place == 'a'
AB = Event.place.in_(['b', 'a'])
LISTED = [('b', 3), ('a', 1), ('x', 0), ('b', 3), ('ü☃', 7), ('y', 2), ('a', 0)]


class Read:
    """A read: how items are selected, and what is asked of them besides."""

    def __init__(self, name, strategy, operation, *, filtered=False, check=False, **options):
        self.name = name
        self.strategy = strategy
        self.operation = operation
        #: Whether items may be left out after DynamoDB has read them.
        self.filtered = filtered or check
        self.check = check
        self.options = options
        self.sorted = operation != 'Scan'

    def __repr__(self):
        return self.name

    def all(self):
        if self.strategy is None:
            return Event.get_many(Event.place.exists(), **self.options)
        return Event.get_many(self.strategy, **self.options)


READS = [
    Read('one key', ('a', 3), 'GetItem'),
    Read('one missing key', ('x', 3), 'GetItem'),
    Read('one key, checked', (A & (Event.number == 3) & (Event.size == 0)), 'GetItem', check=True),
    Read('keys', LISTED, 'BatchGetItem'),
    Read('keys, descending', LISTED, 'BatchGetItem', descending=True),
    Read('small batches', LISTED, 'BatchGetItem', page_size=2),
    Read('missing keys', [('x', 0), ('x', 1)], 'BatchGetItem'),
    Read('a missing key at the end', [('a', 0), ('a', 1), ('x', 1)], 'BatchGetItem'),
    Read('no keys', [], None),
    Read('keys, checked', Event.keys_in(LISTED) & (Event.size == 0), 'BatchGetItem', check=True),
    Read('query', A, 'Query'),
    Read('query, descending', A, 'Query', descending=True),
    Read('small pages', A, 'Query', page_size=3),
    Read('range', A & (Event.number > 2), 'Query'),
    Read('empty query', Event.place == 'x', 'Query'),
    Read('queries', AB, 'Query'),
    Read('queries, descending', AB, 'Query', descending=True),
    Read('queries, small pages', AB & (Event.number > 3), 'Query', page_size=2),
    Read('queries, some empty', Event.place.in_(['0', 'a', 'aa', 'ü☃', 'üü']), 'Query'),
    Read('queries, filtered', AB & (Event.kind == 'k1'), 'Query', filtered=True),
    Read('filtered query', A & (Event.kind == 'k1'), 'Query', filtered=True),
    Read('filtered pages', A & (Event.size == 1), 'Query', filtered=True, page_size=2),
    Read('query without matches', A & (Event.kind == 'k9'), 'Query', filtered=True, page_size=2),
    Read('checked query', A & (Event.number != 4), 'Query', check=True),
    Read('checked pages', A & (Event.number != 4), 'Query', check=True, page_size=2),
    Read(
        'filtered and checked',
        A & (Event.number != 4) & (Event.kind == 'k0'),
        'Query',
        check=True,
        descending=True,
    ),
    Read('scan', None, 'Scan'),
    Read('scan in pages', None, 'Scan', page_size=5),
    Read('filtered scan', Event.kind != 'k1', 'Scan', filtered=True, scan=True),
    Read('filtered scan in pages', Event.number == 1, 'Scan', filtered=True, page_size=4),
    Read('global index', Event.kind == 'k1', 'Query'),
    Read('global index, descending', Event.kind == 'k1', 'Query', descending=True, page_size=2),
    Read('global index by range', (Event.kind == 'k1') & (Event.size >= 1), 'Query'),
    Read('global index, queries', Event.kind.in_(['k1', 'k0']), 'Query', index='by_kind'),
    Read(
        'global index, filtered',
        (Event.kind == 'k1') & (Event.number > 2),
        'Query',
        filtered=True,
        index='by_kind',
        page_size=2,
    ),
    Read('local index', A, 'Query', index='by_size'),
    Read('local index, checked', A & (Event.kind == 'k1'), 'Query', check=True, index='by_size'),
    Read('scan of an index', Event.size > 0, 'Scan', filtered=True, index='by_kind'),
    Read('part of items', A, 'Query', only=['kind']),
    Read('consistent', A, 'Query', consistent=True),
]
each_read = pytest.mark.parametrize('read', READS, ids=repr)


def same(read, found, expected):
    """Assert that a read has found all that is expected, in order unless it has none."""
    if read.sorted:
        assert found == expected
    else:
        assert sorted(found, key=repr) == sorted(expected, key=repr)


@each_read
def test_the_reads_of_this_module_are_what_they_say(read):
    plan = Event.explain(read.strategy, **read.options)
    assert (plan.operation, plan.filtered, plan.check is not None) == (
        read.operation, read.filtered, read.check,
    )  # fmt: skip


# Limits and sizes


@pytest.mark.parametrize(
    ('limit', 'page_size', 'expected'),
    [
        (None, None, [None]),
        (6, None, [6]),
        (6, 100, [6]),
        (6, 4, [4, 2]),
        (5, 2, [2, 2, 1]),
        (1, 1, [1]),
        (None, 3, [3, 3, 3]),
        (10**12, None, [2**31 - 1]),
        (None, 10**12, [2**31 - 1]),
        (10**12, 5, [5, 5]),
    ],
)
def test_limit_and_page_size_of_a_query(events, sent, limit, page_size, expected):
    """Without a filter no request asks for more than is still wanted."""
    found = Event.get_many(A, limit=limit, page_size=page_size)
    assert keys(found) == [('a', number) for number in range(NUMBERS)][:limit]
    assert sent.operations == ['Query'] * len(expected)
    assert limits(sent) == expected


@pytest.mark.parametrize(
    ('limit', 'page_size', 'expected'),
    [(None, None, [None]), (7, None, [7]), (7, 5, [5, 2]), (7, 100, [7]), (None, 7, [7] * 4)],
)
def test_limit_and_page_size_of_a_scan(events, sent, limit, page_size, expected):
    found = list(Event.iter_many(limit=limit, page_size=page_size))
    assert len(found) == (limit or len(ITEMS))
    assert sent.operations == ['Scan'] * len(expected)
    assert limits(sent) == expected


@pytest.mark.parametrize(
    ('strategy', 'number'),
    [
        (A & (Event.kind == 'k1'), 4),
        (A & (Event.number != 1), 7),
        (A & (Event.number != 1) & (Event.kind == 'k1'), 3),
        (Event.kind != 'k1', 12),
        (AB & (Event.kind == 'k1'), 8),
    ],
    ids=ident,
)
def test_limit_counts_what_is_left_after_filtering(events, sent, strategy, number):
    """DynamoDB's own Limit counts what it reads, so it isn't sent because of ``limit``."""
    for limit in (1, 2, 3, number, number + 1):
        assert len(Event.get_many(strategy, limit=limit)) == min(limit, number)
    assert set(limits(sent)) == {None}
    sent.clear()
    for limit in (1, 3, number, number + 1):
        assert len(Event.get_many(strategy, limit=limit, page_size=2)) == min(limit, number)
    assert set(limits(sent)) == {2}


@pytest.mark.faithful('moto counts Limit otherwise')
def test_no_page_is_read_after_the_limit_is_reached(events, sent):
    """Of pages of two numbers, each has one that is odd."""
    Event.get_many(A & (Event.kind == 'k1'), limit=2, page_size=2)
    assert sent.operations == ['Query', 'Query']


@pytest.mark.parametrize(
    ('page_size', 'expected'),
    [(None, [100, 100, 100, 50]), (30, [30] * 11 + [20]), (1000, [100, 100, 100, 50])],
)
def test_page_size_of_keys_is_that_of_a_batch(many, sent, page_size, expected):
    """A batch holds at most 100 keys, whatever is asked for."""
    assert order_keys(Order.get_many(many, page_size=page_size)) == many
    assert batch_sizes(sent) == expected


@pytest.mark.parametrize(
    ('limit', 'page_size', 'first'),
    [(1, None, 1), (3, None, 3), (100, None, 100), (150, None, 100), (30, 20, 20), (15, 20, 15)],
)
def test_the_first_batch_is_no_longer_than_the_limit(many, sent, limit, page_size, first):
    assert order_keys(Order.get_many(many, limit=limit, page_size=page_size)) == many[:limit]
    sizes = batch_sizes(sent)
    assert sizes[0] == first
    assert len(sizes) == -(-limit // (page_size or 100))


def test_the_batches_of_checked_keys_are_full(many, sent):
    """How many of them will meet the check is not known."""
    condition = Order.keys_in(many) & (Order.status == None)
    assert order_keys(Order.get_many(condition, limit=3)) == many[:3]
    assert batch_sizes(sent) == [100]


def test_a_limit_is_met_in_spite_of_missing_keys(many, sent):
    strategy = [('x', number) for number in range(150)] + many
    assert order_keys(Order.get_many(strategy, limit=3)) == many[:3]
    assert batch_sizes(sent)[0] == 3


# Iterators


@each_read
def test_iterators_give_what_get_many_gives(events, read):
    """A scan alone may come in another order, and isn't asked for one."""
    same(read, list(Event.iter_many(read.strategy, **read.options)), read.all())


@each_read
def test_iterators_with_a_limit(events, read):
    expected = read.all()
    for limit in (1, 5):
        found = list(Event.iter_many(read.strategy, limit=limit, **read.options))
        assert len(found) == min(limit, len(expected))
        assert all(item in expected for item in found)
        if read.sorted:
            assert found == expected[:limit]


def test_no_strategy_is_everything(events):
    expected = {(item['place'], item['number']) for item in ITEMS}
    for found in (Event.iter_many(), Event.iter_many(None), Event.iter_many(index='by_kind')):
        found = keys(found)
        assert set(found) == expected
        assert len(found) == len(ITEMS)


MANY = [
    pytest.param('Query', lambda keys: Order.customer == 'c', id='Query'),
    pytest.param('Scan', lambda keys: None, id='Scan'),
    pytest.param('BatchGetItem', lambda keys: keys, id='keys'),
]


@pytest.mark.parametrize(('operation', 'strategy'), MANY)
def test_a_page_is_requested_when_its_first_item_is_asked_for(many, sent, operation, strategy):
    found = Order.iter_many(strategy(many), page_size=10)
    assert iter(found) is found
    assert sent == []
    for consumed in range(1, 32):
        next(found)
        assert sent.operations == [operation] * -(-consumed // 10)
    del found
    assert sent.operations == [operation] * 4


def test_queries_are_sent_one_after_the_other(orders, sent):
    found = Order.iter_many(Order.customer.in_(['a', 'b', 'c']))
    for consumed in range(1, 31):
        next(found)
        assert sent.operations == ['Query'] * -(-consumed // 10)


def threads():
    """Return the threads of workers."""
    return [each for each in threading.enumerate() if each.name.startswith('dynamongo')]


@pytest.mark.parametrize(('operation', 'strategy'), MANY[1:])
def test_workers_are_no_further_ahead_than_a_page_each(many, sent, operation, strategy):
    """Nor do they go on when the consumer stops."""
    found = Order.iter_many(strategy(many), page_size=10, workers=3)
    assert sent == []
    next(found)
    assert 1 <= len(sent) <= 3
    for _ in range(40):
        next(found)
    # The pages of 41 items, of which the last one of each worker may be begun, and one ahead.
    assert 5 <= len(sent) <= 5 + 2 * 3
    del found
    stopped = len(sent)
    assert threads() == []
    assert len(sent) == stopped
    assert set(sent.operations) == {operation}


def test_queries_of_workers_are_no_further_ahead(orders, sent):
    values = [f'{number}' for number in range(20)] + ['a', 'b', 'c']
    found = Order.iter_many(Order.customer.in_(values), workers=3)
    assert sent == []
    next(found)
    # The query of 'a' is the 21st: it has been answered, and at most the next two are begun.
    assert 21 <= len(sent) <= 23
    del found
    assert threads() == []


@pytest.mark.parametrize(
    ('strategy', 'options'),
    [
        (None, {'descending': True}),
        (Event.kind != 'k1', {'descending': True}),
        (None, {'descending': True, 'index': 'by_kind'}),
        (None, {'scan': False}),
        (Event.kind != 'k1', {'scan': False}),
        (5.5, {}),
        (Order.size == 1, {}),
        (A, {'index': 'by_nothing'}),
        (A, {'index': 'by_kind', 'consistent': True}),
        (A, {'limit': 0}),
        (A, {'page_size': 0}),
        (A, {'only': ['nothing']}),
    ],
    ids=ident,
)
@pytest.mark.parametrize('method', ['iter_many', 'get_page'])
def test_what_is_wrong_is_said_at_the_call(connection, sent, method, strategy, options):
    """Nothing is sent, and nobody needs to ask for the first item."""
    if method == 'get_page':
        options = {'limit': 3, **options}
    with pytest.raises((ExpressionError, ValidationError)):
        getattr(Event, method)(strategy, **options)
    assert sent == []


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize(
    'strategy',
    [A, AB, None, Event.kind != 'k9', [('a', number) for number in range(NUMBERS)]],
    ids=ident,
)
def test_iterators_keep_the_settings_of_their_block(events, connection, strategy, workers):
    """Made in a ``using()`` block, they read the tables of the block, whenever they are used."""
    other = f'{connection.table_prefix}{uuid.uuid4().hex}-'
    with connection.using(table_prefix=other):
        Event.create_table()
        Event.save_one({'place': 'a', 'number': 1, 'size': 77})
        inside = Event.iter_many(strategy, page_size=3, workers=workers)
        begun = Event.iter_many(strategy, page_size=3, workers=workers)
        expected = [next(begun)]
        expected += begun
    assert [event.size for event in expected] == [77]
    outside = Event.iter_many(strategy, page_size=3, workers=workers)
    number = Event.count(strategy)
    assert number >= NUMBERS
    with connection.using(table_prefix=other):
        assert len(list(outside)) == number
    assert [event.size for event in inside] == [77]


@pytest.mark.parametrize('workers', [1, 3])
def test_an_iterator_that_has_begun_keeps_its_settings(events, connection, workers):
    """Its consumer may enter and leave blocks between items."""
    found = []
    with connection.using(table_prefix=connection.table_prefix):
        iterator = Event.iter_many(AB, page_size=2, workers=workers)
        found.append(next(iterator))
    for item in iterator:
        found.append(item)
        with connection.using(table_prefix='nowhere-'):
            found += itertools.islice(iterator, 1)
    assert keys(found) == [(place, number) for place in 'ab' for number in range(NUMBERS)]


def test_iterators_keep_the_settings_of_the_process(events, connection):
    """The settings are those at the time of the call."""
    found = Event.iter_many(A, page_size=2)
    connection.set_config(table_prefix=f'{connection.table_prefix}nowhere-')
    assert keys(found) == [('a', number) for number in range(NUMBERS)]


def test_iterators_may_be_nested_and_take_turns(events):
    pairs = [(one.number, two.number) for one in Event.iter_many(A) for two in Event.iter_many(A)]
    assert pairs == list(itertools.product(range(NUMBERS), repeat=2))
    turns = zip(Event.iter_many(A, page_size=2), Event.iter_many(A, page_size=3, workers=2))
    assert all(one == two for one, two in turns)


# Pages


def walk(read, limit, **changes):
    """Return the pages of a read."""
    pages, token = [], None
    while token or not pages:
        page = Event.get_page(
            read.strategy, limit=limit, after=token, **{**read.options, **changes}
        )
        assert isinstance(page, Page)
        pages.append(page)
        token = page.token
        assert len(pages) <= len(ITEMS) + 2, 'the pages have no end'
    return pages


def is_plain_text(token):
    """Tell whether a token goes through JSON and URLs as it is."""
    return (
        type(token) is str
        and re.fullmatch('[A-Za-z0-9_-]+', token)
        and urllib.parse.quote(token, safe='') == token
        and json.loads(json.dumps(token)) == token
    )


@each_read
def test_pages_give_what_get_many_gives(events, read):
    """Each item once and in order, whatever the limit; the last page alone has no token."""
    expected = read.all()
    for limit in (1, 3, 4, 8, 9, 24, 10**12):
        pages = walk(read, limit)
        same(read, [item for page in pages for item in page.items], expected)
        assert all(len(page.items) <= limit for page in pages)
        assert all(page.items for page in pages if page.token)
        assert all(is_plain_text(page.token) for page in pages if page.token)
        full = max(1, -(-len(expected) // limit))
        if read.filtered:
            assert len(pages) in (full, full + 1)
        else:
            assert len(pages) == full


@pytest.mark.parametrize('read', [read for read in READS if not read.sorted], ids=repr)
def test_a_scan_has_the_same_order_for_all_limits(events, read):
    every = [item for page in walk(read, 100) for item in page.items]
    for limit in (1, 3, 10):
        assert [item for page in walk(read, limit) for item in page.items] == every


@pytest.mark.parametrize('limit', [1, 2, 4, NUMBERS])
def test_no_token_after_the_last_item(events, sent, limit):
    """DynamoDB itself would give a position where a page ends with the last item."""
    pages = walk(Read('query', A, 'Query'), limit)
    assert [len(page.items) for page in pages] == [limit] * (NUMBERS // limit)
    assert pages[-1].token is None
    assert set(limits(sent)) == {limit + 1}


def test_pages_of_many_keys(many, sent):
    """The batches of a page are no longer than it needs."""
    found, token = [], None
    with_missing = [('x', number) for number in range(40)] + many
    while token or not found:
        page = Order.get_page(with_missing, limit=120, after=token)
        found += order_keys(page.items)
        token = page.token
    assert found == many
    assert max(batch_sizes(sent)) <= 100


def first_token(strategy=A, limit=3, **options):
    token = Event.get_page(strategy, limit=limit, **options).token
    assert token
    return token


def test_tokens_survive_json_and_a_reset(events, connection, engine):
    """The model is declared anew, and the connection as well."""
    token = json.loads(json.dumps(first_token(Event.place == 'ü☃')))
    prefix = connection.table_prefix
    again = type(Model)('Event', (Model,), {
        '__table__': 'events',
        '__hash_key__': 'place',
        '__range_key__': 'number',
        'place': StringField(required=True),
        'number': IntField(required=True),
    })  # fmt: skip
    connection.reset()
    connection.set_config(
        CREDENTIAL,
        CREDENTIAL,
        region=REGION,
        table_prefix=prefix,
        endpoint_url=engine.endpoint_url,
    )
    page = again.get_page(again.place == 'ü☃', limit=3, after=token)
    assert keys(page.items) == [('ü☃', 3), ('ü☃', 4), ('ü☃', 5)]


SCRIPT = """
    import json
    import sys

    from dynamongo import Connection
    from tests.test_pages import READS, Event

    settings, tokens = json.load(sys.stdin)
    Connection.set_config(**settings)
    found = {}
    for read in READS:
        if read.name in tokens:
            token = tokens[read.name]
            page = Event.get_page(read.strategy, limit=2, after=token, **read.options)
            found[read.name] = [[item.place, item.number] for item in page.items], page.token
    print(json.dumps(found))
"""


def run_elsewhere(script, data, **environment):
    """Run a script in another process, which reads the connection's settings and data as JSON."""
    settings = {
        'access_key_id': CREDENTIAL,
        'secret_access_key': CREDENTIAL,
        'region': REGION,
        'table_prefix': Connection.table_prefix,
        'endpoint_url': Connection.endpoint_url,
    }
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(script)],
        input=json.dumps([settings, data]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_tokens_survive_the_process(events):
    """Those of another process lead to the same pages."""
    # What is read in part lacks the number.
    reads = [read for read in READS if 'only' not in read.options]
    pages = {read.name: walk(read, 2) for read in reads}
    tokens = {name: each[0].token for name, each in pages.items() if each[0].token}
    found = run_elsewhere(SCRIPT, tokens)
    expected = {
        name: [[list(key) for key in keys(pages[name][1].items)], pages[name][1].token]
        for name in tokens
    }
    assert len(expected) > 20
    assert found == expected


def test_tokens_of_sets_survive_the_process(events):
    """Each process iterates a set of text in an order of its own."""
    script = """
        import json, sys
        from dynamongo import Connection
        from tests.test_pages import Event

        settings, token = json.load(sys.stdin)
        Connection.set_config(**settings)
        asked = (Event.place == 'a') & Event.kind.in_({'k0', 'k1', 'k2', 'k3'})
        page = Event.get_page(asked, limit=2, after=token)
        print(json.dumps([page.token, [event.number for event in page.items]]))
    """
    token, found = None, []
    for seed in '123':
        token, numbers = run_elsewhere(script, token, PYTHONHASHSEED=seed)
        found += numbers
    assert found == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    'changes',
    [
        {'limit': 1},
        {'limit': 50},
        {'only': ['kind', 'number', 'place']},
        {'consistent': True},
        {'page_size': 2},
        {'scan': False},
    ],
    ids=repr,
)
def test_tokens_hold_for_other_limits_and_options(events, changes):
    page = Event.get_page(A, after=first_token(), **{'limit': 3, **changes})
    expected = [('a', number) for number in range(3, NUMBERS)]
    assert keys(page.items) == expected[: changes.get('limit', 3)]


def test_tokens_hold_for_the_same_condition_written_otherwise(events):
    """Equal numbers are equal, and values of the hash key are sorted in any case."""
    condition = Event.place.in_(['b', 'a']) & (Event.number >= 1)
    token = first_token(condition)
    same = Event.place.in_(['a', 'b', 'a']) & (Event.number >= True + 0)
    assert keys(Event.get_page(same, limit=1, after=token).items) == [('a', 4)]


FILTERED = A & (Event.size == 1)


@pytest.mark.parametrize(
    ('taken', 'given'),
    [
        ((A, {}), (Event.place == 'b', {})),
        ((A, {}), (A & (Event.number > 0), {})),
        ((A, {}), (FILTERED, {})),
        ((A, {}), (A & (Event.number != 1), {})),
        ((A, {}), (A, {'descending': True})),
        ((A, {}), (A, {'index': 'by_size'})),
        ((A, {}), (AB, {})),
        ((A, {}), (None, {})),
        ((A, {}), ([('a', 1), ('a', 2)], {})),
        ((A, {'index': 'by_size'}), (A, {})),
        ((A, {'descending': True}), (A, {})),
        ((A & (Event.number > 0), {}), (A & (Event.number > 1), {})),
        ((A & (Event.number > 0), {}), (A & (Event.number >= 0), {})),
        ((FILTERED, {}), (A & (Event.size == 2), {})),
        ((FILTERED, {}), (A & (Event.size <= 1), {})),
        ((FILTERED, {}), (A & (Event.number == Event.size), {})),
        ((A & (Event.number != 7), {}), (A & (Event.number != 6), {})),
        ((AB, {}), (Event.place.in_(['a', 'ü☃']), {})),
        ((AB, {}), (AB, {'descending': True})),
        ((None, {}), (Event.kind != 'k9', {})),
        ((None, {}), (None, {'index': 'by_kind'})),
        ((None, {'index': 'by_kind'}), (None, {'index': 'by_size'})),
        ((Event.kind == 'k1', {}), (Event.kind == 'k0', {})),
        (([('a', 1), ('a', 2)], {}), ([('a', 2), ('a', 1)], {})),
        (([('a', 1), ('a', 2)], {}), ([('a', 1), ('a', 3)], {})),
        (([('a', 1), ('a', 2)], {}), ([('a', 1), ('a', 2)], {'descending': True})),
        (([('a', 1), ('a', 2)], {}), (Event.keys_in([('a', 1), ('a', 2)]) & FILTERED, {})),
    ],
    ids=ident,
)
def test_tokens_of_other_reads_are_refused(events, sent, taken, given):
    (strategy, options), (other, other_options) = taken, given
    if strategy is FILTERED:
        options = {**options, 'page_size': 2}
    token = first_token(strategy, limit=1, **options)
    sent.clear()
    with pytest.raises(ValidationError, match='belongs to another read'):
        Event.get_page(other, limit=1, after=token, **other_options)
    assert sent == []


def test_tokens_of_other_tables_are_refused(events, connection, sent):
    """The prefix is part of the name of the table."""

    class Elsewhere(Event):
        __table__ = 'elsewhere'

    token = first_token()
    sent.clear()
    with pytest.raises(ValidationError, match=r'Elsewhere\.get_page.*belongs to another read'):
        Elsewhere.get_page(Elsewhere.place == 'a', limit=3, after=token)
    with (
        connection.using(table_prefix='nowhere-'),
        pytest.raises(ValidationError, match='belongs to another read'),
    ):
        Event.get_page(A, limit=3, after=token)
    assert sent == []


@pytest.mark.parametrize(
    'token',
    [
        'abc', '', ' ', 'a', '====', 'é', '\ud800', 5, 0, True, False, 1.5, b'abc', b'', [], {},
        ('a',), 'bnVsbA', 'W10', 'e30', 'MQ', 'WzEsMiwzXQ', 'IiI', 'x' * 100_000,
    ],
    ids=ident,
)  # fmt: skip
def test_what_is_no_token_is_refused(connection, sent, token):
    with pytest.raises(ValidationError, match=r'Event\.get_page\.after: '):
        Event.get_page(A, limit=3, after=token)
    assert sent == []


def token_at(number):
    """Return the token of the Query after the item of a number, without asking the engine."""
    return make_token(Event.explain(A), Position(0, {'place': 'a', 'number': number}))


def decoded(token):
    return json.loads(base64.urlsafe_b64decode(token + '=' * (-len(token) % 4)))


def encoded(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')


def test_truncated_tokens_are_refused(events, sent):
    """So are those that lack their beginning; what is added after the end never misleads."""
    token = first_token()
    for length in range(len(token)):
        with pytest.raises(ValidationError):
            Event.get_page(A, limit=3, after=token[:length])
        with pytest.raises(ValidationError):
            Event.get_page(A, limit=3, after=token[length + 1 :])
    for longer in (token + 'A', token + token, f' {token}', f'{token}\n', f'{token}='):
        with contextlib.suppress(ValidationError):
            page = Event.get_page(A, limit=3, after=longer)
            assert keys(page.items) == [('a', 3), ('a', 4), ('a', 5)]


PLACE, NUMBER = ['S', 'a'], ['N', '2E0']


@pytest.mark.parametrize(
    'position',
    [
        [], [PLACE], [PLACE, NUMBER, NUMBER], [NUMBER, PLACE], [PLACE, ['S', '2']],
        [['N', '1'], NUMBER], [['B', 'YQ=='], NUMBER], [PLACE, ['N', 2]], [PLACE, ['N', None]],
        [PLACE, ['N', 'two']], [PLACE, ['N', '']], [PLACE, ['N', 'NaN']], [PLACE, ['N', 'sNaN']],
        [PLACE, ['N', 'Infinity']], [PLACE, ['N', '-Infinity']], [PLACE, ['N']], [PLACE, []],
        [PLACE, None], [PLACE, 2], ['a', 2], [['S', None], NUMBER], [['S', ['a']], NUMBER],
        [['S', 'a', 'b'], NUMBER], {}, {'place': 'a'}, 'a', '', 5, True, False, 0,
    ],
    ids=repr,
)  # fmt: skip
def test_altered_positions_are_refused(connection, sent, position):
    """What has come through other hands is checked before it is sent."""
    digest, part, original = decoded(token_at(2))
    assert original == [PLACE, NUMBER]
    with pytest.raises(ValidationError):
        Event.get_page(A, limit=3, after=encoded([digest, part, position]))
    assert sent == []


@pytest.mark.parametrize('part', [-1, 1, 10**30, True, False, None, 0.0, '0', [], [0]], ids=repr)
@pytest.mark.parametrize('strategy', [A, None, ('a', 1)], ids=ident)
def test_altered_parts_are_refused(connection, sent, strategy, part):
    # One key has no second page, so its token is made by hand.
    digest, _, position = decoded(make_token(Event.explain(strategy), Position(0)))
    with pytest.raises(ValidationError):
        Event.get_page(strategy, limit=3, after=encoded([digest, part, position]))
    assert sent == []


@pytest.mark.parametrize(
    'content',
    ['[' * 100_000, '{"a":' * 100_000, '[1,2', '"', '1' * 10_000, '[NaN,0,null]'],
    ids=['lists', 'dicts', 'cut off', 'quote', 'digits', 'NaN'],
)
def test_hostile_tokens_are_refused(connection, sent, content):
    """Tokens come back from browsers, so whatever they hold is an answerable error."""
    with pytest.raises(ValidationError):
        Event.get_page(A, limit=3, after=encoded(content))
    assert sent == []


@pytest.mark.parametrize(
    'number', ['1E999', '-1E400', '1E-999', '1E999999999999999999', '1' * 50, '0.' + '1' * 50]
)
def test_numbers_that_no_key_can_be_are_refused(connection, sent, number):
    """DynamoDB holds 38 digits."""
    digest, part, _ = decoded(token_at(2))
    with pytest.raises(ValidationError):
        Event.get_page(A, limit=3, after=encoded([digest, part, [PLACE, ['N', number]]]))
    assert sent == []


@pytest.mark.parametrize('options', [{}, {'limit': None}, {'limit': 0}, {'limit': True}], ids=repr)
def test_pages_need_a_limit(connection, sent, options):
    with pytest.raises((ValidationError, TypeError), match='limit'):
        Event.get_page(A, **options)
    assert sent == []


@pytest.mark.parametrize('descending', [False, True])
def test_pages_of_number_keys(connection, descending):
    """No digit is lost on the way through a token."""
    Measure.create_table()
    values = [-1e100, -2.5, -1e-9, 0, 1e-100, 0.1, 0.30000000000000004, 1, 100, 1.5e20, 1e120]
    Measure.save_many(
        {'station': station, 'value': value} for station in (-7, 0, 10**30) for value in values
    )
    for strategy in (Measure.station == 10**30, Measure.station.in_([10**30, -7, 0]), None):
        if strategy is None and descending:
            continue
        for limit in (1, 2, 5):
            found, token = [], None
            while token or not found:
                page = Measure.get_page(strategy, limit=limit, after=token, descending=descending)
                found += page.items
                token = page.token
            if strategy is None:
                assert len(found) == 3 * len(values)
                assert sorted(m.value for m in found) == sorted(values * 3)
            else:
                assert found == Measure.get_many(strategy, descending)
                assert len(found) in (len(values), 3 * len(values))


@pytest.mark.faithful('moto orders binary keys by their text')
def test_pages_of_binary_keys(connection):
    Blob.create_table()
    digests = [bytes([number, 255 - number]) for number in (0, 1, 62, 63, 127, 128, 254, 255)]
    Blob.save_many({'owner': b'\xff\xfe', 'digest': digest} for digest in digests)
    for strategy in (Blob.owner == b'\xff\xfe', None, [(b'\xff\xfe', each) for each in digests]):
        for limit in (1, 3, 4):
            found, token = [], None
            while token or not found:
                page = Blob.get_page(strategy, limit=limit, after=token)
                found += [bytes(blob.digest) for blob in page.items]
                token = page.token
            assert found == digests


# Counts


def counting(read):
    """Return the options of a read that a count takes."""
    return {
        name: value for name, value in read.options.items() if name not in ('descending', 'only')
    }


@each_read
def test_counts_are_those_of_get_many(events, sent, read):
    """DynamoDB counts, unless items are checked on the client; no attributes are sent."""
    expected = len(read.all())
    sent.clear()
    options = {**counting(read), 'page_size': 2}
    assert Event.count(read.strategy, **options) == expected
    if read.operation in ('Query', 'Scan'):
        assert set(limits(sent)) == {2}
    for operation, parameters in sent:
        assert operation in ('Query', 'Scan', 'GetItem', 'BatchGetItem')
        if operation in ('Query', 'Scan') and not read.check:
            assert parameters['Select'] == 'COUNT'
            assert 'ProjectionExpression' not in parameters
        elif operation in ('Query', 'Scan'):
            assert parameters.get('Select') != 'COUNT'
            assert parameters['ProjectionExpression']


def test_counts_read_all_pages(events, sent):
    assert Event.count(A, page_size=2) == NUMBERS
    assert len(sent) >= 4
    sent.clear()
    assert Event.count(page_size=5) == len(ITEMS)
    assert len(sent) >= 5


def test_counts_of_keys_ask_for_nothing_but_keys(events, sent):
    """A check brings along what it looks at."""
    assert Event.count(LISTED) == 4
    assert Event.count(Event.keys_in(LISTED) & (Event.kind == 'k1')) == 3
    names = []
    for _, parameters in sent:
        (request,) = parameters['RequestItems'].values()
        names.append(set(request['ExpressionAttributeNames'].values()))
    assert names == [{'place', 'number'}, {'place', 'number', 'k'}]


def test_a_count_of_everything(events):
    assert Event.count() == Event.count(None) == len(ITEMS)
    assert Event.count(index='by_kind') == len(ITEMS)


# What DynamoDB may answer


READING = [
    pytest.param(lambda strategy: len(Event.get_many(strategy)), id='get_many'),
    pytest.param(lambda strategy: len(list(Event.iter_many(strategy))), id='iter_many'),
    pytest.param(lambda strategy: len(Event.get_page(strategy, limit=5).items), id='get_page'),
    pytest.param(lambda strategy: Event.count(strategy), id='count'),
]
each_way = pytest.mark.parametrize('reading', READING)
BOTH = pytest.mark.parametrize(
    ('operation', 'strategy'), [('Query', A), ('Scan', Event.kind != 'k9')], ids=['Query', 'Scan']
)


def position(number):
    return {'place': {'S': 'a'}, 'number': {'N': str(number)}}


def reply(body, *items, after=None):
    """Return the reply of a page, as DynamoDB would give it to a request."""
    made = {'Count': len(items), 'ScannedCount': len(items)}
    if body.get('Select') != 'COUNT':
        made['Items'] = [{**item, 'size': {'N': '1'}, 'k': {'S': 'k1'}} for item in items]
    return made if after is None else {**made, 'LastEvaluatedKey': after}


@each_way
@BOTH
def test_empty_pages_are_walked(connection, answer, sent, reading, operation, strategy):
    """A page may be empty and not be the last, and the last one may be empty."""
    numbers = {None: [], '0': [], '1': [7], '2': [], '3': [8], '4': []}

    def empty_ones(body):
        start = body.get('ExclusiveStartKey', {}).get('number', {}).get('N')
        place = list(numbers).index(start)
        following = position(place) if place < 5 else None
        return reply(body, *map(position, numbers[start]), after=following)

    answer(operation, empty_ones)
    assert reading(strategy) == 2
    assert sent.operations == [operation] * 6


@BOTH
def test_no_page_with_a_token_is_empty(connection, answer, operation, strategy):
    """However many empty pages come between the items."""

    def rare(body):
        start = int(body.get('ExclusiveStartKey', position(0))['number']['N'])
        items = [position(start + 1)] if start in (10, 20) else []
        return reply(body, *items, after=None if start == 30 else position(start + 1))

    answer(operation, rare)
    read = Read('rare', strategy, operation)
    assert [keys(page.items) for page in walk(read, 1)][:2] == [[('a', 11)], [('a', 21)]]
    assert keys(walk(read, 2)[0].items) == [('a', 11), ('a', 21)]
    assert [keys(page.items) for page in walk(read, 3)] == [[('a', 11), ('a', 21)]]


@each_way
@BOTH
def test_a_position_after_the_last_item_leads_nowhere(
    connection, answer, sent, reading, operation, strategy
):
    def one(body):
        if 'ExclusiveStartKey' in body:
            return reply(body)
        return reply(body, position(1), after=position(1))

    answer(operation, one)
    assert reading(strategy) == 1
    assert sent.operations == [operation] * 2


def test_an_unfiltered_page_has_no_token_at_the_end(connection, answer):
    """Not even where DynamoDB takes an empty page to say that nothing follows."""

    def one(body):
        if 'ExclusiveStartKey' in body:
            return reply(body)
        return reply(body, position(1), position(2), after=position(2))

    answer('Query', one)
    page = Event.get_page(A, limit=2)
    assert (keys(page.items), page.token) == ([('a', 1), ('a', 2)], None)


@each_way
@BOTH
def test_a_position_that_never_moves_is_an_error(
    connection, answer, sent, reading, operation, strategy
):
    answer(operation, lambda body: reply(body, after=position(1)))
    with pytest.raises(IncompleteReadError, match='would never end'):
        reading(strategy)
    assert sent.operations == [operation] * 2


def test_a_page_that_ends_where_it_began_is_an_error(events, answer):
    token = first_token()
    answer('Query', lambda body: reply(body, after=body['ExclusiveStartKey']))
    with pytest.raises(IncompleteReadError, match='would never end'):
        Event.get_page(A, limit=3, after=token)


@pytest.mark.parametrize('workers', [1, 3])
@each_way
@BOTH
def test_damaged_replies_are_errors(connection, answer, reading, operation, strategy, workers):
    """A reply that lacks what was asked for is no empty answer."""
    answer(operation, lambda body: {})
    with pytest.raises(IncompleteReadError, match='damaged'):
        reading(strategy)
    with pytest.raises(IncompleteReadError, match='damaged'):
        list(Event.iter_many(strategy, workers=workers))


@BOTH
def test_a_count_without_a_number_is_damaged(connection, answer, operation, strategy):
    answer(operation, lambda body: {'Items': [position(1)], 'ScannedCount': 1})
    with pytest.raises(IncompleteReadError, match='no Count'):
        Event.count(strategy)


@BOTH
def test_a_list_without_items_is_damaged(connection, answer, operation, strategy):
    answer(operation, lambda body: {'Count': 1, 'ScannedCount': 1})
    for read in (Event.get_many, lambda strategy: Event.get_page(strategy, limit=1)):
        with pytest.raises(IncompleteReadError, match='no Items'):
            read(strategy)


@BOTH
def test_a_count_takes_the_number_alone(connection, answer, operation, strategy):
    """Servers that are compatible may send an empty list of items along."""
    answer(operation, lambda body: {'Count': 3, 'ScannedCount': 3, 'Items': []})
    assert Event.count(strategy) == 3


@BOTH
def test_damage_on_a_later_page(connection, answer, operation, strategy):
    """What came before it has been yielded."""

    def second_is_damaged(body):
        return {} if 'ExclusiveStartKey' in body else reply(body, position(1), after=position(1))

    answer(operation, second_is_damaged)
    found = Event.iter_many(strategy)
    assert keys([next(found)]) == [('a', 1)]
    with pytest.raises(IncompleteReadError, match='damaged'):
        next(found)
    assert list(found) == []


# Workers


@each_read
def test_workers_change_nothing_but_the_time(events, read):
    expected = read.all()
    options = {**read.options, 'workers': 3}
    strategy = Event.place.exists() if read.strategy is None else read.strategy
    assert Event.get_many(strategy, **options) == expected
    same(read, list(Event.iter_many(read.strategy, **options)), expected)
    options = {**counting(read), 'workers': 3}
    assert Event.count(read.strategy, **options) == len(expected)
    assert threads() == []


@each_read
def test_workers_with_a_limit(events, read):
    expected = read.all()
    for limit in (1, 3):
        strategy = Event.place.exists() if read.strategy is None else read.strategy
        found = Event.get_many(strategy, limit=limit, workers=4, **read.options)
        assert len(found) == min(limit, len(expected))
        assert all(item in expected for item in found)
        if read.sorted:
            assert found == expected[:limit]


@pytest.mark.parametrize('strategy', [None, Event.kind != 'k9'], ids=ident)
@pytest.mark.parametrize('read', ['get_many', 'iter_many', 'count'])
def test_each_worker_scans_a_segment(events, sent, read, strategy):
    if strategy is None and read == 'get_many':
        strategy = Event.place.exists()
    found = getattr(Event, read)(strategy, workers=4)
    assert (found if read == 'count' else len(list(found))) == len(ITEMS)
    segments = sorted((p['Segment'], p['TotalSegments']) for _, p in sent)
    assert segments == [(segment, 4) for segment in range(4)]


def test_pages_of_segments(events, sent):
    """All pages of a segment name it."""
    assert len(list(Event.iter_many(workers=3, page_size=2))) == len(ITEMS)
    per_segment = collections.Counter(p['Segment'] for _, p in sent)
    assert set(per_segment) == {0, 1, 2}
    assert {p['TotalSegments'] for _, p in sent} == {3}
    assert len(sent) > len(ITEMS) / 2


def test_one_worker_scans_no_segment(events, sent):
    list(Event.iter_many())
    ((_, parameters),) = sent
    assert not parameters.keys() & {'Segment', 'TotalSegments'}


@pytest.mark.parametrize('descending', [False, True])
def test_workers_keep_the_order_of_keys(many, sent, descending):
    expected = sorted(many, reverse=True) if descending else many
    for read in (Order.get_many, Order.iter_many):
        sent.clear()
        assert order_keys(read(many, workers=4, descending=descending)) == expected
        assert sorted(batch_sizes(sent)) == [50, 100, 100, 100]
    assert Order.count(many, workers=4) == 350


@pytest.mark.parametrize('descending', [False, True])
def test_workers_keep_the_order_of_queries(orders, sent, descending):
    expected = sorted(itertools.product('abc', range(10)), reverse=descending)
    strategy = Order.customer.in_(['c', 'x', 'a', 'b', 'y'])
    for read in (Order.get_many, Order.iter_many):
        for page_size in (None, 3):
            found = read(strategy, workers=4, descending=descending, page_size=page_size)
            assert order_keys(found) == expected
    assert Order.count(strategy, workers=4, page_size=3) == 30


@pytest.mark.parametrize('workers', [0, -1, True, False, 1.0, '2', None, 10**6 + 1], ids=repr)
@pytest.mark.parametrize('read', ['get_many', 'iter_many', 'count', 'explain'])
@pytest.mark.parametrize('strategy', [A, [('a', 1)]], ids=ident)
def test_workers_that_make_no_sense_are_refused(connection, sent, read, strategy, workers):
    with pytest.raises(ValidationError, match='workers is an int from 1 to 1,000'):
        getattr(Event, read)(strategy, workers=workers)
    assert sent == []


@pytest.mark.parametrize('workers', [1, 4])
@BOTH
def test_errors_of_workers_reach_the_caller(connection, operation, strategy, workers):
    """The table doesn't exist; the error says so, and no thread is left."""
    strategy = AB if operation == 'Query' else strategy
    for read in (Event.get_many, Event.count, lambda *a, **k: list(Event.iter_many(*a, **k))):
        with pytest.raises(Exception, match='create_table') as caught:
            read(strategy, workers=workers)
        assert type(caught.value).__name__ == 'TableNotFoundError'
    assert threads() == []


# Several hash values


SEVERAL = Order.customer.in_(['b', 'a']) & (Order.number > 3)
SORTED = [(customer, number) for customer in 'ab' for number in range(4, 10)]


@pytest.mark.parametrize('workers', [1, 3])
def test_several_hash_values_are_one_query_each(orders, sent, workers):
    """Their items are sorted by hash key, then range key."""
    assert order_keys(Order.get_many(SEVERAL, workers=workers)) == SORTED
    assert sent.operations == ['Query', 'Query']
    values = [p['ExpressionAttributeValues'].values() for _, p in sent]
    assert sorted(sorted(map(str, each)) for each in values) == [['3', 'a'], ['3', 'b']]


@pytest.mark.parametrize('workers', [1, 3])
def test_descending_reverses_hash_and_range_key(orders, sent, workers):
    found = Order.get_many(SEVERAL, descending=True, workers=workers)
    assert order_keys(found) == SORTED[::-1]
    assert {p['ScanIndexForward'] for _, p in sent} == {False}
    assert order_keys(Order.iter_many(SEVERAL, descending=True, workers=workers)) == SORTED[::-1]


@pytest.mark.parametrize(('limit', 'queries'), [(1, 1), (5, 1), (6, 1), (7, 2), (12, 2), (13, 2)])
@pytest.mark.parametrize('descending', [False, True])
def test_a_query_is_sent_only_where_the_limit_is_not_reached(
    orders, sent, limit, queries, descending
):
    expected = (SORTED[::-1] if descending else SORTED)[:limit]
    assert order_keys(Order.get_many(SEVERAL, limit=limit, descending=descending)) == expected
    assert sent.operations == ['Query'] * queries
    sent.clear()
    assert order_keys(Order.iter_many(SEVERAL, limit=limit, descending=descending)) == expected
    assert sent.operations == ['Query'] * queries


def test_later_queries_ask_for_no_more_than_is_still_wanted(orders, sent):
    """So do iterators, and the pages of a token."""
    for read in (Order.get_many, Order.iter_many):
        sent.clear()
        assert len(list(read(SEVERAL, limit=8))) == 8
        assert limits(sent) == [8, 2]
        sent.clear()
        assert len(list(read(SEVERAL, limit=11, page_size=4))) == 11
        assert limits(sent)[0] == 4
        assert limits(sent)[-1] == 1
    sent.clear()
    assert len(Order.get_page(SEVERAL, limit=8).items) == 8
    assert limits(sent) == [9, 3]


def test_hash_values_that_are_given_twice_are_queried_once(orders, sent):
    condition = Order.customer.in_(['b', 'a', 'b']) & (Order.number > 3)
    assert order_keys(Order.get_many(condition)) == SORTED
    either = ((Order.customer == 'b') | (Order.customer == 'a')) & (Order.number > 3)
    assert order_keys(Order.get_many(either)) == SORTED
    assert sent.operations == ['Query'] * 4


def test_hash_values_are_sorted_as_dynamodb_sorts(events):
    """Text goes by its bytes in UTF-8, numbers by their value."""
    found = keys(Event.get_many(Event.place.in_(['ü☃', 'b', 'a']) & (Event.number == 1)))
    assert sorted(found) == [('a', 1), ('b', 1), ('ü☃', 1)]
    several = Event.place.in_(['ü☃', 'b', 'a']) & (Event.number > 6)
    assert keys(Event.get_many(several)) == [('a', 7), ('b', 7), ('ü☃', 7)]
    Measure.create_table()
    Measure.save_many({'station': station, 'value': 1} for station in (10, 9, -1, 100))
    found = Measure.get_many(Measure.station.in_([100, 9, 10, -1]) & (Measure.value > 0))
    assert [measure.station for measure in found] == [-1, 9, 10, 100]


@pytest.mark.parametrize(
    'key',
    [
        {'place': 'b', 'number': 1},
        {'place': '', 'number': 1},
        {'place': 'a', 'number': 2},
        {'place': 'a', 'number': 9},
    ],
    ids=ident,
)
def test_a_position_outside_of_the_query_is_refused(events, sent, key):
    """DynamoDB would refuse it too, with an error that is no fault of the program."""
    strategy = A & Event.number.between(3, 7)
    plan = Event.explain(strategy)
    token = make_token(plan, Position(0, key))
    with pytest.raises(ValidationError, match=r'is no token|belongs to another read'):
        Event.get_page(strategy, limit=2, after=token)
    assert sent == []
    good = make_token(plan, Position(0, {'place': 'a', 'number': 4}))
    assert keys(Event.get_page(strategy, limit=2, after=good).items) == [('a', 5), ('a', 6)]


@pytest.mark.parametrize(
    'read',
    [
        lambda: Event.get_many(A, page_size=3),
        lambda: Event.get_page(A, limit=NUMBERS, page_size=3).items,
        lambda: [None] * Event.count(A, page_size=3),
    ],
    ids=['get_many', 'get_page', 'count'],
)
def test_a_read_keeps_its_settings_to_the_end(events, connection, monkeypatch, read):
    """Another thread may change them between two pages."""
    call = _execute.call

    def change_then_call(*args, **kwargs):
        reply = call(*args, **kwargs)
        connection.set_config(table_prefix='nowhere-')
        return reply

    monkeypatch.setattr(_execute, 'call', change_then_call)
    assert len(read()) == NUMBERS


def test_missing_keys_make_a_limited_read_no_dearer_than_needed(many, sent):
    """What follows is as much as it takes if the rest is like what has been tried."""
    found = Order.get_many([('x', 1), *many], limit=50)
    assert len(found) == 50
    assert batch_sizes(sent) == [50, 2]
