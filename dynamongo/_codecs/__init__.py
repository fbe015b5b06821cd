"""Fields as functions: how the values of each are loaded, dumped and taken, without detours.

A field converts and validates by schematics, in many small steps, most of which have nothing to do
for a value of the right type. Here is the short way for such values. It is for fields whose class
is exactly one of dynamongo's, with the methods that it came with, and without validators of their
own. It raises where anything is unusual, and then, as for all other fields, the field itself
decides: what it returns or raises is what counts, always. A reader may skip this package.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any

from dynamongo import fields
from dynamongo._codecs.containers import CONTAINERS
from dynamongo._codecs.keys import KEYS, no_key
from dynamongo._codecs.scalars import SCALARS
from dynamongo._codecs.times import TIMES
from dynamongo._wire.values import decode
from dynamongo.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dynamongo._annotations import Primitive, WireValue

#: Class to the function that makes the short way of a field of it.
_SHORT = {**SCALARS, **TIMES, **CONTAINERS}

#: The classes of fields whose values can't change without being set anew.
_IMMUTABLE = SCALARS.keys() | TIMES.keys()

#: The classes of fields that have one stored form of each value.
_EXACT = frozenset(
    {
        fields.BinaryField,
        fields.DecimalField,
        fields.EmailField,
        fields.IPAddressField,
        fields.IntField,
        fields.StringField,
        fields.URLField,
    }
)

#: The types of such values; members of enumerations are the others.
FIXED = frozenset(
    {
        bool,
        bytes,
        datetime.date,
        datetime.datetime,
        datetime.timedelta,
        decimal.Decimal,
        float,
        int,
        str,
        type(None),
        uuid.UUID,
    }
)


class Codec:
    """How the values of one field are converted.

    ``load``, ``dump`` and ``native`` are the short way, and may raise any of :data:`UNUSUAL`, upon
    which ``own_load``, ``own_dump`` and ``own_native`` are asked, the way of the field itself.
    Where the field has no short way (``is_short``), they are the same. ``dump`` and ``own_dump``
    return a primitive and the value that it will read back as, but for fields whose values read
    back as they are (``keeps``), of which ``dump`` returns the primitive alone.

    :param Field field: a field that has its place in a model.
    """

    __slots__ = (
        'dump',
        'field',
        'flat',
        'is_exact',
        'is_short',
        'keeps',
        'keeps_empty',
        'key',
        'load',
        'mutable',
        'native',
    )

    def __init__(self, field: fields.Field) -> None:
        self.field = field
        make = _SHORT.get(type(field)) if _is_known(field) else None
        ways = None if make is None else make(field, Codec)
        self.is_short = ways is not None
        load, dump, native = ways or (None, None, None)
        self.load = load or self.own_load
        self.dump = dump or self.own_dump
        self.native = native or self.own_native
        #: The short way to the primitive of a value of a key; constraints don't apply there.
        self.key = KEYS.get(self.field.native_type if self.is_short else None, no_key)
        #: Whether the values are lists of values that can't change.
        self.flat = self.is_short and _is_flat(field)
        #: Whether values may change without being set anew.
        self.mutable = not (self.is_short and type(field) in _IMMUTABLE)
        self.keeps = not self.mutable
        #: Whether what is read is stored in the very form that it was read in.
        self.is_exact = self.is_short and type(field) in _EXACT
        #: Whether the empty text is a value.
        self.keeps_empty = not field._is_nothing('')

    def dump_nothing(self) -> Callable[[Any], Any]:
        """Return the function that dumps ``None``, and the empty text where it is no value."""
        if self.is_short:
            with contextlib.suppress(ValidationError):
                primitive, value = self.own_dump(None)
                if primitive is None:
                    return lambda _: (None, None)
                if not (primitive or value):
                    return lambda _: (type(primitive)(), type(value)())
        return self.own_dump

    def own_load(self, wire: WireValue) -> Any:
        """Return the value that a value on the wire stands for; ``None`` for NULL."""
        primitive = decode(wire)
        return None if primitive is None else self.field._load(primitive)

    def own_dump(self, value: Any) -> tuple[Primitive, Any]:
        """Return a value as it is to be stored, and as it will read back; ``None`` for nothing."""
        field = self.field
        primitive = field._stored_form(type(field).validate(field, value))
        return (None, None) if primitive is None else (primitive, field._load(primitive))

    def own_native(self, value: Any) -> Any:
        """Return the value that a new instance has, of what it is given."""
        return self.field._native(self.field._completed(value))

    def initial(self) -> Callable[[bool], Any]:
        """Return the function that makes the value of a new instance that is given none.

        Its argument tells whether it is given nothing, in so many words.
        """
        field = self.field
        if field._compute is not None:
            return lambda is_given: None
        if not self.mutable and not callable(field._default):
            with contextlib.suppress(ValidationError):
                constant = field._native(field.default)
                return lambda is_given: None if is_given else constant
        shows = field._absent_value() is not None

        def make(is_given: bool) -> Any:
            if is_given and not shows:
                return None
            return field._native(field.default)

        return make


#: What decides how a field converts; each class must have it from where it had it at first.
_METHODS = (
    '_check',
    '_completed',
    '_convert',
    '_from_stored',
    '_guarded',
    '_is_nothing',
    '_load',
    '_native',
    '_primitive',
    '_store',
    'default',
    'to_native',
    'to_primitive',
    'validate',
)


def _methods(cls: type[fields.Field]) -> tuple[Any, ...]:
    names = (*_METHODS, *cls._validators)
    return tuple(getattr(cls, name, None) for name in names)


def _is_known(field: fields.Field) -> bool:
    """Tell whether a field converts and validates exactly as its class did at first."""
    known = _KNOWN.get(type(field))
    return (
        known is not None
        and known == _methods(type(field))
        and not field._own_validators
        and len(field._checks) == _number_of_checks(field)
        and not (set(_METHODS) | set(field._validators)) & field.__dict__.keys()
    )


def _number_of_checks(field: fields.Field) -> int:
    """Return how many validators the class of a field has; those of a dict don't know choices."""
    return len(field._validators) - (type(field) is fields.DictField)


def _is_flat(field: fields.Field) -> bool:
    return type(field) is fields.ListField and type(field.field) in _IMMUTABLE


_KNOWN = {cls: _methods(cls) for cls in _SHORT}
