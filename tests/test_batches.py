"""Batches and pages that DynamoDB leaves unfinished: retried within bounds, never short."""

import json

import pytest
from botocore.awsrequest import AWSResponse

from dynamongo import IncompleteReadError, RequestError, ThrottledError, _batches
from tests.models import Order, User
from tests.replies import Raw

pytestmark = pytest.mark.broad


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, without making them."""
    made = []
    monkeypatch.setattr(_batches.time, 'sleep', made.append)
    return made


@pytest.fixture
def answer(connection):
    """Answer an operation in place of the engine: ``answer('Scan', lambda body: reply)``.

    A reply of ``None`` lets the engine answer; a number is the status of an error.
    """
    events = connection.resource().meta.client.meta.events

    def install(operation, reply):
        def handle(request, **_):
            body = reply(json.loads(request.body))
            if body is None:
                return None
            status = body.pop('status', 200)
            return AWSResponse(request.url, status, {}, Raw(json.dumps(body).encode()))

        events.register_first(f'before-send.dynamodb.{operation}', handle)

    return install


def keys_of(body):
    """Return the keys or items that a batch request holds."""
    (requests,) = body['RequestItems'].values()
    return requests


def test_unprocessed_items_are_sent_again(connection, answer, sent, pauses):
    """DynamoDB takes one item at a time: each batch makes progress, and all are written."""
    User.create_table()
    everything = [{'email': f'u{number}@abc.io', 'name': 'U'} for number in range(7)]
    client = connection.client()

    def take_one(body):
        ((table, requests),) = body['RequestItems'].items()
        client.put_item(TableName=table, Item=requests[0]['PutRequest']['Item'])
        return {'UnprocessedItems': {table: requests[1:]} if requests[1:] else {}}

    answer('BatchWriteItem', take_one)
    result = User.save_many(everything)
    assert (result.success_count, result.fail_count) == (7, 0)
    assert sent.operations.count('BatchWriteItem') == 7
    assert len(pauses) == 6
    assert len(User.table().scan()['Items']) == 7


@pytest.mark.parametrize(
    'write',
    [
        lambda: User.save_many({'email': f'u{n}@abc.io', 'name': 'U'} for n in range(30)),
        lambda: User.delete_many([f'u{n}@abc.io' for n in range(30)]),
    ],
    ids=['save_many', 'delete_many'],
)
def test_items_that_stay_unprocessed_are_reported(connection, answer, sent, pauses, write):
    """The bound is reached after eight tries without progress; each item is in one list."""
    User.create_table()

    def refuse_the_first_three(body):
        stubborn = [
            request
            for request in keys_of(body)
            if any(f'u{number}@' in json.dumps(request) for number in (0, 1, 2))
        ]
        (table,) = body['RequestItems']
        return {'UnprocessedItems': {table: stubborn} if stubborn else {}}

    answer('BatchWriteItem', refuse_the_first_three)
    result = write()
    assert [user.email for user in result.fail] == ['u0@abc.io', 'u1@abc.io', 'u2@abc.io']
    assert result.success_count == 27
    assert [type(error) for error in result.errors] == [ThrottledError] * 3
    assert 'after 8 tries' in str(result.errors[0])
    # One batch that makes progress, eight that don't, and the second chunk.
    assert sent.operations.count('BatchWriteItem') == 10


def test_pauses_grow_and_are_jittered(connection, answer, monkeypatch):
    """Full jitter: each pause is drawn from zero to a bound that doubles."""
    User.create_table()
    bounds = []
    monkeypatch.setattr(_batches.time, 'sleep', lambda seconds: None)
    monkeypatch.setattr(
        _batches.random, 'uniform', lambda low, high: bounds.append((low, high)) or 0
    )
    answer('BatchWriteItem', lambda body: {'UnprocessedItems': body['RequestItems']})
    assert User.save_many([{'email': 'a@b.co', 'name': 'A'}]).fail_count == 1
    lows, highs = zip(*bounds)
    assert set(lows) == {0}
    assert list(highs) == sorted(highs)
    assert highs[1] == 2 * highs[0]
    assert max(highs) <= _batches.LONGEST_PAUSE


def test_unprocessed_keys_are_asked_for_again(connection, answer, sent, pauses):
    User.create_table()
    emails = [f'u{number}@abc.io' for number in range(10)]
    User.save_many({'email': email, 'name': 'U'} for email in emails)
    client = connection.client()

    def answer_two(body):
        ((table, request),) = body['RequestItems'].items()
        now, later = request['Keys'][:2], request['Keys'][2:]
        items = client.batch_get_item(RequestItems={table: {'Keys': now}})['Responses'][table]
        return {
            'Responses': {table: items},
            'UnprocessedKeys': {table: {'Keys': later}} if later else {},
        }

    answer('BatchGetItem', answer_two)
    assert [user.email for user in User.get_many(emails)] == emails
    assert len(pauses) == 4


def test_keys_that_stay_unprocessed_are_an_error(connection, answer, pauses):
    """A short answer is never given: the error says what is missing."""
    User.create_table()
    answer(
        'BatchGetItem',
        lambda body: {'Responses': {}, 'UnprocessedKeys': body['RequestItems']},
    )
    with pytest.raises(IncompleteReadError, match='left 2 keys unread after 8 tries') as caught:
        User.get_many(['a@b.co', 'b@b.co'])
    assert caught.value.missing == [{'email': 'a@b.co'}, {'email': 'b@b.co'}]


@pytest.mark.parametrize(
    ('operation', 'read'),
    [
        ('Scan', lambda: User.get_many(User.name.exists())),
        ('Query', lambda: Order.get_many(Order.customer == 'a')),
        ('BatchGetItem', lambda: User.get_many(['a@b.co', 'b@b.co'])),
    ],
)
def test_a_damaged_reply_is_no_empty_answer(connection, answer, operation, read):
    User.create_table()
    Order.create_table()
    answer(operation, lambda body: {})
    with pytest.raises(IncompleteReadError, match='damaged'):
        read()


@pytest.mark.parametrize(
    ('body', 'checksum', 'damaged'),
    [
        (b'{}', '2745614147', False),
        (b'{}', None, False),
        (b'{"Item": {"email": {"S', '1234567890', True),
        (b'', '1234567890', True),
        (b'{"ConsumedCapacity": {"TableName": "users", "CapacityUnits": 0.5}}', '1', True),
        (b'{"ConsumedCapacity": {"TableName": "users", "CapacityUnits": 0.5}}', None, False),
        (b'<html>Welcome</html>', None, True),
        (b'', None, True),
    ],
)
def test_a_damaged_reply_to_get_item_is_no_missing_item(
    connection, monkeypatch, body, checksum, damaged
):
    """botocore takes a truncated reply for an empty one; its checksum tells them apart."""
    monkeypatch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)

    def truncated(request, **_):
        headers = {} if checksum is None else {'x-amz-crc32': checksum}
        return AWSResponse(request.url, 200, headers, Raw(body))

    events = connection.resource().meta.client.meta.events
    events.register_first('before-send.dynamodb.GetItem', truncated)
    if damaged:
        for read in (User.get_one, User.get_many, User.count):
            with pytest.raises(IncompleteReadError, match=r'get_item.*a@b.*the reply is damaged'):
                read('a@b.co')
    else:
        with pytest.raises(User.DoesNotExist):
            User.get_one('a@b.co')
        assert User.get_many('a@b.co') == []


def test_a_damaged_reply_to_a_batch_of_writes_is_reported(connection, answer):
    User.create_table()
    answer('BatchWriteItem', lambda body: {})
    result = User.save_many([{'email': 'a@b.co', 'name': 'A'}])
    assert (result.success_count, result.fail_count) == (0, 1)
    assert isinstance(result.errors[0], IncompleteReadError)


def test_a_damaged_reply_to_an_update_is_reported(connection, answer):
    User.create_table()
    answer('UpdateItem', lambda body: {})
    with pytest.raises(IncompleteReadError, match='damaged'):
        User.update_one('a@b.co', [User.name.set('x')])


def test_a_position_that_never_moves_is_an_error(connection, answer):
    User.create_table()
    position = {'email': {'S': 'a@b.co'}}
    answer('Scan', lambda body: {'Items': [], 'Count': 0, 'LastEvaluatedKey': position})
    with pytest.raises(IncompleteReadError, match='would never end'):
        User.get_many(User.name.exists())


def test_empty_pages_are_walked(connection, answer):
    """A page may be empty and not be the last."""
    User.create_table()
    User.save_one({'email': 'a@b.co', 'name': 'A'})
    position = {'email': {'S': 'b@b.co'}}

    def empty_first(body):
        if 'ExclusiveStartKey' in body:
            return {'Items': [{'email': {'S': 'a@b.co'}, 'name': {'S': 'A'}}], 'Count': 1}
        return {'Items': [], 'Count': 0, 'LastEvaluatedKey': position}

    answer('Scan', empty_first)
    assert [user.name for user in User.get_many(User.name.exists())] == ['A']


def test_an_error_half_way_keeps_account_of_what_was_written(connection, answer):
    """What is known to be written is reported as such, and the rest with the error."""
    User.create_table()
    seen = []

    def fail_the_second(body):
        seen.append(body)
        if len(seen) == 1:
            return None
        return {
            'status': 400,
            '__type': 'com.amazonaws.dynamodb.v20120810#AccessDeniedException',
            'message': 'no longer',
        }

    answer('BatchWriteItem', fail_the_second)
    result = User.save_many({'email': f'u{n}@abc.io', 'name': 'U'} for n in range(30))
    assert (result.success_count, result.fail_count) == (25, 5)
    assert {type(error) for error in result.errors} == {RequestError}
    assert result.errors[0].code == 'AccessDeniedException'
    assert len(User.table().scan()['Items']) == 25


@pytest.mark.parametrize(
    ('code', 'error'),
    [
        ('ProvisionedThroughputExceededException', ThrottledError),
        ('ThrottlingException', ThrottledError),
        ('RequestLimitExceeded', ThrottledError),
        ('SomethingNewException', RequestError),
    ],
)
def test_error_codes_become_classes(connection, answer, monkeypatch, code, error):
    """Each keeps the code and the request id, and what botocore raised as its cause."""
    monkeypatch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)
    answer('GetItem', lambda body: {'status': 400, '__type': f'x#{code}', 'message': 'why'})
    with pytest.raises(error) as caught:
        User.get_one('a@b.co')
    assert type(caught.value) is error
    assert caught.value.code == code
    assert type(caught.value.__cause__).__module__.startswith('botocore')
    for part in ('User.get_item', User.table_name(), 'a@b.co', 'why'):
        assert part in str(caught.value)
