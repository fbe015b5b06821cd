"""The methods of models that read."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from dynamongo import _loading, _planner, _read, _strategies
from dynamongo._calling import explains_calls
from dynamongo._options import read_options
from dynamongo._pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import ClassVar, TypeVar

    from typing_extensions import Self

    from dynamongo._annotations import KeyGiven, Names, Selector
    from dynamongo._plan import Plan
    from dynamongo._projection import Projection
    from dynamongo._schema import Schema
    from dynamongo._typing import Several
    from dynamongo.conditions import CompoundKeyCondition
    from dynamongo.indexes import GlobalIndex, LocalIndex

    T = TypeVar('T')


@explains_calls
class ReadMethods:
    """What models can read; a base class of :class:`.Model`."""

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]

    @classmethod
    def keys_in(
        cls, values: Several[KeyGiven | Self] | Iterator[KeyGiven | Self]
    ) -> CompoundKeyCondition:
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
    def get_one(
        cls,
        strategy: Selector | Self,
        *,
        consistent: bool = False,
        only: Names | None = None,
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
        return _loader(cls, options.projection)(item)

    @classmethod
    def get_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self],
        descending: bool = False,
        limit: int | None = None,
        *,
        consistent: bool = False,
        only: Names | None = None,
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
        return _read.in_full(plan, _loader(cls, plan.options.projection))

    @classmethod
    def iter_many(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        descending: bool = False,
        limit: int | None = None,
        consistent: bool = False,
        only: Names | None = None,
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
        return _read.items(plan, _loader(cls, plan.options.projection))

    @classmethod
    def get_page(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None,
        *,
        limit: int,
        after: str | None = None,
        descending: bool = False,
        consistent: bool = False,
        only: Names | None = None,
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
        return Page(list(map(_loader(cls, plan.options.projection), found)), token)

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
        only: Names | None = None,
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


def _loader(model: type[T], projection: Projection | None) -> Callable[[Mapping[str, Any]], T]:
    """Return a function that makes an instance of a stored item."""
    # No type says that what reads is always a model.
    given: Any = model
    return functools.partial(_loading.load, given, projection=projection)
