"""The short ways of fields whose values hold others, and of fields without a declared type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from dynamongo import fields
from dynamongo._codecs.ways import Unusual, together
from dynamongo._documents import from_document, to_document
from dynamongo._wire.values import decode
from dynamongo.exceptions import ValidationError
from dynamongo.fields.base import Field
from dynamongo.fields.documents import from_json, plain, to_json
from dynamongo.utils import is_empty

if TYPE_CHECKING:
    from dynamongo._annotations import WireValue
    from dynamongo._codecs import Codec
    from dynamongo._codecs.ways import Check, Maker, Ways

_T = TypeVar('_T')


def _document(field: Field, codec: type[Codec]) -> Ways:
    check = together(field, [])

    def load(wire: WireValue) -> Any:
        return from_document(decode(wire))

    def dump(value: Any) -> Any:
        if value is None or (isinstance(value, str) and type(value) is not str):
            raise Unusual
        if check is not None:
            check(value)
        primitive = to_document(value)
        return primitive, from_document(primitive)

    return load, dump, lambda value: value


def _list(field: fields.ListField, codec: type[Codec]) -> Ways | None:
    inner = codec(field.field)
    if not inner.is_short:
        return None
    check = _limits_of_size(field)
    required = field._required
    may_be_nothing = type(field.field) is fields.SetField

    def load(wire: WireValue) -> Any:
        # The copy has no room to spare, which counts where there are many.
        return [*map(inner.load, _of_type(_only(wire)['L'], list))][:]

    def dump(value: Any) -> Any:
        dumped = [*map(inner.dump, _of_type(value, list))]
        if required and not dumped:
            raise Unusual
        if check is not None:
            check(value)
        if inner.keeps:
            return dumped, [*value]
        if may_be_nothing and not all(value):
            raise Unusual
        return [primitive for primitive, _ in dumped], [value for _, value in dumped]

    def native(value: Any) -> Any:
        return [*map(inner.native, _of_type(value, list))]

    return load, dump, native


def _limits_of_size(field: fields.ListField | fields.MapField | fields.SetField) -> Check | None:
    unlimited = field.min_size is None and field.max_size is None
    return together(field, [] if unlimited else [field.validate_size])


def _only(wire: WireValue) -> WireValue:
    """Return a value on the wire that is of one type, as DynamoDB sends them."""
    if len(wire) != 1:
        raise Unusual
    return wire


def _of_type(value: Any, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise Unusual
    return value


def _dict(field: fields.DictField, codec: type[Codec]) -> Ways | None:
    members = {name: codec(inner) for name, inner in field._members.items()}
    if not all(member.is_short for member in members.values()):
        return None
    by_key = {member.field._key: (name, member.load) for name, member in members.items()}
    dumps: dict[Any, tuple[Any, Codec]] = {
        name: (member.field._key, member) for name, member in members.items()
    }
    # Names of members under which nothing of them is stored.
    unstored = {name for name in members if name not in by_key}
    # Names by which members are given that aren't their own.
    others = {key for key in by_key if key not in members}
    others.update(alias for member in members.values() for alias in member.field._aliases)
    # Where a member is missing, these have something to say about it.
    exacting = {name for name, member in members.items() if _minds_absence(member.field)}
    # What is given as nothing is stored as a list or a dict without members.
    containers = {name for name, member in members.items() if type(member.field) in _CONTAINERS}
    keeping = {name for name, member in members.items() if member.keeps_empty}

    def load(wire: WireValue) -> Any:
        value = {}
        for key, raw in _of_type(_only(wire)['M'], dict).items():
            known = by_key.get(key)
            if known is None:
                if key in unstored:
                    raise Unusual
                value[key] = from_document(decode(raw))
            else:
                name, load_member = known
                value[name] = load_member(raw)
        return value

    def dump(value: Any) -> Any:
        if not _of_type(value, dict).keys().isdisjoint(others):
            raise Unusual
        for name in exacting:
            if is_empty(value.get(name)):
                raise Unusual
        primitives, values = {}, {}
        for name, item in value.items():
            known = dumps.get(name)
            if type(name) is not str or (known is None and not name.isascii()):
                raise Unusual
            if is_empty(item):
                if name in containers:
                    raise Unusual
                if item is None or name not in keeping:
                    continue
            if known is None:
                primitives[name] = to_document(item)
                values[name] = from_document(primitives[name])
            else:
                key, member = known
                if member.keeps:
                    primitives[key], values[name] = member.dump(item), item
                else:
                    primitive, after = member.dump(item)
                    if primitive is not None:
                        primitives[key], values[name] = primitive, after
        return primitives, values

    return load, dump, None


def _minds_absence(field: Field) -> bool:
    """Tell whether it can be wrong that a member is missing."""
    if field._required:
        return True
    try:
        type(field).validate(field, None)
    except ValidationError:
        return True
    return False


_CONTAINERS = (fields.DictField, fields.ListField, fields.MapField)


def _map(field: fields.MapField, codec: type[Codec]) -> Ways | None:
    inner = codec(field.field)
    if not inner.is_short:
        return None
    check = _limits_of_size(field)
    required = field._required

    def is_usual(key: Any, item: Any) -> Any:
        return type(key) is str and key and (inner.keeps_empty or item != '') and item is not None

    def load(wire: WireValue) -> Any:
        members = _of_type(_only(wire)['M'], dict)
        return {key: inner.load(raw) for key, raw in members.items()}

    def dump(value: Any) -> Any:
        primitives, values = {}, {}
        for key, item in _of_type(value, dict).items():
            if not is_usual(key, item) or not key.isascii():
                raise Unusual
            if inner.keeps:
                primitives[key], values[key] = inner.dump(item), item
            else:
                primitive, after = inner.dump(item)
                if primitive is not None:
                    primitives[key], values[key] = primitive, after
        if required and not primitives:
            raise Unusual
        if check is not None:
            check(value)
        return primitives, values

    def native(value: Any) -> Any:
        if not all(is_usual(*member) for member in _of_type(value, dict).items()):
            raise Unusual
        return {key: inner.native(item) for key, item in value.items()}

    return load, dump, native


#: The type of a set on the wire to that of its members.
_OF_MEMBERS = {'SS': 'S', 'NS': 'N', 'BS': 'B'}


def _set(field: fields.SetField, codec: type[Codec]) -> Ways | None:
    inner = codec(field.field)
    if not (inner.is_short and inner.keeps):
        return None
    check = _limits_of_size(field)
    required = field._required

    def load(wire: WireValue) -> Any:
        ((kind, raw),) = wire.items()
        kind = _OF_MEMBERS[kind]
        members = {inner.load({kind: member}) for member in _of_type(raw, list)}
        if len(members) != len(raw):
            raise Unusual
        return members

    def dump(value: Any) -> Any:
        if not _of_type(value, set):
            if required:
                raise Unusual
            return None, None
        primitives = set(map(inner.dump, value))
        if len(primitives) != len(value):
            raise Unusual
        if check is not None:
            check(value)
        return primitives, value.copy()

    def native(value: Any) -> Any:
        return set(map(inner.native, _of_type(value, set)))

    return load, dump, native


def _json(field: fields.JSONField, codec: type[Codec]) -> Ways:
    check = together(field, [])

    def load(wire: WireValue) -> Any:
        try:
            return from_json(_only(wire)['S'])
        except RecursionError:
            raise Unusual from None

    def dump(value: Any) -> Any:
        copied = plain(value)
        if is_empty(copied):
            raise Unusual
        if check is not None:
            check(copied)
        text = to_json(copied)
        return text, from_json(text)

    return load, dump, plain


#: As :data:`.scalars.SCALARS`, but that the values may change.
CONTAINERS: dict[type[Field], Maker] = {
    Field: _document,
    fields.DictField: _dict,
    fields.JSONField: _json,
    fields.ListField: _list,
    fields.MapField: _map,
    fields.SetField: _set,
}
