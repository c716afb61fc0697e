"""record passages

Revision ID: b48a03c2e715
Revises: 7d21f4b60e9c
Create Date: 2026-02-09 11:02:58

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = "b48a03c2e715"
down_revision: Union[str, Sequence[str], None] = "7d21f4b60e9c"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("boat_id", sa.Integer, sa.ForeignKey("boat.id", ondelete="CASCADE"), nullable=False),
        sa.Column("lock_id", sa.Integer, sa.ForeignKey("lock.id"), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("passage")
