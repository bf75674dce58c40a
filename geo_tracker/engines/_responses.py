"""The shape of OpenAI's Responses API, which Ark, xAI and Perplexity's Agent API share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from re import Pattern
from typing import Any, ClassVar

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._dates import published
from geo_tracker.engines._json import Json, integer, loads, record, records, said, string, strings
from geo_tracker.engines._markers import merged, resolved
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


def with_web_search(document: Json, markers: Pattern[str] | None = None) -> ParsedAnswer:
    """An answer with the sources that it cites and those that its web searches found; `markers` stand in its text."""
    parts, calls = answer_parts(document), items_of(document, "web_search_call")
    cited = url_citations(parts, is_link)
    found = resolved(whole_text(parts), merged(cited), markers) if markers else cited
    return completed(
        document,
        parts,
        "web_search_call",
        citations=merged([*found, *visited(calls)]),
        queries=queries_of(calls),
        search=searched(calls, cited),
    )


def merge(events: Sequence[Event]) -> Json:
    """The final response of a stream; raises `CutOff` if it does not come to one."""
    for event in reversed(events):
        kind = event.record.get("type") or event.name
        if kind == "error":
            return {"error": record(event.record.get("error")) or event.record}
        if kind in _FINAL:
            final = record(event.record.get("response"))
            if error := record(final.get("error")) or record(event.record.get("error")):
                return {**final, "error": error}
            return final if final.get("output") else {**final, "output": _items(events)}
    begun = next((found for event in events if (found := record(event.record.get("response")))), {})
    raise cut_off({**begun, "output": _items(events)})


def _items(events: Sequence[Event]) -> list[Json]:
    """The finished items, and the messages that deltas began and no finished item repeats, in order."""
    done = [event.record for event in events if event.record.get("type") == "response.output_item.done"]
    items = [(_place(event), record(event.get("item"))) for event in done]
    repeated = {place for place, item in items if item.get("type") == "message"}
    # a delta that does not say of which item it is can be any finished one's
    open_ends = [event for event in events if not repeated or "output_index" in event.record]
    items += [(place, item) for place, item in _written(open_ends).items() if place not in repeated]
    return [item for _, item in sorted(items, key=itemgetter(0))]


def _place(event: Json) -> int:
    return integer(event.get("output_index")) or 0


def _written(events: Iterable[Event]) -> dict[int, Json]:
    """The messages that deltas add up to, by their place in the output."""
    messages: dict[int, Json] = {}
    pieces: dict[tuple[int, int], Json] = {}
    for data in (event.record for event in events):
        kind, place = data.get("type"), _place(data)
        item = record(data.get("item"))
        if kind == "response.output_item.added" and item.get("type") == "message":
            messages[place] = {**item, "content": []}
        if kind in ("response.output_text.delta", "response.output_text.annotation.added"):
            key = (place, integer(data.get("content_index")) or 0)
            piece = pieces.setdefault(key, {"type": "output_text", "text": "", "annotations": []})
            piece["text"] += string(data.get("delta"))
            piece["annotations"] += records(data.get("annotation"))
    for place, index in sorted(pieces):
        message = messages.setdefault(place, {"type": "message", "content": []})
        message["content"].append(pieces[place, index])
    return messages


def answer_parts(document: Json) -> list[Part]:
    """The text pieces in order, messages a blank line apart; what the model says to itself meanwhile is left out.

    Raises `EngineError(REFUSED)` where the model declines, or a filter let no word through.
    """
    parts: list[Part] = []
    end = 0
    for message in items_of(document, "message"):
        end += 2 if end else 0
        for piece in _shown(message):
            if piece.get("type") == "refusal":
                raise EngineError(ErrorKind.REFUSED, string(piece.get("refusal"))[:300] or "refused")
            text = string(piece.get("text"))
            parts.append(Part(end, text, records(piece.get("annotations"))))
            end += len(text)
    if not end and finish_reason(document) == "content_filter":
        raise EngineError(ErrorKind.REFUSED, "the content filter stopped the answer")
    return parts


def _shown(message: Json) -> list[Json]:
    """The pieces of a message; newer models send notes on their work as messages of the phase `commentary`."""
    return [] if message.get("phase") == "commentary" else records(message.get("content"))


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
