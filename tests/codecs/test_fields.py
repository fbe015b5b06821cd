"""The short way of a field must never be told from the way of the field itself."""

import datetime
import functools
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from dynamongo import (
    DateTimeField,
    DictField,
    Field,
    IntField,
    ListField,
    MapField,
    Model,
    SetField,
    StringField,
    _loading,
)
from dynamongo._codecs import Codec, _methods
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._wire.values import Stored, encode
from dynamongo.exceptions import ExpressionError, PartialItemError
from dynamongo.utils import is_empty
from tests.codecs.support import (
    DAY,
    MOMENT,
    UTC,
    UUID,
    VALUES,
    VARIANTS,
    WIRES,
    Failed,
    OwnString,
    Shouting,
    Suit,
    _stops,
    own,
    parts,
    plain_wire,
    same,
    shown,
    values_of,
    wire_of,
    wires_of,
)

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


CLASSES = sorted(VARIANTS)


ALL = [(name, number) for name in CLASSES for number in range(len(VARIANTS[name]))]


@functools.cache
def codec_of(name, number=0):
    """Return the codec of a variant, whose field has a name."""
    field = VARIANTS[name][number]()
    field.set_name('field')
    return Codec(field)


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
