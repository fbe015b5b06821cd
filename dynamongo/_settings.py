"""The settings of a connection: which there are, which fit together, and which hold."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from dynamongo.exceptions import ValidationError
from dynamongo.utils import is_count, lazy, shorten

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import boto3
    from botocore.config import Config

#: The ways to say who calls, each with all the settings that belong to it.
_IDENTITIES = {
    'access_key_id': ('access_key_id', 'secret_access_key', 'session_token'),
    'profile': ('profile',),
    'session': ('session',),
}

#: What botocore takes for a region; none where it is left to the environment.
_REGION = re.compile(r'[A-Za-z0-9-]*')

_TYPES = {'session': 'boto3.Session', 'config': 'botocore.config.Config'}


class Block:
    """What a ``local_dynamodb`` block puts in place of AWS.

    :param str endpoint_url: where requests go that name no endpoint of their own.
    :param str prefix: what the names of all its tables begin with, before the program's prefix.
    :param str table_prefix: the program's prefix to begin with; ``None`` is the environment's.
    :param check: called before each attempt at a request to it; raises where the block isn't the
        current one.
    :param request: makes a context manager that lasts as long as a request, all attempts included.
    """

    def __init__(
        self,
        endpoint_url: str,
        region: str,
        session: boto3.Session,
        prefix: str,
        table_prefix: str | None,
        check: Callable[[], None],
        request: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self.session = session
        self.prefix = prefix
        self.table_prefix = table_prefix
        self.check = check
        self.request = request

    def settings(self) -> Settings:
        """Return the settings that it begins with."""
        return Settings(table_prefix=self.table_prefix, block=self)

    def prefixed(self, prefix: str) -> str:
        """Return the program's prefix with that of the block before it, once."""
        return prefix if prefix.startswith(self.prefix) else self.prefix + prefix


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the connection has been told. ``None`` means: not told."""

    access_key_id: str | None = None
    secret_access_key: str | None = dataclasses.field(default=None, repr=False)
    region: str | None = None
    table_prefix: str | None = None
    session_token: str | None = dataclasses.field(default=None, repr=False)
    profile: str | None = None
    # It may carry a password, as the two above are secrets.
    endpoint_url: str | None = dataclasses.field(default=None, repr=False)
    session: boto3.Session | None = None
    config: Config | None = None
    batch_attempts: int | None = None
    block: Block | None = None

    # What follows is asked for with every request.

    def with_prefix(self, prefix: str) -> Settings:
        """Return these settings with a table prefix."""
        settings: Settings
        known, settings = self.__dict__.get('_prefixed', (None, None))
        if known != prefix:
            settings = dataclasses.replace(self, table_prefix=prefix)
            settings.__dict__['client_key'] = self.client_key
            # One assignment, so that threads never see the half of it.
            self.__dict__['_prefixed'] = (prefix, settings)
        return settings

    @lazy
    def client_key(self) -> Settings:
        """What distinguishes one client from another: what isn't dynamongo's own.

        Within a block it is the block that says where requests go and who sends them, unless the
        program names another endpoint; of that, it says what the program doesn't.
        """
        block = self.block
        key = dataclasses.replace(self, table_prefix=None, batch_attempts=None)
        if block is None:
            return key
        if self.is_in_block:
            return Settings(
                region=block.region,
                endpoint_url=block.endpoint_url,
                session=block.session,
                config=self.config,
                block=block,
            )
        named = self.access_key_id or self.profile or self.session
        session = self.session if named else block.session
        return dataclasses.replace(key, session=session, block=None)

    @lazy
    def is_in_block(self) -> bool:
        """Whether requests go to the DynamoDB of a ``local_dynamodb`` block."""
        block = self.block
        return block is not None and self.endpoint_url in (None, block.endpoint_url)

    @lazy
    def _hash(self) -> int:
        return hash(tuple(getattr(self, field.name) for field in dataclasses.fields(self)))

    def __hash__(self) -> int:
        return self._hash


class Override:
    """What a ``using`` block lays over the settings of the process.

    :param dict given: setting to value; ``None`` where the block clears one.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self._laid: tuple[Settings | None, Any] = (None, None)

    def over(self, settings: Settings) -> Settings:
        """Return the settings of the process with the override laid over them."""
        merged: Settings
        # One assignment, so that threads never see the half of it.
        base, merged = self._laid
        if base is not settings:
            merged = dataclasses.replace(settings, **self.given)
            self._laid = (settings, merged)
        return merged


class Pinned:
    """Settings that hold whatever those of the process become."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def given(self) -> dict[str, Any]:
        """What is pinned: setting to value."""
        return {
            field.name: getattr(self._settings, field.name)
            for field in dataclasses.fields(Settings)
        }

    def over(self, settings: Settings) -> Settings:
        """Return the settings that are pinned."""
        return self._settings


def without_user(url: str | None) -> str | None:
    """Return a URL without the user and password that it may carry."""
    if not url or '@' not in url:
        return url
    scheme, _, rest = url.partition('//')
    return f'{scheme}//***@{rest.rpartition("@")[2]}'


def given_settings(**values: Any) -> dict[str, Any]:
    """Return the settings that have been given a value."""
    return {name: value for name, value in values.items() if value is not None}


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return settings that have been given, once they are known to be of the right types."""
    for name, value in given.items():
        if name == 'session':
            fits = hasattr(value, 'resource')
        elif name == 'config':
            fits = hasattr(value, 'merge')
        elif name == 'batch_attempts':
            if not is_count(value):
                raise ValidationError(
                    f'Connection: batch_attempts is an int of at least 1, not {value!r}'
                )
            continue
        else:
            fits = isinstance(value, str)
        if not fits:
            raise ValidationError(
                f'Connection: {name} takes a {_TYPES.get(name, "str")}, not {type(value).__name__}'
            )
        if name == 'region' and not _REGION.fullmatch(value):
            raise ValidationError(
                "Connection: region is a name such as 'eu-west-1', without blanks "
                f'(got {shorten(value)})'
            )
        if name == 'endpoint_url' and not value.startswith(('http://', 'https://')):
            raise ValidationError(
                'Connection: endpoint_url begins with http:// or https:// '
                f'(got {without_user(value)!r})'
            )
    return given


def exclusive(given: dict[str, Any]) -> dict[str, Any]:
    """Return settings with ``None`` for those that they replace.

    A key pair, a profile and a session are three ways to say who calls; the last one holds.
    """
    if ('access_key_id' in given) != ('secret_access_key' in given):
        raise ValidationError(
            'Connection: access_key_id and secret_access_key belong together: give both or neither'
        )
    ways = [name for name in _IDENTITIES if name in given]
    if len(ways) > 1:
        raise ValidationError(
            f'Connection: {" and ".join(ways)} exclude each other; give one of them'
        )
    if not ways:
        return given
    cleared = {name for names in _IDENTITIES.values() for name in names}
    return {**dict.fromkeys(cleared), **given}
