"""How fast dynamongo is, next to other libraries.

    python -m benchmarks --quick                     # a look, in half a minute
    python -m benchmarks                             # canned replies: some five minutes
    python -m benchmarks --engine both --docs docs/_static    # all, for the documentation

``tox -e bench`` installs what is compared and takes the same arguments after ``--``. By hand, in a
checkout:

    pip install -e . matplotlib pynamodb dyntastic blinker
    pip install --no-deps bloop
    pip install --no-deps --target ENVIRONMENT/dynamongo-0.1 dynamongo==0.1

where ENVIRONMENT is what ``sys.prefix`` says. bloop asks for an old boto3, though it works with the
newest, and dynamongo 0.1 has the import name of this checkout. A library that isn't there is
skipped, and the report says so.

What is compared
    ``boto3 client`` is given wire dicts and gives them back, which is the least work;
    ``boto3 resource`` does the same with native dicts. The others are mappers: dynamongo, PynamoDB,
    dyntastic, bloop, and dynamongo 0.1 as it was published. Each has the same model, written as its
    own documentation has it. The mappers give lists of instances, with all of their values
    converted.

What is timed
    Five cases: get one, put one, a scan of 2000 items in one page, a query page of 100, and a batch
    write of 1000 in 40 requests. What is saved is made beforehand: instances, native dicts or wire
    dicts. bloop has no batch writes, and sends 1000 requests.

With canned replies, nothing is sent. A handler in botocore answers where the network would be, with
what DynamoDB would answer, so what is timed is what the libraries take themselves: time on the
processor of this process. All cases of all libraries are run once in each round, in random order
and in one process, and ratios are medians of the ratios of each round. Before anything is timed,
each case is run and checked: the answers, the requests, and that what is sent for a save is what
the replies hold.

With DynamoDB Local, which needs Java and ``python -m tests.engines.fetch``, the same cases are
timed over HTTP on this machine, by the clock on the wall.

Besides: imports in new interpreters, the memory of instances in new processes, scans of growing
tables, and reads in many threads that are forced to switch, each of which checks its answers.

Goals stand beside the results, in ``benchmarks/goals.py``. They are for reading: nothing fails.
"""

import argparse
import dataclasses
import json
import logging
import sys
import time
from pathlib import Path

from benchmarks import (
    canned_cases,
    cases,
    chart,
    environment,
    growth,
    imports,
    local_cases,
    memory,
    report,
)

CASES = tuple(cases.LABELS)
SECTIONS = ('import', 'memory', 'growth', 'threads')


def main():
    options = read_options()
    if options.redraw:
        results = json.loads(options.redraw.read_text(encoding='utf-8'))
    else:
        with cases.environment():
            results = run(options)
    print(report.as_text(results))
    print(f'\n{report.made_with(results)}')
    for name, reason in results['skipped'].items():
        print(f'SKIPPED {name}: {reason}')
    write(results, options)


def read_options():
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--rounds',
        type=int,
        metavar='N',
        help='rounds of each section (default: 31, DynamoDB Local 9, imports and growth 15)',
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the results to FILE')
    parser.add_argument('--chart', type=Path, metavar='FILE', help='draw into FILE, .svg or .png')
    parser.add_argument(
        '--only',
        action='append',
        choices=CASES + SECTIONS,
        metavar='CASE',
        help=f'{", ".join(CASES + SECTIONS)}; can be given several times (default: all)',
    )
    parser.add_argument('--engine', choices=['canned', 'dynamodb-local', 'both'], default='canned')
    parser.add_argument('--quick', action='store_true', help='few rounds, small sizes')
    parser.add_argument(
        '--docs',
        type=Path,
        metavar='FOLDER',
        help='write performance.json, .svg and .txt into FOLDER, for the documentation',
    )
    parser.add_argument(
        '--redraw', type=Path, metavar='FILE', help='measure nothing: take the results from FILE'
    )
    options = parser.parse_args()
    if options.rounds is not None and options.rounds < 1:
        parser.error('--rounds must be at least 1')
    return options


def run(options):
    # The warnings of scans are for those who didn't mean to scan.
    logging.getLogger('dynamongo').setLevel(logging.ERROR)
    sizes = cases.QUICK if options.quick else cases.Sizes()
    only = options.only or CASES + SECTIONS
    names = [name for name in CASES if name in only]
    results = {
        'environment': environment.describe(),
        'settings': {
            'rounds': rounds(options, 31),
            'quick': options.quick,
            'sizes': dataclasses.asdict(sizes),
        },
        'skipped': {},
    }
    if options.engine != 'dynamodb-local':
        if names:
            count = rounds(options, 31)
            results['canned'], skipped = canned_cases.run(
                names, count, sizes, progress=Progress('canned replies', count)
            )
            results['skipped'].update(skipped)
        run_sections(options, only, results)
    if options.engine != 'canned' and names:
        run_local(options, names, sizes, results)
    return results


def rounds(options, usual):
    return options.rounds or (min(3, usual) if options.quick else usual)


def run_sections(options, only, results):
    if 'import' in only:
        count = rounds(options, 15)
        progress = Progress('imports', count)
        results['import'], skipped = imports.run(count, progress)
        results['skipped'].update({f'import {name}': why for name, why in skipped.items()})
    if 'memory' in only:
        count = 5000 if options.quick else 100_000
        progress = Progress('memory', len(memory.contestants.MAPPERS))
        found, skipped = memory.run(count, progress)
        results['memory'] = {'count': count, 'contestants': found}
        results['skipped'].update({f'memory of {name}': why for name, why in skipped.items()})
    if 'growth' in only:
        counts = [10, 100, 1000, 10_000] + ([] if options.quick else [100_000])
        progress = Progress('growth', len(counts))
        results['growth'] = growth.scans(counts, rounds(options, 15), progress)
    if 'threads' in only:
        progress = Progress('threads', len(growth.THREADS))
        count = 320 if options.quick else 3200
        results['threads'] = growth.threads(count, progress=progress)


def run_local(options, names, sizes, results):
    from tests.engines.base import EngineError

    count = rounds(options, 9)
    try:
        version, found, parallel, skipped = local_cases.run(
            names, count, sizes, progress=Progress('DynamoDB Local', count)
        )
    except EngineError as error:
        results['skipped']['DynamoDB Local'] = str(error)
    else:
        results['local'] = {
            'version': version,
            'rounds': count,
            'cases': found,
            'parallel': parallel,
        }
        results['skipped'].update(skipped)


def write(results, options):
    files = {'json': options.json, 'chart': options.chart, 'tables': None}
    if options.docs:
        files = {
            'json': options.docs / 'performance.json',
            'chart': options.docs / 'performance.svg',
            'tables': options.docs / 'performance.txt',
            **{name: path for name, path in files.items() if path},
        }
    if files['json'] and files['json'] != options.redraw:
        text = json.dumps(rounded(results), indent=1)
        files['json'].write_text(f'{text}\n', encoding='utf-8')
    if files['tables']:
        files['tables'].write_text(report.as_rst(results), encoding='utf-8')
    if files['chart'] and 'canned' in results:
        try:
            chart.draw(results, files['chart'])
        except ImportError as error:
            print(f'SKIPPED the chart: {error}; pip install matplotlib')


def rounded(value):
    """Return results with numbers of five digits: no clock tells more."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f'{value:.5g}') if isinstance(value, float) else value


class Progress:
    """Says on standard error how far a section is, where somebody is looking."""

    def __init__(self, title, total):
        self.title, self.total, self.start = title, total, time.monotonic()

    def __call__(self, done):
        if not sys.stderr.isatty() and done < self.total:
            return
        seconds = time.monotonic() - self.start
        end = '\n' if done == self.total else ''
        print(f'\r{self.title}: {done}/{self.total}, {seconds:.0f} s', end=end, file=sys.stderr)


if __name__ == '__main__':
    main()
