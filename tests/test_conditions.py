"""Conditions: how they are made, joined, shown and refused."""

import functools
import operator
import pickle
import threading

import pytest

from dynamongo import ExpressionError, Model, StringField, ValidationError
from dynamongo._logic import simplify
from dynamongo._paths import Placeholders
from dynamongo.conditions import (
    OP,
    AndCondition,
    BaseCondition,
    CompoundKeyCondition,
    JoinCondition,
    NotCondition,
    OrCondition,
    PrimitiveCondition,
)
from tests.ids import ident
from tests.models import Order, User

A, B, C = Order.status == 'a', Order.size == 2, Order.total == 0.5


def rendered(condition):
    placeholders = Placeholders()
    return condition.render(placeholders), placeholders.names, placeholders.values


@pytest.mark.parametrize(
    ('condition', 'expression', 'values'),
    [
        (Order.size == 3, '#n0 = :v0', [3]),
        (Order.size != 3, '#n0 <> :v0', [3]),
        (Order.size < 3, '#n0 < :v0', [3]),
        (Order.size <= 3, '#n0 <= :v0', [3]),
        (Order.size > 3, '#n0 > :v0', [3]),
        (Order.size >= 3, '#n0 >= :v0', [3]),
        (Order.size.between(1, 3), '#n0 BETWEEN :v0 AND :v1', [1, 3]),
        (Order.size.in_([1, 3, 1]), '#n0 IN (:v0, :v1)', [1, 3]),
        (Order.status.contains('x'), 'contains(#n0, :v0)', ['x']),
        (Order.status.begins_with('x'), 'begins_with(#n0, :v0)', ['x']),
        (Order.status.exists(), 'attribute_exists(#n0)', []),
        (Order.status.not_exists(), 'attribute_not_exists(#n0)', []),
        (Order.notes.type_is('SS'), 'attribute_type(#n0, :v0)', ['SS']),
        (Order.lines.size() > 2, 'size(#n0) > :v0', [2]),
        (Order.size == None, 'attribute_not_exists(#n0) OR #n0 = :v0', [None]),
        (Order.size != None, 'attribute_exists(#n0) AND #n0 <> :v0', [None]),
        (
            Order.status == '',
            'attribute_not_exists(#n0) OR #n0 = :v0 OR #n0 = :v1',
            [None, ''],
        ),
        (Order.size < Order.number, '#n0 < #n1', []),
        (Order.size.in_([Order.number, 1]), '#n0 IN (#n1, :v0)', [1]),
    ],
    ids=ident,
)
def test_primitive_conditions_render_as_dynamodb_writes_them(condition, expression, values):
    text, _, sent = rendered(condition)
    assert (text, list(sent.values())) == (expression, values)


@pytest.mark.parametrize(
    ('condition', 'expression'),
    [
        (A & B, '#n0 = :v0 AND #n1 = :v1'),
        (A | B, '#n0 = :v0 OR #n1 = :v1'),
        (A & B & C, '#n0 = :v0 AND #n1 = :v1 AND #n2 = :v2'),
        (A & (B & C), '#n0 = :v0 AND #n1 = :v1 AND #n2 = :v2'),
        (A & B | C, '#n0 = :v0 AND #n1 = :v1 OR #n2 = :v2'),
        (A & (B | C), '#n0 = :v0 AND (#n1 = :v1 OR #n2 = :v2)'),
        ((A | B) & C, '(#n0 = :v0 OR #n1 = :v1) AND #n2 = :v2'),
        (~A, 'NOT (#n0 = :v0)'),
        (~(A | B) & C, 'NOT (#n0 = :v0 OR #n1 = :v1) AND #n2 = :v2'),
        ((Order.size == None) & A, '(attribute_not_exists(#n0) OR #n0 = :v0) AND #n1 = :v1'),
        ((Order.size != None) | A, 'attribute_exists(#n0) AND #n0 <> :v0 OR #n1 = :v1'),
    ],
    ids=ident,
)
def test_joins_keep_their_meaning_with_the_fewest_parentheses(condition, expression):
    assert rendered(condition)[0] == expression


def test_names_are_stored_names_and_shared():
    """A name used twice is sent once, under its name in the table."""
    condition = (Order.status == 'a') | (Order.address.zip == 'b') | (Order.status == 'c')
    text, names, _ = rendered(condition)
    assert text == '#n0 = :v0 OR #n1.#n2 = :v1 OR #n0 = :v2'
    assert names == {'#n0': 'state', '#n1': 'address', '#n2': 'postal_code'}


def test_values_are_shared_by_type_and_value():
    """True equals 1 in Python, but they are two values in DynamoDB."""
    condition = (Order.notes == True) | (Order.notes == 1) | (Order.size == 1)
    assert rendered(condition)[2] == {':v0': True, ':v1': 1}


@pytest.mark.parametrize(
    ('make', 'text'),
    [
        (lambda: Order.size == 3, 'Order.size == 3'),
        (lambda: Order.status != None, 'Order.status != None'),
        (lambda: Order.size.between(1, 2), 'Order.size.between(1, 2)'),
        (lambda: Order.status.in_(('a', 'b')), "Order.status.in_(['a', 'b'])"),
        (lambda: Order.status.begins_with('a'), "Order.status.begins_with('a')"),
        (lambda: Order.status.exists(), 'Order.status.exists()'),
        (lambda: Order.lines.size() >= 2, 'Order.lines.size() >= 2'),
        (lambda: Order.notes.type_is('S'), "Order.notes.type_is('S')"),
        (lambda: Order.size < Order.number, 'Order.size < Order.number'),
        (lambda: Order.address.city == 'x', "Order.address.city == 'x'"),
        (lambda: Order.lines[0].sku == 'x', "Order.lines[0].sku == 'x'"),
        (lambda: Order.notes['a.b'][1] == 'x', "Order.notes['a.b'][1] == 'x'"),
        (lambda: A & ~B, "(Order.status == 'a') & ~(Order.size == 2)"),
        (lambda: (A | B) & C, "((Order.status == 'a') | (Order.size == 2)) & (Order.total == 0.5)"),
        (lambda: Order.keys_in([('a', 1)]), "Order.keys_in([('a', 1)])"),
        (lambda: User.keys_in(['a@b.co']), "User.keys_in(['a@b.co'])"),
    ],
)
def test_repr_is_the_python_that_makes_the_condition(make, text):
    condition = make()
    assert repr(condition) == str(condition) == text
    again = eval(text, {'Order': Order, 'User': User})
    assert rendered(again) == rendered(condition)


def test_classes():
    """The documented classes, and what they derive from."""
    assert type(A & B) is AndCondition
    assert type(A | B) is OrCondition
    assert type(~A) is NotCondition
    assert type(A) is PrimitiveCondition
    assert type(User.keys_in([])) is CompoundKeyCondition
    assert issubclass(AndCondition, JoinCondition)
    assert issubclass(OrCondition, JoinCondition)
    for cls in (JoinCondition, NotCondition, PrimitiveCondition, CompoundKeyCondition):
        assert issubclass(cls, BaseCondition)
    assert ((A & B).left, (A & B).right) == (A, B)
    made = PrimitiveCondition(Order.size, OP.EQ, 3)
    assert repr(made) == 'Order.size == 3'
    assert (made.attr, made.op, made.value) == (made.attr, OP.EQ, 3)


def test_trees_are_immutable():
    """Joining makes a new tree, and rendering changes nothing."""
    before = rendered(A & B)
    joined = A & B
    joined & C
    joined | C
    ~joined
    assert rendered(joined) == rendered(joined) == before
    values = ['a']
    condition = Order.status.in_(values)
    values.append('b')
    assert rendered(condition)[2] == {':v0': 'a'}


def test_augmented_assignment_leaves_the_shared_tree_alone():
    shared = condition = A & B
    condition &= C
    assert len(shared.operands) == 2
    assert len(condition.operands) == 3


def test_double_negation_is_the_condition_itself():
    assert ~~A is A


@pytest.mark.parametrize(
    'use',
    [
        lambda: bool(A),
        lambda: not A,
        lambda: A and B,
        lambda: A or B,
        lambda: 1900 < User.year_of_birth < 2000,
        lambda: 'x' in User.cities_visited,
        lambda: bool(User.email),
        lambda: User.email in [User.name, User.email],
    ],
)
def test_truth_testing_is_refused_with_advice(use):
    """Python's own operators can't make conditions, and say what to write instead."""
    with pytest.raises(ExpressionError) as caught:
        use()
    assert '~' in str(caught.value) or 'contains' in str(caught.value)


@pytest.mark.parametrize('other', [True, 1, 'x', None, User.email, [A]])
def test_only_conditions_can_be_joined(other):
    for join in (operator.and_, operator.or_):
        with pytest.raises(ExpressionError, match='condition'):
            join(A, other)
        with pytest.raises(ExpressionError, match='condition'):
            join(other, A)
    for make in (lambda: AndCondition(A, other), lambda: NotCondition(other)):
        with pytest.raises(ExpressionError):
            make()


def test_a_field_is_no_condition():
    for make in (lambda: ~User.name, lambda: User.name & User.email, lambda: User.name | A):
        with pytest.raises(ExpressionError, match=r'parentheses'):
            make()


def test_conditions_cannot_be_changed():
    for condition, name in ((A, 'op'), (A & B, 'left'), (~A, 'condition'), (A, 'new')):
        with pytest.raises(AttributeError, match='immutable'):
            setattr(condition, name, None)


@pytest.mark.parametrize('join', [operator.and_, operator.or_])
def test_long_chains_are_flat(join):
    """Chains far beyond Python's recursion limit can be made, shown and rendered."""
    parts = [Order.size == number for number in range(5000)]
    left = functools.reduce(join, parts)
    right = functools.reduce(lambda chain, part: join(part, chain), reversed(parts))
    for chain in (left, right):
        assert chain.operands == tuple(parts)
        assert rendered(chain)[0].count('(') == 0
        assert repr(chain).startswith('(Order.size == 0)')
        assert len(list(chain.primitives())) == 5000


def test_in_is_split_into_groups_of_100():
    """DynamoDB takes 100 operands in one IN; in_ takes any number of values."""
    text, _, values = rendered(Order.size.in_(range(250)))
    assert text.count('#n0 IN (') == 3
    assert text.count(' OR ') == 2
    assert len(values) == 250
    assert rendered(A & Order.size.in_(range(101)))[0].startswith('#n0 = :v0 AND (#n1 IN (')


def test_in_takes_any_iterable_once():
    assert rendered(Order.size.in_(number for number in (1, 2)))[2] == {':v0': 1, ':v1': 2}
    assert rendered(Order.notes.in_([[1], [1], {'a': 1}]))[0] == '#n0 IN (:v0, :v1, :v2)'


@pytest.mark.parametrize('values', ['abc', b'abc', {'a': 1}, 7, None])
def test_in_refuses_what_is_no_list_of_values(values):
    with pytest.raises(ExpressionError, match='takes a list of values'):
        Order.status.in_(values)


NONE = Order.size.in_([])


@pytest.mark.parametrize(
    ('condition', 'simple'),
    [
        (NONE, False),
        (~NONE, True),
        (NONE & A, False),
        (NONE | ~NONE, True),
        (User.keys_in([]), False),
        (~(NONE & A) & (NONE | NONE), False),
    ],
    ids=ident,
)
def test_what_needs_no_item_is_decided_at_once(condition, simple):
    """in_ of no values matches nothing, wherever it stands in a tree."""
    assert simplify(condition) is simple


def test_undecided_parts_are_kept():
    assert repr(simplify(NONE | A)) == repr(A)
    assert repr(simplify(~NONE & A & ~(NONE | B))) == repr(A & ~B)


@pytest.mark.parametrize(
    'make',
    [
        lambda: User.year_of_birth == 'abc',
        lambda: User.year_of_birth == 1.5,
        lambda: User.year_of_birth == True,
        lambda: User.year_of_birth < None,
        lambda: User.year_of_birth.in_([1, None]),
        lambda: User.year_of_birth.between(5, 'x'),
        lambda: User.year_of_birth.between(5, 4),
        lambda: User.created_at > 'yesterday',
        lambda: User.name.contains(5),
        lambda: User.name.begins_with(None),
        lambda: User.cities_visited.contains({'a': 1}),
        lambda: User.cities_visited == 'Rome',
        lambda: Order.total == float('nan'),
        lambda: Order.number == 10**38 + 1,
        lambda: Order.lines.size() == '3',
        lambda: Order.lines.size().between(2, 1),
        lambda: Order.notes == object(),
    ],
)
def test_values_of_the_wrong_type_are_refused(make):
    with pytest.raises(ValidationError) as caught:
        make()
    assert str(caught.value).startswith(('User.', 'Order.'))


@pytest.mark.parametrize(
    'make',
    [
        lambda: User.cities_visited < ['a'],
        lambda: Order.address.between({}, {}),
        lambda: User.year_of_birth.begins_with('19'),
        lambda: User.year_of_birth.contains(1),
        lambda: User.cities_visited.begins_with('a'),
        lambda: Order.address.contains('a'),
        lambda: Order.notes.type_is('string'),
        lambda: Order.size == Order.size,
        lambda: User.name['x'],
        lambda: User.cities_visited['x'],
        lambda: User.cities_visited[-1],
        lambda: Order.address[0],
        lambda: Order.notes[1.5],
    ],
)
def test_operators_that_do_not_apply_are_refused(make):
    with pytest.raises(ExpressionError):
        make()


@pytest.mark.parametrize(
    'make',
    [
        lambda: User.year_of_birth <= 2050,
        lambda: User.email == 'not an address',
        lambda: User.email.begins_with('john'),
        lambda: User.created_at.begins_with('2018-'),
        lambda: User.created_at.contains('T10'),
    ],
)
def test_constraints_do_not_apply_to_conditions(make):
    """A condition may ask for values that the field would refuse to store."""
    assert isinstance(make(), BaseCondition)


def test_a_field_without_a_model_has_no_place_in_a_request():
    with pytest.raises(ExpressionError, match='belongs to no model'):
        rendered(StringField() == 'a')


def test_paths_that_collide_with_methods():
    """A member that bears the name of a method is reached as an attribute or by index."""

    class Odd(Model):
        __table__ = 'odd'
        __hash_key__ = 'id'
        id = StringField()
        doc = Order.address

    assert rendered(Odd.doc.name == 'x')[1] == {'#n0': 'doc', '#n1': 'name'}
    assert rendered(Odd.doc['set'] == 'x')[1] == {'#n0': 'doc', '#n1': 'set'}


def test_conditions_are_shared_between_threads():
    """A tree rendered by many threads gives each the same text."""
    condition = functools.reduce(operator.and_, [Order.size != number for number in range(50)])
    expected = rendered(condition)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(rendered(condition))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_conditions_pickle():
    condition = (Order.status == 'a') & ~(Order.address.city.in_(['x']))
    assert rendered(pickle.loads(pickle.dumps(condition))) == rendered(condition)
