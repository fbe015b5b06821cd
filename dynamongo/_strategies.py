"""Strategies that select single items: keys in all their forms, and conditions on them."""

from __future__ import annotations

import contextlib
import typing
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dynamongo._computing import key_from
from dynamongo._held import ODD_KEY, problems_of_odd_key
from dynamongo._key_values import check_key_size
from dynamongo._logic import conjuncts, join, simplify
from dynamongo._names import suggest
from dynamongo._operands import Size
from dynamongo._paths import Operand
from dynamongo._permitted import check_condition
from dynamongo.conditions import (
    OP,
    AndCondition,
    BaseCondition,
    CompoundKeyCondition,
    PrimitiveCondition,
)
from dynamongo.exceptions import DynamongoError, ExpressionError, Problem, ValidationError
from dynamongo.fields.base import Field
from dynamongo.updates import Update
from dynamongo.utils import BYTES, in_sequence, is_empty

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any, Literal, Union

    from typing_extensions import TypeGuard

    from dynamongo._annotations import Key, KeyKind, Primitive, Strategy, Values
    from dynamongo._schema import Schema
    from dynamongo.model import Model

    #: What an item must also meet; ``None`` for nothing, ``False`` where no item can.
    Check = Union[BaseCondition, Literal[False], None]


class Target(typing.NamedTuple):
    """One item, selected by its key.

    ``check`` is the condition that the item must also meet: ``None`` where there is none, ``False``
    where no item can. ``sources`` is what the key is computed from: field name to value.
    """

    key: Key
    check: Check = None
    given: Strategy = None
    sources: Values | None = None


#: The types of values that are nothing but a value.
_SCALARS = (str, int)


def target(
    schema: Schema, strategy: Strategy, *, method: str, checks: bool = True, of_class: bool = True
) -> Target:
    """Return the one item that a strategy selects.

    :param str method: what is being done, for error messages.
    :param bool checks: whether conditions besides those on the key are allowed.
    :param bool of_class: whether to check also that the item is one of the model, where several
        share the table.
    :raises ValidationError: where the key is incomplete or invalid.
    :raises ExpressionError: where a condition doesn't select one item by its key.
    """
    if isinstance(strategy, BaseCondition):
        found = _target_of_condition(schema, strategy, method, checks)
    else:
        if method.endswith('_one') and is_list(strategy):
            raise ValidationError(
                f'{schema.name}.{method} takes one key, not {type(strategy).__name__}; '
                f'{method.replace("_one", "_many")} takes a list of keys'
            )
        key, sources = key_and_sources(schema, strategy)
        found = Target(key, given=strategy, sources=sources)
    return of_model(schema, found) if checks and of_class else found


def of_model(schema: Schema, target: Target) -> Target:
    """Return a target that selects an item only if it is one of the model."""
    mine = schema.is_mine
    if mine is None or target.check is False:
        return target
    check = mine if target.check is None else AndCondition(target.check, mine)
    return target._replace(check=check)


def read_key(schema: Schema, strategy: Strategy) -> Key:
    """Return the key that a scalar, a tuple, a dict or an instance gives."""
    key, _ = key_and_sources(schema, strategy)
    return key


def key_and_sources(schema: Schema, strategy: Strategy) -> tuple[Key, Values]:
    """Return the key that a strategy gives, and what it is computed from: field name to value."""
    if type(strategy) in _SCALARS and len(schema.keys) == 1:
        return schema.key_of((strategy,)), {}
    if isinstance(strategy, schema.model):
        return _of_instance(schema, strategy)
    if isinstance(strategy, Mapping) and any(key._compute is not None for key in schema.keys):
        strategy, sources = _with_computed(schema, strategy)
        return _given_key(schema, strategy), sources
    return _given_key(schema, strategy), {}


def _given_key(schema: Schema, strategy: Strategy) -> Key:
    if isinstance(strategy, Update):
        raise ExpressionError('an update selects nothing; pass a key or a condition', strategy)
    if hasattr(type(strategy), '_schema'):
        raise ValidationError(
            f'{schema.name} is selected by its own instances, '
            f'not by those of {type(strategy).__name__}'
        )
    if isinstance(strategy, bool):
        raise ExpressionError(
            f'{schema.name}: {strategy} is no condition. Python makes one of "is", "in" and "not", '
            'and of == between a condition and something else: write == None, '
            f'{schema.hash_key._label}.in_([...]) and ~, and leave out "== True"'
        )
    if isinstance(strategy, Operand) or callable(strategy):
        raise ExpressionError(
            f'{schema.name}: this selects nothing. A strategy is a key, a list of keys, or a '
            f'condition, such as {schema.hash_key._label} == value',
            strategy,
        )
    if isinstance(strategy, Mapping):
        _check_mapping(schema, strategy)
        return schema.key_of(tuple(_from_mapping(strategy, field) for field in schema.keys))
    parts = strategy if isinstance(strategy, tuple) else (strategy,)
    if len(parts) != len(schema.keys):
        names = ', '.join(field._name for field in schema.keys)
        shape = f'a tuple of {len(schema.keys)} values' if len(schema.keys) > 1 else 'one value'
        advice = 'several keys are a list'
        if any(key._compute is not None for key in schema.keys):
            advice += '; a dict may have what the key is computed from'
        problem = Problem(f'the key is {shape}: {names}; {advice}', strategy)
        raise ValidationError(problems=[problem], where=schema.name)
    return schema.key_of(parts)


def _of_instance(schema: Schema, instance: Model) -> tuple[Key, Values]:
    """Return the key of an instance, and what it is computed from as far as that is known."""
    if ODD_KEY in instance.__dict__:
        problems = list(problems_of_odd_key(instance))
        if problems:
            raise ValidationError(problems=problems, where=schema.name)
    values: list[Any] = []
    sources: Values = {}
    # Where several classes share the table, the instance's own computes its key.
    for field in (instance._schema.fields[key._name] for key in schema.keys):
        value = instance.__dict__.get(field._name)
        if value is None and field._compute is not None:
            value, source = key_from(instance, field)
            sources.update(source)
        elif field._is_computed:
            # What is held counts; an older or a partly read item may have less to compute it from.
            with contextlib.suppress(DynamongoError):
                sources.update(key_from(instance, field)[1])
        values.append(value)
    return schema.key_of(tuple(values)), sources


def _with_computed(schema: Schema, mapping: Mapping[str, Any]) -> tuple[Mapping[str, Any], Values]:
    """Return a dict with the keys that can be computed from the rest of it, and from what."""
    missing = [
        field
        for field in schema.keys
        if field._compute is not None
        and not any(name in mapping for name in (field._name, *field._aliases))
    ]
    if not missing:
        return mapping, {}
    instance = schema.model.__new__(schema.model)
    misnamed, invalid = instance._fill(dict(mapping))
    if misnamed or invalid:
        raise ValidationError(problems=misnamed + invalid, where=schema.name)
    given = {schema.aliases.get(name, name) for name in mapping}
    values: Values = {}
    sources: Values = {}
    for field in missing:
        values[field._name], source = key_from(instance, field, given)
        sources.update(source)
    return {**mapping, **values}, sources


def _check_mapping(schema: Schema, mapping: Mapping[str, Any]) -> None:
    """Raise where a dict lacks a part of the key, and say what it has instead."""
    known = {*schema.fields, *schema.aliases}
    problems = []
    for field in schema.keys:
        if not any(name in mapping for name in (field._name, *field._aliases)):
            others = [name for name in mapping if name not in known]
            hint = suggest(field._name, others) if others else ''
            if field._key in others:
                hint = f'; {field._key!r} is its attribute, write {field._name}'
            message = f'is missing; a dict selects an item by its key, and by nothing else{hint}'
            problems.append(Problem(message, path=(field._name,)))
    if problems:
        raise ValidationError(problems=problems, where=schema.name)


def _from_mapping(mapping: Mapping[str, Any], field: Field) -> Any:
    for name in (field._name, *field._aliases):
        if name in mapping:
            return mapping[name]
    return None


def keys_in(schema: Schema, values: Iterable[Strategy]) -> CompoundKeyCondition:
    """Return the condition that is met by the items with the given keys."""
    if isinstance(values, (str, *BYTES, Mapping)) or not isinstance(values, Iterable):
        raise ExpressionError(f'{schema.name}.keys_in() takes a list of keys', values)
    keys = (tuple(read_key(schema, value).values()) for value in in_sequence(values))
    unique = dict.fromkeys(keys)
    return CompoundKeyCondition(schema.name, schema.keys, unique)


def _target_of_condition(
    schema: Schema, condition: BaseCondition, method: str, checks_allowed: bool
) -> Target:
    check_condition(schema, condition)
    key: Key = {}
    checks: list[BaseCondition] = []
    for part in conjuncts(condition):
        field = equal_key(schema, part)
        if field is None or not isinstance(part, PrimitiveCondition):
            checks.append(part)
        elif field._key in key:
            raise ExpressionError(
                f'{field._label} is compared twice; a key has one value', condition
            )
        else:
            key[field._key] = key_operand(field, part.operands[0], schema.key_kind(field))
    missing = [field for field in schema.keys if field._key not in key]
    if missing:
        needed = ' & '.join(f'({field._label} == ...)' for field in schema.keys)
        raise ExpressionError(
            f'{method} selects one item by its key: {needed} must be part of the condition, and '
            'everything else be joined to it by &',
            condition,
        )
    if checks and not checks_allowed:
        raise ExpressionError(
            f'{method} takes the key and nothing else; join further conditions to keys_in()',
            condition,
        )
    return Target(
        {field._key: key[field._key] for field in schema.keys},
        _verdict(join(AndCondition, checks)),
        condition,
    )


def _verdict(check: BaseCondition | None) -> Check:
    """Return a check as it is to be sent: ``None`` where any item meets it."""
    simple = True if check is None else simplify(check)
    return None if simple is True else simple


def equal_key(schema: Schema, part: BaseCondition) -> Field | None:
    """Return the key field that a condition gives a value, or ``None``."""
    return next(
        (field for field in schema.keys if compares(part, field, (OP.EQ,))),
        None,
    )


def compares(
    part: BaseCondition, field: Field, operators: Collection[OP]
) -> TypeGuard[PrimitiveCondition]:
    """Tell whether a condition compares a field with values, by one of the operators."""
    return (
        isinstance(part, PrimitiveCondition)
        and part.op in operators
        and is_attribute(part.attr, field)
        and not any(isinstance(value, Operand) for value in part.operands)
    )


def is_attribute(operand: Operand, field: Field) -> bool:
    """Tell whether an operand is a top-level field, and not its size."""
    if operand is field:
        return True
    if isinstance(operand, Field):
        return operand._parent is None and operand._key == field._key
    return not isinstance(operand, Size) and tuple(operand._path) == (field._key,)


def key_operand(field: Field, primitive: Primitive, kind: KeyKind) -> Primitive:
    """Return a primitive, once it is known to be one that a key may have.

    :param str kind: ``'hash'`` or ``'range'``.
    :raises ValidationError: where it isn't; names the field.
    """
    try:
        if is_empty(primitive):
            raise ValidationError(problems=[Problem('a key needs a value', primitive)])
        check_key_size(kind, primitive)
    except ValidationError as error:
        error.where = field._label
        raise
    return primitive


def is_list(strategy: Strategy) -> bool:
    """Tell whether a strategy is a list of others, rather than one key or condition."""
    if isinstance(strategy, (str, *BYTES, tuple, Mapping)):
        return False
    # An instance is a key, also where its class makes it iterable.
    return isinstance(strategy, Iterable) and not hasattr(type(strategy), '_schema')
