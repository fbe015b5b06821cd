"""Measuring calls in random order, and what follows from the measurements."""

import gc
import random
import statistics
import time

SEED = 20180601


def measure(calls, rounds, *, repeats=None, clock=time.process_time, progress=None):
    """Return the seconds of each call in each round.

    All calls run once in each round, in an order of its own, so that what slows the machine down
    for a while slows down all of them alike.

    :param dict calls: functions without arguments, by whatever names them.
    :param dict repeats: how often a function runs for one measurement, by its name. Default: once.
    :param clock: what tells the time. Default: that of this process on the processor, which other
        programs don't disturb.
    :param progress: called after each round with its number.
    """
    order = list(calls)
    seconds = {name: [] for name in calls}
    shuffle = random.Random(SEED).shuffle
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            shuffle(order)
            for name in order:
                call, times = calls[name], range((repeats or {}).get(name, 1))
                start = clock()
                for _ in times:
                    call()
                seconds[name].append((clock() - start) / len(times))
            if progress is not None:
                progress(number + 1)
    finally:
        gc.unfreeze()
    return seconds


def summary(seconds):
    return {'min': min(seconds), 'median': statistics.median(seconds)}


def ratio(seconds, base):
    """Return the median of the ratios of each round, and their quartiles."""
    ratios = [one / other for one, other in zip(seconds, base)]
    if len(ratios) == 1:
        ratios *= 2
    low, middle, high = statistics.quantiles(ratios, n=4, method='inclusive')
    return {'median': middle, 'quartiles': [low, high]}


def compare(seconds, bases):
    """Return a summary for each contestant, with its ratio to each of some others.

    :param dict seconds: of each round, by contestant.
    :param bases: the names of the others; those that are missing are left out.
    """
    return {
        name: {
            **summary(own),
            'ratios': {
                base: ratio(own, seconds[base])
                for base in bases
                if base in seconds and base != name
            },
        }
        for name, own in seconds.items()
    }
