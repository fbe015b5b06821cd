"""Every type that may be a key, under an attribute name that isn't the name of the field.

Each is the hash key, the range key, the key of an index, and a plain attribute of one model, and
goes through everything that sends or reads an attribute.
"""

import datetime
import enum
import uuid
from decimal import Decimal

import pytest

from dynamongo import (
    BinaryField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    EnumField,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    IPAddressField,
    Model,
    SchemaError,
    StringField,
    TimedeltaField,
    TimestampField,
    Transaction,
    URLField,
    UUIDField,
    ValidationError,
    fields,
)
from dynamongo.utils import key_proto

pytestmark = [pytest.mark.broad, pytest.mark.usefixtures('shared_client')]

UTC = datetime.timezone.utc


class Letter(str, enum.Enum):
    A = 'a'
    B = 'b'
    C = 'c'


class Level(enum.Enum):
    LOW = 0.1
    MIDDLE = 1
    HIGH = Decimal('2.5')


def moment(day):
    return datetime.datetime(2020, 2, day, 12, 30, tzinfo=UTC)


#: How a field is made, and three values of it in the order of what is stored.
TYPES = {
    'binary': (BinaryField, b'\x00', b'a', b'a\xff'),
    'date': (DateField, *(datetime.date(2020, 2, day) for day in (1, 2, 3))),
    'datetime': (DateTimeField, moment(1), moment(2), moment(3)),
    'decimal': (DecimalField, Decimal('-0.1'), Decimal(7), Decimal('1E+40')),
    'email': (EmailField, 'a@example.com', 'b@example.com', 'c@example.com'),
    'enum': (lambda **options: EnumField(Letter, **options), *Letter),
    'enum by name': (
        lambda **options: EnumField(Level, by='name', **options),
        Level.HIGH,
        Level.LOW,
        Level.MIDDLE,
    ),
    'enum of numbers': (lambda **options: EnumField(Level, **options), *Level),
    'float': (FloatField, -0.5, 0.1, 3.0),
    'int': (IntField, -1, 2, 10**37),
    'ip': (IPAddressField, '1.1.1.1', '2.2.2.2', '::1'),
    'string': (StringField, 'a', 'b', 'é'),
    'timedelta': (TimedeltaField, *(datetime.timedelta(hours=count) for count in (-1, 1, 2))),
    'timestamp': (TimestampField, moment(1), moment(2), moment(3)),
    'timestamp with fractions': (
        lambda **options: TimestampField(fractions=True, **options),
        *(moment(1).replace(microsecond=count) for count in (0, 1, 250000)),
    ),
    'url': (URLField, *(f'http://example.com/{name}' for name in 'abc')),
    'uuid': (UUIDField, *(uuid.UUID(int=number) for number in (1, 2, 3))),
}


def make_model(name):
    """Return a model whose attributes are fields of one type."""
    make = TYPES[name][0]
    body = {
        '__table__': name.replace(' ', '-'),
        '__hash_key__': 'id',
        '__range_key__': 'place',
        'id': make(attribute='k'),
        'place': make(attribute='r'),
        'other': make(attribute='o'),
        'number': IntField(attribute='n'),
        'by_other': GlobalIndex('other', 'place'),
    }
    return type('Thing', (Model,), body)


MODELS = {name: make_model(name) for name in TYPES}


@pytest.fixture(params=sorted(TYPES))
def case(request, connection, shared_client):
    """A model with the items (low, low), (low, middle), (low, high) and (middle, low), whose
    ``other`` is the range key, and the three values."""
    model = MODELS[request.param]
    _, _, made = shared_client
    if model not in made:
        model.create_table()
        made.append(model)
    low, middle, high = TYPES[request.param][1:]
    keys = [(low, low), (low, middle), (low, high), (middle, low)]
    items = [
        model(id=id_, place=place, other=place, number=number)
        for number, (id_, place) in enumerate(keys)
    ]
    assert model.save_many(items).fail == []
    yield model, low, middle, high
    assert model.delete_many(list(model.iter_many())).fail == []


def numbers(items):
    return [item.number for item in items]


def wire(model, name, value):
    """Return what is stored of a value of a field."""
    return getattr(model, name).to_primitive(value)


def test_every_field_class_that_may_be_a_key_is_here():
    # What a JSONField stores is text, which has no order that means anything.
    others = {Field, fields.EnumField, fields.JSONField}
    classes = {getattr(fields, name) for name in fields.__all__} - others
    for class_ in classes - {type(MODELS[name].id) for name in TYPES} - {fields.VersionField}:
        with pytest.raises(ValueError, match="can't be a key"):
            key_proto(class_)


def test_it_is_stored_under_its_attribute_and_reads_back_the_same(case, engine):
    model, low, middle, high = case
    kind = key_proto(model.id)
    items = engine.client.scan(TableName=model.table_name())['Items']
    assert items
    for item in items:
        assert set(item) == {'k', 'r', 'o', 'n'}
        assert {name: list(value) for name, value in item.items() if name != 'n'} == {
            name: [kind] for name in ('k', 'r', 'o')
        }
    for key in [(low, low), (low, middle), (low, high), (middle, low)]:
        found = model.get_one(key)
        assert (found.id, found.place, found.other) == (*key, key[1])
        assert [type(each) for each in (found.id, found.place)] == [*map(type, key)]


def test_keys_and_lists_of_keys_find_their_items(case, sent):
    model, low, middle, high = case
    assert numbers(model.get_many([(low, high), (middle, low), (low, high)])) == [2, 3]
    assert model.get_one({'id': low, 'place': middle}).number == 1
    assert model.get_one(model(id=low, place=middle)).number == 1
    assert sorted(numbers(model.get_many(model.keys_in([(low, low), (middle, low)])))) == [0, 3]
    assert sorted(numbers(model.get_many((model.id == low) & model.place.in_([low, high])))) == [
        0,
        2,
    ]
    assert set(sent.operations) == {'GetItem', 'BatchGetItem'}
    assert all(
        set(key) == {'k', 'r'}
        for operation, request in sent
        for key in (
            [request['Key']]
            if operation == 'GetItem'
            else request['RequestItems'][model.table_name()]['Keys']
        )
    )


def test_ranges_are_queried_in_order(case, sent):
    model, low, middle, high = case
    in_low = model.id == low
    assert numbers(model.get_many(in_low)) == [0, 1, 2]
    assert numbers(model.get_many(in_low, descending=True)) == [2, 1, 0]
    assert numbers(model.get_many(in_low & (model.place > low))) == [1, 2]
    assert numbers(model.get_many(in_low & (model.place <= middle))) == [0, 1]
    assert numbers(model.get_many(in_low & model.place.between(middle, high))) == [1, 2]
    assert model.count(in_low & (model.place >= middle)) == 2
    assert numbers(model.get_many(model.id.in_([low, middle]) & (model.place < middle))) == [0, 3]
    assert set(sent.operations) == {'Query'}


def test_an_index_on_it_is_used(case, sent):
    model, low, _, high = case
    assert sorted(numbers(model.get_many(model.other == low, index='by_other'))) == [0, 3]
    assert model.count(model.other == high, index='by_other') == 1
    assert set(sent.operations) == {'Query'}
    assert {request['IndexName'] for _, request in sent} == {'by_other'}


def test_pages_go_on_where_the_last_one_ended(case):
    model, low, _, _ = case
    for strategy, index in ((model.id == low, None), (model.other == low, 'by_other'), (None,) * 2):
        found, token = [], None
        while True:
            page = model.get_page(strategy, limit=1, after=token, index=index)
            found += numbers(page.items)
            token = page.token
            if token is None:
                break
        assert sorted(found) == sorted(numbers(model.iter_many(strategy, index=index)))


def test_conditions_and_projections_name_the_attribute(case, sent):
    model, low, middle, high = case
    found = list(model.iter_many(model.other == middle, only=['other']))
    assert [item.other for item in found] == [middle]
    assert sent[-1][1]['ExpressionAttributeNames'] == {'#n0': 'o', '#n1': 'k', '#n2': 'r'}
    assert list(sent[-1][1]['ExpressionAttributeValues'].values()) == [wire(model, 'other', middle)]
    for condition, expected in (
        (model.other != low, [1, 2]),
        (model.other.in_([low, high]), [0, 2, 3]),
        (model.other > middle, [2]),
        (model.other.between(low, middle), [0, 1, 3]),
        (model.other == model.place, [0, 1, 2, 3]),
        (model.other.exists() & (model.id == model.place), [0]),
    ):
        assert sorted(numbers(model.get_many(condition))) == expected
    assert model.count(model.other == low) == 2


def test_updates_and_conditional_writes_name_the_attribute(case, sent):
    model, low, middle, high = case
    key = (low, low)
    strategy = (model.id == low) & (model.place == low) & (model.other == low)
    assert model.update_one(strategy, [model.other.set(high)]).other == high
    assert sent[-1][1]['ExpressionAttributeNames']['#n0'] == 'o'
    assert model.update_one(strategy, [model.other.set(middle)]) is None
    assert model.get_one(key).other == high
    assert model.update_one(key, [model.other.remove()]).other is None
    assert model.update_one(key, [model.other.set_if_not_exists(middle)]).other == middle
    assert model.count(model.other == middle, index='by_other') == 2
    assert model.delete_many([(low, low), (low, high)]).fail == []
    assert model.delete_one((low, middle)).other == middle
    assert numbers(model.iter_many()) == [3]


def test_instances_save_what_has_changed(case, sent):
    model, low, _, high = case
    item = model.get_one((low, low))
    del sent[:]
    item.save(changed=True)
    assert sent == []
    item.other = high
    item.save(changed=True)
    assert list(sent[0][1]['ExpressionAttributeNames'].values()).count('o') == 1
    assert model.get_one((low, low)) == item
    item.refresh()
    assert item.other == high


def test_transactions_write_and_read_it(case):
    model, low, middle, high = case
    with Transaction() as transaction:
        transaction.save(model(id=high, place=high, other=high, number=9))
        transaction.update(model(id=low, place=low), [model.other.set(middle)])
        transaction.delete(model(id=low, place=middle))
        transaction.check((model.id == low) & (model.place == high) & (model.other == high))
    found = Transaction.get([model(id=high, place=high), model(id=low, place=low)])
    assert [(item.number, item.other) for item in found] == [(9, high), (0, middle)]
    assert model.get_many([(low, middle)]) == []


@pytest.mark.parametrize('name', ['id', 'place', 'other'])
def test_a_key_of_bytes_holds_one_at_least_and_not_too_many(connection, sent, name):
    """Of the table and of an index."""
    model = MODELS['binary']
    limit = 2048 if name != 'place' else 1024
    for value in (b'', b'a' * (limit + 1)):
        values = {'id': b'a', 'place': b'a', 'other': b'a', name: value}
        with pytest.raises(ValidationError, match=f'Thing.{name}: a (range |hash )?key') as caught:
            model.save_one(values)
        assert caught.value.errors.keys() == {name}
    for value in (b'', b'a' * 2049):
        with pytest.raises(ValidationError, match=r'Thing.other: a (hash )?key'):
            model.update_one((b'a', b'a'), [model.other.set(value)])
    with pytest.raises(ValidationError, match=r'Thing\.id: a key'):
        model.get_one((b'', b'a'))
    assert sent == []


@pytest.mark.parametrize('options', [{}, {'attribute': 'd'}])
def test_a_field_without_order_is_no_key(options):
    with pytest.raises(SchemaError, match="can't be a key"):
        type('Odd', (Model,), {
            '__table__': 'odd', '__hash_key__': 'id', 'id': fields.BooleanField(**options),
        })  # fmt: skip
