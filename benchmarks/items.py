"""The items that are read and written: the same ones for every contestant.

A user has an e-mail, which is the key, a name, an int, a list of two strings and a datetime. A
contact has all that and an owner: its key is the owner and the e-mail.
"""

import datetime

USER_KEY = ('email',)
CONTACT_KEY = ('owner', 'email')

#: The owner of all contacts, so that one query reads them.
OWNER = 'owner-1'

ISO = '%Y-%m-%dT%H:%M:%S.%f'

_START = datetime.datetime(2018, 6, 1, 12, 30, 15, 123456)
_MINUTE = datetime.timedelta(minutes=1)


def user(number):
    """Return the values of a user, by field name."""
    return {
        'email': f'user{number:06}@example.com',
        'name': f'Jane Doe the {number}th',
        'year_of_birth': 1900 + number % 118,
        'cities_visited': ['Nairobi', 'New York'],
        'created_at': _START + number % 500_000 * _MINUTE,
    }


def contact(number):
    """Return the values of a contact, by field name."""
    return {'owner': OWNER, **user(number)}


def wire(values, datetime_format=ISO):
    """Return an item as DynamoDB sends it.

    :param str datetime_format: libraries differ in how they store a datetime.
    """
    item = {
        'email': {'S': values['email']},
        'name': {'S': values['name']},
        'year_of_birth': {'N': str(values['year_of_birth'])},
        'cities_visited': {'L': [{'S': city} for city in values['cities_visited']]},
        'created_at': {'S': values['created_at'].strftime(datetime_format)},
    }
    if 'owner' in values:
        item['owner'] = {'S': values['owner']}
    return item


def key_schema(names):
    """Return what creates a table whose key is one or two strings."""
    return {
        'KeySchema': [
            {'AttributeName': name, 'KeyType': kind} for name, kind in zip(names, ('HASH', 'RANGE'))
        ],
        'AttributeDefinitions': [{'AttributeName': name, 'AttributeType': 'S'} for name in names],
        'BillingMode': 'PAY_PER_REQUEST',
    }
