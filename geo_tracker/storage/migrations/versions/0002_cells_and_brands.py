"""Daily sums apart: what all brands of a cell share stands once, and a brand has a row where it has something.

The stored sums are carried over as version 1 of the roll-up; what that version did not compute stays empty until
`geo-tracker score` rolls the days up again.
"""

from collections.abc import Iterable

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHARED = (
    "planned",
    "answers",
    "failed",
    "refused",
    "empty",
    "citations_all",
    "answers_with_citations",
    "answers_weighted",
    "shelf_answers",
    "answers_with_offers",
    "offers_all",
    "mentions_all",
    "mentioned_all",
)
SHARED_REAL = ("weight_all", "prominence_all")
NEW = ("cut", "answers_naming", "triggered")
OWN = (
    "mentioned",
    "mentions",
    "rank_sum",
    "top1",
    "top3",
    "recommended",
    "absent",
    "positive",
    "negative",
    "neutral",
    "mixed",
    "opinions",
    "balance",
    "cited",
    "citations_owned",
    "retrieved",
    "sourced",
    "offers",
    "offers_official",
    "offers_first",
    "shown",
    "clickable",
    "buyable",
    "offers_priced",
)
OWN_REAL = ("prominence", "word_share", "weight_owned", "price_spread")


def upgrade() -> None:
    _create("cell", (*SHARED, *NEW, "triggered_pages"), SHARED_REAL, _versioned())
    _create("brand", OWN, OWN_REAL, [_reference("brand")])
    op.create_table(
        "stratum",
        *(_reference("workspace"), _reference("prompt"), *_texts("engine", "surface")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("planned", "answers")),
        *(_foreign("stratum", "workspace"), _foreign("stratum", "prompt")),
        sa.PrimaryKeyConstraint("workspace_id", "prompt_id", "engine", "surface", name=op.f("pk_stratum")),
    )
    _carry_over()
    op.drop_table("daily")


def _create(name: str, whole: Iterable[str], real: Iterable[str], own: Iterable[sa.Column]) -> None:
    table = f"daily_{name}"
    more = ["brand"] if name == "brand" else []
    op.create_table(
        table,
        *(_reference("workspace"), sa.Column("day", sa.Date(), nullable=False), _reference("prompt")),
        *_texts("engine", "surface"),
        *own,
        *(sa.Column(each, sa.Integer(), nullable=True) for each in whole),
        *(sa.Column(each, sa.Float(), nullable=True) for each in real),
        *(_foreign(table, to) for to in ("workspace", "prompt", *more)),
        sa.PrimaryKeyConstraint(
            *("workspace_id", "day", "prompt_id", "engine", "surface", *(f"{each}_id" for each in more)),
            name=op.f(f"pk_{table}"),
        ),
        sqlite_with_rowid=False,
    )


def _versioned() -> list[sa.Column]:
    return [
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        *_texts("rules"),
    ]


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False) for name in names]


def _reference(to: str) -> sa.Column:
    return sa.Column(f"{to}_id", sa.Integer(), nullable=False)


def _foreign(table: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{to}_id_{to}")
    return sa.ForeignKeyConstraint([f"{to}_id"], [f"{to}.id"], name=name, ondelete="CASCADE")


def _carry_over() -> None:
    """Every brand's row of a cell holds the cell's own sums: any of them, here the greatest, is the cell's."""
    keys = "workspace_id, day, prompt_id, engine, surface"
    of_daily = ", ".join(f"daily.{key}" for key in keys.split(", "))
    shared = (*SHARED, *SHARED_REAL)
    op.execute(
        f"""
        INSERT INTO daily_cell ({keys}, version, sandbox, rules, triggered_pages, {", ".join(shared)})
        SELECT {of_daily}, 1, MAX(CASE WHEN daily.sandbox THEN 1 ELSE 0 END) = 1,
            COALESCE(MAX(found.rules), ''), MAX(triggered), {", ".join(f"MAX({name})" for name in shared)}
        FROM daily LEFT JOIN (
            SELECT {keys}, CASE
                WHEN MIN(rules) = MAX(rules) THEN MAX(rules) ELSE MIN(rules) || ' ' || MAX(rules)
            END AS rules FROM answer GROUP BY {keys}
        ) AS found ON {" AND ".join(f"daily.{key} = found.{key}" for key in keys.split(", "))}
        GROUP BY {of_daily}
        """  # noqa: S608 - the names stand above
    )
    own = (*OWN, *OWN_REAL)
    op.execute(
        f"""
        INSERT INTO daily_brand ({keys}, brand_id, {", ".join(own)})
        SELECT {keys}, brand_id, {", ".join(own)} FROM daily
        WHERE {" OR ".join(f"{name} <> 0" for name in own)}
        """  # noqa: S608
    )
    op.execute(
        """
        INSERT INTO stratum (workspace_id, prompt_id, engine, surface, planned, answers)
        SELECT workspace_id, prompt_id, engine, surface, SUM(planned), SUM(answers)
        FROM daily_cell GROUP BY workspace_id, prompt_id, engine, surface
        """
    )


def downgrade() -> None:
    """The sums are made anew by the program that this schema belongs to: it scores answers without rules again."""
    for table in ("stratum", "daily_brand", "daily_cell"):
        op.drop_table(table)
    whole = (*SHARED, *OWN, "triggered")
    keys = ("day", "prompt_id", "engine", "surface", "brand_id")
    op.create_table(
        "daily",
        *(sa.Column("day", sa.Date(), nullable=False), _reference("prompt"), *_texts("engine", "surface")),
        *(_reference("brand"), _reference("workspace"), sa.Column("sandbox", sa.Boolean(), nullable=False)),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in whole),
        *(sa.Column(name, sa.Float(), nullable=False) for name in (*SHARED_REAL, *OWN_REAL)),
        *(_foreign("daily", to) for to in ("workspace", "prompt", "brand")),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_daily")),
    )
    op.create_index(op.f("ix_daily_workspace_id"), "daily", ["workspace_id"])
    op.execute("UPDATE answer SET rules = NULL")
