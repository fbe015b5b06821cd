"""The plugin gives the fixture ``local_dynamodb``, to each test and each process its own."""

import os
import subprocess
import sys
import textwrap
import time
from importlib.metadata import distributions
from pathlib import Path

import pytest

import dynamongo_pytest
from tests.engines import choose, locate

# It starts many processes, and is the same for every Python.
pytestmark = pytest.mark.broad

ROOT = Path(__file__).resolve().parent.parent

INSTALLED = any(
    point.group == 'pytest11' and point.value == 'dynamongo_pytest'
    for distribution in distributions()
    for point in distribution.entry_points
)

CITY = """
    import os
    import pytest
    from dynamongo import Connection, Model, StringField
    from dynamongo.connection import _borg

    class City(Model):
        __table__ = 'cities'
        __hash_key__ = 'name'

        name = StringField(required=True)
"""


@pytest.fixture
def project(tmp_path, monkeypatch, aws_environment):
    """A folder for the tests of some program; ``project(tests, *options)`` runs them."""
    monkeypatch.delenv('DYNAMONGO_ENGINE', raising=False)
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    (tmp_path / 'pytest.ini').write_text('[pytest]\n')

    def command(tests, *options):
        text = textwrap.dedent(CITY) + textwrap.dedent(tests)
        (tmp_path / 'test_program.py').write_text(text)
        plugin = [] if INSTALLED else ['-p', 'dynamongo_pytest']
        return [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', *plugin, *options]

    def run(tests, *options, **outcome):
        done = subprocess.run(
            command(tests, *options),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        last = done.stdout.strip().splitlines()[-1]
        for name, number in outcome.items():
            assert f'{number} {name}' in last, done.stdout + done.stderr
        return done.stdout + done.stderr

    run.command, run.folder = command, tmp_path
    return run


ISOLATED = """
    @pytest.fixture(autouse=True)
    def around():
        before = _borg.settings
        yield
        assert (_borg.settings, _borg.overrides.get()) == (before, None)

    @pytest.fixture(scope='module')
    def cities():
        from dynamongo.local import local_dynamodb

        with local_dynamodb(items={City: [{'name': 'Lamu'}]}) as dynamodb:
            yield dynamodb

    @pytest.mark.parametrize('number', range(6))
    def test_alone(local_dynamodb, number):
        local_dynamodb.create_tables(City)
        assert local_dynamodb.dump(City) == []
        City.save_one({'name': str(number)})
        Connection.set_config(table_prefix='left-', region='eu-west-1')
        Connection.using(table_prefix='open-').__enter__()
        assert number != 3

    def test_wider(cities):
        assert cities.dump(City) == [{'name': 'Lamu'}]

    def test_both(cities, local_dynamodb):
        assert local_dynamodb.seed(City, [{'name': 'Nairobi'}])[0].name == 'Nairobi'
        assert [city.name for city in City.iter_many(scan=True)] == ['Nairobi']

    def test_wider_still(cities):
        assert cities.dump(City) == [{'name': 'Lamu'}]
"""


SHUFFLED = """
    import random

    def pytest_collection_modifyitems(items):
        random.Random(7).shuffle(items)
"""


@pytest.mark.parametrize('options', [[], ['-n', '2']], ids=['one process', 'two'])
def test_each_test_begins_without_tables(project, options):
    """Whatever the test before has done, in whichever order and process."""
    (project.folder / 'conftest.py').write_text(textwrap.dedent(SHUFFLED))
    project(ISOLATED, *options, passed=8, failed=1)


def test_loading_it_imports_nothing(project):
    (project.folder / 'conftest.py').write_text(textwrap.dedent(LOADED))
    printed = project('', '-s')
    assert 'loaded: True\nimported: set()\n' in printed


LOADED = """
    import sys

    imported = {'boto3', 'botocore', 'moto', 'dynamongo'} & sys.modules.keys()

    def pytest_configure():
        print('loaded:', 'dynamongo_pytest' in sys.modules)
        print('imported:', imported)
"""

USES = """
    def test_engine(local_dynamodb):
        print(local_dynamodb.engine)
        assert local_dynamodb.engine == 'moto'
"""


def test_an_engine_that_is_not_there_is_an_error(project):
    (project.folder / 'pytest.ini').write_text('[pytest]\ndynamodb = three\n')
    printed = project(USES, error=1)
    assert "\nno engine is called 'three'" in printed
    assert 'During handling of' not in printed
    assert '.py:' not in printed.partition('short test summary')[0]


class Config:
    """Stands for pytest's, with what an option and the ini file say."""

    def __init__(self, option, ini):
        self.option, self.ini, self.stash = option, ini, pytest.Stash()

    def getoption(self, name):
        return {'--dynamodb': self.option}[name]

    def getini(self, name):
        return {'dynamodb': self.ini}[name]


@pytest.mark.parametrize('ini', ['three', ''])
@pytest.mark.parametrize('variable', ['two', None])
@pytest.mark.parametrize('option', ['one', None])
def test_the_engine_is_chosen(option, variable, ini, monkeypatch):
    """By the option, else the environment, else the ini file; the environment is restored."""
    monkeypatch.delenv('DYNAMONGO_ENGINE', raising=False)
    monkeypatch.setattr('dynamongo._engines.stop', lambda: None)
    if variable is not None:
        monkeypatch.setenv('DYNAMONGO_ENGINE', variable)
    config = Config(option, ini)
    dynamongo_pytest.pytest_configure(config)
    assert os.environ.get('DYNAMONGO_ENGINE') == (option or variable or ini or None)
    dynamongo_pytest.pytest_unconfigure(config)
    assert os.environ.get('DYNAMONGO_ENGINE') == variable


def test_it_can_be_left_out(project):
    if not INSTALLED:
        pytest.skip('dynamongo is not installed, so pytest does not find the plugin by itself')
    printed = project(USES, '-p', 'no:dynamongo', error=1)
    assert "fixture 'local_dynamodb' not found" in printed


NOTED = """
    import signal

    def note():
        from dynamongo import _engines

        for server in _engines._started._servers:
            with open('pids', 'a') as stream:
                print(server.process.process.pid, file=stream)

    @pytest.mark.parametrize('number', range(4))
    def test_alone(local_dynamodb, number):
        local_dynamodb.create_tables(City)
        assert local_dynamodb.engine == 'dynamodb-local'
        assert City.save_many([{'name': 'x'}]).success_count == 1
        note()

    def test_interrupt(local_dynamodb):
        note()
        os.kill(os.getpid(), signal.SIGINT)
"""


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestDynamoDBLocal:
    """Each process has one, for all of its tests, which ends with them."""

    @pytest.fixture(autouse=True)
    def _only_where_it_is_here(self, monkeypatch):
        if not choose.dynamodb_local_is_here():
            pytest.skip('DynamoDB Local or Java is not here')
        monkeypatch.setenv('DYNAMODB_LOCAL_JAR', str(locate.find_jar()))

    def test_it_ends_with_the_tests(self, project):
        project(NOTED, '--dynamodb=dynamodb-local', '-n', '2', '-k', 'alone', passed=4)
        self.check_ended(project, 2)

    def test_it_ends_where_pytest_is_interrupted(self, project):
        printed = project(NOTED, '--dynamodb=dynamodb-local', '-k', 'interrupt')
        assert 'KeyboardInterrupt' in printed
        self.check_ended(project, 1)

    def check_ended(self, project, number):
        pids = set((project.folder / 'pids').read_text().split())
        assert len(pids) == number
        # Where pytest is interrupted, a process beside it ends them.
        deadline = time.monotonic() + 30
        for pid in pids:
            while is_there(int(pid)):
                assert time.monotonic() < deadline
                time.sleep(0.05)
