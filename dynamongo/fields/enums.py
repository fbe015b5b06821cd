"""The field of members of an enumeration."""

from __future__ import annotations

import decimal
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any

from dynamongo._calling import explained
from dynamongo._documents import to_text
from dynamongo._numbers import to_number
from dynamongo._typing import Member, V
from dynamongo.exceptions import Problem, SchemaError, ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.numbers import exact_number
from dynamongo.utils import is_empty, is_subclass

if TYPE_CHECKING:
    from typing import Literal, TypeVar, overload

    from typing_extensions import Unpack

    M = TypeVar('M', bound=Enum)

    from dynamongo._typing import Default, Options, Textual

_NUMBERS = (int, float, decimal.Decimal)


class EnumField(Field[V, Member]):
    """A member of an :class:`enum.Enum`; reads as the member, stored as its value or its name.

    What is stored of the members is text of all of them, or a number of all of them. Order and
    ``begins_with`` follow what is stored. A member and what is stored of it are accepted, members
    of other classes aren't; ``<``, ``<=``, ``>``, ``>=`` and ``between`` take any text, or any
    number, as bounds. What is stored and belongs to no member can't be read. With ``by='name'``,
    the name of an alias is read as well, so that a member can be renamed: keep its old name as an
    alias.

    :param enum: the class of the members.
    :param str by: what is stored: ``'value'`` (default) or ``'name'``.
    :param kwargs: see :class:`Field`. Choices and the default may be members.
    :raises SchemaError: where ``enum`` is no such class, has no members, or is a
        :class:`enum.Flag`, whose values may be combined; where values are neither all text nor all
        numbers, or two of them are stored alike; where one is the empty string, which counts as
        nothing.

    >>> import enum
    >>> class Colour(enum.Enum):
    ...     RED = 'r'
    ...     BLUE = 'b'
    >>> EnumField(Colour).to_native('r')
    <Colour.RED: 'r'>
    >>> EnumField(Colour, by='name').to_primitive(Colour.BLUE)
    'BLUE'

    .. versionadded:: 0.2
    """

    MESSAGES = {'member': 'takes a member of {0}, or what is stored of one: {1}'}

    _can: Textual  # type: ignore[assignment]
    _one: Member

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: EnumField[M, M],
            enum: type[M],
            *,
            by: Literal['value', 'name'] = ...,
            required: Literal[True],
            default: Default[M] | None = ...,
            **options: Unpack[Options[M]],
        ) -> None: ...
        @overload
        def __init__(
            self: EnumField[M, M],
            enum: type[M],
            *,
            by: Literal['value', 'name'] = ...,
            required: bool = ...,
            default: Default[M],
            **options: Unpack[Options[M]],
        ) -> None: ...
        @overload
        def __init__(
            self: EnumField[M | None, M],
            enum: type[M],
            *,
            by: Literal['value', 'name'] = ...,
            required: bool = ...,
            default: None = ...,
            **options: Unpack[Options[M]],
        ) -> None: ...

    @explained
    def __init__(self, enum: Any, *, by: Any = 'value', **kwargs: Any) -> None:
        if not is_subclass(enum, Enum) or is_subclass(enum, Flag) or not list(enum):
            raise SchemaError(
                'takes a class of enum.Enum that has members, and no enum.Flag',
                type(self).__name__,
                enum,
            )
        if by not in ('value', 'name'):
            raise SchemaError("takes 'value' or 'name' as by", type(self).__name__, by)
        self.enum = self.native_type = enum
        self.by = by
        #: What is stored of each member, by its name.
        self._forms = {member.name: self._form(member) for member in enum}
        kinds = {_kind_of(form) for form in self._forms.values()}
        if len(kinds) > 1:
            raise self._unfit('are neither all text nor all numbers')
        self.primitive_type = kinds.pop()
        #: The member of each stored form; aliases have a name, but no value, of their own.
        self._by_form = {form: enum[name] for name, form in self._forms.items()}
        if len(self._by_form) < len(self._forms):
            raise self._unfit('are not all stored in forms of their own')
        if by == 'name':
            self._by_form.update(enum.__members__)
        super().__init__(**kwargs)
        self._convert_choices()

    def _form(self, member: Enum) -> Any:
        """Return what is stored of a member."""
        form = member.name if self.by == 'name' else member.value
        if is_empty(member) or is_empty(form):
            raise self._unfit('have the empty string among them, which counts as nothing')
        try:
            if isinstance(form, str):
                return to_text(form)
            if isinstance(form, _NUMBERS) and not isinstance(form, bool):
                return to_number(form)
        except ValueError as error:
            raise self._unfit(f'have {form!r} among them: {error}') from error
        raise self._unfit(
            f"have {form!r} among them, which is neither text nor a number; by='name' stores names"
        )

    def _unfit(self, message: str) -> SchemaError:
        return SchemaError(f'the {self.by}s of {self.enum.__name__} {message}', type(self).__name__)

    def _convert(self, value: Any, context: Any) -> Any:
        if isinstance(value, self.enum):
            return value
        found = None
        if not isinstance(value, (Enum, bool)):
            if isinstance(value, str):
                found = self._by_form.get(str.__str__(value))
            elif isinstance(value, _NUMBERS):
                found = self._by_form.get(exact_number(value))
        if found is None:
            forms = ', '.join(map(repr, self._forms.values()))
            message = self.messages['member'].format(self.enum.__name__, forms)
            raise ValidationError(problems=[Problem(message, value)])
        return found

    def _from_stored(self, value: Any) -> Any:
        return self._native(value)

    def _store(self, value: Any, context: Any) -> Any:
        return self._forms[self._convert(value, context).name]

    @property
    def _storing(self) -> tuple[Any, ...]:
        return (*super()._storing, self.enum, self.by)

    def _ordered(self, value: Any) -> Any:
        # What is ordered is what is stored, and a bound needn't belong to a member.
        if type(self).to_native is Field.to_native and not isinstance(value, (Enum, bool)):
            text = self.primitive_type is str
            if text and isinstance(value, str):
                return self._guarded(lambda text, context: to_text(text), value, None)
            if not text and isinstance(value, _NUMBERS):
                return self._guarded(lambda number, context: exact_number(number), value, None)
        return super()._ordered(value)

    def _substring(self, method: str, value: Any) -> Any:
        # A member of a class that extends str is text too, but may be stored as another.
        part = self._primitive(value) if isinstance(value, self.enum) else value
        return super()._substring(method, part)


def _kind_of(form: Any) -> type[Any]:
    """Return the type that stands for the stored forms of an enumeration."""
    return str if isinstance(form, str) else decimal.Decimal
