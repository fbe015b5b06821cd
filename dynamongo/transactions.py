"""Transactions: writes of several items that are done all or none, and reads at one moment.

.. code-block:: python

    with Transaction() as t:
        t.check((User, 'john@example.com'))
        t.save(Order(customer='john@example.com', number=7), overwrite=False)
        t.update((Stock.sku == 'pen') & (Stock.count >= 1), [Stock.count.subtract(1)])

DynamoDB's rules for them are in `Amazon DynamoDB Transactions: How it works
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>`_.
"""

from __future__ import annotations

import functools
import uuid
from typing import TYPE_CHECKING, Any

from dynamongo import (
    _changes,
    _compile,
    _dumping,
    _errors,
    _hooks,
    _instances,
    _loading,
    _strategies,
    _write,
)
from dynamongo._calling import explains_calls
from dynamongo._logic import join, simplify
from dynamongo._operations import Operation, Reason, number_of, send
from dynamongo._options import check_flag
from dynamongo._permitted import check_condition
from dynamongo._subjects import TARGETS, is_instance, key_of, refusal, saved_instance, target_of
from dynamongo.conditions import AndCondition, BaseCondition, OrCondition
from dynamongo.exceptions import ExpressionError, IncompleteReadError, ValidationError
from dynamongo.updates import checked_updates
from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import TypeVar, Union, overload

    from typing_extensions import Self

    from dynamongo._annotations import Given, Selector
    from dynamongo._schema import Schema
    from dynamongo._write import Version
    from dynamongo.model import Model
    from dynamongo.updates import Update

    M = TypeVar('M', bound=Model)
    #: What one item is given by.
    Subject = Union[Model, BaseCondition, tuple[type[Model], Union[Selector, Model]]]

__all__ = ['Reason', 'Transaction']

#: Limit of one transaction: `Service quotas, API-specific limits
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_OPERATIONS = 100

#: How long DynamoDB lets a token be.
MAX_TOKEN = 36


@explains_calls
class Transaction:
    """Writes up to 100 items of any models: all of them, or none.

    As a context manager, it sends what it was told when the block ends, and nothing where the block
    raises. What is said is checked at once, and sent in the order in which it is said. Each item
    can have one operation.

    :param str token: tells the transaction from all others, so that DynamoDB doesn't apply it twice
        within ten minutes, however often it is sent; at most 36 characters. Default: a random one.

    What a method works on is an instance, a condition that selects one item by its key, or a pair
    of a model and what :meth:`.Model.get_one` takes.

    .. code-block:: python

        with Transaction() as t:
            t.save(order, overwrite=False)
            t.update((Stock, 'pen'), [Stock.count.subtract(1)])
            t.delete(Cart.id == 'abc')

    Where a reply is lost, it isn't known whether the transaction is done. :meth:`commit` sends it
    again under the same token, which is safe.

    .. versionadded:: 0.2
    """

    def __init__(self, token: str | None = None) -> None:
        if token is None:
            token = uuid.uuid4().hex
        if not isinstance(token, str) or not 1 <= len(token) <= MAX_TOKEN:
            raise ValidationError(
                f'Transaction: token is a str of 1 to {MAX_TOKEN} characters, not {token!r}'
            )
        self._token = token
        self._operations: dict[tuple[str, tuple[Any, ...]], Operation] = {}
        self._done = False

    @property
    def token(self) -> str:
        """The token of the transaction, a ``str``."""
        return self._token

    def __len__(self) -> int:
        return len(self._operations)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        state = 'done' if self._done else 'not done'
        return f'<Transaction {self._token}: {number_of(self._operations)}, {state}>'

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None and not self._done:
            self.commit()

    def save(
        self,
        item: Model | tuple[type[Model], Model | Given],
        overwrite: bool | BaseCondition = True,
    ) -> None:
        """Create an item, or replace the one that has its key.

        :param item: an instance, as it is now; or a pair of a model and a dict. What is set on the
            instance before the transaction is done stays on it, and is not saved.
        :param overwrite: as for :meth:`.Model.save_one`.
        """
        instance = saved_instance(item)
        schema = instance._schema
        schema.require_concrete()
        overwrite = _write.overwrite_of(schema, overwrite)
        _hooks.run(instance, 'before_save')
        dumped = _dumping.dump(instance)
        key = {attribute: dumped.item[attribute] for attribute in schema.key_attributes}
        request = _compile.put(schema, dumped.item, overwrite, dumped.version)
        advice = _write.advice_on_put(schema, overwrite, dumped.version)
        settle = functools.partial(_changes.settle, instance, dumped)
        after = (instance, 'after_save')
        self._add('save', schema, key, 'Put', request, item, advice, settle, after)

    def update(
        self, target: Subject, updates: Update | Iterable[Update], *, upsert: bool = False
    ) -> None:
        """Change attributes of an item, where it exists and meets further conditions.

        Where an instance is given, its version is checked if it has one. It doesn't change; call
        ``refresh()`` to see the item as it then is.

        :param target: what to update.
        :param list updates: as for :meth:`.Model.update_one`.
        :param bool upsert: as for :meth:`.Model.update_one`.
        """
        schema, found, refused = target_of(target, 'update')
        check_flag(schema, 'update', 'upsert', upsert)
        subject = _write.subject(schema.model, found)
        joined = _hooks.joined(subject, checked_updates(updates, schema.name))
        if _hooks.has(subject, 'before_update'):
            # The hook may have read the instance anew.
            schema, found, refused = target_of(target, 'update')
        model, found = _write.as_given(schema.model, found)
        schema = model._schema
        check = found.check
        if check is False and not upsert:
            raise ExpressionError('no item can meet the condition', target)
        version: Version = {}
        if is_instance(target):
            version = _instances.known_version(target)
        request = _compile.update(
            schema, found.key, joined, check, upsert=upsert, sources=found.sources, **version
        )
        if 'UpdateExpression' not in request:
            raise ExpressionError('the updates amount to nothing; leave them out', joined)
        refused = refused or refusal(schema, 'the item fails the condition')
        advice = _errors.Advice(refused, 'no item has this key', joined)
        after = (subject, 'after_update')
        self._add('update', schema, found.key, 'Update', request, target, advice, None, after)

    def delete(self, target: Subject) -> None:
        """Delete an item. One that doesn't exist counts as deleted.

        :param target: what to delete; a condition may have checks joined to it by ``&``. Where an
            instance is given, its version is checked if it has one, and it then stands for no item,
            as after :meth:`.Model.delete`.
        """
        schema, found, refused = target_of(target, 'delete')
        subject = _write.subject(schema.model, found)
        if _hooks.run(subject, 'before_delete'):
            # The hook may have read the instance anew.
            schema, found, refused = target_of(target, 'delete')
        request = _compile.delete(schema, found.key, found.check)
        refused = refused or refusal(schema, "the item doesn't meet the condition")
        advice = _errors.Advice(refused)
        settle = None
        if is_instance(target):
            settle = functools.partial(_instances.forget_item, target)
        after = (subject, 'after_delete')
        self._add('delete', schema, found.key, 'Delete', request, target, advice, settle, after)

    def check(self, target: Subject, condition: BaseCondition | None = None) -> None:
        """Let the transaction pass only if an item meets a condition. The item stays as it is.

        :param target: which item; a condition may have checks joined to it by ``&``.
        :param condition: what the item must meet besides. A missing item is judged as one without
            attributes. Where there is no condition at all, the item must exist. An instance with
            versions must exist, and have the version. A condition that is always met is left out.

        .. code-block:: python

            t.check((User.email == 'john@example.com') & (User.visits > 0))
            t.check((User, email), User.email.not_exists())
        """
        schema, found, refused = target_of(target, 'check', of_class=False)
        impossible = found.check is False
        checks: list[BaseCondition] = []
        if found.check is not None and found.check is not False:
            checks.append(found.check)
        asked = condition is not None
        mine = None if is_instance(target) else schema.is_mine
        if mine is not None:
            # A missing item is judged by what is asked, an item of another class by nothing.
            checks.append(OrCondition(schema.hash_key.not_exists(), mine) if asked else mine)
        if asked:
            if not isinstance(condition, BaseCondition):
                raise ExpressionError('check takes a condition', condition)
            check_condition(schema, condition)
            simple = simplify(condition)
            impossible = impossible or simple is False
            if not isinstance(simple, bool):
                checks.append(simple)
        if impossible:
            raise ExpressionError('no item can meet the condition', [target, condition])
        if asked and not checks:
            # Any item, and none at all, meets it.
            return
        if found.check is not None and refused is not None:
            # A missing item would meet it where the instance has no version.
            checks.insert(0, schema.hash_key.exists())
        request = _compile.check(schema, found.key, join(AndCondition, checks))
        gone = None if checks and refused is None else 'there is no such item'
        if refused is None or asked:
            refused = ', or '.join(filter(None, ["the condition isn't met", refused]))
        advice = _errors.Advice(refused, gone)
        self._add('check', schema, found.key, 'ConditionCheck', request, target, advice)

    def _add(self, action: str, schema: Schema, key: dict[str, Any], *rest: Any) -> None:
        operation = Operation(action, schema, schema.model.table_name(), key, *rest)
        if self._done:
            raise ExpressionError('the transaction is done; make a new one', self)
        other = self._operations.get(operation.item)
        if other is not None:
            raise ExpressionError(
                f'a transaction has one operation for each item, and this one has two for '
                f'{schema.name} {shorten(_errors.shown(key))}: {other.action} and {action}'
            )
        if len(self._operations) == MAX_OPERATIONS:
            raise ExpressionError(
                f'a transaction has at most {MAX_OPERATIONS} operations in DynamoDB; split it', self
            )
        self._operations[operation.item] = operation

    def commit(self) -> None:
        """Send the transaction, as the end of the block does.

        It may be called again where it has raised: under the same token, DynamoDB applies the
        transaction once.

        :raises TransactionCanceledError: where a condition isn't met, or another transaction is in
            the way; its ``reasons`` say which. Nothing is written.
        :raises RequestError: where the request fails, or the reply is lost.
        :raises ExpressionError: where the transaction is done already.
        """
        if self._done:
            raise ExpressionError('the transaction is done; make a new one', self)
        operations = list(self._operations.values())
        if operations:
            request = {
                'TransactItems': [operation.compiled() for operation in operations],
                'ClientRequestToken': self._token,
            }
            send('transact_write_items', request, operations)
        self._done = True
        for operation in operations:
            if operation.settle is not None:
                operation.settle()
        for operation in operations:
            _hooks.run(*operation.after)

    if TYPE_CHECKING:

        @overload
        @staticmethod
        def get(  # pyright: ignore[reportOverlappingOverload]
            targets: Iterable[M | tuple[type[M], Selector | M]],
        ) -> list[M | None]: ...

        @overload
        @staticmethod
        def get(targets: Iterable[Subject]) -> list[Model | None]: ...

    @staticmethod
    def get(targets: Iterable[Any]) -> list[Any]:
        """Read up to 100 items of any models as they are at one moment.

        :param list targets: instances, conditions that select by the key, or pairs of a model and
            what :meth:`.Model.get_one` takes.
        :returns: an instance for each target, in their order; ``None`` where no item has the key.
        :rtype: list
        :raises TransactionCanceledError: where a write of one of the items is under way.
        :raises IncompleteReadError: where DynamoDB doesn't answer in full.

        .. code-block:: python

            user, stock = Transaction.get([(User, 'john@example.com'), Stock.sku == 'pen'])
        """
        if not _strategies.is_list(targets):
            raise ExpressionError(f'Transaction.get takes a list; each of it is {TARGETS}', targets)
        operations = []
        for target in targets:
            schema, key = key_of(target)
            table = schema.model.table_name()
            operations.append(Operation('get', schema, table, key, 'Get', {'Key': key}, target))
        # DynamoDB refuses keys that are given twice.
        distinct = {operation.item: operation for operation in operations}
        if len(distinct) > MAX_OPERATIONS:
            raise ValidationError(
                f'Transaction.get: at most {MAX_OPERATIONS} items are read at one moment, not '
                f'{len(distinct)}; read them in parts'
            )
        if not distinct:
            return []
        request = {'TransactItems': [operation.compiled() for operation in distinct.values()]}
        reply = send('transact_get_items', request, list(distinct.values()))
        responses = reply.get('Responses', ())
        if not isinstance(responses, (list, tuple)):
            responses = ()
        if len(responses) != len(distinct):
            raise IncompleteReadError(
                f'Transaction.get: the reply is damaged: it has {len(responses)} of '
                f'{len(distinct)} items; {_errors.READ_AGAIN}',
                missing=[operation.key for operation in distinct.values()],
            )
        found = {item: response.get('Item') for item, response in zip(distinct, responses)}
        return [_loaded(operation, found[operation.item]) for operation in operations]


def _loaded(operation: Operation, item: Mapping[str, Any] | None) -> Model | None:
    if item is None or not operation.schema.holds(item):
        return None
    model: type[Model] = operation.schema.model
    return _loading.load(model, item)
