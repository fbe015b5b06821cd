"""Fields: the types of a model's attributes.

Each field extends a type of `schematics <https://schematics.readthedocs.io/>`_ and takes its
parameters. Where that type loses data, accepts what is plainly invalid, or lets an error out that
names nothing, the field mends it.
"""

from dynamongo.fields.base import Field
from dynamongo.fields.containers import DictField, ListField
from dynamongo.fields.numbers import BooleanField, FloatField, IntField, VersionField
from dynamongo.fields.text import EmailField, IPAddressField, StringField, URLField, UUIDField
from dynamongo.fields.times import DateField, DateTimeField, TimedeltaField

__all__ = [
    'BooleanField',
    'DateField',
    'DateTimeField',
    'DictField',
    'EmailField',
    'Field',
    'FloatField',
    'IPAddressField',
    'IntField',
    'ListField',
    'StringField',
    'TimedeltaField',
    'URLField',
    'UUIDField',
    'VersionField',
]
