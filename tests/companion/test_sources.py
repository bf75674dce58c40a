"""What the companion is made of: one list of apps, permissions for them alone, no foreign code, two languages."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from companion.build import HERE, manifest, pack
from geo_tracker.captures.assistants import apps
from geo_tracker.collect.intake import FUTURE
from geo_tracker.collect.session import REASONS, TOLD
from geo_tracker.engines import engines
from geo_tracker.engines._labels import LABELS
from geo_tracker.sandbox.apps.lookalikes import LOOK_ALIKES
from geo_tracker.words.names import engine_text, engine_texts


def data() -> dict[str, Any]:
    """The list that every part of the companion reads: JSON behind an assignment."""
    text = (HERE / "data.js").read_text("utf-8")
    found: dict[str, Any] = json.loads(text[text.index("= {") + 2 : text.rindex("}") + 1])
    return found


DATA = data()
HOSTS = [host for app in DATA["apps"] for host in app["hosts"]]
SOURCES = sorted(HERE.glob("*.js"))
WORDS = {
    each: json.loads((HERE / "_locales" / each / "messages.json").read_text("utf-8"))
    for each in ("en", "zh_CN")
}


def test_its_apps_are_those_that_are_read() -> None:
    assert sorted(app["name"] for app in DATA["apps"]) == sorted(apps())
    for app in DATA["apps"]:
        for host in app["hosts"]:
            assert any(host == name or host.endswith(f".{name}") for name in apps()[app["name"]].hosts), host


@pytest.mark.parametrize("app", LOOK_ALIKES, ids=lambda app: str(app.name))
def test_a_stream_that_it_keeps_is_one_that_its_reader_takes(app: Any) -> None:
    [of] = [each for each in DATA["apps"] if each["name"] == app.name]
    assert any(re.search(pattern, app.path) for pattern in of["streams"]), app.path
    if app.name != "gemini":  # whose page alone is read
        assert apps()[app.name].recorded(f"https://{app.host}{app.path}")
    assert app.host in of["hosts"] and of["open"].split("/")[2] in of["hosts"]


@pytest.mark.parametrize(
    "path", ["/im/chain/single", "/backend-api/conversations", "/api/v0/chat/history_messages"]
)
def test_histories_are_other_conversations(path: str) -> None:
    assert not any(re.search(pattern, path) for app in DATA["apps"] for pattern in app["streams"])


def test_it_may_reach_the_listed_hosts_and_this_machine_alone() -> None:
    made = manifest("chrome")
    assert made["host_permissions"] == ["http://127.0.0.1/*"]
    assert set(made["permissions"]) == {"storage", "unlimitedStorage", "activeTab"}
    for script in made["content_scripts"]:
        assert set(script["matches"]) == {f"https://{host}/*" for host in HOSTS}
    assert not {"optional_permissions", "externally_connectable", "web_accessible_resources"} & set(made)


def test_no_code_and_no_request_leads_elsewhere() -> None:
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function|importScripts\(['\"]http|import\(|innerHTML", text)
        addresses = set(re.findall(r"https?://([^/\"'`*$\s]+)", text)) - {"127.0.0.1:"}
        assert addresses <= set(HOSTS), path.name
    for page in HERE.glob("*.html"):
        text = page.read_text("utf-8")
        assert "http" not in text and not re.search(r"<script>|\son\w+=", text), page.name


def test_it_never_presses_anything() -> None:
    page = "".join((HERE / name).read_text("utf-8") for name in ("page.js", "content.js", "clean.js"))
    assert not re.search(
        r"\.click\(|\.submit\(|requestSubmit|KeyboardEvent|dispatchEvent\(new (?!CustomEvent)", page
    )


def test_both_languages_say_everything() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh_CN"])
    used = {
        key
        for path in HERE.glob("*.html")
        for key in re.findall(r'data-say="(\w+)"', path.read_text("utf-8"))
    }
    used |= {key for path in SOURCES for key in re.findall(r'geoSay\("(\w+)"', path.read_text("utf-8"))}
    used |= {f"kept_{name}" for name in DATA["kept"]} | {"ready", "notPaired", "away"}
    used |= {f"reason_{name}" for name in TOLD} | {*REASONS, f"warning_{FUTURE}"}
    assert used <= set(WORDS["en"])
    for key, english in WORDS["en"].items():
        places = [set(re.findall(r"\$\d", said[key]["message"])) for said in WORDS.values()]
        assert english["message"].strip() and places[0] == places[1], key


def test_an_app_is_called_the_same_in_popup_and_dashboard() -> None:
    shown = {app["name"]: app["label"] for app in DATA["apps"]}
    assert shown == LABELS == {name: engine_text(name) for name in LABELS}


def test_no_engine_of_an_assistant_has_a_name_of_its_own() -> None:
    others = {"博查 Bocha AI search", "智谱 GLM", "秘塔 Metaso", "讯飞星火 Spark"}
    chinese = {engine_text(name) for name in engines() if not engine_text(name).isascii()}
    assert chinese <= {*LABELS.values(), *others}


def test_an_app_and_an_api_of_one_assistant_are_told_apart() -> None:
    assert engine_texts(["qwen"]) == {"qwen": "千问 Qwen"}
    assert engine_texts(["qwen", "tongyi"]) == {"qwen": "千问 Qwen", "tongyi": "千问 Qwen (DashScope)"}


@pytest.mark.parametrize("browser", ["chrome", "firefox"])
def test_a_zip_is_the_sources_and_the_same_each_time(browser: str, tmp_path: Path) -> None:
    first, again = pack(browser, tmp_path / "a"), pack(browser, tmp_path / "b")
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as packed:
        names = set(packed.namelist())
        made = json.loads(packed.read("manifest.json"))
        assert packed.read("page.js") == (HERE / "page.js").read_bytes()
    listed = [name for script in made["content_scripts"] for name in script["js"]]
    background = made["background"].get("scripts") or [made["background"]["service_worker"]]
    assert {*listed, *background, "popup.html", "options.html", "popup.css", "data.js", "words.js"} <= names
    assert not [name for name in names if name.endswith((".py", ".md"))]
    assert ("browser_specific_settings" in made) == (browser == "firefox")
