"""Writes in the corners: parents of versioned models, instances used again, deep values."""

import pytest

from dynamongo import (
    ConditionalCheckFailedException,
    Connection,
    Field,
    IntField,
    ListField,
    Model,
    PartialItemError,
    RequestError,
    StringField,
    ThrottledError,
    ValidationError,
    VersionField,
    _batches,
)
from tests.engines.proxy import Reply, answered, applied, fault_proxy, html_502, internal_error

pytestmark = pytest.mark.broad


class Note(Model):
    __table__ = 'traps'
    __hash_key__ = 'id'

    id = StringField(required=True)
    n = IntField()
    tags = ListField(IntField)
    free = Field()


class Versioned(Note):
    """Of the same table."""

    __table__ = 'traps'

    version = VersionField()


class Picky(Note):
    """Has a constructor of its own."""

    __table__ = 'traps'

    def __init__(self, id, **values):
        super().__init__(id=id, **values)


@pytest.fixture
def notes(connection):
    Note.create_table()


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, those of botocore among them, without making them."""
    made = []
    monkeypatch.setattr(_batches.time, 'sleep', made.append)
    return made


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize('method', ['save_many', 'bulk_save'])
def test_a_parent_saves_versioned_instances_on_their_condition(notes, method, workers):
    """Mixed with others, which go in batches."""
    Versioned(id='a', n=1).save()
    stale, fresh = Versioned.get_one('a'), Versioned.get_one('a')
    fresh.n = 2
    fresh.save()
    stale.n = 99
    others = [Note(id=f'{number}', n=number) for number in range(30)]
    result = getattr(Note, method)([*others[:10], stale, *others[10:]], workers=workers)
    assert (result.success_count, result.fail) == (30, [stale])
    assert type(result.errors[0]) is ConditionalCheckFailedException
    assert result.errors[0].item.n == 2
    assert Versioned.get_one('a') == fresh
    assert Note.count() == 31


@pytest.mark.parametrize('workers', [1, 4])
@pytest.mark.parametrize('method', ['save_many', 'bulk_save'])
def test_an_instance_that_is_used_again_is_saved_as_it_was_each_time(notes, method, workers):
    """What is set on it after it was taken is neither lost nor stored too early."""

    def stream(note):
        for number in range(120):
            note.id, note.n = f'{number}', note.n + 1
            note.tags = [number]
            yield note

    note = Note(id='x', n=0)
    result = getattr(Note, method)(stream(note), workers=workers)
    assert (result.success_count, result.fail_count) == (120, 0)
    stored = {each.id: (each.n, each.tags) for each in Note.iter_many()}
    assert stored == {f'{number}': (number + 1, [number]) for number in range(120)}
    assert (note.id, note.n, note.tags) == ('119', 120, [119])


def test_what_is_set_in_the_meantime_stays_and_is_not_saved(notes):
    note = Note(id='a', n=1)

    def meddle(number):
        note.n, note.tags = 2, [5]
        note.extra['more'] = 1

    Note.bulk_save([note, *({'id': f'{number}'} for number in range(60))], progress=meddle)
    assert (note.n, note.tags, note.extra) == (2, [5], {'more': 1})
    assert Note.get_one('a').n == 1
    note.save(changed=True)
    assert Note.get_one('a') == note


@pytest.mark.parametrize('levels', [33, 250, 400])
def test_values_that_nest_too_deeply_are_invalid(notes, levels):
    deep = {'id': 'deep', 'free': nested(levels)}
    with pytest.raises(ValidationError, match=r'Note\.free.*nested too deeply.*32 levels'):
        Note.save_one(deep)
    with pytest.raises(ValidationError, match=r'items\[1\]\.free'):
        Note.save_many([{'id': 'a'}, deep])
    result = Note.bulk_save([{'id': 'a'}, deep, {'id': 'b'}])
    assert (result.success_count, result.fail) == (2, [deep])


def test_values_nest_as_deeply_as_dynamodb_lets_them(notes):
    """The value itself is a level, and so is the item."""
    assert Note.save_one({'id': 'a', 'free': nested(30)}).free == nested(30)
    assert Note.get_one('a').free == nested(30)


def test_a_constructor_that_refuses_an_item_is_reported_with_its_place(notes):
    bad = {'n': 3}
    with pytest.raises(ValidationError, match=r'save_many: items\[1\].*constructor'):
        Picky.save_many([{'id': 'a'}, bad])
    result = Picky.bulk_save([{'id': 'a'}, bad, {'id': 'b'}])
    assert (result.success_count, result.fail) == (2, [bad])
    assert 'items[1]' in str(result.errors[0])


def test_an_item_that_was_read_in_part_is_named_by_its_place(notes):
    Note.save_one({'id': 'a', 'n': 1})
    part = Note.get_one('a', only=['n'])
    with pytest.raises(PartialItemError, match=r'Note\.save_many: items\[1\]'):
        Note.save_many([{'id': 'b'}, part])
    assert Note.count() == 1


@pytest.fixture
def proxy(notes, engine):
    with fault_proxy(engine.endpoint_url) as proxy:
        Connection.set_config(endpoint_url=proxy.url, batch_attempts=3)
        yield proxy


THROTTLING = Reply(
    400, {}, b'{"__type": "x#ProvisionedThroughputExceededException", "message": "slow down"}'
)
#: So many requests end the tries of botocore.
ATTEMPTS = 4

SINGLY = {
    'save_many': ('PutItem', lambda ids: Note.save_many([{'id': i} for i in ids], overwrite=False)),
    'versioned': ('PutItem', lambda ids: Versioned.save_many([{'id': i} for i in ids])),
    'bulk_save': ('PutItem', lambda ids: Versioned.bulk_save({'id': i} for i in ids)),
    'update_many': ('UpdateItem', lambda ids: Note.update_many(list(ids), [Note.n.set(1)])),
    'delete_many': (
        'DeleteItem',
        lambda ids: Note.delete_many([(Note.id == i) & (Note.n == None) for i in ids]),
    ),
}


@pytest.mark.parametrize('name', SINGLY)
def test_what_is_sent_singly_backs_off_too(proxy, pauses, name):
    """Throttling that outlasts botocore's tries ends within those of the batch."""
    operation, write = SINGLY[name]
    if operation != 'PutItem':
        Note.save_many([{'id': i} for i in 'abc'])
    proxy.plan(operation, *[answered(THROTTLING)] * (2 * ATTEMPTS))
    result = write('abc')
    assert (result.success_count, result.fail_count) == (3, 0)
    assert proxy.seen.count(operation) == 2 * ATTEMPTS + 3
    assert len(pauses) == 2 * ATTEMPTS


@pytest.mark.parametrize('name', SINGLY)
def test_throttling_that_lasts_ends_within_bounds(proxy, pauses, name):
    operation, write = SINGLY[name]
    if operation != 'PutItem':
        Note.save_many([{'id': i} for i in 'abcdef'])
    proxy.plan(operation, *[answered(THROTTLING)] * 400)
    try:
        errors = write('abcdef').errors
    except ThrottledError as error:
        errors = error.batch_result.errors
    assert {type(error) for error in errors} == {ThrottledError}
    assert len(errors) == 6
    # Three items at most, and one of a stream, are tried three times each.
    assert proxy.seen.count(operation) <= 3 * 3 * ATTEMPTS
    assert 'not sent' in str(errors[-1])
    assert 'not sent' not in str(errors[0])


@pytest.mark.parametrize('fault', [internal_error, html_502], ids=['500', '502'])
@pytest.mark.parametrize('workers', [1, 3])
def test_a_failure_of_the_server_leaves_a_write_open(proxy, pauses, fault, workers):
    """It may be done all the same, and here it is."""
    proxy.plan('PutItem', *[applied(fault)] * ATTEMPTS)
    with pytest.raises(RequestError, match='not known whether the write is done'):
        Note.save_one({'id': 'a'})
    proxy.plan('BatchWriteItem', *[applied(fault)] * ATTEMPTS)
    with pytest.raises(RequestError, match='not known whether the write is done'):
        Note.save_many([{'id': 'b'}], workers=workers)
    assert {note.id for note in Note.get_many(Note.id.exists())} == {'a', 'b'}


@pytest.mark.parametrize(
    'left',
    [b'[{"PutRequest": {"Item": {"id": {"S": "other"}}}}]', b'[{"PutRequest": {}}]', b'[3]'],
)
def test_unprocessed_items_that_were_never_sent_are_damage(proxy, pauses, left):
    body = b'{"UnprocessedItems": {"%s": %s}}' % (Note.table_name().encode(), left)
    proxy.plan('BatchWriteItem', answered(Reply(200, {}, body)))
    result = Note.save_many([{'id': 'a'}])
    assert result.success == []
    assert 'the reply is damaged' in str(result.errors[0])


def test_the_way_to_credentials_is_named(aws_environment, monkeypatch):
    Connection.reset()
    monkeypatch.setattr(
        'botocore.credentials.CredentialResolver.load_credentials', lambda self: None
    )
    with pytest.raises(RequestError, match=r'Connection\.set_config\(\).*local_dynamodb'):
        Note.get_one('a')
    Connection.reset()
