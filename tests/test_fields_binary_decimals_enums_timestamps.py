"""Bytes, decimals, enumerations, timestamps: what fields take, refuse, store, compare and add."""

import copy
import datetime
import decimal
import enum
import pickle
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamongo import (
    BinaryField,
    DecimalField,
    DictField,
    EnumField,
    ExpressionError,
    IntField,
    ListField,
    Model,
    SchemaError,
    StringField,
    TimestampField,
    ValidationError,
)
from dynamongo._numbers import to_number
from tests.ids import ident

UTC = timezone.utc
NAIROBI = timezone(timedelta(hours=3))


def at(*parts, zone=UTC):
    return datetime.datetime(*parts, tzinfo=zone)


class Colour(enum.Enum):
    RED = 'r'
    GREEN = 'g'
    CRIMSON = RED


class Size(str, enum.Enum):
    """Its values are the names of others."""

    SMALL = 'LARGE'
    LARGE = 'SMALL'


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Share(enum.Enum):
    HALF = 0.5
    ALL = Decimal('1.0')


class Other(str, enum.Enum):
    RED = 'r'


class Session(Model):
    __table__ = 'sessions'
    __hash_key__ = 'id'

    id = BinaryField(required=True)
    price = DecimalField(min_value=0, max_value=100)
    cost = DecimalField()
    expires = TimestampField()
    seen = TimestampField(fractions=True, attribute='s')
    colour = EnumField(Colour)
    level = EnumField(Level)
    size = EnumField(Size, by='name')
    picture = BinaryField(max_length=3)
    text = StringField()


def refused(field, value, message=''):
    """Check that a field with a name refuses a value, and names itself."""
    field.set_name('f')
    with pytest.raises(ValidationError, match=rf'^f: .*{message}'):
        field.validate(value)


NOT_NUMBERS = [
    True, False, 'x', '', ' 5', '5 ', '1_000', '0x1', 'nan', 'inf', b'5', [], {}, 1j,
    float('nan'), float('inf'), Decimal('sNaN'), Decimal('-Infinity'), datetime.date(2020, 1, 1),
]  # fmt: skip

# Decimals


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        (0, '0'),
        (-0.0, '0'),
        (Decimal('-0'), '0'),
        (7, '7'),
        (Level.HIGH, '10'),
        ('7', '7'),
        ('-7.50', '-7.5'),
        ('1e3', '1000'),
        (Decimal('1.50'), '1.5'),
        (Decimal('100'), '100'),
        (Decimal('1E+2'), '100'),
        (Decimal('1E+100'), '1E+100'),
        (10**38 - 1, '9' * 38),
        (10**125, '1E+125'),
        (Decimal('1E-130'), '1E-130'),
        (0.1, '0.1'),
        (0.1 + 0.2, '0.30000000000000004'),
        (2.0**70, '1180591620717411300000'),
        (Decimal('0.' + '3' * 38), '0.' + '3' * 38),
    ],
    ids=ident,
)
def test_a_decimal_field_takes_numbers_and_drops_zeros_that_say_nothing(value, native):
    result = DecimalField().validate(value)
    assert type(result) is Decimal
    assert str(result) == native


@pytest.mark.parametrize(
    'value',
    [*NOT_NUMBERS, 10**38 + 1, Decimal('1.' + '1' * 38), Decimal('1E-131'), 1e126, '1e126'],
    ids=ident,
)
def test_a_decimal_field_refuses_everything_else(value):
    refused(DecimalField(required=True), value)


numbers = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=4),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(numbers)
@example(Decimal('1E+125'))
@example(Decimal('-9.99E-130'))
def test_a_decimal_is_stored_exactly_and_reads_back_digit_by_digit(value):
    field = DecimalField()
    try:
        expected = to_number(value)
    except ValueError:
        with pytest.raises(ValidationError):
            field.validate(value)
        return
    native = field.validate(value)
    stored = field.to_primitive(native)
    assert native == stored == expected
    for wire in (Decimal(stored), Decimal(f'{Decimal(stored):f}'), Decimal(f'{native:E}')):
        assert repr(field._load(wire)) == repr(native)


@pytest.mark.parametrize('context', [decimal.Context(prec=3), decimal.Context(Emax=3, Emin=-3)])
def test_the_decimal_context_of_the_caller_changes_no_decimal(context):
    digits = '0.12345678901234567890123456789012345678'
    with decimal.localcontext(context):
        assert str(DecimalField(max_value=Decimal(digits)).validate(digits)) == digits
        assert str(Session.cost.subtract(Decimal(digits)).value) == f'-{digits}'
        assert TimestampField(fractions=True).validate(1600000000.123456) == at(
            2020, 9, 13, 12, 26, 40, 123456
        )


def test_limits_and_choices_of_decimals_are_the_numbers_that_are_written():
    """What a float of 0.1 is exactly lies above Decimal('0.1')."""
    field = DecimalField(min_value=0.1, max_value=0.3, choices=[0.1, '0.20', Decimal('0.3')])
    for value in ('0.1', 0.1, Decimal('0.10'), 0.2, '0.3'):
        assert field.validate(value) == Decimal(str(value))
    refused(DecimalField(min_value=0.1), '0.09', 'greater than or equal to 0.1')
    refused(DecimalField(max_value=0.3), 0.1 + 0.2, 'less than or equal to 0.3')
    refused(DecimalField(choices=[0.1]), '0.11', 'must be one of')


@pytest.mark.parametrize(
    'options',
    [
        {'min_value': '1'},
        {'max_value': True},
        {'min_value': float('nan')},
        {'max_value': Decimal('Infinity')},
        {'choices': ['x']},
        {'choices': 'x'},
    ],
)
def test_options_that_are_no_decimals_are_refused(options):
    with pytest.raises(SchemaError, match='DecimalField'):
        DecimalField(**options)


def test_a_strict_decimal_field_takes_no_floats():
    field = DecimalField(strict=True)
    assert [field.validate(value) for value in (1, '0.1', Decimal('0.1'))] == [
        1, Decimal('0.1'), Decimal('0.1'),
    ]  # fmt: skip
    refused(DecimalField(strict=True), 0.1, 'takes a decimal number')


@pytest.mark.parametrize(
    ('update', 'shown', 'value'),
    [
        (Session.price.add('0.10'), "Session.price.add(Decimal('0.1'))", Decimal('0.1')),
        (Session.price.add(1000), 'Session.price.add(1000)', 1000),
        (Session.price.subtract(0.1), "Session.price.add(Decimal('-0.1'))", Decimal('-0.1')),
        (Session.price.increment(), 'Session.price.add(1)', 1),
        (Session.price.decrement(), 'Session.price.add(-1)', -1),
        (Session.price.set('1.50'), "Session.price.set(Decimal('1.5'))", Decimal('1.5')),
        (Session.expires.add(timedelta(hours=1)), 'Session.expires.add(3600)', 3600),
        (Session.expires.subtract(timedelta(days=1)), 'Session.expires.add(-86400)', -86400),
        (Session.expires.add(60), 'Session.expires.add(60)', 60),
        (Session.expires.add(60.0), 'Session.expires.add(60)', 60),
        (Session.expires.increment(), 'Session.expires.add(1)', 1),
        (Session.expires.add(timedelta.max - timedelta(microseconds=999999)), None, 86399999999999),
        (Session.seen.add(timedelta(microseconds=1)), None, Decimal('0.000001')),
        (Session.seen.subtract(0.25), None, Decimal('-0.25')),
        (Session.expires.set(at(2020, 1, 1, 0, 0, 0, 1)), None, 1577836801),
        (Session.seen.set(at(2020, 1, 1, 0, 0, 0, 1)), None, Decimal('1577836800.000001')),
        (Session.size.set(Size.SMALL), None, 'SMALL'),
        (Session.level.set(10.0), None, 10),
        (Session.picture.set(bytearray(b'abc')), None, b'abc'),
        (Session.picture.set(b''), None, b''),
    ],
    ids=ident,
)
def test_updates_work_with_what_is_stored(update, shown, value):
    assert update.value == value
    assert type(update.value) is type(value)
    assert shown in (None, repr(update))


@pytest.mark.parametrize(
    ('update', 'error', 'message'),
    [
        (lambda: Session.price.add('x'), ValidationError, 'Session.price'),
        (lambda: Session.price.add(None), ValidationError, 'take a number'),
        (lambda: Session.price.add(Session.cost), ExpressionError, 'not an attribute'),
        (lambda: Session.price.set(101), ValidationError, 'less than or equal to 100'),
        (lambda: Session.expires.add(0.5), ValidationError, 'fractions=True'),
        (lambda: Session.expires.add(timedelta(milliseconds=1)), ValidationError, 'whole seconds'),
        (lambda: Session.seen.add(Decimal('1E-7')), ValidationError, 'whole microseconds'),
        (lambda: Session.expires.add(at(2020, 1, 1)), ValidationError, 'a timedelta or a number'),
        (lambda: Session.expires.add('60'), ValidationError, 'a timedelta or a number'),
        (lambda: Session.expires.add(True), ValidationError, 'a timedelta or a number'),
        (lambda: Session.expires.add(None), ValidationError, 'take a number'),
        (lambda: Session.expires.add(float('nan')), ValidationError, 'NaN'),
        (lambda: Session.expires.add(Session.seen), ExpressionError, 'not an attribute'),
        (lambda: Session.id.set(None), ValidationError, 'required'),
        (lambda: Session.picture.set(b'abcd'), ValidationError, 'at most 3 bytes'),
    ],
    ids=range(15),
)
def test_updates_that_make_no_sense_are_refused(update, error, message):
    with pytest.raises(error, match=message):
        update()


# Binary


@pytest.mark.parametrize(
    'value',
    [
        b'a\x00\xff',
        bytearray(b'a\x00\xff'),
        memoryview(b'a\x00\xff'),
        memoryview(b'a_\x00_\xff')[::2],
        type('Bytes', (bytes,), {})(b'a\x00\xff'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_binary_field_reads_bytes(value):
    result = BinaryField().validate(value)
    assert type(result) is bytes
    assert result == b'a\x00\xff'
    assert BinaryField().to_primitive(value) == b'a\x00\xff'


@pytest.mark.parametrize('value', [1, True, 1.5, [1], {1}, {}, object(), StringField], ids=ident)
def test_a_binary_field_refuses_everything_else(value):
    refused(BinaryField(), value, 'bytes are needed, not')


def test_text_has_to_be_encoded_first():
    refused(BinaryField(), 'text', r'encode the text first, for instance by value\.encode')
    refused(BinaryField(choices=[b'a']), 'a', 'encode')
    with pytest.raises(ValidationError, match=r'Session\.picture: .*encode'):
        assert Session.picture == 'text'


def test_lengths_count_bytes_and_empty_bytes_are_a_value():
    assert BinaryField(required=True, default=b'').validate(b'') == b''
    assert Session(id=b'a', picture=b'').to_dict()['picture'] == b''
    field = BinaryField(3, 2)
    assert field.validate(b'abc') == b'abc'
    refused(field, b'', 'at least 2 bytes')
    refused(field, 'é'.encode() * 2, 'at most 3 bytes')
    refused(BinaryField(required=True), None, 'required')
    with pytest.raises(SchemaError, match='max_length'):
        BinaryField(max_length=1.5)


# Timestamps


@pytest.mark.parametrize(
    ('value', 'whole', 'exact'),
    [
        (at(1970, 1, 1), 0, '0'),
        (at(2020, 2, 29, 12, 30), 1582979400, '1582979400'),
        (at(2020, 2, 29, 15, 30, zone=NAIROBI), 1582979400, '1582979400'),
        (at(2020, 2, 29, 12, 30, 0, 1), 1582979401, '1582979400.000001'),
        (at(2020, 2, 29, 12, 30, 0, 999999), 1582979401, '1582979400.999999'),
        (at(1969, 12, 31, 23, 59, 58, 500000), -1, '-1.5'),
        (at(1, 1, 1), -62135596800, '-62135596800'),
        (at(9999, 12, 31, 23, 59, 59), 253402300799, '253402300799'),
        ('2020-02-29T12:30Z', 1582979400, '1582979400'),
        ('2020-02-29 15:30:00.25+0300', 1582979401, '1582979400.25'),
        (1582979400, 1582979400, '1582979400'),
        (Level.HIGH, 10, '10'),
        (1582979400.25, 1582979401, '1582979400.25'),
        (Decimal('0.0000001'), 1, '0.000001'),
        (-0.75, 0, '-0.75'),
        (Decimal('-1.0000005'), -1, '-1'),
    ],
    ids=ident,
)
def test_a_timestamp_is_rounded_up_to_what_the_field_keeps(value, whole, exact):
    epoch = at(1970, 1, 1)
    for field, stored in (
        (TimestampField(), Decimal(whole)),
        (TimestampField(fractions=True), Decimal(exact)),
    ):
        native = field.validate(value)
        assert type(native) is datetime.datetime
        assert native.tzinfo is UTC
        assert (native - epoch) // timedelta(microseconds=1) == stored * 10**6
        assert field.to_primitive(native) == stored
        assert repr(field._load(stored)) == repr(native)
        assert repr(field.validate(native)) == repr(native)


@pytest.mark.parametrize(
    'value',
    [
        *(value for value in NOT_NUMBERS if value != ''),
        '1582979400', '2020-02-29', '2020-02-30T12:30Z', '12:30Z', timedelta(1), datetime.time(1),
    ],
    ids=ident,
)  # fmt: skip
@pytest.mark.parametrize('fractions', [False, True])
def test_a_timestamp_field_refuses_everything_else(value, fractions):
    refused(TimestampField(fractions=fractions), value)


@pytest.mark.parametrize('value', [datetime.datetime(2020, 2, 29), '2020-02-29T12:30:00'])
def test_a_moment_needs_a_time_zone(value):
    refused(TimestampField(), value, r'has no time zone.*datetime\.now\(timezone\.utc\)')
    for compare in (lambda: Session.expires > value, lambda: Session.seen.in_([value])):
        with pytest.raises(ValidationError, match='has no time zone'):
            compare()
    with pytest.raises(ValidationError, match='has no time zone'):
        TimestampField().to_primitive(value)


@pytest.mark.parametrize(
    'value',
    [
        253402300800,
        Decimal('253402300799.5'),
        -62135596801,
        10**30,
        at(9999, 12, 31, 23, 59, 59, 1),
        at(1, 1, 1, zone=NAIROBI),
        at(9999, 12, 31, 23, zone=timezone(timedelta(hours=-3))),
    ],
    ids=ident,
)
def test_a_moment_that_no_datetime_holds_is_refused(value):
    refused(TimestampField(), value, 'out of range')


@pytest.mark.parametrize('stored', ['253402300800', '-62135596801', '1E+100'])
def test_a_stored_number_that_no_datetime_holds_cannot_be_read(stored):
    with pytest.raises(ValidationError, match=r'Session\.expires: is out of range.*between the y'):
        Session.expires._load(Decimal(stored))


def test_what_others_have_stored_is_read_to_the_microsecond():
    for field in (Session.expires, Session.seen):
        assert field._load(Decimal('1.5')) == at(1970, 1, 1, 0, 0, 1, 500000)
        assert field._load(Decimal('1.0000001')) == at(1970, 1, 1, 0, 0, 1, 1)


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime.datetime(1, 1, 3), datetime.datetime(9999, 12, 29), timezones=offsets
)


@given(moments)
def test_every_moment_is_kept_to_the_microsecond_or_the_next_second(value):
    exact, whole = TimestampField(fractions=True), TimestampField()
    assert exact._load(Decimal(exact.to_primitive(exact.validate(value)))) == value
    assert timedelta(0) <= whole.validate(value) - value < timedelta(seconds=1)


@given(st.lists(moments, min_size=2, max_size=4))
def test_stored_timestamps_sort_in_the_order_of_time(values):
    field = TimestampField(fractions=True)
    stored = [field.to_primitive(field.validate(value)) for value in sorted(values)]
    assert stored == sorted(stored)


MOMENT = at(2020, 2, 29, 12, 30, 0, 250000)


@pytest.mark.parametrize('field', [Session.expires, Session.seen])
@pytest.mark.parametrize(
    'make',
    [
        lambda field, value: field == value,
        lambda field, value: field != value,
        lambda field, value: field > value,
        lambda field, value: field <= value,
        lambda field, value: field.in_([value]),
        lambda field, value: field.between(value, value),
    ],
    ids=range(6),
)
@pytest.mark.parametrize(
    ('value', 'exact'),
    [
        (MOMENT, '1582979400.25'),
        (MOMENT.astimezone(NAIROBI), '1582979400.25'),
        (1582979400.25, '1582979400.25'),
        (Decimal('0.12345678'), '0.12345678'),
        ('2020-02-29T12:30:00.25Z', '1582979400.25'),
        (10**15, 10**15),
    ],
    ids=ident,
)
def test_conditions_compare_with_the_very_moment(field, make, value, exact):
    assert set(make(field, value).operands) == {Decimal(exact)}


def test_a_field_of_ones_own_decides_what_conditions_on_timestamps_take():
    class Deadline(TimestampField):
        def to_native(self, value, context=None):
            return at(2021, 1, 1) if value == 'new year' else super().to_native(value, context)

    assert (Deadline() > 'new year').operands == (1609459200,)


@pytest.mark.parametrize(
    'condition',
    [
        lambda: Session.expires == None,
        lambda: Session.expires.exists(),
        lambda: Session.expires < Session.seen,
        lambda: Session.expires.type_is('N'),
    ],
    ids=range(4),
)
def test_conditions_that_compare_with_no_moment_work_as_for_any_field(condition):
    assert 'Session.expires' in repr(condition())


@pytest.mark.parametrize('value', [None, 'x', True])
def test_timestamps_are_ordered_among_moments_only(value):
    with pytest.raises(ValidationError, match=r'Session\.expires'):
        assert Session.expires < value


# Enums


@pytest.mark.parametrize(
    ('field', 'stored'),
    [
        (EnumField(Colour), {'r': Colour.RED, 'g': Colour.GREEN}),
        (EnumField(Colour, by='name'), {'RED': Colour.RED, 'GREEN': Colour.GREEN}),
        (EnumField(Size), {'LARGE': Size.SMALL, 'SMALL': Size.LARGE}),
        (EnumField(Size, by='name'), {'SMALL': Size.SMALL, 'LARGE': Size.LARGE}),
        (EnumField(Level), {1: Level.LOW, 10: Level.HIGH}),
        (EnumField(Level, by='name'), {'LOW': Level.LOW, 'HIGH': Level.HIGH}),
        (EnumField(Share), {Decimal('0.5'): Share.HALF, 1: Share.ALL}),
        (EnumField(Share, by='name'), {'HALF': Share.HALF, 'ALL': Share.ALL}),
    ],
    ids=lambda value: f'{value.enum.__name__} by {value.by}' if hasattr(value, 'by') else '',
)
def test_members_are_stored_by_value_or_name_and_read_back(field, stored):
    for form, member in stored.items():
        assert field.validate(member) is member
        assert field.validate(form) is member
        assert field.to_primitive(member) == form
        assert type(field.to_primitive(member)) is type(form)
        assert field._load(Decimal(form) if not isinstance(form, str) else form) is member
        (operand,) = (field == member).operands
        assert (operand, type(operand)) == (form, type(form))


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        (EnumField(Colour), 'RED'),
        (EnumField(Colour), 'R'),
        (EnumField(Colour), Other.RED),
        (EnumField(Colour), 1),
        (EnumField(Colour), b'r'),
        (EnumField(Colour), ['r']),
        (EnumField(Colour, by='name'), 'r'),
        (EnumField(Colour, by='name'), Other.RED),
        (EnumField(Level), True),
        (EnumField(Level), '1'),
        (EnumField(Level), 'LOW'),
        (EnumField(Level), 1.5),
        (EnumField(Level), float('nan')),
        (EnumField(Share), float('inf')),
    ],
    ids=lambda value: '' if isinstance(value, EnumField) else ident(value),
)
def test_an_enum_field_refuses_what_is_no_member_and_not_stored_of_one(field, value):
    refused(field, value)


def test_what_is_stored_and_belongs_to_no_member_is_named_with_the_choices():
    for load in (Session.colour._load, Session.colour.validate):
        with pytest.raises(ValidationError) as caught:
            load('blue')
        assert str(caught.value) == (
            "Session.colour: takes a member of Colour, or what is stored of one: 'r', 'g' "
            "(got 'blue')"
        )


def test_an_alias_keeps_what_was_stored_under_an_older_name():
    field = EnumField(Colour, by='name')
    assert field._load('CRIMSON') is Colour.RED
    assert field.to_primitive(Colour.CRIMSON) == 'RED'


@pytest.mark.parametrize(
    ('members', 'options'),
    [
        ({}, {}),
        ({'A': 'a', 'B': 1}, {}),
        ({'A': (1, 2)}, {}),
        ({'A': None}, {}),
        ({'A': b'a'}, {}),
        ({'A': True}, {}),
        ({'A': '', 'B': 'b'}, {}),
        ({'A': '\ud800'}, {}),
        ({'A': float('nan')}, {}),
        ({'A': 10**39 + 1}, {}),
        ({'A': 0.1, 'B': Decimal('0.1')}, {}),
        ({'A': 'a'}, {'by': 'values'}),
        ({'A': 'a'}, {'choices': ['b']}),
        ({'A': 'a'}, {'choices': 'a'}),
    ],
    ids=ident,
)
def test_an_enum_that_cannot_be_stored_is_refused(members, options):
    with pytest.raises(SchemaError, match='EnumField'):
        EnumField(enum.Enum('Odd', members), **options)


def test_a_member_that_equals_the_empty_string_counts_as_nothing_under_any_name():
    with pytest.raises(SchemaError, match='empty string'):
        EnumField(enum.Enum('Odd', {'A': '', 'B': 'b'}, type=str), by='name')


@pytest.mark.parametrize(
    'odd', [enum.Enum, enum.Flag('F', 'A B'), enum.IntFlag('F', 'A'), str, Colour.RED, None]
)
def test_only_classes_of_members_make_an_enum_field(odd):
    with pytest.raises(SchemaError, match='EnumField'):
        EnumField(odd)


@pytest.mark.parametrize(
    'field', [Session.colour, Session.level, Session.size, Session.price, Session.seen, Session.id]
)
@pytest.mark.parametrize(
    'duplicate', [copy.copy, copy.deepcopy, lambda field: pickle.loads(pickle.dumps(field))]
)
def test_fields_can_be_copied_and_pickled(field, duplicate):
    elements = [] if field._attribute else [ListField(field).field]
    for each in (field, *elements):
        again = duplicate(each)
        assert type(again) is type(field)
        assert again.primitive_type is field.primitive_type
    values = {'colour': Colour.GREEN, 'level': 10, 'size': 'SMALL', 'price': 5, 's': 5, 'id': b'5'}
    value = values[field._key]
    assert again.validate(value) == field.validate(value)


@pytest.mark.parametrize(
    ('condition', 'operands'),
    [
        (lambda: Session.colour.begins_with('r'), ('r',)),
        (lambda: Session.colour.begins_with('x'), ('x',)),
        (lambda: Session.size.begins_with(Size.SMALL), ('SMALL',)),
        (lambda: Session.colour >= 'b', ('b',)),
        (lambda: Session.colour < Colour.RED, ('r',)),
        (lambda: Session.colour.between('', 'z'), ('', 'z')),
        (lambda: Session.size <= 'M', ('M',)),
        (lambda: Session.size > Size.SMALL, ('SMALL',)),
        (lambda: Session.level > 5, (5,)),
        (lambda: Session.level.between(-0.5, Level.HIGH), (Decimal('-0.5'), 10)),
        (lambda: Session.size.contains(Size.LARGE), ('LARGE',)),
        (lambda: Session.size > Size.LARGE, ('LARGE',)),
        (lambda: Session.level.between(Level.LOW, 10), (1, 10)),
        (lambda: Session.level.in_([Level.LOW, 1, Level.HIGH]), (1, 10)),
        (lambda: Session.picture.begins_with(bytearray(b'a')), (b'a',)),
        (lambda: Session.picture.contains(memoryview(b'abcdef')), (b'abcdef',)),
        (lambda: Session.picture.between(b'', b'\xff'), (b'', b'\xff')),
        (lambda: Session.picture.in_([b'a', bytearray(b'a')]), (b'a',)),
        (lambda: Session.price > 1000.5, (Decimal('1000.5'),)),
        (lambda: Session.price.in_(['1.0', 1, Decimal('0.5')]), (1, Decimal('0.5'))),
    ],
    ids=range(20),
)
def test_conditions_compare_with_what_is_stored(condition, operands):
    assert condition().operands == operands
    assert [*map(type, condition().operands)] == [*map(type, operands)]


@pytest.mark.parametrize(
    ('condition', 'error', 'message'),
    [
        (lambda: Session.level.begins_with('1'), ExpressionError, "doesn't apply"),
        (lambda: Session.level < '5', ValidationError, 'takes a member of Level'),
        (lambda: Session.level < True, ValidationError, 'takes a member of Level'),
        (lambda: Session.level < float('nan'), ValidationError, 'NaN'),
        (lambda: Session.colour < 5, ValidationError, 'takes a member of Colour'),
        (lambda: Session.colour < Other.RED, ValidationError, 'takes a member of Colour'),
        (lambda: Session.colour < None, ValidationError, 'None can be compared'),
        (lambda: Session.colour < '\ud800', ValidationError, 'lone surrogate'),
        (lambda: Session.level.contains(1), ExpressionError, "doesn't apply"),
        (lambda: Session.price.begins_with('1'), ExpressionError, "doesn't apply"),
        (lambda: Session.expires.contains(1), ExpressionError, "doesn't apply"),
        (lambda: Session.colour.begins_with(Colour.RED) | Session.colour.begins_with(1),
         ValidationError, 'takes a str here'),
        (lambda: Session.picture.begins_with('a'), ValidationError, 'takes bytes here, not str'),
        (lambda: Session.picture.contains(1), ValidationError, 'takes bytes here, not int'),
        (lambda: Session.picture.between(b'b', b'a'), ValidationError, 'low <= high'),
        (lambda: Session.picture < None, ValidationError, 'None can be compared'),
        (lambda: Session.id.in_(b'abc'), ExpressionError, 'takes a list of values'),
        (lambda: Session.id.in_(memoryview(b'abc')), ExpressionError, 'takes a list of values'),
        (lambda: Session.keys_in(bytearray(b'abc')), ExpressionError, 'takes a list of keys'),
        (lambda: Session.colour == 'blue', ValidationError, "'r', 'g'"),
        (lambda: Session.picture['a'], ExpressionError, 'has no members'),
        (lambda: Session.expires[0], ExpressionError, 'has no members'),
    ],
    ids=range(22),
)  # fmt: skip
def test_conditions_that_make_no_sense_are_refused(condition, error, message):
    with pytest.raises(error, match=message):
        condition()


# In models, lists and dicts

VALUES = {
    'decimal': (DecimalField, '1.50', Decimal('1.5'), 'x'),
    'binary': (BinaryField, bytearray(b'a'), b'a', 'x'),
    'timestamp': (TimestampField, 0.5, at(1970, 1, 1, 0, 0, 1), 'x'),
    'enum': (lambda **options: EnumField(Colour, **options), 'r', Colour.RED, 'x'),
}


@pytest.mark.parametrize(('make', 'given', 'native', 'wrong'), VALUES.values(), ids=VALUES)
def test_options_work_as_for_every_field(make, given, native, wrong):
    seen = []
    for options in ({}, {'required': True}, {'choices': [given]}, {'validators': [seen.append]}):
        assert make(**options).validate(given) == native
    assert seen == [native]
    assert make().validate(None) is None
    refused(make(required=True), None, 'required')
    with pytest.raises(ValidationError, match='must be one of'):
        make(choices=[]).validate(given)
    body = {'__table__': 't', '__hash_key__': 'id', 'id': IntField()}
    model = type(
        'M', (Model,), {**body, 'f': make(default=given), 'g': make(default=lambda: given)}
    )
    assert (model(id=1).f, model(id=1).g, model(id=1, f=None).f) == (native, native, None)
    with pytest.raises(SchemaError, match='f'):
        type('M', (Model,), {**body, 'f': make(default=wrong)})
    field = make(deserialize_from='g', messages={'required': 'please'}, metadata={'unit': 1})
    assert type('M', (Model,), {**body, 'f': field})(id=1, g=given).f == native


@pytest.mark.parametrize(('make', 'given', 'native', 'wrong'), VALUES.values(), ids=VALUES)
def test_lists_and_dicts_hold_them_and_name_what_is_wrong(make, given, native, wrong):
    body = {'__table__': 't', '__hash_key__': 'id', 'id': IntField()}
    model = type('M', (Model,), {
        **body, 'l': ListField(make()), 'd': DictField(m=make(attribute='n'), l=ListField(make())),
    })  # fmt: skip
    item = model(id=1, l=[given, None], d={'m': given, 'l': [given]})
    assert item.to_dict() == {'id': 1, 'l': [native, None], 'd': {'m': native, 'l': [native]}}
    stored = make().to_primitive(native)
    assert model.l.to_primitive(item.l) == [stored, None]
    assert model.d.to_primitive(item.d) == {'n': stored, 'l': [stored]}
    assert model.l._load(model.l.to_primitive(item.l)) == item.l
    assert model.d._load(model.d.to_primitive(item.d)) == item.d
    assert model.l.contains(given).operands[0] == (model.d.m == native).operands[0] or (
        make is TimestampField  # A condition isn't rounded, and an element is.
    )
    assert model.l.append(given).value == [stored]
    with pytest.raises(ValidationError) as caught:
        model.save_one({'id': 1, 'l': [given, wrong], 'd': {'m': wrong, 'l': [wrong]}})
    assert caught.value.errors.keys() == {'l[1]', 'd.m', 'd.l[0]'}


def test_a_class_of_an_enum_field_alone_is_no_element():
    with pytest.raises(SchemaError, match='EnumField needs arguments'):
        ListField(EnumField)
