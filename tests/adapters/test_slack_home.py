"""Home and shortcut are doors like the command: what somebody finds there, and what it never says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack import inbound, render
from adapters.slack.members import Members
from bot.model import Address, Block, Button, Card, Choice, Option, Paragraph, Row
from tests.adapters.slack_rules import check_home
from tests.adapters.slack_stage import SlackStage
from tests.test_setup_journey import begin
from tests.theatre import Theatre, receipt_words, theatre

WRITER, HANDLER, ADMIN = "U0000020", "U0000001", "U0000009"
HOURS = timedelta(hours=5)
DOORS = ("Say me too", "Tell what happened", "I have a receipt", "Find support", "Who can read what")


@pytest.fixture(params=["socket", "http"])
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(SlackStage(request.param), tmp_path) as built:
        yield built


def slack(play: Theatre) -> SlackStage:
    assert isinstance(play.stage, SlackStage)
    return play.stage


async def test_home_shows_everybody_the_doors_and_they_open_in_a_window(play: Theatre) -> None:
    stage = slack(play)
    home = await stage.open_home(WRITER)
    assert home.buttons == DOORS
    assert "Only you see this page." in home.text
    before = stage.server.views[f"H{WRITER}"].changes
    opened = await stage.press(WRITER, home, "Tell what happened")
    assert "Start writing" in opened.buttons
    assert opened.raw["view"] != f"H{WRITER}"
    assert stage.server.views[f"H{WRITER}"].changes == before


async def test_a_report_can_be_told_from_home_and_home_says_nothing_of_it(play: Theatre) -> None:
    stage = slack(play)
    form = await play.press(WRITER, await stage.open_home(WRITER), "Tell what happened", "Start writing")
    preview = await stage.submit(WRITER, form, {"text": "What he said in the lift."})
    words = receipt_words((await stage.press(WRITER, preview, "Send")).text)
    again = await stage.open_home(WRITER)
    assert again.buttons == DOORS
    assert words not in again.text
    assert "lift" not in str(again.raw)


async def test_home_shows_a_handler_the_open_cases_and_nobody_else(play: Theatre) -> None:
    stage = slack(play)
    preview = await play.to_preview(WRITER, {"text": "What he said in the lift."})
    await stage.press(WRITER, preview, "Send")
    await play.pass_time(HOURS)
    (post,) = await play.arrived(play.desk, "report")
    assert "Cases" not in (await stage.open_home(HANDLER)).buttons
    await play.read(HANDLER, play.desk, post.ref)
    home = await stage.open_home(HANDLER)
    assert "Cases" in home.buttons
    assert "nobody works on it" in home.text
    assert "lift" not in str(home.raw)
    (listed,) = (each for each in home.raw["blocks"] if each.get("accessory"))
    option = listed["accessory"]["options"][0]["text"]["text"]
    assert "Show the words" in (await stage.choose(HANDLER, home, "Open a case", option)).buttons
    assert "Cases" not in (await stage.open_home(WRITER)).buttons


async def test_home_shows_admins_how_set_up_stands(tmp_path: Path) -> None:
    async with theatre(SlackStage(), tmp_path, workspace=None) as play:
        stage = slack(play)
        stage.add_person(ADMIN, admin=True)
        home = await stage.open_home(ADMIN)
        assert home.buttons == ("Set up", "Find support")
        assert "does not serve this workplace yet" in home.text
        nobody = await stage.open_home(WRITER)
        assert nobody.buttons == ("Find support",)
        await begin(play)
        home = await stage.open_home(ADMIN)
        assert (*DOORS, "Set up") == home.buttons
        assert "metoo serves this workplace." in home.text
        stage.server.channels[play.desk].info["is_archived"] = True
        await play.service.watch.run()
        assert "A desk cannot get reports now:" in (await stage.open_home(ADMIN)).text


async def test_where_slack_says_nothing_of_channels_the_doors_of_home_stay_open(play: Theatre) -> None:
    stage = slack(play)
    stage.add_person(ADMIN, admin=True)
    stage.server.refusals["conversations.info"] = ["fatal_error"] * 9
    assert (*DOORS, "Set up") == (await stage.open_home(ADMIN)).buttons


async def test_the_shortcut_that_stands_everywhere_says_me_too_privately(play: Theatre) -> None:
    stage = slack(play)
    said = await stage.say_anywhere(WRITER)
    assert "Say me too" in said.text
    assert "Kept" in (await stage.press(WRITER, said, "Me too")).text


def test_what_opens_no_home_is_nothing() -> None:
    events: list[object] = [
        {},
        {"tab": "messages", "user": "U1"},
        {"tab": "home"},
        {"tab": "home", "user": 7},
        [],
    ]
    for event in events:
        assert inbound.home({"team_id": "T1", "event": event}, Members()) is None
    for callback in ("", "metoo_quote", None, 3):
        payload = {"team": {"id": "T1"}, "user": {"id": "U1"}, "callback_id": callback}
        assert inbound.anywhere(payload, Members()) is None


def test_the_longest_home_is_within_the_limits_and_goes_on_in_a_window() -> None:
    rows = tuple(Row(f"Case {n}", "x" * 2600) for n in range(200))
    said: tuple[Block, ...] = (Paragraph("y" * 40_000), *rows)
    listed = (Choice("Open", Address("cases.open"), tuple(Option(f"{n}", f"{n}") for n in range(100))),)
    card = Card("metoo", said, (Button("Cases", Address("cases")),) * 12, listed, here=Address("home"))
    made = render.home(card)
    check_home(made)
    assert made["blocks"][0]["type"] == "header"
    (turn,) = (
        each
        for block in made["blocks"][-1:]
        for each in block["elements"]
        if each["text"]["text"].startswith("Page 2 of ")
    )
    assert turn["action_id"].endswith(".2:home")
