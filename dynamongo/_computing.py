"""The values of fields that are computed from others.

What computes a value is given a view of the instance: it has the same values, each converted by its
field, and takes note of what is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo._codecs.ways import UNUSUAL
from dynamongo._held import BASE, CHANGED, SOURCE, note_change, require_read, tree_read
from dynamongo.exceptions import DynamongoError, PartialItemError, Problem, ValidationError
from dynamongo.utils import in_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from dynamongo._annotations import Values
    from dynamongo._codecs import Codec
    from dynamongo.fields.base import Field
    from dynamongo.model import Model


class Source:
    """The values that a view has, and what is asked for of them: all names, and what is absent.

    :param dict values: field name to value, as the instance holds them.
    """

    __slots__ = ('absent', 'read', 'values')

    def __init__(self, values: Values) -> None:
        self.values = values
        self.read: Values = {}
        self.absent: dict[str, bool] = {}


def computed(instance: Model, field: Field) -> tuple[Any, Source]:
    """Return the value that a field of an instance is computed as, and its :class:`Source`.

    :raises ValidationError: where it can't be computed; names the field.
    """
    held = instance.__dict__
    source = held.get(SOURCE)
    if source is not None:
        return _value(instance, field, source), source
    fields = instance._schema.fields
    source = Source({name: value for name, value in held.items() if name in fields})
    view = type(instance).__new__(type(instance))
    view.__dict__.update({name: value for name, value in held.items() if name not in fields})
    view.__dict__[SOURCE] = source
    return _value(view, field, source), source


def _value(view: Model, field: Field, source: Source) -> Any:
    function = field._compute
    assert function is not None
    try:
        value = function(view)
    except DynamongoError:
        raise
    except Exception as error:  # It is the program's own code.
        lacking = _labels(view, source.absent)
        without = f' without {in_words(lacking)}' if lacking else ''
        message = f"can't be computed{without}: {type(error).__name__}: {error}"
        raise field._invalid(message, None) from error
    return field._native(field._completed(value))


def _labels(instance: Model, names: Iterable[str]) -> list[str]:
    return [instance._schema.fields[name]._label for name in names]


def seen(view: Model, field: Field) -> Any:
    """Return the value of a field that a view is asked for."""
    source, name = view.__dict__[SOURCE], field._name
    value = source.values.get(name)
    if field._is_computed or (
        value is None and field._compute is not None and BASE not in view.__dict__
    ):
        return _value(view, field, source)
    source.read[name] = value
    if value is None:
        if name not in source.values:
            require_read(view, field)
        source.absent[name] = True
        return field._absent_value()
    codec = view._schema.codecs[field._key]
    try:
        converted = _converted(codec, value)
    except ValidationError:  # Saving says what is wrong with it.
        return value
    source.read[name] = converted
    return converted


def _converted(codec: Codec, value: Any) -> Any:
    try:
        return codec.native(value)
    except UNUSUAL:
        if not codec.is_short:
            raise
        return codec.own_native(value)


def key_from(
    instance: Model, field: Field, given: Collection[str] | None = None
) -> tuple[Any, Values]:
    """Return the value that a key of an instance is computed as, to select an item by, and what it
    is computed from: field name to value.

    :param given: the names that a dict has, where the instance is made of one.
    :raises ValidationError: where something is missing that it is computed from.
    """
    value, source = computed(instance, field)
    fields = instance._schema.fields
    lacking = [
        name
        for name in source.absent
        if fields[name]._required or (given is not None and name not in given)
    ]
    if lacking:
        labels = in_words(_labels(instance, lacking))
        raise field._invalid(f'is computed from {labels}, which must be given', None)
    return value, source.read


def with_computed(instance: Model) -> tuple[Values, list[Problem]]:
    """Return what an instance holds together with what is computed, and the problems of that."""
    problems: list[Problem] = []
    held = dict(instance.__dict__)
    for field in instance._schema.computed:
        name = field._name
        try:
            if field._is_computed:
                held[name] = _recomputed(instance, field)
            elif held.get(name) is None and BASE not in held:
                held[name], _ = computed(instance, field)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return {name: value for name, value in held.items() if value is not None}, problems


def with_absent(instance: Model) -> tuple[Values, list[Problem]]:
    """Return what a stored instance holds together with what is computed and isn't stored, and the
    problems of that."""
    problems: list[Problem] = []
    held = dict(instance.__dict__)
    for field in instance._schema.always_computed:
        name = field._name
        try:
            if held.get(name) is None:
                held[name], _ = computed(instance, field)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return {name: value for name, value in held.items() if value is not None}, problems


def _recomputed(instance: Model, field: Field) -> Any:
    """Return the value that a field is computed as.

    :raises ValidationError: where the instance was given another one; and where it is a key, and
        what was read has another one, so that another item would be made of it.
    """
    held, name = instance.__dict__, field._name
    value, _ = computed(instance, field)
    stored = BASE in held
    if not stored:
        before = held.get(name)
    elif field._key in instance._schema.key_attributes:
        before = held.get(CHANGED, {}).get(name, held.get(name))
    else:
        before = None
    if before is None or field._stored_form(field._native(before)) == field._stored_form(value):
        return value
    message = f'is computed as {value!r}; set what it is computed from, and leave it out'
    if stored:
        message = (
            f'is part of the key: it is computed as {value!r}, and was {before!r} when the item '
            'was read or saved; make a new instance to store another item'
        )
    raise ValidationError(problems=[Problem(message, held.get(name))])


def compute(instance: Model) -> list[tuple[Field, PartialItemError]]:
    """Let an instance hold what is always computed, as it is computed now.

    What was read in part keeps what can't be computed of it.

    :returns: the fields that can't be computed, each with the error that says what wasn't read.
    """
    problems: list[Problem] = []
    left: list[tuple[Field, PartialItemError]] = []
    for field in instance._schema.always_computed:
        name, held = field._name, instance.__dict__
        try:
            value = _recomputed(instance, field)
        except PartialItemError as error:
            left.append((field, error))
            continue
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
            continue
        if held.get(name) != value:
            note_change(instance, name)
            held[name] = value
    if problems:
        raise ValidationError(problems=problems, where=instance._schema.name)
    return left


def forget_computed(instance: Model) -> None:
    """Let go of what is computed, since what it is computed from is about to change.

    What was read in part keeps it: the rest may not be there to compute it from. What a new
    instance has was given, and is compared when it is saved.
    """
    held = instance.__dict__
    if BASE in held and tree_read(instance) is None:
        for field in instance._schema.always_computed:
            if field._name in held:
                note_change(instance, field._name)
                del held[field._name]


def drop_computed(instance: Model, *, keys: bool = True) -> None:
    """Take from an instance what is always computed, so that it is computed anew.

    :param bool keys: whether to take keys, too. Default ``True``.
    """
    for field in instance._schema.always_computed:
        if keys or field._key not in instance._schema.key_attributes:
            instance.__dict__.pop(field._name, None)
