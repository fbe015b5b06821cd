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

import contextvars
import functools
import types

from dynamongo._documents import Unknown
from dynamongo._wire.replies import refuse_damaged, show_items, take_items
from dynamongo._wire.requests import OPERATIONS, can_complete, complete, set_aside
from dynamongo._wire.values import number
from dynamongo.utils import logger

_of_model = contextvars.ContextVar('dynamongo_request_of_model', default=False)


def for_model(send):
    """Return what a function returns that sends a request of a model."""
    token = _of_model.set(True)
    try:
        return send()
    finally:
        _of_model.reset(token)


def install(events):
    """Take the place of boto3's handlers on the events of a client.

    :returns: whether that was done; otherwise boto3 converts everything.
    """
    events.register_first('after-call.dynamodb', _refuse_damaged, unique_id='dynamongo-damage')
    if _handlers_of_boto3() != frozenset(_HANDLERS):
        logger().info('boto3 registers handlers that dynamongo does not know, and converts values')
        return False
    for (event, unique_id), make in _HANDLERS.items():
        events.unregister(event, unique_id=unique_id)
        events.register(event, make(), unique_id=unique_id)
    for operation in OPERATIONS:
        # The handlers of an operation come before those of all.
        events.register_first(
            f'before-call.dynamodb.{operation}', complete, unique_id=f'dynamongo-{operation}'
        )
    events.register('before-parse.dynamodb', _take_items, unique_id='dynamongo-items')
    return True


def _take_items(**kwargs):
    if _of_model.get():
        take_items(**kwargs)


def _refuse_damaged(**kwargs):
    if _of_model.get():
        refuse_damaged(**kwargs)


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


# The four handlers


def _copy():
    from boto3.dynamodb.transform import copy_dynamodb_params

    def copy(model, **kwargs):
        # What a model sends isn't changed on its way, so it needs no copy.
        if not (_of_model.get() and can_complete(model, **kwargs)):
            return copy_dynamodb_params(model=model, **kwargs)

    return copy


def _conditions():
    def inject(**kwargs):
        # An injector of its own: two threads that share one mix up their conditions.
        _injector().inject_condition_expressions(**kwargs)

    return _unless_of_model(inject)


def _input():
    inject = _injector().inject_attribute_value_input

    def encode(**kwargs):
        if _of_model.get() and can_complete(**kwargs):
            set_aside(**kwargs)
        else:
            inject(**kwargs)

    return encode


def _output():
    return _unless_of_model(_injector().inject_attribute_value_output, show_items)


#: Event and id of each handler of boto3's to the function that makes ours.
_HANDLERS = {
    ('provide-client-params.dynamodb', 'dynamodb-create-params-copy'): _copy,
    ('before-parameter-build.dynamodb', 'dynamodb-condition-expression'): _conditions,
    ('before-parameter-build.dynamodb', 'dynamodb-attr-value-input'): _input,
    ('after-call.dynamodb', 'dynamodb-attr-value-output'): _output,
}


def _unless_of_model(boto3s, ours=None):
    """Return a handler that leaves to boto3 what is not a model's."""

    def handle(**kwargs):
        if not _of_model.get():
            boto3s(**kwargs)
        elif ours is not None:
            ours(**kwargs)

    return handle


def _injector():
    from boto3.dynamodb.transform import TransformationInjector

    return TransformationInjector(deserializer=_exact_deserializer())


@functools.cache
def _exact_deserializer():
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
