"""What a write is given wrongly, and writes that DynamoDB refuses."""

import decimal
import functools
import operator

from botocore.exceptions import ConnectTimeoutError, NoCredentialsError

from dynamongo import (
    ConditionalCheckFailedException,
    Connection,
    ExpressionError,
    IncompleteReadError,
    IntField,
    ItemTooLargeError,
    Model,
    PartialItemError,
    RequestError,
    StringField,
    TableNotFoundError,
    ThrottledError,
    TimestampField,
    ValidationError,
)
from tests.messages.case import Case, model, refusal
from tests.messages.declarations import Pet
from tests.messages.models import Account, Item, Order, Parcel, Shelf

KEY = {'customer': 'a', 'number': 1}
WIRE = {'customer': {'S': 'a'}, 'number': {'N': '1'}}
FOUND = ({'Item': WIRE},)
MANY = [Order.size == number for number in range(301)]
LONG = Order.notes == 'x'


class Elsewhere(Order):
    """A child with a table of its own."""

    __table__ = 'elsewhere'


class Picky(Model):
    """Has a constructor of its own."""

    __table__ = 'picky'
    __hash_key__ = 'id'

    id = StringField()

    def __init__(self, id):
        super().__init__(id=id)


class Failing(Model):
    """Has a default that fails."""

    __table__ = 'failing'
    __hash_key__ = 'id'

    id = StringField()
    name = StringField()
    label = StringField(default=lambda item: item.name.upper())


def read(**values):
    """Return an instance that has been read, with some of its attributes set since."""
    order = Order.get_one(('a', 1))
    for name, value in values.items():
        setattr(order, name, value)
    return order


def hooked(returned):
    """Update an item whose before_update returns something."""
    made = model(before_update=lambda self, updates: returned(type(self)), name=StringField())
    made(id='a').update([made.name.set('x')])


def loaded(call, **options):
    """Call a function with an instance whose before_load has moved an attribute."""
    made = model(before_load=classmethod(_rename), name=StringField())
    call(made, made.get_one('a', **options))


def _rename(cls, item):
    item = dict(item)
    item['name'] = item.pop('old', 'x')
    return item


OLD = ({'Item': {'id': {'S': 'a'}, 'old': {'S': 'b'}}},)

PARCEL = ({'Item': {'key': {'S': 'a#b'}, 'town': {'S': 'a'}, 'street': {'S': 'b'}}},)

GIVEN = [
    Case(
        lambda: Order.save_one('a'),
        ValidationError,
        'is saved as an instance of it or a dict, not str',
        'Order',
    ),
    Case(
        lambda: Order.save_one(Elsewhere(**KEY)),
        ValidationError,
        "is stored in table 'elsewhere'",
        ('Elsewhere', 'Order'),
        'call Elsewhere.save_one',
    ),
    Case(
        lambda: Order.save_one({3: 4}),
        ValidationError,
        'the keys of an item are names of fields',
        ('Order', '3'),
    ),
    Case(
        lambda: Order.save_many(None),
        ValidationError,
        'takes a list of items, or any iterable of them, not NoneType',
        'Order.save_many',
    ),
    Case(
        lambda: Order.save_many([KEY, {**KEY, 'size': 'x'}]),
        ValidationError,
        'takes a whole number',
        'Order.save_many: items[1].size',
    ),
    Case(
        lambda: Picky.save_one({'id': 'a', 'name': 'b'}),
        ValidationError,
        "its own constructor doesn't take the item",
        ('Picky', "'name'"),
    ),
    Case(
        lambda: Order.save_one({'customer': 'a', 'size': 'x', 'zize': 3}),
        ValidationError,
        ('3 invalid values', 'required', 'takes a whole number', 'no such field'),
        ('Order', 'number', 'size', 'zize'),
        "did you mean 'size'?",
    ),
    Case(lambda: Pet.save_one({'name': 'a'}), ValidationError, 'a key needs a value', 'Pet.id'),
    Case(
        lambda: Order.save_one({**KEY, 'status': 'a' * 2049}),
        ValidationError,
        'a hash key holds at most 2048 bytes, not 2049',
        'Order.status',
    ),
    Case(lambda: Shelf.save_one({'id': b''}), ValidationError, 'a key needs a byte', 'Shelf.id'),
    Case(
        lambda: Order.save_one(KEY, overwrite=None),
        ExpressionError,
        'overwrite is True, False or a condition',
        'Order',
    ),
    Case(
        lambda: Pet.save_one({'id': 'a', 'kind': 'Cow'}),
        ValidationError,
        'stands for no class that extends Pet',
        ('Pet', 'kind', "'Cow'"),
        'import the module that declares it',
    ),
    Case(
        lambda: Pet(id='a', kind='Dog').save(),
        ValidationError,
        "says which class the item is of, and is 'Pet' in Pet",
        'Pet.kind',
    ),
    Case(
        lambda: extra(Order(**KEY), state=3).save(),
        ValidationError,
        'is declared',
        'Order.state',
        'set the attribute of the instance instead',
    ),
    Case(
        lambda: extra(Account(id='a'), x=3).save(),
        ValidationError,
        "__extra__ = 'forbid' refuses undeclared attributes",
        'Account',
    ),
    Case(lambda: extra(Order(**KEY), x=1j).save(), ValidationError, 'complex is not', 'Order.x'),
    Case(
        lambda: extra(Order(**KEY), status=3).to_dict(extra=True),
        ValidationError,
        'is the name of a field and of an undeclared attribute',
        'Order.status',
        'leave out extra=True, or take DynamoDB JSON',
    ),
    Case(
        lambda: Parcel(town='a', street='b', key='c').save(),
        ValidationError,
        "is computed as 'a#b'",
        'Parcel.key',
        'set what it is computed from, and leave it out',
    ),
    Case(
        lambda: Failing(id='a').save(),
        ValidationError,
        "can't be computed without Failing.name: AttributeError",
        'Failing.label',
    ),
    Case(
        lambda: Order.bulk_save([], progress=5),
        ValidationError,
        'progress is a function of a number of items',
        'Order.bulk_save',
        'tqdm(total=...)',
    ),
    Case(
        lambda: raised_in(Order.bulk_save([{**KEY, 'size': 'x'}])),
        ValidationError,
        'takes a whole number',
        'Order.bulk_save: items[0].size',
    ),
    Case(
        lambda: Order.bulk_save([]).success,
        AttributeError,
        'bulk_save counts what it saves, in success_count',
        (),
        'save_many keeps both',
    ),
]

UPDATES = [
    Case(
        lambda: Timed.update_one(Timed.id == decimal.Decimal('1.5'), [Timed.n.set(1)], upsert=True),
        ValidationError,
        'upsert=True may make an item, and TimestampField stores no such key',
        'Timed.id',
    ),
    Case(
        lambda: Vet.update_one(('a', 'Pet'), [Vet.name.set('b')], upsert=True),
        ValidationError,
        'says that the item is no Vet',
        'Vet.kind',
    ),
    Case(
        lambda: disturbed(),
        RuntimeError,
        'a handler of before-parameter-build has changed Key',
        (),
        'register it for provide-client-params',
    ),
    Case(
        lambda: Order.update_one(KEY, [Order.number.set(3)]),
        ExpressionError,
        "is part of the key, which can't change",
        'Order.number',
        'save an item with the new key and delete the old one',
    ),
    Case(
        lambda: Account(id='a', balance=1, version=10**50).save(),
        ValidationError,
        'is less than 10**38 - 1',
        'Account.version',
        'another can follow it',
    ),
    Case(
        lambda: Account.update_one('a', [Account.version.add(1)]),
        ExpressionError,
        'is counted by dynamongo',
        'Account.version',
        'leave it out of the updates',
    ),
    Case(
        lambda: Pet.update_one('a', [Pet.kind.set('Dog')]),
        ExpressionError,
        'says which class the item is of',
        'Pet.kind',
        'save an item of the other class',
    ),
    Case(
        lambda: Parcel.update_one({'town': 'a', 'street': 'b'}, [Parcel.town.set('c')]),
        ExpressionError,
        'the key is computed from Parcel.town',
        'Parcel.town',
        'save a new item and delete the old one',
    ),
    Case(
        lambda: Item.update_one('a', [Item.number.set(3)], upsert=True),
        ExpressionError,
        'which would lack Item.name, a required field',
        'upsert=True',
        'Item.name.set_if_not_exists(...)',
    ),
    Case(
        lambda: Order.update_one(KEY, [Order.size.set(3)], upsert=1),
        ValidationError,
        'upsert is True or False, not 1',
        'Order.update_one',
    ),
    Case(
        lambda: Order.update_one(KEY, [Order.status.set('a' * 2049)]),
        ValidationError,
        'a hash key holds at most 2048 bytes, not 2049',
        'Order.status',
    ),
    Case(
        lambda: Order.update_one(KEY, [Item.number.set(3)]),
        ExpressionError,
        'Item.number is a field of Item, not of Order',
        'Order',
    ),
    Case(
        lambda: Order.delete_one(
            (Order.customer == 'a') & (Order.number == 1) & functools.reduce(operator.or_, MANY)
        ),
        ExpressionError,
        'and DynamoDB takes 300',
        'the condition takes',
        'send it in parts',
    ),
    Case(
        lambda: Order.update_one(KEY, [Order.notes[str(n)].set(n) for n in range(400)]),
        ExpressionError,
        'and DynamoDB takes 4096',
        'the expression takes',
        'send it in parts',
    ),
    Case(
        lambda: Order.update_from_dict('a'),
        ValidationError,
        'takes a dict, not str',
        'Order.update_from_dict()',
    ),
    Case(
        lambda: Order.update_from_dict(KEY),
        ExpressionError,
        'there is nothing to update: the dict only says which item',
        "'customer': 'a'",
    ),
    Case(
        lambda: Order.update_from_dict({**KEY, 'sise': 3, 'size': Order.size + 1}),
        ValidationError,
        ('no such field', 'a dict holds values'),
        ('Order', 'sise', 'size'),
        ("did you mean 'size'?", 'Order.update_one(key, [Order.size.set(Order.size + 1)])'),
    ),
    Case(
        lambda: Shelf.update_from_dict({'id': b'a', 'name': 'a', 'title': 'b'}),
        ValidationError,
        'is given twice, under two names',
        'Shelf.name',
    ),
    Case(
        lambda: hooked(lambda cls: cls.name.set('y')),
        ExpressionError,
        'returns a list of updates, or None',
        'Thing.before_update',
    ),
    Case(
        lambda: hooked(lambda cls: [cls.id.set('y')]),
        ExpressionError,
        "is part of the key, which can't change",
        'Thing.before_update: Thing.id',
    ),
    Case(
        lambda: hooked(lambda cls: [cls.name.set('y')]),
        ExpressionError,
        'overlaps with Thing.name, which is given',
        'Thing.before_update: Thing.name',
        'leave one of them out',
    ),
    Case(
        lambda: loaded(lambda cls, item: item.update([cls.name.set_if_not_exists('c')])),
        ExpressionError,
        'before_load has changed what is stored there',
        'Thing.name',
        'read it whole and call save(changed=True) first',
        OLD,
    ),
]

INSTANCES = [
    Case(
        lambda: Timed.get_one(2).delete(),
        ValidationError,
        "is stored as Decimal('1.5'), which TimestampField doesn't store",
        'Timed.id',
        'select this one by a condition on its key',
        ({'Item': {'id': {'N': '1.5'}}},),
    ),
    Case(
        lambda: moved(Parcel.get_one('a#b')).save(changed=True),
        ValidationError,
        "is part of the key: it is computed as 'c#b', and was 'a#b'",
        'Parcel.key',
        'make a new instance to store another item',
        PARCEL,
    ),
    Case(
        lambda: Order(**KEY).save(changed=1),
        ValidationError,
        'changed is True or False, not 1',
        'Order.save',
    ),
    Case(
        lambda: read(size=3).save(overwrite=False, changed=True),
        ValidationError,
        'changed=True changes the item that was read, and overwrite=False refuses to',
        'Order.save',
        'leave one of them out',
        FOUND,
    ),
    Case(
        lambda: read(size='x').save(changed=True),
        ValidationError,
        'takes a whole number',
        'Order.size',
        (),
        FOUND,
    ),
    Case(
        lambda: read(number=2).save(changed=True),
        ValidationError,
        'is part of the key, which a stored item keeps',
        'Order.number',
        'save() stores another item',
        FOUND,
    ),
    Case(
        lambda: read(number=2).delete(),
        ValidationError,
        'is part of the key, and was 1 when the item was read or saved',
        'Order.number',
        (),
        FOUND,
    ),
    Case(
        lambda: moved(Parcel.get_one('a#b')).save(),
        ValidationError,
        "is part of the key: it is computed as 'c#b', and was 'a#b'",
        'Parcel.key',
        'make a new instance to store another item',
        PARCEL,
    ),
    Case(
        lambda: kind(Pet.get_one('a')).save(changed=True),
        ValidationError,
        "says which class the item is of, and is 'Pet' in this one",
        'Pet.kind',
        (),
        ({'Item': {'id': {'S': 'a'}, 'kind': {'S': 'Pet'}}},),
    ),
    Case(
        lambda: places(Order.get_one(KEY, only=['place.city'])).save(changed=True),
        PartialItemError,
        'was read in part and has changed',
        'Order.place',
        ('Order.place[name].set(value)', 'or read the item whole'),
        ({'Item': {**WIRE, 'place': {'M': {'city': {'S': 'x'}}}}},),
    ),
    Case(
        lambda: Order.save_many([Order.get_one(KEY, only=['size'])]),
        PartialItemError,
        'was read in part',
        'Order.save_many: items[0]',
        'use update_one, or read it whole',
        FOUND,
    ),
    Case(
        lambda: labelled(Labelled.get_one('a', only=['size'])).save(changed=True),
        PartialItemError,
        "may have to change as well, and can't be computed",
        'Labelled.label',
        (),
        ({'Item': {'id': {'S': 'a'}, 'size': {'N': '3'}}},),
    ),
    Case(
        lambda: Timed.get_one(2).save(),
        ValidationError,
        "is stored as Decimal('1.5'), which TimestampField doesn't store",
        'Timed.id',
        'select this one by a condition on its key',
        ({'Item': {'id': {'N': '1.5'}}},),
    ),
    Case(
        lambda: Order(**KEY).update([Order.size.set(1)]),
        Order.DoesNotExist,
        'no Order has the key',
        "{'customer': 'a', 'number': 1}",
        (),
        (refusal('ConditionalCheckFailedException'),),
    ),
    Case(
        lambda: read(size=3).save(Order.size.in_([]), changed=True),
        ConditionalCheckFailedException,
        'no item can meet the condition',
        'Order',
        (),
        FOUND,
    ),
]

PUT = "Order.put_item on table 'shop-orders', key {'customer': 'a', 'number': 1}"
UPDATE = "Order.update_item on table 'shop-orders', key {'customer': 'a', 'number': 1}"


def refused(cls, code, what, out=(), call=lambda: Order.save_one(KEY), where=PUT, **more):
    """Return the case of a write that DynamoDB refuses."""
    return Case(call, cls, what, where, out, (refusal(code, **more),))


def update(*updates):
    return lambda: Order.update_one(KEY, list(updates))


PATH = 'The document path provided in the update expression is invalid for update'
TYPE = 'An operand in the update expression has an incorrect data type'
ABSENT = 'The provided expression refers to an attribute that does not exist in the item'
TAKEN = 'ConditionalCheckFailedException'

REFUSED = [
    refused(RequestError, 'AccessDeniedException', 'why (AccessDeniedException)'),
    refused(
        TableNotFoundError,
        'ResourceNotFoundException',
        "the table doesn't exist",
        'call create_table() first',
    ),
    refused(
        TableNotFoundError,
        'IndexNotFoundException',
        "the index doesn't exist in the table",
        'call sync_table()',
    ),
    refused(
        ThrottledError,
        'ThrottlingException',
        'DynamoDB takes no more at this rate',
        'send less at a time',
    ),
    refused(
        ItemTooLargeError,
        'ItemCollectionSizeLimitExceededException',
        'take more than 10 GB',
        'spread them over more hash keys',
    ),
    refused(
        ItemTooLargeError,
        'ValidationException',
        'an item has at most 409,600 bytes',
        'store large parts of it elsewhere',
        message='Item size has exceeded the maximum allowed size',
    ),
    refused(RequestError, 'TransactionConflictException', 'is changing the item', 'try again'),
    refused(RequestError, 'ReplicatedWriteConflictException', 'another region writes', 'try again'),
    refused(RequestError, 'InternalServerError', 'it is not known whether the write is done', ()),
    refused(
        ConditionalCheckFailedException,
        TAKEN,
        'exists already',
        call=lambda: Order(**KEY).save(overwrite=False),
    ),
    refused(
        ConditionalCheckFailedException,
        TAKEN,
        "doesn't meet the condition for being replaced",
        call=lambda: Order(**KEY).save(overwrite=Order.size == 3),
    ),
    refused(
        ConditionalCheckFailedException,
        TAKEN,
        'version',
        call=lambda: Account(id='a').save(),
        where="Account.put_item on table 'shop-accounts', key {'id': 'a'}",
    ),
    refused(
        RequestError,
        'ValidationException',
        'the item has no Order.notes to reach into',
        'Order.notes.set_if_not_exists(...)',
        call=update(Order.notes['a'].set(3)),
        where=UPDATE,
        message=PATH,
    ),
    refused(
        RequestError,
        'ValidationException',
        'what is stored in Order.size is of another type',
        'set it as a whole',
        call=update(Order.size.add(3)),
        where=UPDATE,
        message=TYPE,
    ),
    refused(
        RequestError,
        'ValidationException',
        'the item has no Order.number, which the update reads',
        'Order.number.if_not_exists(0)',
        call=update(Order.size.set(Order.number + 1)),
        where=UPDATE,
        message=ABSENT,
    ),
    refused(
        ConditionalCheckFailedException,
        TAKEN,
        'exists already',
        call=lambda: Order(**KEY).save(overwrite=False),
        Item={**WIRE, 'size': {'S': 'x'}},
    ),
    Case(
        lambda: Order.save_one(KEY),
        RequestError,
        'Unable to locate credentials',
        PUT,
        (
            'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
            'dynamongo.local.local_dynamodb()',
        ),
        (NoCredentialsError(),),
    ),
    Case(
        lambda: Order.save_one(KEY),
        RequestError,
        'Connect timeout on endpoint URL',
        PUT,
        (),
        (ConnectTimeoutError(endpoint_url='http://127.0.0.1:9'),),
    ),
    Case(
        lambda: Order.update_one(KEY, [Order.size.set(1)]),
        IncompleteReadError,
        'the reply is damaged: it holds no item',
        UPDATE,
        (),
        ({},),
    ),
    Case(
        lambda: Order.delete_one(KEY),
        IncompleteReadError,
        "the item is deleted, but Order can't read it",
        "{'customer': 'a', 'number': 1}",
        'see .item',
        ({'Attributes': {**WIRE, 'size': {'S': 'x'}}},),
    ),
    Case(
        lambda: raised_in(Order.save_many([KEY])),
        IncompleteReadError,
        'it is not known whether the items have been written',
        "Order.batch_write_item on table 'shop-orders'",
        (),
        ({},),
    ),
    Case(
        lambda: raised_in(Order.save_many([KEY])),
        IncompleteReadError,
        'what it calls unprocessed is not what was sent',
        "Order.batch_write_item on table 'shop-orders'",
        (),
        ({'UnprocessedItems': {'shop-orders': [{'PutRequest': {'Item': {}}}]}},),
    ),
    Case(
        lambda: raised_in(Order.save_many([KEY])),
        ThrottledError,
        'left 1 item unwritten after 1 try',
        "Order.batch_write_item on table 'shop-orders'",
        (),
        ({'UnprocessedItems': {'shop-orders': [{'PutRequest': {'Item': WIRE}}]}},),
    ),
    Case(
        lambda: raised_in(
            Order.save_many([{**KEY, 'number': n} for n in range(9)], overwrite=False), -1
        ),
        RequestError,
        'not sent, since the requests before failed',
        "Order.put_item on table 'shop-orders'",
        (),
        ({}, refusal('AccessDeniedException')),
    ),
    Case(
        lambda: Order.bulk_save([KEY]),
        RequestError,
        'why (AccessDeniedException)',
        "Order.batch_write_item on table 'shop-orders'",
        (),
        (refusal('AccessDeniedException'),),
    ),
    Case(
        lambda: broken_off(),
        RequestError,
        'not sent: KeyError broke the batch off',
        (),
    ),
]


class Labels(Model):
    """Declares the field that Labelled computes."""

    __abstract__ = True

    label = StringField()


class Labelled(Labels):
    """Computes a field that is no key."""

    __table__ = 'labelled'
    __hash_key__ = 'id'

    id = StringField()
    size = IntField()
    name = StringField()

    @property
    def label(self):
        return f'{self.name} {self.size}'


class Timed(Model):
    """A key of whole seconds."""

    __table__ = 'timed'
    __hash_key__ = 'id'

    id = TimestampField()
    n = IntField()


class Kinds(Model):
    """A family whose range key says which class an item is of."""

    __table__ = 'kinds'
    __hash_key__ = 'id'
    __range_key__ = 'kind'
    __discriminator__ = 'kind'
    __discriminator_value__ = 'Pet'

    id = StringField()
    kind = StringField()
    name = StringField()


class Vet(Kinds):
    """A member of it."""

    __discriminator_value__ = 'Vet'


def disturbed():
    """Send a request while a handler of the program's own changes it."""

    def handler(params, **_):
        params['Key'] = {'id': {'S': 'a'}}

    events = Connection.resource().meta.client.meta.events
    events.register_last('before-parameter-build.dynamodb', handler)
    try:
        Order.get_one(('a', 1))
    finally:
        events.unregister('before-parameter-build.dynamodb', handler)


def extra(instance, **attributes):
    instance.extra.update(attributes)
    return instance


def moved(parcel):
    parcel.town = 'c'
    return parcel


def kind(pet):
    pet.kind = 'Dog'
    return pet


def places(order):
    order.place['city'] = 'y'
    return order


def labelled(item):
    item.size = 4
    return item


def raised_in(result, number=0):
    """Raise the error of an item that a batch has failed to save."""
    raise result.errors[number]


def broken_off():
    def items():
        yield KEY
        raise KeyError('x')

    try:
        Order.bulk_save(items())
    except KeyError as error:
        raise error.batch_result.errors[0] from None


CASES = [*GIVEN, *UPDATES, *INSTANCES, *REFUSED]
