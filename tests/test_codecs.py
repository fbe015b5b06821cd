"""The short ways of fields, which must never be told from the way of the field itself.

The way of the field itself, by schematics, is the oracle: wherever the short way returns, it
returns the same value of the same type, and wherever the field raises, it doesn't return.
"""

import collections
import copy
import datetime
import enum
import functools
import json
import math
import uuid
import zoneinfo
from decimal import Decimal

import hypothesis
import pytest
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
    GlobalIndex,
    IntField,
    IPAddressField,
    JSONField,
    ListField,
    MapField,
    Model,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    VersionField,
    _changes,
    _dumping,
    _held,
    _loading,
)
from dynamongo._codecs import Codec, _methods
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._documents import from_document
from dynamongo._partial import PartialDict
from dynamongo._schema import Schema
from dynamongo._wire.values import Stored, decode_item, encode, encode_item, text
from dynamongo.exceptions import ExpressionError, PartialItemError, Problem, ValidationError
from dynamongo.utils import is_empty, lazy
from tests.strategies import documents, scalars

UTC = datetime.timezone.utc
BERLIN = zoneinfo.ZoneInfo('Europe/Berlin')
ODD_ZONE = datetime.timezone(datetime.timedelta(hours=5, minutes=30, seconds=7))
UUID = uuid.UUID('12345678-1234-5678-1234-567812345678')


class Text(str):
    """A ``str`` of a class of its own."""

    __slots__ = ()


class Whole(int):
    """An ``int`` of a class of its own."""

    __slots__ = ()


class Real(float):
    """A ``float`` of a class of its own."""

    __slots__ = ()


class Name(str, enum.Enum):
    """Members that equal text, the names of members of dicts among it."""

    A = 'a'
    CITY = 'city'
    NOTHING = ''


class Count(enum.IntEnum):
    ONE = 1


class Suit(enum.Enum):
    HEARTS = 'h'
    SPADES = 'é'
    LANCES = SPADES


class Level(float, enum.Enum):
    LOW = 0.1
    HIGH = 12


class Moment(datetime.datetime):
    """A ``datetime`` of a class of its own."""


# What values and outcomes are compared by


def same(first, second):
    """Tell whether two values are the same, in type, sign, offset and fold too."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        pairs = zip(_sorted(first), _sorted(second))
        return len(first) == len(second) and all(
            same(name, other) and same(first[name], second[other]) for name, other in pairs
        )
    if isinstance(first, (set, frozenset)):
        return all(map(same, _sorted(first), _sorted(second))) and len(first) == len(second)
    if isinstance(first, (float, Decimal)):
        return repr(first) == repr(second)
    if isinstance(first, datetime.datetime):
        return repr(first) == repr(second) and first.tzinfo == second.tzinfo
    if isinstance(first, (str, bytes, bytearray, int, datetime.date, datetime.timedelta)):
        return first == second
    return repr(first) == repr(second)


def _sorted(values):
    return sorted(values, key=lambda value: shown(value) or '')


def wire_of(primitive):
    """Return what DynamoDB would get for a primitive."""
    return json.loads(text(primitive))


def plain_wire(primitive):
    """Return the same with sets in a fixed order."""

    def in_order(value):
        if isinstance(value, dict):
            return {
                key: sorted(each) if key in ('SS', 'NS', 'BS') else in_order(each)
                for key, each in value.items()
            }
        return [*map(in_order, value)] if isinstance(value, list) else value

    return in_order(wire_of(primitive))


def parts(value, found=None):
    """Return the ids of all that can change in a value."""
    found = set() if found is None else found
    if id(value) not in found:
        if isinstance(value, (dict, list, set, bytearray)):
            found.add(id(value))
        if isinstance(value, (dict, list, tuple)):
            for each in value.values() if isinstance(value, dict) else value:
                parts(each, found)
    return found


class Failed:
    """What the field's own way raised."""

    def __init__(self, error):
        self.error = error


REFUSED = object()


def short(way, value):
    """Return what a short way returns, ``REFUSED`` where it raises what it may.

    What goes beyond the value needs no second opinion: that a dict was read in part, or that the
    value is a field.
    """
    before = shown(value)
    try:
        return way(value)
    except UNUSUAL:
        return REFUSED
    except (ExpressionError, PartialItemError) as error:
        return Failed(error)
    finally:
        assert shown(value) == before


def shown(value):
    """Return the ``repr`` of a value, unless it is too long."""
    try:
        return repr(value)
    except ValueError:
        return None


def own(way, value):
    """Return what the field's own way returns, ``Failed`` where it raises what it may."""
    try:
        return way(value)
    except (ExpressionError, PartialItemError, ValidationError) as error:
        return Failed(error)


def succeeded(found, oracle, value):
    """Tell whether a short way returned; where it did, the oracle must have."""
    if found is REFUSED:
        return False
    if isinstance(found, Failed):
        assert type(oracle.error) is type(found.error)
        assert str(oracle.error) == str(found.error)
        return False
    assert not isinstance(oracle, Failed), (value, found, str(oracle.error))
    return True


# The rules


def check_load(codec, wire):
    """A load by the short way is that of the field."""
    found, oracle = short(codec.load, wire), own(codec.own_load, wire)
    if succeeded(found, oracle, wire):
        assert same(found, oracle), (wire, found, oracle)
        assert not parts(found) & parts(wire)


def check_dump(codec, value):
    """A dump by the short way is that of the field, on the wire and as it reads back."""
    if is_empty(value) and codec.field._is_nothing(value):
        dump = codec.dump_nothing()
        found, oracle = own(dump, value), own(codec.own_dump, value)
        if isinstance(oracle, Failed):
            assert isinstance(found, Failed)
            assert str(found.error) == str(oracle.error)
            return
        assert same(found, oracle), (value, found, oracle)
        assert not parts(found) & parts(dump(value))
        return
    found = short(codec.dump, value)
    oracle = own(codec.own_dump, value)
    if not succeeded(found, oracle, value):
        return
    if not codec.is_short:
        assert same(found, oracle)
        return
    primitive, after = (found, value) if codec.keeps else found
    expected, expected_after = oracle
    assert same(after, expected_after), (value, after, expected_after)
    if primitive is None:
        assert expected is None, value
        return
    assert expected is not None, value
    assert plain_wire(primitive) == plain_wire(expected), (value, primitive, expected)
    for wire in (encode(primitive), wire_of(primitive)):
        assert same(codec.own_load(wire), expected_after), (value, wire)
    assert not parts(after) & parts(value)
    assert not parts(primitive) & (parts(value) | parts(after))


def check_native(codec, value):
    """A value is taken by the short way as by the field, and shares no more with what was given."""
    if is_empty(value) and codec.field._is_nothing(value):
        return
    found, oracle = short(codec.native, value), own(codec.own_native, value)
    if succeeded(found, oracle, value):
        assert same(found, oracle), (value, found, oracle)
        assert parts(found) & parts(value) <= parts(oracle) & parts(value)


def check_key(codec, value):
    """The short way to the primitive of a key is that of the schema."""
    field = codec.field

    def own_key(value):
        return None if is_empty(value) else field._primitive(field._native(value))

    found, oracle = short(codec.key, value), own(own_key, value)
    if succeeded(found, oracle, value):
        assert same(found, oracle), (value, found, oracle)
        assert not is_empty(found)
        assert len(found if isinstance(found, bytes) else str(found).encode()) <= 1024


VALUE_RULES = (check_dump, check_native, check_key)


# Every class of fields, with every option


def _stops(value):
    if value == 'a':
        raise ValidationError('not that')


class OwnString(StringField):
    """A subclass that changes nothing."""


class Shouting(StringField):
    """A subclass that converts in another way."""

    def to_native(self, value, context=None):
        value = super().to_native(value, context)
        return None if value is None else value.upper()


MOMENT = datetime.datetime(2020, 2, 29, 12, 30, 1, 500)
DAY = datetime.date(2020, 2, 29)

VARIANTS = {
    'Field': [
        lambda: Field(),
        lambda: Field(required=True),
        lambda: Field(choices=[1, 'a', [1, 2], {'a': 1}, b'x', None]),
        lambda: Field(choices=iter([True, 1.5])),
        lambda: Field(validators=[_stops]),
        lambda: Field(default={'a': [1]}, attribute='x', messages={'required': 'no'}),
    ],
    'BinaryField': [
        lambda: BinaryField(),
        lambda: BinaryField(required=True, min_length=1, max_length=2),
        lambda: BinaryField(4),
        lambda: BinaryField(choices=[b'a', bytearray(b'b')]),
        lambda: BinaryField(validators=[_stops]),
    ],
    'BooleanField': [
        lambda: BooleanField(),
        lambda: BooleanField(required=True, default=True),
        lambda: BooleanField(choices=[1]),
        lambda: BooleanField(choices=['true', False]),
        lambda: BooleanField(validators=[lambda value: None], deserialize_from='b'),
    ],
    'DateField': [
        lambda: DateField(),
        lambda: DateField(required=True),
        lambda: DateField(formats=['%d.%m.%Y', '%Y-%m-%d']),
        lambda: DateField(formats='%Y-%d-%m'),
        lambda: DateField(choices=[DAY, datetime.date(1, 1, 1)]),
    ],
    'DateTimeField': [
        lambda: DateTimeField(),
        lambda: DateTimeField(required=True),
        lambda: DateTimeField(tzd='require'),
        lambda: DateTimeField(tzd='utc'),
        lambda: DateTimeField(tzd='utc', convert_tz=True),
        lambda: DateTimeField(tzd='utc', drop_tzinfo=True),
        lambda: DateTimeField(tzd='reject'),
        lambda: DateTimeField(tzd='reject', drop_tzinfo=True),
        lambda: DateTimeField(convert_tz=True),
        lambda: DateTimeField(drop_tzinfo=True),
        lambda: DateTimeField(convert_tz=True, drop_tzinfo=True),
        lambda: DateTimeField(tzd='require', convert_tz=True),
        lambda: DateTimeField(formats='%d.%m.%Y %H:%M'),
        lambda: DateTimeField(formats=['%Y-%m-%d', '%Y-%m-%dT%H:%M:%S.%f%z']),
        lambda: DateTimeField(serialized_format='%Y-%m-%d %H:%M:%S'),
        lambda: DateTimeField(serialized_format='%Y-%m-%dT%H:%M:%S.%f%z'),
        lambda: DateTimeField(serialized_format=lambda value: value.isoformat()),
        lambda: DateTimeField(parser=lambda value: MOMENT),
        lambda: DateTimeField(choices=[MOMENT, MOMENT.replace(tzinfo=UTC)]),
    ],
    'DecimalField': [
        lambda: DecimalField(),
        lambda: DecimalField(required=True, min_value=0.1, max_value=12),
        lambda: DecimalField(Decimal('-1E-130')),
        lambda: DecimalField(strict=True),
        lambda: DecimalField(choices=[0.1, '1.50', Decimal(12)]),
        lambda: DecimalField(validators=[_stops]),
    ],
    'DictField': [
        lambda: DictField(),
        lambda: DictField(city=StringField(), zip=StringField(attribute='postal')),
        lambda: DictField(city=StringField(required=True), a=IntField(default=1)),
        lambda: DictField(a=StringField(deserialize_from=['x', 'b']), b=FloatField()),
        lambda: DictField(a=StringField(attribute='b'), c=IntField(attribute='a')),
        lambda: DictField(a=ListField(IntField), b=DictField(c=IntField), c=Field),
        lambda: DictField(a=ListField(IntField, min_size=1), b=IntField),
        lambda: DictField(a=ListField(IntField, max_size=1, attribute='b')),
        lambda: DictField(a=ListField(IntField, choices=[[1]])),
        lambda: DictField(a=ListField(IntField, required=True)),
        lambda: DictField(a=DictField(city=StringField(required=True)), b=IntField),
        lambda: DictField(a=DictField(b=ListField(IntField, min_size=1)), c=IntField),
        lambda: DictField(a=DictField(b=ListField(Field, choices=[['a']])), c=IntField),
        lambda: DictField(a=DictField(b=DictField(c=IntField(default=3)))),
        lambda: DictField(validate=StringField(), default=IntField(), name=StringField()),
        lambda: DictField(choices=Field(), regex=IntField(), field=IntField(), keys=IntField()),
        lambda: DictField(min_size=IntField(), native_type=IntField(), get=StringField()),
        lambda: DictField(a=DictField(min_size=IntField()), required=BooleanField()),
        lambda: DictField(a=OwnString()),
        lambda: DictField(a=IntField(validators=[_stops])),
        lambda: DictField(a=Field(required=True), city=Field(choices=['a', 1])),
        lambda: DictField(a=DateTimeField(), b=DateField(), c=UUIDField(), city=TimedeltaField()),
        lambda: DictField(a=BooleanField(), b=EmailField(), c=URLField(), city=IPAddressField()),
        lambda: DictField(a=DecimalField(), b=BinaryField(), c=TimestampField(), x=EnumField(Suit)),
        lambda: DictField(a=SetField(StringField), b=SetField(IntField, required=True)),
        lambda: DictField(a=MapField(SetField(IntField)), b=JSONField, c=IntField),
        lambda: DictField(a=StringField(keep_empty=True, default=''), city=StringField()),
        lambda: DictField(
            a=StringField(keep_empty=True, required=True, attribute='b'),
            c=StringField(keep_empty=True, min_length=1),
        ),
    ],
    'EmailField': [
        lambda: EmailField(),
        lambda: EmailField(required=True, min_length=5, max_length=20),
        lambda: EmailField(regex='[a-z@.]+'),
        lambda: EmailField(choices=['john@example.com', 'no address']),
    ],
    'EnumField': [
        lambda: EnumField(Suit),
        lambda: EnumField(Suit, by='name'),
        lambda: EnumField(Level, required=True),
        lambda: EnumField(Count),
        lambda: EnumField(enum.Enum('Text', 'a abc city', type=str), by='name'),
        lambda: EnumField(Suit, choices=['h'], default=Suit.HEARTS),
        lambda: EnumField(Suit, validators=[_stops]),
    ],
    'FloatField': [
        lambda: FloatField(),
        lambda: FloatField(required=True, min_value=0, max_value=10),
        lambda: FloatField(min_value=Decimal('0.1')),
        lambda: FloatField(max_value=1e16),
        lambda: FloatField(min_value=math.nan),
        lambda: FloatField(strict=True),
        lambda: FloatField(choices=[1, 0.5, Decimal('0.25')]),
    ],
    'IPAddressField': [
        lambda: IPAddressField(),
        lambda: IPAddressField(max_length=7, required=True),
        lambda: IPAddressField(regex='[0-9.]+'),
        lambda: IPAddressField(choices=['1.2.3.4', 'none']),
    ],
    'IntField': [
        lambda: IntField(),
        lambda: IntField(required=True, min_value=0, max_value=100),
        lambda: IntField(min_value=0.5),
        lambda: IntField(max_value=Decimal(12)),
        lambda: IntField(strict=True),
        lambda: IntField(choices=[True, 12, 7.0]),
        lambda: IntField(validators=[_stops]),
    ],
    'JSONField': [
        lambda: JSONField(),
        lambda: JSONField(required=True),
        lambda: JSONField(choices=[1, {'a': [1]}, [], None]),
        lambda: JSONField(default={'a': [1]}),
        lambda: JSONField(validators=[_stops]),
    ],
    'ListField': [
        lambda: ListField(Field),
        lambda: ListField(SetField(StringField)),
        lambda: ListField(MapField(StringField)),
        lambda: ListField(JSONField),
        lambda: ListField(StringField(keep_empty=True, min_length=1)),
        lambda: ListField(Field(required=True)),
        lambda: ListField(Field(choices=['a', 1, ''])),
        lambda: ListField(StringField),
        lambda: ListField(StringField(required=True, min_length=1, max_length=4), required=True),
        lambda: ListField(StringField(choices=['', 'a']), min_size=1),
        lambda: ListField(StringField, max_size=1, default=['a']),
        lambda: ListField(StringField, choices=[['a'], []]),
        lambda: ListField(IntField(min_value=0), min_size=1, max_size=2),
        lambda: ListField(FloatField),
        lambda: ListField(BooleanField),
        lambda: ListField(DateTimeField),
        lambda: ListField(DateField(required=True)),
        lambda: ListField(UUIDField),
        lambda: ListField(TimedeltaField('minutes')),
        lambda: ListField(BinaryField),
        lambda: ListField(DecimalField(max_value=100)),
        lambda: ListField(EnumField(Suit)),
        lambda: ListField(TimestampField),
        lambda: ListField(ListField(IntField)),
        lambda: ListField(ListField(StringField, min_size=1, required=True), choices=[[['a']]]),
        lambda: ListField(ListField(ListField(Field))),
        lambda: ListField(DictField(city=StringField(required=True), a=IntField(default=1))),
        lambda: ListField(DictField(a=ListField(IntField), b=Field(attribute='x'))),
        lambda: ListField(OwnString),
        lambda: ListField(Shouting),
        lambda: ListField(StringField(validators=[_stops])),
        lambda: ListField(StringField, validators=[_stops]),
    ],
    'MapField': [
        lambda: MapField(Field),
        lambda: MapField(IntField(min_value=0), min_size=1, max_size=2),
        lambda: MapField(StringField(required=True)),
        lambda: MapField(StringField, required=True),
        lambda: MapField(StringField(keep_empty=True), min_size=1),
        lambda: MapField(StringField(keep_empty=True, min_length=1)),
        lambda: MapField(ListField(IntField)),
        lambda: MapField(ListField(IntField, min_size=1, required=True), max_size=1),
        lambda: MapField(DictField(city=StringField(required=True), a=IntField(default=1))),
        lambda: MapField(MapField(IntField), choices=[{}, {'a': {'b': 1}}]),
        lambda: MapField(SetField(StringField), required=True, min_size=1),
        lambda: MapField(SetField(IntField, required=True)),
        lambda: MapField(JSONField),
        lambda: MapField(Shouting),
        lambda: MapField(IntField, validators=[_stops]),
    ],
    'SetField': [
        lambda: SetField(StringField),
        lambda: SetField(StringField(min_length=1, max_length=2), min_size=1, max_size=2),
        lambda: SetField(StringField(choices=['a', '']), required=True),
        lambda: SetField(IntField),
        lambda: SetField(IntField(max_value=1), choices=[{1}, [1, 2]]),
        lambda: SetField(FloatField(required=True), default=[0.5]),
        lambda: SetField(DateTimeField),
        lambda: SetField(DateField),
        lambda: SetField(UUIDField),
        lambda: SetField(TimedeltaField),
        lambda: SetField(EmailField),
        lambda: SetField(BinaryField(max_length=2)),
        lambda: SetField(DecimalField),
        lambda: SetField(EnumField(Suit)),
        lambda: SetField(TimestampField),
        lambda: SetField(Shouting),
        lambda: SetField(StringField, validators=[_stops]),
    ],
    'StringField': [
        lambda: StringField(),
        lambda: StringField(keep_empty=True),
        lambda: StringField(keep_empty=True, required=True, min_length=1),
        lambda: StringField(keep_empty=True, choices=['', 'a'], default=''),
        lambda: StringField(keep_empty=True, regex='a*', required=True),
        lambda: StringField(keep_empty=True, validators=[_stops]),
        lambda: StringField(required=True, default='a'),
        lambda: StringField(min_length=2, max_length=3),
        lambda: StringField(max_length=1),
        lambda: StringField('[a-c]+'),
        lambda: StringField(regex='^a$', min_length=1),
        lambda: StringField(choices=['a', 'é', '\ud800', Name.CITY, 1]),
        lambda: StringField(choices=[]),
        lambda: StringField(validators=[_stops]),
        lambda: StringField(metadata={'a': 1}, serialized_name='s'),
        lambda: OwnString(max_length=3),
        lambda: Shouting(),
    ],
    'TimedeltaField': [
        *(
            functools.partial(TimedeltaField, precision)
            for precision in ('weeks', 'days', 'hours', 'minutes', 'seconds')
        ),
        lambda: TimedeltaField('milliseconds', required=True),
        lambda: TimedeltaField(precision='microseconds'),
        lambda: TimedeltaField(choices=[datetime.timedelta(seconds=1.5), 12]),
    ],
    'TimestampField': [
        lambda: TimestampField(),
        lambda: TimestampField(required=True, fractions=True),
        lambda: TimestampField(choices=[MOMENT.replace(tzinfo=UTC), 12, 1.5]),
        lambda: TimestampField(fractions=True, choices=['2020-02-29T12:30:01.000500Z', 0.25]),
        lambda: TimestampField(validators=[_stops]),
    ],
    'URLField': [
        lambda: URLField(),
        lambda: URLField(fqdn=False),
        lambda: URLField(False, max_length=20, min_length=8, required=True),
        lambda: URLField(regex='http:.*'),
        lambda: URLField(choices=['http://example.com/', 'none']),
    ],
    'UUIDField': [
        lambda: UUIDField(),
        lambda: UUIDField(required=True, default=uuid.uuid4),
        lambda: UUIDField(choices=[UUID, str(UUID)]),
    ],
    'VersionField': [lambda: VersionField(), lambda: VersionField(attribute='v')],
}

CLASSES = sorted(VARIANTS)
ALL = [(name, number) for name in CLASSES for number in range(len(VARIANTS[name]))]


@functools.cache
def codec_of(name, number=0):
    """Return the codec of a variant, whose field has a name."""
    field = VARIANTS[name][number]()
    field.set_name('field')
    return Codec(field)


# Values that fields are given

UUID_TEXTS = [
    str(UUID), UUID.hex, str(UUID).upper(), f'{{{UUID}}}', f'urn:uuid:{UUID}', f'{UUID} ',
    str(UUID)[:-1], str(UUID).replace('-', '_'), f'\u0661{str(UUID)[1:]}',
]  # fmt: skip
ADDRESSES = [
    'john@example.com', 'J.o+h_n-x@sub-1.example.com', 'john@example.com\n', 'john@münchen.de',
    'jöhn@example.com', '.a@b.co', 'a.@b.co', 'a..b@b.co', '"a b"@b.co', '"a\n"@b.co',
    'a@[1.2.3.4]', 'a@b', 'a@b.c', 'a@-b.com', 'a@b-.com', 'a@b--c.com', 'a@b.co.', 'a@@b.co',
    'a@b.c0', 'a@b_c.com', f'{"a" * 64}@b.co', f'{"a" * 65}@b.co', f'{"a" * 60}@b.co',
    f'a@{"b" * 63}.com', '@b.co', 'a@', f'a@{"b" * 57}.com', f'a@{"b" * 58}.com',
    f'a@b.{"c" * 60}', 'a@xn--mnchen-3ya.de', '\uff41@b.co',
]  # fmt: skip
URLS = [
    'http://example.com/', 'http://example.com', 'https://a.b.co:8080/x?y#z', 'http://localhost/',
    'http://1.2.3.4/', 'http://[::1]/', 'http://[::1', 'ftp://example.com/',
    'http://example.com/\n', 'HTTP://EXAMPLE.COM/', 'http://exämple.com/', 'http://a b.com/',
    '//example.com', 'http://',
]  # fmt: skip
IP_ADDRESSES = [
    '1.2.3.4', '::1', '1.2.3.4/24', '256.1.1.1', '1.2.3.4.evil.com', 'fe80::1%eth0', '01.2.3.4',
    '1.2.3', '1.2.3.4\n', '::ffff:1.2.3.4', '\u0661.2.3.4', '12345',
]  # fmt: skip
DATES = [
    '2020-02-29', '2019-02-29', '0001-01-01', '9999-12-31', '2020-2-29', '20200229', '2020-W09-6',
    '2020-W09', '2020-060', '2020-00-00', '29.02.2020', '٢٠٢٠-02-29', '2020-02-29 ', ' 2020-02-29',
    '2020-02-2٩', '2020\u221202\u221229', '10000-01-01', '-001-01-01', '2020-29-02', '2020-W1-1',
    '2020-1-001',
]  # fmt: skip
MOMENTS = [
    *(
        f'2020-02-29{middle}{clock}{fraction}{zone}'
        for middle in 'T '
        for clock in ('12:30:01', '12:30', '24:00:00', '23:59:60', '123001')
        for fraction in ('', '.5', '.000500', ',000500', '.000500000')
        for zone in ('', 'Z', '+01', '+0100', '+01:00', '-00:30', '\u221201:00', '+25:00', '+0000')
    ),
    '2020-02-29T12:30:01.000500+01:00:07', '2020-02-29T12:30:01.000500+010007', '1582934400',
    '2020', '2020-W09-6T12:30:01.000500', '2020-060T12:30:01.000500', '20200229T123001.000500',
    '1.5e9', '2020-02-29t12:30:01.000500', '2020-02-29_12:30:01.000500',
    '2020-02-29T12.30.01.000500', '0001-01-01T00:00:00.000000+2359',
    '9999-12-31T23:59:59.999999-2359', '2020-02-29T12:30:01.', '2020-02-29T12:30:01.000500-0000',
    '2020-02-29T12:30:01.000500+2400', '2020-02-29T', '2020-02-29T12:30:01.00050٣',
    '2020-02-29T12:30:01.000500+01 0', '2020-02-29T12:30:01.0005 0', '2020-02-29T12:30+1.000500',
    '2020-02-29T12+01:00.000500', '2020-02-29T12:30:01.000+01',
]  # fmt: skip
NUMBER_TEXTS = [
    '0', '-0', '1', '-1', '+1', '007', '1.0', '1.50', '1E2', '1e-7', '1E+125', '1E-130', '1E400',
    '9' * 38, '9' * 39, '1' + '0' * 50, '0.' + '0' * 40 + '1', '-' + '9' * 38, '\u0661٢', ' 1',
    '1 ', '1_0', '1\n', '', '.5', '5.', '.', 'NaN', 'nan', 'sNaN', 'inf', '-Infinity', '0x1',
    '1,5', '--1', '0.1', '0.30000000000000004', '123456789012345678', '1e15', '12.000', '7', '12',
    '1e308', '1e309', '5e-324', '1e-325', '0.1234567890123456789012345678901234567', '-0.0',
    '0E10', '86400', '1e30', '\u20031', '1\x1f', '\uff19',
    '3.0000000000000000000000000000000000001',
]  # fmt: skip
TEXTS = [
    '', 'a', 'abc', 'abcd', 'ABC', 'é', '€', '😀', '\ud800', 'a\udfff', 'a\n', '\n', ' a', 'a.b',
    '\x00', 'true', 'True', 'false', 'None', 'postal', 'x' * 2000, 'é' * 300,
]  # fmt: skip
ALL_TEXTS = [
    *TEXTS, *ADDRESSES, *URLS, *IP_ADDRESSES, *UUID_TEXTS, *DATES, *MOMENTS, *NUMBER_TEXTS,
]  # fmt: skip
NUMBERS = [
    0, 1, -1, 2, 7, 12, 100, 101, 10**37, 10**38 - 1, 10**38, 1 - 10**38, -(10**38), 10**39,
    10**5000, 2**53, 2**53 + 1, 0.0, -0.0, 0.5, 1.0, 1.5, -1.5, 0.1, 0.25, 1e-7, 1e14, 1e15,
    1e15 + 2, 1e16, 123456789.125, 1e22, 1e100, 1e-100, 1e-99, 1e-130, 1e-131, 1e126, 1e308,
    5e-324, math.nan, math.inf, -math.inf, 0.1 + 0.2, 999999999999999.9, Decimal(1),
    Decimal('1.0'), Decimal('1.50'), Decimal('-0'), Decimal('NaN'), Decimal('sNaN'),
    Decimal('Infinity'), Decimal('1E+100'), Decimal(0), Decimal('1E-200'), Decimal('9' * 39),
    Decimal('0.1'), Decimal('0.1000000000000000055511151231257'),
]  # fmt: skip
TIMES = [
    DAY, datetime.date.min, datetime.date.max, MOMENT, MOMENT.replace(tzinfo=UTC),
    datetime.datetime.min, datetime.datetime.max, datetime.datetime(2020, 2, 29),
    datetime.datetime(2020, 2, 29, tzinfo=UTC), MOMENT.replace(fold=1),
    MOMENT.replace(tzinfo=UTC, fold=1), MOMENT.replace(tzinfo=ODD_ZONE),
    MOMENT.replace(tzinfo=BERLIN), datetime.datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN),
    datetime.datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    MOMENT.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-1, minutes=-30))),
    MOMENT.replace(tzinfo=datetime.timezone(datetime.timedelta(0), 'GMT')),
    MOMENT.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=23, minutes=59))),
    MOMENT.replace(tzinfo=zoneinfo.ZoneInfo('UTC')), MOMENT.replace(tzinfo=DateTimeField.UTC),
    Moment(2020, 2, 29, 12, 30), Moment(2020, 2, 29, 12, 30, tzinfo=UTC),
    datetime.datetime.max.replace(tzinfo=datetime.timezone(-datetime.timedelta(hours=1))),
    datetime.timedelta(0), datetime.timedelta(seconds=1.5), datetime.timedelta(microseconds=1),
    datetime.timedelta.min, datetime.timedelta.max, -datetime.timedelta.resolution,
    datetime.timedelta(weeks=1), datetime.timedelta(days=1, microseconds=7), datetime.time(1),
]  # fmt: skip
JUNK = [
    None, True, False, Text('a'), Text(''), Text('é'), Name.A, Name.CITY, Name.NOTHING, Count.ONE,
    Whole(1), Real(1.5), Text('john@example.com'), Text(str(UUID)), Text('2020-02-29'), UUID,
    object(), b'', b'a', b'\xff', bytearray(b'a'), memoryview(b'a'), str, Ellipsis, 1j, IntField(),
    range(2), NotImplemented,
]  # fmt: skip
PARTIAL = PartialDict({'a': 1}, {'a': None}, 'Model')
NESTED = [
    [], ['a'], ['a', 'a'], ['', 'a'], [None], ['a', None], [True], [1, 2], [1], [1, True, 1.0],
    [b'x'], [[]], [[1]], [['a']], [[['a']], [[]]], [Text('a')], [{}], [{'city': 'a'}],
    [{'city': ''}], [{'a': 1}], ('a',), (), [('a',)], {'a'}, {1, 2}, {1, 'a'}, frozenset({b'a'}),
    set(), {1, 2.5, Decimal(3)}, collections.deque(['a']), [MOMENT], [DAY], [UUID],
    [datetime.timedelta(minutes=90)], [0.5, 2.0, -0.0], [10**38], [math.nan], ['\ud800'],
    [bytearray(b'a')], [{1, 2}], [{'a'}], [set()], [{'a'}, set()], [{1.0}], {0.5, 2.0},
    {'a', ''}, {MOMENT, DAY}, {UUID}, {None}, {datetime.timedelta(1)}, {True}, {10**38}, {0.0},
    {MOMENT, MOMENT.replace(day=1)}, {'\ud800'}, {Text('a')}, frozenset({'a'}), frozenset(),
    {'a': set()}, {'a': {'a'}}, {'a': {1}, 'b': {2}}, {'a': set(), 'b': set()}, {'a': {'x': {1}}},
    {'a': {'x': set()}}, {'a': '', 'b': 'x'}, {'a': [], 'b': ''},
    {'x': {'b': (1, [2.5, '\ud800'])}},
    {'é': 'a'}, {'a': ['x'], 'b': [1, None]}, {}, {'city': 'a'}, {'city': ''}, {'city': None},
    {'city': Text('a')}, {'city': 'é', 'zip': '1'}, {'postal': '1'}, {'city': 'a', 'x': 1},
    {'city': 'a', 'é': 1}, {'x': 'a'}, {'b': 1.5}, {'': 1}, {'a': None}, {'a': ''}, {'a': []},
    {'a': [1]}, {'a': [1, 2]}, {'a': {}}, {'a': {'city': 'a'}}, {'a': {'b': []}},
    {'a': {'b': None}}, {'a': {'b': [1]}, 'c': 1}, {'a': {'b': {'c': 1}}}, {'c': 1},
    {'a': {'b': ['a']}, 'c': 1}, {'a': {'b': ''}}, {'a': 'a', 'x': 'b'}, {'b': '', 'c': None},
    {Name.CITY: 'a'}, {Name.A: 1}, {Text('a'): 1}, {Text('x'): 1, 'city': 'a'}, {1: 'a'},
    {None: 1}, {'city': 'a', '\ud800': 1}, {'a': 1, 'x': {'y': [1, None, '', {'z': b''}]}},
    {'a': 1.0}, {'validate': 'a', 'default': 1, 'name': 'b'}, {'choices': [1], 'regex': 1,
    'field': 2, 'keys': 3}, {'min_size': 1, 'native_type': 2, 'get': 'a'}, {'a': {'min_size': 1},
    'required': True}, {'a': MOMENT, 'b': DAY, 'c': UUID, 'city': datetime.timedelta(1)},
    {'a': True, 'b': 'a@b.co', 'c': 'http://a.co/', 'city': '::1'}, {'a': {'x': (1,)}},
    {'x': (1, 2)}, collections.OrderedDict(a=1), collections.defaultdict(int, a=1),
    [collections.OrderedDict(a=1)], PARTIAL, [PARTIAL], {'a': PARTIAL}, {'x': PARTIAL},
    {'x': {'': 1}}, {'x': {1: 1}}, {'x': {1}}, {'x': {'\ud800': 1}}, [[[[[[]]]]]], {'x': object()},
]  # fmt: skip


def _deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def _endless():
    value = []
    value.append(value)
    return value


NESTED += [_deep(30), _deep(31), _deep(32), _deep(33), {'x': _deep(31)}, {'x': _deep(32)}]
# The repr of what holds itself differs from call to call, but for the marks in it.
NESTED += [_endless(), {'x': _endless()}]

VALUES = [*ALL_TEXTS, *NUMBERS, *TIMES, *JUNK, *NESTED]


@pytest.mark.parametrize('name', CLASSES)
def test_what_the_short_way_makes_of_known_values_is_what_the_field_does(name):
    """All values of this file, given to each variant of each class."""
    for number in range(len(VARIANTS[name])):
        codec = codec_of(name, number)
        # Own ways are the same function where there is no short way.
        rules = VALUE_RULES if codec.is_short else ()
        for value in VALUES:
            for rule in rules:
                rule(codec, value)


#: Wires of every type, strange and damaged ones among them.
WIRES = [
    *({'S': value} for value in ALL_TEXTS),
    *({'N': value} for value in NUMBER_TEXTS),
    *({kind: value} for kind in ('S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS', 'X')
      for value in (None, True, 1, 1.5, '1', 'YQ==', 'YQ', '=', b'1', [], ['1'], ('1',), {})),
    *({'L': [each]} for each in ({'S': 'a'}, {'N': '1'}, {'NULL': True}, {}, {'X': 1}, None, 'a')),
    *({'L': [{kind: [value, value]}]} for kind in 'LM' for value in ({'N': '1'}, {'NULL': True})),
    *({'M': {name: value}} for name in ('city', 'a', 'b', 'postal', 'x', '')
      for value in ({'S': 'a'}, {'N': '1'}, {'NULL': True}, {'L': [{'N': '1'}]}, {'M': {}}, {})),
    {'M': {'a': {'S': 'a'}, 'b': {'S': 'b'}}}, {'M': {'b': {'N': '1'}, 'a': {'N': '2'}}},
    {}, None, 'S', ['S'], (), {'S': 'a', 'N': '1'}, {'N': '1', 'S': '1'}, {'BOOL': True, 'X': 1},
    {'S': str(DAY), 'N': '1'}, {'S': str(UUID), 'X': None}, {'L': [], 'S': 'a'}, {'M': {}, 'L': []},
    {'S': '2020-02-29T12:30:01.000500', 'B': 'YQ=='}, {'L': [{'S': 'a', 'N': '1'}]},
    {'M': {'a': {'S': 'a', 'N': '1'}}}, {'M': {'x': {'S': 'a', 'N': '1'}}},
]  # fmt: skip


@pytest.mark.parametrize('name', CLASSES)
def test_what_is_loaded_of_known_wires_is_what_the_field_loads(name):
    """All wires of this file, given to each variant of each class."""
    for number in range(len(VARIANTS[name])):
        codec = codec_of(name, number)
        for wire in WIRES if codec.is_short else ():
            check_load(codec, wire)


USUAL = {
    'Field': [1, 'a', 1.5, True, b'a', ['a', None], {'a': {1, 2}}],
    'BinaryField': [b'a', b'\x00\xff', b''],
    'BooleanField': [True, False],
    'DateField': [DAY],
    'DateTimeField': [MOMENT, MOMENT.replace(tzinfo=UTC)],
    'DecimalField': [Decimal(0), Decimal('-12'), Decimal('19.9'), Decimal('-0.05')],
    'DictField': [{}, {'a': 'b'}, {'a': [1, {'b': 2.5}]}],
    'EmailField': ['john@example.com', 'John.Doe+x@mail.example.co.uk'],
    'EnumField': list(Suit),
    'FloatField': [0.5, -12.0, 1e-7],
    'IPAddressField': ['1.2.3.4', '::1'],
    'IntField': [0, -5, 10**38 - 1],
    'JSONField': [{'a': [1, 2.5, None, {'b': ''}]}, [], 0, 'a'],
    'ListField': [[], ['a', 1]],
    'MapField': [{}, {'a': 1, 'b': ['x']}],
    'SetField': [{'a'}, {'é', ''}],
    'StringField': ['a', 'é', 'a b\n'],
    'TimedeltaField': [datetime.timedelta(weeks=2), datetime.timedelta(0)],
    'TimestampField': [
        datetime.datetime(2020, 2, 29, 12, 30, tzinfo=UTC),
        datetime.datetime(1969, 12, 31, tzinfo=UTC),
    ],
    'URLField': ['http://example.com/'],
    'UUIDField': [UUID],
    'VersionField': [3],
}


@pytest.mark.parametrize('name', CLASSES)
def test_the_short_way_does_not_refuse_usual_values(name):
    """Neither to load them nor to dump or take them, alone or as elements of a list."""
    codec = codec_of(name)
    elements = None if name == 'VersionField' else Codec(ListField(codec.field))
    for value in USUAL[name]:
        assert short(codec.dump, value) is not REFUSED, value
        assert short(codec.load, wire_of(codec.own_dump(value)[0])) is not REFUSED, value
        if elements is not None:
            assert short(elements.dump, [value, value]) is not REFUSED, value
            wire = wire_of(elements.own_dump([value])[0])
            assert short(elements.load, wire) is not REFUSED, value
        assert short(codec.native, value) is not REFUSED, value


# Values and wires as hypothesis makes them

ZONES = st.one_of(
    st.none(),
    st.just(UTC),
    st.sampled_from([BERLIN, ODD_ZONE, zoneinfo.ZoneInfo('UTC')]),
    st.integers(-1439, 1439).map(lambda n: datetime.timezone(datetime.timedelta(minutes=n))),
)
moments = st.builds(
    lambda moment, zone, fold: moment.replace(tzinfo=zone, fold=fold),
    st.datetimes(),
    ZONES,
    st.sampled_from([0, 0, 0, 1]),
)
durations = st.timedeltas() | st.timedeltas(datetime.timedelta(-2), datetime.timedelta(2))
junk = st.one_of(
    st.sampled_from(VALUES),
    st.text(max_size=6),
    st.integers(),
    st.floats(),
    st.decimals(),
    documents,
    moments,
)
emails = st.one_of(
    st.emails(),
    st.text('aZ0.-_+@é\n ', max_size=12),
    st.builds(
        '{}@{}.{}'.format,
        st.text('aZ0.-_+', max_size=4),
        st.text('aZ0-.', min_size=1, max_size=4),
        st.text('aZ0', min_size=1, max_size=4),
    ),
)

RIGHT = {
    'Field': documents | st.floats() | st.lists(scalars),
    'BinaryField': st.binary(max_size=6),
    'BooleanField': st.booleans(),
    'DateField': st.dates() | moments,
    'DateTimeField': moments | st.floats(-1e9, 1e9),
    'DecimalField': st.decimals() | st.decimals(0, 13, places=2) | st.floats(0, 13, width=16),
    'EmailField': emails,
    'EnumField': st.sampled_from([*Suit, *Level, *Count, 'HEARTS', 'LANCES', 'a', 'city', 0.1, 12]),
    'FloatField': st.floats() | st.integers(-10, 10) | st.floats(0, 11, width=16),
    'IPAddressField': st.ip_addresses().map(str) | st.text('0123456789.:a', max_size=9),
    'IntField': st.integers() | st.integers(-1, 110) | st.integers(-(10**39), 10**39),
    'JSONField': documents | st.dictionaries(st.text(max_size=2), st.lists(st.floats() | scalars)),
    'StringField': st.text() | st.text('abcé', max_size=4),
    'TimedeltaField': durations | st.floats(-1e6, 1e6),
    'TimestampField': st.one_of(
        moments,
        st.datetimes(timezones=st.just(UTC)),
        st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
        st.integers(-(10**11), 10**12),
        st.decimals(-100, 100, places=7),
    ),
    'URLField': st.sampled_from(URLS) | st.builds('http://{}/{}'.format, st.text(), st.text()),
    'UUIDField': st.uuids() | st.uuids().map(str),
    'VersionField': st.integers(-1),
}


def _kind(field):
    """Return which class of dynamongo a field is of, or extends."""
    return next(cls.__name__ for cls in type(field).__mro__ if cls.__name__ in VARIANTS)


def values_of(field):
    """Return a strategy of values that are mostly right for a field."""
    kind = _kind(field)
    if kind == 'ListField':
        lists = st.lists(values_of(field.field), max_size=3)
        right = st.one_of(lists, lists, lists.map(tuple))
    elif kind == 'SetField':
        hashable = values_of(field.field).filter(_is_hashable)
        right = st.lists(hashable, max_size=3).flatmap(
            lambda members: st.sampled_from([set(members), members, frozenset(members)])
        )
    elif kind == 'MapField':
        right = st.dictionaries(map_keys, values_of(field.field), max_size=3)
    elif kind == 'DictField':
        right = _dicts(field, values_of, st.sampled_from(VALUES) | documents)
    else:
        right = RIGHT[kind]
    if kind != 'DictField' and field.choices:
        right = right | st.sampled_from(field.choices)
    return st.one_of(right, right, right, junk)


map_keys = st.sampled_from(['a', 'b', 'é', 'a.b', Text('x'), Name.A, '', 1])


def _is_hashable(value):
    try:
        hash(value)
    except (TypeError, ValueError):
        return False
    return True


def _dicts(field, strategy, others):
    """Return a strategy of dicts with names that mean something to a dict field."""
    names = []
    for name, member in field._members.items():
        inner = strategy(member)
        known = (name, name, name, member._key, Text(name), *member._aliases)
        names.append(st.tuples(st.sampled_from(known), inner))
    unknown = st.tuples(st.sampled_from(['x', 'y', 'é', '', 'city', 'a', 'b', 1, Name.A]), others)
    return st.lists(st.one_of(*names, unknown), max_size=4).map(dict)


def _mutated(texts):
    """Return a strategy of texts with some characters replaced."""

    def spoil(text, changes):
        letters = list(text)
        for position, letter in changes:
            if letters:
                letters[position % len(letters)] = letter
        return ''.join(letters)

    letters = st.sampled_from('0123456789-:+.,TWZ \u2212٣e_') | st.just('')
    return st.builds(spoil, texts, st.lists(st.tuples(st.integers(0, 40), letters), max_size=3))


iso_texts = moments.filter(lambda value: not value.fold).map(
    lambda value: value.isoformat('T', 'microseconds')
)
stored_moments = _mutated(st.sampled_from(MOMENTS) | iso_texts | iso_texts.map(
    lambda iso: iso.replace(':', '') if len(iso) > 32 else iso[:29] + iso[30:]
))  # fmt: skip
number_texts = st.one_of(
    st.sampled_from(NUMBER_TEXTS),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.text('0123456789.-+eE_ ٣', max_size=8),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
raw = st.one_of(
    st.text(max_size=4),
    st.sampled_from(
        [None, True, False, 'true', 1, 1.5, b'a', 'YQ==', 'YQ', '=', 'é', [], ['a'], {}, {'S': 'a'}]
    ),
)
damaged = st.one_of(
    st.dictionaries(
        st.sampled_from(['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS', 'X', 's']),
        st.one_of(raw, number_texts, st.lists(raw, max_size=2)),
        max_size=2,
    ),
    raw,
    st.just(()),
)
free_wires = st.one_of(
    documents.filter(lambda value: value is not None).map(encode),
    documents.map(wire_of),
    st.just({'NULL': True}),
    st.just({'NULL': False}),
    st.builds(lambda value: {'N': value}, number_texts),
    st.builds(lambda value: {'S': value}, st.sampled_from(ALL_TEXTS) | st.text()),
    st.builds(lambda value: {'B': value}, raw),
)
JSON_TEXTS = [
    '{}', '[]', 'null', 'true', '1', '1.0', '-0.0', '1e400', 'NaN', '-Infinity', '"a"', '""', 'é',
    '"é"', '{"a":1,"a":2}', '{"b":[1,{"c":null}]}', '[' * 9, '[' * 5000 + ']' * 5000, ' 1 ', '1 2',
    '0.12345678901234567890', '9' * 5000, '"\\ud83d\\ude00"', '"\\ud800"',
]  # fmt: skip
TYPED_WIRES = {
    'BinaryField': (st.binary(max_size=6) | raw).map(lambda value: {'B': value}),
    'EnumField': st.one_of(
        st.sampled_from(['h', 'é', 'HEARTS', 'LANCES', 'a']).map(lambda value: {'S': value}),
        st.sampled_from(['0.1', '12', '12.0', '1', '1E+0']).map(lambda value: {'N': value}),
    ),
    'BooleanField': st.booleans().map(lambda value: {'BOOL': value}),
    'DateField': _mutated(st.sampled_from(DATES) | st.dates().map(str)).map(lambda s: {'S': s}),
    'DateTimeField': stored_moments.map(lambda value: {'S': value}),
    'UUIDField': _mutated(st.sampled_from(UUID_TEXTS)).map(lambda value: {'S': value}),
    **dict.fromkeys(
        (
            'DecimalField',
            'FloatField',
            'IntField',
            'TimedeltaField',
            'TimestampField',
            'VersionField',
        ),
        number_texts.map(lambda value: {'N': value}),
    ),
    **dict.fromkeys(
        ('EmailField', 'IPAddressField', 'StringField', 'URLField'),
        st.one_of(st.text(), st.sampled_from(ALL_TEXTS)).map(lambda value: {'S': value}),
    ),
    'JSONField': st.one_of(
        st.sampled_from(JSON_TEXTS),
        _mutated(st.sampled_from(JSON_TEXTS)),
        st.recursive(st.integers() | st.floats() | st.text(), st.lists).map(json.dumps),
    ).map(lambda value: {'S': value}),
    'Field': free_wires,
}


def wires_of(field):
    """Return a strategy of wire values that are mostly right for a field."""
    kind = _kind(field)
    if kind == 'ListField':
        right = st.lists(wires_of(field.field), max_size=3).map(lambda value: {'L': value})
    elif kind == 'SetField':
        right = st.builds(
            lambda kind, members: {kind: [next(iter(wire.values())) for wire in members]},
            st.sampled_from(['SS', 'NS', 'BS']),
            st.lists(TYPED_WIRES[_kind(field.field)], max_size=3),
        )
    elif kind == 'MapField':
        right = st.dictionaries(
            st.sampled_from(['a', 'b', 'é', '']), wires_of(field.field), max_size=3
        ).map(lambda value: {'M': value})
    elif kind == 'DictField':
        right = _dicts(field, wires_of, free_wires).map(
            lambda value: {'M': {str(name): each for name, each in value.items()}}
        )
    else:
        right = TYPED_WIRES[kind]
    codec = Codec(field)

    def dumped(value):
        found = own(codec.own_dump, value)
        return {'NULL': True} if isinstance(found, Failed) else wire_of(found[0])

    by_itself = values_of(field).map(dumped)
    return st.one_of(right, right, by_itself, free_wires, damaged)


@functools.cache
def cases(name, strategy):
    """Return a strategy of a codec of a class and what it may be given."""
    codecs = [codec_of(name, number) for number in range(len(VARIANTS[name]))]
    return st.one_of([st.tuples(st.just(each), strategy(each.field)) for each in codecs])


@pytest.mark.parametrize('name', CLASSES)
@hypothesis.given(data=st.data())
def test_a_short_load_returns_what_the_field_loads(name, data):
    """Of whatever a wire may bring: what the oracle dumps, strange texts, other types, damage."""
    check_load(*data.draw(cases(name, wires_of)))


@pytest.mark.parametrize('name', CLASSES)
@hypothesis.given(data=st.data())
def test_a_short_dump_and_a_short_native_return_what_the_field_does(name, data):
    """Of right values, near misses and junk."""
    codec, value = data.draw(cases(name, values_of))
    for rule in VALUE_RULES:
        rule(codec, value)


# Which fields have a short way


def test_only_fields_that_are_exactly_known_have_a_short_way():
    """Every class has one; subclasses and own validators take the field's own way."""
    for name in CLASSES:
        assert codec_of(name).is_short
    own_ways = {(name, number) for name, number in ALL if not codec_of(name, number).is_short}
    for name, number in ALL:
        field = codec_of(name, number).field
        inner = [field, *getattr(field, '_members', {}).values()]
        inner += [field.field] if isinstance(field, (ListField, MapField, SetField)) else []
        unknown = any(each._own_validators or type(each) in (OwnString, Shouting) for each in inner)
        if unknown:
            assert (name, number) in own_ways
            assert not codec_of(name, number).flat
    formatted = ('DateTimeField', 12), ('DateTimeField', 14), ('DateTimeField', 17)
    assert own_ways.issuperset(formatted)


@pytest.mark.parametrize('name', CLASSES)
def test_a_field_of_a_subclass_takes_its_own_way(name):
    """Also where the subclass changes nothing that is known of."""
    field = VARIANTS[name][0]()
    field.__class__ = type('Own', (type(field),), {})
    assert not Codec(field).is_short


@pytest.mark.parametrize('name', CLASSES)
def test_a_field_with_a_method_of_its_own_takes_its_own_way(name):
    """Set on the field itself, whichever of the methods that decide on values it is."""
    methods = ['to_native', 'to_primitive', 'validate', '_convert', '_store', '_load', '_check']
    for method in [*methods, *codec_of(name).field._validators]:
        field = VARIANTS[name][0]()
        assert Codec(field).is_short
        field.__dict__[method] = lambda *args: None
        assert not Codec(field).is_short, method


@pytest.mark.parametrize('name', CLASSES)
def test_a_field_of_a_patched_class_takes_its_own_way(name, monkeypatch):
    """Patched in the class itself or in the one that all extend, before the field is looked at."""
    cls = type(codec_of(name).field)
    assert len(_methods(cls)) > 10
    for method in ('to_native', 'to_primitive', 'validate', *cls._validators):
        with monkeypatch.context() as patch:
            patch.setattr(cls, method, lambda *args: None)
            assert not Codec(VARIANTS[name][0]()).is_short, method
        assert Codec(VARIANTS[name][0]()).is_short
    monkeypatch.setattr(Field, '_load', lambda self, value: value)
    assert not Codec(VARIANTS[name][0]()).is_short


def test_a_list_or_dict_of_fields_that_are_not_known_takes_its_own_way():
    """However deep the field lies."""
    for inner in (OwnString(), IntField(validators=[_stops]), DateTimeField(drop_tzinfo=True)):
        assert not Codec(ListField(inner)).is_short
        assert not Codec(ListField(ListField(DictField(a=inner)))).is_short
        assert not Codec(DictField(a=ListField(inner), b=IntField)).is_short


def test_a_patched_class_is_asked_by_models(monkeypatch):
    """A model whose class of fields was patched before its first use goes by the patch."""

    def to_native(self, value, context=None):
        return None if value is None else str(value).upper()

    with monkeypatch.context() as patch:
        patch.setattr(StringField, 'to_native', to_native)

        class Patched(Model):
            __table__ = 'patched'
            __hash_key__ = 'id'
            id = StringField()

        assert Patched(id='a').id == 'A'
        loaded = _loading.load(Patched, Stored({'id': {'S': 'b'}}))
        assert loaded.id == 'B'


# Models


class Everything(Model):
    """A model with fields of all classes, under other names too."""

    __table__ = 'everything'
    __hash_key__ = 'id'
    __range_key__ = 'number'

    made = []

    id = StringField(required=True)
    number = IntField(attribute='n')
    free = Field(attribute='f', default={'a': [1]})
    flag = BooleanField(default=False)
    day = DateField()
    at = DateTimeField(tzd='utc', default=lambda: Everything.made.append('at') or MOMENT)
    place = DictField(
        city=StringField(required=True, default='Rome'),
        zip=StringField(attribute='postal', max_length=5),
        spots=ListField(DictField(x=FloatField(default=0.5), y=IntField())),
        deep=DictField(a=ListField(IntField), b=Field()),
    )
    email = EmailField(deserialize_from=['mail'])
    share = FloatField(min_value=-1, max_value=1, default=0.25)
    address = IPAddressField()
    count = IntField(min_value=0, default=lambda: Everything.made.append('count') or 7)
    tags = ListField(StringField, max_size=4, default=['new'])
    rows = ListField(ListField(IntField))
    ids = ListField(UUIDField, default=lambda: Everything.made.append('ids') or [UUID])
    word = StringField(regex='[a-zé]*', choices=['a', 'abc', 'é'])
    other = GlobalIndex('word', 'count')
    took = TimedeltaField('minutes')
    home = URLField(fqdn=False)
    token = UUIDField(default=UUID)
    note = StringField(keep_empty=True, max_length=3, default='')
    sizes = SetField(IntField, max_size=3, default={1})
    colours = SetField(StringField(max_length=5))
    prices = MapField(FloatField(min_value=0), default={'eur': 1.5})
    notes = MapField(SetField(StringField))
    doc = JSONField(default={'a': [1]})
    version = VersionField(attribute='v')


class Ignoring(Everything):
    """A model one field of which takes its own way."""

    __extra__ = 'ignore'
    own = Shouting()
    version = IntField(default=3)


class Forbidding(Everything):
    __extra__ = 'forbid'


VALID = {
    'id': st.sampled_from(['a', 'é', 'x' * 300, 'é' * 1000]),
    'number': st.integers(-3, 3),
    'free': documents.filter(lambda value: not is_empty(value)),
    'flag': st.booleans(),
    'day': st.dates(),
    'at': st.datetimes(timezones=st.sampled_from([None, UTC])) | st.just(TIMES[11]),
    'place': st.fixed_dictionaries(
        {'city': st.sampled_from(['Rome', 'Köln'])},
        optional={
            'zip': st.sampled_from(['12345', '', None]),
            'spots': st.lists(st.fixed_dictionaries({}, optional={'y': st.integers()}), max_size=2),
            'deep': st.fixed_dictionaries(
                {}, optional={'a': st.lists(st.integers(0, 9)), 'b': documents}
            ),
            'else': documents,
        },
    ),
    'email': st.sampled_from(['john@example.com', '"a b"@b.co', 'a@münchen.de']),
    'share': st.floats(-1, 1, allow_subnormal=False).filter(lambda n: not 0 < abs(n) < 1e-120),
    'address': st.ip_addresses().map(str),
    'count': st.integers(0, 10**38 - 1) | st.sampled_from([Whole(3), 3.0, '4', Decimal(5)]),
    'tags': st.lists(st.sampled_from(['a', '', Text('b'), 'é', 7]), max_size=4),
    'rows': st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2),
    'ids': st.lists(st.uuids() | st.just(str(UUID)), max_size=2),
    'word': st.sampled_from(['a', 'abc', 'é', Name.A]),
    'took': durations | st.integers(0, 99),
    'home': st.sampled_from(['http://localhost/', 'https://a.co/']),
    'token': st.uuids(),
    'note': st.sampled_from(['', 'a', 'é', None, b'']),
    'sizes': st.sets(st.integers(0, 9), max_size=3) | st.lists(st.integers(0, 9), max_size=3),
    'colours': st.sets(st.sampled_from(['', 'red', 'blau', 'grün'])),
    'prices': st.dictionaries(st.sampled_from(['eur', '€']), st.floats(0.5, 9) | st.none()),
    'notes': st.dictionaries(
        st.sampled_from(['a', 'b']), st.sets(st.sampled_from(['x', 'y'])) | st.none()
    ),
    'doc': documents | st.dictionaries(st.text(), st.floats(allow_nan=False)),
    'own': st.sampled_from(['a', 'b']),
    'version': st.integers(0, 3),
}
models = st.sampled_from([Everything, Ignoring, Forbidding])
extras = st.dictionaries(st.sampled_from(['extra', 'more', 'é', 'own']), documents, max_size=2)


@st.composite
def given_values(draw):
    """Values by field name: valid ones, and then and when one that needn't be."""
    names = draw(st.sets(st.sampled_from(list(VALID))))
    values = {name: draw(VALID[name]) for name in VALID if name in names | {'id', 'number'}}
    for name in draw(st.lists(st.sampled_from(list(VALID)), max_size=draw(st.integers(0, 2)))):
        values[name] = draw(junk)
    return values


@st.composite
def stored_wires(draw):
    """An item as it may be stored: what instances are dumped as, and then and when else."""
    item = {}
    for name, value in draw(given_values()).items():
        schema = (Everything if name in Everything._schema.fields else Ignoring)._schema
        codec = schema.codecs[schema.fields[name]._key]
        dumped = own(codec.own_dump, value)
        if not isinstance(dumped, Failed) and dumped[0] is not None:
            item[codec.field._key] = wire_of(dumped[0])
    attributes = [*Everything._schema.by_attribute, 'own', 'extra', 'free', 'é']
    for attribute in draw(st.lists(st.sampled_from(attributes), max_size=draw(st.integers(0, 3)))):
        field = Everything._schema.by_attribute.get(attribute, Everything.free)
        item[attribute] = draw(wires_of_field(field._name))
    for attribute in draw(st.sampled_from([(), (), (), (), ('n',), ('id',), ('id', 'n')])):
        item.pop(attribute, None)
    return item


@functools.cache
def wires_of_field(name):
    return wires_of(Everything._schema.fields[name])


def own_loaded(model, wire):
    """Return what an instance holds after a load by the fields, and its undeclared attributes."""
    schema, item = model._schema, decode_item(wire)
    problems, extra_problems, values, extra = [], [], {}, {}
    for attribute, primitive in item.items():
        field = schema.by_attribute.get(attribute)
        try:
            if field is not None and primitive is not None:
                values[field._name] = field._load(primitive)
            elif field is None and schema.extra == 'keep':
                extra[attribute] = from_document(primitive)
        except ValidationError as error:
            name = attribute if field is None else field._name
            (extra_problems if field is None else problems).extend(
                problem.within(name) for problem in error.problems
            )
        if field is None and schema.extra == 'forbid':
            message = "undeclared attribute, which __extra__ = 'forbid' refuses"
            problems.append(Problem(message, path=(attribute,)))
    if schema.extra == 'forbid':
        problems.sort(key=lambda problem: problem.message.startswith('undeclared attribute'))
    for field in schema.keys:
        if field._key not in item:
            problems.append(Problem('the item has no such key', path=(field._name,)))
    problems += extra_problems
    if problems:
        key = dict(_loading._readable_key(schema, item))
        raise ValidationError(problems=problems, where=f'{schema.name} read from {key!r}')
    return {**values, **({_held.EXTRA: extra} if extra else {})}


def held(instance):
    """Return what an instance holds, but for what is known of its stored item."""
    return {name: value for name, value in vars(instance).items() if name != _held.BASE}


def check_error(found, failed):
    """Two errors say the same."""
    expected = failed.error
    assert isinstance(found, Failed), (found, str(expected))
    caught = found.error
    assert type(caught) is type(expected)
    assert str(caught) == str(expected)
    if isinstance(expected, ValidationError):
        assert [problem.path for problem in caught.problems] == [
            problem.path for problem in expected.problems
        ]


def outcome(function, *args):
    """Return what a function returns, ``Failed`` where it raises an error of dynamongo."""
    try:
        return function(*args)
    except (ExpressionError, PartialItemError, ValidationError) as error:
        return Failed(error)


def check_loaded(model, wire):
    """An instance is loaded as by its fields: values, undeclared attributes, and the error."""
    before = copy.deepcopy(wire)
    found, expected = outcome(_loading.load, model, Stored(wire)), outcome(own_loaded, model, wire)
    assert wire == before
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    assert type(found) is model
    # A null is nothing, and so is not held.
    expected = {name: value for name, value in expected.items() if value is not None}
    assert same(held(found), expected), (wire, held(found), expected)
    assert not parts(held(found)) & parts(wire)


@hypothesis.given(model=models, wire=stored_wires())
def test_an_instance_is_loaded_as_by_its_fields(model, wire):
    """Values, undeclared attributes, and the error with all that is wrong."""
    check_loaded(model, wire)


#: Of each sort that is known of, without the many texts of times, numbers and addresses.
CHOSEN = [*TEXTS, *NUMBERS, *TIMES, *JUNK, *NESTED]
CHOSEN_WIRES = WIRES[len(ALL_TEXTS) :]


@pytest.mark.parametrize('name', list(Everything._schema.fields))
def test_each_field_of_an_instance_is_loaded_as_by_itself(name):
    """Whatever is stored of it, beside another field that is as usual."""
    attribute = Everything._schema.fields[name]._key
    for wire in CHOSEN_WIRES:
        check_loaded(Everything, {'id': {'S': 'a'}, 'n': {'N': '1'}, attribute: wire})


def own_dumped(instance):
    """Return the item, and the values as they read back, of a dump by the fields."""
    schema = instance._schema
    problems, item, values = [], {}, {}
    for name, field in schema.fields.items():
        try:
            primitive, after = Codec(field).own_dump(vars(instance).get(name))
            if primitive is not None:
                item[field._key], values[name] = primitive, after
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    problems += _dumping._key_problems(schema, item, problems)
    problems += _dumping.index_problems(schema, item, problems)
    extra, extra_problems = _dumping.dump_extra(schema, vars(instance).get(_held.EXTRA) or {})
    item.update(extra)
    problems += extra_problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    version = None
    if schema.version is not None:
        version = values.get('version')
        item['v'] = values['version'] = (version or 0) + 1
    return item, values, version


def fitting(model, values):
    """Return the values of which the model has fields."""
    return {name: value for name, value in values.items() if name in model._schema.fields}


def set_instance(model, values, extra):
    """Return an instance whose values have been set one by one, and so aren't converted."""
    instance = model(id='-', number=0)
    for name, value in fitting(model, values).items():
        try:
            setattr(instance, name, value)
        except PartialItemError:
            vars(instance)[name] = value
    instance.extra.update(extra)
    return instance


def check_dumped(instance):
    """An instance is dumped as by its fields: the item, how it reads back, and the error."""
    before = shown(vars(instance))
    found, expected = outcome(_dumping.dump, instance), outcome(own_dumped, instance)
    assert shown(vars(instance)) == before
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    item, after, version = expected
    if version is not None and version >= 10**38 - 1:
        # Counting leads beyond what can be stored.
        return
    assert found.item.keys() == item.keys(), (found.item, item)
    for attribute, primitive in item.items():
        assert plain_wire(found.item[attribute]) == plain_wire(primitive), (found.item, item)
    assert same(_dumping.as_stored(instance, found), after), (found, after)
    assert not parts(_dumping.as_stored(instance, found)) & parts(held(instance))
    assert found.version == version


@hypothesis.given(model=models, values=given_values(), extra=st.just({}) | extras)
def test_an_instance_is_dumped_as_by_its_fields(model, values, extra):
    """The item, the values as they read back, and the error with all that is wrong."""
    check_dumped(set_instance(model, values, extra))


@pytest.mark.parametrize('name', list(Everything._schema.fields))
def test_each_field_of_an_instance_is_dumped_and_taken_as_by_itself(name):
    """Whatever it is set to or given, beside other fields that are as usual."""
    for value in CHOSEN:
        check_dumped(set_instance(Everything, {name: value}, {}))
        check_made(Everything, {'id': 'a', name: value})


def own_filled(model, values):
    """Return what a new instance holds by its fields, and the problems."""
    schema = model._schema
    made, problems = {}, []
    for name, field in schema.fields.items():
        value = values.get(name)
        try:
            nothing = is_empty(value) and field._is_nothing(value)
            if name not in values or (nothing and field._absent_value() is not None):
                native = field._native(field.default)
            else:
                native = None if nothing else field._native(field._completed(value))
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
            continue
        if native is not None:
            made[name] = native
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return made


def check_made(model, values):
    """An instance is made as by its fields: values, defaults, and the error."""
    Everything.made.clear()
    found, calls = outcome(lambda: model(**values)), Everything.made.copy()
    Everything.made.clear()
    expected = outcome(own_filled, model, values)
    assert calls == Everything.made
    assert len(set(calls)) == len(calls)
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    assert same(held(found), expected), (held(found), expected)
    again = model(**values)
    assert not (parts(held(found)) & parts(held(again))) - parts(values)


@hypothesis.given(model=models, values=given_values())
def test_an_instance_is_made_as_by_its_fields(model, values):
    """The values, the defaults and the error; a callable default is called once, where needed."""
    check_made(model, fitting(model, values))


@hypothesis.given(model=models, values=given_values(), extra=st.just({}) | extras)
def test_an_instance_reads_back_as_it_was_saved(model, values, extra):
    """What is dumped and sent is loaded as the instance is once it is saved."""
    instance = set_instance(model, values, extra if model is Everything else {})
    dumped = outcome(_dumping.dump, instance)
    hypothesis.assume(not isinstance(dumped, Failed))
    _changes.settle(instance, dumped)
    on_the_wire = {name: wire_of(primitive) for name, primitive in dumped.item.items()}
    for item in (dumped.item, Stored(encode_item(dumped.item)), Stored(on_the_wire)):
        loaded = _loading.load(model, item)
        assert loaded == instance
        assert same(held(loaded), held(instance))
        assert _dumping.dump(loaded).item.keys() == dumped.item.keys()


@pytest.mark.parametrize('name', ['validators', '_checks'])
def test_a_validator_that_is_appended_is_one_of_the_fields_own(name):
    """schematics keeps them in a list that a program may extend before the model is used."""
    field = StringField()
    getattr(field, name).append(lambda value, context=None: None)
    assert not Codec(field).is_short


@pytest.mark.parametrize(
    'use',
    [
        lambda model: model(id='a'),
        lambda model: _loading.load(model, Stored({'id': {'S': 'a'}})),
        lambda model: model(id='a').validate(),
    ],
    ids=['made', 'loaded', 'dumped'],
)
def test_codecs_are_made_at_the_first_use_and_once(use):
    """A class that is declared and not used has none; the ones that are made stay."""

    class Lazy(Model):
        __table__ = 'lazy'
        __hash_key__ = 'id'
        id = StringField()
        tags = ListField(StringField)

    lazily = {name for name, value in vars(Schema).items() if isinstance(value, lazy)}
    assert {'codecs', 'loads', 'dumps', 'initials'} <= lazily
    assert not vars(Lazy._schema).keys() & lazily
    use(Lazy)
    first = vars(Lazy._schema).copy()
    assert all(isinstance(codec, Codec) for codec in first['codecs'].values())
    use(Lazy)
    assert all(vars(Lazy._schema)[name] is first[name] for name in lazily if name in first)
    own_codecs = Lazy._schema.codecs
    assert all(entry[2] is own_codecs[entry[1]] for entry in Lazy._schema.loads)
    assert all(entry[2] is own_codecs[entry[1]] for entry in Lazy._schema.dumps)


def test_a_child_has_codecs_of_its_own():
    """What a child model overrides has no effect on the codecs of its parent."""
    assert Everything._schema.codecs is not Ignoring._schema.codecs
    assert Ignoring._schema.codecs['version'].field is Ignoring.version
    assert Everything._schema.codecs['v'].field is Everything.version


# What is known of a stored item


class Upper(ListField):
    """A subclass, whose values are lists all the same."""


CHANGING = {
    'flat': lambda: ListField(StringField),
    'whole': lambda: ListField(IntField),
    'nested': lambda: ListField(ListField(IntField)),
    'place': lambda: DictField(city=StringField(), tags=ListField(StringField)),
    'lines': lambda: ListField(DictField(sku=StringField())),
    'free': lambda: Field(),
    'upper': lambda: Upper(StringField),
    'sizes': lambda: SetField(IntField),
    'prices': lambda: MapField(ListField(IntField)),
    'doc': lambda: JSONField(),
}


@functools.cache
def changing(*names):
    """Return a model with fields of which the values can change without being set."""
    declared = {name: make() for name, make in CHANGING.items() if name in names}
    keys = {'__table__': 'changing', '__hash_key__': 'id', 'id': StringField()}
    return type('Changing', (Model,), {**keys, **declared})


Changing = changing(*CHANGING)


class Fixed(Model):
    """A model of values that change only by being set anew."""

    __table__ = 'fixed'
    __hash_key__ = 'id'
    __extra__ = 'ignore'

    id = StringField()
    number = IntField()
    share = FloatField()
    flag = BooleanField()
    day = DateField()
    at = DateTimeField()
    took = TimedeltaField()
    token = UUIDField()
    email = EmailField()


WHOLE = {
    'flat': ['a', 'b'],
    'whole': [1, 2],
    'nested': [[1], [2]],
    'place': {'city': 'Rome', 'tags': ['a'], 'x': {'y': [1]}},
    'lines': [{'sku': 'a'}],
    'free': {'a': [{'b': {'x', 'y'}}], 'n': 1},
    'upper': ['a'],
    'sizes': {1, 2},
    'prices': {'eur': [1]},
    'doc': {'a': [{'b': 1}]},
}
EXTRA = {'extra': [1, {'a': [2]}], 'plain': 'a'}

CHANGES = {
    'an element more': ('flat', lambda x: x.flat.append('c')),
    'an element less': ('flat', lambda x: x.flat.pop()),
    'another order': ('flat', lambda x: x.flat.reverse()),
    'another element': ('whole', lambda x: x.whole.__setitem__(0, 9)),
    'True for 1': ('free', lambda x: x.free.__setitem__('n', True)),
    'nothing left': ('whole', lambda x: x.whole.clear()),
    'a list in a list': ('nested', lambda x: x.nested[1].append(3)),
    'one list more': ('nested', lambda x: x.nested.append([])),
    'a member': ('place', lambda x: x.place.__setitem__('city', 'Oslo')),
    'a list in a dict': ('place', lambda x: x.place['tags'].append('b')),
    'an undeclared member': ('place', lambda x: x.place['x']['y'].append(2)),
    'a dict in a list': ('lines', lambda x: x.lines[0].__setitem__('sku', 'b')),
    'a set in a free field': ('free', lambda x: x.free['a'][0]['b'].add('z')),
    'a list in a free field': ('free', lambda x: x.free['a'].append(1)),
    'one member more': ('sizes', lambda x: x.sizes.add(3)),
    'no member left': ('sizes', lambda x: x.sizes.clear()),
    'one key more': ('prices', lambda x: x.prices.setdefault('usd', [2])),
    'a list in a map': ('prices', lambda x: x.prices['eur'].append(2)),
    'deep in a document': ('doc', lambda x: x.doc['a'][0].__setitem__('b', 2)),
    'a list of a subclass': ('upper', lambda x: x.upper.append('b')),
    'an undeclared list': ('extra', lambda x: x.extra['extra'].append(2)),
    'deep in an undeclared list': ('extra', lambda x: x.extra['extra'][1]['a'].append(3)),
    'an undeclared attribute': ('plain', lambda x: x.extra.__setitem__('plain', 'b')),
}


def as_loaded(model, values, extra):
    values = {**values, 'doc': json.dumps(values['doc'])} if 'doc' in values else values
    wire = encode_item({'id': 'a', **values, **extra})
    return _loading.load(model, Stored(wire))


def as_saved(model, values, extra):
    instance = model(id='a', **copy.deepcopy(values))
    instance.extra.update(copy.deepcopy(extra))
    _changes.settle(instance, _dumping.dump(instance))
    return instance


def names_in(changes):
    """Return the attributes that a save of what has changed would send."""
    return {*changes.values, *changes.removed}


@pytest.mark.parametrize('stored_by', [as_loaded, as_saved])
@pytest.mark.parametrize('alone', [False, True], ids=['among others', 'alone'])
@pytest.mark.parametrize(('attribute', 'change'), CHANGES.values(), ids=list(CHANGES))
def test_a_change_in_place_is_known(stored_by, alone, attribute, change):
    """Whether the value is the only one that can change, of which less is kept, or one of many."""
    values = {name: value for name, value in WHOLE.items() if not alone or name == attribute}
    extra = {name: value for name, value in EXTRA.items() if not alone or name == attribute}
    instance = stored_by(changing(*values), values, extra)
    assert names_in(_changes.changes_of(instance)) == set()
    change(instance)
    assert names_in(_changes.changes_of(instance)) == {attribute}
    _changes.settle(instance, _dumping.dump(instance))
    assert names_in(_changes.changes_of(instance)) == set()


@pytest.mark.parametrize('stored_by', [as_loaded, as_saved])
@hypothesis.given(
    values=st.fixed_dictionaries(
        {}, optional={**{name: st.just(value) for name, value in WHOLE.items()}, 'free': documents}
    ),
    extra=st.dictionaries(st.sampled_from(['extra', 'more']), documents, max_size=2),
)
def test_what_is_known_shares_nothing_with_the_instance(stored_by, values, extra):
    """Nothing that can change is in both, and both say the same."""
    instance = stored_by(Changing, values, extra)
    known = _held.known(instance)
    shown_values = held(instance)
    assert not parts(known) & parts(shown_values)
    assert not parts(vars(instance)[_held.BASE]) & parts(shown_values)
    assert all(same(value, shown_values[name]) for name, value in known.items())
    assert names_in(_changes.changes_of(instance)) == set()
    for name, value in held(instance).items():
        if name != _held.EXTRA:
            # Set to what it is: equal values aren't sent.
            setattr(instance, name, copy.deepcopy(value))
    assert names_in(_changes.changes_of(instance)) == set()


def test_nothing_is_kept_of_values_that_can_not_change():
    """An instance of such values keeps an empty tuple, the same for all."""
    values = {
        'id': 'a', 'number': 1, 'share': 0.5, 'flag': True, 'day': DAY, 'at': MOMENT,
        'took': datetime.timedelta(1), 'token': UUID, 'email': 'john@example.com',
    }  # fmt: skip
    saved = Fixed(**values)
    dumped = _dumping.dump(saved)
    _changes.settle(saved, dumped)
    wire = {**encode_item(dumped.item), 'ignored': {'L': []}}
    loaded = _loading.load(Fixed, Stored(wire))
    for instance in (saved, loaded):
        assert vars(instance)[_held.BASE] == ()
        assert _held.known(instance) == {}
        assert same(held(instance), values)
    assert vars(as_loaded(Changing, {}, {'extra': 'a'}))[_held.BASE] != ()
    for stored_by in (as_loaded, as_saved):
        assert vars(stored_by(changing(), {}, {}))[_held.BASE] == ()
        assert vars(stored_by(changing('free'), {'free': 'text'}, {}))[_held.BASE] == ()
    assert vars(as_loaded(Changing, {}, {}))[_held.BASE] == ()


def test_of_a_single_flat_list_a_tuple_is_kept():
    """The name of the field and the elements, and no dict of copies."""
    for stored_by in (as_loaded, as_saved):
        for elements in (['a', 'b'], []):
            instance = stored_by(changing('flat'), {'flat': elements}, {})
            assert vars(instance)[_held.BASE] == ('flat', *elements)
            assert _held.known(instance) == {'flat': elements}


def test_two_instances_of_one_stored_item_share_nothing():
    """Each has values of its own, and the item stays as it is."""
    dumped = _dumping.dump(as_saved(Changing, WHOLE, EXTRA))
    wire = encode_item(dumped.item)
    before = copy.deepcopy(wire)
    first, second = (_loading.load(Changing, Stored(wire)) for _ in range(2))
    assert not parts(vars(first)) & parts(vars(second))
    for _, change in CHANGES.values():
        change(first)
    assert wire == before
    assert second == _loading.load(Changing, Stored(before))


def test_save_of_what_has_changed_sees_changes_in_place(connection, sent):
    """A list that was appended to is sent alone; equal values and unchanged ones aren't."""
    Changing.create_table()
    user = Changing(id='a', **copy.deepcopy(WHOLE)).save()
    for instance in (user, Changing.get_one('a')):
        instance.flat = list(instance.flat)
        instance.free = copy.deepcopy(instance.free)
        sent.clear()
        instance.save(changed=True)
        assert sent.operations == []
        instance.flat.append('z')
        instance.save(changed=True)
        assert sent.operations == ['UpdateItem']
        (_, request), = sent  # fmt: skip
        assert 'flat' in str(request['ExpressionAttributeNames'])
        assert 'whole' not in str(request['ExpressionAttributeNames'])
        assert Changing.get_one('a') == instance
