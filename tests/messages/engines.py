"""What blocks of ``local_dynamodb`` get wrong, and engines that can't be had. None is started."""

import contextlib
import functools
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from dynamongo import SchemaError, ValidationError, _dynamodb_local, _engines
from dynamongo.local import EngineError, LocalDynamoDB, local_dynamodb
from tests.messages.case import Case
from tests.messages.models import Loose, Order


def dynamodb(has_ended=False):
    """Return that of a block, on no engine."""
    made = LocalDynamoDB(_engines.World('moto', 'http://127.0.0.1:9'))
    made._has_ended = has_ended
    return made


def covered():
    """Return that of a block with another one inside."""
    layers = _engines.Layers(lambda: None, lambda kept: None)
    made = dynamodb()
    made._layer = layers.enter()
    made._is_covered = lambda: not layers.is_last(made._layer)
    layers.enter()
    return made


def unanswered():
    """Wait no second for a request that another thread has sent, at the end of two blocks.

    The first one has failed by itself, and logs it.
    """
    in_flight, answered = _engines.InFlight(), threading.Event()
    in_flight.wait = functools.partial(in_flight.wait, 0)

    def work():
        with in_flight.request():
            begun.set()
            answered.wait(30)

    begun = threading.Event()
    thread = threading.Thread(target=work, name='worker')
    thread.start()
    begun.wait(30)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_engines, 'in_flight', in_flight)
            dynamodb()._end(KeyError)
            dynamodb()._end(None)
    finally:
        answered.set()
        thread.join()


def opened(*arguments, **options):
    with local_dynamodb(*arguments, **options):
        pass


BLOCKS = [
    Case(
        lambda: dynamodb(has_ended=True).clear(),
        EngineError,
        ('the local_dynamodb block has ended', 'its tables are gone'),
        'LocalDynamoDB.clear',
        'call it inside of the block',
    ),
    Case(
        lambda: opened(models=['Order']),
        ValidationError,
        "models takes model classes, not 'Order'",
        'local_dynamodb',
    ),
    Case(
        lambda: covered().clear(),
        EngineError,
        'another local_dynamodb block is inside this one',
        'LocalDynamoDB.clear',
        'use the value of that one',
    ),
    Case(
        lambda: covered()._check_request(),
        EngineError,
        'with another block inside',
        'a local_dynamodb block',
        'use no tables or clients of the outer one',
    ),
    Case(
        lambda: dynamodb(has_ended=True)._check_request(),
        EngineError,
        'that has ended',
        'a local_dynamodb block',
        'end the threads and iterators of a block before it ends',
    ),
    Case(
        unanswered,
        EngineError,
        'worker has had no answer for 0 seconds',
        'local_dynamodb',
        'end the threads of a block before it ends',
    ),
    Case(
        lambda: opened(Order),
        ValidationError,
        'a table_prefix is text',
        'local_dynamodb',
        'write models=[Order]',
    ),
    Case(lambda: opened(3), ValidationError, 'a table_prefix is text, not 3', 'local_dynamodb', ()),
    Case(
        lambda: opened(models=Order),
        ValidationError,
        'models takes a list',
        'local_dynamodb',
        'write models=[Order]',
    ),
    Case(
        lambda: opened(items=[{'number': 1}]),
        ValidationError,
        'items takes a dict of models with theirs, not a list',
        'local_dynamodb',
        'write items={Model: [...]}',
    ),
    Case(
        lambda: dynamodb().seed(Order, {'number': 1}),
        ValidationError,
        'seed(Order, items) takes a list of items',
        'local_dynamodb',
        'put the one into a list',
    ),
    Case(
        lambda: dynamodb().seed([{'number': 1}]),
        ValidationError,
        'seed takes the model first',
        'local_dynamodb',
        'write seed(Model, items)',
    ),
    Case(lambda: opened(models=[Loose]), SchemaError, 'is abstract', 'Loose'),
    Case(
        lambda: dynamodb().dump(3),
        ValidationError,
        'dump takes model classes, not 3',
        'local_dynamodb',
    ),
    Case(
        lambda: dynamodb().seed({Order: []}, []),
        ValidationError,
        'seed takes a model and its items, or a dict of models with theirs',
        'local_dynamodb',
        'not both',
    ),
    Case(
        lambda: dynamodb().seed(Order),
        ValidationError,
        'seed(Order, items) needs the items',
        'local_dynamodb',
        'a list of dicts',
    ),
    Case(
        lambda: dynamodb().seed(Order, [{'customer': 'a', 'number': 1}] * 2),
        ValidationError,
        'it has the same key as items[0]',
        ('Order.seed', 'items[1]'),
        'give each item once',
    ),
    Case(
        lambda: opened(engine='dynamo'),
        EngineError,
        "no engine is called 'dynamo'",
        (),
        ("there are 'moto', 'dynamodb-local'", "'http://localhost:8000'"),
    ),
    Case(
        lambda: with_variable(),
        EngineError,
        "no engine is called 'dynamo'",
        'DYNAMONGO_ENGINE in the environment',
        "there are 'moto', 'dynamodb-local'",
    ),
    Case(
        lambda: opened(engine='http://me:secret@localhost:99999'),
        EngineError,
        'no DynamoDB for tests answers',
        'at http://***@localhost:99999',
        'start one there, or give another engine',
    ),
    Case(
        lambda: without_moto(),
        ImportError,
        'local_dynamodb() runs on the moto server',
        (),
        "pip install 'dynamongo[local]'",
    ),
]


def with_variable():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DYNAMONGO_ENGINE', 'dynamo')
        opened()


def without_moto():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, 'moto.server', None)
        _engines.start_moto()


class Java:
    """Stands for a process of DynamoDB Local, which writes a log, and may end at once."""

    log, returncode, pid = '', None, None

    def __init__(self, command, stdout, **options):
        stdout.write(self.log.encode())

    def poll(self):
        return self.returncode

    def terminate(self):
        self.returncode = 143

    def wait(self, timeout=None):
        return self.returncode


def java_home():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('JAVA_HOME', '/no/such')
        _dynamodb_local.find_java()


def local(version='openjdk version "17.0.1"', where='/bin/java', seconds=5, **java):
    """Start DynamoDB Local where Java is as given; ``version`` may be what is raised."""

    def run(command, **options):
        if isinstance(version, Exception):
            raise version
        return subprocess.CompletedProcess(command, 0, '', version)

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.delenv('JAVA_HOME', raising=False)
        patch.setattr(_dynamodb_local.shutil, 'which', lambda *_, **__: where)
        patch.setattr(_dynamodb_local.subprocess, 'run', run)
        patch.setattr(_dynamodb_local.subprocess, 'Popen', type('Popen', (Java,), java))
        patch.setattr(_dynamodb_local, '_start_watcher', lambda *_: None)
        patch.setattr(_dynamodb_local, 'START_SECONDS', seconds)
        _dynamodb_local.start_process(folder / 'DynamoDBLocal.jar', folder)


def named(path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DYNAMODB_LOCAL_JAR', path)
        # One that another test has started would be used without a look at the jar.
        patch.setattr(_engines._started, '_idle', [])
        opened(engine='dynamodb-local')


DYNAMODB_LOCAL = [
    Case(
        lambda: named(''),
        EngineError,
        'DynamoDB Local is not here',
        (),
        ('download it', 'the folder that holds it, in DYNAMODB_LOCAL_JAR'),
    ),
    Case(
        lambda: named('/no/such.jar'),
        EngineError,
        'which is not a file',
        'DYNAMODB_LOCAL_JAR names /no/such.jar',
        'name DynamoDBLocal.jar, or the folder that holds it',
    ),
    Case(
        lambda: local(where=None),
        EngineError,
        'needs Java 11 or newer; no java was found',
        'DynamoDB Local',
        'install it, or name its folder in JAVA_HOME',
    ),
    Case(
        java_home,
        EngineError,
        'which holds no bin/java',
        'JAVA_HOME names /no/such',
        'or unset JAVA_HOME',
    ),
    Case(
        lambda: local(version='java version "1.8.0_412"'),
        EngineError,
        '/bin/java is Java 8',
        'DynamoDB Local',
        'name the folder of a newer one in JAVA_HOME',
    ),
    Case(
        lambda: local(version=PermissionError('may not be run')),
        EngineError,
        'may not be run',
        '/bin/java -version',
        'in JAVA_HOME',
    ),
    Case(
        lambda: local(version='jdk-unknown'),
        EngineError,
        "printed no version: 'jdk-unknown'",
        'java -version',
        'in JAVA_HOME',
    ),
    Case(
        lambda: local(log='java.net.BindException'),
        EngineError,
        'found its port taken 5 times',
        'DynamoDB Local',
        'try again',
    ),
    Case(
        lambda: local(log='no memory', returncode=1),
        EngineError,
        'ended with code 1',
        'DynamoDB Local',
        'its log says why: no memory',
    ),
    Case(
        lambda: local(seconds=0, log='starting'),
        EngineError,
        'was not ready after 0 s',
        'DynamoDB Local',
        ('try again', 'starting'),
    ),
]

CASES = [*BLOCKS, *DYNAMODB_LOCAL]
