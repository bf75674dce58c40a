"""GLM: Zhipu's chat with its web search tool."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._errors import KindsByCode
from geo_tracker.engines._json import Json, records, string
from geo_tracker.engines._markers import REF, markers, merged, resolved
from geo_tracker.engines._sources import source
from geo_tracker.engines.base import ErrorKind, ParsedAnswer, ParsedCitation


class Glm(ChatEngine):
    """`[ref_n]` names a result by its `refer`; the model prints it only sometimes."""

    name = "glm"
    label = "智谱 GLM (BigModel)"
    base_url = "https://open.bigmodel.cn/api/paas/v4"
    key_variable = "ZHIPU_API_KEY"
    default_model = "glm-5.2"
    timeout = 300.0
    confidence = "docs"
    error_kinds: ClassVar[KindsByCode] = {
        **dict.fromkeys(("1000", "1001", "1002", "1003", "1004", "1005"), ErrorKind.AUTH),
        **dict.fromkeys(("1112", "1113", "1304", "1308", "1309", "1310"), ErrorKind.QUOTA),
        **dict.fromkeys(("1302", "1303", "1305"), ErrorKind.RATE_LIMIT),
        "1301": ErrorKind.REFUSED,
        "1234": ErrorKind.TRANSIENT,
    }
    options: ClassVar[Json] = {
        "tools": [
            {
                "type": "web_search",
                "web_search": {
                    "enable": "True",
                    "search_engine": "search_pro",
                    "search_result": "True",
                    "count": 10,
                },
            }
        ]
    }

    def read(self, document: Json) -> ParsedAnswer:
        text = chat.content_of(chat.first_message(document))
        sources = [
            _source(row, place) for place, row in enumerate(records(document.get("web_search") or []), 1)
        ]
        return chat.completed(
            document,
            text,
            citations=merged(resolved(text, sources, REF)),
            search="yes" if sources else "no",
        )


def _source(row: Json, place: int) -> ParsedCitation:
    named = [marker.ordinals[0] for marker in markers(f"[{string(row.get('refer'))}]", REF)]
    return source(row, ordinal=next(iter(named), place))
