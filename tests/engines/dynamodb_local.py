"""DynamoDB Local, as the tests and benchmarks run it: in memory, or in a folder."""

import contextlib
import tempfile
from pathlib import Path

from dynamongo._dynamodb_local import start_process
from tests.engines.base import Engine, EngineError
from tests.engines.locate import find_jar


@contextlib.contextmanager
def running_dynamodb_local():
    """Run DynamoDB Local on a free port, all in memory, and yield its :class:`Engine`."""
    with workplace() as folder:
        server = start_process(jar(), folder)
        try:
            yield engine_of(server)
        finally:
            server.stop()


@contextlib.contextmanager
def on_disk_dynamodb_local(folder):
    """Run DynamoDB Local with its tables in ``folder``, and yield its :class:`OnDiskServer`."""
    with workplace() as cwd:
        server = OnDiskServer(folder, cwd)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def workplace():
    """A working directory of its own: DynamoDB Local writes a metadata file there."""
    with tempfile.TemporaryDirectory(prefix='dynamodb-local-') as folder:
        yield Path(folder)


def jar():
    found = find_jar()
    if found is None:
        raise EngineError(
            'DynamoDB Local is not here; fetch it with "python -m tests.engines.fetch" or name a '
            'jar in DYNAMODB_LOCAL_JAR'
        )
    return found


def engine_of(server):
    return Engine('dynamodb-local', server.endpoint_url, server.version)


class OnDiskServer:
    """DynamoDB Local with its tables in a folder, which outlive its process.

    Each start takes another port: ask for ``endpoint_url`` and ``engine`` again after it.
    """

    def __init__(self, folder, cwd):
        self.folder = Path(folder).resolve()
        self.cwd = cwd
        self.server = None
        self.engine = None

    @property
    def endpoint_url(self):
        return self.server.endpoint_url

    def start(self):
        if self.server is not None and self.server.is_running:
            raise EngineError('this DynamoDB Local runs already')
        self.server = start_process(jar(), self.cwd, ['-dbPath', str(self.folder)])
        #: The engine of the latest start, which may be dead by now.
        self.engine = engine_of(self.server)

    def kill(self):
        """End the process as a crash would, with SIGKILL, and wait until it is gone."""
        self.server.kill()

    def restart(self):
        self.kill()
        self.start()

    def stop(self):
        self.server.stop()
