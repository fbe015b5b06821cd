"""Fields of dicts with free keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import to_text
from dynamongo._partial import refuse_partial
from dynamongo._typing import E, Generic, T
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.dicts import DictField
from dynamongo.fields.parts import Collector, as_element, bound, check_size
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from typing import NoReturn, overload

    from typing_extensions import Unpack

    from dynamongo._typing import Default, Element, Only, Options
    from dynamongo.fields.parts import Member


class MapField(Field[dict[str, T], Mapping[str, E]], Generic[T, E]):  # pyright: ignore
    """A dict with free keys, whose values all conform to one field.

    The keys are ``str`` and not empty. An instance never shows ``None`` for it: nothing reads as an
    empty dict. Members that are empty are not stored. A required map needs a member that is.
    Members are fields too: ``User.prices['eur']`` can be compared, updated and read on its own.

    :param field: the field of the values, an instance or a class.
    :param dict default: the value of a new instance that isn't given one; each gets its own copy.
        Default: an empty dict.
    :param int min_size: the smallest number of members that aren't empty. Default: any.
    :param int max_size: the largest number of members that aren't empty. Default: any.
    :param kwargs: see :class:`Field`.
    :raises SchemaError: where ``field`` isn't a field.

    >>> import dynamongo
    >>> dynamongo.MapField(dynamongo.IntField).to_native({'eur': '12'})
    {'eur': 12}

    .. versionadded:: 0.2
    """

    primitive_type = dict
    native_type = dict

    MESSAGES = {
        'dict': 'a dict is needed',
        'key': 'the keys of a dict must be str, and not empty',
        'min_size': 'at least {0} members are needed',
        'max_size': 'at most {0} members are allowed',
    }

    _has_free_parts = True
    _has_parts = True
    _merges_default = False

    _can: Only  # type: ignore[assignment]
    _one: dict[str, T]

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def __getitem__(self: MapField[dict[str, Any], Any], key: str) -> Member: ...
        @overload
        def __getitem__(self, key: str) -> Field[T | None, E]: ...
        def __getitem__(self, key: Any) -> Any: ...

    @explained
    def __init__(
        self,
        field: Element[T, E] | type[Element[T, E]],
        default: Default[Mapping[str, E]] | None = {},  # noqa: B006
        *,
        required: bool = False,
        min_size: int | None = None,
        max_size: int | None = None,
        **kwargs: Unpack[Options[Mapping[str, E]]],
    ) -> None:
        # The default is {}, as that of a list is []; it is copied for each instance.
        super().__init__(required, {} if default is None else default, **kwargs)
        self.field = as_element(field, 'MapField')
        self._check_limits(int, min_size=min_size, max_size=max_size)
        self.min_size = min_size
        self.max_size = max_size
        self._adopt()

    def _adopt(self) -> None:
        # The field of all the members, of which none is meant.
        self.field._parent = self
        self.field._key = '...'

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.field = self.field._clone()
        self._adopt()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith('_'):
            raise AttributeError(name)
        raise AttributeError(
            f'{self._label} is a MapField, whose members are no attributes; '
            f'write {self._label}[{name!r}]'
        )

    def _takes(self, source: Any) -> bool:
        if not (self._is_plain and source._is_plain):
            return super()._takes(source)
        if isinstance(source, MapField):
            return self.field._takes_all(source.field)
        if isinstance(source, DictField):
            return all(map(self.field._takes_all, source._by_key.values()))
        return super()._takes(source)

    @property
    def _is_stored_by_value(self) -> bool:
        return self.field._is_stored_by_value

    @property
    def default(self) -> Any:
        """The default value: a fresh dict each time, never ``None``."""
        default = super().default
        return {} if default is None else default

    def _completed(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        refuse_partial(value, self._label)
        return {key: self.field._completed(item) for key, item in value.items()}

    def _absent_value(self) -> Any:
        return {}

    def _convert(self, value: Any, context: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError(problems=[Problem(self.messages['dict'], value)])
        refuse_partial(value, self._label)
        collector = Collector()
        converted = {}
        for key, item in value.items():
            if not isinstance(key, str) or not key:
                collector.problems.append(Problem(self.messages['key'], key))
            elif is_empty(item):
                converted[str.__str__(key)] = item
            else:
                convert = self.field._native
                converted[str.__str__(key)] = collector.convert(key, convert, item, context)
        return collector.finish(converted)

    def validate(self, value: Any, context: Any = None) -> Any:
        """Convert a dict and check its members; see :meth:`Field.validate`.

        :returns: the converted dict, which is empty where the value is.
        """
        value = {} if is_empty(value) else value
        try:
            native = self._native(value, context)
            self._check(native, context)
        except ValidationError as error:
            raise self._in_full(error, value, context) from error.__cause__
        if self._required and not self._count(native):
            raise self._invalid(self.messages['required'], value)
        return native

    def _in_full(self, error: ValidationError, value: Any, context: Any) -> ValidationError:
        """Return an error that has what is wrong with each member, converted or not."""
        collector = Collector()
        validate = bound(self.field, 'validate')
        for key, item in value.items() if isinstance(value, Mapping) else ():
            if isinstance(key, str) and key:
                collector.convert(key, validate, item, context)
        return collector.complete(error)

    def _check(self, value: Any, context: Any = None) -> None:
        collector = Collector()
        validate = bound(self.field, 'validate')
        # A subclass may make something else than a dict of it.
        for key, item in value.items() if isinstance(value, dict) else ():
            checked = collector.convert(key, validate, item, context)
            if not collector.problems:
                value[key] = checked
        try:
            super()._check(value, context)
        except ValidationError as error:
            collector.problems[:0] = error.problems
        collector.finish(value, self._label)

    def _count(self, value: Any) -> int:
        """Return how many members are stored."""
        return sum(not self.field._is_nothing(item) for item in value.values())

    def validate_size(self, value: Any, context: Any = None) -> None:
        """Check the number of members against ``min_size`` and ``max_size``."""
        check_size(self, value, self._count)

    def _store(self, value: Any, context: Any) -> Any:
        collector = Collector()
        stored = {}
        for key, item in value.items():
            if not self.field._is_nothing(item):
                try:
                    name = to_text(key)
                except ValueError as error:
                    collector.problems.append(Problem(str(error), key))
                    continue
                stored[name] = collector.convert(key, self.field._primitive, item)
        return collector.finish(stored)

    def _from_stored(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self._native(value)
        collector = Collector()
        load = self.field._load
        loaded = {
            key: None if item is None else collector.convert(key, load, item)
            for key, item in value.items()
        }
        return collector.finish(loaded)

    def _exported(self, value: Any) -> Any:
        if not isinstance(value, dict) or type(self).to_primitive is not Field.to_primitive:
            return super()._exported(value)
        collector = Collector()
        export = self.field._exported
        exported = {
            key: item if self.field._is_nothing(item) else collector.convert(key, export, item)
            for key, item in value.items()
        }
        return collector.finish(exported, self._label)

    def _imported(self, value: Any) -> Any:
        if not isinstance(value, dict) or type(self).to_native is not Field.to_native:
            return super()._imported(value)
        collector = Collector()
        load = self.field._imported
        imported = {key: collector.convert(key, load, item) for key, item in value.items()}
        return collector.finish(imported, self._label)

    def _member(self, key: Any) -> Field:
        if not isinstance(key, str) or not key:
            raise ExpressionError(
                f'{self._label} is a dict; its members are reached by str that is not empty', key
            )
        return self._child(self.field, key)
