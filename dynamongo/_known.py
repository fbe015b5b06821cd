"""What an instance keeps of its stored item, to find out later what has changed.

Of values that change only by being set anew there is nothing to keep. Of one list of such values,
which is the most common case, a tuple is kept: the name of its field and the elements. Otherwise it
is a dict of copies by name. The empty tuple, which all share, stands for nothing.
"""

from __future__ import annotations

import copy
from enum import Enum
from typing import TYPE_CHECKING

from dynamongo._codecs import FIXED

if TYPE_CHECKING:
    from typing import Any, Union

    from dynamongo._annotations import Values

    #: What is kept: nothing, the name and the elements of one list, or a dict.
    Base = Union[tuple[Any, ...], Values]


def noted(base: Base, name: str, value: Any, flat: bool = False) -> Base:
    """Return what is known of an item with what is to be known of a value."""
    if type(value) in FIXED:
        return base
    if base:
        return {**known_of(base), name: _copied(value)}
    if type(value) is list and (flat or set(map(type, value)) <= FIXED):
        return (name, *value)
    return {name: _copied(value)}


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in FIXED:
        return value
    if kind is list:
        return [_copied(each) for each in value]
    if kind is dict:
        return {name: _copied(each) for name, each in value.items()}
    if kind is set:
        return value.copy()
    return value if isinstance(value, Enum) else copy.deepcopy(value)


def known_of(base: Base) -> Values:
    """Return what is kept as a dict: name to value."""
    if isinstance(base, tuple):
        return {base[0]: list(base[1:])} if base else {}
    return base
