"""DynamoDB Local is killed in the middle of a batch: what counts as written is there afterwards."""

import collections
import functools
import os
import tempfile
import threading
import time

import botocore.client
import pytest
from botocore.config import Config

from dynamongo import Connection, IntField, Model, RequestError, StringField
from tests.engines import choose
from tests.engines.base import CREDENTIAL, REGION
from tests.engines.dynamodb_local import on_disk_dynamodb_local

pytestmark = pytest.mark.faithful('only DynamoDB Local can be killed and started again')

#: How many items are given, and after how many requests that write it is killed.
ITEMS = 400
SINGLE_ITEMS = 80
KILL_AFTER = {'BatchWriteItem': 5, 'DeleteItem': 20, 'PutItem': 20, 'UpdateItem': 20}


class Parcel(Model):
    __table__ = 'parcels'
    __hash_key__ = 'id'

    id = IntField(required=True)
    text = StringField()
    state = IntField(default=0)


@pytest.fixture(scope='module')
def server():
    if not choose.dynamodb_local_is_here():
        pytest.skip('DynamoDB Local or Java is not here')
    # What dies is the process, not the machine: files in memory outlive it, and are written in a
    # tenth of the time.
    memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    folder = tempfile.TemporaryDirectory(prefix='dynamongo-tables-', dir=memory)
    with folder, on_disk_dynamodb_local(folder.name) as server:
        yield server


@pytest.fixture
def parcels(server, aws_environment, monkeypatch, request):
    """The model on a table of its own, on an engine that runs."""
    # Pauses between tries take most of the time otherwise.
    monkeypatch.setattr('time.sleep', functools.partial(_nap, time.sleep))
    if server.server.process.poll() is not None:
        server.start()
    Connection.reset()
    retries = {'mode': 'standard', 'total_max_attempts': 2}
    Connection.set_config(
        CREDENTIAL,
        CREDENTIAL,
        region=REGION,
        endpoint_url=server.endpoint_url,
        table_prefix=f'{request.node.name.translate(str.maketrans("[]", "--"))}-',
        config=Config(retries=retries, connect_timeout=2, read_timeout=10),
    )
    Parcel.create_table()
    yield Parcel
    Connection.reset()


def _nap(sleep, seconds):
    sleep(min(seconds, 0.01))


@pytest.fixture
def killing(server, parcels, monkeypatch):
    """Run a write while a thread kills the engine, once so many requests have been answered.

    ``killing(write)`` returns the write's result, be it returned or carried by what it raises.
    """
    send = botocore.client.BaseClient._make_api_call

    def run(write):
        lock, enough, answered = threading.Lock(), threading.Event(), collections.Counter()

        def send_and_count(client, operation, params):
            reply = send(client, operation, params)
            if operation in KILL_AFTER:
                with lock:
                    answered[operation] += 1
                    if answered[operation] == KILL_AFTER[operation]:
                        enough.set()
            return reply

        def kill():
            enough.wait()
            server.kill()

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(botocore.client.BaseClient, '_make_api_call', send_and_count)
                try:
                    return write()
                except RequestError as error:
                    return error.batch_result
        finally:
            killed = enough.is_set()
            enough.set()
            thread.join()
            # On the same folder; all but the address stays as it is.
            server.start()
            Connection.set_config(endpoint_url=server.endpoint_url)
            assert killed, 'the write was done before the engine was killed'

    return run


def stored():
    items, start = {}, {}
    while True:
        page = Parcel.table().scan(ConsistentRead=True, **start)
        items.update((int(item['id']), item) for item in page['Items'])
        if 'LastEvaluatedKey' not in page:
            return items
        start = {'ExclusiveStartKey': page['LastEvaluatedKey']}


def accounted(result, given):
    """Check that each given item is in one list, in order; return the ids of both."""
    success, fail = [one.id for one in result.success], [one.id for one in result.fail]
    assert sorted(success + fail) == sorted(given)
    order = {one: position for position, one in enumerate(given)}
    assert success == sorted(success, key=order.get)
    assert fail == sorted(fail, key=order.get)
    assert len(result.errors) == len(fail)
    assert all(isinstance(error, RequestError) for error in result.errors)
    return success, fail


def parcels_of(numbers):
    return [Parcel(id=number, text=f'parcel {number} ' + 'x' * 300) for number in numbers]


@pytest.fixture
def note(request):
    """Note how many were acknowledged and how many found. Without both successes and failures, a
    test shows nothing."""

    def note(success, fail, found):
        assert success
        assert fail
        request.node.user_properties += [
            ('acknowledged', len(success)),
            ('failed', len(fail)),
            ('found', len(found)),
        ]

    return note


@pytest.mark.parametrize(('overwrite', 'workers'), [(True, 1), (True, 4), (False, 4)])
def test_save_many(parcels, killing, note, overwrite, workers):
    items = parcels_of(range(ITEMS if overwrite else SINGLE_ITEMS))
    result = killing(lambda: parcels.save_many(items, overwrite, workers=workers))
    success, fail = accounted(result, [item.id for item in items])
    found = stored()
    note(success, fail, found)
    assert set(success) <= set(found)
    assert all(found[item.id]['text'] == item.text for item in result.success)
    # What failed can be sent again, and then all of it is there.
    assert parcels.save_many(result.fail, workers=workers).fail_count == 0
    assert {number: item['text'] for number, item in stored().items()} == {
        item.id: item.text for item in items
    }


@pytest.mark.parametrize('workers', [1, 4])
def test_bulk_save(parcels, killing, note, workers):
    drawn, counts = [], []

    def stream():
        for item in parcels_of(range(10 * ITEMS)):
            drawn.append(item.id)
            yield item

    result = killing(lambda: parcels.bulk_save(stream(), workers=workers, progress=counts.append))
    fail = [one.id for one in result.fail]
    success = sorted(set(drawn) - set(fail))
    found = stored()
    note(success, fail, found)
    # It is no use to go on drawing from the stream.
    assert len(drawn) < 10 * ITEMS
    assert result.success_count == len(success)
    assert len(result.errors) == len(fail)
    assert fail == sorted(set(fail))
    assert sum(counts) <= len(drawn)
    assert set(success) <= set(found) <= set(drawn)


@pytest.mark.parametrize(('by_condition', 'workers'), [(False, 4), (True, 1)])
def test_update_many(parcels, killing, note, by_condition, workers):
    numbers = list(range(SINGLE_ITEMS))
    assert parcels.save_many(parcels_of(numbers)).fail_count == 0
    strategy = parcels.state == 0 if by_condition else numbers
    updates = [parcels.state.add(1)]
    result = killing(lambda: parcels.update_many(strategy, updates, workers=workers))
    given = numbers
    if by_condition:
        # In the order of the scan, which is that of both lists.
        given = [one.id for one in (*result.success, *result.fail)]
        assert sorted(given) == numbers
    success, fail = accounted(result, given)
    found = stored()
    note(success, fail, found)
    assert len(found) == SINGLE_ITEMS
    assert {found[number]['state'] for number in success} == {1}
    assert all(one.state == 1 and one.text for one in result.success)
    # Of those that failed, a request may have arrived whose reply was lost; none arrived twice.
    lost = [number for number in fail if found[number]['state'] != 0]
    assert len(lost) <= workers
    assert {found[number]['state'] for number in fail} <= {0, 1}


@pytest.mark.parametrize(('kind', 'workers'), [('keys', 4), ('condition', 4), ('mixed', 1)])
def test_delete_many(parcels, killing, note, kind, workers):
    numbers = list(range(ITEMS if kind == 'keys' else SINGLE_ITEMS))
    assert parcels.save_many(parcels_of(numbers)).fail_count == 0
    strategy = {
        'keys': numbers,
        'condition': parcels.state == 0,
        # Half of them by keys, in batches, which come first.
        'mixed': [
            number if number % 2 else (parcels.id == number) & (parcels.state == 0)
            for number in numbers
        ],
    }[kind]
    result = killing(lambda: parcels.delete_many(strategy, workers=workers))
    given = numbers
    if kind == 'condition':
        given = [one.id for one in (*result.success, *result.fail)]
        assert sorted(given) == numbers
    success, fail = accounted(result, given)
    found = stored()
    note(success, fail, found)
    assert not set(success) & set(found)
    assert set(found) <= set(fail)
    assert parcels.delete_many(fail, workers=workers).fail_count == 0
    assert stored() == {}
