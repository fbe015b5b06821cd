"""Planning: how a strategy becomes keys, a Query or a Scan."""

import functools
import operator

import pytest

from dynamongo import ExpressionError, IntField, Model, StringField, ValidationError
from dynamongo._planner import plan
from dynamongo._strategies import target
from dynamongo.conditions import OrCondition
from tests.ids import ident
from tests.models import Order, User

USER, ORDER = User._schema, Order._schema
CHECK = User.year_of_birth > 2000
KEY = {'email': 'a@b.co'}
ORDER_KEY = {'customer': 'c', 'number': 1}
BOTH = (Order.customer == 'c') & (Order.number == 1)


@pytest.mark.parametrize(
    'strategy',
    ['a@b.co', ('a@b.co',), KEY, {**KEY, 'name': 'ignored'}, User(**KEY), User.email == 'a@b.co'],
    ids=ident,
)
def test_one_item_by_hash_key(strategy):
    assert target(USER, strategy, method='get_one').key == KEY


@pytest.mark.parametrize(
    'strategy',
    [
        ('c', 1),
        ('c', '1'),
        ORDER_KEY,
        Order(**ORDER_KEY),
        BOTH,
        (Order.number == 1) & (Order.customer == 'c'),
    ],
    ids=ident,
)
def test_one_item_by_hash_and_range_key(strategy):
    found = target(ORDER, strategy, method='get_one')
    assert list(found.key.items()) == list(ORDER_KEY.items())


@pytest.mark.parametrize(
    ('strategy', 'check'),
    [
        (BOTH & (Order.size == 1), 'Order.size == 1'),
        ((Order.size == 1) & BOTH, 'Order.size == 1'),
        (BOTH & ((Order.size == 1) | (Order.size == 2)), '(Order.size == 1) | (Order.size == 2)'),
        (BOTH & ~(Order.number > 3), '~(Order.number > 3)'),
    ],
    ids=ident,
)
def test_checks_are_what_is_joined_to_the_key(strategy, check):
    assert repr(target(ORDER, strategy, method='delete_one').check) == check


def test_checks_that_need_no_item():
    never = target(USER, (User.email == 'a@b.co') & User.name.in_([]), method='delete_one')
    always = target(USER, (User.email == 'a@b.co') & ~User.name.in_([]), method='delete_one')
    assert (never.check, always.check) == (False, None)


@pytest.mark.parametrize(
    'strategy',
    [
        (User.email == 'a@b.co') | CHECK,
        ~(User.email == 'a@b.co'),
        CHECK,
        User.email != 'a@b.co',
        User.email.in_(['a@b.co']),
        User.email == User.name,
        (User.email == 'a@b.co') & (User.email == 'b@b.co'),
    ],
    ids=ident,
)
def test_conditions_that_select_no_single_key_are_refused(strategy):
    with pytest.raises(ExpressionError, match=r'User\.email'):
        target(USER, strategy, method='delete_one')


def test_get_one_refuses_checks():
    with pytest.raises(ExpressionError, match='get_one takes the key'):
        target(USER, (User.email == 'a@b.co') & CHECK, method='get_one', checks=False)


@pytest.mark.parametrize(
    ('schema', 'strategy'),
    [
        (USER, None),
        (USER, ''),
        (USER, {}),
        (USER, {'name': 'John'}),
        (USER, User()),
        (USER, ('a', 'b')),
        (USER, ()),
        (USER, 1.5),
        (USER, ['a@b.co']),
        (USER, 'x' * 2049),
        (USER, User.email == ''),
        (USER, User.email == 'é' * 1025),
        (USER, Order(**ORDER_KEY)),
        (ORDER, 'c'),
        (ORDER, ('c',)),
        (ORDER, ('c', 1, 2)),
        (ORDER, ('c', 'x')),
        (ORDER, ('c', None)),
        (ORDER, ('c', True)),
        (ORDER, ('c', 10**38 + 1)),
        (ORDER, {'customer': 'c'}),
        (ORDER, Order(customer='c')),
    ],
    ids=ident,
)
def test_incomplete_and_invalid_keys_are_refused(schema, strategy):
    with pytest.raises(ValidationError) as caught:
        target(schema, strategy, method='get_one')
    assert str(caught.value).startswith(schema.name)


def test_range_keys_are_shorter():
    """A hash key holds 2048 bytes and a range key 1024."""

    class Page(Model):
        __table__ = 'pages'
        __hash_key__ = 'site'
        __range_key__ = 'path'
        site = StringField()
        path = StringField()

    assert target(Page._schema, ('x' * 2048, 'x' * 1024), method='get_one')
    with pytest.raises(ValidationError, match='at most 1024 bytes, not 1025'):
        target(Page._schema, ('x', 'x' * 1025), method='get_one')


def test_fields_of_other_models_are_refused():
    class Base(Model):
        __abstract__ = True
        name = StringField()

    class Child(Base):
        __table__ = 'children'
        __hash_key__ = 'name'
        age = IntField()

    assert target(Child._schema, Base.name == 'x', method='get_one').key == {'name': 'x'}
    for condition in (
        Order.customer == 'x',
        (User.email == 'a@b.co') & (Order.size == 1),
        (User.email == 'a@b.co') & (User.year_of_birth < Order.size),
        User.name.size() > Order.size,
        Order.keys_in([('c', 1)]),
    ):
        with pytest.raises(ExpressionError, match='of Order, not of User'):
            plan(USER, condition)


EMAILS = ['b@b.co', 'a@b.co', 'b@b.co']
KEYS = ({'email': 'b@b.co'}, {'email': 'a@b.co'})


@pytest.mark.parametrize(
    'strategy',
    [
        EMAILS,
        iter(EMAILS),
        dict.fromkeys(EMAILS).keys(),
        [{'email': 'b@b.co'}, User(email='a@b.co'), User.email == 'b@b.co'],
        User.email.in_(EMAILS),
        User.keys_in(EMAILS),
        User.keys_in([('b@b.co',), {'email': 'a@b.co'}, User(email='b@b.co')]),
    ],
    ids=ident,
)
def test_keys_keep_their_order_and_lose_their_duplicates(strategy):
    found = plan(USER, strategy)
    assert (found.operation, found.keys, found.check) == ('BatchGetItem', KEYS, None)


@pytest.mark.parametrize(
    'strategy',
    [User.email.in_(EMAILS) & CHECK, CHECK & User.keys_in(EMAILS)],
    ids=ident,
)
def test_keys_with_checks_never_scan(strategy):
    found = plan(USER, strategy)
    assert (found.keys, found.check) == (KEYS, CHECK)


@pytest.mark.parametrize(
    'strategy',
    [
        [],
        User.email.in_([]),
        User.keys_in([]),
        User.email.in_([]) & CHECK,
        CHECK & ~(User.name.in_([]) | ~User.name.in_([])),
    ],
    ids=ident,
)
def test_what_matches_nothing_reads_nothing(strategy):
    found = plan(USER, strategy)
    assert (found.operation, found.keys, found.requests) == (None, (), 0)


def test_composite_keys_are_the_cross_product():
    found = plan(ORDER, Order.customer.in_(['a', 'b']) & Order.number.in_([1, 2]))
    assert [tuple(key.values()) for key in found.keys] == [
        ('a', 1),
        ('a', 2),
        ('b', 1),
        ('b', 2),
    ]
    found = plan(ORDER, Order.customer.in_(['a', 'b']) & (Order.number == 1) & (Order.size > 2))
    assert [tuple(key.values()) for key in found.keys] == [('a', 1), ('b', 1)]
    assert repr(found.check) == 'Order.size > 2'


HASH = Order.customer == 'c'


@pytest.mark.parametrize(
    ('strategy', 'key_condition', 'filter_', 'check'),
    [
        (HASH, "Order.customer == 'c'", None, None),
        (HASH & (Order.number > 3), 'number > 3', None, None),
        (HASH & Order.number.between(1, 3), 'number.between(1, 3)', None, None),
        (HASH & (Order.number >= 1) & (Order.number <= 3), 'number.between(1, 3)', None, None),
        (
            HASH & (Order.number > 1) & (Order.number < 3),
            'number.between(1, 3)',
            None,
            '(Order.number > 1) & (Order.number < 3)',
        ),
        (HASH & (Order.number >= 1) & (Order.number < 3), 'between(1, 3)', None, 'number < 3'),
        (
            HASH & (Order.number > 1) & (Order.number >= 2) & (Order.number <= 9),
            'between(2, 9)',
            None,
            None,
        ),
        (HASH & Order.number.between(1, 9) & (Order.number < 4), 'between(1, 4)', None, '< 4'),
        (HASH & Order.number.between(1, 9) & (Order.number <= 4), 'between(1, 4)', None, None),
        (HASH & (Order.number > 1) & (Order.number > 3), 'number > 3', None, None),
        (HASH & (Order.number < 9) & (Order.number <= 3), 'number <= 3', None, None),
        (HASH & (Order.size > 3), "Order.customer == 'c'", 'size > 3', None),
        (HASH & (Order.number != 3), "Order.customer == 'c'", None, 'number != 3'),
        (HASH & Order.number.in_([1, 2]) & (Order.size > 1), None, None, None),
        (
            HASH & ((Order.number == 1) | (Order.size == 2)) & (Order.total > 1),
            "Order.customer == 'c'",
            'total > 1',
            '(Order.number == 1) | (Order.size == 2)',
        ),
        (HASH & (Order.number < Order.size), "customer == 'c'", None, 'number < Order.size'),
    ],
    ids=ident,
)
def test_one_hash_key_is_a_query(strategy, key_condition, filter_, check):
    """What a Query refuses to filter by, conditions on key attributes, is checked on the client."""
    found = plan(ORDER, strategy)
    if key_condition is None:
        assert found.operation == 'BatchGetItem'
        return
    assert found.operation == 'Query'
    for part, text in ((found.filter, filter_), (found.check, check)):
        assert (part is None) if text is None else text in repr(part)
    assert key_condition in repr(found.key_conditions)


@pytest.mark.parametrize(
    'strategy',
    [
        CHECK,
        User.email != 'a@b.co',
        (User.email == 'a@b.co') | CHECK,
        ~(User.email == 'a@b.co'),
        User.name == None,
        User.email.begins_with('a'),
        User.email == User.name,
        User.email.size() == 3,
    ],
    ids=ident,
)
def test_everything_else_is_a_scan(strategy):
    found = plan(USER, strategy)
    assert (found.operation, found.filter, found.check) == ('Scan', strategy, None)


def test_a_condition_that_any_item_meets_scans_without_a_filter():
    found = plan(USER, ~User.email.in_([]))
    assert (found.operation, found.filter, found.check) == ('Scan', None, None)


def test_a_key_compared_twice_is_refused():
    with pytest.raises(ExpressionError, match=r'Order\.customer is compared twice'):
        plan(ORDER, HASH & (Order.customer == 'd') & (Order.size == 1))
    with pytest.raises(ExpressionError, match=r'Order\.number is compared twice'):
        plan(ORDER, BOTH & (Order.number == 2))


def test_lists_for_reading_take_no_checks():
    """Each entry of a list must be what get_one takes."""
    with pytest.raises(ExpressionError, match='takes the key and nothing else'):
        plan(USER, [(User.email == 'a@b.co') & CHECK])


@pytest.mark.parametrize('values', ['abc', b'abc', {'email': 'a@b.co'}, 5, None])
def test_keys_in_takes_a_list(values):
    with pytest.raises(ExpressionError, match='takes a list of keys'):
        User.keys_in(values)


def test_an_update_selects_nothing():
    with pytest.raises(ExpressionError, match='selects nothing'):
        plan(USER, User.name.set('x'))


class Shelf(Model):
    """A parent whose child has another key, and another type under one name."""

    __table__ = 'shelves'
    __hash_key__ = 'code'
    __range_key__ = 'place'

    code = StringField()
    place = StringField()
    size = IntField()


class Box(Shelf):
    __table__ = 'boxes'
    __hash_key__ = 'place'
    __range_key__ = 'code'

    size = StringField()


def test_keys_of_a_parent_with_another_key_are_a_condition_like_any_other():
    """They must not be taken for keys of the child, whose parts are in another order."""
    for found in (
        plan(Box._schema, Shelf.keys_in([('c', 'p')])),
        plan(Box._schema, Shelf.keys_in([('c', 'p')]) | (Box.code == 'd')),
    ):
        assert (found.operation, found.keys) == ('Scan', ())
    found = plan(Box._schema, (Shelf.code == 'c') & (Shelf.place == 'p'))
    assert found.keys == ({'place': 'p', 'code': 'c'},)


def test_a_field_that_the_child_declares_with_another_type_is_refused():
    with pytest.raises(ExpressionError, match='use a field of Box'):
        plan(Box._schema, Shelf.size == 1)


def test_alternative_keys_are_checked_like_keys():
    """A part that is too long for a key is named before anything is sent."""
    short = (Shelf.code == 'c') & (Shelf.place == 'p')
    for condition in (
        short | ((Shelf.code == 'x' * 2049) & (Shelf.place == 'p')),
        short | ((Shelf.code == 'c') & (Shelf.place == 'x' * 1025)),
    ):
        with pytest.raises(ValidationError, match='key holds at most'):
            plan(Shelf._schema, condition)


def test_alternatives_that_each_give_the_hash_key_imply_its_values():
    """Nothing is lost: what implies the keys is checked on the client."""
    either = (HASH & (Order.size > 3)) | ((Order.customer == 'd') & (Order.number > 1))
    found = plan(ORDER, either)
    assert repr(found.key_conditions) == "(Order.customer == 'c', Order.customer == 'd')"
    assert found.check is either
    found = plan(USER, (User.keys_in(['a@b.co']) & CHECK) | (User.email == 'b@b.co'))
    assert [key['email'] for key in found.keys] == ['a@b.co', 'b@b.co']
    found = plan(USER, ((User.email == 'a@b.co') & CHECK) | (User.email == 'b@b.co'))
    assert found.operation == 'BatchGetItem'
    assert [key['email'] for key in found.keys] == ['a@b.co', 'b@b.co']
    assert isinstance(found.check, OrCondition)


def test_alternative_keys_with_checks_are_not_combined():
    """N alternatives are N keys, whatever else they say."""
    alternatives = [
        (Order.customer == f'c{number}') & (Order.number == number) & (Order.size > number)
        for number in range(20)
    ]
    either = functools.reduce(operator.or_, alternatives)
    found = plan(ORDER, either & (Order.total > 1))
    assert [tuple(key.values()) for key in found.keys] == [(f'c{n}', n) for n in range(20)]
    assert repr(found.check) == repr(either & (Order.total > 1))
    found = plan(ORDER, HASH & ((Order.number == 1) | ((Order.number == 2) & (Order.size > 1))))
    assert [tuple(key.values()) for key in found.keys] == [('c', 1), ('c', 2)]


@pytest.mark.parametrize(
    'condition',
    [
        Order.customer.in_(['']),
        Order.customer.in_(['']) & (Order.number > 1),
        HASH & (Order.customer.in_([''])),
        Order.customer.in_(['']) & (Order.number == 1),
        Order.customer == None,
        (Order.customer == '') & (Order.number > 1),
        HASH & (Order.number == None),
        HASH & (Order.number >= 3) & (Order.number <= 1),
        HASH & (Order.number > 3) & (Order.number <= 3),
        HASH & (Order.number == 3) & (Order.number < 3),
        Order.keys_in([('c', 1)]) & (Order.number > 1),
    ],
    ids=ident,
)
def test_no_item_has_a_key_without_a_value(condition):
    found = plan(ORDER, condition)
    assert (found.operation, found.requests) == (None, 0)


def test_an_instance_is_one_key_even_if_it_can_be_iterated():
    class Listed(User):
        def __iter__(self):
            return iter(['a@b.co', 'b@b.co'])

    assert plan(Listed._schema, Listed(email='c@b.co')).keys == ({'email': 'c@b.co'},)


def test_sets_are_taken_in_one_order():
    """Sets of text are iterated in another order by each process."""
    emails = {f'{letter}@b.co' for letter in 'qwertyuiop'}
    expected = [{'email': email} for email in sorted(emails)]
    for strategy in (emails, User.email.in_(emails), User.keys_in(frozenset(emails))):
        assert list(plan(USER, strategy).keys) == expected
    assert list((User.name.in_(emails)).operands) == sorted(emails)


def test_what_is_asked_of_the_key_alone_is_known_before_reading():
    """Keys that fail it are not read, and a write needn't repeat it."""
    keys = Order.keys_in([('c', 1), ('c', 2), ('d', 1), ('d', 3)])
    found = plan(ORDER, keys & (Order.customer == 'd') & (Order.number != 1) & (Order.size > 1))
    assert found.keys == ({'customer': 'd', 'number': 3},)
    assert repr(found.check) == repr(found.guard) == 'Order.size > 1'
    found = plan(
        ORDER,
        (HASH & ((Order.number == 1) | (Order.number == 2)))
        | ((Order.customer == 'd') & (Order.number == 3)),
    )
    assert [tuple(key.values()) for key in found.keys] == [('c', 1), ('c', 2), ('d', 3)]
    assert found.check is None


@pytest.mark.parametrize(
    ('condition', 'at_ends', 'filtered'),
    [
        (HASH & (Order.number > 1) & (Order.number < 9), 2, False),
        (HASH & (Order.number >= 1) & (Order.number < 9), 1, False),
        (HASH & (Order.number >= 1) & (Order.number < 9) & (Order.number < 11), 1, False),
        (HASH & (Order.number >= 1) & (Order.number < 9) & (Order.number != 4), 0, True),
        (HASH & (Order.number >= 1) & (Order.number < 9) & (Order.size > 4), 0, True),
        (HASH & (Order.number >= 1) & (Order.number <= 9), 0, False),
        (HASH & (Order.number > 1), 0, False),
    ],
    ids=ident,
)
def test_the_ends_of_a_range_leave_out_one_item_each(condition, at_ends, filtered):
    """So a limit may still shrink the pages."""
    found = plan(ORDER, condition)
    assert (found.at_ends, found.filtered) == (at_ends, filtered)
