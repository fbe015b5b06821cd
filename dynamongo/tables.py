"""The methods of models that are about their tables, and what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import _tables
from dynamongo._calling import explains, explains_calls
from dynamongo._differences import Difference, TableDiff
from dynamongo._foreign import TABLE_OPTIONS
from dynamongo._options import check_flag
from dynamongo.connection import Connection

if TYPE_CHECKING:
    from typing import ClassVar

    from dynamongo._schema import Schema

__all__ = ['Difference', 'TableDiff']


@explains_calls
class TableMethods:
    """What models can do with their tables."""

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]

    @classmethod
    def table_name(cls) -> str:
        """Return the name of the table in DynamoDB, prefix included.

        :rtype: str
        """
        cls._schema.require_concrete()
        return f'{Connection.table_prefix}{cls._schema.table}'

    @classmethod
    def table(cls) -> Any:
        """Return boto3's object for the table, for what dynamongo doesn't do.

        :rtype: boto3.resources.base.ServiceResource
        """
        return Connection.get_table(cls.table_name())

    @classmethod
    @explains(TABLE_OPTIONS)
    def create_table(cls, *, exist_ok: bool = False, wait: bool = True) -> None:
        """Create the table and its indexes, with all that the class declares of it.

        This comes before any other use of the table, and may take a minute. The TTL and
        point-in-time recovery can't be set before the table is ready for use: with ``wait=False``
        they are left to :meth:`sync_table`. What the engine doesn't have, such as point-in-time
        recovery on DynamoDB Local, is left out.

        :param bool exist_ok: accept a table that exists already, as it is. One that is being
            deleted is made again when it is gone. Default ``False``.
        :param bool wait: return when the table can be used, else at once. Default ``True``.
        :raises RequestError: where the table exists already, or is being deleted and nothing is
            waited for, with code ``'ResourceInUseException'``.

        .. code-block:: python

            User.create_table(exist_ok=True)
        """
        _check_flags(cls._schema, 'create_table', exist_ok=exist_ok, wait=wait)
        _tables.create(cls._schema, exist_ok=exist_ok, wait=wait)

    @classmethod
    def delete_table(cls, *, missing_ok: bool = False, wait: bool = True) -> None:
        """Delete the table, with all its items.

        :param bool missing_ok: accept that there is no such table. Default ``False``.
        :param bool wait: return when it is gone, else at once. Default ``True``.
        :raises TableNotFoundError: where there is no such table.
        :raises RequestError: where it is protected against deletion, or is being changed.

        .. code-block:: python

            User.delete_table(missing_ok=True)

        .. versionadded:: 0.2
        """
        _check_flags(cls._schema, 'delete_table', missing_ok=missing_ok, wait=wait)
        _tables.delete(cls._schema, missing_ok=missing_ok, wait=wait)

    @classmethod
    def describe_table(cls) -> dict[str, Any]:
        """Return what DynamoDB says of the table, in its own terms.

        :returns: the ``Table`` of `DescribeTable
            <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html>`_,
            and beside it ``TimeToLiveDescription``, ``ContinuousBackupsDescription`` and ``Tags``,
            each where the engine has it.
        :rtype: dict
        :raises TableNotFoundError: where there is no such table.

        .. code-block:: python

            print(User.describe_table()['ItemCount'])

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        return _tables.describe(cls._schema)

    @classmethod
    def table_diff(cls) -> TableDiff:
        """Compare the table with what the class declares. Nothing is changed.

        The key and the indexes are compared, the TTL, and those options that the class sets: the
        defaults of the others are for the creation of a table, and whoever else looks after it may
        have set them otherwise.

        :returns: all that differs; false where nothing does. A table that is missing is one
            difference.
        :rtype: TableDiff
        :raises RequestError: where DynamoDB doesn't answer, or may not be asked.

        .. code-block:: python

            for difference in User.table_diff():
                print(difference.what, difference.mendable)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        return _tables.diff(cls._schema)

    @classmethod
    def sync_table(cls, *, dry_run: bool = False, wait: bool = True) -> TableDiff:
        """Bring the table in step with the class, as far as that takes nothing away.

        It creates a table that is missing; adds global indexes, tags, a TTL and a stream; changes
        the billing mode, the throughput, tags, the encryption and the table class; and turns on
        point-in-time recovery and the protection against deletion. It deletes nothing itself, no
        index, no tag and no item, and turns nothing off. But a TTL that is new makes **DynamoDB
        delete every item whose time has passed**: look at ``sync_table(dry_run=True)`` first. A
        table with another key is another table, of which nothing is changed; one that is being
        deleted is made again when it is gone.

        What it leaves says why. What fails in between leaves done what was done before: call it
        again.

        :param bool dry_run: change nothing, and return what would be done. Default ``False``.
        :param bool wait: wait until DynamoDB has carried out each change, before the next. An index
            of a large table takes hours. With ``False``, what has to wait for something else is
            left to the next call. Default ``True``.
        :returns: what was done, as ``mendable``, and what was left, as ``left``.
        :rtype: TableDiff
        :raises RequestError: where DynamoDB refuses a change.

        .. code-block:: python

            for difference in User.sync_table().left:
                print(difference)

        .. versionadded:: 0.2
        """
        _check_flags(cls._schema, 'sync_table', dry_run=dry_run, wait=wait)
        return _tables.sync(cls._schema, dry_run=dry_run, wait=wait)


def _check_flags(schema: Schema, method: str, **flags: object) -> None:
    schema.require_concrete()
    for name, value in flags.items():
        check_flag(schema, method, name, value)
