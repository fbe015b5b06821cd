"""The methods of models that write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo import _bulk, _strategies, _write, _write_many
from dynamongo._calling import explains_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import ClassVar

    from typing_extensions import Self

    from dynamongo._annotations import Given, Selector
    from dynamongo._bulk import Progress
    from dynamongo._results import BatchResult, BulkResult
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.updates import Update


@explains_calls
class WriteMethods:
    """What models can write; a base class of :class:`.Model`."""

    # No type says that what has these methods is always a model: hence the locals that are Any.

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]

    @classmethod
    def save_one(cls, item: Self | Given, overwrite: bool | BaseCondition = True) -> Self:
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
        model: Any = cls
        instance = _write.instance_of(model, item)
        _write.put(instance, overwrite)
        saved: Self = instance
        return saved

    @classmethod
    def save_many(
        cls,
        items: Iterable[Self | Given],
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
        model: Any = cls
        return _write_many.put_many(model, items, overwrite, workers)

    @classmethod
    def bulk_save(
        cls,
        items: Iterable[Self | Given],
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
        model: Any = cls
        return _bulk.bulk_save(model, items, workers, progress)

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
        model: Any = cls
        return _write.delete_one(model, target)

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
        model: Any = cls
        return _write_many.delete_many(model, strategy, scan=scan, workers=workers)

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
        model: Any = cls
        return _write.update_one(model, target, updates, upsert=upsert)

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
        model: Any = cls
        return _write_many.update_many(model, strategy, updates, scan=scan, workers=workers)

    @classmethod
    def update_from_dict(cls, item: Given) -> Self | None:
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
        model: Any = cls
        return _write.update_from_dict(model, item)
