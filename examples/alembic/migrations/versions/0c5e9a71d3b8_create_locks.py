"""create locks

Revision ID: 0c5e9a71d3b8
Revises:
Create Date: 2026-01-12 09:14:05

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = "0c5e9a71d3b8"
down_revision: Union[str, Sequence[str], None] = None
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        "lock",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("rise_cm", sa.Integer, nullable=False),
        sa.CheckConstraint("rise_cm > 0", name="lock_rises"),
    )


def downgrade() -> None:
    op.drop_table("lock")
