"""What every engine has in common."""

import contextlib
import dataclasses
import functools

import boto3

from dynamongo._dynamodb_local import EngineError

__all__ = ['CREDENTIAL', 'REGION', 'Engine', 'EngineError']

REGION = 'us-east-2'

# DynamoDB Local refuses credentials that are not alphanumeric.
CREDENTIAL = 'dynamongotest'


@dataclasses.dataclass(frozen=True)
class Engine:
    """A running engine.

    :param str name: ``'moto'``, ``'dynamodb-local'`` or ``'endpoint'``.
    :param str endpoint_url: where it listens.
    :param str version: for the header of the test run.
    """

    name: str
    endpoint_url: str
    version: str

    @property
    def faithful(self):
        """Whether its answers are taken for DynamoDB's: moto's are not."""
        return self.name != 'moto'

    @functools.cached_property
    def client(self):
        """A boto3 client of the tests' own, which no setting of ``Connection`` affects."""
        session = boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)
        return session.client('dynamodb', endpoint_url=self.endpoint_url)

    @contextlib.contextmanager
    def deleting_tables(self, prefix):
        """Delete the tables whose names start with ``prefix`` when the block ends."""
        # Made before the block: what a test does to boto3 must not reach the cleaning up.
        client = self.client
        try:
            yield
        finally:
            for page in client.get_paginator('list_tables').paginate():
                for name in page['TableNames']:
                    if name.startswith(prefix):
                        client.delete_table(TableName=name)

    def __str__(self):
        return f'{self.name} {self.version} at {self.endpoint_url}'
