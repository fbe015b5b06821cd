"""What tables, connections, exports, measurements and the command line can get wrong."""

import contextlib
import io
import sys
import types

import dynamongo
from dynamongo import (
    Connection,
    IntField,
    Model,
    RequestError,
    SchemaError,
    StringField,
    ValidationError,
    _command,
    _command_models,
    _tables,
)
from dynamongo._command_models import CommandError
from dynamongo._differences import TableDiff
from tests.messages.case import Case, refusal
from tests.messages.declarations import Dog
from tests.messages.models import Loose, Order

DELETING = {'Table': {'TableStatus': 'DELETING', 'TableName': 'shop-orders'}}
UPDATING = {'Table': {'TableStatus': 'UPDATING', 'TableName': 'shop-orders'}}
IN_USE = refusal('ResourceInUseException')
GONE = refusal('ResourceNotFoundException')


def impatient():
    patience, _tables.PATIENCE = _tables.PATIENCE, -1
    try:
        Order.sync_table()
    finally:
        _tables.PATIENCE = patience


class Expiring(Model):
    """Has what a table can't be made with."""

    __table__ = 'expiring'
    __hash_key__ = 'id'
    __ttl__ = 'until'
    __point_in_time_recovery__ = True

    id = StringField()
    until = IntField()


TABLES = [
    Case(
        lambda: Order.create_table(),
        RequestError,
        'the table exists already',
        "Order.create_table on table 'shop-orders'",
        'exist_ok=True',
        (IN_USE,),
    ),
    Case(
        lambda: Order.create_table(exist_ok=True, wait=False),
        RequestError,
        'it is being deleted',
        "Order.create_table on table 'shop-orders'",
        'create it when it is gone',
        (IN_USE, DELETING),
    ),
    Case(
        lambda: Order.delete_table(),
        dynamongo.TableNotFoundError,
        "the table doesn't exist",
        "Order.delete_table on table 'shop-orders'",
        (),
        (GONE,),
    ),
    Case(
        lambda: Expiring.create_table(),
        RequestError,
        'why (AccessDeniedException)',
        "Expiring.update_continuous_backups on table 'shop-expiring'",
        (),
        (
            {'TableDescription': {}},
            {'Table': {'TableStatus': 'ACTIVE'}},
            refusal('UnknownOperationException'),
            refusal('AccessDeniedException'),
        ),
    ),
    Case(
        lambda: impatient(),
        RequestError,
        'it is still being changed',
        "Order.sync_table on table 'shop-orders'",
        'call sync_table() again',
        (UPDATING, {'TimeToLiveDescription': {}}, UPDATING),
    ),
    Case(
        lambda: setattr(TableDiff('x', []), 'table', 'y'),
        AttributeError,
        "a TableDiff can't be changed",
        'table',
    ),
    Case(
        lambda: delattr(TableDiff('x', []), 'table'),
        AttributeError,
        "a TableDiff can't be changed",
        'table',
    ),
    Case(lambda: Loose.create_table(), SchemaError, 'is abstract', 'Loose'),
]


def using(**settings):
    with Connection.using(**settings):
        Connection.resource()


def client_of(**settings):
    with Connection.using(**settings):
        Connection.client()


CONNECTIONS = [
    Case(
        lambda: setattr(Connection, 'region', 'x'),
        AttributeError,
        "Connection.region can't be assigned",
        'region',
        'call Connection.set_config(region=...)',
    ),
    Case(
        lambda: Connection.set_config('a'),
        ValidationError,
        'access_key_id and secret_access_key belong together',
        'Connection',
        'give both or neither',
    ),
    Case(
        lambda: Connection.set_config('a', 'b', profile='c'),
        ValidationError,
        'exclude each other',
        ('Connection', 'access_key_id and profile'),
        'give one of them',
    ),
    Case(
        lambda: client_of(endpoint_url='http://me:secret@two words'),
        ValidationError,
        'Invalid endpoint: http://***@two words',
        'Connection',
        'write it as http://host:port',
    ),
    Case(
        lambda: client_of(profile='nowhere'),
        ValidationError,
        "no profile 'nowhere'",
        'Connection',
        'name another by profile= or AWS_PROFILE',
    ),
    Case(
        lambda: Connection.set_config(region=3),
        ValidationError,
        'region takes a str, not int',
        'Connection',
    ),
    Case(
        lambda: Connection.set_config(session='x'),
        ValidationError,
        'session takes a',
        'Connection',
    ),
    Case(
        lambda: Connection.set_config(config='x'),
        ValidationError,
        'config takes a',
        'Connection',
    ),
    Case(
        lambda: Connection.set_config(endpoint_url='localhost:8000'),
        ValidationError,
        'endpoint_url begins with http:// or https://',
        ('Connection', "'localhost:8000'"),
    ),
    Case(
        lambda: Connection.set_config(region='eu-west-1 '),
        ValidationError,
        'region is a name',
        ('Connection', "'eu-west-1 '"),
        'without blanks',
    ),
    Case(
        lambda: Connection.set_config(batch_attempts=0),
        ValidationError,
        'batch_attempts is an int of at least 1, not 0',
        'Connection',
    ),
    Case(
        lambda: tokened(),
        ValidationError,
        'a session_token needs the key pair it is for',
        'Connection',
    ),
    Case(
        lambda: using(regin='x'),
        TypeError,
        "using() got an unexpected keyword argument 'regin'",
    ),
    Case(
        lambda: using(region='-eu-west-1'),
        ValidationError,
        "region_name '-eu-west-1' doesn't match",
        'Connection',
    ),
]


def tokened():
    Connection.reset()
    Connection.set_config(session_token='x')


def measured(*arguments):
    with Connection.measure() as found:
        pass
    found.of(*arguments)


MEASURING = [
    Case(
        lambda: measured('Order'),
        ValidationError,
        "model is a model, a class, not 'Order'",
        'Measurement.of',
    ),
    Case(
        lambda: measured(Loose),
        ValidationError,
        'Loose is abstract, and nothing is sent for it',
        'Measurement.of',
        'name a model that has a table, or read the totals',
    ),
    Case(
        lambda: measured(Order, 'get_item'),
        ValidationError,
        "operation is what DynamoDB calls it, such as 'GetItem', not 'get_item'",
        'Measurement.of',
        "'GetItem'",
    ),
]

EXPORTS = [
    Case(
        lambda: Order(customer='a').to_json(indent=object),
        ValidationError,
        'indent is a number of blanks, at most 100, or text of blanks and tabs',
        'Order',
    ),
    Case(
        lambda: Order.from_json(3),
        ValidationError,
        'JSON is text, a str or bytes, not int',
        'Order',
    ),
    Case(lambda: Order.from_json('{'), ValidationError, 'is no JSON', 'Order'),
    Case(lambda: Order.from_json('[]'), ValidationError, 'an item is a JSON object', 'Order'),
    Case(lambda: Order.from_json('[' * 10**5), ValidationError, 'nested too deeply', 'Order'),
    Case(
        lambda: Order.from_json('{"size": 1, "size": 2}'),
        ValidationError,
        'the JSON has this name twice',
        'Order.size',
    ),
    Case(
        lambda: Order.from_json('{"size": 1e999}'),
        ValidationError,
        '9.99E+125',
        'Order.size',
    ),
    Case(
        lambda: Order.from_json('{"size": NaN}'), ValidationError, 'neither NaN nor', 'Order.size'
    ),
    Case(
        lambda: Order.from_json('{"customer": "a", "number": 1, "size": "x", "zize": 3}'),
        ValidationError,
        ('takes a whole number', 'no such field'),
        ('Order', 'size', 'zize'),
        "did you mean 'size'?",
    ),
    Case(
        lambda: Blob.from_json('{"id": "a", "data": "?"}'),
        ValidationError,
        'is no base64',
        'Blob.data',
    ),
    Case(
        lambda: Order.from_dynamodb_json(
            {'customer': {'S': 'a'}, 'number': {'N': '٣'}, 3: {'S': 'a'}}
        ),
        ValidationError,
        ('is no number that DynamoDB holds', 'the names of attributes are str'),
        ('Order', 'number', '3'),
    ),
    Case(
        lambda: Order.from_dynamodb_json(
            {'customer': {'S': ''}, 'number': {'N': '1'}, 'x': {'NULL': 1}}
        ),
        ValidationError,
        ('a key needs a value, which must not be empty', 'DynamoDB has no NULL but true'),
        ('Order', 'customer', 'x'),
    ),
    Case(
        lambda: Order.from_dynamodb_json(
            {'customer': {'S': 'a'}, 'number': {'N': '1'}, 'x': {'SS': ['a', 'a']}}
        ),
        ValidationError,
        'a set of DynamoDB has members, each of them once',
        'Order.x',
    ),
    Case(
        lambda: Dog.from_dynamodb_json({'id': {'S': 'a'}, 'kind': {'S': 'Pet'}}),
        ValidationError,
        'the item is of class Pet',
        'Dog',
        'call Pet.from_dynamodb_json',
    ),
]


class Blob(Model):
    """Holds binary."""

    __table__ = 'blobs'
    __hash_key__ = 'id'

    id = StringField()
    data = dynamongo.BinaryField()


class Rival(Model):
    """Declares another key of the table of Order."""

    __table__ = 'orders'
    __hash_key__ = 'id'

    id = StringField()


def found(*names, **modules):
    """Find models in modules that exist as long as that takes."""
    made = {}
    for name, values in modules.items():
        made[name] = types.ModuleType(name)
        vars(made[name]).update(values)
    before = {name: sys.modules.get(name) for name in made}
    sys.modules.update(made)
    try:
        _command_models.find(names)
    finally:
        for name in before:
            del sys.modules[name]


class Said(Exception):
    """What a command has written to standard error."""


def command(*arguments):
    """Run a command and raise what it says."""
    with contextlib.redirect_stderr(io.StringIO()) as stderr, contextlib.suppress(SystemExit):
        _command.main(list(arguments))
    raise CommandError(stderr.getvalue().strip())


COMMANDS = [
    Case(
        lambda: found(':User'),
        CommandError,
        "':User' names no module",
        (),
        'give MODULE, or MODULE:MODEL',
    ),
    Case(
        lambda: found('shop:'),
        CommandError,
        "'shop:' names no model",
        (),
        'give shop for all models of it',
    ),
    Case(
        lambda: found('shop/models.py'),
        CommandError,
        "can't import shop/models.py: ModuleNotFoundError",
        (),
        'give the name, shop.models',
    ),
    Case(
        lambda: found('shop_models.Order', shop_models={'Order': Order}),
        CommandError,
        "can't import shop_models.Order",
        (),
        'did you mean shop_models:Order?',
    ),
    Case(
        lambda: found('shop_models', shop_models={'Order': Order}),
        CommandError,
        'shop_models defines no model with a table',
        (),
        'it imports tests.messages.models:Order',
    ),
    Case(
        lambda: found('shop_models:Oder', shop_models={'Order': Order}),
        CommandError,
        "shop_models has no model 'Oder'",
    ),
    Case(
        lambda: found(
            'shop_models:Order', 'shop_models:Rival', shop_models={'Order': Order, 'Rival': Rival}
        ),
        CommandError,
        'declare different things of the table',
        ("'orders'", 'tests.messages.models:Order', 'tests.messages.tables:Rival', 'key'),
        'let them agree, or name one of them',
    ),
    Case(
        lambda: command('tables', 'dif'),
        CommandError,
        "invalid choice: 'dif'",
        'usage: python -m dynamongo tables',
        ('diff', 'create', 'sync'),
    ),
    Case(
        lambda: command('tables', 'diff'),
        CommandError,
        'the following arguments are required: MODULE',
        'usage: python -m dynamongo tables diff',
    ),
    Case(
        lambda: command('tables', 'diff', 'shop', '--wait'),
        CommandError,
        'unrecognized arguments: --wait',
        'usage: python -m dynamongo tables diff',
    ),
    Case(
        lambda: command('tables', 'diff', 'no_such_module'),
        CommandError,
        "can't import no_such_module",
        'python -m dynamongo',
    ),
]


CASES = [*TABLES, *CONNECTIONS, *MEASURING, *EXPORTS, *COMMANDS]
