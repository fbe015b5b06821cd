"""moto's server, inside the test process."""

import contextlib
import importlib.metadata
import logging

from tests.engines.base import Engine


@contextlib.contextmanager
def running_moto():
    """Run moto's server on a free loopback port and yield its :class:`Engine`."""
    from moto.server import ThreadedMotoServer

    # Its line for each request would be noise in the log that a test looks into.
    logging.getLogger('werkzeug').setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        yield Engine('moto', f'http://127.0.0.1:{port}', importlib.metadata.version('moto'))
    finally:
        server.stop()
