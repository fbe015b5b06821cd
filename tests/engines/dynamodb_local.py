"""DynamoDB Local, a Java program."""

import atexit
import contextlib
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
    jar = find_jar()
    if jar is None:
        raise EngineError(
            'DynamoDB Local is not here; fetch it with "python -m tests.engines.fetch" or name a '
            'jar in DYNAMODB_LOCAL_JAR'
        )
    java = find_java()
    for _ in range(ATTEMPTS):
        # It writes a metadata file into its working directory.
        with tempfile.TemporaryDirectory(prefix='dynamodb-local-') as folder:
            server = Server(java, jar, Path(folder))
            atexit.register(server.stop)
            try:
                server.wait_until_ready()
            except PortTaken:
                continue
            else:
                yield Engine('dynamodb-local', server.endpoint_url, server.version)
                return
            finally:
                server.stop()
                atexit.unregister(server.stop)
    raise EngineError(f'DynamoDB Local found its port taken {ATTEMPTS} times in a row')


class Server:
    """One process of DynamoDB Local."""

    def __init__(self, java, jar, folder):
        self.port = free_port()
        self.log = folder / 'dynamodb-local.log'
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
                    '-inMemory',
                    '-sharedDb',
                    '-disableTelemetry',
                    '-port',
                    str(self.port),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

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
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
