"""Validators as they are declared, and what they and schematics raise."""

import inspect

from dynamongo.exceptions import Problem, SchemaError


class Validator:
    """Calls a validator with a context if it takes one, whatever kind of callable it is."""

    def __init__(self, function):
        if not callable(function):
            raise SchemaError('is no validator: validators are callables', repr(function))
        self.function = function
        try:
            inspect.signature(function).bind(None, None)
            self.takes_context = True
        except (TypeError, ValueError):
            self.takes_context = False

    def __call__(self, value, context=None):
        if self.takes_context:
            return self.function(value, context)
        return self.function(value)


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
