"""The methods of models that give values to other programs, and take them."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from dynamongo import _computing, _dumping, _held, _imports, _json, _loading, _planner, _read
from dynamongo._calling import explains_calls
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._held import BASE
from dynamongo._options import check_flag, read_options
from dynamongo._partial import without_marks
from dynamongo._wire.values import JSON, Stored, encode_item, item_text
from dynamongo.exceptions import ValidationError
from dynamongo.utils import is_empty, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import ClassVar

    from typing_extensions import Self

    from dynamongo._annotations import Names, Selector
    from dynamongo._schema import Schema
    from dynamongo.exceptions import Problem
    from dynamongo.fields.base import Field
    from dynamongo.indexes import GlobalIndex, LocalIndex
    from dynamongo.model import Model

#: The largest number of blanks that a line of JSON is indented by for each level.
MAX_INDENT = 100


@explains_calls
class ExportMethods:
    """What a model has of them; a base class of :class:`.Model`."""

    # No type says that what has these methods is always a model: hence the locals that are Any.

    if TYPE_CHECKING:
        _schema: ClassVar[Schema]

    def to_json(
        self,
        only: Names | None = None,
        *,
        extra: bool = False,
        indent: int | str | None = None,
    ) -> str:
        """Return the values of the instance as JSON, by field name.

        Values have the form in which they are stored: dates and UUIDs are text, numbers have all
        their digits. Binary is text in base64, sets are sorted lists, and what the item lacks is
        ``null``, ``[]`` or ``{}``. Constraints don't apply.

        :param list only: as for :meth:`to_dict`.
        :param bool extra: add the undeclared attributes, which :meth:`from_json` doesn't take.
            Default ``False``.
        :param indent: the number of blanks, or the text, by which each level is indented. Default:
            everything in one line, without blanks.
        :returns: JSON in ASCII.
        :rtype: str
        :raises ValidationError: where ``only`` names what isn't a field, DynamoDB can't store a
            value, or with ``extra`` an undeclared attribute has the name of a field.
        :raises PartialItemError: where ``only`` names what wasn't read, and with ``extra`` where
            the instance was read in part.

        .. code-block:: python

            print(user.to_json(only=['email', 'name'], indent=2))

        .. versionadded:: 0.2
        """
        instance: Any = self
        schema = self._schema
        names = _held.names_held(instance) if only is None else schema.names_of(only)
        if extra:
            _held.require_extra(instance)
        values = _exported(instance, names, _held.extra_held(instance) if extra else {})
        return _json.write(values, _checked_indent(schema, indent))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Make an instance of JSON that :meth:`to_json` has made, or any that is like it.

        The values are those of ``cls(**values)``, so that fields that aren't given get their
        default. Text may have the form in which a field stores it, and any other that the field
        accepts; where it stores binary, text is base64. Numbers are never rounded.

        :param text: an object of values by field name, as ``str`` or ``bytes``.
        :returns: a new instance, which isn't saved.
        :rtype: Model
        :raises ValidationError: where the text isn't a JSON object, a name is no field's or is
            there twice, or a value can't be converted.

        .. code-block:: python

            User.from_json('{"email": "john@example.com", "name": "John"}').save()

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        model: Any = cls
        made: Self = _imports.imported(model, _imports.parsed(cls._schema, text))
        return made

    def to_dynamodb_json(self, indent: int | str | None = None) -> str:
        """Return the item as DynamoDB's own JSON, which loses nothing.

        Attributes have the names and types that are stored, undeclared ones included. What isn't
        stored, because it is empty, is left out. Of an instance that is read or saved, computed
        fields are as they are stored. Constraints don't apply.

        :param indent: as for :meth:`to_json`.
        :returns: JSON in ASCII, such as ``{"email":{"S":"john@example.com"}}``.
        :rtype: str
        :raises ValidationError: where DynamoDB can't store a value.
        :raises PartialItemError: where the instance was read in part.

        .. code-block:: python

            user.to_dynamodb_json()

        .. versionadded:: 0.2
        """
        instance: Any = self
        text = item_text(_stored_form(instance))
        indent = _checked_indent(self._schema, indent)
        return text if indent is None else json.dumps(json.loads(text), indent=indent)

    @classmethod
    def from_dynamodb_json(cls, item: str | bytes | dict[str, Any]) -> Self:
        """Make an instance of an item in DynamoDB's own JSON.

        :param item: the item as ``str``, ``bytes`` or a dict of what they hold. It may be inside an
            object as ``Item``, as in the lines of DynamoDB's exports to S3 and in what
            ``aws dynamodb get-item`` prints.
        :returns: an instance with the values that reading the item would give; the hooks of loads
            are called. It counts as new: :meth:`save` saves it as a whole. Only defaults that take
            the instance apply.
        :rtype: Model
        :raises ValidationError: where the text isn't a JSON object, the model can't read a value,
            or DynamoDB would never send it; names the attribute. Also where the item is of a class
            that doesn't extend this one.

        .. code-block:: python

            User.from_dynamodb_json('{"email": {"S": "john@example.com"}, "name": {"S": "John"}}')

        .. versionadded:: 0.2
        """
        cls._schema.require_concrete()
        model: Any = cls
        data = item if isinstance(item, dict) else _imports.parsed(cls._schema, item)
        made: Self = _imports.of_wire(model, _imports.unwrapped(cls._schema, data))
        return made

    @classmethod
    def iter_dicts(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        extra: bool = False,
        descending: bool = False,
        limit: int | None = None,
        consistent: bool = False,
        only: Names | None = None,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Read the items that a strategy selects as dicts, one after the other.

        They are what :meth:`to_dict` makes of the instances that :meth:`iter_many` reads, but no
        instances are made, which takes less time. A class that overrides :meth:`before_load` or
        :meth:`after_load` takes the time, since these are called. Each dict has the same names, in
        the same order: those of all fields of the item's class, or of the key and the fields of
        ``only``. What an item lacks, or isn't stored and can't be computed, is ``None``, ``[]`` or
        ``{}``. Dicts that were read in part are plain dicts, too.

        :param strategy: as for :meth:`get_many`; ``None`` (default) for all items.
        :param bool extra: add the undeclared attributes, as far as an item has any. Default
            ``False``. It takes whole items, so ``only`` can't be given then.
        :returns: an iterator of dicts, which reads as :meth:`iter_many` does.
        :raises ExpressionError: as for :meth:`iter_many`.
        :raises ValidationError: as for :meth:`get_many`, and where both ``extra`` and ``only`` are
            given, or with ``extra`` an undeclared attribute has the name of a field.

        The other parameters are those of :meth:`get_many`.

        .. code-block:: python

            for values in User.iter_dicts(User.year_of_birth > 1990, only=['name']):
                print(values['email'], values['name'])

        .. versionadded:: 0.2
        """
        model: Any = cls
        schema = cls._schema
        schema.require_concrete()
        check_flag(schema, 'iter_dicts', 'extra', extra)
        if extra and only is not None:
            raise ValidationError(
                f'{schema.name}.iter_dicts: extra=True takes whole items; leave out only'
            )
        options = read_options(
            schema,
            'iter_dicts',
            descending=descending,
            limit=limit,
            consistent=consistent,
            only=only,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        plan = _planner.plan_or_all(schema, strategy, options)
        _planner.require_order(plan)
        _read.warn_of_scan(plan)
        load = functools.partial(
            _loading.load_dict, model, projection=plan.options.projection, extra=extra
        )
        return _read.items(plan, load)

    @classmethod
    def iter_dynamodb_json(
        cls,
        strategy: Selector | Self | Iterable[Selector | Self] | None = None,
        *,
        descending: bool = False,
        limit: int | None = None,
        consistent: bool = False,
        index: GlobalIndex | LocalIndex | str | None = None,
        page_size: int | None = None,
        workers: int = 1,
        scan: bool = True,
    ) -> Iterator[str]:
        """Read the items that a strategy selects as DynamoDB's own JSON, one after the other.

        Each is the item exactly as DynamoDB sends it, in one line: no field converts it, no hook
        sees it, and the class needn't be able to read it. It is what a backup is made of, and
        takes less time than making instances.

        :param strategy: as for :meth:`get_many`; ``None`` (default) for all items.
        :returns: an iterator of ``str`` in ASCII, which reads as :meth:`iter_many` does.
            :meth:`from_dynamodb_json` takes them.
        :raises ExpressionError: as for :meth:`iter_many`.
        :raises ValidationError: as for :meth:`get_many`, except for items that can't be read.

        The other parameters are those of :meth:`get_many`.

        .. code-block:: python

            for text in User.iter_dynamodb_json():
                print(text)

        .. versionadded:: 0.2
        """
        schema = cls._schema
        schema.require_concrete()
        options = read_options(
            schema,
            'iter_dynamodb_json',
            descending=descending,
            limit=limit,
            consistent=consistent,
            index=index,
            page_size=page_size,
            workers=workers,
            scan=scan,
        )
        plan = _planner.plan_or_all(schema, strategy, options)
        _planner.require_order(plan)
        _read.warn_of_scan(plan)
        return _read.items(plan, _raw)


def _raw(item: Mapping[str, Any]) -> str:
    """Return a stored item as DynamoDB's own JSON."""
    return JSON.encode(item.wire if type(item) is Stored else encode_item(item))


def _checked_indent(schema: Schema, indent: int | str | None) -> int | str | None:
    number = isinstance(indent, int) and not isinstance(indent, bool) and 0 <= indent <= MAX_INDENT
    if indent is None or number or (isinstance(indent, str) and not indent.strip(' \t')):
        return indent
    raise ValidationError(
        f'{schema.name}: indent is a number of blanks, at most {MAX_INDENT}, or text of blanks '
        f'and tabs, not {shorten(indent)}'
    )


def _primitives(
    schema: Schema, values: Mapping[str, Any], convert: Callable[[Field, Any], Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what ``convert`` makes of each field and its value, and what is wrong with any.

    It is given values as the field converts them, or empty ones, and isn't asked where a short way
    leads to the primitive.
    """

    def primitive(name: str, value: Any) -> Any:
        field = schema.fields[name]
        if not is_empty(value):
            try:
                return schema.codecs[field._key].key(value)
            except UNUSUAL:
                value = field._native(without_marks(value))
        return convert(field, value)

    return _imports.converted(values, primitive)


def _exported(instance: Model, names: Iterable[str], extra: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an instance as JSON has them, and undeclared attributes."""
    schema = instance._schema

    def export(field: Field, value: Any) -> Any:
        return value if is_empty(value) else field._exported(value)

    held = {name: _held.value_of(instance, name) for name in names}
    values, problems = _primitives(schema, held, export)
    problems += (odd for odd in _held.problems_of_odd_key(instance) if odd.path[0] in values)
    undeclared, more = _dumping.dump_extra(schema, extra)
    values = _imports.finished(schema, values, problems + more)
    return _held.with_extra(schema, undeclared, values)


def _stored_form(instance: Model) -> dict[str, Any]:
    """Return an instance as it would be stored: attribute name to primitive."""
    schema = instance._schema
    _held.require_extra(instance)
    compute = _computing.with_absent if BASE in instance.__dict__ else _computing.with_computed
    held, uncomputed = compute(instance)
    held = {name: value for name, value in held.items() if name in schema.fields}
    values, problems = _primitives(schema, held, lambda field, value: field._stored_form(value))
    item = {schema.fields[name]._key: each for name, each in values.items() if each is not None}
    if schema.discriminator is not None:
        item.setdefault(schema.discriminator._key, schema.tag)
    for name, stored in _held.odd_key(instance).items():
        item[schema.fields[name]._key] = stored
    undeclared, more = _dumping.dump_extra(schema, _held.extra_held(instance))
    return _imports.finished(schema, {**item, **undeclared}, [*problems, *uncomputed, *more])
