"""Secondary indexes: declared, created, chosen by the planner, asked for, and deleted by."""

import re

import pytest

from dynamongo import (
    BooleanField,
    Connection,
    DictField,
    ExpressionError,
    Field,
    GlobalIndex,
    IntField,
    ListField,
    LocalIndex,
    Model,
    PartialItemError,
    RequestError,
    SchemaError,
    StringField,
    ValidationError,
    _table_requests,
)
from tests.ids import ident
from tests.offline import offline_table

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad


class Person(Model):
    """A model with a hash key alone, and with global indexes of each projection."""

    __table__ = 'people'
    __hash_key__ = 'email'

    email = StringField()
    name = StringField()
    year = IntField(attribute='y')
    city = StringField(attribute='town', required=True)
    team = StringField()
    notes = Field(attribute='remarks')
    by_name = GlobalIndex('name', 'year')
    by_city = GlobalIndex('city', projection='keys', name='cities', read_units=3, write_units=2)
    by_team = GlobalIndex('team', 'city', projection=['notes', 'email', 'team', 'notes'])


class Ticket(Model):
    """A model with a range key, and with both kinds of index."""

    __table__ = 'tickets'
    __hash_key__ = 'project'
    __range_key__ = 'number'

    project = StringField()
    number = IntField()
    created = IntField()
    state = StringField(attribute='s')
    owner = StringField()
    title = StringField(attribute='t')
    by_created = LocalIndex('created')
    by_state = LocalIndex('state', projection=['title'])
    by_owner = GlobalIndex('owner', 'created', projection='keys')


class Youth(Person):
    """A child, which hides an index and declares another."""

    by_city = None
    by_year = GlobalIndex('year')


PEOPLE = [
    {'email': 'a', 'name': 'Ann', 'year': 1980, 'city': 'Rome', 'team': 'red', 'notes': [1]},
    {'email': 'b', 'name': 'Ann', 'city': 'Oslo'},
    {'email': 'c', 'name': 'Ann', 'year': 1970, 'city': 'Rome', 'team': 'blue'},
    {'email': 'd', 'name': 'Bob', 'year': 1990, 'city': 'Oslo', 'team': 'red', 'notes': [2]},
    {'email': 'e', 'year': 1960, 'city': 'Paris', 'team': 'red'},
]
TICKETS = [
    {'project': 'p', 'number': 1, 'created': 9, 'state': 'open', 'owner': 'x', 'title': 'one'},
    {'project': 'p', 'number': 2, 'created': 7, 'state': 'done', 'owner': 'y', 'title': 'two'},
    {'project': 'p', 'number': 3, 'state': 'hold', 'owner': 'x', 'title': 'three'},
    {'project': 'p', 'number': 4, 'created': 5, 'owner': 'x'},
    {'project': 'q', 'number': 5, 'created': 8, 'state': 'open', 'owner': 'x', 'title': 'five'},
]
OPEN = Ticket.project == 'p'
ANN = Person.name == 'Ann'
RED = Person.team == 'red'


@pytest.fixture
def people(stored, sent):
    stored('people', Person, PEOPLE)
    sent.clear()


@pytest.fixture
def tickets(stored, sent):
    stored('tickets', Ticket, TICKETS)
    sent.clear()


@pytest.fixture
def own_people(connection, sent):
    """People for a test that changes them."""
    Person.create_table()
    assert Person.save_many(PEOPLE).fail == []
    sent.clear()


@pytest.fixture
def own_tickets(connection, sent):
    """Tickets for a test that changes them."""
    Ticket.create_table()
    assert Ticket.save_many(TICKETS).fail == []
    sent.clear()


def emails(found):
    return ''.join(person.email for person in found)


def numbers(found):
    return [ticket.number for ticket in found]


# Declarations


def declare(base=Model, /, **namespace):
    """Make a model class of these attributes, valid ones unless they say otherwise."""
    body = {
        '__table__': 'broken',
        '__hash_key__': 'id',
        '__range_key__': 'number',
        'id': StringField(),
        'number': IntField(),
        'name': StringField(),
        'year': IntField(),
        'tags': ListField(StringField),
        'anything': Field(),
        'flag': BooleanField(),
        'address': DictField(city=StringField()),
        **namespace,
    }
    return type(Model)('Broken', (base,), body)


def many(kind, count):
    """Return fields of numbers and as many indexes by them."""
    fields = {f'n{number}': IntField() for number in range(count)}
    return {**fields, **{f'by_{name}': kind(name) for name in fields}}


def test_indexes_know_their_fields():
    index = Person.by_team
    assert index.hash_key is Person.team
    assert index.range_key is Person.city
    assert index.key_attributes == ('team', 'town')
    assert index.attributes == {'email', 'team', 'town', 'remarks'}
    assert (index.name, Person.by_city.name) == ('by_team', 'cities')
    assert (Person.by_city.range_key, Person.by_city.key_attributes) == (None, ('town',))
    assert (Person.by_name.fields, Person.by_name.attributes) == (None, None)
    assert Ticket.by_created.hash_key is Ticket.project
    assert Ticket.by_created.range_key is Ticket.created
    assert Ticket.by_state.attributes == {'project', 'number', 's', 't'}
    assert Ticket.by_owner.attributes == {'project', 'number', 'owner', 'created'}
    assert list(Person._schema.indexes) == ['by_name', 'by_city', 'by_team']


def test_index_repr():
    """Bound indexes show as they are written; others as they are made."""
    assert repr(Person.by_name) == 'Person.by_name'
    assert repr(Youth.by_name) == 'Youth.by_name'
    assert repr(GlobalIndex('name', 'year', projection='keys')) == "GlobalIndex('name', 'year')"
    assert repr(GlobalIndex('name')) == "GlobalIndex('name')"
    assert repr(LocalIndex('year')) == "LocalIndex('year')"


def test_children_have_copies():
    """What a child inherits belongs to it; ``None`` hides an index, in the child alone."""
    assert list(Youth._schema.indexes) == ['by_name', 'by_team', 'by_year']
    assert Youth.by_name is not Person.by_name
    assert Youth.by_name.hash_key is Youth.name
    assert Person.by_name.hash_key is Person.name
    assert Youth.by_city is None
    assert Person.by_city.hash_key is Person.city
    assert 'by_year' not in Person._schema.indexes


def test_bases_and_mixins_declare_indexes():
    """Indexes are inherited from abstract models and from classes that aren't models."""

    class Named:
        name = StringField()
        by_name = GlobalIndex('name', 'year', name='names')
        by_both = GlobalIndex('name')

    class Dated(Model):
        __abstract__ = True
        year = IntField()
        by_year = GlobalIndex('year')

    class Book(Named, Dated):
        __table__ = 'books'
        __hash_key__ = 'title'
        title = StringField()
        year = StringField()
        by_both = GlobalIndex('year', 'name')

    class Shelf(Dated):
        __table__ = 'shelves'
        __hash_key__ = 'title'
        title = StringField()

    assert set(Book._schema.indexes) == {'by_name', 'by_year', 'by_both'}
    assert Book.by_name.range_key is Book.year
    assert Book.by_both.hash_key is Book.year
    assert Book.by_name.name == 'names'
    assert Shelf.by_year.hash_key is Shelf.year
    assert Dated._schema.indexes == {}
    types = {
        each['AttributeName']: each['AttributeType']
        for each in _table_requests.create_table(Book._schema)['AttributeDefinitions']
    }
    assert types == {'title': 'S', 'name': 'S', 'year': 'S'}


def test_a_field_hides_an_index_and_an_index_a_field():
    class Child(Person):
        by_name = StringField()
        notes = GlobalIndex('name')
        by_team = None

    assert 'by_name' in Child._schema.fields
    assert 'notes' not in Child._schema.fields
    assert list(Child._schema.indexes) == ['by_city', 'notes']


def test_instances_show_the_index_and_refuse_another_value():
    person = Person(email='a', city='Rome')
    assert person.by_name is Person.by_name
    with pytest.raises(AttributeError, match=r'Person\.by_name is an index; it takes no value'):
        person.by_name = 'x'
    with pytest.raises(ValidationError, match='by_name: no such field'):
        Person(email='a', city='Rome', by_name='x')
    assert 'by_name' not in person.to_dict()


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: GlobalIndex(None), 'GlobalIndex needs a hash key'),
        (lambda: GlobalIndex(''), 'GlobalIndex takes the name of a field, a str'),
        (lambda: GlobalIndex(5), r'takes the name of a field, a str \(got 5\)'),
        (lambda: GlobalIndex(Person.name), 'takes the name of a field, a str'),
        (lambda: GlobalIndex('name', Person.year), 'takes the name of a field, a str'),
        (lambda: GlobalIndex(StringField()), 'takes the name of a field, a str'),
        (lambda: GlobalIndex('name', 'name'), 'a range key other than that'),
        (lambda: GlobalIndex('name', name='ab'), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', name='x' * 256), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', name='by name'), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', name='names\n'), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', name=''), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', name=7), '3 to 255 of the characters'),
        (lambda: GlobalIndex('name', projection='some'), "projection 'all', 'keys', or a list"),
        (lambda: GlobalIndex('name', projection=None), "projection 'all', 'keys', or a list"),
        (lambda: GlobalIndex('name', projection=[]), "projection 'all', 'keys', or a list"),
        (lambda: GlobalIndex('name', projection={'a'}), "projection 'all', 'keys', or a list"),
        (lambda: GlobalIndex('name', projection=[Person.year]), 'names of fields as projection'),
        (lambda: GlobalIndex('name', read_units=0), 'units an int of at least 1'),
        (lambda: GlobalIndex('name', write_units=True), 'units an int of at least 1'),
        (lambda: GlobalIndex('name', write_units='5'), 'units an int of at least 1'),
        (lambda: LocalIndex(None), 'LocalIndex needs a range key'),
        (lambda: LocalIndex(Person.year), 'LocalIndex takes the name of a field, a str'),
        (lambda: LocalIndex('year', name='a b'), 'LocalIndex takes as name 3 to 255'),
        (lambda: LocalIndex('year', projection='some'), 'LocalIndex takes as projection'),
    ],
)
def test_what_no_index_can_be_is_refused_at_once(make, message):
    with pytest.raises(SchemaError, match=message):
        make()


@pytest.mark.parametrize(
    ('namespace', 'message'),
    [
        (
            {'by_x': GlobalIndex('nam')},
            "Broken has no field 'nam' for its by_x; did you mean 'name'",
        ),
        ({'by_x': GlobalIndex('name', 'nope')}, 'has no field .* for its by_x'),
        ({'by_x': GlobalIndex('address.city')}, 'has no field .* for its by_x'),
        (
            {'by_x': GlobalIndex('name', projection=['nope'])},
            'no field .* for its projection of by_x',
        ),
        ({'by_x': LocalIndex('nope')}, 'has no field .* for its by_x'),
        ({'by_x': GlobalIndex('tags')}, "by_x 'tags': ListField can't be a key"),
        ({'by_x': GlobalIndex('name', 'flag')}, "by_x 'flag': BooleanField can't be a key"),
        ({'by_x': GlobalIndex('address')}, "DictField can't be a key"),
        ({'by_x': LocalIndex('anything')}, "by_x 'anything': Field can't be a key"),
        ({'by': GlobalIndex('name')}, "Broken by: the name of an index has 3 to 255 .* name='"),
        ({'été': LocalIndex('year')}, 'été: the name of an index has 3 to 255'),
        ({'x' * 256: LocalIndex('year')}, 'the name of an index has 3 to 255'),
        ({'by_x': LocalIndex('year'), '__range_key__': None}, 'by_x: .* needs a table with a __r'),
        ({'by_x': LocalIndex('id')}, 'by_x: a LocalIndex has the hash key of the table'),
        (many(LocalIndex, 6), 'Broken has more than 5 of LocalIndex'),
        ({'by_x': GlobalIndex('name', name='by_y'), 'by_y': LocalIndex('year')}, "called 'by_y'"),
        (
            {'by_x': GlobalIndex('name', name='one'), 'by_y': GlobalIndex('year', name='one')},
            "by_y and by_x are both called 'one'",
        ),
        ({'by_x': GlobalIndex}, r'by_x is an index class; write GlobalIndex\(\.\.\.\)'),
        ({'by_x': LocalIndex}, r'by_x is an index class; write LocalIndex\(\.\.\.\)'),
        ({'get_many': GlobalIndex('name')}, 'get_many: every model has a method of that name'),
        ({'table': LocalIndex('year')}, 'table: every model has a method of that name'),
        ({'__table__': GlobalIndex('name')}, 'Broken __table__'),
        ({'__hash_key__': GlobalIndex('name')}, 'Broken __hash_key__'),
    ],
    ids=ident,
)
def test_what_the_model_has_no_room_for_is_refused(namespace, message):
    """The error names the class, and the attribute of the index."""
    with pytest.raises(SchemaError, match=message):
        declare(**namespace)


@pytest.mark.parametrize(
    'namespace',
    [
        {'by': GlobalIndex('name', name='by_')},
        {'by_x': GlobalIndex('name', name='x' * 255)},
        {'by_x': GlobalIndex('name', name='a-b_c.D9')},
        {'by_x': GlobalIndex('id', 'name')},
        {'by_x': GlobalIndex('number', 'id')},
        {
            **{f'f{n}': IntField() for n in range(20)},
            'by_x': LocalIndex('year', projection=[f'f{n}' for n in range(20)]),
        },
        many(LocalIndex, 5),
        {'by_x': GlobalIndex('name', projection=('tags', 'anything', 'address', 'flag'))},
    ],
    ids=ident,
)
def test_what_is_just_allowed_is_created(connection, engine, namespace):
    """DynamoDB takes what the declaration takes."""
    model = declare(**namespace)
    model.create_table()
    found = engine.client.describe_table(TableName=model.table_name())['Table']
    created = found.get('GlobalSecondaryIndexes', []) + found.get('LocalSecondaryIndexes', [])
    names = {index.name for index in model._schema.indexes.values()}
    assert {each['IndexName'] for each in created} == names


def test_an_inherited_index_needs_its_fields():
    """A child that removes a field must hide the indexes of it too."""
    with pytest.raises(SchemaError, match=r'Child has no field .* for its by_team'):

        class Child(Person):
            team = None


# CreateTable


PEOPLE_TABLE = {
    'AttributeDefinitions': [
        {'AttributeName': 'email', 'AttributeType': 'S'},
        {'AttributeName': 'name', 'AttributeType': 'S'},
        {'AttributeName': 'y', 'AttributeType': 'N'},
        {'AttributeName': 'town', 'AttributeType': 'S'},
        {'AttributeName': 'team', 'AttributeType': 'S'},
    ],
    'KeySchema': [{'AttributeName': 'email', 'KeyType': 'HASH'}],
    'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
    'GlobalSecondaryIndexes': [
        {
            'IndexName': 'by_name',
            'KeySchema': [
                {'AttributeName': 'name', 'KeyType': 'HASH'},
                {'AttributeName': 'y', 'KeyType': 'RANGE'},
            ],
            'Projection': {'ProjectionType': 'ALL'},
            'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
        },
        {
            'IndexName': 'cities',
            'KeySchema': [{'AttributeName': 'town', 'KeyType': 'HASH'}],
            'Projection': {'ProjectionType': 'KEYS_ONLY'},
            'ProvisionedThroughput': {'ReadCapacityUnits': 3, 'WriteCapacityUnits': 2},
        },
        {
            'IndexName': 'by_team',
            'KeySchema': [
                {'AttributeName': 'team', 'KeyType': 'HASH'},
                {'AttributeName': 'town', 'KeyType': 'RANGE'},
            ],
            'Projection': {'ProjectionType': 'INCLUDE', 'NonKeyAttributes': ['remarks']},
            'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
        },
    ],
}
TICKETS_TABLE = {
    'AttributeDefinitions': [
        {'AttributeName': 'project', 'AttributeType': 'S'},
        {'AttributeName': 'number', 'AttributeType': 'N'},
        {'AttributeName': 'created', 'AttributeType': 'N'},
        {'AttributeName': 's', 'AttributeType': 'S'},
        {'AttributeName': 'owner', 'AttributeType': 'S'},
    ],
    'KeySchema': [
        {'AttributeName': 'project', 'KeyType': 'HASH'},
        {'AttributeName': 'number', 'KeyType': 'RANGE'},
    ],
    'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
    'GlobalSecondaryIndexes': [
        {
            'IndexName': 'by_owner',
            'KeySchema': [
                {'AttributeName': 'owner', 'KeyType': 'HASH'},
                {'AttributeName': 'created', 'KeyType': 'RANGE'},
            ],
            'Projection': {'ProjectionType': 'KEYS_ONLY'},
            'ProvisionedThroughput': {'ReadCapacityUnits': 8, 'WriteCapacityUnits': 8},
        }
    ],
    'LocalSecondaryIndexes': [
        {
            'IndexName': 'by_created',
            'KeySchema': [
                {'AttributeName': 'project', 'KeyType': 'HASH'},
                {'AttributeName': 'created', 'KeyType': 'RANGE'},
            ],
            'Projection': {'ProjectionType': 'ALL'},
        },
        {
            'IndexName': 'by_state',
            'KeySchema': [
                {'AttributeName': 'project', 'KeyType': 'HASH'},
                {'AttributeName': 's', 'KeyType': 'RANGE'},
            ],
            'Projection': {'ProjectionType': 'INCLUDE', 'NonKeyAttributes': ['t']},
        },
    ],
}
TABLES = [(Person, PEOPLE_TABLE), (Ticket, TICKETS_TABLE)]


@pytest.mark.parametrize(('model', 'expected'), TABLES, ids=['Person', 'Ticket'])
def test_create_table_request(model, expected):
    """The request is whole, and passes botocore's parameter validation."""
    request = _table_requests.create_table(model._schema)
    assert request == expected
    offline_table().meta.client.create_table(TableName='people', **request)


@pytest.mark.parametrize(('model', 'expected'), TABLES, ids=['Person', 'Ticket'])
def test_tables_have_the_indexes(connection, engine, model, expected):
    model.create_table()
    table = engine.client.describe_table(TableName=model.table_name())['Table']
    for kind in ('GlobalSecondaryIndexes', 'LocalSecondaryIndexes'):
        found = {each['IndexName']: each for each in table.get(kind, [])}
        assert found.keys() == {each['IndexName'] for each in expected.get(kind, [])}
        for index in expected.get(kind, []):
            created = found[index['IndexName']]
            units = index.get('ProvisionedThroughput', {})
            assert created['KeySchema'] == index['KeySchema']
            assert created['Projection'] == index['Projection']
            throughput = created.get('ProvisionedThroughput', {})
            assert {name: throughput[name] for name in units} == units


def test_index_units_default_to_those_of_the_table():
    class Model_(Person):
        __read_units__ = 5
        __write_units__ = 6

    units = {
        index['IndexName']: tuple(index['ProvisionedThroughput'].values())
        for index in _table_requests.create_table(Model_._schema)['GlobalSecondaryIndexes']
    }
    assert units == {'by_name': (5, 6), 'cities': (3, 2), 'by_team': (5, 6)}


# Sizes of keys


class Sized(Model):
    """A model whose indexes have keys of text."""

    __table__ = 'sized'
    __hash_key__ = 'id'
    id = StringField()
    one = StringField()
    two = StringField()
    both = StringField()
    one_two = GlobalIndex('one', 'two')
    of_both = GlobalIndex('both')
    two_both = GlobalIndex('two', 'both', name='two-both')


def test_an_index_lists_twenty_fields_besides_keys():
    """Keys and what is listed twice don't count."""

    def declare(number):
        names = [f'f{place}' for place in range(number)]
        namespace = {
            '__table__': 'wide',
            '__hash_key__': 'id',
            'id': StringField(),
            'by_id': GlobalIndex('id', projection=['id', *names, names[0]]),
            **{name: StringField() for name in names},
        }
        return type(Model)('Wide', (Model,), namespace)

    assert len(declare(20).by_id.listed_fields) == 20
    with pytest.raises(SchemaError, match='Wide by_id: an index lists at most 20 fields'):
        declare(21)


def test_a_stray_comma_is_named():
    with pytest.raises(SchemaError, match='by_name is a tuple of an index; remove the comma'):

        class Stray(Person):
            by_name = (GlobalIndex('name'),)


@pytest.mark.parametrize(
    ('values', 'invalid'),
    [
        ({'one': 'x' * 2049}, {'one': 'a hash key holds at most 2048 bytes, not 2049'}),
        ({'one': 'é' * 1025}, {'one': 'a hash key holds at most 2048 bytes, not 2050'}),
        ({'two': 'x' * 1025}, {'two': 'a range key holds at most 1024 bytes, not 1025'}),
        ({'both': 'x' * 1025}, {'both': 'a range key holds at most 1024 bytes, not 1025'}),
        (
            {'one': 'x' * 2049, 'two': 'x' * 1025},
            {
                'one': 'a hash key holds at most 2048 bytes, not 2049',
                'two': 'a range key holds at most 1024 bytes, not 1025',
            },
        ),
    ],
    ids=['hash', 'bytes count', 'range', 'the lower limit', 'all are reported'],
)
def test_keys_of_indexes_that_are_too_long_are_never_sent(connection, sent, values, invalid):
    """DynamoDB would refuse the whole item, or the batch that it is in."""
    item = {'id': 'x', **values}
    for save in (Sized.save_one, lambda item: Sized.save_many([{'id': 'fine'}, item])):
        with pytest.raises(ValidationError) as caught:
            save(item)
        for name, message in invalid.items():
            assert f'{name}: {message}' in str(caught.value)
    assert sent == []


def test_keys_of_indexes_that_just_fit_are_saved(connection):
    Sized.create_table()
    item = {'id': 'x', 'one': 'x' * 2048, 'two': 'x' * 1024, 'both': 'é' * 512}
    saved = Sized.save_one(item)
    assert Sized.get_many((Sized.one == item['one']) & (Sized.two == item['two'])) == [saved]


@pytest.mark.parametrize(
    'update', [Sized.one.set('x' * 2049), Sized.two.set('x' * 1025)], ids=['hash', 'range']
)
def test_updates_never_send_keys_of_indexes_that_are_too_long(connection, sent, update):
    with pytest.raises(ValidationError, match=r'a (hash|range) key holds at most'):
        Sized.update_one('x', [update])
    assert sent == []


# The planner


def planned(plan):
    """Return the operation of a plan, and the name of the index that it reads."""
    return plan.operation, plan.index and plan.index._attribute


@pytest.mark.parametrize(
    ('condition', 'options', 'index', 'parts'),
    [
        (ANN & (Person.year > 1975), {}, 'by_name', 1),
        (ANN & (Person.year == 1980), {}, 'by_name', 1),
        (ANN & Person.year.exists(), {}, 'by_name', 1),
        (ANN & (Person.year != None), {}, 'by_name', 1),
        (ANN & Person.year.in_([1980, 1970]), {}, 'by_name', 1),
        (ANN & Person.year.between(1, 2) & (Person.notes == 1), {}, 'by_name', 1),
        (Person.name.in_(['Ann', 'Bob', 'Ann']) & (Person.year > 1), {}, 'by_name', 2),
        ((ANN | (Person.name == 'Bob')) & (Person.year > 1), {}, 'by_name', 2),
        (Person.city == 'Rome', {'only': []}, 'by_city', 1),
        (Person.city == 'Rome', {'only': ['city', Person.email]}, 'by_city', 1),
        ((Person.city == 'Rome') & Person.email.begins_with('a'), {'only': []}, 'by_city', 1),
        (RED, {'only': ['notes']}, 'by_team', 1),
        (RED, {'only': ['notes[0]', 'city']}, 'by_team', 1),
        (RED & Person.notes.exists(), {'only': []}, 'by_team', 1),
    ],
    ids=ident,
)
def test_an_index_that_answers_is_queried(condition, options, index, parts):
    """A hash key with a value, all that is asked for, and a range key that is surely there."""
    plan = Person.explain(condition, **options)
    assert (planned(plan), len(plan.key_conditions)) == (('Query', index), parts)
    assert Person.explain(condition, scan=False, **options).index is plan.index


NO_YEAR = r'index by_name is not used: items without Person\.year are not in it; .*exists\(\)'


@pytest.mark.parametrize(
    ('condition', 'options', 'notes'),
    [
        (ANN, {}, [NO_YEAR]),
        (ANN & (Person.year == None), {}, [NO_YEAR]),
        (ANN & ((Person.year > 1975) | (Person.notes == 1)), {}, [NO_YEAR]),
        (ANN & ~(Person.year > 1975), {}, [NO_YEAR]),
        (ANN & (Person.year != 1975), {}, [NO_YEAR]),
        (ANN & Person.year.not_exists(), {}, [NO_YEAR]),
        (ANN & (Person.year > 1975), {'consistent': True}, ['by_name .* never read consistently']),
        (
            Person.city == 'Rome',
            {},
            ['by_city is not used: it holds no more than .*; ask for no more by only='],
        ),
        (Person.city == 'Rome', {'only': ['year']}, ["index by_city .* it doesn't hold year$"]),
        (
            (Person.city == 'Rome') & (Person.year > 1),
            {'only': []},
            ["index by_city .* it doesn't hold year$"],
        ),
        (RED, {}, ['by_team is not used: it holds no more than .*notes']),
        (RED, {'only': ['notes', 'name']}, ["index by_team .* it doesn't hold name$"]),
        ((Person.name == 'x' * 2049) & (Person.year > 1), {}, ['by_name .* no key is as long']),
        (Person.year == 1980, {}, []),
        (Person.name.begins_with('A') & (Person.year > 1), {}, []),
        (~ANN & (Person.year > 1), {}, []),
        ((Person.name == None) & (Person.year > 1), {}, []),
        ((Person.name == Person.city) & (Person.year > 1), {}, []),
        ((ANN & (Person.year > 1)) | (Person.notes == 1), {}, []),
        (ANN & (Person.city == 'Rome'), {}, [NO_YEAR, 'index by_city']),
    ],
    ids=ident,
)
def test_an_index_that_may_not_answer_is_not_used(condition, options, notes):
    """The table is scanned, and the plan tells why."""
    plan = Person.explain(condition, **options)
    assert planned(plan) == ('Scan', None)
    assert len(plan.notes) == len(notes)
    for pattern in notes:
        assert any(re.search(pattern, note) for note in plan.notes)
    assert all(note in str(plan) for note in plan.notes)
    with pytest.raises(ExpressionError, match='would scan the whole table') as caught:
        Person.explain(condition, scan=False, **options)
    assert all(note in str(caught.value) for note in plan.notes)


@pytest.mark.parametrize(
    ('strategy', 'operation'),
    [
        ('a', 'GetItem'),
        ((Person.email == 'a') & ANN & (Person.year > 1), 'GetItem'),
        (Person.email.in_(['a', 'b']) & ANN & (Person.year > 1), 'BatchGetItem'),
        (Person.keys_in(['a', 'b']) & ANN & (Person.year > 1), 'BatchGetItem'),
    ],
    ids=ident,
)
def test_keys_of_the_table_come_before_indexes(strategy, operation):
    assert planned(Person.explain(strategy)) == (operation, None)


@pytest.mark.parametrize(
    ('condition', 'options', 'index'),
    [
        (OPEN, {}, None),
        (OPEN & (Ticket.title == 'x'), {}, None),
        (OPEN & (Ticket.created > 5), {}, 'by_created'),
        (OPEN & (Ticket.created > 5), {'consistent': True}, 'by_created'),
        (OPEN & Ticket.created.exists(), {}, None),
        (OPEN & (Ticket.created > 5) & (Ticket.number > 1), {}, None),
        (OPEN & (Ticket.created == 5) & (Ticket.number > 1), {}, 'by_created'),
        (OPEN & (Ticket.created > 5) & Ticket.number.between(1, 2), {}, None),
        (OPEN & (Ticket.created >= 5) & (Ticket.created <= 7), {}, 'by_created'),
        (OPEN & (Ticket.state == 'open'), {}, None),
        (OPEN & (Ticket.state == 'open'), {'only': ['title']}, 'by_state'),
        (OPEN & (Ticket.state == 'open'), {'only': ['owner']}, None),
        (OPEN & (Ticket.state == 'open') & (Ticket.created > 5), {}, 'by_created'),
        (OPEN & (Ticket.owner == 'x') & (Ticket.created == 5), {'only': []}, 'by_created'),
        (OPEN & (Ticket.owner == 'x'), {'only': []}, None),
        ((Ticket.owner == 'x') & (Ticket.created > 5), {'only': []}, 'by_owner'),
        (Ticket.project.in_(['p', 'q']) & (Ticket.created > 5), {}, 'by_created'),
    ],
    ids=ident,
)
def test_the_narrowest_range_of_the_hash_key_is_queried(condition, options, index):
    """A local index comes before the table where its range is narrower; global ones come last."""
    assert planned(Ticket.explain(condition, **options)) == ('Query', index)


@pytest.mark.parametrize(
    ('condition', 'options', 'operation', 'expected'),
    [
        (ANN & (Person.year > 1900), {}, 'Query', 'ca'),
        (ANN & (Person.year >= 1970) & (Person.year <= 1975), {}, 'Query', 'c'),
        (ANN & (Person.year > 1900) & (Person.year != 1970), {}, 'Query', 'a'),
        (ANN & Person.year.exists(), {}, 'Query', 'ca'),
        (ANN & Person.year.in_([1980, 1]), {}, 'Query', 'a'),
        (ANN & (Person.year > 1900) & (Person.team == 'red'), {}, 'Query', 'a'),
        (ANN & (Person.year > 1900) & Person.notes.not_exists(), {}, 'Query', 'c'),
        (ANN & (Person.year > 1900) & (Person.name == 'Bob'), {}, 'Query', ''),
        (ANN & (Person.year > 1900) & Person.email.in_(['a', 'b']), {}, 'BatchGetItem', 'a'),
        (ANN & (Person.year > 1900) & ~(Person.email == 'a'), {}, 'Query', 'c'),
        (ANN & (Person.year > 1900), {'consistent': True}, 'Scan', 'ac'),
        (ANN, {}, 'Scan', 'abc'),
        (ANN & (Person.year == None), {}, 'Scan', 'b'),
        (RED, {'only': ['notes']}, 'Query', 'dea'),
        (RED & Person.city.begins_with('P'), {'only': []}, 'Query', 'e'),
        (RED & (Person.city > 'P') & Person.notes.exists(), {'only': []}, 'Query', 'a'),
        ((Person.city == 'Oslo') & (Person.email > 'b'), {'only': []}, 'Query', 'd'),
    ],
    ids=ident,
)
def test_indexes_answer_as_the_table_would(people, sent, condition, options, operation, expected):
    """The same items are found; those of an index are sorted by its range key, both ways."""
    assert emails(Person.get_many(condition, **options)) == expected
    assert emails(Person.get_many(condition, descending=True, **options)) == expected[::-1]
    assert sent.operations == [operation] * 2
    assert Person.count(condition) == len(expected)
    assert sorted(emails(Person.iter_many(condition, **options))) == sorted(expected)


def test_a_condition_of_the_hash_key_alone_loses_no_item(people, sent):
    """A sparse index lacks the items without its range key, so it is left alone."""
    assert emails(Person.get_many(ANN)) == 'abc'
    assert 'IndexName' not in sent[-1][1]
    assert emails(Person.get_many(ANN, index='by_name')) == 'ca'


@pytest.mark.parametrize('workers', [1, 3])
def test_each_value_of_the_hash_key_is_one_query(people, sent, workers):
    """Values are asked for once, in the order of the hash key."""
    condition = Person.name.in_(['Bob', 'Nobody', 'Ann', 'Bob']) & (Person.year > 1900)
    assert emails(Person.get_many(condition, workers=workers)) == 'cad'
    assert emails(Person.get_many(condition, descending=True, workers=workers)) == 'dac'
    assert sent.operations == ['Query'] * 6
    assert {request['IndexName'] for _, request in sent} == {'by_name'}
    assert emails(Person.get_many(condition, limit=2)) == 'ca'


def test_the_request_of_an_index_query(people, sent):
    """One whole request; the range key is a key condition, the rest a filter."""
    Person.get_many(ANN & (Person.year > 1975) & Person.notes.exists(), only=['notes'])
    ((operation, request),) = sent
    assert (operation, request) == (
        'Query',
        {
            'TableName': Person.table_name(),
            'IndexName': 'by_name',
            'KeyConditionExpression': '#n0 = :v0 AND #n1 > :v1',
            'FilterExpression': 'attribute_exists(#n2)',
            'ProjectionExpression': '#n3, #n2, #n0, #n1',
            'ScanIndexForward': True,
            'ExpressionAttributeNames': {
                '#n0': 'name', '#n1': 'y', '#n2': 'remarks', '#n3': 'email',
            },
            'ExpressionAttributeValues': {':v0': 'Ann', ':v1': 1975},
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    'condition',
    [
        (Person.name == 'x' * 2049) & (Person.year > 1),
        (Person.name.in_(['Nobody', 'x' * 2049])) & (Person.year > 1),
        RED & (Person.city == 'x' * 1025),
        RED & (Person.city > 'x' * 1025),
        RED & Person.city.between('A', 'x' * 1025),
    ],
    ids=['hash ==', 'hash in', 'range ==', 'range >', 'range between'],
)
def test_values_too_long_for_an_index_are_never_sent_to_it(people, condition):
    """A filter takes such a value; a key condition is refused. The answer is the table's."""
    expected = 'ade' if 'between' in repr(condition) else ''
    assert emails(Person.get_many(condition, only=[], consistent=True)) == expected
    assert sorted(emails(Person.get_many(condition, only=[]))) == sorted(expected)


# An index that is asked for


@pytest.mark.parametrize(
    'index',
    ['by_city', 'cities', Person.by_city],
    ids=['name in the class', 'name in DynamoDB', 'itself'],
)
def test_an_index_is_asked_for_by_name_or_as_itself(people, sent, index):
    condition = Person.city == 'Rome'
    assert sorted(emails(Person.get_many(condition, index=index))) == ['a', 'c']
    assert sent[-1][1]['IndexName'] == 'cities'
    assert Person.explain(condition, index=index).index is Person.by_city


def test_indexes_of_parents_and_children_are_taken():
    """As with fields, the model's own index of that name is meant."""
    condition = (Youth.name == 'x') & (Youth.year > 1)
    assert Youth.explain(condition, index=Person.by_name).index is Youth.by_name
    assert Person.explain(ANN, index=Youth.by_name).index is Person.by_name
    for model, index in ((Person, Youth.by_year), (Youth, Person.by_city), (Youth, 'by_city')):
        with pytest.raises(ExpressionError, match='has no such index'):
            model.explain(model.name == 'x', index=index)


def test_indexes_of_abstract_parents_are_taken():
    """As with fields, which conditions may take from an abstract parent."""

    class Base(Model):
        __abstract__ = True
        name = StringField()
        by_name = GlobalIndex('name')

    class Child(Base):
        __table__ = 'children'
        __hash_key__ = 'id'
        id = StringField()

    assert Child.explain(Base.name == 'x').index is Child.by_name
    assert Child.explain(Base.name == 'x', index=Base.by_name).index is Child.by_name


def test_the_name_in_the_class_comes_before_that_in_dynamodb():
    """An index is found by its attribute, whatever another one is called in DynamoDB."""

    class Crossed(Person):
        one = GlobalIndex('name', name='two')
        two = GlobalIndex('team', name='one')

    assert Crossed.explain(index='one').index is Crossed.one
    assert Crossed.explain(index='two').index is Crossed.two


@pytest.mark.parametrize(
    'index',
    ['by_nam', '', 'Person.by_name', 5, GlobalIndex('name'), Ticket.by_owner, Person.name],
    ids=ident,
)
def test_an_index_that_the_model_lacks_is_an_error(connection, sent, index):
    """The error lists the indexes of the model."""
    message = 'Person has no such index; (did you mean|the indexes are by_name, by_city, by_team)'
    for read in (Person.get_many, Person.iter_many, Person.count, Person.explain):
        with pytest.raises(ExpressionError, match=message):
            read(ANN, index=index)
    with pytest.raises(ExpressionError, match=message):
        Person.get_page(ANN, limit=1, index=index)
    assert sent == []


def test_a_model_without_indexes_says_so():
    class Plain(Model):
        __table__ = 'plain'
        __hash_key__ = 'id'
        id = StringField()

    with pytest.raises(ExpressionError, match='Plain declares no index'):
        Plain.explain(Plain.id == 'x', index='by_id')


@pytest.mark.parametrize(
    'strategy', ['a', ['a', 'b'], [], {'email': 'a'}, Person(email='a'), ('a',)], ids=ident
)
def test_keys_are_not_looked_up_in_an_index(connection, sent, strategy):
    with pytest.raises(ExpressionError, match="keys are looked up in the table, and index='by_n"):
        Person.get_many(strategy, index=Person.by_name)
    assert sent == []


def test_global_indexes_are_never_read_consistently(connection, sent):
    with pytest.raises(ExpressionError, match=r'Person\.by_name is a global index'):
        Person.get_many(ANN, index='by_name', consistent=True)
    with pytest.raises(ExpressionError, match=r'Ticket\.by_owner is a global index'):
        Ticket.count(Ticket.owner == 'x', index='by_owner', consistent=True)
    assert sent == []


def test_local_indexes_are_read_consistently(tickets, sent):
    found = Ticket.get_many(OPEN, index='by_created', consistent=True)
    assert numbers(found) == [4, 2, 1]
    assert sent[-1][1]['ConsistentRead'] is True
    assert Ticket.count(OPEN, index='by_state', consistent=True) == 3


@pytest.mark.parametrize(
    ('condition', 'index', 'lacking'),
    [
        ((Person.city == 'Rome') & (Person.name == 'Ann'), 'by_city', 'name'),
        ((Person.city == 'Rome') & (Person.year > Person.notes), 'by_city', 'notes, year'),
        (RED & Person.name.exists(), 'by_team', 'name'),
        (Person.name.exists(), 'by_team', 'name'),
    ],
    ids=ident,
)
def test_a_global_index_answers_no_condition_on_what_it_lacks(
    connection, sent, condition, index, lacking
):
    for read in (Person.get_many, Person.count):
        with pytest.raises(ExpressionError, match=f"{index} doesn't hold {lacking}, so it can't"):
            read(condition, index=index)
    assert sent == []


def test_a_global_index_gives_no_more_than_it_holds(connection, sent):
    with pytest.raises(ExpressionError, match="by_team doesn't hold name, which only= asks for"):
        Person.get_many(RED, index='by_team', only=['name'])
    with pytest.raises(ExpressionError, match="by_city doesn't hold name, which only= asks for"):
        Person.explain(index='by_city', only=['name'])
    assert sent == []


def test_a_partial_global_index_gives_instances_read_in_part(people, sent):
    """What the index doesn't hold was not read, and saying so is better than ``None``."""
    *_, last = found = Person.get_many(RED, index='by_team')
    assert emails(found) == 'dea'
    assert (last.city, last.team, last.notes) == ('Rome', 'red', [1])
    assert last.to_dict() == {'email': 'a', 'city': 'Rome', 'team': 'red', 'notes': [1]}
    for name in ('name', 'year', 'extra'):
        with pytest.raises(PartialItemError):
            getattr(last, name)
    with pytest.raises(PartialItemError):
        Person.save_one(last)
    assert found[1].notes is None
    assert sent.operations == ['Query']


@pytest.mark.parametrize(
    'read',
    [
        lambda index: Person.get_many(Person.email.exists(), index=index),
        lambda index: list(Person.iter_many(index=index)),
        lambda index: Person.get_page(None, limit=9, index=index).items,
    ],
    ids=['a condition', 'iter_many', 'get_page'],
)
@pytest.mark.parametrize(
    ('index', 'expected', 'read_in_part'),
    [('by_name', 'acd', False), ('by_city', 'abcde', True), ('by_team', 'acde', True)],
)
def test_a_scan_of_an_index_finds_what_is_in_it(people, sent, read, index, expected, read_in_part):
    """Without a value of its hash key, the index is scanned: a sparse one lacks items."""
    found = read(index)
    assert sorted(emails(found)) == sorted(expected)
    assert sent.operations == ['Scan']
    assert sent[0][1]['IndexName'] == Person._schema.indexes[index].name
    assert Person.count(index=index) == len(expected)
    if read_in_part:
        with pytest.raises(PartialItemError):
            _ = found[0].name
    else:
        assert found[0].city in ('Oslo', 'Rome')


def test_a_scan_of_an_index_is_sorted_by_its_keys(people):
    """By hash and range key of the index, then by key of the table, both ways."""
    condition = Person.email.exists()
    assert emails(Person.get_many(condition, index='by_name')) == 'cad'
    assert emails(Person.get_many(condition, index='by_name', descending=True)) == 'dac'
    assert emails(Person.get_many(condition, index='by_city')) == 'bdeac'
    assert emails(Person.get_many(condition, index='by_city', workers=3)) == 'bdeac'


def test_a_scan_of_an_index_can_be_forbidden(connection, sent):
    with pytest.raises(
        ExpressionError, match='would scan the whole index by_name, which scan=False'
    ):
        Person.get_many(Person.year > 1, index='by_name', scan=False)
    assert sent == []


@pytest.mark.faithful('moto fetches nothing from the table for a local index')
def test_a_scan_of_a_local_index(tickets, sent):
    condition = Ticket.number > 0
    assert numbers(Ticket.get_many(condition, index='by_created')) == [4, 2, 1, 5]
    assert sent.operations == ['Scan']
    whole = Ticket.get_many(condition, index='by_state')
    assert [(each.number, each.owner) for each in whole] == [(2, 'y'), (3, 'x'), (1, 'x'), (5, 'x')]


@pytest.mark.faithful('moto fetches nothing from the table for a local index')
def test_a_partial_local_index_gives_whole_items(tickets, sent):
    """DynamoDB fetches from the table what the index lacks."""
    found = Ticket.get_many(OPEN, index='by_state')
    assert [each.to_dict() for each in found] == [
        Ticket.get_one(('p', number)).to_dict() for number in (2, 3, 1)
    ]
    assert sent[0][1]['Select'] == 'ALL_ATTRIBUTES'
    assert found == [Ticket.get_one(('p', number)) for number in (2, 3, 1)]
    sent.clear()
    found = Ticket.get_many(OPEN, index='by_state', only=['owner'])
    assert [each.owner for each in found] == ['y', 'x', 'x']
    assert sent.operations == ['Query']


@pytest.mark.faithful('moto fetches nothing from the table for a local index')
@pytest.mark.parametrize('options', [{}, {'only': []}, {'only': ['title']}], ids=ident)
def test_a_partial_local_index_checks_the_rest_on_the_client(tickets, sent, options):
    """DynamoDB can't filter an index by what it doesn't hold."""
    condition = OPEN & (Ticket.owner == 'x') & (Ticket.title != 'one')
    plan = Ticket.explain(condition, index='by_state', **options)
    assert (repr(plan.filter), repr(plan.check)) == ("Ticket.title != 'one'", "Ticket.owner == 'x'")
    assert numbers(Ticket.get_many(condition, index='by_state', **options)) == [3]
    assert sent.operations == ['Query']
    assert Ticket.count(condition, index='by_state') == 1
    page = Ticket.get_page(condition, index='by_state', limit=5, **options)
    assert (numbers(page.items), page.token) == ([3], None)
    scanned = Ticket.get_many((Ticket.owner == 'x') & (Ticket.number > 1), index='by_state')
    assert numbers(scanned) == [3, 5]


@pytest.mark.parametrize(
    ('index', 'expected'),
    [(None, [1, 2, 3, 4]), ('by_created', [4, 2, 1]), ('by_state', [2, 3, 1])],
)
def test_items_come_in_the_order_of_the_range_key_of_the_index(tickets, index, expected):
    assert numbers(Ticket.get_many(OPEN, index=index)) == expected
    assert numbers(Ticket.get_many(OPEN, True, index=index)) == expected[::-1]
    assert (
        numbers(Ticket.get_many(OPEN, index=index, descending=True, limit=2))
        == (expected[::-1][:2])
    )
    assert numbers(Ticket.iter_many(OPEN, index=index, descending=True)) == expected[::-1]


def test_the_table_keys_filter_an_index(tickets):
    """Keys of the table are attributes like others to a global index."""
    condition = (Ticket.owner == 'x') & OPEN & (Ticket.number > 1)
    assert numbers(Ticket.get_many(condition, index='by_owner')) == [4]
    assert numbers(Ticket.get_many(OPEN & (Ticket.number == 2), index='by_owner')) == [2]
    assert numbers(Ticket.get_many(OPEN & (Ticket.number == 2), index='by_created')) == [2]
    found = Ticket.get_many(Ticket.keys_in([('p', 2), ('p', 3)]), index='by_owner')
    assert numbers(found) == [2]


def test_a_hash_key_too_long_for_the_index_that_is_asked_for(connection, sent):
    with pytest.raises(ValidationError, match='at most 2048 bytes'):
        Person.get_many(Person.name == 'x' * 2049, index='by_name')
    assert sent == []


PAGED = [
    (Ticket, OPEN, 'by_created'),
    (Ticket, OPEN, 'by_state'),
    pytest.param(
        Ticket,
        OPEN & (Ticket.owner == 'x'),
        'by_state',
        marks=pytest.mark.faithful('moto fetches nothing from the table for a local index'),
    ),
    (Ticket, (Ticket.owner == 'x') & (Ticket.created > 0), 'by_owner'),
    (Ticket, Ticket.owner.in_(['y', 'x', 'z']), 'by_owner'),
    (Ticket, Ticket.project.in_(['q', 'p']), 'by_created'),
    (Ticket, Ticket.number > 0, 'by_owner'),
    (Ticket, Ticket.number > 0, 'by_state'),
    (Person, Person.city == 'Rome', 'by_city'),
    (Person, Person.city.in_(['Rome', 'Oslo', 'Nowhere']), 'by_city'),
    (Person, RED, 'by_team'),
    (Person, RED & Person.notes.exists(), 'by_team'),
    (Person, Person.year > 0, 'by_name'),
]


@pytest.mark.parametrize('limit', [1, 2, 3])
@pytest.mark.parametrize(('model', 'condition', 'index'), PAGED, ids=ident)
def test_pages_over_an_index_hold_everything_once(stored, model, condition, index, limit):
    """Pages, one after the other, are what ``get_many`` gives, and as many as ``count``."""
    stored(*(('people', Person, PEOPLE) if model is Person else ('tickets', Ticket, TICKETS)))
    whole = model.get_many(condition, index=index)
    assert len(whole) > 1
    paged, token = [], None
    for _ in range(20):
        page = model.get_page(condition, limit=limit, after=token, index=index)
        assert len(page.items) <= limit
        paged += page.items
        token = page.token
        if token is None:
            break
    one_by_one = list(model.iter_many(condition, index=index, page_size=limit))
    if model.explain(condition, index=index).operation == 'Scan':
        for found in (paged, one_by_one, whole):
            found.sort(key=repr)
    assert paged == one_by_one == whole
    assert model.count(condition, index=index, page_size=limit) == len(whole)


def test_a_token_belongs_to_its_index(tickets):
    token = Ticket.get_page(OPEN, limit=1, index='by_created').token
    for index in ('by_state', None):
        with pytest.raises(ValidationError, match='belongs to another read'):
            Ticket.get_page(OPEN, limit=1, index=index, after=token)


def test_explain_names_the_index():
    text = str(Person.explain((Person.city == 'Rome') & (Person.email > 'a'), index='by_city'))
    assert text.startswith("Query of Person, index 'cities'\n")
    assert "key condition:     Person.city == 'Rome'" in text
    assert "filter:            Person.email > 'a'" in text
    assert 'projection:        email, town' in text
    assert str(Person.explain(index='by_name')).startswith("Scan of Person, index 'by_name'")


def test_a_scan_of_an_index_is_warned_of(people, caplog):
    Person.get_many(Person.notes.exists(), index='by_name')
    assert "scans the whole index 'by_name'" in caplog.text


# Deleting by an index


@pytest.mark.parametrize(
    ('condition', 'index', 'expected', 'repeated'),
    [
        (RED, 'by_team', 'ade', '#n1 = :v0'),
        (RED & (Person.city > 'P'), 'by_team', 'ae', '#n1 = :v0 AND #n2 > :v1'),
        (RED & Person.notes.exists(), 'by_team', 'ad', '#n1 = :v0 AND attribute_exists(#n2)'),
        (ANN & (Person.year < 1975), 'by_name', 'c', '#n1 = :v0 AND #n2 < :v1'),
        (Person.city.in_(['Oslo', 'Paris']), 'cities', 'bde', '#n1 IN (:v0, :v1)'),
        (ANN & (Person.year > 1) & (Person.team == 'red'), 'by_name', 'a', None),
        (ANN & Person.year.exists() & (Person.year != 1980), 'by_name', 'c', None),
    ],
    ids=ident,
)
def test_delete_many_by_an_index(own_people, sent, condition, index, expected, repeated):
    """Exactly what the condition selects is deleted, if it still meets it: what is the key of an
    index may have changed since."""
    result = Person.delete_many(condition, scan=False)
    assert sorted(emails(result.success)) == sorted(expected)
    assert result.fail == []
    queries = [request for operation, request in sent if operation == 'Query']
    assert {request['IndexName'] for request in queries} == {index}
    deletes = [request for operation, request in sent if operation == 'DeleteItem']
    assert len(queries) + len(deletes) == len(sent)
    assert sorted(request['Key']['email'] for request in deletes) == sorted(expected)
    for request in deletes:
        assert request['ConditionExpression'].startswith('attribute_not_exists(#n0) OR ')
        assert repeated is None or request['ConditionExpression'].endswith(repeated)
    left = emails(Person.get_many(Person.email.exists()))
    assert left == ''.join(sorted(set('abcde') - set(expected)))


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({'team': 'blue'}, 'e'),
        ({'team': None}, 'e'),
        ({'city': 'Athens'}, 'e'),
        ({'name': 'Eva'}, ''),
    ],
    ids=ident,
)
def test_delete_many_keeps_what_has_left_the_index(own_people, change, expected):
    """An item that no longer has the key is kept, and counted as failed."""
    changes = [change]

    def change_first(**kwargs):
        if changes:
            updates = [getattr(Person, name).set(value) for name, value in changes.pop().items()]
            assert Person.update_one('e', updates)

    events = Connection.resource().meta.client.meta.events
    events.register('before-call.dynamodb.DeleteItem', change_first)
    result = Person.delete_many(RED & (Person.city > 'B'))
    assert changes == []
    assert emails(result.fail) == expected
    assert sorted(emails(result.success)) == sorted(set('ade') - set(expected))
    left = emails(Person.get_many(Person.email.exists()))
    assert left == ''.join(sorted('bc' + expected))


def test_delete_many_by_a_local_index(own_tickets, sent):
    result = Ticket.delete_many(OPEN & (Ticket.created >= 7), scan=False)
    assert sorted(numbers(result.success)) == [1, 2]
    assert sent.operations == ['Query', 'DeleteItem', 'DeleteItem']
    assert sent[0][1]['IndexName'] == 'by_created'
    for _, request in sent[1:]:
        assert 'created' in request['ExpressionAttributeNames'].values()
    assert numbers(Ticket.get_many(Ticket.number > 0)) == [3, 4, 5]


class Claim(Model):
    """Declares an index that holds more than the one that is there."""

    __table__ = 'claims'
    __hash_key__ = 'id'

    id = StringField()
    state = StringField()
    notes = StringField()
    by_state = GlobalIndex('state')
    by_state_only = GlobalIndex('state', projection='keys')


@pytest.mark.faithful('moto gives what the index holds for the whole')
def test_an_index_that_holds_less_than_declared_never_passes_for_whole(connection):
    """An instance that lacks attributes and doesn't know it would erase them when it is saved."""

    class Actual(Claim):
        by_state = GlobalIndex('state', projection='keys')

    Actual.create_table()
    Claim.save_one({'id': 'x', 'state': 'open', 'notes': 'long'})
    with pytest.raises(RequestError, match='ALL_ATTRIBUTES'):
        Claim.get_many(Claim.state == 'open')
    assert Actual.explain(Actual.state == 'open').operation == 'Scan'


def test_the_smallest_index_that_will_do_is_read():
    """What is read is what is charged."""
    assert Claim.explain(Claim.state == 'open').index is Claim.by_state
    assert Claim.explain(Claim.state == 'open', only=[]).index is Claim.by_state_only
    assert Claim.explain(Claim.state == 'open', only=['notes']).index is Claim.by_state


def test_the_range_key_of_an_index_may_be_a_key_of_the_table():
    """Then no item can be missing from the index."""

    class Inverted(Ticket):
        by_number = GlobalIndex(Ticket._schema.range_key._name, Ticket._schema.hash_key._name)

    schema = Inverted._schema
    condition = schema.range_key == schema.range_key._native(1)
    assert Inverted.explain(condition).index is Inverted.by_number


class Wider(Person):
    """A child that declares more than its parent."""

    bonus = IntField()


def test_a_field_of_a_child_is_named_where_the_index_lacks_it(connection, sent):
    """It may stand in a condition on the parent, which has no field of that name."""
    condition = (Person.city == 'Rome') & (Wider.bonus > 1)
    (note,) = [n for n in Person.explain(condition, only=[]).notes if 'by_city' in n]
    assert "doesn't hold bonus" in note
    with pytest.raises(ExpressionError, match="doesn't hold bonus"):
        Person.get_many(condition, index='by_city')
    for only in ([Wider.bonus], ['bonus']):
        with pytest.raises(ValidationError, match='bonus: no such field'):
            Person.get_many(Person.city == 'Rome', only=only)
    assert sent == []


def test_empty_values_of_an_index_key_are_asked_of_the_table(connection):
    """They may be there from before the index was made, and are not in the index."""

    class Plain(Model):
        __table__ = 'plain'
        __hash_key__ = 'id'
        id = StringField()
        name = StringField()

    class Indexed(Plain):
        by_name = GlobalIndex('name')

    Plain.create_table()
    Plain.table().put_item(Item={'id': '1', 'name': ''})
    Plain.save_one({'id': '2', 'name': 'x'})
    found = Indexed.get_many(Indexed.name.in_(['', 'x']))
    assert [item.id for item in found] == ['1', '2']
    assert Indexed.explain(Indexed.name.in_(['', 'x'])).operation == 'Scan'
