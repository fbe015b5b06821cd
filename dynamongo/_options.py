"""The options of reads, checked."""

from __future__ import annotations

import functools
import typing
from typing import TYPE_CHECKING

from dynamongo._projection import Projection, projection_of, projection_of_fields
from dynamongo.conditions import BaseCondition
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.utils import is_count, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from dynamongo._annotations import AnyIndex
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field

#: The largest ``Limit`` that fits its type; a page never holds that many items.
MAX_LIMIT = 2**31 - 1

#: How many requests may be under way at once; each takes a thread.
MAX_WORKERS = 1000


class Options(typing.NamedTuple):
    """How the items that a strategy selects are to be read.

    The parameters are those of :meth:`.Model.get_many`; ``projection`` is what ``only`` asks for.
    """

    method: str = 'get_many'
    descending: bool = False
    limit: int | None = None
    consistent: bool = False
    projection: Projection | None = None
    index: AnyIndex | None = None  # type: ignore[assignment]
    page_size: int | None = None
    workers: int = 1
    scan: bool = True

    def of_keys(self, schema: Schema) -> Options:
        """Return these options for a read that needs nothing but the keys."""
        return self._replace(projection=projection_of_fields(schema.keys))


DEFAULTS = Options()

#: The numbers that may be left out.
_OPTIONAL = ('limit', 'page_size')


def read_options(
    schema: Schema,
    method: str,
    *,
    optional: Collection[str] = _OPTIONAL,
    only: Iterable[str | Field] | None = None,
    index: AnyIndex | str | None = None,
    **given: Any,
) -> Options:
    """Return the options of a read.

    :param str method: the method that is given them, for error messages.
    :param optional: the numbers that may be left out.
    :raises ValidationError: where a value makes no sense.
    :raises ExpressionError: where the model has no such index, or it can't be read that way.
    """
    if only is index is None and optional is _OPTIONAL:
        # What most calls are like.
        for name in given:
            if given[name] is not _DEFAULTS[name]:
                break
        else:
            return _plain(method)
    where = f'{schema.name}.{method}'
    problems: list[Problem] = []
    for name, everything in (('limit', 'all'), ('page_size', 'as many as fit')):
        value = given.get(name)
        if not (is_count(value) or (value is None and name in optional)):
            otherwise = f', or None for {everything}' if name in optional else ''
            problems.append(
                Problem(f'{name} is an int of at least 1{otherwise}, not {shorten(value)}')
            )
    problems += _problems_of_workers(given.get('workers', 1))
    problems += (
        Problem(f'{name} is True or False, not {shorten(given[name])}')
        for name in ('descending', 'consistent', 'scan')
        if not isinstance(given.get(name, True), bool)
    )
    projection, unread = None, 0
    if only is not None:
        try:
            projection = projection_of(schema, only)
        except ValidationError as error:
            problems += error.problems
            unread = len(error.problems)
    if problems:
        if len(problems) == unread:
            where = f'{where}(only=...)'
        if any(isinstance(value, BaseCondition) for value in given.values()):
            raise ExpressionError(
                f'{where} takes one condition; join conditions by &: '
                f'({schema.hash_key._label} == ...) & (...)'
            )
        raise ValidationError(problems=problems, where=where)
    chosen = None if index is None else schema.index_named(index)
    if chosen is not None and given.get('consistent') and not chosen.can_be_consistent:
        raise ExpressionError(
            f'{chosen!r} is a global index, which DynamoDB never reads consistently; '
            'leave out consistent=True, or index='
        )
    return Options(method=method, projection=projection, index=chosen, **given)


_DEFAULTS = DEFAULTS._asdict()


@functools.cache
def _plain(method: str) -> Options:
    return Options(method=method)


def check_workers(schema: Schema, method: str, workers: object) -> None:
    """Raise where a number of workers makes no sense.

    :param str method: the method that is given it, for the error message.
    """
    problems = _problems_of_workers(workers)
    if problems:
        raise ValidationError(problems=problems, where=f'{schema.name}.{method}')


def check_flag(schema: Schema, method: str, name: str, value: object) -> None:
    """Raise where an option that is ``True`` or ``False`` is something else."""
    if not isinstance(value, bool):
        said = f'{name} is True or False, not {shorten(value)}'
        raise ValidationError(f'{schema.name}.{method}: {said}')


def _problems_of_workers(workers: object) -> list[Problem]:
    if is_count(workers) and workers <= MAX_WORKERS:
        return []
    return [Problem(f'workers is an int from 1 to {MAX_WORKERS:,}', workers)]
