"""The message that DeepSeek's stream of patches adds up to."""

from __future__ import annotations

from typing import Any

from geo_tracker.captures.assistants._patch import GROWING, _at, _keys, _put
from geo_tracker.engines._json import Json, record, records, string

Path = tuple[str, ...]
LAST_TEXT: Path = ("fragments", "-1", "content")
READ = frozenset(
    {
        "fragments",
        "content",
        "thinking_content",
        "search_results",
        "references",
        "tips",
        "status",
        "quasi_status",
    }
)
"""Parts of a message that are read, or known to hold nothing of the answer."""
REMOVING = frozenset({"REMOVE", "DELETE"})


class Message:
    """A message and its patches `{p: path, o: APPEND | SET | ADD | BATCH | REMOVE, v: value}`.

    Paths count from the message, with or without `response/` before them. A bare text continues the text that grew
    last, whatever was set since; of a fragment that was just added that is its content. A bare list of patches counts
    from where the last batch did. Patches with a text that lead nowhere are kept in `unused`.
    """

    def __init__(self) -> None:
        self.value: Json = {}
        self.unused: list[Json] = []
        self._base: Path = ()
        self._growing: Path | None = None

    def apply(self, patch: Json, base: Path = ()) -> None:
        """Apply one patch of the stream, or of a batch under a path."""
        value, path = patch.get("v"), string(patch.get("p"))
        operation = string(patch.get("o")).upper()
        if operation == "BATCH" or (operation in ("", "SET") and _is_batch(value)):
            self._base = self._place(base, path) if path else base or self._base
            for part in records(value):
                self.apply(part, self._base)
        elif path and (place := self._place(base, path)):
            self._change(place, operation, value, patch)
        elif isinstance(value, dict):
            self._snapshot(value, patch)
        elif isinstance(value, list):
            self._change(("fragments",), "APPEND", value, patch)
        elif isinstance(value, str):
            self._change(self._continued(), "APPEND", value, patch)

    def _place(self, base: Path, path: str) -> Path:
        keys = _keys(path)
        place = keys[1:] if keys[:1] == ("response",) else base + keys
        return LAST_TEXT if place == ("content",) and self.value.get("fragments") else place

    def _continued(self) -> Path:
        return self._growing or (LAST_TEXT if self.value.get("fragments") else ("content",))

    def _snapshot(self, value: Json, patch: Json) -> None:
        """The whole message so far; it replaces what is known of it."""
        message = value.get("response") if "response" in value else value
        if isinstance(message, dict) and {"fragments", "content", "message_id"} & set(message):
            self.value, self._growing = message, None
        elif _text_in(value):
            self.unused.append(patch)

    def _change(self, place: Path, operation: str, value: Any, patch: Json) -> None:
        if place in (("fragments",), ("fragments", "-")) and operation != "SET":
            self.value["fragments"] = _added(self.value.get("fragments"), value, operation)
            self._growing = LAST_TEXT
            return
        parent = _at(self.value, place[:-1])
        if parent is None or (isinstance(parent, list) and place[-1] == "-1" and not parent):
            if _text_in(value):
                self.unused.append(patch)
        elif operation in REMOVING:
            if isinstance(parent, dict):
                parent.pop(place[-1], None)
        else:
            if place[0] not in READ and (operation == "APPEND" or place[-1] in GROWING) and _text_in(value):
                self.unused.append(patch)
            grows = place[-1] in GROWING and isinstance(value, str)
            _put(parent, place[-1], value, append=operation == "APPEND" or (grows and operation != "SET"))
            self._growing = place if grows else self._growing


def _added(known: Any, value: Any, operation: str) -> list[Any]:
    """The fragments with more of them; without an operation one that comes again replaces itself."""
    fragments, new = records(known or []), records(value)
    if not operation:
        again = [fragment["id"] for fragment in new if "id" in fragment]
        fragments = [fragment for fragment in fragments if fragment.get("id") not in again]
    return [*fragments, *new]


def _is_batch(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all("p" in record(part) and "v" in record(part) for part in value)
    )


def _text_in(value: Any) -> bool:
    """Whether an object or a list has words that a reader may have seen."""
    if isinstance(value, dict):
        return any(_text_in(value.get(key)) for key in ("content", "text", "fragments", "response"))
    return any(map(_text_in, value)) if isinstance(value, list) else bool(string(value).strip())
