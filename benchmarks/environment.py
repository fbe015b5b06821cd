"""What the measurements were made with."""

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = ('boto3', 'botocore', 'schematics', 'pynamodb', 'dyntastic', 'pydantic', 'bloop')


def describe():
    import dynamongo

    versions = {'dynamongo': dynamongo.__version__}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return {
        'date': datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        'python': f'{platform.python_implementation()} {platform.python_version()}',
        'system': platform.system(),
        'cpu': _cpu(),
        'cores': os.cpu_count(),
        'versions': versions,
    }


def _cpu():
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.processor() or platform.machine()
