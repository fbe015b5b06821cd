"""Saves a stream of items in the memory of a few batches."""

from __future__ import annotations

import collections
import contextlib
import inspect
from typing import TYPE_CHECKING, Any

from dynamongo import _changes, _dumping, _hooks, _write
from dynamongo._batches import MAX_BATCH_WRITE, patiently, write_batch
from dynamongo._errors import concerns_item
from dynamongo._options import check_workers
from dynamongo._results import BulkResult, Outcomes, accounting
from dynamongo._series import Series
from dynamongo._write_many import name_of, puts
from dynamongo.exceptions import PartialItemError, Problem, RequestError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from typing import Optional, Protocol

    from dynamongo._dumping import Dumped
    from dynamongo._results import Broken
    from dynamongo._schema import Schema
    from dynamongo.model import Model

    class Progress(Protocol):
        """What shows how far a stream is, as ``tqdm`` does."""

        def update(self, number: int, /) -> object: ...

    #: What was given, with what it was made, and the name of the put or why there is none.
    Entry = tuple[Any, Any, Any, Hashable, Optional[Exception]]

#: How many items that can't be saved a batch may take up before it is accounted for.
MAX_INVALID = 1000


def bulk_save(
    model: type[Model],
    items: Iterable[object],
    workers: int = 4,
    progress: Callable[[int], object] | Progress | None = None,
) -> BulkResult:
    """Save a stream of items; see :meth:`.Model.bulk_save`."""
    schema = model._schema
    check_workers(schema, 'bulk_save', workers)
    _write.check_items(schema, 'bulk_save', items)
    report = _reporter(schema, progress)
    result = BulkResult()
    series = Series(workers)
    under_way: collections.deque[_Batch] = collections.deque()

    def calls() -> Iterator[_Batch]:
        numbered = enumerate(items)
        while series.given_up is None:
            # Before it is filled: an error of the iterator must not lose what it has given.
            under_way.append(_Batch(model))
            if not under_way[-1].fill(numbered):
                return
            yield under_way[-1]

    def broken_off(broken: Broken) -> BulkResult:
        for batch in under_way:
            batch.account(result, broken)
        return result

    with accounting(broken_off):
        with contextlib.closing(series.run(calls(), shared=_Batch.identities)) as errors:
            for error in errors:
                batch = under_way[0]
                number = len(batch.entries)
                batch.fail(error)
                saved = batch.account(result)
                under_way.popleft()
                for instance in saved:
                    _hooks.run(instance, 'after_save')
                report(number)
        if series.given_up is not None:
            raise series.given_up
    return result


def _reporter(
    schema: Schema, progress: Callable[[int], object] | Progress | None
) -> Callable[[int], object]:
    """Return a function that is called with a number of items that have been dealt with."""
    if progress is None:
        return lambda number: None
    report = progress if callable(progress) else getattr(progress, 'update', None)
    if not callable(report) or inspect.isclass(progress) or isinstance(progress, (dict, set)):
        problem = Problem(
            'progress is a function of a number of items, or has an update method that is one, as '
            'tqdm(total=...) has',
            progress,
        )
        raise ValidationError(problems=[problem], where=f'{schema.name}.bulk_save')
    return report


class _Batch:
    """A part of the stream: at most 25 items to save, and those between them that can't be."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        #: What was given, with what it was made, and the name of the put or why there is none:
        #: ``(given, instance, dumped, name, error)``.
        self.entries: collections.deque[Entry] = collections.deque()
        self._effective: dict[Hashable, tuple[Model, Dumped]] = {}
        self._outcomes = Outcomes()

    def fill(self, numbered: Iterable[tuple[int, object]]) -> bool:
        """Take items from pairs of position and item, and tell whether there were any."""
        for position, given in numbered:
            self._take(position, given)
            invalid = len(self.entries) - len(self._effective)
            if len(self._effective) == MAX_BATCH_WRITE or invalid >= MAX_INVALID:
                break
        return bool(self.entries)

    def _take(self, position: int, given: object) -> None:
        model = self.model
        try:
            instance = _write.instance_of(model, given)
            _hooks.run(instance, 'before_save')
            dumped = _dumping.dump(instance)
        except ValidationError as error:
            problems = [problem.within(position) for problem in error.problems]
            where = f'{model.__name__}.bulk_save: items'
            error = ValidationError(problems=problems, where=where)
            self.entries.append((given, None, None, None, error))
        except PartialItemError as error:
            self.entries.append((given, None, None, None, error))
        except BaseException:
            # What a hook raises breaks the stream off; the item counts as one that isn't sent.
            self.entries.append((given, given, None, None, None))
            raise
        else:
            identity = model._schema.identity(dumped.item)
            # The later of two with one name wins.
            name = name_of(position, instance, identity, True)
            self.entries.append((given, instance, dumped, name, None))
            self._effective[name] = instance, dumped

    def identities(self) -> list[tuple[Any, ...]]:
        """Return what tells the items from all others of the table."""
        identity = self.model._schema.identity
        return [identity(dumped.item) for _, dumped in self._effective.values()]

    def __call__(self) -> None:
        """Send the batch and note what became of each item."""
        outcomes = self._outcomes
        requests, calls = puts(self._effective, True)
        if requests:
            outcomes.begin(requests)
            outcomes.note(requests, write_batch(self.model._schema, requests))
        for name, call in calls.items():
            outcomes.begin([name])
            try:
                outcomes.done(name, patiently(call))
            except RequestError as error:
                if not concerns_item(error):
                    raise
                outcomes.failed(name, error)

    def fail(self, error: RequestError | None) -> None:
        """Note why it is not known what became of the rest, ``None`` where there is no rest."""
        if error is not None:
            self._outcomes.fail_rest(self._effective, error)

    def account(self, result: BulkResult, broken: Broken | None = None) -> list[Model]:
        """Add the items to a result, let go of them, and return those whose hook is to be called.

        :param Broken broken: what broke the stream off.
        """
        saved = []
        while self.entries:
            given, instance, dumped, name, invalid = self.entries[0]
            if invalid is not None:
                result._add(given, invalid)
            else:
                _, error = self._outcomes.of(name, broken)
                if error is None and self._effective[name][0] is instance:
                    _changes.settle(instance, dumped)
                    if self._effective[name][1] is dumped and _hooks.has(instance, 'after_save'):
                        saved.append(instance)
                result._add(instance, error)
            self.entries.popleft()
        return saved
