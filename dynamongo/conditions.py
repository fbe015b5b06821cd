"""Conditions: immutable trees that select items and guard writes.

Conditions are made by comparing fields and by joining other conditions::

    (User.year_of_birth < 1990) & ~User.cities_visited.contains('Nairobi')

The grammar and the functions are those of `Condition and filter expressions
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>`_.
"""

from __future__ import annotations

import copy
import enum
from typing import TYPE_CHECKING, Any

from dynamongo._paths import Operand, refuse_truth
from dynamongo.exceptions import ExpressionError
from dynamongo.utils import BYTES, chunks, in_sequence, is_iterable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import ClassVar, NoReturn

    from typing_extensions import Self

    from dynamongo._paths import Placeholders
    from dynamongo.fields.base import Field

__all__ = [
    'OP',
    'AndCondition',
    'BaseCondition',
    'CompoundKeyCondition',
    'JoinCondition',
    'NotCondition',
    'OrCondition',
    'PrimitiveCondition',
]

#: DynamoDB's limit on the operands of one IN.
MAX_IN_OPERANDS = 100

#: How deep conditions may nest, joins of one kind counting once. No request holds that many.
MAX_DEPTH = 100


class OP(enum.Enum):
    """The operators of a :class:`PrimitiveCondition`.

    The value of a member is how DynamoDB writes it.
    """

    EQ = '{} = {}'
    NE = '{} <> {}'
    LT = '{} < {}'
    LE = '{} <= {}'
    GT = '{} > {}'
    GE = '{} >= {}'
    BETWEEN = '{} BETWEEN {} AND {}'
    IN = '{} IN ({})'
    CONTAINS = 'contains({}, {})'
    BEGINS_WITH = 'begins_with({}, {})'
    EXISTS = 'attribute_exists({})'
    NOT_EXISTS = 'attribute_not_exists({})'
    TYPE_IS = 'attribute_type({}, {})'

    @property
    def symbol(self) -> str:
        """The operator alone, for instance ``'<'``."""
        return str(self.value).replace('{}', '').split()[0]


_PYTHON = {
    OP.EQ: '{} == {}',
    OP.NE: '{} != {}',
    OP.LT: '{} < {}',
    OP.LE: '{} <= {}',
    OP.GT: '{} > {}',
    OP.GE: '{} >= {}',
    OP.BETWEEN: '{}.between({}, {})',
    OP.IN: '{}.in_({})',
    OP.CONTAINS: '{}.contains({})',
    OP.BEGINS_WITH: '{}.begins_with({})',
    OP.EXISTS: '{}.exists()',
    OP.NOT_EXISTS: '{}.not_exists()',
    OP.TYPE_IS: '{}.type_is({})',
}

#: The operators that order values, which DynamoDB defines for strings, numbers and binary only.
ORDERING = frozenset({OP.LT, OP.LE, OP.GT, OP.GE, OP.BETWEEN})


class BaseCondition:
    """Base class of all conditions.

    Conditions are immutable and can be shared between threads: ``&``, ``|`` and ``~`` make new
    ones.
    ``str`` and ``repr`` give the Python that makes the condition.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        _lookup: Any
        _binding: int
        _depth: int
    else:
        #: How tightly the Python and the DynamoDB form bind; a looser one is put in parentheses.
        _binding = 0
        #: How many joins of alternate kinds and negations are nested in each other.
        _depth = 0

    def _set(self, **attributes: object) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"conditions are immutable: {name} can't be set; &, | and ~ make new ones"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name} can't be deleted: conditions are immutable")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __setstate__(self, state: Any) -> None:
        # Slots alone, which pickle and copy keep in the second place.
        self._set(**state[1])

    def __and__(self, other: BaseCondition) -> AndCondition:
        return AndCondition(self, other)

    def __or__(self, other: BaseCondition) -> OrCondition:
        return OrCondition(self, other)

    def __rand__(self, other: BaseCondition) -> AndCondition:
        return AndCondition(other, self)

    def __ror__(self, other: BaseCondition) -> OrCondition:
        return OrCondition(other, self)

    def __invert__(self) -> BaseCondition:
        return NotCondition(self)

    def __bool__(self) -> NoReturn:
        refuse_truth(self, 'A condition')

    def __str__(self) -> str:
        return repr(self)

    def primitives(self) -> Iterator[PrimitiveCondition]:
        """Yield the conditions at the leaves of the tree, from left to right."""
        raise NotImplementedError

    def render(self, placeholders: Placeholders) -> str:
        """Return the condition as DynamoDB writes it.

        :param placeholders: the :class:`~dynamongo._paths.Placeholders` of the request, which
            collects the names and values.
        :rtype: str
        """
        raise NotImplementedError

    def operator_count(self) -> int:
        """Return how many operators and functions DynamoDB counts in the condition.

        :rtype: int
        """
        raise NotImplementedError


def _deeper(depth: int) -> int:
    """Return a depth, once it is known to be one that can be walked."""
    if depth > MAX_DEPTH:
        raise ExpressionError(
            f'conditions are nested more than {MAX_DEPTH} deep; join them flat, such as a & b & c, '
            'or give in_() a list'
        )
    return depth


class JoinCondition(BaseCondition):
    """Base class of the conditions that join two others.

    :param BaseCondition left: the first condition.
    :param BaseCondition right: the second condition.
    """

    __slots__ = ('_depth', 'left', 'right')

    if TYPE_CHECKING:
        left: BaseCondition
        right: BaseCondition
        _python: ClassVar[str]
        _dynamodb: ClassVar[str]
    else:
        _python = _dynamodb = None

    def __init__(self, left: BaseCondition, right: BaseCondition) -> None:
        for side in (left, right):
            _require_condition(side)
        depth = max(side._depth + (type(side) is not type(self)) for side in (left, right))
        self._set(left=left, right=right, _depth=_deeper(depth))

    @property
    def operands(self) -> tuple[BaseCondition, ...]:
        """The joined conditions as one flat tuple, however many joins of this kind nest.

        ``(a & b) & c`` and ``a & (b & c)`` both have the operands ``(a, b, c)``. The walk keeps
        its own stack, since long chains would overflow Python's.
        """
        operands: list[BaseCondition] = []
        stack: list[BaseCondition] = [self]
        while stack:
            condition = stack.pop()
            if type(condition) is type(self):
                stack += (condition.right, condition.left)
            else:
                operands.append(condition)
        return tuple(operands)

    def primitives(self) -> Iterator[PrimitiveCondition]:
        for operand in self.operands:
            yield from operand.primitives()

    def render(self, placeholders: Placeholders) -> str:
        return self._dynamodb.join(
            f'({operand.render(placeholders)})'
            if operand._binding > self._binding
            else operand.render(placeholders)
            for operand in self.operands
        )

    def operator_count(self) -> int:
        operands = self.operands
        return sum(operand.operator_count() for operand in operands) + len(operands) - 1

    def __repr__(self) -> str:
        return self._python.join(
            repr(operand) if isinstance(operand, NotCondition) else f'({operand!r})'
            for operand in self.operands
        )


class AndCondition(JoinCondition):
    """Met where both conditions are: ``left & right``.

    :param BaseCondition left: the first condition.
    :param BaseCondition right: the second condition.
    """

    __slots__ = ()
    _binding = 2
    _python = ' & '
    _dynamodb = ' AND '


class OrCondition(JoinCondition):
    """Met where either condition is: ``left | right``.

    :param BaseCondition left: the first condition.
    :param BaseCondition right: the second condition.
    """

    __slots__ = ()
    _binding = 3
    _python = ' | '
    _dynamodb = ' OR '


class NotCondition(BaseCondition):
    """Met where the condition isn't: ``~condition``.

    As in DynamoDB, a comparison with an attribute that is absent isn't met, so its negation is.

    :param BaseCondition condition: the condition to negate.

    .. versionadded:: 0.2
    """

    __slots__ = ('_depth', 'condition')

    if TYPE_CHECKING:
        condition: BaseCondition
    _binding = 1

    def __init__(self, condition: BaseCondition) -> None:
        _require_condition(condition)
        self._set(condition=condition, _depth=_deeper(condition._depth + 1))

    def __invert__(self) -> BaseCondition:
        return self.condition

    def primitives(self) -> Iterator[PrimitiveCondition]:
        return self.condition.primitives()

    def render(self, placeholders: Placeholders) -> str:
        return f'NOT ({self.condition.render(placeholders)})'

    def operator_count(self) -> int:
        return 1 + self.condition.operator_count()

    def __repr__(self) -> str:
        return f'~({self.condition!r})'


class PrimitiveCondition(BaseCondition):
    """A comparison of one attribute, at the leaf of a tree.

    :param attr: the field, or another operand.
    :param OP op: the operator.
    :param value: what it compares with: nothing for ``EXISTS`` and ``NOT_EXISTS``, an iterable for
        ``IN``, a pair for ``BETWEEN``, else one value or another field.
    :raises ValidationError: where the value isn't of the field's type.
    :raises ExpressionError: where the operator doesn't apply to the field.
    """

    #: ``_lookup`` is the evaluator's, made when it is first needed.
    __slots__ = ('_lookup', 'attr', 'op', 'operands', 'value')

    if TYPE_CHECKING:
        attr: Any
        op: OP
        operands: tuple[Any, ...]
        value: Any

    def __init__(self, attr: Any, op: OP, value: Any = None) -> None:
        if op is OP.IN:
            value = _in_values(attr, value)
        operands = attr._prepare(op, value)
        # `value` is as it was given, which is what `repr` shows; `operands` are as they are stored.
        shown = copy.deepcopy(value) if isinstance(value, (list, dict, set)) else value
        self._set(attr=attr, op=op, value=shown, operands=operands, _lookup=None)
        for operand in operands:
            if isinstance(operand, Operand):
                _require_comparable(attr, operand)

    @classmethod
    def _stored(cls, attr: Operand, op: OP, *operands: Any, shown: Any = None) -> Self:
        """Return a condition whose operands are in the form that is stored, and stay as they are.

        :param attr: the field.
        :param OP op: the operator.
        :param operands: primitives, one or more as the operator takes.
        :param shown: what ``repr`` shows as the value. Default: the operands.
        :rtype: PrimitiveCondition
        """
        condition = cls.__new__(cls)
        if shown is None:
            shown = list(operands) if op is OP.IN else operands[0]
        condition._set(attr=attr, op=op, value=shown, operands=operands, _lookup=None)
        return condition

    @property
    def _binding(self) -> int:  # type: ignore[override]
        # What compares with nothing, or with many values, is rendered as several terms.
        if self.compares_with_nothing:
            return 3 if self.op is OP.EQ else 2
        return 3 if self.op is OP.IN and len(self.operands) > MAX_IN_OPERANDS else 0

    @property
    def compares_with_nothing(self) -> bool:
        """Whether the condition asks for the absence of a value: ``== None`` and ``!= None``."""
        return self.op in (OP.EQ, OP.NE) and self.attr._is_nothing(self.operands[0])

    def primitives(self) -> Iterator[PrimitiveCondition]:
        yield self

    def render(self, placeholders: Placeholders) -> str:
        attr = placeholders.operand(self.attr)
        if self.compares_with_nothing:
            return self._render_nothing(attr, placeholders)
        values = [placeholders.operand(operand) for operand in self.operands]
        if self.op is OP.IN:
            groups = (', '.join(group) for group in chunks(values, MAX_IN_OPERANDS))
            return ' OR '.join(self.op.value.format(attr, group) for group in groups)
        text: str = self.op.value
        return text.format(attr, *values)

    def _render_nothing(self, attr: str, placeholders: Placeholders) -> str:
        equal = self.op is OP.EQ
        absence = OP.NOT_EXISTS if equal else OP.EXISTS
        terms = [absence.value.format(attr)]
        terms += (self.op.value.format(attr, placeholders.value(value)) for value in self._nothing)
        return (' OR ' if equal else ' AND ').join(terms)

    @property
    def _nothing(self) -> tuple[Any, ...]:
        """The values that count as nothing here, absence apart."""
        return (None, '') if self.operands[0] == '' else (None,)

    def operator_count(self) -> int:
        if self.compares_with_nothing:
            terms = 1 + len(self._nothing)
        elif self.op is OP.IN:
            terms = -(-len(self.operands) // MAX_IN_OPERANDS)
        else:
            terms = 1
        # Each term names the attribute anew, and the terms are joined.
        others = (value for value in self.operands if isinstance(value, Operand))
        sizes: int = terms * self.attr._operators + sum(value._operators for value in others)
        return 2 * terms - 1 + sizes

    def __repr__(self) -> str:
        if self.op in (OP.EXISTS, OP.NOT_EXISTS):
            values: tuple[Any, ...] = ()
        elif self.op is OP.BETWEEN:
            values = self.value
        else:
            values = (self.value,)
        texts = [value._label if isinstance(value, Operand) else repr(value) for value in values]
        return _PYTHON[self.op].format(self.attr._label, *texts)


def _require_condition(value: object) -> None:
    if not isinstance(value, BaseCondition):
        raise ExpressionError(
            'only conditions can be joined and negated. A field becomes one by comparing it; put '
            'each comparison into parentheses: (User.age > 3) & (User.active == True)',
            value,
        )


def _require_comparable(attr: Operand, operand: Operand) -> None:
    if operand._is_expression:
        raise ExpressionError(
            f"{attr._label} can't be compared with {operand._label}: a condition computes nothing; "
            'compare it with a value or a field'
        )
    if operand._label == attr._label:
        raise ExpressionError(f'{attr._label} is compared with itself, which DynamoDB refuses')


def _in_values(attr: Operand, values: Any) -> list[Any]:
    """Return the values of an IN as a list; iterators are read once, here."""
    if isinstance(values, (str, *BYTES, dict)) or not is_iterable(values):
        raise ExpressionError(
            f'{attr._label}.in_() takes a list of values, not {type(values).__name__}', values
        )
    return in_sequence(values)


class CompoundKeyCondition(BaseCondition):
    """Met by the items whose primary key is one of those given; see :meth:`.Model.keys_in`.

    :param str model: the name of the model, for ``repr``.
    :param attrs: the key fields: hash key, then range key where there is one.
    :param keys: tuples of primitive values, one for each of ``attrs``; without duplicates.

    .. versionadded:: 0.2
    """

    __slots__ = ('_lookup', 'attrs', 'keys', 'model')

    if TYPE_CHECKING:
        model: str
        attrs: tuple[Field, ...]
        keys: tuple[tuple[Any, ...], ...]

    def __init__(self, model: str, attrs: Iterable[Field], keys: Iterable[tuple[Any, ...]]) -> None:
        self._set(model=model, attrs=tuple(attrs), keys=tuple(keys), _lookup=None)

    @property
    def _binding(self) -> int:  # type: ignore[override]
        if len(self.keys) > 1:
            return 3
        return 2 if len(self.attrs) > 1 else 0

    def primitives(self) -> Iterator[PrimitiveCondition]:
        for attr in self.attrs:
            yield PrimitiveCondition(attr, OP.EXISTS)

    def render(self, placeholders: Placeholders) -> str:
        names = [placeholders.operand(attr) for attr in self.attrs]
        terms = [
            ' AND '.join(
                OP.EQ.value.format(name, placeholders.value(value))
                for name, value in zip(names, key)
            )
            for key in self.keys
        ]
        if len(self.keys) > 1 and len(self.attrs) > 1:
            terms = [f'({term})' for term in terms]
        return ' OR '.join(terms)

    def operator_count(self) -> int:
        # One comparison for each part of each key, and what joins them.
        return 2 * len(self.keys) * len(self.attrs) - 1

    def __repr__(self) -> str:
        keys = [key[0] if len(self.attrs) == 1 else key for key in self.keys]
        return f'{self.model}.keys_in({keys!r})'
