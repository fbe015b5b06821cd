"""The queries that would answer a condition, of the table and of its indexes."""

import dataclasses
import sys

from dynamongo._given import values_of
from dynamongo._schema import check_key_size, key_order
from dynamongo._strategies import compares, is_attribute
from dynamongo.conditions import OP, BaseCondition, PrimitiveCondition, named_by
from dynamongo.exceptions import ValidationError
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import is_empty

#: What a Query takes on the range key.
_RANGE_OPERATORS = (OP.EQ, OP.BETWEEN, OP.BEGINS_WITH, OP.GE, OP.LE, OP.GT, OP.LT)

#: How narrow a range each of them selects, the narrowest first.
_WIDTHS = {OP.EQ: 0, OP.BETWEEN: 1, OP.BEGINS_WITH: 1}
_HALF_OPEN, _UNBOUNDED = 2, 3

#: What is met only where the attribute is there.
_PROVE_PRESENCE = (*_RANGE_OPERATORS, OP.IN, OP.CONTAINS)


@dataclasses.dataclass(frozen=True)
class Candidate:
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


def candidate_of(source, parts):
    """Return how a source answers by Query, or ``None`` where its hash key has no value."""
    hash_part = values_of(source.hash_key, parts)
    if hash_part is None:
        return None
    condition, used = None, ()
    if source.range_key is not None:
        condition, used = _range_condition(source.range_key, parts)
    return Candidate(source, hash_part, condition, used)


def unfit(schema, options, parts, candidate):
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
        return f"it doesn't hold {names_of(schema, missing)}"
    if not _may_be_keys('hash', candidate.hash_part.operands):
        return f'no key is as long as the value of {index.hash_key._label}'
    return None


def names_of(schema, attributes):
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
    return {*options.projection.attributes, *roots_of(parts)} - held


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


def roots_of(parts):
    """Return the attributes that conditions name, a set."""
    return {operand._path.root for part in parts for operand in named_by(part)}
