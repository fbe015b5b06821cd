"""Reading a part of each item: what is asked for, and what such instances know and refuse."""

import copy
import functools
import json
import operator
import pickle

import pytest

from dynamongo import (
    DictField,
    ExpressionError,
    Field,
    IntField,
    ListField,
    Model,
    PartialItemError,
    StringField,
    ValidationError,
)
from tests.ids import ident
from tests.models import Order, User

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad

KEY = {'customer': 'a', 'number': 1}
ADDRESS = {'city': 'Rome', 'name': 'Jo', 'zip': '00100', 'geo': {'lat': 1, 'lon': 2}}
ORDER = {
    **KEY,
    'status': 'open',
    'size': 3,
    'address': ADDRESS,
    'lines': [{'sku': 'x', 'count': 2}],
    'notes': {'a': {'b': 1, 'c': 2}, 'd': [1, {'e': 2}], 'o.p': 3},
}
NOTES = ORDER['notes']


class Place(Model):
    """A model that forbids undeclared attributes, and has other names for everything."""

    __table__ = 'places'
    __hash_key__ = 'code'
    __extra__ = 'forbid'

    code = StringField(attribute='id')
    label = StringField(attribute='n', deserialize_from=['title'])
    tags = ListField(StringField)
    rate = IntField()
    spot = DictField(
        lat=IntField(),
        tax=StringField(attribute='vat', deserialize_from=['levy']),
        inner=DictField(deep=StringField(attribute='d'), other=StringField()),
    )
    free = Field()


class Town(Place):
    """A model that has more than the one it extends."""

    mayor = StringField(attribute='m')


TOWN = {
    'code': 'x',
    'label': 'L',
    'spot': {'lat': 1, 'tax': 'T', 'inner': {'deep': 'D', 'other': 'O'}},
    'mayor': 'M',
}


@pytest.fixture
def orders(connection, sent):
    """The order of this module, another one that has nothing but a key, and nothing sent yet."""
    Order.create_table()
    assert Order.save_many([ORDER, {'customer': 'a', 'number': 2}]).fail == []
    sent.clear()


@pytest.fixture
def towns(connection, sent):
    Town.create_table()
    Town.save_one(TOWN)
    Town.save_one({'code': 'empty'})
    sent.clear()


@pytest.fixture
def partial(orders, sent):
    """An order of which the status and the city have been read."""
    order = Order.get_one(('a', 1), only=['status', 'address.city'])
    sent.clear()
    return order


def get(number=1, **options):
    return Order.get_one(('a', number), **options)


def asked(request):
    """Return the paths that a request asks for, with the names that are behind placeholders."""
    names = request['ExpressionAttributeNames']
    return [
        '/'.join(names[part] for part in path.split('.'))
        for path in request['ProjectionExpression'].split(', ')
    ]


# What is read


@pytest.mark.parametrize(
    ('only', 'paths', 'expected'),
    [
        ([], [], {}),
        ([Order.customer, 'number'], [], {}),
        ([Order.size], ['size'], {'size': 3}),
        (['size', Order.size, 'size'], ['size'], {'size': 3}),
        (('status',), ['state'], {'status': 'open'}),
        (iter([Order.status]), ['state'], {'status': 'open'}),
        ({'status': 1}.keys(), ['state'], {'status': 'open'}),
        (['address'], ['address'], {'address': ADDRESS}),
        ([Order.address.city], ['address/city'], {'address': {'city': 'Rome'}}),
        (['address.city'], ['address/city'], {'address': {'city': 'Rome'}}),
        (
            ['address.city', Order.address.city, Order.address['city']],
            ['address/city'],
            {'address': {'city': 'Rome'}},
        ),
        ([Order.address['zip']], ['address/postal_code'], {'address': {'zip': '00100'}}),
        (
            ['address.zip', 'address.name'],
            ['address/postal_code', 'address/name'],
            {'address': {'zip': '00100', 'name': 'Jo'}},
        ),
        ([Order.address['geo']['lat']], ['address/geo/lat'], {'address': {'geo': {'lat': 1}}}),
        ([Order.address['geo']], ['address/geo'], {'address': {'geo': {'lat': 1, 'lon': 2}}}),
        (['lines'], ['lines'], {'lines': ORDER['lines']}),
        (['lines[0]'], ['lines'], {'lines': ORDER['lines']}),
        (['lines[7]', Order.lines[0].sku], ['lines'], {'lines': ORDER['lines']}),
        (['notes.a.b'], ['notes/a/b'], {'notes': {'a': {'b': 1}}}),
        ([Order.notes['a']['c']], ['notes/a/c'], {'notes': {'a': {'c': 2}}}),
        (['notes.d[1].e'], ['notes/d'], {'notes': {'d': [1, {'e': 2}]}}),
        ([Order.notes['o.p']], ['notes/o.p'], {'notes': {'o.p': 3}}),
        (
            ['notes.a.b', 'notes.d', 'size'],
            ['notes/a/b', 'notes/d', 'size'],
            {'notes': {'a': {'b': 1}, 'd': [1, {'e': 2}]}, 'size': 3},
        ),
        # Paths that lead through one another.
        (['address', 'address.city'], ['address'], {'address': ADDRESS}),
        (['address.city', 'address'], ['address'], {'address': ADDRESS}),
        (['notes.a.b', 'notes.a', 'notes.a.c'], ['notes/a'], {'notes': {'a': {'b': 1, 'c': 2}}}),
        (['notes', 'notes.a.b', 'notes.d[0]'], ['notes'], {'notes': NOTES}),
        (['notes.d[0]', 'notes.d'], ['notes/d'], {'notes': {'d': NOTES['d']}}),
    ],
    ids=ident,
)
def test_what_is_asked_for_is_what_is_read(orders, sent, only, paths, expected):
    """Names and fields mean the same. The key comes along, and no path leads through another."""
    order = get(only=only)
    assert order.to_dict() == {**KEY, **expected}
    ((operation, request),) = sent
    assert (operation, asked(request)) == ('GetItem', ['customer', 'number', *paths])


def test_requests_are_whole(orders, sent):
    """Every read sends one ProjectionExpression, and the key conditions share its placeholders."""
    only = [Order.address['zip'], 'status']
    get(only=only)
    Order.get_many([('a', 1), ('a', 2)], only=only)
    Order.get_many(Order.customer == 'a', only=only)
    Order.get_many(Order.size == 3, only=only)
    table = Order.table_name()
    reading = {
        'ProjectionExpression': '#n0, #n1, #n2.#n3, #n4',
        'ExpressionAttributeNames': {
            '#n0': 'customer',
            '#n1': 'number',
            '#n2': 'address',
            '#n3': 'postal_code',
            '#n4': 'state',
        },
    }
    assert sent == [
        ('GetItem', {'TableName': table, 'Key': KEY, **reading}),
        (
            'BatchGetItem',
            {'RequestItems': {table: {'Keys': [KEY, {**KEY, 'number': 2}], **reading}}},
        ),
        (
            'Query',
            {
                'TableName': table,
                'KeyConditionExpression': '#n0 = :v0',
                'ScanIndexForward': True,
                'ProjectionExpression': '#n0, #n1, #n2.#n3, #n4',
                'ExpressionAttributeNames': reading['ExpressionAttributeNames'],
                'ExpressionAttributeValues': {':v0': 'a'},
            },
        ),
        (
            'Scan',
            {
                'TableName': table,
                'FilterExpression': '#n0 = :v0',
                'ProjectionExpression': '#n1, #n2, #n3.#n4, #n5',
                'ExpressionAttributeNames': {
                    '#n0': 'size',
                    '#n1': 'customer',
                    '#n2': 'number',
                    '#n3': 'address',
                    '#n4': 'postal_code',
                    '#n5': 'state',
                },
                'ExpressionAttributeValues': {':v0': 3},
            },
        ),
    ]


@pytest.mark.parametrize(
    'read',
    [
        lambda **options: [get(**options)],
        lambda **options: Order.get_many(('a', 1), **options),
        lambda **options: Order.get_many([('a', 1), ('b', 1)], **options),
        lambda **options: Order.get_many(Order.customer.in_(['a', 'b']), limit=1, **options),
        lambda **options: Order.get_many(Order.size == 3, **options),
        lambda **options: list(Order.iter_many(Order.size == 3, **options)),
        lambda **options: Order.get_page(Order.size == 3, limit=5, **options).items,
    ],
    ids=['get_one', 'get_many of a key', 'keys', 'queries', 'scan', 'iter_many', 'get_page'],
)
def test_all_reads_take_it(orders, read):
    (order,) = read(only=['address.city'])
    assert order.to_dict() == {**KEY, 'address': {'city': 'Rome'}}
    with pytest.raises(PartialItemError):
        order.size


@pytest.mark.parametrize(
    ('condition', 'paths'),
    [
        (Order.keys_in([('a', 1)]) & (Order.size == 3), ['size']),
        (Order.keys_in([('a', 1)]) & (Order.address['zip'] == '00100'), ['address/postal_code']),
        (Order.keys_in([('a', 1)]) & (Order.notes['d'][0] == 1), ['notes/d']),
        (Order.keys_in([('a', 1)]) & (Order.address.city == 'Rome'), []),
        (Order.keys_in([('a', 1)]) & (Order.notes['a'].size() < Order.size), ['notes/a', 'size']),
    ],
    ids=ident,
)
def test_what_only_a_check_needs_is_fetched_and_not_shown(orders, sent, condition, paths):
    """Checks on the client see what they compare; the instance doesn't hold it."""
    (order,) = Order.get_many(condition, only=['address.city'])
    assert order.to_dict() == {**KEY, 'address': {'city': 'Rome'}}
    for name in ('size', 'notes'):
        with pytest.raises(PartialItemError):
            getattr(order, name)
    with pytest.raises(PartialItemError):
        order.address['zip']
    ((_, request),) = sent
    assert sorted(asked(request)) == sorted(['customer', 'number', 'address/city', *paths])


@pytest.mark.faithful('moto filters by key attributes in a Query')
def test_a_query_fetches_what_its_check_needs(orders, sent):
    condition = (Order.customer == 'a') & ((Order.number == 7) | (Order.size == 3))
    (order,) = Order.get_many(condition, only=['status'])
    assert order.to_dict() == {**KEY, 'status': 'open'}
    ((_, request),) = sent
    assert asked(request) == ['customer', 'number', 'state', 'size']


def test_a_check_needs_a_whole_of_which_a_part_is_shown(orders):
    condition = Order.keys_in([('a', 1)]) & (Order.notes == NOTES)
    (order,) = Order.get_many(condition, only=['notes.a.b'])
    assert order.notes == {'a': {'b': 1}}
    for path in (['d'], ['a', 'c']):
        with pytest.raises(PartialItemError):
            functools.reduce(operator.getitem, path, order.notes)


@pytest.mark.faithful('moto crashes on a member of what is no dict')
def test_a_check_does_not_change_what_is_shown(orders):
    """Members of what is no dict are absent, whatever else had to be fetched."""
    Order.save_one({**KEY, 'number': 3, 'notes': 'abc'})
    plain = get(3, only=['notes.a'])
    (checked,) = Order.get_many(
        Order.keys_in([('a', 3)]) & (Order.notes == 'abc'), only=['notes.a']
    )
    assert checked.to_dict() == plain.to_dict()
    assert checked == plain


def test_a_check_of_many_members_leaves_room_for_the_projection(orders):
    """Reads take conditions of any length, also where only a part of the items is read."""
    condition = functools.reduce(
        operator.or_, [Order.notes[f'm{number}'] == 1 for number in range(1000)]
    )
    assert Order.get_many(condition | (Order.size == 3)) == [get()]
    (order,) = Order.get_many(condition | (Order.size == 3), only=[])
    assert order.to_dict() == KEY


def test_counting_takes_conditions_of_any_length(orders):
    condition = functools.reduce(
        operator.or_, [Order.notes[f'm{number}'] == 1 for number in range(1000)]
    )
    assert Order.count(condition | (Order.size == 3)) == 1


# Names


@pytest.mark.parametrize(
    ('only', 'paths', 'expected'),
    [
        (['label'], ['n'], {'label': 'L'}),
        (['title', Place.label, Town.label], ['n'], {'label': 'L'}),
        (['mayor'], ['m'], {'mayor': 'M'}),
        (['spot.tax'], ['spot/vat'], {'spot': {'tax': 'T'}}),
        ([Town.spot.tax, Place.rate], ['spot/vat', 'rate'], {'spot': {'tax': 'T'}, 'rate': None}),
        (['spot.inner.deep'], ['spot/inner/d'], {'spot': {'inner': {'deep': 'D'}}}),
        (
            [Town.spot.inner.other, 'spot.lat'],
            ['spot/inner/other', 'spot/lat'],
            {'spot': {'inner': {'other': 'O'}, 'lat': 1}},
        ),
    ],
    ids=ident,
)  # fmt: skip
def test_other_names_and_subclasses(towns, sent, only, paths, expected):
    """Names are those of the class; what is sent are those of the table."""
    town = Town.get_one('x', only=only)
    assert town.to_dict() == {'code': 'x', **expected}
    assert type(town) is Town
    ((_, request),) = sent
    assert asked(request) == ['id', *paths]


def test_models_that_forbid_undeclared_attributes_read_a_part(towns):
    """A model that can't read the whole item reads what it declares."""
    with pytest.raises(ValidationError, match='m: undeclared'):
        Place.get_one('x')
    assert Place.get_one('x', only=['label']).label == 'L'


@pytest.mark.parametrize('name', ['spot.levy', 'spot.tax'])
def test_members_have_their_other_names_too(towns, name):
    """What the constructor takes a member by, ``only`` takes it by."""
    assert Town(code='x', spot={name.partition('.')[2]: 'T'}).spot['tax'] == 'T'
    assert Town.get_one('x', only=[name]).spot == {'tax': 'T'}


def test_the_stored_name_of_a_member_is_no_name_of_it(orders):
    """It is refused, or it brings the member; it never looks as if the member were absent."""
    try:
        order = get(only=['address.postal_code'])
    except (ValidationError, ExpressionError):
        return
    assert order.address['zip'] == '00100'


@pytest.mark.parametrize(
    ('only', 'error', 'message'),
    [
        ('status', ValidationError, r"only takes a list of fields and names \(got 'status'"),
        (b'status', ValidationError, 'only takes a list of fields and names'),
        (Order.status, ValidationError, 'only takes a list of fields and names'),
        (Order.address, ValidationError, 'only takes a list of fields and names'),
        ({'status': True}, ValidationError, 'only takes a list of fields and names'),
        (7, ValidationError, 'only takes a list of fields and names'),
        (True, ValidationError, 'only takes a list of fields and names'),
        ([7], ValidationError, r'only takes a list of fields and names \(got 7\)'),
        ([None], ValidationError, 'only takes a list of fields and names'),
        ([['status']], ValidationError, 'only takes a list of fields and names'),
        ([Order.notes.size()], ValidationError, 'only takes a list of fields and names'),
        ([Order.size == 3], ValidationError, 'only takes a list of fields and names'),
        (['statsu'], ValidationError, r"statsu: no such field; did you mean 'status'\?"),
        (['adress.city'], ValidationError, r"adress\.city: no such field; did you mean 'address'"),
        (['state'], ValidationError, 'state: no such field'),
        ([''], ValidationError, 'no such field'),
        (['.status'], ValidationError, 'no such field'),
        (['[0]'], ValidationError, 'no such field'),
        (['address.'], ValidationError, r"a path is written like 'address\.city' or 'lines\[0\]'"),
        (['address..city'], ValidationError, r"written like .* \(got 'address\.\.city'\)"),
        (['lines[0'], ValidationError, 'a path is written like'),
        (['lines[x]'], ValidationError, 'a path is written like'),
        (['lines[-1]'], ValidationError, 'a path is written like'),
        (['lines[]'], ValidationError, 'a path is written like'),
        (['lines[0]sku'], ValidationError, 'a path is written like'),
        (['notes]'], ValidationError, 'no such field|a path is written like'),
        ([User.name], ExpressionError, r'User\.name is a field of User, not of Order'),
        ([User.cities_visited[0]], ExpressionError, 'of User, not of Order'),
        (['status.x'], ValidationError, r'Order\.status is a StringField, which has no members'),
        (['size[0]'], ValidationError, r'Order\.size is an IntField'),
        (['address.city.x'], ValidationError, r'Order\.address\.city is a StringField'),
        (['address[0]'], ValidationError, r'Order\.address is a dict'),
        (['lines.sku'], ValidationError, r'Order\.lines is a list'),
        (['address.cty'], ValidationError, r"declares no such member; did you mean 'city'\?; for "),
        (['statsu', 'address.x', 'a..b'], ValidationError, '3 invalid values'),
    ],
    ids=ident,
)  # fmt: skip
def test_what_names_nothing_is_refused(connection, sent, only, error, message):
    """Before anything is sent, and in all reads alike."""
    for read in (
        lambda: get(only=only),
        lambda: Order.get_many([('a', 1)], only=only),
        lambda: Order.iter_many(only=only),
        lambda: Order.get_page(None, limit=1, only=only),
        lambda: Order.explain(only=only),
    ):
        with pytest.raises(error, match=message):
            read()
    assert sent == []


def test_all_that_is_wrong_is_reported():
    with pytest.raises(ValidationError) as caught:
        Order.explain(only=['statsu', 'size', 'x.y', 3])
    assert len(caught.value.problems) == 3


# What is absent


@pytest.mark.parametrize(
    ('name', 'value'),
    [('status', None), ('size', None), ('notes', None), ('lines', []), ('address', {})],
)
def test_what_was_read_and_is_absent_is_nothing(orders, name, value):
    """Absent attributes look as they do in whole items."""
    order = get(2, only=[name])
    assert getattr(order, name) == value
    assert order.to_dict() == {'customer': 'a', 'number': 2, name: value}
    assert getattr(get(2), name) == value


@pytest.mark.parametrize('number', [1, 2])
def test_members_that_were_read_and_are_absent(orders, number):
    """They are absent as in any dict, also where the dict is; the others aren't known."""
    address = get(number, only=[Order.address['street'], Order.address['floor']]).address
    assert address == {}
    assert 'street' not in address
    assert address.get('street') is None
    assert address.get('street', 'none') == 'none'
    with pytest.raises(KeyError, match='street'):
        address['street']
    for ask in (lambda: address['city'], lambda: 'city' in address, lambda: address.get('city')):
        with pytest.raises(PartialItemError, match=r"Order\.address\['city'\] was not read"):
            ask()


@pytest.mark.parametrize(
    'path',
    [Order.notes['a']['x'], Order.notes['z']['x'], Order.address['geo']['x']],
    ids=ident,
)
def test_inner_dicts_of_which_an_absent_member_was_read(orders, path):
    """DynamoDB leaves out the inner dict; that doesn't make it absent."""
    name, inner, member = path._path
    outer = getattr(get(only=[path]), name)
    with pytest.raises(PartialItemError):
        outer['q']
    assert outer[inner].get(member) is None


# Instances that were read in part


def test_reading_what_was_not_read_raises(partial):
    for name in ('size', 'total', 'lines', 'notes'):
        with pytest.raises(PartialItemError, match=rf'was read without {name}; .*{name}') as caught:
            getattr(partial, name)
        assert "Order(customer='a', number=1" in str(caught.value)
    with pytest.raises(PartialItemError, match='without undeclared attributes'):
        partial.extra
    assert (partial.customer, partial.number, partial.status) == ('a', 1, 'open')


def test_whole_items_are_not_in_part(orders):
    order = get()
    assert order.extra == {}
    assert order.total is None
    assert not repr(order).endswith('...)')
    Order.save_one(order)


@pytest.mark.parametrize(
    'save',
    [
        Order.save_one,
        lambda order: Order.save_one(order, overwrite=False),
        lambda order: Order.save_one(order, overwrite=Order.size == 3),
        lambda order: Order.save_many([order]),
        lambda order: Order.save_many([ORDER, order, ORDER]),
        lambda order: Order.save_many([ORDER, order], overwrite=False),
    ],
    ids=['one', 'one, new', 'one, checked', 'many', 'among others', 'many, new'],
)
def test_saving_is_refused(partial, sent, save):
    """It would erase what wasn't read, so nothing is sent, of the other items either."""
    with pytest.raises(PartialItemError, match=r'size, total, lines, notes .*use update_one'):
        save(partial)
    assert sent == []


def test_saving_is_refused_where_all_fields_were_read(orders, sent):
    """There may be undeclared attributes, too."""
    order = get(only=list(Order._schema.fields))
    assert order.to_dict() == get().to_dict()
    sent.clear()
    with pytest.raises(PartialItemError, match="attributes that Order doesn't declare"):
        Order.save_one(order)
    assert sent == []


def test_to_dict_gives_what_was_read(partial):
    expected = {**KEY, 'status': 'open', 'address': {'city': 'Rome'}}
    assert partial.to_dict() == expected
    assert partial.to_dict(only=['status']) == {'status': 'open'}
    assert partial.to_dict(only=[Order.address]) == {'address': {'city': 'Rome'}}
    for only in (['size'], ['status', Order.notes]):
        with pytest.raises(PartialItemError, match='was read without'):
            partial.to_dict(only=only)
    with pytest.raises(PartialItemError, match='undeclared'):
        partial.to_dict(extra=True)


def test_to_dict_keeps_what_dicts_know(partial):
    """The copy knows what it lacks as well as the original."""
    address = partial.to_dict()['address']
    with pytest.raises(PartialItemError):
        address['zip']
    address['city'] = 'Oslo'
    assert partial.address['city'] == 'Rome'


def test_repr(partial, orders):
    assert (
        repr(partial) == "Order(customer='a', number=1, status='open', "
        "address={'city': 'Rome', ...}, ...)"
    )
    assert repr(get(only=[])) == "Order(customer='a', number=1, ...)"
    assert repr(get(2, only=['address.city', 'size'])) == (
        "Order(customer='a', number=2, address={...}, ...)"
    )


def test_equality(partial, orders):
    """Instances are equal where the same has been read, and is the same."""
    only = ['status', 'address.city']
    assert partial == get(only=only)
    assert partial == get(only=[*only, 'number'])
    assert partial != get()
    assert get() != partial
    assert partial != get(only=['status'])
    assert partial != get(2, only=only)
    assert partial != partial.to_dict()
    changed = get(only=only)
    changed.status = 'closed'
    assert partial != changed


@pytest.mark.parametrize('number', [1, 2])
def test_dicts_read_to_different_extent_make_instances_unequal(orders, number):
    """That a member isn't there, and that it isn't known, are two things."""
    whole, one, other = (
        get(number, only=[path])
        for path in ('address', Order.address['street'], Order.address['floor'])
    )
    assert one != other
    assert one != whole
    assert whole != one


def test_comparing_never_raises(orders):
    """Where one of two instances has been given what wasn't read, they differ."""
    first, second = get(only=['status']), get(only=['status'])
    first.size = 3
    assert second != first
    assert first != second
    second.size = 3
    assert first == second


@pytest.mark.parametrize(
    'duplicate', [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_know_what_they_lack(partial, duplicate):
    twin = duplicate(partial)
    assert twin == partial
    assert repr(twin) == repr(partial)
    for ask in (
        lambda: twin.size,
        lambda: twin.extra,
        lambda: twin.address['zip'],
        lambda: 'zip' in twin.address,
        lambda: Order.save_one(twin),
    ):
        with pytest.raises(PartialItemError):
            ask()
    address = duplicate(partial.address)
    assert address == {'city': 'Rome'}
    with pytest.raises(PartialItemError, match=r"Order\.address\['zip'\]"):
        address.get('zip')


def test_what_was_not_read_can_be_set(partial, sent):
    """It is there from then on, but the instance still isn't whole."""
    partial.size = 5
    partial.lines = [{'sku': 'y'}]
    assert partial.size == 5
    partial.lines.append({'sku': 'z'})
    assert [line['sku'] for line in partial.lines] == ['y', 'z']
    assert partial.to_dict()['size'] == 5
    assert 'size=5' in repr(partial)
    for name in ('total', 'notes'):
        setattr(partial, name, None)
    partial.address = {}
    with pytest.raises(PartialItemError):
        Order.save_one(partial)
    assert sent == []


@pytest.mark.parametrize(
    'strategy', [lambda order: order, lambda order: [order], lambda order: Order.keys_in([order])]
)
def test_it_is_a_key_like_any_instance(partial, sent, strategy):
    """The key was read in any case."""
    assert [order.to_dict() for order in Order.get_many(strategy(partial))] == [get().to_dict()]


def test_it_can_be_read_updated_and_deleted(partial):
    assert Order.get_one(partial) == get()
    assert Order.update_one(partial, [Order.size.set(9)]).size == 9
    deleted = Order.delete_one(partial)
    assert deleted.size == 9
    Order.save_one(ORDER)
    assert Order.delete_many([partial]).success_count == 1
    with pytest.raises(Order.DoesNotExist):
        get()


def test_deleted_items_of_which_the_key_was_known_have_no_more(orders):
    """They say so, rather than look as if nothing else had been there."""
    (deleted,) = Order.delete_many(('a', 1)).success
    assert deleted.to_dict() == KEY
    assert repr(deleted) == "Order(customer='a', number=1, ...)"
    for ask in (lambda: deleted.size, lambda: deleted.extra, lambda: Order.save_one(deleted)):
        with pytest.raises(PartialItemError):
            ask()
    assert Order.get_many([deleted]) == []


# Dicts that were read in part


def test_dicts_know_what_they_lack(partial):
    address = partial.address
    assert address == {'city': 'Rome'}
    assert address['city'] == address.get('city') == 'Rome'
    assert 'city' in address
    assert isinstance(address, dict)
    assert list(address.items()) == [('city', 'Rome')]
    for ask in (
        lambda: address['zip'],
        lambda: address.get('zip'),
        lambda: address.get('zip', 'x'),
        lambda: 'zip' in address,
        lambda: 'zip' not in address,
        lambda: address['undeclared'],
    ):
        with pytest.raises(
            PartialItemError, match=r'was not read; of Order\.address there is city'
        ):
            ask()


def test_inner_dicts_know_what_they_lack(orders):
    order = get(only=['notes.a.b', Order.address['geo']['lat']])
    assert order.notes['a']['b'] == 1
    with pytest.raises(PartialItemError, match=r"Order\.notes\['a'\]\['c'\] was not read"):
        order.notes['a']['c']
    with pytest.raises(PartialItemError, match=r"Order\.notes\['d'\] was not read"):
        order.notes['d']
    with pytest.raises(PartialItemError, match=r"Order\.address\['geo'\]\['lon'\]"):
        order.address['geo']['lon']


@pytest.mark.parametrize(
    'ask',
    [
        lambda address: address.pop('zip'),
        lambda address: address.pop('zip', None),
        lambda address: address.setdefault('zip', 'x'),
    ],
    ids=['pop', 'pop, default', 'setdefault'],
)
def test_methods_that_look_up_a_member_know_it_too(partial, ask):
    """None of them answers as if the member were absent."""
    with pytest.raises(PartialItemError):
        ask(partial.address)


def test_dicts_that_were_read_as_a_whole_are_plain(orders):
    address = get(only=['address']).address
    assert type(address) is dict
    assert 'street' not in address


def test_json(partial):
    assert json.loads(json.dumps(partial.to_dict())) == {
        **KEY,
        'status': 'open',
        'address': {'city': 'Rome'},
    }
    assert json.dumps(partial.address) == '{"city": "Rome"}'


@pytest.mark.parametrize(
    'use',
    [
        lambda value: Order.update_one(('a', 1), [Order.address.set(value)]),
        lambda value: Order.update_one(('a', 1), [Order.notes.set(value)]),
        lambda value: Order.update_one(('a', 1), [Order.notes['x'].set({'y': [value]})]),
        lambda value: Order.update_one(('a', 1), [Order.address.set_if_not_exists(value)]),
        lambda value: Order.update_from_dict({**KEY, 'address': value}),
        lambda value: Order.save_one({**KEY, 'address': value}),
        lambda value: Order.save_one({**KEY, 'notes': value}),
        lambda value: Order.save_one({**KEY, 'notes': {'x': [value]}}),
        lambda value: Order.save_one({**KEY, 'address': {'city': 'Oslo', 'other': value}}),
        lambda value: Order.save_many([ORDER, {**KEY, 'address': value}]),
        lambda value: Order.save_one(Order(**KEY, address=value)),
        lambda value: Order.get_many(Order.address == value),
    ],
)
def test_partial_dicts_are_never_stored_nor_compared(partial, sent, use):
    """Storing one would erase what wasn't read of it."""
    with pytest.raises(PartialItemError, match='read in part'):
        use(partial.address)
    assert sent == []


@pytest.mark.parametrize('name', ['address', 'notes'])
def test_whole_instances_refuse_partial_dicts(partial, sent, name):
    """At the latest when they are saved."""
    order = Order(**ORDER)

    def assign_and_save():
        setattr(order, name, partial.address)
        Order.save_one(order)

    with pytest.raises(PartialItemError, match='read in part'):
        assign_and_save()
    assert sent == []


def test_extra_refuses_partial_dicts(partial, sent):
    order = Order(**ORDER)
    order.extra['more'] = partial.address
    with pytest.raises(PartialItemError):
        Order.save_one(order)
    assert sent == []


def test_members_are_updated_one_by_one(partial):
    """Which is what the errors advise."""
    updated = Order.update_one(partial, [Order.address.city.set('Oslo')])
    assert updated.address == {**ADDRESS, 'city': 'Oslo'}
    assert get() == updated


def test_a_dict_made_of_a_part_knows_it(orders):
    """Merging and copying keep the knowledge, so that an update can't erase the rest."""
    address = get(only=['address.city']).address
    for made in (
        address | {'name': 'Home'},
        {'name': 'Home'} | address,
        address.copy(),
        copy.copy(address),
        copy.deepcopy(address),
    ):
        with pytest.raises(PartialItemError, match='zip'):
            made['zip']
        with pytest.raises(PartialItemError):
            Order.address.set(made)
    merged = address | {'name': 'Home'}
    assert (merged['name'], merged['city']) == ('Home', address['city'])


def test_the_dict_of_a_partly_read_instance_is_not_saved(orders, sent):
    """It lacks what wasn't read, which a save would erase."""
    values = get(only=['status']).to_dict()
    sent.clear()
    for save in (
        lambda: Order.save_one(values),
        lambda: Order.save_one({**KEY} | values),
        lambda: Order.save_many([values]),
    ):
        with pytest.raises(PartialItemError, match='read in part'):
            save()
    with pytest.raises(PartialItemError, match='size'):
        values['size']
    assert sent == []
    assert json.loads(json.dumps(values)) == dict(values)


def test_more_paths_than_fit_are_read_as_whole_attributes(orders, sent):
    """The answer is cut to what was asked for."""
    many = [Order.notes[f'member {number}'] for number in range(1000)]
    order = get(only=[*many, 'status'])
    assert sent[-1][1]['ProjectionExpression'].count(',') == 3
    assert set(order.to_dict()) == {'customer', 'number', 'notes', 'status'}
    with pytest.raises(PartialItemError):
        order.notes['a']
    (order,) = Order.get_many(Order.keys_in([('a', 1)]) & Order.customer.exists(), only=many)
    assert set(order.to_dict()) == {'customer', 'number', 'notes'}


@pytest.mark.faithful('moto measures no expressions')
@pytest.mark.parametrize('number', range(370, 392, 3))
def test_projections_about_as_long_as_fit_are_sent_right(orders, number):
    """The placeholders of other expressions come before theirs, and make theirs longer."""
    only = [Order.notes[f'member {place}'] for place in range(number)]
    condition = (Order.customer == 'a') & (Order.size > 0) & (Order.total > 0)
    for order in Order.get_many(condition | (Order.size == 0), only=only):
        assert set(order.to_dict()) == {'customer', 'number', 'notes'}
    assert isinstance(Order.get_many(condition, only=only), list)
