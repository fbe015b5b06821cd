"""The operators and methods by which fields, their members and their sizes make conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo._calling import explains_calls
from dynamongo._paths import Operand
from dynamongo._typing import G, Generic
from dynamongo.conditions import OP, PrimitiveCondition
from dynamongo.exceptions import ExpressionError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, TypeVar, overload

    from dynamongo._annotations import AttributeType
    from dynamongo._paths import Path, Placeholders
    from dynamongo._typing import Begins, Can, Has, Orders, Several

    P = TypeVar('P')


@explains_calls
class Comparable(Operand, Generic[G]):
    """Gives an operand the operators that make conditions."""

    if TYPE_CHECKING:
        # What isn't of the type of the field makes no condition that anything takes.

        @overload  # type: ignore[override]
        def __eq__(self, other: G | Comparable[Any] | None) -> PrimitiveCondition: ...
        @overload
        def __eq__(self, other: object) -> object: ...
        def __eq__(self, other: Any) -> Any: ...

        @overload  # type: ignore[override]
        def __ne__(self, other: G | Comparable[Any] | None) -> PrimitiveCondition: ...
        @overload
        def __ne__(self, other: object) -> object: ...
        def __ne__(self, other: Any) -> Any: ...
    else:

        def __eq__(self, other):
            return PrimitiveCondition(self, OP.EQ, other)

        def __ne__(self, other):
            return PrimitiveCondition(self, OP.NE, other)

    def __lt__(self: Can[Orders], other: G | Comparable[Any]) -> PrimitiveCondition:
        return PrimitiveCondition(self, OP.LT, other)

    def __le__(self: Can[Orders], other: G | Comparable[Any]) -> PrimitiveCondition:
        return PrimitiveCondition(self, OP.LE, other)

    def __gt__(self: Can[Orders], other: G | Comparable[Any]) -> PrimitiveCondition:
        return PrimitiveCondition(self, OP.GT, other)

    def __ge__(self: Can[Orders], other: G | Comparable[Any]) -> PrimitiveCondition:
        return PrimitiveCondition(self, OP.GE, other)

    # Defining __eq__ drops the inherited hash.
    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise ExpressionError(
            f'{self._label} has no truth value. Compare it, for instance {self._label} == True; '
            'negate a condition with ~, and write low <= x <= high as x.between(low, high)'
        )

    def _refuse_join(self, other: object = None) -> NoReturn:
        raise ExpressionError(
            f'{self._label} is no condition. Compare it, and put each comparison into parentheses: '
            f'({self._label} == value) & (...)'
        )

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refuse_join

    def __contains__(self, value: object) -> NoReturn:
        raise ExpressionError(
            'Python\'s "in" can\'t make a condition; '
            f'write {self._label}.contains(value) or {self._label}.in_(values)',
            value,
        )

    def in_(self, value: Several[G] | Iterator[G]) -> PrimitiveCondition:
        """Make a condition that is met where the attribute is one of the values.

        :param list value: the values, any iterable, any number of them. No values match nothing.
        :rtype: PrimitiveCondition

        >>> import dynamongo
        >>> dynamongo.StringField().in_(['a', 'b'])
        StringField().in_(['a', 'b'])
        """
        return PrimitiveCondition(self, OP.IN, value)

    def between(
        self: Can[Orders], low: G | Comparable[Any], high: G | Comparable[Any]
    ) -> PrimitiveCondition:
        """Make a condition that is met where ``low <= attribute <= high``.

        :param low: the lowest value that matches.
        :param high: the highest value that matches.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.BETWEEN, (low, high))


class Size(Comparable[int]):
    """The size of an attribute, to compare with numbers; made by ``field.size()``.

    Characters of a string, bytes of a binary, members of a list, dict or set.

    .. versionadded:: 0.2
    """

    _operators = 1

    if TYPE_CHECKING:
        _can: Orders

    def __init__(self, operand: Attribute[Any]) -> None:
        self._operand = operand

    @property
    def _path(self) -> Path:
        return self._operand._path

    @property
    def _label(self) -> str:
        return f'{self._operand._label}.size()'

    @property
    def _owner(self) -> Any:
        return self._operand._owner

    @property
    def _field(self) -> Any:
        return self._operand

    def _render(self, placeholders: Placeholders) -> str:
        return f'size({self._operand._render(placeholders)})'

    def _prepare(self, op: OP, value: Any) -> tuple[Any, ...]:
        values = value if op in (OP.IN, OP.BETWEEN) else (value,)
        if op is OP.BETWEEN and all(isinstance(number, int) for number in values):
            low, high = value
            if low > high:
                raise ValidationError(f'{self._label}: between(low, high) needs low <= high')
        for number in values:
            if isinstance(number, Operand):
                continue
            if isinstance(number, bool) or not isinstance(number, int):
                raise ValidationError(f'{self._label} is compared with an int, not {number!r}')
        return tuple(values)

    def __repr__(self) -> str:
        return self._label


@explains_calls
class Attribute(Comparable[G]):
    """Gives a field the conditions that ask about an attribute as such."""

    def contains(self: Can[Has[P]], value: P | Attribute[Any]) -> PrimitiveCondition:
        """Make a condition that is met where the attribute contains the value.

        :param value: an element where the attribute is a list or a set, a substring where it is a
            string, and bytes where it is binary.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.CONTAINS, value)

    def begins_with(self: Can[Begins[P]], value: P | Attribute[Any]) -> PrimitiveCondition:
        """Make a condition that is met where the attribute begins with the value.

        :param value: the prefix, a ``str``, or ``bytes`` where the attribute is binary, of any
            form; it needn't be a valid value of the field.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.BEGINS_WITH, value)

    def exists(self) -> PrimitiveCondition:
        """Make a condition that is met where the item has the attribute, be it NULL.

        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.EXISTS)

    def not_exists(self) -> PrimitiveCondition:
        """Make a condition that is met where the item doesn't have the attribute.

        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.NOT_EXISTS)

    def size(self) -> Size:
        """Return the size of the attribute, to compare with an ``int``.

        :rtype: Size

        .. versionadded:: 0.2
        """
        return Size(self)

    def type_is(self, type_: AttributeType) -> PrimitiveCondition:
        """Make a condition that is met where the attribute is stored with the given type.

        :param str type_: one of DynamoDB's type names: ``S``, ``N``, ``B``, ``BOOL``, ``NULL``,
            ``L``, ``M``, ``SS``, ``NS``, ``BS``.
        :rtype: PrimitiveCondition

        .. versionadded:: 0.2
        """
        return PrimitiveCondition(self, OP.TYPE_IS, type_)
