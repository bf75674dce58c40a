"""Apps that panels ask by hand, and what a token opens."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("panel", sa.Column("apps", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("token", sa.Column("scope", sa.String(), nullable=False, server_default="read"))


def downgrade() -> None:
    # What was made for the intake would open the read API of the older program.
    op.execute("DELETE FROM token WHERE scope <> 'read'")
    op.drop_column("token", "scope")
    op.drop_column("panel", "apps")
