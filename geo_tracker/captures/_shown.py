"""The rendered answer that a companion kept: the app's own markup where it is known, any other as it reads."""

from __future__ import annotations

import re
from typing import Any

from geo_tracker.captures.assistants._page import Visible, is_web, parsed
from geo_tracker.captures.assistants.base import Assistant, Turn
from geo_tracker.engines._markers import merged
from geo_tracker.engines.base import EngineError, ParsedAnswer, ParsedCitation

LABEL = re.compile(r"[\[\]\r\n]+")


def shown_answer(html: str, app: Assistant) -> Turn | None:
    """The newest answer in sanitised HTML; None where it shows no words or cannot be read."""
    try:
        soup = parsed(f"<html><body>{html}</body></html>")
        turns = list(app.page_turns(soup)) if app.shows(soup) else []
    except EngineError:
        return None
    if turns and turns[-1].answer.text.strip():
        return turns[-1]
    return Turn("", _as_it_reads(soup.body))


def _as_it_reads(body: Any) -> ParsedAnswer:
    """Text whose links keep their addresses, as in the text of a stream: where a shop's link leads is an offer."""
    for link in body.find_all("a", href=True):
        label = LABEL.sub(" ", link.get_text(" ", strip=True))
        if label and is_web(link["href"]):
            link.string = f"[{label}]({link['href']})"
    shown = Visible(body)
    cited = [
        ParsedCitation(url, spans=((start, min(end, len(shown.text))),))
        for url, (start, end) in shown.links
        if start < len(shown.text)
    ]
    return ParsedAnswer(shown.text, citations=merged(cited))
