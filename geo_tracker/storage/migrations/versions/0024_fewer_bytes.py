"""Fewer bytes an answer: attributes without the names of their parts, tables in the order of their keys, no index that
nobody asks."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SORTED = ("score", "discovery", "page_reading", "page_mention")
"""Nothing refers to these, so that SQLite may make them anew."""
LISTS = {
    "sqlite": """SELECT json_group_array(json_array(json_extract(value, '$.attribute'),
        json_extract(value, '$.polarity'), json_extract(value, '$.start'), json_extract(value, '$.end')))
        FROM json_each(score.attributes)""",
    "postgresql": """SELECT json_agg(json_build_array(note -> 'attribute', note -> 'polarity', note -> 'start',
        note -> 'end') ORDER BY place)
        FROM json_array_elements(score.attributes) WITH ORDINALITY AS said (note, place)""",
}
OBJECTS = {
    "sqlite": """SELECT json_group_array(json_object('attribute', json_extract(value, '$[0]'),
        'polarity', json_extract(value, '$[1]'), 'start', json_extract(value, '$[2]'),
        'end', json_extract(value, '$[3]'))) FROM json_each(score.attributes)""",
    "postgresql": """SELECT json_agg(json_build_object('attribute', note -> 0, 'polarity', note -> 1,
        'start', note -> 2, 'end', note -> 3) ORDER BY place)
        FROM json_array_elements(score.attributes) WITH ORDINALITY AS said (note, place)""",
}


def upgrade() -> None:
    _write(LISTS)
    op.drop_index("ix_mention_brand_id", "mention")
    _make_anew(with_rowid=False)


def downgrade() -> None:
    _make_anew(with_rowid=True)
    op.create_index("ix_mention_brand_id", "mention", ["brand_id"])
    _write(OBJECTS)


def _write(forms: dict[str, str]) -> None:
    """All attributes in another form; scores that have none are left alone."""
    form = forms[op.get_context().dialect.name]
    op.execute(
        sa.text(f"UPDATE score SET attributes = ({form}) WHERE json_array_length(attributes) > 0")  # noqa: S608
    )


def _make_anew(*, with_rowid: bool) -> None:
    if op.get_context().dialect.name == "sqlite":
        for table in SORTED:
            with op.batch_alter_table(
                table, recreate="always", table_kwargs={"sqlite_with_rowid": with_rowid}
            ):
                pass
