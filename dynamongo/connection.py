"""The connection to DynamoDB, shared by all models."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import os
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dynamongo import measuring
from dynamongo._calling import check_names, explains, explains_calls
from dynamongo._clients import Pool, region_of
from dynamongo._foreign import SETTINGS
from dynamongo._settings import (
    Block,
    Override,
    Pinned,
    Settings,
    checked,
    exclusive,
    given_settings,
    without_user,
)
from dynamongo.exceptions import ValidationError
from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3
    from botocore.config import Config
    from typing_extensions import Never, TypedDict, Unpack

    _T = TypeVar('_T')

    class _shared(Generic[_T]):
        """A property of the class and of its instances, as type checkers are to see it."""

        def __init__(self, find: Callable[[Any], _T]) -> None: ...

        def __get__(self, instance: object, owner: type | None = None) -> _T: ...

        def __set__(self, instance: object, value: Never) -> None: ...

    class _More(TypedDict, total=False):
        session_token: str | None
        profile: str | None
        endpoint_url: str | None
        session: boto3.Session | None
        config: Config | None
        batch_attempts: int | None

    class _All(_More, total=False):
        access_key_id: str | None
        secret_access_key: str | None
        region: str | None
        table_prefix: str | None
else:
    _shared = property

__all__ = ['Connection']

#: How often in a row a batch may come back without progress before it counts as failed.
BATCH_ATTEMPTS = 8

_SETTINGS = tuple(field.name for field in dataclasses.fields(Settings) if field.name != 'block')


class _Borg:
    """The state that all connections share."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.lock = threading.Lock()
        self.overrides: contextvars.ContextVar[Override | Pinned | None] = contextvars.ContextVar(
            'dynamongo_connection', default=None
        )
        self.pool = Pool()

    def current(self) -> Settings:
        """Return the settings that hold here, in this thread and block."""
        override = self.overrides.get()
        return self.settings if override is None else override.over(self.settings)

    def after_fork(self) -> None:
        """Begin a child process: without its parent's sockets, and without locks that a thread of
        the parent may have held."""
        self.lock = threading.Lock()
        self.pool = Pool()


_borg = _Borg()

if hasattr(os, 'register_at_fork'):  # Windows has no fork.
    os.register_at_fork(after_in_child=_borg.after_fork)


class _ConnectionType(type):
    """Makes the effective settings readable on the class and on its instances alike."""

    @property
    def table_prefix(cls) -> str:
        """The prefix of all table names; an empty string where none is set."""
        settings = _borg.current()
        prefix = settings.table_prefix
        if prefix is None:
            prefix = os.environ.get('AWS_TABLE_PREFIX', '')
        if settings.block is not None and settings.is_in_block:
            prefix = settings.block.prefixed(prefix)
        return prefix

    @property
    def region(cls) -> str:
        """The name of the AWS region that requests go to."""
        return region_of(_borg.current().client_key)

    @property
    def endpoint_url(cls) -> str | None:
        """The URL that requests go to, where one is set, else ``None``."""
        return _borg.current().client_key.endpoint_url

    @property
    def batch_attempts(cls) -> int:
        """How often in a row a batch may come back without progress before it counts as failed."""
        return _borg.current().batch_attempts or BATCH_ATTEMPTS

    def __setattr__(cls, name: str, value: Never) -> None:
        raise AttributeError(
            f"Connection.{name} can't be assigned; call Connection.set_config({name}=...)"
        )

    def __repr__(cls) -> str:
        return "<class 'dynamongo.connection.Connection'>"


@explains_calls
class Connection(metaclass=_ConnectionType):
    """Borg that handles access to DynamoDB: all its instances share one state.

    Every method works on the class and on an instance. Nothing is created, read or sent before the
    first request. A setting that is not given comes from the environment:

    * credentials: by boto3's own chain (``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and
      ``AWS_SESSION_TOKEN``, profiles, roles, containers),
    * region: ``AWS_REGION_NAME``, then boto3's own chain, then ``us-east-2``,
    * table prefix: ``AWS_TABLE_PREFIX``, then none.

    :param str access_key_id: AWS access key id.
    :param str secret_access_key: AWS secret access key.
    :param str region: AWS region name.
    :param str table_prefix: put before the name of every table. Default: nothing.
    :param kwargs: see :meth:`set_config`.

    >>> Connection.set_config(table_prefix='shop-', region='eu-west-1')
    >>> Connection().table_prefix
    'shop-'
    >>> Connection.reset()
    """

    __slots__ = ()

    def __init__(
        self,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        region: str | None = None,
        table_prefix: str | None = None,
        **kwargs: Unpack[_More],
    ) -> None:
        self.set_config(access_key_id, secret_access_key, region, table_prefix, **kwargs)

    @_shared
    def table_prefix(self) -> str:
        """The prefix of all table names; an empty string where none is set."""
        return type(self).table_prefix

    @_shared
    def region(self) -> str:
        """The name of the AWS region that requests go to."""
        return type(self).region

    @_shared
    def endpoint_url(self) -> str | None:
        """The URL that requests go to, where one is set, else ``None``."""
        return type(self).endpoint_url

    @_shared
    def batch_attempts(self) -> int:
        """How often in a row a batch may come back without progress before it counts as failed."""
        return type(self).batch_attempts

    def __repr__(self) -> str:
        # What has been said, and nothing that boto3 would have to be asked for.
        region = _borg.current().client_key.region
        if region is None:
            region = os.environ.get('AWS_REGION_NAME')
        return (
            f'Connection(region={region!r}, table_prefix={self.table_prefix!r}, '
            f'endpoint_url={without_user(self.endpoint_url)!r})'
        )

    @classmethod
    @explains(SETTINGS)
    def set_config(
        cls,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        region: str | None = None,
        table_prefix: str | None = None,
        *,
        session_token: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        session: boto3.Session | None = None,
        config: Config | None = None,
        batch_attempts: int | None = None,
    ) -> None:
        """Set what is given, for the whole process; what isn't given stays as it is.

        :param str access_key_id: AWS access key id.
        :param str secret_access_key: AWS secret access key.
        :param str region: AWS region name.
        :param str table_prefix: put before the name of every table; ``''`` for none.
        :param str session_token: the token of temporary credentials. A new key pair replaces it.
        :param str profile: a profile of the AWS configuration files.
        :param str endpoint_url: the URL of a DynamoDB-compatible server.
        :param boto3.Session session: makes the clients, instead of one made from the above.
        :param botocore.config.Config config: laid over dynamongo's own client settings.
        :param int batch_attempts: how often in a row a batch, or a write of many that is sent on
            its own, may come back without progress, because DynamoDB throttles, before what is
            left of it counts as failed; at least 1.
            The pauses between grow, at random, up to 20 seconds. Default 8, which takes some six
            seconds.

        A key pair, a profile and a session are three ways to say who calls: the last one set
        replaces the others.

        :raises ValidationError: where one half of a key pair is given without the other, two of the
            three ways are given at once, or a value is of the wrong type.
        """
        given = given_settings(
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            region=region,
            table_prefix=table_prefix,
            session_token=session_token,
            profile=profile,
            endpoint_url=endpoint_url,
            session=session,
            config=config,
            batch_attempts=batch_attempts,
        )
        given = exclusive(checked(given))
        with _borg.lock:
            settings = dataclasses.replace(_borg.settings, **given)
            if settings.session_token and not settings.access_key_id:
                raise ValidationError('Connection: a session_token needs the key pair it is for')
            _borg.settings = settings

    @classmethod
    def from_env(cls) -> Connection:
        """Read the config from the environment, now, and set what it holds.

        That is ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``, together with
        ``AWS_SESSION_TOKEN``; ``AWS_REGION_NAME``; and ``AWS_TABLE_PREFIX``. Calling it is needed
        only to put the environment above what :meth:`set_config` was told.

        :rtype: Connection
        """
        environ = os.environ
        given = given_settings(
            region=environ.get('AWS_REGION_NAME') or None,
            table_prefix=environ.get('AWS_TABLE_PREFIX'),
        )
        key, secret = environ.get('AWS_ACCESS_KEY_ID'), environ.get('AWS_SECRET_ACCESS_KEY')
        if key and secret:
            token = environ.get('AWS_SESSION_TOKEN') or None
            given.update(access_key_id=key, secret_access_key=secret, session_token=token)
        with _borg.lock:
            _borg.settings = dataclasses.replace(_borg.settings, **exclusive(given))
        return cls()

    @classmethod
    @contextlib.contextmanager
    def using(cls, **kwargs: Unpack[_All]) -> Iterator[type[Connection]]:
        """Override settings for a block.

        Only the code of the block sees them, and the asyncio tasks that it starts. Other threads
        don't, be they started in the block, unless their work is run by
        ``contextvars.copy_context().run``. Each
        distinct set of settings has a client, which is kept; a table prefix needs none of its own.

        :param kwargs: as for :meth:`set_config`.

        >>> with Connection.using(table_prefix='tenant-7-'):
        ...     Connection.table_prefix
        'tenant-7-'
        """
        check_names('Connection.using()', kwargs, _SETTINGS, SETTINGS)
        outer = _borg.overrides.get()
        given = exclusive(checked(given_settings(**kwargs)))
        override = Override({**(outer.given if outer else {}), **given})
        override.over(_borg.settings)
        token = _borg.overrides.set(override)
        try:
            yield cls
        finally:
            _borg.overrides.reset(token)

    @classmethod
    @contextlib.contextmanager
    def measure(cls) -> Iterator[measuring.Measurement]:
        """Count what dynamongo sends in a block: requests, items, read and write units, retries.

        What the block begins is counted: by itself, by the asyncio tasks that it starts, and by the
        threads of ``workers=``. An iterator is counted where it is made, whenever it is read, so
        also once the block has ended. Other threads aren't counted, be they started in the block,
        unless their work is run by ``contextvars.copy_context().run``. Nor is what is sent by
        :meth:`client`, :meth:`resource` and :meth:`get_table`. Blocks may be within blocks; each
        counts.

        DynamoDB says what a request consumes where it is asked to, which it is within a block
        alone (`ReturnConsumedCapacity
        <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html>`_).

        :returns: a context manager, which gives a :class:`.Measurement`.

        .. versionadded:: 0.2

        >>> with Connection.measure() as measured:
        ...     pass
        >>> measured
        <Measurement: 0 requests, 0.0 read units, 0.0 write units>
        """
        measurement = measuring.Measurement()
        token = measuring.active.set((*measuring.active.get(), measurement))
        try:
            yield measurement
        finally:
            # A generator may be closed in another context than it was begun in.
            with contextlib.suppress(ValueError):
                measuring.active.reset(token)

    @classmethod
    def _pin(cls) -> None:
        """Keep the settings that hold now, for the rest of the current context."""
        current = _borg.current()
        if current.table_prefix is None:
            current = current.with_prefix(cls.table_prefix)
        _borg.overrides.set(Pinned(current))

    @classmethod
    def reset(cls) -> None:
        """Forget all settings, clients and tables.

        Within a :func:`~dynamongo.local.local_dynamodb` block, those that the block began with hold
        again.
        """
        block = _borg.settings.block
        cls._restore(Settings() if block is None else block.settings())

    @classmethod
    def _snapshot(cls) -> Settings:
        """Return the settings of the process, for :meth:`_restore`."""
        return _borg.settings

    @classmethod
    def _restore(cls, snapshot: Settings) -> None:
        """Put settings back and drop the clients that belong to others."""
        with _borg.lock:
            _borg.settings = snapshot
            _borg.pool = Pool()

    @classmethod
    def client(cls) -> Any:
        """Return the low-level DynamoDB client, which all threads share.

        It speaks DynamoDB's wire types (``{'S': 'text'}``), and is meant for the maintenance of
        tables. Models use the client of :meth:`resource`, and never this one, which is made when it
        is first asked for.

        :rtype: botocore.client.BaseClient
        """
        return _borg.pool.client(_borg.current().client_key)

    @classmethod
    def resource(cls) -> Any:
        """Return the DynamoDB resource of this thread.

        :rtype: boto3.resources.base.ServiceResource
        """
        return _borg.pool.resource(_borg.current().client_key)

    @classmethod
    def get_table(cls, name: str) -> Any:
        """Return a DynamoDB table object of this thread.

        :param str name: the name of the table in DynamoDB, prefix included, as
            :meth:`.Model.table_name` returns it.
        :rtype: boto3.resources.base.ServiceResource
        """
        if not isinstance(name, str) or not name:
            raise ValidationError(
                'Connection.get_table takes the name of a table, such as Model.table_name(), '
                f'not {shorten(name)}'
            )
        return _borg.pool.table(_borg.current().client_key, name)


def pinned_context() -> contextvars.Context:
    """Return a context in which the settings of the connection stay as they are now."""
    context = contextvars.copy_context()
    context.run(Connection._pin)
    return context


def context_of(block: Block) -> contextvars.Context:
    """Return a context in which requests go to a block, whatever the connection has been told of
    another place; of its settings, the table prefix holds."""
    settings = block.settings().with_prefix(block.prefixed(Connection.table_prefix))
    context = contextvars.copy_context()
    context.run(_borg.overrides.set, Pinned(settings))
    return context
