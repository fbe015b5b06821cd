"""JSON with exact numbers: what is written, and what is read or refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import ValidationError, _json

integers = st.integers(-(10**38) + 1, 10**38 - 1)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(), integers),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@given(plain, st.sampled_from([None, 0, 2, '\t']))
def test_the_layout_is_that_of_the_standard_library(value, indent):
    """Without an indentation, there are no blanks."""
    separators = (',', ':') if indent is None else None
    assert _json.write(value, indent) == json.dumps(value, indent=indent, separators=separators)


@given(plain)
def test_what_is_written_is_read(value):
    assert _json.read(_json.write(value)) == value
    assert _json.read(_json.write(value, 2).encode()) == value


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
        lambda number: len(number.as_tuple().digits) <= 38 and -130 <= number.adjusted() <= 125
    )
)
def test_numbers_keep_all_their_digits(number):
    read = _json.read(_json.write([number]))[0]
    assert (Decimal(repr(read)) if isinstance(read, float) else read) == number


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (Decimal('0.12345678901234567890123456789012345678'), None),
        (Decimal('1E-130'), None),
        (Decimal('9.9E+125'), None),
        (b'\x00\xff', '"AP8="'),
        ({'b', 'a', 'é'}, '["a","b","\\u00e9"]'),
        ({Decimal('10'), Decimal('9.5')}, '[9.5,10]'),
        ({b'b', b'a'}, '["YQ==","Yg=="]'),
    ],
)
def test_values_that_json_has_no_type_for(value, text):
    """Numbers are digit for digit, binary is base64, and sets are sorted lists."""
    assert _json.write(value) == (str(value) if text is None else text)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('1', 1),
        ('1.0', 1),
        ('1e3', 1000),
        ('-0.0', 0),
        ('0.1', 0.1),
        (
            '0.30000000000000000000000000000000000001',
            Decimal('0.30000000000000000000000000000000000001'),
        ),
        ('1' + '0' * 100, 10**100),
        ('0e999999999', 0),
    ],
)
def test_numbers_are_read_as_a_bare_field_reads_them(text, value):
    read = _json.read(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'is no JSON: Expecting value'),
        ('{"a": }', 'is no JSON: .* column 7'),
        ('[1] 2', 'is no JSON: Extra data'),
        (b'\xff', 'is no JSON'),
        (None, 'JSON is text, a str or bytes, not NoneType'),
        ({}, 'JSON is text, a str or bytes, not dict'),
        ('[' * 100_000, 'nested too deeply'),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', 'b: the JSON has this name twice'),
        ('{"a": [0, NaN]}', r'a\[1\]: .*neither NaN nor infinities \(got \'NaN\'\)'),
        ('{"a": -Infinity}', 'a: .*neither NaN nor infinities'),
        ('{"a": 1e126, "b": [1e-131]}', r'a: the magnitude(.|\n)*b\[0\]: the magnitude'),
        ('{"a": 1e999999999}', 'a: the magnitude'),
        ('{"a": 1e99999999999999999999}', 'a: is no number that DynamoDB holds'),
        ('{"a": ' + '9' * 39 + '}', 'a: a number holds at most 38 significant digits'),
        ('{"a": ' + '9' * 10_000 + '}', 'a: the magnitude'),
        ('{"a": 0.' + '3' * 39 + '}', 'a: a number holds at most 38 significant digits'),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    """The error says where in the text a number is that DynamoDB doesn't hold."""
    with pytest.raises(ValidationError, match=message):
        _json.read(text)


@pytest.mark.parametrize('text', ['YQ', 'Y!Q=', 'YQ==YQ==', 'é', 'YQ==\n'])
def test_base64_is_exact(text):
    """Python would leave out what doesn't belong there."""
    with pytest.raises(ValidationError, match='is no base64'):
        _json.binary(text)
    assert _json.binary('YQ==') == b'a'
