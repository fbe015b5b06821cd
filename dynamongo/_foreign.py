"""The names that programs bring along from other libraries, each with what it is here.

``{model}`` stands for the name of the model that is asked for.
"""

_TABLE_KEY = "name the field in the model, as in __{0}__ = 'id'"
_REQUIRED = 'leave it out: a field may be absent unless it is declared with required=True'
_ATTRIBUTE = "write attribute='...' for the name that it has in the table"
_INDEX = 'declare a GlobalIndex or a LocalIndex in the model'
_UNIQUE = 'make it the key of the table, or save with overwrite=False'
_DEFAULT = 'write default=, a value or a callable; it is for new items alone'
_NOW = 'write default=datetime.datetime.now, or set the field in before_save()'
_METADATA = 'write metadata={{...}} for what the program alone uses'

#: Options of fields elsewhere.
FIELD_OPTIONS = {
    'alias': _ATTRIBUTE,
    'allow_none': _REQUIRED,
    'attr_name': _ATTRIBUTE,
    'auto_now': _NOW,
    'auto_now_add': _NOW,
    'blank': _REQUIRED,
    'column_name': _ATTRIBUTE,
    'data_key': _ATTRIBUTE,
    'db_attribute': _ATTRIBUTE,
    'db_column': _ATTRIBUTE,
    'db_field': _ATTRIBUTE,
    'default_factory': _DEFAULT,
    'default_for_new': _DEFAULT,
    'description': _METADATA,
    'discriminator': "name the field in the model, as in __discriminator__ = 'kind'",
    'dump_default': _DEFAULT,
    'dynamo_name': _ATTRIBUTE,
    'ge': 'write min_value=',
    'gt': 'write min_value=, which is allowed itself',
    'hash_key': _TABLE_KEY.format('hash_key'),
    'help_text': _METADATA,
    'index': _INDEX,
    'le': 'write max_value=',
    'legacy_encoding': 'leave it out: binary is stored as it is, and not as base64 within base64',
    'load_default': _DEFAULT,
    'lt': 'write max_value=, which is allowed itself',
    'missing': _DEFAULT,
    'null': _REQUIRED,
    'nullable': _REQUIRED,
    'of': 'give the field of the elements first, as in ListField(StringField)',
    'optional': _REQUIRED,
    'pattern': 'write regex=, which the whole text must match',
    'primary_key': _TABLE_KEY.format('hash_key'),
    'range_key': _TABLE_KEY.format('range_key'),
    'unique': _UNIQUE,
    'unique_with': _UNIQUE,
    'validate': 'write validators=[...], a list of callables',
    'validator': 'write validators=[...], a list of callables',
    'verbose_name': _METADATA,
}

#: Options of models elsewhere, and their names here.
MODEL_OPTIONS = {
    '__billing__': '__billing_mode__',
    '__expires__': '__ttl__',
    '__kms_key__': '__encryption__',
    '__partition_key__': '__hash_key__',
    '__pitr__': '__point_in_time_recovery__',
    '__primary_key__': '__hash_key__',
    '__read_capacity_units__': '__read_units__',
    '__sort_key__': '__range_key__',
    '__sse__': '__encryption__',
    '__stream_view_type__': '__stream__',
    '__table_name__': '__table__',
    '__tablename__': '__table__',
    '__time_to_live__': '__ttl__',
    '__write_capacity_units__': '__write_units__',
}

_CONNECTION = 'Connection.set_config({0}=...)'
_CONFIG = 'Connection.set_config(config=botocore.config.Config({0}=...))'

#: What a class called ``Meta``, or a dict called ``meta``, says elsewhere.
META_OPTIONS = {
    'abstract': '__abstract__ = True',
    'aws_access_key_id': _CONNECTION.format('access_key_id'),
    'aws_secret_access_key': _CONNECTION.format('secret_access_key'),
    'aws_session_token': _CONNECTION.format('session_token'),
    'billing_mode': '__billing_mode__',
    'collection': '__table__',
    'connect_timeout_seconds': _CONFIG.format('connect_timeout'),
    'db_table': '__table__',
    'host': _CONNECTION.format('endpoint_url'),
    'indexes': 'a GlobalIndex or a LocalIndex for each, in the body of the model',
    'max_pool_connections': _CONFIG.format('max_pool_connections'),
    'max_retry_attempts': _CONFIG.format('retries'),
    'read_capacity_units': '__read_units__',
    'read_timeout_seconds': _CONFIG.format('read_timeout'),
    'region': _CONNECTION.format('region'),
    'stream_view_type': '__stream__',
    'table_name': '__table__',
    'tags': '__tags__',
    'write_capacity_units': '__write_units__',
}

_READ = 'get_many(condition) reads by the cheapest of Query, BatchGetItem and Scan'
_GET = 'get_one(key) reads one item'
_NONE = 'get_one(key) raises {model}.DoesNotExist where there is none'
_SAVE = 'save_one(item) and save_many(items) save, and {model}(...).save() does'
_DELETE = 'delete_one(key) and delete_many(condition) delete'
_UPDATE = 'update_one(key, [{model}.field.set(value)]) and update_many(condition, [...]) update'
_ALL = 'iter_many() reads all items, one after the other'
_DICT = 'to_dict() returns the values as a dict'
_FROM_DICT = '{model}(**values) makes an instance, and from_dynamodb_json(item) one of a raw item'

#: Methods and attributes of model classes elsewhere.
MODEL_NAMES = {
    'Meta': "options are attributes of the model, as in __table__ = 'users'",
    'all': _ALL,
    'batch_get': 'get_many([key, ...]) reads by many keys',
    'batch_write': 'save_many(items) and delete_many(keys) write in batches',
    'bind': 'a model needs no engine; create_table() makes its table',
    'bulk_create': 'save_many(items) saves in batches, and bulk_save(items) any number of items',
    'count_documents': 'count(condition) counts',
    'create': _SAVE,
    'delete_all': _DELETE,
    'describe': 'describe_table() describes the table',
    'drop': 'delete_table() deletes the table',
    'drop_table': 'delete_table() deletes the table',
    'estimated_document_count': 'count() counts all items',
    'exists': _NONE,
    'filter': _READ,
    'find': _READ,
    'find_all': _ALL,
    'find_one': _GET,
    'find_one_and_delete': 'delete_one(key) deletes an item and returns it',
    'find_one_and_update': 'update_one(key, [...]) updates an item and returns it',
    'first': 'get_many(condition, limit=1) reads the first item',
    'from_dict': _FROM_DICT,
    'from_raw_data': _FROM_DICT,
    'get': f'{_GET}; a value of an instance is its attribute, as in item.name',
    'get_or_create': 'get_one(key), and save_one(item, overwrite=False) where there is none',
    'get_or_none': _NONE,
    'insert_many': 'save_many(items, overwrite=False) saves what is new',
    'insert_one': 'save_one(item, overwrite=False) saves an item that is new',
    'load': _GET,
    'objects': _READ,
    'put_batch': 'save_many(items) saves in batches',
    'put_item': _SAVE,
    'query': _READ,
    'rate_limited_scan': 'iter_many(page_size=...) reads page by page, as fast as it is asked',
    'replace_one': 'save_one(item) replaces the item that has its key',
    'safe_get': _NONE,
    'scan': _ALL,
    'select': _READ,
    'truncate': 'delete_many(keys) deletes items; delete_table() and create_table() are quicker',
    'update_ttl': 'sync_table() sets what __ttl__ declares',
    'where': _READ,
}

#: Methods of instances elsewhere.
INSTANCE_NAMES = {
    'as_dict': _DICT,
    'attribute_values': _DICT,
    'destroy': 'delete() deletes the item',
    'dict': _DICT,
    'full_clean': 'validate() checks the instance',
    'json': 'to_json() returns the values as JSON',
    'model_dump': _DICT,
    'model_dump_json': 'to_json() returns the values as JSON',
    'persist': 'save() saves the instance',
    'put': 'save() saves the instance',
    'refresh_from_db': 'refresh() reads the item anew',
    'reload': 'refresh() reads the item anew',
    'remove': 'delete() deletes the item',
    'serialize': 'to_dynamodb_json() returns the item as DynamoDB stores it',
    'to_dynamodb_dict': 'to_dynamodb_json() returns the item as DynamoDB stores it',
    'to_mongo': 'to_dynamodb_json() returns the item as DynamoDB stores it',
    'to_simple_dict': _DICT,
    'update_item': 'update({model}.field.set(value)) updates the item',
    'upsert': 'save() saves the instance, whether there is such an item or not',
}

#: What an instance is asked for that isn't its own.
OF_INSTANCES = {**MODEL_NAMES, **INSTANCE_NAMES}

_ADD = 'write add(n) or increment(), which fields of numbers have'
_SUBTRACT = 'write subtract(n) or decrement(), which fields of numbers have'

#: Methods of fields elsewhere.
FIELD_NAMES = {
    'attribute_exists': 'write exists()',
    'attribute_not_exists': 'write not_exists()',
    'decr': _SUBTRACT,
    'decrease': _SUBTRACT,
    'does_not_exist': 'write not_exists()',
    'endswith': 'DynamoDB knows no ends of text; contains() and begins_with() are what it has',
    'inc': _ADD,
    'incr': _ADD,
    'is_in': 'write in_([...])',
    'is_not': 'write != None, which is met where the attribute is present',
    'is_null': 'write == None, which is met where the attribute is absent or NULL',
    'is_type': "write type_is('N'), or another of DynamoDB's types",
    'isin': 'write in_([...])',
    'like': 'write begins_with() or contains()',
    'not_in': 'write ~field.in_([...])',
    'startswith': 'write begins_with()',
}

#: Options of ``create_table()`` elsewhere.
TABLE_OPTIONS = {
    'billing_mode': 'the model says it, in __billing_mode__',
    'ignore_update_ttl_errors': 'leave it out; sync_table() sets a TTL later',
    'read_capacity_units': 'the model says it, in __read_units__',
    'read_units': 'the model says it, in __read_units__',
    'safe': 'write exist_ok=True',
    'skip_exists': 'write exist_ok=True',
    'tags': 'the model says it, in __tags__',
    'write_capacity_units': 'the model says it, in __write_units__',
    'write_units': 'the model says it, in __write_units__',
}

#: Settings of connections elsewhere.
SETTINGS = {
    'aws_access_key_id': 'write access_key_id=',
    'aws_secret_access_key': 'write secret_access_key=',
    'aws_session_token': 'write session_token=',
    'connect_timeout': 'write config=botocore.config.Config(connect_timeout=...)',
    'host': 'write endpoint_url=',
    'max_pool_connections': 'write config=botocore.config.Config(max_pool_connections=...)',
    'prefix': 'write table_prefix=',
    'profile_name': 'write profile=',
    'read_timeout': 'write config=botocore.config.Config(read_timeout=...)',
    'region_name': 'write region=',
    'retries': 'write config=botocore.config.Config(retries={{...}})',
    'table_name_prefix': 'write table_prefix=',
    'url': 'write endpoint_url=',
}

_KEY = 'give the key without a name: its value, or a tuple of hash and range key'
_STRATEGY = 'give the condition without a name, as in {model}.field == value'
_JOIN = 'join it to the condition by &'
_ONLY = 'write only=[...], a list of fields or their names'
_REVERSE = 'write descending=True, which has the highest key first'
_CONSISTENT = 'write consistent=True'
_AFTER = 'write after=, the token of the page before'
_PAGES = 'get_page(condition, limit=..., after=token) reads page by page'
_OVERWRITE = 'write overwrite=False, or a condition that an existing item must meet to be replaced'
_LIST = 'give the updates without a name: a list such as [{model}.field.set(value)]'

#: Arguments of methods elsewhere: what is written here, by a parameter that the method must have
#: for it; an empty one stands for any method.
ARGUMENTS = {
    'actions': [('updates', _LIST)],
    'add_version_condition': [('', 'leave it out; a VersionField is always checked')],
    'atomic': [('overwrite', _OVERWRITE), ('strategy', _JOIN)],
    'attributes': [('only', _ONLY)],
    'attributes_to_get': [('only', _ONLY)],
    'batch_size': [('page_size', 'write page_size=')],
    'condition': [('overwrite', _OVERWRITE), ('strategy', _JOIN), ('target', _JOIN)],
    'ConditionExpression': [('overwrite', _OVERWRITE), ('strategy', _JOIN)],
    'consistent_read': [('consistent', _CONSISTENT)],
    'ConsistentRead': [('consistent', _CONSISTENT)],
    'ExclusiveStartKey': [('after', _AFTER), ('limit', _PAGES)],
    'filter': [('strategy', _JOIN)],
    'filter_condition': [('strategy', _JOIN)],
    'FilterExpression': [('strategy', _JOIN)],
    'forward': [('descending', _REVERSE)],
    'hash_key': [('strategy', _KEY), ('target', _KEY)],
    'index_name': [('index', 'write index=, the index or its name')],
    'IndexName': [('index', 'write index=, the index or its name')],
    'key': [('strategy', _KEY), ('target', _KEY)],
    'Key': [('strategy', _KEY), ('target', _KEY)],
    'key_condition': [('strategy', _STRATEGY)],
    'KeyConditionExpression': [('strategy', _STRATEGY)],
    'keys': [('strategy', 'give the keys without a name, in a list')],
    'last_evaluated_key': [('after', _AFTER), ('limit', _PAGES)],
    'of': [('field', 'give the field of the elements first, as in ListField(StringField)')],
    'offset': [('after', _AFTER), ('limit', _PAGES)],
    'order_by': [('descending', _REVERSE)],
    'partition_key': [('strategy', _KEY), ('hash_key', 'write hash_key=')],
    'projection': [('only', _ONLY)],
    'ProjectionExpression': [('only', _ONLY)],
    'range_key': [('strategy', _KEY)],
    'range_key_condition': [('strategy', _JOIN)],
    'reverse': [('descending', _REVERSE)],
    'scan_index_forward': [('descending', _REVERSE)],
    'ScanIndexForward': [('descending', _REVERSE)],
    'Segment': [('workers', 'write workers=, how many requests are under way at once')],
    'skip': [('after', _AFTER), ('limit', _PAGES)],
    'sort': [('descending', _REVERSE)],
    'sort_key': [('strategy', _KEY), ('range_key', 'write range_key=')],
    'start_key': [('after', _AFTER), ('limit', _PAGES)],
    'total_segments': [('workers', 'write workers=, how many requests are under way at once')],
    'TotalSegments': [('workers', 'write workers=, how many requests are under way at once')],
    'UpdateExpression': [('updates', _LIST)],
}

#: What is written where a method is given more than it takes.
MANY = {
    'begins_with': 'for several beginnings, join conditions by |',
    'between': 'it takes the lowest value and the highest one',
    'contains': 'for several values, join conditions by & or |',
    'count': 'join conditions by &, and put keys into a list',
    'delete_many': 'join conditions by &, and put keys into a list',
    'delete_one': 'a key of two parts is a tuple, as in delete_one((hash, range))',
    'explain': 'join conditions by &, and put keys into a list',
    'get_one': 'a key of two parts is a tuple, as in get_one((hash, range))',
    'in_': 'put the values into a list, as in in_([1, 2])',
    'iter_many': 'join conditions by &, and put keys into a list',
    'keys_in': 'put the keys into a list, as in keys_in([(1, 2), (3, 4)])',
    'set': 'an update sets one value; a list of values is one value too',
    'update_many': 'put the updates into a list',
    'update_one': 'put the updates into a list, and a key of two parts into a tuple',
}

_UPDATES = 'write: from dynamongo.updates import {0}'
_FIELDS = 'write: from dynamongo import {0}'

#: What is imported from dynamongo and isn't there: names of 0.1, and those of other libraries.
IMPORTS = {
    **{
        name: _UPDATES.format(name)
        for name in (
            'AddUpdate',
            'DeleteUpdate',
            'ListExtendUpdate',
            'RemoveUpdate',
            'SetUpdate',
            'Update',
            'UpdateBuilder',
        )
    },
    'BinaryAttribute': _FIELDS.format('BinaryField'),
    'BooleanAttribute': _FIELDS.format('BooleanField'),
    'GlobalSecondaryIndex': _FIELDS.format('GlobalIndex'),
    'JSONAttribute': _FIELDS.format('JSONField'),
    'ListAttribute': _FIELDS.format('ListField'),
    'LocalSecondaryIndex': _FIELDS.format('LocalIndex'),
    'MapAttribute': _FIELDS.format('DictField, MapField'),
    'NumberAttribute': _FIELDS.format('DecimalField, FloatField, IntField'),
    'NumberSetAttribute': _FIELDS.format('SetField'),
    'TTLAttribute': _FIELDS.format('TimestampField'),
    'UTCDateTimeAttribute': _FIELDS.format('DateTimeField'),
    'UnicodeAttribute': _FIELDS.format('StringField'),
    'UnicodeSetAttribute': _FIELDS.format('SetField'),
    'VersionAttribute': _FIELDS.format('VersionField'),
}
