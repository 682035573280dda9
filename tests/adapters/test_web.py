"""The one web site: health, and what others register on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from adapters.web import LARGEST, Site
from bot.errors import Misconfigured
from bot.logs import ALLOWED

PLANT = "planted-words-nobody-may-log"


async def _echo(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


async def _broken(_request: web.Request) -> web.Response:
    raise RuntimeError(PLANT)


class Health:
    """Ready or not."""

    wrong: tuple[str, ...] = ("slack is silent",)

    async def __call__(self) -> tuple[str, ...]:
        return self.wrong


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site("127.0.0.1", 0)
    found.route("POST", "/echo", _echo)
    found.route("GET", "/broken", _broken)
    await found.start()
    yield found
    await found.stop()


async def ask(site: Site, method: str, path: str, content: bytes = b"") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{site.port}{path}", data=BytesIO(content)) as answer,
    ):
        return answer.status, await answer.text()


async def test_it_is_alive_and_ready_when_it_is_said_to_be(site: Site) -> None:
    health = Health()
    site.ready_when(health)
    assert (await ask(site, "GET", "/livez"))[0] == 200
    assert await ask(site, "GET", "/readyz") == (503, "not ready\nslack is silent\n")
    health.wrong = ()
    assert await ask(site, "GET", "/readyz") == (200, "ready\n")


async def test_what_is_registered_answers_and_the_rest_is_not_found(site: Site) -> None:
    assert await ask(site, "POST", "/echo", b"hello") == (200, "hello")
    assert (await ask(site, "GET", "/echo"))[0] == 405
    assert (await ask(site, "GET", "/nowhere"))[0] == 404


async def test_a_body_above_the_largest_is_refused(site: Site) -> None:
    assert (await ask(site, "POST", "/echo", b"x" * LARGEST))[0] == 200
    assert (await ask(site, "POST", "/echo", b"x" * (LARGEST + 1)))[0] == 413


async def test_neither_requests_nor_errors_nor_addresses_reach_a_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as said:
        assert (await ask(site, "GET", f"/broken?{PLANT}"))[0] == 500
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(f"{PLANT} not http\r\n\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert said[0] == {"event": "web request failed", "error": "RuntimeError", "log_level": "warning"}
    assert {each["event"] for each in said} == {"web request failed"}
    assert all(set(each) - {"log_level"} <= set(ALLOWED) for each in said)
    shown = f"{said}{caplog.text}" + "".join(f"{record.msg!r}{record.args!r}" for record in caplog.records)
    assert PLANT not in shown
    assert "127.0.0.1" not in shown


async def test_a_site_says_its_port_and_stops_twice() -> None:
    site = Site("127.0.0.1", 0)
    port = await site.start()
    assert port == site.port > 0
    await site.stop()
    await site.stop()


async def test_a_port_that_is_taken_is_a_sentence_and_leaves_nothing_open(site: Site) -> None:
    second = Site("127.0.0.1", site.port)
    with pytest.raises(Misconfigured) as caught:
        await second.start()
    assert str(caught.value) == f"Port {site.port} on 127.0.0.1 is taken; set METOO_WEB__PORT to another."
    assert (await ask(site, "GET", "/livez"))[0] == 200


async def test_an_address_this_machine_does_not_have_is_a_sentence() -> None:
    with pytest.raises(Misconfigured, match="METOO_WEB__HOST"):
        await Site("192.0.2.1", 0).start()
