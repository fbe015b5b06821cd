"""The updates of what has no declared type, which the value decides."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explains_calls
from dynamongo._numbers import negated
from dynamongo._paths import Operand
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import number
from dynamongo.updates import AddUpdate, DeleteUpdate, ListExtendUpdate
from dynamongo.utils import with_article

if TYPE_CHECKING:
    from typing import Protocol

    from dynamongo._typing import Can, Free
    from dynamongo.exceptions import ValidationError

    class _Free(Can[Free], Protocol):
        @property
        def _label(self) -> str: ...

        def _require_free(self, method: str) -> None: ...

        def _invalid(self, message: str, value: object) -> ValidationError: ...

        def _validated_delta(self, value: Any, /) -> Any: ...


_SETS = (set, frozenset)


@explains_calls
class FreeUpdates:
    """Gives a field of no declared type the updates of numbers, lists and sets.

    A field of a declared type has those of its type, which take the place of these, and refuses the
    others.
    """

    if TYPE_CHECKING:
        primitive_type: Any

        @property
        def _label(self) -> str: ...

        def _invalid(self, message: str, value: object) -> ValidationError: ...

        def _native(self, value: Any, context: Any = None) -> Any: ...

        def _primitive(self, value: Any) -> Any: ...

    def add(self: _Free, value: Any) -> AddUpdate:
        """Make an update that adds to a number, or adds members to a set.

        An absent attribute counts as zero, or as an empty set. DynamoDB refuses the update where
        what is stored is of another type than the value.

        :param value: a number, or a set of members that are all text, all numbers or all bytes.
        :rtype: AddUpdate
        :raises ValidationError: where the value is something else, or an empty set.
        :raises ExpressionError: where the type that is declared has no such update.

        >>> import dynamongo
        >>> dynamongo.Field().add({'a'})
        Field().add({'a'})

        .. versionadded:: 0.2
        """
        return AddUpdate(self, self._validated_delta(value))

    def subtract(self: _Free, value: Any) -> AddUpdate:
        """Make an update that subtracts from a number; an absent one counts as zero.

        :param value: the number to subtract.
        :rtype: AddUpdate
        :raises ValidationError: where the value isn't a number.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        self._require_free('subtract')
        if not _is_number(value):
            raise self._invalid('subtract() takes a number', value)
        return AddUpdate(self, negated(number(value, self._label)))

    def increment(self: _Free, value: Any = 1) -> AddUpdate:
        """Make an update that adds 1, or the given step, to a number.

        :param value: the step. Default 1.
        :rtype: AddUpdate
        :raises ValidationError: where the value isn't a number.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        self._require_free('increment')
        if not _is_number(value):
            raise self._invalid('increment() takes a number', value)
        return AddUpdate(self, value)

    def decrement(self: _Free, value: Any = 1) -> AddUpdate:
        """Make an update that subtracts 1, or the given step, from a number.

        :param value: the step. Default 1.
        :rtype: AddUpdate
        :raises ValidationError: where the value isn't a number.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        return FreeUpdates.subtract(self, value)  # pyright: ignore

    def delete(self: _Free, value: Any) -> DeleteUpdate:
        """Make an update that deletes members from a set; those that it lacks are no error.

        :param value: a set of members that are all text, all numbers or all bytes.
        :rtype: DeleteUpdate
        :raises ValidationError: where the value isn't a set, or an empty one.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        return DeleteUpdate(self, value)

    def append(self: _Free, *values: Any) -> ListExtendUpdate:
        """Make an update that adds one or more values at the end of a list. An absent one counts as
        empty.

        :param values: the values.
        :rtype: ListExtendUpdate
        :raises ValidationError: where there are no values, or DynamoDB can't store one.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        return ListExtendUpdate(self, values)

    def prepend(self: _Free, *values: Any) -> ListExtendUpdate:
        """Make an update that adds one or more values at the start of a list, in their order. An
        absent one counts as empty.

        :param values: the values.
        :rtype: ListExtendUpdate
        :raises ValidationError: where there are no values, or DynamoDB can't store one.
        :raises ExpressionError: where the type that is declared has no such update.

        .. versionadded:: 0.2
        """
        return ListExtendUpdate(self, values, append=False)

    def _require_free(self, method: str) -> None:
        """Raise where a type is declared, which then has no such update."""
        if self.primitive_type is not None:
            raise ExpressionError(
                f'{self._label} is {with_article(type(self))}, which takes no {method}(): numbers '
                'take add() and subtract(), sets add() and delete(), lists append() and prepend()'
            )

    def _validated_delta(self, value: Any, /) -> Any:
        """Return the primitive of what an update adds."""
        self._require_free('add')
        if isinstance(value, Operand):
            raise ExpressionError(f'{self._label}: add() takes a number or a set, not an attribute')
        if _is_number(value):
            return number(value, self._label)
        if not isinstance(value, _SETS):
            raise self._invalid(
                'add() takes a number or a set where no type is declared, as in add(3) and '
                "add({'new'})",
                value,
            )
        return self._own_members('add', value)

    def _members_to_delete(self, value: Any, /) -> Any:
        """Return the primitives of the members that an update deletes."""
        self._require_free('delete')
        if not isinstance(value, _SETS):
            raise self._invalid(
                "delete() takes a set where no type is declared, as in delete({'old'})", value
            )
        return self._own_members('delete', value)

    def _own_members(self, method: str, members: Any) -> Any:
        if not members:
            raise self._invalid(f'{method}() takes one or more members', members)
        return self._primitive(self._native(set(members)))

    def _validated_elements(self, values: Any) -> Any:
        """Return the primitives of the elements that an update adds."""
        self._require_free('append')
        if any(isinstance(value, Operand) for value in values):
            raise ExpressionError(
                f'{self._label}: what is added to a list are values, not attributes; DynamoDB '
                f'joins lists, as in {self._label}.set({self._label} + other)'
            )
        if not values:
            raise self._invalid('append() and prepend() take one or more values', values)
        return self._primitive(self._native(list(values)))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)
