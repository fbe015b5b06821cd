"""Carries out writes of single items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynamongo import _changes, _compile, _dumping, _execute, _hooks, _loading
from dynamongo._errors import LOOK, NO_ADVICE, Advice, damaged, is_gone, place
from dynamongo._logic import join, simplify
from dynamongo._options import check_flag
from dynamongo._partial import refuse_partial
from dynamongo._paths import Operand
from dynamongo._permitted import check_condition
from dynamongo._projection import projection_of_fields
from dynamongo._strategies import Target, key_and_sources, of_model
from dynamongo.conditions import AndCondition, BaseCondition
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    ExpressionError,
    IncompleteReadError,
    Problem,
    ValidationError,
)
from dynamongo.updates import checked_updates
from dynamongo.utils import is_iterable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypedDict, TypeVar

    from typing_extensions import ParamSpec, Unpack

    from dynamongo._dumping import Dumped
    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field
    from dynamongo.model import Model
    from dynamongo.updates import Update

    M = TypeVar('M', bound=Model)
    T = TypeVar('T')
    P = ParamSpec('P')

    class Version(TypedDict, total=False):
        """The version of a stored item, as a keyword argument; none where there are no versions."""

        version: int | None


def instance_of(model: type[M], item: object) -> M:
    """Return what is to be saved as an instance."""
    if isinstance(item, model):
        mine, its = model._schema, item._schema
        if (its.table, its.key_attributes) != (mine.table, mine.key_attributes):
            raise ValidationError(
                f'{its.name} is stored in table {its.table!r} by {its.key_attributes}, and '
                f'{mine.name} in {mine.table!r} by {mine.key_attributes}; call {its.name}.save_one'
            )
        return item
    if isinstance(item, Mapping):
        item = item if isinstance(item, dict) else dict(item)
        refuse_partial(item, model.__name__)
        model = class_of(model, item)
        odd = [key for key in item if not isinstance(key, str)]
        if odd:
            problem = Problem('the keys of an item are names of fields', odd[0])
            raise ValidationError(problems=[problem], where=model.__name__)
        return _made(model, item)
    raise ValidationError(
        f'{model.__name__} is saved as an instance of it or a dict, not {type(item).__name__}'
    )


def class_of(model: type[M], values: dict[str, Any]) -> type[M]:
    """Return the class that a dict of values says it is of, where several share the table."""
    schema = model._schema
    family, kind = schema.family, schema.discriminator
    if family is None or kind is None:
        return model
    try:
        member = family.member(values.get(kind._name))
    except ValidationError as error:
        error.where = schema.name
        raise
    return member.model if member is not None and issubclass(member.model, model) else model


def check_items(schema: Schema, method: str, items: object) -> None:
    """Raise where many items are to be saved, and something else is given.

    :param str method: the method that is given them, for the error message.
    """
    if isinstance(items, (str, Mapping)) or not is_iterable(items):
        raise ValidationError(
            f'{schema.name}.{method} takes a list of items, or any iterable of them, '
            f'not {type(items).__name__}'
        )


def _made(model: type[M], values: dict[str, Any]) -> M:
    """Return an instance made of a dict, or raise all that is wrong with it.

    The constructor alone would report what can't be converted, and saving the rest.
    """
    if model.__init__ is not model._constructor:
        try:
            return model(**values)
        except TypeError as error:
            raise ValidationError(
                f"{model.__name__}: its own constructor doesn't take the item: {error}"
            ) from error
    instance = model.__new__(model)
    misnamed, invalid = instance._fill(values)
    if not (misnamed or invalid):
        return instance
    problems = list(misnamed)
    try:
        _dumping.dump(instance)
    except ValidationError as error:
        problems += error.problems
    reported = {problem.path[:1] for problem in problems}
    problems += (problem for problem in invalid if problem.path[:1] not in reported)
    raise ValidationError(problems=problems, where=model.__name__)


def overwrite_of(schema: Schema, overwrite: object) -> bool | BaseCondition:
    """Return the ``overwrite`` argument, checked: a bool or a condition that can go either way."""
    if isinstance(overwrite, bool):
        return overwrite
    if isinstance(overwrite, BaseCondition):
        check_condition(schema, overwrite)
        overwrite = simplify(overwrite)
        mine = schema.is_mine
        if mine is None or overwrite is False:
            return overwrite
        return mine if overwrite is True else AndCondition(overwrite, mine)
    raise ExpressionError(f'{schema.name}: overwrite is True, False or a condition', overwrite)


def put(instance: Model, overwrite: bool | BaseCondition = True) -> None:
    """Save one instance, whose values then are what is stored."""
    _hooks.run(instance, 'before_save')
    dumped = _dumping.dump(instance)
    send_put(instance, overwrite, dumped)
    _changes.settle(instance, dumped)
    _hooks.run(instance, 'after_save')


def send_put(instance: Model, overwrite: bool | BaseCondition, dumped: Dumped) -> None:
    """Send the PutItem of an instance, which stays as it is.

    :param Dumped dumped: what to store.
    """
    schema = instance._schema
    request = _compile.put(schema, dumped.item, overwrite, dumped.version)
    key = {attribute: dumped.item[attribute] for attribute in schema.key_attributes}
    advice = advice_on_put(schema, overwrite, dumped.version)
    _execute.call(schema, 'put_item', request, key=key, advice=advice)


#: What it means that there is no item, where one was to be changed.
GONE = 'there is no such item'


def advice_on_put(schema: Schema, overwrite: bool | BaseCondition, version: int | None) -> Advice:
    """Return what is known of a put, in case that it is refused."""
    if overwrite is True and schema.version is None:
        return NO_ADVICE
    gone = None
    if version is not None and schema.version is not None:
        name = schema.version._name
        gone = f'there is no such item to have {name} {version}; for a new one set {name} to None'
    return Advice(refusal_of_put(schema, overwrite, version), gone)


def refusal_of_put(
    schema: Schema, overwrite: bool | BaseCondition, version: int | None
) -> str | None:
    """Return what it means that the condition of a put isn't met."""
    if overwrite is False:
        return 'an item with this key exists already'
    stale = refusal_of_version(schema, version)
    if overwrite is True:
        return stale
    refused = "the item with this key doesn't meet the condition for being replaced"
    return f'{refused}, or {stale}' if stale else refused


def refusal_of_version(schema: Schema, version: int | None) -> str | None:
    """Return what it means that a stored item doesn't have the version of an instance.

    :returns: ``None`` where the model has no versions.
    """
    if schema.version is None:
        return None
    name = schema.version._name
    if version is None:
        return (
            f'an item with this key exists already, and the instance has no {name}; read it first, '
            'and change what was read'
        )
    return (
        f'the instance is stale: the item no longer has {name} {version}; read it anew and try '
        'again'
    )


def known(model: type[M], target: Target) -> M:
    """Return what is known of a target before it is written, as an instance."""
    if isinstance(target.given, model):
        return target.given
    return _loading.load(model, target.key, projection_of_fields(model._schema.keys), hooked=False)


def subject(model: type[M], target: Target) -> M | None:
    """Return the instance whose hooks are about a target, ``None`` where there are no hooks."""
    if isinstance(target.given, model):
        return target.given
    return known(model, target) if model._schema.hooks else None


def delete_one(model: type[M], target: Target) -> M | None:
    """Delete one item; see :meth:`.Model.delete_one`."""
    _hooks.run(subject(model, target), 'before_delete')
    attributes = _unless_refused(delete, model, target)
    if attributes is None:
        return None
    deleted = replied(model, attributes, 'deleted')
    _hooks.run(deleted, 'after_delete')
    return deleted


def delete(
    model: type[Model], target: Target, advice: Advice = NO_ADVICE
) -> Mapping[str, Any] | None:
    """Delete the item of a target and return what it was, or ``None`` where there was none.

    :raises ConditionalCheckFailedException: where it fails the check of the target.
    """
    if target.check is False:
        return None
    return send_delete(model, _compile.delete(model._schema, target.key, target.check), advice)


def send_delete(
    model: type[Model], request: dict[str, Any], advice: Advice = NO_ADVICE
) -> Mapping[str, Any] | None:
    """Send a DeleteItem and return what it deleted, or ``None`` where there was nothing."""
    key = request['Key']
    reply = _execute.call(model._schema, 'delete_item', request, key=key, advice=advice)
    return reply.get('Attributes') or None


def replied(model: type[M], attributes: Mapping[str, Any], done: str) -> M:
    """Return the item that a write has answered with, once the write is done."""
    try:
        return _loading.load(model, attributes)
    except ValidationError as error:
        raise IncompleteReadError(
            f"the item is {done}, but {model.__name__} can't read it (see .item): {error}",
            model=model,
            item=dict(attributes),
        ) from error


def update_one(
    model: type[M], target: Target, updates: object, *, upsert: bool = False
) -> M | None:
    """Update one item; see :meth:`.Model.update_one`."""
    check_flag(model._schema, 'update_one', 'upsert', upsert)
    model, target = as_given(model, target)
    updates = _hooks.joined(subject(model, target), checked_updates(updates, model.__name__))
    attributes = _unless_refused(update, model, target, updates, upsert=upsert)
    return None if attributes is None else _updated(model, attributes)


def as_given(model: type[M], target: Target) -> tuple[type[M], Target]:
    """Return the model that an update is made by, and its target.

    Where several classes share a table, that is the class of the instance that is given: it knows
    the key is computed from what, and what is made is of that class.
    """
    own: type[Any] = type(target.given)
    if own is model or not isinstance(target.given, model):
        return model, target
    return own, of_model(own._schema, target)


def _updated(model: type[M], attributes: Mapping[str, Any]) -> M:
    updated = replied(model, attributes, 'updated')
    _hooks.run(updated, 'after_update')
    return updated


def update(
    model: type[Model],
    target: Target,
    updates: tuple[Update, ...],
    *,
    upsert: bool = False,
    advice: Advice = NO_ADVICE,
    **version: Unpack[Version],
) -> Mapping[str, Any]:
    """Update the item of a target and return what it is now.

    :param tuple updates: checked updates.
    :param version: that of the item, where the check of the target is about it.
    :raises ConditionalCheckFailedException: where there is none, or it fails the check.
    """
    schema = model._schema
    impossible = target.check is False and not upsert
    check = None if impossible else target.check
    request = _compile.update(
        schema, target.key, updates, check, upsert=upsert, sources=target.sources, **version
    )
    if impossible:
        raise never(model, target.key)
    return send_update(model, request, advice._replace(updates=updates))


def never(model: type[Model], key: dict[str, Any]) -> ConditionalCheckFailedException:
    """Return the error that says that no item can meet a condition."""
    return ConditionalCheckFailedException(
        f'{model.__name__}: no item can meet the condition', model=model, key=key
    )


def send_update(
    model: type[Model], request: dict[str, Any], advice: Advice = NO_ADVICE
) -> Mapping[str, Any]:
    """Send an UpdateItem and return what the item is now."""
    schema = model._schema
    key = request['Key']
    reply = _execute.call(schema, 'update_item', request, key=key, advice=advice)
    if 'Attributes' not in reply:
        what = f'it holds no item; {LOOK}'
        raise damaged(place(schema, 'update_item', key), what, schema, key=key)
    attributes: Mapping[str, Any] = reply['Attributes']
    return attributes


def _unless_refused(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return what a write returns, or ``None`` where its condition isn't met."""
    try:
        return write(*args, **kwargs)
    except ConditionalCheckFailedException:
        return None


def update_from_dict(model: type[M], item: object) -> M | None:
    """Set attributes of one item; see :meth:`.Model.update_from_dict`."""
    schema = model._schema
    if not isinstance(item, Mapping):
        raise ValidationError(
            f'{schema.name}.update_from_dict() takes a dict, not {type(item).__name__}'
        )
    item = item if isinstance(item, dict) else dict(item)
    exactly = None
    if schema.family is not None:
        model = class_of(model, item)
        schema = model._schema
        kind = schema.discriminator
        if kind is not None and not kind._is_nothing(item.get(kind._name)):
            exactly = schema.is_exactly_mine
    updates, check, problems = _updates_of(schema, item)
    try:
        key, sources = key_and_sources(schema, item)
    except ValidationError as error:
        key, sources, problems = {}, {}, error.problems + problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    updates = [update for update in updates if update.field._name not in sources]
    if not updates:
        raise ExpressionError(
            'there is nothing to update: the dict only says which item; add what is to be set', item
        )
    refused = 'the item has another version than what was given; read it anew and try again'
    asked = [each for each in (check, exactly) if each is not None]
    target = of_model(schema, Target(key, join(AndCondition, asked), sources=sources))
    joined = _hooks.joined(subject(model, target), checked_updates(updates))
    try:
        attributes = update(model, target, joined, advice=Advice(refused))
    except ConditionalCheckFailedException as error:
        if check is None or is_gone(error):
            return None
        raise
    return _updated(model, attributes)


def _updates_of(
    schema: Schema, item: dict[str, Any]
) -> tuple[list[Update], BaseCondition | None, list[Problem]]:
    """Return the updates that a dict of values asks for, the check of the version that it gives,
    and the problems of both."""
    updates: list[Update] = []
    check: BaseCondition | None = None
    problems: list[Problem] = []
    given: set[str] = set()
    family = schema.family
    for name, value in item.items():
        field = schema.fields.get(schema.aliases.get(name, name))
        if field is None:
            problems.append(schema.unknown(name))
            continue
        if field._name in given:
            message = 'is given twice, under two names; leave one of them out'
            problems.append(Problem(message, path=(field._name,)))
        given.add(field._name)
        if field._key in schema.key_attributes:
            continue
        try:
            if (
                family is not None
                and field is schema.discriminator
                and family.member(value) is schema
            ):
                continue
            if field is schema.version:
                check = field == value
            elif isinstance(value, Operand):
                problems.append(_no_value(schema, field, value).within(name))
            else:
                updates.append(field.set(value))
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return updates, check, problems


def _no_value(schema: Schema, field: Field, operand: Operand) -> Problem:
    instead = f'{schema.name}.update_one(key, [{field._label}.set({operand._label})])'
    return Problem(f'a dict holds values; write {instead}')
