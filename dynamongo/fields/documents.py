"""Documents that are stored as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import to_text
from dynamongo._partial import refuse_partial
from dynamongo.exceptions import ExpressionError, Problem, ValidationError, join_path
from dynamongo.fields.base import Field

if TYPE_CHECKING:
    from typing import NoReturn

    from typing_extensions import Unpack

    from dynamongo._typing import FieldOptions, Only
    from dynamongo.conditions import OP


#: How deep lists and dicts may nest, which Python can read back wherever it is called.
MAX_DEPTH = 200

#: Ints of fewer bits have fewer digits than Python ever refuses to write.
_SHORT_INT = 2000


class JSONField(Field[Any, Any]):
    """Any value that JSON has, stored as one string.

    It is for what conditions needn't look into. Dicts with ``str`` keys, lists, text, ints of any
    size, finite floats, booleans and ``None`` nest up to 200 deep, and read back equal and of the
    same type; tuples become lists. What JSON can't say is refused: NaN and infinities, ``Decimal``,
    ``bytes``, sets, dates, and keys that aren't ``str``.

    The text is compact and sorted by key, so equal documents are equal texts, apart from numbers:
    ``1`` and ``1.0`` are two texts. Letters stand in it as they are, not as escapes. ``None`` and
    ``''`` are nothing; ``{}``, ``[]``, 0 and ``False`` are values.

    The conditions ``==``, ``!=`` and ``in_`` compare whole documents, and ``size()`` is the number
    of characters of the text.

    :param kwargs: see :class:`Field`.

    >>> JSONField().to_primitive({'b': [1, 2.5], 'a': None})
    '{"a":null,"b":[1,2.5]}'

    .. versionadded:: 0.2
    """

    primitive_type = str
    native_type = None

    _can: Only  # type: ignore[assignment]

    _is_scalar = False
    _is_stored_by_value = False  # pyright: ignore
    _merges_default = False

    @explained
    def __init__(self, **kwargs: Unpack[FieldOptions[Any]]) -> None:
        super().__init__(**kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        return plain(value)

    def _store(self, value: Any, context: Any) -> Any:
        return to_json(plain(value))

    def _from_stored(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                return from_json(value)
            except (ValueError, RecursionError) as error:
                message = f'what is stored is no JSON: {error}'
                raise ValidationError(
                    problems=[Problem(message, value)], where=self._label
                ) from error
        raise self._invalid('what is stored is no text, and so no JSON', value)

    # Expressions

    def _refuse(self, what: str, value: object = None) -> NoReturn:
        raise ExpressionError(
            f'{what} to {self._label} (JSONField): DynamoDB sees one text, and nothing in it; '
            'declare a DictField, a MapField or a Field for what it is to look into',
            value,
        )

    def _require_order(self, op: OP) -> None:
        self._refuse(f"{op.symbol} doesn't apply")

    def _contained(self, value: Any) -> Any:
        self._refuse("contains() doesn't apply", value)

    def _prefix(self, value: Any) -> Any:
        self._refuse("begins_with() doesn't apply", value)

    def _member(self, key: Any) -> Field:
        self._refuse("[] doesn't apply", key)


def plain(value: Any) -> Any:
    """Return a value as plain dicts, lists and scalars of JSON, in containers of its own.

    :raises ValidationError: naming the path of everything that JSON can't hold.

    >>> plain({'a': (1, 2)})
    {'a': [1, 2]}
    """
    problems: list[Problem] = []
    copied = _plain(value, (), problems)
    if problems:
        raise ValidationError(problems=problems)
    return copied


def _plain(value: Any, path: tuple[Any, ...], problems: list[Problem]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if len(path) > MAX_DEPTH:
        message = f'is nested more than {MAX_DEPTH} deep, or contains itself'
        problems.append(Problem(message, value, path[:1]))
        return None
    try:
        if isinstance(value, str):
            return to_text(value)
        if isinstance(value, int):
            return _int(value)
    except ValueError as error:
        problems.append(Problem(str(error), value, path))
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            problems.append(Problem('JSON has neither NaN nor infinities', value, path))
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, (*path, index), problems) for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        refuse_partial(value, join_path(path) or 'the value')
        return _plain_dict(value, path, problems)
    message = f'{type(value).__name__} is not a type that JSON has; convert it first'
    problems.append(Problem(message, value, path))
    return None


def _int(value: int) -> int:
    """Return a plain int, once it is known that Python writes it out."""
    number = int(value)
    if number.bit_length() > _SHORT_INT:
        str(number)
    return number


def _plain_dict(
    value: Mapping[Any, Any], path: tuple[Any, ...], problems: list[Problem]
) -> dict[str, Any]:
    copied = {}
    for key, item in value.items():
        try:
            if not isinstance(key, str):
                raise ValueError('the keys of a JSON object must be str')
            copied[to_text(key)] = _plain(item, (*path, key), problems)
        except ValueError as error:
            problems.append(Problem(str(error), key, path))
    return copied


to_json = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(',', ':')
).encode


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f'no float is as large as {text}')
    return number


def _constant(text: str) -> NoReturn:
    raise ValueError(f'JSON has no {text}')


from_json = json.JSONDecoder(parse_float=_float, parse_constant=_constant).decode
