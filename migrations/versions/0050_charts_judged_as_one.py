"""Charts that people judged to be one person or two, and more kinds of ticket events."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0040"
branch_labels = None
depends_on = None

KINDS = (
    "opened", "claimed", "released", "replied", "reply_undone", "patient_wrote", "noted", "transferred", "snoozed",
    "escalated", "breached", "called", "merged", "closed", "reopened",
)  # fmt: skip
NEW_KINDS = ("flagged", "form_sent", "link_sent", "pathway_started")


def upgrade() -> None:
    _allow((*KINDS, *NEW_KINDS))
    op.create_table(
        "chart_judgement",
        sa.Column("clinic_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("verdict IN ('one', 'two')", name=op.f("ck_chart_judgement_verdict")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_chart_judgement_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_chart_judgement_patient_id")),
        sa.ForeignKeyConstraint(["into_id"], ["patient.id"], name=op.f("fk_chart_judgement_into_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_chart_judgement_staff_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["staff_account.id"], name=op.f("fk_chart_judgement_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_judgement")),
    )
    op.create_index("ix_chart_judgement_patient", "chart_judgement", ["clinic_id", "patient_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_chart_judgement_patient", table_name="chart_judgement")
    op.drop_table("chart_judgement")
    listed = ", ".join(f"'{kind}'" for kind in NEW_KINDS)
    op.execute(f"UPDATE ticket_event SET kind = 'noted' WHERE kind IN ({listed})")
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("ticket_event") as batch:
        batch.drop_constraint(op.f("ck_ticket_event_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_ticket_event_kind"), f"kind IN ({listed})")
