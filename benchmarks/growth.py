"""What becomes of scans as tables grow, and of reads as threads are added."""

import random
import sys
import threading
import time

from benchmarks import cases, contestants, items, timing
from benchmarks.canned import Responder
from benchmarks.contestants.base import plain

NAMES = ('dynamongo', 'raw')
PAGE = 1000
THREADS = (1, 2, 4, 8, 16)


def scans(counts, rounds, progress=None):
    """Time scans of growing tables; return the seconds for one item by contestant and count."""
    found, _ = contestants.load(NAMES)
    responders = {name: Responder(contestant) for name, contestant in found.items()}
    results = {name: {} for name in found}
    for number, count in enumerate(counts, 1):
        for responder in responders.values():
            responder.answer_scans(count, page_size=PAGE)
        calls = {name: contestant.scan for name, contestant in found.items()}
        for name, call in calls.items():
            if len(call()) != count:
                raise cases.WrongAnswer(f'{name}: a scan of {count} found another number')
        # Short scans are repeated, since the clock is too coarse for them, and long ones are few.
        repeats = dict.fromkeys(calls, max(1, PAGE // count))
        enough = rounds if count <= 10 * PAGE else min(rounds, 3)
        seconds = timing.measure(calls, enough, repeats=repeats)
        for name, times in seconds.items():
            results[name][str(count)] = {
                key: value / count for key, value in timing.summary(times).items()
            }
        if progress is not None:
            progress(number)
    for contestant in found.values():
        contestant.close()
    return results


def threads(requests, counts=THREADS, progress=None):
    """Read items in threads that are switched as often as Python can; each checks its answers.

    :param int requests: of all threads together.
    :returns: by contestant and number of threads: requests per second, and the wrong answers.
    """
    found, _ = contestants.load(NAMES)
    results = {name: {} for name in found}
    for contestant in found.values():
        Responder(contestant).answer_gets_by_key()
        contestant.get(items.user(0)['email'])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number, count in enumerate(counts, 1):
            for name, contestant in found.items():
                results[name][str(count)] = _in_threads(contestant, count, requests // count)
            if progress is not None:
                progress(number)
    finally:
        sys.setswitchinterval(interval)
    for contestant in found.values():
        contestant.close()
    return results


def _in_threads(contestant, count, requests):
    wrong = []
    ready = threading.Barrier(count + 1)

    def work(number):
        chosen = random.Random(number)
        ready.wait()
        for _ in range(requests):
            values = items.user(chosen.randrange(1_000_000))
            try:
                right = plain(contestant.values(contestant.get(values['email']))) == values
            except Exception:
                right = False
            if not right:
                wrong.append(values['email'])

    workers = [threading.Thread(target=work, args=[number]) for number in range(count)]
    for worker in workers:
        worker.start()
    ready.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    return {
        'requests': count * requests,
        'per_second': count * requests / seconds,
        'wrong': len(wrong),
    }
