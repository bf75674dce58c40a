"""A small market with shops of its own, for tests of the shelf."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ruamel.yaml import YAML
from sqlmodel import col, select

from geo_tracker.engines.base import ParsedAnswer, ParsedOffer
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Answer, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILE = """
workspace: {slug: w, name: W}
brands:
  - name: 云纱
    role: own
    domains: [yunsha.example]
    products:
      - {text: 云纱舒缓面膜, sku: 1001, price: 100, currency: CNY}
      - {text: 云纱修护膜, sku: ["77", 88], gtin: 0690123456789, price: 200, currency: CNY}
  - {name: Aurora Care, products: [Aurora Mask]}
platforms:
  - name: harbour
    label: Harbour Beauty
    currency: CNY
    hosts: harbour.example
    link:
      - {kind: product, match: 'shop\\.harbour\\.example/p/(?P<item>\\d+)$'}
      - {kind: short, match: 'go\\.harbour\\.example/\\w+$'}
prompts: [敏感肌适合用什么样的面膜?, 补水面膜有哪些?]
"""
SHOP = "https://shop.harbour.example/p"
OWN_CARD = ParsedOffer(
    "card",
    url=f"{SHOP}/1001",
    title="舒缓面膜 5片",
    price_raw="¥120",
    merchant="云纱官方旗舰店",
    image="https://img.harbour.example/1001.jpg",
)
RESOLD = ParsedOffer("card", url=f"{SHOP}/88", title="修护膜", price_raw="190元", merchant="美妆专营店")
RIVAL = ParsedOffer("card", url=f"{SHOP}/5", title="Aurora Mask", price_raw="¥80", merchant="Aurora店")
OTHER = ParsedOffer("card", url="https://item.jd.com/100012043978.html", title="别家面膜", price_raw="¥9")
HOSTILE = ParsedOffer(
    "card",
    url="javascript:alert(1)",
    title="<script>alert('title')</script><img src=x onerror=alert(2)>",
    merchant='"><script>alert(3)</script>',
    image="javascript:alert(4)",
)
PRIVATE = ParsedOffer("card", url=f"{SHOP}/6", title="面膜 6", image="http://192.168.0.1/reboot.png")


def declare(database: sa.Engine) -> Workspace:
    """The workspace `w` with a run; its prompts are without answers."""
    with writing(database) as session:
        apply(session, WorkspaceFile.model_validate(YAML(typ="safe").load(FILE)), NOW - timedelta(days=30))
        workspace = workspace_named(session, "w")
        session.add(Run(id=1, workspace_id=workspace.id, label="r"))
        return workspace


def answer(
    database: sa.Engine, /, *cards: ParsedOffer, text: str = "没有推荐。", prompt: int = 0, **where: Any
) -> None:
    """A valid answer with these cards, on the web surface of Kimi unless told otherwise."""
    with writing(database) as session:
        prompts = session.exec(select(Prompt).order_by(col(Prompt.id))).all()
        known = {"workspace_id": prompts[0].workspace_id, "run_id": 1, "prompt_id": prompts[prompt].id}
        number = len(session.exec(select(Answer.id)).all()) + 1
        of = {"engine": "kimi", "surface": "web", "day": DAY, **where}
        row = Answer(id=number, key=str(number), **known, **of)
        session.add(row)
        session.flush()
        save_answer(session, row, ParsedAnswer(text, offers=cards), NOW)
