"""Which fields the expressions for a model may name, and what of an item updates may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo._logic import named_by
from dynamongo.exceptions import ExpressionError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dynamongo._annotations import Values
    from dynamongo._paths import Operand
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field
    from dynamongo.updates import Update


def check_owner(schema: Schema, *operands: Operand) -> None:
    """Raise where a field of another model has found its way into an expression."""
    for operand in operands:
        owner = operand._owner
        if owner is None:
            raise ExpressionError(
                f'{schema.name}: {operand._label} belongs to no model; '
                f'use {schema.name}.{operand._path}'
            )
        if not (issubclass(schema.model, owner) or issubclass(owner, schema.model)):
            raise ExpressionError(
                f'{operand._label} is a field of {owner.__name__}, not of {schema.name}'
            )
        _check_stored_name(schema, operand)


def _check_stored_name(schema: Schema, operand: Operand) -> None:
    """Raise where a parent's or a child's field stands for another attribute here."""
    if operand._owner is schema.model:
        return
    field = operand._field
    here = _counterpart(schema, field)
    gone = here is None and field._path.root in schema.by_attribute
    if gone or (here is not None and not _stored_alike(here, field)):
        raise ExpressionError(
            f'{field._label} is stored as {str(field._path)!r}, which in {schema.name} is '
            f'something else; use a field of {schema.name}'
        )


def _counterpart(schema: Schema, field: Field) -> Field | None:
    """Return the field of this model that is declared where ``field`` is in its own."""
    if field._parent is None:
        return schema.fields.get(field._name)
    outer = _counterpart(schema, field._parent)
    return None if outer is None else outer._member(field._name or field._key)


def check_condition(schema: Schema, condition: BaseCondition) -> None:
    """Raise where a condition names a field of another model."""
    check_owner(schema, *named_by(condition))


def check_updates(schema: Schema, updates: Iterable[Update]) -> None:
    """Raise where updates touch another model's fields, or the key, which can't change, or
    where the key of an index gets too long."""
    for update in updates:
        check_owner(schema, update.field, *update._reads)
        if update.field._path.root in schema.key_attributes:
            raise ExpressionError(
                f"{update.field._label} is part of the key, which can't change: "
                'save an item with the new key and delete the old one',
                update,
            )
        if schema.version is not None and update.field._path.root == schema.version._key:
            raise ExpressionError(
                f'{schema.version._label} is counted by dynamongo; leave it out of the updates',
                update,
            )
        kind = schema.discriminator
        if kind is not None and update.field._path.root == kind._key:
            raise ExpressionError(
                f'{kind._label} says which class the item is of, which an '
                'update leaves as it is; save an item of the other class',
                update,
            )
        if len(update.field._path) == 1:
            _check_index_key(schema, update)


def check_sources(schema: Schema, updates: Iterable[Update], sources: Values) -> None:
    """Raise where updates touch what the key is always computed from.

    :param dict sources: field name to value.
    """
    if not any(field._is_computed for field in schema.keys):
        return
    for update in updates:
        field = schema.by_attribute.get(update.field._path.root)
        if field is not None and field._name in sources and update.clause is not None:
            raise ExpressionError(
                f'{update.field._label}: the key is computed from {field._label}, and a key '
                "can't change: save a new item and delete the old one",
                update,
            )


def check_upsert(schema: Schema, updates: Iterable[Update]) -> None:
    """Raise where updates would make an item that lacks a required field."""
    given = {
        update.field._path.root
        for update in updates
        if update.clause in ('SET', 'ADD') and len(update.field._path) == 1
    }
    for field in schema.fields.values():
        if field is schema.discriminator:
            continue
        if field._required and field._key not in {*schema.key_attributes, *given}:
            raise ExpressionError(
                f'upsert=True may make an item, which would lack {field._label}, a required '
                f'field; add an update of it, for instance '
                f'{field._label}.set_if_not_exists(...)',
                list(updates),
            )


def _check_index_key(schema: Schema, update: Update) -> None:
    """Raise where an update sets the key of an index to what is too long for one."""
    field = schema.by_attribute.get(update.field._path.root)
    if field is None:
        return
    try:
        for primitive in update._literals:
            schema.check_index_key_size(field, primitive)
    except ValidationError as error:
        error.where = update.field._label
        raise


def _stored_alike(field: Field, other: Field) -> bool:
    """Tell whether two fields of related models stand for one attribute of one type."""
    return field._path == other._path and field.primitive_type is other.primitive_type
