"""Values that are not what their field declares, and what else is in a model has no room."""

import datetime
import decimal

from dynamongo import (
    DateTimeField,
    DecimalField,
    Field,
    Model,
    SetField,
    StringField,
    URLField,
    ValidationError,
)
from tests.messages.case import Case, model
from tests.messages.models import Item

RIGHT = {
    'id': 'a',
    'name': 'b',
    'words': ['c'],
    'named': {'d': 'e'},
    'place': {'city': 'f'},
    'pair': [1, 2],
    'prices': {'g': 1, 'h': 2},
    'tags': {'i', 'j'},
}


def wrong(field, value, what, out=()):
    """Return the case of an item that has a wrong value."""
    where = f'Item.{field}'

    def give():
        Item(**{**RIGHT, field: value}).validate()

    return Case(give, ValidationError, what, where, out)


def endless():
    made = []
    made.append(made)
    return made


NAIVE = datetime.datetime(2020, 1, 1, 12, 30)
AWARE = datetime.datetime(2020, 1, 1, 12, 30, tzinfo=datetime.timezone.utc)
ODD_OFFSET = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=30)))

VALUES = [
    wrong('number', 'x', 'takes a whole number'),
    wrong('number', 10, 'less than or equal to 9'),
    wrong('number', 0, 'greater than or equal to 1'),
    wrong('large', 10**40 + 1, '38 significant digits'),
    wrong('odd', 3, 'fails'),
    wrong('ratio', 'x', 'takes a number: a float, an int, or text'),
    wrong('ratio', decimal.Decimal('0.12345678901234567890'), 'no float equals this number'),
    wrong('price', 'x', 'takes a decimal number: a Decimal'),
    wrong('price', float('nan'), 'neither NaN nor infinities'),
    wrong('price', decimal.Decimal('1E200'), '9.99E+125'),
    wrong('price', '0.' + '1' * 2500, '38 significant digits'),
    wrong('price', '1' * 39, '38 significant digits'),
    wrong('active', 'perhaps', 'true', 'false'),
    wrong('code', 'abcd', '3'),
    wrong('code', 'a', '2'),
    wrong('code', '12', '[a-z]+'),
    wrong('name', 'a\ud800', 'a lone surrogate has no UTF-8 form'),
    wrong('code', [1], 'takes text, a str'),
    wrong('colour', 'green', ('red', 'blue')),
    wrong('name', None, 'required'),
    wrong('digest', 'ab', 'bytes'),
    wrong('digest', b'abcd', '3'),
    wrong('digest', b'a', '2'),
    wrong('email', 'me', 'email'),
    wrong('host', 'me', 'IP address'),
    wrong('link', 'me', 'URL'),
    wrong('uuid', 'me', 'takes a UUID, or its text'),
    wrong('size', 'M', 'takes a member of Size', "'S', 'L'"),
    wrong('born', 'today', 'Could not parse today'),
    wrong('born', NAIVE, 'a date has no time of day', 'pass value.date()'),
    wrong('made', 'today', 'Could not parse today'),
    wrong('made', NAIVE, 'Time zone required but not found'),
    wrong('made', ODD_OFFSET, 'the offset from UTC must be whole minutes'),
    wrong('made', [1], 'Could not parse'),
    wrong('month', AWARE, "serialized_format '%Y-%m' can't hold it without loss"),
    wrong('took', 'x', 'is no duration', 'a timedelta, or a number of seconds'),
    wrong('took', 1e300, 'is no duration', 'a timedelta, or a number of seconds'),
    wrong('until', NAIVE, 'time zone'),
    wrong('until', 'x', 'seconds'),
    wrong('until', [1], 'seconds'),
    wrong('until', 10**15, 'range'),
    wrong('pair', [1], 'at least 2'),
    wrong('pair', [1] * 4, 'at most 3'),
    wrong('pair', 3, 'list'),
    wrong('pair', [1, 'x'], '[1]: takes a whole number'),
    wrong('words', [], 'required'),
    wrong('places', [None], ('[0]', 'required')),
    wrong('place', 3, 'a dict is needed'),
    wrong('place', {'city': 'a', 3: 4}, 'the keys of a dict must be str'),
    wrong('place', {'city': 'a', 'code': 4}, "'zip' is stored under this name", "write 'zip'"),
    wrong('place', {'city': ''}, 'required'),
    wrong('prices', 3, 'dict'),
    wrong('prices', {3: 4}, 'str'),
    wrong('prices', {'a': 1}, 'at least 2'),
    wrong('prices', dict.fromkeys('abcd', 1), 'at most 3'),
    wrong('prices', {'a': 1, 'b\ud800': 2}, 'a lone surrogate'),
    wrong('prices', {'a': 1, 'b': 'x'}, 'b: takes a whole number'),
    wrong('named', {}, 'required'),
    wrong('tags', 'abc', 'set'),
    wrong('tags', {None, 'a'}, 'None is no member of a set'),
    wrong('tags', {'a'}, 'at least 2'),
    wrong('tags', set('abcd'), 'at most 3'),
    wrong('tags', [[1], 'a'], 'takes text, a str'),
    wrong('sets', [set()], 'an empty set is not stored'),
    wrong('doc', {1}, 'JSON'),
    wrong('doc', float('nan'), 'JSON has neither NaN nor infinities'),
    wrong('doc', {1: 2}, 'the keys of a JSON object must be str'),
    wrong('doc', endless(), 'nested'),
    wrong('doc', '\ud800', 'a lone surrogate'),
    wrong('any', 1j, 'complex is not a type that DynamoDB stores', 'declare a field for it'),
    wrong('any', {1: 2}, 'the keys of a document must be str'),
    wrong('any', {'': 2}, 'the keys of a document must not be empty'),
    wrong('any', {1, 'a'}, 'a set holds one or more members, all strings'),
    wrong('any', float('inf'), 'neither NaN nor infinities'),
    wrong('any', endless(), 'is nested too deeply, or contains itself'),
]

FORMS = [
    wrong('uuid', 3, 'takes a UUID, or its text'),
    wrong('born', 3, 'Could not parse 3'),
    wrong('made', True, 'Could not parse True'),
    wrong('place', {'city': 'a', 'town': 'b'}, 'is given twice, under two names'),
    wrong('paired', 3, 'must be even'),
    Case(
        lambda: Odd(parsed='x').validate(),
        ValidationError,
        'Could not parse x',
        'Odd.parsed',
    ),
    Case(
        lambda: Odd(other='x').validate(),
        ValidationError,
        'not a value that DateTimeField can hold',
        'Odd.other',
    ),
    Case(lambda: Odd(clock='x').validate(), ValidationError, 'Could not parse x', 'Odd.clock'),
    Case(
        lambda: Odd(id='a', strange='x').save(),
        ValidationError,
        'complex is not a type',
        'Odd.strange',
    ),
    Case(
        lambda: Odd(exact=0.1),
        ValidationError,
        'takes a decimal number: a Decimal, an int',
        'Odd.exact',
    ),
    Case(
        lambda: Odd(id='a', link='http://localhost:0001/').validate(),
        ValidationError,
        'URL could not be retrieved',
        'Odd.link',
    ),
    Case(
        lambda: Item.tags.to_primitive(set()),
        ValidationError,
        'an empty set is not stored',
        'Item.tags',
    ),
    Case(
        lambda: Odd(id='a', bare={1 + 0j}).save(),
        ValidationError,
        'complex is not a type that DynamoDB stores',
        'Odd.bare',
    ),
    Case(
        lambda: Odd(id='a', same={'a', 'A'}).save(),
        ValidationError,
        'two members would be stored as one',
        'Odd.same',
    ),
    Case(lambda: Odd(id='', bare=3).save(), ValidationError, 'must not be empty', 'Odd.id'),
]


class Lower(StringField):
    """Text that is stored in lower case."""

    def to_primitive(self, value, context=None):
        return value.lower()


class Strange(Field):
    """Stores what can't be stored."""

    def to_primitive(self, value, context=None):
        return 1j


class Odd(Model):
    """Fields that are declared in unusual ways."""

    __table__ = 'odd'
    __hash_key__ = 'id'

    id = StringField(keep_empty=True)
    bare = Field()
    clock = DateTimeField(parser=lambda text: datetime.time())
    exact = DecimalField(strict=True)
    link = URLField(fqdn=False, verify_exists=True)
    other = DateTimeField(parser=str)
    parsed = DateTimeField(parser=lambda text: {}[text])
    same = SetField(Lower)
    strange = Strange()


NAMES = [
    Case(
        lambda: Item(nmae='x'),
        ValidationError,
        'no such field',
        'Item.nmae',
        "did you mean 'name'?",
    ),
    Case(
        lambda: setattr(Item(), 'nmae', 'x'),
        AttributeError,
        "has no field 'nmae'",
        'Item',
        ("did you mean 'name'?", 'put it into `extra`', 'begin its name with an underscore'),
    ),
    Case(
        lambda: model(a=StringField(deserialize_from='b'))(a='1', b='2'),
        ValidationError,
        'is given twice, under two names',
        'Thing.a',
    ),
    Case(lambda: Item().to_dict(only='name'), ValidationError, 'only takes a list', 'Item'),
    Case(
        lambda: Item().to_dict(only=['place.city']),
        ValidationError,
        'is no whole field',
        'Item.place.city',
        'take the field that holds it',
    ),
    Case(
        lambda: Item().to_dict(only=[Item.place.city]),
        ValidationError,
        'is a member',
        'Item.place.city',
        'take the field that holds it',
    ),
    Case(
        lambda: ValidationError('x', model='Item'),
        TypeError,
        'takes problems= and where=',
        'model',
    ),
]

CASES = [*VALUES, *FORMS, *NAMES]
