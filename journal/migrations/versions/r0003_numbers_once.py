"""A request's number is never given again, also when the newest requests were forgotten.

A button that was sent before, or another process that works on it, may still know the number. PostgreSQL's sequences
are like this by themselves; SQLite's tables are on demand.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(autoincrement=True)


def downgrade() -> None:
    _rebuild(autoincrement=False)


def _rebuild(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        options = {"sqlite_autoincrement": autoincrement}
        with op.batch_alter_table("requests", recreate="always", table_kwargs=options):
            pass
