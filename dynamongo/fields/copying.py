"""What a field takes from another one, which DynamoDB copies and compares as it is stored."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

#: The types of stored numbers, each of which holds those before it.
_RANKS = {int: 0, float: 1, decimal.Decimal: 2}

#: What makes the value of a field, its stored form, and the value anew.
_CONVERSIONS = ('to_native', 'to_primitive', '_convert', '_store', '_from_stored')


class Copied:
    """Tells whether a field can read what another one stores, as what the other one means."""

    if TYPE_CHECKING:
        primitive_type: Any

    #: Whether the empty text is a value.
    _keeps_empty = False

    #: How many microseconds a stored number counts for 1; ``None`` where it stands for no time.
    _scale: int | None = None

    @property
    def _family(self) -> Any:
        """The class whose conversions the field has."""
        kind: Any = type(self)
        known: Any = next(base for base in kind.__mro__ if base.__module__.startswith('dynamongo.'))
        same = kind.primitive_type is known.primitive_type and all(
            getattr(kind, name) is getattr(known, name) for name in _CONVERSIONS
        )
        return known if same else kind

    @property
    def _is_plain(self) -> bool:
        """Whether the conversions are those of the package."""
        family: type = self._family
        return family.__module__.startswith('dynamongo.')

    @property
    def _storing(self) -> tuple[Any, ...]:
        """What tells how values are stored: fields of equal forms store equal values alike."""
        return (self._family,)

    def _takes(self, source: Any) -> bool:
        """Tell whether what another field stores is read here as the same value."""
        if self.primitive_type is None or source.primitive_type is None:
            return True
        storing: tuple[Any, ...] = source._storing
        return self._storing == storing

    def _takes_all(self, source: Any) -> bool:
        """Tell whether the field takes another one, and the empty text, if that keeps it."""
        kept = source._keeps_empty and not (self._keeps_empty or self.primitive_type is None)
        return not kept and self._takes(source)

    def _adds(self, source: Any) -> bool:
        """Tell whether the values of another field can be the terms of a sum of this one."""
        if self._takes(source):
            return True
        return (
            self._scale is not None
            and source._scale in (None, self._scale)
            and source._is_plain
            and self._holds_numbers_of(source)
        )

    def _holds_numbers_of(self, source: Any) -> bool:
        mine, theirs = self.primitive_type, source.primitive_type
        return theirs in _RANKS and _RANKS[theirs] <= _RANKS[mine]
