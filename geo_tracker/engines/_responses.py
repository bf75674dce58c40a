"""The shape of OpenAI's Responses API, which Ark, xAI and Perplexity's Agent API share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._dates import published
from geo_tracker.engines._json import Json, integer, loads, record, records, said, string, strings
from geo_tracker.engines._spans import Check, checked
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ParsedCitation, Search, Span

_FINAL = ("response.completed", "response.incomplete", "response.failed")


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the answer text: where it starts in the whole, and its annotations."""

    start: int
    text: str
    annotations: Sequence[Json]

    def span(self, annotation: Json, check: Check) -> tuple[Span, ...]:
        """The annotation's span in the whole text, empty if the text does not bear it out."""
        found = checked(self.text, annotation.get("start_index"), annotation.get("end_index"), check)
        return tuple((start + self.start, end + self.start) for start, end in found)


class ResponsesEngine(OneRequest):
    """An engine that streams as the Responses API does."""

    holders: ClassVar[tuple[str, ...]] = ("output",)

    def merge(self, events: Sequence[Event]) -> Json:
        return merge(events)


def completed(document: Json, parts: Sequence[Part], *known: str, **found: Any) -> ParsedAnswer:
    """An answer with what every response says of itself; `known` are the item types that the engine reads."""
    return ParsedAnswer(
        whole_text(parts),
        model=said(document.get("model")),
        finish_reason=finish_reason(document),
        usage=record(document.get("usage")),
        **{"unknown_blocks": unknown_blocks(document, parts, *known), **found},
    )


def merge(events: Sequence[Event]) -> Json:
    """The final response of a stream; raises `EngineError` if the stream is cut off."""
    for event in reversed(events):
        kind = event.record.get("type") or event.name
        if kind == "error":
            return {"error": record(event.record.get("error")) or event.record}
        if kind in _FINAL:
            final = record(event.record.get("response"))
            if error := record(final.get("error")) or record(event.record.get("error")):
                return {**final, "error": error}
            return final if final.get("output") else {**final, "output": _items(events)}
    raise cut_off()


def _items(events: Sequence[Event]) -> list[Json]:
    done = [event.record for event in events if event.record.get("type") == "response.output_item.done"]
    done.sort(key=lambda event: integer(event.get("output_index")) or 0)
    items = [record(event.get("item")) for event in done]
    return items if items_of({"output": items}, "message") else [*items, *_written(events)]


def _written(events: Iterable[Event]) -> list[Json]:
    """The message that deltas add up to, in a stream that never repeats it whole; nothing if there is none."""
    pieces: dict[tuple[int, int], Json] = {}
    for data in (event.record for event in events):
        kind = data.get("type")
        if kind not in ("response.output_text.delta", "response.output_text.annotation.added"):
            continue
        place = (integer(data.get("output_index")) or 0, integer(data.get("content_index")) or 0)
        piece = pieces.setdefault(place, {"type": "output_text", "text": "", "annotations": []})
        piece["text"] += string(data.get("delta"))
        piece["annotations"] += records(data.get("annotation"))
    content = [pieces[place] for place in sorted(pieces)]
    return [{"type": "message", "content": content}] if content else []


def answer_parts(document: Json) -> list[Part]:
    """The text pieces in order, messages a blank line apart.

    Raises `EngineError(REFUSED)` where the model declined or a filter stopped it.
    """
    if record(document.get("incomplete_details")).get("reason") == "content_filter":
        raise EngineError(ErrorKind.REFUSED, "the content filter stopped the answer")
    parts: list[Part] = []
    end = 0
    for number, message in enumerate(items_of(document, "message")):
        end += 2 if number and end else 0
        for piece in records(message.get("content")):
            if piece.get("type") == "refusal":
                raise EngineError(ErrorKind.REFUSED, string(piece.get("refusal"))[:300] or "refused")
            text = string(piece.get("text"))
            parts.append(Part(end, text, records(piece.get("annotations"))))
            end += len(text)
    return parts


def whole_text(parts: Iterable[Part]) -> str:
    """The answer text that the parts' offsets index."""
    text = ""
    for part in parts:
        text += "\n" * (part.start - len(text)) + part.text
    return text


def items_of(document: Json, *types: str) -> list[Json]:
    """The output items of these types."""
    return [item for item in records(document.get("output")) if item.get("type") in types]


def unknown_blocks(document: Json, parts: Iterable[Part], *known: str) -> tuple[Json, ...]:
    """The output items and annotations of types that the caller does not know."""
    kinds = ("message", "reasoning", *known)
    items = [item for item in records(document.get("output")) if item.get("type") not in kinds]
    notes = [note for part in parts for note in part.annotations if note.get("type") != "url_citation"]
    return (*items, *notes)


def url_citations(parts: Iterable[Part], check: Check) -> list[ParsedCitation]:
    """One `cited` record per annotation, in text order."""
    return [
        ParsedCitation(
            string(note.get("url")),
            title=said(note.get("title")),
            site=said(note.get("site_name")),
            published=published(note.get("publish_time")),
            snippet=said(note.get("summary")),
            spans=part.span(note, check),
        )
        for part in parts
        for note in part.annotations
        if note.get("type") == "url_citation"
    ]


def action_of(call: Json) -> Json:
    """What a search call did: its `action`, or in older bodies its `arguments`, a JSON string."""
    action = record(call.get("action"))
    if action or not said(call.get("arguments")):
        return action
    try:
        arguments = record(loads(call["arguments"]))
    except EngineError:  # the model wrote the arguments; the answer does not depend on them
        return {}
    return {"type": "search" if said(arguments.get("query")) else "open_page", **arguments}


def queries_of(calls: Iterable[Json]) -> tuple[str, ...]:
    """The engine's own search queries in order."""
    found: list[str] = []
    for action in map(action_of, calls):
        query = said(action.get("query"))
        found += strings(action.get("queries")) or ([query] if query else [])
    return tuple(found)


def visited(calls: Iterable[Json]) -> list[ParsedCitation]:
    """The `retrieved` sources of searches and the pages that were `opened`."""
    found: list[ParsedCitation] = []
    for action in map(action_of, calls):
        sources = (source for source in records(action.get("sources")) if said(source.get("url")))
        found += [ParsedCitation(s["url"], "retrieved", title=said(s.get("title"))) for s in sources]
        if action.get("type") != "search" and said(action.get("url")):
            found.append(ParsedCitation(action["url"], "opened"))
    return found


def searched(calls: Sequence[Json], cited: Sequence[ParsedCitation] = ()) -> Search:
    """Whether a search ran: one is shown, or what it found is; raises `EngineError(NO_SEARCH)` if every one failed."""
    if calls and all(call.get("status") == "failed" for call in calls):
        raise EngineError(ErrorKind.NO_SEARCH, "the web search failed")
    return "yes" if calls or cited else "no"


def finish_reason(document: Json) -> str | None:
    """Why the answer ended: the reason of an incomplete one, else the status."""
    return said(record(document.get("incomplete_details")).get("reason"), document.get("status"))


def is_link(text: str) -> bool:
    """Whether a slice is a markdown link, with or without brackets round it."""
    return text.removeprefix("(").startswith("[") and text.endswith(")")
