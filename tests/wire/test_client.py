"""A client that models share is boto3's own for everything else."""

import base64
import contextlib
import copy
import functools
import json
import sys
import threading
from decimal import Decimal

import botocore.endpoint
import botocore.exceptions
import botocore.hooks
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

from dynamongo._wire import for_model, values
from dynamongo.connection import Connection
from tests.wire.support import (
    BINARY_KEY,
    ITEM,
    KEY,
    REQUESTS,
    START,
    STORED,
    TABLE,
    assert_same_request,
    at_once,
    body_of,
    error,
    headers_of,
    in_order,
    reply,
    shown,
)

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
