"""Conditions and paths that DynamoDB, or Python, would take for something else."""

import functools

from dynamongo import ExpressionError, IntField, ValidationError
from dynamongo.conditions import MAX_DEPTH, AndCondition, NotCondition
from tests.messages.case import Case
from tests.messages.models import Item, Order

A, B = Order.status == 'a', Order.size == 2


def deep():
    return functools.reduce(
        lambda made, _: NotCondition(AndCondition(made, B)), range(MAX_DEPTH + 1), A
    )


def lonely():
    field = IntField()
    field.set_name('size')
    return field


TRUTH = [
    Case(
        lambda: bool(A),
        ExpressionError,
        'A condition has no truth value',
        "Order.status == 'a'",
        ('with & and |', 'negate them with ~', 'x.between(low, high)'),
    ),
    Case(
        lambda: 1 < Order.size < 3,
        ExpressionError,
        'no truth value',
        'Order.size',
        'between(low, high)',
    ),
    Case(
        lambda: bool(Order.size),
        ExpressionError,
        'has no truth value',
        'Order.size',
        'for instance Order.size == True',
    ),
    Case(
        lambda: 'x' in Order.lines,
        ExpressionError,
        'Python\'s "in" can\'t make a condition',
        'Order.lines',
        ('Order.lines.contains(value)', 'Order.lines.in_(values)'),
    ),
    Case(
        lambda: Order.status & A,
        ExpressionError,
        'Order.status is no condition',
        'Order.status',
        '(Order.status == value) & (...)',
    ),
    Case(
        lambda: A & 3,
        ExpressionError,
        'only conditions can be joined and negated',
        '3',
        '(User.age > 3) & (User.active == True)',
    ),
    Case(lambda: deep(), ExpressionError, 'conditions are nested more than', (), 'a & b & c'),
    Case(
        lambda: setattr(A, 'op', 1), AttributeError, "op can't be set", 'conditions', '&, | and ~'
    ),
    Case(lambda: delattr(A, 'op'), AttributeError, "op can't be deleted", 'conditions'),
]

OPERATORS = [
    Case(
        lambda: Item.words < ['a'],
        ExpressionError,
        "< doesn't apply",
        'Item.words (ListField)',
        'DynamoDB orders strings, numbers and binary',
    ),
    Case(lambda: Item.any < [1], ValidationError, 'DynamoDB orders', 'Item.any'),
    Case(
        lambda: Item.number < None,
        ValidationError,
        'None can be compared by == and != only',
        'Item.number',
        'use exists()',
    ),
    Case(
        lambda: Item.number.between(5, 4),
        ValidationError,
        'between(low, high) needs low <= high',
        'Item.number',
    ),
    Case(
        lambda: Item.any.between(5, 'a'),
        ValidationError,
        'between(low, high) needs two values of one type',
        'Item.any',
    ),
    Case(
        lambda: Item.number.in_(3),
        ExpressionError,
        'in_() takes a list of values, not int',
        'Item.number',
    ),
    Case(
        lambda: Item.number.contains(1),
        ExpressionError,
        "contains() doesn't apply",
        'Item.number (IntField)',
        'DynamoDB looks into strings, binary, lists and sets',
    ),
    Case(
        lambda: Item.number.begins_with('1'),
        ExpressionError,
        "begins_with() doesn't apply",
        'Item.number (IntField)',
        'only strings and binary have a beginning',
    ),
    Case(
        lambda: Item.name.contains(5),
        ValidationError,
        'contains() takes a str here, not',
        'Item.name',
    ),
    Case(lambda: Item.tags.contains(None), ValidationError, 'None is no member', 'Item.tags'),
    Case(
        lambda: Item.any.type_is('string'),
        ExpressionError,
        'type_is() takes one of S, N, B',
        'Item.any',
    ),
    Case(
        lambda: Item.number == Item.name,
        ExpressionError,
        'are stored in different forms',
        ('Item.number (IntField)', 'Item.name (StringField)'),
        'compare with a value, or declare both fields alike',
    ),
    Case(
        lambda: Item.number == Item.number,
        ExpressionError,
        'is compared with itself',
        'Item.number',
    ),
    Case(
        lambda: Item.number == Item.number + 1,
        ExpressionError,
        'a condition computes nothing',
        ('Item.number', 'Item.number + 1'),
        'compare it with a value or a field',
    ),
    Case(lambda: Item.words.size() == '3', ValidationError, "an int, not '3'", 'Item.words.size()'),
    Case(
        lambda: Item.words.size().between(2, 1),
        ValidationError,
        'between(low, high) needs low <= high',
        'Item.words.size()',
    ),
    *(
        Case(
            call,
            ExpressionError,
            what,
            'Item.doc (JSONField)',
            'declare a DictField, a MapField or a Field',
        )
        for call, what in (
            (lambda: Item.doc < 3, "< doesn't apply"),
            (lambda: Item.doc.contains('a'), "contains() doesn't apply"),
            (lambda: Item.doc.begins_with('a'), "begins_with() doesn't apply"),
            (lambda: Item.doc['a'], "[] doesn't apply"),
        )
    ),
]

PATHS = [
    Case(
        lambda: Order.get_many(lonely() == 3),
        ExpressionError,
        'size belongs to no model',
        'size',
        'use Order.size',
    ),
    Case(lambda: Item.name['x'], ExpressionError, 'has no members', 'Item.name is a StringField'),
    Case(
        lambda: Item.words['x'],
        ExpressionError,
        'its elements are reached by int',
        'Item.words is a list',
    ),
    Case(
        lambda: Item.words[-1],
        ExpressionError,
        'counts list elements from the start, from 0',
        'Item.words',
    ),
    Case(lambda: Item.place[0], ExpressionError, 'reached by str', 'Item.place is a dict'),
    Case(
        lambda: Item.any[1.5],
        ExpressionError,
        'is indexed by a member name or a list index',
        'Item.any',
    ),
    Case(
        lambda: functools.reduce(lambda field, _: field['a'], range(40), Item.any),
        ExpressionError,
        'a path has at most 32 elements',
        'Item.any',
    ),
    Case(
        lambda: Item.prices[''], ExpressionError, 'reached by str that is not empty', 'Item.prices'
    ),
    Case(
        lambda: Item.place.street,
        AttributeError,
        "declares no member 'street'",
        'Item.place',
        "write Item.place['street']",
    ),
    Case(
        lambda: Item.prices.apple,
        AttributeError,
        'whose members are no attributes',
        'Item.prices',
        "write Item.prices['apple']",
    ),
    Case(
        lambda: Item.tags['a'],
        ExpressionError,
        'is a set, whose members have no path',
        'Item.tags',
        'use contains(), add() and delete()',
    ),
    Case(
        lambda: Order.delete_one((Order.customer == 'a') & (Order.number == 1) & (IntField() == 3)),
        ExpressionError,
        'belongs to no model',
        'IntField()',
        'use it as Model.field',
    ),
]

CASES = [*TRUTH, *OPERATORS, *PATHS]
