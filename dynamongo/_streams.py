"""The streams of pages that a plan is carried out by.

There is one for the keys, one for each Query, or one for each segment of a Scan. Their pages are
read when they are asked for.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from dynamongo import _compile, _execute
from dynamongo._batches import get_batch
from dynamongo._concurrency import in_order, interleaved
from dynamongo._errors import READ_AGAIN, damaged, place
from dynamongo._evaluate import matches
from dynamongo._key_values import key_order

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from dynamongo._annotations import Key, Request, Response
    from dynamongo._plan import Plan
    from dynamongo._schema import Schema

    #: A stored item: attribute name to primitive.
    Stored = Mapping[str, Any]

_T = TypeVar('_T')


@overload
def portions_of(
    plan: Plan, *, counting: Literal[False] = False
) -> Generator[Sequence[Stored], None, None]: ...


@overload
def portions_of(plan: Plan, *, counting: bool) -> Generator[Any, None, None]: ...


def portions_of(plan: Plan, *, counting: bool = False) -> Generator[Any, None, None]:
    """Yield lists of items that meet the plan, or their numbers where that will do."""
    options = plan.options
    if plan.operation is None:
        return
    if plan.keys:
        for _, _, batch in batches(plan, 0, options.limit):
            yield list(batch.values())
        return
    wanted = None if plan.filtered else options.limit
    requests = _requests(plan, counting)
    if options.workers == 1 or len(plan.key_conditions) == 1:
        yield from _in_turn(plan, requests, wanted)
        return
    streams = (_stream(plan, request, wanted) for request in requests)
    if plan.operation == 'Scan':
        yield from interleaved(streams)
        return
    beginnings = (functools.partial(_begun, stream) for stream in streams)
    for portion, stream in in_order(beginnings, options.workers):
        if portion is not None:
            yield portion
            yield from stream


def _requests(plan: Plan, counting: bool) -> Iterator[Request]:
    """Yield the request of each Query, or of each segment of a Scan."""
    for condition in plan.key_conditions:
        yield _compile.read(plan, condition, counting=counting)
    if plan.operation == 'Scan':
        workers = plan.options.workers
        for segment in range(workers) if workers > 1 else [None]:
            yield _compile.read(plan, counting=counting, segment=segment)


def _in_turn(plan: Plan, requests: Iterable[Request], wanted: int | None) -> Iterator[Any]:
    """Yield the portions of requests one after the other, none larger than is still wanted."""
    for request in requests:
        for portion in _stream(plan, request, wanted):
            yield portion
            if wanted is not None:
                wanted -= len(portion)


def _begun(stream: Iterator[_T]) -> tuple[_T | None, Iterator[_T]]:
    """Return the first portion of a stream, or ``None`` for none, and the stream."""
    return next(stream, None), stream


def _stream(plan: Plan, request: Request, wanted: int | None) -> Iterator[Any]:
    counting = request.get('Select') == 'COUNT'
    for reply in replies(plan, request, wanted=wanted):
        yield reply['Count'] if counting else matching(plan, reply['Items'])


def replies(
    plan: Plan, request: Request, *, wanted: int | None, start: Key | None = None
) -> Iterator[Response]:
    """Yield the replies to a request; see :func:`._execute.pages`.

    :param wanted: how many items that meet the plan are wanted, ``None`` for all.
    """
    if wanted is not None:
        wanted += plan.at_ends
    return _execute.pages(
        plan.schema,
        'query' if plan.operation == 'Query' else 'scan',
        request,
        start=start,
        page_size=plan.options.page_size,
        wanted=wanted,
    )


def matching(plan: Plan, found: Sequence[Stored]) -> Sequence[Stored]:
    """Return the items that meet what a plan checks on the client."""
    if plan.check is None:
        return found
    return [item for item in found if matches(plan.check, item)]


def _ordered_keys(plan: Plan) -> Sequence[Key]:
    """Return the keys of a plan in the order in which they are answered."""
    if not plan.options.descending:
        return plan.keys
    return sorted(
        plan.keys, key=lambda key: [key_order(value) for value in key.values()], reverse=True
    )


def batches(
    plan: Plan, start: int, wanted: int | None
) -> Iterator[tuple[int, int, dict[int, Stored]]]:
    """Yield triples: where the keys of a batch start and stop, and what :func:`_batch` finds.

    Where items are not filtered, no more keys are read than are ``wanted``. Once some have turned
    out to be missing, as many more follow as it takes if the rest is like them.

    :param int start: the place of the first key to read.
    :param wanted: how many items are wanted, ``None`` for all.
    """
    keys = _ordered_keys(plan)
    step = len(keys) if wanted is None or plan.filtered else wanted
    tried = found = 0
    while start < len(keys) and (wanted is None or wanted > 0):
        end = min(start + step, len(keys))
        spans = [
            (first, min(first + plan.batch_size, end))
            for first in range(start, end, plan.batch_size)
        ]
        calls = (functools.partial(_batch, plan, keys[slice(*span)]) for span in spans)
        for span, batch in zip(spans, in_order(calls, plan.options.workers)):
            yield (*span, batch)
            if wanted is not None:
                wanted -= len(batch)
            found += len(batch)
        tried += end - start
        start = end
        if wanted is not None:
            # As many as it takes if the rest is like what has been tried.
            step = -(-wanted * tried // found) if found else 2 * step


def _batch(plan: Plan, wanted: Sequence[Key]) -> dict[int, Stored]:
    """Return the items that have the wanted keys and meet the plan, by place in ``wanted``."""
    schema = plan.schema
    reading: dict[str, Any] = {'paths': plan.paths, 'consistent': plan.options.consistent}
    if plan.operation == 'GetItem':
        item = _execute.get_item(schema, _compile.get(wanted[0], **reading))
        found = [] if item is None else [item]
    else:
        found = get_batch(schema, _compile.batch_get(wanted, **reading))
    by_key = {_identity(schema, item): item for item in matching(plan, found)}
    places = {place: by_key.get(schema.identity(key)) for place, key in enumerate(wanted)}
    return {place: item for place, item in places.items() if item is not None}


def _identity(schema: Schema, item: Stored) -> tuple[Any, ...]:
    try:
        return schema.identity(item)
    except (KeyError, TypeError) as error:
        where = place(schema, 'batch_get_item')
        what = f'it has an item without its key; {READ_AGAIN}'
        raise damaged(where, what, schema) from error
