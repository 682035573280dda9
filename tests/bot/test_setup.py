"""Set-up in chat: who may, what it does, what it refuses, and what becomes of two admins at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.flows.setup_parts import zones
from bot.model import ChoiceField, People
from bot.service import Service
from tests.bot.admins import ADMIN, SECOND, add_desk, begun, done, opened, part, pick, setup, start
from tests.bot.letterbox import deliver, left
from tests.world import TUESDAY, WORKSPACE, Silent, World, card, labels, said, world

HOUR = timedelta(hours=1, minutes=1)
PARTS = [
    "Desks",
    "Channels for everybody",
    "Time of the digest",
    "Language, people, files",
    "How long reports are kept",
    "Safety in numbers",
    "Your own support",
]


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace=None) as built:
        built.admin(ADMIN)
        built.admin(SECOND)
        yield built


@pytest.fixture
async def filed(tmp_path: Path) -> AsyncIterator[World]:
    """A workplace that the settings file has."""
    async with world(tmp_path, start=TUESDAY) as built:
        built.admin(ADMIN)
        yield built


async def test_only_an_admin_is_offered_set_up_and_all_others_hear_that_an_admin_can(w: World) -> None:
    assert labels(card(await w.act(ADMIN, "menu"))) == ["Set up", "Find support"]
    assert "An admin can do that." in said(card(await w.act("P20", "menu")))
    await begun(w)
    assert "Set up" in labels(card(await w.act(ADMIN, "menu")))
    assert "Set up" not in labels(card(await w.act("P20", "menu")))


async def test_every_step_refuses_somebody_who_is_no_admin_any_more_and_changes_nothing(w: World) -> None:
    await begun(w)
    form = await opened(w, "Your own support")
    await w.settle()
    before = w.sql("SELECT * FROM chosen"), w.sql("SELECT count(*) FROM audit")
    w.admin(ADMIN, on=False)
    refused = "Only admins of this workplace can set metoo up. Nothing was changed."
    assert refused in said(await w.fill(ADMIN, form, support="Room 1"))
    steps = w.service._onboarding.steps()
    for action in set(steps) - {"setup.read"}:
        for ref in ("", "desks", "support", form.to.ref, f"desks.{form.to.ref}"):
            assert refused in said(card(await w.act(ADMIN, action, ref, {"choice": ("hr-desk",)}))), action
    assert (w.sql("SELECT * FROM chosen"), w.sql("SELECT count(*) FROM audit")) == before


async def test_from_nothing_to_a_report_that_arrives(w: World) -> None:
    empty = await setup(w)
    assert "metoo does not serve this workplace yet." in said(empty)
    assert labels(empty) == [*PARTS, "Linked workplaces", "Back to the menu"]
    kept = await add_desk(w, "hr-desk")
    assert said(kept).startswith("Desks\nKept.")
    assert labels(kept) == ["Add a desk", "Next: Channels for everybody", "Back to set-up"]
    channels = await opened(w, "Channels for everybody")
    shown = await w.fill(ADMIN, channels, solidarity_channel="solidarity", digest_channel="general")
    assert "In force" not in said(shown)
    assert "Chosen: solidarity #solidarity, digest #general" in said(shown)
    time = await opened(w, "Time of the digest")
    assert "Fri 16:00, Europe/Berlin" in said(
        await w.fill(ADMIN, time, day="Fri", hour="16:00", timezone="berlin")
    )
    about = await opened(w, "Language, people, files")
    assert "Deutsch, people: 60, files on" in said(
        await w.fill(ADMIN, about, language="de", population="60", attachments="on")
    )
    keeping = await opened(w, "How long reports are kept")
    assert "90 days after closing" in said(await w.fill(ADMIN, keeping, retention_days="90"))
    support = await opened(w, "Your own support")
    assert "Room 12, Thursdays" in said(await w.fill(ADMIN, support, support="Room 12, Thursdays\n\n"))
    assert "An admin can do that." in said(card(await w.act("P20", "menu")))

    assert "metoo serves this workplace now." in said(await start(w))
    (served,) = w.service.workplaces.workspaces
    assert (served.desks, served.digest_at, served.timezone) == (("hr-desk",), "Fri 16:00", "Europe/Berlin")
    assert (served.language, served.population, served.attachments) == ("de", 60, True)
    assert (served.retention_days, served.support) == (90, ("Room 12, Thursdays",))
    await w.settle()
    assert [each.title for each in w.posts("solidarity")] == ["Me too"]
    await deliver(w)
    assert len(w.posts("hr-desk")) == 1


async def test_each_part_says_what_it_does_how_to_undo_it_and_what_is_in_force(w: World) -> None:
    await begun(w)
    for label in PARTS:
        shown = await part(w, label)
        assert "To undo it" in said(shown)
        assert "In force: " in said(shown)
        assert labels(shown)[-1] == "Back to set-up"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"private": False}, "It is not a private place"),
        ({"external": True}, "People from outside this workplace can read it."),
        ({"bot": False}, "The bot cannot post there; it has to be invited."),
        ({"readers": frozenset()}, "Nobody reads it."),
    ],
)
async def test_a_channel_that_is_no_safe_place_is_refused_with_the_reason(
    w: World, how: dict[str, Any], sentence: str
) -> None:
    for name, value in how.items():
        setattr(w.workplace.channels["hr-desk"], name, value)
    assert sentence in said(await add_desk(w, "hr-desk"))
    assert "Chosen: none yet" in said(await part(w, "Desks"))


async def test_a_channel_that_nobody_picked_or_that_is_not_there_is_refused(w: World) -> None:
    form = await opened(w, "Desks", "Add a desk")
    assert "No channel was picked or named" in said(await w.fill(ADMIN, form))
    assert "it has to be invited" in said(await w.fill(ADMIN, form, channel="nowhere"))
    assert "No channel was picked" in said(await w.fill(ADMIN, form, address="https://example.org/a b/"))


async def test_a_desk_that_its_admin_is_not_in_is_named_by_its_id_or_a_link(w: World) -> None:
    form = await opened(w, "Desks", "Add a desk")
    kept = await w.fill(ADMIN, form, address=" https://example.org/archives/ombuds/ ")
    assert "Chosen: #ombuds" in said(kept)


async def test_a_desk_that_became_unsafe_before_the_start_keeps_metoo_from_starting(w: World) -> None:
    await add_desk(w, "hr-desk")
    w.workplace.channels["hr-desk"].private = False
    shown = await start(w)
    assert "This cannot be yet" in said(shown)
    assert "#hr-desk: It is not a private place" in said(shown)
    assert w.service.workplaces.workspaces == ()


async def test_a_platform_that_does_not_answer_is_no_reason_to_think_a_channel_safe_or_unsafe(
    w: World,
) -> None:
    form = await opened(w, "Desks", "Add a desk")
    w.workplace.fail(1)
    refused = said(await w.fill(ADMIN, form, channel="hr-desk"))
    assert "The platform does not answer just now" in refused
    assert "Chosen: none yet" in said(await part(w, "Desks"))
    w.workplace.fail(1)
    assert "Chosen: none yet" in said(await part(w, "Desks"))


async def test_no_channel_is_for_two_things(w: World) -> None:
    await begun(w)
    channels = await opened(w, "Channels for everybody")
    assert "each channel is for one thing" in said(await w.fill(ADMIN, channels, digest_channel="hr-desk"))
    assert "each channel is for one thing" not in said(
        await w.fill(ADMIN, channels, digest_channel="general")
    )


@pytest.mark.parametrize(("bot", "external"), [(False, False), (True, True)])
async def test_a_channel_for_everybody_has_the_bot_in_it_and_nobody_from_outside(
    w: World, bot: bool, external: bool
) -> None:
    w.workplace.channels["general"].bot, w.workplace.channels["general"].external = bot, external
    channels = await opened(w, "Channels for everybody")
    shown = said(await w.fill(ADMIN, channels, digest_channel="general"))
    assert ("People from outside" if external else "The bot cannot post there") in shown
    assert "digest off" in shown


async def test_numbers_and_lines_that_cannot_be_are_refused_in_words(w: World) -> None:
    about = await opened(w, "Language, people, files")
    for typed in ("many", "-3", "1" * 30, "٣"):
        assert "has to be a whole number" in said(await w.fill(ADMIN, about, population=typed))
    support = await opened(w, "Your own support")
    assert "There is room for 20 lines" in said(await w.fill(ADMIN, support, support="x\n" * 21))
    assert "There is room for 20 lines" in said(await w.fill(ADMIN, support, support="x" * 301))
    assert await done(w) == []


async def test_a_city_is_enough_for_a_time_zone_and_several_are_offered(w: World) -> None:
    time = await opened(w, "Time of the digest")
    which = await w.fill(ADMIN, time, day="Tue", hour="08:00", timezone="indiana")
    assert which.title == "Time zone"
    shown = await pick(w, which, "Which time zone?", "America/Indiana/Vevay")
    assert "Tue 08:00, America/Indiana/Vevay" in said(shown)
    time = await opened(w, "Time of the digest")
    shown = await w.fill(ADMIN, time, day="Wed", timezone="Rivendell")
    assert "No time zone has a name like that" in said(shown)
    assert "Wed 08:00, America/Indiana/Vevay" in said(shown)


def test_a_zone_is_found_by_its_city_and_never_guessed() -> None:
    assert list(zones("new york")) == ["America/New_York"]
    assert list(zones("Europe/Berlin")) == ["Europe/Berlin"]
    assert "UTC" in zones("utc")
    assert list(zones("")) == list(zones("  ")) == []


async def test_the_second_of_two_admins_sees_what_changed_and_who_changed_it(w: World) -> None:
    mine, theirs = await opened(w, "Your own support"), await opened(w, "Your own support", user=SECOND)
    await w.fill(SECOND, theirs, support="Room 2")
    shown = await w.fill(ADMIN, mine, support="Room 1")
    assert "Another admin changed this in the meantime" in said(shown)
    assert "Chosen: Room 2" in said(shown)
    assert People("Changed last by", (SECOND,)) in shown.body
    again = await opened(w, "Your own support")
    assert "Chosen: Room 1" in said(await w.fill(ADMIN, again, support="Room 1"))


async def test_two_admins_at_different_parts_do_not_meet(w: World) -> None:
    mine, theirs = (
        await opened(w, "Your own support"),
        await opened(w, "How long reports are kept", user=SECOND),
    )
    await w.fill(SECOND, theirs, retention_days="60")
    assert "Chosen: Room 1" in said(await w.fill(ADMIN, mine, support="Room 1"))
    assert "60 days after closing" in said(await setup(w))


async def test_desks_are_ordered_and_taken_out_but_one_stays(w: World) -> None:
    await add_desk(w, "hr-desk")
    both = await add_desk(w, "ombuds")
    assert "Chosen: #hr-desk, #ombuds" in said(both)
    other = await pick(w, both, "Which desk comes first", "ombuds")
    assert "Chosen: #ombuds, #hr-desk" in said(other)
    one = await pick(w, other, "Take out a desk", "hr-desk")
    assert "Chosen: #ombuds" in said(one)
    assert one.choices == ()


async def test_what_the_file_says_wins_and_the_wizard_says_so(filed: World) -> None:
    shown = await part(filed, "Desks")
    assert "The settings file of the program says this, and what it says holds: desks." in said(shown)
    assert "Add a desk" not in labels(shown)
    assert shown.choices == ()
    form = await opened(filed, "Language, people, files")
    await filed.fill(ADMIN, form, language="de", population="50", attachments="on")
    served = filed.service.workplaces.serving(WORKSPACE)
    assert (served.language, served.population, served.attachments) == ("de", 50, True)
    assert served.desks == ("hr-desk", "ombuds")
    digest = card(await filed.act(ADMIN, "setup.edit", "digest"))
    assert "what it says holds: digest_at, timezone" in said(digest)


async def test_it_holds_after_a_restart_and_is_sealed_in_the_store(w: World) -> None:
    await begun(w)
    support = await opened(w, "Your own support")
    await w.fill(ADMIN, support, support="Planted-Dohle-7731")
    content = await left(w)
    assert b"Planted-Dohle-7731" not in content
    assert ADMIN.encode() not in content
    again = Service(w.means, {"sandbox": Silent(w.workplace)})
    assert again.workplaces.workspaces == ()
    await again.prepare()
    assert again.workplaces.serving(WORKSPACE).support == ("Planted-Dohle-7731",)


async def test_every_change_is_in_the_audit_log_with_who_made_it(w: World) -> None:
    await begun(w)
    support = await opened(w, "Your own support", user=SECOND)
    await w.fill(SECOND, support, support="Room 2")
    assert await done(w) == [
        (ADMIN, "set up desks"),
        (ADMIN, "started metoo"),
        (SECOND, "set up support"),
    ]


async def test_looking_and_keeping_what_is_so_changes_nothing(w: World) -> None:
    await begun(w)
    before = w.sql("SELECT version FROM chosen")
    for label in PARTS[1:]:
        holding = label == "Safety in numbers"  # off, so that its form offers what switching on would be
        form = await opened(w, label, "I have read what it can and cannot do" if holding else "Change")
        given = {each.name: each.value for each in form.fields if isinstance(each, ChoiceField)}
        given |= {"escrow": "0"} if holding else {}
        await w.fill(ADMIN, form, **given)
    assert w.sql("SELECT version FROM chosen") == before


async def test_problems_of_desks_are_those_of_the_hourly_look(w: World) -> None:
    await begun(w)
    await w.settle()
    w.workplace.channels["hr-desk"].bot = False
    assert "A desk cannot get reports now" not in said(await setup(w))
    await w.pass_time(HOUR)
    assert "#hr-desk: The bot cannot post there; it has to be invited." in said(await setup(w))
    assert "A desk cannot get reports now" in said(await part(w, "Desks"))


async def test_help_names_every_door_and_the_menu_of_admins_has_one_more(w: World) -> None:
    shown = card(await w.act("P20", "help"))
    assert labels(shown) == ["Find support", "Back to the menu"]
    assert "setup" in said(shown)


async def test_a_file_that_came_later_wins_over_what_was_chosen_before(filed: World) -> None:
    filed.service.workplaces.choose(WORKSPACE, {"desks": ["ombuds"], "timezone": "UTC", "retention_days": 60})
    served = filed.service.workplaces.serving(WORKSPACE)
    assert (served.desks, served.timezone) == (("hr-desk", "ombuds"), "Europe/Berlin")
    assert served.retention_days == 60
    filed.service.workplaces.choose(WORKSPACE, {"retention_days": "for ever"})
    assert filed.service.workplaces.serving(WORKSPACE) == served
