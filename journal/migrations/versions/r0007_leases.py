"""Which process works on a request, or sums an album up, and until when the others leave it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("requests", "albums"):
        op.add_column(table, sa.Column("leased_by", sa.String(32)))
        op.add_column(table, sa.Column("leased_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for table in ("albums", "requests"):
        op.drop_column(table, "leased_until")
        op.drop_column(table, "leased_by")
