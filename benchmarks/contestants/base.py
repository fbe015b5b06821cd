"""What all contestants have in common."""

import datetime

from benchmarks import items

REGION = 'us-east-2'


class Base:
    """A library at work, with a model of users and one of contacts, as its documentation has them.

    :param str endpoint_url: where requests go; ``None`` for the endpoint of the region.

    Credentials come from the environment. What is saved is made beforehand, by :meth:`make_user`.
    What is read is returned as a list, of whole instances where the library has any.
    """

    name = None

    #: How the library stores a datetime.
    datetime_format = items.ISO

    #: The requests of each case, where they are others than usual.
    operations = {}

    def __init__(self, endpoint_url=None):
        self.endpoint_url = endpoint_url
        self.users_table = f'benchmark-{self.name}-users'
        self.contacts_table = f'benchmark-{self.name}-contacts'
        self.set_up()

    def set_up(self):
        """Declare the models, and connect."""
        raise NotImplementedError

    def events(self):
        """Return the event emitters of all clients that the models use."""
        raise NotImplementedError

    def make_user(self, values):
        """Return what :meth:`put` and :meth:`batch` save."""
        raise NotImplementedError

    def get(self, email):
        """Return one user."""
        raise NotImplementedError

    def put(self, user):
        """Save one user."""
        raise NotImplementedError

    def scan(self):
        """Return a list of all users."""
        raise NotImplementedError

    def query(self, owner, limit):
        """Return a list of one page of the contacts of an owner."""
        raise NotImplementedError

    def batch(self, users):
        """Save many users."""
        raise NotImplementedError

    def values(self, found):
        """Return the values of what was read, by field name, to check them."""
        names = ('email', 'name', 'year_of_birth', 'cities_visited', 'created_at')
        values = {name: getattr(found, name) for name in names}
        if hasattr(found, 'owner'):
            values['owner'] = found.owner
        return values

    def close(self):
        """Forget what the library keeps for the whole process."""


def plain(values):
    """Return values to compare: the list as a list, the datetime without its offset of nothing."""
    created_at = values['created_at']
    if isinstance(created_at, str):
        created_at = datetime.datetime.strptime(created_at, items.ISO)
    return {
        **values,
        'cities_visited': list(values['cities_visited']),
        'created_at': created_at.replace(tzinfo=None),
    }
