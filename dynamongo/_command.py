"""The command line, ``python -m dynamongo``: what its commands have in common."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from dynamongo import _command_tables
from dynamongo._version import __version__
from dynamongo.connection import Connection
from dynamongo.exceptions import DynamongoError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The modules of the commands. Each has a function ``add``, which adds its parser, with the
#: function that carries it out as the default of ``run``.
COMMANDS = (_command_tables,)

#: What a command returns, or :func:`main` for it.
ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    :param list arguments: those of the command line. Default: those of the process.
    :returns: the exit code: 0, or 1 where something isn't as it should be, or 2 for an error; 130
        where it is interrupted.
    """
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        # The usage is that of the subcommand.
        options.parser.error(f'unrecognized arguments: {" ".join(unknown)}')
    if '' not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    given = {
        'region': options.region,
        'profile': options.profile,
        'endpoint_url': options.endpoint_url,
        'table_prefix': options.prefix,
    }
    try:
        models = options.find(options)
        with Connection.using(**{key: value for key, value in given.items() if value is not None}):
            code: int = options.run(options, models)
            return code
    except DynamongoError as error:
        print(f'{_PROGRAM}: {error}', file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        # Whoever reads the output has gone. Python writes the rest of it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except KeyboardInterrupt:
        print(f'{_PROGRAM}: interrupted', file=sys.stderr)
        return INTERRUPTED


_PROGRAM = 'python -m dynamongo'


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, description='Work on the tables of dynamongo models.'
    )
    parser.add_argument('--version', action='version', version=f'dynamongo {__version__}')
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    for command in COMMANDS:
        command.add(commands, _connection_options())
    return parser


def _connection_options() -> argparse.ArgumentParser:
    """Return a parser of the options that say where requests go, for commands that send some."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group(
        'connection', 'What is not given comes from the modules, then from the environment.'
    )
    group.add_argument('--region', metavar='NAME', help='the AWS region')
    group.add_argument('--profile', metavar='NAME', help='a profile of the AWS configuration')
    group.add_argument('--endpoint-url', metavar='URL', help='a DynamoDB-compatible server')
    group.add_argument('--prefix', metavar='TEXT', help='what the names of all tables begin with')
    return parser
