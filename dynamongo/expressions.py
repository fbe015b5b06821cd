"""Expressions: values that DynamoDB computes in an update, from what the item holds before it.

Expressions are made by the operators and methods of fields, and given to ``set()``::

    User.update_one('john@example.com', [
        User.visits.set(User.visits.if_not_exists(0) + 1),
        User.year_of_birth.set(2020 - User.year_of_birth.if_not_exists(20)),
        User.cities_visited.set(User.cities_visited + ['Rome']),
    ])

The grammar is that of `Update expressions
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>`_:
one ``+`` or ``-`` in a value, and ``if_not_exists`` around the attributes in it.

.. versionadded:: 0.2
"""

from __future__ import annotations

import copy
import datetime
import decimal
from typing import TYPE_CHECKING, Any

from dynamongo._numbers import is_plain, to_number
from dynamongo._paths import Operand
from dynamongo._typing import Generic, K
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.utils import shorten, with_article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, TypeVar, overload

    from typing_extensions import Self

    from dynamongo._paths import Placeholders
    from dynamongo._typing import Can, Free, Joins, Several, Sums

    P = TypeVar('P')

__all__ = [
    'Arithmetic',
    'Expression',
    'IfNotExists',
    'ListJoin',
]

# What a term of a sum can be.
NUMBER = 'a number'
LIST = 'a list'
ANY = 'a number or a list'

_NUMBERS = (int, float, decimal.Decimal)
_TIMES = (datetime.datetime, datetime.timedelta)

#: How deep ``if_not_exists`` may nest. No request holds many more.
MAX_DEPTH = 100


class Term(Operand):
    """Gives a field, and what stands for one, the operators that make expressions."""

    #: What it makes, where it is one that computes.
    _result: str | None = None

    if TYPE_CHECKING:
        primitive_type: Any

    if TYPE_CHECKING:
        _kind: str | None
    else:

        @property
        def _kind(self):
            """What it is as a term of a sum: one of the kinds, or ``None`` where it is no term."""
            return ANY if self.primitive_type is None else None

    @property
    def _reads(self) -> tuple[Any, ...]:
        """The fields that DynamoDB reads."""
        return (self,)

    @property
    def _needs(self) -> tuple[Any, ...]:
        """Those of the fields that it reads that the item must have."""
        return (self,)

    if TYPE_CHECKING:
        # What may be anything makes a sum or a list.
        @overload
        def __add__(self: Can[Free], other: Any) -> Any: ...
        @overload
        def __add__(self: Can[Sums[P]], other: P | Term) -> Arithmetic: ...
        @overload
        def __add__(self: Can[Joins[P]], other: Several[P] | Term) -> ListJoin: ...
        def __add__(self, other: Any) -> Any: ...

        @overload
        def __radd__(self: Can[Free], other: Any) -> Any: ...
        @overload
        def __radd__(self: Can[Sums[P]], other: P) -> Arithmetic: ...
        @overload
        def __radd__(self: Can[Joins[P]], other: Several[P]) -> ListJoin: ...
        def __radd__(self, other: Any) -> Any: ...
    else:

        def __add__(self, other):
            return _sum(self, '+', other)

        def __radd__(self, other):
            if type(other) is int and other == 0 and self._kind in (NUMBER, ANY):
                # Where Python's sum() begins.
                return self
            return _sum(other, '+', self)

    def __sub__(self: Can[Sums[P]], other: P | Term) -> Arithmetic:
        return _sum(self, '-', other)  # type: ignore[no-any-return]

    def __rsub__(self: Can[Sums[P]], other: P) -> Arithmetic:
        return _sum(other, '-', self)  # type: ignore[no-any-return]

    def __neg__(self) -> NoReturn:
        raise ExpressionError(
            f'DynamoDB has no minus of one value; write 0 - {self._label} in an update'
        )

    def _refuse_operator(self, *others: object) -> NoReturn:
        raise ExpressionError(
            f'an update computes by + and - alone, so {self._label} takes no other operator; '
            'read the item, compute in Python, and update under the condition that the attribute '
            'is still what was read'
        )

    __mul__ = __truediv__ = __floordiv__ = __mod__ = __divmod__ = __pow__ = _refuse_operator
    __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rdivmod__ = __rpow__ = _refuse_operator
    __matmul__ = __rmatmul__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __mul__
    __pos__ = __abs__ = __round__ = _refuse_operator


class Expression(Term):
    """Base class of what DynamoDB computes in an update.

    Expressions are immutable and can be shared between threads. They are for ``set()`` and
    ``set_if_not_exists()`` alone: they can't be compared. ``str`` and ``repr`` give the Python that
    makes the expression.

    Plain values in an expression are values of the field that is set, and are converted when it is:
    see :meth:`.Field.set`.

    .. versionadded:: 0.2
    """

    _is_expression = True
    #: The names of the parts that are fields, expressions or plain values, in their order.
    _PARTS: tuple[str, ...] = ()

    def _keep(self, **attributes: object) -> None:
        self.__dict__.update(attributes)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"expressions are immutable: {name} can't be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"expressions are immutable: {name} can't be deleted")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def _parts(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._PARTS)

    def _format(self) -> tuple[str, str]:
        """Return how DynamoDB writes the expression, and how Python does."""
        raise NotImplementedError

    def _render(self, placeholders: Placeholders) -> str:
        return self._format()[0].format(*map(placeholders.operand, self._parts))

    @property
    def _label(self) -> str:
        return self._format()[1].format(*map(_shown, self._parts))

    def __repr__(self) -> str:
        return self._label

    def __str__(self) -> str:
        return self._label

    @property
    def _reads(self) -> tuple[Any, ...]:
        return tuple(field for part in self._operands for field in part._reads)

    @property
    def _needs(self) -> tuple[Any, ...]:
        return tuple(field for part in self._operands for field in part._needs)

    @property
    def _operands(self) -> list[Any]:
        return [part for part in self._parts if isinstance(part, Operand)]

    @property
    def _literals(self) -> Iterator[Any]:
        """The plain values in the expression."""
        for part in self._parts:
            if isinstance(part, Expression):
                yield from part._literals
            elif not isinstance(part, Operand):
                yield part

    def if_not_exists(self, value: object) -> NoReturn:
        """Refuse what DynamoDB doesn't compute: only attributes can be absent.

        :raises ExpressionError: always, with what to write instead.
        """
        raise ExpressionError(
            f'{self._label} is no attribute, and if_not_exists() is for attributes. For the first '
            'of several that exists, nest it: User.a.if_not_exists(User.b.if_not_exists(value)); '
            'for the terms of a sum, write it for each of them'
        )

    def _with(self, parts: list[Any]) -> Self:
        """Return the same expression of other parts, which are taken as they are."""
        expression = object.__new__(type(self))
        expression._keep(**self.__dict__)
        expression._keep(**dict(zip(self._PARTS, parts)))
        return expression

    def _refuse_comparison(self, other: object) -> NoReturn:
        raise ExpressionError(
            f"{self._label} is for updates, and can't be compared: a condition compares attributes "
            'with values and with each other'
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse_comparison
    __hash__ = object.__hash__
    __iter__ = None

    def __bool__(self) -> NoReturn:
        raise ExpressionError(f'{self._label} has no truth value; an attribute is set to it')


class Arithmetic(Expression):
    """The sum or the difference of two numbers: ``User.a + 1``, ``10 - User.b``.

    :param left: a field of numbers, moments or durations that are stored as numbers, one of no
        declared type, an :class:`IfNotExists` of them, or a value of such a field: a number, text
        of one, a ``timedelta``, or a ``datetime``.
    :param str sign: ``'+'`` or ``'-'``.
    :param right: as ``left``.
    :raises ExpressionError: where ``left`` or ``right`` is something else.
    :raises ValidationError: where DynamoDB can't hold a number.

    >>> import dynamongo
    >>> age = dynamongo.IntField()
    >>> age.set_name('age')
    >>> age.set(age - 1)
    age.set(age - 1)

    .. versionadded:: 0.2
    """

    _PARTS = ('left', 'right')
    _result = _kind = NUMBER

    if TYPE_CHECKING:
        left: Any
        sign: str
        right: Any

    def __init__(self, left: Any, sign: str, right: Any) -> None:
        if sign not in ('+', '-'):
            raise ExpressionError('an update computes by + and - alone', sign)
        if sign == '+' and _is_moment(left) and _is_moment(right):
            raise ExpressionError(
                f'{_named(left)} + {_named(right)}: two moments have no sum; add a timedelta'
            )
        self._keep(left=_term(left, NUMBER, right), sign=sign, right=_term(right, NUMBER, left))

    def _format(self) -> tuple[str, str]:
        written = f'{{}} {self.sign} {{}}'
        return written, written


class ListJoin(Expression):
    """The elements of two lists, one after the other: ``User.tags + ['new']``.

    :param left: a list field, a field of no declared type, an :class:`IfNotExists` of them, or a
        list.
    :param right: as ``left``.
    :raises ExpressionError: where ``left`` or ``right`` is something else.

    >>> import dynamongo
    >>> tags = dynamongo.ListField(dynamongo.StringField)
    >>> tags.set_name('tags')
    >>> tags.set(['first'] + tags)
    tags.set(['first'] + tags)

    .. versionadded:: 0.2
    """

    _PARTS = ('left', 'right')
    _result = _kind = LIST

    def __init__(self, left: Any, right: Any) -> None:
        self._keep(left=_term(left, LIST, right), right=_term(right, LIST, left))

    def _format(self) -> tuple[str, str]:
        return 'list_append({}, {})', '{} + {}'


class IfNotExists(Expression, Generic[K]):
    """An attribute where it exists, else another value: ``User.logins.if_not_exists(0)``.

    :param field: the field.
    :param value: what stands for it where it doesn't exist: a value, a field, or another
        :class:`IfNotExists`.
    :raises ExpressionError: where ``value`` is a sum or joined lists, or ``field`` itself, which
        DynamoDB refuses.
    :raises ValidationError: where ``value`` is nothing.

    >>> import dynamongo
    >>> age = dynamongo.IntField()
    >>> age.set_name('age')
    >>> age.set(age.if_not_exists(17) + 1)
    age.set(age.if_not_exists(17) + 1)

    .. versionadded:: 0.2
    """

    _PARTS = ('field', 'value')

    if TYPE_CHECKING:
        field: Any
        value: Any
        _can: K

    def __init__(self, field: Any, value: Any) -> None:
        if not isinstance(field, Term) or isinstance(field, Expression):
            raise ExpressionError('if_not_exists() is a method of a field', field)
        method = f'{field._label}.if_not_exists()'
        if isinstance(value, Operand):
            _require_simple(value, method)
            if not isinstance(value, Expression) and value._path == field._path:
                raise ExpressionError(f'{method} takes another field than {value._label} itself')
        elif value is None:
            problem = Problem('if_not_exists() takes what stands for the absent value', value)
            raise ValidationError(problems=[problem], where=field._label)
        depth = 1 + getattr(value, '_depth', 0)
        if depth > MAX_DEPTH:
            raise ExpressionError(f'if_not_exists() is nested more than {MAX_DEPTH} deep')
        own = copy.deepcopy(value) if isinstance(value, (list, dict, set, tuple)) else value
        self._keep(field=field, value=own, _depth=depth)

    @property
    def _kind(self) -> str | None:  # type: ignore[override]
        kind = self.field._kind
        return _kind_of(self.value) if kind is ANY else kind

    @property
    def _needs(self) -> tuple[Any, ...]:
        return self.value._needs if isinstance(self.value, Term) else ()

    def _format(self) -> tuple[str, str]:
        return 'if_not_exists({}, {})', '{}.if_not_exists({})'


def _sum(left: Any, sign: str, right: Any) -> Any:
    """Return the expression that an operator between two terms makes."""
    for term in (left, right):
        _require_simple(term, 'a sum')
    if LIST not in (_kind_of(left), _kind_of(right)):
        return Arithmetic(left, sign, right)
    if sign == '-':
        raise ExpressionError(
            f'{_named(left)} - {_named(right)}: DynamoDB takes nothing out of a list by value; '
            'remove elements by their index, as in User.tags[0].remove()'
        )
    return ListJoin(left, right)


def _term(value: Any, kind: str, beside: Any) -> Any:
    """Return a term of a sum, once it is known to be of the kind that the sum is of.

    :param beside: the other term, after which errors are named.
    """
    _require_simple(value, 'a sum')
    for leaf in _leaves(value):
        if _kind_of(leaf) not in (kind, ANY):
            raise ExpressionError(
                f'{_named(leaf)} is {with_article(type(leaf))}, and {kind} is needed beside + or '
                '-: DynamoDB adds and subtracts numbers, and joins lists'
            )
    if isinstance(value, Operand):
        return value
    if kind is LIST:
        return copy.deepcopy(list(value))
    where = beside._label if isinstance(beside, Operand) else None
    return number(value, where) if isinstance(value, _NUMBERS) else value


def number(value: Any, where: str | None = None) -> Any:
    """Return a plain number of a sum in the form that is stored.

    :param str where: what errors are named after.
    :raises ValidationError: where it is none, or DynamoDB can't hold it.
    """
    try:
        if not isinstance(value, _NUMBERS):
            raise ValueError('a number is needed: what has no declared type converts no others')
        return to_number(value)
    except ValueError as error:
        raise ValidationError(problems=[Problem(str(error), value)], where=where) from error


def _is_moment(term: Any) -> bool:
    """Tell whether a term of a sum is a moment: a ``datetime``, or a field of them."""
    if isinstance(term, IfNotExists):
        return _is_moment(term.field)
    if isinstance(term, Operand):
        return getattr(term, 'native_type', None) is datetime.datetime
    return isinstance(term, datetime.datetime)


def _leaves(value: Any) -> list[Any]:
    if not isinstance(value, IfNotExists):
        return [value]
    return [value.field, *_leaves(value.value)]


def _kind_of(term: Any) -> str | None:
    """Return what a field, an expression or a plain value is as a term of a sum."""
    if isinstance(term, Term):
        return term._kind
    if isinstance(term, (*_NUMBERS, *_TIMES)) and not isinstance(term, bool):
        return NUMBER
    if isinstance(term, str) and is_plain(term):
        return NUMBER
    return LIST if isinstance(term, (list, tuple)) else None


def require_term(operand: Any, place: str) -> None:
    """Raise where an operand is the size of an attribute, which no update can name."""
    if isinstance(operand, Operand) and not isinstance(operand, Term):
        raise ExpressionError(f'{operand._label} is for conditions; {place} takes none')


def _require_simple(operand: Any, place: str) -> None:
    """Raise where DynamoDB takes no such operand within another expression."""
    require_term(operand, place)
    if isinstance(operand, (Arithmetic, ListJoin)):
        raise ExpressionError(
            f'{operand._label} has its + or - already: DynamoDB takes one in a value, and none '
            'within if_not_exists(). Add plain numbers in Python, put if_not_exists() around '
            'single attributes, or update in two steps'
        )


def _shown(part: Any) -> str:
    return part._label if isinstance(part, Operand) else repr(part)


def _named(part: Any) -> str:
    """Return a part as error messages show it."""
    return part._label if isinstance(part, Operand) else shorten(part)
