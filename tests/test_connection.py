"""The connection: one state, settings by precedence, safe for threads and forks."""

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config

from dynamongo import Connection, RequestError, ValidationError
from tests.models import User


@pytest.fixture(autouse=True)
def fresh(aws_environment):
    Connection.reset()
    yield
    Connection.reset()


def credentials():
    found = Connection.client()._request_signer._credentials
    return found.access_key, found.secret_key, found.token


def test_all_connections_share_one_state():
    """Every method works on the class and on any instance."""
    first, second = Connection(), Connection(table_prefix='a-')
    assert first.table_prefix == second.table_prefix == Connection.table_prefix == 'a-'
    first.set_config(table_prefix='b-', region='eu-west-1')
    assert (second.table_prefix, Connection.region) == ('b-', 'eu-west-1')
    assert User.table_name() == 'b-users'
    Connection('key', 'secret', 'eu-west-2', 'c-')
    assert (Connection.region, Connection.table_prefix) == ('eu-west-2', 'c-')
    assert credentials() == ('key', 'secret', None)


def test_what_is_not_given_stays():
    Connection.set_config(region='eu-west-1', table_prefix='a-')
    Connection.set_config(endpoint_url='http://127.0.0.1:1')
    assert (Connection.region, Connection.table_prefix) == ('eu-west-1', 'a-')
    Connection.set_config(table_prefix='')
    assert Connection.table_prefix == ''


def test_settings_override_the_environment(monkeypatch):
    monkeypatch.setenv('AWS_REGION_NAME', 'eu-north-1')
    monkeypatch.setenv('AWS_TABLE_PREFIX', 'env-')
    assert (Connection.region, Connection.table_prefix) == ('eu-north-1', 'env-')
    Connection.set_config(region='eu-west-1', table_prefix='set-')
    assert (Connection.region, Connection.table_prefix) == ('eu-west-1', 'set-')
    Connection.reset()
    assert (Connection.region, Connection.table_prefix) == ('eu-north-1', 'env-')


def test_region_by_precedence(monkeypatch):
    """set_config, AWS_REGION_NAME, boto3's own chain, us-east-2."""
    assert Connection.region == 'us-east-2'
    monkeypatch.setenv('AWS_DEFAULT_REGION', 'ap-south-1')
    assert Connection.region == 'ap-south-1'
    monkeypatch.setenv('AWS_REGION_NAME', 'eu-north-1')
    assert Connection.region == 'eu-north-1'
    Connection.set_config(region='eu-west-1')
    assert Connection.region == 'eu-west-1'
    assert Connection.client().meta.region_name == 'eu-west-1'


def test_credentials_of_the_environment_keep_their_session_token(monkeypatch):
    """A key pair without its token would be refused, so boto3 reads all three itself."""
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', 'key')
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', 'secret')
    monkeypatch.setenv('AWS_SESSION_TOKEN', 'token')
    assert credentials() == ('key', 'secret', 'token')


def test_from_env_reads_now_and_puts_the_environment_first(monkeypatch):
    Connection.set_config('old', 'old', 'eu-west-1', 'old-', session_token='old')
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', 'key')
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', 'secret')
    monkeypatch.setenv('AWS_REGION_NAME', 'eu-north-1')
    monkeypatch.setenv('AWS_TABLE_PREFIX', 'env-')
    assert isinstance(Connection.from_env(), Connection)
    assert (Connection.region, Connection.table_prefix) == ('eu-north-1', 'env-')
    assert credentials() == ('key', 'secret', None)
    monkeypatch.setenv('AWS_SESSION_TOKEN', 'token')
    Connection().from_env()
    assert credentials() == ('key', 'secret', 'token')


def test_from_env_leaves_alone_what_the_environment_lacks():
    Connection.set_config('key', 'secret', 'eu-west-1', 'a-')
    Connection.from_env()
    assert (Connection.region, Connection.table_prefix) == ('eu-west-1', 'a-')
    assert credentials()[0] == 'key'


def test_a_new_key_pair_replaces_the_token():
    Connection.set_config('key', 'secret', session_token='token')
    assert credentials() == ('key', 'secret', 'token')
    Connection.set_config('key2', 'secret2')
    assert credentials() == ('key2', 'secret2', None)


@pytest.mark.parametrize('half', [{'access_key_id': 'key'}, {'secret_access_key': 'secret'}])
def test_half_a_key_pair_is_refused(half):
    with pytest.raises(ValidationError, match='belong together'):
        Connection.set_config(**half)


def test_profile(monkeypatch, tmp_path):
    path = tmp_path / 'config'
    path.write_text('[profile work]\nregion = sa-east-1\naws_access_key_id = a\n'
                    'aws_secret_access_key = b\n')  # fmt: skip
    monkeypatch.setenv('AWS_CONFIG_FILE', str(path))
    Connection.set_config(profile='work')
    assert Connection.region == 'sa-east-1'
    assert credentials() == ('a', 'b', None)


def test_a_session_makes_the_clients():
    session = boto3.Session('key', 'secret', region_name='eu-west-3')
    Connection.set_config(session=session)
    assert Connection.region == 'eu-west-3'
    assert credentials()[:2] == ('key', 'secret')


def test_config_is_laid_over_the_defaults():
    Connection.set_config('key', 'secret', config=Config(read_timeout=7))
    config = Connection.client().meta.config
    assert config.read_timeout == 7
    assert config.retries == {'mode': 'standard', 'total_max_attempts': 4}
    Connection.set_config(config=Config(retries={'total_max_attempts': 1}))
    assert Connection.client().meta.config.retries['total_max_attempts'] == 1


def test_endpoint_url():
    Connection.set_config('key', 'secret', endpoint_url='http://127.0.0.1:1234')
    assert Connection.endpoint_url == Connection().endpoint_url == 'http://127.0.0.1:1234'
    assert Connection.client().meta.endpoint_url == 'http://127.0.0.1:1234'


@pytest.mark.parametrize('show', [repr, str])
def test_secrets_are_never_shown(show):
    Connection.set_config('AKIAKEY', 'the-secret', session_token='the-token')
    with Connection.using(secret_access_key='another-secret', access_key_id='AKIAKEY'):
        for shown in (Connection(), Connection, Connection._snapshot()):
            assert 'secret' not in show(shown).replace('secret_access_key', '')
            assert 'the-token' not in show(shown)


def test_settings_are_not_assigned():
    with pytest.raises(AttributeError, match='set_config'):
        Connection.table_prefix = 'x-'
    for name in ('table_prefix', 'anything'):
        with pytest.raises(AttributeError):
            setattr(Connection(), name, 'x-')


def test_unknown_settings_are_refused():
    for refuse in (Connection.set_config, Connection):
        with pytest.raises(TypeError, match='prefix'):
            refuse(prefix='x')
    with pytest.raises(TypeError, match='prefix'), Connection.using(prefix='x'):
        pass


def test_using_overrides_for_a_block():
    Connection.set_config('key', 'secret', region='eu-west-1', table_prefix='a-')
    outside = Connection.client()
    with Connection.using(table_prefix='b-') as inside:
        assert inside is Connection
        assert User.table_name() == 'b-users'
        assert Connection.client() is outside
        with Connection.using(region='eu-west-2'):
            assert (Connection.table_prefix, Connection.region) == ('b-', 'eu-west-2')
            assert Connection.client() is not outside
        Connection.set_config(endpoint_url='http://127.0.0.1:1234')
        assert (Connection.table_prefix, Connection.region) == ('b-', 'eu-west-1')
        assert Connection.endpoint_url == 'http://127.0.0.1:1234'
    assert (Connection.table_prefix, Connection.region) == ('a-', 'eu-west-1')


def test_a_nested_key_pair_does_not_keep_the_outer_token():
    with Connection.using(access_key_id='a', secret_access_key='b', session_token='c'):
        assert credentials() == ('a', 'b', 'c')
        with Connection.using(access_key_id='d', secret_access_key='e'):
            assert credentials() == ('d', 'e', None)
        assert credentials() == ('a', 'b', 'c')


def test_the_last_way_to_say_who_calls_holds(monkeypatch, tmp_path):
    """A key pair, a profile and a session replace each other, in using blocks too."""
    path = tmp_path / 'config'
    path.write_text('[profile work]\naws_access_key_id = p\naws_secret_access_key = q\n')
    monkeypatch.setenv('AWS_CONFIG_FILE', str(path))
    session = boto3.Session('s', 't', region_name='eu-west-3')
    Connection.set_config('key', 'secret')
    with Connection.using(profile='work'):
        assert credentials() == ('p', 'q', None)
        with Connection.using(session=session):
            assert credentials() == ('s', 't', None)
    assert credentials() == ('key', 'secret', None)
    Connection.set_config(session=session)
    assert credentials() == ('s', 't', None)
    Connection.set_config(profile='work')
    assert credentials() == ('p', 'q', None)


def test_who_calls_is_said_in_one_way():
    with pytest.raises(ValidationError, match='access_key_id and profile exclude each other'):
        Connection.set_config('key', 'secret', profile='work')


def test_the_region_of_a_session_outranks_the_environment(monkeypatch):
    monkeypatch.setenv('AWS_REGION_NAME', 'us-west-1')
    Connection.set_config(session=boto3.Session('s', 't', region_name='eu-west-3'))
    assert Connection.region == 'eu-west-3'


@pytest.mark.parametrize(
    'setting',
    [{'region': 5}, {'config': {}}, {'session': 'x'}, {'table_prefix': b'x'}, {'profile': 1}],
)
def test_settings_of_the_wrong_type_are_refused(setting):
    (name,) = setting
    for refuse in (Connection.set_config, lambda **given: Connection.using(**given).__enter__()):
        with pytest.raises(ValidationError, match=f'{name} takes a'):
            refuse(**setting)


@pytest.mark.parametrize(
    'ask',
    [lambda: User.get_one('a@b.co'), Connection.client, Connection.resource],
    ids=['get_one', 'client', 'resource'],
)
@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        ({'profile': 'wrok'}, "no profile 'wrok'; did you mean 'work'"),
        ({'endpoint_url': 'http://'}, 'Invalid endpoint: http://; write it as'),
        ({'endpoint_url': 'http://me:secret@a b'}, r'Invalid endpoint: http://\*\*\*@a b; write'),
    ],
)
def test_settings_that_make_no_client_are_named_at_the_first_request(
    setting, message, ask, monkeypatch, tmp_path
):
    path = tmp_path / 'config'
    path.write_text('[profile work]\nregion = sa-east-1\n')
    monkeypatch.setenv('AWS_CONFIG_FILE', str(path))
    Connection.set_config(**setting)
    assert 'Connection(' in repr(Connection())
    with pytest.raises(ValidationError, match=message):
        ask()


def test_an_endpoint_is_a_url():
    with pytest.raises(ValidationError, match='begins with http'):
        Connection.set_config(endpoint_url='localhost:8000')


def test_a_session_token_needs_its_key_pair():
    with pytest.raises(ValidationError, match='needs the key pair'):
        Connection.set_config(session_token='t')
    Connection.set_config('key', 'secret')
    Connection.set_config(session_token='t')
    assert credentials() == ('key', 'secret', 't')


def test_tasks_started_in_a_using_block_see_it():
    async def prefix():
        return Connection.table_prefix

    async def main():
        with Connection.using(table_prefix='b-'):
            task = asyncio.create_task(prefix())
        return await task, Connection.table_prefix

    assert asyncio.run(main()) == ('b-', '')


def test_threads_see_a_using_block_by_a_copy_of_its_context():
    with Connection.using(table_prefix='b-'), ThreadPoolExecutor() as pool:
        run = contextvars.copy_context().run
        assert pool.submit(run, lambda: Connection.table_prefix).result() == 'b-'


def test_passwords_in_urls_are_not_shown():
    Connection.set_config(endpoint_url='http://user:hunter2@127.0.0.1:1')
    assert 'hunter2' not in repr(Connection())
    assert '127.0.0.1:1' in repr(Connection())


def test_using_ends_with_an_error():
    with pytest.raises(KeyError), Connection.using(table_prefix='b-'):
        raise KeyError
    assert Connection.table_prefix == ''


def test_using_does_not_reach_other_threads():
    seen = []
    with Connection.using(table_prefix='b-'):
        thread = threading.Thread(target=lambda: seen.append(Connection.table_prefix))
        thread.start()
        thread.join()
    assert seen == ['']


def test_one_client_and_one_table_of_each_thread():
    """boto3's clients may be shared between threads, its resources and tables may not."""
    Connection.set_config('key', 'secret')
    made = []

    def make():
        made.append((Connection.client(), Connection.resource(), Connection.get_table('t')))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    make()
    clients, resources, tables = zip(*made)
    assert len(set(map(id, clients))) == 1
    assert len(set(map(id, resources))) == len(set(map(id, tables))) == 5
    assert len({id(resource.meta.client) for resource in resources}) == 1
    assert Connection.get_table('t') is Connection.get_table('t')
    assert Connection.get_table('t').name == 't'
    assert Connection.resource() is Connection.resource()


def test_reset_forgets_everything():
    Connection.set_config('key', 'secret', table_prefix='a-')
    client, table = Connection.client(), Connection.get_table('t')
    Connection.reset()
    assert Connection.table_prefix == ''
    Connection.set_config('key', 'secret')
    assert Connection.client() is not client
    assert Connection.get_table('t') is not table


@pytest.mark.filterwarnings('ignore:This process .* is multi-threaded:DeprecationWarning')
def test_a_forked_child_has_clients_of_its_own(connection):
    """Sockets that a parent has open can't be shared with its child."""
    User.create_table()
    User.save_one({'email': 'a@b.co', 'name': 'parent'})
    read, write = os.pipe()
    inherited = connection.resource()
    child = os.fork()
    if child == 0:
        try:
            own = connection.resource() is not inherited
            name = User.get_one('a@b.co').name
            os.write(write, f'{own} {name}'.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100) == b'True parent'
    os.close(read)
    os.close(write)
    assert connection.resource() is inherited


def test_the_client_speaks_wire_types(connection):
    User.create_table()
    connection.client().put_item(
        TableName=User.table_name(), Item={'email': {'S': 'a@b.co'}, 'name': {'S': 'A'}}
    )
    assert User.get_one('a@b.co').name == 'A'


def test_without_credentials_the_error_says_so():
    Connection.set_config(endpoint_url='http://127.0.0.1:9')
    with pytest.raises(RequestError, match='credentials') as caught:
        User.get_one('a@b.co')
    assert 'User.get_item' in str(caught.value)
    assert caught.value.code is None
    assert caught.value.__cause__ is not None


def test_import_makes_nothing():
    """Importing the package neither imports boto3 nor reads the environment's credentials."""
    code = 'import sys, dynamongo; print("boto3" in sys.modules or "botocore" in sys.modules)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'False'
