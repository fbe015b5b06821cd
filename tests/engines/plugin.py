"""The pytest hooks that start an engine, share it between processes and say which it was."""

import contextlib
import dataclasses
import json
import os
from pathlib import Path

import pytest

from tests.engines.base import Engine, EngineError
from tests.engines.choose import CHOICES, DEFAULT, VARIABLE, running_engine

ENGINE = pytest.StashKey[Engine]()
STARTED = pytest.StashKey[contextlib.ExitStack]()


def pytest_addoption(parser):
    group = parser.getgroup('dynamongo')
    group.addoption(
        '--engine',
        choices=CHOICES,
        help=f'the DynamoDB engine to run on (default: ${VARIABLE}, else {DEFAULT})',
    )
    group.addoption(
        '--engine-report',
        type=Path,
        metavar='FILE',
        help='write the engine and the number of tests that ran on it to FILE, as JSON',
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    config = session.config
    if hasattr(config, 'workerinput'):
        config.stash[ENGINE] = Engine(**config.workerinput['dynamongo_engine'])
        return
    name = config.getoption('engine') or os.environ.get(VARIABLE) or DEFAULT
    started = config.stash[STARTED] = contextlib.ExitStack()
    try:
        config.stash[ENGINE] = started.enter_context(running_engine(name))
    except EngineError as error:
        raise pytest.UsageError(f'engine {name}: {error}') from error


def pytest_unconfigure(config):
    started = config.stash.get(STARTED, None)
    if started is not None:
        started.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell a worker of pytest-xdist which engine the controller started."""
    node.workerinput['dynamongo_engine'] = dataclasses.asdict(node.config.stash[ENGINE])


def pytest_report_header(config):
    return f'engine: {config.stash[ENGINE]}'


def pytest_collection_modifyitems(config, items):
    faithful = config.stash[ENGINE].faithful
    for item in items:
        for mark in item.iter_markers('faithful'):
            reason = faithful_reason(item, *mark.args, **mark.kwargs)
            if not faithful:
                item.add_marker(pytest.mark.skip(reason=f'needs a faithful engine: {reason}'))


def faithful_reason(item, reason=None):
    if not reason:
        raise pytest.UsageError(f'{item.nodeid}: the mark "faithful" needs a reason')
    return reason


def pytest_terminal_summary(terminalreporter, config):
    path = config.getoption('engine_report')
    if path is None:
        return
    report = dataclasses.asdict(config.stash[ENGINE])
    for outcome in ('passed', 'failed', 'error', 'skipped'):
        report[outcome] = len(terminalreporter.stats.get(outcome, ()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + '\n', encoding='utf-8')
