"""A server that somebody else started."""

import contextlib
import ipaddress
import os
from urllib.parse import urlsplit

from tests.engines.base import Engine, EngineError

URL_VARIABLE = 'AWS_ENDPOINT_URL_DYNAMODB'
ALLOW_VARIABLE = 'DYNAMONGO_TEST_ALLOW_REMOTE'


@contextlib.contextmanager
def named_endpoint():
    """Yield the :class:`Engine` that the environment names; the tests neither start nor stop it.

    The tests create and delete tables, so a host that isn't this one must be allowed explicitly.
    """
    url = os.environ.get(URL_VARIABLE)
    if not url:
        raise EngineError(f'--engine=endpoint needs {URL_VARIABLE}, the URL of a DynamoDB server')
    host = urlsplit(url).hostname
    if host is None:
        raise EngineError(f'{URL_VARIABLE}={url!r} is not a URL such as http://127.0.0.1:8000')
    if not is_loopback(host) and os.environ.get(ALLOW_VARIABLE) != '1':
        raise EngineError(
            f'{URL_VARIABLE} names {host}, which is not this machine; the tests create and delete '
            f'tables there only with {ALLOW_VARIABLE}=1'
        )
    yield Engine('endpoint', url, '(version unknown)')


def is_loopback(host):
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
