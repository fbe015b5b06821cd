"""Which name was probably meant, where one is given that isn't known."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: object, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like the one that was given.

    Capitals and underscores count for nothing, so that ``pageSize`` finds ``page_size``.

    :param name: what was given; what isn't text is taken as text.
    :param names: the names that are known.
    :param float cutoff: how alike the two must be, from 0 to 1. Default 0.6.
    :returns: the name, or ``None`` where none is like it.
    :rtype: str or None

    >>> nearest('emial', ['email', 'name'])
    'email'
    """
    plain: dict[str, str] = {}
    for known in map(str, names):
        plain.setdefault(_plain(known), known)
    close = difflib.get_close_matches(_plain(str(name)), plain, n=1, cutoff=cutoff)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.replace('_', '').lower() or name


def suggest(name: object, names: Iterable[str], kind: str | None = 'fields') -> str:
    """Return the end of a message: the name that was probably meant, or all there are.

    :param name: what was given.
    :param names: the names that are known.
    :param str kind: what the names are of, by which they are listed where none is like it; ``None``
        for no list.
    :rtype: str

    >>> suggest('emial', ['email', 'name'])
    "; did you mean 'email'?"
    >>> suggest('x', ['email', 'name'])
    '; the fields are email, name'
    """
    names = list(names)
    close = nearest(name, names)
    if close is not None:
        return f'; did you mean {close!r}?'
    return f'; the {kind} are {", ".join(map(str, names))}' if names and kind is not None else ''
