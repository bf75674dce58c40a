"""Budgets and what a month has used of them, the pace that all workers keep, bodies and texts that were removed."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0013"
branch_labels = None
depends_on = None

REMOVED = ("body", "page", "page_version")


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("money", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name="fk_spending_workspace_id_workspace",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "month", "engine", "sandbox", "currency", name="pk_spending"),
    )
    op.create_table(
        "engine_pace",
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("delay", sa.Float(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("engine", "host", name="pk_engine_pace"),
    )
    op.add_column("workspace", sa.Column("budget", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("workspace", sa.Column("retention", sa.JSON(), nullable=False, server_default="{}"))
    for table in REMOVED:
        op.add_column(table, sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    _count_what_was_asked()


def _count_what_was_asked() -> None:
    """What was used before: `attempts` counts requests, a month is that of the answer's day."""
    month = "strftime('%Y-%m-01', day)"
    if op.get_bind().dialect.name == "postgresql":
        month = "CAST(date_trunc('month', day) AS DATE)"
    for currency, calls, money, where in (
        ("''", "SUM(attempts)", "0.0", "attempts > 0"),
        ("currency", "0", "SUM(cost)", "cost IS NOT NULL AND currency <> '' AND attempts > 0"),
    ):
        op.execute(
            "INSERT INTO spending (workspace_id, month, engine, sandbox, currency, calls, money) "  # noqa: S608
            f"SELECT workspace_id, {month}, engine, sandbox, {currency}, {calls}, {money} "
            f"FROM answer WHERE {where} GROUP BY 1, 2, 3, 4, 5"
        )


def downgrade() -> None:
    for table in REMOVED:
        op.drop_column(table, "removed_at")
    op.drop_column("workspace", "retention")
    op.drop_column("workspace", "budget")
    op.drop_table("engine_pace")
    op.drop_table("spending")
