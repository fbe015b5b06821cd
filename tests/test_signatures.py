"""What classes of fields say that they are declared with: all of it, and nothing else."""

from __future__ import annotations

import ast
import enum
import inspect
import pathlib

import pytest

import dynamongo.fields
from dynamongo import DictField, EnumField, Field, IntField, SchemaError, StringField, VersionField
from dynamongo.fields.options import NO_EFFECT

PACKAGE = pathlib.Path(dynamongo.__file__).parent


class Colour(enum.Enum):
    RED = 'r'


CLASSES = [getattr(dynamongo.fields, name) for name in dynamongo.fields.__all__]
#: Those that are declared with options, and not with members.
DECLARED = [class_ for class_ in CLASSES if class_ is not DictField]
NEEDED = {'enum': Colour, 'field': StringField}
KEYWORD = inspect.Parameter.KEYWORD_ONLY


REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters_of(class_):
    """Return what a class shows by name, without ``*args`` and ``**kwargs``."""
    shown = inspect.signature(class_).parameters
    return {name: each for name, each in shown.items() if each.kind not in REST}


def rest_of(class_):
    shown = inspect.signature(class_).parameters.values()
    return [str(each) for each in shown if each.kind in REST]


def needed_by(class_):
    return {
        name: NEEDED[name]
        for name, parameter in parameters_of(class_).items()
        if parameter.default is parameter.empty
    }


def shape(field):
    """Return what a field is declared with, in a form that is compared."""
    state = {**field.__getstate__(), '_default': field.default}
    return {**state, 'field': repr(state.get('field')), '_position_hint': None}


@pytest.mark.parametrize('class_', DECLARED)
def test_every_default_that_a_signature_shows_is_what_leaving_it_out_means(class_):
    needed = needed_by(class_)
    for name, parameter in parameters_of(class_).items():
        if name not in needed:
            given = class_(**needed, **{name: parameter.default})
            assert shape(given) == shape(class_(**needed)), name


@pytest.mark.parametrize('class_', DECLARED)
def test_a_class_takes_nothing_that_its_signature_does_not_show(class_):
    everything = {name for other in DECLARED for name in parameters_of(other)}
    others = everything - set(parameters_of(class_))
    assert others
    for name in others:
        with pytest.raises(SchemaError):
            class_(**needed_by(class_), **{name: None})


@pytest.mark.parametrize('class_', DECLARED)
def test_parameters_are_given_by_place_as_far_as_a_signature_says(class_):
    needed = needed_by(class_)
    by_place = [
        needed.get(name, parameter.default)
        for name, parameter in parameters_of(class_).items()
        if parameter.kind is not KEYWORD
    ]
    assert shape(class_(*by_place)) == shape(class_(**needed))
    if '*args' in rest_of(class_):
        assert shape(class_(False, None)) == shape(class_(required=False, default=None))
        by_place = [False, None]
    with pytest.raises((SchemaError, TypeError)):
        class_(*by_place, None)


def definitions(name):
    """Return the classes of a module of the package by name, as their sources have them."""
    tree = ast.parse((PACKAGE / f'{name}.py').read_text())
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def keys_of(name, known):
    """Return the keys of a TypedDict, with those of the ones that it extends."""
    node = known[name]
    keys = {line.target.id for line in node.body if isinstance(line, ast.AnnAssign)}
    for base in node.bases:
        base = base.value if isinstance(base, ast.Subscript) else base
        if base.id in known:
            keys |= keys_of(base.id, known)
    return keys


def told_to_checkers(class_):
    """Return what each declaration of ``__init__`` says: names given by place, and all names."""
    known = definitions('_typing')
    node = definitions(class_.__module__.replace('dynamongo.', '').replace('.', '/'))[
        class_.__name__
    ]
    written = [
        line
        for line in ast.walk(node)
        if isinstance(line, ast.FunctionDef) and line.name == '__init__'
    ]
    overloads = [line for line in written if 'overload' in map(ast.unparse, line.decorator_list)]
    for line in overloads or written[:1]:
        places = [argument.arg for argument in line.args.args[1:]]
        names = {*places, *(argument.arg for argument in line.args.kwonlyargs)}
        # Unpack[Options[str]]
        options = line.args.kwarg.annotation.slice
        options = options.value if isinstance(options, ast.Subscript) else options
        yield places, names | keys_of(options.id, known)


@pytest.mark.parametrize('class_', DECLARED)
def test_a_signature_has_what_checkers_are_told(class_):
    parameters = parameters_of(class_)
    by_place = [name for name, parameter in parameters.items() if parameter.kind is not KEYWORD]
    told = list(told_to_checkers(class_))
    assert told
    for places, names in told:
        assert names == set(parameters)
        if '*args' not in rest_of(class_):
            assert by_place[: len(places)] == places


def test_the_rest_is_shown_as_it_is_documented():
    for class_ in DECLARED:
        assert rest_of(class_)[-1] == '**kwargs'
    assert [class_ for class_ in DECLARED if len(rest_of(class_)) > 1] == [Field]


def test_a_dict_is_declared_with_members_of_any_name():
    assert str(inspect.signature(DictField)) == '(**fields)'


def test_options_that_do_nothing_are_not_shown():
    for class_ in CLASSES:
        assert not NO_EFFECT.keys() & parameters_of(class_).keys()


def test_a_signature_reads_as_one_would_write_it():
    assert str(inspect.signature(IntField)) == (
        '(*, min_value=None, max_value=None, strict=False, required=False, default=None, '
        'attribute=None, choices=None, validators=None, deserialize_from=None, messages=None, '
        'metadata=None, serialized_name=None, **kwargs)'
    )


class Nickname(StringField):
    """Has no initializer of its own."""


class Code(StringField):
    def __init__(self, prefix, *, size=3, **options):
        super().__init__(**options)


class Closed(StringField):
    def __init__(self, prefix, size=3):
        super().__init__()


class Counted(VersionField):
    def __init__(self, start, **options):
        super().__init__(**options)


class Place(DictField):
    def __init__(self, depth=1, /, **fields):
        super().__init__(**fields)


class Shade(EnumField):
    def __init__(self, light=1, *args, **options):
        super().__init__(*args, **options)


class TestOfClassesOfAProgram:
    def test_without_an_initializer_they_have_the_signature_of_what_they_extend(self):
        assert inspect.signature(Nickname) == inspect.signature(StringField)

    def test_what_an_initializer_passes_on_is_added_by_name(self):
        text = str(inspect.signature(Code))
        assert text.startswith('(prefix, *, size=3, regex=None, max_length=None,')
        assert text.endswith('serialized_name=None, **options)')

    def test_an_initializer_that_passes_nothing_on_is_shown_as_it_is(self):
        assert str(inspect.signature(Closed)) == '(prefix, size=3)'

    def test_options_of_their_own_are_shown_where_what_they_extend_is_limited(self):
        assert str(inspect.signature(Counted)) == (
            '(start, *, attribute=None, deserialize_from=None, metadata=None, '
            'serialized_name=None, **options)'
        )
        assert str(inspect.signature(Place)) == '(depth=1, /, **fields)'

    def test_what_an_initializer_passes_on_by_place_is_given_by_name(self):
        assert str(inspect.signature(Shade)).startswith(
            "(light=1, *args, enum, by='value', required="
        )
