"""Discovery: what stands in a package is found by walking it, so one new thing is one new file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def classes_in(package: ModuleType, base: type[T]) -> tuple[type[T], ...]:
    """Every subclass of `base` defined in a direct module of `package`, by module name.

    Only modules of this program's own package are imported: no name from a file or a user ever comes here.
    """
    found: list[type[T]] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        found += [
            each
            for each in vars(module).values()
            if inspect.isclass(each) and issubclass(each, base) and each.__module__ == module.__name__
        ]
    return tuple(found)
