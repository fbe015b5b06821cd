"""Fields of dicts whose members are declared."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import from_document, to_document
from dynamongo._explaining import way_out
from dynamongo._foreign import FIELD_OPTIONS
from dynamongo._names import suggest
from dynamongo._partial import refuse_partial
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.parts import Collector, as_field, bound
from dynamongo.fields.signature import Signature
from dynamongo.utils import is_empty, is_subclass, merge_deep

if TYPE_CHECKING:
    from dynamongo._typing import Element, Only
    from dynamongo.fields.parts import Member


#: What the documentation promises of every field. A member of the same name is reached by [].
_PROMISED = frozenset(
    {
        'begins_with',
        'between',
        'contains',
        'default',
        'exists',
        'in_',
        'native_type',
        'not_exists',
        'primitive_type',
        'remove',
        'set',
        'set_if_not_exists',
        'set_name',
        'to_native',
        'to_primitive',
    }
)

#: What a DictField takes as options, where they are text.
_NAMING = ('attribute', 'serialized_name')

#: What other fields take as options, and a DictField doesn't.
_OPTIONS = ('choices', 'default', 'deserialize_from', 'messages', 'metadata', 'validators')


class DictField(Field[dict[str, Any], Mapping[str, Any]]):
    """A dict whose members are declared; other members are allowed and kept.

    An instance never shows ``None`` for it: nothing reads as the defaults of the members in a new
    instance, and as an empty dict in one that is read. Members that are empty are not stored. The
    members are fields too: ``User.address.city``, or ``User.address['city']``, can be compared and
    updated. A member whose name every field has as a method, such as ``set``, is reached by ``[]``.

    :param fields: the members by name, each a :class:`Field` instance or class. A ``str`` for
        ``attribute`` or ``serialized_name`` is no member, but the name of the dict in the table;
        see :class:`Field`.
    :raises SchemaError: where a member isn't a field, or its name doesn't start with a letter.
    :raises ValidationError: on reading, where a stored dict has a member that isn't declared, under
        the name of one that is stored under another name.

    >>> import dynamongo
    >>> address = dynamongo.DictField(city=dynamongo.StringField(default='Rome'))
    >>> address.default
    {'city': 'Rome'}

    .. versionadded:: 0.2
        ``attribute`` and ``serialized_name``.
    """

    #: It is declared with members, whose names are free.
    __signature__ = Signature(())

    primitive_type = dict
    native_type = dict

    _has_parts = True

    _can: Only  # type: ignore[assignment]
    _one: dict[str, Any]

    if TYPE_CHECKING:
        # Members may be called so.
        name: Any
        required: Any
        choices: Any
        messages: Any
        metadata: Any

        def __getattr__(self, name: str) -> Member: ...

        def __getitem__(self, key: str) -> Member: ...  # type: ignore[override]

    else:

        def __getattr__(self, name):
            if name.startswith('_'):
                raise AttributeError(name)
            raise AttributeError(
                f'{self._label} declares no member {name!r}; '
                f"write {self._label}[{name!r}] for one that isn't declared"
                f'{suggest(name, self._members, None)}'
            )

    @explained
    def __init__(self, /, **fields: Element[Any, Any] | type[Element[Any, Any]] | str) -> None:
        options: dict[str, Any] = {
            name: fields.pop(name) for name in _NAMING if isinstance(fields.get(name), str)
        }
        super().__init__(**options)
        for name, field in fields.items():
            if not (isinstance(field, Field) or is_subclass(field, Field)):
                _refuse_option(name, field)
        self._members: dict[str, Field] = {}
        self._adopt(
            {name: as_field(field, f'DictField member {name!r}') for name, field in fields.items()}
        )

    def _bind_validators(self) -> None:
        super()._bind_validators()
        # A dict field takes no options, and a member may be called `choices`.
        self._checks = [
            getattr(self, name) for name in self._validators if name != 'validate_choices'
        ]

    def _adopt(self, fields: dict[str, Field]) -> None:
        """Take fields as members, and let them be reached as attributes."""
        self._members = fields
        for name, field in fields.items():
            field.set_name(name, self)
            if name not in _PROMISED:
                self.__dict__[name] = field
        self._by_key = {field._key: field for field in fields.values()}
        if len(self._by_key) < len(fields):
            raise SchemaError('stores two members under one name', 'DictField', sorted(fields))
        self._required = any(field._required for field in fields.values())

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in self._members}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._adopt({name: field._clone() for name, field in self._members.items()})

    def set_name(self, name: str, parent: Field | None = None) -> None:
        """Give the field its name; see :meth:`Field.set_name`.

        :param str name: starts with a letter.
        :param Field parent: the dict field that the field is a member of; ``None`` at the top.
        """
        member = self._members.get('name')
        super().set_name(name, parent)
        if member is not None:
            self.__dict__['name'] = member

    def _member(self, key: Any) -> Field:
        if not isinstance(key, str):
            raise ExpressionError(f'{self._label} is a dict; its members are reached by str', key)
        member = self._declared(key)
        if member is None:
            member = self._by_key.get(key)
        return member if member is not None else self._child(Field(), key)

    def _takes(self, source: Any) -> bool:
        if source.primitive_type is not dict or not (self._is_plain and source._is_plain):
            return super()._takes(source)
        return all(self._member_takes(field, source) for field in self._members.values())

    def _member_takes(self, field: Field, source: Any) -> bool:
        """Tell whether a member can be read where a dict or a map is copied."""
        if isinstance(source, DictField):
            theirs = source._by_key.get(field._key)
            named = source._members.get(field._name)
            sure = theirs is not None and theirs._required
            hides = field._name in source._by_key
            if named is not None and named is not theirs:
                return False
        else:
            # A map may have a member of any name, and needs none.
            theirs, sure, hides = source.field, False, True
        if (field._required and not sure) or (field._key != field._name and hides):
            return False
        return theirs is None or field._takes_all(theirs)

    def _label_of_member(self, member: Field) -> str:
        name = member._name
        if name is not None and name not in _PROMISED:
            return f'.{name}'
        return f'[{name or member._key!r}]'

    @property
    def _is_stored_by_value(self) -> bool:
        return all(field._is_stored_by_value for field in self._members.values())

    @property
    def default(self) -> Any:
        """The defaults of the members that have one, as a fresh dict."""
        defaults = {name: field.default for name, field in self._members.items()}
        members = self._members
        return {
            name: value for name, value in defaults.items() if not members[name]._is_nothing(value)
        }

    def _completed(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        refuse_partial(value, self._label)
        named = {}
        for key, item in value.items():
            field = self._declared(key)
            # What is given twice is refused later on.
            named[key if field is None or field._name in value else field._name] = item
        value = named
        completed = merge_deep(self.default, value)
        for name, field in self._members.items():
            if name in value and not field._merges_default:
                completed[name] = value[name]
            if name in completed:
                completed[name] = field._completed(completed[name])
        return completed

    def _absent_value(self) -> Any:
        return {}

    def _convert(self, value: Any, context: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError(problems=[Problem('a dict is needed', value)])
        refuse_partial(value, self._label)
        collector = Collector()
        converted = {}
        for key, item in value.items():
            if not isinstance(key, str):
                collector.problems.append(Problem('the keys of a dict must be str', key))
                continue
            field = self._declared(key)
            name = key if field is None else field._name
            if field is None and key in self._by_key:
                member = self._by_key[key]._name
                problem = Problem(f'{member!r} is stored under this name; write {member!r}', item)
                collector.problems.append(problem.within(key))
            elif name in converted:
                problem = Problem('is given twice, under two names; leave one of them out', item)
                collector.problems.append(problem.within(name))
            elif field is None or is_empty(item):
                converted[name] = item
            else:
                convert = functools.partial(field._native, context=context)
                converted[name] = collector.convert(name, convert, item)
        return collector.finish(converted)

    def _declared(self, key: Any) -> Field | None:
        """Return the member that input under ``key`` is for, or ``None``."""
        field: Field | None = self._members.get(key)
        if field is not None:
            return field
        aliases = (field for field in self._members.values() if key in field._aliases)
        return next(aliases, None)

    def validate(self, value: Any, context: Any = None) -> Any:
        """Convert a dict and check its members, the required ones included; see
        :meth:`Field.validate`."""
        value = {} if is_empty(value) else value
        try:
            native = self._native(value, context)
            self._check(native, context)
        except ValidationError as error:
            raise self._in_full(error, value, context) from error.__cause__
        return native

    def _in_full(self, error: ValidationError, value: Any, context: Any) -> ValidationError:
        """Return an error that has what is wrong with each member, converted or not."""
        collector = Collector()
        if isinstance(value, Mapping):
            given = {
                field._name: item
                for key, item in value.items()
                if (field := self._declared(key)) is not None
            }
            for name, field in self._members.items():
                validate = functools.partial(bound(field, 'validate'), context=context)
                collector.convert(name, validate, given.get(name))
        return collector.complete(error)

    def _check_default(self) -> None:
        for field in self._members.values():
            field._check_default()

    def _check(self, value: Any, context: Any = None) -> None:
        collector = Collector()
        # A subclass may make something else than a dict of it.
        members = self._members.items() if isinstance(value, dict) else ()
        for name, field in members:
            item = value.get(name)
            checked = collector.convert(name, bound(field, 'validate'), item)
            if name in value and not collector.problems:
                value[name] = checked
        collector.finish(value, self._label)
        super()._check(value, context)

    def _store(self, value: Any, context: Any) -> Any:
        collector = Collector()
        stored = {}
        for name, item in value.items():
            field = self._members.get(name)
            if is_empty(item) if field is None else field._is_nothing(item):
                continue
            primitive = to_document if field is None else field._primitive
            stored[name if field is None else field._key] = collector.convert(name, primitive, item)
        return collector.finish(stored)

    def _from_stored(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self._native(value)
        collector = Collector()
        loaded = {}
        for key, item in value.items():
            field = self._by_key.get(key)
            if field is None and key in self._members:
                stored_as = self._members[key]._key
                message = f'is undeclared: the member {key!r} is stored as {stored_as!r}'
                collector.problems.append(Problem(message, item, (key,)))
            elif field is None:
                loaded[key] = from_document(item)
            else:
                load = field._load
                loaded[field._name] = (
                    None if item is None else collector.convert(field._name, load, item)
                )
        return collector.finish(loaded)

    def _exported(self, value: Any) -> Any:
        own = type(self).to_primitive is not Field.to_primitive
        if own or not isinstance(value, dict):
            return super()._exported(value)
        collector = Collector()
        exported = {}
        for name, item in value.items():
            field = self._members.get(name)
            export = to_document if field is None else field._exported
            exported[name] = item if is_empty(item) else collector.convert(name, export, item)
        return collector.finish(exported, self._label)

    def _imported(self, value: Any) -> Any:
        if not isinstance(value, dict) or type(self).to_native is not Field.to_native:
            return super()._imported(value)
        collector = Collector()
        imported = {}
        for name, item in value.items():
            field = self._declared(name)
            if field is not None:
                item = collector.convert(name, field._imported, item)
            imported[name] = item
        return collector.finish(imported, self._label)


def _refuse_option(name: str, value: object) -> None:
    """Raise where an option is given to a DictField, which takes members alone."""
    if name == 'required':
        way = '; it is required where a member is'
    elif name in FIELD_OPTIONS:
        way = way_out(name, FIELD_OPTIONS, ())
    elif name in _OPTIONS:
        way = '; give it to a member, or declare a Field'
    else:
        return
    raise SchemaError(f'takes members, and no option {name!r}{way}', 'DictField', value)
