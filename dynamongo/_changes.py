"""What has been changed in an instance since its item was read or saved."""

from __future__ import annotations

import operator
import typing
from enum import Enum
from typing import TYPE_CHECKING

from dynamongo import _computing, _dumping, _held
from dynamongo._codecs import FIXED
from dynamongo._documents import same_document, to_document
from dynamongo._held import BASE, CHANGED, EXTRA, Unread
from dynamongo._partial import PartialDict
from dynamongo.exceptions import PartialItemError, Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from dynamongo._annotations import Item, Primitive, Values
    from dynamongo._dumping import Dumped
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field
    from dynamongo.model import Model

_EMPTY: tuple[Any, ...] = ([], {}, set(), None)


class Changes(typing.NamedTuple):
    """The difference between an instance and its stored item.

    ``values`` is attribute name to primitive of what is to be set, ``removed`` the attribute names
    of what is gone, and ``usual`` is field name to value of what only looks different: what is
    stored already, given in another form.
    """

    values: Item
    removed: list[str]
    usual: Values


class Unsaved(typing.NamedTuple):
    """What an instance has and its stored item hasn't: field and attribute names to values.

    :class:`.Unread` stands for what has been deleted.
    """

    values: Values
    extra: Item


def is_stored(instance: Model) -> bool:
    """Tell whether an instance stands for an item that has been read or saved."""
    return BASE in instance.__dict__


def changes_of(instance: Model) -> Changes:
    """Return the changes of an instance that is stored.

    :raises ValidationError: where a value that has changed is invalid, or the key has changed.
    :raises PartialItemError: where a dict that was read in part has changed.
    """
    schema = instance._schema
    changes = Changes({}, [], {})
    problems: list[Problem] = []
    uncomputed = _computing.compute(instance) if schema.always_computed else ()
    for name, before in _differing(instance):
        field = schema.fields[name]
        try:
            primitive = _dumping.dump_value(instance, field)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
            continue
        if _is_stored_as(field, before, primitive):
            absent = primitive is None
            changes.usual[name] = field._absent_value() if absent else field._load(primitive)
        else:
            _note(changes, field._key, primitive)
    problems = [*_key_problems(instance, changes), *problems]
    kind = schema.discriminator
    if kind is not None and changes.values.get(kind._key) != schema.tag:
        problems += _problems_of_tag(instance, kind, changes)
    problems += _dumping.index_problems(schema, changes.values, problems)
    problems += _note_extra(instance, changes)
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    if changes.values or changes.removed:
        _require_computed(schema, uncomputed)
    return changes


def _require_computed(schema: Schema, uncomputed: Iterable[tuple[Field, PartialItemError]]) -> None:
    """Raise where a field that is no key can't be computed, and may depend on what has changed."""
    for field, error in uncomputed:
        if field._key not in schema.key_attributes:
            raise PartialItemError(
                f"{field._label} may have to change as well, and can't be computed: {error}"
            ) from error


def _differing(instance: Model) -> Iterator[tuple[str, Any]]:
    """Yield the fields that have other values than the stored item: name, and value before.

    What doesn't differ isn't validated, since what is stored may be older than a rule.
    """
    schema, values = instance._schema, instance.__dict__
    known, recorded = _held.known(instance), values.get(CHANGED, {})
    for name, field in schema.fields.items():
        if field is schema.version:
            continue
        value = values.get(name)
        if name in known:
            before = known[name]
        elif name in recorded:
            before = recorded[name]
        elif type(value) not in FIXED and not isinstance(value, Enum):
            before = None
        else:
            continue
        if not _same(field, before, value):
            if isinstance(value, PartialDict):
                raise PartialItemError(
                    f'{field._label} was read in part and has changed; set its members by '
                    f'update(), for instance {field._label}[name].set(value), or read the item '
                    'whole'
                )
            yield name, before


def _same(field: Field, before: Any, value: Any) -> bool:
    """Tell whether a value is stored as the one before, as far as it can be told at a glance."""
    if before is Unread:
        return False
    if isinstance(before, PartialDict):
        return isinstance(value, PartialDict) and _same_parts(field, before, value)
    if before is None and value in _EMPTY:
        return True
    return same_document(before, value) and (
        field._is_stored_by_value or _same_stored(field, before, value)
    )


def _same_parts(field: Field, before: PartialDict, value: PartialDict) -> bool:
    return before.keys() == value.keys() and all(
        _same(field._member(name), part, value[name]) for name, part in before.items()
    )


def _same_stored(field: Field, before: Any, value: Any) -> bool:
    """Tell whether two values that are equal are stored alike, too."""
    try:
        return same_document(field._stored_form(before), field._stored_form(value))
    except ValidationError:  # What was read is no value of the field's.
        return True


def _is_stored_as(field: Field, before: Any, primitive: Primitive) -> bool:
    """Tell whether a value before is stored as a primitive."""
    if before is Unread or isinstance(before, PartialDict):
        return False
    try:
        stored = field._stored_form(before)
    except ValidationError:  # What was read is no value of the field's.
        return False
    if stored is None:
        return primitive in _EMPTY
    return same_document(stored, primitive)


def _note(changes: Changes, attribute: str, primitive: Primitive) -> None:
    if primitive is None:
        changes.removed.append(attribute)
    else:
        changes.values[attribute] = primitive


def _key_problems(instance: Model, changes: Changes) -> Iterator[Problem]:
    for field in instance._schema.keys:
        if field._key in changes.values or field._key in changes.removed:
            message = 'is part of the key, which a stored item keeps; save() stores another item'
            yield Problem(message, instance.__dict__.get(field._name), (field._name,))


def _problems_of_tag(instance: Model, field: Field, changes: Changes) -> Iterator[Problem]:
    """Yield the problem of an instance that is changed to say that it is of another class."""
    if field._key in changes.values or field._key in changes.removed:
        message = f'says which class the item is of, and is {field._default!r} in this one'
        yield Problem(message, instance.__dict__.get(field._name), (field._name,))


def require_own_key(instance: Model) -> None:
    """Raise where the key of an instance has changed, so that it stands for another item than the
    one that was read."""
    if is_stored(instance) and instance._schema.always_computed:
        _computing.compute(instance)
    if not is_stored(instance) or CHANGED not in instance.__dict__:
        return
    problems = []
    for field in instance._schema.keys:
        before = instance.__dict__[CHANGED].get(field._name)
        value = instance.__dict__.get(field._name)
        if before is not None and not _same(field, before, value):
            message = (
                f'is part of the key, and was {before!r} when the item was read or saved; make a '
                'new instance to store another item'
            )
            problems.append(Problem(message, value, (field._name,)))
    if problems:
        raise ValidationError(problems=problems, where=instance._schema.name)


def _note_extra(instance: Model, changes: Changes) -> list[Problem]:
    """Take up the changes of undeclared attributes, and return their problems."""
    if _held.tree_read(instance) is not None:
        return []
    known = to_document(_held.known(instance).get(EXTRA, {}))
    extra, problems = _dumping.dump_extra(instance._schema, instance.__dict__.get(EXTRA) or {})
    for name, primitive in extra.items():
        if name not in known or not same_document(known[name], primitive):
            changes.values[name] = primitive
    changes.removed.extend(name for name in known if name not in extra)
    return problems


def unsaved(instance: Model) -> Unsaved:
    """Return what an instance has and its stored item hasn't."""
    if not is_stored(instance):
        return Unsaved({}, {})
    names = [name for name, before in _differing(instance) if not _is_usual(instance, name, before)]
    known = _held.known(instance).get(EXTRA, {})
    return _unsaved(instance, names, known)


def unsaved_since(instance: Model, dumped: Dumped) -> Unsaved:
    """Return what an instance has, and had not when it was dumped."""
    schema, held = instance._schema, instance.__dict__
    stored = _dumping.as_stored(instance, dumped)
    names = [
        name
        for name, field in schema.fields.items()
        if field is not schema.version
        and not _same(field, stored.get(name), held.get(name))
        and not _is_usual(instance, name, stored.get(name))
    ]
    return _unsaved(instance, names, _dumping.extra_of(schema, dumped.item))


def _is_as_dumped(instance: Model, dumped: Dumped) -> bool:
    """Tell at a glance whether nothing has been set or changed since an instance was dumped."""
    held = instance.__dict__
    return (
        held.keys() == dumped.held.keys()
        and all(map(operator.is_, held.values(), dumped.held.values()))
        and EXTRA not in held
        and all(_is_untouched(value, held.get(name)) for name, value in dumped.values.items())
    )


def _is_untouched(dumped: Any, value: Any) -> bool:
    """Tell at a glance whether a value is the one that was dumped, or a list of the same values."""
    if dumped is value or dumped is None:
        return True
    return (
        type(dumped) is type(value) is list
        and len(dumped) == len(value)
        and all(map(operator.is_, dumped, value))
    )


def _is_usual(instance: Model, name: str, before: Any) -> bool:
    """Tell whether a value that differs is stored as the one before."""
    field = instance._schema.fields[name]
    try:
        return _is_stored_as(field, before, _dumping.dump_value(instance, field))
    except ValidationError:
        return False


def _unsaved(instance: Model, names: Iterable[str], known: Item) -> Unsaved:
    values, extra = instance.__dict__, instance.__dict__.get(EXTRA) or {}
    if _held.tree_read(instance) is not None:
        known = extra
    different = {
        name: value
        for name, value in extra.items()
        if name not in known or not _is_same_extra(known[name], value)
    }
    gone = {name: Unread for name in known if name not in extra}
    return Unsaved({name: values.get(name, Unread) for name in names}, {**different, **gone})


def _is_same_extra(known: Any, value: Any) -> bool:
    """Tell whether an undeclared attribute is stored as the one that is known."""
    try:
        return same_document(to_document(known), to_document(value))
    except ValidationError:
        return False


def settle(instance: Model, dumped: Dumped) -> None:
    """Give an instance what has been stored of it, and keep what has been set since the dump."""
    for field in instance._schema.computed:
        if field._name in dumped.held:
            instance.__dict__.setdefault(field._name, dumped.held[field._name])
    if _is_as_dumped(instance, dumped):
        _dumping.settle_untouched(instance, dumped)
    else:
        later = unsaved_since(instance, dumped)
        _dumping.settle(instance, dumped)
        restore(instance, later)


def restore(instance: Model, unsaved: Unsaved) -> None:
    """Give an instance what it had and its stored item hadn't, which is then still not saved."""
    for name, value in unsaved.values.items():
        _held.note_change(instance, name)
        _put(instance.__dict__, name, value)
    for name, value in unsaved.extra.items():
        _put(instance.__dict__.setdefault(EXTRA, {}), name, value)


def _put(values: Values, name: str, value: Any) -> None:
    if value is Unread:
        values.pop(name, None)
    else:
        values[name] = value
