"""Lists and dicts of fields: elements, members, paths, defaults, and updates of both."""

import copy
import pickle
import re
import types
from collections import OrderedDict
from decimal import Decimal

import pytest

from dynamongo import (
    DateField,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    ListField,
    MapField,
    Model,
    SchemaError,
    SetField,
    StringField,
    UUIDField,
    ValidationError,
)
from dynamongo._loading import load_dict
from dynamongo._wire.values import Stored, encode_item


def named(field, name='f'):
    field.set_name(name)
    return field


def errors_of(call, *args):
    with pytest.raises(ValidationError) as raised:
        call(*args)
    return raised.value.errors


# ListField


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ([], []),
        (['1', 2], [1, 2]),
        (('1', 2), [1, 2]),
        ({3}, [3]),
        (range(3), [0, 1, 2]),
        ((str(n) for n in range(3)), [0, 1, 2]),
        ({'1': 'a'}.keys(), [1]),
        ([None, 1], [None, 1]),
    ],
)
def test_a_list_field_takes_what_can_be_iterated(value, native):
    result = ListField(IntField).validate(value)
    assert result == native
    assert type(result) is list


@pytest.mark.parametrize('value', ['abc', b'abc', bytearray(b'a'), {'a': 1}, 5, 1.5, True, object])
def test_a_list_field_refuses_what_is_no_list(value):
    """schematics makes ``['a', 'b', 'c']`` of ``'abc'``."""
    errors = errors_of(named(ListField(StringField)).validate, value)
    assert list(errors) == ['']
    assert errors[''].startswith('a list is needed')


@pytest.mark.parametrize('value', [None, ''])
def test_nothing_is_an_empty_list(value):
    assert ListField(IntField).validate(value) == []


@pytest.mark.parametrize('value', [None, '', [], ()])
def test_a_required_list_needs_an_element(value):
    field = named(ListField(IntField, required=True))
    assert 'required' in errors_of(field.validate, value)['']
    assert field.validate([0]) == [0]


def test_an_instance_never_shows_none_for_a_list():
    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        tags = ListField(StringField)

    for item in (Item(id='a'), Item(id='a', tags=None), Item(id='a', tags='')):
        assert item.tags == []
    item = Item(id='a', tags=['x'])
    item.tags = None
    assert item.tags == []
    assert item.to_dict() == {'id': 'a', 'tags': []}


@pytest.mark.parametrize('default', [None, [], ()])
def test_the_default_is_an_empty_list(default):
    assert list(ListField(IntField, default).default) == []
    assert ListField(IntField).default == []


@pytest.mark.parametrize(
    'field', [StringField, StringField(), UUIDField, ListField(IntField), DictField(n=IntField)]
)
def test_elements_are_given_as_a_field_or_its_class(field):
    class_ = field if isinstance(field, type) else type(field)
    assert type(ListField(field).field) is class_
    assert type(ListField(field=field).field) is class_
    assert ListField(field).field is not field


@pytest.mark.parametrize('field', [str, 'StringField', None, Model, object(), [StringField]])
def test_elements_that_are_no_field_are_refused(field):
    with pytest.raises(SchemaError, match='ListField takes a Field class or instance'):
        ListField(field)


def test_a_field_class_that_needs_arguments_is_refused():
    with pytest.raises(SchemaError, match='ListField needs arguments'):
        ListField(ListField)


@pytest.mark.parametrize(
    ('field', 'value', 'errors'),
    [
        (ListField(IntField), ['x', 1, 'y'], ['[0]', '[2]']),
        (ListField(IntField(max_value=3)), [4, 1, 5], ['[0]', '[2]']),
        (ListField(IntField(max_value=3)), ['x', 5, 1], ['[0]', '[1]']),
        (ListField(IntField(required=True)), [None, 1], ['[0]']),
        (ListField(StringField(choices=['a'])), ['b'], ['[0]']),
        (ListField(ListField(IntField(max_value=3))), [['x', 5], [1]], ['[0][0]', '[0][1]']),
        (
            ListField(DictField(a=IntField, b=StringField(required=True))),
            [{'a': 'x'}, {'b': 'y'}],
            ['[0].a', '[0].b'],
        ),
        (ListField(IntField(max_value=3), max_size=1), [5, 1], ['', '[0]']),
    ],
)
def test_all_that_is_wrong_with_a_list_is_reported(field, value, errors):
    """Elements that can't be converted don't hide those that break a rule."""
    assert sorted(errors_of(field.validate, value)) == errors
    assert sorted(errors_of(field.validate, iter(value))) == errors


@pytest.mark.parametrize(
    ('options', 'value', 'problem'),
    [
        ({'min_size': 2}, [1], 'at least 2 elements'),
        ({'min_size': 2}, [1, 2], None),
        ({'min_size': 1}, None, 'at least 1 elements'),
        ({'max_size': 2}, [1, 2, 3], 'at most 2 elements'),
        ({'max_size': 2}, [1, 2], None),
        ({'max_size': 0}, [1], 'at most 0 elements'),
        ({'choices': [[1], [2]]}, [3], 'must be one of'),
        ({'choices': [[1], [2]]}, [2], None),
        ({'validators': [lambda value: value.index(7)]}, [1], '7 is not in list'),
    ],
)
def test_rules_for_the_list_as_a_whole(options, value, problem):
    field = ListField(IntField, **options)
    if problem is None:
        assert field.validate(value) == value
    else:
        assert problem in errors_of(field.validate, value)['']


def test_elements_are_left_as_they_are():
    """Only members of dicts are left out where they are empty."""
    field = ListField(StringField)
    value = ['', None, 'a']
    assert field.validate(value) == value
    assert field.to_primitive(value) == value
    assert field._load(value) == value


def test_elements_are_stored_in_their_own_form():
    field = ListField(ListField(FloatField))
    assert field.to_primitive([[0.5], [], [None]]) == [[Decimal('0.5')], [], [None]]
    assert field._load([[Decimal('0.5')], [], [None]]) == [[0.5], [], [None]]


def test_a_list_is_not_changed_by_validating_it():
    given = [['1'], ['2']]
    ListField(ListField(IntField)).validate(given)
    assert given == [['1'], ['2']]


class Post(Model):
    __table__ = 'posts'
    __hash_key__ = 'id'

    id = StringField()
    tags = ListField(StringField(max_length=3))
    scores = ListField(IntField(min_value=0), required=True)
    authors = ListField(DictField(name=StringField(required=True), born=DateField))
    meta = DictField(
        views=IntField(min_value=0),
        title=StringField(required=True),
        labels=ListField(StringField),
    )
    about = DictField(city=StringField, name=StringField(attribute='n'))


@pytest.mark.parametrize('method', ['append', 'prepend'])
def test_elements_that_are_added_are_converted(method):
    update = getattr(Post.scores, method)('1', 2)
    assert update.value == [1, 2]
    assert repr(update) == f'Post.scores.{method}(1, 2)'
    assert getattr(Post.tags, method)(None).value == [None]
    assert getattr(Post.authors, method)({'name': 'A', 'born': ''}).value == [{'name': 'A'}]
    assert getattr(Post.meta.labels, method)('a').value == ['a']


@pytest.mark.parametrize('method', ['append', 'prepend'])
@pytest.mark.parametrize(
    ('field', 'values', 'error'),
    [
        (Post.scores, (1, 'x'), 'Post.scores[1]: '),
        (Post.scores, (1, -1), 'Post.scores[1]: '),
        (Post.scores, ([1],), 'Post.scores[0]: '),
        (Post.tags, ('abcd',), 'Post.tags[0]: '),
        (Post.tags, (['abc'],), 'Post.tags[0]: '),
        (Post.authors, ({'born': '2020-01-01'},), 'Post.authors[0].name: '),
        (Post.authors, ({'name': 'A', 'born': 'x'},), 'Post.authors[0].born: '),
        (Post.authors, ('A',), 'Post.authors[0]: '),
        (Post.meta.labels, (1.5,), 'Post.meta.labels[0]: '),
        (Post.scores, (), 'Post.scores: '),
    ],
)
def test_elements_that_are_added_are_validated(method, field, values, error):
    with pytest.raises(ValidationError, match=f'^{re.escape(error)}'):
        getattr(field, method)(*values)


def test_only_lists_are_appended_to():
    for field, method in ((StringField(), 'append'), (DictField(), 'prepend')):
        with pytest.raises(ExpressionError, match=f'{type(field).__name__}, which takes no append'):
            getattr(field, method)('x')


# DictField


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ({}, {}),
        ({'n': '1'}, {'n': 1}),
        ({'n': None, 's': ''}, {'n': None, 's': ''}),
        ({'n': '1', 'other': {'x': [1]}}, {'n': 1, 'other': {'x': [1]}}),
        (OrderedDict(n='1'), {'n': 1}),
        (types.MappingProxyType({'n': '1'}), {'n': 1}),
    ],
)
def test_a_dict_field_takes_dicts(value, native):
    result = DictField(n=IntField, s=StringField).to_native(value)
    assert result == native
    assert type(result) is dict


@pytest.mark.parametrize('value', ['abc', 5, [], [('n', 1)], {'n'}, True])
def test_a_dict_field_refuses_what_is_no_dict(value):
    assert 'a dict is needed' in errors_of(named(DictField(n=IntField)).validate, value)['']


@pytest.mark.parametrize('value', [None, ''])
def test_nothing_is_an_empty_dict(value):
    assert DictField(n=IntField).validate(value) == {}


def test_an_instance_never_shows_none_for_a_dict():
    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        address = DictField(city=StringField(default='Rome'), zip=StringField)

    for item in (Item(id='a'), Item(id='a', address=None), Item(id='a', address='')):
        assert item.address == {'city': 'Rome'}
    assert Item(id='a', address={'zip': '1'}).address == {'city': 'Rome', 'zip': '1'}
    item = Item(id='a')
    item.address = None
    assert item.address == {}


def test_nested_defaults_merge_with_given_values():
    class Item(Model):
        __table__ = 'items'
        __hash_key__ = 'id'
        id = StringField()
        a = DictField(
            x=IntField(default=1), b=DictField(y=IntField(default=2), z=IntField(default=3))
        )

    assert Item(id='a').a == {'x': 1, 'b': {'y': 2, 'z': 3}}
    assert Item(id='a', a={'b': {'y': '9'}}).a == {'x': 1, 'b': {'y': 9, 'z': 3}}
    assert Item.a.default == {'x': 1, 'b': {'y': 2, 'z': 3}}


def test_members_without_a_default_are_not_in_the_default():
    assert DictField(a=IntField(default=0), b=IntField, c=StringField(default='')).default == {
        'a': 0
    }


@pytest.mark.parametrize('field', [str, 'IntField', None, Model, object(), 5])
def test_members_that_are_no_field_are_refused(field):
    with pytest.raises(SchemaError, match="DictField member 'city' takes a Field class"):
        DictField(city=field)


@pytest.mark.parametrize('name', ['_city', '1city', '', '-'])
def test_names_of_members_start_with_a_letter(name):
    with pytest.raises(SchemaError, match='must start with a letter'):
        DictField(**{name: StringField})


def test_two_members_cannot_be_stored_under_one_name():
    with pytest.raises(SchemaError, match='two members under one name'):
        DictField(a=StringField, b=StringField(attribute='a'))


def test_a_dict_field_takes_no_positional_arguments():
    with pytest.raises(TypeError):
        DictField(StringField)


@pytest.mark.parametrize(
    ('value', 'errors'),
    [
        ({'a': 'x', 'b': 'y', 'c': 'z'}, ['a', 'b']),
        ({'a': 9, 'b': 9, 'c': 'z'}, ['a', 'b']),
        ({'a': 'x', 'b': 9, 'c': 'z'}, ['a', 'b']),
        ({'a': 1, 'b': 1}, ['c']),
        ({'a': 'x'}, ['a', 'c']),
        ({'c': None}, ['c']),
        ({'c': ''}, ['c']),
        ({'c': 'z', 'd': {'a': 'x', 'b': 9}}, ['d.a', 'd.b']),
        ({'c': 'z', 'd': 5}, ['d']),
        ({'c': 'z', 'l': ['x', 9]}, ['l[0]', 'l[1]']),
        ({'a': 'x', 1: 'y'}, ['', 'a', 'c']),
        (None, ['c']),
        ({'a': 1, 'c': 'z', 'e': 1}, None),
    ],
)
def test_all_that_is_wrong_with_a_dict_is_reported(value, errors):
    """Members that can't be converted don't hide those that are missing or break a rule."""
    small = IntField(max_value=3)
    field = named(
        DictField(
            a=small,
            b=small,
            c=StringField(required=True),
            d=DictField(a=small, b=small),
            l=ListField(small),
        ),
        'outer',
    )
    if errors is None:
        assert field.validate(value) == value
    else:
        found = errors_of(field.validate, value)
        assert sorted(found) == errors


def test_empty_members_are_not_stored():
    field = DictField(
        a=StringField, b=DictField(c=StringField, d=IntField), e=ListField(StringField), f=Field()
    )
    value = {'a': '', 'b': {'c': None, 'd': 0}, 'e': [''], 'f': None, 'g': '', 'h': None, 'i': {}}
    assert field.to_primitive(value) == {'b': {'d': 0}, 'e': [''], 'i': {}}


def test_undeclared_members_are_kept():
    field = named(DictField(n=IntField))
    value = {'n': 1, 'x': {'y': [0.5, b'z', None]}}
    stored = field.to_primitive(field.validate(value))
    assert stored == {'n': 1, 'x': {'y': [Decimal('0.5'), b'z', None]}}
    assert field._load({'n': Decimal(1), 'x': {'y': [Decimal('0.5'), b'z', None]}}) == value
    with pytest.raises(ValidationError, match=re.escape('f.x[0]: object is not a type')):
        field.to_primitive({'x': [object()]})


def test_members_are_stored_under_their_attribute():
    field = DictField(city=StringField(attribute='c'), zip=IntField(serialized_name='z'))
    assert field.to_primitive({'city': 'Rome', 'zip': 1}) == {'c': 'Rome', 'z': 1}
    assert field._load({'c': 'Rome', 'z': Decimal(1)}) == {'city': 'Rome', 'zip': 1}
    named(field, 'address')
    assert str(field.city._path) == 'address.c'
    assert field.city._label == 'address.city'


def test_an_undeclared_member_cannot_take_the_place_of_a_declared_one():
    """Both would be stored under one name, and one of them lost."""
    field = DictField(city=StringField(attribute='c'))
    errors = errors_of(field.validate, {'city': 'Rome', 'c': 'Paris'})
    assert list(errors) == ['c']
    assert "write 'city'" in errors['c']
    assert field._load({'c': 'Rome'}) == {'city': 'Rome'}


class Stay(Model):
    __table__ = 'stays'
    __hash_key__ = 'id'

    id = StringField(attribute='i' * 255)
    place = DictField(
        attribute='p',
        city=StringField(attribute='c'),
        geo=DictField(serialized_name='g', lat=IntField(attribute='la')),
    )
    parts = ListField(DictField(sku=StringField(attribute='s'), name=StringField()))


def test_a_dict_may_have_another_name_in_the_table(connection):
    Stay.create_table()
    place = {'city': 'Rome', 'geo': {'lat': 41, 'x': 1}}
    Stay.save_one({'id': 'a', 'place': place, 'parts': [{'sku': 'x'}]})
    (item,) = Stay.table().scan()['Items']
    assert item['p'] == {'c': 'Rome', 'g': {'la': 41, 'x': 1}}
    assert item['parts'] == [{'s': 'x'}]
    assert Stay.get_one('a').place == place
    assert Stay.get_one('a', only=['place.geo.lat']).place['geo']['lat'] == 41
    assert Stay.get_one('a', only=[Stay.place.city]).place['city'] == 'Rome'
    for condition in (
        Stay.place.geo.lat == 41,
        Stay.place['geo']['lat'] > 40,
        Stay.place['g']['la'] > 40,
        Stay.place.exists() & Stay.place.geo['x'].exists(),
        Stay.parts[0]['sku'] == 'x',
    ):
        assert Stay.count(condition) == 1, condition
    stay = Stay.update_one('a', [Stay.place.geo.lat.set(42), Stay.place.city.remove()])
    assert stay.place == {'geo': {'lat': 42, 'x': 1}}
    stay.place['geo']['lat'] = 43
    stay.save(changed=True)
    assert Stay.update_from_dict({'id': 'a', 'place': stay.place}) == stay
    assert set(Stay.table().scan()['Items'][0]) == {'i' * 255, 'p', 'parts'}
    assert next(iter(Stay.iter_dicts()))['place'] == {'geo': {'lat': 43, 'x': 1}}


def test_members_may_be_called_like_the_options_of_a_dict():
    field = DictField(attribute=StringField(default='a'), serialized_name=IntField)
    assert field.to_primitive({'attribute': 'b', 'serialized_name': 2}) == {
        'attribute': 'b',
        'serialized_name': 2,
    }
    field = copy.deepcopy(named(DictField(attribute='x', serialized_name=IntField)))
    assert (str(field._path), str(field.serialized_name._path)) == ('x', 'x.serialized_name')


@pytest.mark.parametrize(
    'stored', [{'sku': 'a'}, {'s': 'b', 'sku': 'a'}, {'sku': None}, {'s': None, 'sku': {'x': 1}}]
)
@pytest.mark.parametrize('short', [True, False])
def test_what_is_stored_under_the_name_of_a_member_is_not_taken_for_it(stored, short):
    """One of the two would be lost by the next save. It is refused by its name in the table."""
    validators = [] if short else [lambda value: None]
    sku = StringField(attribute='s', validators=validators)

    class Line(Model):
        __table__ = 'lines'
        __hash_key__ = 'id'

        id = StringField()
        line = DictField(sku=sku, name=StringField())
        lines = ListField(DictField(sku=sku))

    for values, where in (
        ({'line': stored}, r'line\.sku'),
        ({'lines': [{'s': 'x'}, stored]}, r'lines\[1\]\.sku'),
    ):
        wire = encode_item({'id': 'a', **values})
        for load in (Line.from_dynamodb_json, lambda wire: load_dict(Line, Stored(wire))):
            with pytest.raises(ValidationError, match=rf"{where}: .* 'sku' is stored as 's'"):
                load(wire)
    assert load_dict(Line, {'id': 'a', 'line': {'s': 'x', 'z': 1}})['line'] == {'sku': 'x', 'z': 1}


def test_a_member_is_given_once():
    field = DictField(city=StringField(deserialize_from='town', default='Oslo'), n=IntField)
    assert field.validate({'town': 'Rome'}) == {'city': 'Rome'}
    assert field._completed({'town': 'Rome'}) == {'city': 'Rome'}
    for value in ({'town': 'Rome', 'city': 'Bonn'}, {'city': 'Bonn', 'town': 'Rome'}):
        assert 'given twice' in errors_of(field.validate, field._completed(value))['city']


@pytest.mark.parametrize('make', [ListField, MapField, SetField])
@pytest.mark.parametrize('option', ['attribute', 'serialized_name'])
def test_what_has_no_name_of_its_own_takes_no_attribute(make, option):
    with pytest.raises(SchemaError, match=rf"attribute='x'.*give the {make.__name__}"):
        make(StringField(**{option: 'x'}))


@pytest.mark.parametrize('make', [StringField, lambda **options: DictField(a=IntField, **options)])
@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('', 'takes a name'),
        ('a\ud800', 'lone surrogate'),
        ('a' * 65536, 'at most 65535 bytes'),
        ('\u20ac' * 21846, 'at most 65535 bytes'),
    ],
)
def test_names_that_no_attribute_can_have_are_refused(make, name, reason):
    with pytest.raises(SchemaError, match=reason):
        make(attribute=name)
    make(attribute='\u20ac' * 21845)


@pytest.mark.parametrize(
    ('body', 'refused'),
    [
        ({'id': StringField(attribute='a' * 256)}, '__hash_key__'),
        ({'to': IntField(attribute='a' * 256), '__range_key__': 'to'}, '__range_key__'),
        ({'to': IntField(attribute='a' * 256), 'by_to': GlobalIndex('to')}, 'by_to'),
        (
            {
                'to': IntField(),
                'no': Field(attribute='a' * 256),
                'by_to': GlobalIndex('to', projection=['no']),
            },
            'by_to',
        ),
    ],
)
def test_the_names_of_keys_and_of_what_is_projected_are_short(body, refused):
    body = {'__table__': 'things', '__hash_key__': 'id', 'id': StringField(), **body}
    with pytest.raises(SchemaError, match=f'{refused}.* at most 255 characters, not 256'):
        type('Thing', (Model,), body)
    assert type('Fine', (Model,), {'__abstract__': True, 'x': StringField(attribute='a' * 256)})


def test_null_members_read_as_none():
    assert DictField(n=IntField)._load({'n': None, 'x': None}) == {'n': None, 'x': None}


def test_a_dict_is_not_changed_by_validating_it():
    given = {'n': '1', 'd': {'n': '2'}, 'l': ['3']}
    field = DictField(n=IntField, d=DictField(n=IntField), l=ListField(IntField))
    assert field.validate(given) == {'n': 1, 'd': {'n': 2}, 'l': [3]}
    assert given == {'n': '1', 'd': {'n': '2'}, 'l': ['3']}


@pytest.mark.parametrize(
    ('field', 'path', 'label'),
    [
        (Post.meta.views, 'meta.views', 'Post.meta.views'),
        (Post.meta['views'], 'meta.views', 'Post.meta.views'),
        (Post.meta['other'], 'meta.other', "Post.meta['other']"),
        (Post.meta['other']['deep'][0], 'meta.other.deep[0]', "Post.meta['other']['deep'][0]"),
        (Post.meta.labels[2], 'meta.labels[2]', 'Post.meta.labels[2]'),
        (Post.authors[0].name, 'authors[0].name', 'Post.authors[0].name'),
        (Post.authors[0]['x'], 'authors[0].x', "Post.authors[0]['x']"),
        (Post.about.name, 'about.n', 'Post.about.name'),
    ],
)
def test_paths_and_labels_of_parts(field, path, label):
    assert str(field._path) == path
    assert field._label == label


def test_parts_are_of_the_declared_types():
    assert type(Post.meta.views) is IntField
    assert type(Post.meta.labels[0]) is StringField
    assert type(Post.authors[0]) is DictField
    assert type(Post.authors[0].born) is DateField
    assert type(Post.meta['other']) is Field


@pytest.mark.parametrize(
    ('update', 'value'),
    [
        (lambda: Post.meta.views.set('3'), 3),
        (
            lambda: Post.meta.set({'title': 'x', 'views': '3'}),
            {'labels': [], 'title': 'x', 'views': 3},
        ),
        (lambda: Post.meta['other'].set(0.5), Decimal('0.5')),
        (lambda: Post.authors[0].born.set('2020-01-01'), '2020-01-01'),
        (lambda: Post.tags[0].set('abc'), 'abc'),
        (lambda: Post.tags.set([]), []),
        (lambda: Post.tags.set(None), None),
        (lambda: Post.about.set(None), None),
        (lambda: Post.about.set({'city': 'Rome', 'name': ''}), {'city': 'Rome'}),
    ],
)
def test_parts_can_be_set(update, value):
    assert update().value == value


@pytest.mark.parametrize(
    ('update', 'error'),
    [
        (lambda: Post.meta.views.set(-1), 'Post.meta.views: '),
        (lambda: Post.meta.views.set('x'), 'Post.meta.views: '),
        (lambda: Post.meta.set({'views': 3}), 'Post.meta.title: '),
        (lambda: Post.meta.title.set(''), 'Post.meta.title: '),
        (lambda: Post.meta.title.remove(), 'Post.meta.title: '),
        (lambda: Post.meta.remove(), 'Post.meta: '),
        (lambda: Post.tags[0].set('abcd'), 'Post.tags[0]: '),
        (lambda: Post.scores.remove(), 'Post.scores: '),
        (lambda: Post.scores.set([]), 'Post.scores: '),
        (lambda: Post.scores.set(None), 'Post.scores: '),
        (lambda: Post.scores.set([1, -1]), 'Post.scores[1]: '),
        (lambda: Post.authors[0].name.remove(), 'Post.authors[0].name: '),
        (lambda: Post.authors[1].born.set('x'), 'Post.authors[1].born: '),
    ],
)
def test_parts_are_validated_when_they_are_set(update, error):
    with pytest.raises(ValidationError, match=f'^{re.escape(error)}'):
        update()


def test_elements_of_a_required_list_can_be_removed():
    assert Post.scores[0].remove().clause == 'REMOVE'


# Names of members


def public_names():
    """Every name that fields use themselves, besides what a Python attribute can't be called."""
    names = {*dir(Field), *dir(ListField), *dir(DictField), *vars(DictField()), *vars(Field())}
    return sorted(name for name in names if not name.startswith('_'))


PROMISED = {
    'begins_with',
    'between',
    'contains',
    'default',
    'exists',
    'in_',
    'native_type',
    'not_exists',
    'primitive_type',
    'remove',
    'set',
    'set_if_not_exists',
    'set_name',
    'to_native',
    'to_primitive',
}


def test_the_table_below_covers_the_names_that_collide():
    assert PROMISED < set(public_names())
    assert {
        'name',
        'size',
        'required',
        'choices',
        'validators',
        'messages',
        'metadata',
        'validate',
        'validate_choices',
        'serialized_name',
        'deserialize_from',
        'export_mapping',
        'owner_model',
        'EXPORT_METHODS',
        'MESSAGES',
    } < set(public_names())


@pytest.mark.parametrize('name', [*public_names(), 'self', 'fields', 'field', 'value', 'context'])
class TestAnyNameCanBeThatOfAMember:
    @pytest.fixture
    def model(self, name):
        class Item(Model):
            __table__ = 'items'
            __hash_key__ = 'id'
            id = StringField()
            d = DictField(**{name: IntField(default=3, max_value=9)})
            deep = ListField(DictField(d=DictField(**{name: IntField(required=True)})))

        return Item

    def test_values(self, model, name):
        assert model(id='a').d == {name: 3}
        assert model(id='a', d={name: '4'}).d == {name: 4}
        assert model.d.default == {name: 3}
        assert model.d.to_native({name: '4'}) == {name: 4}
        assert model.d.to_primitive({name: 4}) == {name: 4}
        assert type(model.d).validate(model.d, {name: '4'}) == {name: 4}

    def test_errors(self, model, name):
        assert list(errors_of(lambda: model(id='a', d={name: 'x'}))) == [f'd.{name}']
        assert list(errors_of(DictField.validate, model.d, {name: 10})) == [name]
        assert list(errors_of(model.deep.validate, [{'d': {}}])) == [f'[0].d.{name}']

    def test_paths(self, model, name):
        label = f"['{name}']" if name in PROMISED else f'.{name}'
        assert model.d[name]._path == ('d', name)
        assert model.d[name]._label == f'Item.d{label}'
        assert model.deep[0].d[name]._label == f'Item.deep[0].d{label}'
        assert type(model.d[name]) is IntField

    def test_attribute(self, model, name):
        if name in PROMISED:
            assert not isinstance(getattr(model.d, name), IntField)
        else:
            assert getattr(model.d, name) is model.d[name]

    def test_expressions(self, model, name):
        assert model.d.set({name: '4'}).value == {name: 4}
        assert model.d[name].add(1).value == 1
        assert model.d[name].set('4').value == 4
        assert repr(model.d[name] == 4).endswith(' == 4')
        assert repr(model.d.exists()) == 'Item.d.exists()'
        assert repr(model.d == {name: 4}) == f'Item.d == {{{name!r}: 4}}'

    def test_copies(self, model, name):
        for duplicate in (copy.copy, copy.deepcopy):
            twin = duplicate(model.d)
            assert DictField.validate(twin, {name: '4'}) == {name: 4}
            assert twin[name]._parent is twin
        loose = pickle.loads(pickle.dumps(DictField(**{name: IntField(max_value=9)})))
        assert DictField.validate(loose, {name: '4'}) == {name: 4}
        assert list(errors_of(DictField.validate, loose, {name: 10})) == [name]
        loose.set_name('d')
        assert loose[name]._path == ('d', name)


def test_a_member_called_name_leaves_the_name_of_the_dict_alone():
    field = named(DictField(name=StringField), 'address')
    assert type(field.name) is StringField
    assert field._label == 'address'
    assert field.name._label == 'address.name'
    field.set_name('renamed')
    assert field.name._label == 'renamed.name'


def test_nesting_is_free():
    field = ListField(DictField(a=ListField(ListField(DictField(b=ListField(IntField))))))
    named(field)
    value = [{'a': [[{'b': ['1', 2]}], []]}, {}]
    native = [{'a': [[{'b': [1, 2]}], []]}, {}]
    assert field.validate(value) == native
    assert field.to_primitive(native) == native
    assert field[0].a[1][2].b[3]._label == 'f[0].a[1][2].b[3]'
    assert str(field[0].a[1][2].b[3]._path) == 'f[0].a[1][2].b[3]'
    assert list(errors_of(field.validate, [{'a': [[{'b': [1, 'x']}]]}])) == ['[0].a[0][0].b[1]']


def test_the_operators_of_order_make_no_sense_for_containers():
    for field in (Post.tags, Post.meta):
        with pytest.raises(ExpressionError, match='DynamoDB orders'):
            field < [1]
