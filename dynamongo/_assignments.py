"""What a field can be set to besides a value: another field, or an expression."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from dynamongo._paths import Operand
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import ANY, LIST, NUMBER, Expression, IfNotExists, number, require_term
from dynamongo.utils import with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from dynamongo.fields.base import Field


def assigned(field: Field, operand: Any, *, if_not_exists: bool = False) -> Any:
    """Return an operand as an update of a field takes it, the plain values in it converted.

    :param field: the field that is set.
    :param operand: what it is set to: another field, or an expression.
    :param bool if_not_exists: the field is set only where it doesn't exist.
    :raises ExpressionError: where DynamoDB can't compute it, or ``field`` doesn't hold its type.
    :raises ValidationError: where a plain value isn't valid for ``field``.
    """
    require_term(operand, f'{field._label}.set()')
    if if_not_exists:
        IfNotExists(field, operand)
    result = operand._result
    if result is not None and field._kind not in (result, ANY):
        raise ExpressionError(
            f'{field._label} is {with_article(type(field))}, and {operand._label} makes {result}'
        )
    convert, takes = _CONVERTERS[result](field), _TAKERS[result](field)
    return _converted(operand, field, convert, takes)


def _converted(
    part: Any, target: Field, convert: Callable[[Any], Any], takes: Callable[[Any], bool]
) -> Any:
    if isinstance(part, Expression):
        parts = [_converted(inner, target, convert, takes) for inner in part._parts]
        return part._with(parts)
    if not isinstance(part, Operand):
        return convert(part)
    if not takes(part):
        raise ExpressionError(_why_not(target, part))
    return part


def _why_not(target: Field, source: Any) -> str:
    """Return why a field isn't set to another one."""
    mine, theirs = with_article(type(target)), with_article(type(source))
    if source._keeps_empty and target._takes(source):
        return (
            f'{target._label} has no empty text, which {source._label} may hold; declare it with '
            'keep_empty=True too'
        )
    reason = (
        f'{target._label} is {mine}, which may be unable to hold what {source._label} does, '
        f'{theirs}'
    )
    return f'{reason} that is declared otherwise' if mine == theirs else reason


def _as_value(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        primitive = field._validated(value)
        if primitive is None:
            raise field._invalid('if_not_exists() takes what stands for the absent value', value)
        return primitive

    return convert


def _as_difference(field: Any) -> Callable[[Any], Any]:
    if field._kind is NUMBER:
        return field._validated_term  # type: ignore[no-any-return]
    return functools.partial(number, where=field._label)


def _as_elements(field: Field) -> Callable[[Any], Any]:
    def convert(values: Any) -> Any:
        if not values:
            return []
        if field._kind is LIST:
            return field._validated_elements(values)
        return field._primitive(field._native(values))

    return convert


#: Which fields a value reads, by what it makes.
_TAKERS: dict[str | None, Callable[[Field], Callable[[Any], bool]]] = {
    None: lambda field: field._takes_all,
    NUMBER: lambda field: field._adds,
    LIST: lambda field: field._takes,
}

_CONVERTERS: dict[str | None, Callable[[Any], Callable[[Any], Any]]] = {
    None: _as_value,
    NUMBER: _as_difference,
    LIST: _as_elements,
}
