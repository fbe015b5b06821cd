"""Requests sent through boto3, and what DynamoDB answers.

This module alone calls DynamoDB. A reply that is damaged on its way is told from an empty one.
"""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo import _consumed, _wire, measuring
from dynamongo._errors import LOOK, NO_ADVICE, READ_AGAIN, damaged, place, shown, translated
from dynamongo._options import MAX_LIMIT
from dynamongo._wire import for_model
from dynamongo._wire.replies import DamagedReply
from dynamongo._wire.values import StoredItems
from dynamongo.connection import Connection
from dynamongo.exceptions import IncompleteReadError
from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dynamongo._annotations import Key, Request, Response
    from dynamongo._errors import Advice
    from dynamongo._schema import Schema
    from dynamongo.model import Model

_T = TypeVar('_T')

#: What a damaged reply leaves unknown, for writes and for reads.
_LOST: dict[str, str] = dict.fromkeys(
    (
        'batch_get_item',
        'describe_continuous_backups',
        'describe_table',
        'describe_time_to_live',
        'get_item',
        'list_tags_of_resource',
        'query',
        'scan',
        'transact_get_items',
    ),
    f'it is not known what there is; {READ_AGAIN}',
)
_LOST_WRITE = f'it is not known whether the write is done; {LOOK}'
_LOST['transact_write_items'] = (
    'it is not known whether the transaction is done; commit() it again, which is safe'
)

#: How a table that is being made or deleted is looked at: every second, for five minutes.
WAITER = {'Delay': 1, 'MaxAttempts': 300}


def call(
    schema: Schema,
    operation: str,
    request: Request,
    *,
    key: Key | None = None,
    advice: Advice = NO_ADVICE,
) -> Response:
    """Send one request to the model's table and return the reply.

    :param str operation: the method of a boto3 table, for instance ``'get_item'``.
    :param dict request: its arguments.
    :param dict key: the key that the request is about, for the error message.
    :param Advice advice: what is known of the request, in case that it is refused.
    :raises RequestError: of the class that fits the error code.
    """

    def send(**asking: str) -> Response:
        table = Connection.get_table(schema.model.table_name())
        reply: Response = getattr(table, operation)(**request, **asking)
        return reply

    where = functools.partial(place, schema, operation, key)
    return _guarded(operation, send, where, request, schema=schema, key=key, advice=advice)


def get_item(schema: Schema, request: Request) -> Any:
    """Return the item that GetItem finds, or ``None``.

    :raises IncompleteReadError: where the reply is damaged, which botocore takes for empty.
    """
    return call(schema, 'get_item', request, key=request['Key']).get('Item')


def call_resource(schema: Schema, operation: str, request: Request) -> Response:
    """Send a request that isn't bound to one table."""

    def send(**asking: str) -> Response:
        reply: Response = getattr(Connection.resource(), operation)(**request, **asking)
        return reply

    where = functools.partial(place, schema, operation)
    return _guarded(operation, send, where, request, schema=schema)


def transact(
    operation: str,
    request: Request,
    where: str,
    advice: Advice = NO_ADVICE,
    *,
    models: list[type[Model]],
) -> Response:
    """Send a transaction of several models and return the reply.

    :param str operation: the method of a boto3 client, for instance ``'transact_get_items'``.
    :param str where: what it is, as messages begin.
    :param Advice advice: what is known of it, in case that it is refused.
    :param list models: the model of each of its operations.
    """

    def send(**asking: str) -> Response:
        # The client of a resource takes and gives Python values.
        client = Connection.resource().meta.client
        reply: Response = getattr(client, operation)(**request, **asking)
        return reply

    return _guarded(operation, send, lambda: where, request, advice=advice, models=models)


def _guarded(
    operation: str,
    send: Callable[..., _T],
    where: Callable[[], str],
    request: Request | None,
    *,
    schema: Schema | None = None,
    key: Key | None = None,
    advice: Advice = NO_ADVICE,
    models: list[type[Model]] | None = None,
) -> _T:
    """Send a request; whatever goes wrong with it becomes an error of dynamongo's.

    :param send: sends it, with further arguments.
    :param where: returns what was being done, as the message begins.
    :param dict request: its arguments; ``None`` where ``send`` sends several, and counts them.
    :param list models: those that it is about. Default: that of the schema.
    """
    lost = _LOST.get(operation, _LOST_WRITE)
    try:
        if request is not None and measuring.active.get():
            about = [schema.model] if schema is not None else models or []
            send = functools.partial(_measured, operation, send, request, about)
        return for_model(send)
    except Exception as error:
        known = translated(error, where(), schema=schema, key=key, advice=advice, lost=lost)
        if known is None and _is_damage(error):
            what = error if isinstance(error, DamagedReply) else "it isn't what DynamoDB answers"
            known = damaged(where(), f'{what}, so {lost}', schema, key=key)
        if known is None:
            raise
        raise known from error


def _measured(
    operation: str,
    send: Callable[..., Any],
    request: Request,
    models: Sequence[type[Model]],
    expected: str | None = None,
) -> Any:
    """Send a request and count it; see :meth:`.Connection.measure`.

    :param str expected: the error code of an answer that is no failure.
    """
    try:
        reply = send(**_consumed.asking(operation))
    except BaseException as error:
        response = getattr(error, 'response', None)
        errors = 0 if expected is not None and _code(response) == expected else 1
        failure = _consumed.of_failure(operation, models, _retries(response), errors=errors)
        measuring.note(failure)
        raise
    measuring.note(_consumed.of_reply(operation, request, models, reply, _retries(reply)))
    return reply


def _code(response: Any) -> Any:
    """Return the error code of a reply, or ``None``."""
    try:
        return response['Error']['Code']
    except (KeyError, TypeError):
        return None


def _retries(response: Any) -> int:
    """Return how often botocore has sent a request again."""
    try:
        retries: int = response['ResponseMetadata']['RetryAttempts'] + 0
        return retries
    except (KeyError, TypeError):  # No reply, or one that a resource has made something of.
        return _wire.retries()


def _is_damage(error: Exception) -> bool:
    """Tell whether an error that isn't botocore's arose where botocore or boto3 read a reply.

    They (seen in 1.28 to 1.44) trust that it is text, and an object of the right shape.
    """
    if isinstance(error, DamagedReply):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if any(frame.f_code.co_name == 'inject_attribute_value_output' for frame in frames):
        return True
    modules = [frame.f_globals.get('__name__') for frame in frames]
    return 'botocore.parsers' in modules or modules[-1] == 'botocore.endpoint'


def call_client(schema: Schema, operation: str, request: Request) -> Response:
    """Send a request about a table, rather than its items, and return the reply.

    :param str operation: the method of a boto3 client, for instance ``'describe_table'``.
    :param dict request: its arguments, all of them.
    """

    def send(**asking: str) -> Response:
        client = Connection.resource().meta.client
        reply: Response = getattr(client, operation)(**request, **asking)
        return reply

    where = functools.partial(place, schema, operation)
    return _guarded(operation, send, where, request, schema=schema)


def wait_for_table(schema: Schema, operation: str, state: str) -> None:
    """Return once the model's table is in a state.

    :param str operation: what has been done with it, for instance ``'create_table'``.
    :param str state: ``'table_exists'``, which means that it is ready for use, or
        ``'table_not_exists'``.
    """

    def wait() -> None:
        client = Connection.resource().meta.client
        waiter = client.get_waiter(state)
        if measuring.active.get():
            waiter = _measured_waiter(waiter, client, schema)
        waiter.wait(TableName=schema.model.table_name(), WaiterConfig=WAITER)

    where = functools.partial(place, schema, operation)
    _guarded(operation, wait, where, None, schema=schema)


def _measured_waiter(waiter: Any, client: Any, schema: Schema) -> Any:
    """Return a waiter that counts each of its requests."""
    from botocore.waiter import NormalizedOperationMethod, Waiter

    def look(**request: Any) -> Any:
        send = functools.partial(client.describe_table, **request)
        models, absent = [schema.model], 'ResourceNotFoundException'
        return _measured('describe_table', send, request, models, absent)

    return Waiter(waiter.name, waiter.config, NormalizedOperationMethod(look))


#: What a reply to a Query or Scan must hold, one or the other.
_EXPECTED: dict[str, Any] = {'Count': int, 'Items': (list, StoredItems)}


def pages(
    schema: Schema,
    operation: str,
    request: Request,
    *,
    start: Key | None = None,
    page_size: int | None = None,
    wanted: int | None = None,
) -> Iterator[Response]:
    """Yield the replies to a Query or Scan, page by page, until the last page.

    :param str operation: ``'query'`` or ``'scan'``.
    :param dict request: its arguments.
    :param dict start: the key after which to start. Default: from the start.
    :param int page_size: how many items DynamoDB looks at for one page. Default: what fits into a
        megabyte.
    :param int wanted: how many items are wanted in all, which no page then exceeds. Default: all.
    :raises IncompleteReadError: where a reply is damaged, or the read would never end.
    """
    while True:
        arguments = dict(request)
        if start is not None:
            arguments['ExclusiveStartKey'] = start
        sizes = [size for size in (page_size, wanted) if size is not None]
        if sizes:
            arguments['Limit'] = min(*sizes, MAX_LIMIT)
        reply = call(schema, operation, arguments)
        expected = 'Count' if request.get('Select') == 'COUNT' else 'Items'
        if not isinstance(reply.get(expected), _EXPECTED[expected]):
            raise damaged(place(schema, operation), f'it has no {expected}; {READ_AGAIN}', schema)
        if expected == 'Items' and len(reply['Items']) != reply.get('Count', len(reply['Items'])):
            what = f'it has fewer items than it says; {READ_AGAIN}'
            raise damaged(place(schema, operation), what, schema)
        yield reply
        after = reply.get('LastEvaluatedKey')
        if not after:
            return
        if after == start:
            raise IncompleteReadError(
                f'{place(schema, operation)}: DynamoDB answered twice with the same position '
                f'{shorten(shown(after))}, so the read would never end',
                model=schema.model,
            )
        start = after
        if wanted is not None:
            wanted -= len(reply['Items'])
            if wanted <= 0:
                return
