"""What models send and read comes to the same as what boto3's own four handlers make of it.

Three ways to call are compared. ``plain`` is a boto3 resource that dynamongo has never touched. The
other two share the client of ``Connection``: ``model`` sends as models do, and ``own`` is code of
the user's. Nothing reaches a network: a :class:`Line` answers where botocore would send.
"""

import base64
import contextlib
import copy
import functools
import inspect
import json
import logging
import sys
import threading
import types
import zlib
from collections.abc import Mapping
from decimal import Decimal

import boto3
import botocore.endpoint
import botocore.exceptions
import botocore.hooks
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.transform import ParameterTransformer
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.stub import Stubber
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import dynamongo
from dynamongo import DynamongoError, Field, IntField, Model, StringField, Transaction, _wire
from dynamongo._documents import Unknown
from dynamongo._wire import for_model, replies, values
from dynamongo._wire.replies import DamagedReply
from dynamongo._wire.requests import OPERATIONS
from dynamongo.connection import MAX_ATTEMPTS, Connection, _borg, _Pool
from dynamongo.exceptions import IncompleteReadError
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


# The line


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


@pytest.fixture(scope='module')
def kept():
    """What is made once for all tests, since making a client takes longer than most tests."""
    return {}


@pytest.fixture
def configured(aws_environment, monkeypatch):
    """``Connection``, set to a place where nothing listens; retries don't wait."""
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    # What retries cost in one test must not be missing in the next.
    monkeypatch.setattr('botocore.retries.quota.RetryQuota.acquire', lambda quota, amount: True)
    Connection.reset()
    Connection.set_config(CREDENTIAL, CREDENTIAL, region=REGION, endpoint_url=URL)
    yield Connection
    Connection.reset()


@pytest.fixture
def callers(kept, configured):
    """The three ways to call: ``plain``, ``model`` and ``own``."""
    if not kept:
        plain, ours = plain_resource(endpoint_url=URL), configured.resource()
        line = put_line(ours)
        callers = types.SimpleNamespace(
            plain=Caller(plain, put_line(plain), at_once),
            model=Caller(ours, line, for_model),
            own=Caller(ours, line, at_once),
        )
        kept.update(callers=callers, pool=_borg.pool)
    _borg.pool = kept['pool']
    return kept['callers']


@pytest.fixture(params=['model', 'own'])
def caller(request, callers):
    """One of the two ways to call on the client of ``Connection``."""
    return getattr(callers, request.param)


# Comparing


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


# Values

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

refused = st.sampled_from(
    [
        1.5,
        float('nan'),
        Decimal('NaN'),
        Decimal('Infinity'),
        10**38 + 1,
        Decimal('1.' + '1' * 38),
        object(),
        1j,
        range(3),
        memoryview(b'a'),
        {1, 'a'},
        {1.5},
        {None},
        {('a',)},
        {b'a', 'a'},
        {Decimal('NaN')},
    ]
)


def around(inner):
    """Return a strategy for values that hold, at any depth, one that is refused."""
    return st.recursive(
        inner,
        lambda deeper: st.one_of(
            st.builds(lambda bad, good: [good, bad], deeper, scalars),
            st.builds(lambda bad, good: {'good': good, 'bad': bad}, deeper, scalars),
            st.builds(lambda bad: (bad,), deeper),
        ),
        max_leaves=3,
    )


def exception(call, value):
    """Return the type of the exception that a call raises."""
    try:
        call(value)
    except Exception as raised:
        return type(raised)
    return None


class TestValues:
    @given(documents)
    @example(ITEM)
    def test_text_is_what_boto3_serializes(self, value):
        """A value in JSON is the value that boto3's serializer makes, its binary in base64."""
        text = values.text(value)
        assert in_order(json.loads(text)) == in_order(wire(value))
        assert text.isascii()

    @given(items)
    @example(ITEM)
    def test_text_of_an_item_is_that_of_its_values(self, item):
        expected = {name: wire(value) for name, value in item.items()}
        assert in_order(json.loads(values.item_text(item))) == in_order(expected)

    @given(documents)
    @example(ITEM)
    def test_encode_is_boto3s_serializer(self, value):
        assert as_json(values.encode(value)) == wire(value)

    @pytest.mark.parametrize('kind', [str, int, Decimal, bytes, list, dict])
    def test_subclasses_are_written_as_what_they_are(self, kind):
        """A subclass that shows itself differently, as an enum may, is left to boto3."""
        odd = type('Odd', (kind,), {})()
        assert json.loads(values.text([odd])) == wire([odd])

    @given(around(refused))
    def test_what_boto3_refuses_is_refused(self, value):
        """With the same exception, at any depth."""
        expected = exception(TypeSerializer().serialize, value)
        assert expected is not None
        assert exception(values.text, value) is expected

    @pytest.mark.parametrize(
        'text',
        [
            '1E+126',
            '1E-128',
            '1E-131',
            '1E+127',
            '-1E+300',
            '1E-166',
            '1E-200',
            '0E+300',
        ],
    )
    def test_numbers_out_of_range_are_refused(self, text):
        """As boto3 refuses them, however few digits they have."""
        number = Decimal(text)
        expected = exception(TypeSerializer().serialize, number)
        assert exception(values.text, number) is expected

    @given(documents)
    @example(ITEM)
    def test_decoding_is_what_boto3_deserializes(self, value):
        """From what botocore has parsed, and from a reply itself."""
        parsed = parsed_by_botocore(wire(value))
        expected = TypeDeserializer().deserialize(parsed)
        assert values.decode(parsed) == expected
        assert shown(values.decode(parsed)) == shown(expected)
        assert shown(values.decode(as_json(parsed))) == shown(expected)

    @given(items)
    def test_a_stored_item_shows_what_boto3_deserializes(self, item):
        """It is a mapping like the dict that boto3 gives, and keeps the form of the wire."""
        parsed = parsed_by_botocore(wire(item))['M']
        expected = {name: TypeDeserializer().deserialize(each) for name, each in parsed.items()}
        stored = values.Stored(parsed)
        assert stored == expected
        assert dict(stored) == expected
        assert list(stored) == list(expected)
        assert len(stored) == len(expected)
        assert all(name in stored for name in expected)
        assert stored.get(object()) is None
        assert stored.wire is parsed


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
damaged_wire = st.one_of(
    junk,
    st.dictionaries(st.sampled_from([*values._DECODERS, 's', 'X', '']), junk, max_size=2),
)


def valid_or_unknown(value):
    """Tell whether a value is a primitive, or says that it is none."""
    if isinstance(value, dict):
        return all(map(valid_or_unknown, value.values()))
    if isinstance(value, list):
        return all(map(valid_or_unknown, value))
    if isinstance(value, set):
        return len({type(member) for member in value}) <= 1 and all(
            type(member) in (str, Decimal, bytes) for member in value
        )
    if isinstance(value, Decimal):
        return value.is_finite()
    return type(value) in (str, bytes, bool, type(None), Unknown)


class TestDamagedValues:
    @given(damaged_wire)
    def test_damage_is_unknown_and_never_raises(self, value):
        """What comes out is a primitive, or ``Unknown`` with what came."""
        assert valid_or_unknown(values.decode(value))

    @pytest.mark.parametrize(
        'value',
        [
            None,
            'S',
            {},
            [],
            {'S': 'a', 'N': '1'},
            {'X': 'a'},
            {'s': 'a'},
            {'S': None},
            {'S': 1},
            {'N': 1},
            {'N': ''},
            {'N': 'NaN'},
            {'N': 'Infinity'},
            {'N': '1_000'},
            {'N': '1' * 39},
            {'N': '1E+9999999999999999999999'},
            {'B': 'a'},
            {'B': 'é'},
            {'B': 1},
            {'BOOL': 'true'},
            {'BOOL': 1},
            {'L': 'ab'},
            {'L': {'S': 'a'}},
            {'M': []},
            {'M': None},
            {'SS': 'ab'},
            {'SS': [1]},
            {'NS': ['x']},
            {'BS': ['a']},
            {'SS': [[]]},
        ],
        ids=json.dumps,
    )
    def test_what_is_no_value_is_unknown(self, value):
        """It keeps what came, and is written back as it came."""
        decoded = values.decode(value)
        assert type(decoded) is Unknown
        assert decoded.wire == value
        assert json.loads(values.text(decoded)) == value

    def test_damage_in_a_container_leaves_the_rest(self):
        first, second = values.decode({'L': [{'S': 'a'}, {'X': 1}]})
        assert (first, second.wire) == ('a', {'X': 1})

    @pytest.mark.parametrize(
        'depth',
        [32, 100, 2000],
    )
    def test_deep_nesting_never_raises(self, depth):
        """DynamoDB nests 32 levels; what is deeper is damage."""
        value = {'S': 'a'}
        for _ in range(depth):
            value = {'L': [value]}
        decoded = values.decode(value)
        assert type(decoded) in (list, Unknown)
        assert depth > 32 or type(decoded) is list


# Requests

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

by_request = pytest.mark.parametrize('case', REQUESTS.values(), ids=REQUESTS)


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


class TestRequests:
    @by_request
    def test_the_request_is_the_one_that_boto3_sends(self, callers, caller, case):
        """Body, URL and headers, with the length and the signature of the body that is sent."""
        target, operation, arguments = case
        callers.plain.call(target, operation, copy.deepcopy(arguments))
        caller.call(target, operation, arguments)
        (ours,), (plain,) = caller.line.requests, callers.plain.line.requests
        token = operation == 'transact_write_items' and 'ClientRequestToken' not in arguments
        assert_same_request(ours, plain, token=token)

    @by_request
    def test_botocore_accepts_the_whole_request(self, callers, case):
        """botocore validates only stand-ins on the way, so it validates the body here."""
        target, operation, arguments = case
        callers.model.call(target, operation, arguments)
        (request,) = callers.model.line.requests
        name = headers_of(request)['x-amz-target'].partition('.')[2]
        model = callers.plain.client.meta.service_model.operation_model(name)
        report = ParamValidator().validate(json.loads(request.body), model.input_shape)
        assert not report.has_errors(), report.generate_report()

    @by_request
    def test_arguments_stay_as_they_are(self, caller, case):
        """Also when they are sent again, which sends the same."""
        target, operation, arguments = case
        passed = copy.deepcopy(arguments)
        before = copy.deepcopy(arguments)
        bodies = []
        for _ in range(2):
            caller.call(target, operation, passed)
            body = body_of(caller.line.requests[0])
            if 'ClientRequestToken' not in arguments:
                body.pop('ClientRequestToken', None)
            bodies.append(body)
            assert passed == before
        assert bodies[0] == bodies[1]

    @by_request
    def test_models_pass_through_none_of_boto3s_conversions(self, callers, case, monkeypatch):
        """While a user's own calls do, and so do those of plain boto3."""
        target, operation, arguments = case
        walked = []
        walk = ParameterTransformer.transform

        def counted(*args):
            walked.append(args)
            return walk(*args)

        monkeypatch.setattr(ParameterTransformer, 'transform', counted)
        passes = {}
        for name, caller in vars(callers).items():
            walked.clear()
            caller.call(target, operation, arguments)
            passes[name] = len(walked)
        completed = headers_of(callers.model.line.requests[0])['x-amz-target'].partition('.')[2]
        assert passes == {'plain': 4, 'own': 4, 'model': 0 if completed in OPERATIONS else 1}

    @REUSED
    @given(item=items)
    def test_any_item_is_sent_as_boto3_sends_it(self, callers, item):
        for caller in (callers.plain, callers.model):
            caller.call('table', 'put_item', {'Item': item})
        (ours,), (plain,) = callers.model.line.requests, callers.plain.line.requests
        assert_same_request(ours, plain)

    def test_each_attempt_sends_the_whole_body(self, callers):
        """Signed anew; botocore makes a request again from what it was given at first."""
        case = REQUESTS['put if']
        callers.model.call(*case, reply(b'', 500), error('ThrottlingException'), reply({}))
        requests = callers.model.line.requests
        callers.plain.call(*case)
        assert len(requests) == 3
        for request in requests:
            assert body_of(request) == body_of(callers.plain.line.requests[0])
            assert_whole(request)

    def test_a_transaction_that_is_committed_again_sends_the_same(self, callers):
        """It keeps its token."""
        transaction = Transaction()
        transaction.save(Thing(id='a', n=1, any={'x': [1, {b'y'}]}))
        transaction.update((Thing, ('b', 2)), [Thing.any.set({'s'})])
        callers.model.answer(reply(b'', 500))
        with pytest.raises(dynamongo.RequestError):
            transaction.commit()
        callers.model.line.replies[:] = [reply({})]
        transaction.commit()
        bodies = [body_of(request) for request in callers.model.line.requests]
        assert len(bodies) == MAX_ATTEMPTS + 1
        assert all(body == bodies[0] for body in bodies)
        assert bodies[0]['ClientRequestToken'] == transaction.token

    def test_requests_go_where_boto3_sends_them(self, aws_environment):
        """The rules of endpoints look at the names of tables, which may say whose they are."""
        arn = 'arn:aws:dynamodb:us-east-2:123456789012:table/things'
        get = {'TableName': arn, 'Key': KEY}
        cases = [
            ('get_item', get),
            ('put_item', {'TableName': arn, 'Item': ITEM}),
            ('query', {'TableName': arn, 'KeyConditionExpression': 'id = a'}),
            ('batch_get_item', {'RequestItems': {arn: {'Keys': [KEY]}}}),
            ('batch_write_item', {'RequestItems': {arn: [{'DeleteRequest': {'Key': KEY}}]}}),
            ('transact_get_items', {'TransactItems': [{'Get': get}]}),
            ('transact_write_items', {'TransactItems': [{'Delete': get}]}),
        ]
        Connection.reset()
        Connection.set_config(CREDENTIAL, CREDENTIAL, region=REGION)
        try:
            ours, plain = Connection.resource(), plain_resource()
            ours = Caller(ours, put_line(ours), for_model)
            plain = Caller(plain, put_line(plain), at_once)
            for operation, arguments in cases:
                urls = []
                for caller in (ours, plain):
                    caller.call('client', operation, arguments)
                    urls.append(caller.line.requests[0].url)
                assert urls[0] == urls[1]
                assert urls[0].startswith('https://')
        finally:
            Connection.reset()


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

#: What answers them.
ANSWERS = {
    'BatchGetItem': {'Responses': {TABLE: []}, 'UnprocessedKeys': {}},
    'GetItem': {'Item': {'id': {'S': 'a'}, 'n': {'N': '1'}}},
    'BatchWriteItem': {'UnprocessedItems': {}},
    'Query': {'Items': [], 'Count': 0, 'ScannedCount': 0},
    'Scan': {'Items': [], 'Count': 0, 'ScannedCount': 0},
    'TransactGetItems': {'Responses': [{}, {}]},
    'UpdateItem': {'Attributes': {'id': {'S': 'a'}, 'n': {'N': '1'}}},
}


def transact():
    with Transaction() as transaction:
        transaction.save(Thing(id='a', n=1, data=b'x', any=[{1.5}, None]))
        transaction.update((Thing, ('b', 2)), [Thing.any.set({'y'})])
        transaction.delete((Thing, ('c', 3)))
        transaction.check((Thing, ('d', 4)), Thing.any == b'z')


def answer_anything(request):
    """Answer a request by its operation."""
    operation = headers_of(request)['x-amz-target'].partition('.')[2]
    return reply(ANSWERS.get(operation, {}))(request)


class TestRequestsOfModels:
    @pytest.mark.parametrize('call', MODEL_CALLS.values(), ids=MODEL_CALLS)
    def test_what_models_send_is_what_boto3_sends(self, callers, call):
        """What a model hands to boto3 becomes the body that plain boto3 makes of it."""
        native = []

        def watch(params, model, **kwargs):
            native.append((model.name, copy.deepcopy(params)))

        events = callers.model.client.meta.events
        events.register_first('before-parameter-build.dynamodb', watch)
        callers.model.answer(answer_anything)
        try:
            call()
        finally:
            events.unregister('before-parameter-build.dynamodb', watch)
        requests = list(callers.model.line.requests)
        assert len(native) == len(requests) > 0
        callers.plain.answer(answer_anything)
        for operation, params in native:
            callers.plain.client._make_api_call(operation, params)
        pairs = zip(
            sorted(requests, key=lambda each: json.dumps(body_of(each), sort_keys=True)),
            sorted(
                callers.plain.line.requests,
                key=lambda each: json.dumps(body_of(each), sort_keys=True),
            ),
        )
        for ours, plain in pairs:
            assert_same_request(ours, plain)

    def test_every_operation_of_models_is_covered(self, callers):
        """What can be completed is compared with boto3 here."""
        methods = callers.plain.client.meta.method_to_api_mapping
        compared = {methods[operation] for _, operation, _ in REQUESTS.values()}
        assert set(OPERATIONS) <= compared


# Replies

STORED = wire(ITEM)['M']
START = {'id': {'B': 'AP8='}, 'n': {'N': '1'}}
CAPACITY = {
    'TableName': TABLE,
    'CapacityUnits': 1.5,
    'Table': {'CapacityUnits': 0.5},
    'GlobalSecondaryIndexes': {'by-n': {'CapacityUnits': 1.0}},
}
COLLECTION = {'ItemCollectionKey': {'id': {'B': 'AP8='}}, 'SizeEstimateRangeGB': [0.0, 1.5]}
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

#: Replies that tell of collections of items, by the request.
COLLECTIONS = {
    'put if': {'Attributes': STORED, 'ItemCollectionMetrics': COLLECTION},
    'update': {'ItemCollectionMetrics': COLLECTION},
    'delete if': {'ItemCollectionMetrics': COLLECTION},
    'write many': {'ItemCollectionMetrics': {TABLE: [COLLECTION, COLLECTION]}},
    'transaction': {'ItemCollectionMetrics': {TABLE: [COLLECTION]}},
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

ERROR_BODIES = {
    'HTML': b'<html>no</html>',
    'nothing': b'',
    'half': b'{"__type": "x#Validation',
    'a list': b'[]',
    'no type': b'{}',
    'Message': b'{"__type": "ValidationException", "Message": "why"}',
    'an item': b'{"__type": "x#SomeException", "Item": {"id": {"S": "a"}}}',
    'attributes': b'{"__type": "x#SomeException", "Attributes": {"id": {"B": "AP8="}}}',
}


class TestReplies:
    @pytest.mark.parametrize('case', REPLIES.values(), ids=REPLIES)
    def test_the_reply_is_the_one_that_boto3_gives(self, callers, caller, case):
        """All of it: items, counts, positions, what is left to do, capacity and metadata."""
        name, document = case
        expected = callers.plain.outcome(*REQUESTS[name], reply(document))
        assert expected[0] == 'returned'
        metadata = expected[1]['ResponseMetadata']
        assert metadata['RequestId'] == ('str', 'REQUEST')
        assert metadata['RetryAttempts'] == ('int', '0')
        assert caller.outcome(*REQUESTS[name], reply(document)) == expected

    @pytest.mark.parametrize('name', COLLECTIONS)
    def test_metrics_of_collections_are_those_that_boto3_gives(self, callers, caller, name):
        """The key of a collection included."""
        document = reply(COLLECTIONS[name])
        expected = callers.plain.outcome(*REQUESTS[name], document)
        assert expected[0] == 'returned'
        assert caller.outcome(*REQUESTS[name], document) == expected

    @REUSED
    @given(item=items)
    def test_any_item_is_read_as_boto3_reads_it(self, callers, item):
        document = reply({'Item': wire(item)['M']})
        expected = callers.plain.outcome(*REQUESTS['get'], document)
        assert callers.model.outcome(*REQUESTS['get'], document) == expected
        assert callers.own.outcome(*REQUESTS['get'], document) == expected

    def test_models_read_the_form_of_the_wire(self, callers):
        """Which is that of the reply, unless botocore has parsed it."""
        item = callers.model.call(*REQUESTS['get'], reply({'Item': STORED}))['Item']
        assert type(item) is values.Stored
        assert as_json(item.wire) == STORED
        assert (item.wire == STORED) is OFFERS_REPLIES

    @pytest.mark.parametrize('failure', ['500', '503', 'HTML', 'throttled', 'checksum', 'lost'])
    @pytest.mark.parametrize('times', [1, MAX_ATTEMPTS - 1])
    def test_failures_are_retried_and_counted(self, callers, caller, failure, times):
        def lost(request):
            raise botocore.exceptions.ConnectionClosedError(endpoint_url=URL)

        failed = {
            '500': error('InternalServerError', status=500),
            '503': reply(b'', 503),
            'HTML': reply(b'<html>no</html>', 502),
            'throttled': error('ProvisionedThroughputExceededException'),
            'checksum': reply({'Item': {}}, crc=1),
            'lost': lost,
        }[failure]
        for each in (callers.plain, caller):
            answers = [*[failed] * times, reply({'Item': STORED})]
            got = each.call(*REQUESTS['get'], *answers)
            assert got['ResponseMetadata']['RetryAttempts'] == times
            assert len(each.line.requests) == times + 1
            assert shown(got['Item']) == shown(ITEM_READ)

    def test_a_reply_that_stays_damaged_is_refused(self, callers):
        """botocore tries again, and then takes the last one as it is."""
        damaged = reply({'Item': STORED}, crc=1)
        assert callers.plain.outcome(*REQUESTS['get'], damaged)[0] == 'returned'
        with pytest.raises(DamagedReply, match='checksum'):
            callers.model.call(*REQUESTS['get'], damaged)
        assert len(callers.model.line.requests) == MAX_ATTEMPTS
        with pytest.raises(IncompleteReadError):
            Thing.get_one(('a', 1))

    @pytest.mark.parametrize('body', ODD_BODIES.values(), ids=ODD_BODIES)
    @pytest.mark.parametrize('name', ['get', 'query', 'get many', 'read a transaction', 'update'])
    def test_odd_bodies_are_read_as_by_boto3_or_refused(self, callers, name, body):
        """Where botocore takes a reply for empty, or breaks on it, a model learns of the damage."""
        expected = callers.plain.outcome(*REQUESTS[name], reply(body))
        got = callers.model.outcome(*REQUESTS[name], reply(body))
        if got != expected:
            assert got == ('raised', 'DamagedReply')
        elif got[0] == 'returned':
            assert body.startswith(b'{')

    @REUSED
    @given(document=junk, member=st.sampled_from(['Item', 'Items', 'Responses', 'Count', 'X']))
    def test_junk_is_an_error_of_dynamongos_or_read(self, callers, document, member):
        """Never an error of botocore's, boto3's or Python's."""
        for body in (document, {member: document}, {member: [document]}, {member: {'a': document}}):
            callers.model.answer(reply(body))
            for call in (
                lambda: Thing.get_one(('a', 1)),
                lambda: list(Thing.get_many(Thing.id == 'a')),
                lambda: list(Thing.get_many([('a', 1)])),
                lambda: Transaction.get([(Thing, ('a', 1))]),
            ):
                with contextlib.suppress(DynamongoError):
                    call()

    @pytest.mark.parametrize(
        ('call', 'document'),
        [
            pytest.param(call, document, id=f'{call} {document}')
            for call, document in [
                ('query', {'Items': [None], 'Count': 1}),
                ('scan', {'Items': [None], 'Count': 1}),
                ('scan', {'Items': [{}], 'Count': 1}),
                ('get many', {'Responses': {TABLE: [{}]}}),
                ('get many', {'Responses': {TABLE: [None]}}),
                ('count', {'Count': 'x'}),
                ('read a transaction', {'Responses': {TABLE: [{}], OTHER_TABLE: [{}]}}),
                ('read a transaction', {'Responses': [{'Item': None}, {}]}),
                ('read a transaction', {'Responses': [{'Item': []}, {}]}),
            ]
        ],
    )
    def test_damaged_items_are_errors_of_dynamongos(self, callers, call, document):
        """Not of Python's own."""
        if document == {'Responses': [{'Item': None}, {}]} and not OFFERS_REPLIES:
            pytest.skip('this botocore drops null, so nobody learns of it')
        callers.model.answer(reply(document))
        with pytest.raises(DynamongoError):
            MODEL_CALLS[call]()

    @pytest.mark.parametrize('document', [{'NewMember': {'a': 1}}, {'ConsumedCapacity': None}])
    def test_a_write_that_is_answered_with_something_new_is_done(self, callers, document):
        """DynamoDB may come to say more than this botocore knows."""
        callers.model.answer(reply(document))
        Thing.save_one({'id': 'a', 'n': 1})

    @pytest.mark.parametrize('name', ['get', 'query', 'put if', 'write many', 'transaction'])
    @pytest.mark.parametrize('status', [400, 404, 413, 500])
    @pytest.mark.parametrize('body', ERROR_BODIES.values(), ids=ERROR_BODIES)
    def test_errors_without_sense_are_those_of_boto3(self, callers, name, status, body):
        for answer in (reply(body, status), reply(body, status, crc='')):
            expected = callers.plain.outcome(*REQUESTS[name], answer)
            assert expected[0] == 'raised'
            assert callers.model.outcome(*REQUESTS[name], answer) == expected
            assert len(callers.model.line.requests) == len(callers.plain.line.requests)


ITEM_READ = TypeDeserializer().deserialize(parsed_by_botocore(wire(ITEM)))


def sample(shape, depth=0):
    """Return a value of a shape of botocore's, as a reply has it."""
    if shape.name == 'AttributeValue':
        return {'L': [{'B': 'AP8='}, {'N': '1.50'}, {'NULL': True}]}
    if shape.type_name == 'structure':
        return {name: sample(member, depth + 1) for name, member in shape.members.items()}
    if shape.type_name == 'list':
        return [sample(shape.member, depth + 1)]
    if shape.type_name == 'map':
        return {'é': sample(shape.value, depth + 1)}
    return {'string': 'é "why"', 'timestamp': 1.5}.get(shape.type_name, 1)


def error_codes():
    """Return the codes of all errors in botocore's model of DynamoDB."""
    model = boto3.Session()._session.get_service_model('dynamodb')
    return sorted(shape.name for shape in model.error_shapes)


class TestErrors:
    @pytest.mark.parametrize('code', error_codes())
    def test_each_error_is_the_one_that_boto3_raises(self, callers, caller, code):
        """Class, code, message, and all that it has besides, such as the item and the reasons."""
        shape = callers.plain.client.meta.service_model.shape_for_error_code(code)
        answer = error(code, **{**sample(shape), 'message': 'é "why"'})
        for name in ('put if', 'query', 'write many', 'transaction'):
            expected = callers.plain.outcome(*REQUESTS[name], answer)
            assert expected[:2] == ('raised', code)
            assert caller.outcome(*REQUESTS[name], answer) == expected
            assert len(caller.line.requests) == len(callers.plain.line.requests)

    @pytest.mark.parametrize(
        'code',
        [
            'ValidationException',
            'SerializationException',
            'AccessDeniedException',
            'ExpiredTokenException',
            'UnrecognizedClientException',
            'ThrottlingException',
            'NoveltyException',
        ],
    )
    def test_errors_that_botocore_has_no_model_of(self, callers, caller, code):
        expected = callers.plain.outcome(*REQUESTS['update'], error(code, Item=STORED))
        assert expected[1] in ('ClientError', code)
        assert caller.outcome(*REQUESTS['update'], error(code, Item=STORED)) == expected

    def test_a_failed_condition_tells_the_item(self, callers, caller):
        answer = error('ConditionalCheckFailedException', Item=STORED)
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            caller.call(*REQUESTS['put if'], answer)
        assert as_json(raised.value.response['Item']) == STORED

    def test_a_cancelled_transaction_tells_the_items(self, callers, caller):
        reasons = [{'Code': 'None'}, {'Code': 'ConditionalCheckFailed', 'Item': STORED}]
        answer = error('TransactionCanceledException', CancellationReasons=reasons)
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            caller.call(*REQUESTS['transaction'], answer)
        assert as_json(raised.value.response['CancellationReasons']) == reasons


# Paginators, waiters, and what else a client does

PAGES = [
    {'Items': [STORED], 'Count': 1, 'ScannedCount': 2, 'LastEvaluatedKey': START},
    {'Items': [], 'Count': 0, 'ScannedCount': 2, 'LastEvaluatedKey': {'id': {'S': 'é'}}},
    {'Items': [STORED, STORED], 'Count': 2, 'ScannedCount': 2},
]


class TestClient:
    @pytest.mark.parametrize('operation', ['query', 'scan'])
    @pytest.mark.parametrize('config', [{}, {'PageSize': 2}, {'MaxItems': 3}])
    def test_paginators_give_the_pages_that_boto3_gives(self, callers, caller, operation, config):
        """And send the position of each page as it came.

        Only botocore's own lists can be joined to a full result.
        """
        arguments = {'TableName': TABLE, 'PaginationConfig': config}
        seen = []
        for each in (callers.plain, caller):
            paginator = each.client.get_paginator(operation)
            paginate = functools.partial(paginator.paginate, **arguments)
            each.answer(*map(reply, PAGES))
            pages = each.send(lambda paginate=paginate: list(paginate()))
            bodies = list(map(body_of, each.line.requests))
            each.answer(*map(reply, PAGES))
            whole = None
            if caller is not callers.model:
                whole = each.send(lambda paginate=paginate: paginate().build_full_result())
            seen.append((shown(pages), bodies, shown(whole)))
        assert seen[0] == seen[1]
        assert [body.get('ExclusiveStartKey') for body in bodies] == [
            None,
            START,
            {'id': {'S': 'é'}},
        ]

    def test_other_paginators_are_left_alone(self, callers, caller):
        answers = [
            reply({'TableNames': ['first'], 'LastEvaluatedTableName': 'first'}),
            reply({'TableNames': ['second']}),
        ]
        caller.answer(*answers)
        paginator = caller.client.get_paginator('list_tables')
        pages = caller.send(lambda: list(paginator.paginate()))
        assert [page['TableNames'] for page in pages] == [['first'], ['second']]

    def test_waiters_wait_until_it_is_so(self, callers, caller):
        missing = error('ResourceNotFoundException')
        caller.answer(
            missing,
            reply({'Table': {'TableStatus': 'CREATING'}}),
            reply({'Table': {'TableStatus': 'ACTIVE'}}),
        )
        caller.send(lambda: caller.client.get_waiter('table_exists').wait(TableName=TABLE))
        assert len(caller.line.requests) == 3
        caller.answer(reply({'Table': {'TableStatus': 'DELETING'}}), missing)
        caller.send(lambda: caller.client.get_waiter('table_not_exists').wait(TableName=TABLE))
        assert len(caller.line.requests) == 2

    @pytest.mark.parametrize(
        ('operation', 'arguments', 'document'),
        [
            ('describe_table', {'TableName': TABLE}, {'Table': {'CreationDateTime': 1.5e9}}),
            ('list_tables', {}, {'TableNames': []}),
            ('describe_limits', {}, {'AccountMaxReadCapacityUnits': 80000}),
            ('list_tags_of_resource', {'ResourceArn': 'a'}, {'Tags': []}),
            (
                'execute_statement',
                {'Statement': 'SELECT', 'Parameters': ['a', 1, b'x']},
                {'Items': [STORED], 'LastEvaluatedKey': START},
            ),
            (
                'batch_execute_statement',
                {'Statements': [{'Statement': 'SELECT', 'Parameters': [{'x': 1}]}]},
                {'Responses': [{'Item': STORED, 'TableName': TABLE}, {'Error': {'Item': STORED}}]},
            ),
            (
                'execute_transaction',
                {
                    'TransactStatements': [{'Statement': 'SELECT', 'Parameters': [None]}],
                    'ClientRequestToken': 'token',
                },
                {'Responses': [{'Item': STORED}, {}]},
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else '',
    )
    def test_other_operations_are_as_in_boto3(self, callers, operation, arguments, document):
        """Those that models don't send: a user's code may."""
        case = ('client', operation, arguments)
        expected = callers.plain.outcome(*case, reply(document))
        assert expected[0] == 'returned'
        assert callers.own.outcome(*case, reply(document)) == expected
        assert_same_request(callers.own.line.requests[0], callers.plain.line.requests[0])

    @pytest.mark.parametrize('operation', ['tag_resource', 'untag_resource'])
    @pytest.mark.parametrize('body', [b'', b'{}'])
    def test_operations_without_a_reply_succeed(self, callers, operation, body):
        """DynamoDB answers them with an empty body."""
        more = {'Tags': []} if operation == 'tag_resource' else {'TagKeys': []}
        case = ('client', operation, {'ResourceArn': 'arn:aws:dynamodb', **more})
        expected = callers.plain.outcome(*case, reply(body))
        assert expected[0] == 'returned'
        assert callers.own.outcome(*case, reply(body)) == expected

    @pytest.mark.parametrize('name', REQUESTS)
    def test_presigned_urls_can_be_made(self, callers, name):
        """A request that is signed but not sent is made as by boto3."""
        target, operation, arguments = REQUESTS[name]
        if target == 'table':
            arguments = {'TableName': TABLE, **arguments}
        urls = [
            caller.client.generate_presigned_url(operation, Params=arguments).partition('?')[0]
            for caller in (callers.plain, callers.own)
        ]
        assert urls[0] == urls[1]

    def test_handlers_of_a_user_see_a_request_whole(self, callers):
        """Python values before the parameters are built, the whole body before it is sent."""
        seen = {}
        events = callers.model.client.meta.events

        def native(params, **kwargs):
            seen['native'] = copy.deepcopy(params)

        def sent(request, **kwargs):
            seen['sent'] = json.loads(request.body)

        events.register_first('before-parameter-build.dynamodb.PutItem', native)
        events.register_first('before-send.dynamodb.PutItem', sent)
        try:
            callers.model.call('table', 'put_item', {'Item': ITEM})
        finally:
            events.unregister('before-parameter-build.dynamodb.PutItem', native)
            events.unregister('before-send.dynamodb.PutItem', sent)
        assert seen['native'] == {'TableName': TABLE, 'Item': ITEM}
        assert in_order(seen['sent']['Item']) == in_order(STORED)

    def test_what_a_handler_of_a_user_adds_is_sent(self, callers, caller):
        """Such as a request for capacity with each call, wherever it stands among the handlers."""
        events = caller.client.meta.events

        def add(params, **kwargs):
            params['ReturnConsumedCapacity'] = 'TOTAL'

        for register in (events.register_first, events.register, events.register_last):
            register('before-parameter-build.dynamodb.PutItem', add)
            try:
                caller.call('table', 'put_item', {'Item': {'id': 'a'}})
            finally:
                events.unregister('before-parameter-build.dynamodb.PutItem', add)
            assert body_of(caller.line.requests[0]) == {
                'TableName': TABLE,
                'Item': {'id': {'S': 'a'}},
                'ReturnConsumedCapacity': 'TOTAL',
            }


# Stubber


@pytest.fixture
def stubber(callers):
    """A stubber on the client of ``Connection``; all that is put into it must be used."""
    with Stubber(callers.model.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


#: What a model calls, the operation, what Stubber sees, the response, and what comes of it.
STUBBED = {
    'get': (
        lambda: Thing.get_one(('a', 1)).any,
        'get_item',
        {'TableName': TABLE, 'Key': {'id': 'a', 'n': 1}},
        {'Item': {'id': {'S': 'a'}, 'n': {'N': '1'}, 'any': {'L': [{'B': b'x'}, {'BS': [b'y']}]}}},
        [b'x', {b'y'}],
    ),
    'put': (
        lambda: Thing.save_one({'id': 'a', 'n': 1, 'any': [b'x', {2}]}).id,
        'put_item',
        {'TableName': TABLE, 'Item': {'id': 'a', 'n': 1, 'any': [b'x', {2}]}},
        {},
        'a',
    ),
    'query': (
        lambda: [thing.n for thing in Thing.get_many(Thing.id == 'a')],
        'query',
        {
            'TableName': TABLE,
            'KeyConditionExpression': '#n0 = :v0',
            'ExpressionAttributeNames': {'#n0': 'id'},
            'ExpressionAttributeValues': {':v0': 'a'},
            'ScanIndexForward': True,
        },
        {'Items': [{'id': {'S': 'a'}, 'n': {'N': str(n)}} for n in (1, 2)], 'Count': 2},
        [1, 2],
    ),
    'get many': (
        lambda: [thing.n for thing in Thing.get_many([('a', 1), ('a', 2)])],
        'batch_get_item',
        {'RequestItems': {TABLE: {'Keys': [{'id': 'a', 'n': 1}, {'id': 'a', 'n': 2}]}}},
        {'Responses': {TABLE: [{'id': {'S': 'a'}, 'n': {'N': '1'}}]}, 'UnprocessedKeys': {}},
        [1],
    ),
    'save many': (
        lambda: Thing.save_many([{'id': 'a', 'n': 1, 'data': b'x'}]).success_count,
        'batch_write_item',
        {'RequestItems': {TABLE: [{'PutRequest': {'Item': {'id': 'a', 'n': 1, 'data': b'x'}}}]}},
        {'UnprocessedItems': {}},
        1,
    ),
    'read a transaction': (
        lambda: Transaction.get([(Thing, ('a', 1))])[0].data,
        'transact_get_items',
        {'TransactItems': [{'Get': {'TableName': TABLE, 'Key': {'id': 'a', 'n': 1}}}]},
        {'Responses': [{'Item': {'id': {'S': 'a'}, 'n': {'N': '1'}, 'data': {'B': b'x'}}}]},
        b'x',
    ),
    'transaction': (
        lambda: commit_one(),
        'transact_write_items',
        {
            'TransactItems': [{'Put': {'TableName': TABLE, 'Item': {'id': 'a', 'n': 1}}}],
            'ClientRequestToken': 'token',
        },
        {},
        None,
    ),
}


def commit_one():
    with Transaction('token') as transaction:
        transaction.save(Thing(id='a', n=1))


class TestStubber:
    @pytest.mark.parametrize('case', STUBBED.values(), ids=STUBBED)
    def test_stubber_sees_python_values_and_answers(self, stubber, case):
        call, operation, expected, response, result = copy.deepcopy(case)
        stubber.add_response(operation, response, expected)
        assert call() == result

    @pytest.mark.parametrize('case', STUBBED.values(), ids=STUBBED)
    def test_stubber_refuses_what_it_does_not_expect(self, stubber, case):
        """Other values, arguments and operations."""
        call, operation, expected, response, _ = copy.deepcopy(case)
        for unexpected in ({**expected, 'Extra': 1}, {**expected, next(iter(expected)): 'other'}):
            stubber.add_response(operation, response, unexpected)
            with pytest.raises(Exception, match='Expected parameters'):
                raise_of(call())
            stubber._queue.clear()
        stubber.add_response('describe_table', {}, {})
        with pytest.raises(Exception, match='Operation mismatch'):
            raise_of(call())
        stubber._queue.clear()

    @pytest.mark.parametrize('case', STUBBED.values(), ids=STUBBED)
    def test_stubber_answers_with_errors(self, stubber, case):
        call, operation, expected, _, _ = case
        stubber.add_client_error(
            operation, 'ResourceNotFoundException', 'why', expected_params=expected
        )
        with pytest.raises(dynamongo.TableNotFoundError):
            raise_of(call())

    def test_stubber_answers_with_what_an_error_holds(self, stubber):
        stubber.add_client_error(
            'put_item',
            'ConditionalCheckFailedException',
            modeled_fields={'Item': {'id': {'S': 'a'}, 'n': {'N': '1'}, 'data': {'B': b'x'}}},
        )
        with pytest.raises(dynamongo.ConditionalCheckFailedException) as raised:
            Thing.save_one({'id': 'a', 'n': 1}, overwrite=False)
        assert raised.value.item.data == b'x'

    def test_stubber_serves_a_users_own_calls(self, callers, stubber):
        condition = Key('id').eq('a') & Key('n').gt(1)
        expected = {'TableName': TABLE, 'KeyConditionExpression': condition}
        stubber.add_response(
            'query', {'Items': [copy.deepcopy(STORED_PARSED)], 'Count': 1}, expected
        )
        got = callers.own.targets['table'].query(KeyConditionExpression=condition)
        assert got['Items'] == [ITEM_READ]


STORED_PARSED = parsed_by_botocore(wire(ITEM))['M']


def raise_of(result):
    """Raise the error that a result of many tells of."""
    for failure in getattr(result, 'fail', ()):
        raise failure.error


# A user's own calls

CONDITIONS = {
    'get': ('get_item', {'Key': KEY}, {'Item': STORED}),
    'put': (
        'put_item',
        {'Item': ITEM, 'ConditionExpression': Attr('a').not_exists() | Attr('b').eq({b'x'})},
        {},
    ),
    'put with names': (
        'put_item',
        {
            'Item': ITEM,
            'ConditionExpression': Attr('a').size().gt(1),
            'ExpressionAttributeNames': {'#a': 'a'},
            'ExpressionAttributeValues': {':a': Decimal('1.50')},
        },
        {},
    ),
    'delete': (
        'delete_item',
        {'Key': KEY, 'ConditionExpression': Attr('a.b[1]').contains(b'x')},
        {'Attributes': STORED},
    ),
    'query': (
        'query',
        {
            'KeyConditionExpression': Key('id').eq('a') & Key('n').between(-(10**37), 10**38 - 1),
            'FilterExpression': ~Attr('data').begins_with(b'x') & Attr('a').is_in([1, 'a', None]),
            'ExclusiveStartKey': BINARY_KEY,
        },
        {'Items': [STORED], 'Count': 1, 'ScannedCount': 1, 'LastEvaluatedKey': START},
    ),
    'scan': (
        'scan',
        {'FilterExpression': Attr('a').attribute_type('S')},
        {'Items': [STORED, STORED], 'Count': 2, 'ScannedCount': 2},
    ),
    'legacy': (
        'query',
        {
            'KeyConditions': {
                'id': {'AttributeValueList': ['a'], 'ComparisonOperator': 'EQ'},
            },
            'QueryFilter': {'n': {'AttributeValueList': [1], 'ComparisonOperator': 'GT'}},
        },
        {'Items': [STORED], 'Count': 1},
    ),
    'legacy update': (
        'update_item',
        {
            'Key': KEY,
            'AttributeUpdates': {'a': {'Value': {b'x'}, 'Action': 'PUT'}},
            'Expected': {'b': {'Value': 1}},
        },
        {'Attributes': STORED},
    ),
}


class TestOwnCalls:
    @pytest.mark.parametrize('case', CONDITIONS.values(), ids=CONDITIONS)
    def test_a_users_own_calls_are_those_of_boto3(self, callers, case):
        """Conditions, values and types, with boto3's own class for binary."""
        operation, arguments, document = case
        before = copy.deepcopy({k: v for k, v in arguments.items() if not k.endswith('Expression')})
        results = [
            caller.call('table', operation, arguments, reply(document))
            for caller in (callers.plain, callers.own)
        ]
        assert results[0] == results[1]
        assert repr_in_order(results[0]) == repr_in_order(results[1])
        assert_same_request(callers.own.line.requests[0], callers.plain.line.requests[0])
        assert before == {k: arguments[k] for k in before}

    def test_binary_is_boto3s_class(self, callers):
        item = callers.own.call('table', 'get_item', {'Key': KEY}, reply({'Item': STORED}))['Item']
        assert type(item) is dict
        assert type(item['bytes']) is Binary
        assert {type(member) for member in item['binaries']} == {Binary}

    def test_boto3s_batch_writer_works(self, callers):
        left = {TABLE: [{'PutRequest': {'Item': {'id': {'B': 'AP8='}, 'n': {'N': '1'}}}}]}
        bodies = []
        for caller in (callers.plain, callers.own):
            caller.answer(reply({'UnprocessedItems': left}), reply({'UnprocessedItems': {}}))
            with caller.targets['table'].batch_writer() as batch:
                batch.put_item(Item=ITEM)
                batch.delete_item(Key=BINARY_KEY)
            bodies.append(list(map(body_of, caller.line.requests)))
        assert bodies[0] == bodies[1]
        assert len(bodies[1]) == 2
        assert bodies[1][1]['RequestItems'] == left

    @pytest.mark.parametrize(
        'arguments',
        [{}, {'Key': {'id': 1.5}}, {'Key': {}, 'X': 1}, {'Key': 'a'}, {'Key': {'id': object()}}],
        ids=['no key', 'a float', 'too many', 'no dict', 'an object'],
    )
    def test_wrong_arguments_are_refused_as_by_boto3(self, callers, arguments):
        case = ('table', 'get_item', arguments)
        expected = callers.plain.outcome(*case)
        assert expected[0] == 'raised'
        assert callers.own.outcome(*case) == expected

    def test_a_call_within_a_call_of_a_model_is_a_models_only_inside(self, callers):
        """The mark of a model's request ends with it, also where it fails."""
        for answer in (reply({'Item': STORED}), error('ValidationException')):
            with contextlib.suppress(botocore.exceptions.ClientError):
                callers.model.call('table', 'get_item', {'Key': KEY}, answer)
            got = callers.own.call('table', 'get_item', {'Key': KEY}, reply({'Item': STORED}))
            assert type(got['Item']) is dict

    def test_a_call_of_a_handler_within_a_call_of_a_model_is_the_programs(self, callers):
        """Its conditions and its values are boto3's, and the model's reply is the model's."""
        got = []

        def look(**kwargs):
            if not got:
                got.append(None)
                table = Connection.resource().Table(TABLE)
                got[0] = table.query(KeyConditionExpression=Key('id').eq('a'))

        def answer(request):
            operation = headers_of(request)['x-amz-target'].partition('.')[2]
            members = {'Items': [STORED], 'Count': 1} if operation == 'Query' else {'Item': STORED}
            return reply(members)(request)

        Connection.resource().meta.client.meta.events.register('before-call.dynamodb', look)
        found = callers.model.call('table', 'get_item', {'Key': KEY}, answer)
        assert type(got[0]['Items'][0]) is dict
        assert got[0]['Items'] == [dict(found['Item'])]
        assert type(found['Item']) is values.Stored

    def test_threads_send_and_read_their_own(self, callers):
        """Models in seven threads, and a user's conditions in another, on one client.

        One, since boto3 mixes up the conditions of several threads.
        """
        rounds = 40
        sent = {}
        wrong = []
        interval = sys.getswitchinterval()

        def answer(request):
            body = json.loads(request.body)
            sent.setdefault(threading.current_thread().name, []).append(body)
            operation = headers_of(request)['x-amz-target'].partition('.')[2]
            if operation == 'GetItem':
                return reply({'Item': body['Key']})(request)
            if operation == 'Query':
                values = body['ExpressionAttributeValues']
                return reply({'Items': [{'id': values[':v0']}], 'Count': 1})(request)
            return reply({})(request)

        def work(number, query, send):
            table = Connection.resource().Table(TABLE)
            for turn in range(rounds):
                mine = {'id': f'{number}', 'n': turn}
                data = str(number).encode()
                send(functools.partial(table.put_item, Item={**mine, 'data': data}))
                got = send(functools.partial(table.get_item, Key=mine))['Item']
                items = send(functools.partial(table.query, **query(mine)))['Items']
                if dict(got) != mine or [dict(item) for item in items] != [{'id': mine['id']}]:
                    wrong.append((number, got, items))

        def rendered(mine):
            return {
                'KeyConditionExpression': '(#n0 = :v0 AND #n1 = :v1)',
                'ExpressionAttributeNames': {'#n0': 'id', '#n1': 'n'},
                'ExpressionAttributeValues': {':v0': mine['id'], ':v1': mine['n']},
            }

        def conditions(mine):
            return {'KeyConditionExpression': Key('id').eq(mine['id']) & Key('n').eq(mine['n'])}

        callers.model.answer(answer)
        threads = [
            threading.Thread(
                target=work,
                args=(number, rendered, for_model) if number else (number, conditions, at_once),
                name=str(number),
            )
            for number in range(8)
        ]
        try:
            sys.setswitchinterval(1e-5)
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert wrong == []
        assert sent.keys() == set(map(str, range(8)))
        for name, bodies in sent.items():
            expected = []
            for turn in range(rounds):
                key = {'id': {'S': name}, 'n': {'N': str(turn)}}
                item = {**key, 'data': {'B': base64.b64encode(name.encode()).decode()}}
                expected += [
                    {'TableName': TABLE, 'Item': item},
                    {'TableName': TABLE, 'Key': key},
                    {
                        'TableName': TABLE,
                        'KeyConditionExpression': '(#n0 = :v0 AND #n1 = :v1)',
                        'ExpressionAttributeNames': {'#n0': 'id', '#n1': 'n'},
                        'ExpressionAttributeValues': {':v0': key['id'], ':v1': key['n']},
                    },
                ]
            assert bodies == expected


def repr_in_order(value):
    """Return the ``repr`` of a value, its sets in order."""
    if isinstance(value, dict):
        return {name: repr_in_order(member) for name, member in value.items()}
    if isinstance(value, list):
        return list(map(repr_in_order, value))
    return sorted(map(repr, value)) if isinstance(value, set) else repr(value)


# Where boto3 or botocore do the work


def unregister_replies(patch):
    Connection.resource().meta.client.meta.events.unregister(
        'before-parse.dynamodb', unique_id='dynamongo-items'
    )


def other_handlers(patch):
    patch.setattr(_wire, '_handlers_of_boto3', lambda: frozenset({('a', 'b')}))


def other_protocol(patch):
    patch.setattr(_wire, 'can_complete', lambda *args, **kwargs: False)


#: What isn't there, and what of the work is then left to boto3.
WITHOUT = {
    'before-parse': unregister_replies,
    "boto3's handlers": other_handlers,
    'JSON': other_protocol,
}


@pytest.fixture(params=WITHOUT.values(), ids=WITHOUT)
def without(request, callers, configured, monkeypatch):
    """``Connection`` where something is missing that the wire is made with."""
    _borg.pool = _Pool()
    request.param(monkeypatch)
    resource = configured.resource()
    return Caller(resource, put_line(resource), for_model)


class TestFallback:
    def test_requests_and_replies_are_the_same(self, callers, configured, without):
        """Whatever is left to boto3 and to botocore."""
        for target, operation, arguments in REQUESTS.values():
            if 'ClientRequestToken' not in arguments and operation == 'transact_write_items':
                continue
            arguments = copy.deepcopy(arguments)
            callers.plain.call(target, operation, arguments)
            without.call(target, operation, arguments)
            assert_same_request(without.line.requests[0], callers.plain.line.requests[0])
        for name, document in REPLIES.values():
            expected = callers.plain.outcome(*REQUESTS[name], reply(document))
            assert without.outcome(*REQUESTS[name], reply(document)) == expected

    def test_models_work(self, without):
        """They write, read, query and page, in batches and transactions."""
        stored = wire({'id': 'a', 'n': 1, 'data': b'\x00\xff', 'any': [1, {b'x'}, {'y': None}]})
        other = wire({'id': 'a', 'n': 2})
        thing = {'id': 'a', 'n': 1, 'data': b'\x00\xff', 'any': [1, {b'x'}, {'y': None}]}

        def items(*each):
            return {'Items': [one['M'] for one in each], 'Count': len(each)}

        page = {**items(stored), 'LastEvaluatedKey': {'id': {'S': 'a'}, 'n': {'N': '1'}}}
        left = {TABLE: [{'PutRequest': {'Item': stored['M']}}]}

        without.answer(reply({}))
        Thing.save_one(thing)
        assert body_of(without.line.requests[0])['Item'] == stored['M']
        without.answer(reply({'Item': stored['M']}))
        assert Thing.get_one(('a', 1)).to_dict() == thing
        without.answer(reply(page), reply(items(other)))
        assert [each.n for each in Thing.get_many(Thing.id == 'a')] == [1, 2]
        position = body_of(without.line.requests[1])['ExclusiveStartKey']
        assert position == page['LastEvaluatedKey']
        without.answer(reply({'Responses': {TABLE: [other['M'], stored['M']]}}))
        found = list(Thing.get_many([('a', 1), ('a', 2)]))
        assert sorted(each.n for each in found) == [1, 2]
        without.answer(reply({'UnprocessedItems': left}), reply({'UnprocessedItems': {}}))
        assert Thing.save_many([thing, {'id': 'a', 'n': 2}]).success_count == 2
        assert body_of(without.line.requests[1])['RequestItems'] == left
        without.answer(reply({'Attributes': stored['M']}))
        assert Thing.update_one(('a', 1), [Thing.any.set({b'x'})]).to_dict() == thing
        sent = body_of(without.line.requests[0])['ExpressionAttributeValues']
        assert {'BS': ['eA==']} in sent.values()
        without.answer(reply({'Responses': [{'Item': stored['M']}, {}]}))
        first, second = Transaction.get([(Thing, ('a', 1)), (Thing, ('a', 2))])
        assert (first.to_dict(), second) == (thing, None)
        without.answer(reply({}))
        transact()
        assert len(body_of(without.line.requests[0])['TransactItems']) == 4
        without.answer(error('ConditionalCheckFailedException', Item=stored['M']))
        with pytest.raises(dynamongo.ConditionalCheckFailedException) as raised:
            Thing.save_one(thing, overwrite=False)
        assert raised.value.item.to_dict() == thing

    def test_what_botocore_decodes_is_counted_and_said_once(self, configured, monkeypatch, caplog):
        """Replies without items, errors, and answers of Stubber say nothing."""
        caplog.set_level(logging.INFO, 'dynamongo')
        monkeypatch.setattr(replies, 'decoded_by_botocore', 0)
        resource = configured.resource()
        caller = Caller(resource, put_line(resource), for_model)
        unregister_replies(monkeypatch)
        for answer in (reply({}), reply({'ConsumedCapacity': CAPACITY})):
            caller.call(*REQUESTS['get'], answer)
        caller.outcome(*REQUESTS['get'], error('ValidationException', Item=STORED))
        with Stubber(caller.client) as stubber:
            stubber.add_response('get_item', {'Item': copy.deepcopy(STORED_PARSED)})
            caller.call(*REQUESTS['get'])
        assert (replies.decoded_by_botocore, caplog.messages) == (0, [])
        for number, (name, document) in enumerate(
            [('get', {'Item': {}}), ('query', PAGE), ('get many', {'Responses': {}})], 1
        ):
            caller.call(*REQUESTS[name], reply(document))
            assert replies.decoded_by_botocore == number
        assert caplog.messages == ['botocore parses the replies itself, which takes longer']

    @pytest.mark.skipif(not OFFERS_REPLIES, reason='this botocore parses all replies itself')
    def test_nothing_is_left_to_botocore_where_it_offers_replies(self, callers, monkeypatch):
        monkeypatch.setattr(replies, 'decoded_by_botocore', 0)
        for name, document in REPLIES.values():
            if None not in document.values():
                callers.model.call(*REQUESTS[name], reply(document))
        assert replies.decoded_by_botocore == 0

    def test_unknown_handlers_of_boto3_are_left_alone(self, configured, monkeypatch, caplog):
        """And it is said that they are."""
        caplog.set_level(logging.INFO, 'dynamongo')
        other_handlers(monkeypatch)
        registered = []
        events = types.SimpleNamespace(
            register_first=lambda event, handler, unique_id=None: registered.append(unique_id)
        )
        assert _wire.install(events) is False
        assert registered == ['dynamongo-damage']
        assert len(caplog.messages) == 1

    @pytest.mark.parametrize('operation', replies._ITEMS)
    @pytest.mark.parametrize('body', ODD_BODIES.values(), ids=ODD_BODIES)
    def test_unusual_bodies_are_left_to_botocore(self, body, operation):
        """As they came."""
        given = {'status_code': 200, 'headers': {}, 'body': body}
        taken = {}
        replies.take_items(types.SimpleNamespace(name=operation), given, taken)
        assert given == {'status_code': 200, 'headers': {}, 'body': body}
        assert taken == {}

    @pytest.mark.parametrize('status', [201, 301, 400, 500])
    def test_unusual_statuses_are_left_to_botocore(self, status):
        body = json.dumps({'Item': STORED}).encode()
        given = {'status_code': status, 'headers': {}, 'body': body}
        taken = {}
        replies.take_items(types.SimpleNamespace(name='GetItem'), given, taken)
        assert (given['body'], taken) == (body, {})

    @pytest.mark.parametrize('operation', sorted(set(replies._ITEMS) - {'GetItem'}))
    def test_members_of_other_operations_are_left_to_botocore(self, operation):
        """A reply that belongs to another request must not pass for one without items."""
        body = json.dumps({'Item': STORED}).encode()
        given = {'status_code': 200, 'headers': {}, 'body': body}
        taken = {}
        replies.take_items(types.SimpleNamespace(name=operation), given, taken)
        assert (given['body'], taken) == (body, {})

    @pytest.mark.parametrize(
        'name',
        [
            'copy_dynamodb_params',
            'TransformationInjector',
            'TransformationInjector.inject_condition_expressions',
            'TransformationInjector.inject_attribute_value_input',
            'TransformationInjector.inject_attribute_value_output',
        ],
    )
    def test_a_boto3_that_lacks_what_is_relied_on_is_left_alone(self, name, monkeypatch):
        """Nothing of it is taken, not even in part."""
        from boto3.dynamodb import transform

        events = botocore.hooks.HierarchicalEmitter()
        owner, _, method = name.rpartition('.')
        monkeypatch.delattr(getattr(transform, owner) if owner else transform, method)
        taken = []
        monkeypatch.setattr(events, 'unregister', lambda *args, **kwargs: taken.append(args))
        assert not _wire.install(events)
        assert taken == []


# Handlers, and the name of the sender


class TestHandlers:
    def test_each_id_is_one_that_boto3_registers(self):
        """The installed boto3 registers these, and nothing else but what is for documentation."""
        registered = []
        events = types.SimpleNamespace(
            register=lambda event, handler, unique_id=None: registered.append((event, unique_id))
        )
        client = types.SimpleNamespace(meta=types.SimpleNamespace(events=events))
        type(plain_resource())(client=client)
        working = [pair for pair in registered if not pair[0].startswith('docs.')]
        assert sorted(working) == sorted(_wire._HANDLERS)
        assert _wire._handlers_of_boto3() == set(_wire._HANDLERS)

    def test_ids_that_are_taken_stay_taken(self, callers, monkeypatch):
        """Every table and resource of boto3 offers its own handlers again."""
        tables = [Connection.resource().Table(f'table{number}') for number in range(3)]
        another = type(Connection.resource())(client=Connection.resource().meta.client)
        walked = []
        monkeypatch.setattr(ParameterTransformer, 'transform', lambda *args: walked.append(args))
        callers.model.answer(reply({'Item': STORED}))
        for table in (*tables, another.Table(TABLE)):
            for_model(lambda table=table: table.get_item(Key=KEY))
        assert walked == []

    def test_the_low_level_client_is_left_alone(self, configured):
        """It takes and gives the form of the wire."""
        client = configured.client()
        line = Line()
        client.meta.events.register_first('before-send.dynamodb', line)
        line.replies[:] = [reply({'Item': STORED})]
        got = client.get_item(TableName=TABLE, Key={'id': {'S': 'a'}})
        assert as_json(got['Item']) == STORED


class TestSender:
    def test_requests_say_that_dynamongo_sends_them(self, callers):
        """The same in all requests, of models and of a user."""
        agents = set()
        for case in REQUESTS.values():
            for caller in (callers.model, callers.own):
                caller.call(*case)
                agents.add(headers_of(caller.line.requests[0])['user-agent'])
        callers.model.call(*REQUESTS['get'], reply(b'', 500), reply({}))
        agents.update(headers_of(each)['user-agent'] for each in callers.model.line.requests)
        (agent,) = agents
        assert agent.startswith(f'dynamongo/{dynamongo.__version__} Boto3/{boto3.__version__} ')
        assert f'Botocore/{botocore.__version__}' in agent

    @pytest.mark.parametrize(
        ('config', 'begins', 'ends'),
        [
            ({'user_agent': 'mine/1'}, 'mine/1', ' Resource'),
            ({'user_agent_extra': 'mine/1'}, f'dynamongo/{dynamongo.__version__} ', ' mine/1'),
            ({'user_agent': 'a/1', 'user_agent_extra': 'b/2'}, 'a/1', ' b/2'),
        ],
    )
    def test_what_a_user_says_of_the_sender_holds(self, configured, config, begins, ends):
        configured.set_config(config=Config(**config))
        resource = configured.resource()
        caller = Caller(resource, put_line(resource), for_model)
        caller.call(*REQUESTS['get'])
        agent = headers_of(caller.line.requests[0])['user-agent']
        assert agent.startswith(begins)
        assert agent.endswith(ends)
        assert ('dynamongo' in agent) is ('user_agent' not in config)

    def test_the_name_of_the_program_is_added(self, configured, monkeypatch):
        """As botocore does it, and cleaned as there."""
        monkeypatch.setenv('AWS_SDK_UA_APP_ID', 'my app/1')
        configured.reset()
        configured.set_config(CREDENTIAL, CREDENTIAL, region=REGION, endpoint_url=URL)
        resource = configured.resource()
        caller = Caller(resource, put_line(resource), for_model)
        caller.call(*REQUESTS['get'])
        agent = headers_of(caller.line.requests[0])['user-agent']
        assert ' app/my-app-1' in agent
