from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.model import Button, Card, Event
from bot.records import AddLeaf, Change, FileReport
from bot.reports import NO_DESK
from tests.world import TUESDAY, WORKSPACE, World, card, labels, quoted, said, words, world

REPORTS = "SELECT id, routing, body, locator, mailbox, expires, week, stage FROM reports"


def channels(w: World) -> list[str]:
    return [name for name in ("hr-desk", "ombuds", "general", "solidarity") if report_cards(w, name)]


def report_cards(w: World, channel: str) -> list[Card]:
    return [each for each in w.posts(channel) if each.title == "A report arrived"]


def due(w: World) -> list[datetime]:
    rows = w.sql("SELECT due FROM outbox WHERE kind = 'report'")
    return [datetime.fromtimestamp(each, UTC) for (each,) in rows]


def button(shown: Card, label: str) -> Button:
    (found,) = (each for each in shown.buttons if each.label == label)
    return found


async def test_a_desk_that_a_named_person_can_read_is_skipped(w: World) -> None:
    preview = await w.write("P20", text="x", named=("P9", "P2"))
    assert "Another desk comes first here, but somebody you picked can read it." in said(preview)
    assert "Goes to: #ombuds" in said(preview)
    await w.press("P20", preview, "Send")
    await w.pass_time(timedelta(hours=5))
    assert channels(w) == ["ombuds"]


async def test_a_person_who_can_read_no_desk_changes_nothing(w: World) -> None:
    preview = await w.write("P20", text="x", named=("P9",))
    assert "Goes to: #hr-desk; people who can read it now: 3" in said(preview)
    assert "Another desk comes first" not in said(preview)
    await w.press("P20", preview, "Send")
    await w.pass_time(timedelta(hours=5))
    assert channels(w) == ["hr-desk"]


async def test_where_everybody_who_reads_is_named_nothing_can_be_sent(w: World) -> None:
    preview = await w.write("P20", text="x", named=("P1", "P4"))
    assert NO_DESK in said(preview)
    assert "Send" not in labels(preview)
    assert {"Change", "Find support"} <= set(labels(preview))
    key = button(preview, "Change").to.ref
    for action in ("tell.send", "tell.sendnow"):
        assert NO_DESK in said(card(await w.act("P20", action, key)))
    assert w.sql(REPORTS) == []
    assert due(w) == []


async def test_a_named_person_who_came_into_every_desk_after_the_preview_stops_send(w: World) -> None:
    preview = await w.write("P20", text="x", named=("P9",))
    for name in ("hr-desk", "ombuds"):
        w.workplace.channels[name].readers |= {"P9"}
    assert NO_DESK in said(card(await w.press("P20", preview, "Send")))
    assert w.sql(REPORTS) == []


async def test_a_named_person_who_came_into_the_desk_after_send_does_not_get_it(w: World) -> None:
    await w.report("P20", text="x", named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(timedelta(hours=5))
    assert channels(w) == ["ombuds"]


async def test_the_rows_do_not_tell_who_is_named_or_which_desk_was_skipped(w: World) -> None:
    shapes = set()
    for n, named in enumerate(((), ("P9",), ("P1",), ("P4",), ("P1", "P9", "P2", "P3", "P12"))):
        await w.report(f"P{20 + n}", text="x", named=named)
    for report, *_rest in w.sql(REPORTS):
        keys = w.sql("SELECT holder, length(wrapped) FROM report_keys WHERE report = ?", report)
        desks = w.sql("SELECT id FROM desks")
        assert {each for each, _ in keys} == {report, *(each for (each,) in desks)}
        shapes.add(tuple(length for _, length in sorted(keys)))
    assert len(shapes) == 1
    assert len(set(w.sql("SELECT length(routing), length(body), length(mailbox) FROM reports"))) == 1


async def test_send_writes_a_moment_within_the_delay(w: World) -> None:
    for n in range(3):
        await w.report(f"P{20 + n}", text="x")
    moments = due(w)
    assert len(set(moments)) == 3
    assert all(timedelta(minutes=15) <= each - TUESDAY <= timedelta(hours=4) for each in moments)


async def test_send_now_writes_no_moment_near_now(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        w.workplace.channels["hr-desk"].private = False  # so that the row stays
        w.workplace.channels["ombuds"].private = False
        for n in range(3):
            preview = await w.write(f"P{20 + n}", text="x")
            hurry = card(await w.press(f"P{20 + n}", preview, "Send without the delay"))
            assert "easier to guess who wrote it" in said(hurry)
            await w.press(f"P{20 + n}", hurry, "Send now")
        moments = due(w)
        assert len(set(moments)) == 3
        assert all(timedelta(minutes=15) <= TUESDAY - each <= timedelta(hours=4) for each in moments)


async def test_send_now_arrives_now(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", card(await w.press("P20", preview, "Send without the delay")), "Send now")
    await w.settle()
    assert channels(w) == ["hr-desk"]
    assert due(w) == []


async def test_without_a_delay_a_report_arrives_at_once_and_the_form_says_so(tmp_path: Path) -> None:
    nothing = {"report": ("0s", "0s"), "batch": ("5m", "15m"), "statement": ("7d", "21d")}
    async with world(tmp_path, start=TUESDAY, delays=nothing) as w:
        preview = await w.write("P20", text="x")
        assert "It arrives at once." in said(preview)
        assert "Send without the delay" not in labels(preview)
        await w.press("P20", preview, "Send")
        await w.settle()
        assert channels(w) == ["hr-desk"]


async def test_of_the_filing_only_the_week_is_kept(w: World) -> None:
    await w.report("P20", text="x")
    (row,) = w.sql("SELECT * FROM reports")
    assert "2026-W48" in row
    numbers = [each for each in row if isinstance(each, int | float)]
    assert numbers == []
    assert re.fullmatch(r"2028-1[12]", w.sql("SELECT expires FROM reports")[0][0])


async def test_after_delivery_the_outbox_row_and_its_moment_are_gone(w: World) -> None:
    await w.report("P20", text="x")
    await w.pass_time(timedelta(hours=5))
    assert due(w) == []
    (delivered,) = w.sql("SELECT delivered FROM reports")[0]
    assert delivered > TUESDAY.timestamp()


async def test_the_card_in_the_channel_has_no_word_of_the_report_and_no_name(w: World) -> None:
    await w.report("P20", text="planted words", category="touch", named=("P9",))
    await w.pass_time(timedelta(hours=5))
    (arrived,) = report_cards(w, "hr-desk")
    assert "Kind: Touch" in said(arrived)
    for each in ("planted", "P9", "P20"):
        assert each not in repr(arrived)
        assert each not in said(arrived)


@pytest.mark.parametrize("status", [500, 403, 429])
async def test_a_platform_that_does_not_answer_costs_nobody_their_receipt(
    tmp_path: Path, status: int
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        w.workplace.fail(10_000, status, 3)
        preview = await w.write("P20", text="x", named=("P1",))
        assert "your report would wait" in said(preview)
        sent = card(await w.press("P20", preview, "Send"))
        assert words(sent) == words(preview)
        await w.pass_time(timedelta(hours=5))
        assert channels(w) == []
        w.workplace.fail(0)
        await w.jump(timedelta(hours=1))
        assert channels(w) == ["ombuds"]
        (arrived,) = report_cards(w, "ombuds")
        assert quoted(await w.read("P4", arrived)) == "x"


async def test_a_draft_is_read_from_its_own_workspace_only(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", preview, "Send")
    (workspace,) = {each for (each,) in w.sql("SELECT workspace FROM reports")}
    assert workspace == str(WORKSPACE)


async def test_too_many_reports_of_one_person_are_refused_and_nothing_is_lost(w: World) -> None:
    previews = [await w.write("P20", text=f"number {n}") for n in range(4)]
    answers = [card(await w.press("P20", each, "Send")) for each in previews]
    assert [each.title for each in answers[:3]] == ["Your report is saved"] * 3
    assert "as many reports today as one person can" in said(answers[3])
    assert len(w.sql(REPORTS)) == 3
    again = card(await w.act("P20", "tell.preview", button(previews[3], "Send").to.ref))
    assert quoted(again) == "number 3"
    assert (await w.report("P21", text="x")).title == "Your report is saved"


async def test_an_event_says_nothing_about_its_person_when_it_is_printed(w: World) -> None:
    preview = await w.write("P20", text="planted words", named=("P9",))
    assert "planted" not in repr(preview)
    assert "P9" not in repr(preview)
    assert words(preview) not in repr(preview)
    assert isinstance(preview, Card)
    assert "planted" not in repr(Event(None, "x", "", {"text": ("planted",)}))  # type: ignore[arg-type]  # printed only


async def test_a_report_and_a_private_record_are_kept_with_their_commitment_or_not_at_all(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, kept, failed = [await w.write(user, text="x") for user in ("P20", "P21", "P22")]
    await w.press("P20", sent, "Send")
    await w.press("P21", kept, "Keep it for now")
    leaves = w.sql("SELECT length(leaf), workspace, week FROM leaves")
    assert leaves == [(32, str(WORKSPACE), "2026-W48")] * 2

    async def fail(*changes: Change) -> tuple[bool, ...]:
        assert {FileReport, AddLeaf} <= {type(each) for each in changes}
        raise StoreError("no room")

    monkeypatch.setattr(w.service._store, "_write", fail)
    assert "could not be saved" in said(card(await w.press("P22", failed, "Send")))
    assert len(w.sql("SELECT * FROM leaves")) == len(w.sql(REPORTS)) == 2


async def test_where_no_digest_is_posted_no_commitment_is_kept(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"digest_channel": ""}) as w:
        await w.report("P20", text="x")
        assert len(w.sql(REPORTS)) == 1
        assert w.sql("SELECT * FROM leaves") == []
