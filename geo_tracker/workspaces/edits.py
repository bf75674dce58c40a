"""How two states of a workspace differ, item by item: what edits, undo, history and conflicts are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from geo_tracker.workspaces.file import WorkspaceFile, checked

LISTS = ("topics", "attributes", "platforms", "sources", "signals", "budget", "retention")
"""Parts of a file that change as a whole; they are told among the workspace's own."""
SECTIONS = ("brands", "prompts", "panels")
KEYS = {"brands": ("name",), "prompts": ("text", "language", "country", "persona"), "panels": ("name",)}
Place = tuple[str, str]
"""Section and key: a name, or of a prompt all that tells it apart, as JSON."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is another one, new (`before` is None) or gone (`after` is None)."""

    section: str
    key: str
    before: Any
    after: Any

    @property
    def place(self) -> Place:
        return self.section, self.key

    @property
    def name(self) -> str:
        """What people call it."""
        return str(json.loads(self.key)[0]) if self.section == "prompts" else self.key

    @property
    def action(self) -> str:
        """add | change | archive"""
        return "add" if self.before is None else "archive" if self.after is None else "change"

    @property
    def back(self) -> Difference:
        """The difference that takes it back."""
        return Difference(self.section, self.key, self.after, self.before)

    def record(self) -> dict[str, Any]:
        """As it is kept in the history."""
        return asdict(self)


def items(file: WorkspaceFile) -> dict[Place, Any]:
    """Every item of a file as plain values; a section that the file does not have has none."""
    data = file.model_dump(mode="json")
    found: dict[Place, Any] = {("workspace", k): v for k, v in data["workspace"].items() if k != "slug"}
    found |= {("workspace", name): data[name] for name in LISTS if data[name] is not None}
    for section in SECTIONS:
        for item in data[section] or ():
            found[section, key_of(section, item)] = item
    return found


def key_of(section: str, item: dict[str, Any]) -> str:
    """What tells an item of a section apart."""
    names = KEYS[section]
    if len(names) == 1:
        return str(item[names[0]])
    return json.dumps([item.get(name, "") for name in names], ensure_ascii=False)


def differences(before: WorkspaceFile, after: WorkspaceFile) -> list[Difference]:
    """What `after` adds, changes and drops; of sections that it does not have nothing."""
    was, now = items(before), items(after)
    absent = [name for name in SECTIONS if getattr(after, name) is None]
    silent = [("workspace", name) for name in LISTS if getattr(after, name) is None]
    return [
        Difference(*place, was.get(place), now.get(place))
        for place in {**was, **now}
        if was.get(place) != now.get(place) and place[0] not in absent and place not in silent
    ]


def patched(file: WorkspaceFile, changes: Iterable[Difference]) -> WorkspaceFile:
    """The file with these items as they are after; raises `UsageError` where it is none any more."""
    data = file.model_dump(mode="json")
    for each in changes:
        if each.section == "workspace":
            (data if each.key in LISTS else data["workspace"])[each.key] = each.after
        else:
            data[each.section] = list(_replaced(each, data[each.section] or []))
    return checked(data)


def _replaced(change: Difference, found: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The items of a section in their order, a new one last."""
    there = False
    for item in found:
        if key_of(change.section, item) != change.key:
            yield item
        else:
            there = True
            if change.after is not None:
                yield change.after
    if not there and change.after is not None:
        yield change.after
