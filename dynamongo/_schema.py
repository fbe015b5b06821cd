"""What a model class declares, read and checked once, when the class is made."""

import difflib
import re

from dynamongo._paths import Operand
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import is_empty, is_subclass, key_proto, utf8

DEFAULT_UNITS = 8

#: Limits of key values in bytes of UTF-8: `Quotas, Partition keys and sort keys
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_KEY_BYTES = {'hash': 2048, 'range': 1024}
MAX_LOCAL_INDEXES = 5

_TABLE_NAME = re.compile(r'[a-zA-Z0-9_.-]{1,255}')

_OPTIONS = frozenset(
    {
        '__abstract__',
        '__allow_scan__',
        '__extra__',
        '__hash_key__',
        '__range_key__',
        '__read_units__',
        '__table__',
        '__write_units__',
    }
)

#: What the options are called elsewhere.
_SYNONYMS = {
    '__partition_key__': ['__hash_key__'],
    '__primary_key__': ['__hash_key__'],
    '__read_capacity_units__': ['__read_units__'],
    '__sort_key__': ['__range_key__'],
    '__table_name__': ['__table__'],
    '__tablename__': ['__table__'],
    '__write_capacity_units__': ['__write_units__'],
}

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


class Schema:
    """The fields, keys and options of one model.

    :param type model: the model class, complete with all that it inherits.
    :raises SchemaError: where the declaration can't work; names class and attribute.
    """

    def __init__(self, model):
        self.model = model
        self.name = model.__name__
        self.abstract = bool(model.__dict__.get('__abstract__', False))
        self.fields = _bind_fields(model)
        self.by_attribute = {field._key: field for field in self.fields.values()}
        self.aliases = _aliases(model, self.fields)
        _check_options(model)
        self.extra = _choice(model, '__extra__', EXTRA_CHOICES)
        self.allow_scan = _flag(model, '__allow_scan__', True)
        self.read_units = _units(model, '__read_units__')
        self.write_units = _units(model, '__write_units__')
        self.table = self.hash_key = self.range_key = None
        self.keys = self.key_attributes = ()
        #: The indexes by the name that they have in the class.
        self.indexes = {}
        #: The fields that are keys of indexes, each with its kind: ``'hash'`` or ``'range'``.
        self.index_keys = {}
        declared = _declared_indexes(model)
        if not self.abstract:
            self._read_keys(model)
            self._bind_indexes(model, declared)

    def _read_keys(self, model):
        self.table = _table(model)
        self.hash_key = self._key_field('__hash_key__')
        self.range_key = self._key_field('__range_key__')
        if self.hash_key is None:
            raise SchemaError('has no __hash_key__: name the field that is the hash key', self.name)
        if self.hash_key is self.range_key:
            raise SchemaError(
                f'has {self.hash_key._name!r} as both __hash_key__ and __range_key__', self.name
            )
        #: The key fields: the hash key, then the range key where there is one.
        self.keys = tuple(key for key in (self.hash_key, self.range_key) if key is not None)
        self.key_attributes = tuple(key._key for key in self.keys)

    def _key_field(self, option):
        name = getattr(self.model, option, None)
        if name is None:
            return None
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            hint = suggest(name, self.fields)
            raise SchemaError(f'has no field for its {option}{hint}', self.name, name)
        try:
            key_proto(field)
        except ValueError as error:
            raise SchemaError(f'{option} {name!r}: {error}', self.name) from error
        return field

    def _bind_indexes(self, model, declared):
        """Give the model copies of its indexes, which know its fields."""
        for attribute, index in declared.items():
            hash_name, range_name = index._key_names
            local = isinstance(index, LocalIndex)
            if local and self.range_key is None:
                raise SchemaError(
                    f'{attribute}: a LocalIndex needs a table with a __range_key__; '
                    'declare a GlobalIndex',
                    self.name,
                )
            hash_key = self.hash_key if local else self._index_key(attribute, hash_name)
            range_key = None if range_name is None else self._index_key(attribute, range_name)
            if range_key is hash_key:
                raise SchemaError(
                    f'{attribute}: the hash key of the table is that of a LocalIndex already',
                    self.name,
                    range_name,
                )
            listed = None
            if not isinstance(index.projection, str):
                listed = [self._field(attribute, name) for name in index.projection]
            bound = index.bind(model, attribute, hash_key, range_key, listed, self.keys)
            for other in self.indexes.values():
                if other.name == bound.name:
                    raise SchemaError(
                        f'{attribute} and {other._attribute} are both called {bound.name!r}',
                        self.name,
                    )
            self.indexes[attribute] = bound
            setattr(model, attribute, bound)
        local = [name for name, index in self.indexes.items() if isinstance(index, LocalIndex)]
        if len(local) > MAX_LOCAL_INDEXES:
            raise SchemaError(
                f'has more than {MAX_LOCAL_INDEXES} of LocalIndex', self.name, ', '.join(local)
            )
        indexes = self.indexes.values()
        self.index_keys = {
            **{index.hash_key: 'hash' for index in indexes},
            # The limit of range keys is the lower one.
            **{index.range_key: 'range' for index in indexes if index.range_key is not None},
        }

    def _field(self, owner, name):
        field = self.fields.get(name)
        if field is None:
            raise SchemaError(
                f'{owner}: no such field{suggest(name, self.fields)}', self.name, name
            )
        return field

    def _index_key(self, owner, name):
        field = self._field(owner, name)
        try:
            key_proto(field)
        except ValueError as error:
            raise SchemaError(f'{owner}: {name!r}: {error}', self.name) from error
        return field

    def index_named(self, index):
        """Return an index of this model that is given itself or by name.

        :raises ExpressionError: where the model has no such index.
        """
        if isinstance(index, str):
            for name, known in self.indexes.items():
                if index in (name, known.name):
                    return known
        elif isinstance(index, (GlobalIndex, LocalIndex)) and index._model is not None:
            related = issubclass(self.model, index._model) or issubclass(index._model, self.model)
            if related and index._attribute in self.indexes:
                return self.indexes[index._attribute]
        if not self.indexes:
            raise ExpressionError(f'{self.name} declares no index', index)
        names = ', '.join(self.indexes)
        raise ExpressionError(f'{self.name} has no such index; its indexes are {names}', index)

    def require_concrete(self):
        """Raise where the model is abstract, and so has no table."""
        if self.abstract:
            raise SchemaError('is abstract: it has no table to work on', self.name)

    def unknown(self, name):
        """Return the problem of a name that no field bears."""
        hint = suggest(name, self.fields)
        if isinstance(name, str) and name.partition('.')[0] in self.fields:
            hint = f'; members are set by update_one(key, [{self.name}.{name}.set(value)])'
        return Problem(f'no such field{hint}', path=(str(name),))

    def names_of(self, fields):
        """Return the names of fields that are given as names or as fields of this model.

        :raises ValidationError: where a name is no field's, or a member of a dict is given.
        """
        if isinstance(fields, (str, Field)) or not hasattr(fields, '__iter__'):
            problem = Problem('only takes a list of fields and names', fields)
            raise ValidationError(problems=[problem], where=self.name)
        names = [self._name_of(field) for field in fields]
        problems = [self.unknown(name) for name in names if name not in self.fields]
        if problems:
            raise ValidationError(problems=problems, where=self.name)
        return names

    def _name_of(self, field):
        if not isinstance(field, Field):
            return field
        self.check_owner(field)
        if field._parent is not None:
            problem = Problem('is a member; take the field that holds it', field)
            raise ValidationError(problems=[problem], where=field._label)
        return field._name

    # Keys

    def key_of(self, values):
        """Return the key of an item as attribute name to primitive.

        :param tuple values: one value for each key field; ``None`` where it is missing.
        :raises ValidationError: where a value is missing, invalid, or too long for a key.
        """
        problems, key = [], {}
        for field, value in zip(self.keys, values):
            try:
                key[field._key] = self.key_value(field, value)
            except ValidationError as error:
                problems += (problem.within(field._name) for problem in error.problems)
        if problems:
            raise ValidationError(problems=problems, where=self.name)
        return key

    def key_value(self, field, value):
        """Return the primitive of a value of a key field."""
        # Empty bytes, say, are not empty until they have become text.
        primitive = None if is_empty(value) else field._primitive(field._native(value))
        if is_empty(primitive):
            problem = Problem('a key needs a value, which must not be empty', value)
            raise ValidationError(problems=[problem])
        self.check_key_size(field, primitive)
        return primitive

    def check_key_size(self, field, primitive):
        """Raise where a primitive is longer than DynamoDB lets a key be."""
        check_key_size('hash' if field is self.hash_key else 'range', primitive)

    def check_index_key_size(self, field, primitive):
        """Raise where a primitive is longer than the index lets the field be, if one has it."""
        kind = self.index_keys.get(field)
        if kind is not None:
            check_key_size(kind, primitive)

    def identity(self, item):
        """Return what tells an item from all others of the table: its key values."""
        return tuple(plain_key(item[attribute]) for attribute in self.key_attributes)

    # Expressions

    def check_owner(self, *operands):
        """Raise where a field of another model has found its way into an expression."""
        for operand in operands:
            owner = operand._owner
            if owner is None:
                raise ExpressionError(
                    f'{operand._label} belongs to no model; use {self.name}.{operand._path}'
                )
            if not (issubclass(self.model, owner) or issubclass(owner, self.model)):
                raise ExpressionError(
                    f'{operand._label} is a field of {owner.__name__}, not of {self.name}'
                )
            self._check_stored_name(operand)

    def _check_stored_name(self, operand):
        """Raise where a parent's or a child's field stands for another attribute here."""
        if operand._owner is self.model:
            return
        field = operand._field
        here = self._counterpart(field)
        gone = here is None and field._path.root in self.by_attribute
        if gone or (here is not None and here._path != field._path):
            raise ExpressionError(
                f'{field._label} is stored as {str(field._path)!r}, which in {self.name} is '
                f'something else; use a field of {self.name}'
            )

    def _counterpart(self, field):
        """Return the field of this model that is declared where ``field`` is in its own."""
        if field._parent is None:
            return self.fields.get(field._name)
        outer = self._counterpart(field._parent)
        return None if outer is None else outer._member(field._name or field._key)

    def check_condition(self, condition):
        """Raise where a condition names a field of another model."""
        for primitive in condition.primitives():
            values = (value for value in primitive.operands if isinstance(value, Operand))
            self.check_owner(primitive.attr, *values)

    def check_updates(self, updates):
        """Raise where updates touch another model's fields, or the key, which can't change."""
        for update in updates:
            self.check_owner(update.field)
            if update.field._path.root in self.key_attributes:
                raise ExpressionError(
                    f"{update.field._label} is part of the key, which can't change: "
                    'save an item with the new key and delete the old one',
                    update,
                )


def check_key_size(kind, primitive):
    """Raise where a primitive is longer than DynamoDB lets a key be.

    :param str kind: ``'hash'`` or ``'range'``.
    """
    if isinstance(primitive, str):
        size = len(utf8(primitive))
    elif isinstance(primitive, bytes):
        size = len(primitive)
    else:
        return
    limit = MAX_KEY_BYTES[kind]
    if size > limit:
        message = f'a {kind} key holds at most {limit} bytes, not {size}'
        raise ValidationError(problems=[Problem(message, primitive)])


def key_order(value):
    """Return what key values of one type are sorted by, in DynamoDB's order."""
    value = plain_key(value)
    return utf8(value) if isinstance(value, str) else value


def plain_key(value):
    """Return a key value without boto3's wrapper around binary."""
    return getattr(value, 'value', value)


def _declared_fields(model):
    """Return the fields that the model declares and inherits, by name."""
    fields = {}
    for owner in reversed(model.__mro__):
        # Models hold copies of what they inherit; what they declare themselves is kept apart.
        for name, value in vars(owner).get('_declared', vars(owner)).items():
            if isinstance(value, Field):
                fields[name] = value
                continue
            _check_no_field_was_meant(model, name, value)
            hidden = fields.pop(name, None)
            if hidden is not None and owner.__module__ == 'dynamongo.model':
                raise SchemaError(
                    f'{name}: Model hides the field; put the class that declares it before '
                    'the model among the bases',
                    model.__name__,
                )
    return fields


def _declared_indexes(model):
    """Return the indexes that the model declares and inherits, by name."""
    indexes = {}
    for owner in reversed(model.__mro__):
        for name, value in vars(owner).get('_declared', vars(owner)).items():
            if isinstance(value, (GlobalIndex, LocalIndex)):
                _check_name(model, name, value)
                indexes[name] = value
            else:
                indexes.pop(name, None)
                _check_no_index_was_meant(model, name, value)
    return indexes


def _check_no_index_was_meant(model, name, value):
    if is_subclass(value, (GlobalIndex, LocalIndex)) and not name.startswith('_'):
        raise SchemaError(f'{name} is an index class; write {value.__name__}(...)', model.__name__)


def _bind_fields(model):
    """Give the model copies of its fields, and return them by name."""
    bound = {}
    for name, field in _declared_fields(model).items():
        _check_name(model, name, field)
        bound[name] = field = field._clone()
        try:
            field.set_name(name)
        except SchemaError as error:
            raise SchemaError(f'{name}: {error}', model.__name__) from error
        field._model = model
        setattr(model, name, field)
        _check_default(model, field)
    _check_attributes(model, bound)
    return bound


def _check_name(model, name, field):
    if name in _OPTIONS:
        raise SchemaError(f'{name} takes the name of a field, a str', model.__name__, field)
    if name in RESERVED:
        raise SchemaError(
            f'{name}: every model has a method of that name; '
            f"rename the field and keep the attribute with attribute='{name}'",
            model.__name__,
        )


def _check_no_field_was_meant(model, name, value):
    if is_subclass(value, Field) and not name.startswith('_'):
        raise SchemaError(f'{name} is a field class; write {value.__name__}()', model.__name__)
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], Field):
        raise SchemaError(f'{name} is a tuple; remove the comma after the field', model.__name__)


def _check_attributes(model, fields):
    stored = {}
    for name, field in fields.items():
        other = stored.setdefault(field._key, name)
        if other != name:
            raise SchemaError(
                f'{name} and {other} are both stored as {field._key!r}', model.__name__
            )


def _aliases(model, fields):
    """Return the other names that fields are given by, as alias to field name."""
    aliases = {}
    for name, field in fields.items():
        for alias in field._aliases:
            if alias in fields or aliases.setdefault(alias, name) != name:
                raise SchemaError(
                    f'{name}: {alias!r}, in deserialize_from, is a name of another field too',
                    model.__name__,
                )
    return aliases


def _check_default(model, field):
    """Raise where a constant default is no valid value of its field."""
    try:
        field._check_default()
    except ValidationError as error:
        raise SchemaError(f'has an invalid default: {error}', model.__name__) from error


def _check_options(model):
    for name in vars(model):
        if name.startswith('__') and name.endswith('__') and name not in _OPTIONS:
            close = _SYNONYMS.get(name) or difflib.get_close_matches(name, _OPTIONS, 1, cutoff=0.85)
            if close:
                raise SchemaError(f'{name} is no option; did you mean {close[0]}?', model.__name__)


def _choice(model, option, choices):
    value = getattr(model, option, choices[0])
    if value not in choices:
        raise SchemaError(f'{option} must be one of {", ".join(choices)}', model.__name__, value)
    return value


def _flag(model, option, default):
    value = getattr(model, option, default)
    if not isinstance(value, bool):
        raise SchemaError(f'{option} must be True or False', model.__name__, value)
    return value


def _units(model, option):
    units = getattr(model, option, DEFAULT_UNITS)
    if isinstance(units, bool) or not isinstance(units, int) or units < 1:
        raise SchemaError(f'{option} must be an int of at least 1', model.__name__, units)
    return units


def _table(model):
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


def suggest(name, names):
    """Return text that names what was probably meant, or all there is."""
    close = difflib.get_close_matches(str(name), names, n=1)
    if close:
        return f'; did you mean {close[0]!r}?'
    return f'; the fields are {", ".join(names)}' if names else ''
