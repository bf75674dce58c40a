"""Replies of a judge that were paid for: the same question to the same model is asked once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from geo_tracker.config import Settings
from geo_tracker.engines.base import Engine


@dataclass
class Replies:
    """A file with a line a reply, added as soon as it is there: what was stopped goes on from it."""

    path: Path | None
    _known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path | None) -> Replies:
        """Read a file; without one nothing is kept beyond the run."""
        replies = cls(path)
        if path and path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue  # torn where a run was stopped: its question is asked again
                if (
                    isinstance(row, dict)
                    and isinstance(row.get("key"), str)
                    and isinstance(row.get("reply"), str)
                ):
                    replies._known[row["key"]] = row["reply"]
        return replies

    def get(self, key: str) -> str | None:
        return self._known.get(key)

    def add(self, key: str, reply: str) -> None:
        self._known[key] = reply
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # The line break comes first: the line before may be torn.
                file.write("\n" + json.dumps({"key": key, "reply": reply}, ensure_ascii=False))


def key_of(engine: Engine, settings: Settings, question: str) -> str:
    """What makes a question the same: who is asked, where, which model, in what words. No key is part of it."""
    access = settings.access(engine)
    return sha256(json.dumps([engine.name, access.base_url, access.model, question]).encode()).hexdigest()
