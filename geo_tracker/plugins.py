"""Find plug-ins: subclasses in the modules of a package and in installed entry points."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol, TypeVar


class Named(Protocol):
    """What can be found: a class with a name of its own."""

    name: ClassVar[str]


T = TypeVar("T", bound=Named)


def discover(package: str, group: str, base: type[T]) -> list[type[T]]:
    """Concrete subclasses of `base` defined in modules of `package` or named by entry points of `group`.

    In order of their `name`; a class without a name of its own is a base of others, and a module whose name starts
    with an underscore is not looked into.
    """
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"{package}.{info.name}")
            own = [cls for cls in vars(module).values() if getattr(cls, "__module__", "") == module.__name__]
            found |= {cls.name: cls for cls in own if _concrete(cls, base)}
    for entry in entry_points(group=group):
        cls = entry.load()
        found[cls.name] = cls
    return [found[name] for name in sorted(found)]


def _concrete(cls: Any, base: type[Named]) -> bool:
    return (
        inspect.isclass(cls) and issubclass(cls, base) and "name" in vars(cls) and not inspect.isabstract(cls)
    )
