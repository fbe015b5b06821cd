"""Writing items: saving, updating and deleting, as the guide tells it."""

import datetime
import types

import pytest

from dynamongo import (
    BatchResult,
    ConditionalCheckFailedException,
    DateField,
    ExpressionError,
    Field,
    IncompleteReadError,
    IntField,
    ItemTooLargeError,
    ListField,
    Model,
    RequestError,
    StringField,
    TableNotFoundError,
    ThrottledError,
    UUIDField,
    ValidationError,
    _execute,
    _write,
)
from tests.ids import ident
from tests.models import JANE, JOHN, Order, User

pytestmark = pytest.mark.broad


@pytest.fixture
def users(connection):
    User.create_table()
    return User


@pytest.fixture
def orders(connection):
    Order.create_table()
    return Order


def stored(model, *keys):
    """Return what the table holds, by other means than those that are tested."""
    items = model.table().scan()['Items']
    attribute = model._schema.key_attributes[-1]
    return {item[attribute]: item for item in items} if not keys else items


# Tables


def test_create_table(connection):
    class Small(Model):
        __table__ = 'small'
        __hash_key__ = 'a'
        __range_key__ = 'b'
        __read_units__ = 3
        __write_units__ = 5
        a = StringField()
        b = IntField()

    Small.create_table()
    table = Small.table()
    assert table.name == Small.table_name() == f'{connection.table_prefix}small'
    assert table.table_status == 'ACTIVE'
    assert [key['AttributeName'] for key in table.key_schema] == ['a', 'b']
    units = table.provisioned_throughput
    assert (units['ReadCapacityUnits'], units['WriteCapacityUnits']) == (3, 5)


def test_create_table_where_it_exists(connection):
    User.create_table()
    with pytest.raises(RequestError, match='exists already') as caught:
        User.create_table()
    assert caught.value.code == 'ResourceInUseException'
    User.create_table(exist_ok=True)
    User.create_table(exist_ok=True, wait=False)


# Saving


def test_items_are_given_as_any_mapping_by_name(users):
    view = types.MappingProxyType(dict(JOHN))
    assert users.save_one(view).to_dict().items() >= view.items()
    assert users.save_many([view, JANE]).success_count == 2
    assert users.bulk_save([view]).success_count == 1
    changed = types.MappingProxyType({'email': JOHN['email'], 'name': 'Jack'})
    assert users.update_from_dict(changed).name == 'Jack'
    with pytest.raises(ValidationError, match='takes a list of items'):
        users.save_many(view)


def test_save_one_takes_a_dict_and_returns_an_instance(users):
    john = User.save_one(JOHN)
    assert isinstance(john, User)
    assert john.name == 'John Doe'
    assert isinstance(john.created_at, datetime.datetime)
    assert User.get_one('johndoe@gmail.com') == john


def test_save_one_takes_an_instance_and_returns_it(users):
    user = User(email='johndoe@gmail.com', name='John Doe', cities_visited=[])
    user.year_of_birth = '1990'
    user.cities_visited = ('Nairobi', 'New York')
    assert User.save_one(user) is user
    assert (user.year_of_birth, user.cities_visited) == (1990, ['Nairobi', 'New York'])
    assert User.get_one(user) == user


def test_save_one_replaces_the_whole_item(users):
    User.save_one(JOHN)
    User.save_one({'email': JOHN['email'], 'name': 'Other'})
    found = User.get_one(JOHN['email'])
    assert (found.name, found.year_of_birth, found.cities_visited) == ('Other', None, [])


def test_save_one_without_overwriting(users):
    john = User.save_one(JOHN, overwrite=False)
    with pytest.raises(ConditionalCheckFailedException) as caught:
        User.save_one({**JOHN, 'name': 'Other'}, overwrite=False)
    assert caught.value.item == john
    assert caught.value.code == 'ConditionalCheckFailedException'
    assert User.get_one(JOHN['email']).name == 'John Doe'


def test_save_one_overwriting_on_a_condition(users):
    """The condition is for existing items; where there is none, the item is saved."""
    born_earlier = User.year_of_birth < 1980
    assert User.save_one(JOHN, overwrite=born_earlier).name == 'John Doe'
    with pytest.raises(ConditionalCheckFailedException) as caught:
        User.save_one({**JOHN, 'name': 'Other'}, overwrite=born_earlier)
    assert caught.value.item.name == 'John Doe'
    User.save_one({**JOHN, 'name': 'Other'}, overwrite=~born_earlier)
    assert User.get_one(JOHN['email']).name == 'Other'
    for never in (User.name.in_([]), User.keys_in([])):
        with pytest.raises(ConditionalCheckFailedException):
            User.save_one(JOHN, overwrite=never)
    User.save_one(JOHN, overwrite=~User.name.in_([]))
    assert User.get_one(JOHN['email']).name == 'John Doe'


@pytest.mark.parametrize('overwrite', [None, 1, 'yes', User.name])
def test_overwrite_is_a_bool_or_a_condition(connection, sent, overwrite):
    for save in (lambda: User.save_one(JOHN, overwrite), lambda: User.save_many([], overwrite)):
        with pytest.raises(ExpressionError, match='overwrite is True, False or a condition'):
            save()
    with pytest.raises(ExpressionError, match='of Order'):
        User.save_one(JOHN, overwrite=Order.size > 1)
    assert sent == []


def test_what_is_empty_is_not_stored(orders):
    """None and '' at the top and in dicts are left out; items inside lists stay."""
    order = Order.save_one(
        {
            'customer': 'a',
            'number': 1,
            'status': '',
            'size': None,
            'address': {'city': '', 'name': None, 'other': '', 'zip': '00100'},
            'notes': ['', None],
        }
    )
    assert stored(Order)[1] == {
        'customer': 'a',
        'number': 1,
        'address': {'postal_code': '00100'},
        'lines': [],
        'notes': ['', None],
    }
    assert order.address == {'zip': '00100'}
    assert (order.status, order.notes) == (None, ['', None])
    assert Order.get_one(('a', 1)) == order


def test_the_returned_instance_is_what_is_stored(orders):
    order = Order.save_one(
        {
            'customer': 'a',
            'number': '1',
            'notes': {'t': (1, 2.0), 'f': 0.5},
            'lines': [{'sku': 'x'}],
        }
    )
    assert order.notes == {'t': [1, 2], 'f': 0.5}
    assert type(order.notes['t'][1]) is int
    assert Order.get_one(order) == order


@pytest.mark.parametrize(
    ('item', 'paths'),
    [
        ({}, {'email', 'name'}),
        ({'email': 'a@b.co', 'name': ''}, {'name'}),
        ({'email': 'x', 'name': 'n', 'year_of_birth': 3000}, {'email', 'year_of_birth'}),
        ({'email': 'a@b.co', 'name': 'n', 'nmae': 'x'}, {'nmae'}),
        ({'email': 'a@b.co', 'name': 'n', 'cities_visited': 'Rome'}, {'cities_visited'}),
    ],
)
def test_invalid_items_are_refused_whole(connection, sent, item, paths):
    """All problems at once, before anything is sent."""
    with pytest.raises(ValidationError) as caught:
        User.save_one(item)
    assert set(caught.value.errors) == paths
    assert str(caught.value).startswith('User')
    with pytest.raises(ValidationError) as caught:
        User.save_many([JOHN, item])
    assert set(caught.value.errors) == {f'[1].{path}' for path in paths}
    assert sent == []


@pytest.mark.parametrize('item', [None, 'x', 5, [('email', 'x')], Order(customer='a'), {1: 2}])
def test_what_is_no_item_is_refused(connection, sent, item):
    for save in (lambda: User.save_one(item), lambda: User.save_many([item])):
        with pytest.raises(ValidationError, match='User'):
            save()
    assert sent == []


def test_members_and_elements_are_named(connection):
    with pytest.raises(ValidationError) as caught:
        Order.save_one(
            {
                'customer': 'a',
                'number': 1,
                'total': float('nan'),
                'address': {'city': ['x']},
                'lines': [{'sku': 'a'}, {'count': 'x'}],
                'notes': {'deep': [object()]},
            }
        )
    assert set(caught.value.errors) == {
        'total',
        'address.city',
        'lines[1].sku',
        'lines[1].count',
        'notes.deep[0]',
    }
    order = Order(customer='a', lines=[{}], notes={'deep': [object()]}, size=10**39 + 1)
    with pytest.raises(ValidationError) as caught:
        Order.save_one(order)
    assert set(caught.value.errors) == {'number', 'lines[0].sku', 'notes.deep[0]', 'size'}


# Saving many


def test_save_many(users, sent):
    """Dicts and instances, in batches of 25, counted in the caller's order."""
    people = [{'email': f'u{number}@abc.io', 'name': f'U{number}'} for number in range(59)]
    result = User.save_many([*people, User(**JOHN)])
    assert isinstance(result, BatchResult)
    assert (result.success_count, result.fail_count, result.errors) == (60, 0, [])
    assert sent.operations == ['BatchWriteItem'] * 3
    assert [user.name for user in result.success] == [*(p['name'] for p in people), 'John Doe']
    assert len(stored(User)) == 60


def test_save_many_takes_any_iterable(users):
    assert User.save_many(person for person in (JOHN, JANE)).success_count == 2
    assert repr(User.save_many([])) == '<BatchResult: 0 succeeded, 0 failed>'


def test_the_later_of_two_with_one_key_wins(users):
    result = User.save_many([JOHN, JANE, {**JOHN, 'name': 'Later'}])
    assert result.success_count == 3
    assert User.get_one(JOHN['email']).name == 'Later'


def test_save_many_without_overwriting(users):
    User.save_one({**JANE, 'name': 'First'})
    result = User.save_many([JOHN, JANE, {**JOHN, 'name': 'Second'}], overwrite=False)
    assert [user.name for user in result.success] == ['John Doe']
    assert [user.name for user in result.fail] == ['Jane Doe', 'Second']
    assert [type(error) for error in result.errors] == [ConditionalCheckFailedException] * 2
    assert [error.item.name for error in result.errors] == ['First', 'John Doe']
    assert User.get_one(JANE['email']).name == 'First'


def test_save_many_overwriting_on_a_condition(users):
    User.save_many([{**JOHN, 'year_of_birth': 1950}, JANE])
    result = User.save_many([JOHN, {**JANE, 'name': 'New'}], overwrite=User.year_of_birth < 1980)
    assert ([u.name for u in result.success], [u.name for u in result.fail]) == (
        ['John Doe'], ['New'],
    )  # fmt: skip


@pytest.mark.faithful('moto writes part of a batch that DynamoDB refuses whole')
def test_one_item_that_is_too_large_fails_alone(orders):
    items = [{'customer': 'a', 'number': number, 'notes': 'x'} for number in range(30)]
    items[3]['notes'] = 'x' * 409_600
    result = Order.save_many(items)
    assert (result.success_count, result.fail_count) == (29, 1)
    assert [order.number for order in result.fail] == [3]
    assert isinstance(result.errors[0], ItemTooLargeError)
    assert sorted(stored(Order)) == [number for number in range(30) if number != 3]
    with pytest.raises(ItemTooLargeError):
        Order.save_one(items[3])


def test_a_missing_table_raises_before_anything_is_written(connection):
    for write in (
        lambda: User.save_many([JOHN]),
        lambda: User.save_many([JOHN], overwrite=False),
        lambda: User.save_one(JOHN),
        lambda: User.delete_many([JOHN['email']]),
        lambda: User.delete_many([(User.email == JOHN['email']) & (User.name == 'x')]),
        lambda: User.update_one(JOHN['email'], [User.name.set('x')]),
    ):
        with pytest.raises(TableNotFoundError, match='create_table'):
            write()


# Deleting


@pytest.mark.parametrize(
    'strategy',
    [
        'johndoe@gmail.com',
        {'email': 'johndoe@gmail.com'},
        User(email='johndoe@gmail.com'),
        User.email == 'johndoe@gmail.com',
        (User.email == 'johndoe@gmail.com') & (User.year_of_birth <= 2000),
        (User.email == 'johndoe@gmail.com') & User.cities_visited.contains('Nairobi'),
        (User.email == 'johndoe@gmail.com')
        & ((User.year_of_birth > 2000) | User.cities_visited.contains('Nairobi')),
    ],
    ids=ident,
)
def test_delete_one_returns_what_it_deleted(users, sent, strategy):
    john = User.save_one(JOHN)
    sent.clear()
    assert User.delete_one(strategy) == john
    assert sent.operations == ['DeleteItem']
    assert User.delete_one('johndoe@gmail.com') is None
    assert stored(User) == {}


@pytest.mark.parametrize(
    'check',
    [
        User.year_of_birth > 2000,
        ~(User.name == 'John Doe'),
        User.name.in_([]),
        User.cities_visited.contains('Oslo'),
    ],
    ids=ident,
)
def test_delete_one_leaves_what_fails_a_check(users, check):
    User.save_one(JOHN)
    assert User.delete_one((User.email == JOHN['email']) & check) is None
    assert list(stored(User)) == [JOHN['email']]


def test_delete_one_refuses_a_condition_ored_to_the_key(connection, sent):
    with pytest.raises(ExpressionError, match='joined to it by &'):
        User.delete_one((User.email == 'johndoe@gmail.com') | (User.year_of_birth > 2000))
    assert sent == []


PEOPLE = [
    {'email': f'email{number}@abc.io', 'name': f'U{number}', 'year_of_birth': 1980 + number * 6}
    for number in range(6)
]
EMAILS = [person['email'] for person in PEOPLE]


@pytest.fixture
def people(users):
    User.save_many(PEOPLE)


def test_delete_many_by_a_list(people, sent):
    result = User.delete_many(
        [
            EMAILS[0],
            EMAILS[1],
            {'email': EMAILS[2]},
            User(email=EMAILS[3]),
            User.email == EMAILS[4],
            (User.email == EMAILS[5]) & (User.year_of_birth <= 2000),
            'missing@abc.io',
        ]
    )
    assert [user.email for user in result.success] == [*EMAILS[:5], 'missing@abc.io']
    assert [user.email for user in result.fail] == [EMAILS[5]]
    assert isinstance(result.errors[0], ConditionalCheckFailedException)
    assert sent.operations == ['BatchWriteItem', 'DeleteItem']
    assert list(stored(User)) == [EMAILS[5]]


@pytest.mark.parametrize(
    'strategy', [EMAILS, User.email.in_(EMAILS), User.keys_in(EMAILS)], ids=['list', 'in', 'keys']
)
def test_delete_many_by_keys(people, sent, strategy):
    result = User.delete_many(strategy)
    assert [user.email for user in result.success] == EMAILS
    assert sent.operations == ['BatchWriteItem']
    assert stored(User) == {}


def test_delete_many_by_keys_and_checks(people, sent):
    """Each item is deleted if it meets the check at that moment; nothing is read before."""
    result = User.delete_many(User.email.in_(EMAILS) & (User.year_of_birth > 2000))
    assert [user.email for user in result.success] == EMAILS[4:]
    assert [user.email for user in result.fail] == EMAILS[:4]
    assert result.success[0].name == 'U4'
    assert sent.operations == ['DeleteItem'] * 6
    assert sorted(stored(User)) == EMAILS[:4]


def test_delete_many_by_any_condition(people, sent):
    User.save_one(JOHN)
    sent.clear()
    result = User.delete_many(User.cities_visited.contains('Nairobi'))
    assert [user.name for user in result.success] == ['John Doe']
    assert sent.operations == ['Scan', 'DeleteItem']
    assert sent[0][1]['ProjectionExpression'] == '#n1'
    result = User.delete_many(
        (User.year_of_birth < 2000) & ~User.cities_visited.contains('Nairobi')
    )
    assert sorted(user.email for user in result.success) == EMAILS[:4]
    assert sorted(stored(User)) == EMAILS[4:]


def test_delete_many_checks_again_when_it_deletes(people, connection):
    """An item that has changed since it was read is left alone, and reported."""
    original = connection.get_table(User.table_name()).delete_item

    def change_first(**request):
        User.update_one(EMAILS[0], [User.year_of_birth.set(2018)])
        return original(**request)

    table = connection.get_table(User.table_name())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, 'delete_item', change_first, raising=False)
        result = User.delete_many(User.year_of_birth < 1985)
    assert (result.success, [user.email for user in result.fail]) == ([], [EMAILS[0]])
    assert result.errors[0].item.year_of_birth == 2018
    assert len(stored(User)) == 6


@pytest.mark.faithful('moto filters by key attributes in a Query')
def test_delete_many_by_a_query(orders, sent):
    Order.save_many({'customer': 'a', 'number': number, 'size': number} for number in range(8))
    sent.clear()
    hash_key = Order.customer == 'a'
    result = Order.delete_many(hash_key & (Order.number > 5))
    assert [order.number for order in result.success] == [6, 7]
    assert sent.operations == ['Query', 'BatchWriteItem']
    sent.clear()
    result = Order.delete_many(hash_key & ((Order.number == 1) | (Order.size == 2)))
    assert [order.number for order in result.success] == [1, 2]
    assert sent.operations == ['Query', 'DeleteItem', 'DeleteItem']
    assert sorted(stored(Order)) == [0, 3, 4, 5]


def test_delete_many_of_nothing(connection, sent):
    for strategy in ([], User.email.in_([]), User.name.in_([]) & (User.name == 'x')):
        assert repr(User.delete_many(strategy)) == '<BatchResult: 0 succeeded, 0 failed>'
    assert sent == []


# Updating


def test_update_one(users):
    john = User.save_one(JOHN)
    updated = User.update_one(
        User.email == JOHN['email'],
        [
            User.name.set('Johnny'),
            User.year_of_birth.increment(),
            User.cities_visited.append('Rome', 'Oslo'),
            User.created_at.set_if_not_exists(datetime.datetime(1999, 1, 1)),
        ],
    )
    assert (updated.name, updated.year_of_birth) == ('Johnny', 1991)
    assert updated.cities_visited == ['Nairobi', 'New York', 'Rome', 'Oslo']
    assert updated.created_at == john.created_at
    assert User.get_one(JOHN['email']) == updated


@pytest.mark.parametrize('strategy', [JOHN['email'], JOHN, User(**JOHN)], ids=['key', 'dict', 'i'])
def test_update_one_by_every_strategy(users, strategy):
    User.save_one(JOHN)
    assert User.update_one(strategy, [User.name.set('X')]).name == 'X'


def test_updates_work_where_the_attribute_does_not_exist(orders):
    Order.table().put_item(Item={'customer': 'a', 'number': 1})
    updated = Order.update_one(
        ('a', 1),
        [
            Order.size.add(5),
            Order.total.subtract(0.1),
            Order.lines.append({'sku': 'x'}),
            Order.status.set_if_not_exists('new'),
        ],
    )
    assert (updated.size, updated.total, updated.status) == (5, -0.1, 'new')
    assert updated.lines == [{'sku': 'x', 'count': 1}]
    updated = Order.update_one(('a', 1), [Order.lines.prepend({'sku': 'p'}, {'sku': 'q'})])
    assert [line['sku'] for line in updated.lines] == ['p', 'q', 'x']


def test_members_and_elements_are_updated(orders):
    Order.save_one(
        {
            'customer': 'a',
            'number': 1,
            'address': {'city': 'Rome', 'name': 'Home', 'zip': '1'},
            'lines': [{'sku': 'x', 'count': 1}, {'sku': 'y'}, {'sku': 'z'}],
            'notes': {'a': [1, 2, 3]},
        }
    )
    updated = Order.update_one(
        ('a', 1),
        [
            Order.address.city.set('Oslo'),
            Order.address.name.remove(),
            Order.address.zip.set('2'),
            Order.address['floor'].set(4),
            Order.lines[0].count.add(10),
            Order.lines[1].remove(),
            Order.notes['a'][0].remove(),
            Order.notes['a'][2].set('x'),
        ],
    )
    assert updated.address == {'city': 'Oslo', 'zip': '2', 'floor': 4}
    assert updated.lines == [{'sku': 'x', 'count': 11}, {'sku': 'z', 'count': 1}]
    assert updated.notes == {'a': [2, 'x']}
    assert stored(Order)[1]['address']['postal_code'] == '2'


def test_setting_to_nothing_removes(users):
    User.save_one(JOHN)
    updated = User.update_one(
        JOHN['email'], [User.year_of_birth.set(None), User.cities_visited.set('')]
    )
    assert (updated.year_of_birth, updated.cities_visited) == (None, [])
    assert set(stored(User)[JOHN['email']]) == {'email', 'name', 'created_at'}


def test_update_one_with_checks(users):
    User.save_one(JOHN)
    key = User.email == JOHN['email']
    assert User.update_one(key & (User.year_of_birth > 2000), [User.name.set('X')]) is None
    assert User.update_one(key & User.name.in_([]), [User.name.set('X')]) is None
    assert User.get_one(JOHN['email']).name == 'John Doe'
    assert User.update_one(key & (User.year_of_birth < 2000), [User.name.set('X')]).name == 'X'


def test_update_one_creates_nothing(users):
    assert User.update_one('missing@abc.io', [User.name.set('X')]) is None
    assert User.update_one('missing@abc.io', [User.year_of_birth.remove()]) is None
    assert stored(User) == {}


@pytest.mark.faithful('moto crashes on an UpdateItem without an update expression')
def test_updates_that_amount_to_nothing_change_nothing(users):
    john = User.save_one(JOHN)
    assert User.update_one(JOHN['email'], [User.year_of_birth.set_if_not_exists(None)]) == john


@pytest.mark.parametrize(
    ('updates', 'message'),
    [
        ([], 'empty'),
        ([User.email.set('x@y.co')], "can't change"),
        ([User.name.set('a'), User.name.set('b')], 'overlap'),
        ([User.name == 'a'], 'method of a field'),
        ([Order.size.set(1)], 'of Order'),
    ],
)
def test_update_one_refuses(connection, sent, updates, message):
    with pytest.raises(ExpressionError, match=message):
        User.update_one('a@b.co', updates)
    assert sent == []


def test_a_missing_parent_is_refused_by_the_engine(orders):
    Order.table().put_item(Item={'customer': 'a', 'number': 1})
    with pytest.raises(RequestError) as caught:
        Order.update_one(('a', 1), [Order.address.city.set('Rome')])
    assert caught.value.code == 'ValidationException'


def test_update_from_dict(users):
    User.save_one(JOHN)
    updated = User.update_from_dict(
        {'email': JOHN['email'], 'name': 'Johnny', 'year_of_birth': None, 'cities_visited': []}
    )
    assert (updated.name, updated.year_of_birth, updated.cities_visited) == ('Johnny', None, [])
    assert isinstance(updated.created_at, datetime.datetime)
    assert User.get_one(JOHN['email']) == updated


def test_update_from_dict_updates_only_what_exists(users):
    assert User.update_from_dict(JOHN) is None
    assert stored(User) == {}


@pytest.mark.parametrize(
    ('item', 'paths'),
    [
        ({'email': 'a@b.co', 'nmae': 1, 'year_of_birth': 'x'}, {'nmae', 'year_of_birth'}),
        ({'email': 'a@b.co', 'name': ''}, {'name'}),
        ({'name': 'x'}, {'email'}),
    ],
)
def test_update_from_dict_refuses_invalid_values(connection, sent, item, paths):
    with pytest.raises(ValidationError) as caught:
        User.update_from_dict(item)
    assert set(caught.value.errors) == paths
    assert sent == []


def test_update_from_dict_needs_something_to_update(connection):
    with pytest.raises(ExpressionError, match='nothing to update'):
        User.update_from_dict({'email': 'a@b.co'})
    with pytest.raises(ValidationError, match='takes a dict'):
        User.update_from_dict([('email', 'a@b.co')])


# Results


def test_batch_results_do_not_share_their_lists():
    first, second = BatchResult(), BatchResult()
    first.fail.append(1)
    assert (second.fail, second.success, second.errors) == ([], [], [])
    given = [1]
    result = BatchResult(given, [2, 3])
    given.append(9)
    assert (result.fail, result.success) == ([1], [2, 3])
    assert (result.fail_count, result.success_count) == (1, 2)


# What older and newer programs leave in a table


class Legacy(Model):
    """A model that can't read every item of its table."""

    __table__ = 'legacy'
    __hash_key__ = 'id'
    id = StringField()
    count = IntField()
    name = StringField()


@pytest.fixture
def legacy(connection):
    Legacy.create_table()
    Legacy.table().put_item(Item={'id': 'bad', 'count': 'three', 'name': 'B'})
    Legacy.save_one({'id': 'good', 'count': 3, 'name': 'G'})


def test_a_write_is_reported_though_its_reply_cannot_be_read(legacy):
    """The error says that the write is done; it is no ValidationError, which says it isn't."""
    with pytest.raises(IncompleteReadError, match='the item is updated, but Legacy can') as caught:
        Legacy.update_one('bad', [Legacy.name.set('N')])
    assert 'count' in str(caught.value)
    assert stored(Legacy)['bad']['name'] == 'N'
    with pytest.raises(IncompleteReadError, match='the item is deleted'):
        Legacy.delete_one('bad')
    assert list(stored(Legacy)) == ['good']


def test_a_failed_condition_is_that_though_the_item_cannot_be_read(legacy):
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Legacy.save_one({'id': 'bad'}, overwrite=False)
    assert caught.value.item is None
    assert Legacy.delete_one((Legacy.id == 'bad') & (Legacy.name == 'x')) is None
    assert Legacy.update_one((Legacy.id == 'bad') & (Legacy.name == 'x'), Legacy.name.set('y')) is (
        None
    )


def test_batches_keep_account_though_items_cannot_be_read(legacy):
    result = Legacy.save_many([{'id': 'a'}, {'id': 'bad'}, {'id': 'b'}], overwrite=False)
    assert [item.id for item in result.success] == ['a', 'b']
    assert [item.id for item in result.fail] == ['bad']
    checks = [(Legacy.id == key) & Legacy.id.exists() for key in ('a', 'bad', 'b')]
    result = Legacy.delete_many(checks)
    assert [item.id for item in result.success] == ['a', 'bad', 'b']
    assert list(stored(Legacy)) == ['good']


def test_keys_that_cannot_be_read_are_found_before_anything_is_deleted(legacy):
    class ByNumber(Model):
        __table__ = 'legacy'
        __hash_key__ = 'id'
        id = UUIDField()

    with pytest.raises(ValidationError, match='ByNumber read from'):
        ByNumber.delete_many(~ByNumber.id.in_([]))
    assert sorted(stored(Legacy)) == ['bad', 'good']


def test_large_numbers_stand_in_the_way_like_others(orders):
    """boto3 alone refuses to read 1E+60."""
    Order.save_one({'customer': 'a', 'number': 1, 'notes': 10**60})
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Order.save_one({'customer': 'a', 'number': 1}, overwrite=False)
    assert caught.value.item.notes == 10**60


def test_failed_items_keep_their_values(users):
    """Only what has been stored is given back as it is stored."""
    User.save_one(JOHN)
    mine = User(**{**JOHN, 'cities_visited': []})
    mine.year_of_birth = '1991'
    assert User.save_many([mine], overwrite=False).fail == [mine]
    assert mine.year_of_birth == '1991'


@pytest.mark.parametrize(
    'write',
    [
        lambda: User.save_many([JOHN, JANE], overwrite=False),
        lambda: User.delete_many(
            [(User.email == who['email']) & (User.name != 'x') for who in (JOHN, JANE)]
        ),
    ],
    ids=['save_many', 'delete_many'],
)
def test_an_error_after_the_first_item_is_accounted_for(users, write):
    """What is written stays known, whatever happens to the rest."""
    User.save_one({**JANE, 'name': 'Old'})
    calls = []
    call = _execute.call

    def fail_from_the_second(schema, operation, request, **options):
        calls.append(operation)
        if len(calls) > 1:
            raise RequestError('no way through')
        return call(schema, operation, request, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_execute, 'call', fail_from_the_second)
        result = write()
    assert ([u.email for u in result.success], [u.email for u in result.fail]) == (
        [JOHN['email']],
        [JANE['email']],
    )
    assert str(result.errors[0]) == 'no way through'


@pytest.mark.parametrize('check', [User.name == 'x', User.name != 'x'], ids=ident)
def test_keys_that_no_item_has_count_as_deleted(users, check):
    """With or without a check, which there is nothing to apply to."""
    result = User.delete_many(['a@b.co', (User.email == 'b@b.co') & check])
    assert (result.success_count, result.fail_count) == (2, 0)


# Names


class Renamed(Model):
    """A model whose every name differs from the stored one, keys that need encoding included."""

    __table__ = 'renamed'
    __hash_key__ = 'owner'
    __range_key__ = 'day'
    owner = StringField(attribute='o.w n')
    day = DateField(attribute='#d', formats=['%d/%m/%Y'])
    note = StringField(attribute=':n', deserialize_from='comment')


def test_renamed_keys_work_everywhere(connection):
    Renamed.create_table()
    saved = Renamed.save_one({'owner': 'a', 'day': '01/02/2020', 'note': 'x'})
    assert Renamed.table().scan()['Items'] == [{'o.w n': 'a', '#d': '2020-02-01', ':n': 'x'}]
    key = ('a', '01/02/2020')
    by_condition = (Renamed.owner == 'a') & (Renamed.day == '01/02/2020')
    for strategy in (key, saved, {'owner': 'a', 'day': saved.day}, by_condition):
        assert Renamed.get_one(strategy) == saved
        assert Renamed.update_one(strategy, [Renamed.note.set('x')]) == saved
    assert Renamed.update_from_dict({'owner': 'a', 'day': key[1], 'comment': 'y'}).note == 'y'
    assert [item.note for item in Renamed.get_many(Renamed.owner == 'a')] == ['y']
    assert [item.note for item in Renamed.get_many(Renamed.note.contains('y'))] == ['y']
    assert Renamed.delete_many((Renamed.owner == 'a') & (Renamed.note == 'y')).success_count == 1


class Shouting(StringField):
    """A field of a user's own, stored otherwise than it is given."""

    def to_primitive(self, value, context=None):
        return super().to_primitive(value, context).upper()

    def to_native(self, value, context=None):
        return super().to_native(value, context).lower()


def test_fields_of_ones_own_work_as_keys_and_values(connection):
    class Own(Model):
        __table__ = 'own'
        __hash_key__ = 'id'
        id = Shouting()
        word = Shouting()
        words = ListField(Shouting)
        count = IntField()

    Own.create_table()
    assert Own.save_one({'id': 'a'}).word is None
    saved = Own.save_one({'id': 'A', 'word': 'Hello', 'words': ['x', None]})
    assert Own.table().scan()['Items'] == [{'id': 'A', 'word': 'HELLO', 'words': ['X', None]}]
    assert saved.to_dict() == {'id': 'a', 'word': 'hello', 'words': ['x', None], 'count': None}
    assert Own.get_many(Own.word == 'hello') == Own.get_many(['a']) == [saved]
    assert Own.update_from_dict({'id': 'a', 'count': 1}).count == 1
    for wrong in (lambda: Own(word=1.5), lambda: Own.word == 1.5, lambda: Own.words.append(1.5)):
        with pytest.raises(ValidationError, match=r'Own\.word'):
            wrong()


# Undeclared attributes


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        ({'year_of_birth': 'bogus'}, 'year_of_birth: is declared'),
        ({'': 1}, 'must not be empty'),
        ({5: 1}, 'must be str'),
        ({'a': object()}, 'not a type that DynamoDB stores'),
    ],
    ids=ident,
)
def test_undeclared_attributes_are_checked(connection, sent, extra, message):
    user = User(**JOHN)
    user.extra.update(extra)
    with pytest.raises(ValidationError, match=message):
        User.save_one(user)
    assert sent == []


def test_forbidden_attributes_are_not_written(connection, sent):
    class Strict(User):
        __extra__ = 'forbid'

    user = Strict(**JOHN)
    user.extra['a'] = 1
    with pytest.raises(ValidationError, match="__extra__ = 'forbid'"):
        Strict.save_one(user)
    assert sent == []


# Arguments of other kinds


def test_updates_may_come_from_a_generator(users):
    User.save_one(JOHN)
    updates = (field.set('X') for field in [User.name])
    assert User.update_one(JOHN['email'], updates).name == 'X'


@pytest.mark.parametrize('items', [None, 5, 'x', JOHN], ids=ident)
def test_save_many_takes_a_list(connection, sent, items):
    with pytest.raises(ValidationError, match='takes a list of items'):
        User.save_many(items)
    assert sent == []


def test_instances_of_subclasses_are_saved_where_they_belong(users):
    class Admin(User):
        level = IntField()

    class Elsewhere(User):
        __table__ = 'elsewhere'

    User.save_one(Admin(**JOHN, level=3))
    assert Admin.get_one(JOHN['email']).level == 3
    assert User.get_one(JOHN['email']).extra == {'level': 3}
    with pytest.raises(ValidationError, match="stored in table 'elsewhere'"):
        User.save_one(Elsewhere(**JOHN))


def test_conditions_that_do_not_fit_a_write_are_refused(connection, sent):
    """Before anything is read or written, whatever else is in the call."""
    condition = User.name.in_([f'name {number}' for number in range(1000)])
    checked = (User.email == 'a@b.co') & condition
    for write in (
        lambda: User.delete_one(checked),
        lambda: User.update_one(checked, [User.name.set('x')]),
        lambda: User.save_one(JOHN, overwrite=condition),
        lambda: User.delete_many(condition),
        lambda: User.delete_many([JOHN['email'], checked]),
    ):
        with pytest.raises(ExpressionError, match='DynamoDB takes 4096'):
            write()
    assert sent == []


def test_deletes_keep_account_of_batches_that_went_before(users):
    """An error of a checked delete doesn't hide what the batch has deleted."""
    User.save_many([JOHN, JANE])

    def fail(model, request, refused):
        raise ThrottledError('later')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_write, 'send_delete', fail)
        patch.setattr('time.sleep', lambda seconds: None)
        result = User.delete_many(
            [(User.email == JANE['email']) & (User.name != 'x'), JOHN['email']]
        )
    assert [user.email for user in result.success] == [JOHN['email']]
    assert [user.email for user in result.fail] == [JANE['email']]
    assert list(stored(User)) == [JANE['email']]


def test_a_check_that_no_item_can_meet(users):
    """Absent items count as deleted all the same."""
    User.save_one(JOHN)
    never = User.name.in_([])
    result = User.delete_many([(User.email == who) & never for who in (JOHN['email'], 'a@b.co')])
    assert [user.email for user in result.success] == ['a@b.co']
    assert isinstance(result.errors[0], ConditionalCheckFailedException)


# Fields of a user's own on typed fields


class Money(int):
    """What Cents makes of a number."""


class Cents(IntField):
    """An amount."""

    def to_native(self, value, context=None):
        return Money(super().to_native(value, context))


class Tags(ListField):
    """A list that reads as a frozenset."""

    def to_native(self, value, context=None):
        return frozenset(super().to_native(value, context))

    def to_primitive(self, value, context=None):
        return super().to_primitive(sorted(value), context)


class Point(Field):
    """A pair that is stored as a map."""

    primitive_type = dict

    def to_native(self, value, context=None):
        return (value['x'], value['y']) if isinstance(value, dict) else tuple(value)

    def to_primitive(self, value, context=None):
        return {'x': value[0], 'y': value[1]}


def test_fields_of_ones_own_read_back_as_what_they_make(connection):
    class Own(Model):
        __table__ = 'own'
        __hash_key__ = 'id'
        id = StringField()
        price = Cents()
        prices = ListField(Cents)
        tags = Tags(StringField)
        at = Point(default=(0, 0))

    Own.create_table()
    saved = Own.save_one({'id': 'a', 'price': 5, 'prices': [1], 'tags': ['x', 'y'], 'at': (1, 2.5)})
    read = Own.get_one('a')
    for item in (saved, read):
        assert (type(item.price), type(item.prices[0])) == (Money, Money)
        assert item.tags == {'x', 'y'}
        assert isinstance(item.tags, frozenset)
        assert item.at == (1, 2.5)
    assert read == saved
    assert Own(id='b').at == (0, 0)


# What is wrong with a dict


class Shoe(Model):
    """A model with two names for a field, and a default that is wrong."""

    __table__ = 'shoes'
    __hash_key__ = 'sku'
    sku = StringField()
    colour = StringField(deserialize_from='color', max_length=3)
    size = IntField(max_value=10)
    stock = IntField(default=lambda: 'many')


def test_names_defaults_and_values_are_reported_together(connection, sent):
    with pytest.raises(ValidationError) as caught:
        Shoe.save_one({'colour': 'brown', 'color': 'black', 'size': 17, 'sole': 1})
    assert set(caught.value.errors) == {'sku', 'colour', 'size', 'stock', 'sole'}
    assert 'given twice' in caught.value.errors['colour']
    assert sent == []


def test_constructors_of_ones_own_report_for_themselves(connection, sent):
    class Person(Model):
        __table__ = 'people'
        __hash_key__ = 'name'
        name = StringField(required=True)

        def __init__(self, first=None, last=None, **kwargs):
            super().__init__(name=f'{first} {last}', **kwargs)

    with pytest.raises(ValidationError) as caught:
        Person.save_one({'first': 'John', 'last': 'Doe', 'age': 3})
    assert set(caught.value.errors) == {'age'}


def test_defaults_of_members_are_for_new_dicts(orders):
    """In lists too, on assignment, and in updates; not for what is read."""
    order = Order(customer='a', number=1, lines=[{'sku': 'x'}])
    assert order.lines == [{'sku': 'x', 'count': 1}]
    order.lines = [{'sku': 'y'}, {'sku': 'z', 'count': 5}]
    Order.save_one(order)
    assert [line['count'] for line in Order.get_one(order).lines] == [1, 5]
    updated = Order.update_one(order, [Order.lines.set([{'sku': 'q'}])])
    assert updated.lines == [{'sku': 'q', 'count': 1}]
    assert Order.update_one(order, [Order.lines[0]['count'].remove()]).lines == [{'sku': 'q'}]
