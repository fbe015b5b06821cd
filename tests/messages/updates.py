"""Updates, and what they compute, that DynamoDB can't carry out."""

import datetime
import decimal
import functools

from dynamongo import ExpressionError, ValidationError
from dynamongo.conditions import MAX_DEPTH
from dynamongo.expressions import Arithmetic, IfNotExists
from dynamongo.updates import UpdateBuilder
from tests.messages.case import Case
from tests.messages.models import Item, Order

NOON = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.timezone.utc)
HALF = datetime.timedelta(seconds=0.5)
TINY = decimal.Decimal('1E-9')
KEY = ('a', 1)


def check(*updates):
    return UpdateBuilder.create(list(updates))


UPDATES = [
    Case(
        lambda: bool(Order.size.set(1)),
        ExpressionError,
        'no truth value',
        'Order.size.set(1)',
        'pass it to update_one',
    ),
    Case(
        lambda: Order.update_one(KEY, 3),
        ExpressionError,
        'updates are a list',
        '3',
        'User.name.set("John")',
    ),
    Case(
        lambda: Order.update_one(KEY, {'size': 3}),
        ExpressionError,
        'updates are a list',
        '[Order.size.set(3)]',
        'Order.update_from_dict() takes a dict, with the key in it',
    ),
    Case(
        lambda: Order(customer='a', number=1).update({'size': 3}),
        ExpressionError,
        'updates are a list',
        '[Order.size.set(3)]',
        'Order.update_from_dict() takes a dict, with the key in it',
    ),
    Case(
        lambda: Order.update_one(KEY, []),
        ExpressionError,
        'there is nothing to update',
        (),
        'the list of updates is empty',
    ),
    Case(
        lambda: Order.update_one(KEY, [3]),
        ExpressionError,
        'an update is made by a method of a field',
        '3',
        'User.name.set("John")',
    ),
    Case(
        lambda: check(Order.size.set(1), Order.size.remove()),
        ExpressionError,
        'Order.size and Order.size overlap',
        (),
        'each part of an item once',
    ),
    Case(
        lambda: check(Item.tags.add('a'), Item.tags.delete('b')),
        ExpressionError,
        'Item.tags and Item.tags overlap',
        (),
        'delete others in two calls',
    ),
    Case(
        lambda: UpdateBuilder('PUT', '', {}), ExpressionError, 'an update clause is one of', 'PUT'
    ),
    Case(
        lambda: Item.name.remove(),
        ValidationError,
        "the field is required, so it can't be removed",
        'Item.name',
    ),
    Case(
        lambda: Item.number.add(None),
        ValidationError,
        'add() and subtract() take a number',
        'Item.number',
    ),
    Case(
        lambda: Item.number.add(Item.odd),
        ExpressionError,
        'take a number, not an attribute',
        'Item.number',
    ),
    Case(lambda: Item.words.append(), ValidationError, 'take one or more values', 'Item.words'),
    Case(
        lambda: Item.words.append(Item.name),
        ExpressionError,
        'are values, not attributes',
        'Item.words',
        'Item.words.set(Item.words + other)',
    ),
    Case(lambda: Item.words.append(None), ValidationError, 'required', 'Item.words[0]'),
    Case(lambda: Item.tags.add(), ValidationError, 'add() takes one or more members', 'Item.tags'),
    Case(
        lambda: Item.tags.add(Item.name),
        ExpressionError,
        'takes members, not an attribute',
        'Item.tags',
    ),
    Case(
        lambda: Item.sets[0].set(set()),
        ValidationError,
        'an empty set is no element of a list',
        'Item.sets[0]',
        'write remove()',
    ),
    Case(
        lambda: Item.tags + {'a'},
        ExpressionError,
        'takes no operators',
        'Item.tags',
        'added by add() and deleted by delete()',
    ),
    Case(
        lambda: Item.name.append('a'),
        ExpressionError,
        'takes no append()',
        'Item.name is a StringField',
        'lists append() and prepend()',
    ),
    Case(
        lambda: Item.until.add('x'),
        ValidationError,
        'take a timedelta or a number of seconds',
        'Item.until',
    ),
    Case(
        lambda: Item.until.add(HALF),
        ValidationError,
        'take whole seconds here',
        'Item.until',
        'declare fractions=True',
    ),
    Case(lambda: Item.fine.add(TINY), ValidationError, 'take whole microseconds here', 'Item.fine'),
    Case(
        lambda: Item.any.add('a'),
        ValidationError,
        'add() takes a number or a set',
        'Item.any',
        ('add(3)', "add({'new'})"),
    ),
    Case(
        lambda: Item.any.add(Item.name),
        ExpressionError,
        'add() takes a number or a set, not an attribute',
        'Item.any',
    ),
    Case(
        lambda: Item.any.add(set()), ValidationError, 'add() takes one or more members', 'Item.any'
    ),
    Case(lambda: Item.any.subtract('a'), ValidationError, 'subtract() takes a number', 'Item.any'),
    Case(
        lambda: Item.any.increment('a'), ValidationError, 'increment() takes a number', 'Item.any'
    ),
    Case(
        lambda: Item.any.delete('a'),
        ValidationError,
        'delete() takes a set',
        'Item.any',
        "delete({'old'})",
    ),
    Case(lambda: Item.any.append(), ValidationError, 'take one or more values', 'Item.any'),
    Case(
        lambda: Item.any.append(Item.name),
        ExpressionError,
        'are values, not attributes',
        'Item.any',
        'Item.any.set(Item.any + other)',
    ),
    Case(lambda: Item.number.set('x'), ValidationError, 'takes a whole number', 'Item.number'),
    Case(
        lambda: Item.stamps.set(['2020-01-01T00:00Z', '2020-01-01T00:00:00+00:00', 'x']),
        ValidationError,
        'Could not parse',
        'Item.stamps',
    ),
]

EXPRESSIONS = [
    Case(
        lambda: -Item.number,
        ExpressionError,
        'no minus of one value',
        'Item.number',
        '0 - Item.number',
    ),
    Case(
        lambda: Item.number * 2,
        ExpressionError,
        'computes by + and - alone',
        'Item.number',
        'read the item, compute in Python',
    ),
    Case(
        lambda: setattr(Item.number + 1, 'sign', '-'),
        AttributeError,
        "sign can't be set",
        'expressions are immutable',
    ),
    Case(
        lambda: delattr(Item.number + 1, 'sign'),
        AttributeError,
        "sign can't be deleted",
        'expressions are immutable',
    ),
    Case(
        lambda: (Item.number + 1).if_not_exists(2),
        ExpressionError,
        'is no attribute',
        'Item.number + 1',
        'nest it: User.a.if_not_exists',
    ),
    Case(
        lambda: (Item.number + 1) == 2,
        ExpressionError,
        "is for updates, and can't be compared",
        'Item.number + 1',
        'a condition compares attributes',
    ),
    Case(
        lambda: bool(Item.number + 1),
        ExpressionError,
        'has no truth value',
        'Item.number + 1',
        'an attribute is set to it',
    ),
    Case(
        lambda: Arithmetic(Item.number, '*', 2), ExpressionError, 'computes by + and - alone', "'*'"
    ),
    Case(
        lambda: Item.until + NOON,
        ExpressionError,
        'two moments have no sum',
        'Item.until',
        'add a timedelta',
    ),
    Case(lambda: IfNotExists(3, 3), ExpressionError, 'if_not_exists() is a method of a field', '3'),
    Case(
        lambda: Item.number.if_not_exists(Item.number),
        ExpressionError,
        'takes another field than',
        'Item.number',
    ),
    Case(
        lambda: Item.number.if_not_exists(None),
        ValidationError,
        'takes what stands for the absent value',
        'Item.number',
    ),
    Case(
        lambda: functools.reduce(
            lambda made, _: IfNotExists(Item.any, made), range(MAX_DEPTH + 1), 3
        ),
        ExpressionError,
        'if_not_exists() is nested more than',
    ),
    Case(
        lambda: Item.words - ['a'],
        ExpressionError,
        'takes nothing out of a list by value',
        'Item.words',
        'remove elements by their index',
    ),
    Case(
        lambda: Item.name + 'x',
        ExpressionError,
        'and a number is needed',
        'Item.name is a StringField',
        'adds and subtracts numbers, and joins lists',
    ),
    Case(
        lambda: Item.any.set(Item.any + '3'),
        ValidationError,
        'what has no declared type converts no others',
        'Item.any',
    ),
    Case(
        lambda: Item.number + float('nan'),
        ValidationError,
        'neither NaN nor infinities',
        'Item.number',
    ),
    Case(
        lambda: Item.number + Item.words.size(),
        ExpressionError,
        'is for conditions',
        'Item.words.size()',
        'a sum takes none',
    ),
    Case(
        lambda: Item.number + 1 + 2,
        ExpressionError,
        'has its + or - already',
        'Item.number + 1',
        'Add plain numbers in Python',
    ),
    Case(
        lambda: Item.name.set(Item.number + 1),
        ExpressionError,
        'makes a number',
        ('Item.name is a StringField', 'Item.number + 1'),
    ),
    Case(
        lambda: Item.number.set(Item.name),
        ExpressionError,
        'may be unable to hold',
        ('Item.number is an IntField', 'Item.name'),
    ),
    Case(
        lambda: Item.made.set(Item.month),
        ExpressionError,
        'that is declared otherwise',
        ('Item.made is a DateTimeField', 'Item.month'),
    ),
    Case(
        lambda: Item.name.set(Item.blank),
        ExpressionError,
        'has no empty text',
        ('Item.name', 'Item.blank'),
        'keep_empty=True',
    ),
    Case(
        lambda: Item.number.set(Item.number.if_not_exists('')),
        ValidationError,
        'takes what stands for the absent value',
        'Item.number',
    ),
]

CASES = [*UPDATES, *EXPRESSIONS]
