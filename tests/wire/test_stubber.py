"""botocore's Stubber answers models as it answers boto3."""

import copy

import pytest
from boto3.dynamodb.conditions import Key

import dynamongo
from dynamongo import Transaction
from tests.wire.support import ITEM_READ, STORED_PARSED, TABLE, Thing

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


def raise_of(result):
    """Raise the error that a result of many tells of."""
    for failure in getattr(result, 'fail', ()):
        raise failure.error
