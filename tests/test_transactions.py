"""Transactions: all or none, in the caller's order, and what they say where it is none."""

import json
import re
import uuid

import botocore.exceptions
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator

from dynamongo import (
    ConditionalCheckFailedException,
    DynamongoError,
    ExpressionError,
    IncompleteReadError,
    IntField,
    ListField,
    Model,
    PartialItemError,
    RequestError,
    StringField,
    TableNotFoundError,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
)
from dynamongo.transactions import Reason
from tests.ids import ident
from tests.models import JANE, JOHN, Order, User
from tests.replies import Raw

# About the engine, and the same for every Python.
pytestmark = [pytest.mark.broad, pytest.mark.usefixtures('shared_client')]

EMAIL = JOHN['email']
WRITE, READ = 'TransactWriteItems', 'TransactGetItems'

faithful = pytest.mark.faithful


class Account(Model):
    """One with a version."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField(required=True)
    balance = IntField(default=0)
    tags = ListField(StringField)
    version = VersionField()


class Admin(User):
    """Stored in the table of its base."""

    rights = ListField(StringField)


class Closed(User):
    """Refuses what it doesn't declare."""

    __extra__ = 'forbid'


class Base(Model):
    __abstract__ = True
    id = StringField()


MODELS = (User, Order, Account)


@pytest.fixture
def tables(engine, connection, shared_client):
    """Empty tables."""
    _, _, made = shared_client
    if not made:
        for model in MODELS:
            model.create_table()
        made.extend(MODELS)
    yield
    for model in MODELS:
        table = f'{shared_client[0]}{model._schema.table}'
        for item in engine.client.scan(TableName=table)['Items']:
            key = {name: item[name] for name in model._schema.key_attributes}
            engine.client.delete_item(TableName=table, Key=key)


@pytest.fixture
def listen(connection):
    """Register handlers of botocore events for the test."""
    registered = []

    def register(event, handler):
        events = connection.resource().meta.client.meta.events
        events.register_first(event, handler)
        registered.append((events, event, handler))

    yield register
    for events, event, handler in registered:
        events.unregister(event, handler)


@pytest.fixture
def answer(listen, monkeypatch):
    """Answer an operation in place of the engine: ``answer(WRITE, lambda body: b'{}')``."""
    monkeypatch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)

    def install(operation, reply):
        def handle(request, **_):
            body = reply(json.loads(request.body))
            return body if body is None else AWSResponse(request.url, 200, {}, Raw(body))

        listen(f'before-send.dynamodb.{operation}', handle)

    return install


@pytest.fixture
def lose_reply(listen):
    """Let the next transaction be carried out, and its reply be lost."""

    def install():
        left = [1]

        def lose(**_):
            if left:
                left.pop()
                raise botocore.exceptions.ConnectionClosedError(endpoint_url='http://lost')

        listen(f'response-received.dynamodb.{WRITE}', lose)

    return install


def rows(model):
    """Return what the table holds, by other means than those that are tested."""
    return model.table().scan()['Items']


def everything():
    return [sorted(map(str, rows(model))) for model in MODELS]


def cancelled(transaction):
    """Return the error of a transaction, which changes nothing."""
    before = everything()
    with pytest.raises(TransactionCanceledError) as caught:
        transaction.commit()
    assert everything() == before
    return caught.value


# What an item is given by

KEY = {'customer': 'a', 'number': 7}
CONDITION = (Order.customer == 'a') & (Order.number == 7)
TARGETS = {
    'instance': Order(**KEY),
    'condition': CONDITION,
    'reversed condition': (Order.number == 7) & (Order.customer == 'a'),
    'pair of tuple': (Order, ('a', 7)),
    'pair of dict': (Order, KEY),
    'pair of larger dict': (Order, {**KEY, 'size': 99}),
    'pair of instance': (Order, Order(**KEY, size=99)),
    'pair of condition': (Order, CONDITION),
}
CHECKED = {
    'condition': CONDITION & (Order.size == 1),
    'pair of condition': (Order, CONDITION & (Order.size == 1)),
    'checks first': (Order.size == 1) & ~(Order.size > 5) & CONDITION,
}
OPERATIONS = {
    'update': lambda t, target: t.update(target, [Order.total.set(2)]),
    'delete': lambda t, target: t.delete(target),
    'check': lambda t, target: t.check(target),
}
WHOLE = {**KEY, 'address': {}, 'lines': []}
EFFECTS = {
    'update': {**WHOLE, 'size': 1, 'total': 2},
    'delete': None,
    'check': {**WHOLE, 'size': 1},
}


@pytest.mark.parametrize('action', OPERATIONS)
@pytest.mark.parametrize('target', {**TARGETS, **CHECKED}.values(), ids=ident)
def test_each_operation_takes_each_target(tables, sent, action, target):
    Order.save_many([{**KEY, 'size': 1}, {**KEY, 'number': 8}])
    sent.clear()
    with Transaction() as transaction:
        OPERATIONS[action](transaction, target)
        assert len(transaction) == 1
        assert sent == []
    assert sent.operations == [WRITE]
    found = {item['number']: item for item in rows(Order)}
    assert found.pop(7, None) == EFFECTS[action]
    assert found == {8: {**WHOLE, 'number': 8}}


@pytest.mark.parametrize('action', OPERATIONS)
@pytest.mark.parametrize('target', CHECKED.values(), ids=ident)
def test_a_check_in_the_target_is_sent(tables, action, target):
    Order.save_one({**KEY, 'size': 2})
    transaction = Transaction()
    OPERATIONS[action](transaction, target)
    (reason,) = cancelled(transaction).reasons
    assert (reason.position, reason.action, reason.given) == (0, action, target)
    assert (reason.model, reason.key) == (Order, KEY)


@pytest.mark.parametrize(
    'target',
    [(User, EMAIL), (User, (EMAIL,)), (User, {'email': EMAIL}), User(email=EMAIL),
     User.email == EMAIL, (Admin, EMAIL), (User, Admin(email=EMAIL))],
    ids=ident,
)  # fmt: skip
def test_a_key_of_one_part(tables, target):
    User.save_one(JOHN)
    with Transaction() as transaction:
        transaction.update(target, [User.name.set('Other')])
    assert User.get_one(EMAIL).name == 'Other'


@pytest.mark.parametrize(
    'item',
    [User(**JANE), (User, JANE), (User, User(**JANE)), (User, Admin(**JANE)), Admin(**JANE)],
    ids=ident,
)
def test_what_can_be_saved(tables, item):
    with Transaction() as transaction:
        transaction.save(item)
    (row,) = rows(User)
    assert (row['email'], row['name']) == (JANE['email'], JANE['name'])
    assert 'created_at' in row


NO_ITEM = 'an item of a transaction is given by an instance, a condition .* or a pair'
BAD_TARGETS = [
    (None, ExpressionError, NO_ITEM),
    (EMAIL, ExpressionError, NO_ITEM),
    (User, ExpressionError, NO_ITEM),
    ({'email': EMAIL}, ExpressionError, NO_ITEM),
    ((User,), ExpressionError, NO_ITEM),
    ((Order, 'a', 7), ExpressionError, NO_ITEM),
    ((EMAIL, User), ExpressionError, NO_ITEM),
    (('a', 7), ExpressionError, NO_ITEM),
    ([User, EMAIL], ExpressionError, NO_ITEM),
    (User.email, ExpressionError, NO_ITEM),
    (User.name.set('x'), ExpressionError, NO_ITEM),
    (True, ExpressionError, NO_ITEM),
    ((User, None), ValidationError, 'User.email.*needs a value'),
    ((User, ''), ValidationError, 'User.email.*needs a value'),
    ((User, [EMAIL]), ValidationError, 'User.email'),
    ((User, ('a', 'b')), ValidationError, 'the key is one value: email'),
    ((User, {'mail': EMAIL}), ValidationError, 'did you mean'),
    ((User, User()), ValidationError, 'User.email'),
    (User(), ValidationError, 'User.email'),
    ((Order, 'a'), ValidationError, 'a tuple of 2 values: customer, number'),
    ((Order, ('a', 'seven')), ValidationError, 'Order.number'),
    (Order(customer='a'), ValidationError, 'Order.number'),
    ((User, Order(**KEY)), ValidationError, 'selected by its own instances'),
    ((User, User.name.set('x')), ExpressionError, 'an update selects nothing'),
    ((User, User.email), ExpressionError, 'selects nothing'),
    ((User, Order.customer == 'a'), ExpressionError, 'of Order'),
    (User.name == 'John', ExpressionError, r'User.email == \.\.\.'),
    (Order.customer == 'a', ExpressionError, r'Order.number == \.\.\.'),
    (User.email.in_([EMAIL]), ExpressionError, r'User.email == \.\.\.'),
    (User.keys_in([EMAIL]), ExpressionError, r'User.email == \.\.\.'),
    (~(User.email == EMAIL), ExpressionError, r'User.email == \.\.\.'),
    ((User.email == EMAIL) | (User.name == 'x'), ExpressionError, r'User.email == \.\.\.'),
    ((User.email == 'a@b.co') & (User.email == EMAIL), ExpressionError, 'compared twice'),
    ((User.email == EMAIL) & (Order.size == 1), ExpressionError, 'Order'),
    ((Base, 'a'), DynamongoError, 'abstract'),
]  # fmt: skip
METHODS = {
    'update': lambda target: Transaction().update(target, [User.name.set('x')]),
    'delete': lambda target: Transaction().delete(target),
    'check': lambda target: Transaction().check(target),
    'get': lambda target: Transaction.get([target]),
}


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize(('target', 'error', 'message'), BAD_TARGETS, ids=ident)
def test_what_is_no_item_is_refused_at_once(connection, sent, method, target, error, message):
    with pytest.raises(error, match=f'(?s){message}'):
        METHODS[method](target)
    assert sent == []


@pytest.mark.parametrize(
    ('item', 'error', 'message'),
    [
        (None, ValidationError, 'is an instance, or a pair of a model and a dict'),
        (JOHN, ValidationError, 'is an instance, or a pair of a model and a dict'),
        (User, ValidationError, 'is an instance, or a pair of a model and a dict'),
        ([User, JOHN], ValidationError, 'is an instance, or a pair of a model and a dict'),
        ((User, EMAIL), ValidationError, 'User is saved as an instance of it or a dict, not str'),
        ((User, [JOHN]), ValidationError, 'not list'),
        ((User, Order(**KEY)), ValidationError, 'Order'),
        ((User, {'email': EMAIL}), ValidationError, 'User.name'),
        ((User, {**JOHN, 'nmae': 'x'}), ValidationError, "did you mean 'name'"),
        ((User, {**JOHN, 'year_of_birth': 3000}), ValidationError, 'User.year_of_birth'),
        (User(email='x', name='y'), ValidationError, 'User.email'),
        ((Base, {'id': 'a'}), DynamongoError, 'abstract'),
    ],
    ids=ident,
)
def test_what_is_no_item_to_save_is_refused_at_once(connection, sent, item, error, message):
    transaction = Transaction()
    with pytest.raises(error, match=message):
        transaction.save(item)
    assert len(transaction) == 0
    assert sent == []


@pytest.mark.parametrize(
    ('say', 'error', 'message'),
    [
        (lambda t: t.save((User, JOHN), overwrite=None), ExpressionError, 'overwrite is True'),
        (lambda t: t.save((User, JOHN), Order.size > 1), ExpressionError, 'of Order'),
        (lambda t: t.update((User, EMAIL), []), ExpressionError, 'update'),
        (lambda t: t.update((User, EMAIL), None), ExpressionError, 'update'),
        (lambda t: t.update((User, EMAIL), [User.email.set('b@b.co')]), ExpressionError, 'key'),
        (lambda t: t.update((User, EMAIL), [Order.size.set(1)]), ExpressionError, 'of Order'),
        (
            lambda t: t.update((User, EMAIL), [User.year_of_birth.set(3000)]),
            ValidationError,
            'User.year_of_birth',
        ),
        (
            lambda t: t.update((User, EMAIL), [User.name.set('a'), User.name.set('b')]),
            ExpressionError,
            'name',
        ),
        (
            lambda t: t.update((User, EMAIL), [User.name.set_if_not_exists(None)]),
            ExpressionError,
            'amount to nothing',
        ),
        (
            lambda t: t.update((User, EMAIL), [User.year_of_birth.set(1990)], upsert=True),
            ExpressionError,
            'name',
        ),
        (
            lambda t: t.update((User.email == EMAIL) & User.name.in_([]), [User.name.set('a')]),
            ExpressionError,
            'no item can meet',
        ),
        (lambda t: t.check((User, EMAIL), 'x'), ExpressionError, 'check takes a condition'),
        (lambda t: t.check((User, EMAIL), True), ExpressionError, 'check takes a condition'),
        (lambda t: t.check((User, EMAIL), Order.size == 1), ExpressionError, 'of Order'),
        (lambda t: t.check((User, EMAIL), User.name.in_([])), ExpressionError, 'no item can meet'),
        (
            lambda t: t.check((User.email == EMAIL) & User.name.in_([])),
            ExpressionError,
            'no item can meet',
        ),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(connection, sent, say, error, message):
    """What has been said before stays, and nothing is sent."""
    transaction = Transaction()
    transaction.delete((User, 'a@b.co'))
    with pytest.raises(error, match=message):
        say(transaction)
    assert len(transaction) == 1
    assert sent == []


@pytest.mark.parametrize('upsert', [None, 1, 'no'])
def test_upsert_is_a_bool(connection, upsert):
    with pytest.raises(ValidationError, match='upsert is True or False'):
        Transaction().update((User, EMAIL), [User.name.set('x')], upsert=upsert)


def test_an_instance_that_was_read_in_part(tables):
    """It can be deleted and updated, and not be saved."""
    User.save_one(JOHN)
    john = User.get_one(EMAIL, only=['email'])
    transaction = Transaction()
    with pytest.raises(PartialItemError):
        transaction.save(john)
    transaction.update(john, [User.name.set('Other')])
    transaction.commit()
    assert User.get_one(EMAIL).name == 'Other'


# As a block


def test_operations_are_sent_in_the_order_in_which_they_are_said(tables, connection, sent):
    User.save_one(JOHN)
    Account.save_one({'id': 'x'})
    sent.clear()
    prefix = connection.table_prefix
    with Transaction('token-1') as transaction:
        transaction.save((Order, {**KEY, 'size': 1}), overwrite=False)
        transaction.check((User, EMAIL))
        transaction.update((Account, 'x'), [Account.balance.add(5)])
        transaction.delete((User, 'nobody@b.co'))
        transaction.save(Account(id='y'))
    ((operation, request),) = sent
    assert operation == WRITE
    assert request['ClientRequestToken'] == 'token-1'
    kinds = [next(iter(item)) for item in request['TransactItems']]
    assert kinds == ['Put', 'ConditionCheck', 'Update', 'Delete', 'Put']
    names = [body['TableName'] for item in request['TransactItems'] for body in item.values()]
    tables = ['orders', 'users', 'accounts', 'users', 'accounts']
    assert names == [prefix + table for table in tables]
    assert Account.get_one('x').balance == 5
    assert Account.get_one('y').version == 1
    assert Order.get_one(KEY).size == 1


def test_nothing_is_sent_if_the_block_raises(tables, sent):
    sent.clear()
    transaction = Transaction()

    def run():
        with transaction:
            transaction.save((User, JOHN))
            raise KeyError

    with pytest.raises(KeyError):
        run()
    assert sent == []
    assert not repr(transaction).endswith(', done>')
    # Nothing is lost of it either.
    transaction.commit()
    assert len(rows(User)) == 1


@pytest.mark.parametrize('run', [lambda t: t.__exit__(None, None, None), lambda t: t.commit()])
def test_an_empty_transaction_sends_nothing(connection, sent, run):
    transaction = Transaction()
    assert transaction
    run(transaction)
    assert sent == []
    with pytest.raises(ExpressionError, match='is done'):
        transaction.commit()


def test_a_block_that_commits_itself_sends_once(tables, sent):
    sent.clear()
    with Transaction() as transaction:
        transaction.save((User, JOHN))
        transaction.commit()
    assert sent.operations == [WRITE]


SAYINGS = {
    'save': lambda t: t.save((User, JOHN)),
    'update': lambda t: t.update((User, EMAIL), [User.name.set('x')]),
    'delete': lambda t: t.delete((User, EMAIL)),
    'check': lambda t: t.check((User, EMAIL)),
}


@pytest.mark.parametrize('say', [*SAYINGS.values(), lambda t: t.commit()], ids=[*SAYINGS, 'commit'])
def test_a_transaction_that_is_done_takes_nothing_more(tables, sent, say):
    with Transaction() as transaction:
        transaction.save((User, JANE))
    sent.clear()
    assert repr(transaction) == f'<Transaction {transaction.token}: 1 operation, done>'
    with pytest.raises(ExpressionError, match='is done; make a new one'):
        say(transaction)
    assert sent == []


@pytest.mark.parametrize('first', SAYINGS)
@pytest.mark.parametrize('second', SAYINGS)
def test_an_item_has_one_operation(connection, sent, first, second):
    transaction = Transaction()
    SAYINGS[first](transaction)
    with pytest.raises(ExpressionError, match='one operation for each item') as caught:
        SAYINGS[second](transaction)
    assert str(caught.value).endswith(f"two for User {{'email': '{EMAIL}'}}: {first} and {second}")
    assert len(transaction) == 1
    assert sent == []


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ((Order, ('a', 7)), (Order, ('a', 7.0))),
        ((Order, ('a', 7)), (Order, {'customer': 'a', 'number': '7'})),
        ((Order, ('a', 7)), CONDITION & (Order.size == 1)),
        ((User, EMAIL), (Admin, EMAIL)),
    ],
    ids=ident,
)
def test_an_item_is_told_by_its_key_and_table(connection, one, other):
    transaction = Transaction()
    transaction.delete(one)
    with pytest.raises(ExpressionError, match='one operation for each item'):
        transaction.delete(other)


def test_a_hundred_operations_and_no_more(tables, sent):
    """All in one request, in order."""
    sent.clear()
    transaction = Transaction()
    for number in range(100):
        transaction.save((Order, {'customer': 'a', 'number': 99 - number}))
    for say in SAYINGS.values():
        with pytest.raises(ExpressionError, match='at most 100 operations'):
            say(transaction)
    assert len(transaction) == 100
    transaction.commit()
    ((_, request),) = sent
    numbers = [item['Put']['Item']['number'] for item in request['TransactItems']]
    assert numbers == list(range(99, -1, -1))
    assert len(rows(Order)) == 100


# What is saved, and what the instance then shows


def test_an_instance_is_saved_as_it_is_when_it_is_said(tables):
    john = User(**JOHN)
    values = {**JOHN, 'cities_visited': ['Rome']}
    with Transaction() as transaction:
        transaction.save(john)
        transaction.save((Order, lines := {**KEY, 'notes': {'a': [1]}}))
        transaction.save((Admin, {**values, 'email': 'c@b.co'}))
        john.name = 'Other'
        john.cities_visited.append('Paris')
        lines['notes']['a'].append(2)
        values['cities_visited'].append('Paris')
    stored = {row['email']: row for row in rows(User)}
    assert stored[EMAIL]['name'] == JOHN['name']
    assert stored[EMAIL]['cities_visited'] == JOHN['cities_visited']
    assert stored['c@b.co']['cities_visited'] == ['Rome']
    assert rows(Order)[0]['notes'] == {'a': [1]}
    # What has been set since is not lost, and not saved.
    assert (john.name, john.cities_visited) == ('Other', [*JOHN['cities_visited'], 'Paris'])
    john.save(changed=True)
    assert john == User.get_one(EMAIL)
    assert john.name == 'Other'


def test_an_instance_shows_what_is_stored_once_that_is_done(tables, sent):
    account = Account(id='a')
    account.balance = '7'
    account.tags = ('x', 'y')
    transaction = Transaction()
    transaction.save(account)
    assert (account.balance, account.version) == ('7', None) or account.balance == 7
    assert account.version is None
    transaction.commit()
    assert (account.balance, account.tags, account.version) == (7, ['x', 'y'], 1)
    sent.clear()
    account.save(changed=True)
    assert sent == []
    account.balance = 8
    account.save(changed=True)
    assert Account.get_one('a').version == account.version == 2


def test_undeclared_attributes_are_saved(tables):
    Admin.save_one({**JOHN, 'rights': ['all']})
    john = User.get_one(EMAIL)
    john.extra['note'] = 'kept'
    with Transaction() as transaction:
        transaction.save(john)
    (row,) = rows(User)
    assert (row['rights'], row['note']) == (['all'], 'kept')


def test_undeclared_attributes_that_are_set_later_are_not_saved(tables):
    john = User.save_one(JOHN)
    john.extra['note'] = 'saved'
    with Transaction() as transaction:
        transaction.save(john)
        john.extra['note'] = 'not saved'
    assert rows(User)[0]['note'] == 'saved'
    assert john.extra == {'note': 'not saved'}
    john.save(changed=True)
    assert rows(User)[0]['note'] == 'not saved'


def test_nothing_settles_where_nothing_is_stored(tables):
    User.save_one(JOHN)
    account, john = Account(id='a'), User(**JANE)
    john.year_of_birth = '1990'
    before = dict(vars(account)), dict(vars(john))
    transaction = Transaction()
    transaction.save(account)
    transaction.save(john)
    transaction.save((User, JOHN), overwrite=False)
    cancelled(transaction)
    assert (vars(account), vars(john)) == before
    # What stands in the way is removed, and the same transaction passes under the same token.
    User.delete_one(EMAIL)
    transaction.commit()
    assert account.version == 1
    assert {row['email'] for row in rows(User)} == {EMAIL, JANE['email']}


@pytest.mark.parametrize(
    ('overwrite', 'there', 'passes'),
    [
        (True, False, True),
        (True, True, True),
        (False, False, True),
        (False, True, False),
        (User.year_of_birth < 2000, False, True),
        (User.year_of_birth < 2000, True, True),
        (User.year_of_birth < 1980, True, False),
        (User.name.in_([]), False, True),
        (User.name.in_([]), True, False),
        (~User.name.in_([]), True, True),
    ],
    ids=ident,
)
def test_overwrite(tables, overwrite, there, passes):
    if there:
        User.save_one(JOHN)
    transaction = Transaction()
    transaction.save((User, {**JOHN, 'name': 'Other'}), overwrite)
    if passes:
        transaction.commit()
        assert [row['name'] for row in rows(User)] == ['Other']
    else:
        (reason,) = cancelled(transaction).reasons
        assert type(reason.error) is ConditionalCheckFailedException


def test_update_makes_nothing_unless_it_is_to(tables):
    transaction = Transaction()
    transaction.update((User, EMAIL), [User.name.set('John')])
    (reason,) = cancelled(transaction).reasons
    assert 'no item has this key' in reason.message
    with Transaction() as transaction:
        transaction.update((User, EMAIL), [User.name.set('John')], upsert=True)
    assert rows(User) == [{'email': EMAIL, 'name': 'John'}]
    with Transaction() as transaction:
        transaction.update((User, EMAIL), [User.name.set('Jack')], upsert=True)
    assert rows(User) == [{'email': EMAIL, 'name': 'Jack'}]


def test_upsert_with_a_check_is_for_an_existing_item(tables):
    target = (User.email == EMAIL) & (User.name == 'Jack')
    for name in ('Jack', 'Joe'):
        with Transaction() as transaction:
            transaction.update(target, [User.name.set(name)], upsert=True)
    transaction = Transaction()
    transaction.update(target, [User.name.set('Jim')], upsert=True)
    assert len(cancelled(transaction).reasons) == 1


def test_deleting_what_is_not_there(tables):
    """It counts as deleted, whatever it should have met."""
    with Transaction() as transaction:
        transaction.delete((User, EMAIL))
        transaction.delete(CONDITION & (Order.size == 1))
        transaction.delete((Account.id == 'a') & Account.id.in_([]))
    assert everything() == [[], [], []]


def test_an_update_of_an_instance_leaves_the_instance(tables):
    john = User.save_one(JOHN)
    with Transaction() as transaction:
        transaction.update(john, [User.name.set('Other')])
    assert john.name == JOHN['name']
    assert john.refresh().name == 'Other'


def test_an_instance_that_has_been_deleted_is_new_when_saved(tables):
    """As after ``instance.delete()``."""
    account = Account.save_one({'id': 'a'})
    with Transaction() as transaction:
        transaction.delete(account)
    account.save()
    assert [row['id'] for row in rows(Account)] == ['a']


# Checks


@pytest.mark.parametrize(
    ('condition', 'there', 'passes'),
    [
        (None, True, True),
        (None, False, False),
        (User.email.exists(), True, True),
        (User.email.exists(), False, False),
        (User.email.not_exists(), True, False),
        (User.email.not_exists(), False, True),
        (User.name == 'John Doe', True, True),
        (User.name == 'Other', True, False),
        (User.name == 'John Doe', False, False),
        (User.name != 'Other', False, True),
        ((User.name == 'John Doe') & (User.year_of_birth < 2000), True, True),
        ((User.name == 'John Doe') & (User.year_of_birth < 1980), True, False),
    ],
    ids=ident,
)
def test_check(tables, sent, condition, there, passes):
    if there:
        User.save_one(JOHN)
    sent.clear()
    transaction = Transaction()
    transaction.check((User, EMAIL), condition)
    if passes:
        before = everything()
        transaction.commit()
        assert everything() == before
    else:
        (reason,) = cancelled(transaction).reasons
        meaning = 'there is no such item' if condition is None else "the condition isn't met"
        assert meaning in reason.message
        assert (reason.action, reason.item is not None) == ('check', there)


def test_a_check_joins_the_condition_of_its_target(tables):
    User.save_one(JOHN)
    target = (User.email == EMAIL) & (User.name == 'John Doe')
    with Transaction() as transaction:
        transaction.check(target, User.year_of_birth == 1990)
    for condition in (User.year_of_birth == 1991, User.email.not_exists()):
        transaction = Transaction()
        transaction.check(target, condition)
        cancelled(transaction)
    transaction = Transaction()
    transaction.check((User.email == EMAIL) & (User.name == 'Other'), User.year_of_birth == 1990)
    cancelled(transaction)


# Versions


VERSIONED = {
    'save': lambda t, account: t.save(account),
    'update': lambda t, account: t.update(account, [Account.balance.set(9)]),
    'delete': lambda t, account: t.delete(account),
    'check': lambda t, account: t.check(account),
}


@pytest.mark.parametrize('action', VERSIONED)
def test_a_stale_instance_cancels_the_transaction(tables, action):
    account = Account.save_one({'id': 'a', 'balance': 1})
    Account.update_one('a', [Account.balance.set(2)])
    transaction = Transaction()
    VERSIONED[action](transaction, account)
    (reason,) = cancelled(transaction).reasons
    assert 'stale' in reason.message
    assert 'version 1' in reason.message
    assert (reason.item.version, reason.item.balance) == (2, 2)
    assert reason.error.item == reason.item
    assert account.version == 1


@pytest.mark.parametrize('action', VERSIONED)
def test_a_fresh_instance_passes(tables, action):
    Account.save_one({'id': 'a', 'balance': 1})
    account = Account.get_one('a')
    with Transaction() as transaction:
        VERSIONED[action](transaction, account)
    stored = {row['id']: row['version'] for row in rows(Account)}
    assert stored == {'save': {'a': 2}, 'update': {'a': 2}, 'delete': {}, 'check': {'a': 1}}[action]
    assert account.version == {'save': 2, 'delete': None}.get(action, 1)


@pytest.mark.parametrize('action', ['save', 'update', 'check'])
def test_an_instance_whose_item_is_gone(tables, action):
    account = Account.save_one({'id': 'a'})
    Account.delete_one('a')
    transaction = Transaction()
    VERSIONED[action](transaction, account)
    (reason,) = cancelled(transaction).reasons
    assert reason.item is None


@pytest.mark.parametrize('action', ['save', 'update', 'delete', 'check'])
def test_an_instance_without_a_version_where_there_is_an_item(tables, action):
    Account.save_one({'id': 'a'})
    transaction = Transaction()
    VERSIONED[action](transaction, Account(id='a'))
    (reason,) = cancelled(transaction).reasons
    assert 'the instance has no version' in reason.message


def test_a_key_does_not_look_at_the_version_and_adds_to_it(tables):
    Account.save_one({'id': 'a'})
    for _ in range(2):
        with Transaction() as transaction:
            transaction.update((Account, 'a'), [Account.balance.add(1)])
    assert [(row['balance'], row['version']) for row in rows(Account)] == [(2, 3)]


# Why it was cancelled


def test_reasons(tables):
    """One for each operation that failed, in order, with all there is to know."""
    User.save_one(JOHN)
    Order.save_one({**KEY, 'size': 1})
    again = User(**{**JOHN, 'name': 'Other'})
    sized = CONDITION & (Order.size == 2)
    transaction = Transaction()
    transaction.save((Account, {'id': 'fine'}))
    transaction.save(again, overwrite=False)
    transaction.update((Account, 'missing'), [Account.balance.add(1)])
    transaction.delete((User, 'fine@b.co'))
    transaction.delete(sized)
    transaction.check((Order, ('b', 1)))
    error = cancelled(transaction)
    assert error.code == 'TransactionCanceledException'
    assert error.request_id
    assert isinstance(error.__cause__, botocore.exceptions.ClientError)
    facts = [(r.position, r.action, r.model, r.key, r.given, r.code) for r in error.reasons]
    failed = 'ConditionalCheckFailed'
    assert facts == [
        (1, 'save', User, {'email': EMAIL}, again, failed),
        (2, 'update', Account, {'id': 'missing'}, (Account, 'missing'), failed),
        (4, 'delete', Order, KEY, sized, failed),
        (5, 'check', Order, {'customer': 'b', 'number': 1}, (Order, ('b', 1)), failed),
    ]
    meanings = [
        'an item with this key exists already',
        'no item has this key',
        "the item doesn't meet the condition",
        'there is no such item',
    ]
    for reason, meaning in zip(error.reasons, meanings):
        assert isinstance(reason, Reason)
        assert reason.message.startswith(f'{meaning} (')
        assert type(reason.error) is ConditionalCheckFailedException
        assert reason.error.code == 'ConditionalCheckFailedException'
        assert (reason.error.model, reason.error.key) == (reason.model, reason.key)
        assert reason.error.item is reason.item
        assert str(reason.error) == f'{reason.model.__name__}: {reason.message}'
    lines = str(error).splitlines()
    assert lines[0].startswith('Transaction of 6 operations on ')
    assert lines[0].endswith(': cancelled, nothing is written:')
    assert all(model.table_name() in lines[0] for model in (Account, Order, User))
    assert lines[1:] == [f'  {reason}' for reason in error.reasons]
    assert lines[1].startswith(
        f"  [1] save User {{'email': '{EMAIL}'}}: an item with this key exists already ("
    )
    assert lines[3].startswith("  [4] delete Order {'customer': 'a', 'number': 7}: the item")


def test_reasons_carry_the_items_in_the_way(tables):
    john = User.save_one(JOHN)
    Order.save_one({**KEY, 'size': 1})
    transaction = Transaction()
    transaction.save((User, JOHN), overwrite=False)
    transaction.update(CONDITION & (Order.size == 2), [Order.size.set(3)])
    transaction.check((Account, 'missing'))
    error = cancelled(transaction)
    assert [reason.item for reason in error.reasons] == [john, Order(**KEY, size=1), None]


def test_an_update_that_does_not_fit_the_item_is_explained(tables):
    """DynamoDB cancels the transaction for that; the engines refuse it as a whole."""
    Order.table().put_item(Item=KEY)
    before = everything()
    transaction = Transaction()
    transaction.save((User, JOHN))
    transaction.update((Order, KEY), [Order.address.city.set('Rome')])
    with pytest.raises(RequestError, match=r'no Order\.address to reach into') as caught:
        transaction.commit()
    codes = ('ValidationException', 'TransactionCanceledException')
    assert caught.value.code in codes
    assert everything() == before


# Tokens


def test_a_token_is_made_for_each_transaction():
    tokens = {Transaction().token for _ in range(50)}
    assert len(tokens) == 50
    assert all(0 < len(token) <= 36 for token in tokens)


@pytest.mark.parametrize('token', ['x', 'é', 'y' * 36, str(uuid.UUID(int=5))])
def test_a_token_of_the_callers_is_sent(tables, sent, token):
    sent.clear()
    transaction = Transaction(token)
    assert transaction.token == token
    transaction.save((User, JOHN))
    transaction.commit()
    assert [request['ClientRequestToken'] for _, request in sent] == [token]


@pytest.mark.parametrize('token', ['', 'y' * 37, 5, b'x', uuid.UUID(int=5), True], ids=ident)
def test_a_token_is_text_that_dynamodb_takes(token):
    with pytest.raises(ValidationError, match='token is a str of 1 to 36 characters'):
        Transaction(token)


def test_the_token_stays_the_same(tables, sent):
    User.save_one(JOHN)
    sent.clear()
    transaction = Transaction()
    transaction.save((User, JOHN), overwrite=False)
    for _ in range(3):
        with pytest.raises(TransactionCanceledError):
            transaction.commit()
    assert {request['ClientRequestToken'] for _, request in sent} == {transaction.token}
    assert len(sent) == 3


@faithful('moto applies a transaction as often as it is sent')
def test_a_transaction_whose_reply_is_lost_is_applied_once(tables, lose_reply, sent):
    Account.save_one({'id': 'a'})
    account = Account(id='b')
    sent.clear()
    lose_reply()
    transaction = Transaction()
    transaction.update((Account, 'a'), [Account.balance.add(5)])
    transaction.save(account)
    with pytest.raises(RequestError) as caught:
        transaction.commit()
    assert type(caught.value) is RequestError
    assert caught.value.code is None
    assert account.version is None
    assert repr(transaction).endswith('not done>')
    transaction.commit()
    assert sent.operations == [WRITE, WRITE]
    assert Account.get_one('a').balance == 5
    assert Account.get_one('b').version == account.version == 1


@faithful('moto does not look at tokens')
def test_a_token_belongs_to_one_content(tables):
    token = uuid.uuid4().hex
    with Transaction(token) as transaction:
        transaction.save((User, JOHN))
    transaction = Transaction(token)
    transaction.save((User, {**JOHN, 'name': 'Other'}))
    with pytest.raises(RequestError, match='take a new Transaction') as caught:
        transaction.commit()
    assert type(caught.value) is RequestError
    assert caught.value.code == 'IdempotentParameterMismatchException'
    assert User.get_one(EMAIL).name == JOHN['name']


# Where it goes


def test_the_prefix_of_a_block(tables, connection, sent):
    with connection.using(table_prefix=f'{connection.table_prefix}tenant-'):
        User.create_table()
        sent.clear()
        with Transaction() as transaction:
            transaction.save((User, JOHN))
        (inside,) = Transaction.get([(User, EMAIL)])
        names = {
            body['TableName']
            for _, request in sent
            for item in request['TransactItems']
            for body in item.values()
        }
        assert names == {User.table_name()}
    assert inside.name == JOHN['name']
    assert Transaction.get([(User, EMAIL)]) == [None]
    assert rows(User) == []


@pytest.mark.parametrize(
    'run',
    [
        lambda: SAYINGS['save'](transaction := Transaction()) or transaction.commit(),
        lambda: Transaction.get([(User, EMAIL)]),
    ],
)
def test_a_missing_table(connection, run):
    with (
        connection.using(table_prefix='no-such-'),
        pytest.raises(TableNotFoundError, match=r'create_table\(\)') as caught,
    ):
        run()
    assert caught.value.code == 'ResourceNotFoundException'


@pytest.mark.parametrize('target', {**TARGETS, **CHECKED}.values(), ids=ident)
@pytest.mark.parametrize('action', OPERATIONS)
def test_every_request_is_one_that_botocore_knows(connection, answer, action, target):
    """And that it still is when it has been serialized."""
    bodies = []
    answer(WRITE, lambda body: bodies.append(body) or b'{}')
    with Transaction() as transaction:
        OPERATIONS[action](transaction, target)
        transaction.save((Order, {'customer': 'b', 'number': 1, 'notes': {'a': [1, None]}}))
        transaction.save(Account(id='a'), overwrite=Account.balance < 5)
        transaction.update((Account, 'b'), [Account.tags.append('x')], upsert=True)
        transaction.check(User(email=EMAIL), User.name.not_exists() | (User.name == 'x'))
    (body,) = bodies
    shape = botocore.session.get_session().get_service_model('dynamodb').operation_model(WRITE)
    assert not ParamValidator().validate(body, shape.input_shape).has_errors()
    assert set(body) == {'TransactItems', 'ClientRequestToken'}
    for item in body['TransactItems']:
        ((kind, arguments),) = item.items()
        text = json.dumps({name: text for name, text in arguments.items() if 'Expression' in name})
        used = set(re.findall(r'[#:]\w+', ' '.join(
            value for name, value in arguments.items() if name.endswith('Expression')
        )))  # fmt: skip
        given = {
            *arguments.get('ExpressionAttributeNames', ()),
            *arguments.get('ExpressionAttributeValues', ()),
        }
        assert used == given, text
        assert 'ReturnValues' not in arguments
        # Wherever there is a condition, what stood in the way is asked for.
        asked = arguments.get('ReturnValuesOnConditionCheckFailure')
        assert (asked == 'ALL_OLD') == ('ConditionExpression' in arguments)
        assert 'ConditionExpression' in arguments or kind != 'ConditionCheck'


# Reading


def test_get_answers_in_the_order_of_the_targets(tables, sent):
    john, jane = User.save_one(JOHN), User.save_one(JANE)
    order = Order.save_one({**KEY, 'size': 1})
    account = Account.save_one({'id': 'a'})
    sent.clear()
    targets = [
        (Account, 'a'),
        User.email == EMAIL,
        (User, 'nobody@b.co'),
        *TARGETS.values(),
        User(email=JANE['email']),
        (User, {'email': EMAIL}),
        (Order, ('b', 1)),
    ]
    found = Transaction.get(targets)
    assert found == [account, john, None, *[order] * len(TARGETS), jane, john, None]
    ((operation, request),) = sent
    assert operation == READ
    assert len(request['TransactItems']) == 6
    assert [type(item) for item in found[:2]] == [Account, User]


@pytest.mark.parametrize('targets', [[], iter([]), set()], ids=['list', 'iterator', 'set'])
def test_getting_nothing_sends_nothing(connection, sent, targets):
    assert Transaction.get(targets) == []
    assert sent == []


@faithful('moto reads no more than 25')
def test_get_reads_a_hundred_items_and_no_more(tables, sent):
    Order.save_many({'customer': 'a', 'number': number} for number in range(100))
    sent.clear()
    targets = [(Order, ('a', number)) for number in range(99, -1, -1)]
    found = Transaction.get(targets + targets[:5])
    assert [order.number for order in found] == [*range(99, -1, -1), 99, 98, 97, 96, 95]
    assert sent.operations == [READ]
    sent.clear()
    with pytest.raises(ValidationError, match=r'at most 100 items .* not 101'):
        Transaction.get([*targets, (Order, ('a', 100))])
    assert sent == []


@pytest.mark.parametrize(
    'targets',
    [None, 'a', (User, EMAIL), User(email=EMAIL), {'email': EMAIL}, User.email == EMAIL, 5, User],
    ids=ident,
)
def test_get_takes_a_list(connection, sent, targets):
    with pytest.raises(ExpressionError, match=r'Transaction\.get takes a list'):
        Transaction.get(targets)
    assert sent == []


@pytest.mark.parametrize('target', CHECKED.values(), ids=ident)
def test_get_takes_no_checks(connection, sent, target):
    with pytest.raises(ExpressionError, match='takes the key and nothing else'):
        Transaction.get([target])
    assert sent == []


def test_get_reads_by_the_model_that_is_asked_for(tables):
    """One item of two models is read once, and given as each."""
    Admin.save_one({**JOHN, 'rights': ['all']})
    user, admin, again = Transaction.get([(User, EMAIL), (Admin, EMAIL), Admin(email=EMAIL)])
    assert (type(user), type(admin), type(again)) == (User, Admin, Admin)
    assert user.extra == {'rights': ['all']}
    assert admin.rights == ['all']
    assert admin.extra == {}
    with pytest.raises(ValidationError, match=r"(?s)Closed.*__extra__ = 'forbid'"):
        Transaction.get([(Closed, EMAIL)])


def test_what_is_got_is_whole(tables, sent):
    """It can be saved, also as to what has changed."""
    Account.save_one({'id': 'a', 'tags': ['x']})
    (account,) = Transaction.get([(Account, 'a')])
    sent.clear()
    account.save(changed=True)
    assert sent == []
    account.tags.append('y')
    with Transaction() as transaction:
        transaction.save(account)
    assert [(row['tags'], row['version']) for row in rows(Account)] == [(['x', 'y'], 2)]


# Damaged replies

ITEM = {'Item': {'email': {'S': 'a@b.co'}}}


@pytest.mark.parametrize(
    'body',
    [
        b'{}',
        b'',
        b'<html>Welcome</html>',
        b'{"Responses": [{"Item": {"em',
        json.dumps({'Responses': []}).encode(),
        json.dumps({'Responses': [ITEM]}).encode(),
        json.dumps({'Responses': [ITEM] * 3}).encode(),
    ],
)
def test_a_damaged_reply_is_no_missing_item(connection, answer, body):
    answer(READ, lambda _: body)
    with pytest.raises(IncompleteReadError, match=r'(?s)Transaction.*the reply is damaged'):
        Transaction.get([(User, 'a@b.co'), (User, 'b@b.co')])


def test_what_is_missing_is_listed(connection, answer):
    answer(READ, lambda _: json.dumps({'Responses': [ITEM]}).encode())
    with pytest.raises(IncompleteReadError, match='1 of 2') as caught:
        Transaction.get([(User, 'a@b.co'), (User, 'b@b.co')])
    assert {'email': 'b@b.co'} in caught.value.missing


@pytest.mark.parametrize('body', [b'', b'<html>Welcome</html>', b'{"ConsumedCapa'])
def test_a_damaged_reply_to_a_write_leaves_the_transaction_open(tables, answer, sent, body):
    """It isn't known whether it is done; sent again it is."""
    replies = [body]
    answer(WRITE, lambda _: replies.pop() if replies else None)
    account = Account(id='a')
    transaction = Transaction()
    transaction.save(account)
    sent.clear()
    with pytest.raises(
        IncompleteReadError, match='not known whether the transaction is done; commit'
    ):
        transaction.commit()
    assert account.version is None
    transaction.commit()
    assert account.version == 1
    assert len({request['ClientRequestToken'] for _, request in sent}) == 1
    assert [row['id'] for row in rows(Account)] == ['a']
