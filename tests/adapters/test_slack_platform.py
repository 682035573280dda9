"""Posting into Slack's channels, and what Slack says about channels and people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest

from adapters.slack.calls import client
from adapters.slack.members import Members
from adapters.slack.outbound import SlackPlatform
from bot.errors import Denied, Gone, PlatformError, RateLimited, Unreachable
from bot.model import Address, Button, Card, Event, Image, Paragraph, Place, Reply, Standing, Workspace
from tests.adapters.slack_methods import BOT_TOKEN
from tests.adapters.slack_stage import SlackStage

ANN = "U0000001"
DESK = "G0000001"
CARD = Card("A report arrived", (Paragraph("Category: other"),), (Button("Read", Address("read", "r")),))
CHART = Card("The week", image=Image(b"\x89PNG made up", "Fewer than five or none"))


async def _nobody(_event: Event) -> Reply:
    return CARD


@pytest.fixture
async def stage() -> AsyncIterator[SlackStage]:
    found = SlackStage()
    found.add_person(ANN)
    await found.open(_nobody)
    yield found
    await found.close()


async def test_a_post_is_replaced_and_removed(stage: SlackStage) -> None:
    place, platform = stage.add_channel(DESK), stage.connection.platform
    ref = await platform.post(place, CARD, "nonce")
    [post] = stage.posts(DESK)
    assert (post.ref, post.buttons) == (ref, ("Read",))
    assert "Category: other" in post.text
    await platform.update(place, ref, Card("Closed"))
    assert stage.posts(DESK)[0].text == "Closed"
    await platform.remove(place, ref)
    assert stage.posts(DESK) == []
    await platform.remove(place, ref)
    with pytest.raises(Gone):
        await platform.update(place, ref, CARD)


async def test_a_chart_is_uploaded_and_shown_with_its_words(stage: SlackStage) -> None:
    place = stage.add_channel(DESK)
    ref = await stage.connection.platform.post(place, CHART, "nonce")
    [post] = stage.posts(DESK)
    assert post.alt == "Fewer than five or none"
    [file] = stage.server.files.values()
    assert (file["content"], file["alt"]) == (b"\x89PNG made up", "Fewer than five or none")
    await stage.connection.platform.update(place, ref, CHART)
    assert stage.posts(DESK)[0].alt == "Fewer than five or none"


async def test_a_chart_that_slack_needs_a_moment_for_is_tried_again(stage: SlackStage) -> None:
    stage.server.file_delay = 2
    await stage.connection.platform.post(stage.add_channel(DESK), CHART, "nonce")
    assert stage.posts(DESK)[0].alt == "Fewer than five or none"


async def test_a_chart_that_slack_never_takes_is_posted_as_its_words(stage: SlackStage) -> None:
    stage.server.file_delay = 99
    await stage.connection.platform.post(stage.add_channel(DESK), CHART, "nonce")
    [post] = stage.posts(DESK)
    assert post.alt == ""
    assert "Fewer than five or none" in post.text


@pytest.mark.parametrize(
    ("status", "after", "error"),
    [(500, None, Unreachable), (503, None, Unreachable), (429, 7, RateLimited), (429, None, RateLimited)],
)
async def test_a_failing_api_is_one_of_our_errors(
    stage: SlackStage, status: int, after: float | None, error: type[PlatformError]
) -> None:
    place = stage.add_channel(DESK)
    stage.fail(1, status, after)
    with pytest.raises(error) as raised:
        await stage.connection.platform.post(place, CARD, "nonce")
    if isinstance(raised.value, RateLimited):
        assert raised.value.after == (7 if after else 30)
    assert await stage.connection.platform.post(place, CARD, "nonce")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ratelimited", RateLimited),
        ("internal_error", Unreachable),
        ("fatal_error", Unreachable),
        ("is_archived", Denied),
        ("token_revoked", Denied),
        ("invalid_auth", Denied),
        ("missing_scope", Denied),
        ("restricted_action", Denied),
        ("message_not_found", Gone),
        ("something_new", Denied),
    ],
)
async def test_a_refusal_is_one_of_our_errors(
    stage: SlackStage, code: str, error: type[PlatformError]
) -> None:
    place = stage.add_channel(DESK)
    stage.server.refusals["chat.postMessage"] = [code]
    with pytest.raises(PlatformError) as raised:
        await stage.connection.platform.post(place, CARD, "nonce")
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", "upstream is tired"),
        ("text/html", "<html>"),
        ("application/json", "[1]"),
        ("application/json", "{"),
        ("application/json", "null"),
        ("application/json", '{"ok": false}'),
        ("application/json", '{"ok": false, "error": ["x"]}'),
    ],
)
async def test_an_answer_that_is_none_is_unreachable(stage: SlackStage, kind: str, body: str) -> None:
    place = stage.add_channel(DESK)
    stage.server.odd = [(kind, body)]
    with pytest.raises(Unreachable):
        await stage.connection.platform.post(place, CARD, "nonce")


async def test_what_changes_while_the_member_list_is_read_is_not_overwritten() -> None:
    stage, members = SlackStage(), Members()
    members.team = stage.server.team
    for n in range(1, 8):
        stage.add_person(stage.person(n))
    stage.server.before = lambda _: members.change(
        {"id": ANN, "team_id": members.team, "is_restricted": True}
    )
    await stage.server.start()
    await members.load(client(BOT_TOKEN, f"{stage.server.url}/api/"))
    assert members.member(members.team, ANN).standing is Standing.GUEST
    assert members.member(members.team, "U0000002").standing is Standing.MEMBER
    await stage.close()


async def test_a_channel_without_the_bot_is_denied(stage: SlackStage) -> None:
    for private in (True, False):
        with pytest.raises(Denied):
            await stage.connection.platform.post(
                stage.add_channel(DESK, private=private, bot=False), CARD, "nonce"
            )
    assert stage.posts(DESK) == []


async def test_a_server_that_is_gone_is_unreachable() -> None:
    stage = SlackStage()
    await stage.server.stop()
    place = Place(stage.workspace, DESK)
    asked: list[Awaitable[object]] = [
        stage.connection.platform.post(place, CARD, "nonce"),
        stage.connection.platform.update(place, "1", CARD),
        stage.connection.platform.remove(place, "1"),
        stage.connection.directory.facts(place),
        stage.connection.directory.can_read(place, ANN),
    ]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [Unreachable] * len(asked)


async def test_the_facts_of_a_desk_count_its_readers_without_bots(stage: SlackStage) -> None:
    stage.add_person("U0HELPER", bot=True)
    await stage.command(ANN)
    place = stage.add_channel(DESK, readers=(ANN, "U2", "U3", "U4", "U0HELPER"))
    facts = await stage.connection.directory.facts(place)
    assert facts.safe
    assert facts.readers == 4
    assert await stage.connection.directory.can_read(place, "U4")
    assert not await stage.connection.directory.can_read(place, "U5")


async def test_five_people_are_looked_for_in_one_reading_of_the_members(stage: SlackStage) -> None:
    stage.server.page = 2
    named = ("U5", "U6", "U7", "U8", "U9")
    place = stage.add_channel(DESK, readers=("U1", "U2", "U3"))
    stage.server.calls.clear()
    assert not await stage.connection.directory.can_read(place, *named)
    assert stage.server.calls == ["conversations.info"] + ["conversations.members"] * 2
    place = stage.add_channel(DESK, readers=("U1", "U9", "U3"))
    stage.server.calls.clear()
    assert await stage.connection.directory.can_read(place, *named)
    assert stage.server.calls == ["conversations.info", "conversations.members"]
    stage.server.calls.clear()
    assert not await stage.connection.directory.can_read(place)
    assert stage.server.calls == []


@pytest.mark.parametrize(
    "about",
    [
        {"is_private": False},
        {"is_archived": True},
        {"is_im": True},
        {"is_mpim": True},
        {"is_ext_shared": True},
        {"is_pending_ext_shared": True},
        {"is_org_shared": True},
        {"pending_shared": ["T2"]},
        {"pending_connected_team_ids": ["T2"]},
        {"connected_team_ids": ["T2"]},
        {"shared_team_ids": ["T0METOO", "T2"]},
        {"is_member": False, "is_private": False},
    ],
)
async def test_no_other_channel_is_safe_for_a_report(stage: SlackStage, about: dict[str, object]) -> None:
    place = stage.add_channel(DESK)
    stage.server.channels[DESK].info.update(about)
    assert not (await stage.connection.directory.facts(place)).safe


async def test_an_unknown_channel_is_not_safe_and_its_readers_cannot_be_told(stage: SlackStage) -> None:
    place = Place(stage.workspace, "G0UNKNOWN")
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.bot) == (False, False)
    with pytest.raises(Denied):
        await stage.connection.directory.can_read(place, ANN)


async def test_everybody_can_read_a_channel_that_is_not_private(stage: SlackStage) -> None:
    assert await stage.connection.directory.can_read(stage.add_channel(DESK, private=False), "U9")


async def test_the_population_is_of_our_own_workspace_only(stage: SlackStage) -> None:
    assert await stage.connection.directory.population(stage.workspace) == 1
    assert await stage.connection.directory.population(Workspace("slack", "T2")) is None


async def test_a_member_list_that_is_rate_limited_is_read_all_the_same() -> None:
    stage = SlackStage()
    for n in range(1, 8):
        stage.add_person(stage.person(n), guest=n == 7)
    stage.server.hold("users.list", 429, 0)
    await stage.open(_nobody)
    assert await stage.connection.directory.population(stage.workspace) == 6
    await stage.close()


async def test_without_the_permission_for_files_a_chart_is_told_in_words(stage: SlackStage) -> None:
    place = stage.add_channel(DESK, readers=(ANN,))
    stage.server.refusals["files.getUploadURLExternal"] = ["missing_scope"]
    card = Card("Digest", (Paragraph("The week."),), image=Image(b"png", "Bars in bands."))
    await stage.connection.platform.post(place, card, "nonce")
    (post,) = stage.posts(DESK)
    assert ("Bars in bands." in post.text, post.alt) == (True, "")


async def test_where_pictures_are_switched_off_nothing_is_uploaded(stage: SlackStage) -> None:
    place = stage.add_channel(DESK, readers=(ANN,))
    stage.server.calls.clear()
    platform = SlackPlatform(stage.connection._teams, pictures=False)
    await platform.post(place, Card("Digest", image=Image(b"png", "Bars in bands.")), "nonce")
    assert stage.server.calls == ["chat.postMessage"]


async def test_a_channel_that_we_have_no_permission_to_see_is_none_of_ours(stage: SlackStage) -> None:
    place = stage.add_channel(DESK, private=False)
    stage.server.refusals["conversations.info"] = ["missing_scope"]
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.public, facts.bot) == (False, False, False)
