"""Users, requests with their outcomes, and models chosen ahead of a picture."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("language", sa.String(35)),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("album", sa.String(64)),
        sa.Column("file_id", sa.String(255), nullable=False),
        sa.Column("file_size", sa.BigInteger()),
        sa.Column("model_asked", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("started_at", moment),
        sa.Column("finished_at", moment),
        sa.Column("answer_message_id", sa.BigInteger()),
        sa.Column("refusal_code", sa.String(64)),
        sa.Column("failure_code", sa.String(64)),
        sa.Column("verdict", sa.String(16)),
        sa.Column("model", sa.String(64)),
        sa.Column("version", sa.String(32)),
        sa.Column("weights_hash", sa.String(64)),
        sa.Column("engine", sa.String(128)),
        sa.Column("probabilities", sa.JSON()),
        sa.Column("novelty", sa.Double()),
        sa.Column("download_ms", sa.Double()),
        sa.Column("convert_ms", sa.Double()),
        sa.Column("infer_ms", sa.Double()),
        sa.Column("reply_ms", sa.Double()),
        sa.UniqueConstraint("bot_id", "update_id", name="one_request_per_update"),
    )
    op.create_index("requests_by_state", "requests", ["bot_id", "state"])
    op.create_index("requests_by_answer", "requests", ["bot_id", "chat_id", "answer_message_id"])
    op.create_index("requests_by_album", "requests", ["bot_id", "chat_id", "album"])
    op.create_table(
        "choices",
        sa.Column("bot_id", sa.BigInteger(), primary_key=True),
        sa.Column("chat_id", sa.BigInteger(), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), primary_key=True),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
    )


def downgrade() -> None:
    for table in ("choices", "requests", "users"):
        op.drop_table(table)
