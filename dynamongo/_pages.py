"""Pages of results, and the tokens that lead from one page to the next.

A token holds a position, and a digest of the read that it is a position in. It holds nothing else,
so it can be given to another process.
"""

from __future__ import annotations

import base64
import decimal
import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from dynamongo._documents import to_text
from dynamongo._evaluate import matches
from dynamongo._key_values import plain_key
from dynamongo._numbers import to_number
from dynamongo._paths import Placeholders
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.utils import key_proto

if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar

    from dynamongo._annotations import Key, Primitive
    from dynamongo._plan import Plan

    T = TypeVar('T')

#: Part of the digest: tokens of another form of positions aren't taken for tokens of this one.
_FORM = 1


if TYPE_CHECKING:
    # When it runs, a NamedTuple can be generic from Python 3.11 on.
    class Page(NamedTuple, Generic[T]):
        items: list[T]
        token: str | None

else:

    class Page(NamedTuple):
        """Items, and the way to those that follow.

        .. versionadded:: 0.2
        """

        #: The instances, a list.
        items: list
        #: A ``str`` to give to :meth:`.Model.get_page` as ``after``; ``None`` where nothing
        #: follows.
        token: str | None


class Position(NamedTuple):
    """Where in a read an item is, or the next one will be.

    ``part`` counts what the read consists of: the keys, or the queries. ``key`` is the key of the
    last item that was read, with the keys of the index; ``None`` for the start of the part.
    """

    part: int = 0
    key: Key | None = None


def make_token(plan: Plan, position: Position) -> str:
    """Return the token of a position in the read that a plan describes."""
    key = position.key and [_canonical(position.key[field._key]) for field in plan.position_keys]
    content = json.dumps([_digest(plan), position.part, key], separators=(',', ':'))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip('=')


def read_token(plan: Plan, token: str) -> Position:
    """Return the position that a token stands for.

    :raises ValidationError: where it is no token, or one of another read.
    """
    try:
        padded = token + '=' * (-len(token) % 4)
        digest, part, values = json.loads(base64.b64decode(padded, altchars=b'-_', validate=True))
        known = digest == _digest(plan)
        key = None
        if known and values is not None:
            fields = () if plan.keys else plan.position_keys
            names = [(field._key, key_proto(field)) for field in fields]
            key = {name: _read(kind, *value) for (name, kind), value in zip(names, values)}
            known = len(names) == len(values)
        parts = len(plan.keys or plan.key_conditions) or 1
        known = known and type(part) is int and 0 <= part < parts
        if known and key is not None and plan.key_conditions:
            known = matches(plan.key_conditions[part], key)
    except (TypeError, ValueError, RecursionError, decimal.DecimalException):
        raise _refusal(plan, 'is no token of get_page', token) from None
    if not known:
        raise _refusal(
            plan,
            'belongs to another read: table, index, condition (with its values) and order must be '
            'those of the page that it came with',
            token,
        )
    return Position(part, key)


def _refusal(plan: Plan, message: str, token: object) -> ValidationError:
    where = f'{plan.schema.name}.get_page'
    return ValidationError(problems=[Problem(message, token, ('after',))], where=where)


def _digest(plan: Plan) -> str:
    """Return a digest of all that decides where a position is."""
    placeholders = Placeholders()
    conditions = (*plan.key_conditions, plan.filter, plan.check)
    content = [
        _FORM,
        plan.schema.model.table_name(),
        plan.operation,
        plan.index and plan.index.name,
        bool(plan.options.descending),
        [None if each is None else each.render(placeholders) for each in conditions],
        placeholders.names,
        {name: _canonical(value) for name, value in placeholders.values.items()},
        [_canonical(key) for key in plan.keys],
    ]
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]


def _canonical(value: Primitive) -> list[Any]:
    """Return a primitive as JSON that is the same for equal values, and differs for others."""
    value = plain_key(value)
    if value is None or isinstance(value, bool):
        return [value]
    if isinstance(value, str):
        return ['S', value]
    if isinstance(value, (int, decimal.Decimal)):
        return ['N', _number(decimal.Decimal(value))]
    if isinstance(value, (bytes, bytearray)):
        return ['B', base64.b64encode(value).decode()]
    if isinstance(value, dict):
        return ['M', [[name, _canonical(item)] for name, item in sorted(value.items())]]
    members = [_canonical(item) for item in value]
    return ['L', members] if isinstance(value, list) else ['SET', sorted(members)]


def _number(value: decimal.Decimal) -> str:
    """Return the text of a number, without a context that might round it."""
    sign, digits, _ = value.as_tuple()
    text = ''.join(map(str, digits))
    shorter = text.rstrip('0')
    if not shorter:
        return '0'
    return f'{"-" * sign}{shorter}E{value.adjusted() + 1 - len(shorter)}'


def _read(kind: str, given: object, text: object) -> Primitive:
    """Return the primitive that a part of a token stands for; a ``ValueError`` if there is none."""
    if given != kind or not isinstance(text, str):
        raise ValueError
    if kind == 'N':
        return to_number(decimal.Decimal(text))
    value = base64.b64decode(text, validate=True) if kind == 'B' else to_text(text)
    if not value:
        raise ValueError
    return value
