"""PynamoDB."""

from pynamodb.attributes import (
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from benchmarks.contestants.base import REGION, Base


class Contestant(Base):
    name = 'pynamodb'
    datetime_format = '%Y-%m-%dT%H:%M:%S.%f+0000'

    def set_up(self):
        class User(Model):
            class Meta:
                table_name = self.users_table
                region = REGION
                host = self.endpoint_url

            email = UnicodeAttribute(hash_key=True)
            name = UnicodeAttribute()
            year_of_birth = NumberAttribute()
            cities_visited = ListAttribute(of=UnicodeAttribute)
            created_at = UTCDateTimeAttribute()

        class Contact(Model):
            class Meta:
                table_name = self.contacts_table
                region = REGION
                host = self.endpoint_url

            owner = UnicodeAttribute(hash_key=True)
            email = UnicodeAttribute(range_key=True)
            name = UnicodeAttribute()
            year_of_birth = NumberAttribute()
            cities_visited = ListAttribute(of=UnicodeAttribute)
            created_at = UTCDateTimeAttribute()

        self.User, self.Contact = User, Contact

    def events(self):
        # A model has no public way to its client.
        return [
            model._get_connection().connection.client.meta.events
            for model in (self.User, self.Contact)
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
        return list(self.Contact.query(owner, limit=limit))

    def batch(self, users):
        with self.User.batch_write() as batch:
            for user in users:
                batch.save(user)
