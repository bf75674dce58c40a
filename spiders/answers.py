"""Asks the engines what is planned; every response is archived and recorded before anything parses it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.settings.default_settings import SPIDER_MIDDLEWARES_BASE
from sqlmodel import Session, select
from twisted.python.failure import Failure

from geo_tracker.config import Settings
from geo_tracker.engines import engines
from geo_tracker.engines.base import (
    Engine,
    EngineError,
    EngineRequest,
    EngineResponse,
    ErrorKind,
    ParsedAnswer,
)
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.answers import save_bodies
from geo_tracker.storage.archive import sha256_of
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Answer, Body
from geo_tracker.storage.paces import EngineLimits, Trouble, allowance, note_answer, note_failure
from geo_tracker.storage.spending import Limit, let_wait, next_month, over_budget
from spiders.asking import Ask, Asking, Claimed, askable, claim_answers, mark_asked, next_tries
from spiders.items import Captured, Failed, Item, Postponed
from spiders.network import broken_connection, request_of
from spiders.pace import LONG_AGO, Pace, retry_after, wait_before_retry
from spiders.rows import RowSpider

CLOSING = (ErrorKind.AUTH, ErrorKind.QUOTA)
SHARED = (ErrorKind.RATE_LIMIT, ErrorKind.TRANSIENT)
"""Failures of the engine rather than of one answer: all workers take note of them."""


class AnswersSpider(RowSpider):
    """`scrapy crawl answers -a workspace=SLUG`"""

    name = "answers"
    table = Answer
    custom_settings = {  # noqa: RUF012 - Scrapy's own attribute
        # Made for following links: one of them drops long addresses, such as those of GET engines.
        "SPIDER_MIDDLEWARES": dict.fromkeys(SPIDER_MIDDLEWARES_BASE),
        "DEFAULT_REQUEST_HEADERS": {},
        "RETRY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
        "DOWNLOAD_MAXSIZE": 64 * 1024 * 1024,
        "DOWNLOADER_MIDDLEWARES": {"spiders.middlewares.Turns": 50},
    }

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        sandbox = Settings.from_environment().sandbox_url is not None
        quick = {"concurrency": settings.getint("SANDBOX_CONCURRENCY"), "delay": 0.0, "jitter": 0.0}
        slots = {
            # The delay is kept over all workers, by `turns`.
            name: quick if sandbox else {"concurrency": each.concurrency, "delay": 0.0, "turns": each.delay}
            for name, each in engines().items()
        }
        settings.set("DOWNLOAD_SLOTS", slots, priority="spider")

    async def start(self) -> AsyncIterator[Any]:
        self._failures: Counter[int] = Counter()
        self._spent: set[str] = set()
        self._troubled: set[str] = set()
        self._runs: dict[int, int] = {}
        slots = self.settings.getdict("DOWNLOAD_SLOTS")
        self._paces = {name: Pace(slot["delay"], slot["concurrency"]) for name, slot in slots.items()}
        async for output in super().start():
            yield output

    def _open(self) -> None:
        super()._open()
        # A response that was cut off is in its row, and asked for again.
        logging.getLogger(http11.__name__).setLevel(logging.ERROR)
        self._wanted = askable(self.workspace, self.sandbox)
        self._engines = {name: engine for name in self._planned_engines() if (engine := self._ready(name))}
        # The sandbox needs no politeness, and what it simulates is over in no time.
        self._limits = (
            {} if self.sandbox else {name: self._limits_of(each) for name, each in self._engines.items()}
        )

    def _limits_of(self, engine: Engine) -> EngineLimits:
        address = self.environment.access(engine).base_url or engine.base_url
        slot = self.settings.getdict("DOWNLOAD_SLOTS")[engine.name]
        own = {"delay": slot.get("turns", slot["delay"]), "concurrency": slot["concurrency"]}
        return EngineLimits(engine.name, urlsplit(address).netloc, timeout=engine.timeout, **own)

    def _planned_engines(self) -> Sequence[str]:
        other = select(Answer.id).where(*askable(self.workspace, not self.sandbox)).limit(1)
        with reading(self.database) as session:
            if session.exec(other).first():
                kind, variable = ("real", "unset") if self.sandbox else ("sandbox", "set")
                self.logger.warning(
                    "%s: its planned %s answers stay planned: %s GEO_SANDBOX_URL to ask them",
                    self.slug, kind, variable,
                )  # fmt: skip
            return session.exec(select(Answer.engine).where(*self._wanted).distinct()).all()

    def _ready(self, name: str) -> Engine | None:
        engine = engines().get(name)
        reason = self.environment.unready(engine) if engine else f"{name}: no such engine is installed"
        if reason:
            self.logger.warning("%s", reason)
        return None if reason else engine

    async def claim(self) -> Sequence[Claimed]:
        room = self._room()
        if not room:
            return []
        rows = await self.alone(lambda session: self._claim(session, room))
        self.held.update({row.answer.id: row.answer.engine for row in rows})
        self._runs.update({row.answer.id: row.answer.run_id for row in rows})
        return rows

    def about(self, row_id: int) -> dict[str, object]:
        return {"run": self._runs.pop(row_id, None), "answer": row_id, "engine": self.held.get(row_id)}

    def _claim(self, session: Session, room: dict[str, int]) -> list[Claimed]:
        now = self.now()
        # An engine may have closed while this claim waited for its turn to write: its row is planned again by now.
        room = {name: free for name, free in room.items() if self._paces[name].closed is None}
        # In one order: two who claim wait for each other's rows.
        for name, limits in sorted(self._limits.items()):
            if name in room:
                given = allowance(session, limits, room[name], now, workspace=self.workspace.id)
                self._paces[name].resume_at = given.again_at or LONG_AGO
                room[name] = given.requests
        return claim_answers(session, self._wanted, {name: n for name, n in room.items() if n}, now)

    def _room(self) -> dict[str, int]:
        held, now = Counter(self.held.values()), self.now()
        room = {}
        for name in self._engines:
            pace = self._paces[name]
            free = pace.concurrency - held[name]
            # Half full is soon enough: a claim for every single answer would cost more than it gains.
            if pace.closed is None and pace.resume_at <= now and 2 * free >= pace.concurrency:
                room[name] = free
        return room

    async def next_due(self) -> float | None:
        now = self.now()
        tries = await self.writer.run(lambda session: next_tries(session, self._wanted, now))
        due = {
            name: max(at, self._paces[name].resume_at)
            for name, at in tries.items()
            if name in self._engines and self._paces[name].closed is None
        }
        soonest = min(((at - now).total_seconds() for at in due.values()), default=None)
        if soonest is None or soonest <= self.settings.getfloat("ANSWER_PATIENCE"):
            return soonest
        for name, at in due.items():
            self.logger.warning(
                "%s: the rest has to wait until %s; run again then", name.upper(), f"{at:%F %H:%M} UTC"
            )
        return None

    async def take(self, row: Claimed) -> Request | Item:
        if row.answer.sandbox is not self.sandbox:
            raise AssertionError(
                "a sandbox answer must never be asked of a real engine, nor the other way round"
            )
        engine = self._engines[row.answer.engine]
        asking = Asking(row, engine, replace(self.environment.access(engine), now=self.now()))
        try:
            stored = [await asyncio.to_thread(self.archive.get, body.sha256) for body in row.bodies]
        except GeoTrackerError as error:  # a body is lost or damaged: asking again would hide that
            return Failed(row.answer.id, EngineError(ErrorKind.MALFORMED, str(error)), self.now())
        replies = [EngineResponse(body.status, data) for body, data in zip(row.bodies, stored, strict=True)]
        return await self._proceed(asking, [None, *replies])

    async def parse(self, response: Response, asking: Asking) -> AsyncIterator[Request | Item]:
        headers = {str(name).lower(): value for name, value in response.headers.to_unicode_dict().items()}
        reply = EngineResponse(response.status, response.body, headers)
        await self._record(asking, reply)
        outcome = await self._proceed(asking, [reply])
        if isinstance(outcome, Request):
            await asyncio.sleep(0.0 if self.sandbox else outcome.meta["wait"])
        yield outcome

    async def broken(self, failure: Failure) -> AsyncIterator[Item]:
        asking: Asking = request_of(failure).cb_kwargs["asking"]
        reason = broken_connection(failure.value)
        if reason is None:
            self.logger.error("%s: %s", asking.engine.name, failure.getErrorMessage())
        kind = ErrorKind.TRANSIENT if reason else ErrorKind.REQUEST
        error = EngineError(kind, f"{asking.engine.name}: {reason or type(failure.value).__name__}")
        yield await self._failed(asking, error)

    async def _record(self, asking: Asking, reply: EngineResponse) -> None:
        body = Body(
            answer_id=asking.row.answer.id,
            step=asking.step,
            sha256=sha256_of(reply.body),
            status=reply.status,
            received_at=self.now(),
        )
        try:
            await self.writer.write(save_bodies, body, reply.body)
        except GeoTrackerError as error:
            raise self.stopped(error) from None

    async def _proceed(self, asking: Asking, replies: Sequence[EngineResponse | None]) -> Request | Item:
        try:
            for reply in replies:
                outcome = asking.advance(reply)
        except EngineError as error:
            if error.retry_after is None and reply is not None:
                error.retry_after = retry_after(reply.headers, self.now())
            return await self._failed(asking, error)
        if isinstance(outcome, ParsedAnswer):
            await self._answered(asking)
            return Captured(asking.row.answer.id, outcome, self.now())
        return await self._request(asking, outcome)

    async def _request(self, asking: Asking, request: EngineRequest) -> Request | Item:
        row, name = asking.row, asking.engine.name
        if not request.url.startswith(("http://", "https://")):
            variable = f"GEO_{name.upper().replace('-', '_')}_BASE_URL"
            error = EngineError(ErrorKind.REQUEST, f"{variable} is not an http or https address")
            return await self._close_engine(asking, error)
        simulated = row.due_at if self.sandbox else None
        at = None if asking.step else simulated or self.now()
        ask = Ask(row.answer.id, name, at, counts=not request.wait)
        await self.writer.write(self._mark_asked, ask)
        if ask.barred:
            return await self._out_of_budget(asking, ask.barred)
        if ask.rests:
            told = EngineError(ErrorKind.TRANSIENT, f"{name} rests: it failed too often in a row")
            return Postponed(row.answer.id, asking.step, told, max(self.now(), self._paces[name].resume_at))
        if ask.turn and ask.turn.troubled:
            self._troubled.add(name)
        return Request(
            request.url,
            method=request.method,
            headers={**request.headers, **(row.sandbox_headers if self.sandbox else {})},
            body=request.body,
            callback=self.parse,
            errback=self.broken,
            cb_kwargs={"asking": asking},
            meta={
                "download_slot": name,
                "download_timeout": asking.engine.timeout,
                "wait": request.wait,
                "turn": (ask.turn.at - self.now()).total_seconds() if ask.turn and ask.turn.at else 0.0,
                **({"proxy": None} if self.sandbox else {}),
            },
            dont_filter=True,
        )

    def _mark_asked(self, session: Session, asks: list[Ask]) -> None:
        mark_asked(session, asks, self.workspace, self._limits, self.now(), sandbox=self.sandbox)

    async def _out_of_budget(self, asking: Asking, limit: Limit) -> Item:
        """The row waits for the next month, and with it all that the limit is about."""
        now, row = self.now(), asking.row.answer
        reason = over_budget(limit, self.workspace, now)
        if limit.engine not in self._spent:
            self._spent.add(limit.engine)
            waiting = await self.writer.run(
                lambda session: let_wait(session, self.workspace, limit, now, sandbox=self.sandbox)
            )
            self.logger.warning(
                "%s: %s; %d answers wait", limit.engine.upper() or self.slug, reason, waiting + 1
            )
        return Postponed(
            row.id, asking.step, EngineError(ErrorKind.BUDGET, reason), next_month(self.workspace, now)
        )

    async def _answered(self, asking: Asking) -> None:
        name = asking.engine.name
        self._failures.pop(asking.row.answer.id, None)
        if limits := self._limits.get(name):
            if name in self._troubled:
                self._troubled.remove(name)
                await self._note_answer(limits)
            return
        self._paces[name].speed_up()
        self._adapt(name)

    async def _note_answer(self, limits: EngineLimits) -> None:
        """Tell all workers that an engine that failed of late has answered."""
        if await self.alone(lambda session: note_answer(session, limits, self.now())):
            self.logger.warning("%s: answers again", limits.engine.upper())
            self._paces[limits.engine].resume_at = LONG_AGO

    async def _failed(self, asking: Asking, error: EngineError) -> Item:
        row_id, now = asking.row.answer.id, self.now()
        told = EngineError(error.kind, self.secrets.hide(str(error)))
        if error.kind in CLOSING:
            return await self._close_engine(asking, told)
        self._failures[row_id] += 1
        failures = self._failures[row_id]
        until = now + wait_before_retry(
            failures,
            error.retry_after,
            self.settings.getfloat("ANSWER_BACKOFF"),
            self.settings.getfloat("ANSWER_BACKOFF_MAX"),
        )
        limited = error.kind is ErrorKind.RATE_LIMIT
        if error.kind in SHARED and (rest := await self._note(asking, told, until if limited else None)):
            return Postponed(row_id, asking.step, told, max(rest, until))
        if not error.retryable or failures >= self.settings.getint("ANSWER_TRIES"):
            return Failed(row_id, told, now)
        if limited and not self._limits:
            self._paces[asking.engine.name].slow_down(now, until)
            self._adapt(asking.engine.name)
        return Postponed(row_id, asking.step, told, until)

    async def _note(
        self, asking: Asking, told: EngineError, until: datetime | None, *, for_all: bool = False
    ) -> datetime | None:
        """Tell all workers of a failure; until when the engine rests for it, None if it does not."""
        name = asking.engine.name
        limits = self._limits.get(name)
        if limits is None:
            return None
        self._troubled.add(name)
        rest = await self.alone(
            lambda session: note_failure(
                *(session, limits, Trouble(str(told), until, for_all), self.now()),
                failures=self.settings.getint("BREAKER_FAILURES"),
                pause=self.settings.getfloat("BREAKER_PAUSE"),
            )
        )
        pace = self._paces[name]
        if rest and rest > pace.resume_at:
            self.logger.warning("%s: rests until %s: %s", name.upper(), f"{rest:%F %H:%M:%S} UTC", told)
        pace.resume_at = max(filter(None, (pace.resume_at, rest, until)))
        return rest

    async def _close_engine(self, asking: Asking, error: EngineError) -> Item:
        pace = self._paces[asking.engine.name]
        if pace.closed is None:
            self.logger.warning("%s: not asked any more in this run: %s", asking.engine.name.upper(), error)
        pace.closed = error
        if error.kind is ErrorKind.QUOTA:
            await self._note(asking, error, None, for_all=True)
        return Postponed(asking.row.answer.id, asking.step, error, None)

    def _adapt(self, name: str) -> None:
        slot = self.crawler.engine.downloader.slots.get(name)
        if slot:
            slot.delay = self._paces[name].delay
