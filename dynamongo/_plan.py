"""The plan of a read: what will be asked of DynamoDB, and what is left to the client."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from dynamongo._options import Options
from dynamongo._projection import paths_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dynamongo._annotations import AnyIndex, Key, ReadOperation
    from dynamongo._paths import Path
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field

#: DynamoDB's limit on the keys of one BatchGetItem: `Service quotas, API-specific limits
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_BATCH_GET = 100

#: How much ``explain`` shows of one condition, in characters, and of several keys or conditions.
_SHOWN_TEXT = 400
_SHOWN_LINES = 5


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """How a read will be carried out; ``str`` says it in words. Made by :meth:`.Model.explain`.

    .. versionadded:: 0.2
    """

    schema: Schema
    #: ``'GetItem'``, ``'BatchGetItem'``, ``'Query'`` or ``'Scan'``; ``None`` where no item can
    #: match, so that nothing is sent.
    operation: ReadOperation | None
    options: Options
    #: The keys that are read: a tuple of dicts of attribute name to primitive.
    keys: tuple[Key, ...] = ()
    #: The key condition of each Query, a tuple of conditions.
    key_conditions: tuple[BaseCondition, ...] = ()
    #: The :class:`.GlobalIndex` or :class:`.LocalIndex` that is read; ``None`` for the table.
    index: AnyIndex | None = None
    #: The condition that DynamoDB filters by after reading, or ``None``.
    filter: BaseCondition | None = None
    #: The condition that is checked on the client, or ``None``: GetItem and BatchGetItem take no
    #: filter, and a Query takes none on its key attributes.
    check: BaseCondition | None = None
    #: What a write to the items must repeat, since it may have changed after the read.
    guard: BaseCondition | None = None
    #: How many items of each Query the check leaves out at most, where it is about the ends of a
    #: range and nothing else; else 0.
    at_ends: int = 0
    #: Why indexes were not chosen, a tuple of texts.
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Schema | AnyIndex:
        """What the keys of the read belong to: the index, or the schema of the table."""
        return self.schema if self.index is None else self.index

    @functools.cached_property
    def position_keys(self) -> tuple[Field, ...]:
        """The fields that tell where in the read an item is: keys of index and table."""
        return tuple(dict.fromkeys((*self.source.keys, *self.schema.keys)))

    @property
    def filtered(self) -> bool:
        """Whether any number of items may be left out after DynamoDB has read them."""
        return not self.at_ends and (self.filter is not None or self.check is not None)

    @functools.cached_property
    def paths(self) -> list[Path] | None:
        """The paths of the attributes that DynamoDB is asked for, or ``None`` for all."""
        projection = self.options.projection
        if projection is None:
            return None
        keys = (key._path for key in self.position_keys)
        also = (*keys, *self.schema.needed, *paths_of(self.check))
        return projection.paths(also=also)

    @property
    def projection(self) -> list[str] | None:
        """The paths that are asked for, a list of texts; ``None`` for whole items."""
        return None if self.paths is None else [str(path) for path in self.paths]

    @property
    def batch_size(self) -> int:
        """How many keys one BatchGetItem asks for."""
        return min(self.options.page_size or MAX_BATCH_GET, MAX_BATCH_GET)

    @property
    def requests(self) -> int:
        """The least number of requests; an ``int``."""
        if self.operation is None:
            return 0
        if self.operation == 'Scan':
            return self.options.workers
        if self.operation == 'Query':
            # Those after the first may not be needed.
            return len(self.key_conditions) if self.options.limit is None else 1
        wanted = len(self.keys)
        if self.options.limit is not None:
            wanted = min(wanted, self.options.limit)
        return -(-wanted // self.batch_size)

    def __str__(self) -> str:
        lines = [self._headline()]
        lines += (f'  {title + ":":<19}{text}' for title, text in self._details())
        return '\n'.join(lines)

    __repr__ = __str__

    def _headline(self) -> str:
        name = self.schema.name
        if self.operation is None:
            return f'{name}: no item can match, so nothing is sent'
        of_index = '' if self.index is None else f', index {self.index.name!r}'
        return f'{self.operation} of {name}{of_index}'

    def _details(self) -> Iterator[tuple[str, str]]:
        """Yield titles and texts of what the plan has."""
        yield from _titled('key', self.keys)
        yield from _titled('key condition', self.key_conditions)
        if self.filter is not None:
            yield 'filter', _cut(self.filter)
        if self.check is not None:
            yield 'client-side check', _cut(self.check)
        if self.operation is not None:
            paths = self.projection
            yield 'projection', 'whole items' if paths is None else _shortened(', '.join(paths))
        if self.options.consistent:
            yield 'consistent', 'yes, at twice the read units'
        if self.options.descending:
            yield 'order', 'descending'
        for name, value in (('limit', self.options.limit), ('page size', self.options.page_size)):
            if value is not None:
                yield name, f'{value:,}'
        if self.options.workers > 1:
            yield 'workers', f'{self.options.workers:,}'
        yield 'requests', f'at least {self.requests}' if self.requests else '0'
        for note in self.notes:
            yield 'note', note


def _titled(title: str, values: Sequence[object]) -> Iterator[tuple[str, str]]:
    for value in values[:_SHOWN_LINES]:
        yield title, _cut(value)
    if len(values) > _SHOWN_LINES:
        yield title, f'... {len(values):,} in all'


def _cut(value: object) -> str:
    return _shortened(repr(value))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else f'{text[:_SHOWN_TEXT]}...'
