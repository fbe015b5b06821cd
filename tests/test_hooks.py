"""Hooks: what models call before and after saves, deletes, updates and loads."""

import contextlib
import copy
import pickle
import threading
from decimal import Decimal
from unittest import mock

import botocore.client
import pytest
from hypothesis import given

from dynamongo import (
    ConditionalCheckFailedException,
    ExpressionError,
    Field,
    IncompleteReadError,
    IntField,
    ListField,
    Model,
    PartialItemError,
    RequestError,
    SchemaError,
    StringField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
    _hooks,
)
from dynamongo._documents import same_document, to_document
from dynamongo._wire.values import decode, decode_item, encode_item
from dynamongo.exceptions import Problem
from tests import strategies

pytestmark = [pytest.mark.broad, pytest.mark.usefixtures('shared_client')]


class Plain(Model):
    """The table as the tests fill it and look at it."""

    __table__ = 'hooked'
    __hash_key__ = 'id'

    id = StringField(required=True)
    name = StringField()
    size = IntField(max_value=100)
    tags = ListField(StringField)


#: What happened in the test: hooks and requests, in their order.
LOG = []


class Noted(Plain):
    """Notes each hook."""

    def before_save(self):
        LOG.append(f'before_save {self.id}')

    def after_save(self):
        LOG.append(f'after_save {self.id}')

    def before_delete(self):
        LOG.append(f'before_delete {self.id}')

    def after_delete(self):
        LOG.append(f'after_delete {self.id}')

    def before_update(self, updates):
        LOG.append(f'before_update {self.id}')

    def after_update(self):
        LOG.append(f'after_update {self.id}')

    @classmethod
    def before_load(cls, item):
        LOG.append(f'before_load {item["id"]}')
        return item

    def after_load(self):
        LOG.append(f'after_load {self.id}')


@pytest.fixture
def filled(connection, shared_client):
    """The table with the items ``a`` and ``b``, and without ``c`` and ``d``."""
    _, _, made = shared_client
    if not made:
        Plain.create_table()
        made.append(Plain)
    Plain.delete_many(['c', 'd'])
    Plain.save_many([{'id': 'a', 'name': 'A', 'size': 1}, {'id': 'b', 'name': 'B', 'size': 2}])
    LOG.clear()


@pytest.fixture
def log(filled, monkeypatch):
    """What happens: hooks and the requests between them."""
    send = botocore.client.BaseClient._make_api_call

    def note_and_send(client, operation, params):
        LOG.append(operation)
        return send(client, operation, params)

    monkeypatch.setattr(botocore.client.BaseClient, '_make_api_call', note_and_send)
    return LOG


def a():
    """Return the item ``a`` as it was read, with an empty log."""
    item = Noted.get_one('a')
    LOG.clear()
    return item


def changed(item, **values):
    for name, value in values.items():
        setattr(item, name, value)
    return item


def commit(*steps):
    with Transaction() as transaction:
        for method, *args in steps:
            getattr(transaction, method)(*args)


def loads(*ids):
    return [f'{when}_load {each}' for each in ids for when in ('before', 'after')]


SIZE = [Plain.size.set(7)]
C, D = {'id': 'c', 'size': 1}, {'id': 'd', 'size': 1}
NO_C = (Noted.id == 'c') & (Noted.size == 1)

#: What is done, and what happens: hooks and requests.
OPERATIONS = {
    'save_one': (lambda: Noted.save_one(C), ['before_save c', 'PutItem', 'after_save c']),
    'save_many': (
        lambda: Noted.save_many([C, D]),
        ['before_save c', 'before_save d', 'BatchWriteItem', 'after_save c', 'after_save d'],
    ),
    'save_many, one with the key of another': (
        lambda: Noted.save_many([C, D, {**C, 'size': 2}]),
        [
            *('before_save c', 'before_save d', 'before_save c'),
            *('BatchWriteItem', 'after_save d', 'after_save c'),
        ],
    ),
    'save_many, one instance twice': (
        lambda: Noted.save_many([Noted(**C)] * 2),
        ['before_save c', 'before_save c', 'BatchWriteItem', 'after_save c'],
    ),
    'save_many, one refused': (
        lambda: Noted.save_many([{'id': 'a'}, C], overwrite=False),
        ['before_save a', 'before_save c', 'PutItem', *loads('a'), 'PutItem', 'after_save c'],
    ),
    'bulk_save': (
        lambda: Noted.bulk_save([C, D], workers=1),
        ['before_save c', 'before_save d', 'BatchWriteItem', 'after_save c', 'after_save d'],
    ),
    'bulk_save, one invalid': (
        lambda: Noted.bulk_save([{'id': 'c', 'size': 101}, {'id': 5j}, D], workers=1),
        ['before_save c', 'before_save d', 'BatchWriteItem', 'after_save d'],
    ),
    'save': (lambda: changed(a(), size=7).save(), ['before_save a', 'PutItem', 'after_save a']),
    'save(changed=True)': (
        lambda: changed(a(), size=7).save(changed=True),
        ['before_save a', 'UpdateItem', *loads('a'), 'after_save a'],
    ),
    'save(changed=True), nothing changed': (
        lambda: a().save(changed=True),
        ['before_save a'],
    ),
    'save(changed=True), a new one': (
        lambda: Noted(**C).save(changed=True),
        ['before_save c', 'PutItem', 'after_save c'],
    ),
    'validate': (lambda: Noted(**C).validate(), []),
    'delete': (
        lambda: a().delete(),
        ['before_delete a', 'DeleteItem', *loads('a'), 'after_delete a'],
    ),
    'delete, nothing there': (lambda: Noted(**C).delete(), ['before_delete c', 'DeleteItem']),
    'delete_one': (
        lambda: Noted.delete_one('a'),
        ['before_delete a', 'DeleteItem', *loads('a'), 'after_delete a'],
    ),
    'delete_one, nothing there': (lambda: Noted.delete_one('c'), ['before_delete c', 'DeleteItem']),
    'delete_one, refused': (
        lambda: Noted.delete_one(NO_C),
        ['before_delete c', 'DeleteItem'],
    ),
    'delete_one, impossible': (
        lambda: Noted.delete_one((Noted.id == 'a') & Noted.size.in_([])),
        ['before_delete a'],
    ),
    'delete_many of keys': (
        lambda: Noted.delete_many(['a', 'c', 'a']),
        [
            'before_delete a',
            'before_delete c',
            'BatchWriteItem',
            'after_delete a',
            'after_delete c',
        ],
    ),
    'delete_many of conditions': (
        lambda: Noted.delete_many([NO_C, (Noted.id == 'b') & (Noted.size == 2)]),
        [
            *('before_delete c', 'before_delete b', 'DeleteItem', 'DeleteItem'),
            *loads('b'),
            *('after_delete c', 'after_delete b'),
        ],
    ),
    'delete_many, refused': (
        lambda: Noted.delete_many([(Noted.id == 'a') & (Noted.size == 5)]),
        ['before_delete a', 'DeleteItem', *loads('a')],
    ),
    'delete_many by a condition': (
        lambda: Noted.delete_many(Noted.size == 2),
        ['Scan', 'before_delete b', 'DeleteItem', *loads('b'), 'after_delete b'],
    ),
    'update': (
        lambda: a().update(*SIZE),
        ['before_update a', 'UpdateItem', *loads('a'), 'after_update a'],
    ),
    'update_one': (
        lambda: Noted.update_one('a', SIZE),
        ['before_update a', 'UpdateItem', *loads('a'), 'after_update a'],
    ),
    'update_one, nothing there': (
        lambda: Noted.update_one('c', SIZE),
        ['before_update c', 'UpdateItem'],
    ),
    'update_one(upsert=True)': (
        lambda: Noted.update_one('c', SIZE, upsert=True),
        ['before_update c', 'UpdateItem', *loads('c'), 'after_update c'],
    ),
    'update_many': (
        lambda: Noted.update_many(['b', 'c', 'a', 'b'], SIZE),
        [
            *('before_update b', 'before_update c', 'before_update a'),
            *('UpdateItem', 'UpdateItem', 'UpdateItem'),
            *loads('b', 'a'),
            *('after_update b', 'after_update a'),
        ],
    ),
    'update_from_dict': (
        lambda: Noted.update_from_dict({'id': 'a', 'size': 7}),
        ['before_update a', 'UpdateItem', *loads('a'), 'after_update a'],
    ),
    'update_from_dict, nothing there': (
        lambda: Noted.update_from_dict({'id': 'c', 'size': 7}),
        ['before_update c', 'UpdateItem'],
    ),
    'a transaction': (
        lambda: commit(
            ('save', (Noted, C)),
            ('delete', (Noted, 'b')),
            ('update', (Noted, 'a'), SIZE),
            ('check', (Noted, 'd'), Noted.id.not_exists()),
        ),
        [
            *('before_save c', 'before_delete b', 'before_update a', 'TransactWriteItems'),
            *('after_save c', 'after_delete b', 'after_update a'),
        ],
    ),
    'get_one': (lambda: Noted.get_one('a'), ['GetItem', *loads('a')]),
    'get_one of a part': (lambda: Noted.get_one('a', only=['name']), ['GetItem', *loads('a')]),
    'get_many': (lambda: Noted.get_many(['a', 'b']), ['BatchGetItem', *loads('a', 'b')]),
    'iter_many': (
        lambda: list(Noted.iter_many(['a', 'b'])),
        ['BatchGetItem', *loads('a', 'b')],
    ),
    'get_page': (
        lambda: Noted.get_page(['a', 'b'], limit=2),
        ['BatchGetItem', *loads('a', 'b')],
    ),
    'count': (lambda: Noted.count(['a', 'b']), ['BatchGetItem']),
    'refresh': (lambda: a().refresh(), ['GetItem', *loads('a')]),
    'Transaction.get': (
        lambda: Transaction.get([(Noted, 'a'), (Noted, 'c')]),
        ['TransactGetItems', *loads('a')],
    ),
    'construction': (lambda: Noted(**C), []),
    'copies': (lambda: (copy.deepcopy(a()), copy.copy(a()), pickle.loads(pickle.dumps(a()))), []),
}


@pytest.mark.parametrize('name', OPERATIONS)
def test_each_operation_calls_its_hooks_in_order(log, name):
    """Hooks and requests, in the order in which they happen."""
    do, expected = OPERATIONS[name]
    do()
    assert log == expected


@pytest.mark.parametrize('name', ['save_many', 'delete_many of keys', 'update_many', 'get_many'])
def test_a_model_without_hooks_calls_none(log, monkeypatch, name):
    """The methods that do nothing aren't called at all."""
    do, expected = OPERATIONS[name]
    for hook in _hooks.NAMES:
        monkeypatch.delattr(Noted, hook)
        monkeypatch.setattr(_hooks.Hooks, hook, mock.Mock(side_effect=AssertionError))
    do()
    assert log == [entry for entry in expected if ' ' not in entry]


def test_the_item_of_an_error_is_loaded_by_the_hooks(log):
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Noted.save_one({'id': 'a'}, overwrite=False)
    assert caught.value.item.name == 'A'
    assert log == ['before_save a', 'PutItem', *loads('a')]


# What the hooks see


class Seen(Plain):
    """Keeps what each hook is called with."""

    def note(self, *args):
        LOG.append((self, *args))

    before_save = after_save = before_delete = after_delete = note
    before_update = after_update = note


def test_before_a_save_the_instance_is_as_given_and_after_it_as_stored(filled):
    class Saved(Plain):
        def before_save(self):
            LOG.append(self.to_dict())
            self.size = 6
            self.tags = None

        def after_save(self):
            LOG.append(self.to_dict())

    before = {'id': 'c', 'name': None, 'size': 5, 'tags': ['x']}
    after = {'id': 'c', 'name': None, 'size': 6, 'tags': []}
    saved = Saved.save_one({'id': 'c', 'size': '5', 'tags': ['x']})
    assert LOG == [before, after]
    assert Plain.get_one('c', consistent=True).to_dict() == after == saved.to_dict()
    LOG.clear()
    saved.save(changed=True)
    assert LOG == [after]


def test_a_key_is_seen_as_an_instance_that_has_only_the_key(filled):
    """What isn't known isn't made up; the hook can read it."""
    for write in (
        lambda: Seen.delete_one('c'),
        lambda: Seen.delete_many(['c']),
        lambda: Seen.update_one('c', SIZE),
        lambda: Seen.update_many([Seen.id == 'c'], SIZE),
        lambda: Seen.update_from_dict({'id': 'c', 'size': 7}),
        lambda: commit(('delete', (Seen, 'c'))),
    ):
        LOG.clear()
        write()
        seen = LOG[0][0]
        assert (type(seen), seen.id) == (Seen, 'c')
        with pytest.raises(PartialItemError):
            _ = seen.name
        with pytest.raises(Seen.DoesNotExist):
            seen.refresh()


def test_a_given_instance_is_the_one_that_is_seen_before(filled):
    item = Seen(id='a', name='given')
    for write in (
        lambda: item.update(*SIZE),
        lambda: Seen.update_one(item, SIZE),
        lambda: Seen.update_many([item], SIZE),
        lambda: commit(('update', item, SIZE)),
        lambda: item.save(),
        lambda: commit(('delete', item)),
        lambda: Seen.save_one(item),
        lambda: item.delete(),
        lambda: Seen.save_many([item]),
        lambda: Seen.delete_one(item),
        lambda: commit(('save', item)),
        lambda: Seen.delete_many([item]),
    ):
        LOG.clear()
        write()
        assert LOG[0][0] is item
        assert len(LOG) == 2


@pytest.mark.parametrize(
    'write',
    [
        lambda item: Seen.update_one(item, SIZE),
        lambda item: Seen.update_many([item], SIZE).success[0],
        lambda item: Seen.delete_one(item),
        lambda item: Seen.delete_many([(Seen.id == 'a') & (Seen.size == 1)]).success[0],
    ],
)
def test_after_a_write_by_the_class_the_item_that_is_answered_is_seen(filled, write):
    answered = write(Seen(id='a'))
    assert LOG[1][0] is answered
    assert answered.name == 'A'


def test_after_a_write_by_the_instance_it_is_seen_itself(filled):
    item = Seen.get_one('a')
    item.update(SIZE)
    item.delete()
    assert all(entry[0] is item for entry in LOG)
    assert len(LOG) == 4


def test_updates_are_seen_as_a_tuple(filled):
    updates = [Seen.size.set(7), Seen.name.set('N')]
    for write in (
        lambda: Seen.update_one('a', updates),
        lambda: Seen(id='a').update(updates),
        lambda: Seen(id='a').update(*updates),
        lambda: Seen.update_many(['a'], updates),
        lambda: commit(('update', (Seen, 'a'), updates)),
    ):
        LOG.clear()
        write()
        _, seen = LOG[0]
        assert type(seen) is tuple
        assert all(mine is theirs for mine, theirs in zip(seen, updates))


# What before_update adds


class Counting(Plain):
    more = None

    def before_update(self, updates):
        return type(self).more


UPDATES = [
    lambda: Counting.update_one('a', SIZE),
    lambda: Counting.update_one('a', SIZE, upsert=True),
    lambda: Counting(id='a').update(SIZE),
    lambda: Counting.update_many(['a', 'a'], SIZE),
    lambda: Counting.update_from_dict({'id': 'a', 'size': 7}),
    lambda: commit(('update', (Counting, 'a'), SIZE)),
    lambda: commit(('update', Counting(id='a'), SIZE)),
]


@pytest.mark.parametrize('update', UPDATES)
@pytest.mark.parametrize('form', [list, tuple, iter])
def test_what_before_update_returns_is_sent_along(filled, sent, update, form, monkeypatch):
    monkeypatch.setattr(Counting, 'more', form([Plain.name.set('more'), Plain.tags.append('t')]))
    update()
    assert len(sent) == 1
    item = Plain.get_one('a', consistent=True)
    assert (item.size, item.name, item.tags) == (7, 'more', ['t'])


@pytest.mark.parametrize('update', UPDATES)
@pytest.mark.parametrize('more', [None, [], ()])
def test_before_update_may_add_nothing(filled, update, more, monkeypatch):
    monkeypatch.setattr(Counting, 'more', more)
    update()
    assert Plain.get_one('a', consistent=True).size == 7


@pytest.mark.parametrize('update', UPDATES)
@pytest.mark.parametrize(
    'more', [5, 'name', ['name'], Plain.name.set('x'), [Plain.size.set(8)], [Plain.id == 'a']]
)
def test_what_before_update_returns_is_checked(filled, sent, update, more, monkeypatch):
    """An update that overlaps with a given one, and what isn't an update, is refused unsent."""
    monkeypatch.setattr(Counting, 'more', more)
    with pytest.raises(ExpressionError, match=r'^Counting\.before_update') as caught:
        update()
    assert sent == []
    if more == [Plain.size.set(8)]:
        assert 'Plain.size, which it returns, overlaps with' in str(caught.value)
        assert 'finds those that are given in updates' in str(caught.value)


def test_before_update_leaves_out_what_is_given(filled, monkeypatch):
    class Sizing(Plain):
        def before_update(self, updates):
            given = {str(update.field) for update in updates}
            return [] if str(Sizing.size) in given else [Sizing.size.set(9)]

    assert Sizing.update_one('a', [Sizing.size.set(7)]).size == 7
    assert Sizing.update_one('a', [Sizing.name.set('x')]).size == 9


def test_update_many_asks_the_hook_for_each_item(filled):
    class Naming(Plain):
        def before_update(self, updates):
            return [Plain.name.set(f'I am {self.id}')]

    result = Naming.update_many(['a', 'b'], SIZE)
    assert [item.name for item in result.success] == ['I am a', 'I am b']


# Exceptions


class Stop(Exception):
    """What a hook raises."""


class Stopping(Plain):
    """Its hooks raise for the items whose id is in ``at``."""

    at = ()
    when = 'before'
    error = Stop

    def raise_before(self, updates=None):
        self.raise_at('before')

    def raise_after(self):
        self.raise_at('after')

    def raise_at(self, when):
        if when == self.when and self.id in self.at:
            raise self.error(self.id)
        LOG.append(f'{when} {self.id}')

    before_save = before_delete = before_update = raise_before
    after_save = after_delete = after_update = raise_after


#: Writes of b and of c, one item or both.
WRITES = {
    'save_one': lambda: Stopping.save_one({'id': 'b'}),
    'save_many': lambda: Stopping.save_many([C, {'id': 'b'}]),
    'save_many in threads': lambda: Stopping.save_many([C, {'id': 'b'}], False, workers=2),
    'bulk_save': lambda: Stopping.bulk_save([C, {'id': 'b'}]),
    'save': lambda: Stopping(id='b').save(),
    'save(changed=True)': lambda: changed(Stopping.get_one('b'), size=9).save(changed=True),
    'delete': lambda: Stopping(id='b').delete(),
    'delete_one': lambda: Stopping.delete_one('b'),
    'delete_many': lambda: Stopping.delete_many(['c', 'b']),
    'delete_many of conditions': lambda: Stopping.delete_many(Stopping.size == 2),
    'update': lambda: Stopping(id='b').update(SIZE),
    'update_one': lambda: Stopping.update_one('b', SIZE),
    'update_many': lambda: Stopping.update_many(['c', 'b'], SIZE, workers=2),
    'update_from_dict': lambda: Stopping.update_from_dict({'id': 'b', 'size': 7}),
    'Transaction.save': lambda: commit(('save', (Stopping, C)), ('save', (Stopping, {'id': 'b'}))),
    'Transaction.delete': lambda: commit(('save', (Stopping, C)), ('delete', (Stopping, 'b'))),
    'Transaction.update': lambda: commit(('save', (Plain, C)), ('update', (Stopping, 'b'), SIZE)),
}


def is_writing(operation):
    return operation not in ('GetItem', 'Scan')


@pytest.mark.parametrize('error', [Stop, ConditionalCheckFailedException, KeyboardInterrupt])
@pytest.mark.parametrize('name', WRITES)
def test_what_a_hook_before_raises_stops_everything(filled, sent, monkeypatch, name, error):
    """Nothing at all is sent, also not for the items whose hooks have passed."""
    monkeypatch.setattr(Stopping, 'at', ('b',))
    monkeypatch.setattr(Stopping, 'error', error)
    with pytest.raises(error):
        WRITES[name]()
    assert not any(map(is_writing, sent.operations))
    assert not any(entry.startswith('after') for entry in LOG)


@pytest.mark.parametrize('error', [Stop, ConditionalCheckFailedException, KeyboardInterrupt])
@pytest.mark.parametrize('name', WRITES)
def test_what_a_hook_after_raises_reaches_the_caller(filled, sent, monkeypatch, name, error):
    """The write is done all the same."""
    if name == 'save_many in threads':
        Plain.delete_one('b')
    monkeypatch.setattr(Stopping, 'at', ('b',))
    monkeypatch.setattr(Stopping, 'when', 'after')
    monkeypatch.setattr(Stopping, 'error', error)
    with pytest.raises(error) as caught:
        WRITES[name]()
    assert any(map(is_writing, sent.operations))
    left = Plain.get_many(['b'], consistent=True)
    assert left == [] if 'delete' in name else left[0] != Plain(id='b', name='B', size=2)
    if 'many' in name or 'bulk' in name:
        account = caught.value.batch_result
        # update_many finds no c.
        assert account.success_count + account.fail_count == (1 if 'conditions' in name else 2)
        assert account.fail_count == (name == 'update_many')


def test_after_a_hook_has_raised_all_saved_instances_are_as_stored(filled, monkeypatch):
    """Else the next save of the others would be refused, or send what is stored already."""

    class Counted(Plain):
        version = VersionField()

        def after_save(self):
            raise Stop

    for save in (
        lambda items: Counted.save_many(items),
        lambda items: Counted.bulk_save(items, workers=1),
        lambda items: commit(*(('save', item) for item in items)),
    ):
        Plain.delete_many(['c', 'd'])
        items = [Counted(**C), Counted(**D)]
        with pytest.raises(Stop):
            save(items)
        assert [item.version for item in items] == [1, 1]
        assert items == Counted.get_many(['c', 'd'], consistent=True)


@pytest.mark.parametrize('changes', [{'size': 9}, {'name': 'later'}])
def test_what_an_after_hook_sets_is_not_saved_and_not_lost(filled, changes):
    class Setting(Plain):
        def after_save(self):
            changed(self, **changes)
            if self.id == 'd':
                raise Stop

    items = [Setting(**C), Setting(**D)]
    with pytest.raises(Stop):
        Setting.save_many(items)
    for item in items:
        stored = Plain.get_one(item.id, consistent=True)
        assert stored.to_dict() == {**Plain(id=item.id, size=1).to_dict()}
        assert item.to_dict() == {**stored.to_dict(), **changes}


def test_a_validation_error_of_a_hook_is_reported_like_any_other(filled, sent, monkeypatch):
    """Of many, it names the position, together with what else is wrong."""
    monkeypatch.setattr(Stopping, 'at', ('b',))
    monkeypatch.setattr(Stopping, 'error', ValidationError)
    with pytest.raises(ValidationError) as caught:
        Stopping.save_many([C, {'id': 'b'}, {'id': 'd', 'size': 101}])
    assert [problem.path[0] for problem in caught.value.problems] == [1, 2]
    assert sent == []
    result = Stopping.bulk_save([C, {'id': 'b'}, D])
    assert (result.success_count, result.fail) == (2, [{'id': 'b'}])
    assert '[1]' in str(result.errors[0])


def test_an_exception_before_breaks_a_stream_off_with_an_account(filled, monkeypatch):
    """What was taken from the iterable is accounted for: the one whose hook has raised, too."""
    monkeypatch.setattr(Stopping, 'at', ('b',))
    with pytest.raises(Stop) as caught:
        Stopping.bulk_save([C, {'id': 'b'}, D], workers=1)
    account = caught.value.batch_result
    assert account.success_count == 0
    assert [getattr(item, 'id', item) for item in account.fail] == ['c', {'id': 'b'}]
    assert all(isinstance(error, RequestError) for error in account.errors)
    assert LOG == ['before c']


def test_an_exception_after_breaks_a_stream_off_with_an_account(filled, monkeypatch):
    """The batches that are under way are still accounted for, with what became of them."""
    rows = [{'id': f's{place:02}'} for place in range(80)]
    monkeypatch.setattr(Stopping, 'at', ('s03',))
    monkeypatch.setattr(Stopping, 'when', 'after')
    done = []
    with pytest.raises(Stop) as caught:
        Stopping.bulk_save(rows, workers=1, progress=done.append)
    account = caught.value.batch_result
    stored = Plain.count([row['id'] for row in rows], consistent=True)
    assert account.success_count == stored >= 25
    assert [entry for entry in LOG if 'after' in entry] == ['after s00', 'after s01', 'after s02']
    assert done == []


def test_a_cancelled_transaction_calls_nothing_afterwards(log):
    with pytest.raises(TransactionCanceledError):
        commit(('save', (Noted, C)), ('check', (Noted, 'd')))
    assert [entry for entry in log if 'load' not in entry] == [
        'before_save c',
        'TransactWriteItems',
    ]


def test_a_stale_instance_is_not_saved_and_calls_nothing_afterwards(log):
    class Counted(Noted):
        version = VersionField()

    Counted.save_one(C)
    mine, theirs = Counted.get_one('c'), Counted.get_one('c')
    theirs.save()
    for save in (mine.save, lambda: changed(mine, size=9).save(changed=True)):
        log.clear()
        with pytest.raises(ConditionalCheckFailedException):
            save()
        assert log[0] == 'before_save c'
        assert 'after_save c' not in log
    result = Counted.save_many([mine, {'id': 'd'}])
    assert [item.id for item in result.fail] == ['c']
    assert log[-1] == 'after_save d'


def test_before_a_write_the_hook_may_read_the_instance_anew(filled):
    """The write then rests on what was read."""

    class Counted(Plain):
        version = VersionField()

        def before_update(self, updates):
            self.refresh()

        def before_delete(self):
            self.refresh()

    stale = Counted.save_one(C)
    for write in (
        lambda: stale.update(SIZE),
        lambda: commit(('update', stale, SIZE)),
        lambda: commit(('delete', stale)),
        lambda: stale.delete(),
    ):
        if not Plain.get_many(['c']):
            stale.save()
        Counted.get_one('c', consistent=True).save()
        write()


def test_a_hook_may_write(filled):
    """Other items, its own one, and in the middle of many."""

    class Journal(Plain):
        def after_save(self):
            if self.id != 'd':
                Journal.save_many([{'id': 'd', 'size': self.size}])
                self.size += 1
                Plain.update_one(self.id, [Plain.size.set(self.size)])

    for save in (
        lambda: Journal.save_one({'id': 'c', 'size': 5}),
        lambda: Journal.save_many([{'id': 'c', 'size': 5}]).success[0],
        lambda: Journal.save_many([Journal(id='c', size=5)], False).success[0],
    ):
        Plain.delete_many(['c', 'd'])
        assert save().size == 6
        assert Plain.get_one('d', consistent=True).size == 5
        assert Plain.get_one('c', consistent=True).size == 6


def test_a_hook_of_a_load_may_save_and_its_refusal_is_its_own(filled):
    """What it raises isn't taken for the refusal of the write whose answer is being loaded."""

    class Refused(Plain):
        def after_load(self):
            Plain.save_one({'id': self.id}, overwrite=False)
            Plain.save_one({'id': self.id}, overwrite=False)

    for write in (
        lambda: Refused.delete_one('a'),
        lambda: Refused.update_one('b', SIZE),
        lambda: Refused(id='b').update(SIZE),
        lambda: Refused.update_from_dict({'id': 'b', 'size': 7}),
        lambda: Refused.update_many(['b'], SIZE),
    ):
        with pytest.raises(ConditionalCheckFailedException) as caught:
            write()
        assert 'exists already' in str(caught.value)


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize('raising', ['a', 'ab'])
def test_a_hook_that_raises_as_answers_are_loaded_spoils_no_account(filled, sent, workers, raising):
    """Each item is updated once and counts as updated, whatever the hook makes of it."""

    class Spoiling(Plain):
        def after_load(self):
            if self.id in raising:
                raise Stop

    with pytest.raises(Stop) as caught:
        Spoiling.update_many(['b', 'a', 'c'], [Plain.size.add(1)], workers=workers)
    account = caught.value.batch_result
    assert [item.id for item in account.success] == ['b', 'a']
    assert [item.id for item in account.fail] == ['c']
    assert sent.operations == ['UpdateItem'] * 3
    if raising == 'a':
        assert account.success[0].size == 3


def test_hooks_run_in_the_thread_of_the_caller(filled):
    """Whatever the number of workers, so that hooks need no locks."""
    threads = set()

    class Threaded(Plain):
        def note(self, updates=None):
            threads.add(threading.current_thread())

        before_save = after_save = before_delete = after_delete = note
        before_update = after_update = after_load = note

    rows = [{'id': f't{place:02}', 'size': 1} for place in range(60)]
    keys = [row['id'] for row in rows]
    Threaded.save_many(rows, workers=4)
    Threaded.bulk_save(rows, workers=4)
    Threaded.get_many(keys, page_size=10, workers=4)
    Threaded.update_many(keys[:8], SIZE, workers=4)
    Threaded.delete_many([(Plain.id == key) & (Plain.size == 7) for key in keys[:8]], workers=4)
    Threaded.delete_many(keys, workers=4)
    assert threads == {threading.current_thread()}


# Which methods are hooks


def test_mixins_and_parents_are_called_by_super():
    calls = []

    class Stamped:
        def before_save(self):
            super().before_save()
            calls.append('Stamped')

        def before_update(self, updates):
            more = super().before_update(updates) or []
            return [*more, 'stamp']

        @classmethod
        def before_load(cls, item):
            return {**super().before_load(item), 'stamped': True}

    class Base(Model):
        __abstract__ = True

        def before_save(self):
            super().before_save()
            calls.append('Base')

    class Row(Stamped, Base):
        __table__ = 'rows'
        __hash_key__ = 'id'

        id = StringField()

        def before_save(self):
            super().before_save()
            calls.append('Row')

    _hooks.run(Row(id='a'), 'before_save')
    assert calls == ['Base', 'Stamped', 'Row']
    assert Row(id='a').before_update(()) == ['stamp']
    assert Row.before_load({}) == {'stamped': True}
    assert Row._schema.hooks == {'before_save', 'before_update', 'before_load'}


def test_a_mixin_that_would_never_be_called_is_refused():
    class Stamped:
        def before_save(self):
            super().before_save()

    with pytest.raises(SchemaError, match=r'never calls Stamped.before_save; name Stamped before'):

        class Row(Model, Stamped):
            __table__ = 'rows'
            __hash_key__ = 'id'

            id = StringField()


def test_a_mixin_that_super_never_gets_to_is_refused():
    """Also where the class has a hook of its own, which calls the next one in vain."""

    class Stamped:
        def after_load(self):
            pass

    def after_load(self):
        super(Plain, self).after_load()

    with pytest.raises(SchemaError, match=r'Row never calls Stamped.after_load; name Stamped'):
        type(Model)('Row', (Plain, Stamped), {'after_load': after_load})
    assert type(Model)('Row', (Stamped, Plain), {'after_load': after_load})


async def never_awaited(self):
    pass


@pytest.mark.parametrize(
    ('name', 'method', 'message'),
    [
        ('before_load', lambda cls, item: item, 'put @classmethod above it'),
        ('before_save', never_awaited, 'async def'),
        ('after_load', never_awaited, 'async def'),
    ],
)
def test_a_hook_that_can_not_work_is_refused(name, method, message):
    with pytest.raises(SchemaError, match=message):
        type(Model)('Row', (Plain,), {name: method})


def test_a_field_is_no_hook(filled):
    """Whatever its name; and in a model that has it, nothing is called."""

    class Fields(Plain):
        before_save = StringField()
        after_load = IntField()
        before_load = Field()
        before_update = StringField(attribute='u')
        before_delete = ListField(StringField)

    values = {'before_save': 'x', 'after_load': 3, 'before_load': {'a': 1}, 'before_update': 'u'}
    Fields.save_many([{'id': 'c', **values}])
    item = Fields.get_one('c')
    assert item.to_dict() == {**Plain(id='c').to_dict(), **values, 'before_delete': []}
    Fields.update_one('c', [Fields.before_save.set('y')])
    assert item.refresh().before_save == 'y'
    assert item.delete() == item
    assert Fields._schema.hooks == frozenset()


def test_what_is_set_on_the_class_later_is_called_as_well(filled):
    """In the classes that extend it, too; and no more once it is taken away."""

    class Child(Plain):
        pass

    calls = []
    with mock.patch.object(
        Plain, 'before_save', lambda self: calls.append(type(self)), create=True
    ):
        Plain.save_one({'id': 'c'})
        Child.save_one({'id': 'c'})
    Child.save_one({'id': 'c'})
    assert calls == [Plain, Child]
    assert Child._schema.hooks == Plain._schema.hooks == frozenset()


# Older layouts


class Person(Model):
    """Items had a full_name once, sizes as text, and tags with commas."""

    __table__ = 'hooked'
    __hash_key__ = 'id'

    id = StringField(required=True)
    name = StringField()
    size = IntField()
    tags = ListField(StringField)
    free = Field()

    @classmethod
    def before_load(cls, item):
        LOG.append(copy.deepcopy(item))
        if 'full_name' in item:
            item['name'] = item.pop('full_name')
        if isinstance(item.get('tags'), str):
            item['tags'] = item['tags'].split(',')
        if item.get('size') == 'none':
            del item['size']
        if 'free' in item:
            item['free']['seen'] = True
        return item


class Ignoring(Person):
    __extra__ = 'ignore'


class Forbidding(Person):
    __extra__ = 'forbid'


OLD = {
    'id': 'c',
    'full_name': 'Ada',
    'size': 'none',
    'tags': 'x,y',
    'free': {'n': Decimal('0.1'), 'set': {1, 2}, 'bytes': b'\x00'},
}
NEW = {
    'id': 'c',
    'name': 'Ada',
    'size': None,
    'tags': ['x', 'y'],
    'free': {'n': 0.1, 'set': {1, 2}, 'bytes': b'\x00', 'seen': True},
}


def raw(**more):
    """Store the old item as it is, and return what reads it back."""
    table = Plain.table()
    table.put_item(Item={**OLD, **more})
    return lambda: table.get_item(Key={'id': 'c'}, ConsistentRead=True)['Item']


def is_new(item):
    return set(item) == {'id', 'name', 'tags', 'free'} and item['tags'] == ['x', 'y']


MODELS = [Person, Ignoring, Forbidding]


@pytest.mark.parametrize('model', MODELS)
def test_an_old_item_reads_as_a_new_one(filled, model):
    """Plain values go in, those of Field; the instance is that of an item of the new layout."""
    raw()
    item = model.get_one('c')
    assert LOG == [{**OLD, 'free': {**OLD['free'], 'n': 0.1}}]
    assert item.to_dict() == NEW
    assert not item.extra
    assert model.get_many(['c']) == list(model.iter_many(['c'])) == [item]


@pytest.mark.parametrize('save', [lambda item: item.save(), lambda item: item.save(changed=True)])
@pytest.mark.parametrize('model', MODELS)
def test_the_next_save_of_either_kind_writes_the_new_layout(filled, model, save):
    """What is gone is removed, so that it isn't taken for news by the next load."""
    stored = raw()
    item = model.get_one('c')
    save(item)
    assert is_new(stored())
    assert item.to_dict() == NEW == model.get_one('c', consistent=True).to_dict()


def test_a_saved_migration_is_not_sent_again(filled, sent):
    raw()
    item = Person.get_one('c').save(changed=True)
    sent.clear()
    assert item.save(changed=True) is item
    assert sent == []


@pytest.mark.parametrize('model', MODELS)
def test_undeclared_attributes_that_the_hook_leaves_stay(filled, model):
    """Migration is no reason to lose them, except where the class says so."""
    stored = raw(other=[1])
    if model is Forbidding:
        with pytest.raises(ValidationError, match='other'):
            model.get_one('c')
        return
    item = model.get_one('c')
    item.save(changed=True)
    assert stored()['other'] == [1]
    assert 'full_name' not in stored()


def test_what_the_hook_changes_and_the_program_too_is_saved_as_the_program_has_it(filled):
    stored = raw()
    item = Person.get_one('c')
    item.name = 'Countess'
    item.tags.append('z')
    item.extra['more'] = 1
    item.save(changed=True)
    assert (stored()['name'], stored()['tags'], stored()['more']) == (
        'Countess',
        ['x', 'y', 'z'],
        1,
    )


@pytest.mark.parametrize(
    ('make', 'name', 'tags'),
    [
        (lambda model: [model.free.remove()], 'Ada', ['x', 'y']),
        (lambda model: [model.free.remove(), model.name.set('Bo')], 'Bo', ['x', 'y']),
        (lambda model: [model.free.remove(), model.name.remove()], None, ['x', 'y']),
        (lambda model: [model.free.set(None), model.tags.set(['z'])], 'Ada', ['z']),
        (
            lambda model: [model.free.remove(), model.size.set_if_not_exists(None)],
            'Ada',
            ['x', 'y'],
        ),
    ],
)
@pytest.mark.parametrize('model', MODELS)
def test_an_update_of_the_instance_stores_what_is_migrated(filled, sent, model, make, name, tags):
    """What the update says of an attribute goes before what the hook says."""
    stored = raw()
    item = model.get_one('c')
    item.update(*make(model))
    expected = {'id': 'c', 'name': name, 'tags': tags}
    assert stored() == {key: value for key, value in expected.items() if value is not None}
    assert (item.name, item.tags, item.size, item.free) == (name, tags, None, None)
    sent.clear()
    item.save(changed=True)
    assert sent == []


def test_an_update_of_a_migrated_instance_saves_nothing_else(filled):
    stored = raw(full=1)
    item = Person.get_one('c')
    item.name = 'Countess'
    item.extra['full'] = 2
    item.update(Person.size.set(3))
    assert (stored()['name'], stored()['full'], stored()['size']) == ('Ada', 1, 3)
    assert 'full_name' not in stored()
    assert (item.name, item.extra) == ('Countess', {'full': 2})
    item.save(changed=True)
    assert (stored()['name'], stored()['full']) == ('Countess', 2)


@pytest.mark.parametrize(
    ('update', 'label'),
    [
        (Person.name.set_if_not_exists('B'), 'Person.name'),
        (Person.tags.append('z'), 'Person.tags'),
        (Person.tags[0].set('z'), 'Person.tags'),
        (Person.free['n'].set(2), 'Person.free'),
        (Person.size.increment(), 'Person.size'),
        (Person.size.set(Person.size + 1), 'Person.size'),
    ],
)
def test_an_update_that_works_on_the_old_layout_is_refused(filled, sent, update, label):
    """The instance shows the new one, of which DynamoDB knows nothing."""
    stored = raw()
    before = stored()
    item = Person.get_one('c')
    sent.clear()
    with pytest.raises(ExpressionError, match=f'^{label}.*before_load.*save.changed=True'):
        item.update(update)
    assert sent == []
    assert stored() == before
    item.save(changed=True)
    with contextlib.suppress(RequestError):
        item.update(update)
    assert sent.operations.count('UpdateItem') == 2


def test_what_a_migration_adds_undeclared_is_stored_by_updates_too(filled):
    class Adding(Plain):
        @classmethod
        def before_load(cls, item):
            return {**item, 'old style': [{'n': Decimal('0.1')}], '0': {1}}

    item = Adding.get_one('a')
    item.update(Adding.size.set(5))
    assert Plain.get_one('a', consistent=True).extra == {'old style': [{'n': 0.1}], '0': {1}}
    assert Adding.get_one('a').update(Adding.size.remove()).size is None


class Renaming(Person):
    """Declares the old name, so that it can be asked for."""

    full_name = StringField()


@pytest.mark.parametrize(
    ('only', 'expected'),
    [
        (['full_name'], {'full_name': 'Ada'}),
        (['full_name', 'size'], {'full_name': 'Ada'}),
        (['full_name', 'name'], {'name': 'Ada'}),
        (['full_name', 'name', 'free.n'], {'full_name': 'Ada'}),
    ],
)
@pytest.mark.parametrize('write', ['save', 'update', 'nothing'])
def test_of_a_part_nothing_is_taken_away_without_what_takes_its_place(
    filled, sent, only, expected, write
):
    stored = raw(size=1)
    item = Renaming.get_one('c', only=only)
    sent.clear()
    if write == 'save':
        item.save(changed=True)
    elif write == 'update':
        item.update(Renaming.tags.set(['x']))
        assert item.name == 'Ada'
        assert item.tags == ['x']
    else:
        item.name = 'Bo'
        item.save(changed=True)
        assert stored()['name'] == 'Bo'
        return
    names = {name: value for name, value in stored().items() if name in ('name', 'full_name')}
    assert names == expected


def test_an_update_of_a_part_that_cannot_be_migrated_is_refused(filled, sent):
    stored = raw()
    for update in (Renaming.name.set('Bo'), Renaming.full_name.remove()):
        item = Renaming.get_one('c', only=['full_name'])
        with pytest.raises(ExpressionError, match='read it whole'):
            item.update(update)
    assert stored()['full_name'] == 'Ada'
    assert 'UpdateItem' not in sent.operations


def test_writes_answer_with_migrated_items(filled):
    raw()
    assert Person.update_one('c', [Person.free.remove()]).name == 'Ada'
    assert Person.update_many(['c'], [Person.free.remove()]).success[0].tags == ['x', 'y']
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Person.save_one({'id': 'c'}, overwrite=False)
    assert caught.value.item.name == 'Ada'
    assert Person.delete_one('c').name == 'Ada'


def test_of_a_part_the_hook_sees_what_was_read_and_the_instance_is_a_part(filled):
    raw(name='N')
    item = Person.get_one('c', only=['name', 'tags', 'free.n'])
    assert LOG == [{'id': 'c', 'name': 'N', 'tags': 'x,y', 'free': {'n': 0.1}}]
    assert item.to_dict() == {'id': 'c', 'name': 'N', 'tags': ['x', 'y'], 'free': {'n': 0.1}}
    with pytest.raises(PartialItemError):
        _ = item.size


def test_a_part_that_is_migrated_is_saved_as_far_as_it_was_read(filled):
    """What the hook adds beyond that isn't shown, nor saved."""

    class Adding(Person):
        @classmethod
        def before_load(cls, item):
            return {**super().before_load(item), 'size': 5, 'beyond': 1}

    stored = raw()
    item = Adding.get_one('c', only=['tags', 'free.n'])
    item.save(changed=True)
    assert stored() == {**OLD, 'tags': ['x', 'y'], 'free': stored()['free']}
    assert 'seen' not in stored()['free']


def test_an_item_that_the_hook_leaves_alone_is_unchanged(filled, sent):
    class Looking(Person):
        @classmethod
        def before_load(cls, item):
            return dict(item)

    Plain.table().put_item(Item={'id': 'c', 'tags': ['x'], 'n': Decimal('1.50'), 's': {'b', 'a'}})
    item = Looking.get_one('c')
    sent.clear()
    item.save(changed=True)
    assert sent == []
    item.tags.append('y')
    item.save(changed=True)
    assert sent.operations == ['UpdateItem']


@given(strategies.items)
def test_any_item_that_is_left_alone_is_the_same_afterwards(item):
    """Nothing of it is rounded, sorted or converted, so nothing counts as changed."""

    class Looking(Plain):
        before_load = classmethod(lambda cls, item: item)

    wire = encode_item(to_document({'id': 'a', **item}))
    assert _hooks.migrated(Looking._schema, wire) is wire


@given(strategies.items, strategies.items)
def test_what_is_changed_of_any_item_is_told_from_the_rest(item, other):
    """What reads back equal, in type too, is the very value that is stored."""

    class Changing(Plain):
        before_load = classmethod(lambda cls, item: {'id': 'a', **other})

    wire = encode_item(to_document({'id': 'a', **item}))
    made = _hooks.migrated(Changing._schema, wire)
    assert decode_item(made) == to_document({'id': 'a', **other})
    for name in made:
        same = name in wire and same_document(decode(wire[name]), decode(made[name]))
        assert (made[name] is wire.get(name)) == same


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda item: None, 'before_load returns the item to load, a dict, not None'),
        (lambda item: [item], 'a dict, not list'),
        (lambda item: {**item, 'id': 'd'}, 'must stay'),
        (lambda item: {'name': 'x'}, 'must stay'),
        (lambda item: {**item, 'version': 3}, 'must stay'),
        (lambda item: {**item, 'size': object()}, r'before_load.size'),
        (lambda item: {**item, 5: 'x'}, r'before_load'),
    ],
)
def test_what_before_load_returns_is_checked(filled, make, message):
    class Bad(Plain):
        version = VersionField()

        @classmethod
        def before_load(cls, item):
            return make(item)

    with pytest.raises(ValidationError, match=message) as caught:
        Bad.get_one('a')
    assert str(caught.value).startswith("Bad read from {'id': 'a'}: ")
    # An update is done, whether or not the model can read the item.
    with pytest.raises(IncompleteReadError):
        Bad.update_one('a', SIZE)
    assert Bad.update_many(['a'], SIZE).success_count == 1
    with pytest.raises(ConditionalCheckFailedException) as caught:
        Bad.save_one({'id': 'a'}, overwrite=False)
    assert caught.value.item is None


class Kind(Model):
    """The classes of one table, of which each has hooks of its own."""

    __table__ = 'hooked'
    __hash_key__ = 'id'
    __discriminator__ = 'kind'

    id = StringField(required=True)
    kind = StringField()
    size = IntField()
    day = IntField()

    def after_delete(self):
        LOG.append(f'a {type(self).__name__}')


class Lizard(Kind):
    def after_load(self):
        LOG.append('after_load of a lizard')


class Bird(Kind):
    @classmethod
    def before_load(cls, item):
        if 'date' in item:
            item['day'] = item.pop('date')
        return {**item, **cls.more}

    more = {}


def test_each_item_of_a_shared_table_has_the_hooks_of_its_class(filled, monkeypatch):
    Kind.save_one({'id': 'c', 'kind': 'Lizard'})
    Plain.table().put_item(Item={'id': 'd', 'kind': 'Bird', 'date': 5})
    LOG.clear()
    lizard, bird = Kind.get_many(['c', 'd'])
    assert (type(lizard), type(bird), bird.day) == (Lizard, Bird, 5)
    assert LOG == ['after_load of a lizard']
    assert Kind.get_one('d', only=['size']).to_dict() == {'id': 'd', 'size': None}
    assert Kind.get_one('d', only=['day']).to_dict() == {'id': 'd', 'day': None}
    bird.save(changed=True)
    assert Plain.get_one('d', consistent=True).extra == {'kind': 'Bird', 'day': 5}
    monkeypatch.setattr(Bird, 'more', {'kind': 'Lizard'})
    with pytest.raises(ValidationError, match='kind: is changed by before_load, and must stay'):
        Kind.get_one('d')
    LOG.clear()
    Kind.delete_one('c')
    assert LOG == ['after_load of a lizard', 'a Lizard']


def test_what_before_load_raises_reaches_the_caller(filled):
    class Refusing(Plain):
        @classmethod
        def before_load(cls, item):
            raise Stop(item['id'])

    for read in (
        lambda: Refusing.get_one('a'),
        lambda: Refusing.get_many(['a']),
        lambda: Refusing(id='a').refresh(),
        lambda: Transaction.get([(Refusing, 'a')]),
    ):
        with pytest.raises(Stop):
            read()


@pytest.mark.parametrize('where', [None, 'Part'])
def test_a_validation_error_of_before_load_names_the_item(filled, where):
    class Refusing(Plain):
        @classmethod
        def before_load(cls, item):
            raise ValidationError(problems=[Problem('is odd', path=('name',))], where=where)

    for read in (
        lambda: Refusing.get_one('a'),
        lambda: list(Refusing.iter_dicts(['a'])),
        lambda: Refusing.from_dynamodb_json({'id': {'S': 'a'}}),
    ):
        with pytest.raises(ValidationError) as caught:
            read()
        inner = 'Part.' if where else ''
        assert str(caught.value) == f"Refusing read from {{'id': 'a'}}: {inner}name: is odd"
        assert caught.value.errors == {'name': 'is odd'}


@pytest.mark.parametrize('hook', ['before_load', 'after_load'])
@pytest.mark.parametrize('workers', [1, 3])
def test_what_a_hook_raises_for_the_item_of_an_error_takes_not_its_place(
    filled, caplog, hook, workers
):
    """The error of the write is raised or counted, without an item."""

    def stop(cls, item=None):
        raise Stop('of the hook')

    method = classmethod(stop) if hook == 'before_load' else stop
    spoiled = type(Model)('Spoiled', (Plain,), {hook: method})
    with pytest.raises(ConditionalCheckFailedException) as caught:
        spoiled.save_one({'id': 'a'}, overwrite=False)
    assert caught.value.item is None
    [record] = caplog.records
    assert (record.levelname, record.name) == ('WARNING', 'dynamongo')
    assert record.getMessage().endswith('carries: Stop: of the hook')
    result = spoiled.save_many([C, {'id': 'a'}, D], overwrite=False, workers=workers)
    assert (result.success_count, [item.id for item in result.fail]) == (2, ['a'])
    assert spoiled.update_one((Plain.id == 'a') & (Plain.size == 5), SIZE) is None
    with pytest.raises(TransactionCanceledError):
        commit(('save', spoiled(id='a'), False))


def test_dicts_are_those_of_hooked_instances(filled):
    """A hook of either kind is called for each, and for those of its class alone."""

    class Louder(Plain):
        def after_load(self):
            if 'name' in list(self.to_dict()):
                self.name = self.name.lower() * 2
            self.size = 3

    raw()
    everything = list(Person.iter_dicts(['c', 'a']))
    assert everything == [item.to_dict() for item in Person.get_many(['c', 'a'])]
    assert everything[0] == NEW
    assert [row['name'] for row in Louder.iter_dicts(['a', 'b'])] == ['aa', 'bb']
    assert list(Louder.iter_dicts(['a'], only=['name'])) == [{'id': 'a', 'name': 'aa'}]
    assert list(Louder.iter_dicts(['a'], only=['tags'])) == [{'id': 'a', 'tags': []}]
    Kind.save_one({'id': 'd', 'kind': 'Lizard'})
    LOG.clear()
    assert len(list(Kind.iter_dicts(['d', 'a']))) == 2
    assert LOG == ['after_load of a lizard']


def test_what_is_imported_is_migrated_and_new(filled, sent):
    text = next(Plain.iter_dynamodb_json(['a'])).replace('"name"', '"full_name"')
    item = Person.from_dynamodb_json(text)
    assert item.name == 'A'
    sent.clear()
    item.save(changed=True)
    assert sent.operations == ['PutItem']
    assert 'full_name' not in Plain.get_one('a', consistent=True).extra


def test_after_a_load_what_is_set_is_a_change(filled, sent):
    class Setting(Plain):
        def after_load(self):
            self.size = 50
            self._cache = 'kept'

    item = Setting.get_one('a')
    assert item.refresh()._cache == 'kept'
    item.save(changed=True)
    assert Plain.get_one('a', consistent=True).size == 50
