"""Where schematics loses data, takes what is plainly wrong, or lets a raw error out.

One test for each trap; the tests of the fields have more cases.
"""

import copy
import datetime
import http.server
import pickle
import threading
import uuid
import warnings
from decimal import Decimal

import pytest
from schematics.exceptions import BaseError

from dynamongo import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmailField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    IPAddressField,
    ListField,
    Model,
    SchemaError,
    StringField,
    TimedeltaField,
    URLField,
    UUIDField,
    ValidationError,
)


class Owner(Model):
    """At module level, so that its fields can be pickled."""

    __table__ = 'owners'
    __hash_key__ = 'id'

    id = StringField()
    pet = DictField(name=StringField)


def refused(field, value):
    """Whether a value is refused by an error of our own that names the field."""
    field.set_name('field_name')
    with pytest.raises(ValidationError) as raised:
        field.to_primitive(field.validate(value))
    assert not isinstance(raised.value, BaseError)
    return 'field_name' in str(raised.value)


def round_trip(field, value):
    return field._load(field.to_primitive(field.validate(value)))


# Errors


def test_a_failed_conversion_is_a_validation_error():
    """schematics' ``ConversionError`` is a ``TypeError`` and none."""
    assert refused(IntField(), 'x')


def test_a_bad_list_item_is_a_validation_error():
    """schematics raises a ``CompoundError``, which only its own base class catches."""
    assert refused(ListField(IntField), [1, 'x'])


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        (IntField(), float('inf')),
        pytest.param(FloatField(), 10**400, id='FloatField-10**400'),
        (DateTimeField(), 1e300),
        (DateTimeField(), 10**12),
        (DateTimeField(convert_tz=True), '0001-01-01T00:00+05:00'),
        (TimedeltaField(), 1e300),
    ],
)
def test_no_overflow_error_escapes(field, value):
    assert refused(field, value)


@pytest.mark.parametrize('value', [5, [], {}, 1.5])
def test_no_attribute_error_escapes_from_a_uuid(value):
    assert refused(UUIDField(), value)


def test_no_type_error_escapes_from_a_date_time_of_bytes():
    assert refused(DateTimeField(), b'2020-01-01T00:00')


class Even:
    def check(self, value):
        if value % 2:
            raise ValidationError('must be even')

    __call__ = check


@pytest.mark.parametrize('validator', [Even().check, Even()], ids=['bound method', 'object'])
def test_validators_of_one_argument_may_be_methods_and_objects(validator):
    """schematics passes them a context that they don't take."""
    field = IntField(validators=[validator])
    assert field.validate(2) == 2
    assert refused(field, 3)


# Numbers


@pytest.mark.parametrize('value', [True, False])
def test_an_int_is_no_boolean(value):
    assert refused(IntField(), value)


@pytest.mark.parametrize('value', [' 12 ', '1_000', '12\n'])
def test_an_int_is_no_text_with_blanks_or_underscores(value):
    assert refused(IntField(), value)


@pytest.mark.parametrize('value', ['nan', 'inf', float('nan'), float('inf'), Decimal('NaN')])
def test_a_float_is_finite(value):
    assert refused(FloatField(), value)


def test_nan_does_not_slip_through_a_range():
    assert refused(FloatField(min_value=0, max_value=1), float('nan'))


@pytest.mark.parametrize(('class_', 'value'), [(IntField, 3), (FloatField, 0.5)])
def test_strict_numbers_can_be_read_back(class_, value):
    """boto3 returns ``Decimal``, which schematics' ``strict`` refuses."""
    loaded = class_(strict=True)._load(Decimal(str(value)))
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(('value', 'native'), [(Decimal(1), True), (Decimal(0), False)])
def test_a_boolean_may_come_as_the_number_that_boto3_returns(value, native):
    assert BooleanField().to_native(value) is native


# Text


@pytest.mark.parametrize('value', ['abc1', '1abc', 'abc\n', ''])
def test_a_pattern_is_for_the_whole_text(value):
    field = StringField(regex='[a-z]+', required=True)
    assert field.validate('abc') == 'abc'
    assert refused(field, value)


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        (StringField(regex='^a$'), 'a'),
        (EmailField(), 'a@example.com'),
        (URLField(), 'http://example.com'),
        (URLField(), 'http://example.com/path'),
        (IPAddressField(), '1.2.3.4'),
        (IPAddressField(), '::1'),
    ],
)
def test_no_newline_slips_through_at_the_end(field, value):
    assert field.validate(value) == value
    assert refused(field, value + '\n')


@pytest.mark.parametrize('value', ['1.2.3.4.evil.com', '1.2.3.4/24'])
def test_an_ip_address_is_nothing_but_an_address(value):
    assert refused(IPAddressField(), value)


@pytest.mark.parametrize('value', ['j@b\u00fccher.example', 'j@\u4f8b\u3048.jp'])
def test_an_address_may_have_an_international_domain(value):
    assert EmailField().validate(value) == value


def test_the_local_part_of_an_address_has_a_limit():
    assert EmailField().validate('a' * 64 + '@example.com')
    assert refused(EmailField(), 'a' * 65 + '@example.com')
    assert refused(EmailField(), 'a' * 300 + '@example.com')


def test_an_address_has_no_newline_in_quotes():
    assert EmailField().validate('"a b"@example.com')
    assert refused(EmailField(), '"a\nb"@example.com')


def test_an_address_keeps_its_case():
    assert round_trip(EmailField(), 'John@Example.COM') == 'John@Example.COM'


def test_a_url_may_be_local_only_where_asked():
    assert URLField(fqdn=False).validate('http://localhost/') == 'http://localhost/'
    assert refused(URLField(), 'http://localhost/')


class OK(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def url():
    with http.server.HTTPServer(('127.0.0.1', 0), OK) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_address[1]}'
        server.shutdown()
        thread.join()


def test_the_existence_of_a_url_without_a_path_can_be_verified(url):
    assert URLField(verify_exists=True).validate(url) == url


def test_verifying_a_url_has_a_timeout(monkeypatch):
    timeouts = []

    def urlopen(url, timeout=None):
        timeouts.append(timeout)
        raise TimeoutError

    monkeypatch.setattr('urllib.request.urlopen', urlopen)
    assert refused(URLField(verify_exists=True), 'http://example.com/')
    assert timeouts[0] > 0


# Times


@pytest.mark.parametrize('value', ['2020', '1600000000', '12.5'])
def test_a_date_time_is_no_text_of_a_mere_number(value):
    """schematics reads ``'2020'`` as 1970-01-01T00:33:40."""
    assert refused(DateTimeField(), value)


def test_a_bare_date_is_refused_by_name():
    assert refused(DateTimeField(), '2020-02-29')
    assert refused(DateTimeField(), datetime.date(2020, 2, 29))


def test_an_offset_that_cannot_be_written_is_not_read():
    assert refused(DateTimeField(), '2020-02-29T12:30+25:00')


@pytest.mark.parametrize('year', [1, 99, 999])
def test_early_years_come_back(year):
    """``strftime('%Y')`` doesn't pad them on Linux."""
    assert round_trip(DateTimeField(), datetime.datetime(year, 2, 3)).year == year
    assert round_trip(DateField(), datetime.date(year, 2, 3)).year == year


def test_a_format_of_ones_own_comes_back():
    field = DateTimeField(formats='%d/%m/%Y', serialized_format='%d/%m/%Y')
    moment = datetime.datetime(2020, 2, 29)
    assert field.to_primitive(moment) == '29/02/2020'
    assert round_trip(field, moment) == moment
    assert round_trip(DateTimeField(serialized_format='%d/%m/%Y'), moment) == moment


def test_a_format_that_would_lose_the_time_is_refused():
    assert refused(DateTimeField(serialized_format='%d/%m/%Y'), datetime.datetime(2020, 2, 29, 1))


def test_mixed_offsets_sort_where_they_are_converted_to_utc():
    field = DateTimeField(tzd='utc', convert_tz=True)
    texts = ['2020-01-01T10:00+05:00', '2020-01-01T07:00+01:00', '2020-01-01T06:30']
    stored = [field.to_primitive(field.validate(text)) for text in texts]
    assert stored == sorted(stored)


@pytest.mark.parametrize('seconds', [1.5, 0.25, -1.5, 0.000001])
def test_a_duration_keeps_its_fraction(seconds):
    """schematics stores 1 for 1.5 seconds."""
    value = datetime.timedelta(seconds=seconds)
    stored = TimedeltaField().to_primitive(value)
    assert stored == Decimal(repr(seconds))
    assert TimedeltaField()._load(stored) == value


def test_milliseconds_are_counted_exactly():
    """schematics is off by one for 640 of these."""
    field = TimedeltaField('milliseconds')
    counted = [field.to_primitive(datetime.timedelta(milliseconds=n)) for n in range(5001)]
    assert counted == list(range(5001))


# Lists and defaults


def test_a_string_is_no_list_of_characters():
    assert refused(ListField(StringField), 'abc')


def test_nothing_in_a_list_is_not_stored_as_text():
    """schematics writes ``'None'`` for a UUID."""
    one = uuid.uuid4()
    assert ListField(UUIDField).to_primitive([None, one]) == [None, str(one)]
    assert round_trip(ListField(UUIDField), [None, one]) == [None, one]


def test_defaults_are_not_shared():
    for field in (Field(default=[]), ListField(IntField), DictField(a=ListField(IntField))):
        before = copy.deepcopy(field.default)
        first = field.default
        (first if isinstance(first, list) else first['a']).append(1)
        assert field.default == before


@pytest.mark.parametrize(
    'field',
    [
        IntField(default='x'),
        IntField(max_value=1, default=2),
        StringField(choices=['a'], default='b'),
        ListField(IntField, default=['x']),
        ListField(IntField, default='abc'),
        DictField(a=IntField(default='x')),
    ],
)
def test_defaults_are_validated_when_the_model_is_made(field):
    with pytest.raises(SchemaError, match=r'^Item has an invalid default: Item\.value'):
        type(
            'Item',
            (Model,),
            {'__table__': 't', '__hash_key__': 'id', 'id': StringField(), 'value': field},
        )


@pytest.mark.parametrize('value', [None, ''])
def test_required_refuses_nothing(value):
    """schematics' ``validate(None)`` ignores it."""
    assert refused(StringField(required=True), value)


def test_choices_are_not_used_up():
    field = StringField(choices=(letter for letter in 'ab'))
    assert [field.validate(letter) for letter in 'abab'] == ['a', 'b', 'a', 'b']
    assert refused(field, 'c')


# Identity


def test_fields_keep_their_hash():
    field = IntField()
    assert {field: 1}[field] == 1


def test_a_field_is_not_in_every_list():
    one, other = IntField(), IntField()
    one.set_name('one')
    other.set_name('other')
    with pytest.raises(ExpressionError, match='truth value'):
        one in [other]


def test_a_field_in_two_models_is_not_renamed():
    shared = StringField()

    class One(Model):
        __table__ = 'ones'
        __hash_key__ = 'first'
        first = shared

    class Two(Model):
        __table__ = 'twos'
        __hash_key__ = 'second'
        second = shared

    assert (One.first.name, Two.second.name) == ('first', 'second')


def test_a_copied_field_checks_by_its_own_rules():
    """schematics' copies ask the validators of the original."""
    original = IntField(max_value=1)
    twin = copy.deepcopy(original)
    twin.max_value = 9
    assert twin.validate(5) == 5
    assert refused(original, 5)


@pytest.mark.parametrize(
    'field', [IntField(max_value=1), Owner.id, Owner.pet, Owner.pet.name], ids=repr
)
def test_fields_can_be_pickled(field):
    twin = pickle.loads(pickle.dumps(field))
    assert type(twin) is type(field)
    assert twin._label == field._label


def test_errors_can_be_pickled():
    with pytest.raises(ValidationError) as raised:
        ListField(IntField).validate([1, 'x'])
    twin = pickle.loads(pickle.dumps(raised.value))
    assert (
        twin.errors
        == raised.value.errors
        == {'[1]': "takes a whole number: an int, or text of digits (got 'x')"}
    )


def test_no_field_emits_a_deprecation_warning():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert round_trip(DictField(a=ListField(IntField)), {'a': [1]}) == {'a': [1]}
        assert refused(IntField(max_value=1), 2)
