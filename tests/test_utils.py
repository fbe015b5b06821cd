"""The documented helpers of :mod:`dynamongo.utils`."""

import copy
import datetime
import decimal
import inspect
import uuid

import pytest

from dynamongo import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmailField,
    Field,
    FloatField,
    IntField,
    IPAddressField,
    ListField,
    StringField,
    TimedeltaField,
    URLField,
    UUIDField,
    utils,
)
from dynamongo.utils import (
    chunks,
    is_empty,
    is_subclass,
    key_proto,
    merge_deep,
    non_empty_values,
    shorten,
)


@pytest.mark.parametrize(
    ('name', 'parameters'),
    [
        ('is_empty', ['value']),
        ('non_empty_values', ['d']),
        ('merge_deep', ['destination', 'source']),
        ('is_subclass', ['value', 'class_']),
        ('key_proto', ['attr']),
    ],
)
def test_the_helpers_have_their_documented_parameters(name, parameters):
    signature = inspect.signature(getattr(utils, name))
    assert list(signature.parameters) == parameters
    assert name in utils.__all__


class LazyText:
    """Equal to everything, as schematics' lazy texts and dynamongo's fields nearly are."""

    __hash__ = None

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ('value', 'empty'),
    [
        (None, True),
        ('', True),
        (' ', False),
        ('None', False),
        (0, False),
        (0.0, False),
        (False, False),
        (b'', False),
        ([], False),
        ({}, False),
        (set(), False),
        (LazyText(), False),
        (StringField(), False),
    ],
)
def test_only_none_and_the_empty_string_are_empty(value, empty):
    assert is_empty(value) is empty


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({}, {}),
        ({'a': 1, 'b': None, 'c': ''}, {'a': 1}),
        ({'a': 0, 'b': False, 'c': [], 'd': {}}, {'a': 0, 'b': False, 'c': [], 'd': {}}),
        ({'a': {'b': {'c': '', 'd': 1}, 'e': None}}, {'a': {'b': {'d': 1}}}),
        ({'a': {'b': None}}, {'a': {}}),
        ({'a': [None, '', {'b': None}]}, {'a': [None, '', {'b': None}]}),
    ],
)
def test_non_empty_values_leaves_out_empty_values_of_dicts_in_dicts(given, expected):
    before = copy.deepcopy(given)
    assert non_empty_values(given) == expected
    assert given == before


@pytest.mark.parametrize(
    ('destination', 'source', 'expected'),
    [
        ({}, {}, {}),
        ({'a': 1}, {}, {'a': 1}),
        ({}, {'a': 1}, {'a': 1}),
        ({'a': 1, 'b': 2}, {'b': 3, 'c': 4}, {'a': 1, 'b': 3, 'c': 4}),
        ({'a': {'b': 1, 'c': 2}}, {'a': {'c': 3, 'd': 4}}, {'a': {'b': 1, 'c': 3, 'd': 4}}),
        ({'a': {'b': {'c': 1, 'd': 2}}}, {'a': {'b': {'c': 3}}}, {'a': {'b': {'c': 3, 'd': 2}}}),
        ({'a': {'b': 1}}, {'a': 2}, {'a': 2}),
        ({'a': 1}, {'a': {'b': 2}}, {'a': {'b': 2}}),
        ({'a': {'b': 1}}, {'a': None}, {'a': None}),
        ({'a': [1, 2]}, {'a': [3]}, {'a': [3]}),
    ],
)
def test_merge_deep_lays_the_source_over_the_destination(destination, source, expected):
    before = copy.deepcopy((destination, source))
    assert merge_deep(destination, source) == expected
    assert (destination, source) == before


@pytest.mark.parametrize(
    ('value', 'class_', 'expected'),
    [
        (bool, int, True),
        (int, int, True),
        (int, str, False),
        (IntField, Field, True),
        (IntField, StringField, False),
        (IntField(), Field, False),
        (3, int, False),
        ('int', int, False),
        (None, type(None), False),
        (int, (str, int), True),
    ],
)
def test_is_subclass_answers_for_anything(value, class_, expected):
    assert is_subclass(value, class_) is expected


STRINGS = [
    StringField,
    EmailField,
    URLField,
    UUIDField,
    IPAddressField,
    DateTimeField,
    DateField,
]
NUMBERS = [IntField, FloatField, TimedeltaField]


@pytest.mark.parametrize(
    ('attr', 'expected'),
    [
        *((field, 'S') for field in STRINGS),
        *((field(), 'S') for field in STRINGS),
        *((field, 'N') for field in NUMBERS),
        *((field(), 'N') for field in NUMBERS),
        (str, 'S'),
        (int, 'N'),
        (float, 'N'),
        (decimal.Decimal, 'N'),
        (bytes, 'B'),
    ],
)
def test_key_proto_is_the_type_that_the_values_are_stored_with(attr, expected):
    assert key_proto(attr) == expected


@pytest.mark.parametrize(
    ('attr', 'name'),
    [
        (Field, 'Field'),
        (Field(), 'Field'),
        (BooleanField(), 'BooleanField'),
        (ListField(StringField), 'ListField'),
        (DictField(city=StringField), 'DictField'),
        (DictField(primitive_type=StringField), 'DictField'),
        (bool, 'bool'),
        (list, 'list'),
        (uuid.UUID, 'UUID'),
        (datetime.date, 'date'),
        (None, 'NoneType'),
        ('S', 'str'),
    ],
)
def test_key_proto_refuses_what_cannot_be_a_key_and_names_it(attr, name):
    with pytest.raises(ValueError, match=rf"^{name} can't be a key"):
        key_proto(attr)


@pytest.mark.parametrize(
    ('values', 'size', 'expected'),
    [
        ([], 2, []),
        ([1], 2, [[1]]),
        ([1, 2], 2, [[1, 2]]),
        ([1, 2, 3], 2, [[1, 2], [3]]),
        (iter('abc'), 1, [['a'], ['b'], ['c']]),
    ],
)
def test_chunks_cover_all_values_in_order(values, size, expected):
    assert list(chunks(values, size)) == expected


@pytest.mark.parametrize(
    'value',
    [
        'x' * 10_000,
        ['x' * 10_000] * 100,
        {str(n): 'x' * 1000 for n in range(1000)},
        pytest.param(10**1000, id='10**1000'),
    ],
)
def test_shorten_cuts_what_would_flood_a_message(value):
    assert len(shorten(value)) < 2000
    assert '...' in shorten(value)


def test_shorten_shows_short_values_in_full():
    assert shorten({'a': ['b', 1]}) == "{'a': ['b', 1]}"


def test_shorten_shows_ints_that_python_refuses_to_print():
    """Python limits the digits of an int that it turns into text, 4300 by default."""
    assert len(shorten(10**5000)) < 200
