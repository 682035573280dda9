"""The link to Discord: how it begins, breaks and begins again, and what it never writes down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.discord.connection import DiscordConnection
from bot.config import DiscordSettings
from bot.errors import Denied, PlatformError
from bot.model import Address, Card, Event, Form, Reply, TextField
from tests.adapters.discord_core import Core
from tests.adapters.discord_interactions import COMPONENT, SENT_FORM
from tests.adapters.discord_server import TOKEN
from tests.adapters.discord_stage import DiscordStage

PLANTED = "planted-words-of-a-person"


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    made.add_person(made.person(1))
    await made.server.start()
    yield made
    await made.close()


def _settings(stage: DiscordStage, token: str = TOKEN) -> DiscordSettings:
    return DiscordSettings.model_validate({"token": token, "api_url": stage.server.url})


async def test_a_refused_token_is_a_denial(stage: DiscordStage) -> None:
    connection = DiscordConnection(_settings(stage, "another"), {})
    with pytest.raises(Denied):
        await connection.serve(Core({}).handle)


@pytest.mark.parametrize("status", [503, 404])
async def test_a_platform_that_is_down_at_the_start_ends_serve_and_can_be_tried_again(
    stage: DiscordStage, status: int
) -> None:
    stage.fail(1, status)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it ends
        await stage.open(Core({}).handle)
    core = Core({"menu": Card("Menu")})
    await stage.connect(core.handle)
    assert (await stage.command(stage.person(1))).text == "Menu"


async def test_a_gateway_that_refuses_us_ends_serve_and_can_be_tried_again(stage: DiscordStage) -> None:
    stage.server.gateway.refuse = 1
    with pytest.raises(PlatformError):
        await stage.open(Core({}).handle)
    await stage.connect(Core({"menu": Card("Menu")}).handle)
    assert (await stage.command(stage.person(1))).text == "Menu"


async def test_a_link_that_is_closed_for_good_ends_serve_and_can_be_tried_again(stage: DiscordStage) -> None:
    await stage.open(Core({}).handle)
    await stage.server.gateway.drop(4014)
    assert await stage.ended() is not None
    await stage.connect(Core({"menu": Card("Menu")}).handle)
    assert (await stage.command(stage.person(1))).text == "Menu"


async def test_an_answer_that_discord_does_not_take_leaves_no_line_at_that_moment(
    stage: DiscordStage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.open(Core({"menu": Card(PLANTED)}).handle)
    await stage.command(stage.person(1))
    with capture_logs() as said:
        await stage.repeat_last()
        stage.server.failures_at = {"/callback": [(429, 0.01)]}
        await stage.command(stage.person(1))
    assert stage.server.failures_at == {"/callback": []}
    assert said == []
    assert [each.name for each in caplog.records if each.name.startswith("discord.webhook")] == []


async def test_a_defect_of_ours_is_logged_without_what_it_was_about(stage: DiscordStage) -> None:
    asked = asyncio.Event()

    async def broken(_: Event) -> Reply:
        asked.set()
        raise ValueError(PLANTED)

    await stage.open(broken)
    with capture_logs() as said:
        await stage.server.deliver(2, {"id": "1", "name": "metoo", "type": 1}, stage.person(1), None)
        await asked.wait()
        await stage.hang_up()
    assert [each for each in said if each["event"] != "connected"] == [
        {
            "event": "discord event failed",
            "kind": "on_interaction",
            "error": "ValueError",
            "log_level": "error",
        }
    ]


async def test_nothing_of_a_person_reaches_a_log_at_debug(
    stage: DiscordStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("discord.gateway").setLevel(logging.DEBUG)
    form = Form(PLANTED, Address("sent", PLANTED), (TextField("text", PLANTED),), "Send")
    place = stage.add_channel(stage.channel(1), readers=(stage.person(1),))
    with capture_logs() as ours:
        await stage.open(Core({"menu": form, "sent": Card(PLANTED)}).handle)
        screen = await stage.command(stage.person(1))
        await stage.submit(stage.person(1), screen, {"text": PLANTED})
        await stage.repeat_last()
        stage.server.failures_at = {f"/members/{stage.person(n)}": [(429, 0.01)] for n in (1, 2)}
        assert await stage.connection.directory.can_read(place, stage.person(1))
        assert not await stage.connection.directory.can_read(place, stage.person(2))
        await stage.server.gateway.drop()
        await stage.command(stage.person(1))
    said = f"{ours}\n" + "\n".join(
        f"{each.getMessage()} {each.exc_text} {each.exc_info}" for each in caplog.records
    )
    assert "We are being rate limited" in said
    hidden = (PLANTED, stage.person(1), stage.person(2), "interaction-", TOKEN)
    assert [each for each in hidden if each in said] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(PLANTED),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "custom_id", "value", "values", "component", "components"]), inner
        )
    ),
    max_leaves=8,
)
BROKEN = st.tuples(
    st.just(COMPONENT),
    st.fixed_dictionaries(
        {"component_type": st.just(2), "custom_id": st.text(max_size=20)}, optional={"values": JSON}
    ),
) | st.tuples(
    st.just(SENT_FORM), st.fixed_dictionaries({"custom_id": st.text(max_size=20), "components": JSON})
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken=st.lists(BROKEN, min_size=8, max_size=12))
def test_every_broken_payload_is_answered_and_none_breaks_the_link(
    broken: list[tuple[int, dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    with capture_logs() as said:
        asyncio.run(_deliver(broken))
    assert [each["event"] for each in said] == ["connected"]
    assert PLANTED not in caplog.text


async def _deliver(broken: list[tuple[int, dict[str, Any]]]) -> None:
    stage, core = DiscordStage(), Core({"menu": Card("Menu")})
    stage.add_person(stage.person(1))
    await stage.open(core.handle)
    menu = await stage.command(stage.person(1))
    for kind, data in broken:
        asked = await stage.server.deliver(kind, data, stage.person(1), menu.raw.message)
        await asyncio.wait_for(asked.shown.wait(), 60)
    assert len(core.events) == len(broken) + 1
    assert stage.server.gateway.identified == 1
    await stage.close()
