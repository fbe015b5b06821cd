"""What models send and read, set beside what boto3's own four handlers make of it.

Three ways to call are compared. ``plain`` is a boto3 resource that dynamongo has never touched. The
other two share the client of ``Connection``: ``model`` sends as models do, and ``own`` is code of
the user's. Nothing reaches a network: a :class:`Line` answers where botocore would send.
"""

import base64
import inspect
import json
import zlib
from collections.abc import Mapping
from decimal import Decimal

import boto3
import botocore.endpoint
import botocore.exceptions
import botocore.hooks
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from dynamongo import Field, IntField, Model, StringField, Transaction
from dynamongo._clients import MAX_ATTEMPTS
from dynamongo._documents import Unknown
from dynamongo._wire import values
from tests.engines.base import CREDENTIAL, REGION
from tests.replies import Raw

URL = 'http://127.0.0.1:9'


TABLE = 'things'


OTHER_TABLE = 'others'


#: Whether this botocore offers a reply before it parses it.
OFFERS_REPLIES = 'before-parse' in inspect.getsource(botocore.endpoint)


REUSED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Thing(Model):
    """A model with a field of each kind that the wire knows."""

    __table__ = TABLE
    __hash_key__ = 'id'
    __range_key__ = 'n'

    id = StringField(required=True)
    n = IntField(required=True)
    data = Field()
    any = Field()


def reply(body, status=200, crc=None):
    """Return what answers a request with a body."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        'x-amzn-requestid': 'REQUEST',
        'x-amz-crc32': str(zlib.crc32(body) if crc is None else crc),
        'content-type': 'application/x-amz-json-1.0',
    }
    return lambda request: AWSResponse(request.url, status, headers, Raw(body))


def error(code, message='why', status=400, **more):
    """Return what answers a request with an error."""
    document = {'__type': f'com.amazonaws.dynamodb.v20120810#{code}', 'message': message, **more}
    return reply(document, status)


class Line:
    """Stands where a client would send: keeps the requests, and answers them.

    ``replies`` answer one after the other; the last of them answers all further requests too.
    """

    def __init__(self):
        self.requests = []
        self.replies = []

    def __call__(self, request, **kwargs):
        self.requests.append(request)
        answer = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        return answer(request)


class Caller:
    """One way to call DynamoDB.

    :param resource: a boto3 resource.
    :param Line line: where its client sends.
    :param send: calls a function that sends.
    """

    def __init__(self, resource, line, send):
        self.client = resource.meta.client
        self.line = line
        self.send = send
        self.targets = {
            'client': self.client,
            'resource': resource,
            'table': resource.Table(TABLE),
        }

    def answer(self, *answers):
        """Forget what was sent, and answer from now on with these replies."""
        self.line.requests.clear()
        self.line.replies[:] = answers or [reply({})]

    def call(self, target, operation, arguments, *answers):
        """Return what a call returns that is answered with these replies."""
        self.answer(*answers)
        return self.send(lambda: getattr(self.targets[target], operation)(**arguments))

    def outcome(self, *args):
        """Return what a call returns or raises, in a form that can be compared."""
        try:
            return 'returned', shown(self.call(*args))
        except botocore.exceptions.ClientError as raised:
            return 'raised', type(raised).__name__, str(raised), shown(raised.response)
        except Exception as raised:
            return 'raised', type(raised).__name__


def at_once(send):
    return send()


def plain_resource(**kwargs):
    """Return a resource that dynamongo has never touched."""
    config = Config(retries={'mode': 'standard', 'total_max_attempts': MAX_ATTEMPTS})
    session = boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)
    return session.resource('dynamodb', config=config, **kwargs)


def put_line(resource):
    """Return the line that is put where a resource's client would send."""
    line = Line()
    resource.meta.client.meta.events.register_first('before-send.dynamodb', line)
    return line


def shown(value):
    """Return a value in a form in which only equal values of one type are equal.

    All binary is bytes, and an item that shows its values is a dict of them.
    """
    if isinstance(value, Mapping):
        return {name: shown(member) for name, member in value.items()}
    if isinstance(value, (list, values.StoredItems)):
        return list(map(shown, value))
    if isinstance(value, set):
        return 'set', sorted(map(repr, map(shown, value)))
    if isinstance(value, Unknown):
        return 'unknown', shown(value.wire)
    if isinstance(value, (Binary, bytearray)):
        value = bytes(getattr(value, 'value', value))
    return type(value).__name__, str(value)


def body_of(request):
    """Return the document that a request sends, with its sets in order."""
    return in_order(json.loads(request.body))


def in_order(document):
    """Return a document of the wire with its sets in order."""
    if isinstance(document, list):
        return list(map(in_order, document))
    if isinstance(document, dict):
        return {
            name: sorted(value) if name in ('SS', 'NS', 'BS') else in_order(value)
            for name, value in document.items()
        }
    return document


def as_json(value):
    """Return a value of the wire as JSON has it, made without dynamongo."""
    return json.loads(json.dumps(value, default=lambda raw: base64.b64encode(raw).decode()))


def wire(value):
    """Return a value on the wire as boto3 makes it, in the form that a reply has."""
    return as_json(TypeSerializer().serialize(value))


def parsed_by_botocore(value):
    """Return a value of a reply as botocore parses it."""
    kind, raw = next(iter(value.items()))
    if kind == 'B':
        return {kind: base64.b64decode(raw)}
    if kind == 'BS':
        return {kind: list(map(base64.b64decode, raw))}
    if kind == 'L':
        return {kind: list(map(parsed_by_botocore, raw))}
    if kind == 'M':
        return {kind: {name: parsed_by_botocore(member) for name, member in raw.items()}}
    return value


ITEM = {
    'id': 'key',
    'n': 7,
    'text': 'é€😀"\\\n\x00\u2028</script>',
    'empty': '',
    'largest': 10**38 - 1,
    'smallest': 1 - 10**38,
    'decimal': Decimal('-1.50'),
    'long': Decimal('1.2345678901234567890123456789012345678'),
    'minute': Decimal('1E-120'),
    'huge': Decimal('9.9E+125'),
    'yes': True,
    'no': False,
    'null': None,
    'bytes': b'\x00\xff',
    'no bytes': b'',
    'bytearray': bytearray(b'array'),
    'binary': Binary(b'binary'),
    'texts': {'a', 'é'},
    'numbers': {1, Decimal('2.5'), 10**37},
    'binaries': {b'a', b'\xff'},
    'list': [1, 'a', [None, {'x': b'y'}], {'z'}],
    'map': {'a.b': {'#': [True, {'n': {1}}]}, '': {}},
    'nothing': [[], {}],
}


integers = st.integers(1 - 10**38, 10**38 - 1)


decimals = st.builds(
    lambda digits, sign, exponent: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 10**38 - 1),
    st.sampled_from([0, 1]),
    st.integers(-90, 88),
)


binaries = st.binary(max_size=20)


texts = st.text(st.characters(blacklist_categories=['Cs']), max_size=20)


scalars = st.one_of(
    texts,
    integers,
    decimals,
    st.booleans(),
    st.none(),
    binaries,
    binaries.map(bytearray),
    binaries.map(Binary),
)


sets = st.one_of(
    *(st.sets(kind, max_size=4) for kind in (texts, integers, decimals, binaries)),
    st.sets(st.one_of(integers, decimals), max_size=4),
    st.sets(binaries.map(Binary), max_size=4),
    st.frozensets(texts, max_size=4),
)


documents = st.recursive(
    st.one_of(scalars, sets),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(texts, inner, max_size=4),
    ),
    max_leaves=12,
)


items = st.dictionaries(texts, documents, max_size=5)


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(sorted(values._DECODERS)), st.text(max_size=3)),
            inner,
            max_size=2,
        ),
    ),
    max_leaves=8,
)


WITH_CONDITION = {
    'ConditionExpression': '#0 = :0 AND attribute_exists(#1)',
    'ExpressionAttributeNames': {'#0': 'é "quoted"', '#1': 'b'},
    'ExpressionAttributeValues': {':0': {'x': [1, b'y', {Decimal('2.5'), 3}]}},
    'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
}


KEY = {'id': 'é', 'n': Decimal('1.5')}


BINARY_KEY = {'id': b'\x00\xff', 'n': 10**37}


READING = {
    'ProjectionExpression': '#0, #1[2].#0',
    'ExpressionAttributeNames': {'#0': 'a', '#1': 'size'},
    'ConsistentRead': True,
}


CAPACITIES = {'ReturnConsumedCapacity': 'INDEXES'}


METRICS = {'ReturnConsumedCapacity': 'TOTAL', 'ReturnItemCollectionMetrics': 'SIZE'}


UPDATING = {
    'Key': KEY,
    'UpdateExpression': 'SET #0 = :0 ADD #1 :1',
    'ConditionExpression': 'attribute_exists(#0)',
    'ExpressionAttributeNames': {'#0': 'a', '#1': 'b'},
    'ExpressionAttributeValues': {':0': [None, b'x'], ':1': {1, 2}},
}


TRANSACTION = [
    {'Put': {'TableName': TABLE, 'Item': ITEM, **WITH_CONDITION}},
    {'Put': {'TableName': OTHER_TABLE, 'Item': {'id': 'a'}}},
    {'Update': {'TableName': TABLE, **UPDATING}},
    {'Update': {'TableName': TABLE, 'Key': KEY, 'UpdateExpression': 'REMOVE a'}},
    {'Delete': {'TableName': TABLE, 'Key': BINARY_KEY, **WITH_CONDITION}},
    {'Delete': {'TableName': TABLE, 'Key': KEY}},
    {'ConditionCheck': {'TableName': TABLE, 'Key': KEY, **WITH_CONDITION}},
]


REQUESTS = {
    'get': ('table', 'get_item', {'Key': KEY}),
    'get by binary': ('table', 'get_item', {'Key': BINARY_KEY, **READING, **CAPACITIES}),
    'put': ('table', 'put_item', {'Item': ITEM}),
    'put nothing': ('table', 'put_item', {'Item': {}}),
    'put if': (
        'table',
        'put_item',
        {'Item': ITEM, 'ReturnValues': 'ALL_OLD', **WITH_CONDITION, **METRICS},
    ),
    'update': ('table', 'update_item', {'ReturnValues': 'ALL_NEW', **UPDATING, **METRICS}),
    'update nothing': ('table', 'update_item', {'Key': KEY}),
    'delete': ('table', 'delete_item', {'Key': KEY, 'ReturnValues': 'ALL_OLD'}),
    'delete if': ('table', 'delete_item', {'Key': BINARY_KEY, **WITH_CONDITION, **METRICS}),
    'query': (
        'table',
        'query',
        {
            'KeyConditionExpression': '#0 = :0 AND #1 BETWEEN :1 AND :2',
            'FilterExpression': 'contains(#2, :3)',
            'ExpressionAttributeNames': {'#0': 'id', '#1': 'n', '#2': 'data'},
            'ExpressionAttributeValues': {':0': 'é', ':1': -1, ':2': Decimal('0.5'), ':3': b'x'},
            'IndexName': 'by-é',
            'Limit': 25,
            'ScanIndexForward': False,
            'Select': 'ALL_ATTRIBUTES',
            'ConsistentRead': True,
            'ExclusiveStartKey': BINARY_KEY,
        },
    ),
    'count': (
        'table',
        'query',
        {
            'KeyConditionExpression': 'id = :0',
            'ExpressionAttributeValues': {':0': 'a'},
            'Select': 'COUNT',
        },
    ),
    'scan': ('table', 'scan', {}),
    'scan a segment': (
        'table',
        'scan',
        {
            'Segment': 0,
            'TotalSegments': 4,
            'Limit': 1,
            'ExclusiveStartKey': KEY,
            'FilterExpression': 'size(#0) > :0',
            'ExpressionAttributeValues': {':0': 3},
            **READING,
            **CAPACITIES,
        },
    ),
    'get of client': ('client', 'get_item', {'TableName': OTHER_TABLE, 'Key': KEY}),
    'put of client': ('client', 'put_item', {'TableName': OTHER_TABLE, 'Item': ITEM}),
    'get many': (
        'resource',
        'batch_get_item',
        {
            'RequestItems': {
                TABLE: {'Keys': [KEY, BINARY_KEY], **READING},
                OTHER_TABLE: {'Keys': [{'id': 'a'}], 'ConsistentRead': False},
            },
            'ReturnConsumedCapacity': 'TOTAL',
        },
    ),
    'write many': (
        'resource',
        'batch_write_item',
        {
            'RequestItems': {
                TABLE: [
                    {'PutRequest': {'Item': ITEM}},
                    {'DeleteRequest': {'Key': BINARY_KEY}},
                    {'PutRequest': {'Item': {'id': 'a'}}},
                ],
                OTHER_TABLE: [{'DeleteRequest': {'Key': KEY}}],
            },
            **METRICS,
        },
    ),
    'read a transaction': (
        'client',
        'transact_get_items',
        {
            'TransactItems': [
                {'Get': {'TableName': TABLE, 'Key': KEY}},
                {
                    'Get': {
                        'TableName': OTHER_TABLE,
                        'Key': BINARY_KEY,
                        'ProjectionExpression': '#0',
                        'ExpressionAttributeNames': {'#0': 'a'},
                    }
                },
            ],
            'ReturnConsumedCapacity': 'TOTAL',
        },
    ),
    'transaction': (
        'client',
        'transact_write_items',
        {'TransactItems': TRANSACTION, 'ClientRequestToken': 'é-token', **METRICS},
    ),
    'transaction without a token': (
        'client',
        'transact_write_items',
        {'TransactItems': TRANSACTION},
    ),
}


#: Headers that differ from call to call, or whose length does.
CHANGING = {
    'amz-sdk-invocation-id',
    'authorization',
    'content-length',
    'user-agent',
    'x-amz-date',
}


def headers_of(request):
    """Return the headers of a request as text, by their names in lower case."""
    return {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }


def signature_of(request):
    """Return what the signature of a request should be, worked out from what was sent."""
    sent = headers_of(request)
    _, _, rest = sent['authorization'].partition('SignedHeaders=')
    signed = rest.split(',')[0].split(';')
    unsigned = AWSRequest(
        method=request.method,
        url=request.url,
        data=request.body,
        headers={name: sent[name] for name in signed if name in sent},
    )
    unsigned.context['timestamp'] = sent['x-amz-date']
    signer = SigV4Auth(Credentials(CREDENTIAL, CREDENTIAL), 'dynamodb', REGION)
    canonical = signer.canonical_request(unsigned)
    return signer.signature(signer.string_to_sign(unsigned, canonical), unsigned)


def assert_whole(request):
    """Check what must fit the body of a request."""
    body = request.body
    body = body if isinstance(body, bytes) else body.encode()
    sent = headers_of(request)
    assert int(sent['content-length']) == len(body)
    assert sent['authorization'].endswith(f'Signature={signature_of(request)}')


def assert_same_request(ours, plain, *, token=False):
    """Check that two requests come to the same."""
    bodies = body_of(ours), body_of(plain)
    if token:
        for body in bodies:
            assert len(body.pop('ClientRequestToken')) == 36
    assert bodies[0] == bodies[1]
    assert (ours.method, ours.url) == (plain.method, plain.url)
    headers = [
        {name: value for name, value in headers_of(request).items() if name not in CHANGING}
        for request in (ours, plain)
    ]
    assert headers[0] == headers[1]
    assert {'content-type', 'x-amz-target'} <= headers[0].keys()
    assert headers_of(ours).keys() == headers_of(plain).keys()
    assert_whole(ours)
    assert_whole(plain)


#: What models do that sends requests, by what is done.
MODEL_CALLS = {
    'save': lambda: Thing.save_one({'id': 'a', 'n': 1, 'data': b'x', 'any': [{1}, {'y'}, None]}),
    'save new': lambda: Thing.save_one({'id': 'a', 'n': 1}, overwrite=False),
    'save if': lambda: Thing.save_one({'id': 'a', 'n': 1}, overwrite=Thing.any == {b'x'}),
    'get': lambda: Thing.get_one(('a', 1)),
    'get part': lambda: Thing.get_one(('a', 1), only=[Thing.any['x']], consistent=True),
    'update': lambda: Thing.update_one(('a', 1), [Thing.any.set([b'x', {2}])]),
    'upsert': lambda: Thing.update_one(('a', 1), [Thing.any.set('x')], upsert=True),
    'delete': lambda: Thing.delete_one(('a', 1)),
    'get many': lambda: list(Thing.get_many([('a', 1), ('b', 2)])),
    'query': lambda: list(Thing.get_many((Thing.id == 'a') & (Thing.n > 1) & (Thing.any == {1}))),
    'scan': lambda: list(Thing.get_many(Thing.data == b'x')),
    'count': lambda: Thing.count(Thing.id == 'a'),
    'save many': lambda: Thing.save_many([{'id': 'a', 'n': n, 'any': n} for n in range(30)]),
    'delete many': lambda: Thing.delete_many([('a', 1), ('b', 2)]),
    'transaction': lambda: transact(),
    'read a transaction': lambda: Transaction.get([(Thing, ('a', 1)), (Thing, ('b', 2))]),
}


def transact():
    with Transaction() as transaction:
        transaction.save(Thing(id='a', n=1, data=b'x', any=[{1.5}, None]))
        transaction.update((Thing, ('b', 2)), [Thing.any.set({'y'})])
        transaction.delete((Thing, ('c', 3)))
        transaction.check((Thing, ('d', 4)), Thing.any == b'z')


STORED = wire(ITEM)['M']


START = {'id': {'B': 'AP8='}, 'n': {'N': '1'}}


CAPACITY = {
    'TableName': TABLE,
    'CapacityUnits': 1.5,
    'Table': {'CapacityUnits': 0.5},
    'GlobalSecondaryIndexes': {'by-n': {'CapacityUnits': 1.0}},
}


PAGE = {'Items': [STORED, {}, STORED], 'Count': 3, 'ScannedCount': 7, 'ConsumedCapacity': CAPACITY}


#: A request by its name, and the reply to it.
REPLIES = {
    'an item': ('get', {'Item': STORED, 'ConsumedCapacity': CAPACITY}),
    'no item': ('get', {}),
    'no item, capacity': ('get', {'ConsumedCapacity': CAPACITY}),
    'an item without attributes': ('get', {'Item': {}}),
    'an item of a client': ('get of client', {'Item': STORED}),
    'a put': ('put', {}),
    'a put over an item': ('put if', {'Attributes': STORED, 'ConsumedCapacity': CAPACITY}),
    'an update': ('update', {'Attributes': STORED, 'ConsumedCapacity': CAPACITY}),
    'a delete': ('delete', {'Attributes': STORED}),
    'a delete of nothing': ('delete', {}),
    'a page': ('query', {**PAGE, 'LastEvaluatedKey': START}),
    'the last page': ('query', PAGE),
    'an empty page': ('query', {'Items': [], 'Count': 0, 'ScannedCount': 9}),
    'a number': ('count', {'Count': 3, 'ScannedCount': 3, 'LastEvaluatedKey': START}),
    'a page of a scan': ('scan', {**PAGE, 'LastEvaluatedKey': START}),
    'a batch': (
        'get many',
        {
            'Responses': {TABLE: [STORED, {}], OTHER_TABLE: []},
            'UnprocessedKeys': {},
            'ConsumedCapacity': [CAPACITY],
        },
    ),
    'part of a batch': (
        'get many',
        {
            'Responses': {TABLE: [STORED]},
            'UnprocessedKeys': {
                TABLE: {
                    'Keys': [START, {'id': {'S': 'a'}}],
                    'ProjectionExpression': '#0',
                    'ExpressionAttributeNames': {'#0': 'a'},
                    'ConsistentRead': True,
                },
                OTHER_TABLE: {'Keys': [START]},
            },
        },
    ),
    'nothing of a batch': (
        'get many',
        {'Responses': {}, 'UnprocessedKeys': {TABLE: {'Keys': [START]}}},
    ),
    'a written batch': ('write many', {'UnprocessedItems': {}, 'ConsumedCapacity': [CAPACITY]}),
    'part of a written batch': (
        'write many',
        {
            'UnprocessedItems': {
                TABLE: [{'PutRequest': {'Item': STORED}}, {'DeleteRequest': {'Key': START}}],
                OTHER_TABLE: [{'DeleteRequest': {'Key': START}}],
            }
        },
    ),
    'items of a transaction': (
        'read a transaction',
        {'Responses': [{'Item': STORED}, {}, {'Item': {}}], 'ConsumedCapacity': [CAPACITY]},
    ),
    'a transaction': ('transaction', {'ConsumedCapacity': [CAPACITY]}),
    'an unknown member': ('get', {'Item': STORED, 'Novelty': {'Items': [1]}}),
    'null members': ('query', {**PAGE, 'LastEvaluatedKey': None, 'ConsumedCapacity': None}),
    'null instead of items': ('query', {'Items': None, 'Count': 0}),
}


#: Bodies that no DynamoDB sends.
ODD_BODIES = {
    'null': b'null',
    'a number': b'1',
    'text': b'"Item"',
    'a list': b'[]',
    'a list of names': b'["Item"]',
    'an item that is a list': b'{"Item": []}',
    'an item that is text': b'{"Item": "a"}',
    'an item that is null': b'{"Item": null}',
    'items that are an object': b'{"Items": {}, "Count": 0}',
    'items that are text': b'{"Items": ["a"], "Count": 1}',
    'items of which one is null': b'{"Items": [{}, null], "Count": 2}',
    'responses that are text': b'{"Responses": "a"}',
    'responses of which one is text': b'{"Responses": {"things": "a"}}',
    'HTML': b'<html>no</html>',
    'nothing': b'',
    'half': b'{"Item": {"id": {"S": "a"',
    'no UTF-8': b'{"Item": {"id": {"S": "\xff"}}}',
    'two documents': b'{}{}',
    'very deep': b'{"Item": {"id": ' + b'{"L": [' * 20000 + b']}' * 20000 + b'}}',
}


ITEM_READ = TypeDeserializer().deserialize(parsed_by_botocore(wire(ITEM)))


STORED_PARSED = parsed_by_botocore(wire(ITEM))['M']
