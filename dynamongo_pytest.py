"""The plugin that gives pytest the fixture ``local_dynamodb``.

pytest loads it wherever dynamongo is installed, so it imports nothing until a test asks for the
fixture: that is why it isn't a part of the package. ``-p no:dynamongo`` leaves it out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dynamongo.local import LocalDynamoDB

VARIABLE = 'DYNAMONGO_ENGINE'

_BEFORE = pytest.StashKey['str | None']()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup('dynamongo').addoption(
        '--dynamodb',
        metavar='ENGINE',
        help='what local_dynamodb runs on: moto, dynamodb-local, or the URL of a server that runs '
        f'already (default: ${VARIABLE}, else the ini option dynamodb, else moto)',
    )
    parser.addini(
        'dynamodb', 'what local_dynamodb runs on, as the option --dynamodb says', default=''
    )


def pytest_configure(config: pytest.Config) -> None:
    before = config.stash[_BEFORE] = os.environ.get(VARIABLE)
    chosen = config.getoption('--dynamodb') or before or config.getini('dynamodb')
    if chosen:
        # Where local_dynamodb() looks, so that a fixture of the program's own obeys as well.
        os.environ[VARIABLE] = chosen


def pytest_unconfigure(config: pytest.Config) -> None:
    before = config.stash[_BEFORE]
    if before is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = before
    engines = sys.modules.get('dynamongo._engines')
    if engines is not None:
        engines.stop()


@pytest.fixture(name='local_dynamodb')
def _local_dynamodb() -> Iterator[LocalDynamoDB]:
    """A DynamoDB without tables, for this test alone; ``Connection`` is set to it."""
    from dynamongo.local import EngineError, local_dynamodb

    block = local_dynamodb()
    dynamodb, refusal = None, ''
    try:
        dynamodb = block.__enter__()
    except (EngineError, ImportError) as error:
        refusal = str(error)
    if dynamodb is None:
        # Not within the except block: pytest would show the error a second time.
        pytest.fail(refusal, pytrace=False)
    try:
        yield dynamodb
    finally:
        block.__exit__(None, None, None)
