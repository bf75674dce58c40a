"""The page Discover: names that are tracked, unsure ones decided, what was learnt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlmodel import select

from geo_tracker.i18n import translate
from geo_tracker.storage.database import open_engine, writing
from geo_tracker.storage.models import (
    Brand,
    Workspace,
)
from tests.support.pages import one_answer, source, visit, words


def test_discover_shows_candidates_and_tracks_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = one_answer(tmp_path, monkeypatch, "You can try Basalt, Zentora and <b>Kelvira</b>.")
    app = visit("discover", lang="zh", workspace="crm")
    page = source(app)
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Zentora"]
    assert "<b>Kelvira" not in page and "Kelvira" in page
    assert f"answer={answer}" in page
    assert len(app.get("download_button")) == 2
    app.button(key="track-0").click().run()
    assert translate("zh")("dashboard.no_candidates") in words(app)
    assert ">Zentora</a>" in source(visit("competitors", lang="zh", workspace="crm"))


def test_an_unsure_mention_is_decided_and_the_rule_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = one_answer(tmp_path, monkeypatch, "Copperleaf routines <i>help</i> on busy days.")
    app = visit("discover", lang="en", workspace="crm")
    assert "beside “routines”" in source(app)
    assert "<i>help" not in source(app) and "help" in words(app)
    app.button(key=f"not_brand-{answer}:0").click().run()
    rule = "“Copperleaf” beside “routines” is not Copperleaf"
    assert rule in words(app)
    app.button(key="undo-1").click().run()
    assert rule not in words(app)


def test_how_answers_use_a_name_is_shown_and_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_answer(tmp_path, monkeypatch, "Copperleaf?")
    with writing(open_engine(f"sqlite:///{tmp_path / 'geo.db'}")) as session:
        (brand,) = session.exec(select(Brand).where(Brand.name == "Copperleaf")).all()
        brand.priors = [{"alias": "Copperleaf", "brand": 3, "other": 1}]
        workspace = session.get_one(Workspace, brand.workspace_id)
        workspace.learnt = {"answers": 9, "rules": "8", "at": "2026-01-02T03:04:05+00:00"}
    app = visit("discover", lang="en", workspace="crm")
    assert "“Copperleaf” is certainly Copperleaf in 3 answers, certainly another word in 1" in words(app)
    assert "Learnt on 2026-01-02 from 9 answers, rules version 8." in words(app)
    app.button(key="forget-learnt").click().run()
    assert not app.exception and "certainly Copperleaf" not in words(app)
