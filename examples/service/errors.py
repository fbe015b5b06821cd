"""What errors are to those who use the service: its own words, since dynamongo's name tables.

An error that isn't here is answered 500, and logged with all that it says. That is so for a
:class:`~dynamongo.ValidationError` too: where it isn't about a request, it is about a stored item.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from dynamongo import RequestError, ThrottledError, TransactionCanceledError, ValidationError
from examples.service.models import Booking, Concert

#: Seconds after which a request that DynamoDB was too busy for may be tried again.
RETRY_AFTER = '2'

#: What it means that an operation of a transaction is refused.
REFUSALS = {
    ('save', 'Booking'): 'there is a booking by this person already',
    ('delete', 'Booking'): 'the booking has been changed meanwhile',
    ('update', 'Concert'): 'there are not that many seats left',
}

#: The codes by which DynamoDB says that nothing is wrong, and that now is not the time.
BUSY = (
    'TransactionConflict',
    'TransactionConflictException',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
)

log = logging.getLogger('tickets')


@contextlib.contextmanager
def given(*place: str, about: str | None = None) -> Iterator[None]:
    """Let FastAPI refuse what a model refuses of a request: status 422, and where in the request.

    :param place: where the values come from, such as ``'body'``.
    :param about: the one value that is of the request, where others are read from the table.
    """
    try:
        yield
    except ValidationError as error:
        if about is not None and any(problem.path != (about,) for problem in error.problems):
            raise
        problems = [
            {'loc': (*place, *problem.path), 'msg': problem.message, 'type': 'value_error'}
            for problem in error.problems
        ]
        raise RequestValidationError(problems) from error


def stale() -> HTTPException:
    return HTTPException(409, 'it has been changed meanwhile: read it again')


def no_concert(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({'detail': 'there is no such concert'}, 404)


def no_booking(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({'detail': 'there is no such booking'}, 404)


def busy(request: Request, error: Any) -> JSONResponse:
    log.warning('%s %s: %s', request.method, request.url.path, error)
    return JSONResponse({'detail': 'try again later'}, 503, {'Retry-After': RETRY_AFTER})


def failed(request: Request, error: Any) -> JSONResponse:
    """Busy where a transaction had the item at that moment; else the service failed."""
    if error.code not in BUSY:
        raise error
    return busy(request, error)


def canceled(request: Request, error: Any) -> JSONResponse:
    """Busy where another transaction had an item, else why each of the operations is refused."""
    codes = {reason.code for reason in error.reasons}
    if not codes.isdisjoint(BUSY):
        return busy(request, error)
    if codes != {'ConditionalCheckFailed'}:
        raise error
    log.info('%s %s: %s', request.method, request.url.path, error)
    words = [REFUSALS[reason.action, reason.model.__name__] for reason in error.reasons]
    return JSONResponse({'detail': '; '.join(words)}, 409)


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Concert.DoesNotExist, no_concert)
    app.add_exception_handler(Booking.DoesNotExist, no_booking)
    app.add_exception_handler(TransactionCanceledError, canceled)
    app.add_exception_handler(ThrottledError, busy)
    app.add_exception_handler(RequestError, failed)
