"""What updates promise: what they make, what they refuse, and what they answer."""

import datetime
import functools
import re
import threading

import pytest

from dynamongo import (
    ConditionalCheckFailedException,
    DateField,
    DictField,
    DoesNotExist,
    ExpressionError,
    Field,
    IntField,
    ListField,
    Model,
    RequestError,
    StringField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    _execute,
)

pytestmark = pytest.mark.broad


class Shop(Model):
    """A model with a range key, and a required field that has another name in the table."""

    __table__ = 'shops'
    __hash_key__ = 'town'
    __range_key__ = 'number'

    town = StringField(required=True)
    number = IntField(required=True)
    name = StringField(required=True, attribute='title', max_length=9)
    size = IntField(min_value=0, max_value=100)
    since = DateField()
    tags = ListField(StringField(required=True, max_length=5))
    owner = DictField(
        name=StringField(required=True),
        age=IntField(max_value=150),
        zip=StringField(attribute='postal_code'),
        home=DictField(city=StringField(regex='[A-Z].*'), rooms=ListField(IntField(max_value=9))),
    )
    lines = ListField(DictField(sku=StringField(required=True), count=IntField(default=1)))
    free = Field()


class Point(Model):
    """A model of which only the key is required."""

    __table__ = 'points'
    __hash_key__ = 'id'
    id = StringField()
    n = IntField()
    tags = ListField(StringField)
    box = DictField(w=IntField())


KEY = ('Rome', 1)
RAW = {
    'town': 'Rome',
    'number': 1,
    'title': 'Shop',
    'size': 5,
    'since': '2020-01-02',
    'tags': ['a', 'b'],
    'owner': {'name': 'Ada', 'age': 30, 'home': {'city': 'Oslo', 'rooms': [1, 2]}},
    'lines': [{'sku': 'x', 'count': 2}, {'sku': 'y', 'count': 1}],
    'free': {'a': [1, {'b': 2}]},
    'unknown': {'kept': [1]},
}


def empty(model):
    table = model.table()
    names = model._schema.key_attributes
    for item in table.scan(ConsistentRead=True)['Items']:
        table.delete_item(Key={name: item[name] for name in names})


@pytest.fixture
def shops(stored):
    """The table, with one item. The connection is shared: to make one takes longer than a test."""
    stored('shops', Shop, [])
    empty(Shop)
    Shop.table().put_item(Item=RAW)


@pytest.fixture
def points(stored):
    """The table, empty."""
    stored('points', Point, [])
    empty(Point)


def held(model, **key):
    """Return an item in the table, by other means than those that are tested."""
    return model.table().get_item(Key=key, ConsistentRead=True).get('Item')


def all_held(model):
    return model.table().scan(ConsistentRead=True)['Items']


def transacted(target, updates, **options):
    with Transaction() as t:
        t.update(target, updates, **options)


#: Every way to update one item of Point by its key.
METHODS = {
    'update_one': lambda key, updates: Point.update_one(key, updates),
    'update_one with a check': lambda key, updates: Point.update_one(
        (Point.id == key) & (Point.n != 7), updates
    ),
    'update_many': lambda key, updates: Point.update_many([key], updates),
    'update_many of a condition': lambda key, updates: Point.update_many(
        Point.id.in_([key]), updates
    ),
    'instance': lambda key, updates: Point(id=key).update(*updates),
    'transaction': lambda key, updates: transacted((Point, key), updates),
}


@pytest.mark.parametrize('method', METHODS)
def test_nothing_is_made_without_upsert(points, method):
    """Whatever the updates are, those that only remove included."""
    for updates in (
        [Point.n.set(1)],
        [Point.n.add(1)],
        [Point.n.remove()],
        [Point.tags.append('x')],
        [Point.n.set_if_not_exists(1)],
        [Point.box.set({'w': 1}), Point.n.set(None)],
    ):
        try:
            result = METHODS[method]('a', updates)
        except (DoesNotExist, TransactionCanceledError):
            assert method in ('instance', 'transaction')
        else:
            fails = result is None or (result.success, len(result.fail)) == ([], 1)
            assert fails
        assert all_held(Point) == []
    assert Point.update_from_dict({'id': 'a', 'n': 1}) is None
    assert Point.update_from_dict({'id': 'a', 'n': None}) is None
    assert all_held(Point) == []


# upsert


def test_upsert_makes_an_item_or_updates_it(points):
    """It answers with what is stored either way, and an absent attribute counts as empty."""
    updates = [Point.n.increment(2), Point.tags.append('x'), Point.box.set_if_not_exists({'w': 1})]
    for number in (1, 2):
        for strategy in ('a', {'id': 'b'}, Point(id='c'), Point.id == 'd'):
            made = Point.update_one(strategy, updates, upsert=True)
            assert (made.n, made.tags, made.box) == (2 * number, ['x'] * number, {'w': 1})
            assert Point.get_one(made) == made
    assert len(all_held(Point)) == 4


def test_upsert_of_the_key_alone(points):
    made = Point.update_one('a', [Point.n.remove()], upsert=True)
    assert made == Point.get_one('a')
    assert all_held(Point) == [{'id': 'a'}]


@pytest.mark.faithful('moto crashes on an UpdateItem without an update expression')
def test_upsert_of_updates_that_amount_to_nothing(points):
    assert Point.update_one('a', [Point.n.set_if_not_exists(None)], upsert=True).id == 'a'
    assert all_held(Point) == [{'id': 'a'}]


def test_checks_of_an_upsert_are_for_existing_items(points):
    checked = (Point.id == 'a') & (Point.n > 5)
    assert Point.update_one(checked, [Point.n.set(1)], upsert=True).n == 1
    assert Point.update_one(checked, [Point.n.set(2)], upsert=True) is None
    assert (
        Point.update_one((Point.id == 'a') & (Point.n == 1), [Point.n.set(9)], upsert=True).n == 9
    )
    assert Point.update_one(checked, [Point.n.set(2)], upsert=True).n == 2
    never = (Point.id == 'b') & Point.n.in_([])
    assert Point.update_one(never, [Point.n.set(1)], upsert=True).n == 1
    assert Point.update_one(never, [Point.n.set(2)], upsert=True) is None
    assert sorted((item['id'], item['n']) for item in all_held(Point)) == [('a', 2), ('b', 1)]


def test_upsert_in_a_transaction(points):
    for number in (1, 2):
        transacted((Point, 'a'), [Point.n.increment()], upsert=True)
        assert held(Point, id='a') == {'id': 'a', 'n': number}


@pytest.mark.parametrize(
    'updates',
    [
        [Shop.size.set(1)],
        [Shop.size.set(1), Shop.tags.append('x')],
        [Shop.owner.name.set('x'), Shop.size.set(1)],
        [Shop.name.set_if_not_exists('')],
        [Shop.name.set_if_not_exists(None), Shop.size.set(1)],
        [Shop.name.set('N'), Shop.owner.name.set('x'), Shop.owner.age.add(1)],
    ],
)
def test_upsert_makes_nothing_that_lacks_a_required_field(connection, sent, updates):
    for write in (
        lambda: Shop.update_one(KEY, updates, upsert=True),
        lambda: Transaction().update((Shop, KEY), updates, upsert=True),
    ):
        with pytest.raises(ExpressionError, match=r'lack Shop\.(name|owner),.*set_if_not_exists'):
            write()
    assert sent == []


def test_upsert_with_the_required_fields(shops):
    for number, update in enumerate((Shop.name.set('N'), Shop.name.set_if_not_exists('N')), 2):
        updates = [Shop.size.set(1), update, Shop.owner.set({'name': 'Bob'})]
        made = Shop.update_one(('Oslo', number), updates, upsert=True)
        assert (made.name, made.size, made.tags) == ('N', 1, [])
        assert Shop.get_one(made) == made
    updates = [Shop.name.set_if_not_exists('N'), Shop.owner.set_if_not_exists({'name': 'Bob'})]
    kept = Shop.update_one(KEY, updates, upsert=True)
    assert (kept.name, kept.owner['name']) == ('Shop', 'Ada')


@pytest.mark.parametrize('upsert', [None, 1, 'yes'])
def test_upsert_is_a_bool(connection, sent, upsert):
    with pytest.raises(ValidationError, match='upsert is True or False'):
        Point.update_one('a', [Point.n.set(1)], upsert=upsert)
    assert sent == []


# What is refused before anything is sent


@pytest.mark.parametrize(
    ('updates', 'message'),
    [
        ([Shop.town.set('x')], r"Shop\.town is part of the key, which can't change"),
        ([Shop.number.add(1)], r'Shop\.number is part of the key.*save an item with the new key'),
        ([Shop.size.set(1), Shop.number.set_if_not_exists(1)], r'Shop\.number is part'),
        ([Shop.size.set(1), Shop.size.set(1)], 'overlap'),
        ([Shop.owner.age.set(1), Shop.owner['age'].add(1)], 'overlap'),
        ([Shop.owner.zip.set('1'), Shop.owner['postal_code'].set('2')], 'overlap'),
        ([Shop.owner.home.city.set('X'), Shop.owner['home']['city'].remove()], 'overlap'),
        ([Shop.owner.set({'name': 'x'}), Shop.owner.home.rooms[0].set(1)], 'overlap'),
        ([Shop.lines[0].set({'sku': 'z'}), Shop.lines[0]['count'].add(1)], 'overlap'),
        ([Shop.tags.append('x'), Shop.tags.prepend('y')], 'overlap'),
        ([Shop.tags.append('x'), Shop.tags[0].set('y')], 'overlap'),
        ([Shop.free['a'].remove(), Shop.free['a'][1]['b'].set(1)], 'overlap'),
        ([Point.n.set(1)], 'of Point, not of Shop'),
        ([], 'empty'),
        ([None], 'method of a field'),
    ],
)  # fmt: skip
def test_every_method_refuses_the_same(connection, sent, updates, message):
    for write in (
        lambda: Shop.update_one(KEY, updates),
        lambda: Shop.update_one(KEY, updates, upsert=True),
        lambda: Shop.update_many([KEY], updates),
        lambda: Shop.update_many([], updates),
        lambda: Shop.update_many(Shop.size > 1, updates),
        lambda: Shop(town='Rome', number=1).update(*updates),
        lambda: Transaction().update((Shop, KEY), updates),
    ):
        with pytest.raises(ExpressionError, match=message):
            write()
    assert sent == []


INVALID = [
    # What makes an update, and the path that the error names.
    (lambda: Shop.size.set(101), 'Shop.size'),
    (lambda: Shop.size.set_if_not_exists(-1), 'Shop.size'),
    (lambda: Shop.size.add('x'), 'Shop.size'),
    (lambda: Shop.name.set('x' * 10), 'Shop.name'),
    (lambda: Shop.name.set(''), 'Shop.name'),
    (lambda: Shop.name.remove(), 'Shop.name'),
    (lambda: Shop.since.set('tomorrow'), 'Shop.since'),
    (lambda: Shop.tags.append('toolong'), 'Shop.tags[0]'),
    (lambda: Shop.tags.append('ok', 'toolong'), 'Shop.tags[1]'),
    (lambda: Shop.tags.prepend(None), 'Shop.tags[0]'),
    (lambda: Shop.tags.set(['ok', None]), 'Shop.tags[1]'),
    (lambda: Shop.tags.set_if_not_exists(['toolong']), 'Shop.tags[0]'),
    (lambda: Shop.tags[0].set('toolong'), 'Shop.tags[0]'),
    (lambda: Shop.owner.set({'age': 3}), 'Shop.owner.name'),
    (lambda: Shop.owner.set_if_not_exists({'age': 3}), 'Shop.owner.name'),
    (lambda: Shop.owner.set({'name': 'x', 'home': {'city': 'oslo'}}), 'Shop.owner.home.city'),
    (
        lambda: Shop.owner.set({'name': 'x', 'home': {'rooms': [1, 10]}}),
        'Shop.owner.home.rooms[1]',
    ),
    (lambda: Shop.owner.age.set(200), "Shop.owner['age']"),
    (lambda: Shop.owner.name.set(None), "Shop.owner['name']"),
    (lambda: Shop.owner.home.city.set('oslo'), "Shop.owner['home']['city']"),
    (lambda: Shop.owner.home.rooms.append(10), "Shop.owner['home']['rooms'][0]"),
    (lambda: Shop.owner.home.rooms[3].set('x'), "Shop.owner['home']['rooms'][3]"),
    (lambda: Shop.lines.append({'sku': 'x'}, {'count': 1}), 'Shop.lines[1].sku'),
    (lambda: Shop.lines.prepend({'sku': 'x', 'count': 'y'}), 'Shop.lines[0].count'),
    (lambda: Shop.lines[1].set({}), 'Shop.lines[1].sku'),
    (lambda: Shop.lines[1].sku.remove(), "Shop.lines[1]['sku']"),
    (lambda: Shop.free['x'].set({'y': [object()]}), "Shop.free['x'].y[0]"),
    (lambda: Shop.free.set({'y': float('nan')}), 'Shop.free.y'),
]


def spelt(text):
    """Return text that begins with a path, however the parts of that are joined."""
    return re.sub(r"[\[\]'.: ]+", '.', text)


def test_values_are_validated_by_their_fields():
    """Elements and nested members too, whether they are set, appended or made."""
    for make, path in INVALID:
        with pytest.raises(ValidationError) as caught:
            make()
        assert spelt(str(caught.value)).startswith(spelt(f'{path}: ')), caught.value


@pytest.mark.parametrize(
    'update',
    [
        Point.box.w.set(1),
        Point.box['w'].add(1),
        Point.box.w.set_if_not_exists(1),
        Point.box['deep']['er'].set(1),
        Point.tags[0].set('x'),
        Point.box['tags'][0].set('x'),
    ],
    ids=repr,
)
@pytest.mark.faithful('moto words its refusals otherwise')
def test_a_missing_parent_says_how_to_make_it(points, update):
    """Also where the item itself is being made. Nothing is written."""
    Point.table().put_item(Item={'id': 'a'})
    for write in (
        lambda: Point.update_one('a', [update]),
        lambda: Point(id='a').update(update),
        lambda: Point.update_one('new', [update], upsert=True),
    ):
        with pytest.raises(RequestError, match='set_if_not_exists') as caught:
            write()
        assert caught.value.code == 'ValidationException'
        assert update.field._parent._label in str(caught.value)
    result = Point.update_many(['a'], [update])
    assert [type(error) for error in result.errors] == [RequestError]
    assert update.field._parent._label in str(result.errors[0])
    assert all_held(Point) == [{'id': 'a'}]
    # It is done as the message says.
    Point.update_one('a', [Point.box.set_if_not_exists({})])
    assert Point.update_one('a', [Point.box.w.set(1)]).box == {'w': 1}


@pytest.mark.parametrize(
    'update',
    [
        Point.n.add(1),
        Point.n.subtract(1),
        Point.tags.append('x'),
        Point.tags.prepend('x'),
        Point.box.w.add(1),
    ],
    ids=repr,
)
@pytest.mark.faithful('moto adds to what is no number')
def test_a_stored_value_of_another_type_is_named(points, update):
    raw = {'id': 'a', 'n': 'text', 'tags': {'no': 'list'}, 'box': {'w': ['no', 'number']}}
    Point.table().put_item(Item=raw)
    with pytest.raises(RequestError, match='another type than the update is for') as caught:
        Point.update_one('a', [update])
    assert caught.value.code == 'ValidationException'
    assert "'a'" in str(caught.value)
    assert all_held(Point) == [raw]


# What is answered is what is stored

#: What has no effect, since the attribute is there.
NO_ACTION = Shop.size.set_if_not_exists(9)
UPDATES = [
    Shop.name.set('New'),
    Shop.size.set('7'),
    Shop.size.set(None),
    Shop.size.add(-5),
    Shop.size.remove(),
    NO_ACTION,
    Shop.since.set(datetime.date(2021, 2, 3)),
    Shop.since.set('2021-02-03'),
    Shop.tags.append('c', 'd'),
    Shop.tags.prepend('c', 'd'),
    Shop.tags.set(()),
    Shop.tags.set(None),
    Shop.tags[0].remove(),
    Shop.tags[9].set('end'),
    Shop.owner.age.increment(),
    Shop.owner.age.set(''),
    Shop.owner.zip.set('1'),
    Shop.owner['other'].set([1.5, True]),
    Shop.owner.home.remove(),
    Shop.owner.home.set({'city': 'Rome', 'rooms': []}),
    Shop.owner.home.rooms.append(3),
    Shop.owner.home.rooms[0].set(None),
    Shop.owner.set({'name': 'Bob', 'zip': '', 'age': None}),
    Shop.lines.append({'sku': 'z'}),
    Shop.lines[0].count.subtract(5),
    Shop.lines[1].set({'sku': 'q'}),
    Shop.lines[1].remove(),
    Shop.free.set(None),
    Shop.free.set({'t': (1, 2.0), 's': {1, 2}, 'b': b'x'}),
    Shop.free['a'][1]['b'].set({'deep': [None]}),
    Shop.free['a'].set(False),
]


def test_the_answer_is_what_is_stored(shops):
    """And nothing changes but what the update is about."""
    for update in UPDATES:
        for write in (
            lambda u=update: Shop.update_one(KEY, [u]),
            lambda u=update: Shop.update_many([KEY], [u]).success[0],
            lambda u=update: Shop.get_one(KEY).update(u),
        ):
            Shop.table().put_item(Item=RAW)
            answer, read, raw = write(), Shop.get_one(KEY), held(Shop, town='Rome', number=1)
            assert answer == read, update
            assert answer.extra == {'unknown': {'kept': [1]}}
            changed = {name for name in {*raw, *RAW} if raw.get(name) != RAW.get(name)}
            assert changed == ({update.field._path.root} if update is not NO_ACTION else set())
    assert len(all_held(Shop)) == 1


def test_setting_nothing_removes(shops):
    for empty_value in (None, ''):
        Shop.table().put_item(Item=RAW)
        updated = Shop.update_one(
            KEY,
            [
                Shop.size.set(empty_value),
                Shop.tags.set(empty_value),
                Shop.since.set(empty_value),
                Shop.owner.age.set(empty_value),
                Shop.owner.home.city.set(empty_value),
                Shop.free['a'][1]['b'].set(empty_value),
            ],
        )
        assert held(Shop, town='Rome', number=1) == {
            'town': 'Rome',
            'number': 1,
            'title': 'Shop',
            'owner': {'name': 'Ada', 'home': {'rooms': [1, 2]}},
            'lines': RAW['lines'],
            'free': {'a': [1, {}]},
            'unknown': {'kept': [1]},
        }
        assert (updated.size, updated.tags, updated.free) == (None, [], {'a': [1, {}]})
    with pytest.raises(ValidationError, match='required'):
        Shop.update_from_dict({'town': 'Rome', 'number': 1, 'name': ''})


def test_updates_add_to_what_is_there_then(shops):
    """Not to what an instance shows."""
    shop = Shop.get_one(KEY)
    Shop.update_one(KEY, [Shop.size.set(50), Shop.tags.append('z')])
    shop.update(Shop.size.add(1), Shop.tags.append('w'))
    assert (shop.size, shop.tags) == (51, ['a', 'b', 'z', 'w'])


# update_many


@pytest.fixture
def ten(points):
    Point.save_many([{'id': f'p{number}', 'n': number} for number in range(10)])


def ids(items):
    return [item.id for item in items]


@pytest.mark.parametrize('workers', [1, 4])
def test_update_many_by_a_list_of_anything(ten, sent, workers):
    """In the caller's order. What no item has, and what fails a check, has a typed error."""
    sent.clear()
    result = Point.update_many(
        [
            'p0',
            ('p1',),
            {'id': 'p2'},
            Point(id='p3'),
            Point.get_one('p4', only=['id']),
            Point.id == 'p5',
            (Point.id == 'p6') & (Point.n == 6),
            (Point.id == 'p7') & (Point.n != 7),
            (Point.id == 'p8') & Point.n.in_([]),
            'none',
            (Point.id == 'nor') & (Point.n == 1),
        ],
        [Point.n.add(100), Point.tags.append('x')],
        workers=workers,
    )
    assert sent.operations == ['GetItem', *['UpdateItem'] * 10]
    assert ids(result.success) == [f'p{number}' for number in range(7)]
    assert ids(result.fail) == ['p7', 'p8', 'none', 'nor']
    assert [type(error) for error in result.errors] == [ConditionalCheckFailedException] * 4
    assert [error.key for error in result.errors] == [{'id': point.id} for point in result.fail]
    assert [error.item and error.item.n for error in result.errors] == [7, None, None, None]
    assert all(error.model is Point for error in result.errors)
    assert [point.n for point in result.success] == [100 + number for number in range(7)]
    assert sorted(Point.iter_many(), key=lambda point: point.id) == [
        *result.success,
        *(Point.get_one(f'p{number}') for number in (7, 8, 9)),
    ]


def test_a_key_that_is_given_twice_is_updated_once(ten, sent):
    sent.clear()
    same = (Point.id == 'p2') & (Point.n < 5)
    result = Point.update_many(
        ['p1', {'id': 'p1'}, Point(id='p1'), Point.id == 'p1', same, same], [Point.n.add(100)]
    )
    assert sent.operations == ['UpdateItem'] * 2
    assert [point.n for point in result.success] == [101] * 4 + [102] * 2
    sent.clear()
    result = Point.update_many(Point.id.in_(['p3', 'p3']) | (Point.id == 'p3'), [Point.n.add(100)])
    assert [point.n for point in result.success] == [103]


def test_a_key_that_is_given_twice_in_other_words_is_updated_once(ten):
    for strategy in (
        ['p1', (Point.id == 'p1') & (Point.n < 1000)],
        [(Point.id == 'p2') & (Point.n < 1000), (Point.id == 'p2') & (Point.n < 1000)],
    ):
        Point.update_many(strategy, [Point.n.add(100)])
    assert [point.n for point in Point.get_many(['p1', 'p2'])] == [101, 102]


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize(
    ('strategy', 'read', 'updated', 'failed'),
    [
        (Point.id.in_(['p1', 'p2', 'none']), [], ['p1', 'p2'], ['none']),
        (Point.keys_in(['p1', 'p2', 'none']), [], ['p1', 'p2'], ['none']),
        (Point.id.in_(['p1', 'p2']) & (Point.n > 1), [], ['p2'], ['p1']),
        (Point.n > 6, ['Scan'], ['p7', 'p8', 'p9'], []),
        ((Point.n > 6) & ~(Point.id == 'p8'), ['Scan'], ['p7', 'p9'], []),
        (Point.n > 60, ['Scan'], [], []),
        ('p4', [], ['p4'], []),
        (Point.id == 'p4', [], ['p4'], []),
        (Point.id.in_([]), [], [], []),
        ([], [], [], []),
    ],
)
def test_update_many_by_conditions(ten, sent, workers, strategy, read, updated, failed):
    """Keys alone are read, and no more than is needed."""
    sent.clear()
    result = Point.update_many(strategy, [Point.n.set(1000)], workers=workers)
    assert sorted(ids(result.success)) == updated
    assert ids(result.fail) == failed
    assert {type(error) for error in result.errors} <= {ConditionalCheckFailedException}
    reads = [(operation, request) for operation, request in sent if operation != 'UpdateItem']
    # Several workers scan by segments.
    assert {operation for operation, _ in reads} == set(read)
    assert sent.operations.count('UpdateItem') == len(updated) + len(failed)
    for _, request in reads:
        names = request['ExpressionAttributeNames']
        attributes = request['ProjectionExpression'].split(', ')
        assert [names[name] for name in attributes] == ['id']
    assert sorted(item['id'] for item in all_held(Point) if item['n'] == 1000) == updated


def test_update_many_checks_again_when_it_writes(ten, monkeypatch):
    """An item that has changed, or gone, since it was read is left alone, and reported."""
    call = _execute.call
    before = {
        'p7': lambda: Point.table().put_item(Item={'id': 'p7', 'n': 0}),
        'p8': lambda: Point.table().delete_item(Key={'id': 'p8'}),
    }

    def after_a_change(schema, operation, request, **options):
        if operation == 'update_item':
            before.pop(request['Key']['id'], lambda: None)()
        return call(schema, operation, request, **options)

    monkeypatch.setattr(_execute, 'call', after_a_change)
    result = Point.update_many(Point.n > 6, [Point.n.add(100)])
    assert before == {}
    assert ids(result.success) == ['p9']
    assert {point.id: error.item for point, error in zip(result.fail, result.errors)} == {
        'p7': Point.get_one('p7'),
        'p8': None,
    }
    assert held(Point, id='p7') == {'id': 'p7', 'n': 0}
    assert held(Point, id='p8') is None
    assert Point.get_one('p9').n == 109


def test_update_many_by_a_query(shops, sent):
    for number in range(2, 6):
        Shop.table().put_item(Item={**RAW, 'number': number, 'size': number})
    sent.clear()
    result = Shop.update_many((Shop.town == 'Rome') & (Shop.size > 3), [Shop.size.set(0)])
    assert sorted(shop.number for shop in result.success) == [1, 4, 5]
    assert sent.operations == ['Query', *['UpdateItem'] * 3]
    names = sent[0][1]['ExpressionAttributeNames']
    attributes = sent[0][1]['ProjectionExpression'].split(', ')
    assert {names[name] for name in attributes} == {'town', 'number'}
    assert (
        Shop.update_many([('Rome', '1'), {'town': 'Rome', 'number': 2}], [Shop.size.set(9)]).fail
        == []
    )


def test_workers_are_threads_at_once(ten, monkeypatch):
    """Three requests wait for each other, which one after the other could not."""
    barrier = threading.Barrier(3, timeout=20)
    call = _execute.call

    def together(schema, operation, request, **options):
        barrier.wait()
        return call(schema, operation, request, **options)

    monkeypatch.setattr(_execute, 'call', together)
    result = Point.update_many(['p1', 'p2', 'p3'], [Point.n.add(1)], workers=3)
    assert [point.n for point in result.success] == [2, 3, 4]


@pytest.mark.parametrize(
    ('strategy', 'options', 'error', 'message'),
    [
        (Point.n > 1, {'scan': False}, ExpressionError, '(?i)scan'),
        (['p1', ''], {}, ValidationError, 'id'),
        (['p1', None], {}, ValidationError, 'id'),
        (['p1', Point.n > 1], {}, ExpressionError, 'selects one item by its key'),
        (['p1', Shop(town='a', number=1)], {}, ValidationError, 'its own instances'),
        (Point.n, {}, ExpressionError, 'selects nothing'),
        (None, {}, ValidationError, 'id'),
        (['p1'], {'workers': 0}, ValidationError, 'workers'),
        (['p1'], {'workers': 1001}, ValidationError, 'workers'),
    ],
)
def test_update_many_refuses(connection, sent, strategy, options, error, message):
    with pytest.raises(error, match=message):
        Point.update_many(strategy, [Point.n.set(1)], **options)
    assert sent == []


# update_from_dict


def test_update_from_dict_answers_with_what_is_stored(shops):
    """Names and other names of fields, values as the fields take them; the rest stays."""
    given = functools.partial(dict, town='Rome', number='1')
    for values, changes in (
        ({'name': 'N'}, {'title': 'N'}),
        ({'size': '7', 'since': datetime.date(2021, 2, 3)}, {'size': 7, 'since': '2021-02-03'}),
        ({'size': None, 'free': ''}, {'size': None, 'free': None}),
        ({'tags': []}, {'tags': []}),
        ({'tags': None}, {'tags': None}),
        ({'lines': [{'sku': 'q'}]}, {'lines': [{'sku': 'q', 'count': 1}]}),
        ({'owner': {'name': 'B', 'zip': '1', 'age': ''}},
         {'owner': {'name': 'B', 'postal_code': '1', 'home': {'rooms': []}}}),
    ):  # fmt: skip
        Shop.table().put_item(Item=RAW)
        updated = Shop.update_from_dict(given(**values))
        expected = {name: value for name, value in {**RAW, **changes}.items() if value is not None}
        assert held(Shop, town='Rome', number=1) == expected, values
        assert Shop.get_one(KEY) == updated
