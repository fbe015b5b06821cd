"""Instances: construction, defaults, attributes, dicts, equality."""

import copy
import datetime
import pickle

import pytest

from dynamongo import (
    DictField,
    ExpressionError,
    Field,
    IntField,
    ListField,
    Model,
    SchemaError,
    StringField,
    ValidationError,
)
from tests.models import JOHN, Order, User


class Page(Model):
    """A model with every kind of default."""

    __table__ = 'pages'
    __hash_key__ = 'id'

    calls = []

    id = StringField()
    views = IntField(default=0)
    tags = ListField(StringField, default=['new'])
    lines = ListField(StringField)
    meta = DictField(
        lang=StringField(default='en'),
        seo=DictField(title=StringField(), depth=IntField(default=1)),
        seen=ListField(IntField),
    )
    serial = IntField(default=lambda: Page.calls.append(1) or len(Page.calls))
    free = Field(default={'a': [1]})
    renamed = StringField(attribute='r', deserialize_from=['old_name'])


def test_values_are_converted_at_once():
    user = User(email='a@b.co', year_of_birth='1990', created_at='2020-01-02T03:04:05Z')
    assert user.year_of_birth == 1990
    assert user.created_at == datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def test_constraints_wait_until_the_item_is_saved():
    assert User(email='no address', year_of_birth=3000).name is None


def test_all_problems_are_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        User(emial='x', name=['y'], year_of_birth='z', cities_visited=[1.5, 'ok', {}])
    assert set(caught.value.errors) == {
        'emial', 'name', 'year_of_birth', 'cities_visited[0]', 'cities_visited[2]',
    }  # fmt: skip
    assert caught.value.errors['emial'] == "no such field; did you mean 'email'?"
    text = str(caught.value)
    assert text.startswith('User has 5 invalid values:')
    assert 'cities_visited[0]' in text
    assert '1.5' in text


def test_positional_arguments_are_refused():
    with pytest.raises(TypeError):
        User('a@b.co')


def test_defaults():
    """Defaults are fresh for each instance; callables are called once for each."""
    Page.calls.clear()
    first, second = Page(), Page()
    assert (first.serial, second.serial) == (1, 2)
    assert len(Page.calls) == 2
    assert Page(serial=9).serial == 9
    assert len(Page.calls) == 2
    assert first.views == 0
    assert first.meta == {'lang': 'en', 'seo': {'depth': 1}, 'seen': []}
    first.tags.append('x')
    first.lines.append('x')
    first.meta['seo']['title'] = 'x'
    first.meta['seen'].append(1)
    first.free['a'].append(2)
    assert (second.tags, second.lines, second.free) == (['new'], [], {'a': [1]})
    third = Page()
    assert (third.tags, third.lines, third.free) == (['new'], [], {'a': [1]})
    assert third.meta == second.meta == {'lang': 'en', 'seo': {'depth': 1}, 'seen': []}


def test_defaults_of_a_dict_merge_with_what_is_given():
    page = Page(meta={'seo': {'title': 'x'}, 'other': 1})
    assert page.meta == {
        'lang': 'en', 'seo': {'title': 'x', 'depth': 1}, 'seen': [], 'other': 1,
    }  # fmt: skip


def test_none_stands_for_nothing():
    page = Page(id='', views=None, tags=None, meta=None)
    assert (page.id, page.views) == (None, None)
    assert page.tags == ['new']
    assert page.meta == Page().meta


def test_lists_and_dicts_are_never_none():
    user = User()
    assert user.cities_visited == []
    user.cities_visited = None
    assert user.cities_visited == []
    user.cities_visited.append('Rome')
    assert user.cities_visited == ['Rome']
    order = Order()
    order.address = None
    order.address['city'] = 'Rome'
    assert order.address == {'city': 'Rome'}


def test_given_lists_are_copied():
    cities = ['Rome']
    user = User(cities_visited=cities)
    cities.append('Oslo')
    assert user.cities_visited == ['Rome']


def test_other_names_are_accepted():
    assert Page(old_name='x').renamed == 'x'
    with pytest.raises(ValidationError, match='given twice'):
        Page(old_name='x', renamed='y')


def test_attributes_can_be_set_and_deleted():
    user = User(**JOHN)
    user.year_of_birth = 1991
    assert user.year_of_birth == 1991
    del user.year_of_birth
    assert user.year_of_birth is None
    with pytest.raises(AttributeError):
        del user.year_of_birth


def test_misspelt_attributes_are_refused():
    """A value that would never be stored must not be lost silently."""
    user = User()
    with pytest.raises(AttributeError, match="did you mean 'email'"):
        user.emial = 'x'
    user._note = 'not stored'
    assert user._note == 'not stored'


def test_properties_and_methods_of_the_class_work():
    class Named(User):
        __table__ = 'named'

        @property
        def initials(self):
            return ''.join(word[0] for word in self.name.split())

        @initials.setter
        def initials(self, value):
            self.name = value

    named = Named(**JOHN)
    assert named.initials == 'JD'
    named.initials = 'Jane Doe'
    assert named.name == 'Jane Doe'


def test_to_dict():
    """A dict of all fields, or of those asked for, that shares nothing with the instance."""
    user = User(**JOHN, created_at=None)
    values = user.to_dict()
    assert values == {**JOHN, 'created_at': None}
    assert list(values) == list(User._schema.fields)
    values['cities_visited'].append('x')
    assert user.cities_visited == JOHN['cities_visited']
    assert user.to_dict(only=['name']) == {'name': 'John Doe'}
    assert user.to_dict(['name', User.email]) == {
        'name': 'John Doe', 'email': 'johndoe@gmail.com',
    }  # fmt: skip
    assert user.to_dict(only=[]) == {}
    assert User(**user.to_dict()) == user


def test_to_dict_refuses_unknown_names():
    with pytest.raises(ValidationError, match="did you mean 'name'"):
        User().to_dict(only=['nmae'])


@pytest.mark.parametrize('only', ['name', User.name, 5])
def test_to_dict_takes_a_list(only):
    with pytest.raises(ValidationError, match='only takes a list'):
        User().to_dict(only=only)


def test_to_dict_refuses_members_and_fields_of_others():
    with pytest.raises(ValidationError, match='is a member'):
        Order().to_dict(only=[Order.address.city])
    with pytest.raises(ExpressionError, match='of Order, not of User'):
        User().to_dict(only=[Order.status])


def test_extra_is_in_the_dict_when_asked_for():
    user = User(**JOHN)
    user.extra['nickname'] = 'Jo'
    assert 'nickname' not in user.to_dict()
    assert user.to_dict(extra=True)['nickname'] == 'Jo'


def test_equality():
    """Instances are equal where class, values and undeclared attributes are."""
    day = datetime.datetime(2020, 1, 1)
    first, second = User(**JOHN, created_at=day), User(**JOHN, created_at=day)
    assert first == second
    second.extra['a'] = 1
    assert first != second
    first.extra['a'] = 1
    assert first == second
    second.name = 'x'
    assert first != second
    assert first != JOHN
    assert first is not None

    class Admin(User):
        __table__ = 'admins'

    assert Admin(**JOHN, created_at=day) != User(**JOHN, created_at=day)
    with pytest.raises(TypeError, match='unhashable'):
        hash(first)


def test_repr_shows_what_is_there():
    user = User(email='a@b.co', created_at=None)
    assert repr(user) == "User(email='a@b.co', cities_visited=[])"
    user.extra['a'] = 1
    assert repr(user).endswith(", extra={'a': 1})")


@pytest.mark.parametrize(
    'duplicate', [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_instances_copy_and_pickle(duplicate):
    user = User(**JOHN)
    user.extra['a'] = [1]
    assert duplicate(user) == user


def test_model_itself_has_no_instances():
    with pytest.raises(SchemaError, match='Model is abstract'):
        Model()


def test_methods_are_not_assigned():
    """A value under the name of a method would be lost; what a class declares may be set."""

    class Cached(User):
        cache = None

    cached = Cached()
    cached.cache = {}
    assert cached.cache == {}
    with pytest.raises(AttributeError, match="no field 'save_one'"):
        cached.save_one = 1
