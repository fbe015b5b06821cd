"""What all fields have in common: signatures, options, naming, copies, and what they refuse."""

import copy
import decimal
import inspect
import pickle
import re

import pytest
from schematics import exceptions as schematics_exceptions
from schematics import types as schematics_types

import dynamongo
from dynamongo import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmailField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    IPAddressField,
    ListField,
    Model,
    SchemaError,
    StringField,
    TimedeltaField,
    URLField,
    UUIDField,
    ValidationError,
    fields,
)

TEXT_PARAMETERS = {'regex': None, 'max_length': None, 'min_length': None}

SIGNATURES = {
    IntField: {},
    FloatField: {},
    BooleanField: {},
    StringField: TEXT_PARAMETERS,
    EmailField: TEXT_PARAMETERS,
    URLField: {'fqdn': True, 'verify_exists': False},
    UUIDField: {},
    IPAddressField: TEXT_PARAMETERS,
    DateTimeField: {
        'formats': None,
        'serialized_format': None,
        'parser': None,
        'tzd': 'allow',
        'convert_tz': False,
        'drop_tzinfo': False,
    },
    DateField: {'formats': None},
    TimedeltaField: {'precision': 'seconds'},
    ListField: {'field': inspect.Parameter.empty, 'default': []},
    DictField: {},
}

SCHEMATICS = {
    Field: schematics_types.BaseType,
    IntField: schematics_types.IntType,
    FloatField: schematics_types.FloatType,
    BooleanField: schematics_types.BooleanType,
    StringField: schematics_types.StringType,
    EmailField: schematics_types.EmailType,
    URLField: schematics_types.URLType,
    UUIDField: schematics_types.UUIDType,
    IPAddressField: schematics_types.IPAddressType,
    DateTimeField: schematics_types.DateTimeType,
    DateField: schematics_types.DateType,
    TimedeltaField: schematics_types.TimedeltaType,
}

METHODS = {
    'set_name': {'name': inspect.Parameter.empty, 'parent': None},
    'in_': {'value': inspect.Parameter.empty},
    'contains': {'value': inspect.Parameter.empty},
    'begins_with': {'value': inspect.Parameter.empty},
    'exists': {},
    'not_exists': {},
    'between': {'low': inspect.Parameter.empty, 'high': inspect.Parameter.empty},
    'set': {'value': inspect.Parameter.empty},
    'set_if_not_exists': {'value': inspect.Parameter.empty},
    'remove': {},
    'to_primitive': {'value': inspect.Parameter.empty, 'context': None},
    'to_native': {'value': inspect.Parameter.empty, 'context': None},
}


def make(class_, **options):
    """Return a field of any class, with options where it takes them."""
    if class_ is ListField:
        return ListField(IntField, **options)
    if class_ is DictField:
        return DictField(n=IntField)
    return class_(**options)


ALL = [Field, *SIGNATURES]
WITH_OPTIONS = [class_ for class_ in ALL if class_ is not DictField]

#: Good input, and what is stored for it.
SAMPLES = {
    Field: ({'a': [1, 'b']}, {'a': [1, 'b']}),
    IntField: ('12', 12),
    FloatField: ('1.5', decimal.Decimal('1.5')),
    BooleanField: ('true', True),
    StringField: ('text', 'text'),
    EmailField: ('john@example.com', 'john@example.com'),
    URLField: ('http://example.com/', 'http://example.com/'),
    UUIDField: (
        '12345678123456781234567812345678',
        '12345678-1234-5678-1234-567812345678',
    ),
    IPAddressField: ('10.0.0.1', '10.0.0.1'),
    DateTimeField: ('2020-02-29T12:30:00Z', '2020-02-29T12:30:00.000000+0000'),
    DateField: ('2020-02-29', '2020-02-29'),
    TimedeltaField: (1.5, decimal.Decimal('1.5')),
    ListField: (['1', 2], [1, 2]),
    DictField: ({'n': '1', 'other': 'x'}, {'n': 1, 'other': 'x'}),
}


class Contact(Model):
    """At module level, so that its fields can be pickled."""

    __table__ = 'contacts'
    __hash_key__ = 'id'

    id = StringField()
    email = EmailField()
    tags = ListField(StringField)
    address = DictField(city=StringField(default='Rome'), lines=ListField(StringField))
    history = ListField(DictField(year=IntField))


def is_even(value):
    if value % 2:
        raise ValidationError('must be even')


# Signatures


#: Beyond the documented fields.
OTHERS = [
    'BinaryField',
    'DecimalField',
    'EnumField',
    'JSONField',
    'MapField',
    'SetField',
    'TimestampField',
    'VersionField',
]


def test_there_are_fourteen_fields():
    assert len(ALL) == 14
    assert sorted([*OTHERS, *(class_.__name__ for class_ in ALL)]) == sorted(fields.__all__)
    for class_ in ALL:
        assert getattr(dynamongo, class_.__name__) is class_
        assert getattr(fields, class_.__name__) is class_


@pytest.mark.parametrize(('class_', 'documented'), SIGNATURES.items())
def test_documented_signatures(class_, documented):
    """Names, order and defaults; what is new may be keyword-only."""
    parameters = inspect.signature(class_).parameters.values()
    positional = {
        p.name: p.default for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    }
    assert list(positional.items()) == list(documented.items())
    assert [p.name for p in parameters if p.kind is inspect.Parameter.VAR_KEYWORD] == (
        ['fields'] if class_ is DictField else ['kwargs']
    )
    assert not [p for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]


@pytest.mark.parametrize('class_', ALL)
@pytest.mark.parametrize(('name', 'documented'), METHODS.items())
def test_documented_methods(class_, name, documented):
    parameters = list(inspect.signature(getattr(class_, name)).parameters.values())[1:]
    assert {p.name: p.default for p in parameters} == documented


@pytest.mark.parametrize('name', ['append', 'prepend'])
def test_documented_methods_of_the_list_field(name):
    (_, values) = inspect.signature(getattr(ListField, name)).parameters.values()
    assert (values.name, values.kind) == ('values', inspect.Parameter.VAR_POSITIONAL)


@pytest.mark.parametrize('class_', ALL)
def test_default_is_a_property(class_):
    assert isinstance(inspect.getattr_static(class_, 'default'), property)


def test_documented_types_of_the_dict_field():
    assert DictField.primitive_type is dict
    assert DictField.native_type is dict


@pytest.mark.parametrize(('class_', 'type_'), SCHEMATICS.items())
def test_each_field_extends_the_type_that_it_is_documented_by(class_, type_):
    assert issubclass(class_, Field)
    assert issubclass(class_, type_)


@pytest.mark.parametrize('class_', ALL)
def test_every_public_attribute_of_a_field_has_a_docstring(class_):
    own = [
        (name, value)
        for name, value in vars(class_).items()
        if not name.startswith('_') and (inspect.isfunction(value) or isinstance(value, property))
    ]
    own = [(name, value) for name, value in own if not _documented_above(class_, name)]
    assert [name for name, value in own if not value.__doc__] == []
    assert class_.__doc__


def _documented_above(class_, name):
    return any(getattr(vars(base).get(name), '__doc__', None) for base in class_.__mro__[1:])


# Conversion


@pytest.mark.parametrize('class_', ALL)
def test_conversion_goes_both_ways(class_):
    """``to_native`` and ``to_primitive`` are opposites, and ``None`` passes through both."""
    given, stored = SAMPLES[class_]
    field = make(class_)
    native = field.to_native(given)
    assert field.native_type is None or type(native) is field.native_type
    primitive = field.to_primitive(native)
    assert primitive == stored
    assert type(primitive) is type(stored)
    assert field.to_native(native) == native
    assert field.to_native(primitive) == native
    assert field.validate(given) == native
    assert field.to_native(None) is None
    assert field.to_primitive(None) is None


@pytest.mark.parametrize('stored', ['garbage', decimal.Decimal('1.5'), [['x']], object()])
@pytest.mark.parametrize('class_', [class_ for class_ in ALL if class_ is not Field])
def test_what_another_program_stored_is_read_or_refused(class_, stored):
    """A value of the wrong type in the table is an error that names the field."""
    field = make(class_)
    field.set_name('attribute_name')
    readable = {(StringField, str), (EmailField, str), (URLField, str), (IPAddressField, str)} | {
        (FloatField, decimal.Decimal),
        (TimedeltaField, decimal.Decimal),
        (DateTimeField, decimal.Decimal),
    }
    if (class_, type(stored)) in readable:
        assert field._load(stored) is not None
    else:
        with pytest.raises(ValidationError) as raised:
            field._load(stored)
        assert str(raised.value).startswith('attribute_name')


@pytest.mark.parametrize('class_', ALL)
def test_a_field_can_be_called_as_in_schematics(class_):
    given, _ = SAMPLES[class_]
    field = make(class_)
    assert field(given) == field.to_native(given)


@pytest.mark.parametrize('value', [object(), {'a': object()}, 1 + 2j, range, b'\xff'])
@pytest.mark.parametrize('class_', [class_ for class_ in WITH_OPTIONS if class_ is not Field])
def test_nonsense_is_refused_by_name(class_, value):
    """No raw error escapes, and the message names the field."""
    field = make(class_)
    field.set_name('attribute_name')
    with pytest.raises(ValidationError) as raised:
        field.to_native(value)
    assert str(raised.value).startswith('attribute_name')


@pytest.mark.parametrize(
    ('values', 'error'),
    [
        ({'n': 'x'}, 'User.n'),
        ({'address': {'n': 'x'}}, 'User.address.n'),
        ({'address': {'deep': {'n': 'x'}}}, 'User.address.deep.n'),
        ({'numbers': [1, 'x']}, 'User.numbers[1]'),
        ({'matrix': [[1], [2, 'x']]}, 'User.matrix[1][1]'),
        ({'people': [{'n': 1}, {'n': 'x'}]}, 'User.people[1].n'),
    ],
)
def test_errors_name_model_path_and_value(values, error):
    class User(Model):
        __table__ = 'users'
        __hash_key__ = 'id'
        id = StringField()
        n = IntField()
        numbers = ListField(IntField)
        matrix = ListField(ListField(IntField))
        people = ListField(DictField(n=IntField))
        address = DictField(n=IntField, deep=DictField(n=IntField))

    with pytest.raises(ValidationError) as raised:
        User(id='a', **values)
    assert str(raised.value).startswith(f'{error}: takes a whole number')
    assert list(raised.value.errors) == [error[len('User.') :]]


def test_all_problems_of_an_item_are_reported_together(sent):
    """What can't be converted doesn't hide what is missing or breaks a rule."""

    class User(Model):
        __table__ = 'users'
        __hash_key__ = 'id'
        id = StringField()
        name = StringField(required=True)
        year = IntField()
        size = IntField(max_value=3)
        address = DictField(city=StringField(required=True), zip=IntField())

    with pytest.raises(ValidationError) as raised:
        User.save_one({'id': 'a', 'year': 'x', 'size': 5, 'address': {'zip': 'x'}})
    assert set(raised.value.errors) == {'name', 'year', 'size', 'address.city', 'address.zip'}
    assert sent == []


def test_an_error_of_a_bound_field_names_the_model():
    with pytest.raises(ValidationError, match=re.escape('Contact.address.city: ')):
        Contact.address.city.to_native(1.5)


def test_a_subclass_may_convert_values_of_its_own():
    class Upper(StringField):
        def to_native(self, value, context=None):
            text = super().to_native(value, context)
            return text if text is None else text.upper()

        def to_primitive(self, value, context=None):
            return super().to_primitive(value.lower(), context)

    class Shout(Model):
        __table__ = 'shouts'
        __hash_key__ = 'text'
        text = Upper()
        all = ListField(Upper)

    assert Shout(text='abc', all=['d']).to_dict() == {'text': 'ABC', 'all': ['D']}
    assert Shout.text.set('abc').value == 'abc'
    assert Shout.all.append('E').value == ['e']


def test_a_subclass_may_declare_validators_by_name():
    class Even(IntField):
        def validate_parity(self, value, context=None):
            is_even(value)

        def validate_small(self, value):
            if value > 10:
                raise ValidationError('must be small')

    assert Even().validate(4) == 4
    with pytest.raises(ValidationError) as raised:
        Even().validate(13)
    assert raised.value.errors == {'': 'must be even (got 13); must be small (got 13)'}


# Options


@pytest.mark.parametrize('value', [None, ''])
@pytest.mark.parametrize('class_', WITH_OPTIONS)
def test_required_refuses_empty_values(class_, value):
    field = make(class_, required=True)
    field.set_name('a')
    with pytest.raises(ValidationError, match=r'^a: This field is required'):
        field.validate(value)


@pytest.mark.parametrize('value', [None, ''])
@pytest.mark.parametrize('class_', [class_ for class_ in WITH_OPTIONS if class_ is not ListField])
def test_empty_values_are_fine_where_nothing_is_required(class_, value):
    assert make(class_).validate(value) is None


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        (BooleanField(required=True), False),
        (IntField(required=True), 0),
        (FloatField(required=True), 0.0),
        (Field(required=True), []),
        (Field(required=True), {}),
        (Field(required=True), b''),
        (StringField(required=True), ' '),
    ],
)
def test_required_takes_values_that_are_merely_false(field, value):
    assert field.validate(value) == value


def test_required_refuses_what_becomes_empty_by_conversion():
    with pytest.raises(ValidationError, match='This field is required'):
        StringField(required=True).validate(b'')
    assert StringField(min_length=3).validate(b'') is None


def test_validators_are_not_asked_about_nothing():
    asked = []
    IntField(validators=[asked.append]).validate(None)
    assert asked == []
    IntField(validators=[asked.append]).validate('3')
    assert asked == [3]


@pytest.mark.parametrize(
    ('class_', 'given'), [(class_, SAMPLES[class_][0]) for class_ in WITH_OPTIONS]
)
def test_choices_are_compared_with_the_converted_value(class_, given):
    native = make(class_).to_native(given)
    assert make(class_, choices=[native]).validate(given) == native
    with pytest.raises(ValidationError, match='must be one of'):
        make(class_, choices=[]).validate(given)


@pytest.mark.parametrize('choices', [['a', 'b'], ('a', 'b'), {'a', 'b'}, {'a': 1, 'b': 2}])
def test_choices_may_be_any_collection(choices):
    field = StringField(choices=choices)
    assert field.validate('b') == 'b'
    with pytest.raises(ValidationError, match=re.escape("Value (c) must be one of ['")):
        field.validate('c')


@pytest.mark.parametrize('choices', ['ab', b'ab', 5])
def test_choices_that_are_no_collection_are_refused(choices):
    with pytest.raises(SchemaError, match='StringField'):
        StringField(choices=choices)


class Checker:
    """Validators of every kind."""

    def __init__(self):
        self.seen = []

    def takes_value(self, value):
        self.seen.append((value,))

    def takes_context(self, value, context):
        self.seen.append((value, type(context)))

    @staticmethod
    def is_static(value):
        is_even(value)

    @classmethod
    def of_class(cls, value):
        is_even(value)

    def __call__(self, value):
        self.seen.append((value,))


@pytest.mark.parametrize('method', ['takes_value', '__call__'])
def test_validators_may_take_the_value_alone(method):
    checker = Checker()
    assert IntField(validators=[getattr(checker, method)]).validate('3') == 3
    assert checker.seen == [(3,)]


def test_validators_may_take_a_context():
    checker = Checker()
    IntField(validators=[checker.takes_context]).validate(3)
    ((value, context),) = checker.seen
    assert value == 3
    assert context is not type(None)


def test_validators_get_the_context_of_the_caller():
    seen = []
    field = IntField(validators=[lambda value, context: seen.append(context)])
    context = object()
    field.validate(3, context)
    assert seen == [context]


@pytest.mark.parametrize(
    'validator',
    [
        is_even,
        lambda value, context: is_even(value),
        lambda value, context=None: is_even(value),
        Checker.is_static,
        Checker.of_class,
        Checker().is_static,
        type('Callable', (), {'__call__': lambda self, value: is_even(value)})(),
    ],
)
def test_validators_may_be_any_callable(validator):
    field = IntField(validators=[validator])
    assert field.validate(4) == 4
    with pytest.raises(ValidationError, match=r'must be even \(got 3\)'):
        field.validate(3)


def raising(error):
    def validator(value):
        raise error

    return validator


@pytest.mark.parametrize(
    ('error', 'errors'),
    [
        (ValidationError('is odd'), {'': 'is odd (got 3)'}),
        (ValueError('is odd'), {'': 'is odd (got 3)'}),
        (schematics_exceptions.ValidationError('is odd'), {'': 'is odd (got 3)'}),
        (schematics_exceptions.ConversionError('is odd'), {'': 'is odd (got 3)'}),
        (
            schematics_exceptions.ValidationError(['is odd', 'is low']),
            {'': 'is odd (got 3); is low (got 3)'},
        ),
    ],
)
def test_validators_may_raise_errors_of_either_library(error, errors):
    with pytest.raises(ValidationError) as raised:
        IntField(validators=[raising(error)]).validate(3)
    assert raised.value.errors == errors


def test_all_validators_are_heard():
    field = IntField(
        max_value=2,
        choices=[1],
        validators=[raising(ValidationError('is odd')), raising(ValidationError('is low'))],
    )
    with pytest.raises(ValidationError) as raised:
        field.validate(3)
    messages = [problem.message for problem in raised.value.problems]
    assert len(messages) == 4
    assert messages[-2:] == ['is odd', 'is low']


def test_a_validator_may_stop_the_chain():
    stop = raising(schematics_exceptions.StopValidationError('stop'))
    with pytest.raises(ValidationError) as raised:
        IntField(validators=[stop, raising(ValidationError('next'))]).validate(3)
    assert raised.value.errors == {'': 'stop (got 3)'}


@pytest.mark.parametrize('validator', ['is_even', 3, None])
def test_what_cannot_be_called_is_no_validator(validator):
    with pytest.raises(SchemaError, match='is no validator'):
        IntField(validators=[validator])


@pytest.mark.parametrize(
    ('field', 'value', 'message'),
    [
        (StringField(required=True, messages={'required': 'Say it'}), None, 'Say it'),
        (IntField(max_value=1, messages={'number_max': 'Too much'}), 2, 'Too much'),
        (IntField(messages={'number_coerce': 'No number'}), 'x', 'No number'),
        (StringField(max_length=1, messages={'max_length': 'Shorter'}), 'ab', 'Shorter'),
        (StringField(regex='a', messages={'regex': 'Say a'}), 'b', 'Say a'),
        (StringField(choices=['a'], messages={'choices': 'Say a'}), 'b', 'Say a'),
        (EmailField(messages={'email': 'No mail'}), 'b', 'No mail'),
        (URLField(messages={'invalid_url': 'No link'}), 'b', 'No link'),
        (UUIDField(messages={'convert': 'No id'}), 'b', 'No id'),
        (TimedeltaField(messages={'convert': 'No time'}), 'b', 'No time'),
        (DateTimeField(messages={'parse': 'No time'}), 'b', 'No time'),
        (ListField(IntField, messages={'list': 'No list'}), 'b', 'No list'),
        (ListField(IntField, max_size=1, messages={'max_size': 'Less'}), [1, 2], 'Less'),
    ],
)
def test_messages_can_be_replaced(field, value, message):
    with pytest.raises(ValidationError) as raised:
        field.validate(value)
    assert [problem.message for problem in raised.value.problems] == [message]


@pytest.mark.parametrize('class_', WITH_OPTIONS)
def test_metadata_is_kept(class_):
    assert make(class_, metadata={'label': 'Name'}).metadata == {'label': 'Name'}
    assert make(class_).metadata == {}


def test_an_attribute_can_be_stored_under_another_name():
    for field in (IntField(attribute='stored'), IntField(serialized_name='stored')):
        field.set_name('name')
        assert str(field._path) == 'stored'
    assert IntField(attribute='same', serialized_name='same').serialized_name == 'same'
    with pytest.raises(SchemaError, match='differ'):
        IntField(attribute='one', serialized_name='other')


@pytest.mark.parametrize('alias', ['old', ['older', 'old']])
def test_values_are_accepted_under_other_names(alias):
    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        new = IntField(deserialize_from=alias)
        inner = DictField(new=IntField(deserialize_from=alias))

    assert Item(old='3').new == 3
    assert Item(inner={'old': '3'}).inner == {'new': 3}


@pytest.mark.parametrize('option', ['export_level', 'serialize_when_none'])
@pytest.mark.parametrize('class_', WITH_OPTIONS)
def test_options_without_effect_are_refused(class_, option):
    with pytest.raises(SchemaError, match=f'{option} has no effect'):
        make(class_, **{option: False})


@pytest.mark.parametrize('class_', WITH_OPTIONS)
def test_unknown_options_are_refused(class_):
    with pytest.raises(SchemaError, match=f'{class_.__name__}.*requierd'):
        make(class_, requierd=True)


# Defaults


@pytest.mark.parametrize('class_', [class_ for class_ in WITH_OPTIONS if class_ is not ListField])
def test_there_is_no_default_unless_one_is_given(class_):
    assert make(class_).default is None


@pytest.mark.parametrize('class_', WITH_OPTIONS)
def test_defaults_are_handed_out(class_):
    value, _ = SAMPLES[class_]
    assert make(class_, default=value).default == value
    assert make(class_, default=lambda: value).default == value


@pytest.mark.parametrize(
    ('field', 'touch'),
    [
        (Field(default={'a': {'b': []}}), lambda value: value['a']['b'].append(1)),
        (Field(default=[[]]), lambda value: value[0].append(1)),
        (ListField(Field), lambda value: value.append(1)),
        (ListField(Field, default=[[]]), lambda value: value[0].append(1)),
        (ListField(Field, [{'a': []}]), lambda value: value[0]['a'].append(1)),
        (DictField(a=Field(default=[])), lambda value: value['a'].append(1)),
        (DictField(a=ListField(Field)), lambda value: value['a'].append(1)),
        (DictField(a=DictField(b=Field(default=[1]))), lambda value: value['a']['b'].append(1)),
    ],
)
def test_mutable_defaults_are_never_shared(field, touch):
    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        value = field

    before = copy.deepcopy(field.default)
    first, second = Item(id='a'), Item(id='b')
    touch(first.value)
    touch(field.default)
    assert first.value != before
    assert second.value == before
    assert Item(id='c').value == before
    assert field.default == before


def test_a_given_default_is_not_kept_by_reference():
    given = [1]
    field = ListField(IntField, given)
    field.default.append(2)
    assert given == [1]


class Counter:
    """A default that counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.calls


def test_callable_defaults_are_called_once_for_each_instance():
    counter = Counter()

    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        n = IntField(default=counter)

    assert counter.calls == 0
    assert [Item(id='a').n, Item(id='b').n] == [1, 2]
    assert Item(id='c', n=9).n == 9
    assert counter.calls == 2
    assert Item.n.default == 3


def test_callable_defaults_of_members_are_called_once_for_each_instance():
    counter = Counter()

    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        inner = DictField(n=IntField(default=counter))

    assert counter.calls == 0, 'making the class is no reason to call it'
    assert [Item(id='a').inner, Item(id='b', inner={'x': 1}).inner] == [{'n': 1}, {'n': 2, 'x': 1}]
    assert counter.calls == 2


@pytest.mark.parametrize('default', [False, 0])
def test_false_defaults_are_defaults(default):
    assert Field(default=default).default is default


# Names


@pytest.mark.parametrize('name', ['a', 'Z', 'name_2', 'caf\u00e9', '\u00e9t\u00e9', 'a.b', 'a-b'])
def test_set_name_gives_a_name(name):
    field = StringField()
    field.set_name(name)
    assert field.name == name
    assert field._path == (name,)
    assert repr(field) == f'<StringField {name}>'


@pytest.mark.parametrize('name', ['', '1a', '_a', '-a', ' a', '.a', None, 5, b'a'])
def test_set_name_refuses_what_does_not_start_with_a_letter(name):
    field = StringField()
    with pytest.raises(SchemaError, match='must start with a letter'):
        field.set_name(name)
    assert field.name is None


def test_set_name_takes_a_parent():
    parent, child = DictField(), StringField()
    parent.set_name('address')
    child.set_name('city', parent)
    assert child._path == ('address', 'city')
    child.set_name('city', parent=None)
    assert child._path == ('city',)


@pytest.mark.parametrize('class_', ALL)
def test_a_field_without_a_name_makes_no_request(class_):
    field = make(class_)
    assert repr(field) == f'<{class_.__name__} {class_.__name__}()>'
    with pytest.raises(ExpressionError, match='belongs to no model'):
        field._path


@pytest.mark.parametrize(
    ('field', 'path', 'label'),
    [
        (Contact.email, 'email', 'Contact.email'),
        (Contact.tags[0], 'tags[0]', 'Contact.tags[0]'),
        (Contact.address.city, 'address.city', 'Contact.address.city'),
        (Contact.address['city'], 'address.city', 'Contact.address.city'),
        (Contact.address['zip'], 'address.zip', "Contact.address['zip']"),
        (Contact.address.lines[3], 'address.lines[3]', 'Contact.address.lines[3]'),
        (Contact.history[1], 'history[1]', 'Contact.history[1]'),
        (Contact.history[1].year, 'history[1].year', 'Contact.history[1].year'),
    ],
)
def test_fields_of_a_model_know_their_place(field, path, label):
    assert str(field._path) == path
    assert field._label == label
    assert repr(field) == f'<{type(field).__name__} {label}>'


@pytest.mark.parametrize(
    ('field', 'key', 'problem'),
    [
        (Contact.email, 'a', 'which has no members'),
        (Contact.email, 0, 'which has no members'),
        (Contact.tags, 'a', 'is a list'),
        (Contact.tags, -1, 'from the start'),
        (Contact.tags, True, 'indexed by'),
        (Contact.tags, slice(1), 'is a list'),
        (Contact.address, 0, 'is a dict'),
        (Contact.address, None, 'is a dict'),
    ],
)
def test_paths_that_lead_nowhere_are_refused(field, key, problem):
    with pytest.raises(ExpressionError, match=problem):
        field[key]


def test_a_bare_field_leads_anywhere():
    field = Field()
    field.set_name('body')
    assert str(field['a'][0]['b.c']._path) == 'body.a[0].b.c'
    assert field['a'][0]._path == ('body', 'a', 0)


def test_an_undeclared_member_is_no_attribute():
    with pytest.raises(AttributeError, match=re.escape("write Contact.address['street']")):
        Contact.address.street
    assert not hasattr(Contact.address, 'street')


# Identity


def test_one_field_may_be_declared_in_two_models():
    """schematics would rename it: each model gets a field of its own."""
    shared = IntField(min_value=1, validators=[is_even])
    nested = DictField(n=shared, all=ListField(shared))

    class One(Model):
        __table__ = 'ones'
        __hash_key__ = 'first'
        first = shared
        inner = nested

    class Two(Model):
        __table__ = 'twos'
        __hash_key__ = 'second'
        second = shared
        other = nested
        third = shared

    assert [str(field._path) for field in (One.first, Two.second, Two.third)] == [
        'first',
        'second',
        'third',
    ]
    assert [f._label for f in (One.inner.n, Two.other.n)] == ['One.inner.n', 'Two.other.n']
    assert [f._label for f in (One.inner.all[0], Two.other.all[0])] == [
        'One.inner.all[0]',
        'Two.other.all[0]',
    ]
    assert shared.name is None
    assert repr(One.first == 2) == 'One.first == 2'
    for field in (One.first, Two.second, Two.other.n):
        with pytest.raises(ValidationError, match=re.escape(field._label)):
            field.validate(3)


def test_a_field_may_be_declared_twice_in_one_model():
    shared = IntField()

    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'a'
        a = shared
        b = shared

    item = Item(a=1, b=2)
    assert (item.a, item.b) == (1, 2)


@pytest.mark.parametrize('class_', ALL)
def test_fields_can_be_hashed(class_):
    one, other = make(class_), make(class_)
    assert {one: 'one', other: 'other'}[one] == 'one'
    assert len({one, other, one}) == 2


@pytest.mark.parametrize('class_', ALL)
def test_fields_refuse_membership_of_lists(class_):
    """``field in [...]`` would compare, and every comparison is a condition."""
    field, *others = (make(class_) for _ in range(3))
    for one, name in zip((field, *others), 'abc'):
        one.set_name(name)
    with pytest.raises(ExpressionError, match='has no truth value'):
        field in others


@pytest.mark.parametrize('class_', ALL)
def test_fields_refuse_the_in_operator(class_):
    with pytest.raises(ExpressionError, match=re.escape('.contains(value)')):
        'a' in make(class_)


@pytest.mark.parametrize('class_', ALL)
def test_fields_refuse_iteration(class_):
    for iterate in (iter, list, tuple, set, lambda field: [*field], lambda field: dict(field)):
        with pytest.raises(TypeError, match='not iterable'):
            iterate(make(class_))


@pytest.mark.parametrize('class_', ALL)
def test_fields_refuse_truth_testing(class_):
    field = make(class_)
    with pytest.raises(ExpressionError, match='has no truth value'):
        bool(field)
    with pytest.raises(ExpressionError, match='has no truth value'):
        not field
    with pytest.raises(ExpressionError, match='has no truth value'):
        'yes' if field else 'no'


# Copies


def own_validators(field):
    return {check.__self__ for check in field.validators if hasattr(check, '__self__')}


@pytest.mark.parametrize('duplicate', [copy.copy, copy.deepcopy, Field._clone])
@pytest.mark.parametrize('class_', ALL)
def test_copies_have_validators_of_their_own(class_, duplicate):
    original = make(class_)
    original.set_name('original')
    twin = duplicate(original)
    assert type(twin) is class_
    assert own_validators(twin) == {twin}
    assert own_validators(original) == {original}
    assert all(method.__self__ is twin for method in twin.export_mapping.values())


@pytest.mark.parametrize('duplicate', [copy.copy, copy.deepcopy, Field._clone])
def test_copies_are_independent(duplicate):
    original = IntField(max_value=5, validators=[is_even])
    twin = duplicate(original)
    twin.max_value = 1
    assert original.validate(4) == 4
    with pytest.raises(ValidationError) as raised:
        twin.validate(3)
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize('duplicate', [copy.copy, copy.deepcopy])
def test_copies_keep_their_place_and_clones_lose_it(duplicate):
    assert duplicate(Contact.email)._label == 'Contact.email'
    assert duplicate(Contact.address.city)._label == 'Contact.address.city'
    assert duplicate(Contact.address).city._label == 'Contact.address.city'
    assert duplicate(Contact.tags)[0]._label == 'Contact.tags[0]'
    assert Contact.address._clone()._label == 'DictField()'
    assert Contact.address._label == 'Contact.address'


@pytest.mark.parametrize('duplicate', [copy.copy, copy.deepcopy])
def test_copies_of_containers_hold_copies(duplicate):
    twin = duplicate(Contact.address)
    assert twin.city is not Contact.address.city
    assert twin.city._parent is twin
    assert Contact.address.city._parent is Contact.address
    tags = duplicate(Contact.tags)
    assert tags.field is not Contact.tags.field
    assert tags.field._parent is tags


def pickled(field, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(field, protocol))


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize('class_', ALL)
def test_fields_can_be_pickled(class_, protocol):
    given, stored = SAMPLES[class_]
    twin = pickled(make(class_), protocol)
    assert type(twin) is class_
    assert own_validators(twin) == {twin}
    assert twin.to_primitive(twin.validate(given)) == stored


def test_pickled_fields_keep_their_options():
    twin = pickled(
        IntField(required=True, max_value=5, validators=[is_even], attribute='n', default=2)
    )
    assert (twin.default, twin.required, twin._attribute) == (2, True, 'n')
    with pytest.raises(ValidationError, match='required'):
        twin.validate(None)
    with pytest.raises(ValidationError) as raised:
        twin.validate(7)
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize(
    'field',
    [
        Contact.email,
        Contact.tags,
        Contact.tags[0],
        Contact.address,
        Contact.address.city,
        Contact.address['zip'],
        Contact.address.lines[2],
        Contact.history[1].year,
    ],
    ids=lambda field: field._label,
)
def test_fields_of_a_model_can_be_pickled(field):
    twin = pickled(field)
    assert twin._label == field._label
    assert twin._path == field._path
    assert twin._owner is Contact
    assert type(twin) is type(field)


def test_pickled_members_reach_each_other():
    twin = pickled(DictField(city=StringField(), deep=DictField(n=ListField(IntField))))
    twin.set_name('address')
    assert twin.city._label == 'address.city'
    assert twin.deep.n[2]._label == 'address.deep.n[2]'
    with pytest.raises(ValidationError, match=re.escape('address.deep.n[1]')):
        twin.validate({'deep': {'n': [1, 'x']}})
