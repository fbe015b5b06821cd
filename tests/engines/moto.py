"""moto's server, inside the test process."""

import contextlib
import importlib.metadata
import logging

from dynamongo._engines import start_moto
from tests.engines.base import Engine


@contextlib.contextmanager
def running_moto():
    """Run moto's server on a free loopback port and yield its :class:`Engine`."""
    # Its line for each request would be noise in the log that a test looks into.
    logging.getLogger('werkzeug').setLevel(logging.WARNING)
    server = start_moto()
    try:
        _, port = server.get_host_and_port()
        yield Engine('moto', f'http://127.0.0.1:{port}', importlib.metadata.version('moto'))
    finally:
        server.stop()
