"""Items whose keys are stored in a form that the fields read, but don't store."""

import copy
import datetime
import enum
import pickle
import uuid
from decimal import Decimal

import pytest

from dynamongo import (
    DateTimeField,
    EnumField,
    Field,
    FloatField,
    IntField,
    Model,
    StringField,
    TimedeltaField,
    TimestampField,
    Transaction,
    UUIDField,
    ValidationError,
)
from dynamongo._wire.values import encode_item

pytestmark = pytest.mark.broad

UTC = datetime.timezone.utc
TOKEN = uuid.UUID(int=10)


class Colour(enum.Enum):
    RED = 1
    CRIMSON = RED


class Lower(Field):
    """Text that is stored in lower case."""

    primitive_type = str

    def to_primitive(self, value, context=None):
        return None if value is None else value.lower()


#: A field, what others have stored of it, and what it stores itself of what it reads.
CASES = {
    'timestamp': (TimestampField(), Decimal('1.5'), 2),
    'timestamp with fractions': (
        TimestampField(fractions=True),
        Decimal('1.0000001'),
        Decimal('1.000001'),
    ),
    'datetime': (DateTimeField(), '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000000+0000'),
    'datetime in utc': (
        DateTimeField(tzd='utc', convert_tz=True),
        '2020-01-01T01:00:00.000000+0100',
        '2020-01-01T00:00:00.000000+0000',
    ),
    'uuid': (UUIDField(), str(TOKEN).upper(), str(TOKEN)),
    'enum': (EnumField(Colour, by='name'), 'CRIMSON', 'RED'),
    'float': (FloatField(), Decimal('0.10000000000000000001'), Decimal('0.1')),
    'timedelta': (TimedeltaField(), Decimal('1.0000001'), 1),
    'own': (Lower(), 'ABC', 'abc'),
}


def make_model(name):
    body = {
        '__table__': name.replace(' ', '-'),
        '__hash_key__': 'id',
        '__range_key__': 'at',
        'id': StringField(),
        'at': CASES[name][0],
        'n': IntField(),
    }
    return type('Event', (Model,), body)


MODELS = {name: make_model(name) for name in CASES}


@pytest.fixture(params=CASES)
def case(request, stored):
    """A model, a key in an odd form, and the same as the model stores it; and an item of each."""
    model = MODELS[request.param]
    _, odd, usual = CASES[request.param]
    stored(model.__table__, model, [])
    for n, at in enumerate([odd, usual]):
        model.table().put_item(Item={'id': 'a', 'at': at, 'n': n})
    yield model, odd, usual
    for at in (odd, usual):
        model.table().delete_item(Key={'id': 'a', 'at': at})


def odd_one(model):
    return next(item for item in model.get_many(model.id == 'a') if item.n == 0)


def rows(model):
    return sorted((row['n'], row['at']) for row in model.table().scan()['Items'])


WRITES = {
    'save': lambda item: item.save(),
    'save changed': lambda item: item.save(changed=True),
    'save once': lambda item: item.save(overwrite=False),
    'save_one': lambda item: type(item).save_one(item),
    'delete': lambda item: item.delete(),
    'delete_one': lambda item: type(item).delete_one(item),
    'delete_many': lambda item: type(item).delete_many([item]),
    'update': lambda item: item.update(type(item).n.set(7)),
    'update_one': lambda item: type(item).update_one(item, [type(item).n.set(7)]),
    'upsert': lambda item: type(item).update_one(item, [type(item).n.set(7)], upsert=True),
    'refresh': lambda item: item.refresh(),
    'get_one': lambda item: type(item).get_one(item),
    'transaction': lambda item: Transaction().delete(item).commit(),
    'copy': lambda item: copy.deepcopy(item).save(),
}


@pytest.mark.parametrize('write', WRITES)
def test_what_is_read_is_never_taken_for_another_item(case, write, sent):
    model, odd, usual = case
    item = odd_one(model)
    item.n = 9
    sent.clear()
    with pytest.raises(ValidationError, match=r'Event\.at: is stored as .* stand for another item'):
        WRITES[write](item)
    assert sent == []
    assert rows(model) == [(0, odd), (1, usual)]


def test_the_usual_item_is_written_as_ever(case):
    model, odd, _ = case
    item = next(item for item in model.get_many(model.id == 'a') if item.n == 1)
    item.n = 9
    item.save()
    item.update(model.n.add(1))
    assert item.n == 10
    assert model.get_one(item) == item
    assert item.delete() == item
    assert rows(model) == [(0, odd)]


def test_a_key_that_reads_equal_is_no_new_key(case):
    model, odd, usual = case
    item = odd_one(model)
    item.at, item.n = copy.deepcopy(item.at), 9
    for write in (item.save, item.delete, lambda: item.save(changed=True)):
        with pytest.raises(ValidationError, match='stand for another item'):
            write()
    assert rows(model) == [(0, odd), (1, usual)]


def test_a_condition_selects_all_that_it_means(case):
    model, *_ = case
    assert len(model.update_many(model.id == 'a', [model.n.add(10)]).success) == 2
    assert [n for n, _ in rows(model)] == [10, 11]
    assert model.delete_many(model.id == 'a').fail == []
    assert rows(model) == []


class Moment(Model):
    __table__ = 'moments'
    __hash_key__ = 'at'

    at = TimestampField()
    n = IntField()


@pytest.fixture
def half(stored):
    """A table with one item, whose key is half past a second."""
    stored('moments', Moment, [])
    for item in Moment.table().scan()['Items']:
        Moment.table().delete_item(Key={'at': item['at']})
    Moment.table().put_item(Item={'at': Decimal('1.5'), 'n': 0})


HALF = datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, UTC)


def test_a_condition_selects_the_very_moment_and_makes_no_item_of_it(half, sent):
    here = Moment.at == HALF
    assert Moment.get_one(here).at == HALF
    assert Moment.update_one(here, [Moment.n.add(1)]).n == 1
    sent.clear()
    for write in (
        lambda: Moment.update_one(here, [Moment.n.add(1)], upsert=True),
        lambda: Transaction().update(here, [Moment.n.add(1)], upsert=True),
    ):
        with pytest.raises(ValidationError, match=r'Moment\.at: .*TimestampField stores no such'):
            write()
    assert sent == []
    assert Moment.delete_one(here).n == 1
    assert Moment.count() == 0
    # A key is rounded, and one that the field holds is made.
    assert Moment.update_one(HALF, [Moment.n.add(1)], upsert=True).at.second == 2
    whole = Moment.at == HALF.replace(second=2, microsecond=0)
    assert Moment.update_one(whole, [Moment.n.add(1)], upsert=True).n == 2


def test_a_new_key_makes_another_item_of_it(half):
    item = Moment.get_one(Moment.at == HALF)
    item.at = HALF.replace(second=7)
    for n in (5, 6):
        item.n = n
        item.save()
        assert [
            (each.n, each.at.second)
            for each in sorted(Moment.iter_many(), key=lambda each: each.at)
        ] == [(0, 1), (n, 8)]
    assert item.delete() == item
    assert Moment.delete_one(Moment.at == HALF).n == 0


def test_copies_and_exports_know_it_too(half):
    item = Moment.get_one(Moment.at == HALF)
    for other in (
        pickle.loads(pickle.dumps(item)),
        copy.copy(item),
        Moment.from_dynamodb_json(item_json(Moment)),
    ):
        with pytest.raises(ValidationError, match='stand for another item'):
            other.save()
    assert Moment.delete_one(Moment.at == HALF) == item


def item_json(model):
    (item,) = model.table().scan()['Items']
    return encode_item(item)


def test_an_odd_key_is_exported_as_it_is_stored(connection):
    class Moment(Model):
        __table__ = 'moments'
        __hash_key__ = 'at'
        at = TimestampField()
        text = StringField()

    Moment.create_table()
    Moment.table().put_item(Item={'at': Decimal('5.5'), 'text': 'half'})
    (item,) = Moment.iter_many()
    assert item.to_dynamodb_json() == '{"at":{"N":"5.5"},"text":{"S":"half"}}'
    assert item.to_json(only=['text']) == '{"text":"half"}'
    with pytest.raises(ValidationError, match=r"is stored as Decimal\('5.5'\)"):
        item.to_json()
