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


class Outcomes(dict):
    """What is known of each write, by whatever tells them apart: a value, or an error.

    It is filled while the writes are done, and knows what was done when they are broken off.
    """

    def done(self, name, value=None):
        """Note that a write has been done."""
        self[name] = (value, None)

    def failed(self, name, error):
        """Note that a write has failed, unless it is known already what became of it."""
        self.setdefault(name, (None, error))

    def note(self, names, errors):
        """Note that writes have been done, except for those that have an error.

        :param dict errors: name to error.
        """
        for name in names:
            if name in errors:
                self.failed(name, errors[name])
            else:
                self.done(name)

    def of(self, name, otherwise=None):
        """Return what a write has answered with and its error, one of them ``None``.

        :param otherwise: the error of a write of which nothing is known.
        """
        return self.get(name, (None, otherwise))


@contextlib.contextmanager
def accounting(make):
    """Give whatever breaks a batch off the account of what was done.

    :param make: makes the :class:`BatchResult`, given the error for the items of which nothing is
        known. It becomes the ``batch_result`` of the exception.
    """
    try:
        yield
    except BaseException as error:
        unknown = RequestError(
            f'it is not known whether the item has been written: {type(error).__name__} broke the '
            f'batch off ({error})'
        )
        unknown.__cause__ = error
        # An exception of the caller's may refuse attributes.
        with contextlib.suppress(AttributeError):
            error.batch_result = make(unknown)
        raise
