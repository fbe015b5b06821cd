"""dyntastic, whose models are pydantic's."""

import datetime

from dyntastic import Dyntastic

from benchmarks.contestants.base import REGION, Base


class Contestant(Base):
    name = 'dyntastic'

    def set_up(self):
        class User(Dyntastic):
            __table_name__ = self.users_table
            __table_region__ = REGION
            __table_host__ = self.endpoint_url
            __hash_key__ = 'email'

            email: str
            name: str
            year_of_birth: int
            cities_visited: list[str]
            created_at: datetime.datetime

        class Contact(Dyntastic):
            __table_name__ = self.contacts_table
            __table_region__ = REGION
            __table_host__ = self.endpoint_url
            __hash_key__ = 'owner'
            __range_key__ = 'email'

            owner: str
            email: str
            name: str
            year_of_birth: int
            cities_visited: list[str]
            created_at: datetime.datetime

        self.User, self.Contact = User, Contact

    def events(self):
        # A model has no public way to its client, and uses both its resource and its table.
        return [
            made.meta.client.meta.events
            for model in (self.User, self.Contact)
            for made in (model._dynamodb_resource(), model._dynamodb_table())
        ]

    def make_user(self, values):
        return self.User(**values)

    def get(self, email):
        return self.User.get(email)

    def put(self, user):
        user.save()

    def scan(self):
        return list(self.User.scan())

    def query(self, owner, limit):
        return self.Contact.query_page(owner, per_page=limit).items

    def batch(self, users):
        with self.User.batch_writer():
            for user in users:
                user.save()
