"""Ask mypy and pyright about the programs in this folder, as a user of the package does.

``python -m tests.typing.check``. Each line that ends with ``# rejected`` must have an error, and no
other one may. The package is put into an environment of its own, without settings of ours, so that
what counts is what is installed: a package with ``py.typed``, whose dependencies have no types.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import venv

import dynamongo

HERE = pathlib.Path(__file__).parent
PROGRAMS = sorted(
    path for path in HERE.glob('*.py') if path.stem != '__init__' and path != pathlib.Path(__file__)
)

_REJECTED = re.compile(r'#\s*rejected$')
_MYPY_ERROR = re.compile(r'([^:\n]+\.py):(\d+): error: (.*)')


def expected():
    """Return the places that must have an error: pairs of file name and line."""
    return {
        (path.name, number)
        for path in PROGRAMS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _REJECTED.search(line)
    }


def install(folder):
    """Make an environment that has the package alone, and return its interpreter."""
    venv.create(folder, symlinks=os.name != 'nt')
    interpreter = folder / ('Scripts/python.exe' if os.name == 'nt' else 'bin/python')
    query = 'import sysconfig; print(sysconfig.get_path("purelib"))'
    libraries = subprocess.run(
        [interpreter, '-c', query], capture_output=True, text=True, check=True
    )
    package = pathlib.Path(dynamongo.__file__).parent
    shutil.copytree(package, pathlib.Path(libraries.stdout.strip()) / 'dynamongo')
    return interpreter


def mypy(folder, interpreter):
    """Return the errors that mypy finds: file name and line to message."""
    command = [sys.executable, '-m', 'mypy', '--strict', '--config-file=', '--no-error-summary']
    output = run([*command, f'--python-executable={interpreter}', *names()], folder)
    errors = {}
    for name, line, message in _MYPY_ERROR.findall(output):
        errors.setdefault((name, int(line)), message)
    return errors


def pyright(folder, interpreter):
    """Return the errors that pyright finds: file name and line to message."""
    command = [sys.executable, '-m', 'pyright', '--outputjson', f'--pythonpath={interpreter}']
    output = run([*command, *names()], folder)
    errors = {}
    for found in json.loads(output)['generalDiagnostics']:
        if found['severity'] == 'error':
            place = pathlib.Path(found['file']).name, found['range']['start']['line'] + 1
            errors.setdefault(place, found['message'].splitlines()[0])
    return errors


def names():
    return [path.name for path in PROGRAMS]


def run(command, folder):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ('MYPYPATH', 'PYTHONPATH', 'VIRTUAL_ENV')
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f'{command[2]} failed:\n{done.stdout}{done.stderr}')
    return done.stdout


def main():
    wanted, failed = expected(), False
    if not wanted:
        raise SystemExit('no line is marked as rejected, so nothing would be found out')
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        interpreter = install(folder / 'environment')
        programs = folder / 'programs'
        programs.mkdir()
        for path in PROGRAMS:
            shutil.copy(path, programs)
        for checker in (mypy, pyright):
            errors = checker(programs, interpreter)
            for name, line in sorted(wanted - errors.keys()):
                print(f'{checker.__name__}: {name}:{line}: is not rejected')
            for name, line in sorted(errors.keys() - wanted):
                print(f'{checker.__name__}: {name}:{line}: {errors[name, line]}')
            failed |= errors.keys() != wanted
            print(f'{checker.__name__}: {len(errors)} errors, {len(wanted)} expected')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
