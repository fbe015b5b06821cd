"""Many writes, one after the other or several at once, as long as there is a prospect."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo._concurrency import Turns, in_order
from dynamongo._errors import concerns_item
from dynamongo._results import unsent
from dynamongo.connection import pinned_context
from dynamongo.exceptions import IncompleteReadError, RequestError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable

    _C = TypeVar('_C', bound=Callable[[], Any])

#: How many requests in a row may fail for a reason that isn't about an item, before the rest is
#: given up: what fails like that would fail for all of them, each after all its retries.
MAX_FAILURES = 3


class Series:
    """Carries out calls that write, and stops where there is no prospect.

    The calls keep the settings that the connection has when the series is made.

    :param int workers: how many calls may be under way at once.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._context = pinned_context()
        self._lock = threading.Lock()
        self._failures = 0
        #: Whether DynamoDB has answered, be it with a refusal of one item.
        self.answered = False
        #: The error for which the rest is given up, or ``None``.
        self.given_up: RequestError | None = None

    def run(
        self, calls: Iterable[_C], shared: Callable[[_C], Iterable[Hashable]] | None = None
    ) -> Generator[RequestError | None, None, None]:
        """Yield the errors of calls, ``None`` where there was none, in their order.

        :param calls: an iterable of functions without arguments, drawn from as they are called.
        :param shared: returns the names of what a call writes; calls that share one wait for each
            other, in their order. Default: none do.
        :raises RequestError: where DynamoDB has answered none of them, so that nothing is known to
            be written.
        """
        turns = Turns()
        tries = (
            turns.take(() if shared is None else shared(call), functools.partial(self._try, call))
            for call in calls
        )
        yield from in_order(tries, self._workers)
        if self.given_up is not None and not self.answered:
            raise self.given_up

    def _try(self, call: Callable[[], Any]) -> RequestError | None:
        if self.given_up is not None:
            return unsent(self.given_up)
        try:
            # A context of its own: no two threads can be in the same one.
            self._context.copy().run(call)
        except RequestError as error:
            self._record(None if concerns_item(error) else error)
            return error
        self._record(None)
        return None

    def _record(self, failure: RequestError | None) -> None:
        with self._lock:
            if failure is None:
                self.answered = True
                self._failures = 0
                return
            self._failures += 1
            # What is throttled, or answers wrongly, is there; what is not there will not be.
            there = self.answered or isinstance(failure, (IncompleteReadError, ThrottledError))
            if self.given_up is None and (not there or self._failures >= MAX_FAILURES):
                self.given_up = failure
