"""workspace.yaml: what it means, and what a typo in it says."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.workspaces.file import read_workspace

GOOD = """
workspace: {slug: demo-zh, name: 示例, locale: zh-CN, timezone: Asia/Shanghai}
brands:
  - name: 云纱
    role: own
    aliases: [Yunsha, {text: 纱, requires: [面膜], excludes: [窗], case: sensitive}]
    products: 云纱舒缓面膜
    domains: ["https://Yunsha.example/shop"]
  - name: 360
prompts:
  - 敏感肌适合用什么样的面膜?
  - {text: Best mask?, language: no, country: us, stage: decision}
panels:
  - {name: daily, engines: [openai], repeats: 3, cron: "0 6 * * *", budget: {calls_per_month: 10}}
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_full_file_is_read(tmp_path: Path) -> None:
    file = read_workspace(write(tmp_path / "w.yaml", GOOD))
    assert file.specs[0] == BrandSpec(
        "云纱",
        (
            AliasSpec("Yunsha"),
            AliasSpec("纱", ("面膜",), ("窗",), case_sensitive=True),
            AliasSpec("云纱舒缓面膜", product=True),
        ),
        ("yunsha.example",),
        own=True,
    )
    assert file.specs[1].name == "360"
    assert file.prompts is not None
    assert [(p.text, p.language, p.country) for p in file.prompts] == [
        ("敏感肌适合用什么样的面膜?", "", ""),
        ("Best mask?", "no", "US"),
    ]


def test_only_brands_are_needed_and_the_file_names_the_workspace(tmp_path: Path) -> None:
    file = read_workspace(write(tmp_path / "Zh Travel.workspace.json", '{"brands": [{"name": "携程"}]}'))
    assert file.workspace.slug == "zh-travel"
    assert file.prompts is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("brands:\n  - name: A\n    rol: own\n", 3, "brands[0].rol: no such field"),
        ("brands:\n  - name: A\n    role: boss\n", 3, "brands[0].role"),
        ("workspace: {slug: 'A b'}\nbrands: [{name: A}]\n", 1, "workspace.slug"),
        ("workspace:\n  timezone: Mars/Base\nbrands: [{name: A}]\n", 2, "'Mars/Base' is not a timezone"),
        ("workspace: {locale: klingon}\nbrands: [{name: A}]\n", 1, "'klingon' is not a language tag"),
        (
            "brands: [{name: A}]\npanels:\n - name: p\n   engines: [openai]\n   budget: {currency: EURO}\n",
            5,
            "'EURO' is not a currency code",
        ),
        ("brands:\n - name: A\n   products: [{text: B, price: 9}]\n", 3, "a price needs a currency"),
        ("brands: [{name: A}]\nsources:\n  a.example: forum\n", 2, "'forum' is none of owned"),
        ("brands: [{name: A}]\nplatforms:\n  - {name: x}\n", 2, "needs a name and hosts"),
        ("brands:\n - name: A\n - name: a\n", 3, "brands[1].name: the same as brands[0]"),
        ('brands:\n - name: "A\\0b"\n', 2, "brands[0].name: holds a control character"),
        ("brands: [{name: A}]\npanels:\n - name: p\n   engines: [nosuch]\n", 4, "no engine named 'nosuch'"),
        ("brands: [{name: A}]\npanels:\n - name: p\n   apps: [nosuch]\n", 4, "no app nosuch; apps: chatgpt"),
        ("brands: [{name: A}]\npanels:\n - name: p\n", 3, "a panel needs engines, or apps"),
        ("brands: [{name: A}]\npanels:\n - {name: p, engines: [openai], cron: hourly}\n", 3, "not a cron"),
        ("brands: [{name: A}]\nprompts:\n - text: ''\n", 3, "prompts[0].text"),
        (f"brands: [{{name: A}}]\nprompts:\n - text: {'问' * 834}\n", 3, "longer than 2,500 bytes"),
        (f"brands: [{{name: A}}]\nprompts:\n - text: a\n   persona: {'b' * 2500}\n", 4, "longer than 2,500"),
        ("brands:\n  - name: A\n   role: own\n", 3, "not YAML"),
        ("- a\n- b\n", 1, "a workspace file is a mapping"),
        ("topics: [x]\n", 1, "brands: Field required"),
        ("brands: [{name: A, domains: [not a domain]}]\n", 1, "is not a domain"),
    ],
)
def test_a_mistake_names_line_and_field(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = write(tmp_path / "w.yaml", text)
    with pytest.raises(UsageError) as caught:
        read_workspace(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert says in str(caught.value)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "w.yaml", "brands:\n  - nam: A\n  - name: B\n    x: 1\n")
    with pytest.raises(UsageError) as caught:
        read_workspace(path)
    assert len(str(caught.value).splitlines()) == 3


def test_a_missing_or_foreign_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("brands: [{name: 云纱}]".encode("gbk"))
    for name in ("absent.yaml", "gbk.yaml"):
        with pytest.raises(UsageError):
            read_workspace(tmp_path / name)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "w.yaml"
    path.write_bytes(data)
    try:
        read_workspace(path)
    except UsageError as error:
        assert str(path) in str(error)


def test_a_products_numbers_and_price(tmp_path: Path) -> None:
    text = """
brands:
  - name: A
    products:
      - {text: One, sku: 100012043978, gtin: 6901234567892, price: 129, currency: CNY}
      - {text: Two, sku: [A-1, 2, ""], gtin: null}
      - {text: Three, sku: null}
"""
    one, two, three = read_workspace(write(tmp_path / "w.yaml", text)).brands[0].products
    assert (one.sku, one.gtin, one.price, one.currency) == (["100012043978"], "6901234567892", 129, "CNY")
    assert (two.sku, two.gtin, three.sku) == (["A-1", "2"], "", [])


@pytest.mark.parametrize(
    ("product", "says"),
    [
        ("{text: One, price: 129}", "a price needs a currency"),
        ("{text: One, price: 0, currency: CNY}", "greater than 0"),
        ("{text: One, price: 5, currency: yuan}", "currency"),
    ],
)
def test_a_price_that_cannot_be_compared_is_named(tmp_path: Path, product: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_workspace(write(tmp_path / "w.yaml", f"brands: [{{name: A, products: [{product}]}}]\n"))


def test_a_broken_platform_is_named_with_its_line(tmp_path: Path) -> None:
    text = "brands: [{name: A}]\nplatforms:\n  - {name: x, hosts: 5}\n"
    with pytest.raises(UsageError, match=r"w\.yaml:2: platforms: platform x: hosts must be"):
        read_workspace(write(tmp_path / "w.yaml", text))


def test_what_the_starter_file_shows_as_a_comment_holds(tmp_path: Path) -> None:
    starter = files("geo_tracker.workspaces").joinpath("template.yaml").read_text("utf-8")
    shown = re.sub(
        r"^(\s*)# (- \{text: Acme Flow|platforms:|signals:|  )", r"\1\2", starter, flags=re.MULTILINE
    )
    file = read_workspace(write(tmp_path / "w.yaml", shown))
    assert [platform["name"] for platform in file.platforms] == ["harbour"]
    assert [product.text for product in file.brands[0].products] == ["Acme Pipeline", "Acme Flow"]
    assert file.signals is not None and file.signals.channels[0].now == ["outage"]


SIGNALS = """
brands: [云纱]
signals:
  quiet: 22:00 - 08:00
  channels:
    - {name: team, now: outage}
    - {name: The boss, digest: daily, at: 07:30, language: zh}
"""


def test_channels_of_signals_are_read(tmp_path: Path) -> None:
    file = read_workspace(write(tmp_path / "w.yaml", SIGNALS.replace("[云纱]", "[{name: 云纱}]")))
    assert file.signals is not None and file.signals.quiet == "22:00-08:00"
    team, boss = file.signals.channels
    assert (team.digest, team.day, team.at, team.now) == ("weekly", "monday", "09:00", ["outage"])
    assert (boss.digest, boss.at, boss.language) == ("daily", "07:30", "zh")


@pytest.mark.parametrize(
    ("typo", "says"),
    [
        (("22:00 - 08:00", "22:00"), ":4: signals.quiet: '' is not a time of day"),
        (("22:00 - 08:00", "08:00-08:00"), ":4: signals.quiet: '08:00-08:00' begins and ends"),
        (("07:30", "7:30"), ":7: signals.channels[1].at: '7:30' is not a time of day such as '09:00'"),
        (
            ("now: outage", "now: outages"),
            ":6: signals.channels[0].now: no kind of signal outages; there are outage,",
        ),
        (("language: zh", "language: fr"), ":7: signals.channels[1].language: 'fr' is none of en, zh"),
        (("The boss", "Team"), ":7: signals.channels[1].name: the same as signals.channels[0]"),
        (("The boss", "https://x"), ":7: signals.channels[1].name: String should match"),
        (("digest: daily", "digets: daily"), ":7: signals.channels[1].digets: no such field"),
    ],
)
def test_a_typo_in_signals_is_told_with_its_line(tmp_path: Path, typo: tuple[str, str], says: str) -> None:
    text = SIGNALS.replace("[云纱]", "[{name: 云纱}]").replace(*typo)
    with pytest.raises(UsageError, match=re.escape(says)):
        read_workspace(write(tmp_path / "w.yaml", text))


def test_anchors_that_multiply_are_refused_before_they_unfold(tmp_path: Path) -> None:
    """Nine levels of nine are 387 million entries: read, they would fill the memory."""
    levels = "\n".join(
        f"{name}: &{name} [{','.join([f'*{below}'] * 9)}]"
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for place in ("brands: *i", "brands: [{name: x, aliases: *i}]", "prompts: [{text: x, tags: *i}]"):
        text = f"workspace: {{slug: w, name: w}}\na: &a [x,x,x,x,x,x,x,x,x]\n{levels}\n{place}\n"
        with pytest.raises(UsageError, match="no such field"):
            read_workspace(write(tmp_path / "w.yaml", text))
