"""A patient's phone can be told, without a word, that something waits."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("clinic_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint_index", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_push_subscription_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_push_subscription_patient_id")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_push_subscription_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_index", name=op.f("uq_push_subscription_endpoint_index")),
    )
    op.create_index("ix_push_subscription_due", "push_subscription", ["due_at"], unique=False)
    op.create_index("ix_push_subscription_patient_id", "push_subscription", ["patient_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_push_subscription_patient_id", table_name="push_subscription")
    op.drop_index("ix_push_subscription_due", table_name="push_subscription")
    op.drop_table("push_subscription")
