"""From plans, items and updates to requests: the arguments of the calls of a boto3 table.

Compiling is pure: it needs no connection. Every attribute name and every value in an expression is
a placeholder, so that reserved words and odd characters never matter.
"""

from dynamongo._paths import MAX_EXPRESSION_BYTES, Path, Placeholders
from dynamongo._plan import QueryPlan
from dynamongo.conditions import OP, AndCondition, OrCondition, PrimitiveCondition
from dynamongo.exceptions import ExpressionError
from dynamongo.updates import UpdateBuilder, checked_updates
from dynamongo.utils import key_proto

#: The largest ``Limit`` that fits its type; a page never holds that many items.
MAX_LIMIT = 2**31 - 1


def create_table(schema):
    """Return the arguments of CreateTable, less the name of the table."""
    kinds = ('HASH', 'RANGE')
    return {
        'AttributeDefinitions': [
            {'AttributeName': field._key, 'AttributeType': key_proto(field)}
            for field in schema.keys
        ],
        'KeySchema': [
            {'AttributeName': field._key, 'KeyType': kind}
            for field, kind in zip(schema.keys, kinds)
        ],
        'ProvisionedThroughput': {
            'ReadCapacityUnits': schema.read_units,
            'WriteCapacityUnits': schema.write_units,
        },
    }


def get(key):
    """Return the arguments of GetItem."""
    return {'Key': key}


def read(plan, *, descending=False, limit=None, attributes=None):
    """Return the arguments of the first Query or Scan of a plan.

    :param bool descending: from the highest range key down; Query only.
    :param int limit: how many items are wanted. It becomes the size of a page only where nothing
        is filtered out after the page is read.
    :param attributes: the stored names of the attributes to read. Default: all.
    """
    placeholders = Placeholders()
    request = {}
    if isinstance(plan, QueryPlan):
        request['KeyConditionExpression'] = plan.key_condition.render(placeholders)
        request['ScanIndexForward'] = not descending
    if plan.filter is not None:
        request['FilterExpression'] = plan.filter.render(placeholders)
    if attributes is not None:
        request['ProjectionExpression'] = ', '.join(
            placeholders.path(Path((name,))) for name in attributes
        )
    unfiltered = plan.filter is None and plan.check is None
    if limit is not None and unfiltered:
        request['Limit'] = min(limit, MAX_LIMIT)
    request.update(placeholders.arguments())
    return request


def put(schema, item, overwrite=True):
    """Return the arguments of PutItem.

    :param overwrite: ``True`` to replace whatever is there, ``False`` to replace nothing, or the
        condition that an existing item must meet to be replaced.
    """
    request = {'Item': item}
    if overwrite is True:
        return request
    free = PrimitiveCondition(schema.hash_key, OP.NOT_EXISTS)
    condition = free if overwrite is False else OrCondition(free, overwrite)
    return {**request, **_conditional(condition, Placeholders())}


def delete(schema, key, check=None):
    """Return the arguments of DeleteItem, which answers with the item that it deletes.

    :param check: what an item that is there must meet; ``False`` where none can. Where there is no
        item, there is nothing to delete, and nothing to refuse.
    """
    request = {'Key': key, 'ReturnValues': 'ALL_OLD'}
    if check is not None:
        absent = PrimitiveCondition(schema.hash_key, OP.NOT_EXISTS)
        condition = absent if check is False else OrCondition(absent, check)
        request.update(_conditional(condition, Placeholders()))
    return request


def update(schema, key, updates, check=None):
    """Return the arguments of UpdateItem, which changes an existing item and answers with it."""
    updates = checked_updates(updates)
    schema.check_updates(updates)
    placeholders = Placeholders()
    expression = UpdateBuilder.create(updates, placeholders=placeholders).expression
    there = PrimitiveCondition(schema.hash_key, OP.EXISTS)
    condition = there if check is None else AndCondition(there, check)
    request = {'Key': key, 'ReturnValues': 'ALL_NEW'}
    if expression:
        request['UpdateExpression'] = _sized(expression, updates)
    request.update(_conditional(condition, placeholders))
    return request


def _conditional(condition, placeholders):
    return {
        'ConditionExpression': _sized(condition.render(placeholders), condition),
        'ReturnValuesOnConditionCheckFailure': 'ALL_OLD',
        **placeholders.arguments(),
    }


def _sized(text, expression):
    """Return the text of an expression, once it is known to fit into a request."""
    if len(text) > MAX_EXPRESSION_BYTES:
        raise ExpressionError(
            f'the expression takes {len(text)} bytes, and DynamoDB takes {MAX_EXPRESSION_BYTES}; '
            'send it in parts',
            expression,
        )
    return text
