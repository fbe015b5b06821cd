# pyright: strict, reportUnusedExpression=false

"""What a program may say of its models, and what a checker infers of it."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

from typing_extensions import assert_type

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
from dynamongo.conditions import AndCondition, BaseCondition, OrCondition, PrimitiveCondition
from dynamongo.expressions import Arithmetic, ListJoin
from dynamongo.updates import (
    AddUpdate,
    DeleteUpdate,
    ListExtendUpdate,
    RemoveUpdate,
    SetUpdate,
    Update,
)


class Colour(enum.Enum):
    RED = 'r'
    BLUE = 'b'


class Slug(StringField[str]):
    """A field of one's own, which a checker takes for one that always has a value."""

    def to_native(self, value: Any, context: Any = None) -> Any:
        return super().to_native(value, context)


class Nickname(StringField):
    """One that may have none."""


class Code(StringField[str]):
    """One with options of its own, which passes on the others."""

    def __init__(self, prefix: str, *, keep_empty: bool = False, **options: Any) -> None:
        super().__init__(f'{prefix}-[0-9]+', keep_empty=keep_empty, required=True, **options)
        self.prefix = prefix


class Amount(DecimalField[decimal.Decimal]):
    """One with a check of its own."""

    def validate_positive(self, value: decimal.Decimal, context: Any = None) -> None:
        if value < 0:
            raise ValidationError('must be positive')


class Pair(Field['tuple[int, int]', 'tuple[int, int] | str']):
    """One that takes other values than it gives."""


class User(Model):
    __table__ = 'users'
    __hash_key__ = 'email'

    email = EmailField(required=True)
    name = StringField(max_length=100, attribute='n')
    nick = StringField('[a-z]+', default='x', choices=['x', 'y'])
    home = URLField(fqdn=False)
    address4 = IPAddressField(required=True)
    id = UUIDField(default=uuid.uuid4)
    year = IntField(min_value=1900, max_value=2018)
    visits = IntField(default=0)
    ratio = FloatField()
    price = DecimalField(required=True)
    cost = DecimalField(0, default='1.50')
    active = BooleanField(default=lambda: True)
    born = DateField()
    at = DateTimeField(default=datetime.datetime.now, tzd='utc')
    seen = TimestampField(fractions=True)
    took = TimedeltaField('minutes')
    photo = BinaryField(16)
    colour = EnumField(Colour)
    background = EnumField(Colour, by='name', default=Colour.RED)
    tags = ListField(StringField, min_size=1)
    ids = ListField(UUIDField(required=True), required=True)
    colours = ListField(EnumField(Colour), default=[Colour.RED])
    grid = ListField(ListField(IntField))
    roles = SetField(StringField(max_length=3))
    prices = MapField(DecimalField)
    visitors = ListField(DictField(city=StringField))
    offices = MapField(DictField(street=StringField), required=True)
    address = DictField(city=StringField(), street=StringField, attribute='a')
    body = JSONField(required=True)
    anything = Field()
    version = VersionField(attribute='v')
    slug = Slug()
    alias = Nickname()
    code = Code('u', attribute='c')
    amount = Amount(required=True, min_value=0)
    pair = Pair()
    label = StringField(default=lambda user: f'{user.email}')


def of_classes() -> None:
    assert_type(User.email, EmailField[str])
    assert_type(User.name, 'StringField[str | None]')
    assert_type(User.tags, 'ListField[str, str]')
    assert_type(User.tags[0], 'Field[str | None, str]')
    assert_type(User.prices['eur'], 'Field[decimal.Decimal | None, decimal.Decimal | float | str]')
    assert_type(User.grid[0][1], 'Field[Any, Any]')
    assert_type(User.visitors[0].city.exists(), PrimitiveCondition)
    assert_type(User.visitors[0]['city'].exists(), PrimitiveCondition)
    assert_type(User.offices['Rome'].street.set('x'), SetUpdate)
    assert_type(User.tags[0].set(None), SetUpdate)
    street: Field[Any, Any] = User.address.street
    assert_type(User.address['street'].exists(), PrimitiveCondition)
    assert_type(street.set('x'), SetUpdate)
    assert_type(User.address.geo.lat > 3, PrimitiveCondition)
    assert_type(User.address.geo['lat'][0].points[1].set(3), SetUpdate)
    assert_type(User.anything['a'], 'Field[Any, Any]')
    assert_type(User.email.name, str)
    assert_type(User.address.name, Any)
    assert_type(User.address.owner.name, Any)
    assert_type(User.slug, Slug)
    assert_type(User.code.prefix, str)
    assert_type(User.amount, Amount)


def of_instances(user: User) -> None:
    assert_type(user.email, str)
    assert_type(user.name, 'str | None')
    assert_type(user.nick, str)
    assert_type(user.home, 'str | None')
    assert_type(user.address4, str)
    assert_type(user.id, uuid.UUID)
    assert_type(user.year, 'int | None')
    assert_type(user.visits, int)
    assert_type(user.ratio, 'float | None')
    assert_type(user.price, decimal.Decimal)
    assert_type(user.cost, decimal.Decimal)
    assert_type(user.active, bool)
    assert_type(user.born, 'datetime.date | None')
    assert_type(user.at, datetime.datetime)
    assert_type(user.seen, 'datetime.datetime | None')
    assert_type(user.took, 'datetime.timedelta | None')
    assert_type(user.photo, 'bytes | None')
    assert_type(user.colour, 'Colour | None')
    assert_type(user.background, Colour)
    assert_type(user.tags, 'list[str]')
    assert_type(user.ids, 'list[uuid.UUID]')
    assert_type(user.colours, 'list[Colour]')
    assert_type(user.grid, 'list[list[int]]')
    assert_type(user.roles, 'set[str]')
    assert_type(user.prices, 'dict[str, decimal.Decimal]')
    assert_type(user.address, 'dict[str, Any]')
    assert_type(user.body, Any)
    assert_type(user.anything, Any)
    assert_type(user.version, 'int | None')
    assert_type(user.slug, str)
    assert_type(user.code, str)
    assert_type(user.amount, decimal.Decimal)
    assert_type(user.alias, 'str | None')
    assert_type(user.pair, 'tuple[int, int]')
    assert_type(user.label, str)


def of_assignments(user: User) -> None:
    user.email = 'john@example.com'
    user.name = None
    user.id = '12345678-1234-5678-1234-567812345678'
    user.price = '19.90'
    user.price = 19
    user.born = '2020-02-29'
    user.at = 1582979400
    user.colour = Colour.BLUE
    user.tags = ['a']
    user.tags = ('a', 'b')
    user.tags.append('c')
    user.roles = {'a'}
    user.prices = {'eur': 3}
    user.prices['eur'] = decimal.Decimal(4)
    user.address = {'city': 'Rome'}
    user.photo = bytearray(b'x')
    user.pair = '1,2'
    del user.name


def of_conditions() -> None:
    assert_type(User.email == 'x', PrimitiveCondition)
    assert_type(User.year == None, PrimitiveCondition)
    assert_type(User.year != 3, PrimitiveCondition)
    assert_type(User.year < 2000, PrimitiveCondition)
    assert_type(User.year == User.visits, PrimitiveCondition)
    assert_type(User.price >= 19.9, PrimitiveCondition)
    assert_type(User.id == uuid.uuid4(), PrimitiveCondition)
    assert_type(User.seen > datetime.datetime.now(), PrimitiveCondition)
    assert_type(User.colour == Colour.RED, PrimitiveCondition)
    assert_type(User.tags == ['a'], PrimitiveCondition)
    assert_type(User.roles == {'a'}, PrimitiveCondition)
    assert_type(User.anything == {'a': [1]}, PrimitiveCondition)
    assert_type(User.address.city == 'Rome', PrimitiveCondition)
    assert_type(User.year.in_([1990, 1991]), PrimitiveCondition)
    assert_type(User.year.in_(year for year in range(3)), PrimitiveCondition)
    assert_type(User.year.between(1990, 2000), PrimitiveCondition)
    assert_type(User.name.contains('x'), PrimitiveCondition)
    assert_type(User.tags.contains('x'), PrimitiveCondition)
    assert_type(User.roles.contains('x'), PrimitiveCondition)
    assert_type(User.at.begins_with('2020'), PrimitiveCondition)
    assert_type(User.photo.begins_with(b'x'), PrimitiveCondition)
    assert_type(User.tags.size() > 3, PrimitiveCondition)
    assert_type(User.name.exists() & User.tags.not_exists(), AndCondition)
    assert_type((User.year < 3) | ~(User.name == 'x'), OrCondition)
    assert_type(~(User.year < 3), BaseCondition)


def of_updates() -> list[Update]:
    assert_type(User.name.set('x'), SetUpdate)
    assert_type(User.name.set(None), SetUpdate)
    assert_type(User.name.set(User.email), SetUpdate)
    assert_type(User.name.remove(), RemoveUpdate)
    assert_type(User.year.set_if_not_exists(1990), SetUpdate)
    assert_type(User.visits.add(3), AddUpdate)
    assert_type(User.visits.increment(), AddUpdate)
    assert_type(User.price.subtract(decimal.Decimal(1)), AddUpdate)
    assert_type(User.seen.add(datetime.timedelta(days=1)), AddUpdate)
    assert_type(User.tags.append('a', 'b'), ListExtendUpdate)
    assert_type(User.tags.prepend('a'), ListExtendUpdate)
    assert_type(User.roles.add('a', 'b'), AddUpdate)
    assert_type(User.roles.delete(['a', 'b']), DeleteUpdate)
    assert_type(User.anything.append(1), ListExtendUpdate)
    assert_type(User.anything.add({'a'}), AddUpdate)
    assert_type(User.address.city.set('Rome'), SetUpdate)
    assert_type(User.visits + 1, Arithmetic)
    assert_type(2020 - User.visits, Arithmetic)
    assert_type(User.visits.if_not_exists(0) + 1, Arithmetic)
    assert_type(User.tags + ['x'], ListJoin)
    return [
        User.visits.set(User.year - 1),
        User.tags.set(User.tags.if_not_exists([]) + ['x']),
        User.price.set(User.price + User.cost),
    ]


def of_members() -> None:
    assert_type(SetField(Slug), 'SetField[str, str]')
    assert_type(SetField(IntField).default, Any)
    assert_type(SetField(UUIDField()), 'SetField[uuid.UUID, uuid.UUID | str]')
    assert_type(SetField(EnumField(Colour)), 'SetField[Colour, Colour]')
    assert_type(SetField(DateField), 'SetField[datetime.date, datetime.date | str]')
    SetField(FloatField)
    SetField(DecimalField(0))
    SetField(BinaryField)
    SetField(TimestampField())
    SetField(TimedeltaField('weeks'))
    SetField(IPAddressField)
    SetField(Pair())


def of_several_fields(users: list[User]) -> None:
    columns = [User.email, User.year, User.tags, User.roles, User.address, User.slug, User.version]
    assert_type(User.get_many(['a'], only=columns), 'list[User]')
    assert_type([user.to_dict(only=columns) for user in users], 'list[dict[str, Any]]')
    for column in columns:
        assert_type(column.exists(), PrimitiveCondition)
        name: str = column.name
        print(name)
    texts = {'email': User.email, 'name': User.name, 'slug': User.slug}
    assert_type(texts['name'] == 'x', PrimitiveCondition)
    assert_type(texts['name'].begins_with('x'), PrimitiveCondition)
    lists = [User.tags, User.ids]
    assert_type(lists[0].size() > 3, PrimitiveCondition)
    either = User.email if users else User.year
    assert_type(either.not_exists(), PrimitiveCondition)


def of_errors(error: ValidationError) -> None:
    assert_type(error.errors, 'dict[str, str]')
    raise ValidationError('must be even')
