"""From the errors of botocore to dynamongo's, and what each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dynamongo import _loading
from dynamongo._documents import from_document
from dynamongo._wire.values import Stored
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    IncompleteReadError,
    ItemTooLargeError,
    RequestError,
    TableNotFoundError,
    ThrottledError,
    TransactionCanceledError,
)
from dynamongo.expressions import LIST, NUMBER
from dynamongo.utils import logger, shorten

if TYPE_CHECKING:
    from dynamongo._annotations import Item, Key, WireItem
    from dynamongo._schema import Schema
    from dynamongo.model import Model
    from dynamongo.updates import Update

#: Every error code that botocore's model of DynamoDB knows, and those that come from the layers
#: around it. What is not here is a plain :class:`.RequestError` as well.
ERRORS: dict[str | None, type[RequestError]] = {
    'BackupInUseException': RequestError,
    'BackupNotFoundException': RequestError,
    'ConditionalCheckFailedException': ConditionalCheckFailedException,
    'ContinuousBackupsUnavailableException': RequestError,
    'DuplicateItemException': ConditionalCheckFailedException,
    'ExportConflictException': RequestError,
    'ExportNotFoundException': RequestError,
    'GlobalTableAlreadyExistsException': RequestError,
    'GlobalTableNotFoundException': TableNotFoundError,
    'IdempotentParameterMismatchException': RequestError,
    'ImportConflictException': RequestError,
    'ImportNotFoundException': RequestError,
    'IndexNotFoundException': TableNotFoundError,
    'InternalServerError': RequestError,
    'InvalidExportTimeException': RequestError,
    'InvalidRestoreTimeException': RequestError,
    'ItemCollectionSizeLimitExceededException': ItemTooLargeError,
    'LimitExceededException': RequestError,
    'PointInTimeRecoveryUnavailableException': RequestError,
    'PolicyNotFoundException': RequestError,
    'ProvisionedThroughputExceededException': ThrottledError,
    'ReplicaAlreadyExistsException': RequestError,
    'ReplicaNotFoundException': RequestError,
    'ReplicatedWriteConflictException': RequestError,
    'RequestLimitExceeded': ThrottledError,
    'ResourceInUseException': RequestError,
    'ResourceNotFoundException': TableNotFoundError,
    'TableAlreadyExistsException': RequestError,
    'TableInUseException': RequestError,
    'TableNotFoundException': TableNotFoundError,
    'ThrottlingException': ThrottledError,
    'TransactionCanceledException': TransactionCanceledError,
    'TransactionConflictException': RequestError,
    'TransactionInProgressException': RequestError,
    # Common to all of AWS, or made by what lies between.
    '413': ItemTooLargeError,
    'RequestEntityTooLarge': ItemTooLargeError,
    'RequestThrottled': ThrottledError,
    'SlowDown': ThrottledError,
    'Throttling': ThrottledError,
    'ThrottledException': ThrottledError,
    'TooManyRequestsException': ThrottledError,
}

#: How much of what DynamoDB says is in a message.
MAX_MESSAGE = 600

#: The reasons for which a transaction is cancelled, by the codes that they stand for.
REASONS = {
    'ConditionalCheckFailed': 'ConditionalCheckFailedException',
    'DuplicateItem': 'DuplicateItemException',
    'ItemCollectionSizeLimitExceeded': 'ItemCollectionSizeLimitExceededException',
    'ProvisionedThroughputExceeded': 'ProvisionedThroughputExceededException',
    'ThrottlingError': 'ThrottlingException',
    'TransactionConflict': 'TransactionConflictException',
    'ValidationError': 'ValidationException',
}

_ADVICE: dict[str | None, str] = {
    'ConditionalCheckFailedException': 'an item with this key exists, or fails the condition',
    'IdempotentParameterMismatchException': (
        'the token belongs to another transaction; take a new Transaction'
    ),
    'IndexNotFoundException': "the index doesn't exist in the table; call sync_table()",
    'ItemCollectionSizeLimitExceededException': (
        'the items of one hash key take more than 10 GB, which DynamoDB allows in no table with a '
        'LocalIndex; spread them over more hash keys'
    ),
    'ProvisionedThroughputExceededException': (
        'more is asked for than the table provides; send less at a time, or provide more units'
    ),
    'ReplicatedWriteConflictException': 'another region writes the same item; try again',
    'ResourceInUseException': 'the table exists already (see exist_ok=True), or is being changed',
    'ResourceNotFoundException': "the table doesn't exist; call create_table() first",
    'ThrottlingException': 'DynamoDB takes no more at this rate; send less at a time',
    'TransactionConflictException': 'a transaction is changing the item; try again',
    'TransactionInProgressException': (
        'the same transaction is still under way; commit() it again to learn its outcome'
    ),
}

_CREDENTIALS = (
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or call Connection.set_config(); without an '
    'account, use dynamongo.local.local_dynamodb()'
)

_OF_SERVER = frozenset({'InternalFailure', 'InternalServerError', 'ServiceUnavailable'})

#: The errors that say something about one item, rather than about the table or the connection.
_ABOUT_ITEM = frozenset(
    {
        'ReplicatedWriteConflictException',
        'SerializationException',
        'TransactionConflictException',
        'ValidationException',
    }
)


def concerns_item(error: RequestError) -> bool:
    """Tell whether an error is about one item, rather than the table or the connection."""
    return (
        isinstance(error, (ConditionalCheckFailedException, ItemTooLargeError))
        or error.code in _ABOUT_ITEM
    )


class Advice(NamedTuple):
    """What is known of a request and helps to understand why it was refused.

    :param str refused: what it means that its condition isn't met.
    :param str gone: what it means that there is no item to meet it.
    :param tuple updates: the updates that it carries out.
    """

    refused: str | None = None
    gone: str | None = None
    updates: tuple[Update, ...] = ()

    def on(self, code: str | None, message: str, *, there: bool = True) -> str | None:
        """Return what an error means and what to do; ``None`` where its text says it best.

        :param bool there: whether there is an item that may have stood in the way.
        """
        if code == 'ConditionalCheckFailedException':
            meaning = self.refused if there else self.gone or self.refused
            if meaning:
                return meaning
        if code != 'ValidationException':
            return _ADVICE.get(code)
        text = message.lower()
        if 'item size' in text:
            return 'an item has at most 409,600 bytes; store large parts of it elsewhere'
        if 'document path' in text:
            return self._on_parents()
        if 'incorrect data type' in text:
            return self._on_types()
        if 'attribute that does not exist' in text:
            return self._on_absent()
        return None

    def _on_parents(self) -> str:
        parents = [update.field._parent for update in self.updates]
        labels = dict.fromkeys(parent._label for parent in parents if parent is not None)
        if not labels:
            return 'the item lacks the dict or list that the update reaches into'
        first = next(iter(labels))
        return (
            f'the item has no {" or ".join(labels)} to reach into, or something else there; store '
            f'that first, by an update of its own such as {first}.set_if_not_exists(...), or set '
            'it as a whole'
        )

    def _on_types(self) -> str:
        # A value that is set replaces what is stored; what it is made of is read.
        about = [field for update in self.updates for field in update._reads or (update.field,)]
        labels = dict.fromkeys(field._label for field in about)
        return (
            f'what is stored in {" or ".join(labels) or "the attribute"} is of another type than '
            'the update is for, such as text that is added to; set it as a whole'
        )

    def _on_absent(self) -> str | None:
        needed = {field._label: field for update in self.updates for field in update._needs}
        if not needed:
            return None
        label, field = next(iter(needed.items()))
        known: dict[str | None, str] = {NUMBER: '0', LIST: '[]'}
        instead = known.get(field._kind, '...')
        return (
            f'the item has no {" or ".join(needed)}, which the update reads; say what stands for '
            f'it, for instance {label}.if_not_exists({instead})'
        )


#: Of a request of which nothing more is known.
NO_ADVICE = Advice()


def explained(
    code: str | None, message: str, advice: Advice = NO_ADVICE, *, there: bool = True
) -> str:
    """Return what an error means: advice where there is some, and the words of DynamoDB."""
    meaning = advice.on(code, message, there=there)
    # It may repeat the whole request, or be a page of something that lies between.
    if len(message) > MAX_MESSAGE:
        message = f'{message[:MAX_MESSAGE]}...'
    return f'{meaning} ({message})' if meaning else f'{message} ({code})'


def translated(
    error: Exception,
    where: str,
    *,
    schema: Schema | None = None,
    key: Key | None = None,
    advice: Advice = NO_ADVICE,
    lost: str = '',
) -> RequestError | None:
    """Return a botocore error as one of dynamongo's, or ``None`` where it isn't botocore's.

    :param str where: what was being done, as the message begins.
    :param schema: that of the model that it was done for, if it was one.
    :param dict key: the key that it was about, if it was about one.
    :param Advice advice: what is known of the request.
    :param str lost: what isn't known where no reply came.
    """
    # Imported when it is needed: by then boto3 has imported it.
    from botocore import exceptions as botocore

    context: dict[str, Any] = {'model': schema and schema.model, 'key': key and shown(key)}
    unknown = f'; {lost}' if lost else ''
    if isinstance(error, botocore.BotoCoreError):
        if isinstance(error, botocore.NoCredentialsError):
            return RequestError(f'{where}: {error}; {_CREDENTIALS}', **context)
        broken = isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError))
        # An earlier try may have got through.
        return RequestError(f'{where}: {error}{unknown if broken else ""}', **context)
    if not isinstance(error, botocore.ClientError):
        return None
    details = error.response.get('Error', {})
    metadata = error.response.get('ResponseMetadata', {})
    code, message = details.get('Code'), details.get('Message') or str(error)
    context.update(code=code, request_id=metadata.get('RequestId'))
    if code == '400':
        # DynamoDB names what it refuses; botocore puts the status where it can't read that.
        text = f'{where}: the reply is damaged: a refusal that names no reason{unknown}'
        return IncompleteReadError(text, **context)
    cls = class_of(code, message)
    if cls is ConditionalCheckFailedException:
        context['item'] = stored_item(error.response.get('Item'), schema)
        message = _of_a_retry(message, metadata)
    there = bool(error.response.get('Item'))
    text = f'{where}: {explained(code, message, advice, there=there)}'
    return cls(f'{text}{unknown}' if is_of_server(code) else text, **context)


def is_of_server(code: str | None) -> bool:
    """Tell whether an error code stands for a failure within DynamoDB, or between it and us, after
    which a write may be done all the same."""
    return code in _OF_SERVER or (code or '')[:1] == '5'


def place(schema: Schema, operation: str, key: Key | None = None) -> str:
    """Return where an error arose, as messages begin."""
    where = f'{schema.name}.{operation} on table {schema.model.table_name()!r}'
    return where if key is None else f'{where}, key {shorten(shown(key))}'


def shown(key: Key) -> Item:
    """Return a key as it is to be shown."""
    return {name: from_document(value) for name, value in key.items()}


def class_of(code: str | None, message: str) -> type[RequestError]:
    """Return the class that stands for an error code."""
    if code == 'ValidationException' and 'item size' in message.lower():
        return ItemTooLargeError
    return ERRORS.get(code, RequestError)


def _of_a_retry(message: str, metadata: dict[str, Any]) -> str:
    retries = metadata.get('RetryAttempts')
    if not retries:
        return message
    return (
        f'{message}; botocore sent the request {retries + 1} times, so that an earlier try of this '
        'very write may be what stood in the way: look at .item'
    )


def stored_item(wire: WireItem | None, schema: Schema | None) -> Model | None:
    """Return the item that stood in the way of a write, where the error carries it and the model
    can read it."""
    if not wire or schema is None:
        return None
    try:
        return _loading.load(schema.model, Stored(wire))
    except Exception as error:  # What a hook raises must not take the place of the error.
        logger().warning(
            "%s can't read the item that an error of DynamoDB carries: %s: %s",
            schema.name,
            type(error).__name__,
            error,
        )
        return None


def is_gone(error: BaseException) -> bool:
    """Tell whether the condition of a write wasn't met because there is no item."""
    response = getattr(error.__cause__, 'response', {})
    return not response.get('Item')


#: What to do where a reply is lost or damaged, for reads and for writes.
READ_AGAIN = 'read again, which is safe'
LOOK = 'look at what is stored before you repeat it'


def damaged(
    where: str,
    what: str,
    schema: Schema | None = None,
    *,
    key: Key | None = None,
    missing: list[Key] | None = None,
) -> IncompleteReadError:
    """Return the error that says that a reply is damaged.

    :param str where: what was being done, as the message begins.
    :param str what: what is wrong with it, for instance ``'it holds no items'``.
    :param missing: the keys that are missing. Default: the key, if there is one.
    """
    if missing is None:
        missing = [] if key is None else [key]
    return IncompleteReadError(
        f'{where}: the reply is damaged: {what}',
        missing=missing,
        model=schema and schema.model,
        key=key,
    )
