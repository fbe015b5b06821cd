"""How a table differs from its model: the values that the methods of tables return."""

import collections.abc
import typing


class Difference(typing.NamedTuple):
    """One thing in which a table differs from what its model declares.

    :param str what: what differs, for instance ``'index by_name'``, ``'ttl'`` or ``'key'``.
    :param str declared: what the model declares, as text; ``None`` for nothing.
    :param str actual: what the table has, as text; ``None`` for nothing.
    :param str reason: why :meth:`~.Model.sync_table` leaves it, and what to do instead; ``None``
        where it mends it.

    >>> print(Difference('ttl', "'expires'", None))
    ttl: declared 'expires', found nothing

    .. versionadded:: 0.2
    """

    what: str
    declared: typing.Optional[str]
    actual: typing.Optional[str]
    reason: typing.Optional[str] = None

    @property
    def mendable(self):
        """Whether :meth:`~.Model.sync_table` mends it, or has done so."""
        return self.reason is None

    def __str__(self):
        text = f'{self.what}: declared {self.declared or "nothing"}, '
        text += f'found {self.actual or "nothing"}'
        return text if self.reason is None else f'{text}; {self.reason}'


class TableDiff(collections.abc.Sequence):
    """All the :class:`Difference` between a table and its model: an immutable sequence.

    It is false where there is none, and its ``str`` says all of it.

    .. code-block:: python

        diff = User.table_diff()
        if diff:
            print(diff)

    .. versionadded:: 0.2
    """

    __slots__ = ('_differences', 'table', 'unavailable')

    def __init__(self, table, differences=(), unavailable=()):
        set_ = object.__setattr__
        #: The name of the table in DynamoDB, a ``str``.
        set_(self, 'table', table)
        #: A tuple of what the model declares and the engine doesn't have, such as ``'tags'`` on
        #: DynamoDB Local. It counts as no difference.
        set_(self, 'unavailable', tuple(unavailable))
        set_(self, '_differences', tuple(differences))

    @property
    def mendable(self):
        """A tuple of those that :meth:`~.Model.sync_table` mends, or has mended."""
        return tuple(each for each in self if each.mendable)

    @property
    def left(self):
        """A tuple of those that it leaves, each with the ``reason``."""
        return tuple(each for each in self if not each.mendable)

    def __setattr__(self, name, value):
        raise AttributeError(f"a TableDiff can't be changed: {name}")

    def __delattr__(self, name):
        raise AttributeError(f"a TableDiff can't be changed: {name}")

    def __reduce__(self):
        return type(self), self._state()

    def _state(self):
        return self.table, self._differences, self.unavailable

    def __getitem__(self, index):
        return self._differences[index]

    def __len__(self):
        return len(self._differences)

    def __eq__(self, other):
        if not isinstance(other, TableDiff):
            return NotImplemented
        return self._state() == other._state()

    def __hash__(self):
        return hash(self._state())

    def __repr__(self):
        return f'TableDiff{self._state()!r}'

    def __str__(self):
        lines = [f'{self.table}: {headline(self)}', *(f'  {each}' for each in self)]
        if self.unavailable:
            lines.append(f'  {note(self)}')
        return '\n'.join(lines)


def headline(diff):
    """Return in words how many differences there are."""
    if not diff:
        return 'in step'
    return '1 difference' if len(diff) == 1 else f'{len(diff)} differences'


def note(diff):
    """Return in words what the engine doesn't have; an empty text where that is nothing."""
    if not diff.unavailable:
        return ''
    return f'not available on this engine: {", ".join(diff.unavailable)}'
