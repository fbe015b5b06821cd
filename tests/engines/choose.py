"""From the name of an engine to a running one."""

from dynamongo._dynamodb_local import find_java
from tests.engines.base import EngineError
from tests.engines.dynamodb_local import running_dynamodb_local
from tests.engines.endpoint import named_endpoint
from tests.engines.locate import find_jar
from tests.engines.moto import running_moto

CHOICES = ('auto', 'moto', 'dynamodb-local', 'endpoint')
DEFAULT = 'auto'
VARIABLE = 'DYNAMONGO_TEST_ENGINE'


def running_engine(name):
    """A context manager that runs the engine of that name.

    What was asked for by its name is what runs, or an :class:`EngineError` says why not.
    """
    starters = {
        'auto': running_dynamodb_local if dynamodb_local_is_here() else running_moto,
        'moto': running_moto,
        'dynamodb-local': running_dynamodb_local,
        'endpoint': named_endpoint,
    }
    if name not in starters:
        raise EngineError(f'no engine is called {name!r}; there are {", ".join(CHOICES)}')
    return starters[name]()


def dynamodb_local_is_here():
    if find_jar() is None:
        return False
    try:
        find_java()
    except EngineError:
        return False
    return True
