"""From plans, items and updates to requests: the arguments of the calls of a boto3 table.

Compiling is pure: it needs no connection. Every attribute name and every value in an expression is
a placeholder, so that reserved words and odd characters never matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo._logic import join
from dynamongo._paths import MAX_EXPRESSION_BYTES, MAX_OPERATORS, Placeholders
from dynamongo._permitted import check_sources, check_updates, check_upsert
from dynamongo.conditions import OP, AndCondition, OrCondition, PrimitiveCondition
from dynamongo.exceptions import ExpressionError
from dynamongo.updates import AddUpdate, SetUpdate, UpdateBuilder, checked_updates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from dynamongo._annotations import Item, Key, Request, Values
    from dynamongo._changes import Changes
    from dynamongo._paths import Path
    from dynamongo._plan import Plan
    from dynamongo._schema import Schema
    from dynamongo._strategies import Check
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.numbers import VersionField
    from dynamongo.updates import Update


def get(key: Key, *, paths: Iterable[Path] | None = None, consistent: bool = False) -> Request:
    """Return the arguments of GetItem.

    :param dict key: attribute name to primitive.
    :param paths: the paths of the attributes to read. Default: all.
    :param bool consistent: whether to read what has been written just now.
    """
    if paths is None and not consistent:
        return {'Key': key}
    return {'Key': key, **_reading(paths, consistent, Placeholders())}


def batch_get(
    keys: Iterable[Key], *, paths: Iterable[Path] | None = None, consistent: bool = False
) -> Request:
    """Return what BatchGetItem takes for one table."""
    return {'Keys': list(keys), **_reading(paths, consistent, Placeholders())}


def read(
    plan: Plan,
    key_condition: BaseCondition | None = None,
    *,
    counting: bool = False,
    segment: int | None = None,
) -> Request:
    """Return the arguments of a Query or Scan of a plan, less the size and place of the page.

    :param key_condition: the one of the plan's key conditions that a Query is for.
    :param bool counting: ask for the number of items alone.
    :param segment: the number of the segment of a Scan by several workers; ``None`` for all.
    """
    placeholders = Placeholders()
    request: Request = {}
    if plan.index is not None:
        request['IndexName'] = plan.index.name
    if key_condition is not None:
        request['KeyConditionExpression'] = key_condition.render(placeholders)
        request['ScanIndexForward'] = not plan.options.descending
    if segment is not None:
        request.update(Segment=segment, TotalSegments=plan.options.workers)
    if plan.filter is not None:
        request['FilterExpression'] = plan.filter.render(placeholders)
    paths = None if counting else plan.paths
    if counting:
        request['Select'] = 'COUNT'
    elif paths is None and plan.index is not None:
        # A local index may hold part of the items; DynamoDB fetches the rest from the table. A
        # global one that holds less than it is declared to must not pass for whole.
        request['Select'] = 'ALL_ATTRIBUTES'
    request.update(_reading(paths, plan.options.consistent, placeholders))
    return request


def _reading(paths: Iterable[Path] | None, consistent: bool, placeholders: Placeholders) -> Request:
    """Return the arguments that all reads share, those of the placeholders included."""
    request: Request = {}
    if paths is not None:
        request['ProjectionExpression'] = placeholders.paths(paths)
    if consistent:
        request['ConsistentRead'] = True
    request.update(placeholders.arguments())
    return request


def put(
    schema: Schema, item: Item, overwrite: BaseCondition | bool = True, version: Any = None
) -> Request:
    """Return the arguments of PutItem.

    :param overwrite: ``True`` to replace whatever is there, ``False`` to replace nothing, or the
        condition that an existing item must meet to be replaced.
    :param version: where the model has a :class:`.VersionField`, the version of the item that may
        be replaced; ``None`` for none.
    """
    conditions: list[BaseCondition] = []
    if overwrite is False:
        conditions.append(_absent(schema))
    else:
        if overwrite is not True:
            conditions.append(OrCondition(_absent(schema), overwrite))
        if schema.version is not None:
            conditions.append(schema.version == version)
    request = {'Item': item}
    if conditions:
        request.update(_conditional(join(AndCondition, conditions), Placeholders()))
    return request


def _absent(schema: Schema) -> PrimitiveCondition:
    return PrimitiveCondition(schema.hash_key, OP.NOT_EXISTS)


def _there(schema: Schema) -> PrimitiveCondition:
    return PrimitiveCondition(schema.hash_key, OP.EXISTS)


def delete(schema: Schema, key: Key, check: Check = None) -> Request:
    """Return the arguments of DeleteItem, which answers with the item that it deletes.

    :param check: what an item that is there must meet; ``False`` where none can. Where there is no
        item, there is nothing to delete, and nothing to refuse.
    """
    request = {'Key': key, 'ReturnValues': 'ALL_OLD'}
    if check is not None:
        condition = _absent(schema) if check is False else OrCondition(_absent(schema), check)
        request.update(_conditional(condition, Placeholders()))
    return request


#: Stands for a version that isn't known.
_UNKNOWN = object()


def update(
    schema: Schema,
    key: Key,
    updates: Iterable[Update],
    check: Check = None,
    *,
    upsert: bool = False,
    version: Any = _UNKNOWN,
    sources: Values | None = None,
) -> Request:
    """Return the arguments of UpdateItem, which changes an item and answers with it.

    :param check: what an item that is there must meet.
    :param bool upsert: make an item where there is none.
    :param version: where the model has a :class:`.VersionField`, the version of the stored item, if
        ``check`` is about it.
    :param dict sources: what the key is computed from: field name to value.
    """
    updates = checked_updates(updates)
    check_updates(schema, updates)
    if sources:
        check_sources(schema, updates, sources)
    if upsert:
        updates = (*updates, *_making_sources(schema, updates, sources or {}))
        check_upsert(schema, updates)
        schema.check_new_key(key)
        kind, family = schema.discriminator, schema.family
        if kind is not None and family is not None:
            if kind._key in schema.key_attributes:
                family.check_key(schema, key)
            else:
                updates = (*updates, SetUpdate(kind, schema.tag, if_not_exists=True))
    counts = upsert or any(update.clause is not None for update in updates)
    if schema.version is not None and counts:
        updates = (*updates, _count(schema.version, version))
    placeholders = Placeholders()
    expression = UpdateBuilder.create(updates, placeholders=placeholders).expression
    return _updating(schema, key, expression, updates, check, placeholders, upsert=upsert)


def _making_sources(schema: Schema, updates: Iterable[Update], sources: Values) -> list[SetUpdate]:
    """Return the updates that give a new item what its key is computed from."""
    touched = {update.field._path.root for update in updates}
    fields = (schema.fields[name] for name in sources)
    return [
        SetUpdate(field, sources[field._name], if_not_exists=True)
        for field in fields
        if field._key not in {*touched, *schema.key_attributes}
        and field is not schema.discriminator
        and not field._is_nothing(sources[field._name])
    ]


def _count(field: VersionField, version: Any) -> Update:
    """Return the update that counts a version up. A NULL can't be added to."""
    if version is _UNKNOWN:
        return AddUpdate(field, 1)
    return SetUpdate(field, field._after(version))


def change(
    schema: Schema, key: Key, changes: Changes, version: Any = None, check: Check = None
) -> Request:
    """Return the arguments of UpdateItem that stores the changes of an instance.

    :param Changes changes: at least one.
    :param version: where the model has a :class:`.VersionField`, the version of the stored item.
    """
    values = changes.values
    if schema.version is not None:
        values = {**values, schema.version._key: schema.version._after(version)}
    placeholders = Placeholders()
    clauses = {
        'SET': [
            f'{placeholders.path((name,))} = {placeholders.value(value)}'
            for name, value in values.items()
        ],
        'REMOVE': [placeholders.path((name,)) for name in changes.removed],
    }
    expression = ' '.join(
        f'{clause} {", ".join(parts)}' for clause, parts in clauses.items() if parts
    )
    shown = [*changes.values, *changes.removed]
    return _updating(schema, key, expression, shown, check, placeholders)


def _updating(
    schema: Schema,
    key: Key,
    expression: str,
    updates: Sequence[Any],
    check: Check,
    placeholders: Placeholders,
    *,
    upsert: bool = False,
) -> Request:
    request = {'Key': key, 'ReturnValues': 'ALL_NEW'}
    if expression:
        request['UpdateExpression'] = _fitting(expression, updates)
    condition: BaseCondition | None = None
    if not upsert:
        # Where no item can meet the check, and none may be made, nothing is sent.
        assert check is not False
        condition = _there(schema) if check is None else AndCondition(_there(schema), check)
    elif check is not None:
        condition = _absent(schema) if check is False else OrCondition(_absent(schema), check)
    if condition is None:
        request.update(placeholders.arguments())
    else:
        request.update(_conditional(condition, placeholders))
    return request


def check(schema: Schema, key: Key, condition: BaseCondition | None = None) -> Request:
    """Return the arguments of the ConditionCheck of a transaction.

    :param condition: what must be met, by a missing item too; ``None`` for an item to be there.
    """
    return {
        'Key': key,
        **_conditional(_there(schema) if condition is None else condition, Placeholders()),
    }


def _conditional(condition: BaseCondition, placeholders: Placeholders) -> Request:
    operators = condition.operator_count()
    if operators > MAX_OPERATORS:
        raise ExpressionError(
            f'the condition takes {operators} operators, and DynamoDB takes {MAX_OPERATORS}; '
            'send it in parts',
            condition,
        )
    return {
        'ConditionExpression': _fitting(condition.render(placeholders), condition),
        'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
        **placeholders.arguments(),
    }


def _fitting(text: str, expression: object) -> str:
    """Return the text of an expression, once it is known to fit into a request."""
    if len(text) > MAX_EXPRESSION_BYTES:
        raise ExpressionError(
            f'the expression takes {len(text)} bytes, and DynamoDB takes {MAX_EXPRESSION_BYTES}; '
            'send it in parts',
            expression,
        )
    return text
