"""Carries out writes, and keeps account of what became of each item."""

import functools

from dynamongo import _compile, _execute, _items, _planner, _read, _strategies
from dynamongo._options import read_options
from dynamongo._partial import refuse_partial
from dynamongo._projection import projection_of_fields
from dynamongo.conditions import BaseCondition, simplify
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    ExpressionError,
    IncompleteReadError,
    Problem,
    RequestError,
    ValidationError,
)


class BatchResult:
    """What became of each item of a batch.

    :param list fail: the instances that failed.
    :param list success: the instances that were written or deleted.
    :param list errors: one exception for each of ``fail``, in the same order.

    Every item that was given is in exactly one of the two lists.

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
        return f'<BatchResult: {self.success_count} succeeded, {self.fail_count} failed>'

    def _add(self, instance, error=None):
        """Account for one item."""
        if error is None:
            self.success.append(instance)
        else:
            self.fail.append(instance)
            self.errors.append(error)


def _attempt(action, *, started):
    """Return what an action returns and the error that it raises, one of them ``None``.

    What isn't about one item would happen to all of them: as long as nothing has been ``started``,
    it is better raised.
    """
    try:
        return action(), None
    except RequestError as error:
        if not (started or _execute.concerns_item(error)):
            raise
        return None, error


def instance_of(model, item):
    """Return what is to be saved as an instance."""
    if isinstance(item, model):
        mine, its = model._schema, item._schema
        if (its.table, its.key_attributes) != (mine.table, mine.key_attributes):
            raise ValidationError(
                f'{its.name} is stored in table {its.table!r} by {its.key_attributes}, and '
                f'{mine.name} in {mine.table!r} by {mine.key_attributes}; call {its.name}.save_one'
            )
        return item
    if isinstance(item, dict):
        refuse_partial(item, model.__name__)
        odd = [key for key in item if not isinstance(key, str)]
        if odd:
            problem = Problem('the keys of an item are names of fields', odd[0])
            raise ValidationError(problems=[problem], where=model.__name__)
        return _made(model, item)
    raise ValidationError(
        f'{model.__name__} is saved as an instance of it or a dict, not {type(item).__name__}'
    )


def _made(model, values):
    """Return an instance made of a dict, or raise all that is wrong with it.

    The constructor alone would report what can't be converted, and saving the rest.
    """
    if model.__init__ is not model._constructor:
        return model(**values)
    instance = model.__new__(model)
    misnamed, invalid = instance._fill(values)
    if not (misnamed or invalid):
        return instance
    problems = list(misnamed)
    try:
        _items.dump(instance)
    except ValidationError as error:
        problems += error.problems
    reported = {problem.path[:1] for problem in problems}
    problems += (problem for problem in invalid if problem.path[:1] not in reported)
    raise ValidationError(problems=problems, where=model.__name__)


def overwrite_of(schema, overwrite):
    """Return the ``overwrite`` argument, checked: a bool or a condition that can go either way."""
    if isinstance(overwrite, bool):
        return overwrite
    if isinstance(overwrite, BaseCondition):
        schema.check_condition(overwrite)
        return simplify(overwrite)
    raise ExpressionError('overwrite is True, False or a condition', overwrite)


def put(instance, overwrite=True, dumped=None):
    """Save one instance, whose values then are what is stored."""
    schema = instance._schema
    item, values = dumped or _items.dump(instance)
    key = {attribute: item[attribute] for attribute in schema.key_attributes}
    _execute.call(schema, 'put_item', _compile.put(schema, item, overwrite), key=key)
    _items.settle(instance, values)


def put_many(model, items, overwrite=True):
    """Save many items; see :meth:`.Model.save_many`."""
    if isinstance(items, (str, dict)) or not hasattr(items, '__iter__'):
        raise ValidationError(
            f'{model.__name__}.save_many takes a list of items, not {type(items).__name__}'
        )
    prepared = _prepare(model, items)
    result = BatchResult()
    if overwrite is not True:
        for instance, dumped in prepared:
            action = functools.partial(put, instance, overwrite, dumped)
            _, error = _attempt(action, started=result.success or result.fail)
            result._add(instance, error)
        return result
    schema = model._schema
    requests = {}
    for _, (item, _) in prepared:
        requests[schema.identity(item)] = {'PutRequest': {'Item': item}}
    errors = _execute.write_batch(schema, requests)
    for instance, (item, values) in prepared:
        error = errors.get(schema.identity(item))
        if error is None:
            _items.settle(instance, values)
        result._add(instance, error)
    return result


def _prepare(model, items):
    """Return pairs of instance and dump, once every item is known to be valid."""
    problems, prepared = [], []
    for position, item in enumerate(items):
        try:
            instance = instance_of(model, item)
            prepared.append((instance, _items.dump(instance)))
        except ValidationError as error:
            problems += (problem.within(position) for problem in error.problems)
    if problems:
        raise ValidationError(problems=problems, where=f'{model.__name__}.save_many: items')
    return prepared


def delete_one(model, target):
    """Delete the item of a target; see :meth:`.Model.delete_one`."""
    if target.check is False:
        return None
    request = _compile.delete(model._schema, target.key, target.check)
    try:
        attributes = _delete(model, request)
    except ConditionalCheckFailedException:
        return None
    return _replied(model, attributes, 'deleted') if attributes else None


def _delete(model, request):
    """Send a DeleteItem and return the attributes of what it deleted, if there was anything."""
    reply = _execute.call(model._schema, 'delete_item', request, key=request['Key'])
    return reply.get('Attributes')


def _replied(model, attributes, done):
    """Return the item that a write has answered with, once the write is done."""
    try:
        return _items.load(model, attributes)
    except ValidationError as error:
        raise IncompleteReadError(
            f"the item is {done}, but {model.__name__} can't read it: {error}"
        ) from error


def delete_many(model, strategy, *, scan=True):
    """Delete many items; see :meth:`.Model.delete_many`."""
    schema = model._schema
    options = read_options(schema, 'delete_many', scan=scan)
    targets = list(_targets(schema, strategy, options))
    # All that may raise comes before anything is sent: keys that the model can't read, and
    # conditions that are too long.
    instances = [
        target.given
        if isinstance(target.given, model)
        else _items.load(model, target.key, projection_of_fields(schema.keys))
        for target in targets
    ]
    plain, checked = {}, {}
    for position, target in enumerate(targets):
        if target.check is None:
            plain[schema.identity(target.key)] = {'DeleteRequest': {'Key': target.key}}
        else:
            checked[position] = _compile.delete(schema, target.key, target.check)
    errors = _execute.write_batch(schema, plain)
    outcomes, started = {}, bool(plain)
    for position, request in checked.items():
        action = functools.partial(_delete, model, request)
        outcomes[position] = _attempt(action, started=started)
        started = True
    result = BatchResult()
    for position, (target, instance) in enumerate(zip(targets, instances)):
        attributes, error = outcomes.get(position, (None, errors.get(schema.identity(target.key))))
        result._add(_read_back(model, attributes) or instance, error)
    return result


def _read_back(model, attributes):
    """Return a deleted item as it was, or ``None`` where it isn't known or can't be read."""
    try:
        return _items.load(model, attributes) if attributes else None
    except ValidationError:
        return None


def _targets(schema, strategy, options):
    """Yield the targets of a strategy that may select many items."""
    if isinstance(strategy, BaseCondition):
        options = options.of_keys(schema)
        plan = _planner.plan(schema, strategy, options)
        # Before anything is read: a check that is too long for a write is refused.
        _compile.delete(schema, {}, plan.guard)
        _read.warn_of_scan(plan)
        for key in _read.keys(plan):
            yield _strategies.Target(key, plan.guard)
    elif _strategies.is_list(strategy):
        for entry in strategy:
            yield _strategies.target(schema, entry, method='each entry of a list for delete_many')
    else:
        yield _strategies.target(schema, strategy, method='delete_many')


def update(model, target, updates):
    """Update the item of a target; see :meth:`.Model.update_one`."""
    schema = model._schema
    never = target.check is False
    request = _compile.update(schema, target.key, updates, None if never else target.check)
    if never:
        return None
    try:
        reply = _execute.call(schema, 'update_item', request, key=target.key)
    except ConditionalCheckFailedException:
        return None
    if 'Attributes' not in reply:
        raise IncompleteReadError(
            f'{schema.name}.update_item: the reply holds no item; it is damaged'
        )
    return _replied(model, reply['Attributes'], 'updated')
