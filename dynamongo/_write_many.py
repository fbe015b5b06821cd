"""Carries out writes of many items, and keeps account of what became of each."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from dynamongo import (
    _changes,
    _compile,
    _dumping,
    _hooks,
    _planner,
    _read,
    _strategies,
    _write,
)
from dynamongo._answers import Answers, announced
from dynamongo._batches import MAX_BATCH_WRITE, patiently, write_batch
from dynamongo._errors import Advice
from dynamongo._logic import join
from dynamongo._options import check_workers, read_options
from dynamongo._results import BatchResult, Outcomes, accounting
from dynamongo._series import Series
from dynamongo.conditions import BaseCondition, OrCondition
from dynamongo.connection import pinned_context
from dynamongo.exceptions import PartialItemError, ValidationError
from dynamongo.updates import checked_updates
from dynamongo.utils import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from typing import Literal, TypeVar, Union

    from dynamongo._annotations import Request
    from dynamongo._dumping import Dumped
    from dynamongo._options import Options
    from dynamongo._results import Broken
    from dynamongo._schema import Schema
    from dynamongo._strategies import Target
    from dynamongo.exceptions import Problem
    from dynamongo.model import Model

    M = TypeVar('M', bound=Model)
    Check = Union[BaseCondition, Literal[False], None]


def put_many(
    model: type[M],
    items: Iterable[object],
    overwrite: bool | BaseCondition = True,
    workers: int = 1,
) -> BatchResult[M]:
    """Save many items; see :meth:`.Model.save_many`."""
    return pinned_context().run(_put_many, model, items, overwrite, workers)


def _put_many(
    model: type[M], items: Iterable[object], overwrite: bool | BaseCondition, workers: int
) -> BatchResult[M]:
    schema = model._schema
    check_workers(schema, 'save_many', workers)
    return put_prepared(model, prepare(model, items), overwrite, workers)


def put_prepared(
    model: type[M],
    prepared: list[tuple[M, Dumped]],
    overwrite: bool | BaseCondition = True,
    workers: int = 1,
) -> BatchResult[M]:
    """Save what :func:`prepare` has returned; see :meth:`.Model.save_many`."""
    schema = model._schema
    identities = [schema.identity(dumped.item) for _, dumped in prepared]
    names: Sequence[Hashable]
    if overwrite is True and schema.version is None:
        names = identities
    else:
        names = [
            name_of(position, instance, identity, overwrite)
            for position, ((instance, _), identity) in enumerate(zip(prepared, identities))
        ]
    # The later of two with one name wins.
    effective = dict(zip(names, prepared))
    outcomes = Outcomes()
    saved: list[M] = []

    def result(broken: Broken | None = None) -> BatchResult[M]:
        result: BatchResult[M] = BatchResult()
        for name, (instance, dumped) in zip(names, prepared):
            _, error = outcomes.of(name, broken)
            if error is None and effective[name][0] is instance:
                _changes.settle(instance, dumped)
                if effective[name][1] is dumped and _hooks.has(instance, 'after_save'):
                    saved.append(instance)
            result._add(instance, error)
        return result

    requests, calls = puts(effective, overwrite)
    with accounting(result):
        if requests:
            write_batches(schema, requests, workers, outcomes)
        if calls:
            run_calls(calls, workers, outcomes, dict(zip(names, identities)))
    return announced(result(), saved, 'after_save')


def name_of(
    position: int, instance: Model, identity: tuple[Any, ...], overwrite: bool | BaseCondition
) -> Hashable:
    """Return what tells a put from the others of a call; the later of two with one name wins.

    That is the key of the item, except where each has a condition to meet: then whether the second
    of two with one key is saved depends on the first. An instance with a version meets it once.
    """
    if overwrite is not True:
        return position
    return identity if instance._schema.version is None else (id(instance), identity)


def puts(
    effective: Mapping[Hashable, tuple[Model, Dumped]], overwrite: bool | BaseCondition
) -> tuple[dict[Any, Request], dict[Hashable, Callable[[], None]]]:
    """Return the puts that batches may have, as requests, and those with conditions, as calls.

    :param dict effective: name to the pair of instance and dump.
    """
    requests: dict[Any, Request] = {}
    calls: dict[Hashable, Callable[[], None]] = {}
    for name, (instance, dumped) in effective.items():
        if overwrite is True and instance._schema.version is None:
            requests[name] = put_request(dumped)
        else:
            calls[name] = functools.partial(_write.send_put, instance, overwrite, dumped)
    return requests, calls


def put_request(dumped: Dumped) -> Request:
    """Return a put as BatchWriteItem takes it."""
    return {'PutRequest': {'Item': dumped.item}}


def prepare(
    model: type[M], items: Iterable[object], method: str = 'save_many'
) -> list[tuple[M, Dumped]]:
    """Return pairs of instance and dump, once every item is known to be valid.

    :param str method: the method that is given the items, for error messages.
    """
    _write.check_items(model._schema, method, items)
    problems: list[Problem] = []
    prepared: list[tuple[M, Dumped]] = []
    for position, item in enumerate(items):
        try:
            instance = _write.instance_of(model, item)
            _hooks.run(instance, 'before_save')
            prepared.append((instance, _dumping.dump(instance)))
        except ValidationError as error:
            problems += (problem.within(position) for problem in error.problems)
        except PartialItemError as error:
            where = f'{model.__name__}.{method}: items[{position}]'
            raise PartialItemError(f'{where}: {error}') from error
    if problems:
        raise ValidationError(problems=problems, where=f'{model.__name__}.{method}: items')
    return prepared


def write_batches(
    schema: Schema, requests: dict[Any, Request], workers: int, outcomes: Outcomes
) -> None:
    """Send puts and deletes in batches, and note what became of each.

    :param dict requests: identity to request.
    :param Outcomes outcomes: takes the outcomes by identity.
    """

    def write(batch: dict[Any, Request]) -> None:
        outcomes.begin(batch)
        outcomes.note(batch, write_batch(schema, batch))

    batches = [dict(chunk) for chunk in chunks(requests.items(), MAX_BATCH_WRITE)]
    calls = [functools.partial(write, batch) for batch in batches]
    with contextlib.closing(Series(workers).run(calls)) as errors:
        for error, batch in zip(errors, batches):
            if error is not None:
                outcomes.note(batch, dict.fromkeys(batch, error))


def run_calls(
    calls: Mapping[Hashable, Callable[[], object]],
    workers: int,
    outcomes: Outcomes,
    identities: Mapping[Hashable, Hashable],
) -> None:
    """Make calls that write one item each, and note what became of each.

    :param dict calls: name to function.
    :param Outcomes outcomes: takes the outcomes by name.
    :param dict identities: name to identity of the item. Calls that write the same one wait for
        each other.
    """

    def carry_out(name: Hashable) -> None:
        outcomes.begin([name])
        outcomes.done(name, patiently(calls[name]))

    parts = [functools.partial(carry_out, name) for name in calls]
    series = Series(workers).run(parts, shared=lambda part: [identities[part.args[0]]])
    with contextlib.closing(series) as errors:
        for error, name in zip(errors, calls):
            if error is not None:
                outcomes.failed(name, error)


def delete_many(
    model: type[M], strategy: object, *, scan: bool = True, workers: int = 1
) -> BatchResult[M]:
    """Delete many items; see :meth:`.Model.delete_many`."""
    return pinned_context().run(_delete_many, model, strategy, scan, workers)


def _delete_many(model: type[M], strategy: object, scan: bool, workers: int) -> BatchResult[M]:
    schema = model._schema
    options = read_options(schema, 'delete_many', scan=scan, workers=workers)
    targets = list(_targets(schema, strategy, options, functools.partial(_compile.delete, schema)))
    # All that may raise comes before anything is sent: keys that the model can't read, and
    # conditions that are too long.
    instances = [_write.known(model, target) for target in targets]
    plain: dict[Any, Request] = {}
    checked: dict[Hashable, Callable[[], object]] = {}
    names: list[Hashable] = []
    identities: dict[Hashable, Hashable] = {}
    for position, target in enumerate(targets):
        identity = schema.identity(target.key)
        if target.check is None:
            plain[identity] = {'DeleteRequest': {'Key': target.key}}
            names.append(identity)
        else:
            request = _compile.delete(schema, target.key, target.check)
            advice = Advice("the item doesn't meet the condition")
            checked[position] = functools.partial(_write.send_delete, model, request, advice)
            identities[position] = identity
            names.append(position)
    answers = Answers(model, names, instances)
    for instance in answers.subjects.values():
        _hooks.run(instance, 'before_delete')
    with accounting(answers.result):
        if plain:
            write_batches(schema, plain, workers, answers.outcomes)
        if checked:
            run_calls(checked, workers, answers.outcomes, identities)
        result = answers.result()
    return announced(result, answers.written(), 'after_delete')


def update_many(
    model: type[M], strategy: object, updates: object, *, scan: bool = True, workers: int = 1
) -> BatchResult[M]:
    """Update many items; see :meth:`.Model.update_many`."""
    return pinned_context().run(_update_many, model, strategy, updates, scan, workers)


def _update_many(
    model: type[M], strategy: object, updates: object, scan: bool, workers: int
) -> BatchResult[M]:
    schema = model._schema
    options = read_options(schema, 'update_many', scan=scan, workers=workers)
    asked = checked_updates(updates, model.__name__)

    def compiled(key: dict[str, Any], check: Check = None) -> dict[str, Any]:
        return _compile.update(schema, key, asked, check)

    # What is wrong with the updates is found also where no item is selected.
    compiled({})
    found = _targets(schema, strategy, options, compiled)
    by_model = [_write.as_given(model, target) for target in found]
    targets = [target for _, target in by_model]
    instances = [_write.known(model, target) for target in targets]
    names = [schema.identity(target.key) for target in targets]
    answers = Answers(model, names, instances)
    joined = {name: _hooks.joined(instance, asked) for name, instance in answers.subjects.items()}
    calls: dict[Hashable, Callable[[], object]] = {}
    for name, target, (own, _) in zip(names, _merged(names, targets), by_model):
        if target.check is False:
            calls[name] = functools.partial(_write.update, own, target, joined[name])
        else:
            request = _compile.update(
                own._schema, target.key, joined[name], target.check, sources=target.sources
            )
            advice = Advice(
                'no item has this key, or it fails the condition',
                'no item has this key',
                joined[name],
            )
            calls[name] = functools.partial(_write.send_update, own, request, advice)
    with accounting(answers.result):
        run_calls(calls, workers, answers.outcomes, {name: name for name in names})
        result = answers.result()
    return announced(result, answers.written(), 'after_update')


def _merged(names: Sequence[Hashable], targets: Sequence[Target]) -> list[Target]:
    """Return targets, of which those of one item have one check: it is to be updated once, if it
    meets what any of them asks for."""
    checks: dict[Hashable, list[Check]] = {}
    for name, target in zip(names, targets):
        checks.setdefault(name, []).append(target.check)
    merged = {name: _any_of(given) for name, given in checks.items()}
    return [target._replace(check=merged[name]) for name, target in zip(names, targets)]


def _any_of(checks: Sequence[Check]) -> Check:
    if any(check is None for check in checks):
        return None
    possible = [check for check in checks if check is not None and check is not False]
    joined: Check = join(OrCondition, possible, otherwise=False)
    return joined


def _targets(
    schema: Schema,
    strategy: Any,
    options: Options,
    compiled: Callable[[dict[str, Any], Check], object],
) -> Iterator[Target]:
    """Yield the targets of a strategy that may select many items.

    :param compiled: compiles the write of a key with a check, to find out whether it can be sent.
    """
    method = options.method
    if isinstance(strategy, BaseCondition):
        plan = _planner.plan(schema, strategy, options.of_keys(schema))
        # Before anything is read: a check that is too long for a write is refused.
        compiled({}, plan.guard)
        _read.warn_of_scan(plan)
        for key in _read.keys(plan):
            yield _strategies.Target(key, plan.guard)
    elif _strategies.is_list(strategy):
        for entry in strategy:
            yield _strategies.target(schema, entry, method=f'each entry of a list for {method}')
    else:
        yield _strategies.target(schema, strategy, method=method)
