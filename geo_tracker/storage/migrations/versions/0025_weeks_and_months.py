"""Sums of brands by the week and by the month beside those by day.

The next `geo-tracker score` adds them up; until then the days are read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SUMS = (
    *("mentioned", "mentions", "rank_sum", "top1", "top3", "recommended", "absent", "positive", "negative"),
    *(
        "neutral",
        "mixed",
        "opinions",
        "balance",
        "cited",
        "citations_owned",
        "retrieved",
        "sourced",
        "offers",
    ),
    *("offers_official", "offers_first", "shown", "clickable", "buyable", "offers_priced", "answers_priced"),
)
REAL = ("prominence", "word_share", "reciprocal_rank", "weight_owned", "price_spread")
KEY = ("workspace_id", "day", "prompt_id", "engine", "surface", "mode", "brand_id")


def upgrade() -> None:
    for name in ("weekly_brand", "monthly_brand"):
        op.create_table(
            name,
            *(sa.Column(f"{to}_id", sa.Integer(), nullable=False) for to in ("workspace", "prompt", "brand")),
            sa.Column("day", sa.Date(), nullable=False),
            *(sa.Column(text, sa.String(), nullable=False) for text in ("engine", "surface")),
            sa.Column("mode", sa.String(), nullable=False),
            *(sa.Column(each, sa.Integer(), nullable=True) for each in SUMS),
            *(sa.Column(each, sa.Float(), nullable=True) for each in REAL),
            *(_foreign(name, to) for to in ("workspace", "prompt", "brand")),
            sa.PrimaryKeyConstraint(*KEY, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "summed_time",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _foreign("summed_time", "workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "time", "day", name=op.f("pk_summed_time")),
    )


def downgrade() -> None:
    for name in ("summed_time", "monthly_brand", "weekly_brand"):
        op.drop_table(name)


def _foreign(table: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{to}_id_{to}")
    return sa.ForeignKeyConstraint([f"{to}_id"], [f"{to}.id"], name=name, ondelete="CASCADE")
