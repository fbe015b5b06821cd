"""Calls that run at the same time: in order, no further ahead than allowed, and none left over."""

import contextvars
import itertools
import threading
import time

import pytest

from dynamongo._concurrency import in_order, interleaved

#: Seconds after which a thread that should have done something counts as stuck.
PATIENCE = 10

variable = contextvars.ContextVar('variable', default='outside')


class Broken(Exception):
    """What a call raises."""


def threads():
    return [each for each in threading.enumerate() if each.name.startswith('dynamongo')]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Whatever happens, all threads have ended when the iterator is done with."""
    assert threads() == []
    yield
    assert threads() == []


class Calls:
    """Calls that return their numbers, and a record of which were drawn and which were run."""

    def __init__(self, number=None, broken=()):
        self.number = number
        self.broken = broken
        self.drawn = []
        self.run = []
        self.ran_in = set()

    def __iter__(self):
        for number in itertools.count() if self.number is None else range(self.number):
            self.drawn.append(number)
            yield lambda number=number: self._run(number)

    def _run(self, number):
        self.ran_in.add(threading.current_thread())
        self.run.append(number)
        if number in self.broken:
            raise Broken(number)
        return number


WORKERS = pytest.mark.parametrize('workers', [1, 2, 3, 8])


@WORKERS
@pytest.mark.parametrize('number', [0, 1, 2, 3, 4, 20])
def test_results_come_in_the_order_of_the_calls(workers, number):
    calls = Calls(number)
    assert list(in_order(calls, workers)) == list(range(number))
    assert sorted(calls.run) == list(range(number))


@pytest.mark.parametrize('workers', [2, 3, 8])
def test_results_come_in_order_however_long_the_calls_take(workers):
    """The first call ends last."""
    others_are_done = [threading.Event() for _ in range(workers)]

    def call(place):
        # Each call waits for the one after it, as far as that runs at the same time.
        if (place + 1) % workers:
            assert others_are_done[(place + 1) % workers].wait(PATIENCE)
        others_are_done[place % workers].set()
        return place

    calls = (lambda place=place: call(place) for place in range(workers))
    assert list(in_order(calls, workers)) == list(range(workers))


@pytest.mark.parametrize('workers', [2, 3, 8])
def test_as_many_calls_run_at_once_as_there_are_workers(workers):
    barrier = threading.Barrier(workers, timeout=60)
    calls = [lambda: barrier.wait(PATIENCE)] * workers * 2
    assert len(list(in_order(calls, workers))) == workers * 2


@WORKERS
def test_no_more_calls_run_at_once_than_there_are_workers(workers):
    lock = threading.Lock()
    running, most = 0, 0

    def call():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        with lock:
            running -= 1

    assert len(list(in_order([call] * 30, workers))) == 30
    assert most <= workers


@WORKERS
def test_calls_are_drawn_no_further_ahead_than_there_are_workers(workers):
    """Of endless calls, those that are drawn and not yet answered are at most the workers."""
    calls = Calls()
    results = in_order(calls, workers)
    for consumed, result in enumerate(itertools.islice(results, 25), 1):
        assert result == consumed - 1
        # The consumer has this result in its hands, and it is one of the workers' own.
        assert len(calls.drawn) - (consumed - 1) <= workers
    results.close()
    assert len(calls.drawn) <= 24 + workers


@WORKERS
def test_nothing_is_drawn_before_the_first_result_is_asked_for(workers):
    calls = Calls()
    results = in_order(calls, workers)
    assert calls.drawn == []
    assert threads() == []
    results.close()
    assert calls.drawn == []


@WORKERS
def test_nothing_is_drawn_after_the_consumer_stops(workers):
    """Closing returns when what runs has ended; what hasn't begun never does."""
    calls = Calls()
    results = in_order(calls, workers)
    assert [next(results), next(results)] == [0, 1]
    drawn = list(calls.drawn)
    results.close()
    run = list(calls.run)
    time.sleep(0.02)
    assert calls.drawn == drawn
    assert calls.run == run
    assert list(results) == []


def test_an_iterator_that_is_forgotten_is_closed():
    calls = Calls()
    results = in_order(calls, 3)
    next(results)
    assert threads() != []
    del results
    assert threads() == []


def test_one_worker_is_the_thread_of_the_caller():
    calls = Calls(3)
    assert list(in_order(calls, 1)) == [0, 1, 2]
    assert calls.ran_in == {threading.current_thread()}


def test_several_workers_are_other_threads():
    calls = Calls(3)
    assert list(in_order(calls, 2)) == [0, 1, 2]
    assert threading.current_thread() not in calls.ran_in


@WORKERS
@pytest.mark.parametrize('place', [0, 1, 4])
def test_an_error_reaches_the_consumer_in_its_place(workers, place):
    """What comes before it is yielded, and nothing after it."""
    calls = Calls(broken=[place])
    results = in_order(calls, workers)
    assert [next(results) for _ in range(place)] == list(range(place))
    with pytest.raises(Broken) as caught:
        next(results)
    assert caught.value.args == (place,)
    assert len(calls.drawn) <= place + workers
    assert list(results) == []


@WORKERS
def test_the_first_of_several_errors_is_raised(workers):
    with pytest.raises(Broken, match='1'):
        list(in_order(Calls(8, broken=[1, 2, 3]), workers))


@WORKERS
def test_an_error_in_making_the_calls_reaches_the_consumer(workers):
    def calls():
        yield lambda: 0
        raise Broken

    with pytest.raises(Broken):
        list(in_order(calls(), workers))


@WORKERS
def test_an_error_of_the_consumer_ends_it(workers):
    results = in_order(Calls(), workers)
    next(results)
    with pytest.raises(Broken):
        results.throw(Broken)
    assert list(results) == []


@WORKERS
def test_calls_see_the_context_of_the_consumer(workers):
    """It is that of the moment at which the call is drawn."""
    token = variable.set('inside')
    try:
        assert list(in_order([variable.get] * 5, workers)) == ['inside'] * 5
    finally:
        variable.reset(token)
    assert list(in_order([variable.get] * 5, workers)) == ['outside'] * 5


def test_what_a_call_sets_stays_in_its_thread():
    def call():
        seen = variable.get()
        variable.set('changed')
        return seen

    assert list(in_order([call] * 6, 2)) == ['outside'] * 6
    assert variable.get() == 'outside'


# Whichever comes first


class Counter:
    """An iterator of pairs of its name and a number, with a record of how far it was advanced."""

    def __init__(self, name, number=None, broken=None):
        self.name = name
        self.number = number
        self.broken = broken
        self.advanced = 0
        self.ran_in = set()

    def __iter__(self):
        return self

    def __next__(self):
        self.ran_in.add(threading.current_thread())
        place = self.advanced
        self.advanced += 1
        if place == self.broken:
            raise Broken(self.name)
        if place == self.number:
            raise StopIteration
        return self.name, place


@pytest.mark.parametrize('numbers', [[0], [1], [5], [0, 0], [3, 0, 7, 1], [20] * 8])
def test_everything_is_yielded_once(numbers):
    """What one iterator yields keeps its order."""
    found = list(interleaved(Counter(name, number) for name, number in enumerate(numbers)))
    for name, number in enumerate(numbers):
        assert [item for item in found if item[0] == name] == [(name, n) for n in range(number)]
    assert len(found) == sum(numbers)


def test_none_is_a_value_like_any_other():
    assert list(interleaved([iter([None, None]), iter([None])])) == [None] * 3


def test_whichever_comes_first_is_yielded_first():
    """A slow iterator holds up no other."""
    release = threading.Event()

    def slow():
        assert release.wait(PATIENCE)
        yield 'slow'

    results = interleaved([slow(), iter(range(50))])
    assert list(itertools.islice(results, 50)) == list(range(50))
    release.set()
    assert list(results) == ['slow']


def test_iterators_advance_at_the_same_time():
    barrier = threading.Barrier(4, timeout=60)

    def meeting():
        for _ in range(3):
            barrier.wait(PATIENCE)
            yield 'met'

    assert list(interleaved(meeting() for _ in range(4))) == ['met'] * 12


def test_iterators_advance_no_further_than_one_item_ahead():
    """Each holds at most one item that isn't consumed."""
    counters = [Counter(name) for name in range(3)]
    results = interleaved(counters)
    assert [counter.advanced for counter in counters] == [0, 0, 0]
    consumed = [0, 0, 0]
    for name, _ in itertools.islice(results, 30):
        consumed[name] += 1
        for counter in counters:
            assert counter.advanced <= consumed[counter.name] + 1
    results.close()
    advanced = [counter.advanced for counter in counters]
    time.sleep(0.02)
    assert [counter.advanced for counter in counters] == advanced


def test_what_is_consumed_is_advanced_next():
    """The iterator of the item in the consumer's hands stands still until the next is asked for."""
    (counter,) = counters = [Counter('a')]
    results = interleaved(counters)
    for number in range(5):
        assert next(results) == ('a', number)
        assert counter.advanced == number + 1
    results.close()


def test_an_error_of_an_iterator_reaches_the_consumer():
    """The others are advanced no more."""
    counters = [Counter('a'), Counter('b', broken=3)]
    results = interleaved(counters)
    with pytest.raises(Broken, match='b'):
        for _ in results:
            pass
    advanced = counters[0].advanced
    time.sleep(0.02)
    assert counters[0].advanced == advanced
    assert list(results) == []


def test_an_error_of_the_consumer_ends_all():
    results = interleaved([Counter('a'), Counter('b')])
    next(results)
    with pytest.raises(Broken):
        results.throw(Broken)
    assert list(results) == []


def test_closing_waits_for_what_runs():
    """No request is under way any more when the consumer goes on."""
    begun, release = threading.Event(), threading.Event()
    ended = []

    def slow():
        begun.set()
        assert release.wait(PATIENCE)
        ended.append(True)
        yield

    results = interleaved([slow(), Counter('a')])
    assert next(results) == ('a', 0)
    assert begun.wait(PATIENCE)
    threading.Timer(0.02, release.set).start()
    results.close()
    assert ended == [True]


def test_iterators_run_in_other_threads():
    counters = [Counter('a', 3), Counter('b', 3)]
    list(interleaved(counters))
    assert not {threading.current_thread()} & (counters[0].ran_in | counters[1].ran_in)


def test_iterators_see_the_context_of_the_consumer():
    def seen():
        for _ in range(3):
            yield variable.get()

    token = variable.set('inside')
    try:
        assert list(interleaved([seen(), seen()])) == ['inside'] * 6
    finally:
        variable.reset(token)
    assert list(interleaved([seen(), seen()])) == ['outside'] * 6


def test_threads_are_there_only_while_needed():
    results = interleaved([Counter('a'), Counter('b')])
    assert threads() == []
    next(results)
    assert 1 <= len(threads()) <= 2
    results.close()
    assert threads() == []
