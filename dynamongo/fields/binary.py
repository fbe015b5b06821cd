"""The field of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._typing import Bytes, BytesLike
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.fields.base import Field
from dynamongo.utils import BYTES

if TYPE_CHECKING:
    from typing import Literal, NoReturn, overload

    from typing_extensions import Unpack

    from dynamongo._typing import Binary, Default, Options


class BinaryField(Field[Bytes, BytesLike]):
    """Bytes; reads as :class:`bytes`, stored as binary.

    ``bytearray`` and ``memoryview`` are accepted as well, text isn't. No bytes at all, ``b''``, are
    a value, and not nothing; but a key needs a byte at least. DynamoDB orders binary byte by byte,
    as Python does.

    :param int max_length: the largest number of bytes. Default: any.
    :param int min_length: the smallest number of bytes. Default: any.
    :param kwargs: see :class:`Field`.

    >>> BinaryField(max_length=4).validate(bytearray(b'abc'))
    b'abc'

    .. versionadded:: 0.2
    """

    primitive_type = bytes
    native_type = bytes

    MESSAGES = {
        'text': 'bytes are needed, not str; encode the text first, for instance by value.encode()',
        'bytes': 'bytes are needed, not {0}',
        'max_length': 'at most {0} bytes are allowed',
        'min_length': 'at least {0} bytes are needed',
    }

    _can: Binary  # type: ignore[assignment]
    _one: bytes

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: BinaryField[bytes],
            max_length: int | None = ...,
            min_length: int | None = ...,
            *,
            required: Literal[True],
            default: Default[BytesLike] | None = ...,
            **options: Unpack[Options[BytesLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: BinaryField[bytes],
            max_length: int | None = ...,
            min_length: int | None = ...,
            *,
            required: bool = ...,
            default: Default[BytesLike],
            **options: Unpack[Options[BytesLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: BinaryField[bytes | None],
            max_length: int | None = ...,
            min_length: int | None = ...,
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[BytesLike]],
        ) -> None: ...

    @explained
    def __init__(self, max_length: Any = None, min_length: Any = None, **kwargs: Any) -> None:
        self._check_limits(int, max_length=max_length, min_length=min_length)
        super().__init__(**kwargs)
        self.max_length = max_length
        self.min_length = min_length

    def _convert(self, value: Any, context: Any) -> Any:
        if not isinstance(value, BYTES):
            what = 'text' if isinstance(value, str) else 'bytes'
            self._fail(self.messages[what].format(type(value).__name__), value)
        return bytes(value)

    def _from_stored(self, value: Any) -> Any:
        # boto3 wraps binary in a class of its own, which holds the bytes in .value.
        return self._native(getattr(value, 'value', value))

    def _store(self, value: Any, context: Any) -> Any:
        return self._convert(value, context)

    def validate_length(self, value: Any, context: Any = None) -> None:
        """Check the number of bytes against ``min_length`` and ``max_length``."""
        if self.max_length is not None and len(value) > self.max_length:
            self._fail(self.messages['max_length'].format(self.max_length), value)
        if self.min_length is not None and len(value) < self.min_length:
            self._fail(self.messages['min_length'].format(self.min_length), value)

    def _fail(self, message: str, value: object) -> NoReturn:
        raise ValidationError(problems=[Problem(message, value)])
