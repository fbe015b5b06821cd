"""An object mapper for Amazon DynamoDB.

.. code-block:: python

    from dynamongo import Connection, EmailField, Model, StringField

    class User(Model):
        __table__ = 'users'
        __hash_key__ = 'email'

        email = EmailField(required=True)
        name = StringField(required=True)

    User.save_one({'email': 'john@example.com', 'name': 'John Doe'})
    User.get_one(User.email == 'john@example.com')
"""

import typing as _typing

from dynamongo._explaining import is_imported as _is_imported
from dynamongo._explaining import missing as _missing
from dynamongo._foreign import IMPORTS as _IMPORTS
from dynamongo._version import __version__
from dynamongo.connection import Connection
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    DoesNotExist,
    DynamongoError,
    ExpressionError,
    IncompleteReadError,
    ItemTooLargeError,
    PartialItemError,
    RequestError,
    SchemaError,
    TableNotFoundError,
    ThrottledError,
    TransactionCanceledError,
    ValidationError,
)
from dynamongo.fields import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    EmailField,
    EnumField,
    Field,
    FloatField,
    IntField,
    IPAddressField,
    JSONField,
    ListField,
    MapField,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    VersionField,
)
from dynamongo.indexes import GlobalIndex, LocalIndex
from dynamongo.measuring import IndexUsage, Measurement, Usage
from dynamongo.model import BatchResult, BulkResult, Model, Page, Plan
from dynamongo.tables import Difference, TableDiff
from dynamongo.transactions import Transaction

__all__ = [
    'BatchResult',
    'BinaryField',
    'BooleanField',
    'BulkResult',
    'ConditionalCheckFailedException',
    'Connection',
    'DateField',
    'DateTimeField',
    'DecimalField',
    'DictField',
    'Difference',
    'DoesNotExist',
    'DynamongoError',
    'EmailField',
    'EnumField',
    'ExpressionError',
    'Field',
    'FloatField',
    'GlobalIndex',
    'IPAddressField',
    'IncompleteReadError',
    'IndexUsage',
    'IntField',
    'ItemTooLargeError',
    'JSONField',
    'ListField',
    'LocalIndex',
    'MapField',
    'Measurement',
    'Model',
    'Page',
    'PartialItemError',
    'Plan',
    'RequestError',
    'SchemaError',
    'SetField',
    'StringField',
    'TableDiff',
    'TableNotFoundError',
    'ThrottledError',
    'TimedeltaField',
    'TimestampField',
    'Transaction',
    'TransactionCanceledError',
    'URLField',
    'UUIDField',
    'Usage',
    'ValidationError',
    'VersionField',
    '__version__',
]


# A checker that saw this would take any name for one of the package's.
if not _typing.TYPE_CHECKING:

    def __getattr__(name):
        if name in _IMPORTS:
            message = f'dynamongo has no {name}; {_IMPORTS[name]}'
            if _is_imported():
                raise ImportError(message, name=name)
            raise _missing(name, message)
        raise _missing(name, f'module {__name__!r} has no attribute {name!r}')
