"""A proxy in front of an engine that does to requests and replies what a network may do.

::

    with fault_proxy(engine.endpoint_url) as proxy:
        Connection.set_config(endpoint_url=proxy.url)
        proxy.plan('PutItem', reset_after, html_502)

The first two requests of ``PutItem`` meet these faults, all others pass. A fault is a function of
the :class:`Exchange`; one that neither sends nor resets closes the connection without a reply.

=======================  =========  ================================================================
fault                    forwarded  the client gets
=======================  =========  ================================================================
``passing``              yes        the engine's reply
``cut``                  yes        its headers and half of its body, then the end of the connection
``truncated``            yes        half of its body, and a Content-Length that agrees
``emptied``              yes        no body, and a Content-Length that agrees
``corrupt``              yes        a body of the right length that is no JSON
``not_utf8``             yes        a body of the right length that is no UTF-8
``altered(old, new)``    yes        a body with other bytes, of the same length
``spoilt(function)``     yes        what the function makes of the body
``html_200``             no         a page, with none of AWS's headers
``html_502``             no         a page, with none of AWS's headers
``html_503``             no         a page, with none of AWS's headers
``page(status)``         no         a page, with none of AWS's headers
``empty_200``            no         no body, and none of AWS's headers
``internal_error``       no         DynamoDB's ``InternalServerError``, status 500
``dynamodb_error(...)``  no         the error of DynamoDB's with that status and code
``answered(reply)``      no         that reply
``hang_up``              no         the end of the connection
``reset_before``         no         a reset connection
``reset_after``          yes        a reset connection, after the engine applied the request
``stall_before``         no         nothing, until the proxy ends
``stall_after``          yes        nothing, until the proxy ends; the engine applied the request
``delayed(seconds)``     yes        the engine's reply, to a request that was forwarded late
``applied(fault)``       yes        that fault, after the engine applied the request
=======================  =========  ================================================================

What is forwarded and then spoilt keeps the engine's headers, ``x-amz-crc32`` among them.
"""

import collections
import contextlib
import dataclasses
import http.client
import http.server
import json
import socket
import socketserver
import struct
import sys
import threading
import zlib
from urllib.parse import urlsplit

ENGINE_SECONDS = 30
POLL_SECONDS = 0.02
ERROR_TYPE = 'com.amazonaws.dynamodb.v20120810#'
PER_CONNECTION = {'connection', 'content-length', 'keep-alive', 'transfer-encoding'}


@contextlib.contextmanager
def fault_proxy(endpoint_url):
    """Run a :class:`Proxy` to that engine on a free loopback port.

    What a fault raised, other than for a connection that was lost, is raised when the block ends.
    """
    proxy = Proxy(endpoint_url)
    try:
        yield proxy
    finally:
        proxy.close()
        if proxy.errors:
            raise proxy.errors[0]


@dataclasses.dataclass(frozen=True)
class Reply:
    """What an engine or a fault answers; ``Content-Length`` is not among its headers."""

    status: int
    headers: dict
    body: bytes


class Proxy:
    """A running proxy.

    ``endpoint_url`` may be set, for an engine that was started again on another port.
    """

    def __init__(self, endpoint_url):
        self.endpoint_url = endpoint_url
        self.errors = []
        self._seen = []
        self._forwarded = []
        self._plans = collections.defaultdict(collections.deque)
        self._sockets = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = Server(self)
        self._acceptor = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name='fault-proxy'
        )
        self._acceptor.start()

    @property
    def url(self):
        return f'http://127.0.0.1:{self._server.server_address[1]}'

    @property
    def seen(self):
        """The operations that reached the proxy, such as ``['PutItem', 'PutItem']``."""
        with self._lock:
            return list(self._seen)

    @property
    def forwarded(self):
        """The operations that were sent on to the engine."""
        with self._lock:
            return list(self._forwarded)

    @property
    def pending(self):
        """The operations whose planned faults haven't all happened, each with their number."""
        with self._lock:
            return {name: len(faults) for name, faults in self._plans.items() if faults}

    def plan(self, operation, *faults):
        """Let the next requests of the operation meet these faults, one each, in their order."""
        with self._lock:
            self._plans[operation].extend(faults)

    def close(self):
        """End all exchanges, wherever they are, and wait for their threads."""
        self._server.shutdown()
        self._acceptor.join()
        self._closing.set()
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def next_fault(self, operation):
        with self._lock:
            self._seen.append(operation)
            faults = self._plans.get(operation)
            return faults.popleft() if faults else passing

    def note_forwarded(self, operation):
        with self._lock:
            self._forwarded.append(operation)

    def hold(self, seconds):
        """Wait; return whether the time passed, as opposed to the end of the proxy."""
        return not self._closing.wait(seconds)

    def add_socket(self, sock):
        with self._lock:
            if self._closing.is_set():
                raise ConnectionAbortedError('the proxy ends')
            self._sockets.add(sock)

    def remove_socket(self, sock):
        with self._lock:
            self._sockets.discard(sock)


class Exchange:
    """One request, and what can be done with it.

    :param str operation: such as ``'PutItem'``, or the method where no operation is named.
    """

    def __init__(self, proxy, sock, operation, method, path, headers, body):
        self.proxy = proxy
        self.sock = sock
        self.operation = operation
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def forward(self):
        """Send the request to the engine; return its :class:`Reply`."""
        address = urlsplit(self.proxy.endpoint_url)
        connection = http.client.HTTPConnection(
            address.hostname, address.port, timeout=ENGINE_SECONDS
        )
        with contextlib.closing(connection):
            connection.connect()
            # The connection forgets its socket when the engine closes it.
            sock = connection.sock
            self.proxy.add_socket(sock)
            try:
                self.proxy.note_forwarded(self.operation)
                connection.request(self.method, self.path, self.body, self.headers)
                with connection.getresponse() as response:
                    body = response.read()
                    headers = {
                        name: value
                        for name, value in response.getheaders()
                        if name.lower() not in PER_CONNECTION
                    }
                    return Reply(response.status, headers, body)
            finally:
                self.proxy.remove_socket(sock)

    def send(self, reply, length=None):
        """Send a reply, with no more than ``length`` bytes of the body that its headers state."""
        reason = http.client.responses.get(reply.status, '')
        lines = [f'HTTP/1.1 {reply.status} {reason}']
        lines += [f'{name}: {value}' for name, value in reply.headers.items()]
        lines += [f'Content-Length: {len(reply.body)}', 'Connection: close', '', '']
        self.write('\r\n'.join(lines).encode('latin-1') + reply.body[:length])

    def write(self, data):
        """Send bytes as they are."""
        self.sock.sendall(data)

    def reset(self):
        """Let the connection end with RST when the fault returns."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))

    def hold(self, seconds=None):
        """Wait; return whether the time passed, as opposed to the end of the proxy."""
        return self.proxy.hold(seconds)


class Server(socketserver.ThreadingTCPServer):
    """Accept connections, each with a thread and one request."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, proxy):
        self.proxy = proxy
        super().__init__(('127.0.0.1', 0), Handler)

    def process_request(self, request, client_address):
        self.proxy.add_socket(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        # No shutdown() first: it would send a FIN before the RST of a reset.
        self.proxy.remove_socket(request)
        self.close_request(request)

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        # The client gave up, or the engine is gone.
        if not isinstance(error, (ConnectionError, socket.timeout, http.client.HTTPException)):
            self.proxy.errors.append(error)


class Handler(http.server.BaseHTTPRequestHandler):
    """Read one request and give it to its fault."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        target = self.headers.get('X-Amz-Target')
        operation = target.rpartition('.')[2] if target else self.command
        exchange = Exchange(
            self.server.proxy,
            self.connection,
            operation,
            self.command,
            self.path,
            dict(self.headers),
            body,
        )
        fault = self.server.proxy.next_fault(operation)
        fault(exchange)

    do_GET = do_POST

    def log_message(self, *args):
        pass


def passing(exchange):
    exchange.send(exchange.forward())


def cut(exchange):
    reply = exchange.forward()
    exchange.send(reply, length=len(reply.body) // 2)


def spoilt(spoil):
    """A fault that forwards the request and sends the reply with a spoilt body."""

    def fault(exchange):
        reply = exchange.forward()
        exchange.send(dataclasses.replace(reply, body=spoil(reply.body)))

    return fault


def answered(reply):
    """A fault that sends this reply in place of the engine's."""
    return lambda exchange: exchange.send(reply)


def page(status):
    """A fault that answers as a gateway does, with HTML."""
    body = f'<html><body><h1>{status}</h1></body></html>'.encode()
    return answered(Reply(status, {'Content-Type': 'text/html'}, body))


def dynamodb_error(status, code, message='planned by the test'):
    """A fault that answers with an error of DynamoDB's, whole and with its headers."""
    body = json.dumps({'__type': ERROR_TYPE + code, 'message': message}).encode()
    headers = {
        'Content-Type': 'application/x-amz-json-1.0',
        'x-amzn-RequestId': 'PLANNED',
        'x-amz-crc32': str(zlib.crc32(body)),
    }
    return answered(Reply(status, headers, body))


def altered(old, new):
    """A fault that replaces bytes of the reply's body by as many others."""
    if len(old) != len(new):
        raise ValueError(f'{old!r} and {new!r} are not of the same length')

    def spoil(body):
        if old not in body:
            raise ValueError(f'{old!r} is not in the reply: {body!r}')
        return body.replace(old, new)

    return spoilt(spoil)


def hang_up(exchange):
    pass


def reset_before(exchange):
    exchange.reset()


def stall_before(exchange):
    exchange.hold()


def delayed(seconds):
    """A fault that forwards the request and its reply, but late."""

    def fault(exchange):
        if exchange.hold(seconds):
            passing(exchange)

    return fault


def applied(fault):
    """That fault, after the engine applied the request."""

    def apply_first(exchange):
        exchange.forward()
        fault(exchange)

    return apply_first


truncated = spoilt(lambda body: body[: len(body) // 2])
emptied = spoilt(lambda body: b'')
corrupt = spoilt(lambda body: b'?' * len(body))
not_utf8 = spoilt(lambda body: b'\xff' * len(body))
html_200 = page(200)
html_502 = page(502)
html_503 = page(503)
empty_200 = answered(Reply(200, {}, b''))
internal_error = dynamodb_error(500, 'InternalServerError')
reset_after = applied(reset_before)
stall_after = applied(stall_before)
