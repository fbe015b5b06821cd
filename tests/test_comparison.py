"""The page that compares dynamongo with other mappers: its tables, and where they lead."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / 'docs'
PAGE = DOCS / 'comparison.rst'

HEADER = ['', 'dynamongo', 'PynamoDB', 'bloop', 'dyntastic', 'dynamorm']

ROLE = re.compile(r':(?P<role>[\w:]+):`(?:[^`<]*<)?(?P<target>[^`<>]+)>?`')
LABEL = re.compile(r'^\.\. _([^:]+):\s*$', re.MULTILINE)
NOTE = re.compile(r'\[#(\w+)\]')


def read_tables(text):
    """Return for each list-table its rows, each a list of the texts of its cells."""
    tables = []
    for line in text.splitlines():
        if line.startswith('.. list-table::'):
            tables.append([])
        elif tables and re.match(r'    \* -', line):
            tables[-1].append([line[7:].strip()])
        elif tables and re.match(r'      -( |$)', line):
            tables[-1][-1].append(line[7:].strip())
        elif tables and tables[-1] and line.startswith('        '):
            tables[-1][-1][-1] += f' {line.strip()}'
    return tables


TEXT = PAGE.read_text(encoding='utf-8')
TABLES = read_tables(TEXT)
ROWS = [row for table in TABLES for row in table[1:]]
LABELS = {label for page in DOCS.rglob('*.rst') for label in LABEL.findall(page.read_text('utf-8'))}
LINKS = sorted({(match['role'], match['target']) for match in ROLE.finditer(TEXT)})


def named(row):
    return re.sub(r'\W+', '-', row[0]).strip('-')


def test_there_is_a_table_for_each_group():
    groups = re.findall(r'^(.+)\n-+\n\n\.\. list-table::', TEXT, re.MULTILINE)
    assert len(TABLES) == len(groups) == TEXT.count('.. list-table::') >= 8
    assert all(len(table) > 3 for table in TABLES)


@pytest.mark.parametrize('table', TABLES, ids=range(len(TABLES)))
def test_each_table_has_the_same_columns(table):
    assert table[0] == HEADER


@pytest.mark.parametrize('row', ROWS, ids=named)
def test_a_row_answers_for_each_mapper(row):
    assert len(row) == len(HEADER)
    assert all(row)


@pytest.mark.parametrize('row', ROWS, ids=named)
def test_what_is_said_of_dynamongo_is_a_link_and_nothing_else(row):
    assert ROLE.fullmatch(row[1])


def test_no_row_is_given_twice():
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(('role', 'target'), LINKS, ids=[target for _, target in LINKS])
def test_a_link_leads_somewhere(role, target):
    if role == 'ref':
        assert target in LABELS
    elif role == 'doc':
        assert (DOCS / f'{target}.rst').is_file()
    else:
        # Objects are looked up by Sphinx, which knows them all.
        assert role in {'meth', 'func', 'class'}
        assert target.startswith('~dynamongo.')


def test_every_note_is_there_and_used():
    written = re.findall(r'^\.\. \[#(\w+)\]', TEXT, re.MULTILINE)
    used = {name for row in ROWS for cell in row for name in NOTE.findall(cell)}
    assert len(written) == len(set(written))
    assert set(written) == used


@pytest.mark.parametrize(
    'label', [label for label in LABEL.findall(TEXT) if label.startswith('comparison-')]
)
def test_what_dynamongo_does_not_do_is_a_row_that_says_no(label):
    (cell,) = [row[1] for row in ROWS if f'<{label}>' in row[1]]
    assert cell == f':ref:`no <{label}>`'
