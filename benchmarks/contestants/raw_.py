"""boto3's low-level client: wire dicts are given and received, which is the least work."""

import boto3

from benchmarks import items
from benchmarks.contestants.base import REGION, Base, plain

BATCH = 25


class Contestant(Base):
    name = 'raw'

    def set_up(self):
        self.client = boto3.client('dynamodb', region_name=REGION, endpoint_url=self.endpoint_url)

    def events(self):
        return [self.client.meta.events]

    def make_user(self, values):
        return items.wire(values)

    def get(self, email):
        return self.client.get_item(TableName=self.users_table, Key={'email': {'S': email}})['Item']

    def put(self, user):
        self.client.put_item(TableName=self.users_table, Item=user)

    def scan(self):
        request = {'TableName': self.users_table}
        found = []
        while True:
            page = self.client.scan(**request)
            found += page['Items']
            if 'LastEvaluatedKey' not in page:
                return found
            request['ExclusiveStartKey'] = page['LastEvaluatedKey']

    def query(self, owner, limit):
        return self.client.query(
            TableName=self.contacts_table,
            KeyConditionExpression='#owner = :owner',
            ExpressionAttributeNames={'#owner': 'owner'},
            ExpressionAttributeValues={':owner': {'S': owner}},
            Limit=limit,
        )['Items']

    def batch(self, users):
        for start in range(0, len(users), BATCH):
            puts = [{'PutRequest': {'Item': user}} for user in users[start : start + BATCH]]
            unprocessed = {self.users_table: puts}
            while unprocessed:
                reply = self.client.batch_write_item(RequestItems=unprocessed)
                unprocessed = reply['UnprocessedItems']

    def values(self, found):
        values = {
            'email': found['email']['S'],
            'name': found['name']['S'],
            'year_of_birth': int(found['year_of_birth']['N']),
            'cities_visited': [city['S'] for city in found['cities_visited']['L']],
            'created_at': found['created_at']['S'],
        }
        if 'owner' in found:
            values['owner'] = found['owner']['S']
        return plain(values)
