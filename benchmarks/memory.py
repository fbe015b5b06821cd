"""What instances take in memory: ``python -m benchmarks.memory CONTESTANT COUNT``.

Each contestant is measured in a process of its own, which prints its figures as JSON.
"""

import gc
import json
import logging
import subprocess
import sys
import tracemalloc
from pathlib import Path

from benchmarks import cases, contestants
from benchmarks.canned import Responder

ROOT = Path(__file__).resolve().parent.parent
PAGE = 1000


def run(count, progress=None):
    """Measure the mappers; return the bytes of each, and the reasons for each that is missing."""
    results, skipped = {}, {}
    for number, name in enumerate(contestants.MAPPERS, 1):
        with cases.environment():
            answer = subprocess.run(
                [sys.executable, '-m', 'benchmarks.memory', name, str(count)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                check=True,
            )
        result = json.loads(answer.stdout)
        if 'skipped' in result:
            skipped[name] = result['skipped']
        else:
            results[name] = result
        if progress is not None:
            progress(number)
    return results, skipped


def measure(name, count):
    """Return the bytes that a list of instances takes, as Python and as the system count them."""
    found, skipped = contestants.load([name])
    if skipped:
        return {'skipped': skipped[name]}
    contestant = found[name]
    responder = Responder(contestant)
    # What a library makes once, at its first request, isn't counted.
    responder.answer_scans(PAGE, lazily=True)
    contestant.scan()
    responder.answer_scans(count, page_size=PAGE, lazily=True)
    gc.collect()
    before = resident()
    users = contestant.scan()
    gc.collect()
    grown = resident() - before if before is not None else None
    assert len(users) == count
    del users
    gc.collect()
    tracemalloc.start()
    users = contestant.scan()
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(users) == count
    return {'traced': traced, 'resident': grown}


def resident():
    """Return the bytes of this process that are in memory, or ``None`` where that isn't known."""
    try:
        lines = Path('/proc/self/status').read_text().splitlines()
    except OSError:
        return None
    (line,) = [line for line in lines if line.startswith('VmRSS:')]
    return int(line.split()[1]) * 1024


if __name__ == '__main__':
    # The warnings of scans are for those who didn't mean to scan.
    logging.getLogger('dynamongo').setLevel(logging.ERROR)
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
