"""GLM: Zhipu's chat with web search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire.base import Json


class Glm(ChatWire):
    """`[ref_n]` names a row by its `refer`."""

    name = "glm"
    marker = "[ref_{n}]"
    refuses_with = "sensitive"
    codes: ClassVar[Mapping[int, str]] = {400: "1210", 401: "1000", 404: "1211", 429: "1302", 500: "1234"}

    def extra(self, answer: SandboxAnswer) -> Json:
        return {
            "web_search": [
                {
                    "title": each.title,
                    "link": each.url,
                    "content": each.snippet,
                    "icon": "",
                    "media": each.site,
                    "refer": f"ref_{number}",
                    "publish_date": str(each.published or ""),
                }
                for number, each in enumerate(answer.sources, 1)
            ]
        }

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"error": {"code": code, "message": message}}
