"""What the items of a transaction are given by: instances, conditions, and pairs with a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import _instances, _strategies, _write
from dynamongo._logic import named_by
from dynamongo.conditions import BaseCondition
from dynamongo.exceptions import ExpressionError, Problem, ValidationError

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

    from dynamongo._schema import Schema
    from dynamongo._strategies import Target
    from dynamongo.model import Model

TARGETS = (
    'an instance, a condition such as (User.email == value), or a pair of a model and a key, such '
    'as (User, value)'
)


def saved_instance(item: object) -> Model:
    """Return what is to be saved as an instance."""
    if isinstance(item, tuple) and len(item) == 2 and _is_model(item[0]):
        model: type[Model]
        model, values = item
        model._schema.require_concrete()
        return _write.instance_of(model, values)
    if is_instance(item):
        return item
    problem = Problem('is an instance, or a pair of a model and a dict', item, ('item',))
    raise ValidationError(problems=[problem], where='Transaction.save')


def is_instance(value: object) -> TypeGuard[Model]:
    return hasattr(type(value), '_schema')


def _is_model(value: object) -> TypeGuard[type[Model]]:
    return isinstance(value, type) and hasattr(value, '_schema')


def target_of(given: Any, method: str, **options: bool) -> tuple[Schema, Target, str | None]:
    """Return the schema and the :class:`Target` of an item, and what it means that its check isn't
    met, where that is known."""
    if is_instance(given):
        given._schema.require_concrete()
        target = _instances.target_of(given)
        return given._schema, target, _instances.refusal(given)
    schema, strategy = _place(given)
    method = f'Transaction.{method}'
    return schema, _strategies.target(schema, strategy, method=method, **options), None


def refusal(schema: Schema, refused: str) -> str:
    """Return what it means that a write by a key or a condition is refused."""
    return refused if schema.is_mine is None else f'{refused}, or is no {schema.name}'


def key_of(given: Any) -> tuple[Schema, dict[str, Any]]:
    """Return the schema and the key of an item that is to be read."""
    if is_instance(given):
        given._schema.require_concrete()
        return given._schema, _instances.key_of(given)
    schema, strategy = _place(given)
    method = 'Transaction.get'
    return schema, _strategies.target(schema, strategy, method=method, checks=False).key


def _place(given: Any) -> tuple[Schema, Any]:
    """Return the schema of what is given, and the strategy that selects the item."""
    if isinstance(given, BaseCondition):
        model = next((operand._owner for operand in named_by(given)), None)
        if model is not None:
            schema, strategy = model._schema, given
        else:
            raise ExpressionError(
                f'a condition that names no field is no single item; an item is given by {TARGETS}',
                given,
            )
    elif isinstance(given, tuple) and len(given) == 2 and _is_model(given[0]):
        schema, strategy = given[0]._schema, given[1]
    else:
        raise ExpressionError(f'an item of a transaction is given by {TARGETS}', given)
    schema.require_concrete()
    return schema, strategy
