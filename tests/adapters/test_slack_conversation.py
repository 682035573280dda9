"""People use the bot in Slack, over Socket Mode and over signed HTTP."""

from __future__ import annotations

import pytest

from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    Option,
    Paragraph,
    People,
    Quote,
    Standing,
    Workspace,
)
from tests.adapters.slack_script import ANN, DESK, MENU, Open, opened

__all__ = ["opened"]


async def test_the_command_opens_the_menu_and_its_text_is_not_read(opened: Open) -> None:
    stage, script = await opened()
    screen = await stage.command(ANN, "words nobody should write here")
    assert (screen.kind, screen.buttons) == ("card", ("Tell",))
    assert "Only you see this." in screen.text
    [event] = script.events
    assert event.values == {}
    assert (event.actor.user, event.actor.workspace) == (ANN, Workspace("slack", stage.server.team))
    assert (event.actor.standing, event.actor.locale) == (Standing.MEMBER, "en-US")


async def test_a_form_arrives_exactly_as_it_was_filled_in(opened: Open) -> None:
    stage, script = await opened()
    text = "<!channel> @everyone *b* :smile: 👩‍👩‍👧 שלום & <b>\n  https://example.org \x07"
    script.replies["told"] = Card("Preview", (Quote(text),), (Button("Send", Address("send", "draft1")),))
    form = await stage.press(ANN, await stage.command(ANN), "Tell")
    assert (form.kind, form.fields) == ("form", ("text", "kind", "who", "one"))
    card = await stage.submit(ANN, form, {"text": text, "kind": "b", "who": ("U1", "U2"), "one": ("U3",)})
    assert text in card.text
    told = script.events[-1]
    assert (told.action, told.ref) == ("told", "draft1")
    assert told.values == {"text": (text,), "kind": ("b",), "who": ("U1", "U2"), "one": ("U3",)}


async def test_fields_left_empty_are_not_there(opened: Open) -> None:
    stage, script = await opened()
    script.replies["told"] = MENU
    form = await stage.press(ANN, await stage.command(ANN), "Tell")
    await stage.submit(ANN, form, {"text": "x"})
    assert script.events[-1].values == {"text": ("x",)}


async def test_a_press_on_a_post_opens_a_private_window(opened: Open) -> None:
    stage, script = await opened()
    place = stage.add_channel(DESK, readers=(ANN,))
    ref = await stage.connection.platform.post(
        place, Card("A report arrived", buttons=(Button("Read privately", Address("read", "r1")),)), "n"
    )
    script.replies["read"] = Card("Report", (Quote("words"), People("Named", ("U5",))))
    screen = await stage.press_post(ANN, DESK, ref, "Read privately")
    assert "words" in screen.text
    assert "U5" in screen.text
    event = script.events[-1]
    assert (event.action, event.ref, event.place) == ("read", "r1", place)
    assert "words" not in str(stage.posts(DESK))


async def test_an_aside_stands_beside_the_post_and_can_be_pressed_on(opened: Open) -> None:
    stage, script = await opened()
    place = stage.add_channel(DESK, private=False, readers=(ANN,))
    ref = await stage.connection.platform.post(
        place, Card("Someone spoke up", buttons=(Button("I stand with you", Address("stand", "s1")),)), "n"
    )
    script.replies["stand"] = Card("Kept", buttons=(Button("Take back", Address("back", "s1")),), aside=True)
    script.replies["back"] = Card("Taken back", aside=True)
    aside = await stage.press_post(ANN, DESK, ref, "I stand with you")
    assert "Kept" in aside.text
    assert "Taken back" in (await stage.press(ANN, aside, "Take back")).text
    assert "views.open" not in stage.server.calls


async def test_an_aside_answers_a_command_in_a_window(opened: Open) -> None:
    stage, script = await opened()
    script.replies["menu"] = Card("No", (Paragraph("Not now."),), aside=True)
    assert "Not now." in (await stage.command(ANN)).text
    assert "views.open" in stage.server.calls


async def test_a_pick_from_a_list_carries_its_value_and_reference(opened: Open) -> None:
    stage, script = await opened()
    options = tuple(Option(f"v{n}", f"Country {n}") for n in range(230))
    script.replies["menu"] = Card("Support", choices=(Choice("Country", Address("land", "x:y"), options),))
    script.replies["land"] = Card("Numbers")
    menu = await stage.command(ANN)
    assert menu.choices == ("Country (1/3)", "Country (2/3)", "Country (3/3)")
    await stage.choose(ANN, menu, "Country", "Country 217")
    event = script.events[-1]
    assert (event.action, event.ref, event.text("choice")) == ("land", "x:y", "v217")


async def test_a_long_card_is_paged_and_can_be_acted_on_from_every_page(opened: Open) -> None:
    stage, script = await opened()
    text = "".join(f"{n:06}👩‍👩‍👧" for n in range(9_000))
    script.replies["menu"] = Card(
        "Report", (Quote(text),), (Button("Back", Address("back")),), here=Address("menu", "r1")
    )
    script.replies["back"] = Card("Menu again")
    screen = await stage.command(ANN)
    assert text in screen.text
    assert screen.buttons == ("Back",)
    assert len(script.events) > 2
    assert {event.ref for event in script.events[1:]} == {"r1"}
    assert "Menu again" in (await stage.press(ANN, screen, "Back")).text


@pytest.mark.parametrize(
    ("about", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_bot": True}, Standing.BOT),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"deleted": True}, Standing.UNKNOWN),
        ({"is_stranger": True}, Standing.EXTERNAL),
        ({"team_id": "T0OTHER"}, Standing.EXTERNAL),
    ],
)
async def test_the_member_list_says_what_somebody_is(
    opened: Open, about: dict[str, object], standing: Standing
) -> None:
    stage, script = await opened()
    for user in ("U0000002", "USLACKBOT"):
        await stage.event({"type": "user_change", "user": stage.server.add_person(user, **about)})
    await stage.press("U0000002", await stage.command("U0000002"), "Tell")
    await stage.command("USLACKBOT")
    await stage.command("U0NOBODY")
    found = [event.actor.standing for event in script.events]
    bot = standing if standing is Standing.UNKNOWN else Standing.BOT
    assert found == [standing, standing, bot, Standing.UNKNOWN]


async def test_somebody_who_joins_counts_from_then_on(opened: Open) -> None:
    stage, script = await opened()
    before = await stage.connection.directory.population(stage.workspace)
    stage.add_person("U0000009")
    stage.add_person("U0000010", guest=True)
    await stage.command("U0000009")
    assert script.events[-1].actor.standing is Standing.MEMBER
    assert (before, await stage.connection.directory.population(stage.workspace)) == (1, 2)


async def test_an_event_of_another_workspace_is_passed_on_as_such(opened: Open) -> None:
    stage, script = await opened()
    trigger = stage.server.trigger(ANN)
    payload = {"command": "/metoo", "team_id": "T0ELSE", "user_id": ANN, "trigger_id": trigger}
    await stage.send("slash_commands", payload)
    await stage.seen(ANN)
    actor = script.events[-1].actor
    assert (actor.workspace.id, actor.standing) == ("T0ELSE", Standing.UNKNOWN)
