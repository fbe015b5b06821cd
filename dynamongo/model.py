"""Models: classes whose instances are the items of a table."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any

from dynamongo import (
    _bulk,
    _computing,
    _dumping,
    _held,
    _hooks,
    _instances,
    _loading,
    _planner,
    _read,
    _strategies,
    _write,
    _write_many,
)
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._explaining import add_foreign, missing, uncover, way_out, without_foreign
from dynamongo._exports import ExportMethods
from dynamongo._foreign import OF_INSTANCES
from dynamongo._names import suggest
from dynamongo._options import read_options
from dynamongo._pages import Page
from dynamongo._partial import PartialDict
from dynamongo._plan import Plan
from dynamongo._results import BatchResult, BulkResult
from dynamongo._schema import Schema
from dynamongo.connection import Connection
from dynamongo.exceptions import DoesNotExist, Problem, ValidationError
from dynamongo.tables import TableMethods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import ClassVar, Literal, TypeVar, overload

    from typing_extensions import Self

    from dynamongo import exceptions
    from dynamongo._bulk import Progress
    from dynamongo._types import KeyGiven, Selector
    from dynamongo.conditions import BaseCondition, CompoundKeyCondition
    from dynamongo.fields.base import Field
    from dynamongo.indexes import GlobalIndex, LocalIndex
    from dynamongo.updates import Update

    M = TypeVar('M', bound='Model')

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
        uncover(cls, OF_INSTANCES)
        cls._declared = dict(namespace)
        parents = [base for base in cls.__mro__[1:] if isinstance(base, ModelType)]
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


class Model(TableMethods, ExportMethods, _hooks.Hooks, metaclass=ModelType):
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

    def __init__(self, /, **kwargs: Any) -> None:
        self._schema.require_concrete()
        misnamed, invalid = self._fill(kwargs)
        if misnamed or invalid:
            raise ValidationError(problems=misnamed + invalid, where=self._schema.name)

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

    def to_dict(
        self, only: Iterable[Field | str] | None = None, *, extra: bool = False
    ) -> dict[str, Any]:
        """Return the values of the instance as a dict of its own.

        :param list only: the fields, or their names, to put into it. Default: all, or those that
            were read. Fields that the item lacks are in it too, as ``None``, ``[]`` or ``{}``.
        :param bool extra: add the undeclared attributes. Default ``False``.
        :rtype: dict
        :raises ValidationError: where ``only`` names what isn't a field, and where an undeclared
            attribute has the name of a field.
        :raises PartialItemError: where it names what wasn't read.
        """
        names = _held.names_held(self) if only is None else self._schema.names_of(only)
        values = {name: copy.deepcopy(_held.value_of(self, name)) for name in names}
        if extra:
            _held.require_extra(self)
            values = _held.with_extra(self._schema, copy.deepcopy(_held.extra_held(self)), values)
        if only is None and _held.tree_read(self) is not None:
            return PartialDict(values, values, self._schema.name)
        return values

    def validate(self) -> None:
        """Check the instance as a save does. Nothing is sent, and the instance stays as it is.

        :raises ValidationError: with all that is wrong with it.
        :raises PartialItemError: where it was read in part, so that it can't be saved.

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        _dumping.dump(self)

    def save(self, overwrite: bool | BaseCondition = True, *, changed: bool = False) -> Self:
        """Save the instance, or what has changed in it.

        :param overwrite: as for :meth:`save_one`.
        :param bool changed: send only what has changed since the item was read or saved; what
            others have changed meanwhile stays, and the instance then shows it. Nothing is sent
            where nothing has changed. An instance that is new is saved whole. Default ``False``.
        :returns: the instance itself, with the values as they are stored.
        :rtype: Model
        :raises ValidationError: where a value is invalid, or with ``changed`` the key has changed.
        :raises ConditionalCheckFailedException: where the stored item doesn't meet ``overwrite`` or
            has another version (see :class:`.VersionField`), or with ``changed`` is gone; its
            ``item`` is the stored item.

        .. code-block:: python

            user = User.get_one('john@example.com')
            user.name = 'John'
            user.save(changed=True)

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        _instances.save(self, overwrite, changed=changed)
        return self

    def delete(self) -> Self | None:
        """Delete the item of the instance.

        :returns: the item as it was, or ``None`` where there was none.
        :rtype: Model or None
        :raises ConditionalCheckFailedException: where the model has a :class:`.VersionField`, and
            the stored item another version.
        :raises ValidationError: where the key isn't that of the item that was read.

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        return _instances.delete(self)

    if TYPE_CHECKING:

        @overload
        def update(self, *updates: Update) -> Self: ...

        @overload
        def update(self, updates: Iterable[Update], /) -> Self: ...

    def update(self, *updates: Any) -> Self:
        """Change attributes of the item of the instance, and show the item as it then is.

        A field that has been changed and not saved, and that the updates don't touch, stays so, and
        is still not saved. What :meth:`before_load` has changed is sent with them. An instance that
        has never been read or saved stands for its key, and then shows what is stored.

        :param updates: updates made by the methods of fields, or one list of them.
        :returns: the instance itself.
        :rtype: Model
        :raises DoesNotExist: where there is no such item.
        :raises ConditionalCheckFailedException: where the model has a :class:`.VersionField`, and
            the stored item another version.
        :raises ExpressionError: as for :meth:`update_one`; and where an update works on the stored
            value of what :meth:`before_load` has changed.
        :raises ValidationError: as for :meth:`update_one`; and where the key isn't that of the item
            that was read.

        .. code-block:: python

            user.update(User.visits.increment(), User.name.set('John'))

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        _instances.update(self, updates)
        return self

    def refresh(self, *, consistent: bool = True) -> Self:
        """Read the item of the instance anew, whole. What has been set and not saved is dropped.

        :param bool consistent: see all writes that are done. Default ``True``.
        :returns: the instance itself.
        :rtype: Model
        :raises DoesNotExist: where there is no such item.
        :raises ValidationError: where the key isn't that of the item that was read.

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        _instances.refresh(self, consistent=consistent)
        return self

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
        values = {name: _value_if_any(self, name) for name in _held.names_held(self)}
        shown = [f'{name}={value!r}' for name, value in values.items() if value is not None]
        if _held.extra_held(self):
            shown.append(f'extra={_held.extra_held(self)!r}')
        if _held.tree_read(self) is not None:
            shown.append('...')
        return f'{self._schema.name}({", ".join(shown)})'

    @classmethod
    def keys_in(cls, values: Iterable[KeyGiven | Self]) -> CompoundKeyCondition:
        """Make a condition that is met by the items with the given keys.

        It is most useful where a model has a range key: each value is a tuple of hash and range
        key. It can be joined to other conditions.

        :param list values: keys: scalars or tuples, dicts, or instances. Any number of them;
            duplicates count once.
        :rtype: CompoundKeyCondition
        :raises ValidationError: where a key is incomplete or invalid.

        .. code-block:: python

            keys = [(user_id, 'john@example.com'), (user_id, 'jane@example.com')]
            Contact.get_many(Contact.keys_in(keys))
        """
        cls._schema.require_concrete()
        return _strategies.keys_in(cls._schema, values)

    @classmethod
    def table_name(cls) -> str:
        """Return the name of the table in DynamoDB, prefix included.

        :rtype: str
        """
        cls._schema.require_concrete()
        return f'{Connection.table_prefix}{cls._schema.table}'

    @classmethod
    def table(cls) -> Any:
        """Return boto3's object for the table, for what dynamongo doesn't do.

        :rtype: boto3.resources.base.ServiceResource
        """
        return Connection.get_table(cls.table_name())

    @classmethod
    def get_one(
        cls,
        strategy: Selector | Self,
        *,
        consistent: bool = False,
        only: Iterable[Field | str] | None = None,
    ) -> Self:
        """Read one item by its key.

        :param strategy: what selects the item: the value of the key (a tuple of hash and range key
            where there are both), a dict that has it, an instance, or a condition of equality on
            each key field.
        :param bool consistent: see all writes that are done, at twice the read units. Default
            ``False``: the latest ones may be missed.
        :param list only: what to read of the item; see :meth:`get_many`.
        :rtype: Model
        :raises DoesNotExist: as ``cls.DoesNotExist``, where no item has the key.
        :raises ExpressionError: where the condition doesn't select by the key alone.
        :raises ValidationError: where the key is incomplete or invalid.

        .. code-block:: python

            User.get_one('john@example.com')
            User.get_one(User.email == 'john@example.com')
        """
        cls._schema.require_concrete()
        options = read_options(cls._schema, 'get_one', consistent=consistent, only=only)
        target = _strategies.target(cls._schema, strategy, method='get_one', checks=False)
        item = _read.one(cls._schema, target.key, options)
        if item is None or not cls._schema.holds(item):
            raise _read.does_not_exist(cls._schema, target.key, item)
        return _loading.load(cls, item, options.projection)

    @classmethod
    def get_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self],
        descending: bool = False,
        limit: int | None = None,
        *,
        consistent: bool = False,
        only: Iterable[Field | str] | None = None,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> list[Self]:
        """Read the items that a strategy selects.

        Keys are read by BatchGetItem (a single one by GetItem), the items of a hash key, that of
        the table or of an index, by Query, and everything else by Scan. :meth:`explain` tells which
        it will be. All pages are read.

        :param strategy: a list of what :meth:`get_one` takes; or any condition.
        :param bool descending: sort from the highest key down. Default ``False``: items are sorted
            by hash key, and those of one hash key by range key, except that whole keys are answered
            in the order in which they are given. What is read from an index is sorted by the keys
            of the index.
        :param int limit: the largest number of items to return, at least 1, counted after
            everything is filtered. Default: all. With a scan it is undefined which of the matching
            items are returned.
        :param bool consistent: see all writes that are done, at twice the read units. Default
            ``False``: the latest ones may be missed. Global indexes can't be read that way.
        :param list only: what to read of each item: fields, members of dicts
            (``User.address.city``), or names of both (``'address.city'``). The key comes along. An
            element of a list brings the whole list. Default: everything. An instance that was read
            in part raises :exc:`.PartialItemError` where it is asked for the rest, or saved.
        :param index: the index to read, itself or its name. Items that lack a key of the index
            aren't in it. Default: the table, or an index that is known to give the same answer.
        :param int page_size: how many items, or keys, one request is about. Default: as many as
            DynamoDB takes; with a ``limit`` and no filter, no more than that.
        :param int workers: how many requests may be under way at once: batches of keys, several
            queries, or segments of a scan. Each has a thread. Default 1, at most 1000.
        :param bool scan: whether a Scan is allowed, which reads, and is charged for, the whole
            table. Default ``True``: it is logged once for each place in the program.
        :returns: a list of instances. Keys that no item has are left out, and keys that are given
            twice are answered once.
        :rtype: list
        :raises ExpressionError: where the strategy breaks a rule, the index can't answer it, or a
            scan is needed and not allowed.
        :raises ValidationError: where a key is incomplete or invalid, or an option makes no sense.
        :raises IncompleteReadError: where DynamoDB doesn't answer in full.

        .. code-block:: python

            User.get_many(['john@example.com', 'jane@example.com'])
            User.get_many((User.year_of_birth < 1990) & ~User.cities_visited.contains('Nairobi'))
        """
        cls._schema.require_concrete()
        options = read_options(
            cls._schema,
            'get_many',
            descending=descending,
            limit=limit,
            consistent=consistent,
            only=only,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        plan = _planner.plan(cls._schema, strategy, options)
        _read.warn_of_scan(plan)
        return _read.in_full(plan, _loader(cls, plan))

    @classmethod
    def iter_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        descending: bool = False,
        limit: int | None = None,
        consistent: bool = False,
        only: Iterable[Field | str] | None = None,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> Iterator[Self]:
        """Read the items that a strategy selects one after the other, and no further than needed.

        A page is requested when its first item is asked for, so any number of items takes the
        memory of one page for each of the ``workers``. The connection's settings, those of a
        ``using()`` block among them, are those at the time of the call.

        :param strategy: as for :meth:`get_many`; ``None`` (default) for all items.
        :returns: an iterator of instances, in the order of :meth:`get_many`, except that the items
            of a scan come in no order.
        :raises ExpressionError: as for :meth:`get_many`, at once; and where a scan is asked to be
            ``descending``.

        The other parameters are those of :meth:`get_many`.

        .. code-block:: python

            for user in User.iter_many(User.cities_visited.contains('Nairobi')):
                print(user.name)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        options = read_options(
            cls._schema,
            'iter_many',
            descending=descending,
            limit=limit,
            consistent=consistent,
            only=only,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        plan = _planner.plan_or_all(cls._schema, strategy, options)
        _planner.require_order(plan)
        _read.warn_of_scan(plan)
        return _read.items(plan, _loader(cls, plan))

    @classmethod
    def get_page(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None,
        *,
        limit: int,
        after: str | None = None,
        descending: bool = False,
        consistent: bool = False,
        only: Iterable[Field | str] | None = None,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        scan: bool = True,
    ) -> Page[Self]:
        """Read one page of the items that a strategy selects.

        :param strategy: as for :meth:`get_many`; ``None`` for all items.
        :param int limit: the largest number of items of the page, at least 1.
        :param str after: the token of the page before. Default: start with the first item.
        :returns: the items, and the token of the page that follows. It is ``None`` after the last
            item; where items are filtered out, it may lead to a last page that is empty. It is text
            without blanks, fit for JSON and URLs, and holds the key of an item in readable form.
        :rtype: Page
        :raises ValidationError: where ``after`` is no token, or that of another table, index,
            condition or order.
        :raises ExpressionError: as for :meth:`iter_many`.

        The other parameters are those of :meth:`get_many`. The items of a scan come in no order,
        but in the same one for all pages.

        .. code-block:: python

            page = User.get_page(User.year_of_birth > 1990, limit=20)
            while page.token:
                page = User.get_page(User.year_of_birth > 1990, limit=20, after=page.token)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        options = read_options(
            cls._schema,
            'get_page',
            optional=('page_size',),
            descending=descending,
            limit=limit,
            consistent=consistent,
            only=only,
            index=index,
            page_size=page_size,
            scan=scan,
        )
        plan = _planner.plan_or_all(cls._schema, strategy, options)
        _planner.require_order(plan)
        _read.warn_of_scan(plan)
        found, token = _read.page(plan, after)
        return Page(list(map(_loader(cls, plan), found)), token)

    @classmethod
    def count(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        consistent: bool = False,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> int:
        """Count the items that a strategy selects.

        DynamoDB reads, and charges for, all of them, but sends none. All pages are counted.

        :param strategy: as for :meth:`get_many`; ``None`` (default) for all items.
        :rtype: int

        The other parameters that it has, and what it raises, are those of :meth:`get_many`. Nothing
        but the key and what the condition names is needed, so more indexes will do than for
        reading.

        .. code-block:: python

            User.count(User.year_of_birth > 1990)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        options = read_options(
            cls._schema,
            'count',
            consistent=consistent,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        options = options.of_keys(cls._schema)
        plan = _planner.plan_or_all(cls._schema, strategy, options)
        _read.warn_of_scan(plan)
        return _read.count(plan)

    @classmethod
    def explain(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        descending: bool = False,
        limit: int | None = None,
        consistent: bool = False,
        only: Iterable[Field | str] | None = None,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> Plan:
        """Tell how :meth:`get_many` would read what a strategy selects. Nothing is sent.

        The parameters, and what it raises, are those of :meth:`get_many`; without a strategy, it is
        about reading everything. :meth:`count`, :meth:`delete_many` and :meth:`update_many` are
        planned as with ``only=[]``.

        :rtype: Plan

        .. code-block:: python

            print(User.explain(User.email.in_(emails) & (User.year_of_birth > 2000)))

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        options = read_options(
            cls._schema,
            'explain',
            descending=descending,
            limit=limit,
            consistent=consistent,
            only=only,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        return _planner.plan_or_all(cls._schema, strategy, options)

    @classmethod
    def save_one(cls, item: Self | dict[str, Any], overwrite: bool | BaseCondition = True) -> Self:
        """Create an item, or replace the one that has its key.

        :param item: an instance, or a dict of values by field name.
        :param overwrite: ``True`` (default) to replace whatever is there; ``False`` to replace
            nothing; or a condition that an existing item must meet to be replaced. Where no item
            has the key, the item is saved in any case.
        :returns: the instance that was given, or one made from the dict, with the values as they
            are stored.
        :rtype: Model
        :raises ValidationError: where the item is invalid; reports all that is wrong with it.
        :raises ConditionalCheckFailedException: where an existing item may not be replaced; its
            ``item`` is that item.

        .. code-block:: python

            User.save_one({'email': 'john@example.com', 'name': 'John'}, overwrite=False)
        """
        cls._schema.require_concrete()
        overwrite = _write.overwrite_of(cls._schema, overwrite)
        instance = _write.instance_of(cls, item)
        _write.put(instance, overwrite)
        return instance

    @classmethod
    def save_many(
        cls,
        items: Iterable[Self | dict[str, Any]],
        overwrite: bool | BaseCondition = True,
        *,
        workers: int = 1,
    ) -> BatchResult[Self]:
        """Create or replace many items.

        All items are validated first, and nothing is sent while one is invalid. With
        ``overwrite=True`` they are sent in batches of 25; where two have the same key, the later
        one is stored, and the earlier shares its fate. Otherwise, and where an instance has a
        :class:`.VersionField`, each is sent on its own, in order and on its condition.

        :param items: instances or dicts, any iterable.
        :param overwrite: as for :meth:`save_one`. Items that may not be stored are counted as
            failed.
        :param int workers: how many requests may be under way at once. Each has a thread.
            Default 1, at most 1000.
        :rtype: BatchResult
        :raises ValidationError: where an item is invalid; names its position.
        :raises RequestError: where the first request fails for a reason that isn't about an item,
            such as a missing table, or the first three where DynamoDB throttles or replies are
            damaged, so that nothing is known to be written. Whatever is raised once something is
            sent has a ``batch_result``, which says what was done.

        .. code-block:: python

            result = User.save_many(users, overwrite=False)
            print(result.fail_count)
        """
        cls._schema.require_concrete()
        overwrite = _write.overwrite_of(cls._schema, overwrite)
        return _write_many.put_many(cls, items, overwrite, workers)

    @classmethod
    def bulk_save(
        cls,
        items: Iterable[Self | dict[str, Any]],
        *,
        workers: int = 4,
        progress: Callable[[int], object] | Progress | None = None,
    ) -> BulkResult:
        """Create or replace any number of items, in the memory of a few batches.

        Items are taken from the iterable as they are sent, in batches of 25. An item that is
        invalid is counted as failed, and the others are saved. Where two have the same key, the
        later one is stored. Instances with a :class:`.VersionField` are sent one by one, each on
        its condition, which takes longer. What fails is kept, in memory.

        :param items: instances or dicts, any iterable, such as a generator.
        :param int workers: how many batches may be under way at once. Each has a thread.
            Default 4, at most 1000.
        :param progress: called with the number of items that have been dealt with since the last
            call; or what has an ``update`` method that takes it, such as ``tqdm``. Default: none.
        :rtype: BulkResult
        :raises RequestError: where requests fail for a reason that isn't about an item: the first
            one, or three in a row, so that there is no prospect. Whatever is raised, by the
            iterable and ``progress`` too, has a ``batch_result``, which says what was done.

        .. code-block:: python

            with tqdm(total=1_000_000) as bar:
                result = User.bulk_save(read_users(), progress=bar)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        return _bulk.bulk_save(cls, items, workers, progress)

    @classmethod
    def delete_one(cls, strategy: Selector | Self) -> Self | None:
        """Delete one item by its key, where it meets further conditions if there are any.

        :param strategy: as for :meth:`get_one`; a condition may have checks joined to it by ``&``.
        :returns: the item that was deleted, or ``None`` where there was none or it failed a check.
        :rtype: Model or None
        :raises ExpressionError: where the condition doesn't select by the key.
        :raises ValidationError: where the key is incomplete or invalid.
        :raises IncompleteReadError: where the item is deleted, and the model can't read it.

        .. code-block:: python

            User.delete_one((User.email == 'john@example.com') & (User.year_of_birth <= 2000))
        """
        cls._schema.require_concrete()
        target = _strategies.target(cls._schema, strategy, method='delete_one')
        return _write.delete_one(cls, target)

    @classmethod
    def delete_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self],
        *,
        scan: bool = True,
        workers: int = 1,
    ) -> BatchResult[Self]:
        """Delete the items that a strategy selects.

        Without further conditions, keys are deleted in batches of 25. Otherwise each item is
        deleted on its own, if it still meets the conditions at that moment.

        :param strategy: a list of what :meth:`delete_one` takes; or any condition.
        :param bool scan: whether a condition may be looked up by a Scan of the whole table.
            Default ``True``.
        :param int workers: how many requests may be under way at once. Each has a thread.
            Default 1, at most 1000.
        :returns: the deleted items. Those of which only the key was known have only that. A key
            that no item had counts as deleted; an item that fails a condition is in ``fail``.
        :rtype: BatchResult
        :raises ExpressionError: where the strategy breaks a rule.
        :raises ValidationError: where a key is incomplete or invalid.
        :raises RequestError: as for :meth:`save_many`.

        .. code-block:: python

            User.delete_many(User.cities_visited.contains('Nairobi'))
        """
        cls._schema.require_concrete()
        return _write_many.delete_many(cls, strategy, scan=scan, workers=workers)

    @classmethod
    def update_one(
        cls,
        strategy: Selector | Self,
        updates: Update | Iterable[Update],
        *,
        upsert: bool = False,
    ) -> Self | None:
        """Change attributes of one item, where it exists and meets further conditions.

        :param strategy: as for :meth:`delete_one`.
        :param list updates: updates made by the methods of fields.
        :param bool upsert: make the item where none has the key, of the key and what the updates
            make. Further conditions are for an existing item. Default ``False``.
        :returns: the item as it is now, or ``None`` where there is none or it fails a check.
        :rtype: Model or None
        :raises ExpressionError: where the updates are empty, touch the key, or overlap; where the
            condition doesn't select by the key; or where an item made by ``upsert`` would lack a
            required field.
        :raises ValidationError: where the key or a value is invalid.
        :raises IncompleteReadError: where the item is updated, and the model can't read it.

        .. code-block:: python

            User.update_one('john@example.com', [User.name.set('John'), User.visits.increment()])
        """
        cls._schema.require_concrete()
        target = _strategies.target(cls._schema, strategy, method='update_one')
        return _write.update_one(cls, target, updates, upsert=upsert)

    @classmethod
    def update_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self],
        updates: Update | Iterable[Update],
        *,
        scan: bool = True,
        workers: int = 1,
    ) -> BatchResult[Self]:
        """Change attributes of the items that a strategy selects.

        Each item is updated on its own, if it exists and still meets the conditions at that moment.

        :param strategy: as for :meth:`delete_many`. An item that is selected twice is updated once,
            if it meets the conditions of either.
        :param list updates: as for :meth:`update_one`.
        :param bool scan: whether a condition may be looked up by a Scan of the whole table.
            Default ``True``.
        :param int workers: how many requests may be under way at once. Each has a thread.
            Default 1, at most 1000.
        :returns: the updated items as they are now. A key that no item has, and an item that fails
            a condition, is in ``fail``.
        :rtype: BatchResult
        :raises ExpressionError: as for :meth:`update_one`.
        :raises ValidationError: as for :meth:`update_one`.
        :raises RequestError: as for :meth:`save_many`.

        .. code-block:: python

            User.update_many(User.year_of_birth < 1990, [User.visits.set(0)], workers=8)

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        return _write_many.update_many(cls, strategy, updates, scan=scan, workers=workers)

    @classmethod
    def update_from_dict(cls, item: dict[str, Any]) -> Self | None:
        """Set attributes of one item, where it exists.

        :param dict item: values by field name: those of the key select the item, the others are
            set; empty ones (``None`` and ``''``) are removed. A version (see
            :class:`.VersionField`) must be that of the stored item.
        :returns: the item as it is now, or ``None`` where there is none.
        :rtype: Model or None
        :raises ValidationError: where a name is no field's, or a value is invalid; reports all of
            them.
        :raises ExpressionError: where there is nothing but the key.
        :raises ConditionalCheckFailedException: where the item has another version.

        .. code-block:: python

            User.update_from_dict({'email': 'john@example.com', 'name': 'John'})
        """
        cls._schema.require_concrete()
        return _write.update_from_dict(cls, item)


add_foreign(Model, OF_INSTANCES)


def _takes_value(cls: type, name: str) -> bool:
    """Tell whether a class declares an attribute of its own, such as a property, to be set."""
    return hasattr(cls, name) and not callable(getattr(cls, name))


def _value_if_any(instance: Model, name: str) -> Any:
    """Return the value of a field, ``None`` where it can't be computed."""
    try:
        return _held.value_of(instance, name)
    except ValidationError:
        return None


def _loader(cls: type[M], plan: Plan) -> Callable[[Mapping[str, Any]], M]:
    """Return a function that makes an instance of a stored item."""
    return functools.partial(_loading.load, cls, projection=plan.options.projection)
