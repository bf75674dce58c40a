"""Marks on statements, who changed what, the file as it was last applied, panels that pause."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        *_refers("statement_mark", "workspace", "answer", "brand"),
        sa.PrimaryKeyConstraint("id", name="pk_statement_mark"),
        sa.UniqueConstraint("answer_id", "brand_id", name="uq_statement_mark_answer_id_brand_id"),
    )
    op.create_index("ix_statement_mark_workspace_id", "statement_mark", ["workspace_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        *_refers("audit", "workspace"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_workspace_id", "audit", ["workspace_id"])
    op.add_column("workspace", sa.Column("applied", sa.JSON(), nullable=True))
    op.add_column("panel", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("panel", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))


def _refers(table: str, *targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{target}_id"], [f"{target}.id"], name=f"fk_{table}_{target}_id_{target}", ondelete="CASCADE"
        )
        for target in targets
    ]


def downgrade() -> None:
    # Not in a batch: SQLite would make the tables anew, and dropping the old ones takes all that refers to them along.
    op.drop_column("panel", "resumed_at")
    op.drop_column("panel", "paused_at")
    op.drop_column("workspace", "applied")
    op.drop_table("audit")
    op.drop_table("statement_mark")
