"""Reciprocal ranks, answers with priced products, and the models behind answers; `geo-tracker score` computes them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("daily_brand", sa.Column("reciprocal_rank", sa.Float(), nullable=True))
    op.add_column("daily_brand", sa.Column("answers_priced", sa.Integer(), nullable=True))
    op.add_column("daily_cell", sa.Column("models", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("daily_cell", "models")
    op.drop_column("daily_brand", "answers_priced")
    op.drop_column("daily_brand", "reciprocal_rank")
