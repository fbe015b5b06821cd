"""``python -m dynamongo tables``: the tables of all models of some modules."""

import argparse
import importlib

from dynamongo import _table_requests, _tables
from dynamongo._differences import headline, note
from dynamongo.exceptions import DynamongoError
from dynamongo.model import Model
from dynamongo.utils import is_subclass

IN_STEP, DIFFERENT = 0, 1

_MODULES = """\
MODULE is the name of a module that can be imported, also from the current directory, or a module
and a model of it: shop.models, or shop.models:User. Of a module, those models are taken that are
defined in it, or in a module inside it; models that it imports from elsewhere aren't. Abstract
models have no table. Where several models declare the same of one table, it is taken once.
"""

_CODES = """\
exit codes:
  0  all tables are in step, or have been made so
  1  there are differences, or (sync) some are left
  2  a module can't be imported or has no models, or DynamoDB refuses a request
"""


class CommandError(DynamongoError):
    """Raised when a command can't do what it is told."""


def add(commands, connection):
    """Add the parser of the command.

    :param commands: what it is added to.
    :param connection: the parser of the options of the connection.
    """
    tables = commands.add_parser(
        'tables', help='compare, make and mend the tables of models', description=__doc__
    )
    actions = tables.add_subparsers(metavar='ACTION', required=True)
    for name, run, text in (
        ('diff', diff, 'show how the tables differ from their models; change nothing'),
        ('create', create, 'create the tables that are missing; leave the others as they are'),
        ('sync', sync, 'create what is missing, and mend what can be mended without loss'),
    ):
        parser = actions.add_parser(
            name,
            help=text,
            description=f'{text[0].upper()}{text[1:]}.\n\n{_MODULES}',
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
        parser.set_defaults(run=run, find=_find)


# Actions


def diff(options, models):
    """Show how tables differ from their models."""
    words = ('to mend', 'left')
    return _each(models, _tables.diff, words, bool)


def sync(options, models):
    """Bring tables in step."""
    words = ('would be mended', 'left') if options.dry_run else ('mended', 'left')
    return _each(
        models,
        lambda schema: _tables.sync(schema, dry_run=options.dry_run, wait=not options.no_wait),
        words,
        lambda found: bool(found.left),
    )


def create(options, models):
    """Create the tables that are missing."""
    labels = _labels(models)
    for model, label in zip(models, labels):
        made = _tables.create(model._schema, exist_ok=True, wait=not options.no_wait)
        print(f'{label}  {"created" if made else "exists"}', flush=True)
    return IN_STEP


def _each(models, work, words, differs):
    """Show what comes of each table, and return the exit code.

    :param work: makes a TableDiff of a schema.
    :param words: what is said of a difference that is mendable, and of one that isn't.
    :param differs: tells whether a TableDiff is to be noticed by the exit code.
    """
    code = IN_STEP
    for model, label in zip(models, _labels(models)):
        found = work(model._schema)
        print('\n'.join(_lines(found, label, words)), flush=True)
        if differs(found):
            code = DIFFERENT
    return code


def _lines(found, label, words):
    yield f'{label}  {headline(found)}'
    width = max(map(len, words))
    for each in found:
        yield f'    {words[not each.mendable]:{width}}  {each}'
    if found.unavailable:
        yield f'    {note(found)}'


def _labels(models):
    """Return what the tables are called, all of one width.

    A table of which several models say different things is called by the model too.
    """
    tables = [model.table_name() for model in models]
    labels = [
        name if tables.count(name) == 1 else f'{name} ({model.__name__})'
        for name, model in zip(tables, models)
    ]
    width = max(map(len, labels))
    return [label.ljust(width) for label in labels]


# Models


def _find(options):
    """Return the models that the modules have, each table once."""
    found = {}
    for name in options.modules:
        for model in _models_of(name):
            found.setdefault(_declared(model), model)
    return list(found.values())


def _declared(model):
    """Return all that a model declares of its table, as text that is the same for equals."""
    schema = model._schema
    ttl = schema.options.ttl
    return repr(
        (
            schema.table,
            _table_requests.create_table(schema),
            None if ttl is None else ttl._key,
            schema.options.point_in_time_recovery,
            sorted(schema.options.stated),
        )
    )


def _models_of(name):
    module_name, _, model_name = name.partition(':')
    module = _imported(module_name)
    if model_name:
        model = getattr(module, model_name, None)
        if not is_subclass(model, Model):
            raise CommandError(f'{module_name} has no model {model_name!r}')
        model._schema.require_concrete()
        return [model]
    models = [
        value
        for value in vars(module).values()
        if is_subclass(value, Model) and not value._schema.abstract
    ]
    own = [model for model in models if f'{model.__module__}.'.startswith(f'{module_name}.')]
    if own:
        return own
    elsewhere = ', '.join(f'{model.__module__}:{model.__name__}' for model in models)
    hint = f'; it imports {elsewhere}' if models else ''
    raise CommandError(f'{module_name} defines no model with a table{hint}')


def _imported(name):
    try:
        return importlib.import_module(name)
    except Exception as error:  # Whatever the module raises.
        text = f"can't import {name}: {type(error).__name__}: {error}"
        raise CommandError(text) from error
