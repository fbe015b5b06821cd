"""Requests checked by botocore's own parameter validation, without a server."""

import boto3
from botocore.awsrequest import AWSResponse


class _Raw:
    """The body of a reply, as botocore reads it."""

    def stream(self, *args, **kwargs):
        yield b'{}'


def offline_table():
    """Return a boto3 table whose requests are built, validated and serialized, but never sent."""
    resource = boto3.resource(
        'dynamodb',
        region_name='us-east-2',
        endpoint_url='http://127.0.0.1:9',
        aws_access_key_id='offline',
        aws_secret_access_key='offline',
    )
    resource.meta.client.meta.events.register_first(
        'before-send.dynamodb', lambda request, **_: AWSResponse(request.url, 200, {}, _Raw())
    )
    return resource.Table('offline')
