"""The five cases: what is timed, and the check that comes before."""

import contextlib
import dataclasses
import json
import os
import tempfile
from unittest import mock

from benchmarks import items
from benchmarks.contestants.base import plain

LABELS = {
    'get': 'get one',
    'put': 'put one',
    'scan': 'scan of {scan}',
    'query': 'query page of {query}',
    'batch': 'batch write of {batch}',
}

#: How often a case runs for one measurement: the quick ones are too short for one.
REPEATS = {'get': 50, 'put': 50, 'scan': 1, 'query': 10, 'batch': 1}

OPERATIONS = {
    'get': 'GetItem',
    'put': 'PutItem',
    'scan': 'Scan',
    'query': 'Query',
    'batch': 'BatchWriteItem',
}

BATCH = 25


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How many items the cases are about."""

    scan: int = 2000
    query: int = 100
    batch: int = 1000


QUICK = Sizes(scan=200, query=20, batch=100)


def label(case, sizes):
    return LABELS[case].format(**dataclasses.asdict(sizes))


def prepare(contestant, sizes, names):
    """Return the cases of a contestant: a function without arguments for each name.

    What they save is made here, before anything is timed.
    """
    users = [contestant.make_user(items.user(number)) for number in range(sizes.batch)]
    email = items.user(0)['email']
    calls = {
        'get': lambda: contestant.get(email),
        'put': lambda: contestant.put(users[0]),
        'scan': contestant.scan,
        'query': lambda: contestant.query(items.OWNER, sizes.query),
        'batch': lambda: contestant.batch(users),
    }
    return {name: calls[name] for name in names}


def set_replies(responder, sizes):
    responder.answer_gets(0)
    responder.answer_scans(sizes.scan)
    responder.answer_queries(sizes.query)


class WrongAnswer(Exception):
    """A contestant didn't do what is to be timed."""


def check(contestant, calls, sizes, responder=None):
    """Run each case once, and raise :class:`WrongAnswer` where it isn't what it should be.

    :param responder: with canned replies: the requests are checked as well.
    """
    for name, call in calls.items():
        if responder is not None:
            operations, bodies = responder.record()
        answer = call()
        _check_answer(contestant, name, answer, sizes)
        if responder is not None:
            responder.stop_recording()
            _check_requests(contestant, name, operations, sizes)
            _check_saved(contestant, name, operations, bodies, sizes)


def _check_answer(contestant, case, answer, sizes):
    if case in ('put', 'batch'):
        return
    if case == 'get':
        found, expected = [answer], [items.user(0)]
    elif case == 'scan':
        found, expected = answer, [items.user(number) for number in range(sizes.scan)]
    else:
        found, expected = answer, [items.contact(number) for number in range(sizes.query)]
    if not isinstance(found, list):
        raise WrongAnswer(f'{contestant.name}, {case}: {type(found)} is no list')
    found = sorted((plain(contestant.values(one)) for one in found), key=lambda v: v['email'])
    if found != expected:
        different = next((pair for pair in zip(found, expected) if pair[0] != pair[1]), None)
        raise WrongAnswer(
            f'{contestant.name}, {case}: {len(found)} of {len(expected)} items, {different}'
        )


def _check_requests(contestant, case, operations, sizes):
    operation = contestant.operations.get(case, OPERATIONS[case])
    count = 1
    if case == 'batch':
        count = -(-sizes.batch // BATCH) if operation == OPERATIONS[case] else sizes.batch
    if operations != [operation] * count:
        raise WrongAnswer(
            f'{contestant.name}, {case}: sent {len(operations)} requests {set(operations)} rather '
            f'than {count} of {operation}'
        )


def _check_saved(contestant, case, operations, bodies, sizes):
    """Check that what is sent is what the canned replies say that the library stores."""
    documents = [json.loads(body) for body in bodies]
    if set(operations) == {'PutItem'}:
        sent = [document['Item'] for document in documents]
    elif set(operations) == {'BatchWriteItem'}:
        sent = [
            put['PutRequest']['Item']
            for document in documents
            for put in document['RequestItems'][contestant.users_table]
        ]
    elif set(operations) == {'UpdateItem'}:
        sent = [_updated(document) for document in documents]
        sent.sort(key=lambda item: item['email']['S'])
    else:
        return
    count = 1 if case == 'put' else sizes.batch
    expected = [items.wire(items.user(n), contestant.datetime_format) for n in range(count)]
    if sent != expected:
        raise WrongAnswer(f'{contestant.name}, {case}: sent {sent[0]} rather than {expected[0]}')


def _updated(document):
    """Return the item that an UpdateItem of nothing but ``SET`` stores."""
    item = dict(document['Key'])
    assert document['UpdateExpression'].startswith('SET ')
    for assignment in document['UpdateExpression'][len('SET ') :].split(', '):
        name, value = assignment.replace(' ', '').split('=')
        name = document['ExpressionAttributeNames'][name]
        item[name] = document['ExpressionAttributeValues'][value]
    return item


@contextlib.contextmanager
def environment():
    """Let no setting of AWS but ours reach the contestants, nor processes that are started."""
    ours = {
        'AWS_ACCESS_KEY_ID': 'benchmark',
        'AWS_SECRET_ACCESS_KEY': 'benchmark',
        'AWS_DEFAULT_REGION': 'us-east-2',
        'AWS_EC2_METADATA_DISABLED': 'true',
    }
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
        for name in list(os.environ):
            if name.startswith('AWS_'):
                del os.environ[name]
        os.environ.update(ours)
        os.environ['AWS_CONFIG_FILE'] = os.path.join(folder, 'none')
        os.environ['AWS_SHARED_CREDENTIALS_FILE'] = os.path.join(folder, 'none')
        yield
