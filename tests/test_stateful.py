"""Random writes and reads, against a dictionary of what must be stored and answered.

Two models share each table, as an older and a newer version of a program do: what the older one
doesn't declare must survive whatever it does.
"""

import copy
import dataclasses
import os
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dynamongo import (
    ConditionalCheckFailedException,
    DictField,
    ExpressionError,
    Field,
    FloatField,
    IntField,
    ListField,
    Model,
    RequestError,
    StringField,
    Transaction,
    TransactionCanceledError,
    ValidationError,
    VersionField,
)

THOROUGH = os.environ.get('HYPOTHESIS_PROFILE') == 'thorough'
SETTINGS = hypothesis.settings(
    # Shrinking a failure takes longer than reading it: the steps are few, and each is printed.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=400 if THOROUGH else 14,
    stateful_step_count=60 if THOROUGH else 40,
    suppress_health_check=list(hypothesis.HealthCheck),
)


class Older(Model):
    """What both programs declare."""

    __table__ = 'notes'
    __hash_key__ = 'owner'
    __range_key__ = 'number'

    owner = StringField(required=True)
    number = IntField(required=True)
    title = StringField(attribute='t')
    score = IntField()
    ratio = FloatField()
    tags = ListField(IntField)
    place = DictField(city=StringField(), visits=IntField(attribute='v'))


class Newer(Older):
    __table__ = 'notes'

    place = DictField(city=StringField(), visits=IntField(attribute='v'), mayor=StringField())
    mood = StringField()
    marks = ListField(IntField)
    more = DictField(note=StringField())
    blob = Field()


class OlderVersioned(Older):
    __table__ = 'versioned'

    version = VersionField(attribute='ver')


class NewerVersioned(Newer):
    __table__ = 'versioned'

    version = VersionField(attribute='ver')


# What the models declare, said once more, for the dictionary.

KEYS = ('owner', 'number')
LISTS = ('tags', 'marks')
DICTS = ('place', 'more')
SHARED = ('owner', 'number', 'title', 'score', 'ratio', 'tags', 'place')
NEW = ('mood', 'marks', 'more', 'blob')
STORED_NAMES = {'title': 't', 'version': 'ver'}


def fields_of(model):
    names = (*SHARED, *NEW) if issubclass(model, Newer) else SHARED
    return (*names, 'version') if hasattr(model, 'version') else names


def members_of(model, name):
    """The stored names of the declared members of a dict."""
    if name == 'more':
        return {'note': 'note'}
    return {'city': 'city', 'visits': 'v', 'mayor': 'mayor'}


def nothing(value):
    return value is None or value == ''


def absent(name):
    return [] if name in LISTS else {} if name in DICTS else None


def stored_value(model, name, value):
    """The form in which a value is stored; ``None`` for nothing."""
    if name in DICTS:
        names = members_of(model, name)
        given = (value or {}).items()
        return {names.get(key, key): each for key, each in given if not nothing(each)}
    if name in LISTS:
        return list(value or [])
    return None if nothing(value) else value


def stored_form(model, values, extra):
    """The item that a whole save stores, but for its version."""
    item = copy.deepcopy(extra)
    for name in fields_of(model):
        value = stored_value(model, name, values.get(name))
        if value is not None and name != 'version':
            item[STORED_NAMES.get(name, name)] = value
    return copy.deepcopy(item)


def shown(model, item):
    """The values of the fields, and the undeclared attributes, that a stored item reads as."""
    rest = copy.deepcopy(item)
    values = {}
    for name in fields_of(model):
        value = rest.pop(STORED_NAMES.get(name, name), absent(name))
        if name in DICTS:
            names = {stored: member for member, stored in members_of(model, name).items()}
            value = {names.get(key, key): each for key, each in value.items()}
        values[name] = value
    return values, rest


def plain(value):
    """A value such that what is stored alike is equal."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return {plain(each) for each in value}
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return getattr(value, 'value', value)


def key_of(item):
    return item['owner'], int(item['number'])


def assert_shows(instance, model, item):
    """The instance is what the model must make of the item; ``None`` for no item."""
    if item is None:
        assert instance is None
        return
    values, extra = shown(model, item)
    assert type(instance) is model
    assert plain(instance.to_dict(extra=True)) == plain({**extra, **values})


def assert_has_key(instance, model, key):
    """The instance knows its key alone."""
    assert type(instance) is model
    assert instance.to_dict() == dict(zip(KEYS, key))


class Held:
    """An instance that is in use, with what it must show.

    ``base`` is the stored item as the instance last saw it, or ``None`` where it is new.
    """

    def __init__(self, model, values, extra=None, base=None, instance=None):
        self.model, self.instance = model, instance
        self.values, self.extra, self.base = values, extra or {}, base

    @classmethod
    def read(cls, instance, item):
        values, extra = shown(type(instance), item)
        return cls(type(instance), values, extra, copy.deepcopy(item), instance)

    @property
    def key(self):
        return self.values['owner'], self.values['number']

    @property
    def version(self):
        return self.values.get('version')

    def forget(self):
        """Once its item is deleted it stands for none."""
        self.base = None
        if 'version' in self.values:
            self.values['version'] = None

    def given(self, name):
        return {name: self.values[name]} if name in self.values else {}

    def form(self):
        return stored_form(self.model, self.values, self.extra)

    def check(self):
        assert plain(self.instance.to_dict(extra=True)) == plain({**self.extra, **self.values})

    def settle(self, item):
        """Once it is stored whole: undeclared attributes are those that it had."""
        self.values, _ = shown(self.model, item)
        self.base = copy.deepcopy(item)

    def become(self, item, keep=()):
        kept = {name: self.values[name] for name in keep}
        self.values, self.extra = shown(self.model, item)
        self.values.update(kept)
        self.base = copy.deepcopy(item)

    def changes(self):
        """Stored name to stored value of what differs from the base; ``None`` for what is gone."""
        now = self.form()
        names = {STORED_NAMES.get(name, name) for name in fields_of(self.model)}
        changes = {}
        for name in {*now, *self.base} - {'ver'}:
            before, after = self.base.get(name), now.get(name)
            if plain(before) == plain(after):
                continue
            if name in names and before is None and after in ([], {}):
                continue
            changes[name] = after
        return changes


# What is drawn.

texts = st.sampled_from(['', 'a', 'b', None])
ints = st.sampled_from([-1, 0, 1, 2])
numbers = st.one_of(st.none(), ints)
lists = st.lists(ints, max_size=3)
blobs = st.sampled_from(
    [
        [None, '', 1],
        {'x': [0.1, {'y': None}], 'z': True},
        10**37 + 1,
        Decimal('1E-20'),
        b'\x00',
        {'a', 'b'},
        'text',
        [],
        {},
    ]
)
places = st.fixed_dictionaries({}, optional={'city': texts, 'visits': numbers, 'mayor': texts})
keys = st.tuples(st.sampled_from(['a', 'b']), st.sampled_from([1, 2]))
of_fields = {
    'title': texts,
    'score': numbers,
    'ratio': st.sampled_from([0.1, -2.5, 3.0, None]),
    'tags': lists,
    'place': places,
    'mood': texts,
    'marks': lists,
    'more': st.fixed_dictionaries({}, optional={'note': texts, 'else': ints}),
    'blob': blobs,
}
whole = st.fixed_dictionaries({}, optional=of_fields)
which = st.integers(0, 1)
index = st.integers(0, 9)
workers = st.sampled_from([1, 3])


@dataclasses.dataclass(frozen=True)
class Check:
    """A condition, in both worlds."""

    text: str
    of: object = dataclasses.field(repr=False)
    holds: object = dataclasses.field(repr=False)


CHECKS = [
    Check('score >= 1', lambda m: m.score >= 1, lambda i: i.get('score', -9) >= 1),
    Check('title == a', lambda m: m.title == 'a', lambda i: i.get('t') == 'a'),
    Check('title != a', lambda m: m.title != 'a', lambda i: i.get('t') != 'a'),
    Check('no title', lambda m: m.title == None, lambda i: 't' not in i),
    Check('tags has 1', lambda m: m.tags.contains(1), lambda i: 1 in i.get('tags', [])),
    Check(
        'in city a or scored',
        lambda m: (m.place.city == 'a') | m.score.exists(),
        lambda i: i.get('place', {}).get('city') == 'a' or 'score' in i,
    ),
]
checks = st.sampled_from(CHECKS)
overwrites = st.one_of(st.just(True), st.just(True), st.just(False), checks)


class NoParent(Exception):
    """What the update reaches into isn't there."""


@dataclasses.dataclass(frozen=True)
class Act:
    """An update, in both worlds. ``apply`` changes the item, in its stored form."""

    text: str
    value: object
    of: object = dataclasses.field(repr=False)
    apply: object = dataclasses.field(repr=False)
    #: The name of the attribute that it is about.
    root: str = dataclasses.field(repr=False)


def parent(item, name):
    if name not in item:
        raise NoParent
    return item[name]


def put_value(target, name, value):
    if nothing(value):
        target.pop(name, None)
    else:
        target[name] = value


def put_element(values, position, value):
    values[position : position + 1] = [value]


def taken_out(values, position):
    del values[position : position + 1]


def _acts(root, values, **kinds):
    """Return a strategy of the updates of one attribute.

    :param kinds: what it is called to the two functions; where the second takes no value, the
        first doesn't either.
    """
    return st.one_of(
        *(
            st.builds(
                lambda value, text=text, pair=pair: Act(
                    text,
                    value,
                    lambda model: pair[0](model, value),
                    lambda model, item: pair[1](model, item, copy.deepcopy(value)),
                    root,
                ),
                values,
            )
            for text, pair in kinds.items()
        )
    )


def default(target, name, value):
    if not nothing(value):
        target.setdefault(name, value)


def add(target, name, value):
    target[name] = target.get(name, 0) + value


ACTS = [
    _acts(
        't',
        texts,
        set_title=(lambda m, v: m.title.set(v), lambda m, i, v: put_value(i, 't', v)),
        default_title=(
            lambda m, v: m.title.set_if_not_exists(v),
            lambda m, i, v: default(i, 't', v),
        ),
        remove_title=(lambda m, v: m.title.remove(), lambda m, i, v: i.pop('t', None)),
    ),
    _acts(
        'score',
        ints,
        set_score=(lambda m, v: m.score.set(v), lambda m, i, v: put_value(i, 'score', v)),
        add_score=(lambda m, v: m.score.add(v), lambda m, i, v: add(i, 'score', v)),
        subtract_score=(lambda m, v: m.score.subtract(v), lambda m, i, v: add(i, 'score', -v)),
        default_score=(
            lambda m, v: m.score.set_if_not_exists(v),
            lambda m, i, v: default(i, 'score', v),
        ),
    ),
    _acts(
        'tags',
        st.lists(ints, min_size=1, max_size=2),
        set_tags=(lambda m, v: m.tags.set(v), lambda m, i, v: i.update(tags=v)),
        append=(
            lambda m, v: m.tags.append(*v),
            lambda m, i, v: i.update(tags=i.get('tags', []) + v),
        ),
        prepend=(
            lambda m, v: m.tags.prepend(*v),
            lambda m, i, v: i.update(tags=v + i.get('tags', [])),
        ),
        remove_tags=(lambda m, v: m.tags.remove(), lambda m, i, v: i.pop('tags', None)),
        set_element=(
            lambda m, v: m.tags[1].set(v[0]),
            lambda m, i, v: put_element(parent(i, 'tags'), 1, v[0]),
        ),
        remove_element=(
            lambda m, v: m.tags[0].remove(),
            lambda m, i, v: taken_out(parent(i, 'tags'), 0),
        ),
    ),
    _acts(
        'place',
        places,
        set_place=(
            lambda m, v: m.place.set(v),
            lambda m, i, v: i.update(place=stored_value(m, 'place', v)),
        ),
        default_place=(
            lambda m, v: m.place.set_if_not_exists(v),
            lambda m, i, v: default(i, 'place', stored_value(m, 'place', v)),
        ),
        remove_place=(lambda m, v: m.place.remove(), lambda m, i, v: i.pop('place', None)),
    ),
    _acts(
        'place',
        texts,
        set_city=(
            lambda m, v: m.place.city.set(v),
            lambda m, i, v: put_value(parent(i, 'place'), 'city', v),
        ),
        remove_city=(
            lambda m, v: m.place.city.remove(),
            lambda m, i, v: parent(i, 'place').pop('city', None),
        ),
        set_mayor=(
            lambda m, v: m.place['mayor'].set(v),
            lambda m, i, v: put_value(
                parent(i, 'place'), members_of(m, 'place').get('mayor', 'mayor'), v
            ),
        ),
    ),
    _acts(
        'place',
        ints,
        add_visits=(
            lambda m, v: m.place.visits.add(v),
            lambda m, i, v: add(parent(i, 'place'), 'v', v),
        ),
        default_visits=(
            lambda m, v: m.place.visits.set_if_not_exists(v),
            lambda m, i, v: default(parent(i, 'place'), 'v', v),
        ),
    ),
]
updates = st.lists(st.one_of(ACTS), min_size=1, max_size=3, unique_by=lambda act: act.root)


def effective(acts):
    """Whether updates amount to anything."""
    return any(not (act.text == 'default_title' and nothing(act.value)) for act in acts)


ACTIONS = [
    'save',
    'save_held',
    'update',
    'update_held',
    'delete',
    'delete_held',
    'check',
    'check_held',
]


class Machine(RuleBasedStateMachine):
    models = (Older, Newer)
    versioned = False

    def __init__(self):
        super().__init__()
        self.table = {}
        self.held = []
        self.boto3_table = self.models[0].table()
        for item in self.boto3_table.scan()['Items']:
            self.boto3_table.delete_item(Key={name: item[name] for name in KEYS})

    # The dictionary's side of the writes. Each returns the item that stood in the way, in a list,
    # or `None` where the write is done.

    def put(self, held, overwrite, item=None):
        item, old = held.form() if item is None else item, self.table.get(held.key)
        version = held.version
        if overwrite is False:
            met = old is None
        else:
            met = overwrite is True or old is None or overwrite.holds(old)
            met = met and (not self.versioned or (old or {}).get('ver') == version)
        if not met:
            return [old]
        if self.versioned:
            item['ver'] = (version or 0) + 1
        self.table[held.key] = item
        return None

    def change(self, model, key, acts, met=True, upsert=False):
        """Update an item; ``met`` is about the item that is there.

        :raises NoParent: where DynamoDB refuses to.
        """
        old = self.table.get(key)
        if not (upsert if old is None else met):
            return [old]
        item = dict(zip(KEYS, key)) if old is None else copy.deepcopy(old)
        # All of it is applied to what was there before, and the acts are about different parts.
        for act in acts:
            act.apply(model, item)
        if self.versioned and (upsert or effective(acts)):
            item['ver'] = item.get('ver', 0) + 1
        self.table[key] = item
        return None

    def of_version(self, held):
        """Whether the stored item has the version of an instance."""
        return not self.versioned or (self.table.get(held.key) or {}).get('ver') == held.version

    def hold(self, held):
        if held.instance is not None and all(held.instance is not h.instance for h in self.held):
            self.held.append(held)
            del self.held[:-6]

    def refused(self, model, write, standing):
        """Call a write that must be refused by what stands in its way."""
        with pytest.raises(ConditionalCheckFailedException) as caught:
            write()
        assert_shows(caught.value.item, model, standing[0])

    def given(self, model, key, values, kind):
        """Return what is saved, as is drawn, and what stands for it."""
        values = {**dict(zip(KEYS, key)), **values}
        names = fields_of(model)
        values = {name: value for name, value in values.items() if name in names}
        if self.versioned and kind % 2:
            values['version'] = (self.table.get(key) or {}).get('ver')
        made = {name: absent(name) for name in names}
        made.update((name, value) for name, value in values.items() if not nothing(value))
        held = Held(model, copy.deepcopy(made))
        if kind < 2:
            return copy.deepcopy(values), held
        held.instance = model(**copy.deepcopy(values))
        return held.instance, held

    def drawn(self, specs, model):
        """Return what to save, and what stands for each: instances in use among them."""
        pairs = []
        for key, values, kind, number in specs:
            if kind == 4 and self.held:
                held = self.held[number % len(self.held)]
                if held.model is model:
                    pairs.append((held.instance, held))
                    continue
            pairs.append(self.given(model, key, values, kind % 4))
        return pairs

    # Instances in use.

    @rule(which=which, key=keys)
    def read(self, which, key):
        model, item = self.models[which], self.table.get(key)
        if item is None:
            with pytest.raises(model.DoesNotExist):
                model.get_one(key, consistent=True)
        else:
            self.hold(Held.read(model.get_one(key, consistent=True), item))

    @precondition(lambda self: self.held)
    @rule(index=index, values=whole)
    def assign(self, index, values):
        held = self.held[index % len(self.held)]
        for name, value in values.items():
            if name in fields_of(held.model):
                setattr(held.instance, name, copy.deepcopy(value))
                held.values[name] = absent(name) if value is None else copy.deepcopy(value)

    @precondition(lambda self: self.held)
    @rule(index=index, number=ints, city=texts, hint=st.sampled_from([None, 1, [2]]))
    def change_in_place(self, index, number, city, hint):
        held = self.held[index % len(self.held)]
        for values in (held.instance.tags, held.values['tags']):
            values.append(number)
        for place in (held.instance.place, held.values['place']):
            place['city'] = city
        for extra in (held.instance.extra, held.extra):
            if hint is None:
                extra.pop('hint', None)
            else:
                extra['hint'] = copy.deepcopy(hint)

    @precondition(lambda self: self.held)
    @rule(index=index)
    def refresh(self, index):
        held = self.held[index % len(self.held)]
        item = self.table.get(held.key)
        if item is None:
            with pytest.raises(held.model.DoesNotExist):
                held.instance.refresh()
        else:
            assert held.instance.refresh() is held.instance
            held.become(item)

    @precondition(lambda self: self.held)
    @rule(index=index, overwrite=overwrites, by_class=st.booleans())
    def save_held(self, index, overwrite, by_class):
        held = self.held[index % len(self.held)]
        condition = overwrite.of(held.model) if isinstance(overwrite, Check) else overwrite
        standing = self.put(held, overwrite)

        def write():
            if by_class:
                return held.model.save_one(held.instance, condition)
            return held.instance.save(condition)

        if standing is not None:
            self.refused(held.model, write, standing)
        else:
            assert write() is held.instance
            held.settle(self.table[held.key])

    @precondition(lambda self: self.held)
    @rule(index=index, overwrite=st.one_of(st.just(True), st.just(True), checks))
    def save_changes(self, index, overwrite):
        held = self.held[index % len(self.held)]
        if held.base is None:
            return
        condition = overwrite.of(held.model) if isinstance(overwrite, Check) else overwrite
        changes, old = held.changes(), self.table.get(held.key)
        if not changes:
            assert held.instance.save(condition, changed=True) is held.instance
            held.values = {**shown(held.model, held.form())[0], **held.given('version')}
            return
        met = old is not None and (overwrite is True or overwrite.holds(old))
        if not (met and self.of_version(held)):
            write = lambda: held.instance.save(condition, changed=True)  # noqa: E731
            self.refused(held.model, write, [old])
            return
        item = {name: each for name, each in {**old, **changes}.items() if each is not None}
        if self.versioned:
            item['ver'] = old.get('ver', 0) + 1
        self.table[held.key] = copy.deepcopy(item)
        assert held.instance.save(condition, changed=True) is held.instance
        held.become(item)

    @precondition(lambda self: self.held)
    @rule(index=index, acts=updates)
    def update_held(self, index, acts):
        held = self.held[index % len(self.held)]
        made = [act.of(held.model) for act in acts]
        unsaved = held.changes() if held.base is not None else {}
        try:
            standing = self.change(held.model, held.key, acts, self.of_version(held))
        except NoParent:
            with pytest.raises(RequestError, match='set_if_not_exists'):
                held.instance.update(made)
            return
        if standing is None:
            touched = {act.root for act in acts if effective([act])}
            names = [
                name
                for name in fields_of(held.model)
                if STORED_NAMES.get(name, name) in unsaved
                and STORED_NAMES.get(name, name) not in touched
            ]
            extra = {'hint': held.extra.get('hint')} if 'hint' in unsaved else {}
            assert held.instance.update(*made) is held.instance
            held.become(self.table[held.key], names)
            for name, value in extra.items():
                if value is None:
                    held.extra.pop(name, None)
                else:
                    held.extra[name] = value
        elif standing != [None]:
            self.refused(held.model, lambda: held.instance.update(made), standing)
        else:
            with pytest.raises(held.model.DoesNotExist):
                held.instance.update(made)

    @precondition(lambda self: self.held)
    @rule(index=index)
    def delete_held(self, index):
        held = self.held[index % len(self.held)]
        old = self.table.get(held.key)
        if old is not None and not self.of_version(held):
            self.refused(held.model, held.instance.delete, [old])
            return
        assert_shows(held.instance.delete(), held.model, self.table.pop(held.key, None))
        held.forget()

    @rule(
        key=keys,
        users=st.lists(
            st.tuples(which, whole, st.sampled_from(['whole', 'changed', 'update', 'delete'])),
            min_size=2,
            max_size=3,
        ),
        acts=updates,
    )
    def several_users(self, key, users, acts):
        """They read one item, and then each writes what it knows."""
        if key not in self.table:
            self.save_one(users[0][0], key, {}, 0, False)
        for which, _, _ in users:
            self.read(which, key)
        first = len(self.held) - len(users)
        for index, (_, values, way) in enumerate(users, first):
            self.assign(index, values)
            if way == 'whole':
                self.save_held(index, True, False)
            elif way == 'changed':
                self.save_changes(index, True)
            elif way == 'update':
                self.update_held(index, acts)
            else:
                self.delete_held(index)

    # Saves.

    @rule(
        which=which,
        key=keys,
        values=whole,
        kind=st.integers(0, 3),
        overwrite=overwrites,
    )
    def save_one(self, which, key, values, kind, overwrite):
        model = self.models[which]
        given, held = self.given(model, key, values, kind)
        condition = overwrite.of(model) if isinstance(overwrite, Check) else overwrite
        standing = self.put(held, overwrite)
        if standing is not None:
            self.refused(model, lambda: model.save_one(given, condition), standing)
            return
        saved = model.save_one(given, condition)
        assert held.instance in (None, saved)
        held.instance = saved
        held.settle(self.table[key])
        held.check()
        self.hold(held)

    specs = st.lists(st.tuples(keys, whole, st.integers(0, 4), index), max_size=5)

    @rule(which=which, specs=specs, overwrite=overwrites, workers=workers)
    def save_many(self, which, specs, overwrite, workers):
        model = self.models[which]
        pairs = self.drawn(specs, model)
        condition = overwrite.of(model) if isinstance(overwrite, Check) else overwrite
        standing = self.put_all([held for _, held in pairs], overwrite)
        result = model.save_many([given for given, _ in pairs], condition, workers=workers)
        self.account(pairs, standing, result)
        fates = [(held, each) for (_, held), each in zip(pairs, standing) if each is None]
        assert [id(h.instance) for h, _ in fates] == [id(i) for i in result.success]

    @rule(which=which, specs=specs, workers=workers, invalid=st.booleans())
    def bulk_save(self, which, specs, workers, invalid):
        model = self.models[which]
        pairs = self.drawn(specs, model)
        standing = self.put_all([held for _, held in pairs], True)
        given = [given for given, _ in pairs]
        counts = []
        if invalid:
            given.insert(len(given) // 2, {'owner': 'a', 'number': 'x'})
        result = model.bulk_save(iter(given), workers=workers, progress=counts.append)
        assert sum(counts) == len(given)
        if invalid:
            (position,) = (n for n, e in enumerate(result.errors) if type(e) is ValidationError)
            assert result.fail.pop(position) == {'owner': 'a', 'number': 'x'}
            result.errors.pop(position)
        assert result.success_count == standing.count(None)
        self.account(pairs, standing, result)

    def put_all(self, helds, overwrite):
        """Put many into the dictionary, and return what stood in the way of each."""
        forms = [(held, held.form()) for held in helds]
        if overwrite is not True or self.versioned:
            standing, seen = [], {}
            for held, form in forms:
                # With versions alone, an instance that is given twice is saved once.
                if overwrite is True and id(held) in seen:
                    standing.append(seen[id(held)])
                    continue
                copied = Held(held.model, {**held.values, 'version': held.version})
                standing.append(self.put(copied, overwrite, form))
                seen[id(held)] = standing[-1]
                if standing[-1] is None:
                    held.saved = self.table[held.key]
            # Instances show what they have stored once all is done.
            versions = [held.saved if each is None else None for held, each in zip(helds, standing)]
            for held, item in zip(helds, versions):
                if item is not None:
                    held.settle(item)
            return standing
        last = {held.key: (held, form) for held, form in forms}
        fates = {key: self.put(held, True, form) for key, (held, form) in last.items()}
        for key, (held, _) in last.items():
            if fates[key] is None:
                held.settle(self.table[key])
        return [fates[held.key] for held in helds]

    def account(self, pairs, standing, result):
        """Check the failures of a result, and take up its instances."""
        failed = [(held, each[0]) for (_, held), each in zip(pairs, standing) if each is not None]
        assert (result.fail_count, len(result.errors)) == (len(failed), len(failed))
        for (held, item), instance, error in zip(failed, result.fail, result.errors):
            assert held.instance in (None, instance)
            held.instance = instance
            assert type(error) is ConditionalCheckFailedException
            assert_shows(error.item, held.model, item)
        if hasattr(type(result), '_success_count') or not hasattr(result, 'success'):
            return
        done = [held for (_, held), each in zip(pairs, standing) if each is None]
        assert len(done) == result.success_count
        for held, instance in zip(done, result.success):
            assert held.instance is None or held.instance is instance
            held.instance = instance
            held.check()

    # Updates.

    @rule(
        which=which,
        key=keys,
        acts=updates,
        check=st.one_of(st.none(), checks),
        upsert=st.booleans(),
    )
    def update_one(self, which, key, acts, check, upsert):
        model = self.models[which]
        strategy, met = self.selected(model, key, check)
        made = [act.of(model) for act in acts]
        try:
            standing = self.change(model, key, acts, met, upsert)
        except NoParent:
            with pytest.raises(RequestError, match='set_if_not_exists'):
                model.update_one(strategy, made, upsert=upsert)
            return
        answer = model.update_one(strategy, made, upsert=upsert)
        assert_shows(answer, model, None if standing else self.table[key])
        if answer is not None:
            self.hold(Held.read(answer, self.table[key]))

    def selected(self, model, key, check):
        """Return a strategy, and whether the item that is there meets its check."""
        if check is None:
            return key, True
        item = self.table.get(key)
        condition = (model.owner == key[0]) & (model.number == key[1]) & check.of(model)
        return condition, item is not None and check.holds(item)

    @rule(
        which=which,
        entries=st.lists(st.tuples(keys, st.one_of(st.none(), checks)), max_size=4),
        acts=updates,
        workers=workers,
    )
    def update_many_by_list(self, which, entries, acts, workers):
        model = self.models[which]
        made = [act.of(model) for act in acts]
        strategies, met = [], {}
        for key, check in entries:
            strategy, passes = self.selected(model, key, check)
            strategies.append(strategy)
            # An item that is given twice is updated once, if it meets either check.
            met[key] = met.get(key, False) or passes
        known = {key: self.fate_of_update(model, key, acts, passes) for key, passes in met.items()}
        fates = [(key, *known[key]) for key, _ in entries]
        result = model.update_many(strategies, made, workers=workers)
        success = [(key, item) for key, item, error in fates if error is None]
        failure = [(key, error) for key, _, error in fates if error is not None]
        assert (result.success_count, result.fail_count) == (len(success), len(failure))
        for (_, item), instance in zip(success, result.success):
            assert_shows(instance, model, item)
        for (key, error), instance, raised in zip(failure, result.fail, result.errors):
            assert_has_key(instance, model, key)
            if isinstance(error, NoParent):
                assert type(raised) is RequestError
            else:
                assert type(raised) is ConditionalCheckFailedException
                assert_shows(raised.item, model, error[0])

    def fate_of_update(self, model, key, acts, met):
        """Return the item as it becomes, or why it doesn't."""
        try:
            standing = self.change(model, key, acts, met)
        except NoParent as error:
            return None, error
        return (None, standing) if standing else (copy.deepcopy(self.table[key]), None)

    @rule(
        which=which,
        owner=st.sampled_from([None, 'a', 'b']),
        check=st.one_of(st.none(), checks),
        acts=updates,
        workers=workers,
    )
    def update_many_by_condition(self, which, owner, check, acts, workers):
        model = self.models[which]
        condition, chosen = self.chosen(model, owner, check)
        fates = {key: self.fate_of_update(model, key, acts, True) for key in chosen}
        result = model.update_many(condition, [act.of(model) for act in acts], workers=workers)
        found = {(one.owner, one.number): one for one in result.success}
        assert len(found) == result.success_count
        assert set(found) == {key for key, (item, _) in fates.items() if item is not None}
        for key, instance in found.items():
            assert_shows(instance, model, fates[key][0])
        failed = {(one.owner, one.number) for one in result.fail}
        assert failed == {key for key, (item, _) in fates.items() if item is None}
        assert [type(error) for error in result.errors] == [RequestError] * len(failed)

    def chosen(self, model, owner, check):
        """Return a condition and the keys of the items that meet it, in order."""
        conditions = [] if owner is None else [model.owner == owner]
        if check is not None:
            conditions.append(check.of(model))
        if not conditions:
            conditions = [model.owner.exists()]
        condition = conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]
        return condition, [
            key
            for key, item in sorted(self.table.items())
            if (owner is None or key[0] == owner) and (check is None or check.holds(item))
        ]

    @rule(which=which, key=keys, values=whole, version=st.sampled_from([None, 0, 1]))
    def update_from_dict(self, which, key, values, version):
        model, old = self.models[which], self.table.get(key)
        values = {name: value for name, value in values.items() if name in fields_of(model)}
        given = {**dict(zip(KEYS, key)), **copy.deepcopy(values)}
        if not values:
            with pytest.raises(ExpressionError, match='nothing to update'):
                model.update_from_dict(given)
            return
        if self.versioned and version is not None:
            given['version'] = (old or {}).get('ver', 0) + version
            if old is not None and given['version'] != old.get('ver'):
                self.refused(model, lambda: model.update_from_dict(given), [old])
                return
        answer = model.update_from_dict(given)
        if old is not None:
            for name, value in values.items():
                value = stored_value(model, name, value)
                put_value(old, STORED_NAMES.get(name, name), value)
            if self.versioned:
                old['ver'] = old.get('ver', 0) + 1
        assert_shows(answer, model, old)

    # Deletes.

    @rule(which=which, key=keys, check=st.one_of(st.none(), checks))
    def delete_one(self, which, key, check):
        model = self.models[which]
        strategy, met = self.selected(model, key, check)
        item = self.table.pop(key, None) if met else None
        assert_shows(model.delete_one(strategy), model, item)

    @rule(
        which=which,
        entries=st.lists(
            st.tuples(keys, st.one_of(st.none(), checks)), max_size=4, unique_by=lambda e: e[0]
        ),
        again=st.booleans(),
        workers=workers,
    )
    def delete_many_by_list(self, which, entries, again, workers):
        model = self.models[which]
        strategies, fates = [], []
        for key, check in entries:
            strategy, met = self.selected(model, key, check)
            old = self.table.get(key)
            gone = met or old is None
            fates.append((key, check, old, gone))
            strategies.append(strategy)
            if gone:
                self.table.pop(key, None)
        if again and entries and entries[0][1] is None:
            fates.append(fates[0])
            strategies.append(dict(zip(KEYS, entries[0][0])))
        result = model.delete_many(strategies, workers=workers)
        success = [(key, check, old) for key, check, old, gone in fates if gone]
        failure = [(key, old) for key, _, old, gone in fates if not gone]
        assert (result.success_count, result.fail_count) == (len(success), len(failure))
        for (key, check, old), instance in zip(success, result.success):
            if check is None or old is None:
                assert_has_key(instance, model, key)
            else:
                assert_shows(instance, model, old)
        for (key, old), instance, error in zip(failure, result.fail, result.errors):
            assert_has_key(instance, model, key)
            assert type(error) is ConditionalCheckFailedException
            assert_shows(error.item, model, old)

    @rule(
        which=which,
        owner=st.sampled_from([None, 'a', 'b']),
        check=checks,
        workers=workers,
    )
    def delete_many_by_condition(self, which, owner, check, workers):
        model = self.models[which]
        condition, chosen = self.chosen(model, owner, check)
        result = model.delete_many(condition, workers=workers)
        assert result.fail_count == 0
        found = {(one.owner, one.number): one for one in result.success}
        assert (sorted(found), len(found)) == (chosen, result.success_count)
        for key, instance in found.items():
            assert_shows(instance, model, self.table.pop(key))

    # Transactions.

    @rule(
        specs=st.lists(
            st.tuples(
                which,
                keys,
                st.sampled_from(ACTIONS),
                st.one_of(st.none(), checks),
                updates,
                whole,
                overwrites,
                index,
            ),
            max_size=4,
        )
    )
    def transact(self, specs):
        before = copy.deepcopy(self.table)
        transaction, standing, saved, deleted, taken = Transaction(), {}, [], [], set()
        for which, key, action, check, acts, values, overwrite, number in specs:
            model, held = self.models[which], None
            if action.endswith('_held'):
                if not self.held:
                    continue
                held = self.held[number % len(self.held)]
                model, key = held.model, held.key
            if key in taken:
                continue
            position = len(taken)
            stood = None
            strategy, met = self.selected(model, key, check)
            target = (model, key) if check is None else strategy
            made = [act.of(model) for act in acts]
            try:
                if action.startswith('save'):
                    given, held = (
                        self.given(model, key, values, 2) if held is None else (held.instance, held)
                    )
                    condition = overwrite.of(model) if isinstance(overwrite, Check) else overwrite
                    transaction.save(given, condition)
                    stood = self.put(held, overwrite)
                    saved.append(held)
                elif action.startswith('update'):
                    if not effective(acts):
                        continue
                    if held is not None:
                        met = self.of_version(held)
                    transaction.update(held.instance if held is not None else target, made)
                    stood = self.change(model, key, acts, met)
                elif action.startswith('delete'):
                    if held is not None:
                        met = self.of_version(held)
                        deleted.append(held)
                    transaction.delete(held.instance if held is not None else target)
                    stood = None if met or key not in self.table else [self.table[key]]
                    if stood is None:
                        self.table.pop(key, None)
                elif held is not None:
                    transaction.check(held.instance)
                    met = key in self.table and self.of_version(held)
                    stood = None if met else [self.table.get(key)]
                else:
                    transaction.check(target)
                    met = self.met_by(check, self.table.get(key))
                    stood = None if met else [self.table.get(key)]
            except NoParent as error:
                stood = error
            taken.add(key)
            if stood is not None:
                standing[position] = model, stood
        if not standing:
            transaction.commit()
            for held in saved:
                held.settle(self.table[held.key])
                held.check()
                self.hold(held)
            for held in deleted:
                held.forget()
            return
        self.table = before
        if any(isinstance(stood, NoParent) for _, stood in standing.values()):
            # DynamoDB Local refuses such a transaction as a whole, without reasons.
            with pytest.raises(RequestError):
                transaction.commit()
            return
        with pytest.raises(TransactionCanceledError) as caught:
            transaction.commit()
        assert [reason.position for reason in caught.value.reasons] == sorted(standing)
        for reason in caught.value.reasons:
            model, stood = standing[reason.position]
            assert (reason.model, reason.code) == (model, 'ConditionalCheckFailed')
            assert_shows(reason.item, model, stood[0])

    def met_by(self, check, item):
        """Whether a ``check`` of a transaction passes: a condition is for a missing item too."""
        return item is not None if check is None else check.holds(item or {})

    @rule(which=which, wanted=st.lists(keys, max_size=4))
    def transact_get(self, which, wanted):
        model = self.models[which]
        for key, one in zip(wanted, Transaction.get([(model, key) for key in wanted])):
            assert_shows(one, model, self.table.get(key))

    # Reads.

    def assert_found(self, found, model, expected):
        assert [(one.owner, one.number) for one in found] == expected
        for one in found:
            assert_shows(one, model, self.table[one.owner, one.number])

    @rule(which=which, wanted=st.lists(keys, max_size=5), check=st.one_of(st.none(), checks))
    def get_many_by_keys(self, which, wanted, check):
        model = self.models[which]
        strategy = wanted if check is None else model.keys_in(wanted) & check.of(model)
        expected = [
            key
            for key in dict.fromkeys(wanted)
            if key in self.table and (check is None or check.holds(self.table[key]))
        ]
        self.assert_found(model.get_many(strategy, consistent=True), model, expected)

    @rule(
        which=which,
        owner=st.sampled_from([None, 'a', 'b']),
        check=st.one_of(st.none(), checks),
        workers=workers,
    )
    def read_by_condition(self, which, owner, check, workers):
        model = self.models[which]
        condition, chosen = self.chosen(model, owner, check)
        found = model.get_many(condition, consistent=True, workers=workers)
        self.assert_found(found, model, chosen)
        assert model.count(condition, consistent=True, workers=workers) == len(chosen)
        found = list(model.iter_many(condition, consistent=True, page_size=2, workers=workers))
        self.assert_found(sorted(found, key=lambda one: (one.owner, one.number)), model, chosen)
        for one in found:
            self.hold(Held.read(one, self.table[one.owner, one.number]))
        if owner is not None:
            found = model.get_many(condition, True, limit=1, consistent=True)
            self.assert_found(found, model, chosen[-1:])

    @rule(which=which, owner=st.sampled_from([None, 'a']), check=st.one_of(st.none(), checks))
    def walk_pages(self, which, owner, check):
        model = self.models[which]
        condition, chosen = self.chosen(model, owner, check)
        found, token = [], None
        while True:
            page = model.get_page(condition, limit=1, after=token, consistent=True)
            assert len(page.items) <= 1
            found += page.items
            token = page.token
            if token is None:
                break
        self.assert_found(sorted(found, key=lambda one: (one.owner, one.number)), model, chosen)

    @invariant()
    def the_table_is_the_dictionary(self):
        items = self.boto3_table.scan(ConsistentRead=True)['Items']
        assert plain({key_of(item): item for item in items}) == plain(self.table)

    @invariant()
    def instances_show_what_they_must(self):
        for held in self.held:
            held.check()


class VersionedMachine(Machine):
    models = (OlderVersioned, NewerVersioned)
    versioned = True


@pytest.mark.faithful('moto crashes on an UpdateItem without an update expression')
def test_what_is_stored_and_answered(connection):
    Older.create_table()
    run_state_machine_as_test(Machine, settings=SETTINGS)


@pytest.mark.faithful('moto crashes on an UpdateItem without an update expression')
def test_with_versions_no_write_is_lost(connection):
    OlderVersioned.create_table()
    run_state_machine_as_test(VersionedMachine, settings=SETTINGS)
