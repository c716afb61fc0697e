"""create boats

Revision ID: 7d21f4b60e9c
Revises: 0c5e9a71d3b8
Create Date: 2026-01-26 16:40:31

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = "7d21f4b60e9c"
down_revision: Union[str, Sequence[str], None] = "0c5e9a71d3b8"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        "boat",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.Enum("narrowboat", "barge", "dinghy", name="boat_kind"), nullable=False),
        sa.Column("length_cm", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("boat")
    op.execute("DROP TYPE boat_kind")
