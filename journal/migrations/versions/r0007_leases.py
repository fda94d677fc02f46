"""Which process works on a request, and until when the others leave it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("leased_by", sa.String(32)))
    op.add_column("requests", sa.Column("leased_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("requests", "leased_until")
    op.drop_column("requests", "leased_by")
