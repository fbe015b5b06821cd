"""The operations of a transaction: what is sent of them, and why some of them failed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

from dynamongo import _errors, _execute
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    RequestError,
    TransactionCanceledError,
    portable,
)
from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dynamongo._schema import Schema
    from dynamongo.model import Model


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why one operation of a transaction failed.

    ``position``
        Which one it is, from 0, in the order in which they were given.
    ``action``
        ``'save'``, ``'update'``, ``'delete'``, ``'check'`` or ``'get'``.
    ``model``
        The model of the item.
    ``key``
        Its key, a dict of attribute name to value.
    ``given``
        What was given: an instance, a condition, a key.
    ``code``
        DynamoDB's code, for instance ``'ConditionalCheckFailed'``.
    ``message``
        What it means.
    ``item``
        The stored item that stood in the way, as an instance; ``None`` where there is none.
    ``error``
        The exception that the operation on its own would have raised.

    .. versionadded:: 0.2
    """

    position: int
    action: str
    model: type[Model]
    key: dict[str, Any]
    given: object
    code: str
    message: str
    item: Model | None
    error: RequestError

    def __reduce__(self) -> tuple[Any, ...]:
        # What can't be pickled travels as text: models that are made in functions, for instance.
        fields = (getattr(self, field.name) for field in dataclasses.fields(self))
        return Reason, tuple(map(portable, fields))

    def __str__(self) -> str:
        key = shorten(_errors.shown(self.key))
        model = getattr(self.model, '__name__', self.model)
        return f'[{self.position}] {self.action} {model} {key}: {self.message}'


# Where it is imported from, also by what has been pickled.
Reason.__module__ = 'dynamongo.transactions'


class Operation(NamedTuple):
    """One operation on one item, checked and compiled."""

    action: str
    schema: Schema
    #: The name of the table, as the connection has it when the operation is added.
    table: str
    key: dict[str, Any]
    #: The name that DynamoDB has for it, and its arguments less the table.
    kind: str
    request: dict[str, Any]
    given: object = None
    advice: _errors.Advice = _errors.NO_ADVICE
    #: Called once the transaction is done.
    settle: Callable[[], object] | None = None
    #: The instance of the hook that is called after that, and its name.
    after: tuple[Model | None, str] = (None, '')

    @property
    def item(self) -> tuple[str, tuple[Any, ...]]:
        """What tells the item from all others."""
        return self.table, self.schema.identity(self.key)

    def compiled(self) -> dict[str, Any]:
        """Return the operation as DynamoDB takes it."""
        request = {name: value for name, value in self.request.items() if name != 'ReturnValues'}
        return {self.kind: {'TableName': self.table, **request}}


def send(method: str, request: dict[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """Send a transaction and return the reply."""
    tables = ', '.join(dict.fromkeys(repr(operation.table) for operation in operations))
    where = f'Transaction of {number_of(operations)} on {tables}'
    try:
        updates = tuple(update for operation in operations for update in operation.advice.updates)
        advice = _errors.Advice(updates=updates)
        models = [operation.schema.model for operation in operations]
        return _execute.transact(method, request, where, advice, models=models)
    except TransactionCanceledError as error:
        cause: Any = error.__cause__
        reasons = list(_reasons(cause.response.get('CancellationReasons', ()), operations))
        outcome = 'nothing is read' if method == 'transact_get_items' else 'nothing is written'
        text = ''.join(f'\n  {reason}' for reason in reasons)
        raise TransactionCanceledError(
            f'{where}: cancelled, {outcome}{":" if text else f" ({error})"}{text}',
            reasons=reasons,
            code=error.code,
            request_id=error.request_id,
        ) from cause


def number_of(operations: Collection[object]) -> str:
    """Return how many operations there are, as text."""
    return f'{len(operations)} operation{"" if len(operations) == 1 else "s"}'


def _reasons(
    given: Iterable[Mapping[str, Any]], operations: Sequence[Operation]
) -> Iterator[Reason]:
    """Yield the reasons of the operations that failed."""
    for position, (reason, operation) in enumerate(zip(given, operations)):
        code = reason.get('Code')
        if code in (None, 'None'):
            continue
        known = _errors.REASONS.get(code, code)
        said = reason.get('Message') or code
        there = bool(reason.get('Item'))
        message = _errors.explained(known, said, operation.advice, there=there)
        item = _errors.stored_item(reason.get('Item'), operation.schema)
        context = {'code': known, 'model': operation.schema.model, 'key': operation.key}
        cls = _errors.class_of(known, said)
        if cls is ConditionalCheckFailedException:
            context['item'] = item
        yield Reason(
            position,
            operation.action,
            operation.schema.model,
            operation.key,
            operation.given,
            code,
            message,
            item,
            cls(f'{operation.schema.name}: {message}', **context),
        )
