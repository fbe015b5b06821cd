"""Instances to and from what is stored."""

import contextlib
import copy
import datetime
import decimal
import typing
import uuid

from dynamongo._documents import from_document, to_document
from dynamongo._partial import PartialDict
from dynamongo.exceptions import PartialItemError, Problem, ValidationError
from dynamongo.utils import is_empty

# What an instance keeps in its __dict__ besides the values of its fields.

#: The undeclared attributes, where there are any.
EXTRA = '_dynamongo_extra'

#: The tree of what was read, where the item was read in part.
ONLY = '_dynamongo_only'

#: Of an instance that is stored: attribute name to the stored form of what may change without being
#: set anew, which are lists, dicts and the like, and undeclared attributes.
BASE = '_dynamongo_base'

#: Field name to the value that a field had before it was set.
CHANGED = '_dynamongo_changed'

#: The types of values that can't change without being set anew.
FIXED = frozenset(
    {
        bool,
        bytes,
        datetime.date,
        datetime.datetime,
        datetime.timedelta,
        decimal.Decimal,
        float,
        int,
        str,
        type(None),
        uuid.UUID,
    }
)


class Dumped(typing.NamedTuple):
    """An instance as it is to be stored.

    ``item`` is attribute name to primitive, ``values`` is field name to value as it will read back,
    and ``version`` is the version that the stored item must have, ``None`` for none, where the
    model has a :class:`.VersionField`.
    """

    item: dict
    values: dict
    version: object = None


def dump(instance):
    """Return an instance as it is to be stored, a :class:`Dumped`.

    :raises ValidationError: with the problems of all the fields.
    :raises PartialItemError: where the instance was read in part.
    """
    schema = instance._schema
    require_whole(instance)
    problems, item, values = [], {}, {}
    for name, field in schema.fields.items():
        try:
            primitive = dump_value(instance, field)
            if not is_empty(primitive):
                item[field._key] = primitive
                values[name] = field._load(primitive)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    problems += _key_problems(schema, item, problems)
    problems += index_problems(schema, item, problems)
    extra, extra_problems = dump_extra(schema, instance.__dict__.get(EXTRA) or {})
    item.update(extra)
    problems += extra_problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    if schema.version is None:
        return Dumped(item, values)
    field = schema.version
    version = values.get(field._name)
    item[field._key] = values[field._name] = field._after(version)
    return Dumped(item, values, version)


def dump_value(instance, field):
    """Return the primitive of a field's value, validated."""
    value = type(field).validate(field, instance.__dict__.get(field._name))
    return field._primitive(value)


def require_whole(instance):
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


def tree_read(instance):
    """Return the tree of the fields that were read, or ``None`` where all were.

    See :class:`.Projection`.
    """
    return instance.__dict__.get(ONLY)


def dump_extra(schema, extra):
    """Return undeclared attributes as they are stored, and their problems."""
    problems = [
        Problem('is declared; set the attribute of the instance instead', path=(name,))
        for name in extra
        if name in schema.fields or name in schema.by_attribute
    ]
    if extra and schema.extra == 'forbid':
        problems.append(Problem("__extra__ = 'forbid' refuses undeclared attributes", extra))
    try:
        return to_document(extra), problems
    except ValidationError as error:
        return {}, problems + error.problems


def _key_problems(schema, item, known):
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


def index_problems(schema, item, known):
    """Yield the problems that the indexes have with an item, and that are not known yet."""
    reported = {problem.path[0] for problem in known}
    for field in schema.index_keys:
        if field._key in item and field._name not in reported:
            try:
                schema.check_index_key_size(field, item[field._key])
            except ValidationError as error:
                yield from (problem.within(field._name) for problem in error.problems)


class Unread:
    """Stands for the value of a field that wasn't read."""


def settle(instance, dumped):
    """Give an instance the values that have been stored, now that they have."""
    forget(instance)
    instance.__dict__.update(dumped.values)
    if instance.__dict__.pop(EXTRA, None):
        instance.__dict__[EXTRA] = extra_of(instance._schema, dumped.item)
    _remember(instance, dumped.item, keep_extra=True)


def extra_of(schema, item):
    """Return the undeclared attributes of an item, as an instance shows them."""
    return {
        name: from_document(primitive)
        for name, primitive in item.items()
        if name not in schema.by_attribute
    }


def forget(instance):
    """Take from an instance the values of its fields, and what is known of the stored item."""
    for name in (*instance._schema.fields, BASE, CHANGED):
        instance.__dict__.pop(name, None)


def become(instance, other):
    """Give an instance all that another one of its item has."""
    forget(instance)
    instance.__dict__.pop(ONLY, None)
    instance.__dict__.pop(EXTRA, None)
    instance.__dict__.update(other.__dict__)


def note_change(instance, name):
    """Keep what a field has before it is set, as far as it isn't kept already."""
    values = instance.__dict__
    if BASE in values:
        tree = tree_read(instance)
        unread = tree is not None and name not in tree
        before = Unread if unread else values.get(name)
        values.setdefault(CHANGED, {}).setdefault(name, before)


def _remember(instance, item, *, keep_extra):
    """Keep what :mod:`._changes` can't know otherwise."""
    base = {}
    for attribute, primitive in item.items():
        field = instance._schema.by_attribute.get(attribute)
        if field is None:
            if keep_extra:
                base[attribute] = primitive
            continue
        value = instance.__dict__.get(field._name)
        if isinstance(value, PartialDict):
            base[attribute] = copy.deepcopy(value)
        elif type(value) not in FIXED:
            base[attribute] = primitive
    instance.__dict__[BASE] = base or _NOTHING


#: Shared by all instances of which nothing has to be kept, and never changed.
_NOTHING = {}


def load(model, item, projection=None):
    """Return a stored item as an instance.

    :param type model: the model class.
    :param dict item: attribute name to primitive, as boto3 returns it.
    :param Projection projection: which part of the item was asked for. Default: all of it.
    :raises ValidationError: where what is stored can't be read by its field, or is undeclared and
        forbidden; names the key of the item.
    """
    schema = model._schema
    problems, values, extra = [], {}, {}
    if projection is not None:
        item = {name: value for name, value in item.items() if name in projection.stored}
    for attribute, primitive in item.items():
        field = schema.by_attribute.get(attribute)
        if field is None:
            extra[attribute] = primitive
        elif primitive is not None:
            try:
                values[field._name] = field._load(primitive)
            except ValidationError as error:
                problems += (problem.within(field._name) for problem in error.problems)
    if extra and schema.extra == 'forbid':
        problems += (
            Problem("undeclared attribute, which __extra__ = 'forbid' refuses", path=(name,))
            for name in extra
        )
    for field in schema.keys:
        if field._key not in item:
            problems.append(Problem('the item has no such key', path=(field._name,)))
    kept = {}
    if schema.extra == 'keep':
        for name, primitive in extra.items():
            try:
                kept[name] = from_document(primitive)
            except ValidationError as error:
                problems += (problem.within(name) for problem in error.problems)
    if problems:
        key = dict(_readable_key(schema, item))
        raise ValidationError(problems=problems, where=f'{schema.name} read from {key!r}')
    instance = model.__new__(model)
    if projection is not None:
        values = _shown(schema, values, projection)
        instance.__dict__[ONLY] = projection.fields
    instance.__dict__.update(values)
    if kept:
        instance.__dict__[EXTRA] = kept
    _remember(instance, item, keep_extra=bool(kept))
    return instance


def _readable_key(schema, item):
    for name in schema.key_attributes:
        with contextlib.suppress(ValidationError):
            yield name, from_document(item.get(name))


def _shown(schema, values, projection):
    """Return values as far as they were asked for; what was read of a dict is known to it."""
    shown = {}
    for name, tree in projection.fields.items():
        if name in values or tree is not None:
            shown[name] = projection.shown(schema.fields[name], values.get(name))
    return shown
