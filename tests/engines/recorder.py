"""A record of what is sent to DynamoDB."""

import contextlib
import copy

import botocore.client
import pytest


class SentRequests(list):
    """The requests of a test in their order, each a pair ``(operation name, parameters)``.

    The parameters are those given to the boto3 client or resource, with native Python values.
    """

    @property
    def operations(self):
        """The names of the operations alone, such as ``['Query', 'Query']``."""
        return [operation for operation, _ in self]


@contextlib.contextmanager
def recording():
    """Record the requests of all boto3 clients, of whichever thread and configuration."""
    sent = SentRequests()
    send = botocore.client.BaseClient._make_api_call

    def record_and_send(client, operation, params):
        sent.append((operation, copy.deepcopy(params)))
        return send(client, operation, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, '_make_api_call', record_and_send)
        yield sent
