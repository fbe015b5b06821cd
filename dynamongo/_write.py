"""Carries out writes, and keeps account of what became of each item."""

from dynamongo import _compile, _execute, _items, _plan, _read
from dynamongo.conditions import AndCondition, BaseCondition, join, simplify
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    ExpressionError,
    ItemTooLargeError,
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

    def _attempt(self, instance, action):
        """Account for one item by what an action does: ``action()`` returns an instance, which
        takes the place of this one, or ``None``."""
        try:
            done = action()
        except RequestError as error:
            # What isn't about this item would happen to all of them: before anything is written,
            # it is better raised.
            if not (self.success or self.fail or concerns_item(error)):
                raise
            self._add(instance, error)
        else:
            self._add(instance if done is None else done)


def concerns_item(error):
    """Tell whether an error is about one item, rather than the table or the connection."""
    return (
        isinstance(error, (ConditionalCheckFailedException, ItemTooLargeError))
        or error.code == 'ValidationException'
    )


def instance_of(model, item):
    """Return what is to be saved as an instance."""
    if isinstance(item, model):
        if item._schema.table != model._schema.table:
            raise ValidationError(
                f'{type(item).__name__} is stored in table {item._schema.table!r} and '
                f'{model.__name__} in {model._schema.table!r}; call {type(item).__name__}.save_one'
            )
        return item
    if isinstance(item, dict):
        odd = [key for key in item if not isinstance(key, str)]
        if odd:
            problem = Problem('the keys of an item are names of fields', odd[0])
            raise ValidationError(problems=[problem], where=model.__name__)
        return model(**item)
    raise ValidationError(
        f'{model.__name__} is saved as an instance of it or a dict, not {type(item).__name__}'
    )


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
    prepared = _prepare(model, items)
    result = BatchResult()
    if overwrite is not True:
        for instance, dumped in prepared:
            result._attempt(instance, _later(put, instance, overwrite, dumped))
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


def delete(model, target):
    """Delete the item of a target and return it, or ``None`` where there is none.

    :raises ConditionalCheckFailedException: where it fails the check.
    """
    if target.check is False:
        raise ConditionalCheckFailedException(
            f'{model.__name__}: no item can meet the condition, so nothing was sent'
        )
    request = _compile.delete(target.key, target.check)
    reply = _execute.call(model._schema, 'delete_item', request, key=target.key)
    return _items.load(model, reply['Attributes']) if reply.get('Attributes') else None


def delete_many(model, strategy):
    """Delete many items; see :meth:`.Model.delete_many`."""
    schema = model._schema
    targets = list(_targets(schema, strategy))
    result = BatchResult()
    errors = _execute.write_batch(
        schema,
        {
            schema.identity(target.key): {'DeleteRequest': {'Key': target.key}}
            for target in targets
            if target.check is None
        },
    )
    for target in targets:
        given = target.given
        instance = given if isinstance(given, model) else _items.load(model, target.key)
        if target.check is None:
            result._add(instance, errors.get(schema.identity(target.key)))
        else:
            result._attempt(instance, _later(delete, model, target))
    return result


def _targets(schema, strategy):
    """Yield the targets of a strategy that may select many items."""
    if isinstance(strategy, BaseCondition):
        plan = _plan.plan(schema, strategy)
        check = join(AndCondition, [part for part in plan.checks if part is not None])
        for key in _read.keys(schema, plan):
            yield _plan.Target(key, check)
    elif _plan.is_list(strategy):
        for entry in strategy:
            yield _plan.target(schema, entry, method='delete_many')
    else:
        yield _plan.target(schema, strategy, method='delete_many')


def update(model, strategy, updates):
    """Update one item; see :meth:`.Model.update_one`."""
    schema = model._schema
    target = _plan.target(schema, strategy, method='update_one')
    never = target.check is False
    request = _compile.update(schema, target.key, updates, None if never else target.check)
    if never:
        return None
    try:
        reply = _execute.call(schema, 'update_item', request, key=target.key)
    except ConditionalCheckFailedException:
        return None
    return _items.load(model, reply['Attributes'])


def _later(function, *arguments):
    return lambda: function(*arguments)
