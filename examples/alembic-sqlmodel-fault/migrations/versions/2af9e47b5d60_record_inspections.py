"""record inspections

Revision ID: 2af9e47b5d60
Revises: d5106cb7f83e
Create Date: 2026-03-23 15:33:52

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = "2af9e47b5d60"
down_revision: Union[str, Sequence[str], None] = "d5106cb7f83e"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.add_column("gate", sa.Column("last_inspected", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("gate", "last_inspected")
