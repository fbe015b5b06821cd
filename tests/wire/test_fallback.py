"""What is unusual is left to botocore and boto3, and comes out the same."""

import copy
import json
import logging
import types

import boto3
import botocore.endpoint
import botocore.exceptions
import botocore.hooks
import pytest
from boto3.dynamodb.transform import ParameterTransformer
from botocore.config import Config
from botocore.stub import Stubber

import dynamongo
from dynamongo import Transaction, _wire
from dynamongo._clients import Pool
from dynamongo._wire import for_model, replies
from dynamongo.connection import Connection, _borg
from tests.engines.base import CREDENTIAL, REGION
from tests.wire.support import (
    CAPACITY,
    KEY,
    ODD_BODIES,
    OFFERS_REPLIES,
    PAGE,
    REPLIES,
    REQUESTS,
    STORED,
    STORED_PARSED,
    TABLE,
    URL,
    Caller,
    Line,
    Thing,
    as_json,
    assert_same_request,
    body_of,
    error,
    headers_of,
    plain_resource,
    put_line,
    reply,
    transact,
    wire,
)


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
    _borg.pool = Pool()
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
