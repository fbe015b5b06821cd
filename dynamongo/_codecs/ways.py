"""What the short ways of fields have in common.

A short way is made by a function that is given a field, and what makes codecs of the fields in it.
It returns what loads a value on the wire, what dumps a value, and what takes one that a new
instance is given; or ``None`` where the options of the field leave no short way.
"""

from dynamongo._numbers import MAX_DIGITS
from dynamongo.exceptions import ValidationError

#: Whole numbers closer to 0 than this have no more digits than DynamoDB keeps.
BOUND = 10**MAX_DIGITS


class Unusual(Exception):
    """Raised where a value is not one for the short way."""


#: What the short way may raise.
UNUSUAL = (
    Unusual,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValidationError,
    ValueError,
)


def together(field, checks):
    """Return a function that makes all checks of a value, and that of the choices."""
    if field.choices is not None:
        checks.append(_checking_choices(field.choices))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value):
        for each in checks:
            each(value)

    return check


def _checking_choices(choices):
    def check(value):
        if value not in choices:
            raise Unusual

    return check


def taking(kind):
    """Return a function that takes values of exactly one type as they are."""

    def native(value):
        if type(value) is not kind:
            raise Unusual
        return value

    return native
