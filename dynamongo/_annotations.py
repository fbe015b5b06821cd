"""What annotations call the values that are passed around. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

if TYPE_CHECKING:
    import datetime
    import decimal
    import enum
    import ipaddress
    import uuid

    from dynamongo._typing import Several
    from dynamongo.conditions import BaseCondition
    from dynamongo.fields.base import Field
    from dynamongo.indexes import GlobalIndex, LocalIndex

#: A value in the form in which boto3 stores it.
Primitive = Any

#: An item: attribute name to primitive.
Item = dict[str, Any]

#: The key of an item: attribute name to primitive.
Key = dict[str, Any]

#: Field name to value.
Values = dict[str, Any]

#: A value on the wire: the letters of its type to what is sent for it.
WireValue = dict[str, Any]

#: An item on the wire: attribute name to value.
WireItem = dict[str, WireValue]

#: The arguments of a call of boto3.
Request = dict[str, Any]

#: What such a call returns.
Response = dict[str, Any]

#: One step of a document path: a name, or the index of an element of a list.
PathElement = Union[str, int]

#: What is read of a document, by name; ``None`` stands for the whole of what it belongs to.
Tree = dict[str, Optional['Tree']]

#: What selects items: a key in any form, a condition, or a list of what selects one item each.
Strategy = Any

#: The part of a key that a field is.
KeyKind = Literal['hash', 'range']

#: The types of attributes that keys may have.
KeyType = Literal['S', 'N', 'B']

#: The types of attributes that there are.
AttributeType = Literal['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS']

#: The operations by which items are read.
ReadOperation = Literal['GetItem', 'BatchGetItem', 'Query', 'Scan']

#: An index of either kind.
AnyIndex = Union['GlobalIndex', 'LocalIndex']

#: The value of a key field, in any form that the fields of this package take.
KeyValue = Union[
    str,
    int,
    float,
    bytes,
    bytearray,
    memoryview,
    'decimal.Decimal',
    'uuid.UUID',
    'datetime.date',
    'datetime.timedelta',
    'enum.Enum',
    'ipaddress.IPv4Address',
    'ipaddress.IPv6Address',
]

#: A key, instances apart: the value of the hash key, or those of hash and range key, or a dict.
KeyGiven = Union[KeyValue, tuple[KeyValue], tuple[KeyValue, KeyValue], Mapping[str, Any]]

#: What selects one item, instances apart.
Selector = Union[KeyGiven, 'BaseCondition']

#: Fields and their names, in any collection but text.
Names = Union['Several[Field | str]', Iterator[Union['Field', str]]]

#: What the values of a new item are given as, by field name.
Given = Mapping[str, object]
