"""The HTTP API: its keys, what was asked of it, and answers that a repeated request is given again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("prefix", sa.String(16), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_requests",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key_id", sa.Integer(), sa.ForeignKey("api_keys.id")),
        sa.Column("trace", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("model_asked", sa.String(64)),
        sa.Column("file_size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("refusal_code", sa.String(64)),
        sa.Column("failure_code", sa.String(64)),
        sa.Column("verdict", sa.String(16)),
        sa.Column("model", sa.String(64)),
        sa.Column("version", sa.String(32)),
        sa.Column("weights_hash", sa.String(64)),
        sa.Column("engine", sa.String(128)),
        sa.Column("probabilities", sa.JSON()),
        sa.Column("label_set", sa.JSON()),
        sa.Column("novelty", sa.Double()),
        sa.Column("novelty_limit", sa.Double()),
        sa.Column("words", sa.JSON()),
        sa.Column("convert_ms", sa.Double()),
        sa.Column("infer_ms", sa.Double()),
    )
    op.create_index("api_requests_by_time", "api_requests", ["received_at"])
    op.create_index("api_requests_by_key", "api_requests", ["key_id"])
    op.create_table(
        "api_repeats",
        sa.Column("owner", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("language", sa.String(35)),
        sa.Column("body", sa.Text()),
    )
    op.create_index("api_repeats_by_end", "api_repeats", ["expires_at"])


def downgrade() -> None:
    op.drop_table("api_repeats")
    op.drop_table("api_requests")
    op.drop_table("api_keys")
