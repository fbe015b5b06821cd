"""Fields of lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._paths import Operand
from dynamongo._typing import E, Generic, Several, T
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.parts import Collector, as_element, bound, check_size
from dynamongo.fields.updating import ListUpdates
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import overload

    from typing_extensions import Unpack

    from dynamongo._typing import Default, Element, Elements, Options
    from dynamongo.fields.parts import Member


class ListField(ListUpdates[E], Field[list[T], Several[E]], Generic[T, E]):  # pyright: ignore
    """A list whose elements all conform to one field.

    An instance never shows ``None`` for it: nothing reads as an empty list. Elements that are
    ``None`` are kept, and stored as NULL, unless the field of the elements is required. A required
    list needs an element.

    :param field: the field of the elements, an instance or a class.
    :param list default: the value of a new instance that isn't given one; each gets its own copy.
        Default: an empty list.
    :param int min_size: the smallest number of elements. Default: any.
    :param int max_size: the largest number of elements. Default: any.
    :param kwargs: see :class:`Field`.
    :raises SchemaError: where ``field`` isn't a field.

    >>> import dynamongo
    >>> dynamongo.ListField(dynamongo.IntField).to_native(['1', 2])
    [1, 2]
    """

    primitive_type = list
    native_type = list

    _has_free_parts = True
    _has_parts = True

    MESSAGES = {
        'list': 'a list is needed',
        'min_size': 'at least {0} elements are needed',
        'max_size': 'at most {0} elements are allowed',
    }

    _can: Elements[E]  # type: ignore[assignment]
    _one: list[T]

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def __getitem__(self: ListField[dict[str, Any], Any], key: int) -> Member: ...
        @overload
        def __getitem__(self, key: int) -> Field[T | None, E]: ...
        def __getitem__(self, key: Any) -> Any: ...

    @explained
    def __init__(
        self,
        field: Element[T, E] | type[Element[T, E]],
        default: Default[Several[E]] | None = [],  # noqa: B006
        *,
        required: bool = False,
        min_size: int | None = None,
        max_size: int | None = None,
        **kwargs: Unpack[Options[Several[E]]],
    ) -> None:
        # The default is documented as []; it is copied for each instance, never handed out.
        super().__init__(required, [] if default is None else default, **kwargs)
        self.field = as_element(field, 'ListField')
        self._check_limits(int, min_size=min_size, max_size=max_size)
        self.min_size = min_size
        self.max_size = max_size
        # The single element that `contains` and `append` take is named after the list.
        self.field._parent = self
        self.field._key = 0

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.field = self.field._clone()
        self.field._parent = self
        self.field._key = 0

    @property
    def _is_stored_by_value(self) -> bool:
        return self.field._is_stored_by_value

    @property
    def default(self) -> Any:
        """The default value: a fresh list each time, never ``None``."""
        default = super().default
        return [] if default is None else default

    def _completed(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.field._completed(item) for item in value]
        return value

    def _absent_value(self) -> Any:
        return []

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
            raise ValidationError(problems=[Problem(self.messages['list'], value)])
        return self._each(value, lambda item: self.field._native(item, context))

    def _each(self, values: Iterable[Any], convert: Callable[[Any], Any]) -> list[Any]:
        collector = Collector()
        converted = [collector.convert(index, convert, item) for index, item in enumerate(values)]
        return collector.finish(converted, self._label)

    def _check(self, value: Any, context: Any = None) -> None:
        collector = Collector()
        for index, item in enumerate(value):
            collector.convert(index, lambda item: self._check_element(item, context), item)
        try:
            super()._check(value, context)
        except ValidationError as error:
            collector.problems[:0] = error.problems
        collector.finish(value, self._label)

    def _in_full(self, error: ValidationError, value: Any, context: Any) -> ValidationError:
        """Return an error that has what is wrong with each element, converted or not."""
        collector = Collector()
        for index, item in enumerate(value if isinstance(value, (list, tuple)) else ()):
            collector.convert(index, lambda item: self._validate_element(item, context), item)
        return collector.complete(error)

    def _validate_element(self, item: Any, context: Any) -> None:
        if self.field._has_parts and item is not None:
            bound(self.field, 'validate')(item, context)
        else:
            self._check_element(self.field._native(item, context), context)

    def _check_element(self, item: Any, context: Any) -> None:
        # The required check is for None alone: an empty string is an element like any other.
        if item is None:
            if self.field._required:
                raise ValidationError(problems=[Problem(self.field.messages['required'], item)])
        else:
            self.field._check_as_element(item, context)

    def validate_size(self, value: Any, context: Any = None) -> None:
        """Check the number of elements against ``min_size`` and ``max_size``."""
        check_size(self, value, len)

    def validate(self, value: Any, context: Any = None) -> Any:
        value = list(value) if isinstance(value, Iterator) else value
        try:
            value = super().validate([] if is_empty(value) else value, context)
        except ValidationError as error:
            raise self._in_full(error, value, context) from error.__cause__
        if self._required and not value:
            raise self._invalid(self.messages['required'], value)
        return value

    def _store(self, value: Any, context: Any) -> Any:
        return self._each(value, self.field._primitive)

    def _from_stored(self, value: Any) -> Any:
        if not isinstance(value, list):
            return self._native(value)
        return self._each(value, lambda item: None if item is None else self.field._load(item))

    def _exported(self, value: Any) -> Any:
        if value is None or type(self).to_primitive is not Field.to_primitive:
            return super()._exported(value)
        return self._each(value, self.field._exported)

    def _imported(self, value: Any) -> Any:
        if not isinstance(value, list) or type(self).to_native is not Field.to_native:
            return super()._imported(value)
        return self._each(value, self.field._imported)

    def _validated_elements(self, values: Any) -> Any:
        """Return the primitives of the elements that an update adds."""
        if any(isinstance(value, Operand) for value in values):
            raise ExpressionError(
                f'{self._label}: what is added to a list are values, not attributes; DynamoDB '
                f'joins lists, as in {self._label}.set({self._label} + other)'
            )
        if not values:
            raise self._invalid('append() and prepend() take one or more values', values)
        elements = self._native(self._completed(list(values)))
        self._each(elements, lambda item: self._check_element(item, None))
        return self._primitive(elements)

    def _takes(self, source: Any) -> bool:
        both = isinstance(source, ListField) and self._is_plain and source._is_plain
        return self.field._takes(source.field) if both else super()._takes(source)

    def _contained(self, value: Any) -> Any:
        if isinstance(value, Operand):
            return self.field._comparable(value)
        return self._primitive(self._native([value]))[0]

    def _member(self, key: Any) -> Field:
        if not isinstance(key, int):
            raise ExpressionError(f'{self._label} is a list; its elements are reached by int', key)
        return self._child(self.field, key)
