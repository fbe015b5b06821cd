"""Requests sent through boto3, and what DynamoDB answers.

This module alone calls DynamoDB: pages, batches, retries of what a batch left undone, and the
translation of errors.
"""

import random
import time

from dynamongo import _items
from dynamongo._options import MAX_LIMIT
from dynamongo._schema import plain_key
from dynamongo.connection import Connection, exact_deserializer
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    IncompleteReadError,
    ItemTooLargeError,
    RequestError,
    TableNotFoundError,
    ThrottledError,
    ValidationError,
)
from dynamongo.utils import chunks, shorten

#: Limit of one batch: `Service quotas, API-specific limits
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_BATCH_WRITE = 25

#: How often in a row a batch may come back without progress before it counts as failed.
MAX_FRUITLESS_BATCHES = 8

#: Seconds: the first upper bound of the pause between batches, and the last.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 20.0

#: The checksum of a reply that holds nothing: ``{}``.
CRC_OF_NOTHING = '2745614147'

#: How a table that is being made is looked at: every second, for five minutes.
WAITER = {'Delay': 1, 'MaxAttempts': 300}

_ERRORS = {
    'ConditionalCheckFailedException': ConditionalCheckFailedException,
    'ItemCollectionSizeLimitExceededException': ItemTooLargeError,
    'ProvisionedThroughputExceededException': ThrottledError,
    'RequestLimitExceeded': ThrottledError,
    'ResourceNotFoundException': TableNotFoundError,
    'ThrottlingException': ThrottledError,
}

_ADVICE = {
    'ConditionalCheckFailedException': 'an item with this key exists, or fails the condition',
    'ResourceInUseException': 'the table exists already (see exist_ok=True), or is being changed',
    'ResourceNotFoundException': "the table doesn't exist; call create_table() first",
}


def call(schema, operation, request, *, key=None):
    """Send one request to the model's table and return the reply.

    :param str operation: the method of a boto3 table, for instance ``'get_item'``.
    :param dict request: its arguments.
    :param dict key: the key that the request is about, for the error message.
    :raises RequestError: of the class that fits the error code.
    """

    def send():
        table = Connection.get_table(schema.model.table_name())
        return getattr(table, operation)(**request)

    return _guarded(schema, operation, send, key)


def get_item(schema, request):
    """Return the item that GetItem finds, or ``None``.

    :raises IncompleteReadError: where the reply is damaged, which botocore takes for empty.
    """
    reply = call(schema, 'get_item', request, key=request['Key'])
    if 'Item' not in reply and 'ConsumedCapacity' not in reply:
        headers = reply.get('ResponseMetadata', {}).get('HTTPHeaders', {})
        if headers.get('x-amz-crc32', CRC_OF_NOTHING) != CRC_OF_NOTHING:
            raise IncompleteReadError(
                f'{schema.name}.get_item: the reply is damaged, so it is not known whether there '
                f'is an item with the key {shorten(_shown(request["Key"]))}',
                missing=[request['Key']],
            )
    return reply.get('Item')


def _call_resource(schema, operation, request):
    """Send a request that isn't bound to one table."""

    def send():
        return getattr(Connection.resource(), operation)(**request)

    return _guarded(schema, operation, send)


def _guarded(schema, operation, send, key=None):
    try:
        return send()
    except Exception as error:
        translated = _translated(error, schema, operation, key)
        if translated is None:
            raise
        raise translated from error


def _translated(error, schema, operation, key):
    """Return a botocore error as one of dynamongo's, or ``None`` where it isn't botocore's."""
    # Imported when it is needed: by then boto3 has imported it.
    from botocore.exceptions import BotoCoreError, ClientError

    where = f'{schema.name}.{operation} on table {schema.model.table_name()!r}'
    if key is not None:
        where += f', key {shorten(_shown(key))}'
    if isinstance(error, BotoCoreError):
        return RequestError(f'{where}: {error}')
    if not isinstance(error, ClientError):
        return None
    details = error.response.get('Error', {})
    code, message = details.get('Code'), details.get('Message') or str(error)
    cls = _ERRORS.get(code, RequestError)
    if code == 'ValidationException' and 'item size' in message.lower():
        cls = ItemTooLargeError
    context = {
        'code': code,
        'request_id': error.response.get('ResponseMetadata', {}).get('RequestId'),
    }
    if cls is ConditionalCheckFailedException:
        context['item'] = _stored_item(error, schema)
    advice = _ADVICE.get(code)
    text = f'{where}: {advice} ({message})' if advice else f'{where}: {message} ({code})'
    return cls(text, **context)


def _shown(key):
    return {name: plain_key(value) for name, value in key.items()}


def _stored_item(error, schema):
    """Return the item that stood in the way of a write, where the error carries it and the model
    can read it."""
    wire = error.response.get('Item')
    if not wire:
        return None
    deserialize = exact_deserializer().deserialize
    try:
        return _items.load(schema.model, {name: deserialize(value) for name, value in wire.items()})
    except ValidationError:
        return None


def create_table(schema, request):
    """Create the model's table and return it at once, while DynamoDB is still making it."""
    request = {'TableName': schema.model.table_name(), **request}
    return _call_resource(schema, 'create_table', request)


def wait_until_exists(schema):
    """Return once the model's table is ready for use."""

    def wait():
        waiter = Connection.resource().meta.client.get_waiter('table_exists')
        waiter.wait(TableName=schema.model.table_name(), WaiterConfig=WAITER)

    _guarded(schema, 'create_table', wait)


def pages(schema, operation, request, *, start=None, page_size=None, wanted=None):
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
        if expected not in reply:
            raise IncompleteReadError(
                f'{schema.name}.{operation}: the reply has no {expected}; it is damaged'
            )
        yield reply
        after = reply.get('LastEvaluatedKey')
        if not after:
            return
        if after == start:
            raise IncompleteReadError(
                f'{schema.name}.{operation}: DynamoDB answered twice with the same position '
                f'{shorten(after)}, so the read would never end'
            )
        start = after
        if wanted is not None:
            wanted -= len(reply['Items'])
            if wanted <= 0:
                return


def get_batch(schema, request):
    """Return the items that a BatchGetItem finds, in any order.

    :param dict request: what it takes for one table: at most 100 keys, without duplicates.
    :raises IncompleteReadError: where DynamoDB keeps leaving keys out.
    """
    table = schema.model.table_name()
    pause = _Pause()
    found, keys = [], request['Keys']
    while keys:
        arguments = {'RequestItems': {table: {**request, 'Keys': keys}}}
        reply = _call_resource(schema, 'batch_get_item', arguments)
        left = reply.get('UnprocessedKeys', {}).get(table, {}).get('Keys', [])
        if table not in reply.get('Responses', {}) and len(left) < len(keys):
            raise IncompleteReadError(
                f'{schema.name}.batch_get_item: the reply holds no responses; it is damaged',
                missing=keys,
            )
        found += reply.get('Responses', {}).get(table, ())
        if left and not pause.after(progress=len(left) < len(keys)):
            raise IncompleteReadError(
                f'{schema.name}.batch_get_item: DynamoDB left {len(left)} keys unread '
                f'after {MAX_FRUITLESS_BATCHES} tries: {shorten([_shown(key) for key in left])}',
                missing=left,
            )
        keys = left
    return found


def write_batch(schema, requests):
    """Send puts and deletes in batches, and say of each what became of it.

    :param dict requests: identity to ``{'PutRequest': ...}`` or ``{'DeleteRequest': ...}``, so
        that no key is in it twice.
    :returns: identity to error, for those that failed.
    :raises RequestError: where not even the first batch gets through, so that nothing is known to
        be written.
    """
    errors = {}
    written = False
    for chunk in map(dict, chunks(requests.items(), MAX_BATCH_WRITE)):
        try:
            errors.update(_write_chunk(schema, chunk))
        except RequestError as error:
            if concerns_item(error):
                # One of them is refused, and the whole batch with it.
                errors.update(_write_singly(schema, chunk))
            elif written:
                errors.update(dict.fromkeys(chunk, error))
            else:
                raise
        written = written or not errors.keys() >= chunk.keys()
    return errors


def concerns_item(error):
    """Tell whether an error is about one item, rather than the table or the connection."""
    return (
        isinstance(error, (ConditionalCheckFailedException, ItemTooLargeError))
        or error.code == 'ValidationException'
    )


def _write_chunk(schema, requests):
    table = schema.model.table_name()
    pause = _Pause()
    pending = requests
    written = False
    while pending:
        request = {'RequestItems': {table: list(pending.values())}}
        try:
            reply = _call_resource(schema, 'batch_write_item', request)
        except RequestError as error:
            if not written:
                raise
            return dict.fromkeys(pending, error)
        if 'UnprocessedItems' not in reply:
            error = IncompleteReadError(
                f'{schema.name}.batch_write_item: the reply is damaged, so it is not known whether '
                'the items are written'
            )
            return dict.fromkeys(pending, error)
        left = [_identity(schema, request) for request in reply['UnprocessedItems'].get(table, [])]
        written = written or len(left) < len(pending)
        if left and not pause.after(progress=len(left) < len(pending)):
            error = ThrottledError(
                f'{schema.name}.batch_write_item: DynamoDB left {len(left)} items unwritten '
                f'after {MAX_FRUITLESS_BATCHES} tries'
            )
            return dict.fromkeys(left, error)
        pending = {identity: pending[identity] for identity in left}
    return {}


def _identity(schema, request):
    (body,) = request.values()
    return schema.identity(body.get('Item') or body['Key'])


def _write_singly(schema, requests):
    errors = {}
    for identity, request in requests.items():
        operation = 'put_item' if 'PutRequest' in request else 'delete_item'
        (body,) = request.values()
        key = dict(zip(schema.key_attributes, identity))
        try:
            call(schema, operation, body, key=key)
        except RequestError as error:
            errors[identity] = error
    return errors


class _Pause:
    """Exponential backoff with full jitter, over a bounded number of fruitless tries."""

    def __init__(self):
        self.fruitless = 0

    def after(self, *, progress):
        """Sleep, and tell whether to go on."""
        self.fruitless = 0 if progress else self.fruitless + 1
        if self.fruitless >= MAX_FRUITLESS_BATCHES:
            return False
        time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.fruitless)))
        return True
