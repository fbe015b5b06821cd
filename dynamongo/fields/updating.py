"""The methods by which fields make updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo._calling import explains_calls
from dynamongo._numbers import negated
from dynamongo._typing import E, G, Generic, K, V
from dynamongo.conditions import BaseCondition
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import LIST, NUMBER, IfNotExists, Term
from dynamongo.updates import AddUpdate, DeleteUpdate, ListExtendUpdate, RemoveUpdate, SetUpdate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from dynamongo._typing import Can, Several


@explains_calls
class Updatable(Term, Generic[V, G]):
    """Gives a field the updates that fit every type."""

    def set(self, value: V | G | Term) -> SetUpdate:
        """Make an update that sets the attribute, whether or not it exists.

        Nested members and list elements can be set too: ``User.address.city.set('Rome')``.

        :param value: the value; ``None`` and ``''`` remove the attribute. Or another field, or an
            :class:`.Expression`, such as ``User.a - 1``, which DynamoDB looks up in the item as it
            was before the update.
        :rtype: SetUpdate
        :raises ValidationError: where the value isn't valid for the field, or is empty where the
            field is required.
        :raises ExpressionError: where the field might not read what the other field or the
            expression makes, or read it as another value, since that one is declared otherwise.

        Plain values within an expression are values of the field that is set: the terms of a sum
        are converted as ``add()`` does it, those of a list as ``append()`` does it, and what
        stands for an absent attribute is validated as a value. What DynamoDB computes isn't checked
        against the field's constraints.

        .. versionadded:: 0.2
            Fields and expressions.
        """
        return SetUpdate(self, value)

    def set_if_not_exists(self, value: V | G | Term | None) -> SetUpdate:
        """Make an update that sets the attribute where it doesn't exist, else leaves it alone.

        :param value: the value; ``None`` and ``''`` amount to no action. Or another field, or an
            :class:`.IfNotExists`; DynamoDB computes no sum here.
        :rtype: SetUpdate
        :raises ValidationError: where the value isn't valid for the field.
        :raises ExpressionError: where the field can't hold what the other field does.

        .. versionadded:: 0.2
            Fields and :class:`.IfNotExists`.
        """
        return SetUpdate(self, value, if_not_exists=True)

    def if_not_exists(self: Can[K], value: V | G | Term) -> IfNotExists[K]:
        """Make an expression that is the attribute where it exists, else another value.

        It is for the right side of an update, as in
        ``User.logins.set(User.logins.if_not_exists(0) + 1)``.

        :param value: a value, another field, or another :class:`.IfNotExists`. A value is one of
            the field that is set.
        :rtype: IfNotExists
        :raises ValidationError: where the value is nothing.
        :raises ExpressionError: where it is a sum, or the field itself.

        .. versionadded:: 0.2
        """
        return IfNotExists(self, value)

    def remove(self) -> RemoveUpdate:
        """Make an update that removes the attribute.

        :rtype: RemoveUpdate
        :raises ValidationError: where the field is required.
        """
        return RemoveUpdate(self)


@explains_calls
class NumericUpdates(Generic[E]):
    """Gives a field the updates of a number."""

    _kind: str | None = NUMBER

    if TYPE_CHECKING:

        def _validated_delta(self, value: Any) -> Any: ...

    def add(self, value: E | int) -> AddUpdate:
        """Make an update that adds to the number; an absent one counts as zero.

        :param value: what to add: a number, or a ``timedelta`` where the field is one of moments or
            durations. The field's constraints apply to values, not to differences.
        :rtype: AddUpdate
        """
        return AddUpdate(self, self._validated_delta(value))

    def subtract(self, value: E | int) -> AddUpdate:
        """Make an update that subtracts from the number; an absent one counts as zero.

        :param value: what to subtract.
        :rtype: AddUpdate
        """
        return AddUpdate(self, negated(self._validated_delta(value)))

    def increment(self, value: E | int = 1) -> AddUpdate:
        """Make an update that adds 1, or the given step, to the number.

        :param value: the step. Default 1.
        :rtype: AddUpdate
        """
        return self.add(value)

    def decrement(self, value: E | int = 1) -> AddUpdate:
        """Make an update that subtracts 1, or the given step, from the number.

        :param value: the step. Default 1.
        :rtype: AddUpdate
        """
        return self.subtract(value)

    def _validated_term(self, value: Any) -> Any:
        """Return the primitive of a plain value in a sum."""
        return self._validated_delta(value)


@explains_calls
class MemberUpdates(Generic[E]):
    """Gives a field the updates of a set."""

    if TYPE_CHECKING:

        @property
        def _label(self) -> str: ...

    def _refuse_operator(self, other: object) -> NoReturn:
        raise ExpressionError(
            f'{self._label} is a {type(self).__name__}, which takes no operators; members are '
            'added by add() and deleted by delete()',
            other,
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __xor__ = __rxor__ = _refuse_operator

    def __and__(self, other: object) -> Any:
        return self._join(other, super().__and__)  # type: ignore[misc]

    def __or__(self, other: object) -> Any:
        return self._join(other, super().__or__)  # type: ignore[misc]

    __rand__, __ror__ = __and__, __or__

    def _join(self, other: object, join: Callable[[Any], Any]) -> Any:
        """Raise what fits the other side: a condition, or a value."""
        return join(other) if isinstance(other, BaseCondition) else self._refuse_operator(other)

    def add(self, *values: E | Several[E] | Iterator[E]) -> AddUpdate:
        """Make an update that adds members to the set. An absent set counts as empty.

        What the set has already stays as it is. ``min_size`` and ``max_size`` don't apply, since
        DynamoDB doesn't know them; guard with a condition on ``size()`` where that matters.

        :param values: one or more members, each validated by the field of the members; or one set
            or list of them, or another iterable.
        :rtype: AddUpdate
        :raises ValidationError: where there are no members, or one isn't valid.

        >>> import dynamongo
        >>> dynamongo.SetField(dynamongo.StringField).add('a')
        SetField().add({'a'})

        .. versionadded:: 0.2
        """
        return AddUpdate(self, values)

    def delete(self, *values: E | Several[E] | Iterator[E]) -> DeleteUpdate:
        """Make an update that deletes members from the set; those that it lacks are no error.

        DynamoDB removes the attribute with its last member, also where the field is required.

        :param values: one or more members, which are converted by the field of the members, whose
            constraints don't apply; or one set or list of them, or another iterable.
        :rtype: DeleteUpdate
        :raises ValidationError: where there are no members, or one can't be converted.

        >>> import dynamongo
        >>> dynamongo.SetField(dynamongo.StringField).delete('a')
        SetField().delete({'a'})

        .. versionadded:: 0.2
        """
        return DeleteUpdate(self, values)


@explains_calls
class ListUpdates(Generic[E]):
    """Gives a field the updates of a list."""

    _kind: str | None = LIST

    def append(self, *values: E | None) -> ListExtendUpdate:
        """Make an update that adds one or more values at the end of the list.

        :param values: the values, each validated by the field of the elements.
        :rtype: ListExtendUpdate

        An absent list counts as empty.
        """
        return ListExtendUpdate(self, values)

    def prepend(self, *values: E | None) -> ListExtendUpdate:
        """Make an update that adds one or more values at the start of the list, in their order.

        :param values: the values, each validated by the field of the elements.
        :rtype: ListExtendUpdate

        An absent list counts as empty.
        """
        return ListExtendUpdate(self, values, append=False)
