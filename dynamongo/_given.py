"""The keys, and the values of key fields, that conditions give."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

from dynamongo._logic import conjuncts
from dynamongo._strategies import compares, key_operand
from dynamongo.conditions import OP, CompoundKeyCondition, OrCondition, PrimitiveCondition
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typing_extensions import TypeGuard

    from dynamongo._annotations import Primitive
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field

    KeyTuple = tuple[Primitive, ...]

T = TypeVar('T')


def complete(values: Iterable[T | None]) -> list[T] | None:
    """Return values as a list, or ``None`` where one of them is ``None``."""
    every = list(values)
    found = [value for value in every if value is not None]
    return found if len(found) == len(every) else None


def merged(schema: Schema, part: BaseCondition) -> BaseCondition:
    """Return alternative keys as one ``keys_in``, and alternative values as one ``in_``.

    Values that no key of the table has are dropped from the latter.
    """
    for field in schema.keys:
        if compares(part, field, (OP.IN,)):
            values = [value for value in part.operands if not is_empty(value)]
            return part if values == list(part.operands) else _one_of(field, values)
    if not isinstance(part, OrCondition):
        return part
    keys = complete(_keys_of(schema, operand) for operand in part.operands)
    if keys is not None:
        unique = dict.fromkeys(itertools.chain.from_iterable(keys))
        return CompoundKeyCondition(schema.name, schema.keys, unique)
    for field in dict.fromkeys((*schema.keys, *schema.index_keys)):
        given = _alternative_values(part, field)
        if given is not None:
            return _one_of(field, given)
    return part


def _one_of(field: Field, values: Iterable[Primitive]) -> PrimitiveCondition:
    """Return the condition that a field has one of some values, which are primitives."""
    return PrimitiveCondition._stored(field, OP.IN, *dict.fromkeys(values))


def _has_values(part: BaseCondition, field: Field) -> TypeGuard[PrimitiveCondition]:
    """Tell whether a condition says which values a field may have."""
    return compares(part, field, (OP.EQ, OP.IN)) and not any(map(is_empty, part.operands))


def _alternative_values(part: OrCondition, field: Field) -> list[Primitive] | None:
    """Return the values that alternatives give a field, or ``None`` where one gives none."""
    values: list[Primitive] = []
    for operand in part.operands:
        if not _has_values(operand, field):
            return None
        values += operand.operands
    return values


def _keys_of(schema: Schema, part: BaseCondition) -> Sequence[KeyTuple] | None:
    """Return the keys that a condition gives and says nothing else about, or ``None``."""
    if isinstance(part, CompoundKeyCondition):
        return part.keys if is_of(schema, part) else None
    parts = conjuncts(part)
    if len(parts) != len(schema.keys):
        return None
    chosen = complete(_values_given(field, parts) for field in schema.keys)
    return None if chosen is None else combined(schema, chosen)


def combined(schema: Schema, chosen: Iterable[PrimitiveCondition]) -> list[KeyTuple]:
    """Return every combination of the values that conditions give the key fields."""
    values = [
        [key_operand(field, value, schema.key_kind(field)) for value in part.operands]
        for field, part in zip(schema.keys, chosen)
    ]
    return list(itertools.product(*values))


def is_of(schema: Schema, part: CompoundKeyCondition) -> bool:
    """Tell whether a ``keys_in`` is about the key of this model, not of a parent with another."""
    return tuple(attr._path.root for attr in part.attrs) == schema.key_attributes


def _values_given(field: Field, parts: Iterable[BaseCondition]) -> PrimitiveCondition | None:
    """Return the condition that gives a key field its values, equality first, or ``None``."""
    for op in (OP.EQ, OP.IN):
        for part in parts:
            if _has_values(part, field) and part.op is op:
                return part
    return None


def values_of(field: Field, parts: Iterable[BaseCondition]) -> PrimitiveCondition | None:
    """Return a condition on the values of a key field that the parts give or imply, or ``None``.

    Alternatives that each give a value imply that it is one of these.
    """
    given = _values_given(field, parts)
    if given is not None:
        return given
    for part in parts:
        if isinstance(part, OrCondition):
            each = complete(values_of(field, conjuncts(operand)) for operand in part.operands)
            if each is not None:
                return _one_of(field, (value for one in each for value in one.operands))
    return None


def alternative_keys(schema: Schema, parts: Sequence[BaseCondition]) -> list[KeyTuple] | None:
    """Return the keys of alternatives that each give one, whatever else they say, or ``None``.

    Every combination of their values would be many more.
    """
    for part in parts:
        if isinstance(part, OrCondition):
            others = [other for other in parts if other is not part]
            each = complete(
                _keys_among(schema, [*conjuncts(one), *others]) for one in part.operands
            )
            if each is not None:
                return list(itertools.chain.from_iterable(each))
    return None


def _keys_among(schema: Schema, parts: Sequence[BaseCondition]) -> Sequence[KeyTuple] | None:
    """Return the keys that conditions give, whatever else they say, or ``None``."""
    for part in parts:
        if isinstance(part, CompoundKeyCondition) and is_of(schema, part):
            return part.keys
    chosen = complete(_values_given(field, parts) for field in schema.keys)
    return None if chosen is None else combined(schema, chosen)
