"""The programs that show dynamongo at work run, and say what they should."""

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dynamongo._dynamodb_local import free_port

ROOT = Path(__file__).resolve().parent.parent
QUICKSTART = ROOT / 'examples' / 'quickstart.py'

SHOWN = {
    'the connection': "'quickstart-'",
    'a model': "    class User(Model):\n        __table__ = 'users'",
    'the table': ">>> User.table_name()\n    'quickstart-users'",
    'an item saved from a dict': ">>> john.name\n    'John Doe'",
    'a batch': '>>> result\n    <BatchResult: 1 succeeded, 1 failed>',
    'an item read': ">>> User.get_one({'email': 'johndoe@gmail.com'}).name\n    'John Doe'",
    'a list of keys': "for user in found]\n    ['John Doe', 'Ada', 'Bob', 'Eve']",
    'a condition': "(User.year_of_birth < 1990) & ~(User.cities_visited.contains('Rome'))",
    'a query': "descending=True)]\n    ['Bob', 'Amos', 'Ada']",
    'an update': "cities_visited=['Nairobi', 'Lamu', 'Kisumu']",
    'an update that a check prevents': '[User.logins.set(0)]) is None\n    True',
    'several classes': "[('Order', 'ORDER#000001'), ('Customer', 'PROFILE')]",
    'an update that computes': "total=Decimal('24.9')",
    'an export': '"total":24.9',
    'a deletion': ">>> User.delete_one('ada@gmail.com')\n    User(\n        email='ada@gmail.com'",
    'no item to delete': ">>> User.delete_one('ada@gmail.com') is None\n    True",
    'bad values': 'ValidationError: User has 3 invalid values:\n      email: Not a well-formed',
    'a misspelt name': "ValidationError: User.nmae: no such field; did you mean 'name'?",
    'a misused operator': 'ExpressionError: A condition has no truth value.',
    'a missing item': "DoesNotExist: no User has the key {'email': 'nobody@gmail.com'}",
    'a protected item': 'ConditionalCheckFailedException: User.put_item',
    'the end': 'That is all.',
}


@pytest.fixture(scope='module')
def quickstart(tmp_path_factory):
    """The quickstart, run in an environment that says nothing of AWS."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('AWS_')}
    environment['PYTHONPATH'] = str(ROOT)
    return subprocess.run(
        [sys.executable, str(QUICKSTART)],
        cwd=tmp_path_factory.mktemp('elsewhere'),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding='utf-8',
        timeout=300,
    )


def test_it_ends_well(quickstart):
    assert quickstart.returncode == 0, quickstart.stdout + quickstart.stderr
    assert 'Traceback' not in quickstart.stderr


@pytest.mark.parametrize('text', SHOWN.values(), ids=SHOWN.keys())
def test_it_shows(text, quickstart):
    assert text in quickstart.stdout


def test_it_fails_where_a_step_fails(tmp_path):
    """An error in any step reaches the exit code."""
    broken = QUICKSTART.read_text(encoding='utf-8').replace(
        "User.delete_one('ada@gmail.com')", "User.get_one('nobody@gmail.com')"
    )
    program = tmp_path / 'broken.py'
    program.write_text(broken, encoding='utf-8')
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    result = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, timeout=300
    )
    assert result.returncode != 0


def request(port, method, path, body=None):
    """Return the status and the JSON that the service answers with, once it listens."""
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body), {'Content-Type': 'application/json'})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, 'the service does not listen'
            time.sleep(0.1)
        finally:
            connection.close()


def test_the_service_runs_by_one_command(tmp_path):
    """On the embedded engine, in an environment that says nothing of AWS."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('AWS_')}
    port = free_port()
    with open(tmp_path / 'log', 'wb') as log:
        process = subprocess.Popen(
            [sys.executable, '-m', 'examples.service', '--port', str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        concert = {'city': 'Lamu', 'title': 'Taarab', 'starts': '2030-06-01T19:00Z', 'seats': 3}
        status, added = request(port, 'POST', '/concerts', concert)
        assert (status, added['seats_left']) == (201, 3)
        status, page = request(port, 'GET', '/concerts?city=Lamu')
        assert (status, page) == (200, {'items': [added], 'after': None})
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(30)
