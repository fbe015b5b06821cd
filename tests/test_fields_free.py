"""Updates of what has no declared type, and of what has another one."""

from decimal import Decimal

import pytest

from dynamongo import (
    BooleanField,
    DictField,
    ExpressionError,
    Field,
    IntField,
    JSONField,
    ListField,
    MapField,
    Model,
    RequestError,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    ValidationError,
)
from dynamongo.updates import AddUpdate, DeleteUpdate, ListExtendUpdate, UpdateBuilder
from dynamongo.utils import with_article
from tests.ids import ident

pytestmark = pytest.mark.broad


class Free(Model):
    """Attributes and members whose type nothing declares."""

    __table__ = 'free'
    __hash_key__ = 'id'

    id = StringField()
    any = Field()
    other = Field()
    part = DictField(a=IntField(), f=Field())
    tags = SetField(StringField)
    name = StringField()


F = Free
ITEM = {'id': 'k', 'any': 5, 'part': {'a': 1, 'set': {'a', 'b'}, 'list': [1]}}

#: Each row: the update, its expression, its values, and what becomes of the attribute.
DONE = [
    (F.any.add(3), 'ADD #n0 :v0', [3], 8),
    (F.any.add(0.5), 'ADD #n0 :v0', [Decimal('0.5')], Decimal('5.5')),
    (F.any.subtract(3), 'ADD #n0 :v0', [-3], 2),
    (F.any.increment(), 'ADD #n0 :v0', [1], 6),
    (F.any.increment(4), 'ADD #n0 :v0', [4], 9),
    (F.any.decrement(), 'ADD #n0 :v0', [-1], 4),
    (F.other.add(3), 'ADD #n0 :v0', [3], 3),
    (F.other.add({'a', 'b'}), 'ADD #n0 :v0', [{'a', 'b'}], {'a', 'b'}),
    (F.other.add(frozenset({1.5})), 'ADD #n0 :v0', [{Decimal('1.5')}], {Decimal('1.5')}),
    (F.other.append(1, 'a'), 'SET #n0 = list_append(if_not_exists(#n0, :v1), :v0)',
     [[1, 'a'], []], [1, 'a']),
    (F.part['set'].add({'c'}), 'ADD #n0.#n1 :v0', [{'c'}], {'a', 'b', 'c'}),
    (F.part['set'].delete({'a', 'z'}), 'DELETE #n0.#n1 :v0', [{'a', 'z'}], {'b'}),
    (F.part['list'].prepend(0), 'SET #n0.#n1 = list_append(:v0, if_not_exists(#n0.#n1, :v1))',
     [[0], []], [0, 1]),
    (F.part['new'].increment(), 'ADD #n0.#n1 :v0', [1], 1),
    (F.part['list'][0].add(1), 'ADD #n0.#n1[0] :v0', [1], 2),
    (F.part.f.add(2), 'ADD #n0.#n1 :v0', [2], 2),
]  # fmt: skip


@pytest.mark.parametrize(('update', 'expression', 'values', 'after'), DONE, ids=ident)
def test_the_value_says_of_which_type_an_update_is(update, expression, values, after):
    compiled = UpdateBuilder.create([update])
    assert (compiled.expression, list(compiled.values.values())) == (expression, values)
    assert eval(repr(update), {'Free': Free, 'Decimal': Decimal}).value == update.value


def test_they_do_what_those_of_declared_types_do(stored):
    stored('free', Free, [])
    for update, _, _, after in DONE:
        Free.table().put_item(Item=ITEM)
        Free.update_one('k', [update])
        found = Free.table().get_item(Key={'id': 'k'}, ConsistentRead=True)['Item']
        for step in update.field._path:
            found = found[step]
        assert found == after, update


def test_what_is_stored_in_another_type_is_refused_by_dynamodb(stored):
    stored('free', Free, [])
    for update in (F.any.add({'a'}), F.any.append(1), F.part['set'].add(1), F.any.delete({'a'})):
        Free.table().put_item(Item=ITEM)
        with pytest.raises(RequestError):
            Free.update_one('k', [update])


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: F.any.add('a'), r'Free\.any: add\(\) takes a number or a set'),
        (lambda: F.any.add(['a']), r'Free\.any: add\(\) takes a number or a set'),
        (lambda: F.any.add(None), r'Free\.any: add\(\) takes a number or a set'),
        (lambda: F.any.add(True), r'Free\.any: add\(\) takes a number or a set'),
        (lambda: F.any.add(float('nan')), r'Free\.any: .*NaN'),
        (lambda: F.any.add(set()), r'Free\.any: add\(\) takes one or more members'),
        (lambda: F.any.add({'a', 1}), r'Free\.any: '),
        (lambda: F.any.subtract({'a'}), r'Free\.any: subtract\(\) takes a number'),
        (lambda: F.any.decrement('a'), r'Free\.any: subtract\(\) takes a number'),
        (lambda: F.any.increment({'a'}), r'Free\.any: increment\(\) takes a number'),
        (lambda: F.any.delete('a'), r'Free\.any: delete\(\) takes a set'),
        (lambda: F.any.delete(frozenset()), r'Free\.any: delete\(\) takes one or more members'),
        (lambda: F.any.append(), r'Free\.any: append\(\) and prepend\(\) take one or more'),
        (lambda: F.any.append(object()), r'Free\.any\[0\]: '),
        (lambda: F.part['m'].add('a'), r"Free\.part\['m'\]: add\(\) takes"),
    ],
)
def test_what_has_no_such_update_is_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize('make', [lambda: F.any.add(F.other), lambda: F.any.append(F.other)])
def test_what_is_added_is_no_attribute(make):
    with pytest.raises(ExpressionError, match=r'^Free\.any: .*not (an attribute|attributes)'):
        make()


NUMERIC = ('add', 'subtract', 'increment', 'decrement')
MEMBERS = ('add', 'delete')
LISTS = ('append', 'prepend')

#: The updates that the fields of each type have.
OWN = [
    (StringField(), ()),
    (BooleanField(), ()),
    (JSONField(), ()),
    (DictField(a=IntField()), ()),
    (MapField(IntField), ()),
    (IntField(), NUMERIC),
    (TimestampField(), NUMERIC),
    (TimedeltaField(), NUMERIC),
    (ListField(IntField), LISTS),
    (SetField(IntField), MEMBERS),
]


@pytest.mark.parametrize(('field', 'own'), OWN, ids=lambda value: type(value).__name__)
def test_a_declared_type_has_its_own_updates_and_refuses_the_others(field, own):
    field = field._clone()
    field.set_name('field')
    message = f'field is {with_article(type(field))}, which takes no '
    for method in {*NUMERIC, *MEMBERS, *LISTS}:
        if method in own:
            assert getattr(field, method)(1).field is field
        else:
            with pytest.raises(ExpressionError, match=message):
                getattr(field, method)(1)
    for make, method in (
        (AddUpdate, 'add'),
        (DeleteUpdate, 'delete'),
        (ListExtendUpdate, 'append'),
    ):
        if method not in own:
            with pytest.raises(ExpressionError, match=message):
                make(field, [1])


def test_members_may_be_called_like_an_update():
    part = DictField(add=IntField(), append=ListField(IntField))
    part.set_name('part')
    assert repr(part.add.add(1)) == 'part.add.add(1)'
    assert repr(part.append.append(1)) == 'part.append.append(1)'


# Sets

OPERATORS = [
    lambda s: s + {'a'},
    lambda s: {'a'} + s,
    lambda s: s - {'a'},
    lambda s: {'a'} - s,
    lambda s: s | {'a'},
    lambda s: {'a'} | s,
    lambda s: s & {'a'},
    lambda s: {'a'} & s,
    lambda s: s ^ {'a'},
    lambda s: s + s,
]


@pytest.mark.parametrize('operate', OPERATORS)
def test_sets_take_no_operators(operate):
    with pytest.raises(ExpressionError, match=r'added by add\(\) and deleted by delete\(\)'):
        operate(F.tags)


def test_a_set_beside_a_condition_is_told_to_be_compared():
    condition = F.name == 'x'
    for join in (
        lambda: F.tags & condition,
        lambda: F.tags | condition,
        lambda: condition & F.tags,
    ):
        with pytest.raises(ExpressionError, match=r'is no condition|only conditions can be joined'):
            join()


def test_members_of_one_set_are_added_and_deleted_in_two_calls():
    with pytest.raises(ExpressionError, match=r'overlap; .*add members to a set and delete others'):
        UpdateBuilder.create([F.tags.add('a'), F.tags.delete('b')])


@pytest.mark.parametrize('updates', [F.name, F.any + 1, F.tags.size()], ids=ident)
def test_a_field_alone_is_no_update_as_it_is_none_in_a_list(updates):
    for given in (updates, [updates]):
        with pytest.raises(ExpressionError, match='an update is made by a method of a field'):
            Free.update_one('k', given)
