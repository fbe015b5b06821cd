"""What the methods of instances do: each works on the item that the instance stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import (
    _changes,
    _compile,
    _computing,
    _held,
    _hooks,
    _loading,
    _read,
    _strategies,
    _write,
)
from dynamongo._documents import from_document
from dynamongo._errors import Advice, is_gone
from dynamongo._held import BASE, CHANGED, MIGRATED, Unread
from dynamongo._logic import join
from dynamongo._options import check_flag, read_options
from dynamongo._strategies import is_list
from dynamongo.conditions import AndCondition
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    ExpressionError,
    ValidationError,
)
from dynamongo.fields.base import Field
from dynamongo.updates import RemoveUpdate, SetUpdate, checked_updates

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import TypeVar

    from dynamongo._schema import Schema
    from dynamongo._strategies import Target
    from dynamongo._write import Version
    from dynamongo.conditions import BaseCondition
    from dynamongo.exceptions import DoesNotExist
    from dynamongo.fields.numbers import VersionField
    from dynamongo.model import Model
    from dynamongo.updates import Update

    M = TypeVar('M', bound=Model)


def save(instance: Model, overwrite: bool | BaseCondition = True, *, changed: bool = False) -> None:
    """Save an instance, whole or what has changed; see :meth:`.Model.save`."""
    schema = instance._schema
    check_flag(schema, 'save', 'changed', changed)
    partly = changed and _changes.is_stored(instance)
    if partly and overwrite is False:
        raise ValidationError(
            f'{schema.name}.save: changed=True changes the item that was read, and overwrite=False '
            'refuses to; leave one of them out'
        )
    overwrite = _write.overwrite_of(schema, overwrite)
    if partly:
        _save_changes(instance, overwrite)
    else:
        _write.put(instance, overwrite)


def _save_changes(instance: Model, overwrite: bool | BaseCondition) -> None:
    schema, model = instance._schema, type(instance)
    _hooks.run(instance, 'before_save')
    changes = _changes.changes_of(instance)
    if not (changes.values or changes.removed or _has_other_version(instance)):
        instance.__dict__.update(changes.usual)
        instance.__dict__.pop(CHANGED, None)
        return
    key = key_of(instance)
    if overwrite is False:
        raise _write.never(model, key)
    checks: list[BaseCondition] = [] if overwrite is True else [overwrite]
    own = _own_check(instance)
    checks += [] if own is None else [own]
    version = None if schema.version is None else _version(instance, schema.version)
    request = _compile.change(schema, key, changes, version, join(AndCondition, checks))
    refused = _either(_write.refusal_of_put(schema, overwrite, version), _is_other(schema))
    advice = Advice(refused, gone=_write.GONE)
    _become(instance, _write.send_update(model, request, advice))
    _hooks.run(instance, 'after_save')


def _has_other_version(instance: Model) -> bool:
    """Tell whether an instance was given another version than that of the item that was read."""
    field, held = instance._schema.version, instance.__dict__
    if field is None or field._name not in held.get(CHANGED, {}):
        return False
    return bool(held[CHANGED][field._name] != held.get(field._name))


def _become(instance: Model, attributes: Mapping[str, Any]) -> None:
    """Let an instance show what an update of its item has answered with."""
    _held.become(instance, _write.replied(type(instance), attributes, 'updated'))


def key_of(instance: Model) -> dict[str, Any]:
    """Return the key of an instance, once it is known to be that of the item that was read."""
    _changes.require_own_key(instance)
    return _strategies.read_key(instance._schema, instance)


def _version(instance: Model, field: VersionField) -> int | None:
    # By the attribute, so that a version that wasn't read is asked for, and not taken for none.
    version: int | None = getattr(instance, field._name)
    return version


def known_version(instance: Model) -> Version:
    """Return the version of an instance as a keyword argument, none where there are no versions."""
    field = instance._schema.version
    return {} if field is None else {'version': _version(instance, field)}


def target_of(instance: Model) -> Target:
    """Return an instance's item as the target of a write that changes or deletes it."""
    _changes.require_own_key(instance)
    key, sources = _strategies.key_and_sources(instance._schema, instance)
    return _strategies.Target(key, _own_check(instance), instance, sources)


def _own_check(instance: Model) -> BaseCondition | None:
    """Return the condition that the stored item is what the instance takes it for: of its class and
    its version. ``None`` where neither matters."""
    version, exactly = instance._schema.version, instance._schema.is_exactly_mine
    checks: list[BaseCondition] = []
    if version is not None:
        checks.append(version == _version(instance, version))
    if exactly is not None:
        checks.append(exactly)
    check: BaseCondition | None = join(AndCondition, checks)
    return check


def _is_other(schema: Schema) -> str | None:
    """Return what it means that an item isn't of a class, ``None`` where there is one class."""
    return None if schema.family is None else f'the item is no {schema.name}'


def _either(*meanings: str | None) -> str | None:
    return ', or '.join(filter(None, meanings)) or None


def refusal(instance: Model) -> str | None:
    """Return what it means that the check of :func:`target_of` isn't met, ``None`` for no check."""
    schema = instance._schema
    if schema.version is None:
        return _is_other(schema)
    version = _version(instance, schema.version)
    refused: str | None
    if version is None:
        name = schema.version._name
        refused = (
            f'the instance has no {name}, and the item has one; read it first, or use the methods '
            'of the class'
        )
    else:
        refused = _write.refusal_of_version(schema, version)
    return _either(refused, _is_other(schema))


def delete(instance: M) -> M | None:
    """Delete the item of an instance; see :meth:`.Model.delete`."""
    _hooks.run(instance, 'before_delete')
    model, advice = type(instance), Advice(refusal(instance))
    attributes = _write.delete(model, target_of(instance), advice)
    forget_item(instance)
    if attributes is None:
        return None
    deleted = _write.replied(model, attributes, 'deleted')
    _hooks.run(instance, 'after_delete')
    return deleted


def forget_item(instance: Model) -> None:
    """Let an instance stand for no item, now that it is deleted: saved again, it is a new one."""
    for name in (BASE, CHANGED, MIGRATED):
        instance.__dict__.pop(name, None)
    _computing.drop_computed(instance)
    version = instance._schema.version
    if version is not None:
        instance.__dict__.pop(version._name, None)


def update(instance: Model, updates: tuple[Any, ...]) -> None:
    """Change the item of an instance; see :meth:`.Model.update`."""
    model = type(instance)
    if len(updates) == 1 and (isinstance(updates[0], tuple) or is_list(updates[0])):
        (updates,) = updates
    updates = _hooks.joined(instance, checked_updates(updates, model.__name__))
    unsaved = _changes.unsaved(instance)
    touched = {update.field._path.root for update in updates if update.clause is not None}
    fields = instance._schema.fields
    kept = {
        name: value for name, value in unsaved.values.items() if fields[name]._key not in touched
    }
    target = target_of(instance)
    if MIGRATED in instance.__dict__:
        migrating = _migrating(instance, updates)
        updates = (*updates, *migrating)
        target = _without_sources(target, {update.field._name for update in migrating})
    advice = Advice(refusal(instance), gone=_write.GONE)
    try:
        stored = _write.update(model, target, updates, advice=advice, **known_version(instance))
    except ConditionalCheckFailedException as error:
        if target.check is None or is_gone(error):
            raise does_not_exist(instance) from error
        raise
    _become(instance, stored)
    _changes.restore(instance, unsaved._replace(values=kept))
    _hooks.run(instance, 'after_update')


def _migrating(instance: Model, updates: Sequence[Update]) -> list[Update]:
    """Return the updates that store what ``before_load`` has changed, and that updates which are
    given don't replace.

    What is set by these is the news, which the next load would else take for older than what it
    finds of the old layout.

    :raises ExpressionError: where one of these works on what is stored of that, or of what can't be
        stored since the instance was read in part.
    """
    schema, (values, left) = instance._schema, instance.__dict__[MIGRATED]
    replaced: set[str] = set()
    for update in updates:
        if update.clause is None:
            continue
        if _replaces(update):
            replaced.add(update.field._path.root)
        else:
            _refuse_migrated(update, update.field, values)
        for field in (update.field, *update._reads):
            _refuse_migrated(update, field, left)
        for field in update._reads:
            _refuse_migrated(update, field, values)
    return [
        _storing(schema, attribute, value)
        for attribute, value in values.items()
        if attribute not in replaced
    ]


def _replaces(update: Update) -> bool:
    """Tell whether an update leaves nothing of what is stored in its attribute."""
    whole = len(update.field._path) == 1
    sets = isinstance(update, SetUpdate) and not update.if_not_exists
    return whole and (sets or isinstance(update, RemoveUpdate))


def _refuse_migrated(update: Update, field: Field, attributes: Collection[str]) -> None:
    if field._path.root in attributes:
        raise ExpressionError(
            f'{field._label}: before_load has changed what is stored there, and the item still has '
            'the old layout; read it whole and call save(changed=True) first',
            update,
        )


def _storing(schema: Schema, attribute: str, value: Any) -> Update:
    """Return the update that stores, or takes away, an attribute."""
    field = schema.by_attribute.get(attribute)
    if field is not None:
        return RemoveUpdate(field) if value is Unread else SetUpdate(field, field._load(value))
    field = Field()
    field._name = field._key = attribute
    field._model = schema.model
    return RemoveUpdate(field) if value is Unread else SetUpdate(field, from_document(value))


def _without_sources(target: Target, names: Collection[str]) -> Target:
    """Return a target whose key may be computed from what is now stored under other names."""
    sources = target.sources and {
        name: value for name, value in target.sources.items() if name not in names
    }
    return target._replace(sources=sources)


def refresh(instance: Model, *, consistent: bool = True) -> None:
    """Read the item of an instance anew; see :meth:`.Model.refresh`."""
    schema, model = instance._schema, type(instance)
    options = read_options(schema, 'refresh', consistent=consistent)
    item = _read.one(schema, key_of(instance), options)
    if item is None:
        raise does_not_exist(instance)
    found = _loading.load(model, item)
    if type(found) is not model:
        raise does_not_exist(instance, item)
    _held.become(instance, found)


def does_not_exist(instance: Model, item: Mapping[str, Any] | None = None) -> DoesNotExist:
    """Return the error that there is no item with the key of an instance.

    :param item: the item of another class that there is.
    """
    return _read.does_not_exist(instance._schema, key_of(instance), item)
