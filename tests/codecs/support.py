"""Values, fields and oracles for the tests of the short ways.

The way of the field itself, by schematics, is the oracle: wherever the short way returns, it
returns the same value of the same type, and wherever the field raises, it doesn't return.
"""

import collections
import datetime
import enum
import functools
import json
import math
import uuid
import zoneinfo
from decimal import Decimal

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
    JSONField,
    ListField,
    MapField,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    VersionField,
    _held,
)
from dynamongo._codecs import Codec
from dynamongo._partial import PartialDict
from dynamongo._wire.values import encode, text
from dynamongo.exceptions import ExpressionError, PartialItemError, ValidationError
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


def held(instance):
    """Return what an instance holds, but for what is known of its stored item."""
    return {name: value for name, value in vars(instance).items() if name != _held.BASE}
