"""Notices: one text to everybody who has a visit in some days, and the messages that are part of one."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None

_OF_A_NOTICE = sa.text("notice_id is not null")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("clinic_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("texts", sa.BigInteger(), nullable=False),
        sa.Column("untold", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_notice_clinic_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_notice_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_clinic", "notice", ["clinic_id", "created_at"])
    op.add_column("message", sa.Column("notice_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_message_of_notice", "message", ["notice_id", "state"], postgresql_where=_OF_A_NOTICE,
        sqlite_where=_OF_A_NOTICE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_message_of_notice", "message")
    op.drop_column("message", "notice_id")
    op.drop_index("ix_notice_clinic", "notice")
    op.drop_table("notice")
