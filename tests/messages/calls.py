"""Calls whose arguments don't fit what is called: Python's error, with the way out."""

from dynamongo import (
    Connection,
    DictField,
    EnumField,
    ExpressionError,
    GlobalIndex,
    IntField,
    ListField,
    LocalIndex,
    SetField,
    StringField,
    Transaction,
    ValidationError,
)
from tests.messages.case import Case
from tests.messages.models import Item, Order

UNEXPECTED = 'got an unexpected keyword argument '


def unexpected(call, caller, name, out):
    return Case(call, TypeError, f'{UNEXPECTED}{name!r}', f'{caller}()', out)


def misfit(call, what, where, out):
    return Case(call, TypeError, what, where, out)


MODELS = [
    misfit(lambda: Order.delete(), 'on an instance', 'delete()', 'write item.delete()'),
    misfit(lambda: Order.save({'number': 1}), 'on an instance', 'save()', 'write item.save()'),
    misfit(lambda: Item('a'), 'by the names of their fields', 'Item()', 'write Item(id=...)'),
    misfit(lambda: Item({'id': 'a'}), 'by the names', 'Item()', 'write Item(**values)'),
    misfit(lambda: Item(Item()), 'by the names', 'Item()', 'write Item(**other.to_dict())'),
    unexpected(
        lambda: Order.get_many('a', scan_index_forward=False),
        'Order.get_many',
        'scan_index_forward',
        'write descending=True',
    ),
    unexpected(
        lambda: Order.get_one('a', consistent_read=True),
        'Order.get_one',
        'consistent_read',
        'write consistent=True',
    ),
    unexpected(
        lambda: Order.get_one('a', index_name='x'),
        'Order.get_one',
        'index_name',
        'the parameters are strategy, consistent, only',
    ),
    unexpected(
        lambda: Order.get_many('a', page_sise=1),
        'Order.get_many',
        'page_sise',
        "did you mean 'page_size'?",
    ),
    unexpected(
        lambda: Order.get_many(hash_key='a'),
        'Order.get_many',
        'hash_key',
        'give the key without a name',
    ),
    unexpected(
        lambda: Order.get_page(None, limit=1, last_evaluated_key={}),
        'Order.get_page',
        'last_evaluated_key',
        'write after=',
    ),
    unexpected(
        lambda: Order.get_many('a', skip=3), 'Order.get_many', 'skip', 'get_page(condition, limit='
    ),
    unexpected(
        lambda: Order.save_one({}, condition=None),
        'Order.save_one',
        'condition',
        'write overwrite=False',
    ),
    unexpected(
        lambda: Order.delete_one('a', condition=None), 'Order.delete_one', 'condition', 'join it'
    ),
    unexpected(
        lambda: Order.update_one('a', actions=[]),
        'Order.update_one',
        'actions',
        'give the updates without a name',
    ),
    unexpected(
        lambda: Order().save(chnaged=True), 'Order.save', 'chnaged', "did you mean 'changed'?"
    ),
    unexpected(
        lambda: Order.create_table(safe=True), 'Order.create_table', 'safe', 'write exist_ok=True'
    ),
    misfit(
        lambda: Order().update(updates=[]),
        "takes no argument called 'updates'",
        'Order.update()',
        'it is called as update(*updates)',
    ),
    misfit(
        lambda: Order().delete(condition=None),
        "takes no argument called 'condition'",
        'Order.delete()',
        'it is called as delete()',
    ),
    misfit(
        lambda: Order.get_one('a', 1),
        'takes 1 argument without a name, not 2',
        'Order.get_one()',
        'a key of two parts is a tuple',
    ),
    misfit(lambda: Order.get_one('a', strategy='b'), "got 'strategy' twice", 'Order.get_one()', ()),
    misfit(
        lambda: Order.create_table(True),
        'takes no argument without a name, not 1',
        'Order.create_table()',
        'create_table(*, exist_ok=False, wait=True)',
    ),
    misfit(
        lambda: Order.update_one('a'),
        "missing 1 required positional argument: 'updates'",
        'Order.update_one()',
        'it is called as update_one(strategy, updates, *, upsert=False)',
    ),
]

FIELDS = [
    misfit(
        lambda: Item.name.in_(1, 2),
        'takes 1 argument without a name, not 2',
        'Item.name.in_()',
        'in_([1, 2])',
    ),
    misfit(
        lambda: Item.name.between(('a', 'b')), "'high'", 'Item.name.between()', 'between(low, high)'
    ),
    misfit(
        lambda: Item.place.city.size().between(1),
        "'high'",
        'Item.place.city.size().between()',
        'between(low, high)',
    ),
    misfit(lambda: Item.name.exists(True), 'takes no argument', 'Item.name.exists()', 'exists()'),
    unexpected(
        lambda: Item.name.contains(valeu='a'),
        'Item.name.contains',
        'valeu',
        "did you mean 'value'?",
    ),
    unexpected(
        lambda: Item.number.increment(by=2),
        'Item.number.increment',
        'by',
        'the parameters are value',
    ),
    misfit(
        lambda: Item.tags.add(value='a'),
        "no argument called 'value'",
        'Item.tags.add()',
        'add(*values)',
    ),
    misfit(lambda: Item.any.add(), "'value'", 'Item.any.add()', 'add(value)'),
    unexpected(lambda: ListField(of=StringField), 'ListField', 'of', 'ListField(StringField)'),
    misfit(lambda: SetField(min_size=1), "'field'", 'SetField()', 'SetField(field, '),
    misfit(lambda: EnumField(), "'enum'", 'EnumField()', 'EnumField(enum, '),
    misfit(lambda: DictField(StringField), 'not 1', 'DictField()', 'DictField(**fields)'),
    misfit(lambda: IntField(1, 9), 'not 2', 'IntField()', 'IntField(**kwargs)'),
    unexpected(
        lambda: GlobalIndex(partition_key='a'), 'GlobalIndex', 'partition_key', 'write hash_key='
    ),
    misfit(lambda: LocalIndex('a', 'b'), 'not 2', 'LocalIndex()', 'LocalIndex(range_key, *, '),
]

OTHERS = [
    Case(
        lambda: Connection.get_table(''),
        ValidationError,
        'takes the name of a table',
        'Connection.get_table',
        'such as Model.table_name()',
    ),
    Case(
        lambda: Item().to_dict(only=[[]]),
        ValidationError,
        'only takes a list of fields and names',
        'Item',
    ),
    Case(
        lambda: Item.name.in_(Item.email),
        ExpressionError,
        'takes a list of values',
        'Item.name.in_()',
    ),
    Case(
        lambda: Item.get_one({1: 'a'}),
        ValidationError,
        'a dict selects an item by its key',
        'Item.id',
    ),
    unexpected(
        lambda: Connection.set_config(region_name='x'),
        'Connection.set_config',
        'region_name',
        'write region=',
    ),
    misfit(lambda: Connection.get_table(), "'name'", 'Connection.get_table()', 'get_table(name)'),
    unexpected(lambda: Transaction(id='x'), 'Transaction', 'id', 'the parameters are token'),
    misfit(
        lambda: Transaction().save(), "'item'", 'Transaction.save()', 'save(item, overwrite=True)'
    ),
    misfit(lambda: Transaction.get('a', 'b'), 'not 2', 'Transaction.get()', 'get(targets)'),
]

CASES = [*MODELS, *FIELDS, *OTHERS]
