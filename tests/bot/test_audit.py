"""The log of what handlers did: whole, sealed, without a word of what was told, and checked by its head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.audit import Audit, heads
from bot.proof import read_root
from bot.records import AuditOf, AuditRow
from bot.vault import Vault
from tests.bot.letterbox import COLLEAGUE, HANDLER, WRITER, come_back, deliver, desk_card, fill_in, withdraw
from tests.world import WORKSPACE, World, card, said

HEAD = "For checking the log of what handlers did: "
TEXT = "Planted-Zaunwinde-6617"


def audit(w: World) -> Audit:
    return Audit(Vault(w.means.keyring, w.means.random), w.means.random)


async def log(w: World) -> tuple[AuditRow, ...]:
    return await w.store.read(AuditOf(str(WORKSPACE)))


async def done(w: World) -> list[tuple[str, str]]:
    """Who did what, without what is entered every week."""
    acts = [audit(w).act(row) for row in await log(w)]
    return [(each.who, each.what) for each in acts if each.who]


async def work(w: World) -> None:
    """A case that is read, answered and closed."""
    await deliver(w, TEXT)
    reading = await w.read(HANDLER, desk_card(w))
    reading = await fill_in(w, reading, "Answer", TEXT, HANDLER, signed="desk")
    reading = card(await w.press(COLLEAGUE, reading, "We are looking into it"))
    reading = card(await w.press(COLLEAGUE, reading, "Ask once who wrote"))
    await fill_in(w, reading, "Close the report", TEXT, HANDLER, signed="name")


async def test_every_action_of_a_handler_is_in_it_with_who_what_which_and_when(w: World) -> None:
    await work(w)
    assert await done(w) == [
        (HANDLER, "opened"),
        (HANDLER, "read"),
        (HANDLER, "answered"),
        (COLLEAGUE, "looks into it"),
        (COLLEAGUE, "asked who wrote"),
        (HANDLER, "closed"),
    ]
    ((report,),) = w.sql("SELECT hex(id) FROM reports")
    rows = [row for row in await log(w) if audit(w).act(row).who]
    assert {audit(w).act(row).case for row in rows} == {report[:6]}
    assert all(row.at <= w.clock.now() for row in rows)


async def test_what_is_refused_is_no_entry_and_neither_is_what_a_reporter_does(w: World) -> None:
    receipt = await deliver(w)
    await w.read("P30", desk_card(w))
    box = await come_back(w, receipt)
    await fill_in(w, box, "Add or answer", "More.")
    await withdraw(w, box)
    await w.pass_time(timedelta(hours=5))
    assert await done(w) == []


async def test_it_holds_no_text_and_no_reporter_and_nothing_of_it_is_in_clear(w: World) -> None:
    await work(w)
    acts = [audit(w).act(row).to_json() for row in await log(w)]
    assert not [each for each in acts if TEXT in each or WRITER in each]
    content = w.file.read_bytes() + w.file.with_name(f"{w.file.name}-wal").read_bytes()
    assert b"looks into it" not in content
    assert b"asked who wrote" not in content


async def test_a_whole_log_holds_and_one_of_nothing_too(w: World) -> None:
    assert audit(w).verify(()) == ""
    await work(w)
    assert audit(w).verify(await log(w)) == ""


CHANGES: dict[str, Callable[[World, tuple[AuditRow, ...]], tuple[AuditRow, ...]]] = {
    "one taken out": lambda _, rows: (*rows[:1], *rows[2:]),
    "the first taken out": lambda _, rows: rows[1:],
    "two that changed places": lambda _, rows: (rows[1], rows[0], *rows[2:]),
    "numbered anew": lambda _, rows: tuple(
        replace(row, number=n) for n, row in enumerate((*rows[:1], *rows[2:]), 1)
    ),
    "another head": lambda _, rows: (*rows[:2], replace(rows[2], head=bytes(32)), *rows[3:]),
    "another digest": lambda _, rows: (replace(rows[0], digest=bytes(32)), *rows[1:]),
    "another's sealed words": lambda _, rows: (replace(rows[0], sealed=rows[1].sealed), *rows[1:]),
    "a damaged entry": lambda _, rows: (*rows[:3], replace(rows[3], sealed=rows[3].sealed[:-1]), *rows[4:]),
    "a forged entry in the middle": lambda w, rows: (
        *rows[:2],
        replace(
            audit(w).entry(str(WORKSPACE), "P1", "read", "ABCDEF", rows[2].at).row,
            number=3,
            head=rows[2].head,
        ),
        *rows[3:],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_log_that_was_changed_does_not_hold(w: World, name: str) -> None:
    await work(w)
    assert audit(w).verify(CHANGES[name](w, await log(w))).startswith("Entry ")


async def test_a_log_whose_end_was_cut_off_holds_but_never_had_the_head_of_the_digest(w: World) -> None:
    await work(w)
    await w.jump(timedelta(days=8))
    (shown,) = {
        line for each in w.posts("general") for line in said(each).splitlines() if line.startswith(HEAD)
    }
    head = read_root(shown.removeprefix(HEAD))
    whole = await log(w)
    assert head in heads(whole)
    cut = whole[:-1]
    assert audit(w).verify(cut) == ""
    assert head not in heads(cut)


async def test_the_head_changes_every_week_whether_or_not_anything_was_done(w: World) -> None:
    for _ in range(3):
        await w.jump(timedelta(days=7))
    shown = [line for each in w.posts("general") for line in said(each).splitlines() if line.startswith(HEAD)]
    assert len(shown) == len(set(shown)) == 3
    assert await done(w) == []


async def test_two_who_act_at_once_are_both_in_it(w: World) -> None:
    await work(w)
    entries = [audit(w).entry(str(WORKSPACE), f"P{n}", "read", "ABCDEF", w.clock.now()) for n in range(20)]
    await w.store.write(*entries)
    rows = await log(w)
    assert audit(w).verify(rows) == ""
    assert len({row.head for row in rows}) == len(rows)
