"""What every table shares: its base, its names, its column types."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, MetaData, Table, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core import ids
from core.money import Money, Points, Units


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC; a naive one is a bug."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        assert value is None or value.tzinfo is not None, "naive datetime"
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class Bare(DeclarativeBase):
    """What every table shares; those whose rows are named by others have no id of their own."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        Money: BigInteger,
        Points: BigInteger,
        Units: BigInteger,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class Base(Bare):
    """Every row has an id that says nothing and is made by the application."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)


def table(model: type[DeclarativeBase]) -> Table:
    """Return the table of a model, for the statements of the hot path."""
    found = model.__table__
    assert isinstance(found, Table)
    return found
