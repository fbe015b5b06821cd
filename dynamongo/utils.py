"""Small helpers that the rest of the library, and its users, share."""

from __future__ import annotations

import decimal
import inspect
import itertools
import reprlib
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import TypeGuard

    from dynamongo._annotations import KeyType

__all__ = ['is_empty', 'is_subclass', 'key_proto', 'merge_deep', 'non_empty_values']

_T = TypeVar('_T')
_K = TypeVar('_K')


class _Repr(reprlib.Repr):
    """Cuts long values short, and leaves the keys of dicts in their order."""

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        shown = [
            f'{self.repr1(key, level - 1)}: {self.repr1(item, level - 1)}'
            for key, item in itertools.islice(x.items(), self.maxdict)
        ]
        more = ['...'] if len(x) > self.maxdict else []
        return f'{{{", ".join(shown + more)}}}' if level > 0 else '{...}'


_repr = _Repr()
_repr.maxstring = _repr.maxother = 120
_repr.maxlist = _repr.maxtuple = _repr.maxdict = _repr.maxset = 8

#: The types of values that are bytes.
BYTES = (bytes, bytearray, memoryview)

_ATTRIBUTE_TYPES: dict[Any, KeyType] = {
    str: 'S',
    int: 'N',
    float: 'N',
    decimal.Decimal: 'N',
    bytes: 'B',
}


def is_empty(value: object) -> bool:
    """Tell whether a value counts as nothing.

    :param value: anything.
    :returns: ``True`` for ``None`` and for the empty string, else ``False``. Zero, ``False``, and
        empty lists and dicts are values.
    :rtype: bool

    >>> [is_empty(value) for value in (None, '', 0, [], 'x')]
    [True, True, False, False, False]
    """
    return value is None or (isinstance(value, str) and value == '')


def non_empty_values(d: dict[_K, Any]) -> dict[_K, Any]:
    """Return a copy of a dict without its empty values, and the same for the dicts inside it.

    Lists are kept as they are, with whatever they hold.

    :param dict d: the dict to copy.
    :rtype: dict

    >>> non_empty_values({'a': '', 'b': {'c': None, 'd': 1}, 'e': ['', None]})
    {'b': {'d': 1}, 'e': ['', None]}
    """
    return {
        key: non_empty_values(value) if isinstance(value, dict) else value
        for key, value in d.items()
        if not is_empty(value)
    }


def merge_deep(destination: dict[_K, Any], source: dict[_K, Any]) -> dict[_K, Any]:
    """Return ``destination`` with ``source`` laid over it, dicts within dicts included.

    Neither argument is changed.

    :param dict destination: what to start from, for instance defaults.
    :param dict source: what wins.
    :rtype: dict

    >>> merge_deep({'a': {'b': 1, 'c': 2}}, {'a': {'c': 3}})
    {'a': {'b': 1, 'c': 3}}
    """
    merged = dict(destination)
    for key, value in source.items():
        current = merged.get(key)
        if isinstance(current, dict) and isinstance(value, dict):
            merged[key] = merge_deep(current, value)
        else:
            merged[key] = value
    return merged


def is_subclass(value: object, class_: type | tuple[type, ...]) -> bool:
    """Tell whether ``value`` is a class that derives from ``class_``.

    Unlike the builtin, it answers ``False`` where ``value`` is no class at all.

    :param value: anything.
    :param type class_: a class, or a tuple of classes.
    :rtype: bool

    >>> is_subclass(bool, int), is_subclass(3, int)
    (True, False)
    """
    return inspect.isclass(value) and issubclass(value, class_)


def key_proto(attr: Any) -> KeyType:
    """Return DynamoDB's attribute type for a key.

    :param attr: a field, a field class, or a Python type.
    :returns: ``'S'`` for strings, ``'N'`` for numbers, ``'B'`` for bytes.
    :raises ValueError: where the values of ``attr`` can't be a key. DynamoDB takes strings, numbers
        and binary there (`Naming rules and data types
        <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>`_).

    >>> key_proto(str), key_proto(int)
    ('S', 'N')
    """
    primitive = attr if attr in _PYTHON_TYPES else getattr(attr, 'primitive_type', None)
    try:
        return _ATTRIBUTE_TYPES[primitive]
    except (KeyError, TypeError):
        name = attr.__name__ if inspect.isclass(attr) else type(attr).__name__
        raise ValueError(
            f"{name} can't be a key: DynamoDB takes strings, numbers and binary there"
        ) from None


class _IdentitySet(tuple[object, ...]):
    """A tuple whose membership test never calls ``==``, which fields overload."""

    __slots__ = ()

    def __contains__(self, value: object) -> bool:
        return any(value is member for member in self)


_PYTHON_TYPES = _IdentitySet(_ATTRIBUTE_TYPES)


def chunks(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield lists of at most ``size`` values, in order.

    >>> list(chunks(range(5), 2))
    [[0, 1], [2, 3], [4]]
    """
    iterator = iter(values)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def is_count(value: object) -> TypeGuard[int]:
    """Tell whether a value is an ``int`` of at least 1, and no ``bool``.

    >>> is_count(1), is_count(0), is_count(True)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def is_iterable(value: object) -> bool:
    """Tell whether a value can be iterated over.

    >>> is_iterable([]), is_iterable(1)
    (True, False)
    """
    # Fields and expressions have an `__iter__` that is None.
    return getattr(value, '__iter__', None) is not None


def in_sequence(values: Iterable[_T]) -> list[_T]:
    """Return values as a list, in an order that is the same in every process.

    Sets of text are iterated in another order by each.

    >>> in_sequence({'b', 'a'})
    ['a', 'b']
    """
    return sorted(values, key=repr) if isinstance(values, (set, frozenset)) else list(values)


def utf8(text: str) -> bytes:
    """Return text as bytes that sort as DynamoDB sorts it, whatever the text holds."""
    return text.encode('utf-8', 'surrogatepass')


def in_words(names: Iterable[str]) -> str:
    """Return names as they are listed in a sentence.

    >>> in_words(['a', 'b', 'c'])
    'a, b and c'
    """
    *first, last = names
    return f'{", ".join(first)} and {last}' if first else last


def with_article(class_: type) -> str:
    """Return the name of a class with its article.

    >>> with_article(int), with_article(str)
    ('an int', 'a str')
    """
    # The U of names such as UUIDField is spoken like that of unit.
    name = class_.__name__
    return f'{"an" if name[:1].upper() in "AEIO" else "a"} {name}'


def shorten(value: object) -> str:
    """Return the ``repr`` of a value, cut to a length that fits an error message."""
    try:
        return _repr.repr(value)
    except ValueError:  # Python refuses to print ints of more than some thousand digits.
        return f'{type(value).__name__} too long to show'


class lazy(Generic[_T]):
    """A property that is found out when it is first asked for, and then kept in the instance.

    Unlike :class:`functools.cached_property` before Python 3.12, it takes no lock, which a process
    made by ``fork`` might find taken. Two threads may find it out, and come to the same.
    """

    def __init__(self, find: Callable[[Any], _T]) -> None:
        self.find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> lazy[_T]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> _T: ...

    def __get__(self, instance: object, owner: type | None = None) -> lazy[_T] | _T:
        if instance is None:
            return self
        value = self.find(instance)
        kept: _T = instance.__dict__.setdefault(self.name, value)
        return kept


def logger() -> logging.Logger:
    """Return the logger of the package. Few programs get to it, so it is imported when they do."""
    import logging

    return logging.getLogger('dynamongo')
