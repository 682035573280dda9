"""Three processes serve one database and are killed in turn under load: nothing is lost, and nothing counted twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from tests.kill.outside import lines
from tests.postgres import Server

CAMPAIGN = bool(os.environ.get("METOO_CAMPAIGN"))
KILLS = 40 if CAMPAIGN else 4

pytestmark = pytest.mark.campaign


class Processes:
    """Some that live, each under a name that no other ever had."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._names = count()
        self._log = (folder / "log").open("ab")
        self.living: list[subprocess.Popen[str]] = []

    def start(self, name: str = "") -> None:
        told = [
            sys.executable,
            "-m",
            "tests.kill.beside",
            self._url,
            str(self._folder),
            name or f"p{next(self._names)}",
        ]
        born = subprocess.Popen(told, stdout=subprocess.PIPE, stderr=self._log, text=True)  # noqa: S603
        self.living.append(born)
        assert born.stdout
        assert born.stdout.readline() == "serving\n", (self._folder / "log").read_text()

    def kill(self) -> None:
        victim = self.living.pop(0)
        victim.kill()
        victim.wait()
        assert victim.stdout
        victim.stdout.close()

    def close(self) -> None:
        while self.living:
            self.kill()
        self._log.close()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with server.database() as made:
        yield made


def test_nothing_is_lost_and_nothing_counted_twice(url: str, tmp_path: Path, server: Server) -> None:
    random, database = Random(2026), str(make_url(url).database)
    processes = Processes(url, tmp_path)
    try:
        for _ in range(3):
            processes.start()
        for _ in range(KILLS):
            time.sleep(random.uniform(0.1, 0.6))  # the one that was first, and so does the jobs
            processes.kill()
            processes.start()
        while processes.living:
            processes.kill()
        processes.start("nobody")
        waiting = "SELECT count(*) FROM outbox WHERE kind IN ('report', 'note')"
        until = time.monotonic() + 60
        while server.ask(waiting, database) != [(0,)]:
            assert time.monotonic() < until, "something still waits"
            time.sleep(0.05)
    finally:
        processes.close()
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert "failed" not in said
    _reports_are_all_there(server, database, tmp_path)
    _voices_are_counted_once(server, database, tmp_path)


def _reports_are_all_there(server: Server, database: str, folder: Path) -> None:
    told = lines(folder / "told")
    sent, asked = ({each["key"] for each in told if each["what"] == what} for what in ("sent", "sends"))
    [(kept,)] = server.ask("SELECT count(*) FROM reports", database)
    assert len(sent) >= KILLS
    assert len(sent) <= int(str(kept)) <= len(asked)
    assert server.ask("SELECT count(*) FROM reports WHERE delivered IS NULL", database) == [(0,)]
    one_each = "SELECT count(DISTINCT subject), count(*) FROM posts WHERE kind = 'report'"
    assert server.ask(one_each, database) == [(kept, kept)]
    posts = Counter(
        each["subject"]
        for each in lines(folder / "journal")
        if each["what"] == "post" and each["title"] == "A report arrived"
    )
    assert len(posts) == kept
    assert (
        sum(posts.values()) - len(posts) <= KILLS + 3
    )  # once for each that was killed between answer and commit


def _voices_are_counted_once(server: Server, database: str, folder: Path) -> None:
    last: dict[tuple[str, str], dict[str, object]] = {}
    for each in lines(folder / "told"):
        if each["what"] in ("asks", "kept"):
            last[each["user"], each["window"]] = each
    standing = sum(each["what"] == "kept" and bool(each["stands"]) for each in last.values())
    unknown = sum(each["what"] == "asks" for each in last.values())
    [(found,)] = server.ask("SELECT count(*) FROM voices WHERE value = 1", database)
    assert standing <= int(str(found)) <= standing + unknown
    counted = 'SELECT shown, (SELECT sum(shown) FROM voices WHERE "window" = windows.id) FROM windows'
    assert all(shown == summed for shown, summed in server.ask(counted, database))
    weekly = "SELECT sum(sum) FROM counters WHERE kind = 'wall'"
    assert server.ask(weekly, database) == server.ask(
        "SELECT sum(shown) FROM windows WHERE shown >= 5", database
    )
