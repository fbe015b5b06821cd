"""The field of moments that are stored as numbers."""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._numbers import divide, multiply, to_number
from dynamongo._paths import Operand
from dynamongo._typing import DurationLike, Moment, MomentLike
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.numbers import check_delta, exact_number
from dynamongo.fields.times import parse_iso
from dynamongo.fields.updating import NumericUpdates

if TYPE_CHECKING:
    from typing import Literal, NoReturn, overload

    from typing_extensions import Unpack

    from dynamongo._typing import Default, Numeric, Options

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

#: The parts of a second that a ``datetime`` counts.
PER_SECOND = 1_000_000

_MICROSECOND = datetime.timedelta(microseconds=1)
_NUMBERS = (int, float, decimal.Decimal)


class TimestampField(NumericUpdates[DurationLike], Field[Moment, MomentLike]):
    """A moment; reads as an aware :class:`datetime.datetime` in UTC, stored as a number.

    The number counts seconds since 1970 began in UTC, as DynamoDB's time to live wants it (`Using
    time to live <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>`_).
    Accepted are ``datetime`` objects with a time zone, whichever it is, numbers of seconds, and ISO
    8601 text with an offset. A ``datetime`` without a time zone is refused, since it doesn't
    name a moment.

    A moment between two seconds is taken for the later one, so that nothing expires early. With
    ``fractions=True`` microseconds are kept, and what is finer is rounded up to one. Conditions
    aren't rounded: what they compare with is the very moment that is given. A stored number is read
    to the microsecond in any case.

    ``add`` and ``subtract`` take a :class:`datetime.timedelta` or a number of seconds, which must
    not be finer than what the field keeps. To an absent attribute, which counts as zero, they add
    as to the beginning of 1970.

    :param bool fractions: keep microseconds. Default ``False``: whole seconds.
    :param kwargs: see :class:`Field`.

    >>> field = TimestampField()
    >>> field.to_native('2020-02-29T12:30:00.25+01:00')
    datetime.datetime(2020, 2, 29, 11, 30, 1, tzinfo=datetime.timezone.utc)
    >>> field.to_primitive(field.to_native(1582979400.75))
    1582979401

    .. versionadded:: 0.2
    """

    primitive_type: type = int
    native_type = datetime.datetime

    _scale = PER_SECOND

    MESSAGES = {
        'parse': 'is no moment: takes a datetime with a time zone, a number of seconds since 1970, '
        'or ISO 8601 text with an offset, such as 2020-02-29T12:30:00Z',
        'naive': "has no time zone, so it doesn't name a moment; give it one, for instance "
        'datetime.now(timezone.utc)',
        'range': 'is out of range: a datetime lies between the years 1 and 9999',
        'delta': 'add() and subtract() take a timedelta or a number of seconds here',
        'fractions': 'add() and subtract() take whole seconds here, which are all that is stored; '
        'declare fractions=True for microseconds',
        'microseconds': 'add() and subtract() take whole microseconds here',
    }

    _can: Numeric[DurationLike]  # type: ignore[assignment]
    _one: datetime.datetime

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: TimestampField[datetime.datetime],
            *,
            fractions: bool = ...,
            required: Literal[True],
            default: Default[MomentLike] | None = ...,
            **options: Unpack[Options[MomentLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: TimestampField[datetime.datetime],
            *,
            fractions: bool = ...,
            required: bool = ...,
            default: Default[MomentLike],
            **options: Unpack[Options[MomentLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: TimestampField[datetime.datetime | None],
            *,
            fractions: bool = ...,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[MomentLike]],
        ) -> None: ...

    @explained
    def __init__(self, *, fractions: bool = False, **kwargs: Any) -> None:
        self.fractions = fractions
        if fractions is True:
            self.primitive_type = decimal.Decimal
        super().__init__(**kwargs)
        self._convert_choices()

    @property
    def _storing(self) -> tuple[Any, ...]:
        return (*super()._storing, self.fractions)

    def _takes(self, source: Any) -> bool:
        finer = self.fractions and isinstance(source, TimestampField)
        return super()._takes(source) or (finer and self._family is source._family)

    def _convert(self, value: Any, context: Any) -> Any:
        # A smallest part of the field's, and how many make a second.
        parts = PER_SECOND if self.fractions else 1
        count = multiply(self._seconds(value), parts, decimal.ROUND_CEILING)
        return self._moment(count * (PER_SECOND // parts), value)

    def _from_stored(self, value: Any) -> Any:
        if not isinstance(value, decimal.Decimal):
            return self._native(value)
        return self._guarded(self._read, value, None)

    def _read(self, value: Any, context: Any) -> datetime.datetime:
        return self._moment(multiply(value, PER_SECOND, decimal.ROUND_CEILING), value)

    def _moment(self, microseconds: int, value: object) -> datetime.datetime:
        """Return the moment that is so many microseconds after 1970 began."""
        try:
            return EPOCH + datetime.timedelta(microseconds=microseconds)
        except OverflowError:
            return self._fail('range', value)

    def _store(self, value: Any, context: Any) -> Any:
        return self._seconds(value)

    def _seconds(self, value: Any) -> Any:
        """Return the exact number of seconds that a value stands for."""
        if isinstance(value, str):
            parsed = parse_iso(value)
            if parsed is None:
                self._fail('parse', value)
            value = parsed
        if isinstance(value, datetime.datetime):
            if value.utcoffset() is None:
                self._fail('naive', value)
            return seconds_of(value - EPOCH)
        if isinstance(value, bool) or not isinstance(value, _NUMBERS):
            self._fail('parse', value)
        return exact_number(value)

    def _compared(self, value: Any) -> Any:
        own = type(self).to_native is Field.to_native
        if value is None or isinstance(value, Operand) or not own:
            return super()._compared(value)
        return self._guarded(self._store, value, None)

    def _validated_delta(self, value: Any) -> Any:
        """Return the primitive of a difference, to which the field's constraints don't apply."""
        check_delta(self, value)
        if isinstance(value, datetime.timedelta):
            seconds = seconds_of(value)
        elif isinstance(value, bool) or not isinstance(value, _NUMBERS):
            raise self._invalid(self.messages['delta'], value)
        else:
            seconds = self._guarded(lambda number, context: exact_number(number), value, None)
        parts = PER_SECOND if self.fractions else 1
        if seconds != to_number(divide(multiply(seconds, parts), parts)):
            raise self._invalid(
                self.messages['microseconds' if self.fractions else 'fractions'], value
            )
        return seconds

    def _validated_term(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            return self._primitive(self._native(value))
        return self._validated_delta(value)

    def _fail(self, message: str, value: object) -> NoReturn:
        raise ValidationError(problems=[Problem(self.messages[message], value)])


def seconds_of(duration: datetime.timedelta) -> Any:
    """Return the exact number of seconds of a ``timedelta``."""
    return to_number(divide(duration // _MICROSECOND, PER_SECOND))
