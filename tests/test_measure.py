"""What is sent in a block is counted, in full and by whom, and nothing else is."""

import ast
import asyncio
import collections
import concurrent.futures
import contextvars
import functools
import json
import math
import os
import pathlib
import pickle
import signal
import threading
import types
from collections.abc import Callable
from typing import NamedTuple

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    ConditionalCheckFailedException,
    Connection,
    DoesNotExist,
    GlobalIndex,
    IncompleteReadError,
    IndexUsage,
    IntField,
    LocalIndex,
    Measurement,
    Model,
    RequestError,
    StringField,
    TableNotFoundError,
    Transaction,
    TransactionCanceledError,
    Usage,
    ValidationError,
    _batches,
    _consumed,
    measuring,
)
from tests.engines.base import CREDENTIAL, REGION
from tests.engines.proxy import (
    Reply,
    answered,
    corrupt,
    dynamodb_error,
    fault_proxy,
    hang_up,
    html_503,
    reset_after,
    reset_before,
)
from tests.offline import offline_table

#: Requests that one call sends at most: dynamongo's setting of botocore.
ATTEMPTS = 4

throttled = dynamodb_error(400, 'ProvisionedThroughputExceededException')

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad


class Note(Model):
    """A model without indexes, whose requests cost what its items take."""

    __table__ = 'notes'
    __hash_key__ = 'topic'
    __range_key__ = 'number'

    topic = StringField(required=True)
    number = IntField(required=True)
    text = StringField()


class Sale(Model):
    """A model with an index of each kind."""

    __table__ = 'sales'
    __hash_key__ = 'shop'
    __range_key__ = 'number'

    shop = StringField(required=True)
    number = IntField(required=True)
    state = StringField()
    price = IntField()

    by_state = GlobalIndex('state')
    by_price = LocalIndex('price')


class Comment(Model):
    """A model that shares the table of another."""

    __table__ = 'notes'
    __hash_key__ = 'topic'
    __range_key__ = 'number'

    topic = StringField(required=True)
    number = IntField(required=True)


class Missing(Model):
    """A model whose table isn't there."""

    __table__ = 'missing'
    __hash_key__ = 'id'

    id = StringField(required=True)


class Made(Model):
    """A model whose table is made by a test."""

    __table__ = 'made'
    __hash_key__ = 'id'

    id = StringField(required=True)


#: The texts of the notes that tests only read.
TEXTS = {1: 'x', 2: 'x' * 1500, 3: 'x' * 4500, 4: 'x' * 9000}


def size(text, number=1):
    """Return the bytes of a note about ``'a'``, as DynamoDB counts them: names and values, and a
    number as one byte, and one for each two of its digits."""
    return len('topicanumbertext') + 1 + math.ceil(len(str(number)) / 2) + len(text)


def read(*sizes, consistent=False):
    """Return the units of reads: one for each 4 KB, and half as much where it may be stale."""
    return sum(math.ceil(each / 4096) for each in sizes) * (1 if consistent else 0.5)


def written(*sizes):
    """Return the units of writes: one for each KB."""
    return float(sum(math.ceil(each / 1024) for each in sizes))


SIZES = {number: size(text) for number, text in TEXTS.items()}
ALL = sum(SIZES.values())


@pytest.fixture
def tables(connection, shared_client):
    """The tables, and the notes about ``'a'``."""
    if not shared_client[2]:
        Note.create_table()
        Sale.create_table()
        Note.save_many([notes(number) for number in TEXTS])
        shared_client[2].append('made')


@pytest.fixture
def said(tables):
    """What the engine has said that requests consume in the table of a model, all together."""
    units = collections.Counter()

    def add(parsed, **kwargs):
        found = parsed.get('ConsumedCapacity') or []
        for each in found if isinstance(found, list) else [found]:
            units[each['TableName']] += each['CapacityUnits']

    events = Note.table().meta.client.meta.events
    events.register('after-call.dynamodb', add)
    yield lambda model: units[model.table_name()]
    events.unregister('after-call.dynamodb', add)


def notes(number, topic='a'):
    return Note(topic=topic, number=number, text=TEXTS.get(number, 'x'))


def key(number):
    return {'topic': 'a', 'number': number}


class Case(NamedTuple):
    """A call, and what it amounts to."""

    operation: str
    run: Callable
    requests: int = 1
    items: int = 1
    scanned: int = 0
    read: float = 0.0
    #: ``None`` for what the engine says.
    written: float = 0.0
    #: Whether moto says what it consumes, right or wrong.
    moto: bool = True


def transaction():
    with Transaction() as made:
        made.save(Note(topic='t', number=1, text='x' * 1500))
        made.save(Note(topic='t', number=2, text='x'))
        made.delete((Note, ('t', 99)))


def found(number):
    return Note.get_one(('a', number))


TOPIC = Note.topic == 'a'
KEYS = [('a', number) for number in (1, 3)]
READS = {
    'a key': Case('GetItem', lambda: found(3), read=read(SIZES[3])),
    'a key, consistent': Case(
        'GetItem',
        lambda: Note.get_one(('a', 4), consistent=True),
        read=read(SIZES[4], consistent=True),
    ),
    'no item': Case('GetItem', lambda: Note.get_many([('a', 99)]), items=0, read=0.5),
    'a part of an item is as dear': Case(
        'GetItem', lambda: Note.get_one(('a', 4), only=['text']), read=read(SIZES[4])
    ),
    'keys': Case(
        'BatchGetItem',
        lambda: Note.get_many(KEYS),
        items=2,
        read=read(SIZES[1], SIZES[3]),
    ),
    'a query': Case('Query', lambda: Note.get_many(TOPIC), items=4, scanned=4, read=read(ALL)),
    'pages': Case(
        'Query',
        lambda: list(Note.iter_many(TOPIC, page_size=3, consistent=True)),
        requests=2,
        items=4,
        scanned=4,
        read=read(ALL - SIZES[4], SIZES[4], consistent=True),
    ),
    'a page': Case(
        'Query',
        lambda: Note.get_page(TOPIC, limit=2),
        items=3,
        scanned=3,
        read=read(SIZES[1] + SIZES[2] + SIZES[3]),
    ),
    'a filter': Case(
        'Query',
        lambda: Note.get_many(TOPIC & (Note.text == 'x')),
        items=1,
        scanned=4,
        read=read(ALL),
    ),
    'a number': Case('Query', lambda: Note.count(TOPIC), items=4, scanned=4, read=read(ALL)),
    'a transaction': Case(
        'TransactGetItems',
        lambda: Transaction.get([(Note, key) for key in KEYS]),
        items=2,
        read=2 * read(SIZES[1], SIZES[3], consistent=True),
    ),
}
WRITES = {
    'a save': Case('PutItem', lambda: notes(3, 'b').save(), written=written(SIZES[3])),
    'an update': Case(
        'UpdateItem',
        lambda: Note.update_one(('c', 1), [Note.text.set('x' * 2000)], upsert=True),
        written=written(size('x' * 2000)),
    ),
    'a delete': Case('DeleteItem', lambda: Note.delete_one(('d', 3)), written=written(SIZES[3])),
    'a delete of nothing': Case(
        'DeleteItem', lambda: Note.delete_one(('a', 99)), items=0, written=1.0
    ),
    'many saves': Case(
        'BatchWriteItem',
        lambda: Note.save_many([notes(number, 'e') for number in range(1, 31)]),
        requests=2,
        items=30,
        written=written(*SIZES.values()) + 26,
    ),
    'a stream': Case(
        'BatchWriteItem',
        lambda: Note.bulk_save(notes(number, 'f') for number in range(1, 31)),
        requests=2,
        items=30,
        written=written(*SIZES.values()) + 26,
    ),
    'many deletes': Case(
        'BatchWriteItem',
        lambda: Note.delete_many([('d', 2), ('d', 3)]),
        items=2,
        written=written(SIZES[2], SIZES[3]),
    ),
    'a transaction of writes': Case(
        'TransactWriteItems',
        transaction,
        items=3,
        # DynamoDB Local charges two or four units a KB, as it pleases.
        written=None,
        moto=False,
    ),
}
CASES = {**READS, **WRITES}


@pytest.mark.parametrize('case', CASES.values(), ids=CASES)
def test_every_operation_is_counted_by_its_rule(tables, sent, said, engine, case):
    """The figures are those that DynamoDB's prices follow from."""
    Note.save_many([notes(2, 'd'), notes(3, 'd')])
    Note.delete_many([(topic, number) for topic in 'bcef' for number in range(1, 31)])
    sent.clear()
    with Connection.measure() as measured:
        case.run()
    usage = measured.of(Note, case.operation)
    assert measured.rows == (usage,)
    assert measured.by_operation == {case.operation: usage._replace(model=None)}
    assert measured.total[2:] == usage[2:]
    assert sent.operations == [case.operation] * case.requests
    assert usage[:3] == (Note, case.operation, case.requests)
    assert (usage.items, usage.scanned) == (case.items, case.scanned)
    assert (usage.retries, usage.errors, usage.indexes) == (0, 0, ())
    if engine.faithful:
        charged = said(Note) if case.written is None else case.written
        assert (usage.read_units, usage.write_units) == (case.read, charged)
    assert usage.unknown == (0 if engine.faithful or case.moto else case.requests)


def test_what_the_engine_does_not_say_is_not_nothing(tables, engine):
    """moto says nothing of a transaction's writes."""
    with Connection.measure() as measured:
        transaction()
    assert (measured.write_units is None) == (not engine.faithful)
    assert measured.unknown == (not engine.faithful)
    assert measured.read_units == 0.0
    assert ('?' in str(measured)) == ('?' in repr(measured)) == (not engine.faithful)


def test_a_scan_is_charged_for_all_it_looks_at(connection):
    """Whatever its filter keeps; each worker sends requests of its own, and all are counted."""
    Note.create_table()
    Note.save_many([notes(number, str(number)) for number in range(1, 5)])
    for workers in (1, 3):
        with connection.measure() as measured:
            assert len(Note.get_many(Note.text == 'x', workers=workers)) == 1
        usage = measured.of(Note, 'Scan')
        assert usage.requests == workers
        assert (usage.items, usage.scanned) == (1, 4)
        assert usage.read_units >= 0.5


def test_a_new_table_costs_requests_and_no_units(connection, sent):
    """Those that look whether it is ready, too."""
    with connection.measure() as measured:
        Note.create_table()
    requests = {name: usage.requests for name, usage in measured.by_operation.items()}
    assert requests == collections.Counter(sent.operations)
    assert set(requests) == {'CreateTable', 'DescribeTable'}
    assert (measured.read_units, measured.write_units, measured.unknown) == (0.0, 0.0, 0)
    with connection.measure() as measured:
        Note.create_table(exist_ok=True, wait=False)
    assert measured.by_operation['CreateTable'].errors == measured.errors == 1


def test_a_table_that_is_waited_for_is_no_error(connection):
    """It is gone when DynamoDB says so by an error, which is what was waited for."""
    Note.create_table()
    with connection.measure() as measured:
        Note.delete_table()
    assert measured.of(Note, 'DescribeTable').requests > 0
    assert measured.errors == 0
    with connection.measure() as measured, pytest.raises(TableNotFoundError):
        Note.describe_table()
    assert measured.errors == 1


def test_each_look_at_a_new_table_is_a_request(connection, monkeypatch):
    """However often the waiter looks."""
    monkeypatch.setattr('botocore.waiter.time.sleep', lambda seconds: None)
    Note.create_table()
    describe = 'after-call.dynamodb.DescribeTable'
    looks = []

    def not_yet(parsed, **kwargs):
        looks.append(parsed)
        if len(looks) < 4:
            parsed['Table']['TableStatus'] = 'CREATING'

    Note.table().meta.client.meta.events.register(describe, not_yet)
    with connection.measure() as measured:
        Note.create_table(exist_ok=True)
    assert measured.of(Note, 'DescribeTable').requests == len(looks) == 4


# Indexes


@pytest.mark.faithful('moto takes global indexes for local ones, and leaves them out of writes')
def test_indexes_have_their_part(tables):
    """Each write of an indexed attribute writes the indexes, and an index is read for itself."""
    with Connection.measure() as measured:
        Sale.save_one({'shop': 's', 'number': 1, 'state': 'new', 'price': 3})
        Sale.save_one({'shop': 's', 'number': 2, 'state': 'new'})
        Sale.get_many(Sale.state == 'new')
        Sale.get_many((Sale.shop == 's') & (Sale.price > 1))
    put = measured.of(Sale, 'PutItem')
    assert put.write_units == 5.0
    assert put.indexes == (IndexUsage('by_price', 0.0, 1.0), IndexUsage('by_state', 0.0, 2.0))
    query = measured.of(Sale, 'Query')
    assert query.read_units == 1.0
    assert query.indexes == (IndexUsage('by_price', 0.5, 0.0), IndexUsage('by_state', 0.5, 0.0))
    assert measured.of(Sale).indexes == (
        IndexUsage('by_price', 0.5, 1.0),
        IndexUsage('by_state', 0.5, 2.0),
    )
    assert measured.total.indexes == ()
    with Connection.measure() as measured, Transaction() as t:
        t.save(Sale(shop='s', number=3, state='old'))
    ((name, read_units, write_units),) = measured.of(Sale).indexes
    assert (name, read_units, write_units) == ('by_state', 0.0, measured.write_units / 2)


# Transactions


@pytest.mark.faithful("moto doesn't say what a transaction's writes consume")
def test_a_transaction_is_in_the_rows_of_each_of_its_models(tables, said):
    """As one request with that model's items and units; the total has one request."""
    with Connection.measure() as measured, Transaction() as t:
        t.save(Note(topic='t', number=2, text='x' * 1500))
        t.save(Sale(shop='s', number=5))
        t.check((Note, ('a', 1)))
    units = said(Note), said(Sale)
    assert min(units) > 0
    assert measured.of(Note) == Usage(Note, None, 1, items=2, write_units=units[0])
    assert measured.of(Sale) == Usage(Sale, None, 1, items=1, write_units=units[1])
    assert measured.total == Usage(requests=1, items=3, write_units=sum(units))
    with Connection.measure() as measured:
        Transaction.get([(Note, ('a', 3)), (Sale, ('s', 5))])
    assert measured.of(Note).read_units == 4.0
    assert measured.of(Sale).read_units == 2.0
    assert measured.total[2:7] == (1, 2, 0, 6.0, 0.0)


@pytest.mark.faithful("moto doesn't say what a transaction's writes consume")
def test_of_models_that_share_a_table_the_first_has_the_units(tables, said):
    """DynamoDB speaks of tables. Nothing is counted twice, and nothing is unknown."""
    with Connection.measure() as measured, Transaction() as t:
        t.save(Comment(topic='r', number=1))
        t.save(Note(topic='r', number=2))
    assert measured.of(Comment) == Usage(Comment, None, 1, items=1, write_units=said(Note))
    assert measured.of(Note) == Usage(Note, None, 1, items=1)
    assert measured.total == Usage(requests=1, items=2, write_units=said(Note))


@pytest.mark.faithful("moto doesn't say what a transaction's writes consume")
def test_a_transaction_that_is_sent_again_reads(proxy):
    """Under its token DynamoDB looks whether it is done, and writes nothing. What the first
    one wrote is unknown."""
    t = Transaction()
    t.save(Note(topic='t', number=3))
    proxy.plan('TransactWriteItems', *[reset_after] * ATTEMPTS)
    with Connection.measure() as measured:
        with pytest.raises(RequestError):
            t.commit()
        t.commit()
    assert (measured.requests, measured.errors, measured.unknown) == (2, 1, 1)
    assert (measured.read_units, measured.write_units) == (2.0, 0.0)


# What goes wrong


@functools.cache
def session():
    """One session for all clients: the description of the service is read once."""
    return boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)


@pytest.fixture
def proxy(tables, engine, monkeypatch):
    """A proxy in front of the engine, and no pauses between tries."""
    no_pauses = types.SimpleNamespace(sleep=lambda seconds: None)
    monkeypatch.setattr(_batches, 'time', no_pauses)
    monkeypatch.setattr('botocore.endpoint.time', no_pauses)
    with fault_proxy(engine.endpoint_url) as running:
        Connection.set_config(endpoint_url=running.url, session=session(), batch_attempts=2)
        yield running


CALLS = {
    'GetItem': lambda: found(1),
    'Query': lambda: Note.get_many(TOPIC),
    'PutItem': lambda: notes(1, 'g').save(),
    'TransactGetItems': lambda: Transaction.get([(Note, ('a', 1))]),
    'BatchWriteItem': lambda: Note.save_many([notes(1, 'g')]),
}


@pytest.mark.parametrize('operation', CALLS)
def test_what_botocore_sends_again_is_a_retry(proxy, operation):
    """One request, however often it is sent, and whatever was wrong with it."""
    for faults in ([throttled], [hang_up, throttled], [html_503, reset_before, hang_up]):
        proxy.plan(operation, *faults)
        with Connection.measure() as measured:
            CALLS[operation]()
        usage = measured.of(Note, operation)
        assert (usage.requests, usage.retries, usage.errors) == (1, len(faults), 0)
        assert usage.unknown == 0
        assert measured.retries == len(faults)


def test_retries_are_counted_where_no_reply_is_shown(proxy):
    """boto3 makes a table of the reply to CreateTable."""
    proxy.plan('CreateTable', throttled, html_503)
    proxy.plan('DescribeTable', hang_up)
    with Connection.measure() as measured:
        Made.create_table()
    assert measured.of(Made, 'CreateTable')[2:] == Usage(requests=1, retries=2)[2:]
    assert measured.of(Made, 'DescribeTable').retries == 1
    assert (measured.retries, measured.errors) == (3, 0)


@pytest.mark.parametrize('operation', [name for name in CALLS if name != 'BatchWriteItem'])
@pytest.mark.parametrize('fault', [throttled, hang_up, html_503, corrupt])
def test_what_fails_in_the_end_is_an_error(proxy, operation, fault):
    """Its units aren't known, and neither is what became of it."""
    proxy.plan(operation, *[fault] * ATTEMPTS)
    with Connection.measure() as measured, pytest.raises(RequestError):
        CALLS[operation]()
    tries = proxy.seen.count(operation)
    read, written = (0.0, None) if operation == 'PutItem' else (None, 0.0)
    expected = Usage(Note, operation, 1, 0, 0, read, written, tries - 1, 1, 1)
    assert measured.rows == (expected,)
    assert str(measured).splitlines()[1].split() == [
        *('Note', operation, '1', '0', '0'),
        *('?' if units is None else '0.0' for units in (read, written)),
        *(str(tries - 1), '1', '1'),
    ]


def test_a_batch_that_dynamongo_sends_again_is_a_request(proxy):
    """The first failed, after botocore's own retries; the second wrote the items."""
    proxy.plan('BatchWriteItem', *[throttled] * ATTEMPTS)
    with Connection.measure() as measured:
        Note.save_many([notes(1, 'g'), notes(2, 'g')])
    usage = measured.of(Note, 'BatchWriteItem')
    assert (usage.requests, usage.retries, usage.errors) == (2, ATTEMPTS - 1, 1)
    assert (usage.items, usage.unknown) == (2, 1)
    assert usage.write_units is not None


def test_a_refused_write_is_an_error_of_unknown_cost(tables):
    """DynamoDB charges for it, and doesn't say what."""
    with Connection.measure() as measured:
        with pytest.raises(ConditionalCheckFailedException):
            notes(1).save(overwrite=False)
        with pytest.raises(TransactionCanceledError), Transaction() as t:
            t.save(notes(1), overwrite=False)
    assert (measured.requests, measured.errors, measured.unknown) == (2, 2, 2)
    assert (measured.items, measured.read_units, measured.write_units) == (0, 0.0, None)
    with Connection.measure() as measured, pytest.raises(TableNotFoundError):
        Missing.get_one('x')
    assert measured.of(Missing).errors == measured.errors == 1


def test_an_item_that_is_missing_is_no_error(tables):
    """It is read, and charged for."""
    with Connection.measure() as measured, pytest.raises(DoesNotExist):
        found(99)
    assert (measured.errors, measured.items) == (0, 0)
    assert measured.read_units == 0.5


def test_what_is_refused_before_it_is_sent_is_not_counted(tables):
    with Connection.measure() as measured, pytest.raises(ValidationError):
        Note(topic='a').save()
    assert measured.rows == ()


def test_an_error_ends_the_block_and_is_passed_on(tables):
    """The measurement stays readable; what follows isn't counted."""
    with pytest.raises(DoesNotExist), Connection.measure() as measured:
        found(99)
    found(1)
    assert measured.requests == 1


# Who is counted


def test_outside_of_a_block_nothing_is_asked_for(tables, sent):
    """The requests are what they would be without this feature, before a block and after it."""
    for case in CASES.values():
        case.run() if case.operation != 'DeleteItem' else Note.delete_many([('d', 3)])
    with Connection.measure():
        found(1)
    found(1)
    asked = ['ReturnConsumedCapacity' in parameters for _, parameters in sent]
    assert asked == [False] * (len(sent) - 2) + [True, False]


def test_a_request_that_is_measured_stays_as_it_was(tables, sent):
    """Compiled requests are shared and stay unchanged; only the one argument is added."""
    for _ in range(2):
        Note.get_many(KEYS)
        with Connection.measure():
            Note.get_many(KEYS)
    plain, asking, *again = [parameters for _, parameters in sent]
    assert asking == {**plain, 'ReturnConsumedCapacity': 'INDEXES'}
    assert again == [plain, asking]


def test_it_works_on_the_class_and_on_an_instance(tables):
    with Connection().measure() as measured:
        found(1)
    assert isinstance(measured, Measurement)
    assert measured.requests == 1


def test_blocks_in_blocks_both_count(tables):
    """And the inner one no more than its own."""
    with Connection.measure() as outer:
        found(1)
        with Connection.measure() as inner:
            found(2)
            assert (inner.requests, outer.requests) == (1, 2)
        found(3)
    assert (inner.requests, outer.requests) == (1, 3)


def test_requests_of_other_threads_are_their_own(tables):
    """Each thread has its blocks; one that has none isn't counted, unless it is given a context."""
    barrier = threading.Barrier(4, timeout=60)

    def count(number):
        with Connection.measure() as measured:
            barrier.wait()
            for _ in range(number):
                found(1)
        return measured.requests

    with Connection.measure() as measured, concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, [1, 2, 3, 4])) == [1, 2, 3, 4]
        assert measured.requests == 0
        pool.submit(contextvars.copy_context().run, found, 1).result()
        assert measured.requests == 1


MANY = {
    'save_many': lambda workers: Note.save_many(
        [notes(number, 'h') for number in range(120)], workers=workers
    ),
    'bulk_save': lambda workers: Note.bulk_save(
        [notes(number, 'h') for number in range(120)], workers=workers
    ),
    'get_many': lambda workers: Note.get_many(
        [('h', number) for number in range(450)], workers=workers
    ),
    'queries': lambda workers: Note.get_many(Note.topic.in_(list('abcde')), workers=workers),
    'update_many': lambda workers: Note.update_many(
        [('a', number) for number in (1, 2)], [Note.text.set('x')], workers=workers
    ),
    'delete_many': lambda workers: Note.delete_many(Note.topic == 'h', workers=workers),
    'count': lambda workers: Note.count(Note.text == 'none', workers=workers),
}


@pytest.mark.parametrize('name', MANY)
def test_the_threads_of_workers_are_counted(connection, sent, name):
    """As if there were none."""
    Note.create_table()
    Note.save_many([notes(number) for number in (1, 2)])
    if name == 'delete_many':
        MANY['save_many'](1)
    sent.clear()
    with connection.measure() as measured:
        MANY[name](4)
    requests = {usage.operation: usage.requests for usage in measured.rows}
    assert requests == collections.Counter(sent.operations)
    assert measured.errors == 0


def test_no_request_of_many_threads_is_lost():
    """Adding up takes more than one step."""
    usage = Usage(Note, 'GetItem', 1, items=1, read_units=0.5, indexes=(IndexUsage('a', 1.0),))
    with Connection.measure() as measured:
        contexts = [contextvars.copy_context() for _ in range(8)]

    def count(context):
        for _ in range(500):
            context.run(measuring.note, [usage])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(count, contexts))
    assert (measured.requests, measured.items, measured.read_units) == (4000, 4000, 2000.0)
    assert measured.of(Note).indexes == (IndexUsage('a', 4000.0, 0.0),)


def test_tasks_of_a_block_are_counted(tables):
    """Each that it starts, and no other."""

    async def main():
        async def look():
            found(1)

        async def apart():
            with Connection.measure() as measured:
                await asyncio.sleep(0)
                found(2)
                return measured.requests

        before = asyncio.ensure_future(look())
        with Connection.measure() as measured:
            assert await asyncio.gather(apart(), apart()) == [1, 1]
            await asyncio.gather(before, look(), look())
        return measured.requests

    assert asyncio.run(main()) == 4


def test_an_iterator_is_counted_where_it_was_made(tables):
    """Whoever reads it, and whenever: so a block that hands one out knows what it cost."""
    before = Note.iter_many(TOPIC, page_size=3)
    with Connection.measure() as measured:
        iterator = Note.iter_many(TOPIC, page_size=3)
        assert measured.requests == 0
        next(before)
        assert measured.requests == 0
        next(iterator)
        assert measured.requests == 1
    with Connection.measure() as other:
        assert len(list(iterator)) == 3
    assert (measured.requests, other.requests) == (2, 0)
    assert measured.items == 4


def test_settings_of_a_block_are_kept(tables):
    """using() and measure() don't disturb each other, and neither do their iterators."""
    with Connection.measure() as measured, Connection.using(batch_attempts=6):
        iterator = Note.iter_many(TOPIC)
    list(iterator)
    assert measured.requests == 1


def test_what_the_program_sends_itself_is_not_counted(tables):
    """By the client, the resource and the table."""
    with Connection.measure() as measured:
        Note.table().get_item(Key=key(1))
        Connection.client().describe_table(TableName=Note.table_name())
    assert measured.requests == 0


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='there is no fork')
@pytest.mark.filterwarnings('ignore:This process .* is multi-threaded:DeprecationWarning')
def test_a_child_counts_for_itself():
    """It goes on from its parent's figures, though another thread had the lock."""
    usage = Usage(Note, 'GetItem', 1)
    with Connection.measure() as measured:
        measuring.note([usage])
        with measuring._lock:
            child = os.fork()
            if not child:
                signal.alarm(10)
                try:
                    measuring.note([usage])
                finally:
                    os._exit(measured.requests)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert measured.requests == 1


# Reading it


def usages():
    units = st.sampled_from([None, 0.0, 0.5, 1.0, 12.0])
    count = st.integers(0, 5)
    indexes = st.lists(
        st.builds(IndexUsage, st.sampled_from('abc'), st.sampled_from([0.0, 0.5]), st.just(1.0)),
        max_size=3,
        unique_by=lambda index: index.name,
    ).map(tuple)

    def usage(model, operation, consumed, *counts):
        """One that consumes units of one kind, or of which that isn't known."""
        reads = operation in measuring.READS
        both = (consumed, 0.0) if reads else (0.0, consumed)
        items, scanned, retries, errors, listed = counts
        unknown = int(consumed is None)
        return Usage(
            model, operation, 1, items, scanned, *both, retries, errors, unknown, tuple(listed)
        )

    return st.builds(
        usage,
        st.sampled_from([Note, Sale]),
        st.sampled_from(['GetItem', 'PutItem', 'Query']),
        units,
        count,
        count,
        count,
        st.integers(0, 1),
        indexes,
    )


@given(st.lists(usages()))
def test_the_figures_agree(parts):
    """In any order, totals are the sums of rows, and what is unknown is never nothing."""
    measured, backwards = Measurement(), Measurement()
    for measurement, order in ((measured, parts), (backwards, parts[::-1])):
        token = measuring.active.set((measurement,))
        try:
            for part in order:
                measuring.note([part])
        finally:
            measuring.active.reset(token)
    assert backwards.rows == measured.rows
    assert backwards.total == measured.total
    for name in ('requests', 'items', 'scanned', 'retries', 'errors', 'unknown'):
        assert getattr(measured, name) == sum(getattr(part, name) for part in parts)
        assert getattr(measured, name) == sum(getattr(row, name) for row in measured.rows)
        assert getattr(measured, name) == sum(
            getattr(measured.of(model), name) for model in (Note, Sale)
        )
    for name, charged in measuring._CHARGED.items():
        said = [getattr(part, name) for part in parts if part.operation in charged]
        known = [each for each in said if each is not None]
        assert getattr(measured, name) == (None if said and not known else sum(known))
    for row in measured.rows:
        assert measured.of(row.model, row.operation) == row
        names = [index.name for index in row.indexes]
        assert names == sorted(set(names))
    assert json.loads(json.dumps(measured.to_dict())) == measured.to_dict()
    assert measured.to_dict()['total']['requests'] == len(parts)
    lines = str(measured).splitlines()
    assert len(lines) == 2 + len(measured.rows) + sum(len(row.indexes) for row in measured.rows)
    assert len({len(line) for line in lines if line[0] != ' '}) == 1


def test_a_usage_is_a_value():
    """It can't be changed, and can be compared, hashed and pickled."""
    usage = Usage(Note, 'Query', 1, indexes=(IndexUsage('a', 0.5),))
    assert pickle.loads(pickle.dumps(usage)) == usage
    assert hash(usage) == hash(usage._replace())
    with pytest.raises(AttributeError):
        usage.requests = 2
    assert usage.to_dict() == {
        'model': 'Note',
        'operation': 'Query',
        'requests': 1,
        'items': 0,
        'scanned': 0,
        'read_units': 0.0,
        'write_units': 0.0,
        'retries': 0,
        'errors': 0,
        'unknown': 0,
        'indexes': [{'name': 'a', 'read_units': 0.5, 'write_units': 0.0}],
    }


def test_rows_are_in_the_order_of_their_names():
    with Connection.measure() as measured:
        for model, operation in ((Sale, 'Scan'), (Note, 'Query'), (Sale, 'GetItem')):
            measuring.note([Usage(model, operation, 1)])
    assert [row[:2] for row in measured.rows] == [
        (Note, 'Query'),
        (Sale, 'GetItem'),
        (Sale, 'Scan'),
    ]
    assert list(measured.by_operation) == ['GetItem', 'Query', 'Scan']


def test_what_was_not_sent_amounts_to_nothing():
    with Connection.measure() as measured:
        pass
    assert measured.of(Note) == Usage(Note)
    assert measured.of(Note, 'Query') == Usage(Note, 'Query')
    assert repr(measured) == '<Measurement: 0 requests, 0.0 read units, 0.0 write units>'


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        (('Note',), "'Note'"),
        ((Note(topic='a', number=1),), 'Note'),
        ((str,), 'str'),
        ((Note, 'query'), "'query'"),
        ((Note, 'get_item'), "'get_item'; did you mean 'GetItem'"),
        ((Note, 'GetItems'), "'GetItems'; did you mean 'GetItem'"),
        ((Note, 'Put'), "such as 'GetItem', not 'Put'"),
        ((Note, 'ListTables'), "'ListTables'"),
        ((Note, 3), '3'),
        ((Note, []), r'\[\]'),
        ((Model,), 'Model is abstract'),
    ],
)
def test_of_says_what_it_takes(arguments, named):
    """A lookup that can't find anything isn't answered with nothing."""
    with pytest.raises(ValidationError, match=f'Measurement.of: .*{named}'):
        Measurement().of(*arguments)


def test_units_that_are_known_to_be_none_are_known():
    """What consumes no such units at all says nothing of those that do."""
    with Connection.measure() as measured:
        measuring.note([Usage(Note, 'PutItem', 1, write_units=1.0)])
        measuring.note([Usage(Note, 'Query', 1, read_units=None, unknown=1)])
        assert (measured.read_units, measured.write_units) == (None, 1.0)
        assert measured.of(Note).read_units is None
        measuring.note([Usage(Note, 'Query', 1)])
    assert (measured.read_units, measured.unknown) == (0.0, 1)
    assert measured.of(Note, 'Query').read_units == measured.of(Note).read_units == 0.0


def test_a_request_counts_for_the_class_whose_method_is_called(connection):
    """Whatever class of the family the items are of; in a transaction each item has its own."""

    class Animal(Model):
        __table__ = 'animals'
        __hash_key__ = 'id'
        __discriminator__ = 'kind'
        id = StringField()

    class Dog(Animal):
        pass

    Animal.create_table()
    with Connection.measure() as measured:
        Animal.save_many([Dog(id='a'), Dog(id='b')])
        Animal.get_one('a')
        Dog.get_one('b')
        with Transaction() as t:
            t.save(Dog(id='c'))
            t.save(Animal(id='d'))
    assert [(row.model, row.operation, row.items) for row in measured.rows] == [
        (Animal, 'BatchWriteItem', 2),
        (Animal, 'GetItem', 1),
        (Animal, 'TransactWriteItems', 1),
        (Dog, 'GetItem', 1),
        (Dog, 'TransactWriteItems', 1),
    ]


def test_a_block_may_be_closed_in_another_context(tables):
    """As that of a generator is, which a task begins and another one ends."""

    def figures():
        with Connection.measure() as measured:
            Note.get_one(('a', 1))
            yield measured

    generator = figures()
    measured = contextvars.copy_context().run(next, generator)
    generator.close()
    assert measured.requests == 1


@pytest.mark.parametrize('operation', sorted(measuring.OPERATIONS))
def test_the_names_of_operations_are_those_of_botocore(operation):
    client = offline_table().meta.client
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    (usage,) = _consumed.of_failure(methods[operation], [Note], 0)
    assert usage.operation == operation
    assert Measurement().of(Note, operation) == Usage(Note, operation)


def test_every_operation_that_is_sent_has_a_name():
    """So none is refused that has been counted."""
    package = pathlib.Path(measuring.__file__).parent
    methods = set(offline_table().meta.client.meta.method_to_api_mapping)
    sent = set()
    # What local_dynamodb asks of its engine isn't sent for a model.
    for path in set(package.glob('*.py')) - {package / '_engines.py'}:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Constant) and node.value in methods:
                sent.add(node.value)
    assert sent == set(_consumed._NAMES)


# What replies say


SAYING = {'TableName': 'x', 'CapacityUnits': 2}
PARTS = {'TransactItems': [{'Get': {'TableName': 'x', 'Key': {}}}]}


@pytest.mark.parametrize(
    ('operation', 'request_', 'reply', 'expected'),
    [
        (
            'batch_write_item',
            {'RequestItems': {'x': [1, 2, 3]}},
            {'UnprocessedItems': {'x': [1]}, 'ConsumedCapacity': [SAYING]},
            {'items': 2, 'write_units': 2.0},
        ),
        (
            'batch_get_item',
            {'RequestItems': {'x': {'Keys': [1, 2, 3]}}},
            {'Responses': {'x': [1]}, 'UnprocessedKeys': {'x': {}}, 'ConsumedCapacity': [SAYING]},
            {'items': 1, 'read_units': 2.0},
        ),
        (
            'query',
            {},
            {'Count': 2, 'ScannedCount': 5, 'ConsumedCapacity': SAYING},
            {'items': 2, 'scanned': 5, 'read_units': 2.0},
        ),
        ('query', {}, {'Count': 2, 'ScannedCount': 5}, {'items': 2, 'scanned': 5, 'unknown': 1}),
        ('query', {}, {'Items': [], 'ConsumedCapacity': SAYING}, {'unknown': 1}),
        ('put_item', {}, {'ConsumedCapacity': None}, {'items': 1, 'unknown': 1}),
        ('put_item', {}, {'ConsumedCapacity': {'CapacityUnits': 'x'}}, {'items': 1, 'unknown': 1}),
        (
            'transact_get_items',
            PARTS,
            {'Responses': [{'Item': {}}], 'ConsumedCapacity': [{**SAYING, 'TableName': 'y'}]},
            {'items': 1, 'unknown': 1},
        ),
        (
            'transact_get_items',
            PARTS,
            {'Responses': [{}], 'ConsumedCapacity': [SAYING]},
            {'items': 0, 'read_units': 2.0},
        ),
        ('create_table', {}, object(), {}),
    ],
)
def test_a_reply_is_taken_at_its_word(operation, request_, reply, expected):
    """And what it doesn't say, or says in an odd way, is unknown."""
    (usage,) = _consumed.of_reply(operation, request_, [Note], reply, 0)
    units = dict.fromkeys(('read_units', 'write_units'), 0.0)
    if expected.get('unknown'):
        units['write_units' if operation == 'put_item' else 'read_units'] = None
    assert usage == Usage(Note, usage.operation, 1)._replace(**{**units, **expected})
    assert type(usage.read_units) is not int
    assert type(usage.write_units) is not int


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ['CapacityUnits', 'TableName', 'x', 'Item', 'GlobalSecondaryIndexes', 'Table']
            ),
            inner,
            max_size=4,
        )
    ),
)
REQUESTS = {
    'get_item': {},
    'query': {},
    'put_item': {},
    'update_item': {},
    'batch_get_item': {'RequestItems': {'x': {'Keys': [1]}}},
    'batch_write_item': {'RequestItems': {'x': [1]}},
    'transact_get_items': PARTS,
    'transact_write_items': PARTS,
}


@given(
    st.sampled_from(sorted(REQUESTS)),
    st.dictionaries(
        st.sampled_from(
            ['Item', 'Count', 'ScannedCount', 'Responses', 'UnprocessedItems', 'ConsumedCapacity']
        ),
        ODD,
    ),
)
def test_a_damaged_reply_is_counted_and_raises_nothing(operation, reply):
    """Whoever reads it says what is wrong with it."""
    (usage,) = _consumed.of_reply(operation, REQUESTS[operation], [Note], reply, 1)
    assert (usage.requests, usage.retries, usage.errors) == (1, 1, 0)


def test_a_page_without_items_is_still_an_error(proxy):
    """Measuring hides nothing: the same error comes as without it."""
    proxy.plan('Query', answered(Reply(200, {}, b'{"ConsumedCapacity":{"CapacityUnits":1.0}}')))
    with Connection.measure() as measured, pytest.raises(IncompleteReadError):
        Note.get_many(TOPIC)
    assert (measured.requests, measured.unknown) == (1, 1)
