"""The methods of models that give values to other programs, and take them."""

import decimal
import functools
import json

from dynamongo import _computing, _dumping, _held, _json, _loading, _planner, _read, _write
from dynamongo._codecs.ways import UNUSUAL
from dynamongo._documents import MAX_NESTING
from dynamongo._held import BASE
from dynamongo._options import check_flag, read_options
from dynamongo._partial import without_marks
from dynamongo._wire.values import JSON, Stored, decode, encode_item, item_text
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.utils import is_empty


class ExportMethods:
    """What a model has of them; a base class of :class:`.Model`."""

    def to_json(self, only=None, *, extra=False, indent=None):
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
        schema = self._schema
        names = _held.names_held(self) if only is None else schema.names_of(only)
        if extra:
            _held.require_extra(self)
        values = _exported(self, names, _held.extra_held(self) if extra else {})
        return _json.write(values, _checked_indent(schema, indent))

    @classmethod
    def from_json(cls, text):
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
        return _imported(cls, _parsed(cls._schema, text))

    def to_dynamodb_json(self, indent=None):
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
        text = item_text(_stored_form(self))
        indent = _checked_indent(self._schema, indent)
        return text if indent is None else json.dumps(json.loads(text), indent=indent)

    @classmethod
    def from_dynamodb_json(cls, item):
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
        data = item if isinstance(item, dict) else _parsed(cls._schema, item)
        return _of_wire(cls, _unwrapped(cls._schema, data))

    @classmethod
    def iter_dicts(
        cls,
        strategy=None,
        *,
        extra=False,
        descending=False,
        limit=None,
        consistent=False,
        only=None,
        index=None,
        page_size=None,
        workers=1,
        scan=True,
    ):
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
            _loading.load_dict, cls, projection=plan.options.projection, extra=extra
        )
        return _read.items(plan, load)

    @classmethod
    def iter_dynamodb_json(
        cls,
        strategy=None,
        *,
        descending=False,
        limit=None,
        consistent=False,
        index=None,
        page_size=None,
        workers=1,
        scan=True,
    ):
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

            with open('users.jsonl', 'w') as file:
                for text in User.iter_dynamodb_json():
                    print(text, file=file)

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


def _raw(item):
    """Return a stored item as DynamoDB's own JSON."""
    return JSON.encode(item.wire if type(item) is Stored else encode_item(item))


def _checked_indent(schema, indent):
    number = isinstance(indent, int) and not isinstance(indent, bool) and indent >= 0
    if indent is None or number or (isinstance(indent, str) and not indent.strip(' \t')):
        return indent
    raise ValidationError(
        f'{schema.name}: indent is a number of blanks, or text of blanks and tabs, not {indent!r}'
    )


def _converted(values, convert):
    """Return what ``convert`` makes of each name and value, and what is wrong with any."""
    converted, problems = {}, []
    for name, value in values.items():
        try:
            converted[name] = convert(name, value)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    return converted, problems


def _finished(schema, values, problems):
    """Return values, or raise what is wrong with them."""
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return values


def _primitives(schema, values, convert):
    """Return what ``convert`` makes of each field and its value, and what is wrong with any.

    It is given values as the field converts them, or empty ones, and isn't asked where a short way
    leads to the primitive.
    """

    def primitive(name, value):
        field = schema.fields[name]
        if not is_empty(value):
            try:
                return schema.codecs[field._key].key(value)
            except UNUSUAL:
                value = field._native(without_marks(value))
        return convert(field, value)

    return _converted(values, primitive)


def _exported(instance, names, extra):
    """Return the values of an instance as JSON has them, and undeclared attributes."""
    schema = instance._schema

    def export(field, value):
        return value if is_empty(value) else field._exported(value)

    held = {name: _held.value_of(instance, name) for name in names}
    values, problems = _primitives(schema, held, export)
    undeclared, more = _dumping.dump_extra(schema, extra)
    values = _finished(schema, values, problems + more)
    return _held.with_extra(schema, undeclared, values)


def _stored_form(instance):
    """Return an instance as it would be stored: attribute name to primitive."""
    schema = instance._schema
    _held.require_extra(instance)
    compute = _computing.with_absent if BASE in instance.__dict__ else _computing.with_computed
    held, uncomputed = compute(instance)
    held = {name: value for name, value in held.items() if name in schema.fields}
    values, problems = _primitives(schema, held, lambda field, value: field._stored_form(value))
    item = {schema.fields[name]._key: each for name, each in values.items() if each is not None}
    if schema.tag is not None:
        item.setdefault(schema.discriminator._key, schema.tag)
    undeclared, more = _dumping.dump_extra(schema, _held.extra_held(instance))
    return _finished(schema, {**item, **undeclared}, [*problems, *uncomputed, *more])


def _parsed(schema, text):
    """Return what a JSON object holds."""
    try:
        data = _json.read(text)
    except ValidationError as error:
        error.where = schema.name
        raise
    if not isinstance(data, dict):
        problem = Problem('an item is a JSON object', data)
        raise ValidationError(problems=[problem], where=schema.name)
    return data


def _imported(model, data):
    """Return an instance of values as JSON has them, or raise all that is wrong with them."""
    schema = _write.class_of(model, data)._schema

    def convert(name, value):
        field = schema.fields.get(schema.aliases.get(name, name))
        return value if field is None else field._imported(value)

    # What is computed and no key may be older than what it is computed from.
    computed = {
        field._name for field in schema.always_computed if field._key not in schema.key_attributes
    }
    data = {name: value for name, value in data.items() if name not in computed}
    values, problems = _converted(data, convert)
    if not problems:
        return _write.instance_of(model, values)
    unread = {(schema.aliases.get(name, name),) for name in data.keys() - values.keys()}
    try:
        _write.instance_of(model, values)
    except ValidationError as error:
        problems += (problem for problem in error.problems if problem.path[:1] not in unread)
    raise ValidationError(problems=problems, where=schema.name)


def _unwrapped(schema, data):
    """Return an item on the wire, which may be inside of an object as ``Item``."""
    whole = all(
        isinstance(decode(data.get(name)), (str, bytes, decimal.Decimal))
        for name in schema.key_attributes
    )
    inner = data.get('Item')
    return inner if isinstance(inner, dict) and not whole else data


def _of_wire(model, wire):
    """Return an instance of an item on the wire, which counts as new."""
    schema = model._schema
    problems = [
        problem.within(schema.by_attribute[name]._name if name in schema.by_attribute else name)
        for name, value in wire.items()
        for problem in _damaged(value)
    ]
    problems += (
        Problem('the names of attributes are str', name)
        for name in wire
        if not isinstance(name, str)
    )
    problems += _empty_keys(schema, wire)
    _finished(schema, None, problems)
    if schema.family is not None:
        _check_class(schema, Stored(wire))
    instance = _loading.load(model, Stored(wire))
    _held.make_new(instance)
    _computing.drop_computed(instance, keys=False)
    return instance


def _check_class(schema, item):
    """Raise where an item is of a class that doesn't extend the one that it is to be read by."""
    _loading.schema_of(schema, item.wire)
    if not schema.holds(item):
        other = schema.family.name_of(item)
        raise ValidationError(
            problems=[Problem(f'the item is of class {other}; call {other}.from_dynamodb_json')],
            where=schema.name,
        )


#: What raises where numbers and binary on the wire aren't exactly what DynamoDB would send.
_EXACT = {
    'N': _json.number,
    'NS': _json.number,
    'B': _json.binary,
    'BS': _json.binary,
    'SS': str,
}


def _damaged(value, path=()):
    """Yield the problems of values on the wire that would be read as something else."""
    if not isinstance(value, dict) or len(path) > MAX_NESTING:
        return
    for kind, raw in value.items():
        if kind in ('L', 'M') and isinstance(raw, (list, dict)):
            for name, each in raw.items() if isinstance(raw, dict) else enumerate(raw):
                yield from _damaged(each, (*path, name))
        elif kind == 'NULL' and raw is not True:
            yield Problem('DynamoDB has no NULL but true', raw, path)
        elif kind in _EXACT:
            yield from (problem.within(*path) for problem in _inexact(kind, raw))


def _inexact(kind, raw):
    members, problems = [], []
    for text in raw if isinstance(raw, list) else [raw]:
        try:
            members.append(_EXACT[kind](text) if isinstance(text, str) else text)
        except ValidationError as error:
            problems += error.problems
    known = all(isinstance(text, (str, bytes)) for text in raw) if isinstance(raw, list) else False
    if known and not problems and len(set(members)) < max(len(members), 1):
        problems.append(Problem('a set of DynamoDB has members, each of them once', raw))
    return problems


def _empty_keys(schema, wire):
    """Yield the problems of keys that are there and empty."""
    for field in schema.keys:
        if field._key in wire and decode(wire[field._key]) in (None, '', b''):
            yield Problem('a key needs a value, which must not be empty', path=(field._name,))
