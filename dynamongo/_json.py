"""JSON texts, with numbers as exact as DynamoDB holds them."""

from __future__ import annotations

import base64
import binascii
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dynamongo._numbers import MAX_DIGITS, from_number, to_number
from dynamongo.exceptions import Problem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dynamongo._documents import Path

#: Text as JSON has it, in ASCII: what the standard library's own encoder calls.
_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii


def write(value: Any, indent: int | str | None = None) -> str:
    """Return a primitive as JSON: numbers digit for digit, binary in base64, sets as sorted lists.

    :param indent: as :func:`json.dumps` takes it; ``None`` for no blanks at all.

    >>> write({'price': Decimal('9.50'), 'tags': {'b', 'a'}})
    '{"price":9.50,"tags":["a","b"]}'
    """
    if indent is None:
        return _text(value, ',', ':', '', '')
    step = indent if isinstance(indent, str) else ' ' * indent
    return _text(value, ',', ': ', '\n', step)


def _text(value: Any, comma: str, colon: str, line: str, step: str) -> str:
    """Return the text of a value; ``line`` is the break, and indentation, of its own line."""
    simple = _SIMPLE.get(type(value))
    if simple is not None:
        return simple(value)
    inner = line + step
    if isinstance(value, dict):
        opening, closing = '{}'
        parts = [
            f'{_quoted(name)}{colon}{_text(each, comma, colon, inner, step)}'
            for name, each in value.items()
        ]
    else:
        opening, closing = '[]'
        values = sorted(value) if isinstance(value, set) else value
        parts = [_text(each, comma, colon, inner, step) for each in values]
    if not parts:
        return opening + closing
    return f'{opening}{inner}{f"{comma}{inner}".join(parts)}{line}{closing}'


_SIMPLE: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    bool: lambda value: 'true' if value else 'false',
    type(None): lambda value: 'null',
    int: str,
    Decimal: str,
    bytes: lambda value: f'"{base64.b64encode(value).decode("ascii")}"',
}


def read(text: str | bytes | bytearray) -> Any:
    """Return what a JSON text stands for: numbers as a bare field reads them, exactly.

    :param text: a ``str``, or ``bytes`` in UTF-8, UTF-16 or UTF-32.
    :raises ValidationError: where it isn't JSON, names something twice, or holds a number that
        DynamoDB doesn't.

    >>> read('{"n": [1, 0.1, 12345678901234567890.123456789]}')
    {'n': [1, 0.1, Decimal('12345678901234567890.123456789')]}
    """
    if not isinstance(text, (str, bytes, bytearray)):
        raise ValidationError(f'JSON is text, a str or bytes, not {type(text).__name__}')
    refused: list[_Refused] = []

    def exactly(digits: str) -> Any:
        try:
            return number(digits)
        except ValidationError as error:
            refused.append(_Refused(error.problems))
            return refused[-1]

    def whole(digits: str) -> Any:
        return int(digits) if len(digits) <= MAX_DIGITS else exactly(digits)

    try:
        value = json.loads(
            text,
            parse_float=exactly,
            parse_int=whole,
            parse_constant=exactly,
            object_pairs_hook=_object,
        )
        problems = list(_problems(value)) if refused else []
    except RecursionError:
        raise ValidationError('the JSON is nested too deeply') from None
    except ValidationError:
        raise
    except ValueError as error:
        raise ValidationError(problems=[Problem(f'is no JSON: {error}', text)]) from error
    if problems:
        raise ValidationError(problems=problems)
    return value


class _Refused:
    """Stands for a number that DynamoDB doesn't hold."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                problem = Problem('the JSON has this name twice', path=(name,))
                raise ValidationError(problems=[problem])
            seen.add(name)
    return value


def _problems(value: object, path: Path = ()) -> Iterator[Problem]:
    """Yield the problems of the numbers that are refused."""
    if isinstance(value, _Refused):
        yield from (problem.within(*path) for problem in value.problems)
    elif isinstance(value, (dict, list)):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _problems(each, (*path, name))


def number(digits: str) -> float | Decimal:
    """Return the number that a text stands for, as a bare field reads it.

    :raises ValidationError: where DynamoDB doesn't hold it.
    """
    reason = 'is no number that DynamoDB holds'
    try:
        # Decimal reads the digits of all scripts, and blanks around them.
        if digits.isascii() and digits == digits.strip():
            return from_number(Decimal(to_number(Decimal(digits))))
    except ArithmeticError:
        pass
    except ValueError as error:
        reason = str(error)
    raise ValidationError(problems=[Problem(reason, digits)])


def binary(text: str) -> bytes:
    """Return the bytes that base64 stands for.

    :raises ValidationError: where it isn't exactly that.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValidationError(problems=[Problem('is no base64', text)]) from None
