"""Due steps are held by their row's lock, never by a lease; a patient's steps are found by the patient.

The check on `state` goes on allowing "claimed", which nothing writes: to narrow it SQLite would have to copy a table
that others point at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_due_step_lease", table_name="due_step")
    op.execute("UPDATE due_step SET state = 'waiting' WHERE state = 'claimed'")
    op.drop_column("due_step", "lease_until")
    op.drop_column("due_step", "lease_token")
    op.create_index("ix_due_step_patient", "due_step", ["patient_id"])


def downgrade() -> None:
    op.drop_index("ix_due_step_patient", table_name="due_step")
    op.add_column("due_step", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("due_step", sa.Column("lease_token", sa.BigInteger(), nullable=True))
    is_claimed = sa.text("state = 'claimed'")
    op.create_index(
        "ix_due_step_lease", "due_step", ["lease_until"], postgresql_where=is_claimed, sqlite_where=is_claimed
    )
