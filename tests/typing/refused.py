"""What a checker must not let through: each line that says so, and no other one."""

from __future__ import annotations

from typing_extensions import assert_type

from dynamongo import (
    BooleanField,
    DictField,
    EmailField,
    EnumField,
    Field,
    GlobalIndex,
    IntField,
    JSONField,
    ListField,
    LocalIndex,
    MapField,
    Model,
    SetField,
    StringField,
    TimedeltaField,
    UUIDField,
    VersionField,
)


class User(Model):
    __table__ = 'users'
    __hash_key__ = 'email'

    email = EmailField(required=True)
    name = StringField()
    year = IntField()
    active = BooleanField()
    id = UUIDField()
    tags = ListField(StringField)
    roles = SetField(StringField)
    prices = MapField(IntField)
    address = DictField(city=StringField)
    body = JSONField()
    version = VersionField()
    by_name = GlobalIndex('name')


def wrong_pins(user: User) -> None:
    assert_type(user.email, int)  # rejected
    assert_type(user.name, str)  # rejected
    assert_type(user.tags, 'list[int]')  # rejected
    assert_type(User.email, 'StringField[str]')  # rejected
    assert_type(User.email == 'x', bool)  # rejected
    assert_type(User.year + 1, int)  # rejected


def wrong_declarations() -> None:
    StringField(max_lenght=3)  # rejected
    StringField(max_length='3')  # rejected
    StringField(default=3)  # rejected
    StringField(choices='abc')  # rejected
    StringField(export_level=1)  # rejected
    IntField(max_value='x')  # rejected
    IntField(default='x')  # rejected
    EnumField(3)  # rejected
    EnumField()  # rejected
    ListField(str)  # rejected
    ListField()  # rejected
    SetField(3)  # rejected
    MapField(IntField, min_size='1')  # rejected
    SetField(ListField(StringField))  # rejected
    SetField(SetField(StringField))  # rejected
    SetField(MapField(StringField))  # rejected
    SetField(DictField())  # rejected
    SetField(BooleanField)  # rejected
    SetField(BooleanField())  # rejected
    SetField(JSONField)  # rejected
    SetField(VersionField)  # rejected
    ListField(VersionField)  # rejected
    ListField(VersionField())  # rejected
    MapField(VersionField())  # rejected
    DictField(version=VersionField)  # rejected
    DictField(version=VersionField())  # rejected
    DictField(city=3)  # rejected
    TimedeltaField('years')  # rejected
    VersionField(default=3)  # rejected
    Field(requird=True)  # rejected
    GlobalIndex('name', projection=3)  # rejected
    GlobalIndex('name', projection='some')  # rejected
    LocalIndex('name', projection='some')  # rejected
    LocalIndex('name', projection=['some'])


def wrong_names(user: User) -> None:
    User.email.nonsense  # rejected
    user.email.nonsense  # rejected
    user.name.upper()  # rejected


def wrong_values(user: User) -> None:
    user.email = None  # rejected
    user.year = 'x'  # rejected
    user.active = 'yes'  # rejected
    user.tags = 'abc'  # rejected
    user.tags = [1]  # rejected
    user.prices = {'eur': 'x'}  # rejected
    user.prices = ['eur']  # rejected
    user.by_name = 3  # rejected


def wrong_conditions() -> None:
    (User.year == 'x') & (User.name == 'x')  # rejected
    (User.name == 'x') | (User.tags != 'x')  # rejected
    User.year < 'x'  # rejected
    User.name >= 3  # rejected
    User.tags < ['x']  # rejected
    User.active.between(False, True)  # rejected
    User.year.contains(3)  # rejected
    User.tags.contains(3)  # rejected
    User.prices.contains(3)  # rejected
    User.year.begins_with('1')  # rejected
    User.name.begins_with(b'x')  # rejected
    User.body.begins_with('x')  # rejected
    User.year.in_(['x'])  # rejected
    User.name.in_('abc')  # rejected
    User.year.in_(3)  # rejected
    User.tags.size() > 'x'  # rejected
    User.name['x']  # rejected
    User.tags['x']  # rejected
    User.address[0]  # rejected


def wrong_updates() -> None:
    User.email.set(None)  # rejected
    User.year.set('x')  # rejected
    User.tags.set('x')  # rejected
    User.year.append(1)  # rejected
    User.year.delete(1)  # rejected
    User.name.add(1)  # rejected
    User.name.increment()  # rejected
    User.year.add('x')  # rejected
    User.tags.append(3)  # rejected
    User.tags.add('x')  # rejected
    User.roles.add(3)  # rejected
    User.roles.append('x')  # rejected
    User.address.append('x')  # rejected
    User.name + 'x'  # rejected
    User.year - 'x'  # rejected
    User.tags + [3]  # rejected
    User.tags - ['x']  # rejected
    User.tags[0].set(3)  # rejected
    User.tags[0].nonsense  # rejected
    User.prices['eur'].set('x')  # rejected
    User.prices['eur'] > 'x'  # rejected


def updates_of_versions() -> None:
    User.version.set(1)  # rejected
    User.version.set_if_not_exists(1)  # rejected
    User.version.remove()  # rejected
    User.version.add(1)  # rejected
    User.version.subtract(1)  # rejected
    User.version.increment()  # rejected
    User.version.decrement()  # rejected
    User.year.set(User.version + 1)


def wrong_annotations() -> None:
    class Annotated(Model):
        email: EmailField[str] = EmailField()  # rejected
        name: StringField[str] = StringField(default=None)  # rejected
        year: IntField[int] = IntField(min_value=3)  # rejected
        id: UUIDField[str] = UUIDField(required=True)  # rejected
        active: BooleanField[bool | None] = BooleanField(required=True)
