"""Indexes that hold all that reads over many answers select, count and group by; a citation's domain is its page's."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        UPDATE citation SET domain = (SELECT page.domain FROM page WHERE page.id = citation.page_id)
        WHERE domain <> (SELECT page.domain FROM page WHERE page.id = citation.page_id)
        """
    )
    op.drop_index("ix_answer_day", "answer")
    columns = ["workspace_id", "day", "status", "prompt_id", "engine", "surface"]
    op.create_index("ix_answer_day", "answer", columns)
    op.drop_index("ix_citation_domain", "citation")
    op.drop_index("ix_citation_answer_id", "citation")
    op.create_index("ix_citation_answer", "citation", ["answer_id", "role", "page_id", "domain", "weight"])


def downgrade() -> None:
    op.drop_index("ix_citation_answer", "citation")
    op.create_index("ix_citation_answer_id", "citation", ["answer_id"])
    op.create_index("ix_citation_domain", "citation", ["domain"])
    op.drop_index("ix_answer_day", "answer")
    op.create_index("ix_answer_day", "answer", ["workspace_id", "day"])
