"""Models: classes whose instances are the items of a table."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from dynamongo import _computing, _held, _hooks
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._explaining import add_foreign, missing, uncover, way_out, without_foreign
from dynamongo._exports import ExportMethods
from dynamongo._foreign import OF_INSTANCES
from dynamongo._instance_methods import InstanceMethods
from dynamongo._names import suggest
from dynamongo._pages import Page
from dynamongo._plan import Plan
from dynamongo._read_methods import ReadMethods
from dynamongo._results import BatchResult, BulkResult
from dynamongo._schema import Schema
from dynamongo._write_methods import WriteMethods
from dynamongo.exceptions import DoesNotExist, Problem, ValidationError
from dynamongo.tables import TableMethods

if TYPE_CHECKING:
    from typing import ClassVar, Literal

    from dynamongo import exceptions
    from dynamongo.fields.base import Field

__all__ = ['BatchResult', 'BulkResult', 'Model', 'Page', 'Plan']


class ModelType(type):
    """Reads what a model class declares when the class is made."""

    if TYPE_CHECKING:
        # Pyright takes what type says of it for what holds of instances.
        __dict__: dict[str, Any]  # type: ignore[assignment, misc]
        _declared: dict[str, Any]
        _schema: Schema
        DoesNotExist: type[exceptions.DoesNotExist]

    def __init__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(name, bases, namespace)
        cls._declared = dict(namespace)
        parents = [base for base in cls.__mro__[1:] if isinstance(base, ModelType)]
        if parents:
            uncover(cls, parents[-1], OF_INSTANCES)
        inherited = parents[0].DoesNotExist if parents else DoesNotExist
        model: Any = cls
        cls._schema = Schema(model)
        made: Any = type(
            'DoesNotExist',
            (inherited,),
            {
                '__doc__': f'Raised by ``{name}.get_one`` when no item has the key.',
                '__module__': cls.__module__,
                '__qualname__': f'{cls.__qualname__}.DoesNotExist',
            },
        )
        cls.DoesNotExist = made

    # A checker that saw these would take any name for an attribute.
    if not TYPE_CHECKING:

        def __setattr__(cls, name, value):
            super().__setattr__(name, value)
            if name in _hooks.NAMES:
                _find_hooks(cls)

        def __delattr__(cls, name):
            super().__delattr__(name)
            if name in _hooks.NAMES:
                _find_hooks(cls)

        def __getattr__(cls, name):
            raise missing(name, f'{cls.__name__} has no attribute {name!r}{_meant(cls, name)}')

        def __dir__(cls):
            return without_foreign(cls, super().__dir__())


def _meant(cls: type, name: str) -> str:
    """Return the end of a message about an attribute that a model lacks."""
    # What looks for `__wrapped__` and its kind looks for nothing of ours.
    if name.startswith('_'):
        return ''
    public = tuple(known for known in dir(cls) if not known.startswith('_'))
    return _likely(name, public, cls.__name__)


@functools.lru_cache(maxsize=512)
def _likely(name: str, public: tuple[str, ...], model: str) -> str:
    # Remembered, because `hasattr` may ask again and again.
    return way_out(name, OF_INSTANCES, public, model=model)


def _find_hooks(cls: type[Model]) -> None:
    """Find out anew which hooks a model and those that extend it have."""
    # A model that is being made has none yet.
    schema = cls.__dict__.get('_schema')
    if schema is not None:
        schema.hooks = _hooks.overridden(cls, schema.fields)
        for extending in cls.__subclasses__():
            _find_hooks(extending)


class Model(
    InstanceMethods,
    ReadMethods,
    WriteMethods,
    TableMethods,
    ExportMethods,
    _hooks.Hooks,
    metaclass=ModelType,
):
    """Base class of models: declare fields, and the table they are stored in.

    .. code-block:: python

        class User(Model):
            __table__ = 'users'
            __hash_key__ = 'email'

            email = EmailField(required=True)
            name = StringField(required=True)
            year_of_birth = IntField(max_value=2018, min_value=1900)

    These attributes of the class describe the table:

    ``__table__`` (required)
        The name of the table. In DynamoDB, the prefix of the :class:`.Connection` comes before it.

    ``__hash_key__`` (required)
        The name of the field that is the hash key, a field of strings or numbers.

    ``__range_key__``
        The name of the field that is the range key, a field of strings or numbers. Default: none.

    ``__read_units__``, ``__write_units__``
        The units of throughput to provision. Default: 8 each.

    ``__billing_mode__``
        ``'PROVISIONED'`` (default), or ``'PAY_PER_REQUEST'`` for a table without provisioned
        throughput.

    ``__ttl__``
        The name of the field, one of numbers, that holds the second since 1970 after which
        DynamoDB deletes the item. Default: none.

    ``__stream__``
        What the stream of changes holds: ``'KEYS_ONLY'``, ``'NEW_IMAGE'``, ``'OLD_IMAGE'`` or
        ``'NEW_AND_OLD_IMAGES'``; ``False`` for no stream. Default: none.

    ``__tags__``
        A dict of tags of the table, ``str`` to ``str``. Default: none.

    ``__encryption__``
        ``'KMS'`` for the key that AWS manages for the account, or the id, the ARN or the alias of a
        KMS key. Default: DynamoDB's own key.

    ``__point_in_time_recovery__``
        ``True`` for continuous backups. Default: ``False``.

    ``__deletion_protection__``
        ``True`` for a table that can't be deleted. Default: ``False``.

    ``__table_class__``
        ``'STANDARD'`` (default) or ``'STANDARD_INFREQUENT_ACCESS'``.

    ``__abstract__``
        ``True`` for a class without a table, which other models extend. Not inherited.

    ``__allow_scan__``
        ``False`` forbids reading the whole table: a strategy that needs a Scan is an
        :exc:`.ExpressionError`. Default: ``True``.

    ``__discriminator__``
        The name of the field that says which class an item is of, where several classes share the
        table: this one and those that extend it. Reads return each item as an instance of its
        class. Default: none.

    ``__discriminator_value__``
        The value of that field in items of the class. Not inherited. Default: the name of the
        class.

    ``__extra__``
        What happens to attributes of a stored item that the class doesn't declare: ``'keep'``
        (default) carries them on the instance and writes them back, ``'ignore'`` drops them,
        ``'forbid'`` refuses to read the item.

    Indexes are attributes of the class too; see :class:`.GlobalIndex` and :class:`.LocalIndex`.

    Fields and indexes are inherited, also from classes that aren't models. A property that can't be
    set takes the place of an inherited field and computes its values. An instance has the
    values of its fields as attributes; what is absent reads as ``None``, or as an empty list or
    dict.

    :param kwargs: values by field name. They are converted at once, and checked against the
        constraints of the fields when the instance is saved. Fields that aren't given get their
        default.
    :raises ValidationError: where a value can't be converted, or a name is no field's; reports all
        of them.

    ``Model.DoesNotExist``, one for each model, is what :meth:`get_one` raises.
    """

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]
        DoesNotExist: ClassVar[type[exceptions.DoesNotExist]]
        __table__: ClassVar[str]
        __read_units__: ClassVar[int | None]
        __write_units__: ClassVar[int | None]
        __billing_mode__: ClassVar[Literal['PROVISIONED', 'PAY_PER_REQUEST'] | None]
        __ttl__: ClassVar[str | None]
        __stream__: ClassVar[
            Literal['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', False] | None
        ]
        __tags__: ClassVar[dict[str, str] | None]
        __encryption__: ClassVar[str | None]
        __point_in_time_recovery__: ClassVar[bool | None]
        __deletion_protection__: ClassVar[bool | None]
        __table_class__: ClassVar[Literal['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] | None]
        __allow_scan__: ClassVar[bool]
        __discriminator__: ClassVar[str | None]
        __discriminator_value__: ClassVar[object]
        __extra__: ClassVar[Literal['keep', 'ignore', 'forbid']]

    __abstract__: ClassVar[bool] = True
    __hash_key__: ClassVar[str | None] = None
    __range_key__: ClassVar[str | None] = None

    if TYPE_CHECKING:

        def __init__(self, /, **kwargs: Any) -> None: ...

    else:

        def __init__(self, /, *args, **kwargs):
            self._schema.require_concrete()
            if args:
                raise TypeError(_unnamed(self._schema, args))
            misnamed, invalid = self._fill(kwargs)
            if misnamed or invalid:
                raise ValidationError(problems=misnamed + invalid, where=self._schema.name)

        # What looks for the signature finds that of a function without args.
        __init__.__wrapped__ = lambda self, /, **kwargs: None

    #: By which it is known whether a subclass has a constructor of its own.
    _constructor = __init__

    def _fill(self, values: dict[str, Any]) -> tuple[list[Problem], list[Problem]]:
        """Take values by field name, and defaults for the rest.

        A value that can't be converted is taken as it is, so that what else is wrong with it can
        be found out.

        :returns: the problems of the names, and those of the values.
        """
        schema = self._schema
        misnamed: list[Problem] = []
        problems: list[Problem] = []
        given: dict[str, Any] = {}
        if values.keys() <= schema.fields.keys():
            given, values = values, given
        for name, value in values.items():
            known = name if name in schema.fields else schema.aliases.get(name)
            if known is None:
                misnamed.append(schema.unknown(name))
            elif known in given:
                message = 'is given twice, under two names; leave one of them out'
                misnamed.append(Problem(message, path=(known,)))
            else:
                given[known] = value
        for name, codec, initial in schema.initials:
            try:
                value = given.get(name)
                if value is None or (
                    isinstance(value, str) and not value and not codec.keeps_empty
                ):
                    value = initial(name in given)
                else:
                    try:
                        value = codec.native(value)
                    except UNUSUAL:
                        if not codec.is_short:
                            raise
                        value = codec.own_native(value)
                if value is not None:
                    _held.set_unwatched(self, name, value)
            except ValidationError as error:
                _held.set_unwatched(self, name, given.get(name))
                problems += (problem.within(name) for problem in error.problems)
        return misnamed, problems

    def _absent(self, field: Field) -> Any:
        """Return what the instance shows for a field that it holds no value of."""
        if _held.SOURCE in self.__dict__:
            return _computing.seen(self, field)
        _held.require_read(self, field)
        if field._compute is not None and (field._is_computed or _held.BASE not in self.__dict__):
            value, _ = _computing.computed(self, field)
            return value
        value = field._absent_value()
        if value is not None:
            # Kept, so that `user.tags.append(...)` isn't lost.
            self.__dict__[field._name] = value
        return value

    # A checker that saw these would take any name for an attribute.
    if not TYPE_CHECKING:

        def __setattr__(self, name, value):
            field = self._schema.fields.get(name)
            if field is not None:
                given = field._absent_value() if value is None else field._completed(value)
                if self._schema.always_computed:
                    _computing.forget_computed(self)
                _held.note_change(self, name)
                self.__dict__[name] = given
            elif name.startswith('_') or _takes_value(type(self), name):
                object.__setattr__(self, name, value)
            else:
                hint = suggest(name, self._schema.fields)
                raise AttributeError(
                    f'{self._schema.name} has no field {name!r}{hint}\n'
                    'To keep an undeclared attribute in the table, put it into `extra`; to keep '
                    'something that is not stored, begin its name with an underscore'
                )

        def __delattr__(self, name):
            if name in self._schema.fields and name in self.__dict__:
                _computing.forget_computed(self)
                _held.note_change(self, name)
            object.__delattr__(self, name)

        def __dir__(self):
            return without_foreign(type(self), super().__dir__())

    @property
    def extra(self) -> dict[str, Any]:
        """``dict`` of the attributes that the item has and the class doesn't declare.

        They are stored with the instance. What is added to it is stored as well.
        """
        _held.require_extra(self)
        extra: dict[str, Any] = self.__dict__.setdefault(_held.EXTRA, {})
        return extra

    def __eq__(self, other: Any) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if _held.tree_read(self) != _held.tree_read(other):
            return False
        names = _held.names_held(self)
        if names != _held.names_held(other):
            return False
        same = all(_held.value_of(self, name) == _held.value_of(other, name) for name in names)
        return same and _held.extra_held(self) == _held.extra_held(other)

    # Instances change, and what changes has no lasting hash.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = {name: _value_to_show(self, name) for name in _held.names_held(self)}
        shown = [f'{name}={value!r}' for name, value in values.items() if value is not None]
        if _held.extra_held(self):
            shown.append(f'extra={_held.extra_held(self)!r}')
        if _held.tree_read(self) is not None:
            shown.append('...')
        return f'{self._schema.name}({", ".join(shown)})'


add_foreign(Model, OF_INSTANCES)


def _unnamed(schema: Schema, args: tuple[Any, ...]) -> str:
    """Return what is wrong with values that are given without the names of their fields."""
    if len(args) == 1 and isinstance(args[0], dict):
        hint = f'write {schema.name}(**values)'
    elif len(args) == 1 and isinstance(args[0], Model):
        hint = f'write {schema.name}(**other.to_dict())'
    else:
        hint = f'write {schema.name}({schema.hash_key._name}=...)'
    return f'{schema.name}() takes values by the names of their fields; {hint}'


def _takes_value(cls: type, name: str) -> bool:
    """Tell whether a class declares an attribute of its own, such as a property, to be set."""
    return hasattr(cls, name) and not callable(getattr(cls, name))


def _value_to_show(instance: Model, name: str) -> Any:
    """Return the value of a field, ``None`` where it can't be computed."""
    try:
        return _held.value_of(instance, name)
    except ValidationError:
        return None
