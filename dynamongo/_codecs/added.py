"""The short ways of the field types that are dynamongo's own, made as those in :mod:`.ways`."""

import datetime
import decimal
import re

from dynamongo import fields
from dynamongo._codecs.ways import Unusual, limits_of_number, taking, together
from dynamongo._numbers import MAX_DIGITS
from dynamongo._wire.values import binary
from dynamongo.fields.timestamps import EPOCH, seconds_of

#: A number without what a decimal would keep and a stored number doesn't.
_PLAIN_NUMBER = re.compile(r'0|-?(?:0(?=\.)|[1-9][0-9]*)(?:\.[0-9]*[1-9])?')


def _decimal(field, codec):
    check = limits_of_number(field)

    def load(wire):
        text = wire['N']
        if len(text) > MAX_DIGITS or _PLAIN_NUMBER.fullmatch(text) is None or len(wire) != 1:
            raise Unusual
        return decimal.Decimal(text)

    def native(value):
        if type(value) is not decimal.Decimal or _PLAIN_NUMBER.fullmatch(str(value)) is None:
            raise Unusual
        if len(value.as_tuple().digits) > MAX_DIGITS:
            raise Unusual
        return value

    def dump(value):
        native(value)
        if check is not None:
            check(value)
        return value

    return load, dump, native


def _binary(field, codec):
    unlimited = field.min_length is None and field.max_length is None
    check = together(field, [] if unlimited else [field.validate_length])

    def load(wire):
        value = binary(wire['B'])
        if len(wire) != 1:
            raise Unusual
        return value

    def dump(value):
        if type(value) is not bytes:
            raise Unusual
        if check is not None:
            check(value)
        return value

    return load, dump, taking(bytes)


#: Whole seconds, and up to six digits of a fraction.
_SECONDS = re.compile(r'(-?[0-9]+)(?:\.([0-9]{1,6}))?')


def _timestamp(field, codec):
    check = together(field, [])
    fractions = field.fractions
    utc = datetime.timezone.utc

    def load(wire):
        text = wire['N']
        if len(text) > MAX_DIGITS or len(wire) != 1:
            raise Unusual
        whole, fraction = _SECONDS.fullmatch(text).groups()
        if fraction is None:
            return EPOCH + datetime.timedelta(0, int(whole))
        return EPOCH + datetime.timedelta(0, 0, int(f'{whole}{fraction:0<6}'))

    def native(value):
        if type(value) is not datetime.datetime or value.tzinfo is not utc or value.fold:
            raise Unusual
        if value.microsecond and not fractions:
            raise Unusual
        return value

    def dump(value):
        native(value)
        if check is not None:
            check(value)
        since = value - EPOCH
        return seconds_of(since) if since.microseconds else since.days * 86400 + since.seconds

    return load, dump, native


def _enum(field, codec):
    check = together(field, [])
    forms = field._forms
    enum = field.enum
    kind = 'S' if field.primitive_type is str else 'N'
    members = {str(form): member for form, member in field._by_form.items()}

    def load(wire):
        if len(wire) != 1:
            raise Unusual
        return members[wire[kind]]

    def native(value):
        if type(value) is not enum:
            raise Unusual
        return value

    def dump(value):
        native(value)
        if check is not None:
            check(value)
        return forms[value._name_]

    return load, dump, native


#: As :data:`.ways.SHORT`. The values of all these can't change.
ADDED = {
    fields.BinaryField: _binary,
    fields.DecimalField: _decimal,
    fields.EnumField: _enum,
    fields.TimestampField: _timestamp,
}
