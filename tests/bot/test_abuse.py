"""What a workplace can do about misuse, and what it can never do with that: silence a danger, or find out who."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Limits
from bot.model import Card, Words
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    OTHER_HANDLER,
    WRITER,
    come_back,
    deliver,
    everything,
    fill_in,
    quotes,
    read,
    to_another_desk,
)
from tests.world import TUESDAY, World, card, labels, said, words, world

HOURS = timedelta(hours=5)
ADD, SINCE = "Add or answer", "Something happened since"
REASON = "It is about parking."


async def work(w: World, user: str = HANDLER) -> Card:
    return card(await w.press(user, await read(w, user), "Work on this case"))


async def refuse(w: World, first: str, second: str) -> None:
    for user in (first, second):
        shown = await read(w, user)
        await fill_in(w, shown, "Close the report", REASON, user, outcome="no_report")


# --- muting ---


async def add(w: World, receipt: str, label: str = ADD) -> int:
    """How many posts of news a desk gets of it."""
    before = len(w.posts("hr-desk"))
    await fill_in(w, await come_back(w, receipt), label, "More.")
    await w.pass_time(HOURS)
    return len(w.posts("hr-desk")) - before


async def test_a_muted_case_brings_no_post_of_what_is_only_added_and_all_of_it_is_there(w: World) -> None:
    receipt = await deliver(w)
    assert await add(w, receipt) == 1
    shown = card(await w.press(HANDLER, await work(w), "Fewer posts about this case"))
    assert "Posts about news: only where something happened since" in said(shown)
    assert await add(w, receipt) == 0
    assert quotes(await read(w)) == ["It happened.", "More.", "More."]
    await w.press(COLLEAGUE, await work(w, COLLEAGUE), "Posts about all news again")
    assert await add(w, receipt) == 1


async def test_muting_never_blocks_what_happened_since_a_danger_or_retaliation(w: World) -> None:
    receipt = await deliver(w)
    await w.press(HANDLER, await work(w), "Fewer posts about this case")
    assert await add(w, receipt, SINCE) == 1
    await w.press(HANDLER, await work(w), "Mark a safety concern")
    assert await add(w, receipt) == 1


async def test_muting_never_blocks_anything_of_a_report_of_retaliation(w: World) -> None:
    receipt = await deliver(w, category="retaliation")
    await w.press(HANDLER, await work(w), "Fewer posts about this case")
    assert await add(w, receipt) == 1


async def test_muting_never_blocks_what_a_writer_decides(w: World) -> None:
    receipt = await deliver(w)
    await w.press(HANDLER, await work(w), "Fewer posts about this case")
    before = len(w.posts("hr-desk"))
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Tell HR who I am"))
    await w.press(WRITER, asked, "Tell HR who I am")
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == before + 1


async def test_a_writer_cannot_tell_whether_a_case_is_muted(w: World) -> None:
    receipt = await deliver(w)
    shown = await work(w)
    box = await come_back(w, receipt)
    await w.press(HANDLER, shown, "Fewer posts about this case")
    after = await come_back(w, receipt)
    assert (said(after), labels(after)) == (said(box), labels(box))
    added = await fill_in(w, await come_back(w, receipt), ADD, "More.")
    assert "between 15 min and 4 h from now" in said(added)
    await w.pass_time(HOURS)
    shown = await everything(w, await come_back(w, receipt))
    assert "not with HR yet" not in said(shown)


async def test_a_muted_case_opens_again_and_its_answer_stays_due(w: World) -> None:
    receipt = await deliver(w)
    await fill_in(w, await read(w), "Answer", "We read it.", HANDLER)
    await fill_in(w, await read(w), "Close the report", "Done.", HANDLER)
    await w.press(HANDLER, await work(w), "Fewer posts about this case")
    assert await add(w, receipt) == 0
    box = await come_back(w, receipt)
    assert "Closed" not in said(box)
    assert "The desk's next answer is due by" in said(box)


# --- closed as not a report ---


async def test_what_was_closed_as_no_report_can_be_sent_to_one_other_desk_once(tmp_path: Path) -> None:
    desks = ("hr-desk", "ombuds", "council")
    async with world(tmp_path, start=TUESDAY, workspace={"desks": desks[:2]}) as w:
        receipt = await deliver(w)
        await refuse(w, HANDLER, COLLEAGUE)
        box = await come_back(w, receipt)
        assert "The desk closed it as not a report. You can ask one other desk, once" in said(box)
        assert REASON in quotes(box)
        await to_another_desk(w, box)
        await w.pass_time(HOURS)
        w.workplace.channels["ombuds"].readers |= {"P5"}
        await refuse(w, OTHER_HANDLER, "P5")
        box = await come_back(w, receipt)
        assert "A second desk closed it as not a report, so it goes to no third one." in said(box)
        assert "Send to another desk" not in labels(box)
        key = box.here.ref if box.here else ""
        assert "Two desks have read this" in said(card(await w.act(WRITER, "box.send", key)))
        form = await w.act(WRITER, "box.since", key)
        assert "where" not in {each.name for each in getattr(form, "fields", ())}


async def test_what_was_closed_for_another_reason_says_nothing_of_that(w: World) -> None:
    receipt = await deliver(w)
    await fill_in(w, await read(w), "Close the report", "Done.", HANDLER, outcome="acted")
    assert "not a report" not in said(await come_back(w, receipt))


# --- floods ---


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, limits=Limits(reports_a_day_in_all=2)) as built:
        for n in (40, 41):
            await built.report(f"P{n}", text="a flood")
        yield built


async def test_in_a_flood_nothing_is_sent_and_a_private_record_is_still_possible(full: World) -> None:
    w = full
    refused = await w.report(WRITER, text="mine")
    assert "no more are taken until tomorrow. This is not about you" in said(refused)
    assert w.sql("SELECT count(*) FROM reports") == [(2,)]
    kept = card(await w.press(WRITER, refused, "Keep it for now"))
    assert any(isinstance(each, Words) for each in kept.body)
    await w.pass_time(timedelta(days=1))
    asked = card(await w.press(WRITER, await come_back(w, words(kept)), "Send it to HR"))
    await w.press(WRITER, asked, "Send")
    await w.pass_time(HOURS)
    assert w.sql("SELECT count(*) FROM reports WHERE delivered IS NOT NULL") == [(3,)]


async def test_in_a_flood_what_was_typed_is_one_press_away(full: World) -> None:
    refused = await full.report(WRITER, text="mine")
    assert quotes(card(await full.press(WRITER, refused, "Back to the preview"))) == ["mine"]


async def test_a_flood_of_private_records_stops_no_report(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, limits=Limits(reports_a_day_in_all=2)) as w:
        for n in range(40, 45):
            await w.press(f"P{n}", await w.write(f"P{n}", text="x"), "Keep it for now")
        assert any(isinstance(each, Words) for each in (await w.report(WRITER, text="mine")).body)
        assert w.sql("SELECT count(*) FROM reports WHERE stage = 'sent'") == [(1,)]


async def test_one_desk_that_closes_it_twice_leaves_its_writer_the_other_one(w: World) -> None:
    receipt = await deliver(w)
    for _ in range(2):
        await refuse(w, HANDLER, COLLEAGUE)
        await fill_in(w, await come_back(w, receipt), ADD, "It is not about parking.")
        await w.pass_time(HOURS)
    await refuse(w, HANDLER, COLLEAGUE)
    box = await come_back(w, receipt)
    assert "Send to another desk" in labels(box)
    await to_another_desk(w, box)
    await w.pass_time(HOURS)
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]
