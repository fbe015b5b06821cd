"""From an instance to what is stored, and to what the instance holds once it is."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from dynamongo._codecs.keys import SHORT_KEY
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._computing import with_computed
from dynamongo._documents import from_document, to_document
from dynamongo._held import (
    CHANGED,
    EXTRA,
    MIGRATED,
    ODD_KEY,
    forget,
    problems_of_odd_key,
    remember,
    require_whole,
)
from dynamongo.exceptions import Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from dynamongo._annotations import Item, Primitive, Values
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field
    from dynamongo.model import Model


class Dumped(typing.NamedTuple):
    """An instance as it is to be stored.

    ``item`` is attribute name to primitive. ``held`` is the ``__dict__`` of the instance at that
    moment, and ``values`` is what differs from it once it is stored: field name to value as it will
    read back, ``None`` for what isn't stored, and copies of what may change. ``version`` is the
    version that the stored item must have, ``None`` for none, where the model has a
    :class:`.VersionField`.
    """

    item: Item
    held: Values
    values: Values
    version: Any = None


def dump(instance: Model) -> Dumped:
    """Return an instance as it is to be stored, a :class:`Dumped`.

    :raises ValidationError: with the problems of all the fields.
    :raises PartialItemError: where the instance was read in part.
    """
    schema = instance._schema
    require_whole(instance)
    held = instance.__dict__
    problems: list[Problem] = []
    uncomputed: list[Problem] = []
    item: Item = {}
    values: Values = {}
    if schema.computed:
        held, uncomputed = with_computed(instance)
    for name, attribute, codec, dump_field, dump_absent in schema.dumps:
        value = held.get(name)
        try:
            if value is None or (isinstance(value, str) and not value and not codec.keeps_empty):
                primitive, after = dump_absent(value)
                if primitive is None:
                    if name in held:
                        values[name] = None
                    continue
            else:
                try:
                    if codec.keeps:
                        item[attribute] = dump_field(value)
                        continue
                    primitive, after = dump_field(value)
                except UNUSUAL:
                    if not codec.is_short:
                        raise
                    primitive, after = codec.own_dump(value)
            values[name] = after
            if primitive is not None:
                item[attribute] = primitive
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    if ODD_KEY in held:
        problems += problems_of_odd_key(instance)
    if schema.discriminator is not None:
        problems += _tag(schema, schema.discriminator, item, values)
    if problems or any(map(_may_be_no_key, map(item.get, schema.key_attributes))):
        problems += _key_problems(schema, item, [*problems, *uncomputed])
    if schema.index_keys:
        problems += index_problems(schema, item, problems)
    if held.get(EXTRA):
        extra, extra_problems = dump_extra(schema, held[EXTRA])
        item.update(extra)
        problems += extra_problems
    # What can't be computed is mostly due to what else is wrong.
    problems = problems or uncomputed
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    if schema.version is None:
        return Dumped(item, held.copy(), values)
    field = schema.version
    version = item.get(field._key)
    item[field._key] = values[field._name] = field._after(version)
    return Dumped(item, held.copy(), values, version)


def _tag(schema: Schema, field: Field, item: Item, values: Values) -> list[Problem]:
    """Let an item say which class it is of, and return the problem if it says something else."""
    given = item.setdefault(field._key, schema.tag)
    if given == schema.tag:
        values[field._name] = field._default
        return []
    message = f'says which class the item is of, and is {field._default!r} in {schema.name}'
    return [Problem(message, field._load(given), (field._name,))]


def _may_be_no_key(primitive: Primitive) -> bool:
    """Tell whether a primitive has to be looked at more closely before it may be a key."""
    kind = type(primitive)
    return not (kind is int or (kind is str and 0 < len(primitive) <= SHORT_KEY))


def _key_problems(schema: Schema, item: Item, known: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of an item's key that are not known yet."""
    reported = {problem.path[0] for problem in known}
    for field in schema.keys:
        if field._name in reported:
            continue
        try:
            if field._key not in item:
                raise ValidationError(problems=[Problem('a key needs a value')])
            schema.check_key_size(field, item[field._key])
        except ValidationError as error:
            yield from (problem.within(field._name) for problem in error.problems)


def index_problems(schema: Schema, item: Item, known: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems that the indexes have with an item, and that are not known yet."""
    reported = {problem.path[0] for problem in known}
    for field in schema.index_keys:
        if field._key in item and field._name not in reported:
            try:
                schema.check_index_key_size(field, item[field._key])
            except ValidationError as error:
                yield from (problem.within(field._name) for problem in error.problems)


def dump_value(instance: Model, field: Field) -> Primitive:
    """Return the primitive of a field's value, validated; ``None`` where nothing is stored."""
    value = type(field).validate(field, instance.__dict__.get(field._name))
    return field._stored_form(value)


def dump_extra(schema: Schema, extra: Item) -> tuple[Item, list[Problem]]:
    """Return undeclared attributes as they are stored, and their problems."""
    problems = [
        Problem('is declared; set the attribute of the instance instead', path=(name,))
        for name in extra
        if name in schema.by_attribute
    ]
    if extra and schema.extra == 'forbid':
        problems.append(Problem("__extra__ = 'forbid' refuses undeclared attributes", extra))
    try:
        return to_document(extra), problems
    except ValidationError as error:
        return {}, problems + error.problems


def as_stored(instance: Model, dumped: Dumped) -> Values:
    """Return field name to value as it will read back, for what is stored of an instance."""
    values = {**dumped.held, **dumped.values}
    names = instance._schema.fields
    return {name: values[name] for name in names if values.get(name) is not None}


def settle(instance: Model, dumped: Dumped) -> None:
    """Give an instance the values that have been stored, now that they have."""
    forget(instance)
    held = instance.__dict__
    held.update(as_stored(instance, dumped))
    if held.pop(EXTRA, None):
        held[EXTRA] = extra_of(instance._schema, dumped.item)
    remember(instance)


def settle_untouched(instance: Model, dumped: Dumped) -> None:
    """Do the same for an instance that has only the values that have been dumped."""
    held = instance.__dict__
    held.pop(CHANGED, None)
    held.pop(MIGRATED, None)
    for name, value in dumped.values.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value
    remember(instance)


def extra_of(schema: Schema, item: Item) -> Item:
    """Return the undeclared attributes of an item, as an instance shows them."""
    return {
        name: from_document(primitive)
        for name, primitive in item.items()
        if name not in schema.by_attribute
    }
