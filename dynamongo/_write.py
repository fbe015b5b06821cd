"""Carries out writes, and keeps account of what became of each item."""

from dynamongo import _compile, _execute, _items, _plan, _read
from dynamongo.conditions import AndCondition, BaseCondition, join, simplify
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    ExpressionError,
    IncompleteReadError,
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
        mine, its = model._schema, item._schema
        if (its.table, its.key_attributes) != (mine.table, mine.key_attributes):
            raise ValidationError(
                f'{its.name} is stored in table {its.table!r} by {its.key_attributes}, and '
                f'{mine.name} in {mine.table!r} by {mine.key_attributes}; call {its.name}.save_one'
            )
        return item
    if isinstance(item, dict):
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
    try:
        return model(**values)
    except ValidationError as error:
        instance = model.__new__(model)
        misnamed = [
            problem
            for problem in instance._fill(values)
            if problem.path[0] not in model._schema.fields
        ]
        try:
            _items.dump(instance)
        except ValidationError as full:
            problems = misnamed + full.problems
        else:
            problems = misnamed or error.problems
        raise ValidationError(problems=problems, where=model.__name__) from error


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


def delete_one(model, target):
    """Delete the item of a target; see :meth:`.Model.delete_one`."""
    try:
        attributes = _delete(model, target)
    except ConditionalCheckFailedException:
        return None
    return _replied(model, attributes, 'deleted') if attributes else None


def _delete(model, target):
    """Delete the item of a target and return its attributes, if there was one.

    :raises ConditionalCheckFailedException: where it fails the check.
    """
    if target.check is False:
        raise ConditionalCheckFailedException(
            f'{model.__name__}: no item can meet the condition, so nothing was sent'
        )
    request = _compile.delete(model._schema, target.key, target.check)
    reply = _execute.call(model._schema, 'delete_item', request, key=target.key)
    return reply.get('Attributes')


def _replied(model, attributes, done):
    """Return the item that a write has answered with, once the write is done."""
    try:
        return _items.load(model, attributes)
    except ValidationError as error:
        raise IncompleteReadError(
            f"the item is {done}, but {model.__name__} can't read it: {error}"
        ) from error


def delete_many(model, strategy):
    """Delete many items; see :meth:`.Model.delete_many`."""
    schema = model._schema
    targets = list(_targets(schema, strategy))
    # Made first: a key that the model can't read is found out before anything is deleted.
    instances = [
        target.given if isinstance(target.given, model) else _items.load(model, target.key)
        for target in targets
    ]
    result = BatchResult()
    errors = _execute.write_batch(
        schema,
        {
            schema.identity(target.key): {'DeleteRequest': {'Key': target.key}}
            for target in targets
            if target.check is None
        },
    )
    for target, instance in zip(targets, instances):
        if target.check is None:
            result._add(instance, errors.get(schema.identity(target.key)))
        else:
            result._attempt(instance, _later(_delete_checked, model, target))
    return result


def _delete_checked(model, target):
    """Delete the item of a target and return it, or ``None`` where it can't be shown in full."""
    attributes = _delete(model, target)
    try:
        return _items.load(model, attributes) if attributes else None
    except ValidationError:
        return None


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


def _later(function, *arguments):
    return lambda: function(*arguments)
