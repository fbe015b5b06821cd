"""What dynamongo's errors are to those who use the service."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dynamongo import (
    ConditionalCheckFailedException,
    DoesNotExist,
    ThrottledError,
    TransactionCanceledError,
    ValidationError,
)

#: Seconds after which a request that DynamoDB throttled may be tried again.
RETRY_AFTER = '2'


def not_found(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({'detail': str(error)}, 404)


def conflict(request: Request, error: Any) -> JSONResponse:
    """Without the text of the error, which names the table."""
    return JSONResponse({'detail': 'it has been changed meanwhile: read it again'}, 409)


def invalid(request: Request, error: Any) -> JSONResponse:
    """All that is wrong, in the form in which FastAPI says it of the requests that it refuses."""
    detail = [
        {'loc': ['body', *problem.path], 'msg': problem.describe(), 'type': 'value_error'}
        for problem in error.problems
    ]
    return JSONResponse({'detail': detail}, 422)


def busy(request: Request, error: Any) -> JSONResponse:
    return JSONResponse({'detail': 'try again later'}, 503, {'Retry-After': RETRY_AFTER})


def canceled(request: Request, error: Any) -> JSONResponse:
    """Busy where another transaction had one of the items, else a conflict, with each reason."""
    if any(reason.code in ('TransactionConflict', 'ThrottlingError') for reason in error.reasons):
        return busy(request, error)
    detail = [f'{reason.model.__name__}: {reason.message}' for reason in error.reasons]
    return JSONResponse({'detail': detail}, 409)


def add_handlers(app: FastAPI) -> None:
    """Map errors to statuses. Any other error of dynamongo's is answered 500, and logged."""
    app.add_exception_handler(DoesNotExist, not_found)
    app.add_exception_handler(ConditionalCheckFailedException, conflict)
    app.add_exception_handler(TransactionCanceledError, canceled)
    app.add_exception_handler(ValidationError, invalid)
    app.add_exception_handler(ThrottledError, busy)
