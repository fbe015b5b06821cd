"""The items with which writes of many items answer, and the hooks that come after them."""

import contextlib

from dynamongo import _hooks, _loading
from dynamongo._results import BatchResult, Outcomes, accounting
from dynamongo.exceptions import ValidationError


class Answers:
    """The items with which writes answer, each read once, in the thread of the caller.

    :param list names: what tells the writes from each other.
    :param list instances: what is known of their items beforehand.
    """

    def __init__(self, model, names, instances):
        self._model = model
        self._pairs = list(zip(names, instances))
        #: Name to the instance that the hooks before the write are about.
        self.subjects = {}
        for name, instance in self._pairs:
            self.subjects.setdefault(name, instance)
        self.outcomes = Outcomes()
        self._read = {}

    def result(self, broken=None):
        """Return the account of the writes.

        :param Broken broken: what broke them off.
        """
        result = BatchResult()
        for name, instance in self._pairs:
            attributes, error = self.outcomes.of(name, broken)
            if attributes is not None and name not in self._read:
                self._load(name, attributes, ValidationError if broken is None else Exception)
            item = self._read.get(name)
            result._add(instance if item is None else item, error)
        return result

    def _load(self, name, attributes, ignored):
        # The write is done, also where the model can't read the item or a hook raises.
        self._read[name] = None
        with contextlib.suppress(ignored):
            self._read[name] = _loading.load(self._model, attributes)

    def written(self):
        """Yield the instances of what has been written."""
        for name, instance in self.subjects.items():
            _, error = self.outcomes.of(name)
            if error is None:
                item = self._read.get(name)
                yield instance if item is None else item


def announced(result, instances, hook):
    """Call a hook of each instance, and return the result, which whatever is raised carries."""
    with accounting(lambda broken: result):
        for instance in instances:
            _hooks.run(instance, hook)
    return result
