"""What a checker knows of models: their options, their methods and hooks, and transactions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any, Optional, TypedDict

from typing_extensions import assert_type

from dynamongo import (
    BatchResult,
    BulkResult,
    DoesNotExist,
    EmailField,
    GlobalIndex,
    IntField,
    Model,
    Plan,
    StringField,
    Transaction,
)
from dynamongo.conditions import CompoundKeyCondition


class User(Model):
    __table__ = 'users'
    __hash_key__ = 'email'
    __billing_mode__ = 'PAY_PER_REQUEST'
    __stream__ = False
    __tags__ = {'team': 'shop'}
    __extra__ = 'ignore'
    __ttl__ = None

    email = EmailField(required=True)
    name = StringField(required=True)
    visits = IntField()

    by_name = GlobalIndex('name')


class Admin(User):
    def before_save(self) -> None:
        super().before_save()
        self.email = self.email.lower()

    @classmethod
    def before_load(cls, item: dict[str, Any]) -> dict[str, Any]:
        return super().before_load(item)


class Account(Model):
    __table__ = 'accounts'
    __hash_key__ = 'email'

    email: EmailField[str] = EmailField(required=True)
    name: StringField[str | None] = StringField()
    visits: IntField[int] = IntField(default=0)

    def before_save(self) -> None:
        super().before_save()
        self.email = self.email.lower()
        self.name = self.name and self.name.strip()
        self.visits = 'x'  # rejected


class Order(Model):
    __table__ = 'orders'
    __hash_key__ = 'id'

    id = StringField()


class Row(TypedDict):
    email: str
    visits: int


class Odd(Model):
    __table__ = 5  # rejected
    __hash_key__ = 5  # rejected
    __billing_mode__ = 'FREE'  # rejected
    __stream__ = True  # rejected
    __read_units__ = 'x'  # rejected
    __extra__ = 'drop'  # rejected
    __tags__ = {1: 'x'}  # rejected


class Hooked(User):
    def before_save(self, overwrite: bool) -> None: ...  # rejected

    def after_update(self) -> int:  # rejected
        return 1


def of_hooks(account: Account) -> None:
    assert_type(Account.email, EmailField[str])
    assert_type(Admin.email, EmailField[str])
    assert_type(Account.name, 'StringField[str | None]')
    assert_type(account.email, str)
    assert_type(account.name, Optional[str])
    Account.email.set('a')
    Account.name.set(None)
    Account.email.set(None)  # rejected


def unknown_names(user: User) -> None:
    User.emial  # rejected
    User.emial = 'x'  # rejected
    user.emial  # rejected
    user.emial = 'x'  # rejected
    user.get_noe('x')  # rejected


def reads(user: User, order: Order, names: list[str], ids: list[uuid.UUID]) -> None:
    assert_type(User.get_one('john@example.com'), User)
    assert_type(User.get_one(('john@example.com', 1)), User)
    assert_type(User.get_one({'email': 'john@example.com'}), User)
    assert_type(User.get_one(user, only=[User.name, 'visits']), User)
    assert_type(User.get_one(User.email == 'john@example.com'), User)
    assert_type(Admin.get_one('john@example.com'), Admin)
    assert_type(User.get_many(ids), 'list[User]')
    assert_type(User.get_many(names, only=names, index=User.by_name), 'list[User]')
    assert_type(User.get_many(['a', {'email': 'b'}, user, User.email == 'c']), 'list[User]')
    assert_type(User.get_many([('a', 1), ('b', 2)], limit=2), 'list[User]')
    assert_type(User.get_many(~(User.name == 'John') & (User.visits > 1)), 'list[User]')
    assert_type(User.iter_many(), Iterator[User])
    assert_type(User.get_page(None, limit=2).items, 'list[User]')
    assert_type(User.get_page(None, limit=2).token, Optional[str])
    assert_type(User.count(), int)
    assert_type(User.explain(), Plan)
    assert_type(User.keys_in([('a', 1)]), CompoundKeyCondition)
    assert_type(User.iter_dicts(User.name == 'John'), 'Iterator[dict[str, Any]]')
    assert_type(User.iter_dynamodb_json(), Iterator[str])
    assert_type(User.DoesNotExist, type[DoesNotExist])
    User.get_one(object())  # rejected
    User.get_one(None)  # rejected
    User.get_one(User)  # rejected
    User.get_one(User.email)  # rejected
    User.get_one(order)  # rejected
    User.get_one(['a'])  # rejected
    User.get_one(('a', 'b', 'c'))  # rejected
    User.get_one('a', consistant=True)  # rejected
    User.get_many(object())  # rejected
    User.get_many([object()])  # rejected
    User.get_many(None)  # rejected
    User.get_many(names, limit='3')  # rejected
    User.get_many(names, only=[3])  # rejected
    User.get_many(names, only='name')  # rejected
    User.get_many(names, only=(name for name in names))
    User.keys_in('abc')  # rejected
    User.name.type_is('X')  # rejected
    User.name.type_is('S')
    User.get_page(None)  # rejected


def writes(
    user: User, order: Order, many: Iterable[User], values: dict[str, Any], typed: Row
) -> None:
    assert_type(User.save_one(values, overwrite=User.name == 'John'), User)
    assert_type(user.save(changed=True), User)
    assert_type(User.save_many(many), BatchResult[User])
    assert_type(User.save_many([values, user], workers=2).success, 'list[User]')
    assert_type(User.bulk_save(many, progress=print), BulkResult)
    assert_type(User.update_one('a', [User.name.set('John')]), Optional[User])
    assert_type(User.update_one('a', User.name.set('John'), upsert=True), Optional[User])
    assert_type(User.update_many(['a', user], [User.name.set('John')]), BatchResult[User])
    assert_type(User.update_from_dict(values), Optional[User])
    assert_type(user.update(User.name.set('John'), User.visits.set(1)), User)
    assert_type(user.update([User.name.set('John')]), User)
    assert_type(User.delete_one('a'), Optional[User])
    assert_type(User.delete_many(['a']), BatchResult[User])
    assert_type(user.delete(), Optional[User])
    assert_type(user.refresh(), User)
    assert_type(User.save_one(typed), User)
    assert_type(User.save_many([typed, typed]), BatchResult[User])
    assert_type(User.bulk_save([typed]), BulkResult)
    assert_type(User.update_from_dict(typed), Optional[User])
    User.save_one(order)  # rejected
    User.save_one(['a'])  # rejected
    User.save_many([order])  # rejected
    User.update_one('a', 'b')  # rejected
    user.update([User.name.set('a')], [User.visits.set(1)])  # rejected
    user.save(overwrite='a')  # rejected


def exports(user: User) -> None:
    assert_type(user.to_dict(only=[User.name]), 'dict[str, Any]')
    assert_type(user.extra, 'dict[str, Any]')
    assert_type(user.to_json(indent=2), str)
    assert_type(Admin.from_json('{}'), Admin)
    assert_type(Admin.from_dynamodb_json({}), Admin)
    user.to_dict(only='name')  # rejected
    user.to_json(indent=2.5)  # rejected


def transactions(user: User) -> None:
    with Transaction() as t:
        assert_type(t, Transaction)
        t.save(user, overwrite=False)
        t.save((User, {'email': 'a'}))
        t.update((User, 'a'), [User.name.set('John')])
        t.delete(User.email == 'a')
        t.check(user, User.name == 'John')
    assert_type(Transaction.get([(User, 'a'), (User, 'b')]), 'list[Optional[User]]')
    assert_type(Transaction.get([user]), 'list[Optional[User]]')
    assert_type(Transaction.get([(User, 'a'), Order.id == 'b']), 'list[Optional[Model]]')
    Transaction.get(user)  # rejected
    t.save({'email': 'a'})  # rejected
    t.update((User, 'a'), 'b')  # rejected
