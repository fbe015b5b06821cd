"""What a read is given wrongly, and items that the model can't read."""

import base64
import json

from dynamongo import (
    ExpressionError,
    IncompleteReadError,
    IntField,
    Model,
    PartialItemError,
    StringField,
    Transaction,
    ValidationError,
)
from tests.messages.case import Case, model
from tests.messages.declarations import Dog, Pet
from tests.messages.models import Account, Item, Loose, Order, Parcel

ORDER = {'customer': {'S': 'a'}, 'number': {'N': '1'}}
ITEM = {'id': {'S': 'a'}, 'name': {'S': 'b'}}
KEY = ('a', 1)
OF_A = Order.customer == 'a'


def stored(**attributes):
    """Return the reply to a GetItem of an Item with these attributes, as they are on the wire."""
    return {'Item': {**ITEM, **attributes}}


def page(*items, **more):
    return {'Items': list(items), 'Count': len(items), 'ScannedCount': len(items), **more}


def unreadable(what, field, out=(), **attributes):
    """Return the case of a stored item that its model can't read."""
    where = ("Item read from {'id': 'a'}", field)
    return Case(
        lambda: Item.get_one('a'), ValidationError, what, where, out, (stored(**attributes),)
    )


class Renamed(Model):
    """Its key has another name in the table."""

    __table__ = 'renamed'
    __hash_key__ = 'id'

    id = StringField(attribute='i')


STRATEGIES = [
    Case(
        lambda: Item.get_one(['a']),
        ValidationError,
        'takes one key, not list',
        'Item.get_one',
        'get_many takes a list of keys',
    ),
    Case(
        lambda: Renamed.get_one({'i': 'a'}),
        ValidationError,
        'is missing',
        'Renamed.id',
        "'i' is its attribute, write id",
    ),
    Case(
        lambda: Renamed(i='a'),
        ValidationError,
        'no such field',
        'Renamed.i',
        'it is the attribute of id; write id',
    ),
    Case(
        lambda: Renamed.get_one('a'),
        Renamed.DoesNotExist,
        "no Renamed has the key {'id': 'a'}",
        replies=({},),
    ),
    Case(
        lambda: Order.get_one('a'),
        ValidationError,
        'the key is a tuple of 2 values: customer, number',
        'Order',
        'several keys are a list',
    ),
    Case(
        lambda: Parcel.get_one(('a', 'b')),
        ValidationError,
        'the key is one value: key',
        'Parcel',
        'a dict may have what the key is computed from',
    ),
    Case(
        lambda: Order.get_one({'customer': 'a', 'numbr': 1}),
        ValidationError,
        'a dict selects an item by its key',
        'Order.number',
        "did you mean 'numbr'?",
    ),
    Case(
        lambda: Order.get_one(('a', 'x')), ValidationError, 'takes a whole number', 'Order.number'
    ),
    Case(
        lambda: Order.get_one(('', 1)),
        ValidationError,
        'a key needs a value, which must not be empty',
        'Order.customer',
    ),
    Case(
        lambda: Order.get_many([('a' * 3000, 1)]),
        ValidationError,
        'a hash key holds at most 2048 bytes, not 3000',
        'Order.customer',
    ),
    Case(
        lambda: Item.get_one(Item.id == ''),
        ValidationError,
        'a key needs a value',
        'Item.id',
    ),
    Case(
        lambda: Parcel.get_one({'town': 'a'}),
        ValidationError,
        'is computed from Parcel.street, which must be given',
        'Parcel.key',
    ),
    Case(
        lambda: Parcel.get_one({'town': [1]}), ValidationError, 'takes text, a str', 'Parcel.town'
    ),
    Case(
        lambda: Order.get_one(Item(id='a')),
        ValidationError,
        'is selected by its own instances',
        ('Order', 'Item'),
    ),
    Case(
        lambda: Order.get_one(Order.size.set(1)),
        ExpressionError,
        'an update selects nothing',
        'Order.size.set(1)',
        'pass a key or a condition',
    ),
    Case(
        lambda: Order.get_many((Order.size == 1) == True),
        ExpressionError,
        'False is no condition',
        'Order',
        'leave out "== True"',
    ),
    Case(
        lambda: Order.get_many(Order.size),
        ExpressionError,
        'this selects nothing',
        'Order.size',
        ('A strategy is a key, a list of keys, or a condition', 'Order.customer == value'),
    ),
    Case(
        lambda: Order.get_one(OF_A),
        ExpressionError,
        'get_one selects one item by its key',
        '(Order.customer == ...) & (Order.number == ...)',
        'joined to it by &',
    ),
    Case(
        lambda: Order.get_many([OF_A & (Order.number == 1) & (Order.size == 1)]),
        ExpressionError,
        'takes the key and nothing else',
        'each entry of a list for get_many',
        'join further conditions to keys_in()',
    ),
    Case(
        lambda: Order.get_one(OF_A & (Order.customer == 'b')),
        ExpressionError,
        'is compared twice',
        'Order.customer',
    ),
    Case(
        lambda: Order.get_many(OF_A & (Order.customer == 'b')),
        ExpressionError,
        'is compared twice',
        'Order.customer',
    ),
    Case(
        lambda: Order.get_many(None),
        ExpressionError,
        'needs to be told what to select',
        'Order.get_many',
        'iter_many() and count()',
    ),
    Case(
        lambda: Order.keys_in('a'),
        ExpressionError,
        'takes a list of keys',
        'Order.keys_in()',
    ),
    Case(
        lambda: Order.get_many(Item.name == 'a'),
        ExpressionError,
        'Item.name is a field of Item, not of Order',
        'Order',
    ),
    Case(
        lambda: Order.get_many(Loose.size == 3),
        ExpressionError,
        'Loose.size is a field of Loose, not of Order',
        'Order',
    ),
    Case(
        lambda: Child.get_many(Parent.size == 'a'),
        ExpressionError,
        "is stored as 'size', which in Child is something else",
        'Parent.size',
        'use a field of Child',
    ),
]

OPTIONS = [
    Case(
        lambda: Order.get_many(Order.customer == 'a', Order.size > 3),
        ExpressionError,
        'takes one condition',
        'Order.get_many',
        ('join conditions by &', '(Order.customer == ...) & (...)'),
    ),
    Case(
        lambda: Order.get_many(OF_A, limit=0, page_size='x', workers=0, consistent=1),
        ValidationError,
        (
            'limit is an int of at least 1, or None for all, not 0',
            "page_size is an int of at least 1, or None for as many as fit, not 'x'",
            'workers is an int from 1 to',
            'consistent is True or False, not 1',
        ),
        'Order.get_many',
    ),
    Case(
        lambda: Order.save_many([], workers=0),
        ValidationError,
        'workers is an int from 1 to',
        'Order.save_many',
    ),
    Case(
        lambda: Order.iter_dicts(extra=1),
        ValidationError,
        'extra is True or False, not 1',
        'Order.iter_dicts',
    ),
    Case(
        lambda: Order.iter_dicts(extra=True, only=['size']),
        ValidationError,
        'extra=True takes whole items',
        'Order.iter_dicts',
        'leave out only',
    ),
    Case(
        lambda: Order.get_many(OF_A, index='by_sise'),
        ExpressionError,
        'has no such index',
        ('Order', "'by_sise'"),
        "did you mean 'by_size'?",
    ),
    Case(
        lambda: Item.get_many(Item.name == 'a', index='by_name'),
        ExpressionError,
        'declares no index',
        ('Item', "'by_name'"),
    ),
    Case(
        lambda: Order.get_many(Order.status == 'a', index='by_status', consistent=True),
        ExpressionError,
        'is a global index, which DynamoDB never reads consistently',
        'Order.by_status',
        'leave out consistent=True, or index=',
    ),
    Case(
        lambda: Order.get_many([KEY], index='by_size'),
        ExpressionError,
        'keys are looked up in the table',
        "index='by_size'",
        'give a condition, or leave out index=',
    ),
    Case(
        lambda: list(Order.iter_many(Order.notes == 1, descending=True)),
        ExpressionError,
        'the pages of a scan are in no order',
        'Order.iter_many',
        'get_many sorts',
    ),
    Case(
        lambda: Order.get_many((Order.status == 'a') & (Order.notes == 1), index='by_status'),
        ExpressionError,
        "doesn't hold notes, so it can't answer the condition",
        'Order.by_status',
    ),
    Case(
        lambda: Order.get_many(Order.status == 'a', index='by_status', only=['notes']),
        ExpressionError,
        "doesn't hold notes, which only= asks for",
        'Order.by_status',
    ),
    Case(
        lambda: Order.get_many(Order.notes == 1, scan=False),
        ExpressionError,
        'would scan the whole table, which scan=False forbids',
        'Order.get_many',
        'a condition such as Order.customer == value or Order.status == value needs no scan',
    ),
    Case(
        lambda: list(Account.iter_many()),
        ExpressionError,
        'would scan the whole table, which __allow_scan__ = False forbids',
        'Account.iter_many',
        'Account.id == value needs no scan',
    ),
    Case(
        lambda: Order.get_page(OF_A, limit=1, after='x'),
        ValidationError,
        'is no token of get_page',
        'Order.get_page',
    ),
    Case(
        lambda: Order.get_page(
            Order.customer == 'b', limit=1, after=Order.get_page(OF_A, limit=1).token
        ),
        ValidationError,
        'belongs to another read',
        'Order.get_page',
        'must be those of the page that it came with',
        (page(ORDER, LastEvaluatedKey=ORDER),),
    ),
]

TOKENS = [
    Case(
        lambda parts=parts: Order.get_page(OF_A, limit=1, after=tampered(*parts)),
        ValidationError,
        'is no token of get_page',
        'Order.get_page',
        (),
        (page(ORDER, LastEvaluatedKey=ORDER),),
    )
    for parts in (('N', '1'), ('S', ''))
]


def tampered(*part):
    """Return the token of a page, in which a part of the position is changed."""
    token = Order.get_page(OF_A, limit=1).token
    content = json.loads(base64.urlsafe_b64decode(token + '=' * (-len(token) % 4)))
    content[2][0] = part
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


ONLY = [
    Case(
        lambda: Order.get_many(OF_A, only='size'),
        ValidationError,
        'only takes a list of fields and names',
        ('Order.get_many', "'size'"),
    ),
    Case(
        lambda: Order.get_many(OF_A, only=[3]),
        ValidationError,
        'only takes a list of fields and names',
        ('Order.get_many', '3'),
    ),
    Case(
        lambda: Order.get_many(OF_A, only=['sise']),
        ValidationError,
        'no such field',
        'Order.get_many(only=...): sise: ',
        "did you mean 'size'?",
    ),
    Case(
        lambda: Parent.get_many(Parent.id == 'a', only=[Child.more]),
        ValidationError,
        'no such field',
        ('Parent.get_many', 'Child.more'),
    ),
    Case(
        lambda: Pet.get_many(Pet.id == 'a', only=[model(x=StringField()).x]),
        ExpressionError,
        'Thing.x is a field of Thing, not of Pet',
    ),
    Case(
        lambda: Order.get_many(OF_A, only=['place.']),
        ValidationError,
        "a path is written like 'address.city' or 'lines[0]'",
        ('Order.get_many', "'place.'"),
    ),
    Case(
        lambda: Order.get_many(OF_A, only=['size.x']),
        ValidationError,
        'has no members',
        'Order.size is an IntField',
    ),
    Case(
        lambda: Order.get_many(OF_A, only=['place.cty']),
        ValidationError,
        'declares no such member',
        'Order.place',
        ("did you mean 'city'?", "Order.place['cty']"),
    ),
    Case(
        lambda: Order.get_one(KEY, only=['size']).status,
        PartialItemError,
        'was read without status',
        "Order(customer='a', number=1",
        "read it with only=[..., 'status']",
        ({'Item': {**ORDER, 'size': {'N': '3'}}},),
    ),
    Case(
        lambda: Order.get_one(KEY, only=['size']).extra,
        PartialItemError,
        'was read in part, without undeclared attributes',
        "Order(customer='a', number=1",
        (),
        ({'Item': ORDER},),
    ),
    Case(
        lambda: Order.get_one(KEY, only=['size']).save(),
        PartialItemError,
        ("doesn't declare", 'saving it would erase them'),
        "Order(customer='a', number=1",
        'use update_one, or read it whole',
        ({'Item': ORDER},),
    ),
    Case(
        lambda: Order.get_one(KEY, only=['place.city']).place['zip'],
        PartialItemError,
        'was not read',
        "Order.place['zip']",
        'see only=',
        ({'Item': {**ORDER, 'place': {'M': {'city': {'S': 'x'}}}}},),
    ),
    Case(
        lambda: Order(
            customer='b',
            number=2,
            place=Order.get_one(KEY, only=['place.city']).place,
        ).save(),
        PartialItemError,
        'was read in part, and storing it would erase the rest',
        'Order.place',
        'by update_one',
        ({'Item': {**ORDER, 'place': {'M': {'city': {'S': 'x'}}}}},),
    ),
]


class Parent(Model):
    """A model."""

    __table__ = 'parents'
    __hash_key__ = 'id'

    id = StringField()
    size = StringField()


class Child(Parent):
    """Declares a field otherwise than its parent, and one more."""

    size = IntField()
    more = IntField()


class Upper(Model):
    """Has before_load return what it is told to."""

    __table__ = 'uppers'
    __hash_key__ = 'id'

    id = StringField()
    made = None

    @classmethod
    def before_load(cls, item):
        return cls.made(item)


def loading(made):
    """Read an item by a model whose before_load is a function."""
    made = type(Model)('Loading', (Upper,), {'__module__': __name__, 'made': staticmethod(made)})
    return made.get_one('a')


UPPER = ({'Item': {'id': {'S': 'a'}}},)

UNKNOWN = "is stored in a type that dynamongo doesn't know, or is damaged"

ITEMS = [
    unreadable('takes a whole number', 'number', number={'S': 'x'}),
    unreadable('is no JSON', 'doc', doc={'S': '{'}),
    unreadable('no float is as large as 1e999', 'doc', doc={'S': '1e999'}),
    unreadable('JSON has no NaN', 'doc', doc={'S': 'NaN'}),
    unreadable('what is stored is no text, and so no JSON', 'doc', doc={'N': '1'}),
    unreadable(
        "is undeclared: the member 'zip' is stored as 'code'",
        'place.zip',
        place={'M': {'zip': {'S': 'a'}, 'code': {'S': 'b'}}},
    ),
    unreadable(UNKNOWN, 'any', any={'X': 'a'}),
    unreadable(UNKNOWN, 'number', number={'X': 'a'}),
    unreadable(UNKNOWN, 'other', other={'X': 'a'}),
    Case(
        lambda: Account.get_one('a'),
        ValidationError,
        "undeclared attribute, which __extra__ = 'forbid' refuses",
        ("Account read from {'id': 'a'}", 'x'),
        (),
        ({'Item': {'id': {'S': 'a'}, 'x': {'S': 'b'}}},),
    ),
    Case(
        lambda: Account.get_one('a'),
        ValidationError,
        'the item has no such key',
        ('Account', 'id'),
        (),
        ({'Item': {'balance': {'N': '1'}}},),
    ),
    Case(
        lambda: list(Account.iter_dicts(['a', 'b'])),
        ValidationError,
        'takes a whole number',
        ("Account read from {'id': 'a'}", 'balance'),
        (),
        ({'Responses': {'shop-accounts': [{'id': {'S': 'a'}, 'balance': {'S': 'x'}}]}},),
    ),
    Case(
        lambda: Pet.get_one('a'),
        ValidationError,
        'stands for no class that extends Pet',
        ("Pet read from {'id': 'a'}", 'kind', "'Cow'"),
        'import the module that declares it',
        ({'Item': {'id': {'S': 'a'}, 'kind': {'S': 'Cow'}}},),
    ),
    Case(
        lambda: Pet.get_one('a'),
        ValidationError,
        'X',
        ("Pet read from {'id': 'a'}", 'kind'),
        (),
        ({'Item': {'id': {'S': 'a'}, 'kind': {'X': 'Cow'}}},),
    ),
    Case(
        lambda: loading(lambda item: None),
        ValidationError,
        'before_load returns the item to load, a dict, not None',
        "Loading read from {'id': 'a'}",
        (),
        UPPER,
    ),
    Case(
        lambda: loading(lambda item: {**item, 'x': 1j}),
        ValidationError,
        'complex is not a type that DynamoDB stores',
        ('x', 'Loading'),
        (),
        UPPER,
    ),
    Case(
        lambda: loading(lambda item: {'id': 'b'}),
        ValidationError,
        'is changed by before_load, and must stay',
        "Loading read from {'id': 'a'}",
        (),
        UPPER,
    ),
]

CHECKED = [
    Case(
        lambda: Order.get_many(OF_A & (Order.number == 1) & (Order.notes == 1)),
        ValidationError,
        UNKNOWN,
        'Order.notes',
        (),
        ({'Item': {**ORDER, 'notes': wire}},),
    )
    for wire in ({'X': 1}, {'N': 'NaN'}, {'S': 3})
]

NONE = [
    Case(
        lambda: Order.get_one(KEY),
        Order.DoesNotExist,
        'no Order has the key',
        "{'customer': 'a', 'number': 1}",
        (),
        ({},),
    ),
    Case(
        lambda: Order(customer='a', number=1).refresh(),
        Order.DoesNotExist,
        'no Order has the key',
        "{'customer': 'a', 'number': 1}",
        (),
        ({},),
    ),
    Case(
        lambda: Dog.get_one('a'),
        Dog.DoesNotExist,
        'Pet',
        'Dog',
        (),
        ({'Item': {'id': {'S': 'a'}, 'kind': {'S': 'Pet'}}},),
    ),
    Case(
        lambda: Dog(id='a').refresh(),
        Dog.DoesNotExist,
        'Pet',
        'Dog',
        (),
        ({'Item': {'id': {'S': 'a'}, 'kind': {'S': 'Pet'}}},),
    ),
]

DAMAGED = [
    Case(
        lambda: Order.get_many(OF_A),
        IncompleteReadError,
        "it isn't what DynamoDB answers",
        "Order.query on table 'shop-orders'",
        (),
        ({'Items': 3},),
    ),
    Case(
        lambda: Order.get_many(OF_A),
        IncompleteReadError,
        'the reply is damaged',
        "Order.query on table 'shop-orders'",
        (),
        ({},),
    ),
    Case(
        lambda: Order.get_many(OF_A),
        IncompleteReadError,
        'the reply is damaged: it has fewer items than it says',
        "Order.query on table 'shop-orders'",
        (),
        ({**page(ORDER), 'Count': 2},),
    ),
    Case(
        lambda: Order.get_many(OF_A),
        IncompleteReadError,
        'answered twice with the same position',
        "Order.query on table 'shop-orders'",
        'the read would never end',
        (page(ORDER, LastEvaluatedKey=ORDER),),
    ),
    Case(
        lambda: Order.get_many([KEY, ('b', 1)]),
        IncompleteReadError,
        'it holds no responses',
        "Order.batch_get_item on table 'shop-orders'",
        (),
        ({},),
    ),
    Case(
        lambda: Order.get_many([KEY, ('b', 1)]),
        IncompleteReadError,
        'left 1 key unread after 1 try',
        ("Order.batch_get_item on table 'shop-orders'", "{'customer': 'a', 'number': 1}"),
        (),
        (
            {
                'Responses': {'shop-orders': []},
                'UnprocessedKeys': {'shop-orders': {'Keys': [ORDER]}},
            },
        ),
    ),
    Case(
        lambda: list(Order.iter_many(Order.notes == 1, workers=2)),
        IncompleteReadError,
        'it has no Items',
        "Order.scan on table 'shop-orders'",
        (),
        ({},),
    ),
    Case(
        lambda: list(Order.iter_many([KEY, ('b', 1)])),
        IncompleteReadError,
        'it has an item without its key',
        "Order.batch_get_item on table 'shop-orders'",
        (),
        ({'Responses': {'shop-orders': [{'customer': {'S': 'a'}}]}},),
    ),
    Case(
        lambda: Order.get_one(KEY),
        IncompleteReadError,
        'the reply is damaged',
        ("Order.get_item on table 'shop-orders'", "{'customer': 'a', 'number': 1}"),
        (),
        ((200, b'{"Item": {"cust'),),
    ),
    Case(
        lambda: Order.get_one(KEY),
        IncompleteReadError,
        "it isn't what DynamoDB answers",
        "Order.get_item on table 'shop-orders'",
        (),
        ({'Item': [1]},),
    ),
    Case(
        lambda: Order.get_one(KEY),
        IncompleteReadError,
        'its checksum is wrong',
        "Order.get_item on table 'shop-orders'",
        (),
        ((200, {'Item': ORDER}, {'x-amz-crc32': '1'}),),
    ),
    Case(
        lambda: Transaction.get([(Order, KEY)]),
        IncompleteReadError,
        "it isn't what DynamoDB answers",
        "Transaction of 1 operation on 'shop-orders'",
        (),
        ({'Responses': [{'Item': [1]}]},),
    ),
    Case(
        lambda: Order.get_many([KEY, ('b', 1)]),
        IncompleteReadError,
        "it isn't what DynamoDB answers",
        "Order.batch_get_item on table 'shop-orders'",
        (),
        ({'Responses': {'shop-orders': [3]}},),
    ),
    Case(
        lambda: Order.get_one(KEY),
        IncompleteReadError,
        'a refusal that names no reason',
        "Order.get_item on table 'shop-orders'",
        (),
        ((400, b''),),
    ),
]

CASES = [*STRATEGIES, *OPTIONS, *TOKENS, *ONLY, *ITEMS, *CHECKED, *NONE, *DAMAGED]
