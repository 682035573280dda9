"""What people do on Discord, from their press to what they see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    ChoiceField,
    Form,
    Image,
    Option,
    Paragraph,
    People,
    PersonField,
    Place,
    Quote,
    Standing,
    TextField,
    Words,
)
from tests.adapters.discord_core import Core
from tests.adapters.discord_interactions import COMPONENT
from tests.adapters.discord_stage import DiscordStage

FORM = Form(
    "Tell",
    Address("tell.sent", "draft1"),
    (
        TextField(
            "text", "What happened", hint="One sentence is enough", required=True, long=True, limit=4000
        ),
        ChoiceField("kind", "What kind", (Option("a", "Words"), Option("b", "Touch"))),
        PersonField("who", "Who", most=2),
        TextField("when", "When roughly", value="in May"),
    ),
    "Go on",
)
MENU = Card(
    "metoo",
    (Paragraph("In danger now? Call for help."),),
    (Button("Tell what happened", Address("tell")), Button("Say me too", Address("voice", "r1"))),
    (Choice("Country", Address("support"), tuple(Option(f"c{n}", f"Country {n}") for n in range(60))),),
)
LONG = Card(
    "A report",
    (Quote(" ".join(f"word{n}" for n in range(2000))),),
    (Button("Answer", Address("answer")),),
    here=Address("read", "r7"),
)
PNG = b"\x89PNG made up"


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    for n in (1, 2):
        made.add_person(made.person(n))
    yield made
    await made.close()


@pytest.fixture
async def core(stage: DiscordStage) -> Core:
    made = Core({"menu": MENU, "tell": FORM, "tell.sent": Card("Saved"), "voice": Card("Kept"), "read": LONG})
    await stage.open(made.handle)
    return made


async def test_the_command_opens_a_private_menu(stage: DiscordStage, core: Core) -> None:
    screen = await stage.command(stage.person(1))
    assert screen.kind == "card"
    assert "In danger now?" in screen.text
    assert screen.buttons == ("Tell what happened", "Say me too")
    assert screen.choices == ("Country",)
    actor = core.events[0].actor
    assert (actor.user, actor.workspace, actor.standing) == (
        stage.person(1),
        stage.workspace,
        Standing.MEMBER,
    )


async def test_a_form_is_filled_in_and_arrives_by_field(stage: DiscordStage, core: Core) -> None:
    form = await stage.press(stage.person(1), await stage.command(stage.person(1)), "Tell what happened")
    assert form.kind == "form"
    assert form.fields == ("text", "kind", "who", "when")
    assert form.values["when"] == "in May"
    who = (stage.person(1), stage.person(2))
    saved = await stage.submit(stage.person(1), form, {"text": "it\nhappened", "kind": "b", "who": who})
    assert saved.text == "Saved"
    event = core.events[-1]
    assert (event.action, event.ref) == ("tell.sent", "draft1")
    assert event.values == {"text": ("it\nhappened",), "kind": ("b",), "who": who, "when": ("in May",)}


async def test_a_press_on_a_private_message_changes_that_message(stage: DiscordStage, core: Core) -> None:
    menu = await stage.command(stage.person(1))
    kept = await stage.press(stage.person(1), menu, "Say me too")
    assert kept.text == "Kept"
    assert kept.raw.message is menu.raw.message


async def test_a_form_sent_from_a_private_message_is_answered_in_it(stage: DiscordStage, core: Core) -> None:
    menu = await stage.command(stage.person(1))
    form = await stage.press(stage.person(1), menu, "Tell what happened")
    saved = await stage.submit(stage.person(1), form, {"text": "x"})
    assert saved.raw.message is menu.raw.message


async def test_a_form_whose_message_was_dismissed_is_answered_in_a_new_one(
    stage: DiscordStage, core: Core
) -> None:
    menu = await stage.command(stage.person(1))
    form = await stage.press(stage.person(1), menu, "Tell what happened")
    stage.dismiss(form)
    saved = await stage.submit(stage.person(1), form, {"text": "x"})
    assert saved.text == "Saved"
    assert saved.raw.message is not menu.raw.message


async def test_one_of_many_options_is_picked_from_the_list_that_has_it(
    stage: DiscordStage, core: Core
) -> None:
    menu = await stage.command(stage.person(1))
    await stage.choose(stage.person(1), menu, "Country", "Country 57")
    assert core.events[-1].action == "support"
    assert core.events[-1].text("choice") == "c57"


async def test_a_press_on_a_post_is_answered_beside_it_and_says_where_it_stands(
    stage: DiscordStage, core: Core
) -> None:
    place = stage.add_channel(stage.channel(1), private=False)
    card = Card("A statement", buttons=(Button("I stand with you", Address("voice", "w1")),))
    ref = await stage.connection.platform.post(place, card, "n1")
    answer = await stage.press_post(stage.person(1), stage.channel(1), ref, "I stand with you")
    assert answer.text == "Kept"
    assert core.events[-1].place == Place(stage.workspace, stage.channel(1))
    assert [post.text for post in stage.posts(stage.channel(1))] == ["A statement\nI stand with you"]
    assert len(stage.server.posts) == 1


async def test_a_press_on_a_private_message_has_no_place(stage: DiscordStage, core: Core) -> None:
    await stage.press(stage.person(1), await stage.command(stage.person(1)), "Say me too")
    assert [event.place for event in core.events] == [None, None]


async def test_a_long_card_is_read_page_by_page_and_pressed_on_any(stage: DiscordStage, core: Core) -> None:
    core.replies["voice"] = LONG
    report = await stage.press(stage.person(1), await stage.command(stage.person(1)), "Say me too")
    assert len(report.raw.pages) > 2
    assert all(f"word{n}" in report.text.split() for n in range(2000))
    assert core.events[-1].action == "read"
    assert core.events[-1].ref == "r7"
    await stage.press(stage.person(1), report, "Answer")
    assert core.events[-1].action == "answer"


async def test_a_page_that_is_not_there_any_more_is_the_last_one(stage: DiscordStage, core: Core) -> None:
    core.replies["voice"] = LONG
    menu = await stage.command(stage.person(1))
    report = await stage.press(stage.person(1), menu, "Say me too")
    pages = len(report.raw.pages)
    core.replies["read"] = Card("A report", (Paragraph("erased"),), here=Address("read", "r7"))
    data = {"component_type": 2, "custom_id": f"p{pages - 1}/read:r7"}
    asked = await stage.server.deliver(COMPONENT, data, stage.person(1), report.raw.message)
    await asyncio.wait_for(asked.shown.wait(), 60)
    assert "erased" in str(report.raw.message.components)


async def test_a_long_card_without_an_address_is_shown_whole_in_several_messages(
    stage: DiscordStage, core: Core
) -> None:
    core.replies["menu"] = replace(LONG, here=None)
    screen = await stage.command(stage.person(1))
    assert all(f"word{n}" in screen.text.split() for n in range(2000))
    assert screen.buttons == ("Answer",)
    assert [event.action for event in core.events] == ["menu"]


async def test_receipt_words_and_a_picture_with_words_are_shown(stage: DiscordStage, core: Core) -> None:
    core.replies["menu"] = Card(
        "Preview",
        (Words("cabin lemon harbor"), People("Named", (stage.person(2),))),
        image=Image(PNG, "Fewer than five voices"),
        buttons=(Button("Say me too", Address("voice")),),
    )
    screen = await stage.command(stage.person(1))
    assert "cabin lemon harbor" in screen.text
    assert f"<@{stage.person(2)}>" in screen.text
    assert "Fewer than five voices" in screen.text
    assert screen.raw.message.body["files"] == {"picture.png": PNG}
    kept = await stage.press(stage.person(1), screen, "Say me too")
    assert kept.raw.message.body["attachments"] == []


async def test_a_button_from_before_a_restart_works(stage: DiscordStage, core: Core) -> None:
    menu = await stage.command(stage.person(1))
    await stage.hang_up()
    after = Core({"voice": Card("Kept")})
    await stage.open(after.handle)
    kept = await stage.press(stage.person(1), menu, "Say me too")
    assert kept.text == "Kept"
    assert after.events[0].ref == "r1"


async def test_a_form_opened_before_a_restart_can_be_sent_after_it(stage: DiscordStage, core: Core) -> None:
    form = await stage.press(stage.person(1), await stage.command(stage.person(1)), "Tell what happened")
    await stage.hang_up()
    after = Core({"tell.sent": Card("Saved")})
    await stage.open(after.handle)
    saved = await stage.submit(stage.person(1), form, {"text": "typed before"})
    assert saved.text == "Saved"
    assert after.events[0].text("text") == "typed before"


async def test_an_event_delivered_twice_reaches_the_core_twice_and_harms_nothing(
    stage: DiscordStage, core: Core
) -> None:
    await stage.command(stage.person(1))
    await stage.repeat_last()
    assert [event.action for event in core.events] == ["menu", "menu"]
    assert (await stage.command(stage.person(1))).text.startswith("metoo")


async def test_what_happens_during_a_broken_link_arrives_after_it(stage: DiscordStage, core: Core) -> None:
    await stage.server.gateway.drop()
    menu = await stage.command(stage.person(1))
    assert menu.buttons
    assert stage.server.gateway.resumed == 1


async def test_who_acts_is_told_by_the_interaction_itself(stage: DiscordStage, core: Core) -> None:
    stage.add_person(stage.person(3), guest=True)
    stage.add_person(stage.person(4), bot=True)
    stage.add_person(stage.person(5))
    stage.world.people[stage.person(5)].pending = True
    for n in (3, 4, 5):
        await stage.command(stage.person(n))
    standings = [event.actor.standing for event in core.events]
    assert standings == [Standing.GUEST, Standing.BOT, Standing.EXTERNAL]


async def test_the_language_is_that_of_the_persons_own_discord(stage: DiscordStage, core: Core) -> None:
    stage.server.locale = "pt-BR"
    await stage.command(stage.person(1))
    assert core.events[0].actor.locale == "pt"


async def test_outside_a_server_there_is_no_workspace(stage: DiscordStage, core: Core) -> None:
    asked = stage.server.outside(stage.person(1))
    await stage.server.gateway.send("INTERACTION_CREATE", asked.payload)
    await asyncio.wait_for(asked.shown.wait(), 60)
    actor = core.events[0].actor
    assert (actor.workspace.id, actor.standing) == ("", Standing.UNKNOWN)


async def test_discord_py_keeps_none_of_the_words_it_showed(stage: DiscordStage, core: Core) -> None:
    await stage.press(stage.person(1), await stage.command(stage.person(1)), "Tell what happened")
    store = stage.connection._link.client._connection._view_store
    assert (store._views, store._modals, store._synced_message_views) == ({}, {}, {})


async def test_report_privately_on_a_person_names_them_and_never_a_bot(
    stage: DiscordStage, core: Core
) -> None:
    core.replies["name"] = Card("Before you write")
    stage.add_person(stage.person(4), bot=True)
    for n in (2, 4):
        assert (await stage.name(stage.person(1), stage.person(n))).text == "Before you write"
    assert [event.values for event in core.events] == [{"named": (stage.person(2),)}, {}]
    assert {(event.action, event.place) for event in core.events} == {("name", None)}
