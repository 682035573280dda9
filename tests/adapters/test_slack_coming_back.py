"""A workspace that installed the app: its voices and its digest, and what stays when it leaves and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.model import Standing
from tests.adapters.slack_installs import InstalledStage, uninstalled
from tests.stage import Post
from tests.test_setup_journey import add_desk, begin, form, overview
from tests.theatre import Theatre, receipt_words, theatre
from tests.world import world

TEAM, WRITER, HANDLER, ADMIN = "T0METOO", "U0000020", "U0000001", "U0000009"
TEXT = "What he said in the lift."
HOURS = timedelta(hours=5)


@asynccontextmanager
async def installed(folder: Path) -> AsyncIterator[tuple[Theatre, InstalledStage]]:
    """A workplace in which an admin installed the app, and nothing is set up yet."""
    (folder / "tokens").mkdir()
    async with world(folder / "tokens") as kept:
        stage = InstalledStage(kept.means)
        async with theatre(stage, folder, workspace=None) as play:
            stage.add_person(ADMIN, admin=True)
            await stage.install(TEAM)
            await stage.known(TEAM)
            yield play, stage


async def test_the_whole_way_in_a_workspace_that_installed_the_app_left_and_came_back(tmp_path: Path) -> None:
    async with installed(tmp_path) as (play, stage):
        await begin(play)  # no settings file names this workspace
        sent = await stage.press(WRITER, await play.to_preview(WRITER, {"text": TEXT}), "Send")
        words = receipt_words(sent.text)
        stage.slack.revoke(TEAM, "account_inactive")
        assert await stage.wire.send("events_api", uninstalled(TEAM)) is not None
        await play.pass_time(HOURS)
        assert play.posts(play.desk, "report") == []
        await stage.install(TEAM)
        await stage.known(TEAM)
        await play.pass_time(timedelta(minutes=30))
        (card,) = await play.arrived(play.desk, "report")
        assert TEXT in (await play.read(HANDLER, play.desk, card.ref)).text
        mailbox = await play.come_back(WRITER, words)
        assert "HR" in mailbox.text
        assert stage.connection.directory is not None
        known = stage.connection._teams.member(TEAM, WRITER)
        assert known.standing is Standing.MEMBER


async def with_voices(play: Theatre, stage: InstalledStage) -> Post:
    """A workplace with a wall on which twenty people pressed."""
    await add_desk(play, play.desk)
    channels = {"solidarity_channel": play.solidarity, "digest_channel": play.general}
    await stage.submit(ADMIN, await form(play, "Channels for everybody"), channels)
    await play.press(ADMIN, await overview(play), "Start metoo here", "Start")
    (wall,) = await play.arrived(play.solidarity, "No names or details needed")
    for n in range(10, 30):
        said = await stage.press_post(stage.person(n), play.solidarity, wall.ref, "Me too")
        assert "Your choice is kept." in said.text
    await play.pass_time(HOURS)
    (wall,) = await play.arrived(play.solidarity, "10–24")
    return wall


async def test_voices_are_counted_and_the_digest_comes_though_the_token_ended_and_nobody_asked_anything(
    tmp_path: Path,
) -> None:
    async with installed(tmp_path) as (play, stage):
        await with_voices(play, stage)
        before = stage.slack.tokens(TEAM)
        stage.slack.revoke(TEAM, "token_expired")
        assert stage.slack.used_refreshes == []
        await play.pass_time(timedelta(days=8))
        (digest,) = await play.arrived(play.general, "Digest for week 2026-W48")
        assert "Me-toos in the last 12 weeks: 10–24" in digest.text
        assert stage.slack.used_refreshes
        assert set(stage.slack.tokens(TEAM)) - set(before)


async def test_a_workspace_that_leaves_between_voices_and_digest_finds_both_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with installed(tmp_path) as (play, stage):
        wall = await with_voices(play, stage)
        stage.slack.revoke(TEAM, "account_inactive")
        assert await stage.wire.send("events_api", uninstalled(TEAM)) is not None
        await play.pass_time(timedelta(days=8))
        assert play.posts(play.general, "2026-W48") == []
        await stage.install(TEAM)
        await stage.known(TEAM)
        said = await stage.press_post(stage.person(30), play.solidarity, wall.ref, "Me too")
        assert "Your choice is kept." in said.text
        await play.pass_time(timedelta(days=7))
        (digest,) = await play.arrived(play.general, "Digest for week 2026-W48")
        assert "Me-toos in the last 12 weeks: 10–24" in digest.text
