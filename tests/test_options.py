"""The options of reads: checked, sent, and explained."""

import logging
import re

import pytest

from dynamongo import (
    Connection,
    ExpressionError,
    GlobalIndex,
    IntField,
    Model,
    SchemaError,
    StringField,
    ValidationError,
    _read,
)
from dynamongo.model import Plan
from tests.ids import ident
from tests.models import Order, User

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad

HASH = Order.customer == 'a'
SCAN = Order.size == 1


class Guarded(Model):
    """A model that is never scanned."""

    __table__ = 'guarded'
    __hash_key__ = 'id'
    __range_key__ = 'n'
    __allow_scan__ = False

    id = StringField()
    n = IntField()
    name = StringField()
    by_name = GlobalIndex('name')


@pytest.fixture
def orders(connection, sent):
    """Orders of two customers, and nothing sent yet."""
    Order.create_table()
    items = [{'customer': c, 'number': n, 'size': n} for c in 'ab' for n in range(3)]
    assert Order.save_many(items).fail == []
    sent.clear()


@pytest.fixture
def guarded(connection, sent):
    Guarded.create_table()
    Guarded.save_many({'id': 'a', 'n': n, 'name': f'n{n}'} for n in range(3))
    sent.clear()


@pytest.fixture
def warnings(caplog, monkeypatch):
    """What is logged, as if the program had just started."""
    monkeypatch.setattr(_read, '_warned', set())
    caplog.set_level(logging.DEBUG, 'dynamongo')
    return caplog


READS = {
    'get_one': lambda **options: Order.get_one(('a', 1), **options),
    'get_many': lambda **options: Order.get_many(SCAN, **options),
    'iter_many': lambda **options: Order.iter_many(SCAN, **options),
    'get_page': lambda **options: Order.get_page(SCAN, **{'limit': 1, **options}),
    'count': lambda **options: Order.count(SCAN, **options),
    'explain': lambda **options: Order.explain(SCAN, **options),
    'delete_many': lambda **options: Order.delete_many(SCAN, **options),
}
MANY = ('get_many', 'iter_many', 'explain')
NUMBER = r'an int of at least 1, not '
COUNT = r'an int of at least 1, or None for all'
FIT = r'an int of at least 1, or None for as many as fit'
WORKERS = r'an int from 1 to 1,000'
BOOL = 'True or False'

INVALID = [
    *(('limit', value, MANY, COUNT) for value in (0, -1, True, 1.0, '1', [1])),
    *(('limit', value, ['get_page'], NUMBER) for value in (0, -1, True, 1.0, '1', [1], None)),
    *(('page_size', value, (*MANY, 'get_page', 'count'), FIT)
      for value in (0, -1, False, 2.5, '9')),
    *(('workers', value, (*MANY, 'count'), WORKERS)
      for value in (0, -1, True, None, 1.5, '2', 1_000_001)),
    *(('consistent', value, (*MANY, 'get_one', 'get_page', 'count'), BOOL)
      for value in (None, 0, 1, 'yes')),
    *(('scan', value, (*MANY, 'get_page', 'count', 'delete_many'), BOOL)
      for value in (None, 0, 1, 'no')),
    *(('descending', value, (*MANY, 'get_page'), BOOL) for value in (None, 'no', 2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ('method', 'option', 'value', 'rule'),
    [
        (method, option, value, rule)
        for option, value, methods, rule in INVALID
        for method in methods
    ],
    ids=ident,
)
def test_values_that_make_no_sense_are_refused(connection, sent, method, option, value, rule):
    """Before anything is sent, by an error that names model, method and option."""
    with pytest.raises(ValidationError, match=rf'^Order\.{method}: {option} is {rule}'):
        READS[method](**{option: value})
    assert sent == []


def test_all_invalid_options_are_reported_together():
    with pytest.raises(ValidationError) as caught:
        Order.explain(limit=0, page_size='x', workers=None, consistent=1, scan=0)
    assert len(caught.value.problems) == 5
    for option in ('limit', 'page_size', 'workers', 'consistent', 'scan'):
        assert option in str(caught.value)


def test_a_page_needs_a_limit(connection, sent):
    with pytest.raises(TypeError, match='limit'):
        Order.get_page(SCAN)
    assert sent == []


@pytest.mark.parametrize(
    'options',
    [
        {'limit': 2**40},
        {'page_size': 2**40},
        {'limit': 2**31, 'page_size': 2**31 - 1},
        {'limit': None, 'page_size': None},
        {'workers': 7},
    ],
    ids=str,
)
@pytest.mark.parametrize('strategy', [SCAN, HASH, [('a', 1), ('b', 1)], ('a', 1)], ids=ident)
def test_any_other_number_will_do(orders, strategy, options):
    """DynamoDB's own limits are kept to without being a concern of the caller."""
    assert Order.get_many(strategy, **options) == Order.get_many(strategy)


# Consistent reads


def flags(sent):
    """Return for each request whether it is a consistent read."""
    found = []
    for operation, request in sent:
        if operation == 'BatchGetItem':
            (request,) = request['RequestItems'].values()
        found.append((operation, request.get('ConsistentRead')))
    return found


@pytest.mark.parametrize(
    ('read', 'operation'),
    [
        (lambda **c: Order.get_one(('a', 1), **c), 'GetItem'),
        (lambda **c: Order.get_many(('a', 1), **c), 'GetItem'),
        (lambda **c: Order.get_many([('a', 1), ('b', 1)], **c), 'BatchGetItem'),
        (lambda **c: Order.get_many(Order.keys_in([('a', 1), ('b', 2)]), **c), 'BatchGetItem'),
        (lambda **c: Order.get_many(HASH, **c), 'Query'),
        (lambda **c: Order.get_many(SCAN, **c), 'Scan'),
        (lambda **c: Order.count(HASH, **c), 'Query'),
        (lambda **c: Order.count(SCAN, **c), 'Scan'),
        (lambda **c: Order.count([('a', 1), ('b', 1)], **c), 'BatchGetItem'),
        (lambda **c: Order.get_page(HASH, limit=2, **c), 'Query'),
        (lambda **c: Order.get_page(None, limit=2, **c), 'Scan'),
        (lambda **c: Order.get_page([('a', 1), ('b', 1)], limit=2, **c), 'BatchGetItem'),
        (lambda **c: list(Order.iter_many(HASH, **c)), 'Query'),
        (lambda **c: list(Order.iter_many(**c)), 'Scan'),
        (lambda **c: list(Order.iter_many([('a', 1), ('b', 1)], **c)), 'BatchGetItem'),
    ],
)
def test_consistent_reads(orders, sent, read, operation):
    """Every request of a read is consistent where that is asked for, and no other is."""
    read(consistent=True)
    assert set(flags(sent)) == {(operation, True)}
    sent.clear()
    read(consistent=False)
    read()
    assert set(flags(sent)) == {(operation, None)}


@pytest.mark.parametrize('workers', [1, 3])
def test_each_page_query_and_segment_is_consistent(orders, sent, workers):
    options = {'consistent': True, 'workers': workers, 'page_size': 1}
    assert len(Order.get_many(Order.customer.in_(['a', 'b']), **options)) == 6
    assert Order.count(**options) == 6
    assert len(sent) > 10
    assert set(flags(sent)) == {('Query', True), ('Scan', True)}


# Scans that are not allowed


SCANS = [
    lambda model, **scan: model.get_many(model.n == 1, **scan),
    lambda model, **scan: model.get_many((model.id == 'a') | (model.n == 1), **scan),
    lambda model, **scan: model.get_many(~(model.id == 'a'), **scan),
    lambda model, **scan: model.get_many(~model.id.in_([]), **scan),
    lambda model, **scan: model.get_many(model.n == 1, index='by_name', **scan),
    lambda model, **scan: model.iter_many(**scan),
    lambda model, **scan: model.iter_many(model.n == 1, **scan),
    lambda model, **scan: model.iter_many(index='by_name', **scan),
    lambda model, **scan: model.get_page(None, limit=1, **scan),
    lambda model, **scan: model.get_page(model.n == 1, limit=1, **scan),
    lambda model, **scan: model.count(**scan),
    lambda model, **scan: model.count(model.n == 1, **scan),
    lambda model, **scan: model.explain(**scan),
    lambda model, **scan: model.explain(model.n == 1, **scan),
    lambda model, **scan: model.delete_many(model.n == 1, **scan),
    lambda model, **scan: model.delete_many(~model.id.in_([]), **scan),
]


class Open(Guarded):
    """The same table, which may be scanned."""

    __allow_scan__ = True


@pytest.mark.parametrize('read', SCANS)
@pytest.mark.parametrize(
    ('model', 'scan', 'reason'),
    [
        (Open, {'scan': False}, r'scan=False'),
        (Guarded, {}, r'__allow_scan__ = False'),
        (Guarded, {'scan': True}, r'__allow_scan__ = False'),
        (Guarded, {'scan': False}, r'__allow_scan__ = False'),
    ],
)
def test_scans_that_are_not_allowed_are_refused(connection, sent, read, model, scan, reason):
    """Nothing is sent, also where an iterator is asked for that is never used."""
    name = model.__name__
    with pytest.raises(ExpressionError) as caught:
        read(model, **scan)
    message = str(caught.value)
    assert message.startswith(f'{name}.')
    assert f'would scan the whole {"index" if "index" in message[:60] else "table"}' in message
    assert f'which {reason} forbids' in message
    assert re.search(f'a condition such as ({name}.id == value or )?{name}.name == value', message)
    assert sent == []


def test_the_message_tells_why_an_index_does_not_help():
    """Where an index would nearly do, it says what is in the way."""

    class Ranged(Guarded):
        by_n = GlobalIndex('name', 'n', projection='keys')
        by_name = None

    with pytest.raises(
        ExpressionError, match=r'index by_n is not used: it holds no more than id, n, name'
    ):
        Ranged.get_many((Ranged.name == 'x') & (Ranged.n > 3))


@pytest.mark.parametrize('options', [{}, {'scan': False}], ids=str)
def test_keys_and_queries_need_no_scan(guarded, sent, options):
    assert Guarded.get_one(('a', 1)).name == 'n1'
    assert len(Guarded.get_many([('a', 1), ('a', 2)], **options)) == 2
    assert len(Guarded.get_many(Guarded.id == 'a', **options)) == 3
    assert len(Guarded.get_many(Guarded.name == 'n1', **options)) == 1
    assert Guarded.count(Guarded.id.in_(['a', 'b']), **options) == 3
    assert len(list(Guarded.iter_many(Guarded.name.in_(['n1', 'n2']), **options))) == 2
    assert len(Guarded.get_page(Guarded.id == 'a', limit=2, **options).items) == 2
    assert Guarded.get_many([], **options) == []
    assert Guarded.get_many(Guarded.name.in_([]), **options) == []
    assert Guarded.explain(Guarded.id == 'a', **options).operation == 'Query'
    assert Guarded.delete_many(Guarded.id == 'a', **options).success_count == 3
    assert Guarded.delete_many([('a', 1)], **options).success_count == 1
    assert 'Scan' not in sent.operations


def test_allow_scan_is_inherited():
    class Base(Model):
        __abstract__ = True
        __allow_scan__ = False
        __hash_key__ = 'id'
        id = StringField()

    class Child(Base):
        __table__ = 'children'

    class Freed(Child):
        __allow_scan__ = True

    with pytest.raises(ExpressionError, match='__allow_scan__ = False forbids'):
        Child.explain()
    assert Freed.explain().operation == 'Scan'
    assert Open.explain().operation == 'Scan'


@pytest.mark.parametrize('value', [None, 0, 1, 'no', []], ids=ident)
def test_allow_scan_is_a_bool(value):
    with pytest.raises(SchemaError, match='__allow_scan__ must be True or False'):

        class Odd(Model):
            __table__ = 'odd'
            __hash_key__ = 'id'
            __allow_scan__ = value
            id = StringField()


# The warning of a scan


def test_a_scan_is_warned_of_once_for_each_place(orders, warnings):
    """A loop is one place; the record says where that is in the program."""
    for _ in range(3):
        Order.get_many(SCAN)  # the place
    (record,) = warnings.records
    assert (record.name, record.levelno) == ('dynamongo', logging.WARNING)
    assert record.getMessage() == (
        'Order.get_many scans the whole table, and is charged for all of it: Order.size == 1, '
        f'at {record.pathname}:{record.lineno}'
    )
    assert record.pathname == __file__
    with open(__file__, encoding='utf-8') as file:
        assert file.read().splitlines()[record.lineno - 1].endswith('# the place')
    assert record.funcName == 'test_a_scan_is_warned_of_once_for_each_place'


def test_two_lines_are_two_places(orders, warnings):
    Order.get_many(SCAN)
    Order.get_many(SCAN)
    assert [record.funcName for record in warnings.records] == ['test_two_lines_are_two_places'] * 2
    first, second = warnings.records
    assert second.lineno == first.lineno + 1


def test_two_models_at_one_place_are_warned_of_each(orders, guarded, warnings):
    for _ in range(2):
        for model in (Order, Open):
            model.count()
    assert [record.getMessage().split()[0] for record in warnings.records] == [
        'Order.count',
        'Open.count',
    ]


@pytest.mark.parametrize(
    'read',
    [
        lambda: Order.get_many(SCAN),
        lambda: Order.get_many(SCAN, workers=3),
        lambda: Order.iter_many(),
        lambda: Order.get_page(None, limit=1),
        lambda: Order.count(),
        lambda: Order.delete_many(SCAN),
        lambda: [Order.count() for _ in range(2)],
        lambda: list(map(Order.get_many, [SCAN, SCAN])),
    ],
    ids=['get_many', 'workers', 'iter_many', 'get_page', 'count', 'delete_many', 'loop', 'map'],
)
def test_each_method_warns_from_where_it_is_called(orders, warnings, read):
    """Not from inside the library, nor when the first item is asked for."""
    read()
    (record,) = warnings.records
    assert record.pathname == __file__
    assert record.lineno == read.__code__.co_firstlineno
    assert 'scans the whole table' in record.getMessage()


def test_a_scan_of_an_index_is_named(guarded, warnings):
    assert len(Open.get_many(Open.n >= 0, index='by_name')) == 3
    (record,) = warnings.records
    assert "scans the whole index 'by_name'" in record.getMessage()


def test_what_is_no_scan_is_not_warned_of(orders, warnings, sent):
    Order.get_one(('a', 1))
    Order.get_many([('a', 1), ('b', 1)])
    Order.get_many(HASH & (Order.size == 1))
    list(Order.iter_many(Order.customer.in_(['a', 'b'])))
    Order.count(HASH)
    Order.get_page(HASH, limit=1)
    Order.explain(SCAN)
    Order.explain()
    Order.get_many(SCAN & Order.size.in_([]))
    Order.delete_many(HASH)
    Order.delete_many([('a', 1)])
    assert 'Scan' not in sent.operations
    assert warnings.records == []


def test_refused_scans_are_not_warned_of(connection, warnings):
    with pytest.raises(ExpressionError):
        Order.get_many(SCAN, scan=False)
    with pytest.raises(ExpressionError):
        Order.iter_many(SCAN, descending=True)
    assert warnings.records == []


# Plans in words


@pytest.mark.parametrize(
    ('plan', 'text'),
    [
        (
            lambda: Order.explain(('a', 1)),
            """
GetItem of Order
  key:               {'customer': 'a', 'number': 1}
  projection:        whole items
  requests:          at least 1
""",
        ),
        (
            lambda: User.explain(User.email.in_([f'u{n}' for n in range(250)]), only=['name']),
            """
BatchGetItem of User
  key:               {'email': 'u0'}
  key:               {'email': 'u1'}
  key:               {'email': 'u2'}
  key:               {'email': 'u3'}
  key:               {'email': 'u4'}
  key:               ... 250 in all
  projection:        email, name
  requests:          at least 3
""",
        ),
        (
            lambda: Order.explain(
                HASH & (Order.number > 3) & (Order.number != 5) & (Order.status == 's'),
                only=['address.zip', 'lines[0]'],
                consistent=True,
            ),
            """
Query of Order
  key condition:     (Order.customer == 'a') & (Order.number > 3)
  filter:            Order.status == 's'
  client-side check: Order.number != 5
  projection:        customer, number, address.postal_code, lines
  consistent:        yes, at twice the read units
  requests:          at least 1
""",
        ),
        (
            lambda: Order.explain(Order.customer.in_(['b', 'a']) & (Order.number <= 7)),
            """
Query of Order
  key condition:     (Order.customer == 'a') & (Order.number <= 7)
  key condition:     (Order.customer == 'b') & (Order.number <= 7)
  projection:        whole items
  requests:          at least 2
""",
        ),
        (
            lambda: Guarded.explain((Guarded.name == 'x') & (Guarded.n > 2), only=[]),
            """
Query of Guarded, index 'by_name'
  key condition:     Guarded.name == 'x'
  filter:            Guarded.n > 2
  projection:        id, n, name
  requests:          at least 1
""",
        ),
        (
            lambda: Order.explain(SCAN, workers=4),
            """
Scan of Order
  filter:            Order.size == 1
  projection:        whole items
  workers:           4
  requests:          at least 4
""",
        ),
        (
            lambda: Open.explain(index='by_name'),
            """
Scan of Open, index 'by_name'
  projection:        whole items
  requests:          at least 1
""",
        ),
        (
            lambda: Guarded.explain((Guarded.name == 'x') & (Guarded.id == 'a'), consistent=True),
            """
Query of Guarded
  key condition:     Guarded.id == 'a'
  filter:            Guarded.name == 'x'
  projection:        whole items
  consistent:        yes, at twice the read units
  requests:          at least 1
""",
        ),
        (
            lambda: Open.explain(Open.name == 'x', consistent=True),
            """
Scan of Open
  filter:            Open.name == 'x'
  projection:        whole items
  consistent:        yes, at twice the read units
  requests:          at least 1
  note:              index by_name is not used: global indexes are never read consistently
""",
        ),
        (
            lambda: Order.explain(HASH & Order.size.in_([])),
            """
Order: no item can match, so nothing is sent
  requests:          0
""",
        ),
        (
            lambda: Order.explain([]),
            """
Order: no item can match, so nothing is sent
  requests:          0
""",
        ),
    ],
)  # fmt: skip
def test_plans_say_all_that_matters(plan, text):
    """No connection is needed, and nothing is sent."""
    found = plan()
    assert isinstance(found, Plan)
    assert str(found) == repr(found) == text.strip()


def test_explain_needs_no_connection(aws_environment, sent):
    Connection.reset()
    for strategy in (('a', 1), [('a', 1), ('b', 2)], HASH, Order.customer.in_(['a']), SCAN, None):
        assert str(Order.explain(strategy, limit=3, only=['size']))
    assert sent == []


@pytest.mark.parametrize(
    ('strategy', 'options', 'requests'),
    [
        (('a', 1), {}, 1),
        ([('a', n) for n in range(100)], {}, 1),
        ([('a', n) for n in range(101)], {}, 2),
        ([('a', n) for n in range(101)], {'limit': 100}, 1),
        ([('a', n) for n in range(100)], {'page_size': 10}, 10),
        ([('a', n) for n in range(100)], {'page_size': 1000}, 1),
        ([('a', n) for n in range(100)], {'page_size': 10, 'limit': 11}, 2),
        (HASH, {}, 1),
        (Order.customer.in_(['a', 'b', 'c']), {}, 3),
        (Order.customer.in_(['a', 'b', 'c']), {'limit': 1}, 1),
        (SCAN, {}, 1),
        (SCAN, {'workers': 8}, 8),
        (SCAN, {'page_size': 1}, 1),
        ([], {}, 0),
    ],
    ids=ident,
)
def test_the_least_number_of_requests(strategy, options, requests):
    found = Order.explain(strategy, **options)
    assert found.requests == requests
    assert f'requests:          {"at least " if requests else ""}{requests}' in str(found)


@pytest.mark.parametrize(
    'strategy', [[('a', 1), ('b', 1)], ('a', 1), HASH, Order.customer.in_(['a', 'b']), SCAN, []]
)
def test_explain_foretells_what_is_sent(orders, sent, strategy):
    found = Order.explain(strategy)
    assert sent == []
    Order.get_many(strategy)
    assert sent.operations == [found.operation] * found.requests


@pytest.mark.parametrize(
    'strategy',
    [
        Order.notes.in_([f'value {number}' for number in range(20_000)]),
        ~Order.notes.in_([f'value {number}' for number in range(20_000)]),
        HASH & Order.notes.in_(range(20_000)),
        Order.customer.in_([f'customer {number}' for number in range(20_000)]),
        Order.keys_in([('a', number) for number in range(20_000)]),
        Order.keys_in([('a', number) for number in range(20_000)]) | (Order.size == 1),
        [('a' * 2000, number) for number in range(1000)],
        Order.notes == 'x' * 100_000,
        HASH & (Order.notes == {'deep': ['x' * 100_000]}),
    ],
    ids=ident,
)
def test_plans_stay_short(strategy):
    """However much the strategy holds."""
    text = str(Order.explain(strategy))
    assert len(text) < 4000
    assert '...' in text
    assert len(text.splitlines()) < 15


def test_explain_refuses_what_get_many_refuses(connection, sent):
    for strategy in (5.5, ('a', 'b'), User.name == 'x', (Order.number == 1) & HASH & HASH):
        with pytest.raises((ValidationError, ExpressionError)):
            Order.get_many(strategy)
        with pytest.raises((ValidationError, ExpressionError)):
            Order.explain(strategy)
    assert sent == []


# Fields that bear the names of newer methods


class Busy(Model):
    """A model whose fields bear the names of methods that came later."""

    __table__ = 'busy'
    __hash_key__ = 'id'

    id = StringField()
    count = IntField()
    explain = StringField()
    iter_many = StringField()
    get_page = IntField(attribute='p')


def test_fields_may_bear_the_names_of_newer_methods(connection):
    """Models that were declared before those methods were made still work: the field wins."""
    Busy.create_table()
    values = {'id': 'a', 'count': 3, 'explain': 'e', 'iter_many': 'i', 'get_page': 7}
    Busy.save_one(values)
    item = Busy.get_one('a')
    assert item.to_dict() == values
    assert Busy.get_many((Busy.count == 3) & (Busy.get_page > 1)) == [item]
    assert Busy.get_many(Busy.explain == 'e', only=['count', Busy.get_page]) != [item]
    assert Busy.update_one('a', [Busy.count.increment()]).count == 4
    assert Busy.delete_many(Busy.iter_many == 'i').success_count == 1
