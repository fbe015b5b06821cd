"""Tables made, described, deleted, and brought in step with their models."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dynamongo import _execute, _table_diff, _table_requests
from dynamongo._differences import MENDED, WOULD_BE_MENDED, Difference, TableDiff
from dynamongo.exceptions import RequestError, TableNotFoundError
from dynamongo.utils import logger

if TYPE_CHECKING:
    from dynamongo._annotations import Request, Response
    from dynamongo._schema import Schema
    from dynamongo._table_diff import Comparison

#: How an engine says that it doesn't have an operation, instead of doing it.
_NOT_THERE = frozenset({'UnknownOperationException', 'ValidationException'})

#: Why a change isn't made where nothing is waited for.
_BUSY = 'the table is being changed; call sync_table() again when that is done'
_NEW = 'the table is being made; call sync_table() again when that is done'

#: States of an index in which the table takes no other change.
DELETING = 'DELETING'
_CHANGING = frozenset({'CREATING', 'UPDATING', DELETING})

#: Seconds between two looks at a table that is being changed: at first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10

#: Seconds that a change may take: an index of a large table takes hours.
PATIENCE = 24 * 60 * 60

#: Seconds that DynamoDB is given to take backups of a new table.
BACKUPS_PATIENCE = 5 * 60


def create(schema: Schema, *, exist_ok: bool = False, wait: bool = True) -> bool:
    """Create the table of a model; ``True`` if it wasn't there."""
    made = _make(schema, exist_ok, wait)
    if wait:
        _execute.wait_for_table(schema, 'create_table', 'table_exists')
    if made and wait:
        for operation, request in afterwards(schema).values():
            try:
                _send(schema, operation, request)
            except RequestError as error:
                if error.code != 'UnknownOperationException':
                    raise
                logger().info('%s: not available on this engine', error)
    return made


def _make(schema: Schema, exist_ok: bool, wait: bool) -> bool:
    """Send what makes a table, once one of that name is gone; ``False`` if it is there to stay."""
    try:
        _send(schema, 'create_table', _table_requests.create_table(schema))
        return True
    except RequestError as error:
        if not (exist_ok and error.code == 'ResourceInUseException'):
            raise
        refused = error
    if not _is_going(schema):
        return False
    if not wait:
        raise RequestError(
            f'{schema.name}.create_table on table {schema.model.table_name()!r}: it is being '
            'deleted; create it when it is gone',
            code=refused.code,
            model=schema.model,
        ) from refused
    _wait_until_gone(schema, 'create_table')
    return _make(schema, exist_ok, wait)


def _is_going(schema: Schema) -> bool:
    """Tell whether a table is being deleted, or is gone."""
    try:
        return bool(_described(schema).get('TableStatus') == DELETING)
    except TableNotFoundError:
        return True


def _wait_until_gone(schema: Schema, operation: str) -> None:
    _execute.wait_for_table(schema, operation, 'table_not_exists')


def afterwards(schema: Schema) -> dict[str, tuple[str, Request]]:
    """Return what a table can't be made with, and gets when it is there, by name."""
    requests = {}
    ttl = schema.options.ttl
    if ttl is not None:
        request = _table_requests.time_to_live(ttl)
        requests['ttl'] = 'update_time_to_live', request
    if schema.options.point_in_time_recovery:
        request = _table_requests.point_in_time_recovery()
        requests['point-in-time recovery'] = 'update_continuous_backups', request
    return requests


def _send(schema: Schema, operation: str, request: Request) -> Response:
    if operation != 'tag_resource':
        request = {'TableName': schema.model.table_name(), **request}
    until = time.monotonic() + BACKUPS_PATIENCE
    pause: float = FIRST_PAUSE
    while True:
        try:
            return _execute.call_client(schema, operation, request)
        except RequestError as error:
            # So it is said of a table that has just been made.
            if error.code != 'ContinuousBackupsUnavailableException' or time.monotonic() > until:
                raise
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def delete(schema: Schema, *, missing_ok: bool = False, wait: bool = True) -> bool:
    """Delete the table of a model; ``True`` if it was there."""
    try:
        _send(schema, 'delete_table', {})
    except TableNotFoundError:
        if not missing_ok:
            raise
        return False
    if wait:
        _wait_until_gone(schema, 'delete_table')
    return True


def describe(schema: Schema) -> dict[str, Any]:
    """Return all that DynamoDB says of the table of a model."""
    described = _described(schema)
    _add_ttl(schema, described)
    _add_backups(schema, described)
    _add_tags(schema, described)
    return described


def _described(schema: Schema) -> dict[str, Any]:
    return dict(_send(schema, 'describe_table', {})['Table'])


def _add_ttl(schema: Schema, described: dict[str, Any]) -> None:
    reply = _if_available(schema, 'describe_time_to_live', {})
    if reply is not None:
        described['TimeToLiveDescription'] = reply['TimeToLiveDescription']


def _add_backups(schema: Schema, described: dict[str, Any]) -> None:
    reply = _if_available(schema, 'describe_continuous_backups', {})
    if reply is not None:
        described['ContinuousBackupsDescription'] = reply['ContinuousBackupsDescription']


def _add_tags(schema: Schema, described: dict[str, Any]) -> None:
    found: list[dict[str, str]] = []
    token: Request = {}
    while True:
        request = {'ResourceArn': described['TableArn'], **token}
        reply = _if_available(schema, 'list_tags_of_resource', request)
        if reply is None:
            return
        found += reply.get('Tags', ())
        if not reply.get('NextToken'):
            break
        token = {'NextToken': reply['NextToken']}
    described['Tags'] = found


def _if_available(schema: Schema, operation: str, request: Request) -> Response | None:
    """Return the reply to a request, or ``None`` where the engine doesn't have the operation."""
    if 'ResourceArn' not in request:
        request = {'TableName': schema.model.table_name(), **request}
    try:
        return _execute.call_client(schema, operation, request)
    except RequestError as error:
        if error.code not in _NOT_THERE:
            raise
        return None


def _described_for_diff(schema: Schema) -> dict[str, Any] | None:
    """Return what a model is compared with, and no more; ``None`` where there is no table."""
    try:
        described = _described(schema)
        if described.get('TableStatus', 'ACTIVE') not in _table_diff.USABLE:
            return described
        _add_ttl(schema, described)
        if '__point_in_time_recovery__' in schema.options.stated:
            _add_backups(schema, described)
        if schema.options.tags:
            _add_tags(schema, described)
    except TableNotFoundError:
        return None
    return described


def diff(schema: Schema) -> TableDiff:
    """Return how the table of a model differs from what it declares."""
    return _table_diff.compare(schema, _described_for_diff(schema)).diff()


def sync(schema: Schema, *, dry_run: bool = False, wait: bool = True) -> TableDiff:
    """Bring the table of a model in step, as far as that takes nothing away; return what was
    done and what was left."""
    described = _described_for_diff(schema)
    if not dry_run and wait and described is not None and _is_busy(described):
        if described.get('TableStatus') == DELETING:
            _wait_until_gone(schema, 'sync_table')
        else:
            _wait_until_ready(schema)
        described = _described_for_diff(schema)
    comparison = _table_diff.compare(schema, described)
    if dry_run:
        return comparison.diff(WOULD_BE_MENDED)
    if described is None:
        return _create_missing(schema, comparison, wait)
    done, busy = [], _is_busy(described)
    for difference, operation, request in comparison.steps:
        if operation is None:
            done.append(difference)
        elif busy:
            done.append(difference._replace(reason=_BUSY))
        else:
            described = _mend(schema, described, operation, request or {}, wait)
            busy = operation == 'update_table' and not wait
            done.append(difference)
    return TableDiff(comparison.table, done, comparison.unavailable, MENDED)


def _create_missing(schema: Schema, comparison: Comparison, wait: bool) -> TableDiff:
    create(schema, wait=wait)
    done = [each.difference for each in comparison.steps]
    if wait:
        # What the engine doesn't have is known now.
        return TableDiff(comparison.table, done, diff(schema).unavailable, MENDED)
    left = [Difference(what, 'on', None, _NEW) for what in afterwards(schema)]
    return TableDiff(comparison.table, [*done, *left], word=MENDED)


def _mend(
    schema: Schema, described: dict[str, Any], operation: str, request: Request, wait: bool
) -> dict[str, Any]:
    """Send what mends a difference, and return the description of the table after it."""
    if 'AttributeDefinitions' in request:
        known = described['AttributeDefinitions']
        new = [each for each in request['AttributeDefinitions'] if each not in known]
        request = {**request, 'AttributeDefinitions': [*known, *new]}
    _send(schema, operation, request)
    if operation == 'update_table' and wait:
        return _wait_until_ready(schema)
    return described


def _is_busy(described: dict[str, Any]) -> bool:
    """Tell whether a table is being changed, and so takes no other change."""
    indexes = described.get('GlobalSecondaryIndexes') or ()
    return described.get('TableStatus', 'ACTIVE') in _CHANGING or any(
        each.get('IndexStatus') in _CHANGING for each in indexes
    )


def _wait_until_ready(schema: Schema) -> dict[str, Any]:
    """Return the description of a table once it takes changes."""
    until, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
    while True:
        described = _described(schema)
        if not _is_busy(described):
            return described
        if time.monotonic() > until:
            raise RequestError(
                f'{schema.name}.sync_table on table {schema.model.table_name()!r}: it is still '
                'being changed; call sync_table() again when that is done',
                model=schema.model,
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
