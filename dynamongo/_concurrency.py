"""Calls that run at the same time, no more of them ahead of the consumer than there are workers."""

from __future__ import annotations

import collections
import contextvars
import functools
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor

_T = TypeVar('_T')

_END: Any = object()


def in_order(calls: Iterable[Callable[[], _T]], workers: int) -> Iterator[_T]:
    """Yield what calls return, in their order.

    :param calls: an iterable of functions without arguments. It is drawn from as they are called.
        One that is not called after all has its method ``end`` called, if it has one.
    :param int workers: how many may run at once. One runs in the thread of the caller, when its
        result is asked for.
    """
    if workers == 1:
        for call in calls:
            yield call()
        return
    with _pool(workers) as pool:
        running: collections.deque[Future[_T]] = collections.deque()
        try:
            for call in calls:
                future = _submit(pool, call)
                if hasattr(call, 'end'):
                    future.add_done_callback(functools.partial(_end, call))
                running.append(future)
                if len(running) == workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def _pool(workers: int) -> ThreadPoolExecutor:
    """Return a pool of threads."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers, thread_name_prefix='dynamongo')


def _end(call: Any, future: Future[Any]) -> None:
    if future.cancelled():
        call.end()


def interleaved(iterators: Iterable[Iterator[_T]]) -> Iterator[_T]:
    """Yield what iterators yield, whichever comes first.

    Each is advanced in a thread, once what it has yielded last is consumed.
    """
    # Imported when threads are needed, which is seldom.
    from concurrent import futures

    iterators = list(iterators)
    with _pool(len(iterators)) as pool:
        running: dict[Future[_T], Iterator[_T]] = {
            _submit(pool, next, iterator, _END): iterator for iterator in iterators
        }
        try:
            while running:
                done, _ = futures.wait(running, return_when=futures.FIRST_COMPLETED)
                for future in done:
                    iterator = running.pop(future)
                    value = future.result()
                    if value is not _END:
                        yield value
                        running[_submit(pool, next, iterator, _END)] = iterator
        finally:
            for future in running:
                future.cancel()


def _submit(pool: ThreadPoolExecutor, function: Callable[..., Any], *args: Any) -> Future[Any]:
    # Threads see the caller's Connection.using().
    return pool.submit(contextvars.copy_context().run, function, *args)


class Turns:
    """Makes calls that share something wait for each other, in the order in which they are taken.

    The calls may then run in any threads, if they are begun in that order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[Hashable, _Turn[Any]] = {}

    def take(self, shared: Iterable[Hashable], call: Callable[[], _T]) -> _Turn[_T]:
        """Return a call that runs once all earlier ones that share something with it have ended.

        :param shared: an iterable of hashable values, for instance the keys of items.
        """
        turn = _Turn(self, list(shared), call)
        with self._lock:
            turn.before = {self._last[value] for value in turn.shared if value in self._last}
            self._last.update(dict.fromkeys(turn.shared, turn))
        return turn

    def _forget(self, turn: _Turn[Any]) -> None:
        with self._lock:
            for value in turn.shared:
                if self._last.get(value) is turn:
                    del self._last[value]


class _Turn(Generic[_T]):
    """A call that waits for those before it."""

    def __init__(self, turns: Turns, shared: list[Hashable], call: Callable[[], _T]) -> None:
        self.shared = shared
        self.before: Collection[_Turn[Any]] = ()
        self._turns = turns
        self._call = call
        self._ended = threading.Event()

    def __call__(self) -> _T:
        try:
            for turn in self.before:
                turn._ended.wait()
            self.before = ()
            return self._call()
        finally:
            self.end()

    def end(self) -> None:
        """Let those go on that wait for it, also where it has not been called and will not be."""
        self._ended.set()
        self._turns._forget(self)
