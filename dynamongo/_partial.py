"""Dicts that have been read in part, and know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from dynamongo.exceptions import PartialItemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class PartialDict(dict[str, Any]):
    """A dict of which only some members have been read.

    Asking for another member raises, since it isn't known whether there is one.

    :param members: the members that were read and are there.
    :param read: the names of all members that were read.
    :param str label: what the dict is, for instance ``'User.address'``.
    """

    __slots__ = ('_label', '_read')

    def __init__(self, members: Mapping[str, Any], read: Iterable[str], label: str) -> None:
        super().__init__(members)
        self._read = frozenset(read)
        self._label = label

    def __missing__(self, key: str) -> NoReturn:
        self._require(key)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        if not there:
            self._require(key)
        return there

    def get(self, key: str, default: Any = None) -> Any:
        """Return a member, or ``default`` where it was read and isn't there."""
        if key not in self:
            return default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Remove a member and return it, or ``default`` where it was read and isn't there."""
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return a member, which is ``default`` where it was read and wasn't there."""
        if key not in self:
            self[key] = default
        return self[key]

    def __or__(self, other: Any) -> Any:
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: Any) -> Any:
        return PartialDict({**other, **self}, self._read, self._label)

    def copy(self) -> PartialDict:
        """Return a copy that knows as well what was read."""
        return PartialDict(self, self._read, self._label)

    def _require(self, key: object) -> None:
        if key not in self._read:
            raise PartialItemError(
                f'{self._label}[{key!r}] was not read; of {self._label} there is '
                f'{", ".join(sorted(self._read))} (see only=)'
            )

    def __repr__(self) -> str:
        members = [f'{key!r}: {value!r}' for key, value in self.items()]
        return f'{{{", ".join([*members, "..."])}}}'


def without_marks(value: Any) -> Any:
    """Return a dict that was read in part as a plain dict, and any other value as it is."""
    if isinstance(value, PartialDict):
        return {name: without_marks(member) for name, member in value.items()}
    return value


def refuse_partial(value: object, label: str) -> None:
    """Raise where a value that is to be stored has been read in part."""
    if isinstance(value, PartialDict):
        raise PartialItemError(
            f'{label}: the dict was read in part, and storing it would erase the rest; '
            'change what is to be changed by update_one'
        )
