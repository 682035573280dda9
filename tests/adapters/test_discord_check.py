"""`metoo check` for Discord: each thing that is wrong has its sentence, and what is right has none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord import commands
from adapters.discord.check import check
from bot.config import DiscordSettings
from bot.findings import Remark
from bot.model import Place, Workspace
from tests.adapters.discord_server import TOKEN
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.discord_world import ADMINISTRATOR, GUILD, PRIVATE_THREAD, Channel


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    await made.server.start()
    yield made
    await made.close()


def _settings(stage: DiscordStage, token: str = TOKEN) -> DiscordSettings:
    return DiscordSettings.model_validate({"token": token, "api_url": stage.server.url})


async def test_nothing_is_said_where_all_is_well(stage: DiscordStage) -> None:
    await commands.sync(_settings(stage))
    desk = stage.add_channel(stage.channel(1))
    wall = stage.add_channel(stage.channel(2), private=False)
    assert await check(_settings(stage), {}, [desk], [wall]) == []


async def test_a_refused_token_is_said(stage: DiscordStage) -> None:
    (sentence,) = await check(_settings(stage, "another"), {}, [])
    assert sentence.startswith("Discord: the token was refused.")
    assert "another" not in sentence


async def test_a_platform_that_does_not_answer_is_said(stage: DiscordStage) -> None:
    stage.fail(1, 503)
    assert await check(_settings(stage), {}, []) == [
        "Discord: nothing could be asked: Discord has a failure of its own."
    ]


async def test_commands_that_differ_are_said(stage: DiscordStage) -> None:
    differ = "Discord: the commands are not registered as this version has them. Run `metoo discord sync`."
    assert await check(_settings(stage), {}, []) == [differ]
    await commands.sync(_settings(stage))
    assert await check(_settings(stage), {}, []) == []
    stage.server.registry.commands[""][2]["name_localizations"] = {"de": "Anders"}
    assert await check(_settings(stage), {}, []) == [differ]


async def test_commands_of_one_server_are_enough_for_it_and_too_many_beside_all_others(
    stage: DiscordStage,
) -> None:
    desk = stage.add_channel(stage.channel(1))
    await commands.sync(_settings(stage), int(GUILD))
    assert await check(_settings(stage), {}, [desk]) == []
    stage.server.registry.commands[GUILD][0]["description"] = "Another"
    (differ,) = await check(_settings(stage), {}, [desk])
    assert f"the commands of the server {GUILD} are not those of this version" in differ
    await commands.sync(_settings(stage))
    (twice,) = await check(_settings(stage), {}, [desk])
    assert f"see each twice. Run `metoo discord sync --guild {GUILD} --remove`." in twice


async def test_a_server_without_the_bot_is_said_once(stage: DiscordStage) -> None:
    await commands.sync(_settings(stage))
    away = Workspace("discord", "999")
    assert await check(_settings(stage), {}, [Place(away, "1"), Place(away, "2")]) == [
        "Discord: the bot is not in the server 999. Invite it there."
    ]


async def test_a_channel_that_is_missing_open_or_closed_to_us_is_said(stage: DiscordStage) -> None:
    await commands.sync(_settings(stage))
    missing = Place(stage.workspace, stage.channel(1))
    public = stage.add_channel(stage.channel(2), private=False)
    closed = stage.add_channel(stage.channel(3), bot=False)
    said = await check(_settings(stage), {}, [missing, public, closed])
    assert [sentence.split(": ")[1] for sentence in said] == [
        f"there is no channel {stage.channel(1)} in the server {stage.workspace.id}.",
        f"the channel channel-0002 ({stage.channel(2)}) is not private",
        f"the channel channel-0003 ({stage.channel(3)}) cannot be used",
    ]
    assert all(sentence.startswith("Discord: ") for sentence in said)


@pytest.fixture
async def desk(stage: DiscordStage) -> Place:
    await commands.sync(_settings(stage))
    for n in range(1, 5):
        stage.add_person(stage.person(n))
    return stage.add_channel(stage.channel(1))


async def test_a_role_that_opens_a_desk_is_said_with_what_to_write_down(
    stage: DiscordStage, desk: Place
) -> None:
    role = stage.world.add_role()
    stage.world.open_to(desk.channel, role)
    (said,) = await check(_settings(stage), {}, [desk])
    assert f"the role role-{role[-4:]} ({role}) opens it" in said
    assert f'add "{role}" to desk_roles of this workspace in metoo.toml' in said
    assert await check(_settings(stage), {GUILD: [role]}, [desk]) == []
    assert await check(_settings(stage), {"999": [role]}, [desk]) == [said]
    assert await check(_settings(stage), {}, [], [desk]) == []


async def test_a_role_that_most_have_is_said_though_it_is_written_down(
    stage: DiscordStage, desk: Place
) -> None:
    role = stage.world.add_role()
    for n in range(1, 4):
        stage.world.people[stage.person(n)].roles.append(role)
    stage.world.open_to(desk.channel, role)
    stage.world.may_manage_roles = True
    (said,) = await check(_settings(stage), {GUILD: [role]}, [desk])
    assert f"is not private: the role role-{role[-4:]} ({role}) opens it, and more than half" in said


async def test_administrators_are_said_until_they_are_written_down(stage: DiscordStage, desk: Place) -> None:
    role = stage.world.add_role(ADMINISTRATOR)
    (said,) = await check(_settings(stage), {}, [desk])
    assert f"role-{role[-4:]} ({role}): it has the permission Administrator" in said
    assert f'add "{role}" to desk_roles' in said
    assert await check(_settings(stage), {GUILD: [role]}, [desk]) == []


async def test_an_archived_thread_is_said(stage: DiscordStage, desk: Place) -> None:
    thread = stage.channel(2)
    stage.world.channels[thread] = Channel(thread, PRIVATE_THREAD, desk.channel, archived=True)
    (said,) = await check(_settings(stage), {}, [Place(stage.workspace, thread)])
    assert said.endswith("is not private: it is an archived thread.")


async def test_names_of_a_server_do_nothing_to_a_terminal(stage: DiscordStage, desk: Place) -> None:
    role = stage.world.add_role()
    stage.world.roles[role].name = "desk\x1b[2J\nall is well"
    stage.world.open_to(desk.channel, role)
    (said,) = await check(_settings(stage), {}, [desk])
    assert said.isprintable()


@pytest.mark.parametrize(
    ("told", "said", "wrong"),
    [
        ({"interactions_endpoint_url": "https://example.org/i"}, "Interactions Endpoint URL is set", True),
        ({"bot_public": True}, "everybody can invite this bot", False),
        ({"flags": 1 << 15}, "Privileged Gateway Intents off", False),
        ({"flags": 1 << 18}, "Privileged Gateway Intents off", False),
    ],
)
async def test_what_the_application_should_not_have_is_said(
    stage: DiscordStage, told: dict[str, object], said: str, wrong: bool
) -> None:
    await commands.sync(_settings(stage))
    stage.server.application = told
    (sentence,) = await check(_settings(stage), {}, [])
    assert sentence.startswith("Discord: ")
    assert said in sentence
    assert isinstance(sentence, Remark) is not wrong
