"""A request that is written here is the one that botocore would have written."""

import copy
import json

import pytest
from boto3.dynamodb.transform import ParameterTransformer
from botocore.validate import ParamValidator
from hypothesis import given

import dynamongo
from dynamongo import Transaction
from dynamongo._clients import MAX_ATTEMPTS
from dynamongo._wire import for_model
from dynamongo._wire.requests import OPERATIONS
from dynamongo.connection import Connection
from tests.engines.base import CREDENTIAL, REGION
from tests.wire.support import (
    ITEM,
    KEY,
    MODEL_CALLS,
    REQUESTS,
    REUSED,
    TABLE,
    Caller,
    Thing,
    assert_same_request,
    assert_whole,
    at_once,
    body_of,
    error,
    headers_of,
    items,
    plain_resource,
    put_line,
    reply,
)

by_request = pytest.mark.parametrize('case', REQUESTS.values(), ids=REQUESTS)


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
