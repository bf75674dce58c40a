"""Answers: the evidence behind the numbers, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard import (
    answer_comparison,
    caching,
    chosen_columns,
    controls,
    data,
    elements,
    highlight,
    selection,
    source_data,
    stability,
)
from dashboard.chosen_columns import Column
from dashboard.place_names import country_text, language_text
from dashboard.rendered import LONGEST, rendered
from dashboard.selection import View
from dashboard.tables import Cell
from geo_tracker.captures.companion import picture_of
from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.i18n import Translate
from geo_tracker.queries.answers import AnswerDetail, AnswerFilters, AnswerRow, NamedSpan
from geo_tracker.queries.support import CheckedSentence
from geo_tracker.reports.csv import answers_table
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.models import AnswerStatus
from geo_tracker.words.mistakes import foreign_text, mistake_text
from geo_tracker.words.names import engine_text, engine_texts, mode_text, surface_text
from geo_tracker.words.values import value_text

ROWS = 25
TOKENS = {
    "in": ("input_tokens", "prompt_tokens", "promptTokenCount", "PromptTokens", "total_input_tokens"),
    "out": (
        "output_tokens",
        "completion_tokens",
        "candidatesTokenCount",
        "CompletionTokens",
        "total_output_tokens",
    ),
}
"""What engines call the tokens of a question and of an answer."""
ROLES = ("cited", "opened", "retrieved")
ONLY = ("domain", "cited", "beside", "without", "question", "of_run")
"""What only an address narrows the list to."""


def show(view: View) -> None:
    shown, other = controls.fixed("answer"), controls.fixed("against")
    if shown.isdecimal() and other.isdecimal():
        answer_comparison.show(view, int(shown[:9]), int(other[:9]))
    elif shown.isdecimal():
        _answer(view, int(shown[:9]))
    else:
        _list(view)


def _list(view: View) -> None:
    elements.heading(view, view.t("dashboard.answers"))
    if view.choices.first is None:
        elements.empty(view)
        return
    chosen = _chosen(view)
    total = data.answers_count(view.url, view.filters, chosen)
    elements.html("note", text=view.t("dashboard.found", count=f"{total:,}"))
    stability.show(view)
    if not total:
        elements.html("empty", title=view.t("dashboard.nothing"), text=view.t("dashboard.nothing_help"))
        return
    page = controls.page("page", -(-total // ROWS))
    _rows(view, data.answers(view.url, view.filters, chosen, offset=ROWS * (page - 1), limit=ROWS))
    elements.download_table(
        view, "answers", lambda: answers_table(data.answers(view.url, view.filters, chosen))
    )


def _chosen(view: View) -> AnswerFilters:
    t = view.t
    with st.container(key="filters"):
        words, status, brand, naming = st.columns((3, 3, 2, 2), vertical_alignment="bottom")
    with words:
        text = controls.words(t("dashboard.search"), "text", placeholder=t("dashboard.search_help"))
    with status:
        names = tuple(str(name) for name in AnswerStatus)
        statuses = controls.some_of(
            t("dashboard.status"),
            "status",
            names,
            lambda name: t(f"status.{name}"),
            placeholder=t("dashboard.everything"),
        )
    with brand:
        brands = ("", *(each.name for each in view.facts.brands))
        named = controls.one_of(
            t("report.brand"), "named", brands, "", lambda name: name or t("dashboard.any_brand")
        )
    with naming:
        how = controls.one_of(
            t("dashboard.naming"),
            "naming",
            ("yes", "no"),
            "yes",
            lambda name: t(f"dashboard.naming_{name}"),
            disabled=not named,
        )
    only = {name: controls.fixed(name) for name in ONLY}
    for told in _only(view, only):
        elements.html("note", text=told)
    if any(only.values()):
        st.button(t("dashboard.show_all"), on_click=partial(controls.put, **dict.fromkeys(ONLY, "")))
    return AnswerFilters(
        brand=named or None,
        named=how == "yes",
        statuses=tuple(AnswerStatus(name) for name in statuses),
        text=text,
        domain=only["domain"] or None,
        page_id=_number(only["cited"]),
        beside=only["beside"] or None,
        without=only["without"] or None,
        prompt_id=_number(only["question"]),
        run_id=_number(only["of_run"]),
    )


def _number(text: str) -> int | None:
    return int(text[:9]) if text.isdecimal() else None


def _only(view: View, only: Mapping[str, str]) -> Iterator[str]:
    """What the address narrows the list to, in words."""
    t = view.t
    if source := only["domain"] or only["cited"]:
        yield t("dashboard.only_citing", source=source)
    if only["beside"]:
        yield t("dashboard.only_beside", brand=only["beside"])
    if only["without"]:
        yield t("dashboard.only_without", brand=only["without"])
    if only["question"]:
        yield t("dashboard.only_question")
    if only["of_run"]:
        yield t("dashboard.only_run", run=only["of_run"])


def _rows(view: View, rows: Sequence[AnswerRow]) -> None:
    t = view.t
    engines = engine_texts(row.engine for row in rows)
    shown: dict[str, Column[AnswerRow]] = {
        "prompt": Column(
            t("dashboard.prompt"), lambda row: Cell(row.prompt, link=elements.answer_address(view, row.id))
        ),
        "day": Column(t("chart.date"), lambda row: Cell(elements.day_text(row.day, t))),
        "engine": Column(
            t("report.engine"), lambda row: Cell(engines[row.engine], surface_text(row.surface, t))
        ),
        "status": Column(t("dashboard.status"), lambda row: Cell(t(f"status.{row.status}"))),
        "named": Column(
            t("dashboard.named"), lambda row: Cell(t("text.comma").join(row.brands) or t("number.none"))
        ),
        "citations": Column(t("report.citations"), lambda row: Cell(f"{row.citations:,}"), number=True),
        "topic": Column(t("dimension.topic"), lambda row: Cell(row.topic), shown=False),
        "language": Column(
            t("dimension.language"), lambda row: Cell(language_text(row.language, view.language)), shown=False
        ),
        "country": Column(
            t("dimension.country"), lambda row: Cell(country_text(row.country, view.language)), shown=False
        ),
        "model": Column(t("dashboard.model"), lambda row: Cell(row.model or ""), shown=False),
        "repeat": Column(t("dashboard.repeat"), lambda row: Cell(str(row.repeat)), number=True, shown=False),
        "error": Column(
            t("runs.why"), lambda row: Cell(foreign_text(row.error or "", view.language)), shown=False
        ),
    }
    chosen_columns.grid(view, "answer_columns", shown, rows)
    elements.html("note", text=t("dashboard.pick_answer"))


def _answer(view: View, answer_id: int) -> None:
    t = view.t
    st.button(t("dashboard.back"), icon=":material/arrow_back:", on_click=partial(controls.put, answer=""))
    try:
        found = data.answer(view.url, view.slug, answer_id)
    except UsageError:
        elements.elsewhere(view)
        return
    elements.html("prompt", t=t, row=found.row, facts=_facts_of(view, found))
    answer_comparison.choose(view, found.row)
    text, side = st.columns((3, 2), gap="large")
    with text:
        _text(view, found)
    with side:
        _scores(view, found)
        elements.html("queries", t=t, queries=found.queries, follow_ups=found.follow_ups)
        _bodies(view, found)
    sources = sorted(found.sources, key=lambda source: (ROLES.index(source.role), source.position))
    own = {brand.name for brand in view.facts.brands if brand.own}
    support: dict[int, list[CheckedSentence]] = defaultdict(list)
    for each in source_data.support(view.url, view.slug, answer_id):
        support[each.position].append(each)
    elements.html("citations", t=t, sources=sources, own=own, page=_page_address(view), support=support)


def _page_address(view: View) -> str:
    return f"sources?{elements.query(workspace=view.slug, lang=view.language)}&shown="


def _asked_where(row: AnswerRow, t: Translate) -> Iterator[str]:
    yield from (engine_text(row.engine), surface_text(row.surface, t))
    if row.mode:
        yield mode_text(row.mode, t)


def _facts_of(view: View, found: AnswerDetail) -> list[tuple[str, str]]:
    t, row = view.t, found.row
    cost = t("number.none") if found.cost is None else f"{found.cost:.4f} {found.currency or ''}"
    codes = (language_text(row.language, view.language), country_text(row.country, view.language))
    place = " · ".join(filter(None, (*codes, row.topic)))
    return [
        (t("report.engine"), " · ".join(_asked_where(row, t))),
        (t("dashboard.model"), row.model or t("number.none")),
        (t("dashboard.asked"), elements.time_text(row.asked_at, view.facts.timezone, t)),
        (t("dashboard.prompt"), place or t("number.none")),
        (t("dashboard.repeat"), str(row.repeat)),
        (t("dashboard.web_search"), t(f"dashboard.search_{found.search}")),
        (t("dashboard.cost"), cost),
        (t("dashboard.usage"), _tokens(view, found.usage)),
    ]


def _tokens(view: View, usage: Mapping[str, Any]) -> str:
    """Tokens that went in and came out, by whichever names the engine counts them."""
    counts = {name: value for name, value in usage.items() if isinstance(value, int)}
    told = [
        view.t(f"dashboard.tokens_{way}", count=f"{counts[found]:,}")
        for way, names in TOKENS.items()
        if (found := next((name for name in names if name in counts), None))
    ]
    return view.t("text.comma").join(told) or view.t("number.none")


def _text(view: View, found: AnswerDetail) -> None:
    colours = view.colours
    named = {span.brand: span.own for span in found.mentions if not span.unsure}
    titles = {span: _title(view, span) for span in found.mentions}
    raw = controls.switch(view.t("answer.raw"), "raw", help=view.t("answer.raw_help"))
    cut = list(highlight.pieces(found.row.text or "", found.mentions)) if raw else []
    shown = "" if raw else _rendered(view, found, colours, titles)
    unsure = any(span.unsure for span in found.mentions)
    words = {
        "t": view.t,
        "row": found.row,
        "finish_reason": found.finish_reason,
        "titles": titles,
        "unsure": unsure,
        "other": view.style.other,
    }
    elements.html(
        "answer", language=view.language, pieces=cut, rendered=shown, colours=colours, named=named, **words
    )
    if len(found.row.text or "") > LONGEST and not raw:
        elements.html("note", text=view.t("answer.cut", shown=f"{LONGEST:,}"))


def _rendered(
    view: View, found: AnswerDetail, colours: Mapping[str, str], titles: Mapping[NamedSpan, str]
) -> Markup:
    """The answer as its app shows it; of one that is not counted nothing is marked."""
    text, counted = found.row.text or "", found.row.status == AnswerStatus.CAPTURED
    mentions = found.mentions if counted else ()
    return rendered(
        text, mentions, found.sources, found.offers, colours=colours, titles=titles, other=view.style.other
    )


def _title(view: View, span: NamedSpan) -> str:
    """Whom it names and, unless it is plain, how sure that is and why."""
    if span.reason == "name" and not span.unsure:
        return span.brand
    key = "dashboard.unsure_title" if span.unsure else "dashboard.sure_title"
    return view.t(key, brand=span.brand, confidence=f"{span.confidence:.0%}", reason=span.reason)


def _scores(view: View, found: AnswerDetail) -> None:
    t, text = view.t, found.row.text or ""
    lines = [
        {
            **score,
            "prominence": value_text("share_of_prominence", score["prominence"], t),
            "evidence": _evidence(score, text),
        }
        for score in found.scores
        if score["mentions"]
    ]
    absent = [score["brand"] for score in found.scores if score["absent"]]
    elements.html("scores", t=t, lines=lines, absent=absent)


def _evidence(score: Mapping[str, Any], text: str) -> str:
    """The words that the polarity rests on."""
    start, end = score["evidence_start"], score["evidence_end"]
    return "" if start is None else quotation(text, start, end)


def _bodies(view: View, found: AnswerDetail) -> None:
    t = view.t
    if not found.bodies:
        return
    elements.html("section", title=t("dashboard.raw"))
    archive = caching.archive(Settings.from_environment().archive_url)
    try:
        for body in found.bodies:
            if not body["removed_at"]:
                archive.packed(body["sha256"])
    except GeoTrackerError:
        elements.html("note", text=t("answer.no_archive"))
        return
    for body in found.bodies:
        label = t("dashboard.body", step=body["step"] + 1, status=body["status"])
        if body["removed_at"]:
            gone = elements.time_text(body["removed_at"], view.facts.timezone, t)
            st.caption(f"{label} · {t('dashboard.body_removed', at=gone)}")
            continue
        st.download_button(
            label + (f" · {t('dashboard.superseded')}" if body["superseded"] else ""),
            partial(archive.get, body["sha256"]),
            f"answer-{found.row.id}-{body['step'] + 1}.txt",
            "application/octet-stream",
            key=f"body-{body['id']}",
            help=f"sha256 `{body['sha256']}`",
            icon=":material/download:",
            on_click="ignore",
        )
    if found.row.surface != "api":
        _picture(view, found, archive)


def _picture(view: View, found: AnswerDetail, archive: Archive) -> None:
    """What the app's page looked like, where the person who asked took a picture."""
    if not controls.switch(view.t("answer.picture"), "picture", help=view.t("answer.picture_help")):
        return
    try:
        pictures = [
            picture_of(archive.get(body["sha256"])) for body in found.bodies if not body["removed_at"]
        ]
    except GeoTrackerError as error:
        elements.html("note", text=mistake_text(str(error), view.language))
        return
    for each in filter(None, pictures):
        st.image(each, width="stretch")
    if not any(pictures):
        elements.html("note", text=view.t("answer.no_picture"))


show(selection.current())
