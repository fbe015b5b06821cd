"""How a table differs from its model: the values that the methods of tables return."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING, Any, NamedTuple, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Never

#: What is said of differences that can be mended: by a comparison, by a dry run, and afterwards.
TO_MEND, WOULD_BE_MENDED, MENDED = 'to mend', 'would be mended', 'mended'
_LEFT = 'left'


class Difference(NamedTuple):
    """One thing in which a table differs from what its model declares.

    :param str what: what differs, for instance ``'index by_name'``, ``'ttl'`` or ``'key'``.
    :param str declared: what the model declares, as text; ``None`` for nothing.
    :param str actual: what the table has, as text; ``None`` for nothing.
    :param str reason: why :meth:`~.Model.sync_table` leaves it, and what to do instead; ``None``
        where it mends it.
    :param str warning: what else comes of it where it is mended; ``None`` for nothing.

    >>> print(Difference('ttl', "'expires'", None))
    ttl: declared 'expires', found nothing

    .. versionadded:: 0.2
    """

    what: str
    declared: str | None
    actual: str | None
    reason: str | None = None
    warning: str | None = None

    @property
    def mendable(self) -> bool:
        """Whether :meth:`~.Model.sync_table` mends it, or has done so."""
        return self.reason is None

    def __str__(self) -> str:
        text = f'{self.what}: declared {self.declared or "nothing"}, '
        text += f'found {self.actual or "nothing"}'
        return '; '.join((text, *filter(None, (self.reason, self.warning))))


class TableDiff(collections.abc.Sequence[Difference]):
    """All the :class:`Difference` between a table and its model: an immutable sequence.

    It is false where there is none. Its ``str`` says all of it, and of each whether it is to be
    mended, has been mended, or is left.

    .. code-block:: python

        diff = User.table_diff()
        if diff:
            print(diff)

    .. versionadded:: 0.2
    """

    __slots__ = ('_differences', '_word', 'table', 'unavailable')

    if TYPE_CHECKING:
        table: str
        unavailable: tuple[str, ...]
        _differences: tuple[Difference, ...]
        _word: str

    def __init__(
        self,
        table: str,
        differences: Iterable[Difference] = (),
        unavailable: Iterable[str] = (),
        word: str = TO_MEND,
    ) -> None:
        set_ = object.__setattr__
        #: The name of the table in DynamoDB, a ``str``.
        set_(self, 'table', table)
        #: A tuple of what the model declares and the engine doesn't have, such as ``'tags'`` on
        #: DynamoDB Local. It counts as no difference.
        set_(self, 'unavailable', tuple(unavailable))
        set_(self, '_differences', tuple(differences))
        # What is said of those that can be mended. Diffs of the same differences are equal.
        set_(self, '_word', word)

    @property
    def mendable(self) -> tuple[Difference, ...]:
        """A tuple of those that :meth:`~.Model.sync_table` mends, or has mended."""
        return tuple(each for each in self if each.mendable)

    @property
    def left(self) -> tuple[Difference, ...]:
        """A tuple of those that it leaves, each with the ``reason``."""
        return tuple(each for each in self if not each.mendable)

    def __setattr__(self, name: str, value: Never) -> None:
        raise AttributeError(f"a TableDiff can't be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a TableDiff can't be changed: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self._state(), self._word)

    def _state(self) -> tuple[str, tuple[Difference, ...], tuple[str, ...]]:
        return self.table, self._differences, self.unavailable

    @overload
    def __getitem__(self, index: int) -> Difference: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Difference, ...]: ...

    def __getitem__(self, index: int | slice) -> Difference | tuple[Difference, ...]:
        return self._differences[index]

    def __len__(self) -> int:
        return len(self._differences)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TableDiff):
            return NotImplemented
        return self._state() == other._state()

    def __hash__(self) -> int:
        return hash(self._state())

    def __repr__(self) -> str:
        return f'TableDiff{self._state()!r}'

    def __str__(self) -> str:
        head = f'{self.table}: {headline(self)}'
        return '\n'.join((head, *(f'  {line}' for line in lines(self))))


def headline(diff: TableDiff) -> str:
    """Return in words how many differences there are."""
    if not diff:
        return 'in step'
    return '1 difference' if len(diff) == 1 else f'{len(diff)} differences'


def lines(diff: TableDiff) -> Iterator[str]:
    """Yield a line for each difference, and one for what the engine doesn't have."""
    words = diff._word, _LEFT
    width = max(map(len, words))
    for each in diff:
        yield f'{words[not each.mendable]:{width}}  {each}'
    if diff.unavailable:
        yield f'not available on this engine: {", ".join(diff.unavailable)}'
