"""What a block of a program sends to DynamoDB, and what that consumes."""

from __future__ import annotations

import contextvars
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from dynamongo._calling import explains_calls
from dynamongo._names import suggest
from dynamongo.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dynamongo.model import Model

__all__ = ['IndexUsage', 'Measurement', 'Usage']

#: The measurements that are under way here, in this thread and block, the outermost first.
active: contextvars.ContextVar[tuple[Measurement, ...]] = contextvars.ContextVar(
    'dynamongo_measurements', default=()
)

#: What DynamoDB calls the operations that dynamongo sends: those that consume read units, those
#: that consume write units, and those that are about tables, and free.
READS = frozenset({'BatchGetItem', 'GetItem', 'Query', 'Scan', 'TransactGetItems'})
WRITES = frozenset({'BatchWriteItem', 'DeleteItem', 'PutItem', 'TransactWriteItems', 'UpdateItem'})
_ABOUT_TABLES = frozenset(
    {
        'CreateTable',
        'DeleteTable',
        'DescribeContinuousBackups',
        'DescribeTable',
        'DescribeTimeToLive',
        'ListTagsOfResource',
        'TagResource',
        'UpdateContinuousBackups',
        'UpdateTable',
        'UpdateTimeToLive',
    }
)
OPERATIONS = READS | WRITES | _ABOUT_TABLES

#: The operations of which each kind of units is to be told.
_CHARGED = {'read_units': READS, 'write_units': WRITES}

_COUNTS = ('requests', 'items', 'scanned', 'retries', 'errors', 'unknown')

#: For all measurements: it is held for so short a time that none has to have its own.
_lock = threading.Lock()


def _after_fork() -> None:
    # A thread of the parent may have held it.
    global _lock
    _lock = threading.Lock()


if hasattr(os, 'register_at_fork'):  # Windows has no fork.
    os.register_at_fork(after_in_child=_after_fork)


class IndexUsage(NamedTuple):
    """What a secondary index has a part in.

    ``name``
        The name of the index.
    ``read_units``
        The read units that were consumed in it, a ``float``.
    ``write_units``
        The write units that were consumed in it, a ``float``.

    .. versionadded:: 0.2
    """

    name: str
    read_units: float = 0.0
    write_units: float = 0.0


class Usage(NamedTuple):
    """What some requests amount to.

    ``model``
        The model that they are about, a class; ``None`` for several.
    ``operation``
        What DynamoDB calls them, for instance ``'GetItem'``; ``None`` for several operations.
    ``requests``
        How many there were, an ``int``. One that botocore repeats is one.
    ``items``
        How many items they read, or wrote and deleted, an ``int``. A delete that found nothing is
        none, except in a batch or a transaction, of which DynamoDB doesn't say it.
    ``scanned``
        How many items Query and Scan looked at, before any filter, an ``int``. Their read units
        are for these.
    ``read_units``
        The read units that they consumed, a ``float``; ``None`` where there were such requests and
        DynamoDB has said of none what it consumed.
    ``write_units``
        The write units that they consumed, likewise.
    ``retries``
        How often botocore sent one of them again, an ``int``.
    ``errors``
        How many of them failed, an ``int``. That a table isn't there yet, or any more, is no
        failure where it is waited for.
    ``unknown``
        For how many of them DynamoDB has not said what they consumed, an ``int``. The units are
        those of the others.
    ``indexes``
        The parts that secondary indexes have in the units, a tuple of :class:`IndexUsage`. It is
        empty for several models.

    .. versionadded:: 0.2

    >>> Usage(operation='Scan', requests=3, read_units=1.5).read_units
    1.5
    """

    model: type[Model] | None = None
    operation: str | None = None
    requests: int = 0
    items: int = 0
    scanned: int = 0
    read_units: float | None = 0.0
    write_units: float | None = 0.0
    retries: int = 0
    errors: int = 0
    unknown: int = 0
    indexes: tuple[IndexUsage, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as a dict that JSON can hold; the model is its name.

        :rtype: dict

        >>> Usage(operation='Scan', requests=3).to_dict()['requests']
        3
        """
        return {
            **self._asdict(),
            'model': _name_of(self.model) or None,
            'indexes': [index._asdict() for index in self.indexes],
        }


@explains_calls
class Measurement:
    """What is sent to DynamoDB in a block; :meth:`.Connection.measure` makes it.

    It can be read while the block runs and after it. Two ways to read it are its attributes, which
    are totals, and its text, which is a table.

    .. code-block:: python

        with Connection.measure() as measured:
            User.get_many(User.name == 'Ada')
        print(measured.read_units, measured.of(User, 'Scan').scanned)

    .. versionadded:: 0.2
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[type[Model] | None, str | None], Usage] = {}
        self._operations: dict[str, Usage] = {}

    @property
    def rows(self) -> tuple[Usage, ...]:
        """The figures by model and operation, a tuple of :class:`Usage`, in the order of the names.

        A transaction of several models is in the rows of each, as one request, with its own items
        and units. So the requests, retries and errors of rows may come to more than the totals.
        """
        with _lock:
            rows = list(self._rows.values())
        return tuple(sorted(rows, key=lambda row: (_name_of(row.model), row.operation)))

    @property
    def by_operation(self) -> dict[str, Usage]:
        """The figures by operation, a dict of its name to :class:`Usage`."""
        with _lock:
            return dict(sorted(self._operations.items()))

    @property
    def total(self) -> Usage:
        """All figures together, a :class:`Usage`."""
        return _plus(Usage(), *self.by_operation.values())

    @property
    def requests(self) -> int:
        """How many requests there were, an ``int``."""
        return self.total.requests

    @property
    def items(self) -> int:
        """How many items were read, written and deleted, an ``int``."""
        return self.total.items

    @property
    def scanned(self) -> int:
        """How many items Query and Scan looked at, an ``int``."""
        return self.total.scanned

    @property
    def read_units(self) -> float | None:
        """The read units, a ``float``; ``None`` where there were reads and none is known of."""
        return self.total.read_units

    @property
    def write_units(self) -> float | None:
        """The write units, a ``float``; ``None`` where there were writes and none is known of."""
        return self.total.write_units

    @property
    def retries(self) -> int:
        """How often botocore sent a request again, an ``int``."""
        return self.total.retries

    @property
    def errors(self) -> int:
        """How many requests failed, an ``int``."""
        return self.total.errors

    @property
    def unknown(self) -> int:
        """For how many requests it is not known what they consumed, an ``int``."""
        return self.total.unknown

    def of(self, model: type[Model], operation: str | None = None) -> Usage:
        """Return the figures of a model. Those of the models that inherit from it are their own: a
        request counts for the class whose method is called, whatever class the items are of.

        :param type model: the model, a class.
        :param str operation: what DynamoDB calls it, for instance ``'Query'``. Default: all.
        :rtype: Usage
        :raises ValidationError: where they aren't such, or dynamongo never sends such requests.

        .. code-block:: python

            with Connection.measure() as measured:
                User.get_many(User.name == 'Ada')
            measured.of(User).requests
            measured.of(User, 'Query').read_units
        """
        if not (isinstance(model, type) and hasattr(model, '_schema')):
            raise ValidationError(f'Measurement.of: model is a model, a class, not {model!r}')
        if model._schema.abstract:
            raise ValidationError(
                f'Measurement.of: {model.__name__} is abstract, and nothing is sent for it; name a '
                'model that has a table, or read the totals'
            )
        if operation is not None and not _is_name(operation):
            raise ValidationError(
                "Measurement.of: operation is what DynamoDB calls it, such as 'GetItem', "
                f'not {operation!r}{suggest(operation, OPERATIONS, None)}'
            )
        rows = [row for row in self.rows if row.model is model]
        if operation is not None:
            rows = [row for row in rows if row.operation == operation]
        return _plus(Usage(model, operation), *rows)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as a dict that JSON can hold: ``'total'``, and the list ``'rows'``.

        :rtype: dict
        """
        rows = [row.to_dict() for row in self.rows]
        return {'total': self.total.to_dict(), 'rows': rows}

    def __str__(self) -> str:
        total = self.total
        lines: list[tuple[str, ...]] = [_HEADINGS]
        for row in self.rows:
            lines.append(_line(_name_of(row.model), row.operation or '', row))
            lines += [_line('', f'  {index.name}', index) for index in row.indexes]
        lines.append(_line('total', '', total))
        widths = [max(map(len, column)) for column in zip(*lines)]
        return '\n'.join(_aligned(line, widths) for line in lines)

    def __repr__(self) -> str:
        total = self.total
        read, written = _shown(total.read_units), _shown(total.write_units)
        requests = f'{total.requests} request{"" if total.requests == 1 else "s"}'
        return f'<Measurement: {requests}, {read} read units, {written} write units>'

    def _add(self, whole: Usage, parts: list[Usage]) -> None:
        for usage in parts:
            place = usage.model, usage.operation
            self._rows[place] = _plus(self._rows.get(place, Usage(*place)), usage)
        name = whole.operation
        assert name is not None  # It is one request.
        self._operations[name] = _plus(self._operations.get(name, Usage(None, name)), whole)


def note(parts: list[Usage]) -> None:
    """Count a request in the measurements that are under way.

    :param list parts: a :class:`Usage` for each model that it is about.
    """
    measurements = active.get()
    whole = parts[0]._replace(model=None, indexes=())
    if len(parts) > 1:
        whole = whole._replace(
            items=sum(part.items for part in parts),
            scanned=sum(part.scanned for part in parts),
            read_units=_units('read_units', parts),
            write_units=_units('write_units', parts),
            unknown=max(part.unknown for part in parts),
        )
    with _lock:
        for measurement in measurements:
            measurement._add(whole, parts)


def _plus(*usages: Usage) -> Usage:
    """Return the sum of usages, which bears the names of the first one."""
    sums = {name: sum(getattr(usage, name) for usage in usages) for name in _COUNTS}
    return usages[0]._replace(
        read_units=_units('read_units', usages),
        write_units=_units('write_units', usages),
        indexes=_indexes(index for usage in usages for index in usage.indexes),
        **sums,
    )


def _units(name: str, usages: Sequence[Usage]) -> float | None:
    """Return the sum of the units of usages; ``None`` where some are unknown, and none known.

    Nothing is known by what consumes no such units.
    """
    units: list[float | None] = [getattr(usage, name) for usage in usages]
    if None in units and not any(
        each or (each is not None and usage.operation in _CHARGED[name] and _is_told(usage))
        for each, usage in zip(units, usages)
    ):
        return None
    return sum((each for each in units if each is not None), 0.0)


def _is_told(usage: Usage) -> bool:
    """Tell whether DynamoDB has said of one of the requests what it consumed."""
    return usage.requests > usage.unknown


def _indexes(usages: Iterable[IndexUsage]) -> tuple[IndexUsage, ...]:
    """Return one usage for each index, in the order of their names."""
    sums: dict[str, IndexUsage] = {}
    for name, read_units, write_units in usages:
        _, read, written = sums.get(name, IndexUsage(name))
        sums[name] = IndexUsage(name, read + read_units, written + write_units)
    return tuple(sums[name] for name in sorted(sums))


def _is_name(operation: object) -> bool:
    return isinstance(operation, str) and operation in OPERATIONS


def _name_of(model: type | None) -> str:
    return '' if model is None else model.__name__


# As text

_FIGURES = (
    'requests',
    'items',
    'scanned',
    'read_units',
    'write_units',
    'retries',
    'errors',
    'unknown',
)
_HEADINGS = ('model', 'operation', *(name.replace('_', ' ') for name in _FIGURES))


def _line(name: str, operation: str, usage: Usage | IndexUsage) -> tuple[str, ...]:
    return (name, operation, *(_shown(getattr(usage, figure, '')) for figure in _FIGURES))


def _shown(units: float | str | None) -> str:
    return '?' if units is None else str(units)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    """Return a line of a table: two columns of names, the others of figures."""
    names = map(str.ljust, line[:2], widths)
    figures = map(str.rjust, line[2:], widths[2:])
    return '  '.join((*names, *figures)).rstrip()
