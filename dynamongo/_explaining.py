"""What is said of a name that is unknown here, and of another library."""

from __future__ import annotations

import sys
from opcode import opmap
from typing import TYPE_CHECKING, Any, NoReturn

from dynamongo._names import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def way_out(
    name: object,
    foreign: Mapping[str, str],
    names: Iterable[str],
    *,
    model: str = 'Model',
    kind: str | None = None,
) -> str:
    """Return the end of a message about an unknown name: what to write instead.

    :param name: what was given.
    :param foreign: names of other libraries, each with what it is here.
    :param names: the names that are known.
    :param str model: the name of the model that is asked.
    :param str kind: what the names are of, to list all where none is like it. Default: no list.
    :rtype: str

    >>> way_out('scan', {'scan': 'iter_many() reads all items'}, [])
    ': iter_many() reads all items'
    >>> way_out('get_oen', {}, ['get_one', 'get_many'])
    "; did you mean 'get_one'?"
    """
    if isinstance(name, str) and name in foreign:
        return f': {foreign[name].format(model=model)}'
    return suggest(name, names, kind)


class ForeignName:
    """An attribute that a class lacks, and others have; asking for it says what it is here.

    For everything else, such as ``hasattr``, there is no such attribute.

    :param str hint: what to write instead.
    """

    __slots__ = ('hint', 'name')

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        self.hint = hint

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        hint = self.hint.format(model=owner.__name__)
        raise missing(self.name, f'{owner.__name__} has no attribute {self.name!r}: {hint}')


def missing(name: str, message: str) -> AttributeError:
    """Return the error of an attribute that isn't there.

    Its ``name`` is set and its ``obj`` isn't, so that Python adds no suggestion to the one that the
    message holds.
    """
    error = AttributeError(message)
    error.name = name
    return error


def is_imported() -> bool:
    """Tell whether the module attribute that is asked for is asked by ``from ... import``.

    It is for the ``__getattr__`` of a module, which Python asks in one way by ``import`` and by
    ``hasattr``; of an ``AttributeError``, ``import`` then keeps no word.
    """
    frame = sys._getframe(2)
    return frame.f_code.co_code[frame.f_lasti] == opmap['IMPORT_FROM']


def add_foreign(owner: type, names: Mapping[str, str]) -> None:
    """Let a class explain the names of other libraries that it doesn't have itself."""
    # Asking for each would make the message of each that isn't there.
    own = {name for base in owner.__mro__ for name in vars(base)}
    for name, hint in names.items():
        if name not in own:
            setattr(owner, name, ForeignName(name, hint))


def uncover(cls: type, owner: type, names: Iterable[str]) -> None:
    """Give a class what it inherits under names that a base before that only explains.

    :param owner: the base that explains names.
    :param names: the names.
    """
    own = owner.__mro__
    if cls.__mro__[-len(own) :] == own:
        return
    names = frozenset(names)
    for base in cls.__mro__:
        for name in vars(base).keys() & names:
            value = vars(base)[name]
            if not isinstance(value, ForeignName) and _is_explained(cls, name):
                type.__setattr__(cls, name, value)


def without_foreign(owner: type, names: Iterable[str]) -> list[str]:
    """Return names of attributes, without those that a class lacks and only explains."""
    return [name for name in names if not _is_explained(owner, name)]


def _is_explained(owner: type, name: str) -> bool:
    """Tell whether the first that has an attribute, of a class and its bases, explains it."""
    found = (vars(base)[name] for base in owner.__mro__ if name in vars(base))
    return isinstance(next(found, None), ForeignName)
