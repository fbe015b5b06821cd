"""The short ways of fields: to and from their values, without detours.

Each function here is given a field, and what makes codecs of the fields in it. It returns what
loads a value on the wire, what dumps a value, and what takes one that a new instance is given; or
``None`` where the options of the field leave no short way.
"""

import datetime
import decimal
import math
import re
import uuid

from dynamongo import fields
from dynamongo._documents import from_document, to_document
from dynamongo._numbers import MAX_DIGITS, divide, to_number
from dynamongo._wire.values import decode
from dynamongo.exceptions import ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.documents import from_json, plain, to_json
from dynamongo.utils import is_empty


class Unusual(Exception):
    """Raised where a value is not one for the short way."""


#: What the short way may raise.
UNUSUAL = (
    Unusual,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValidationError,
    ValueError,
)


# Text


def _text(field, codec):
    check = _limits_of_text(field)

    def load(wire):
        value = wire['S']
        if type(value) is not str or len(wire) != 1:
            raise Unusual
        return value

    def dump(value):
        if type(value) is not str:
            raise Unusual
        if not value.isascii():
            value.encode('utf-8')
        if check is not None:
            check(value)
        return value

    return load, dump, taking(str)


def _limits_of_text(field):
    """Return a function that raises where text isn't as a field wants it, ``None`` for no limit."""
    checks = []
    if type(field) is fields.EmailField:
        checks.append(_check_email)
    elif type(field) is not fields.StringField:
        checks.append(field.validate_)
    if field.max_length is not None or field.min_length is not None:
        checks.append(field.validate_length)
    if field.regex is not None:
        checks.append(field.validate_regex)
    return together(field, checks)


def together(field, checks):
    """Return a function that makes all checks of a value, and that of the choices."""
    if field.choices is not None:
        checks.append(_checking_choices(field.choices))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value):
        for each in checks:
            each(value)

    return check


def _checking_choices(choices):
    def check(value):
        if value not in choices:
            raise Unusual

    return check


#: Addresses that are well-formed beyond doubt; others are left to the field. One that is no longer
#: than a local part may be keeps to all limits.
_PLAIN_EMAIL = re.compile(
    r'[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,63}'
)
_PLAIN_EMAIL_LENGTH = 64


def _check_email(value):
    if len(value) > _PLAIN_EMAIL_LENGTH or _PLAIN_EMAIL.fullmatch(value) is None:
        raise Unusual


def taking(kind):
    """Return a function that takes values of exactly one type as they are."""

    def native(value):
        if type(value) is not kind:
            raise Unusual
        return value

    return native


def _uuid(field, codec):
    check = together(field, [])

    def load(wire):
        value = wire['S']
        if type(value) is not str or len(wire) != 1:
            raise Unusual
        return uuid.UUID(value)

    def dump(value):
        if type(value) is not uuid.UUID:
            raise Unusual
        if check is not None:
            check(value)
        return str(value)

    return load, dump, taking(uuid.UUID)


# Numbers and booleans

_BOUND = 10**MAX_DIGITS


def limits_of_number(field):
    unlimited = field.min_value is None and field.max_value is None
    return together(field, [] if unlimited else [_checking_range(field)])


def _checking_range(field):
    low = -math.inf if field.min_value is None else field.min_value
    high = math.inf if field.max_value is None else field.max_value

    def check(value):
        if not low <= value <= high:
            raise Unusual

    return check


def _int(field, codec):
    check = limits_of_number(field)

    def load(wire):
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        return int(text)

    def dump(value):
        if type(value) is not int or not -_BOUND < value < _BOUND:
            raise Unusual
        if check is not None:
            check(value)
        return value

    return load, dump, taking(int)


#: Floats between these are in DynamoDB's range beyond doubt, and have no exact whole number of more
#: digits than a float tells apart.
_SMALL, _LARGE = 1e-100, 1e15


def _float(field, codec):
    check = limits_of_number(field)

    def load(wire):
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        value = float(text)
        if not math.isfinite(value):
            raise Unusual
        return value

    def native(value):
        if type(value) is not float or not _SMALL < abs(value) < _LARGE:
            raise Unusual
        return value

    def dump(value):
        native(value)
        if check is not None:
            check(value)
        whole = value.is_integer()
        return int(value) if whole else decimal.Decimal(repr(value))

    return load, dump, native


def _boolean(field, codec):
    check = together(field, [])

    def load(wire):
        value = wire['BOOL']
        if type(value) is not bool or len(wire) != 1:
            raise Unusual
        return value

    def dump(value):
        if type(value) is not bool:
            raise Unusual
        if check is not None:
            check(value)
        return value

    return load, dump, taking(bool)


# Keys

#: Text of so many characters is short enough for any key, whatever they are.
SHORT_KEY = 256

#: So many bytes are few enough for any key.
SHORT_BINARY_KEY = 1024


def _text_of_key(value):
    if type(value) is not str or not value.isascii() or not 0 < len(value) <= SHORT_KEY:
        raise Unusual
    return value


def _int_of_key(value):
    if type(value) is not int or not -_BOUND < value < _BOUND:
        raise Unusual
    return value


def _binary_of_key(value):
    if type(value) is not bytes or not 0 < len(value) <= SHORT_BINARY_KEY:
        raise Unusual
    return value


def no_key(value):
    raise Unusual


#: The type of the values of a field to the short way to keys.
KEYS = {bytes: _binary_of_key, int: _int_of_key, str: _text_of_key}


# Times


def _datetime(field, codec):
    if field.formats or field.parser or field.drop_tzinfo or not field._stores_iso:
        return None
    takes_none = field.tzd in ('allow', 'reject')
    takes_utc = field.tzd != 'reject'
    utc = datetime.timezone.utc
    check = together(field, [])

    def load(wire):
        text = wire['S']
        # Every third character from the fourth is what stands between the numbers.
        if text[4:20:3] != '--T::.' or not text[20:26].isdigit() or len(wire) != 1:
            raise Unusual
        if len(text) == 31:
            if text[26] not in '+-':
                raise Unusual
            # Before 3.11, Python reads offsets with a colon only.
            return datetime.datetime.fromisoformat(f'{text[:29]}:{text[29:]}')
        if len(text) != 26:
            raise Unusual
        return datetime.datetime.fromisoformat(text)

    def native(value):
        # The second of two moments that a clock shows alike is not told from the first in the text.
        if type(value) is not datetime.datetime or value.fold:
            raise Unusual
        zone = value.tzinfo
        if not (takes_none if zone is None else takes_utc and zone is utc):
            raise Unusual
        return value

    def dump(value):
        native(value)
        if check is not None:
            check(value)
        text = value.isoformat('T', 'microseconds')
        return text if value.tzinfo is None else f'{text[:26]}+0000'

    return load, dump, native


def _date(field, codec):
    check = together(field, [])

    def load(wire):
        text = wire['S']
        if len(wire) != 1 or len(text) != 10 or not text[4] == text[7] == '-':
            raise Unusual
        return datetime.date.fromisoformat(text)

    def dump(value):
        if type(value) is not datetime.date:
            raise Unusual
        if check is not None:
            check(value)
        return value.isoformat()

    return load, dump, taking(datetime.date)


_MICROSECOND = datetime.timedelta(microseconds=1)


def _timedelta(field, codec):
    check = together(field, [])
    unit = field._unit

    def load(wire):
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        return datetime.timedelta(microseconds=int(text) * unit)

    def dump(value):
        if type(value) is not datetime.timedelta:
            raise Unusual
        if check is not None:
            check(value)
        return to_number(divide(value // _MICROSECOND, unit))

    return load, dump, taking(datetime.timedelta)


# Documents


def _document(field, codec):
    check = together(field, [])

    def load(wire):
        return from_document(decode(wire))

    def dump(value):
        if value is None or (isinstance(value, str) and type(value) is not str):
            raise Unusual
        if check is not None:
            check(value)
        primitive = to_document(value)
        return primitive, from_document(primitive)

    return load, dump, lambda value: value


def _list(field, codec):
    inner = codec(field.field)
    if not inner.is_short:
        return None
    check = together(
        field, [] if field.min_size is field.max_size is None else [field.validate_size]
    )
    required = field._required
    may_be_nothing = type(field.field) is fields.SetField

    def load(wire):
        # The copy has no room to spare, which counts where there are many.
        return [*map(inner.load, _of_type(_only(wire)['L'], list))][:]

    def dump(value):
        dumped = [*map(inner.dump, _of_type(value, list))]
        if required and not dumped:
            raise Unusual
        if check is not None:
            check(value)
        if inner.keeps:
            return dumped, [*value]
        if may_be_nothing and not all(value):
            raise Unusual
        return [primitive for primitive, _ in dumped], [value for _, value in dumped]

    def native(value):
        return [*map(inner.native, _of_type(value, list))]

    return load, dump, native


def _only(wire):
    """Return a value on the wire that is of one type, as DynamoDB sends them."""
    if len(wire) != 1:
        raise Unusual
    return wire


def _of_type(value, kind):
    if type(value) is not kind:
        raise Unusual
    return value


def _dict(field, codec):
    members = {name: codec(inner) for name, inner in field._members.items()}
    if not all(member.is_short for member in members.values()):
        return None
    by_key = {member.field._key: (name, member.load) for name, member in members.items()}
    dumps = {name: (member.field._key, member) for name, member in members.items()}
    # Names by which members are given that aren't their own.
    others = {key for key in by_key if key not in members}
    others.update(alias for member in members.values() for alias in member.field._aliases)
    # Where a member is missing, these have something to say about it.
    exacting = {name for name, member in members.items() if _minds_absence(member.field)}
    # What is given as nothing is stored as a list or a dict without members.
    containers = {name for name, member in members.items() if type(member.field) in _CONTAINERS}
    keeping = {name for name, member in members.items() if member.keeps_empty}

    def load(wire):
        value = {}
        for key, raw in _of_type(_only(wire)['M'], dict).items():
            known = by_key.get(key)
            if known is None:
                value[key] = from_document(decode(raw))
            else:
                name, load_member = known
                value[name] = load_member(raw)
        return value

    def dump(value):
        if not _of_type(value, dict).keys().isdisjoint(others):
            raise Unusual
        for name in exacting:
            if is_empty(value.get(name)):
                raise Unusual
        primitives, values = {}, {}
        for name, item in value.items():
            known = dumps.get(name)
            if type(name) is not str or (known is None and not name.isascii()):
                raise Unusual
            if is_empty(item):
                if name in containers:
                    raise Unusual
                if item is None or name not in keeping:
                    continue
            if known is None:
                primitives[name] = to_document(item)
                values[name] = from_document(primitives[name])
            else:
                key, member = known
                if member.keeps:
                    primitives[key], values[name] = member.dump(item), item
                else:
                    primitive, after = member.dump(item)
                    if primitive is not None:
                        primitives[key], values[name] = primitive, after
        return primitives, values

    return load, dump, None


def _minds_absence(field):
    """Tell whether it can be wrong that a member is missing."""
    if field._required:
        return True
    try:
        type(field).validate(field, None)
    except ValidationError:
        return True
    return False


_CONTAINERS = (fields.DictField, fields.ListField, fields.MapField)


def _map(field, codec):
    inner = codec(field.field)
    if not inner.is_short:
        return None
    check = together(
        field, [] if field.min_size is field.max_size is None else [field.validate_size]
    )
    required = field._required

    def is_usual(key, item):
        return type(key) is str and key and (inner.keeps_empty or item != '') and item is not None

    def load(wire):
        members = _of_type(_only(wire)['M'], dict)
        return {key: inner.load(raw) for key, raw in members.items()}

    def dump(value):
        primitives, values = {}, {}
        for key, item in _of_type(value, dict).items():
            if not is_usual(key, item) or not key.isascii():
                raise Unusual
            if inner.keeps:
                primitives[key], values[key] = inner.dump(item), item
            else:
                primitive, after = inner.dump(item)
                if primitive is not None:
                    primitives[key], values[key] = primitive, after
        if required and not primitives:
            raise Unusual
        if check is not None:
            check(value)
        return primitives, values

    def native(value):
        if not all(is_usual(*member) for member in _of_type(value, dict).items()):
            raise Unusual
        return {key: inner.native(item) for key, item in value.items()}

    return load, dump, native


#: The type of a set on the wire to that of its members.
_OF_MEMBERS = {'SS': 'S', 'NS': 'N', 'BS': 'B'}


def _set(field, codec):
    inner = codec(field.field)
    if not (inner.is_short and inner.keeps):
        return None
    check = together(
        field, [] if field.min_size is field.max_size is None else [field.validate_size]
    )
    required = field._required

    def load(wire):
        ((kind, raw),) = wire.items()
        kind = _OF_MEMBERS[kind]
        members = {inner.load({kind: member}) for member in _of_type(raw, list)}
        if len(members) != len(raw):
            raise Unusual
        return members

    def dump(value):
        if not _of_type(value, set):
            if required:
                raise Unusual
            return None, None
        primitives = set(map(inner.dump, value))
        if len(primitives) != len(value):
            raise Unusual
        if check is not None:
            check(value)
        return primitives, value.copy()

    def native(value):
        return set(map(inner.native, _of_type(value, set)))

    return load, dump, native


def _json(field, codec):
    check = together(field, [])

    def load(wire):
        try:
            return from_json(_only(wire)['S'])
        except RecursionError:
            raise Unusual from None

    def dump(value):
        copied = plain(value)
        if is_empty(copied):
            raise Unusual
        if check is not None:
            check(copied)
        text = to_json(copied)
        return text, from_json(text)

    return load, dump, plain


#: Class to the function that makes the short way of a field of it, or ``None`` for none.
SHORT = {
    Field: _document,
    fields.BooleanField: _boolean,
    fields.DateField: _date,
    fields.DateTimeField: _datetime,
    fields.DictField: _dict,
    fields.EmailField: _text,
    fields.FloatField: _float,
    fields.IPAddressField: _text,
    fields.IntField: _int,
    fields.JSONField: _json,
    fields.ListField: _list,
    fields.MapField: _map,
    fields.SetField: _set,
    fields.StringField: _text,
    fields.TimedeltaField: _timedelta,
    fields.URLField: _text,
    fields.UUIDField: _uuid,
    fields.VersionField: _int,
}

IMMUTABLE = SHORT.keys() - {
    Field,
    fields.DictField,
    fields.JSONField,
    fields.ListField,
    fields.MapField,
    fields.SetField,
}
