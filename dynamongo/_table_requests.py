"""From what a model declares of its table to requests: the arguments of the calls of a client, less
the name of the table.

Pure, as all compiling is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo._table_options import AWS_KEY, ON_DEMAND, STANDARD
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.utils import key_proto

if TYPE_CHECKING:
    from dynamongo._annotations import AnyIndex, Request
    from dynamongo._schema import Schema
    from dynamongo._table_options import TableOptions
    from dynamongo.fields import Field


def create_table(schema: Schema) -> Request:
    """Return the arguments of CreateTable."""
    options, indexes = schema.options, schema.table_indexes.values()
    keys = (*schema.keys, *(key for index in indexes for key in index.keys))
    request: Request = {
        'AttributeDefinitions': [
            # Classes that share a table have fields of their own for an attribute.
            definition(field)
            for field in {field._key: field for field in keys}.values()
        ],
        'KeySchema': key_schema(schema),
    }
    if options.billing_mode == ON_DEMAND:
        request['BillingMode'] = ON_DEMAND
    else:
        request['ProvisionedThroughput'] = throughput(*options.throughput)
    secondary: dict[str, type[AnyIndex]] = {
        'GlobalSecondaryIndexes': GlobalIndex,
        'LocalSecondaryIndexes': LocalIndex,
    }
    for argument, kind in secondary.items():
        declared = [_index(options, index) for index in indexes if isinstance(index, kind)]
        if declared:
            request[argument] = declared
    if options.stream is not None:
        request.update(stream(options))
    if options.encryption is not None:
        request.update(encryption(options))
    if options.tags:
        request['Tags'] = tags(options.tags)
    if options.deletion_protection:
        request['DeletionProtectionEnabled'] = True
    if options.table_class != STANDARD:
        request['TableClass'] = options.table_class
    return request


def definition(field: Field) -> dict[str, Any]:
    """Return the definition of an attribute that is a key."""
    return {'AttributeName': field._key, 'AttributeType': key_proto(field)}


def key_schema(source: Schema | AnyIndex) -> list[dict[str, Any]]:
    """Return the key schema of a table or an index."""
    return [
        {'AttributeName': field._key, 'KeyType': kind}
        for field, kind in zip((source.hash_key, source.range_key), ('HASH', 'RANGE'))
        if field is not None
    ]


def throughput(read_units: int, write_units: int) -> dict[str, int]:
    """Return provisioned throughput."""
    return {'ReadCapacityUnits': read_units, 'WriteCapacityUnits': write_units}


def projection(index: AnyIndex) -> dict[str, Any]:
    """Return what an index holds."""
    if index.fields is None:
        return {'ProjectionType': 'ALL'}
    if index.listed_fields:
        attributes = [field._key for field in index.listed_fields]
        return {'ProjectionType': 'INCLUDE', 'NonKeyAttributes': attributes}
    return {'ProjectionType': 'KEYS_ONLY'}


def _index(options: TableOptions, index: AnyIndex) -> dict[str, Any]:
    """Return an index as CreateTable takes it."""
    if isinstance(index, LocalIndex) or options.billing_mode == ON_DEMAND:
        return index_of(index, None)
    read_units, write_units = options.throughput
    return index_of(index, (index.read_units or read_units, index.write_units or write_units))


def index_of(index: AnyIndex, units: tuple[int, int] | None) -> dict[str, Any]:
    """Return an index as DynamoDB takes it.

    :param units: its read and write units; ``None`` for no throughput of its own.
    """
    request: dict[str, Any] = {
        'IndexName': index.name,
        'KeySchema': key_schema(index),
        'Projection': projection(index),
    }
    if units is not None:
        request['ProvisionedThroughput'] = throughput(*units)
    return request


def stream(options: TableOptions) -> Request:
    """Return what turns on the stream of a table."""
    return {'StreamSpecification': {'StreamEnabled': True, 'StreamViewType': options.stream}}


def encryption(options: TableOptions) -> Request:
    """Return what encrypts a table by a key of KMS."""
    specification: dict[str, Any] = {'Enabled': True, 'SSEType': 'KMS'}
    if options.encryption != AWS_KEY:
        specification['KMSMasterKeyId'] = options.encryption
    return {'SSESpecification': specification}


def tags(values: dict[str, str]) -> list[dict[str, str]]:
    """Return tags as DynamoDB takes them."""
    return [{'Key': key, 'Value': value} for key, value in values.items()]


def time_to_live(field: Field) -> Request:
    """Return what lets items expire, the arguments of UpdateTimeToLive."""
    specification = {'Enabled': True, 'AttributeName': field._key}
    return {'TimeToLiveSpecification': specification}


def point_in_time_recovery() -> Request:
    """Return what turns on point-in-time recovery, the arguments of UpdateContinuousBackups."""
    return {'PointInTimeRecoverySpecification': {'PointInTimeRecoveryEnabled': True}}
