"""Doubao: the ask-echo search agent (联网问答 Agent) of Volcengine."""

from __future__ import annotations

from collections.abc import Sequence

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._asking import bearer
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json, records, said
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import REF, merged, resolved
from geo_tracker.engines._offers import shelf
from geo_tracker.engines._sources import numbered, unnumbered
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, ParsedCitation, Prompt


class DoubaoAskEcho(ChatEngine):
    """`[ref_n]` counts `references` from 1; `search_results` are retrieved; cards may be products."""

    name = "doubao-ask-echo"
    label = by_route("doubao", "ask-echo search agent")
    base_url = "https://open.feedcoopapi.com"
    key_variable = "ASK_ECHO_API_KEY"
    extra_variables = ("ASK_ECHO_BOT_ID",)
    delay = 0.2
    timeout = 120.0
    has_offers = True
    confidence = "docs"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload = {
            "bot_id": access.extra.get("ASK_ECHO_BOT_ID", ""),
            "messages": chat.user_message(prompt.text),
            "stream": False,
        }
        return EngineRequest.post_json(
            self.url(access, "/agent_api/agent/chat/completion"), payload, bearer(access)
        )

    def read(self, document: Json) -> ParsedAnswer:
        text = chat.content_of(chat.first_message(document))
        references = numbered(document.get("references"))
        results = unnumbered(document.get("search_results"))
        cards = records(document.get("cards") or [])
        return chat.completed(
            document,
            text,
            citations=merged([*resolved(text, references, REF), *_not_among(references, results)]),
            search="yes" if references or results else "no",
            offers=shelf(cards),
            follow_ups=tuple(
                item for row in records(document.get("follow_ups") or []) if (item := said(row.get("item")))
            ),
            unknown_blocks=tuple(cards),
        )


def _not_among(
    references: Sequence[ParsedCitation], results: Sequence[ParsedCitation]
) -> list[ParsedCitation]:
    """Search results that are not references too: those are retrieved already where no marker cites them."""
    known = {row.url for row in references}
    return [row for row in results if row.url not in known]
