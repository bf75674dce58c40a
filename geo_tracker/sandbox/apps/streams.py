"""How the assistants' own apps stream an answer, in the formats that public recordings show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import price_of, product
from geo_tracker.sandbox.wire.base import Json, Reply, numbered, pieces

Frame = tuple[str, Any]
"""An event's name, empty where it has none, and its data."""


def message_id(answer: SandboxAnswer) -> str:
    """A UUID that the same answer always gets."""
    written = f"{answer.prompt}{answer.asked}{answer.text}".encode()
    digest = sha256(written).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def events(frames: Sequence[Frame]) -> bytes:
    """Frames as server-sent events."""
    return Reply.of_events(frames).body


def doubao(answer: SandboxAnswer) -> bytes:
    """A block of results, then increments of the text; shop links stand in it."""
    text = _printed(answer, "[{n}]")
    results = [
        {"index": n, "text_card": {"index": n, "title": s.title, "url": s.url, "sitename": s.site}}
        for n, s in enumerate(answer.sources, 1)
    ]
    search = {"queries": list(answer.queries), "results": results}
    block = {"block_type": 10025, "content": {"search_query_result_block": search}}
    return events(
        [
            ("SSE_ACK", {"ack_client_meta": {"conversation_id": "c"}}),
            ("STREAM_MSG_NOTIFY", {"meta": {"message_id": message_id(answer)}, "content": {"content_block": [block]}}),
            *(("CHUNK_DELTA", {"text": piece}) for piece in pieces(text)),
            ("SSE_REPLY_END", {"end_type": 1}),
        ]
    )  # fmt: skip


def yuanbao(answer: SandboxAnswer) -> bytes:
    """Events; cards are a message of their own."""
    docs = [
        {
            "index": number,
            "title": source.title,
            "url": source.url,
            "sourceType": "webpage",
            "quote": source.snippet,
            "web_site_name": source.site,
            "publish_time": str(source.published or ""),
        }
        for number, source in enumerate(answer.sources, 1)
    ]
    messages: list[Json] = [{"type": "searchGuid", "title": "引用", "docs": docs, "citations": []}]
    messages += [{"type": "text", "msg": piece} for piece in pieces(_printed(answer, "[citation:{n}]"))]
    if answer.cards:
        messages.append({"type": "card", "card": {"items": goods(answer, "jump_url")}})
    return events([*(("", each) for each in messages), ("", "[DONE]")])


def kimi(answer: SandboxAnswer, id_: str = "") -> bytes:
    """Frames with their lengths; what is cited stands under its printed number."""
    pages = [
        {"title": each.title, "url": each.url, "siteName": each.site, "snippet": each.snippet}
        for each in answer.sources
    ]
    used = [{"id": f"k{n}", "base": pages[n], "refIndex": n + 1, "blockId": "b2"} for n in answer.cited]
    blocks: list[Json] = [{"id": "b1", "search": {"keywords": list(answer.queries), "webPages": pages}}]
    blocks += [{"id": "b2", "text": {"content": piece}} for piece in pieces(_printed(answer, "[^{n}^]"))]
    if answer.cards:
        blocks.append({"id": "b3", "contentViewZhidemaiCard": {"items": goods(answer, "article_url")}})
    frames: list[Json] = [{"op": "set", "message": {"id": "u1", **kimi_asked(answer.prompt)}}]
    frames.append({"op": "set", "message": {"id": id_ or message_id(answer), "role": "assistant"}})
    frames += [{"op": "append", "block": block} for block in blocks]
    frames.append({"op": "set", "message": {"refs": {"usedSearchChunks": used}}})
    return b"".join(map(framed, [*frames, {}]))


def kimi_asked(prompt: str) -> Json:
    return {"role": "user", "blocks": [{"text": {"content": prompt}}]}


def framed(frame: Json) -> bytes:
    """A frame of Connect's protocol: a flag, the length, JSON."""
    data = json.dumps(frame, ensure_ascii=False).encode()
    return b"\0" + len(data).to_bytes(4, "big") + data


def qwen(answer: SandboxAnswer) -> bytes:
    """Snapshots: each frame repeats all before it, with groups of sources."""
    text = _printed(answer, "[[source_group_web_{n}]]")
    groups = [
        {"type": f"source_group_web_{n}", "content": {"list": [{"content": {"list": [_row(s)]}}]}}
        for n, s in enumerate(answer.sources, 1)
    ]
    about = {"mime_type": "multi_load/iframe", "meta_data": {"multi_load": groups}}
    steps = [text[: len(text) // 2], text]
    frames: list[Frame] = [
        ("message", {"data": {"messages": [{**about, "content": part, "status": "processing"}]}}) for part in steps
    ]  # fmt: skip
    last = {"data": {"messages": [{**about, "content": text, "status": "complete"}]}}
    return events([*frames, ("complete", {**last, "communication": {"reqid": message_id(answer)}})])


def wenxin(answer: SandboxAnswer) -> bytes:
    """Components; the sources stand among the steps, so that shops are met on the pages that are cited."""
    rows = [{"url": s.url, "text": s.title, "abstract": s.snippet, "source": s.site} for s in answer.sources]
    steps = {"component": "thinkingSteps", "data": {"reasoningContent": "", "referenceList": rows}}
    texts = [
        {"component": "markdown-yiyan", "data": {"value": piece}} for piece in pieces(_printed(answer, "^[{n}]^"))
    ]  # fmt: skip
    parts = [_component("generating", {"generator": part}) for part in (steps, *texts)]
    return events([*(("message", part) for part in parts), ("message", _component("generate-complete", {}))])


def _component(state: str, content: Json) -> Json:
    return {"status": 0, "data": {"message": {"metaData": {"state": state}, "content": content}}}


def nano_ai(answer: SandboxAnswer) -> bytes:
    """Raw text in numbered events, then the pages."""
    rows = [{"title": s.title, "url": s.url, "snippet": s.snippet} for s in answer.sources]
    lines = [line for piece in pieces(_printed(answer, "[{n}]")) for line in _broken(piece)]
    begin = [("100", "CONVERSATIONID####c"), ("101", f"MESSAGEID####{message_id(answer)}")]
    return events([*begin, *(("200", line) for line in lines), ("103", {"references": rows}), ("", "[DONE]")])


def _broken(piece: str) -> list[str]:
    """A piece without its line breaks, which are empty events of their own."""
    first, *rest = piece.split("\n")
    lines = [first, *(part for line in rest for part in ("\n", line))]
    return [line.replace("\n", "") for line in lines if line]


def deepseek(answer: SandboxAnswer) -> bytes:
    """Patches of one message; results before the text."""
    rows = [
        {"url": s.url, "title": s.title, "snippet": s.snippet, "site_name": s.site, "cite_index": n}
        for n, s in enumerate(answer.sources, 1)
    ]
    fragments = [{"type": "SEARCH", "results": rows}, {"type": "RESPONSE", "content": ""}]
    begin = {"message_id": 2, "status": "WIP", "fragments": fragments}
    patch = {"p": "response/fragments/-1/content", "o": "APPEND"}
    texts = [{**patch, "v": piece} for piece in pieces(_printed(answer, "[citation:{n}]"))]
    end = {"p": "response/status", "o": "SET", "v": "FINISHED"}
    return events([("", each) for each in ({"v": {"response": begin}}, *texts, end)])


def chatgpt(answer: SandboxAnswer) -> bytes:
    """A message that grows; marks between private characters, and what each of them means."""
    text, references = _marks(answer)
    cards = [{**product(card), "price": price_of(card)} for card in answer.cards]
    if cards:
        mark = "\ue200products\ue202{}\ue201"
        references.append({"type": "products", "matched_text": mark, "products": cards})
        text += mark
    author = {"role": "assistant"}
    content = {"content_type": "text", "parts": [""]}
    message = {"id": message_id(answer), "author": author, "recipient": "all", "content": content}
    frames: list[Json] = [{"p": "", "o": "add", "v": {"message": message}}]
    frames += [{"p": "/message/content/parts/0", "o": "append", "v": piece} for piece in pieces(text)]
    frames.append({"p": "/message/metadata", "o": "append", "v": {"content_references": references}})
    return events([*(("delta", each) for each in frames), ("", "[DONE]")])


def _marks(answer: SandboxAnswer) -> tuple[str, list[Json]]:
    text, marks = marked(answer, numbered("\ue200cite\ue202turn0search{n}\ue201"))
    references = [
        {
            "type": "grouped_webpages",
            "matched_text": text[mark.start : mark.end],
            "start_idx": mark.start,
            "end_idx": mark.end,
            "items": [{"title": source.title, "url": source.url, "snippet": source.snippet}],
        }
        for mark in marks
        for source in [answer.sources[mark.source]]
    ]
    return text, references


def perplexity(answer: SandboxAnswer) -> bytes:
    """Blocks by what they are for; the text comes in chunks."""
    rows = [{"name": s.title, "url": s.url, "snippet": s.snippet} for s in answer.sources]
    found = {"intended_usage": "web_results", "web_result_block": {"web_results": rows}}
    about = {"query_str": answer.prompt, "uuid": message_id(answer)}
    texts = [
        {"intended_usage": "ask_text", "markdown_block": {"chunks": [piece]}}
        for piece in pieces(_printed(answer, "[{n}]"))
    ]
    end = {"status": "COMPLETED", "final_sse_message": True}
    frames = [{**about, "blocks": [block]} for block in (found, *texts)]
    return events([*(("message", each) for each in frames), ("message", {**about, **end})])


def claude(answer: SandboxAnswer) -> bytes:
    """A search, its results, text blocks with the pages that they rest on."""
    rows = [{"type": "knowledge", "title": s.title, "url": s.url, "text": s.snippet} for s in answer.sources]
    query = json.dumps({"query": (answer.queries or ("",))[0]}, ensure_ascii=False)
    blocks: list[tuple[Json, Json | None]] = [
        ({"type": "tool_use", "name": "web_search"}, {"type": "input_json_delta", "partial_json": query}),
        ({"type": "tool_result", "content": rows}, None),
    ]
    for segment in answer.segments:
        cited = [
            {"start_index": 0, "end_index": len(segment.text), "details": {"type": "web", "url": answer.sources[n].url}}
            for n in segment.sources
        ]  # fmt: skip
        begun = {"type": "text", "text": "", "citations": cited}
        blocks.append((begun, {"type": "text_delta", "text": segment.text}))
    frames: list[Json] = [{"type": "message_start", "message": {"uuid": message_id(answer), "content": []}}]
    for index, (block, delta) in enumerate(blocks):
        frames.append({"type": "content_block_start", "index": index, "content_block": block})
        frames += [{"type": "content_block_delta", "index": index, "delta": delta}] if delta else []
    frames.append({"type": "message_stop"})
    return events([(each["type"], each) for each in frames])


def gemini(answer: SandboxAnswer) -> bytes:
    """Nested arrays without names, which nobody outside reads."""
    inner = json.dumps([None, [answer.prompt], [[message_id(answer), [answer.text]]]], ensure_ascii=False)
    return b")]}'\n\n" + json.dumps([["wrb.fr", None, inner]], ensure_ascii=False).encode()


def goods(answer: SandboxAnswer, link: str) -> list[Json]:
    """The cards of an answer with their address under an app's own name."""
    return [
        {
            "title": card.title,
            "price": price_of(card),
            "mall_name": card.merchant,
            link: card.url,
            "image": card.image,
        }
        for card in answer.cards
    ]


def _printed(answer: SandboxAnswer, style: str) -> str:
    return marked(answer, numbered(style))[0]


def _row(source: Any) -> Json:
    return {"title": source.title, "url": source.url, "summary": source.snippet, "host_name": source.site}
