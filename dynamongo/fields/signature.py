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
    options are those of all of them, as far as one passes anything on. A class that does so keeps
    its ``**kwargs`` in sight, though there are no options beyond those that are named.

    :param options: those that are taken of the classes extended. Default: all.
    """

    def __init__(self, options: Iterable[str] | None = None) -> None:
        self._options = options

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._owner = owner

    def __get__(self, instance: object, owner: type[Any]) -> inspect.Signature:
        found: dict[str, inspect.Parameter] = {}
        rest: dict[Any, inspect.Parameter] | None = None
        for base in owner.__mro__[:-1]:
            if '__init__' not in vars(base):
                continue
            # Classes that extend the one that is limited may have options of their own.
            limits = self._options if issubclass(self._owner, base) else None
            own = [*inspect.signature(vars(base)['__init__']).parameters.values()][1:]
            for each in own:
                if each.kind not in _REST and (limits is None or each.name in limits):
                    # What is passed on may be given by place, too, but reads badly.
                    kind = each.kind if rest is None else _KEYWORD
                    found.setdefault(each.name, _plain(each).replace(kind=kind))
            passed_on = {each.kind: _plain(each) for each in own if each.kind in _REST}
            if limits is not None:
                # By place, it only takes what it refuses.
                passed_on.pop(_REST[0], None)
            if rest is None:
                rest = passed_on
            if not passed_on or limits == ():
                break
        several = [each for name, each in found.items() if name not in NO_EFFECT]
        return inspect.Signature(sorted([*several, *(rest or {}).values()], key=_place))


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter as one would write it: no default at all of schematics' is ``None``."""
    default = parameter.default
    if type(default).__module__.startswith('schematics.'):
        default = None
    return parameter.replace(default=default, annotation=parameter.empty)


def _place(parameter: inspect.Parameter) -> tuple[int, int]:
    """Return what a parameter is sorted by: first those of the class, then those of every field."""
    late = parameter.kind is _KEYWORD and parameter.name in _EVERY
    return parameter.kind, _EVERY.index(parameter.name) if late else -1
