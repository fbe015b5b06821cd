"""What is saved comes back equal and of the same types, through the engine."""

import datetime
import enum
import types
import uuid
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dynamongo import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    EmailField,
    EnumField,
    Field,
    FloatField,
    IntField,
    IPAddressField,
    ListField,
    Model,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    ValidationError,
)
from dynamongo._evaluate import matches

pytestmark = pytest.mark.broad

# One table serves all the examples of a test.
one_table = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

PRECISIONS = ['weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds', 'microseconds']


class Colour(enum.Enum):
    RED = 'r'
    GREEN = 'g'


class Level(float, enum.Enum):
    LOW = 0.1
    HIGH = 10


class Everything(Model):
    """A field of each type, some with options that change what is stored."""

    __table__ = 'everything'
    __hash_key__ = 'id'

    id = StringField(required=True)
    body = Field()
    integer = IntField()
    number = FloatField()
    price = DecimalField()
    flag = BooleanField()
    text = StringField()
    email = EmailField()
    url = URLField()
    identifier = UUIDField()
    address = IPAddressField()
    moment = DateTimeField()
    in_utc = DateTimeField(tzd='utc', convert_tz=True)
    to_the_minute = DateTimeField(serialized_format='%d/%m/%Y %H:%M')
    day = DateField()
    raw = BinaryField()
    expires = TimestampField()
    seen = TimestampField(fractions=True)
    colour = EnumField(Colour)
    level = EnumField(Level)
    level_name = EnumField(Level, by='name')
    parts = ListField(
        DictField(
            price=DecimalField(),
            raw=BinaryField(attribute='b'),
            seen=TimestampField(fractions=True),
            colour=EnumField(Colour),
        )
    )
    durations = DictField(**{precision: TimedeltaField(precision) for precision in PRECISIONS})
    names = ListField(StringField)
    matrix = ListField(ListField(FloatField))
    place = DictField(
        name=StringField(attribute='n'),
        since=DateField(),
        owner=UUIDField(),
        inner=DictField(values=ListField(IntField), size=FloatField()),
    )
    history = ListField(DictField(at=DateTimeField(), took=TimedeltaField(), ok=BooleanField()))


@pytest.fixture
def table(connection, shared_client):
    """The table, which keeps the items of other tests; each test saves its own anew."""
    _, _, made = shared_client
    if not made:
        Everything.create_table()
        made.append(Everything)
    return Everything.table()


def types_of(value):
    """The types throughout a value, for comparison: ``1 == 1.0 == True == Decimal(1)``."""
    if isinstance(value, dict):
        return {key: types_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [types_of(item) for item in value]
    if isinstance(value, set):
        return set, {type(item) for item in value}
    if isinstance(value, datetime.datetime):
        return datetime.datetime, value.utcoffset()
    return type(value)


def check_round_trip(**values):
    given = Everything(id='a', **values)
    before = given.to_dict()
    saved = Everything.save_one(given)
    assert saved is given
    loaded = Everything.get_one('a')
    assert loaded == saved
    assert types_of(loaded.to_dict()) == types_of(saved.to_dict())
    for name in values:
        assert getattr(loaded, name) == before[name]
        assert types_of(getattr(loaded, name)) == types_of(before[name])
    return loaded


# The numbers that DynamoDB can hold.
integers = st.integers(-(10**38) + 1, 10**38 - 1)
floats = st.floats(-9.99e125, 9.99e125).filter(lambda value: value == 0 or abs(value) >= 1e-130)
text = st.text(min_size=1, max_size=20)
names = st.text(min_size=1, max_size=5)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=st.none() | offsets)


@one_table
@given(integers)
@example(10**38 - 1)
@example(-(10**38) + 1)
@example(0)
@example(12345678901234567890123456789012345678)
def test_integers(table, value):
    check_round_trip(integer=value)


@pytest.mark.parametrize(
    'value', [10**38, 10**125, -12345678901234567890123456789012345678 * 10**80]
)
def test_integers_of_38_digits_with_zeros_behind(table, value):
    check_round_trip(integer=value)


@one_table
@given(floats)
@example(0.1)
@example(0.1 + 0.2)
@example(1e-130)
@example(9.99e125)
@example(2.0**60)
@example(1e22)
def test_floats(table, value):
    check_round_trip(number=value)


decimals = st.one_of(
    st.decimals(-1000, 1000, places=4),
    st.decimals(Decimal('-9.99E+125'), Decimal('9.99E+125')),
).filter(lambda value: len(value.as_tuple().digits) <= 38)


@one_table
@given(decimals)
@example(Decimal('1.50'))
@example(Decimal('1E+125'))
@example(Decimal('-1E-130'))
@example(Decimal('0.12345678901234567890123456789012345678'))
@example(Decimal('-0.00'))
def test_decimals(table, value):
    loaded = check_round_trip(price=value).price
    assert loaded == value
    assert repr(loaded) == repr(Everything.price.validate(value))


@pytest.mark.parametrize('value', [True, False])
def test_booleans(table, value):
    assert check_round_trip(flag=value).flag is value


@one_table
@given(text)
@example('\x00')
@example('\U0001f600\u00e9\u20ac')
@example(' ')
def test_text(table, value):
    check_round_trip(text=value)


@pytest.mark.parametrize(
    'values',
    [
        {'email': 'John@B\u00fccher.example'},
        {'url': 'https://user@example.com:8080/a%20b?c[]=d#e'},
        {'address': '2001:DB8::1'},
        {'address': '10.0.0.1'},
    ],
)
def test_text_of_a_kind(table, values):
    check_round_trip(**values)


@one_table
@given(st.uuids())
def test_uuids(table, value):
    check_round_trip(identifier=value)


@one_table
@given(moments)
@example(datetime.datetime.min)
@example(datetime.datetime.max)
@example(datetime.datetime(999, 1, 2, 3, 4, 5, 6, timezone(timedelta(minutes=-1439))))
def test_moments(table, value):
    check_round_trip(moment=value)


@one_table
@given(
    st.datetimes(
        datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30), timezones=st.none() | offsets
    )
)
def test_moments_in_utc(table, value):
    loaded = check_round_trip(in_utc=value).in_utc
    assert loaded.tzinfo is timezone.utc
    assert loaded == (value if value.tzinfo else value.replace(tzinfo=timezone.utc))


@one_table
@given(st.datetimes(datetime.datetime(1000, 1, 1)))
def test_moments_in_a_format_of_ones_own(table, value):
    check_round_trip(to_the_minute=value.replace(second=0, microsecond=0))


@one_table
@given(st.dates())
@example(datetime.date.min)
@example(datetime.date.max)
def test_dates(table, value):
    check_round_trip(day=value)


@one_table
@given(st.timedeltas())
@example(timedelta.min)
@example(timedelta.max)
@example(timedelta(microseconds=1))
@example(timedelta(microseconds=-1))
@example(timedelta(0))
def test_durations_in_every_precision(table, value):
    check_round_trip(durations=dict.fromkeys(PRECISIONS, value))


@one_table
@given(
    st.lists(st.none() | st.text(max_size=5), max_size=5),
    st.lists(st.lists(floats, max_size=3), max_size=3),
)
@example([''], [[]])
@example([None], [[0.1], []])
def test_lists(table, names, matrix):
    check_round_trip(names=names, matrix=matrix)


@one_table
@given(st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30), timezones=offsets))
@example(datetime.datetime(1969, 12, 31, 23, 59, 59, 1, timezone.utc))
def test_timestamps(table, value):
    loaded = check_round_trip(seen=value, expires=value)
    assert loaded.seen == value
    assert timedelta(0) <= loaded.expires - value < timedelta(seconds=1)


@one_table
@given(st.binary(max_size=20))
@example(b'')
@example(bytes(range(256)))
def test_binary(table, value):
    assert check_round_trip(raw=value).raw == value


@pytest.mark.parametrize('colour', [*Colour, 'r'])
@pytest.mark.parametrize('level', [*Level, 0.1])
def test_members_of_enums(table, colour, level):
    loaded = check_round_trip(colour=colour, level=level, level_name=Level(level))
    assert (loaded.colour, loaded.level) == (Colour(colour), Level(level))
    assert loaded.level is loaded.level_name


parts = st.fixed_dictionaries(
    {},
    optional={
        'price': decimals,
        'raw': st.binary(max_size=5),
        'seen': st.datetimes(timezones=st.just(timezone.utc)),
        'colour': st.sampled_from(Colour),
    },
)


@one_table
@given(st.lists(parts, max_size=3))
def test_lists_of_dicts_of_them(table, parts):
    check_round_trip(parts=parts)


def plain(value):
    """A number as the bare field shows it: an int where integral, else a float."""
    return int(value) if value.is_integer() else value


# Beyond 2**53 the int that a float equals has digits that its repr lacks.
numbers = integers | st.floats(-(2.0**53), 2.0**53).filter(
    lambda value: value == 0 or abs(value) >= 1e-130
).map(plain)

places = st.fixed_dictionaries(
    {},
    optional={
        'name': text,
        'since': st.dates(),
        'owner': st.uuids(),
        'inner': st.fixed_dictionaries(
            {}, optional={'values': st.lists(integers, max_size=3), 'size': floats}
        ),
        'undeclared': st.lists(st.dictionaries(names, numbers, max_size=2), max_size=3),
    },
)
events = st.fixed_dictionaries(
    {}, optional={'at': moments, 'took': st.timedeltas(), 'ok': st.booleans()}
)


@one_table
@given(places, st.lists(events, max_size=3))
def test_dicts_and_lists_of_dicts(table, place, history):
    check_round_trip(history=history)
    # A new place also has the defaults of its members, empty lists here.
    saved = Everything.save_one({'id': 'b', 'place': place})
    loaded = Everything.get_one('b')
    assert loaded == saved
    assert types_of(loaded.place) == types_of(saved.place)
    assert loaded.place == {
        'inner': {'values': [], **place.get('inner', {})},
        **{name: value for name, value in place.items() if name != 'inner'},
    }


sets = (
    st.sets(numbers, min_size=1, max_size=4)
    | st.sets(st.text(max_size=4), min_size=1, max_size=4)
    | st.sets(st.binary(max_size=4), min_size=1, max_size=4)
)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8) | st.binary(max_size=8) | sets,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)


@one_table
@given(documents.filter(lambda document: document not in (None, '')))
@example({'a': [None, '', {}, [], True, 1, 1.5, b'', {b''}, {''}, {1, 0.5}]})
@example({'a': {'b': {'c': None}}})
@example(b'\x00\xff')
@example([[[[[[[[[[]]]]]]]]]])
def test_free_documents(table, document):
    check_round_trip(body=document)


@one_table
@given(documents)
def test_free_documents_among_undeclared_attributes(table, document):
    item = Everything(id='a')
    item.extra['other'] = {'nested': document}
    Everything.save_one(item)
    loaded = Everything.get_one('a')
    assert loaded.extra == {'other': {'nested': document}}
    assert types_of(loaded.extra) == types_of(item.extra)
    Everything.save_one(loaded)
    assert Everything.get_one('a') == loaded


def test_decimals_that_no_float_shows_come_back_as_decimals(table):
    value = Decimal('0.12345678901234567890123456789012345678')
    check_round_trip(body={'value': value})


ALL = {
    'body': {'b': b'\x00', 's': {'x', 'y'}, 'n': None, 'd': {'l': [1, 0.5, True]}},
    'integer': 10**37,
    'number': 0.1,
    'flag': False,
    'text': 'text',
    'email': 'john@example.com',
    'url': 'http://example.com/',
    'identifier': uuid.UUID(int=1),
    'address': '::1',
    'moment': datetime.datetime(2020, 2, 29, 12, 30, 15, 1),
    'in_utc': datetime.datetime(2020, 2, 29, tzinfo=timezone.utc),
    'to_the_minute': datetime.datetime(2020, 2, 29, 12, 30),
    'day': datetime.date(2020, 2, 29),
    'price': Decimal('19.9'),
    'raw': b'\x00',
    'expires': datetime.datetime(2020, 2, 29, 12, 30, tzinfo=timezone.utc),
    'seen': datetime.datetime(2020, 2, 29, 12, 30, 0, 250000, timezone.utc),
    'colour': Colour.GREEN,
    'level': Level.HIGH,
    'level_name': Level.LOW,
    'parts': [{'price': Decimal('0.5'), 'raw': b'', 'colour': Colour.RED}, {}],
    'durations': dict.fromkeys(PRECISIONS, timedelta(seconds=1.5)),
    'names': ['a', 'b'],
    'matrix': [[0.5], []],
    'place': {'name': 'here', 'inner': {'values': [1], 'size': 0.5}, 'other': [1]},
    'history': [{'at': datetime.datetime(2020, 1, 1), 'took': timedelta(1), 'ok': True}],
}


def test_all_fields_together(table):
    assert set(ALL) == set(Everything._schema.fields) - {'id'}
    check_round_trip(**ALL)


def test_what_the_engine_holds(table):
    """The attribute types and texts that other programs see."""
    Everything.save_one({'id': 'a', **ALL})
    item = table.get_item(Key={'id': 'a'})['Item']
    assert item['integer'] == Decimal(10**37)
    assert item['number'] == Decimal('0.1')
    assert item['flag'] is False
    assert item['identifier'] == '00000000-0000-0000-0000-000000000001'
    assert item['moment'] == '2020-02-29T12:30:15.000001'
    assert item['in_utc'] == '2020-02-29T00:00:00.000000+0000'
    assert item['to_the_minute'] == '29/02/2020 12:30'
    assert item['day'] == '2020-02-29'
    assert item['price'] == Decimal('19.9')
    assert item['raw'].value == b'\x00'
    assert item['expires'] == 1582979400
    assert item['seen'] == Decimal('1582979400.25')
    assert (item['colour'], item['level'], item['level_name']) == ('g', 10, 'LOW')
    assert item['parts'] == [{'price': Decimal('0.5'), 'b': b'', 'colour': 'r'}, {}]
    assert item['durations']['seconds'] == Decimal('1.5')
    assert item['durations']['milliseconds'] == 1500
    assert item['place']['n'] == 'here'
    assert 'name' not in item['place']
    assert item['history'] == [
        {'at': '2020-01-01T00:00:00.000000', 'took': Decimal(86400), 'ok': True}
    ]


def test_nothing_is_not_stored(table):
    """Empty values are left out, and read as ``None``, ``[]`` and ``{}``."""
    empty = dict.fromkeys(
        set(ALL) - {'durations', 'names', 'matrix', 'place', 'history', 'parts'}, None
    )
    Everything.save_one({'id': 'a', **empty, 'text': '', 'place': {'name': '', 'other': None}})
    item = table.get_item(Key={'id': 'a'})['Item']
    assert set(item) == {'id', 'durations', 'names', 'matrix', 'place', 'history', 'parts'}
    assert item['place'].get('n', item['place'].get('other')) is None
    loaded = Everything.get_one('a')
    assert all(getattr(loaded, name) is None for name in empty)
    assert (loaded.names, loaded.matrix, loaded.history) == ([], [], [])
    assert loaded.durations == {}


def test_a_stored_null_reads_as_nothing(table):
    table.put_item(Item={'id': 'a', 'text': None, 'names': None, 'place': None, 'body': None})
    loaded = Everything.get_one('a')
    assert (loaded.text, loaded.names, loaded.place, loaded.body) == (None, [], {}, None)


@pytest.mark.parametrize(
    ('field', 'first', 'updates', 'expected'),
    [
        ('integer', None, lambda f: f.add(5), 5),
        ('integer', 10, lambda f: f.add(5), 15),
        ('integer', 10, lambda f: f.subtract(15), -5),
        ('integer', None, lambda f: f.increment(), 1),
        ('integer', 10, lambda f: f.decrement(), 9),
        ('number', 0.1, lambda f: f.add(0.2), 0.3),
        ('number', None, lambda f: f.subtract(0.5), -0.5),
        ('names', None, lambda f: f.append('a', 'b'), ['a', 'b']),
        ('names', ['x'], lambda f: f.append('a', 'b'), ['x', 'a', 'b']),
        ('names', ['x'], lambda f: f.prepend('a', 'b'), ['a', 'b', 'x']),
        ('names', ['x', 'y', 'z'], lambda f: f[1].set('q'), ['x', 'q', 'z']),
        ('names', ['x', 'y', 'z'], lambda f: f[0].remove(), ['y', 'z']),
        ('matrix', [[1.0]], lambda f: f[0].append('2'), [[1.0, 2.0]]),
        ('place', {'name': 'a'}, lambda f: f.name.set('b'), {'name': 'b'}),
        ('place', {'name': 'a', 'x': 1}, lambda f: f['x'].remove(), {'name': 'a'}),
        (
            'place',
            {'inner': {'values': [1], 'size': 1.5}},
            lambda f: f.inner['size'].add(1),
            {'inner': {'values': [1], 'size': 2.5}},
        ),
        (
            'place',
            {'inner': {'size': 1.5}},
            lambda f: f.inner['values'].append(7),
            {'inner': {'values': [7], 'size': 1.5}},
        ),
        ('price', None, lambda f: f.add('0.10'), Decimal('0.1')),
        ('price', '1.10', lambda f: f.subtract(Decimal('1.05')), Decimal('0.05')),
        ('price', 1, lambda f: f.increment(), Decimal(2)),
        ('price', '1E-5', lambda f: f.add(10**10), Decimal('10000000000.00001')),
        ('raw', b'a', lambda f: f.set(b''), b''),
        ('raw', b'a', lambda f: f.set(None), None),
        ('colour', Colour.RED, lambda f: f.set('g'), Colour.GREEN),
        ('level_name', None, lambda f: f.set_if_not_exists(Level.HIGH), Level.HIGH),
        ('parts', [{}], lambda f: f.append({'price': 1}), [{}, {'price': Decimal(1)}]),
        ('parts', [{'raw': b'a'}], lambda f: f[0].raw.set(b'b'), [{'raw': b'b'}]),
        (
            'expires',
            0,
            lambda f: f.add(timedelta(hours=-1)),
            datetime.datetime(1969, 12, 31, 23, tzinfo=timezone.utc),
        ),
        (
            'seen',
            None,
            lambda f: f.subtract(0.25),
            datetime.datetime(1969, 12, 31, 23, 59, 59, 750000, timezone.utc),
        ),
        (
            'expires',
            None,
            lambda f: f.set('2020-02-29T12:29:59.000001Z'),
            datetime.datetime(2020, 2, 29, 12, 30, tzinfo=timezone.utc),
        ),
        (
            'moment',
            None,
            lambda f: f.set('2020-02-29T12:30'),
            datetime.datetime(2020, 2, 29, 12, 30),
        ),
        ('day', datetime.date(2020, 1, 1), lambda f: f.remove(), None),
        ('text', 'a', lambda f: f.set_if_not_exists('b'), 'a'),
        ('text', None, lambda f: f.set_if_not_exists('b'), 'b'),
        ('body', {'a': [1]}, lambda f: f['a'][0].set({'b': 0.5}), {'a': [{'b': 0.5}]}),
    ],
)
def test_updates(table, field, first, updates, expected):
    Everything.save_one({'id': 'a', **({} if first is None else {field: first})})
    if field == 'place':
        table.put_item(Item={'id': 'a', 'place': _stored_place(first)})
    updated = Everything.update_one('a', [updates(getattr(Everything, field))])
    assert getattr(updated, field) == expected
    assert types_of(getattr(updated, field)) == types_of(expected)
    assert Everything.get_one('a') == updated


def _stored_place(place):
    """What is stored for a place as it is given, without defaults."""
    return Everything.place.to_primitive(Everything.place.to_native(place))


def test_names_that_are_no_attributes_of_python(table):
    """A read-only mapping is a dict like any other, and reads back as one."""
    given = types.MappingProxyType({'any key, with. dots [0]': types.MappingProxyType({'#': 1})})
    Everything.save_one({'id': 'a', 'body': given})
    assert Everything.get_one('a').body == {'any key, with. dots [0]': {'#': 1}}


def test_stored_numbers_and_texts_of_others_are_read_or_refused_with_their_names(table):
    """What no field of ours has stored."""
    table.put_item(Item={'id': 'a', 'expires': Decimal('1.5'), 'price': Decimal('1.50')})
    loaded = Everything.get_one('a')
    assert loaded.expires == datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, timezone.utc)
    assert repr(loaded.price) == "Decimal('1.5')"
    loaded.save()
    assert table.get_item(Key={'id': 'a'})['Item']['expires'] == 2
    for name, value, message in (
        ('expires', 253402300800, 'out of range'),
        ('expires', b'1', 'is no moment'),
        ('colour', 'blue', "'r', 'g'"),
        ('colour', 1, "'r', 'g'"),
        ('level', Decimal('0.2'), '0.1'),
        ('price', 'much', 'takes a decimal number'),
        ('raw', 'text', 'encode'),
    ):
        table.put_item(Item={'id': 'a', name: value})
        with pytest.raises(ValidationError, match=message) as caught:
            Everything.get_one('a')
        assert caught.value.errors.keys() == {name}


@pytest.mark.parametrize('name', ['colour', 'level', 'price', 'raw', 'expires', 'seen', 'parts'])
def test_only_what_has_changed_is_sent(table, sent, name):
    Everything.save_one({'id': 'a', **ALL})
    item = Everything.get_one('a')
    del sent[:]
    item.save(changed=True)
    assert sent == []
    setattr(item, name, None)
    item.save(changed=True)
    assert [operation for operation, _ in sent] == ['UpdateItem']
    setattr(item, name, ALL[name])
    item.save(changed=True)
    assert Everything.get_one('a') == item == Everything(id='a', **ALL)


FOUND = [
    (Everything.raw == b'\x00', True),
    (Everything.raw < b'\x01', True),
    (Everything.raw.between(b'\x00', b'\x00\x00'), True),
    (Everything.raw.in_([b'x', bytearray(b'\x00')]), True),
    (Everything.raw.type_is('B'), True),
    (Everything.raw > b'\x00', False),
    (Everything.price == '19.90', True),
    (Everything.price.between(19.8, Decimal('19.9')), True),
    (Everything.seen > ALL['expires'], True),
    (Everything.seen > Everything.expires, True),
    (Everything.expires >= ALL['seen'], False),
    (Everything.expires == ALL['seen'], False),
    (Everything.seen == ALL['seen'].astimezone(timezone(timedelta(hours=3))), True),
    (Everything.colour == Colour.GREEN, True),
    (Everything.colour.in_([Colour.RED, 'g']), True),
    (Everything.colour.begins_with('g'), True),
    (Everything.level > Level.LOW, True),
    (Everything.level_name.contains('O'), True),
    (Everything.parts[0].raw == b'', True),
    (Everything.parts[0].colour == Colour.RED, True),
]
BYTES = [
    (Everything.raw.begins_with(b'\x00'), True),
    (Everything.raw.size() == 1, True),
    (Everything.raw.between(b'', b'\x00\x00'), True),
    (Everything.raw.begins_with(b''), True),
    (Everything.raw.begins_with(b'\x00\x00'), False),
    (Everything.raw.contains(b'\x00'), True),
    (Everything.raw.contains(b'\x01'), False),
]


def check_conditions(table, conditions):
    """The engine and the client must agree."""
    # moto refuses the size of what an item lacks.
    table.delete_item(Key={'id': 'b'})
    Everything.save_one({'id': 'a', **ALL})
    item = table.get_item(Key={'id': 'a'})['Item']
    for condition, met in conditions:
        found = Everything.get_many(condition)
        assert [each.id for each in found] == ['a'] * met, condition
        assert matches(condition, item) is met, condition
        kept = Everything.get_many(Everything.keys_in(['a', 'b']) & condition)
        assert found == kept, condition


def test_conditions(table):
    check_conditions(table, FOUND)


@pytest.mark.faithful('moto looks for neither prefixes nor parts of binary')
def test_conditions_on_parts_of_binary(table):
    check_conditions(table, BYTES)
