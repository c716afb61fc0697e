"""index passages by lock

Revision ID: e90b6d5f1a47
Revises: b48a03c2e715
Create Date: 2026-02-16 08:30:12

"""
from typing import Sequence, Union

from alembic import op

revision: str = "e90b6d5f1a47"
down_revision: Union[str, Sequence[str], None] = "b48a03c2e715"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_passage_lock_id_passed_at", "passage", ["lock_id", "passed_at"], postgresql_concurrently=True
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_passage_lock_id_passed_at", "passage", postgresql_concurrently=True)
