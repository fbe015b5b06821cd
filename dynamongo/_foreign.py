"""The names that programs bring along from other libraries, each with what it is here.

``{model}`` stands for the name of the model that is asked for.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from dynamongo._names import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

F = TypeVar('F', bound='Callable[..., Any]')

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
    'get': _GET,
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

#: Methods of fields elsewhere.
FIELD_NAMES = {
    'attribute_exists': 'write exists()',
    'attribute_not_exists': 'write not_exists()',
    'does_not_exist': 'write not_exists()',
    'endswith': 'DynamoDB knows no ends of text; contains() and begins_with() are what it has',
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


def way_out(
    name: object,
    foreign: Mapping[str, str],
    names: Iterable[str],
    *,
    model: str = 'Model',
    kind: str | None = None,
) -> str:
    """Return the end of a message about an unknown name: what to write instead.

    :param name: what was given.
    :param foreign: names of other libraries, each with what it is here.
    :param names: the names that are known.
    :param str model: the name of the model that is asked.
    :param str kind: what the names are of, to list all where none is like it. Default: no list.
    :rtype: str

    >>> way_out('scan', MODEL_NAMES, [])
    ': iter_many() reads all items, one after the other'
    >>> way_out('get_oen', MODEL_NAMES, ['get_one', 'get_many'])
    "; did you mean 'get_one'?"
    """
    if isinstance(name, str) and name in foreign:
        return f': {foreign[name].format(model=model)}'
    return suggest(name, names, kind)


def check_names(
    caller: str, given: Iterable[str], known: Iterable[str], foreign: Mapping[str, str]
) -> None:
    """Raise where a call is given an argument that it doesn't know.

    :param str caller: what is called, for the message.
    :param given: the names of the arguments that are given by name.
    :param known: the names of those that there are.
    :param foreign: names of other libraries, each with what it is here.
    :raises TypeError: as Python would, and with what to write instead.
    """
    known = list(known)
    for name in given:
        if name not in known:
            hint = way_out(name, foreign, known, kind='parameters')
            raise TypeError(f'{caller} got an unexpected keyword argument {name!r}{hint}')


def explains(foreign: Mapping[str, str]) -> Callable[[F], F]:
    """Return a decorator, by which a function says what to write instead of an unknown argument.

    :param foreign: names of other libraries, each with what it is here.
    """

    def decorate(function: F) -> F:
        known = [*inspect.signature(function).parameters][1:]
        caller = f'{function.__name__}()'

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            check_names(caller, kwargs, known, foreign)
            return function(*args, **kwargs)

        return cast('F', checked)

    return decorate


class ForeignName:
    """An attribute that a class lacks, and others have; asking for it says what it is here.

    For everything else, such as ``hasattr``, there is no such attribute.

    :param str hint: what to write instead.
    """

    __slots__ = ('hint', 'name')

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        self.hint = hint

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        hint = self.hint.format(model=owner.__name__)
        raise missing(self.name, f'{owner.__name__} has no attribute {self.name!r}: {hint}')


def missing(name: str, message: str) -> AttributeError:
    """Return the error of an attribute that isn't there.

    Its ``name`` is set and its ``obj`` isn't, so that Python adds no suggestion to the one that the
    message holds.
    """
    error = AttributeError(message)
    error.name = name
    return error


def add_foreign(owner: type, names: Mapping[str, str]) -> None:
    """Let a class explain the names of other libraries that it doesn't have itself."""
    for name, hint in names.items():
        if not hasattr(owner, name):
            setattr(owner, name, ForeignName(name, hint))


def uncover(cls: type, names: Iterable[str]) -> None:
    """Give a class what it inherits under names that a base before that only explains.

    :param names: the names that a base explains.
    """
    names = frozenset(names)
    for base in cls.__mro__:
        for name in vars(base).keys() & names:
            value = vars(base)[name]
            if not isinstance(value, ForeignName) and _is_explained(cls, name):
                type.__setattr__(cls, name, value)


def without_foreign(owner: type, names: Iterable[str]) -> list[str]:
    """Return names of attributes, without those that a class lacks and only explains."""
    return [name for name in names if not _is_explained(owner, name)]


def _is_explained(owner: type, name: str) -> bool:
    """Tell whether the first that has an attribute, of a class and its bases, explains it."""
    found = (vars(base)[name] for base in owner.__mro__ if name in vars(base))
    return isinstance(next(found, None), ForeignName)
