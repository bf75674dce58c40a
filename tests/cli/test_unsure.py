"""Deciding on unsure mentions from the command line: what is taught counts, is seen and can be undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_tracker.workspaces.file import read_workspace
from tests.cli.test_commands import geo, lines

WORKSPACE = "workspace: {slug: w, name: W}\nbrands:\n  - {name: Peak, role: own}\n"
TEXTS = (
    "Peak routines help on busy days. Peak hours are from eight to ten.",
    "Peak routines are dull for many. Peak hours start at nine.",
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "w.yaml").write_text(WORKSPACE, "utf-8")
    rows = [{"prompt": f"Which app {n}?", "engine": "openai", "text": text} for n, text in enumerate(TEXTS)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert geo(tmp_path, "import", "rows.jsonl", "-w", "w.yaml").returncode == 0
    return tmp_path


def counted(here: Path) -> float:
    rows = lines(geo(here, "metrics", "-w", "w", "--json"))
    return next(row["value"] for row in rows if row["metric"] == "mention_rate")


def test_a_decision_counts_everywhere_is_seen_and_undone(here: Path) -> None:
    found = lines(geo(here, "unsure", "-w", "w", "--json"))
    by_word = {each["word"]: each for each in found}
    assert "routines" in by_word
    place, before = by_word["routines"]["place"], counted(here)

    done = geo(here, "unsure", "-w", "w", "--is-brand", place)
    assert (done.returncode, done.stdout) == (0, "add Peak: 'Peak' beside 'routines' is the brand\n")
    assert counted(here) == 1.0 > before
    assert geo(here, "apply", "w.yaml").stdout == ""
    assert lines(geo(here, "unsure", "-w", "w", "--rules", "--json")) == [
        {"number": 1, "name": "Peak", "alias": "Peak", "word": "routines", "brand": True}
    ]
    assert "routines" not in {each["word"] for each in lines(geo(here, "unsure", "-w", "w", "--json"))}

    assert geo(here, "unsure", "-w", "w", "--forget", "1").stdout.startswith("forget Peak")
    assert counted(here) == before
    assert lines(geo(here, "unsure", "-w", "w", "--json")) == found


def test_what_is_not_the_brand_is_no_longer_unsure(here: Path) -> None:
    place = next(
        e["place"] for e in lines(geo(here, "unsure", "-w", "w", "--json")) if e["word"] == "routines"
    )
    assert geo(here, "unsure", "-w", "w", "--not-brand", place).returncode == 0
    left = lines(geo(here, "unsure", "-w", "w", "--json"))
    assert "routines" not in {each["word"] for each in left}
    assert counted(here) == 0.0


def test_a_decision_is_written_into_the_file_or_not_made(here: Path) -> None:
    place = next(
        e["place"] for e in lines(geo(here, "unsure", "-w", "w", "--json")) if e["word"] == "routines"
    )
    (here / "other.yaml").write_text(WORKSPACE.replace("Peak", "Kelvira"), "utf-8")
    refused = geo(here, "unsure", "-w", "w", "--is-brand", place, "--write", "other.yaml")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the file does not have Peak" in refused.stderr
    assert lines(geo(here, "unsure", "-w", "w", "--rules", "--json")) == []

    done = geo(here, "unsure", "-w", "w", "--is-brand", place, "--write", "w.yaml")
    assert done.returncode == 0 and done.stdout.startswith(
        "add Peak: 'Peak' beside 'routines' is the brand\n"
    )
    (brand,) = read_workspace(here / "w.yaml").brands
    assert [(form.text, form.includes) for form in brand.aliases] == [("Peak", ["routines"])]
    assert geo(here, "apply", "w.yaml").stdout == ""


def test_where_no_name_is_a_chinese_word_nothing_is_learnt(here: Path) -> None:
    done = geo(here, "unsure", "-w", "w", "--learn")
    assert (done.returncode, done.stdout) == (0, "") and "no answer surely uses" in done.stderr
    assert lines(geo(here, "unsure", "-w", "w", "--learnt", "--json")) == []
    assert "nothing was learnt" in geo(here, "unsure", "-w", "w", "--forget-learnt").stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--is-brand", "1:9999"], "no unsure mention stands there"),
        (["--not-brand", "x"], "no place of an unsure mention"),
        (["--forget", "1"], "there is no rule 1"),
        (["--is-brand", "1:0", "--rules"], "give one of"),
        (["--word", "x"], "--word and --write go with"),
        (["--write", "w.yaml"], "--word and --write go with"),
        (["--learn", "--rules"], "give one of"),
    ],
)
def test_a_wrong_decision_says_so(here: Path, arguments: list[str], says: str) -> None:
    done = geo(here, "unsure", "-w", "w", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
