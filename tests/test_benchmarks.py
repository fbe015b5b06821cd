"""The benchmarks work: what they compare does what is timed. Nothing here depends on a time."""

import json

import pytest

from benchmarks import canned_cases, cases, contestants, growth, items, report
from benchmarks.__main__ import rounded
from benchmarks.canned import Responder

NAMES = ('dynamongo', 'raw', 'resource')
SIZES = cases.Sizes(scan=30, query=10, batch=30)

ENVIRONMENT = {
    'date': '2018-06-01',
    'python': 'CPython 3.13.0',
    'system': 'Linux',
    'cpu': 'a processor',
    'cores': 2,
    'versions': {'boto3': '1.40.0', 'bloop': None},
}


@pytest.fixture(scope='module', autouse=True)
def settings():
    """The environment of the benchmarks, and the connection as it was."""
    from dynamongo import Connection

    with cases.environment():
        Connection.reset()
        yield
        Connection.reset()


@pytest.fixture
def made(request):
    """A contestant with canned replies."""
    found, skipped = contestants.load([request.param])
    assert not skipped
    contestant = found[request.param]
    responder = Responder(contestant)
    cases.set_replies(responder, SIZES)
    yield contestant, responder
    contestant.close()


@pytest.mark.parametrize('made', NAMES, indirect=True)
def test_each_case_does_what_is_timed(made):
    """Answers, requests and what is saved are right, or ``check`` would raise."""
    contestant, responder = made
    calls = cases.prepare(contestant, SIZES, cases.LABELS)
    cases.check(contestant, calls, SIZES, responder)


#: What a responder is told, and what :func:`.cases.check` says then.
WRONG = {
    'get: 1 of 1 items': lambda responder: responder.answer_gets(1),
    'scan: 29 of 30 items': lambda responder: responder.answer_scans(29),
    'scan: sent 2 requests': lambda responder: responder.answer_scans(30, page_size=20),
    'query: 9 of 10 items': lambda responder: responder.answer_queries(9),
}


@pytest.mark.parametrize('made', ['dynamongo'], indirect=True)
def test_a_wrong_answer_is_noticed(made):
    """What isn't as it should be is never timed."""
    contestant, responder = made
    calls = cases.prepare(contestant, SIZES, cases.LABELS)
    for complaint, change in WRONG.items():
        cases.set_replies(responder, SIZES)
        change(responder)
        with pytest.raises(cases.WrongAnswer, match=complaint):
            cases.check(contestant, calls, SIZES, responder)


@pytest.mark.parametrize('made', ['dynamongo', 'raw'], indirect=True)
def test_pages(made):
    """A scan of several pages asks for each, and gets every item once."""
    contestant, responder = made
    for lazily in (False, True):
        responder.answer_scans(25, page_size=10, lazily=lazily)
        operations, _ = responder.record()
        found = [contestant.values(one)['email'] for one in contestant.scan()]
        assert found == [items.user(number)['email'] for number in range(25)]
        assert operations == ['Scan'] * 3


def test_a_round_makes_a_report():
    """One round of all cases gives every figure that the tables and the JSON hold."""
    found, skipped = canned_cases.run(list(cases.LABELS), 1, SIZES, only=NAMES)
    assert skipped == {}
    results = {
        'environment': ENVIRONMENT,
        'settings': {'sizes': {'scan': 30, 'query': 10, 'batch': 30}},
        'canned': found,
    }
    results = json.loads(json.dumps(rounded(results)))
    assert set(results['canned']) == set(cases.LABELS)
    for result in results['canned'].values():
        assert set(result) == set(NAMES)
        assert set(result['dynamongo']['ratios']) == {'raw', 'resource'}
    text, rst = report.as_text(results), report.as_rst(results)
    for shown in ('scan of 30', 'batch write of 30', 'boto3 resource'):
        assert shown in text
        assert shown in rst
    assert 'boto3 1.40.0.' in rst


def test_threads_get_their_own_answers():
    """Each thread is answered with the item that it asks for."""
    for result in growth.threads(40, counts=(1, 4)).values():
        assert [one['wrong'] for one in result.values()] == [0, 0]


def test_a_library_that_is_missing_is_named(monkeypatch):
    """A contestant that can't be had is skipped, with what installs it."""
    monkeypatch.setitem(contestants.MODULES, 'nothing', 'pip install nothing')
    found, skipped = contestants.load(['nothing'])
    assert found == {}
    assert skipped['nothing'].endswith('pip install nothing')
