"""Models compared with descriptions of tables, and the requests that mend what differs."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    Difference,
    FloatField,
    GlobalIndex,
    IntField,
    LocalIndex,
    Model,
    StringField,
    TableDiff,
    _table_requests,
)
from dynamongo._table_diff import compare
from tests.offline import offline_table

pytestmark = pytest.mark.broad

ARN = 'arn:aws:dynamodb:us-east-2:123456789012:table/things'
KEY_ARN = 'arn:aws:kms:us-east-2:123456789012:key/0aeba0cd'


def declare(**namespace):
    """Return the schema of a model of these attributes, valid ones unless they say otherwise."""
    body = {
        '__table__': 'things',
        '__hash_key__': 'id',
        '__range_key__': 'number',
        'id': StringField(),
        'number': IntField(),
        'name': StringField(attribute='n'),
        'expires': IntField(attribute='x'),
        'score': FloatField(),
        **namespace,
    }
    return type(Model)('Thing', (Model,), body)._schema


def options(**values):
    return {f'__{name}__': value for name, value in values.items()}


def described(schema, **changes):
    """Return what DynamoDB says of a table that has just been made as the model declares it."""
    request = copy.deepcopy(_table_requests.create_table(schema))
    table = {'TableName': 'things', 'TableArn': ARN, 'TableStatus': 'ACTIVE'}
    table.update((name, request[name]) for name in ('AttributeDefinitions', 'KeySchema'))
    table['ProvisionedThroughput'] = request.get('ProvisionedThroughput', units(0, 0))
    if 'BillingMode' in request:
        table['BillingModeSummary'] = {'BillingMode': request['BillingMode']}
    for name in ('GlobalSecondaryIndexes', 'LocalSecondaryIndexes'):
        if name in request:
            table[name] = request[name]
    for index in table.get('GlobalSecondaryIndexes', ()):
        index.setdefault('ProvisionedThroughput', units(0, 0))
        index['IndexStatus'] = 'ACTIVE'
    if 'StreamSpecification' in request:
        table['StreamSpecification'] = request['StreamSpecification']
    if 'SSESpecification' in request:
        key = request['SSESpecification'].get('KMSMasterKeyId', '0aeba0cd')
        arn = key if key.startswith('arn:') else f'arn:aws:kms:us-east-2:123456789012:key/{key}'
        table['SSEDescription'] = {'Status': 'ENABLED', 'SSEType': 'KMS', 'KMSMasterKeyArn': arn}
    if 'TableClass' in request:
        table['TableClassSummary'] = {'TableClass': request['TableClass']}
    table['DeletionProtectionEnabled'] = request.get('DeletionProtectionEnabled', False)
    ttl = schema.options.ttl
    table['TimeToLiveDescription'] = time_to_live('DISABLED' if ttl is None else 'ENABLED', ttl)
    table['Tags'] = request.get('Tags', [])
    table['ContinuousBackupsDescription'] = backups(schema.options.point_in_time_recovery)
    table.update(changes)
    return {name: value for name, value in table.items() if value is not None}


def units(read, write):
    return {'ReadCapacityUnits': read, 'WriteCapacityUnits': write}


def time_to_live(status, field=None):
    name = {} if field is None else {'AttributeName': getattr(field, '_key', field)}
    return {'TimeToLiveStatus': status, **name}


def backups(on):
    status = 'ENABLED' if on else 'DISABLED'
    return {'PointInTimeRecoveryDescription': {'PointInTimeRecoveryStatus': status}}


def stream(view):
    return {'StreamEnabled': True, 'StreamViewType': view}


def global_index(name, key, kind='ALL', listed=None, **more):
    projection = {'ProjectionType': kind, **({'NonKeyAttributes': listed} if listed else {})}
    return {
        'IndexName': name,
        'KeySchema': [{'AttributeName': key, 'KeyType': 'HASH'}],
        'Projection': projection,
        'ProvisionedThroughput': units(8, 8),
        'IndexStatus': 'ACTIVE',
        **more,
    }


EVERYTHING = {
    **options(
        ttl='expires',
        stream='NEW_IMAGE',
        tags={'team': 'x', 'stage': 'test'},
        encryption='0aeba0cd',
        point_in_time_recovery=True,
        deletion_protection=True,
        table_class='STANDARD_INFREQUENT_ACCESS',
        read_units=3,
        write_units=4,
    ),
    'by_name': GlobalIndex('name', 'score', projection=['expires'], read_units=9),
    'by_score': LocalIndex('score', projection='keys'),
}

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        '__ttl__': st.sampled_from([None, 'expires', 'score', 'number']),
        '__stream__': st.sampled_from([None, False, 'KEYS_ONLY', 'NEW_AND_OLD_IMAGES']),
        '__tags__': st.dictionaries(st.sampled_from('abc'), st.text(max_size=3)),
        '__encryption__': st.sampled_from([None, 'KMS', 'alias/own', '0aeba0cd', KEY_ARN]),
        '__point_in_time_recovery__': st.sampled_from([None, False, True]),
        '__deletion_protection__': st.sampled_from([None, False, True]),
        '__table_class__': st.sampled_from([None, 'STANDARD', 'STANDARD_INFREQUENT_ACCESS']),
        '__read_units__': st.integers(1, 5),
        'by_name': st.builds(
            GlobalIndex,
            st.just('name'),
            st.sampled_from([None, 'score', 'number']),
            projection=st.sampled_from(['all', 'keys', ['expires', 'score'], ['id']]),
            write_units=st.none() | st.integers(1, 5),
        ),
        'by_score': st.builds(LocalIndex, st.just('score')),
    },
)


@given(OPTIONS)
def test_a_table_as_it_was_declared_is_in_step(namespace):
    schema = declare(**namespace)
    assert not compare(schema, described(schema)).diff()


@given(OPTIONS)
def test_everything_that_is_missing_is_told_or_not_asked_for(namespace):
    """Beside a bare table each difference is mended by a valid request, or has a reason."""
    schema = declare(**namespace)
    comparison = compare(schema, described(declare()))
    client = offline_table().meta.client
    for difference, operation, request in comparison.steps:
        assert (operation is None) == (not difference.mendable)
        assert difference.declared
        if operation is not None:
            table = {} if operation == 'tag_resource' else {'TableName': 'things'}
            getattr(client, operation)(**table, **request)


ENABLED = {'TimeToLiveSpecification': {'Enabled': True, 'AttributeName': 'x'}}
BY_NAME = {'by_name': GlobalIndex('name')}
ON_DEMAND = {'BillingModeSummary': {'BillingMode': 'PAY_PER_REQUEST'}}
NAME = [{'AttributeName': 'n', 'AttributeType': 'S'}]
CREATE = {
    'IndexName': 'by_name',
    'KeySchema': [{'AttributeName': 'n', 'KeyType': 'HASH'}],
    'Projection': {'ProjectionType': 'ALL'},
}
MENDED = [
    ('ttl', options(ttl='expires'), {}, 'update_time_to_live', ENABLED),
    (
        'stream',
        options(stream='KEYS_ONLY'),
        {},
        'update_table',
        {'StreamSpecification': {'StreamEnabled': True, 'StreamViewType': 'KEYS_ONLY'}},
    ),
    (
        'tags',
        options(tags={'a': '1', 'b': '2', 'c': '3'}),
        {
            'Tags': [
                {'Key': 'a', 'Value': '1'},
                {'Key': 'b', 'Value': '0'},
                {'Key': 'z', 'Value': ''},
            ]
        },
        'tag_resource',
        {'ResourceArn': ARN, 'Tags': [{'Key': 'b', 'Value': '2'}, {'Key': 'c', 'Value': '3'}]},
    ),
    (
        'encryption',
        options(encryption='KMS'),
        {},
        'update_table',
        {'SSESpecification': {'Enabled': True, 'SSEType': 'KMS'}},
    ),
    (
        'encryption',
        options(encryption=KEY_ARN),
        {'SSEDescription': {'Status': 'ENABLED', 'KMSMasterKeyArn': f'{KEY_ARN}0'}},
        'update_table',
        {'SSESpecification': {'Enabled': True, 'SSEType': 'KMS', 'KMSMasterKeyId': KEY_ARN}},
    ),
    (
        'point-in-time recovery',
        options(point_in_time_recovery=True),
        {},
        'update_continuous_backups',
        {'PointInTimeRecoverySpecification': {'PointInTimeRecoveryEnabled': True}},
    ),
    (
        'deletion protection',
        options(deletion_protection=True),
        {},
        'update_table',
        {'DeletionProtectionEnabled': True},
    ),
    (
        'table class',
        options(table_class='STANDARD'),
        {'TableClassSummary': {'TableClass': 'STANDARD_INFREQUENT_ACCESS'}},
        'update_table',
        {'TableClass': 'STANDARD'},
    ),
    (
        'billing mode',
        options(billing_mode='PAY_PER_REQUEST'),
        {},
        'update_table',
        {'BillingMode': 'PAY_PER_REQUEST'},
    ),
    (
        'billing mode',
        {
            **options(billing_mode='PROVISIONED', read_units=2),
            **BY_NAME,
            'by_score': GlobalIndex('score', write_units=6),
        },
        {
            **ON_DEMAND,
            'AttributeDefinitions': [
                {'AttributeName': 'id', 'AttributeType': 'S'},
                {'AttributeName': 'number', 'AttributeType': 'N'},
                {'AttributeName': 'score', 'AttributeType': 'N'},
                *NAME,
            ],
            'GlobalSecondaryIndexes': [
                global_index('by_name', 'n'),
                global_index('by_score', 'score'),
            ],
        },
        'update_table',
        {
            'BillingMode': 'PROVISIONED',
            'ProvisionedThroughput': units(2, 8),
            'GlobalSecondaryIndexUpdates': [
                {'Update': {'IndexName': 'by_name', 'ProvisionedThroughput': units(2, 8)}},
                {'Update': {'IndexName': 'by_score', 'ProvisionedThroughput': units(2, 6)}},
            ],
        },
    ),
    (
        'throughput',
        options(read_units=2),
        {'ProvisionedThroughput': units(8, 5)},
        'update_table',
        {'ProvisionedThroughput': units(2, 5)},
    ),
    (
        'throughput',
        {'by_name': GlobalIndex('name', read_units=3)},
        {
            'ProvisionedThroughput': units(1, 1),
            'GlobalSecondaryIndexes': [global_index('by_name', 'n')],
        },
        'update_table',
        {
            'GlobalSecondaryIndexUpdates': [
                {'Update': {'IndexName': 'by_name', 'ProvisionedThroughput': units(3, 8)}}
            ]
        },
    ),
    (
        'index by_name',
        BY_NAME,
        {'GlobalSecondaryIndexes': None, 'ProvisionedThroughput': units(3, 4)},
        'update_table',
        {
            'AttributeDefinitions': NAME,
            'GlobalSecondaryIndexUpdates': [
                {'Create': {**CREATE, 'ProvisionedThroughput': units(3, 4)}}
            ],
        },
    ),
    (
        'index by_name',
        BY_NAME,
        {'GlobalSecondaryIndexes': [], **ON_DEMAND},
        'update_table',
        {'AttributeDefinitions': NAME, 'GlobalSecondaryIndexUpdates': [{'Create': CREATE}]},
    ),
    (
        'index by_name',
        {**options(read_units=6), **BY_NAME},
        {'GlobalSecondaryIndexes': [], 'ProvisionedThroughput': units(6, 4)},
        'update_table',
        {
            'AttributeDefinitions': NAME,
            'GlobalSecondaryIndexUpdates': [
                {'Create': {**CREATE, 'ProvisionedThroughput': units(6, 4)}}
            ],
        },
    ),
]


def of_what(value):
    return value if isinstance(value, str) else ''


@pytest.mark.parametrize(
    ('what', 'namespace', 'changes', 'operation', 'request_'), MENDED, ids=of_what
)
def test_what_is_mended_and_how(what, namespace, changes, operation, request_):
    """One difference, and a whole request, which botocore takes."""
    declared = {name: value for name, value in namespace.items() if not name.startswith('__')}
    state = described(declare(**declared), **changes)
    steps = compare(declare(**namespace), state).steps
    assert [(each.difference.what, each.operation, each.request) for each in steps] == [
        (what, operation, request_)
    ]
    assert steps[0].difference.mendable
    table = {} if operation == 'tag_resource' else {'TableName': 'things'}
    getattr(offline_table().meta.client, operation)(**table, **request_)


OTHER_KEY = {
    'KeySchema': [{'AttributeName': 'id', 'KeyType': 'HASH'}],
    'AttributeDefinitions': [{'AttributeName': 'id', 'AttributeType': 'S'}],
}
OTHER_TYPE = {
    'AttributeDefinitions': [
        {'AttributeName': 'id', 'AttributeType': 'N'},
        {'AttributeName': 'number', 'AttributeType': 'N'},
    ]
}
REMOTE = {'TableStatus': 'INACCESSIBLE_ENCRYPTION_CREDENTIALS'}
LEFT = [
    ('throughput', options(read_units=2), ON_DEMAND, 'set __billing_mode__'),
    (
        'throughput',
        {'by_name': GlobalIndex('name', write_units=3)},
        {**ON_DEMAND, 'GlobalSecondaryIndexes': [global_index('by_name', 'n')]},
        'set __billing_mode__',
    ),
    ('table', {}, {'TableStatus': 'DELETING'}, 'when that is over'),
    ('table', {}, {**REMOTE, 'SSEDescription': {'KMSMasterKeyArn': KEY_ARN}}, KEY_ARN),
    ('table', {}, REMOTE, 'over by itself'),
    ('table', {}, {**REMOTE, 'TableStatus': 'ARCHIVING'}, 'being archived'),
    ('table', {}, {**REMOTE, 'TableStatus': 'ARCHIVED'}, 'restore'),
    ('key', {}, OTHER_KEY, 'another name'),
    ('key', {}, OTHER_TYPE, 'another name'),
    (
        'ttl',
        options(ttl='expires'),
        {'TimeToLiveDescription': time_to_live('ENABLED', 'other')},
        'wait an hour',
    ),
    ('ttl', {}, {'TimeToLiveDescription': time_to_live('ENABLED', 'x')}, 'turned off'),
    (
        'ttl',
        options(ttl='expires'),
        {'TimeToLiveDescription': time_to_live('DISABLING', 'x')},
        'again',
    ),
    (
        'stream',
        options(stream='KEYS_ONLY'),
        {'StreamSpecification': stream('NEW_IMAGE')},
        'disable',
    ),
    ('stream', options(stream=False), {'StreamSpecification': stream('NEW_IMAGE')}, 'turned off'),
    (
        'deletion protection',
        options(deletion_protection=False),
        {'DeletionProtectionEnabled': True},
        'turned off',
    ),
    (
        'point-in-time recovery',
        options(point_in_time_recovery=False),
        {'ContinuousBackupsDescription': backups(True)},
        'turned off',
    ),
    (
        'index by_old',
        {},
        {'GlobalSecondaryIndexes': [global_index('by_old', 'number')]},
        'no index is deleted',
    ),
    (
        'index by_name',
        BY_NAME,
        {'GlobalSecondaryIndexes': [global_index('by_name', 'number')]},
        "can't be changed",
    ),
    (
        'index by_name',
        BY_NAME,
        {'GlobalSecondaryIndexes': [global_index('by_name', 'n', 'KEYS_ONLY')]},
        "can't be changed",
    ),
    (
        'index by_name',
        {'by_name': GlobalIndex('name', projection=['expires'])},
        {'GlobalSecondaryIndexes': [global_index('by_name', 'n', 'INCLUDE', ['y'])]},
        "can't be changed",
    ),
    (
        'index by_name',
        BY_NAME,
        {'GlobalSecondaryIndexes': [global_index('by_name', 'n', IndexStatus='DELETING')]},
        'being deleted',
    ),
    (
        'index by_score',
        {'by_score': LocalIndex('score')},
        {'LocalSecondaryIndexes': []},
        'made with its table',
    ),
    (
        'index by_score',
        {'by_score': LocalIndex('score')},
        {
            'LocalSecondaryIndexes': [],
            'GlobalSecondaryIndexes': [global_index('by_score', 'score')],
        },
        'made with its table',
    ),
    (
        'index by_number',
        {'by_number': GlobalIndex('expires', name='by_number')},
        {
            'GlobalSecondaryIndexes': [],
            'AttributeDefinitions': [
                {'AttributeName': 'id', 'AttributeType': 'S'},
                {'AttributeName': 'number', 'AttributeType': 'N'},
                {'AttributeName': 'x', 'AttributeType': 'S'},
            ],
        },
        'there of type S',
    ),
    ('table', {}, {'TableStatus': 'DELETING'}, 'when that is over'),
]


@pytest.mark.parametrize(('what', 'namespace', 'changes', 'reason'), LEFT, ids=of_what)
def test_what_is_left_and_why(what, namespace, changes, reason):
    """What can't be mended without loss says what to do instead."""
    declared = {name: value for name, value in namespace.items() if not name.startswith('__')}
    steps = compare(declare(**namespace), described(declare(**declared), **changes)).steps
    assert [(each.difference.what, each.operation) for each in steps] == [(what, None)]
    assert reason in steps[0].difference.reason
    assert str(steps[0].difference).endswith(steps[0].difference.reason)


@pytest.mark.parametrize(
    'changes',
    [
        {'ProvisionedThroughput': units(99, 99)},
        {**ON_DEMAND, 'ProvisionedThroughput': units(0, 0)},
        {'Tags': [{'Key': 'a', 'Value': 'b'}]},
        {'StreamSpecification': stream('NEW_IMAGE')},
        {'ContinuousBackupsDescription': backups(True)},
        {'DeletionProtectionEnabled': True},
        {'SSEDescription': {'Status': 'ENABLED', 'KMSMasterKeyArn': KEY_ARN}},
        {'TableClassSummary': {'TableClass': 'STANDARD_INFREQUENT_ACCESS'}},
        {'TimeToLiveDescription': time_to_live('DISABLING', 'x')},
        {'KeySchema': described(declare())['KeySchema'][::-1]},
        {'GlobalSecondaryIndexes': [global_index('by_old', 'number', IndexStatus='DELETING')]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_the_class_does_not_say_is_not_compared(changes):
    """Defaults are for the creation of a table. What is on its way out counts as gone."""
    schema = declare()
    assert not compare(schema, described(schema, **changes)).diff()


def test_none_takes_an_inherited_option_back():
    schema = declare(**options(stream=None, read_units=None, tags=None, billing_mode=None))
    assert schema.options.stated == frozenset()


def test_an_index_that_is_being_made_is_there():
    schema = declare(**BY_NAME)
    state = described(schema)
    state['GlobalSecondaryIndexes'][0]['IndexStatus'] = 'CREATING'
    assert not compare(schema, state).diff()


def test_indexes_of_a_table_that_becomes_paid_by_request_get_no_throughput():
    schema = declare(**options(billing_mode='PAY_PER_REQUEST'), **BY_NAME)
    mode, index = compare(schema, described(declare())).steps
    assert mode.request == {'BillingMode': 'PAY_PER_REQUEST'}
    assert index.request['GlobalSecondaryIndexUpdates'] == [{'Create': CREATE}]


def test_what_the_engine_does_not_have_is_no_difference():
    """DynamoDB Local answers some requests with an error, and ignores parts of others."""
    schema = declare(**EVERYTHING)
    state = described(
        schema,
        TableArn='arn:aws:dynamodb:ddblocal:000000000000:table/things',
        Tags=None,
        ContinuousBackupsDescription=None,
        SSEDescription=None,
        TableClassSummary=None,
    )
    found = compare(schema, state).diff()
    assert not found
    assert found.unavailable == ('tags', 'point-in-time recovery', 'encryption', 'table class')
    assert str(found).endswith('engine: tags, point-in-time recovery, encryption, table class')


@pytest.mark.parametrize('changes', [OTHER_KEY, OTHER_TYPE], ids=['fewer fields', 'another type'])
def test_nothing_is_changed_of_a_table_with_another_key(changes):
    """It is another table, whatever else it has in common; of it an item could expire."""
    schema = declare(**{**EVERYTHING, 'by_score': GlobalIndex('score')})
    comparison = compare(schema, described(declare(), **changes))
    key, *others = comparison.steps
    assert key.difference.what == 'key'
    assert {'ttl', 'stream', 'tags', 'index by_name', 'throughput'} < {
        each.difference.what for each in others
    }
    for each in others:
        assert (each.operation, each.request) == (None, None)
        assert 'is another table' in each.difference.reason
        assert each.difference.warning is None


def test_a_new_ttl_is_warned_of():
    """It makes DynamoDB delete items, which nothing else here does."""
    warned = []
    schema = declare(**{**EVERYTHING, 'by_score': GlobalIndex('score')})
    for each in compare(schema, described(declare())).diff():
        if each.warning is not None:
            warned.append(str(each))
    assert warned == [
        "ttl: declared 'x', found nothing; DynamoDB deletes every item whose time has passed"
    ]


def test_a_missing_table_is_one_difference():
    found = compare(declare(**EVERYTHING), None).diff()
    assert [each.what for each in found] == ['table']
    assert found.mendable == tuple(found)


# The values


TTL = Difference('ttl', "'x'", None)
KEY = Difference('key', "'a' (S)", "'b' (S)", 'no way')


def test_a_diff_is_a_sequence():
    found = TableDiff('users', [TTL, KEY], ['tags'])
    assert list(found) == [TTL, KEY]
    assert (len(found), found[0], found[1:]) == (2, TTL, (KEY,))
    assert (found.mendable, found.left) == ((TTL,), (KEY,))
    assert found
    assert not TableDiff('users', [], ['tags'])


def test_a_diff_does_not_change():
    found = TableDiff('users', [TTL])
    for name in ('table', 'unavailable', '_differences', 'other'):
        with pytest.raises(AttributeError, match="can't be changed"):
            setattr(found, name, ())
        with pytest.raises(AttributeError, match="can't be changed"):
            delattr(found, name)


def test_diffs_are_compared_by_what_they_hold():
    found = TableDiff('users', [TTL], ['tags'])
    for same in (TableDiff('users', (TTL,), ('tags',)), copy.deepcopy(found)):
        assert same == found
        assert hash(same) == hash(found)
    assert pickle.loads(pickle.dumps(found)) == found
    done = TableDiff('users', [TTL], word='mended')
    assert done == TableDiff('users', [TTL])
    assert str(pickle.loads(pickle.dumps(done))) == str(done)
    for other in (TableDiff('other', [TTL], ['tags']), TableDiff('users', [TTL]), [TTL]):
        assert other != found


def test_a_diff_says_all_of_it():
    assert str(TableDiff('users')) == 'users: in step'
    assert str(TableDiff('users', [TTL])) == (
        "users: 1 difference\n  to mend  ttl: declared 'x', found nothing"
    )
    assert str(TableDiff('users', [TTL, KEY], ['tags'])) == (
        'users: 2 differences\n'
        "  to mend  ttl: declared 'x', found nothing\n"
        "  left     key: declared 'a' (S), found 'b' (S); no way\n"
        '  not available on this engine: tags'
    )
    assert repr(TableDiff('users')) == "TableDiff('users', (), ())"
