"""What someone would have captured from the assistants' own apps: files in the formats that `import` reads."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import price_of
from geo_tracker.sandbox.wire._pages import spoken
from geo_tracker.sandbox.wire.base import numbered, pieces

Json = dict[str, Any]


class Seen(NamedTuple):
    """An answer as it stood in an app."""

    at: datetime
    answer: SandboxAnswer


class App(NamedTuple):
    """An assistant's own app: how it answers, and how its answers were captured."""

    file: str
    engine: str
    """The assistant's name once imported."""
    surface: str
    profile: str
    written: Callable[[Sequence[Seen]], str]

    def capture(self, engine: AnswerEngine, prompts: Sequence[str], times: Sequence[datetime]) -> str:
        """A file with the answers to all prompts at all times (timezone-aware): those of the day that they show."""
        return self.written(
            [
                Seen(at, spoken(engine.answer(self.profile, prompt, at.date(), 1)))
                for at in times
                for prompt in prompts
            ]
        )


def apps_of(language: str) -> tuple[App, ...]:
    """The apps that are used in a language's market."""
    return _APPS.get(language, ())


def _rows(seen: Sequence[Seen]) -> str:
    """JSON Lines, as someone who reads answers off a phone would keep them."""
    return "".join(f"{json.dumps(_row(each), ensure_ascii=False)}\n" for each in seen)


def _row(seen: Seen) -> Json:
    answer = seen.answer
    text, marks = marked(answer, numbered("[{n}]"))
    cited = answer.cited
    sources = [
        {
            "url": source.url,
            "title": source.title,
            "site": source.site,
            "ordinal": number + 1,
            "role": "cited" if number in cited else "retrieved",
            "spans": [[mark.start, mark.end] for mark in marks if mark.source == number],
        }
        for number, source in enumerate(answer.sources)
    ]
    return {
        "prompt": answer.prompt,
        "engine": "豆包",
        "surface": "app",
        "language": answer.language,
        "asked_at": seen.at.isoformat(),
        "text": text,
        "citations": sources,
    }


def _recording(entry: Callable[[Seen], Json]) -> Callable[[Sequence[Seen]], str]:
    """A browser's recording with one exchange per answer."""

    def written(seen: Sequence[Seen]) -> str:
        log = {"version": "1.2", "creator": {"name": "geo-tracker sandbox", "version": "1"}}
        entries = [{"startedDateTime": each.at.isoformat(), **entry(each)} for each in seen]
        return json.dumps({"log": {**log, "entries": entries}}, ensure_ascii=False)

    return written


def _exchange(url: str, asked: Json, content: Json) -> Json:
    body = {"mimeType": "application/json", "text": json.dumps(asked, ensure_ascii=False)}
    content = {"mimeType": "text/event-stream", **content}
    return {
        "request": {"method": "POST", "url": url, "postData": body},
        "response": {"status": 200, "content": content},
    }


def _yuanbao(seen: Seen) -> Json:
    """Events; cards are a message of their own."""
    answer = seen.answer
    text, _marks = marked(answer, numbered("[citation:{n}]"))
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
    messages += [{"type": "text", "msg": piece} for piece in pieces(text)]
    if answer.cards:
        messages.append({"type": "card", "card": {"items": _goods(answer, "jump_url")}})
    frames = [*(json.dumps(each, ensure_ascii=False) for each in messages), "[DONE]"]
    asked = {"model": "gpt_175B_0404", "prompt": answer.prompt, "plugin": "Adaptive"}
    body = {"text": "".join(f"data: {frame}\n\n" for frame in frames)}
    return _exchange("https://yuanbao.tencent.com/api/chat/sandbox", asked, body)


def _kimi(seen: Seen) -> Json:
    """Frames with their lengths; what is cited stands under its printed number."""
    answer = seen.answer
    text, _marks = marked(answer, numbered("[^{n}^]"))
    pages = [
        {"title": each.title, "url": each.url, "siteName": each.site, "snippet": each.snippet}
        for each in answer.sources
    ]
    used = [{"id": f"k{n}", "base": pages[n], "refIndex": n + 1, "blockId": "b2"} for n in answer.cited]
    blocks: list[Json] = [{"id": "b1", "search": {"keywords": list(answer.queries), "webPages": pages}}]
    blocks += [{"id": "b2", "text": {"content": piece}} for piece in pieces(text)]
    if answer.cards:
        blocks.append({"id": "b3", "contentViewZhidemaiCard": {"items": _goods(answer, "article_url")}})
    asked = {"role": "user", "blocks": [{"text": {"content": answer.prompt}}]}
    frames: list[Json] = [{"op": "set", "message": {"id": "u1", **asked}}]
    frames.append({"op": "set", "message": {"id": _id(seen), "role": "assistant"}})
    frames += [{"op": "append", "block": block} for block in blocks]
    frames.append({"op": "set", "message": {"refs": {"usedSearchChunks": used}}})
    body = b"".join(map(_framed, [*frames, {}]))
    url = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService/Chat"
    return _exchange(url, {"message": asked}, {"encoding": "base64", "text": b64encode(body).decode()})


def _id(seen: Seen) -> str:
    return f"sandbox-{seen.at:%Y%m%d}"


def _framed(frame: Json) -> bytes:
    data = json.dumps(frame, ensure_ascii=False).encode()
    return b"\0" + len(data).to_bytes(4, "big") + data


def _goods(answer: SandboxAnswer, link: str) -> list[Json]:
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


_APPS: Mapping[str, tuple[App, ...]] = {
    "zh": (
        App("doubao-app.jsonl", "doubao", "app", "doubao-app", _rows),
        App("kimi-web.har", "kimi", "web", "kimi-web", _recording(_kimi)),
        App("yuanbao-web.har", "yuanbao", "web", "yuanbao-web", _recording(_yuanbao)),
    )
}
