"""Where a field has its place: in a model, or in another field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynamongo._paths import MAX_PATH_ELEMENTS, Operand, Path
from dynamongo.exceptions import ExpressionError, SchemaError

if TYPE_CHECKING:
    from typing_extensions import Self

    from dynamongo._paths import Placeholders
    from dynamongo.fields.base import Field


class Placed(Operand):
    """Gives a field its name, and the path and the label that follow from it."""

    if TYPE_CHECKING:
        _attribute: str | None
        # A name, once the field belongs to a model or a dict.
        _name: Any
        _parent: Field | None
        _key: Any
        _model: Any

    def set_name(self, name: str, parent: Field | None = None) -> None:
        """Give the field its name.

        Models and dict fields do this for the fields declared in them.

        :param str name: starts with a letter.
        :param Field parent: the dict field that the field is a member of; ``None`` at the top.
        :raises SchemaError: where the name doesn't start with a letter.
        """
        if not isinstance(name, str) or not name[:1].isalpha():
            raise SchemaError('is no name for a field: it must start with a letter', repr(name))
        self._name = name
        self._parent = parent
        self._key = self._attribute or name
        self.__dict__['name'] = name

    @property
    def _path(self) -> Path:
        if self._key is None:
            raise ExpressionError(
                f'{self._label} belongs to no model, so it names no attribute; '
                'use it as Model.field'
            )
        keys: list[Any] = []
        field: Any = self
        while field is not None:
            keys.append(field._key)
            field = field._parent
        return Path(reversed(keys))

    @property
    def _label(self) -> str:
        if self._parent is not None:
            label: str = self._parent._label + self._parent._label_of_member(self)
            return label
        if self._model is not None:
            return f'{self._model.__name__}.{self._name}'
        return self._name or f'{type(self).__name__}()'

    def _label_of_member(self, member: Field) -> str:
        return f'[{member._key!r}]'

    @property
    def _field(self) -> Self:
        """The field that the operand is, or is about."""
        return self

    @property
    def _owner(self) -> Any:
        """The model that the field belongs to, or ``None``."""
        field = self
        while field._parent is not None:
            field = field._parent
        return field._model

    def _render(self, placeholders: Placeholders) -> str:
        return placeholders.path(self._path)

    def _child(self, field: Field, key: Any) -> Field:
        """Return a copy of ``field`` that stands for the value under ``key``."""
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            raise ExpressionError(f'{self._label} is indexed by a member name or a list index', key)
        if isinstance(key, int) and key < 0:
            raise ExpressionError(
                f'{self._label}: DynamoDB counts list elements from the start, from 0', key
            )
        if self._nesting() >= MAX_PATH_ELEMENTS:
            raise ExpressionError(
                f'a path has at most {MAX_PATH_ELEMENTS} elements in DynamoDB', self._label
            )
        child = field._clone()
        child._key = key
        child._parent = self
        return child

    def _nesting(self) -> int:
        """Return how many elements the path of the field has."""
        elements, field = 1, self
        while field._parent is not None:
            elements, field = elements + 1, field._parent
        return elements
