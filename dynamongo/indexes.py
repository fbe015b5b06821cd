"""Secondary indexes, declared in the class body of a model.

Source: `Improving data access with secondary indexes
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html>`_.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from dynamongo._calling import explains_calls
from dynamongo.exceptions import SchemaError
from dynamongo.utils import is_count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, NoReturn, Union

    from typing_extensions import Never, Self

    from dynamongo.fields.base import Field

    Projection = Union[Literal['all', 'keys'], list[str], tuple[str, ...]]

__all__ = ['GlobalIndex', 'LocalIndex']

#: DynamoDB's limit on the attributes that one index lists besides keys.
MAX_PROJECTED = 20

_NAME = r'[a-zA-Z0-9_.-]{3,255}'


class _Index:
    """What both kinds of index have in common."""

    if TYPE_CHECKING:
        name: str
        hash_key: Field
        range_key: Field | None
        keys: tuple[Field, ...]
        key_attributes: tuple[str, ...]
        listed_fields: list[Field]
        fields: tuple[Field, ...] | None
        attributes: frozenset[str] | None
        _declared: Any

    #: Whether DynamoDB reads the index consistently where it is asked to.
    can_be_consistent = True
    #: Whether DynamoDB fetches what the index doesn't project from the table.
    fetches = False

    def __init__(
        self, hash_key: Any, range_key: Any, projection: Projection, name: str | None
    ) -> None:
        for field in (hash_key, range_key):
            if field is not None and (not isinstance(field, str) or not field):
                raise SchemaError('takes the name of a field, a str', type(self).__name__, field)
        if name is not None and (not isinstance(name, str) or not re.fullmatch(_NAME, name)):
            raise SchemaError(
                'takes as name 3 to 255 of the characters a-z A-Z 0-9 _ . -',
                type(self).__name__,
                name,
            )
        self.projection = _checked_projection(type(self).__name__, projection)
        #: The name of the index in DynamoDB.
        self.name = name  # type: ignore[assignment]
        self._model: Any = None
        self._attribute: str | None = None
        self._key_names = (hash_key, range_key)

    def _bind(
        self,
        model: Any,
        attribute: str,
        hash_key: Field,
        range_key: Field | None,
        fields: Iterable[Field] | None,
        primary: Iterable[Field],
    ) -> Self:
        """Return a copy of the index that belongs to a model.

        :param type model: the model.
        :param str attribute: the name that the index has in the class body.
        :param Field hash_key: its hash key.
        :param range_key: its range key, a field or ``None``.
        :param fields: the fields that it lists in its projection; ``None`` where it lists none.
        :param primary: the key fields of the table, which each index projects.
        """
        bound = copy.copy(self)
        #: The declaration that it is a copy of.
        bound._declared = self
        bound.name = self.name or attribute
        if not re.fullmatch(_NAME, bound.name):
            raise SchemaError(
                f'{attribute}: the name of an index has 3 to 255 of the characters '
                "a-z A-Z 0-9 _ . -; give it one by name='...'",
                model.__name__,
            )
        bound._model = model
        bound._attribute = attribute
        #: The key fields: the hash key, and the range key or ``None``.
        bound.hash_key, bound.range_key = hash_key, range_key
        bound.keys = tuple(key for key in (hash_key, range_key) if key is not None)
        bound.key_attributes = tuple(key._key for key in bound.keys)
        keys = dict.fromkeys((*primary, *bound.keys))
        #: The fields that it lists besides keys.
        bound.listed_fields = [field for field in fields or () if field not in keys]
        if len(bound.listed_fields) > MAX_PROJECTED:
            raise SchemaError(
                f'{attribute}: an index lists at most {MAX_PROJECTED} fields besides keys',
                model.__name__,
                len(bound.listed_fields),
            )
        #: The fields that it holds, or ``None`` where it holds whole items.
        bound.fields = None if self.projection == 'all' else (*keys, *bound.listed_fields)
        #: The stored names of the attributes that it holds, or ``None`` for all.
        bound.attributes = (
            None if bound.fields is None else frozenset(field._key for field in bound.fields)
        )
        return bound

    def __set__(self, instance: object, value: Never) -> NoReturn:
        raise AttributeError(f'{self!r} is an index; it takes no value')

    def __delete__(self, instance: object) -> NoReturn:
        raise AttributeError(f"{self!r} is an index; it can't be deleted")

    def __repr__(self) -> str:
        if self._model is not None:
            return f'{self._model.__name__}.{self._attribute}'
        names = [repr(name) for name in self._key_names if name is not None]
        return f'{type(self).__name__}({", ".join(names)})'


@explains_calls
class GlobalIndex(_Index):
    """A global secondary index: the items of the table under a hash key of its own.

    An item is in the index while it has all the key attributes of the index. Reads of it are
    eventually consistent.

    :param str hash_key: the name of the field that is its hash key.
    :param str range_key: the name of the field that is its range key. Default: none.
    :param projection: what it holds besides the keys of the table and its own: ``'all'`` (default)
        for whole items, ``'keys'`` for nothing, or a list of names of fields, at most 20.
    :param str name: its name in DynamoDB. Default: the name it has in the class.
    :param int read_units: provisioned read units. Default: those of the table. A model whose
        ``__billing_mode__`` is ``'PAY_PER_REQUEST'`` has none.
    :param int write_units: provisioned write units. Default: those of the table.
    :raises SchemaError: where the declaration can't work.

    .. code-block:: python

        class User(Model):
            __table__ = 'users'
            __hash_key__ = 'email'

            email = EmailField()
            name = StringField()
            year_of_birth = IntField()
            by_name = GlobalIndex('name', 'year_of_birth')

        User.get_many((User.name == 'John') & (User.year_of_birth > 1990))

    .. versionadded:: 0.2
    """

    can_be_consistent = False

    def __init__(
        self,
        hash_key: str,
        range_key: str | None = None,
        *,
        projection: Projection = 'all',
        name: str | None = None,
        read_units: int | None = None,
        write_units: int | None = None,
    ) -> None:
        super().__init__(hash_key, range_key, projection, name)
        if hash_key is None or hash_key == range_key:
            raise SchemaError('needs a hash key, and a range key other than that', 'GlobalIndex')
        for units in (read_units, write_units):
            if units is not None and not is_count(units):
                raise SchemaError('takes as units an int of at least 1', 'GlobalIndex', units)
        self.read_units = read_units
        self.write_units = write_units


@explains_calls
class LocalIndex(_Index):
    """A local secondary index: the items of one hash key in the order of another range key.

    An item is in the index while it has the range key attribute of the index. What it doesn't
    project, DynamoDB fetches from the table, at the cost of one more read for each item.

    :param str range_key: the name of the field that is its range key.
    :param projection: what it holds besides the keys of the table and its own: ``'all'`` (default)
        for whole items, ``'keys'`` for nothing, or a list of names of fields, at most 20.
    :param str name: its name in DynamoDB. Default: the name it has in the class.
    :raises SchemaError: where the declaration can't work.

    .. code-block:: python

        class Contact(Model):
            __table__ = 'contacts'
            __hash_key__ = 'user_id'
            __range_key__ = 'email'

            user_id = UUIDField()
            email = EmailField()
            created_at = DateTimeField()
            by_age = LocalIndex('created_at')

        Contact.get_many(Contact.user_id == user_id, index='by_age', descending=True, limit=10)

    .. versionadded:: 0.2
    """

    fetches = True

    def __init__(
        self, range_key: str, *, projection: Projection = 'all', name: str | None = None
    ) -> None:
        super().__init__(None, range_key, projection, name)
        if range_key is None:
            raise SchemaError('needs a range key: the name of a field', 'LocalIndex')


def _checked_projection(owner: str, projection: Projection) -> Projection:
    if isinstance(projection, str) and projection in ('all', 'keys'):
        return projection
    if isinstance(projection, (list, tuple)) and projection:
        if not all(isinstance(name, str) for name in projection):
            raise SchemaError('takes names of fields as projection', owner, projection)
        return list(dict.fromkeys(projection))
    raise SchemaError("takes as projection 'all', 'keys', or a list of names", owner, projection)
