"""The language that a person chose, beside the one that their Telegram speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("chosen_language", sa.String(35)))


def downgrade() -> None:
    op.drop_column("users", "chosen_language")
