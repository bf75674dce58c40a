"""The mode of answers: which switches of an app were on, as a part of what daily sums are kept apart by.

Answers that are stored keep an empty mode, which says that nothing told it, and so do their sums: both are made anew
from the bodies in the archive by `geo-tracker score --all`.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None

CELL = ["workspace_id", "day", "prompt_id", "engine", "surface"]
KEYS = {
    "daily_cell": CELL,
    "daily_brand": [*CELL, "brand_id"],
    "stratum": ["workspace_id", "prompt_id", "engine", "surface"],
}
ANSWER_DAY = ["workspace_id", "day", "status", "prompt_id", "engine", "surface"]


def upgrade() -> None:
    for table in ("answer", "daily_shelf"):
        op.add_column(table, _mode())
    for table, key in KEYS.items():
        at = key.index("surface") + 1
        _keyed(table, [*key[:at], "mode", *key[at:]], adding=True)
    op.drop_index("ix_answer_day", "answer")
    op.create_index("ix_answer_day", "answer", [*ANSWER_DAY, "mode"])


def downgrade() -> None:
    """Sums of answers in several modes cannot be told apart by the older key: those of a mode go, and are made anew."""
    op.execute("UPDATE answer SET rules = NULL WHERE mode <> ''")
    op.drop_index("ix_answer_day", "answer")
    op.create_index("ix_answer_day", "answer", ANSWER_DAY)
    for table in (*KEYS, "daily_shelf"):
        op.execute(f"DELETE FROM {table} WHERE mode <> ''")  # noqa: S608 - the names stand above
    for table, key in KEYS.items():
        _keyed(table, key, adding=False)
    for table in ("answer", "daily_shelf"):
        op.drop_column(table, "mode")


def _mode() -> sa.Column:
    return sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")


def _keyed(table: str, key: list[str], *, adding: bool) -> None:
    """The table with another key; nothing refers to it, so that SQLite may make it anew."""
    rowid = {} if table == "stratum" else {"sqlite_with_rowid": False}
    with op.batch_alter_table(table, table_kwargs=rowid) as batch:
        if adding:
            batch.add_column(_mode())
        batch.drop_constraint(f"pk_{table}", type_="primary")
        if not adding:
            batch.drop_column("mode")
        batch.create_primary_key(f"pk_{table}", key)
