"""What is installed, and that importing it does nothing."""

import importlib
import importlib.metadata
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dynamongo

ROOT = Path(__file__).resolve().parent.parent
PUBLIC_MODULES = (
    'conditions',
    'connection',
    'exceptions',
    'fields',
    'local',
    'model',
    'updates',
    'utils',
)
ALL_MODULES = sorted(
    module.name for module in pkgutil.walk_packages(dynamongo.__path__, 'dynamongo.')
)


def requirements(*, extra=None):
    """The names required by the installed distribution, always or by an extra."""
    names = set()
    for requirement in importlib.metadata.requires('dynamongo'):
        specification, _, marker = requirement.partition(';')
        found = re.search(r'extra == .([\w-]+).', marker)
        if (found.group(1) if found else None) == extra:
            names.add(re.match(r'[\w.-]+', specification).group().lower())
    return names


@pytest.mark.parametrize('tool', ['mypy', 'pyright', 'ruff'])
def test_sources_are_checked_by_the_same_release_everywhere(tool):
    """By tox, before a commit, and where contributors install everything."""
    pin = re.compile(rf'\b{tool}[~=]=([\d.]+)')
    files = ['setup.py', 'tox.ini', *(['.pre-commit-config.yaml'] if tool == 'ruff' else [])]
    found = [pin.findall((ROOT / name).read_text(encoding='utf-8')) for name in files]
    assert all(found)
    assert len({release for releases in found for release in releases}) == 1


def test_the_version_is_written_once():
    """The package, its metadata and _version.py agree."""
    source = (ROOT / 'dynamongo' / '_version.py').read_text(encoding='utf-8')
    assert source == f"__version__ = '{dynamongo.__version__}'\n"
    assert importlib.metadata.version('dynamongo') == dynamongo.__version__


def test_only_boto3_and_schematics_are_required():
    assert requirements() == {'boto3', 'schematics'}


def test_the_oldest_boto3_is_the_one_that_tox_runs():
    """What setup.py admits is what the tests have seen."""
    setup, tox = ((ROOT / name).read_text(encoding='utf-8') for name in ('setup.py', 'tox.ini'))
    oldest, newest = re.search(r"OLDEST_BOTO3, NEWEST_BOTO3 = '(.+)', '(.+)'", setup).groups()
    assert f'boto3=={oldest}' in tox
    assert tuple(map(int, oldest.split('.'))) < tuple(map(int, newest.split('.')))
    specified = importlib.metadata.requires('dynamongo')
    assert f'boto3>={oldest}' in [each.replace(' ', '') for each in specified]


def test_extras():
    metadata = importlib.metadata.metadata('dynamongo')
    assert {'local', 'test', 'docs'} <= set(metadata.get_all('Provides-Extra'))
    assert requirements(extra='local') == {'moto'}
    assert {'moto', 'pytest', 'hypothesis'} <= requirements(extra='test')
    assert 'sphinx' in requirements(extra='docs')


def test_python_versions():
    metadata = importlib.metadata.metadata('dynamongo')
    assert metadata['Requires-Python'] == '>=3.9'
    classifiers = metadata.get_all('Classifier')
    for version in ('3.9', '3.10', '3.11', '3.12', '3.13'):
        assert f'Programming Language :: Python :: {version}' in classifiers


def test_the_documented_modules_are_there():
    assert {f'dynamongo.{name}' for name in PUBLIC_MODULES} <= set(ALL_MODULES)


@pytest.mark.parametrize('name', ALL_MODULES)
def test_every_module_can_be_imported(name):
    importlib.import_module(name)


def test_every_name_in_all_exists():
    for name in dynamongo.__all__:
        assert hasattr(dynamongo, name), name


WATCHED_IMPORT = """
import importlib, json, sys, threading

# Parts of the standard library read tables of their own on import.
import mimetypes, uuid
from schematics import types

events = []
watching = True

def watch(event, arguments):
    if not watching:
        return
    if event.startswith('socket.') or event in ('subprocess.Popen', 'os.system', 'os.mkdir'):
        events.append(event)
    elif event == 'open':
        path, mode, flags = arguments
        if not str(path).endswith(('.py', '.pyc')) and '__pycache__' not in str(path):
            events.append(f'open {path}')

sys.addaudithook(watch)
before = {*sys.modules}
import dynamongo
package = {*sys.modules} - before
for name in MODULES:
    importlib.import_module(name)
watching = False
print(json.dumps({
    'events': events,
    'package': sorted({name.partition('.')[0] for name in package}),
    'modules': sorted({name.partition('.')[0] for name in sys.modules}),
    'threads': threading.active_count(),
}))
"""


@pytest.fixture(scope='module')
def after_import():
    """What a new interpreter looks like once every module of dynamongo is imported there."""
    program = f'MODULES = {ALL_MODULES!r}\n{WATCHED_IMPORT}'
    answer = subprocess.run(
        [sys.executable, '-B', '-c', program],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    'package',
    [
        'asyncio',
        'boto3',
        'botocore',
        'concurrent',
        'moto',
        'multiprocessing',
        'pytest',
        'typing_extensions',
        'unittest',
        'werkzeug',
    ],
)
def test_import_loads_no_client_library_and_nothing_that_only_some_need(after_import, package):
    assert package not in after_import['modules']


@pytest.mark.parametrize('module', ['argparse', 'logging', 'subprocess', 'tempfile', 'urllib'])
def test_the_package_loads_no_module_for_what_only_some_do(after_import, module):
    assert 'dynamongo' in after_import['package']
    assert module not in after_import['package']


def test_import_opens_no_file_and_no_connection(after_import):
    assert after_import['events'] == []
    assert after_import['threads'] == 1


def test_import_gives_no_warning():
    """schematics' own import is not ours to answer for: only what names dynamongo counts."""
    answer = subprocess.run(
        [sys.executable, '-W', 'always', '-c', 'import dynamongo'],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'dynamongo' not in answer.stderr
