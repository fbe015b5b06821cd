"""Validators as they are declared, and what they and schematics raise."""

import inspect

from dynamongo.exceptions import Problem, SchemaError


class Validator:
    """Calls a validator with a context if it takes one, whatever kind of callable it is."""

    def __init__(self, function):
        if not callable(function):
            raise SchemaError('is no validator: validators are callables', repr(function))
        self.function = function
        self.takes_context = _takes_context(function)

    def __call__(self, value, context=None):
        if self.takes_context:
            return self.function(value, context)
        return self.function(value)

    def __repr__(self):
        return getattr(self.function, '__name__', None) or repr(self.function)


def _takes_context(function):
    """Tell whether a callable takes a second argument that is meant for the context."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    positional = [
        parameter
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    if len(positional) < 2:
        return False
    second = positional[1]
    return second.default is second.empty or second.name == 'context'


def as_list(option, values):
    """Return the values of an option, any iterable, as a list."""
    if isinstance(values, (str, bytes)) or not hasattr(values, '__iter__'):
        raise TypeError(f'{option} takes a list, not {values!r}')
    return list(values)


def problems_of(error, value):
    """Return the problems that a schematics error stands for."""
    messages = [str(getattr(item, 'summary', item)) for item in _flat(error.errors)]
    return [Problem(message, value) for message in messages]


def _flat(errors):
    if isinstance(errors, dict):
        errors = errors.values()
    if isinstance(errors, (str, bytes)) or not hasattr(errors, '__iter__'):
        return [errors]
    return [leaf for item in errors for leaf in _flat(item)]


def with_value(problem, value):
    """Return the problem with the value that it is about."""
    if problem.has_value or problem.path:
        return problem
    return Problem(problem.message, value)
