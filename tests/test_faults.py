"""What goes wrong on the way to DynamoDB and back, and what the caller learns of it."""

import itertools
import json
import types
from collections.abc import Callable
from typing import NamedTuple

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from dynamongo import (
    BatchResult,
    BulkResult,
    ConditionalCheckFailedException,
    IncompleteReadError,
    IntField,
    Model,
    RequestError,
    StringField,
    ThrottledError,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
    _batches,
)
from tests.engines.base import CREDENTIAL, REGION
from tests.engines.proxy import (
    Reply,
    altered,
    answered,
    applied,
    corrupt,
    cut,
    dynamodb_error,
    emptied,
    empty_200,
    fault_proxy,
    hang_up,
    html_200,
    html_502,
    html_503,
    internal_error,
    not_utf8,
    page,
    passing,
    reset_after,
    reset_before,
    stall_after,
    stall_before,
    truncated,
)
from tests.models import Order

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad

#: Requests that one call sends at most: dynamongo's setting of botocore.
ATTEMPTS = 4

#: Tries of one batch, where a test doesn't say otherwise.
BATCH_ATTEMPTS = 2

#: More faults than any test sends requests.
FOR_GOOD = 400

#: A read timeout that is no test of patience, and that no reply of the engine exceeds.
SHORT = 1.6


class Account(Model):
    """A model whose writes are conditional."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField(required=True)
    balance = IntField(default=0)
    version = VersionField()


class Op(NamedTuple):
    """A call of the public API, and what comes of it where nothing is wrong."""

    #: The request that it consists of, and how many of it are sent.
    request: str
    run: Callable
    #: What it returns.
    result: object = None
    requests: int = 1
    #: What it does to the engine: sizes and balances by key, ``None`` for deleted.
    writes: dict = None
    #: The key that its errors name.
    key: dict = None
    model: type = Order
    #: Whether what it answers with, or has in its errors, is a BatchResult.
    batch: bool = False
    #: Whether a request that is done twice is refused the second time.
    conditional: bool = False


FIRST = {'customer': 'a', 'number': 1}
SEVENTH = {'customer': 'a', 'number': 7}
SEED = {('a', 1): 1, ('a', 2): 2, ('a', 3): 3, ('x',): 5}
QUERY = Order.customer == 'a'
SCAN = Order.size > 0
CHECKED = (Order.customer == 'a') & (Order.size >= 2)
KEYS = [('a', 1), ('a', 2)]


def new(*numbers):
    return [Order(customer='a', number=number, size=number) for number in numbers]


def sizes(orders):
    return [order and order.size for order in orders]


def first():
    return Order(customer='a', number=1, size=1)


def refreshed():
    order = Order(customer='a', number=1)
    order.refresh()
    return order.size


def save_changed():
    order = Order.get_one(('a', 1))
    order.size = 10
    order.save(changed=True)
    return order.size


def save_instance():
    (order,) = new(7)
    order.save()
    return order.size


def update_instance():
    order = first()
    order.update(Order.size.set(10))
    return order.size


def transaction():
    made = Transaction()
    made.save(new(7)[0])
    made.update((Order, ('a', 1)), [Order.size.set(10)])
    made.delete((Order, ('a', 2)))
    return made


SET = [Order.size.set(10)]
READS = {
    'get_one': Op('GetItem', lambda: Order.get_one(('a', 1)).size, 1, key=FIRST),
    'refresh': Op('GetItem', refreshed, 1, key=FIRST),
    'get_many-key': Op('GetItem', lambda: sizes(Order.get_many([('a', 1)])), [1], key=FIRST),
    'get_many-keys': Op('BatchGetItem', lambda: sizes(Order.get_many(KEYS)), [1, 2]),
    'get_many-query': Op('Query', lambda: sizes(Order.get_many(QUERY)), [1, 2, 3]),
    'get_many-scan': Op('Scan', lambda: sizes(Order.get_many(SCAN)), [1, 2, 3]),
    'iter_many-keys': Op('BatchGetItem', lambda: sizes(Order.iter_many(KEYS)), [1, 2]),
    'iter_many-query': Op('Query', lambda: sizes(Order.iter_many(QUERY)), [1, 2, 3]),
    'iter_many-scan': Op('Scan', lambda: sorted(sizes(Order.iter_many(SCAN))), [1, 2, 3]),
    'get_page-keys': Op('BatchGetItem', lambda: sizes(Order.get_page(KEYS, limit=5).items), [1, 2]),
    'get_page-query': Op('Query', lambda: sizes(Order.get_page(QUERY, limit=5).items), [1, 2, 3]),
    'get_page-scan': Op(
        'Scan', lambda: sorted(sizes(Order.get_page(SCAN, limit=5).items)), [1, 2, 3]
    ),
    'count-keys': Op('BatchGetItem', lambda: Order.count(KEYS), 2),
    'count-query': Op('Query', lambda: Order.count(QUERY), 3),
    'count-scan': Op('Scan', lambda: Order.count(SCAN), 3),
    'transaction-get': Op(
        'TransactGetItems',
        lambda: sizes(Transaction.get([(Order, ('a', 1)), (Order, ('a', 9))])),
        [1, None],
        model=None,
    ),
}
WRITES = {
    'save_one': Op(
        'PutItem', lambda: Order.save_one(new(7)[0]).size, 7, writes={('a', 7): 7}, key=SEVENTH
    ),
    'save_one-absent': Op(
        'PutItem',
        lambda: Order.save_one(new(7)[0], overwrite=False).size,
        7,
        writes={('a', 7): 7},
        key=SEVENTH,
        conditional=True,
    ),
    'save_one-version': Op(
        'PutItem',
        lambda: Account.save_one(Account(id='y', balance=1)).version,
        1,
        writes={('y',): 1},
        key={'id': 'y'},
        model=Account,
        conditional=True,
    ),
    'save': Op('PutItem', save_instance, 7, writes={('a', 7): 7}, key=SEVENTH),
    'save-changed': Op('UpdateItem', save_changed, 10, writes={('a', 1): 10}, key=FIRST),
    'update': Op('UpdateItem', update_instance, 10, writes={('a', 1): 10}, key=FIRST),
    'update_one': Op(
        'UpdateItem',
        lambda: Order.update_one(('a', 1), SET).size,
        10,
        writes={('a', 1): 10},
        key=FIRST,
    ),
    'update_from_dict': Op(
        'UpdateItem',
        lambda: Order.update_from_dict({**FIRST, 'size': 10}).size,
        10,
        writes={('a', 1): 10},
        key=FIRST,
    ),
    'delete_one': Op(
        'DeleteItem',
        lambda: Order.delete_one(('a', 1)).size,
        1,
        writes={('a', 1): None},
        key=FIRST,
    ),
    'delete': Op(
        'DeleteItem', lambda: first().delete().size, 1, writes={('a', 1): None}, key=FIRST
    ),
    'commit': Op(
        'TransactWriteItems',
        lambda: transaction().commit(),
        None,
        writes={('a', 1): 10, ('a', 2): None, ('a', 7): 7},
        model=None,
    ),
}
BATCHES = {
    'save_many': Op(
        'BatchWriteItem', lambda: Order.save_many(new(7, 8)), 2, writes={('a', 7): 7, ('a', 8): 8}
    ),
    'save_many-absent': Op(
        'PutItem',
        lambda: Order.save_many(new(7, 8), overwrite=False),
        2,
        2,
        writes={('a', 7): 7, ('a', 8): 8},
        key=SEVENTH,
        conditional=True,
    ),
    'bulk_save': Op(
        'BatchWriteItem', lambda: Order.bulk_save(new(7, 8)), 2, writes={('a', 7): 7, ('a', 8): 8}
    ),
    'bulk_save-version': Op(
        'PutItem',
        lambda: Account.bulk_save([Account(id='y', balance=1)]),
        1,
        writes={('y',): 1},
        key={'id': 'y'},
        model=Account,
        conditional=True,
    ),
    'delete_many-keys': Op(
        'BatchWriteItem',
        lambda: Order.delete_many(KEYS),
        2,
        writes={('a', 1): None, ('a', 2): None},
    ),
    'delete_many-checked': Op(
        'DeleteItem',
        lambda: Order.delete_many(CHECKED),
        2,
        2,
        writes={('a', 2): None, ('a', 3): None},
        key={'customer': 'a', 'number': 2},
    ),
    'update_many': Op(
        'UpdateItem',
        lambda: Order.update_many(KEYS, SET),
        2,
        2,
        writes={('a', 1): 10, ('a', 2): 10},
        key=FIRST,
    ),
}
BATCHES = {name: op._replace(batch=True) for name, op in BATCHES.items()}
ALL = {**READS, **WRITES, **BATCHES}


def each(ops):
    return pytest.mark.parametrize('op', ops.values(), ids=ops)


def after(op):
    """Return what the engine holds once an operation is done."""
    held = {**SEED, **(op.writes or {})}
    return {key: value for key, value in held.items() if value is not None}


@pytest.fixture(scope='module')
def session():
    """One session for all clients: the description of the service is read once."""
    return boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between batches, which are not made; nor are botocore's between attempts."""
    made = []
    monkeypatch.setattr(_batches, 'time', types.SimpleNamespace(sleep=made.append))
    monkeypatch.setattr('botocore.endpoint.time', types.SimpleNamespace(sleep=lambda seconds: None))
    return made


@pytest.fixture
def held(engine):
    """What the engine holds, asked for past the proxy: sizes and balances by key."""

    def scan(model, value):
        names = model._schema.key_attributes
        pages = engine.client.get_paginator('scan').paginate(
            TableName=model.table_name(), ConsistentRead=True
        )
        read = TypeDeserializer().deserialize
        for reply in pages:
            for wire in reply['Items']:
                item = {attribute: read(primitive) for attribute, primitive in wire.items()}
                yield tuple(item[name] for name in names), item.get(value)

    return lambda: {**dict(scan(Order, 'size')), **dict(scan(Account, 'balance'))}


@pytest.fixture
def proxy(connection, engine, session, pauses, kept, held, monkeypatch):
    """A proxy in front of the engine, which has the tables and items of ``SEED``."""
    prefix, names, _ = kept
    connection.set_config(
        session=session, batch_attempts=BATCH_ATTEMPTS, table_prefix=f'{prefix}faults-'
    )
    if 'faults' not in names:
        Order.create_table()
        Account.create_table()
        names.add('faults')
    if 'faults-sown' not in names:
        found = held()
        Order.delete_many([key for key in found if len(key) == 2])
        Account.delete_many([key[0] for key in found if len(key) == 1])
        Order.save_many(new(1, 2, 3))
        Account.save_one({'id': 'x', 'balance': 5})
        assert held() == SEED
        names.add('faults-sown')
    # Hundreds of proxies are ended.
    monkeypatch.setattr('tests.engines.proxy.POLL_SECONDS', 0.002)
    with fault_proxy(engine.endpoint_url) as running:
        connection.set_config(endpoint_url=running.url)
        yield running
    if not {op.request for op in READS.values()}.issuperset(running.forwarded):
        names.remove('faults-sown')


def returned(op):
    """Run an operation and return what it gives, a batch as the number of its successes."""
    value = op.run()
    if not op.batch:
        return value
    assert value.fail == []
    return value.success_count


def failure(op):
    """Run an operation of which nothing succeeds, and return its error."""
    try:
        result = op.run()
    except RequestError as error:
        if not op.batch:
            return error
        result, raised = error.batch_result, error
    else:
        assert op.batch, f'returned {result!r}'
        raised = result.errors[0]
    assert result.success_count == 0
    assert len(result.fail) == len(result.errors) == op.result
    return raised


throttled = dynamodb_error(400, 'ProvisionedThroughputExceededException')
throttling = dynamodb_error(400, 'ThrottlingException')
over_limit = dynamodb_error(400, 'RequestLimitExceeded')
page_500 = page(500)


def distinct(ops):
    """Return an operation for each request that there is."""
    return {op.request: (name, op) for name, op in reversed(ops.items())}


DISTINCT = dict(distinct(ALL).values())


def on_all(cases, on_distinct, ops=ALL):
    """Parametrize all operations with some faults, and one for each request with others."""
    pairs = [(op, *case) for op in ops.items() for case in cases.items()]
    pairs += [(op, *case) for op in distinct(ops).values() for case in on_distinct.items()]
    return pytest.mark.parametrize(
        ('op', 'fault'),
        [pytest.param(op, fault, id=f'{op_name}-{name}') for (op_name, op), name, fault in pairs],
    )


@on_all(
    {
        'refused': (throttled, internal_error, html_503),
        'broken': (hang_up, reset_before, html_502),
    },
    {'other': (page_500, throttling, over_limit)},
)
def test_what_passes_is_waited_for(proxy, held, op, fault):
    """The last attempt gets through, and each write is done once."""
    proxy.plan(op.request, *fault)
    assert returned(op) == op.result
    assert held() == after(op)
    assert proxy.pending == {}
    assert proxy.seen.count(op.request) == op.requests + len(fault)
    assert proxy.forwarded.count(op.request) == op.requests


class Lasting(NamedTuple):
    """A fault that lasts, and the error that comes of it."""

    fault: Callable
    error: type = RequestError
    code: str = None
    request_id: str = None
    cause: type = ClientError


@on_all(
    {
        'throttled': Lasting(
            throttled, ThrottledError, 'ProvisionedThroughputExceededException', 'PLANNED'
        ),
        'hang_up': Lasting(hang_up, cause=HTTPClientError),
    },
    {
        'internal_error': Lasting(internal_error, RequestError, 'InternalServerError', 'PLANNED'),
        'throttling': Lasting(throttling, ThrottledError, 'ThrottlingException', 'PLANNED'),
        'over_limit': Lasting(over_limit, ThrottledError, 'RequestLimitExceeded', 'PLANNED'),
        'page_500': Lasting(page_500, code='500'),
        'html_502': Lasting(html_502, code='502'),
        'html_503': Lasting(html_503, code='503'),
        'reset_before': Lasting(reset_before, cause=HTTPClientError),
    },
)
def test_what_lasts_is_raised(proxy, held, op, fault):
    proxy.plan(op.request, *[fault.fault] * FOR_GOOD)
    error = failure(op)
    assert type(error) is fault.error
    assert (error.code, error.request_id) == (fault.code, fault.request_id)
    assert isinstance(error.__cause__, fault.cause)
    assert (error.model, error.key) == (op.model, op.key)
    assert held() == SEED
    calls = 1
    if fault.error is ThrottledError:
        # What is sent in batches, and what batches of conditional writes are made of.
        calls = BATCH_ATTEMPTS if op.request.startswith('Batch') else op.requests
        if op.batch and not op.request.startswith('Batch'):
            calls *= BATCH_ATTEMPTS
    assert proxy.seen.count(op.request) == calls * ATTEMPTS


def test_a_transaction_that_is_cancelled_for_throttling_says_so(proxy, held):
    """DynamoDB throttles one item of a transaction with a reason, rather than an error code."""
    reasons = [{'Code': 'None'}, {'Code': 'ThrottlingError', 'Message': 'slow'}, {'Code': 'None'}]
    body = {'__type': 'x#TransactionCanceledException', 'CancellationReasons': reasons}
    proxy.plan(
        'TransactWriteItems', *[answered(Reply(400, {}, json.dumps(body).encode()))] * FOR_GOOD
    )
    with pytest.raises(TransactionCanceledError) as caught:
        transaction().commit()
    (reason,) = caught.value.reasons
    assert (reason.position, reason.action, reason.model) == (1, 'update', Order)
    assert type(reason.error) is ThrottledError
    assert held() == SEED


@each(DISTINCT)
def test_a_reply_that_does_not_come_is_asked_for_again(connection, proxy, held, op):
    retries = {'mode': 'standard', 'total_max_attempts': 2}
    connection.set_config(config=Config(read_timeout=SHORT, retries=retries))
    proxy.plan(op.request, stall_before)
    assert returned(op) == op.result
    assert held() == after(op)
    assert proxy.seen.count(op.request) == op.requests + 1


@pytest.mark.parametrize('name', ['get_one', 'save_one', 'save_many', 'commit'])
def test_replies_that_never_come_are_an_error(connection, proxy, held, name):
    retries = {'mode': 'standard', 'total_max_attempts': 2}
    connection.set_config(config=Config(read_timeout=0.2, retries=retries))
    op = ALL[name]
    proxy.plan(op.request, *[stall_before] * FOR_GOOD)
    error = failure(op)
    assert type(error) is RequestError
    assert isinstance(error.__cause__, HTTPClientError)
    assert 'timeout' in str(error).lower()
    assert proxy.seen.count(op.request) == 2
    assert held() == SEED


def use_up_the_quota(proxy):
    """Let the client meet throttling until it sends each request but once."""
    proxy.plan('GetItem', *[throttled] * FOR_GOOD)
    sent = 0
    for _ in range(FOR_GOOD // ATTEMPTS):
        with pytest.raises(ThrottledError):
            Order.get_one(('a', 1))
        before, sent = sent, proxy.seen.count('GetItem')
        if sent == before + 1:
            return
    raise AssertionError('the quota does not run out')


THROTTLED_BATCHES = {
    name: ALL[name] for name in ('save_many', 'bulk_save', 'delete_many-keys', 'get_many-keys')
}


@each(THROTTLED_BATCHES)
def test_batches_get_through_when_the_client_no_longer_retries(connection, proxy, held, pauses, op):
    use_up_the_quota(proxy)
    connection.set_config(batch_attempts=4)
    proxy.plan(op.request, *[throttled] * 3)
    assert returned(op) == op.result
    assert held() == after(op)
    assert proxy.seen.count(op.request) == 4
    assert len(pauses) == 3
    assert all(0 <= pause <= _batches.LONGEST_PAUSE for pause in pauses)


@each(THROTTLED_BATCHES)
def test_batches_that_are_throttled_for_good_end(connection, proxy, held, pauses, op):
    use_up_the_quota(proxy)
    connection.set_config(batch_attempts=6)
    proxy.plan(op.request, *[throttled] * FOR_GOOD)
    assert type(failure(op)) is ThrottledError
    assert held() == SEED
    assert proxy.seen.count(op.request) == 6
    assert len(pauses) == 5
    assert sum(pauses) <= sum(_batches.FIRST_PAUSE * 2**number for number in range(1, 6))


@pytest.mark.parametrize('workers', [1, 4])
def test_many_batches_that_are_throttled_for_good_are_given_up(
    connection, proxy, held, pauses, workers
):
    """Not all of a hundred batches wait in vain: three in a row are enough."""
    connection.set_config(batch_attempts=2)
    proxy.plan('BatchWriteItem', *[throttled] * FOR_GOOD)
    with pytest.raises(ThrottledError) as caught:
        Order.save_many(new(*range(100, 600)), workers=workers)
    result = caught.value.batch_result
    assert (result.success_count, result.fail_count) == (0, 500)
    assert {type(error) for error in result.errors} == {ThrottledError}
    assert held() == SEED
    assert 3 * 2 <= proxy.seen.count('BatchWriteItem') <= (3 + workers - 1) * 2 * ATTEMPTS
    assert len(pauses) <= 3 + workers - 1


def unchecked(exchange):
    """Send half of the reply, with none of the engine's headers."""
    reply = exchange.forward()
    exchange.send(Reply(reply.status, {}, reply.body[: len(reply.body) // 2]))


class Damage(NamedTuple):
    """What happens to replies, and whether their checksum, if there is one, tells."""

    fault: Callable
    retried: bool
    forwarded: bool = True


DAMAGE_TO_ALL = {
    'truncated': Damage(truncated, retried=True),
    'html_200': Damage(html_200, retried=False, forwarded=False),
}
DAMAGE_TO_DISTINCT = {
    'unchecked': Damage(unchecked, retried=False),
    'empty_200': Damage(empty_200, retried=False, forwarded=False),
    'corrupt': Damage(corrupt, retried=True),
    'emptied': Damage(emptied, retried=True),
    'cut': Damage(cut, retried=True),
    'not_utf8': Damage(not_utf8, retried=False),
}


@on_all(DAMAGE_TO_ALL, DAMAGE_TO_DISTINCT)
def test_a_damaged_reply_is_no_answer(proxy, held, op, fault):
    """Never an empty result, ``None`` or DoesNotExist, and never a write that counts as done."""
    proxy.plan(op.request, *[fault.fault] * FOR_GOOD)
    error = failure(op)
    assert type(error) is IncompleteReadError
    assert 'the reply is damaged' in str(error)
    known = 'it is not known what there is' if op.writes is None else 'it is not known whether the'
    assert known in str(error)
    # Otherwise the first attempt wrote, and a refusal is damaged too.
    if not (op.conditional and fault.retried):
        assert proxy.seen.count(op.request) == op.requests * (ATTEMPTS if fault.retried else 1)
    assert (error.model, error.key) == (op.model, op.key)
    assert held() == (after(op) if fault.forwarded else SEED)


@each(READS)
def test_a_changed_value_is_no_answer(proxy, op):
    """A reply that is sound but for its checksum is read again, and then refused."""
    if op.request == 'GetItem':
        change = altered(b'{"S":"a"}', b'{"S":"b"}')
    elif op in (READS['count-query'], READS['count-scan']):
        change = altered(b'"Count":3', b'"Count":4')
    else:
        change = altered(b'"N":"1"', b'"N":"4"')
    proxy.plan(op.request, compact(change))
    assert returned(op) == op.result
    assert proxy.seen.count(op.request) == 2
    proxy.plan(op.request, *[compact(change)] * ATTEMPTS)
    with pytest.raises(IncompleteReadError, match='its checksum is wrong'):
        op.run()
    assert proxy.pending == {}


def compact(fault):
    """That fault; engines that put spaces into their JSON are asked without them."""

    def compacted(exchange):
        forward = exchange.forward

        def without_spaces():
            reply = forward()
            body = json.dumps(json.loads(reply.body), separators=(',', ':')).encode()
            return Reply(reply.status, reply.headers, body)

        exchange.forward = without_spaces
        fault(exchange)

    return compacted


@on_all({}, {'list': b'[]', 'null': b'null'})
def test_json_that_is_no_object_is_no_answer(proxy, op, fault):
    proxy.plan(op.request, *[answered(Reply(200, {}, fault))] * FOR_GOOD)
    assert type(failure(op)) is IncompleteReadError


REPEATABLE = {
    name: op
    for name, op in ALL.items()
    if not op.conditional and name not in ('delete', 'delete_one')
}


@on_all({'reset_after': reset_after}, {'truncated': truncated}, REPEATABLE)
def test_one_lost_reply_is_made_good(proxy, held, op, fault):
    """What is done twice has the result that it has once."""
    proxy.plan(op.request, fault)
    assert returned(op) == op.result
    assert held() == after(op)
    assert proxy.forwarded.count(op.request) == op.requests + 1


@pytest.mark.parametrize('name', ['delete', 'delete_one'])
def test_a_delete_whose_reply_is_lost_returns_none(proxy, held, name):
    proxy.plan('DeleteItem', reset_after)
    if name == 'delete':
        assert first().delete() is None
    else:
        assert Order.delete_one(('a', 1)) is None
    assert held() == after(ALL[name])
    assert proxy.forwarded.count('DeleteItem') == 2


@pytest.mark.parametrize('fault', [reset_after, truncated], ids=['reset_after', 'truncated'])
@each({name: op for name, op in ALL.items() if op.conditional})
def test_a_conditional_write_whose_reply_is_lost_is_refused(proxy, held, op, fault):
    """It is done all the same: the error has the item, which is what was to be written."""
    proxy.plan(op.request, fault)
    if op.batch:
        result = op.run()
        assert (result.success_count, result.fail_count) == (op.result - 1, 1)
        (error,) = result.errors
    else:
        with pytest.raises(ConditionalCheckFailedException) as caught:
            op.run()
        error = caught.value
    assert type(error) is ConditionalCheckFailedException
    assert 'botocore sent the request 2 times' in str(error)
    assert held() == after(op)
    written = Order.get_one(('a', 7)) if op.model is Order else Account.get_one('y')
    assert error.item == written
    assert error.item.to_dict() == written.to_dict()


def saved(account):
    account.balance = 6
    account.save()


def saved_changed(account):
    account.balance = 6
    account.save(changed=True)


@pytest.mark.parametrize(
    ('request_', 'write'),
    [
        ('PutItem', saved),
        ('UpdateItem', saved_changed),
        ('UpdateItem', lambda account: account.update(Account.balance.set(6))),
        (
            'UpdateItem',
            lambda account: Account.update_from_dict({'id': 'x', 'balance': 6, 'version': 1}),
        ),
    ],
    ids=['save', 'save-changed', 'update', 'update_from_dict'],
)
def test_a_version_whose_reply_is_lost_is_stale(proxy, held, request_, write):
    """The write is done; that the item is one's own is seen in the error."""
    account = Account.get_one('x')
    proxy.plan(request_, reset_after)
    with pytest.raises(ConditionalCheckFailedException, match='read it anew') as caught:
        write(account)
    assert 'botocore sent the request 2 times' in str(caught.value)
    assert (caught.value.item.balance, caught.value.item.version) == (6, 2)
    assert held()['x',] == 6
    assert account.version == 1


ADD = [Order.size.add(1)]


@pytest.mark.parametrize('fault', [reset_after, truncated], ids=['reset_after', 'truncated'])
@pytest.mark.parametrize(
    'write',
    [
        lambda: Order.update_one(('a', 1), ADD),
        lambda: first().update(*ADD),
        lambda: Order.update_many([('a', 1)], ADD),
    ],
    ids=['update_one', 'update', 'update_many'],
)
def test_what_is_added_is_added_again_where_a_reply_is_lost(proxy, held, write, fault):
    proxy.plan('UpdateItem', fault)
    write()
    assert held()['a', 1] == 3


def test_what_is_added_is_added_again_where_a_reply_comes_late(connection, proxy, held):
    # Long, since the attempt that is answered must be in time.
    connection.set_config(config=Config(read_timeout=5))
    proxy.plan('UpdateItem', stall_after)
    assert Order.update_one(('a', 1), ADD).size == 3
    assert held()['a', 1] == 3


def test_each_attempt_adds_where_all_replies_are_lost(proxy, held):
    """The error doesn't mean that nothing was done."""
    proxy.plan('UpdateItem', *[reset_after] * ATTEMPTS)
    with pytest.raises(RequestError):
        Order.update_one(('a', 1), ADD)
    assert held()['a', 1] == 1 + ATTEMPTS


@each({name: op for name, op in ALL.items() if op.writes})
def test_a_write_may_be_done_where_all_replies_are_lost(proxy, held, op):
    """No write whose reply is lost counts as done, although it is."""
    proxy.plan(op.request, *[reset_after] * FOR_GOOD)
    error = failure(op)
    assert type(error) is RequestError
    assert isinstance(error.__cause__, HTTPClientError)
    changed = {key for key, value in held().items() if SEED.get(key) != value}
    changed |= SEED.keys() - held().keys()
    assert changed
    # The rest isn't sent.
    assert changed == set(op.writes) if op.requests == 1 else len(changed) == 1


def adding():
    made = Transaction()
    made.save(new(7)[0], overwrite=False)
    made.update((Order, ('a', 1)), ADD)
    return made


ADDED = {**SEED, ('a', 1): 2, ('a', 7): 7}


@pytest.mark.faithful('moto runs a transaction again, whatever its token is')
@pytest.mark.parametrize('fault', [reset_after, truncated], ids=['reset_after', 'truncated'])
def test_a_transaction_whose_reply_is_lost_is_done_once(proxy, held, fault):
    proxy.plan('TransactWriteItems', fault, fault, fault)
    adding().commit()
    assert proxy.forwarded.count('TransactWriteItems') == ATTEMPTS
    assert held() == ADDED


@pytest.mark.faithful('moto runs a transaction again, whatever its token is')
@pytest.mark.parametrize(
    ('fault', 'error', 'attempts'),
    [
        (reset_after, RequestError, ATTEMPTS),
        (truncated, IncompleteReadError, ATTEMPTS),
        (applied(html_200), IncompleteReadError, 1),
    ],
    ids=['reset_after', 'truncated', 'html_200'],
)
def test_a_transaction_can_be_committed_again(proxy, held, fault, error, attempts):
    made = adding()
    proxy.plan('TransactWriteItems', *[fault] * attempts)
    with pytest.raises(error) as caught:
        made.commit()
    assert type(caught.value) is error
    assert held() == ADDED
    made.commit()
    assert proxy.forwarded.count('TransactWriteItems') == attempts + 1
    assert held() == ADDED


def unprocessed(exchange):
    """Leave all of a batch undone."""
    requests = json.loads(exchange.body)['RequestItems']
    kind = 'UnprocessedKeys' if exchange.operation == 'BatchGetItem' else 'UnprocessedItems'
    body = {'Responses': {}, kind: requests}
    exchange.send(Reply(200, {}, json.dumps(body).encode()))


@pytest.mark.parametrize('workers', [1, 4])
@pytest.mark.parametrize(
    'write',
    [
        lambda workers: Order.save_many(new(*range(100, 150)), workers=workers),
        lambda workers: Order.bulk_save(iter(new(*range(100, 150))), workers=workers),
        lambda workers: Order.delete_many([('a', n) for n in range(50)], workers=workers),
    ],
    ids=['save_many', 'bulk_save', 'delete_many'],
)
def test_items_that_are_never_processed_fail(
    connection, proxy, held, pauses, monkeypatch, write, workers
):
    """Each batch is tried a bounded number of times, with a pause before each further try."""
    connection.set_config(batch_attempts=7)
    bounds = []
    monkeypatch.setattr(
        _batches.random, 'uniform', lambda low, high: bounds.append((low, high)) or high
    )
    proxy.plan('BatchWriteItem', *[unprocessed] * FOR_GOOD)
    result = write(workers)
    assert (result.success_count, result.fail_count) == (0, 50)
    assert {type(error) for error in result.errors} == {ThrottledError}
    assert 'after 7 tries' in str(result.errors[0])
    assert proxy.seen.count('BatchWriteItem') == 2 * 7
    assert sorted(pauses) == sorted(2 * [_batches.FIRST_PAUSE * 2**n for n in range(1, 7)])
    assert {low for low, _ in bounds} == {0}
    assert held() == SEED


@each({name: op for name, op in READS.items() if op.request == 'BatchGetItem'})
def test_keys_that_are_never_processed_are_an_error(connection, proxy, pauses, op):
    connection.set_config(batch_attempts=3)
    proxy.plan('BatchGetItem', *[unprocessed] * FOR_GOOD)
    with pytest.raises(IncompleteReadError, match='left 2 keys unread after 3 tries') as caught:
        op.run()
    assert caught.value.missing == [
        {'customer': 'a', 'number': 1}, {'customer': 'a', 'number': 2}
    ]  # fmt: skip
    assert proxy.seen.count('BatchGetItem') == 3
    assert len(pauses) == 2


def rewritten(change):
    """A fault that forwards the request and lets a function change the reply's content."""

    def fault(exchange):
        reply = exchange.forward()
        body = json.loads(reply.body)
        change(body)
        exchange.send(Reply(reply.status, {}, json.dumps(body).encode()))

    return fault


def stay(body):
    body['LastEvaluatedKey'] = {'customer': {'S': 'a'}, 'number': {'N': '3'}}


ENDLESS = {
    **{name: op for name, op in READS.items() if op.request in ('Query', 'Scan')},
    'delete_many-query': Op('Query', lambda: Order.delete_many(CHECKED)),
    'delete_many-scan': Op('Scan', lambda: Order.delete_many(SCAN)),
    'update_many-query': Op('Query', lambda: Order.update_many(CHECKED, SET)),
    'update_many-scan': Op('Scan', lambda: Order.update_many(SCAN, SET)),
}


@each(ENDLESS)
def test_a_position_that_never_moves_is_an_error(proxy, held, op):
    """A read that would never end is an error, and nothing is written on account of it."""
    proxy.plan(op.request, *[rewritten(stay)] * FOR_GOOD)
    with pytest.raises(IncompleteReadError, match='the read would never end') as caught:
        op.run()
    assert caught.value.model is Order
    assert proxy.seen.count(op.request) == 2
    assert held() == SEED


FIFTY_DIGITS = '1234567890' * 5
UNKNOWN = {'Q': 'new'}
NO_NUMBER = {'N': '1x0'}


def placed(attribute, value):
    """A fault that gives every item of a reply an attribute."""

    def place(content):
        if isinstance(content, list):
            for part in content:
                place(part)
        elif isinstance(content, dict):
            if 'customer' in content and 'number' in content:
                content[attribute] = value
            else:
                for part in content.values():
                    place(part)

    return rewritten(place)


@pytest.mark.parametrize(
    'value', [UNKNOWN, NO_NUMBER, {}, {'NS': ['1', 'x']}], ids=['new', 'number', 'none', 'set']
)
@pytest.mark.parametrize(
    ('attribute', 'wrap', 'path'),
    [
        ('size', lambda value: value, 'size'),
        ('total', lambda value: value, 'total'),
        ('state', lambda value: value, 'status'),
        ('address', lambda value: value, 'address'),
        ('address', lambda value: {'M': {'city': value}}, 'address.city'),
        ('address', lambda value: {'M': {'postal_code': value}}, 'address.zip'),
        ('lines', lambda value: {'L': [value]}, 'lines[0]'),
        (
            'lines',
            lambda value: {'L': [{'M': {'sku': {'S': 'x'}}}, {'M': {'sku': value}}]},
            'lines[1].sku',
        ),
        ('notes', lambda value: value, 'notes'),
        ('notes', lambda value: {'L': [{'M': {'deep': value}}]}, 'notes'),
        ('undeclared', lambda value: value, 'undeclared'),
        ('undeclared', lambda value: {'M': {'deep': {'L': [value]}}}, 'undeclared'),
    ],
    ids=[
        'int', 'float', 'string', 'dict', 'in-dict', 'in-dict-renamed', 'in-list',
        'in-dict-in-list', 'free', 'in-free', 'undeclared', 'in-undeclared',
    ],
)  # fmt: skip
def test_an_unreadable_value_is_named(proxy, attribute, wrap, path, value):
    """The error says in which model, item and attribute."""
    proxy.plan('GetItem', placed(attribute, wrap(value)))
    with pytest.raises(ValidationError) as caught:
        Order.get_one(('a', 1))
    assert caught.value.where == "Order read from {'customer': 'a', 'number': 1}"
    (named,) = caught.value.errors
    if path in ('notes', 'undeclared'):
        # Within what is free, the attribute is named at least.
        assert named.startswith(path)
    else:
        assert named == path
    assert proxy.pending == {}


@each({name: op for name, op in READS.items() if not name.startswith('count')})
def test_an_unreadable_value_is_named_by_every_read(proxy, op):
    proxy.plan(op.request, placed('size', UNKNOWN))
    with pytest.raises(ValidationError, match=r"Order read from .*'number': 1.*size"):
        op.run()
    assert proxy.pending == {}


@each({name: op for name, op in WRITES.items() if op.request in ('UpdateItem', 'DeleteItem')})
def test_a_write_that_answers_with_an_unreadable_value_is_done(proxy, held, op):
    proxy.plan(op.request, placed('total', UNKNOWN))
    done = 'deleted' if op.request == 'DeleteItem' else 'updated'
    with pytest.raises(IncompleteReadError, match=f'the item is {done}, .*total') as caught:
        op.run()
    assert isinstance(caught.value.__cause__, ValidationError)
    assert held() == after(op)


@each({name: BATCHES[name] for name in ('delete_many-checked', 'update_many')})
def test_writes_that_answer_with_an_unreadable_value_count_as_done(proxy, held, op):
    proxy.plan(op.request, placed('total', UNKNOWN), placed('total', UNKNOWN))
    assert returned(op) == op.result
    assert held() == after(op)
    assert proxy.pending == {}


@pytest.mark.parametrize(
    ('attribute', 'wrap', 'read'),
    [
        ('size', lambda number: number, lambda order: order.size),
        ('notes', lambda number: number, lambda order: order.notes),
        ('notes', lambda number: {'L': [number]}, lambda order: order.notes[0]),
        ('lines', lambda number: {'L': [{'M': {'sku': {'S': 'x'}, 'count': number}}]},
         lambda order: order.lines[0]['count']),
        ('undeclared', lambda number: {'M': {'deep': number}},
         lambda order: order.extra['undeclared']['deep']),
    ],
    ids=['int', 'free', 'in-free', 'in-list', 'undeclared'],
)  # fmt: skip
def test_a_number_of_fifty_digits_is_damage(proxy, attribute, wrap, read):
    """DynamoDB stores 38, so it could not be saved again."""
    proxy.plan('GetItem', placed(attribute, wrap({'N': FIFTY_DIGITS})))
    with pytest.raises(ValidationError, match=rf"Order read from .*'number': 1.*{attribute}"):
        Order.get_one(('a', 1))
    proxy.plan('GetItem', placed(attribute, wrap({'N': FIFTY_DIGITS[:38] + '0' * 60})))
    assert read(Order.get_one(('a', 1))) == int(FIFTY_DIGITS[:38] + '0' * 60)


def test_a_fraction_of_fifty_digits_is_no_int(proxy):
    proxy.plan('GetItem', placed('size', {'N': f'0.{FIFTY_DIGITS}'}))
    with pytest.raises(ValidationError, match=r"Order read from .*'number': 1.*size"):
        Order.get_one(('a', 1))


class Many(NamedTuple):
    """A batch of many requests: what it sends, and to which keys."""

    request: str
    run: Callable
    keys: list
    #: Whether the keys have items before.
    stored: bool
    size: int = 25


BATCH = [('a', number) for number in range(100, 300)]
SINGLE = BATCH[:40]
MANY = {
    'save_many': Many(
        'BatchWriteItem',
        lambda workers, noting: Order.save_many(noting(new(*range(100, 300))), workers=workers),
        BATCH,
        stored=False,
    ),
    'save_many-absent': Many(
        'PutItem',
        lambda workers, noting: Order.save_many(
            noting(new(*range(100, 140))), overwrite=False, workers=workers
        ),
        SINGLE,
        stored=False,
        size=1,
    ),
    'bulk_save': Many(
        'BatchWriteItem',
        lambda workers, noting: Order.bulk_save(noting(new(*range(100, 300))), workers=workers),
        BATCH,
        stored=False,
    ),
    'delete_many-keys': Many(
        'BatchWriteItem',
        lambda workers, noting: Order.delete_many(BATCH, workers=workers),
        BATCH,
        stored=True,
    ),
    'delete_many-checked': Many(
        'DeleteItem',
        lambda workers, noting: Order.delete_many(QUERY & (Order.size >= 100), workers=workers),
        SINGLE,
        stored=True,
        size=1,
    ),
    'update_many': Many(
        'UpdateItem',
        lambda workers, noting: Order.update_many(SINGLE, SET, workers=workers),
        SINGLE,
        stored=True,
        size=1,
    ),
}


class Ran(NamedTuple):
    """What came of a batch that was broken off: sets of keys, but for the first two."""

    result: BatchResult
    #: What it raised, if it did.
    raised: BaseException
    #: What it was given, as far as it took it.
    given: set
    succeeded: set
    #: What the engine has done.
    done: set
    #: What wasn't sent, as the errors say.
    unsent: set


@pytest.fixture
def run(connection, engine, proxy, held):
    """Run a batch: ``run(many, workers, before)`` calls ``before()`` as it begins."""

    def run(many, workers, before):
        if many.stored:
            with connection.using(endpoint_url=engine.endpoint_url):
                orders = new(*(number for _, number in many.keys))
                assert Order.save_many(orders, workers=4).fail == []
        then = held()
        drawn = []

        def noting(orders):
            for order in orders:
                drawn.append(key_of(order))
                yield order

        raised = None
        before()
        try:
            result = many.run(workers, noting)
        except BaseException as error:
            if not hasattr(error, 'batch_result'):
                raise
            result, raised = error.batch_result, error
        now = held()
        given = set(drawn or many.keys)
        failed = list(map(key_of, result.fail))
        succeeded = given - set(failed)
        assert len(result.errors) == len(failed) == len(set(failed)) == result.fail_count
        assert given >= set(failed)
        assert result.success_count == len(succeeded)
        if not isinstance(result, BulkResult):
            assert given == set(many.keys)
            assert set(map(key_of, result.success)) == succeeded
        done = {key for key in then.keys() | now.keys() if then.get(key) != now.get(key)}
        unsent = {
            key for key, error in zip(failed, result.errors) if str(error).startswith('not sent')
        }
        return Ran(result, raised, given, succeeded, done, unsent)

    return run


def key_of(order):
    return order.customer, order.number


WORKERS = pytest.mark.parametrize('workers', [1, 4])
EACH_MANY = pytest.mark.parametrize('many', MANY.values(), ids=MANY)


@WORKERS
@EACH_MANY
def test_a_connection_that_dies_ends_a_batch(proxy, run, many, workers):
    """What counts as done is what the engine has done; the rest isn't tried for long."""

    def die():
        proxy.plan(many.request, passing, passing, *[hang_up] * FOR_GOOD)

    ran = run(many, workers, die)
    assert ran.succeeded == ran.done
    assert len(ran.done) == 2 * many.size
    assert {type(error) for error in ran.result.errors} == {RequestError}
    assert all(error.__cause__ is not None for error in ran.result.errors)
    tried = proxy.seen.count(many.request) - 2
    # At the same time, requests may fail before any is answered, and then one is enough. Or two
    # fail before the second is answered, from when on three are counted; others are under way.
    fewest, most = (3, 3) if workers == 1 else (1, 2 + 3 + workers - 1)
    assert fewest * ATTEMPTS <= tried <= most * ATTEMPTS
    assert len(ran.given - ran.done - ran.unsent) == tried // ATTEMPTS * many.size
    # What goes on for as long as there are items has to end; the others give an account of all.
    assert (type(ran.raised) is RequestError) == (many is MANY['bulk_save'])


@WORKERS
@EACH_MANY
def test_replies_that_are_all_lost_end_a_batch(proxy, run, many, workers):
    """What was done, and isn't known to be, is among what failed."""

    def die():
        proxy.plan(many.request, passing, passing, *[reset_after] * FOR_GOOD)

    ran = run(many, workers, die)
    assert len(ran.succeeded) == 2 * many.size
    assert ran.succeeded < ran.done
    assert ran.given - ran.done == ran.unsent


@pytest.mark.parametrize('error', [KeyboardInterrupt, ZeroDivisionError])
@WORKERS
@EACH_MANY
def test_an_exception_amid_a_batch_knows_what_was_done(connection, run, many, workers, error):
    """Such as Ctrl-C, which comes while a request is about to be sent."""
    numbers = itertools.count(1)

    def interrupt(**_):
        if next(numbers) == 3:
            raise error('amid')

    def before():
        events = connection.resource().meta.client.meta.events
        events.register_first(f'before-send.dynamodb.{many.request}', interrupt)

    ran = run(many, workers, before)
    assert type(ran.raised) is error
    assert ran.succeeded == ran.done
    assert 2 * many.size <= len(ran.done) < len(many.keys)


@pytest.mark.parametrize('error', [KeyboardInterrupt, ZeroDivisionError])
@WORKERS
def test_an_iterator_that_raises_loses_no_account(proxy, held, workers, error):
    """The items that it has given are accounted for, also those of a batch that isn't full."""

    def items():
        yield from new(*range(100, 160))
        raise error('no more')

    with pytest.raises(error, match='no more') as caught:
        Order.bulk_save(items(), workers=workers)
    result = caught.value.batch_result
    failed = {('a', order.number) for order in result.fail}
    assert result.success_count + len(failed) == 60
    assert set(held()) - SEED.keys() == {('a', number) for number in range(100, 160)} - failed
    assert result.success_count == 50


@pytest.mark.parametrize('error', [KeyboardInterrupt, ZeroDivisionError])
@WORKERS
def test_progress_that_raises_loses_no_account(proxy, held, workers, error):
    reported = []

    def progress(number):
        reported.append(number)
        if len(reported) == 2:
            raise error('enough')

    given = []

    def items():
        for order in new(*range(100, 400)):
            given.append(('a', order.number))
            yield order

    with pytest.raises(error, match='enough') as caught:
        Order.bulk_save(items(), workers=workers, progress=progress)
    result = caught.value.batch_result
    failed = {('a', order.number) for order in result.fail}
    assert result.success_count + len(failed) == len(given) < 300
    assert set(held()) - SEED.keys() == set(given) - failed
    assert result.success_count >= sum(reported) == 50
