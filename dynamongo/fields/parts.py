"""What the fields that hold other fields have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo.exceptions import Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.utils import is_subclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from dynamongo.fields.lists import ListField
    from dynamongo.fields.maps import MapField
    from dynamongo.fields.sets import SetField

    W = TypeVar('W')

    class Member(Field[Any, Any]):
        """A part of any type, which may have members itself."""

        # Members may be called so.
        name: Any
        required: Any
        choices: Any
        messages: Any
        metadata: Any

        def __getattr__(self, name: str) -> Member: ...

        def __getitem__(self, key: str | int) -> Member: ...


def as_field(field: Any, name: str) -> Field:
    """Return a field given as an instance or as a class.

    :raises SchemaError: where it is neither.
    """
    if is_subclass(field, Field):
        try:
            field = field()
        except TypeError as error:
            raise SchemaError(f'{field.__name__} needs arguments: {error}', name) from error
    if isinstance(field, Field):
        if field._is_for_models:
            raise SchemaError(f'takes no {type(field).__name__}, which belongs to a model', name)
        if field._compute is not None:
            raise SchemaError(
                'takes no field whose default takes the instance; that is for fields of models',
                name,
            )
        return field._clone()
    raise SchemaError('takes a Field class or instance', name, field)


def as_element(field: Any, name: str) -> Field:
    """Return a field of what has no name of its own: elements, members of a set, values.

    :raises SchemaError: where it isn't a field, or is given an attribute.
    """
    own = as_field(field, name)
    if own._attribute is not None:
        raise SchemaError(
            f'takes no field with attribute={own._attribute!r}: what it holds has no name of '
            f'its own; give the {name} the attribute',
            name,
        )
    return own


def bound(field: Field, method: str) -> Any:
    """Return a method of a field, also where a member of a dict field bears its name."""
    return getattr(type(field), method).__get__(field)


def check_size(
    field: ListField | MapField | SetField, value: Any, count: Callable[[Any], int]
) -> None:
    """Raise where a container holds fewer or more than its field says.

    :param count: returns how many it holds.
    """
    if field.min_size is not None and count(value) < field.min_size:
        name, limit = 'min_size', field.min_size
    elif field.max_size is not None and count(value) > field.max_size:
        name, limit = 'max_size', field.max_size
    else:
        return
    raise ValidationError(problems=[Problem(field.messages[name].format(limit), value)])


class Collector:
    """Converts the parts of a container and collects the problems of all of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def convert(self, key: Any, convert: Callable[..., Any], value: Any, *context: Any) -> Any:
        """Return ``convert(value, *context)``, or ``None`` where it raises."""
        try:
            return convert(value, *context)
        except ValidationError as error:
            self.problems += (problem.within(key) for problem in error.problems)
            return None

    def complete(self, error: ValidationError) -> ValidationError:
        """Return an error with the problems of ``error`` and all that have been collected."""
        known = {problem.path[:1] for problem in self.problems}
        rest = [problem for problem in error.problems if problem.path[:1] not in known]
        return ValidationError(problems=[*rest, *self.problems], where=error.where)

    def finish(self, value: W, where: str | None = None) -> W:
        """Return ``value``, or raise what has been collected."""
        if self.problems:
            raise ValidationError(problems=self.problems, where=where)
        return value
