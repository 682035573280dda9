"""The address of a PostgreSQL store: what it may say, and what of it may be shown."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured

_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
_HERE = ("localhost", "127.0.0.1", "::1")
_ENCRYPTED = "require"


def is_postgres(url: str) -> bool:
    """Whether an address names a PostgreSQL store."""
    return url.startswith(_SCHEMES)


def address(url: str, password: str = "") -> URL:
    """An address as the driver takes it: with the password that was given apart, and with TLS unless it stays here.

    Whoever wants none over a network has to say `sslmode=disable` in it. Of several hosts, the one that may be written
    to is taken where it asks for that. Raises `Misconfigured`.
    """
    try:
        found = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise Misconfigured(_EXAMPLE) from error
    if not found.database:
        raise Misconfigured(_EXAMPLE)
    if password:
        found = found.set(password=password)
    if found.query.get("target_session_attrs") == "read-write":  # what only reads would find no server
        found = found.update_query_dict({"target_session_attrs": "primary"})
    if not _stays_here(found) and "sslmode" not in found.query:
        found = found.update_query_dict({"sslmode": _ENCRYPTED})
    return found


def shown(url: str) -> str:
    """An address without what is secret in it: for sentences and logs."""
    found = address(url)
    where = f"{found.host or found.query.get('host', 'this machine')}"
    return f"postgresql://{where}{f':{found.port}' if found.port else ''}/{found.database}"


def _stays_here(url: URL) -> bool:
    named = url.query.get("host", ())
    several = (named,) if isinstance(named, str) else named
    hosts = [*([url.host] if url.host else []), *(each for one in several for each in one.split(","))]
    return all(each in _HERE or each.startswith("/") for each in hosts)


_EXAMPLE = (
    "storage.url is not an address of PostgreSQL; an example is postgresql://metoo@db.example.org/metoo"
)
