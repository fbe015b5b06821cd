"""The tree of errors, what they carry, how they read, and that they survive pickling."""

import copy
import importlib
import inspect
import pathlib
import pickle
import pkgutil
import re

import pytest

import dynamongo
from dynamongo import IntField, Model, StringField, exceptions
from dynamongo.exceptions import (
    ConditionalCheckFailedException,
    DoesNotExist,
    DynamongoError,
    ExpressionError,
    IncompleteReadError,
    ItemTooLargeError,
    PartialItemError,
    Problem,
    RequestError,
    SchemaError,
    TableNotFoundError,
    ThrottledError,
    TransactionCanceledError,
    ValidationError,
    join_path,
)


class Person(Model):
    """At module level, so that its instances and its errors can be pickled."""

    __table__ = 'people'
    __hash_key__ = 'id'

    id = StringField()
    age = IntField()


TREE = {
    DynamongoError: Exception,
    ValidationError: DynamongoError,
    SchemaError: DynamongoError,
    ExpressionError: DynamongoError,
    DoesNotExist: DynamongoError,
    PartialItemError: DynamongoError,
    RequestError: DynamongoError,
    ConditionalCheckFailedException: RequestError,
    TableNotFoundError: RequestError,
    ThrottledError: RequestError,
    ItemTooLargeError: RequestError,
    IncompleteReadError: RequestError,
    TransactionCanceledError: RequestError,
}


@pytest.mark.parametrize(('error', 'base'), TREE.items())
def test_the_tree(error, base):
    assert error.__bases__[0] is base
    assert error.__doc__


def test_every_error_is_public_and_in_the_tree():
    defined = {
        value
        for value in vars(exceptions).values()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert defined == set(TREE)
    assert sorted(error.__name__ for error in defined) == sorted(exceptions.__all__)


@pytest.mark.parametrize('name', exceptions.__all__)
def test_every_error_can_be_imported_from_the_package(name):
    assert getattr(dynamongo, name) is getattr(exceptions, name)


def test_the_docstring_draws_every_error():
    for name in exceptions.__all__:
        assert f' {name}' in exceptions.__doc__ or f'\n    {name}' in exceptions.__doc__


def test_a_validation_error_is_a_value_error():
    assert issubclass(ValidationError, ValueError)


@pytest.mark.parametrize(
    ('error', 'parameters'),
    [
        (ExpressionError, [('msg', inspect.Parameter.empty), ('expression', None)]),
        (SchemaError, [('msg', ''), ('name', None), ('value', None)]),
    ],
)
def test_documented_parameters(error, parameters):
    signature = inspect.signature(error)
    assert [(p.name, p.default) for p in signature.parameters.values()] == parameters


def test_a_validation_error_takes_any_arguments():
    kinds = [p.kind for p in inspect.signature(ValidationError).parameters.values()]
    assert kinds == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]


# ValidationError


def problems(*specifications):
    return [Problem(*specification) for specification in specifications]


@pytest.mark.parametrize(
    ('error', 'errors', 'text'),
    [
        (ValidationError('must be even'), {'': 'must be even'}, 'must be even'),
        (ValidationError(), {'': 'invalid value'}, 'invalid value'),
        (
            ValidationError(problems=problems(('is odd', 3)), where='User.age'),
            {'': 'is odd (got 3)'},
            'User.age: is odd (got 3)',
        ),
        (
            ValidationError(problems=problems(('is odd', 3, ('age',))), where='User'),
            {'age': 'is odd (got 3)'},
            'User.age: is odd (got 3)',
        ),
        (
            ValidationError(problems=problems(('is odd', 3, (2,))), where='User.ages'),
            {'[2]': 'is odd (got 3)'},
            'User.ages[2]: is odd (got 3)',
        ),
        (
            ValidationError(problems=problems(('is odd', 3, ('a', 0, 'b'))), where='User'),
            {'a[0].b': 'is odd (got 3)'},
            'User.a[0].b: is odd (got 3)',
        ),
        (
            ValidationError(problems=problems(('is odd', 3, ('age',)))),
            {'age': 'is odd (got 3)'},
            'age: is odd (got 3)',
        ),
        (
            ValidationError(
                problems=problems(('is odd', 3, ('a',)), ('is blank', '', ('b',))), where='User'
            ),
            {'a': 'is odd (got 3)', 'b': "is blank (got '')"},
            "User has 2 invalid values:\n  a: is odd (got 3)\n  b: is blank (got '')",
        ),
        (
            ValidationError(problems=problems(('is odd', 3, ('a',)), ('is low', 3, ('a',)))),
            {'a': 'is odd (got 3); is low (got 3)'},
            'a: is odd (got 3); is low (got 3)',
        ),
    ],
)
def test_a_validation_error_tells_where_and_what(error, errors, text):
    assert error.errors == errors
    assert str(error) == text
    assert repr(error) == f'ValidationError({text!r})'


def test_several_arguments_make_one_message():
    error = ValidationError('must be even,', 'not', 3)
    assert str(error) == 'must be even, not 3'
    assert error.errors == {'': 'must be even, not 3'}


def test_a_validation_error_refuses_unknown_keywords():
    with pytest.raises(TypeError, match='field'):
        ValidationError('wrong', field='name')


def test_the_place_can_be_told_afterwards():
    error = ValidationError('must be even')
    error.where = 'User.age'
    assert str(error) == 'User.age: must be even'


def test_the_list_of_problems_is_the_errors_own():
    given = problems(('is odd', 3))
    error = ValidationError(problems=given)
    given.clear()
    assert len(error.problems) == 1


@pytest.mark.parametrize(
    ('problem', 'text'),
    [
        (Problem('is odd', 3), 'is odd (got 3)'),
        (Problem('is odd.', 3), 'is odd (got 3)'),
        (Problem("'3' is odd", '3'), "'3' is odd"),
        (Problem('1900 is more', 1), '1900 is more (got 1)'),
        (Problem('is missing'), 'is missing'),
        (Problem('is missing', None), 'is missing'),
        (Problem('is long', 'x' * 1000), None),
    ],
)
def test_a_problem_shows_its_value_once_and_short(problem, text):
    described = problem.describe()
    assert len(described) < 200
    if text is not None:
        assert described == text


def test_a_problem_seen_from_outside_has_a_longer_path():
    inner = Problem('is odd', 3, ('b',))
    outer = inner.within('a', 0)
    assert (outer.message, outer.value, outer.path) == ('is odd', 3, ('a', 0, 'b'))
    assert inner.path == ('b',)


@pytest.mark.parametrize(
    ('path', 'text'),
    [
        ((), ''),
        (('a',), 'a'),
        (('a', 'b'), 'a.b'),
        (('a', 2), 'a[2]'),
        ((0, 'a', 1, 2), '[0].a[1][2]'),
    ],
)
def test_paths_read_as_python(path, text):
    assert join_path(path) == text


# SchemaError and ExpressionError


@pytest.mark.parametrize(
    ('error', 'text', 'state'),
    [
        (SchemaError(), '', ('', None, None)),
        (SchemaError('is wrong'), 'is wrong', ('is wrong', None, None)),
        (SchemaError('has no table', 'User'), 'User has no table', ('has no table', 'User', None)),
        (
            SchemaError('has a bad table', 'User', 3),
            'User has a bad table (got 3)',
            ('has a bad table', 'User', 3),
        ),
        (
            SchemaError(msg='has a bad table', name='User', value=0),
            'User has a bad table (got 0)',
            ('has a bad table', 'User', 0),
        ),
    ],
)
def test_a_schema_error_names_the_class_and_the_value(error, text, state):
    assert str(error) == text
    assert (error.msg, error.name, error.value) == state


def test_an_expression_error_shows_the_expression():
    condition = Person.age > 3
    error = ExpressionError('needs a hash key', condition)
    assert error.msg == 'needs a hash key'
    assert error.expression is condition
    assert str(error) == 'needs a hash key (in Person.age > 3)'


def test_an_expression_error_without_an_expression():
    error = ExpressionError('there is nothing to update')
    assert error.expression is None
    assert str(error) == 'there is nothing to update'


# Requests


def test_a_request_error_carries_the_code_and_the_request_id():
    error = RequestError('refused', code='AccessDeniedException', request_id='R1')
    assert (str(error), error.code, error.request_id) == ('refused', 'AccessDeniedException', 'R1')


def test_the_code_of_a_request_error_is_none_where_no_reply_came():
    error = RequestError('no reply')
    assert (error.code, error.request_id) == (None, None)


def test_a_failed_condition_carries_the_item_in_the_way():
    person = Person(id='a')
    error = ConditionalCheckFailedException('in the way', item=person, code='C', request_id='R')
    assert error.item is person
    assert (error.code, error.request_id) == ('C', 'R')
    assert ConditionalCheckFailedException().item is None


def test_an_incomplete_read_lists_what_is_missing():
    assert IncompleteReadError('short', missing=({'id': 'a'},)).missing == [{'id': 'a'}]
    assert IncompleteReadError('short').missing == []


# Copies


ERRORS = [
    DynamongoError('all'),
    ValidationError('must be even'),
    ValidationError(
        problems=[Problem('is odd', 3, ('a', 0)), Problem('is missing', path=('b',))],
        where='User',
    ),
    SchemaError('has a bad table', 'User', 3),
    ExpressionError('needs a hash key'),
    DoesNotExist('no User has the key'),
    Person.DoesNotExist('no Person has the key'),
    PartialItemError('the item was read without its name'),
    RequestError('refused', code='C', request_id='R'),
    ConditionalCheckFailedException('in the way', item=Person(id='a', age=3), code='C'),
    TableNotFoundError('no table', code='C', request_id='R'),
    ThrottledError('slow down', code='C', request_id='R'),
    ItemTooLargeError('too large', code='C', request_id='R'),
    IncompleteReadError('short', missing=[{'id': 'a'}], code='C', request_id='R'),
    TransactionCanceledError('cancelled', reasons=['a'], code='C', model=Person, key={'id': 'a'}),
]


def test_every_class_is_copied_below():
    assert {type(error) for error in ERRORS} >= set(TREE)


def state_of(error):
    state = dict(vars(error))
    state['problems'] = [
        (problem.message, problem.path, problem.has_value, problem.has_value and problem.value)
        for problem in state.get('problems', ())
    ]
    return type(error), error.args, str(error), state


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize('error', ERRORS, ids=lambda error: type(error).__qualname__)
def test_errors_survive_pickling_with_all_they_carry(error, protocol):
    assert state_of(pickle.loads(pickle.dumps(error, protocol))) == state_of(error)


@pytest.mark.parametrize('duplicate', [copy.copy, copy.deepcopy])
@pytest.mark.parametrize('error', ERRORS, ids=lambda error: type(error).__qualname__)
def test_errors_survive_copying(error, duplicate):
    assert state_of(duplicate(error)) == state_of(error)


def test_a_pickled_expression_error_keeps_the_text_of_its_expression():
    error = pickle.loads(pickle.dumps(ExpressionError('no', Person.age > 3)))
    assert str(error) == 'no (in Person.age > 3)'
    assert error.msg == 'no'


def test_errors_raised_by_fields_can_be_pickled():
    with pytest.raises(ValidationError) as raised:
        Person(age='old')
    error = pickle.loads(pickle.dumps(raised.value))
    assert str(error) == str(raised.value)
    assert error.errors == raised.value.errors
    assert 'Person.age' in str(error)


# The page about them

PAGE = (pathlib.Path(__file__).parent.parent / 'docs' / 'guide' / 'errors.rst').read_text('utf-8')


def section(name):
    """Return what the page says under the label of an error, up to the next label."""
    found = re.search(
        rf'^\.\. _error-{name}:\n\n{name}\n-+\n(.*?)(?=^\.\. _)', PAGE, re.MULTILINE | re.DOTALL
    )
    assert found, f'docs/guide/errors.rst has no section about {name}'
    return found[1]


@pytest.mark.parametrize('name', exceptions.__all__)
def test_every_error_has_a_section_that_says_what_to_do(name):
    text = section(name)
    for answer in (':What to do: ', ':Done?: ', ':Repeat?: '):
        assert f'\n{answer}' in text
    assert f'See :ref:`error-{name}`.' in getattr(exceptions, name).__doc__
    assert f'* :ref:`{name} <error-{name}>`' in PAGE


@pytest.mark.parametrize('name', [name for name in exceptions.__all__ if name != 'DynamongoError'])
def test_every_error_has_an_example_of_what_it_says(name):
    """It is printed by a block of Python, so it is what the error says now."""
    assert f'\n    {name}: ' in section(name)


def every_subclass(error):
    """Return the names of all errors of the package below one, those of its modules included."""
    for module in pkgutil.walk_packages(dynamongo.__path__, 'dynamongo.'):
        if not module.name.endswith('__main__'):
            importlib.import_module(module.name)
    found, left = set(), [error]
    while left:
        for each in left.pop().__subclasses__():
            if each.__module__.startswith('dynamongo.') and each.__qualname__ == each.__name__:
                found.add(each.__name__)
            left.append(each)
    return sorted(found)


def test_every_error_that_a_module_of_the_package_defines_has_a_section():
    names = every_subclass(DynamongoError)
    assert {'EngineError', 'CommandError', *exceptions.__all__} - {'DynamongoError'} <= set(names)
    for name in names:
        text = section(name)
        for answer in (':What to do: ', ':Done?: ', ':Repeat?: '):
            assert f'\n{answer}' in text, name
        assert f'* :ref:`{name} <error-{name}>`' in PAGE


def test_every_symptom_is_one_that_the_page_shows():
    table = PAGE[PAGE.index('What you see\n') : PAGE.index('The examples use')]
    rest = PAGE[PAGE.index('The examples use') :]
    symptoms = re.findall(r'"([^"]+)"', table)
    assert len(symptoms) > 15
    for symptom in symptoms:
        place = 0
        for part in symptom.split('...'):
            assert part in rest[place:], symptom
            place = rest.index(part, place)
