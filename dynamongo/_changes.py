"""What has been changed in an instance since its item was read or saved."""

import typing

from dynamongo import _items
from dynamongo._documents import same_document
from dynamongo._partial import PartialDict
from dynamongo.exceptions import PartialItemError, Problem, ValidationError
from dynamongo.utils import is_empty

_EMPTY = ([], {}, None)


class Changes(typing.NamedTuple):
    """The difference between an instance and its stored item.

    ``values`` is attribute name to primitive of what is to be set, ``removed`` the attribute names
    of what is gone, and ``names`` those of all the fields that are concerned.
    """

    values: dict
    removed: list
    names: list


def is_stored(instance):
    """Tell whether an instance stands for an item that has been read or saved."""
    return '_base' in instance.__dict__


def changes_of(instance):
    """Return the changes of an instance that is stored.

    :raises ValidationError: where a value that has changed is invalid, or the key has changed.
    :raises PartialItemError: where a dict that was read in part has changed.
    """
    schema = instance._schema
    changes = Changes({}, [], [])
    problems = []
    for name in changed_names(instance):
        field = schema.fields[name]
        try:
            primitive = _items.dump_value(instance, field)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
            continue
        if _is_as_stored(instance, field, primitive):
            continue
        if field._key in schema.key_attributes:
            message = 'is part of the key, which a stored item keeps; save() stores another item'
            problems.append(Problem(message, primitive, (name,)))
        changes.names.append(name)
        _note(changes, field._key, primitive)
    problems += _items.index_problems(schema, changes.values, problems)
    problems += _note_extra(instance, changes)
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return changes


def unsaved_names(instance):
    """Return the names of the fields that differ from the stored item, valid or not."""
    names = []
    for name in changed_names(instance):
        field = instance._schema.fields[name]
        try:
            primitive = _items.dump_value(instance, field)
        except ValidationError:
            names.append(name)
        else:
            if not _is_as_stored(instance, field, primitive):
                names.append(name)
    return names


def changed_names(instance):
    """Return the names of the fields that may have been changed: set, or changeable in place."""
    schema, values = instance._schema, instance.__dict__
    base, recorded = values['_base'], values.get('_changed', {})
    names = []
    for name, field in schema.fields.items():
        if field is schema.version:
            continue
        if isinstance(base.get(field._key), PartialDict):
            if name not in recorded:
                _require_unchanged(instance, field, base)
            elif values.get(name) is not None:
                names.append(name)
            continue
        if name in recorded or field._key in base or _may_hold_more(values.get(name)):
            names.append(name)
    return names


def _may_hold_more(value):
    """Tell whether a value is a list, a dict or the like that isn't empty."""
    return type(value) not in _items.FIXED and value not in _EMPTY


def _require_unchanged(instance, field, base):
    if instance.__dict__.get(field._name) != base[field._key]:
        raise PartialItemError(
            f'{field._label} was read in part and has changed; set its members by update(), '
            f'for instance {field._label}[name].set(value), or read the item whole'
        )


def _is_as_stored(instance, field, primitive):
    """Tell whether a field's primitive is what the item has."""
    base = instance.__dict__['_base']
    if isinstance(base.get(field._key), PartialDict):
        return False
    if field._key in base:
        before = base[field._key]
    else:
        before = instance.__dict__.get('_changed', {}).get(field._name)
        try:
            before = field._primitive(before)
        except ValidationError:  # What was read is no value of the field's.
            return False
    if before is None and primitive in _EMPTY:
        return True
    return same_document(before, primitive)


def _note(changes, attribute, primitive):
    if is_empty(primitive):
        changes.removed.append(attribute)
    else:
        changes.values[attribute] = primitive


def _note_extra(instance, changes):
    """Take up the changes of undeclared attributes, and return their problems."""
    schema = instance._schema
    if _items.tree_read(instance) is not None:
        return []
    base = instance.__dict__['_base']
    known = {name: value for name, value in base.items() if name not in schema.by_attribute}
    extra, problems = _items.dump_extra(schema, instance.__dict__.get('_extra') or {})
    for name, primitive in extra.items():
        if name not in known or not same_document(known[name], primitive):
            changes.values[name] = primitive
    changes.removed.extend(name for name in known if name not in extra)
    return problems
