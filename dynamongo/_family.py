"""Several classes in one table: what tells their items apart, and which class an item is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo._documents import Unknown
from dynamongo._names import suggest
from dynamongo.conditions import OP, OrCondition, PrimitiveCondition
from dynamongo.exceptions import Problem, SchemaError, ValidationError
from dynamongo.fields.text import StringField
from dynamongo.utils import is_empty, key_proto

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from typing_extensions import TypeGuard

    from dynamongo._annotations import AnyIndex, Key, KeyType, Primitive
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field
    from dynamongo.model import Model

#: The options that make a class one of a family.
OPTION, VALUE = '__discriminator__', '__discriminator_value__'


def discriminator_of(model: type[Model]) -> str | None:
    """Return the name of the field that tells the classes of a model's table apart, or ``None``."""
    name = getattr(model, OPTION, None)
    if name is None:
        if VALUE in vars(model):
            raise SchemaError(f'{VALUE} needs a {OPTION}, the name of a field', model.__name__)
        return None
    if not isinstance(name, str) or not name[:1].isalpha():
        raise SchemaError(f'{OPTION} takes the name of a field, a str', model.__name__, name)
    return name


def with_discriminator(model: type[Model], name: str, fields: dict[str, Field]) -> dict[str, Field]:
    """Return the fields that a model declares, and its discriminator, which needn't be declared."""
    if name in fields:
        return fields
    declared = vars(model).get('_declared', {})
    if name in declared or (hasattr(model, name) and not _is_field_of_parent(model, name)):
        raise SchemaError(
            f'{OPTION} names {name!r}, which is something else than a field', model.__name__
        )
    return {**fields, name: StringField()}


def _is_field_of_parent(model: type[Model], name: str) -> bool:
    return any(name in parent._schema.fields for parent in model.__mro__[1:] if _is_model(parent))


def _is_model(cls: type) -> TypeGuard[type[Model]]:
    return '_schema' in vars(cls)


def family_of(schema: Schema) -> Family | None:
    """Return the family that a model is of, after making it a member; ``None`` where it has none.

    The first class that isn't abstract is the root of the family.
    """
    if schema.discriminator is None or schema.abstract:
        return None
    for parent in schema.model.__mro__[1:]:
        if _is_model(parent) and parent._schema.family is not None:
            family = parent._schema.family
            break
    else:
        family = Family(schema)
    family.add(schema)
    return family


class Family:
    """The classes whose items are in one table, told apart by the value of one attribute.

    :param Schema root: that of the class that all others extend.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        #: The name of the attribute in the table.
        self.attribute: str = _discriminator(root)._key
        #: The schemas of the classes by the primitive that their items have.
        self.members: dict[Primitive, Schema] = {}
        self._conditions: dict[Schema, BaseCondition] = {}

    def add(self, schema: Schema) -> None:
        """Take a class in, once it is known to fit."""
        self._check(schema)
        tag = schema.tag
        other = self.members.get(tag)
        if other is not None and _place(other) != _place(schema):
            raise SchemaError(
                f'{tag!r} stands for {other.name} already; give the class another {VALUE}',
                schema.name,
            )
        self._check_indexes(schema)
        # A class that is made anew, as when its module is reloaded, replaces the old one.
        self.members[tag] = schema
        self._conditions = {}

    def _check(self, schema: Schema) -> None:
        root = self.root
        if schema is root:
            return
        own = _discriminator(schema)
        if own._key != self.attribute:
            raise SchemaError(
                f'{OPTION} is {_discriminator(root)._name!r} in {root.name}, and the same in all '
                'classes that extend it',
                schema.name,
                own._name,
            )
        if (schema.table, _keys(schema)) != (root.table, _keys(root)):
            raise SchemaError(
                f'has another table or key than {root.name}, whose {OPTION} says that they share '
                'one; leave out what differs, or extend another class',
                schema.name,
            )
        other = schema.own_options.differing(root.own_options)
        if other is not None:
            raise SchemaError(
                f'{other} is that of the table, which it shares; set it in {root.name}',
                schema.name,
            )
        for member in self.members.values():
            if _extends(schema, member):
                _check_fields(schema, member)
        versions = [each.version for each in (schema, root) if each.version is not None]
        if len(versions) == 1:
            raise SchemaError(
                f'{versions[0]._name}: {root.name} and the classes that extend it have one '
                f'VersionField, declared in {root.name}, so that the writes of all count',
                schema.name,
            )

    def _check_indexes(self, schema: Schema) -> None:
        """Raise where an index doesn't fit to those of the other classes."""
        types: dict[str, tuple[Schema, KeyType]] = {}
        for member in (*self.members.values(), schema):
            if _place(member) == _place(schema) and member is not schema:
                continue
            for index in member.indexes.values():
                for field in index.keys:
                    owner, kind = types.setdefault(field._key, (member, key_proto(field)))
                    if kind != key_proto(field):
                        raise SchemaError(
                            f'{index._attribute}: the key {field._key!r} is stored as '
                            f'{key_proto(field)}, and as {kind} in an index of {owner.name}',
                            schema.name,
                        )
        for name, index in self.indexes.items():
            for own in schema.indexes.values():
                if own.name == name and not _same_index(own, index):
                    raise SchemaError(
                        f'{own._attribute}: {index!r} is another index of that name in the same '
                        "table; call one of them otherwise by name='...'",
                        schema.name,
                    )

    @property
    def indexes(self) -> dict[str, AnyIndex]:
        """All indexes of the table by their names in DynamoDB."""
        found: dict[str, AnyIndex] = {}
        for member in self.members.values():
            for index in member.indexes.values():
                found.setdefault(index.name, index)
        return found

    def condition(self, schema: Schema) -> BaseCondition | None:
        """Return the condition that an item is one of a class or of those that extend it.

        :returns: ``None`` for the root, which reads all items.
        """
        if schema is self.root:
            return None
        condition = self._conditions.get(schema)
        if condition is None:
            tags = [tag for tag, each in self.members.items() if _extends(each, schema)]
            condition = self._conditions[schema] = _is_one_of(_discriminator(schema), tags)
        return condition

    def exactly(self, schema: Schema) -> BaseCondition:
        """Return the condition that an item is one of a class, and not of one that extends it."""
        field = _discriminator(schema)
        condition = _is_one_of(field, [schema.tag])
        if schema is not self.root:
            return condition
        return OrCondition(condition, PrimitiveCondition(field, OP.NOT_EXISTS))

    def member(self, value: Any) -> Schema | None:
        """Return the schema of the class that a value of the discriminator stands for, ``None`` for
        no value.

        :param value: as a program gives it.
        :raises ValidationError: where no class is known for it.
        """
        field = _discriminator(self.root)
        if field._is_nothing(value):
            return None
        try:
            tag = field._primitive(field._native(value))
        except ValidationError:
            tag = value
        return self.schema_of(self.root, tag)

    def schema_of(self, schema: Schema, tag: Any) -> Schema:
        """Return the schema of the class that an item is of.

        :param Schema schema: that of the class that reads it.
        :param tag: the primitive of its discriminator, ``None`` where it has none.
        :raises ValidationError: where no class is known for it.
        """
        if tag is None:
            return schema
        if isinstance(tag, Unknown):
            raise ValidationError(problems=tag.problems((_discriminator(schema)._name,)))
        try:
            return self.members[tag]
        except (KeyError, TypeError):
            hint = suggest(tag, self.members, 'values')
            message = (
                f'stands for no class that extends {self.root.name}; import the module that '
                f'declares it{hint}'
            )
            problem = Problem(message, tag, (_discriminator(schema)._name,))
            raise ValidationError(problems=[problem]) from None

    def check_key(self, schema: Schema, key: Key) -> None:
        """Raise where a key, which the discriminator is a part of, is that of another class."""
        tag = key.get(self.attribute, schema.tag)
        if not _extends(self.schema_of(schema, tag), schema):
            problem = Problem(f'says that the item is no {schema.name}', tag)
            raise ValidationError(problems=[problem], where=_discriminator(schema)._label)

    def holds(self, schema: Schema, item: Mapping[str, Any]) -> bool:
        """Tell whether a stored item is one of a class or of those that extend it."""
        if schema is self.root:
            return True
        member = self.members.get(item.get(self.attribute))
        return member is not None and _extends(member, schema)

    def name_of(self, item: Mapping[str, Any]) -> str:
        """Return the name of the class that a stored item is of, as far as it is known."""
        tag = item.get(self.attribute)
        if tag is None:
            return self.root.name
        member = self.members.get(tag)
        return repr(tag) if member is None else member.name


def tag_of(schema: Schema) -> tuple[Any, str]:
    """Return the value of the discriminator in a class's instances, and its primitive."""
    field = _discriminator(schema)
    value = vars(schema.model).get(VALUE, schema.name)
    try:
        native = type(field).validate(field, value)
        tag = field._primitive(native)
    except ValidationError as error:
        raise SchemaError(
            f'{value!r}, which tells the class from others, is no value of '
            f'{field._name}; set {VALUE}: {error}',
            schema.name,
        ) from error
    if is_empty(tag) or not isinstance(tag, str):
        raise SchemaError(f'{VALUE} must be stored as text, not empty', schema.name, value)
    return native, tag


def _discriminator(schema: Schema) -> Field:
    field = schema.discriminator
    assert field is not None
    return field


def _is_one_of(field: Field, tags: list[Primitive]) -> PrimitiveCondition:
    shown = [field._load(tag) for tag in tags]
    if len(tags) == 1:
        return PrimitiveCondition._stored(field, OP.EQ, tags[0], shown=shown[0])
    return PrimitiveCondition._stored(field, OP.IN, *tags, shown=shown)


def _check_fields(schema: Schema, parent: Schema) -> None:
    """Raise where a class stores a field of a parent otherwise, so that what the parent asks for
    would be something else."""
    for name, field in schema.fields.items():
        other = parent.fields.get(name)
        if other is not None and (field._key, field.primitive_type) != (
            other._key,
            other.primitive_type,
        ):
            raise SchemaError(
                f'{name}: {other._label} is stored as {other._key!r}, of type '
                f'{_name_of_type(other)}; a class of the same table stores it alike, or calls it '
                'otherwise',
                schema.name,
            )


def _name_of_type(field: Field) -> str:
    return 'any' if field.primitive_type is None else field.primitive_type.__name__


def _extends(schema: Schema, other: Schema) -> bool:
    return issubclass(schema.model, other.model)


def _keys(schema: Schema) -> tuple[tuple[str, KeyType], ...]:
    return tuple((field._key, key_proto(field)) for field in schema.keys)


def _place(schema: Schema) -> tuple[str, str]:
    return schema.model.__module__, schema.model.__qualname__


def _same_index(index: AnyIndex, other: AnyIndex) -> bool:
    return (
        type(index) is type(other)
        and index.key_attributes == other.key_attributes
        and index.attributes == other.attributes
    )
