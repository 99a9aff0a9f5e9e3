"""A patient's pages can be opened by the lock of their own phone: its passkey, and what it was asked to sign."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient_passkey",
        sa.Column("clinic_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_patient_passkey_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_passkey_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_patient_passkey_credential_id")),
    )
    op.create_index("ix_patient_passkey_patient_id", "patient_passkey", ["patient_id"], unique=False)
    op.create_table(
        "link_challenge",
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("cookie_hash", sa.String(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_challenge_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_challenge_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("link_challenge")
    op.drop_index("ix_patient_passkey_patient_id", table_name="patient_passkey")
    op.drop_table("patient_passkey")
