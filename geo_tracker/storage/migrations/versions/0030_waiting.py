"""The workspace that waits for a place of an engine, so that those that hold its places leave it one."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_pace", sa.Column("waiting", sa.Integer(), nullable=True))
    op.add_column("engine_pace", sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("engine_pace") as table:
        table.drop_column("waiting_until")
        table.drop_column("waiting")
