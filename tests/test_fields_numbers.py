"""Integers, floats and booleans: what they take, refuse and store; adding and subtracting."""

import decimal
import enum
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    BooleanField,
    ExpressionError,
    FloatField,
    IntField,
    ListField,
    Model,
    StringField,
    ValidationError,
)

DIGITS_38 = 12345678901234567890123456789012345678


class Level(enum.IntEnum):
    HIGH = 3


class Ratio(float):
    """Prints as numpy's floats do."""

    def __repr__(self):
        return f'Ratio({float.__repr__(self)})'


class Account(Model):
    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField()
    visits = IntField(min_value=0, max_value=100, required=True)
    balance = FloatField(max_value=100)
    scores = ListField(IntField)


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        (0, 0),
        (-7, -7),
        (DIGITS_38, DIGITS_38),
        ('12', 12),
        ('-12', -12),
        ('+12', 12),
        ('007', 7),
        (12.0, 12),
        (1e20, 10**20),
        (Decimal('12'), 12),
        (Decimal('12.00'), 12),
        (Decimal('1E+3'), 1000),
        (Level.HIGH, 3),
    ],
)
def test_an_int_field_takes_whole_numbers(value, native):
    result = IntField().validate(value)
    assert result == native
    assert type(result) is int


@pytest.mark.parametrize(
    'value',
    [
        True,
        False,
        1.5,
        Decimal('1.5'),
        Decimal('NaN'),
        float('nan'),
        float('inf'),
        'x',
        '1.0',
        '1e3',
        ' 12',
        '12 ',
        '12\n',
        '1_000',
        '0x10',
        '\u0661\u0662',
        '--1',
        '9' * 5000,
        b'12',
        [1],
        {},
        1j,
    ],
)
def test_an_int_field_refuses_everything_else(value):
    field = IntField()
    field.set_name('n')
    with pytest.raises(ValidationError, match=r'^n: '):
        field.to_primitive(field.validate(value))


def test_a_strict_int_field_takes_ints_and_text_alone():
    field = IntField(strict=True)
    assert [field.validate(value) for value in (12, '12')] == [12, 12]
    for value in (12.0, Decimal(12)):
        with pytest.raises(ValidationError, match='takes a whole number'):
            field.validate(value)


def test_a_strict_int_field_reads_what_it_has_stored():
    """boto3 returns ``Decimal``, which ``strict`` is not about."""
    value = IntField(strict=True)._load(Decimal(12))
    assert (value, type(value)) == (12, int)


@pytest.mark.parametrize('stored', [Decimal('1.5'), 'x', True, None, [Decimal(1)]])
def test_an_int_field_does_not_truncate_what_it_reads(stored):
    if stored is None:
        assert IntField()._load(stored) is None
    else:
        with pytest.raises(ValidationError, match='takes a whole number'):
            IntField()._load(stored)


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        (0, 0.0),
        (0.1, 0.1),
        (-1.5, -1.5),
        (7, 7.0),
        (2**60, 2.0**60),
        (Decimal('0.1'), 0.1),
        (Decimal('1E-130'), 1e-130),
        ('0.1', 0.1),
        ('-1e10', -1e10),
        ('.5', 0.5),
        (Ratio(0.5), 0.5),
        (Level.HIGH, 3.0),
    ],
)
def test_a_float_field_takes_numbers(value, native):
    result = FloatField().validate(value)
    assert result == native
    assert type(result) is float


@pytest.mark.parametrize(
    'value',
    [
        True,
        float('nan'),
        float('inf'),
        float('-inf'),
        Decimal('NaN'),
        Decimal('sNaN'),
        Decimal('Infinity'),
        'nan',
        'inf',
        'Infinity',
        '1e400',
        '1_0',
        ' 1.5',
        '1.5\n',
        'x',
        '1,5',
        1e126,
        1e-131,
        5e-324,
        pytest.param(10**400, id='10**400'),
        b'1.5',
        [1.5],
        1j,
    ],
)
def test_a_float_field_refuses_what_cannot_be_stored(value):
    field = FloatField()
    field.set_name('x')
    with pytest.raises(ValidationError, match=r'^x: '):
        field.to_native(value)


@pytest.mark.parametrize(
    'value', [2**60 + 1, Decimal('0.10000000000000000000001'), DIGITS_38, Decimal(DIGITS_38)]
)
def test_a_float_field_rounds_nothing(value):
    with pytest.raises(ValidationError, match='would be rounded'):
        FloatField().to_native(value)


@pytest.mark.parametrize(
    ('value', 'stored'),
    [
        (0.1, '0.1'),
        (0.1 + 0.2, '0.30000000000000004'),
        (1 / 3, '0.3333333333333333'),
        (1e22, '10000000000000000000000'),
        (-0.0, '0'),
        (5e-100, '5E-100'),
    ],
)
def test_a_float_is_stored_as_its_repr(value, stored):
    assert str(FloatField().to_primitive(value)) == stored


def test_a_float_field_reads_more_digits_than_a_float_has():
    """Another program may have stored them; what is read is the nearest float."""
    value = FloatField()._load(Decimal('0.12345678901234567890123'))
    assert (value, type(value)) == (0.12345678901234568, float)


@given(st.floats(-1e125, 1e125).filter(lambda value: value == 0 or abs(value) >= 1e-130))
def test_floats_come_back_bit_for_bit(value):
    field = FloatField()
    loaded = field._load(Decimal(field.to_primitive(field.validate(value))))
    assert loaded == value
    assert type(loaded) is float


@given(st.integers(-(10**38) + 1, 10**38 - 1))
def test_ints_come_back(value):
    field = IntField()
    loaded = field._load(Decimal(field.to_primitive(field.validate(value))))
    assert loaded == value
    assert type(loaded) is int


@pytest.mark.parametrize('class_', [IntField, FloatField])
@pytest.mark.parametrize(
    ('value', 'message'),
    [(1, 'greater than or equal to 2'), (6, 'less than or equal to 5'), (2, None), (5, None)],
)
def test_the_range_includes_its_ends(class_, value, message):
    field = class_(min_value=2, max_value=5)
    if message is None:
        assert field.validate(value) == value
    else:
        with pytest.raises(ValidationError, match=rf'{message} \(got {value}'):
            field.validate(value)


@pytest.mark.parametrize('field', [IntField(min_value=0), IntField(max_value=0)])
def test_a_limit_of_zero_is_a_limit(field):
    wrong = -1 if field.min_value == 0 else 1
    with pytest.raises(ValidationError, match='or equal to 0'):
        field.validate(wrong)


@pytest.mark.parametrize('value', [10**38 + 1, Decimal('1E+126')])
def test_what_cannot_be_stored_is_refused_before_anything_is_sent(value, sent):
    item = {'id': 'a', 'visits': 1, 'scores': [value]}
    with pytest.raises(ValidationError, match=r'^Account\.scores\[0\]: '):
        Account.save_one(item)
    assert sent == []


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ('True', True),
        ('true', True),
        ('1', True),
        ('False', False),
        ('false', False),
        ('0', False),
        (Decimal(1), True),
        (Decimal('0.0'), False),
    ],
)
def test_a_boolean_field_takes_truth_values(value, native):
    assert BooleanField().validate(value) is native


@pytest.mark.parametrize(
    'value', ['yes', 'TRUE', ' true', 2, -1, 1.5, Decimal(2), Decimal('sNaN'), b'1', [], {}, [True]]
)
def test_a_boolean_field_refuses_everything_else(value):
    field = BooleanField()
    field.set_name('b')
    with pytest.raises(ValidationError, match=r'^b: '):
        field.validate(value)


@pytest.mark.parametrize('value', [True, False])
def test_a_boolean_is_stored_as_one(value):
    assert BooleanField().to_primitive(value) is value
    assert BooleanField()._load(value) is value


# Updates


@pytest.mark.parametrize(
    ('update', 'value', 'text'),
    [
        (Account.visits.add(5), 5, 'Account.visits.add(5)'),
        (Account.visits.add('5'), 5, 'Account.visits.add(5)'),
        (Account.visits.add(-5), -5, 'Account.visits.add(-5)'),
        (Account.visits.subtract(5), -5, 'Account.visits.add(-5)'),
        (Account.visits.subtract('-5'), 5, 'Account.visits.add(5)'),
        (Account.visits.increment(), 1, 'Account.visits.add(1)'),
        (Account.visits.increment(3), 3, 'Account.visits.add(3)'),
        (Account.visits.decrement(), -1, 'Account.visits.add(-1)'),
        (Account.visits.decrement(3), -3, 'Account.visits.add(-3)'),
        (Account.visits.add(0), 0, 'Account.visits.add(0)'),
        (Account.visits.add(1000), 1000, 'Account.visits.add(1000)'),
        (Account.balance.add(0.1), Decimal('0.1'), None),
        (Account.balance.subtract(0.1), Decimal('-0.1'), None),
        (Account.scores[0].add(2), 2, 'Account.scores[0].add(2)'),
    ],
)
def test_differences_are_converted_but_not_constrained(update, value, text):
    assert update.value == value
    assert type(update.value) is type(value)
    assert update.clause == 'ADD'
    if text:
        assert repr(update) == text


NUMERIC_METHODS = ['add', 'subtract', 'increment', 'decrement']


@pytest.mark.parametrize('method', NUMERIC_METHODS)
@pytest.mark.parametrize(
    'value',
    ['x', '', True, 1.5, [1], float('nan'), None, object(), pytest.param(10**38 + 1, id='39')],
)
def test_differences_that_are_no_numbers_are_refused(method, value):
    with pytest.raises(ValidationError, match=r'^Account\.visits: '):
        getattr(Account.visits, method)(value)


@pytest.mark.parametrize('method', NUMERIC_METHODS)
def test_a_difference_is_no_attribute(method):
    with pytest.raises(ExpressionError, match=re.escape('Account.visits: add() and subtract()')):
        getattr(Account.visits, method)(Account.balance)


@pytest.mark.parametrize('method', NUMERIC_METHODS)
def test_only_numbers_are_added_to(method):
    for field in (StringField(), BooleanField()):
        with pytest.raises(ExpressionError, match=r'which takes no [a-z]+\(\): numbers take add'):
            getattr(field, method)(1)
    assert getattr(FloatField(), method)(1).clause == 'ADD'


@pytest.mark.parametrize('method', ['subtract', 'decrement'])
@pytest.mark.parametrize(
    ('value', 'difference'),
    [
        (DIGITS_38, -DIGITS_38),
        (DIGITS_38 * 10**10, -DIGITS_38 * 10**10),
        (Decimal(DIGITS_38), -DIGITS_38),
    ],
)
def test_subtracting_keeps_all_digits(method, value, difference):
    """Python's unary minus rounds a ``Decimal`` to 28 digits."""
    assert getattr(Account.visits, method)(value).value == difference


def test_subtracting_does_not_depend_on_the_callers_decimal_context():
    with decimal.localcontext(decimal.Context(prec=3)):
        assert str(Account.balance.subtract(1.23456789).value) == '-1.23456789'
