"""Signals, the steps of their life, their deliveries, and who is told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("signals", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("subject", "fingerprint", "kind")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("brand", "engine", "surface")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("metric", "what")),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("before_start", sa.Date(), nullable=True),
        sa.Column("before_end", sa.Date(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("before", "after", "value")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("low", "high", "q")),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("first_told", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_signal_workspace_id_workspace", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signal"),
        sa.UniqueConstraint("workspace_id", "fingerprint", name="uq_signal_workspace_id_fingerprint"),
    )
    op.create_index("ix_signal_subject", "signal", ["subject"])
    op.create_table(
        "signal_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signal.id"], name="fk_signal_event_signal_id_signal", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signal_event"),
    )
    op.create_index("ix_signal_event_signal_id", "signal_event", ["signal_id"])
    op.create_table(
        "signal_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signal.id"], name="fk_signal_delivery_signal_id_signal", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signal_delivery"),
        sa.UniqueConstraint("signal_id", "channel", name="uq_signal_delivery_signal_id_channel"),
    )


def downgrade() -> None:
    for table in ("signal_delivery", "signal_event", "signal"):
        op.drop_table(table)
    op.drop_column("workspace", "signals")
