"""What is used of schematics, which says nothing of its types itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    import re
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, ClassVar

    class BaseError(Exception):
        errors: Any

    class StopValidationError(BaseError): ...

    class UndefinedType: ...

    Undefined: UndefinedType

    def get_validation_context(**options: Any) -> Any: ...

    class BaseType:
        MESSAGES: ClassVar[dict[str, str]]
        EXPORT_METHODS: ClassVar[dict[str, str]]
        _validators: ClassVar[Mapping[str, int]]
        primitive_type: Any
        native_type: Any
        required: bool
        serialized_name: str | None
        choices: list[Any] | None
        deserialize_from: list[str]
        validators: list[Callable[..., object]]
        messages: dict[str, str]
        metadata: dict[str, Any]
        # What a model or a dict declares has one. Of any other field it is None.
        name: str
        export_mapping: dict[str, Callable[..., Any]]
        _default: Any

        def __init__(
            self,
            required: bool = ...,
            default: Any = ...,
            serialized_name: str | None = ...,
            choices: Iterable[Any] | None = ...,
            validators: Iterable[Callable[..., object]] | None = ...,
            deserialize_from: str | Iterable[str] | None = ...,
            export_level: Any = ...,
            serialize_when_none: bool | None = ...,
            messages: Mapping[str, str] | None = ...,
            metadata: Mapping[str, Any] | None = ...,
            **options: Any,
        ) -> None: ...

        @property
        def default(self) -> Any: ...

        def to_native(self, value: Any, context: Any = None) -> Any: ...

        def to_primitive(self, value: Any, context: Any = None) -> Any: ...

        def validate(self, value: Any, context: Any = None) -> Any: ...

    class NumberType(BaseType):
        number_type: str
        strict: bool
        min_value: Any
        max_value: Any

    class IntType(NumberType): ...

    class FloatType(NumberType): ...

    class DecimalType(NumberType): ...

    class BooleanType(BaseType): ...

    class StringType(BaseType):
        regex: re.Pattern[str] | None
        max_length: int | None
        min_length: int | None

    class EmailType(StringType):
        EMAIL_REGEX: ClassVar[re.Pattern[str]]

    class URLType(StringType):
        verify_exists: bool

        def valid_url(self, value: str) -> bool: ...

    class IPAddressType(StringType): ...

    class UUIDType(BaseType): ...

    class DateType(BaseType):
        formats: list[str]
        conversion_errmsg: str

    class DateTimeType(BaseType):
        SERIALIZED_FORMAT: ClassVar[str]
        fixed_timezone: ClassVar[type[datetime.tzinfo]]
        formats: list[str] | None
        parser: Callable[[Any], datetime.datetime] | None
        serialized_format: str | Callable[[datetime.datetime], str]

    class TimedeltaType(BaseType):
        precision: str

else:
    from schematics.exceptions import BaseError, StopValidationError
    from schematics.types import (
        BaseType,
        BooleanType,
        DateTimeType,
        DateType,
        DecimalType,
        EmailType,
        FloatType,
        IntType,
        IPAddressType,
        StringType,
        TimedeltaType,
        URLType,
        UUIDType,
    )
    from schematics.undefined import Undefined
    from schematics.validate import get_validation_context

__all__ = [
    'BaseError',
    'BaseType',
    'BooleanType',
    'DateTimeType',
    'DateType',
    'DecimalType',
    'EmailType',
    'FloatType',
    'IPAddressType',
    'IntType',
    'StopValidationError',
    'StringType',
    'TimedeltaType',
    'URLType',
    'UUIDType',
    'Undefined',
    'get_validation_context',
]
