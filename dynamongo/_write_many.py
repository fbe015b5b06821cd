"""Carries out writes of many items, and keeps account of what became of each."""

import contextlib
import functools

from dynamongo import _compile, _items, _planner, _read, _strategies, _write
from dynamongo._batches import MAX_BATCH_WRITE, write_batch
from dynamongo._concurrency import Turns
from dynamongo._errors import Advice
from dynamongo._options import check_workers, read_options
from dynamongo._projection import projection_of_fields
from dynamongo._results import BatchResult, Outcomes, accounting
from dynamongo._series import Series
from dynamongo.conditions import BaseCondition
from dynamongo.exceptions import IncompleteReadError, ValidationError
from dynamongo.updates import checked_updates
from dynamongo.utils import chunks


def put_many(model, items, overwrite=True, workers=1):
    """Save many items; see :meth:`.Model.save_many`."""
    schema = model._schema
    check_workers(schema, 'save_many', workers)
    _write.check_items(schema, 'save_many', items)
    prepared = _prepare(model, items)
    identities = [schema.identity(dumped.item) for _, dumped in prepared]
    # With a condition, whether the second of two with one key is saved depends on the first.
    # Without one the later wins.
    names = identities if overwrite is True else range(len(prepared))
    effective = dict(zip(names, prepared))
    in_batches = overwrite is True and schema.version is None
    outcomes = Outcomes()

    def result(unknown=None):
        result = BatchResult()
        for name, (instance, dumped) in zip(names, prepared):
            _, error = outcomes.of(name, unknown)
            if in_batches and error is None and effective[name][0] is instance:
                _items.settle(instance, dumped)
            result._add(instance, error)
        return result

    with accounting(result):
        if in_batches:
            requests = {name: put_request(dumped) for name, (_, dumped) in effective.items()}
            write_batches(schema, requests, workers, outcomes)
        else:
            calls = {
                name: functools.partial(_write.put, instance, overwrite, dumped)
                for name, (instance, dumped) in effective.items()
            }
            shared = [[schema.identity(dumped.item)] for _, dumped in effective.values()]
            run_calls(calls, workers, outcomes, shared)
    return result()


def put_request(dumped):
    """Return a put as BatchWriteItem takes it."""
    return {'PutRequest': {'Item': dumped.item}}


def _prepare(model, items):
    """Return pairs of instance and dump, once every item is known to be valid."""
    problems, prepared = [], []
    for position, item in enumerate(items):
        try:
            instance = _write.instance_of(model, item)
            prepared.append((instance, _items.dump(instance)))
        except ValidationError as error:
            problems += (problem.within(position) for problem in error.problems)
    if problems:
        raise ValidationError(problems=problems, where=f'{model.__name__}.save_many: items')
    return prepared


def write_batches(schema, requests, workers, outcomes):
    """Send puts and deletes in batches, and note what became of each.

    :param dict requests: identity to request.
    :param Outcomes outcomes: takes the outcomes by identity.
    """

    def write(batch):
        outcomes.note(batch, write_batch(schema, batch))

    batches = [dict(chunk) for chunk in chunks(requests.items(), MAX_BATCH_WRITE)]
    calls = [functools.partial(write, batch) for batch in batches]
    with contextlib.closing(Series(workers).run(calls)) as errors:
        for error, batch in zip(errors, batches):
            if error is not None:
                outcomes.note(batch, dict.fromkeys(batch, error))


def run_calls(calls, workers, outcomes, shared=None):
    """Make calls that write one item each, and note what became of each.

    :param dict calls: name to function.
    :param Outcomes outcomes: takes the outcomes by name.
    :param list shared: for each call, what it shares with others, which then wait for each other.
    """

    def carry_out(name, call):
        outcomes.done(name, call())

    turns = Turns()
    parts = [functools.partial(carry_out, name, call) for name, call in calls.items()]
    if shared is not None and workers > 1:
        parts = map(turns.take, shared, parts)
    with contextlib.closing(Series(workers).run(parts)) as errors:
        for error, name in zip(errors, calls):
            if error is not None:
                outcomes.failed(name, error)


def delete_many(model, strategy, *, scan=True, workers=1):
    """Delete many items; see :meth:`.Model.delete_many`."""
    schema = model._schema
    options = read_options(schema, 'delete_many', scan=scan, workers=workers)
    targets = list(_targets(schema, strategy, options, functools.partial(_compile.delete, schema)))
    # All that may raise comes before anything is sent: keys that the model can't read, and
    # conditions that are too long.
    instances = [_known(model, target) for target in targets]
    plain, checked, shared = {}, {}, []
    names = []
    for position, target in enumerate(targets):
        identity = schema.identity(target.key)
        if target.check is None:
            plain[identity] = {'DeleteRequest': {'Key': target.key}}
            names.append(identity)
        else:
            request = _compile.delete(schema, target.key, target.check)
            refused = "the item doesn't meet the condition"
            write = functools.partial(_write.send_delete, model, request, refused)
            checked[position] = functools.partial(_though_unreadable, write)
            shared.append([identity])
            names.append(position)
    outcomes = Outcomes()

    def result(unknown=None):
        return _answered(names, instances, outcomes, unknown)

    with accounting(result):
        if plain:
            write_batches(schema, plain, workers, outcomes)
        if checked:
            run_calls(checked, workers, outcomes, shared)
    return result()


def _known(model, target):
    """Return what is known of a target before it is written, as an instance."""
    if isinstance(target.given, model):
        return target.given
    return _items.load(model, target.key, projection_of_fields(model._schema.keys))


def _though_unreadable(write, *args):
    """Return the item that a write answers with; ``None`` where the model can't read it, since the
    write is done all the same."""
    try:
        return write(*args)
    except IncompleteReadError as error:
        if not isinstance(error.__cause__, ValidationError):
            raise
        return None


def update_many(model, strategy, updates, *, scan=True, workers=1):
    """Update many items; see :meth:`.Model.update_many`."""
    schema = model._schema
    options = read_options(schema, 'update_many', scan=scan, workers=workers)
    updates = checked_updates(updates)

    def compiled(key, check=None):
        return _compile.update(schema, key, updates, check)

    # What is wrong with the updates is found also where no item is selected.
    compiled({})
    targets = list(_targets(schema, strategy, options, compiled))
    instances = [_known(model, target) for target in targets]
    advice = Advice('no item has this key, or it fails the condition', updates)
    names, calls = [], {}
    for target in targets:
        # One that is given twice is updated once.
        name = schema.identity(target.key), target.check
        names.append(name)
        if target.check is False:
            calls[name] = functools.partial(_write.update_one, model, target, updates)
        else:
            request = compiled(target.key, target.check)
            write = functools.partial(_write.send_update, model, request, advice)
            calls[name] = functools.partial(_though_unreadable, write)
    outcomes = Outcomes()

    def result(unknown=None):
        return _answered(names, instances, outcomes, unknown)

    with accounting(result):
        run_calls(calls, workers, outcomes, [[identity] for identity, _ in calls])
    return result()


def _answered(names, instances, outcomes, unknown):
    """Return the result of writes that answer with items, where they are known."""
    result = BatchResult()
    for name, instance in zip(names, instances):
        item, error = outcomes.of(name, unknown)
        result._add(instance if item is None else item, error)
    return result


def _targets(schema, strategy, options, compiled):
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
