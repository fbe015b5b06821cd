"""The short ways of fields of text, numbers, booleans, bytes and members of enumerations."""

from __future__ import annotations

import decimal
import math
import re
import uuid
from typing import TYPE_CHECKING, Any, Union

from dynamongo import fields
from dynamongo._codecs.ways import BOUND, Unusual, keeping, taking, together
from dynamongo._numbers import MAX_DIGITS
from dynamongo._wire.values import binary

if TYPE_CHECKING:
    from dynamongo._annotations import WireValue
    from dynamongo._codecs import Codec
    from dynamongo._codecs.ways import Check, Maker, Ways

    _Number = Union[fields.IntField, fields.FloatField, fields.DecimalField]

# Text


def _text(field: Any, codec: type[Codec]) -> Ways:
    check = _limits_of_text(field)

    def load(wire: WireValue) -> Any:
        value = wire['S']
        if type(value) is not str or len(wire) != 1:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        if type(value) is not str:
            raise Unusual
        if not value.isascii():
            value.encode('utf-8')
        if check is not None:
            check(value)
        return value

    return load, dump, taking(str)


def _limits_of_text(field: Any) -> Check | None:
    """Return a function that raises where text isn't as a field wants it, ``None`` for no limit."""
    checks: list[Check] = []
    if type(field) is fields.EmailField:
        checks.append(_check_email)
    elif type(field) is not fields.StringField:
        checks.append(field.validate_)
    if field.max_length is not None or field.min_length is not None:
        checks.append(field.validate_length)
    if field.regex is not None:
        checks.append(field.validate_regex)
    return together(field, checks)


#: Addresses that are well-formed beyond doubt; others are left to the field. One that is no longer
#: than a local part may be keeps to all limits.
_PLAIN_EMAIL = re.compile(
    r'[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,63}'
)
_PLAIN_EMAIL_LENGTH = 64


def _check_email(value: str) -> None:
    if len(value) > _PLAIN_EMAIL_LENGTH or _PLAIN_EMAIL.fullmatch(value) is None:
        raise Unusual


def _uuid(field: fields.UUIDField, codec: type[Codec]) -> Ways:
    check = together(field, [])

    def load(wire: WireValue) -> Any:
        value = wire['S']
        if type(value) is not str or len(wire) != 1:
            raise Unusual
        return uuid.UUID(value)

    def dump(value: Any) -> Any:
        if type(value) is not uuid.UUID:
            raise Unusual
        if check is not None:
            check(value)
        return str(value)

    return load, dump, taking(uuid.UUID)


# Numbers and booleans


def _limits_of_number(field: _Number) -> Check | None:
    unlimited = field.min_value is None and field.max_value is None
    return together(field, [] if unlimited else [_checking_range(field)])


def _checking_range(field: _Number) -> Check:
    low = -math.inf if field.min_value is None else field.min_value
    high = math.inf if field.max_value is None else field.max_value

    def check(value: Any) -> None:
        if not low <= value <= high:
            raise Unusual

    return check


def _int(field: fields.IntField, codec: type[Codec]) -> Ways:
    check = _limits_of_number(field)

    def load(wire: WireValue) -> Any:
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        return int(text)

    def dump(value: Any) -> Any:
        if type(value) is not int or not -BOUND < value < BOUND:
            raise Unusual
        if check is not None:
            check(value)
        return value

    return load, dump, taking(int)


#: The first whole number that is no version.
_NO_VERSION = 10**MAX_DIGITS - 1


def _version(field: fields.VersionField, codec: type[Codec]) -> Ways:
    load_int, dump_int, _ = _int(field, codec)

    def load(wire: WireValue) -> Any:
        # The last whole number of that many digits has none that follows it.
        if len(wire['N']) >= MAX_DIGITS:
            raise Unusual
        return load_int(wire)

    def native(value: Any) -> Any:
        if type(value) is not int or not -_NO_VERSION < value < _NO_VERSION:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        return dump_int(native(value))

    return load, dump, native


#: Floats between these are in DynamoDB's range beyond doubt, and have no exact whole number of more
#: digits than a float tells apart.
_SMALL, _LARGE = 1e-100, 1e15


def _float(field: fields.FloatField, codec: type[Codec]) -> Ways:
    check = _limits_of_number(field)

    def load(wire: WireValue) -> Any:
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        value = float(text)
        if not math.isfinite(value):
            raise Unusual
        return value

    def native(value: Any) -> Any:
        if type(value) is not float or not _SMALL < abs(value) < _LARGE:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        native(value)
        if check is not None:
            check(value)
        whole = value.is_integer()
        return int(value) if whole else decimal.Decimal(repr(value))

    return load, dump, native


#: A number without what a decimal would keep and a stored number doesn't.
_PLAIN_NUMBER = re.compile(r'0|-?(?:0(?=\.)|[1-9][0-9]*)(?:\.[0-9]*[1-9])?')


def _decimal(field: fields.DecimalField, codec: type[Codec]) -> Ways:
    check = _limits_of_number(field)

    def load(wire: WireValue) -> Any:
        text = wire['N']
        if len(text) > MAX_DIGITS or _PLAIN_NUMBER.fullmatch(text) is None or len(wire) != 1:
            raise Unusual
        return decimal.Decimal(text)

    def native(value: Any) -> Any:
        if type(value) is not decimal.Decimal or _PLAIN_NUMBER.fullmatch(str(value)) is None:
            raise Unusual
        if len(value.as_tuple().digits) > MAX_DIGITS:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        native(value)
        if check is not None:
            check(value)
        return value

    return load, dump, native


def _boolean(field: fields.BooleanField, codec: type[Codec]) -> Ways:
    check = together(field, [])

    def load(wire: WireValue) -> Any:
        value = wire['BOOL']
        if type(value) is not bool or len(wire) != 1:
            raise Unusual
        return value

    return load, keeping(bool, check), taking(bool)


# Binary and enumerations


def _binary(field: fields.BinaryField, codec: type[Codec]) -> Ways:
    unlimited = field.min_length is None and field.max_length is None
    check = together(field, [] if unlimited else [field.validate_length])

    def load(wire: WireValue) -> Any:
        value = binary(wire['B'])
        if len(wire) != 1:
            raise Unusual
        return value

    return load, keeping(bytes, check), taking(bytes)


def _enum(field: fields.EnumField, codec: type[Codec]) -> Ways:
    check = together(field, [])
    forms = field._forms
    enum = field.enum
    kind = 'S' if field.primitive_type is str else 'N'
    members = {str(form): member for form, member in field._by_form.items()}

    def load(wire: WireValue) -> Any:
        if len(wire) != 1:
            raise Unusual
        return members[wire[kind]]

    def native(value: Any) -> Any:
        if type(value) is not enum:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        native(value)
        if check is not None:
            check(value)
        return forms[value._name_]

    return load, dump, native


#: Class to the function that makes the short way of a field of it. The values can't change.
SCALARS: dict[type[fields.Field], Maker] = {
    fields.BinaryField: _binary,
    fields.BooleanField: _boolean,
    fields.DecimalField: _decimal,
    fields.EmailField: _text,
    fields.EnumField: _enum,
    fields.FloatField: _float,
    fields.IPAddressField: _text,
    fields.IntField: _int,
    fields.StringField: _text,
    fields.URLField: _text,
    fields.UUIDField: _uuid,
    fields.VersionField: _version,
}
