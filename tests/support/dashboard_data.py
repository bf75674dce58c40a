"""A small market of two workspaces in a database, scored by the real pipeline, for tests of the dashboard."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer
from geo_tracker.engines.base import ParsedCitation as Cited
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answers, save_failure
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import writing
from geo_tracker.storage.models import Answer, Body, Page, PageStatus, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.brands import mark_branded
from geo_tracker.workspaces.file import WorkspaceFile

LAST = date(2026, 11, 23)
DAYS = 28
BODY = b'{"answer": "as the engine sent it"}'
HOSTILE = (
    "Aurora CRM <script>alert('text')</script> <img src=x onerror=alert(1)> "
    '[click](javascript:alert(2)) **bold** :red[no] $x^2$ =HYPERLINK("http://evil.example") ![](http://evil.example/x.png)'
)
HOSTILE_TITLE = "=1+1 <b onmouseover=alert(3)>title</b>"

ENGLISH: dict[str, Any] = {
    "workspace": {"slug": "crm", "name": "CRM market", "locale": "en", "timezone": "Europe/Berlin"},
    "brands": [
        {"name": "Aurora CRM", "role": "own", "aliases": ["AuroraCRM"], "domains": ["auroracrm.example"]},
        {"name": "Aurora Desk", "role": "own", "domains": ["auroradesk.example"]},
        {"name": "Basalt", "aliases": ["Basalt CRM"], "domains": ["basalt.example"]},
        {"name": "Copperleaf", "domains": ["copperleaf.example"]},
        {"name": "Driftwood Sales", "domains": ["driftwood.example"]},
    ],
    "topics": ["small teams", "integrations"],
    "prompts": [
        {"text": text, "language": "en", "country": "US", "topic": topic}
        for text, topic in (
            ("What is the best CRM for a small sales team?", "small teams"),
            ("Which CRM is easiest to set up?", "small teams"),
            ("Which CRM is cheapest for five people?", "small teams"),
            ("Which CRM integrates best with email?", "integrations"),
            ("Which CRM has the best automation?", "integrations"),
            ("Which CRM works well with spreadsheets?", "integrations"),
            ("Is Aurora CRM any good?", "small teams"),
        )
    ],
}
CHINESE: dict[str, Any] = {
    "workspace": {"slug": "masks", "name": "敏感肌面膜", "locale": "zh-CN", "timezone": "Asia/Shanghai"},
    "brands": [
        {"name": "云纱", "role": "own", "aliases": ["Yunsha"], "domains": ["yunsha.example"]},
        {"name": "沐禾集", "domains": ["muheji.example"]},
        {"name": "初屿", "aliases": ["CHUYU"], "domains": ["chuyu.example"]},
        {"name": "白露研", "domains": ["bailuyan.example"]},
    ],
    "topics": ["敏感肌", "补水保湿"],
    "prompts": [
        {"text": text, "language": "zh", "country": "CN", "topic": topic}
        for text, topic in (
            ("敏感肌适合用什么样的面膜?", "敏感肌"),
            ("换季泛红用什么面膜比较好?", "敏感肌"),
            ("有没有温和不刺激的面膜推荐?", "敏感肌"),
            ("干皮冬天用哪款面膜补水?", "补水保湿"),
            ("学生党平价补水面膜有哪些?", "补水保湿"),
            ("熬夜后用什么面膜?", "补水保湿"),
            ("云纱面膜好用吗?", "敏感肌"),
        )
    ],
}
SITES = {"crm": ("review", "forum", "news", "wiki"), "masks": ("测评网", "论坛", "日报", "百科")}
ENGINES = {
    "crm": (("openai", "api"), ("perplexity", "api"), ("openai", "web")),
    "masks": (("doubao", "api"), ("kimi", "api")),
}
TEXTS = {
    "crm": (
        "There is no single best choice, but these are often recommended:",
        "{at}. **{name}** is easy to set up, and {name} has fair prices [{at}].",
        "Try one for a week before you decide.",
    ),
    "masks": (
        "选择面膜时先看成分是否精简。下面几款经常被推荐：",
        "{at}. **{name}**：{name}的面膜成分温和，换季泛红时也可以用[{at}]。",
        "建议先在耳后试用，确认没有刺痛再上脸。",
    ),
}
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
FAILURES = (
    EngineError(ErrorKind.RATE_LIMIT, "rate limit: asked to wait 30 s"),
    EngineError(ErrorKind.REFUSED, "the engine declined to answer"),
    EngineError(ErrorKind.EMPTY, "the engine returned no text"),
)


def fill(engine: sa.Engine, archive: Archive, *, days: int = DAYS, sandbox: bool = True) -> None:
    """Two workspaces with answers of each of the last days; the newest English answer is hostile."""
    sha = archive.put(BODY)
    for described in (ENGLISH, CHINESE):
        file = WorkspaceFile.model_validate(described)
        with writing(engine) as session:
            apply(session, file, datetime(2026, 1, 1, tzinfo=UTC))
            workspace = session.exec(select(Workspace).where(Workspace.slug == file.workspace.slug)).one()
            mark_branded(session, workspace)
            session.flush()
            _answers(session, workspace, sha, days, sandbox)
        score(engine, Archive("memory://"), workspace)


def _answers(session: Session, workspace: Workspace, sha: str, days: int, sandbox: bool) -> None:
    chance = random.Random(workspace.slug)
    run = Run(workspace_id=workspace.id, label="sandbox", sandbox=sandbox)
    session.add(run)
    session.flush()
    prompts = session.exec(
        select(Prompt).where(Prompt.workspace_id == workspace.id).order_by(col(Prompt.id))
    ).all()
    planned = [
        (_planned(workspace, run, prompt, name, surface, LAST - timedelta(days=back), sandbox), prompt, back)
        for back in reversed(range(days))
        for prompt in prompts
        for name, surface in ENGINES[workspace.slug]
    ]
    session.add_all(answer for answer, _, _ in planned)
    session.flush()
    session.add_all(
        Body(answer_id=answer.id, step=0, sha256=sha, status=200, received_at=answer.asked_at)
        for answer, _, _ in planned
    )
    failed = [answer for answer, _, _ in planned if chance.random() < 0.06]
    for answer in failed:
        save_failure(session, answer, chance.choice(FAILURES), NOW)
    pairs = [
        (answer, _parsed(answer, prompt, chance, workspace.slug, back / days))
        for answer, prompt, back in planned
        if answer not in failed
    ]
    if workspace.slug == "crm":
        pairs[-1] = (pairs[-1][0], _hostile())
    save_answers(session, pairs, NOW)
    session.flush()
    _crawled(session, workspace.slug)


def _planned(
    workspace: Workspace, run: Run, prompt: Prompt, name: str, surface: str, day: date, sandbox: bool
) -> Answer:
    return Answer(
        workspace_id=workspace.id,
        run_id=run.id,
        prompt_id=prompt.id,
        engine=name,
        surface=surface,
        day=day,
        key=f"{run.id}:{prompt.id}:{name}:{surface}:{day}",
        asked_at=datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC),
        sandbox=sandbox,
    )


def _parsed(answer: Answer, prompt: Prompt, chance: random.Random, slug: str, ago: float) -> ParsedAnswer:
    brands = _picked(chance, slug, answer.engine, ago)
    return ParsedAnswer(
        text=_text(slug, brands),
        citations=tuple(_cited(chance, slug, brands)),
        queries=(prompt.text, f"{prompt.text} {answer.day.year}"),
        search="yes",
        model=f"{answer.engine}-2026-10",
        cost=0.0042,
        currency="USD",
        usage={"input_tokens": 420, "output_tokens": 310},
    )


def _picked(chance: random.Random, slug: str, engine: str, ago: float) -> list[str]:
    """The own brand rises over the weeks, and more so on the second engine."""
    described = ENGLISH if slug == "crm" else CHINESE
    names = [brand["name"] for brand in described["brands"]]
    own = 0.35 + 0.4 * (1 - ago) + (0.15 if engine == "perplexity" else 0)
    weights = [own, *(0.75 / place for place in range(1, len(names)))]
    named = [name for name, weight in zip(names, weights, strict=True) if chance.random() < weight] or names[
        2:3
    ]
    chance.shuffle(named)
    return named


def _text(slug: str, brands: list[str]) -> str:
    before, item, after = TEXTS[slug]
    items = "\n".join(item.format(at=at, name=name) for at, name in enumerate(brands, 1))
    return f"{before}\n\n{items}\n\n{after}"


def _cited(chance: random.Random, slug: str, brands: list[str]) -> Iterator[Cited]:
    sites = SITES[slug]
    for ordinal, name in enumerate(brands, 1):
        at = chance.randrange(len(sites))
        own = chance.random() < 0.25
        host = f"{('crm' if slug == 'crm' else 'mask')}{at}.example"
        described = ENGLISH if slug == "crm" else CHINESE
        domain = next(brand["domains"][0] for brand in described["brands"] if brand["name"] == name)
        url = f"https://www.{domain}/products" if own else f"https://{host}/articles/{ordinal}"
        title = f"{name} - products" if own else f"{sites[at]} {ordinal}: {', '.join(brands)}"
        yield Cited(url=url, title=title, site=sites[at], role="cited", ordinal=ordinal)
    yield Cited(url=f"https://unread.example/{slug}", title="Seen, not used", role="retrieved")


def _hostile() -> ParsedAnswer:
    cited = (
        Cited(url="javascript:alert(4)", title=HOSTILE_TITLE, ordinal=1),
        Cited(url='https://evil.example/"><script>alert(5)</script>', title=HOSTILE_TITLE, ordinal=2),
    )
    return ParsedAnswer(HOSTILE, cited, queries=("<script>alert(6)</script>",), search="yes")


def _crawled(session: Session, slug: str) -> None:
    endings = (
        {"status": PageStatus.FETCHED, "http_status": 200, "language": "en", "author": "A. Writer"},
        {"status": PageStatus.FETCHED, "http_status": 200, "language": "en", "published": "2026-09-30"},
        {"status": PageStatus.FAILED, "http_status": 404, "error": "404 Not Found"},
        {"status": PageStatus.BLOCKED, "error": "robots.txt forbids it"},
    )
    names = [brand["name"] for brand in (ENGLISH if slug == "crm" else CHINESE)["brands"]]
    fetched = datetime(2026, 11, 20, tzinfo=UTC)
    for page in session.exec(select(Page).where(Page.status == PageStatus.PLANNED)).all():
        ending = endings[page.id % 7] if page.id % 7 < 4 else endings[0]
        page.sqlmodel_update(
            {"fetched_at": fetched, "title": f"Page {page.id}", "site": page.domain, **ending}
        )
        if page.status is PageStatus.FETCHED:
            page.text = "\n".join(
                f"{name}: a careful test of {name}." for name in names[: 1 + page.id % len(names)]
            )
        session.add(page)
