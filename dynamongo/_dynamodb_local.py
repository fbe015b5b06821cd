"""DynamoDB Local, a Java program: where it is found, and one process of it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dynamongo import _watcher
from dynamongo.exceptions import DynamongoError

HOST = '127.0.0.1'
JAR_VARIABLE = 'DYNAMODB_LOCAL_JAR'
JAR_NAME = 'DynamoDBLocal.jar'
LIBRARY_NAME = 'DynamoDBLocal_lib'
OLDEST_JAVA = 11
OTHER_JAVA = 'name the folder of another Java in JAVA_HOME'

ATTEMPTS = 5
START_SECONDS = 90
STOP_SECONDS = 10


class EngineError(DynamongoError):
    """Raised when the DynamoDB that was asked for, to try or test something, can't be had.

    :param str msg: which engine it is, why it can't be had, and what to do.

    .. versionadded:: 0.2
    """


class PortTaken(Exception):
    """Another program took the port between our look and the start."""


def named_jar() -> Path | None:
    """Return the jar that ``DYNAMODB_LOCAL_JAR`` names, by itself or by its folder, or ``None``."""
    named = os.environ.get(JAR_VARIABLE)
    if not named:
        return None
    path = Path(named).expanduser().resolve()
    jar = path / JAR_NAME if path.is_dir() else path
    if not jar.is_file():
        found = f'a folder without {JAR_NAME}' if path.is_dir() else 'which is not a file'
        raise EngineError(
            f'{JAR_VARIABLE} names {named}, {found}: name {JAR_NAME}, or the folder that holds it'
        )
    return jar


def find_java() -> str:
    """Return the ``java`` command of ``JAVA_HOME``, else of ``PATH``."""
    home = os.environ.get('JAVA_HOME')
    java = shutil.which('java', path=os.path.join(home, 'bin') if home else None)
    if java is None and home:
        raise EngineError(
            f'JAVA_HOME names {home}, which holds no bin/java: name the folder of a Java of at '
            f'least {OLDEST_JAVA}, or unset JAVA_HOME'
        )
    if java is None:
        raise EngineError(
            f'DynamoDB Local needs Java {OLDEST_JAVA} or newer; no java was found: install it, or '
            'name its folder in JAVA_HOME'
        )
    version = _java_version(java)
    if version < OLDEST_JAVA:
        raise EngineError(
            f'DynamoDB Local needs Java {OLDEST_JAVA} or newer; {java} is Java {version}: name the '
            'folder of a newer one in JAVA_HOME'
        )
    return java


def _java_version(java: str) -> int:
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
        raise EngineError(f'{java} -version failed: {error}; {OTHER_JAVA}') from error
    return parse_java_version(answer.stderr + answer.stdout)


def parse_java_version(text: str) -> int:
    """Return the feature release that ``java -version`` prints: 8 for "1.8.0_412".

    >>> parse_java_version('openjdk version "17.0.1" 2021-10-19')
    17
    """
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    if match is None:
        raise EngineError(f'java -version printed no version: {text.strip()!r}; {OTHER_JAVA}')
    return int(match.group(1))


def start_process(
    jar: Path, cwd: Path, storage: Sequence[str] = ('-inMemory',), *, temporary: bool = False
) -> Process:
    """Start DynamoDB Local on a free port; return its process once it answers.

    :param Path cwd: its working directory, where it writes a file of its own and its log.
    :param storage: the options that say where it keeps its tables.
    :param bool temporary: whether the directory is removed if this program is killed.
    """
    java = find_java()
    for _ in range(ATTEMPTS):
        process = Process(java, jar, cwd, storage, temporary)
        try:
            process.wait_until_ready()
        except PortTaken:
            process.stop()
        except BaseException:
            process.stop()
            raise
        else:
            return process
    raise EngineError(
        f'DynamoDB Local found its port taken {ATTEMPTS} times in a row; other programs here take '
        'ports fast: try again'
    )


class Process:
    """One process of DynamoDB Local, which ends with the program that started it."""

    def __init__(
        self, java: str, jar: Path, cwd: Path, storage: Sequence[str], temporary: bool
    ) -> None:
        self.port = free_port()
        self.log = cwd / 'dynamodb-local.log'
        self._owner = os.getpid()
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
        self._watcher: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        self._watcher = _start_watcher(self.process.pid, cwd if temporary else None)

    @property
    def endpoint_url(self) -> str:
        return f'http://{HOST}:{self.port}'

    @functools.cached_property
    def version(self) -> str:
        match = re.search(r'^Version:\s*(\S+)', self._read_log(), re.MULTILINE)
        return match.group(1) if match else '(version unknown)'

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def _read_log(self) -> str:
        return self.log.read_text(encoding='utf-8', errors='replace')

    def wait_until_ready(self) -> None:
        """Return when it answers.

        :raises PortTaken: where it found its port taken.
        :raises EngineError: where it ends, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready = self._answers()
            # The log is read after the question: where the port is another program's, it may
            # have been that program which answered. The Java process itself stays, idle.
            log = self._read_log()
            if 'BindException' in log or 'Failed to bind' in log:
                raise PortTaken
            if not self.is_running:
                raise EngineError(
                    f'DynamoDB Local ended with code {self.process.returncode}; its log says why: '
                    f'{log.strip()}'
                )
            if ready:
                return
            time.sleep(0.05)
        raise EngineError(
            f'DynamoDB Local was not ready after {START_SECONDS} s; try again when the machine is '
            f'less busy. Its log says: {self._read_log().strip()}'
        )

    def _answers(self) -> bool:
        """Whether it answers a bare GET as DynamoDB does: 400, as nothing is signed."""
        # http.client, unlike urllib, never sends a loopback request to a proxy.
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request('GET', '/')
            return connection.getresponse().status == 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End it, if this is the process that started it and not a fork of that one."""
        if self._owner != os.getpid():
            return
        self._dismiss_watcher()
        if self.is_running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL, and wait until it is gone."""
        self._dismiss_watcher()
        if self.is_running:
            self.process.kill()
            self.process.wait()
        atexit.unregister(self.stop)

    def leave_to_parent(self) -> None:
        """Let go of it in a fork, so that it ends with the program that was forked."""
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.close()

    def _dismiss_watcher(self) -> None:
        # Before the process ends: afterwards its number may be that of another one.
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            with contextlib.suppress(OSError):
                watcher.communicate(b'.')


def _start_watcher(pid: int, folder: Path | None) -> subprocess.Popen[bytes] | None:
    """Start what ends a process if this program is killed, where there is a Python to run it."""
    if not sys.executable or getattr(sys, 'frozen', False):
        return None
    command = [sys.executable, '-I', '-S', _watcher.__file__, str(pid)]
    if folder is not None:
        command.append(str(folder))
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
