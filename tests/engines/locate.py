"""Where DynamoDB Local and Java are found."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.engines.base import EngineError

JAR_VARIABLE = 'DYNAMODB_LOCAL_JAR'
PACKAGE = 'amplify-dynamodb-simulator'
PACKAGE_VERSION = '2.9.30'
JAR_NAME = 'DynamoDBLocal.jar'
LIBRARY_NAME = 'DynamoDBLocal_lib'
OLDEST_JAVA = 11


def cache_folder():
    """The per-user folder into which ``python -m tests.engines.fetch`` unpacks DynamoDB Local."""
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'dynamongo' / f'dynamodb-local-{PACKAGE_VERSION}'


def find_jar():
    """The jar that ``DYNAMODB_LOCAL_JAR`` names, else the cached one, else None."""
    named = os.environ.get(JAR_VARIABLE)
    if named:
        jar = Path(named).expanduser().resolve()
        if not jar.is_file():
            raise EngineError(f'{JAR_VARIABLE} names {named}, which is not a file')
        return jar
    cached = cache_folder() / JAR_NAME
    return cached if cached.is_file() else None


def find_java():
    """The ``java`` command of ``JAVA_HOME``, else of ``PATH``; an error where it is too old."""
    home = os.environ.get('JAVA_HOME')
    java = shutil.which('java', path=os.path.join(home, 'bin')) if home else None
    java = java or shutil.which('java')
    if java is None:
        raise EngineError(f'DynamoDB Local needs Java {OLDEST_JAVA} or newer; no java was found')
    version = java_version(java)
    if version < OLDEST_JAVA:
        raise EngineError(
            f'DynamoDB Local needs Java {OLDEST_JAVA} or newer; {java} is Java {version}'
        )
    return java


def java_version(java):
    try:
        answer = subprocess.run(
            [java, '-version'],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f'{java} -version failed: {error}') from error
    return parse_java_version(answer.stderr + answer.stdout)


def parse_java_version(text):
    """The feature release in what ``java -version`` prints: 8 for "1.8.0_412", 17 for "17.0.1"."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    if match is None:
        raise EngineError(f'java -version printed no version: {text.strip()!r}')
    return int(match.group(1))
