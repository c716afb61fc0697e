from datetime import date
from typing import Optional

from sqlmodel import Field, SQLModel


class Canal(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)


class Gate(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    canal_id: int = Field(foreign_key="canal.id")
    position_m: int = Field(index=True)
    last_inspected: Optional[date] = None
