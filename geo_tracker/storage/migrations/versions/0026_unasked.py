"""Rows that wait to be asked by hand have a mode of their own: in the empty one they stood in its coverage.

The next `geo-tracker score` adds up the days of such rows anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ANSWER = sa.table("answer", *map(sa.column, ("workspace_id", "day", "key", "status", "mode")))
CELL = sa.table("daily_cell", *map(sa.column, ("workspace_id", "day", "version")))


def upgrade() -> None:
    _write("unasked", ANSWER.c.key.startswith("session:"), ANSWER.c.status == "planned")


def downgrade() -> None:
    _write("", ANSWER.c.mode == "unasked")


def _write(mode: str, *which: sa.ColumnElement[bool]) -> None:
    days = sa.select(ANSWER.c.workspace_id, ANSWER.c.day).where(*which)
    op.execute(CELL.update().where(sa.tuple_(CELL.c.workspace_id, CELL.c.day).in_(days)).values(version=0))
    op.execute(ANSWER.update().where(*which).values(mode=mode))
