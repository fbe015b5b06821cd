"""Which attributes of an item are read, down to members of dicts."""

from __future__ import annotations

import decimal
import re
import typing
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dynamongo._logic import named_by
from dynamongo._names import suggest
from dynamongo._partial import PartialDict
from dynamongo._paths import MAX_EXPRESSION_BYTES, Path, Placeholders, longest
from dynamongo._permitted import check_owner
from dynamongo.exceptions import ExpressionError, Problem, ValidationError
from dynamongo.fields.base import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, KeysView
    from typing import Any

    from dynamongo._annotations import PathElement, Tree
    from dynamongo._schema import Schema
    from dynamongo.conditions import BaseCondition

#: One step of a path that is given as text: ``.name`` or ``[index]``.
_STEP = r'\.([^.\[\]]+)|\[(\d+)\]'

#: What DynamoDB may hold where members were asked for, and there are none.
_NO_DICTS = (str, bytes, int, float, decimal.Decimal, list, set, frozenset, type(None))


class Projection(typing.NamedTuple):
    """The part of an item that is read.

    :param dict fields: a tree of the names of fields and their members, in the order in which the
        model declares them; ``None`` stands for the whole of what it belongs to.
    :param dict stored: the same tree by the names that are stored.
    """

    fields: Tree
    stored: Tree

    @property
    def attributes(self) -> KeysView[str]:
        """The stored names of the attributes that it touches, a set."""
        return self.stored.keys()

    def paths(self, also: Iterable[Path] = ()) -> list[Path] | None:
        """Return the paths to ask DynamoDB for, none of which leads through another.

        Where they take more bytes than an expression may have, they are the attributes as a whole;
        and where these do, too, all of the item is read.

        :param also: further paths that are needed, though not shown.
        :returns: a list, or ``None`` for all.
        """
        wanted = [*_leaves(self.stored), *also]
        for paths in (wanted, [Path((path.root,)) for path in wanted]):
            tree: Tree = {}
            for path in paths:
                _insert(tree, path)
            paths = list(_leaves(tree))
            if longest(Placeholders().paths(paths)) <= MAX_EXPRESSION_BYTES:
                return paths
        return None

    def seen_by(self, schema: Schema) -> Projection:
        """Return the projection as another class of the same table names it.

        Where several classes share a table, one attribute may be another field in each.
        """
        found = ((schema.by_attribute.get(name), tree) for name, tree in self.stored.items())
        fields = {
            field._name: self.fields.get(field._name, tree)
            for field, tree in found
            if field is not None
        }
        return Projection(fields, self.stored)

    def shown(self, field: Field, value: Any) -> Any:
        """Return a value as far as it was asked for.

        :param Field field: the top-level field that the value belongs to.
        """
        tree = self.fields[field._name]
        return value if tree is None else _pruned(value, tree, field._label)


def projection_of_fields(fields: Iterable[Field]) -> Projection:
    """Return the projection of whole fields of a model."""
    return Projection({f._name: None for f in fields}, {f._key: None for f in fields})


def projection_of(schema: Schema, only: Iterable[str | Field]) -> Projection:
    """Return the projection that the ``only`` argument of a read asks for, the key included.

    :param only: fields, members of fields, and names of both, such as ``'address.city'``.
    :raises ValidationError: where a name is no field's; reports all of them.
    """
    if isinstance(only, (str, bytes, Field, Mapping)) or not isinstance(only, Iterable):
        raise ValidationError(problems=[Problem('only takes a list of fields and names', only)])
    problems: list[Problem] = []
    chosen = list(schema.keys)
    for entry in only:
        try:
            chosen.append(_field_of(schema, entry))
        except ValidationError as error:
            problems += error.problems
    if problems:
        raise ValidationError(problems=problems)
    fields: Tree = {}
    stored: Tree = {}
    for field in chosen:
        path = field._path.to_list
        _insert(stored, path)
        _insert(fields, _names(field)[: len(path)])
    ordered = {name: fields[name] for name in (*schema.fields, *fields) if name in fields}
    return Projection(ordered, stored)


def paths_of(condition: BaseCondition | None) -> Iterator[Path]:
    """Yield the paths that a condition looks at, each as far as the first list on it."""
    for operand in named_by(condition) if condition is not None else ():
        yield operand._path.to_list


def _field_of(schema: Schema, entry: object) -> Field:
    if isinstance(entry, Field):
        check_owner(schema, entry)
        if entry._path.root not in schema.by_attribute and schema.family is None:
            raise ValidationError(problems=[schema.unknown(entry._label)])
        return entry
    if not isinstance(entry, str):
        raise ValidationError(problems=[Problem('only takes a list of fields and names', entry)])
    head = re.split(r'[.\[]', entry, maxsplit=1)[0]
    field = schema.fields.get(schema.aliases.get(head, head))
    if field is None:
        raise ValidationError(problems=[schema.unknown(entry)])
    place = len(head)
    while place < len(entry):
        step = re.compile(_STEP).match(entry, place)
        if step is None:
            raise ValidationError(
                problems=[Problem("a path is written like 'address.city' or 'lines[0]'", entry)]
            )
        name, index = step.groups()
        try:
            field = _step(field, name if index is None else int(index))
        except ExpressionError as error:
            raise ValidationError(problems=[Problem(error.msg, entry)]) from error
        place = step.end()
    return field


def _step(field: Field, key: PathElement) -> Field:
    """Return the member or element of a field that a path given as text leads to."""
    member = field._member(key)
    declared = getattr(field, '_members', None)
    if declared and not any(member is known for known in declared.values()):
        hint = suggest(key, declared, 'members')
        raise ExpressionError(
            f'{field._label} declares no such member{hint}; for one that is not declared write '
            f'{member._label}'
        )
    return member


def _names(field: Field) -> list[str]:
    names: list[str] = []
    place: Field | None = field
    while place is not None:
        names.append(place._name or place._key)
        place = place._parent
    return names[::-1]


def _insert(tree: Tree, path: Iterable[Any]) -> None:
    """Add a path to a tree, where what is asked for as a whole needs no parts."""
    *way, last = path
    for name in way:
        inner = tree.setdefault(name, {})
        if inner is None:
            return
        tree = inner
    tree[last] = None


def _leaves(tree: Tree, start: tuple[str, ...] = ()) -> Iterator[Path]:
    for name, inner in tree.items():
        if inner is None:
            yield Path((*start, name))
        else:
            yield from _leaves(inner, (*start, name))


def _pruned(value: Any, tree: Tree, label: str) -> Any:
    """Return a dict with no more than what a tree asks for, and the knowledge of that."""
    if isinstance(value, _NO_DICTS):
        value = {}
    if not isinstance(value, dict):
        # What a subclass of DictField has made of it.
        return value
    members = {}
    for name, inner in tree.items():
        if inner is not None:
            members[name] = _pruned(value.get(name), inner, f'{label}[{name!r}]')
        elif name in value:
            members[name] = value[name]
    return PartialDict(members, tree, label)
