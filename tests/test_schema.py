"""Model classes: what they declare, inherit and refuse when they are made."""

import pickle

import pytest

from dynamongo import (
    BooleanField,
    DictField,
    DoesNotExist,
    EmailField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    ListField,
    Model,
    SchemaError,
    StringField,
    TimedeltaField,
    UUIDField,
)
from tests.models import User


def declare(class_name='Broken', /, **namespace):
    """Make a model class of these attributes, valid ones unless they say otherwise."""
    body = {'__table__': 'broken', '__hash_key__': 'id', 'id': StringField(), **namespace}
    return type(Model)(
        class_name, (Model,), {key: body[key] for key in body if body[key] is not ...}
    )


def options(**values):
    return {f'__{name}__': value for name, value in values.items()}


def test_the_helper_makes_a_valid_class():
    assert declare()._schema.hash_key._name == 'id'


@pytest.mark.parametrize(
    ('namespace', 'message'),
    [
        (options(table=...), 'Broken has no __table__'),
        (options(table=''), 'Broken has no __table__'),
        (options(table='a b'), 'Broken __table__ must be'),
        (options(table=7), 'Broken __table__ must be'),
        (options(hash_key=...), 'Broken has no __hash_key__'),
        (options(hash_key='nope'), 'Broken has no field .* for its __hash_key__'),
        (options(hash_key='idd'), "did you mean 'id'?"),
        (options(hash_key=StringField()), '__hash_key__ takes the name of a field'),
        (options(range_key='nope'), 'Broken has no field .* for its __range_key__'),
        (options(range_key='id'), "'id' as both __hash_key__ and __range_key__"),
        ({'id': BooleanField()}, "BooleanField can't be a key"),
        ({'id': ListField(StringField)}, "ListField can't be a key"),
        ({'id': DictField()}, "DictField can't be a key"),
        ({'id': Field()}, "Field can't be a key"),
        (options(read_units=0), 'Broken __read_units__ must be an int of at least 1'),
        (options(write_units='8'), 'Broken __write_units__ must be an int of at least 1'),
        (options(write_units=True), 'Broken __write_units__ must be an int of at least 1'),
        (options(extra='drop'), 'Broken __extra__ must be one of keep, ignore, forbid'),
        (options(sort_key='id'), '__sort_key__ is no option; did you mean __range_key__?'),
        (options(table_name='x'), '__table_name__ is no option; did you mean __table__?'),
        (options(hashkey='id'), '__hashkey__ is no option; did you mean __hash_key__?'),
        (options(range_keys='id'), '__range_keys__ is no option; did you mean __range_key__?'),
        ({'name': StringField}, r'name is a field class; write StringField\(\)'),
        ({'name': (StringField(),)}, 'name is a tuple of a field; remove the comma'),
        ({'_name': StringField()}, '_name: .* must start with a letter'),
        ({'save_one': StringField()}, 'save_one: every model has a method of that name'),
        ({'table': StringField()}, "attribute='table'"),
        ({'to_dict': StringField()}, 'to_dict: every model has a method of that name'),
        ({'a': StringField(attribute='id')}, "a and id are both stored as 'id'"),
        (
            {'a': StringField(deserialize_from='z'), 'b': StringField(deserialize_from='z')},
            "b: 'z', in deserialize_from, is a name of another field",
        ),
        ({'a': StringField(deserialize_from=['id'])}, 'is a name of another field'),
        ({'age': IntField(default='x')}, 'Broken has an invalid default: Broken.age'),
        ({'age': IntField(default=5, max_value=3)}, 'Broken has an invalid default: Broken.age'),
        (
            {'tags': ListField(IntField, default=['x'])},
            r'Broken has an invalid default: Broken.tags\[0\]',
        ),
    ],
)
def test_declarations_that_cannot_work_are_refused(namespace, message):
    """The error names class and attribute, when the class is made."""
    with pytest.raises(SchemaError, match=message) as caught:
        declare(**namespace)
    assert 'Broken' in str(caught.value)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: ListField(str), 'ListField takes a Field class or instance'),
        (lambda: ListField('x'), 'ListField takes a Field class or instance'),
        (lambda: ListField(ListField), 'ListField ListField needs arguments'),
        (lambda: DictField(city=str), "DictField member 'city' takes a Field class or instance"),
        (
            lambda: DictField(required=True),
            "takes members, and no option 'required'; it is required",
        ),
        (lambda: DictField(_x=StringField()), 'must start with a letter'),
        (lambda: StringField(attribute='a', serialized_name='b'), 'differ'),
        (lambda: StringField(serialize_when_none=True), 'serialize_when_none has no effect'),
        (lambda: StringField(export_level=1), 'export_level has no effect'),
        (lambda: StringField(nope=1), "StringField is declared wrongly: .*'nope'"),
        (lambda: StringField(regex='('), 'StringField is declared wrongly'),
        (lambda: StringField(max_length='x'), 'takes an int as max_length'),
        (lambda: IntField(min_value='x'), 'takes a number as min_value'),
        (lambda: StringField(validators=len), 'validators takes a list'),
        (lambda: StringField(attribute=5), 'takes a name, a str, as attribute'),
        (lambda: StringField(attribute=''), 'takes a name, a str, as attribute'),
        (lambda: StringField(choices='abc'), 'choices takes a list'),
        (lambda: StringField(validators=['x']), 'validators are callables'),
        (lambda: TimedeltaField('fortnights'), 'precision'),
    ],
)
def test_fields_that_cannot_work_are_refused(make, message):
    with pytest.raises(SchemaError, match=message):
        make()


@pytest.mark.parametrize(
    ('field', 'kind'), [(IntField(), 'N'), (FloatField(), 'N'), (EmailField(), 'S'),
                        (UUIDField(), 'S'), (TimedeltaField(), 'N')],
)  # fmt: skip
def test_keys_are_strings_or_numbers(field, kind):
    from dynamongo import _table_requests

    request = _table_requests.create_table(declare(id=field)._schema)
    assert request['AttributeDefinitions'] == [{'AttributeName': 'id', 'AttributeType': kind}]


def test_units_default_to_8():
    assert User._schema.options.throughput == (8, 8)
    schema = declare(**options(read_units=1, write_units=2))._schema
    assert schema.options.throughput == (1, 2)


def test_fields_are_inherited():
    """From abstract and concrete models, and from classes that aren't models."""

    class Stamped:
        created = IntField(default=1)

    class Base(Stamped, Model):
        __abstract__ = True
        __hash_key__ = 'id'
        id = StringField()
        name = StringField()

    class First(Base):
        __table__ = 'first'

    class Second(First):
        __table__ = 'second'
        name = IntField()
        created = None

    assert list(First._schema.fields) == ['created', 'id', 'name']
    assert list(Second._schema.fields) == ['id', 'name']
    assert isinstance(Second.name, IntField)
    assert isinstance(First.name, StringField)
    assert (repr(First.name == 'a'), repr(Second.name == 1)) == (
        "First.name == 'a'",
        'Second.name == 1',
    )
    assert Second(name='3').name == 3
    assert issubclass(Second.DoesNotExist, First.DoesNotExist)


def test_fields_are_inherited_in_the_order_of_the_classes():
    """Python's method resolution order holds for fields too, removals included."""

    class Base(Model):
        __abstract__ = True
        __hash_key__ = 'id'
        id = StringField()
        x = StringField()
        y = StringField()

    class Left(Base):
        __abstract__ = True

    class Right(Base):
        __abstract__ = True
        x = IntField()
        y = None

    class Both(Left, Right):
        __table__ = 'both'

    assert isinstance(Both.x, IntField)
    assert list(Both._schema.fields) == ['id', 'x']


def test_fields_that_the_model_hides_are_refused():
    class Mixin:
        extra = StringField()

    with pytest.raises(SchemaError, match='Model hides the field'):

        class Page(Model, Mixin):
            __table__ = 'pages'
            __hash_key__ = 'id'
            id = StringField()


def test_class_keywords_reach_other_bases():
    class Tagged:
        def __init_subclass__(cls, tag=None, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.tag = tag

    class Page(Tagged, Model, tag='x'):
        __table__ = 'pages'
        __hash_key__ = 'id'
        id = StringField()

    assert Page.tag == 'x'


def test_fields_that_are_stored_elsewhere_are_refused():
    """A parent's field that its child renames would name the wrong attribute."""

    class Parent(Model):
        __table__ = 'parents'
        __hash_key__ = 'id'
        id = StringField()
        name = StringField()

        address = DictField(city=StringField(attribute='c'))
        gone = StringField()

    class Child(Parent):
        name = StringField(attribute='nm')
        address = DictField(city=StringField())
        gone = None
        other = StringField(attribute='gone')

    with pytest.raises(ExpressionError, match='use a field of Child'):
        Child.update_one('a', [Parent.address.city.set('x')])
    with pytest.raises(ExpressionError, match='use a field of Child'):
        Child.get_many(Parent.gone == 'x')

    with pytest.raises(ExpressionError, match='use a field of Child'):
        Child.get_many(Parent.name == 'x')
    with pytest.raises(ExpressionError, match='use a field of Child'):
        Child.update_one('a', [Parent.name.set('x')])


def test_one_field_in_two_models_serves_both():
    """schematics would rename the first model's field after the second's."""
    shared = StringField(max_length=3)
    first = declare('First', a=shared)
    second = declare('Second', b=shared)
    assert (repr(first.a), repr(second.b)) == (
        '<StringField First.a>',
        '<StringField Second.b>',
    )


def test_abstract_models_have_no_table():
    class Base(Model):
        __abstract__ = True
        id = StringField()

    for use in (Base, Base.table_name, Base.create_table, lambda: Base.get_one('x'), Model):
        with pytest.raises(SchemaError, match='abstract'):
            use()


def test_abstract_is_not_inherited():
    class Base(Model):
        __abstract__ = True

    with pytest.raises(SchemaError, match='no __table__'):

        class Child(Base):
            pass


def test_fields_may_bear_the_names_of_other_methods():
    """Only what the documentation promises is reserved."""
    names = ['extra', 'save', 'update', 'count', 'delete', 'items', 'fields', 'name', 'size']
    model = declare(**{name: StringField() for name in names})
    instance = model(id='a', **{name: name for name in names})
    assert [getattr(instance, name) for name in names] == names
    assert instance == model(id='a', **{name: name for name in names})
    assert repr(instance).startswith("Broken(id='a', extra='extra', save='save'")


def test_every_model_has_its_own_does_not_exist():
    assert issubclass(User.DoesNotExist, DoesNotExist)
    assert User.DoesNotExist is not declare().DoesNotExist
    assert repr(User.DoesNotExist) == "<class 'tests.models.User.DoesNotExist'>"
    error = pickle.loads(pickle.dumps(User.DoesNotExist('gone')))
    assert (type(error), str(error)) == (User.DoesNotExist, 'gone')


def test_class_access_gives_the_field_and_instance_access_the_value():
    assert isinstance(User.email, EmailField)
    assert User(email='a@b.co').email == 'a@b.co'
    assert User().email is None
