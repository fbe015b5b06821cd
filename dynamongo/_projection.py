"""Which attributes of an item are read, down to members of dicts."""

import dataclasses
import decimal
import re
from collections.abc import Iterable, Mapping

from dynamongo._partial import PartialDict
from dynamongo._paths import Operand, Path
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.fields.base import Field

#: One step of a path that is given as text: ``.name`` or ``[index]``.
_STEP = re.compile(r'\.([^.\[\]]+)|\[(\d+)\]')

#: What DynamoDB may hold where members were asked for, and there are none.
_NO_DICTS = (str, bytes, int, float, decimal.Decimal, list, set, frozenset, type(None))


@dataclasses.dataclass(frozen=True)
class Projection:
    """The part of an item that is read.

    :param dict fields: a tree of the names of fields and their members; ``None`` stands for the
        whole of what it belongs to.
    :param dict stored: the same tree by the names that are stored.
    """

    fields: dict
    stored: dict

    @property
    def attributes(self):
        """The stored names of the attributes that it touches, a set."""
        return self.stored.keys()

    def paths(self, also=()):
        """Return the paths to ask DynamoDB for, none of which leads through another.

        :param also: further paths that are needed, though not shown.
        :rtype: list
        """
        tree = _copy(self.stored)
        for path in also:
            _insert(tree, path)
        return list(_leaves(tree))

    def shown(self, field, value):
        """Return a value as far as it was asked for.

        :param Field field: the top-level field that the value belongs to.
        """
        tree = self.fields[field._name]
        return value if tree is None else _pruned(value, tree, field._label)


def projection_of_fields(fields):
    """Return the projection of whole fields of a model."""
    return Projection({f._name: None for f in fields}, {f._key: None for f in fields})


def projection_of(schema, only):
    """Return the projection that the ``only`` argument of a read asks for, the key included.

    :param only: fields, members of fields, and names of both, such as ``'address.city'``.
    :raises ValidationError: where a name is no field's.
    """
    if isinstance(only, (str, bytes, Field, Mapping)) or not isinstance(only, Iterable):
        problem = Problem('only takes a list of fields and names', only)
        raise ValidationError(problems=[problem], where=schema.name)
    problems, chosen = [], list(schema.keys)
    for entry in only:
        try:
            chosen.append(_field_of(schema, entry))
        except ValidationError as error:
            problems += error.problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    fields, stored = {}, {}
    for field in chosen:
        path = field._path.to_list
        _insert(stored, path)
        _insert(fields, _names(field)[: len(path)])
    return Projection(fields, stored)


def paths_of(condition):
    """Yield the paths that a condition looks at, each as far as the first list on it."""
    for primitive in condition.primitives() if condition is not None else ():
        for operand in (primitive.attr, *primitive.operands):
            if isinstance(operand, Operand):
                yield operand._path.to_list


def _field_of(schema, entry):
    if isinstance(entry, Field):
        schema.check_owner(entry)
        return entry
    if not isinstance(entry, str):
        raise ValidationError(problems=[Problem('only takes a list of fields and names', entry)])
    head = re.match(r'[^.\[]*', entry).group()
    field = schema.fields.get(schema.aliases.get(head, head))
    if field is None:
        raise ValidationError(problems=[schema.unknown(entry)])
    place = len(head)
    while place < len(entry):
        step = _STEP.match(entry, place)
        if step is None:
            raise ValidationError(
                problems=[Problem("a path is written like 'address.city' or 'lines[0]'", entry)]
            )
        name, index = step.groups()
        field = field._member(name if index is None else int(index))
        place = step.end()
    return field


def _names(field):
    names = []
    while field is not None:
        names.append(field._name or field._key)
        field = field._parent
    return names[::-1]


def _insert(tree, path):
    """Add a path to a tree, where what is asked for as a whole needs no parts."""
    *way, last = path
    for name in way:
        inner = tree.setdefault(name, {})
        if inner is None:
            return
        tree = inner
    tree[last] = None


def _copy(tree):
    return {name: None if inner is None else _copy(inner) for name, inner in tree.items()}


def _leaves(tree, start=()):
    for name, inner in tree.items():
        if inner is None:
            yield Path((*start, name))
        else:
            yield from _leaves(inner, (*start, name))


def _pruned(value, tree, label):
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
