"""What a field lets itself be compared with, checked and in the form that is stored."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

from dynamongo._paths import Operand
from dynamongo.conditions import OP, ORDERING
from dynamongo.exceptions import ExpressionError
from dynamongo.fields.copying import Copied
from dynamongo.utils import BYTES, key_proto, utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dynamongo.exceptions import ValidationError

#: DynamoDB's names of attribute types.
ATTRIBUTE_TYPES = ('S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS')

# The primitives that have an order in DynamoDB; int includes bool, which has none.
_ORDERED = (str, int, decimal.Decimal, bytes)


class Compared:
    """Prepares the operands of conditions on a field, whose constraints don't apply to them."""

    if TYPE_CHECKING:
        primitive_type: Any

        @property
        def _label(self) -> str: ...

        def _is_nothing(self, value: object) -> bool: ...

        def _takes(self, source: Any) -> bool: ...

        def _invalid(self, message: str, value: object) -> ValidationError: ...

        def _native(self, value: Any, context: Any = None) -> Any: ...

        def _primitive(self, value: Any) -> Any: ...

    def _prepare(self, op: OP, value: Any) -> tuple[Any, ...]:
        if op in (OP.EXISTS, OP.NOT_EXISTS):
            return ()
        if op is OP.TYPE_IS:
            if value not in ATTRIBUTE_TYPES:
                raise ExpressionError(
                    f'{self._label}.type_is() takes one of {", ".join(ATTRIBUTE_TYPES)}', value
                )
            return (value,)
        if op in ORDERING:
            self._require_order(op)
        if op is OP.IN:
            return _unique(self._compared(item) for item in value)
        if op is OP.BETWEEN:
            low, high = (self._ordered(item) for item in value)
            self._require_sequence(low, high, value)
            return low, high
        if op in ORDERING:
            return (self._ordered(value),)
        if op is OP.CONTAINS:
            return (self._contained(value),)
        if op is OP.BEGINS_WITH:
            return (self._prefix(value),)
        if op in (OP.EQ, OP.NE) and self._is_nothing(value):
            return (value,)
        return (self._compared(value),)

    def _compared(self, value: Any) -> Any:
        """Return the primitive of a value to compare with."""
        if isinstance(value, Operand):
            return self._comparable(value)
        if value is None:
            raise self._invalid(
                'None can be compared by == and != only; use exists(), not_exists() or == None',
                value,
            )
        return self._primitive(self._native(value))

    def _comparable(self, operand: Any) -> Any:
        """Return an operand to compare with, once it is known to be stored in a form like this."""
        if not isinstance(operand, Copied) or self._takes(operand) or operand._takes(self):
            return operand
        theirs: Any = operand
        raise ExpressionError(
            f'{self._label} ({type(self).__name__}) and {theirs._label} '
            f'({type(operand).__name__}) are stored in different forms, which DynamoDB would '
            'compare; compare with a value, or declare both fields alike'
        )

    def _require_order(self, op: OP) -> None:
        if self.primitive_type is not None:
            try:
                key_proto(self)
            except ValueError:
                raise ExpressionError(
                    f"{op.symbol} doesn't apply to {self._label} ({type(self).__name__}): DynamoDB "
                    'orders strings, numbers and binary'
                ) from None

    def _ordered(self, value: Any) -> Any:
        """Return the primitive of a value to compare by order, which not every type has."""
        primitive = self._compared(value)
        if isinstance(primitive, bool) or not isinstance(primitive, (Operand, *_ORDERED)):
            raise self._invalid('DynamoDB orders strings, numbers and binary', value)
        return primitive

    def _require_sequence(self, low: Any, high: Any, given: Any) -> None:
        if isinstance(low, Operand) or isinstance(high, Operand):
            return
        if _order(low) is not _order(high):
            raise self._invalid('between(low, high) needs two values of one type', tuple(given))
        in_order = utf8(low) <= utf8(high) if isinstance(low, str) else low <= high
        if not in_order:
            raise self._invalid('between(low, high) needs low <= high', tuple(given))

    def _contained(self, value: Any) -> Any:
        if self.primitive_type in (str, bytes):
            return self._substring('contains', value)
        if self.primitive_type is not None:
            raise ExpressionError(
                f"contains() doesn't apply to {self._label} ({type(self).__name__}): DynamoDB "
                'looks into strings, binary, lists and sets',
                value,
            )
        return self._compared(value)

    def _prefix(self, value: Any) -> Any:
        if self.primitive_type is None and isinstance(value, BYTES):
            return bytes(value)
        if self.primitive_type not in (str, bytes, None):
            raise ExpressionError(
                f"begins_with() doesn't apply to {self._label} ({type(self).__name__}): only "
                'strings and binary have a beginning',
                value,
            )
        return self._substring('begins_with', value)

    def _substring(self, method: str, value: Any) -> Any:
        if isinstance(value, Operand):
            mine, other = self.primitive_type, getattr(value, 'primitive_type', None)
            same = mine is other or None in (mine, other)
            return value if same else self._comparable(value)
        kinds: Any
        kinds, name = (BYTES, 'bytes') if self.primitive_type is bytes else (str, 'a str')
        if not isinstance(value, kinds):
            given = type(value).__name__
            raise self._invalid(f'{method}() takes {name} here, not {given}', value)
        return str.__str__(value) if kinds is str else bytes(value)


def _order(primitive: Any) -> type[Any]:
    """Return what stands for the values that a primitive can be ordered among."""
    return decimal.Decimal if isinstance(primitive, int) else type(primitive)


def _unique(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values as a tuple without duplicates, in the order given."""
    seen, unique = set(), []
    for value in values:
        try:
            identity = (type(value), value)
            if identity in seen:
                continue
            seen.add(identity)
        except TypeError:  # lists, dicts and sets, which are not hashable
            pass
        unique.append(value)
    return tuple(unique)
