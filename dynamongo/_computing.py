"""The values of fields that are computed from others."""

from dynamongo._held import BASE, note_change, tree_read
from dynamongo.exceptions import PartialItemError, Problem, ValidationError


def with_computed(instance):
    """Return what an instance holds together with what is computed, and the problems of that."""
    problems, held = [], dict(instance.__dict__)
    for field in instance._schema.computed:
        name = field._name
        try:
            if field._is_computed:
                held[name] = _recomputed(instance, field)
            elif held.get(name) is None and BASE not in held:
                held[name] = field._computed_for(instance)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return {name: value for name, value in held.items() if value is not None}, problems


def _recomputed(instance, field):
    """Return the value that a field is computed as.

    :raises ValidationError: where the instance has another one, unless that is what was read, and
        no key, which would make another item of it.
    """
    held = instance.__dict__
    value = field._computed_for(instance)
    given = held.get(field._name)
    is_old = BASE in held and field._key not in instance._schema.key_attributes
    if (
        given is not None
        and not is_old
        and field._stored_form(field._native(given)) != field._stored_form(value)
    ):
        message = (
            f'is computed as {value!r}; set what it is computed from, and leave it out'
            if BASE not in held
            else f'is computed as {value!r}, and what was read has another key'
        )
        raise ValidationError(problems=[Problem(message, given)])
    return value


def compute(instance):
    """Let an instance hold what is always computed, as it is computed now.

    What was read in part keeps what can't be computed of it.
    """
    for field in instance._schema.always_computed:
        name, held = field._name, instance.__dict__
        try:
            value = _recomputed(instance, field)
        except PartialItemError:
            continue
        if held.get(name) != value:
            note_change(instance, name)
            held[name] = value


def forget_computed(instance):
    """Let go of what is computed, since what it is computed from is about to change.

    What was read in part keeps it: the rest may not be there to compute it from.
    """
    held = instance.__dict__
    if tree_read(instance) is None:
        for field in instance._schema.always_computed:
            if field._name in held:
                note_change(instance, field._name)
                del held[field._name]
