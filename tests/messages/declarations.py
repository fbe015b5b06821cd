"""What a class body gets wrong, and the arguments of fields and indexes."""

import decimal
import enum

import dynamongo
from dynamongo import (
    DateTimeField,
    DecimalField,
    DictField,
    EnumField,
    Field,
    GlobalIndex,
    IntField,
    JSONField,
    ListField,
    LocalIndex,
    Model,
    SchemaError,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    VersionField,
)
from tests.messages.case import Case, model


class Pet(Model):
    """The root of a family."""

    __table__ = 'pets'
    __hash_key__ = 'id'
    __discriminator__ = 'kind'

    id = StringField()
    name = StringField()
    weight = IntField()
    by_name = GlobalIndex('name')


class Dog(Pet):
    """A member of it."""


class Named:
    """Declares a field, and is no model."""

    name = StringField()
    save = StringField()


class Saving:
    """Has a hook, and is no model."""

    def before_save(self):
        pass


def importing(name):
    exec(f'from dynamongo import {name}', {})


class Colour(enum.Enum):
    RED = 1


class Mixed(enum.Enum):
    RED = 1
    BLUE = 'blue'


class Blank(enum.Enum):
    NONE = ''


class Huge(enum.Enum):
    ALL = 10**40 + 1


class Alike(enum.Enum):
    ONE = 0.1
    OTHER = decimal.Decimal('0.1')


class Odd(enum.Enum):
    PAIR = (1, 2)


async def later(self):
    """A hook that can't be called."""


def hook(cls, item):
    return item


def pet(name='Cat', bases=(Pet,), **namespace):
    """Make a class of the family of pets."""
    return type(Model)(name, bases, {'__module__': __name__, '__qualname__': name, **namespace})


def siblings(one, other):
    """Make two classes that extend the same one."""
    root = model(__discriminator__='kind')
    pet('One', (root,), **one)
    pet('Two', (root,), **other)


RANGED = {'__range_key__': 'day', 'day': IntField()}
MANY = {f'f{number}': StringField() for number in range(110)}

MODELS = [
    Case(
        lambda: model(__table__=None),
        SchemaError,
        'has no __table__',
        'Thing',
        'set __abstract__ = True',
    ),
    Case(lambda: model(__table__='my things'), SchemaError, "'my things'", 'Thing', 'at most 255'),
    Case(
        lambda: model(__hash_key__=None),
        SchemaError,
        'has no __hash_key__',
        'Thing',
        'name the field',
    ),
    Case(
        lambda: model(__hash_key__='ident'),
        SchemaError,
        'has no field',
        ('Thing', '__hash_key__', "'ident'"),
        'the fields are id',
    ),
    Case(
        lambda: model(__range_key__='id'),
        SchemaError,
        'both __hash_key__ and __range_key__',
        ('Thing', "'id'"),
    ),
    Case(
        lambda: model(id=ListField(StringField())),
        SchemaError,
        "ListField can't be a key",
        ('Thing', "__hash_key__ 'id'"),
        'strings, numbers and binary',
    ),
    Case(
        lambda: model(id=JSONField()),
        SchemaError,
        "can't be a key",
        ('Thing', "__hash_key__ 'id'"),
    ),
    Case(
        lambda: model(id=StringField(attribute='x' * 256)),
        SchemaError,
        'not 256',
        ('Thing', "__hash_key__ 'id'"),
        'at most 255 characters',
    ),
    Case(
        lambda: model(__hash_key__=StringField()),
        SchemaError,
        '__hash_key__ takes the name of a field',
        'Thing',
    ),
    Case(lambda: model(__extra__=IntField()), SchemaError, '__extra__ takes no field', 'Thing'),
    Case(
        lambda: model(get_one=StringField()),
        SchemaError,
        'every model has a method of that name',
        ('Thing', 'get_one'),
        ('rename the field', "attribute='get_one'"),
    ),
    Case(
        lambda: model(table=GlobalIndex('id')),
        SchemaError,
        'every model has a method of that name',
        ('Thing', 'table'),
        "name='table'",
    ),
    Case(
        lambda: model(name=StringField),
        SchemaError,
        'name is a field class',
        'Thing',
        'write StringField()',
    ),
    Case(
        lambda: model(by_name=GlobalIndex),
        SchemaError,
        'by_name is an index class',
        'Thing',
        'write GlobalIndex(...)',
    ),
    Case(
        lambda: model(name=(StringField(),)),
        SchemaError,
        'name is a tuple of a field',
        'Thing',
        'remove the comma',
    ),
    Case(
        lambda: model(Model, Named),
        SchemaError,
        'Model hides the field',
        ('Thing', 'save'),
        'before the model among the bases',
    ),
    Case(
        lambda: model(Pet, weight=7),
        SchemaError,
        'weight takes the place of a field',
        'Thing',
        ('a property without a setter', 'weight = None removes it'),
    ),
    Case(
        lambda: model(**{'9lives': IntField()}),
        SchemaError,
        'must start with a letter',
        ('Thing', '9lives'),
    ),
    Case(
        lambda: model(Counted, version=property(lambda self: 1)),
        SchemaError,
        'a VersionField is counted, not computed',
        ('Thing', 'version'),
    ),
    Case(
        lambda: model(a=StringField(attribute='x'), b=StringField(attribute='x')),
        SchemaError,
        'are both stored as',
        ('Thing', 'b and a', "'x'"),
    ),
    Case(
        lambda: model(a=StringField(deserialize_from='id')),
        SchemaError,
        'is a name of another field',
        ('Thing', "'id'", 'deserialize_from'),
    ),
    Case(
        lambda: model(age=IntField(default='old')),
        SchemaError,
        'has an invalid default',
        ('Thing', 'Thing.age', "'old'"),
    ),
    Case(
        lambda: model(ages=ListField(IntField(), default=(age for age in [1]))),
        SchemaError,
        'takes a default that can be copied',
        ('Thing.ages', 'generator'),
        'give a function that makes one',
    ),
    Case(
        lambda: model(__tablename__='x'),
        SchemaError,
        '__tablename__ is no option',
        'Thing',
        'did you mean __table__?',
    ),
    Case(
        lambda: model(__extra__='drop'),
        SchemaError,
        '__extra__ must be one of keep, ignore, forbid',
        ('Thing', "'drop'"),
    ),
    Case(
        lambda: model(__abstract__='yes'),
        SchemaError,
        '__abstract__ must be True or False',
        ('Thing', "'yes'"),
    ),
    Case(
        lambda: model(__allow_scan__='yes'),
        SchemaError,
        '__allow_scan__ must be True or False',
        ('Thing', "'yes'"),
    ),
    Case(
        lambda: model(__read_units__=0),
        SchemaError,
        '__read_units__ must be an int of at least 1',
        ('Thing', '0'),
    ),
    Case(
        lambda: model(a=VersionField(), b=VersionField()),
        SchemaError,
        'has more than one VersionField: a and b',
        'Thing',
        'keep one',
    ),
    Case(
        lambda: model(id=VersionField()),
        SchemaError,
        'changes with every write, so it is no key',
        ('Thing', 'id'),
    ),
    Case(
        lambda: model(Model, Saving),
        SchemaError,
        'never calls Saving.before_save',
        'Thing',
        'name Saving before Model',
    ),
    Case(
        lambda: model(before_save=later),
        SchemaError,
        'has before_save as async def',
        'Thing',
        'called, not awaited',
    ),
    Case(
        lambda: model(before_load=hook),
        SchemaError,
        'has before_load as a method',
        'Thing',
        'put @classmethod above it',
    ),
    Case(
        lambda: model(__abstract__=True).get_one('a'),
        SchemaError,
        'is abstract',
        'Thing',
        'no table to work on',
    ),
]

FOREIGN = [
    Case(
        lambda: model(Meta=type('Meta', (), {'table_name': 'x'})),
        SchemaError,
        'options are attributes of the model',
        ('Thing', 'Meta'),
        'for table_name, ',
    ),
    Case(
        lambda: Pet.query,
        AttributeError,
        "Pet has no attribute 'query'",
        'Pet',
        'get_many',
    ),
    Case(
        lambda: DictField(required=True),
        SchemaError,
        "takes members, and no option 'required'",
        'DictField',
        'it is required where a member is',
    ),
]

TABLES = [
    Case(
        lambda: model(__ttl__='until', until=StringField()),
        SchemaError,
        'takes the time as a number',
        ('Thing', "__ttl__ 'until'"),
        'name a field of numbers, not StringField',
    ),
    Case(
        lambda: model(__ttl__='until', until=Field()),
        SchemaError,
        'takes the time as a number',
        ('Thing', "__ttl__ 'until'"),
        'name a field of numbers, not Field',
    ),
    Case(
        lambda: model(__tags__={'a': 1}),
        SchemaError,
        '__tags__ must be a dict of str to str',
        ('Thing', "{'a': 1}"),
    ),
    Case(
        lambda: model(__tags__=dict.fromkeys(map(str, range(51)), '')),
        SchemaError,
        '__tags__ holds at most 50 tags',
        ('Thing', '51'),
    ),
    Case(
        lambda: model(__tags__={'aws:a': 'b'}),
        SchemaError,
        "doesn't begin with aws:",
        ('Thing', '__tags__', "'aws:a'"),
    ),
    Case(
        lambda: model(__tags__={'a': 'b' * 257}),
        SchemaError,
        'a value has at most 256 characters',
        ('Thing', "__tags__ 'a'"),
    ),
    Case(
        lambda: model(__encryption__=True),
        SchemaError,
        "__encryption__ must be None, 'KMS', or the id",
        ('Thing', 'True'),
    ),
    Case(
        lambda: model(__billing_mode__='PAY_PER_REQUEST', __read_units__=5),
        SchemaError,
        'which provisions nothing',
        ('Thing', '__billing_mode__'),
        'remove __read_units__',
    ),
]

INDEXES = [
    Case(
        lambda: GlobalIndex(Pet.name),
        SchemaError,
        'takes the name of a field, a str',
        ('GlobalIndex', 'Pet.name'),
    ),
    Case(
        lambda: GlobalIndex('name', name='x y'),
        SchemaError,
        'takes as name 3 to 255',
        ('GlobalIndex', "'x y'"),
    ),
    Case(
        lambda: GlobalIndex('name', 'name'),
        SchemaError,
        'needs a hash key, and a range key other than that',
        'GlobalIndex',
    ),
    Case(lambda: LocalIndex(None), SchemaError, 'needs a range key', 'LocalIndex'),
    Case(
        lambda: GlobalIndex('name', read_units=0),
        SchemaError,
        'takes as units an int of at least 1',
        ('GlobalIndex', '0'),
    ),
    Case(
        lambda: GlobalIndex('name', projection='some'),
        SchemaError,
        "takes as projection 'all', 'keys', or a list of names",
        ('GlobalIndex', "'some'"),
    ),
    Case(
        lambda: GlobalIndex('name', projection=[3]),
        SchemaError,
        'takes names of fields as projection',
        ('GlobalIndex', '[3]'),
    ),
    Case(
        lambda: model(ix=GlobalIndex('id')),
        SchemaError,
        'has 3 to 255 of the characters',
        ('Thing', 'ix'),
        "give it one by name='...'",
    ),
    Case(
        lambda: model(**MANY, by_id=GlobalIndex('id', projection=list(MANY))),
        SchemaError,
        'lists at most 20 fields besides keys',
        ('Thing', 'by_id', '110'),
    ),
    Case(
        lambda: model(one=GlobalIndex('id', name='same'), two=GlobalIndex('id', name='same')),
        SchemaError,
        'are both called',
        ('Thing', 'two and one', "'same'"),
    ),
    Case(
        lambda: model(**RANGED, **{f'by{n}': LocalIndex('id2') for n in range(6)}, id2=IntField()),
        SchemaError,
        'has more than 5 of LocalIndex',
        ('Thing', 'by0, by1'),
    ),
    Case(
        lambda: model(by_day=LocalIndex('day'), day=IntField()),
        SchemaError,
        'a LocalIndex needs a table with a __range_key__',
        ('Thing', 'by_day'),
        'declare a GlobalIndex',
    ),
    Case(
        lambda: model(**RANGED, by_id=LocalIndex('id')),
        SchemaError,
        'has the hash key of the table',
        ('Thing', 'by_id', "'id'"),
        'name another range key',
    ),
    Case(
        lambda: model(by_nmae=GlobalIndex('nmae'), name=StringField()),
        SchemaError,
        "has no field 'nmae' for its by_nmae",
        'Thing',
        "did you mean 'name'?",
    ),
    Case(
        lambda: setattr(Pet(), 'by_name', 1),
        AttributeError,
        'is an index; it takes no value',
        'Pet.by_name',
    ),
    Case(
        lambda: delattr(Pet(), 'by_name'),
        AttributeError,
        "is an index; it can't be deleted",
        'Pet.by_name',
    ),
]

FAMILIES = [
    Case(
        lambda: model(__discriminator_value__='x'),
        SchemaError,
        '__discriminator_value__ needs a __discriminator__',
        'Thing',
    ),
    Case(
        lambda: model(__discriminator__=3),
        SchemaError,
        '__discriminator__ takes the name of a field, a str',
        ('Thing', '3'),
    ),
    Case(
        lambda: model(__discriminator__='to_json'),
        SchemaError,
        "names 'to_json', which is something else than a field",
        'Thing',
    ),
    Case(
        lambda: model(__discriminator__='kind', kind=IntField()),
        SchemaError,
        'which tells the class from others, is no value of kind',
        "Thing 'Thing'",
        'set __discriminator_value__',
    ),
    Case(
        lambda: model(__discriminator__='kind', kind=IntField(), __discriminator_value__=3),
        SchemaError,
        'must be stored as text, not empty',
        ('Thing', '__discriminator_value__', '3'),
    ),
    Case(
        lambda: pet(__discriminator_value__='Dog'),
        SchemaError,
        "'Dog' stands for Dog already",
        'Cat',
        'give the class another __discriminator_value__',
    ),
    Case(
        lambda: pet(__discriminator__='name'),
        SchemaError,
        "__discriminator__ is 'kind' in Pet",
        ('Cat', "'name'"),
    ),
    Case(
        lambda: pet(__table__='cats'),
        SchemaError,
        'has another table or key than Pet',
        'Cat',
        'leave out what differs',
    ),
    Case(
        lambda: pet(__ttl__='weight'),
        SchemaError,
        '__ttl__ is that of the table',
        'Cat',
        'set it in Pet',
    ),
    Case(
        lambda: pet(version=VersionField()),
        SchemaError,
        'have one VersionField',
        ('Cat', 'version'),
        'declared in Pet',
    ),
    Case(
        lambda: pet(weight=StringField()),
        SchemaError,
        "Pet.weight is stored as 'weight', of type int",
        'Cat weight',
        'stores it alike, or calls it otherwise',
    ),
    Case(
        lambda: siblings(
            {'a': StringField(attribute='x'), 'by_a': GlobalIndex('a')},
            {'b': IntField(attribute='x'), 'by_b': GlobalIndex('b')},
        ),
        SchemaError,
        "the key 'x' is stored as N, and as S in an index of One",
        'Two by_b',
    ),
    Case(
        lambda: siblings(
            {'a': StringField(), 'by_x': GlobalIndex('a')},
            {'b': StringField(), 'by_x': GlobalIndex('b')},
        ),
        SchemaError,
        'is another index of that name',
        'Two by_x',
        "call one of them otherwise by name='...'",
    ),
]

FIELDS = [
    Case(
        lambda: StringField(export_level=1),
        SchemaError,
        'export_level has no effect here',
        'StringField',
        'to_dict(only=...)',
    ),
    Case(
        lambda: StringField(maximum=3), SchemaError, "'maximum'", 'StringField is declared wrongly'
    ),
    Case(
        lambda: StringField(regex='('),
        SchemaError,
        'unterminated',
        'StringField is declared wrongly',
    ),
    Case(
        lambda: StringField(attribute=3),
        SchemaError,
        'takes a name, a str, as attribute',
        ('StringField', '3'),
    ),
    Case(
        lambda: StringField(attribute='\ud800'),
        SchemaError,
        'takes no such attribute',
        'StringField',
        'a lone surrogate has no UTF-8 form',
    ),
    Case(
        lambda: StringField(attribute='x' * 65536),
        SchemaError,
        'an attribute of at most 65535 bytes, not 65536',
        'StringField',
    ),
    Case(
        lambda: StringField(attribute='a', serialized_name='b'),
        SchemaError,
        "attribute='a' and serialized_name='b' differ",
        'StringField',
    ),
    Case(
        lambda: StringField(max_length='3'),
        SchemaError,
        'takes an int as max_length',
        ('StringField', "'3'"),
    ),
    Case(
        lambda: IntField(min_value='3'),
        SchemaError,
        'takes a number as min_value',
        ('IntField', "'3'"),
    ),
    Case(
        lambda: StringField(validators=len),
        SchemaError,
        'validators takes a list',
        'StringField is declared wrongly',
    ),
    Case(
        lambda: StringField(validators=['even']),
        SchemaError,
        "'even' is no validator",
        (),
        'validators are callables',
    ),
    Case(
        lambda: StringField(choices='abc'),
        SchemaError,
        'choices takes a list',
        ('StringField is declared wrongly', "'abc'"),
    ),
    Case(
        lambda: DecimalField(choices=['a']),
        SchemaError,
        'has a choice that is none',
        ('DecimalField', "'a'"),
    ),
    Case(
        lambda: model(Meta=type('Meta', (), {'region': 'x', 'tags': {}})),
        SchemaError,
        'Meta: options are attributes of the model',
        'Thing',
        ('Connection.set_config(region=...)', '__tags__'),
    ),
    Case(
        lambda: Pet.get('a'),
        AttributeError,
        "has no attribute 'get'",
        'Pet',
        'get_one(key) reads one item',
    ),
    Case(
        lambda: Pet().get('name'),
        AttributeError,
        "has no attribute 'get'",
        'Pet',
        'a value of an instance is its attribute',
    ),
    Case(
        lambda: IntField().inc(1),
        AttributeError,
        "has no attribute 'inc'",
        'IntField',
        'write add(n) or increment()',
    ),
    Case(
        lambda: IntField().decr(),
        AttributeError,
        "has no attribute 'decr'",
        'IntField',
        'write subtract(n) or decrement()',
    ),
    Case(
        lambda: StringField(deserialize_from=[3]),
        SchemaError,
        'takes names, each a str, as deserialize_from',
        ('StringField', '3'),
    ),
    Case(
        lambda: DecimalField(min_value='x'),
        SchemaError,
        'takes a number as min_value',
        ('DecimalField', "'x'"),
    ),
    Case(
        lambda: DecimalField(min_value=5, max_value=1),
        SchemaError,
        'takes no min_value above its max_value',
        ('DecimalField', '(5, 1)'),
    ),
    Case(
        lambda: StringField(required='yes'),
        SchemaError,
        'takes True or False as required',
        ('StringField', "'yes'"),
    ),
    Case(
        lambda: TimestampField(fractions=1),
        SchemaError,
        'takes True or False as fractions',
        ('TimestampField', '1'),
    ),
    Case(
        lambda: StringField(keep_empty=1),
        SchemaError,
        'takes True or False as keep_empty',
        ('StringField', '1'),
    ),
    Case(
        lambda: DecimalField(min_value=10**39 + 1),
        SchemaError,
        'takes no such min_value',
        'DecimalField',
        '38 significant digits',
    ),
    Case(
        lambda: VersionField(default=3),
        SchemaError,
        'takes no default',
        'VersionField',
        'dynamongo counts the versions itself',
    ),
    Case(lambda: DateTimeField(tzd='local'), SchemaError, 'tzd', ('DateTimeField', "'local'")),
    Case(lambda: TimedeltaField('hour'), SchemaError, 'precision', ('TimedeltaField', "'hour'")),
    Case(
        lambda: EnumField(Blank),
        SchemaError,
        'the empty string',
        'EnumField the values of Blank',
        'counts as nothing',
    ),
    Case(
        lambda: EnumField('Colour'),
        SchemaError,
        'takes a class of enum.Enum that has members',
        ('EnumField', "'Colour'"),
    ),
    Case(
        lambda: EnumField(Colour, by='number'),
        SchemaError,
        "takes 'value' or 'name' as by",
        ('EnumField', "'number'"),
    ),
    Case(
        lambda: EnumField(Mixed),
        SchemaError,
        'neither all text nor all numbers',
        'the values of Mixed',
    ),
    Case(
        lambda: EnumField(Alike),
        SchemaError,
        'are not all stored in forms of their own',
        'the values of Alike',
    ),
    Case(lambda: EnumField(Huge), SchemaError, '38 significant digits', 'the values of Huge'),
    Case(
        lambda: EnumField(Odd),
        SchemaError,
        'neither text nor a number',
        'the values of Odd',
        "by='name' stores names",
    ),
    Case(
        lambda: ListField('str'),
        SchemaError,
        'takes a Field class or instance',
        ('ListField', "'str'"),
    ),
    Case(lambda: ListField(EnumField), SchemaError, 'EnumField needs arguments', 'ListField'),
    Case(
        lambda: ListField(VersionField),
        SchemaError,
        'takes no VersionField, which belongs to a model',
        'ListField',
    ),
    Case(
        lambda: ListField(StringField(default=lambda thing: thing.id)),
        SchemaError,
        'takes no field whose default takes the instance',
        'ListField',
        'that is for fields of models',
    ),
    Case(
        lambda: SetField(StringField(attribute='x')),
        SchemaError,
        "takes no field with attribute='x'",
        'SetField',
        'give the SetField the attribute',
    ),
    Case(
        lambda: DictField(a=StringField(attribute='x'), b=StringField(attribute='x')),
        SchemaError,
        'stores two members under one name',
        ('DictField', "['a', 'b']"),
    ),
    Case(
        lambda: SetField(ListField(StringField)),
        SchemaError,
        'takes no ListField',
        'SetField',
        'take a ListField',
    ),
]


class Counted(Model):
    """Has a version."""

    __table__ = 'counted'
    __hash_key__ = 'id'

    id = StringField()
    version = VersionField()


IMPORTS = [
    Case(
        lambda: IntField(min_value=5, max_value=1),
        SchemaError,
        'takes no min_value above its max_value',
        'IntField',
        '(5, 1)',
    ),
    Case(
        lambda: importing('SetUpdate'),
        ImportError,
        'dynamongo has no SetUpdate',
        (),
        'write: from dynamongo.updates import SetUpdate',
    ),
    Case(
        lambda: importing('UnicodeAttribute'),
        ImportError,
        'dynamongo has no UnicodeAttribute',
        (),
        'write: from dynamongo import StringField',
    ),
    Case(
        lambda: dynamongo.SetUpdate,
        AttributeError,
        'dynamongo has no SetUpdate',
        (),
        'write: from dynamongo.updates import SetUpdate',
    ),
    Case(
        lambda: dynamongo.nothing,
        AttributeError,
        "has no attribute 'nothing'",
        'dynamongo',
    ),
]

CASES = [*IMPORTS, *MODELS, *FOREIGN, *TABLES, *INDEXES, *FAMILIES, *FIELDS]
