"""What the documentation shows, run on the engine: every example of it, and what each prints."""

import ast
import contextlib
import dataclasses
import doctest
import importlib
import io
import os
import pkgutil
import re
import textwrap
import uuid
from pathlib import Path
from unittest import mock

import pytest

import dynamongo
import dynamongo.local

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / 'dynamongo'
PAGES = sorted(
    path
    for path in (*ROOT.glob('*.rst'), *ROOT.glob('docs/**/*.rst'))
    if '_build' not in path.parts
)
MODULES = sorted(module.name for module in pkgutil.walk_packages(dynamongo.__path__, 'dynamongo.'))

#: What a page takes for granted. Every other page makes all that it uses.
GIVEN = {'CONTRIBUTING.rst': {'pytest': pytest}}

#: ``text`` is what the block before it prints; ``console`` is typed into a shell, and isn't run.
LANGUAGES = {'python', 'pycon', 'text', 'console'}

#: All that reStructuredText and Sphinx would show as code, besides a block of a known language.
OTHER_CODE = re.compile(
    r'^\s*(>>> '
    r'|\.\. (code|sourcecode|highlight|parsed-literal|doctest|testcode|testsetup|raw|ipython)::'
    r'|\.\. literalinclude:: (?!(\.\./)+examples/quickstart\.py$)'
    r'|(?!\.\. ).*::$)'
)
BLOCK = re.compile(r'^(\s*)\.\. code-block::\s*(\S*)\s*$')


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of code: where it is, its language and its text."""

    path: Path
    line: int
    language: str
    text: str

    def __str__(self):
        return f'{self.path.relative_to(ROOT)}:{self.line}'


def read_blocks(path, text, *, first_line=1, opening=BLOCK):
    """Return the blocks of a text, and the lines that are in none.

    :param opening: matches the line that opens a block; its groups are indentation and language.
    """
    lines = text.splitlines()
    blocks, others, position = [], [], 0
    while position < len(lines):
        found = opening.match(lines[position])
        if found is None:
            others.append(lines[position])
            position += 1
            continue
        position += 1
        start = position
        while position < len(lines) and (
            not lines[position].strip() or _indentation(lines[position]) > len(found.group(1))
        ):
            position += 1
        content = lines[start:position]
        while content and (not content[0].strip() or content[0].strip().startswith(':')):
            content.pop(0)
            start += 1
        code = textwrap.dedent('\n'.join(content)).rstrip() + '\n'
        blocks.append(Block(path, first_line + start, found.group(2), code))
    return blocks, others


def _indentation(line):
    return len(line) - len(line.lstrip())


def run_python(block, namespace):
    """Run a block and return what it prints."""
    code = '\n' * (block.line - 1) + block.text
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, str(block.path), 'exec'), namespace)
    return printed.getvalue()


def run_pycon(block, namespace):
    """Run a block of prompts and compare each answer with the one that it shows."""
    example = doctest.DocTestParser().get_doctest(
        block.text, {}, str(block), str(block.path), block.line - 1
    )
    assert example.examples, f'{block} holds no prompt'
    example.globs = namespace
    report = io.StringIO()
    doctest.DocTestRunner(verbose=False).run(example, out=report.write, clear_globs=False)
    assert not report.getvalue(), f'{block} answers differently:\n{report.getvalue()}'
    return ''


RUN = {'python': run_python, 'pycon': run_pycon}


def run_blocks(blocks, namespace):
    """Run blocks in their order, in one namespace, and return those that ran."""
    done, printed, origin = [], '', None
    for block in (*blocks, None):
        if block is not None and block.language == 'text':
            assert origin is not None, f'{block} is not what a Python block prints'
            assert printed == block.text, f'{block} is not what {origin} prints:\n{printed}'
            printed, origin = '', None
            continue
        assert not printed, f'{origin} prints what the page does not show:\n{printed}'
        origin = None
        if block is not None and block.language != 'console':
            printed, origin = RUN[block.language](block, namespace), block
            done.append(block)
    return done


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize('path', PAGES, ids=name_of)
def test_page(path, connection):
    """Every Python block of a page runs, in order, and prints the block of text that follows it."""
    text = path.read_text(encoding='utf-8')
    blocks, _ = read_blocks(path, text)
    with mock.patch.dict(os.environ):
        ran = run_blocks(blocks, {'__name__': 'page', **GIVEN.get(path.name, {})})
    assert len(ran) == len(re.findall(r'code-block::\s*py', text))


@pytest.mark.parametrize('path', PAGES, ids=name_of)
def test_a_page_shows_no_code_that_is_not_run(path):
    """Code is in blocks whose language says what becomes of it, and nowhere else."""
    blocks, others = read_blocks(path, path.read_text(encoding='utf-8'))
    assert [str(block) for block in blocks if block.language not in LANGUAGES] == []
    assert [line for line in others if OTHER_CODE.match(line)] == []


@pytest.mark.parametrize(
    'line',
    [
        '>>> 1 + 1',
        '.. code:: python',
        '   .. sourcecode:: python',
        '.. doctest::',
        '.. literalinclude:: ../setup.py',
        'For example::',
        '::',
    ],
)
def test_other_ways_to_show_code_are_noticed(line):
    _, others = read_blocks(ROOT / 'page.rst', f'Text.\n\n{line}\n\n    more\n')
    assert any(OTHER_CODE.match(other) for other in others)


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('.. code-block:: python\n\n    1 / 0', 'division by zero'),
        ('.. code-block:: python\n\n    print(1)', 'does not show'),
        ('.. code-block:: python\n\n    print(1)\n\n.. code-block:: text\n\n    2', 'is not what'),
        ('.. code-block:: text\n\n    2', 'is not what a Python block prints'),
        ('.. code-block:: python\n\n    x = 1\n\n.. code-block:: text\n\n    1', 'is not what'),
        ('.. code-block:: pycon\n\n    >>> 1\n    2', 'answers differently'),
        ('.. code-block:: pycon\n\n    1', 'holds no prompt'),
        ('.. code-block:: ruby\n\n    1', 'ruby'),
    ],
)
def test_a_wrong_page_fails(text, complaint):
    """The tests of the pages can fail."""
    blocks, _ = read_blocks(ROOT / 'page.rst', text)
    with pytest.raises(Exception, match=complaint):
        run_blocks(blocks, {})


@pytest.mark.parametrize('name', ['dynamongo', *MODULES])
def test_doctests(name, aws_environment):
    """The prompts in the docstrings of a module answer what they show."""
    module = importlib.import_module(name)
    dynamongo.Connection.reset()
    try:
        report = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False)
        for example in doctest.DocTestFinder(exclude_empty=True).find(module):
            runner.run(example, out=report.write)
        assert not report.getvalue(), report.getvalue()
    finally:
        dynamongo.Connection.reset()


def test_every_docstring_with_a_prompt_is_run():
    """The doctests that are found are those that the sources hold."""
    prompts = sum(
        line.lstrip().startswith('>>> ')
        for path in PACKAGE.rglob('*.py')
        for line in path.read_text(encoding='utf-8').splitlines()
    )
    found = sum(
        len(example.examples)
        for name in ['dynamongo', *MODULES]
        for example in doctest.DocTestFinder().find(importlib.import_module(name))
    )
    assert found == prompts > 0


def docstring_blocks():
    """Yield the blocks of Python, prompts apart, that the docstrings of the package show."""
    opening = re.compile(r'^(\s*)(?:\.\. code-block:: (python)|(?!\.\. ).*::)$')
    for path in sorted(PACKAGE.rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                continue
            docstring = ast.get_docstring(node)
            if docstring:
                line = getattr(node, 'lineno', 1)
                blocks, _ = read_blocks(path, docstring, first_line=line, opening=opening)
                yield from (dataclasses.replace(block, language='python') for block in blocks)


@pytest.fixture
def world(lasting_client, connection):
    """What the docstrings speak of: the models ``User`` and ``Contact``, and some values."""

    class User(dynamongo.Model):
        __table__ = 'users'
        __hash_key__ = 'email'

        email = dynamongo.EmailField(required=True)
        name = dynamongo.StringField(required=True)
        year_of_birth = dynamongo.IntField()
        cities_visited = dynamongo.ListField(dynamongo.StringField)
        visits = dynamongo.IntField()
        by_name = dynamongo.GlobalIndex('name', 'year_of_birth')

    class Contact(dynamongo.Model):
        __table__ = 'contacts'
        __hash_key__ = 'user_id'
        __range_key__ = 'email'

        user_id = dynamongo.UUIDField(required=True)
        email = dynamongo.EmailField(required=True)
        created_at = dynamongo.DateTimeField()
        by_age = dynamongo.LocalIndex('created_at')

    class Order(dynamongo.Model):
        __table__ = 'orders'
        __hash_key__ = 'customer'
        __range_key__ = 'number'

        customer = dynamongo.EmailField(required=True)
        number = dynamongo.IntField(required=True)

    class Stock(dynamongo.Model):
        __table__ = 'stock'
        __hash_key__ = 'sku'

        sku = dynamongo.StringField(required=True)
        count = dynamongo.IntField()

    class Cart(dynamongo.Model):
        __table__ = 'carts'
        __hash_key__ = 'id'

        id = dynamongo.StringField(required=True)

    class Bar:
        """What the examples need of tqdm."""

        def __init__(self, total):
            self.total = total

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *error: None  # noqa: E731
        update = lambda self, number: None  # noqa: E731

    for model in (User, Contact, Order, Stock, Cart):
        model.create_table()
    Stock.save_one({'sku': 'pen', 'count': 2})
    user = User(email='john@example.com', name='John Doe')
    public = {name: getattr(dynamongo, name) for name in dynamongo.__all__}
    return {
        **public,
        '__name__': 'docstring',
        'User': User,
        'Contact': Contact,
        'Order': Order,
        'Stock': Stock,
        'Cart': Cart,
        'tqdm': Bar,
        'local_dynamodb': dynamongo.local.local_dynamodb,
        'user': user,
        'order': Order(customer='john@example.com', number=7),
        't': dynamongo.Transaction(),
        'email': 'jane@example.com',
        'read_users': lambda: [{'email': 'jane@example.com', 'name': 'Jane Doe'}],
        'emails': ['john@example.com', 'jane@example.com'],
        'users': [{'email': 'jane@example.com', 'name': 'Jane Doe'}],
        'user_id': uuid.UUID('12345678-1234-5678-1234-567812345678'),
    }


@pytest.mark.parametrize('block', list(docstring_blocks()), ids=str)
def test_docstring_example(block, world):
    """The examples in docstrings that have no prompts run as well."""
    if 'save_one' not in block.text:
        world['user'].save()
    run_python(block, world)


PUBLIC_MODULES = [
    name for name in MODULES if name.count('.') == 1 and not name.startswith('dynamongo._')
]


@pytest.mark.parametrize('name', PUBLIC_MODULES)
def test_the_reference_has_every_public_name(name):
    """Sphinx takes the names from ``__all__``, except where the page lists them."""
    module = importlib.import_module(name)
    page = (ROOT / 'docs' / 'api' / f'{name.rpartition(".")[2]}.rst').read_text(encoding='utf-8')
    assert f'.. automodule:: {name}\n' in page
    if f'.. automodule:: {name}\n   :members:\n' not in page:
        listed = re.findall(r'^(?:\.\. autoclass::|   :members:) (\w+)$', page, re.MULTILINE)
        assert set(module.__all__) <= set(listed)


def test_the_reference_has_every_method_of_models():
    """The page lists them, in an order that tells what belongs together."""
    page = (ROOT / 'docs' / 'api' / 'model.rst').read_text(encoding='utf-8')
    listed = re.findall(r'^   \.\. auto\w+:: (?:\S+\.)?(\w+)$', page, re.MULTILINE)
    assert sorted(listed) == sorted(name for name in dir(dynamongo.Model) if name[0] != '_')
