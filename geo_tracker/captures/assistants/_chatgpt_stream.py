"""The messages that a stream of ChatGPT adds up to: deltas (v1) or whole snapshots, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from geo_tracker.captures.assistants._patch import Patched
from geo_tracker.captures.assistants._reading import bears_text
from geo_tracker.engines._json import Json, record, string
from geo_tracker.engines._stream import Event, is_done

HANDOFF = "stream_handoff"
"""Tells that the answer comes in a request of its own."""
QUIET = frozenset(
    {HANDOFF, "resume_conversation_token", "message_stream_complete", "message_marker", "title_generation"}
    | {"input_message", "server_ste_metadata", "conversation_detail_metadata", "moderation", "url_moderation"}
    | {"conversation_async_status", "delta_encoding", "presence"}
)
"""Frames that hold nothing of the answer."""
_BREAK = re.compile(rb"(?:\r?\n){2,}")
_DATA = re.compile(rb"^data:[ ]?(?!\[DONE\])\S", re.MULTILINE)
_PING = re.compile(rb"^event:\s*ping\s*$", re.MULTILINE)


def streamed(found: Sequence[Event]) -> tuple[list[Json], list[Json]]:
    """The messages, and the frames with text that found no place in them."""
    built: list[Patched] = []
    channels: dict[Any, Patched] = {}
    snapshots: dict[str, Json] = {}
    unused: list[Json] = []
    channel: Any = None
    for frame in found:
        data = frame.record
        channel = data["c"] if isinstance(data.get("c"), (int, str)) else channel
        if isinstance(data.get("message"), dict):
            snapshots[string(data["message"].get("id"))] = data["message"]
        elif _is_new(data):
            channels[channel] = Patched()
            built.append(channels[channel])
            built[-1].apply({"p": "", "o": "add", "v": data["v"]})
        elif "v" in data and built:
            channels.get(channel, built[-1]).apply(data)
        elif data.get("type") not in QUIET and bears_text(data):
            unused.append(data)
        elif isinstance(frame.data, str) and frame.data.startswith("{"):
            unused.append({"type": frame.name, "damaged": frame.data})
    messages = [record(record(patched.value).get("message")) for patched in built]
    return messages + list(snapshots.values()), unused


def _is_new(data: Json) -> bool:
    return isinstance(data.get("v"), dict) and "message" in data["v"] and data.get("p") in (None, "")


def is_whole(found: Sequence[Event]) -> bool:
    """Whether the stream says that it has ended."""
    return is_done(found) or any(frame.record.get("type") == "message_stream_complete" for frame in found)


def counted(body: bytes) -> list[bytes]:
    """The events of a stream that a resumption counts: all but pings, empty ones and the end mark."""
    events = (event for event in _BREAK.split(body) if _DATA.search(event) and not _PING.search(event))
    return [event + b"\n\n" for event in events]
