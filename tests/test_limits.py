"""DynamoDB's limits on expressions: counted as DynamoDB counts them, and kept to."""

import functools
import operator

import pytest

from dynamongo import ExpressionError, PartialItemError, ValidationError, _compile
from dynamongo._evaluate import matches
from dynamongo._options import Options
from dynamongo._paths import MAX_EXPRESSION_BYTES, MAX_OPERATORS, MAX_PATH_ELEMENTS, Placeholders
from dynamongo._plan import Plan
from dynamongo.conditions import MAX_DEPTH
from tests.ids import ident
from tests.models import Order

# About the engine, and the same for every Python.
pytestmark = pytest.mark.broad

PAD = Order.total == 1
KEY = {'customer': 'a', 'number': 1}
BOTH = (Order.customer == 'a') & (Order.number == 1)


@pytest.fixture
def orders(connection, sent):
    """Two orders, and nothing sent yet."""
    Order.create_table()
    Order.save_many([{**KEY, 'size': 3, 'total': 1.0}, {**KEY, 'number': 2, 'size': 4000}])
    sent.clear()


def any_of(conditions):
    return functools.reduce(operator.or_, conditions)


def all_of(conditions):
    return functools.reduce(operator.and_, conditions)


def numbers(found):
    return [order.number for order in found]


def rendered(condition):
    return condition.render(Placeholders())


def scan(condition):
    """Let DynamoDB filter by a condition, whatever the library thinks of it."""
    plan = Plan(Order._schema, 'Scan', Options(), filter=condition)
    return Order.table().scan(**_compile.read(plan))['Items']


def filled(condition, total):
    """Return a condition that has been padded to a number of operators by what they add up to.

    One more comparison adds two, itself and what joins it; one more that is negated adds three.
    """
    odd, pairs = (total - condition.operator_count()) % 2, total - condition.operator_count()
    pads = [~PAD] * odd + [PAD] * ((pairs - 3 * odd) // 2)
    return any_of([condition, *pads])


KINDS = [
    ~Order.keys_in([('a', 1)]),
    ~Order.keys_in([('a', 1), ('b', 2)]),
    Order.size == 1,
    Order.size != 1,
    Order.size >= Order.total,
    Order.notes.exists(),
    Order.notes.not_exists(),
    Order.notes.contains('a'),
    Order.notes.contains(Order.status),
    Order.notes.begins_with('a'),
    Order.notes.type_is('S'),
    Order.notes.size() > 3,
    Order.notes.size() == Order.lines.size(),
    Order.size <= Order.notes.size(),
    Order.notes.size().between(1, 2),
    Order.notes.size().in_([1]),
    Order.notes.size().in_(range(250)),
    Order.notes.size().in_([1, Order.size, Order.lines.size()]),
    Order.size.between(1, 2),
    Order.size.between(Order.total, Order.notes.size()),
    Order.size.in_([1]),
    Order.size.in_(range(100)),
    Order.size.in_(range(101)),
    Order.size.in_(range(250)),
    Order.size.in_([Order.total, Order.number, 1]),
    ~(Order.size == 1),
    ~Order.notes.exists(),
    ~(PAD | PAD),
    ~(PAD & ~(PAD | PAD)),
    ~Order.size.in_(range(250)),
    Order.size == None,
    Order.size != None,
    ~(Order.size == None),
    Order.notes == '',
    Order.notes != '',
    ~(Order.notes != ''),
    Order.keys_in([('a', 1)]),
    Order.keys_in([('a', n) for n in range(3)]),
    ~Order.keys_in([('a', n) for n in range(3)]),
    (PAD | PAD) & (PAD | PAD),
    (PAD & PAD) | ((PAD | PAD) & PAD),
    (Order.notes != '') & (Order.size == None) & Order.size.in_(range(250)),
    Order.lines[0].sku.begins_with('x') & ~(Order.address.city.size() > 3) & (PAD | (PAD & PAD)),
    (Order.size.in_(range(150)) | Order.keys_in([('a', 1), ('b', 2)])) & ~(Order.notes == ''),
]


@pytest.mark.faithful('moto counts no operators')
@pytest.mark.parametrize('condition', KINDS, ids=ident)
def test_operators_are_counted_as_dynamodb_counts_them(orders, condition):
    """Each kind of condition, padded: 300 operators are accepted, and 301 refused."""
    fits, exceeds = filled(condition, MAX_OPERATORS), filled(condition, MAX_OPERATORS + 1)
    assert (fits.operator_count(), exceeds.operator_count()) == (300, 301)
    scan(fits)
    with pytest.raises(Exception, match='too many operators'):
        scan(exceeds)


@pytest.mark.faithful('moto counts no operators')
@pytest.mark.parametrize(
    ('many', 'one_more'),
    [
        (all_of([PAD] * 150), ~PAD),
        (all_of([Order.notes.size() > 1] * 100), PAD),
        (any_of([Order.size == None] * 75), PAD),
        (all_of([Order.notes != ''] * 50), PAD),
        (any_of([~PAD] * 100), PAD),
        (Order.keys_in([('a', n) for n in range(75)]), PAD),
        (~Order.keys_in([('a', n) for n in range(75)]), None),
    ],
    ids=ident,
)
def test_conditions_of_one_kind_up_to_the_limit(orders, many, one_more):
    """Many of a kind add up to no more than the limit, and one more exceeds it."""
    count = many.operator_count()
    assert 299 <= count <= MAX_OPERATORS
    scan(many)
    more = ~(PAD & many) if one_more is None else many & one_more
    more = more if more.operator_count() > MAX_OPERATORS else more & PAD
    assert more.operator_count() <= 303
    with pytest.raises(Exception, match='too many operators'):
        scan(more)


# Writes


WRITES = {
    'save_one': lambda condition: Order.save_one({**KEY, 'size': 5}, overwrite=condition),
    'save_many': lambda condition: Order.save_many([{**KEY, 'size': 5}], overwrite=condition),
    'delete_one': lambda condition: Order.delete_one(BOTH & condition),
    'update_one': lambda condition: Order.update_one(BOTH & condition, [Order.size.set(5)]),
}


@pytest.mark.parametrize('write', WRITES.values(), ids=WRITES)
def test_conditions_of_writes_take_300_operators(orders, sent, write):
    """What the library adds counts too: whether the item is there, and what joins that."""
    write(filled(Order.size == 3, MAX_OPERATORS - 2))
    assert len(sent) == 1
    sent.clear()
    for total in (MAX_OPERATORS - 1, MAX_OPERATORS, 1000):
        with pytest.raises(ExpressionError, match=rf'takes {total + 2} operators, .* takes 300'):
            write(filled(Order.size == 3, total))
    assert sent == []


def of_length(length, render):
    """Return a condition that is met by the first order, and renders to a number of bytes."""
    for values in range(560, 600):
        for digits in range(9):
            condition = Order.size.in_(range(values)) | (Order.notes[10**digits] == 1)
            if len(render(condition)) == length:
                return condition
    raise AssertionError('there is none')


def put_text(condition):
    placeholders = Placeholders()
    return (Order.customer.not_exists() | condition).render(placeholders)


def update_text(condition):
    placeholders = Placeholders()
    # The names and values of the update come first.
    _compile.UpdateBuilder.create([Order.size.set(5)], placeholders=placeholders)
    return (Order.customer.exists() & condition).render(placeholders)


@pytest.mark.parametrize(
    ('write', 'text'),
    [('save_one', put_text), ('delete_one', put_text), ('update_one', update_text)],
    ids=['save_one', 'delete_one', 'update_one'],
)
def test_conditions_of_writes_take_4096_bytes(orders, sent, write, text):
    WRITES[write](of_length(MAX_EXPRESSION_BYTES, text))
    ((_, request),) = sent
    assert len(request['ConditionExpression']) == MAX_EXPRESSION_BYTES
    sent.clear()
    with pytest.raises(ExpressionError, match='takes 4097 bytes, and DynamoDB takes 4096'):
        WRITES[write](of_length(MAX_EXPRESSION_BYTES + 1, text))
    with pytest.raises(ExpressionError, match='bytes, and DynamoDB takes 4096'):
        WRITES[write](Order.size.in_(range(5000)))
    assert sent == []


@pytest.mark.faithful('moto measures no expressions')
def test_dynamodb_takes_4096_bytes(orders):
    scan(of_length(MAX_EXPRESSION_BYTES, rendered))
    with pytest.raises(Exception, match='Expression size has exceeded'):
        scan(of_length(MAX_EXPRESSION_BYTES + 1, rendered))


@pytest.mark.parametrize(
    'condition', [any_of([PAD] * 151), Order.size.in_(range(5000))], ids=['operators', 'bytes']
)
def test_deleting_many_refuses_at_once(orders, sent, condition):
    """Before it reads what it would delete."""
    for strategy in (condition, Order.keys_in([('a', 1)]) & condition, BOTH & condition):
        with pytest.raises(ExpressionError, match='and DynamoDB takes'):
            Order.delete_many(strategy)
    assert sent == []


# Reads


@pytest.mark.parametrize('many', [150, 151, 1000, 5000])
def test_reads_take_any_number_of_alternatives(orders, sent, many):
    """What a filter has no room for is checked on the client."""
    condition = any_of([Order.size == 3 * number for number in range(many)])
    expected = [1, 2] if 3 * many > 4000 and 4000 % 3 == 0 else [1]
    assert numbers(Order.get_many(condition)) == expected
    assert numbers(Order.get_many((Order.customer == 'a') & condition)) == expected
    assert numbers(Order.get_many(Order.keys_in([('a', 1), ('a', 2)]) & condition)) == expected
    assert numbers(Order.get_many(condition, limit=1)) == [1]
    assert numbers(Order.get_many(condition, only=[])) == expected
    assert Order.count(condition) == len(expected)
    assert sorted(numbers(Order.iter_many(~condition))) == [2]
    assert 'Scan' in sent.operations


@pytest.mark.parametrize('many', [150, 151, 1000, 5000])
def test_reads_take_any_number_of_conditions(orders, sent, many):
    """As many as fit are filtered by DynamoDB, the others are checked on the client."""
    condition = all_of([Order.size != number for number in range(100, 100 + many)])
    expected = [1] if 100 <= 4000 < 100 + many else [1, 2]
    assert numbers(Order.get_many(condition)) == expected
    ((_, request),) = sent
    text = request['FilterExpression']
    assert 100 < text.count('<>') <= 150
    assert len(text) <= MAX_EXPRESSION_BYTES
    both = condition & (Order.size > 3)
    assert numbers(Order.get_many(both)) == [number for number in expected if number == 2]


@pytest.mark.parametrize('many', [1, 100, 101, 1000, 10_000])
def test_in_takes_any_number_of_values(orders, many):
    values = [*range(10, 9 + many), 3]
    expected = [1, 2] if 4000 in values else [1]
    assert numbers(Order.get_many(Order.size.in_(values))) == expected
    assert numbers(Order.get_many(~Order.size.in_(values))) == [
        n for n in (1, 2) if n not in expected
    ]


def test_conditions_around_the_limit_read_alike(orders):
    """Whichever side of the limit: the answer is the same."""
    for total in range(MAX_OPERATORS - 3, MAX_OPERATORS + 4):
        assert numbers(Order.get_many(filled(Order.size == 4000, total) & (Order.size != 3))) == [2]


@pytest.mark.parametrize(
    ('join', 'sign'), [(operator.and_, ' AND '), (operator.or_, ' OR ')], ids=['and', 'or']
)
@pytest.mark.parametrize('reverse', [False, True], ids=['left', 'right'])
def test_long_chains_are_flat(join, sign, reverse):
    """Chains nest in the tree of Python objects only; DynamoDB is shown none of that."""
    terms = [Order.size == number for number in range(5000)]
    if reverse:
        condition = functools.reduce(lambda joined, term: join(term, joined), terms)
    else:
        condition = functools.reduce(join, terms)
    text = rendered(condition)
    assert '(' not in text
    assert text.count(sign) == 4999
    assert condition.operator_count() == 9999
    assert condition._depth == 1
    assert matches(condition, {'size': 4999}) is (join is operator.or_)


# Paths


def path_of(elements, key='a'):
    """Return a path of so many elements, the attribute included."""
    field = Order.notes
    for _ in range(elements - 1):
        field = field[key]
    return field


@pytest.mark.parametrize('key', ['a', 0], ids=['dicts', 'lists'])
def test_paths_have_at_most_32_elements(orders, key):
    """32 are accepted by DynamoDB, in conditions, updates and projections; 33 can't be made."""
    longest = path_of(MAX_PATH_ELEMENTS, key)
    value = 7
    for _ in range(MAX_PATH_ELEMENTS - 1):
        value = [value] if key == 0 else {key: value}
    Order.save_one({**KEY, 'notes': value})
    (order,) = Order.get_many(longest == 7, only=[longest])
    assert order.notes == value
    updated = Order.update_one(('a', 1), [longest.set(8)])
    assert numbers(Order.get_many(longest == 8)) == [1]
    assert updated.notes != value
    with pytest.raises(ExpressionError, match='a path has at most 32 elements'):
        longest[key]
    with pytest.raises(ValidationError, match='a path has at most 32 elements'):
        Order.explain(only=['notes' + ('.a' if key == 'a' else '[0]') * MAX_PATH_ELEMENTS])


@pytest.mark.faithful('moto takes paths of any length')
def test_dynamodb_refuses_33_elements(orders):
    """So the limit is the right one."""
    names = {'#n': 'notes', '#a': 'a'}
    request = {'ExpressionAttributeNames': names}
    Order.table().scan(ProjectionExpression='#n' + '.#a' * 31, **request)
    with pytest.raises(Exception, match='nesting'):
        Order.table().scan(ProjectionExpression='#n' + '.#a' * 32, **request)


def test_the_longest_path_is_known_to_the_innermost_dict(orders):
    Order.save_one({**KEY, 'notes': functools.reduce(lambda inner, _: {'a': inner}, range(31), 7)})
    (order,) = Order.get_many(('a', 1), only=['notes' + '.a' * 31])
    inner = order.notes
    while isinstance(inner, dict):
        with pytest.raises(PartialItemError):
            inner['b']
        inner = inner['a']
    assert inner == 7


# Nesting


def alternating(levels):
    """Return a condition of so many levels of ``|`` and ``&`` by turns, met where size is 3."""
    condition = Order.size == 3
    for level in range(levels):
        condition = condition & (Order.size < 9) if level % 2 else condition | (Order.size == 7)
    return condition


def alternating_right(levels):
    condition = Order.size == 3
    for level in range(levels):
        condition = (Order.size < 9) & condition if level % 2 else (Order.size == 7) | condition
    return condition


def negated(levels):
    """Return a condition of negations and joins by turns, met where size is 3."""
    condition = Order.size == 3
    for level in range(levels // 2):
        condition = ~(condition & PAD) if level % 2 else ~(condition | (Order.size == 7))
    return condition


@pytest.mark.parametrize('make', [alternating, alternating_right, negated])
def test_conditions_nest_100_levels(orders, sent, make):
    """So many are sent, accepted, and answered on the client as by DynamoDB."""
    condition = make(MAX_DEPTH)
    assert condition._depth == MAX_DEPTH
    found = Order.get_many(condition)
    assert ('Scan', 1) == (sent[0][0], len(sent))
    assert 'FilterExpression' in sent[0][1]
    everything = Order.table().scan()['Items']
    assert sorted(numbers(found)) == sorted(
        item['number'] for item in everything if matches(condition, item)
    )
    assert repr(condition)
    assert len(str(Order.explain(condition))) < 4000


@pytest.mark.parametrize(
    'nest',
    [
        lambda: alternating(MAX_DEPTH + 1),
        lambda: alternating_right(MAX_DEPTH + 1),
        lambda: ~alternating(MAX_DEPTH),
        lambda: negated(MAX_DEPTH) & PAD,
        lambda: PAD & alternating(MAX_DEPTH - 1) | PAD,
        lambda: alternating(10_000),
    ],
    ids=['left', 'right', 'not', 'of negations', 'beside', 'far more'],
)
def test_more_levels_are_refused_when_they_are_made(nest):
    with pytest.raises(ExpressionError, match='nested more than 100 deep; join them flat'):
        nest()


def test_joins_of_one_kind_and_double_negations_are_no_levels():
    condition = alternating(MAX_DEPTH)
    same = condition & PAD & PAD if MAX_DEPTH % 2 == 0 else condition | PAD | PAD
    assert same._depth == MAX_DEPTH
    for _ in range(1000):
        condition = PAD
        condition = ~~condition
    assert condition is PAD
    assert all_of([~PAD] * 1000)._depth == 2
