"""index gates by position

Revision ID: d5106cb7f83e
Revises: 93d8f15ea02b
Create Date: 2026-03-16 09:47:20

"""
from typing import Sequence, Union

from alembic import op

revision: str = "d5106cb7f83e"
down_revision: Union[str, Sequence[str], None] = "93d8f15ea02b"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_index(op.f("ix_gate_position_m"), "gate", ["position_m"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_gate_position_m"), table_name="gate")
