"""The DynamoDBs that a program may have for itself, and what of them a block sees.

A :class:`World` is a DynamoDB without tables, which lasts as long as a block. Engines take long to
start, so they are kept when the block ends, for the next one.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from dynamongo._dynamodb_local import HOST, JAR_VARIABLE, EngineError, named_jar, start_process
from dynamongo._settings import without_user

if TYPE_CHECKING:
    from dynamongo._dynamodb_local import Process

MOTO, DYNAMODB_LOCAL, ENDPOINT = 'moto', 'dynamodb-local', 'endpoint'
VARIABLE = 'DYNAMONGO_ENGINE'

REGION = 'us-east-2'
# DynamoDB Local refuses credentials that are not alphanumeric.
CREDENTIAL = 'dynamongolocal'

#: Seconds until a server that runs already must have answered.
PATIENCE = 10

#: Seconds that a table may take until it can be deleted.
DELETE_SECONDS = 30

#: Seconds that a request which has been sent may take until the tables that it is for go.
REQUEST_SECONDS = 30

T = TypeVar('T')


class Layer(Generic[T]):
    """What a block has set aside."""

    def __init__(self, kept: T) -> None:
        self.kept = kept


class Layers(Generic[T]):
    """What blocks set aside and put back, in whichever order they end.

    :param take: sets it aside, and returns it.
    :param put: puts it back.
    """

    def __init__(self, take: Callable[[], T], put: Callable[[T], None]) -> None:
        self._take = take
        self._put = put
        self._layers: list[Layer[T]] = []

    def enter(self) -> Layer[T]:
        layer = Layer(self._take())
        self._layers.append(layer)
        return layer

    def is_last(self, layer: Layer[T]) -> bool:
        """Whether no block that lasts began after that of the layer."""
        return self._layers[-1] is layer

    def leave(self, layer: Layer[T]) -> None:
        position = self._layers.index(layer)
        del self._layers[position]
        if position == len(self._layers):
            self._put(layer.kept)
        else:
            # A block that began later lasts: it is that one which puts it back.
            self._layers[position].kept = layer.kept


class InFlight:
    """The requests that have begun and not ended, of all blocks.

    An engine outlasts a block, and would do what is late in the tables of the next one.
    """

    def __init__(self) -> None:
        # Of each request its thread; a handler of one may send another.
        self._requests: dict[object, threading.Thread] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Count a request of this thread, however it ends."""
        token = object()
        with self._changed:
            self._requests[token] = threading.current_thread()
        try:
            yield
        finally:
            with self._changed:
                del self._requests[token]
                self._changed.notify_all()

    def wait(self, seconds: float = REQUEST_SECONDS) -> None:
        """Wait until the requests that other threads have begun with have ended.

        :raises EngineError: where that takes longer.
        """
        own = threading.current_thread()
        with self._changed:
            waiting = {token for token, thread in self._requests.items() if thread is not own}
            if self._changed.wait_for(lambda: waiting.isdisjoint(self._requests), seconds):
                return
            late = next(self._requests[token] for token in waiting & self._requests.keys())
        raise EngineError(
            f'local_dynamodb: a request of {late.name} has had no answer for {seconds} seconds; '
            'end the threads of a block before it ends'
        )


#: Of this process.
in_flight = InFlight()


@functools.cache
def session() -> Any:
    """Return a boto3 session that nothing in the environment or in the user's files reaches.

    It is made once, since it holds boto3's description of DynamoDB, which takes long to read.
    """
    import boto3
    import botocore.session

    nowhere: dict[str, Any] = {
        'profile': (None, None, None, None),
        'config_file': (None, None, os.devnull, None),
        'credentials_file': (None, None, os.devnull, None),
    }
    return boto3.Session(
        CREDENTIAL,
        CREDENTIAL,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=nowhere),
    )


def client_config(**options: Any) -> Any:
    """Return a client configuration that never sends a request to a proxy."""
    from botocore.config import Config

    return Config(proxies={}, **options)


class World:
    """A DynamoDB of a block's own.

    :param str engine: ``'moto'``, ``'dynamodb-local'`` or ``'endpoint'``.
    :param str endpoint_url: where it listens.
    """

    #: What the names of its tables begin with, besides the prefix that the program sets.
    prefix = ''

    def __init__(self, engine: str, endpoint_url: str) -> None:
        self.engine = engine
        self.endpoint_url = endpoint_url
        # A fork sees the world of its parent, and must leave it alone when it ends.
        self._owner = os.getpid()

    def begin(self) -> None:
        """Leave the engine without tables of others; of nothing that is under way."""

    def clear(self) -> None:
        """Delete all tables."""
        raise NotImplementedError

    def close(self) -> None:
        """Delete all tables, and leave the engine to the next block; once."""
        if self._owner == os.getpid() and self in _open:
            _open.remove(self)
            self._close()

    def _close(self) -> None:
        raise NotImplementedError


def open_world(engine: str | None) -> World:
    """Return a new world, which has yet to begin.

    :param str engine: ``'moto'``, ``'dynamodb-local'`` or the URL of a server that runs already.
        ``None`` is what the environment variable ``DYNAMONGO_ENGINE`` says, else moto.
    :raises EngineError: where there is no such engine, or it can't be had.
    :raises ImportError: where it is moto, which isn't installed.
    """
    world = _new_world(engine)
    _open.append(world)
    return world


#: The worlds of the blocks that last.
_open: list[World] = []


@atexit.register
def _close_all() -> None:
    """Close the worlds of blocks that are never left, while requests and imports still work."""
    with contextlib.ExitStack() as stack:
        for world in _open:
            stack.callback(world.close)


def _new_world(engine: str | None) -> World:
    name = engine or os.environ.get(VARIABLE) or MOTO
    if name == MOTO:
        return MotoWorld()
    if name == DYNAMODB_LOCAL:
        return DynamoDBLocalWorld()
    if isinstance(name, str) and name.startswith(('http://', 'https://')):
        return EndpointWorld(name)
    source = '' if engine else f' ({VARIABLE} in the environment)'
    raise EngineError(
        f'no engine is called {name!r}{source}; there are {MOTO!r}, {DYNAMODB_LOCAL!r}, and the '
        "URL of a server that runs already, such as 'http://localhost:8000'"
    )


class MotoWorld(World):
    """All of moto's tables, of which those that there were are set aside."""

    def __init__(self) -> None:
        super().__init__(MOTO, _started.moto())
        self._layer: Layer[Any] | None = None

    def begin(self) -> None:
        self._layer = _started.tables.enter()

    def clear(self) -> None:
        take_moto_tables()

    def _close(self) -> None:
        if self._layer is not None:
            _started.tables.leave(self._layer)


def start_moto() -> Any:
    """Start a server of moto's on a free port and return it."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise ImportError(
            'local_dynamodb() runs on the moto server, which could not be imported: '
            "pip install 'dynamongo[local]'"
        ) from error
    server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    server.start()
    return server


def take_moto_tables() -> dict[tuple[str, str], dict[str, Any]]:
    """Leave moto without tables, and return those that it had, for :func:`put_moto_tables`.

    moto keeps its tables per process, whichever server they were made by.
    """
    kept = {}
    for account, region, backend in _moto_backends():
        kept[account, region] = backend.__dict__
        # It gives itself another __dict__.
        backend.reset()
    return kept


def put_moto_tables(kept: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Replace the tables of moto."""
    take_moto_tables()
    backends = _all_moto_backends()
    for (account, region), state in kept.items():
        backends[account][region].__dict__ = state


def _moto_backends() -> list[tuple[str, str, Any]]:
    return [
        (account, region, backend)
        for account, regions in list(_all_moto_backends().items())
        for region, backend in list(regions.items())
    ]


def _all_moto_backends() -> Any:
    from moto.backends import get_backend

    return get_backend('dynamodb')


@contextlib.contextmanager
def without_request_log() -> Iterator[None]:
    """Keep moto's server from logging each request during a block."""

    def keep(record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO

    logger = logging.getLogger('werkzeug')
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)


class ServerWorld(World):
    """The tables of a server, or those of them that begin with a prefix."""

    def __init__(self, engine: str, endpoint_url: str, config: Any) -> None:
        super().__init__(engine, endpoint_url)
        self._client = session().client('dynamodb', endpoint_url=endpoint_url, config=config)

    def clear(self) -> None:
        for page in self._client.get_paginator('list_tables').paginate():
            for name in page['TableNames']:
                if name.startswith(self.prefix):
                    self._delete(name)

    def _delete(self, name: str) -> None:
        from botocore.exceptions import ClientError

        until = time.monotonic() + DELETE_SECONDS
        while True:
            try:
                self._client.delete_table(TableName=name)
                return
            except ClientError as error:
                code = error.response['Error']['Code']
                if code == 'ResourceNotFoundException':
                    return
                if code == 'ValidationException':
                    self._client.update_table(TableName=name, DeletionProtectionEnabled=False)
                elif code != 'ResourceInUseException':
                    raise
                if time.monotonic() > until:
                    raise
            time.sleep(0.1)


class DynamoDBLocalWorld(ServerWorld):
    """All the tables of a DynamoDB Local, which no other block uses at the same time."""

    def __init__(self) -> None:
        self._server = _started.take_dynamodb_local()
        super().__init__(DYNAMODB_LOCAL, self._server.process.endpoint_url, client_config())
        # A thread that outlived the block before may have made some.
        self.clear()

    def _close(self) -> None:
        if self._server.process.is_running:
            self.clear()
        _started.give_dynamodb_local(self._server)


class EndpointWorld(ServerWorld):
    """The tables with a prefix that nobody else uses, of a server that runs already."""

    def __init__(self, url: str) -> None:
        self.prefix = f'dynamongo-{uuid.uuid4().hex[:12]}-'
        refusal = self._begin(url)
        if refusal is not None:
            # Not from botocore's error, which shows the password that the URL may carry.
            raise EngineError(
                f'no DynamoDB for tests answers at {without_user(url)}: start one there, or give '
                f'another engine ({refusal})'
            )

    def _begin(self, url: str) -> str | None:
        """Begin to use the server; return why that can't be done, or ``None``."""
        from botocore.exceptions import BotoCoreError, ClientError

        config = client_config(
            connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={'total_max_attempts': 2}
        )
        try:
            super().__init__(ENDPOINT, url, config)
            self._client.list_tables(Limit=1)
        except (BotoCoreError, ClientError, ValueError) as error:
            user = url.partition('//')[2].rpartition('@')[0]
            return str(error).replace(user, '***') if user else str(error)
        return None

    def _close(self) -> None:
        self.clear()


class LocalServer:
    """A process of DynamoDB Local, with the folder that it works in."""

    def __init__(self) -> None:
        jar = named_jar()
        if jar is None:
            raise EngineError(
                'DynamoDB Local is not here: download it from AWS, and name its jar, or the folder '
                f'that holds it, in {JAR_VARIABLE}'
            )
        self._owner = os.getpid()
        self._folder = tempfile.mkdtemp(prefix='dynamodb-local-')
        try:
            self.process: Process = start_process(jar, Path(self._folder), temporary=True)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def stop(self) -> None:
        if self._owner == os.getpid():
            self.process.stop()
            shutil.rmtree(self._folder, ignore_errors=True)


class _Started:
    """The engines that this process has started."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._moto_url: str | None = None
        self._servers: list[LocalServer] = []
        self._idle: list[LocalServer] = []
        self.tables = Layers(take_moto_tables, put_moto_tables)

    def moto(self) -> str:
        """Return the URL of moto's server, which ends with the process."""
        with self._lock:
            if self._moto_url is None:
                _, port = start_moto().get_host_and_port()
                self._moto_url = f'http://{HOST}:{port}'
            return self._moto_url

    def take_dynamodb_local(self) -> LocalServer:
        with self._lock:
            while self._idle:
                server = self._idle.pop()
                if server.process.is_running:
                    return server
                self._end(server)
            server = LocalServer()
            if not self._servers:
                atexit.register(self.stop)
            self._servers.append(server)
            return server

    def give_dynamodb_local(self, server: LocalServer) -> None:
        with self._lock:
            if server in self._servers:
                self._idle.append(server)

    def stop(self) -> None:
        """End every DynamoDB Local, if this is the process that started it and not a fork."""
        if self._owner != os.getpid():
            return
        with self._lock:
            self._idle.clear()
            while self._servers:
                self._end(self._servers[-1])
            atexit.unregister(self.stop)

    def leave_to_parent(self) -> None:
        """Let go of what the parent of this fork has started."""
        for server in self._servers:
            server.process.leave_to_parent()

    def _end(self, server: LocalServer) -> None:
        server.stop()
        self._servers.remove(server)


_started = _Started()


def stop() -> None:
    """End every DynamoDB Local that this process has started."""
    _started.stop()


def _begin_fork() -> None:
    global _started, in_flight
    _started.leave_to_parent()
    _started = _Started()
    in_flight = InFlight()


if hasattr(os, 'register_at_fork'):  # Windows has no fork.
    os.register_at_fork(after_in_child=_begin_fork)
