"""The indexes of a model compared with those of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import _table_requests
from dynamongo._table_options import ON_DEMAND
from dynamongo._table_steps import actual_units, definitions, key_text, mode_after, step
from dynamongo.indexes import GlobalIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dynamongo._annotations import AnyIndex
    from dynamongo._schema import Schema
    from dynamongo._table_steps import Step

_LOCAL = (
    'a local index is made with its table; declare a GlobalIndex, or a table of another name and '
    'copy the items'
)
_CHANGED = (
    "an index can't be changed; declare it by another name, or delete it by boto3 and call "
    'sync_table() again'
)
_UNDECLARED = 'no index is deleted here; do so by boto3 if nothing reads it, or declare it'
_DELETING = 'it is being deleted; call sync_table() again when it is gone'


def index_steps(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    """Yield what differs between the indexes."""
    there = {
        each['IndexName']: (kind, each)
        for kind in ('Global', 'Local')
        for each in described.get(f'{kind}SecondaryIndexes') or ()
    }
    types = definitions(described['AttributeDefinitions'])
    for index in schema.table_indexes.values():
        kind = 'Global' if isinstance(index, GlobalIndex) else 'Local'
        what, declared = f'index {index.name}', _declared_text(kind, index)
        found = there.pop(index.name, None)
        if found is None:
            yield _missing(schema, described, types, index, what, declared)
            continue
        actual = _text(*found, described['AttributeDefinitions'])
        if found[1].get('IndexStatus') == 'DELETING':
            yield step(what, declared, f'{actual}, DELETING', reason=_DELETING)
        elif declared != actual:
            reason = _CHANGED if (kind, found[0]) == ('Global', 'Global') else _LOCAL
            yield step(what, declared, actual, reason=reason)
    for name in sorted(there):
        found = there[name]
        if found[1].get('IndexStatus') != 'DELETING':
            actual = _text(*found, described['AttributeDefinitions'])
            yield step(f'index {name}', None, actual, reason=_UNDECLARED)


def _missing(
    schema: Schema,
    described: dict[str, Any],
    types: dict[str, str],
    index: AnyIndex,
    what: str,
    declared: str,
) -> Step:
    """Return the step that adds an index that isn't there, if that can be done."""
    if not isinstance(index, GlobalIndex):
        return step(what, declared, None, reason=_LOCAL)
    new = [_table_requests.definition(field) for field in index.keys]
    for name, kind in definitions(new).items():
        if types.get(name, kind) != kind:
            reason = (
                f'{name!r} is a key of the table or of another index already, there of type '
                f'{types[name]}; store what the index is for in another attribute'
            )
            return step(what, declared, None, reason=reason)
    request = {
        'AttributeDefinitions': new,
        'GlobalSecondaryIndexUpdates': [
            {'Create': _table_requests.index_of(index, _units(schema, described, index))}
        ],
    }
    return step(what, declared, None, 'update_table', request)


def _units(schema: Schema, described: dict[str, Any], index: GlobalIndex) -> tuple[int, int] | None:
    """Return the units that a new index gets; ``None`` where it gets none."""
    options = schema.options
    if mode_after(schema, described) == ON_DEMAND:
        return None
    units = zip(
        (index.read_units, index.write_units),
        ('__read_units__', '__write_units__'),
        options.throughput,
        actual_units(described),
    )
    read_units, write_units = (
        own or (default if option in options.stated else there or default)
        for own, option, default, there in units
    )
    return read_units, write_units


def _declared_text(kind: str, index: AnyIndex) -> str:
    described = {
        'KeySchema': _table_requests.key_schema(index),
        'Projection': _table_requests.projection(index),
    }
    return _text(kind, described, map(_table_requests.definition, index.keys))


def _text(kind: str, described: dict[str, Any], attributes: Iterable[dict[str, Any]]) -> str:
    """Return what an index is like, as text that is the same for equal ones."""
    projection = described.get('Projection', {})
    listed = ', '.join(map(repr, sorted(projection.get('NonKeyAttributes') or ())))
    held = {'ALL': 'whole items', 'KEYS_ONLY': 'keys'}.get(projection.get('ProjectionType'))
    key = key_text(described['KeySchema'], attributes)
    return f'{kind.lower()}, by {key}, with {held or listed}'
