"""Values on the wire: ``{'S': 'text'}``, as DynamoDB takes and sends them."""

from __future__ import annotations

import base64
import binascii
import decimal
import functools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from dynamongo._documents import Unknown
from dynamongo._numbers import MAX_DIGITS, MAX_EXPONENT, MIN_EXPONENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dynamongo._annotations import Item, Primitive, WireItem, WireValue

_T = TypeVar('_T')


def encode(value: Primitive) -> Any:
    """Return a primitive as DynamoDB takes it.

    :param value: a ``str``, ``int``, ``Decimal``, ``bool``, ``None``, ``bytes``, ``list``, ``dict``
        or ``set``.

    >>> encode(['a', 1])
    {'L': [{'S': 'a'}, {'N': '1'}]}
    """
    return value.wire if isinstance(value, Unknown) else _serializer().serialize(value)


def encode_item(item: Mapping[str, Primitive]) -> WireItem:
    """Return attribute name to primitive as attribute name to value on the wire."""
    return {name: encode(value) for name, value in item.items()}


@functools.cache
def _serializer() -> Any:
    from boto3.dynamodb.types import TypeSerializer

    return TypeSerializer()


def text(value: Primitive) -> str:
    """Return a primitive as DynamoDB takes it, in JSON.

    >>> text(['a', 1])
    '{"L":[{"S":"a"},{"N":"1"}]}'
    """
    writer = _WRITERS.get(type(value))
    return _other_text(value) if writer is None else writer(value)


def item_text(item: Mapping[str, Primitive]) -> str:
    """Return attribute name to primitive as DynamoDB takes it, in JSON."""
    members = [
        # Most values are text, which takes no further look.
        f'{_quoted(name)}:{{"S":{_quoted(value)}}}'
        if type(value) is str
        else f'{_quoted(name)}:{text(value)}'
        for name, value in item.items()
    ]
    return f'{{{",".join(members)}}}'


def _list_text(value: list[Primitive]) -> str:
    elements = [f'{{"S":{_quoted(each)}}}' if type(each) is str else text(each) for each in value]
    return f'{{"L":[{",".join(elements)}]}}'


def object_text(members: Iterable[tuple[str, str]]) -> str:
    """Return a JSON object of names and texts."""
    return f'{{{",".join([f"{_quoted(name)}:{each}" for name, each in members])}}}'


def _base64(value: Any) -> str:
    """Return binary as JSON has it."""
    binary = getattr(value, 'value', value)
    if not isinstance(binary, (bytes, bytearray)):
        raise TypeError(f"{type(value).__name__} can't be sent to DynamoDB: {value!r}")
    return base64.b64encode(binary).decode('ascii')


JSON = json.JSONEncoder(separators=(',', ':'), default=_base64, check_circular=False)

#: Text as JSON has it, in ASCII: what the standard library's own encoder calls.
_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii


def _other_text(value: Primitive) -> str:
    """Return the text of a value that is left to boto3, which refuses what can't be stored."""
    return JSON.encode(encode(value))


def _number_text(value: Any) -> str:
    number = str(value)
    if len(number) > MAX_DIGITS or not (type(value) is int or _has_usual_size(value)):
        return _other_text(value)
    return f'{{"N":"{number}"}}'


def _has_usual_size(value: decimal.Decimal) -> bool:
    return value.is_finite() and MIN_EXPONENT < value.adjusted() < MAX_EXPONENT


_NUMBERS: set[type] = {int, decimal.Decimal}


def _set_text(value: set[Any]) -> str:
    # Sorted, so that equal sets have equal texts.
    kinds = set(map(type, value))
    if kinds == {str}:
        return f'{{"SS":[{",".join(map(_quoted, sorted(value)))}]}}'
    if kinds == {bytes}:
        members = [f'"{_base64(member)}"' for member in sorted(value)]
        return f'{{"BS":[{",".join(members)}]}}'
    if kinds and kinds <= _NUMBERS:
        # Of '{"N":"1"}' what is quoted.
        members = [_number_text(member)[5:-1] for member in sorted(value)]
        return f'{{"NS":[{",".join(members)}]}}'
    return _other_text(value)


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: lambda value: f'{{"S":{_quoted(value)}}}',
    bool: lambda value: '{"BOOL":true}' if value else '{"BOOL":false}',
    int: _number_text,
    decimal.Decimal: _number_text,
    type(None): lambda value: '{"NULL":true}',
    bytes: lambda value: f'{{"B":"{_base64(value)}"}}',
    list: _list_text,
    dict: lambda value: f'{{"M":{item_text(value)}}}',
    set: _set_text,
}


def decode(wire: WireValue) -> Primitive:
    """Return a value on the wire as a primitive; :class:`.Unknown` for what can't be read.

    >>> decode({'L': [{'S': 'a'}, {'NULL': True}]})
    ['a', None]
    """
    try:
        ((kind, raw),) = wire.items()
        return _DECODERS[kind](raw)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError):
        return Unknown(wire)


def decode_item(item: WireItem) -> Item:
    """Return attribute name to value on the wire as attribute name to primitive."""
    return {name: decode(wire) for name, wire in item.items()}


def number(text: str) -> decimal.Decimal:
    """Return the number that a text of the wire stands for.

    :rtype: decimal.Decimal
    :raises ValueError: where it is none that DynamoDB holds.
    """
    value = decimal.Decimal(_text(text))
    if not value.is_finite() or '_' in text or _has_too_many_digits(text, value):
        raise ValueError('no number of DynamoDB')
    return value


def _has_too_many_digits(text: str, value: decimal.Decimal) -> bool:
    """Tell whether a number has more digits than DynamoDB stores; zeros at its ends don't count."""
    if len(text) <= MAX_DIGITS:
        return False
    return len(''.join(map(str, value.as_tuple().digits)).strip('0')) > MAX_DIGITS


def binary(raw: str | bytes) -> bytes:
    """Return the bytes of a value, which are text in a reply, unless botocore has parsed it."""
    return raw if type(raw) is bytes else binascii.a2b_base64(raw)


def _of_type(kind: type[_T]) -> Callable[[Any], _T]:
    def check(raw: Any) -> _T:
        if type(raw) is not kind:
            raise TypeError(f'{raw!r} is no {kind.__name__}')
        return raw

    return check


_text = _of_type(str)
_list: Callable[[Any], list[Any]] = _of_type(list)

_DECODERS: dict[str, Callable[[Any], Primitive]] = {
    'S': _text,
    'N': number,
    'B': binary,
    'BOOL': _of_type(bool),
    'NULL': lambda raw: None,
    'L': lambda raw: [decode(each) for each in _list(raw)],
    'M': lambda raw: decode_item(raw),
    'SS': lambda raw: set(map(_text, _list(raw))),
    'NS': lambda raw: set(map(number, _list(raw))),
    'BS': lambda raw: set(map(binary, _list(raw))),
}


class Stored(Mapping[str, Any]):
    """An item as it is stored: shows primitives by attribute name, and holds the wire form.

    :param dict wire: attribute name to value on the wire.
    """

    __slots__ = ('wire',)

    def __init__(self, wire: WireItem) -> None:
        self.wire = wire

    def __getitem__(self, attribute: str) -> Primitive:
        return decode(self.wire[attribute])

    def __contains__(self, attribute: object) -> bool:
        return attribute in self.wire

    def __iter__(self) -> Iterator[str]:
        return iter(self.wire)

    def __len__(self) -> int:
        return len(self.wire)

    def __repr__(self) -> str:
        return repr(dict(self))


class StoredItems(Sequence[Stored]):
    """A list of items as they are stored, each of which is a :class:`Stored` while it is looked at.

    :param list wires: the items on the wire.
    """

    __slots__ = ('wires',)

    def __init__(self, wires: list[WireItem]) -> None:
        self.wires = wires

    def __len__(self) -> int:
        return len(self.wires)

    def __iter__(self) -> Iterator[Stored]:
        return map(Stored, self.wires)

    @overload
    def __getitem__(self, place: int) -> Stored: ...

    @overload
    def __getitem__(self, place: slice) -> StoredItems: ...

    def __getitem__(self, place: int | slice) -> Stored | StoredItems:
        if isinstance(place, slice):
            return StoredItems(self.wires[place])
        return Stored(self.wires[place])

    def __repr__(self) -> str:
        return repr(list(self))
