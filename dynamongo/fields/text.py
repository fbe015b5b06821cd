"""Fields of text: strings, and what is stored as one."""

from __future__ import annotations

import http.client
import ipaddress
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import to_text
from dynamongo._schematics import EmailType, IPAddressType, StringType, URLType, UUIDType
from dynamongo._typing import UUID, G, Text, UUIDLike, V
from dynamongo.exceptions import Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from typing import Literal, NoReturn, overload

    from typing_extensions import Unpack

    from dynamongo._typing import Default, Options, TextOptions, Textual

#: RFC 5321, section 4.5.3.1: octets of a local part, and of a path without its brackets.
MAX_EMAIL_LOCAL_PART = 64
MAX_EMAIL = 254

#: Seconds that ``URLField(verify_exists=True)`` waits for an answer.
VERIFY_TIMEOUT = 10


class TextField(Field[V, G]):
    """What the fields of text have in common."""

    _can: Textual  # type: ignore[assignment]

    def _store(self, value: Any, context: Any) -> Any:
        try:
            return to_text(value if isinstance(value, str) else str(value))
        except ValueError as error:
            self._fail(str(error), value)

    def _fail(self, message: str, value: object) -> NoReturn:
        raise ValidationError(problems=[Problem(message, value)])


class PatternField(TextField[Text, str]):
    """Text that may have to match a pattern and keep to a length."""

    _one: str
    regex: re.Pattern[str] | None
    max_length: int | None
    min_length: int | None

    MESSAGES = {
        'convert': 'takes text, a str',
        'decode': 'takes no bytes but those of UTF-8; a BinaryField holds any',
        'max_length': 'at most {0} characters are allowed',
        'min_length': 'at least {0} characters are needed',
        'regex': 'does not match {0!r} as a whole',
    }

    def _convert(self, value: Any, context: Any) -> Any:
        # A member of an enum of str is the text that it stands for.
        return str.__str__(super()._convert(value, context))

    @explained
    def __init__(
        self, *args: Any, max_length: Any = None, min_length: Any = None, **kwargs: Any
    ) -> None:
        self._check_limits(int, max_length=max_length, min_length=min_length)
        options: dict[str, Any] = {'max_length': max_length, 'min_length': min_length, **kwargs}
        super().__init__(*args, **options)

    def validate_length(self, value: Any, context: Any = None) -> None:
        """Check the number of characters against ``min_length`` and ``max_length``."""
        if self.max_length is not None and len(value) > self.max_length:
            self._fail(self.messages['max_length'].format(self.max_length), value)
        if self.min_length is not None and len(value) < self.min_length:
            self._fail(self.messages['min_length'].format(self.min_length), value)

    def validate_regex(self, value: str, context: Any = None) -> None:
        """Check the text as a whole against ``regex``, where one is declared."""
        if self.regex is not None and self.regex.fullmatch(value) is None:
            self._fail(self.messages['regex'].format(self.regex.pattern), value)


class StringField(PatternField[Text], StringType):
    """Text; reads as ``str``.

    Ints, and bytes that are UTF-8, are accepted as well.

    :param str regex: a pattern that the whole text must match. Default: any text.
    :param int max_length: the largest number of characters. Default: any.
    :param int min_length: the smallest number of characters. Default: any.
    :param bool keep_empty: the empty text is a value, which is stored and compared as any other,
        instead of nothing. A key must not be empty all the same. Default ``False``.
    :param kwargs: see :class:`Field` and :class:`schematics.types.StringType`.

    .. versionadded:: 0.2
        ``keep_empty``

    >>> StringField(regex='[a-z]+').validate('abc')
    'abc'
    >>> StringField(required=True, keep_empty=True).validate('')
    ''
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: StringField[str],
            regex: str | None = ...,
            *,
            keep_empty: bool = ...,
            required: Literal[True],
            default: Default[str] | None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: StringField[str],
            regex: str | None = ...,
            *,
            keep_empty: bool = ...,
            required: bool = ...,
            default: Default[str],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: StringField[str | None],
            regex: str | None = ...,
            *,
            keep_empty: bool = ...,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...

    @explained
    def __init__(
        self,
        regex: Any = None,
        max_length: Any = None,
        min_length: Any = None,
        *,
        keep_empty: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(regex=regex, max_length=max_length, min_length=min_length, **kwargs)
        if not isinstance(keep_empty, bool):
            raise SchemaError('takes True or False as keep_empty', type(self).__name__, keep_empty)
        self._keeps_empty = keep_empty

    def _is_nothing(self, value: object) -> bool:
        return value is None or (not self._keeps_empty and is_empty(value))

    def _takes(self, source: Any) -> bool:
        return super()._takes(source) or (self._is_plain and source.primitive_type is str)


class EmailField(PatternField[Text], EmailType):
    """An e-mail address; reads as ``str``.

    The address is stored as it was given: upper and lower case stay. International domain names are
    accepted. The local part has at most 64 octets and the address at most 254 (RFC 5321).

    :param str regex: a pattern that the whole address must match. Default: any.
    :param int max_length: the largest number of characters. Default: any.
    :param int min_length: the smallest number of characters. Default: any.
    :param kwargs: see :class:`Field` and :class:`schematics.types.EmailType`.

    >>> EmailField().validate('john@example.com')
    'john@example.com'
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: EmailField[str],
            regex: str | None = ...,
            *,
            required: Literal[True],
            default: Default[str] | None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: EmailField[str],
            regex: str | None = ...,
            *,
            required: bool = ...,
            default: Default[str],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: EmailField[str | None],
            regex: str | None = ...,
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...

    @explained
    def __init__(
        self, regex: Any = None, max_length: Any = None, min_length: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(regex=regex, max_length=max_length, min_length=min_length, **kwargs)

    def validate_email(self, value: str, context: Any = None) -> None:
        """Check that the text is an e-mail address."""
        local, _, domain = value.rpartition('@')
        try:
            ascii_domain = domain.encode('idna').decode('ascii') if domain else ''
        except UnicodeError:
            ascii_domain = ''
        address = f'{local}@{ascii_domain}'
        # Case folding must not turn other alphabets into ASCII, so the local part is checked first.
        well_formed = (
            local.isascii()
            and not re.search(r'[\x00-\x1f\x7f]', value)
            and len(local) <= MAX_EMAIL_LOCAL_PART
            and len(address) <= MAX_EMAIL
            and EmailType.EMAIL_REGEX.fullmatch(address)
        )
        if not well_formed:
            self._fail(self.messages['email'], value)


class URLField(PatternField[Text], URLType):
    """An ``http`` or ``https`` URL; reads as ``str``.

    :param bool fqdn: the host must be a fully qualified domain name or an address, so that
        ``localhost`` is refused. Default ``True``.
    :param bool verify_exists: open the URL when a value is validated and refuse it unless it can be
        read within 10 seconds. Default ``False``: nothing is opened.
    :param kwargs: see :class:`Field` and :class:`schematics.types.URLType`.

    >>> URLField(fqdn=False).validate('http://localhost:8080/')
    'http://localhost:8080/'
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: URLField[str],
            fqdn: bool = ...,
            verify_exists: bool = ...,
            *,
            regex: str | None = ...,
            required: Literal[True],
            default: Default[str] | None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: URLField[str],
            fqdn: bool = ...,
            verify_exists: bool = ...,
            *,
            regex: str | None = ...,
            required: bool = ...,
            default: Default[str],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: URLField[str | None],
            fqdn: bool = ...,
            verify_exists: bool = ...,
            *,
            regex: str | None = ...,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...

    @explained
    def __init__(self, fqdn: bool = True, verify_exists: bool = False, **kwargs: Any) -> None:
        super().__init__(fqdn=fqdn, verify_exists=verify_exists, **kwargs)

    def validate_(self, value: str, context: Any = None) -> None:
        """Check that the text is a URL and, where asked, that it can be opened."""
        try:
            well_formed = '\n' not in value and self.valid_url(value)
        except ValueError:
            well_formed = False
        if not well_formed:
            self._fail(self.messages['invalid_url'], value)
        if self.verify_exists and not _opens(value):
            self._fail(self.messages['not_found'], value)


class UUIDField(TextField[UUID, UUIDLike], UUIDType):
    """A universally unique identifier; reads as :class:`uuid.UUID`, stored as text.

    :param kwargs: see :class:`Field` and :class:`schematics.types.UUIDType`.

    >>> UUIDField().to_native('12345678-1234-5678-1234-567812345678')
    UUID('12345678-1234-5678-1234-567812345678')
    """

    MESSAGES = {
        'convert': 'takes a UUID, or its text, such as 12345678-1234-5678-1234-567812345678'
    }

    _one: uuid.UUID

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: UUIDField[uuid.UUID],
            *,
            required: Literal[True],
            default: Default[UUIDLike] | None = ...,
            **options: Unpack[Options[UUIDLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: UUIDField[uuid.UUID],
            *,
            required: bool = ...,
            default: Default[UUIDLike],
            **options: Unpack[Options[UUIDLike]],
        ) -> None: ...
        @overload
        def __init__(
            self: UUIDField[uuid.UUID | None],
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[UUIDLike]],
        ) -> None: ...

    @explained
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, (str, uuid.UUID)):
            return super()._convert(value, context)
        return self._fail(self.messages['convert'].format(value), value)


class IPAddressField(PatternField[Text], IPAddressType):
    """An IPv4 or IPv6 address; reads as ``str``, as it was given.

    :param str regex: a pattern that the whole address must match. Default: any.
    :param int max_length: the largest number of characters. Default: any.
    :param int min_length: the smallest number of characters. Default: any.
    :param kwargs: see :class:`Field` and :class:`schematics.types.IPAddressType`.

    >>> IPAddressField().validate('::1')
    '::1'
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: IPAddressField[str],
            regex: str | None = ...,
            *,
            required: Literal[True],
            default: Default[str] | None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: IPAddressField[str],
            regex: str | None = ...,
            *,
            required: bool = ...,
            default: Default[str],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: IPAddressField[str | None],
            regex: str | None = ...,
            *,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[TextOptions],
        ) -> None: ...

    @explained
    def __init__(
        self, regex: Any = None, max_length: Any = None, min_length: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(regex=regex, max_length=max_length, min_length=min_length, **kwargs)

    @classmethod
    def valid_ip(cls, value: str) -> bool:
        """Tell whether the text is an address of either version, without zone or network."""
        try:
            ipaddress.ip_address(value)
        except ValueError:
            return False
        return '%' not in value

    def validate_(self, value: str, context: Any = None) -> None:
        """Check that the text is an address."""
        if not self.valid_ip(value):
            self._fail('Not a well-formed IP address', value)


def _opens(url: str) -> bool:
    """Tell whether a URL can be read."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition('@')[2]
    safe = urllib.parse.urlunsplit(
        (
            parts.scheme,
            host if host.isascii() else host.encode('idna').decode('ascii'),
            urllib.parse.quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or '/',
            urllib.parse.quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]"),
            '',
        )
    )
    try:
        with urllib.request.urlopen(safe, timeout=VERIFY_TIMEOUT):
            return True
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return False
