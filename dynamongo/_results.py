"""What became of each item of a batch."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic

from dynamongo.exceptions import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
    from typing import NoReturn

    from typing_extensions import TypeVar

    _M = TypeVar('_M', default=Any)
    _E = TypeVar('_E', bound=BaseException)
else:
    from typing import TypeVar

    _M = TypeVar('_M')


class BatchResult(Generic[_M]):
    """What became of each item of a batch.

    :param list fail: the instances that failed.
    :param list success: the instances that were written or deleted.
    :param list errors: one exception for each of ``fail``, in the same order.

    Every item that was given is in exactly one of the two lists, in the order in which it was
    given.

    >>> BatchResult(success=['a'])
    <BatchResult: 1 succeeded, 0 failed>
    """

    def __init__(
        self,
        fail: Iterable[_M] = [],
        success: Iterable[_M] = [],
        *,
        errors: Iterable[Exception] = (),
    ) -> None:
        # The defaults are documented as []; they are copied, never kept.
        self.fail: list[_M] = list(fail)
        self.success: list[_M] = list(success)
        self.errors: list[Exception] = list(errors)

    @property
    def fail_count(self) -> int:
        """How many failed; an ``int``."""
        return len(self.fail)

    @property
    def success_count(self) -> int:
        """How many succeeded; an ``int``."""
        return len(self.success)

    def __repr__(self) -> str:
        return f'<{type(self).__name__}: {self.success_count} succeeded, {self.fail_count} failed>'

    def _add(self, instance: Any, error: Exception | None = None) -> None:
        """Account for one item."""
        if error is None:
            self.success.append(instance)
        else:
            self.fail.append(instance)
            self.errors.append(error)


class BulkResult(BatchResult[Any]):
    """What became of the items of :meth:`.Model.bulk_save`.

    Those that were saved are counted, and not kept, since there may be more of them than fit into
    memory. What failed is in ``fail``, with an exception for each in ``errors``: instances, or what
    was given where it could not be made one.

    .. versionadded:: 0.2
    """

    def __init__(self) -> None:
        self._success_count = 0
        self.fail: list[Any] = []
        self.errors: list[Exception] = []

    @property
    def success_count(self) -> int:
        """How many were saved; an ``int``."""
        return self._success_count

    @property
    def success(self) -> NoReturn:  # type: ignore[override]
        raise AttributeError(
            'bulk_save counts what it saves, in success_count, and keeps only what failed; '
            'save_many keeps both'
        )

    def _add(self, instance: Any, error: Exception | None = None) -> None:
        if error is None:
            self._success_count += 1
        else:
            super()._add(instance, error)


#: The outcome of a write that answers with nothing.
_DONE: tuple[Any, None] = (None, None)


class Outcomes:
    """What is known of each write, by whatever tells them apart.

    It is filled while the writes are done, and knows what was done when they are broken off.
    """

    def __init__(self) -> None:
        self._begun: set[Hashable] = set()
        self._known: dict[Hashable, tuple[Any, Exception | None]] = {}

    def begin(self, names: Iterable[Hashable]) -> None:
        """Note that writes are about to be sent."""
        self._begun.update(names)

    def done(self, name: Hashable, value: Any = None) -> None:
        """Note that a write has been done."""
        self._known[name] = (value, None)

    def failed(self, name: Hashable, error: Exception) -> None:
        """Note that a write has failed, unless it is known already what became of it."""
        self._known.setdefault(name, (None, _without_frames(error)))

    def fail_rest(self, names: Iterable[Hashable], error: RequestError) -> None:
        """Note that writes have failed of which nothing is known: with the error, or unsent."""
        for name in names:
            self.failed(name, error if name in self._begun else unsent(error))

    def note(self, names: Iterable[Hashable], errors: Mapping[Any, Exception]) -> None:
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

    def of(self, name: Hashable, broken: Broken | None = None) -> tuple[Any, Exception | None]:
        """Return what a write has answered with and its error, one of them ``None``.

        :param Broken broken: what broke the writes off, for those of which nothing is known.
        """
        known = self._known.get(name)
        if known is not None:
            return known
        return None, None if broken is None else broken.error(begun=name in self._begun)


def _without_frames(error: _E) -> _E:
    """Return an error that is reported and not raised without its tracebacks, which would keep all
    that was in memory where it arose."""
    part: BaseException | None = error
    while part is not None:
        part.__traceback__ = None
        part = part.__cause__ or part.__context__
    return error


def unsent(reason: RequestError) -> RequestError:
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

    def __init__(self, cause: BaseException) -> None:
        self._cause = cause
        self._errors: dict[bool, RequestError] = {}

    def error(self, *, begun: bool) -> RequestError:
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
def accounting(make: Callable[[Broken], BatchResult[Any]]) -> Iterator[None]:
    """Give whatever breaks a batch off the account of what was done.

    :param make: makes the :class:`BatchResult`, given a :class:`Broken`. It becomes the
        ``batch_result`` of the exception.
    """
    try:
        yield
    except BaseException as error:
        # An exception of the caller's may refuse attributes.
        with contextlib.suppress(AttributeError):
            error.batch_result = make(Broken(error))  # type: ignore[attr-defined]
        raise
