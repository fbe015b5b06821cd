"""The options of a model that say what its table is like, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamongo._declarations import choice, field_named, flag, units
from dynamongo.exceptions import SchemaError
from dynamongo.indexes import GlobalIndex
from dynamongo.utils import key_proto

if TYPE_CHECKING:
    from typing import Literal

    from dynamongo._annotations import AnyIndex
    from dynamongo.fields.base import Field
    from dynamongo.model import Model

PROVISIONED, ON_DEMAND = BILLING_MODES = ('PROVISIONED', 'PAY_PER_REQUEST')

#: What a stream holds of each change; ``None`` and ``False`` for no stream.
STREAMS: tuple[str | Literal[False] | None, ...] = (
    None,
    False,
    'KEYS_ONLY',
    'NEW_IMAGE',
    'OLD_IMAGE',
    'NEW_AND_OLD_IMAGES',
)

STANDARD, _ = TABLE_CLASSES = ('STANDARD', 'STANDARD_INFREQUENT_ACCESS')

#: The encryption by the key that AWS manages for the account.
AWS_KEY = 'KMS'

#: Limits of tags: `Tagging restrictions in DynamoDB
#: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html>`_.
MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 50, 128, 256

_NAMES = (
    '__billing_mode__',
    '__deletion_protection__',
    '__encryption__',
    '__point_in_time_recovery__',
    '__read_units__',
    '__stream__',
    '__table_class__',
    '__tags__',
    '__ttl__',
    '__write_units__',
)


class TableOptions:
    """What a model says of its table, besides its key and its indexes.

    :param fields: its fields by name; ``None`` where it is abstract, so that its children say what
        it lacks.
    :raises SchemaError: where an option can't work.
    """

    def __init__(self, model: type[Model], fields: dict[str, Field] | None) -> None:
        stream: str | Literal[False] | None = choice(model, '__stream__', STREAMS)
        billing_mode = choice(model, '__billing_mode__', (None, *BILLING_MODES))
        self.billing_mode: str = billing_mode or PROVISIONED
        self.read_units = units(model, '__read_units__')
        self.write_units = units(model, '__write_units__')
        #: The field by which items expire, or ``None``.
        self.ttl = _ttl(model, fields)
        #: What the stream holds, or ``None`` for no stream.
        self.stream = stream or None
        self.tags = _tags(model)
        self.encryption = _encryption(model)
        self.point_in_time_recovery = _flag(model, '__point_in_time_recovery__')
        self.deletion_protection = _flag(model, '__deletion_protection__')
        table_class = choice(model, '__table_class__', (None, *TABLE_CLASSES))
        self.table_class: str = table_class or STANDARD
        #: The names of the options that the class or its parents set, to something else than
        #: ``None``. The others have their defaults, which are for the creation of a table.
        self.stated = frozenset(name for name in _NAMES if getattr(model, name, None) is not None)

    @property
    def throughput(self) -> tuple[int, int]:
        """The read and write units of the table."""
        return self.read_units, self.write_units

    def differing(self, other: TableOptions) -> str | None:
        """Return the name of an option that other options have another value of, or ``None``."""
        for name in _NAMES:
            own, its = (_plain(getattr(each, name.strip('_'))) for each in (self, other))
            if own != its:
                return name
        return None


def _plain(value: object) -> object:
    """Return the value of an option as what can be compared."""
    return getattr(value, '_key', value)


def _ttl(model: type[Model], fields: dict[str, Field] | None) -> Field | None:
    """Return the field by which items expire, or ``None``."""
    name = getattr(model, '__ttl__', None)
    if name is None or fields is None:
        return None
    field = field_named(model, '__ttl__', name, fields)
    try:
        kind = key_proto(field)
    except ValueError:
        kind = None
    if kind != 'N':
        raise SchemaError(
            f'__ttl__ {name!r}: DynamoDB takes the time as a number, in seconds since 1970; name '
            f'a field of numbers, not {type(field).__name__}',
            model.__name__,
        )
    return field


def _flag(model: type[Model], option: str) -> bool:
    return getattr(model, option, None) is not None and flag(model, option, False)


def _tags(model: type[Model]) -> dict[str, str]:
    tags = getattr(model, '__tags__', None)
    if tags is None:
        return {}
    if not isinstance(tags, dict) or not all(
        isinstance(text, str) for pair in tags.items() for text in pair
    ):
        raise SchemaError('__tags__ must be a dict of str to str', model.__name__, tags)
    if len(tags) > MAX_TAGS:
        raise SchemaError(f'__tags__ holds at most {MAX_TAGS} tags', model.__name__, len(tags))
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_TAG_KEY or key.lower().startswith('aws:'):
            raise SchemaError(
                f"__tags__: a key has 1 to {MAX_TAG_KEY} characters and doesn't begin with aws:",
                model.__name__,
                key,
            )
        if len(value) > MAX_TAG_VALUE:
            raise SchemaError(
                f'__tags__ {key!r}: a value has at most {MAX_TAG_VALUE} characters',
                model.__name__,
                value,
            )
    return dict(tags)


def _encryption(model: type[Model]) -> str | None:
    key = getattr(model, '__encryption__', None)
    if key is not None and (not isinstance(key, str) or not key):
        raise SchemaError(
            f'__encryption__ must be None, {AWS_KEY!r}, or the id, the ARN or the alias of a KMS '
            'key, a str',
            model.__name__,
            key,
        )
    return key


def check_throughput(
    model: type[Model], options: TableOptions, indexes: dict[str, AnyIndex]
) -> None:
    """Raise where throughput is provisioned for a table that is paid for by request."""
    if options.billing_mode != ON_DEMAND:
        return
    found: list[str] = [
        name for name in ('__read_units__', '__write_units__') if name in options.stated
    ]
    found += (
        f'{name} (its read_units or write_units)'
        for name, index in indexes.items()
        if isinstance(index, GlobalIndex) and (index.read_units or index.write_units)
    )
    if found:
        raise SchemaError(
            f'has __billing_mode__ = {ON_DEMAND!r}, which provisions nothing; remove '
            f'{" and ".join(found)}',
            model.__name__,
        )
