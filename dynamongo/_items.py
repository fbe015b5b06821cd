"""Instances to and from what is stored."""

import contextlib
import typing

from dynamongo import _hooks
from dynamongo._codecs.keys import SHORT_KEY
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._documents import from_document, to_document
from dynamongo._known import known_of, noted
from dynamongo._partial import without_marks
from dynamongo._wire.values import Stored, decode, decode_item, encode_item
from dynamongo.exceptions import PartialItemError, Problem, ValidationError

# What an instance keeps in its __dict__ besides the values of its fields.

#: The undeclared attributes, where there are any.
EXTRA = '_dynamongo_extra'

#: The tree of what was read, where the item was read in part.
ONLY = '_dynamongo_only'

#: Of an instance that is stored: what :func:`known` reads.
BASE = '_dynamongo_base'

#: Field name to the value that a field had before it was set.
CHANGED = '_dynamongo_changed'

#: Sets an attribute of an instance unwatched; models override what it is usually set by.
set_unwatched = object.__setattr__


class Dumped(typing.NamedTuple):
    """An instance as it is to be stored.

    ``item`` is attribute name to primitive. ``held`` is the ``__dict__`` of the instance at that
    moment, and ``values`` is what differs from it once it is stored: field name to value as it will
    read back, ``None`` for what isn't stored, and copies of what may change. ``version`` is the
    version that the stored item must have, ``None`` for none, where the model has a
    :class:`.VersionField`.
    """

    item: dict
    held: dict
    values: dict
    version: object = None


def dump(instance):
    """Return an instance as it is to be stored, a :class:`Dumped`.

    :raises ValidationError: with the problems of all the fields.
    :raises PartialItemError: where the instance was read in part.
    """
    schema = instance._schema
    require_whole(instance)
    held = instance.__dict__
    problems, uncomputed, item, values = [], [], {}, {}
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
    if schema.tag is not None:
        problems += _tag(schema, item, values)
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


def _tag(schema, item, values):
    """Let an item say which class it is of, and return the problem if it says something else."""
    field = schema.discriminator
    given = item.setdefault(field._key, schema.tag)
    if given == schema.tag:
        values[field._name] = field._default
        return []
    message = f'says which class the item is of, and is {field._default!r} in {schema.name}'
    return [Problem(message, field._load(given), (field._name,))]


def with_computed(instance):
    """Return what an instance holds together with what is computed, and the problems of that."""
    problems, held = [], dict(instance.__dict__)
    for field in instance._schema.computed:
        name = field._name
        try:
            if field._is_computed:
                held[name] = _recomputed(instance, field)
            elif held.get(name) is None and BASE not in held:
                held[name] = field._computed_for(instance)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return {name: value for name, value in held.items() if value is not None}, problems


def _recomputed(instance, field):
    """Return the value that a field is computed as.

    :raises ValidationError: where the instance has another one, unless that is what was read, and
        no key, which would make another item of it.
    """
    held = instance.__dict__
    value = field._computed_for(instance)
    given = held.get(field._name)
    is_old = BASE in held and field._key not in instance._schema.key_attributes
    if (
        given is not None
        and not is_old
        and field._stored_form(field._native(given)) != field._stored_form(value)
    ):
        message = (
            f'is computed as {value!r}; set what it is computed from, and leave it out'
            if BASE not in held
            else f'is computed as {value!r}, and what was read has another key'
        )
        raise ValidationError(problems=[Problem(message, given)])
    return value


def compute(instance):
    """Let an instance hold what is always computed, as it is computed now.

    What was read in part keeps what can't be computed of it.
    """
    for field in instance._schema.always_computed:
        name, held = field._name, instance.__dict__
        try:
            value = _recomputed(instance, field)
        except PartialItemError:
            continue
        if held.get(name) != value:
            note_change(instance, name)
            held[name] = value


def forget_computed(instance):
    """Let go of what is computed, since what it is computed from is about to change.

    What was read in part keeps it: the rest may not be there to compute it from.
    """
    held = instance.__dict__
    if tree_read(instance) is None:
        for field in instance._schema.always_computed:
            if field._name in held:
                note_change(instance, field._name)
                del held[field._name]


def _may_be_no_key(primitive):
    """Tell whether a primitive has to be looked at more closely before it may be a key."""
    kind = type(primitive)
    return not (kind is int or (kind is str and 0 < len(primitive) <= SHORT_KEY))


def dump_value(instance, field):
    """Return the primitive of a field's value, validated; ``None`` where nothing is stored."""
    value = type(field).validate(field, instance.__dict__.get(field._name))
    return field._stored_form(value)


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


def names_held(instance):
    """Return the names of the fields that an instance holds: all, or those that were read."""
    read = tree_read(instance)
    names = list(instance._schema.fields)
    if read is None:
        return names
    return [name for name in names if name in read or name in instance.__dict__]


def value_of(instance, name):
    """Return the value of a field, and leave the instance as it is."""
    try:
        return instance.__dict__[name]
    except KeyError:
        read = tree_read(instance)
        field = instance._schema.fields[name]
        if (read is not None and name not in read) or field._compute is not None:
            return instance._absent(field)
        return field._absent_value()


def extra_held(instance):
    """Return the undeclared attributes of an instance, and leave it as it is."""
    return instance.__dict__.get(EXTRA) or {}


def require_extra(instance):
    """Raise where an instance was read without undeclared attributes."""
    if tree_read(instance) is not None:
        raise PartialItemError(f'{instance!r} was read in part, without undeclared attributes')


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


def as_stored(instance, dumped):
    """Return field name to value as it will read back, for what is stored of an instance."""
    values = {**dumped.held, **dumped.values}
    names = instance._schema.fields
    return {name: values[name] for name in names if values.get(name) is not None}


def settle(instance, dumped):
    """Give an instance the values that have been stored, now that they have."""
    forget(instance)
    held = instance.__dict__
    held.update(as_stored(instance, dumped))
    if held.pop(EXTRA, None):
        held[EXTRA] = extra_of(instance._schema, dumped.item)
    remember(instance)


def settle_untouched(instance, dumped):
    """Do the same for an instance that has only the values that have been dumped."""
    held = instance.__dict__
    held.pop(CHANGED, None)
    for name, value in dumped.values.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value
    remember(instance)


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


def make_new(instance):
    """Let an instance that has been loaded count as one that was never read nor saved."""
    for name in (BASE, CHANGED):
        instance.__dict__.pop(name, None)


def remember(instance):
    """Keep what :mod:`._changes` can't know otherwise of an instance that is as it is stored."""
    held = instance.__dict__
    base = ()
    for name, flat in instance._schema.mutable.items():
        if name in held:
            base = noted(base, name, held[name], flat)
    if held.get(EXTRA):
        base = noted(base, EXTRA, held[EXTRA])
    held[BASE] = base


def known(instance):
    """Return what is known of the stored item of an instance, apart from what can't have changed.

    :returns: field name to value, and :data:`EXTRA` to the undeclared attributes, where there are
        any.
    """
    return known_of(instance.__dict__[BASE])


def load(model, item, projection=None, hooked=True):
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
        schema = _schema_of(schema, wire)
        model = schema.model
    if projection is not None:
        wire = _asked_for(wire, projection)
    if hooked and schema.hooks:
        return _load_by_hooks(model, wire, projection)
    instance = model.__new__(model)
    left, base = len(wire), ()
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
    if projection is not None:
        _narrow(instance, projection)
    return instance


def load_dict(model, item, projection=None, *, extra=False):
    """Return a stored item as the dict that ``to_dict`` makes of its instance, without making one.

    The parameters, and what it raises, are those of :func:`load`. What was read in part is a plain
    dict as well.

    :param bool extra: add the undeclared attributes. Default ``False``.
    """
    schema = model._schema
    wire = item.wire if type(item) is Stored else encode_item(item)
    if schema.family is not None:
        schema = _schema_of(schema, wire)
    if projection is not None:
        wire = _asked_for(wire, projection)
    for field in schema.always_computed:
        if field._key not in wire and (projection is None or field._name in projection.fields):
            # It takes an instance to compute it.
            return _as_dict(load(model, item, projection), extra)
    values, left = {}, len(wire)
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
            values = {**_load_extra(schema, wire), **values}
        _require_key(schema, wire)
    except ValidationError as error:
        raise _unreadable(schema, wire) or error from error.__cause__
    if projection is None:
        return values
    return {
        name: without_marks(projection.shown(schema.fields[name], value))
        for name, value in values.items()
    }


def _as_dict(instance, extra):
    """Return the values of an instance that has been loaded, in a dict."""
    values = {name: without_marks(value_of(instance, name)) for name in names_held(instance)}
    return {**extra_held(instance), **values} if extra else values


#: Stands for an attribute that an item doesn't have.
_ABSENT = object()


def _schema_of(schema, wire):
    """Return the schema of the class that an item is of, where several share the table."""
    family = schema.family
    try:
        value = wire.get(family.attribute)
        return family.schema_of(schema, None if value is None else decode(value))
    except ValidationError as error:
        key = dict(_readable_key(schema, decode_item(wire)))
        error.where = f'{schema.name} read from {key!r}'
        raise


def _asked_for(wire, projection):
    """Return what was asked for of an item on the wire."""
    return {name: value for name, value in wire.items() if name in projection.stored}


def _require_key(schema, wire):
    for attribute in schema.key_attributes:
        if attribute not in wire:
            raise ValidationError('the item has no such key')


def _load_extra(schema, wire):
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


def _unreadable(schema, wire):
    """Return the error with all that is wrong with an item, or ``None`` if nothing is."""
    problems, extra = [], []
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
    key = dict(_readable_key(schema, decode_item(wire)))
    return ValidationError(problems=problems, where=f'{schema.name} read from {key!r}')


def _readable_key(schema, item):
    for name in schema.key_attributes:
        with contextlib.suppress(ValidationError):
            yield name, from_document(item.get(name))


def _narrow(instance, projection):
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


def _load_by_hooks(model, stored, projection):
    schema, wire = model._schema, stored
    if 'before_load' in schema.hooks:
        wire = _hooks.migrated(schema, stored)
    instance = load(model, Stored(wire), projection, hooked=False)
    if wire is not stored:
        _note_migration(instance, stored, wire, projection)
    _hooks.run(instance, 'after_load')
    return instance


def _note_migration(instance, stored, wire, projection):
    """Let what a hook has changed of a stored item count as changed and not saved.

    Of what was read in part nothing could be saved.
    """
    schema, held = instance._schema, instance.__dict__
    base, changed = dict(known(instance)), {}
    extra = dict(base.pop(EXTRA, {}))
    for attribute in {**stored, **wire}:
        if stored.get(attribute) is wire.get(attribute):
            continue
        field = schema.by_attribute.get(attribute)
        if field is None:
            extra.pop(attribute, None)
            if attribute in stored:
                extra[attribute] = from_document(decode(stored[attribute]))
        elif projection is None or projection.fields.get(field._name, False) is None:
            base.pop(field._name, None)
            changed[field._name] = Unread
    if extra and projection is None:
        base[EXTRA] = extra
    if changed:
        held[CHANGED] = changed
    held[BASE] = base or ()
