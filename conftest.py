"""Loads dynamongo's plugin where the sources are tested without having been installed."""

from importlib.metadata import distributions

_INSTALLED = any(
    point.group == 'pytest11' and point.value == 'dynamongo_pytest'
    for distribution in distributions()
    for point in distribution.entry_points
)

pytest_plugins = [] if _INSTALLED else ['dynamongo_pytest']
