"""How a table differs from its model: the values that the methods of tables return."""

import collections.abc
import typing

#: What is said of differences that can be mended: by a comparison, by a dry run, and afterwards.
TO_MEND, WOULD_BE_MENDED, MENDED = 'to mend', 'would be mended', 'mended'
_LEFT = 'left'


class Difference(typing.NamedTuple):
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
    declared: typing.Optional[str]
    actual: typing.Optional[str]
    reason: typing.Optional[str] = None
    warning: typing.Optional[str] = None

    @property
    def mendable(self):
        """Whether :meth:`~.Model.sync_table` mends it, or has done so."""
        return self.reason is None

    def __str__(self):
        text = f'{self.what}: declared {self.declared or "nothing"}, '
        text += f'found {self.actual or "nothing"}'
        return '; '.join((text, *filter(None, (self.reason, self.warning))))


class TableDiff(collections.abc.Sequence):
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

    def __init__(self, table, differences=(), unavailable=(), word=TO_MEND):
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
        return type(self), (*self._state(), self._word)

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
        head = f'{self.table}: {headline(self)}'
        return '\n'.join((head, *(f'  {line}' for line in lines(self))))


def headline(diff):
    """Return in words how many differences there are."""
    if not diff:
        return 'in step'
    return '1 difference' if len(diff) == 1 else f'{len(diff)} differences'


def lines(diff):
    """Yield a line for each difference, and one for what the engine doesn't have."""
    words = diff._word, _LEFT
    width = max(map(len, words))
    for each in diff:
        yield f'{words[not each.mendable]:{width}}  {each}'
    if diff.unavailable:
        yield f'not available on this engine: {", ".join(diff.unavailable)}'
