"""Documents that a stream builds by patches: `{p: path, o: operation, v: value}`, as DeepSeek and ChatGPT send."""

from __future__ import annotations

from typing import Any

from geo_tracker.engines._json import Json, records, string

MAX_LIST = 10_000
GROWING = frozenset({"content", "thinking_content", "text"})
"""Names of texts that a patch without an operation continues."""


class Patched:
    """A document and its patches; path and operation stay in force until the next patch names others."""

    def __init__(self, value: Any = None) -> None:
        self.value: Any = value if value is not None else {}
        self._path: tuple[str, ...] = ()
        self._operation: str | None = None

    def apply(self, patch: Json) -> None:
        """Apply one patch; one that leads nowhere is ignored, as the app does."""
        named = isinstance(patch.get("p"), str)
        if named:
            self._path = _keys(patch["p"])
        if named or isinstance(patch.get("o"), str):
            self._operation = string(patch.get("o")).lower() or None
        usual = _usual(self._path) if named else "append"
        self._change(self._path, self._operation or usual, patch.get("v"))

    def _change(self, path: tuple[str, ...], operation: str, value: Any) -> None:
        if operation in ("batch", "patch"):
            for patch in records(value):
                operation_of = string(patch.get("o")).lower() or _usual(_keys(string(patch.get("p"))))
                self._change(path + _keys(string(patch.get("p"))), operation_of, patch.get("v"))
        elif not path:
            self.value = joined(self.value, value) if operation == "append" else value
        elif (parent := _at(self.value, path[:-1])) is not None:
            _put(parent, path[-1], value, append=operation == "append")


def _usual(path: tuple[str, ...]) -> str:
    return "append" if path and path[-1] in GROWING else "set"


def _keys(path: str) -> tuple[str, ...]:
    return tuple(key for key in path.split("/") if key)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """The container under a path; missing objects on the way are made."""
    for key in path:
        if isinstance(value, dict):
            value = value.setdefault(key, {})
        elif isinstance(value, list) and (place := _place(value, key)) is not None:
            value = value[place]
        else:
            return None
    return value


def _place(items: list[Any], key: str) -> int | None:
    number = int(key) if key.lstrip("-").isdecimal() and len(key) < 7 else None
    return number if number is not None and -len(items) <= number < len(items) else None


def _put(parent: Any, key: str, value: Any, *, append: bool) -> None:
    if isinstance(parent, dict):
        parent[key] = joined(parent.get(key), value) if append else value
    elif isinstance(parent, list) and (place := _place(parent, key)) is not None:
        parent[place] = joined(parent[place], value) if append else value
    elif isinstance(parent, list) and len(parent) < MAX_LIST:
        parent.append(value)


def joined(old: Any, new: Any) -> Any:
    """What two pieces make together: texts, lists and objects grow, anything else is replaced."""
    if isinstance(old, str) and isinstance(new, str):
        return old + new
    if isinstance(old, list):
        return [*old, *(new if isinstance(new, list) else [new])]
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **new}
    return new
