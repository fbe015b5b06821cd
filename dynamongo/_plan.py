"""From a strategy to a plan: which items are meant, and how DynamoDB is asked for them.

Planning is pure. It needs no connection, and the plan says all that the requests are made of.
"""

import dataclasses
import itertools
import operator
import sys

from dynamongo._options import Options
from dynamongo._paths import MAX_EXPRESSION_BYTES, MAX_OPERATORS, Placeholders
from dynamongo._projection import paths_of, projection_of_fields
from dynamongo._schema import check_key_size, key_order
from dynamongo._strategies import compares, equal_key, is_attribute, is_list, key_operand, target
from dynamongo.conditions import (
    OP,
    AndCondition,
    BaseCondition,
    CompoundKeyCondition,
    OrCondition,
    PrimitiveCondition,
    conjuncts,
    join,
    named_by,
    simplify,
)
from dynamongo.exceptions import ExpressionError, ValidationError
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import in_sequence, is_empty

#: DynamoDB's limit on the keys of one BatchGetItem: `Service quotas, API-specific limits
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_BATCH_GET = 100

#: What a Query takes on the range key, the narrowest first.
_RANGE_OPERATORS = (OP.EQ, OP.BETWEEN, OP.BEGINS_WITH, OP.GE, OP.LE, OP.GT, OP.LT)

#: How narrow a range each of them selects, the narrowest first.
_WIDTHS = {OP.EQ: 0, OP.BETWEEN: 1, OP.BEGINS_WITH: 1}
_HALF_OPEN, _UNBOUNDED = 2, 3

#: What is met only where the attribute is there.
_PROVE_PRESENCE = (*_RANGE_OPERATORS, OP.IN, OP.CONTAINS)

#: How much ``explain`` shows of one condition, in characters, and of several keys or conditions.
_SHOWN_TEXT = 400
_SHOWN_LINES = 5


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """How a read will be carried out; ``str`` says it in words. Made by :meth:`.Model.explain`.

    .. versionadded:: 0.2
    """

    schema: object
    #: ``'GetItem'``, ``'BatchGetItem'``, ``'Query'`` or ``'Scan'``; ``None`` where no item can
    #: match, so that nothing is sent.
    operation: str
    options: Options
    #: The keys that are read: a tuple of dicts of attribute name to primitive.
    keys: tuple = ()
    #: The key condition of each Query, a tuple of conditions.
    key_conditions: tuple = ()
    #: The :class:`.GlobalIndex` or :class:`.LocalIndex` that is read; ``None`` for the table.
    index: object = None
    #: The condition that DynamoDB filters by after reading, or ``None``.
    filter: object = None
    #: The condition that is checked on the client, or ``None``: GetItem and BatchGetItem take no
    #: filter, and a Query takes none on its key attributes.
    check: object = None
    #: What a write to the items must repeat, since it may have changed after the read.
    guard: object = None
    #: Why indexes were not chosen, a tuple of texts.
    notes: tuple = ()

    @property
    def source(self):
        """What the keys of the read belong to: the index, or the schema of the table."""
        return self.schema if self.index is None else self.index

    @property
    def position_keys(self):
        """The fields that tell where in the read an item is: keys of index and table."""
        return tuple(dict.fromkeys((*self.source.keys, *self.schema.keys)))

    @property
    def filtered(self):
        """Whether items may be left out after DynamoDB has read them; a ``bool``."""
        return self.filter is not None or self.check is not None

    @property
    def paths(self):
        """The paths of the attributes that DynamoDB is asked for, or ``None`` for all."""
        projection = self.options.projection
        if projection is None:
            return None
        keys = (key._path for key in self.position_keys)
        return projection.paths(also=(*keys, *paths_of(self.check)))

    @property
    def projection(self):
        """The paths that are asked for, a list of texts; ``None`` for whole items."""
        return None if self.paths is None else [str(path) for path in self.paths]

    @property
    def batch_size(self):
        """How many keys one BatchGetItem asks for."""
        return min(self.options.page_size or MAX_BATCH_GET, MAX_BATCH_GET)

    @property
    def requests(self):
        """The least number of requests; an ``int``."""
        if self.operation is None:
            return 0
        if self.operation == 'Scan':
            return self.options.workers
        if self.operation == 'Query':
            # Those after the first may not be needed.
            return len(self.key_conditions) if self.options.limit is None else 1
        wanted = len(self.keys)
        if self.options.limit is not None:
            wanted = min(wanted, self.options.limit)
        return -(-wanted // self.batch_size)

    def __str__(self):
        lines = [self._headline()]
        lines += (f'  {title + ":":<19}{text}' for title, text in self._details())
        return '\n'.join(lines)

    __repr__ = __str__

    def _headline(self):
        name = self.schema.name
        if self.operation is None:
            return f'{name}: no item can match, so nothing is sent'
        of_index = '' if self.index is None else f', index {self.index.name!r}'
        return f'{self.operation} of {name}{of_index}'

    def _details(self):
        """Yield titles and texts of what the plan has."""
        yield from _titled('key', self.keys)
        yield from _titled('key condition', self.key_conditions)
        if self.filter is not None:
            yield 'filter', _cut(self.filter)
        if self.check is not None:
            yield 'client-side check', _cut(self.check)
        if self.operation is not None:
            paths = self.projection
            yield 'projection', 'whole items' if paths is None else _shortened(', '.join(paths))
        if self.options.consistent:
            yield 'consistent', 'yes, at twice the read units'
        if self.options.descending:
            yield 'order', 'descending'
        for name, value in (('limit', self.options.limit), ('page size', self.options.page_size)):
            if value is not None:
                yield name, f'{value:,}'
        if self.options.workers > 1:
            yield 'workers', f'{self.options.workers:,}'
        yield 'requests', f'at least {self.requests}' if self.requests else '0'
        for note in self.notes:
            yield 'note', note


def _titled(title, values):
    for value in values[:_SHOWN_LINES]:
        yield title, _cut(value)
    if len(values) > _SHOWN_LINES:
        yield title, f'... {len(values):,} in all'


def _cut(value):
    return _shortened(repr(value))


def _shortened(text):
    return text if len(text) <= _SHOWN_TEXT else f'{text[:_SHOWN_TEXT]}...'


def plan(schema, strategy, options=Options()):  # noqa: B008
    """Return the plan for the items that a strategy selects.

    :param strategy: a key, a list of what selects one item each, or any condition.
    :param Options options: how they are to be read.
    :raises ValidationError: where a key is incomplete or invalid.
    :raises ExpressionError: where the strategy breaks a rule, can't be answered in the way that
        the options ask for, or would need a scan that is not allowed.
    """
    if strategy is None:
        raise ExpressionError(
            f'{schema.name}.{options.method} needs to be told what to select; for all items there '
            'are iter_many() and count()'
        )
    if isinstance(strategy, BaseCondition):
        return _plan_condition(schema, strategy, options)
    if is_list(strategy):
        method = f'each entry of a list for {options.method}'
        entries = in_sequence(strategy)
        keys = [target(schema, entry, method=method, checks=False).key for entry in entries]
    else:
        keys = [target(schema, strategy, method=options.method).key]
    if options.index is not None:
        raise ExpressionError(
            f'keys are looked up in the table, and index={options.index._attribute!r} asks for an '
            'index; give a condition, or leave out index=',
            strategy,
        )
    return _keys_plan(schema, options, keys)


def plan_of_everything(schema, options):
    """Return the plan for all items of the table, or of the index that is asked for."""
    if options.index is not None:
        return _plan_on_index(schema, options, [])
    return _scan(schema, options, [], ())


def require_order(plan):
    """Raise where a read that can't be sorted is asked to be."""
    if plan.operation == 'Scan' and plan.options.descending:
        raise ExpressionError(
            f'{plan.schema.name}.{plan.options.method} reads page by page, and the pages of a scan '
            'are in no order, so it takes no descending=True; get_many sorts what it has read'
        )


def _keys_plan(schema, options, keys, check=None):
    unique = {tuple(key.values()): key for key in keys}
    keys = tuple(unique.values())
    operation = ('GetItem' if len(keys) == 1 else 'BatchGetItem') if keys else None
    return Plan(schema, operation, options, keys=keys, check=check, guard=check)


def _plan_condition(schema, condition, options):
    schema.check_condition(condition)
    _refuse_double_key(schema, condition)
    simple = simplify(condition)
    if simple is False:
        return Plan(schema, None, options)
    parts = [] if simple is True else [_merged(schema, part) for part in conjuncts(simple)]
    if any(simplify(part) is False for part in parts):
        return Plan(schema, None, options)
    if options.index is not None:
        return _plan_on_index(schema, options, parts)
    return (
        _plan_compound(schema, options, parts)
        or _plan_keys(schema, options, parts)
        or _plan_best(schema, options, parts)
    )


def _refuse_double_key(schema, condition):
    given = [equal_key(schema, part) for part in conjuncts(condition)]
    for field in schema.keys:
        if sum(field is key for key in given) > 1:
            raise ExpressionError(f'{field._label} is compared twice', condition)


# Alternatives that are one thing: keys, and values of one key field.


def _merged(schema, part):
    """Return alternative keys as one ``keys_in``, and alternative values as one ``in_``.

    Values that no key has are dropped from the latter.
    """
    for field in dict.fromkeys((*schema.keys, *schema.index_keys)):
        if compares(part, field, (OP.IN,)):
            values = [value for value in part.operands if not is_empty(value)]
            return part if values == list(part.operands) else _one_of(field, values)
    if not isinstance(part, OrCondition):
        return part
    keys = [_keys_of(schema, operand) for operand in part.operands]
    if all(each is not None for each in keys):
        unique = dict.fromkeys(itertools.chain.from_iterable(keys))
        return CompoundKeyCondition(schema.name, schema.keys, unique)
    for field in dict.fromkeys((*schema.keys, *schema.index_keys)):
        if all(_has_values(operand, field) for operand in part.operands):
            return _one_of(field, (value for each in part.operands for value in each.operands))
    return part


def _one_of(field, values):
    """Return the condition that a field has one of some values, which are primitives."""
    return PrimitiveCondition._stored(field, OP.IN, *dict.fromkeys(values))


def _has_values(part, field):
    """Tell whether a condition says which values a field may have."""
    return compares(part, field, (OP.EQ, OP.IN)) and not any(map(is_empty, part.operands))


def _keys_of(schema, part):
    """Return the keys that a condition gives and says nothing else about, or ``None``."""
    if isinstance(part, CompoundKeyCondition):
        return part.keys if _is_of(schema, part) else None
    parts = conjuncts(part)
    chosen = [_values_given(field, parts) for field in schema.keys]
    if len(parts) != len(chosen) or any(each is None for each in chosen):
        return None
    return _combined(schema, chosen)


def _combined(schema, chosen):
    """Return every combination of the values that conditions give the key fields."""
    values = [
        [key_operand(schema, field, value) for value in part.operands]
        for field, part in zip(schema.keys, chosen)
    ]
    return list(itertools.product(*values))


def _is_of(schema, part):
    """Tell whether a ``keys_in`` is about the key of this model, not of a parent with another."""
    return tuple(attr._path.root for attr in part.attrs) == schema.key_attributes


def _values_given(field, parts):
    """Return the condition that gives a key field its values, equality first, or ``None``."""
    for op in (OP.EQ, OP.IN):
        for part in parts:
            if _has_values(part, field) and part.op is op:
                return part
    return None


def _values_of(field, parts):
    """Return a condition on the values of a key field that the parts give or imply, or ``None``.

    Alternatives that each give a value imply that it is one of these.
    """
    given = _values_given(field, parts)
    if given is not None:
        return given
    for part in parts:
        if isinstance(part, OrCondition):
            each = [_values_of(field, conjuncts(operand)) for operand in part.operands]
            if all(one is not None for one in each):
                return _one_of(field, (value for one in each for value in one.operands))
    return None


# Keys


def _plan_compound(schema, options, parts):
    """Plan ``keys_in(...) & checks``."""
    for part in parts:
        if isinstance(part, CompoundKeyCondition) and _is_of(schema, part):
            found = part
            break
    else:
        return None
    keys = [dict(zip(schema.key_attributes, key)) for key in found.keys]
    return _keys_plan(schema, options, keys, _others(parts, found))


def _plan_keys(schema, options, parts):
    """Plan equality or ``in_`` on every key field: the cross product of the values, and checks."""
    chosen = [_values_of(field, parts) for field in schema.keys]
    if any(part is None for part in chosen):
        return None
    implied = [part for part in chosen if not any(part is one for one in parts)]
    alternatives = _alternative_keys(schema, parts) if len(implied) > 1 else None
    if alternatives is not None:
        return _keys_plan(schema, options, alternatives, join(AndCondition, parts))
    keys = [dict(zip(schema.key_attributes, key)) for key in _combined(schema, chosen)]
    return _keys_plan(schema, options, keys, _others(parts, *chosen))


def _alternative_keys(schema, parts):
    """Return the keys of alternatives that each give one, whatever else they say, or ``None``.

    Every combination of their values would be many more.
    """
    for part in parts:
        if isinstance(part, OrCondition):
            others = [other for other in parts if other is not part]
            keys = []
            for operand in part.operands:
                given = [*conjuncts(operand), *others]
                chosen = [_values_given(field, given) for field in schema.keys]
                if any(each is None for each in chosen):
                    break
                keys += _combined(schema, chosen)
            else:
                return [dict(zip(schema.key_attributes, key)) for key in keys]
    return None


# Queries


@dataclasses.dataclass(frozen=True)
class _Candidate:
    """A way to answer a condition by Query.

    ``source`` is the schema for the table, or an index; ``hash_part`` and ``range_parts`` are the
    conditions that become the key conditions, and ``range_condition`` is what the latter amount to.
    """

    source: object
    hash_part: BaseCondition
    range_condition: object
    range_parts: tuple

    @property
    def rank(self):
        """What candidates are sorted by, the best first.

        The table's own hash key comes before those of global indexes, one Query before several,
        a narrow range before a wide one, and a small index before a large one.
        """
        width = _UNBOUNDED
        if self.range_condition is not None:
            width = _WIDTHS.get(self.range_condition.op, _HALF_OPEN)
        of_table = getattr(self.source, 'can_be_consistent', True)
        held = getattr(self.source, 'fields', None)
        return (
            (not of_table, len(self.hash_part.operands) > 1, width),
            # Among indexes, the one that holds less. The table has the order that is documented.
            isinstance(self.source, (GlobalIndex, LocalIndex)),
            sys.maxsize if held is None else len(held),
        )

    def beats(self, other):
        """Tell whether the Query of this one would be narrower than that of another."""
        return self.rank[0] < other.rank[0]


def _plan_best(schema, options, parts):
    """Plan a Query of the table or of the index that answers best, else a Scan."""
    sources = schema.indexes.values()
    if schema.range_key is not None:
        sources = (schema, *sources)
    candidates = [_candidate(source, parts) for source in sources]
    fit, notes = None, []
    for candidate in sorted(filter(None, candidates), key=operator.attrgetter('rank')):
        reason = candidate.source is not schema and _unfit(schema, options, parts, candidate)
        if not reason:
            fit = candidate
            break
        notes.append((candidate, f'index {candidate.source._attribute} is not used: {reason}'))
    # An index that would have done no better is not worth a word.
    notes = tuple(note for other, note in notes if fit is None or other.beats(fit))
    if fit is None:
        return _scan(schema, options, parts, notes)
    if fit.source is schema:
        for value in fit.hash_part.operands:
            key_operand(schema, schema.hash_key, value)
    return _query(schema, options, parts, fit, notes)


def _candidate(source, parts):
    """Return how a source answers by Query, or ``None`` where its hash key has no value."""
    hash_part = _values_of(source.hash_key, parts)
    if hash_part is None:
        return None
    condition, used = None, ()
    if source.range_key is not None:
        condition, used = _range_condition(source.range_key, parts)
    return _Candidate(source, hash_part, condition, used)


def _unfit(schema, options, parts, candidate):
    """Return why an index can't answer as the table would, or ``None`` where it can."""
    index = candidate.source
    if options.consistent and not index.can_be_consistent:
        return 'global indexes are never read consistently'
    field = index.range_key
    if not (
        field is None
        or field._required
        or any(field is key for key in schema.keys)
        or any(_proves(part, field) for part in parts)
    ):
        return (
            f'items without {field._label} are not in it; add a condition such as '
            f'{field._label}.exists(), or declare the field required'
        )
    missing = _missing(schema, options, index, parts)
    if missing is None:
        held = ', '.join(field._name for field in index.fields)
        return f'it holds no more than {held}; ask for no more by only=[...]'
    if missing:
        return f"it doesn't hold {_names(schema, missing)}"
    if not _may_be_keys('hash', candidate.hash_part.operands):
        return f'no key is as long as the value of {index.hash_key._label}'
    return None


def _names(schema, attributes):
    """Return the names of the fields that are stored as attributes, as text."""
    return ', '.join(sorted(schema.by_attribute[attribute]._name for attribute in attributes))


def _proves(part, field):
    """Tell whether a condition is met only where an attribute is there."""
    if compares(part, field, _PROVE_PRESENCE):
        return not any(map(is_empty, part.operands))
    if not (isinstance(part, PrimitiveCondition) and is_attribute(part.attr, field)):
        return False
    return part.op is OP.EXISTS or (part.op is OP.NE and part.compares_with_nothing)


def _missing(schema, options, index, parts):
    """Return the attributes that are needed and the index lacks, or ``None`` where all are."""
    held = index.attributes
    if held is None:
        return frozenset()
    if options.projection is None:
        return None
    return {*options.projection.attributes, *_roots(parts)} - held


def _plan_on_index(schema, options, parts):
    """Plan a Query or a Scan of the index that is asked for."""
    index = options.index
    lacking = _roots(parts) - index.attributes if index.attributes is not None else set()
    if lacking and not index.fetches:
        raise ExpressionError(
            f"{index!r} doesn't hold {_names(schema, lacking)}, so it can't answer the condition",
            join(AndCondition, parts),
        )
    projection = options.projection
    if index.attributes is not None and not index.fetches:
        if projection is None:
            projection = projection_of_fields(index.fields)
        elif projection.attributes - index.attributes:
            lacking = _names(schema, projection.attributes - index.attributes)
            raise ExpressionError(f"{index!r} doesn't hold {lacking}, which only= asks for")
    options = dataclasses.replace(options, projection=projection)
    candidate = _candidate(index, parts)
    if candidate is None:
        return _scan(schema, options, parts, ())
    for value in candidate.hash_part.operands:
        schema.check_index_key_size(index.hash_key, value)
    return _query(schema, options, parts, candidate, ())


def _query(schema, options, parts, candidate, notes):
    """Return the plan of one Query for each value of the hash key."""
    source = candidate.source
    used = (candidate.hash_part, *candidate.range_parts)
    rest = [part for part in parts if not any(part is one for one in used)]
    held = None if source is schema else source.attributes
    filter_, check = _split(rest, held=held, refused=source.key_attributes)
    hashes = [candidate.hash_part]
    if candidate.hash_part.op is OP.IN:
        values = dict.fromkeys(candidate.hash_part.operands)
        hashes = [
            PrimitiveCondition._stored(source.hash_key, OP.EQ, value)
            for value in sorted(values, key=key_order, reverse=options.descending)
        ]
    narrow = candidate.range_condition
    of_table = source is schema
    return Plan(
        schema,
        'Query',
        options,
        key_conditions=tuple(
            part if narrow is None else AndCondition(part, narrow) for part in hashes
        ),
        index=None if of_table else source,
        filter=filter_,
        check=check,
        # Keys of the table can't change. What is the key of an index can.
        guard=join(AndCondition, rest if of_table else parts),
        notes=notes,
    )


def _scan(schema, options, parts, notes):
    """Return the plan of a Scan, where it is allowed."""
    if not (options.scan and schema.allow_scan):
        reason = 'scan=False' if schema.allow_scan else '__allow_scan__ = False'
        what = 'table' if options.index is None else f'index {options.index._attribute}'
        advice = '; '.join(notes) or f'{_without_scan(schema, options)} needs no scan'
        raise ExpressionError(
            f'{schema.name}.{options.method} would scan the whole {what}, which {reason} forbids; '
            f'{advice}',
            join(AndCondition, parts),
        )
    held = None if options.index is None else options.index.attributes
    filter_, check = _split(parts, held=held)
    return Plan(
        schema,
        'Scan',
        options,
        index=options.index,
        filter=filter_,
        check=check,
        guard=join(AndCondition, parts),
        notes=notes,
    )


def _without_scan(schema, options):
    """Return conditions that a read with these options needs no scan for, as text."""
    sources = [schema, *schema.indexes.values()]
    if options.index is not None:
        sources = [options.index]
    elif options.consistent:
        sources = [each for each in sources if getattr(each, 'can_be_consistent', True)]
    hashes = dict.fromkeys(source.hash_key for source in sources)
    return 'a condition such as ' + ' or '.join(f'{field._label} == value' for field in hashes)


def _split(parts, *, held=None, refused=()):
    """Return what is filtered by and what is checked on the client, each as one condition.

    :param held: the attributes that an index holds, which alone it can filter by; ``None`` for all.
    :param refused: the attributes that no filter may name: the keys of what is queried.
    """
    filters, checks = [], []
    for part in parts:
        roots = _roots([part])
        fits = roots.isdisjoint(refused) and (held is None or roots <= held)
        (filters if fits else checks).append(part)
    return _fitted(filters, checks)


def _fitted(parts, checks):
    """Return parts as a filter, and with the checks those that a filter has no room for."""
    # The first part is joined to nothing.
    kept, size, operators = [], 0, -1
    for part in parts:
        text = part.render(Placeholders())
        # Placeholders of later parts have longer numbers, and the parts are joined.
        part_size = len(text) + 3 * text.count('#') + 3 * text.count(':') + len(' AND ()')
        part_operators = part.operator_count() + 1
        if size + part_size > MAX_EXPRESSION_BYTES or operators + part_operators > MAX_OPERATORS:
            checks = [*checks, part]
        else:
            kept.append(part)
            size, operators = size + part_size, operators + part_operators
    return join(AndCondition, kept), join(AndCondition, checks)


def _range_condition(field, parts):
    """Return the condition on a range key that a Query takes, and the parts it is made of."""
    usable = [
        part
        for part in parts
        if compares(part, field, _RANGE_OPERATORS) and _may_be_keys('range', part.operands)
    ]
    if not usable:
        return None, ()
    best = min(usable, key=lambda part: _WIDTHS.get(part.op, _HALF_OPEN))
    if best.op in _WIDTHS:
        return best, (best,)
    # The tightest limits; of equal ones those that are left out.
    lows = [part for part in usable if part.op in (OP.GT, OP.GE)]
    highs = [part for part in usable if part.op in (OP.LT, OP.LE)]
    low = max(lows, key=lambda part: (_limit(part), part.op is OP.GT), default=None)
    high = min(highs, key=lambda part: (_limit(part), part.op is OP.LE), default=None)
    if low is None or high is None or _limit(low) > _limit(high):
        best = high if low is None else low
        return best, (best,)
    limits, shown = (*low.operands, *high.operands), (low.value, high.value)
    between = PrimitiveCondition._stored(field, OP.BETWEEN, *limits, shown=shown)
    # BETWEEN takes in its limits. Where they are left out, that remains to be checked.
    return between, tuple(part for part in (low, high) if part.op in (OP.GE, OP.LE))


def _may_be_keys(kind, values):
    """Tell whether DynamoDB takes values for those of a key."""
    try:
        for value in values:
            check_key_size(kind, value)
    except ValidationError:
        return False
    return not any(map(is_empty, values))


def _limit(part):
    return key_order(part.operands[0])


def _roots(parts):
    """Return the attributes that conditions name, a set."""
    return {operand._path.root for part in parts for operand in named_by(part)}


def _others(parts, *used):
    return join(AndCondition, [part for part in parts if not any(part is one for one in used)])
