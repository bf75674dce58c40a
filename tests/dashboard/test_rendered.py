"""An answer as its app shows it: structure, marks where they stand, and nothing hostile."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from dashboard.rendered import ATTRIBUTES, TAGS, rendered
from geo_tracker.queries.answers import NamedSpan, Source
from tests.support.dashboard_data import HOSTILE
from tests.support.scripts import SCRIPTS, running

TEXT = """## 推荐

1. **“云纱”**适合敏感肌[1]，选**Aurora** CRM【2†shop】。

| Brand | Price |
|---|---|
| Aurora | 9 |

See [the shop](https://www.shop.example/a?b=1) or `Aurora`.<br>Bye
"""


def named(text: str, said: str, after: str = "", **more: bool) -> NamedSpan:
    start = text.index(said, text.index(after))
    return NamedSpan(start, start + len(said), said, "Aurora", True, "prose", **more)  # type: ignore[arg-type]


def source(text: str, said: str, position: int, ordinal: int | None = None) -> Source:
    start = text.index(said)
    span = ((start, start + len(said)),)
    place = ("https://a.example/x", "a.example", None, None, None, None)
    return Source(position, ordinal, "cited", *place, span, None, None, None, ())


def test_headings_lists_tables_bold_and_links_with_their_host() -> None:
    page = lxml_html.fromstring(f"<div>{rendered(TEXT)}</div>")
    assert page.xpath("string(//h4)") == "推荐"
    assert page.xpath("//ol/li/strong/text()") == ["“云纱”", "Aurora"]
    assert page.xpath("//table//td/text()") == ["Aurora", "9"]
    (link,) = page.xpath("//a")
    assert (link.text, link.get("href")) == ("the shop", "https://www.shop.example/a?b=1")
    assert link.get("rel") == "noopener noreferrer nofollow"
    assert page.xpath("//a/following-sibling::small/text()") == ["shop.example"]
    assert page.xpath("//code/text()") == ["Aurora"] and page.xpath("//br")


def test_mentions_sources_and_offers_are_marked_where_they_stand() -> None:
    across = named(TEXT, "Aurora** CRM")
    link = "[the shop](https://www.shop.example/a?b=1)"
    start = TEXT.index(link)
    made = rendered(
        TEXT,
        [across, named(TEXT, "Aurora", "| Aurora", unsure=True)],
        [source(TEXT, "[1]", 0, 7), source(TEXT, "【2†shop】", 1), source(TEXT, "| Aurora | 9 |\n", 2, 3)],
        [{"span": [start, start + len(link)], "merchant": 'M"<b>'}, {"span": []}],
        colours={"Aurora": "#0072B2"},
    )
    page = lxml_html.fromstring(f"<div>{made}</div>")
    assert page.xpath("//mark/text()") == ["Aurora", " CRM", "Aurora"]
    assert page.xpath("//mark/@class") == ["own", "own", "unsure"]
    assert page.xpath("//strong/mark/@style") == ["--brand: #0072B2"]
    assert page.xpath("//sup/a/@href") == ["#source-0", "#source-1", "#source-2"]
    assert page.xpath("//sup/a/text()") == ["7", "2", "3"]
    assert page.xpath("//td/sup/a/text()") == ["3"]
    assert "[1]" not in made and "†" not in made
    assert page.xpath("//*[@class='offer']//text()") == ["the shop"]
    assert page.xpath("//*[@class='offer']/@title") == ['M"<b>']


def test_numbers_of_sources_side_by_side_are_told_apart() -> None:
    text = "Mild [1][2] and cheap [3]."
    page = lxml_html.fromstring(
        f"<div>{rendered(text, (), [source(text, f'[{n}]', n - 1) for n in (1, 2, 3)])}</div>"
    )
    assert page.xpath("//sup/@class") == ["cite", "cite more", "cite"]


def test_the_sources_of_an_answer_that_is_shown_elsewhere_are_on_its_own_page() -> None:
    made = rendered("Mild [1].", (), [source("Mild [1].", "[1]", 0)], page='answers?answer=7&lang="zh"')
    (link,) = lxml_html.fromstring(f"<div>{made}</div>").xpath("//sup/a")
    assert (link.get("href"), link.get("target")) == ('answers?answer=7&lang="zh"#source-0', "_self")


def test_a_hostile_answer_stays_text() -> None:
    made = rendered(
        HOSTILE + "\n\n<iframe src=x></iframe> [a](data:text/html,x) ![p](https://evil.example/p.png)"
    )
    page = lxml_html.fromstring(f"<div>{made}</div>")
    assert not page.xpath("//script|//img|//iframe|//@onerror")
    assert not [url for url in page.xpath("//a/@href") if not url.startswith("https://")]
    assert "<script>alert('text')</script>" in unescape(str(made))


@pytest.mark.parametrize("text", SCRIPTS)
def test_nothing_of_an_answer_runs(text: str) -> None:
    assert running(f"<html><body>{rendered(text)}</body></html>") == []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["**", "[", "](", ")", "`", "|", "\n", "- ", "# ", "云纱", "A", "<b>", "!", "\U00100001"]
        )
    ),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))),
)
def test_any_text_with_any_places_gives_whole_and_safe_html(
    parts: list[str], spans: list[tuple[int, int]]
) -> None:
    text = "".join(parts)
    mentions = [NamedSpan(start, end, "", "A", True, "prose") for start, end in sorted(spans)]
    made = str(rendered(text, mentions))
    page = lxml_html.fromstring(f"<div>{made}</div>")
    for element in page.iterdescendants():
        assert element.tag in TAGS
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set())
    assert not re.search("[\U00100000-\U0010ffff]", made)
    assert {"云纱", "A"} & {*text} <= {*"".join(page.itertext())}
