"""What a class of fields is declared with, as help() and editors show it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from dynamongo.fields.options import NO_EFFECT

#: The options that all fields have, in the order of the documentation.
_EVERY = (
    'required',
    'default',
    'attribute',
    'choices',
    'validators',
    'deserialize_from',
    'messages',
    'metadata',
    'serialized_name',
)

_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Signature:
    """Gives a class of fields its ``__signature__``, made when it is asked for.

    Initializers pass on what they don't know to those of the classes that they extend, so the
    options are those of all of them, as far as one passes anything on.

    :param options: those that are taken of the classes extended. Default: all.
    """

    def __init__(self, options: Iterable[str] | None = None) -> None:
        self._options = options

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._owner = owner

    def __get__(self, instance: object, owner: type[Any]) -> inspect.Signature:
        found: dict[str, inspect.Parameter] = {}
        rest, by_place = None, True
        for base in owner.__mro__[:-1]:
            if '__init__' not in vars(base):
                continue
            # Classes that extend the one that is limited may have options of their own.
            limits = self._options if issubclass(self._owner, base) else None
            parameters = [*inspect.signature(vars(base)['__init__']).parameters.values()][1:]
            kinds = {parameter.kind: parameter.name for parameter in parameters}
            for parameter in parameters:
                name = parameter.name
                if name in found:
                    # It is given by name, so those behind it can't be given without theirs.
                    by_place = False
                elif parameter.kind not in _REST and _shows(name, limits):
                    by_place = by_place and not (_is_needed(parameter) and _has_default(found))
                    kind = parameter.kind if by_place else _KEYWORD
                    default = _shown(parameter.default)
                    found[name] = inspect.Parameter(name, kind, default=default)
            by_place = by_place and limits is None and _REST[0] in kinds
            if _REST[1] not in kinds or limits == ():
                rest = kinds.get(_REST[1])
                break
        shown = sorted(found.values(), key=_place)
        if rest is not None:
            shown.append(inspect.Parameter(rest, _REST[1]))
        return inspect.Signature(shown)


def _shows(name: str, limits: Iterable[str] | None) -> bool:
    return name not in NO_EFFECT and (limits is None or name in limits)


def _is_needed(parameter: inspect.Parameter) -> bool:
    return parameter.kind is not _KEYWORD and parameter.default is parameter.empty


def _has_default(found: dict[str, inspect.Parameter]) -> bool:
    return any(
        parameter.kind is not _KEYWORD and parameter.default is not parameter.empty
        for parameter in found.values()
    )


def _shown(default: Any) -> Any:
    """Return a default as one would write it: nothing at all is ``None``."""
    return None if type(default).__module__.startswith('schematics.') else default


def _place(parameter: inspect.Parameter) -> tuple[int, int]:
    """Return what a parameter is sorted by: first those of the class, then those of every field."""
    late = parameter.kind is _KEYWORD and parameter.name in _EVERY
    return parameter.kind, _EVERY.index(parameter.name) if late else -1
