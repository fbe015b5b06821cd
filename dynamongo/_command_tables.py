"""``python -m dynamongo tables``: the tables of all models of some modules."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dynamongo import _command_models, _tables
from dynamongo._differences import headline, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dynamongo._differences import TableDiff
    from dynamongo._schema import Schema
    from dynamongo.model import Model

IN_STEP, DIFFERENT = 0, 1

_MODULES = """\
MODULE is the name of a module that can be imported, also from the current directory, or a module
and a model of it: shop.models, shop.models:User, or shop.models:Outer.Inner. Of a module, those
models are taken that are defined in it; models that it imports from elsewhere aren't. Of a package,
all modules in it are imported, __main__ apart, and the models of all are taken. Abstract models
have no table. Classes that share a table by __discriminator__ are one table; other models of one
table must declare the same of it.
"""

_EXPIRES = """
Nothing is deleted by it. But once a new TTL is set, DynamoDB deletes every item whose time has
passed: look at --dry-run first.
"""

_CODES = """\
exit codes:
  0  all tables are in step, or have been made so
  1  there are differences, or (sync) some are left
  2  a module can't be imported or has no models, models contradict each other, or DynamoDB
     refuses a request
"""


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    connection: argparse.ArgumentParser,
) -> None:
    """Add the parser of the command.

    :param commands: what it is added to.
    :param connection: the parser of the options of the connection.
    """
    tables = commands.add_parser(
        'tables', help='compare, make and mend the tables of models', description=__doc__
    )
    actions = tables.add_subparsers(metavar='ACTION', required=True)
    for name, run, text, extra in (
        ('diff', diff, 'show how the tables differ from their models; change nothing', ''),
        ('create', create, 'create the tables that are missing; leave the others as they are', ''),
        ('sync', sync, 'create what is missing, and mend what can be mended', _EXPIRES),
    ):
        parser = actions.add_parser(
            name,
            help=text,
            description=f'{text[0].upper()}{text[1:]}.\n{extra}\n{_MODULES}',
            epilog=_CODES,
            parents=[connection],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument('modules', metavar='MODULE', nargs='+', help='see above')
        if name == 'sync':
            parser.add_argument(
                '--dry-run', action='store_true', help='change nothing, and show what would be done'
            )
        if name != 'diff':
            parser.add_argument(
                '--no-wait', action='store_true', help="don't wait until the tables are ready"
            )
        parser.set_defaults(run=run, find=_find, parser=parser)


def _find(options: argparse.Namespace) -> list[type[Model]]:
    return _command_models.find(options.modules)


# Actions


def diff(options: argparse.Namespace, models: Sequence[type[Model]]) -> int:
    """Show how tables differ from their models."""
    return _each(models, _tables.diff, bool)


def sync(options: argparse.Namespace, models: Sequence[type[Model]]) -> int:
    """Bring tables in step."""
    return _each(
        models,
        lambda schema: _tables.sync(schema, dry_run=options.dry_run, wait=not options.no_wait),
        lambda found: bool(found.left),
    )


def create(options: argparse.Namespace, models: Sequence[type[Model]]) -> int:
    """Create the tables that are missing."""
    labels = _labels(models)
    for model, label in zip(models, labels):
        made = _tables.create(model._schema, exist_ok=True, wait=not options.no_wait)
        print(f'{label}  {"created" if made else "exists"}', flush=True)
        if made and options.no_wait:
            for what in _tables.afterwards(model._schema):
                print(f'    left  {what}: not set yet; call sync', flush=True)
    return IN_STEP


def _each(
    models: Sequence[type[Model]],
    work: Callable[[Schema], TableDiff],
    differs: Callable[[TableDiff], bool],
) -> int:
    """Show what comes of each table, and return the exit code.

    :param work: makes a TableDiff of a schema.
    :param differs: tells whether a TableDiff is to be noticed by the exit code.
    """
    code = IN_STEP
    for model, label in zip(models, _labels(models)):
        found = work(model._schema)
        shown = (f'{label}  {headline(found)}', *(f'    {line}' for line in lines(found)))
        print('\n'.join(shown), flush=True)
        if differs(found):
            code = DIFFERENT
    return code


def _labels(models: Sequence[type[Model]]) -> list[str]:
    """Return what the tables are called, all of one width."""
    tables = [model.table_name() for model in models]
    width = max(map(len, tables))
    return [table.ljust(width) for table in tables]
