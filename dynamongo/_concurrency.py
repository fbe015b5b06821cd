"""Calls that run at the same time, no more of them ahead of the consumer than there are workers."""

import collections
import contextvars
import functools
import threading

_END = object()


def in_order(calls, workers):
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
        running = collections.deque()
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


def _pool(workers):
    """Return a pool of threads."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers, thread_name_prefix='dynamongo')


def _end(call, future):
    if future.cancelled():
        call.end()


def interleaved(iterators):
    """Yield what iterators yield, whichever comes first.

    Each is advanced in a thread, once what it has yielded last is consumed.
    """
    # Imported when threads are needed, which is seldom.
    from concurrent import futures

    iterators = list(iterators)
    with _pool(len(iterators)) as pool:
        running = {_submit(pool, next, iterator, _END): iterator for iterator in iterators}
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


def _submit(pool, function, *args):
    # Threads see the caller's Connection.using().
    return pool.submit(contextvars.copy_context().run, function, *args)


class Turns:
    """Makes calls that share something wait for each other, in the order in which they are taken.

    The calls may then run in any threads, if they are begun in that order.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._last = {}

    def take(self, shared, call):
        """Return a call that runs once all earlier ones that share something with it have ended.

        :param shared: an iterable of hashable values, for instance the keys of items.
        """
        turn = _Turn(self, list(shared), call)
        with self._lock:
            turn.before = {self._last[value] for value in turn.shared if value in self._last}
            self._last.update(dict.fromkeys(turn.shared, turn))
        return turn

    def _forget(self, turn):
        with self._lock:
            for value in turn.shared:
                if self._last.get(value) is turn:
                    del self._last[value]


class _Turn:
    """A call that waits for those before it."""

    def __init__(self, turns, shared, call):
        self.shared = shared
        self.before = ()
        self._turns = turns
        self._call = call
        self._ended = threading.Event()

    def __call__(self):
        try:
            for turn in self.before:
                turn._ended.wait()
            self.before = ()
            return self._call()
        finally:
            self.end()

    def end(self):
        """Let those go on that wait for it, also where it has not been called and will not be."""
        self._ended.set()
        self._turns._forget(self)
