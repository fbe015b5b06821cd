"""Fields: the types of a model's attributes.

Each field extends a type of `schematics <https://schematics.readthedocs.io/>`_ and takes its
parameters. Where that type loses data, accepts what is plainly invalid, or lets an error out that
names nothing, the field mends it.
"""

from dynamongo.fields.base import Field
from dynamongo.fields.binary import BinaryField
from dynamongo.fields.dicts import DictField
from dynamongo.fields.documents import JSONField
from dynamongo.fields.enums import EnumField
from dynamongo.fields.lists import ListField
from dynamongo.fields.maps import MapField
from dynamongo.fields.numbers import (
    BooleanField,
    DecimalField,
    FloatField,
    IntField,
    VersionField,
)
from dynamongo.fields.sets import SetField
from dynamongo.fields.text import EmailField, IPAddressField, StringField, URLField, UUIDField
from dynamongo.fields.times import DateField, DateTimeField, TimedeltaField
from dynamongo.fields.timestamps import TimestampField

__all__ = [
    'BinaryField',
    'BooleanField',
    'DateField',
    'DateTimeField',
    'DecimalField',
    'DictField',
    'EmailField',
    'EnumField',
    'Field',
    'FloatField',
    'IPAddressField',
    'IntField',
    'JSONField',
    'ListField',
    'MapField',
    'SetField',
    'StringField',
    'TimedeltaField',
    'TimestampField',
    'URLField',
    'UUIDField',
    'VersionField',
]
