"""What the environment says of the service."""

from __future__ import annotations

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of the service.

    :param bool embedded: run on a DynamoDB inside the program, which forgets all when it ends.
    :param str table_prefix: put before the names of the tables.
    """

    embedded: bool = True
    table_prefix: str = 'tickets-'

    @classmethod
    def from_environment(cls) -> Settings:
        """Return what ``TICKETS_DYNAMODB`` and ``TICKETS_TABLE_PREFIX`` say."""
        engine = os.environ.get('TICKETS_DYNAMODB', 'embedded')
        if engine not in ('embedded', 'aws'):
            raise SystemExit(f'TICKETS_DYNAMODB is "embedded" or "aws", not {engine!r}')
        return cls(
            embedded=engine == 'embedded',
            table_prefix=os.environ.get('TICKETS_TABLE_PREFIX', cls.table_prefix),
        )
