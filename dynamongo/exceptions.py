"""The errors that dynamongo raises.

.. code-block:: text

    DynamongoError
    ├── ValidationError                      also a ValueError
    ├── SchemaError
    ├── ExpressionError
    ├── PartialItemError
    ├── DoesNotExist                         root of every Model.DoesNotExist
    └── RequestError                         what DynamoDB or the way to it answered
        ├── ConditionalCheckFailedException
        ├── TableNotFoundError
        ├── ThrottledError
        ├── ItemTooLargeError
        ├── IncompleteReadError
        └── TransactionCanceledError

Everything under :class:`RequestError`, and :class:`DoesNotExist`, comes of a request that was sent.
Everything else is raised before anything is sent, except for the :class:`ValidationError` that
names a stored item which its model can't read.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from dynamongo.utils import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypedDict

    from typing_extensions import Unpack

    from dynamongo.model import Model
    from dynamongo.transactions import Reason

    class _Context(TypedDict, total=False):
        problems: Iterable[Problem] | None
        where: str | None


__all__ = [
    'ConditionalCheckFailedException',
    'DoesNotExist',
    'DynamongoError',
    'ExpressionError',
    'IncompleteReadError',
    'ItemTooLargeError',
    'PartialItemError',
    'RequestError',
    'SchemaError',
    'TableNotFoundError',
    'ThrottledError',
    'TransactionCanceledError',
    'ValidationError',
]

_NO_VALUE = object()


class DynamongoError(Exception):
    """Root of every error that dynamongo raises on purpose.

    See :ref:`error-DynamongoError`.

    .. versionadded:: 0.2
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take keyword-only context, which BaseException's own reduce forgets.
        return _restore_error, (type(self), self.args, self.__dict__.copy())


def _restore_error(cls: type[DynamongoError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class Problem:
    """One invalid value: where it is, what is wrong with it, and the value itself.

    :param str message: what is wrong.
    :param value: the offending value; left out where there is none to show.
    :param tuple path: names and list indexes that lead to the value.
    """

    __slots__ = ('message', 'path', 'value')

    def __init__(self, message: object, value: Any = _NO_VALUE, path: tuple[Any, ...] = ()) -> None:
        # schematics' messages are lazy text, which lacks the methods of str.
        self.message = str(message).rstrip('.')
        self.value = value
        self.path = path

    @property
    def has_value(self) -> bool:
        """Whether the problem is about a value that can be shown."""
        return self.value is not _NO_VALUE

    def within(self, *outer: Any) -> Problem:
        """Return this problem as seen from outside ``outer``."""
        return Problem(self.message, self.value, (*outer, *self.path))

    def describe(self) -> str:
        """Return the message, followed by the offending value where there is one to show."""
        if not self.has_value or self.value is None:
            return self.message
        shown = shorten(self.value)
        if isinstance(self.value, str) and shown in self.message:
            return self.message
        return f'{self.message} (got {shown})'

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.has_value:
            return _restore_problem, (self.message, self.path)
        return Problem, (self.message, portable(self.value), self.path)


def portable(value: Any) -> Any:
    """Return a value as it can be pickled: what can't be is shown as text."""
    try:
        pickle.dumps(value)
    except Exception:
        # Any error at all: a value decides itself what its pickling raises.
        return shorten(value)
    return value


def _restore_problem(message: str, path: tuple[Any, ...]) -> Problem:
    return Problem(message, path=path)


def join_path(path: Iterable[object]) -> str:
    """Return a path of names and indexes as text.

    >>> join_path(('address', 'lines', 2))
    'address.lines[2]'
    """
    text = ''
    for element in path:
        if isinstance(element, int):
            text += f'[{element}]'
        else:
            text += f'.{element}' if text else str(element)
    return text


class ValidationError(DynamongoError, ValueError):
    """Raised when a value can't be what its field declares. Nothing has been sent.

    All the problems of an item are reported together.

    :param args: the message, where a single text says it all. Custom validators may raise
        ``ValidationError('must be even')``.
    :param kwargs: ``problems`` (a list of :class:`Problem`) and ``where`` (what they belong to,
        for instance ``'User'``), used inside the library.

    See :ref:`error-ValidationError`.

    >>> error = ValidationError('must be even')
    >>> error.errors
    {'': 'must be even'}
    """

    def __init__(self, *args: object, **kwargs: Unpack[_Context]) -> None:
        #: What the problems belong to, for instance ``'User'`` or ``'User.email'``.
        self.where = kwargs.pop('where', None)
        problems = kwargs.pop('problems', None)
        if kwargs:
            raise TypeError(f'ValidationError takes problems= and where=, not {sorted(kwargs)}')
        if problems is None:
            problems = [Problem(' '.join(str(arg) for arg in args) or 'invalid value')]
        #: Every :class:`Problem`, in the order of the fields.
        self.problems = list(problems)
        super().__init__(*args)

    @property
    def errors(self) -> dict[str, str]:
        """``dict`` of path (``'address.city'``, ``'tags[2]'``) to message.

        The empty path stands for the value as a whole. Several messages about one value are joined.
        """
        errors: dict[str, str] = {}
        for problem in self.problems:
            path = join_path(problem.path)
            message = problem.describe()
            errors[path] = f'{errors[path]}; {message}' if path in errors else message
        return errors

    def _describe(self) -> str:
        lines = [f'{path}: {text}' if path else text for path, text in self.errors.items()]
        if len(lines) == 1:
            path = join_path(self.problems[0].path)
            if self.where and path and (self.where[-1].isalnum() or self.where[-1] == ']'):
                joint = '' if path.startswith('[') else '.'
                return f'{self.where}{joint}{lines[0]}'
            return f'{self.where}: {lines[0]}' if self.where else lines[0]
        if not self.where:
            return ''.join(['invalid values:', *(f'\n  {line}' for line in lines)])
        # What is at the end, such as 'User.save_many: items', is where each line begins.
        where, _, part = self.where.rpartition(': ')
        if part.isidentifier() and where:
            lines = [f'{part}{"" if line[0] == "[" else "."}{line}' for line in lines]
        else:
            where = self.where
        return ''.join(
            [f'{where} has {len(lines)} invalid values:', *(f'\n  {line}' for line in lines)]
        )

    def __str__(self) -> str:
        if self.args and not self.where:
            return ' '.join(map(str, self.args))
        return self._describe()

    def __repr__(self) -> str:
        return f'{type(self).__name__}({str(self)!r})'


class SchemaError(DynamongoError):
    """Raised while a model class is being made, when its declaration can't work.

    :param str msg: what is wrong and what to write instead.
    :param str name: the class, or class and attribute, it was found in.
    :param value: the offending value, where there is one.

    See :ref:`error-SchemaError`.

    >>> str(SchemaError('has no __table__', name='User'))
    'User has no __table__'
    """

    def __init__(self, msg: str = '', name: str | None = None, value: object = None) -> None:
        self.msg = msg
        self.name = name
        self.value = value
        text = f'{name} {msg}' if name else msg
        if value is not None:
            text = f'{text} (got {shorten(value)})'
        super().__init__(text)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {**self.__dict__, 'value': portable(self.value)}
        return _restore_error, (type(self), self.args, state)


class ExpressionError(DynamongoError):
    """Raised when a condition, an update or a strategy breaks a rule of expressions.

    :param str msg: what is wrong and what to write instead.
    :param expression: the condition, update or strategy it was found in, or the value that was
        given instead of one.

    See :ref:`error-ExpressionError`.

    >>> str(ExpressionError('keys_in() takes a list of keys', 'john'))
    "keys_in() takes a list of keys (got 'john')"
    """

    def __init__(self, msg: str, expression: object = None) -> None:
        self.msg = msg
        self.expression = expression
        if expression is not None:
            preposition = 'in' if _is_expression(expression) else 'got'
            msg = f'{msg} ({preposition} {shorten(expression)})'
        super().__init__(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        # A condition may hold lambdas of its fields, so only its text travels.
        state = {**self.__dict__, 'expression': None}
        return _restore_error, (type(self), self.args, state)


def _is_expression(value: object) -> bool:
    """Tell whether a value is a condition, an update or the like, or a list that has one."""
    parts = value if isinstance(value, (list, tuple)) else (value,)
    return any(map(_is_expressive, map(type, parts)))


def _is_expressive(cls: type) -> bool:
    package, _, module = str(cls.__module__).partition('.')
    return package == 'dynamongo' and not module.startswith('fields')


class PartialItemError(DynamongoError):
    """Raised when an instance that was read in part is asked for what it lacks.

    That is when an attribute that wasn't read is looked at, and when the instance is to be saved
    as a whole, which would erase what wasn't read.

    :param str msg: names the model, the key, and what is missing.

    See :ref:`error-PartialItemError`.

    .. versionadded:: 0.2
    """


class DoesNotExist(DynamongoError):
    """Raised by ``get_one`` when no item has the key.

    Every model has a subclass of its own: ``except User.DoesNotExist``.

    :param str msg: names the model and the key.

    See :ref:`error-DoesNotExist`.
    """


class RequestError(DynamongoError):
    """Raised when DynamoDB refuses a request, or when the request doesn't get through.

    :param str msg: what was refused, for which model and key.
    :param str code: DynamoDB's error code, for instance ``'AccessDeniedException'``, or the HTTP
        status of a reply that isn't DynamoDB's, such as ``'502'``; ``None`` where no reply came.
    :param str request_id: the id that AWS support asks for; ``None`` where no reply came.
    :param type model: the model that the request was for; ``None`` for a transaction.
    :param dict key: attribute name to value of the key that the request was about; ``None`` where
        it was about several items, or none.

    The botocore error is kept as ``__cause__``.

    See :ref:`error-RequestError`.
    """

    def __init__(
        self,
        msg: str,
        *,
        code: str | None = None,
        request_id: str | None = None,
        model: type[Model] | None = None,
        key: Any = None,
    ) -> None:
        self.code = code
        self.request_id = request_id
        self.model = model
        self.key = key
        super().__init__(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        # Models and instances of classes that are made in functions don't pickle.
        state = {
            name: list(map(portable, value)) if isinstance(value, list) else portable(value)
            for name, value in self.__dict__.items()
        }
        return _restore_error, (type(self), self.args, state)


class ConditionalCheckFailedException(RequestError):
    """Raised when a write is refused because its condition isn't met.

    For instance, ``save_one(item, overwrite=False)`` where an item has the key already, or saving
    an instance with a :class:`.VersionField` that someone else has changed since it was read.

    :param item: the instance that stood in the way, where there is one that the model can read,
        else ``None``.

    See :ref:`error-ConditionalCheckFailedException`.
    """

    def __init__(
        self,
        msg: str = 'the condition of the write is not met',
        *,
        item: Any = None,
        **context: Any,
    ) -> None:
        #: The instance that stood in the way, or ``None``.
        self.item = item
        super().__init__(msg, **context)


class TableNotFoundError(RequestError):
    """Raised when the model's table, or an index, doesn't exist. Call ``create_table()`` first.

    See :ref:`error-TableNotFoundError`.
    """


class ThrottledError(RequestError):
    """Raised when DynamoDB still throttles after all the retries. What is sent later may pass.

    See :ref:`error-ThrottledError`.
    """


class ItemTooLargeError(RequestError):
    """Raised when an item is larger than DynamoDB's 409,600 bytes.

    Also where all the items of one hash key, in a table with a :class:`.LocalIndex`, would take
    more than 10 GB, or where the request as a whole is too large.

    See :ref:`error-ItemTooLargeError`.
    """


class IncompleteReadError(RequestError):
    """Raised when a reply, or a batch, could not be read whole. No short result is returned.

    Where it is the reply to a write, the message says what is known of the write.

    :param missing: the keys that are missing, where they are known; a list of dicts.
    :param dict item: what a write has answered with and the model can't read, as it is stored:
        attribute name to value. Default: ``None``.

    See :ref:`error-IncompleteReadError`.
    """

    def __init__(
        self,
        msg: str,
        *,
        missing: Iterable[dict[str, Any]] = (),
        item: dict[str, Any] | None = None,
        **context: Any,
    ) -> None:
        self.missing = list(missing)
        self.item = item
        super().__init__(msg, **context)


class TransactionCanceledError(RequestError):
    """Raised when DynamoDB cancels a transaction. Nothing of it is written.

    :param reasons: why, as a list of :class:`~dynamongo.transactions.Reason`, one for each
        operation that failed, in the order of the transaction.

    See :ref:`error-TransactionCanceledError`.
    """

    def __init__(self, msg: str, *, reasons: Iterable[Reason] = (), **context: Any) -> None:
        self.reasons = list(reasons)
        super().__init__(msg, **context)
