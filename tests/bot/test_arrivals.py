from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Actor, Event, Place, Standing
from tests.bot.letterbox import (
    DAY,
    HANDLER,
    HOURS,
    OTHER_HANDLER,
    WRITER,
    answer,
    close,
    come_back,
    deliver,
    fill_in,
    quotes,
    read,
    rows,
    send,
    to_another_desk,
    withdraw,
)
from tests.world import TUESDAY, WORKSPACE, Channel, World, card, labels, said, world

PLANTED = "Planted-Kernbeißer-5512"
ALL = ("reports", "report_keys", "messages")


async def _state(w: World, receipt: str, user: str = WRITER) -> str:
    return said(await come_back(w, receipt, user))


async def test_another_desk_opens_it_and_the_first_cannot_any_more(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    await answer(w, "From the first desk.")
    await to_another_desk(w, await come_back(w, receipt))
    assert "cannot be opened from here" in said(await read(w, HANDLER))
    pressed = await w.read(HANDLER, w.posts("hr-desk")[0])
    assert "cannot be opened from here" in said(pressed)
    assert w.posts("ombuds") == []
    assert "State: Not with HR yet." in await _state(w, receipt)
    await w.pass_time(HOURS)
    assert "is with another desk" in w.posts("hr-desk")[0].title
    assert w.posts("hr-desk")[0].buttons == ()
    assert len(w.posts("ombuds")) == 1
    assert quotes(await read(w, OTHER_HANDLER)) == [PLANTED, "From the first desk."]
    assert "cannot be opened from here" in said(await read(w, HANDLER))
    assert "State: HR has read it." in await _state(w, receipt)
    box = await come_back(w, receipt)
    assert "There is no desk that could get it" in said(
        card(await w.press(WRITER, box, "Send to another desk"))
    )


async def test_the_old_desks_own_button_opens_nothing_while_the_report_is_on_its_way(w: World) -> None:
    receipt = await deliver(w)
    await to_another_desk(w, await come_back(w, receipt))
    (old,) = w.posts("hr-desk")
    (button,) = old.buttons
    event = Event(
        Actor(WORKSPACE, HANDLER, "en", Standing.MEMBER),
        button.to.action,
        button.to.ref,
        place=Place(WORKSPACE, "hr-desk"),
    )
    assert "Only people who can read the desk it went to" in said(card(await w.service.core.handle(event)))


async def test_a_report_can_move_through_three_desks_and_each_old_card_says_so(tmp_path: Path) -> None:
    workspace = {"desks": ("hr-desk", "ombuds", "council")}
    async with world(tmp_path, start=TUESDAY, workspace=workspace) as w:
        w.workplace.channels["council"] = Channel("council", private=True, readers=frozenset({"P5"}))
        receipt = await deliver(w)
        for _ in range(2):
            await to_another_desk(w, await come_back(w, receipt, WRITER))
            await w.pass_time(HOURS)
        assert "with another desk" in w.posts("hr-desk")[0].title
        assert "with another desk" in w.posts("ombuds")[0].title
        assert quotes(await read(w, "P5")) == ["It happened."]
        await withdraw(w, await come_back(w, receipt))
        await w.pass_time(HOURS)
        assert "was taken back" in w.posts("council")[0].title


async def test_a_report_whose_only_other_desk_is_read_by_the_person_named_stays(w: World) -> None:
    receipt = await deliver(w, named=("P4",))
    box = await come_back(w, receipt)
    refused = card(await w.press(WRITER, box, "Send to another desk"))
    assert "each one had it already, or somebody you picked can read it" in said(refused)
    assert "Send" not in labels(refused)
    assert box.here is not None
    assert "There is no other desk" in said(card(await w.act(WRITER, "box.send", box.here.ref)))
    assert quotes(await read(w)) == ["It happened."]


async def test_before_it_arrived_there_is_no_other_desk_to_choose(w: World) -> None:
    box = await come_back(w, await send(w))
    assert "Send to another desk" not in labels(box)
    assert box.here is not None
    assert "cannot be done with this report now" in said(card(await w.act(WRITER, "box.send", box.here.ref)))
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 1


async def test_a_moved_report_can_still_be_taken_back_and_every_desk_learns_it(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    await to_another_desk(w, await come_back(w, receipt))
    gone = await withdraw(w, await come_back(w, receipt))
    assert gone.title == "Erased"
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)
    await w.pass_time(HOURS)
    assert "was taken back" in w.posts("hr-desk")[0].title
    assert w.posts("ombuds") == []
    await w.pass_time(timedelta(days=8))
    assert w.posts("hr-desk") == []
    assert w.sql("SELECT count(*) FROM posts WHERE kind NOT IN ('wall', 'digest')") == [(0,)]


async def test_what_a_desk_was_told_of_a_report_that_was_taken_back_goes_with_it(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    await fill_in(w, await come_back(w, receipt), "Add or answer", "On the stairs.")
    await w.pass_time(HOURS)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(timedelta(days=6))
    assert any("was taken back" in each.title for each in w.posts("hr-desk"))
    await w.pass_time(timedelta(days=3))
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)
    assert w.posts("hr-desk") == []
    assert w.sql("SELECT kind, count(*) FROM posts WHERE kind NOT IN ('wall', 'digest') GROUP BY kind") == []


async def test_news_waits_while_the_desk_is_no_private_place(w: World) -> None:
    receipt = await deliver(w)
    await fill_in(w, await come_back(w, receipt), "Add or answer", "On the stairs.")
    w.workplace.channels["hr-desk"].private = False
    await w.pass_time(2 * HOURS)
    assert len(w.posts("hr-desk")) == 1
    assert w.sql("SELECT count(*) FROM messages WHERE at IS NULL") == [(1,)]
    w.workplace.channels["hr-desk"].private = True
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 2
    assert quotes(await read(w)) == ["It happened.", "On the stairs."]


async def test_news_waits_while_somebody_named_can_read_the_desk(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More.")
    readers = w.workplace.channels["hr-desk"].readers
    w.workplace.channels["hr-desk"].readers = readers | {"P9"}
    await w.pass_time(2 * HOURS)
    assert len(w.posts("hr-desk")) == 1
    assert "cannot be opened from here" in said(await read(w, "P9"))
    w.workplace.channels["hr-desk"].readers = readers
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 2


async def test_what_was_added_before_the_report_arrived_comes_without_a_card_of_its_own(w: World) -> None:
    w.workplace.channels["hr-desk"].private = False
    receipt = await send(w)
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More.")
    await w.pass_time(2 * HOURS)
    w.workplace.channels["hr-desk"].private = True
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 1
    assert quotes(await read(w)) == ["It happened.", "More."]


async def test_a_platform_in_trouble_delays_news_and_loses_nothing(w: World) -> None:
    receipt = await deliver(w)
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More.")
    w.workplace.fail(3, 503)
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 2
    assert quotes(await read(w)) == ["It happened.", "More."]


async def test_the_writer_is_never_written_to(w: World) -> None:
    receipt = await deliver(w)
    channels = {name: len(w.messages(name)) for name in w.workplace.channels}
    await answer(w, "We read it.")
    await close(w, "Settled.")
    await w.settle()
    assert {name: len(w.messages(name)) for name in w.workplace.channels} == channels
    assert "State: Closed by HR." in await _state(w, receipt)


@pytest.mark.parametrize("answered", [False, True])
async def test_every_digest_says_the_same_sentence_whether_an_answer_waits_or_not(
    w: World, answered: bool
) -> None:
    await deliver(w)
    if answered:
        await answer(w, "We read it.")
    for _ in range(3):
        await w.pass_time(7 * DAY)
    digests = [said(each) for each in w.posts("general") if "Digest" in each.title]
    assert len(digests) >= 3
    assert all("Have seven words? Look in: /metoo." in each for each in digests)
