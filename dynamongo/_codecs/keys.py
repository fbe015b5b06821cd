"""The short ways to the primitives of the values of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from dynamongo._codecs.ways import BOUND, Unusual

if TYPE_CHECKING:
    from collections.abc import Callable

#: Text of so many characters is short enough for any key, whatever they are.
SHORT_KEY = 256

#: The largest whole number that is exact; it is a key, but no version, so the field is asked.
_LARGEST = BOUND - 1

#: So many bytes are few enough for any key.
SHORT_BINARY_KEY = 1024


def _text_of_key(value: Any) -> str:
    if type(value) is not str or not value.isascii() or not 0 < len(value) <= SHORT_KEY:
        raise Unusual
    return value


def _int_of_key(value: Any) -> int:
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise Unusual
    return value


def _binary_of_key(value: Any) -> bytes:
    if type(value) is not bytes or not 0 < len(value) <= SHORT_BINARY_KEY:
        raise Unusual
    return value


def no_key(value: Any) -> NoReturn:
    raise Unusual


#: The type of the values of a field to the short way to keys.
KEYS: dict[Any, Callable[[Any], Any]] = {bytes: _binary_of_key, int: _int_of_key, str: _text_of_key}
