"""What users decided on unsure mentions: rules of an alias that no workspace file declares."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("brand", sa.Column("lessons", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, and dropping the old one takes all that refers to it along.
    op.drop_column("brand", "lessons")
