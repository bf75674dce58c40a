"""Jump links, twins and redirects: every hop is stored, and one page is one row however it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, Brand, Citation, Page, Score, Workspace
from geo_tracker.storage.pages import plan_pages
from tests.support.crawl import Home
from tests.support.server import Reply, Server

ARTICLE = """<!doctype html><html lang="en"><head><title>Masks compared</title>{head}</head><body><article>
<h1>Masks compared</h1><p>Aurora calms sensitive skin within three weeks, and it is mild enough for daily use.</p>
<p>It is not cheap, but one box holds five masks, and two a week are enough for most people we have asked.</p>
</article></body></html>"""
LOGIN = """<html><title>Log in</title><form><input type="password"></form><p>Please log in</p></html>"""
HOSTS = (
    "site.example", "site.com", "m.site.com",
    "aurora.example", "www.baidu.com", "www.sogou.com", "weixin.sogou.com", "t.co",
    "vertexaisearch.cloud.google.com", "link.example",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    """A web of its own behind a proxy, as the sandbox is: names lead where the test says."""
    home = Home(tmp_path / "home", server, {"GEO_SANDBOX_URL": server.url})
    server.pages = {f"{host}/robots.txt": Reply(404) for host in HOSTS}
    return home


def article(head: str = "") -> Reply:
    return Reply(body=ARTICLE.format(head=head).encode())


def markup(text: str) -> Reply:
    return Reply(body=text.encode())


def cite(home: Home, *urls: str) -> None:
    """Cite pages as saving an answer does."""
    home.cite([], sandbox=True)
    with writing(home.database) as session:
        answer = session.exec(select(Answer)).one()
        pages = plan_pages(session, urls, sandbox=True)
        for position, url in enumerate(urls):
            page_id = list(pages.values())[position] if len(pages) == len(urls) else None
            session.add(Citation(answer_id=answer.id, page_id=page_id, position=position, url=url))


def citations(home: Home) -> dict[str, tuple[str, str]]:
    """Address of the page and domain, by the address that the engine gave."""
    with reading(home.database) as session:
        found = select(Citation, Page).join(Page, Citation.page_id == Page.id)
        return {cited.url: (page.url, cited.domain) for cited, page in session.exec(found).all()}


def test_jump_links_of_all_engines_are_one_row(home: Home, server: Server) -> None:
    target = "http://site.example/masks?id=7"
    escaped = target.replace("/", "\\/")
    server.pages |= {
        "site.example/masks": article(),
        "vertexaisearch.cloud.google.com/grounding-api-redirect/AB": Reply(
            302, headers={"Location": "http://link.example/go"}
        ),
        "link.example/go": Reply(301, headers={"Location": f"{target}&utm_source=gemini#:~:text=masks"}),
        "www.baidu.com/link": markup(f'<script>window.location.replace("{target}")</script>'),
        "www.sogou.com/link": markup(
            f'<noscript><META http-equiv="refresh" content="0;URL=\'{target}\'"></noscript>'
        ),
        "weixin.sogou.com/link": markup(
            "<script>var url = ''; url += 'http://site.ex'; url += 'ample/masks?id=7';"
            "window.location.replace(url)</script>"
        ),
        "t.co/abc": markup(f"<title>x</title><script>location.replace('{escaped}')</script>"),
        "link.example/wrapped": Reply(302, headers={"Location": f"https://link.zhihu.com/?target={target}"}),
    }
    jumps = [
        "http://vertexaisearch.cloud.google.com/grounding-api-redirect/AB",
        "http://www.baidu.com/link?url=x",
        "http://www.sogou.com/link?url=y",
        "http://weixin.sogou.com/link?url=z",
        "http://t.co/abc",
        "http://link.example/wrapped",
    ]
    cite(home, *jumps)
    home.crawl("references")
    rows = home.pages()
    assert {rows[jump].status for jump in jumps} == {"moved"}
    assert rows[target].status == "fetched" and rows[target].title == "Masks compared"
    assert {rows[jump].target_id for jump in jumps} == {rows[target].id}
    assert set(citations(home).values()) == {(target, "site.example")}
    assert rows[jumps[0]].hops == [
        {"url": jumps[0], "status": 302},
        {"url": "http://link.example/go", "status": 301},
    ]
    assert rows[jumps[1]].hops == [{"url": jumps[1], "status": "page"}]
    assert [hop["status"] for hop in rows[jumps[5]].hops] == [302, "link"]
    assert server.fetched()["/masks"] == 1, "a page that is known or under way is not downloaded again"
    with writing(home.database) as session:
        again = plan_pages(
            session,
            [*jumps, "https://www.bing.com/ck/a?u=a1aHR0cDovL3NpdGUuZXhhbXBsZS9tYXNrcz9pZD03"],
            sandbox=True,
        )
    assert set(again.values()) == {rows[target].id}, "later answers find the page itself, without a request"


def test_twins_are_the_page_that_they_name(home: Home, server: Server) -> None:
    full = '<link rel="canonical" href="http://site.com/masks">'
    server.pages |= {
        "m.site.com/masks": article(full),
        "site.com/masks": article(full),
        "site.com/print": article('<link rel="canonical" href="http://other.com/masks">'),
        "site.com/masks/deep": article('<link rel="canonical" href="http://site.com/">'),
    }
    paths = ["m.site.com/masks", "site.com/masks", "site.com/print", "site.com/masks/deep"]
    cite(home, *(f"http://{path}" for path in paths))
    home.crawl("references")
    rows = home.pages()
    assert rows["http://m.site.com/masks"].status == "moved"
    assert rows["http://m.site.com/masks"].hops == [{"url": "http://m.site.com/masks", "status": "canonical"}]
    assert set(rows) == {f"http://{path}" for path in paths}
    assert rows["http://site.com/print"].status == "fetched", "no page may claim another site's row"
    assert rows["http://site.com/masks/deep"].status == "fetched", "a home page is not all pages"
    assert rows["http://site.com/masks"].version == 1


def test_what_a_jump_leads_to_is_what_failed(home: Home, server: Server) -> None:
    jump = "vertexaisearch.cloud.google.com/grounding-api-redirect"
    server.pages |= {
        f"{jump}/dead": Reply(302, headers={"Location": "http://site.example/dead"}),
        f"{jump}/wall": Reply(302, headers={"Location": "http://site.example/post"}),
        f"{jump}/private": Reply(302, headers={"Location": "http://127.0.0.1:1/secret"}),
        f"{jump}/robots": Reply(302, headers={"Location": "http://aurora.example/x"}),
        "aurora.example/robots.txt": Reply(body=b"User-agent: *\nDisallow: /"),
        "site.example/post": Reply(302, headers={"Location": "http://site.example/login?next=post"}),
        "site.example/login": markup(LOGIN),
        "site.example/old": Reply(302, headers={"Location": "http://site.example/404"}),
    }
    cite(
        home,
        *(f"http://{jump}/{name}" for name in ("dead", "wall", "private", "robots")),
        "http://site.example/old",
    )
    home.crawl("references")
    rows = home.pages()
    ends = {
        url: (page.status, page.wall, page.http_status)
        for url, page in rows.items()
        if page.status != "moved"
    }
    assert ends == {
        "http://site.example/dead": ("failed", None, 404),
        "http://site.example/post": ("failed", "login", 200),
        f"http://{jump}/private": ("blocked", None, None),
        "http://aurora.example/x": ("blocked", None, None),
        "http://site.example/old": ("failed", None, 404),
    }
    assert rows["http://site.example/post"].final_url == "http://site.example/login?next=post"
    assert {page.text for page in rows.values()} == {None}
    assert rows[f"http://{jump}/dead"].target_id == rows["http://site.example/dead"].id


def test_citations_through_jumps_count_as_owned_and_survive_a_rebuild(home: Home, server: Server) -> None:
    server.pages |= {
        "link.example/1": Reply(302, headers={"Location": "http://aurora.example/masks"}),
        "aurora.example/masks": article(),
    }
    cite(home, "http://link.example/1")
    with writing(home.database) as session:
        workspace = session.exec(select(Workspace)).one()
        session.add(Brand(workspace_id=workspace.id, name="Aurora", own=True, domains=["aurora.example"]))
        answer = session.exec(select(Answer)).one()
        answer.text, answer.captured_at = "Aurora is mild.", datetime.now(UTC)
    score(home.database, home.archive, workspace)
    assert owned(home) == (0, 0)
    home.crawl("references")
    score(home.database, home.archive, workspace)
    assert owned(home) == (1, 1), "an answer whose source has moved is scored again"
    before = home.pages()
    with writing(home.database) as session:
        session.exec(select(Page).where(Page.url == "http://aurora.example/masks")).one().text = "lost"
    rebuild_all(home.database, home.archive, workspace)
    after = home.pages()
    assert {url: page.model_dump(warnings=False) for url, page in after.items()} == {
        url: page.model_dump(warnings=False) for url, page in before.items()
    }


def owned(home: Home) -> tuple[int, int]:
    with reading(home.database) as session:
        found = session.exec(select(Score)).one()
        return found.citations_owned, found.pages_naming
