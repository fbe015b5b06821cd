"""The wire: values, requests and replies in the form in which DynamoDB takes and sends them.

boto3 converts all of them as well, and walks the description of the API for it, several times for
each value. What is here comes to the same, in one pass. A reader may skip it: requests reach boto3
with Python values in them, and replies come back with items that show Python values.

boto3's resources register four handlers, each under an id, unless the id is taken. Ours take the
ids, see to the requests of models, and leave all others to boto3's own. Where boto3 registers
something else than what is known here, nothing is taken, and boto3 does the work. Where botocore
doesn't offer its replies before it parses them, it parses them.

Seen in boto3 1.28 to 1.44, and in botocore 1.31 to 1.44, which has the event before-parse from
1.35 on.
"""

import base64
import binascii
import contextvars
import decimal
import functools
import json
import logging
import types
import zlib
from collections.abc import Mapping

from dynamongo._documents import Unknown
from dynamongo._numbers import MAX_DIGITS

_logger = logging.getLogger('dynamongo')

# Values


def encode(value):
    """Return a primitive as DynamoDB takes it.

    :param value: a ``str``, ``int``, ``Decimal``, ``bool``, ``None``, ``bytes``, ``list``, ``dict``
        or ``set``.

    >>> encode(['a', 1])
    {'L': [{'S': 'a'}, {'N': '1'}]}
    """
    encoder = _ENCODERS.get(type(value))
    return _by_boto3(value) if encoder is None else encoder(value)


def encode_item(item):
    """Return attribute name to primitive as attribute name to value on the wire."""
    return {name: encode(value) for name, value in item.items()}


def _by_boto3(value):
    """Return what boto3 makes of a value, if only an error."""
    return _serializer().serialize(value)


@functools.cache
def _serializer():
    from boto3.dynamodb.types import TypeSerializer

    return TypeSerializer()


def _encode_number(value):
    text = str(value)
    if len(text) > MAX_DIGITS or not _is_finite(value):
        return _by_boto3(value)
    return {'N': text}


def _is_finite(value):
    return type(value) is int or value.is_finite()


def _encode_set(value):
    if value and set(map(type, value)) == {str}:
        return {'SS': list(value)}
    return _by_boto3(value)


_ENCODERS = {
    str: lambda value: {'S': value},
    bool: lambda value: {'BOOL': value},
    int: _encode_number,
    decimal.Decimal: _encode_number,
    type(None): lambda value: {'NULL': True},
    bytes: lambda value: {'B': value},
    list: lambda value: {'L': [encode(each) for each in value]},
    dict: lambda value: {'M': encode_item(value)},
    set: _encode_set,
    Unknown: lambda value: value.wire,
}


def decode(wire):
    """Return a value on the wire as a primitive; :class:`.Unknown` for what can't be read.

    >>> decode({'L': [{'S': 'a'}, {'NULL': True}]})
    ['a', None]
    """
    try:
        ((kind, raw),) = wire.items()
        return _DECODERS[kind](raw)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return Unknown(wire)


def decode_item(item):
    """Return attribute name to value on the wire as attribute name to primitive."""
    return {name: decode(wire) for name, wire in item.items()}


def number(text):
    """Return the number that a text of the wire stands for.

    :rtype: decimal.Decimal
    :raises ValueError: where it is none that DynamoDB holds.
    """
    value = decimal.Decimal(_text(text))
    if not value.is_finite() or '_' in text or _has_too_many_digits(text, value):
        raise ValueError('no number of DynamoDB')
    return value


def _has_too_many_digits(text, value):
    """Tell whether a number has more digits than DynamoDB stores; zeros at its ends don't count."""
    if len(text) <= MAX_DIGITS:
        return False
    return len(''.join(map(str, value.as_tuple().digits)).strip('0')) > MAX_DIGITS


def binary(raw):
    """Return the bytes of a value, which are text in a reply, unless botocore has parsed it."""
    return raw if type(raw) is bytes else binascii.a2b_base64(raw)


def _of_type(kind):
    def check(raw):
        if type(raw) is not kind:
            raise TypeError(f'{raw!r} is no {kind.__name__}')
        return raw

    return check


_text = _of_type(str)
_list = _of_type(list)

_DECODERS = {
    'S': _text,
    'N': number,
    'B': binary,
    'BOOL': _of_type(bool),
    'NULL': lambda raw: None,
    'L': lambda raw: [decode(each) for each in _list(raw)],
    'M': lambda raw: decode_item(raw),
    'SS': lambda raw: set(map(_text, _list(raw))),
    'NS': lambda raw: set(map(number, _list(raw))),
    'BS': lambda raw: set(map(binary, _list(raw))),
}


class Stored(Mapping):
    """An item as it is stored: shows primitives by attribute name, and holds the wire form.

    :param dict wire: attribute name to value on the wire.
    """

    __slots__ = ('wire',)

    def __init__(self, wire):
        self.wire = wire

    def __getitem__(self, attribute):
        return decode(self.wire[attribute])

    def __contains__(self, attribute):
        return attribute in self.wire

    def __iter__(self):
        return iter(self.wire)

    def __len__(self):
        return len(self.wire)

    def __repr__(self):
        return repr(dict(self))


# Requests and replies

_of_model = contextvars.ContextVar('dynamongo_request_of_model', default=False)


def for_model(send):
    """Return what a function returns that sends a request of a model."""
    token = _of_model.set(True)
    try:
        return send()
    finally:
        _of_model.reset(token)


#: What is kept in the context of a request for the time when botocore has made its body.
_BODY = 'dynamongo_body'

#: What is put into a reply that has been decoded here.
_DECODED = 'dynamongo_decoded'


def install(events):
    """Take the place of boto3's handlers on the events of a client.

    :returns: whether that was done; otherwise boto3 converts everything.
    """
    events.register_first('after-call.dynamodb', _refuse_damaged, unique_id='dynamongo-damage')
    if _handlers_of_boto3() != frozenset(_HANDLERS):
        _logger.info('boto3 registers handlers that dynamongo does not know, and converts values')
        return False
    for (event, unique_id), make in _HANDLERS.items():
        events.unregister(event, unique_id=unique_id)
        events.register(event, make(), unique_id=unique_id)
    events.register_first('before-call.dynamodb', _complete_body, unique_id='dynamongo-body')
    events.register('before-parse.dynamodb', _take_items, unique_id='dynamongo-items')
    return True


@functools.cache
def _handlers_of_boto3():
    """Return what boto3's resources register for DynamoDB, less what is for documentation."""
    from boto3.dynamodb import transform

    registered = set()

    class Events:
        def register(self, event, handler, unique_id=None, **kwargs):
            if not event.startswith('docs.'):
                registered.add((event, unique_id))

        register_first = register_last = register

    class Bare:
        def __init__(self):
            client = types.SimpleNamespace(meta=types.SimpleNamespace(events=Events()))
            self.meta = types.SimpleNamespace(client=client)

    try:
        bases = [Bare]
        transform.register_high_level_interface(base_classes=bases)
        type('Probe', tuple(bases), {})()
    except Exception:  # What boto3 has become is not known, so neither is what it raises.
        registered.add(None)
    return frozenset(registered)


def _unless_of_model(boto3s, ours=None):
    """Return a handler that leaves to boto3 what is not a model's."""

    def handle(**kwargs):
        if not _of_model.get():
            return boto3s(**kwargs)
        return None if ours is None else ours(**kwargs)

    return handle


def _copying():
    from boto3.dynamodb.transform import copy_dynamodb_params

    # What a model sends isn't changed on its way, so it needs no copy.
    return _unless_of_model(copy_dynamodb_params)


def _injecting(method, ours=None):
    def make():
        from boto3.dynamodb.transform import TransformationInjector

        injector = TransformationInjector(deserializer=exact_deserializer())
        return _unless_of_model(getattr(injector, method), ours)

    return make


@functools.cache
def exact_deserializer():
    """Return a deserializer, as boto3 takes it, that reads every number that DynamoDB holds.

    boto3's own refuses numbers from 1E+38 up, which DynamoDB writes out in more than 38 digits.
    """
    from boto3.dynamodb.types import Binary, TypeDeserializer

    class ExactDeserializer(TypeDeserializer):
        """Reads numbers as they are written, however long, and lets what it can't read pass to
        where its name is known."""

        def deserialize(self, value):
            try:
                return super().deserialize(value)
            except (TypeError, ValueError, ArithmeticError, AttributeError):
                return Unknown(value)

        def _deserialize_n(self, value):
            return number(value)

        def _deserialize_b(self, value):
            return Binary(value)

    return ExactDeserializer()


def _encode_request(params, model, context=None, **kwargs):
    """Encode the values of a request. Stubber has looked at it before.

    What is encoded is known to be right, so botocore gets no more to validate and to serialize than
    where the request is to go, and stand-ins for what it requires.
    """
    encoded = {name: _encode_argument(name, value) for name, value in params.items()}
    stand_in = _STAND_INS.get(model.name)
    if stand_in is None or context is None or _protocol(model.service_model) != 'json':
        params.update(encoded)
        return
    params.clear()
    if 'TableName' in encoded:
        params['TableName'] = encoded['TableName']
        params.update(stand_in)
    else:
        params['RequestItems'] = dict.fromkeys(encoded['RequestItems'], stand_in)
    context[_BODY] = encoded


#: Operation to what botocore requires of a request for one table.
_STAND_INS = {
    'BatchGetItem': {'Keys': [{}]},
    'BatchWriteItem': [{}],
    'DeleteItem': {'Key': {}},
    'GetItem': {'Key': {}},
    'PutItem': {'Item': {}},
    'Query': {},
    'Scan': {},
    'UpdateItem': {'Key': {}},
}


def _encode_argument(name, value):
    if name in _ITEMS_SENT:
        return encode_item(value)
    if name == 'RequestItems':
        return {table: _encode_batch(requests) for table, requests in value.items()}
    if name == 'TransactItems':
        return _encode_batch(value)
    return value


#: What holds items, keys and values in a request, by name.
_ITEMS_SENT = frozenset({'ExclusiveStartKey', 'ExpressionAttributeValues', 'Item', 'Key'})


def _encode_batch(requests):
    """Encode the requests of a batch or a transaction, or the keys that are read."""
    if isinstance(requests, dict):
        return {**requests, 'Keys': [encode_item(key) for key in requests['Keys']]}
    return [
        {
            kind: {name: _encode_argument(name, value) for name, value in arguments.items()}
            for kind, arguments in request.items()
        }
        for request in requests
    ]


def _protocol(service):
    return getattr(service, 'resolved_protocol', None) or service.metadata.get('protocol')


def _complete_body(params, context, **kwargs):
    """Give a request the body that it is meant to have, and what else botocore has put there."""
    encoded = context.pop(_BODY, None)
    if encoded is not None:
        params['body'] = _JSON.encode({**json.loads(params['body']), **encoded}).encode('ascii')


def _base64(value):
    """Return binary as JSON has it."""
    return base64.b64encode(getattr(value, 'value', value)).decode('ascii')


_JSON = json.JSONEncoder(separators=(',', ':'), default=_base64, check_circular=False)

#: What holds items in a reply, by name.
_ITEMS = ('Item', 'Items', 'Attributes', 'Responses')


def _take_items(response_dict, customized_response_dict, **kwargs):
    """Take the items out of a reply before botocore parses it.

    The rest is left to botocore, and all of it where anything is unusual.
    """
    if not _of_model.get() or response_dict['status_code'] != 200:
        return
    try:
        reply = json.loads(response_dict['body'])
        taken = {name: reply.pop(name) for name in _ITEMS if name in reply}
        usual = all(_is_usual(name, value) for name, value in taken.items())
    except (AttributeError, TypeError, ValueError, RecursionError):
        return
    if taken and usual:
        response_dict['body'] = json.dumps(reply).encode() if reply else b'{}'
        customized_response_dict.update(taken)
        customized_response_dict[_DECODED] = True


def _is_usual(name, value):
    """Tell whether what holds items in a reply does hold them, at least by its shape."""
    if name == 'Responses' and type(value) is dict:
        return all(_is_usual('Items', items) for items in value.values())
    if name in ('Item', 'Attributes'):
        return type(value) is dict
    return type(value) is list and set(map(type, value)) <= {dict}


class DamagedReply(Exception):
    """Raised where a reply is not what DynamoDB sent."""


def _refuse_damaged(http_response, parsed, **kwargs):
    """Raise where a reply has another checksum than it should, or is empty and shouldn't be.

    botocore takes what it can't read for empty. It tries again where the checksum is wrong, but
    leaves the last such reply to its caller.
    """
    if http_response.raw is None:  # As Stubber answers.
        return
    body = http_response.content
    checksum = http_response.headers.get('x-amz-crc32', '')
    if checksum.isdecimal() and zlib.crc32(body) != int(checksum):
        raise DamagedReply('its checksum is wrong')
    empty = parsed.keys() <= {'ResponseMetadata'}
    if http_response.status_code == 200 and empty and body.strip() != b'{}':
        raise DamagedReply(f'it is {body[:40]!r}')


def _show_items(parsed, http_response, **kwargs):
    """Let a reply show its items and keys as Python values."""
    decoded = parsed.pop(_DECODED, False)
    if http_response.status_code >= 300:
        return
    try:
        _convert(parsed)
    except (AttributeError, TypeError, ValueError) as error:
        raise DamagedReply("it isn't what DynamoDB answers") from error
    if not decoded and http_response.raw is not None and any(name in parsed for name in _ITEMS):
        _note_fallback()


def _convert(parsed):
    for name in ('Item', 'Attributes'):
        if name in parsed:
            parsed[name] = Stored(parsed[name])
    if 'Items' in parsed:
        parsed['Items'] = list(map(Stored, parsed['Items']))
    if 'LastEvaluatedKey' in parsed:
        parsed['LastEvaluatedKey'] = decode_item(parsed['LastEvaluatedKey'])
    if 'Responses' in parsed:
        parsed['Responses'] = _responses(parsed['Responses'])
    for keys in parsed.get('UnprocessedKeys', {}).values():
        keys['Keys'] = [decode_item(key) for key in keys['Keys']]
    for requests in parsed.get('UnprocessedItems', {}).values():
        for request in requests:
            for arguments in request.values():
                arguments.update({name: decode_item(item) for name, item in arguments.items()})


def _responses(responses):
    """Return what BatchGetItem finds by table, or TransactGetItems in order."""
    if isinstance(responses, dict):
        return {table: list(map(Stored, items)) for table, items in responses.items()}
    return [
        {**each, 'Item': Stored(each['Item'])} if 'Item' in each else each for each in responses
    ]


def _note_fallback():
    """Count a reply that botocore has decoded, and say so once."""
    global decoded_by_botocore
    decoded_by_botocore += 1
    if decoded_by_botocore == 1:
        _logger.info('botocore parses the replies itself, which takes longer')


#: How many replies with items botocore has parsed, since it doesn't offer them before.
decoded_by_botocore = 0

#: Event and id of each handler of boto3's to the function that makes ours.
_HANDLERS = {
    ('provide-client-params.dynamodb', 'dynamodb-create-params-copy'): _copying,
    ('before-parameter-build.dynamodb', 'dynamodb-condition-expression'): _injecting(
        'inject_condition_expressions'
    ),
    ('before-parameter-build.dynamodb', 'dynamodb-attr-value-input'): _injecting(
        'inject_attribute_value_input', _encode_request
    ),
    ('after-call.dynamodb', 'dynamodb-attr-value-output'): _injecting(
        'inject_attribute_value_output', _show_items
    ),
}
