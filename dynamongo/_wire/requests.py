"""Requests of models, which get their bodies here.

What a model sends is known to be right. So botocore gets no more to validate and to serialize than
where the request goes, and stand-ins for what it requires; the body is completed once it has made
its own. Whoever watches a request sees it with Python values before its parameters are built, as
Stubber does, and with its whole body before it is sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dynamongo._wire.values import JSON, item_text, object_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from dynamongo._annotations import Request

#: What is kept in the context of a request for the time when botocore has made its body.
_ASIDE = 'dynamongo_aside'

#: Operation to what makes the stand-ins for what botocore requires of a request besides the table.
_REQUIRED: dict[str, Callable[[], Any]] = {
    'BatchGetItem': lambda: {'Keys': [{}]},
    'BatchWriteItem': lambda: [{}],
    'DeleteItem': lambda: {'Key': {}},
    'GetItem': lambda: {'Key': {}},
    'PutItem': lambda: {'Item': {}},
    'Query': dict,
    'Scan': dict,
    'TransactGetItems': lambda: {'Key': {}},
    'TransactWriteItems': lambda: {'Key': {}, 'ConditionExpression': ''},
    'UpdateItem': lambda: {'Key': {}},
}

#: The same for the operations of a transaction that require something else.
_REQUIRED_OF_PART: dict[str, Callable[[], Any]] = {
    'Put': lambda: {'Item': {}},
    'Update': lambda: {'Key': {}, 'UpdateExpression': ''},
    'Delete': lambda: {'Key': {}},
}

OPERATIONS = tuple(_REQUIRED)

#: What holds items, keys and values, by name.
_ITEMS = frozenset({'ExclusiveStartKey', 'ExpressionAttributeValues', 'Item', 'Key'})


def can_complete(model: Any, context: dict[str, Any] | None) -> bool:
    """Tell whether the body of a request can be completed later."""
    service = model.service_model
    # botocore before 1.35 knows one protocol of each service.
    protocol = getattr(service, 'resolved_protocol', None) or service.metadata.get('protocol')
    return bool(model.name in _REQUIRED and context is not None and protocol == 'json')


def set_aside(params: Request, model: Any, context: dict[str, Any], **kwargs: Any) -> None:
    """Leave botocore no more of a request than it needs to find out where it goes."""
    arguments = params.copy()
    params.clear()
    params.update(_stand_in(model.name, arguments))
    context[_ASIDE] = arguments, params


def _stand_in(operation: str, arguments: Request) -> Request:
    make = _REQUIRED[operation]
    if 'TableName' in arguments:
        return {'TableName': arguments['TableName'], **make()}
    if 'RequestItems' in arguments:
        return {'RequestItems': {table: make() for table in arguments['RequestItems']}}
    stand_in = {
        'TransactItems': [
            {kind: {'TableName': each['TableName'], **_REQUIRED_OF_PART.get(kind, make)()}}
            for part in arguments['TransactItems']
            for kind, each in part.items()
        ]
    }
    if 'ClientRequestToken' in arguments:
        # botocore would make one.
        stand_in['ClientRequestToken'] = arguments['ClientRequestToken']
    return stand_in


def complete(params: dict[str, Any], model: Any, context: dict[str, Any], **kwargs: Any) -> None:
    """Give a request the body that it is meant to have, and what else has been put there.

    :raises RuntimeError: where someone has changed a stand-in, which has no effect.
    """
    arguments, built = context.pop(_ASIDE, (None, None))
    if arguments is None:
        return
    stand_in = _stand_in(model.name, arguments)
    if built != stand_in:
        arguments = {**arguments, **_added(json.loads(params['body']), stand_in)}
    params['body'] = _arguments_text(arguments).encode('ascii')


def _added(body: Request, stand_in: Request) -> Request:
    """Return what others have added to a request."""
    for name, value in stand_in.items():
        if body.get(name) != value:
            raise RuntimeError(
                f'a handler of before-parameter-build has changed {name}, which dynamongo has put '
                'into the request already; register it for provide-client-params, and return new '
                'arguments, or for before-call, which shows the whole body'
            )
    return {name: value for name, value in body.items() if name not in stand_in}


def _arguments_text(arguments: Request) -> str:
    return object_text([(name, _argument_text(name, value)) for name, value in arguments.items()])


def _argument_text(name: str, value: Any) -> str:
    if name in _ITEMS:
        return item_text(value)
    if name == 'RequestItems':
        return object_text([(table, _batch_text(requests)) for table, requests in value.items()])
    if name == 'TransactItems':
        return _batch_text(value)
    return JSON.encode(value)


def _batch_text(requests: dict[str, Any] | list[dict[str, Any]]) -> str:
    """Return the requests of a batch or a transaction in JSON, or the keys that are read."""
    if isinstance(requests, dict):
        keys = ','.join(map(item_text, requests['Keys']))
        rest = ((name, JSON.encode(value)) for name, value in requests.items() if name != 'Keys')
        return object_text([('Keys', f'[{keys}]'), *rest])
    return f'[{",".join([_request_text(**request) for request in requests])}]'


def _request_text(PutRequest: dict[str, Any] | None = None, **others: Request) -> str:
    if PutRequest is not None:
        return f'{{"PutRequest":{{"Item":{item_text(PutRequest["Item"])}}}}}'
    return object_text([(kind, _arguments_text(each)) for kind, each in others.items()])
