"""Values of keys: how long they may be, and how DynamoDB orders them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo.exceptions import Problem, ValidationError
from dynamongo.utils import utf8

if TYPE_CHECKING:
    from typing import Any

    from dynamongo._annotations import KeyKind, Primitive

#: Limits of key values in bytes of UTF-8: `Quotas, Partition keys and sort keys
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>`_.
MAX_KEY_BYTES = {'hash': 2048, 'range': 1024}


def check_key_size(kind: KeyKind, primitive: Primitive) -> None:
    """Raise where a primitive is longer than DynamoDB lets a key be.

    :param str kind: ``'hash'`` or ``'range'``.
    """
    if isinstance(primitive, str):
        size = len(utf8(primitive))
    elif isinstance(primitive, bytes):
        size = len(primitive)
        if not size:
            raise ValidationError(problems=[Problem('a key needs a byte at least', primitive)])
    else:
        return
    if not size:
        message = f'a {kind} key needs a value, which must not be empty'
        raise ValidationError(problems=[Problem(message, primitive)])
    limit = MAX_KEY_BYTES[kind]
    if size > limit:
        message = f'a {kind} key holds at most {limit} bytes, not {size}'
        raise ValidationError(problems=[Problem(message, primitive)])


def key_order(value: Primitive) -> Any:
    """Return what key values of one type are sorted by, in DynamoDB's order."""
    value = plain_key(value)
    return utf8(value) if isinstance(value, str) else value


def plain_key(value: Primitive) -> Primitive:
    """Return a key value without boto3's wrapper around binary."""
    return getattr(value, 'value', value)
