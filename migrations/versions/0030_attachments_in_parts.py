"""Photos and voice notes arrive in parts, and are known by the hash the phone named."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("content_hash", sa.String(), nullable=True))
    op.create_table(
        "attachment_part",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_part_attachment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_part")),
        sa.UniqueConstraint("attachment_id", "start", name=op.f("uq_attachment_part_attachment_id_start")),
    )


def downgrade() -> None:
    op.drop_table("attachment_part")
    op.drop_column("attachment", "content_hash")
