"""Whether an answer was written to its end, by the reason that its engine or app gives for stopping."""

from __future__ import annotations

from dataclasses import replace

from geo_tracker.engines._stream import cut_off
from geo_tracker.engines.base import ParsedAnswer

_OUT_OF_ROOM = ("length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded")
_FILTERED = (
    *("content_filter", "sensitive", "safety", "refusal", "recitation"),
    *("blocklist", "prohibited_content", "spii", "image_safety"),
)
_NOT_DONE = (
    *("incomplete", "in_progress", "queued", "pending", "wip", "null", "unfinished", "generating"),
    *("cancelled", "canceled", "interrupted", "aborted", "finished_partial_completion"),
)
_WAITS_FOR_A_TOOL = (
    *("tool_calls", "tool_use", "function_call", "requires_action", "pause_turn"),
    *("max_tool_calls", "too_many_tool_calls", "malformed_function_call", "unexpected_tool_call"),
)
_BROKE = ("error", "network_error", "insufficient_system_resource", "other")
CUT = frozenset((*_OUT_OF_ROOM, *_FILTERED, *_NOT_DONE, *_WAITS_FOR_A_TOOL, *_BROKE))
"""In lower case; collected from the vendors' documents and SDKs up to 2026-11. A reason that is not here is an end."""


def is_cut(reason: str | None) -> bool:
    """Whether an answer that stopped for this reason stops before its end."""
    return reason is not None and reason.strip().lower() in CUT


def ended(answer: ParsedAnswer, *, whole: bool = True) -> ParsedAnswer:
    """The answer, marked as cut where its own finish reason says so, or its stream, which is not `whole`.

    Raises `EngineError` where a stream stopped before the first word.
    """
    if not whole and not answer.text.strip():
        raise cut_off()
    return replace(answer, cut=answer.cut or not whole or is_cut(answer.finish_reason))
