"""Each of a clinic's numbers has a pace of its own, and a day remembers that its cap was reached."""

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("daily_spend", sa.Column("capped_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("line_pace") as table:
        table.add_column(sa.Column("sender", sa.String(), nullable=False, server_default=""))
        table.drop_constraint(op.f("uq_line_pace_clinic_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_line_pace_clinic_id_sender"), ["clinic_id", "sender"])


def downgrade() -> None:
    op.execute("DELETE FROM line_pace WHERE sender <> ''")  # a pace is a moment some seconds ahead: nothing is lost
    with op.batch_alter_table("line_pace") as table:
        table.drop_constraint(op.f("uq_line_pace_clinic_id_sender"), type_="unique")
        table.drop_column("sender")
        table.create_unique_constraint(op.f("uq_line_pace_clinic_id"), ["clinic_id"])
    op.drop_column("daily_spend", "capped_at")
