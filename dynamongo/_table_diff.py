"""A model compared with the description of its table: what differs, and the request that mends it.

Pure: what is compared has been read before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dynamongo import _table_requests
from dynamongo._billing_diff import billing_steps
from dynamongo._differences import TO_MEND, Difference, TableDiff
from dynamongo._index_diff import index_steps
from dynamongo._table_options import AWS_KEY, STANDARD
from dynamongo._table_steps import Step, key_text, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dynamongo._annotations import Request
    from dynamongo._schema import Schema

#: States of a table in which it is there, or will be.
USABLE = frozenset({'ACTIVE', 'CREATING', 'UPDATING'})

_KEPT = "it isn't turned off here; do so by boto3, or declare it"
_EXPIRES = 'DynamoDB deletes every item whose time has passed'
_ANOTHER = 'a table with another key is another table, and nothing of it is changed'

#: What is to be done about a table in a state that isn't over by itself.
_LOCKED = {
    'INACCESSIBLE_ENCRYPTION_CREDENTIALS': (
        "DynamoDB can't use the key {key}, which isn't over by itself; let it do so again in KMS"
    ),
    'ARCHIVING': "it is being archived, since DynamoDB couldn't use the key {key}",
    'ARCHIVED': (
        "it has been archived, since DynamoDB couldn't use the key {key}; restore it from the "
        'backup that DynamoDB has made'
    ),
}


class Comparison(NamedTuple):
    """What has come of a comparison."""

    table: str
    steps: list[Step]
    unavailable: list[str]

    def diff(self, word: str = TO_MEND) -> TableDiff:
        """Return the differences alone.

        :param str word: what is said of those that can be mended.
        """
        found = [each.difference for each in self.steps]
        return TableDiff(self.table, found, self.unavailable, word)


def compare(schema: Schema, described: dict[str, Any] | None) -> Comparison:
    """Compare a model with a table.

    Options that the class doesn't set aren't compared, the TTL apart, which deletes items.

    :param dict described: the ``Table`` of DescribeTable, with what other requests tell;
        ``None`` where there is no table.
    """
    name = schema.model.table_name()
    if described is None:
        return Comparison(name, [Step(Difference('table', name, None))], [])
    status = described.get('TableStatus', 'ACTIVE')
    if status not in USABLE:
        reason = _locked(status, described)
        return Comparison(name, [step('table', name, status, reason=reason)], [])
    unavailable = [
        what
        for what, declared, there in (
            ('tags', schema.options.tags, 'Tags' in described),
            (
                'point-in-time recovery',
                schema.options.point_in_time_recovery,
                'ContinuousBackupsDescription' in described,
            ),
            ('ttl', schema.options.ttl is not None, 'TimeToLiveDescription' in described),
            ('encryption', schema.options.encryption, not _is_local(described)),
            ('table class', schema.options.table_class != STANDARD, not _is_local(described)),
        )
        if declared and not there
    ]
    steps: list[Step] = []
    # What doesn't make the table busy comes first.
    for compared in (_ttl, _recovery, _tags, billing_steps, index_steps, *_PLAIN):
        steps += compared(schema, described)
    key = list(_key(schema, described))
    if key:
        steps = [_left(each) for each in steps]
    wanted = [each for each in (*key, *steps) if each.difference.what not in unavailable]
    return Comparison(name, wanted, unavailable)


def _locked(status: str, described: dict[str, Any]) -> str:
    """Return what is to be done about a table that can't be used."""
    key = described.get('SSEDescription', {}).get('KMSMasterKeyArn', 'that encrypts it')
    known = _LOCKED.get(status, 'it can be made, or looked at, when that is over')
    return known.format(key=key)


def _left(each: Step) -> Step:
    """Return a step as one that isn't taken, since the table is another one."""
    return Step(each.difference._replace(reason=_ANOTHER, warning=None))


def _is_local(described: dict[str, Any]) -> bool:
    """Tell whether a table is in DynamoDB Local, which takes some options and ignores them."""
    return ':ddblocal:' in described.get('TableArn', '')


def _ttl(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    field = schema.options.ttl
    there = described.get('TimeToLiveDescription', {})
    status, actual = there.get('TimeToLiveStatus', 'DISABLED'), there.get('AttributeName')
    declared = None if field is None else repr(field._key)
    if status == 'DISABLED':
        if field is not None:
            request = _table_requests.time_to_live(field)
            yield step('ttl', declared, None, 'update_time_to_live', request, warning=_EXPIRES)
    elif status == 'DISABLING':
        if field is not None:
            reason = 'it takes DynamoDB up to an hour; call sync_table() again after that'
            yield step('ttl', declared, 'DISABLING', reason=reason)
    elif field is None:
        yield step('ttl', None, repr(actual), reason=_KEPT)
    elif actual != field._key:
        reason = (
            'DynamoDB takes no other attribute while this one holds; disable it by boto3, wait an '
            'hour, and call sync_table() again'
        )
        yield step('ttl', declared, repr(actual), reason=reason)


def _switch(
    schema: Schema, what: str, option: str, actual: bool, operation: str, request: Request
) -> Iterator[Step]:
    """Compare what is either on or off."""
    declared = getattr(schema.options, option)
    if f'__{option}__' not in schema.options.stated or declared == actual:
        return
    texts = str(declared), str(actual)
    if declared:
        yield step(what, *texts, operation, request)
    else:
        yield step(what, *texts, reason=_KEPT)


def _recovery(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    backups = described.get('ContinuousBackupsDescription', {})
    recovery = backups.get('PointInTimeRecoveryDescription', {})
    yield from _switch(
        schema,
        'point-in-time recovery',
        'point_in_time_recovery',
        recovery.get('PointInTimeRecoveryStatus') in ('ENABLED', 'ENABLING'),
        'update_continuous_backups',
        _table_requests.point_in_time_recovery(),
    )


def _tags(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    actual = {each['Key']: each['Value'] for each in described.get('Tags', ())}
    wanted = {key: value for key, value in schema.options.tags.items() if actual.get(key) != value}
    if wanted:
        found = {key: actual[key] for key in wanted if key in actual}
        request = {
            'ResourceArn': described.get('TableArn'),
            'Tags': _table_requests.tags(wanted),
        }
        yield step('tags', str(wanted), str(found) if found else None, 'tag_resource', request)


def _key(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    declared = key_text(
        _table_requests.key_schema(schema), map(_table_requests.definition, schema.keys)
    )
    actual = key_text(described['KeySchema'], described['AttributeDefinitions'])
    if declared != actual:
        reason = "a key can't be changed; declare a table of another name, and copy the items"
        yield step('key', declared, actual, reason=reason)


def _stream(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    specification = described.get('StreamSpecification', {})
    actual = specification.get('StreamViewType') if specification.get('StreamEnabled') else None
    declared = schema.options.stream
    if '__stream__' not in schema.options.stated or declared == actual:
        return
    if actual is None:
        request = _table_requests.stream(schema.options)
        yield step('stream', declared, None, 'update_table', request)
    elif declared is None:
        yield step('stream', None, actual, reason=_KEPT)
    else:
        reason = (
            'a stream keeps what it was made with; disable it by boto3, which ends it, and call '
            'sync_table() again'
        )
        yield step('stream', declared, actual, reason=reason)


def _encryption(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    declared = schema.options.encryption
    there = described.get('SSEDescription', {})
    on = there.get('Status') in ('ENABLED', 'ENABLING', 'UPDATING')
    actual = there.get('KMSMasterKeyArn', AWS_KEY) if on else None
    if declared is None or (actual is not None and _same_key(declared, actual)):
        return
    request = _table_requests.encryption(schema.options)
    yield step('encryption', declared, actual, 'update_table', request)


def _same_key(declared: str, arn: str) -> bool:
    """Tell whether a key may be the declared one. DynamoDB names it by its ARN, which says neither
    its aliases nor whether AWS manages it."""
    named = declared == AWS_KEY or 'alias/' in declared
    return named or declared == arn or arn.endswith(f'/{declared}')


def _table_class(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    declared = schema.options.table_class
    actual = described.get('TableClassSummary', {}).get('TableClass', STANDARD)
    if '__table_class__' in schema.options.stated and declared != actual:
        yield step('table class', declared, actual, 'update_table', {'TableClass': declared})


def _protection(schema: Schema, described: dict[str, Any]) -> Iterator[Step]:
    yield from _switch(
        schema,
        'deletion protection',
        'deletion_protection',
        described.get('DeletionProtectionEnabled', False),
        'update_table',
        {'DeletionProtectionEnabled': True},
    )


_PLAIN: tuple[Callable[[Schema, dict[str, Any]], Iterator[Step]], ...] = (
    _stream,
    _encryption,
    _table_class,
    _protection,
)
