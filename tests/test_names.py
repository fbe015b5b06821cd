"""Names that nobody has: the likely one is named, and what other libraries call it is known."""

import copy
import inspect
import pickle
import sys
import traceback
from unittest import mock

import pytest

import dynamongo
from dynamongo import (
    Connection,
    DateTimeField,
    DictField,
    GlobalIndex,
    IntField,
    ListField,
    Measurement,
    Model,
    SchemaError,
    StringField,
    TimestampField,
    Transaction,
    URLField,
    ValidationError,
    _declarations,
    _explaining,
    _foreign,
)
from dynamongo._names import nearest, suggest
from dynamongo._schematics import BaseType


class User(Model):
    """At module level, so that it can be pickled."""

    __table__ = 'users'
    __hash_key__ = 'email'

    email = StringField(required=True)
    name = StringField()
    address = DictField(street=StringField(), city=StringField())
    visits = IntField()
    by_name = GlobalIndex('name')


@pytest.mark.parametrize(
    ('name', 'names', 'found'),
    [
        ('emial', ['name', 'email'], 'email'),
        ('pageSize', ['page_size', 'limit'], 'page_size'),
        ('Page-Size', ['page_size', 'limit'], 'page_size'),
        ('__', ['__', 'limit'], '__'),
        ('xyz', ['page_size', 'limit'], None),
        ('x', [], None),
        (5, ['limit'], None),
    ],
)
def test_the_nearest_name_is_found(name, names, found):
    assert nearest(name, names) == found


def test_the_cutoff_says_how_alike_two_names_must_be():
    assert nearest('emall', ['email'], cutoff=0.7) == 'email'
    assert nearest('emall', ['email'], cutoff=0.9) is None


def test_where_none_is_near_all_are_listed_unless_the_list_is_no_help():
    assert suggest('x', ['email', 'name'], 'members') == '; the members are email, name'
    assert suggest('x', ['email', 'name'], None) == ''
    assert suggest('x', []) == ''


# Every table of foreign names

CLASSES = {
    'OF_INSTANCES': Model,
    'FIELD_NAMES': StringField,
}


@pytest.mark.parametrize(('table', 'owner'), CLASSES.items())
def test_a_foreign_name_is_none_of_ours(table, owner):
    """What a class has needs no explanation, and a table that says otherwise is out of date."""
    for name in getattr(_foreign, table):
        assert not hasattr(owner, name), name


@pytest.mark.parametrize('name', _foreign.OF_INSTANCES)
def test_a_model_says_what_a_foreign_name_is_here(name):
    for owner in (User, User(email='x')):
        with pytest.raises(AttributeError) as caught:
            getattr(owner, name)
        assert str(caught.value).startswith(f'User has no attribute {name!r}: ')
        assert '{' not in str(caught.value)


@pytest.mark.parametrize('name', _foreign.FIELD_NAMES)
def test_a_field_says_what_a_foreign_name_is_here(name):
    with pytest.raises(AttributeError, match=f'StringField has no attribute {name!r}: '):
        getattr(User.name, name)


@pytest.mark.parametrize('field', [StringField, IntField, lambda **given: ListField(int, **given)])
@pytest.mark.parametrize('name', _foreign.FIELD_OPTIONS)
def test_a_field_says_what_a_foreign_option_is_here(field, name):
    with pytest.raises(SchemaError, match=f'there is no option {name!r}: ') as caught:
        field(**{name: 'x'})
    assert '{{' not in str(caught.value)


@pytest.mark.parametrize('name', _foreign.FIELD_OPTIONS)
def test_a_dict_field_says_it_too(name):
    with pytest.raises(SchemaError, match=f'DictField takes members, and no option {name!r}'):
        DictField(**{name: 'x'})


@pytest.mark.parametrize('name', ['default', 'choices', 'null', 'hash_key', 'alias'])
def test_a_member_may_have_the_name_of_an_option(name):
    assert DictField(**{name: StringField}).to_native({name: 'x'}) == {name: 'x'}


@pytest.mark.parametrize(
    ('call', 'table'),
    [
        (User.create_table, _foreign.TABLE_OPTIONS),
        (Connection.set_config, _foreign.SETTINGS),
        (Connection, _foreign.SETTINGS),
        (lambda **given: Connection.using(**given).__enter__(), _foreign.SETTINGS),
    ],
)
def test_a_call_says_what_a_foreign_argument_is_here(call, table):
    for name in table:
        with pytest.raises(TypeError, match=f'unexpected keyword argument {name!r}: '):
            call(**{name: 'x'})


@pytest.mark.parametrize('name', _foreign.META_OPTIONS)
@pytest.mark.parametrize('inner', ['Meta', 'meta'])
def test_options_in_a_class_inside_are_refused_with_what_to_write(name, inner):
    said = type('Meta', (), {name: 'x'}) if inner == 'Meta' else {name: 'x'}
    body = {'__table__': 'x', '__hash_key__': 'id', 'id': StringField(), inner: said}
    with pytest.raises(SchemaError, match=f'X {inner}: .* for {name}, '):
        type(Model)('X', (Model,), body)


@pytest.mark.parametrize('said', [type('Meta', (), {'of_my_own': 1}), {'of_my_own': 1}, 5, None])
def test_what_is_called_meta_and_is_the_program_s_own_stays(said):
    class X(Model):
        __table__ = 'x'
        __hash_key__ = 'id'

        id = StringField()
        Meta = said

    assert X.Meta is said


# The likely name


@pytest.mark.parametrize(
    ('make', 'error', 'message'),
    [
        (
            lambda: User.emial,
            AttributeError,
            "User has no attribute 'emial'; did you mean 'email'?",
        ),
        (lambda: User.get_oen, AttributeError, "did you mean 'get_one'?"),
        (lambda: User.by_nam, AttributeError, "did you mean 'by_name'?"),
        (lambda: User.address.stret, AttributeError, "did you mean 'street'?"),
        (lambda: User(emial='x'), ValidationError, "did you mean 'email'?"),
        (lambda: User.save_one({'emial': 'x'}), ValidationError, "did you mean 'email'?"),
        (
            lambda: User.iter_many(only=['emial']),
            ValidationError,
            "did you mean 'email'?",
        ),
        (
            lambda: User.iter_many(only=['address.stret']),
            ValidationError,
            "did you mean 'street'?",
        ),
        (lambda: User(email='x').to_dict(only=['nam']), ValidationError, "did you mean 'name'?"),
        (lambda: User.update_from_dict({'nam': 'x'}), ValidationError, "did you mean 'name'?"),
        (lambda: Connection.set_config(regon='x'), TypeError, "did you mean 'region'?"),
        (lambda: User.create_table(exists_ok=True), TypeError, "did you mean 'exist_ok'?"),
        (lambda: StringField(requierd=True), SchemaError, "did you mean 'required'?"),
        (lambda: StringField(maxLength=5), SchemaError, "did you mean 'max_length'?"),
    ],
)
def test_the_likely_name_is_in_the_message(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_name_that_is_like_none_is_only_said_not_to_be_there():
    with pytest.raises(AttributeError) as caught:
        User.zzz
    assert str(caught.value) == "User has no attribute 'zzz'"


def test_an_option_with_no_effect_is_never_suggested():
    with pytest.raises(SchemaError) as caught:
        StringField(export_levle=1)
    assert 'export_level' not in str(caught.value).replace('export_levle', '')


@pytest.mark.skipif(sys.version_info < (3, 10), reason='Python suggests nothing before 3.10')
def test_python_adds_no_suggestion_of_its_own():
    for ask in (lambda: User.emial, lambda: User(email='x').put):
        with pytest.raises(AttributeError) as caught:
            ask()
        shown = ''.join(traceback.format_exception_only(type(caught.value), caught.value))
        assert shown.lower().count('did you mean') == str(caught.value).count('did you mean')


# Nothing else notices


def test_what_asks_whether_an_attribute_is_there_is_told_that_it_is_not():
    user = User(email='x')
    for owner in (User, user, User.name):
        assert not hasattr(owner, 'is_in')
        assert getattr(owner, 'zzz', 5) == 5
    assert not hasattr(User, '__wrapped__')
    assert not {'put', 'query', 'scan'} & {*dir(User), *dir(user)}
    assert 'startswith' not in dir(User.name)


def test_classes_and_instances_are_copied_pickled_mocked_and_inspected_as_ever():
    user = User(email='x')
    assert copy.copy(User) is User
    assert pickle.loads(pickle.dumps(User)) is User
    assert copy.deepcopy(user).email == pickle.loads(pickle.dumps(user)).email == 'x'
    double = mock.create_autospec(User)
    double.get_one.return_value = user
    assert double.get_one('x') is user
    with pytest.raises(AttributeError):
        double.query
    assert 'query' not in dict(inspect.getmembers(User))
    assert 'get_one' in dict(inspect.getmembers(User))


def test_explanations_are_added_without_asking_for_what_they_explain():
    """What a class says of a name that it lacks takes long to make; this is done on import."""

    class Asked(type):
        def __getattr__(cls, name):
            raise AssertionError(name)

    class Base(metaclass=Asked):
        query = 'own'

    class Owner(Base):
        pass

    _explaining.add_foreign(Owner, {'query': 'no', 'scan': 'iter_many() reads'})
    assert 'query' not in vars(Owner)
    assert isinstance(vars(Owner)['scan'], _explaining.ForeignName)


def test_no_name_that_python_gives_to_classes_is_compared_with_options(monkeypatch):
    monkeypatch.setattr(_declarations, 'nearest', mock.Mock(side_effect=AssertionError))

    class Plain(Model):
        """With what classes usually have."""

        __table__ = 'plain'
        __hash_key__ = 'id'
        id = StringField()

        def __repr__(self):
            return self.id

        def __eq__(self, other):
            return self.id == other.id

        __hash__ = None

    assert repr(Plain(id='x')) == 'x'
    with pytest.raises(AssertionError):
        type(Model)('Other', (Plain,), {'__hashkey__': 'id'})


def test_a_field_may_have_a_foreign_name():
    class Task(Model):
        __table__ = 'tasks'
        __hash_key__ = 'id'

        id = StringField()
        query = StringField()
        put = IntField()

    task = Task(id='1', query='x')
    task.put = 3
    assert (task.query, task.put, task.to_dict()['put']) == ('x', 3, 3)
    assert {'query', 'put'} <= {*dir(Task), *dir(task)}
    assert repr(Task.query == 'x') == "Task.query == 'x'"


class Mixed:
    """What a program mixes into its models, of foreign names all."""

    kind = 'mixed'

    def query(self):
        return f'{self.kind} query'

    @classmethod
    def scan(cls):
        return cls

    @property
    def json(self):
        return self.__dict__.get('_json')

    @json.setter
    def json(self, value):
        self.__dict__['_json'] = value


@pytest.mark.parametrize('model_first', [True, False])
def test_a_mixin_may_have_foreign_names_on_either_side_of_the_model(model_first):
    bases = (Model, Mixed) if model_first else (Mixed, Model)
    body = {'__table__': 'x', '__hash_key__': 'id', 'id': StringField()}
    Both = type(Model)('Both', bases, body)
    both = Both(id='1')
    both.json = 5
    assert (both.query(), Both.scan(), both.json, both._json) == ('mixed query', Both, 5, 5)
    with pytest.raises(AttributeError, match=r'Both has no attribute .put.: save\(\)'):
        both.put


def test_a_field_class_may_mix_in_foreign_names():
    class Words:
        def startswith(self, text):
            return text

    class Word(StringField, Words):
        pass

    assert Word().startswith('x') == 'x'


def test_a_member_may_have_a_foreign_name():
    class Task(Model):
        __table__ = 'tasks'
        __hash_key__ = 'id'

        id = StringField()
        info = DictField(startswith=StringField())

    assert Task.info.startswith is Task.info['startswith']


OWNERS = {
    'User': User,
    'user': User(email='a'),
    'field': User.email,
    'number': User.visits,
    'member': User.address.city,
    'size': User.email.size(),
    'Connection': Connection,
    'transaction': Transaction(),
    'measurement': Measurement(),
}

#: What takes any name, what users declare themselves, and what fields have of schematics.
NOT_ASKED = {
    *(
        'from_json',
        'from_dynamodb_json',
        'using',
        'measure',
        'DoesNotExist',
        'by_name',
        'mro',
        'set_name',
    ),
    *('validate_length', 'validate_regex', 'validate_range'),
    *('visits', 'address', 'email', 'name'),
    *(name for name in dir(User) if name.startswith(('before_', 'after_'))),
    *dir(BaseType),
}


def _is_called(method):
    # Methods of instances are functions of their class, and asked for elsewhere.
    return inspect.ismethod(method) or (inspect.isfunction(method) and method is Transaction.get)


METHODS = {
    f'{kind}.{name}': getattr(owner, name)
    for kind, owner in OWNERS.items()
    for name in sorted({*dir(owner)} - NOT_ASKED)
    if name[0] != '_' and _is_called(getattr(owner, name))
}


@pytest.mark.parametrize('method', list(METHODS.values()), ids=METHODS)
def test_every_method_says_what_is_wrong_with_its_arguments(method):
    signature = inspect.signature(method)
    with pytest.raises(TypeError) as caught:
        method(no_such_argument=1)
    message = str(caught.value)
    assert message.startswith(('User', 'Connection.', 'Transaction.', 'Measurement.'))
    assert f'.{method.__name__}() ' in message
    assert "'no_such_argument'" in message
    assert all(name in message for name in signature.parameters)
    assert caught.value.__cause__ is caught.value.__context__ is None
    takes_all = {'values', 'updates'} & signature.parameters.keys()
    with pytest.raises(TypeError, match=r'\(\) .*; ') as caught:
        method(*[] if takes_all else range(20), **{'value': 1} if takes_all else {})
    assert len(traceback.extract_tb(caught.value.__traceback__)) == 2


def test_a_type_error_of_what_is_called_is_left_alone():
    def broken():
        return len(5)

    with pytest.raises(TypeError, match='has no len') as caught:
        User.bulk_save(broken() for _ in range(1))
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == 'broken'


@pytest.mark.parametrize(
    ('function', 'signature'),
    [
        (User, '(**kwargs)'),
        (User.keys_in, '(values)'),
        (User(email='a').save, '(overwrite=True, *, changed=False)'),
        (User.email.between, '(low, high)'),
        (ListField, '(field, default=[], *, min_size=None, max_size=None, required=False, '),
        (Transaction.get, '(targets)'),
    ],
)
def test_signatures_are_as_they_are_written(function, signature):
    written = inspect.signature(function)
    parameters = [each.replace(annotation=each.empty) for each in written.parameters.values()]
    assert str(inspect.Signature(parameters)).startswith(signature)


def test_methods_can_be_pickled_and_imitated():
    assert pickle.loads(pickle.dumps(User.get_one)) == User.get_one
    imitated = mock.create_autospec(User.get_one)
    with pytest.raises(TypeError):
        imitated(consistent_read=True)
    imitated('x', consistent=True)


@pytest.mark.parametrize('name', _foreign.IMPORTS)
def test_what_is_elsewhere_is_no_attribute_of_the_package_and_import_says_where_it_is(name):
    assert not hasattr(dynamongo, name)
    assert getattr(dynamongo, name, None) is None
    with pytest.raises(AttributeError, match='; write: from dynamongo'):
        getattr(dynamongo, name)
    with pytest.raises(ImportError, match='; write: from dynamongo'):
        exec(f'from dynamongo import Model, {name} as other', {})


@pytest.mark.parametrize('value', [1, 0, None, 'no', 'yes', [], StringField()])
@pytest.mark.parametrize(
    ('make', 'option'),
    [
        (StringField, 'required'),
        (IntField, 'required'),
        (IntField, 'strict'),
        (DateTimeField, 'convert_tz'),
        (DateTimeField, 'drop_tzinfo'),
        (TimestampField, 'fractions'),
        (URLField, 'fqdn'),
        (URLField, 'verify_exists'),
    ],
)
def test_an_option_that_is_true_or_false_takes_nothing_else(make, option, value):
    with pytest.raises(SchemaError, match=f'^{make.__name__} takes True or False as {option}'):
        make(**{option: value})
    assert make(**{option: True}) is not None
