"""dynamongo 0.1, as it was published.

It is imported under the name that it shares with this checkout, out of a folder of its own, and
then taken out of ``sys.modules``.
"""

import contextlib
import os
import sys

from benchmarks.contestants.base import REGION, Base

#: Where tox, and the docstring of ``benchmarks.__main__``, put it.
FOLDER = os.path.join(sys.prefix, 'dynamongo-0.1')

ENDPOINT = 'AWS_ENDPOINT_URL_DYNAMODB'


def _modules():
    return {
        name: module for name, module in sys.modules.items() if name.split('.')[0] == 'dynamongo'
    }


@contextlib.contextmanager
def _instead_of_ours():
    ours = _modules()
    for name in ours:
        del sys.modules[name]
    sys.path.insert(0, FOLDER)
    try:
        yield
    finally:
        sys.path.remove(FOLDER)
        for name in _modules():
            del sys.modules[name]
        sys.modules.update(ours)


with _instead_of_ours():
    if not os.path.isdir(FOLDER):
        raise ImportError('dynamongo 0.1 is not here')
    import dynamongo as original

if original.__version__ != '0.1':
    raise ImportError(f'{FOLDER} holds dynamongo {original.__version__}')


class Contestant(Base):
    name = 'original'

    def set_up(self):
        class User(original.Model):
            __table__ = self.users_table
            __hash_key__ = 'email'

            email = original.EmailField(required=True)
            name = original.StringField(required=True)
            year_of_birth = original.IntField(max_value=2018, min_value=1900)
            cities_visited = original.ListField(original.StringField)
            created_at = original.DateTimeField()

        class Contact(original.Model):
            __table__ = self.contacts_table
            __hash_key__ = 'owner'
            __range_key__ = 'email'

            owner = original.StringField(required=True)
            email = original.EmailField(required=True)
            name = original.StringField(required=True)
            year_of_birth = original.IntField(max_value=2018, min_value=1900)
            cities_visited = original.ListField(original.StringField)
            created_at = original.DateTimeField()

        self.User, self.Contact = User, Contact
        self.close()
        original.Connection.set_config(region=REGION)
        # It has no setting for an endpoint, but boto3 has.
        before = os.environ.get(ENDPOINT)
        if self.endpoint_url:
            os.environ[ENDPOINT] = self.endpoint_url
        try:
            User.table()
            Contact.table()
        finally:
            os.environ.pop(ENDPOINT, None)
            if before is not None:
                os.environ[ENDPOINT] = before

    def events(self):
        return [model.table().meta.client.meta.events for model in (self.User, self.Contact)]

    def make_user(self, values):
        return self.User(**values)

    def get(self, email):
        return self.User.get_one(email)

    def put(self, user):
        self.User.save_one(user)

    def scan(self):
        # It reads no table without a condition; one that holds always will do.
        return list(self.User.get_many(self.User.name.exists()))

    def query(self, owner, limit):
        return list(self.Contact.get_many(self.Contact.owner == owner, limit=limit))

    def batch(self, users):
        self.User.save_many(users)

    def close(self):
        connection = original.Connection
        connection._connection = connection._client = connection._config = None
        connection._table_cache.clear()
