"""From a strategy to a plan: which items are meant, and how DynamoDB is asked for them.

Planning is pure. It needs no connection, and the plan says all that the requests are made of.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from dynamongo._candidates import candidate_of, names_of, roots_of, unfit
from dynamongo._evaluate import matches
from dynamongo._given import alternative_keys, combined, complete, is_of, merged, values_of
from dynamongo._key_values import key_order
from dynamongo._logic import conjuncts, join, simplify
from dynamongo._options import DEFAULTS
from dynamongo._paths import MAX_EXPRESSION_BYTES, MAX_OPERATORS, Placeholders, longest
from dynamongo._permitted import check_condition
from dynamongo._plan import Plan
from dynamongo._projection import projection_of_fields
from dynamongo._schema import Schema
from dynamongo._strategies import compares, equal_key, is_list, key_operand, target
from dynamongo.conditions import (
    OP,
    AndCondition,
    BaseCondition,
    CompoundKeyCondition,
    PrimitiveCondition,
)
from dynamongo.exceptions import ExpressionError
from dynamongo.utils import in_sequence, is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dynamongo._annotations import AnyIndex, ReadOperation, Strategy
    from dynamongo._candidates import Candidate
    from dynamongo._given import KeyTuple
    from dynamongo._options import Options


def plan(schema: Schema, strategy: Strategy, options: Options = DEFAULTS) -> Plan:
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
        targets = [target(schema, entry, method=method, checks=False) for entry in entries]
    else:
        targets = [target(schema, strategy, method=options.method)]
    if options.index is not None:
        raise ExpressionError(
            f'keys are looked up in the table, and index={options.index._attribute!r} asks for an '
            'index; give a condition, or leave out index=',
            strategy,
        )
    keys = (tuple(each.key.values()) for each in targets)
    return _keys_plan(schema, options, keys, _of_model(schema))


def _of_model(schema: Schema) -> list[BaseCondition]:
    """Return what is asked of each item, whatever is selected: that it is one of the model."""
    mine = schema.is_mine
    return [] if mine is None else [mine]


def plan_of_everything(schema: Schema, options: Options) -> Plan:
    """Return the plan for all items of the table, or of the index that is asked for."""
    parts = _of_model(schema)
    if options.index is not None:
        return _plan_on_index(schema, options, options.index, parts)
    return _plan_best(schema, options, parts) if parts else _scan(schema, options, [], ())


def plan_or_all(schema: Schema, strategy: Strategy, options: Options) -> Plan:
    """Return the plan of a read for which no strategy means all items."""
    if strategy is None:
        return plan_of_everything(schema, options)
    return plan(schema, strategy, options)


def plan_of_scan(schema: Schema, options: Options) -> Plan:
    """Return the plan of a Scan for all items of the model, be it allowed or not."""
    return _scan_plan(schema, options, _of_model(schema), ())


def require_order(plan: Plan) -> None:
    """Raise where a read that can't be sorted is asked to be."""
    if plan.operation == 'Scan' and plan.options.descending:
        raise ExpressionError(
            f'{plan.schema.name}.{plan.options.method} reads page by page, and the pages of a scan '
            'are in no order, so it takes no descending=True; get_many sorts what it has read'
        )


def _keys_plan(
    schema: Schema, options: Options, keys: Iterable[KeyTuple], parts: Sequence[BaseCondition] = ()
) -> Plan:
    """Return the plan of reading keys, tuples of primitives, and checking what else is asked.

    What is asked of the key itself is known before anything is read.
    """
    given = [dict(zip(schema.key_attributes, key)) for key in dict.fromkeys(keys)]
    attributes = {*schema.key_attributes}
    known = [part for part in parts if roots_of([part]) <= attributes]
    chosen = tuple(key for key in given if all(matches(part, key) for part in known))
    check = join(AndCondition, [part for part in parts if part not in known])
    operation: ReadOperation | None = None
    if chosen:
        operation = 'GetItem' if len(chosen) == 1 else 'BatchGetItem'
    return Plan(schema, operation, options, keys=chosen, check=check, guard=check)


def _plan_condition(schema: Schema, condition: BaseCondition, options: Options) -> Plan:
    check_condition(schema, condition)
    _refuse_double_key(schema, condition)
    simple = simplify(condition)
    if simple is False:
        return Plan(schema, None, options)
    parts = [] if simple is True else [merged(schema, part) for part in conjuncts(simple)]
    parts += _of_model(schema)
    if any(_never(schema, part) for part in parts):
        return Plan(schema, None, options)
    if options.index is not None:
        return _plan_on_index(schema, options, options.index, parts)
    return (
        _plan_compound(schema, options, parts)
        or _plan_keys(schema, options, parts)
        or _plan_best(schema, options, parts)
    )


def _never(schema: Schema, part: BaseCondition) -> bool:
    """Tell whether no item can meet a condition: each has a key, and in it a value."""
    return simplify(part) is False or any(
        compares(part, field, (OP.EQ,)) and is_empty(part.operands[0]) for field in schema.keys
    )


def _refuse_double_key(schema: Schema, condition: BaseCondition) -> None:
    given = [equal_key(schema, part) for part in conjuncts(condition)]
    for field in schema.keys:
        if sum(field is key for key in given) > 1:
            raise ExpressionError(
                f'{field._label} is compared twice; a key has one value', condition
            )


def _plan_compound(schema: Schema, options: Options, parts: list[BaseCondition]) -> Plan | None:
    """Plan ``keys_in(...) & checks``."""
    for part in parts:
        if isinstance(part, CompoundKeyCondition) and is_of(schema, part):
            found = part
            break
    else:
        return None
    return _keys_plan(schema, options, found.keys, [part for part in parts if part is not found])


def _plan_keys(schema: Schema, options: Options, parts: list[BaseCondition]) -> Plan | None:
    """Plan values of every key field: the combinations of them, and checks."""
    chosen = complete(values_of(field, parts) for field in schema.keys)
    if chosen is None or len([part for part in chosen if part not in parts]) > 1:
        # Every combination of what alternatives imply may be many more keys than they give.
        alternatives = alternative_keys(schema, parts)
        if alternatives is not None:
            return _keys_plan(schema, options, alternatives, parts)
    if chosen is None:
        return None
    others = [part for part in parts if part not in chosen]
    return _keys_plan(schema, options, combined(schema, chosen), others)


def _plan_best(schema: Schema, options: Options, parts: list[BaseCondition]) -> Plan:
    """Plan a Query of the table or of the index that answers best, else a Scan."""
    sources: list[Schema | AnyIndex] = [*schema.indexes.values()]
    if schema.range_key is not None:
        sources = [schema, *sources]
    candidates = [candidate_of(schema, source, parts) for source in sources]
    fit = None
    objections: list[tuple[Candidate, str]] = []
    for candidate in sorted(filter(None, candidates), key=operator.attrgetter('rank')):
        note = _objection(schema, options, parts, candidate)
        if note is None:
            fit = candidate
            break
        objections.append((candidate, note))
    # An index that would have done no better is not worth a word.
    notes = tuple(note for other, note in objections if fit is None or other.beats(fit))
    if fit is None:
        return _scan(schema, options, parts, notes)
    if fit.source is schema:
        for value in fit.hash_part.operands:
            key_operand(schema.hash_key, value, 'hash')
    return _query(schema, options, parts, fit, notes)


def _objection(
    schema: Schema, options: Options, parts: list[BaseCondition], candidate: Candidate
) -> str | None:
    """Return why the index of a candidate can't answer as the table would; ``None`` if it can."""
    index = candidate.source
    if isinstance(index, Schema):
        return None
    reason = unfit(schema, options, parts, index, candidate.hash_part)
    return None if reason is None else f'index {index._attribute} is not used: {reason}'


def _plan_on_index(
    schema: Schema, options: Options, index: AnyIndex, parts: list[BaseCondition]
) -> Plan:
    """Plan a Query or a Scan of the index that is asked for."""
    held = index.attributes
    lacking = set() if held is None else roots_of(parts) - held
    if lacking and not index.fetches:
        raise ExpressionError(
            f"{index!r} doesn't hold {names_of(schema, lacking)}, so it can't answer the condition",
            join(AndCondition, parts),
        )
    projection = options.projection
    if held is not None and not index.fetches:
        if projection is None:
            projection = projection_of_fields(index.fields or ())
        elif projection.attributes - held:
            names = names_of(schema, projection.attributes - held)
            raise ExpressionError(f"{index!r} doesn't hold {names}, which only= asks for")
    options = options._replace(projection=projection)
    candidate = candidate_of(schema, index, parts)
    if candidate is None:
        return _scan(schema, options, parts, ())
    for value in candidate.hash_part.operands:
        key_operand(index.hash_key, value, 'hash')
    return _query(schema, options, parts, candidate, ())


def _query(
    schema: Schema,
    options: Options,
    parts: list[BaseCondition],
    candidate: Candidate,
    notes: tuple[str, ...],
) -> Plan:
    """Return the plan of one Query for each value of the hash key."""
    source, narrow = candidate.source, candidate.range.condition
    if narrow is False:
        return Plan(schema, None, options)
    used = (candidate.hash_part, *candidate.range.used)
    rest = [part for part in parts if part not in used]
    filter_, check = _split(rest, held=source.attributes, refused=source.key_attributes)
    hashes = [candidate.hash_part]
    if candidate.hash_part.op is OP.IN:
        values = dict.fromkeys(candidate.hash_part.operands)
        hashes = [
            PrimitiveCondition._stored(
                source.hash_key, OP.EQ, value, shown=source.hash_key._load(value)
            )
            for value in sorted(values, key=key_order, reverse=options.descending)
        ]
    of_table = source is schema
    strict = candidate.range.strict
    # The range keys of the table are unique, so each end is one item at most.
    at_ends = len(strict) if of_table and len(rest) == len(strict) else 0
    return Plan(
        schema,
        'Query',
        options,
        key_conditions=tuple(
            part if narrow is None else AndCondition(part, narrow) for part in hashes
        ),
        index=None if isinstance(source, Schema) else source,
        filter=filter_,
        check=check,
        # Keys of the table can't change. What is the key of an index can.
        guard=join(AndCondition, rest if of_table else parts),
        at_ends=at_ends,
        notes=notes,
    )


def _scan(
    schema: Schema, options: Options, parts: list[BaseCondition], notes: tuple[str, ...]
) -> Plan:
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
    return _scan_plan(schema, options, parts, notes)


def _scan_plan(
    schema: Schema, options: Options, parts: list[BaseCondition], notes: tuple[str, ...]
) -> Plan:
    source = schema if options.index is None else options.index
    filter_, check = _split(parts, held=source.attributes)
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


def _without_scan(schema: Schema, options: Options) -> str:
    """Return conditions that a read with these options needs no scan for, as text."""
    sources: list[Schema | AnyIndex] = [schema, *schema.indexes.values()]
    if options.index is not None:
        sources = [options.index]
    elif options.consistent:
        sources = [each for each in sources if each.can_be_consistent]
    hashes = dict.fromkeys(source.hash_key for source in sources)
    return 'a condition such as ' + ' or '.join(f'{field._label} == value' for field in hashes)


def _split(
    parts: list[BaseCondition], *, held: frozenset[str] | None = None, refused: Iterable[str] = ()
) -> tuple[BaseCondition | None, BaseCondition | None]:
    """Return what is filtered by and what is checked on the client, each as one condition.

    :param held: the attributes that an index holds, which alone it can filter by; ``None`` for all.
    :param refused: the attributes that no filter may name: the keys of what is queried.
    """
    filters: list[BaseCondition] = []
    checks: list[BaseCondition] = []
    for part in parts:
        roots = roots_of([part])
        fits = roots.isdisjoint(refused) and (held is None or roots <= held)
        (filters if fits else checks).append(part)
    return _fitted(filters, checks)


def _fitted(
    parts: list[BaseCondition], checks: list[BaseCondition]
) -> tuple[BaseCondition | None, BaseCondition | None]:
    """Return parts as a filter, and with the checks those that a filter has no room for."""
    # The first part is joined to nothing.
    kept, size, operators = [], 0, -1
    for part in parts:
        part_size = longest(part.render(Placeholders())) + len(' AND ()')
        part_operators = part.operator_count() + 1
        if size + part_size > MAX_EXPRESSION_BYTES or operators + part_operators > MAX_OPERATORS:
            checks = [*checks, part]
        else:
            kept.append(part)
            size, operators = size + part_size, operators + part_operators
    return join(AndCondition, kept), join(AndCondition, checks)
