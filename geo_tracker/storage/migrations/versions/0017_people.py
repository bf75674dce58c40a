"""Members and their roles, views saved by name, and a record of all that people do, not of changes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        _refers("member"),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("who", "workspace_id", name="uq_member_who_workspace_id"),
    )
    op.create_index("ix_member_workspace_id", "member", ["workspace_id"])
    op.create_table(
        "bookmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        _refers("bookmark"),
        sa.PrimaryKeyConstraint("id", name="pk_bookmark"),
        sa.UniqueConstraint("who", "name", name="uq_bookmark_who_name"),
    )
    op.create_index("ix_bookmark_workspace_id", "bookmark", ["workspace_id"])
    # SQLite makes the table anew for this; nothing refers to it, so that nothing goes with the old one.
    with op.batch_alter_table("audit") as audit:
        audit.alter_column("workspace_id", existing_type=sa.Integer(), nullable=True)
        audit.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="workspace"))
    with op.batch_alter_table("audit") as audit:
        audit.alter_column("kind", existing_type=sa.String(), server_default=None)


def _refers(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_workspace_id_workspace"
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.execute("DELETE FROM audit WHERE kind <> 'workspace'")
    with op.batch_alter_table("audit") as audit:
        audit.drop_column("kind")
        audit.alter_column("workspace_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("bookmark")
    op.drop_table("member")
