"""The command line as its users meet it: real processes, stdout, stderr and exit codes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from geo_tracker.cli._input import Texts
from tests.support import commands
from tests.support.server import Reply, Server

BRANDS = """
workspace: {slug: w, name: W, timezone: Asia/Shanghai}
brands:
  - {name: 云纱, role: own, aliases: [Yunsha], domains: [yunsha.example]}
  - {name: Aurora Care}
"""
ANSWER = "首选云纱,也可以看看 Aurora Care。"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "w.yaml").write_text(BRANDS, "utf-8")
    (tmp_path / "answer.md").write_text(ANSWER, "utf-8")
    rows = [
        {"prompt": "敏感肌面膜?", "engine": "doubao", "text": ANSWER, "asked_at": "2026-11-20T01:00:00Z"},
        {
            "prompt": "Best mask?",
            "engine": "openai",
            "text": "I like Yunsha.",
            "citations": ["https://yunsha.example/"],
        },
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return tmp_path


def geo(
    here: Path, *arguments: str, stdin: str | bytes = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GEO_HOME": str(here / "home"), **environment}
    return commands.run(arguments, here, env, stdin.encode() if isinstance(stdin, str) else stdin)


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_analyse_prints_one_record_per_text(here: Path) -> None:
    done = geo(here, "analyse", "answer.md", "--workspace", "w.yaml", "--json")
    (record,) = lines(done)
    assert done.returncode == 0
    assert [found["brand"] for found in record["brands"]] == ["云纱", "Aurora Care"]
    for found in record["brands"]:
        for mention in found["mentions"]:
            assert ANSWER[mention["start"] : mention["end"]] == mention["text"]


def test_analyse_reads_private_marks_as_shown_and_gives_places_in_the_given_text(here: Path) -> None:
    text = 'Best: \ue200entity\ue202["company","Aurora Care"]\ue201.\ue200cite\ue202turn0search1\ue201 云纱也行。'
    (record,) = lines(geo(here, "analyse", "-", "-w", "w.yaml", "--json", stdin=text))
    mentions = [mention for found in record["brands"] for mention in found["mentions"]]
    assert [mention["text"] for mention in mentions] == ["Aurora Care", "云纱"]
    assert all(text[mention["start"] : mention["end"]] == mention["text"] for mention in mentions)
    shown = text.partition("\ue200")[0] + "Aurora Care. 云纱也行。"
    (plain,) = lines(geo(here, "analyse", "-", "-w", "w.yaml", "--json", stdin=shown))
    assert plain["words"] == record["words"]


def test_analyse_streams_lines_and_reports_the_bad_ones(here: Path) -> None:
    stdin = '{"id":"a","text":"云纱"}\nnot json\n{"id":"c"}\n{"id":"d","text":"nothing"}\n'
    done = geo(here, "analyse", "-", "--jsonl", "-w", "w.yaml", "--json", stdin=stdin)
    assert [(record["id"], len(record["brands"])) for record in lines(done)] == [("a", 1), ("d", 0)]
    assert done.returncode == 1
    assert "-:2: not JSON" in done.stderr
    assert "-:3: needs an object" in done.stderr


def test_a_line_that_is_too_long_is_one_bad_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_tracker.cli._input.MAX_TEXT", 30)
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text":"a"}\n{"text":"' + "b" * 90 + '"}\n{"text":"c"}', "utf-8")
    texts = Texts(str(file), jsonl=False)
    assert [(number, text) for number, text, _ in texts] == [("1", "a"), ("3", "c")]
    assert texts.failed == 1


def test_analyse_writes_nothing_to_disk(here: Path) -> None:
    before = sorted(here.iterdir())
    geo(here, "analyse", "answer.md", "-w", "w.yaml")
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["analyse", "absent.md", "-w", "w.yaml"], "cannot be read"),
        (["analyse", "answer.md", "-w", "absent.yaml"], "absent.yaml"),
        (["parse", "answer.md", "-e", "nosuch"], "no engine named 'nosuch'"),
        (["status", "-w", "nosuch"], "no workspace 'nosuch'"),
        (["metrics", "-w", "nosuch"], "nosuch"),
        (["run"], "no workspace yet"),
        (["apply", "answer.md"], "a workspace file is a mapping"),
        (["metrics", "-w", "w", "--by", "colour"], "no group colour"),
        (["metrics", "-w", "w", "--from", "yesterday"], "not a day"),
        (["import", "rows.jsonl", "-w", "w.yaml", "--format", "nosuch"], "no format named"),
    ],
)
def test_a_wrong_call_says_so_and_exits_2(here: Path, arguments: list[str], says: str) -> None:
    done = geo(here, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_import_measure_export(here: Path) -> None:
    done = geo(here, "import", "rows.jsonl", "-w", "w.yaml", "--json")
    (record,) = lines(done)
    assert (done.returncode, record["new"], record["known"], record["failed"]) == (0, 2, 0, 0)
    (again,) = lines(geo(here, "import", "rows.jsonl", "-w", "w.yaml", "--json"))
    assert (again["new"], again["known"]) == (0, 2)

    (status,) = lines(geo(here, "status", "--json"))
    assert (status["workspace"], status["planned"], status["captured"], status["coverage"]) == (
        "w",
        0,
        2,
        1.0,
    )

    metrics = lines(geo(here, "metrics", "-w", "w", "--json"))
    rate = next(m for m in metrics if m["metric"] == "mention_rate" and m["brand"] == "云纱")
    assert (rate["value"], rate["n"], rate["verdict"]) == (1.0, 2, "thin sample")
    assert rate["low"] < 1.0

    for kind in ("csv", "html"):
        done = geo(here, "export", "-w", "w", "--format", kind, "--out", kind)
        assert done.returncode == 0
        assert all((here / name).stat().st_size for name in done.stdout.splitlines())


def test_a_filter_that_no_answer_has_is_told(here: Path) -> None:
    geo(here, "import", "rows.jsonl", "--workspace", "w.yaml")
    for command in ("metrics", "discover", "export"):
        done = geo(here, command, "--workspace", "w", "--engine", "duobao")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--engine: no answer has duobao; there are doubao, openai" in done.stderr


def test_a_bad_row_is_named_and_the_rest_goes_in(here: Path) -> None:
    with (here / "rows.jsonl").open("a") as file:
        file.write('\n{"prompt": "?", "engine": "doubao"}\n')
    done = geo(here, "import", "rows.jsonl", "-w", "w.yaml", "--json")
    (record,) = lines(done)
    assert (done.returncode, record["new"], record["failed"]) == (1, 2, 1)
    assert record["errors"][0]["line"] == 3
    assert "rows.jsonl:3: " in done.stderr
    assert "text" in done.stderr


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(here: Path) -> None:
    done = geo(here, "import", "absent.jsonl", "rows.jsonl", "-w", "w.yaml", "--json")
    assert (done.returncode, [record["new"] for record in lines(done)]) == (1, [2])
    assert "absent.jsonl: cannot be read" in done.stderr
    assert geo(here, "import", "absent.jsonl", "-w", "w.yaml").returncode == 2


def test_a_dry_run_stores_nothing(here: Path) -> None:
    dry = ("import", "rows.jsonl", "-w", "w.yaml", "--dry-run", "--json")
    assert [record["new"] for record in lines(geo(here, *dry))] == [2]
    assert "no workspace yet" in geo(here, "status", "--json").stderr
    geo(here, "import", "rows.jsonl", "-w", "w.yaml")
    (here / "w.yaml").write_text(BRANDS.replace("Aurora Care", "Borealis"), "utf-8")
    assert [record["known"] for record in lines(geo(here, *dry))] == [2]
    assert "add brand Borealis" in geo(here, "apply", "w.yaml").stdout


def test_score_all_rebuilds_the_same_numbers(here: Path) -> None:
    geo(here, "import", "rows.jsonl", "-w", "w.yaml")
    before = geo(here, "metrics", "-w", "w", "--by", "engine,prompt", "--json").stdout
    done = geo(here, "score", "--all")
    assert done.returncode == 0
    assert geo(here, "metrics", "-w", "w", "--by", "engine,prompt", "--json").stdout == before


def test_init_writes_a_file_that_applies(here: Path) -> None:
    assert geo(here, "init", "mine.yaml").returncode == 0
    assert geo(here, "init", "mine.yaml").returncode == 2
    done = geo(here, "apply", "mine.yaml")
    assert done.returncode == 0
    assert "add brand Acme CRM" in done.stdout
    assert geo(here, "apply", "mine.yaml").stdout == ""


def test_an_engine_without_key_is_skipped_by_name(here: Path) -> None:
    geo(here, "init", "mine.yaml")
    geo(here, "apply", "mine.yaml")
    done = geo(here, "run", "--workspace", "my-brand")
    assert done.returncode == 1
    assert "OPENAI: no key - set OPENAI_API_KEY" in done.stderr


def test_doctor_finds_a_broken_archive(here: Path) -> None:
    (here / "file").write_text("")
    done = geo(here, "doctor", "--json", GEO_ARCHIVE_URL=(here / "file" / "archive").as_uri())
    assert done.returncode == 1
    assert any(check["state"] == "broken" for check in lines(done))
    assert geo(here, "doctor").returncode == 0


def test_keys_are_never_printed(here: Path) -> None:
    secret = "sk-very-secret-key"
    for command in (["doctor", "--json"], ["engines", "--json"], ["doctor"]):
        done = geo(here, *command, OPENAI_API_KEY=secret)
        assert secret not in done.stdout + done.stderr


def test_offers_of_a_text_a_page_and_a_file_of_answers(here: Path) -> None:
    text = "推荐 [面膜](https://item.jd.com/100012043978.html),不要点 https://item.jd.com.evil.com/100012043978.html"
    (record,) = lines(geo(here, "offers", "-", "--json", stdin=text))
    assert [(offer["platform"], offer["item_id"]) for offer in record["offers"]] == [("jd", "100012043978")]

    words = "云纱舒缓面膜敏感肌也可以放心使用,上脸温和不刺痛,换季时用它修护很合适。" * 5
    page = f'<html><body><article><p>{words}<a href="https://item.jd.com/100012043978.html">购买链接</a></p></article></body></html>'
    (record,) = lines(geo(here, "offers", "-", "--json", stdin=page))
    assert [offer["placement"] for offer in record["offers"]] == ["reference_page"]

    rows = "\n".join(json.dumps({"id": n, "text": text}) for n in (1, 2)) + "\nbroken\n"
    done = geo(here, "offers", "-", "--jsonl", "--json", stdin=rows)
    assert [(record["id"], len(record["offers"])) for record in lines(done)] == [("1", 1), ("2", 1)]
    assert done.returncode == 1


SHOP = """
workspace: {slug: w, name: W}
brands:
  - {name: 云纱, role: own, products: [{text: 云纱面膜, sku: 77, price: 100, currency: CNY}]}
platforms:
  - {name: harbour, currency: CNY, hosts: harbour.example, link: [{match: 'harbour\\.example/p/(?P<item>\\d+)$'}]}
"""


def test_a_workspaces_own_shop_and_its_shelf(here: Path) -> None:
    (here / "shop.yaml").write_text(SHOP, "utf-8")
    text = "首选 [舒缓面膜](https://harbour.example/p/77) ¥120(云纱官方旗舰店)"
    (record,) = lines(geo(here, "offers", "-", "-w", "shop.yaml", "--json", stdin=text))
    (offer,) = record["offers"]
    assert (offer["platform"], offer["brand"], offer["product"]) == ("harbour", "云纱", "云纱面膜")
    assert (offer["store"], offer["reference_price"]) == ("official", 100)

    rows = [
        {"prompt": f"面膜{n}?", "engine": "doubao", "surface": "app", "text": text, "asked_at": "2026-11-20"}
        for n in range(3)
    ]
    (here / "shop.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert geo(here, "import", "shop.jsonl", "--workspace", "shop.yaml").returncode == 0
    found = lines(geo(here, "shelf", "-w", "w", "--by", "platform", "--json"))
    assert {row["kind"] for row in found} == {
        *("metric", "share", "hhi", "funnel", "price", "checkout", "flow", "offer")
    }
    share = next(row for row in found if (row["kind"], row["brand"]) == ("share", "云纱"))
    assert (share["group"], share["value"], share["n"], share["coverage"]) == (
        {"platform": "harbour"},
        1,
        3,
        1,
    )
    assert lines(geo(here, "shelf", "-w", "w", "--by", "platform,platform", "--json")) == found
    price = next(row for row in found if row["kind"] == "price")
    assert (price["shown"], price["reference"], price["spread"], price["n"]) == (120, 100, 0.2, 3)
    table = geo(here, "shelf", "-w", "w")
    assert "云纱官方旗舰店" in table.stdout and "Shelf share" in table.stdout
    assert lines(geo(here, "offers", "-", "-w", "w", "--json", stdin=text)) == [record]


@pytest.mark.parametrize(
    "setting",
    [
        {"GEO_DATABASE_URL": "postgresql://nobody:secretpw@127.0.0.1:1/none"},
        {"GEO_DATABASE_URL": "sqlite:///answer.md"},
        {"GEO_HOME": "answer.md"},
        {"GEO_ARCHIVE_URL": "nope://x"},
    ],
)
def test_storage_that_cannot_be_used_is_told_in_a_line(here: Path, setting: dict[str, str]) -> None:
    done = geo(here, "status", **setting)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "secretpw" not in done.stderr
    checked = geo(here, "doctor", "--json", **setting)
    assert checked.returncode == 1
    assert "broken" in {check["state"] for check in lines(checked)}


def test_crawl_asks_again_for_what_has_aged(here: Path) -> None:
    with Server().running() as web:
        page = "<html><title>{}</title><article><p>{}</p></article></html>"
        body = page.format("Masks", "Yunsha is mild, and most people like it. " * 9).encode()
        web.pages = {"yunsha.example/": Reply(body=body), "yunsha.example/robots.txt": Reply(404)}
        geo(here, "import", "rows.jsonl", "--workspace", "w.yaml", GEO_SANDBOX_URL=web.url)
        with sqlite3.connect(here / "home" / "geo.db") as database:  # what is imported is of the real web
            database.execute("UPDATE page SET sandbox = 1, url = 'http://yunsha.example/'")
        database.close()
        first = geo(here, "crawl", GEO_SANDBOX_URL=web.url)
        assert (first.returncode, first.stderr.splitlines()[-1]) == (0, "w: 1 fetched")
        assert geo(here, "crawl", GEO_SANDBOX_URL=web.url).stderr.splitlines()[-1] == "w: nothing to do"
        again = geo(here, "crawl", "--all", GEO_SANDBOX_URL=web.url)
        assert again.stderr.splitlines()[-1] == "w: 1 unchanged"
        assert geo(here, "crawl", "--older-than", "0").returncode == 2


def test_import_of_a_file_of_which_nothing_is_read_says_so_and_exits_1(here: Path) -> None:
    (here / "none.har").write_text('{"log": {"creator": {}, "entries": []}}', "utf-8")
    done = geo(here, "import", "none.har", "--workspace", "w.yaml", "--dry-run", "--json")
    assert done.returncode == 1
    assert "nothing was read from this file" in lines(done)[0]["notes"]
    assert "none.har: nothing was read" in done.stderr


def test_import_of_several_files_is_one_table_and_a_json_line_each(here: Path) -> None:
    (here / "more.jsonl").write_text((here / "rows.jsonl").read_text("utf-8"), "utf-8")
    files = ("rows.jsonl", "absent.jsonl", "more.jsonl")
    done = geo(here, "import", *files, "-w", "w.yaml")
    assert (done.stdout.count("unknown blocks"), done.returncode) == (1, 1)
    rows = [line for line in done.stdout.splitlines() if ".jsonl" in line]
    assert ["rows.jsonl" in rows[0], "more.jsonl" in rows[1], len(rows)] == [True, True, 2]
    again = lines(geo(here, "import", *files, "-w", "w.yaml", "--json"))
    assert [record["file"] for record in again] == ["rows.jsonl", "more.jsonl"]
    assert [record["new"] for record in again] == [0, 0]
