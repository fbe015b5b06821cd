"""Conditions answered on the client, as DynamoDB would answer them.

Source: `Comparison operator and function reference
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>`_.
"""

from __future__ import annotations

import decimal
import operator
from typing import TYPE_CHECKING, Any

from dynamongo._documents import Unknown
from dynamongo._operands import Size
from dynamongo._paths import Operand
from dynamongo._wire.values import Stored
from dynamongo.conditions import (
    OP,
    AndCondition,
    CompoundKeyCondition,
    NotCondition,
    OrCondition,
)
from dynamongo.exceptions import ValidationError
from dynamongo.utils import is_empty, utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    from dynamongo.conditions import BaseCondition, PrimitiveCondition

_MISSING = object()

#: The types whose values can be hashed.
_SCALARS = frozenset({'S', 'N', 'B', 'BOOL'})

_TYPES: dict[type, str] = {str: 'S', list: 'L', dict: 'M'}

_ORDER: dict[OP, Callable[[Any, Any], bool]] = {
    OP.LT: operator.lt,
    OP.LE: operator.le,
    OP.GT: operator.gt,
    OP.GE: operator.ge,
}


def matches(condition: BaseCondition | None, item: Any) -> bool:
    """Tell whether a stored item meets a condition.

    :param condition: the condition, or ``None`` for none.
    :param dict item: attribute name to primitive, as boto3 returns it.
    :rtype: bool
    """
    if condition is None:
        return True
    if isinstance(condition, NotCondition):
        return not matches(condition.condition, item)
    if isinstance(condition, AndCondition):
        return all(matches(operand, item) for operand in condition.operands)
    if isinstance(condition, OrCondition):
        return any(matches(operand, item) for operand in condition.operands)
    if isinstance(condition, CompoundKeyCondition):
        held = [_resolve(attr, item) for attr in condition.attrs]
        return tuple(map(_hashed, held)) in _looked_up(condition, _hashed_keys)
    return _primitive(condition, item)


def _primitive(condition: Any, item: Any) -> bool:
    op = condition.op
    left = _resolve(condition.attr, item)
    if op is OP.EXISTS:
        return left is not _MISSING
    if op is OP.NOT_EXISTS:
        return left is _MISSING
    if op is OP.IN:
        return left is not _MISSING and _is_one_of(condition, left, item)
    values = [_resolve(value, item) for value in condition.operands]
    if op in (OP.EQ, OP.NE):
        compare = _is_nothing if condition.compares_with_nothing else _equal
        return compare(left, values[0]) is (op is OP.EQ)
    if left is _MISSING:
        return False
    if op is OP.BETWEEN:
        low, high = values
        return _ordered(OP.GE, left, low) and _ordered(OP.LE, left, high)
    if op is OP.BEGINS_WITH:
        begins: bool = _same_text_type(left, values[0]) and _raw(left).startswith(_raw(values[0]))
        return begins
    if op is OP.CONTAINS:
        return _contains(left, values[0])
    if op is OP.TYPE_IS:
        of_type: bool = type_of(left) == values[0]
        return of_type
    return _ordered(op, left, values[0])


def _is_one_of(condition: PrimitiveCondition, value: Any, item: Any) -> bool:
    """Tell whether a value is among the operands of an ``in_``, which may be thousands."""
    scalars, others = _looked_up(condition, _hashed_operands)
    if _hashed(value) in scalars:
        return True
    return any(_equal(value, _resolve(other, item)) for other in others)


def _looked_up(condition: BaseCondition, make: Callable[[Any], Any]) -> Any:
    """Return what a condition looks values up in, which is made once."""
    if condition._lookup is None:
        condition._set(_lookup=make(condition))
    return condition._lookup


def _hashed(value: Any) -> tuple[str, Any] | None:
    """Return what stands for a value in a set, ``None`` for what can't be hashed.

    The type is part of it: ``True`` equals ``1`` in Python.
    """
    kind = type_of(value)
    return (kind, _raw(value)) if kind in _SCALARS else None


def _hashed_operands(condition: PrimitiveCondition) -> tuple[set[Any], list[Any]]:
    """Return the operands that can be hashed as a set, and the others as a list."""
    plain = [operand for operand in condition.operands if not isinstance(operand, Operand)]
    scalars = {_hashed(operand) for operand in plain} - {None}
    others = [
        operand
        for operand in condition.operands
        if isinstance(operand, Operand) or _hashed(operand) is None
    ]
    return scalars, others


def _hashed_keys(condition: CompoundKeyCondition) -> set[tuple[Any, ...]]:
    return {tuple(map(_hashed, key)) for key in condition.keys}


def _is_nothing(value: Any, asked: Any) -> bool:
    """Tell whether a value is absent, NULL or, where ``''`` was asked for, empty."""
    return value is _MISSING or value is None or (asked == '' and is_empty(value))


def _resolve(operand: Any, item: Any) -> Any:
    """Return the value that an operand stands for in an item."""
    if not isinstance(operand, Operand):
        return operand
    value: Any = item
    for element in operand._path:
        if isinstance(element, int):
            inside = isinstance(value, list) and element < len(value)
        else:
            inside = isinstance(value, (dict, Stored)) and element in value
        if not inside:
            return _MISSING
        value = value[element]  # pyright: ignore
    if isinstance(value, Unknown):
        # Whether it meets the condition isn't known, so the item must be neither in nor out.
        raise ValidationError(problems=value.problems(), where=operand._label)
    return _size(value) if isinstance(operand, Size) else value


def _size(value: Any) -> Any:
    if isinstance(value, str):
        # DynamoDB counts UTF-16 code units.
        return len(value.encode('utf-16-le', 'surrogatepass')) // 2
    if type_of(value) in ('N', 'BOOL', 'NULL'):
        return _MISSING
    return len(_raw(value))


def type_of(value: Any) -> str | None:
    """Return the name of DynamoDB's type of a primitive, or ``None`` for a missing value."""
    if value is _MISSING:
        return None
    if value is None:
        return 'NULL'
    if isinstance(value, bool):
        return 'BOOL'
    if isinstance(value, (int, decimal.Decimal)):
        return 'N'
    if isinstance(value, (set, frozenset)):
        return f'{type_of(next(iter(value)))}S'
    return _TYPES.get(type(value), 'B')


def _raw(value: Any) -> Any:
    """Return bytes without boto3's wrapper."""
    return getattr(value, 'value', value)


def _equal(left: Any, right: Any) -> bool:
    kind = type_of(left)
    if kind is None or kind != type_of(right):
        return False
    if kind == 'L':
        return len(left) == len(right) and all(map(_equal, left, right))
    if kind == 'M':
        alike: bool = left.keys() == right.keys()
        return alike and all(_equal(left[key], right[key]) for key in left)
    if kind == 'BS':
        return {_raw(member) for member in left} == {_raw(member) for member in right}
    same: bool = _raw(left) == _raw(right)
    return same


def _ordered(op: OP, left: Any, right: Any) -> bool:
    kind = type_of(left)
    if kind not in ('S', 'N', 'B') or kind != type_of(right):
        return False
    if kind == 'S':
        left, right = utf8(left), utf8(right)
    return _ORDER[op](_raw(left), _raw(right))


def _same_text_type(left: Any, right: Any) -> bool:
    kind = type_of(left)
    return kind in ('S', 'B') and kind == type_of(right)


def _contains(left: Any, right: Any) -> bool:
    kind = type_of(left)
    if kind in ('S', 'B'):
        return _same_text_type(left, right) and _raw(right) in _raw(left)
    if kind == 'L' or kind in ('SS', 'NS', 'BS'):
        return any(_equal(member, right) for member in left)
    return False
