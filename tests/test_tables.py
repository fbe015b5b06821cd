"""Tables: their options, made, described, brought in step and deleted."""

import pytest

from dynamongo import (
    Difference,
    FloatField,
    GlobalIndex,
    IntField,
    ListField,
    LocalIndex,
    Model,
    RequestError,
    SchemaError,
    StringField,
    TableDiff,
    TableNotFoundError,
    TimedeltaField,
    TimestampField,
    ValidationError,
    _table_requests,
    _tables,
)
from dynamongo.connection import Connection
from tests.engines.recorder import SentRequests
from tests.offline import offline_table

pytestmark = pytest.mark.broad


def declare(base=Model, /, **namespace):
    """Make a model class of these attributes, valid ones unless they say otherwise."""
    body = {'__table__': 'things', '__hash_key__': 'id', 'id': StringField()}
    if base is not Model:
        body = {}
    return type(Model)('Thing', (base,), {**body, **namespace})


def options(**values):
    return {f'__{name}__': value for name, value in values.items()}


class Session(Model):
    """A model that says all that can be said of a table."""

    __table__ = 'sessions'
    __hash_key__ = 'id'
    __range_key__ = 'number'
    __billing_mode__ = 'PAY_PER_REQUEST'
    __ttl__ = 'expires'
    __stream__ = 'NEW_AND_OLD_IMAGES'
    __tags__ = {'team': 'shop', 'stage': 'test'}
    __encryption__ = 'KMS'
    __point_in_time_recovery__ = True
    __deletion_protection__ = False
    __table_class__ = 'STANDARD'

    id = StringField()
    number = IntField()
    user = StringField()
    expires = IntField(attribute='x')
    by_user = GlobalIndex('user', 'expires', projection='keys')
    by_expires = LocalIndex('expires')


class Plain(Model):
    """The same table, as an older program may have made it."""

    __table__ = 'sessions'
    __hash_key__ = 'id'
    __range_key__ = 'number'
    __read_units__ = 2
    __write_units__ = 3

    id = StringField()
    number = IntField()


class Wide(Plain):
    """The same with more of everything."""

    __read_units__ = 4
    __ttl__ = 'expires'
    __stream__ = 'KEYS_ONLY'

    user = StringField()
    expires = IntField()
    by_user = GlobalIndex('user', 'expires')
    by_expires = GlobalIndex('expires', projection=['user'], write_units=7)


@pytest.fixture
def tables(connection, shared_client, engine, worker_id, request):
    """A prefix of the test's own, on a client that all share; what engines lack is seen by it."""
    prefix = shared_client[0]
    connection.set_config(table_prefix=f'{prefix}{len(shared_client[2])}-')
    shared_client[2].append(request.node.name)
    return connection


# Options


@pytest.mark.parametrize(
    ('namespace', 'message'),
    [
        (
            options(billing_mode='FREE'),
            '__billing_mode__ must be one of None, PROVISIONED, PAY_PER_REQUEST',
        ),
        (options(stream='ALL'), '__stream__ must be one of None, False, KEYS_ONLY, NEW_IMAGE'),
        (options(stream=True), '__stream__ must be one of'),
        (options(table_class='CHEAP'), '__table_class__ must be one of None, STANDARD'),
        (options(deletion_protection='yes'), '__deletion_protection__ must be True or False'),
        (options(point_in_time_recovery=1), '__point_in_time_recovery__ must be True or False'),
        (options(encryption=True), "__encryption__ must be None, 'KMS', or the id"),
        (options(encryption=''), '__encryption__ must be'),
        (options(tags=['a']), '__tags__ must be a dict of str to str'),
        (options(tags={'a': 1}), '__tags__ must be a dict of str to str'),
        (options(tags={'': 'x'}), 'a key has 1 to 128 characters'),
        (options(tags={'AWS:x': 'x'}), "doesn't begin with aws:"),
        (options(tags={'a': 'x' * 257}), "__tags__ 'a': a value has at most 256 characters"),
        (options(tags={str(number): '' for number in range(51)}), 'at most 50 tags'),
        (options(ttl='expires'), 'has no field .* for its __ttl__'),
        (options(ttl='id'), "__ttl__ 'id': .* a field of numbers, not StringField"),
        (
            {**options(ttl='times'), 'times': ListField(IntField)},
            'a field of numbers, not ListField',
        ),
        (options(ttl=IntField()), '__ttl__ takes the name of a field'),
        (options(tags=IntField()), '__tags__ takes no field'),
        (options(time_to_live='x'), '__time_to_live__ is no option; did you mean __ttl__'),
        (options(streams='x'), 'did you mean __stream__'),
        (
            options(billing_mode='PAY_PER_REQUEST', read_units=3, write_units=3),
            'provisions nothing; remove __read_units__ and __write_units__',
        ),
        (
            {
                **options(billing_mode='PAY_PER_REQUEST'),
                'by_id': GlobalIndex('id', read_units=3),
            },
            'remove by_id',
        ),
    ],
)
def test_options_that_cannot_work_are_refused(namespace, message):
    with pytest.raises(SchemaError, match=message) as caught:
        declare(**namespace)
    assert 'Thing' in str(caught.value)


@pytest.mark.parametrize(
    'field', [IntField(), FloatField(), TimedeltaField(), TimestampField()], ids=repr
)
def test_a_ttl_is_a_field_of_numbers(field):
    model = declare(expires=field, **options(ttl='expires'))
    assert model._schema.options.ttl is model.expires


def test_options_are_inherited():
    """From classes without a table too, which need not have the fields."""

    class Base(Model):
        __abstract__ = True
        __ttl__ = 'expires'
        __tags__ = {'team': 'shop'}
        __read_units__ = 3

    body = {'__table__': 'things', '__hash_key__': 'id', 'id': StringField(), 'expires': IntField()}
    found = declare(Base, **body)._schema.options
    assert (found.ttl._name, found.tags, found.read_units) == ('expires', {'team': 'shop'}, 3)
    other = declare(Base, **body, **options(billing_mode='PAY_PER_REQUEST', read_units=None))
    assert other._schema.options.billing_mode == 'PAY_PER_REQUEST'
    with pytest.raises(SchemaError, match='remove __read_units__'):
        declare(Base, **body, **options(billing_mode='PAY_PER_REQUEST'))


def test_create_table_requests():
    """What a table can be made with is in one request, which botocore takes."""
    request = _table_requests.create_table(
        declare(
            Session, **options(table_class='STANDARD_INFREQUENT_ACCESS', deletion_protection=True)
        )._schema
    )
    assert request == {
        'AttributeDefinitions': [
            {'AttributeName': 'id', 'AttributeType': 'S'},
            {'AttributeName': 'number', 'AttributeType': 'N'},
            {'AttributeName': 'user', 'AttributeType': 'S'},
            {'AttributeName': 'x', 'AttributeType': 'N'},
        ],
        'KeySchema': [
            {'AttributeName': 'id', 'KeyType': 'HASH'},
            {'AttributeName': 'number', 'KeyType': 'RANGE'},
        ],
        'BillingMode': 'PAY_PER_REQUEST',
        'GlobalSecondaryIndexes': [
            {
                'IndexName': 'by_user',
                'KeySchema': [
                    {'AttributeName': 'user', 'KeyType': 'HASH'},
                    {'AttributeName': 'x', 'KeyType': 'RANGE'},
                ],
                'Projection': {'ProjectionType': 'KEYS_ONLY'},
            }
        ],
        'LocalSecondaryIndexes': [
            {
                'IndexName': 'by_expires',
                'KeySchema': [
                    {'AttributeName': 'id', 'KeyType': 'HASH'},
                    {'AttributeName': 'x', 'KeyType': 'RANGE'},
                ],
                'Projection': {'ProjectionType': 'ALL'},
            }
        ],
        'StreamSpecification': {'StreamEnabled': True, 'StreamViewType': 'NEW_AND_OLD_IMAGES'},
        'SSESpecification': {'Enabled': True, 'SSEType': 'KMS'},
        'Tags': [{'Key': 'team', 'Value': 'shop'}, {'Key': 'stage', 'Value': 'test'}],
        'DeletionProtectionEnabled': True,
        'TableClass': 'STANDARD_INFREQUENT_ACCESS',
    }
    offline_table().meta.client.create_table(TableName='things', **request)


# Names


METHODS = ['delete_table', 'describe_table', 'sync_table', 'table_diff']


def test_fields_may_bear_the_names_of_the_methods(tables):
    """Then the fields win, and the other methods do without."""
    model = declare(**{name: StringField() for name in METHODS})
    assert all(isinstance(getattr(model, name), StringField) for name in METHODS)
    model.create_table()
    saved = model.save_one({'id': 'a', **{name: name for name in METHODS}})
    assert model.get_one('a') == saved
    only = declare(describe_table=StringField(), create_all=StringField())
    assert not only.sync_table()
    assert not only.table_diff()
    only.delete_table()


@pytest.mark.parametrize('name', METHODS)
def test_fields_that_the_methods_hide_are_refused(name):
    mixin = type('Mixin', (), {name: StringField()})
    with pytest.raises(SchemaError, match=f'{name}: Model hides the field'):
        type(Model)('Thing', (Model, mixin), {'__table__': 'things', '__hash_key__': name})


def test_abstract_models_have_no_table():
    for name in METHODS:
        with pytest.raises(SchemaError, match='abstract'):
            getattr(Model, name)()


# Creating, describing, deleting


def test_a_table_is_made_as_it_is_declared(tables, engine):
    """Seen by a client of the tests' own; what DynamoDB Local lacks is left out of it."""
    Session.create_table()
    table = engine.client.describe_table(TableName=Session.table_name())['Table']
    assert table['BillingModeSummary']['BillingMode'] == 'PAY_PER_REQUEST'
    assert table['StreamSpecification']['StreamViewType'] == 'NEW_AND_OLD_IMAGES'
    ttl = engine.client.describe_time_to_live(TableName=Session.table_name())
    assert ttl['TimeToLiveDescription'] == {
        'TimeToLiveStatus': 'ENABLED',
        'AttributeName': 'x',
    }
    found = Session.table_diff()
    assert not found, str(found)
    if engine.name == 'moto':
        assert found.unavailable == ()
    else:
        assert found.unavailable == ('tags', 'point-in-time recovery', 'encryption')


def test_describe_table_says_what_the_engine_has(tables, engine):
    """The terms are DynamoDB's; neither tags nor backups are known to DynamoDB Local."""
    Session.create_table()
    described = Session.describe_table()
    assert type(described) is dict
    assert described['TableName'] == Session.table_name()
    assert described['TableStatus'] == 'ACTIVE'
    assert described['TimeToLiveDescription']['AttributeName'] == 'x'
    if engine.name == 'moto':
        assert {'Key': 'team', 'Value': 'shop'} in described['Tags']
        backups = described['ContinuousBackupsDescription']['PointInTimeRecoveryDescription']
        assert backups['PointInTimeRecoveryStatus'] == 'ENABLED'
    elif engine.name == 'dynamodb-local':
        assert not {'Tags', 'ContinuousBackupsDescription'} & described.keys()


def test_all_pages_of_tags_are_read(tables, monkeypatch):
    replies = {
        None: {'Tags': [{'Key': 'a', 'Value': '1'}], 'NextToken': 'more'},
        'more': {'Tags': [{'Key': 'b', 'Value': '2'}]},
    }
    call = _tables._execute.call_client

    def answer(schema, operation, request):
        if operation == 'list_tags_of_resource':
            return replies[request.get('NextToken')]
        return call(schema, operation, request)

    Plain.create_table()
    monkeypatch.setattr(_tables._execute, 'call_client', answer)
    assert [tag['Key'] for tag in Plain.describe_table()['Tags']] == ['a', 'b']


def test_an_existing_table_is_left_as_it_is(tables, sent):
    Plain.create_table()
    sent.clear()
    Wide.create_table(exist_ok=True)
    assert set(sent.operations) == {'CreateTable', 'DescribeTable'}
    assert 'ttl' in [each.what for each in Wide.table_diff()]


def test_what_needs_a_ready_table_is_left_where_nothing_is_waited_for(tables, sent):
    Session.create_table(wait=False)
    assert sent.operations == ['CreateTable']


def test_a_table_is_deleted(tables):
    Plain.create_table()
    Plain.delete_table()
    with pytest.raises(TableNotFoundError, match=r'Plain\.delete_table on table'):
        Plain.delete_table()
    Plain.delete_table(missing_ok=True)
    for method in (Plain.describe_table, lambda: Plain.get_one(('a', 1))):
        with pytest.raises(TableNotFoundError):
            method()


def test_nothing_is_waited_for_unless_asked(tables, sent):
    Plain.create_table(wait=False)
    Plain.delete_table(wait=False)
    assert sent.operations == ['CreateTable', 'DeleteTable']


def test_a_protected_table_is_not_deleted(tables, engine):
    model = declare(**options(deletion_protection=True))
    model.create_table()
    try:
        with pytest.raises(RequestError, match='rotect') as caught:
            model.delete_table(missing_ok=True)
        assert caught.value.code == 'ValidationException'
        assert not model.table_diff()
    finally:
        name = model.table_name()
        engine.client.update_table(TableName=name, DeletionProtectionEnabled=False)


# In step


def test_a_table_is_brought_in_step(tables, engine, sent):
    """The throughput of table and index at once; the items stay."""

    class Older(Plain):
        expires = IntField()
        user = StringField()
        by_expires = GlobalIndex('expires', projection=['user'])

    Older.create_table()
    Older.save_one({'id': 'a', 'number': 1, 'user': 'u', 'expires': 5})
    planned = Wide.sync_table(dry_run=True)
    assert planned == Wide.table_diff()
    assert [each.what for each in planned] == ['ttl', 'throughput', 'index by_user', 'stream']
    sent.clear()
    assert Wide.sync_table() == planned
    changes = [operation for operation in sent.operations if not operation.startswith('Describe')]
    assert changes == ['UpdateTimeToLive', *['UpdateTable'] * 3]
    assert not Wide.table_diff()
    assert not Wide.sync_table()
    units = {
        each['IndexName']: tuple(
            each['ProvisionedThroughput'][name]
            for name in ('ReadCapacityUnits', 'WriteCapacityUnits')
        )
        for each in Wide.describe_table()['GlobalSecondaryIndexes']
    }
    assert units == {'by_user': (4, 3), 'by_expires': (4, 7)}
    assert [each.id for each in Wide.get_many(Wide.user == 'u', index='by_user')] == ['a']


def test_an_older_model_takes_nothing_away(tables):
    """What is there and not declared is told, and stays."""
    Wide.create_table()
    before = Wide.describe_table()
    left = Plain.sync_table().left
    assert [each.what for each in left] == ['ttl', 'index by_expires', 'index by_user']
    assert all(each.declared is None for each in left)
    after = Wide.describe_table()
    assert after['GlobalSecondaryIndexes'] == before['GlobalSecondaryIndexes']
    assert after['TimeToLiveDescription'] == before['TimeToLiveDescription']


def test_the_billing_mode_changes_both_ways(tables):
    """An index that isn't declared gets the throughput of the table."""

    class OnDemand(Wide):
        __billing_mode__ = 'PAY_PER_REQUEST'
        __read_units__ = __write_units__ = None
        by_expires = GlobalIndex('expires', projection=['user'])

    class Back(Wide):
        __billing_mode__ = 'PROVISIONED'
        by_user = None

    Wide.create_table()
    assert [each.what for each in OnDemand.sync_table()] == ['billing mode']
    assert not OnDemand.table_diff()
    assert OnDemand.describe_table()['BillingModeSummary']['BillingMode'] == 'PAY_PER_REQUEST'
    assert [each.what for each in Back.sync_table().mendable] == ['billing mode']
    described = Back.describe_table()
    units = {
        each['IndexName']: each['ProvisionedThroughput']['WriteCapacityUnits']
        for each in described['GlobalSecondaryIndexes']
    }
    assert units == {'by_user': 3, 'by_expires': 7}


def test_units_alone_do_not_change_the_billing_mode(tables):
    """Whoever has made the table paid for by request isn't overruled by them."""

    class OnDemand(Plain):
        __billing_mode__ = 'PAY_PER_REQUEST'
        __read_units__ = __write_units__ = None

    class Indexed(Plain):
        __read_units__ = __write_units__ = None
        user = StringField()
        by_user = GlobalIndex('user', read_units=5)

    OnDemand.create_table()
    done = Indexed.sync_table()
    assert [each.what for each in done.mendable] == ['index by_user']
    assert [(each.what, each.declared) for each in done.left] == [
        ('throughput', '5 read units of by_user')
    ]
    assert Plain.sync_table().left[0].declared == '__read_units__ 2, __write_units__ 3'
    assert not OnDemand.sync_table().mendable


def test_a_diff_says_what_has_been_done(tables):
    """Its text has a word for each difference, which tells the plan from the deed."""

    class Indexed(Plain):
        __stream__ = 'KEYS_ONLY'
        by_number = LocalIndex('number')

    Plain.create_table()
    for diff, word in (
        (Indexed.table_diff(), 'to mend'),
        (Indexed.sync_table(dry_run=True), 'would be mended'),
        (Indexed.sync_table(wait=False), 'mended'),
    ):
        _, index, stream = str(diff).splitlines()
        assert index.split('  ')[1] == 'left'
        assert stream.startswith(f'  {word}  stream: ')
    assert str(Wide.sync_table(dry_run=True)).count('DynamoDB deletes every item') == 1


def test_a_missing_table_is_made(tables):
    planned = Session.sync_table(dry_run=True)
    assert [each.what for each in planned] == ['table']
    assert planned == Session.table_diff()
    done = Session.sync_table()
    assert [each.what for each in done] == ['table']
    assert done.unavailable == Session.table_diff().unavailable
    assert not Session.table_diff()


def test_what_has_to_wait_is_left_to_the_next_call(tables):
    """Where nothing is waited for, one change is begun."""

    class Wider(Wide):
        by_user = by_expires = None

    Plain.create_table()
    first = Wider.sync_table(wait=False)
    assert [each.what for each in first.mendable] == ['ttl', 'throughput']
    assert [each.what for each in first.left] == ['stream']
    assert all('call sync_table() again' in each.reason for each in first.left)
    assert [each.what for each in Wider.sync_table(wait=False).mendable] == ['stream']
    assert not Wider.table_diff()


def test_a_missing_table_is_begun(tables):
    class Expiring(Wide):
        __point_in_time_recovery__ = True

    found = Expiring.sync_table(wait=False)
    assert [each.what for each in found.mendable] == ['table']
    assert [each.what for each in found.left] == ['ttl', 'point-in-time recovery']
    assert 'ttl' in [each.what for each in Expiring.sync_table().mendable]
    assert not Expiring.table_diff()


@pytest.fixture
def script(monkeypatch, connection):
    """Answer requests by a script: what was sent, a dict of replies by operation, the pauses."""
    sent, replies, pauses = SentRequests(), {}, []

    def answer(schema, operation, request):
        sent.append((operation, request))
        reply = replies[operation]
        reply = reply.pop(0) if isinstance(reply, list) else reply
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr(_tables._execute, 'call_client', answer)
    monkeypatch.setattr(_tables._execute, 'wait_for_table', lambda *args: None)
    monkeypatch.setattr(_tables.time, 'sleep', pauses.append)
    return sent, replies, pauses


ID = [{'AttributeName': 'id', 'AttributeType': 'S'}]


def table(status='ACTIVE', **more):
    key = [{'AttributeName': 'id', 'KeyType': 'HASH'}]
    return {
        'Table': {
            'TableStatus': status,
            'TableArn': 'arn',
            'KeySchema': key,
            'AttributeDefinitions': ID,
            **more,
        }
    }


DISABLED = {'TimeToLiveDescription': {'TimeToLiveStatus': 'DISABLED'}}
CREATING = table(GlobalSecondaryIndexes=[{'IndexName': 'x', 'IndexStatus': 'CREATING'}])


def test_a_table_that_is_being_changed_is_waited_for(script):
    """That is so while one of its indexes is. The pauses grow, up to a limit."""
    sent, replies, pauses = script
    slow = [table('UPDATING'), *[CREATING] * 20]
    replies.update(
        describe_table=[*slow, table(), table(), *slow, table()],
        describe_time_to_live=DISABLED,
        update_table={},
    )
    model = declare(**options(deletion_protection=True))
    assert [each.what for each in model.sync_table()] == ['deletion protection']
    assert sent.operations.count('update_table') == 1
    assert pauses[:20] == sorted(pauses[:20])
    assert (pauses[0], max(pauses)) == (_tables.FIRST_PAUSE, _tables.LONGEST_PAUSE)


def test_indexes_are_added_one_at_a_time(script):
    """DynamoDB takes one in a request, with the types of all keys, and none while it makes one."""
    sent, replies, _ = script
    one = table(AttributeDefinitions=[*ID, {'AttributeName': 'a', 'AttributeType': 'S'}])
    replies.update(
        describe_table=[table(), CREATING, one, table()],
        describe_time_to_live=DISABLED,
        update_table=[{}, {}],
    )
    fields = {'a': StringField(), 'b': IntField()}
    model = declare(**fields, by_a=GlobalIndex('a'), by_b=GlobalIndex('b', 'a'))
    assert [each.what for each in model.sync_table()] == ['index by_a', 'index by_b']
    begun = [(operation, request) for operation, request in sent if operation == 'update_table']
    types = [
        {each['AttributeName']: each['AttributeType'] for each in request['AttributeDefinitions']}
        for _, request in begun
    ]
    assert types == [{'id': 'S', 'a': 'S'}, {'id': 'S', 'a': 'S', 'b': 'N'}]
    assert [len(request['GlobalSecondaryIndexUpdates']) for _, request in begun] == [1, 1]
    assert sent.operations == [
        'describe_table', 'describe_time_to_live',
        'update_table', 'describe_table', 'describe_table', 'update_table', 'describe_table',
    ]  # fmt: skip


def test_a_table_that_is_being_changed_is_not_changed_without_waiting(script):
    sent, replies, _ = script
    replies.update(describe_table=table('UPDATING'), describe_time_to_live=DISABLED)
    found = declare(**options(deletion_protection=True)).sync_table(wait=False)
    assert [(each.what, each.mendable) for each in found] == [('deletion protection', False)]
    assert set(sent.operations) == {'describe_table', 'describe_time_to_live'}


@pytest.fixture
def gone(script, monkeypatch):
    """What waiters are asked for; the script goes on with the table that is gone."""
    waited = []
    monkeypatch.setattr(
        _tables._execute, 'wait_for_table', lambda schema, *wanted: waited.append(wanted)
    )
    return waited


MISSING = TableNotFoundError('gone', code='ResourceNotFoundException')


def test_sync_makes_a_table_again_once_it_is_gone(script, gone):
    sent, replies, _ = script
    replies.update(
        describe_table=[table('DELETING'), MISSING, table()],
        describe_time_to_live=DISABLED,
        create_table={},
    )
    assert [each.what for each in declare().sync_table()] == ['table']
    assert sent.operations[:3] == ['describe_table', 'describe_table', 'create_table']
    assert gone[0] == ('sync_table', 'table_not_exists')


@pytest.mark.parametrize('options_', [{'wait': False}, {'dry_run': True}], ids=str)
def test_sync_leaves_a_table_that_is_being_deleted(script, gone, options_):
    """It asks no more of it, either: DynamoDB may not answer."""
    sent, replies, _ = script
    replies.update(describe_table=table('DELETING'))
    (left,) = declare().sync_table(**options_).left
    assert (left.what, left.actual) == ('table', 'DELETING')
    assert (sent.operations, gone) == (['describe_table'], [])


@pytest.mark.parametrize('found', [table('DELETING'), MISSING], ids=['going', 'gone'])
def test_a_table_that_is_being_deleted_is_made_again(script, gone, found):
    sent, replies, _ = script
    replies.update(create_table=[refused('ResourceInUseException'), {}], describe_table=found)
    declare().create_table(exist_ok=True)
    assert sent.operations == ['create_table', 'describe_table', 'create_table']
    assert [state for _, state in gone] == ['table_not_exists', 'table_exists']


def test_a_table_that_is_being_deleted_is_no_table_that_exists(script, gone):
    script[1].update(
        create_table=refused('ResourceInUseException'), describe_table=table('DELETING')
    )
    with pytest.raises(RequestError, match=r'Thing\.create_table on .* is being deleted') as caught:
        declare().create_table(exist_ok=True, wait=False)
    assert caught.value.code == 'ResourceInUseException'
    assert gone == []


@pytest.mark.parametrize(
    ('method', 'flag'),
    [
        ('create_table', 'exist_ok'),
        ('create_table', 'wait'),
        ('delete_table', 'missing_ok'),
        ('delete_table', 'wait'),
        ('sync_table', 'dry_run'),
        ('sync_table', 'wait'),
    ],
)
@pytest.mark.parametrize('value', ['no', 0, None])
def test_flags_are_true_or_false(script, method, flag, value):
    """A text that is true would change a table that was to be looked at."""
    with pytest.raises(ValidationError, match=rf'Thing\.{method}: {flag} is True or False'):
        getattr(declare(), method)(**{flag: value})
    assert script[0] == []


def test_patience_ends(script, monkeypatch):
    monkeypatch.setattr(_tables, 'PATIENCE', -1)
    script[1].update(describe_table=table('UPDATING'), describe_time_to_live=DISABLED)
    with pytest.raises(RequestError, match=r'Thing\.sync_table on table .* still being changed'):
        declare().sync_table()


def refused(code):
    return RequestError('refused', code=code)


def test_backups_of_a_new_table_are_waited_for(script):
    """DynamoDB makes a table before it can take backups of it."""
    sent, replies, pauses = script
    early = refused('ContinuousBackupsUnavailableException')
    replies.update(create_table={}, update_continuous_backups=[early, early, {}])
    declare(**options(point_in_time_recovery=True)).create_table()
    assert sent.operations == ['create_table', *['update_continuous_backups'] * 3]
    assert len(pauses) == 2


def test_backups_are_not_waited_for_endlessly(script, monkeypatch):
    monkeypatch.setattr(_tables, 'BACKUPS_PATIENCE', -1)
    early = refused('ContinuousBackupsUnavailableException')
    script[1].update(create_table={}, update_continuous_backups=early)
    with pytest.raises(RequestError):
        declare(**options(point_in_time_recovery=True)).create_table()


@pytest.mark.parametrize('code', ['AccessDeniedException', 'LimitExceededException'])
@pytest.mark.parametrize(
    'operation', ['describe_time_to_live', 'describe_continuous_backups', 'list_tags_of_resource']
)
def test_what_may_not_be_asked_is_an_error(script, operation, code):
    """It must not pass for what the engine doesn't have."""
    script[1].update(
        {
            'describe_table': table(),
            'describe_time_to_live': DISABLED,
            'describe_continuous_backups': {'ContinuousBackupsDescription': {}},
            'list_tags_of_resource': {'Tags': []},
            operation: refused(code),
        }
    )
    with pytest.raises(RequestError):
        declare().describe_table()


def test_a_diff_asks_for_no_more_than_it_compares(tables, sent):
    """So a model that says little needs few permissions."""
    Plain.create_table()
    sent.clear()
    Plain.table_diff()
    assert sent.operations == ['DescribeTable', 'DescribeTimeToLive']
    sent.clear()
    Session.table_diff()
    assert sorted(sent.operations) == [
        'DescribeContinuousBackups', 'DescribeTable', 'DescribeTimeToLive', 'ListTagsOfResource'
    ]  # fmt: skip


def test_the_prefix_of_the_connection_holds(tables, sent):
    with Connection.using(table_prefix=f'{Connection.table_prefix}inner-'):
        Wide.create_table()
        assert not Wide.table_diff()
        assert Wide.table_diff().table.endswith('inner-sessions')
        names = {params.get('TableName') for _, params in sent}
        assert names == {Wide.table_name()}
    assert Wide.table_diff() == TableDiff(
        Wide.table_name(), [Difference('table', Wide.table_name(), None)]
    )


@pytest.mark.faithful('moto sets what is on already, and has no rule for another attribute')
def test_dynamodb_takes_no_other_ttl(tables, engine):
    """What is reported as left would be refused."""
    Wide.create_table()
    other = type(Model)('Other', (Wide,), {'__ttl__': 'number'})
    (left,) = other.sync_table().left
    assert (left.what, left.declared, left.actual) == ('ttl', "'number'", "'expires'")
    with pytest.raises(engine.client.exceptions.ClientError):
        engine.client.update_time_to_live(
            TableName=Wide.table_name(),
            TimeToLiveSpecification={'Enabled': True, 'AttributeName': 'number'},
        )


def test_tags_and_backups_are_mended_where_there_are_any(tables, engine):
    """moto has them; DynamoDB Local hasn't, which is no difference."""

    class Tagged(Plain):
        __tags__ = {'team': 'shop'}
        __point_in_time_recovery__ = True

    Plain.create_table()
    found = Tagged.sync_table()
    if engine.name == 'moto':
        assert [each.what for each in found] == ['point-in-time recovery', 'tags']
    elif engine.name == 'dynamodb-local':
        assert (found.mendable, found.unavailable) == ((), ('tags', 'point-in-time recovery'))
    assert not Tagged.table_diff()


# Classes that share a table


class Event(Model):
    __table__ = 'events'
    __hash_key__ = 'id'
    __discriminator__ = 'kind'
    __billing_mode__ = 'PAY_PER_REQUEST'
    __ttl__ = 'expires'

    id = StringField()
    expires = IntField(attribute='x')


class Visit(Event):
    page = StringField()
    by_page = GlobalIndex('page')


class Sale(Event):
    __stream__ = None
    __ttl__ = 'expires'

    amount = IntField()


def test_each_class_of_a_table_stands_for_all_of_it(tables):
    """Its indexes and its options are those of the table, whichever class is asked."""
    Sale.create_table()
    for model in (Event, Visit, Sale):
        assert not model.table_diff()
    assert [each['IndexName'] for each in Sale.describe_table()['GlobalSecondaryIndexes']] == [
        'by_page'
    ]
    Event.delete_table()
    assert [each.what for each in Visit.table_diff()] == ['table']


@pytest.mark.parametrize(
    'namespace',
    [
        options(ttl=None),
        options(tags={'team': 'shop'}),
        options(stream='KEYS_ONLY'),
        options(billing_mode='PROVISIONED'),
        options(deletion_protection=True),
        {**options(ttl='expires'), 'expires': IntField(attribute='y')},
    ],
    ids=lambda namespace: next(iter(namespace)),
)
def test_the_classes_of_a_table_share_its_options(namespace):
    option = next(iter(namespace))
    with pytest.raises(SchemaError, match=f'Other {option} is that of the table.* set it in Event'):
        type(Model)('Other', (Event,), namespace)
