"""What a request amounts to, by what DynamoDB answers."""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING, Any

from dynamongo.measuring import OPERATIONS, READS, WRITES, IndexUsage, Usage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dynamongo._annotations import Request, Response
    from dynamongo.model import Model

#: What DynamoDB calls an operation, by the method of boto3.
_NAMES = {re.sub('(?<=.)([A-Z])', r'_\1', name).lower(): name for name in OPERATIONS}
_READS = frozenset(method for method, name in _NAMES.items() if name in READS)
_WRITES = frozenset(method for method, name in _NAMES.items() if name in WRITES)

_INDEXES = ('GlobalSecondaryIndexes', 'LocalSecondaryIndexes')


def asking(operation: str) -> dict[str, str]:
    """Return the argument by which a request asks for what it consumes, if it consumes anything.

    :param str operation: the method of boto3.
    """
    charged = operation in _READS or operation in _WRITES
    return {'ReturnConsumedCapacity': 'INDEXES'} if charged else {}


def of_failure(
    operation: str, models: Iterable[type[Model]], retries: int, *, errors: int = 1
) -> list[Usage]:
    """Return the usages of a request that failed, of which nobody says what it consumed.

    :param models: of each operation of a transaction, or the one that the request is about.
    :param int errors: 0 where it was expected to fail.
    """
    return [
        _unknown(operation, model, retries)._replace(errors=errors)
        for model in dict.fromkeys(models)
    ]


def of_reply(
    operation: str, request: Request, models: Sequence[type[Model]], reply: Response, retries: int
) -> list[Usage]:
    """Return the usages of a request that DynamoDB has answered, one for each of its models.

    What is damaged in the reply counts as not said; whoever reads it says what is wrong.

    :param dict request: its arguments.
    :param models: as for :func:`of_failure`.
    """
    usages = [_unknown(operation, model, retries) for model in dict.fromkeys(models)]
    if not asking(operation):
        return usages
    try:
        items = _items(operation, request, models, reply)
        scanned = reply.get('ScannedCount', 0) + 0
        usages = [usage._replace(items=items[usage.model], scanned=scanned) for usage in usages]
        consumed = reply.get('ConsumedCapacity') or []
        consumed = consumed if isinstance(consumed, list) else [consumed]
        if 'TransactItems' not in request:
            return [_with_units(usages[0], consumed)] if consumed else usages
        return _of_tables(usages, request, models, {each['TableName']: each for each in consumed})
    except (AttributeError, KeyError, TypeError, ValueError):
        return usages


def _unknown(operation: str, model: type[Model], retries: int) -> Usage:
    """Return the usage of a request of which it isn't known what it consumed."""
    return Usage(
        model,
        _NAMES[operation],
        requests=1,
        read_units=None if operation in _READS else 0.0,
        write_units=None if operation in _WRITES else 0.0,
        retries=retries,
        unknown=1 if asking(operation) else 0,
    )


def _items(
    operation: str, request: Request, models: Sequence[type[Model]], reply: Response
) -> Mapping[type[Model] | None, int]:
    """Return how many items of each model were read or written."""
    if operation == 'transact_write_items':
        return _counted(models)
    if operation == 'transact_get_items':
        found = zip(models, reply['Responses'])
        return _counted(model for model, each in found if 'Item' in each)
    return {models[0]: _number(operation, request, reply)}


def _counted(models: Iterable[type[Model] | None]) -> Mapping[type[Model] | None, int]:
    return collections.Counter(models)


def _number(operation: str, request: Request, reply: Response) -> int:
    if operation == 'get_item':
        return 1 if 'Item' in reply else 0
    if operation == 'batch_get_item':
        return _lengths(reply['Responses'])
    if operation == 'batch_write_item':
        return _lengths(request['RequestItems']) - _lengths(reply['UnprocessedItems'])
    if operation == 'delete_item' and request.get('ReturnValues') == 'ALL_OLD':
        return 1 if reply.get('Attributes') else 0
    return reply['Count'] + 0 if operation in _READS else 1


def _lengths(by_table: dict[str, Collection[Any]]) -> int:
    return sum(map(len, by_table.values()))


def _of_tables(
    usages: list[Usage],
    request: Request,
    models: Sequence[type[Model]],
    consumed: dict[str, Response],
) -> list[Usage]:
    """Return the usages of a transaction, of which DynamoDB speaks by table.

    Of models that share a table, the first one has what it consumed.
    """
    tables: dict[str, list[type[Model] | None]] = collections.defaultdict(list)
    for model, part in zip(models, request['TransactItems']):
        (arguments,) = part.values()
        if model not in tables[arguments['TableName']]:
            tables[arguments['TableName']].append(model)
    own: dict[type[Model] | None, list[Response]] = collections.defaultdict(list)
    silent: set[type[Model] | None] = set()
    for table, sharing in tables.items():
        if table in consumed:
            own[sharing[0]].append(consumed[table])
        else:
            silent.update(sharing)
    return [
        usage if usage.model in silent else _with_units(usage, own[usage.model]) for usage in usages
    ]


def _with_units(usage: Usage, consumed: list[Response]) -> Usage:
    """Return a usage with what DynamoDB says that it consumed."""
    reading = usage.read_units is None
    units = [_units(each, reading) for each in consumed]
    indexes = [
        IndexUsage(name, *_units(each[name], reading))
        for whole in consumed
        for each in (whole.get(kind) or {} for kind in _INDEXES)
        for name in sorted(each)
    ]
    return usage._replace(
        read_units=sum((read for read, _ in units), 0.0),
        write_units=sum((written for _, written in units), 0.0),
        unknown=0,
        indexes=tuple(indexes),
    )


def _units(each: Response, reading: bool) -> tuple[float, float]:
    """Return the read and write units of a table or an index.

    A transaction that is sent twice under one token reads the second time.
    """
    if 'ReadCapacityUnits' in each or 'WriteCapacityUnits' in each:
        read, written = each.get('ReadCapacityUnits', 0.0), each.get('WriteCapacityUnits', 0.0)
    elif reading:
        read, written = each['CapacityUnits'], 0.0
    else:
        read, written = 0.0, each['CapacityUnits']
    return read + 0.0, written + 0.0
