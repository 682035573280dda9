"""*Report privately* on a Slack message: what arrives in the core, and how it is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.slack import inbound
from adapters.slack.members import Members
from adapters.slack.messages import plain
from bot.model import Button, Card, Event, Paragraph, Place, Quoted, Reply
from bot.model.screens import Address
from tests.adapters.slack_stage import SlackStage

SHOWN = Card("Report this message", (Paragraph("Only you."),), (Button("Start", Address("tell.form")),))
HOME = "https://example.slack.com/"


class Script:
    """A core that remembers what it was asked."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reply: Reply = SHOWN

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        return self.reply


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, script: Script) -> AsyncIterator[SlackStage]:
    built = SlackStage(request.param)
    for n in (1, 2):
        built.add_person(built.person(n))
    built.add_channel("C0000004", private=False)
    await built.open(script)
    yield built
    await built.close()


def read(message: object, *, channel: str = "C0000004", home: str = HOME, **about: object) -> Quoted:
    """The message in a payload."""
    members = Members()
    members.home = home
    payload = {
        "callback_id": "metoo_quote",
        "user": {"id": "U1", "team_id": "T1"},
        "team": {"id": "T1"},
        "channel": {"id": channel},
        "message": message,
    }
    arrival = inbound.shortcut(payload | about, members)
    assert arrival is not None
    assert arrival.event.quoted is not None
    return arrival.event.quoted


async def test_a_message_arrives_with_its_author_place_and_link_and_is_answered_in_a_window(
    stage: SlackStage, script: Script
) -> None:
    shown = await stage.quote("U0000001", "C0000004", "U0000002", "Some words.")
    assert "Report this message" in shown.text
    (event,) = script.events
    assert (event.action, event.actor.user) == ("quote", "U0000001")
    assert event.place == Place(stage.workspace, "C0000004")
    assert event.quoted is not None
    assert (event.quoted.text, event.quoted.author) == ("Some words.", "U0000002")
    assert event.quoted.link.startswith(f"{HOME}archives/C0000004/p1700000000")
    assert not stage.server.channels["C0000004"].messages


async def test_what_is_refused_is_said_in_a_window_too_and_never_beside_the_message(
    stage: SlackStage, script: Script
) -> None:
    script.reply = Card("metoo", (Paragraph("No."),), aside=True)
    shown = await stage.quote("U0000001", "C0000004", "U0000002", "")
    assert "No." in shown.text
    assert "view" in shown.raw


async def test_a_window_that_slack_does_not_open_any_more_is_answered_in_words(
    stage: SlackStage, script: Script
) -> None:
    stage.server.trigger_life = 0.0
    shown = await stage.quote("U0000001", "C0000004", "U0000002", "Some words.")
    assert "Slack did not open the window in time." in shown.text
    assert "Some words." not in shown.text
    assert len(script.events) == 1


async def test_a_direct_message_is_a_place_that_nobody_tells_us_about(
    stage: SlackStage, script: Script
) -> None:
    await stage.quote("U0000001", "D0000009", "U0000002", "Between us.")
    place = script.events[0].place
    assert place is not None
    facts = await stage.connection.directory.facts(place)
    assert (facts.public, facts.private, facts.readers) == (False, False, None)


@pytest.mark.parametrize(
    ("changes", "public"),
    [
        ({}, False),
        ({"is_private": False}, True),
        ({"is_private": False, "is_im": True}, False),
        ({"is_private": False, "is_mpim": True}, False),
        ({"is_private": None}, False),
        ({"is_archived": True}, False),
        ({"is_private": False, "is_archived": True}, True),
        ({"is_private": False, "is_member": False}, True),
    ],
)
async def test_only_a_channel_that_slack_calls_public_counts_as_one(
    stage: SlackStage, changes: dict[str, object], public: bool
) -> None:
    place = stage.add_channel("C0000007")
    stage.server.channels["C0000007"].info.update(changes)
    assert (await stage.connection.directory.facts(place)).public is public


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U012AB> and <@U012AB|ash>", "@U012AB and @ash"),
        ("<#C012|general> <#C012>", "#general #C012"),
        ("<!here> <!channel> <!subteam^S1|@team> <!subteam^S1>", "@here @channel @team @subteam"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        (
            "<https://example.org/x|this> <https://example.org/y>",
            "this (https://example.org/x) https://example.org/y",
        ),
        ("1 &lt; 2 <", "1 < 2 <"),
        ("*bold* _it_ `code`", "*bold* _it_ `code`"),
        ("", ""),
    ],
)
def test_a_message_is_quoted_as_people_read_it(sent: str, seen: str) -> None:
    assert plain(sent) == seen


def test_what_a_message_says_in_blocks_and_attachments_only_is_quoted_too() -> None:
    rich = {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "In rich text"}]}]}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "In a &lt;section&gt;"}}
    attached = {"pretext": "Before", "text": "In an attachment", "fallback": "unused"}
    message = {"text": "", "blocks": [rich, section], "attachments": [attached, {"fallback": "Fallback"}]}
    said = read(message).text
    for each in ("In rich text", "In a <section>", "Before", "In an attachment", "Fallback"):
        assert each in said
    assert "unused" not in said


def test_a_program_s_message_has_no_author() -> None:
    assert read({"text": "a", "bot_id": "B1", "user": "U9"}).author == ""
    assert read({"text": "a", "bot_id": "B1"}).author == ""
    assert read({"text": "a", "user": "U9"}).author == "U9"


def test_a_reply_in_a_thread_is_linked_there() -> None:
    at, thread = "1700000000.000200", "1700000000.000100"
    assert read({"ts": at, "thread_ts": thread}).link == (
        f"{HOME}archives/C0000004/p1700000000000200?thread_ts={thread}&cid=C0000004"
    )
    assert read({"ts": at, "thread_ts": at}).link == f"{HOME}archives/C0000004/p1700000000000200"


@pytest.mark.parametrize(
    "broken",
    [
        {"home": ""},
        {"home": "http://example.slack.com/"},
        {"home": "javascript:alert(1)"},
        {"channel": "../../x"},
        {"channel": "C1/../C2"},
        {"channel": ""},
    ],
)
def test_there_is_no_link_where_a_part_of_it_is_not_what_it_should_be(broken: dict[str, str]) -> None:
    message = {"ts": "1700000000.000200"}
    assert read(message).link
    assert read(message, **broken).link == ""
    for at in ("", "x", "1.2/../..", "١٧.٢", 5, None, "1" * 40):
        assert read({"ts": at}).link == ""


@pytest.mark.parametrize(
    "message", [None, [], "text", {}, {"text": 5, "user": ["U1"]}, {"blocks": [[[]]], "attachments": [1]}]
)
def test_a_message_of_any_shape_is_quoted_or_empty(message: object) -> None:
    found = read(message)
    assert (found.text, found.author, found.link) == ("", "", "")


def test_a_long_message_and_deep_blocks_have_an_end() -> None:
    assert len(read({"text": "x" * 50_000}).text) == 40_000
    deep: Any = {"text": "deep"}
    for _ in range(2_000):
        deep = {"elements": [deep]}
    assert read({"blocks": [deep]}).text == ""


def test_another_app_s_shortcut_is_nothing() -> None:
    payload = {"callback_id": "other", "user": {"id": "U1"}, "team": {"id": "T1"}, "message": {"text": "a"}}
    assert inbound.shortcut(payload, Members()) is None
