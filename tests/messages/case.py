"""What a case is: a call that a user gets wrong, and what its error must name."""

import contextlib
import itertools
import json
from typing import NamedTuple

from botocore.awsrequest import AWSResponse

from dynamongo import Connection, Model, StringField
from dynamongo._clients import Pool
from dynamongo.connection import _borg
from tests.engines.base import CREDENTIAL, REGION
from tests.replies import Raw


class Case(NamedTuple):
    """A call that ends in an error.

    :param call: the call.
    :param cls: the class of the error.
    :param what: a part of the message, or several: what is wrong.
    :param where: the model, field, option, table or key that it names, or several.
    :param out: what to do instead. Where it is empty, what is wrong says it.
    :param replies: what DynamoDB answers, one after the other, the last one for good: each a dict,
        an error, or status, body and headers.
    """

    call: object
    cls: type
    what: object
    where: object = ()
    out: object = ()
    replies: tuple = ()

    @property
    def place(self):
        code = self.call.__code__
        file = code.co_filename.rpartition('/')[2]
        return f'{file}:{code.co_firstlineno} {parts(self.where)} {parts(self.what)}'


def parts(given):
    """Return the parts of a message that are given, one or several, as a tuple."""
    if not given:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def model(*bases, **namespace):
    """Make a model ``Thing``, right unless the namespace makes it wrong."""
    declared = {
        '__module__': __name__,
        '__table__': 'things',
        '__hash_key__': 'id',
        'id': StringField(),
        **namespace,
    }
    return type(Model)('Thing', bases or (Model,), declared)


def refusal(code, message='why', **more):
    """Return a reply by which DynamoDB refuses a request."""
    return 400, {'__type': f'x.v1#{code}', 'message': message, **more}


class Unsent(Exception):
    """A case has sent a request that it has no reply to."""


@contextlib.contextmanager
def offline(patch):
    """A connection whose requests are answered by the function that it yields."""
    Connection.reset()
    Connection.set_config(
        CREDENTIAL,
        CREDENTIAL,
        region=REGION,
        table_prefix='shop-',
        endpoint_url='http://127.0.0.1:9',
        batch_attempts=1,
    )
    pool = _borg.pool = Pool()
    patch.setattr('botocore.endpoint.time.sleep', lambda seconds: None)
    replies, numbers = [], itertools.count(1)

    def handle(request, **_):
        if not replies:
            raise Unsent(request.body)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        status, body, *more = reply if isinstance(reply, tuple) else (200, reply)
        headers = {'x-amzn-requestid': f'request-{next(numbers)}', **dict(*more)}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return AWSResponse(request.url, status, headers, Raw(body))

    events = Connection.resource().meta.client.meta.events
    events.register_first('before-send.dynamodb', handle, unique_id='messages')
    settings = dict(vars(_borg))

    def answer(given):
        vars(_borg).clear()
        vars(_borg).update(settings)
        replies[:] = given

    yield answer
    Connection.reset()
    del pool
