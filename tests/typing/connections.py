"""What a checker knows of the connection, of measurements, results and tables."""

from __future__ import annotations

import contextlib
from typing import Any, Optional

from typing_extensions import assert_type

from dynamongo import (
    BatchResult,
    BulkResult,
    Connection,
    Difference,
    IndexUsage,
    Measurement,
    Model,
    StringField,
    TableDiff,
    Usage,
    utils,
)


class User(Model):
    __table__ = 'users'
    __hash_key__ = 'email'

    email = StringField(required=True)


def settings() -> None:
    assert_type(Connection.table_prefix, str)
    assert_type(Connection().table_prefix, str)
    assert_type(Connection.region, str)
    assert_type(Connection().region, str)
    assert_type(Connection.endpoint_url, Optional[str])
    assert_type(Connection().endpoint_url, Optional[str])
    assert_type(Connection.batch_attempts, int)
    assert_type(Connection().batch_attempts, int)
    assert_type(Connection.from_env(), Connection)
    Connection('key', 'secret', region='eu-west-1', profile=None)
    Connection.set_config(table_prefix='', endpoint_url='http://localhost:8000', batch_attempts=3)
    with Connection.using(table_prefix='tenant-') as connection:
        assert_type(connection, 'type[Connection]')
    assert_type(Connection.table_prefix, int)  # rejected
    Connection(regoin='eu-west-1')  # rejected
    Connection.set_config(region=5)  # rejected
    Connection.set_config(regoin='eu-west-1')  # rejected
    Connection.set_config(None, None, None, None, 'token')  # rejected
    Connection.using(table_prefxi='tenant-')  # rejected
    Connection.using(batch_attempts='3')  # rejected
    Connection.table_prefix = 'tenant-'  # rejected
    Connection().table_prefix = 'tenant-'  # rejected
    Connection.anything = 'tenant-'  # rejected
    Connection.nonsense  # rejected


def clients() -> None:
    # boto3 has no types of its own; whoever has installed them says which.
    assert_type(Connection.client(), Any)
    assert_type(Connection.resource(), Any)
    assert_type(Connection.get_table('users'), Any)
    Connection.get_table(5)  # rejected


def measurements() -> None:
    with Connection.measure() as measured:
        pass
    assert_type(measured, Measurement)
    assert_type(measured.rows, 'tuple[Usage, ...]')
    assert_type(measured.by_operation, 'dict[str, Usage]')
    assert_type(measured.total, Usage)
    assert_type(measured.requests, int)
    assert_type(measured.read_units, Optional[float])
    assert_type(measured.of(User, 'Query'), Usage)
    assert_type(measured.total.indexes[0], IndexUsage)
    assert_type(measured.total.operation, Optional[str])
    assert_type(measured.to_dict(), 'dict[str, Any]')
    measured.read_units + 1  # rejected
    measured.of('User')  # rejected
    measured.of(User.email)  # rejected
    measured.units  # rejected
    measured.requests = 0  # rejected


def results(batch: BatchResult[User], bulk: BulkResult) -> None:
    assert_type(batch.success, 'list[User]')
    assert_type(batch.fail, 'list[User]')
    assert_type(batch.errors, 'list[Exception]')
    assert_type(batch.fail_count, int)
    assert_type(bulk.fail, 'list[Any]')
    assert_type(bulk.success_count, int)
    assert_type(BatchResult(success=['a']), 'BatchResult[str]')
    batch.success_count = 5  # rejected
    batch.succeeded  # rejected


def tables(found: TableDiff) -> None:
    assert_type(User.table_diff(), TableDiff)
    assert_type(User.sync_table(dry_run=True), TableDiff)
    assert_type(User.describe_table(), 'dict[str, Any]')
    User.create_table(exist_ok=True, wait=False)
    User.delete_table(missing_ok=True)
    assert_type(found.table, str)
    assert_type(found.unavailable, 'tuple[str, ...]')
    assert_type(found.left, 'tuple[Difference, ...]')
    assert_type(found[0], Difference)
    assert_type(found[1:], 'tuple[Difference, ...]')
    for difference in found:
        assert_type(difference.reason, Optional[str])
        assert_type(difference.mendable, bool)
    User.create_table(True)  # rejected
    User.create_table(exists_ok=True)  # rejected
    User.sync_table(dry_run='no')  # rejected
    found.remaining  # rejected
    found.anything = 5  # rejected


def helpers() -> None:
    assert_type(utils.is_empty(''), bool)
    assert_type(utils.merge_deep({'a': 1}, {}), 'dict[str, Any]')
    assert_type(utils.non_empty_values({'a': 1}), 'dict[str, Any]')
    utils.merge_deep({'a': 1}, 5)  # rejected


def broken_off(stack: contextlib.ExitStack) -> None:
    assert_type(stack.enter_context(Connection.measure()), Measurement)
