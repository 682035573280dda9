"""Presses and removed posts on the platforms' real SDKs: nothing is asked of a platform, nothing goes in circles."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.records import OpenWindows
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.discord_world import GUILD
from tests.adapters.slack_stage import SlackStage
from tests.stage import Post
from tests.stages import STAGES
from tests.theatre import Theatre, theatre

HOURS, BATCH = timedelta(hours=5), timedelta(minutes=16)
WALL = "No names or details needed"
OLD = "This button is from an earlier version."
MANAGE_GUILD = 1 << 5
MANIFEST = Path(__file__).parents[1] / "deploy" / "slack-manifest.json"


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


@pytest.fixture(params=sorted(name for name in STAGES if name != "sandbox"))
async def real(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


def asked(play: Theatre) -> list[str]:
    """What was asked of the platform since the last look, without the answers to what people did."""
    stage = play.stage
    if isinstance(stage, DiscordStage):
        found = [each for each in stage.server.asked if not each.endswith("/callback")]
        stage.server.asked.clear()
        return found
    assert isinstance(stage, SlackStage)
    found = list(stage.server.calls)
    stage.server.calls.clear()
    return found


async def batches(play: Theatre) -> None:
    for _ in range(2):
        await play.clock.jump(play.clock.now() + BATCH)


async def press(play: Theatre, post: Post, people: range, label: str = "Me too") -> str:
    """These people press; what the last one is answered."""
    answer = ""
    for n in people:
        screen = await play.stage.press_post(play.stage.person(n), play.solidarity, post.ref, label)
        answer = screen.text
    return answer


async def test_a_press_asks_the_platform_nothing_whoever_presses(real: Theatre) -> None:
    (wall,) = await real.arrived(real.solidarity, WALL)
    guest, robot = real.stage.person(70), real.stage.person(71)
    real.stage.add_person(guest, guest=True)
    real.stage.add_person(robot, bot=True)
    asked(real)
    assert "Your choice is kept." in await press(real, wall, range(10, 30))
    assert "Your choice is kept." in await press(real, wall, range(10, 20), "Take back")
    for user in (guest, robot):
        screen = await real.stage.press_post(user, real.solidarity, wall.ref, "Me too")
        assert "Only members of this workplace are counted" in screen.text
        assert "Find support" in screen.buttons
    assert asked(real) == []


async def test_emoji_reactions_are_neither_asked_for_nor_counted(real: Theatre) -> None:
    stage = real.stage
    (wall,) = await real.arrived(real.solidarity, WALL)
    asked(real)
    for n in range(10, 20):
        user, channel = stage.person(n), real.solidarity
        if isinstance(stage, SlackStage):
            item = {"type": "message", "channel": channel, "ts": wall.ref}
            await stage.event({"type": "reaction_added", "user": user, "reaction": "heart", "item": item})
        elif isinstance(stage, DiscordStage):
            told = {
                "user_id": user,
                "channel_id": channel,
                "message_id": wall.ref,
                "guild_id": GUILD,
                "type": 0,
            }
            emoji = {"emoji": {"id": None, "name": "\u2764"}, "burst": False}
            await stage.server.gateway.send("MESSAGE_REACTION_ADD", told | emoji)
    assert "Your choice is kept." in await press(real, wall, range(20, 21))
    assert asked(real) == []
    assert len(await real.service._store.read(OpenWindows())) == 1
    await batches(real)
    assert "fewer than five or none" in stage.posts(real.solidarity)[0].text
    scopes = json.loads(MANIFEST.read_text("utf-8"))
    assert "reaction" not in str(scopes)


async def test_a_wall_that_is_removed_is_posted_once_more_and_then_closed(play: Theatre) -> None:
    stage = play.stage
    (first,) = await play.arrived(play.solidarity, WALL)
    await press(play, first, range(10, 20))
    await stage.delete_post(play.solidarity, first.ref)
    await batches(play)
    (again,) = await play.arrived(play.solidarity, "10–24")
    assert again.ref != first.ref
    await press(play, again, range(20, 40))
    await stage.delete_post(play.solidarity, again.ref)
    await batches(play)
    assert stage.posts(play.solidarity) == []
    for _ in range(3):
        await play.clock.jump(play.clock.now() + timedelta(days=3))
    assert stage.posts(play.solidarity) == []
    menu = await stage.command(stage.person(50))
    say = await stage.press(stage.person(50), menu, "Say me too")
    assert "Nothing is being counted here at the moment." in say.text


async def test_every_way_to_stand_with_somebody_has_one_answer(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    preview = await play.to_preview(writer, {"text": "It happened.", "share": "yes"})
    await stage.press(writer, preview, "Send")
    await play.pass_time(HOURS)
    (card,) = await play.arrived(play.desk)
    reading = await play.read(stage.person(1), play.desk, card.ref)
    assert "never evidence" not in reading.text
    await play.pass_time(timedelta(days=22))
    (statement,) = await play.arrived(play.solidarity, "Someone spoke up")
    ways = ("I stand with you", "I saw it too", "It happened to me too", "Take back")
    assert statement.buttons == ways
    assert "emoji reactions are never read here" in statement.text
    answers = {await press(play, statement, range(n, n + 1), ways[n % 4]) for n in range(20, 28)}
    assert len(answers) == 1
    kept = await stage.press_post(stage.person(30), play.solidarity, statement.ref, ways[2])
    own = await stage.press(stage.person(30), kept, "Write an account of your own")
    assert "Before you write" in own.text
    reading = await play.read(stage.person(1), play.desk, card.ref)
    assert "This is support and never evidence" in reading.text


async def test_a_button_that_slack_kept_from_an_older_version_is_answered(tmp_path: Path) -> None:
    stage = SlackStage()
    async with theatre(stage, tmp_path) as play:
        (wall,) = await play.arrived(play.solidarity, WALL)
        user = stage.person(20)
        for old in ("me_too_button", "0.0:voice.of.somebody.who.was.here.long.ago", "solidarity"):
            action = {"type": "button", "action_id": old, "block_id": "b", "value": "x" * 70}
            raw = {"blocks": [], "channel": play.solidarity, "ref": wall.ref}
            answer = await stage._act(user, "interactive", stage._pressing(user, raw, action))
            assert OLD in answer.text


async def test_a_button_that_discord_kept_from_an_older_version_is_answered(tmp_path: Path) -> None:
    stage = DiscordStage()
    async with theatre(stage, tmp_path) as play:
        (wall,) = await play.arrived(play.solidarity, WALL)
        message = stage._posted(play.solidarity, wall.ref)
        for old in ("me_too_button", "p1/", "voice:stand:" + "x" * 80):
            data = {"component_type": 2, "custom_id": old}
            answer = await stage._press(stage.person(20), message, data)
            assert OLD in answer.text


async def test_slack_and_discord_say_who_is_an_admin(tmp_path: Path) -> None:
    slack, discord = SlackStage(), DiscordStage()
    told = discord.world.member_payload

    def member(user: str) -> dict[str, object]:
        rights = MANAGE_GUILD if user == discord.person(9) else 0
        return told(user) | {"permissions": str(rights)}

    discord.world.member_payload = member  # type: ignore[method-assign]  # what Discord says of somebody
    async with theatre(slack, tmp_path, discord) as play:
        slack.server.people[slack.person(9)]["is_admin"] = True
        await slack.event({"type": "user_change", "user": slack.server.people[slack.person(9)]})
        for each in (play, *play.beside):
            stage = each.stage
            menu = await stage.command(stage.person(9))
            assert "Open or close the wall" in menu.buttons
            walls = await stage.press(stage.person(9), menu, "Open or close the wall")
            assert "A wall is open:" in walls.text
            await each.press(stage.person(9), walls, "Close it early", "Close the wall")
            walls = await stage.press(stage.person(9), menu, "Open or close the wall")
            asked = await stage.choose(stage.person(9), walls, "What the wall is about", "Keeping silent")
            await stage.press(stage.person(9), asked, "Open the wall")
            assert await each.arrived(each.solidarity, "Kept silent about harassment at work")
            assert "Open or close the wall" not in (await stage.command(stage.person(10))).buttons
