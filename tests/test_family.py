"""Several classes in one table, told apart by the value of one attribute."""

import pickle

import pytest

from dynamongo import (
    BooleanField,
    ConditionalCheckFailedException,
    DynamongoError,
    ExpressionError,
    GlobalIndex,
    IncompleteReadError,
    IntField,
    Model,
    PartialItemError,
    SchemaError,
    StringField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
)

pytestmark = pytest.mark.broad


class Animal(Model):
    """The root: it reads all items of the table."""

    __table__ = 'animals'
    __hash_key__ = 'id'
    __discriminator__ = 'kind'

    id = StringField(required=True)
    name = StringField()
    by_name = GlobalIndex('name', projection='keys')


class Dog(Animal):
    """A child with a value of its own."""

    __discriminator_value__ = 'dog'

    age = IntField()
    breed = StringField()
    by_breed = GlobalIndex('breed')


class Puppy(Dog):
    """A child of a child."""

    weeks = IntField()


class Cat(Animal):
    """A child that has a field of the same name as another has."""

    age = IntField()
    lives = IntField(default=9)


ITEMS = {
    'a': Animal(id='a', name='Amoeba'),
    'd': Dog(id='d', name='Rex', age=3, breed='lab'),
    'p': Puppy(id='p', name='Bit', age=0, weeks=5),
    'c': Cat(id='c', name='Tom', age=5),
}


def fresh():
    return [type(item)(**item.to_dict()) for item in ITEMS.values()]


@pytest.fixture
def animals(stored):
    """All items, for tests that only read."""
    stored('animals', Animal, fresh())


@pytest.fixture
def own(connection):
    """All items, in a table of the test's own."""
    Animal.create_table()
    assert Animal.save_many(fresh()).fail == []


def ids(items):
    return sorted(item.id for item in items)


# Reading


@pytest.mark.parametrize('key', ITEMS)
def test_the_root_reads_each_item_as_the_class_that_it_is_of(animals, key):
    found = Animal.get_one(key)
    assert found == ITEMS[key]
    assert type(found) is type(ITEMS[key])


READS = {
    'get_many of keys': lambda model: model.get_many(list(ITEMS)),
    'get_many of keys_in': lambda model: model.get_many(model.keys_in(list(ITEMS))),
    'get_many of a condition': lambda model: model.get_many(
        model.age >= 0 if model is not Animal else Animal.id.exists()
    ),
    'iter_many': lambda model: list(model.iter_many()),
    'iter_many by segments': lambda model: list(model.iter_many(workers=3)),
    'get_page': lambda model: model.get_page(None, limit=10).items,
    'a negation': lambda model: model.get_many(~(model.name == 'nobody')),
    'alternatives': lambda model: model.get_many((model.id == 'd') | (model.name > '')),
    'in part': lambda model: list(model.iter_many(only=['name'])),
}

HELD = {Animal: 'acdp', Dog: 'dp', Puppy: 'p', Cat: 'c'}


@pytest.mark.parametrize('read', READS.values(), ids=READS)
@pytest.mark.parametrize('model', HELD)
def test_a_class_reads_its_own_items_and_those_of_its_children(animals, model, read):
    found = read(model)
    assert ids(found) == sorted(HELD[model])
    assert {item.id: type(item) for item in found} == {key: type(ITEMS[key]) for key in HELD[model]}


@pytest.mark.parametrize('model', HELD)
def test_a_class_counts_its_own_items(animals, model):
    assert model.count() == len(HELD[model])
    assert model.count(model.id.in_(['d', 'c', 'none'])) == len({*'dc'} & {*HELD[model]})


@pytest.mark.parametrize('options', [{}, {'only': ['name']}, {'consistent': True}])
def test_an_item_of_another_class_does_not_exist(animals, options):
    with pytest.raises(Dog.DoesNotExist, match=r"'id': 'c'.*of class Cat"):
        Dog.get_one('c', **options)
    with pytest.raises(Animal.DoesNotExist):
        Dog.get_one('c')
    with pytest.raises(Puppy.DoesNotExist, match='of class Dog'):
        Puppy.get_one('d')


def test_what_was_read_in_part_is_of_its_class(animals):
    found = Animal.get_one('d', only=['name'])
    assert type(found) is Dog
    with pytest.raises(PartialItemError):
        found.age
    both = Animal.get_many(['d', 'c'], only=[Dog.breed])
    assert [type(each) for each in both] == [Dog, Cat]
    assert both[0].breed == 'lab'


def test_an_index_that_holds_keys_holds_what_tells_the_classes_apart(animals):
    (found,) = Animal.get_many(Animal.name == 'Tom', index='by_name')
    assert type(found) is Cat
    assert Dog.get_many(Dog.name == 'Tom', index='by_name') == []
    assert Animal.explain(Animal.name == 'Tom', only=['id']).index is Animal.by_name


def test_an_index_of_a_child_is_made_by_the_root_and_used_by_the_child(animals):
    plan = Dog.explain(Dog.breed == 'lab')
    assert (plan.operation, plan.index) == ('Query', Dog.by_breed)
    assert ids(Dog.get_many(Dog.breed == 'lab')) == ['d']
    assert Puppy.get_many(Puppy.breed == 'lab') == []


def test_the_field_that_tells_the_classes_apart_is_a_field(animals):
    assert Animal.get_one('d').kind == 'dog'
    assert Cat(id='x').kind == 'Cat'
    assert ids(Animal.get_many(Animal.kind.in_(['dog', 'Cat']))) == ['c', 'd']
    assert Dog(id='x').to_dict()['kind'] == 'dog'


def test_pages_of_a_class_follow_each_other(animals):
    found, token = [], None
    while True:
        page = Dog.get_page(None, limit=1, after=token)
        found += page.items
        token = page.token
        if token is None:
            break
    assert ids(found) == ['d', 'p']


def test_explain_shows_the_check():
    assert 'Dog.kind.in_' in str(Dog.explain(Dog.age > 3))
    assert "Cat.kind == 'Cat'" in str(Cat.explain(['c', 'd']))
    assert 'kind' not in str(Animal.explain(Animal.name == 'x', only=[]).filter or '')


class Vehicle(Model):
    """A root whose discriminator is the hash key of an index."""

    __table__ = 'vehicles'
    __hash_key__ = 'id'
    __discriminator__ = 'type'

    id = StringField()
    type = StringField(attribute='t')
    by_type = GlobalIndex('type')


class Bike(Vehicle):
    """One of them."""


def test_all_items_of_a_class_are_a_query_where_there_is_an_index_of_the_discriminator(connection):
    Vehicle.create_table()
    Vehicle.save_many([Vehicle(id='v'), Bike(id='b')])
    assert Vehicle.table().get_item(Key={'id': 'b'})['Item'] == {'id': 'b', 't': 'Bike'}
    assert Bike.explain().operation == 'Query'
    assert Bike.explain().index is Bike.by_type
    assert ids(Bike.iter_many()) == ['b']


class Store(Model):
    """A root whose discriminator is the range key."""

    __table__ = 'stores'
    __hash_key__ = 'id'
    __range_key__ = 'kind'
    __discriminator__ = 'kind'

    id = StringField()
    kind = StringField()


class Shelf(Store):
    """One of them, which stores a field under another name than its sibling."""

    size = IntField(attribute='s')


class Box(Store):
    """Another one."""

    size = IntField(attribute='b')


def test_the_discriminator_may_be_a_key(connection):
    Store.create_table()
    made = Shelf.update_one(('1', 'Shelf'), [Shelf.size.set(2)], upsert=True)
    assert made == Shelf(id='1', size=2)
    with pytest.raises(ValidationError, match=r'Shelf.kind: says that the item is no Shelf'):
        Shelf.update_one(('1', 'Box'), [Shelf.size.set(2)], upsert=True)
    Box(id='1', size=3).save()
    assert [type(item) for item in Store.get_many(Store.id == '1')] == [Box, Shelf]
    assert Box.explain(Box.id == '1').operation == 'GetItem'


def test_a_field_that_a_class_stores_elsewhere_was_not_read(connection):
    Store.create_table()
    Store.save_many([Shelf(id='1', size=2), Box(id='1', size=3)])
    box, shelf = Store.get_many(Store.id == '1', only=[Shelf.size])
    assert shelf.size == 2
    with pytest.raises(PartialItemError):
        box.size


# Items that say something else, or nothing


@pytest.fixture
def odd(own):
    Animal.table().put_item(Item={'id': 'old', 'name': 'Old'})
    Animal.table().put_item(Item={'id': 'bird', 'kind': 'Bird'})
    Animal.table().put_item(Item={'id': 'number', 'kind': 3})


def test_an_item_without_discriminator_is_of_the_root(odd):
    found = Animal.get_one('old')
    assert type(found) is Animal
    assert found.kind is None
    with pytest.raises(Dog.DoesNotExist, match='of class Animal'):
        Dog.get_one('old')
    found.name = 'New'
    found.save(changed=True)
    assert Animal.table().get_item(Key={'id': 'old'})['Item'] == {'id': 'old', 'name': 'New'}
    found.save()
    assert Animal.get_one('old').kind == 'Animal'


@pytest.mark.parametrize(('key', 'value'), [('bird', "'Bird'"), ('number', '3')])
def test_an_item_of_no_known_class_is_an_error_and_not_an_item_of_another(odd, key, value):
    with pytest.raises(ValidationError) as error:
        Animal.get_one(key)
    assert f"Animal read from {{'id': '{key}'}}: kind: stands for no class" in str(error.value)
    assert value in str(error.value)
    with pytest.raises(Dog.DoesNotExist):
        Dog.get_one(key)
    assert ids(Dog.iter_many()) == ['d', 'p']


# Writing


def test_dicts_that_say_their_class_are_saved_as_that(own):
    saved = Animal.save_one({'id': 'x', 'kind': 'dog', 'age': 3})
    assert type(saved) is Dog
    assert Animal.save_many([{'id': 'y', 'kind': 'Cat'}, {'id': 'z'}]).fail == []
    assert type(Animal.get_one('y')) is Cat
    assert type(Animal.get_one('z')) is Animal
    assert Animal.bulk_save([{'id': 'w', 'kind': 'Puppy', 'weeks': 3}]).fail_count == 0
    assert Puppy.get_one('w').weeks == 3


REFUSED = {
    'a new instance': lambda: Dog(id='x', kind='Cat').save(),
    'an instance': lambda: _changed('d').save(),
    'its changes': lambda: _changed('d').save(changed=True),
    'a dict': lambda: Dog.save_one({'id': 'x', 'kind': 'Cat'}),
    'many dicts': lambda: Dog.save_many([{'id': 'x', 'kind': 'Cat'}]),
    'a transaction': lambda: Transaction().save(Dog(id='x', kind='Cat')),
    'an update': lambda: Dog.update_one('d', [Dog.kind.set('Cat')]),
    'a removal': lambda: Dog.update_one('d', [Dog.kind.remove()]),
    'an update of many': lambda: Dog.update_many(['d'], [Dog.kind.set('Cat')]),
    'an update of an instance': lambda: Dog.get_one('d').update(Dog.kind.set('Cat')),
    'a dict of updates': lambda: Dog.update_from_dict({'id': 'd', 'age': 3, 'kind': 'Cat'}),
    'a class that there is not': lambda: Dog.save_one({'id': 'x', 'kind': 'Bird'}),
    'another number of lives': lambda: Dog.update_one('d', [Cat.lives.set(3)]),
}


def _changed(key):
    instance = Animal.get_one(key)
    instance.kind = 'Cat'
    return instance


@pytest.mark.parametrize('write', REFUSED.values(), ids=REFUSED)
def test_nothing_makes_an_item_say_that_it_is_of_another_class(own, write, sent):
    with pytest.raises(DynamongoError, match='Dog'):
        write()
    writes = {'PutItem', 'UpdateItem', 'BatchWriteItem', 'TransactWriteItems'}
    assert not writes & {name for name in sent.operations if 'Get' not in name}
    assert Dog.get_one('d') == ITEMS['d']


def test_a_dict_of_updates_may_repeat_the_class(own):
    assert Dog.update_from_dict({'id': 'd', 'age': 4, 'kind': 'dog'}).age == 4
    assert Dog.update_from_dict({'id': 'c', 'age': 4}) is None


#: Writes by a class to an item of another, and what they answer.
WRITES = {
    'delete_one': (lambda key: Dog.delete_one(key), None),
    'delete_one of a condition': (lambda key: Dog.delete_one(Dog.id == key), None),
    'update_one': (lambda key: Dog.update_one(key, [Dog.age.set(1)]), None),
    'update_one, upsert': (lambda key: Dog.update_one(key, [Dog.age.set(1)], upsert=True), None),
    'delete_many': (lambda key: Dog.delete_many([key]).fail_count, 1),
    'delete_many of a condition': (lambda key: Dog.delete_many(Dog.name == 'Tom').fail_count, 0),
    'update_many': (lambda key: Dog.update_many([key], [Dog.age.set(1)]).fail_count, 1),
    'save_many if': (lambda key: Dog.save_many([Dog(id=key)], Dog.age > 0).fail_count, 1),
}


@pytest.mark.parametrize(('write', 'answer'), WRITES.values(), ids=WRITES)
def test_a_class_leaves_items_of_others_alone(own, write, answer):
    assert write('c') == answer
    assert Animal.get_one('c') == ITEMS['c']


REFUSED_WRITES = {
    'save_one if': lambda: Dog.save_one(Dog(id='c'), Dog.age > 0),
    'delete': lambda: Dog(id='c').delete(),
    'delete by the root': lambda: Animal(id='c').delete(),
    'update': lambda: Dog(id='c').update(Dog.age.set(1)),
    'update by the root': lambda: Animal(id='c').update(Animal.name.set('x')),
    'save of changes': lambda: _as_dog('c'),
}


def _as_dog(key):
    dog = Animal.get_one('d')
    Animal.delete_one('d')
    Cat(id='d').save()
    dog.age = 8
    dog.save(changed=True)


@pytest.mark.parametrize('write', REFUSED_WRITES.values(), ids=REFUSED_WRITES)
def test_an_instance_changes_no_item_of_another_class(own, write):
    with pytest.raises(ConditionalCheckFailedException) as error:
        write()
    assert type(error.value.item) is Cat
    assert type(Animal.get_one('c')) is Cat


def test_refresh_shows_no_item_of_another_class(own):
    with pytest.raises(Dog.DoesNotExist, match='of class Cat'):
        Dog(id='c').refresh()
    with pytest.raises(Animal.DoesNotExist, match='of class Cat'):
        Animal(id='c').refresh()
    assert Cat(id='c').refresh() == ITEMS['c']


def test_a_class_writes_its_own_items_and_those_of_its_children(own):
    assert Dog.update_one('p', [Dog.age.set(1)]) == Puppy(id='p', name='Bit', age=1, weeks=5)
    assert Dog.update_many(Dog.age >= 0, [Dog.age.add(1)]).success_count == 2
    assert type(Dog.delete_one('p')) is Puppy
    assert ids(Dog.delete_many(Dog.age > 0).success) == ['d']
    assert ids(Animal.iter_many()) == ['a', 'c']
    assert Animal.delete_many(['a', 'c']).fail == []


@pytest.mark.parametrize(('model', 'tag'), [(Animal, 'Animal'), (Dog, 'dog'), (Puppy, 'Puppy')])
def test_an_item_made_by_an_update_is_of_the_class(own, model, tag):
    made = model.update_one('new', [model.name.set('New')], upsert=True)
    assert type(made) is model
    assert model.get_one('new').kind == tag
    again = Animal.update_one('new', [Animal.name.set('Newer')], upsert=True)
    assert type(again) is model


def test_an_item_made_for_an_instance_is_of_its_class(own):
    made = Animal.update_one(Dog(id='new'), [Dog.age.set(3)], upsert=True)
    assert made == Dog(id='new', age=3)
    assert Animal.update_one(Dog(id='c'), [Dog.age.set(3)], upsert=True) is None
    assert Animal.get_one('c') == ITEMS['c']


def test_an_instance_stands_for_an_item_of_its_class_in_writes_by_the_root(own):
    assert Animal.update_one(Dog(id='c'), [Animal.name.set('x')]) is None
    result = Animal.update_many([Dog(id='c'), Dog(id='d')], [Animal.name.set('x')])
    assert (ids(result.fail), ids(result.success)) == (['c'], ['d'])
    with pytest.raises(TransactionCanceledError), Transaction() as t:
        t.update((Animal, Dog(id='c')), [Animal.name.set('x')])
    assert Animal.get_one('c') == ITEMS['c']


def test_a_dict_of_updates_says_the_class(own):
    assert Animal.update_from_dict({**ITEMS['d'].to_dict(), 'age': 4}).age == 4
    assert Animal.update_from_dict({'id': 'd', 'kind': 'Animal', 'name': 'x'}) is None
    assert Animal.update_from_dict({'id': 'd', 'kind': 'Puppy', 'name': 'x'}) is None
    assert Animal.update_from_dict({'id': 'd', 'name': 'x'}).name == 'x'


def test_replacing_an_item_by_one_of_another_class_is_a_plain_save(own):
    Cat(id='d').save()
    assert type(Animal.get_one('d')) is Cat


def test_an_item_that_is_deleted_and_unknown_is_not_lost(odd):
    with pytest.raises(IncompleteReadError, match='the item is deleted') as error:
        Animal.delete_one('bird')
    assert error.value.item == {'id': 'bird', 'kind': 'Bird'}


def test_transactions_know_the_classes(own):
    assert Transaction.get([(Dog, 'c'), (Animal, 'c'), (Dog, 'd')]) == [
        None,
        ITEMS['c'],
        ITEMS['d'],
    ]
    with Transaction() as t:
        t.save(Cat(id='new'))
        t.update((Dog, 'd'), [Dog.age.set(9)])
        t.check((Cat, 'c'))
        t.check((Dog, 'none'), Dog.age.not_exists())
        t.delete((Dog, 'p'))
    assert ids(Animal.iter_many()) == ['a', 'c', 'd', 'new']
    for step in (
        lambda t: t.update((Dog, 'c'), [Dog.age.set(9)]),
        lambda t: t.delete((Dog, 'c')),
        lambda t: t.check((Dog, 'c')),
        lambda t: t.check((Dog, 'c'), Dog.breed.not_exists()),
        lambda t: t.check((Dog, 'none')),
        lambda t: t.check(Animal(id='c')),
        lambda t: t.delete(Dog(id='c')),
    ):
        with pytest.raises(TransactionCanceledError), Transaction() as t:
            step(t)
    assert Animal.get_one('c') == ITEMS['c']


def test_the_version_counts_for_all_classes(connection):
    class Base(Model):
        __table__ = 'versioned'
        __hash_key__ = 'id'
        __discriminator__ = 'kind'
        id = StringField()
        n = IntField()
        version = VersionField()

    class Child(Base):
        pass

    Base.create_table()
    child = Child(id='c', n=1).save()
    Base.update_one('c', [Base.n.set(2)])
    child.n = 3
    with pytest.raises(ConditionalCheckFailedException, match='version'):
        child.save()
    with pytest.raises(ConditionalCheckFailedException, match='no Base'):
        Base(id='c', version=2).delete()
    read = Base.get_one('c')
    read.n = 4
    read.save(changed=True)
    assert Child.get_one('c').version == 3


# Declarations


def declared(**namespace):
    return type(
        'Root',
        (Model,),
        {
            '__table__': 'roots',
            '__hash_key__': 'id',
            'id': StringField(),
            '__discriminator__': 'kind',
            **namespace,
        },
    )


def child(root, name='Child', /, **namespace):
    return type(name, (root,), namespace)


INVALID = {
    'no text': (lambda: declared(__discriminator__=3), 'takes the name of a field'),
    'a value without a name': (
        lambda: declared(__discriminator__=None, __discriminator_value__='x'),
        'needs a __discriminator__',
    ),
    'the name of a method': (lambda: declared(__discriminator__='save'), 'something else than'),
    'the name of a promised method': (
        lambda: declared(__discriminator__='save_one'),
        'something else than|every model has',
    ),
    'a field of another type': (lambda: declared(kind=BooleanField()), 'is no value of kind'),
    'numbers': (lambda: declared(kind=IntField(), __discriminator_value__=3), 'stored as text'),
    'an invalid value': (lambda: declared(kind=StringField(max_length=3)), 'at most 3 characters'),
    'an empty value': (lambda: declared(__discriminator_value__=''), 'not empty'),
    'the value of another class': (
        lambda: (
            root := declared(),
            child(root, 'A', __discriminator_value__='x'),
            child(root, 'B', __discriminator_value__='x'),
        ),
        "'x' stands for A already",
    ),
    'another table': (lambda: child(declared(), __table__='others'), 'another table'),
    'another key': (
        lambda: child(declared(), __hash_key__='other', other=StringField()),
        'another table or key',
    ),
    'another discriminator': (
        lambda: child(declared(), __discriminator__='other'),
        "is 'kind' in Root",
    ),
    'a field that is stored elsewhere': (
        lambda: child(declared(a=StringField()), a=StringField(attribute='b')),
        "Root.a is stored as 'a', of type str",
    ),
    'a field of another type than the parent has': (
        lambda: child(declared(a=StringField()), a=IntField()),
        'stores it alike',
    ),
    'a version of a child': (lambda: child(declared(), v=VersionField()), 'declared in Root'),
    'a child without version': (
        lambda: child(declared(v=VersionField()), v=None),
        'declared in Root',
    ),
    'two indexes of one name': (
        lambda: (
            root := declared(),
            child(root, 'A', a=StringField(), by_x=GlobalIndex('a')),
            child(root, 'B', b=StringField(), by_x=GlobalIndex('b')),
        ),
        'another index of that name',
    ),
    'a key of two types': (
        lambda: (
            root := declared(),
            child(root, 'A', x=StringField(), by_a=GlobalIndex('x')),
            child(root, 'B', x=IntField(), by_b=GlobalIndex('x')),
        ),
        "'x' is stored as N",
    ),
}


@pytest.mark.parametrize(('declare', 'message'), INVALID.values(), ids=INVALID)
def test_declarations_that_cannot_work_are_refused(declare, message):
    with pytest.raises(SchemaError, match=message):
        declare()


def test_an_abstract_class_is_no_root(connection):
    class Base(Model):
        __abstract__ = True
        __discriminator__ = 'kind'
        __hash_key__ = 'id'
        id = StringField()

    class One(Base):
        __table__ = 'ones'

    class Two(Base):
        __table__ = 'twos'

    class More(Two):
        pass

    assert [sorted(model._schema.family.members) for model in (One, Two)] == [
        ['One'],
        ['More', 'Two'],
    ]
    assert Base._schema.family is None


def test_a_class_that_is_made_anew_takes_the_place_of_the_old_one():
    root = declared()
    old, new = (child(root, 'Again') for _ in range(2))
    assert root._schema.family.members['Again'] is new._schema
    assert old is not new


def test_a_model_without_discriminator_sends_what_it_sent_before(connection, sent):
    class Plain(Model):
        __table__ = 'plain'
        __hash_key__ = 'id'
        id = StringField()

    class Child(Plain):
        pass

    Plain.create_table()
    Child(id='a').save()
    assert sent[-1][1]['Item'] == {'id': 'a'}
    assert type(Plain.get_one('a')) is Plain
    assert Child.explain().filter is None


def test_instances_can_be_pickled_and_compared():
    dog = ITEMS['d']
    assert pickle.loads(pickle.dumps(dog)) == dog
    assert Dog(id='x') != Puppy(id='x')


def test_a_field_of_another_class_of_the_table_is_refused():
    with pytest.raises(ExpressionError, match='is a field of Cat, not of Dog'):
        Dog.explain(Cat.lives > 3)
