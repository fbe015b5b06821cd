"""Updates: what :meth:`.Model.update_one` does to the attributes of an item.

Updates are made by the methods of fields::

    User.update_one('john@example.com', [User.name.set('John'), User.cities_visited.append('Rome')])

The grammar is that of `Update expressions
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>`_.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._assignments import assigned
from dynamongo._paths import Operand, Placeholders
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import Expression, Term
from dynamongo.utils import is_iterable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

    from typing_extensions import Self

    from dynamongo._paths import Path
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


def checked_updates(updates: Any, model: str = 'User') -> tuple[Update, ...]:
    """Return updates as a tuple, once they are known to fit together.

    :param str model: the name of the model that is updated, for the error message.
    :raises ExpressionError: where there are none, one isn't an update, or two overlap.
    """
    if isinstance(updates, Update):
        updates = (updates,)
    elif isinstance(updates, Operand):
        # It can't be walked through, and isn't an update either.
        updates = (updates,)
    elif isinstance(updates, Mapping):
        _refuse_mapping(updates, model)
    elif isinstance(updates, (str, bytes)) or not is_iterable(updates):
        raise ExpressionError('updates are a list of what User.name.set("John") makes', updates)
    checked: tuple[Update, ...] = tuple(updates)
    if not checked:
        raise ExpressionError('there is nothing to update: the list of updates is empty')
    for update in checked:
        if isinstance(update, Mapping):
            _refuse_mapping(update, model)
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


def _refuse_mapping(given: Mapping[Any, Any], model: str) -> None:
    name, value = next(iter(given.items()), ('name', 'John'))
    raise ExpressionError(
        f'updates are a list, as in [{model}.{name}.set({shorten(value)})]; '
        f'{model}.update_from_dict() takes a dict, with the key in it',
        given,
    )


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
