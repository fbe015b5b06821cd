"""Dicts with free keys: conversion, storage, paths, updates and reads of a part."""

import copy
import pickle
import types
from decimal import Decimal

import pytest

from dynamongo import (
    DateField,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    ListField,
    MapField,
    Model,
    PartialItemError,
    SchemaError,
    SetField,
    StringField,
    ValidationError,
    VersionField,
)
from dynamongo._partial import PartialDict

pytestmark = pytest.mark.broad


class Shop(Model):
    __table__ = 'shops'
    __hash_key__ = 'id'

    id = StringField()
    prices = MapField(FloatField(min_value=0), attribute='p')
    stock = MapField(IntField, default={'a': 1})
    names = MapField(ListField(StringField))
    lines = MapField(DictField(sku=StringField(required=True), count=IntField(default=1)))
    deep = MapField(MapField(IntField))
    tags = MapField(SetField(StringField))
    place = DictField(codes=MapField(IntField, default={'x': 1}), name=StringField())
    rows = ListField(MapField(IntField))
    needed = MapField(StringField(required=True))


@pytest.fixture
def table(shared_client, connection):
    """The table of shops, made once."""
    if not shared_client[2]:
        Shop.create_table()
        shared_client[2].append(Shop)
    return Shop.table()


def errors_of(call, *args):
    with pytest.raises(ValidationError) as raised:
        call(*args)
    return raised.value.errors


# Conversion


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ({}, {}),
        ({'a': '1', 'b.c': 2}, {'a': 1, 'b.c': 2}),
        ({'a': None, 'b': ''}, {'a': None, 'b': None}),
        (types.MappingProxyType({'a': '1'}), {'a': 1}),
        (None, {}),
        ('', {}),
    ],
)
def test_a_map_field_takes_dicts(value, native):
    result = MapField(IntField).validate(value)
    assert result == native
    assert type(result) is dict


@pytest.mark.parametrize('value', ['abc', 5, [], [('n', 1)], {'n'}, True])
def test_a_map_field_refuses_what_is_no_dict(value):
    assert 'a dict is needed' in errors_of(Shop.prices.validate, value)['']


@pytest.mark.parametrize(
    ('field', 'value', 'errors'),
    [
        (MapField(IntField), {'a': 'x', 'b': 1, 'c': 'y'}, ['a', 'c']),
        (MapField(IntField(max_value=3)), {'a': 'x', 'b': 5, 'c': 1}, ['a', 'b']),
        (MapField(IntField), {'': 1, 1: 2, 'a': 'x'}, ['', 'a']),
        (MapField(StringField(required=True)), {'a': '', 'b': None, 'c': 'x'}, ['a', 'b']),
        (MapField(StringField, required=True), {'a': ''}, ['']),
        (MapField(StringField, required=True), None, ['']),
        (MapField(StringField, min_size=2), {'a': 'x', 'b': ''}, ['']),
        (MapField(StringField, max_size=1), {'a': 'x', 'b': 'y'}, ['']),
        (MapField(StringField, choices=[{'a': 'x'}]), {'a': 'y'}, ['']),
        (MapField(ListField(IntField)), {'a': ['x', 1, 'y']}, ['a[0]', 'a[2]']),
        (MapField(MapField(IntField(max_value=3))), {'a': {'b': 9, 'c': 'x'}}, ['a.b', 'a.c']),
        (
            MapField(DictField(s=StringField(required=True), n=IntField)),
            {'a': {'n': 'x'}, 'b': 5},
            ['a.n', 'a.s', 'b'],
        ),
        (ListField(MapField(IntField(max_value=3))), [{'a': 'x', 'b': 9}], ['[0].a', '[0].b']),
    ],
)
def test_all_that_is_wrong_with_a_map_is_reported(field, value, errors):
    """Members that can't be converted don't hide those that break a rule."""
    assert sorted(errors_of(field.validate, value)) == errors


def test_an_error_names_the_path():
    shop = Shop(id='a')
    shop.prices = {'eur': -1}
    shop.place = {'codes': {'x': 'y'}}
    assert sorted(errors_of(shop.validate)) == ['place.codes.x', 'prices.eur']


def test_empty_members_count_as_none():
    field = MapField(StringField, min_size=1, max_size=1)
    assert field.validate({'a': 'x', 'b': '', 'c': None}) == {'a': 'x', 'b': None, 'c': None}


@pytest.mark.parametrize('field', [str, None, Model, 'StringField', VersionField, MapField])
def test_values_that_are_no_field_are_refused(field):
    with pytest.raises(SchemaError):
        MapField(field)


@pytest.mark.parametrize(
    'options', [{'min_size': 'a'}, {'max_size': True}, {'default': {'a': 'x'}}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(SchemaError):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = StringField()
            prices = MapField(IntField, **options)


def test_an_instance_never_shows_none_for_a_map():
    for shop in (Shop(id='a'), Shop(id='a', prices=None), Shop(id='a', prices='')):
        assert shop.prices == {}
    shop.prices = None
    assert shop.prices == {}
    shop.prices['eur'] = 1.5
    assert shop.to_dict()['prices'] == {'eur': 1.5}


def test_defaults_are_never_shared_nor_merged():
    """The default is a value like any other; of a dict field the defaults of members are merged."""
    first, second = Shop(id='a'), Shop(id='b', stock={'b': 2}, place={'name': 'x'})
    assert (first.stock, second.stock) == ({'a': 1}, {'b': 2})
    assert second.place == {'codes': {'x': 1}, 'name': 'x'}
    assert Shop(id='a', place={'codes': {'y': 2}}).place == {'codes': {'y': 2}}
    first.stock['c'] = 3
    Shop.stock.default['d'] = 4
    assert Shop(id='c').stock == Shop.stock.default == {'a': 1}
    assert MapField(IntField, None).default == MapField(IntField).default == {}


def test_defaults_of_members_are_merged_into_every_value():
    shop = Shop(id='a', lines={'x': {'sku': 's'}})
    assert shop.lines == {'x': {'sku': 's', 'count': 1}}
    shop.lines = {'y': {'sku': 't'}}
    assert shop.lines['y']['count'] == 1
    assert Shop.lines.set({'z': {'sku': 'u'}}).value == {'z': {'sku': 'u', 'count': 1}}
    assert Shop.lines['z'].set({'sku': 'u'}).value == {'sku': 'u', 'count': 1}


@pytest.mark.parametrize('field', [Shop.prices, Shop.prices['eur'], Shop.deep['a']['b']])
def test_fields_can_be_copied_and_pickled(field):
    for each in (copy.copy(field), copy.deepcopy(field), pickle.loads(pickle.dumps(field))):
        assert (each._path, each._label) == (field._path, field._label)
        assert type(each) is type(field)


# Storage


def test_members_are_stored_in_their_own_form():
    field = MapField(ListField(FloatField))
    assert field.to_primitive({'a': [0.5], 'b': []}) == {'a': [Decimal('0.5')], 'b': []}
    assert field._load({'a': [Decimal('0.5')], 'b': None}) == {'a': [0.5], 'b': None}
    assert MapField(DateField).to_primitive({'a': None, 'b': ''}) == {}
    assert MapField(SetField(StringField)).to_primitive({'a': set(), 'b': {'x'}}) == {'b': {'x'}}
    with pytest.raises(ValidationError, match='surrogate'):
        field.to_primitive({'\ud800': []})


def test_an_item_reads_back_as_it_was_saved(table):
    """Empty members are left out, and an empty map is stored."""
    values = {
        'id': 'whole', 'prices': {'eur': 1.5, '€': None, 'a.b': 2}, 'names': {'de': ['x'], 'e': []},
        'lines': {'1': {'sku': 's'}}, 'deep': {'a': {'b': 1}, 'c': {}},
        'tags': {'x': ['a'], 'y': []}, 'rows': [{'n': 1}, {}],
    }  # fmt: skip
    saved = Shop.save_one(values)
    assert saved == Shop.get_one('whole')
    assert saved.prices == {'eur': 1.5, 'a.b': 2.0}
    stored = table.get_item(Key={'id': 'whole'})['Item']
    assert stored['p'] == {'eur': Decimal('1.5'), 'a.b': 2}
    assert stored['tags'] == {'x': {'a'}}
    assert stored['needed'] == {}
    table.put_item(Item={'id': 'absent', 'p': None})
    assert Shop.get_one('absent').prices == Shop.get_one('absent').names == {}


@pytest.mark.parametrize('stored', ['a', 5, [1], {'eur': 'x'}])
def test_what_is_stored_and_no_map_of_such_values_is_an_error(table, stored):
    table.put_item(Item={'id': 'odd', 'p': stored})
    with pytest.raises(ValidationError, match=r"Shop read from \{'id': 'odd'\}") as raised:
        Shop.get_one('odd')
    assert list(raised.value.errors) == ['prices.eur' if isinstance(stored, dict) else 'prices']


def test_a_change_in_place_is_saved(table, sent):
    saved = Shop(id='changed', prices={'eur': 1}, names={'de': ['x']}).save()
    for shop in (saved, Shop.get_one('changed')):
        sent.clear()
        shop.save(changed=True)
        assert sent.operations == []
        shop.prices['usd'] = 2.0
        shop.names['de'].append('y')
        shop.save(changed=True)
        assert sent.operations == ['UpdateItem']
        assert Shop.get_one('changed') == shop
        shop.prices.pop('usd')
        shop.names = {'de': ['x']}
        shop.save(changed=True)


# Paths


@pytest.mark.parametrize(
    ('field', 'kind', 'path', 'label'),
    [
        (Shop.prices['eur'], FloatField, 'p.eur', "Shop.prices['eur']"),
        (Shop.names['de'][0], StringField, 'names.de[0]', "Shop.names['de'][0]"),
        (Shop.lines['x'].sku, StringField, 'lines.x.sku', "Shop.lines['x'].sku"),
        (Shop.lines['x']['more'], Field, 'lines.x.more', "Shop.lines['x']['more']"),
        (Shop.deep['a']['b'], IntField, 'deep.a.b', "Shop.deep['a']['b']"),
        (Shop.place.codes['set'], IntField, 'place.codes.set', "Shop.place.codes['set']"),
        (Shop.rows[0]['n'], IntField, 'rows[0].n', "Shop.rows[0]['n']"),
        (Shop.tags['x'], SetField, 'tags.x', "Shop.tags['x']"),
    ],
)
def test_members_are_fields_of_the_declared_type(field, kind, path, label):
    assert type(field) is kind
    assert (str(field._path), field._label) == (path, label)


@pytest.mark.parametrize('key', [0, '', None, True, 1.5])
def test_keys_are_text(key):
    with pytest.raises(ExpressionError, match='its members are reached by str'):
        Shop.prices[key]


def test_keys_are_no_attributes():
    with pytest.raises(AttributeError, match=r"write Shop\.prices\['eur'\]"):
        Shop.prices.eur
    assert not hasattr(Shop.prices, '__wrapped__')


@pytest.mark.parametrize('options', [{'required': True}, {'min_size': 1}])
def test_the_empty_default_is_no_wrong_one(options):
    """As that of a list isn't: it is what an item is refused for that gives nothing."""
    body = {'__table__': 'shops', '__hash_key__': 'id', 'id': StringField()}
    inner = DictField(prices=MapField(IntField, **options))
    model = type('Strict', (Model,), {**body, 'sizes': MapField(IntField, **options), 'd': inner})
    for values in ({}, {'sizes': {}, 'd': {'prices': {}}}):
        assert set(errors_of(model(id='a', **values).validate)) == {'sizes', 'd.prices'}
    model(id='a', sizes={'a': 1}, d={'prices': {'a': 1}}).validate()
    wrong = {**body, 'sizes': MapField(IntField, default={'a': 'x'}, **options)}
    with pytest.raises(SchemaError, match='invalid default'):
        type('Wrong', (Model,), wrong)


# Updates and conditions


@pytest.mark.parametrize(
    ('make', 'clause', 'value'),
    [
        (lambda: Shop.prices['eur'].set('3'), 'SET', 3),
        (lambda: Shop.prices['eur'].set(None), 'REMOVE', None),
        (lambda: Shop.prices['eur'].remove(), 'REMOVE', None),
        (lambda: Shop.prices['eur'].add(1), 'ADD', 1),
        (lambda: Shop.names['de'].append('x'), 'SET', ['x']),
        (lambda: Shop.tags['x'].add('a'), 'ADD', {'a'}),
        (lambda: Shop.needed['x'].remove(), 'REMOVE', None),
        (lambda: Shop.needed['x'].set(''), 'REMOVE', None),
        (lambda: Shop.lines['x'].remove(), 'REMOVE', None),
        (lambda: Shop.prices.set({'eur': 1, 'x': None}), 'SET', {'eur': 1}),
        (lambda: Shop.prices.set({}), 'SET', {}),
        (lambda: Shop.prices.set(None), 'REMOVE', None),
    ],
)
def test_updates_of_members(make, clause, value):
    update = make()
    assert (update.clause, update.value) == (clause, value)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: Shop.prices['eur'].set(-1), r"Shop.prices\['eur'\]: .*greater than or equal to 0"),
        (lambda: Shop.prices.set({'eur': 'x'}), 'Shop.prices.eur: '),
        (lambda: Shop.lines['x'].set({}), r"Shop.lines\['x'\].sku: .*required"),
        (lambda: Shop.lines['x'].sku.remove(), 'the field is required'),
        (lambda: Shop.prices['eur'] == 'x', r"Shop.prices\['eur'\]: "),
        (lambda: Shop.stock == {'a': 'x'}, 'Shop.stock.a: '),
    ],
)
def test_what_is_invalid_is_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


def test_a_map_is_set_to_a_map_of_the_same_values():
    assert Shop.prices.set(Shop.stock).clause == 'SET'
    for other in (Shop.names, Shop.id):
        with pytest.raises(ExpressionError, match='unable to hold'):
            Shop.stock.set(other)


def test_members_are_updated_and_compared(table):
    Shop.save_one({'id': 'u', 'prices': {'eur': 1, 'usd': 2}, 'names': {'de': ['x']}})
    shop = Shop.update_one('u', [
        Shop.prices['eur'].set(3), Shop.prices['usd'].remove(), Shop.prices['a.b'].add(1.5),
        Shop.names['en'].append('y'), Shop.tags['x'].add('z'), Shop.deep['a'].set({'b': 1}),
    ])  # fmt: skip
    assert shop.prices == {'eur': 3.0, 'a.b': 1.5}
    assert shop.names == {'de': ['x'], 'en': ['y']}
    assert (shop.tags, shop.deep) == ({'x': {'z'}}, {'a': {'b': 1}})
    for check, met in [
        (Shop.prices['eur'] > 2, True),
        (Shop.prices['usd'] == None, True),
        (Shop.prices['a.b'].in_([1.5]), True),
        (Shop.names['en'].contains('y'), True),
        (Shop.tags['x'].contains('z'), True),
        (Shop.prices == {'a.b': 1.5, 'eur': 3}, True),
        (Shop.prices != {'a.b': 1.5, 'eur': 3}, False),
        (Shop.prices.size() == 2, True),
        (Shop.prices.type_is('M'), True),
        (Shop.deep['a']['b'].not_exists(), False),
    ]:
        found = Shop.update_one((Shop.id == 'u') & check, [Shop.stock['n'].add(1)])
        assert (found is not None) is met, check


@pytest.mark.parametrize(
    'make', [lambda: Shop.prices < {}, lambda: Shop.prices.contains('eur'), lambda: Shop.prices < 1]
)
def test_conditions_that_do_not_apply_are_refused(make):
    with pytest.raises(ExpressionError):
        make()


# Parts


@pytest.mark.parametrize('only', [['prices.eur', 'lines.x.sku'], None])
def test_a_member_is_read_on_its_own(table, only):
    """The dict then knows which of its members were read."""
    Shop.save_one({'id': 'part', 'prices': {'eur': 1, 'usd': 2}, 'lines': {'x': {'sku': 's'}}})
    shop = Shop.get_one('part', only=only or [Shop.prices['eur'], Shop.lines['x'].sku])
    assert type(shop.prices) is PartialDict
    assert dict(shop.prices) == {'eur': 1.0}
    assert shop.lines['x']['sku'] == 's'
    for ask in (
        lambda: shop.prices['usd'],
        lambda: shop.lines['x']['count'],
        lambda: Shop(id='a', prices=shop.prices),
        lambda: Shop.prices.set(shop.prices),
    ):
        with pytest.raises(PartialItemError):
            ask()
    assert dict(Shop.get_one('part', only=['prices.gbp']).prices) == {}
