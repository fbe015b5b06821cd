"""``local_dynamodb`` serves a DynamoDB of its own and leaves no trace in ``Connection``."""

import logging
import socket
import subprocess
import sys
import textwrap
from urllib.parse import urlsplit

import pytest

from dynamongo.connection import Connection
from dynamongo.local import local_dynamodb


@pytest.fixture(autouse=True)
def _connection_settings(aws_environment):
    """Settings of the caller's own around each test."""
    Connection.reset()
    Connection.set_config('callerkey', 'callersecret', region='eu-west-1', table_prefix='caller-')
    yield
    Connection.reset()


def create_table(name):
    Connection.client().create_table(
        TableName=name,
        KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],
        AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}],
        BillingMode='PAY_PER_REQUEST',
    )


def table_names():
    return Connection.client().list_tables()['TableNames']


def is_listening(endpoint_url):
    address = urlsplit(endpoint_url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def caller_settings():
    client = Connection.client()
    credentials = client._request_signer._credentials
    return client.meta.region_name, client.meta.endpoint_url, credentials.access_key


def test_yields_the_url_of_a_loopback_server_and_stops_it():
    with local_dynamodb() as endpoint_url:
        assert urlsplit(endpoint_url).scheme == 'http'
        assert urlsplit(endpoint_url).hostname == '127.0.0.1'
        assert is_listening(endpoint_url)
    assert not is_listening(endpoint_url)


def test_connection_reaches_the_server():
    with local_dynamodb() as endpoint_url:
        assert Connection.client().meta.endpoint_url == endpoint_url
        create_table('places')
        table = Connection.resource().Table('places')
        table.put_item(Item={'id': 'nairobi', 'population': 4})
        assert table.get_item(Key={'id': 'nairobi'})['Item']['population'] == 4


def test_sets_the_table_prefix():
    with local_dynamodb(table_prefix='demo-'):
        assert Connection.table_prefix == 'demo-'


def test_the_callers_table_prefix_does_not_reach_into_the_block():
    with local_dynamodb():
        assert Connection.table_prefix == ''


def test_starts_with_no_tables():
    with local_dynamodb():
        create_table('places')
    with local_dynamodb():
        assert table_names() == []


def test_an_inner_block_keeps_the_tables_of_the_outer_one():
    with local_dynamodb() as outer:
        create_table('places')
        with local_dynamodb() as inner:
            assert inner != outer
            assert table_names() == ['places']
        assert Connection.client().meta.endpoint_url == outer
        assert table_names() == ['places']


def test_restores_the_settings_of_the_caller():
    before = caller_settings()
    with local_dynamodb(table_prefix='demo-'):
        assert caller_settings() != before
    assert caller_settings() == before
    assert Connection.table_prefix == 'caller-'


def test_restores_the_settings_when_the_body_raises():
    before = caller_settings()
    with pytest.raises(LookupError, match='of the body'), local_dynamodb() as endpoint_url:
        raise LookupError('of the body')
    assert caller_settings() == before
    assert not is_listening(endpoint_url)


def test_restores_settings_changed_inside_the_block():
    before = caller_settings()
    with local_dynamodb():
        Connection.set_config('otherkey', 'othersecret', region='us-west-1')
    assert caller_settings() == before


def test_requests_are_not_logged(caplog):
    caplog.set_level(logging.INFO)
    with local_dynamodb():
        table_names()
    assert [record for record in caplog.records if record.name == 'werkzeug'] == []


def test_the_log_of_other_servers_comes_back_after_the_block(caplog):
    caplog.set_level(logging.INFO, logger='werkzeug')
    with local_dynamodb():
        pass
    logging.getLogger('werkzeug').info('a request to another server')
    assert caplog.messages == ['a request to another server']


def test_a_missing_moto_is_an_import_error_naming_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'moto.server', None)
    before = caller_settings()
    with pytest.raises(ImportError, match=r"pip install 'dynamongo\[local\]'"), local_dynamodb():
        pytest.fail('the block ran without a server')
    assert caller_settings() == before


def test_a_block_that_is_never_left_does_not_keep_the_program_from_ending():
    """As in a shell, or where an exit stack is never closed."""
    script = """
        import contextlib
        from dynamongo.local import local_dynamodb

        stack = contextlib.ExitStack()
        stack.enter_context(local_dynamodb())
        print('end')
    """
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, 'end\n', '')
