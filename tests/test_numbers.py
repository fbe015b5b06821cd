"""Numbers are stored exactly or not at all: 38 digits, magnitudes from 1E-130 to 9.99E+125."""

import decimal
import enum
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamongo._numbers import divide, from_number, is_plain, multiply, to_number

DIGITS_38 = int('12345678901234567890123456789012345678')


class Level(enum.IntEnum):
    HIGH = 3


class Ratio(float):
    """Prints as numpy's floats do."""

    def __repr__(self):
        return f'Ratio({float.__repr__(self)})'


@pytest.mark.parametrize(
    ('value', 'stored'),
    [
        (0, 0),
        (0.0, 0),
        (-0.0, 0),
        (Decimal('-0'), 0),
        (Decimal('0E+50'), 0),
        (Decimal('0E-500'), 0),
        (Decimal('0E+500'), 0),
        (7, 7),
        (7.0, 7),
        (Decimal('7.000'), 7),
        (1e10, 10**10),
        (0.1, Decimal('0.1')),
        (-0.1, Decimal('-0.1')),
        (2 / 3, Decimal('0.6666666666666666')),
        (0.1 + 0.2, Decimal('0.30000000000000004')),
        (1e-130, Decimal('1E-130')),
        (9.99e125, Decimal('9.99E+125')),
        (Decimal('0.10'), Decimal('0.1')),
        (DIGITS_38, DIGITS_38),
        (-DIGITS_38, -DIGITS_38),
        (10**38 - 1, 10**38 - 1),
        (10**38, Decimal('1E+38')),
        (DIGITS_38 * 10**50, Decimal(DIGITS_38).scaleb(50, decimal.Context(prec=38))),
        (Decimal('0.' + str(DIGITS_38)), Decimal('0.' + str(DIGITS_38))),
        (Level.HIGH, 3),
        (Ratio(0.5), Decimal('0.5')),
    ],
)
def test_what_is_stored(value, stored):
    """Integral values below 10**38 are stored as ``int``, everything else as ``Decimal``."""
    number = to_number(value)
    assert number == stored
    assert type(number) is type(stored)


@pytest.mark.parametrize(
    ('value', 'problem'),
    [
        (float('nan'), 'NaN'),
        (float('inf'), 'infinit'),
        (float('-inf'), 'infinit'),
        (Decimal('NaN'), 'NaN'),
        (Decimal('sNaN'), 'NaN'),
        (Decimal('-Infinity'), 'infinit'),
        (10**38 + 1, '38 significant digits'),
        (-(10**38) - 1, '38 significant digits'),
        (Decimal('1.' + '1' * 38), '38 significant digits'),
        (Decimal('1.' + '0' * 50 + '1'), '38 significant digits'),
        (Decimal('1.' + '1' * 5000), '38 significant digits'),
        (10**126, 'magnitude'),
        (-(10**126), 'magnitude'),
        pytest.param(10**5000, 'magnitude', id='10**5000'),
        (1e126, 'magnitude'),
        (1.7976931348623157e308, 'magnitude'),
        (9.9e-131, 'magnitude'),
        (5e-324, 'magnitude'),
        (Decimal('1E+126'), 'magnitude'),
        (Decimal('-1E-131'), 'magnitude'),
        (Decimal('1E+9999999'), 'magnitude'),
        (Decimal('1E-9999999'), 'magnitude'),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused(value, problem):
    with pytest.raises(ValueError, match=problem):
        to_number(value)


@pytest.mark.parametrize(
    ('stored', 'value'),
    [
        ('0', 0),
        ('7', 7),
        ('-7', -7),
        ('1E+3', 1000),
        ('1E+125', 10**125),
        (str(DIGITS_38), DIGITS_38),
        ('0.1', 0.1),
        ('1E-130', 1e-130),
        ('0.30000000000000004', 0.1 + 0.2),
        ('0.10000000000000001', Decimal('0.10000000000000001')),
        ('0.1000000000000000055511151231257827', Decimal('0.1000000000000000055511151231257827')),
        ('0.' + str(DIGITS_38), Decimal('0.' + str(DIGITS_38))),
    ],
)
def test_the_plainest_number_that_equals_the_stored_one(stored, value):
    """An int, else the float whose ``repr`` is the stored number, else the ``Decimal``."""
    number = from_number(Decimal(stored))
    assert number == value
    assert type(number) is type(value)


digits = st.integers(-(10**38) + 1, 10**38 - 1)


@st.composite
def storable(draw):
    """A decimal that DynamoDB can hold: up to 38 digits, anywhere in its range of magnitudes."""
    coefficient = draw(digits)
    span = len(str(abs(coefficient))) - 1
    exponent = draw(st.integers(-130 - span, 125 - span))
    return Decimal(coefficient).scaleb(exponent, decimal.Context(prec=38))


@given(storable())
@example(Decimal(10**38 - 1))
@example(Decimal('1E-130'))
@example(Decimal('9.9999999999999999999999999999999999999E+125'))
def test_every_storable_number_comes_back_exactly(number):
    stored = to_number(number)
    assert stored == number
    loaded = from_number(Decimal(stored))
    assert to_number(loaded) == number
    if isinstance(loaded, float):
        assert Decimal(repr(loaded)) == number
    else:
        assert loaded == number


@given(
    st.floats(1e-130, 9.99e125)
    | st.floats(-9.99e125, -1e-130)
    | st.floats(allow_subnormal=False, min_value=-1000, max_value=1000).filter(
        lambda value: value == 0 or abs(value) >= 1e-130
    )
)
def test_every_float_in_range_comes_back_as_an_equal_number(value):
    loaded = from_number(Decimal(to_number(value)))
    assert loaded == value or Decimal(repr(value)) == loaded
    assert float(loaded) == value


@given(st.integers())
def test_every_int_is_stored_exactly_or_refused(value):
    try:
        stored = to_number(value)
    except ValueError:
        assert len(str(abs(value)).rstrip('0')) > 38
    else:
        assert stored == value
        assert from_number(Decimal(stored)) == value


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_every_decimal_is_stored_exactly_or_refused(value):
    try:
        stored = to_number(value)
    except ValueError:
        assert (
            not value.is_finite()
            or len(value.normalize(decimal.Context(prec=2000)).as_tuple().digits) > 38
            or not -130 <= value.adjusted() <= 125
        )
    else:
        assert stored == value


@pytest.mark.parametrize(
    'context',
    [
        decimal.Context(prec=3),
        decimal.Context(rounding=decimal.ROUND_UP, prec=2),
        decimal.Context(traps=[decimal.Inexact, decimal.Rounded, decimal.FloatOperation]),
        decimal.Context(Emax=5, Emin=-5, prec=4),
    ],
)
def test_the_decimal_context_of_the_caller_changes_nothing(context):
    with decimal.localcontext(context):
        assert to_number(Decimal('1.23456789')) == Decimal('1.23456789')
        assert to_number(DIGITS_38) == DIGITS_38
        assert str(to_number(0.123456789)) == '0.123456789'
        assert repr(from_number(Decimal('1.23456789'))) == '1.23456789'
        assert multiply(Decimal('1234567.891234'), 1_000_000) == 1234567891234
        assert str(divide(123456789, 1000)) == '123456.789'


@pytest.mark.parametrize(
    ('value', 'factor', 'product'),
    [
        (3, 10, 30),
        (0.1, 10, 1),
        (1.15, 100, 115),
        ('1.5', 2, 3),
        (Decimal('0.5'), 1, 0),
        (Decimal('1.5'), 1, 2),
        (Decimal('-0.0000014'), 1_000_000, -1),
        (10**30 + 1, 10**30, 10**60 + 10**30),
        (Ratio(0.5), 4, 2),
    ],
)
def test_multiply_rounds_to_the_nearest_int(value, factor, product):
    result = multiply(value, factor)
    assert result == product
    assert type(result) is int


@pytest.mark.parametrize('value', ['nan', 'sNaN', 'inf', '-inf'])
def test_multiply_refuses_what_has_no_nearest_int(value):
    with pytest.raises((ArithmeticError, ValueError)):
        multiply(Decimal(value), 2)


def test_divide_keeps_38_digits():
    assert divide(1, 3) == Decimal('0.' + '3' * 38)
    assert divide(1_500_000, 1_000_000) == Decimal('1.5')


@pytest.mark.parametrize(
    ('text', 'plain'),
    [
        ('0', True),
        ('-1', True),
        ('+1.5', True),
        ('.5', True),
        ('5.', True),
        ('1e10', True),
        ('1.5E-10', True),
        ('', False),
        ('.', False),
        (' 1', False),
        ('1 ', False),
        ('1\n', False),
        ('1_000', False),
        ('nan', False),
        ('inf', False),
        ('Infinity', False),
        ('0x10', False),
        ('\u0661', False),
        ('1e', False),
        ('1,5', False),
    ],
)
def test_plain_text_of_a_number(text, plain):
    assert is_plain(text) is plain
