"""Carries out the plan of a read, as a list, an iterator, a page or a number."""

import contextlib
import sys

from dynamongo import _compile, _execute
from dynamongo._pages import Position, make_token, read_token
from dynamongo._schema import key_order
from dynamongo._streams import batches, matching, portions_of, replies
from dynamongo.connection import pinned_context
from dynamongo.utils import logger, shorten

#: The places in programs that have been warned of a scan: model, file and line.
_warned = set()

_PACKAGE = __name__.partition('.')[0]


def one(schema, key, options):
    """Return the stored item that has a key, or ``None``."""
    paths = None if options.projection is None else options.projection.paths()
    request = _compile.get(key, paths=paths, consistent=options.consistent)
    return _execute.get_item(schema, request)


def items(plan):
    """Return an iterator of the stored items that a plan selects, which reads page by page.

    The items of keys come in the order of the keys, and those of queries in the order of hash and
    range key. Those of a Scan come in no order. Whenever a page is read, the settings of the
    connection are those that held when the iterator was made.
    """
    return _items(plan, pinned_context())


def _items(plan, context):
    left = plan.options.limit
    with contextlib.closing(portions_of(plan)) as portions:
        while (portion := context.run(next, portions, None)) is not None:
            yield from portion if left is None else portion[:left]
            if left is not None:
                left -= len(portion)
                if left <= 0:
                    return


def in_full(plan):
    """Return the stored items that a plan selects, as a list; those of a Scan are sorted."""
    found = list(items(plan))
    if plan.operation != 'Scan':
        return found
    attributes = [field._key for field in plan.position_keys]
    return sorted(
        found,
        key=lambda item: [key_order(item[attribute]) for attribute in attributes],
        reverse=plan.options.descending,
    )


def count(plan):
    """Return how many items a plan selects."""
    return pinned_context().run(_count, plan)


def _count(plan):
    counting = plan.operation in ('Query', 'Scan') and plan.check is None
    with contextlib.closing(portions_of(plan, counting=counting)) as portions:
        return sum(portions) if counting else sum(map(len, portions))


def keys(plan):
    """Yield the keys of the stored items that a plan selects, whose projection is the key."""
    found = plan.keys if plan.operation in ('GetItem', 'BatchGetItem') else items(plan)
    for item in found:
        yield {attribute: item[attribute] for attribute in plan.schema.key_attributes}


def page(plan, after):
    """Return a page of stored items, and the token of what follows them or ``None``.

    :param str after: the token of the page before, or ``None`` for the first page.
    """
    return pinned_context().run(_page, plan, after)


def _page(plan, after):
    limit = plan.options.limit
    start = Position() if after is None else read_token(plan, after)
    found = []
    following = None
    with contextlib.closing(_walk(plan, start, limit)) as portions:
        for portion, end in portions:
            found += portion
            following = end
            if len(found) > limit or (len(found) == limit and plan.filtered):
                break
    if len(found) > limit:
        following = found[limit - 1][0]
    token = None if following is None else make_token(plan, following)
    return [item for _, item in found[:limit]], token


def warn_of_scan(plan):
    """Log a warning where a plan is a Scan, once for each place in a program that makes one."""
    if plan.operation != 'Scan':
        return
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get('__name__', '').partition('.')[0] == _PACKAGE:
        frame, level = frame.f_back, level + 1
    place = plan.schema.name, frame.f_code.co_filename, frame.f_lineno
    if place in _warned:
        return
    _warned.add(place)
    what = 'table' if plan.index is None else f'index {plan.index.name!r}'
    logger().warning(
        '%s.%s scans the whole %s, and is charged for all of it: %s, at %s:%s%s',
        plan.schema.name,
        plan.options.method,
        what,
        'all items' if plan.guard is None else shorten(plan.guard),
        frame.f_code.co_filename,
        frame.f_lineno,
        ''.join(f'; {note}' for note in plan.notes),
        stacklevel=level,
    )


def _walk(plan, start, limit):
    """Yield pairs: items with their positions, and the position that follows them or ``None``."""
    if plan.operation is None:
        return
    if plan.keys:
        yield from _walk_keys(plan, start.part, limit)
        return
    conditions = plan.key_conditions or (None,)
    place = start.key
    # Without a filter one item more is read, by which it is known whether any follow.
    wanted = None if plan.filtered else limit + 1
    for part in range(start.part, len(conditions)):
        request = _compile.read(plan, conditions[part])
        for reply in replies(plan, request, start=place, wanted=wanted):
            found = [
                (Position(part, _position(plan, item)), item)
                for item in matching(plan, reply['Items'])
            ]
            after = reply.get('LastEvaluatedKey')
            if wanted is not None:
                wanted -= len(found)
            if after:
                yield found, Position(part, after)
            else:
                yield found, Position(part + 1) if part + 1 < len(conditions) else None
        place = None


def _walk_keys(plan, start, limit):
    for first, stop, batch in batches(plan, start, limit + 1):
        found = [(Position(first + place + 1), item) for place, item in batch.items()]
        yield found, Position(stop) if stop < len(plan.keys) else None


def _position(plan, item):
    return {field._key: item[field._key] for field in plan.position_keys}
