"""What someone would have captured from the assistants' own apps: files in the formats that `import` reads."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.apps import streams
from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._pages import spoken
from geo_tracker.sandbox.wire.base import numbered

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


def _captures(seen: Sequence[Seen]) -> str:
    """What the companion keeps of Yuanbao's page."""
    return "".join(f"{json.dumps(_yuanbao(each), ensure_ascii=False)}\n" for each in seen)


def _yuanbao(seen: Seen) -> Json:
    home = "https://yuanbao.tencent.com"
    asked = json.dumps({"prompt": seen.answer.prompt}, ensure_ascii=False)
    frames = [streams.yuanbao(seen.answer).decode()]
    return {
        "capture": 1,
        "app": "yuanbao",
        "url": f"{home}/chat/",
        "at": seen.at.isoformat(),
        "mode": {"model": None, "search": True, "think": False},
        "prompt": seen.answer.prompt,
        "request": {"url": f"{home}/api/chat/sandbox", "body": asked},
        "response": {"content_type": "text/event-stream", "transport": "fetch", "frames": frames},
        "html": None,
        "screenshot": None,
        "companion": "sandbox",
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


def _kimi(seen: Seen) -> Json:
    asked = streams.kimi_asked(seen.answer.prompt)
    body = streams.kimi(seen.answer, f"sandbox-{seen.at:%Y%m%d}")
    url = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService/Chat"
    return _exchange(url, {"message": asked}, {"encoding": "base64", "text": b64encode(body).decode()})


_APPS: Mapping[str, tuple[App, ...]] = {
    "zh": (
        App("doubao-app.jsonl", "doubao", "app", "doubao-app", _rows),
        App("kimi-web.har", "kimi", "web", "kimi-web", _recording(_kimi)),
        App("yuanbao-web.geo.jsonl", "yuanbao", "web", "yuanbao-web", _captures),
    )
}
