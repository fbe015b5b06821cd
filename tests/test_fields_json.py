"""Documents that are stored as one text of JSON."""

import copy
import datetime
import decimal
import json
import math
import re
import sys

import hypothesis
import pytest
from hypothesis import strategies as st

from dynamongo import (
    DictField,
    ExpressionError,
    JSONField,
    ListField,
    Model,
    SchemaError,
    StringField,
    ValidationError,
)
from dynamongo._evaluate import matches
from dynamongo._partial import PartialDict
from dynamongo.fields.documents import MAX_DEPTH

pytestmark = pytest.mark.broad


class Page(Model):
    __table__ = 'pages'
    __hash_key__ = 'id'

    id = StringField()
    doc = JSONField(attribute='d')
    layout = JSONField(default={'columns': [1, 2]})
    parts = ListField(JSONField)
    place = DictField(map=JSONField(default={'x': 1}))
    needed = JSONField(required=True, default=0)


@pytest.fixture
def table(shared_client, connection):
    """The table of pages, made once."""
    if not shared_client[2]:
        Page.create_table()
        shared_client[2].append(Page)
    return Page.table()


texts = st.text(st.characters(exclude_categories=['Cs']), max_size=5)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**4000), 10**4000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@hypothesis.given(json_values.filter(lambda value: value not in (None, '')))
def test_a_document_reads_back_exactly(value):
    """Numbers with their type and all their digits; and equal documents are equal texts."""
    field = JSONField()
    stored = field.to_primitive(field.validate(value))
    assert type(stored) is str
    assert repr(field._load(stored)) == repr(json.loads(json.dumps(value, sort_keys=True)))
    assert field._load(stored) == value
    assert field.to_primitive(field._load(stored)) == stored


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ({'b': 1, 'a': [True, None, 1.0, -0.0]}, '{"a":[true,null,1.0,-0.0],"b":1}'),
        ({'a': (1, ('é', '"'))}, '{"a":[1,["é","\\""]]}'),
        ('text', '"text"'),
        ([], '[]'),
        ({}, '{}'),
        (0, '0'),
        (False, 'false'),
        ({'': ''}, '{"":""}'),
        (10**30, '1' + '0' * 30),
        (0.1 + 0.2, '0.30000000000000004'),
        (1e300, '1e+300'),
    ],
)
def test_the_text_is_compact_and_sorted(value, text):
    assert JSONField(required=True).validate(value) is not None
    assert JSONField().to_primitive(value) == text


@pytest.mark.parametrize(
    ('value', 'path'),
    [
        (math.nan, ''),
        ({'a': [1, math.inf]}, 'a[1]'),
        ({'a': {'b': -math.inf}}, 'a.b'),
        ({'a': {1: 2}}, 'a'),
        ({None: 2}, ''),
        ([decimal.Decimal(1)], '[0]'),
        ([{'a': b'x'}], '[0].a'),
        ({'a': {1, 2}}, 'a'),
        (datetime.date(2020, 1, 1), ''),
        ({'a': datetime.datetime(2020, 1, 1)}, 'a'),
        ({'a': ['\ud800']}, 'a[0]'),
        ({'\ud800': 1}, ''),
        ([object()], '[0]'),
        ({'a': iter([1])}, 'a'),
        ({'a': nested(MAX_DEPTH)}, 'a'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value, path):
    """With the path of it."""
    for check in (JSONField().validate, JSONField().to_primitive):
        with pytest.raises(ValidationError) as raised:
            check(value)
        assert list(raised.value.errors) == [path]


def test_all_that_json_cannot_hold_is_reported():
    with pytest.raises(ValidationError) as raised:
        Page(id='a', doc={'a': [b'x', {2}], 'b': math.nan}).validate()
    assert sorted(raised.value.errors) == ['doc.a[0]', 'doc.a[1]', 'doc.b']


def test_what_holds_itself_is_refused():
    value = {}
    value['a'] = [value]
    with pytest.raises(ValidationError, match='contains itself'):
        JSONField().validate(value)
    assert JSONField().validate(nested(MAX_DEPTH)) == nested(MAX_DEPTH)


@pytest.mark.skipif(
    not hasattr(sys, 'get_int_max_str_digits'), reason='this Python writes ints of any length'
)
def test_ints_that_python_does_not_write_are_refused():
    with pytest.raises(ValidationError) as raised:
        JSONField().validate({'a': 10**5000})
    assert list(raised.value.errors) == ['a']


@pytest.mark.parametrize('value', [None, ''])
def test_nothing_is_nothing(value):
    assert JSONField().validate(value) is None
    with pytest.raises(ValidationError, match='required'):
        JSONField(required=True).validate(value)


def test_a_partial_dict_is_refused():
    with pytest.raises(Exception, match='read in part'):
        JSONField().validate([PartialDict({'a': 1}, {'a': None}, 'Page.place')])


def test_a_document_is_no_key():
    with pytest.raises(SchemaError, match="JSONField can't be a key"):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = JSONField()


def test_a_default_is_never_shared_nor_merged():
    first, second = Page(id='a'), Page(id='b', layout={'rows': 1}, place={'map': {'y': 2}})
    first.layout['columns'].append(3)
    assert Page(id='c').layout == {'columns': [1, 2]}
    assert (second.layout, second.place) == ({'rows': 1}, {'map': {'y': 2}})
    with pytest.raises(SchemaError, match='default'):

        class Wrong(Model):
            __table__ = 'wrong'
            __hash_key__ = 'id'
            id = StringField()
            doc = JSONField(default={'a': b'x'})


def test_an_item_reads_back_as_it_was_saved(table):
    doc = {'b': [1, 2.0, 10**40, (True, None)], 'a': {'': ''}}
    saved = Page.save_one({'id': 'whole', 'doc': doc, 'parts': [[], 0, '', None, {'x': 1}]})
    assert saved.doc == {'b': [1, 2.0, 10**40, [True, None]], 'a': {'': ''}}
    read = Page.get_one('whole')
    assert read == saved
    assert repr(read.doc['b']) == '[1, 2.0, 1' + '0' * 40 + ', [True, None]]'
    assert read.parts == [[], 0, '', None, {'x': 1}]
    stored = table.get_item(Key={'id': 'whole'})['Item']
    assert stored['d'] == '{"a":{"":""},"b":[1,2.0,1' + '0' * 40 + ',[true,null]]}'
    assert stored['place'] == {'map': '{"x":1}'}
    saved.doc = None
    assert saved.save() == Page.get_one('whole')
    assert 'd' not in table.get_item(Key={'id': 'whole'})['Item']


@pytest.mark.parametrize('stored', ['', '{', 'abc', 'NaN', '1e400', '[' * 10000, 5, {'a': 1}, [1]])
def test_what_is_stored_and_no_json_is_an_error(table, stored):
    """It names the key of the item and the field."""
    table.put_item(Item={'id': 'odd', 'd': stored})
    with pytest.raises(ValidationError, match=r"Page read from \{'id': 'odd'\}") as raised:
        Page.get_one('odd')
    assert list(raised.value.errors) == ['doc']


def test_null_reads_as_none(table):
    table.put_item(Item={'id': 'null', 'd': None})
    assert Page.get_one('null').doc is None
    table.put_item(Item={'id': 'null', 'd': 'null'})
    assert Page.get_one('null').doc is None


def test_a_change_in_place_is_saved(table, sent):
    saved = Page(id='changed', doc={'a': [1]}).save()
    for page in (saved, Page.get_one('changed')):
        sent.clear()
        page.doc = {'a': (1,)}
        page.save(changed=True)
        assert sent.operations == []
        page.doc['a'].append({'b': 2})
        page.save(changed=True)
        assert sent.operations == ['UpdateItem']
        assert Page.get_one('changed').doc == {'a': [1, {'b': 2}]} == page.doc
        page.doc = {'a': [1]}
        page.save(changed=True)


def test_a_document_is_updated_as_a_whole(table):
    Page.save_one({'id': 'u'})
    assert Page.update_one('u', [Page.doc.set({'a': 1})]).doc == {'a': 1}
    assert Page.update_one('u', [Page.doc.set_if_not_exists([])]).doc == {'a': 1}
    assert Page.update_from_dict({'id': 'u', 'doc': []}).doc == []
    assert Page.update_one('u', [Page.doc.remove()]).doc is None
    assert Page.update_one('u', [Page.place['map'].set(0)]).place == {'map': 0}


NO_SIZE = pytest.mark.faithful('moto fails where an attribute that has no size is absent')


def test_a_document_is_set_to_a_document_alone(table):
    Page.save_one({'id': 'copy', 'doc': [1]})
    assert Page.update_one('copy', [Page.layout.set(Page.doc)]).layout == [1]
    with pytest.raises(ExpressionError, match='unable to hold'):
        Page.doc.set(Page.id)


ITEMS = [
    {'id': '0', 'doc': {'a': 1, 'b': [2]}},
    {'id': '1', 'doc': []},
    {'id': '2', 'doc': 'text'},
    {'id': '3'},
    {'id': '4', 'doc': 1},
    {'id': '5', 'doc': 1.0},
]


@pytest.mark.parametrize(
    ('condition', 'met'),
    [
        (Page.doc == {'b': (2,), 'a': 1}, '0'),
        (Page.doc != {'b': [2], 'a': 1}, '12345'),
        (Page.doc == 'text', '2'),
        (Page.doc == 1, '4'),
        (Page.doc.in_([[], 'text', 1.0]), '125'),
        (Page.doc == None, '3'),
        (Page.doc.exists(), '01245'),
        (Page.doc.not_exists(), '3'),
        pytest.param(Page.doc.size() == len('"text"'), '2', marks=NO_SIZE),
        (Page.doc.type_is('S'), '01245'),
        (Page.place['map'] == {'x': 1}, '012345'),
    ],
    ids=repr,
)
def test_conditions_on_documents(stored, condition, met):
    """The engine and the evaluator say the same."""
    stored('documents', Page, copy.deepcopy(ITEMS))
    assert ''.join(sorted(page.id for page in Page.get_many(condition))) == met
    raw = Page.table().scan()['Items']
    assert ''.join(sorted(item['id'] for item in raw if matches(condition, item))) == met


@pytest.mark.parametrize(
    ('make', 'what'),
    [
        (lambda: Page.doc.contains('a'), 'contains()'),
        (lambda: Page.doc.begins_with('a'), 'begins_with()'),
        (lambda: Page.doc < 1, '<'),
        (lambda: Page.doc >= {}, '>='),
        (lambda: Page.doc.between(1, 2), 'BETWEEN'),
        (lambda: Page.doc['a'], '[]'),
        (lambda: Page.doc[0], '[]'),
    ],
)
def test_conditions_that_look_into_a_document_are_refused(make, what):
    """The error says why, and what to declare instead."""
    message = f"{what} doesn't apply to Page.doc (JSONField): DynamoDB sees one text"
    with pytest.raises(ExpressionError, match=re.escape(message)) as raised:
        make()
    assert 'declare a DictField, a MapField or a Field' in str(raised.value)


def test_a_document_compares_with_documents_only():
    with pytest.raises(ValidationError, match=r'Page\.doc: bytes is not a type that JSON has'):
        Page.doc.in_([b'x'])
