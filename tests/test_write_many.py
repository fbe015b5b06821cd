"""Writes of many items: how many requests, by how many threads, and the account of each item."""

import contextlib
import itertools
import json
import threading
import time
import uuid

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamongo import (
    BatchResult,
    BulkResult,
    ConditionalCheckFailedException,
    IntField,
    ItemTooLargeError,
    Model,
    RequestError,
    StringField,
    TableNotFoundError,
    ThrottledError,
    ValidationError,
    VersionField,
)
from dynamongo._concurrency import Turns, in_order
from dynamongo._series import Series
from tests.ids import ident
from tests.replies import Raw

pytestmark = [pytest.mark.broad, pytest.mark.usefixtures('shared_client')]

#: Seconds after which a thread that should have done something counts as stuck.
PATIENCE = 10

BATCH = 25


class Row(Model):
    __table__ = 'rows'
    __hash_key__ = 'id'

    id = StringField(required=True)
    size = IntField()
    text = StringField()


class Counted(Model):
    """Each save is a request of its own."""

    __table__ = 'counted'
    __hash_key__ = 'id'

    id = StringField(required=True)
    size = IntField()
    version = VersionField()


class Broken(Exception):
    """What the caller's own code raises."""


class Server:
    """Stands for DynamoDB, with unconditional writes to one table, and notes what it is asked.

    ``react(operation, ids)`` is called with each request, before it is carried out: it may raise,
    wait, or return the code of an error.
    """

    def __init__(self):
        self.lock = threading.Lock()
        #: ``size`` by ``id``.
        self.items = {}
        self.operations = []
        self.tables = []
        self.bad = frozenset()
        self.running = self.most = 0
        self.react = lambda operation, ids: None

    def __call__(self, request, event_name, **_):
        operation = event_name.rpartition('.')[2]
        body = json.loads(request.body)
        table, writes = self.writes(operation, body)
        with self.lock:
            self.operations.append(operation)
            self.tables.append(table)
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            ids = [key for key, _ in writes]
            code = self.react(operation, ids)
            if self.bad.intersection(ids):
                code = 'ValidationException'
            if code is not None:
                error = json.dumps({'__type': f'x#{code}', 'message': f'{len(ids)} refused'})
                return AWSResponse(request.url, 400, {}, Raw(error.encode()))
            with self.lock:
                for key, size in writes:
                    if size is None:
                        self.items.pop(key, None)
                    else:
                        self.items[key] = size
        finally:
            with self.lock:
                self.running -= 1
        reply = {'BatchWriteItem': {'UnprocessedItems': {}}, 'UpdateItem': {}}.get(operation, {})
        if operation == 'UpdateItem':
            reply = {'Attributes': body['Key']}
        return AWSResponse(request.url, 200, {}, Raw(json.dumps(reply).encode()))

    def writes(self, operation, body):
        """Return the table of a request, and pairs of id and size, which is None for a delete."""
        table = body.get('TableName')
        if operation == 'BatchWriteItem':
            ((table, requests),) = body['RequestItems'].items()
            assert 1 <= len(requests) <= BATCH
        else:
            requests = [{operation: body}]
        writes = []
        for request in requests:
            ((kind, given),) = request.items()
            item = given.get('Item') or given['Key']
            deleted = kind in ('DeleteRequest', 'DeleteItem')
            size = None if deleted else int(item.get('size', {'N': 0})['N'])
            writes.append((item['id']['S'], size))
        assert len({key for key, _ in writes}) == len(writes)
        return table, writes


@pytest.fixture
def table(connection, shared_client):
    """The table of the engine. Tests use ids of their own."""
    _, _, made = shared_client
    if not made:
        Row.create_table()
        made.append(Row)
    return Row.table()


@pytest.fixture
def server(connection, monkeypatch):
    """A :class:`Server` that answers in place of the engine."""
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    server = Server()
    events = connection.resource().meta.client.meta.events
    events.register_first('before-send.dynamodb', server)
    yield server
    events.unregister('before-send.dynamodb', server)


def items(number, start=0):
    return [{'id': f'i{place:05}', 'size': place} for place in range(start, start + number)]


def keys(number):
    return [item['id'] for item in items(number)]


def ids(instances):
    return [instance.id for instance in instances]


def sized(number):
    return [(Row.id == key) & (Row.size > 1) for key in keys(number)]


#: The ways to write many items, each of a number of items and workers.
BATCHED = {
    'save_many': lambda number, **more: Row.save_many(items(number), **more),
    'bulk_save': lambda number, **more: Row.bulk_save(items(number), **more),
    'delete_many': lambda number, **more: Row.delete_many(keys(number), **more),
}
SINGLE = {
    'save_many new': lambda number, **more: Row.save_many(items(number), False, **more),
    'save_many versioned': lambda number, **more: Counted.save_many(items(number), **more),
    'delete_many checked': lambda number, **more: Row.delete_many(sized(number), **more),
    'update_many': lambda number, **more: Row.update_many(keys(number), [Row.size.set(5)], **more),
}
WAYS = {**BATCHED, **SINGLE}
#: How many items take one request.
PER_REQUEST = {**dict.fromkeys(BATCHED, BATCH), **dict.fromkeys(SINGLE, 1)}

ways = pytest.mark.parametrize('way', WAYS)
WORKERS = pytest.mark.parametrize('workers', [1, 4])


# How many requests


@WORKERS
@pytest.mark.parametrize('way', BATCHED)
@pytest.mark.parametrize(
    ('number', 'requests'), [(0, 0), (1, 1), (25, 1), (26, 2), (50, 2), (1000, 40)]
)
def test_batches_are_full(server, way, number, requests, workers):
    result = WAYS[way](number, workers=workers)
    assert server.operations == ['BatchWriteItem'] * requests
    assert (result.success_count, result.fail_count) == (number, 0)
    assert len(server.items) == (0 if way == 'delete_many' else number)


@WORKERS
@pytest.mark.parametrize('way', SINGLE)
def test_a_write_on_a_condition_is_a_request(server, way, workers):
    assert WAYS[way](7, workers=workers).success_count == 7
    assert len(server.operations) == 7
    assert len(set(server.operations)) == 1


@ways
@WORKERS
def test_nothing_is_sent_for_nothing(server, way, workers):
    result = WAYS[way](0, workers=workers)
    assert (result.success_count, result.fail_count) == (0, 0)
    assert (result.fail, result.errors) == ([], [])
    assert server.operations == []


@pytest.mark.parametrize('nothing', [(), iter([]), (item for item in []), set()], ids=ident)
def test_any_empty_iterable_is_nothing(server, nothing):
    for save in (Row.save_many, Row.bulk_save):
        assert repr(save(nothing)).endswith(': 0 succeeded, 0 failed>')
    assert server.operations == []


# Bad items


def split(result, number, bad):
    """Check that exactly the bad items have failed, each with its own error, in order."""
    assert ids(result.fail) == [key for key in keys(number) if key in bad]
    for instance, error in zip(result.fail, result.errors):
        assert error.code == 'ValidationException'
        assert error.key == {'id': instance.id}
        assert '1 refused' in str(error)
        assert instance.id in str(error)
    assert result.success_count == number - len(bad)


@pytest.mark.parametrize('way', BATCHED)
@pytest.mark.parametrize('place', range(BATCH))
def test_one_bad_item_is_found_in_few_requests(server, way, place):
    if way == 'delete_many':
        server.items.update((item['id'], item['size']) for item in items(BATCH))
    bad = server.bad = {keys(BATCH)[place]}
    split(WAYS[way](BATCH), BATCH, bad)
    # Where the first of two halves is sound, the second as a whole isn't tried again.
    assert len(server.operations) <= (7 if place == BATCH - 1 else 11)
    left = bad if way == 'delete_many' else set(keys(BATCH)) - bad
    assert server.items.keys() == left


@given(
    number=st.integers(1, 60),
    places=st.sets(st.integers(0, 59), max_size=12),
    workers=st.sampled_from([1, 4]),
    way=st.sampled_from(sorted(BATCHED)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_bad_items_fail(server, number, places, workers, way):
    """However many there are, and wherever."""
    everything = items(number)
    bad = server.bad = {everything[place]['id'] for place in places if place < number}
    server.operations.clear()
    server.items.clear()
    if way == 'delete_many':
        server.items.update((item['id'], item['size']) for item in everything)
    split(WAYS[way](number, workers=workers), number, bad)
    left = bad if way == 'delete_many' else {item['id'] for item in everything} - bad
    assert server.items.keys() == left
    # One more at most for each half on the way down, and one for the batch itself.
    assert len(server.operations) <= -(-number // BATCH) + 10 * len(bad)


@WORKERS
@pytest.mark.parametrize('way', BATCHED)
def test_bad_items_in_several_batches(server, way, workers):
    everything = keys(110)
    bad = server.bad = {everything[place] for place in (3, 30, 31, 74, 75, 109)}
    split(WAYS[way](110, workers=workers), 110, bad)


@WORKERS
def test_items_that_are_too_large(table, workers):
    """As the engine refuses them."""
    name = uuid.uuid4().hex
    everything = [{'id': f'{name}-{place:02}', 'text': 'x'} for place in range(30)]
    large = {4, 26}
    for place in large:
        everything[place]['text'] = 'x' * 410_000
    result = Row.save_many(everything, workers=workers)
    assert ids(result.fail) == [f'{name}-04', f'{name}-26']
    assert [type(error) for error in result.errors] == [ItemTooLargeError] * 2
    assert [error.key for error in result.errors] == [{'id': key} for key in ids(result.fail)]
    found = Row.get_many([item['id'] for item in everything], consistent=True)
    assert ids(found) == [item['id'] for place, item in enumerate(everything) if place not in large]


# Several of one key

duplicates = st.lists(st.tuples(st.sampled_from('abcdefghij'), st.integers(0, 9)), max_size=40)


@given(pairs=duplicates, workers=st.sampled_from([1, 2, 8]), bulk=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_later_of_two_wins(server, pairs, workers, bulk):
    server.items.clear()
    given = [Row(id=key, size=size) for key, size in pairs]
    result = (Row.bulk_save if bulk else Row.save_many)(given, workers=workers)
    assert server.items == dict(pairs)
    assert (result.success_count, result.fail_count) == (len(pairs), 0)
    if not bulk:
        assert all(one is other for one, other in zip(result.success, given))


@WORKERS
def test_the_earlier_of_two_shares_the_fate_of_the_later(server, workers):
    server.bad = {'i00001'}
    given = [Row(**item) for item in items(3) + items(3)]
    result = Row.save_many(given, workers=workers)
    assert [place for place, row in enumerate(given) if any(row is one for one in result.fail)] == [
        1,
        4,
    ]
    assert result.errors[0] is result.errors[1]
    assert ids(result.success) == ['i00000', 'i00002'] * 2


@pytest.mark.parametrize('workers', [2, 4])
def test_the_later_wins_also_where_the_earlier_is_under_way(server, workers):
    """Its batch waits for the other, however long that takes; the rest doesn't."""
    first = []

    def react(operation, ids):
        if 'i00000' in ids and not first:
            first.append(ids)
            # Time enough for the later one to overtake, if it could.
            for _ in range(40):
                threading.Event().wait(0.005)
                if 'i00000' in server.items:
                    break

    server.react = react
    again = [{'id': 'i00000', 'size': 99}, *items(24, 100)]
    result = Row.bulk_save([*items(25), *again, *items(50, 200)], workers=workers)
    assert (result.success_count, result.fail_count) == (100, 0)
    assert server.items['i00000'] == 99


# Workers


@ways
@pytest.mark.parametrize('workers', [1, 2, 4, 8])
def test_as_many_requests_are_under_way_as_there_are_workers(server, way, workers):
    """That many, and no more."""
    barrier = threading.Barrier(workers, timeout=60)

    def react(operation, ids):
        barrier.wait(PATIENCE)

    server.react = react
    number = 2 * workers * PER_REQUEST[way]
    assert WAYS[way](number, workers=workers).success_count == number
    assert server.most == workers


@ways
@pytest.mark.parametrize('workers', [0, -1, 1001, True, '4', None, 2.0], ids=ident)
def test_workers_are_a_number(connection, sent, way, workers):
    with pytest.raises(ValidationError, match='workers is an int from 1 to 1,000'):
        WAYS[way](3, workers=workers)
    assert sent == []


@pytest.mark.parametrize('way', WAYS)
def test_the_order_is_that_of_the_caller(server, way):
    """Whichever requests end first."""
    bad = server.bad = {f'i{place:05}' for place in range(0, 120, 7)}
    place = itertools.count()

    def react(operation, ids):
        # The earlier a request, the later it ends.
        threading.Event().wait(0.01 if next(place) % 4 == 0 else 0)

    server.react = react
    result = WAYS[way](120, workers=4)
    assert ids(result.fail) == sorted(bad)
    assert [error.key['id'] for error in result.errors] == sorted(bad)
    if way != 'bulk_save':
        assert ids(result.success) == [key for key in keys(120) if key not in bad]


CONDITIONS = {
    'always': (True, lambda stored: True),
    'new': (False, lambda stored: stored is None),
    'small': (Row.size < 5, lambda stored: stored is None or stored < 5),
    'large': (~(Row.size < 5), lambda stored: stored is None or stored >= 5),
}


@given(before=duplicates, pairs=duplicates, condition=st.sampled_from(sorted(CONDITIONS)))
@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_the_result_is_that_of_one_after_the_other(table, before, pairs, condition):
    """As a dictionary would do it, with any number of workers."""
    overwrite, passes = CONDITIONS[condition]
    expected = dict(before)
    outcomes = []
    for key, size in pairs:
        outcomes.append(passes(expected.get(key)))
        if outcomes[-1]:
            expected[key] = size
    for workers in (1, 2, 8):
        name = uuid.uuid4().hex
        assert Row.save_many({'id': f'{name}{k}', 'size': n} for k, n in before).fail == []
        given = [Row(id=f'{name}{key}', size=size) for key, size in pairs]
        result = Row.save_many(given, overwrite, workers=workers)
        failed = {id(row) for row in result.fail}
        assert [id(row) not in failed for row in given] == outcomes
        assert {id(row) for row in result.success} == {id(row) for row in given} - failed
        assert {type(error) for error in result.errors} <= {ConditionalCheckFailedException}
        assert ids(result.fail) == [error.item.id for error in result.errors]
        found = Row.get_many([f'{name}{key}' for key in 'abcdefghij'], consistent=True)
        assert {row.id[-1]: row.size for row in found} == expected


@given(pairs=duplicates, workers=st.sampled_from([1, 2, 8]))
@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_deletes_and_updates_by_condition(table, pairs, workers):
    name = uuid.uuid4().hex
    pairs = list(dict(pairs).items())
    Row.save_many({'id': f'{name}{key}', 'size': size} for key, size in pairs)
    expected = {f'{name}{key}': size for key, size in pairs}
    targets = [(Row.id == f'{name}{key}') & (Row.size < 5) for key, _ in pairs]
    result = Row.update_many(targets, [Row.size.add(100)], workers=workers)
    passes = [expected[f'{name}{key}'] < 5 for key, _ in pairs]
    assert (result.success_count, result.fail_count) == (sum(passes), len(passes) - sum(passes))
    expected = {key: size + 100 * (size < 5) for key, size in expected.items()}
    assert {row.id: row.size for row in result.success}.items() <= expected.items()
    targets = [(Row.id == key) & (Row.size >= 100) for key in expected]
    deleted = Row.delete_many(targets, workers=workers)
    assert set(ids(deleted.success)) == {key for key, size in expected.items() if size >= 100}
    found = Row.get_many(list(expected), consistent=True)
    assert {row.id: row.size for row in found} == {
        key: size for key, size in expected.items() if size < 100
    }


def plain(key):
    return key


def checked(key):
    return (Row.id == key) & (Row.size >= 0)


@pytest.mark.parametrize(
    ('first', 'second'),
    [
        (plain, plain),
        (checked, checked),
        (plain, checked),
    ],
)
@pytest.mark.parametrize('workers', [1, 2])
def test_a_key_that_is_given_twice_is_updated_once(table, first, second, workers):
    key = uuid.uuid4().hex
    Row.save_one({'id': key, 'size': 1})
    result = Row.update_many([first(key), second(key)], [Row.size.add(1)], workers=workers)
    assert (result.success_count, result.fail_count) == (2, 0)
    assert Row.get_one(key).size == 2


# Streams


@pytest.mark.parametrize(('number', 'workers'), [(20_000, 4), (2_000, 1), (4_000, 16)])
def test_a_stream_is_drawn_no_further_ahead_than_needed(server, number, workers):
    """What is drawn and not yet reported is a batch for each worker, and the one being filled."""
    drawn = reported = furthest = 0

    def stream():
        nonlocal drawn, furthest
        for place in range(number):
            drawn += 1
            furthest = max(furthest, drawn - reported)
            yield {'id': str(place), 'size': 1}

    def progress(dealt_with):
        nonlocal reported
        reported += dealt_with

    result = Row.bulk_save(stream(), workers=workers, progress=progress)
    assert (result.success_count, result.fail_count) == (number, 0)
    assert (drawn, reported, len(server.items)) == (number, number, number)
    assert furthest <= workers * BATCH + BATCH


@WORKERS
def test_invalid_items_fail_and_the_rest_is_saved(server, workers):
    """What was given is in ``fail``, and the message says where it was."""
    stream = items(100)
    invalid = {
        3: {'size': 1},
        30: {'id': 'x', 'size': 'large'},
        31: {'id': 'x', 'siez': 1},
        55: None,
        99: Row(size=5),
    }
    for place, item in invalid.items():
        stream[place] = item
    server.bad = {'i00040'}
    result = Row.bulk_save(stream, workers=workers)
    assert type(result) is BulkResult
    places = [3, 30, 31, 40, 55, 99]
    assert (result.success_count, result.fail_count) == (94, 6)
    for place, failed, error in zip(places, result.fail, result.errors):
        if place == 40:
            assert failed == Row(**stream[40])
            assert error.code == 'ValidationException'
            continue
        assert failed is stream[place]
        assert type(error) is ValidationError
        assert f'items[{place}]' in str(error)
    assert server.items.keys() == {
        item['id'] for place, item in enumerate(stream) if place not in places
    }


def test_a_stream_of_invalid_items_sends_nothing(server):
    """And reports progress all the same, now and then."""
    calls = []
    result = Row.bulk_save(({'size': 1} for _ in range(2500)), progress=calls.append)
    assert (result.success_count, result.fail_count) == (0, 2500)
    assert sum(calls) == 2500
    assert len(calls) >= 2
    assert server.operations == []


class Bar:
    """What tqdm and others have in common."""

    def __init__(self, total=None):
        self.total = total
        self.n = 0
        self.calls = []

    def update(self, n=1):
        self.calls.append(n)
        self.n += n

    # tqdm can be iterated over, and one without a total is falsy.
    def __iter__(self):
        return iter(())

    def __bool__(self):
        return self.total is not None


@WORKERS
@pytest.mark.parametrize('make', [lambda bar: bar, lambda bar: bar.update], ids=['bar', 'function'])
@pytest.mark.parametrize('total', [None, 130])
def test_progress_is_reported(server, workers, make, total):
    bar = Bar(total)
    Row.bulk_save(items(130), workers=workers, progress=make(bar))
    assert bar.calls == [25, 25, 25, 25, 25, 5]


def test_progress_counts_every_item(server):
    """Duplicates and invalid ones too."""
    bar = Bar()
    server.bad = {'i00007'}
    Row.bulk_save([*items(30), *items(30), {'size': 1}], progress=bar)
    assert bar.n == 61


@pytest.mark.parametrize('progress', [5, 'bar', Bar, dict, {}, {'update': print}, [], object()])
def test_progress_is_something_that_can_be_told(connection, sent, progress):
    drawn = []
    with pytest.raises(ValidationError, match='progress is a function of a number of items'):
        Row.bulk_save((drawn.append(item) or item for item in items(3)), progress=progress)
    assert drawn == []
    assert sent == []


def test_a_bulk_result_keeps_no_success(server):
    result = Row.bulk_save(items(3))
    with pytest.raises(AttributeError, match=r'success_count.*save_many keeps both'):
        result.success
    assert repr(result) == '<BulkResult: 3 succeeded, 0 failed>'
    assert isinstance(result, BatchResult)
    assert not hasattr(result, 'success')


@pytest.mark.parametrize('given', [None, 'abc', {'id': 'a'}, 5, Row], ids=ident)
def test_a_stream_is_an_iterable(connection, sent, given):
    with pytest.raises(ValidationError, match=r'bulk_save takes .*iterable'):
        Row.bulk_save(given)
    assert sent == []


# Broken off

INTERRUPTS = [Broken, KeyboardInterrupt, SystemExit, GeneratorExit]


def accounted(error, drawn, server):
    """Check the account of a stream that was broken off: what is stored, and nothing else."""
    result = error.batch_result
    assert type(result) is BulkResult
    assert result.success_count == len(server.items)
    assert {row.id for row in result.fail} == set(drawn) - server.items.keys()
    assert result.success_count + result.fail_count == len(drawn)
    assert len(result.errors) == result.fail_count
    for reason in result.errors:
        assert isinstance(reason, RequestError)
        assert reason.__cause__ is error


@WORKERS
@pytest.mark.parametrize('interrupt', INTERRUPTS)
@pytest.mark.parametrize('place', [0, 1, 24, 25, 26, 60, 130])
def test_an_iterator_that_raises(server, workers, interrupt, place):
    drawn = []

    def stream():
        for item in items(place):
            drawn.append(item['id'])
            yield item
        raise interrupt('half-way')

    with pytest.raises(interrupt, match='half-way') as caught:
        Row.bulk_save(stream(), workers=workers)
    accounted(caught.value, drawn, server)
    # What was taken as a full batch is sent, as far as it was the turn of it.
    assert len(server.items) >= (place // BATCH - workers) * BATCH


@WORKERS
@pytest.mark.parametrize('interrupt', INTERRUPTS)
def test_progress_that_raises(server, workers, interrupt):
    drawn, calls = [], []

    def stream():
        for item in items(500):
            drawn.append(item['id'])
            yield item

    def progress(number):
        calls.append(number)
        if len(calls) == 3:
            raise interrupt('half-way')

    with pytest.raises(interrupt) as caught:
        Row.bulk_save(stream(), workers=workers, progress=progress)
    accounted(caught.value, drawn, server)
    assert 75 <= len(server.items) <= (3 + workers) * BATCH


@pytest.mark.parametrize('way', WAYS)
def test_an_interrupt_within_a_request(server, way):
    """Of the request that it hit nothing is known; of those before, all."""

    def react(operation, ids):
        if len(server.operations) == 3:
            raise KeyboardInterrupt

    server.react = react
    number = 5 * PER_REQUEST[way]
    with pytest.raises(KeyboardInterrupt) as caught:
        WAYS[way](number, workers=1)
    result = caught.value.batch_result
    assert result.success_count == 2 * PER_REQUEST[way]
    drawn = number if way != 'bulk_save' else 3 * BATCH
    assert ids(result.fail) == keys(drawn)[2 * PER_REQUEST[way] :]
    assert 'it is not known whether' in str(result.errors[0])
    assert len(server.operations) == 3


def test_what_was_never_sent_is_known_not_to_be_written(server):
    def react(operation, ids):
        if len(server.operations) == 2:
            raise KeyboardInterrupt

    server.react = react
    with pytest.raises(KeyboardInterrupt) as caught:
        Row.save_many(items(100))
    texts = [str(error) for error in caught.value.batch_result.errors]
    assert all('not known' in text for text in texts[:25])
    assert not any('not known' in text for text in texts[25:])


# No prospect


def refuse(server, *places, code='AccessDeniedException'):
    """Let the server refuse its requests of these numbers."""
    numbers = itertools.count()
    server.react = lambda operation, ids: code if next(numbers) in places else None


@ways
@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize(
    ('code', 'cls'),
    [('ResourceNotFoundException', TableNotFoundError), ('AccessDeniedException', RequestError)],
)
def test_a_first_failure_is_raised(server, way, workers, code, cls):
    """Nothing is written then, and the account says so."""
    number = 10 * PER_REQUEST[way]
    refuse(server, *range(1000), code=code)
    with pytest.raises(cls) as caught:
        WAYS[way](number, workers=workers)
    assert type(caught.value) is cls
    assert caught.value.code == code
    assert 1 <= len(server.operations) <= workers
    result = caught.value.batch_result
    assert result.success_count == 0
    drawn = number if way != 'bulk_save' else result.fail_count
    assert ids(result.fail) == keys(drawn)
    assert {type(error) for error in result.errors} == {cls}
    assert {error.code for error in result.errors} == {code}


@ways
def test_three_failures_in_a_row_end_it(server, way):
    """What has failed by then would fail for all the rest."""
    per_request = PER_REQUEST[way]
    refuse(server, *range(1, 1000))
    number = 10 * per_request
    if way == 'bulk_save':
        with pytest.raises(RequestError) as caught:
            WAYS[way](number, workers=1)
        result, drawn = caught.value.batch_result, 4 * per_request
    else:
        result, drawn = WAYS[way](number), number
    assert len(server.operations) == 4
    assert result.success_count == per_request
    assert ids(result.fail) == keys(drawn)[per_request:]
    sent = [error for error in result.errors if not str(error).startswith('not sent')]
    assert len(sent) == 3 * per_request
    assert result.errors[: len(sent)] == sent
    for error in result.errors:
        assert (type(error), error.code) == (RequestError, 'AccessDeniedException')
    for error in result.errors[len(sent) :]:
        assert str(error).startswith('not sent, since the requests before failed: ')
        assert error.__cause__ is sent[-1]


@ways
def test_failures_apart_do_not_end_it(server, way):
    """Each item has the error of its own request."""
    per_request = PER_REQUEST[way]
    places = {1, 2, 4, 5, 8}
    refuse(server, *places)
    result = WAYS[way](10 * per_request, workers=1)
    assert len(server.operations) == 10
    assert (result.success_count, result.fail_count) == (5 * per_request, 5 * per_request)
    assert ids(result.fail) == [
        key for place, key in enumerate(keys(10 * per_request)) if place // per_request in places
    ]
    assert not any('not sent' in str(error) for error in result.errors)


@pytest.mark.parametrize('way', SINGLE)
def test_refused_items_are_no_failures_in_that_sense(server, way):
    """However many conditions aren't met, the rest is tried."""
    refuse(server, *range(9), code='ConditionalCheckFailedException')
    result = WAYS[way](10)
    assert len(server.operations) == 10
    assert {type(error) for error in result.errors} == {ConditionalCheckFailedException}
    assert (result.success_count, result.fail_count) == (1, 9)


def test_throttling_from_the_first_to_the_last_is_raised(server, connection):
    """Three batches in a row, each after all its retries."""
    connection.set_config(batch_attempts=1)
    refuse(server, *range(1000), code='ThrottlingException')
    with pytest.raises(ThrottledError) as caught:
        Row.save_many(items(200))
    result = caught.value.batch_result
    assert (result.success_count, result.fail_count) == (0, 200)
    assert {type(error) for error in result.errors} == {ThrottledError}
    assert len(set(server.operations)) == 1


# Settings


@ways
@WORKERS
def test_settings_that_change_meanwhile_are_for_what_comes_later(server, connection, way, workers):
    """A batch goes to one table, also where another thread sets another prefix."""
    prefix = connection.table_prefix

    def react(operation, ids):
        change = {'table_prefix': f'other-{len(server.operations)}-'}
        thread = threading.Thread(target=connection.set_config, kwargs=change)
        thread.start()
        thread.join()

    server.react = react
    number = 6 * PER_REQUEST[way]
    assert WAYS[way](number, workers=workers).success_count == number
    model = Counted if 'versioned' in way else Row
    assert set(server.tables) == {prefix + model._schema.table}
    server.tables.clear()
    WAYS[way](1)
    assert server.tables[0].startswith('other-')


@ways
@WORKERS
def test_the_settings_of_a_block_hold_for_the_workers(server, connection, way, workers):
    with connection.using(table_prefix='tenant-'):
        WAYS[way](6 * PER_REQUEST[way], workers=workers)
    assert len(server.tables) == 6
    assert all(name.startswith('tenant-') for name in server.tables)


# Turns


class Record:
    """Calls that note when they begin and end, and can be held up."""

    def __init__(self):
        self.lock = threading.Lock()
        self.events = []
        self.released = {}

    def call(self, name, held=False, error=None):
        if held:
            self.released[name] = threading.Event()

        def run():
            self.note('begin', name)
            if held:
                assert self.released[name].wait(PATIENCE)
            self.note('end', name)
            if error is not None:
                raise error
            return name

        return run

    def note(self, what, name):
        with self.lock:
            self.events.append((what, name))

    def wait_for(self, *event):
        deadline = time.monotonic() + PATIENCE
        while event not in self.events:
            assert time.monotonic() < deadline
            threading.Event().wait(0.001)


def started(*calls):
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def finish(threads):
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_call_waits_for_those_before_it_that_share_something():
    record, turns = Record(), Turns()
    first = turns.take('ab', record.call('first', held=True))
    second = turns.take('bc', record.call('second'))
    third = turns.take('c', record.call('third'))
    apart = turns.take('d', record.call('apart'))
    nothing = turns.take('', record.call('nothing'))
    # In the order in which they are least in the way: the later ones are begun first.
    running = started(third, second, apart, nothing)
    record.wait_for('end', 'apart')
    record.wait_for('end', 'nothing')
    assert len(record.events) == 4
    running += started(first)
    record.wait_for('begin', 'first')
    threading.Event().wait(0.02)
    assert ('begin', 'second') not in record.events
    record.released['first'].set()
    finish(running)
    assert [name for what, name in record.events if what == 'end'][2:] == [
        'first',
        'second',
        'third',
    ]


def test_a_turn_returns_what_its_call_does():
    record, turns = Record(), Turns()
    assert turns.take('a', record.call('first'))() == 'first'
    with pytest.raises(Broken):
        turns.take('a', record.call('second', error=Broken()))()
    assert turns.take('a', record.call('third'))() == 'third'


@pytest.mark.parametrize('error', [Broken(), KeyboardInterrupt(), SystemExit()])
def test_a_call_that_raises_is_over(error):
    record, turns = Record(), Turns()
    first = turns.take('a', record.call('first', error=error))
    second = turns.take('a', record.call('second'))
    with pytest.raises(type(error)):
        first()
    finish(started(second))
    assert record.events[-1] == ('end', 'second')


def test_turns_remember_nothing_that_is_over():
    """A stream of a million items shares no more than what is under way."""
    turns = Turns()
    for number in range(100):
        turns.take([number, number + 1], lambda: None)()
    waiting = [turns.take([number], lambda: None) for number in range(3)]
    assert len(turns._last) == 3
    for call in waiting:
        call()
    assert turns._last == {}


@given(
    shared=st.lists(st.sets(st.integers(0, 4), max_size=3), max_size=30),
    workers=st.integers(1, 8),
)
def test_calls_that_share_something_run_in_their_order(shared, workers):
    record, turns = Record(), Turns()
    calls = [turns.take(each, record.call(number)) for number, each in enumerate(shared)]
    assert list(in_order(calls, workers)) == list(range(len(shared)))
    begun = {name: place for place, (what, name) in enumerate(record.events) if what == 'begin'}
    ended = {name: place for place, (what, name) in enumerate(record.events) if what == 'end'}
    for one, other in itertools.combinations(range(len(shared)), 2):
        if shared[one] & shared[other]:
            assert ended[one] < begun[other]
    assert turns._last == {}


def test_nothing_waits_for_a_call_that_was_given_up():
    """The thread of the first call is slow to begin; meanwhile the third ends the series."""

    class SlowToBegin(Series):
        def _try(self, call):
            if call is calls[0]:
                while self.given_up is None:
                    threading.Event().wait(0.001)
            return super()._try(call)

    def fail():
        raise TableNotFoundError('gone')

    calls = [lambda: None, lambda: None, fail]
    shared = dict(zip(calls, 'aab'))
    series = SlowToBegin(3)

    def read():
        # It raises, since nothing is answered.
        with contextlib.suppress(TableNotFoundError):
            list(series.run(calls, shared=shared.get))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(1)
    assert not reader.is_alive()
