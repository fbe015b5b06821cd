"""The models that a command is told of: modules imported, and the models in them found."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from typing import TYPE_CHECKING, Any

from dynamongo import _table_requests
from dynamongo.exceptions import DynamongoError
from dynamongo.indexes import GlobalIndex
from dynamongo.model import Model
from dynamongo.utils import is_subclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from types import ModuleType

    from dynamongo._schema import Schema
    from dynamongo.fields.base import Field


class CommandError(DynamongoError):
    """Raised when a command can't do what it is told."""


def find(names: Iterable[str]) -> list[type[Model]]:
    """Return the models that stand for the tables of some models, one for each table.

    For classes that share a table by a discriminator, that is the one that the others extend. All
    modules are imported before, since any of them may declare one of these.

    :param list names: each that of a module, or of a module and a model.
    :raises CommandError: where a name stands for none, or two models contradict each other.
    """
    places = [(_imported(module), path) for module, path in map(_split, names)]
    for module, path in places:
        if not path:
            _import_modules_of(module)
    found: dict[str, type[Model]] = {}
    for module, path in places:
        for model in [_model_at(module, path)] if path else _models_of(module):
            family = model._schema.family
            own = model if family is None else family.root.model
            _check_agree(found.setdefault(own._schema.table, own), own)
    return list(found.values())


def _split(name: str) -> tuple[str, str]:
    """Return the names of a module, and of a model in it, if one is named."""
    module, colon, path = name.partition(':')
    if not module:
        raise CommandError(f'{name!r} names no module; give MODULE, or MODULE:MODEL')
    if colon and not path:
        raise CommandError(f'{name!r} names no model; give {module} for all models of it')
    return module, path


# Modules


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # Whatever the module raises.
        text = f"can't import {name}: {type(error).__name__}: {error}"
        raise CommandError(f'{text}{_line_of(error)}{_hint(name, error)}') from error


def _import_modules_of(package: ModuleType) -> None:
    """Import the modules in a package, which may declare models, and in the packages in it."""
    for each in pkgutil.walk_packages(getattr(package, '__path__', ()), f'{package.__name__}.'):
        # To import that would be to run the program.
        if each.name.rpartition('.')[2] != '__main__':
            _imported(each.name)


def _line_of(error: BaseException) -> str:
    """Return in words which line of a module raised an error, if one did."""
    if isinstance(error, SyntaxError):  # It says so itself.
        return ''
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.name == '<module>']
    return f' ({frames[-1].filename}, line {frames[-1].lineno})' if frames else ''


def _hint(name: str, error: BaseException) -> str:
    """Return what is to be given instead of a name that is no module's, if that is clear."""
    parts = name.replace(os.sep, '/').split('/')
    missing = isinstance(error, ModuleNotFoundError) and f'{name}.'.startswith(f'{error.name}.')
    if len(parts) > 1 or (missing and name.endswith('.py')):
        if name.endswith('.py'):
            parts[-1] = parts[-1][: -len('.py')]
        return f'; give the name, {".".join(part for part in parts if part not in ("", "."))}'
    if not missing:
        return ''
    module_name, _, path = name.rpartition('.')
    while module_name:
        # What comes before the last dot has been imported.
        if is_subclass(_value_at(sys.modules.get(module_name), path), Model):
            return f'; did you mean {module_name}:{path}?'
        module_name, _, last = module_name.rpartition('.')
        path = f'{last}.{path}'
    return ''


# Models


def _value_at(module: ModuleType | None, path: str) -> Any:
    """Return what a dotted name in a module stands for, or ``None``."""
    value: Any = module
    for name in path.split('.'):
        value = getattr(value, name, None)
    return value


def _model_at(module: ModuleType, path: str) -> type[Model]:
    model: type[Model] = _value_at(module, path)
    if not is_subclass(model, Model):
        raise CommandError(f'{module.__name__} has no model {path!r}')
    model._schema.require_concrete()
    return model


def _models_of(module: ModuleType) -> list[type[Model]]:
    """Return the models that are defined in a module, or in a module in it."""
    own = [model for model in _all_models() if _is_in(model, module.__name__)]
    if own:
        return own
    values = vars(module).values()
    models = [value for value in values if is_subclass(value, Model) and not value._schema.abstract]
    hint = f'; it imports {", ".join(map(_place, models))}' if models else ''
    raise CommandError(f'{module.__name__} defines no model with a table{hint}')


def _is_in(model: type[Model], name: str) -> bool:
    return f'{model.__module__}.'.startswith(f'{name}.')


def _all_models() -> Collection[type[Model]]:
    """Return all models with a table, those too that no name leads to."""
    found: dict[tuple[str, str], type[Model]] = {}
    for model in _subclasses(Model):
        # A class that SchemaError has refused has none of its own.
        if '_schema' in vars(model) and not model._schema.abstract:
            # A class that is made anew, as when its module is reloaded, replaces the old one.
            found[_place(model), model._schema.table] = model
    return found.values()


def _subclasses(class_: type[Model]) -> Iterator[type[Model]]:
    for child in type.__subclasses__(class_):
        yield child
        yield from _subclasses(child)


def _place(model: type[Model]) -> str:
    return f'{model.__module__}:{model.__qualname__}'


def _check_agree(one: type[Model], other: type[Model]) -> None:
    """Raise where two models declare different things of one table, each of which undoes some of
    what the other one does."""
    declared, others = _declared(one._schema), _declared(other._schema)
    names = {**declared, **others}
    differing = [name for name in names if declared.get(name) != others.get(name)]
    if differing:
        raise CommandError(
            f'{_place(one)} and {_place(other)} declare different things of the table '
            f'{one._schema.table!r}: {", ".join(differing)}; let them agree, or name one of them'
        )


def _declared(schema: Schema) -> dict[str, Any]:
    """Return all that a model declares of its table, by the name of each."""
    options = schema.options
    declared: dict[str, Any] = {'key': (_table_requests.key_schema(schema), _types(schema.keys))}
    for name in sorted(options.stated):
        value = getattr(options, name.strip('_'))
        declared[name] = [getattr(value, '_key', value)]
    for index in schema.table_indexes.values():
        units: tuple[Any, Any] | None = None
        if isinstance(index, GlobalIndex):
            units = index.read_units, index.write_units
        request = _table_requests.index_of(index, units)
        declared[f'index {index.name}'] = (type(index), request, _types(index.keys))
    return declared


def _types(fields: Iterable[Field]) -> list[dict[str, Any]]:
    return [_table_requests.definition(field) for field in fields]
