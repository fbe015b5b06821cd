"""Fields of numbers and booleans."""

from __future__ import annotations

import decimal
import re
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._numbers import MAX_DIGITS, is_plain, to_number
from dynamongo._paths import Operand
from dynamongo._schematics import BooleanType, DecimalType, FloatType, IntType
from dynamongo._typing import Bool, Decimal, DecimalLike, Float, G, Generic, Int, V
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.signature import Signature
from dynamongo.fields.updating import NumericUpdates

if TYPE_CHECKING:
    from typing import Literal, overload

    from typing_extensions import Never, Unpack

    from dynamongo._typing import (
        Alone,
        Can,
        Default,
        Free,
        Naming,
        Number,
        NumberOptions,
        Numeric,
        Only,
        Options,
    )
    from dynamongo.updates import AddUpdate, RemoveUpdate, SetUpdate

_INTEGER = re.compile(r'[+-]?[0-9]+')

#: The largest version, which none follows: the largest whole number that DynamoDB holds exactly.
_LAST_VERSION = 10**MAX_DIGITS - 1


class NumberField(NumericUpdates[G], Field[V, G], Generic[V, G]):
    """What the fields of numbers have in common."""

    _can: Numeric[G]  # type: ignore[assignment]
    number_type: str

    @explained
    def __init__(self, min_value: Any = None, max_value: Any = None, **kwargs: Any) -> None:
        self._check_limits((int, float, decimal.Decimal), min_value=min_value, max_value=max_value)
        options: dict[str, Any] = {'min_value': min_value, 'max_value': max_value, **kwargs}
        super().__init__(**options)

    def _not_a_number(self, value: object) -> ValidationError:
        message = self.messages['number_coerce'].format(value, self.number_type.lower())
        return ValidationError(problems=[Problem(message.rstrip('.'), value)])

    def _store(self, value: Any, context: Any) -> Any:
        return self._exact(value)

    def _exact(self, value: Any) -> Any:
        """Return the exact number to store."""
        return exact_number(value)

    def _takes(self, source: Any) -> bool:
        plain = isinstance(source, NumberField) and self._is_plain and source._is_plain
        return super()._takes(source) or (plain and self._holds_numbers_of(source))

    def _validated_delta(self, value: Any) -> Any:
        """Return the primitive of a difference, to which the field's constraints don't apply."""
        check_delta(self, value)
        return self._primitive(self._native(value))


def exact_number(value: Any) -> Any:
    """Return the exact number to store.

    :raises ValidationError: where DynamoDB holds no such number.
    """
    try:
        return to_number(value)
    except ValueError as error:
        raise ValidationError(problems=[Problem(str(error), value)]) from error


def check_delta(field: Field, value: Any) -> None:
    """Raise where a difference is an attribute, or nothing."""
    if isinstance(value, Operand):
        raise ExpressionError(
            f'{field._label}: add() and subtract() take a number, not an attribute', value
        )
    if value is None:
        raise field._invalid('add() and subtract() take a number', value)


class IntField(NumberField[Int, int], IntType):
    """A whole number of at most 38 digits; reads as ``int``.

    Integral floats and decimals, and text of digits, are accepted as well. Unlike schematics' type,
    it takes no booleans and no text with blanks or underscores.

    :param int min_value: the smallest value allowed. Default: any.
    :param int max_value: the largest value allowed. Default: any.
    :param bool strict: accept nothing but ``int`` and text. Default ``False``.
    :param kwargs: see :class:`Field` and :class:`schematics.types.IntType`.

    >>> IntField(min_value=0).validate('12')
    12
    """

    MESSAGES = {'number_coerce': 'takes a whole number: an int, or text of digits'}

    _one: int

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: IntField[int],
            *,
            required: Literal[True],
            default: Default[int] | None = ...,
            **options: Unpack[NumberOptions[int]],
        ) -> None: ...
        @overload
        def __init__(
            self: IntField[int],
            *,
            required: bool = ...,
            default: Default[int],
            **options: Unpack[NumberOptions[int]],
        ) -> None: ...
        @overload
        def __init__(
            self: IntField[int | None],
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[NumberOptions[int]],
        ) -> None: ...

    @explained
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, str) and not _INTEGER.fullmatch(value)):
            raise self._not_a_number(value)
        return int(super()._convert(value, context))

    def _from_stored(self, value: Any) -> Any:
        # What is stored is a Decimal, which strict=True is not meant to refuse.
        whole = isinstance(value, decimal.Decimal) and value == value.to_integral_value()
        return int(value) if whole else self._native(value)


class VersionField(IntField['int | None']):
    """A number that counts the writes of an item, so that no write is lost between two users.

    A model may have one. The first save stores 1, and each save and each update adds 1. An instance
    is saved, updated or deleted only while the stored item has the version that the instance has:
    otherwise someone else has changed it since, and
    :exc:`.ConditionalCheckFailedException` carries the item as it is now. An instance without a
    version is saved only where the stored item, if there is any, has none. A version is less than
    10**38 - 1, the largest whole number that DynamoDB holds exactly, so that another can follow.

    That goes for the methods of instances, for what saves instances, and for :class:`.Transaction`.
    Strategies select by key alone, also where an instance stands for its key: ``update_one`` and
    ``update_many`` add to the version and don't look at it, nor do ``delete_one`` and
    ``delete_many``.

    :param str attribute: the name of the attribute in the table. Default: the name of the field.
    :param kwargs: ``serialized_name``, ``deserialize_from`` and ``metadata``, see :class:`Field`.

    .. code-block:: python

        class Account(Model):
            __table__ = 'accounts'
            __hash_key__ = 'id'

            id = StringField(required=True)
            balance = IntField(default=0)
            version = VersionField()

    .. versionadded:: 0.2
    """

    _OPTIONS = frozenset({'attribute', 'serialized_name', 'deserialize_from', 'metadata'})

    __signature__ = Signature(_OPTIONS)

    _is_for_models = True

    if TYPE_CHECKING:
        _place: Alone  # type: ignore[assignment]

        # No update of a version is sent, since dynamongo counts the versions itself.

        def set(self: Can[Free], value: object) -> SetUpdate: ...

        def set_if_not_exists(self: Can[Free], value: object) -> SetUpdate: ...

        def remove(self: Can[Free]) -> RemoveUpdate: ...

        def add(self: Can[Free], value: object) -> AddUpdate: ...

        def subtract(self: Can[Free], value: object) -> AddUpdate: ...

        def increment(self: Can[Free], value: object = ...) -> AddUpdate: ...

        def decrement(self: Can[Free], value: object = ...) -> AddUpdate: ...

    @explained
    def __init__(self, *args: Never, **kwargs: Unpack[Naming]) -> None:
        odd = [*map(repr, args), *(option for option in kwargs if option not in self._OPTIONS)]
        if odd:
            raise SchemaError(
                f'takes no {odd[0]}: dynamongo counts the versions itself', type(self).__name__
            )
        super().__init__(min_value=0, **kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        version = super()._convert(value, context)
        if abs(version) >= _LAST_VERSION:
            message = f'a version is less than 10**{MAX_DIGITS} - 1, so that another can follow it'
            raise ValidationError(problems=[Problem(message, value)])
        return version

    def _after(self, version: int | None) -> int:
        """Return the version that follows one, or ``None``."""
        return (version or 0) + 1


class FloatField(NumberField[Float, float], FloatType):
    """A floating-point number; reads as ``float``.

    What is stored is the shortest decimal that reads back as the same float. NaN and infinities are
    refused, and so are ints and decimals that no float equals.

    :param float min_value: the smallest value allowed. Default: any.
    :param float max_value: the largest value allowed. Default: any.
    :param bool strict: as in schematics.
    :param kwargs: see :class:`Field` and :class:`schematics.types.FloatType`.

    >>> FloatField().to_primitive(0.1)
    Decimal('0.1')
    """

    MESSAGES = {'number_coerce': 'takes a number: a float, an int, or text such as 1.5'}

    _one: float

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: FloatField[float],
            *,
            required: Literal[True],
            default: Default[float] | None = ...,
            **options: Unpack[NumberOptions[float]],
        ) -> None: ...
        @overload
        def __init__(
            self: FloatField[float],
            *,
            required: bool = ...,
            default: Default[float],
            **options: Unpack[NumberOptions[float]],
        ) -> None: ...
        @overload
        def __init__(
            self: FloatField[float | None],
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[NumberOptions[float]],
        ) -> None: ...

    @explained
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, str) and not is_plain(value)):
            raise self._not_a_number(value)
        number = float(super()._convert(value, context))
        stored = self._exact(number)
        if not isinstance(value, (float, str)) and number != value and stored != self._exact(value):
            raise ValidationError(
                problems=[Problem('no float equals this number; it would be rounded', value)]
            )
        return number

    def _from_stored(self, value: Any) -> Any:
        return float(value) if isinstance(value, decimal.Decimal) else self._native(value)


class DecimalField(NumberField[Decimal, DecimalLike], DecimalType):
    """An exact decimal number of at most 38 digits; reads as :class:`decimal.Decimal`.

    Ints, floats, and text of a number are accepted as well. A float stands for the shortest decimal
    that reads back as it. NaN, infinities, and what DynamoDB can't hold exactly are refused.

    DynamoDB doesn't keep the zeros at the end of a fraction, so neither does the field:
    ``Decimal('1.50')`` becomes ``Decimal('1.5')``, which equals it. Format where digits count, for
    instance by ``f'{price:.2f}'``.

    :param min_value: the smallest value allowed. Default: any.
    :param max_value: the largest value allowed. Default: any.
    :param bool strict: accept no floats. Default ``False``.
    :param kwargs: see :class:`Field` and :class:`schematics.types.DecimalType`.

    >>> DecimalField().to_native('19.90')
    Decimal('19.9')

    .. versionadded:: 0.2
    """

    primitive_type = decimal.Decimal

    MESSAGES = {'number_coerce': 'takes a decimal number: a Decimal, an int, or text such as 9.99'}

    _one: decimal.Decimal

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: DecimalField[decimal.Decimal],
            min_value: Number | None = ...,
            max_value: Number | None = ...,
            *,
            strict: bool = ...,
            required: Literal[True],
            default: Default[DecimalLike] | None = ...,
            **options: Unpack[Options[DecimalLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: DecimalField[decimal.Decimal],
            min_value: Number | None = ...,
            max_value: Number | None = ...,
            *,
            strict: bool = ...,
            required: bool = ...,
            default: Default[DecimalLike],
            **options: Unpack[Options[DecimalLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: DecimalField[decimal.Decimal | None],
            min_value: Number | None = ...,
            max_value: Number | None = ...,
            *,
            strict: bool = ...,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[DecimalLike]],
        ) -> None: ...

    @explained
    def __init__(
        self, min_value: Any = None, max_value: Any = None, *, strict: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(min_value, max_value, strict=strict, **kwargs)
        # As they are written: what 0.1 is exactly is more than Decimal('0.1').
        self.min_value = self._limit('min_value', min_value)
        self.max_value = self._limit('max_value', max_value)
        self._convert_choices()

    def _limit(self, name: str, value: Any) -> decimal.Decimal | None:
        try:
            return None if value is None else decimal.Decimal(to_number(value))
        except ValueError as error:
            raise SchemaError(f'takes no such {name}: {error}', type(self).__name__) from error

    def _convert(self, value: Any, context: Any) -> Any:
        number = isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)
        if not number and not (isinstance(value, str) and is_plain(value)):
            raise self._not_a_number(value)
        if self.strict and isinstance(value, float):
            raise self._not_a_number(value)
        exact = decimal.Decimal(str.__str__(value)) if isinstance(value, str) else value
        return decimal.Decimal(self._exact(exact))

    def _from_stored(self, value: Any) -> Any:
        return self._native(value)


class BooleanField(Field[Bool, bool], BooleanType):
    """A truth value; reads as ``bool``.

    ``'True'``, ``'true'``, ``'1'`` and 1, and their opposites, are accepted as well.

    :param kwargs: see :class:`Field` and :class:`schematics.types.BooleanType`.

    >>> BooleanField().to_native('false')
    False
    """

    _can: Only  # type: ignore[assignment]
    _one: bool

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: BooleanField[bool],
            *,
            required: Literal[True],
            default: Default[bool] | None = ...,
            **options: Unpack[Options[bool]],
        ) -> None: ...
        @overload
        def __init__(
            self: BooleanField[bool],
            *,
            required: bool = ...,
            default: Default[bool],
            **options: Unpack[Options[bool]],
        ) -> None: ...
        @overload
        def __init__(
            self: BooleanField[bool | None],
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[bool]],
        ) -> None: ...

    @explained
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, decimal.Decimal) and value in (0, 1):
            return bool(value)
        return super()._convert(value, context)

    def _store(self, value: Any, context: Any) -> Any:
        return bool(value)
