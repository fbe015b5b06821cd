"""The options that fields are declared with, checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dynamongo._documents import to_text
from dynamongo._explaining import way_out
from dynamongo._foreign import FIELD_OPTIONS
from dynamongo.exceptions import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dynamongo.fields.base import Field

#: Limit of attribute names in UTF-8: `Quotas, Attribute names
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>`_.
MAX_NAME_BYTES = 65535

#: The options that are ``True`` or ``False``, as schematics has them, and for it anything else.
_FLAGS = (
    'required',
    'convert_tz',
    'drop_tzinfo',
    'fqdn',
    'fractions',
    'strict',
    'verify_exists',
)

#: The options of schematics that do nothing here, and why.
NO_EFFECT = {
    'export_level': 'empty values are never stored, and to_dict(only=...) chooses fields',
    'serialize_when_none': 'empty values are never stored, and to_dict() always names every field',
}


def refuse_without_effect(kind: type[Field], options: Mapping[str, Any]) -> None:
    """Raise where an option of schematics is given that does nothing here."""
    for option, reason in NO_EFFECT.items():
        if options.get(option) is not None:
            raise SchemaError(f'{option} has no effect here: {reason}', kind.__name__)


def refuse_no_flag(kind: type[Field], declared: Mapping[str, Any]) -> None:
    """Raise where an option that is ``True`` or ``False`` is something else.

    :param declared: what the field has, by option.
    """
    for option in _FLAGS:
        value = declared.get(option, False)
        if not isinstance(value, bool):
            raise SchemaError(f'takes True or False as {option}', kind.__name__, value)


def declared_aliases(kind: type[Field], aliases: Iterable[Any]) -> tuple[str, ...]:
    """Return the names that are declared for input.

    :raises SchemaError: where one is no name.
    """
    for alias in aliases:
        if not isinstance(alias, str) or not alias:
            raise SchemaError('takes names, each a str, as deserialize_from', kind.__name__, alias)
    return tuple(aliases)


def declared_attribute(kind: type[Field], attribute: Any, serialized_name: Any) -> str | None:
    """Return the name that is declared for the attribute in the table, or ``None``.

    :raises SchemaError: where it is no name, or two are declared.
    """
    given = [name for name in (attribute, serialized_name) if name is not None]
    for name in given:
        if not isinstance(name, str) or not name:
            raise SchemaError('takes a name, a str, as attribute', kind.__name__, name)
        try:
            size = len(to_text(name).encode())
        except ValueError as error:
            raise SchemaError(f'takes no such attribute: {error}', kind.__name__) from error
        if size > MAX_NAME_BYTES:
            raise SchemaError(
                f'takes an attribute of at most {MAX_NAME_BYTES} bytes, not {size}',
                kind.__name__,
            )
    names = set(given)
    if len(names) > 1:
        raise SchemaError(
            f'attribute={attribute!r} and serialized_name={serialized_name!r} differ',
            kind.__name__,
        )
    return names.pop() if names else None


def unknown_option(kind: type[Field], given: Iterable[str]) -> str:
    """Return what is wrong with the first option that a class of fields doesn't have, if any is."""
    initializers = [vars(base)['__init__'] for base in kind.__mro__ if '__init__' in vars(base)]
    known = dict.fromkeys(
        parameter.name
        for function in initializers[:-1]
        for parameter in [*inspect.signature(function).parameters.values()][1:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    )
    for name in given:
        if name not in known:
            offered = [option for option in known if option not in NO_EFFECT]
            return f'there is no option {name!r}{way_out(name, FIELD_OPTIONS, offered)}'
    return ''
