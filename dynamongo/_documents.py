"""Free documents: what a bare field, and an undeclared attribute, may hold."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo._numbers import from_number, to_number
from dynamongo._partial import refuse_partial
from dynamongo.exceptions import Problem, ValidationError, join_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dynamongo._annotations import PathElement, Primitive

    #: The way to a value within another.
    Path = tuple[PathElement, ...]

_T = TypeVar('_T')

#: Limit: `Service quotas, Nested attribute depth
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_NESTING = 32

_SCALARS = (str, bool, type(None))


class Unknown:
    """A value of a type that no release of DynamoDB had when this was written, or a damaged one.

    :param wire: the value as it came.
    """

    def __init__(self, wire: Any) -> None:
        self.wire = wire

    def __repr__(self) -> str:
        return repr(self.wire)

    def problems(self, path: Path = ()) -> list[Problem]:
        """Return what is to be said about it, as a list."""
        message = "is stored in a type that dynamongo doesn't know, or is damaged"
        return [Problem(message, self.wire, path)]


def to_text(text: str) -> str:
    """Return text, possibly of a subclass of ``str``, as the plain ``str`` to store.

    :raises ValueError: where it has no UTF-8 form.
    """
    plain = str.__str__(text)
    if not plain.isascii():
        try:
            plain.encode('utf-8')
        except UnicodeEncodeError:
            raise ValueError("a lone surrogate has no UTF-8 form, so it can't be stored") from None
    return plain


def to_document(value: Any) -> Primitive:
    """Return a value in the form that the SDK stores, checked through and through.

    Documents nest freely: ``dict`` with ``str`` keys, ``list`` and ``tuple``, homogeneous sets of
    strings, numbers or bytes, ``str``, ``bytes``, ``bool``, ``None`` and numbers.

    :raises ValidationError: naming the path of everything that can't be stored.

    >>> to_document({'price': 9.5, 'tags': ('a', 'b')})
    {'price': Decimal('9.5'), 'tags': ['a', 'b']}
    """
    problems: list[Problem] = []
    try:
        document = _dump(value, (), problems)
    except RecursionError:
        document = None
        problems = [Problem('is nested too deeply, or contains itself', value)]
    if problems:
        raise ValidationError(problems=problems)
    return document


def _dump(value: Any, path: Path, problems: list[Problem]) -> Primitive:
    if len(path) > MAX_NESTING:
        # Further down it is all the same problem.
        message = f'is nested too deeply, or contains itself: DynamoDB takes {MAX_NESTING} levels'
        problems.append(Problem(message, value, path[:1]))
        return None
    if isinstance(value, str):
        return _checked(to_text, value, path, problems)
    if isinstance(value, (bool, type(None))):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        return _checked(to_number, value, path, problems)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, Mapping):
        refuse_partial(value, join_path(path) or 'the value')
        return _dump_mapping(value, path, problems)
    if isinstance(value, (list, tuple)):
        return [_dump(item, (*path, index), problems) for index, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return _dump_set(value, path, problems)
    problems.append(
        Problem(
            f'{type(value).__name__} is not a type that DynamoDB stores; declare a field for it '
            'or convert it first',
            value,
            path,
        )
    )
    return None


def _checked(
    convert: Callable[[Any], _T], value: object, path: Path, problems: list[Problem]
) -> _T | None:
    try:
        return convert(value)
    except ValueError as error:
        problems.append(Problem(str(error), value, path))
        return None


def _dump_mapping(
    value: Mapping[Any, Any], path: Path, problems: list[Problem]
) -> dict[str | None, Any]:
    document: dict[str | None, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            problems.append(Problem('the keys of a document must be str', key, path))
        elif key == '':
            problems.append(Problem('the keys of a document must not be empty', key, path))
        else:
            document[_checked(to_text, key, path, problems)] = _dump(item, (*path, key), problems)
    return document


def _dump_set(value: set[Any] | frozenset[Any], path: Path, problems: list[Problem]) -> set[Any]:
    known = len(problems)
    members = [_dump(item, path, problems) for item in value]
    if len(problems) > known:
        return set()
    kinds = {_set_kind(member) for member in members}
    if len(kinds) != 1 or None in kinds:
        problems.append(
            Problem(
                'a set holds one or more members, all strings, all numbers or all bytes',
                value,
                path,
            )
        )
    return set(members) if None not in kinds else set()


_SET_KINDS: dict[type, str] = {str: 'S', bytes: 'B'}


def _set_kind(member: object) -> str | None:
    if isinstance(member, bool):
        return None
    if isinstance(member, (int, decimal.Decimal)):
        return 'N'
    return _SET_KINDS.get(type(member))


def from_document(value: Primitive) -> Any:
    """Return a stored value as plain Python: exact numbers, ``bytes``, containers of the same.

    :raises ValidationError: where it holds what can't be read; names the path of it.

    >>> from_document({'n': decimal.Decimal('3'), 'l': [decimal.Decimal('0.5')]})
    {'n': 3, 'l': [0.5]}
    """
    try:
        return _load(value)
    except ValidationError as error:
        raise ValidationError(problems=list(_unknown(value))) from error


def _load(value: Primitive) -> Any:
    if isinstance(value, (*_SCALARS, int)):
        return value
    if isinstance(value, decimal.Decimal):
        return from_number(value)
    if isinstance(value, dict):
        return {key: _load(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_load(item) for item in value]
    if isinstance(value, set):
        return {_load(item) for item in value}
    if isinstance(value, Unknown):
        raise ValidationError(problems=value.problems())
    # boto3 wraps binary in a class of its own, which holds the bytes in .value.
    binary: Any = getattr(value, 'value', value)
    return bytes(binary)


def _unknown(value: object, path: Path = ()) -> Iterator[Problem]:
    """Yield the problems of what can't be read in a stored value."""
    if isinstance(value, Unknown):
        yield from value.problems(path)
    elif isinstance(value, (dict, list)):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in entries:
            yield from _unknown(item, (*path, name))


def same_document(first: object, second: object) -> bool:
    """Tell whether two stored values are the same, in type too: ``True`` is not 1.

    >>> same_document({'n': decimal.Decimal('3')}, {'n': 3}), same_document([True], [1])
    (True, False)
    """
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            same_document(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same_document, first, second))
    return isinstance(first, bool) == isinstance(second, bool) and first == second
