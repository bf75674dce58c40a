"""A home with planned rows, and spiders run on it as a user runs them: in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from geo_tracker.config import Settings
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Citation, Page, Prompt, Run, Workspace
from tests.support import commands
from tests.support.places import DATA, ROOT
from tests.support.server import Server

PLUGIN = DATA / "plugin"
DUE = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@dataclass
class Home:
    """One database and archive, the environment that leads to them, and the server that is the world."""

    root: Path
    server: Server
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    """Of the spider, beside its workspace: `name=value`."""

    def __post_init__(self) -> None:
        paths = os.pathsep.join([str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.environment = {
            **os.environ,
            "GEO_HOME": str(self.root),
            "PYTHONPATH": paths,
            "TINY_API_KEY": "tiny-secret-key",
            **{f"GEO_{name}_BASE_URL": self.server.url for name in ("TINY", "LOOPING", "SERP")},
            **self.environment,
        }
        self.options = {"ANSWER_BACKOFF": 0.05, "BREAKER_PAUSE": 0.05, **self.options}
        self.database = open_engine(self.settings.database_url)
        self.archive = Archive(self.settings.archive_url)
        migrate(self.database)

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environment)

    def plan(self, prompts: Sequence[str], engine: str = "tiny", *, sandbox: bool = False) -> None:
        """Plan one answer for each prompt in the workspace `w`."""
        with writing(self.database) as session:
            insert_new(session, Workspace, [{"slug": "w", "name": "W"}])
            workspace = session.exec(select(Workspace)).one()
            texts = [{"workspace_id": workspace.id, "text": text} for text in prompts]
            insert_new(session, Prompt, texts)
            run = Run(workspace_id=workspace.id, due_at=DUE, sandbox=sandbox)
            session.add(run)
            session.flush()
            ids = dict(session.exec(select(Prompt.text, Prompt.id)).all())
            rows = [
                {
                    "workspace_id": workspace.id,
                    "run_id": run.id,
                    "prompt_id": ids[text],
                    "engine": engine,
                    "key": f"{run.id}:{text}:{engine}",
                    "day": date(2026, 3, 1),
                    "sandbox": sandbox,
                }
                for text in prompts
            ]
            insert_new(session, Answer, rows)

    def cite(self, urls: Sequence[str], *, sandbox: bool = False) -> None:
        """Have an answer of the workspace `w` cite pages."""
        self.plan(["cites"], sandbox=sandbox)
        with writing(self.database) as session:
            session.exec(select(Answer)).one().status = AnswerStatus.CAPTURED
        self.plan_pages(urls, sandbox=sandbox)

    def plan_pages(self, urls: Sequence[str], *, sandbox: bool = False) -> None:
        """More pages for the answer that cites; also such as planning itself would refuse."""
        with writing(self.database) as session:
            answer = session.exec(select(Answer)).one()
            rows = [{"url": url, "domain": "", "sandbox": sandbox} for url in urls]
            insert_new(session, Page, rows)
            pages = session.exec(select(Page).where(col(Page.url).in_(urls))).all()
            cited = [
                {"answer_id": answer.id, "page_id": page.id, "position": 0, "url": page.url} for page in pages
            ]
            insert_new(session, Citation, cited)

    def start(self, spider: str, workspace: str = "w") -> subprocess.Popen[str]:
        """Start a spider that can be watched and killed."""
        command = [sys.executable, "-m", "scrapy", *self._order(spider, workspace)]
        return subprocess.Popen(command, env=self._set(), cwd=ROOT, stderr=subprocess.PIPE, text=True)

    def crawl(self, spider: str, workspace: str = "w") -> str:
        """Run a spider to its end, give its log."""
        done = commands.run(self._order(spider, workspace), ROOT, self._set(), program="scrapy")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def _order(self, spider: str, workspace: str) -> list[str]:
        options = [part for name, value in self.options.items() for part in ("-s", f"{name}={value}")]
        named = [part for each in (f"workspace={workspace}", *self.arguments) for part in ("-a", each)]
        return ["crawl", spider, *named, *options]

    def _set(self) -> dict[str, str]:
        return {**self.environment, "SCRAPY_SETTINGS_MODULE": "spiders.settings"}

    def kill_when(self, spider: str, ripe: Callable[[], bool]) -> None:
        """Run a spider and kill -9 it once the condition holds."""
        process = self.start(spider)
        deadline = time.monotonic() + 60
        while not ripe():
            assert process.poll() is None, (
                f"ended before it could be killed: {process.stderr and process.stderr.read()}"
            )
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        process.communicate()

    def answers(self) -> Mapping[str, Answer]:
        """The rows by prompt."""
        with reading(self.database) as session:
            return dict(session.exec(select(Prompt.text, Answer).join(Answer)).all())

    def bodies(self, prompt: str) -> list[Body]:
        statement = select(Body).join(Answer).join(Prompt).where(Prompt.text == prompt)
        with reading(self.database) as session:
            return list(session.exec(statement.order_by(col(Body.id))).all())

    def pages(self) -> Mapping[str, Page]:
        """The rows by URL."""
        with reading(self.database) as session:
            return {page.url: page for page in session.exec(select(Page)).all()}

    def count(self, table: type[SQLModel]) -> int:
        with reading(self.database) as session:
            return session.exec(select(sa.func.count()).select_from(table)).one()

    def stored_text(self) -> str:
        """Every value in the database, to look for what must not be there."""
        with self.database.connect() as connection:
            tables = SQLModel.metadata.sorted_tables
            return "\n".join(
                str(tuple(row)) for table in tables for row in connection.execute(sa.select(table))
            )
