"""What the methods of instances do: each works on the item that the instance stands for."""

from dynamongo import _changes, _compile, _items, _read, _strategies, _write
from dynamongo._errors import Advice
from dynamongo._options import read_options
from dynamongo.conditions import AndCondition, join
from dynamongo.exceptions import ConditionalCheckFailedException, ValidationError
from dynamongo.updates import checked_updates
from dynamongo.utils import shorten

_GONE = "there is no such item any more, or it doesn't meet the condition"


def save(instance, overwrite=True, *, changed=False):
    """Save an instance, whole or what has changed; see :meth:`.Model.save`."""
    schema = instance._schema
    if not isinstance(changed, bool):
        raise ValidationError(f'{schema.name}.save: changed is True or False, not {changed!r}')
    overwrite = _write.overwrite_of(schema, overwrite)
    if changed and _changes.is_stored(instance):
        _save_changes(instance, overwrite)
    else:
        _write.put(instance, overwrite)


def _save_changes(instance, overwrite):
    schema = instance._schema
    if overwrite is False:
        raise ValidationError(
            f'{schema.name}.save: changed=True changes the item that was read, and overwrite=False '
            'refuses to; leave one of them out'
        )
    changes = _changes.changes_of(instance)
    if not (changes.values or changes.removed):
        return
    checks = [] if overwrite is True else [overwrite]
    if schema.version is not None:
        checks.append(version_of(instance))
    request = _compile.change(schema, key_of(instance), changes, join(AndCondition, checks))
    advice = Advice(refusal(instance) or _GONE)
    stored = _write.send_update(type(instance), request, advice)
    _items.become(instance, stored)


def key_of(instance):
    """Return the key of an instance."""
    return _strategies.read_key(instance._schema, instance)


def version_of(instance):
    """Return the condition that the stored item has the version of an instance."""
    return instance._schema.version == _version(instance)


def _version(instance):
    # By the attribute, so that a version that wasn't read is asked for, and not taken for none.
    return getattr(instance, instance._schema.version._name)


def target_of(instance):
    """Return an instance's item as the target of a write that changes or deletes it."""
    check = None if instance._schema.version is None else version_of(instance)
    return _strategies.Target(key_of(instance), check, instance)


def refusal(instance):
    """Return what it means that the check of :func:`target_of` isn't met."""
    schema = instance._schema
    if schema.version is None:
        return None
    return _write.refusal_of_version(schema, _version(instance))


def delete(instance):
    """Delete the item of an instance; see :meth:`.Model.delete`."""
    deleted = _write.delete_one(type(instance), target_of(instance), refused=refusal(instance))
    # Saved again, it is a new item.
    for name in ('_base', '_changed'):
        instance.__dict__.pop(name, None)
    if instance._schema.version is not None:
        instance.__dict__.pop(instance._schema.version._name, None)
    return deleted


def update(instance, updates):
    """Change the item of an instance; see :meth:`.Model.update`."""
    model = type(instance)
    if len(updates) == 1 and isinstance(updates[0], (list, tuple)):
        (updates,) = updates
    updates = checked_updates(updates)
    unsaved = _unsaved(instance, updates)
    target = target_of(instance)
    try:
        stored = _write.update_one(model, target, updates, refused=refusal(instance))
    except ConditionalCheckFailedException as error:
        if target.check is None:
            raise does_not_exist(instance) from error
        raise
    _items.become(instance, stored, unsaved)


def _unsaved(instance, updates):
    """Return the names of the fields that have been changed, and that updates don't touch."""
    if not _changes.is_stored(instance):
        return []
    touched = {update.field._path.root for update in updates}
    fields = instance._schema.fields
    return [name for name in _changes.unsaved_names(instance) if fields[name]._key not in touched]


def refresh(instance, *, consistent=True):
    """Read the item of an instance anew; see :meth:`.Model.refresh`."""
    schema, model = instance._schema, type(instance)
    options = read_options(schema, 'refresh', consistent=consistent)
    item = _read.one(schema, key_of(instance), options)
    if item is None:
        raise does_not_exist(instance)
    _items.become(instance, _items.load(model, item))


def does_not_exist(instance):
    """Return the error that there is no item with the key of an instance."""
    model = type(instance)
    return model.DoesNotExist(f'no {model.__name__} has the key {shorten(key_of(instance))}')
