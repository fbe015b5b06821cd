"""Replies made up by tests, in place of those of an engine."""


class Raw:
    """The body of a reply, as botocore reads it."""

    def __init__(self, body):
        self.body = body

    def stream(self, *args, **kwargs):
        yield self.body
