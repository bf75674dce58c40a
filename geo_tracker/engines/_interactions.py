"""The shape of Google's Interactions API: steps instead of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo_tracker.engines._json import Json, integer, object_at, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._paragraphs import paragraph
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ParsedCitation, Span

_CITATIONS = ("url_citation", "place_citation")
_KNOWN = (
    *("thought", "user_input", "model_output", "google_search_call", "google_search_result"),
    *("url_context_call", "url_context_result", "google_maps_call", "google_maps_result"),
)


def merge(events: Sequence[Event]) -> Json:
    """The finished interaction; raises `CutOff` if the stream does not come to it."""
    for event in reversed(events):
        found = record(event.record.get("interaction")) or event.record
        if event.record.get("event_type") == "error" or "error" in event.record:
            return {"error": event.record.get("error")}
        if event.record.get("event_type") == "interaction.completed" or "steps" in event.record:
            return found if "steps" in found else {**found, "steps": _steps(events)}
    begun = next((found for event in events if (found := record(event.record.get("interaction")))), {})
    raise cut_off({**begun, "steps": _steps(events)})


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
    text, cited, unread = _outputs(step for step in steps if step.get("type") == "model_output")
    return ParsedAnswer(
        text=text,
        citations=merged([*cited, *_opened(steps)]),
        queries=tuple(q for call in calls for q in strings(object_at(call, "arguments").get("queries"))),
        search="yes" if calls or cited else "no",
        model=said(document.get("model")),
        finish_reason=said(document.get("status")),
        usage=record(document.get("usage")),
        unknown_blocks=(*unread, *(step for step in steps if step.get("type") not in _KNOWN)),
    )


def _outputs(steps: Iterable[Json]) -> tuple[str, list[ParsedCitation], list[Json]]:
    """Text, citations and notes of unknown kinds; a note's span must cover something that is not blank."""
    text, cited, unread = "", list[ParsedCitation](), list[Json]()
    for number, piece in ((n, p) for step in steps for n, p in enumerate(records(step.get("content") or []))):
        words = string(piece.get("text"))
        text += paragraph(text, words) if number == 0 else ""
        start, text = len(text), text + words
        for note in records(piece.get("annotations") or []):
            if note.get("type") in _CITATIONS and said(note.get("url")):
                title = said(note.get("title"), note.get("name"))
                cited.append(ParsedCitation(note["url"], title=title, spans=_byte_span(words, note, start)))
            else:
                unread.append(note)
    return text, cited, unread


def _opened(steps: Iterable[Json]) -> list[ParsedCitation]:
    """The pages that the model read itself."""
    results = [step for step in steps if step.get("type") == "url_context_result"]
    pages = [page for step in results for page in records(step.get("result") or []) if said(page.get("url"))]
    return [
        ParsedCitation(page["url"], "opened") for page in pages if page.get("status") in (None, "success")
    ]


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
