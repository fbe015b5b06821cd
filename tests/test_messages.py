"""Every message that the library can raise, and the rules for all of them.

``pytest -s tests/test_messages.py`` prints them, by theme.
"""

import copy
import importlib
import logging
import os
import pickle
import re
from typing import NamedTuple

import pytest

import dynamongo
from dynamongo import DynamongoError, Field, ValidationError, exceptions
from dynamongo._command_models import CommandError
from tests.messages.case import Case, offline, parts
from tests.messages.sites import Pattern, Reached

THEMES = [
    'calls',
    'declarations',
    'values',
    'conditions',
    'updates',
    'reads',
    'writes',
    'transactions',
    'tables',
    'engines',
]

#: Sites that no case reaches, by the reason.
NOT_REACHED = {
    'a signal within the library: the field itself then says what is wrong': [
        Pattern('_codecs.*', text='raise Unusual'),
    ],
    'an operation of an abstract base, which every class of the library has': [
        Pattern('_engines', 'World.*', 'NotImplementedError'),
        Pattern('_paths', 'Operand.*', 'NotImplementedError'),
        Pattern('conditions', 'BaseCondition.*', 'NotImplementedError'),
        Pattern('expressions', 'Expression._format', 'NotImplementedError'),
        Pattern('updates', 'Update.render', 'NotImplementedError'),
    ],
    'the protocol of Python, whose own message is a name and no more': [
        Pattern('fields.dicts', 'DictField.__getattr__', 'AttributeError(name)'),
        Pattern('fields.maps', 'MapField.__getattr__', 'AttributeError(name)'),
        Pattern('_partial', 'PartialDict.__missing__', 'KeyError(key)'),
    ],
    'said once in a process, of a boto3 or botocore that dynamongo does not know': [
        Pattern('_wire*', text='logger()'),
    ],
    'raised for what botocore and boto3 refuse before': [
        Pattern('_wire.replies', '_all_stored', 'are no items'),
        Pattern('_wire.values', '_base64', "can't be sent to DynamoDB"),
    ],
    'what restores a problem that was made before': [
        Pattern('exceptions', '_restore_problem', 'Problem(message, path=path)'),
    ],
    'caught within the library: update_one returns None then': [
        Pattern('_write', 'update', 'never('),
    ],
    'for a stack that is nearly full: what is nested too deeply is found before': [
        Pattern('_documents', 'to_document', 'contains itself'),
    ],
}

#: Python's own classes: for attributes, arguments and modules that don't exist, and for handlers of
#: botocore's events that undo what they are called for.
OF_PYTHON = (AttributeError, ImportError, RuntimeError, TypeError)

MAX_LENGTH = 1000


class Caught(NamedTuple):
    theme: str
    case: Case
    error: Exception


class Catalogue:
    """All cases, run once."""

    def __init__(self):
        self.reached = Reached()
        self.caught = []
        self.missed = []
        self.logged = []

    def collect(self, theme, case):
        try:
            with self.reached.watching():
                case.call()
        except Exception as error:
            self.reached.note(error)
            self.caught.append(Caught(theme, case, error))
        else:
            self.missed.append(f'{case.place} raises nothing')


@pytest.fixture(scope='module')
def catalogue():
    made = Catalogue()
    handler = logging.Handler()
    handler.emit = lambda record: made.logged.append(record.getMessage())
    logger = logging.getLogger('dynamongo')
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith('AWS_')]:
            patch.delenv(name)
        patch.setenv('AWS_EC2_METADATA_DISABLED', 'true')
        with offline(patch) as answer:
            for theme in THEMES:
                for case in importlib.import_module(f'tests.messages.{theme}').CASES:
                    answer(case.replies)
                    made.collect(theme, case)
    logger.removeHandler(handler)
    logger.setLevel(level)
    return made


def text_of(error):
    # The text of a KeyError is the repr of what is given.
    return str(error.args[0]) if type(error) is KeyError else str(error)


def texts_of_fields():
    """Return what ``messages=`` can replace, schematics' texts among it, with the fields."""
    found = {}
    for name in dynamongo.__all__:
        cls = getattr(dynamongo, name)
        if isinstance(cls, type) and issubclass(cls, Field):
            texts = {}
            for base in reversed(cls.__mro__):
                texts.update(vars(base).get('MESSAGES', {}))
            for key, text in texts.items():
                found.setdefault(f'{key}: {text}', []).append(name)
    return [(', '.join(names), text) for text, names in found.items()]


def test_print_every_message(catalogue):
    """By theme; pytest shows it by ``-s``."""
    theme = None
    for caught in catalogue.caught:
        if caught.theme != theme:
            theme = caught.theme
            print(f'\n\n{theme.upper()}')
        print(f'\n{type(caught.error).__name__}\n  {text_of(caught.error)}')
    print('\n\nLOGGED')
    for line in catalogue.logged:
        print(f'\n  {line}')
    print('\n\nTEXTS OF FIELDS')
    for place, text in texts_of_fields():
        print(f'\n{place}\n  {text}')
    assert catalogue.missed == []


def test_every_message_names_what_where_and_the_way_out(catalogue):
    wrong = []
    for _, case, error in catalogue.caught:
        text = text_of(error)
        lacking = [
            part
            for given in (case.what, case.where, case.out)
            for part in parts(given)
            if part not in text
        ]
        if lacking or type(error) is not case.cls:
            wrong.append(f'{case.place} lacks {lacking}:\n  {type(error).__name__}: {text}')
    assert not wrong, '\n'.join(wrong)


def test_every_site_is_reached(catalogue):
    """What can't be, or needn't, is in ``NOT_REACHED``, with the reason."""
    excused = [pattern for patterns in NOT_REACHED.values() for pattern in patterns]
    unreached = [site for site in catalogue.reached if site not in catalogue.reached.sites]
    left = [site for site in unreached if not any(pattern.means(site) for pattern in excused)]
    assert not left, '\n'.join(map(str, left))
    gone = [pattern for pattern in excused if not any(pattern.means(site) for site in unreached)]
    assert gone == []


UNREADABLE = {
    'a repr of an object of the library': r'<(dynamongo|schematics|botocore|boto3|tests)\.',
    'an address': r'\b0x[0-9a-f]{6,}',
    'a private name': r'\b_[a-z]',
    'two blanks': r'\S  +\S',
    'two dots': r'(?<!\.)\.\.(?!\.)',
    'a blank before a stop': r'\w [,;:](?!\w)',
    'nothing but None': r'^None$',
}


@pytest.mark.parametrize('flaw', UNREADABLE)
def test_no_message_has(catalogue, flaw):
    pattern = re.compile(UNREADABLE[flaw])
    texts = [(case.place, text_of(error)) for _, case, error in catalogue.caught]
    texts += (('log', line) for line in catalogue.logged)
    texts += texts_of_fields()
    found = [f'{place} {text}' for place, text in texts if pattern.search(text)]
    assert not found, '\n'.join(found)


def test_every_message_is_a_sentence_that_can_be_read(catalogue):
    wrong = [
        f'{case.place} {len(text_of(error))}: {text_of(error)}'
        for _, case, error in catalogue.caught
        if not 10 <= len(text_of(error)) <= MAX_LENGTH or text_of(error).strip() != text_of(error)
    ]
    assert not wrong, '\n'.join(wrong)


def test_every_error_is_one_of_the_library(catalogue):
    """Or of Python's, where it is Python that asks for an attribute or an argument."""
    classes = (*map(exceptions.__dict__.get, exceptions.__all__), CommandError)
    strangers = [
        f'{case.place} {error!r}'
        for _, case, error in catalogue.caught
        if not isinstance(error, (*classes, *OF_PYTHON))
    ]
    assert not strangers, '\n'.join(strangers)


def test_every_error_pickles_and_copies(catalogue):
    wrong = []
    for _, case, error in catalogue.caught:
        for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            if (str(copied), repr(copied)[:40]) != (str(error), repr(error)[:40]):
                wrong.append(f'{case.place} {copied!r} of {error!r}')
    assert not wrong, '\n'.join(wrong)


def test_no_message_says_only_that_something_is_invalid(catalogue):
    bare = re.compile(r'(invalid|wrong|not valid|bad)( value)?\.?$', re.I)
    found = [
        f'{case.place} {message}'
        for _, case, error in catalogue.caught
        if isinstance(error, ValidationError)
        for message in error.errors.values()
        if bare.match(message)
    ]
    assert not found, '\n'.join(found)


def test_an_error_of_the_library_says_its_cause_once(catalogue):
    """A botocore error is kept as the cause, and is none of the user's."""
    wrong = [
        f'{case.place} {error!r}'
        for _, case, error in catalogue.caught
        if isinstance(error, DynamongoError)
        and getattr(error, 'code', None)
        and error.__cause__ is None
        and error.__context__ is None
    ]
    assert not wrong, '\n'.join(wrong)
