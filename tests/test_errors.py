"""From the codes of AWS to the errors of dynamongo: every code, and what each error carries."""

import itertools
import json
import pickle
import re

import botocore.exceptions
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from dynamongo import (
    ConditionalCheckFailedException,
    Connection,
    DynamongoError,
    IncompleteReadError,
    IntField,
    ItemTooLargeError,
    Model,
    RequestError,
    StringField,
    TableNotFoundError,
    ThrottledError,
    Transaction,
    TransactionCanceledError,
    _errors,
)
from dynamongo._clients import Pool
from dynamongo.connection import _borg
from dynamongo.transactions import Reason
from tests.engines.base import CREDENTIAL, REGION
from tests.models import JOHN, Order, User
from tests.replies import Raw

EMAIL = JOHN['email']
PREFIX = 'errors-'
CONDITION_FAILED = 'ConditionalCheckFailedException'

#: Codes that stand for more than "the request was refused", by the class that says so.
CLASSES = {
    ConditionalCheckFailedException: [CONDITION_FAILED, 'DuplicateItemException'],
    TableNotFoundError: [
        'GlobalTableNotFoundException',
        'IndexNotFoundException',
        'ResourceNotFoundException',
        'TableNotFoundException',
    ],
    ThrottledError: [
        'ProvisionedThroughputExceededException',
        'RequestLimitExceeded',
        'RequestThrottled',
        'SlowDown',
        'Throttling',
        'ThrottledException',
        'ThrottlingException',
        'TooManyRequestsException',
    ],
    ItemTooLargeError: [
        '413',
        'ItemCollectionSizeLimitExceededException',
        'RequestEntityTooLarge',
    ],
    TransactionCanceledError: ['TransactionCanceledException'],
}
CLASS_OF = {code: cls for cls, codes in CLASSES.items() for code in codes}

#: Codes that no list of DynamoDB's has, or that belong to the layers around it.
UNLISTED = [
    'AccessDeniedException',
    'ExpiredTokenException',
    'InvalidSignatureException',
    'SerializationException',
    'SomethingNewException',
    'UnrecognizedClientException',
    'ValidationException',
]

SERVICE = botocore.session.get_session().get_service_model('dynamodb')


@pytest.fixture(scope='module')
def pool():
    """One client for all tests of the module, and a function that makes it answer as told."""
    pool, replies = Pool(), []
    numbers = itertools.count(1)

    def handle(request, **_):
        status, body = replies[-1]
        headers = {'x-amzn-requestid': f'request-{next(numbers)}'}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return AWSResponse(request.url, status, headers, Raw(body))

    return pool, replies, handle


@pytest.fixture
def refuse(pool, aws_environment, monkeypatch):
    """Let every request fail: ``refuse('ThrottlingException')``. Nothing is sent."""
    pool, replies, handle = pool
    Connection.reset()
    Connection.set_config(
        CREDENTIAL,
        CREDENTIAL,
        region=REGION,
        table_prefix=PREFIX,
        endpoint_url='http://127.0.0.1:9',
        batch_attempts=1,
    )
    _borg.pool = pool
    monkeypatch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)
    events = Connection.resource().meta.client.meta.events
    events.register_first('before-send.dynamodb', handle, unique_id='refuse')

    def install(code, message='why', status=400, **more):
        replies[:] = [(status, {'__type': f'x.v1#{code}', 'message': message, **more})]

    install.raw = lambda status, body: replies.append((status, body))
    yield install
    Connection.reset()


def caught(call):
    """Return the error that a call raises."""
    with pytest.raises(RequestError) as raised:
        call()
    return raised.value


# The table


def service_codes():
    """Return each code of each operation of botocore's model of DynamoDB."""
    operations = map(SERVICE.operation_model, SERVICE.operation_names)
    return sorted(
        {
            shape.metadata.get('error', {}).get('code', shape.name)
            for operation in operations
            for shape in operation.error_shapes
        }
    )


def test_every_code_of_the_service_is_mapped():
    """A new botocore brings new codes; then somebody has to say what they are."""
    codes = service_codes()
    assert len(codes) > 25
    assert [code for code in codes if code not in _errors.ERRORS] == []


def test_every_reason_of_a_cancelled_transaction_is_mapped():
    """botocore's model tells them in prose alone."""
    prose = SERVICE.shape_for('TransactionCanceledException').documentation
    codes = set(re.findall(r'Code: <code>(\w+)</code>', prose)) - {'None'}
    assert len(codes) > 5
    # A missing permission refuses the request as a whole.
    assert codes - _errors.REASONS.keys() <= {'AccessDenied'}
    assert {_errors.REASONS[code] for code in codes & _errors.REASONS.keys()} <= {
        *_errors.ERRORS,
        'ValidationException',
    }


def test_the_classes_are_those_below():
    """So that the next test covers the table, and no code changes its class unnoticed."""
    telling = {code: cls for code, cls in _errors.ERRORS.items() if cls is not RequestError}
    assert telling == CLASS_OF


CODES = sorted({*service_codes(), *_errors.ERRORS, *UNLISTED})


@pytest.mark.parametrize('code', CODES)
def test_a_code_becomes_its_class(refuse, code):
    """It keeps the code, the request id, the model and the key, and botocore's error as cause."""
    refuse(code)
    error = caught(lambda: User.get_one(EMAIL))
    assert type(error) is CLASS_OF.get(code, RequestError)
    assert isinstance(error, DynamongoError)
    assert error.code == code
    assert isinstance(error.__cause__, botocore.exceptions.ClientError)
    assert error.request_id == error.__cause__.response['ResponseMetadata']['RequestId']
    assert error.request_id.startswith('request-')
    assert error.model is User
    assert error.key == {'email': EMAIL}
    for part in ('User.get_item', repr(f'{PREFIX}users'), EMAIL, 'why'):
        assert part in str(error)


@pytest.mark.parametrize('code', CODES)
def test_an_error_of_a_code_pickles(refuse, code):
    """With all it carries, less the cause, as Python does it."""
    refuse(code)
    error = caught(lambda: User.get_one(EMAIL))
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize('status', [500, 502, 503, 504])
def test_a_page_of_a_proxy_is_an_error_with_its_status(refuse, status):
    refuse.raw(status, b'<html><body>Bad gateway</body></html>' + b' ' * 5000)
    error = caught(lambda: User.get_one(EMAIL))
    assert type(error) is RequestError
    assert error.code == str(status)
    assert len(str(error)) < 1000


@pytest.mark.parametrize(
    ('message', 'cls'),
    [
        ('Item size has exceeded the maximum allowed size', ItemTooLargeError),
        ('Item size to update has exceeded the maximum allowed size', ItemTooLargeError),
        ('The provided key element does not match the schema', RequestError),
    ],
)
def test_a_validation_exception_is_told_by_its_text(refuse, message, cls):
    refuse('ValidationException', message)
    error = caught(lambda: User.save_one(JOHN))
    assert type(error) is cls
    assert error.code == 'ValidationException'


def test_errors_of_the_way_have_no_code(refuse, monkeypatch):
    def lost(request, **_):
        raise botocore.exceptions.ConnectionClosedError(endpoint_url=request.url)

    events = Connection.resource().meta.client.meta.events
    events.register_first('before-send.dynamodb.GetItem', lost, unique_id='lost')
    try:
        error = caught(lambda: User.get_one(EMAIL))
    finally:
        events.unregister('before-send.dynamodb.GetItem', unique_id='lost')
    assert type(error) is RequestError
    assert (error.code, error.request_id) == (None, None)
    assert (error.model, error.key) == (User, {'email': EMAIL})
    assert isinstance(error.__cause__, botocore.exceptions.ConnectionClosedError)


# What the messages name

KEY = {'customer': 'a', 'number': 7}
ORDER = Order(**KEY)
OPERATIONS = {
    'get_item': lambda: Order.get_one(KEY),
    'refresh': lambda: Order(**KEY).refresh(),
    'put_item': lambda: Order.save_one(KEY),
    'delete_item': lambda: Order.delete_one(KEY),
    'update_item': lambda: Order.update_one(KEY, [Order.size.set(1)]),
    'query': lambda: Order.get_many(Order.customer == 'a'),
    'scan': lambda: Order.get_many(Order.size == 1),
    'batch_get_item': lambda: Order.get_many([KEY, ('b', 1)]),
    'batch_write_item': lambda: Order.save_many([KEY]),
    'create_table': lambda: Order.create_table(),
}
OF_ONE_KEY = {'get_item', 'refresh', 'put_item', 'delete_item', 'update_item'}


@pytest.mark.parametrize('operation', OPERATIONS)
def test_a_message_names_the_model_the_table_and_the_key(refuse, operation):
    refuse('AccessDeniedException', 'User is not authorized')
    error = caught(OPERATIONS[operation])
    method = 'get_item' if operation == 'refresh' else operation
    assert str(error).startswith(f"Order.{method} on table '{PREFIX}orders'")
    assert str(error).endswith('User is not authorized (AccessDeniedException)')
    assert error.model is Order
    if operation in OF_ONE_KEY:
        assert error.key == KEY
        assert f'key {KEY!r}' in str(error)
    else:
        assert error.key is None


ADVICE = {
    'ResourceNotFoundException': 'create_table()',
    'IndexNotFoundException': 'index',
    'ResourceInUseException': 'exist_ok=True',
    'TransactionConflictException': 'try again',
    'TransactionInProgressException': 'commit()',
    'ReplicatedWriteConflictException': 'try again',
    'IdempotentParameterMismatchException': 'new Transaction',
    'ConditionalCheckFailedException': 'exists',
}


@pytest.mark.parametrize('code', ADVICE)
def test_a_message_says_what_to_do(refuse, code):
    """What DynamoDB says is kept beside it."""
    refuse(code, 'the words of DynamoDB')
    text = str(caught(lambda: User.save_one(JOHN)))
    assert ADVICE[code] in text
    assert '(the words of DynamoDB)' in text


class Account(Model):
    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField()
    balance = IntField()


STORED = {'id': {'S': 'a'}, 'balance': {'N': '5'}}


def test_a_failed_condition_carries_the_item_in_the_way(refuse):
    refuse(CONDITION_FAILED, Item=STORED)
    error = caught(lambda: Account.save_one({'id': 'a'}, overwrite=False))
    assert error.item == Account(id='a', balance=5)
    assert 'exists already' in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.item, copy.model, copy.key) == (error.item, Account, {'id': 'a'})


@pytest.mark.parametrize('item', [None, {'id': {'S': 'a'}, 'balance': {'S': 'much'}}])
def test_an_item_in_the_way_that_cannot_be_read_is_none(refuse, item):
    """The error that is raised is the failed condition all the same."""
    refuse(CONDITION_FAILED, **({} if item is None else {'Item': item}))
    error = caught(lambda: Account.save_one({'id': 'a'}, overwrite=False))
    assert type(error) is ConditionalCheckFailedException
    assert error.item is None


# Pickling what belongs to a local class


def local_model():
    class Local(Model):
        __table__ = 'local'
        __hash_key__ = 'id'
        id = StringField()

    return Local


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_of_a_local_model_pickles(refuse, protocol):
    """What can't travel does so as text; the rest is kept."""
    refuse(CONDITION_FAILED, Item={'id': {'S': 'a'}})
    local = local_model()
    error = caught(lambda: local.save_one({'id': 'a'}, overwrite=False))
    assert error.item == local(id='a')
    copy = pickle.loads(pickle.dumps(error, protocol))
    assert type(copy) is ConditionalCheckFailedException
    assert str(copy) == str(error)
    assert (copy.code, copy.request_id, copy.key) == (error.code, error.request_id, error.key)
    assert 'Local' in copy.model
    assert 'Local' in copy.item


def test_a_damaged_read_of_a_local_model_pickles(refuse):
    refuse.raw(200, b'{"Item": {"id"')
    local = local_model()
    error = caught(lambda: local.get_one('a'))
    assert type(error) is IncompleteReadError
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.missing) == (type(error), str(error), [{'id': 'a'}])


# Cancelled transactions


REASONS = {
    'ConditionalCheckFailed': (ConditionalCheckFailedException, CONDITION_FAILED),
    'DuplicateItem': (ConditionalCheckFailedException, 'DuplicateItemException'),
    'ItemCollectionSizeLimitExceeded': (
        ItemTooLargeError,
        'ItemCollectionSizeLimitExceededException',
    ),
    'ProvisionedThroughputExceeded': (ThrottledError, 'ProvisionedThroughputExceededException'),
    'ThrottlingError': (ThrottledError, 'ThrottlingException'),
    'TransactionConflict': (RequestError, 'TransactionConflictException'),
    'ValidationError': (RequestError, 'ValidationException'),
    'SomethingNew': (RequestError, 'SomethingNew'),
}


def cancelled(refuse, model, reasons):
    """Return the error of a transaction that saves items ``i0``, ``i1`` ... of a model."""
    refuse('TransactionCanceledException', 'Transaction cancelled', CancellationReasons=reasons)
    transaction = Transaction()
    for number in range(len(reasons)):
        transaction.save(model(id=f'i{number}'), overwrite=False)
    error = caught(transaction.commit)
    assert type(error) is TransactionCanceledError
    return error


def test_the_reasons_below_are_all():
    assert REASONS.keys() - {'SomethingNew'} == _errors.REASONS.keys()


@pytest.mark.parametrize('code', REASONS)
def test_a_reason_becomes_its_class(refuse, code):
    cls, known = REASONS[code]
    error = cancelled(refuse, Account, [{'Code': 'None'}, {'Code': code, 'Message': 'why'}])
    (reason,) = error.reasons
    assert (reason.position, reason.code) == (1, code)
    assert type(reason.error) is cls
    assert reason.error.code == known
    assert (reason.error.model, reason.error.key) == (Account, {'id': 'i1'})
    assert 'why' in reason.message
    assert str(reason) in str(error)
    assert error.code == 'TransactionCanceledException'
    assert error.request_id.startswith('request-')


def test_a_reason_of_an_item_that_is_too_large(refuse):
    message = 'Item size has exceeded the maximum allowed size'
    error = cancelled(refuse, Account, [{'Code': 'ValidationError', 'Message': message}])
    assert type(error.reasons[0].error) is ItemTooLargeError


@pytest.mark.parametrize('reasons', [[{}], [{'Code': 'None'}], [{'Code': None}]])
def test_a_transaction_that_is_cancelled_without_reasons_says_so(refuse, reasons):
    error = cancelled(refuse, Account, reasons)
    assert error.reasons == []
    assert 'Transaction cancelled' in str(error)


def test_a_cancelled_transaction_pickles(refuse):
    given = [{'Code': 'ConditionalCheckFailed', 'Message': 'why', 'Item': STORED}]
    error = cancelled(refuse, Account, given)
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    (reason,), (original,) = copy.reasons, error.reasons
    for name in ('position', 'action', 'model', 'key', 'given', 'code', 'message', 'item'):
        assert getattr(reason, name) == getattr(original, name)
    assert type(reason.error) is ConditionalCheckFailedException
    assert str(reason.error) == str(original.error)


def test_a_cancelled_transaction_of_a_local_model_pickles(refuse):
    """The reasons stay reasons; only what can't travel becomes text."""
    error = cancelled(refuse, local_model(), [{'Code': 'ConditionalCheckFailed', 'Message': 'why'}])
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert [type(reason) for reason in copy.reasons] == [Reason]
    assert copy.reasons[0].code == 'ConditionalCheckFailed'


@pytest.mark.parametrize(
    'code', ['ResourceNotFoundException', 'AccessDeniedException', 'ThrottlingException']
)
def test_a_refused_transaction_names_its_tables(refuse, code):
    """Without the table, nobody knows which one to create."""
    refuse(code)
    transaction = Transaction()
    transaction.save(Account(id='a'))
    transaction.delete((User, EMAIL))
    text = str(caught(transaction.commit))
    assert text.startswith('Transaction of 2 operations')
    assert f'{PREFIX}accounts' in text
    assert f'{PREFIX}users' in text
