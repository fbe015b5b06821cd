"""How long an import takes, in an interpreter of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import timing

ROOT = Path(__file__).resolve().parent.parent

#: What is run, by the name that the report gives it. The first is what Python itself takes.
PROGRAMS = {
    'python': 'pass',
    'dynamongo': 'import dynamongo',
    'boto3': 'import boto3',
    'pynamodb': 'import pynamodb.models',
    'dyntastic': 'import dyntastic',
    'bloop': 'import bloop',
    'dynamongo, first client': 'import dynamongo; dynamongo.Connection.client()',
    'boto3, first client': 'import boto3; boto3.client("dynamodb")',
}


def start(program):
    """Run a program in a new interpreter."""
    # Installed packages are compiled, so the checkout is to be as well.
    environment = {
        name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'
    }
    subprocess.run(
        [sys.executable, '-c', program],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )


def run(rounds, progress=None):
    """Time the imports; return the results, and the reasons for each that is missing.

    The first of all, which may have to compile, isn't timed.
    """
    calls, skipped = {}, {}
    for name, program in PROGRAMS.items():
        try:
            start(program)
        except subprocess.CalledProcessError as error:
            skipped[name] = error.stderr.decode(errors='replace').strip().splitlines()[-1]
        else:
            calls[name] = lambda program=program: start(program)
    seconds = timing.measure(calls, rounds, clock=time.perf_counter, progress=progress)
    floor = seconds.pop('python')
    results = {'python': timing.summary(floor)}
    net = {
        name: [one - other for one, other in zip(times, floor)] for name, times in seconds.items()
    }
    for name, times in seconds.items():
        results[name] = {**timing.summary(times), 'net': timing.summary(net[name])}
        base = 'boto3, first client' if 'client' in name else 'boto3'
        if base in net:
            results[name]['ratio'] = timing.ratio(net[name], net[base])
    return results, skipped
