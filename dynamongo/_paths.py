"""Document paths, operands, and the placeholders that a request uses for names and values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Union

from dynamongo.exceptions import ExpressionError
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

    from dynamongo.conditions import OP

#: Limits of one expression: `Service quotas, Expression parameters
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_EXPRESSION_BYTES = 4096
MAX_OPERATORS = 300
MAX_PATH_ELEMENTS = 32

#: How many digits the number of a placeholder may grow by.
_LONGER_NUMBERS = 3


class Path(tuple[Union[str, int], ...]):
    """A document path: the stored name of an attribute, then names and list indexes.

    >>> str(Path(('address', 'lines', 0)))
    'address.lines[0]'
    """

    __slots__ = ()

    @property
    def root(self) -> str:
        """The stored name of the attribute that the path starts at."""
        return self[0]  # type: ignore[return-value]

    @property
    def to_list(self) -> Path:
        """The path as far as the first list on it, which is as far as a projection may lead.

        DynamoDB answers a projected element in a list of its own, in which its index is lost.
        """
        ends = (place for place, element in enumerate(self) if isinstance(element, int))
        return Path(self[: next(ends, len(self))])

    def overlaps(self, other: Path) -> bool:
        """Tell whether one of two paths leads through the other."""
        return all(mine == theirs for mine, theirs in zip(self, other))

    def __str__(self) -> str:
        head, *rest = self
        return str(head) + ''.join(
            f'[{element}]' if isinstance(element, int) else f'.{element}' for element in rest
        )


class Operand:
    """What a condition or an update can name: a field, a member of one, its size, or an expression.

    Subclasses provide the private members. They are private because the members of a
    ``DictField`` are attributes too, and may bear any public name.
    """

    if TYPE_CHECKING:
        # The path in the stored item.
        @property
        def _path(self) -> Path: ...

        # The operand as the Python that makes it, for instance ``User.address.city``.
        @property
        def _label(self) -> str: ...

        # The field that the operand is, or is about, and the model that it belongs to.
        @property
        def _field(self) -> Any: ...

        @property
        def _owner(self) -> Any: ...

    #: How many functions it takes to name it.
    _operators: int = 0
    #: Whether it is a value that an update computes, which no condition can name.
    _is_expression: bool = False

    def _is_nothing(self, value: object) -> bool:
        """Tell whether a value, given or in the form that is stored, counts as nothing here."""
        return is_empty(value)

    def _prepare(self, op: OP, value: Any) -> tuple[Any, ...]:
        """Return the tuple of primitives and operands that ``op`` compares with."""
        raise NotImplementedError

    def _render(self, placeholders: Placeholders) -> str:
        """Return the operand as DynamoDB writes it."""
        raise NotImplementedError


class Placeholders:
    """The names and values of one request, each behind a placeholder.

    A name or a value that is used twice gets one placeholder. Numbering starts from zero with each
    request, so that equal calls compile to equal requests.

    >>> placeholders = Placeholders()
    >>> placeholders.path(Path(('name',))), placeholders.value('John')
    ('#n0', ':v0')
    >>> placeholders.names, placeholders.values
    ({'#n0': 'name'}, {':v0': 'John'})
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._name_of: dict[str, str] = {}
        self._value_of: dict[Any, str] = {}

    def path(self, path: Iterable[str | int]) -> str:
        """Return a path with each name replaced by its placeholder."""
        text = ''
        for element in path:
            if isinstance(element, int):
                text += f'[{element}]'
            else:
                text += f'.{self._name(element)}' if text else self._name(element)
        return text

    def paths(self, paths: Iterable[Path]) -> str:
        """Return paths as a projection expression."""
        return ', '.join(map(self.path, paths))

    def _name(self, name: str) -> str:
        placeholder = self._name_of.get(name)
        if placeholder is None:
            placeholder = self._name_of[name] = f'#n{len(self.names)}'
            self.names[placeholder] = name
        return placeholder

    def value(self, value: Any) -> str:
        """Return the placeholder of a primitive value."""
        # The type belongs to the identity: True == 1, but BOOL is not N.
        identity = (type(value), value) if isinstance(value, Hashable) else None
        placeholder = self._value_of.get(identity)
        if placeholder is None:
            placeholder = f':v{len(self.values)}'
            self.values[placeholder] = value
            if identity is not None:
                self._value_of[identity] = placeholder
        return placeholder

    def operand(self, value: Any) -> str:
        """Return an operand as its path, and anything else as a value's placeholder."""
        if isinstance(value, Operand):
            return value._render(self)
        return self.value(value)

    def arguments(self) -> dict[str, dict[str, Any]]:
        """Return the request arguments that carry the names and values; empty maps are left out,
        since DynamoDB refuses them."""
        arguments = {}
        if self.names:
            arguments['ExpressionAttributeNames'] = self.names
        if self.values:
            arguments['ExpressionAttributeValues'] = self.values
        return arguments


def longest(text: str) -> int:
    """Return how long the text of an expression may get in a request.

    There, the placeholders of other expressions may be numbered first, and its own be longer.
    """
    return len(text) + _LONGER_NUMBERS * (text.count('#') + text.count(':'))


def refuse_truth(expression: object, kind: str) -> NoReturn:
    """Raise the error that answers ``bool(expression)``.

    :param str kind: ``'A condition'`` or ``'A field'``.
    """
    raise ExpressionError(
        f'{kind} has no truth value. Join conditions with & and |, negate them with ~, '
        'and write low <= x <= high as x.between(low, high); not, and, or, in and chained '
        'comparisons make Python ask for a truth value',
        expression,
    )
