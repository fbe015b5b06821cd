"""What an instance holds: the values of its fields, and what it keeps besides."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from dynamongo._known import known_of, noted
from dynamongo.exceptions import PartialItemError, Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from dynamongo._annotations import Item, Primitive, Tree, Values
    from dynamongo._known import Base
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field
    from dynamongo.model import Model

# What an instance keeps in its __dict__ besides the values of its fields.

#: The undeclared attributes, where there are any.
EXTRA = '_dynamongo_extra'

#: The tree of what was read, where the item was read in part.
ONLY = '_dynamongo_only'

#: Of an instance that is stored: what :func:`known` reads.
BASE = '_dynamongo_base'

#: Of an instance whose key isn't stored as its fields store it: field name to the value that was
#: read and the primitive that is stored.
ODD_KEY = '_dynamongo_odd_key'

#: Field name to the value that a field had before it was set.
CHANGED = '_dynamongo_changed'

#: What ``before_load`` has changed of the stored item, a :class:`Migration`.
MIGRATED = '_dynamongo_migrated'

#: Of a view of an instance, of which a value is computed: its :class:`._computing.Source`.
SOURCE = '_dynamongo_source'

#: Sets an attribute of an instance unwatched; models override what it is usually set by.
set_unwatched = object.__setattr__


def tree_read(instance: Model) -> Tree | None:
    """Return the tree of the fields that were read, or ``None`` where all were.

    See :class:`.Projection`.
    """
    return instance.__dict__.get(ONLY)


def names_held(instance: Model) -> list[str]:
    """Return the names of the fields that an instance holds: all, or those that were read."""
    read = tree_read(instance)
    names = list(instance._schema.fields)
    if read is None:
        return names
    return [name for name in names if name in read or name in instance.__dict__]


def value_of(instance: Model, name: str) -> Any:
    """Return the value of a field, and leave the instance as it is."""
    try:
        return instance.__dict__[name]
    except KeyError:
        read = tree_read(instance)
        field = instance._schema.fields[name]
        unread = read is not None and name not in read
        if unread or field._compute is not None or SOURCE in instance.__dict__:
            return instance._absent(field)
        return field._absent_value()


def extra_held(instance: Model) -> Item:
    """Return the undeclared attributes of an instance, and leave it as it is."""
    return instance.__dict__.get(EXTRA) or {}


def require_whole(instance: Model) -> None:
    """Raise where an instance was read in part, so that saving it would erase the rest."""
    read = tree_read(instance)
    if read is not None:
        schema = instance._schema
        missing = [name for name in schema.fields if name not in read]
        lacks = f'{", ".join(missing)} and ' if missing else ''
        raise PartialItemError(
            f'{instance!r} was read in part: it may lack {lacks}attributes that {schema.name} '
            "doesn't declare, and saving it would erase them; use update_one, or read it whole"
        )


def require_read(instance: Model, field: Field) -> None:
    """Raise where an instance was read in part, without a field."""
    read = tree_read(instance)
    if read is not None and field._name not in read:
        raise PartialItemError(
            f'{instance!r} was read without {field._name}; read it with only=[..., '
            f"'{field._name}'], or whole"
        )


def require_extra(instance: Model) -> None:
    """Raise where an instance was read without undeclared attributes."""
    if tree_read(instance) is not None:
        raise PartialItemError(f'{instance!r} was read in part, without undeclared attributes')


def odd_key(instance: Model) -> dict[str, Primitive]:
    """Return what is stored of the keys that fields store otherwise: field name to primitive."""
    held = instance.__dict__
    return {
        name: stored
        for name, (value, stored) in held.get(ODD_KEY, {}).items()
        if held.get(name) is value or held.get(name) == value
    }


def problems_of_odd_key(instance: Model) -> Iterator[Problem]:
    """Yield the problems of a key that has been read and that its fields can't store.

    What the instance would be saved as, or selected by, is another item than the one that was read.
    """
    for name, stored in odd_key(instance).items():
        kind = type(instance._schema.fields[name]).__name__
        message = (
            f"is stored as {stored!r}, which {kind} doesn't store, so the instance would "
            'stand for another item; select this one by a condition on its key'
        )
        yield Problem(message, instance.__dict__[name], (name,))


def with_extra(schema: Schema, extra: Item, values: Values) -> Values:
    """Return values by field name together with undeclared attributes.

    :raises ValidationError: where one of these has the name of a field, which is stored under
        another name.
    """
    problems = [
        Problem(
            'is the name of a field and of an undeclared attribute, and a dict has one of them; '
            'leave out extra=True, or take DynamoDB JSON',
            path=(name,),
        )
        for name in extra
        if name in schema.fields
    ]
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return {**extra, **values}


class Unread:
    """Stands for the value of a field that wasn't read."""


class Migration(typing.NamedTuple):
    """What ``before_load`` has changed of a stored item, and isn't stored.

    ``values`` is attribute name to primitive, :class:`Unread` for what it has taken away; ``left``
    the names of the attributes that no save of the instance stores, since it was read in part.
    """

    values: Item
    left: frozenset[str]


def note_change(instance: Model, name: str) -> None:
    """Keep what a field has before it is set, as far as it isn't kept already."""
    values = instance.__dict__
    if BASE in values:
        tree = tree_read(instance)
        unread = tree is not None and name not in tree
        before = Unread if unread else values.get(name)
        values.setdefault(CHANGED, {}).setdefault(name, before)


def remember(instance: Model) -> None:
    """Keep what :mod:`._changes` can't know otherwise of an instance that is as it is stored."""
    held = instance.__dict__
    base: Base = ()
    for name, flat in instance._schema.mutable.items():
        if name in held:
            base = noted(base, name, held[name], flat)
    if held.get(EXTRA):
        base = noted(base, EXTRA, held[EXTRA])
    held[BASE] = base


def known(instance: Model) -> Values:
    """Return what is known of the stored item of an instance, apart from what can't have changed.

    :returns: field name to value, and :data:`EXTRA` to the undeclared attributes, where there are
        any.
    """
    return known_of(instance.__dict__[BASE])


def forget(instance: Model) -> None:
    """Take from an instance the values of its fields, and what is known of the stored item."""
    for name in (*instance._schema.fields, BASE, CHANGED, MIGRATED, ODD_KEY):
        instance.__dict__.pop(name, None)


def become(instance: Model, other: Model) -> None:
    """Give an instance all that another one of its item has."""
    forget(instance)
    instance.__dict__.pop(ONLY, None)
    instance.__dict__.pop(EXTRA, None)
    instance.__dict__.update(other.__dict__)


def make_new(instance: Model) -> None:
    """Let an instance that has been loaded count as one that was never read nor saved."""
    for name in (BASE, CHANGED, MIGRATED):
        instance.__dict__.pop(name, None)
