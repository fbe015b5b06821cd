"""Carries out the plan of a read."""

import itertools

from dynamongo import _compile, _execute
from dynamongo._evaluate import matches
from dynamongo._paths import Operand
from dynamongo._plan import KeysPlan, QueryPlan
from dynamongo._schema import plain_key
from dynamongo.utils import chunks, utf8


def items(schema, plan, *, descending=False, limit=None):
    """Return the stored items that a plan selects, as a list.

    :param bool descending: sort from the highest key down. Else keys are answered in the order of
        the plan, and the items of a Query or a Scan are sorted from the lowest key up.
    :param int limit: the largest number of items. Default: all.
    """
    if isinstance(plan, KeysPlan):
        found = _by_keys(schema, _sorted(schema, plan.keys, True) if descending else plan.keys)
        return list(itertools.islice(filter(_meets(plan.check), found), limit))
    request = _compile.read(plan, descending=descending, limit=limit)
    pages = _execute.pages(schema, plan, request)
    found = list(itertools.islice(itertools.chain.from_iterable(pages), limit))
    return found if isinstance(plan, QueryPlan) else _sorted(schema, found, descending)


def keys(schema, plan):
    """Yield the keys of the stored items that a plan selects. Nothing else is read."""
    if isinstance(plan, KeysPlan):
        yield from plan.keys
        return
    attributes = dict.fromkeys((*schema.key_attributes, *_attributes(plan.check)))
    request = _compile.read(plan, attributes=attributes)
    for page in _execute.pages(schema, plan, request):
        for item in page:
            yield {attribute: item[attribute] for attribute in schema.key_attributes}


def _by_keys(schema, wanted):
    """Yield the items of keys in order, reading ahead no further than one batch."""
    for chunk in chunks(wanted, _execute.MAX_BATCH_GET):
        if len(chunk) == 1:
            reply = _execute.call(schema, 'get_item', _compile.get(chunk[0]), key=chunk[0])
            if 'Item' in reply:
                yield reply['Item']
            continue
        found = {schema.identity(item): item for item in _execute.get_batch(schema, chunk)}
        for key in chunk:
            item = found.get(schema.identity(key))
            if item is not None:
                yield item


def _meets(check):
    return lambda item: matches(check, item)


def _attributes(check):
    """Yield the attributes that a condition looks at."""
    for primitive in check.primitives() if check is not None else ():
        for operand in (primitive.attr, *primitive.operands):
            if isinstance(operand, Operand):
                yield operand._path.root


def _sorted(schema, stored, descending):
    """Return items, or keys, in the order of their keys."""
    return sorted(
        stored,
        key=lambda item: [_rank(item[attribute]) for attribute in schema.key_attributes],
        reverse=descending,
    )


def _rank(value):
    # DynamoDB orders strings by their UTF-8 bytes.
    value = plain_key(value)
    return utf8(value) if isinstance(value, str) else value
