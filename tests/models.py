"""Models that several test modules use."""

import datetime

from dynamongo import (
    DateTimeField,
    DictField,
    EmailField,
    Field,
    FloatField,
    IntField,
    ListField,
    Model,
    StringField,
)


class User(Model):
    """The user of the guide, with a hash key alone."""

    __table__ = 'users'
    __hash_key__ = 'email'

    email = EmailField(required=True)
    name = StringField(required=True)
    year_of_birth = IntField(max_value=2018, min_value=1900)
    cities_visited = ListField(StringField)
    created_at = DateTimeField(default=datetime.datetime.now)


class Order(Model):
    """A model with a range key, nested fields, and names that DynamoDB reserves."""

    __table__ = 'orders'
    __hash_key__ = 'customer'
    __range_key__ = 'number'

    customer = StringField(required=True)
    number = IntField(required=True)
    status = StringField(attribute='state')
    size = IntField()
    total = FloatField()
    address = DictField(
        city=StringField(), name=StringField(), zip=StringField(attribute='postal_code')
    )
    lines = ListField(DictField(sku=StringField(required=True), count=IntField(default=1)))
    notes = Field()


JOHN = {
    'email': 'johndoe@gmail.com',
    'name': 'John Doe',
    'year_of_birth': 1990,
    'cities_visited': ['Nairobi', 'New York'],
}
JANE = {'email': 'jane@gmail.com', 'name': 'Jane Doe'}
