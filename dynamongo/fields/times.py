"""Fields of dates, times and durations."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import functools
import re
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._numbers import divide, is_plain, multiply, to_number
from dynamongo._schematics import DateTimeType, DateType, TimedeltaType
from dynamongo._typing import Date, DateLike, Duration, DurationLike, Moment, MomentLike
from dynamongo.exceptions import Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.numbers import check_delta
from dynamongo.fields.text import TextField
from dynamongo.fields.updating import NumericUpdates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, overload

    from typing_extensions import Unpack

    from dynamongo._typing import Default, MomentOptions, Numeric, Options, Unit

_DATE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}')

#: What the options about zones are where any moment is stored as it is.
_ANY_ZONE = ('allow', False, False)

_MICROSECOND = datetime.timedelta(microseconds=1)


class DateTimeField(TextField[Moment, MomentLike], DateTimeType):
    """A date and time; reads as :class:`datetime.datetime`, stored as ISO 8601 text.

    ISO 8601 text, and numbers, which are seconds since 1970 in UTC, are accepted as well. Text that
    is a mere number is refused. Microseconds, and offsets of whole minutes, are kept.

    Stored text sorts in the order of time only where all offsets are the same: for a range key use
    ``tzd='utc', convert_tz=True``.

    :param formats: a ``strptime`` format, or a list of them, that input may have instead of
        ISO 8601. What is stored already can be read in any case.
    :param serialized_format: the ``strftime`` format that is stored, or a callable that makes the
        text. Values that it can't hold without loss are refused. Default: ISO 8601.
    :param parser: a callable that makes a ``datetime`` of input.
    :param str tzd: ``'allow'`` (default) values with and without an offset, ``'require'`` one,
        take its absence as ``'utc'``, or ``'reject'`` it.
    :param bool convert_tz: convert values that have an offset to UTC. Default ``False``.
    :param bool drop_tzinfo: store without the offset. Default ``False``.
    :param kwargs: see :class:`Field` and :class:`schematics.types.DateTimeType`.

    >>> DateTimeField().to_native('2020-02-29T12:30:00Z')
    datetime.datetime(2020, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    """

    #: One moment is another text with another offset.
    _is_stored_by_value = False  # pyright: ignore

    MESSAGES = {
        'parse': 'Could not parse {0}. Should be ISO 8601 with a time of day, such as '
        '2020-02-29T00:00, or a timestamp',
    }

    _one: datetime.datetime

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: DateTimeField[datetime.datetime],
            *,
            required: Literal[True],
            default: Default[MomentLike] | None = ...,
            **options: Unpack[MomentOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: DateTimeField[datetime.datetime],
            *,
            required: bool = ...,
            default: Default[MomentLike],
            **options: Unpack[MomentOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: DateTimeField[datetime.datetime | None],
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[MomentOptions],
        ) -> None: ...

    @explained
    def __init__(
        self,
        formats: Any = None,
        serialized_format: Any = None,
        parser: Any = None,
        tzd: Any = 'allow',
        convert_tz: bool = False,
        drop_tzinfo: bool = False,
        **kwargs: Any,
    ) -> None:
        options: dict[str, Any] = {
            'formats': formats,
            'serialized_format': serialized_format,
            'parser': parser,
            'tzd': tzd,
            'convert_tz': convert_tz,
            'drop_tzinfo': drop_tzinfo,
            **kwargs,
        }
        try:
            super().__init__(**options)
        except ValueError as error:
            raise SchemaError(
                "takes 'allow', 'require', 'utc' or 'reject' as tzd", type(self).__name__, tzd
            ) from error
        self._stores_iso = self.serialized_format == self.SERIALIZED_FORMAT
        self._zones = (tzd, bool(convert_tz), bool(drop_tzinfo))

    @property
    def _storing(self) -> tuple[Any, ...]:
        return (*self._text_storing, self._zones)

    @property
    def _text_storing(self) -> tuple[Any, ...]:
        """What tells how text is made of a moment, whichever zone that has."""
        # What a callable makes is read as input is.
        reads = (self.formats, self.parser) if callable(self.serialized_format) else ()
        return (self._family, self.serialized_format, *reads)

    def _takes(self, source: Any) -> bool:
        if not isinstance(source, DateTimeField) or self._zones != _ANY_ZONE:
            return super()._takes(source)
        return self._text_storing == source._text_storing

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, bool):
            self._fail(self.messages['parse'].format(value), value)
        if isinstance(value, (int, float, decimal.Decimal)) and not (self.formats or self.parser):
            value = _from_timestamp(value)
        converted = super()._convert(value, context)
        if not isinstance(converted, datetime.datetime):
            self._fail(self.messages['parse'].format(value), value)
        return _with_plain_zone(converted)

    def from_string(self, value: str) -> datetime.datetime | None:
        """Return the ``datetime`` that ISO 8601 text stands for, or ``None``."""
        return parse_iso(value)

    def from_timestamp(self, value: object) -> None:
        """Refuse what schematics takes for a timestamp: numbers don't come this way."""
        return None

    def _from_stored(self, value: Any) -> Any:
        if isinstance(value, str):
            parsed = parse_iso(value) or self._parse_stored(value)
            if parsed is not None:
                return parsed
        return self._native(value)

    def _parse_stored(self, text: str) -> datetime.datetime | None:
        if callable(self.serialized_format):
            return None
        try:
            return _with_plain_zone(datetime.datetime.strptime(text, self.serialized_format))
        except ValueError:
            return None

    def _store(self, value: Any, context: Any) -> Any:
        offset = value.utcoffset()
        if offset is not None and offset % datetime.timedelta(minutes=1):
            self._fail('the offset from UTC must be whole minutes', value)
        if self._stores_iso:
            return _to_iso(value, offset)
        if callable(self.serialized_format):
            text = self.serialized_format(value)
        else:
            text = value.strftime(self.serialized_format)
        if self._from_stored(text) != value:
            self._fail(
                f"serialized_format {self.serialized_format!r} can't hold it without loss", value
            )
        return text


class DateField(TextField[Date, DateLike], DateType):
    """A date; reads as :class:`datetime.date`, stored as ``YYYY-MM-DD``.

    A ``datetime`` is accepted at midnight without an offset only, since its time would be lost.

    :param formats: a ``strptime`` format, or a list of them, that input may have instead of
        ``YYYY-MM-DD``. What is stored already can be read in any case.
    :param kwargs: see :class:`Field` and :class:`schematics.types.DateType`.

    >>> DateField().to_native('2020-02-29')
    datetime.date(2020, 2, 29)
    """

    _one: datetime.date

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: DateField[datetime.date],
            formats: str | Iterable[str] | None = ...,
            *,
            required: Literal[True],
            default: Default[DateLike] | None = ...,
            **options: Unpack[Options[DateLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: DateField[datetime.date],
            formats: str | Iterable[str] | None = ...,
            *,
            required: bool = ...,
            default: Default[DateLike],
            **options: Unpack[Options[DateLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: DateField[datetime.date | None],
            formats: str | Iterable[str] | None = ...,
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[DateLike]],
        ) -> None: ...

    @explained
    def __init__(self, formats: Any = None, **kwargs: Any) -> None:
        options: dict[str, Any] = {'formats': formats, **kwargs}
        super().__init__(**options)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, datetime.datetime) and (
            value.tzinfo or value.time() != datetime.time()
        ):
            self._fail('a date has no time of day, which would be lost; pass value.date()', value)
        if isinstance(value, (datetime.date, str)):
            return super()._convert(value, context)
        return self._fail(self.conversion_errmsg.format(value, ', '.join(self.formats)), value)

    def _from_stored(self, value: Any) -> Any:
        if isinstance(value, str) and _DATE.fullmatch(value):
            with contextlib.suppress(ValueError):  # The 30th of February is left to _native().
                return datetime.date.fromisoformat(value)
        return self._native(value)

    def _store(self, value: Any, context: Any) -> Any:
        return value.isoformat()


class TimedeltaField(NumericUpdates[DurationLike], Field[Duration, DurationLike], TimedeltaType):
    """A duration; reads as :class:`datetime.timedelta`, stored as a number of units.

    Durations are kept to the microsecond, whatever the unit. Numbers, and text of one, are accepted
    as well and count units.

    ``add``, ``subtract`` and sums in updates take them too. Where the unit is longer than a second,
    a duration such as 20 minutes of an hour takes all the 38 digits that DynamoDB has, and a sum
    with one digit more is refused by DynamoDB; take ``'seconds'`` or a shorter unit to add to.

    :param str precision: the unit: ``'weeks'``, ``'days'``, ``'hours'``, ``'minutes'``,
        ``'seconds'`` (default), ``'milliseconds'`` or ``'microseconds'``.
    :param kwargs: see :class:`Field` and :class:`schematics.types.TimedeltaType`.

    .. versionadded:: 0.2
        ``add``, ``subtract``, ``increment`` and ``decrement``.

    >>> TimedeltaField().to_primitive(datetime.timedelta(seconds=1.5))
    Decimal('1.5')
    """

    MESSAGES = {'convert': 'is no duration: takes a timedelta, or a number of {1}'}

    _can: Numeric[DurationLike]  # type: ignore[assignment]
    _one: datetime.timedelta

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: TimedeltaField[datetime.timedelta],
            precision: Unit = ...,
            *,
            required: Literal[True],
            default: Default[DurationLike] | None = ...,
            **options: Unpack[Options[DurationLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: TimedeltaField[datetime.timedelta],
            precision: Unit = ...,
            *,
            required: bool = ...,
            default: Default[DurationLike],
            **options: Unpack[Options[DurationLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: TimedeltaField[datetime.timedelta | None],
            precision: Unit = ...,
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[DurationLike]],
        ) -> None: ...

    @explained
    def __init__(self, precision: Any = 'seconds', **kwargs: Any) -> None:
        options: dict[str, Any] = {'precision': precision, **kwargs}
        try:
            super().__init__(**options)
        except (AttributeError, ValueError) as error:
            raise SchemaError(
                "takes 'seconds', 'milliseconds' or 'microseconds' as precision",
                type(self).__name__,
                precision,
            ) from error
        self._unit = self._scale = datetime.timedelta(**{self.precision: 1}) // _MICROSECOND

    @property
    def _storing(self) -> tuple[Any, ...]:
        return (*super()._storing, self._unit)

    def _holds_numbers_of(self, source: Any) -> bool:
        # Whatever the sum is, it is read to the microsecond.
        return True

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, datetime.timedelta):
            return value
        message = self.messages['convert'].format(value, self.precision)
        number = isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)
        if not (number or (isinstance(value, str) and is_plain(value))):
            raise ValidationError(problems=[Problem(message, value)])
        try:
            return datetime.timedelta(microseconds=multiply(value, self._unit))
        except (ArithmeticError, ValueError) as error:
            raise ValidationError(problems=[Problem(message, value)]) from error

    def _store(self, value: Any, context: Any) -> Any:
        return to_number(divide(value // _MICROSECOND, self._unit))

    def _validated_delta(self, value: Any) -> Any:
        """Return the primitive of a difference, to which the field's constraints don't apply."""
        check_delta(self, value)
        return self._primitive(self._native(value))


def _from_timestamp(value: Any) -> datetime.datetime:
    """Return the moment in UTC that is so many seconds after 1970 began."""
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    microseconds: int = multiply(value, 1_000_000)
    return epoch + datetime.timedelta(microseconds=microseconds)


@functools.cache
def _moments() -> re.Pattern[str]:
    """Return the pattern of what schematics' parser accepts, and nothing after it."""
    return re.compile(
        r'([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,6}))?'
        r'(Z|[+\u2212-][0-9]{2}(?::?[0-9]{2})?)?'
    )


def parse_iso(text: str) -> datetime.datetime | None:
    """Return the ``datetime`` that ISO 8601 text stands for, or ``None``."""
    match = _moments().fullmatch(text)
    if match is None:
        return None
    date, clock, seconds, fraction, zone = match.groups()
    if fraction and not seconds:
        return None
    iso = f'{date}T{clock}{seconds or ":00"}.{(fraction or "0"):0<6}'
    if zone:
        digits = zone[1:].replace(':', '')
        sign = '+' if zone[0] == '+' else '-'
        iso += '+00:00' if zone == 'Z' else f'{sign}{digits[:2]}:{digits[2:] or "00"}'
    try:
        return datetime.datetime.fromisoformat(iso)
    except ValueError:
        return None


def _with_plain_zone(value: datetime.datetime) -> datetime.datetime:
    """Return a ``datetime`` whose fixed offset, if it has one of schematics' own, is Python's."""
    offset = value.utcoffset()
    if offset is not None and isinstance(value.tzinfo, DateTimeType.fixed_timezone):
        return value.replace(tzinfo=datetime.timezone(offset))
    return value


def _to_iso(value: datetime.datetime, offset: datetime.timedelta | None) -> str:
    # strftime('%Y') doesn't pad years before 1000 on every platform.
    text = value.replace(tzinfo=None).isoformat(timespec='microseconds')
    if offset is None:
        return text
    minutes = offset // datetime.timedelta(minutes=1)
    sign = '-' if minutes < 0 else '+'
    return f'{text}{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}'
