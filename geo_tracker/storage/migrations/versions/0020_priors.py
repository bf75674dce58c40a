"""How a workspace's answers use the names that are everyday words, and when that was learnt."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("brand", sa.Column("priors", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("workspace", sa.Column("learnt", sa.JSON(), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite would make the tables anew, and dropping the old ones takes all that refers to them along.
    op.drop_column("workspace", "learnt")
    op.drop_column("brand", "priors")
