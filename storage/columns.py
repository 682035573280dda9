"""The kinds of columns that tables are made of, once for every database."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.schema import SchemaItem


class Moment(TypeDecorator[datetime]):
    """A moment as whole UTC seconds, rounded down."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - theirs
        """Seconds since 1970; a moment without a time zone is refused, because it would be guessed."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """The moment in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


METADATA = MetaData()


def table(name: str, *parts: SchemaItem) -> Table:
    """A table of ours."""
    # Without a rowid nothing numbers the rows in the order in which they were written. STRICT refuses a
    # text where sealed bytes belong.
    return Table(name, METADATA, *parts, sqlite_with_rowid=False, sqlite_strict=True)


def identity(name: str = "id") -> tuple[Column[bytes], CheckConstraint]:
    """A random id of 128 bits, as the key of its row."""
    return Column(name, LargeBinary, primary_key=True), CheckConstraint(f"length({name}) = 16")


def octets(name: str) -> Column[bytes]:
    """Bytes, which are sealed, a token or a digest."""
    return Column(name, LargeBinary, nullable=False)


def text(name: str, *, key: bool = False) -> Column[str]:
    """A text that is no secret: a name of ours, or an id of a platform."""
    return Column(name, Text, primary_key=key, nullable=False)


def number(name: str) -> Column[int]:
    """A whole number."""
    return Column(name, Integer, nullable=False)


def big(name: str, *, key: bool = False) -> Column[int]:
    """A whole number that may grow beyond 32 bits."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(name, kind, primary_key=key, autoincrement=False, nullable=False)


def moment(name: str, *, known: bool = True) -> Column[datetime]:
    """A moment (see `Moment`)."""
    return Column(name, Moment, nullable=not known)
