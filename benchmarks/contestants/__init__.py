"""The libraries that are compared. A module for each has a class ``Contestant``."""

import importlib

#: In the order of the tables: the module, and what is said where its library isn't there.
MODULES = {
    'dynamongo': 'it is this checkout',
    'raw': 'pip install boto3',
    'resource': 'pip install boto3',
    'pynamodb': 'pip install pynamodb',
    'dyntastic': 'pip install dyntastic',
    'bloop': 'pip install --no-deps bloop; pip install blinker',
    'original': 'pip install --no-deps --target ENVIRONMENT/dynamongo-0.1 dynamongo==0.1',
}

LABELS = {
    'dynamongo': 'dynamongo',
    'raw': 'boto3 client',
    'resource': 'boto3 resource',
    'pynamodb': 'PynamoDB',
    'dyntastic': 'dyntastic',
    'bloop': 'bloop',
    'original': 'dynamongo 0.1',
}

#: Those that give instances of a model, rather than dicts.
MAPPERS = ('dynamongo', 'pynamodb', 'dyntastic', 'bloop', 'original')


def load(names=tuple(MODULES), endpoint_url=None):
    """Return the contestants by name, and the reason for each that can't be had.

    :param str endpoint_url: where they send requests. Default: the one of the region, for canned
        replies, which no request leaves.
    """
    found, skipped = {}, {}
    for name in names:
        try:
            module = importlib.import_module(f'benchmarks.contestants.{name}_')
        except ImportError as error:
            skipped[name] = f'{error}; {MODULES[name]}'
        else:
            found[name] = module.Contestant(endpoint_url)
    return found, skipped
