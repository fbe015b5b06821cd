"""Replies to models, whose items are decoded here, and looked at as Python values where needed.

Whatever is unusual is left to botocore: errors, and replies that it doesn't offer before it parses
them.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from dynamongo._wire.values import Stored, StoredItems, decode_item
from dynamongo.utils import logger

if TYPE_CHECKING:
    from dynamongo._annotations import Response

#: What is put into a reply whose items have been taken here.
_TAKEN = 'dynamongo_taken'

#: Operation to what holds the items of its replies.
_ITEMS = {
    'BatchGetItem': 'Responses',
    'DeleteItem': 'Attributes',
    'GetItem': 'Item',
    'PutItem': 'Attributes',
    'Query': 'Items',
    'Scan': 'Items',
    'TransactGetItems': 'Responses',
    'UpdateItem': 'Attributes',
}


def take_items(
    operation_model: Any,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **kwargs: Any,
) -> None:
    """Take the items out of a reply before botocore parses it.

    The rest is left to botocore, and all of it where anything is unusual.
    """
    name = _ITEMS.get(operation_model.name)
    if name is None or response_dict['status_code'] != 200:
        return
    try:
        reply = json.loads(response_dict['body'])
        taken = reply.pop(name, None)
    except (AttributeError, TypeError, ValueError, RecursionError):
        return
    if taken is not None and _is_usual(name, taken):
        response_dict['body'] = json.dumps(reply).encode() if reply else b'{}'
        customized_response_dict[name] = taken
        customized_response_dict[_TAKEN] = True


def _is_usual(name: str, value: object) -> bool:
    """Tell whether what holds items in a reply does hold them, at least by its shape."""
    if name == 'Responses' and type(value) is dict:
        return all(_is_usual('Items', items) for items in value.values())
    if name in ('Item', 'Attributes'):
        return type(value) is dict
    return type(value) is list and set(map(type, value)) <= {dict}


def note_taken(parsed: Response, model: Any, http_response: Any, **kwargs: Any) -> None:
    """Take out the mark of a reply whose items have been taken, and note where there is none."""
    taken = parsed.pop(_TAKEN, False)
    answered = getattr(http_response, 'raw', None) is not None  # Not by Stubber.
    if not taken and answered and _ITEMS.get(model.name) in parsed:
        _note_fallback()


class DamagedReply(Exception):
    """Raised where a reply is not what DynamoDB sent."""


def refuse_damaged(http_response: Any, parsed: Response, model: Any, **kwargs: Any) -> None:
    """Raise where a reply has another checksum than it should, or is empty and shouldn't be.

    botocore takes what it can't read for empty. It tries again where the checksum is wrong, but
    leaves the last such reply to its caller.
    """
    if getattr(http_response, 'raw', None) is None:  # As Stubber answers.
        return
    body = http_response.content
    checksum = http_response.headers.get('x-amz-crc32', '')
    if checksum.isdecimal() and zlib.crc32(body) != int(checksum):
        raise DamagedReply('its checksum is wrong')
    if model.output_shape is None and not body:
        # What has nothing to answer, such as TagResource, is answered by nothing.
        return
    empty = http_response.status_code == 200 and parsed.keys() <= {'ResponseMetadata'}
    # A write may be answered with what botocore doesn't know yet; no item has nothing to say.
    if empty and body.strip() != b'{}' and (model.name == 'GetItem' or not _is_object(body)):
        raise DamagedReply(f'it is {body[:40]!r}')


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def show_items(parsed: Response, http_response: Any, **kwargs: Any) -> None:
    """Let a reply show its items and keys as Python values."""
    if http_response.status_code >= 300:
        return
    try:
        _convert(parsed)
    except (AttributeError, TypeError, ValueError) as error:
        raise DamagedReply("it isn't what DynamoDB answers") from error


def _convert(parsed: Response) -> None:
    for name in ('Item', 'Attributes'):
        if name in parsed:
            parsed[name] = _stored(parsed[name])
    if 'Items' in parsed:
        parsed['Items'] = _all_stored(parsed['Items'])
    if 'LastEvaluatedKey' in parsed:
        parsed['LastEvaluatedKey'] = decode_item(parsed['LastEvaluatedKey'])
    if 'Responses' in parsed:
        parsed['Responses'] = _responses(parsed['Responses'])
    if 'ItemCollectionMetrics' in parsed:
        _convert_metrics(parsed['ItemCollectionMetrics'])
    for keys in parsed.get('UnprocessedKeys', {}).values():
        keys['Keys'] = [decode_item(key) for key in keys['Keys']]
    for requests in parsed.get('UnprocessedItems', {}).values():
        for request in requests:
            for arguments in request.values():
                arguments.update({name: decode_item(item) for name, item in arguments.items()})


def _convert_metrics(metrics: dict[str, Any]) -> None:
    """Convert the keys of what is said of item collections, by table where there are several."""
    if 'ItemCollectionKey' in metrics:
        metrics['ItemCollectionKey'] = decode_item(metrics['ItemCollectionKey'])
    for name, value in metrics.items():
        if isinstance(value, list) and name != 'SizeEstimateRangeGB':
            for each in value:
                _convert_metrics(each)


def _responses(responses: Any) -> Any:
    """Return what BatchGetItem finds by table, or TransactGetItems in order."""
    if isinstance(responses, dict):
        return {table: _all_stored(items) for table, items in responses.items()}
    return [
        {**each, 'Item': _stored(each['Item'])} if 'Item' in each else each for each in responses
    ]


def _stored(item: Any) -> Stored:
    if type(item) is not dict:
        raise TypeError(f'{item!r} is no item')
    return Stored(item)


def _all_stored(items: Any) -> StoredItems:
    if type(items) is not list or not set(map(type, items)) <= {dict}:
        raise TypeError(f'{items!r} are no items')
    return StoredItems(items)


def _note_fallback() -> None:
    """Count a reply that botocore has decoded, and say so once."""
    global decoded_by_botocore
    decoded_by_botocore += 1
    if decoded_by_botocore == 1:
        logger().info('botocore parses the replies itself, which takes longer')


#: How many replies with items botocore has parsed, since it doesn't offer them before.
decoded_by_botocore = 0
