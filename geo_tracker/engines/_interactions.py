"""The shape of Google's Interactions API: steps instead of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo_tracker.engines._json import Json, integer, object_at, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ParsedCitation, Span


def merge(events: Sequence[Event]) -> Json:
    """The finished interaction; raises `EngineError` if the stream is cut off."""
    for event in reversed(events):
        found = record(event.record.get("interaction")) or event.record
        if event.record.get("event_type") == "error" or "error" in event.record:
            return {"error": event.record.get("error")}
        if event.record.get("event_type") == "interaction.completed" or "steps" in event.record:
            return found if "steps" in found else {**found, "steps": _steps(events)}
    raise cut_off()


def _steps(events: Iterable[Event]) -> list[Json]:
    """The steps that the events build up: text deltas appended, annotations collected."""
    steps: dict[int, Json] = {}
    for event in events:
        data = event.record
        index = integer(data.get("index")) or 0
        if data.get("event_type") == "step.start":
            steps[index] = dict(record(data.get("step")))
        elif data.get("event_type") == "step.delta":
            _apply(steps.setdefault(index, {"type": "model_output"}), record(data.get("delta")))
    return [steps[index] for index in sorted(steps)]


def _apply(step: Json, delta: Json) -> None:
    if step.get("type") != "model_output":
        step.update({key: value for key, value in delta.items() if key != "type"})
        return
    content = records(step.get("content") or []) or [{"type": "text", "text": ""}]
    content[-1]["text"] = string(content[-1].get("text")) + string(delta.get("text"))
    notes = [*records(content[-1].get("annotations") or []), *records(delta.get("annotations") or [])]
    content[-1]["annotations"] = notes
    step["content"] = content


def read(document: Json) -> ParsedAnswer:
    """The answer; `model_output` may stand before the searches it is made from."""
    if document.get("status") == "failed":
        raise EngineError(ErrorKind.TRANSIENT, "the interaction failed")
    steps = records(document.get("steps"))
    calls = [step for step in steps if step.get("type") == "google_search_call"]
    text, cited = _outputs(step for step in steps if step.get("type") == "model_output")
    known = ("thought", "user_input", "google_search_call", "google_search_result", "model_output")
    return ParsedAnswer(
        text=text,
        citations=merged(cited),
        queries=tuple(q for call in calls for q in strings(object_at(call, "arguments").get("queries"))),
        search="yes" if calls or cited else "no",
        model=said(document.get("model")),
        finish_reason=said(document.get("status")),
        usage=record(document.get("usage")),
        unknown_blocks=tuple(step for step in steps if step.get("type") not in known),
    )


def _outputs(steps: Iterable[Json]) -> tuple[str, list[ParsedCitation]]:
    """Text and citations; an annotation's span must cover something that is not blank."""
    text, cited = "", list[ParsedCitation]()
    for piece in (piece for step in steps for piece in records(step.get("content") or [])):
        start, words = len(text), string(piece.get("text"))
        text += words
        for note in records(piece.get("annotations") or []):
            if note.get("type") == "url_citation":
                spans = _byte_span(words, note, start)
                cited.append(
                    ParsedCitation(string(note.get("url")), title=said(note.get("title")), spans=spans)
                )
    return text, cited


def _byte_span(words: str, note: Json, offset: int) -> tuple[Span, ...]:
    """Bytes as the vendor documents; nothing repeats the sentence here, so only whole characters check it."""
    start, end = integer(note.get("start_index")) or 0, integer(note.get("end_index"))
    raw = words.encode()
    if end is None or not 0 <= start < end <= len(raw):
        return ()
    try:
        first, last = len(raw[:start].decode()), len(raw[:end].decode())
    except UnicodeDecodeError:
        return ()
    return ((offset + first, offset + last),) if words[first:last].strip() else ()
