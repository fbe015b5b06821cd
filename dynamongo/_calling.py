"""What is said of a call whose arguments don't fit what is called."""

from __future__ import annotations

import functools
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from dynamongo._explaining import way_out
from dynamongo._foreign import ARGUMENTS, MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

F = TypeVar('F', bound='Callable[..., Any]')
T = TypeVar('T')

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def unknown_argument(
    caller: str, name: str, known: Iterable[str], foreign: Mapping[str, str]
) -> TypeError:
    """Return the error of an argument that isn't known: Python's, and what to write instead.

    :param str caller: what is called, for the message.
    :param str name: the name that is given.
    :param known: the names of the arguments that there are.
    :param foreign: names of other libraries, each with what it is here.
    """
    hint = way_out(name, foreign, known, kind='parameters')
    return TypeError(f'{caller} got an unexpected keyword argument {name!r}{hint}')


def check_names(
    caller: str, given: Iterable[str], known: Iterable[str], foreign: Mapping[str, str]
) -> None:
    """Raise where a call is given an argument that it doesn't know.

    :param str caller: what is called, for the message.
    :param given: the names of the arguments that are given by name.
    :param known: the names of those that there are.
    :param foreign: names of other libraries, each with what it is here.
    :raises TypeError: as Python would, and with what to write instead.
    """
    known = list(known)
    for name in given:
        if name not in known:
            raise unknown_argument(caller, name, known, foreign)


def explains(foreign: Mapping[str, str]) -> Callable[[F], F]:
    """Return a decorator, by which a method knows what other libraries call its arguments.

    :param foreign: their names, each with what it is here.
    """
    return functools.partial(explained, foreign=foreign)


def explains_calls(owner: type[T]) -> type[T]:
    """Let the methods of a class say what is wrong with their arguments, and what to write.

    A call that fits costs one more frame. What is private, or inherited, stays as it is, except
    for the constructor.
    """
    for name, value in list(vars(owner).items()):
        if name.startswith('_') and name != '__init__':
            continue
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if isinstance(function, FunctionType) and not hasattr(function, '__wrapped__'):
            call = explained(function, owner=owner if function is value else None)
            type.__setattr__(owner, name, call if function is value else type(value)(call))
    return owner


def explained(
    function: F, foreign: Mapping[str, str] | None = None, *, owner: type | None = None
) -> F:
    """Return a function that says what is wrong with its arguments, and what to write instead.

    :param foreign: names of other libraries, each with what it is here. Default: those that the
        methods of models have.
    :param type owner: the class whose instances have the method; ``None`` where that isn't known.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, AttributeError) as error:
            if owner is not None and not isinstance(next(iter(args), None), owner):
                wrong = _without_instance(function)
            # The function itself has raised it, or has called what did.
            elif error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            else:
                wrong = _misfit(function, args, kwargs, error, foreign)
        raise wrong

    return cast('F', call)


def _without_instance(function: Any) -> TypeError:
    name = function.__name__
    return TypeError(f'{name}() is called on an instance, not on its class; write item.{name}()')


def _misfit(
    function: Any,
    args: tuple[Any, ...],
    given: Mapping[str, Any],
    error: Exception,
    foreign: Mapping[str, str] | None,
) -> TypeError:
    """Return what is wrong with the arguments of a call that Python refuses."""
    name: str = function.__name__
    parameters = list(inspect.signature(function).parameters.values())
    first = parameters[0].name if parameters else None
    bound = first in ('self', 'cls')
    if bound:
        parameters, subject, args = parameters[1:], args[0], args[1:]
    else:
        subject = function.__qualname__.rpartition('.')[0]
    if name == '__init__':
        # An object that isn't made yet is known by its class alone.
        caller = f'{type(subject).__name__}()'
    else:
        caller = f'{_shown(subject)}.{name}()'.lstrip('.')
    called = caller[:-2].rpartition('.')[2]
    usage = f'{called}({_usage(parameters)})'
    by_position = [each.name for each in parameters if each.kind in _POSITIONAL]
    by_name = [each.name for each in parameters if each.kind in _NAMED]
    strange = [each for each in given if each not in by_name]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
    if foreign is None:
        foreign = _fitting(parameters)
    if strange and (not takes_any or strange[0] in foreign):
        unknown = strange[0]
        if unknown in by_position or not (by_name or unknown in foreign):
            message = f'{caller} takes no argument called {unknown!r}; it is called as {usage}'
            return TypeError(message)
        return unknown_argument(caller, unknown, by_name, foreign)
    takes_all = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    if len(args) > len(by_position) and not takes_all:
        hint = MANY.get(name, f'it is called as {usage}')
        count = f'{len(by_position)} argument{"" if len(by_position) == 1 else "s"}'
        taken = f'{count} without a name' if by_position else 'no argument without a name'
        return TypeError(f'{caller} takes {taken}, not {len(args)}; {hint}')
    twice = [each for each in by_position[: len(args)] if each in given]
    if twice:
        return TypeError(f'{caller} got {twice[0]!r} twice, with its name and without it')
    python = str(error).partition('() ')[2] or str(error)
    return TypeError(f'{caller} {python}; it is called as {usage}')


def _fitting(parameters: Iterable[inspect.Parameter]) -> dict[str, str]:
    """Return the names of other libraries that say something to a method with these parameters."""
    names = {'', *(each.name for each in parameters)}
    fitting: dict[str, str] = {}
    for name, hints in ARGUMENTS.items():
        for parameter, hint in hints:
            if parameter in names:
                fitting.setdefault(name, hint)
    return fitting


def _shown(subject: Any) -> str:
    """Return how a program calls what a method belongs to."""
    if isinstance(subject, str):
        return subject
    if isinstance(subject, type):
        return subject.__name__
    label = getattr(type(subject), '_label', None)
    return type(subject).__name__ if label is None else str(subject._label)


def _usage(parameters: Iterable[inspect.Parameter]) -> str:
    """Return parameters as a signature shows them, without their types."""
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return str(inspect.Signature(plain))[1:-1]
