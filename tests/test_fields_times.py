"""Dates, times and durations: what they take, refuse and store, without loss."""

import datetime
import decimal
import operator
from datetime import date, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dynamongo import DateField, DateTimeField, SchemaError, TimedeltaField, ValidationError

UTC = timezone.utc


def at(*parts, offset=None):
    """A moment, with an offset from UTC in minutes or without."""
    zone = None if offset is None else timezone(timedelta(minutes=offset))
    return datetime.datetime(*parts, tzinfo=zone)


def identical(left, right):
    """Equal moments with equal clocks: comparison alone ignores the offset."""
    return left == right and left.utcoffset() == right.utcoffset()


# Date and time


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ('2020-02-29T12:30', at(2020, 2, 29, 12, 30)),
        ('2020-02-29 12:30:15', at(2020, 2, 29, 12, 30, 15)),
        ('2020-02-29T12:30:15.5', at(2020, 2, 29, 12, 30, 15, 500000)),
        ('2020-02-29T12:30:15,000001', at(2020, 2, 29, 12, 30, 15, 1)),
        ('2020-02-29T12:30:15Z', at(2020, 2, 29, 12, 30, 15, offset=0)),
        ('2020-02-29T12:30+02', at(2020, 2, 29, 12, 30, offset=120)),
        ('2020-02-29T12:30+0530', at(2020, 2, 29, 12, 30, offset=330)),
        ('2020-02-29T12:30-05:30', at(2020, 2, 29, 12, 30, offset=-330)),
        ('2020-02-29T12:30\u221205:30', at(2020, 2, 29, 12, 30, offset=-330)),
        ('0001-01-01T00:00:00.000000', at(1, 1, 1)),
        (0, at(1970, 1, 1, offset=0)),
        (-1, at(1969, 12, 31, 23, 59, 59, offset=0)),
        (1600000000.123456, at(2020, 9, 13, 12, 26, 40, 123456, offset=0)),
        (Decimal('1600000000.123456'), at(2020, 9, 13, 12, 26, 40, 123456, offset=0)),
        (at(2020, 2, 29, offset=0), at(2020, 2, 29, offset=0)),
        (at(999, 1, 2, 3, 4, 5, 6), at(999, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_a_date_time_field_takes_iso_text_and_timestamps(value, native):
    result = DateTimeField().validate(value)
    assert identical(result, native)
    assert type(result) is datetime.datetime


@pytest.mark.parametrize(
    'value',
    [
        '2020',
        '20200229',
        '1600000000',
        '1600000000.5',
        '2020-02-29',
        '12:30',
        '2020-02-30T12:30',
        '2020-13-01T12:30',
        '2020-02-29T24:30',
        '2020-02-29T12:60',
        '2020-02-29T12:30:15.',
        '2020-02-29T12:30:15.1234567',
        '2020-02-29T12:30.5',
        '2020-02-29T12:30:15+25:00',
        '2020-02-29T12:30:15-24:00',
        '2020-02-29T12:30:15Z\n',
        '2020-02-29T12:30:15 Z',
        ' 2020-02-29T12:30:15',
        '20-02-29T12:30:15',
        '\u0662020-02-29T12:30:15',
        'now',
        'nan',
        'inf',
        True,
        float('nan'),
        float('inf'),
        1e300,
        Decimal('NaN'),
        Decimal('1E+30'),
        b'2020-02-29T12:30:15',
        date(2020, 2, 29),
        timedelta(1),
        [],
        {},
    ],
)
def test_a_date_time_field_refuses_everything_else(value):
    field = DateTimeField()
    field.set_name('t')
    with pytest.raises(ValidationError, match=r'^t: '):
        field.validate(value)


@pytest.mark.parametrize(
    ('value', 'stored'),
    [
        (at(2020, 2, 29, 12, 30), '2020-02-29T12:30:00.000000'),
        (at(2020, 2, 29, 12, 30, 15, 1), '2020-02-29T12:30:15.000001'),
        (at(2020, 2, 29, offset=0), '2020-02-29T00:00:00.000000+0000'),
        (at(2020, 2, 29, offset=330), '2020-02-29T00:00:00.000000+0530'),
        (at(2020, 2, 29, offset=-30), '2020-02-29T00:00:00.000000-0030'),
        (at(2020, 2, 29, offset=-330), '2020-02-29T00:00:00.000000-0530'),
        (at(7, 2, 3), '0007-02-03T00:00:00.000000'),
        (at(9999, 12, 31, 23, 59, 59, 999999), '9999-12-31T23:59:59.999999'),
    ],
)
def test_a_date_time_is_stored_as_iso_text(value, stored):
    field = DateTimeField()
    assert field.to_primitive(value) == stored
    assert identical(field._load(stored), value)


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=st.none() | offsets)


@given(moments)
@example(at(1, 1, 1))
@example(at(999, 12, 31, 23, 59, 59, 999999, offset=-1439))
def test_every_moment_comes_back_with_its_offset(value):
    field = DateTimeField()
    assert identical(field._load(field.to_primitive(field.validate(value))), value)


@given(st.lists(st.datetimes(timezones=offsets), min_size=2, max_size=5))
def test_in_utc_the_stored_text_sorts_in_the_order_of_time(values):
    field = DateTimeField(tzd='utc', convert_tz=True)
    try:
        natives = [field.validate(value) for value in values]
    except ValidationError:
        assume(False)
    natives.sort()
    stored = [field.to_primitive(native) for native in natives]
    assert stored == sorted(stored)
    assert all(map(operator.eq, map(field._load, stored), natives))


def test_the_zones_that_are_read_are_pythons_own():
    """schematics' own zones neither pickle nor show their offset."""
    for value in ('2020-02-29T12:30Z', '2020-02-29T12:30+02:00', 0):
        assert type(DateTimeField().to_native(value).tzinfo) is timezone
    converted = DateTimeField(convert_tz=True).to_native(at(2020, 1, 1, offset=60))
    assert type(converted.tzinfo) is timezone
    assert type(DateTimeField(tzd='utc').to_native(at(2020, 1, 1)).tzinfo) is timezone


NAIVE, AWARE = at(2020, 2, 29, 12), at(2020, 2, 29, 12, offset=120)


@pytest.mark.parametrize(
    ('options', 'value', 'native'),
    [
        ({}, NAIVE, NAIVE),
        ({}, AWARE, AWARE),
        ({'tzd': 'require'}, AWARE, AWARE),
        ({'tzd': 'require'}, NAIVE, None),
        ({'tzd': 'require'}, '2020-02-29T12:00', None),
        ({'tzd': 'reject'}, NAIVE, NAIVE),
        ({'tzd': 'reject'}, AWARE, None),
        ({'tzd': 'reject'}, '2020-02-29T12:00Z', None),
        ({'tzd': 'reject'}, 0, None),
        ({'tzd': 'utc'}, NAIVE, at(2020, 2, 29, 12, offset=0)),
        ({'tzd': 'utc'}, '2020-02-29T12:00', at(2020, 2, 29, 12, offset=0)),
        ({'tzd': 'utc'}, AWARE, AWARE),
        ({'convert_tz': True}, AWARE, at(2020, 2, 29, 10, offset=0)),
        ({'convert_tz': True}, '2020-02-29T12:00+02:00', at(2020, 2, 29, 10, offset=0)),
        ({'convert_tz': True}, NAIVE, NAIVE),
        ({'convert_tz': True}, at(1, 1, 1, offset=60), None),
        ({'drop_tzinfo': True}, AWARE, NAIVE),
        ({'drop_tzinfo': True}, NAIVE, NAIVE),
        ({'convert_tz': True, 'drop_tzinfo': True}, AWARE, at(2020, 2, 29, 10)),
    ],
)
def test_the_policies_for_offsets(options, value, native):
    field = DateTimeField(**options)
    if native is None:
        with pytest.raises(ValidationError):
            field.validate(value)
    else:
        result = field.validate(value)
        assert identical(result, native)
        assert identical(field._load(field.to_primitive(result)), native)


def test_an_unknown_policy_is_refused():
    with pytest.raises(SchemaError, match=r'DateTimeField.*tzd'):
        DateTimeField(tzd='sometimes')


@pytest.mark.parametrize('formats', ['%d/%m/%Y %H:%M', ['%Y', '%d/%m/%Y %H:%M']])
def test_input_may_have_formats_of_its_own(formats):
    field = DateTimeField(formats=formats)
    assert field.validate('29/02/2020 12:30') == at(2020, 2, 29, 12, 30)
    for wrong in ('2020-02-29T12:30', 0, '30/02/2020 12:30'):
        with pytest.raises(ValidationError, match='Valid formats'):
            field.validate(wrong)
    assert field._load(field.to_primitive(at(2020, 2, 29, 12, 30))) == at(2020, 2, 29, 12, 30)


def test_a_parser_may_read_the_input():
    field = DateTimeField(parser=lambda text: at(int(text), 1, 1, offset=60))
    assert identical(field.validate('2020'), at(2020, 1, 1, offset=60))
    assert identical(field._load(field.to_primitive(at(2020, 5, 6))), at(2020, 5, 6))
    for wrong in ('x', None.__class__):
        with pytest.raises(ValidationError, match='Could not parse'):
            field.validate(wrong)


@pytest.mark.parametrize('answer', [None, 'text', date(2020, 1, 1), 0])
def test_a_parser_must_make_a_datetime(answer):
    with pytest.raises(ValidationError):
        DateTimeField(parser=lambda text: answer).validate('text')


@pytest.mark.parametrize(
    ('serialized_format', 'value', 'stored'),
    [
        ('%d.%m.%Y %H:%M', at(2020, 2, 29, 12, 30), '29.02.2020 12:30'),
        ('%Y%m%dT%H%M%S.%f%z', at(2020, 2, 29, 12, offset=90), '20200229T120000.000000+0130'),
        ('%Y-%m-%dT%H:%M:%SZ', at(2020, 2, 29, offset=0), '2020-02-29T00:00:00Z'),
        (datetime.datetime.isoformat, at(2020, 2, 29, 1), '2020-02-29T01:00:00'),
    ],
)
def test_a_format_of_ones_own_is_stored(serialized_format, value, stored):
    field = DateTimeField(serialized_format=serialized_format)
    assert field.to_primitive(value) == stored
    assert identical(field._load(stored), value)


@pytest.mark.parametrize(
    ('serialized_format', 'value'),
    [
        ('%d.%m.%Y %H:%M', at(2020, 2, 29, 12, 30, 1)),
        ('%Y-%m-%dT%H:%M:%S', at(2020, 2, 29, 12, 30, 1, 5)),
        ('%Y-%m-%dT%H:%M:%S', at(2020, 2, 29, offset=60)),
        ('%y', at(1920, 1, 1)),
        ('%c', at(2020, 2, 29, 1, 1, 1, 1)),
        (lambda value: 'always', at(2020, 2, 29)),
        (lambda value: value.date().isoformat() + 'T00:00', at(2020, 2, 29, 1)),
    ],
)
def test_a_format_that_would_lose_something_is_refused(serialized_format, value):
    field = DateTimeField(serialized_format=serialized_format)
    field.set_name('t')
    with pytest.raises(ValidationError, match=r'^t: '):
        field.to_primitive(value)


def test_a_format_may_store_the_same_moment_in_another_zone():
    field = DateTimeField(serialized_format=lambda value: value.astimezone(UTC).isoformat())
    stored = field.to_primitive(at(2020, 1, 1, 1, offset=60))
    assert stored == '2020-01-01T00:00:00+00:00'
    assert identical(field._load(stored), at(2020, 1, 1, offset=0))


def test_an_offset_of_seconds_is_refused():
    value = datetime.datetime(2020, 1, 1, tzinfo=timezone(timedelta(seconds=90)))
    with pytest.raises(ValidationError, match='whole minutes'):
        DateTimeField().to_primitive(value)


# Date


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ('2020-02-29', date(2020, 2, 29)),
        ('0999-01-01', date(999, 1, 1)),
        (date(2020, 2, 29), date(2020, 2, 29)),
        (at(2020, 2, 29), date(2020, 2, 29)),
    ],
)
def test_a_date_field_takes_dates(value, native):
    result = DateField().validate(value)
    assert result == native
    assert type(result) is date


@pytest.mark.parametrize(
    'value',
    [
        '2020',
        '29.02.2020',
        '2020-02-30',
        '2020-02-29T00:00',
        '2020-02-29\n',
        '2020-02-29 ',
        0,
        1.5,
        True,
        Decimal(1),
        at(2020, 2, 29, 0, 0, 0, 1),
        at(2020, 2, 29, 12),
        at(2020, 2, 29, offset=0),
        timedelta(1),
        b'2020-02-29',
        [],
    ],
)
def test_a_date_field_refuses_everything_else(value):
    field = DateField()
    field.set_name('d')
    with pytest.raises(ValidationError, match=r'^d: '):
        field.validate(value)


@given(st.dates())
@example(date.min)
@example(date(999, 12, 31))
def test_every_date_comes_back(value):
    field = DateField()
    stored = field.to_primitive(field.validate(value))
    assert len(stored) == 10
    assert field._load(stored) == value
    assert type(field._load(stored)) is date


@given(st.lists(st.dates(), min_size=2, max_size=5))
def test_stored_dates_sort_in_the_order_of_time(values):
    field = DateField()
    assert [field._load(text) for text in sorted(map(field.to_primitive, values))] == sorted(values)


@pytest.mark.parametrize('formats', ['%d/%m/%Y', ['%Y', '%d/%m/%Y']])
def test_dates_may_have_formats_of_their_own(formats):
    field = DateField(formats=formats)
    assert field.validate('29/02/2020') == date(2020, 2, 29)
    with pytest.raises(ValidationError, match='Valid formats'):
        field.validate('2020-02-29')
    assert field.to_primitive(date(2020, 2, 29)) == '2020-02-29'
    assert field._load('2020-02-29') == date(2020, 2, 29)


# Duration

PRECISIONS = {
    'weeks': timedelta(weeks=1),
    'days': timedelta(days=1),
    'hours': timedelta(hours=1),
    'minutes': timedelta(minutes=1),
    'seconds': timedelta(seconds=1),
    'milliseconds': timedelta(milliseconds=1),
    'microseconds': timedelta(microseconds=1),
}


@pytest.mark.parametrize(('precision', 'unit'), PRECISIONS.items())
@pytest.mark.parametrize(
    ('value', 'units', 'stored'),
    [
        (0, 0, 0),
        (1, 1, 1),
        (-3, -3, -3),
        (2.0, 2, 2),
        (Decimal('4'), 4, 4),
        ('5', 5, 5),
        ('-5e1', -50, -50),
    ],
)
def test_numbers_count_units(precision, unit, value, units, stored):
    field = TimedeltaField(precision)
    native = field.validate(value)
    assert native == units * unit
    assert type(native) is timedelta
    assert field.to_primitive(native) == stored


@pytest.mark.parametrize(
    ('value', 'precision', 'stored'),
    [
        (timedelta(seconds=1.5), 'seconds', Decimal('1.5')),
        (timedelta(microseconds=1), 'seconds', Decimal('0.000001')),
        (timedelta(milliseconds=1001), 'milliseconds', 1001),
        (timedelta(microseconds=-1), 'milliseconds', Decimal('-0.001')),
        (timedelta(hours=36), 'days', Decimal('1.5')),
        (timedelta(minutes=-90), 'hours', Decimal('-1.5')),
        (timedelta(days=3650), 'microseconds', 315360000000000),
    ],
)
def test_fractions_are_kept(value, precision, stored):
    field = TimedeltaField(precision=precision)
    assert field.to_primitive(value) == stored
    assert field._load(Decimal(field.to_primitive(value))) == value


@given(st.timedeltas(), st.sampled_from(sorted(PRECISIONS)))
@example(timedelta.max, 'weeks')
@example(timedelta.min, 'weeks')
@example(timedelta.max, 'microseconds')
@example(timedelta(microseconds=1), 'weeks')
def test_every_duration_comes_back_to_the_microsecond(value, precision):
    field = TimedeltaField(precision)
    assert field._load(Decimal(field.to_primitive(field.validate(value)))) == value


@pytest.mark.parametrize(
    'value',
    [
        True,
        'x',
        '',
        ' 5',
        '1_000',
        '5 seconds',
        'nan',
        'inf',
        float('nan'),
        float('inf'),
        1e300,
        Decimal('sNaN'),
        '1e30',
        b'5',
        [],
        {},
        date(2020, 1, 1),
    ],
)
def test_a_timedelta_field_refuses_everything_else(value):
    field = TimedeltaField(required=True)
    field.set_name('d')
    with pytest.raises(ValidationError, match=r'^d: '):
        field.validate(value)


@pytest.mark.parametrize('precision', ['years', '', None, 5])
def test_an_unknown_precision_is_refused(precision):
    with pytest.raises(SchemaError, match='TimedeltaField'):
        TimedeltaField(precision)


def test_the_precision_may_be_written_in_capitals():
    assert TimedeltaField('Minutes').validate(2) == timedelta(minutes=2)


@pytest.mark.parametrize('context', [decimal.Context(prec=3), decimal.Context(Emax=3, Emin=-3)])
def test_the_decimal_context_of_the_caller_changes_nothing(context):
    with decimal.localcontext(context):
        assert TimedeltaField().validate(123456.789) == timedelta(seconds=123456.789)
        assert TimedeltaField().to_primitive(timedelta(seconds=123456.789)) == Decimal('123456.789')
        moment = DateTimeField().validate(1600000000.123456)
    assert moment == at(2020, 9, 13, 12, 26, 40, 123456, offset=0)
