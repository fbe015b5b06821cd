"""boto3's resource: native dicts are given and received."""

import boto3
from boto3.dynamodb.conditions import Key

from benchmarks import items
from benchmarks.contestants.base import REGION, Base, plain


class Contestant(Base):
    name = 'resource'

    def set_up(self):
        resource = boto3.resource('dynamodb', region_name=REGION, endpoint_url=self.endpoint_url)
        self.users = resource.Table(self.users_table)
        self.contacts = resource.Table(self.contacts_table)

    def events(self):
        return [self.users.meta.client.meta.events, self.contacts.meta.client.meta.events]

    def make_user(self, values):
        return {**values, 'created_at': values['created_at'].strftime(items.ISO)}

    def get(self, email):
        return self.users.get_item(Key={'email': email})['Item']

    def put(self, user):
        self.users.put_item(Item=user)

    def scan(self):
        page = self.users.scan()
        found = page['Items']
        while 'LastEvaluatedKey' in page:
            page = self.users.scan(ExclusiveStartKey=page['LastEvaluatedKey'])
            found += page['Items']
        return found

    def query(self, owner, limit):
        condition = Key('owner').eq(owner)
        return self.contacts.query(KeyConditionExpression=condition, Limit=limit)['Items']

    def batch(self, users):
        with self.users.batch_writer() as batch:
            for user in users:
                batch.put_item(Item=user)

    def values(self, found):
        return plain(found)
