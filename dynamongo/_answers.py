"""The items with which writes of many items answer, and the hooks that come after them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dynamongo import _hooks, _loading
from dynamongo._results import BatchResult, Outcomes, accounting
from dynamongo.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from dynamongo._results import Broken
    from dynamongo.model import Model

    _R = TypeVar('_R', bound=BatchResult[Any])

_M = TypeVar('_M', bound='Model')


class Answers(Generic[_M]):
    """The items with which writes answer, each read once, in the thread of the caller.

    :param list names: what tells the writes from each other.
    :param list instances: what is known of their items beforehand.
    """

    def __init__(self, model: type[_M], names: Iterable[Hashable], instances: Iterable[_M]) -> None:
        self._model = model
        self._pairs = list(zip(names, instances))
        #: Name to the instance that the hooks before the write are about.
        self.subjects: dict[Hashable, _M] = {}
        for name, instance in self._pairs:
            self.subjects.setdefault(name, instance)
        self.outcomes = Outcomes()
        self._read: dict[Hashable, _M | None] = {}

    def result(self, broken: Broken | None = None) -> BatchResult[_M]:
        """Return the account of the writes.

        :param Broken broken: what broke them off.
        """
        result: BatchResult[_M] = BatchResult()
        for name, instance in self._pairs:
            attributes, error = self.outcomes.of(name, broken)
            if attributes is not None and name not in self._read:
                self._load(name, attributes, ValidationError if broken is None else Exception)
            item = self._read.get(name)
            result._add(instance if item is None else item, error)
        return result

    def _load(self, name: Hashable, attributes: Any, ignored: type[Exception]) -> None:
        # The write is done, also where the model can't read the item or a hook raises.
        self._read[name] = None
        with contextlib.suppress(ignored):
            self._read[name] = _loading.load(self._model, attributes)

    def written(self) -> Iterator[_M]:
        """Yield the instances of what has been written."""
        for name, instance in self.subjects.items():
            _, error = self.outcomes.of(name)
            if error is None:
                item = self._read.get(name)
                yield instance if item is None else item


def announced(result: _R, instances: Iterable[Model], hook: str) -> _R:
    """Call a hook of each instance, and return the result, which whatever is raised carries."""
    with accounting(lambda broken: result):
        for instance in instances:
            _hooks.run(instance, hook)
    return result
