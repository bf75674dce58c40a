"""The page Reports: what is chosen shows in the preview, and a month can be frozen there."""

from __future__ import annotations

import shutil
from html import unescape
from pathlib import Path

import pytest

from geo_tracker.i18n import translate
from tests.support.pages import source, visit


def preview(app: object) -> str:
    (frame,) = app.get("iframe")  # type: ignore[attr-defined]
    return unescape(frame.proto.srcdoc)


def test_the_preview_shows_what_is_chosen_and_a_month_is_frozen(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(market, tmp_path / "own")
    monkeypatch.setenv("GEO_HOME", str(tmp_path / "own"))
    address = {"report-sections": ["summary"], "report-language": "zh", "report-client": "客户公司"}
    app = visit("reports", lang="en", **address, **{"report-month": "2026-11"})
    shown = preview(app)
    assert translate("zh")("doc.section.summary") in shown and "客户公司" in shown
    assert 'id="scorecard"' not in shown
    assert "No month is frozen yet." in source(app)
    next(button for button in app.button if button.label == "Freeze 2026-11").click()
    app.run(timeout=120)
    assert not app.exception and [each.value for each in app.success] == ["2026-11 is frozen."]
    assert "No month is frozen yet." not in source(app) and "was still coming in" in source(app)
