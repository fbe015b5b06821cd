"""VersionField: nobody's write is lost between two who change the same item."""

import copy
import pickle
import re

import pytest

from dynamongo import (
    ConditionalCheckFailedException,
    ExpressionError,
    IntField,
    ListField,
    Model,
    PartialItemError,
    SchemaError,
    StringField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
)

pytestmark = pytest.mark.broad


class Account(Model):
    """A model with versions, under another name in the table."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField(required=True)
    balance = IntField(default=0)
    tags = ListField(StringField)
    revision = VersionField(attribute='v', deserialize_from='rev')


class Unversioned(Model):
    """The same table as it was declared before there were versions."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = StringField(required=True)
    balance = IntField(default=0)


@pytest.fixture
def accounts(stored):
    """The table, empty. The connection is shared: to make one takes longer than a test."""
    stored('accounts', Account, [])
    for item in Account.table().scan(ConsistentRead=True)['Items']:
        Account.table().delete_item(Key={'id': item['id']})
    return Account


def held(key='a'):
    """Return the item in the table, by other means than those that are tested."""
    return Account.table().get_item(Key={'id': key}, ConsistentRead=True).get('Item')


def put(key='a', **values):
    Account.table().put_item(Item={'id': key, 'balance': 0, 'tags': [], **values})


def versions(items):
    return [item.revision for item in items]


# Declaration


@pytest.mark.parametrize(
    'option',
    [
        {'default': 1},
        {'required': True},
        {'min_value': 0},
        {'max_value': 9},
        {'choices': [1]},
        {'validators': [print]},
        {'strict': True},
        {'messages': {}},
    ],
)
def test_options_that_make_no_sense_are_refused(option):
    (name,) = option
    with pytest.raises(SchemaError, match=f'VersionField takes no {name}'):
        VersionField(**option)


def test_a_model_has_one_version():
    with pytest.raises(SchemaError, match='more than one VersionField: a and b'):
        type('Two', (Model,), {
            '__table__': 't', '__hash_key__': 'id',
            'id': StringField(), 'a': VersionField(), 'b': VersionField(),
        })  # fmt: skip
    with pytest.raises(SchemaError, match='more than one VersionField'):
        type('Heir', (Account,), {'other': VersionField()})


@pytest.mark.parametrize('keys', [('v', None), ('id', 'v')])
def test_a_version_is_no_key(keys):
    with pytest.raises(SchemaError, match=r'v: a VersionField .* is no key'):
        type('Keyed', (Model,), {
            '__table__': 't', '__hash_key__': keys[0], '__range_key__': keys[1],
            'id': StringField(), 'v': VersionField(),
        })  # fmt: skip


def test_a_version_is_no_member():
    with pytest.raises(SchemaError):
        type('Nested', (Model,), {
            '__table__': 't', '__hash_key__': 'id',
            'id': StringField(), 'list': ListField(VersionField()),
        })  # fmt: skip


def test_versions_are_inherited_and_may_be_given_up(accounts):
    class Heir(Account):
        name = StringField()

    class Plain(Account):
        revision = IntField(attribute='v')

    class Base(Model):
        __abstract__ = True
        revision = VersionField(attribute='v')

    class Concrete(Base):
        __table__ = 'accounts'
        __hash_key__ = 'id'
        id = StringField()

    assert Heir(id='a', name='n').save().revision == 1
    with pytest.raises(ConditionalCheckFailedException):
        Heir(id='a').save()
    assert Concrete.get_one('a').save().revision == 2
    assert Plain(id='a', revision=9).save().revision == 9


# One item


def test_each_write_adds_one_and_the_instance_shows_it(accounts):
    account = Account(id='a')
    assert account.revision is None
    account.validate()
    assert account.revision is None
    steps = [
        account.save,
        account.save,
        lambda: Account.save_one(account),
        lambda: [setattr(account, 'balance', 5), account.save(changed=True)],
        lambda: [account.tags.append('x'), account.save(changed=True)],
        lambda: account.update(Account.balance.increment()),
        lambda: Account.save_many([account]),
        lambda: Account.bulk_save([account]),
        lambda: account.save(overwrite=Account.balance == 6),
        lambda: Account.save_many([account], overwrite=Account.balance == 6),
        lambda: [setattr(account, 'balance', 7), account.save(Account.balance == 6, changed=True)],
        lambda: [account.refresh(), account.save()][1],
    ]
    for number, step in enumerate(steps, 1):
        step()
        assert account.revision == held()['v'] == number
        assert Account.get_one('a') == account
    assert held() == {'id': 'a', 'balance': 7, 'tags': ['x'], 'v': len(steps)}


def test_writes_by_key_add_one_without_looking(accounts):
    put(v=3)
    assert Account.update_one('a', [Account.balance.set(1)]).revision == 4
    assert versions(Account.update_many(['a'], [Account.balance.set(2)]).success) == [5]
    assert versions(
        Account.update_many(Account.balance == 2, [Account.balance.set(3)]).success
    ) == [6]
    assert Account.update_from_dict({'id': 'a', 'balance': 4}).revision == 7
    with Transaction() as t:
        t.update((Account, 'a'), [Account.balance.set(5)])
    assert held() == {'id': 'a', 'balance': 5, 'tags': [], 'v': 8}
    assert Account.delete_one('a').revision == 8


def test_nothing_is_counted_where_nothing_is_written(accounts, sent):
    put(v=3)
    account = Account.get_one('a')
    account.save(changed=True)
    account.validate()
    account.refresh()
    with pytest.raises(ValidationError):
        setattr(account, 'balance', 'x') or account.save()
    assert account.revision == held()['v'] == 3


STALE = {
    'save': lambda old: old.save(),
    'save_one': lambda old: Account.save_one(old),
    'save_one of a dict': lambda old: Account.save_one({'id': 'a', 'revision': 3}),
    'save by another name': lambda old: Account.save_one({'id': 'a', 'rev': '3'}),
    'save(changed)': lambda old: old.save(changed=True),
    'save(changed) of a copy': lambda old: copy.copy(old).save(changed=True),
    'save(changed) of a pickle': lambda old: pickle.loads(pickle.dumps(old)).save(changed=True),
    'save(condition)': lambda old: old.save(overwrite=Account.balance == 5),
    'save(condition, changed)': lambda old: old.save(Account.balance == 5, changed=True),
    'update': lambda old: old.update(Account.balance.increment()),
    'delete': lambda old: old.delete(),
    'update_from_dict': lambda old: Account.update_from_dict(
        {'id': 'a', 'balance': 1, 'revision': 3}
    ),
}


@pytest.mark.parametrize('name', STALE)
def test_what_is_stale_is_refused_with_the_stored_item(accounts, name):
    put(v=3, balance=1)
    old = Account.get_one('a')
    old.balance = 100
    Account.get_one('a').update(Account.balance.set(5))
    with pytest.raises(ConditionalCheckFailedException) as caught:
        STALE[name](old)
    assert caught.value.item == Account.get_one('a')
    assert (caught.value.item.balance, caught.value.item.revision) == (5, 4)
    assert (caught.value.model, caught.value.key) == (Account, {'id': 'a'})
    text = str(caught.value)
    assert 'read it anew and try again' in text
    assert ('version' if name == 'update_from_dict' else 'revision 3') in text
    assert held() == {'id': 'a', 'balance': 5, 'tags': [], 'v': 4}
    assert (old.balance, old.revision) == (100, 3)
    # What stood in the way can be changed and saved.
    current = caught.value.item
    current.balance += old.balance
    assert current.save(changed=True).revision == 5


@pytest.mark.parametrize('name', [name for name in STALE if name != 'update_from_dict'])
def test_what_is_deleted_meanwhile(accounts, name):
    """It isn't made again; only that it is gone already is no reason to refuse a delete."""
    put(v=3)
    old = Account.get_one('a')
    old.balance = 100
    Account.delete_one('a')
    if name == 'delete':
        assert old.delete() is None
        return
    gone = ConditionalCheckFailedException if name != 'update' else Account.DoesNotExist
    with pytest.raises(gone) as caught:
        STALE[name](old)
    assert getattr(caught.value, 'item', None) is None
    assert held() is None


def test_an_instance_that_has_no_version_replaces_none(accounts):
    put(v=3)
    for save in (
        lambda: Account(id='a').save(),
        lambda: Account.save_one({'id': 'a'}),
        lambda: Account(id='a').save(changed=True),
        lambda: Account(id='a').save(overwrite=Account.balance == 0),
        lambda: Account(id='a').delete(),
        lambda: Account(id='a').update(Account.balance.set(1)),
    ):
        with pytest.raises(ConditionalCheckFailedException, match='has no revision') as caught:
            save()
        assert caught.value.item.revision == 3
    assert held()['v'] == 3


def test_dicts_with_a_version(accounts):
    assert Account.save_one({'id': 'a'}).revision == 1
    assert Account.save_one({'id': 'a', 'revision': 1, 'balance': 2}).revision == 2
    assert Account.save_one({'id': 'a', 'rev': '2', 'balance': 3}).revision == 3
    assert held() == {'id': 'a', 'balance': 3, 'tags': [], 'v': 3}
    with pytest.raises(ValidationError, match='revision'):
        Account.save_one({'id': 'a', 'revision': 'x'})


def test_overwrite_is_joined_to_the_version(accounts):
    """Both must be met; False is for items that are new."""
    put(v=3, balance=5)
    with pytest.raises(ConditionalCheckFailedException, match='exists already'):
        Account.get_one('a').save(overwrite=False)
    for overwrite in (Account.balance > 5, Account.balance.in_([])):
        with pytest.raises(ConditionalCheckFailedException):
            Account.get_one('a').save(overwrite=overwrite)
    assert held()['v'] == 3
    assert Account.get_one('a').save(overwrite=Account.balance == 5).revision == 4
    for overwrite in (False, Account.balance > 5):
        fresh = Account(id=f'new {overwrite}')
        assert fresh.save(overwrite=overwrite).revision == 1


def test_a_condition_that_is_not_met_is_not_called_stale(accounts):
    """The version is right, and reading anew would not help."""
    put(v=3, balance=5)
    account = Account.get_one('a')
    with pytest.raises(ConditionalCheckFailedException, match="doesn't meet the condition"):
        account.save(overwrite=Account.balance > 5)


def test_a_condition_of_a_partial_save_is_not_called_stale(accounts):
    put(v=3, balance=5)
    account = Account.get_one('a')
    account.balance = 6
    with pytest.raises(ConditionalCheckFailedException, match='condition') as caught:
        account.save(Account.balance > 5, changed=True)
    assert 'meet the condition' in str(caught.value)


# Many items


@pytest.mark.parametrize('workers', [1, 4])
@pytest.mark.parametrize('overwrite', [True, Account.balance < 100])
def test_save_many_fails_the_stale_ones_alone(accounts, workers, overwrite):
    result = Account.save_many([{'id': f'{number:02}'} for number in range(30)], workers=workers)
    assert set(versions(result.success)) == {1}
    for number in (3, 17, 29):
        Account.update_one(f'{number:02}', [Account.balance.set(5)])
    for account in result.success:
        account.balance = 50
    Account.delete_one('20')
    again = Account.save_many(result.success, overwrite, workers=workers)
    assert [account.id for account in again.fail] == ['03', '17', '20', '29']
    assert {type(error) for error in again.errors} == {ConditionalCheckFailedException}
    assert [error.item and error.item.revision for error in again.errors] == [2, 2, None, 2]
    said = ['no such item' if error.item is None else 'revision 1' for error in again.errors]
    assert all(text in str(error) for text, error in zip(said, again.errors))
    assert set(versions(again.fail)) == {1}
    assert again.success_count == 26
    assert set(versions(again.success)) == {2}
    assert {(item['balance'], int(item['v'])) for item in Account.table().scan()['Items']} == {
        (5, 2),
        (50, 2),
    }


def test_save_many_without_overwriting(accounts):
    put(v=3)
    result = Account.save_many([{'id': 'a'}, {'id': 'b'}, {'id': 'b'}], overwrite=False, workers=4)
    assert [account.id for account in result.success] == ['b']
    assert [account.id for account in result.fail] == ['a', 'b']
    assert versions(error.item for error in result.errors) == [3, 1]


@pytest.mark.parametrize('save', ['save_many', 'bulk_save'])
def test_each_of_two_with_one_key_meets_its_version(accounts, sent, save):
    """The same instance twice is one."""
    put(v=3)
    first, second = Account.get_one('a'), Account.get_one('a')
    first.balance, second.balance = 1, 2
    sent.clear()
    result = getattr(Account, save)([first, second], workers=4)
    assert (result.success_count, result.fail) == (1, [second])
    assert result.errors[0].item == first
    assert sent.operations == ['PutItem', 'PutItem']
    assert held() == {'id': 'a', 'balance': 1, 'tags': [], 'v': 4}
    assert (first.revision, second.revision) == (4, 3)
    same = Account.get_one('a')
    assert getattr(Account, save)([same, same]).fail == []
    assert same.revision == held()['v'] == 5


def test_a_stale_one_does_not_hinder_the_one_before(accounts):
    put(v=3)
    fresh, stale = Account.get_one('a'), Account(id='a', revision=2)
    result = Account.save_many([fresh, stale])
    assert (result.fail, result.success) == ([stale], [fresh])
    assert 'revision 2' in str(result.errors[0])
    assert held()['v'] == 4


@pytest.mark.parametrize('workers', [1, 4])
def test_bulk_save_fails_the_stale_ones_alone(accounts, workers):
    made = [Account(id=f'{number:02}') for number in range(60)]
    assert Account.bulk_save(made, workers=workers).success_count == 60
    assert set(versions(made)) == {1}
    for number in (0, 30, 59):
        Account.update_one(f'{number:02}', [Account.balance.set(5)])
    result = Account.bulk_save([*made[:30], {'id': ''}, *made[30:]], workers=workers)
    assert result.success_count == 57
    assert result.fail == [made[0], {'id': ''}, made[30], made[59]]
    assert [getattr(error, 'item', None) and error.item.revision for error in result.errors] == [
        2, None, 2, 2,
    ]  # fmt: skip
    assert isinstance(result.errors[1], ValidationError)
    assert [account.revision for account in made].count(2) == 57
    items = Account.table().scan()['Items']
    assert sorted({(item['balance'], item['v']) for item in items}) == [(0, 2), (5, 2)]


# Updates


def test_updates_of_the_version_itself_are_refused(accounts, sent):
    put(v=3)
    account = Account.get_one('a')
    sent.clear()
    for update in (
        Account.revision.set(9),
        Account.revision.set_if_not_exists(1),
        Account.revision.add(1),
        Account.revision.remove(),
    ):
        for write in (
            lambda u=update: Account.update_one('a', [u]),
            lambda u=update: Account.update_one('a', [u], upsert=True),
            lambda u=update: Account.update_many(['a'], [Account.balance.set(1), u]),
            lambda u=update: account.update(u),
            lambda u=update: Transaction().update((Account, 'a'), [u]),
        ):
            with pytest.raises(ExpressionError, match=r'Account\.revision is counted by dynamongo'):
                write()
    assert sent == []


def test_update_from_dict_checks_the_version(accounts):
    put(v=3)
    for given in ({'revision': 3}, {'rev': '4'}, {'revision': 5.0}):
        updated = Account.update_from_dict({'id': 'a', 'balance': 1, **given})
        assert updated.revision == held()['v']
    assert held()['v'] == 6
    for given in ({'revision': 3}, {'rev': 7}, {'revision': 0}, {'revision': None}):
        with pytest.raises(ConditionalCheckFailedException, match='another version') as caught:
            Account.update_from_dict({'id': 'a', 'balance': 2, **given})
        assert caught.value.item.revision == 6
    assert Account.update_from_dict({'id': 'z', 'balance': 2, 'revision': 1}) is None
    assert Account.update_from_dict({'id': 'z', 'balance': 2}) is None
    assert held('z') is None
    with pytest.raises(ValidationError) as caught:
        Account.update_from_dict({'id': 'a', 'balance': 'x', 'revision': 'y'})
    assert set(caught.value.errors) == {'balance', 'revision'}
    with pytest.raises(ExpressionError, match='nothing to update'):
        Account.update_from_dict({'id': 'a', 'revision': 6})


def test_an_upsert_counts_from_one(accounts):
    for version in (1, 2):
        updated = Account.update_one('a', [Account.balance.increment()], upsert=True)
        assert (updated.balance, updated.revision) == (version, version)


@pytest.mark.faithful('moto crashes on an UpdateItem without an update expression')
def test_updates_that_amount_to_nothing_are_not_counted(accounts):
    put(v=3)
    account = Account.get_one('a')
    assert account.update(Account.balance.set_if_not_exists(None)).revision == 3
    assert held()['v'] == 3


# Items from before there were versions


def test_items_without_a_version(accounts):
    for stored in ({}, {'v': 0}):
        for number, write in enumerate(
            (
                lambda item: item.save(),
                lambda item: [setattr(item, 'balance', 9), item.save(changed=True)],
                lambda item: item.update(Account.balance.set(9)),
                lambda item: Account.save_many([item]),
                lambda item: Account.bulk_save([item]),
                lambda item: _in_transaction('save', item),
            )
        ):
            put(**stored)
            item, stale = Account.get_one('a'), Account.get_one('a')
            assert item.revision == stored.get('v')
            write(item)
            assert item.revision == held()['v'] == 1, number
            with pytest.raises(ConditionalCheckFailedException):
                stale.save()
        put(**stored)
        assert Account.get_one('a').delete().revision == stored.get('v')
        assert held() is None


def test_a_stored_null_is_no_version(accounts):
    put(v=None)
    stale = Account.get_one('a')
    assert Account.get_one('a').save().revision == 1
    with pytest.raises(ConditionalCheckFailedException):
        stale.save()


def test_a_stored_null_counts_up_in_updates(accounts):
    put(v=None)
    assert Account.get_one('a').update(Account.balance.set(1)).revision == 1


def test_programs_without_versions_keep_the_version(accounts):
    """They carry it as an undeclared attribute; what they change isn't counted."""
    put(v=3)
    old = Account.get_one('a')
    item = Unversioned.get_one('a')
    item.balance = 9
    item.save()
    assert held()['v'] == 3
    assert old.save().revision == 4


# Reading


def test_conditions_on_the_version(accounts):
    for number in range(4):
        put(str(number), v=number)
    assert sorted(a.id for a in Account.get_many(Account.revision > 1)) == ['2', '3']
    assert Account.count(Account.revision == 0) == 1
    assert Account.delete_one((Account.id == '3') & (Account.revision == 2)) is None
    updated = Account.update_one(
        (Account.id == '3') & (Account.revision == 3), [Account.balance.set(1)]
    )
    assert updated.revision == 4
    assert (
        Account.update_one((Account.id == '3') & (Account.revision == 3), [Account.balance.set(1)])
        is None
    )


def test_partly_read_instances_need_their_version(accounts, sent):
    put(v=3)
    partial = Account.get_one('a', only=['balance'])
    partial.balance = 5
    sent.clear()
    for method in (
        partial.save,
        lambda: partial.save(changed=True),
        lambda: partial.update(Account.tags.append('x')),
        partial.delete,
        lambda: Transaction().update(partial, [Account.balance.set(1)]),
        lambda: Transaction().delete(partial),
        lambda: Transaction().check(partial),
    ):
        with pytest.raises(PartialItemError):
            method()
    assert sent == []
    for only in (['balance', 'revision'], ['revision']):
        partial, stale = (Account.get_one('a', only=only) for _ in range(2))
        partial.balance = stale.balance = held()['balance'] + 1
        partial.save(changed=True)
        assert partial.revision == held()['v']
        for refused in (
            lambda s=stale: s.save(changed=True),
            lambda s=stale: s.update(Account.balance.set(1)),
            stale.delete,
        ):
            with pytest.raises(ConditionalCheckFailedException, match='stale'):
                refused()
    assert partial.delete().revision == 5
    assert held() is None


@pytest.mark.parametrize('version', [10**38 - 1, 10**38, 10**50, -(10**50)])
def test_a_version_that_dynamodb_cannot_hold_or_count_up_is_refused(accounts, sent, version):
    put(v=1)
    account = Account.get_one('a')
    account.revision, account.balance = version, 1
    writes = [
        account.save,
        lambda: account.save(changed=True),
        lambda: account.update(Account.balance.set(2)),
        account.delete,
        lambda: Account(id='a', revision=version).save(),
        lambda: Account.save_one({'id': 'a', 'revision': version}),
        lambda: Account.update_from_dict({'id': 'a', 'balance': 2, 'revision': version}),
        lambda: commit('save', account),
        lambda: commit('update', account, [Account.balance.set(2)]),
        lambda: commit('delete', account),
        lambda: commit('check', account),
    ]
    sent.clear()
    for write in writes:
        with pytest.raises(ValidationError, match=r'revision: .* is less than .* \(got '):
            write()
    assert sent == []


def commit(action, *arguments):
    with Transaction() as transaction:
        getattr(transaction, action)(*arguments)


def test_the_largest_version_is_counted_up_to(accounts):
    put(v=10**38 - 2)
    account = Account.get_one('a')
    account.balance = 1
    assert account.save(changed=True).revision == 10**38 - 1
    with pytest.raises(ValidationError, match='less than'):
        account.save()


@pytest.mark.parametrize('version', [7, None])
def test_a_version_that_was_set_is_checked_though_nothing_else_has_changed(accounts, version):
    put(v=1)
    account = Account.get_one('a')
    account.revision = version
    with pytest.raises(ConditionalCheckFailedException):
        account.save(changed=True)
    assert held()['v'] == 1


def test_a_version_that_was_set_and_is_that_of_the_item_is_counted_up(accounts, sent):
    put(v=1)
    account = Account.get_one('a')
    put(v=2)
    account.revision = 2
    assert account.save(changed=True).revision == 3
    assert held()['v'] == 3
    account.revision = 3
    sent.clear()
    account.save(changed=True)
    assert sent == []


def test_what_is_deleted_is_new_when_it_is_saved_again(accounts):
    account = Account(id='a').save()
    assert account.save().delete().revision == 2
    assert account.revision is None
    assert account.save(overwrite=False).revision == 1
    account.delete()
    assert account.save(changed=True).revision == 1


# Transactions


def _in_transaction(action, item, *arguments):
    with Transaction() as t:
        getattr(t, action)(item, *arguments)


@pytest.mark.parametrize(
    ('action', 'arguments', 'after'),
    [
        ('save', (), 4),
        ('update', ([Account.balance.set(1)],), 4),
        ('check', (), 3),
        ('delete', (), None),
    ],
)
def test_transactions_check_versions(accounts, action, arguments, after):
    put(v=3)
    item, stale = Account.get_one('a'), Account(id='a', revision=2)
    with pytest.raises(TransactionCanceledError) as caught:
        _in_transaction(action, stale, *arguments)
    (reason,) = caught.value.reasons
    assert (reason.code, reason.action) == ('ConditionalCheckFailed', action)
    assert 'revision 2' in reason.message
    assert isinstance(reason.error, ConditionalCheckFailedException)
    assert (stale.revision, held()['v']) == (2, 3)
    _in_transaction(action, item, *arguments)
    assert (held() or {}).get('v') == after
    assert item.revision == {'save': 4, 'delete': None}.get(action, 3)


@pytest.mark.faithful('moto leaves the item out of the reasons')
def test_the_reasons_of_a_transaction_carry_the_stored_item(accounts):
    put(v=3)
    with pytest.raises(TransactionCanceledError) as caught:
        _in_transaction('save', Account(id='a'))
    (reason,) = caught.value.reasons
    assert reason.item.revision == reason.error.item.revision == 3
    assert re.search('has no revision', str(caught.value))
