"""What conditions on a range key amount to, of which a Query takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dynamongo._key_values import check_key_size, key_order
from dynamongo._strategies import compares
from dynamongo.conditions import OP, PrimitiveCondition
from dynamongo.exceptions import ValidationError
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, Literal

    from dynamongo._annotations import KeyKind, Primitive
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field

_LOWER, _UPPER = (OP.GT, OP.GE), (OP.LT, OP.LE)

#: What says something about the values of a range key.
RANGE_OPERATORS = (OP.EQ, OP.BETWEEN, OP.BEGINS_WITH, OP.IN, *_LOWER, *_UPPER)


class Range(NamedTuple):
    """The values of a range key that conditions leave."""

    #: The condition for the Query; ``None`` for all values, ``False`` for no value.
    condition: PrimitiveCondition | Literal[False] | None = None
    #: The conditions that are met by all values in the range.
    used: tuple[PrimitiveCondition, ...] = ()
    #: The conditions that are met by all values in the range but one at its end.
    strict: tuple[PrimitiveCondition, ...] = ()

    @property
    def width(self) -> int:
        """How wide the range is, the narrowest first."""
        if self.condition is None:
            return 3
        if self.condition is False:
            return 0
        return {OP.EQ: 0, OP.BETWEEN: 1, OP.BEGINS_WITH: 1}.get(self.condition.op, 2)


class _Limit(NamedTuple):
    """One end of a range."""

    order: Any
    strict: bool
    primitive: Primitive
    shown: Any
    part: PrimitiveCondition


def range_of(field: Field, parts: Iterable[BaseCondition]) -> Range:
    """Return what conditions say of a range key."""
    usable = [
        part
        for part in parts
        if compares(part, field, RANGE_OPERATORS) and may_be_keys('range', part.operands)
    ]
    for part in usable:
        if part.op is OP.EQ:
            return Range(part, (part,))
    lows = [limit for part in usable for limit in _limits(part, _LOWER, min)]
    highs = [limit for part in usable for limit in _limits(part, _UPPER, max)]
    # The tightest ones; of equal ones those that are left out.
    low = max(lows, key=lambda limit: (limit.order, limit.strict), default=None)
    high = min(highs, key=lambda limit: (limit.order, not limit.strict), default=None)
    if low is not None and high is not None:
        return _between(field, usable, low, high)
    prefixes = [part for part in usable if part.op is OP.BEGINS_WITH]
    if prefixes:
        longest = max(prefixes, key=lambda part: len(part.operands[0]))
        return Range(longest, (longest,))
    end = high if low is None else low
    # The others on this side are implied.
    return Range() if end is None else Range(end.part, tuple(usable))


def _limits(
    part: PrimitiveCondition, operators: tuple[OP, OP], end: Callable[..., Primitive]
) -> Iterator[_Limit]:
    """Yield the limit that a condition sets on one side, if it does."""
    if part.op in operators:
        (value,) = part.operands
        yield _Limit(key_order(value), part.op in (OP.GT, OP.LT), value, part.value, part)
    elif part.op is OP.BETWEEN:
        place = 0 if end is min else 1
        value = part.operands[place]
        yield _Limit(key_order(value), False, value, part.value[place], part)
    elif part.op is OP.IN and part.operands:
        value = end(part.operands, key=key_order)
        yield _Limit(key_order(value), False, value, value, part)


def _between(
    field: Field, usable: Sequence[PrimitiveCondition], low: _Limit, high: _Limit
) -> Range:
    """Return the range between two limits, which BETWEEN takes in."""
    strict = low.strict or high.strict
    if low.order > high.order or (low.order == high.order and strict):
        return Range(False)
    condition = PrimitiveCondition._stored(
        field, OP.BETWEEN, low.primitive, high.primitive, shown=(low.shown, high.shown)
    )
    implied = [part for part in usable if part.op not in (OP.IN, OP.BEGINS_WITH)]
    left_out = tuple(
        part
        for part in implied
        if (part.op is OP.GT and key_order(part.operands[0]) == low.order)
        or (part.op is OP.LT and key_order(part.operands[0]) == high.order)
    )
    used = tuple(part for part in implied if part not in left_out)
    return Range(condition, used, left_out)


def may_be_keys(kind: KeyKind, values: Iterable[Primitive]) -> bool:
    """Tell whether DynamoDB takes values for those of a key.

    :param str kind: ``'hash'`` or ``'range'``.
    """
    try:
        for value in values:
            check_key_size(kind, value)
    except ValidationError:
        return False
    return not any(map(is_empty, values))
