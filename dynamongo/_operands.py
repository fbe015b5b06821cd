"""The operators and methods by which fields, their members and their sizes make conditions."""

from dynamongo._paths import Operand
from dynamongo.conditions import OP, PrimitiveCondition
from dynamongo.exceptions import ExpressionError, ValidationError


class Comparable(Operand):
    """Gives an operand the operators that make conditions."""

    def __eq__(self, other):
        return PrimitiveCondition(self, OP.EQ, other)

    def __ne__(self, other):
        return PrimitiveCondition(self, OP.NE, other)

    def __lt__(self, other):
        return PrimitiveCondition(self, OP.LT, other)

    def __le__(self, other):
        return PrimitiveCondition(self, OP.LE, other)

    def __gt__(self, other):
        return PrimitiveCondition(self, OP.GT, other)

    def __ge__(self, other):
        return PrimitiveCondition(self, OP.GE, other)

    # Defining __eq__ drops the inherited hash.
    __hash__ = object.__hash__

    def __bool__(self):
        raise ExpressionError(
            f'{self._label} has no truth value. Compare it, for instance {self._label} == True; '
            'negate a condition with ~, and write low <= x <= high as x.between(low, high)'
        )

    def _refuse_join(self, other=None):
        raise ExpressionError(
            f'{self._label} is no condition. Compare it, and put each comparison into parentheses: '
            f'({self._label} == value) & (...)'
        )

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refuse_join

    def __contains__(self, value):
        raise ExpressionError(
            'Python\'s "in" can\'t make a condition; '
            f'write {self._label}.contains(value) or {self._label}.in_(values)',
            value,
        )

    def in_(self, value):
        """Make a condition that is met where the attribute is one of the values.

        :param list value: the values, any iterable, any number of them. No values match nothing.
        :rtype: PrimitiveCondition

        >>> import dynamongo
        >>> dynamongo.StringField().in_(['a', 'b'])
        StringField().in_(['a', 'b'])
        """
        return PrimitiveCondition(self, OP.IN, value)

    def between(self, low, high):
        """Make a condition that is met where ``low <= attribute <= high``.

        :param low: the lowest value that matches.
        :param high: the highest value that matches.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.BETWEEN, (low, high))


class Size(Comparable):
    """The size of an attribute, to compare with numbers; made by ``field.size()``.

    Characters of a string, bytes of a binary, members of a list, dict or set.

    .. versionadded:: 0.2
    """

    _operators = 1

    def __init__(self, operand):
        self._operand = operand

    @property
    def _path(self):
        return self._operand._path

    @property
    def _label(self):
        return f'{self._operand._label}.size()'

    @property
    def _owner(self):
        return self._operand._owner

    @property
    def _field(self):
        return self._operand

    def _render(self, placeholders):
        return f'size({self._operand._render(placeholders)})'

    def _prepare(self, op, value):
        values = value if op in (OP.IN, OP.BETWEEN) else (value,)
        if op is OP.BETWEEN and all(isinstance(number, int) for number in values):
            low, high = values
            if low > high:
                raise ValidationError(f'{self._label}: between(low, high) needs low <= high')
        for number in values:
            if isinstance(number, Operand):
                continue
            if isinstance(number, bool) or not isinstance(number, int):
                raise ValidationError(f'{self._label} is compared with an int, not {number!r}')
        return tuple(values)

    def __repr__(self):
        return self._label


class Attribute(Comparable):
    """Gives a field the conditions that ask about an attribute as such."""

    def contains(self, value):
        """Make a condition that is met where the attribute contains the value.

        :param value: an element where the attribute is a list or a set, a substring where it is a
            string, and bytes where it is binary.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.CONTAINS, value)

    def begins_with(self, value):
        """Make a condition that is met where the attribute begins with the value.

        :param value: the prefix, a ``str``, or ``bytes`` where the attribute is binary, of any
            form; it needn't be a valid value of the field.
        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.BEGINS_WITH, value)

    def exists(self):
        """Make a condition that is met where the item has the attribute, be it NULL.

        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.EXISTS)

    def not_exists(self):
        """Make a condition that is met where the item doesn't have the attribute.

        :rtype: PrimitiveCondition
        """
        return PrimitiveCondition(self, OP.NOT_EXISTS)

    def size(self):
        """Return the size of the attribute, to compare with an ``int``.

        :rtype: Size

        .. versionadded:: 0.2
        """
        return Size(self)

    def type_is(self, type_):
        """Make a condition that is met where the attribute is stored with the given type.

        :param str type_: one of DynamoDB's type names: ``S``, ``N``, ``B``, ``BOOL``, ``NULL``,
            ``L``, ``M``, ``SS``, ``NS``, ``BS``.
        :rtype: PrimitiveCondition

        .. versionadded:: 0.2
        """
        return PrimitiveCondition(self, OP.TYPE_IS, type_)
