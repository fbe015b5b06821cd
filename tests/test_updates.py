"""Updates: how they are made, compiled and refused."""

import datetime
from decimal import Decimal

import pytest

from dynamongo import (
    DictField,
    ExpressionError,
    IntField,
    ListField,
    Model,
    StringField,
    ValidationError,
)
from dynamongo.updates import (
    AddUpdate,
    ListExtendUpdate,
    RemoveUpdate,
    SetUpdate,
    Update,
    UpdateBuilder,
)
from tests.ids import ident
from tests.models import Order, User


@pytest.mark.parametrize(
    ('update', 'expression', 'values'),
    [
        (User.name.set('John'), 'SET #n0 = :v0', ['John']),
        (User.name.set_if_not_exists('John'), 'SET #n0 = if_not_exists(#n0, :v0)', ['John']),
        (User.year_of_birth.set('1990'), 'SET #n0 = :v0', [1990]),
        (User.year_of_birth.set(None), 'REMOVE #n0', []),
        (User.year_of_birth.set(''), 'REMOVE #n0', []),
        (User.year_of_birth.set_if_not_exists(None), '', []),
        (User.name.set_if_not_exists(None), '', []),
        (User.cities_visited.set_if_not_exists(''), '', []),
        (User.year_of_birth.remove(), 'REMOVE #n0', []),
        (
            User.cities_visited.append('Rome', 'Oslo'),
            'SET #n0 = list_append(if_not_exists(#n0, :v1), :v0)',
            [['Rome', 'Oslo'], []],
        ),
        (
            User.cities_visited.prepend('Rome'),
            'SET #n0 = list_append(:v0, if_not_exists(#n0, :v1))',
            [['Rome'], []],
        ),
        (User.cities_visited.set([]), 'SET #n0 = :v0', [[]]),
        (User.cities_visited.set(None), 'REMOVE #n0', []),
        (User.cities_visited[0].remove(), 'REMOVE #n0[0]', []),
        (User.cities_visited[2].set('Rome'), 'SET #n0[2] = :v0', ['Rome']),
        (User.year_of_birth.add(3), 'ADD #n0 :v0', [3]),
        (User.year_of_birth.subtract(3), 'ADD #n0 :v0', [-3]),
        (User.year_of_birth.increment(), 'ADD #n0 :v0', [1]),
        (User.year_of_birth.increment(5), 'ADD #n0 :v0', [5]),
        (User.year_of_birth.decrement(), 'ADD #n0 :v0', [-1]),
        (User.year_of_birth.decrement(5), 'ADD #n0 :v0', [-5]),
        (Order.total.add(0.1), 'ADD #n0 :v0', [Decimal('0.1')]),
        (Order.total.subtract(0.1), 'ADD #n0 :v0', [Decimal('-0.1')]),
        (Order.address.city.set('Rome'), 'SET #n0.#n1 = :v0', ['Rome']),
        (Order.address.set({'city': 'Rome', 'zip': ''}), 'SET #n0 = :v0', [{'city': 'Rome'}]),
        (Order.address['other'].set(1.5), 'SET #n0.#n1 = :v0', [Decimal('1.5')]),
        (Order.lines[0].count.add(2), 'ADD #n0[0].#n1 :v0', [2]),
        (Order.notes['a'][1].set({'x': None}), 'SET #n0.#n1[1] = :v0', [{'x': None}]),
    ],
    ids=ident,
)
def test_updates_compile_as_dynamodb_writes_them(update, expression, values):
    compiled = UpdateBuilder.create([update])
    assert (compiled.expression, list(compiled.values.values())) == (expression, values)


def test_create_returns_a_pair_that_also_has_the_names():
    compiled = UpdateBuilder.create([Order.status.set('new')])
    expression, values = compiled
    assert (expression, values) == ('SET #n0 = :v0', {':v0': 'new'})
    assert compiled.names == {'#n0': 'state'}
    assert len(compiled) == 2


def test_clauses_come_in_one_order_with_shared_names_and_values():
    compiled = UpdateBuilder.create(
        [
            Order.size.add(1),
            Order.address.city.remove(),
            Order.status.set('new'),
            Order.notes.remove(),
            Order.address.name.set('new'),
            Order.number.add(1),
        ]
    )
    assert compiled.expression == (
        'SET #n3 = :v1, #n1.#n5 = :v1 REMOVE #n1.#n2, #n4 ADD #n0 :v0, #n6 :v0'
    )
    assert compiled.values == {':v0': 1, ':v1': 'new'}
    assert list(compiled.names.values()) == [
        'size',
        'address',
        'city',
        'state',
        'notes',
        'name',
        'number',
    ]


def test_equal_updates_compile_to_equal_requests():
    def make():
        return UpdateBuilder.create([User.name.set('a'), User.year_of_birth.add(1)])

    assert make() == make()
    assert make().names == make().names


def test_create_takes_tuples_and_single_updates():
    update = User.name.set('a')
    expected = UpdateBuilder.create([update])
    assert UpdateBuilder.create((update,)) == expected
    assert UpdateBuilder.create(update) == expected


def test_builder_is_one_clause():
    builder = UpdateBuilder('SET', '#n0 = :v0', {':v0': 1})
    assert (builder.type_, builder.expression, builder.values) == ('SET', '#n0 = :v0', {':v0': 1})
    assert str(builder) == 'SET #n0 = :v0'
    with pytest.raises(ExpressionError, match='SET, REMOVE, ADD'):
        UpdateBuilder('DROP', '', {})


def test_classes_and_values():
    """The documented classes, made by the documented methods, with validated values."""
    assert type(User.name.set('x')) is SetUpdate
    assert type(User.name.set_if_not_exists('x')) is SetUpdate
    assert type(User.year_of_birth.remove()) is RemoveUpdate
    assert type(User.cities_visited.append('x')) is ListExtendUpdate
    assert type(User.year_of_birth.add(1)) is AddUpdate
    assert all(
        issubclass(cls, Update) for cls in (SetUpdate, RemoveUpdate, ListExtendUpdate, AddUpdate)
    )
    day = datetime.datetime(2020, 1, 2)
    assert User.created_at.set(day).value == '2020-01-02T00:00:00.000000'
    assert SetUpdate(User.name, 'x', True).if_not_exists is True
    assert ListExtendUpdate(User.cities_visited, ['x'], append=False).append is False
    assert AddUpdate(User.year_of_birth).value == 1
    assert RemoveUpdate(User.year_of_birth).value is None


def test_placeholders_are_unique():
    assert len({Update.placeholder() for _ in range(1000)}) == 1000
    assert all(Update.placeholder().startswith(':') for _ in range(3))


@pytest.mark.parametrize(
    ('update', 'text'),
    [
        (User.name.set('x'), "User.name.set('x')"),
        (User.name.set_if_not_exists('x'), "User.name.set_if_not_exists('x')"),
        (User.year_of_birth.remove(), 'User.year_of_birth.remove()'),
        (User.cities_visited.append('a', 'b'), "User.cities_visited.append('a', 'b')"),
        (User.cities_visited.prepend('a'), "User.cities_visited.prepend('a')"),
        (User.year_of_birth.subtract(2), 'User.year_of_birth.add(-2)'),
        (Order.lines[0].count.add(2), 'Order.lines[0].count.add(2)'),
    ],
)
def test_repr_is_the_python_that_makes_the_update(update, text):
    assert repr(update) == str(update) == text


@pytest.mark.parametrize(
    'make',
    [
        lambda: User.year_of_birth.set('abc'),
        lambda: User.year_of_birth.set(3000),
        lambda: User.year_of_birth.set_if_not_exists(3000),
        lambda: User.year_of_birth.add(1.5),
        lambda: User.year_of_birth.add('x'),
        lambda: User.name.set(None),
        lambda: User.name.set(''),
        lambda: User.name.remove(),
        lambda: User.cities_visited.append(),
        lambda: User.cities_visited.prepend(),
        lambda: User.cities_visited.append({'a': 1}),
        lambda: User.cities_visited.set('Rome'),
        lambda: User.cities_visited[0].set(['x']),
        lambda: Order.total.add(float('inf')),
        lambda: Order.lines.append({'count': 1}),
        lambda: Order.lines[0].set({'count': 'x'}),
        lambda: Order.lines[0].sku.remove(),
        lambda: Order.address.city.set(['x']),
        lambda: Order.address.set({'city': {}}),
        lambda: Order.notes.set({1, 'a'}),
    ],
)
def test_invalid_values_are_refused_by_name(make):
    """Values are validated when the update is made, elements and members too."""
    with pytest.raises(ValidationError) as caught:
        make()
    assert str(caught.value).startswith(('User.', 'Order.'))


@pytest.mark.parametrize('updates', [[], (), iter(())])
def test_nothing_to_update_is_refused(updates):
    with pytest.raises(ExpressionError, match='empty'):
        UpdateBuilder.create(updates)


def test_updates_have_no_truth_value():
    with pytest.raises(ExpressionError, match='pass it to update_one'):
        bool(User.name.set('x'))


@pytest.mark.parametrize('updates', [None, 5, 'name', {'name': 'x'}, [{'name': 'x'}], {}])
def test_updates_are_a_list(updates):
    with pytest.raises(ExpressionError, match='updates are a list'):
        UpdateBuilder.create(updates)


@pytest.mark.parametrize('update', [User.name == 'x', 'x', None, User.name])
def test_what_is_no_update_is_refused(update):
    with pytest.raises(ExpressionError, match='method of a field'):
        UpdateBuilder.create([update])


@pytest.mark.parametrize(
    'updates',
    [
        [User.name.set('a'), User.name.set('b')],
        [User.year_of_birth.add(1), User.year_of_birth.remove()],
        [Order.address.set({}), Order.address.city.set('x')],
        [Order.lines[0].sku.set('x'), Order.lines.append({'sku': 'y'})],
        [Order.notes['a']['b'].set(1), Order.notes['a'].remove()],
    ],
    ids=ident,
)
def test_overlapping_updates_are_refused(updates):
    """DynamoDB takes each part of an item once; the error names both updates."""
    with pytest.raises(ExpressionError, match='overlap') as caught:
        UpdateBuilder.create(updates)
    assert all(update.field._label in str(caught.value) for update in updates)


def test_neighbours_do_not_overlap():
    UpdateBuilder.create(
        [
            Order.address.city.set('x'),
            Order.address.zip.set('y'),
            Order.lines[0].remove(),
            Order.lines[1].remove(),
        ]
    )


def test_required_members_guard_the_dict():
    """A dict with a required member can't be removed, and neither can the member."""

    class Shop(Model):
        __table__ = 'shops'
        __hash_key__ = 'id'
        id = StringField()
        owner = DictField(name=StringField(required=True), age=IntField())
        tags = ListField(StringField(required=True))

    for make in (
        Shop.owner.remove,
        Shop.owner.name.remove,
        lambda: Shop.owner.set(None),
        lambda: Shop.owner.set({'age': 3}),
        lambda: Shop.tags.append(None),
    ):
        with pytest.raises(ValidationError):
            make()
    assert UpdateBuilder.create([Shop.owner.age.remove()])[0] == 'REMOVE #n0.#n1'
    assert UpdateBuilder.create([Shop.tags[0].remove()])[0] == 'REMOVE #n0[0]'
