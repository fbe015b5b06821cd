"""The proxy does to requests and replies what was planned, and DynamoDB Local survives a crash."""

import contextlib
import http.client
import http.server
import json
import socket
import threading
import time
import zlib
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.engines import choose, proxy
from tests.engines.base import CREDENTIAL, REGION, Engine, EngineError
from tests.engines.dynamodb_local import on_disk_dynamodb_local
from tests.engines.proxy import Reply, fault_proxy
from tests.engines.test_engines import create_table

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad

BODY = b'{"Item":{"id":{"S":"x"}}}'
CRC = str(zlib.crc32(BODY))
PATIENCE = 0.1


class CannedEngine(http.server.BaseHTTPRequestHandler):
    """Answer each request with ``BODY`` and keep what was sent."""

    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.got.append((self.headers['X-Amz-Target'], body))
        self.send_response(200)
        self.send_header('Content-Length', str(len(BODY)))
        self.send_header('x-amz-crc32', CRC)
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *args):
        pass


@pytest.fixture
def canned():
    """A tiny engine: ``canned.url`` and the requests that it got, ``canned.got``."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), CannedEngine) as server:
        server.got = []
        server.url = f'http://127.0.0.1:{server.server_address[1]}'
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def between(canned):
    with fault_proxy(canned.url) as running:
        yield running


def post(url, operation='GetItem', body=b'{}', timeout=5):
    """Send a request as DynamoDB's clients do; return the reply as ``(status, headers, body)``."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    with contextlib.closing(connection):
        target = {'X-Amz-Target': f'DynamoDB_20120810.{operation}'}
        connection.request('POST', '/', body, target)
        with connection.getresponse() as response:
            return response.status, response.headers, response.read()


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestFaults:
    def test_an_unplanned_request_passes(self, canned, between):
        status, headers, body = post(between.url, 'PutItem', b'{"a": 1}')
        assert (status, headers['x-amz-crc32'], body) == (200, CRC, BODY)
        assert canned.got == [('DynamoDB_20120810.PutItem', b'{"a": 1}')]
        assert between.seen == between.forwarded == ['PutItem']

    def test_faults_are_used_up_in_order_by_their_operation_alone(self, canned, between):
        between.plan('PutItem', proxy.html_502, proxy.passing)
        between.plan('PutItem', proxy.html_503)
        assert between.pending == {'PutItem': 3}
        operations = ['GetItem', 'PutItem', 'PutItem', 'GetItem', 'PutItem', 'PutItem']
        statuses = [post(between.url, operation)[0] for operation in operations]
        assert statuses == [200, 502, 200, 200, 503, 200]
        assert between.seen == operations
        assert between.forwarded == ['GetItem', 'PutItem', 'GetItem', 'PutItem']
        assert between.pending == {}

    @pytest.mark.parametrize(
        ('fault', 'body'),
        [
            (proxy.truncated, BODY[:12]),
            (proxy.emptied, b''),
            (proxy.corrupt, b'?' * 25),
            (proxy.not_utf8, b'\xff' * 25),
            (proxy.altered(b'"x"', b'"y"'), BODY.replace(b'"x"', b'"y"')),
            (proxy.spoilt(lambda body: body + b' '), BODY + b' '),
        ],
        ids=['truncated', 'emptied', 'corrupt', 'not_utf8', 'altered', 'spoilt'],
    )
    def test_only_the_crc_gives_a_spoilt_body_away(self, canned, between, fault, body):
        between.plan('GetItem', fault)
        status, headers, got = post(between.url)
        assert (status, got) == (200, body)
        assert headers['Content-Length'] == str(len(body))
        assert headers['x-amz-crc32'] == CRC
        assert len(canned.got) == 1

    def test_cut_keeps_the_content_length(self, canned, between):
        between.plan('GetItem', proxy.cut)
        with pytest.raises(http.client.IncompleteRead) as caught:
            post(between.url)
        assert caught.value.partial == BODY[:12]
        assert caught.value.expected == len(BODY) - 12
        assert len(canned.got) == 1

    @pytest.mark.parametrize(
        ('fault', 'status', 'marker'),
        [
            (proxy.html_200, 200, b'<html>'),
            (proxy.html_502, 502, b'<html>'),
            (proxy.html_503, 503, b'<html>'),
            (proxy.empty_200, 200, b''),
            (proxy.answered(Reply(302, {'Location': '/'}, b'')), 302, b''),
        ],
        ids=['html_200', 'html_502', 'html_503', 'empty_200', 'answered'],
    )
    def test_a_gateway_answers_in_place_of_the_engine(self, canned, between, fault, status, marker):
        between.plan('GetItem', fault)
        got, headers, body = post(between.url)
        assert got == status
        assert body.startswith(marker)
        assert bool(body) == bool(marker)
        assert not [name for name in headers if name.lower().startswith('x-amz')]
        assert headers['Content-Type'] == ('text/html' if marker else None)
        assert canned.got == between.forwarded == []

    def test_errors_of_dynamodb_are_whole(self, canned, between):
        between.plan('GetItem', proxy.internal_error, proxy.dynamodb_error(400, 'Throttled'))
        for status, code in ((500, 'InternalServerError'), (400, 'Throttled')):
            got, headers, body = post(between.url)
            assert got == status
            assert json.loads(body)['__type'].endswith(f'#{code}')
            assert headers['x-amz-crc32'] == str(zlib.crc32(body))
        assert canned.got == []

    @pytest.mark.parametrize(
        ('fault', 'error', 'count'),
        [
            (proxy.hang_up, http.client.RemoteDisconnected, 0),
            (proxy.applied(proxy.hang_up), http.client.RemoteDisconnected, 1),
            (proxy.reset_before, ConnectionResetError, 0),
            (proxy.reset_after, ConnectionResetError, 1),
            (proxy.stall_before, socket.timeout, 0),
            (proxy.stall_after, socket.timeout, 1),
        ],
        ids=[
            'hang_up',
            'hang_up_after',
            'reset_before',
            'reset_after',
            'stall_before',
            'stall_after',
        ],
    )
    def test_no_reply(self, canned, between, fault, error, count):
        between.plan('GetItem', fault)
        with pytest.raises(error) as caught:
            post(between.url, timeout=PATIENCE if error is socket.timeout else 5)
        # A hang-up is a kind of reset to http.client: a reset must be the real one.
        assert caught.type is error
        # The client's patience may have ended before the proxy got on.
        wait_for(lambda: between.seen == ['GetItem'] and len(canned.got) == count)
        assert between.forwarded == ['GetItem'] * count

    def test_a_delayed_request_arrives_after_a_later_one(self, canned, between):
        between.plan('PutItem', proxy.delayed(3))
        with pytest.raises(socket.timeout):
            post(between.url, 'PutItem', b'first', timeout=PATIENCE)
        post(between.url, 'PutItem', b'second')
        wait_for(lambda: len(canned.got) == 2)
        assert [body for _, body in canned.got] == [b'second', b'first']

    def test_a_fault_may_be_any_callable(self, canned, between):
        def fault(exchange):
            assert (exchange.operation, exchange.body) == ('PutItem', b'{}')
            exchange.forward()
            exchange.forward()
            exchange.write(b'HTTP/1.1 418 Teapot\r\n\r\n')

        between.plan('PutItem', fault)
        assert post(between.url, 'PutItem')[0] == 418
        assert len(canned.got) == 2
        assert between.seen == ['PutItem']
        assert between.forwarded == ['PutItem'] * 2


class TestEnd:
    def test_it_ends_at_once_whatever_goes_on(self, canned):
        """Neither stalls nor a connection without a request leave a thread behind."""
        threads = set(threading.enumerate())
        with fault_proxy(canned.url) as running:
            running.plan('GetItem', proxy.stall_before, proxy.stall_after, proxy.delayed(60))
            idle = socket.create_connection(('127.0.0.1', urlsplit(running.url).port), timeout=5)
            for _ in range(3):
                with pytest.raises(socket.timeout):
                    post(running.url, timeout=PATIENCE)
            began = time.monotonic()
        with idle:
            assert time.monotonic() - began < 30
            assert idle.recv(1) == b''
        wait_for(lambda: set(threading.enumerate()) <= threads)
        with pytest.raises(ConnectionRefusedError):
            post(running.url)

    def test_it_does_not_wait_for_the_engine(self, canned):
        """An engine that never answers: the proxy's own request to it is given up."""
        with fault_proxy(canned.url) as engine:
            engine.plan('GetItem', proxy.stall_before)
            with fault_proxy(engine.url) as running:
                with pytest.raises(socket.timeout):
                    post(running.url, timeout=PATIENCE)
                wait_for(lambda: engine.seen == running.forwarded == ['GetItem'])
                began = time.monotonic()
            assert time.monotonic() - began < 30

    def test_an_engine_that_is_gone_is_a_hang_up(self, canned):
        with fault_proxy(canned.url) as engine:
            gone = engine.url
        with fault_proxy(gone) as running:
            with pytest.raises(http.client.RemoteDisconnected):
                post(running.url)
            assert (running.seen, running.forwarded) == (['GetItem'], [])
            running.endpoint_url = canned.url
            assert post(running.url)[0] == 200

    def test_the_error_of_a_fault_is_raised_at_the_end(self, canned):
        def lose():
            with fault_proxy(canned.url) as started:
                started.plan('GetItem', proxy.altered(b'absent', b'ABSENT'))
                post(started.url)

        with pytest.raises(ValueError, match="b'absent' is not in the reply") as caught:
            lose()
        assert isinstance(caught.value.__context__, http.client.RemoteDisconnected)

    def test_altered_keeps_the_length(self):
        with pytest.raises(ValueError, match='not of the same length'):
            proxy.altered(b'a', b'bb')


@pytest.fixture(scope='module')
def table(engine, worker_id):
    """The name of a table that the tests of this module share."""
    name = f'{worker_id}-proxy-{time.time_ns()}'
    with engine.deleting_tables(name):
        yield create_table(engine, name)


@pytest.fixture(scope='module')
def session():
    """A session for all clients: the definition of DynamoDB is loaded once."""
    return boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)


@pytest.fixture
def client_of(session, aws_environment):
    def make(url, attempts=1, timeout=5):
        retries = {'mode': 'standard', 'total_max_attempts': attempts}
        config = Config(read_timeout=timeout, retries=retries)
        return session.client('dynamodb', endpoint_url=url, config=config)

    return make


class TestBotocore:
    """What botocore makes of each fault, and what the engine has stored."""

    @pytest.fixture
    def through(self, engine):
        with fault_proxy(engine.endpoint_url) as running:
            yield running

    @pytest.mark.parametrize(
        ('fault', 'error', 'stored'),
        [
            ('passing', None, True),
            ('cut', None, True),
            ('truncated', None, True),
            ('emptied', None, True),
            ('corrupt', None, True),
            ('not_utf8', UnicodeDecodeError, True),
            ('html_200', None, False),
            ('empty_200', None, False),
            ('html_502', ClientError, False),
            ('html_503', ClientError, False),
            ('internal_error', ClientError, False),
            ('hang_up', ConnectionClosedError, False),
            ('reset_before', ConnectionClosedError, False),
            ('reset_after', ConnectionClosedError, True),
            ('stall_before', ReadTimeoutError, False),
            ('stall_after', ReadTimeoutError, True),
        ],
    )
    def test_a_write(self, engine, table, through, client_of, fault, error, stored):
        item = {'id': {'S': fault}}
        through.plan('PutItem', getattr(proxy, fault))
        client = client_of(through.url, timeout=PATIENCE if fault.startswith('stall') else 5)
        with contextlib.nullcontext() if error is None else pytest.raises(error):
            assert set(client.put_item(TableName=table, Item=item)) == {'ResponseMetadata'}
        wait_for(lambda: through.seen == ['PutItem'])
        read = engine.client.get_item
        wait_for(lambda: ('Item' in read(TableName=table, Key=item)) == stored)
        assert through.forwarded == ['PutItem'] * stored

    @pytest.mark.parametrize(
        'fault', ['cut', 'truncated', 'emptied', 'corrupt', 'html_200', 'empty_200']
    )
    def test_a_read_without_its_item_looks_like_a_success(
        self, engine, table, through, client_of, fault
    ):
        engine.client.put_item(TableName=table, Item={'id': {'S': 'read'}})
        through.plan('GetItem', getattr(proxy, fault))
        reply = client_of(through.url).get_item(TableName=table, Key={'id': {'S': 'read'}})
        metadata = reply.pop('ResponseMetadata')
        assert (reply, metadata['HTTPStatusCode']) == ({}, 200)

    def test_a_body_that_is_never_right_is_a_success_in_the_end(
        self, engine, table, through, client_of
    ):
        """The CRC is a reason to retry, not an error."""
        engine.client.put_item(TableName=table, Item={'id': {'S': 'old'}})
        through.plan('GetItem', *[proxy.altered(b'old', b'new')] * 2)
        client = client_of(through.url, attempts=2)
        reply = client.get_item(TableName=table, Key={'id': {'S': 'old'}})
        assert reply['Item'] == {'id': {'S': 'new'}}
        assert through.forwarded == ['GetItem'] * 2

    def test_retries_go_on_where_the_crc_or_the_status_tells(
        self, engine, table, through, client_of
    ):
        engine.client.put_item(TableName=table, Item={'id': {'S': 'again'}})
        through.plan('GetItem', proxy.truncated, proxy.html_503, proxy.reset_after)
        client = client_of(through.url, attempts=4)
        assert client.get_item(TableName=table, Key={'id': {'S': 'again'}})['Item']
        assert through.seen == ['GetItem'] * 4

    def test_a_lost_reply_applies_a_write_twice(self, engine, table, through, client_of):
        through.plan('UpdateItem', proxy.reset_after)
        client_of(through.url, attempts=2).update_item(
            TableName=table,
            Key={'id': {'S': 'twice'}},
            UpdateExpression='ADD n :one',
            ExpressionAttributeValues={':one': {'N': '1'}},
        )
        reply = engine.client.get_item(TableName=table, Key={'id': {'S': 'twice'}})
        assert reply['Item']['n'] == {'N': '2'}


@pytest.mark.faithful('only DynamoDB Local keeps its tables on disk')
def test_what_dynamodb_local_has_on_disk_survives_a_crash(aws_environment, tmp_path):
    if not choose.dynamodb_local_is_here():
        pytest.skip('DynamoDB Local or Java is not here')
    with on_disk_dynamodb_local(tmp_path) as server:
        first = server.engine
        create_table(first, 'places')
        first.client.put_item(TableName='places', Item={'id': {'S': 'x'}})
        with pytest.raises(EngineError, match='runs already'):
            server.start()
        process = server.server.process
        server.kill()
        assert process.returncode == -9
        server.start()
        assert isinstance(server.engine, Engine)
        reply = server.engine.client.get_item(TableName='places', Key={'id': {'S': 'x'}})
        assert reply['Item'] == {'id': {'S': 'x'}}
        last = server.server.process
    assert last.returncode is not None
