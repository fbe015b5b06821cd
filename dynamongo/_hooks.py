"""Hooks: methods of models that are called before and after an item is read or written."""

from __future__ import annotations

import inspect
import itertools
import types
from typing import TYPE_CHECKING

from dynamongo._documents import from_document, same_document, to_document
from dynamongo._permitted import check_updates
from dynamongo._wire.values import decode, encode
from dynamongo.exceptions import ExpressionError, Problem, SchemaError, ValidationError
from dynamongo.updates import Update, checked_updates, overlap
from dynamongo.utils import is_iterable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from typing_extensions import TypeGuard

    from dynamongo._annotations import WireItem
    from dynamongo._schema import Schema
    from dynamongo.model import Model

#: The names of all hooks.
NAMES = frozenset(
    f'{when}_{what}'
    for what in ('save', 'delete', 'update', 'load')
    for when in ('before', 'after')
)


class Hooks:
    """What models call before and after reads and writes. Here nothing is done."""

    def before_save(self) -> None:
        """Called before the instance is validated and saved, to be overridden.

        It may set fields, and what it raises stops the save before anything is sent.
        :meth:`validate` doesn't call it.

        .. code-block:: python

            class Person(User):
                def before_save(self):
                    super().before_save()
                    self.email = self.email.lower()

        .. versionadded:: 0.2
        """

    def after_save(self) -> None:
        """Called once the instance is saved and shows what is stored, to be overridden.

        It isn't called where the save has failed, where ``save(changed=True)`` has found no change,
        and for an item of which a later one of the same call has taken the place. What it raises
        reaches the caller; the item is saved all the same.

        .. versionadded:: 0.2
        """

    def before_delete(self) -> None:
        """Called before an item is deleted, to be overridden. What it raises stops the delete.

        The instance is the one that was given. Where the item is selected by a key or a condition,
        it is one that has only the key, as if read with ``only=[]``; :meth:`refresh` reads the
        rest.

        .. code-block:: python

            class KeptUser(User):
                def before_delete(self):
                    super().before_delete()
                    raise PermissionError(f'{self.email} is kept for ever')

        .. versionadded:: 0.2
        """

    def after_delete(self) -> None:
        """Called once an item is deleted, to be overridden.

        The instance is the one whose ``delete()`` was called, else the deleted item where DynamoDB
        answers with it, else that of :meth:`before_delete`. It isn't called where ``delete()`` and
        :meth:`delete_one` have found nothing to delete.

        .. versionadded:: 0.2
        """

    def before_update(self, updates: tuple[Update, ...]) -> Iterable[Update] | None:
        """Called before an item is updated, to be overridden. What it raises stops the update.

        The instance is that of :meth:`before_delete`. What is set on it isn't stored: return
        updates instead.

        :param tuple updates: the updates that were given.
        :returns: further updates, which are sent together with those; or ``None`` for none. One
            that overlaps with a given one is an :exc:`.ExpressionError`.
        :rtype: list or None

        .. code-block:: python

            class CountedUser(User):
                updates = IntField(default=0)

                def before_update(self, updates):
                    more = super().before_update(updates) or []
                    return [*more, CountedUser.updates.increment()]

        .. versionadded:: 0.2
        """

    def after_update(self) -> None:
        """Called once an item is updated, to be overridden.

        The instance is the one whose ``update()`` was called, else the item as it now is. After a
        transaction, it is that of :meth:`before_update`.

        .. versionadded:: 0.2
        """

    @classmethod
    def before_load(cls, item: dict[str, Any]) -> dict[str, Any]:
        """Called before an instance is made of a stored item, to be overridden.

        Its purpose is to read items of an older layout. What it changes counts as changed and not
        saved; the next :meth:`save` or :meth:`update` of the instance stores it. The key, the
        version, and what tells the class of the item must stay.

        :param dict item: the attributes that were read, by the names under which they are stored,
            as :class:`.Field` reads them. It may be changed.
        :returns: the item to load.
        :rtype: dict

        .. code-block:: python

            class RenamedUser(User):
                @classmethod
                def before_load(cls, item):
                    item = super().before_load(item)
                    if 'full_name' in item:
                        item.setdefault('name', item.pop('full_name'))
                    return item

        .. versionadded:: 0.2
        """
        return item

    def after_load(self) -> None:
        """Called once an instance has been made of a stored item, to be overridden.

        It has what was read, which with ``only=`` is a part. Its constructor isn't called.

        .. versionadded:: 0.2
        """


def overridden(model: type[Model], fields: Collection[str]) -> frozenset[str]:
    """Return the names of the hooks that a model has.

    :param fields: the names of its fields; a field is no hook, whatever its name.
    :raises SchemaError: where one would never be called, or can't be.
    """
    found = set()
    for name in NAMES.difference(fields):
        owners = [owner for owner in model.__mro__ if name in owner.__dict__]
        if owners[-1] is not Hooks:
            # Hooks calls no other: whoever comes behind it is never called by super().
            raise SchemaError(
                f'never calls {owners[-1].__name__}.{name}; name {owners[-1].__name__} before '
                'Model in the bases of the class',
                model.__name__,
            )
        if owners[0] is Hooks:
            continue
        method = owners[0].__dict__[name]
        function = getattr(method, '__func__', method)
        if not callable(function):
            continue
        if inspect.iscoroutinefunction(function):
            raise SchemaError(
                f'has {name} as async def; hooks are called, not awaited', model.__name__
            )
        if name == 'before_load' and isinstance(method, types.FunctionType):
            raise SchemaError(f'has {name} as a method; put @classmethod above it', model.__name__)
        found.add(name)
    return frozenset(found)


def has(instance: Model | None, name: str) -> TypeGuard[Model]:
    """Tell whether there is an instance, whose model has a hook."""
    return instance is not None and name in instance._schema.hooks


def run(instance: Model | None, name: str) -> bool:
    """Call a hook of an instance if there is one, and tell whether there was."""
    if not has(instance, name):
        return False
    getattr(instance, name)()
    return True


def joined(instance: Model | None, updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Return updates with those that ``before_update`` adds to them.

    :param tuple updates: checked updates.
    :raises ExpressionError: where it returns anything else, or they overlap.
    """
    if not has(instance, 'before_update'):
        return updates
    more = instance.before_update(updates)
    if more is None:
        return updates
    where = f'{instance._schema.name}.before_update'
    if isinstance(more, (Update, str, bytes)) or not is_iterable(more):
        raise ExpressionError(f'{where} returns a list of updates, or None', more)
    more = tuple(more)
    if not more:
        return updates
    try:
        checked_updates(more)
        check_updates(instance._schema, more)
    except ExpressionError as error:
        raise ExpressionError(f'{where}: {error.msg}', error.expression) from error
    for first, second in itertools.product(updates, more):
        if overlap(first, second):
            raise ExpressionError(
                f'{where}: {second.field._label}, which it returns, overlaps with '
                f'{first.field._label}, which is given; leave one of them out: before_update finds '
                'those that are given in updates',
                [first, second],
            )
    return (*updates, *more)


def migrated(schema: Schema, wire: WireItem) -> WireItem:
    """Return a stored item, on the wire, as ``before_load`` wants it to be.

    What it leaves as it is, is the same object afterwards.

    :raises ValidationError: where it returns what is no item of the model's, or another item.
    """
    item = {name: from_document(decode(value)) for name, value in wire.items()}
    made = schema.model.before_load(item)
    if not isinstance(made, dict):
        raise ValidationError(
            f'before_load returns the item to load, a dict, not {shown_type(made)}'
        )
    try:
        document = to_document(made)
    except ValidationError as error:
        raise ValidationError(problems=error.problems, where='before_load') from error
    result = {}
    for name, value in document.items():
        known = name in wire and same_document(decode(wire[name]), value)
        result[name] = wire[name] if known else encode(value)
    told_by = (schema.version, schema.discriminator)
    kept = (field._key for field in told_by if field is not None)
    problems = [
        Problem(
            'is changed by before_load, and must stay: writes tell the item by it',
            made.get(name),
            (name,),
        )
        for name in (*schema.key_attributes, *kept)
        if result.get(name) is not wire.get(name)
    ]
    if problems:
        raise ValidationError(problems=problems)
    same = len(result) == len(wire) and all(result[name] is wire.get(name) for name in result)
    return wire if same else result


def shown_type(value: object) -> str:
    """Return what a value is, for an error message."""
    return 'None' if value is None else type(value).__name__
