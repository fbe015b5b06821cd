"""The places of the package that make errors, and which of them are reached."""

import ast
import contextlib
import fnmatch
import pathlib
import sys
import threading
from typing import NamedTuple

import dynamongo
from dynamongo import exceptions

PACKAGE = pathlib.Path(dynamongo.__file__).parent

#: What makes an error, or a part of one, wherever it is raised.
CLASSES = {'Problem', 'CommandError', *exceptions.__all__} - {'DoesNotExist'}

#: Functions that make, raise or log something with the words that they are given.
HELPERS = {
    '_fail',
    '_invalid',
    '_not_a_number',
    '_refusal',
    '_refuse',
    '_unfit',
    'damaged',
    'does_not_exist',
    'logger',
    'never',
}


class Site(NamedTuple):
    """A ``raise`` with a new error, or a call that makes one."""

    module: str
    function: str
    text: str
    first: int
    last: int

    def __str__(self):
        return f'{self.module}:{self.first} {self.function}: {self.text[:150]}'


def _name_of(function):
    return getattr(function, 'id', None) or getattr(function, 'attr', None)


def _makes_an_error(node):
    if isinstance(node, ast.Raise):
        # What raises again an error that is there makes no words.
        error = node.exc
        return isinstance(error, ast.Call) or (
            isinstance(error, ast.Name) and error.id[0].isupper()
        )
    return isinstance(node, ast.Call) and _name_of(node.func) in CLASSES | HELPERS


def _sites_in(node, module, functions=()):
    for child in ast.iter_child_nodes(node):
        if _makes_an_error(child):
            function = '.'.join(functions)
            yield Site(module, function, ast.unparse(child), child.lineno, child.end_lineno)
        elif isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield from _sites_in(child, module, (*functions, child.name))
        else:
            yield from _sites_in(child, module, functions)


def all_sites():
    """Return all sites of the package, a list for each file."""
    sites = {}
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE).with_suffix('').parts
        module = '.'.join(part for part in parts if part != '__init__')
        sites[str(path)] = list(_sites_in(ast.parse(path.read_text()), module))
    return sites


class Reached:
    """Watches which sites are reached, in this thread and in those that begin meanwhile.

    What is raised, and caught on the way to the user, is reached as well: its words are in the
    error that the user gets.
    """

    def __init__(self):
        self.by_file = all_sites()
        self.sites = set()

    def __iter__(self):
        return (site for sites in self.by_file.values() for site in sites)

    @contextlib.contextmanager
    def watching(self):
        before = sys.gettrace()
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)
        try:
            yield
        finally:
            sys.settrace(before)
            threading.settrace(None)

    def note(self, error):
        """Note where an error that has been caught comes from."""
        seen = []
        while error is not None and error not in seen:
            seen.append(error)
            traceback = error.__traceback__
            while traceback is not None:
                self._note(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
                traceback = traceback.tb_next
            error = error.__cause__ or error.__context__

    def _note(self, file, line):
        for site in self.by_file.get(file, ()):
            if site.first <= line <= site.last:
                self.sites.add(site)

    def _on_call(self, frame, event, arg):
        code = frame.f_code
        if code.co_filename not in self.by_file:
            return None
        if code.co_name in HELPERS or code.co_filename == exceptions.__file__:
            self._note(frame.f_back.f_code.co_filename, frame.f_back.f_lineno)
        frame.f_trace_lines = False
        return self._on_exception

    def _on_exception(self, frame, event, arg):
        if event == 'exception':
            self._note(frame.f_code.co_filename, frame.f_lineno)
        return self._on_exception


class Pattern(NamedTuple):
    """Stands for sites: the module and function, ``*`` for any, and a part of the text."""

    module: str
    function: str = '*'
    text: str = ''

    def means(self, site):
        return (
            fnmatch.fnmatchcase(site.module, self.module)
            and fnmatch.fnmatchcase(site.function, self.function)
            and self.text in site.text
        )
