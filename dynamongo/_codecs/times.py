"""The short ways of fields of times."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from dynamongo import fields
from dynamongo._codecs.ways import Unusual, taking, together
from dynamongo._numbers import MAX_DIGITS, divide, to_number
from dynamongo.fields.timestamps import EPOCH, seconds_of

if TYPE_CHECKING:
    from dynamongo._annotations import WireValue
    from dynamongo._codecs import Codec
    from dynamongo._codecs.ways import Maker, Ways


def _datetime(field: Any, codec: type[Codec]) -> Ways | None:
    if field.formats or field.parser or field.drop_tzinfo or not field._stores_iso:
        return None
    takes_none = field.tzd in ('allow', 'reject')
    takes_utc = field.tzd != 'reject'
    utc = datetime.timezone.utc
    check = together(field, [])

    def load(wire: WireValue) -> Any:
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

    def native(value: Any) -> Any:
        # The second of two moments that a clock shows alike is not told from the first in the text.
        if type(value) is not datetime.datetime or value.fold:
            raise Unusual
        zone = value.tzinfo
        if not (takes_none if zone is None else takes_utc and zone is utc):
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        native(value)
        if check is not None:
            check(value)
        text = value.isoformat('T', 'microseconds')
        return text if value.tzinfo is None else f'{text[:26]}+0000'

    return load, dump, native


def _date(field: fields.DateField, codec: type[Codec]) -> Ways:
    check = together(field, [])

    def load(wire: WireValue) -> Any:
        text = wire['S']
        if len(wire) != 1 or len(text) != 10 or not text[4] == text[7] == '-':
            raise Unusual
        return datetime.date.fromisoformat(text)

    def dump(value: Any) -> Any:
        if type(value) is not datetime.date:
            raise Unusual
        if check is not None:
            check(value)
        return value.isoformat()

    return load, dump, taking(datetime.date)


_MICROSECOND = datetime.timedelta(microseconds=1)


def _timedelta(field: fields.TimedeltaField, codec: type[Codec]) -> Ways:
    check = together(field, [])
    unit = field._unit

    def load(wire: WireValue) -> Any:
        text = wire['N']
        if len(text) > MAX_DIGITS or '_' in text or len(wire) != 1:
            raise Unusual
        return datetime.timedelta(microseconds=int(text) * unit)

    def dump(value: Any) -> Any:
        if type(value) is not datetime.timedelta:
            raise Unusual
        if check is not None:
            check(value)
        return to_number(divide(value // _MICROSECOND, unit))

    return load, dump, taking(datetime.timedelta)


#: Whole seconds, and up to six digits of a fraction.
_SECONDS = re.compile(r'(-?[0-9]+)(?:\.([0-9]{1,6}))?')


def _timestamp(field: fields.TimestampField, codec: type[Codec]) -> Ways:
    check = together(field, [])
    fractions = field.fractions
    utc = datetime.timezone.utc

    def load(wire: WireValue) -> Any:
        text = wire['N']
        if len(text) > MAX_DIGITS or len(wire) != 1:
            raise Unusual
        found = _SECONDS.fullmatch(text)
        if found is None:
            raise Unusual
        whole, fraction = found.groups()
        if fraction is None:
            return EPOCH + datetime.timedelta(0, int(whole))
        return EPOCH + datetime.timedelta(0, 0, int(f'{whole}{fraction:0<6}'))

    def native(value: Any) -> Any:
        if type(value) is not datetime.datetime or value.tzinfo is not utc or value.fold:
            raise Unusual
        if value.microsecond and not fractions:
            raise Unusual
        return value

    def dump(value: Any) -> Any:
        native(value)
        if check is not None:
            check(value)
        since = value - EPOCH
        return seconds_of(since) if since.microseconds else since.days * 86400 + since.seconds

    return load, dump, native


#: As :data:`.scalars.SCALARS`.
TIMES: dict[type[fields.Field], Maker] = {
    fields.DateField: _date,
    fields.DateTimeField: _datetime,
    fields.TimedeltaField: _timedelta,
    fields.TimestampField: _timestamp,
}
