"""What the comparisons of tables and of indexes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dynamongo._differences import Difference
from dynamongo._table_options import PROVISIONED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dynamongo._annotations import Request
    from dynamongo._schema import Schema


class Step(NamedTuple):
    """A difference, and the request that mends it, if there is one."""

    difference: Difference
    #: The method of a client; ``None`` where nothing is sent.
    operation: str | None = None
    #: Its arguments, less the name of the table.
    request: Request | None = None


def step(
    what: str,
    declared: str | None,
    actual: str | None,
    operation: str | None = None,
    request: Request | None = None,
    *,
    reason: str | None = None,
    warning: str | None = None,
) -> Step:
    """Return a step of these values."""
    return Step(Difference(what, declared, actual, reason, warning), operation, request)


def billing_mode(described: dict[str, Any]) -> str:
    """Return the billing mode of a table. DynamoDB doesn't say it of all that are provisioned."""
    mode: str = (described.get('BillingModeSummary') or {}).get('BillingMode', PROVISIONED)
    return mode


def mode_after(schema: Schema, described: dict[str, Any]) -> str:
    """Return the billing mode that a table has once it is as the model declares it.

    Where the model says nothing of it, that is the one that the table has.
    """
    if '__billing_mode__' in schema.options.stated:
        return schema.options.billing_mode
    return billing_mode(described)


def actual_units(described: dict[str, Any]) -> tuple[int, int]:
    """Return the read and write units that a table or an index has."""
    units = described.get('ProvisionedThroughput', {})
    return units.get('ReadCapacityUnits', 0), units.get('WriteCapacityUnits', 0)


def definitions(described: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the types of key attributes by name."""
    return {each['AttributeName']: each['AttributeType'] for each in described}


def key_text(key_schema: Iterable[dict[str, Any]], attributes: Iterable[dict[str, Any]]) -> str:
    """Return a key as text, for instance ``'email' (S), 'number' (N)``.

    :param attributes: the definitions of its attributes, of others as well.
    """
    types = definitions(attributes)
    # The hash key first, in whatever order they come.
    names = [each['AttributeName'] for each in sorted(key_schema, key=_kind)]
    return ', '.join(f'{name!r} ({types.get(name, "?")})' for name in names)


def _kind(key: dict[str, Any]) -> bool:
    return bool(key['KeyType'] != 'HASH')
