"""Values come to the same on the wire, and from it, as boto3 makes of them."""

import json
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import example, given
from hypothesis import strategies as st

from dynamongo._documents import Unknown
from dynamongo._wire import values
from tests.wire.support import (
    ITEM,
    as_json,
    documents,
    in_order,
    items,
    junk,
    parsed_by_botocore,
    scalars,
    shown,
    wire,
)

refused = st.sampled_from(
    [
        1.5,
        float('nan'),
        Decimal('NaN'),
        Decimal('Infinity'),
        10**38 + 1,
        Decimal('1.' + '1' * 38),
        object(),
        1j,
        range(3),
        memoryview(b'a'),
        {1, 'a'},
        {1.5},
        {None},
        {('a',)},
        {b'a', 'a'},
        {Decimal('NaN')},
    ]
)


def around(inner):
    """Return a strategy for values that hold, at any depth, one that is refused."""
    return st.recursive(
        inner,
        lambda deeper: st.one_of(
            st.builds(lambda bad, good: [good, bad], deeper, scalars),
            st.builds(lambda bad, good: {'good': good, 'bad': bad}, deeper, scalars),
            st.builds(lambda bad: (bad,), deeper),
        ),
        max_leaves=3,
    )


def exception(call, value):
    """Return the type of the exception that a call raises."""
    try:
        call(value)
    except Exception as raised:
        return type(raised)
    return None


class TestValues:
    @given(documents)
    @example(ITEM)
    def test_text_is_what_boto3_serializes(self, value):
        """A value in JSON is the value that boto3's serializer makes, its binary in base64."""
        text = values.text(value)
        assert in_order(json.loads(text)) == in_order(wire(value))
        assert text.isascii()

    @given(items)
    @example(ITEM)
    def test_text_of_an_item_is_that_of_its_values(self, item):
        expected = {name: wire(value) for name, value in item.items()}
        assert in_order(json.loads(values.item_text(item))) == in_order(expected)

    @given(documents)
    @example(ITEM)
    def test_encode_is_boto3s_serializer(self, value):
        assert as_json(values.encode(value)) == wire(value)

    @pytest.mark.parametrize('kind', [str, int, Decimal, bytes, list, dict])
    def test_subclasses_are_written_as_what_they_are(self, kind):
        """A subclass that shows itself differently, as an enum may, is left to boto3."""
        odd = type('Odd', (kind,), {})()
        assert json.loads(values.text([odd])) == wire([odd])

    @given(around(refused))
    def test_what_boto3_refuses_is_refused(self, value):
        """With the same exception, at any depth."""
        expected = exception(TypeSerializer().serialize, value)
        assert expected is not None
        assert exception(values.text, value) is expected

    @pytest.mark.parametrize(
        'text',
        [
            '1E+126',
            '1E-128',
            '1E-131',
            '1E+127',
            '-1E+300',
            '1E-166',
            '1E-200',
            '0E+300',
        ],
    )
    def test_numbers_out_of_range_are_refused(self, text):
        """As boto3 refuses them, however few digits they have."""
        number = Decimal(text)
        expected = exception(TypeSerializer().serialize, number)
        assert exception(values.text, number) is expected

    @given(documents)
    @example(ITEM)
    def test_decoding_is_what_boto3_deserializes(self, value):
        """From what botocore has parsed, and from a reply itself."""
        parsed = parsed_by_botocore(wire(value))
        expected = TypeDeserializer().deserialize(parsed)
        assert values.decode(parsed) == expected
        assert shown(values.decode(parsed)) == shown(expected)
        assert shown(values.decode(as_json(parsed))) == shown(expected)

    @given(items)
    def test_a_stored_item_shows_what_boto3_deserializes(self, item):
        """It is a mapping like the dict that boto3 gives, and keeps the form of the wire."""
        parsed = parsed_by_botocore(wire(item))['M']
        expected = {name: TypeDeserializer().deserialize(each) for name, each in parsed.items()}
        stored = values.Stored(parsed)
        assert stored == expected
        assert dict(stored) == expected
        assert list(stored) == list(expected)
        assert len(stored) == len(expected)
        assert all(name in stored for name in expected)
        assert stored.get(object()) is None
        assert stored.wire is parsed


damaged_wire = st.one_of(
    junk,
    st.dictionaries(st.sampled_from([*values._DECODERS, 's', 'X', '']), junk, max_size=2),
)


def valid_or_unknown(value):
    """Tell whether a value is a primitive, or says that it is none."""
    if isinstance(value, dict):
        return all(map(valid_or_unknown, value.values()))
    if isinstance(value, list):
        return all(map(valid_or_unknown, value))
    if isinstance(value, set):
        return len({type(member) for member in value}) <= 1 and all(
            type(member) in (str, Decimal, bytes) for member in value
        )
    if isinstance(value, Decimal):
        return value.is_finite()
    return type(value) in (str, bytes, bool, type(None), Unknown)


class TestDamagedValues:
    @given(damaged_wire)
    def test_damage_is_unknown_and_never_raises(self, value):
        """What comes out is a primitive, or ``Unknown`` with what came."""
        assert valid_or_unknown(values.decode(value))

    @pytest.mark.parametrize(
        'value',
        [
            None,
            'S',
            {},
            [],
            {'S': 'a', 'N': '1'},
            {'X': 'a'},
            {'s': 'a'},
            {'S': None},
            {'S': 1},
            {'N': 1},
            {'N': ''},
            {'N': 'NaN'},
            {'N': 'Infinity'},
            {'N': '1_000'},
            {'N': '1' * 39},
            {'N': '1E+9999999999999999999999'},
            {'B': 'a'},
            {'B': 'é'},
            {'B': 1},
            {'BOOL': 'true'},
            {'BOOL': 1},
            {'L': 'ab'},
            {'L': {'S': 'a'}},
            {'M': []},
            {'M': None},
            {'SS': 'ab'},
            {'SS': [1]},
            {'NS': ['x']},
            {'BS': ['a']},
            {'SS': [[]]},
        ],
        ids=json.dumps,
    )
    def test_what_is_no_value_is_unknown(self, value):
        """It keeps what came, and is written back as it came."""
        decoded = values.decode(value)
        assert type(decoded) is Unknown
        assert decoded.wire == value
        assert json.loads(values.text(decoded)) == value

    def test_damage_in_a_container_leaves_the_rest(self):
        first, second = values.decode({'L': [{'S': 'a'}, {'X': 1}]})
        assert (first, second.wire) == ('a', {'X': 1})

    @pytest.mark.parametrize(
        'depth',
        [32, 100, 2000],
    )
    def test_deep_nesting_never_raises(self, depth):
        """DynamoDB nests 32 levels; what is deeper is damage."""
        value = {'S': 'a'}
        for _ in range(depth):
            value = {'L': [value]}
        decoded = values.decode(value)
        assert type(decoded) in (list, Unknown)
        assert depth > 32 or type(decoded) is list
