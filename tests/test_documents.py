"""Free documents: what the bare field and undeclared attributes hold, exactly."""

import datetime
import decimal
import enum
import types
import uuid
from collections import OrderedDict
from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary
from hypothesis import given
from hypothesis import strategies as st

from dynamongo._documents import from_document, to_document, to_text
from dynamongo.exceptions import ValidationError


class Colour(str, enum.Enum):
    RED = 'red'


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    def __str__(self):
        return 'something else'


def same(left, right):
    """Equal, and of the same types throughout."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, set):
        return left == right and set(map(type, left)) == set(map(type, right))
    return left == right


@pytest.mark.parametrize(
    ('value', 'stored'),
    [
        (None, None),
        (True, True),
        (False, False),
        ('', ''),
        ('text', 'text'),
        ('\U0001f600\u00e9', '\U0001f600\u00e9'),
        (b'', b''),
        (b'\x00\xff', b'\x00\xff'),
        (bytearray(b'ab'), b'ab'),
        (3, 3),
        (3.0, 3),
        (0.1, Decimal('0.1')),
        (Decimal('1.50'), Decimal('1.5')),
        (Level.HIGH, 3),
        (Colour.RED, 'red'),
        (Text('text'), 'text'),
        ([], []),
        ([1, [None, ['']], {}], [1, [None, ['']], {}]),
        ((1, (2, 0.5)), [1, [2, Decimal('0.5')]]),
        ({}, {}),
        ({'a': {'b': None, ' ': 'c'}}, {'a': {'b': None, ' ': 'c'}}),
        (OrderedDict(b=1, a=2), {'b': 1, 'a': 2}),
        (types.MappingProxyType({'a': 1}), {'a': 1}),
        ({Colour.RED: 1}, {'red': 1}),
        ({1, 2.5}, {1, Decimal('2.5')}),
        (frozenset(['a', 'b']), {'a', 'b'}),
        ({b'a', b'b'}, {b'a', b'b'}),
        ({0.1, Decimal('0.1')}, {Decimal('0.1')}),
        ({Colour.RED}, {'red'}),
    ],
)
def test_what_is_stored(value, stored):
    document = to_document(value)
    assert same(document, stored)


def test_keys_are_stored_as_plain_text():
    assert [type(key) for key in to_document({Colour.RED: 1})] == [str]


@pytest.mark.parametrize(
    ('value', 'path', 'problem'),
    [
        (object(), '', 'object is not a type that DynamoDB stores'),
        (datetime.date(2020, 1, 1), '', 'date is not a type'),
        (uuid.uuid4(), '', 'UUID is not a type'),
        (1j, '', 'complex is not a type'),
        ((item for item in 'ab'), '', 'generator is not a type'),
        (float('nan'), '', 'NaN'),
        ({'a': [1, {'b': float('inf')}]}, 'a[1].b', 'infinit'),
        ([0, 10**38 + 1], '[1]', '38 significant digits'),
        ((0, (1, 1e200)), '[1][1]', 'magnitude'),
        ({'a': {1: 'x'}}, 'a', 'keys of a document must be str'),
        ({None: 'x'}, '', 'keys of a document must be str'),
        ({'a': [{'': 'x'}]}, 'a[0]', 'keys of a document must not be empty'),
        ({'a': set()}, 'a', 'a set holds one or more members'),
        ({'a': {1, 'b'}}, 'a', 'a set holds'),
        ({'a': {'b', b'b'}}, 'a', 'a set holds'),
        ({'a': {True}}, 'a', 'a set holds'),
        ({'a': {None}}, 'a', 'a set holds'),
        ({'a': {('b',)}}, 'a', 'a set holds'),
        ({'a': {float('nan')}}, 'a', 'NaN'),
        ({'a': {datetime.date(2020, 1, 1)}}, 'a', 'date is not a type'),
        ('\ud800', '', 'lone surrogate'),
        ({'a': ['b\udfff']}, 'a[0]', 'lone surrogate'),
        ({'a': {'\ud800': 1}}, 'a', 'lone surrogate'),
        ({'a': {'\ud800'}}, 'a', 'lone surrogate'),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_path(value, path, problem):
    with pytest.raises(ValidationError) as raised:
        to_document(value)
    assert list(raised.value.errors) == [path]
    assert problem in raised.value.errors[path]
    assert len(raised.value.problems) == 1


def test_all_problems_are_reported_together():
    with pytest.raises(ValidationError) as raised:
        to_document({'a': object(), 'b': [1, float('nan'), {'c': set()}], 'd': 1, 2: 'e'})
    assert set(raised.value.errors) == {'a', 'b[1]', 'b[2].c', ''}


def test_what_contains_itself_is_refused():
    circle = {'a': []}
    circle['a'].append(circle)
    with pytest.raises(ValidationError, match='nested too deeply, or contains itself'):
        to_document(circle)


def test_what_is_given_is_not_changed():
    given = {'a': [1, (2,)], 'b': {'c': 0.5}}
    document = to_document(given)
    document['a'].append(3)
    document['b']['d'] = 1
    assert given == {'a': [1, (2,)], 'b': {'c': 0.5}}


@pytest.mark.parametrize('value', ['text', Text('text'), Colour.RED, '\u00e9', ''])
def test_text_is_stored_as_plain_str(value):
    text = to_text(value)
    assert type(text) is str
    assert text == value


def test_text_without_a_utf8_form_is_refused():
    with pytest.raises(ValueError, match='lone surrogate'):
        to_text('a\ud800')


@pytest.mark.parametrize(
    ('stored', 'value'),
    [
        (None, None),
        (True, True),
        ('text', 'text'),
        (Decimal('3'), 3),
        (Decimal('0.5'), 0.5),
        (Decimal('0.10000000000000001'), Decimal('0.10000000000000001')),
        (Binary(b'ab'), b'ab'),
        (b'ab', b'ab'),
        ([Decimal('1'), [Binary(b'')]], [1, [b'']]),
        ({'a': {'b': Decimal('1E+3')}}, {'a': {'b': 1000}}),
        ({Decimal('1'), Decimal('2.5')}, {1, 2.5}),
        ({Binary(b'a')}, {b'a'}),
        ({'a', 'b'}, {'a', 'b'}),
    ],
)
def test_what_is_read_is_plain_python(stored, value):
    assert same(from_document(stored), value)


numbers = st.integers(-(10**38) + 1, 10**38 - 1) | st.floats(-1e100, 1e100).filter(
    lambda value: abs(value) >= 1e-130 and not value.is_integer()
).map(float)
text = st.text(max_size=8)
names = st.text(min_size=1, max_size=8)
sets = (
    st.sets(numbers, min_size=1, max_size=4)
    | st.sets(text, min_size=1, max_size=4)
    | st.sets(st.binary(max_size=4), min_size=1, max_size=4)
)
documents = st.recursive(
    st.none() | st.booleans() | numbers | text | st.binary(max_size=8) | sets,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def as_boto3_returns(value):
    """What boto3 hands back for a stored value."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return Binary(value)
    if isinstance(value, (int, decimal.Decimal)):
        return Decimal(value)
    if isinstance(value, dict):
        return {key: as_boto3_returns(item) for key, item in value.items()}
    return type(value)(as_boto3_returns(item) for item in value)


@given(documents)
def test_every_document_reads_back_as_it_was(document):
    assert same(from_document(as_boto3_returns(to_document(document))), document)
