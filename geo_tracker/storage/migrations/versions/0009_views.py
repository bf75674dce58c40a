"""Views for other tools: made after the newest revision by `geo_tracker.storage.views`; this one brings them."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing in the tables."""


def downgrade() -> None:
    """Nothing in the tables."""
