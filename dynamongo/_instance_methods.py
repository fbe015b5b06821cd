"""The methods of instances."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from dynamongo import _dumping, _held, _instances
from dynamongo._calling import explains_calls
from dynamongo._partial import PartialDict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar, overload

    from typing_extensions import Self

    from dynamongo._annotations import Names
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition
    from dynamongo.updates import Update


@explains_calls
class InstanceMethods:
    """What instances of models can do with their items; a base class of :class:`.Model`."""

    # No type says that what has these methods is always a model: hence the locals that are Any.

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]

    def to_dict(self, only: Names | None = None, *, extra: bool = False) -> dict[str, Any]:
        """Return the values of the instance as a dict of its own.

        :param list only: the fields, or their names, to put into it. Default: all, or those that
            were read. Fields that the item lacks are in it too, as ``None``, ``[]`` or ``{}``.
        :param bool extra: add the undeclared attributes. Default ``False``.
        :rtype: dict
        :raises ValidationError: where ``only`` names what isn't a field, and where an undeclared
            attribute has the name of a field.
        :raises PartialItemError: where it names what wasn't read.
        """
        instance: Any = self
        schema = self._schema
        names = _held.names_held(instance) if only is None else schema.names_of(only)
        values = {name: copy.deepcopy(_held.value_of(instance, name)) for name in names}
        if extra:
            _held.require_extra(instance)
            undeclared = copy.deepcopy(_held.extra_held(instance))
            values = _held.with_extra(schema, undeclared, values)
        if only is None and _held.tree_read(instance) is not None:
            return PartialDict(values, values, schema.name)
        return values

    def validate(self) -> None:
        """Check the instance as a save does. Nothing is sent, and the instance stays as it is.

        :raises ValidationError: with all that is wrong with it.
        :raises PartialItemError: where it was read in part, so that it can't be saved.

        .. versionadded:: 0.2
        """
        self._schema.require_concrete()
        instance: Any = self
        _dumping.dump(instance)

    def save(self, overwrite: bool | BaseCondition = True, *, changed: bool = False) -> Self:
        """Save the instance, or what has changed in it.

        :param overwrite: as for :meth:`save_one`.
        :param bool changed: send only what has changed since the item was read or saved; what
            others have changed meanwhile stays, and the instance then shows it. Nothing is sent
            where nothing has changed, the version included. An instance that is new is saved whole.
            Default ``False``.
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
        instance: Any = self
        _instances.save(instance, overwrite, changed=changed)
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
        instance: Any = self
        return _instances.delete(instance)

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
        instance: Any = self
        _instances.update(instance, updates)
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
        instance: Any = self
        _instances.refresh(instance, consistent=consistent)
        return self
