"""Every documented name is where the documentation says, with the documented signature."""

import importlib
import inspect

import pytest

import dynamongo

NOTHING = inspect.Parameter.empty

#: module -> name -> the documented parameters and their defaults, in order. ``None``: no call.
DOCUMENTED = {
    'utils': {
        'is_empty': {'value': NOTHING},
        'non_empty_values': {'d': NOTHING},
        'merge_deep': {'destination': NOTHING, 'source': NOTHING},
        'is_subclass': {'value': NOTHING, 'class_': NOTHING},
        'key_proto': {'attr': NOTHING},
    },
    'connection': {
        'Connection': {
            'access_key_id': None,
            'secret_access_key': None,
            'region': None,
            'table_prefix': None,
        },
        'Connection.from_env': {},
        'Connection.set_config': {
            'access_key_id': None,
            'secret_access_key': None,
            'region': None,
            'table_prefix': None,
        },
        'Connection.client': {},
        'Connection.resource': {},
        'Connection.get_table': {'name': NOTHING},
    },
    'model': {
        'Model': {},
        'Model.keys_in': {'values': NOTHING},
        'Model.table_name': {},
        'Model.table': {},
        'Model.create_table': {},
        'Model.get_one': {'strategy': NOTHING},
        'Model.get_many': {'strategy': NOTHING, 'descending': False, 'limit': None},
        'Model.delete_one': {'strategy': NOTHING},
        'Model.delete_many': {'strategy': NOTHING},
        'Model.save_one': {'item': NOTHING, 'overwrite': True},
        'Model.save_many': {'items': NOTHING, 'overwrite': True},
        'Model.update_from_dict': {'item': NOTHING},
        'Model.update_one': {'strategy': NOTHING, 'updates': NOTHING},
        'Model.to_dict': {'only': None},
        'BatchResult': {'fail': [], 'success': []},
        'BatchResult.fail_count': None,
        'BatchResult.success_count': None,
    },
    'fields': {
        'Field': {},
        'Field.set_name': {'name': NOTHING, 'parent': None},
        'Field.in_': {'value': NOTHING},
        'Field.contains': {'value': NOTHING},
        'Field.begins_with': {'value': NOTHING},
        'Field.exists': {},
        'Field.not_exists': {},
        'Field.between': {'low': NOTHING, 'high': NOTHING},
        'Field.set': {'value': NOTHING},
        'Field.set_if_not_exists': {'value': NOTHING},
        'Field.remove': {},
        'Field.default': None,
        'Field.to_primitive': {'value': NOTHING, 'context': None},
        'Field.to_native': {'value': NOTHING, 'context': None},
        'IntField': {},
        'FloatField': {},
        'BooleanField': {},
        'StringField': {'regex': None, 'max_length': None, 'min_length': None},
        'EmailField': {'regex': None, 'max_length': None, 'min_length': None},
        'URLField': {'fqdn': True, 'verify_exists': False},
        'UUIDField': {},
        'IPAddressField': {'regex': None, 'max_length': None, 'min_length': None},
        'DateTimeField': {
            'formats': None,
            'serialized_format': None,
            'parser': None,
            'tzd': 'allow',
            'convert_tz': False,
            'drop_tzinfo': False,
        },
        'DateField': {'formats': None},
        'TimedeltaField': {'precision': 'seconds'},
        'ListField': {'field': NOTHING, 'default': []},
        'ListField.append': {},
        'ListField.prepend': {},
        'DictField': {},
        'DictField.primitive_type': None,
        'DictField.native_type': None,
        'DictField.set_name': {'name': NOTHING, 'parent': None},
        'DictField.default': None,
        'DictField.to_native': {'value': NOTHING, 'context': None},
        'DictField.to_primitive': {'value': NOTHING, 'context': None},
        'IntField.add': {'value': NOTHING},
        'IntField.subtract': {'value': NOTHING},
        'IntField.increment': None,
        'IntField.decrement': None,
        'FloatField.add': {'value': NOTHING},
        'FloatField.subtract': {'value': NOTHING},
    },
    'exceptions': {
        'ValidationError': {},
        'ConditionalCheckFailedException': None,
        'ExpressionError': {'msg': NOTHING, 'expression': None},
        'SchemaError': {'msg': '', 'name': None, 'value': None},
    },
    'conditions': {
        'OP': None,
        'BaseCondition': None,
        'JoinCondition': {'left': NOTHING, 'right': NOTHING},
        'AndCondition': {'left': NOTHING, 'right': NOTHING},
        'OrCondition': {'left': NOTHING, 'right': NOTHING},
        'PrimitiveCondition': {'attr': NOTHING, 'op': NOTHING, 'value': None},
    },
    'updates': {
        'UpdateBuilder': {'type_': NOTHING, 'expression': NOTHING, 'values': NOTHING},
        'UpdateBuilder.create': {'updates': NOTHING},
        'Update': {'field': NOTHING, 'value': None},
        'Update.value': None,
        'Update.placeholder': {},
        'RemoveUpdate': {'field': NOTHING},
        'SetUpdate': {'field': NOTHING, 'value': NOTHING, 'if_not_exists': False},
        'ListExtendUpdate': {'field': NOTHING, 'value': NOTHING, 'append': True},
        'AddUpdate': {'field': NOTHING, 'value': None},
    },
}

NAMES = [(module, name) for module, names in DOCUMENTED.items() for name in names]


def find(module, name):
    found = importlib.import_module(f'dynamongo.{module}')
    for part in name.split('.'):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(('module', 'name'), NAMES)
def test_names_and_signatures(module, name):
    """Positional parameters are those of the documentation; whatever is new is keyword-only."""
    found = find(module, name)
    documented = DOCUMENTED[module][name]
    if documented is None:
        return
    parameters = inspect.signature(found).parameters.values()
    positional = {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != 'self'
    }
    assert positional == documented
    assert list(positional) == list(documented)


@pytest.mark.parametrize(('module', 'name'), [pair for pair in NAMES if '.' not in pair[1]])
def test_documented_names_are_public(module, name):
    assert name in importlib.import_module(f'dynamongo.{module}').__all__


@pytest.mark.parametrize(('module', 'name'), NAMES)
def test_documented_names_have_docstrings(module, name):
    if name.endswith('_type'):
        return
    owner, _, attribute = name.rpartition('.')
    found = inspect.getattr_static(find(module, owner), attribute) if owner else find(module, name)
    assert inspect.getdoc(getattr(found, '__func__', found))


@pytest.mark.parametrize(
    'name',
    [
        'Model',
        'Connection',
        *(name for name in DOCUMENTED['fields'] if '.' not in name),
        *DOCUMENTED['exceptions'],
        'BatchResult',
    ],
)
def test_names_that_examples_import_from_the_package(name):
    assert name in dynamongo.__all__
    assert hasattr(dynamongo, name)


def test_everything_public_is_in_all():
    public = {
        name
        for name in vars(dynamongo)
        if not name.startswith('_') and not inspect.ismodule(getattr(dynamongo, name))
    }
    assert public | {'__version__'} == set(dynamongo.__all__)


@pytest.mark.parametrize('method', ['table', 'get_one', 'get_many', 'save_one', 'delete_many'])
def test_documented_class_methods_are_class_methods(method):
    assert isinstance(inspect.getattr_static(dynamongo.Model, method), classmethod)


def test_placeholder_is_static():
    from dynamongo.updates import Update

    assert isinstance(inspect.getattr_static(Update, 'placeholder'), staticmethod)


def test_dict_fields_are_dicts():
    assert dynamongo.DictField.primitive_type is dict
    assert dynamongo.DictField.native_type is dict
