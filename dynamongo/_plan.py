"""From a strategy to a plan: which items are meant, and how DynamoDB is asked for them.

Planning is pure. It needs no connection, and the plan says all that the requests are made of.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping

from dynamongo._operands import Size
from dynamongo._paths import MAX_EXPRESSION_BYTES, MAX_OPERATORS, Operand, Placeholders
from dynamongo._schema import suggest
from dynamongo.conditions import (
    OP,
    AndCondition,
    BaseCondition,
    CompoundKeyCondition,
    PrimitiveCondition,
    conjuncts,
    join,
    simplify,
)
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.updates import Update
from dynamongo.utils import is_empty, utf8

#: Operators and functions in the text of an expression.
_OPERATORS = re.compile(r'[<>=]+|AND|OR|NOT|IN|BETWEEN|[a-z_]+\(')

#: What a Query takes on the range key, the narrowest first.
_RANGE_OPERATORS = (OP.EQ, OP.BETWEEN, OP.BEGINS_WITH, OP.GE, OP.LE, OP.GT, OP.LT)


@dataclasses.dataclass(frozen=True)
class Target:
    """One item, selected by its key.

    ``check`` is the condition that the item must also meet: ``None`` where there is none, ``False``
    where no item can.
    """

    key: dict
    check: object = None
    given: object = None


@dataclasses.dataclass(frozen=True)
class KeysPlan:
    """Items that are read by their keys, in the order of the keys.

    ``check`` is what the items must also meet; reads by key take no filter, so it is checked on the
    client.
    """

    keys: tuple
    check: object = None

    @property
    def checks(self):
        """The conditions that a write must repeat, ``None`` where there is none."""
        return (self.check,)


@dataclasses.dataclass(frozen=True)
class QueryPlan:
    """The items of one hash key, in the order of the range key.

    ``check`` is what a Query refuses to filter by, conditions on key attributes, and what the
    filter has no room for.
    """

    key_condition: BaseCondition
    filter: object = None
    check: object = None

    @property
    def checks(self):
        """The conditions that a write must repeat: the key can't have changed since the read."""
        return (self.filter, self.check)


@dataclasses.dataclass(frozen=True)
class ScanPlan:
    """All the items of the table, less those that don't meet the filter.

    ``check`` is the part of the condition that a filter has no room for.
    """

    filter: object = None
    check: object = None

    @property
    def checks(self):
        """The conditions that a write must repeat, ``None`` where there is none."""
        return (self.filter, self.check)


NOTHING = KeysPlan(())


def target(schema, strategy, *, method, checks=True):
    """Return the one item that a strategy selects.

    :param str method: what is being done, for error messages.
    :param bool checks: whether conditions besides those on the key are allowed.
    :raises ValidationError: where the key is incomplete or invalid.
    :raises ExpressionError: where a condition doesn't select one item by its key.
    """
    if isinstance(strategy, BaseCondition):
        return _target_of_condition(schema, strategy, method, checks)
    return Target(read_key(schema, strategy), given=strategy)


def read_key(schema, strategy):
    """Return the key that a scalar, a tuple, a dict or an instance gives."""
    if isinstance(strategy, schema.model):
        return schema.key_of(tuple(strategy.__dict__.get(field._name) for field in schema.keys))
    if isinstance(strategy, Update):
        raise ExpressionError('an update selects nothing; pass a key or a condition', strategy)
    if hasattr(type(strategy), '_schema'):
        raise ValidationError(
            f'{schema.name} is selected by its own instances, '
            f'not by those of {type(strategy).__name__}'
        )
    if isinstance(strategy, (Operand, bool)) or callable(strategy):
        raise ExpressionError(
            'selects nothing. A strategy is a key, a list of keys, or a condition, such as '
            f'{schema.hash_key._label} == value; absence is == None, not "is None"',
            strategy,
        )
    if isinstance(strategy, Mapping):
        _check_mapping(schema, strategy)
        return schema.key_of(tuple(_from_mapping(strategy, field) for field in schema.keys))
    parts = strategy if isinstance(strategy, tuple) else (strategy,)
    if len(parts) != len(schema.keys):
        names = ', '.join(field._name for field in schema.keys)
        shape = f'a tuple of {len(schema.keys)} values' if len(schema.keys) > 1 else 'one value'
        problem = Problem(f'the key is {shape}: {names}; several keys are a list', strategy)
        raise ValidationError(problems=[problem], where=schema.name)
    return schema.key_of(parts)


def _check_mapping(schema, mapping):
    """Raise where a dict lacks a part of the key, and say what it has instead."""
    known = {*schema.fields, *schema.aliases}
    problems = []
    for field in schema.keys:
        if not any(name in mapping for name in (field._name, *field._aliases)):
            others = [name for name in mapping if name not in known]
            hint = suggest(field._name, others) if others else ''
            message = f'is missing; a dict selects an item by its key, and by nothing else{hint}'
            problems.append(Problem(message, path=(field._name,)))
    if problems:
        raise ValidationError(problems=problems, where=schema.name)


def _from_mapping(mapping, field):
    for name in (field._name, *field._aliases):
        if name in mapping:
            return mapping[name]
    return None


def keys_in(schema, values):
    """Return the condition that is met by the items with the given keys."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ExpressionError(f'{schema.name}.keys_in() takes a list of keys', values)
    unique = dict.fromkeys(tuple(read_key(schema, value).values()) for value in values)
    return CompoundKeyCondition(schema.name, schema.keys, unique)


def _target_of_condition(schema, condition, method, checks_allowed):
    schema.check_condition(condition)
    key, checks = {}, []
    for part in conjuncts(condition):
        field = _equal_key(schema, part)
        if field is None:
            checks.append(part)
        elif field._key in key:
            raise ExpressionError(f'{field._label} is compared twice', condition)
        else:
            key[field._key] = _key_operand(schema, field, part.operands[0])
    missing = [field for field in schema.keys if field._key not in key]
    if missing:
        needed = ' & '.join(f'({field._label} == ...)' for field in schema.keys)
        raise ExpressionError(
            f'{method} selects one item by its key: {needed} must be part of the condition, and '
            'everything else be joined to it by &',
            condition,
        )
    if checks and not checks_allowed:
        raise ExpressionError(
            f'{method} takes the key and nothing else; join further conditions to keys_in()',
            condition,
        )
    return Target(
        {field._key: key[field._key] for field in schema.keys},
        _verdict(join(AndCondition, checks)),
        condition,
    )


def _verdict(check):
    """Return a check as it is to be sent: ``None`` where any item meets it."""
    simple = True if check is None else simplify(check)
    return None if simple is True else simple


def _equal_key(schema, part):
    """Return the key field that a condition gives a value, or ``None``."""
    return next(
        (field for field in schema.keys if _compares(part, field, (OP.EQ,))),
        None,
    )


def _compares(part, field, operators):
    """Tell whether a condition compares a field with values, by one of the operators."""
    return (
        isinstance(part, PrimitiveCondition)
        and part.op in operators
        and _is_attribute(part.attr, field)
        and not any(isinstance(value, Operand) for value in part.operands)
    )


def _is_attribute(operand, field):
    return not isinstance(operand, Size) and tuple(operand._path) == (field._key,)


def _key_operand(schema, field, primitive):
    try:
        if is_empty(primitive):
            raise ValidationError(problems=[Problem('a key needs a value', primitive)])
        schema.check_key_size(field, primitive)
    except ValidationError as error:
        error.where = field._label
        raise
    return primitive


def plan(schema, strategy):
    """Return the plan for the items that a strategy selects.

    :param strategy: a key, a list of what selects one item each, or any condition.
    :raises ValidationError: where a key is incomplete or invalid.
    :raises ExpressionError: where the strategy breaks a rule.
    """
    if isinstance(strategy, BaseCondition):
        return _plan_condition(schema, strategy)
    if is_list(strategy):
        method = 'each entry of a list for get_many'
        keys = [target(schema, entry, method=method, checks=False).key for entry in strategy]
    else:
        keys = [target(schema, strategy, method='get_many').key]
    return _keys_plan(keys)


def is_list(strategy):
    """Tell whether a strategy is a list of others, rather than one key or condition."""
    return isinstance(strategy, Iterable) and not isinstance(
        strategy, (str, bytes, bytearray, tuple, Mapping)
    )


def _keys_plan(keys, check=None):
    unique = {tuple(key.values()): key for key in keys}
    return KeysPlan(tuple(unique.values()), check)


def _plan_condition(schema, condition):
    schema.check_condition(condition)
    _refuse_double_key(schema, condition)
    simple = simplify(condition)
    if simple is False:
        return NOTHING
    if simple is True:
        return ScanPlan()
    parts = list(conjuncts(simple))
    return (
        _plan_compound(schema, parts)
        or _plan_keys(schema, parts)
        or _plan_query(schema, parts)
        or ScanPlan(*_fitted(parts, []))
    )


def _refuse_double_key(schema, condition):
    given = [_equal_key(schema, part) for part in conjuncts(condition)]
    for field in schema.keys:
        if sum(field is key for key in given) > 1:
            raise ExpressionError(f'{field._label} is compared twice', condition)


def _plan_compound(schema, parts):
    """Plan ``keys_in(...) & checks``."""
    found = next((part for part in parts if isinstance(part, CompoundKeyCondition)), None)
    if found is None:
        return None
    keys = [dict(zip(schema.key_attributes, key)) for key in found.keys]
    return _keys_plan(keys, _others(parts, found))


def _plan_keys(schema, parts):
    """Plan equality or ``in_`` on every key field: the cross product of the values, and checks."""
    chosen = [_given_values(field, parts) for field in schema.keys]
    if any(part is None for part in chosen):
        return None
    values = [
        [_key_operand(schema, field, value) for value in part.operands]
        for field, part in zip(schema.keys, chosen)
    ]
    keys = [dict(zip(schema.key_attributes, key)) for key in itertools.product(*values)]
    return _keys_plan(keys, _others(parts, *chosen))


def _given_values(field, parts):
    """Return the condition that lists the values of a key field, or ``None``."""
    equal = _given_value(field, parts)
    return _given_value(field, parts, OP.IN) if equal is None else equal


def _given_value(field, parts, op=OP.EQ):
    """Return the condition by which a key field has a value, or ``None``. Nothing is no value."""
    for part in parts:
        if _compares(part, field, (op,)) and not any(map(is_empty, part.operands)):
            return part
    return None


def _plan_query(schema, parts):
    """Plan equality on the hash key, with or without a condition on the range key."""
    hash_part = _given_value(schema.hash_key, parts)
    if hash_part is None or schema.range_key is None:
        return None
    _key_operand(schema, schema.hash_key, hash_part.operands[0])
    range_part, used = _range_condition(schema, parts)
    rest = [part for part in parts if part is not hash_part and part not in used]
    on_keys = [part for part in rest if _touches(part, schema.key_attributes)]
    on_others = [part for part in rest if not _touches(part, schema.key_attributes)]
    key_condition = hash_part if range_part is None else AndCondition(hash_part, range_part)
    return QueryPlan(key_condition, *_fitted(on_others, on_keys))


def _fitted(parts, checks):
    """Return what is filtered by and what is checked on the client, each as one condition.

    A part that a filter has no room for joins the checks: ``in_`` takes any number of values.
    """
    kept, size, operators = [], 0, 0
    for part in parts:
        text = part.render(Placeholders())
        # Placeholders of later parts have longer numbers, and the parts are joined.
        part_size = len(text) + 3 * text.count('#') + 3 * text.count(':') + len(' AND ()')
        part_operators = len(_OPERATORS.findall(text)) + 1
        if size + part_size > MAX_EXPRESSION_BYTES or operators + part_operators > MAX_OPERATORS:
            checks = [*checks, part]
        else:
            kept.append(part)
            size, operators = size + part_size, operators + part_operators
    return join(AndCondition, kept), join(AndCondition, checks)


def _range_condition(schema, parts):
    """Return the condition on the range key that a Query takes, and the parts it is made of."""
    field = schema.range_key
    usable = [
        part
        for part in parts
        if _compares(part, field, _RANGE_OPERATORS) and not any(map(is_empty, part.operands))
    ]
    low = next((part for part in usable if part.op is OP.GE), None)
    high = next((part for part in usable if part.op is OP.LE), None)
    usable.sort(key=lambda part: _RANGE_OPERATORS.index(part.op))
    if not usable:
        return None, ()
    best = usable[0]
    if best.op is OP.GE and high is not None and _ordered(low, high):
        return PrimitiveCondition(field, OP.BETWEEN, (low.value, high.value)), (low, high)
    return best, (best,)


def _ordered(low, high):
    low, high = low.operands[0], high.operands[0]
    if isinstance(low, str):
        low, high = utf8(low), utf8(high)
    return low <= high


def _touches(part, attributes):
    """Tell whether a condition names one of the attributes."""
    for primitive in part.primitives():
        operands = [value for value in primitive.operands if isinstance(value, Operand)]
        if any(operand._path.root in attributes for operand in (primitive.attr, *operands)):
            return True
    return False


def _others(parts, *used):
    return join(AndCondition, [part for part in parts if not any(part is one for one in used)])
