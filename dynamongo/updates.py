"""Updates: what :meth:`.Model.update_one` does to the attributes of an item.

Updates are made by the methods of fields::

    User.update_one('john@example.com', [User.name.set('John'), User.cities_visited.append('Rome')])

The grammar is that of `Update expressions
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>`_.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from dynamongo._assignments import assigned
from dynamongo._numbers import negated
from dynamongo._paths import Operand, Placeholders
from dynamongo._typing import E, G, Generic, K, V
from dynamongo.conditions import BaseCondition
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import LIST, NUMBER, Expression, IfNotExists, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import NoReturn

    from typing_extensions import Self

    from dynamongo._paths import Path
    from dynamongo._typing import Can, Several
    from dynamongo.fields.base import Field

__all__ = [
    'AddUpdate',
    'DeleteUpdate',
    'ListExtendUpdate',
    'RemoveUpdate',
    'SetUpdate',
    'Update',
    'UpdateBuilder',
]

#: The clauses of an update expression, in the order in which they are written.
CLAUSES = ('SET', 'REMOVE', 'ADD', 'DELETE')

_serial = itertools.count()


class CompiledUpdate(tuple[str, dict[str, Any]]):
    """The pair ``(expression, values)``, which also carries ``names``.

    :param str expression: the update expression; empty where the updates amount to nothing.
    :param dict values: placeholder to primitive value.
    :param dict names: placeholder to stored name.
    """

    if TYPE_CHECKING:
        names: dict[str, str]

    def __new__(cls, expression: str, values: dict[str, Any], names: dict[str, str]) -> Self:
        pair = super().__new__(cls, (expression, values))
        pair.names = names
        return pair

    expression = property(lambda self: self[0], doc='The update expression.')
    values = property(lambda self: self[1], doc='Placeholder to primitive value.')


class UpdateBuilder:
    """One clause of an update expression.

    :param str type_: ``'SET'``, ``'REMOVE'``, ``'ADD'`` or ``'DELETE'``.
    :param str expression: the actions of the clause, separated by commas.
    :param dict values: placeholder to primitive value, of the whole expression.
    """

    def __init__(self, type_: str, expression: str, values: dict[str, Any]) -> None:
        if type_ not in CLAUSES:
            raise ExpressionError(f'an update clause is one of {", ".join(CLAUSES)}', type_)
        self.type_ = type_
        self.expression = expression
        self.values = values

    def __str__(self) -> str:
        return f'{self.type_} {self.expression}'

    __repr__ = __str__

    @classmethod
    def create(
        cls, updates: Iterable[Update], *, placeholders: Placeholders | None = None
    ) -> CompiledUpdate:
        """Compile updates to an update expression.

        :param updates: a list or tuple of :class:`Update`.
        :param placeholders: the placeholders of the request that the expression becomes part of;
            fresh ones by default.
        :returns: the pair ``(expression, values)``. Attribute names are placeholders as well; the
            pair has them as ``.names``.
        :rtype: CompiledUpdate
        :raises ExpressionError: where there are no updates, where one isn't an update, and where
            two touch the same part of an item, which DynamoDB refuses.

        >>> import dynamongo
        >>> age = dynamongo.IntField()
        >>> age.set_name('age')
        >>> expression, values = UpdateBuilder.create([age.set(3)])
        >>> expression, values
        ('SET #n0 = :v0', {':v0': 3})
        """
        updates = checked_updates(updates)
        placeholders = placeholders or Placeholders()
        actions: dict[str, list[str]] = {clause: [] for clause in CLAUSES}
        for update in updates:
            if update.clause is not None:
                actions[update.clause].append(update.render(placeholders))
        clauses = [
            str(cls(clause, ', '.join(parts), placeholders.values))
            for clause, parts in actions.items()
            if parts
        ]
        return CompiledUpdate(' '.join(clauses), placeholders.values, placeholders.names)


def checked_updates(updates: Any) -> tuple[Update, ...]:
    """Return updates as a tuple, once they are known to fit together.

    :raises ExpressionError: where there are none, one isn't an update, or two overlap.
    """
    if isinstance(updates, Update):
        updates = (updates,)
    elif isinstance(updates, Operand):
        # It can't be walked through, and isn't an update either.
        updates = (updates,)
    elif isinstance(updates, (str, bytes)) or not hasattr(updates, '__iter__'):
        raise ExpressionError('updates are a list of what User.name.set("John") makes', updates)
    checked: tuple[Update, ...] = tuple(updates)
    if not checked:
        raise ExpressionError('there is nothing to update: the list of updates is empty')
    for update in checked:
        if not isinstance(update, Update):
            raise ExpressionError(
                'an update is made by a method of a field, for instance User.name.set("John")',
                update,
            )
    for first, second in itertools.combinations(checked, 2):
        if overlap(first, second):
            twice = {first.clause, second.clause} == {'ADD', 'DELETE'}
            also = '; add members to a set and delete others in two calls' if twice else ''
            raise ExpressionError(
                f'{first.field._label} and {second.field._label} overlap; one update can touch '
                f'each part of an item once{also}',
                [first, second],
            )
    return checked


def overlap(first: Update, second: Update) -> bool:
    """Tell whether two updates touch the same part of an item."""
    if first.clause is None or second.clause is None:
        return False
    path: Path = first.field._path
    return path.overlaps(second.field._path)


class Update:
    """Base class of the updates of one attribute.

    :param field: the field, or a member or element of one.
    :param value: what the update works with, validated at once.
    """

    #: ``'SET'``, ``'REMOVE'``, ``'ADD'`` or ``'DELETE'``; ``None`` where the update amounts to
    #: nothing.
    clause: str | None = None

    def __init__(self, field: Any, value: Any = None) -> None:
        self.field = field
        self._value = value

    @property
    def value(self) -> Any:
        """The validated value, in the form that is stored; a field or an expression as it is."""
        return self._value

    @property
    def _reads(self) -> tuple[Field, ...]:
        """The fields that DynamoDB reads to compute the value."""
        return self._value._reads if isinstance(self._value, Term) else ()

    @property
    def _needs(self) -> tuple[Field, ...]:
        """Those of the fields that it reads that the item must have."""
        return self._value._needs if isinstance(self._value, Term) else ()

    @property
    def _literals(self) -> tuple[Any, ...]:
        """The plain values of which the value is."""
        if isinstance(self._value, Expression):
            return tuple(self._value._literals)
        return () if isinstance(self._value, Operand) else (self._value,)

    @staticmethod
    def placeholder() -> str:
        """Return a placeholder for a value that no other call returns.

        Requests don't use it: theirs are numbered from zero, so that equal calls compile to equal
        requests.

        :rtype: str
        """
        return f':p{next(_serial)}'

    def render(self, placeholders: Placeholders) -> str:
        """Return the action as DynamoDB writes it, without its clause.

        :param placeholders: the :class:`~dynamongo._paths.Placeholders` of the request.
        :rtype: str
        """
        raise NotImplementedError

    def __bool__(self) -> NoReturn:
        raise ExpressionError('an update has no truth value; pass it to update_one', self)

    def __str__(self) -> str:
        return repr(self)


class RemoveUpdate(Update):
    """Removes an attribute, a member of a dict, or an element of a list.

    :param field: what to remove.
    :raises ValidationError: where the field is required.
    """

    clause = 'REMOVE'

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        field._check_removable()

    def render(self, placeholders: Placeholders) -> str:
        return placeholders.operand(self.field)

    def __repr__(self) -> str:
        return f'{self.field._label}.remove()'


class SetUpdate(Update):
    """Sets an attribute. Setting it to nothing (``None`` or ``''``) removes it.

    :param field: the field, or a member or element of one.
    :param value: the value, which the field validates, constraints included; or another field, or
        an :class:`.Expression`, which DynamoDB looks up.
    :param bool if_not_exists: leave the attribute alone where it exists. Default ``False``.
    """

    def __init__(self, field: Any, value: Any, if_not_exists: bool = False) -> None:
        if isinstance(value, Operand):
            value = assigned(field, value, if_not_exists=if_not_exists)
        elif if_not_exists and field._is_nothing(value):
            # Setting nothing where there is nothing is no action, whatever the field requires.
            value = None
        else:
            value = field._validated(value)
        super().__init__(field, value)
        self.if_not_exists = if_not_exists

    @property
    def clause(self) -> str | None:  # type: ignore[override]
        if self.value is not None:
            return 'SET'
        return None if self.if_not_exists else 'REMOVE'

    def render(self, placeholders: Placeholders) -> str:
        path = placeholders.operand(self.field)
        if self.value is None:
            return path
        value = placeholders.operand(self.value)
        return (
            f'{path} = if_not_exists({path}, {value})'
            if self.if_not_exists
            else (f'{path} = {value}')
        )

    def __repr__(self) -> str:
        method = 'set_if_not_exists' if self.if_not_exists else 'set'
        value = self.value._label if isinstance(self.value, Operand) else repr(self.value)
        return f'{self.field._label}.{method}({value})'


class ListExtendUpdate(Update):
    """Adds values at the end, or at the start, of a list. A list that is absent counts as empty.

    :param field: the list field.
    :param value: the list of values, each validated by the field of the elements.
    :param bool append: at the end if true, else at the start. Default ``True``.
    """

    clause = 'SET'

    def __init__(self, field: Any, value: Any, append: bool = True) -> None:
        super().__init__(field, field._validated_elements(value))
        self.append = append

    def render(self, placeholders: Placeholders) -> str:
        path = placeholders.operand(self.field)
        values = placeholders.value(self.value)
        current = f'if_not_exists({path}, {placeholders.value([])})'
        first, second = (current, values) if self.append else (values, current)
        return f'{path} = list_append({first}, {second})'

    def __repr__(self) -> str:
        method = 'append' if self.append else 'prepend'
        values = ', '.join(repr(value) for value in self.value)
        return f'{self.field._label}.{method}({values})'


class AddUpdate(Update):
    """Adds to a number, or members to a set. What is absent counts as zero, or as an empty set.

    :param field: the numeric field, or the set field.
    :param value: what to add: a number, which may be negative, by default 1; or members.
    """

    clause = 'ADD'

    def __init__(self, field: Any, value: Any = None) -> None:
        super().__init__(field, field._validated_delta(1 if value is None else value))

    def render(self, placeholders: Placeholders) -> str:
        return f'{placeholders.operand(self.field)} {placeholders.value(self.value)}'

    def __repr__(self) -> str:
        return f'{self.field._label}.add({self.value!r})'


class DeleteUpdate(Update):
    """Deletes members from a set. The last one takes the attribute with it.

    :param field: the set field.
    :param value: the members.

    .. versionadded:: 0.2
    """

    clause = 'DELETE'

    def __init__(self, field: Any, value: Any) -> None:
        super().__init__(field, field._members_to_delete(value))

    def render(self, placeholders: Placeholders) -> str:
        return f'{placeholders.operand(self.field)} {placeholders.value(self.value)}'

    def __repr__(self) -> str:
        return f'{self.field._label}.delete({self.value!r})'


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
