"""Reading items: every strategy of the guide, answered by the engine."""

import pytest

from dynamongo import (
    DateTimeField,
    ExpressionError,
    Field,
    IntField,
    Model,
    StringField,
    TableNotFoundError,
    ValidationError,
)
from tests.ids import ident
from tests.models import JANE, JOHN, Order, User

pytestmark = pytest.mark.usefixtures('lasting_client')

PEOPLE = [
    JOHN,
    {**JANE, 'year_of_birth': 2001, 'cities_visited': ['Nairobi']},
    {'email': 'old@abc.io', 'name': 'Old', 'year_of_birth': 1950},
    {'email': 'none@abc.io', 'name': 'None'},
]
EMAILS = ['old@abc.io', 'missing@abc.io', 'johndoe@gmail.com', 'old@abc.io', 'jane@gmail.com']


@pytest.fixture
def users(connection):
    User.create_table()
    assert User.save_many(PEOPLE).success_count == len(PEOPLE)


@pytest.fixture
def orders(connection):
    Order.create_table()
    items = [
        {'customer': customer, 'number': number, 'size': number % 3, 'status': f's{number % 2}'}
        for customer in 'ab'
        for number in range(10)
    ]
    assert Order.save_many(items).fail == []


def emails(found):
    return [user.email for user in found]


def keys(found):
    return [(order.customer, order.number) for order in found]


@pytest.mark.parametrize(
    'strategy',
    [
        'johndoe@gmail.com',
        {'email': 'johndoe@gmail.com', 'name': 'not looked at'},
        User(email='johndoe@gmail.com'),
        User.email == 'johndoe@gmail.com',
    ],
    ids=ident,
)
def test_get_one(users, sent, strategy):
    """Each strategy of the guide is one GetItem."""
    user = User.get_one(strategy)
    assert isinstance(user, User)
    assert user.to_dict(only=JOHN) == JOHN
    assert sent.operations == ['GetItem']
    assert User.get_many(strategy) == [user]


@pytest.mark.parametrize(
    'strategy',
    [
        ('a', 3),
        {'customer': 'a', 'number': 3},
        Order(customer='a', number=3),
        (Order.customer == 'a') & (Order.number == 3),
    ],
    ids=ident,
)
def test_get_one_with_a_range_key(orders, sent, strategy):
    assert keys([Order.get_one(strategy)]) == [('a', 3)]
    assert sent.operations == ['GetItem']


def test_get_one_raises_where_there_is_none(users):
    with pytest.raises(User.DoesNotExist, match=r"no User has the key .*'missing@abc\.io'"):
        User.get_one('missing@abc.io')


@pytest.mark.parametrize(
    'strategy',
    [EMAILS, User.email.in_(EMAILS), User.keys_in(EMAILS), [User(email=email) for email in EMAILS]],
    ids=['list', 'in_', 'keys_in', 'instances'],
)
def test_keys_are_answered_in_their_order(users, sent, strategy):
    """Duplicates are sent and answered once; keys that no item has are left out."""
    found = User.get_many(strategy)
    assert emails(found) == ['old@abc.io', 'johndoe@gmail.com', 'jane@gmail.com']
    assert sent.operations == ['BatchGetItem']
    ((_, request),) = sent
    assert len(request['RequestItems'][User.table_name()]['Keys']) == 4


def test_mixed_lists(users):
    found = User.get_many(
        ['old@abc.io', {'email': 'jane@gmail.com'}, User.email == 'johndoe@gmail.com']
    )
    assert emails(found) == ['old@abc.io', 'jane@gmail.com', 'johndoe@gmail.com']


def test_keys_with_a_check_are_read_by_key(users, sent):
    found = User.get_many(User.email.in_(EMAILS) & (User.year_of_birth > 1980))
    assert emails(found) == ['johndoe@gmail.com', 'jane@gmail.com']
    assert sent.operations == ['BatchGetItem']


def test_composite_keys(orders, sent):
    assert keys(Order.get_many(Order.keys_in([('b', 3), ('a', 7), ('c', 1)]))) == [
        ('b', 3), ('a', 7),
    ]  # fmt: skip
    assert keys(Order.get_many(Order.customer.in_(['b', 'a']) & Order.number.in_([2, 1]))) == [
        ('b', 2), ('b', 1), ('a', 2), ('a', 1),
    ]  # fmt: skip
    assert sent.operations == ['BatchGetItem', 'BatchGetItem']


def test_more_keys_than_a_batch_holds(users, sent):
    """1000 keys are ten BatchGetItems."""
    User.save_many({'email': f'u{number}@abc.io', 'name': 'U'} for number in range(1000))
    sent.clear()
    wanted = [f'u{number}@abc.io' for number in range(999, -1, -1)]
    assert emails(User.get_many(wanted)) == wanted
    assert sent.operations == ['BatchGetItem'] * 10


@pytest.mark.parametrize(
    ('condition', 'expected'),
    [
        (User.cities_visited.contains('Nairobi'), {'johndoe@gmail.com', 'jane@gmail.com'}),
        (
            (User.year_of_birth < 1990) & ~User.cities_visited.contains('Nairobi'),
            {'old@abc.io'},
        ),
        (User.year_of_birth == None, {'none@abc.io'}),
        (User.year_of_birth != None, {'johndoe@gmail.com', 'jane@gmail.com', 'old@abc.io'}),
        (User.year_of_birth.between(1950, 1990), {'old@abc.io', 'johndoe@gmail.com'}),
        (User.name.begins_with('J') | (User.name == 'Old'), {
            'johndoe@gmail.com', 'jane@gmail.com', 'old@abc.io',
        }),
        (User.cities_visited.size() >= 2, {'johndoe@gmail.com'}),
        (User.cities_visited[1] == 'New York', {'johndoe@gmail.com'}),
        (User.year_of_birth.not_exists(), {'none@abc.io'}),
        (User.email.contains('abc') & User.year_of_birth.exists(), {'old@abc.io'}),
        (User.name.in_(['Old', 'None', 'Nobody']), {'old@abc.io', 'none@abc.io'}),
    ],
    ids=ident,
)  # fmt: skip
def test_other_conditions_are_scans(users, sent, condition, expected):
    found = User.get_many(condition)
    assert set(emails(found)) == expected
    assert sent.operations == ['Scan']


def test_scans_are_sorted_by_key(users, orders):
    """Items are sorted by hash key, and those of one hash key by range key."""
    assert emails(User.get_many(User.email.exists())) == sorted(u['email'] for u in PEOPLE)
    up = keys(Order.get_many(Order.size == 1))
    assert up == sorted(up)
    assert keys(Order.get_many(Order.size == 1, True)) == up[::-1]
    assert keys(Order.get_many(Order.keys_in([('a', 1), ('b', 2)]), descending=True)) == [
        ('b', 2), ('a', 1),
    ]  # fmt: skip


A = Order.customer == 'a'


@pytest.mark.faithful('moto filters by key attributes in a Query, and counts Limit otherwise')
@pytest.mark.parametrize(
    ('condition', 'numbers'),
    [
        (A, range(10)),
        (A & (Order.number > 6), [7, 8, 9]),
        (A & (Order.number >= 2) & (Order.number <= 4), [2, 3, 4]),
        (A & (Order.number > 2) & (Order.number < 5), [3, 4]),
        (A & (Order.number > 2) & (Order.number != 4) & (Order.number < 6), [3, 5]),
        (A & (Order.size == 1), [1, 4, 7]),
        (A & (Order.number > 3) & (Order.status == 's0'), [4, 6, 8]),
        (A & ((Order.number == 3) | (Order.size == 0)), [0, 3, 6, 9]),
        (A & ~(Order.number < 8), [8, 9]),
        (A & (Order.number < Order.size), []),
    ],
    ids=ident,
)
def test_queries(orders, sent, condition, numbers):
    """One hash key is one Query, whatever else is asked; sorted by range key both ways."""
    assert [order.number for order in Order.get_many(condition)] == list(numbers)
    descending = [order.number for order in Order.get_many(condition, descending=True)]
    assert descending == list(numbers)[::-1]
    assert sent.operations == ['Query', 'Query']


@pytest.mark.parametrize('limit', [1, 2, 3, 100])
@pytest.mark.parametrize(
    'condition',
    [A, A & (Order.size == 1), A & (Order.number != 0), Order.size == 1, Order.size.exists()],
    ids=ident,
)
def test_limit_counts_results_after_filtering(orders, condition, limit):
    everything = Order.get_many(condition)
    found = Order.get_many(condition, limit=limit)
    assert len(found) == min(limit, len(everything))
    assert all(order in everything for order in found)
    if condition is A:
        assert found == everything[:limit]


def test_limit_of_keys_counts_items_found(users, sent):
    found = User.get_many(['missing@abc.io', 'old@abc.io', 'jane@gmail.com'], limit=1)
    assert emails(found) == ['old@abc.io']


@pytest.mark.parametrize('limit', [0, -1, True, 1.5, '3'])
def test_limits_that_make_no_sense_are_refused(connection, limit):
    with pytest.raises(ValidationError, match='limit is an int of at least 1'):
        User.get_many(User.name.exists(), limit=limit)


@pytest.mark.parametrize('many', [200, 600, 3000])
def test_in_takes_any_number_of_values(users, many):
    """What a filter has no room for is checked on the client."""
    names = [f'nobody {number}' for number in range(many)] + ['Old', 'John Doe']
    assert emails(User.get_many(User.name.in_(names))) == ['johndoe@gmail.com', 'old@abc.io']
    found = User.get_many(User.name.in_(names) & (User.year_of_birth < 1980))
    assert emails(found) == ['old@abc.io']
    assert len(User.get_many(User.name.in_(names), limit=1)) == 1
    either = User.keys_in([f'k{number}@abc.io' for number in range(many)]) | (User.name == 'Old')
    assert emails(User.get_many(either)) == ['old@abc.io']


def test_all_pages_are_read(connection, sent):
    """Items of more than a megabyte come in several pages."""

    class Blob(Model):
        __table__ = 'blobs'
        __hash_key__ = 'id'
        __range_key__ = 'n'
        id = StringField()
        n = IntField()
        data = StringField()

    Blob.create_table()
    Blob.save_many({'id': 'x', 'n': number, 'data': 'x' * 200_000} for number in range(12))
    sent.clear()
    assert [blob.n for blob in Blob.get_many(Blob.id == 'x')] == list(range(12))
    assert [blob.n for blob in Blob.get_many(Blob.n < 12)] == list(range(12))
    assert sent.operations.count('Query') > 1
    assert sent.operations.count('Scan') > 1


@pytest.mark.parametrize('strategy', [[], User.email.in_([]), User.keys_in([])], ids=ident)
def test_what_matches_nothing_sends_nothing(connection, sent, strategy):
    assert User.get_many(strategy) == []
    assert sent == []


def test_a_missing_table_is_named(connection):
    with pytest.raises(TableNotFoundError, match=r'create_table\(\)') as caught:
        User.get_one('a@b.co')
    assert User.table_name() in str(caught.value)
    assert caught.value.code == 'ResourceNotFoundException'
    assert caught.value.request_id
    assert caught.value.__cause__ is not None
    with pytest.raises(TableNotFoundError):
        User.get_many(User.name.exists())


@pytest.mark.parametrize('strategy', [None, 5.5, ('a', 'b'), Order(customer='a')], ids=ident)
def test_strategies_that_are_none_are_refused_before_anything_is_sent(connection, sent, strategy):
    with pytest.raises((ValidationError, ExpressionError)):
        User.get_many(strategy)
    with pytest.raises((ValidationError, ExpressionError)):
        User.get_one(strategy)
    assert sent == []


class Legacy(Model):
    """The current form of a model that has had others."""

    __table__ = 'legacy'
    __hash_key__ = 'id'
    id = StringField()
    when = DateTimeField(default=lambda: pytest.fail('defaults are for new items'))
    count = IntField(max_value=3)
    name = StringField(attribute='n', required=True)


@pytest.fixture
def legacy(connection):
    Legacy.create_table()
    return lambda **item: Legacy.table().put_item(Item={'id': 'x', **item})


def test_what_is_absent_stays_absent(legacy):
    """Reading neither fills in defaults nor checks constraints: what is stored is what is read."""
    legacy(count=99)
    item = Legacy.get_one('x')
    assert (item.when, item.count, item.name) == (None, 99, None)


def test_stored_null_reads_as_none(legacy):
    legacy(count=None, n='N')
    item = Legacy.get_one('x')
    assert (item.count, item.name) == (None, 'N')
    assert Legacy.get_many(Legacy.count == None) == [item]


def test_undeclared_attributes_are_kept(legacy):
    """An older program never erases what a newer one has stored."""
    legacy(n='N', new={'deep': [1, None, b'x']}, tags={'a'})
    item = Legacy.get_one('x')
    assert item.extra == {'new': {'deep': [1, None, b'x']}, 'tags': {'a'}}
    item.when = None
    Legacy.save_one(item)
    assert Legacy.get_one('x').extra == item.extra
    item.extra['more'] = 1.5
    del item.extra['tags']
    Legacy.save_one(item)
    assert Legacy.get_one('x').extra == {'new': {'deep': [1, None, b'x']}, 'more': 1.5}


def test_undeclared_attributes_can_be_ignored_or_forbidden(legacy):
    class Ignoring(Legacy):
        __extra__ = 'ignore'

    class Forbidding(Legacy):
        __extra__ = 'forbid'

    legacy(n='N', new=1)
    assert Ignoring.get_one('x').extra == {}
    with pytest.raises(ValidationError, match=r"Forbidding read from \{'id': 'x'\}: new: undecl"):
        Forbidding.get_one('x')


def test_what_a_field_cannot_read_is_named(legacy):
    legacy(n='N', count='three', when='long ago')
    with pytest.raises(ValidationError) as caught:
        Legacy.get_one('x')
    assert "Legacy read from {'id': 'x'}" in str(caught.value)
    assert set(caught.value.errors) == {'count', 'when'}


def test_reserved_words_are_names_like_any_other(connection):
    """Names and values travel as placeholders, so no name is special."""

    class Reserved(Model):
        __table__ = 'reserved'
        __hash_key__ = 'name'
        __range_key__ = 'timestamp'
        name = StringField()
        timestamp = IntField()
        status = StringField()
        size = IntField()
        select = Field(attribute='a.b-c d')

    Reserved.create_table()
    item = Reserved.save_one(
        {'name': 'n', 'timestamp': 1, 'status': 's', 'size': 2, 'select': {'from': {'where': 1}}}
    )
    condition = (
        (Reserved.name == 'n')
        & (Reserved.timestamp >= 1)
        & (Reserved.status == 's')
        & (Reserved.size > 1)
        & (Reserved.select['from']['where'] == 1)
    )
    assert Reserved.get_many(condition) == [item]
    updated = Reserved.update_one(
        (Reserved.name == 'n') & (Reserved.timestamp == 1) & (Reserved.status == 's'),
        [Reserved.size.add(1), Reserved.status.remove(), Reserved.select['from']['x-y'].set(2)],
    )
    assert (updated.size, updated.status) == (3, None)
    assert updated.select == {'from': {'where': 1, 'x-y': 2}}
