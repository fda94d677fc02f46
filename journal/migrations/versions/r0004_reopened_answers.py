"""Requests to see an earlier answer again, and the way to a person's requests."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("reopens", sa.Integer()))
    op.create_index("requests_by_user", "requests", ["user_id", "bot_id"])


def downgrade() -> None:
    op.drop_index("requests_by_user", "requests")
    op.drop_column("requests", "reopens")
