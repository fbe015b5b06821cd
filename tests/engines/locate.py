"""Where DynamoDB Local is found."""

import os
from pathlib import Path

from dynamongo._dynamodb_local import JAR_NAME, named_jar

PACKAGE = 'amplify-dynamodb-simulator'
PACKAGE_VERSION = '2.9.30'


def cache_folder():
    """The per-user folder into which ``python -m tests.engines.fetch`` unpacks DynamoDB Local."""
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'dynamongo' / f'dynamodb-local-{PACKAGE_VERSION}'


def find_jar():
    """The jar that ``DYNAMODB_LOCAL_JAR`` names, else the cached one, else None."""
    cached = cache_folder() / JAR_NAME
    return named_jar() or (cached if cached.is_file() else None)
