"""What an instance keeps of its stored item tells whatever has changed in it."""

import copy
import datetime
import functools
import json

import hypothesis
import pytest
from hypothesis import strategies as st

from dynamongo import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmailField,
    Field,
    FloatField,
    IntField,
    JSONField,
    ListField,
    MapField,
    Model,
    SetField,
    StringField,
    TimedeltaField,
    UUIDField,
    _changes,
    _dumping,
    _held,
    _loading,
)
from dynamongo._wire.values import Stored, encode_item
from tests.codecs.support import DAY, MOMENT, UUID, held, parts, same
from tests.strategies import documents


class Upper(ListField):
    """A subclass, whose values are lists all the same."""


CHANGING = {
    'flat': lambda: ListField(StringField),
    'whole': lambda: ListField(IntField),
    'nested': lambda: ListField(ListField(IntField)),
    'place': lambda: DictField(city=StringField(), tags=ListField(StringField)),
    'lines': lambda: ListField(DictField(sku=StringField())),
    'free': lambda: Field(),
    'upper': lambda: Upper(StringField),
    'sizes': lambda: SetField(IntField),
    'prices': lambda: MapField(ListField(IntField)),
    'doc': lambda: JSONField(),
}


@functools.cache
def changing(*names):
    """Return a model with fields of which the values can change without being set."""
    declared = {name: make() for name, make in CHANGING.items() if name in names}
    keys = {'__table__': 'changing', '__hash_key__': 'id', 'id': StringField()}
    return type('Changing', (Model,), {**keys, **declared})


Changing = changing(*CHANGING)


class Fixed(Model):
    """A model of values that change only by being set anew."""

    __table__ = 'fixed'
    __hash_key__ = 'id'
    __extra__ = 'ignore'

    id = StringField()
    number = IntField()
    share = FloatField()
    flag = BooleanField()
    day = DateField()
    at = DateTimeField()
    took = TimedeltaField()
    token = UUIDField()
    email = EmailField()


WHOLE = {
    'flat': ['a', 'b'],
    'whole': [1, 2],
    'nested': [[1], [2]],
    'place': {'city': 'Rome', 'tags': ['a'], 'x': {'y': [1]}},
    'lines': [{'sku': 'a'}],
    'free': {'a': [{'b': {'x', 'y'}}], 'n': 1},
    'upper': ['a'],
    'sizes': {1, 2},
    'prices': {'eur': [1]},
    'doc': {'a': [{'b': 1}]},
}


EXTRA = {'extra': [1, {'a': [2]}], 'plain': 'a'}


CHANGES = {
    'an element more': ('flat', lambda x: x.flat.append('c')),
    'an element less': ('flat', lambda x: x.flat.pop()),
    'another order': ('flat', lambda x: x.flat.reverse()),
    'another element': ('whole', lambda x: x.whole.__setitem__(0, 9)),
    'True for 1': ('free', lambda x: x.free.__setitem__('n', True)),
    'nothing left': ('whole', lambda x: x.whole.clear()),
    'a list in a list': ('nested', lambda x: x.nested[1].append(3)),
    'one list more': ('nested', lambda x: x.nested.append([])),
    'a member': ('place', lambda x: x.place.__setitem__('city', 'Oslo')),
    'a list in a dict': ('place', lambda x: x.place['tags'].append('b')),
    'an undeclared member': ('place', lambda x: x.place['x']['y'].append(2)),
    'a dict in a list': ('lines', lambda x: x.lines[0].__setitem__('sku', 'b')),
    'a set in a free field': ('free', lambda x: x.free['a'][0]['b'].add('z')),
    'a list in a free field': ('free', lambda x: x.free['a'].append(1)),
    'one member more': ('sizes', lambda x: x.sizes.add(3)),
    'no member left': ('sizes', lambda x: x.sizes.clear()),
    'one key more': ('prices', lambda x: x.prices.setdefault('usd', [2])),
    'a list in a map': ('prices', lambda x: x.prices['eur'].append(2)),
    'deep in a document': ('doc', lambda x: x.doc['a'][0].__setitem__('b', 2)),
    'a list of a subclass': ('upper', lambda x: x.upper.append('b')),
    'an undeclared list': ('extra', lambda x: x.extra['extra'].append(2)),
    'deep in an undeclared list': ('extra', lambda x: x.extra['extra'][1]['a'].append(3)),
    'an undeclared attribute': ('plain', lambda x: x.extra.__setitem__('plain', 'b')),
}


def as_loaded(model, values, extra):
    values = {**values, 'doc': json.dumps(values['doc'])} if 'doc' in values else values
    wire = encode_item({'id': 'a', **values, **extra})
    return _loading.load(model, Stored(wire))


def as_saved(model, values, extra):
    instance = model(id='a', **copy.deepcopy(values))
    instance.extra.update(copy.deepcopy(extra))
    _changes.settle(instance, _dumping.dump(instance))
    return instance


def names_in(changes):
    """Return the attributes that a save of what has changed would send."""
    return {*changes.values, *changes.removed}


@pytest.mark.parametrize('stored_by', [as_loaded, as_saved])
@pytest.mark.parametrize('alone', [False, True], ids=['among others', 'alone'])
@pytest.mark.parametrize(('attribute', 'change'), CHANGES.values(), ids=list(CHANGES))
def test_a_change_in_place_is_known(stored_by, alone, attribute, change):
    """Whether the value is the only one that can change, of which less is kept, or one of many."""
    values = {name: value for name, value in WHOLE.items() if not alone or name == attribute}
    extra = {name: value for name, value in EXTRA.items() if not alone or name == attribute}
    instance = stored_by(changing(*values), values, extra)
    assert names_in(_changes.changes_of(instance)) == set()
    change(instance)
    assert names_in(_changes.changes_of(instance)) == {attribute}
    _changes.settle(instance, _dumping.dump(instance))
    assert names_in(_changes.changes_of(instance)) == set()


@pytest.mark.parametrize('stored_by', [as_loaded, as_saved])
@hypothesis.given(
    values=st.fixed_dictionaries(
        {}, optional={**{name: st.just(value) for name, value in WHOLE.items()}, 'free': documents}
    ),
    extra=st.dictionaries(st.sampled_from(['extra', 'more']), documents, max_size=2),
)
def test_what_is_known_shares_nothing_with_the_instance(stored_by, values, extra):
    """Nothing that can change is in both, and both say the same."""
    instance = stored_by(Changing, values, extra)
    known = _held.known(instance)
    shown_values = held(instance)
    assert not parts(known) & parts(shown_values)
    assert not parts(vars(instance)[_held.BASE]) & parts(shown_values)
    assert all(same(value, shown_values[name]) for name, value in known.items())
    assert names_in(_changes.changes_of(instance)) == set()
    for name, value in held(instance).items():
        if name != _held.EXTRA:
            # Set to what it is: equal values aren't sent.
            setattr(instance, name, copy.deepcopy(value))
    assert names_in(_changes.changes_of(instance)) == set()


def test_nothing_is_kept_of_values_that_can_not_change():
    """An instance of such values keeps an empty tuple, the same for all."""
    values = {
        'id': 'a', 'number': 1, 'share': 0.5, 'flag': True, 'day': DAY, 'at': MOMENT,
        'took': datetime.timedelta(1), 'token': UUID, 'email': 'john@example.com',
    }  # fmt: skip
    saved = Fixed(**values)
    dumped = _dumping.dump(saved)
    _changes.settle(saved, dumped)
    wire = {**encode_item(dumped.item), 'ignored': {'L': []}}
    loaded = _loading.load(Fixed, Stored(wire))
    for instance in (saved, loaded):
        assert vars(instance)[_held.BASE] == ()
        assert _held.known(instance) == {}
        assert same(held(instance), values)
    assert vars(as_loaded(Changing, {}, {'extra': 'a'}))[_held.BASE] != ()
    for stored_by in (as_loaded, as_saved):
        assert vars(stored_by(changing(), {}, {}))[_held.BASE] == ()
        assert vars(stored_by(changing('free'), {'free': 'text'}, {}))[_held.BASE] == ()
    assert vars(as_loaded(Changing, {}, {}))[_held.BASE] == ()


def test_of_a_single_flat_list_a_tuple_is_kept():
    """The name of the field and the elements, and no dict of copies."""
    for stored_by in (as_loaded, as_saved):
        for elements in (['a', 'b'], []):
            instance = stored_by(changing('flat'), {'flat': elements}, {})
            assert vars(instance)[_held.BASE] == ('flat', *elements)
            assert _held.known(instance) == {'flat': elements}


def test_two_instances_of_one_stored_item_share_nothing():
    """Each has values of its own, and the item stays as it is."""
    dumped = _dumping.dump(as_saved(Changing, WHOLE, EXTRA))
    wire = encode_item(dumped.item)
    before = copy.deepcopy(wire)
    first, second = (_loading.load(Changing, Stored(wire)) for _ in range(2))
    assert not parts(vars(first)) & parts(vars(second))
    for _, change in CHANGES.values():
        change(first)
    assert wire == before
    assert second == _loading.load(Changing, Stored(before))


def test_save_of_what_has_changed_sees_changes_in_place(connection, sent):
    """A list that was appended to is sent alone; equal values and unchanged ones aren't."""
    Changing.create_table()
    user = Changing(id='a', **copy.deepcopy(WHOLE)).save()
    for instance in (user, Changing.get_one('a')):
        instance.flat = list(instance.flat)
        instance.free = copy.deepcopy(instance.free)
        sent.clear()
        instance.save(changed=True)
        assert sent.operations == []
        instance.flat.append('z')
        instance.save(changed=True)
        assert sent.operations == ['UpdateItem']
        (_, request), = sent  # fmt: skip
        assert 'flat' in str(request['ExpressionAttributeNames'])
        assert 'whole' not in str(request['ExpressionAttributeNames'])
        assert Changing.get_one('a') == instance
