"""Set-up in chat on every platform's own protocol: from nothing to a report, and the bad days of a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stage import Screen
from tests.stages import STAGES
from tests.theatre import Theatre, theatre

HOURS, HOUR, MOMENT = timedelta(hours=5), timedelta(hours=1, minutes=1), timedelta(minutes=1)
TEST = "Test: a report would arrive here"


@pytest.fixture(params=sorted(set(STAGES) - {"slack by http"}))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    """A workplace that no settings file names; persons 1 and 9 are admins, and 1 reads the desk too."""
    stage = STAGES[request.param]()
    async with theatre(stage, tmp_path, workspace=None) as built:
        for n in (1, 9):
            stage.add_person(stage.person(n), admin=True)
        yield built


async def overview(play: Theatre, n: int = 9) -> Screen:
    """From /metoo to set-up."""
    menu = await play.stage.command(play.stage.person(n))
    return await play.stage.press(play.stage.person(n), menu, "Set up")


async def form(play: Theatre, label: str, button: str = "Change", n: int = 9) -> Screen:
    return await play.press(play.stage.person(n), await overview(play, n), label, button)


async def add_desk(play: Theatre, channel: str, n: int = 9) -> Screen:
    return await play.stage.submit(
        play.stage.person(n), await form(play, "Desks", "Add a desk", n), {"channel": channel}
    )


async def begin(play: Theatre) -> Screen:
    """One desk, and metoo serves."""
    await add_desk(play, play.desk)
    return await play.press(play.stage.person(9), await overview(play), "Start metoo here", "Start")


async def test_from_nothing_to_a_report_that_arrives(play: Theatre) -> None:
    stage, admin, writer = play.stage, play.stage.person(9), play.stage.person(20)
    assert "not set up for this workplace yet" in (await stage.command(writer)).text
    kept = await add_desk(play, play.desk)
    assert "Kept." in kept.text
    channels = await stage.press(admin, kept, "Next: Channels for everybody")
    asked = await stage.press(admin, channels, "Change")
    both = {"solidarity_channel": play.solidarity, "digest_channel": play.general}
    shown = await stage.submit(admin, asked, both)
    again = await stage.press(admin, shown, "Change")
    assert again.values["digest_channel"] == play.general
    time = await form(play, "Time of the digest")
    zoned = await stage.submit(admin, time, {"day": "Fri", "hour": "09:00", "timezone": "Lisbon"})
    assert "Fri 09:00, Europe/Lisbon" in zoned.text
    started = await play.press(admin, await overview(play), "Start metoo here", "Start")
    assert "metoo serves this workplace now." in started.text

    await play.arrived(play.solidarity, "Me too")
    await stage.press(admin, await overview(play), "Send a test report")
    await play.pass_time(MOMENT)
    (card,) = await play.arrived(play.desk, TEST)
    assert admin not in str(card.payload)
    assert "it arrived in" in (await overview(play)).text
    opened = await stage.press_post(stage.person(2), play.desk, card.ref, "Read privately")
    assert "This was a test, and you could open it." in opened.text

    preview = await play.to_preview(writer, {"text": "It happened."})
    await stage.press(writer, preview, "Send")
    await play.pass_time(HOURS)
    await play.arrived(play.desk, "A report arrived")


async def test_nobody_else_sees_the_button_and_an_admin_who_is_none_any_more_is_refused(
    play: Theatre,
) -> None:
    await begin(play)
    stage, admin = play.stage, play.stage.person(9)
    assert "Set up" not in (await stage.command(stage.person(20))).buttons
    asked = await form(play, "Your own support")
    stage.add_person(admin)
    refused = await stage.submit(admin, asked, {"support": "Room 1"})
    assert "Only admins of this workplace can set metoo up. Nothing was changed." in refused.text
    assert "Set up" not in (await stage.command(admin)).buttons
    assert "lines of your own: 0" in (await overview(play, 1)).text
    assert "Room 1" not in (await form(play, "Your own support", n=1)).text


async def test_a_public_channel_and_one_without_the_bot_are_refused_as_desks(play: Theatre) -> None:
    assert "It is not a private place" in (await add_desk(play, play.general)).text
    everybody = tuple(play.stage.person(n) for n in (1, 2))
    play.stage.add_channel(play.ombuds, readers=everybody, bot=False)
    assert "The bot cannot post there; it has to be invited." in (await add_desk(play, play.ombuds)).text
    assert "none yet" in (await overview(play)).text


async def test_a_channel_that_outsiders_can_read_is_refused_as_a_desk(play: Theatre) -> None:
    play.stage.add_channel(play.ombuds, readers=(play.stage.person(1),), external=True)
    shown = (await add_desk(play, play.ombuds)).text
    assert "People from outside this workplace" in shown or "It is not a private place" in shown


async def test_a_desk_made_public_between_two_deliveries_gets_nothing_more(play: Theatre) -> None:
    await begin(play)
    stage, admin = play.stage, play.stage.person(9)
    await stage.press(admin, await overview(play), "Send a test report")
    await play.pass_time(MOMENT)
    await play.arrived(play.desk, TEST)
    readers = tuple(stage.person(n) for n in (1, 2, 3))
    stage.add_channel(play.desk, private=False, readers=readers)
    await stage.press(admin, await overview(play), "Send a test report")
    await play.pass_time(HOUR)
    assert len(play.posts(play.desk, TEST)) == 1
    shown = (await overview(play)).text
    assert "A desk cannot get reports now" in shown
    assert "It is not a private place" in shown
    stage.add_channel(play.desk, readers=readers)
    await play.pass_time(timedelta(minutes=15))
    assert len(await play.arrived(play.desk, TEST)) == 2


async def test_a_desk_that_the_bot_was_put_out_of_is_seen_within_the_hour(play: Theatre) -> None:
    await begin(play)
    readers = tuple(play.stage.person(n) for n in (1, 2, 3))
    play.stage.add_channel(play.desk, readers=readers, bot=False)
    await play.stage.press(play.stage.person(9), await overview(play), "Send a test report")
    await play.pass_time(HOUR)
    assert play.posts(play.desk, TEST) == []
    assert "A desk cannot get reports now" in (await overview(play)).text


async def test_a_desk_whose_last_reader_is_gone_gets_nothing(play: Theatre) -> None:
    await begin(play)
    play.stage.add_channel(play.desk, readers=())
    await play.stage.press(play.stage.person(9), await overview(play), "Send a test report")
    await play.pass_time(HOUR)
    assert play.posts(play.desk, TEST) == []
    assert "Nobody reads it." in (await overview(play)).text


async def test_the_second_of_two_admins_sees_what_changed(play: Theatre) -> None:
    stage = play.stage
    mine, theirs = await form(play, "Your own support"), await form(play, "Your own support", n=1)
    await stage.submit(stage.person(1), theirs, {"support": "Room 2"})
    shown = await stage.submit(stage.person(9), mine, {"support": "Room 1"})
    assert "Another admin changed this in the meantime" in shown.text
    assert "Room 2" in shown.text
    assert "Room 1" not in shown.text


async def test_a_change_of_desks_is_told_to_the_old_desk_and_holds_after_three_days(play: Theatre) -> None:
    await begin(play)
    both = await add_desk(play, play.ombuds)
    assert "It holds from the moment below" in both.text
    await play.pass_time(MOMENT)
    await play.arrived(play.desk, "An admin changes the set-up")
    await play.pass_time(timedelta(hours=73))
    served = play.service.workplaces.serving(play.stage.workspace)
    assert served.desks == (play.desk, play.ombuds)
