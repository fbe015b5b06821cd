"""DynamoDB Local, a Java program."""

import atexit
import contextlib
import functools
import http.client
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.engines.base import Engine, EngineError
from tests.engines.locate import LIBRARY_NAME, find_jar, find_java

ATTEMPTS = 5
START_SECONDS = 90
STOP_SECONDS = 10


class PortTaken(Exception):
    """Another program took the port between our look and the start."""


@contextlib.contextmanager
def running_dynamodb_local():
    """Run DynamoDB Local on a free port, all in memory, and yield its :class:`Engine`."""
    with workplace() as folder:
        server = start_server(folder, ['-inMemory'])
        try:
            yield server.engine
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


def start_server(cwd, storage):
    """Start DynamoDB Local on a free port; return its :class:`Server` once it answers."""
    jar = find_jar()
    if jar is None:
        raise EngineError(
            'DynamoDB Local is not here; fetch it with "python -m tests.engines.fetch" or name a '
            'jar in DYNAMODB_LOCAL_JAR'
        )
    java = find_java()
    for _ in range(ATTEMPTS):
        server = Server(java, jar, cwd, storage)
        try:
            server.wait_until_ready()
        except PortTaken:
            server.stop()
        except BaseException:
            server.stop()
            raise
        else:
            return server
    raise EngineError(f'DynamoDB Local found its port taken {ATTEMPTS} times in a row')


class OnDiskServer:
    """DynamoDB Local with its tables in a folder, which outlive its process.

    Each start takes another port: ask for ``endpoint_url`` and ``engine`` again after it.
    """

    def __init__(self, folder, cwd):
        self.folder = Path(folder).resolve()
        self.cwd = cwd
        self.server = None

    @property
    def engine(self):
        """The :class:`Engine` of the latest start, which may be dead by now."""
        return self.server.engine

    @property
    def endpoint_url(self):
        return self.server.endpoint_url

    def start(self):
        if self.server is not None and self.server.process.poll() is None:
            raise EngineError('this DynamoDB Local runs already')
        self.server = start_server(self.cwd, ['-dbPath', str(self.folder)])

    def kill(self):
        """End the process as a crash would, with SIGKILL, and wait until it is gone."""
        self.server.kill()

    def restart(self):
        self.kill()
        self.start()

    def stop(self):
        self.server.stop()


class Server:
    """One process of DynamoDB Local.

    :param list storage: the options that say where it keeps its tables.
    """

    def __init__(self, java, jar, cwd, storage):
        self.port = free_port()
        self.log = cwd / 'dynamodb-local.log'
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [
                    java,
                    '-Xmx256m',
                    '-XX:+UseSerialGC',
                    '-XX:TieredStopAtLevel=1',
                    f'-Djava.library.path={jar.parent / LIBRARY_NAME}',
                    '-jar',
                    str(jar),
                    *storage,
                    '-sharedDb',
                    '-disableTelemetry',
                    '-port',
                    str(self.port),
                ],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        atexit.register(self.stop)

    @functools.cached_property
    def engine(self):
        return Engine('dynamodb-local', self.endpoint_url, self.version)

    @property
    def endpoint_url(self):
        return f'http://127.0.0.1:{self.port}'

    @property
    def version(self):
        match = re.search(r'^Version:\s*(\S+)', self.read_log(), re.MULTILINE)
        return match.group(1) if match else '(version unknown)'

    def read_log(self):
        return self.log.read_text(encoding='utf-8', errors='replace')

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready = self.answers()
            # The log is read after the question: where the port is another program's, it may
            # have been that program which answered. The Java process itself stays, idle.
            log = self.read_log()
            if 'BindException' in log or 'Failed to bind' in log:
                raise PortTaken
            if self.process.poll() is not None:
                raise EngineError(
                    f'DynamoDB Local ended with code {self.process.returncode}: {log.strip()}'
                )
            if ready:
                return
            time.sleep(0.05)
        raise EngineError(
            f'DynamoDB Local was not ready after {START_SECONDS} s: {self.read_log().strip()}'
        )

    def answers(self):
        """Whether it answers a bare GET as DynamoDB does: 400, as nothing is signed."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
        try:
            connection.request('GET', '/')
            return connection.getresponse().status == 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        atexit.unregister(self.stop)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
