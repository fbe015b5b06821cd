"""Conditions answered on the client: exactly as DynamoDB answers them."""

import operator
from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamongo import _compile
from dynamongo._documents import to_document
from dynamongo._evaluate import matches
from dynamongo._logic import simplify
from dynamongo._options import Options
from dynamongo._plan import Plan
from tests import strategies
from tests.ids import ident
from tests.models import Order
from tests.strategies import Thing


@pytest.mark.faithful('moto orders, sizes and compares values of mixed types differently')
def test_the_evaluator_agrees_with_the_engine(connection):
    """Random trees over random items of every type: a Scan with a filter finds what we find."""
    Thing.create_table()
    table = Thing.table()

    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(
        st.lists(strategies.items, min_size=2, max_size=5),
        st.lists(strategies.conditions, min_size=6, max_size=12),
    )
    def agree(items, conditions):
        with table.batch_writer() as batch:
            for number in range(5):
                batch.delete_item(Key={'id': 'x', 'n': number})
        for number, item in enumerate(items):
            table.put_item(Item={**to_document(item), 'id': 'x', 'n': number})
        stored = table.scan()['Items']
        assert len(stored) == len(items)
        for condition in conditions:
            simple = simplify(condition)
            if isinstance(simple, bool):
                expected = stored if simple else []
            else:
                request = _compile.read(Plan(Thing._schema, 'Scan', Options(), filter=simple))
                expected = table.scan(**request)['Items']
            found = [item for item in stored if matches(condition, item)]
            by_number = operator.itemgetter('n')
            assert sorted(found, key=by_number) == sorted(expected, key=by_number), condition

    agree()


@pytest.mark.parametrize(
    ('condition', 'item', 'met'),
    [
        (Order.size != 3, {}, True),
        (~(Order.size == 3), {}, True),
        (Order.size == 3, {}, False),
        (Order.size < 3, {}, False),
        (Order.size == None, {}, True),
        (Order.size == None, {'size': None}, True),
        (Order.size != None, {'size': 0}, True),
        (Order.size.exists(), {'size': None}, True),
        (Order.status == 'a', {'state': 'a'}, True),
        (Order.size < 3, {'size': '1'}, False),
        (Order.notes == True, {'notes': 1}, False),
        (Order.notes == 1, {'notes': Decimal('1.0')}, True),
        (Order.notes.contains('b'), {'notes': 'abc'}, True),
        (Order.notes.contains('b'), {'notes': ['abc']}, False),
        (Order.notes.contains('b'), {'notes': {'b': 1}}, False),
        (Order.notes.contains('b'), {'notes': {'a', 'b'}}, True),
        (Order.notes.size() == 4, {'notes': 'é€😀'}, True),
        (Order.notes > '\uffff', {'notes': '😀'}, True),
        (Order.lines[1].sku == 'x', {'lines': [{}, {'sku': 'x'}]}, True),
        (Order.lines[2].sku == 'x', {'lines': [{}, {'sku': 'x'}]}, False),
        (Order.notes.in_([1, 'a']), {'notes': True}, False),
        (Order.notes.in_([1, 'a']), {'notes': Decimal('1.0')}, True),
        (Order.notes.in_([True]), {'notes': 1}, False),
        (Order.notes.in_([b'a']), {'notes': Binary(b'a')}, True),
        (Order.notes.in_([b'a']), {'notes': 'a'}, False),
        (Order.notes.in_([[1], {'a': 2}, 'x']), {'notes': {'a': Decimal(2)}}, True),
        (Order.notes.in_([Order.size, 'x']), {'notes': 3, 'size': Decimal(3)}, True),
        (Order.notes.in_([Order.size, 'x']), {'notes': 3}, False),
        (Order.notes.in_(['x']), {'notes': None}, False),
        (Order.keys_in([('a', 1), ('b', 2)]), {'customer': 'b', 'number': 2}, True),
        (Order.keys_in([('a', 1)]), {'customer': 'a', 'number': Decimal('1.0')}, True),
        (Order.keys_in([('a', 1)]), {'customer': 'a', 'number': True}, False),
        (Order.keys_in([('a', 1)]), {'customer': 'a'}, False),
        (Order.keys_in([('a', 1), ('b', 2)]), {'customer': 'b', 'number': 1}, False),
    ],
    ids=ident,
)
def test_rules(condition, item, met):
    assert matches(condition, item) is met


def test_no_condition_is_met_by_all():
    assert matches(None, {})
