"""The prompts of captured answers: those of the workspace where they fit, new ones elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.captures.folding import folded
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import Prompt, Workspace

SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "zh": re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]"),
}


class Prompts:
    """The prompts of a batch: those of the workspace where they fit, new ones elsewhere.

    A declared prompt fits by its text (spaces, full width and letter case aside), and by language and country where
    both it and the answer have one; a prompt that came with imported answers fits only where all three are the same.
    """

    def __init__(self, session: Session, workspace: Workspace, batch: Sequence[CapturedAnswer]) -> None:
        self._session = session
        self._workspace = workspace
        self._rows = self._read({captured.prompt for captured in batch})
        missing = {_prompt_key(captured): captured for captured in batch if not self._fitting(captured)}
        insert_new(session, Prompt, [_prompt_values(workspace, captured) for captured in missing.values()])
        if missing:
            self._rows = self._read({captured.prompt for captured in batch})

    def id_of(self, captured: CapturedAnswer) -> int:
        return min(self._fitting(captured), key=lambda prompt: _distance(prompt, captured)).id

    def _read(self, texts: Iterable[str]) -> Mapping[str, list[Prompt]]:
        either = sa.or_(col(Prompt.declared).is_(True), col(Prompt.text).in_(texts))
        have = (Prompt.workspace_id == self._workspace.id, either)
        rows: dict[str, list[Prompt]] = defaultdict(list)
        for prompt in self._session.exec(select(Prompt).where(*have).order_by(col(Prompt.id))).all():
            rows[folded(prompt.text)].append(prompt)
        return rows

    def _fitting(self, captured: CapturedAnswer) -> list[Prompt]:
        return [prompt for prompt in self._rows.get(folded(captured.prompt), ()) if _fits(prompt, captured)]


def _prompt_key(captured: CapturedAnswer) -> tuple[str, str, str]:
    return captured.prompt, captured.language or language_of(captured.prompt), captured.country or ""


def _prompt_values(workspace: Workspace, captured: CapturedAnswer) -> dict[str, Any]:
    text, language, country = _prompt_key(captured)
    return {
        "workspace_id": workspace.id,
        "text": text,
        "language": language,
        "country": country,
        "topic": captured.topic or "",
    }


def _fits(prompt: Prompt, captured: CapturedAnswer) -> bool:
    if not prompt.declared:
        return (prompt.text, prompt.language, prompt.country) == _prompt_key(captured) and not prompt.persona
    language = prompt.language.split("-")[0].lower()
    return (not language or captured.language in (None, language)) and (
        not prompt.country or captured.country in (None, prompt.country)
    )


def _distance(prompt: Prompt, captured: CapturedAnswer) -> tuple[bool, ...]:
    """Nearest first: declared, then of the very text, exact country and language, then of no persona."""
    exact = prompt.country == (captured.country or ""), prompt.language == (captured.language or "")
    return (
        not prompt.declared,
        prompt.text != captured.prompt,
        not exact[0],
        not exact[1],
        bool(prompt.persona),
    )


def language_of(text: str) -> str:
    """The language that a text's script alone tells: kana ja, hangul ko, Han zh; empty for all others."""
    return next((language for language, script in SCRIPTS.items() if script.search(text)), "")
