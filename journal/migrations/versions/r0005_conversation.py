"""The conversation around an answer: consent, reports, feedback, albums as one case, broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("consented_at", MOMENT))
    op.add_column("users", sa.Column("blocked_at", MOMENT))
    op.add_column("requests", sa.Column("wants", sa.String(16), nullable=False, server_default="answer"))
    op.add_column("requests", sa.Column("of_another", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("requests", sa.Column("notice_message_id", sa.BigInteger()))
    op.add_column("requests", sa.Column("feedback", sa.String(16)))
    op.add_column("requests", sa.Column("feedback_at", MOMENT))
    op.create_index("requests_by_message", "requests", ["bot_id", "chat_id", "message_id"])
    op.create_table(
        "albums",
        sa.Column("bot_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("album", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("last_part_at", MOMENT, nullable=False),
        sa.Column("summary_message_id", sa.BigInteger()),
    )
    op.create_index("albums_by_user", "albums", ["user_id"])
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("letters_by_user", "letters", ["user_id"])
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("last_user_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("sent", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("broadcasts")
    op.drop_table("letters")
    op.drop_table("albums")
    op.drop_index("requests_by_message", "requests")
    for name in ("feedback_at", "feedback", "notice_message_id", "of_another", "wants"):
        op.drop_column("requests", name)
    op.drop_column("users", "blocked_at")
    op.drop_column("users", "consented_at")
