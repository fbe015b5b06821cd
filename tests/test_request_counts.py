"""How many requests are sent: no more than DynamoDB's limits make necessary, and none for nothing.

A server made up by this file stands behind the clients, and counts what really comes to it.
"""

import collections
import concurrent.futures
import json
import subprocess
import sys
import threading

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from dynamongo import (
    Connection,
    DoesNotExist,
    IntField,
    ListField,
    Model,
    StringField,
    Transaction,
    ValidationError,
    VersionField,
)
from tests.engines.base import CREDENTIAL, REGION
from tests.replies import Raw

pytestmark = pytest.mark.broad


class Note(Model):
    """A model with a hash key alone."""

    __table__ = 'notes'
    __hash_key__ = 'id'

    id = StringField(required=True)
    size = IntField()
    tags = ListField(StringField)


class Line(Model):
    """A model with a range key, under another name in the table."""

    __table__ = 'lines'
    __hash_key__ = 'order'
    __range_key__ = 'number'

    order = StringField(required=True)
    number = IntField(required=True, attribute='n')
    size = IntField()


class Account(Model):
    """A model whose items have versions, and so are written one by one."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField(required=True)
    version = VersionField()


class Server:
    """Stands for DynamoDB: has an item for each key it is asked for, and notes the requests."""

    #: How many items the tables have, for Query and Scan.
    count = 0
    #: How many items there are on a page.
    per_page = 1000

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.threads = set()

    def __call__(self, request, event_name, **_):
        operation = event_name.rpartition('.')[2]
        body = json.loads(request.body)
        with self.lock:
            self.requests.append((operation, body))
            self.threads.add(threading.get_ident())
        reply = getattr(self, operation)(body)
        return AWSResponse(request.url, 200, {}, Raw(json.dumps(reply).encode()))

    @property
    def operations(self):
        """How many requests of each kind there were."""
        return collections.Counter(operation for operation, _ in self.requests)

    def bodies(self, operation):
        return [body for each, body in self.requests if each == operation]

    def GetItem(self, body):
        return {'Item': {**body['Key'], 'size': {'N': '5'}}}

    def BatchGetItem(self, body):
        ((table, asked),) = body['RequestItems'].items()
        keys = asked['Keys']
        assert 1 <= len(keys) <= 100
        assert len({json.dumps(key, sort_keys=True) for key in keys}) == len(keys)
        found = [{**key, 'size': {'N': '5'}} for key in keys]
        return {'Responses': {table: found}, 'UnprocessedKeys': {}}

    def BatchWriteItem(self, body):
        ((_, writes),) = body['RequestItems'].items()
        assert 1 <= len(writes) <= 25
        return {'UnprocessedItems': {}}

    def Query(self, body):
        keys = {'lines': ('order', 'n'), 'notes': ('id',)}[body['TableName']]
        start = body.get('ExclusiveStartKey', {}).get(keys[-1], {'N': '-1', 'S': 'i-1'})
        first = int(start.get('N') or start['S'][1:]) + 1
        size = min(body.get('Limit', self.per_page), self.per_page)
        numbers = range(first, min(first + size, self.count))
        reply = {'Count': len(numbers), 'ScannedCount': len(numbers)}
        found = [
            {'order': {'S': 'o'}, 'n': {'N': str(n)}} if len(keys) == 2 else {'id': {'S': f'i{n}'}}
            for n in numbers
        ]
        if first + size < self.count:
            reply['LastEvaluatedKey'] = found[-1]
        if body.get('Select') == 'COUNT':
            return reply
        if 'ProjectionExpression' not in body:
            found = [{**item, 'size': {'N': '5'}} for item in found]
        return {**reply, 'Items': found}

    Scan = Query

    def PutItem(self, body):
        return {}

    def DeleteItem(self, body):
        return {'Attributes': {**body['Key'], 'size': {'N': '5'}}}

    UpdateItem = DeleteItem

    def TransactWriteItems(self, body):
        assert 1 <= len(body['TransactItems']) <= 100
        return {}

    def TransactGetItems(self, body):
        keys = [each['Get']['Key'] for each in body['TransactItems']]
        return {'Responses': [{'Item': key} for key in keys]}


@pytest.fixture
def made(aws_environment, monkeypatch):
    """The names of the calls that made clients and resources, of which none is made yet."""
    calls = []

    def counting(cls, name):
        make = getattr(cls, name)

        def count(self, *args, **kwargs):
            calls.append(name)
            return make(self, *args, **kwargs)

        monkeypatch.setattr(cls, name, count)

    counting(boto3.Session, 'resource')
    counting(boto3.Session, 'client')
    counting(botocore.session.Session, 'create_client')
    Connection.reset()
    Connection.set_config(
        CREDENTIAL, CREDENTIAL, region=REGION, table_prefix='', endpoint_url='http://127.0.0.1:9'
    )
    yield calls
    Connection.reset()


@pytest.fixture
def server(made, monkeypatch):
    """The server that stands behind every client that is made."""
    server = Server()
    make = botocore.session.Session.create_client

    def connected(self, *args, **kwargs):
        client = make(self, *args, **kwargs)
        client.meta.events.register_first('before-send.dynamodb', server)
        return client

    monkeypatch.setattr(botocore.session.Session, 'create_client', connected)
    return server


def ids(count):
    return [f'i{number}' for number in range(count)]


def line_keys(count):
    return [('o', number) for number in range(count)]


# Reading

READS = {
    'get_many': lambda model, *args, **kwargs: model.get_many(*args, **kwargs),
    'iter_many': lambda model, *args, **kwargs: list(model.iter_many(*args, **kwargs)),
}
SELECTIONS = {
    'keys': lambda n: (Note, ids(n)),
    'duplicates': lambda n: (Note, [*ids(n), *ids(n)]),
    'instances': lambda n: (Note, [Note(id=key) for key in ids(n)]),
    'in_': lambda n: (Note, Note.id.in_(ids(n))),
    'in_ with duplicates': lambda n: (Note, Note.id.in_([*ids(n), *ids(n)])),
    'a joined check': lambda n: (Note, Note.id.in_(ids(n)) & (Note.size > 3)),
    'keys_in': lambda n: (Note, Note.keys_in(ids(n))),
    'pairs': lambda n: (Line, line_keys(n)),
    'keys_in of pairs': lambda n: (Line, Line.keys_in(line_keys(n))),
    'keys_in of pairs twice': lambda n: (Line, Line.keys_in([*line_keys(n), *line_keys(n)])),
    'keys_in and a check': lambda n: (Line, Line.keys_in(line_keys(n)) & (Line.size == 5)),
    'a hash key and range keys': lambda n: (
        Line,
        (Line.order == 'o') & Line.number.in_(list(range(n))),
    ),
}


@pytest.mark.parametrize('read', READS.values(), ids=list(READS))
@pytest.mark.parametrize('select', SELECTIONS.values(), ids=list(SELECTIONS))
def test_keys_are_read_a_hundred_at_once(server, read, select):
    """1000 keys take 10 requests, and 1001 take 11, however they are given."""
    for count, requests in ((1000, 10), (1001, 11), (100, 1)):
        server.requests.clear()
        model, strategy = select(count)
        assert len(read(model, strategy)) == count
        assert server.operations == {'BatchGetItem': requests}


@pytest.mark.parametrize('read', READS.values(), ids=list(READS))
def test_many_workers_send_no_more_requests(server, read):
    """The batches are the same, whoever sends them."""
    assert len(read(Note, ids(1001), workers=4)) == 1001
    assert server.operations == {'BatchGetItem': 11}


def test_a_check_that_no_item_meets_costs_no_more(server):
    """What was read is sorted out, and not read again."""
    assert Note.get_many(Note.id.in_(ids(1000)) & (Note.size > 9)) == []
    assert server.operations == {'BatchGetItem': 10}


def test_no_keys_no_requests(server):
    """Nothing is sent to find nothing."""
    assert Note.get_many([]) == []
    assert list(Note.iter_many(Note.id.in_([]))) == []
    assert Note.save_many([]).success_count == 0
    assert Note.bulk_save([]).success_count == 0
    assert Note.delete_many([]).success_count == 0
    assert server.requests == []


def test_one_item_is_one_get_item(server):
    """By get_one, and by get_many of one key; as an iterator no sooner than it is asked for."""
    assert Note.get_one('i1').size == 5
    assert Note.get_one(Note.id == 'i1').id == 'i1'
    assert Line.get_one(('o', 1)).number == 1
    assert server.operations == {'GetItem': 3}
    server.requests.clear()
    assert len(Note.get_many(['i1'])) == 1
    iterator = Note.iter_many(['i1'])
    assert server.operations == {'GetItem': 1}
    assert len(list(iterator)) == 1
    assert server.operations == {'GetItem': 2}


def test_an_item_that_is_not_there_is_asked_for_once(server):
    """Its absence is the answer."""
    server.GetItem = lambda body: {}
    with pytest.raises(DoesNotExist):
        Note.get_one('i1')
    assert server.operations == {'GetItem': 1}


def test_a_page_is_one_query(server):
    """As long as it is within a page of DynamoDB's; each further one is one more."""
    server.count = 50
    page = Line.get_page(Line.order == 'o', limit=20)
    assert [line.number for line in page.items] == list(range(20))
    assert server.operations == {'Query': 1}
    page = Line.get_page(Line.order == 'o', limit=20, after=page.token)
    assert [line.number for line in page.items] == list(range(20, 40))
    assert server.operations == {'Query': 2}
    assert Line.get_page(Line.order == 'o', limit=20, after=page.token).token is None
    assert server.operations == {'Query': 3}


def test_as_many_queries_as_pages(server):
    """No request looks whether there is more; an iterator reads no further than it is asked to."""
    server.count, server.per_page = 30, 10
    assert len(Line.get_many(Line.order == 'o')) == 30
    assert server.operations == {'Query': 3}
    server.requests.clear()
    iterator = Line.iter_many(Line.order == 'o')
    assert [next(iterator).number for _ in range(10)] == list(range(10))
    assert server.operations == {'Query': 1}
    next(iterator)
    assert server.operations == {'Query': 2}
    server.requests.clear()
    assert len(Line.get_many(Line.order == 'o', limit=10)) == 10
    assert server.operations == {'Query': 1}


def test_counting_sends_no_items(server):
    """Each page is a number, of a Query and of a Scan."""
    server.count, server.per_page = 30, 10
    assert Line.count(Line.order == 'o') == 30
    assert Note.count() == 30
    assert server.operations == {'Query': 3, 'Scan': 3}
    assert {body['Select'] for _, body in server.requests} == {'COUNT'}


# Writing


@pytest.mark.parametrize(('count', 'requests'), [(1000, 40), (1001, 41), (25, 1)])
def test_items_are_written_twenty_five_at_once(server, count, requests):
    """By save_many and bulk_save, whatever the items are given as and whoever sends them."""
    notes = [{'id': key, 'size': 1} for key in ids(count)]
    for save in (
        lambda: Note.save_many(notes),
        lambda: Note.save_many([Note(**note) for note in notes]),
        lambda: Note.save_many(iter(notes), workers=4),
        lambda: Note.bulk_save(notes),
        lambda: Note.bulk_save(iter(notes), workers=1),
    ):
        server.requests.clear()
        assert save().success_count == count
        assert server.operations == {'BatchWriteItem': requests}


def test_items_of_one_key_are_written_once(server):
    """The last one of each key is sent."""
    assert Note.save_many([{'id': key} for key in ids(25) * 2]).success_count == 50
    assert server.operations == {'BatchWriteItem': 1}


def test_keys_are_deleted_in_batches_and_not_read(server):
    """1000 keys take 40 requests, 1001 take 41; duplicates none."""
    for keys, model in (
        (ids(1000), Note),
        (ids(1000) * 2, Note),
        (line_keys(1000), Line),
    ):
        server.requests.clear()
        assert model.delete_many(keys).fail == []
        assert server.operations == {'BatchWriteItem': 40}
    server.requests.clear()
    Note.delete_many(ids(1001), workers=4)
    assert server.operations == {'BatchWriteItem': 41}
    server.requests.clear()
    Note.delete_many(Note.id.in_(ids(1000)))
    assert server.operations == {'BatchWriteItem': 40}


def names_read(body):
    """Return the attributes that a request reads."""
    names = body.get('ExpressionAttributeNames', {})
    paths = body['ProjectionExpression'].replace(' ', '').split(',')
    return sorted(names.get(path, path) for path in paths)


@pytest.mark.parametrize(
    ('strategy', 'operation', 'model', 'key'),
    [
        (Note.size > 3, 'Scan', Note, ['id']),
        (Line.size > 3, 'Scan', Line, ['n', 'order']),
        ((Line.order == 'o') & (Line.size > 3), 'Query', Line, ['n', 'order']),
    ],
)
def test_a_delete_by_condition_reads_keys_alone(server, strategy, operation, model, key):
    """Each page is read once, and each item is deleted by one request with the condition."""
    server.count, server.per_page = 30, 10
    result = model.delete_many(strategy)
    assert result.success_count == 30
    assert server.operations == {operation: 3, 'DeleteItem': 30}
    for body in server.bodies(operation):
        assert names_read(body) == key
        assert body['FilterExpression']
    for body in server.bodies('DeleteItem'):
        assert body['ConditionExpression']
        assert 'size' in body['ExpressionAttributeNames'].values()
        assert sorted(body['Key']) == key


def test_a_delete_of_keys_with_a_condition_does_not_read(server):
    """The keys are known, so each is deleted where it meets the condition."""
    assert Note.delete_many(Note.id.in_(ids(30)) & (Note.size > 3)).success_count == 30
    assert server.operations == {'DeleteItem': 30}


def test_a_write_of_one_item_is_one_request(server):
    """Nothing is read before or after."""
    Note.save_one({'id': 'a'})
    Note.save_one({'id': 'a'}, overwrite=False)
    Note(id='a').save()
    assert server.operations == {'PutItem': 3}
    server.requests.clear()
    assert Note.update_one('a', [Note.size.add(1)]).size == 5
    Note.update_one((Note.id == 'a') & (Note.size > 1), [Note.size.add(1)])
    Note.update_from_dict({'id': 'a', 'size': 4})
    Note(id='a').update(Note.size.add(1))
    assert server.operations == {'UpdateItem': 4}
    server.requests.clear()
    assert Note.delete_one('a').size == 5
    Note.delete_one((Note.id == 'a') & (Note.size > 1))
    Note(id='a').delete()
    assert server.operations == {'DeleteItem': 3}


def test_versions_take_no_reads(server):
    """An item with a version is written on the condition of it, by one request."""
    accounts = [Account(id=key).save() for key in ids(3)]
    assert server.operations == {'PutItem': 3}
    assert Account.save_many(accounts).success_count == 3
    assert server.operations == {'PutItem': 6}
    assert all(body['ConditionExpression'] for body in server.bodies('PutItem'))


def test_an_update_of_many_keys_is_one_request_for_each(server):
    """Without a read; by a condition, the keys alone are read."""
    Note.update_many(ids(30), [Note.size.set(1)])
    assert server.operations == {'UpdateItem': 30}
    server.requests.clear()
    server.count = 7
    Note.update_many(Note.size > 3, [Note.size.set(1)])
    assert server.operations == {'Scan': 1, 'UpdateItem': 7}
    assert names_read(server.bodies('Scan')[0]) == ['id']


def test_a_save_of_what_has_changed_sends_nothing_where_nothing_has(server):
    """Whether the instance was read or saved; a change is one request, without a read."""
    saved = Note(id='a', size=5, tags=['x']).save()
    server.requests.clear()
    for note in (saved, Note.get_one('a')):
        server.requests.clear()
        note.save(changed=True)
        note.size = 5
        note.tags = list(note.tags)
        note.save(changed=True)
        assert server.requests == []
        note.size = 6
        note.save(changed=True)
        assert server.operations == {'UpdateItem': 1}


def test_what_is_refused_here_is_not_sent(server):
    """An invalid item among many keeps all of them, and an unknown option any request."""
    with pytest.raises(ValidationError):
        Note.save_many([*({'id': key} for key in ids(100)), {'id': None}])
    with pytest.raises(ValidationError):
        Note.get_many([*ids(100), None])
    with pytest.raises(ValidationError):
        Note(id='a', size='x')
    assert server.requests == []
    Note.explain(Note.size > 3)
    Note(id='a').validate()
    assert server.requests == []


def test_a_transaction_is_one_request(server):
    """Of a hundred operations of any models; one that is empty sends nothing."""
    with Transaction() as transaction:
        for key in ids(50):
            transaction.save(Note(id=key))
        for key in ids(30):
            transaction.delete((Account, key))
        for number in range(20):
            transaction.update((Line, ('o', number)), [Line.size.set(1)])
    assert len(transaction) == 100
    assert server.operations == {'TransactWriteItems': 1}
    server.requests.clear()
    with Transaction():
        pass
    assert server.requests == []


# Clients and imports


def test_all_models_and_threads_share_one_client(server, made):
    """It is made when the first request needs it, and no other one is."""
    assert made == []
    barrier = threading.Barrier(8, timeout=60)

    def work(number):
        barrier.wait()
        Note.get_one(f'i{number}')
        Line.save_one({'order': 'o', 'number': number})
        Account.get_many(ids(200), workers=2)
        return Connection.resource().meta.client

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(work, range(8)))
    # boto3 makes the client of a resource by calls of its own.
    assert collections.Counter(made) == {'resource': 1, 'client': 1, 'create_client': 1}
    assert all(client is clients[0] for client in clients)
    assert len(server.threads) > 1
    Note.get_one('a')
    with Connection.using(table_prefix=''):
        Note.get_one('a')
    assert made.count('create_client') == 1


def test_declaring_and_making_instances_needs_no_client(server, made):
    """Nor do conditions, updates, validation and plans."""

    class Fresh(Model):
        __table__ = 'fresh'
        __hash_key__ = 'id'
        id = StringField()

    Fresh(id='a').validate()
    Fresh.explain(Fresh.id == 'a')
    assert Fresh.table_name() == 'fresh'
    assert made == []


def test_tables_are_kept_for_each_thread(server, made):
    """A thread gets the same table object each time, and another one than other threads."""
    first = Connection.get_table('notes')
    Note.get_one('a')
    assert Connection.get_table('notes') is first
    assert Note.table() is first
    assert Line.table() is not first
    assert Connection.resource() is Connection.resource()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        other = pool.submit(Note.table).result()
        assert pool.submit(Note.table).result() is other
    assert other is not first
    assert other.meta.client is first.meta.client
    assert made.count('create_client') == 1


def test_importing_dynamongo_imports_neither_boto3_nor_moto():
    """All of what only requests, or the embedded engine, need comes when it is needed."""
    code = (
        'import sys, dynamongo; '
        'print(sorted({name.partition(".")[0] for name in sys.modules}), '
        '"dynamongo.local" in sys.modules)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=60
    )
    heavy = ('boto3', 'botocore', 's3transfer', 'urllib3', 'moto', 'flask', 'werkzeug', 'requests')
    assert not [name for name in heavy if f"'{name}'" in done.stdout]
    assert "'dynamongo'" in done.stdout
