"""create gates

Revision ID: 93d8f15ea02b
Revises: 4be07a92c6d1
Create Date: 2026-03-09 14:21:09

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = "93d8f15ea02b"
down_revision: Union[str, Sequence[str], None] = "4be07a92c6d1"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        "gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("canal_id", sa.Integer(), nullable=False),
        sa.Column("position_m", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["canal_id"], ["canal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("gate")
