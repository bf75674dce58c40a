"""What the numbers say, by rules; a sentence is never more certain than the verdict of its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo_tracker.metrics.measures import answer_counts
from geo_tracker.metrics.records import Change, Estimate
from geo_tracker.metrics.standings import PLACES, Standing
from geo_tracker.metrics.surfaces import shows_shelf
from geo_tracker.reports.sections import Material
from geo_tracker.reports.words import todo_text
from geo_tracker.words.certainty import certainty, is_thin
from geo_tracker.words.movements import moved_text
from geo_tracker.words.names import engine_texts, mode_text, surface_text
from geo_tracker.words.values import interval_text, value_text

HEADLINES = ("mention_rate", "share_of_voice", "recommendation_rate", "citation_rate")
COVERED = 0.9
"""Below this share of planned answers a report says that answers are missing; a choice, not a measurement."""
PRAISE = "net_sentiment"


def status(of: Material) -> str:
    """How often the brand is named, how sure that is, and its place among all brands."""
    t, own = of.t, of.figures.estimate("mention_rate", of.brand)
    if own.value is None:
        return t("doc.says.status_none", why=why_nothing(of))
    said = {"brand": of.subject, "value": value_text("mention_rate", own.value, t), "n": f"{own.n:,}"}
    if is_thin(own.verdict):
        return t("doc.says.status_thin", prompts=own.prompts, **said)
    place, tied = _place(of, own)
    said["interval"] = interval_text("mention_rate", own, t)
    key = "doc.says.status_tied" if tied else "doc.says.status"
    return t(key, place=place, brands=len(of.figures.facts.brands), **said)


def why_nothing(of: Material) -> str:
    """Why there is no valid answer, from what became of the planned ones."""
    counts = answer_counts(of.figures.facts)
    planned = counts["planned"] or 0
    if not planned:
        return of.t("doc.why.nothing_planned")
    parts = [
        of.t(f"doc.why.{name}", count=f"{counts[name]:,}")
        for name in ("failed", "refused", "empty", "cut")
        if counts[name]
    ]
    return of.t(
        "doc.why.planned",
        planned=f"{planned:,}",
        parts=of.t("text.comma").join(parts) or of.t("doc.why.waiting"),
    )


def _place(of: Material, own: Estimate) -> tuple[int, bool]:
    """The brand's place by mention rate, and whether intervals of others overlap its own."""
    rates = [
        of.figures.estimate("mention_rate", each.name)
        for each in of.figures.facts.brands
        if each.name != of.brand
    ]
    place = 1 + sum((rate.value or 0.0) > (own.value or 0.0) for rate in rates)
    return place, any(_overlap(own, rate) for rate in rates if rate.value is not None)


def _overlap(one: Estimate, other: Estimate) -> bool:
    if None in (one.low, one.high, other.low, other.high):
        return True
    return (one.low or 0) <= (other.high or 0) and (other.low or 0) <= (one.high or 0)


def growth(of: Material) -> Iterator[str]:
    """How the headline figures moved, what is sure first."""
    if not of.figures.before:
        yield of.t("doc.nothing_before")
        return
    order = ("real", "suggestive", "noise", "thin", "incomparable", "unknown")
    changes = [(name, of.figures.changes.get((name, of.brand))) for name in HEADLINES]
    known = [(name, change) for name, change in changes if change]
    ordered = sorted(known, key=lambda pair: order.index(certainty(pair[1].verdict)))
    yield from (moved(of, name, change) for name, change in ordered[:3])


def moved(of: Material, metric: str, change: Change, brand: str = "") -> str:
    """How one figure moved, as sure as its verdict."""
    t = of.t
    name = t(f"metric.{metric}.label")
    label = t("doc.figure_of", figure=name, brand=brand) if brand else name
    sides = (change.before.value, change.after.value, change.value)
    return moved_text(metric, label, sides, change.verdict, t)


def risks(of: Material) -> Iterator[str]:
    """What speaks against the brand: real losses, rivals above it, criticism; or that nothing does."""
    found = [*_losses(of), *_rivals(of), *_criticism(of)]
    yield from found or [of.t("doc.says.no_risk")]


def _losses(of: Material) -> Iterator[str]:
    for name in HEADLINES:
        change = of.figures.changes.get((name, of.brand))
        if change and change.value and change.value < 0 and certainty(change.verdict) == "real":
            yield of.t("doc.says.loss", metric=of.t(f"metric.{name}.label"))


def _rivals(of: Material) -> Iterator[str]:
    t, own = of.t, of.figures.estimate("mention_rate", of.brand)
    rates = {each.name: of.figures.estimate("mention_rate", each.name) for each in of.figures.facts.brands}
    above = {n: r for n, r in rates.items() if n != of.brand and (r.value or 0.0) > (own.value or 0.0)}
    if own.value is None or not above:
        return
    name = max(above, key=lambda each: above[each].value or 0.0)
    key = "doc.says.rival_maybe" if _overlap(own, above[name]) else "doc.says.rival"
    value = value_text("mention_rate", above[name].value, t)
    yield t(key, rival=name, value=value, interval=interval_text("mention_rate", above[name], t))
    for rival in above:
        change = of.figures.changes.get(("mention_rate", rival))
        if change and (change.value or 0.0) > 0 and certainty(change.verdict) == "real":
            yield moved(of, "mention_rate", change, rival)
            return


def _criticism(of: Material) -> Iterator[str]:
    net = of.figures.estimate(PRAISE, of.brand)
    if net.high is not None and net.high < 0 and not is_thin(net.verdict):
        yield of.t("doc.says.criticised", n=f"{net.n:,}", value=value_text(PRAISE, net.value, of.t))


def actions(of: Material) -> Iterator[tuple[str, str]]:
    """What to do next with the evidence for it, the most pressing first."""
    yield from _gap_action(of)
    yield from _prompt_action(of)
    yield from _broken_action(of)
    yield from _quote_action(of)
    yield from _engine_action(of)


def _gap_action(of: Material) -> Iterator[tuple[str, str]]:
    t = of.t
    for gap in of.figures.gap.sources[:1]:
        todo = t("doc.act.gap", page=gap.title or gap.source, todo=todo_text(gap, t))
        yield todo, t("doc.act.gap_evidence", answers=f"{gap.answers:,}", source=gap.source)


def _prompt_action(of: Material) -> Iterator[tuple[str, str]]:
    behind = [row for row in of.standings if row.place in ("behind", "absent")]
    if not behind:
        return
    t, worst = of.t, max(behind, key=lambda row: row.gap)
    values = {
        "own": value_text("mention_rate", worst.own.value, t),
        "rate": value_text("mention_rate", worst.best.value if worst.best else None, t),
        "n": f"{worst.own.n:,}",
    }
    yield (
        t("doc.act.prompt", prompt=worst.prompt),
        t("doc.act.prompt_evidence", rival=worst.rival, brand=of.subject, count=len(behind), **values),
    )


def _broken_action(of: Material) -> Iterator[tuple[str, str]]:
    broken = [each for each in of.figures.shelf.offers if each.own and (each.dead or each.available is False)]
    if broken:
        first = broken[0]
        name = first.title or first.product or first.url or of.t("number.none")
        yield of.t("doc.act.broken", count=len(broken)), of.t("doc.act.broken_evidence", product=name)


def _quote_action(of: Material) -> Iterator[tuple[str, str]]:
    for each in of.opinions:
        if each.polarity == "negative" and of.marks.get(each.answer) != "settled":
            engine = engine_texts([each.engine])[each.engine]
            yield (
                of.t("doc.act.criticism"),
                of.t("doc.act.criticism_evidence", quote=each.text, engine=engine),
            )
            return


def _engine_action(of: Material) -> Iterator[tuple[str, str]]:
    rows = _engine_rates(of)
    if len(rows) > 1 and not _overlap(rows[0][1], rows[-1][1]):
        (_, _), (name, low) = rows[0], rows[-1]
        value = value_text("mention_rate", low.value, of.t)
        yield of.t("doc.act.engine", engine=name), of.t("doc.act.engine_evidence", value=value)


def _engine_rates(of: Material) -> list[tuple[str, Estimate]]:
    """The brand's mention rate by engine and surface, highest first, without thin samples."""
    rows = [
        row
        for row in of.figures.tables["engines"]
        if (row.metric, row.brand) == ("mention_rate", of.brand)
        and row.estimate.value is not None
        and not is_thin(row.estimate.verdict)
    ]
    texts = engine_texts(row.group["engine"] for row in rows)
    named = [
        (f"{texts[r.group['engine']]} · {surface_text(r.group['surface'], of.t)}", r.estimate) for r in rows
    ]
    return sorted(named, key=lambda pair: -(pair[1].value or 0.0))


def warnings(of: Material) -> Iterator[str]:
    """What limits all figures: missing answers, pooled surfaces and modes, periods that do not compare."""
    t, figures = of.t, of.figures
    covered = figures.coverage.value
    if covered is not None and covered < COVERED:
        yield t("doc.says.coverage", share=value_text("coverage", covered, t))
    if len(figures.facts.surfaces) > 1:
        named = t("text.comma").join(surface_text(name, t) for name in figures.facts.surfaces)
        yield t("doc.says.pooled", surfaces=named)
    if len(figures.facts.modes) > 1:
        named = t("text.comma").join(mode_text(name, t) for name in figures.facts.modes)
        yield t("doc.says.pooled_modes", modes=named)
    yield from (t(note) for note in figures.notes)


def field(of: Material) -> str:
    """Who is named most, and where the brand stands."""
    rates = {each.name: of.figures.estimate("mention_rate", each.name) for each in of.figures.facts.brands}
    known = {name: rate for name, rate in rates.items() if rate.value is not None}
    if not known:
        return of.t("doc.says.status_none", why=why_nothing(of))
    first = max(known, key=lambda name: known[name].value or 0.0)
    value = value_text("mention_rate", known[first].value, of.t)
    if first == of.brand:
        return of.t("doc.says.first", brand=of.subject, value=value)
    own = value_text("mention_rate", rates[of.brand].value, of.t)
    return of.t("doc.says.field", first=first, value=value, brand=of.subject, own=own)


def engines(of: Material) -> str:
    """Where the brand is named most and least, and whether that difference is sure."""
    rows = _engine_rates(of)
    if not rows:
        return of.t("doc.says.engines_none")
    (high_name, high), (low_name, low) = rows[0], rows[-1]
    values = {"high": high_name, "value": value_text("mention_rate", high.value, of.t)}
    if len(rows) == 1:
        return of.t("doc.says.engine_one", brand=of.subject, **values)
    key = "doc.says.engines_near" if _overlap(high, low) else "doc.says.engines"
    least = value_text("mention_rate", low.value, of.t)
    return of.t(key, brand=of.subject, low=low_name, least=least, **values)


def standing(of: Material) -> str:
    """On how many prompts the brand leads and trails."""
    rows = [row for row in of.standings if row.place != "unknown"]
    if not rows:
        return of.t("doc.says.prompts_none", why=why_nothing(of))
    count = {place: sum(row.place == place for row in rows) for place in PLACES[:4]}
    parts = (of.t(f"doc.says.prompts_{place}", brand=of.subject, count=n) for place, n in count.items() if n)
    said = of.t("doc.says.prompts", brand=of.subject, all=len(rows), parts=of.t("text.comma").join(parts))
    return of.t("text.gap").join((said, _clear(of, rows)))


def _clear(of: Material, rows: Sequence[Standing]) -> str:
    """On how many of the prompts the intervals lie apart, so that the order is sure."""
    ahead = sum(row.clear for row in rows if row.place == "ahead")
    behind = sum(row.clear for row in rows if row.place in ("behind", "absent"))
    if not ahead and not behind:
        return of.t("doc.says.prompts_unclear")
    return of.t("doc.says.prompts_clear", ahead=ahead, behind=behind)


def sources(of: Material) -> str:
    """What answers cite most, and how much of it is the brand's own."""
    t, figures = of.t, of.figures
    if not figures.domains:
        return t("doc.says.no_sources")
    top, share = figures.domains[0], figures.estimate("citation_share", of.brand)
    said = {"source": top.source, "answers": f"{top.answers:,}", "count": f"{len(figures.domains):,}"}
    own = value_text("citation_share", share.value, t)
    return t(
        "doc.says.sources",
        brand=of.subject,
        own=own,
        interval=interval_text("citation_share", share, t),
        **said,
    )


def no_gap(of: Material) -> str:
    """Why there is no list of sources that name rivals alone."""
    if not any(each.own for each in of.figures.facts.brands):
        return of.t("doc.says.gap_no_own")
    unread = of.figures.gap.unread
    return of.t("doc.says.gap_unread", count=unread) if unread else of.t("doc.says.gap_none")


def perception(of: Material) -> str:
    """Whether answers speak well or badly of the brand, as far as that is sure."""
    net = of.figures.estimate(PRAISE, of.brand)
    if net.value is None:
        return of.t("doc.says.no_opinion", brand=of.subject)
    said = {"value": value_text(PRAISE, net.value, of.t), "n": f"{net.n:,}", "brand": of.subject}
    if is_thin(net.verdict):
        return of.t("doc.says.opinion_thin", **said)
    sure = "good" if (net.low or 0) > 0 else "bad" if net.high is not None and net.high < 0 else "mixed"
    return of.t(f"doc.says.opinion_{sure}", interval=interval_text(PRAISE, net, of.t), **said)


def shelf(of: Material) -> str:
    """Whether answers show products, and how many of them are the brand's."""
    t, found = of.t, of.figures.shelf
    if found.empty:
        shown = any(map(shows_shelf, of.figures.facts.surfaces))
        return (
            t("shelf.none_help" if shown else "shelf.none_api_help")
            if of.figures.facts.surfaces
            else why_nothing(of)
        )
    share = of.figures.estimate("shelf_share", of.brand)
    if share.value is None:
        return t("doc.says.shelf_none", brand=of.subject)
    return t(
        "doc.says.shelf_thin" if is_thin(share.verdict) else "doc.says.shelf",
        brand=of.subject,
        value=value_text("shelf_share", share.value, t),
        interval=interval_text("shelf_share", share, t),
        n=f"{share.n:,}",
    )
