"""Replies that are prepared, in place of a network and of DynamoDB.

The handler stands where botocore would send the request, so everything else that a client does is
done: building, signing and parsing. It answers with what DynamoDB would.
"""

import json
import re
import zlib

from benchmarks import items

_POSITION = re.compile(rb'"ExclusiveStartKey": ?\{.*?user(\d+)@')


class _Raw:
    """The body of a reply, as botocore reads it."""

    def __init__(self, body):
        self.body = body

    def stream(self, *args, **kwargs):
        yield self.body


class Reply:
    """A reply, of which any number can be sent."""

    def __init__(self, document):
        self.body = json.dumps(document, separators=(',', ':')).encode()
        self.headers = {
            'server': 'Server',
            'content-type': 'application/x-amz-json-1.0',
            'content-length': str(len(self.body)),
            'connection': 'keep-alive',
            'x-amzn-requestid': 'R1C2Q3PFM9AEVEM0C8CTPPK5UNVV4KQNSO5AEMVJF66Q9ASUAAJG',
            'x-amz-crc32': str(zlib.crc32(self.body)),
        }

    def send(self, url):
        # botocore is imported by the contestants: a fresh process measures one of them.
        from botocore.awsrequest import AWSResponse

        return AWSResponse(url, 200, self.headers, _Raw(self.body))


class Responder:
    """Answers the requests of one contestant.

    :param contestant: whose clients it takes over.

    ``operations`` lists what was asked, as long as it is a list.
    """

    def __init__(self, contestant):
        self.datetime_format = contestant.datetime_format
        self.users_table = contestant.users_table
        self.operations = None
        self.bodies = None
        self.answers = {}
        self._set_up_writes()
        for events in contestant.events():
            events.register('before-send.dynamodb', self, unique_id='benchmarks')

    def __call__(self, request, **kwargs):
        target = request.headers['X-Amz-Target']
        operation = (target.decode() if isinstance(target, bytes) else target).partition('.')[2]
        if self.operations is not None:
            self.operations.append(operation)
            self.bodies.append(request.body)
        return self.answers[operation](request).send(request.url)

    def record(self):
        """Start to note the requests, and return the lists of their operations and bodies."""
        self.operations, self.bodies = [], []
        return self.operations, self.bodies

    def stop_recording(self):
        self.operations = self.bodies = None

    def wire(self, values):
        return items.wire(values, self.datetime_format)

    def _set_up_writes(self):
        done = Reply({})
        written = Reply({'UnprocessedItems': {}})
        self.answers['PutItem'] = self.answers['UpdateItem'] = lambda request: done
        self.answers['BatchWriteItem'] = lambda request: written

    def answer_gets(self, number):
        """Answer all reads of one item with the same user."""
        item = self.wire(items.user(number))
        one = Reply({'Item': item})
        batch = Reply({'Responses': {self.users_table: [item]}, 'UnprocessedKeys': {}})
        self.answers['GetItem'] = lambda request: one
        self.answers['BatchGetItem'] = lambda request: batch

    def answer_gets_by_key(self):
        """Answer each read of one item with the user that it asks for."""

        def answer(request):
            email = json.loads(request.body)['Key']['email']['S']
            number = int(email[len('user') : email.index('@')])
            return Reply({'Item': self.wire(items.user(number))})

        self.answers['GetItem'] = answer

    def answer_queries(self, count):
        """Answer queries with one page of contacts."""
        found = [self.wire(items.contact(number)) for number in range(count)]
        page = Reply({'Items': found, 'Count': count, 'ScannedCount': count})
        self.answers['Query'] = lambda request: page

    def answer_scans(self, count, *, page_size=None, lazily=False):
        """Answer scans with users.

        :param int page_size: of one page. Default: one page for all, which must be less than 1 MB,
            as it would be with DynamoDB.
        :param bool lazily: make each page when it is asked for, and don't keep it.
        """
        page_size = page_size or count

        def page(start):
            stop = min(start + page_size, count)
            found = [self.wire(items.user(number)) for number in range(start, stop)]
            document = {'Items': found, 'Count': len(found), 'ScannedCount': len(found)}
            if stop < count:
                document['LastEvaluatedKey'] = {'email': found[-1]['email']}
            reply = Reply(document)
            assert len(reply.body) < 1_000_000, 'DynamoDB sends at most 1 MB in a page'
            return reply

        kept = {} if lazily else {start: page(start) for start in range(0, count, page_size)}

        def answer(request):
            position = _POSITION.search(request.body) if page_size < count else None
            start = int(position.group(1)) + 1 if position else 0
            return page(start) if lazily else kept[start]

        self.answers['Scan'] = answer
