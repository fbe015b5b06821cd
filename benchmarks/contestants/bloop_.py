"""bloop. It saves by UpdateItem, also many items, and gets by BatchGetItem."""

import datetime

import boto3
from bloop import BaseModel, Column, DateTime, Engine, Integer, List, String

from benchmarks.contestants.base import REGION, Base


class Contestant(Base):
    name = 'bloop'
    datetime_format = '%Y-%m-%dT%H:%M:%S.%f+00:00'
    operations = {'get': 'BatchGetItem', 'put': 'UpdateItem', 'batch': 'UpdateItem'}

    def set_up(self):
        class User(BaseModel):
            class Meta:
                table_name = self.users_table

            email = Column(String, hash_key=True)
            name = Column(String)
            year_of_birth = Column(Integer)
            cities_visited = Column(List(String))
            created_at = Column(DateTime)

        class Contact(BaseModel):
            class Meta:
                table_name = self.contacts_table

            owner = Column(String, hash_key=True)
            email = Column(String, range_key=True)
            name = Column(String)
            year_of_birth = Column(Integer)
            cities_visited = Column(List(String))
            created_at = Column(DateTime)

        self.client = boto3.client('dynamodb', region_name=REGION, endpoint_url=self.endpoint_url)
        streams = boto3.client('dynamodbstreams', region_name=REGION)
        self.engine = Engine(dynamodb=self.client, dynamodbstreams=streams)
        for model in (User, Contact):
            self.engine.bind(model, skip_table_setup=True)
        self.User, self.Contact = User, Contact

    def events(self):
        return [self.client.meta.events]

    def make_user(self, values):
        created_at = values['created_at'].replace(tzinfo=datetime.timezone.utc)
        return self.User(**{**values, 'created_at': created_at})

    def get(self, email):
        user = self.User(email=email)
        self.engine.load(user)
        return user

    def put(self, user):
        self.engine.save(user)

    def scan(self):
        return list(self.engine.scan(self.User))

    def query(self, owner, limit):
        # bloop sends no limit: it is the table that has no more.
        return list(self.engine.query(self.Contact, key=self.Contact.owner == owner))

    def batch(self, users):
        self.engine.save(*users)
