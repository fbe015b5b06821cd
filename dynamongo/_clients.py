"""The clients of boto3, made for settings, shared and kept."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynamongo import _wire
from dynamongo._names import suggest
from dynamongo._version import __version__
from dynamongo.exceptions import ValidationError

if TYPE_CHECKING:
    import boto3

    from dynamongo._settings import Settings

DEFAULT_REGION = 'us-east-2'

#: Connections that one client keeps open: enough for the threads of a busy service.
MAX_POOL_CONNECTIONS = 50

#: Attempts, the first included, that botocore makes before an error reaches the caller.
MAX_ATTEMPTS = 4


class Pool:
    """The clients, resources and tables of one process.

    boto3's clients may be shared between threads; its resources and tables may not. So each thread
    has resources and tables of its own, all on one client.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[Settings, Any] = {}
        self.resources: dict[Settings, Any] = {}
        self.local = threading.local()

    def _of_thread(self) -> dict[Any, Any]:
        """Return this thread's dict of resources and tables."""
        made: dict[Any, Any]
        try:
            made = self.local.made
        except AttributeError:
            made = self.local.made = {}
        return made

    def client(self, settings: Settings) -> Any:
        """Return the low-level client, which all threads share."""
        with self.lock:
            client = self.clients.get(settings)
            if client is None:
                with _told():
                    session = settings.session or _boto3_session(settings)
                    client = session.client('dynamodb', **_client_arguments(settings))
                _guard(client, settings)
                self.clients[settings] = client
        return client

    def resource(self, settings: Settings) -> Any:
        """Return the resource of this thread."""
        made = self._of_thread()
        resource = made.get(settings)
        if resource is None:
            with self.lock:
                resource = made[settings] = self._make_resource(settings)
        return resource

    def table(self, settings: Settings, name: str) -> Any:
        """Return the table object of this thread."""
        made = self._of_thread()
        table = made.get((settings, name))
        if table is None:
            resource = self.resource(settings)
            with self.lock:
                table = made[settings, name] = resource.Table(name)
        return table

    def _make_resource(self, settings: Settings) -> Any:
        """Return a new resource; the first one makes the client that the others share."""
        first = self.resources.get(settings)
        if first is not None:
            return type(first)(client=first.meta.client)
        with _told():
            session = settings.session or _boto3_session(settings)
            resource: Any = session.resource('dynamodb', **_client_arguments(settings))
        _wire.install(resource.meta.client.meta.events)
        _guard(resource.meta.client, settings)
        self.resources[settings] = resource
        return resource


def region_of(settings: Settings) -> str:
    """Return the region that requests with these settings go to."""
    region = settings.region
    if not region and settings.session is not None:
        region = settings.session.region_name
    if not region:
        region = os.environ.get('AWS_REGION_NAME')
    if not region:
        with _told():
            region = _boto3_session(settings).region_name
    return region or DEFAULT_REGION


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell what is wrong with settings that boto3 makes nothing of."""
    from botocore.exceptions import ProfileNotFound

    try:
        yield
    except ValueError as error:  # An endpoint or a region that is none.
        reason = re.sub('//[^/]*@', '//***@', str(error))
        way = '; write it as http://host:port' if reason.startswith('Invalid endpoint') else ''
        raise ValidationError(f'Connection: {reason}{way}') from error
    except ProfileNotFound as error:
        profile = error.kwargs['profile']
        raise ValidationError(
            f'Connection: the configuration files of AWS have no profile {profile!r}'
            f'{suggest(profile, _known_profiles(), "profiles")}; name another by profile= or '
            'AWS_PROFILE, or give a key pair'
        ) from error


def _known_profiles() -> list[str]:
    import botocore.session

    return list(botocore.session.Session().available_profiles)


def _boto3_session(settings: Settings) -> boto3.Session:
    # Imported at first use: boto3 takes longer to import than the rest of a small program.
    import boto3

    return boto3.Session(
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
        profile_name=settings.profile,
    )


def _guard(client: Any, settings: Settings) -> None:
    """Let a client that is made in a block send nothing when the block isn't the current one."""
    block = settings.block
    if block is not None:
        # Each attempt is such an event, those that repeat a request included.
        events = client.meta.events
        events.register_first('before-send.dynamodb', lambda **kwargs: block.check())
        # No event follows a request in which a handler raises: it is its call that is counted.
        endpoint = client._endpoint
        send = endpoint.make_request

        def counted(*arguments: Any, **options: Any) -> Any:
            with block.request():
                return send(*arguments, **options)

        endpoint.make_request = counted


#: What mustn't be in a name within a User-Agent.
_NO_TOKEN = r"[^A-Za-z0-9!$%&'*+.^_`|~-]"


@functools.cache
def _user_agent() -> str:
    """Return what requests call their sender, made once: botocore makes it twice a call."""
    import boto3

    # botocore adds itself.
    return (
        f'dynamongo/{__version__} Boto3/{boto3.__version__} '
        f'Python/{platform.python_version()} {platform.system()}/{platform.release()}'
    )


def _client_arguments(settings: Settings) -> dict[str, Any]:
    from botocore.config import Config

    # What botocore, seen in 1.44, reads into `user_agent_appid`, and appends in this form.
    app = getattr(settings.config, 'user_agent_appid', None) or os.environ.get('AWS_SDK_UA_APP_ID')
    config = Config(
        user_agent=_user_agent() + (f' app/{re.sub(_NO_TOKEN, "-", app)}' if app else ''),
        retries={'mode': 'standard', 'total_max_attempts': MAX_ATTEMPTS},
        max_pool_connections=MAX_POOL_CONNECTIONS,
    )
    if settings.config is not None:
        config = config.merge(settings.config)
    if settings.block is not None:
        # What is here isn't reached by a proxy.
        config = config.merge(Config(proxies={}))
    return {
        'region_name': region_of(settings),
        'endpoint_url': settings.endpoint_url,
        'config': config,
    }
