"""From JSON, and DynamoDB's own JSON, to new instances."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

from dynamongo import _computing, _held, _json, _loading, _write
from dynamongo._documents import MAX_NESTING
from dynamongo._wire.values import Stored, decode
from dynamongo.exceptions import Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeVar

    from dynamongo._schema import Schema
    from dynamongo.model import Model

    M = TypeVar('M', bound=Model)


def converted(
    values: Mapping[str, Any], convert: Callable[[str, Any], Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what ``convert`` makes of each name and value, and what is wrong with any."""
    converted: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        try:
            converted[name] = convert(name, value)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return converted, problems


def finished(schema: Schema, values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Return values, or raise what is wrong with them."""
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return values


def parsed(schema: Schema, text: str | bytes) -> dict[str, Any]:
    """Return what a JSON object holds."""
    try:
        data = _json.read(text)
    except ValidationError as error:
        error.where = schema.name
        raise
    if not isinstance(data, dict):
        problem = Problem('an item is a JSON object', data)
        raise ValidationError(problems=[problem], where=schema.name)
    return data


def imported(model: type[M], data: dict[str, Any]) -> M:
    """Return an instance of values as JSON has them, or raise all that is wrong with them."""
    schema = _write.class_of(model, data)._schema

    def convert(name: str, value: Any) -> Any:
        field = schema.fields.get(schema.aliases.get(name, name))
        return value if field is None else field._imported(value)

    # What is computed and no key may be older than what it is computed from.
    computed = {
        field._name for field in schema.always_computed if field._key not in schema.key_attributes
    }
    data = {name: value for name, value in data.items() if name not in computed}
    values, problems = converted(data, convert)
    if not problems:
        return _write.instance_of(model, values)
    unread = {(schema.aliases.get(name, name),) for name in data.keys() - values.keys()}
    try:
        _write.instance_of(model, values)
    except ValidationError as error:
        problems += (problem for problem in error.problems if problem.path[:1] not in unread)
    raise ValidationError(problems=problems, where=schema.name)


def unwrapped(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """Return an item on the wire, which may be inside of an object as ``Item``."""
    whole = all(
        name in data and isinstance(decode(data[name]), (str, bytes, decimal.Decimal))
        for name in schema.key_attributes
    )
    inner = data.get('Item')
    return inner if isinstance(inner, dict) and not whole else data


def of_wire(model: type[M], wire: dict[str, Any]) -> M:
    """Return an instance of an item on the wire, which counts as new."""
    schema = model._schema
    problems = [
        problem.within(schema.by_attribute[name]._name if name in schema.by_attribute else name)
        for name, value in wire.items()
        for problem in _damaged(value)
    ]
    problems += (
        Problem('the names of attributes are str', name)
        for name in wire
        if not isinstance(name, str)
    )
    problems += _empty_keys(schema, wire)
    finished(schema, {}, problems)
    if schema.family is not None:
        _check_class(schema, Stored(wire))
    instance = _loading.load(model, Stored(wire))
    _held.make_new(instance)
    _computing.drop_computed(instance, keys=False)
    return instance


def _check_class(schema: Schema, item: Stored) -> None:
    """Raise where an item is of a class that doesn't extend the one that it is to be read by."""
    _loading.schema_of(schema, item.wire)
    family = schema.family
    if family is not None and not schema.holds(item):
        other = family.name_of(item)
        raise ValidationError(
            problems=[Problem(f'the item is of class {other}; call {other}.from_dynamodb_json')],
            where=schema.name,
        )


#: What raises where numbers and binary on the wire aren't exactly what DynamoDB would send.
_EXACT: dict[str, Callable[[str], object]] = {
    'N': _json.number,
    'NS': _json.number,
    'B': _json.binary,
    'BS': _json.binary,
    'SS': str,
}


def _damaged(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Yield the problems of values on the wire that would be read as something else."""
    if not isinstance(value, dict) or len(path) > MAX_NESTING:
        return
    for kind, raw in value.items():
        if kind in ('L', 'M') and isinstance(raw, (list, dict)):
            for name, each in raw.items() if isinstance(raw, dict) else enumerate(raw):
                yield from _damaged(each, (*path, name))
        elif kind == 'NULL' and raw is not True:
            yield Problem('DynamoDB has no NULL but true', raw, path)
        elif kind in _EXACT:
            yield from (problem.within(*path) for problem in _inexact(kind, raw))


def _inexact(kind: str, raw: Any) -> list[Problem]:
    members: list[Any] = []
    problems: list[Problem] = []
    for text in raw if isinstance(raw, list) else [raw]:
        try:
            members.append(_EXACT[kind](text) if isinstance(text, str) else text)
        except ValidationError as error:
            problems += error.problems
    known = all(isinstance(text, (str, bytes)) for text in raw) if isinstance(raw, list) else False
    if known and not problems and len(set(members)) < max(len(members), 1):
        problems.append(Problem('a set of DynamoDB has members, each of them once', raw))
    return problems


def _empty_keys(schema: Schema, wire: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of keys that are there and empty."""
    for field in schema.keys:
        if field._key in wire and decode(wire[field._key]) in (None, '', b''):
            yield Problem('a key needs a value, which must not be empty', path=(field._name,))
