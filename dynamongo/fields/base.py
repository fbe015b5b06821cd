"""The field that every other field extends."""

from __future__ import annotations

import copy
import copyreg
import re
from typing import TYPE_CHECKING, Any

from dynamongo._documents import Unknown, from_document, to_document
from dynamongo._explaining import add_foreign, uncover, without_foreign
from dynamongo._foreign import FIELD_NAMES
from dynamongo._json import binary
from dynamongo._operands import Attribute
from dynamongo._schematics import (
    BaseError,
    BaseType,
    StopValidationError,
    Undefined,
    get_validation_context,
)
from dynamongo._typing import G, Generic, V
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.fields.comparing import Compared
from dynamongo.fields.copying import Copied
from dynamongo.fields.free import FreeUpdates
from dynamongo.fields.options import (
    declared_aliases,
    declared_attribute,
    refuse_no_flag,
    refuse_without_effect,
    unknown_option,
)
from dynamongo.fields.placing import Placed
from dynamongo.fields.signature import Signature
from dynamongo.fields.updating import Updatable
from dynamongo.fields.validators import Validator, as_list, problems_of, takes_instance, with_value
from dynamongo.utils import with_article

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import overload

    from typing_extensions import Self, Unpack

    from dynamongo._typing import Anywhere, Can, Free, Options

# What a conversion may let out when it is given something it has never seen.
_CONVERSION_ERRORS = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)


class Field(
    Placed, Compared, Copied, FreeUpdates, Attribute[G], Updatable[V, G], BaseType, Generic[V, G]
):
    """A value of any type that DynamoDB stores, and the base of the fields of one type.

    Numbers, strings, booleans, bytes, sets, and lists and dicts of them, nested freely, are stored
    as they are. See :mod:`schematics.types` for the types that the other fields extend.

    The comparisons ``==``, ``!=``, ``<``, ``<=``, ``>`` and ``>=`` make conditions, with a value or
    with another field. ``== None`` is met where the attribute is absent or NULL.

    Two fields are compared, and one is set to another, only where both store the same value in the
    same form. A bare field is free of that: whatever it is compared with or set to, and whatever is
    set to it, isn't checked.

    :param bool required: an item can't be saved while the value is empty. Default ``False``.
    :param default: the value of a new instance that isn't given one, or a callable that makes it.
        A callable that needs an argument gets the instance, and is called whenever the value is
        asked for until it is saved. Default: nothing.
    :param str attribute: the name of the attribute in the table, or of the member in its dict; at
        most 65535 bytes of UTF-8, and 255 characters where it is a key. Default: the name of the
        field. schematics' ``serialized_name`` says the same.
    :param choices: the values allowed, any iterable. Default: all.
    :param list validators: callables that take the value, or the value and a context, and raise
        :exc:`.ValidationError` where it is invalid.
    :param deserialize_from: another name, or a list of names, under which a value is accepted.
    :param dict messages: error texts that replace those in ``MESSAGES``.
    :param dict metadata: kept for the program's own use.

    >>> import dynamongo
    >>> class Note(dynamongo.Model):
    ...     __table__ = 'notes'
    ...     __hash_key__ = 'id'
    ...     id = dynamongo.StringField()
    ...     body = dynamongo.Field()
    >>> Note.body == {'lines': [1, 2]}
    Note.body == {'lines': [1, 2]}
    """

    #: What the class is declared with, as ``help()`` and editors show it.
    __signature__ = Signature()

    #: Whether the field has its place in a model alone, and not in a list or a dict.
    _is_for_models = False

    #: Whether the parts of a value have parts that are free to come and go, and never required.
    _has_free_parts = False

    #: Whether a value is validated as a whole, with what is wrong with each of its parts.
    _has_parts = False

    #: Whether a default that is a dict is completed by what is given, where it is a member.
    _merges_default = True

    #: Whether values can be keys and members of sets, if they are stored as such can be.
    _is_scalar = True

    if TYPE_CHECKING:
        #: What a field of the type can do, and what a list, a set or a map of it holds.
        _can: Free
        _one: Any
        _given: G
        _place: Anywhere

        _required: bool
        _aliases: tuple[str, ...]
        _compute: Callable[[Any], Any] | None
        _is_computed: bool
        _own_validators: tuple[Validator, ...]
        _checks: list[Callable[..., object]]

        def __init__(
            self, required: bool = ..., default: Any = ..., **options: Unpack[Options[Any]]
        ) -> None: ...

        @overload
        def __get__(self, instance: None, owner: type[Any]) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type[Any] | None = None) -> V: ...
        def __get__(self, instance: Any, owner: Any = None) -> Any: ...

        def __set__(self, instance: object, value: V | G) -> None: ...

        def __delete__(self, instance: object) -> None: ...

        def __getitem__(self: Can[Free], key: str | int) -> Field[Any, Any]: ...

    else:

        def __init__(
            self,
            *args,
            attribute=None,
            serialized_name=None,
            choices=None,
            validators=None,
            **kwargs,
        ):
            refuse_without_effect(type(self), kwargs)
            self._attribute = declared_attribute(type(self), attribute, serialized_name)
            try:
                super().__init__(
                    *args,
                    serialized_name=self._attribute,
                    choices=None if choices is None else as_list('choices', choices),
                    **kwargs,
                )
                own_validators = as_list('validators', validators or ())
            except (TypeError, re.error) as error:
                # Python's own message begins with the class and method that it arose in.
                message = str(error).rpartition('__init__() ')[2]
                reason = unknown_option(type(self), kwargs) or message
                if isinstance(error, re.error):
                    reason = f'regex is no regular expression: {error}'
                raise SchemaError(f'is declared wrongly: {reason}', type(self).__name__) from error
            self._own_validators = tuple(Validator(function) for function in own_validators)
            self._aliases = declared_aliases(type(self), self.deserialize_from)
            refuse_no_flag(type(self), vars(self))
            self._required = self.required
            self._name = None
            self._parent = None
            self._key = None
            self._model = None
            self._bind_validators()
            #: What computes the value of an instance from the others, and whether it always does.
            self._compute, self._is_computed = None, False
            if takes_instance(self._default):
                self._compute, self._default = self._default, Undefined

        def __get__(self, instance, owner=None):
            # Instances hold their values in their own __dict__, which shadows the field. This is
            # reached for values that an instance doesn't hold.
            if instance is None:
                return self
            return instance._absent(self)

        def __getitem__(self, key):
            """Return the member or the element that ``key`` leads to, as a field."""
            return self._member(key)

    def _check_limits(self, kind: Any, **limits: Any) -> None:
        """Raise where a limit that is declared is not of the kind that it limits."""
        for name, limit in limits.items():
            if limit is not None and (isinstance(limit, bool) or not isinstance(limit, kind)):
                what = 'an int' if kind is int else 'a number'
                raise SchemaError(f'takes {what} as {name}', type(self).__name__, limit)
        low, high = sorted(limits, reverse=True)
        least, most = limits[low], limits[high]
        if least is not None and most is not None and least > most:
            raise SchemaError(
                f'takes no {low} above its {high}', type(self).__name__, (least, most)
            )

    def _convert_choices(self) -> None:
        """Turn the choices into values of the field, where they may be given in another form."""
        if self.choices is None:
            return
        try:
            self.choices = [self._native(choice) for choice in self.choices]
        except ValidationError as error:
            raise SchemaError(f'has a choice that is none: {error}', type(self).__name__) from error

    def _bind_validators(self) -> None:
        own = [getattr(self, name) for name in self._validators]
        self._checks = self.validators = [*own, *self._own_validators]
        self.export_mapping = {
            form: getattr(self, method) for form, method in self.EXPORT_METHODS.items()
        }

    def _clone(self) -> Self:
        """Return an unbound copy, whose validators are its own."""
        clone = object.__new__(type(self))
        clone.__setstate__(self.__getstate__())
        clone._name = clone._key = None
        return clone

    def __getstate__(self) -> dict[str, Any]:
        # Validators and export methods are bound to this very object, and the object to its place.
        bound = ('validators', '_checks', 'export_mapping', '_parent', '_model')
        state = {name: value for name, value in self.__dict__.items() if name not in bound}
        return {**state, '_parent': None, '_model': None}

    def __reduce__(self) -> tuple[Any, ...]:
        owner = self._owner
        if owner is None:
            return copyreg.__newobj__, (type(self),), self.__getstate__()  # type: ignore[attr-defined]
        steps: list[Any] = []
        field: Field | None = self
        while field is not None:
            steps.append(field._name or field._key)
            field = field._parent
        return _field_at, (owner, steps[::-1])

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind_validators()

    def __copy__(self) -> Self:
        clone = self._clone()
        clone._name, clone._parent = self._name, self._parent
        clone._key, clone._model = self._key, self._model
        return clone

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()

    def __repr__(self) -> str:
        return f'<{type(self).__name__} {self._label}>'

    __iter__ = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        uncover(cls, Field, FIELD_NAMES)

    def __dir__(self) -> list[str]:
        return without_foreign(type(self), super().__dir__())

    def _member(self, key: Any) -> Field:
        if self.primitive_type is not None:
            raise ExpressionError(
                f'{self._label} is {with_article(type(self))}, which has no members', key
            )
        return self._child(Field(), key)

    # Values

    @property
    def default(self) -> Any:
        """The default value: a fresh copy each time, or ``None`` where there is none.

        A callable given as ``default`` is called each time; one that takes the instance isn't.
        """
        default = self._default
        if default is Undefined:
            return None
        return default() if callable(default) else copy.deepcopy(default)

    def to_native(self, value: Any, context: Any = None) -> Any:
        """Convert input to the field's Python type.

        The field's constraints don't apply; see :meth:`.Field.validate`.

        :param value: anything.
        :param context: passed on to schematics.
        :returns: the converted value, or ``None`` for ``None``.
        :raises ValidationError: where it can't be converted.
        """
        if value is None:
            return None
        return self._guarded(self._convert, value, context)

    def to_primitive(self, value: Any, context: Any = None) -> Any:
        """Convert a value to the form that is stored in DynamoDB.

        :param value: a value as :meth:`.Field.to_native` returns it.
        :param context: passed on to schematics.
        :returns: a ``str``, ``int``, ``Decimal``, ``bool``, ``bytes``, ``list``, ``dict``, ``set``,
            or ``None`` for ``None``.
        :raises ValidationError: where DynamoDB can't store the value exactly.
        """
        if value is None:
            return None
        return self._guarded(self._store, value, context)

    def _guarded(self, convert: Callable[[Any, Any], Any], value: Any, context: Any) -> Any:
        """Call ``convert``; whatever it raises becomes a :exc:`.ValidationError` with a name."""
        try:
            return convert(value, context)
        except ValidationError as error:
            error.where = self._label
            raise
        except BaseError as error:
            problems = problems_of(error, value)
            raise ValidationError(problems=problems, where=self._label) from error
        except _CONVERSION_ERRORS as error:
            text = f'not a value that {type(self).__name__} can hold: {error}'
            raise self._invalid(text, value) from error

    def validate(self, value: Any, context: Any = None) -> Any:
        """Convert a value and check it against everything that the field declares.

        :param value: anything.
        :param context: passed on to the validators.
        :returns: the converted value; ``None`` where the value is empty.
        :raises ValidationError: with all that is wrong with it.
        """
        # Empty bytes, say, are not empty until they have become text.
        native = None if self._is_nothing(value) else self._native(value, context)
        if self._is_nothing(native):
            if self._required:
                raise self._invalid(self.messages['required'], value)
            return None
        self._check(native, context)
        return native

    def _convert(self, value: Any, context: Any) -> Any:
        return super().to_native(value, context)

    def _store(self, value: Any, context: Any) -> Any:
        return to_document(value)

    def _load(self, value: Any) -> Any:
        """Return the Python value of a stored one. Constraints are for new values only."""
        if isinstance(value, Unknown):
            raise ValidationError(problems=value.problems(), where=self._label)
        loaded = self._from_stored(value)
        complete = type(self)._from_stored is not Field._from_stored
        own = type(self).to_native is Field.to_native
        return loaded if complete and own else self._native(loaded)

    def _from_stored(self, value: Any) -> Any:
        """Return a stored value in a form that ``to_native`` takes, or as it returns it."""
        free = self.primitive_type in (None, bytes, list, dict)
        return from_document(value) if free else value

    def _native(self, value: Any, context: Any = None) -> Any:
        """Convert a value by ``to_native``, whatever a subclass makes of that method."""
        return None if value is None else self._guarded(self.to_native, value, context)

    def _primitive(self, value: Any) -> Any:
        """Convert a value by ``to_primitive``, whatever a subclass makes of that method."""
        if value is None:
            return None
        primitive = self._guarded(self.to_primitive, value, None)
        own = type(self).to_primitive is Field.to_primitive
        return primitive if own else to_document(primitive)

    @property
    def _is_stored_by_value(self) -> bool:
        """Whether values that are equal are known to be stored alike."""
        return type(self).to_primitive is Field.to_primitive

    def _stored_form(self, value: Any) -> Any:
        """Return the primitive of a converted value, ``None`` where nothing is stored of it."""
        primitive = None if self._is_nothing(value) else self._primitive(value)
        return None if self._is_nothing(primitive) else primitive

    def _exported(self, value: Any) -> Any:
        """Return the primitive of a converted value, where the members of dicts have the names that
        the model gives them."""
        return self._primitive(value)

    def _imported(self, value: Any) -> Any:
        """Convert what JSON has for a value; the opposite of :meth:`_exported`.

        Text is in its stored form or any that input may have. Empty text is left as it is.
        """
        if isinstance(value, str):
            if self.primitive_type is bytes:
                value = binary(value)
            elif not value:
                return value
            return self._load(value)
        return self._native(value)

    def _check_default(self) -> None:
        """Raise where a constant default is no valid value of the field."""
        try:
            default = None if callable(self._default) else self.default
        except Exception as error:
            # What copies are made of, such as a generator, says this in its own way.
            raise SchemaError(
                'takes a default that can be copied for each instance, not a '
                f'{type(self._default).__name__}; give a function that makes one',
                self._label,
            ) from error
        if not self._is_nothing(default) and default != self._absent_value():
            self._primitive(type(self).validate(self, default))

    def _completed(self, value: Any) -> Any:
        """Return a new value with the defaults of the members that it leaves out."""
        return value

    def _absent_value(self) -> Any:
        """Return what an instance shows where the attribute is absent."""
        return None

    def _check_as_element(self, value: Any, context: Any = None) -> None:
        """Check a converted value that is an element of a list."""
        self._check(value, context)

    def _check(self, value: Any, context: Any = None) -> None:
        """Run the validators on a converted value and raise all that they find."""
        problems = []
        context = context or get_validation_context()
        for check in self._checks:
            try:
                check(value, context)
            except ValidationError as error:
                problems += error.problems
            except BaseError as error:
                problems += problems_of(error, value)
                if isinstance(error, StopValidationError):
                    break
            except (AssertionError, *_CONVERSION_ERRORS) as error:
                problems.append(Problem(str(error) or f'fails {check!r}', value))
        if problems:
            problems = [with_value(problem, value) for problem in problems]
            raise ValidationError(problems=problems, where=self._label)

    # Expressions

    def _invalid(self, message: str, value: object) -> ValidationError:
        return ValidationError(problems=[Problem(message, value)], where=self._label)

    def _validated(self, value: Any) -> Any:
        """Return the primitive of a value that an update sets, or ``None`` for an empty one."""
        if not self._is_nothing(value):
            native = type(self).validate(self, self._completed(value))
            primitive = self._stored_form(native)
            if primitive is not None:
                return primitive
        self._check_removable()
        return None

    def _check_removable(self) -> None:
        free = self._parent is not None and self._parent._has_free_parts
        if self._required and not free:
            raise self._invalid(
                "the field is required, so it can't be removed or set to nothing", None
            )


add_foreign(Field, FIELD_NAMES)


def _field_at(model: Any, steps: list[Any]) -> Field:
    """Return the field of a model that a name, and then names and indexes, lead to."""
    name, *inner = steps
    field: Field = getattr(model, name)
    for step in inner:
        field = field._member(step)
    return field
