"""The command line: its actions, what it prints, and its exit codes."""

import os
import subprocess
import sys
import textwrap

import pytest

from dynamongo import Connection, _command, _table_requests
from dynamongo._version import __version__
from tests.engines.base import CREDENTIAL, REGION

pytestmark = pytest.mark.broad

MODELS = """
from dynamongo import IntField, Model, StringField


class Base(Model):
    __abstract__ = True
    __hash_key__ = 'id'
    id = StringField()


class User(Base):
    __table__ = 'users'
    __ttl__ = 'expires'
    expires = IntField()


class Order(Base):
    __table__ = 'purchases'
    __range_key__ = 'number'
    number = IntField()


Same = User
"""
LATER = """
from dynamongo import Connection, IntField, Model
from shop.models import Base, Order, User

Connection.set_config(table_prefix='of-the-module-')


class Buyer(Base):
    __table__ = 'users'
    __tags__ = {'team': 'shop'}
    __stream__ = 'KEYS_ONLY'


class Reader(Base):
    __table__ = 'users'
    __ttl__ = 'expires'
    expires = IntField()
"""
FILES = {
    'shop/__init__.py': 'from shop.models import Order, User\n',
    'shop/models.py': MODELS,
    'shop/later.py': LATER,
    'shop/broken.py': '1 / 0\n',
    'shop/wrong.py': 'from dynamongo import Model\n\nclass Wrong(Model):\n    pass\n',
    'reexports.py': 'from shop.models import Base, User\n',
    'empty.py': 'from shop.models import Base\n\nx = 1\n',
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Modules with models, in the current directory, which nothing has imported yet."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding='utf-8')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'path', [entry for entry in sys.path if entry])
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.split('.')[0] in ('shop', 'reexports', 'empty'):
            del sys.modules[name]


@pytest.fixture
def run(connection, shared_client, engine, shop, capsys):
    """Run a command; return the exit code, and what it prints, without the prefix of the test."""
    prefix = f'{shared_client[0]}{len(shared_client[2])}-'
    shared_client[2].append(prefix)
    connection.set_config(table_prefix=prefix)

    def run_(*arguments):
        code = _command.main([*arguments, '--prefix', prefix])
        printed = capsys.readouterr()
        return code, printed.out.replace(prefix, ''), printed.err.replace(prefix, '')

    return run_


def text(block):
    return textwrap.dedent(block).lstrip()


def test_the_life_of_tables(run, engine):
    """Missing, made, in step."""
    assert run('tables', 'diff', 'shop.models') == (
        1,
        text("""
            users      1 difference
                to mend  table: declared users, found nothing
            purchases  1 difference
                to mend  table: declared purchases, found nothing
        """),
        '',
    )
    created = 'users      created\npurchases  created\n'
    assert run('tables', 'create', 'shop.models') == (0, created, '')
    exist = 'users      exists\npurchases  exists\n'
    assert run('tables', 'create', 'shop.models') == (0, exist, '')
    in_step = 'users      in step\npurchases  in step\n'
    assert run('tables', 'diff', 'shop.models') == (0, in_step, '')
    assert run('tables', 'sync', 'shop.models') == (0, in_step, '')


def test_differences_are_shown_and_mended(run, engine):
    """What is left is in the exit code."""
    run('tables', 'create', 'shop.models:User')
    lacks = '' if engine.name == 'moto' else '    not available on this engine: tags\n'
    tags = "    {0}  tags: declared {{'team': 'shop'}}, found nothing\n" if not lacks else ''
    stream = '    {0}  stream: declared KEYS_ONLY, found nothing\n'
    ttl = (
        "    {0}  ttl: declared nothing, found 'expires'; it isn't turned off here; do so by "
        'boto3, or declare it\n'
    )
    count = f'users  {3 if tags else 2} differences\n'

    def lines(mended, left):
        return count + ttl.format(left) + (tags + stream).format(mended) + lacks

    buyer = 'shop.later:Buyer'
    assert run('tables', 'diff', buyer) == (1, lines('to mend', 'left   '), '')
    planned = lines('would be mended', 'left           ')
    assert run('tables', 'sync', '--dry-run', buyer) == (1, planned, '')
    assert run('tables', 'sync', buyer) == (1, lines('mended', 'left  '), '')
    left = 'users  1 difference\n' + ttl.format('left  ') + lacks
    assert run('tables', 'sync', buyer) == (1, left, '')


def test_nothing_is_waited_for_unless_wished(run, sent):
    assert run('tables', 'create', '--no-wait', 'shop.models:User')[0] == 0
    assert sent.operations == ['CreateTable']
    code, out, _ = run('tables', 'sync', '--no-wait', 'shop.models:User')
    assert (code, out.splitlines()[1].split()[:2]) == (0, ['mended', 'ttl:'])


def test_each_table_is_taken_once(run):
    """Unless models say different things of it: then each is named."""
    arguments = ['shop.models', 'shop.models:Order', 'shop.later:Reader']
    out = 'users      created\npurchases  created\n'
    assert run('tables', 'create', *arguments) == (0, out, '')
    code, out, _ = run('tables', 'diff', 'shop.later')
    labels = [line.split('  ')[0] for line in out.splitlines() if not line.startswith(' ')]
    assert (code, labels) == (1, ['users (Buyer)', 'users (Reader)'])


def test_a_package_has_the_models_of_its_modules(run):
    assert run('tables', 'create', 'shop')[:2] == (0, 'purchases  created\nusers      created\n')


def test_the_command_line_has_the_last_word(run, shared_client, engine):
    """A module that configures the connection is overruled, and gets its settings back."""
    run('tables', 'create', 'shop.later:Reader')
    assert Connection.table_prefix == 'of-the-module-'
    names = engine.client.list_tables()['TableNames']
    assert f'{shared_client[2][-1]}users' in names
    assert 'of-the-module-users' not in names


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere'], "can't import nowhere: ModuleNotFoundError: No module named 'nowhere'"),
        (['shop.broken'], "can't import shop.broken: ZeroDivisionError: division by zero"),
        (['shop.wrong'], "can't import shop.wrong: SchemaError: Wrong has no __table__"),
        (['empty'], 'empty defines no model with a table'),
        (['reexports'], 'reexports defines no model with a table; it imports shop.models:User'),
        (['shop.models:Nobody'], "shop.models has no model 'Nobody'"),
        (['empty:x'], "empty has no model 'x'"),
        (['shop.models:Base'], 'Base is abstract'),
        (['.models'], "can't import .models: TypeError"),
        (['shop.models', '--endpoint-url', 'nonsense'], 'endpoint_url begins with http://'),
        (['shop.models', '--profile', 'nobody'], 'nobody'),
    ],
)
def test_errors_are_told_without_a_traceback(run, arguments, message):
    code, out, err = run('tables', 'diff', *arguments)
    assert (code, out) == (2, '')
    assert err.startswith('python -m dynamongo: ')
    assert message in err
    assert 'Traceback' not in err


def test_what_dynamodb_refuses_is_told(run, monkeypatch):
    """Tables that come before it are done, and shown."""
    make = _table_requests.create_table

    def spoilt(schema):
        request = make(schema)
        if schema.name == 'Order':
            request['AttributeDefinitions'].pop()
        return request

    monkeypatch.setattr(_table_requests, 'create_table', spoilt)
    code, out, err = run('tables', 'create', 'shop.models')
    assert (code, out) == (2, 'users      created\n')
    assert err.startswith("python -m dynamongo: Order.create_table on table 'purchases': ")


@pytest.mark.parametrize(
    'arguments',
    [[], ['tables'], ['tables', 'diff'], ['other'], ['tables', 'diff', '--dry-run', 'shop'],
     ['tables', 'drop', 'shop']],
)  # fmt: skip
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        _command.main(arguments)
    assert caught.value.code == 2
    assert 'usage: python -m dynamongo' in capsys.readouterr().err


@pytest.mark.parametrize('action', ['diff', 'create', 'sync'])
def test_help(action, capsys):
    """It says what a module is, and what the exit codes mean."""
    with pytest.raises(SystemExit) as caught:
        _command.main(['tables', action, '--help'])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for part in ('shop.models:User', 'exit codes:', '--endpoint-url', '--prefix', '--profile'):
        assert part in out
    assert ('--dry-run' in out) == (action == 'sync')
    assert ('--no-wait' in out) == (action != 'diff')


def test_the_module_is_run(shop, engine, connection):
    """As a program of its own, from any directory, with modules of the current one."""
    environment = {name: value for name, value in os.environ.items() if 'AWS' not in name}
    environment.update(
        AWS_ACCESS_KEY_ID=CREDENTIAL,
        AWS_SECRET_ACCESS_KEY=CREDENTIAL,
        PYTHONPATH=os.pathsep.join(sys.path),
    )
    where = ['--endpoint-url', engine.endpoint_url, '--region', REGION]
    command = ['tables', 'create', 'shop.models:User', '--prefix', connection.table_prefix]
    done = subprocess.run(
        [sys.executable, '-m', 'dynamongo', *command, *where],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == f'{connection.table_prefix}users  created\n'


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        _command.main(['--version'])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f'dynamongo {__version__}\n'
