"""The five cases with canned replies: what the libraries themselves take."""

from benchmarks import cases, contestants, timing
from benchmarks.canned import Responder

#: The contestants that all are compared with.
COMPARED = ('raw', 'resource', 'pynamodb')


def run(names, rounds, sizes, *, only=tuple(contestants.MODULES), progress=None):
    """Time cases of all contestants.

    :param names: of the cases.
    :param only: the contestants.
    :returns: the results by case and contestant, and the reasons for each that is missing.
    """
    found, skipped = contestants.load(only)
    calls, repeats = {}, {}
    for contestant in found.values():
        responder = Responder(contestant)
        cases.set_replies(responder, sizes)
        prepared = cases.prepare(contestant, sizes, names)
        cases.check(contestant, prepared, sizes, responder)
        for case, call in prepared.items():
            calls[case, contestant.name] = call
            repeats[case, contestant.name] = cases.REPEATS[case]
    seconds = timing.measure(calls, rounds, repeats=repeats, progress=progress)
    for contestant in found.values():
        contestant.close()
    return by_case(seconds), skipped


def by_case(seconds, bases=COMPARED):
    """Return the comparison of the contestants in each case with some of them."""
    separate = {}
    for (case, name), times in seconds.items():
        separate.setdefault(case, {})[name] = times
    return {case: timing.compare(times, bases) for case, times in separate.items()}
