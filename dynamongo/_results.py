"""What became of each item of a batch."""

import contextlib

from dynamongo.exceptions import RequestError


class BatchResult:
    """What became of each item of a batch.

    :param list fail: the instances that failed.
    :param list success: the instances that were written or deleted.
    :param list errors: one exception for each of ``fail``, in the same order.

    Every item that was given is in exactly one of the two lists, in the order in which it was
    given.

    >>> BatchResult(success=['a'])
    <BatchResult: 1 succeeded, 0 failed>
    """

    def __init__(self, fail=[], success=[], *, errors=()):  # noqa: B006
        # The defaults are documented as []; they are copied, never kept.
        self.fail = list(fail)
        self.success = list(success)
        self.errors = list(errors)

    @property
    def fail_count(self):
        """How many failed; an ``int``."""
        return len(self.fail)

    @property
    def success_count(self):
        """How many succeeded; an ``int``."""
        return len(self.success)

    def __repr__(self):
        return f'<{type(self).__name__}: {self.success_count} succeeded, {self.fail_count} failed>'

    def _add(self, instance, error=None):
        """Account for one item."""
        if error is None:
            self.success.append(instance)
        else:
            self.fail.append(instance)
            self.errors.append(error)


class BulkResult(BatchResult):
    """What became of the items of :meth:`.Model.bulk_save`.

    Those that were saved are counted, and not kept, since there may be more of them than fit into
    memory. What failed is in ``fail``, with an exception for each in ``errors``: instances, or what
    was given where it could not be made one.

    .. versionadded:: 0.2
    """

    def __init__(self):
        self._success_count = 0
        self.fail = []
        self.errors = []

    @property
    def success_count(self):
        """How many were saved; an ``int``."""
        return self._success_count

    @property
    def success(self):
        raise AttributeError(
            'bulk_save counts what it saves, in success_count, and keeps only what failed; '
            'save_many keeps both'
        )

    def _add(self, instance, error=None):
        if error is None:
            self._success_count += 1
        else:
            super()._add(instance, error)


#: The outcome of a write that answers with nothing.
_DONE = (None, None)


class Outcomes:
    """What is known of each write, by whatever tells them apart.

    It is filled while the writes are done, and knows what was done when they are broken off.
    """

    def __init__(self):
        self._begun = set()
        self._known = {}

    def begin(self, names):
        """Note that writes are about to be sent."""
        self._begun.update(names)

    def done(self, name, value=None):
        """Note that a write has been done."""
        self._known[name] = (value, None)

    def failed(self, name, error):
        """Note that a write has failed, unless it is known already what became of it."""
        self._known.setdefault(name, (None, _without_frames(error)))

    def fail_rest(self, names, error):
        """Note that writes have failed of which nothing is known: with the error, or unsent."""
        for name in names:
            self.failed(name, error if name in self._begun else unsent(error))

    def note(self, names, errors):
        """Note that writes have been done, except for those that have an error.

        :param dict errors: name to error.
        """
        if not errors:
            self._known.update(dict.fromkeys(names, _DONE))
            return
        for name in names:
            if name in errors:
                self.failed(name, errors[name])
            else:
                self.done(name)

    def of(self, name, broken=None):
        """Return what a write has answered with and its error, one of them ``None``.

        :param Broken broken: what broke the writes off, for those of which nothing is known.
        """
        known = self._known.get(name)
        if known is not None:
            return known
        return None, None if broken is None else broken.error(begun=name in self._begun)


def _without_frames(error):
    """Return an error that is reported and not raised without its tracebacks, which would keep all
    that was in memory where it arose."""
    part = error
    while part is not None:
        part.__traceback__ = None
        part = part.__cause__ or part.__context__
    return error


def unsent(reason):
    """Return the error of a write that isn't sent, since others have failed.

    :param RequestError reason: the error of the others.
    """
    error = type(reason)(
        f'not sent, since the requests before failed: {reason}',
        code=reason.code,
        request_id=reason.request_id,
        model=reason.model,
    )
    error.__cause__ = reason
    return error


class Broken:
    """What broke a batch off, and what it means for the items of which nothing is known.

    :param BaseException cause: an error of a request, or anything else.
    """

    def __init__(self, cause):
        self._cause = cause
        self._errors = {}

    def error(self, *, begun):
        """Return the error of an item.

        :param bool begun: whether it may have been sent.
        """
        if begun not in self._errors:
            what = 'it is not known whether the item has been written' if begun else 'not sent'
            name = type(self._cause).__name__
            error = RequestError(f'{what}: {name} broke the batch off ({self._cause})')
            error.__cause__ = self._cause
            self._errors[begun] = error
        return self._errors[begun]


@contextlib.contextmanager
def accounting(make):
    """Give whatever breaks a batch off the account of what was done.

    :param make: makes the :class:`BatchResult`, given a :class:`Broken`. It becomes the
        ``batch_result`` of the exception.
    """
    try:
        yield
    except BaseException as error:
        # An exception of the caller's may refuse attributes.
        with contextlib.suppress(AttributeError):
            error.batch_result = make(Broken(error))
        raise
