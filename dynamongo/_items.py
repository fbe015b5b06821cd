"""Instances to and from what is stored."""

from dynamongo._documents import from_document, to_document
from dynamongo.exceptions import PartialItemError, Problem, ValidationError
from dynamongo.utils import is_empty


def dump(instance):
    """Return an instance as the item to store, and its values as they will read back.

    :returns: the pair ``(item, values)``: attribute name to primitive, field name to value.
    :raises ValidationError: with the problems of all the fields.
    :raises PartialItemError: where the instance was read in part.
    """
    schema = instance._schema
    require_whole(instance)
    problems, item, values = [], {}, {}
    for name, field in schema.fields.items():
        try:
            value = type(field).validate(field, instance.__dict__.get(name))
            primitive = field._primitive(value)
            if not is_empty(primitive):
                item[field._key] = primitive
                values[name] = field._load(primitive)
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    problems += _key_problems(schema, item, problems)
    problems += _index_problems(schema, item, problems)
    extra, extra_problems = _dump_extra(schema, instance.__dict__.get('_extra') or {})
    item.update(extra)
    problems += extra_problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return item, values


def require_whole(instance):
    """Raise where an instance was read in part, so that saving it would erase the rest."""
    read = tree_read(instance)
    if read is not None:
        schema = instance._schema
        missing = [name for name in schema.fields if name not in read]
        lacks = f'{", ".join(missing)} and ' if missing else ''
        raise PartialItemError(
            f'{instance!r} was read in part: it may lack {lacks}attributes that {schema.name} '
            "doesn't declare, and saving it would erase them; use update_one, or read it whole"
        )


def tree_read(instance):
    """Return the tree of the fields that were read, or ``None`` where all were.

    See :class:`.Projection`.
    """
    return instance.__dict__.get('_only')


def _dump_extra(schema, extra):
    """Return undeclared attributes as they are stored, and their problems."""
    problems = [
        Problem('is declared; set the attribute of the instance instead', path=(name,))
        for name in extra
        if name in schema.fields or name in schema.by_attribute
    ]
    if extra and schema.extra == 'forbid':
        problems.append(Problem("__extra__ = 'forbid' refuses undeclared attributes", extra))
    try:
        return to_document(extra), problems
    except ValidationError as error:
        return {}, problems + error.problems


def _key_problems(schema, item, known):
    """Yield the problems of an item's key that are not known yet."""
    reported = {problem.path[0] for problem in known}
    for field in schema.keys:
        if field._name in reported:
            continue
        try:
            if field._key not in item:
                raise ValidationError(problems=[Problem('a key needs a value')])
            schema.check_key_size(field, item[field._key])
        except ValidationError as error:
            yield from (problem.within(field._name) for problem in error.problems)


def _index_problems(schema, item, known):
    """Yield the problems that the indexes have with an item, and that are not known yet."""
    reported = {problem.path[0] for problem in known}
    for field in schema.index_keys:
        if field._key in item and field._name not in reported:
            try:
                schema.check_index_key_size(field, item[field._key])
            except ValidationError as error:
                yield from (problem.within(field._name) for problem in error.problems)


def settle(instance, values):
    """Give an instance the values that have been stored, now that they have."""
    for name in instance._schema.fields:
        instance.__dict__.pop(name, None)
    instance.__dict__.update(values)


def load(model, item, projection=None):
    """Return a stored item as an instance.

    :param type model: the model class.
    :param dict item: attribute name to primitive, as boto3 returns it.
    :param Projection projection: which part of the item was asked for. Default: all of it.
    :raises ValidationError: where what is stored can't be read by its field, or is undeclared and
        forbidden; names the key of the item.
    """
    schema = model._schema
    problems, values, extra = [], {}, {}
    if projection is not None:
        item = {name: value for name, value in item.items() if name in projection.stored}
    for attribute, primitive in item.items():
        field = schema.by_attribute.get(attribute)
        if field is None:
            extra[attribute] = primitive
        elif primitive is not None:
            try:
                values[field._name] = field._load(primitive)
            except ValidationError as error:
                problems += (problem.within(field._name) for problem in error.problems)
    if extra and schema.extra == 'forbid':
        problems += (
            Problem("undeclared attribute, which __extra__ = 'forbid' refuses", path=(name,))
            for name in extra
        )
    if problems:
        key = {name: from_document(item.get(name)) for name in schema.key_attributes}
        raise ValidationError(problems=problems, where=f'{schema.name} read from {key!r}')
    instance = model.__new__(model)
    if projection is not None:
        values = _shown(schema, values, projection)
        instance.__dict__['_only'] = projection.fields
    instance.__dict__.update(values)
    if extra and schema.extra == 'keep':
        instance.__dict__['_extra'] = from_document(extra)
    return instance


def _shown(schema, values, projection):
    """Return values as far as they were asked for; what was read of a dict is known to it."""
    shown = {}
    for name, tree in projection.fields.items():
        if name in values or tree is not None:
            shown[name] = projection.shown(schema.fields[name], values.get(name))
    return shown
