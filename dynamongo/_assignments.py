"""What a field can be set to besides a value: another field, or an expression."""

from dynamongo._paths import Operand
from dynamongo.exceptions import ExpressionError
from dynamongo.expressions import ANY, LIST, NUMBER, Expression, IfNotExists, number, require_term
from dynamongo.utils import with_article


def assigned(field, operand, *, if_not_exists=False):
    """Return an operand as an update of a field takes it, the plain values in it converted.

    :param field: the field that is set.
    :param operand: what it is set to: another field, or an expression.
    :param bool if_not_exists: the field is set only where it doesn't exist.
    :raises ExpressionError: where DynamoDB can't compute it, or ``field`` doesn't hold its type.
    :raises ValidationError: where a plain value isn't valid for ``field``.
    """
    require_term(operand, f'{field._label}.set()')
    if if_not_exists:
        IfNotExists(field, operand)
    result = operand._result
    if result is not None and field._kind not in (result, ANY):
        raise ExpressionError(
            f'{field._label} is {with_article(type(field))}, and {operand._label} makes {result}'
        )
    return _converted(operand, field, _CONVERTERS[result](field))


def _converted(part, target, convert):
    if isinstance(part, Expression):
        return part._with([_converted(inner, target, convert) for inner in part._parts])
    if not isinstance(part, Operand):
        return convert(part)
    if not target._takes(part):
        raise ExpressionError(
            f'{target._label} is {with_article(type(target))}, which may be unable to hold what '
            f'{part._label} does, {with_article(type(part))}'
        )
    return part


def _as_value(field):
    def convert(value):
        primitive = field._validated(value)
        if primitive is None:
            raise field._invalid('if_not_exists() takes what stands for the absent value', value)
        return primitive

    return convert


def _as_difference(field):
    return field._validated_delta if field._kind is NUMBER else number


def _as_elements(field):
    def convert(values):
        if not values:
            return []
        if field._kind is LIST:
            return field._validated_elements(values)
        return field._primitive(field._native(values))

    return convert


_CONVERTERS = {None: _as_value, NUMBER: _as_difference, LIST: _as_elements}
