"""The command line: its actions, what it prints, and its exit codes."""

import os
import subprocess
import sys
import textwrap

import pytest

from dynamongo import Connection, _command, _command_tables, _table_requests
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
from dynamongo import Connection, GlobalIndex, IntField, Model
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


class Indexed(Reader):
    number = IntField()
    by_number = GlobalIndex('number')


class Keyed(Reader):
    __range_key__ = 'number'
    number = IntField()
"""
HIDDEN = """
from dynamongo import Model, StringField


class Outer:
    class Inner(Model):
        __table__ = 'inner'
        __hash_key__ = 'id'
        id = StringField()


def make(name):
    class Made(Model):
        __table__ = name
        __hash_key__ = 'id'
        id = StringField()

    return Made


models = [make('one'), make('two')]
"""
ROOT = """
from dynamongo import Model, StringField


class Event(Model):
    __table__ = 'events'
    __hash_key__ = 'id'
    __discriminator__ = 'kind'
    id = StringField()
"""
MEMBER = """
from dynamongo import GlobalIndex, StringField
from family.root import Event


class Visit(Event):
    page = StringField()
    by_page = GlobalIndex('page')
"""
FILES = {
    'shop/__init__.py': 'from shop.models import Order, User\n',
    'shop/models.py': MODELS,
    'shop/__main__.py': 'raise RuntimeError\n',
    'later.py': LATER,
    'hidden.py': HIDDEN,
    'family/__init__.py': '',
    'family/root.py': ROOT,
    'family/more/__init__.py': '',
    'family/more/member.py': MEMBER,
    'faulty/broken.py': '\n1 / 0\n',
    'faulty/lines.py': 'x =\n',
    'faulty/leaves.py': 'import sys\nsys.exit(0)\n',
    'faulty/says.py': "import sys\nsys.exit('bye')\n",
    'faulty/lacks.py': 'import nowhere_else\n',
    'faulty/wrong.py': 'from dynamongo import Model\n\nclass Wrong(Model):\n    pass\n',
    'twins/__init__.py': '',
    'twins/first.py': MODELS,
    'twins/second.py': MODELS.replace("__ttl__ = 'expires'", '__read_units__ = 3'),
    'reexports.py': 'from shop.models import Base, User\n',
    'empty.py': 'from shop.models import Base\n\nx = 1\n',
}
TOP = {name.split('/')[0].replace('.py', '') for name in FILES}


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
        if name.split('.')[0] in TOP:
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

    buyer = 'later:Buyer'
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
    assert out.endswith('; DynamoDB deletes every item whose time has passed\n')


def test_what_is_not_waited_for_is_told(run):
    """A program must not count on the TTL that its model declares."""
    created = 'users  created\n    left  ttl: not set yet; call sync\n'
    assert run('tables', 'create', '--no-wait', 'shop.models:User') == (0, created, '')
    assert run('tables', 'create', '--no-wait', 'shop.models:User')[1] == 'users  exists\n'


def test_each_table_is_taken_once(run):
    arguments = ['shop.models', 'shop.models:Order', 'later:Reader']
    out = 'users      created\npurchases  created\n'
    assert run('tables', 'create', *arguments) == (0, out, '')


@pytest.mark.parametrize(
    ('modules', 'one', 'other', 'differing'),
    [
        (
            ['shop', 'later:Buyer'],
            'shop.models:User',
            'later:Buyer',
            '__ttl__, __stream__, __tags__',
        ),
        (['later:Reader', 'later:Indexed'], 'later:Reader', 'later:Indexed', 'index by_number'),
        (['later:Indexed', 'later:Reader'], 'later:Indexed', 'later:Reader', 'index by_number'),
        (['later:Reader', 'later:Keyed'], 'later:Reader', 'later:Keyed', 'key'),
        (['twins'], 'twins.first:User', 'twins.second:User', '__ttl__, __read_units__'),
    ],
)
def test_models_that_contradict_each_other_are_refused(run, sent, modules, one, other, differing):
    """Nothing is sent: each would undo, or miss, what the other one declares."""
    assert run('tables', 'sync', *modules) == (
        2,
        '',
        f"python -m dynamongo: {one} and {other} declare different things of the table 'users': "
        f'{differing}; let them agree, or name one of them\n',
    )
    assert sent.operations == []


def test_a_package_has_the_models_of_its_modules(run):
    """Also those that nothing imports. Its program isn't run."""
    assert run('tables', 'create', 'shop')[:2] == (0, 'users      created\npurchases  created\n')


def test_models_are_found_wherever_they_are_defined(run):
    """In classes and functions, and under the same name."""
    made = 'inner  created\none    created\ntwo    created\n'
    assert run('tables', 'create', 'hidden') == (0, made, '')
    assert run('tables', 'diff', 'hidden:Outer.Inner') == (0, 'inner  in step\n', '')


@pytest.mark.parametrize(
    'modules',
    [
        ['family'],
        ['family.root', 'family.more'],
        ['family.root:Event', 'family.more.member:Visit'],
        ['family.more.member:Visit'],
    ],
    ids=' '.join,
)
def test_classes_that_share_a_table_are_one(run, sent, modules):
    """It has the indexes of all of them, in whichever module they are."""
    assert run('tables', 'create', *modules) == (0, 'events  created\n', '')
    ((_, request),) = [each for each in sent if each[0] == 'CreateTable']
    assert [index['IndexName'] for index in request['GlobalSecondaryIndexes']] == ['by_page']


def test_the_command_line_has_the_last_word(run, shared_client, engine):
    """A module that configures the connection is overruled, and gets its settings back."""
    run('tables', 'create', 'later:Reader')
    assert Connection.table_prefix == 'of-the-module-'
    names = engine.client.list_tables()['TableNames']
    assert f'{shared_client[2][-1]}users' in names
    assert 'of-the-module-users' not in names


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere'], "can't import nowhere: ModuleNotFoundError: No module named 'nowhere'"),
        (['faulty.broken'], "can't import faulty.broken: ZeroDivisionError: division by zero"),
        (['faulty.wrong'], "can't import faulty.wrong: SchemaError: Wrong has no __table__"),
        (['empty'], 'empty defines no model with a table'),
        (['reexports'], 'reexports defines no model with a table; it imports shop.models:User'),
        (['shop.models:Nobody'], "shop.models has no model 'Nobody'"),
        (['empty:x'], "empty has no model 'x'"),
        (['shop.models:Base'], 'Base is abstract'),
        (['.models'], "can't import .models: TypeError"),
        (['faulty.broken'], os.path.join('faulty', 'broken.py, line 2)')),
        (['faulty'], "can't import faulty.broken: ZeroDivisionError"),
        (['faulty.lines'], '(lines.py, line 1)'),
        (['faulty.leaves'], "can't import faulty.leaves: SystemExit: 0 ("),
        (['faulty.says'], "can't import faulty.says: SystemExit: bye ("),
        (['faulty.lacks'], os.path.join('faulty', 'lacks.py, line 1)\n')),
        (['shop.py'], 'give the name, shop\n'),
        (['shop/models.py'], 'give the name, shop.models\n'),
        (['./shop/models'], 'give the name, shop.models\n'),
        (['shop.models.User'], 'did you mean shop.models:User?\n'),
        (['hidden.Outer.Inner'], 'did you mean hidden:Outer.Inner?\n'),
        (['shop.modles'], "No module named 'shop.modles'\n"),
        (['shop.models:'], "'shop.models:' names no model; give shop.models for all"),
        ([':User'], "':User' names no module"),
        (['shop.models:User:Order'], "has no model 'User:Order'"),
        (['shop.models:User.id'], "has no model 'User.id'"),
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
     ['tables', 'drop', 'shop'], ['tables', 'sync', '--dryrun', 'shop']],
)  # fmt: skip
def test_wrong_usage(arguments, capsys):
    """The usage that is shown is that of the action, if there is one."""
    with pytest.raises(SystemExit) as caught:
        _command.main(arguments)
    assert caught.value.code == 2
    shown = capsys.readouterr().err
    assert 'usage: python -m dynamongo' in shown
    if len(arguments) > 2 and arguments[1] != 'drop':
        assert f'usage: python -m dynamongo tables {arguments[1]} [-h]' in shown


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
    assert ('DynamoDB deletes every item' in ' '.join(out.split())) == (action == 'sync')


def environment():
    names = {name: value for name, value in os.environ.items() if 'AWS' not in name}
    return {
        **names,
        'AWS_ACCESS_KEY_ID': CREDENTIAL,
        'AWS_SECRET_ACCESS_KEY': CREDENTIAL,
        'PYTHONPATH': os.pathsep.join(sys.path),
    }


def test_it_can_be_interrupted(run, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(_command_tables._tables, 'diff', interrupted)
    assert run('tables', 'diff', 'shop') == (130, '', 'python -m dynamongo: interrupted\n')


@pytest.mark.skipif(os.name == 'nt', reason='there a closed pipe is another error')
def test_nobody_has_to_read_its_output(shop, engine):
    """A pipe that has been closed ends it, without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    where = ['--endpoint-url', engine.endpoint_url, '--region', REGION]
    done = subprocess.run(
        [sys.executable, '-m', 'dynamongo', 'tables', 'diff', 'shop', *where],
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (2, '')


def test_the_module_is_run(shop, engine, connection):
    """As a program of its own, from any directory, with modules of the current one."""
    where = ['--endpoint-url', engine.endpoint_url, '--region', REGION]
    command = ['tables', 'create', 'shop.models:User', '--prefix', connection.table_prefix]
    done = subprocess.run(
        [sys.executable, '-m', 'dynamongo', *command, *where],
        env=environment(),
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
