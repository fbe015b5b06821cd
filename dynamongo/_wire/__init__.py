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

from __future__ import annotations

import contextvars
import functools
import types
from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo._documents import Unknown
from dynamongo._wire.replies import note_taken, refuse_damaged, show_items, take_items
from dynamongo._wire.requests import OPERATIONS, can_complete, complete, set_aside
from dynamongo._wire.values import number
from dynamongo.utils import logger

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar('_T')


class _Call:
    """A call for a model, whose request is told from those that handlers make meanwhile."""

    __slots__ = ('context', 'last', 'others')

    def __init__(self) -> None:
        #: The context of the request that is under way, or ``None``.
        self.context: dict[str, Any] | None = None
        #: The context of the last request, under way or not, or ``None``.
        self.last: dict[str, Any] | None = None
        #: How many requests of others are under way within it.
        self.others = 0


_call: contextvars.ContextVar[_Call | None] = contextvars.ContextVar('dynamongo_call', default=None)


def for_model(send: Callable[[], _T]) -> _T:
    """Return what a function returns that sends requests of a model, one after the other."""
    token = _call.set(_Call())
    try:
        return send()
    finally:
        _call.reset(token)


def _begins_for_model(context: dict[str, Any] | None) -> bool:
    """Tell whether a request that begins is a model's."""
    call = _call.get()
    if call is None:
        return False
    if call.context is None:
        call.context = call.last = context
        return True
    call.others += 1
    return False


def _is_of_model(context: dict[str, Any] | None) -> bool:
    """Tell whether a request that is under way is a model's."""
    call = _call.get()
    return call is not None and call.context is context


def _ends(context: dict[str, Any] | None) -> None:
    """Note the end of a request. Where it is missed, botocore parses what would be taken."""
    call = _call.get()
    if call is not None:
        if call.context is context:
            call.context = None
        else:
            call.others -= 1


def retries() -> int:
    """Return how often botocore has sent the last request again, as far as is known here.

    botocore (1.31 to 1.44) counts the attempts in the context of the request.
    """
    call = _call.get()
    context = None if call is None else call.last
    attempt: int = (context or {}).get('retries', {}).get('attempt', 1)
    return attempt - 1


def install(events: Any) -> bool:
    """Take the place of boto3's handlers on the events of a client.

    :returns: whether that was done; otherwise boto3 converts everything.
    """
    try:
        known = _handlers_of_boto3() == frozenset(_HANDLERS)
        handlers = {name: make() for name, make in _HANDLERS.items()} if known else {}
    except Exception:  # What boto3 has become is not known, so neither is what it raises.
        handlers = {}
    if not handlers:
        events.register_first('after-call.dynamodb', _refuse, unique_id='dynamongo-damage')
        logger().info('boto3 registers handlers that dynamongo does not know, and converts values')
        return False
    for (event, unique_id), handler in handlers.items():
        events.unregister(event, unique_id=unique_id)
        events.register(event, handler, unique_id=unique_id)
    for operation in OPERATIONS:
        # The handlers of an operation come before those of all.
        events.register_first(
            f'before-call.dynamodb.{operation}', complete, unique_id=f'dynamongo-{operation}'
        )
    events.register('before-parse.dynamodb', _take, unique_id='dynamongo-items')
    events.register_first('after-call.dynamodb', _look, unique_id='dynamongo-damage')
    return True


def _refuse(**kwargs: Any) -> None:
    if _call.get() is not None:
        refuse_damaged(**kwargs)


def _take(**kwargs: Any) -> None:
    call = _call.get()
    if call is not None and call.context is not None and not call.others:
        take_items(**kwargs)


def _look(context: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if _is_of_model(context):
        note_taken(**kwargs)
        refuse_damaged(**kwargs)


@functools.cache
def _handlers_of_boto3() -> frozenset[tuple[str, str | None]]:
    """Return what boto3's resources register for DynamoDB, less what is for documentation."""
    from boto3.dynamodb import transform

    registered: set[tuple[str, str | None]] = set()

    class Events:
        def register(
            self, event: str, handler: object, unique_id: str | None = None, **kwargs: Any
        ) -> None:
            if not event.startswith('docs.'):
                registered.add((event, unique_id))

        register_first = register_last = register

    class Bare:
        def __init__(self) -> None:
            client = types.SimpleNamespace(meta=types.SimpleNamespace(events=Events()))
            self.meta = types.SimpleNamespace(client=client)

    bases: list[type] = [Bare]
    transform.register_high_level_interface(base_classes=bases)
    type('Probe', tuple(bases), {})()
    return frozenset(registered)


# The four handlers


def _copy() -> Callable[..., Any]:
    from boto3.dynamodb.transform import copy_dynamodb_params

    def copy(model: Any, context: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        # What a model sends isn't changed on its way, so it needs no copy.
        if not (_begins_for_model(context) and can_complete(model, context)):
            return copy_dynamodb_params(model=model, context=context, **kwargs)

    return copy


def _conditions() -> Callable[..., None]:
    from boto3.dynamodb.transform import TransformationInjector

    inject = TransformationInjector.inject_condition_expressions

    def build(context: dict[str, Any] | None = None, **kwargs: Any) -> None:
        if not _is_of_model(context):
            # An injector of its own: two threads that share one mix up their conditions.
            inject(_injector(), context=context, **kwargs)

    return build


def _input() -> Callable[..., None]:
    inject = _injector().inject_attribute_value_input

    def encode(model: Any, context: Any = None, **kwargs: Any) -> None:
        if _is_of_model(context) and can_complete(model, context):
            set_aside(model=model, context=context, **kwargs)
        else:
            inject(model=model, context=context, **kwargs)

    return encode


def _output() -> Callable[..., None]:
    inject = _injector().inject_attribute_value_output

    def decode(context: dict[str, Any] | None = None, **kwargs: Any) -> None:
        show = show_items if _is_of_model(context) else inject
        try:
            show(context=context, **kwargs)
        finally:
            _ends(context)

    return decode


#: Event and id of each handler of boto3's to the function that makes ours.
_HANDLERS: dict[tuple[str, str | None], Callable[[], Callable[..., Any]]] = {
    ('provide-client-params.dynamodb', 'dynamodb-create-params-copy'): _copy,
    ('before-parameter-build.dynamodb', 'dynamodb-condition-expression'): _conditions,
    ('before-parameter-build.dynamodb', 'dynamodb-attr-value-input'): _input,
    ('after-call.dynamodb', 'dynamodb-attr-value-output'): _output,
}


def _injector() -> Any:
    from boto3.dynamodb.transform import TransformationInjector

    return TransformationInjector(deserializer=_exact_deserializer())


@functools.cache
def _exact_deserializer() -> Any:
    """Return a deserializer, as boto3 takes it, that reads every number that DynamoDB holds.

    boto3's own refuses numbers from 1E+38 up, which DynamoDB writes out in more than 38 digits.
    """
    from boto3.dynamodb.types import Binary, TypeDeserializer

    class ExactDeserializer(TypeDeserializer):  # type: ignore[misc]
        """Reads numbers as they are written, however long, and lets what it can't read pass to
        where its name is known."""

        def deserialize(self, value: Any) -> Any:
            try:
                return super().deserialize(value)
            except (TypeError, ValueError, ArithmeticError, AttributeError):
                return Unknown(value)

        def _deserialize_n(self, value: str) -> Any:
            return number(value)

        def _deserialize_b(self, value: bytes) -> Any:
            return Binary(value)

    return ExactDeserializer()
