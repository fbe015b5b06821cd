"""Settings and fixtures of the whole test-suite."""

import contextlib
import itertools
import os
import uuid

import hypothesis
import pytest

from dynamongo._clients import Pool
from dynamongo.connection import Connection, _borg
from tests.engines.base import CREDENTIAL, REGION
from tests.engines.plugin import (
    ENGINE,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure_node,
    pytest_report_header,
    pytest_sessionstart,
    pytest_terminal_summary,
    pytest_unconfigure,
)
from tests.engines.recorder import recording

__all__ = [
    'pytest_addoption',
    'pytest_collection_modifyitems',
    'pytest_configure_node',
    'pytest_report_header',
    'pytest_sessionstart',
    'pytest_terminal_summary',
    'pytest_unconfigure',
]

# The same examples in every CI run: what fails there, fails for whoever looks into it.
DERANDOMIZE = os.environ.get('CI') == 'true'

hypothesis.settings.register_profile(
    'default', max_examples=50, deadline=None, derandomize=DERANDOMIZE
)
hypothesis.settings.register_profile(
    'quick', max_examples=10, deadline=None, derandomize=DERANDOMIZE
)
hypothesis.settings.register_profile(
    'thorough', max_examples=2000, deadline=None, derandomize=DERANDOMIZE
)
hypothesis.settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'default'))

_RUN = uuid.uuid4().hex[:8]
_numbers = itertools.count(1)


@pytest.fixture(scope='session')
def engine(request):
    """The engine of this run: ``name``, ``endpoint_url``, ``version``, ``faithful``, ``client``."""
    return request.config.stash[ENGINE]


@pytest.fixture
def aws_environment(tmp_path):
    """An environment that says nothing of AWS, whatever the developer's own shell carries."""
    # A patch of its own: undoing the test's patches must not bring the real environment back.
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith('AWS_'):
                patch.delenv(name)
        patch.setenv('AWS_CONFIG_FILE', str(tmp_path / 'no-aws-config'))
        patch.setenv('AWS_SHARED_CREDENTIALS_FILE', str(tmp_path / 'no-aws-credentials'))
        patch.setenv('AWS_EC2_METADATA_DISABLED', 'true')
        yield


@pytest.fixture
def connection(request, engine, aws_environment, worker_id):
    """``Connection``, set to the engine with a table prefix that no other test has, or no test of
    another module where the module uses ``shared_client``."""
    with contextlib.ExitStack() as stack:
        if 'shared_client' in request.fixturenames:
            prefix, pool, _ = request.getfixturevalue('shared_client')
        else:
            prefix, pool = f'{worker_id}-{_RUN}-{next(_numbers)}-', None
            if 'lasting_client' in request.fixturenames:
                pool = request.getfixturevalue('lasting_client')
            stack.enter_context(engine.deleting_tables(prefix))
        Connection.reset()
        Connection.set_config(
            CREDENTIAL,
            CREDENTIAL,
            region=REGION,
            table_prefix=prefix,
            endpoint_url=engine.endpoint_url,
        )
        if pool is not None:
            _borg.pool = pool
        yield Connection
        Connection.reset()


@pytest.fixture(scope='session')
def lasting_client():
    """A client for all tests that ask for it and have tables of their own; they must leave its
    handlers alone."""
    return Pool()


@pytest.fixture(scope='module')
def shared_client(engine, worker_id):
    """A prefix and a client for all tests of a module, since making a client takes longer than most
    tests; and a list for the tables that are made."""
    prefix = f'{worker_id}-{_RUN}-{next(_numbers)}-'
    with engine.deleting_tables(prefix):
        yield prefix, Pool(), []


@pytest.fixture(scope='session')
def kept(engine, worker_id):
    """The prefix of the tables that are kept until the end, the names of the sets of items in
    them, and the clients that read them: to make one takes longer than most tests."""
    prefix = f'{worker_id}-{_RUN}-kept-'
    with engine.deleting_tables(prefix):
        yield prefix, set(), Pool()


@pytest.fixture
def stored(connection, kept, request):
    """Store items that tests only read, once for all of them.

    ``stored('name', Model, items)`` sets the table prefix of the connection to one that belongs to
    the name, and fills the table if that hasn't been done.
    """
    prefix, names, pool = kept
    if 'answer' not in request.fixturenames:
        # What that fixture does to a client must not outlive the test.
        _borg.pool = pool

    def store(name, model, items):
        connection.set_config(table_prefix=f'{prefix}{name}-')
        if name not in names:
            model.create_table()
            assert model.save_many(items).fail == []
            names.add(name)

    return store


@pytest.fixture
def sent():
    """The requests sent during the test: pairs ``(operation, parameters)``; ``.operations``."""
    with recording() as requests:
        yield requests
