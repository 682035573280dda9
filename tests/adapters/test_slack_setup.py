"""Set-up where Slack is its own: the words after the command, who is an admin, archived channels, links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack import inbound
from adapters.slack.members import Members
from tests.adapters.slack_stage import SlackStage
from tests.test_setup_journey import add_desk, begin, form, overview
from tests.theatre import Theatre, theatre

ADMIN = "U0000009"


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Theatre]:
    stage = SlackStage()
    async with theatre(stage, tmp_path, workspace=None) as built:
        stage.add_person(ADMIN, admin=True)
        yield built


async def test_setup_cases_and_help_are_shortcuts_and_all_else_is_the_menu(play: Theatre) -> None:
    await begin(play)
    stage = play.stage
    assert "Send a test report" in (await stage.command(ADMIN, " Setup ")).buttons
    assert "There is no open case that you can open." in (await stage.command(ADMIN, "cases")).text
    assert "be counted once, without a word of detail" in (await stage.command("U0000020", "HELP")).text
    refused = await stage.command("U0000020", "setup")
    assert "Only admins of this workplace can set metoo up." in refused.text
    for typed in ("", "set up", "setup please", "help he hit me", "desk.read"):
        menu = await stage.command("U0000020", typed)
        assert "Tell what happened" in menu.buttons
        assert "hit me" not in menu.text


def member(members: Members, **about: object) -> bool:
    members.change({"id": "U1", "team_id": "T1", **about})
    event = inbound.command({"team_id": "T1", "user_id": "U1"}, members)
    assert event is not None
    return event.event.actor.admin


def test_admins_and_owners_are_admins_and_nobody_else() -> None:
    members = Members()
    members.team, members._loaded = "T1", True
    for name in ("is_admin", "is_owner", "is_primary_owner"):
        assert member(members, **{name: True})
        assert not member(members, **{name: True}, is_restricted=True)
        assert not member(members, **{name: True}, deleted=True)
        assert not member(members, **{name: True}, is_bot=True)
        assert not member(members, **{name: True}, team_id="T2")
        assert not member(members, **{name: "yes"})
    assert not member(members)
    assert not member(members, is_app_user=True)


def test_an_admin_of_another_workspace_is_none_here_nor_is_anybody_before_the_list_is_read() -> None:
    members = Members()
    members.team = "T1"
    assert not member(members, is_admin=True)
    members._loaded = True
    assert member(members, is_admin=True)
    for payload in ({"team_id": "T2", "user_id": "U1"}, {"team_id": "T1", "user_id": "U2"}):
        found = inbound.command(payload, members)
        assert found is not None
        assert not found.event.actor.admin


async def test_an_archived_channel_is_refused_and_one_archived_later_is_seen(play: Theatre) -> None:
    stage = play.stage
    assert isinstance(stage, SlackStage)
    stage.server.channels[play.ombuds].info["is_archived"] = True
    assert "or it is archived" in (await add_desk(play, play.ombuds)).text
    await begin(play)
    stage.server.channels[play.desk].info["is_archived"] = True
    assert "This cannot be yet" not in (await overview(play)).text
    await play.service.watch.run()
    assert "or it is archived" in (await overview(play)).text


async def test_a_desk_is_named_by_a_link_to_it_where_its_admin_is_not_in_it(play: Theatre) -> None:
    asked = await form(play, "Desks", "Add a desk")
    link = f"https://example.slack.com/archives/{play.desk}"
    kept = await play.stage.submit(ADMIN, asked, {"address": link})
    assert f"#channel-{play.desk.lower()}" in kept.text


async def test_only_private_channels_are_offered_as_desks(play: Theatre) -> None:
    asked = await form(play, "Desks", "Add a desk")
    (picker,) = (
        block["element"]
        for block in asked.raw["blocks"]
        if block.get("element", {}).get("type") == "conversations_select"
    )
    assert picker["filter"] == {"include": ["private"]}
