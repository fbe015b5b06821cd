"""Numbers as DynamoDB holds them: exact decimals of up to 38 significant digits.

Source of the limits: `Naming rules and data types, Number
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number>`_.
"""

from __future__ import annotations

import decimal
import functools
import re
from decimal import Decimal

MAX_DIGITS = 38
MAX_EXPONENT = 125
MIN_EXPONENT = -130

# Wide enough that nothing rounds before the digits are counted.
_EXACT = decimal.Context(prec=2000, traps=[decimal.Inexact, decimal.InvalidOperation])
_DIGITS = decimal.Context(prec=MAX_DIGITS)
_SCALE = decimal.Context(prec=400, traps=[decimal.InvalidOperation])


def to_number(value: float | Decimal) -> int | Decimal:
    """Return the exact number that DynamoDB is to store.

    :param value: an ``int``, ``float`` or ``Decimal``.
    :rtype: int or decimal.Decimal
    :raises ValueError: for NaN, infinities, more than 38 digits, and magnitudes out of range.

    >>> to_number(0.1)
    Decimal('0.1')
    """
    if type(value) is int and -(10**MAX_DIGITS) < value < 10**MAX_DIGITS:
        return value
    number = _exact(value)
    if not number.is_finite():
        raise ValueError('DynamoDB stores neither NaN nor infinities')
    if not number:
        return 0
    if not MIN_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise ValueError(
            f'the magnitude of a number lies between 1E{MIN_EXPONENT} '
            f'and 9.99E+{MAX_EXPONENT}, or is zero'
        )
    try:
        number = number.normalize(_EXACT)
    except decimal.Inexact:
        raise ValueError(f'a number holds at most {MAX_DIGITS} significant digits') from None
    if len(number.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(f'a number holds at most {MAX_DIGITS} significant digits')
    whole = number.adjusted() < MAX_DIGITS and number == number.to_integral_value()
    return int(number) if whole else number


def from_number(number: Decimal) -> float | Decimal:
    """Return the plainest Python number that equals a stored one exactly.

    :param decimal.Decimal number: what was stored.
    :returns: an ``int`` where integral, else a ``float`` where the float's ``repr`` is exactly the
        stored number, else the ``Decimal``.

    >>> [from_number(Decimal(text)) for text in ('7', '0.1')]
    [7, 0.1]
    """
    if number == number.to_integral_value():
        return int(number)
    nearest = float(number)
    return nearest if Decimal(repr(nearest)) == number else number


def negated(number: int | Decimal) -> int | Decimal:
    """Return a stored number with the other sign and all its digits."""
    # The minus of a Decimal rounds to the precision of the thread's context.
    return number.copy_negate() if isinstance(number, Decimal) else -number


def divide(numerator: int, denominator: int) -> Decimal:
    """Return a quotient of two ints to 38 significant digits."""
    return _DIGITS.divide(Decimal(numerator), Decimal(denominator))


def multiply(
    value: float | Decimal | str, factor: int, rounding: str = decimal.ROUND_HALF_EVEN
) -> int:
    """Return a number times an int as an int, whatever the caller's decimal context is.

    :param value: an ``int``, ``float``, ``Decimal``, or text of a number.
    :param rounding: one of the :mod:`decimal` module. Default: to the nearest int.
    :raises ArithmeticError: where the result is infinite.
    :raises ValueError: for NaN.
    """
    product = _SCALE.multiply(_exact(value), Decimal(factor))
    return int(product.to_integral_value(rounding))


def is_plain(text: str) -> bool:
    """Tell whether text is a number as DynamoDB writes it, rather than ``nan`` or ``1_000``."""
    return _plain().fullmatch(text) is not None


@functools.cache
def _plain() -> re.Pattern[str]:
    return re.compile(r'[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')


def _exact(value: float | Decimal | str) -> Decimal:
    return Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
