"""An instance is loaded, dumped and made as by its fields, one by one."""

import copy
import functools
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from dynamongo import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmailField,
    Field,
    FloatField,
    GlobalIndex,
    IntField,
    IPAddressField,
    JSONField,
    ListField,
    MapField,
    Model,
    SetField,
    StringField,
    TimedeltaField,
    URLField,
    UUIDField,
    VersionField,
    _changes,
    _dumping,
    _held,
    _loading,
)
from dynamongo._codecs import Codec
from dynamongo._documents import from_document
from dynamongo._schema import Schema
from dynamongo._wire.values import Stored, decode_item, encode_item
from dynamongo.exceptions import ExpressionError, PartialItemError, Problem, ValidationError
from dynamongo.utils import is_empty, lazy
from tests.codecs.support import (
    ALL_TEXTS,
    JUNK,
    MOMENT,
    NESTED,
    NUMBERS,
    TEXTS,
    TIMES,
    UTC,
    UUID,
    WIRES,
    Failed,
    Name,
    Shouting,
    Text,
    Whole,
    durations,
    held,
    junk,
    own,
    parts,
    plain_wire,
    same,
    shown,
    wire_of,
    wires_of,
)
from tests.strategies import documents


class Everything(Model):
    """A model with fields of all classes, under other names too."""

    __table__ = 'everything'
    __hash_key__ = 'id'
    __range_key__ = 'number'

    made = []

    id = StringField(required=True)
    number = IntField(attribute='n')
    free = Field(attribute='f', default={'a': [1]})
    flag = BooleanField(default=False)
    day = DateField()
    at = DateTimeField(tzd='utc', default=lambda: Everything.made.append('at') or MOMENT)
    place = DictField(
        city=StringField(required=True, default='Rome'),
        zip=StringField(attribute='postal', max_length=5),
        spots=ListField(DictField(x=FloatField(default=0.5), y=IntField())),
        deep=DictField(a=ListField(IntField), b=Field()),
    )
    email = EmailField(deserialize_from=['mail'])
    share = FloatField(min_value=-1, max_value=1, default=0.25)
    address = IPAddressField()
    count = IntField(min_value=0, default=lambda: Everything.made.append('count') or 7)
    tags = ListField(StringField, max_size=4, default=['new'])
    rows = ListField(ListField(IntField))
    ids = ListField(UUIDField, default=lambda: Everything.made.append('ids') or [UUID])
    word = StringField(regex='[a-zé]*', choices=['a', 'abc', 'é'])
    other = GlobalIndex('word', 'count')
    took = TimedeltaField('minutes')
    home = URLField(fqdn=False)
    token = UUIDField(default=UUID)
    note = StringField(keep_empty=True, max_length=3, default='')
    sizes = SetField(IntField, max_size=3, default={1})
    colours = SetField(StringField(max_length=5))
    prices = MapField(FloatField(min_value=0), default={'eur': 1.5})
    notes = MapField(SetField(StringField))
    doc = JSONField(default={'a': [1]})
    version = VersionField(attribute='v')


class Ignoring(Everything):
    """A model one field of which takes its own way."""

    __extra__ = 'ignore'
    own = Shouting()
    version = IntField(default=3)


class Forbidding(Everything):
    __extra__ = 'forbid'


VALID = {
    'id': st.sampled_from(['a', 'é', 'x' * 300, 'é' * 1000]),
    'number': st.integers(-3, 3),
    'free': documents.filter(lambda value: not is_empty(value)),
    'flag': st.booleans(),
    'day': st.dates(),
    'at': st.datetimes(timezones=st.sampled_from([None, UTC])) | st.just(TIMES[11]),
    'place': st.fixed_dictionaries(
        {'city': st.sampled_from(['Rome', 'Köln'])},
        optional={
            'zip': st.sampled_from(['12345', '', None]),
            'spots': st.lists(st.fixed_dictionaries({}, optional={'y': st.integers()}), max_size=2),
            'deep': st.fixed_dictionaries(
                {}, optional={'a': st.lists(st.integers(0, 9)), 'b': documents}
            ),
            'else': documents,
        },
    ),
    'email': st.sampled_from(['john@example.com', '"a b"@b.co', 'a@münchen.de']),
    'share': st.floats(-1, 1, allow_subnormal=False).filter(lambda n: not 0 < abs(n) < 1e-120),
    'address': st.ip_addresses().map(str),
    'count': st.integers(0, 10**38 - 1) | st.sampled_from([Whole(3), 3.0, '4', Decimal(5)]),
    'tags': st.lists(st.sampled_from(['a', '', Text('b'), 'é', 7]), max_size=4),
    'rows': st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2),
    'ids': st.lists(st.uuids() | st.just(str(UUID)), max_size=2),
    'word': st.sampled_from(['a', 'abc', 'é', Name.A]),
    'took': durations | st.integers(0, 99),
    'home': st.sampled_from(['http://localhost/', 'https://a.co/']),
    'token': st.uuids(),
    'note': st.sampled_from(['', 'a', 'é', None, b'']),
    'sizes': st.sets(st.integers(0, 9), max_size=3) | st.lists(st.integers(0, 9), max_size=3),
    'colours': st.sets(st.sampled_from(['', 'red', 'blau', 'grün'])),
    'prices': st.dictionaries(st.sampled_from(['eur', '€']), st.floats(0.5, 9) | st.none()),
    'notes': st.dictionaries(
        st.sampled_from(['a', 'b']), st.sets(st.sampled_from(['x', 'y'])) | st.none()
    ),
    'doc': documents | st.dictionaries(st.text(), st.floats(allow_nan=False)),
    'own': st.sampled_from(['a', 'b']),
    'version': st.integers(0, 3),
}


models = st.sampled_from([Everything, Ignoring, Forbidding])


extras = st.dictionaries(st.sampled_from(['extra', 'more', 'é', 'own']), documents, max_size=2)


@st.composite
def given_values(draw):
    """Values by field name: valid ones, and then and when one that needn't be."""
    names = draw(st.sets(st.sampled_from(list(VALID))))
    values = {name: draw(VALID[name]) for name in VALID if name in names | {'id', 'number'}}
    for name in draw(st.lists(st.sampled_from(list(VALID)), max_size=draw(st.integers(0, 2)))):
        values[name] = draw(junk)
    return values


@st.composite
def stored_wires(draw):
    """An item as it may be stored: what instances are dumped as, and then and when else."""
    item = {}
    for name, value in draw(given_values()).items():
        schema = (Everything if name in Everything._schema.fields else Ignoring)._schema
        codec = schema.codecs[schema.fields[name]._key]
        dumped = own(codec.own_dump, value)
        if not isinstance(dumped, Failed) and dumped[0] is not None:
            item[codec.field._key] = wire_of(dumped[0])
    attributes = [*Everything._schema.by_attribute, 'own', 'extra', 'free', 'é']
    for attribute in draw(st.lists(st.sampled_from(attributes), max_size=draw(st.integers(0, 3)))):
        field = Everything._schema.by_attribute.get(attribute, Everything.free)
        item[attribute] = draw(wires_of_field(field._name))
    for attribute in draw(st.sampled_from([(), (), (), (), ('n',), ('id',), ('id', 'n')])):
        item.pop(attribute, None)
    return item


@functools.cache
def wires_of_field(name):
    return wires_of(Everything._schema.fields[name])


def own_loaded(model, wire):
    """Return what an instance holds after a load by the fields, and its undeclared attributes."""
    schema, item = model._schema, decode_item(wire)
    problems, extra_problems, values, extra = [], [], {}, {}
    for attribute, primitive in item.items():
        field = schema.by_attribute.get(attribute)
        try:
            if field is not None and primitive is not None:
                values[field._name] = field._load(primitive)
            elif field is None and schema.extra == 'keep':
                extra[attribute] = from_document(primitive)
        except ValidationError as error:
            name = attribute if field is None else field._name
            (extra_problems if field is None else problems).extend(
                problem.within(name) for problem in error.problems
            )
        if field is None and schema.extra == 'forbid':
            message = "undeclared attribute, which __extra__ = 'forbid' refuses"
            problems.append(Problem(message, path=(attribute,)))
    if schema.extra == 'forbid':
        problems.sort(key=lambda problem: problem.message.startswith('undeclared attribute'))
    for field in schema.keys:
        if field._key not in item:
            problems.append(Problem('the item has no such key', path=(field._name,)))
    problems += extra_problems
    if problems:
        key = dict(_loading._readable_key(schema, item))
        raise ValidationError(problems=problems, where=f'{schema.name} read from {key!r}')
    return {**values, **({_held.EXTRA: extra} if extra else {})}


def check_error(found, failed):
    """Two errors say the same."""
    expected = failed.error
    assert isinstance(found, Failed), (found, str(expected))
    caught = found.error
    assert type(caught) is type(expected)
    assert str(caught) == str(expected)
    if isinstance(expected, ValidationError):
        assert [problem.path for problem in caught.problems] == [
            problem.path for problem in expected.problems
        ]


def outcome(function, *args):
    """Return what a function returns, ``Failed`` where it raises an error of dynamongo."""
    try:
        return function(*args)
    except (ExpressionError, PartialItemError, ValidationError) as error:
        return Failed(error)


def check_loaded(model, wire):
    """An instance is loaded as by its fields: values, undeclared attributes, and the error."""
    before = copy.deepcopy(wire)
    found, expected = outcome(_loading.load, model, Stored(wire)), outcome(own_loaded, model, wire)
    assert wire == before
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    assert type(found) is model
    # A null is nothing, and so is not held.
    expected = {name: value for name, value in expected.items() if value is not None}
    assert same(held(found), expected), (wire, held(found), expected)
    assert not parts(held(found)) & parts(wire)


@hypothesis.given(model=models, wire=stored_wires())
def test_an_instance_is_loaded_as_by_its_fields(model, wire):
    """Values, undeclared attributes, and the error with all that is wrong."""
    check_loaded(model, wire)


#: Of each sort that is known of, without the many texts of times, numbers and addresses.
CHOSEN = [*TEXTS, *NUMBERS, *TIMES, *JUNK, *NESTED]


CHOSEN_WIRES = WIRES[len(ALL_TEXTS) :]


@pytest.mark.parametrize('name', list(Everything._schema.fields))
def test_each_field_of_an_instance_is_loaded_as_by_itself(name):
    """Whatever is stored of it, beside another field that is as usual."""
    attribute = Everything._schema.fields[name]._key
    for wire in CHOSEN_WIRES:
        check_loaded(Everything, {'id': {'S': 'a'}, 'n': {'N': '1'}, attribute: wire})


def own_dumped(instance):
    """Return the item, and the values as they read back, of a dump by the fields."""
    schema = instance._schema
    problems, item, values = [], {}, {}
    for name, field in schema.fields.items():
        try:
            primitive, after = Codec(field).own_dump(vars(instance).get(name))
            if primitive is not None:
                item[field._key], values[name] = primitive, after
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
    problems += _dumping._key_problems(schema, item, problems)
    problems += _dumping.index_problems(schema, item, problems)
    extra, extra_problems = _dumping.dump_extra(schema, vars(instance).get(_held.EXTRA) or {})
    item.update(extra)
    problems += extra_problems
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    version = None
    if schema.version is not None:
        version = values.get('version')
        item['v'] = values['version'] = (version or 0) + 1
    return item, values, version


def fitting(model, values):
    """Return the values of which the model has fields."""
    return {name: value for name, value in values.items() if name in model._schema.fields}


def set_instance(model, values, extra):
    """Return an instance whose values have been set one by one, and so aren't converted."""
    instance = model(id='-', number=0)
    for name, value in fitting(model, values).items():
        try:
            setattr(instance, name, value)
        except PartialItemError:
            vars(instance)[name] = value
    instance.extra.update(extra)
    return instance


def check_dumped(instance):
    """An instance is dumped as by its fields: the item, how it reads back, and the error."""
    before = shown(vars(instance))
    found, expected = outcome(_dumping.dump, instance), outcome(own_dumped, instance)
    assert shown(vars(instance)) == before
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    item, after, version = expected
    if version is not None and version >= 10**38 - 1:
        # Counting leads beyond what can be stored.
        return
    assert found.item.keys() == item.keys(), (found.item, item)
    for attribute, primitive in item.items():
        assert plain_wire(found.item[attribute]) == plain_wire(primitive), (found.item, item)
    assert same(_dumping.as_stored(instance, found), after), (found, after)
    assert not parts(_dumping.as_stored(instance, found)) & parts(held(instance))
    assert found.version == version


@hypothesis.given(model=models, values=given_values(), extra=st.just({}) | extras)
def test_an_instance_is_dumped_as_by_its_fields(model, values, extra):
    """The item, the values as they read back, and the error with all that is wrong."""
    check_dumped(set_instance(model, values, extra))


@pytest.mark.parametrize('name', list(Everything._schema.fields))
def test_each_field_of_an_instance_is_dumped_and_taken_as_by_itself(name):
    """Whatever it is set to or given, beside other fields that are as usual."""
    for value in CHOSEN:
        check_dumped(set_instance(Everything, {name: value}, {}))
        check_made(Everything, {'id': 'a', name: value})


def own_filled(model, values):
    """Return what a new instance holds by its fields, and the problems."""
    schema = model._schema
    made, problems = {}, []
    for name, field in schema.fields.items():
        value = values.get(name)
        try:
            nothing = is_empty(value) and field._is_nothing(value)
            if name not in values or (nothing and field._absent_value() is not None):
                native = field._native(field.default)
            else:
                native = None if nothing else field._native(field._completed(value))
        except ValidationError as error:
            problems += (problem.within(name) for problem in error.problems)
            continue
        if native is not None:
            made[name] = native
    if problems:
        raise ValidationError(problems=problems, where=schema.name)
    return made


def check_made(model, values):
    """An instance is made as by its fields: values, defaults, and the error."""
    Everything.made.clear()
    found, calls = outcome(lambda: model(**values)), Everything.made.copy()
    Everything.made.clear()
    expected = outcome(own_filled, model, values)
    assert calls == Everything.made
    assert len(set(calls)) == len(calls)
    if isinstance(expected, Failed):
        check_error(found, expected)
        return
    assert not isinstance(found, Failed), str(found.error)
    assert same(held(found), expected), (held(found), expected)
    again = model(**values)
    assert not (parts(held(found)) & parts(held(again))) - parts(values)


@hypothesis.given(model=models, values=given_values())
def test_an_instance_is_made_as_by_its_fields(model, values):
    """The values, the defaults and the error; a callable default is called once, where needed."""
    check_made(model, fitting(model, values))


@hypothesis.given(model=models, values=given_values(), extra=st.just({}) | extras)
def test_an_instance_reads_back_as_it_was_saved(model, values, extra):
    """What is dumped and sent is loaded as the instance is once it is saved."""
    instance = set_instance(model, values, extra if model is Everything else {})
    dumped = outcome(_dumping.dump, instance)
    hypothesis.assume(not isinstance(dumped, Failed))
    _changes.settle(instance, dumped)
    on_the_wire = {name: wire_of(primitive) for name, primitive in dumped.item.items()}
    for item in (dumped.item, Stored(encode_item(dumped.item)), Stored(on_the_wire)):
        loaded = _loading.load(model, item)
        assert loaded == instance
        assert same(held(loaded), held(instance))
        assert _dumping.dump(loaded).item.keys() == dumped.item.keys()


@pytest.mark.parametrize('name', ['validators', '_checks'])
def test_a_validator_that_is_appended_is_one_of_the_fields_own(name):
    """schematics keeps them in a list that a program may extend before the model is used."""
    field = StringField()
    getattr(field, name).append(lambda value, context=None: None)
    assert not Codec(field).is_short


@pytest.mark.parametrize(
    'use',
    [
        lambda model: model(id='a'),
        lambda model: _loading.load(model, Stored({'id': {'S': 'a'}})),
        lambda model: model(id='a').validate(),
    ],
    ids=['made', 'loaded', 'dumped'],
)
def test_codecs_are_made_at_the_first_use_and_once(use):
    """A class that is declared and not used has none; the ones that are made stay."""

    class Lazy(Model):
        __table__ = 'lazy'
        __hash_key__ = 'id'
        id = StringField()
        tags = ListField(StringField)

    lazily = {name for name, value in vars(Schema).items() if isinstance(value, lazy)}
    assert {'codecs', 'loads', 'dumps', 'initials'} <= lazily
    assert not vars(Lazy._schema).keys() & lazily
    use(Lazy)
    first = vars(Lazy._schema).copy()
    assert all(isinstance(codec, Codec) for codec in first['codecs'].values())
    use(Lazy)
    assert all(vars(Lazy._schema)[name] is first[name] for name in lazily if name in first)
    own_codecs = Lazy._schema.codecs
    assert all(entry[2] is own_codecs[entry[1]] for entry in Lazy._schema.loads)
    assert all(entry[2] is own_codecs[entry[1]] for entry in Lazy._schema.dumps)


def test_a_child_has_codecs_of_its_own():
    """What a child model overrides has no effect on the codecs of its parent."""
    assert Everything._schema.codecs is not Ignoring._schema.codecs
    assert Ignoring._schema.codecs['version'].field is Ignoring.version
    assert Everything._schema.codecs['v'].field is Everything.version
