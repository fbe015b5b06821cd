"""Models that the cases of several themes use."""

import enum

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
    LocalIndex,
    MapField,
    Model,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    ValidationError,
    VersionField,
)


class Size(enum.Enum):
    SMALL = 'S'
    LARGE = 'L'


def even(value):
    if value % 2:
        raise ValueError


def refuse_odd(value):
    if value % 2:
        raise ValidationError('must be even')


class Item(Model):
    """A field of every type."""

    __table__ = 'items'
    __hash_key__ = 'id'

    id = StringField()
    any = Field()
    active = BooleanField()
    blank = StringField(keep_empty=True)
    born = DateField()
    code = StringField(min_length=2, max_length=3, regex='[a-z]+')
    colour = StringField(choices=['red', 'blue'])
    digest = BinaryField(min_length=2, max_length=3)
    doc = JSONField()
    email = EmailField()
    fine = TimestampField(fractions=True)
    host = IPAddressField()
    large = IntField()
    link = URLField()
    made = DateTimeField(tzd='require')
    month = DateTimeField(serialized_format='%Y-%m')
    name = StringField(required=True)
    number = IntField(min_value=1, max_value=9)
    odd = IntField(validators=[even])
    paired = IntField(validators=[refuse_odd])
    pair = ListField(IntField, min_size=2, max_size=3)
    place = DictField(
        city=StringField(required=True, deserialize_from='town'), zip=StringField(attribute='code')
    )
    places = ListField(DictField(city=StringField(required=True)))
    price = DecimalField()
    prices = MapField(IntField, min_size=2, max_size=3)
    ratio = FloatField()
    size = EnumField(Size)
    sets = ListField(SetField(StringField))
    stamps = SetField(DateTimeField)
    tags = SetField(StringField, min_size=2, max_size=3)
    took = TimedeltaField()
    until = TimestampField()
    uuid = UUIDField()
    words = ListField(StringField(required=True), required=True)
    named = MapField(StringField, required=True)


class Order(Model):
    """A hash key and a range key."""

    __table__ = 'orders'
    __hash_key__ = 'customer'
    __range_key__ = 'number'

    customer = StringField(required=True)
    number = IntField(required=True)
    status = StringField(attribute='state')
    size = IntField()
    place = DictField(city=StringField())
    lines = ListField(StringField)
    notes = Field()

    by_status = GlobalIndex('status', 'size', projection=['lines'])
    by_size = LocalIndex('size')


class Account(Model):
    """Has a version, and takes nothing that it doesn't declare."""

    __table__ = 'accounts'
    __hash_key__ = 'id'
    __extra__ = 'forbid'
    __allow_scan__ = False

    id = StringField()
    balance = IntField()
    version = VersionField()


class Keyed(Model):
    """Declares the key that Parcel computes."""

    __abstract__ = True

    key = StringField()


class Parcel(Keyed):
    """Its key is computed from other fields."""

    __table__ = 'parcels'
    __hash_key__ = 'key'

    town = StringField()
    street = StringField()
    label = StringField(default=lambda parcel: parcel.town.upper())

    @property
    def key(self):
        return f'{self.town}#{self.street}'


class Shelf(Model):
    """A binary key, and a field with another name."""

    __table__ = 'shelves'
    __hash_key__ = 'id'

    id = BinaryField()
    name = StringField(deserialize_from='title')


class Loose(Model):
    """Is abstract, so that it has no table."""

    __abstract__ = True

    size = IntField()
