"""The application, and what it needs before it answers the first request."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from dynamongo import Connection
from dynamongo.local import local_dynamodb
from examples.service import errors, routes
from examples.service.models import MODELS
from examples.service.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the service. Nothing is connected or made before it is started."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.embedded:
            with local_dynamodb(settings.table_prefix, models=MODELS):
                yield
        else:
            # Credentials and region come from the environment, as for boto3.
            Connection.set_config(table_prefix=settings.table_prefix)
            check_tables()
            yield

    app = FastAPI(title='Tickets', lifespan=lifespan)
    app.include_router(routes.router)
    errors.add_handlers(app)
    return app


def check_tables() -> None:
    """Raise where a table isn't as its model declares it, before a request finds out.

    A service doesn't change its tables by itself: that is for the deployment, before it starts.
    """
    differing = [str(diff) for diff in (model.table_diff() for model in MODELS) if diff]
    if differing:
        raise RuntimeError(
            'the tables are not as the models declare them; look at "python -m dynamongo tables '
            'diff examples.service.models", then run "tables sync":\n' + '\n'.join(differing)
        )
