"""The shape of Anthropic's Messages API with server-side web search, which DeepSeek speaks too."""

from __future__ import annotations

import html
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._dates import published
from geo_tracker.engines._json import Json, integer, loads, object_at, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._paragraphs import paragraph
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines._usage import added
from geo_tracker.engines.base import (
    Access,
    Asking,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Search,
    Span,
)

TURNS = 5
"""How often a paused turn is continued before the answer is taken as it stands."""

_THOUGHTS = ("thinking", "redacted_thinking")
_TEXTS = ("text", "fallback")
"""A model that takes over from one that declined goes on in the middle of its sentence."""
_TOOLS = "tool_search"


class MessagesEngine(OneRequest):
    """Blocks in order: searches, their results, text; a text block's citations cover that whole block."""

    holders = ("content",)
    max_tokens = 4096

    @abstractmethod
    def tool(self, prompt: Prompt) -> Json:
        """The web search tool as this engine wants it declared."""

    @abstractmethod
    def call(self, access: Access, payload: Json) -> EngineRequest:
        """The HTTP request of a payload."""

    def payload(self, prompt: Prompt, access: Access) -> Json:
        return {
            "model": access.model or self.default_model,
            "max_tokens": self.max_tokens,
            "messages": [{"role": "user", "content": prompt.text}],
            "tools": [self.tool(prompt)],
        }

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        return self.call(access, self.payload(prompt, access))

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        """A paused turn is sent back as it came; the answer is all turns together."""
        payload = self.payload(prompt, access)
        turns: list[Json] = []
        while not turns or (turns[-1].get("stop_reason") == "pause_turn" and len(turns) < TURNS):
            if turns:
                said_so_far = [block for turn in turns for block in records(turn.get("content"))]
                question = payload["messages"][:1]
                payload = {**payload, "messages": [*question, {"role": "assistant", "content": said_so_far}]}
            response = yield self.call(access, payload)
            turns.append(self.received(response, access))
        return self.answer(_one(turns), access)

    def merge(self, events: Sequence[Event]) -> Json:
        return merge(events)

    def read(self, document: Json) -> ParsedAnswer:
        blocks = records(document.get("content") or [])
        searches = [block for block in blocks if _is_search(block)]
        results = [block for block in blocks if _is_result(block)]
        retrieved = _retrieved(results)
        text, cited = _text_and_citations(blocks, {row.url: row.title for row in retrieved})
        if document.get("stop_reason") == "refusal" and not text.strip():
            raise EngineError(ErrorKind.REFUSED, "the model declined to answer")
        usage = record(document.get("usage"))
        return ParsedAnswer(
            text=text,
            citations=merged([*cited, *retrieved, *_opened(blocks)]),
            queries=tuple(query for block in searches for query in _queries(record(block.get("input")))),
            search=_searched(results, cited, usage),
            model=_served(document, blocks),
            finish_reason=said(document.get("stop_reason")),
            usage=usage,
            unknown_blocks=tuple(block for block in blocks if not _is_known(block)),
        )


def _one(turns: Sequence[Json]) -> Json:
    content = [block for turn in turns for block in records(turn.get("content"))]
    usage = added(record(turn.get("usage")) for turn in turns)
    return {**turns[-1], "content": content, "usage": usage}


def _queries(given: Json) -> tuple[str, ...]:
    alone = said(given.get("query"))
    return (alone,) if alone else strings(given.get("queries"))


def _is_search(block: Json) -> bool:
    """Whether the block asks the web; `tool_search` looks through the caller's own list of tools."""
    name = string(block.get("name"))
    return block.get("type") == "server_tool_use" and "search" in name and not name.startswith(_TOOLS)


def _is_result(block: Json) -> bool:
    kind = string(block.get("type"))
    return kind.endswith("search_tool_result") and not kind.startswith(_TOOLS)


def _is_known(block: Json) -> bool:
    kind = string(block.get("type"))
    fetched = kind.endswith(("search_tool_result", "fetch_tool_result"))
    used = kind == "server_tool_use" and any(
        word in string(block.get("name")) for word in ("search", "fetch")
    )
    return kind in _TEXTS or kind in _THOUGHTS or fetched or used


def _served(document: Json, blocks: Iterable[Json]) -> str | None:
    """The model that wrote the end of the answer: a `fallback` block says where another one took over."""
    taken_over = [said(record(b.get("to")).get("model")) for b in blocks if b.get("type") == "fallback"]
    return next(filter(None, reversed(taken_over)), said(document.get("model")))


def _text_and_citations(
    blocks: Iterable[Json], titles: Mapping[str, str | None]
) -> tuple[str, list[ParsedCitation]]:
    """Neighbours join without a separator: they split sentences. Across a tool's call begins a new paragraph.

    A citation may leave its title to the result.
    """
    text, cited, apart = "", list[ParsedCitation](), False
    for block in blocks:
        if block.get("type") not in _TEXTS:
            apart = True
            continue
        words = string(block.get("text"))
        text += paragraph(text, words) if apart and words else ""
        apart = apart and not words
        start, text = len(text), text + words
        spans = ((start, len(text)),) if text[start:].strip() else ()
        notes = (note for note in records(block.get("citations") or []) if said(note.get("url")))
        cited += [_cited(note, titles.get(note["url"]), spans) for note in notes]
    return text, cited


def _cited(note: Json, title: str | None, spans: tuple[Span, ...]) -> ParsedCitation:
    excerpt = said(note.get("cited_text"))
    snippet = html.unescape(excerpt) if excerpt else None
    return ParsedCitation(note["url"], title=said(note.get("title")) or title, snippet=snippet, spans=spans)


def _retrieved(results: Iterable[Json]) -> list[ParsedCitation]:
    return [
        ParsedCitation(
            string(row.get("url")),
            "retrieved",
            title=said(row.get("title")),
            site=said(row.get("site_name")),
            published=published(row.get("page_age"), row.get("published_at")),
            snippet=said(row.get("snippet")),
        )
        for block in results
        for row in records(block.get("content"))
        if said(row.get("url"))
    ]


def _opened(blocks: Iterable[Json]) -> list[ParsedCitation]:
    fetched = (
        record(b.get("content")) for b in blocks if string(b.get("type")).endswith("fetch_tool_result")
    )
    return [ParsedCitation(page["url"], "opened") for page in fetched if said(page.get("url"))]


def _searched(results: Sequence[Json], cited: Sequence[ParsedCitation], usage: Json) -> Search:
    """Whether a search gave results; raises `EngineError(NO_SEARCH)` if every one failed and nothing is cited."""
    errors = [code for block in results if (code := said(record(block.get("content")).get("error_code")))]
    if results and len(errors) == len(results) and not cited:
        raise EngineError(ErrorKind.NO_SEARCH, f"the web search failed: {errors[0]}")
    counted = integer(object_at(usage, "server_tool_use").get("web_search_requests"))
    return "yes" if results or counted or cited else "no"


def merge(events: Sequence[Event]) -> Json:
    """One message from its events; raises `CutOff` if it does not reach `message_stop`.

    A stream that begins anew, as after a lost connection, says everything again.
    """
    message: Json = {}
    blocks: dict[int, Json] = {}
    for event in events:
        data = event.record
        kind = data.get("type") or event.name
        index = integer(data.get("index")) or 0
        if kind == "error":
            return {"error": record(data.get("error")) or data}
        if kind == "message_start":
            message, blocks = dict(record(data.get("message"))), {}
        elif kind == "content_block_start":
            blocks[index] = dict(record(data.get("content_block")))
        elif kind == "content_block_delta":
            _apply(blocks.setdefault(index, {"type": "text"}), record(data.get("delta")))
        elif kind == "message_delta":
            # the final usage supersedes the one the stream opened with
            usage = {**record(message.get("usage")), **record(data.get("usage"))}
            message = {**message, **record(data.get("delta")), "usage": usage}
        elif kind == "message_stop":
            return _with_blocks(message, blocks)
    raise cut_off(_with_blocks(message, blocks))


def _with_blocks(message: Json, blocks: Mapping[int, Json]) -> Json:
    return {**message, "content": [_finished(blocks[index]) for index in sorted(blocks)]}


def _apply(block: Json, delta: Json) -> None:
    if delta.get("type") == "text_delta":
        block["text"] = string(block.get("text")) + string(delta.get("text"))
    elif delta.get("type") == "citations_delta":
        block["citations"] = [*records(block.get("citations") or []), record(delta.get("citation"))]
    elif delta.get("type") == "input_json_delta":
        block["partial"] = string(block.get("partial")) + string(delta.get("partial_json"))


def _finished(block: Json) -> Json:
    """The block with its input, which streams send as pieces of JSON text."""
    written = block.pop("partial", "")
    try:
        return {**block, "input": loads(written)} if written.strip() else block
    except EngineError:  # the model wrote it, or the stream stops in it; the answer does not depend on it
        return block
