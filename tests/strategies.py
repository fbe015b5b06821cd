"""Hypothesis strategies for stored values, items and conditions."""

from decimal import Decimal

from hypothesis import strategies as st

from dynamongo import Field, IntField, Model, StringField


class Thing(Model):
    """A model whose attributes may hold anything."""

    __table__ = 'things'
    __hash_key__ = 'id'
    __range_key__ = 'n'

    id = StringField()
    n = IntField()
    a = Field()
    b = Field()
    c = Field()
    d = Field()


# Few values of each type, so that comparisons often hold.
strings = st.sampled_from(['', 'a', 'ab', 'b', 'é', '€', '😀', '\uffff', 'a.b', '10', '9'])
numbers = st.sampled_from(
    [0, 1, -1, 2, 10, Decimal('1.0'), Decimal('0.1'), Decimal('-2.5'), 10**37, Decimal('1E-20')]
)
binaries = st.sampled_from([b'', b'a', b'ab', b'\x00', b'\xff'])
sets = st.one_of(
    st.sets(st.sampled_from(['a', 'ab', 'b']), min_size=1),
    st.sets(st.sampled_from([0, 1, 2, 10]), min_size=1),
    st.sets(st.sampled_from([b'a', b'ab']), min_size=1),
)
ordered = st.one_of(strings, numbers, binaries)
scalars = st.one_of(ordered, st.booleans(), st.none())
documents = st.recursive(
    st.one_of(scalars, sets),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(['x', 'y', 'size', 'a.b']), inner, max_size=3),
    ),
    max_leaves=4,
)

items = st.fixed_dictionaries({}, optional=dict.fromkeys(('a', 'b', 'c', 'd'), documents))

roots = st.sampled_from([Thing.a, Thing.b, Thing.c, Thing.d])
paths = st.one_of(
    roots,
    st.builds(lambda root, key: root[key], roots, st.sampled_from(['x', 'y', 'size', 'a.b', 0, 1])),
)


def _ordering(path, values, kind):
    low, high = sorted(values, key=_rank)
    return {
        'lt': lambda: path < low,
        'le': lambda: path <= low,
        'gt': lambda: path > low,
        'ge': lambda: path >= low,
        'between': lambda: path.between(low, high),
    }[kind]()


def _rank(value):
    return value.encode() if isinstance(value, str) else value


ordering = st.builds(
    _ordering,
    paths,
    st.one_of(*(st.lists(kind, min_size=2, max_size=2) for kind in (strings, numbers, binaries))),
    st.sampled_from(['lt', 'le', 'gt', 'ge', 'between']),
)
equality = st.one_of(
    st.builds(lambda path, value: path == value, paths, documents),
    st.builds(lambda path, value: path != value, paths, documents),
    st.builds(
        lambda path, values: path.in_(values),
        paths,
        st.lists(documents.filter(lambda value: value is not None), max_size=3),
    ),
)
functions = st.one_of(
    st.builds(lambda path: path.exists(), paths),
    st.builds(lambda path: path.not_exists(), paths),
    st.builds(
        lambda path, kind: path.type_is(kind),
        paths,
        st.sampled_from(['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS']),
    ),
    st.builds(lambda path, text: path.begins_with(text), paths, st.one_of(strings, binaries)),
    st.builds(lambda path, value: path.contains(value), paths, ordered),
)
sizes = st.builds(
    lambda path, size, kind: {
        'eq': lambda: path.size() == size,
        'ne': lambda: path.size() != size,
        'lt': lambda: path.size() < size,
        'ge': lambda: path.size() >= size,
        'in': lambda: path.size().in_([size, size + 1]),
        'between': lambda: path.size().between(size, size + 1),
    }[kind](),
    paths,
    st.integers(0, 4),
    st.sampled_from(['eq', 'ne', 'lt', 'ge', 'in', 'between']),
)


def _between_fields(left, right, kind):
    return {
        'eq': lambda: left == right,
        'ne': lambda: left != right,
        'lt': lambda: left < right,
        'ge': lambda: left >= right,
        'in': lambda: left.in_([right]),
        'contains': lambda: left.contains(right),
    }[kind]()


fields = st.builds(
    lambda pair, kind: _between_fields(*pair, kind),
    st.tuples(paths, paths).filter(lambda pair: pair[0]._path != pair[1]._path),
    st.sampled_from(['eq', 'ne', 'lt', 'ge', 'in', 'contains']),
)
primitives = st.one_of(equality, ordering, functions, sizes, fields)
conditions = st.recursive(
    primitives,
    lambda inner: st.one_of(
        st.builds(lambda left, right: left & right, inner, inner),
        st.builds(lambda left, right: left | right, inner, inner),
        st.builds(lambda condition: ~condition, inner),
    ),
    max_leaves=5,
)
