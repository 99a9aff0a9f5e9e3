"""Tries at codes and proofs are counted where every process sees them, and forgotten within the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "try_count",
        sa.Column("index", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_try_count")),
        sa.UniqueConstraint("index", name=op.f("uq_try_count_index")),
    )
    op.create_index("ix_try_count_forget_at", "try_count", ["forget_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_try_count_forget_at", table_name="try_count")
    op.drop_table("try_count")
