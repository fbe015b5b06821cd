"""Instances to and from what is stored."""

from dynamongo._documents import from_document, to_document
from dynamongo.exceptions import Problem, ValidationError
from dynamongo.utils import is_empty


def dump(instance):
    """Return an instance as the item to store, and its values as they will read back.

    :returns: the pair ``(item, values)``: attribute name to primitive, field name to value.
    :raises ValidationError: with the problems of all the fields.
    """
    schema = instance._schema
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
    extra, extra_problems = _dump_extra(schema, instance.__dict__.get('_extra') or {})
    item.update(extra)
    problems += extra_problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return item, values


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


def settle(instance, values):
    """Give an instance the values that have been stored, now that they have."""
    for name in instance._schema.fields:
        instance.__dict__.pop(name, None)
    instance.__dict__.update(values)


def load(model, item):
    """Return a stored item as an instance.

    :param type model: the model class.
    :param dict item: attribute name to primitive, as boto3 returns it.
    :raises ValidationError: where what is stored can't be read by its field, or is undeclared and
        forbidden; names the key of the item.
    """
    schema = model._schema
    problems, values, extra = [], {}, {}
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
    instance.__dict__.update(values)
    if extra and schema.extra == 'keep':
        instance.__dict__['_extra'] = from_document(extra)
    return instance
