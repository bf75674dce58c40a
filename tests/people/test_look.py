"""An installation looks like its agency's: in the dashboard's head, and in reports that say nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo_tracker.config import Look
from geo_tracker.errors import UsageError
from geo_tracker.reports.template import PartyEntry, Template, read_template
from tests.support.places import ROOT

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
PNG = ROOT / "dashboard" / "icon.png"


@pytest.fixture
def svg(tmp_path: Path) -> str:
    (tmp_path / "logo.svg").write_text(SVG)
    return str(tmp_path / "logo.svg")


def test_it_is_read_from_the_environment(svg: str) -> None:
    found = Look.from_environment({"GEO_NAME": " Northlight ", "GEO_LOGO": svg, "GEO_COLOUR": "#0A0b0C"})
    assert found == Look("Northlight", svg, "#0A0b0C")
    assert Look.from_environment({}) == Look("", "", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("GEO_COLOUR", "blue"), ("GEO_COLOUR", "#12345"), ("GEO_LOGO", "/nowhere.png"), ("GEO_LOGO", __file__)],
)
def test_what_is_no_look_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Look.from_environment({name: value})


def test_reports_look_like_it_where_their_template_is_silent(svg: str, tmp_path: Path) -> None:
    look = Look("Northlight", svg, "#112233")
    _, branding = read_template(None, look)
    assert (branding.agency.name, branding.colour) == ("Northlight", "#112233")
    assert branding.agency.logo.startswith("data:image/svg+xml;base64,") and branding.client.name == ""
    said = Template()
    said = said.model_copy(
        update={"branding": type(said.branding)(colour="#445566", agency=PartyEntry(name="Own"))}
    )
    assert (said.dressed(tmp_path, look).agency.name, said.dressed(tmp_path, look).colour) == (
        "Own",
        "#445566",
    )
    assert read_template(None)[1].agency.name == ""


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_dashboard_wears_it(svg: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_NAME", "Northlight")
    monkeypatch.setenv("GEO_LOGO", svg if kind == "svg" else str(PNG))
    monkeypatch.setenv("GEO_OIDC_CLIENT_ID", "geo")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=300).run()
    assert not app.exception
    assert any("<h1>Northlight</h1>" in each.proto.body for each in app.get("html"))
