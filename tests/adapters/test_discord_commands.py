"""The commands that Discord knows: compared, changed only where they differ, and never by serving."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from adapters.discord import commands
from bot.config import DiscordSettings
from bot.errors import Denied
from bot.i18n import LANGUAGES, Translator, translator
from bot.model import Card
from tests.adapters.discord_core import Core
from tests.adapters.discord_registry import command_problems
from tests.adapters.discord_server import TOKEN
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.discord_world import GUILD, Payload

ADDED = ["Added /metoo.", "Added Report privately on a person.", "Added Report privately on a message."]
DIFFER = {
    "event": "discord commands differ; metoo discord sync changes them",
    "log_level": "warning",
}


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    made.add_person(made.person(1))
    await made.server.start()
    yield made
    await made.close()


def settings(stage: DiscordStage, token: str = TOKEN) -> DiscordSettings:
    return DiscordSettings.model_validate({"token": token, "api_url": stage.server.url})


def there(stage: DiscordStage, server: str = "") -> list[Payload]:
    return stage.server.registry.commands[server]


def german(locale: str) -> Translator:
    """A catalogue in which German and Brazilian Portuguese are translated, and nothing else is."""
    changed = {"de": "Vertraulich melden", "pt-BR": "Denunciar"}
    return lambda words: str(changed.get(locale, words))


async def test_each_command_is_for_servers_only_and_for_everybody_in_them(stage: DiscordStage) -> None:
    assert await commands.sync(settings(stage)) == ADDED
    assert [(each["type"], each["name"]) for each in there(stage)] == [
        (1, "metoo"),
        (2, "Report privately"),
        (3, "Report privately"),
    ]
    for each in there(stage):
        assert (each["contexts"], each["integration_types"]) == ([0], [0])
        assert (each["default_member_permissions"], each["options"]) == (None, [])


async def test_what_is_as_it_should_be_is_left_alone(stage: DiscordStage) -> None:
    await commands.sync(settings(stage))
    there(stage).reverse()
    there(stage)[0]["description_localizations"] = None
    stage.server.registry.changes.clear()
    assert await commands.sync(settings(stage)) == []
    assert stage.server.registry.changes == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contexts", [0, 1, 2]),
        ("integration_types", [0, 1]),
        ("description", "Another"),
        ("description_localizations", {"en-US": "Another"}),
        ("default_member_permissions", "32"),
        ("options", [{"type": 3, "name": "text", "description": "x"}]),
    ],
)
async def test_only_the_command_that_became_another_is_changed(
    stage: DiscordStage, field: str, value: object
) -> None:
    await commands.sync(settings(stage))
    there(stage)[0][field] = value
    stage.server.registry.changes.clear()
    assert await commands.sync(settings(stage)) == ["Changed /metoo."]
    assert stage.server.registry.changes == ["PATCH"]
    assert await commands.sync(settings(stage)) == []


async def test_what_an_older_version_offered_is_removed(stage: DiscordStage) -> None:
    await commands.sync(settings(stage))
    stage.server.registry.add("", {"type": 1, "name": "me-too", "description": "From before"})
    del there(stage)[1]
    assert await commands.sync(settings(stage)) == [
        "Added Report privately on a person.",
        "Removed the command 'me-too'.",
    ]
    assert await commands.sync(settings(stage)) == []


async def test_one_server_can_have_them_first_and_give_them_back(stage: DiscordStage) -> None:
    assert await commands.sync(settings(stage), int(GUILD)) == ADDED
    assert await commands.sync(settings(stage), int(GUILD)) == []
    assert there(stage) == []
    removed = await commands.sync(settings(stage), int(GUILD), remove=True)
    assert [each.partition(" ")[0] for each in removed] == ["Removed"] * 3
    assert there(stage, GUILD) == []


async def test_a_server_we_are_not_in_and_a_token_that_is_refused_are_denials(stage: DiscordStage) -> None:
    with pytest.raises(Denied):
        await commands.sync(settings(stage), 999)
    with pytest.raises(Denied):
        await commands.sync(settings(stage, "another"))


async def test_serving_changes_no_command_and_says_that_they_differ(stage: DiscordStage) -> None:
    with capture_logs() as said:
        await stage.open(Core({"menu": Card("Menu")}).handle)
        assert (await stage.command(stage.person(1))).text == "Menu"
    assert DIFFER in said
    assert stage.server.registry.changes == []
    await stage.hang_up()
    await commands.sync(settings(stage))
    with capture_logs() as said:
        await stage.open(Core({}).handle)
    assert DIFFER not in said


async def test_commands_that_cannot_be_compared_now_keep_nobody_away(stage: DiscordStage) -> None:
    fails: list[tuple[int, float | None]] = [(403, None)]
    stage.server.failures_at = {"/commands": fails}
    await stage.open(Core({"menu": Card("Menu")}).handle)
    assert (await stage.command(stage.person(1))).text == "Menu"
    assert not fails


def test_each_command_has_the_words_of_every_language_that_has_any_and_always_english() -> None:
    menu, person, message = commands.offered(german)
    assert person["name_localizations"] == message["name_localizations"]
    assert message["name_localizations"] == {
        "en-US": "Report privately",
        "en-GB": "Report privately",
        "de": "Vertraulich melden",
        "pt-BR": "Denunciar",
    }
    assert menu["description_localizations"]["de"] == "Vertraulich melden"
    assert "name_localizations" not in menu


def test_words_that_are_too_long_for_discord_stay_english() -> None:
    def long(locale: str) -> Translator:
        return lambda words: str(words * 9 if locale == "de" else words)

    for each in commands.offered(long):
        assert list(command_problems(each, own=False)) == []
        assert "de" not in each.get("name_localizations", {})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_s_words_for_the_commands_fit(language: str) -> None:
    t = translator(language)
    assert len(t(commands.REPORT)) <= 32
    assert len(t(commands.DESCRIPTION)) <= 100


BROKEN: dict[str, Payload] = {
    "a name in capitals": {"name": "Metoo"},
    "a long name": {"name": "m" * 33},
    "no description": {"description": ""},
    "a language that Discord has not": {"description_localizations": {"en": "x"}},
    "an unknown field": {"guild_only": True},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_rules_refuse_a_command_with(name: str) -> None:
    assert list(command_problems(commands.offered()[0], own=False)) == []
    assert list(command_problems(commands.offered()[0] | BROKEN[name], own=False))
    assert list(command_problems(commands.offered()[0], own=True))
