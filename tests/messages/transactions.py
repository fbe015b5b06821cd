"""What a transaction is given wrongly, and transactions that DynamoDB cancels."""

from dynamongo import (
    ExpressionError,
    IncompleteReadError,
    IntField,
    RequestError,
    Transaction,
    TransactionCanceledError,
    ValidationError,
)
from tests.messages.case import Case, refusal
from tests.messages.models import Item, Order

KEY = ('a', 1)
ORDER = (Order, KEY)
NEVER = (Order.customer == 'a') & (Order.number == 1) & Order.size.in_([])
GIVEN_BY = 'an instance'


def committed():
    transaction = Transaction()
    transaction.commit()
    return transaction


def full():
    transaction = Transaction()
    for number in range(101):
        transaction.delete((Order, ('a', number)))


def twice():
    transaction = Transaction()
    transaction.delete(ORDER)
    transaction.save(Order(customer='a', number=1))


def cancelled():
    transaction = Transaction()
    transaction.save(Order(customer='a', number=1), overwrite=False)
    transaction.delete((Item, 'b'))
    transaction.commit()


def updated():
    transaction = Transaction()
    transaction.update(ORDER, [Order.size.set(1)])
    transaction.commit()


ITEM = {'customer': {'S': 'a'}, 'number': {'N': '1'}}
TAKEN = {'Code': 'ConditionalCheckFailed', 'Message': 'The conditional request failed'}
CONFLICT = {'Code': 'TransactionConflict', 'Message': 'Transaction is ongoing for the item'}

CASES = [
    Case(
        lambda: Transaction(token=''),
        ValidationError,
        "token is a str of 1 to 36 characters, not ''",
        'Transaction',
    ),
    Case(
        lambda: committed().delete(ORDER),
        ExpressionError,
        'the transaction is done',
        '<Transaction',
        'make a new one',
    ),
    Case(
        lambda: committed().commit(),
        ExpressionError,
        'the transaction is done',
        '<Transaction',
        'make a new one',
    ),
    Case(
        lambda: full(),
        ExpressionError,
        'a transaction has at most 100 operations',
        '<Transaction',
        'split it',
    ),
    Case(
        lambda: twice(),
        ExpressionError,
        'has one operation for each item',
        ("Order {'customer': 'a', 'number': 1}", 'delete and save'),
    ),
    Case(
        lambda: Transaction().save('a'),
        ValidationError,
        'is an instance, or a pair of a model and a dict',
        'Transaction.save.item',
    ),
    Case(
        lambda: Transaction().delete('a'),
        ExpressionError,
        'an item of a transaction is given by',
        "'a'",
        GIVEN_BY,
    ),
    Case(
        lambda: Transaction().delete(IntField() == 3),
        ExpressionError,
        'is no single item',
        (),
        GIVEN_BY,
    ),
    Case(
        lambda: Transaction().update(NEVER, [Order.size.set(1)]),
        ExpressionError,
        'no item can meet the condition',
        'Order.customer',
    ),
    Case(
        lambda: Transaction().update(ORDER, [Item.tags.delete()]),
        ValidationError,
        'delete() takes one or more members',
        'Item.tags',
    ),
    Case(
        lambda: Transaction().update(ORDER, [Item.any.append()]),
        ValidationError,
        'take one or more values',
        'Item.any',
    ),
    Case(
        lambda: Transaction().update(ORDER, [Order.size.set_if_not_exists(None)]),
        ExpressionError,
        'the updates amount to nothing',
        'Order.size.set_if_not_exists(None)',
    ),
    Case(
        lambda: updated(),
        TransactionCanceledError,
        'the item fails the condition',
        "update Order {'customer': 'a', 'number': 1}",
        (),
        (refusal('TransactionCanceledException', CancellationReasons=[{**TAKEN, 'Item': ITEM}]),),
    ),
    Case(
        lambda: Transaction().check(ORDER, 3),
        ExpressionError,
        'check takes a condition',
        '3',
    ),
    Case(
        lambda: Transaction().check(ORDER, Order.size.in_([])),
        ExpressionError,
        'no item can meet the condition',
        'Order',
    ),
    Case(
        lambda: Transaction.get('a'),
        ExpressionError,
        'Transaction.get takes a list',
        "'a'",
        GIVEN_BY,
    ),
    Case(
        lambda: Transaction.get([(Order, ('a', number)) for number in range(101)]),
        ValidationError,
        'at most 100 items are read at one moment, not 101',
        'Transaction.get',
    ),
    Case(
        lambda: Transaction.get([ORDER]),
        IncompleteReadError,
        'the reply is damaged: it has 0 of 1 items',
        'Transaction.get',
        (),
        ({'Responses': []},),
    ),
    Case(
        lambda: cancelled(),
        TransactionCanceledError,
        ('cancelled, nothing is written', 'an item with this key exists already'),
        ("Transaction of 2 operations on 'shop-orders', 'shop-items'", 'save', 'delete'),
        'try again',
        (refusal('TransactionCanceledException', CancellationReasons=[TAKEN, CONFLICT]),),
    ),
    Case(
        lambda: Transaction.get([ORDER]),
        TransactionCanceledError,
        'cancelled, nothing is read',
        "Transaction of 1 operation on 'shop-orders'",
        'try again',
        (refusal('TransactionCanceledException', CancellationReasons=[CONFLICT]),),
    ),
    Case(
        lambda: cancelled(),
        RequestError,
        'the token belongs to another transaction',
        "Transaction of 2 operations on 'shop-orders', 'shop-items'",
        'take a new Transaction',
        (refusal('IdempotentParameterMismatchException'),),
    ),
    Case(
        lambda: cancelled(),
        RequestError,
        'the same transaction is still under way',
        "Transaction of 2 operations on 'shop-orders', 'shop-items'",
        'commit() it again to learn its outcome',
        (refusal('TransactionInProgressException'),),
    ),
]
