"""The tracked brands of a workspace, as the extractor takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete, select, update

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.priors import Form, Uses, with_uses
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import analyse
from geo_tracker.storage.database import once
from geo_tracker.storage.models import (
    Answer,
    Brand,
    Page,
    PageReading,
    Prompt,
    Workspace,
)


def brands_of(session: Session, workspace: Workspace) -> Sequence[Brand]:
    """The brands that are tracked, in their order."""
    mine = select(Brand).where(Brand.workspace_id == workspace.id, col(Brand.archived_at).is_(None))
    ordered = mine.order_by(col(Brand.position), col(Brand.id))
    return once(session, ("brands", workspace.id), lambda: session.exec(ordered).all())


def taught(aliases: Sequence[AliasSpec], lessons: Sequence[Mapping[str, Any]]) -> Iterator[AliasSpec]:
    """The aliases with what the user decided on unsure mentions."""
    texts = {lesson["alias"] for lesson in lessons}
    known = {alias.text for alias in aliases}
    for alias in (*aliases, *(AliasSpec(text) for text in sorted(texts - known))):
        mine = [lesson for lesson in lessons if lesson["alias"] == alias.text]
        yield replace(
            alias,
            includes=(*alias.includes, *(lesson["word"] for lesson in mine if lesson["brand"])),
            excludes=(*alias.excludes, *(lesson["word"] for lesson in mine if not lesson["brand"])),
        )


def uses_of(brand: Brand) -> dict[Form, Uses]:
    """What was learnt of the brand's aliases."""
    return {(brand.name, each["alias"]): Uses(each["brand"], each["other"]) for each in brand.priors}


def spec_of(brand: Brand, *, informed: bool = True) -> BrandSpec:
    """A stored brand as the extractor takes it, with what was learnt of its names unless not `informed`."""
    forms = [(form, False) for form in brand.aliases] + [(form, True) for form in brand.products]
    aliases = [
        AliasSpec(
            form["text"],
            tuple(form["requires"]),
            tuple(form["excludes"]),
            form["case_sensitive"],
            product=product,
            includes=tuple(form.get("includes", ())),
        )
        for form, product in forms
    ]
    spec = BrandSpec(brand.name, tuple(taught(aliases, brand.lessons)), tuple(brand.domains), brand.own)
    return with_uses(spec, uses_of(brand)) if informed else spec


class Brands:
    """The brands of a workspace and, for any day, the matcher over those that were tracked then."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        mine = select(Brand).where(Brand.workspace_id == workspace.id)
        self._all = list(session.exec(mine.order_by(col(Brand.position), col(Brand.id))).all())
        self._workspace = workspace
        self._matchers: dict[tuple[int, ...], Matcher] = {}
        self._tracked: dict[date, list[Brand]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For other processes: the brands alone, what is made of them is made there."""
        return {**vars(self), "_matchers": {}, "_tracked": {}}

    def on(self, day: date) -> list[Brand]:
        """Brands that were not archived by that day of the workspace, so that history keeps its brands."""
        if day not in self._tracked:
            zone = ZoneInfo(self._workspace.timezone)
            self._tracked[day] = [
                b for b in self._all if b.archived_at is None or b.archived_at.astimezone(zone).date() > day
            ]
        return self._tracked[day]

    @property
    def all(self) -> list[Brand]:
        """Archived ones, too."""
        return self._all

    @property
    def active(self) -> list[Brand]:
        return [b for b in self._all if b.archived_at is None]

    def matcher(self, brands: Sequence[Brand]) -> Matcher:
        """The matcher over these brands, built once."""
        key = tuple(brand.id for brand in brands)
        if key not in self._matchers:
            w = self._workspace
            specs = [spec_of(brand) for brand in brands]
            self._matchers[key] = Matcher(specs, topics=w.topics, attributes=w.attributes)
        return self._matchers[key]


def mark_branded(session: Session, workspace: Workspace) -> None:
    """Note for every prompt whether it names a tracked brand."""
    brands = Brands(session, workspace)
    matcher = brands.matcher(brands.active)
    for prompt in session.exec(select(Prompt).where(Prompt.workspace_id == workspace.id)).all():
        prompt.branded = bool(analyse(prompt.text, matcher).brands)
        session.add(prompt)


def forget_scores(session: Session, workspace: Workspace) -> None:
    """Have every answer and page of the workspace read again, because what is looked for has changed."""
    session.exec(update(Answer).where(col(Answer.workspace_id) == workspace.id).values(rules=None))
    removed = select(Page.id).where(col(Page.removed_at).is_not(None))  # these cannot be read again
    read = (col(PageReading.workspace_id) == workspace.id, col(PageReading.page_id).not_in(removed))
    session.exec(delete(PageReading).where(*read))
