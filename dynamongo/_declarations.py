"""Reads the body of a model class: fields, indexes and options, each checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from dynamongo._foreign import META_OPTIONS, MODEL_OPTIONS
from dynamongo._names import nearest, suggest
from dynamongo.exceptions import SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.numbers import VersionField
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import is_count, key_proto, shorten

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from dynamongo._annotations import AnyIndex
    from dynamongo.model import Model

    Computing = Callable[[Any], Any]

T = TypeVar('T')

DEFAULT_UNITS = 8

#: DynamoDB's limit on the names of attributes that are keys or named by a projection.
MAX_KEY_NAME = 255

#: DynamoDB's limit on the local indexes of one table.
MAX_LOCAL_INDEXES = 5

_INDEXES = (GlobalIndex, LocalIndex)

_TABLE_NAME = re.compile(r'[a-zA-Z0-9_.-]{1,255}')

_OPTIONS = frozenset(
    {
        '__abstract__',
        '__allow_scan__',
        '__billing_mode__',
        '__deletion_protection__',
        '__discriminator__',
        '__discriminator_value__',
        '__encryption__',
        '__extra__',
        '__hash_key__',
        '__point_in_time_recovery__',
        '__range_key__',
        '__read_units__',
        '__stream__',
        '__table__',
        '__table_class__',
        '__tags__',
        '__ttl__',
        '__write_units__',
    }
)

#: What no model has by mistake: the options, and what Python gives to classes.
_KNOWN = _OPTIONS.union(dir(type), vars(Field))

#: The options that name a field.
_NAMING = frozenset({'__hash_key__', '__range_key__', '__ttl__'})

#: How undeclared attributes that are found in the table are treated.
EXTRA_CHOICES = ('keep', 'ignore', 'forbid')

#: What the documentation promises of every model; no field may hide it.
RESERVED = frozenset(
    {
        'DoesNotExist',
        'create_table',
        'delete_many',
        'delete_one',
        'get_many',
        'get_one',
        'keys_in',
        'save_many',
        'save_one',
        'table',
        'table_name',
        'to_dict',
        'update_from_dict',
        'update_one',
    }
)


def declarations(
    model: type[Model],
) -> tuple[dict[str, Field], dict[str, AnyIndex], dict[str, Computing]]:
    """Return the fields and the indexes that a model declares and inherits, each by name, and the
    functions that compute fields: those of properties that take a field's place."""
    fields: dict[str, Field] = {}
    indexes: dict[str, AnyIndex] = {}
    computed: dict[str, Computing] = {}
    for owner in reversed(model.__mro__):
        # Models hold copies of what they inherit; what they declare themselves is kept apart.
        for name, value in vars(owner).get('_declared', vars(owner)).items():
            if isinstance(value, Field):
                _check_name(model, name, 'field', 'the attribute', 'attribute')
                fields[name] = value
                indexes.pop(name, None)
                computed.pop(name, None)
                continue
            ours = owner.__module__.partition('.')[0] == 'dynamongo'
            function = _computing(value)
            if name in fields and function is not None and not ours:
                computed[name] = function
                continue
            hidden = fields.pop(name, None)
            computed.pop(name, None)
            if isinstance(value, _INDEXES):
                _check_name(model, name, 'index', 'its name in DynamoDB', 'name')
                indexes[name] = value
                continue
            indexes.pop(name, None)
            _check_nothing_was_meant(model, name, value)
            if hidden is not None and ours:
                raise SchemaError(
                    f'{name}: Model hides the field; put the class that declares it before '
                    'the model among the bases',
                    model.__name__,
                )
            if hidden is not None and value is not None:
                raise SchemaError(
                    f'{name} takes the place of a field; a property without a setter computes it, '
                    f'{name} = None removes it',
                    model.__name__,
                )
    return fields, indexes, computed


def _computing(value: object) -> Computing | None:
    """Return the function of an attribute of a class that is a property that can't be set."""
    return value.fget if isinstance(value, property) and value.fset is None else None


def _check_name(model: type[Model], name: str, kind: str, kept: str, option: str) -> None:
    """Raise where a field or an index bears a name that is taken."""
    if name in _OPTIONS:
        takes = 'the name of a field, a str' if name in _NAMING else f'no {kind}'
        raise SchemaError(f'{name} takes {takes}', model.__name__)
    if name in RESERVED:
        raise SchemaError(
            f'{name}: every model has a method of that name; '
            f"rename the {kind} and keep {kept} with {option}='{name}'",
            model.__name__,
        )


def _check_nothing_was_meant(model: type[Model], name: str, value: object) -> None:
    """Raise where a field or an index was meant, and something close to it was written."""
    for classes, kind, call in ((Field, 'a field', '()'), (_INDEXES, 'an index', '(...)')):
        if isinstance(value, type) and issubclass(value, classes) and not name.startswith('_'):
            raise SchemaError(
                f'{name} is {kind} class; write {value.__name__}{call}', model.__name__
            )
        if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], classes):
            raise SchemaError(
                f'{name} is a tuple of {kind}; remove the comma after it', model.__name__
            )


def bind_fields(
    model: type[Model], declared: dict[str, Field], computed: dict[str, Computing]
) -> dict[str, Field]:
    """Give the model copies of its fields, and return them by name.

    :param dict computed: name to function, of the fields that are computed.
    """
    bound = {}
    for name, field in declared.items():
        bound[name] = field = field._clone()
        try:
            field.set_name(name)
        except SchemaError as error:
            raise SchemaError(f'{name}: {error}', model.__name__) from error
        field._model = model
        if name in computed:
            _compute(model, field, computed[name])
        setattr(model, name, field)
        _check_default(model, field)
    _check_attributes(model, bound)
    return bound


def _compute(model: type[Model], field: Field, function: Computing) -> None:
    """Let the values of a field be computed by a property."""
    if isinstance(field, VersionField):
        raise SchemaError(f'{field._name}: a VersionField is counted, not computed', model.__name__)
    field._compute, field._is_computed = function, True


def _check_attributes(model: type[Model], fields: dict[str, Field]) -> None:
    stored: dict[str, str] = {}
    for name, field in fields.items():
        other = stored.setdefault(field._key, name)
        if other != name:
            raise SchemaError(
                f'{name} and {other} are both stored as {field._key!r}; give one of them another '
                'attribute',
                model.__name__,
            )


def read_aliases(model: type[Model], fields: dict[str, Field]) -> dict[str, str]:
    """Return the other names that fields are given by, as alias to field name."""
    aliases: dict[str, str] = {}
    for name, field in fields.items():
        for alias in field._aliases:
            if alias in fields or aliases.setdefault(alias, name) != name:
                raise SchemaError(
                    f'{name}: {alias!r}, in deserialize_from, is a name of another field too; '
                    'leave it out of one of them',
                    model.__name__,
                )
    return aliases


def _check_default(model: type[Model], field: Field) -> None:
    """Raise where a constant default is no valid value of its field."""
    try:
        field._check_default()
    except ValidationError as error:
        raise SchemaError(f'has an invalid default: {error}', model.__name__) from error


def check_options(model: type[Model]) -> None:
    """Raise where the class sets what looks like an option and is none."""
    for name in vars(model):
        if name.startswith('__') and name.endswith('__') and name not in _KNOWN:
            close = MODEL_OPTIONS.get(name) or nearest(name, _OPTIONS, cutoff=0.85)
            if close is not None:
                raise SchemaError(f'{name} is no option; did you mean {close}?', model.__name__)


def check_meta(model: type) -> None:
    """Raise where the class says its options in a class or a dict inside, as elsewhere."""
    for inner in ('Meta', 'meta'):
        said = vars(model).get(inner)
        names = said if isinstance(said, dict) else getattr(said, '__dict__', {})
        found = [name for name in names if name in META_OPTIONS]
        if found:
            ways = '; '.join(f'for {name}, {META_OPTIONS[name]}' for name in found)
            raise SchemaError(
                f'{inner}: options are attributes of the model and settings of the connection; '
                f'write {ways}',
                model.__name__,
            )


def choice(model: type[Model], option: str, choices: tuple[T, ...]) -> T:
    """Return the value of an option that is one of some; the first is the default."""
    value: T = getattr(model, option, choices[0])
    if value not in choices:
        allowed = ', '.join(map(str, choices))
        raise SchemaError(f'{option} must be one of {allowed}', model.__name__, value)
    return value


def abstract_flag(model: type[Model]) -> bool:
    """Tell whether a class is abstract, which those below it don't inherit."""
    return '__abstract__' in model.__dict__ and flag(model, '__abstract__', False)


def flag(model: type[Model], option: str, default: bool) -> bool:
    """Return the value of an option that is ``True`` or ``False``."""
    value = getattr(model, option, default)
    if not isinstance(value, bool):
        raise SchemaError(f'{option} must be True or False', model.__name__, value)
    return value


def units(model: type[Model], option: str) -> int:
    """Return the value of an option that is a number of units of throughput."""
    units = getattr(model, option, None)
    if units is None:
        return DEFAULT_UNITS
    if not is_count(units):
        raise SchemaError(f'{option} must be an int of at least 1', model.__name__, units)
    return units


def table_name(model: type[Model]) -> str:
    """Return the name of the table, prefix not included."""
    table = getattr(model, '__table__', None)
    if table is None or table == '':
        raise SchemaError(
            'has no __table__: name its table, or set __abstract__ = True', model.__name__
        )
    if not isinstance(table, str) or not _TABLE_NAME.fullmatch(table):
        raise SchemaError(
            '__table__ must be at most 255 of the characters a-z A-Z 0-9 _ . -',
            model.__name__,
            table,
        )
    return table


def field_named(model: type[Model], owner: str, name: object, fields: dict[str, Field]) -> Field:
    """Return the field that an option or an index names."""
    field = fields.get(name) if isinstance(name, str) else None
    if field is None:
        hint = suggest(name, fields)
        raise SchemaError(f'has no field {shorten(name)} for its {owner}{hint}', model.__name__)
    return field


def key_field(model: type[Model], owner: str, name: object, fields: dict[str, Field]) -> Field:
    """Return the field that an option or an index names as a key.

    :param str owner: the name of the option or the index.
    """
    field = field_named(model, owner, name, fields)
    try:
        key_proto(field)
    except ValueError as error:
        raise SchemaError(f'{owner} {name!r}: {error}', model.__name__) from error
    if not field._is_scalar:
        raise SchemaError(
            f"{owner} {name!r}: {type(field).__name__} can't be a key", model.__name__
        )
    check_short_name(model, owner, field)
    return field


def check_short_name(model: type[Model], owner: str, field: Field) -> None:
    """Raise where the attribute of a field has a longer name than DynamoDB takes in a key."""
    if len(field._key) > MAX_KEY_NAME:
        raise SchemaError(
            f'{owner} {field._name!r}: the attribute of a key, and what a projection names, has a '
            f'name of at most {MAX_KEY_NAME} characters, not {len(field._key)}',
            model.__name__,
        )


def version_field(
    model: type[Model], fields: dict[str, Field], keys: tuple[Field, ...]
) -> VersionField | None:
    """Return the field that counts versions, or ``None``."""
    found = [field for field in fields.values() if isinstance(field, VersionField)]
    if len(found) > 1:
        names = ' and '.join(field._name for field in found)
        raise SchemaError(f'has more than one VersionField: {names}; keep one', model.__name__)
    if found and any(field is found[0] for field in keys):
        raise SchemaError(
            f'{found[0]._name}: a VersionField changes with every write, so it is no key',
            model.__name__,
        )
    return found[0] if found else None


def bind_indexes(
    model: type[Model],
    declared: dict[str, AnyIndex],
    fields: dict[str, Field],
    keys: tuple[Field, ...],
    always: tuple[Field, ...] = (),
) -> dict[str, AnyIndex]:
    """Give the model copies of its indexes, which know its fields; return them by name.

    :param dict fields: the fields of the model by name.
    :param keys: the key fields of the table.
    :param always: the fields that each index holds.
    """
    bound: dict[str, AnyIndex] = {}
    names: dict[str, str] = {}
    for attribute, index in declared.items():
        hash_key, range_key = _index_keys(model, attribute, index, fields, keys)
        listed = None if index.projection == 'all' else [*always]
        if not isinstance(index.projection, str):
            owner = f'projection of {attribute}'
            named = [field_named(model, owner, name, fields) for name in index.projection]
            for field in named:
                check_short_name(model, owner, field)
            listed = list(dict.fromkeys([*always, *named]))
        bound[attribute] = own = index._bind(model, attribute, hash_key, range_key, listed, keys)
        other = names.setdefault(own.name, attribute)
        if other != attribute:
            raise SchemaError(
                f'{attribute} and {other} are both called {own.name!r}; '
                "call one of them otherwise by name='...'",
                model.__name__,
            )
        setattr(model, attribute, own)
    local = [name for name, index in bound.items() if isinstance(index, LocalIndex)]
    if len(local) > MAX_LOCAL_INDEXES:
        raise SchemaError(
            f'has more than {MAX_LOCAL_INDEXES} of LocalIndex; declare a GlobalIndex',
            model.__name__,
            ', '.join(local),
        )
    return bound


def _index_keys(
    model: type[Model],
    attribute: str,
    index: AnyIndex,
    fields: dict[str, Field],
    keys: tuple[Field, ...],
) -> tuple[Field, Field | None]:
    """Return the hash key and the range key, or ``None``, of an index."""
    hash_name, range_name = index._key_names
    if not isinstance(index, LocalIndex):
        hash_key = key_field(model, attribute, hash_name, fields)
        if range_name is None:
            return hash_key, None
        return hash_key, key_field(model, attribute, range_name, fields)
    if len(keys) == 1:
        raise SchemaError(
            f'{attribute}: a LocalIndex needs a table with a __range_key__; declare a GlobalIndex',
            model.__name__,
        )
    range_key = key_field(model, attribute, range_name, fields)
    if range_key is keys[0]:
        raise SchemaError(
            f'{attribute}: a LocalIndex has the hash key of the table; name another range key',
            model.__name__,
            range_name,
        )
    return keys[0], range_key
