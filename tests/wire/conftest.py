"""Fixtures of the tests of what is sent and read."""

import types

import pytest
from botocore.stub import Stubber

from dynamongo._wire import for_model
from dynamongo.connection import Connection, _borg
from tests.engines.base import CREDENTIAL, REGION
from tests.wire.support import URL, Caller, at_once, plain_resource, put_line


@pytest.fixture(scope='module')
def kept():
    """What is made once for all tests, since making a client takes longer than most tests."""
    return {}


@pytest.fixture
def configured(aws_environment, monkeypatch):
    """``Connection``, set to a place where nothing listens; retries don't wait."""
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    # What retries cost in one test must not be missing in the next.
    monkeypatch.setattr('botocore.retries.quota.RetryQuota.acquire', lambda quota, amount: True)
    Connection.reset()
    Connection.set_config(CREDENTIAL, CREDENTIAL, region=REGION, endpoint_url=URL)
    yield Connection
    Connection.reset()


@pytest.fixture
def callers(kept, configured):
    """The three ways to call: ``plain``, ``model`` and ``own``."""
    if not kept:
        plain, ours = plain_resource(endpoint_url=URL), configured.resource()
        line = put_line(ours)
        callers = types.SimpleNamespace(
            plain=Caller(plain, put_line(plain), at_once),
            model=Caller(ours, line, for_model),
            own=Caller(ours, line, at_once),
        )
        kept.update(callers=callers, pool=_borg.pool)
    _borg.pool = kept['pool']
    return kept['callers']


@pytest.fixture(params=['model', 'own'])
def caller(request, callers):
    """One of the two ways to call on the client of ``Connection``."""
    return getattr(callers, request.param)


@pytest.fixture
def stubber(callers):
    """A stubber on the client of ``Connection``; all that is put into it must be used."""
    with Stubber(callers.model.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
