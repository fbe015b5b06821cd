"""Functions that simplify, join and take apart trees of conditions."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from dynamongo._paths import Operand
from dynamongo.conditions import (
    OP,
    AndCondition,
    CompoundKeyCondition,
    JoinCondition,
    NotCondition,
    OrCondition,
    PrimitiveCondition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dynamongo.conditions import BaseCondition


def simplify(condition: BaseCondition) -> BaseCondition | bool:
    """Return a condition without the parts that need no item to decide.

    An ``in_`` of no values matches nothing, and DynamoDB can't be asked that.

    :returns: ``True`` or ``False`` where the outcome is the same for every item, else an equivalent
        condition.
    """
    if isinstance(condition, NotCondition):
        inner = simplify(condition.condition)
        if isinstance(inner, bool):
            return not inner
        if isinstance(inner, NotCondition):
            return inner.condition
        return condition if inner is condition.condition else NotCondition(inner)
    if isinstance(condition, JoinCondition):
        return _simplify_join(condition)
    if isinstance(condition, CompoundKeyCondition):
        return condition if condition.keys else False
    if isinstance(condition, PrimitiveCondition) and condition.op is OP.IN:
        return condition if condition.operands else False
    return condition


def _simplify_join(condition: JoinCondition) -> BaseCondition | bool:
    decisive = isinstance(condition, OrCondition)
    kept = []
    for operand in condition.operands:
        simple = simplify(operand)
        if simple is decisive:
            return decisive
        if not isinstance(simple, bool):
            kept.append(simple)
    if len(kept) == len(condition.operands) and all(map(operator.is_, kept, condition.operands)):
        return condition
    joined: BaseCondition | bool = join(type(condition), kept, otherwise=not decisive)
    return joined


def join(
    kind: type[JoinCondition], conditions: Sequence[BaseCondition], *, otherwise: Any = None
) -> Any:
    """Return conditions joined by ``AndCondition`` or ``OrCondition``.

    :param kind: the class to join with.
    :param conditions: a list, which may be empty.
    :param otherwise: what to return for an empty list.
    """
    if not conditions:
        return otherwise
    joined = conditions[0]
    for condition in conditions[1:]:
        joined = kind(joined, condition)
    return joined


def named_by(condition: BaseCondition) -> Iterator[Operand]:
    """Yield the operands that a condition names, none of its values among them."""
    for primitive in condition.primitives():
        yield primitive.attr
        yield from (value for value in primitive.operands if isinstance(value, Operand))


def conjuncts(condition: BaseCondition) -> tuple[BaseCondition, ...]:
    """Return the conditions that must all be met for this one to be met."""
    return condition.operands if isinstance(condition, AndCondition) else (condition,)
