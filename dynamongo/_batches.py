"""BatchGetItem and BatchWriteItem: what they leave undone is sent again, within bounds."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo._errors import LOOK, READ_AGAIN, concerns_item, damaged, place, shown
from dynamongo._execute import call, call_resource
from dynamongo.connection import Connection
from dynamongo.exceptions import IncompleteReadError, RequestError, ThrottledError
from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dynamongo._annotations import Key, Request
    from dynamongo._schema import Schema

    Identity = tuple[Any, ...]

_T = TypeVar('_T')

#: Limit of one batch: `Service quotas, API-specific limits
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_BATCH_WRITE = 25

#: Seconds: the first upper bound of the pause between batches, and the last.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 20.0


def get_batch(schema: Schema, request: Request) -> list[Mapping[str, Any]]:
    """Return the items that a BatchGetItem finds, in any order.

    :param dict request: what it takes for one table: at most 100 keys, without duplicates.
    :raises IncompleteReadError: where DynamoDB keeps leaving keys out.
    :raises ThrottledError: where it keeps refusing to read any.
    """
    table = schema.model.table_name()
    backoff = _Backoff()
    found: list[Mapping[str, Any]] = []
    keys: list[Key] = request['Keys']
    while keys:
        arguments = {'RequestItems': {table: {**request, 'Keys': keys}}}
        try:
            reply = call_resource(schema, 'batch_get_item', arguments)
        except ThrottledError:
            if not backoff.pause(progress=False):
                raise
            continue
        left = reply.get('UnprocessedKeys', {}).get(table, {}).get('Keys', [])
        if table not in reply.get('Responses', {}) and len(left) < len(keys):
            where = place(schema, 'batch_get_item')
            what = f'it holds no responses; {READ_AGAIN}'
            raise damaged(where, what, schema, missing=keys)
        found += reply.get('Responses', {}).get(table, ())
        if left and not backoff.pause(progress=len(left) < len(keys)):
            raise IncompleteReadError(
                f'{place(schema, "batch_get_item")}: DynamoDB left '
                f'{counted(len(left), "key", "keys")} unread after {backoff.count}; read them '
                'again later: '
                f'{shorten([shown(key) for key in left])}',
                missing=left,
                model=schema.model,
            )
        keys = left
    return found


def write_batch(schema: Schema, requests: dict[Identity, Request]) -> dict[Identity, RequestError]:
    """Send puts and deletes as one batch, and say of each what became of it.

    :param dict requests: identity to ``{'PutRequest': ...}`` or ``{'DeleteRequest': ...}``; at most
        25 of them, so that no key is in it twice.
    :returns: identity to error, for those that failed.
    :raises RequestError: where nothing is known to be written, for a reason that isn't about one of
        them.
    """
    backoff = _Backoff()
    pending = requests
    while True:
        reason: ThrottledError | None = None
        try:
            left: Collection[Identity] = _send(schema, pending)
        except ThrottledError as error:
            left, reason = pending, error
        except RequestError as error:
            if concerns_item(error):
                return _narrow(schema, pending)
            if len(pending) == len(requests):
                raise
            return dict.fromkeys(pending, error)
        if not left:
            return {}
        if not backoff.pause(progress=len(left) < len(pending)):
            failure = reason or ThrottledError(
                f'{place(schema, "batch_write_item")}: DynamoDB left '
                f'{counted(len(left), "item", "items")} unwritten after {backoff.count}; save what '
                'has failed again later',
                model=schema.model,
            )
            if len(left) == len(requests):
                raise failure
            return dict.fromkeys(left, failure)
        pending = {identity: pending[identity] for identity in left}


def _send(schema: Schema, requests: dict[Identity, Request]) -> list[Identity]:
    """Send one BatchWriteItem and return the identities of what it leaves unwritten."""
    table = schema.model.table_name()
    request = {'RequestItems': {table: list(requests.values())}}
    reply = call_resource(schema, 'batch_write_item', request)
    if 'UnprocessedItems' not in reply:
        where = place(schema, 'batch_write_item')
        what = f'it is not known whether the items have been written; {LOOK}'
        raise damaged(where, what, schema)
    try:
        left = [_identity(schema, each) for each in reply['UnprocessedItems'].get(table, [])]
        return [identity for identity in left if requests[identity]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f'what it calls unprocessed is not what was sent; {LOOK}'
        raise damaged(place(schema, 'batch_write_item'), what, schema) from error


def _identity(schema: Schema, request: Request) -> Identity:
    (body,) = request.values()
    return schema.identity(body.get('Item') or body['Key'])


def _narrow(schema: Schema, requests: dict[Identity, Request]) -> dict[Identity, RequestError]:
    """Write the rest of a batch that DynamoDB refuses for one or more of its items.

    It refuses such a batch whole and doesn't say for which. So each half is tried on its own, and
    what is down to one item is sent alone, which tells what is wrong with it.

    :returns: identity to error, for those that failed.
    """
    if len(requests) == 1:
        return _write_alone(schema, requests)
    entries = list(requests.items())
    middle = len(entries) // 2
    first, second = dict(entries[:middle]), dict(entries[middle:])
    errors = _half(schema, first)
    if not errors:
        # The first half is sound, so what is refused is in the second.
        return _narrow(schema, second)
    return {**errors, **_half(schema, second)}


def _half(schema: Schema, requests: dict[Identity, Request]) -> dict[Identity, RequestError]:
    if len(requests) == 1:
        return _write_alone(schema, requests)
    try:
        return write_batch(schema, requests)
    except RequestError as error:
        return dict.fromkeys(requests, error)


def _write_alone(schema: Schema, requests: dict[Identity, Request]) -> dict[Identity, RequestError]:
    ((identity, request),) = requests.items()
    ((kind, body),) = request.items()
    operation = 'put_item' if kind == 'PutRequest' else 'delete_item'
    key = dict(zip(schema.key_attributes, identity))
    try:
        call(schema, operation, body, key=key)
    except RequestError as error:
        return {identity: error}
    return {}


def patiently(call: Callable[[], _T]) -> _T:
    """Return what a call returns; where DynamoDB throttles, try it again, as a batch does."""
    backoff = _Backoff()
    while True:
        try:
            return call()
        except ThrottledError:
            if not backoff.pause(progress=False):
                raise


def counted(number: int, one: str, more: str) -> str:
    return f'{number} {one if number == 1 else more}'


class _Backoff:
    """Exponential backoff with full jitter, over a bounded number of fruitless tries in a row."""

    def __init__(self) -> None:
        self.fruitless = 0
        self._bound = Connection.batch_attempts

    @property
    def count(self) -> str:
        return counted(self.fruitless, 'try', 'tries')

    def pause(self, *, progress: bool) -> bool:
        """Sleep, and tell whether to try again."""
        self.fruitless = 0 if progress else self.fruitless + 1
        if self.fruitless >= self._bound:
            return False
        time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.fruitless)))
        return True
