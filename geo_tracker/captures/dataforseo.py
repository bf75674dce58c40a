"""Result files of DataForSEO: Google's AI Overviews and AI Mode, ChatGPT and Gemini."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.captures._document import outline
from geo_tracker.captures._places import language_of
from geo_tracker.captures._times import known_time
from geo_tracker.captures._vendor import Result, VendorResults, unknown
from geo_tracker.engines._json import Json, record, records, said, string, strings

ENGINES = {
    "ai_mode": "dataforseo-ai-mode",
    "organic": "dataforseo-ai-overview",
    "chat_gpt": "dataforseo-chatgpt",
    "gemini": "dataforseo-gemini",
}


class DataForSeoResults(VendorResults):
    """An envelope of tasks; each task's path says which service answered."""

    name = "dataforseo"
    label = "DataForSEO results"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return any({f"{root}tasks", f"{root}status_code"} <= shown for root in ("", "[]."))

    def results(self, envelope: Json) -> Iterator[Result]:
        tasks = records(envelope.get("tasks") or [])
        if not tasks:
            raise unknown("DataForSEO")
        for task in tasks:
            yield _result({key: value for key, value in envelope.items() if key != "tasks"}, task)


def _result(envelope: Json, task: Json) -> Result:
    asked, found = record(task.get("data")), next(iter(records(task.get("result") or [])), {})
    kinds = [
        *strings(task.get("path")),
        string(asked.get("se_type")),
        string(asked.get("se")),
        string(found.get("type")),
    ]
    return Result(
        engine=next((ENGINES[kind] for kind in kinds if kind in ENGINES), None),
        body={**envelope, "tasks": [task]},
        prompt=said(found.get("keyword"), asked.get("keyword"), asked.get("user_prompt")),
        at=known_time(string(found.get("datetime")).replace(" +", "+")),
        id=said(task.get("id")),
        language=language_of(asked.get("language_code")),
    )
