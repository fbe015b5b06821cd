"""Carries out the plan of a read, as a list, an iterator, a page or a number."""

from __future__ import annotations

import contextlib
import functools
import operator
import sys
from typing import TYPE_CHECKING, Any

from dynamongo import _compile, _execute
from dynamongo._key_values import key_order
from dynamongo._pages import Position, make_token, read_token
from dynamongo._streams import batches, matching, portions_of, replies
from dynamongo.connection import pinned_context
from dynamongo.utils import logger, shorten

if TYPE_CHECKING:
    import contextvars
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from typing import Optional, TypeVar

    from dynamongo._annotations import Key, Primitive
    from dynamongo._options import Options
    from dynamongo._plan import Plan
    from dynamongo._schema import Schema
    from dynamongo.exceptions import DoesNotExist

    T = TypeVar('T')
    #: A stored item: attribute name to primitive.
    Stored = Mapping[str, Primitive]
    #: Items of a walk, what returns the position of one of them by its place, and the position that
    #: follows them.
    Portion = tuple[
        Sequence[Stored], Callable[[int, Sequence[Stored]], Position], Optional[Position]
    ]

#: The places in programs that have been warned of a scan: model, file and line.
_warned: set[tuple[str, str, int]] = set()

_PACKAGE = __name__.partition('.')[0]


def one(schema: Schema, key: Key, options: Options) -> Stored | None:
    """Return the stored item that has a key, or ``None``."""
    paths = None if options.projection is None else options.projection.paths(also=schema.needed)
    request = _compile.get(key, paths=paths, consistent=options.consistent)
    item: Stored | None = _execute.get_item(schema, request)
    return item


def does_not_exist(schema: Schema, key: Key, item: Stored | None = None) -> DoesNotExist:
    """Return the error that no item of a model has a key.

    :param item: the item of another class that has it.
    """
    model, family, other = schema.model, schema.family, ''
    if item is not None and family is not None:
        other = f'; the item that has it is of class {family.name_of(item)}'
    named = {field._name: key[field._key] for field in schema.keys}
    return model.DoesNotExist(f'no {model.__name__} has the key {shorten(named)}{other}')


def items(plan: Plan, load: Callable[[Stored], T]) -> Iterator[T]:
    """Return an iterator of what is made of the stored items that a plan selects, page by page.

    The items of keys come in the order of the keys, and those of queries in the order of hash and
    range key. Those of a Scan come in no order. Whenever a page is read, the settings of the
    connection are those that held when the iterator was made.

    :param load: makes something of a stored item, for instance an instance.
    """
    return _items(plan, load, pinned_context())


def _items(plan: Plan, load: Callable[[Stored], T], context: contextvars.Context) -> Iterator[T]:
    left = plan.options.limit
    with contextlib.closing(portions_of(plan)) as portions:
        while (portion := context.run(next, portions, None)) is not None:
            yield from map(load, portion if left is None else portion[:left])
            if left is not None:
                left -= len(portion)
                if left <= 0:
                    return


def in_full(plan: Plan, load: Callable[[Stored], T]) -> list[T]:
    """Return what is made of the stored items that a plan selects; those of a Scan are sorted."""
    if plan.operation != 'Scan':
        return list(items(plan, load))
    attributes = [field._key for field in plan.position_keys]

    def load_with_key(item: Stored) -> tuple[list[Any], T]:
        loaded = load(item)  # It has its key, or this raises.
        return [key_order(item[attribute]) for attribute in attributes], loaded

    found = list(items(plan, load_with_key))
    found.sort(key=operator.itemgetter(0), reverse=plan.options.descending)
    return [loaded for _, loaded in found]


def count(plan: Plan) -> int:
    """Return how many items a plan selects."""
    return pinned_context().run(_count, plan)


def _count(plan: Plan) -> int:
    counting = plan.operation in ('Query', 'Scan') and plan.check is None
    with contextlib.closing(portions_of(plan, counting=counting)) as portions:
        return sum(portions) if counting else sum(map(len, portions))


def keys(plan: Plan) -> Iterator[dict[str, Any]]:
    """Return an iterator of the keys of what a plan selects whose projection is the key."""

    def key_of(item: Stored) -> dict[str, Any]:
        return {attribute: item[attribute] for attribute in plan.schema.key_attributes}

    if plan.operation in ('GetItem', 'BatchGetItem'):
        return map(key_of, plan.keys)
    return items(plan, key_of)


def page(plan: Plan, after: str | None) -> tuple[list[Stored], str | None]:
    """Return a page of stored items, and the token of what follows them or ``None``.

    :param str after: the token of the page before, or ``None`` for the first page.
    """
    return pinned_context().run(_page, plan, after)


def _page(plan: Plan, after: str | None) -> tuple[list[Stored], str | None]:
    limit = plan.options.limit
    assert limit is not None
    start = Position() if after is None else read_token(plan, after)
    found: list[Stored] = []
    last: Position | None = None
    following: Position | None = None
    with contextlib.closing(_walk(plan, start, limit)) as portions:
        for portion, position_of, end in portions:
            place = limit - 1 - len(found)
            if last is None and place < len(portion):
                last = position_of(place, portion)
            found += portion
            following = end
            if last is not None and (len(found) > limit or plan.filtered):
                break
    if len(found) > limit:
        following = last
    token = None if following is None else make_token(plan, following)
    return found[:limit], token


def warn_of_scan(plan: Plan) -> None:
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


def _walk(plan: Plan, start: Position, limit: int) -> Generator[Portion]:
    """Yield triples: items, what returns the position of the one in a place among them, and the
    position that follows them or ``None``."""
    if plan.operation is None:
        return
    if plan.keys:
        yield from _walk_keys(plan, start.part, limit)
        return
    conditions = plan.key_conditions or (None,)
    after = start.key
    # Without a filter one item more is read, by which it is known whether any follow.
    wanted = None if plan.filtered else limit + 1
    for part in range(start.part, len(conditions)):
        request = _compile.read(plan, conditions[part])
        position_of = functools.partial(_position, plan, part)
        for reply in replies(plan, request, start=after, wanted=wanted):
            found = matching(plan, reply['Items'])
            left = reply.get('LastEvaluatedKey')
            if wanted is not None:
                wanted -= len(found)
            if left:
                yield found, position_of, Position(part, left)
            else:
                following = Position(part + 1) if part + 1 < len(conditions) else None
                yield found, position_of, following
        after = None


def _position(plan: Plan, part: int, place: int, items: Sequence[Stored]) -> Position:
    item = items[place]
    return Position(part, {field._key: item[field._key] for field in plan.position_keys})


def _walk_keys(plan: Plan, start: int, limit: int) -> Iterator[Portion]:
    for first, stop, batch in batches(plan, start, limit + 1):
        position_of = functools.partial(_position_among_keys, first, list(batch))
        following = Position(stop) if stop < len(plan.keys) else None
        yield list(batch.values()), position_of, following


def _position_among_keys(
    first: int, places: list[int], place: int, items: Sequence[Stored]
) -> Position:
    return Position(first + places[place] + 1)
