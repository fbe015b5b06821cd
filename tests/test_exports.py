"""Exports and imports: JSON, DynamoDB JSON, and dicts without instances."""

import base64
import datetime
import enum
import json
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    EmailField,
    EnumField,
    ExpressionError,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    IPAddressField,
    JSONField,
    ListField,
    MapField,
    Model,
    PartialItemError,
    SchemaError,
    SetField,
    StringField,
    TimedeltaField,
    TimestampField,
    URLField,
    UUIDField,
    ValidationError,
    VersionField,
    _dumping,
    _loading,
)
from dynamongo._documents import from_document, to_document
from dynamongo._numbers import MAX_DIGITS
from dynamongo._wire.values import Stored, decode_item
from tests.strategies import documents

pytestmark = pytest.mark.broad


class Suit(enum.Enum):
    """Stored as what they stand for."""

    HEARTS = 'h'
    SPADES = '♠'


class Doc(Model):
    """A model with a field of every type, and names that differ from the stored ones."""

    __table__ = 'docs'
    __hash_key__ = 'id'
    __range_key__ = 'at'

    id = StringField(required=True)
    at = IntField(required=True)
    email = EmailField()
    url = URLField(fqdn=False)
    ip = IPAddressField()
    uid = UUIDField()
    size = IntField(attribute='s', min_value=0, default=7)
    ratio = FloatField()
    flag = BooleanField()
    day = DateField(formats='%d.%m.%Y')
    moment = DateTimeField()
    stamped = DateTimeField(formats='%d.%m.%Y %H:%M', serialized_format='%Y-%m-%d %H:%M:%S.%f')
    took = TimedeltaField('weeks')
    tags = ListField(StringField(max_length=9), default=['new'])
    days = ListField(DateField(formats='%d.%m.%Y'))
    address = DictField(
        city=StringField(default='Rome'),
        zip=StringField(attribute='postal_code'),
        geo=DictField(lat=FloatField(attribute='y')),
    )
    lines = ListField(DictField(sku=StringField(attribute='k'), on=DateField()))
    label = StringField(attribute='l', deserialize_from='title')
    free = Field()
    price = DecimalField()
    blob = BinaryField()
    until = TimestampField(fractions=True)
    suit = EnumField(Suit)
    names = SetField(StringField)
    holidays = SetField(DateField)
    blobs = SetField(BinaryField)
    counts = MapField(IntField)
    parts = MapField(DictField(sku=StringField(attribute='k'), blob=BinaryField()))
    document = JSONField()
    note = StringField(keep_empty=True)

    by_label = GlobalIndex('label')


class Keeping(Doc):
    """The same table."""


class Ignoring(Doc):
    __extra__ = 'ignore'


class Forbidding(Doc):
    __extra__ = 'forbid'


#: For reads in part of what holds binary.
PROJECTED = pytest.mark.faithful('moto 5.1 fails where an item that is read in part holds binary')

KEY = ('a', 1)
#: The least that an item has, on the wire.
BARE = {'id': {'S': 'a'}, 'at': {'N': '1'}}
TEXT = st.text(st.characters(blacklist_categories=['Cs']), max_size=9)
FLOATS = st.one_of(st.just(0.0), st.floats(1e-99, 1e99), st.floats(-1e99, -1e-99))
DAYS = st.dates()
OPTIONAL_TEXT = st.one_of(st.none(), TEXT)
#: What a bare field reads, as far as JSON has types for it.
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), TEXT, FLOATS, st.integers(-(10**38) + 1, 10**38 - 1)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(TEXT.filter(len), inner, max_size=3)
    ),
    max_leaves=5,
).map(lambda value: from_document(to_document(value)))
ADDRESSES = st.fixed_dictionaries(
    {'city': OPTIONAL_TEXT},
    optional={
        'zip': OPTIONAL_TEXT,
        'geo': st.fixed_dictionaries({}, optional={'lat': FLOATS}),
        'more': PLAIN,
    },
)
LINES = st.fixed_dictionaries({}, optional={'sku': TEXT, 'on': DAYS, 'more': PLAIN})
VALUES = {
    'id': TEXT.filter(len),
    'at': st.integers(-(10**38) + 1, 10**38 - 1),
    'email': st.just('john@example.com'),
    'url': st.just('http://localhost/?a=b'),
    'ip': st.sampled_from(['::1', '127.0.0.1']),
    'uid': st.uuids(),
    'size': st.integers(0, 10**38 - 1),
    'ratio': FLOATS,
    'flag': st.booleans(),
    'day': DAYS,
    'moment': st.datetimes(timezones=st.sampled_from([None, datetime.timezone.utc])),
    'stamped': st.datetimes(min_value=datetime.datetime(1000, 1, 1)),
    'took': st.timedeltas(),
    'tags': st.lists(OPTIONAL_TEXT, max_size=3),
    'days': st.lists(st.one_of(st.none(), DAYS), max_size=3),
    'address': ADDRESSES,
    'lines': st.lists(LINES, max_size=2),
    'label': TEXT,
    'free': PLAIN,
    'price': st.decimals(-100, 100, places=3) | st.integers(0, 10**38 - 1).map(Decimal),
    'blob': st.binary(max_size=4),
    'until': st.datetimes(timezones=st.just(datetime.timezone.utc)),
    'suit': st.sampled_from(Suit),
    'names': st.sets(TEXT, max_size=3),
    'holidays': st.sets(DAYS, max_size=3),
    'blobs': st.sets(st.binary(max_size=3), max_size=3),
    'counts': st.dictionaries(TEXT.filter(len), st.integers(-9, 9), max_size=3),
    'parts': st.dictionaries(
        TEXT.filter(len),
        st.fixed_dictionaries(
            {}, optional={'sku': TEXT.filter(len), 'blob': st.binary(max_size=3)}
        ),
        max_size=2,
    ),
    'document': st.lists(FLOATS) | st.dictionaries(TEXT, st.booleans()) | TEXT.filter(len),
    'note': TEXT,
}
docs = st.fixed_dictionaries(
    {name: VALUES[name] for name in Doc._schema.fields if name in ('id', 'at')},
    optional={
        name: st.one_of(st.none(), values)
        for name, values in VALUES.items()
        if name not in ('id', 'at')
    },
).map(lambda values: Doc(**values))


def read_back(doc):
    """Return an instance as it would be read, once it is stored."""
    return _loading.load(type(doc), _dumping.dump(doc).item)


def full(**more):
    """Return an instance with a value of every type."""
    values = {
        'id': 'a',
        'at': 1,
        'uid': uuid.UUID(int=7),
        'ratio': 0.1,
        'day': datetime.date(2020, 2, 29),
        'moment': datetime.datetime(2020, 2, 29, 12, 30, tzinfo=datetime.timezone.utc),
        'took': datetime.timedelta(days=1),
        'days': [datetime.date(2020, 2, 3)],
        'address': {'zip': '00100', 'geo': {'lat': 41.9}},
        'lines': [{'sku': 'pen'}],
    }
    return Doc(**{**values, **more})


def test_every_field_has_values():
    assert list(VALUES) == list(Doc._schema.fields)


@given(docs, st.sampled_from([None, 2]))
def test_what_is_exported_as_json_is_imported_equal(doc, indent):
    text = doc.to_json(indent=indent)
    assert Doc.from_json(text) == doc
    assert Doc.from_json(text.encode()) == doc
    assert list(json.loads(text)) == list(Doc._schema.fields)


@given(docs)
def test_what_is_stored_is_exported_and_stored_the_same(doc):
    """Defaults don't fill what the item lacks, but for the members of dicts."""
    stored = read_back(doc)
    again = Doc.from_json(stored.to_json())
    for instance in (stored, again):
        for line in [instance.address, *instance.lines]:
            for name in ('city', 'sku', 'geo'):
                line.pop(name, None)
    assert _dumping.dump(again).item == _dumping.dump(stored).item


def test_the_form_of_json():
    """Values are as they are stored, under the names that the model gives them."""
    free = {
        'exact': Decimal('0.12345678901234567890123456789012345678'),
        'bytes': b'\x00\xff',
        'set': {'b', 'a'},
        'numbers': {10, Decimal('9.5')},
        'none': None,
    }
    assert full(free=free).to_json() == (
        '{"id":"a","at":1,"email":null,"url":null,"ip":null,'
        '"uid":"00000000-0000-0000-0000-000000000007","size":7,"ratio":0.1,"flag":null,'
        '"day":"2020-02-29","moment":"2020-02-29T12:30:00.000000+0000","stamped":null,'
        '"took":0.14285714285714285714285714285714285714,"tags":["new"],"days":["2020-02-03"],'
        '"address":{"city":"Rome","geo":{"lat":41.9},"zip":"00100"},"lines":[{"sku":"pen"}],'
        '"label":null,"free":{"exact":0.12345678901234567890123456789012345678,"bytes":"AP8=",'
        '"set":["a","b"],"numbers":[9.5,10],"none":null},'
        '"price":null,"blob":null,"until":null,"suit":null,"names":[],"holidays":[],'
        '"blobs":[],"counts":{},"parts":{},"document":null,"note":null}'
    )


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        ({'size': '12', 'day': '29.02.2020'}, '{"size":12,"day":"2020-02-29"}'),
        ({'size': None, 'tags': None, 'address': None}, '{"size":null,"tags":[],"address":{}}'),
        ({'size': '', 'uid': ''}, '{"size":"","uid":""}'),
        ({'size': -5, 'tags': ['far too long a tag']}, '{"size":-5,"tags":["far too long a tag"]}'),
        ({'tags': ('a', 5)}, '{"tags":["a","5"]}'),
        ({'address': {'zip': '', 'geo': None}}, '{"address":{"city":"Rome","geo":null,"zip":""}}'),
    ],
)
def test_what_was_set_is_exported_as_its_field_stores_it(values, expected):
    """Constraints don't apply, so that what is stored can always be exported."""
    doc = full()
    for name, value in values.items():
        setattr(doc, name, value)
    before = doc.to_dict()
    assert doc.to_json(only=list(values)) == expected
    assert doc.to_dict() == before


@pytest.mark.parametrize('method', ['to_json', 'to_dynamodb_json'])
def test_what_cannot_be_stored_is_not_exported(method):
    """All of it is reported."""
    doc = full(free={'a': 1})
    doc.size = 'many'
    doc.days = ['nope']
    doc.free['a'] = [float('nan')]
    doc.address['more'] = object()
    with pytest.raises(ValidationError) as caught:
        getattr(doc, method)()
    assert list(caught.value.errors) == ['size', 'days[0]', 'address.more', 'free.a[0]']
    assert caught.value.where == 'Doc'


@pytest.mark.parametrize('method', ['to_json', 'to_dynamodb_json'])
@pytest.mark.parametrize('indent', [-1, 1.5, True, 'x', b' '])
def test_an_indent_is_blanks(method, indent):
    with pytest.raises(ValidationError, match='Doc: indent is a number of blanks'):
        getattr(full(), method)(indent=indent)


def test_only_and_extra_are_those_of_to_dict():
    doc = full()
    doc.extra['nick'] = {'n': Decimal('1.5'), 'b': b'\x00'}
    assert doc.to_json(only=['at', Doc.label]) == '{"at":1,"label":null}'
    assert doc.to_json(only=['at'], extra=True) == '{"nick":{"n":1.5,"b":"AA=="},"at":1}'
    assert 'nick' not in doc.to_json()
    with pytest.raises(ValidationError, match=r'Doc\.nope: no such field'):
        doc.to_json(only=['nope'])
    with pytest.raises(ValidationError, match=r'Doc\.nick: no such field'):
        Doc.from_json(doc.to_json(extra=True))


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        ({}, {'size': 7, 'tags': ['new'], 'address': {'city': 'Rome', 'geo': {}}}),
        ({'size': None, 'tags': []}, {'size': None, 'tags': []}),
        ({'size': '12', 'ratio': 2, 'flag': 'true'}, {'size': 12, 'ratio': 2.0, 'flag': True}),
        ({'size': 3.0}, {'size': 3}),
        ({'title': 'T'}, {'label': 'T'}),
        ({'day': '29.02.2020'}, {'day': datetime.date(2020, 2, 29)}),
        ({'day': '2020-02-29'}, {'day': datetime.date(2020, 2, 29)}),
        ({'days': ['2020-02-03']}, {'days': [datetime.date(2020, 2, 3)]}),
        ({'took': 1}, {'took': datetime.timedelta(weeks=1)}),
        (
            {'address': {'zip': '1', 'geo': None}},
            {'address': {'city': 'Rome', 'zip': '1', 'geo': None}},
        ),
        ({'lines': [{'on': '2020-02-03'}]}, {'lines': [{'on': datetime.date(2020, 2, 3)}]}),
        ({'free': {'a': [1, 0.5, '']}}, {'free': {'a': [1, 0.5, '']}}),
    ],
)
def test_json_is_taken_as_a_constructor_takes_a_dict(values, expected):
    doc = Doc.from_json(json.dumps({'id': 'a', 'at': 1, **values}))
    assert doc.to_dict(only=list(expected)) == expected


@pytest.mark.parametrize(
    ('text', 'errors'),
    [
        ('[{"id": "a"}]', ['']),
        ('"a"', ['']),
        ('{"id": "a"', ['']),
        ('', ['']),
        (None, ['']),
        ('{"id": "a", "idd": 1}', ['idd']),
        ('{"id": "a", "id": "b"}', ['id']),
        ('{"label": "a", "title": "b"}', ['label']),
        ('{"s": 1}', ['s']),
        ('{"size": "x", "day": "x", "nope": 1, "lines": [{"on": "x"}]}',
         ['size', 'day', 'lines[0].on', 'nope', 'id', 'at']),
        ('{"ratio": 0.12345678901234567890}', ['ratio']),
        ('{"size": 1.5}', ['size']),
        ('{"size": true}', ['size']),
        ('{"at": 123456789012345678901234567890123456789}', ['at']),
        ('{"free": [1e400]}', ['free[0]']),
        ('{"tags": "a"}', ['tags']),
        ('{"address": ["a"]}', ['address']),
        ('{"address": {"postal_code": "1"}}', ['address.postal_code']),
        ('{"address": {"geo": {"lat": "x"}}}', ['address.geo.lat']),
    ],
)  # fmt: skip
def test_json_that_is_refused(text, errors):
    """Everything that is wrong is reported, with the model and where it is."""
    with pytest.raises(ValidationError) as caught:
        Doc.from_json(text)
    assert set(errors) <= set(caught.value.errors)
    assert set(caught.value.errors) - set(errors) <= {'id', 'at'}
    assert caught.value.where == 'Doc'


class Bytes(Field):
    """Bytes that are stored as they are."""

    primitive_type = bytes
    native_type = bytes


class Comma(ListField):
    """A list that is stored as text."""

    primitive_type = str

    def to_native(self, value, context=None):
        return super().to_native(value.split(',') if isinstance(value, str) else value)

    def to_primitive(self, value, context=None):
        return ','.join(super().to_primitive(value))


class Blob(Model):
    """A model of what users make of fields: binary, and other forms than the field's own."""

    __table__ = 'blobs'
    __hash_key__ = 'id'

    id = StringField(required=True)
    data = Bytes()
    parts = ListField(Bytes)
    named = DictField(data=Bytes())
    names = Comma(StringField)


BLOB = {
    'id': 'a',
    'data': b'\x00\xff',
    'parts': [b'', b'a'],
    'named': {'data': b'b'},
    'names': ['x', 'y'],
}


def test_binary_is_base64_where_a_field_stores_it():
    text = Blob(**BLOB).to_json()
    assert json.loads(text) == {
        'id': 'a',
        'data': 'AP8=',
        'parts': ['', 'YQ=='],
        'named': {'data': 'Yg=='},
        'names': 'x,y',
    }
    assert Blob.from_json(text) == Blob(**BLOB)
    with pytest.raises(ValidationError, match=r'Blob.parts\[1\]: is no base64'):
        Blob.from_json('{"id": "a", "parts": ["", "a"]}')


def test_a_constructor_of_its_own_is_called():
    class Named(Doc):
        def __init__(self, /, **values):
            super().__init__(**{'label': 'made', **values})

    assert Named.from_json('{"id": "a", "at": 1}').label == 'made'


@given(docs)
def test_dynamodb_json_is_what_a_save_stores(doc):
    """Every value comes back as it would be read, through text and dicts, bare or wrapped."""
    wire = json.loads(doc.to_dynamodb_json())
    assert decode_item(wire) == _dumping.dump(doc).item
    assert json.loads(doc.to_dynamodb_json(indent=2)) == wire
    expected = read_back(doc)
    for form in (wire, {'Item': wire}, {'Item': wire, 'ConsumedCapacity': {'TableName': 'docs'}}):
        assert Doc.from_dynamodb_json(form) == expected
        assert Doc.from_dynamodb_json(json.dumps(form).encode()) == expected
    assert expected.to_dynamodb_json() == Doc.from_dynamodb_json(wire).to_dynamodb_json()


@given(documents, documents)
def test_dynamodb_json_holds_every_value(free, undeclared):
    """Sets, bytes and undeclared attributes too."""
    doc = Doc(id='a', at=1, free=free)
    doc.extra['nick'] = undeclared
    doc = read_back(doc)
    again = Doc.from_dynamodb_json(doc.to_dynamodb_json())
    assert again == doc
    assert again.extra == doc.extra
    texts = again.to_dynamodb_json(), doc.to_dynamodb_json()
    first, second = (decode_item(json.loads(text)) for text in texts)
    assert first == second


def test_the_form_of_dynamodb_json():
    doc = Blob(**BLOB)
    doc.extra['nick'] = {1}
    assert doc.to_dynamodb_json() == (
        '{"id":{"S":"a"},"data":{"B":"AP8="},"parts":{"L":[{"B":""},{"B":"YQ=="}]},'
        '"named":{"M":{"data":{"B":"Yg=="}}},"names":{"S":"x,y"},"nick":{"NS":["1"]}}'
    )


@pytest.mark.parametrize(
    ('key', 'item', 'wrapped'),
    [
        ('id', {'id': {'S': 'a'}}, True),
        ('id', {'id': {'S': 'a'}, 'Item': {'S': 'b'}}, False),
        ('id', {'id': {'S': 'a'}, 'Item': {'M': {'id': {'S': 'b'}}}}, False),
        ('Item', {'Item': {'S': 'a'}}, False),
        ('Item', {'Item': {'S': 'a'}}, True),
        ('S', {'S': {'S': 'a'}, 'Item': {'S': 'b'}}, False),
        ('S', {'S': {'S': 'a'}}, True),
    ],
)
def test_an_item_is_told_from_what_it_is_wrapped_in(key, item, wrapped):
    """Whatever the attributes are called."""
    body = {'__table__': 'items', '__hash_key__': key, key: StringField()}
    model = type(Model)('Odd', (Model,), body)
    read = model.from_dynamodb_json({'Item': item} if wrapped else item)
    assert getattr(read, key) == 'a'
    assert json.loads(read.to_dynamodb_json()) == item


@pytest.mark.parametrize(
    ('item', 'path'),
    [
        ('[]', ''),
        ('{"id"', ''),
        (b'\xff', ''),
        (7, ''),
        ({}, 'id'),
        ({'Item': {}}, 'id'),
        ({'id': {'S': 'a'}}, 'at'),
        ({**BARE, 'id': 'a'}, 'id'),
        ({**BARE, 'at': {'N': 1}}, 'at'),
        ({**BARE, 'at': {'N': 'x'}}, 'at'),
        ({**BARE, 'at': {'S': 'x'}}, 'at'),
        ({**BARE, 'at': {'N': '1e999999999'}}, 'at'),
        ({**BARE, 'free': {'L': [{'NS': ['1', '1e126']}]}}, 'free[0]'),
        ({**BARE, 'ratio': {'N': '0.' + '3' * 39}}, 'ratio'),
        ({**BARE, 'l': {}}, 'label'),
        ({**BARE, 'l': {'X': 'a'}}, 'label'),
        ({**BARE, 'l': {'S': 'a', 'N': '1'}}, 'label'),
        ({**BARE, 'flag': {'BOOL': 'true'}}, 'flag'),
        ({**BARE, 'tags': {'L': ['a']}}, 'tags[0]'),
        ({**BARE, 'address': {'M': {'postal_code': {'S': 5}}}}, 'address.zip'),
        ({**BARE, 'lines': {'L': [{'M': {'k': {'S': None}}}]}}, 'lines[0].sku'),
        ({**BARE, 'free': {'M': {'a': {'L': [{'B': 'a!=='}]}}}}, 'free.a[0]'),
        ({**BARE, 'free': {'BS': ['YQ==', 'x']}}, 'free'),
        ({**BARE, 'nick': 'plain'}, 'nick'),
        ({**BARE, 5: {'S': 'a'}}, ''),
        ({**BARE, 'nick': {'M': {'a': {'B': 'é'}}}}, 'nick.a'),
        ('{"id": {"S": "a"}, "id": {"S": "b"}}', 'id'),
        ('{"at": {"N": NaN}}', 'at.N'),
        ({**BARE, 'free': {'NULL': False}}, 'free'),
        ('{"id": {"S": "a"}, "at": {"N": "1"}, "tags": {"L": [{"NULL": false}]}}', 'tags[0]'),
        ({**BARE, 'nick': {'M': {'a': {'NULL': None}}}}, 'nick.a'),
        ({**BARE, 'names': {'SS': ['a', 'b', 'a']}}, 'names'),
        ({**BARE, 'names': {'SS': []}}, 'names'),
        ({**BARE, 'free': {'NS': ['1', '1.0']}}, 'free'),
        ({**BARE, 'nick': {'L': [{'NS': ['0', '-0']}]}}, 'nick[0]'),
        ({**BARE, 'blobs': {'BS': ['YQ==', 'YQ==']}}, 'blobs'),
        ({**BARE, 'blobs': {'BS': [b'a', b'a']}}, 'blobs'),
        ({**BARE, 'at': {'N': '١٢'}}, 'at'),
        ({**BARE, 'free': {'N': '\uff11'}}, 'free'),
        ({**BARE, 'free': {'NS': [' 1']}}, 'free'),
        ({**BARE, 's': {'N': '1_0'}}, 'size'),
        ({**BARE, 'at': {'NULL': True}}, 'at'),
        ({**BARE, 'id': {'NULL': True}}, 'id'),
        ({**BARE, 'id': {'S': ''}}, 'id'),
    ],
)
def test_dynamodb_json_that_is_refused(item, path):
    """The error names the model, and the attribute as the model calls it."""
    with pytest.raises(ValidationError) as caught:
        Doc.from_dynamodb_json(item)
    assert path in caught.value.errors
    assert caught.value.where.startswith('Doc')


def test_undeclared_attributes_are_read_as_always():
    wire = {**BARE, 'nick': {'S': 'x'}}
    assert Doc.from_dynamodb_json(wire).extra == {'nick': 'x'}
    assert Ignoring.from_dynamodb_json(wire).extra == {}
    with pytest.raises(ValidationError, match='forbid'):
        Forbidding.from_dynamodb_json(wire)


@pytest.mark.parametrize(
    'call',
    [
        lambda model: model.from_json('{}'),
        lambda model: model.from_dynamodb_json({}),
        lambda model: model.iter_dicts(),
        lambda model: model.iter_dynamodb_json(),
    ],
)
def test_abstract_models_import_and_read_nothing(call):
    class Base(Model):
        __abstract__ = True

    with pytest.raises(SchemaError, match='abstract'):
        call(Base)


METHODS = [
    'to_json',
    'from_json',
    'to_dynamodb_json',
    'from_dynamodb_json',
    'iter_dicts',
    'iter_dynamodb_json',
]


def test_fields_may_have_the_names_of_the_methods(connection):
    body = {name: StringField() for name in METHODS}
    options = {'__table__': 'odd', '__hash_key__': 'id', 'id': StringField()}
    odd = type(Model)('Odd', (Model,), {**options, **body})
    odd.create_table()
    values = {'id': 'a', **dict.fromkeys(METHODS, 'x')}
    odd.save_one(values)
    assert odd.get_one('a').to_dict() == values
    assert [one.to_dict() for one in odd.get_many(odd.to_json == 'x')] == [values]


@pytest.mark.parametrize('name', METHODS)
def test_a_method_hides_no_field(name):
    class Mixin:
        pass

    setattr(Mixin, name, StringField())
    body = {'__table__': 'odd', '__hash_key__': 'id', 'id': StringField()}
    with pytest.raises(SchemaError, match=f'{name}: Model hides the field'):
        type(Model)('Odd', (Model, Mixin), body)
    assert name in type(Model)('Odd', (Mixin, Model), body)._schema.fields


ITEMS = [
    full(),
    full(at=2, label='x', size=None, tags=[], free=[b'\x00'], address={'city': None}),
    full(at=3, label='x', free={'s': {'1', '2'}, 'n': Decimal('0.1234567890123456789012345678')}),
    full(id='b', at=1, label='y', moment=datetime.datetime(1999, 1, 1), lines=[]),
]


@pytest.fixture
def table(stored):
    """Items of all kinds, one of which has undeclared attributes and lacks most of the others."""
    bare = Doc.from_dynamodb_json(
        {'id': {'S': 'b'}, 'at': {'N': '2'}, 'nick': {'M': {'a': {'BS': ['AA==']}}}}
    )
    stored('exports', Doc, [*map(read_back, ITEMS), bare])
    return Doc


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'strategy': [KEY, ('b', 2), ('a', 3), ('nope', 1)]},
        {'strategy': KEY},
        {'strategy': Doc.id == 'a', 'descending': True, 'limit': 2},
        {'strategy': Doc.id == 'a', 'page_size': 1},
        {'strategy': Doc.size == 7},
        {'strategy': Doc.label == 'x', 'index': 'by_label'},
        {'strategy': Doc.id.in_(['b', 'a']) & (Doc.at > 1), 'consistent': True},
        pytest.param({'only': ['label']}, marks=PROJECTED),
        pytest.param(
            {'only': [Doc.address.zip, Doc.address['more'], 'lines', 'tags']}, marks=PROJECTED
        ),
        {'only': ['address.geo.lat', 'free.s'], 'strategy': Doc.id == 'a'},
        {'only': [], 'strategy': [('a', 2)]},
        {'extra': True},
        {'extra': True, 'strategy': [('b', 2), KEY]},
    ],
    ids=str,
)
@pytest.mark.parametrize('model', [Keeping, Ignoring])
def test_dicts_are_those_of_instances(table, model, options, sent):
    """What is read, its order and the requests are the same."""
    rest = {name: value for name, value in options.items() if name not in ('strategy', 'extra')}
    strategy, extra = options.get('strategy'), options.get('extra', False)
    instances = list(model.iter_many(strategy, **rest))
    requests = list(sent)
    dicts = list(model.iter_dicts(strategy, extra=extra, **rest))
    assert len(dicts) > 0
    assert sent[len(requests) :] == requests
    order = [(one.id, one.at) for one in instances]
    assert [(one['id'], one['at']) for one in dicts] == order
    assert dicts == [one.to_dict(extra=extra) for one in instances]
    columns = list(instances[0].to_dict())
    assert all([name for name in one if name != 'nick'] == columns for one in dicts)
    assert {type(one) for one in dicts} == {dict}
    assert {type(one['address']) for one in dicts if 'address' in one} <= {dict}


def test_dicts_are_read_as_they_are_asked_for(table, sent):
    """A page is requested when its first dict is, and every dict is one's own."""
    dicts = Doc.iter_dicts(Doc.id == 'a', page_size=1)
    assert sent.operations == []
    first = next(dicts)
    assert sent.operations == ['Query']
    next(dicts)
    assert sent.operations == ['Query', 'Query']
    first['tags'].append('mine')
    lacking = list(Doc.iter_dicts([('b', 2), ('b', 2)], extra=True)) * 2
    lacking[0]['days'].append('mine')
    assert next(Doc.iter_dicts([('b', 2)]))['days'] == []
    assert next(Doc.iter_dicts([KEY]))['tags'] == ['new']


@pytest.mark.parametrize(
    ('call', 'error', 'message'),
    [
        (lambda: Doc.iter_dicts(only=['at'], extra=True), ValidationError, 'leave out only'),
        (lambda: Doc.iter_dicts(extra=1), ValidationError, 'extra is True or False, not 1'),
        (lambda: Doc.iter_dicts(limit=0), ValidationError, 'Doc.iter_dicts: limit is an int'),
        (lambda: Doc.iter_dicts(only=['nope']), ValidationError, 'Doc.iter_dicts.*nope'),
        (lambda: Doc.iter_dicts(descending=True), ExpressionError, 'Doc.iter_dicts reads page'),
        (lambda: Doc.iter_dicts(scan=False), ExpressionError, 'scan'),
        (lambda: Doc.iter_dicts(index='nope'), ExpressionError, 'no such index'),
        (lambda: Doc.iter_dynamodb_json(limit=0), ValidationError, 'Doc.iter_dynamodb_json: limit'),
        (lambda: Doc.iter_dynamodb_json(scan=False), ExpressionError, 'scan'),
        (lambda: Doc.iter_dynamodb_json(descending=True), ExpressionError, 'reads page by page'),
        (lambda: next(Forbidding.iter_dicts([('b', 2)])), ValidationError, "'b'.*nick.*forbid"),
    ],
)
def test_reads_of_dicts_that_are_refused(table, call, error, message, sent):
    with pytest.raises(error, match=message):
        call()
    assert set(sent.operations) <= {'BatchGetItem', 'GetItem'}


def test_what_a_model_cannot_read_is_an_error(table):
    """It is the same as for instances."""

    class Strict(Model):
        __table__ = 'docs'
        __hash_key__ = 'id'
        __range_key__ = 'at'
        id = StringField()
        at = IntField()
        tags = IntField()

    with pytest.raises(ValidationError) as expected:
        list(Strict.iter_many([KEY]))
    with pytest.raises(ValidationError) as caught:
        list(Strict.iter_dicts([KEY]))
    assert str(caught.value) == str(expected.value)
    assert 'tags' in caught.value.errors


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'workers': 3, 'page_size': 2},
        {'strategy': [KEY, ('b', 2), ('nope', 1)]},
        {'strategy': KEY, 'consistent': True},
        {'strategy': Doc.id == 'a', 'descending': True, 'limit': 2},
        {'strategy': Doc.size == 7},
        {'strategy': Doc.label == 'x', 'index': 'by_label'},
    ],
    ids=str,
)
@pytest.mark.parametrize('model', [Keeping, Forbidding])
def test_raw_items_are_those_that_are_stored(table, engine, model, options):
    """Whatever the class makes of them: all of the item, and nothing else, in compact JSON."""
    raw = list(model.iter_dynamodb_json(**options))
    assert len(raw) > 0
    for text in raw:
        wire = json.loads(text)
        assert text == json.dumps(wire, separators=(',', ':'))
        key = {name: wire[name] for name in ('id', 'at')}
        item = engine.client.get_item(TableName=Doc.table_name(), Key=key)['Item']
        assert decode_item(wire) == decode_item(item)
        assert Keeping.from_dynamodb_json(text) == Keeping.get_one(
            (wire['id']['S'], int(wire['at']['N']))
        )


def test_raw_items_are_read_in_the_order_and_by_the_requests_of_instances(table, sent):
    raw = Doc.iter_dynamodb_json(Doc.id == 'a', page_size=1)
    assert sent.operations == []
    first = json.loads(next(raw))
    assert sent.operations == ['Query']
    keys = [first['at'], *(json.loads(each)['at'] for each in raw)]
    assert keys == [{'N': '1'}, {'N': '2'}, {'N': '3'}]


def test_raw_items_need_no_class_that_can_read_them(connection):
    """Neither fields, hooks nor the classes of the table have a say."""

    class Strict(Model):
        __table__ = 'any'
        __hash_key__ = 'id'
        __discriminator__ = 'kind'
        __extra__ = 'forbid'
        id = StringField()
        size = IntField()

        @classmethod
        def before_load(cls, item):
            raise AssertionError

    class Other(Strict):
        pass

    Strict.create_table()
    item = {'id': 'a', 'kind': 'Unknown', 'size': 'S', 'x': None, 'n': Decimal('1E+100')}
    Strict.table().put_item(Item=item)
    Strict.table().put_item(Item={'id': 'b', 'kind': 'Other', 'list': [b'\xff', {1}, '']})
    found = [decode_item(json.loads(text)) for text in Strict.iter_dynamodb_json()]
    assert sorted(found, key=lambda one: one['id']) == [
        item,
        {'id': 'b', 'kind': 'Other', 'list': [b'\xff', {1}, '']},
    ]
    assert [json.loads(text)['id'] for text in Other.iter_dynamodb_json()] == [{'S': 'b'}]


class Renamed(Model):
    """Its field has the name that an attribute had, and has in old items still."""

    __table__ = 'renamed'
    __hash_key__ = 'id'
    id = StringField(required=True)
    title = StringField(attribute='t')


def test_an_undeclared_attribute_may_have_the_name_of_a_field(connection, engine):
    Renamed.create_table()
    key = {'id': {'S': 'a'}}
    wire = {**key, 'title': {'S': 'old'}, 't': {'S': 'new'}}
    engine.client.put_item(TableName=Renamed.table_name(), Item=wire)

    def stored():
        return engine.client.get_item(TableName=Renamed.table_name(), Key=key)['Item']

    item = Renamed.get_one('a')
    assert (item.title, item.extra) == ('new', {'title': 'old'})
    item.save()
    assert stored() == wire
    item.title = 'newer'
    item.save(changed=True)
    assert stored() == {**wire, 't': {'S': 'newer'}}
    assert json.loads(item.to_dynamodb_json()) == stored()
    assert Renamed.from_dynamodb_json(item.to_dynamodb_json()) == item
    assert Renamed.save_one(Renamed.from_dynamodb_json(stored())).extra == {'title': 'old'}
    assert stored() == {**wire, 't': {'S': 'newer'}}
    assert json.loads(item.to_json()) == item.to_dict() == next(Renamed.iter_dicts())
    for export in (
        lambda: item.to_dict(extra=True),
        lambda: item.to_dict(['id'], extra=True),
        lambda: item.to_json(extra=True),
        lambda: next(Renamed.iter_dicts(extra=True)),
    ):
        with pytest.raises(ValidationError) as caught:
            export()
        assert 'undeclared attribute' in caught.value.errors['title']
    assert caught.value.where == "Renamed read from {'id': 'a'}"
    item.extra['t'] = 'x'
    with pytest.raises(ValidationError, match='t: is declared'):
        item.save()


def test_partial_instances_are_exported_as_far_as_they_were_read(table):
    partial = Doc.get_one(KEY, only=['label', 'address.zip'])
    assert partial.to_json() == '{"id":"a","at":1,"address":{"zip":"00100"},"label":null}'
    with pytest.raises(PartialItemError, match='size'):
        partial.to_json(only=['size'])
    for export in (lambda: partial.to_json(extra=True), partial.to_dynamodb_json):
        with pytest.raises(PartialItemError, match='in part, without undeclared'):
            export()


def test_what_dynamodb_sends_is_what_is_exported(table, engine):
    """Attribute for attribute, undeclared ones too, and back."""
    docs = list(Doc.iter_many())
    assert docs
    for doc in docs:
        key = {'id': {'S': doc.id}, 'at': {'N': str(doc.at)}}
        item = engine.client.get_item(TableName=Doc.table_name(), Key=key)['Item']
        exported = json.loads(doc.to_dynamodb_json())
        assert decode_item(exported) == decode_item(item)
        assert Doc.from_dynamodb_json(item) == doc


def test_an_imported_item_is_new(connection, sent):
    """It is saved as a whole, and its requests are those of a new instance."""
    Doc.create_table()
    doc = Doc.from_dynamodb_json(full().to_dynamodb_json())
    del sent[:]
    doc.save(changed=True)
    doc.save(changed=True)
    Doc.from_json(doc.to_json()).save(changed=True)
    assert sent.operations == ['PutItem', 'PutItem']
    assert Doc.get_one(KEY) == doc == Doc.from_json(doc.to_json())


def test_a_version_is_imported_too(connection):
    """An item with one is known as the version that it was."""

    class Counted(Model):
        __table__ = 'counted'
        __hash_key__ = 'id'
        id = StringField()
        version = VersionField()

    Counted.create_table()
    counted = Counted.save_one({'id': 'a'})
    for again in (
        Counted.from_json(counted.to_json()),
        Counted.from_dynamodb_json(counted.to_dynamodb_json()),
    ):
        assert again.version == counted.version == 1
    assert again.save().version == 2


def test_the_base64_of_dynamodb_json_is_that_of_the_standard_library():
    data = bytes(range(256))
    wire = json.loads(Blob(id='a', data=data).to_dynamodb_json())
    assert base64.b64decode(wire['data']['B']) == data
    assert Blob.from_dynamodb_json(wire).data == data
    assert len(wire['data']['B']) > MAX_DIGITS
    assert dict(Stored(wire))['data'] == data


class Initialled:
    """A field whose values are computed."""

    initial = StringField()


class Animal(Initialled, Model):
    """A class that shares its table."""

    __table__ = 'animals'
    __hash_key__ = 'name'
    __discriminator__ = 'kind'
    __discriminator_value__ = 'animal'

    name = StringField(required=True)
    kind = StringField(attribute='k')
    label = StringField(default=lambda animal: animal.name.upper())

    @property
    def initial(self):
        return self.name[:1]


class Dog(Animal):
    __discriminator_value__ = 'dog'

    born = DateField(formats='%d.%m.%Y')


DOG = {'name': 'Rex', 'born': datetime.date(2020, 2, 3)}


@pytest.mark.parametrize('model', [Animal, Dog])
def test_classes_that_share_a_table_are_told_apart(model):
    """And what is computed is exported as it would be stored."""
    dog = Dog(**DOG)
    again = model.from_json(dog.to_json())
    assert (type(again), again) == (Dog, dog)
    assert json.loads(dog.to_json()) == {
        'name': 'Rex', 'kind': 'dog', 'label': 'REX', 'initial': 'R', 'born': '2020-02-03',
    }  # fmt: skip
    wire = json.loads(dog.to_dynamodb_json())
    assert decode_item(wire) == _dumping.dump(dog).item
    again = model.from_dynamodb_json(wire)
    assert (type(again), again.to_dict()) == (Dog, dog.to_dict())


class Cat(Animal):
    __discriminator_value__ = 'cat'

    lives = IntField()


@pytest.mark.parametrize(
    ('model', 'tag', 'message'),
    [
        (Dog, {'S': 'cat'}, 'the item is of class Cat; call Cat'),
        (Dog, {'S': 'animal'}, 'the item is of class Animal'),
        (Dog, {'S': 'bird'}, 'stands for no class'),
        (Dog, {'NULL': True}, 'the item is of class Animal'),
        (Dog, None, 'the item is of class Animal'),
        (Animal, {'S': 'bird'}, 'stands for no class'),
        (Animal, {'N': '1'}, 'stands for no class'),
        (Animal, {'S': 'cat'}, Cat),
        (Animal, None, Animal),
        (Cat, {'S': 'cat'}, Cat),
    ],
)
def test_an_item_is_imported_by_its_class_or_one_that_it_extends(model, tag, message):
    wire = {'name': {'S': 'Tom'}, **({} if tag is None else {'k': tag})}
    if isinstance(message, type):
        assert type(model.from_dynamodb_json(wire)) is message
        return
    with pytest.raises(ValidationError, match=message):
        model.from_dynamodb_json(wire)


class Places:
    """The fields that a shelf computes."""

    pk = StringField()
    area = IntField()
    label = StringField()


class Shelf(Places, Model):
    """Its key, and what is shown of it, are computed."""

    __table__ = 'shelves'
    __hash_key__ = 'pk'
    room = StringField()
    width = IntField()

    @property
    def pk(self):
        return f'R#{self.room}'

    @property
    def area(self):
        return self.width * 2

    @property
    def label(self):
        return self.room.upper()


def test_what_is_stored_of_computed_fields_is_what_is_exported(connection, engine):
    """What is absent, or has been changed since, is computed."""
    Shelf.create_table()
    wire = {
        'pk': {'S': 'OLD#a'},
        'room': {'S': 'a'},
        'width': {'N': '3'},
        'label': {'S': 'stale'},
    }
    engine.client.put_item(TableName=Shelf.table_name(), Item=wire)
    shelf = Shelf.get_one('OLD#a')
    assert json.loads(shelf.to_dynamodb_json()) == {**wire, 'area': {'N': '6'}}
    shelf.width = 4
    assert json.loads(shelf.to_dynamodb_json())['area'] == {'N': '8'}
    with pytest.raises(ValidationError, match='pk: is computed as'):
        Shelf(pk='OLD#a', room='a', width=1).to_dynamodb_json()


@pytest.mark.parametrize('only', [None, ['area', 'label'], ['width', 'area']])
def test_a_dict_lacks_what_is_not_stored_and_cannot_be_computed(connection, engine, only):
    """It doesn't end the read, and all dicts have the same names in the same order."""
    Shelf.create_table()
    Shelf.save_one({'room': 'a', 'width': 3})
    engine.client.put_item(TableName=Shelf.table_name(), Item={'pk': {'S': 'R#b'}})
    rows = list(Shelf.iter_dicts(['R#a', 'R#b'], only=only))
    names = list(Shelf._schema.fields)
    expected = {'pk': 'R#a', 'room': 'a', 'width': 3, 'area': 6, 'label': 'A'}
    read = [name for name in names if only is None or name in ('pk', *only)]
    assert [list(row) for row in rows] == [read, read]
    assert rows[0] == {name: expected[name] for name in read}
    assert rows[1] == {name: 'R#b' if name == 'pk' else None for name in read}


def test_dicts_of_several_classes_have_the_same_names(connection):
    """Also where a class lacks the field that is asked for, or computes it."""
    Animal.create_table()
    Animal.save_many([Dog(**DOG), Animal(name='Tom'), Cat(name='Kit', lives=9)])
    Animal.table().put_item(Item={'name': 'Old', 'k': 'dog'})
    rows = list(Animal.iter_dicts(['Rex', 'Tom', 'Kit', 'Old'], only=[Cat.lives, 'initial']))
    assert rows == [
        {'name': 'Rex', 'initial': 'R', 'lives': None},
        {'name': 'Tom', 'initial': 'T', 'lives': None},
        {'name': 'Kit', 'initial': 'K', 'lives': 9},
        {'name': 'Old', 'initial': 'O', 'lives': None},
    ]
    assert {tuple(row) for row in rows} == {tuple(rows[0])}


@pytest.mark.parametrize('hooked', [False, True])
def test_a_dict_has_the_fields_that_were_asked_for_by_the_names_of_its_class(connection, hooked):
    """What another class stores elsewhere, or calls otherwise, isn't there."""

    class Owned(Model):
        __table__ = 'owned'
        __hash_key__ = 'id'
        __discriminator__ = 'kind'
        id = StringField()

    class Boat(Owned):
        places = ListField(StringField, attribute='b')

    class Car(Owned):
        places = ListField(StringField, attribute='c')
        seats = Field(attribute='b')

    if hooked:
        Owned.after_load = lambda self: None
    Owned.create_table()
    Owned.save_many([Boat(id='1', places=['x']), Car(id='2', places=['y'], seats=['z'])])
    rows = list(Owned.iter_dicts(['1', '2'], only=[Boat.places]))
    assert rows == [{'id': '1', 'places': ['x']}, {'id': '2', 'places': None}]


def test_dicts_have_the_fields_of_the_class_of_the_item(connection):
    """What is computed and not stored yet is in them, too."""
    Animal.create_table()
    Animal.save_many([Dog(**DOG), Animal(name='Tom')])
    Animal.table().put_item(Item={'name': 'Old', 'k': 'dog', 'nick': 'x'})
    for model in (Animal, Dog):
        for options in ({}, {'only': ['initial']}, {'extra': True}):
            dicts = list(model.iter_dicts(**options))
            extra = options.pop('extra', False)
            assert dicts == [one.to_dict(extra=extra) for one in model.iter_many(**options)]
            assert {type(one) for one in dicts} == {dict}
    assert {'born' in one for one in Animal.iter_dicts()} == {True, False}
    old = next(Animal.iter_dicts(['Old']))
    assert (old['initial'], old['label'], old['born']) == ('O', None, None)
