"""Requests: whole, as they are handed to boto3, and valid by botocore's own rules."""

import pytest

from dynamongo import ExpressionError, _table_requests
from dynamongo import _compile as compile_
from dynamongo._options import read_options
from dynamongo._planner import plan
from tests.ids import ident
from tests.models import Order, User
from tests.offline import offline_table

USER, ORDER = User._schema, Order._schema
KEY = {'customer': 'c', 'number': 1}
HASH = Order.customer == 'c'


@pytest.fixture(scope='module')
def table():
    return offline_table()


def read(strategy, **options):
    """Return the first request of a read, less the size of its page."""
    found = plan(ORDER, strategy, read_options(ORDER, 'get_many', **options))
    return compile_.read(found, *found.key_conditions[:1])


CASES = [
    ('get_item', compile_.get(KEY), {'Key': KEY}),
    (
        'query',
        read(HASH),
        {
            'KeyConditionExpression': '#n0 = :v0',
            'ScanIndexForward': True,
            'ExpressionAttributeNames': {'#n0': 'customer'},
            'ExpressionAttributeValues': {':v0': 'c'},
        },
    ),
    (
        'query',
        read(HASH & (Order.number > 3) & (Order.status == 'c'), descending=True, limit=5),
        {
            'KeyConditionExpression': '#n0 = :v0 AND #n1 > :v1',
            'FilterExpression': '#n2 = :v0',
            'ScanIndexForward': False,
            'ExpressionAttributeNames': {'#n0': 'customer', '#n1': 'number', '#n2': 'state'},
            'ExpressionAttributeValues': {':v0': 'c', ':v1': 3},
        },
    ),
    (
        'query',
        read(HASH, limit=5),
        {
            'KeyConditionExpression': '#n0 = :v0',
            'ScanIndexForward': True,
            'ExpressionAttributeNames': {'#n0': 'customer'},
            'ExpressionAttributeValues': {':v0': 'c'},
        },
    ),
    (
        'query',
        read(HASH & (Order.number != 3), limit=5),
        {
            'KeyConditionExpression': '#n0 = :v0',
            'ScanIndexForward': True,
            'ExpressionAttributeNames': {'#n0': 'customer'},
            'ExpressionAttributeValues': {':v0': 'c'},
        },
    ),
    ('scan', read(~Order.size.in_([])), {}),
    ('scan', read(~Order.size.in_([]), consistent=True), {'ConsistentRead': True}),
    (
        'scan',
        read((Order.size > 3) | (Order.number == 1), only=[]),
        {
            'FilterExpression': '#n0 > :v0 OR #n1 = :v1',
            'ProjectionExpression': '#n2, #n1',
            'ExpressionAttributeNames': {'#n0': 'size', '#n1': 'number', '#n2': 'customer'},
            'ExpressionAttributeValues': {':v0': 3, ':v1': 1},
        },
    ),
    ('put_item', compile_.put(ORDER, KEY), {'Item': KEY}),
    (
        'put_item',
        compile_.put(ORDER, KEY, overwrite=False),
        {
            'Item': KEY,
            'ConditionExpression': 'attribute_not_exists(#n0)',
            'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
            'ExpressionAttributeNames': {'#n0': 'customer'},
        },
    ),
    (
        'put_item',
        compile_.put(ORDER, KEY, overwrite=(Order.size < 3) & (Order.total > 1)),
        {
            'Item': KEY,
            'ConditionExpression': 'attribute_not_exists(#n0) OR #n1 < :v0 AND #n2 > :v1',
            'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
            'ExpressionAttributeNames': {'#n0': 'customer', '#n1': 'size', '#n2': 'total'},
            'ExpressionAttributeValues': {':v0': 3, ':v1': 1},
        },
    ),
    ('delete_item', compile_.delete(ORDER, KEY), {'Key': KEY, 'ReturnValues': 'ALL_OLD'}),
    (
        'delete_item',
        compile_.delete(ORDER, KEY, Order.size.exists()),
        {
            'Key': KEY,
            'ReturnValues': 'ALL_OLD',
            'ConditionExpression': 'attribute_not_exists(#n0) OR attribute_exists(#n1)',
            'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
            'ExpressionAttributeNames': {'#n0': 'customer', '#n1': 'size'},
        },
    ),
    (
        'update_item',
        compile_.update(ORDER, KEY, [Order.size.set(3)], (Order.size == 3) | (Order.total == 3)),
        {
            'Key': KEY,
            'ReturnValues': 'ALL_NEW',
            'UpdateExpression': 'SET #n0 = :v0',
            'ConditionExpression': 'attribute_exists(#n1) AND (#n0 = :v0 OR #n2 = :v0)',
            'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
            'ExpressionAttributeNames': {'#n0': 'size', '#n1': 'customer', '#n2': 'total'},
            'ExpressionAttributeValues': {':v0': 3},
        },
    ),
    (
        'update_item',
        compile_.update(ORDER, KEY, [Order.size.set_if_not_exists(None)]),
        {
            'Key': KEY,
            'ReturnValues': 'ALL_NEW',
            'ConditionExpression': 'attribute_exists(#n0)',
            'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
            'ExpressionAttributeNames': {'#n0': 'customer'},
        },
    ),
]


@pytest.mark.parametrize(('operation', 'request_', 'expected'), CASES, ids=lambda value: '')
def test_requests_are_whole_and_valid(operation, request_, expected, table):
    """Each request is what is expected, and passes botocore's parameter validation."""
    assert request_ == expected
    getattr(table, operation)(**request_)


def test_create_table():
    """Tables have the keys of the model and its provisioned units."""
    assert _table_requests.create_table(ORDER) == {
        'AttributeDefinitions': [
            {'AttributeName': 'customer', 'AttributeType': 'S'},
            {'AttributeName': 'number', 'AttributeType': 'N'},
        ],
        'KeySchema': [
            {'AttributeName': 'customer', 'KeyType': 'HASH'},
            {'AttributeName': 'number', 'KeyType': 'RANGE'},
        ],
        'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
    }
    assert len(_table_requests.create_table(USER)['KeySchema']) == 1


@pytest.mark.parametrize('update', [User.email.set('x@y.co'), Order.size.set(3)], ids=ident)
def test_updates_of_the_key_and_of_other_models_are_refused(update):
    with pytest.raises(ExpressionError, match=r"can't change|not of User"):
        compile_.update(USER, {'email': 'a@b.co'}, [update])


def test_compiling_is_repeatable():
    """Equal calls make equal requests, whatever was compiled before."""
    assert read(HASH & (Order.size > 1)) == read(HASH & (Order.size > 1))
