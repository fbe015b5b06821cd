"""Validators as they are declared, and what they and schematics raise."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dynamongo.exceptions import Problem, SchemaError
from dynamongo.utils import is_iterable

if TYPE_CHECKING:
    from collections.abc import Callable


class Validator:
    """Calls a validator with a context if it takes one, whatever kind of callable it is."""

    def __init__(self, function: Callable[..., object]) -> None:
        if not callable(function):
            raise SchemaError('is no validator: validators are callables', repr(function))
        self.function = function
        self.takes_context = _takes_context(function)

    def __call__(self, value: Any, context: Any = None) -> object:
        if self.takes_context:
            return self.function(value, context)
        return self.function(value)

    def __repr__(self) -> str:
        return getattr(self.function, '__name__', None) or repr(self.function)


def takes_instance(default: Any) -> bool:
    """Tell whether a default is a callable that needs one argument, the instance."""
    if not callable(default):
        return False
    needed = [
        parameter for parameter in _positional(default) if parameter.default is parameter.empty
    ]
    return len(needed) == 1


def _positional(function: Callable[..., object]) -> list[inspect.Parameter]:
    """Return the parameters of a callable that are given by position, as far as they are known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [parameter for parameter in parameters if parameter.kind in kinds]


def _takes_context(function: Callable[..., object]) -> bool:
    """Tell whether a callable takes a second argument that is meant for the context."""
    positional = _positional(function)
    if len(positional) < 2:
        return False
    second = positional[1]
    return second.default is second.empty or second.name == 'context'


def as_list(option: str, values: Any) -> list[Any]:
    """Return the values of an option, any iterable, as a list."""
    if isinstance(values, (str, bytes)) or not is_iterable(values):
        raise TypeError(f'{option} takes a list, not {values!r}')
    return list(values)


def problems_of(error: Any, value: object) -> list[Problem]:
    """Return the problems that a schematics error stands for."""
    messages = [str(getattr(item, 'summary', item)) for item in _flat(error.errors)]
    return [Problem(message, value) for message in messages]


def _flat(errors: Any) -> list[Any]:
    if isinstance(errors, dict):
        errors = errors.values()
    if isinstance(errors, (str, bytes)) or not is_iterable(errors):
        return [errors]
    return [leaf for item in errors for leaf in _flat(item)]


def with_value(problem: Problem, value: object) -> Problem:
    """Return the problem with the value that it is about."""
    if problem.has_value or problem.path:
        return problem
    return Problem(problem.message, value)
