"""dynamongo, by its public interface."""

import os

import dynamongo
from benchmarks.contestants.base import REGION, Base


class Contestant(Base):
    name = 'dynamongo'

    def set_up(self):
        dynamongo.Connection.set_config(
            os.environ['AWS_ACCESS_KEY_ID'],
            os.environ['AWS_SECRET_ACCESS_KEY'],
            region=REGION,
            endpoint_url=self.endpoint_url,
        )

        class User(dynamongo.Model):
            __table__ = self.users_table
            __hash_key__ = 'email'

            email = dynamongo.EmailField(required=True)
            name = dynamongo.StringField(required=True)
            year_of_birth = dynamongo.IntField(max_value=2018, min_value=1900)
            cities_visited = dynamongo.ListField(dynamongo.StringField)
            created_at = dynamongo.DateTimeField()

        class Contact(dynamongo.Model):
            __table__ = self.contacts_table
            __hash_key__ = 'owner'
            __range_key__ = 'email'

            owner = dynamongo.StringField(required=True)
            email = dynamongo.EmailField(required=True)
            name = dynamongo.StringField(required=True)
            year_of_birth = dynamongo.IntField(max_value=2018, min_value=1900)
            cities_visited = dynamongo.ListField(dynamongo.StringField)
            created_at = dynamongo.DateTimeField()

        self.User, self.Contact = User, Contact

    def events(self):
        connection = dynamongo.Connection
        return [connection.resource().meta.client.meta.events, connection.client().meta.events]

    def make_user(self, values):
        return self.User(**values)

    def get(self, email):
        return self.User.get_one(email)

    def put(self, user):
        self.User.save_one(user)

    def scan(self, **options):
        return list(self.User.iter_many(None, **options))

    def query(self, owner, limit):
        return self.Contact.get_page(self.Contact.owner == owner, limit=limit).items

    def batch(self, users, **options):
        assert not self.User.save_many(users, **options).fail

    def get_many(self, emails, **options):
        return self.User.get_many(emails, **options)

    def close(self):
        dynamongo.Connection.reset()
