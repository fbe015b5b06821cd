"""From what is stored to an instance, or to a dict."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from dynamongo import _hooks
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._documents import from_document
from dynamongo._held import (
    BASE,
    CHANGED,
    EXTRA,
    MIGRATED,
    ODD_KEY,
    ONLY,
    Migration,
    Unread,
    extra_held,
    known,
    remember,
    set_unwatched,
    tree_read,
    value_of,
    with_extra,
)
from dynamongo._known import noted
from dynamongo._partial import without_marks
from dynamongo._wire.values import Stored, decode, decode_item, encode_item
from dynamongo.exceptions import DynamongoError, Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from dynamongo._annotations import Item, Values, WireItem, WireValue
    from dynamongo._known import Base
    from dynamongo._projection import Projection
    from dynamongo._schema import Schema
    from dynamongo.model import Model

M = TypeVar('M', bound='Model')

#: Stands for an attribute that an item doesn't have.
_ABSENT: WireValue = {}

#: The hooks that are called when an item is read.
_HOOKS = frozenset({'before_load', 'after_load'})


def load(
    model: type[M],
    item: Mapping[str, Any],
    projection: Projection | None = None,
    hooked: bool = True,
) -> M:
    """Return a stored item as an instance.

    :param type model: the model class.
    :param item: attribute name to primitive, best a :class:`.Stored`.
    :param Projection projection: which part of the item was asked for. Default: all of it.
    :param bool hooked: whether to find out which class the item is of, where several share the
        table, and to call the hooks of that class. Default ``True``.
    :raises ValidationError: where what is stored can't be read by its field, or is undeclared and
        forbidden; names the key of the item.
    """
    schema = model._schema
    wire = item.wire if type(item) is Stored else encode_item(item)
    if schema.family is not None and hooked:
        schema = schema_of(schema, wire)
        if schema.model is not model:
            model = schema.model  # type: ignore[assignment]
            projection = projection and projection.seen_by(schema)
    if projection is not None:
        wire = _asked_for(wire, projection)
    if hooked and schema.hooks:
        return _load_by_hooks(model, wire, projection)
    instance = model.__new__(model)
    left = len(wire)
    base: Base = ()
    try:
        for name, attribute, codec, load_field in schema.loads:
            value = wire.get(attribute, _ABSENT)
            if value is _ABSENT:
                continue
            left -= 1
            try:
                value = load_field(value)
            except UNUSUAL:
                if not codec.is_short:
                    raise
                value = codec.own_load(value)
            if value is not None:
                set_unwatched(instance, name, value)
                if codec.mutable:
                    base = noted(base, name, value, codec.flat)
        if left:
            extra = _load_extra(schema, wire)
            if extra:
                set_unwatched(instance, EXTRA, extra)
                base = noted(base, EXTRA, extra)
        _require_key(schema, wire)
    except ValidationError as error:
        raise _unreadable(schema, wire) or error from error.__cause__
    set_unwatched(instance, BASE, base)
    if schema.inexact_keys:
        _note_odd_key(instance, wire)
    if projection is not None:
        _narrow(instance, projection)
    return instance


def load_dict(
    model: type[Model],
    item: Mapping[str, Any],
    projection: Projection | None = None,
    *,
    extra: bool = False,
) -> Values:
    """Return a stored item as the dict that ``to_dict`` makes of its instance, without making one
    unless hooks or computed values need it.

    The parameters, and what it raises, are those of :func:`load`. What was read in part is a plain
    dict as well, with all names that were asked for. What can't be computed is absent.

    :param bool extra: add the undeclared attributes. Default ``False``.
    """
    schema = model._schema
    wire = item.wire if type(item) is Stored else encode_item(item)
    asked = projection
    if schema.family is not None:
        schema = schema_of(schema, wire)
        if schema.model is not model:
            projection = projection and projection.seen_by(schema)
    if not schema.hooks.isdisjoint(_HOOKS):
        return _as_dict(load(model, item, asked), wire, asked, extra)
    if projection is not None:
        wire = _asked_for(wire, projection)
    for field in schema.always_computed:
        if field._key not in wire and (projection is None or field._name in projection.fields):
            # It takes an instance to compute it.
            return _as_dict(load(model, item, asked), wire, asked, extra)
    values: Values = {}
    left = len(wire)
    try:
        for name, attribute, codec, load_field in schema.loads:
            if projection is not None and name not in projection.fields:
                continue
            value = wire.get(attribute, _ABSENT)
            if value is _ABSENT:
                values[name] = codec.field._absent_value()
                continue
            left -= 1
            try:
                value = load_field(value)
            except UNUSUAL:
                if not codec.is_short:
                    raise
                value = codec.own_load(value)
            values[name] = codec.field._absent_value() if value is None else value
        if left and (extra or schema.extra == 'forbid'):
            values = _with_extra(schema, wire, _load_extra(schema, wire), values)
        _require_key(schema, wire)
    except ValidationError as error:
        raise _unreadable(schema, wire) or error from error.__cause__
    if projection is None or asked is None:
        return values
    return {
        name: without_marks(projection.shown(schema.fields[name], values[name]))
        if name in values
        else None
        for name in asked.fields
    }


def _as_dict(instance: Model, wire: WireItem, projection: Projection | None, extra: bool) -> Values:
    """Return the values of an instance that has been loaded, in a dict."""
    schema = instance._schema
    names = schema.fields if projection is None else projection.fields
    values = {name: _value_or_absent(instance, name) for name in names}
    return _with_extra(schema, wire, extra_held(instance), values) if extra else values


def _value_or_absent(instance: Model, name: str) -> Any:
    """Return the value of a field, what is absent where it can't be computed, and ``None`` where
    the class has no such field, or it wasn't read."""
    field, read = instance._schema.fields.get(name), tree_read(instance)
    if field is None or (read is not None and name not in read):
        return None
    try:
        return without_marks(value_of(instance, name))
    except DynamongoError:
        return field._absent_value()


def _with_extra(schema: Schema, wire: WireItem, extra: Item, values: Values) -> Values:
    with _naming(schema, wire):
        return with_extra(schema, extra, values)


@contextlib.contextmanager
def _naming(schema: Schema, wire: WireItem) -> Iterator[None]:
    """Let errors of values name the key of the item that they were found in."""
    try:
        yield
    except ValidationError as error:
        place = _place(schema, wire)
        error.where = place if error.where in (None, schema.name) else f'{place}: {error.where}'
        raise


def _place(schema: Schema, wire: WireItem) -> str:
    """Return which item it is, as messages begin."""
    key = dict(_readable_key(schema, decode_item(wire)))
    return f'{schema.name} read from {key!r}'


def schema_of(schema: Schema, wire: WireItem) -> Schema:
    """Return the schema of the class that an item is of, where several share the table."""
    family = schema.family
    assert family is not None
    with _naming(schema, wire):
        value = wire.get(family.attribute)
        return family.schema_of(schema, None if value is None else decode(value))


def _asked_for(wire: WireItem, projection: Projection) -> WireItem:
    """Return what was asked for of an item on the wire."""
    return {name: value for name, value in wire.items() if name in projection.stored}


def _require_key(schema: Schema, wire: WireItem) -> None:
    for attribute in schema.key_attributes:
        if attribute not in wire:
            raise ValidationError('the item has no such key')


def _note_odd_key(instance: Model, wire: WireItem) -> None:
    """Keep what is stored of a key that isn't as its fields store it."""
    schema, odd = instance._schema, {}
    for codec in schema.inexact_keys:
        name = codec.field._name
        value, raw = instance.__dict__.get(name), wire[codec.field._key]
        try:
            if codec.keeps and codec.dump(value) == raw.get('S'):
                continue
        except UNUSUAL:
            pass
        stored = decode(raw)
        if not schema.makes_key(codec, value, stored):
            odd[name] = value, stored
    if odd:
        set_unwatched(instance, ODD_KEY, odd)


def _load_extra(schema: Schema, wire: WireItem) -> Item:
    """Return the undeclared attributes of an item, as far as an instance keeps them."""
    if schema.extra == 'ignore':
        return {}
    if schema.extra == 'forbid':
        raise ValidationError('there are undeclared attributes')
    return {
        name: from_document(decode(value))
        for name, value in wire.items()
        if name not in schema.by_attribute
    }


def _unreadable(schema: Schema, wire: WireItem) -> ValidationError | None:
    """Return the error with all that is wrong with an item, or ``None`` if nothing is."""
    problems: list[Problem] = []
    extra: list[Problem] = []
    for attribute, value in wire.items():
        codec = schema.codecs.get(attribute)
        try:
            if codec is not None:
                codec.own_load(value)
            elif schema.extra == 'keep':
                from_document(decode(value))
        except ValidationError as error:
            name = attribute if codec is None else codec.field._name
            (extra if codec is None else problems).extend(
                problem.within(name) for problem in error.problems
            )
        if codec is None and schema.extra == 'forbid':
            message = "undeclared attribute, which __extra__ = 'forbid' refuses"
            extra.append(Problem(message, path=(attribute,)))
    missing = (
        Problem('the item has no such key', path=(field._name,))
        for field in schema.keys
        if field._key not in wire
    )
    kept = schema.extra == 'keep'
    problems = [*problems, *missing, *extra] if kept else [*problems, *extra, *missing]
    if not problems:
        return None
    return ValidationError(problems=problems, where=_place(schema, wire))


def _readable_key(schema: Schema, item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in schema.key_attributes:
        with contextlib.suppress(ValidationError):
            yield name, from_document(item.get(name))


def _narrow(instance: Model, projection: Projection) -> None:
    """Let an instance show no more than was asked for; what was read of a dict is known to it."""
    schema, held = instance._schema, instance.__dict__
    for name in schema.fields:
        tree = projection.fields.get(name)
        if name not in projection.fields:
            held.pop(name, None)
        elif name in held or tree is not None:
            held[name] = projection.shown(schema.fields[name], held.get(name))
    held[ONLY] = projection.fields
    remember(instance)


def _load_by_hooks(model: type[M], stored: WireItem, projection: Projection | None) -> M:
    schema, wire = model._schema, stored
    if 'before_load' in schema.hooks:
        with _naming(schema, stored):
            wire = _hooks.migrated(schema, stored)
    instance = load(model, Stored(wire), projection, hooked=False)
    if wire is not stored:
        _note_migration(instance, stored, wire, projection)
    _hooks.run(instance, 'after_load')
    return instance


def _note_migration(
    instance: Model, stored: WireItem, wire: WireItem, projection: Projection | None
) -> None:
    """Let what a hook has changed of a stored item count as changed and not saved.

    Of what was read in part, that is what was read as a whole; and nothing is removed unless all
    the rest is stored, since what takes its place may be among it.
    """
    schema, held = instance._schema, instance.__dict__
    differing = [name for name in {**stored, **wire} if stored.get(name) is not wire.get(name)]
    saved = [name for name in differing if _is_whole(schema, name, projection)]
    if len(saved) < len(differing) and any(name not in wire for name in differing):
        saved = []
    base, changed, values = dict(known(instance)), {}, {}
    extra = dict(base.pop(EXTRA, {}))
    for attribute in saved:
        field = schema.by_attribute.get(attribute)
        if field is None:
            extra.pop(attribute, None)
            if attribute in stored:
                extra[attribute] = from_document(decode(stored[attribute]))
            elif schema.extra == 'ignore':
                continue
        else:
            base.pop(field._name, None)
            changed[field._name] = Unread
        values[attribute] = decode(wire[attribute]) if attribute in wire else Unread
    if extra and projection is None:
        base[EXTRA] = extra
    if changed:
        held[CHANGED] = changed
    held[BASE] = base or ()
    held[MIGRATED] = Migration(values, frozenset(differing).difference(saved))


def _is_whole(schema: Schema, attribute: str, projection: Projection | None) -> bool:
    """Tell whether an attribute was read as a whole, so that it can be stored."""
    if projection is None:
        return True
    field = schema.by_attribute.get(attribute)
    return field is not None and projection.fields.get(field._name, False) is None
