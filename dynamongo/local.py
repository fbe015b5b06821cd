"""A DynamoDB of your own, for examples, notebooks and tests.

:func:`local_dynamodb` gives a program a DynamoDB without tables, and points
:class:`~dynamongo.connection.Connection` at it for the length of a ``with`` block. No account, no
credentials and no network are needed, and nothing is kept once the block ends. For pytest there is
a fixture of the same name: see :ref:`recipe-testing`.

The server is that of `moto`_, inside the program, which comes with the extra ``local``:

.. code-block:: console

    $ pip install 'dynamongo[local]'

It is made for trying things out: it answers ordinary requests as DynamoDB does, but accepts some
that DynamoDB refuses. DynamoDB Local, AWS's own engine, can be had in its place, and so can a
server that runs already. Importing this module starts nothing and doesn't import moto.

.. _moto: https://docs.getmoto.org/
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from dynamongo import _engines, _loading, _planner, _read, _tables, _write_many
from dynamongo._dynamodb_local import EngineError
from dynamongo._engines import REGION, Layers
from dynamongo._options import Options
from dynamongo._settings import Block, without_user
from dynamongo.connection import Connection, _borg, context_of
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.model import Model
from dynamongo.utils import logger, shorten

if TYPE_CHECKING:
    from dynamongo._engines import Layer, World

__all__ = ['EngineError', 'LocalDynamoDB', 'local_dynamodb']

M = TypeVar('M', bound=Model)


class LocalDynamoDB:
    """The DynamoDB of a :func:`local_dynamodb` block, and what tests do with it.

    Models use it by themselves, since ``Connection`` is set to it. When the block has ended, the
    methods raise :class:`EngineError`.

    .. versionadded:: 0.2
    """

    def __init__(self, world: World, table_prefix: str | None = None) -> None:
        self._world = world
        self._layer: Layer[Any] | None = None
        self._has_ended = False
        self._block = Block(
            world.endpoint_url,
            REGION,
            _engines.session(),
            world.prefix,
            table_prefix,
            self._check_request,
            lambda: _engines.in_flight.request(),
        )

    @property
    def engine(self) -> str:
        """What answers: ``'moto'``, ``'dynamodb-local'``, or ``'endpoint'`` for a server that ran
        already."""
        return self._world.engine

    @property
    def endpoint_url(self) -> str:
        """The URL where it listens, such as ``'http://127.0.0.1:40123'``."""
        return self._world.endpoint_url

    def create_tables(self, *models: type[Model]) -> None:
        """Create the tables of models, except for those that are there.

        :param type models: the models.
        :raises ValidationError: where something else is given.
        :raises RequestError: where a table can't be made as its model declares it.

        ::

            with local_dynamodb() as dynamodb:
                dynamodb.create_tables(User, Contact)
        """
        self._require_open('create_tables')
        for model in models:
            _check_model(model, 'create_tables')
        context_of(self._block).run(_create_tables, models)

    @overload
    def seed(self, model: type[M], items: Iterable[Mapping[str, Any] | M], /) -> list[M]: ...

    @overload
    def seed(
        self, items: Mapping[type[Model], Iterable[Mapping[str, Any] | Model]], /
    ) -> list[Model]: ...

    def seed(self, what: Any, items: Any = None, /) -> list[Any]:
        """Save items for a test to begin with. Tables that are missing are made.

        The items are validated, and get their defaults, as by :meth:`.Model.save_many`. Nothing is
        made or saved while one of them is invalid, whichever model it is of.

        :param what: the model; or a dict of several, each with its items.
        :param items: the items of the one model: dicts, or instances.
        :returns: the instances that were saved, in the order in which they were given.
        :raises ValidationError: with all that is wrong with the items of a model, by their
            positions; and where two of them have the same key.
        :raises RequestError: where an item could not be saved; the first such error.

        ::

            with local_dynamodb() as dynamodb:
                john, jane = dynamodb.seed(
                    User,
                    [
                        {'email': 'john@example.com', 'name': 'John Doe'},
                        {'email': 'jane@example.com', 'name': 'Jane Doe'},
                    ],
                )
                dynamodb.seed({Stock: [{'sku': 'pen'}], Cart: [{'id': 'c1'}]})
        """
        self._require_open('seed')
        saved: list[Any] = context_of(self._block).run(_seed, _by_model(what, items))
        return saved

    def dump(self, model: type[Model]) -> list[dict[str, Any]]:
        """Return all items that are stored for a model, as dicts.

        That takes a scan, which ``__allow_scan__ = False`` of the model doesn't forbid here.

        :param type model: the model.
        :returns: what :meth:`.Model.to_dict` returns of each, undeclared attributes included, in
            the order of their keys.
        :raises ValidationError: where it is no model, or a stored item is none of the model.
        :raises TableNotFoundError: where there is no such table.

        ::

            with local_dynamodb() as dynamodb:
                dynamodb.seed(Stock, [{'sku': 'pen', 'count': 2}])
                assert dynamodb.dump(Stock) == [{'sku': 'pen', 'count': 2}]
        """
        self._require_open('dump')
        _check_model(model, 'dump')
        return context_of(self._block).run(_dump, model)

    def clear(self) -> None:
        """Delete all tables, with their items.

        On a server that ran already, that is those whose names begin with the prefix of the block.

        ::

            with local_dynamodb(models=[User]) as dynamodb:
                dynamodb.clear()
                dynamodb.create_tables(User)
        """
        self._require_open('clear')
        self._world.clear()

    def _require_open(self, method: str) -> None:
        if self._has_ended:
            raise EngineError(
                f'LocalDynamoDB.{method}: the local_dynamodb block has ended, and its tables are '
                'gone; call it inside of the block'
            )
        if self._is_covered():
            raise EngineError(
                f'LocalDynamoDB.{method}: another local_dynamodb block is inside this one; use the '
                'value of that one, or call this when it has ended'
            )

    def _check_request(self) -> None:
        if self._has_ended:
            raise EngineError(
                'a request to the DynamoDB of a local_dynamodb block that has ended: end the '
                'threads and iterators of a block before it ends, and keep no tables or clients of '
                'it'
            )
        if self._is_covered():
            raise EngineError(
                'a request to the DynamoDB of a local_dynamodb block with another block inside: '
                'use no tables or clients of the outer one before the inner one has ended'
            )

    def _end(self, error: type[BaseException] | None, *details: object) -> None:
        self._has_ended = True
        try:
            _engines.in_flight.wait()
        except EngineError as late:
            # What the block itself has raised matters more.
            if error is None:
                raise
            logger().warning('%s', late)

    def _is_covered(self) -> bool:
        return self._layer is not None and not _connections.is_last(self._layer)

    def __repr__(self) -> str:
        end = ', ended' if self._has_ended else ''
        return f'<LocalDynamoDB: {self.engine} at {without_user(self.endpoint_url)}{end}>'


@contextlib.contextmanager
def local_dynamodb(
    table_prefix: str | None = None,
    *,
    models: Iterable[type[Model]] = (),
    items: Mapping[type[Model], Iterable[Mapping[str, Any] | Model]] | None = None,
    engine: str | None = None,
) -> Iterator[LocalDynamoDB]:
    """Give a program a DynamoDB of its own, and point ``Connection`` at it for a ``with`` block.

    The block starts with no tables. All threads use this DynamoDB while the block runs; on leaving
    it, also by an exception, the tables are gone and ``Connection`` has exactly the settings that
    it had before, those of a ``using()`` block included. A block inside another one has tables and
    settings of its own too; those of the outer one are back when it ends. Before a block begins or
    ends, requests that other threads have sent are waited for, 30 seconds at most; at the end of a
    block that raises by itself, one that takes longer is logged.

    Nothing of the block reaches AWS, whatever the program sets in it: endpoint, region and
    credentials are those of this DynamoDB, and ``Connection.reset()`` goes back to them. Only an
    ``endpoint_url`` that the program names itself is used as it is.

    The engine takes a moment to start, and is kept for the blocks that follow. It ends with the
    program.

    :param str table_prefix: put in front of the name of every table. Default: what the
        environment variable ``AWS_TABLE_PREFIX`` says, else no prefix. On a server that runs
        already, something that is unique is put before it.
    :param models: the models whose tables are made. Default: none.
    :param dict items: what is stored to begin with, as :meth:`LocalDynamoDB.seed` takes it: model
        to items. Their tables are made. Default: nothing.
    :param str engine: ``'moto'``, which runs inside the program; ``'dynamodb-local'``, which needs
        Java 11 and whose jar, or the folder that holds it, is named by the environment variable
        ``DYNAMODB_LOCAL_JAR``; or the URL of a server that runs already, on which the block makes
        and deletes tables with a prefix of its own, and touches no others. Default: what the
        environment variable ``DYNAMONGO_ENGINE`` says, else ``'moto'``.
    :returns: a context manager, which gives a :class:`LocalDynamoDB`.
    :raises ImportError: if moto isn't installed; the message names the extra to install.
    :raises EngineError: if another engine can't be had, which never leads to moto instead; and if
        a request of another thread has no answer in time, at the beginning one of another block.

    ::

        from dynamongo import Model, StringField
        from dynamongo.local import local_dynamodb

        class City(Model):
            __table__ = 'cities'
            __hash_key__ = 'name'

            name = StringField(required=True)

        with local_dynamodb(models=[City]):
            City.save_one({'name': 'Nairobi'})
            print(City.get_one('Nairobi').name)     # Nairobi

    .. versionadded:: 0.2
    """
    _check_arguments(table_prefix, models, items)
    models = list(models)
    for model in models:
        _check_model(model, 'models')
    with contextlib.ExitStack() as stack:
        stack.enter_context(_engines.without_request_log())
        world = _engines.open_world(engine)
        stack.callback(world.close)
        # From here on, requests to the blocks around this one are refused.
        layer = _connections.enter()
        stack.callback(_connections.leave, layer)
        # Again, since its tables go before those requests are let through.
        stack.callback(world.close)
        _engines.in_flight.wait()
        world.begin()
        dynamodb = LocalDynamoDB(world, table_prefix)
        dynamodb._layer = layer
        stack.push(dynamodb._end)
        Connection._restore(dynamodb._block.settings())
        dynamodb.create_tables(*models)
        if items is not None:
            dynamodb.seed(items)
        yield dynamodb


def _take_connection() -> tuple[Any, Any]:
    """Set the connection's settings aside, those of the ``using`` blocks around this included."""
    kept = Connection._snapshot(), _borg.overrides.get()
    _borg.overrides.set(None)
    return kept


def _put_connection(kept: tuple[Any, Any]) -> None:
    settings, override = kept
    _borg.overrides.set(override)
    Connection._restore(settings)


_connections = Layers(_take_connection, _put_connection)


def _create_tables(models: Iterable[type[Model]]) -> None:
    for model in models:
        _tables.create(model._schema, exist_ok=True)


def _dump(model: type[Model]) -> list[dict[str, Any]]:
    plan = _planner.plan_of_scan(model._schema, Options(method='dump', consistent=True))
    found: list[Model] = _read.in_full(plan, functools.partial(_loading.load, model))
    return [instance.to_dict(extra=True) for instance in found]


def _seed(by_model: Mapping[type[Model], Any]) -> list[Model]:
    prepared = {model: _prepared(model, items) for model, items in by_model.items()}
    saved: list[Model] = []
    for model, pairs in prepared.items():
        _tables.create(model._schema, exist_ok=True)
        result = _write_many.put_prepared(model, pairs)
        if result.errors:
            raise result.errors[0]
        saved += result.success
    return saved


def _prepared(model: type[Model], items: Any) -> list[Any]:
    pairs: list[Any] = _write_many.prepare(model, items, 'seed')
    schema = model._schema
    seen: dict[Any, int] = {}
    problems = []
    for position, (_, dumped) in enumerate(pairs):
        first = seen.setdefault(schema.identity(dumped.item), position)
        if first != position:
            problems.append(
                Problem(
                    f'it has the same key as items[{first}]; give each item once', path=(position,)
                )
            )
    if problems:
        raise ValidationError(problems=problems, where=f'{schema.name}.seed: items')
    return pairs


def _by_model(what: Any, items: Any) -> Mapping[type[Model], Any]:
    if isinstance(what, Mapping):
        if items is not None:
            _refuse('seed takes a model and its items, or a dict of models with theirs; not both')
        for model in what:
            _check_model(model, 'seed')
        return what
    if not _is_model(what) and items is None:
        _refuse(f'seed takes the model first, not {shorten(what)}; write seed(Model, items)')
    _check_model(what, 'seed')
    if items is None:
        _refuse(f'seed({what.__name__}, items) needs the items: a list of dicts')
    if isinstance(items, (Mapping, Model)):
        _refuse(f'seed({what.__name__}, items) takes a list of items; put the one into a list')
    return {what: items}


def _check_arguments(table_prefix: Any, models: Any, items: Any) -> None:
    if _is_model(table_prefix):
        _refuse(f'a table_prefix is text; write models=[{table_prefix.__name__}]')
    if table_prefix is not None and not isinstance(table_prefix, str):
        _refuse(f'a table_prefix is text, not {table_prefix!r}')
    if _is_model(models):
        _refuse(f'models takes a list; write models=[{models.__name__}]')
    if items is not None and not isinstance(items, Mapping):
        _refuse(
            f'items takes a dict of models with theirs, not a {type(items).__name__}; write '
            'items={Model: [...]}'
        )


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Model)


def _check_model(model: Any, where: str) -> None:
    if not _is_model(model):
        _refuse(f'{where} takes model classes, not {model!r}')
    model._schema.require_concrete()


def _refuse(message: str) -> NoReturn:
    raise ValidationError(f'local_dynamodb: {message}')
