"""Which brands the stored scores know: a brand added since is not computed, which is not the same as not named."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("scored_brand", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE workspace SET scored_brand ="
        " (SELECT max(brand.id) FROM brand WHERE brand.workspace_id = workspace.id)"
    )


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, and dropping the old one takes all that refers to it along.
    op.drop_column("workspace", "scored_brand")
