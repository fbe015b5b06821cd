"""Fields set to and compared with fields: both must store the same value alike."""

import datetime
import enum

import pytest

from dynamongo import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    EmailField,
    EnumField,
    ExpressionError,
    Field,
    FloatField,
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
)

pytestmark = pytest.mark.broad


class Colour(enum.Enum):
    """Members whose names and values differ."""

    RED = 'r'
    BLUE = 'b'


class Size(enum.Enum):
    """Members that are stored as numbers."""

    SMALL = 1
    LARGE = 2


class Doubled(IntField):
    """A number of which half is stored."""

    def to_native(self, value, context=None):
        return super().to_native(value, context) * 2

    def to_primitive(self, value, context=None):
        return super().to_primitive(value, context) // 2


class Even(IntField):
    """A number that has a rule of its own, and the conversions of its base."""

    def validate_even(self, value, context=None):
        assert value % 2 == 0


EMPTY = {'keep_empty': True}
UTC = {'tzd': 'utc', 'convert_tz': True}

#: Each row: what is set, and what it is set to. The other way round it is refused.
ONE_WAY = [
    (FloatField(), IntField()),
    (DecimalField(), IntField()),
    (DecimalField(), FloatField()),
    (StringField(), EmailField()),
    (StringField(), URLField()),
    (StringField(), IPAddressField()),
    (StringField(), UUIDField()),
    (StringField(), DateTimeField()),
    (StringField(), DateField()),
    (StringField(), JSONField()),
    (StringField(), EnumField(Colour)),
    (StringField(**EMPTY), StringField()),
    (DateTimeField(), DateTimeField(**UTC)),
    (TimestampField(fractions=True), TimestampField()),
    (ListField(DecimalField), ListField(IntField)),
    (ListField(StringField), ListField(UUIDField)),
    (SetField(StringField), SetField(EnumField(Colour))),
    (MapField(StringField), MapField(EmailField)),
    (MapField(StringField(**EMPTY)), MapField(StringField)),
    (DictField(a=DecimalField()), DictField(a=IntField())),
    (DictField(a=StringField(**EMPTY)), DictField(a=StringField())),
    (DictField(a=IntField()), DictField(a=IntField(required=True))),
    (DictField(), DictField(a=IntField(required=True))),
    (DictField(a=DictField(b=IntField())), DictField(a=DictField(b=IntField(required=True)))),
    (DictField(b=IntField(attribute='a')), DictField(a=IntField(attribute='A'))),
    (MapField(IntField), DictField(a=IntField(required=True))),
    (MapField(IntField), DictField(a=IntField(attribute='A'))),
]

BOTH_WAYS = [
    (Field(), StringField()),
    (Field(), SetField(IntField)),
    (Field(), DictField(a=IntField(required=True))),
    (IntField(), IntField(min_value=3)),
    (IntField(), Even()),
    (Doubled(), Doubled()),
    (StringField(max_length=3), StringField(regex='a')),
    (UUIDField(), UUIDField()),
    (EmailField(), EmailField(max_length=9)),
    (BooleanField(), BooleanField()),
    (BinaryField(), BinaryField(max_length=3)),
    (JSONField(), JSONField()),
    (DateTimeField(), DateTimeField(formats='%Y')),
    (DateTimeField(serialized_format='%Y'), DateTimeField(serialized_format='%Y')),
    (TimedeltaField('hours'), TimedeltaField(precision='hours')),
    (TimestampField(), TimestampField()),
    (EnumField(Colour, by='name'), EnumField(Colour, by='name')),
    (ListField(StringField), ListField(StringField(**EMPTY))),
    (ListField(IntField), ListField(IntField, min_size=3)),
    (SetField(IntField), SetField(IntField)),
    (MapField(IntField), DictField(a=IntField())),
    (MapField(IntField), DictField()),
    (DictField(a=IntField(attribute='A')), DictField(a=IntField(attribute='A'))),
    (DictField(a=IntField(attribute='A')), DictField(b=IntField(attribute='A'))),
    (DictField(a=IntField()), DictField(b=StringField())),
]

NEITHER_WAY = [
    (IntField(), StringField()),
    (IntField(), BooleanField()),
    (IntField(), Doubled()),
    (IntField(), TimestampField()),
    (DecimalField(), TimedeltaField()),
    (DecimalField(), EnumField(Size)),
    (TimedeltaField(), TimestampField(fractions=True)),
    (TimedeltaField('hours'), TimedeltaField()),
    (DateTimeField(), DateField()),
    (DateTimeField(), TimestampField()),
    (DateTimeField(), DateTimeField(serialized_format='%Y')),
    (DateTimeField(serialized_format=str), DateTimeField(serialized_format=repr)),
    (DateTimeField(drop_tzinfo=True), DateTimeField(**UTC)),
    (EnumField(Colour), EnumField(Colour, by='name')),
    (EnumField(Colour), EnumField(Size)),
    (EmailField(), URLField()),
    (UUIDField(), JSONField()),
    (BinaryField(), StringField()),
    (ListField(IntField), SetField(IntField)),
    (ListField(IntField), ListField(StringField)),
    (SetField(TimestampField), SetField(IntField)),
    (MapField(IntField), MapField(StringField)),
    (MapField(IntField), DictField(a=StringField(**EMPTY))),
    (MapField(StringField), DictField(a=EnumField(Colour, required=True), b=IntField())),
    (DictField(a=IntField()), DictField(a=StringField())),
    (DictField(a=IntField()), DictField(a=IntField(attribute='A'))),
    (DictField(a=IntField(required=True)), DictField(b=IntField(required=True))),
    (ListField(DictField(a=IntField())), ListField(DictField(a=IntField(attribute='A')))),
]

FITS = [
    *ONE_WAY,
    *BOTH_WAYS,
    *((source, target) for target, source in BOTH_WAYS),
    (IntField(), VersionField()),
]
MISFITS = [
    *((source, target) for target, source in ONE_WAY),
    *NEITHER_WAY,
    *((source, target) for target, source in NEITHER_WAY),
]


def named(target, source):
    """Return copies of two fields that have names."""
    fields = target._clone(), source._clone()
    for name, field in zip(('target', 'source'), fields):
        field.set_name(name)
    return fields


def shown(field):
    return type(field).__name__


@pytest.mark.parametrize(('target', 'source'), FITS, ids=shown)
def test_a_field_is_set_to_one_that_stores_the_same_alike(target, source):
    target, source = named(target, source)
    assert target.set(source).value is source
    assert target.set_if_not_exists(source).value is source
    assert target.set(source.if_not_exists(target)).value.field is source


@pytest.mark.parametrize(('target', 'source'), MISFITS, ids=shown)
def test_a_field_is_not_set_to_what_it_might_not_read_as_the_same(target, source):
    target, source = named(target, source)
    for make in (
        lambda: target.set(source),
        lambda: target.set_if_not_exists(source),
        lambda: target.set(target.if_not_exists(source)),
    ):
        with pytest.raises(ExpressionError, match=r'target (is a|has no empty text)'):
            make()


@pytest.mark.parametrize(('left', 'right'), FITS, ids=shown)
def test_what_can_be_copied_can_be_compared(left, right):
    for one, other in (named(left, right), named(right, left)):
        for condition in (one == other, one != other, one.in_([other])):
            # Python asks the right side first where it is of a class that extends the left one's.
            named_by = {id(condition.attr), *map(id, condition.operands)}
            assert named_by == {id(one), id(other)}
        if not one._is_for_models:
            assert ListField(one).contains(other).operands[0] is other


@pytest.mark.parametrize(('left', 'right'), NEITHER_WAY, ids=shown)
def test_what_is_stored_in_different_forms_is_not_compared(left, right):
    for one, other in (named(left, right), named(right, left)):
        makes = [
            lambda: one == other,  # noqa: B023 - called at once
            lambda: one != other,  # noqa: B023
            lambda: one.in_([other]),  # noqa: B023
            lambda: ListField(one).contains(other),  # noqa: B023
        ]
        if one._scale is not None and other._scale is not None:
            makes += [lambda: one < other, lambda: one.between(other, other)]  # noqa: B023
        for make in makes:
            with pytest.raises(ExpressionError, match='are stored in different forms'):
                make()


def test_text_looks_for_text_of_any_form():
    text, number, link = StringField(), IntField(), URLField()
    for name, field in {'text': text, 'number': number, 'link': link}.items():
        field.set_name(name)
    assert link.contains(text).operands[0] is text
    assert link.begins_with(text).operands[0] is text
    for make in (link.contains, link.begins_with):
        with pytest.raises(ExpressionError, match=r'link \(URLField\) and number \(IntField\)'):
            make(number)


def test_the_error_says_what_to_do():
    kept, text = named(StringField(), StringField(keep_empty=True))
    with pytest.raises(ExpressionError, match='has no empty text, which source may hold; declare'):
        kept.set(text)
    one, other = named(TimedeltaField('hours'), TimedeltaField())
    with pytest.raises(ExpressionError, match='a TimedeltaField that is declared otherwise'):
        one.set(other)


class Copy(Model):
    """A field of each form, and one that takes it."""

    __table__ = 'copies'
    __hash_key__ = 'id'

    id = StringField()
    text = StringField()
    link = URLField()
    at = DateTimeField()
    zoned = DateTimeField(tzd='utc', convert_tz=True)
    exact = TimestampField(fractions=True)
    whole = TimestampField()
    mapped = MapField(IntField)
    declared = DictField(a=IntField(), b=IntField())


def test_what_is_copied_reads_as_the_same_value(stored):
    stored('copies', Copy, [])
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    Copy.save_one({
        'id': 'k', 'link': 'http://example.com', 'zoned': moment, 'whole': moment,
        'declared': {'a': 1, 'b': 2},
    })  # fmt: skip
    updates = [
        Copy.text.set(Copy.link),
        Copy.at.set(Copy.zoned),
        Copy.exact.set(Copy.whole),
        Copy.mapped.set(Copy.declared),
    ]
    copy = Copy.update_one('k', updates)
    assert (copy.text, copy.at, copy.exact) == (copy.link, moment, moment)
    assert copy.mapped == copy.declared == {'a': 1, 'b': 2}
    same = (Copy.exact == Copy.whole) & (Copy.text == Copy.link) & (Copy.mapped == Copy.declared)
    assert Copy.count((Copy.id == 'k') & same) == 1
