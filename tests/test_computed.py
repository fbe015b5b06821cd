"""Fields that are computed from others: by a property, or by a default that takes the instance."""

import functools
import pickle

import pytest

from dynamongo import (
    DictField,
    EmailField,
    ExpressionError,
    GlobalIndex,
    IntField,
    ListField,
    Model,
    PartialItemError,
    SchemaError,
    StringField,
    Transaction,
    ValidationError,
    VersionField,
)

pytestmark = pytest.mark.broad


class Shop(Model):
    """What the classes of a table have in common."""

    __table__ = 'shop'
    __hash_key__ = 'pk'
    __range_key__ = 'sk'
    __discriminator__ = 'type'

    pk = StringField()
    sk = StringField()
    day = StringField()
    by_day = GlobalIndex('day')


class Customer(Shop):
    """An item whose range key is constant."""

    email = EmailField(required=True)
    name = StringField()

    @property
    def pk(self):
        return f'CUSTOMER#{self.email}'

    @property
    def sk(self):
        return 'PROFILE'


class Order(Shop):
    """An item whose keys, and that of an index, are computed."""

    email = EmailField(required=True)
    number = IntField(required=True)
    placed = StringField(default='2026-01-01T12:00')
    total = IntField()

    @property
    def pk(self):
        return f'CUSTOMER#{self.email}'

    @property
    def sk(self):
        return f'ORDER#{self.number:06}'

    @property
    def day(self):
        return self.placed[:10] if self.placed else None


class Entry(Model):
    """A model whose key has a default that is made of other fields."""

    __table__ = 'entries'
    __hash_key__ = 'pk'

    a = StringField(required=True)
    b = StringField(required=True)
    pk = StringField(default=lambda entry: f'{entry.a}/{entry.b}')


EMAIL = 'john@example.com'
PK = f'CUSTOMER#{EMAIL}'


@pytest.fixture
def shop(connection):
    Shop.create_table()
    Shop.save_many(
        [Customer(email=EMAIL, name='John'), *(Order(email=EMAIL, number=n) for n in (1, 2, 12))]
    )


def order():
    return Order(email=EMAIL, number=7)


# The recipe


def test_one_query_reads_items_of_several_classes(shop):
    found = Shop.get_many(Shop.pk == PK)
    assert [type(item) for item in found] == [Order, Order, Order, Customer]
    assert [item.sk for item in found] == [
        'ORDER#000001',
        'ORDER#000002',
        'ORDER#000012',
        'PROFILE',
    ]


def test_a_prefix_of_the_range_key_selects_one_kind(shop):
    key = (Shop.pk == PK) & Shop.sk.begins_with('ORDER#')
    assert Shop.explain(key).operation == 'Query'
    assert [item.number for item in Shop.get_many(key, descending=True)] == [12, 2, 1]
    assert [item.number for item in Order.get_many(Order.pk == PK)] == [1, 2, 12]


def test_an_index_has_a_computed_key(shop):
    found = Order.get_many(Order.day == '2026-01-01')
    assert Order.explain(Order.day == '2026-01-01').index is Order.by_day
    assert len(found) == 3
    assert Shop.table().get_item(Key={'pk': PK, 'sk': 'PROFILE'})['Item'].get('day') is None


STRATEGIES = {
    'a tuple': (PK, 'ORDER#000002'),
    'an instance': Order(email=EMAIL, number=2),
    'a dict of the parts': {'email': EMAIL, 'number': 2},
    'a dict of the key': {'pk': PK, 'sk': 'ORDER#000002'},
    'a condition': (Order.pk == PK) & (Order.sk == 'ORDER#000002'),
}


@pytest.mark.parametrize('strategy', STRATEGIES.values(), ids=STRATEGIES)
def test_an_item_is_selected_by_its_key_and_by_what_it_is_computed_from(shop, strategy):
    assert Order.get_one(strategy).number == 2
    assert Order.update_one(strategy, [Order.total.set(5)]).total == 5
    assert Order.delete_one(strategy).total == 5


def test_the_root_takes_instances_of_its_classes(shop):
    items = [Order(email=EMAIL, number=2), Customer(email=EMAIL)]
    assert [type(item) for item in Shop.get_many(items)] == [Order, Customer]
    assert Shop.get_one(items[0]).number == 2
    assert Transaction.get([(Shop, items[1])])[0].name == 'John'
    assert Shop.delete_many(items).fail == []
    assert Shop.count(Shop.pk == PK) == 2


def test_keys_in_takes_dicts_of_the_parts(shop):
    keys = [{'email': EMAIL, 'number': n} for n in (12, 1)]
    assert [item.number for item in Order.get_many(Order.keys_in(keys))] == [12, 1]


def test_a_dict_of_updates_may_say_the_parts(shop):
    assert Order.update_from_dict({'email': EMAIL, 'number': 2, 'total': 3}).total == 3


def test_a_part_that_is_missing_is_named():
    with pytest.raises(ValidationError, match=r"can't be computed without Order.number: TypeError"):
        Order(email=EMAIL).sk
    with pytest.raises(ValidationError) as error:
        Order(email=EMAIL).save()
    assert [problem.path for problem in error.value.problems] == [('number',)]


class Free(Model):
    """A model whose key is computed of what isn't required."""

    __table__ = 'free'
    __hash_key__ = 'pk'

    part = StringField()
    number = IntField()
    pk = StringField(default=lambda free: f'{free.part}/{free.number}')


LACKING = {
    'nothing': (Customer, {}),
    'something else': (Customer, {'name': 'x'}),
    'an instance': (Customer, Customer(name='x')),
    'a part of the parts': (Order, {'email': EMAIL}),
    'a part that is None': (Order, {'email': EMAIL, 'number': None}),
    'what is not required': (Free, {'part': 'x'}),
}

SELECTING = {
    'get_one': lambda model, strategy: model.get_one(strategy),
    'delete_one': lambda model, strategy: model.delete_one(strategy),
    'update_one': lambda model, strategy: model.update_one(
        strategy, [model._schema.hash_key.remove()], upsert=True
    ),
    'keys_in': lambda model, strategy: model.keys_in([strategy]),
    'get_many': lambda model, strategy: model.get_many([strategy]),
}


@pytest.mark.parametrize(('model', 'strategy'), LACKING.values(), ids=LACKING)
@pytest.mark.parametrize('select', SELECTING.values(), ids=SELECTING)
def test_no_key_is_computed_of_what_is_missing(connection, sent, select, model, strategy):
    with pytest.raises(ValidationError, match=r'which must be given|computed without'):
        select(model, strategy)
    assert not sent


def test_a_part_may_be_given_as_nothing_where_it_may_be_absent(connection):
    Free.create_table()
    Free(part='x').save()
    assert Free.get_one({'part': 'x', 'number': None}).pk == 'x/None'
    assert Free.get_one(Free(part='x')).pk == 'x/None'


CHANGES_OF_PARTS = {
    'update_one by a dict': lambda item, update: Order.update_one(
        {'email': EMAIL, 'number': 2}, [update]
    ),
    'update_one by an instance': lambda item, update: Order.update_one(item, [update]),
    'update_many': lambda item, update: Order.update_many(
        [{'email': EMAIL, 'number': 2}], [update]
    ),
    'an instance': lambda item, update: item.update(update),
    'a transaction': lambda item, update: Transaction().update(item, [update]),
    'the root': lambda item, update: Shop.update_one(item, [update]),
    'many by the root': lambda item, update: Shop.update_many([item], [update]),
    'a transaction by the root': lambda item, update: Transaction().update((Shop, item), [update]),
}


@pytest.mark.parametrize('change', CHANGES_OF_PARTS.values(), ids=CHANGES_OF_PARTS)
def test_an_update_leaves_what_the_key_is_computed_from(shop, change):
    item = Order.get_one((PK, 'ORDER#000002'))
    for update in (Order.number.set(3), Order.number.add(1), Order.email.set('a@b.de')):
        with pytest.raises(ExpressionError, match='the key is computed from Order'):
            change(item, update)
    assert Order.get_one(item) == item


def test_an_item_made_by_an_update_has_what_its_key_is_computed_from(shop):
    made = Customer.update_one({'email': 'new@b.de'}, [Customer.name.set('New')], upsert=True)
    assert made == Customer(email='new@b.de', name='New')
    made = Order.update_one(order(), [Order.placed.set('2026-05-05')], upsert=True)
    assert (made.email, made.number, made.sk) == (EMAIL, 7, 'ORDER#000007')


def test_what_the_root_makes_for_an_instance_has_what_its_key_is_computed_from(shop):
    made = Shop.update_one(order(), [Order.total.set(1)], upsert=True)
    assert made == Order(email=EMAIL, number=7, total=1, placed=None)
    with Transaction() as t:
        t.update((Shop, Order(email=EMAIL, number=8)), [Order.total.set(2)], upsert=True)
    assert type(Shop.get_one((PK, 'ORDER#000008'))) is Order
    assert Order.get_one({'email': EMAIL, 'number': 8}).total == 2


@pytest.mark.parametrize('value', ['8', 8.0, 8])
def test_a_value_is_computed_of_converted_values(shop, value):
    item = order()
    item.number = value
    assert item.sk == 'ORDER#000008'
    item.save()
    assert Order.get_one({'email': EMAIL, 'number': value}).sk == 'ORDER#000008'
    assert item.number == 8


def test_an_untouched_part_does_not_move_an_item(shop):
    Shop.table().update_item(
        Key={'pk': PK, 'sk': 'ORDER#000002'},
        UpdateExpression='SET #n = :n',
        ExpressionAttributeNames={'#n': 'number'},
        ExpressionAttributeValues={':n': 5},
    )
    item = Order.get_one((PK, 'ORDER#000002'))
    item.total = 3
    for save in (item.save, lambda: item.save(changed=True)):
        with pytest.raises(ValidationError, match="was 'ORDER#000002' when the item was read"):
            save()


def test_an_instance_whose_item_is_deleted_may_get_another_key(shop):
    item = Order.get_one((PK, 'ORDER#000002'))
    item.delete()
    item.number = 20
    assert item.save().sk == 'ORDER#000020'


def test_what_is_imported_is_computed_anew_but_for_its_key(shop):
    item = order().save()
    Order.update_one(item, [Order.placed.set('2026-09-09')])
    stale = Order.get_one(item)
    assert stale.day == '2026-01-01'
    for made in (
        Order.from_json(stale.to_json()),
        Order.from_dynamodb_json(stale.to_dynamodb_json()),
    ):
        assert made.day == '2026-09-09'
        made.save()
    text = stale.to_json().replace('ORDER#000007', 'ORDER#000009')
    with pytest.raises(ValidationError, match='is computed as'):
        Order.from_json(text).save()


# What an instance shows


def test_a_computed_value_follows_what_it_is_computed_from():
    item = order()
    assert (item.pk, item.sk, item.day) == (PK, 'ORDER#000007', '2026-01-01')
    item.number = 8
    assert item.sk == 'ORDER#000008'
    assert item.to_dict()['sk'] == 'ORDER#000008'
    assert "sk='ORDER#000008'" in repr(item)
    assert 'sk' not in repr(Order(email=EMAIL))


def test_what_was_read_is_computed_anew_once_a_part_is_set(shop):
    item = Order.get_one((PK, 'ORDER#000002'))
    assert item.sk == 'ORDER#000002'
    item.number = 3
    assert item.sk == 'ORDER#000003'


def test_an_instance_is_equal_to_what_is_read_of_it(shop):
    item = order().save()
    assert Order.get_one(item) == item == order()
    assert pickle.loads(pickle.dumps(item)) == item
    assert Order(**item.to_dict()) == item


def test_what_was_read_in_part_shows_what_was_read(shop):
    item = Order.get_one((PK, 'ORDER#000002'), only=['number'])
    assert item.sk == 'ORDER#000002'
    with pytest.raises(PartialItemError):
        item.day
    item.number = 2
    assert item.update(Order.total.set(1)).total == 1


@pytest.mark.parametrize('only', [['total'], ['total', 'day'], ['email', 'number', 'total']])
def test_what_was_read_in_part_leaves_no_index_key_behind(shop, only):
    item = Order.get_one((PK, 'ORDER#000002'), only=only)
    item.total = 3
    with pytest.raises(PartialItemError, match=r'Order.day may have to change as well'):
        item.save(changed=True)
    item.placed = '2026-08-08T08:00'
    item.save(changed=True)
    assert Order.get_one((PK, 'ORDER#000002')).day == '2026-08-08'


# Saving


def test_a_save_stores_what_is_computed(shop, sent):
    order().save()
    assert sent[-1][1]['Item'] == {
        'pk': PK,
        'sk': 'ORDER#000007',
        'day': '2026-01-01',
        'type': 'Order',
        'email': EMAIL,
        'number': 7,
        'placed': '2026-01-01T12:00',
    }


SAVES = {
    'save_one': lambda item: Order.save_one(item),
    'save_one of a dict': lambda item: Order.save_one({'email': EMAIL, 'number': 7}),
    'save_many': lambda item: Order.save_many([item]),
    'bulk_save': lambda item: Order.bulk_save([item]),
    'a transaction': lambda item: _in_transaction(item),
    'save changed': lambda item: item.save(changed=True),
}


def _in_transaction(item):
    with Transaction() as t:
        t.save(item)


@pytest.mark.parametrize('save', SAVES.values(), ids=SAVES)
def test_every_kind_of_save_computes(shop, save):
    save(order())
    assert Order.get_one((PK, 'ORDER#000007')) == order()


def test_changes_of_what_is_computed_are_saved(shop, sent):
    item = Order.get_one((PK, 'ORDER#000001'))
    item.placed = '2026-02-02T10:00'
    item.save(changed=True)
    assert set(sent[-1][1]['ExpressionAttributeValues'].values()) == {
        '2026-02-02T10:00',
        '2026-02-02',
        'Order',
    }
    assert [each.number for each in Order.get_many(Order.day == '2026-02-02')] == [1]
    item.placed = None
    item.save(changed=True)
    assert Order.get_many(Order.day == '2026-02-02') == []
    assert Order.get_one(item).day is None


CHANGED_KEYS = {
    'save changed': lambda item: item.save(changed=True),
    'delete': lambda item: item.delete(),
    'update': lambda item: item.update(Order.total.set(1)),
    'refresh': lambda item: item.refresh(),
}


@pytest.mark.parametrize('write', CHANGED_KEYS.values(), ids=CHANGED_KEYS)
def test_an_instance_whose_key_has_changed_stands_for_no_item(shop, write):
    item = Order.get_one((PK, 'ORDER#000001'))
    item.number = 9
    with pytest.raises(ValidationError, match=r'Order.sk: is part of the key'):
        write(item)
    item.number = 1
    write(item)


GIVEN = {
    'a key': lambda: Order(email=EMAIL, number=7, sk='x'),
    'a key that is set': lambda: _set(order(), 'sk', 'x'),
    'another value': lambda: Order(email=EMAIL, number=7, day='2020-01-01'),
    'a key, before something else is set': lambda: _set(
        Order(email=EMAIL, number=7, sk='x'), 'total', 3
    ),
}


def _set(item, name, value):
    setattr(item, name, value)
    return item


@pytest.mark.parametrize('make', GIVEN.values(), ids=GIVEN)
def test_another_value_than_the_one_computed_is_refused(shop, make):
    with pytest.raises(ValidationError, match='is computed as'):
        make().save()


def test_an_older_value_of_what_is_no_key_is_computed_anew(shop):
    Shop.table().put_item(
        Item={
            'pk': PK,
            'sk': 'ORDER#000050',
            'type': 'Order',
            'email': EMAIL,
            'number': 50,
            'placed': '2026-03-03',
            'day': 'March',
        }
    )
    item = Order.get_one((PK, 'ORDER#000050'))
    assert item.day == 'March'
    item.save()
    assert Order.get_one(item).day == '2026-03-03'


def test_an_older_key_is_not_left_behind(shop):
    Shop.table().put_item(
        Item={'pk': PK, 'sk': 'order-51', 'type': 'Order', 'email': EMAIL, 'number': 51}
    )
    item = Order.get_one((PK, 'order-51'))
    with pytest.raises(ValidationError, match='make a new instance to store another item'):
        item.save()
    assert Order.update_one(item, [Order.total.set(3)]).sk == 'order-51'


# Defaults that take the instance


def test_a_default_takes_the_instance(connection):
    Entry.create_table()
    item = Entry(a='x', b='y')
    item.a = 'z'
    item.validate()
    item.b = 'w'
    assert item.pk == 'z/w'
    item.save()
    assert Entry.get_one('z/w') == item
    item.b = 'v'
    assert item.pk == 'z/w'
    item.save()
    assert Entry.get_one('z/w').b == 'v'
    assert Entry.count() == 1


def test_a_default_is_no_more_than_a_default(connection):
    Entry.create_table()
    assert Entry(a='x', b='y', pk='own').save().pk == 'own'
    assert Entry.get_one({'a': 'x', 'b': 'y', 'pk': 'own'}).a == 'x'
    assert Entry.save_many([Entry(a='x', b='y'), {'a': 'x', 'b': 'z'}]).fail == []
    assert Entry.get_one({'a': 'x', 'b': 'z'}).pk == 'x/z'


def test_what_is_read_without_the_value_has_none(connection):
    class Note(Model):
        __table__ = 'notes'
        __hash_key__ = 'id'
        id = StringField()
        title = StringField(default=lambda note: note.id.title())

    Note.create_table()
    Note.table().put_item(Item={'id': 'a'})
    assert Note.get_one('a').title is None
    assert Note(id='b').title == 'B'


def test_lists_and_dicts_are_computed_too(connection):
    class Page(Model):
        __table__ = 'pages'
        __hash_key__ = 'id'
        id = StringField()
        words = ListField(StringField, default=lambda page: page.id.split('-'))

    Page.create_table()
    item = Page(id='a-b')
    assert item.words == ['a', 'b']
    assert Page.get_one(item.save()).words == ['a', 'b']


@pytest.mark.parametrize(
    'default',
    [list, dict, str, lambda: 'x', lambda text='x': text, functools.partial(str, 'x')],
    ids=['list', 'dict', 'str', 'function', 'function of an option', 'partial'],
)
def test_callables_that_need_no_argument_are_called_without(default):
    class Page(Model):
        __table__ = 'pages'
        __hash_key__ = 'id'
        id = StringField()
        text = StringField(default=lambda: str(default()))

    assert Page().text == str(default())
    assert Page._schema.computed == ()


# Declarations


def test_a_member_takes_no_default_of_the_instance():
    with pytest.raises(SchemaError, match='fields of models'):
        DictField(a=StringField(default=lambda item: 'x'))
    with pytest.raises(SchemaError, match='fields of models'):
        ListField(StringField(default=lambda item: 'x'))


def test_a_version_is_not_computed():
    class Base(Model):
        __table__ = 'bases'
        __hash_key__ = 'id'
        id = StringField()
        v = VersionField()

    with pytest.raises(SchemaError, match='counted, not computed'):
        type('Child', (Base,), {'v': property(lambda self: 3)})


HIDING = {
    'a property that can be set': property(lambda self: 'x', lambda self, value: None),
    'a cached property': functools.cached_property(lambda self: 'x'),
    'a method': lambda self: 'x',
    'a constant': 'x',
}


@pytest.mark.parametrize('value', HIDING.values(), ids=HIDING)
def test_what_would_hide_a_field_is_refused(value):
    with pytest.raises(SchemaError, match='name takes the place of a field'):
        type('Child', (Customer,), {'name': value})
    assert 'name' not in type('Child', (Customer,), {'name': None})._schema.fields


def test_a_field_hides_a_property_and_super_reaches_it():
    class Plain(Order):
        day = StringField()

    class More(Order):
        @property
        def sk(self):
            return super().sk + '#MORE'

    assert Plain(email=EMAIL, number=1).day is None
    assert More(email=EMAIL, number=1).sk == 'ORDER#000001#MORE'
