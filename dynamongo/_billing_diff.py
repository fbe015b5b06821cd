"""How a model's table is paid for, and its throughput, compared with the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import _table_requests
from dynamongo._table_options import ON_DEMAND, PROVISIONED
from dynamongo._table_steps import actual_units, billing_mode, mode_after, step
from dynamongo.indexes import GlobalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dynamongo._annotations import Request
    from dynamongo._schema import Schema
    from dynamongo._table_steps import Step

_ON_DEMAND = (
    'the table is paid for by request, and provisions nothing; set __billing_mode__ to '
    f'{PROVISIONED!r}, or remove the units'
)


def billing_steps(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    """Yield what differs in the billing mode, or where it is the same, in the throughput."""
    declared, actual = mode_after(schema, described), billing_mode(described)
    indexes = {index.name: index for index in _global_indexes(schema, described)}
    if declared != actual:
        request = _mode_request(schema, described, indexes)
        yield step('billing mode', declared, actual, 'update_table', request)
    elif declared == PROVISIONED:
        yield from _throughput(schema, described, indexes)
    else:
        yield from _unbilled(schema)


def _global_indexes(schema: Schema, described: dict[str, Any]) -> Iterator[GlobalIndex]:
    """Yield the global indexes that are declared and there."""
    there = {each['IndexName'] for each in described.get('GlobalSecondaryIndexes', ())}
    for index in schema.table_indexes.values():
        if isinstance(index, GlobalIndex) and index.name in there:
            yield index


def _mode_request(
    schema: Schema, described: dict[str, Any], indexes: Mapping[Any, GlobalIndex]
) -> Request:
    """Return what changes the billing mode. What is provisioned is so for each index too."""
    if schema.options.billing_mode == ON_DEMAND:
        return {'BillingMode': ON_DEMAND}
    read_units, write_units = schema.options.throughput
    request: Request = {
        'BillingMode': PROVISIONED,
        'ProvisionedThroughput': _table_requests.throughput(read_units, write_units),
    }
    updates = []
    for each in described.get('GlobalSecondaryIndexes', ()):
        index = indexes.get(each['IndexName'])
        own = (index.read_units, index.write_units) if index is not None else (None, None)
        units = own[0] or read_units, own[1] or write_units
        # Engines that remember what it had before refuse to be told it again.
        if units != actual_units(each):
            updates.append(_index_update(each, units))
    if updates:
        request['GlobalSecondaryIndexUpdates'] = updates
    return request


def _index_update(described: dict[str, Any], units: tuple[int, int]) -> Request:
    throughput = _table_requests.throughput(*units)
    update = {'IndexName': described['IndexName'], 'ProvisionedThroughput': throughput}
    return {'Update': update}


def _throughput(
    schema: Schema, described: dict[str, Any], indexes: Mapping[Any, GlobalIndex]
) -> Iterator[Step]:
    """Compare the throughput that is stated, of the table and of its indexes, which change by one
    request."""
    options = schema.options
    stated = (
        options.read_units if '__read_units__' in options.stated else None,
        options.write_units if '__write_units__' in options.stated else None,
    )
    differing: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    request: Request = {}
    actual = actual_units(described)
    wanted = _wanted(stated, actual)
    if wanted != actual:
        differing.append(('', wanted, actual))
        request['ProvisionedThroughput'] = _table_requests.throughput(*wanted)
    updates = []
    for each in described.get('GlobalSecondaryIndexes', ()):
        index = indexes.get(each['IndexName'])
        if index is None:
            continue
        actual = actual_units(each)
        own = (index.read_units or stated[0], index.write_units or stated[1])
        wanted = _wanted(own, actual)
        if wanted != actual:
            differing.append((f' of {index.name}', wanted, actual))
            updates.append(_index_update(each, wanted))
    if updates:
        request['GlobalSecondaryIndexUpdates'] = updates
    if differing:
        declared, found = (
            ', '.join(f'{each[at][0]} read, {each[at][1]} write{each[0]}' for each in differing)
            for at in (1, 2)
        )
        yield step('throughput', declared, found, 'update_table', request)


def _unbilled(schema: Schema) -> Iterator[Step]:
    """Tell of throughput that is declared for a table that is paid for by request."""
    options = schema.options
    declared = [
        f'{name} {getattr(options, name.strip("_"))}'
        for name in ('__read_units__', '__write_units__')
        if name in options.stated
    ]
    for index in schema.table_indexes.values():
        if isinstance(index, GlobalIndex) and (index.read_units or index.write_units):
            units = {'read': index.read_units, 'write': index.write_units}
            text = ' and '.join(f'{units[kind]} {kind}' for kind in units if units[kind])
            declared.append(f'{text} units of {index.name}')
    if declared:
        yield step('throughput', ', '.join(declared), ON_DEMAND, reason=_ON_DEMAND)


def _wanted(stated: tuple[int | None, int | None], actual: tuple[int, int]) -> tuple[int, int]:
    return stated[0] or actual[0], stated[1] or actual[1]
