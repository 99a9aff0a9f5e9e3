"""A message is written into fewer indexes: into those only by which it is ever looked for.

What is due stands in one index, not in two: by priority alone where messages go first come, first served, by clinic
where they are shared out. An index finds a ticket's messages; before, every message was read for that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0091"
branch_labels = None
depends_on = None

BEFORE = (
    ("ix_message_due", ["priority", "due_at", "id"], "state = 'pending'"),
    ("ix_message_share", ["clinic_id", "priority", "due_at", "id"], "state = 'pending'"),
    ("ix_message_conversation", ["conversation_id", "id"], None),
    ("ix_message_address", ["clinic_id", "address_index", "created_at"], None),
)
AFTER = (
    ("ix_message_first_come", ["priority", "due_at", "id"], "state = 'pending' and priority < 50"),
    ("ix_message_shared_out", ["clinic_id", "priority", "due_at", "id"], "state = 'pending' and priority >= 50"),
    ("ix_message_of_conversation", ["conversation_id", "id"], "conversation_id is not null"),
    ("ix_message_of_ticket", ["ticket_id"], "ticket_id is not null"),
    ("ix_message_replies", ["address_index", "created_at"], "direction = 'outbound' and class = 'reply'"),
)


def upgrade() -> None:
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    _replace(AFTER, BEFORE)


def _replace(old: tuple, new: tuple) -> None:
    for name, columns, condition in new:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, "message", columns, postgresql_where=where, sqlite_where=where)
    for name, _, _ in old:
        op.drop_index(name, table_name="message")
