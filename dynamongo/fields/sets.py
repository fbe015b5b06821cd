"""Fields of sets."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import to_document
from dynamongo._operands import Size
from dynamongo._paths import Operand
from dynamongo._typing import E, Generic, Several, T
from dynamongo.conditions import OP, OrCondition
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.lists import ListField
from dynamongo.fields.parts import as_element, check_size
from dynamongo.fields.updating import MemberUpdates
from dynamongo.utils import BYTES, is_empty, key_proto

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from dynamongo._typing import Default, Has, Options, Scalar

#: Whether no members meet a comparison of their number, by its operator.
_MET_BY_NONE: dict[OP, Callable[..., bool]] = {
    OP.EQ: lambda number: number == 0,
    OP.NE: lambda number: number != 0,
    OP.LT: lambda number: number > 0,
    OP.LE: lambda number: number >= 0,
    OP.GT: lambda number: number < 0,
    OP.GE: lambda number: number <= 0,
    OP.BETWEEN: lambda low, high: low <= 0 <= high,
    OP.IN: lambda *numbers: 0 in numbers,
}

#: What a set may be given as, and one or more of its members.
_COLLECTIONS = (set, frozenset, list, tuple)


def _counting(name: str) -> Any:
    """Return a method of sizes that takes absence for a size of 0."""
    compare = getattr(Size, name)

    @functools.wraps(compare)
    def counting(self: SetSize, *values: Any) -> Any:
        condition = compare(self, *values)
        numbers = [number for number in condition.operands if not isinstance(number, Operand)]
        if condition.op is OP.NE and numbers == [0]:
            # DynamoDB takes the size of what is absent to differ from any number.
            return self > 0
        known = condition.op is OP.IN or len(numbers) == len(condition.operands)
        if known and _MET_BY_NONE[condition.op](*numbers):
            return OrCondition(self._operand == None, condition)  # noqa: E711
        return condition

    return counting


class SetSize(Size):
    """The number of members of a set, which is 0 where the set is absent.

    DynamoDB has no size of what is absent, so what 0 meets is made to be met by absence, too. Where
    it is compared with another attribute, DynamoDB alone decides, and absence meets nothing.
    """

    __eq__ = _counting('__eq__')
    __ne__ = _counting('__ne__')
    __lt__ = _counting('__lt__')
    __le__ = _counting('__le__')
    __gt__ = _counting('__gt__')
    __ge__ = _counting('__ge__')
    __hash__ = Size.__hash__
    in_ = _counting('in_')
    between = _counting('between')


class SetField(  # type: ignore[misc]  # It has the operators of fields, but refuses sums.
    MemberUpdates[E],
    Field[set[T], Several[E]],  # pyright: ignore
    Generic[T, E],
):
    """A set whose members all conform to one field.

    DynamoDB has sets of strings, of numbers and of binary, so the field of the members must be one
    of values that are stored as such. It has no empty set: an empty one is nothing, and isn't
    stored, nor held against constraints other than ``required``. An instance never shows ``None``
    for it: nothing reads as an empty set. A set that is an element of a list can't be empty.

    :param field: the field of the members, an instance or a class.
    :param default: the value of a new instance that isn't given one, a set or another iterable;
        each gets its own copy. Default: an empty set.
    :param int min_size: the smallest number of members of a set that isn't empty. Default: any.
    :param int max_size: the largest number of members. Default: any.
    :param kwargs: see :class:`Field`.
    :raises SchemaError: where ``field`` isn't a field, or one of values that no set can hold.

    >>> import dynamongo
    >>> dynamongo.SetField(dynamongo.IntField).to_native(['1', 2, 1]) == {1, 2}
    True

    .. versionadded:: 0.2
    """

    primitive_type = set
    native_type = set

    MESSAGES = {
        'set': 'a set is needed',
        'min_size': 'at least {0} members are needed',
        'max_size': 'at most {0} members are allowed',
        'empty': 'an empty set is not stored, since DynamoDB has none',
        'element': 'an empty set is no element of a list, since DynamoDB has none; write remove() '
        'to remove the element',
        'none': 'None is no member of a set',
        'same': 'two members would be stored as one',
    }

    _can: Has[E]  # type: ignore[assignment]
    _one: set[T]

    @explained
    def __init__(
        self,
        field: Scalar[T, E] | type[Scalar[T, E]],
        default: Default[Several[E]] | None = (),
        *,
        required: bool = False,
        min_size: int | None = None,
        max_size: int | None = None,
        **kwargs: Unpack[Options[Several[E]]],
    ) -> None:
        super().__init__(required, default, **kwargs)
        self.field = as_element(field, 'SetField')
        self._check_members()
        self._check_limits(int, min_size=min_size, max_size=max_size)
        self.min_size = min_size
        self.max_size = max_size
        self._adopt()

    def _check_members(self) -> None:
        try:
            key_proto(self.field)
            fits = self.field._is_scalar
        except ValueError:
            fits = False
        if not fits:
            raise SchemaError(
                f'takes no {type(self.field).__name__}: DynamoDB has sets of strings, numbers and '
                'binary; take a ListField',
                'SetField',
            )

    def _adopt(self) -> None:
        # The single member that `contains` and `add` take is named after the set.
        self.field._parent = self
        self.field._key = 0

    def _takes(self, source: Any) -> bool:
        both = isinstance(source, SetField) and self._is_plain and source._is_plain
        return self.field._takes(source.field) if both else super()._takes(source)

    def _label_of_member(self, member: Field) -> str:
        return ''

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.field = self.field._clone()
        self._adopt()

    @property
    def _is_stored_by_value(self) -> bool:
        return self.field._is_stored_by_value

    @property
    def default(self) -> Any:
        """The default value: a fresh set each time, never ``None``."""
        default = super().default
        if self._is_nothing(default):
            return set()
        return set(default) if isinstance(default, _COLLECTIONS) else default

    def _is_nothing(self, value: object) -> bool:
        return is_empty(value) or (isinstance(value, _COLLECTIONS) and not value)

    def _completed(self, value: Any) -> Any:
        return set(value) if isinstance(value, (set, frozenset)) else value

    def _absent_value(self) -> Any:
        return set()

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
            raise ValidationError(problems=[Problem(self.messages['set'], value)])
        return set(self._each(value, lambda member: self.field._native(member, context)))

    def _each(self, values: Iterable[Any], convert: Callable[[Any], Any]) -> list[Any]:
        """Convert members, and raise what is wrong with any of them."""
        problems, converted = [], []
        for member in values:
            try:
                if member is None:
                    raise ValidationError(problems=[Problem(self.messages['none'], member)])
                converted.append(convert(member))
            except ValidationError as error:
                problems += error.problems
        if problems:
            raise ValidationError(problems=problems, where=self._label)
        return converted

    def validate(self, value: Any, context: Any = None) -> Any:
        """Convert a set and check its members; see :meth:`Field.validate`.

        :returns: the converted set, which is empty where the value is.
        """
        value = list(value) if isinstance(value, Iterator) else value
        native = super().validate(value, context)
        return set() if native is None else native

    def _check(self, value: Any, context: Any = None) -> None:
        problems = []
        try:
            super()._check(value, context)
        except ValidationError as error:
            problems += error.problems
        try:
            self._each(value, lambda member: self._check_member(member, context))
        except ValidationError as error:
            problems += error.problems
        if problems:
            raise ValidationError(problems=problems, where=self._label)

    def _check_member(self, member: Any, context: Any = None) -> Any:
        self.field._check(member, context)
        return member

    def _check_as_element(self, value: Any, context: Any = None) -> None:
        if not value:
            raise self._invalid(self.messages['empty'], value)
        self._check(value, context)

    def validate_size(self, value: Any, context: Any = None) -> None:
        """Check the number of members against ``min_size`` and ``max_size``."""
        check_size(self, value, len)

    def _store(self, value: Any, context: Any) -> Any:
        if self._is_nothing(value):
            raise ValidationError(problems=[Problem(self.messages['empty'], value)])
        stored = set(self._each(value, self.field._primitive))
        if len(stored) < len(value):
            raise ValidationError(problems=[Problem(self.messages['same'], value)])
        return to_document(stored)

    def _from_stored(self, value: Any) -> Any:
        if not isinstance(value, set):
            return self._native(value)
        return set(self._each(value, self.field._load))

    def _exported(self, value: Any) -> Any:
        return [] if self._is_nothing(value) else super()._exported(value)

    def _imported(self, value: Any) -> Any:
        if not isinstance(value, list):
            return super()._imported(value)
        return self._native(self._each(value, self.field._imported))

    # Expressions

    def _validated(self, value: Any) -> Any:
        primitive = super()._validated(value)
        # To remove an element moves the others, which is more than to empty it.
        if primitive is None and not is_empty(value) and isinstance(self._parent, ListField):
            raise self._invalid(self.messages['element'], value)
        return primitive

    def _validated_delta(self, values: Any) -> Any:
        """Return the primitives of the members that an update adds."""
        members = self._members_given('add', values)
        self._each(members, self._check_member)
        return self._primitive(members)

    def _members_to_delete(self, values: Any) -> Any:
        """Return the primitives of the members that an update deletes."""
        return self._primitive(self._members_given('delete', values))

    def _members_given(self, method: str, values: Any) -> Any:
        """Return the members that an update is given, one by one or as one collection."""
        if isinstance(values, tuple) and len(values) == 1:
            (values,) = values
        given = self._as_members(values)
        if any(isinstance(value, Operand) for value in (values, *given)):
            raise ExpressionError(
                f'{self._label}: {method}() takes members, not an attribute', values
            )
        members = self._native(given)
        if not members:
            raise self._invalid(f'{method}() takes one or more members', values)
        return members

    def _as_members(self, values: Any) -> Any:
        if isinstance(values, (str, *BYTES, Mapping)) or not isinstance(values, Iterable):
            return [values]
        return values if isinstance(values, _COLLECTIONS) else list(values)

    def _prepare(self, op: OP, value: Any) -> tuple[Any, ...]:
        if op in (OP.EQ, OP.NE) and self._is_nothing(value):
            # An empty set is never stored, so it is compared as what is absent.
            value = None
        return super()._prepare(op, value)

    def size(self) -> SetSize:
        """Return the number of members, to compare with an ``int``; 0 where the set is absent.

        :rtype: Size

        >>> import dynamongo
        >>> dynamongo.SetField(dynamongo.StringField).size() < 5
        (SetField() == None) | (SetField().size() < 5)
        """
        return SetSize(self)

    def _contained(self, value: Any) -> Any:
        if isinstance(value, Operand):
            return self.field._comparable(value)
        if value is None:
            raise self._invalid(self.messages['none'], value)
        return self.field._primitive(self.field._native(value))

    def _member(self, key: Any) -> Field:
        raise ExpressionError(
            f'{self._label} is a set, whose members have no path; use contains(), add() and '
            'delete()',
            key,
        )
