"""What holds for every test: how long something takes is for the benchmark, so no test fails for being slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import NullPool, create_engine

from storage.postgres_address import address
from storage.postgres_schema import prepared
from tests.postgres import QUICK, Server, serving

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests of this process, with one database that has our tables."""
    with serving(**QUICK) as started:
        started.do("CREATE DATABASE tables TEMPLATE template0")
        engine = create_engine(address(started.url("tables")), poolclass=NullPool)
        with engine.begin() as connection:
            prepared(connection, "it")
        yield started


@pytest.fixture
def database(server: Server) -> str:
    """The address of a database with our tables, empty."""
    server.empty("tables")
    return server.url("tables")
