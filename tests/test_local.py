"""``local_dynamodb`` gives a block a DynamoDB of its own and leaves no trace in ``Connection``."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from dynamongo import (
    Connection,
    ExpressionError,
    IntField,
    Model,
    StringField,
    TableNotFoundError,
    ValidationError,
    VersionField,
    _engines,
)
from dynamongo._engines import InFlight
from dynamongo.connection import _borg
from dynamongo.exceptions import ConditionalCheckFailedException, SchemaError
from dynamongo.local import EngineError, LocalDynamoDB, local_dynamodb
from tests.engines import choose, locate

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class City(Model):
    __table__ = 'cities'
    __hash_key__ = 'name'

    name = StringField(required=True)
    people = IntField(min_value=0)


class Street(Model):
    __table__ = 'streets'
    __hash_key__ = 'city'
    __range_key__ = 'number'

    city = StringField(required=True)
    number = IntField(required=True)


class Land(Model):
    __abstract__ = True

    name = StringField()


@pytest.fixture(autouse=True)
def _connection_settings(aws_environment, monkeypatch):
    """Settings of the caller's own around each test."""
    monkeypatch.delenv('DYNAMONGO_ENGINE', raising=False)
    Connection.reset()
    Connection.set_config('callerkey', 'callersecret', region='eu-west-1', table_prefix='caller-')
    yield
    Connection.reset()


@pytest.fixture(scope='module')
def dynamodb_local():
    """Sees to it that DynamoDB Local can be had, or skips the test."""
    if not choose.dynamodb_local_is_here():
        pytest.skip('DynamoDB Local or Java is not here')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DYNAMODB_LOCAL_JAR', str(locate.find_jar().parent))
        yield 'dynamodb-local'


@pytest.fixture(
    params=['moto', pytest.param('dynamodb-local', marks=pytest.mark.broad), 'url'],
)
def kind(request):
    """What ``local_dynamodb`` takes for one of the three kinds of engine."""
    if request.param == 'dynamodb-local':
        return request.getfixturevalue('dynamodb_local')
    return request.getfixturevalue('engine').endpoint_url if request.param == 'url' else 'moto'


def table_names():
    return Connection.client().list_tables()['TableNames']


def settings():
    return _borg.settings, _borg.overrides.get()


class TestBlock:
    """Each block begins without tables, and ends as if it had never been."""

    def test_models_reach_the_engine(self, kind):
        with local_dynamodb(engine=kind) as dynamodb:
            assert Connection.endpoint_url == dynamodb.endpoint_url
            City.create_table()
            City.save_one({'name': 'Nairobi', 'people': 4})
            assert City.get_one('Nairobi').people == 4

    def test_it_starts_with_no_tables(self, kind):
        for _ in range(2):
            with local_dynamodb(engine=kind):
                with pytest.raises(TableNotFoundError):
                    City.get_many(['Nairobi'])
                City.create_table()

    def test_an_inner_block_has_tables_of_its_own(self, kind):
        with local_dynamodb(engine=kind, items={City: [{'name': 'Nairobi'}]}) as outer:
            with local_dynamodb(engine=kind, items={City: [{'name': 'Lamu'}]}) as inner:
                assert [city['name'] for city in inner.dump(City)] == ['Lamu']
            assert [city['name'] for city in outer.dump(City)] == ['Nairobi']

    def test_blocks_may_end_in_any_order(self, kind):
        before = settings()
        first, second = (
            local_dynamodb(engine=kind, items={City: [{'name': name}]}) for name in ('a', 'b')
        )
        first.__enter__()
        dynamodb = second.__enter__()
        first.__exit__(None, None, None)
        assert [city['name'] for city in dynamodb.dump(City)] == ['b']
        second.__exit__(None, None, None)
        assert settings() == before

    @pytest.mark.parametrize('error', [None, LookupError('of the body')])
    def test_the_settings_of_before_hold_afterwards(self, error, kind):
        before = settings()
        with contextlib.suppress(LookupError), local_dynamodb('demo-', engine=kind):
            Connection.set_config('otherkey', 'othersecret', region='us-west-1')
            Connection.set_config(table_prefix='other-', batch_attempts=3)
            if error is not None:
                raise error
        assert settings() == before

    def test_a_using_block_around_it_holds_again_afterwards_and_not_inside(self):
        with Connection.using(endpoint_url='http://127.0.0.1:1', table_prefix='tenant-'):
            before = settings()
            with local_dynamodb(models=[City]):
                assert table_names() == ['cities']
            assert settings() == before

    def test_a_using_block_that_is_left_open_inside_it_ends_with_it(self):
        before = settings()
        with local_dynamodb():
            Connection.using(table_prefix='tenant-').__enter__()
        assert settings() == before

    def test_tables_of_another_region_and_key_are_gone_as_well(self):
        with local_dynamodb():
            Connection.set_config('otherkey', 'othersecret', region='eu-central-1')
            City.create_table()
        with local_dynamodb():
            Connection.set_config('otherkey', 'othersecret', region='eu-central-1')
            assert table_names() == []

    def test_a_thread_that_was_left_behind_writes_nothing_into_the_next_block(self, kind):
        stop, wrote = threading.Event(), threading.Event()

        def write():
            table = City.table()
            while not stop.is_set():
                try:
                    table.put_item(Item={'name': 'late'})
                except EngineError as error:
                    refusals.append(str(error))
                    return
                except table.meta.client.exceptions.ResourceNotFoundException:
                    continue
                wrote.set()

        refusals = []
        with local_dynamodb(engine=kind, models=[City]):
            thread = threading.Thread(target=write)
            thread.start()
            assert wrote.wait(30)
        with local_dynamodb(engine=kind, models=[City]) as dynamodb:
            thread.join(30)
            stop.set()
            thread.join()
            assert dynamodb.dump(City) == []
        assert len(refusals) < 2
        assert all('a local_dynamodb block that has ended' in refusal for refusal in refusals)

    @pytest.mark.parametrize('is_inside', [False, True], ids=['following', 'inner'])
    def test_a_request_that_is_under_way_is_done_in_its_own_block(self, is_inside, kind):
        under_way = threading.Event()

        def linger(**kwargs):
            under_way.set()
            time.sleep(0.5)

        def write():
            table = City.table()
            table.meta.client.meta.events.register('before-send.dynamodb', linger)
            table.put_item(Item={'name': 'late'})

        with contextlib.ExitStack() as stack:
            outer = stack.enter_context(local_dynamodb(engine=kind, models=[City]))
            thread = threading.Thread(target=write)
            thread.start()
            assert under_way.wait(30)
            if not is_inside:
                stack.close()
            with local_dynamodb(engine=kind, models=[City]) as dynamodb:
                thread.join(30)
                assert dynamodb.dump(City) == []
            if is_inside:
                assert [city['name'] for city in outer.dump(City)] == ['late']

    @pytest.mark.parametrize('event', ['before-send', 'response-received', 'needs-retry'])
    @pytest.mark.parametrize('error', [KeyboardInterrupt, pytest.fail.Exception, RuntimeError])
    def test_a_request_that_a_handler_cuts_off_is_not_waited_for(self, event, error, monkeypatch):
        """Its thread may live on, as those of a pool do."""
        monkeypatch.setattr(InFlight.wait, '__defaults__', (2,))
        cut, stop, raised = threading.Event(), threading.Event(), []

        def cut_off(**kwargs):
            raise error('cut off')

        def work():
            client = Connection.client()
            client.meta.events.register(f'{event}.dynamodb', cut_off)
            try:
                client.list_tables()
            except BaseException as got:
                raised.append(type(got))
            cut.set()
            stop.wait(60)

        thread = threading.Thread(target=work)
        try:
            with local_dynamodb():
                thread.start()
                assert cut.wait(30)
            with local_dynamodb(models=[City]):
                City.save_one({'name': 'Lamu'})
        finally:
            stop.set()
            thread.join()
        assert raised == [error]

    def test_a_request_that_was_refused_is_not_waited_for(self, kind):
        with local_dynamodb(engine=kind, models=[City]):
            table = City.table()
        in_flight = _engines.in_flight
        with local_dynamodb(engine=kind, models=[City]):
            with pytest.raises(EngineError, match='that has ended'):
                table.put_item(Item={'name': 'late'})
            assert threading.current_thread() not in in_flight._requests.values()

    def test_a_request_within_a_request_of_the_same_thread(self):
        in_flight, stop, begun = InFlight(), threading.Event(), threading.Event()

        def work():
            with in_flight.request():
                with in_flight.request():
                    pass
                begun.set()
                stop.wait(30)

        thread = threading.Thread(target=work, name='worker')
        thread.start()
        assert begun.wait(30)
        try:
            with pytest.raises(EngineError, match='worker has had no answer'):
                in_flight.wait(0)
        finally:
            stop.set()
            thread.join()
        in_flight.wait(0)

    def test_requests_that_are_begun_while_it_waits_are_not_waited_for(self):
        in_flight, stop = InFlight(), threading.Event()

        def work():
            while not stop.wait(0.001):
                with in_flight.request():
                    pass

        thread = threading.Thread(target=work)
        thread.start()
        try:
            in_flight.wait(30)
        finally:
            stop.set()
            thread.join()

    def test_what_a_block_raises_is_not_replaced_by_a_request_that_is_late(
        self, monkeypatch, caplog
    ):
        monkeypatch.setattr(InFlight.wait, '__defaults__', (0,))
        sent, stop = threading.Event(), threading.Event()

        def linger(**kwargs):
            sent.set()
            stop.wait(30)

        def work():
            client = Connection.client()
            client.meta.events.register('before-send.dynamodb', linger)
            client.list_tables()

        def fail():
            with local_dynamodb():
                thread.start()
                assert sent.wait(30)
                raise ZeroDivisionError

        thread = threading.Thread(target=work, name='worker')
        try:
            with pytest.raises(ZeroDivisionError):
                fail()
        finally:
            stop.set()
            thread.join()
        assert 'a request of worker has had no answer' in caplog.text

    def test_the_outer_block_is_used_while_the_engine_of_an_inner_one_starts(self, monkeypatch):
        saved = []

        def open_world(engine):
            thread = threading.Thread(target=City.save_one, args=[{'name': 'Lamu'}])
            thread.start()
            thread.join(30)
            saved.extend(city['name'] for city in dynamodb.dump(City))
            raise EngineError('no engine')

        with local_dynamodb(models=[City]) as dynamodb:
            with monkeypatch.context() as patch:
                patch.setattr(_engines, 'open_world', open_world)
                with pytest.raises(EngineError, match='no engine'):
                    local_dynamodb().__enter__()
            assert saved == ['Lamu'] == [city['name'] for city in dynamodb.dump(City)]

    @pytest.mark.parametrize(
        'take',
        [
            City.table,
            lambda: Connection.get_table('cities'),
            lambda: Connection.resource().Table('cities'),
        ],
        ids=['Model.table', 'get_table', 'resource'],
    )
    def test_what_was_taken_in_a_block_is_refused_after_it_and_in_an_inner_one(self, take, kind):
        item = {'name': 'late'}
        with local_dynamodb('', engine=kind, models=[City]) as outer:
            table = take()
            with local_dynamodb('', engine=kind, models=[City]) as inner:
                with pytest.raises(EngineError, match='with another block inside'):
                    table.put_item(Item=item)
                assert inner.dump(City) == []
            assert outer.dump(City) == []
        with local_dynamodb('', engine=kind, models=[City]) as following:
            with pytest.raises(EngineError, match='that has ended'):
                table.put_item(Item=item)
            with pytest.raises(EngineError, match='that has ended'):
                table.meta.client.list_tables()
            assert following.dump(City) == []

    def test_an_iterator_of_a_block_that_has_ended_reads_nothing_of_the_next(self):
        with local_dynamodb(items={City: [{'name': 'Lamu'}]}):
            client, iterator = Connection.client(), City.iter_many(scan=True)
        with local_dynamodb(items={City: [{'name': 'Nairobi'}]}):
            with pytest.raises(EngineError, match='that has ended'):
                next(iter(iterator))
            with pytest.raises(EngineError, match='that has ended'):
                client.list_tables()

    @pytest.mark.parametrize(
        'use',
        [
            LocalDynamoDB.clear,
            lambda dynamodb: dynamodb.create_tables(City),
            lambda dynamodb: dynamodb.seed(City, []),
            lambda dynamodb: dynamodb.dump(City),
        ],
    )
    def test_the_value_of_an_outer_block_leaves_the_inner_one_alone(self, use, kind):
        with local_dynamodb(engine=kind, items={City: [{'name': 'Nairobi'}]}) as outer:
            with local_dynamodb(engine=kind, items={City: [{'name': 'Lamu'}]}) as inner:
                with pytest.raises(EngineError, match='another local_dynamodb block is inside'):
                    use(outer)
                assert [city['name'] for city in inner.dump(City)] == ['Lamu']
            assert [city['name'] for city in outer.dump(City)] == ['Nairobi']

    def test_handlers_of_one_block_are_not_those_of_the_next(self):
        """Botocore's events, that is: each block has a client of its own."""
        heard = []
        for _ in range(2):
            with local_dynamodb(models=[City]):
                City.save_one({'name': 'Lamu'})
                events = City.table().meta.client.meta.events
                events.register('before-call', lambda **kwargs: heard.append(kwargs))
        assert heard == []

    def test_threads_use_it(self):
        with local_dynamodb(models=[City]) as dynamodb:
            names = [f'c{number}' for number in range(8)]
            threads = [
                threading.Thread(target=City.save_one, args=[{'name': name}]) for name in names
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [city['name'] for city in dynamodb.dump(City)] == names

    @pytest.mark.parametrize(
        ('variable', 'argument', 'prefix'),
        [(None, None, ''), ('env-', None, 'env-'), ('env-', 'demo-', 'demo-'), ('env-', '', '')],
    )
    def test_the_table_prefix(self, variable, argument, prefix, monkeypatch):
        """It is the argument, else the environment's, and never the caller's."""
        if variable is not None:
            monkeypatch.setenv('AWS_TABLE_PREFIX', variable)
        with local_dynamodb(argument):
            assert Connection.table_prefix == prefix

    def test_what_the_environment_says_of_aws_does_not_matter(self, monkeypatch):
        for name, value in {
            'AWS_PROFILE': 'absent',
            'AWS_ENDPOINT_URL_DYNAMODB': 'http://127.0.0.1:1',
            'HTTP_PROXY': 'http://127.0.0.1:1',
            'AWS_REGION_NAME': 'nowhere-1',
        }.items():
            monkeypatch.setenv(name, value)
        with local_dynamodb(models=[City]):
            assert table_names() == ['cities']

    def test_requests_are_not_logged(self, caplog):
        caplog.set_level(logging.INFO, logger='werkzeug')
        with local_dynamodb(models=[City]):
            pass
        logging.getLogger('werkzeug').info('a request to another server')
        assert [each.getMessage() for each in caplog.records if each.name == 'werkzeug'] == [
            'a request to another server'
        ]

    def test_one_server_serves_all_blocks_of_a_process(self, kind):
        urls = set()
        for _ in range(3):
            with local_dynamodb(engine=kind) as dynamodb:
                urls.add(dynamodb.endpoint_url)
        assert len(urls) == 1
        assert urlsplit(urls.pop()).hostname == '127.0.0.1'


def setting(*arguments, **options):
    """What a program may set when it starts; as ``set_config`` and as ``using`` take it."""
    names = ('access_key_id', 'secret_access_key')
    return {**dict(zip(names, arguments)), **options}


#: What names no endpoint of its own.
START_UPS = [
    setting(region='eu-central-1'),
    setting('otherkey', 'othersecret', session_token='token'),
    setting(profile='absent'),
    setting(config=Config(proxies={'http': 'http://127.0.0.1:1'}, read_timeout=20)),
    setting('otherkey', 'othersecret', region='us-west-1', batch_attempts=2, table_prefix='my-'),
]


class TestNothingReachesAws:
    """Whatever the program sets, its requests stay on the DynamoDB of the block."""

    @pytest.fixture(autouse=True)
    def hosts(self, monkeypatch):
        """Hears where requests go, and keeps them on this machine."""
        hosts = set()
        send = URLLib3Session.send

        def heard(self, request):
            hosts.add(urlsplit(request.url).hostname)
            assert hosts == {'127.0.0.1'}
            return send(self, request)

        monkeypatch.setattr(URLLib3Session, 'send', heard)
        return hosts

    def check(self, dynamodb):
        """Program and fixture see the same tables, and both are at the endpoint of the block."""
        dynamodb.seed(City, [{'name': 'Lamu'}])
        assert City.get_one('Lamu').name == 'Lamu'
        City.save_one({'name': 'Nairobi'})
        assert [city['name'] for city in dynamodb.dump(City)] == ['Lamu', 'Nairobi']
        # A server that runs already holds the tables of tests beside this one too.
        own = City.table_name().split('-')[:2]
        names = Connection.client().list_tables()['TableNames']
        assert [name for name in names if name.split('-')[:2] == own] == [City.table_name()]
        assert (Connection.endpoint_url, Connection.region) == (dynamodb.endpoint_url, 'us-east-2')
        dynamodb.clear()

    def test_a_reset(self, kind, hosts):
        with local_dynamodb('demo-', engine=kind) as dynamodb:
            Connection.set_config(table_prefix='other-')
            Connection.reset()
            assert City.table_name().endswith('demo-cities')
            self.check(dynamodb)
        assert hosts == {'127.0.0.1'}

    @pytest.mark.parametrize('settings', START_UPS, ids=lambda settings: ' '.join(settings))
    def test_what_a_program_sets_when_it_starts(self, settings, kind):
        with local_dynamodb(engine=kind) as dynamodb:
            with Connection.using(**settings):
                self.check(dynamodb)
            Connection.set_config(**settings)
            self.check(dynamodb)
            assert Connection.batch_attempts == settings.get('batch_attempts', 8)
            Connection.reset()
            Connection(**settings)
            self.check(dynamodb)

    def test_the_environment(self, kind, monkeypatch):
        with local_dynamodb(engine=kind) as dynamodb:
            for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION_NAME'):
                monkeypatch.setenv(name, 'eu-west-1')
            monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:1')
            monkeypatch.setenv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
            Connection.from_env()
            self.check(dynamodb)

    def test_the_endpoint_of_the_block_is_no_other_one(self, kind):
        with local_dynamodb(engine=kind) as dynamodb:
            Connection.set_config('a', 'b', region='x-1', endpoint_url=dynamodb.endpoint_url)
            self.check(dynamodb)

    def test_who_names_another_endpoint_gets_it(self, engine):
        """With the credentials and the region of the block, unless he names these as well."""
        with local_dynamodb(models=[City]) as dynamodb:
            with Connection.using(endpoint_url=engine.endpoint_url):
                assert Connection.endpoint_url == engine.endpoint_url
                assert Connection.region == 'us-east-2'
                client = Connection.client()
                client.list_tables()
                assert dynamodb.dump(City) == []
            other = setting('otherkey', 'othersecret', region='eu-west-1')
            with Connection.using(endpoint_url='http://127.0.0.1:2', **other):
                assert Connection.client()._request_signer._credentials.access_key == 'otherkey'
                assert Connection.region == 'eu-west-1'
                assert dynamodb.dump(City) == []


class TestEngineThatRunsAlready:
    """Nobody else's tables are touched there."""

    def test_only_tables_of_the_block_are_deleted(self, connection, engine):
        City.create_table()
        City.save_one({'name': 'Nairobi'})
        with local_dynamodb('x-', engine=engine.endpoint_url, models=[City]) as dynamodb:
            assert City.table_name().endswith('-x-cities')
            assert City.table_name() in engine.client.list_tables()['TableNames']
            made = City.table_name()
            dynamodb.clear()
            assert made not in engine.client.list_tables()['TableNames']
            dynamodb.create_tables(City)
        assert made not in engine.client.list_tables()['TableNames']
        assert City.get_one('Nairobi').name == 'Nairobi'

    @pytest.mark.parametrize(
        'prefix', ['tenant-ada-', '', None], ids=['of a tenant', 'none', 'as it was']
    )
    def test_a_prefix_of_the_program_comes_after_that_of_the_block(self, prefix, engine):
        def new():
            return set(engine.client.list_tables()['TableNames']) & names

        with local_dynamodb('own-', engine=engine.endpoint_url) as dynamodb:
            own = Connection.table_prefix
            assert own.endswith('-own-')
            expected = own[:-4] + ('own-' if prefix is None else prefix)
            names = {f'{expected}cities', f'{own[:-4]}set-cities', 'cities', 'set-cities'}
            names.add(f'{prefix}cities')
            with Connection.using(table_prefix=prefix):
                assert Connection.table_prefix == expected
                dynamodb.seed(City, [{'name': 'Lamu'}])
                assert new() == {f'{expected}cities'}
                assert City.count(scan=True) == len(dynamodb.dump(City)) == 1
                with Connection.using(table_prefix=f'{Connection.table_prefix}sub-'):
                    assert Connection.table_prefix == f'{expected}sub-'
            Connection.set_config(table_prefix='set-')
            City.create_table()
            assert new() == {f'{expected}cities', f'{own[:-4]}set-cities'}
        assert new() == set()

    def test_a_protected_table_is_deleted_as_well(self, engine):
        class Kept(City):
            __table__ = 'kept'
            __deletion_protection__ = True

        with local_dynamodb(engine=engine.endpoint_url, models=[Kept]):
            made = Kept.table_name()
        assert made not in engine.client.list_tables()['TableNames']


class TestRefusals:
    """What was asked for is what runs, or an error says why not."""

    @pytest.mark.parametrize(
        ('engine', 'message'),
        [
            ('dynamo', r"no engine is called 'dynamo'; there are 'moto', 'dynamodb-local', and"),
            ('http://127.0.0.1:1', r'no DynamoDB for tests answers at http://127\.0\.0\.1:1: '),
            ('http://u:p@127.0.0.1:1', r'answers at http://\*\*\*@127'),
            ('dynamodb-local', r'DynamoDB Local is not here: .* in DYNAMODB_LOCAL_JAR'),
        ],
    )
    def test_an_engine_that_can_not_be_had(self, engine, message, monkeypatch):
        monkeypatch.delenv('DYNAMODB_LOCAL_JAR', raising=False)
        monkeypatch.setattr('dynamongo._engines._started', type(_started())())
        before = settings()
        with pytest.raises(EngineError, match=message), local_dynamodb(engine=engine):
            pytest.fail('the block ran')
        assert settings() == before

    def test_no_error_of_an_engine_shows_its_password(self):
        with pytest.raises(EngineError) as caught:
            local_dynamodb(engine='http://me:hidden@127.0.0.1:1').__enter__()
        shown = ''.join(traceback.format_exception(None, caught.value, None))
        assert 'http://***@127' in shown
        assert 'hidden' not in shown
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)

    def test_the_environment_chooses_and_is_named_where_it_is_wrong(self, monkeypatch):
        monkeypatch.setenv('DYNAMONGO_ENGINE', 'dynamo')
        with pytest.raises(EngineError, match=r'\(DYNAMONGO_ENGINE in the environment\)'):
            local_dynamodb().__enter__()
        with local_dynamodb(engine='moto') as dynamodb:
            assert dynamodb.engine == 'moto'

    @pytest.mark.parametrize(
        ('name', 'found'), [('absent.jar', 'which is not a file'), ('', 'a folder without')]
    )
    def test_a_named_jar_must_be_there(self, name, found, monkeypatch, tmp_path):
        monkeypatch.setenv('DYNAMODB_LOCAL_JAR', str(tmp_path / name))
        monkeypatch.setattr('dynamongo._engines._started', type(_started())())
        with pytest.raises(EngineError, match=found):
            local_dynamodb(engine='dynamodb-local').__enter__()

    def test_java_must_be_there(self, dynamodb_local, monkeypatch, tmp_path):
        monkeypatch.setenv('PATH', str(tmp_path))
        monkeypatch.delenv('JAVA_HOME', raising=False)
        monkeypatch.setattr('dynamongo._engines._started', type(_started())())
        with pytest.raises(EngineError, match='no java was found'):
            local_dynamodb(engine=dynamodb_local).__enter__()

    def test_a_missing_moto_is_an_import_error_naming_the_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, 'moto.server', None)
        monkeypatch.setattr('dynamongo._engines._started', type(_started())())
        before = settings()
        refused = pytest.raises(ImportError, match=r"pip install 'dynamongo\[local\]'")
        with refused, local_dynamodb(engine='moto'):
            pytest.fail('the block ran without a server')
        assert settings() == before

    @pytest.mark.parametrize('models', [[object], ['City'], [City()]])
    def test_models_are_classes(self, models):
        with pytest.raises(ValidationError, match='models takes model classes, not '):
            local_dynamodb(models=models).__enter__()

    def test_an_abstract_model_has_no_table(self):
        with pytest.raises(SchemaError, match='Land is abstract'):
            local_dynamodb(models=[Land]).__enter__()


def _started():
    from dynamongo import _engines

    return _engines._started


class TestSeed:
    """Items to begin with are validated, all of them or none are saved, and each is named."""

    def test_tables_are_made_and_items_saved_in_their_order(self):
        with local_dynamodb() as dynamodb:
            lamu, nairobi = dynamodb.seed(City, [{'name': 'Lamu'}, City(name='Nairobi', people=4)])
            assert (lamu.name, nairobi.people) == ('Lamu', 4)
            assert City.get_one('Nairobi') == nairobi

    def test_a_dict_of_models(self):
        street = {'city': 'Lamu', 'number': 1}
        cities = ({'name': name} for name in 'ab')
        with local_dynamodb(items={City: cities, Street: [street]}) as dynamodb:
            assert dynamodb.dump(City) == [{'name': n, 'people': None} for n in 'ab']
            assert dynamodb.dump(Street) == [street]

    def test_all_that_is_wrong_is_said_and_nothing_is_saved(self, sent):
        with local_dynamodb() as dynamodb, pytest.raises(ValidationError) as caught:
            dynamodb.seed(
                {
                    Street: [{'city': 'Lamu', 'number': 1}],
                    City: [{'name': 'Lamu'}, {'name': 'Nairobi', 'people': -1}, {'nmae': 'Kisumu'}],
                }
            )
        assert str(caught.value).splitlines() == [
            'City.seed has 3 invalid values:',
            '  items[1].people: Int value should be greater than or equal to 0 (got -1)',
            "  items[2].nmae: no such field; did you mean 'name'?",
            '  items[2].name: This field is required',
        ]
        assert sent == []

    def test_two_items_with_one_key_are_a_mistake(self):
        with local_dynamodb() as dynamodb, pytest.raises(ValidationError) as caught:
            dynamodb.seed(City, [{'name': 'a'}, {'name': 'b'}, {'name': 'a', 'people': 1}])
        said = 'City.seed: items[2]: it has the same key as items[0]; give each item once'
        assert str(caught.value) == said

    def test_what_can_not_be_saved_raises(self):
        class Town(City):
            __table__ = 'towns'
            version = VersionField()

        refused = pytest.raises(ConditionalCheckFailedException, match='exists already')
        with local_dynamodb(items={Town: [{'name': 'Lamu'}]}) as dynamodb, refused:
            dynamodb.seed(Town, [{'name': 'Lamu'}])

    @pytest.mark.parametrize(
        ('arguments', 'message'),
        [
            ([object, []], 'seed takes model classes'),
            ([{'City': []}], "seed takes model classes, not 'City'"),
            ([City], r'seed\(City, items\) needs the items'),
            ([{City: []}, []], 'not both'),
            ([City, {'name': 'Lamu'}], r'takes a list of items; put the one into a list'),
            ([City, 'Lamu'], r'City\.seed takes a list of items'),
            ([City, [7]], r'City\.seed: items\[0\]'),
        ],
    )
    def test_what_is_no_items_is_refused(self, arguments, message):
        with local_dynamodb() as dynamodb, pytest.raises(ValidationError, match=message):
            dynamodb.seed(*arguments)


class TestObject:
    def test_dump_holds_all_and_in_the_order_of_the_keys(self):
        class Town(City):
            __table__ = 'towns'
            label = StringField(default=lambda town: town.name.upper())

        with local_dynamodb() as dynamodb:
            items = [{'city': city, 'number': n} for city in 'ab' for n in range(-2, 11)]
            dynamodb.seed(Street, reversed(items))
            found = dynamodb.dump(Street)
            assert [item for item in found if item['city'] == 'a'] == items[:13]
            assert sorted(found, key=lambda item: item['city']) == items
            dynamodb.seed(Town, [Town(name='x', people=1)])
            Town.table().update_item(
                Key={'name': 'x'}, AttributeUpdates={'old': {'Value': 'y', 'Action': 'PUT'}}
            )
            assert dynamodb.dump(Town) == [{'name': 'x', 'people': 1, 'label': 'X', 'old': 'y'}]

    def test_dump_scans_a_model_that_forbids_it_to_programs(self):
        class Ledger(City):
            __table__ = 'ledgers'
            __allow_scan__ = False

        with local_dynamodb(items={Ledger: [{'name': 'b'}, {'name': 'a'}]}) as dynamodb:
            assert [item['name'] for item in dynamodb.dump(Ledger)] == ['a', 'b']
            for scan in (Ledger.count, lambda: list(Ledger.iter_many())):
                with pytest.raises(ExpressionError, match='__allow_scan__ = False'):
                    scan()

    def test_clear_deletes_all_tables(self, kind):
        with local_dynamodb(engine=kind, models=[City, Street]) as dynamodb:
            dynamodb.clear()
            with pytest.raises(TableNotFoundError):
                City.get_many(['Nairobi'])
            dynamodb.create_tables(City)

    def test_create_tables_accepts_those_that_are_there(self):
        with local_dynamodb(items={City: [{'name': 'Lamu'}]}) as dynamodb:
            dynamodb.create_tables(City, Street)
            assert table_names() == ['cities', 'streets']
            assert len(dynamodb.dump(City)) == 1

    @pytest.mark.parametrize(
        'use',
        [
            LocalDynamoDB.clear,
            lambda dynamodb: dynamodb.create_tables(City),
            lambda dynamodb: dynamodb.seed(City, []),
            lambda dynamodb: dynamodb.dump(City),
        ],
    )
    def test_it_can_not_be_used_when_its_block_has_ended(self, use, sent):
        with local_dynamodb() as dynamodb:
            pass
        with pytest.raises(EngineError, match='the local_dynamodb block has ended'):
            use(dynamodb)
        assert sent == []

    def test_its_repr_says_what_answers_and_where(self):
        with local_dynamodb() as dynamodb:
            assert repr(dynamodb) == f'<LocalDynamoDB: moto at {dynamodb.endpoint_url}>'
        assert repr(dynamodb).endswith(', ended>')


def answers(port):
    """Whether anything listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


class TestProcess:
    """What is started ends with the program, however it ends."""

    def run(self, script, **environment):
        return subprocess.run(
            [sys.executable, '-X', 'dev', '-c', textwrap.dedent(script)],
            env={**os.environ, 'PYTHONPATH': ROOT, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def test_a_block_that_is_never_left_does_not_keep_the_program_from_ending(self):
        """As in a shell, or where an exit stack is never closed."""
        done = self.run("""
            import contextlib
            from dynamongo.local import local_dynamodb

            stack = contextlib.ExitStack()
            stack.enter_context(local_dynamodb())
            print('end')
        """)
        assert (done.returncode, done.stdout) == (0, 'end\n')
        assert 'Traceback' not in done.stderr

    def test_a_block_that_is_never_left_leaves_no_tables_on_a_server(self, engine):
        done = self.run(
            """
            import contextlib
            from dynamongo import Model, StringField
            from dynamongo.local import local_dynamodb

            class City(Model):
                __table__ = 'cities'
                __hash_key__ = 'name'

                name = StringField()

            stack = contextlib.ExitStack()
            stack.enter_context(local_dynamodb(models=[City]))
            outer = City.table_name()
            stack.enter_context(local_dynamodb(models=[City], engine='moto'))
            stack.enter_context(local_dynamodb(models=[City]))
            City.save_one({'name': 'Lamu'})
            print(outer, City.table_name())
            """,
            DYNAMONGO_ENGINE=engine.endpoint_url,
        )
        assert (done.returncode, 'Traceback' in done.stderr) == (0, False), done.stderr
        outer, inner = done.stdout.split()
        for made in (outer, inner):
            with pytest.raises(engine.client.exceptions.ResourceNotFoundException):
                engine.client.describe_table(TableName=made)

    @pytest.mark.broad
    @pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs fork')
    def test_dynamodb_local_ends_with_the_program_and_not_with_a_fork_of_it(self, dynamodb_local):
        done = self.run("""
            import os, sys
            from dynamongo import _engines
            from dynamongo.local import local_dynamodb

            with local_dynamodb(engine='dynamodb-local') as dynamodb:
                pid = os.fork()
                if pid == 0:
                    sys.exit()
                os.waitpid(pid, 0)
                process = _engines._started._servers[0].process
                assert process.is_running
                dynamodb.clear()
                print(process.process.pid, process.log.parent)
                sys.stdout.flush()
                raise KeyboardInterrupt
        """)
        pid, folder = done.stdout.split()
        assert not os.path.exists(folder)
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)

    @pytest.mark.broad
    @pytest.mark.skipif(os.name == 'nt', reason='Windows has no signals that end a program')
    @pytest.mark.parametrize('name', ['SIGTERM', 'SIGKILL'])
    @pytest.mark.parametrize('forks', [False, True])
    def test_dynamodb_local_ends_where_the_program_is_killed(self, dynamodb_local, name, forks):
        """Also where a fork of the program lives on."""
        done = self.run(f"""
            import os, signal, time
            from dynamongo import _engines
            from dynamongo.local import local_dynamodb

            with local_dynamodb(engine='dynamodb-local') as dynamodb:
                process = _engines._started._servers[0].process
                fork = os.fork() if {forks} else None
                if fork == 0:
                    os.closerange(1, 3)
                    time.sleep(600)
                print(process.port, process.log.parent, fork, flush=True)
                os.kill(os.getpid(), signal.{name})
        """)
        assert done.returncode == -getattr(signal, name)
        port, folder, fork = done.stdout.split()
        until = time.monotonic() + 30
        while (answers(int(port)) or os.path.exists(folder)) and time.monotonic() < until:
            time.sleep(0.02)
        if forks:
            os.kill(int(fork), signal.SIGKILL)
        assert (answers(int(port)), os.path.exists(folder)) == (False, False)

    @pytest.mark.broad
    def test_one_that_died_is_replaced(self, dynamodb_local):
        for _ in range(2):
            with local_dynamodb(engine=dynamodb_local, models=[City]):
                _started()._servers[-1].process.kill()
