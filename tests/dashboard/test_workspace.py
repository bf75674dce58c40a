"""The Workspace page: an edit is previewed, saved, counted, told and undone; nothing else stores anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from dashboard.edit_prompts import prompts_of
from dashboard.edit_shops import EXAMPLE, stocked
from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.i18n import translate
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Audit, Mention, Prompt, Run
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.dashboard_data import LAST, NOW
from tests.support.pages import source, visit, words

FILE = {
    "workspace": {"slug": "skin", "name": "Skin"},
    "brands": [
        {"name": "Aurora", "role": "own"},
        {"name": "Basalt", "aliases": [{"text": "Basa", "requires": ["x"]}]},
    ],
    "topics": ["dry skin"],
    "prompts": ["Best mask?"],
    "panels": [{"name": "daily", "engines": ["kimi"], "cron": "0 6 * * *"}],
}
TEXTS = ("Try Glimmerine and Aurora. **Glimmerine** is mild [1].", "Glimmerine again <b>.", "Nobody.")
PARTS = ("brands", "prompts", "shops", "settings", "panels", "engines", "history")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    st.cache_data.clear()
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    monkeypatch.setenv("KIMI_API_KEY", "sk-never-shown")
    monkeypatch.setenv("MOONSHOT_API_KEY", "sk-never-shown")
    url = f"sqlite:///{tmp_path / 'geo.db'}"
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        apply_file(session, WorkspaceFile.model_validate(FILE), datetime(2026, 1, 1, tzinfo=UTC))
        workspace = workspace_named(session, "skin")
        prompt = session.exec(select(Prompt)).one()
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        for at, text in enumerate(TEXTS):
            own = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id, "engine": "kimi"}
            answer = Answer(**own, day=LAST, key=str(at), repeat=at + 1)
            session.add(answer)
            session.flush()
            save_answer(session, answer, ParsedAnswer(text), NOW)
    score(engine, Archive("memory://"), workspace)
    engine.dispose()
    return url


def stored(url: str) -> WorkspaceFile:
    with reading(open_engine(url)) as session:
        return file_of(session, workspace_named(session, "skin"), tracked=True)


def counted(url: str) -> int:
    with reading(open_engine(url)) as session:
        return len(session.exec(select(Mention).where(col(Mention.text) == "Glimmerine")).all())


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return app.run()


def field(app: AppTest, label: str, kind: str = "text_area") -> object:
    return next(each for each in app.get(kind) if each.label == label)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_speaks_both_languages(database: str, lang: str, part: str) -> None:
    app = visit("workspace", lang=lang, part=part)
    t = translate(lang)
    assert f"<h1>{t('dashboard.workspace')}</h1>" in source(app)
    assert "sk-never-shown" not in source(app)


def test_an_alias_is_previewed_saved_counted_and_undone(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", edited="Aurora")
    field(app, t("workspace.aliases")).set_value("Glimmerine")  # type: ignore[attr-defined]
    app = press(app, t("workspace.see"))
    assert t("workspace.adds", brand="Aurora", mentions=3, answers=2, unsure=0) in words(app)
    assert "Glimmerine is mild." in words(app) and "Try Glimmerine" in words(app)
    assert counted(database) == 0 and not stored(database).brands[0].aliases
    app = press(app, t("workspace.save"))
    assert app.success[0].value == t("workspace.saved", count=1)
    assert [form.text for form in stored(database).brands[0].aliases] == ["Glimmerine"]
    assert counted(database) == 3
    tiles = {tile.label: tile.value for tile in visit("overview", lang="en").metric}
    assert tiles[t("metric.mention_rate.label")] == "66.7%"
    app = visit("workspace", lang="en", part="history")
    assert "aliases: – → Glimmerine" in words(app)
    app = press(app, t("dashboard.undo"))
    assert not app.exception and counted(database) == 0
    assert t("workspace.undone") in words(visit("workspace", lang="en", part="history"))


def test_what_is_discarded_or_wrong_changes_nothing(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", edited="Basalt")
    field(app, t("workspace.domains")).set_value("no domain")  # type: ignore[attr-defined]
    app = press(app, t("workspace.see"))
    assert "is not a domain" in app.error[0].value
    field(app, t("workspace.domains")).set_value("basalt.example")  # type: ignore[attr-defined]
    app = press(press(app, t("workspace.see")), t("workspace.discard"))
    assert stored(database).brands[1].domains == []
    with reading(open_engine(database)) as session:
        assert session.exec(select(Audit)).all() == []


def test_conditions_of_a_form_stay_with_it(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", edited="Basalt")
    field(app, t("workspace.aliases")).set_value("Basa\nBaz")  # type: ignore[attr-defined]
    press(press(app, t("workspace.see")), t("workspace.save"))
    first, second = stored(database).brands[1].aliases
    assert (first.text, first.requires, second.text) == ("Basa", ["x"], "Baz")


def test_conditions_of_a_form_are_previewed_saved_and_told(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", edited="Basalt")
    field(app, t("workspace.requires")).set_value("cream\nmask")  # type: ignore[attr-defined]
    field(app, t("workspace.excludes")).set_value("stone")  # type: ignore[attr-defined]
    next(each for each in app.toggle if each.label == t("workspace.case")).set_value(True)
    app.button(key="see-aliases-0").click().run()
    assert not app.error and stored(database).brands[1].aliases[0].requires == ["x"]
    press(app, t("workspace.save"))
    (form,) = stored(database).brands[1].aliases
    assert (form.requires, form.excludes, form.case) == (["cream", "mask"], ["stone"], "sensitive")
    told = words(visit("workspace", lang="zh", part="history"))
    assert "须同时出现 cream, mask" in told and "旁边不得有 stone" in told and "requires" not in told


def test_the_catalogue_is_stocked_from_a_table(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", part="shops")
    pasted = "brand,product,sku,gtin,price,currency\nAurora,Night Mask,111;222,,59,cny\n"
    field(app, t("workspace.catalogue_paste")).set_value(pasted.replace("Aurora", "Nobody"))  # type: ignore[attr-defined]
    app.button(key="see-catalogue").click().run()
    assert "Nobody" in app.error[0].value
    field(app, t("workspace.catalogue_paste")).set_value(pasted)  # type: ignore[attr-defined]
    app.button(key="see-catalogue").click().run()
    press(app, t("workspace.save"))
    (product,) = stored(database).brands[0].products
    assert (product.text, product.sku, product.price, product.currency) == (
        "Night Mask",
        ["111", "222"],
        59,
        "CNY",
    )
    changed = stocked(
        stored(database).model_dump(mode="json")["brands"], "brand,product,price\nAurora,Night Mask,49\n"
    )
    assert changed[0]["products"][0]["price"] == 49 and changed[0]["products"][0]["sku"] == ["111", "222"]


def test_own_shops_and_types_of_sources(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", part="shops")
    for text, told in (
        ("- name: [", "cannot be read"),
        ("- label: Harbour", "platforms"),
        ("words", "platforms"),
    ):
        field(app, t("workspace.shops_text")).set_value(text)  # type: ignore[attr-defined]
        app.button(key="see-shops").click().run()
        assert told in app.error[0].value and not app.exception
    field(app, t("workspace.shops_text")).set_value(EXAMPLE)  # type: ignore[attr-defined]
    app.button(key="see-shops").click().run()
    press(app, t("workspace.save"))
    assert stored(database).platforms[0]["hosts"] == ["harbour.example"]
    app = visit("workspace", lang="en", part="shops")
    field(app, t("workspace.sources_text")).set_value("guide.example：review\nb.example/x: wrong")  # type: ignore[attr-defined]
    app.button(key="see-sources").click().run()
    assert "wrong" in app.error[0].value
    field(app, t("workspace.sources_text")).set_value("guide.example：review")  # type: ignore[attr-defined]
    app.button(key="see-sources").click().run()
    press(app, t("workspace.save"))
    assert stored(database).sources == {"guide.example": "review"}


def test_prompts_are_pasted(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", part="prompts")
    field(app, t("workspace.paste")).set_value("One?\n\n Two? \nOne?")  # type: ignore[attr-defined]
    app = press(app, t("workspace.see"))
    assert "One?" in words(app) and "Two?" in words(app)
    press(app, t("workspace.save"))
    assert [prompt.text for prompt in stored(database).prompts or ()] == ["Best mask?", "One?", "Two?"]


def test_prompts_of_a_csv_file() -> None:
    content = "\ufeffText,Topic,tags\r\nOne?,dry,a; b\r\n ,x,\r\n".encode()
    (one,) = prompts_of(content)
    assert (one["text"], one["topic"], one["tags"], one["language"]) == ("One?", "dry", ["a", "b"], "")
    for bad in (b"question\nx\n", b"", b"text,colour\nx,y\n", b"text\n\xff\n"):
        with pytest.raises(ValueError, match=r"columns|utf-8"):
            prompts_of(bad)


def test_panels_and_settings(database: str) -> None:
    t = translate("en")
    app = visit("workspace", lang="en", part="panels")
    field(app, t("workspace.cron"), "text_input").set_value("at noon")  # type: ignore[attr-defined]
    app = press(app, t("workspace.see"))
    assert "cron expression" in app.error[0].value
    app = visit("workspace", lang="en", part="settings")
    field(app, t("workspace.field.topics")).set_value("dry skin\nnight")  # type: ignore[attr-defined]
    press(press(app, t("workspace.see")), t("workspace.save"))
    assert stored(database).topics == ["dry skin", "night"]
