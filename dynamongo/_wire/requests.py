"""Requests of models, which get their bodies here.

What a model sends is known to be right. So botocore gets no more to validate and to serialize than
where the request goes, and stand-ins for what it requires; the body is completed once it has made
its own. Whoever watches a request sees it with Python values before its parameters are built, as
Stubber does, and with its whole body before it is sent.
"""

import json

from dynamongo._wire.values import JSON, item_text, object_text

#: What is kept in the context of a request for the time when botocore has made its body.
_ARGUMENTS = 'dynamongo_arguments'

#: Operation to what botocore requires of a request, besides the table.
_STAND_INS = {
    'BatchGetItem': {'Keys': [{}]},
    'BatchWriteItem': [{}],
    'DeleteItem': {'Key': {}},
    'GetItem': {'Key': {}},
    'PutItem': {'Item': {}},
    'Query': {},
    'Scan': {},
    'TransactGetItems': {'Key': {}},
    'TransactWriteItems': {
        'ConditionCheck': {'Key': {}, 'ConditionExpression': ''},
        'Delete': {'Key': {}},
        'Put': {'Item': {}},
        'Update': {'Key': {}, 'UpdateExpression': ''},
    },
}

#: What holds items, keys and values, by name.
_ITEMS = frozenset({'ExclusiveStartKey', 'ExpressionAttributeValues', 'Item', 'Key'})


def can_complete(model, context=None, **kwargs):
    """Tell whether the body of a request can be completed later."""
    service = model.service_model
    # botocore before 1.35 knows one protocol of each service.
    protocol = getattr(service, 'resolved_protocol', None) or service.metadata.get('protocol')
    return model.name in _STAND_INS and context is not None and protocol == 'json'


def set_aside(params, model, context, **kwargs):
    """Leave botocore no more of a request than it needs to find out where it goes."""
    context[_ARGUMENTS] = params.copy()
    stand_in = _STAND_INS[model.name]
    table, tables = params.get('TableName'), params.get('RequestItems')
    parts = params.get('TransactItems')
    params.clear()
    if table is not None:
        params.update(stand_in, TableName=table)
    elif tables is not None:
        params['RequestItems'] = dict.fromkeys(tables, stand_in)
    else:
        params['TransactItems'] = [_stand_in_of_part(stand_in, part) for part in parts]


def _stand_in_of_part(stand_in, part):
    """Return the stand-in for one of the operations of a transaction."""
    ((kind, arguments),) = part.items()
    return {kind: {**stand_in.get(kind, stand_in), 'TableName': arguments['TableName']}}


def complete(params, context, **kwargs):
    """Give a request the body that it is meant to have, and what else botocore has put there."""
    arguments = context.pop(_ARGUMENTS, None)
    if arguments is not None:
        arguments = {**json.loads(params['body']), **arguments}
        params['body'] = _arguments_text(arguments).encode('ascii')


def _arguments_text(arguments):
    return object_text([(name, _argument_text(name, value)) for name, value in arguments.items()])


def _argument_text(name, value):
    if name in _ITEMS:
        return item_text(value)
    if name == 'RequestItems':
        return object_text([(table, _batch_text(requests)) for table, requests in value.items()])
    if name == 'TransactItems':
        return _batch_text(value)
    return JSON.encode(value)


def _batch_text(requests):
    """Return the requests of a batch or a transaction in JSON, or the keys that are read."""
    if isinstance(requests, dict):
        keys = ','.join(map(item_text, requests['Keys']))
        rest = ((name, JSON.encode(value)) for name, value in requests.items() if name != 'Keys')
        return object_text([('Keys', f'[{keys}]'), *rest])
    return f'[{",".join([_request_text(**request) for request in requests])}]'


def _request_text(PutRequest=None, **others):
    if PutRequest is not None:
        return f'{{"PutRequest":{{"Item":{item_text(PutRequest["Item"])}}}}}'
    return object_text([(kind, _arguments_text(each)) for kind, each in others.items()])
