"""One-time pages over real HTTP, and in a real browser."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from random import Random

import aiohttp
import pytest
from structlog.testing import capture_logs

from adapters.onetime.site import LARGEST, OneTime
from adapters.sandbox.clock import SandboxClock
from adapters.web import Site
from bot.config import Limits as LimitSettings
from bot.limits import Limits
from bot.model import Actor, Card, Document, Row, Upload
from bot.onetime import BROKEN_OFF, BUSY, NOTHING, OVER, Pages
from bot.scrubbing.sentences import LIMIT
from tests.world import TUESDAY, WORKSPACE

SOMEBODY = Actor(WORKSPACE, "P20")
PLANT = b"planted-words-nobody-may-log"


class Taker:
    """Takes files, and remembers how long they were."""

    def __init__(self) -> None:
        self.got: list[tuple[int, bytes]] = []

    async def __call__(self, uploads: Sequence[Upload]) -> Card:
        self.got += [(each.size, await each.read()) for each in uploads]
        return Card("Your files", (Row("File 1", "added <b>"),))


class Place:
    """A site with one-time pages."""

    def __init__(self, slowest: float) -> None:
        clock = SandboxClock(TUESDAY, flowing=False)
        limits = Limits(LimitSettings(files_an_hour=1000), clock, Random(1))
        self.pages = Pages("http://unset/", limits, clock, Random(2))
        self.onetime = OneTime(self.pages, slowest)
        self.site = Site("127.0.0.1", 0)
        for each in self.onetime.routes():
            self.site.route(each.method, each.path, each.handler)

    def invite(self, taker: Taker) -> str:
        return self.pages.invite(SOMEBODY, taker)

    def offer(self) -> str:
        async def give() -> Document:
            return Document("1.txt", "text/plain; charset=utf-8", PLANT)

        return self.pages.offer(SOMEBODY, give)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    built = Place(slowest=60.0)
    built.pages.open_at(f"http://127.0.0.1:{await built.site.start()}/")
    yield built
    await built.site.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def form(*files: bytes) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for each in files:
        made.add_field(
            "files", BytesIO(each), filename="a-name-that-is-dropped.png", content_type="image/png"
        )
    return made


async def test_opening_a_page_does_not_use_it_up_and_sending_does(
    place: Place, client: aiohttp.ClientSession
) -> None:
    taker = Taker()
    url = place.invite(taker)
    for _ in range(2):
        async with client.get(url) as answer:
            assert answer.status == 200
            assert 'type="file"' in await answer.text()
    async with client.post(url, data=form(PLANT, b"")) as answer:
        assert answer.status == 200
        assert "added &lt;b&gt;" in await answer.text()
    assert taker.got == [(len(PLANT), PLANT), (0, b"")]
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 404
        assert OVER in await answer.text()
    async with client.get(url) as answer:
        assert answer.status == 404
        assert OVER in await answer.text()
    assert len(taker.got) == 2


async def test_two_who_send_at_the_same_moment_are_one(place: Place, client: aiohttp.ClientSession) -> None:
    taker = Taker()
    url = place.invite(taker)

    async def send() -> int:
        async with client.post(url, data=form(PLANT)) as answer:
            return answer.status

    assert sorted(await asyncio.gather(send(), send())) == [200, 404]
    assert len(taker.got) == 1


async def test_a_file_is_handed_over_once_and_never_shown(
    place: Place, client: aiohttp.ClientSession
) -> None:
    url = place.offer()
    async with client.get(url) as answer:
        assert PLANT.decode() not in await answer.text()
    async with client.post(url) as answer:
        assert await answer.read() == PLANT
        assert answer.headers["Content-Disposition"] == 'attachment; filename="1.txt"'
    async with client.post(url) as answer:
        assert answer.status == 404


async def test_every_answer_keeps_itself_to_itself(place: Place, client: aiohttp.ClientSession) -> None:
    offered = place.offer()
    asked = [("GET", place.invite(Taker())), ("GET", f"{place.pages.address}once/unknown"), ("POST", offered)]
    for method, url in asked:
        async with client.request(method, url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "script" not in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "noindex" in answer.headers["X-Robots-Tag"]
            shown = (await answer.text()).lower()
            assert "metoo" not in shown
            assert "harass" not in shown
            assert "http" not in shown


async def test_a_page_without_a_person_speaks_the_language_of_the_browser(
    place: Place, client: aiohttp.ClientSession
) -> None:
    for asked in ("en-GB,en;q=0.8", "../../etc/passwd", ""):
        async with client.get(f"{place.pages.address}once/x", headers={"Accept-Language": asked}) as answer:
            assert '<html lang="en" dir="ltr">' in await answer.text()


async def test_large_files_are_named_as_large_and_none_of_them_is_held(
    place: Place, client: aiohttp.ClientSession
) -> None:
    taker = Taker()
    async with client.post(place.invite(taker), data=form(b"a" * (LIMIT + 1), PLANT)) as answer:
        assert answer.status == 200
    assert taker.got == [(LIMIT + 1, b""), (len(PLANT), PLANT)]


@pytest.mark.parametrize("chunked", [False, True])
async def test_more_than_fits_is_refused_and_the_page_can_be_used_again(
    place: Place, client: aiohttp.ClientSession, chunked: bool
) -> None:
    taker = Taker()
    url = place.invite(taker)
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'

    async def endless() -> AsyncIterator[bytes]:
        yield head
        for _ in range(LARGEST // 2**20 + 8):
            yield b"a" * 2**20

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    if not chunked:
        headers["Content-Length"] = str(LARGEST + 1)
    try:
        async with client.post(url, data=endless(), headers=headers) as answer:
            assert answer.status == 413
    except aiohttp.ClientError:  # told no while still sending, the client may see only the closed connection
        assert taker.got == []
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 200
    assert taker.got == [(len(PLANT), PLANT)]


async def test_a_body_of_very_many_parts_is_given_up_before_they_fill_the_memory(
    place: Place, client: aiohttp.ClientSession
) -> None:
    taker, part = Taker(), b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n\r\n'
    body, headers = part * 2000 + b"--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"}
    url = place.invite(taker)
    async with client.post(url, data=body, headers=headers) as answer:
        assert answer.status == 413
    assert taker.got == []
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 200


async def test_an_upload_that_breaks_off_keeps_nothing_and_can_be_sent_again(
    place: Place, client: aiohttp.ClientSession
) -> None:
    taker = Taker()
    url = place.invite(taker)
    token = url.rpartition("/")[2]
    _, writer = await asyncio.open_connection("127.0.0.1", place.site.port)
    writer.write(
        f"POST /once/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        'Content-Length: 5000\r\n\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        "half".encode()
    )
    await writer.drain()
    async with asyncio.timeout(60):
        while place.pages.look(token).live:
            await asyncio.sleep(0.005)
        writer.transport.abort()
        while not place.pages.look(token).live:
            await asyncio.sleep(0.005)
    assert taker.got == []
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 200


async def test_a_body_that_comes_too_slowly_is_given_up(client: aiohttp.ClientSession) -> None:
    built = Place(slowest=0.05)
    built.pages.open_at(f"http://127.0.0.1:{await built.site.start()}/")
    try:
        never = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"--b\r\n"
            await never.wait()

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        async with client.post(built.invite(Taker()), data=slow(), headers=headers) as answer:
            assert answer.status == 400
            assert BROKEN_OFF in await answer.text()
    finally:
        await built.site.stop()


@pytest.mark.parametrize(
    ("data", "kind", "sentence"),
    [
        (b"--b--\r\n", "multipart/form-data; boundary=b", NOTHING),
        (b"no form at all", "text/plain", BROKEN_OFF),
        (b"rubbish", "multipart/form-data; boundary=b", BROKEN_OFF),
        (b"", "multipart/form-data", BROKEN_OFF),
        (
            b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            NOTHING,
        ),
    ],
    ids=["no part", "no form", "rubbish", "no boundary", "nothing picked"],
)
async def test_what_is_no_upload_is_one_sentence_and_does_not_count(
    place: Place, client: aiohttp.ClientSession, *, data: bytes, kind: str, sentence: str
) -> None:
    taker = Taker()
    url = place.invite(taker)
    async with client.post(url, data=data, headers={"Content-Type": kind}) as answer:
        assert answer.status == 400
        assert sentence in await answer.text()
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 200


async def test_another_site_can_send_nothing_here(place: Place, client: aiohttp.ClientSession) -> None:
    taker = Taker()
    url = place.invite(taker)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        async with client.post(url, data=form(PLANT), headers=headers) as answer:
            assert answer.status == 403
    ours = {"Origin": place.pages.address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    async with client.post(url, data=form(PLANT), headers=ours) as answer:
        assert answer.status == 200


async def test_many_bodies_at_once_are_asked_to_wait(place: Place, client: aiohttp.ClientSession) -> None:
    place.onetime._reading = 4
    url = place.invite(Taker())
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 503
        assert BUSY in await answer.text()
    place.onetime._reading = 0
    async with client.post(url, data=form(PLANT)) as answer:
        assert answer.status == 200
    assert place.onetime._reading == 0


async def test_nothing_is_logged_and_nothing_is_written_to_disk(
    place: Place,
    client: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def must_not(*_given: object, **_named: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, must_not)
    caplog.set_level(logging.DEBUG)
    taker = Taker()
    url = place.invite(taker)
    with capture_logs() as logs:
        async with client.post(url, data=form(PLANT * 100_000)) as answer:
            assert answer.status == 200
        async with client.get(url) as answer:
            assert answer.status == 404
    shown = f"{logs}{[record.getMessage() for record in caplog.records if record.name != 'asyncio']}"
    assert url.rpartition("/")[2] not in shown
    assert "127.0.0.1" not in shown
    assert taker.got[0][0] == len(PLANT) * 100_000
    assert not list(Path.cwd().glob("a-name-that-is-dropped*"))
