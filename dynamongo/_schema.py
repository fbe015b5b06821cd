"""What a model class declares, read and checked once, when the class is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dynamongo import _hooks
from dynamongo._codecs import Codec
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._declarations import (
    EXTRA_CHOICES,
    abstract_flag,
    bind_fields,
    bind_indexes,
    check_meta,
    check_options,
    choice,
    declarations,
    flag,
    key_field,
    read_aliases,
    table_name,
    version_field,
)
from dynamongo._family import discriminator_of, family_of, tag_of, with_discriminator
from dynamongo._key_values import check_key_size, plain_key
from dynamongo._names import suggest
from dynamongo._permitted import check_owner
from dynamongo._table_options import TableOptions, check_throughput
from dynamongo._wire.values import decode, encode
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.utils import is_empty, is_iterable, lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from dynamongo._annotations import AnyIndex, Key, KeyKind, Primitive, WireValue
    from dynamongo._paths import Path
    from dynamongo.conditions import BaseCondition
    from dynamongo.model import Model


class Schema:
    """The fields, keys and options of one model.

    :param type model: the model class, complete with all that it inherits.
    :raises SchemaError: where the declaration can't work; names class and attribute.

    For reads it is a source of items too, as indexes are: the table, which holds all.
    """

    can_be_consistent = True
    attributes: frozenset[str] | None = None

    if TYPE_CHECKING:
        # Abstract models have none of these, and are refused before one is asked for.
        table: str
        hash_key: Field
        keys: tuple[Field, ...]
        key_attributes: tuple[str, ...]

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.name = model.__name__
        self.abstract = abstract_flag(model)
        fields, indexes, computed = declarations(model)
        discriminator = discriminator_of(model)
        if discriminator is not None:
            fields = with_discriminator(model, discriminator, fields)
        self.fields = bind_fields(model, fields, computed)
        #: The fields that may be computed from others, and of these the ones that always are.
        self.computed = tuple(field for field in self.fields.values() if field._compute is not None)
        self.always_computed = tuple(field for field in self.computed if field._is_computed)
        self.by_attribute = {field._key: field for field in self.fields.values()}
        self.aliases = read_aliases(model, self.fields)
        check_options(model)
        check_meta(model)
        self.extra = choice(model, '__extra__', EXTRA_CHOICES)
        self.allow_scan = flag(model, '__allow_scan__', True)
        #: The field that tells the classes of the table apart, or ``None``; its value in instances
        #: of this class, and how that is stored.
        self.discriminator: Field | None = None
        self.tag: str | None = None
        if discriminator is not None:
            self.discriminator = self.fields[discriminator]
            self.discriminator._default, self.tag = tag_of(self)
        #: What the class says of its table.
        self.own_options = TableOptions(model, None if self.abstract else self.fields)
        self.table = self.hash_key = None  # type: ignore[assignment]
        self.range_key: Field | None = None
        self.keys = self.key_attributes = ()
        #: The indexes by the name that they have in the class.
        self.indexes: dict[str, AnyIndex] = {}
        #: The fields that are keys of indexes, each with its kind: ``'hash'`` or ``'range'``.
        self.index_keys: dict[Field, KeyKind] = {}
        if not self.abstract:
            self._read_keys(model)
            self._read_indexes(indexes)
            check_throughput(model, self.own_options, self.indexes)
        #: The :class:`.VersionField` of the model, or ``None``.
        self.version = version_field(model, self.fields, self.keys)
        #: The classes that share the table, or ``None``.
        self.family = family_of(self)
        #: The names of the hooks that the model has.
        self.hooks = _hooks.overridden(model, self.fields)

    # How instances are loaded and dumped, found out when the first one is.

    @lazy
    def codecs(self) -> dict[str, Codec]:
        """The codecs of the fields by the name of the attribute."""
        return {field._key: Codec(field) for field in self.fields.values()}

    @lazy
    def key_codecs(self) -> tuple[Codec, ...]:
        """The codecs of the key fields."""
        return tuple(self.codecs[attribute] for attribute in self.key_attributes)

    @lazy
    def inexact_keys(self) -> tuple[Codec, ...]:
        """The codecs of the key fields that may read what they don't store in the same form."""
        return tuple(codec for codec in self.key_codecs if not codec.is_exact)

    @lazy
    def loads(self) -> tuple[tuple[str, str, Codec, Callable[[WireValue], Any]], ...]:
        """Of each field: name, attribute, codec and the function that loads."""
        return tuple(
            (codec.field._name, attribute, codec, codec.load)
            for attribute, codec in self.codecs.items()
        )

    @lazy
    def dumps(
        self,
    ) -> tuple[tuple[str, str, Codec, Callable[[Any], Any], Callable[[Any], tuple[Any, Any]]], ...]:
        """Of each field: name, attribute, codec and the functions that dump a value and none."""
        return tuple(
            (codec.field._name, attribute, codec, codec.dump, codec.dump_nothing())
            for attribute, codec in self.codecs.items()
        )

    @lazy
    def initials(self) -> tuple[tuple[str, Codec, Callable[[bool], Any]], ...]:
        """Of each field: name, codec and the function that makes the initial value."""
        return tuple((codec.field._name, codec, codec.initial()) for codec in self.codecs.values())

    @lazy
    def mutable(self) -> dict[str, bool]:
        """The fields whose values may change without being set, by name, and whether they are lists
        of values that can't."""
        return {codec.field._name: codec.flat for codec in self.codecs.values() if codec.mutable}

    def _read_keys(self, model: type[Model]) -> None:
        self.table = table_name(model)
        hash_key, range_key = self._key_field('__hash_key__'), self._key_field('__range_key__')
        if hash_key is None:
            raise SchemaError('has no __hash_key__: name the field that is the hash key', self.name)
        if hash_key is range_key:
            raise SchemaError(
                f'has {hash_key._name!r} as both __hash_key__ and __range_key__; name another '
                'field as one of them, or leave out __range_key__',
                self.name,
            )
        self.hash_key, self.range_key = hash_key, range_key
        #: The key fields: the hash key, then the range key where there is one.
        self.keys = tuple(key for key in (hash_key, range_key) if key is not None)
        self.key_attributes = tuple(key._key for key in self.keys)

    def _key_field(self, option: str) -> Field | None:
        name = getattr(self.model, option, None)
        return None if name is None else key_field(self.model, option, name, self.fields)

    def _read_indexes(self, declared: dict[str, AnyIndex]) -> None:
        always = () if self.discriminator is None else (self.discriminator,)
        self.indexes = bind_indexes(self.model, declared, self.fields, self.keys, always)
        indexes = self.indexes.values()
        self.index_keys = {
            **{index.hash_key: 'hash' for index in indexes},
            # The limit of range keys is the lower one.
            **{index.range_key: 'range' for index in indexes if index.range_key is not None},
        }

    def index_named(self, index: object) -> AnyIndex:
        """Return an index of this model that is given itself or by name.

        :raises ExpressionError: where the model has no such index.
        """
        if isinstance(index, str):
            by_name = {known.name: known for known in self.indexes.values()}
            found = self.indexes.get(index) or by_name.get(index)
        else:
            # Parents and children have copies of one declaration.
            declared = getattr(index, '_declared', index)
            own = (known for known in self.indexes.values() if known._declared is declared)
            found = next(own, None)
        if found is not None:
            return found
        if not self.indexes:
            raise ExpressionError(f'{self.name} declares no index; leave out index=', index)
        hint = suggest(index, self.indexes, 'indexes')
        raise ExpressionError(f'{self.name} has no such index{hint}', index)

    def require_concrete(self) -> None:
        """Raise where the model is abstract, and so has no table."""
        if self.abstract:
            raise SchemaError(
                'is abstract: it has no table to work on; take a class that extends it', self.name
            )

    def unknown(self, name: object) -> Problem:
        """Return the problem of a name that no field bears."""
        hint = suggest(name, self.fields)
        stored = self.by_attribute.get(name) if isinstance(name, str) else None
        if stored is not None:
            hint = f': it is the attribute of {stored._name}; write {stored._name}'
        elif isinstance(name, str) and name.partition('.')[0] in self.fields:
            hint = f'; members are set by update_one(key, [{self.name}.{name}.set(value)])'
        return Problem(f'no such field{hint}', path=(str(name),))

    def names_of(self, fields: Iterable[str | Field]) -> list[str]:
        """Return the names of fields that are given as names or as fields of this model.

        :raises ValidationError: where a name is no field's, or a member of a dict is given.
        """
        if isinstance(fields, (str, Field)) or not is_iterable(fields):
            problem = Problem('only takes a list of fields and names', fields)
            raise ValidationError(problems=[problem], where=self.name)
        names = [self._name_of(field) for field in fields]
        problems = [self._no_field(name) for name in names if name not in self.fields]
        if problems:
            raise ValidationError(problems=problems, where=self.name)
        return names

    def _no_field(self, name: object) -> Problem:
        if isinstance(name, str) and re.split(r'[.\[]', name)[0] in self.fields:
            return Problem('is no whole field; take the field that holds it', path=(name,))
        return self.unknown(name)

    def _name_of(self, field: Any) -> Any:
        if not isinstance(field, Field):
            if not isinstance(field, str):
                problem = Problem('only takes a list of fields and names', field)
                raise ValidationError(problems=[problem], where=self.name)
            return self.aliases.get(field, field)
        check_owner(self, field)
        if field._parent is not None:
            problem = Problem('is a member; take the field that holds it', field)
            raise ValidationError(problems=[problem], where=field._label)
        return field._name

    # The classes of the table

    @property
    def table_indexes(self) -> dict[str, AnyIndex]:
        """All indexes of the table by their names in DynamoDB, those of related classes too."""
        if self.family is not None:
            return self.family.indexes
        return {index.name: index for index in self.indexes.values()}

    @property
    def options(self) -> TableOptions:
        """The options of the table, which all classes of it share."""
        return self.own_options if self.family is None else self.family.root.own_options

    @property
    def is_mine(self) -> BaseCondition | None:
        """The condition that an item is one of the model, ``None`` where all of the table are."""
        return None if self.family is None else self.family.condition(self)

    @property
    def is_exactly_mine(self) -> BaseCondition | None:
        """The condition that an item is of this very class, ``None`` where there is no other."""
        return None if self.family is None else self.family.exactly(self)

    def holds(self, item: Mapping[str, Any]) -> bool:
        """Tell whether a stored item is one of the model."""
        return self.family is None or self.family.holds(self, item)

    @property
    def needed(self) -> tuple[Path, ...]:
        """The paths that are read of each item, whatever is asked for."""
        return () if self.discriminator is None else (self.discriminator._path,)

    # Keys

    def key_of(self, values: tuple[Any, ...]) -> Key:
        """Return the key of an item as attribute name to primitive.

        :param tuple values: one value for each key field; ``None`` where it is missing.
        :raises ValidationError: where a value is missing, invalid, or too long for a key.
        """
        try:
            short = zip(self.key_codecs, values)
            return {codec.field._key: codec.key(value) for codec, value in short}
        except UNUSUAL:
            pass
        problems: list[Problem] = []
        key: Key = {}
        for field, value in zip(self.keys, values):
            try:
                key[field._key] = self.key_value(field, value)
            except ValidationError as error:
                problems += (problem.within(field._name) for problem in error.problems)
        if problems:
            raise ValidationError(problems=problems, where=self.name)
        return key

    def key_value(self, field: Field, value: Any) -> Primitive:
        """Return the primitive of a value of a key field."""
        # Empty bytes, say, are not empty until they have become text.
        primitive = None if is_empty(value) else field._primitive(field._native(value))
        if is_empty(primitive):
            problem = Problem('a key needs a value, which must not be empty', value)
            raise ValidationError(problems=[problem])
        self.check_key_size(field, primitive)
        return primitive

    def makes_key(self, codec: Codec, value: Any, stored: Primitive) -> bool:
        """Tell whether the key of an instance that has a value is the one that is stored."""
        try:
            try:
                primitive = codec.dump(value) if codec.keeps else self._own_key(codec, value)
            except UNUSUAL:
                primitive = self._own_key(codec, value)
        except ValidationError:
            return False
        same: bool = primitive == plain_key(stored)
        return same

    @staticmethod
    def _own_key(codec: Codec, value: Any) -> Primitive:
        return codec.field._primitive(codec.field._native(value))

    def check_new_key(self, key: Key) -> None:
        """Raise where a key that is to be made isn't as its fields store it."""
        for codec in self.inexact_keys:
            field, primitive = codec.field, key[codec.field._key]
            if not self.makes_key(codec, field._load(decode(encode(primitive))), primitive):
                raise field._invalid(
                    f'upsert=True may make an item, and {type(field).__name__} stores no such key',
                    primitive,
                )

    def key_kind(self, field: Field) -> KeyKind:
        """Return which part of the key a key field is: ``'hash'`` or ``'range'``."""
        return 'hash' if field is self.hash_key else 'range'

    def check_key_size(self, field: Field, primitive: Primitive) -> None:
        """Raise where a primitive is longer than DynamoDB lets a key be."""
        check_key_size(self.key_kind(field), primitive)

    def check_index_key_size(self, field: Field, primitive: Primitive) -> None:
        """Raise where a primitive is longer than the index lets the field be, if one has it."""
        kind = self.index_keys.get(field)
        if kind is not None:
            check_key_size(kind, primitive)

    def identity(self, item: Mapping[str, Any]) -> tuple[Primitive, ...]:
        """Return what tells an item from all others of the table: its key values."""
        return tuple(plain_key(item[attribute]) for attribute in self.key_attributes)
