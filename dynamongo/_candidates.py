"""The queries that would answer a condition, of the table and of its indexes."""

from __future__ import annotations

import sys
import typing
from typing import TYPE_CHECKING

from dynamongo._given import values_of
from dynamongo._logic import named_by
from dynamongo._ranges import RANGE_OPERATORS, Range, may_be_keys, range_of
from dynamongo._strategies import compares, is_attribute
from dynamongo.conditions import OP, BaseCondition, PrimitiveCondition
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dynamongo._annotations import AnyIndex
    from dynamongo._options import Options
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field

#: What is met only where the attribute is there.
_PROVE_PRESENCE = (*RANGE_OPERATORS, OP.CONTAINS)


class Candidate(typing.NamedTuple):
    """A way to answer a condition by Query.

    ``source`` is the schema for the table, or an index; ``hash_part`` says which hash keys are
    meant, and ``range`` which range keys; ``own`` tells whether the hash key is that of the table.
    """

    source: Schema | AnyIndex
    own: bool
    hash_part: PrimitiveCondition
    range: Range

    @property
    def rank(self) -> tuple[tuple[bool, bool, int], bool, int]:
        """What candidates are sorted by, the best first.

        The table's own hash key comes before others, one Query before several, a narrow range
        before a wide one, and a small index before a large one.
        """
        held = self.source.attributes
        return (
            (not self.own, len(self.hash_part.operands) > 1, self.range.width),
            # Among indexes, the one that holds less. The table has the order that is documented.
            isinstance(self.source, (GlobalIndex, LocalIndex)),
            sys.maxsize if held is None else len(held),
        )

    def beats(self, other: Candidate) -> bool:
        """Tell whether the Query of this one would be narrower than that of another."""
        return self.rank[0] < other.rank[0]


def candidate_of(
    schema: Schema, source: Schema | AnyIndex, parts: Sequence[BaseCondition]
) -> Candidate | None:
    """Return how a source answers by Query, or ``None`` where its hash key has no value."""
    hash_part = values_of(source.hash_key, parts)
    if hash_part is None:
        return None
    narrowed = Range() if source.range_key is None else range_of(source.range_key, parts)
    return Candidate(source, source.hash_key is schema.hash_key, hash_part, narrowed)


def unfit(
    schema: Schema,
    options: Options,
    parts: Sequence[BaseCondition],
    index: AnyIndex,
    hash_part: PrimitiveCondition,
) -> str | None:
    """Return why an index can't answer as the table would, or ``None`` where it can."""
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
            f'{field._label}.exists(), declare the field required, or ask for the items that are '
            f'in it by index={index._attribute!r}'
        )
    held = index.attributes
    if held is not None:
        if options.projection is None:
            names = ', '.join(field._name for field in index.fields or ())
            return f'it holds no more than {names}; ask for no more by only=[...]'
        missing = {*options.projection.attributes, *roots_of(parts)} - held
        if missing:
            return f"it doesn't hold {names_of(schema, missing)}"
    if not may_be_keys('hash', hash_part.operands):
        return f'no key is as long as the value of {index.hash_key._label}'
    return None


def names_of(schema: Schema, attributes: Iterable[str]) -> str:
    """Return the names of the fields that are stored as attributes, as text."""
    # What a child of the model declares has no name here.
    fields = schema.by_attribute
    return ', '.join(sorted(fields[each]._name if each in fields else each for each in attributes))


def _proves(part: BaseCondition, field: Field) -> bool:
    """Tell whether a condition is met only where an attribute is there."""
    if compares(part, field, _PROVE_PRESENCE):
        return not any(map(is_empty, part.operands))
    if not (isinstance(part, PrimitiveCondition) and is_attribute(part.attr, field)):
        return False
    return part.op is OP.EXISTS or (part.op is OP.NE and part.compares_with_nothing)


def roots_of(parts: Iterable[BaseCondition]) -> set[str]:
    """Return the attributes that conditions name, a set."""
    return {operand._path.root for part in parts for operand in named_by(part)}
