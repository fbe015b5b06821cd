"""A DynamoDB of your own, for examples, notebooks and tests.

:func:`local_dynamodb` starts a server that imitates DynamoDB inside the running program and
points :class:`~dynamongo.connection.Connection` at it for the length of a ``with`` block. No
account, no credentials and no network are needed, and nothing is kept once the block ends.

The server is that of `moto`_, which comes with the extra ``local``:

.. code-block:: console

    $ pip install 'dynamongo[local]'

It is made for trying things out: it answers ordinary requests as DynamoDB does, but accepts some
that DynamoDB refuses. Importing this module starts nothing and doesn't import moto.

.. _moto: https://docs.getmoto.org/
"""

import atexit
import contextlib
import http.client
import logging
import threading

from dynamongo.connection import Connection

__all__ = ['local_dynamodb']

HOST = '127.0.0.1'
REGION = 'us-east-2'
CREDENTIAL = 'dynamongolocal'

_lock = threading.Lock()
_active_blocks = 0


@contextlib.contextmanager
def local_dynamodb(table_prefix=None):
    """Run a DynamoDB inside this program and point ``Connection`` at it for a ``with`` block.

    The block starts with no tables. All threads use the local server while the block runs; on
    leaving it, also by an exception, the server is stopped and ``Connection`` has exactly the
    settings that it had before. A block inside another one has a server and settings of its own
    but sees the tables of the outer block.

    :param str table_prefix: put in front of the name of every table. Default: what the
        environment variable ``AWS_TABLE_PREFIX`` says, else no prefix.
    :returns: a context manager that yields the server's URL, such as
        ``'http://127.0.0.1:40123'``: a loopback address with a port that was free.
    :raises ImportError: if moto isn't installed; the message names the extra to install.

    ::

        from dynamongo import Model, StringField
        from dynamongo.local import local_dynamodb

        class City(Model):
            __table__ = 'cities'
            __hash_key__ = 'name'

            name = StringField(required=True)

        with local_dynamodb():
            City.create_table()
            City.save_one({'name': 'Nairobi'})
            print(City.get_one('Nairobi').name)     # Nairobi

    .. versionadded:: 0.2.0
    """
    snapshot = Connection._snapshot()
    with _running_server() as endpoint_url:
        try:
            Connection.reset()
            Connection.set_config(
                CREDENTIAL,
                CREDENTIAL,
                region=REGION,
                table_prefix=table_prefix,
                endpoint_url=endpoint_url,
                config=_without_proxies(),
            )
            yield endpoint_url
        finally:
            Connection._restore(snapshot)


@contextlib.contextmanager
def _running_server():
    server = _server_class()(ip_address=HOST, port=0, verbose=False)
    with _no_request_log():
        server.start()
        # A block that the program never leaves would be left by the interpreter when it ends: too
        # late for the server, whose thread no longer runs then and would be waited for in vain.
        atexit.register(server.stop)
        try:
            _, port = server.get_host_and_port()
            with _counted_block(port):
                yield f'http://{HOST}:{port}'
        finally:
            server.stop()
            atexit.unregister(server.stop)


def _without_proxies():
    """Return a client configuration that never sends a loopback request to a proxy."""
    from botocore.config import Config

    return Config(proxies={})


def _server_class():
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise ImportError(
            'local_dynamodb() runs on the moto server, which could not be imported: '
            "pip install 'dynamongo[local]'"
        ) from error
    return ThreadedMotoServer


@contextlib.contextmanager
def _counted_block(port):
    # moto keeps its tables per process, not per server: a block that starts while another one
    # runs must leave them alone.
    global _active_blocks
    with _lock:
        if _active_blocks == 0:
            _forget_tables(port)
        _active_blocks += 1
    try:
        yield
    finally:
        with _lock:
            _active_blocks -= 1


def _forget_tables(port):
    # http.client, unlike urllib, never sends a loopback request to a proxy.
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request('POST', '/moto-api/reset')
        connection.getresponse().read()
    finally:
        connection.close()


@contextlib.contextmanager
def _no_request_log():
    def keep(record):
        return record.levelno > logging.INFO

    logger = logging.getLogger('werkzeug')
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
