"""What the short ways of fields have in common.

A short way is made by a function that is given a field, and what makes codecs of the fields in it.
It returns what loads a value on the wire, what dumps a value, and what takes one that a new
instance is given; or ``None`` where the options of the field leave no short way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Union

from dynamongo._numbers import MAX_DIGITS
from dynamongo.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dynamongo._annotations import WireValue
    from dynamongo._codecs import Codec
    from dynamongo.fields.base import Field

    #: What raises where a value is not as a field wants it.
    Check = Callable[[Any], object]

    #: What loads a value, what dumps one, and what takes one.
    Ways = tuple[
        Callable[[WireValue], Any], Callable[[Any], Any], Union[Callable[[Any], Any], None]
    ]

    #: What makes the short way of a field, whose type it knows.
    Maker = Callable[[Any, type[Codec]], Union[Ways, None]]

_T = TypeVar('_T')

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


def together(field: Field, checks: list[Check]) -> Check | None:
    """Return a function that makes all checks of a value, and that of the choices."""
    if field.choices is not None:
        checks.append(_checking_choices(field.choices))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> None:
        for each in checks:
            each(value)

    return check


def _checking_choices(choices: Collection[Any]) -> Check:
    def check(value: Any) -> None:
        if value not in choices:
            raise Unusual

    return check


def taking(kind: type[_T]) -> Callable[[Any], _T]:
    """Return a function that takes values of exactly one type as they are."""

    def native(value: Any) -> _T:
        if type(value) is not kind:
            raise Unusual
        return value

    return native


def keeping(kind: type[_T], check: Check | None) -> Callable[[Any], _T]:
    """Return a function that checks values of exactly one type, and dumps them as they are."""

    def dump(value: Any) -> _T:
        if type(value) is not kind:
            raise Unusual
        if check is not None:
            check(value)
        return value

    return dump
