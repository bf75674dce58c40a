"""SQL views for people who bring their own tool: daily numbers and their evidence, one row a thing; docs/data.md.

They are no part of any revision: they are dropped before a migration and made anew after the newest, because neither
database lets a table be changed on which a view rests. A changed view is a new, empty migration.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from geo_tracker.metrics.definitions import METRICS, Metric
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.sums import SUMS, Sum, Table, sums_of

_PROMPT = tuple(each.column for each in CHOSEN if each.of == "prompt" and not each.several)
_ASKED = ", ".join(f"prompt.{name}" for name in _PROMPT)
_WHERE = f"workspace.slug AS workspace, cell.day, prompt.text AS prompt, {_ASKED}, prompt.branded"
_CELL = f"{_WHERE}, cell.engine, cell.surface, cell.mode, cell.sandbox, cell.rules"


def views() -> Mapping[str, str]:
    """What each view selects, by name."""
    return {
        "v_visibility_daily": _visibility(),
        "v_coverage_daily": _coverage(),
        "v_answers": _ANSWERS,
        "v_mentions": _MENTIONS,
        "v_citations": _CITATIONS,
        "v_offers": _OFFERS,
    }


def create_views(connection: sa.Connection) -> None:
    """Make all views of the newest schema."""
    for name, selects in views().items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {selects}")


def drop_views(connection: sa.Connection) -> None:
    """Drop every view of ours, also one that there is no longer."""
    for name in sa.inspect(connection).get_view_names():
        if name.startswith("v_"):
            connection.exec_driver_sql(f'DROP VIEW "{name}"')


def _visibility() -> str:
    """A row per brand and cell, zeros included, over the days on which the brand was tracked.

    Columns `sum_…` may be added up, metrics may not. What was not computed is NULL: a sum of a later roll-up, and
    every sum of a brand that was not scored yet.
    """
    own = ", ".join(f"{_own(each)} AS sum_{each.name}" for each in sums_of("brand"))
    return f"""
        SELECT {_CELL}, brand.name AS brand, brand.own, {_sums("cell")}, {own}, {_metrics(per_brand=True)}
        FROM daily_cell AS cell
        JOIN workspace ON workspace.id = cell.workspace_id
        JOIN prompt ON prompt.id = cell.prompt_id
        JOIN brand ON brand.workspace_id = cell.workspace_id
            AND (brand.archived_at IS NULL OR cell.day < DATE(brand.archived_at))
        LEFT JOIN daily_brand AS own ON own.workspace_id = cell.workspace_id AND own.day = cell.day
            AND own.prompt_id = cell.prompt_id AND own.engine = cell.engine AND own.surface = cell.surface
            AND own.mode = cell.mode AND own.brand_id = brand.id
    """  # noqa: S608 - the names are those of sums and metrics


def _coverage() -> str:
    return f"""
        SELECT {_CELL}, {_sums("cell")}, {_metrics(per_brand=False)}
        FROM daily_cell AS cell
        JOIN workspace ON workspace.id = cell.workspace_id
        JOIN prompt ON prompt.id = cell.prompt_id
    """  # noqa: S608


def _sums(table: Table) -> str:
    return ", ".join(f"{_known(each)} AS sum_{each.name}" for each in sums_of(table))


def _known(each: Sum) -> str:
    """A cell's sum; NULL where the roll-up that made the row did not know it."""
    return f"CASE WHEN cell.version >= {each.since} THEN cell.{each.name} END"


def _own(each: Sum) -> str:
    """A brand's sum: 0 without a row, NULL where it was not computed."""
    scored = f"cell.version >= {each.since} AND (workspace.scored_brand IS NULL OR brand.id <= workspace.scored_brand)"
    return f"CASE WHEN {scored} THEN COALESCE(own.{each.name}, 0) END"


def _metrics(*, per_brand: bool) -> str:
    chosen = (each for each in METRICS.values() if each.per_brand is per_brand)
    return ", ".join(f"{_ratio(each)} AS {each.name}" for each in chosen)


def _ratio(each: Metric) -> str:
    numerator, denominator = (_expression(name) for name in (each.numerator, each.denominator))
    return f"CAST({numerator} AS DOUBLE PRECISION) / NULLIF({denominator}, 0)"


def _expression(name: str) -> str:
    """A sum, spelled out: SQL knows no alias of the same SELECT."""
    each = SUMS[name]
    return _known(each) if each.table == "cell" else _own(each)


_OF_ANSWER = f"""workspace.slug AS workspace, answer.id AS answer_id, answer.day, prompt.text AS prompt, {_ASKED},
    prompt.branded, answer.engine, answer.surface, answer.mode, answer.sandbox"""
_JOINED = """
    JOIN workspace ON workspace.id = answer.workspace_id
    JOIN prompt ON prompt.id = answer.prompt_id
"""
_ANSWERS = f"""
    SELECT {_OF_ANSWER}, answer.status, answer.asked_at, answer.captured_at, answer.model, answer.repeat, answer.search,
        answer.finish_reason, answer.error_kind, answer.error, answer.cost, answer.currency, answer.rules, answer.text
    FROM answer {_JOINED}
"""  # noqa: S608
_MENTIONS = f"""
    SELECT {_OF_ANSWER}, brand.name AS brand, brand.own, mention.start AS starts, mention."end" AS ends,
        mention.text AS mention, mention."where" AS part, mention.confidence, mention.reason, mention.unsure
    FROM mention JOIN answer ON answer.id = mention.answer_id {_JOINED} JOIN brand ON brand.id = mention.brand_id
"""  # noqa: S608
_CITATIONS = f"""
    SELECT {_OF_ANSWER}, citation.position, citation.ordinal, citation.role, citation.url, citation.domain,
        citation.title, citation.published, citation.weight, page.id AS page_id, page.url AS page_url,
        page.status AS page_status, page.title AS page_title, page_reading.type AS source_type
    FROM citation JOIN answer ON answer.id = citation.answer_id {_JOINED}
    LEFT JOIN page ON page.id = citation.page_id
    LEFT JOIN page_reading ON page_reading.page_id = page.id AND page_reading.workspace_id = answer.workspace_id
"""  # noqa: S608
_OFFERS = f"""
    SELECT {_OF_ANSWER}, brand.name AS brand, brand.own, offer.placement, offer.checkout, offer.url, offer.final_url,
        offer.platform, offer.title, offer.price, offer.currency, offer.reference_price, offer.merchant, offer.store,
        offer.product, offer.available, offer.dead
    FROM offer JOIN answer ON answer.id = offer.answer_id {_JOINED} LEFT JOIN brand ON brand.id = offer.brand_id
"""  # noqa: S608
