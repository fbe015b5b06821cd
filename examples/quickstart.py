"""A walk through dynamongo on a DynamoDB inside this program: no account, no network, no Java.

    pip install '.[local]' && python examples/quickstart.py

Each statement is shown after a prompt, then what it returns. Read on from ``class User``.
"""

from __future__ import annotations

import ast
import datetime
import inspect
import logging
import textwrap
import uuid
from typing import TYPE_CHECKING, Any, no_type_check

from dynamongo import (
    Connection,
    DateTimeField,
    DecimalField,
    DictField,
    DynamongoError,
    EmailField,
    GlobalIndex,
    IntField,
    ListField,
    Model,
    SetField,
    StringField,
    TimestampField,
    Transaction,
    UUIDField,
)
from dynamongo.local import local_dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class User(Model):
    __table__ = 'users'
    __hash_key__ = 'email'

    email = EmailField(required=True)
    name = StringField(required=True)
    year_of_birth = IntField(max_value=2018, min_value=1900)
    cities_visited = ListField(StringField)
    address = DictField(street=StringField(), city=StringField())
    logins = IntField()
    created_at = DateTimeField(default=datetime.datetime.now)


class Contact(Model):
    __table__ = 'contacts'
    __hash_key__ = 'user_id'
    __range_key__ = 'email'

    user_id = UUIDField(required=True)
    email = EmailField(required=True)
    name = StringField()

    by_email = GlobalIndex('email', 'user_id')


class Record(Model):
    __table__ = 'shop'
    __hash_key__ = 'pk'
    __range_key__ = 'sk'
    __discriminator__ = 'kind'

    pk = StringField()
    sk = StringField()


class Customer(Record):
    email = EmailField(required=True)
    tags = SetField(StringField)

    @property
    def pk(self) -> str:  # type: ignore[override]
        return f'CUSTOMER#{self.email}'

    @property
    def sk(self) -> str:  # type: ignore[override]
        return 'PROFILE'


class Order(Record):
    email = EmailField(required=True)
    number = IntField(required=True)
    total = DecimalField(default=0)
    expires = TimestampField()

    @property
    def pk(self) -> str:  # type: ignore[override]
        return f'CUSTOMER#{self.email}'

    @property
    def sk(self) -> str:  # type: ignore[override]
        return f'ORDER#{self.number:06}'

    def before_save(self) -> None:
        super().before_save()
        self.email = self.email.lower()


JOHN_ID = uuid.UUID('6f2c1d6e-0f3b-4c55-9d0e-2f0f2f3a7b11')
JANE_ID = uuid.UUID('b1b7a3a0-8f0d-4a0e-8a3e-0f9d6f1c2d22')


def connect() -> None:
    """Connect"""
    # local_dynamodb() has set the address and the credentials. On AWS they come from the
    # environment, as for boto3, or from Connection.set_config().
    Connection.set_config(table_prefix='quickstart-')
    Connection().table_prefix


def create_the_tables() -> None:
    """Create the tables"""
    User.table_name()
    User.create_table()
    Contact.create_table()
    Record.create_table()


def save_one() -> None:
    """Save one item"""
    # A dict: it is validated, and comes back as an instance, with its defaults.
    values = {
        'email': 'johndoe@gmail.com',
        'name': 'John Doe',
        'year_of_birth': 1990,
        'cities_visited': ['Nairobi', 'New York'],
    }
    john = User.save_one(values)
    john
    john.name
    # An instance.
    jane = User(email='jane@gmail.com', name='Jane Doe')
    jane.year_of_birth = 1985
    jane.address = {'street': '1 Moi Avenue', 'city': 'Mombasa'}
    User.save_one(jane)
    # overwrite=False, or a condition, protects what is there.
    jane.name = 'Jane Roe'
    User.save_one(jane, overwrite=User.name == 'Jane Doe').name


def save_many() -> None:
    """Save many items"""
    bob = User(email='bob@gmail.com', name='Bob', year_of_birth=1970, cities_visited=['Rome'])
    User.save_many([{'email': 'ada@gmail.com', 'name': 'Ada', 'year_of_birth': 1995}, bob])
    # What exists already may not be overwritten: it is reported, and the rest is saved.
    not_john = User(email='johndoe@gmail.com', name='Not John')
    eve = User(email='eve@gmail.com', name='Eve', year_of_birth=1980)
    result = User.save_many([not_john, eve], overwrite=False)
    result
    [user.email for user in result.fail]


def get_one() -> None:
    """Get one item: by key, dict, instance or condition"""
    User.get_one('johndoe@gmail.com')
    User.get_one({'email': 'johndoe@gmail.com'}).name
    User.get_one(User(email='johndoe@gmail.com')).name
    john = User.get_one(User.email == 'johndoe@gmail.com')
    john.to_dict(only=[User.name, User.cities_visited])


def get_many() -> None:
    """Get many items: by keys, or by any condition"""
    emails = ['johndoe@gmail.com', 'nobody@gmail.com', 'jane@gmail.com']
    [user.name for user in User.get_many(emails)]
    # Each of the ways to name one item will do in a list.
    bob = User(email='bob@gmail.com')
    eve = User.email == 'eve@gmail.com'
    found = User.get_many(['johndoe@gmail.com', {'email': 'ada@gmail.com'}, bob, eve])
    [user.name for user in found]
    # Keys as a condition, which others can be joined to.
    [user.name for user in User.get_many(User.email.in_(emails) & (User.year_of_birth > 1985))]
    [user.name for user in User.get_many(User.cities_visited.contains('Nairobi'))]
    # Conditions are joined by & and |, and negated by ~.
    condition = (User.year_of_birth < 1990) & ~User.cities_visited.contains('Rome')
    condition
    [user.name for user in User.get_many(condition)]
    [user.name for user in User.get_many(User.address.city == 'Mombasa')]
    [user.name for user in User.get_many(User.year_of_birth.between(1980, 1990), limit=2)]


def query() -> None:
    """A hash key and a range key"""
    contacts = [
        {'user_id': JOHN_ID, 'email': 'ada@gmail.com', 'name': 'Ada'},
        {'user_id': JOHN_ID, 'email': 'amos@gmail.com', 'name': 'Amos'},
        {'user_id': JOHN_ID, 'email': 'bob@gmail.com', 'name': 'Bob'},
        {'user_id': JANE_ID, 'email': 'johndoe@gmail.com', 'name': 'John'},
    ]
    Contact.save_many(contacts)
    Contact.get_one((JOHN_ID, 'bob@gmail.com'))
    # One hash key: a Query, in the order of the range key.
    [contact.name for contact in Contact.get_many(Contact.user_id == JOHN_ID, descending=True)]
    johns = Contact.user_id == JOHN_ID
    [contact.name for contact in Contact.get_many(johns & Contact.email.begins_with('a'))]
    keys = [(JANE_ID, 'johndoe@gmail.com'), (JOHN_ID, 'ada@gmail.com')]
    [contact.name for contact in Contact.get_many(Contact.keys_in(keys))]
    # The index finds contacts by their e-mail, whosever they are.
    [contact.name for contact in Contact.get_many(Contact.email == 'bob@gmail.com')]


def ways_to_read() -> None:
    """Plan, count, and read in parts"""
    # What a read will cost can be known before it is made.
    Contact.explain(Contact.email == 'bob@gmail.com')
    Contact.explain(Contact.user_id.in_([JOHN_ID, JANE_ID]) & (Contact.email < 'b'))
    Contact.count(Contact.user_id == JOHN_ID)
    page = Contact.get_page(Contact.user_id == JOHN_ID, limit=2)
    [contact.name for contact in page.items]
    page = Contact.get_page(Contact.user_id == JOHN_ID, limit=2, after=page.token)
    [contact.name for contact in page.items], page.token
    # One item after the other, however many there are; and no more of them than is needed.
    emails = Contact.iter_many(only=[Contact.email])
    len(list(emails))


def update() -> None:
    """Update"""
    updates = [
        User.year_of_birth.set(1991),
        User.cities_visited.append('Kisumu'),
        User.address.set({'city': 'Nairobi'}),
        User.logins.increment(),
    ]
    User.update_one('johndoe@gmail.com', updates)
    # Members of a dict and elements of a list have updates of their own.
    updates = [
        User.address.city.set('Nakuru'),
        User.cities_visited[1].set('Lamu'),
        User.logins.add(4),
    ]
    User.update_one('johndoe@gmail.com', updates)
    User.update_one('johndoe@gmail.com', [User.address.remove()])
    # Only if the item meets a condition: here it doesn't, and nothing changes.
    often = (User.email == 'johndoe@gmail.com') & (User.logins > 100)
    User.update_one(often, [User.logins.set(0)]) is None
    User.update_from_dict({'email': 'johndoe@gmail.com', 'name': 'John M. Doe'})


def instances() -> None:
    """Instances, and transactions"""
    # Only what has changed is sent.
    jane = User.get_one('jane@gmail.com')
    jane.name = 'Jane Doe-Roe'
    jane.save(changed=True).name
    # All of it, or nothing.
    with Transaction() as transaction:
        transaction.check((User, 'johndoe@gmail.com'))
        transaction.update((User, 'jane@gmail.com'), [User.logins.increment()])
        transaction.save((Contact, {'user_id': JANE_ID, 'email': 'bob@gmail.com'}))
    jane.refresh().logins


def several_classes() -> None:
    """Several classes in one table, with keys made of other fields"""
    customer = Customer(email='johndoe@gmail.com', tags={'new'})
    order = Order(email='JohnDoe@gmail.com', number=1, total='19.90')
    order.expires = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
    Record.save_many([customer, order])
    # One Query reads both, each as what it is.
    found = Record.get_many(Record.pk == 'CUSTOMER#johndoe@gmail.com')
    [(type(item).__name__, item.sk) for item in found]
    updates = [Order.total.set(Order.total + 5)]
    Order.update_one({'email': 'johndoe@gmail.com', 'number': 1}, updates)
    customer.update(Customer.tags.add('regular'))
    customer.update(Customer.tags.delete('new')).tags


def exports() -> None:
    """Export, measure and compare"""
    order = Order.get_one({'email': 'johndoe@gmail.com', 'number': 1})
    order.to_json()
    Order.from_json(order.to_json()) == order
    [values['total'] for values in Order.iter_dicts(only=['total'])]
    with Connection.measure() as measured:
        Record.count(Record.pk == 'CUSTOMER#johndoe@gmail.com')
    measured.requests
    # The tables are as the classes declare them.
    User.table_diff(), Record.table_diff()


def delete() -> None:
    """Delete"""
    User.delete_one('ada@gmail.com')
    # None is the answer where there is no such item, or where it fails a condition.
    User.delete_one('ada@gmail.com') is None
    User.delete_one((User.email == 'bob@gmail.com') & (User.year_of_birth > 2000)) is None
    User.delete_one(
        (User.email == 'bob@gmail.com')
        & ((User.year_of_birth > 2000) | User.cities_visited.contains('Rome'))
    )
    User.delete_many(User.year_of_birth < 1982)
    [user.name for user in User.get_many(User.email.exists())]


@no_type_check  # A checker would refuse some of it, too.
def bad_input() -> None:
    """Bad input: a clear error, before anything is sent"""
    User.save_one({'email': 'not an address', 'name': '', 'year_of_birth': 2050})
    User.save_one({'email': 'ada@gmail.com', 'nmae': 'Ada'})
    User.get_many(User.year_of_birth > 'old')
    User.get_one(('johndoe@gmail.com', 1990))
    User.delete_one((User.email == 'johndoe@gmail.com') | (User.year_of_birth > 2000))
    User.get_many(not User.cities_visited.contains('Nairobi'))
    User.get_many(User.year_of_birth > 1990, scan=False)
    User.update_one('johndoe@gmail.com', [])
    User.update_one('johndoe@gmail.com', [User.name.remove()])
    User.update_from_dict({'email': 'johndoe@gmail.com', 'nmae': 'John'})


def refused() -> None:
    """What the table answers: an error of its own for each case"""
    User.get_one('nobody@gmail.com')
    User.save_one({'email': 'johndoe@gmail.com', 'name': 'Someone else'}, overwrite=False)
    User.create_table()


def main() -> None:
    # A scan reads the whole table, and so is warned of. Here the tables are small.
    logging.getLogger('dynamongo').setLevel(logging.ERROR)
    with local_dynamodb() as dynamodb:
        print(f'This is dynamongo, on an imitation of DynamoDB at {dynamodb.endpoint_url}')
        show_steps(connect)
        show_heading('Declare models')
        for model in (User, Contact, Record, Customer, Order):
            show('\n' + inspect.getsource(model).rstrip())
        for part in (create_the_tables, save_one, save_many, get_one, get_many, query):
            show_steps(part)
        for part in (ways_to_read, update, instances, several_classes, exports, delete):
            show_steps(part)
        show_refusals(bad_input)
        show_refusals(refused)
        check_what_is_left()
    print('\nThat is all. The guide, in docs/, says more about each of these steps.')


def check_what_is_left() -> None:
    """Raise where the steps have led somewhere else than they say."""
    jane, john = User.get_many(User.email.exists())
    assert (jane.name, jane.logins) == ('Jane Doe-Roe', 1)
    assert jane.address == {'street': '1 Moi Avenue', 'city': 'Mombasa'}
    assert john.name == 'John M. Doe'
    assert john.cities_visited == ['Nairobi', 'Lamu', 'Kisumu']
    assert (john.year_of_birth, john.logins, john.address) == (1991, 5, {})
    assert len(Contact.get_many(Contact.user_id == JOHN_ID)) == 3


# The rest shows the functions above at work: it runs their statements one by one, as the
# interactive interpreter does.


def show_steps(function: Callable[[], None]) -> None:
    """Run the statements of a function; show each, and the value of each expression."""
    for statement, variables in steps(function):
        value = run(statement, variables)
        if value is not None:
            show(text_of(value))


def show_refusals(function: Callable[[], None]) -> None:
    """Run the statements of a function, each of which must be refused; show the errors."""
    for statement, variables in steps(function):
        try:
            run(statement, variables)
        except DynamongoError as error:
            for line in f'{type(error).__name__}: {error}'.splitlines():
                show(textwrap.fill(line, 92, subsequent_indent='    '))
        else:
            raise AssertionError(f'not refused: {ast.unparse(statement)}')


def steps(function: Callable[[], None]) -> Iterator[tuple[ast.stmt, dict[str, Any]]]:
    """Show a function's title and its statements; yield each statement once it is shown."""
    show_heading(inspect.getdoc(function) or function.__name__)
    source = textwrap.dedent(inspect.getsource(function))
    parsed: Any = ast.parse(source).body[0]
    docstring, *statements = parsed.body
    lines = source.splitlines()[docstring.end_lineno :]
    lines = textwrap.dedent('\n'.join(lines)).splitlines()
    variables = dict(globals())
    shown = 0
    for statement in statements:
        end = statement.end_lineno - docstring.end_lineno
        first = True
        print()
        for line in lines[shown:end]:
            prompt = '>>>' if first else '...'
            first = line.startswith('#')
            show(f'{prompt} {line}')
        shown = end
        yield statement, variables


def run(statement: ast.stmt, variables: dict[str, Any]) -> Any:
    """Run a statement and return its value, ``None`` where it has none."""
    if isinstance(statement, ast.Expr):
        return eval(compile(ast.Expression(statement.value), __file__, 'eval'), variables)
    return exec(compile(ast.Module([statement], []), __file__, 'exec'), variables)


def text_of(value: object) -> str:
    """Return the ``repr`` of a value; an instance too long for a line has one line per field."""
    text = repr(value)
    if isinstance(value, Model) and len(text) > 90:
        fields = [f'    {name}={item!r},' for name, item in value.to_dict().items() if item]
        return '\n'.join([f'{type(value).__name__}(', *fields, ')'])
    return text


def show_heading(title: str) -> None:
    print(f'\n\n{title}\n{"=" * len(title)}')


def show(text: str) -> None:
    print(textwrap.indent(text, '    '))


if __name__ == '__main__':
    main()
