"""Locked inboxes: a passphrase opens one for a while, and everything that is not reading goes on without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import passphrase
from bot.inbox import not_locked
from bot.model import Card, Form, People, Quote, Words
from bot.records import AuditOf, Desks
from bot.rotation import Rotation
from tests.world import SHOW, TUESDAY, WORKSPACE, World, card, labels, quoted, said, world

ONE, TWO = "three small grey stones", "eleven quiet green boats"
LOCKED = {"inbox": {"hr-desk": "passphrase"}}
MINUTES = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "MEMORY", 64)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace=LOCKED) as built:
        yield built


async def arrived(w: World, text: str = "what happened") -> Card:
    await w.report("P20", text=text)
    await w.jump(timedelta(hours=5))
    return [each for each in w.posts("hr-desk") if each.title == "A report arrived"][-1]


async def read(w: World, user: str, posted: Card) -> Card:
    return await w.read(user, posted)


async def form(w: World, user: str, on: Card, label: str) -> Form:
    found = await w.press(user, on, label)
    assert isinstance(found, Form), found
    return found


async def locked(w: World, posted: Card) -> str:
    """P1 locks the inbox; the recovery key."""
    begin = card(await w.press("P1", await read(w, "P1", posted), "Lock this inbox"))
    shown = await w.fill("P1", await form(w, "P1", begin, "Choose the first passphrase"), passphrase=ONE)
    (recovery,) = (block.text for block in shown.body if isinstance(block, Words))
    return recovery


async def unlock(w: World, user: str, posted: Card, typed: str) -> Card:
    asked = await form(w, user, await read(w, user, posted), "Unlock")
    shown = await w.fill(user, asked, passphrase=typed)
    return card(await w.press(user, shown, SHOW)) if SHOW in labels(shown) else shown


async def admit(w: World, posted: Card, who: str = "P2", typed: str = TWO) -> Card:
    """P1, for whom it is open, lets somebody in, who chooses a passphrase."""
    lock = card(await w.press("P1", await read(w, "P1", posted), "The lock of this inbox"))
    await w.fill("P1", await form(w, "P1", lock, "Let somebody in"), who=who)
    asked = await form(w, who, await read(w, who, posted), "Choose my passphrase")
    return await w.fill(who, asked, passphrase=typed)


# --- locking and unlocking ------------------------------------------------------------------------------


async def test_a_desk_that_is_to_be_locked_says_so_until_a_handler_has_locked_it(w: World) -> None:
    posted = await arrived(w)
    reading = await read(w, "P1", posted)
    assert quoted(reading) == "what happened"
    assert "Lock this inbox" in labels(reading)
    recovery = await locked(w, posted)
    assert len(recovery) == 39
    after = await read(w, "P1", posted)
    assert quoted(after) == "what happened"
    assert "Lock this inbox" not in labels(after)


async def test_the_form_says_that_what_is_typed_can_be_seen_and_passes_the_platform(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    asked = await form(w, "P2", await read(w, "P2", posted), "Unlock")
    assert "passes the platform" in asked.fields[0].hint
    assert "can be seen on your screen" in asked.fields[0].hint


async def test_it_stays_open_for_its_handler_for_a_quarter_of_an_hour_and_for_nobody_else(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    assert (await read(w, "P2", posted)).title == "This inbox is locked"
    await w.pass_time(14 * MINUTES)
    assert quoted(await read(w, "P1", posted)) == "what happened"
    await w.pass_time(15 * MINUTES)
    assert w.service.inboxes.opened._open == {}  # and not only when somebody asks
    shown = await read(w, "P1", posted)
    assert shown.title == "This inbox is locked"
    assert "what happened" not in said(shown)
    assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"
    lock = card(await w.press("P1", await read(w, "P1", posted), "The lock of this inbox"))
    assert card(await w.press("P1", lock, "Lock it now")).title == "This inbox is locked"
    assert (await read(w, "P1", posted)).title == "This inbox is locked"
    assert w.service.inboxes.opened._open == {}


async def test_a_clock_that_is_set_back_locks_it(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    w.clock._anchor -= timedelta(days=365)
    assert (await read(w, "P1", posted)).title == "This inbox is locked"
    assert w.service.inboxes.opened._open == {}
    assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"


async def test_a_restart_locks_it_and_the_passphrase_opens_it_again(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace=LOCKED) as before:
        posted = await arrived(before)
        await locked(before, posted)
    async with world(tmp_path, start=TUESDAY + timedelta(hours=6), before=before, workspace=LOCKED) as w:
        assert (await read(w, "P1", posted)).title == "This inbox is locked"
        assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"


async def test_wrong_passphrases_are_limited_and_weak_ones_are_refused(w: World) -> None:
    posted = await arrived(w)
    begin = card(await w.press("P1", await read(w, "P1", posted), "Lock this inbox"))
    asked = await form(w, "P1", begin, "Choose the first passphrase")
    assert "at least 15 characters" in said(await w.fill("P1", asked, passphrase="too short"))
    await locked(w, posted)
    await w.pass_time(16 * MINUTES)
    for _ in range(5):
        assert "does not open the inbox for you" in said(await unlock(w, "P1", posted, TWO))
    assert "tried several times in this hour" in said(await unlock(w, "P1", posted, ONE))
    await w.pass_time(60 * MINUTES)
    assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"


async def test_somebody_who_cannot_read_the_desk_gets_no_form(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    ref = posted.buttons[0].to.ref
    (desk, *_) = [each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == "hr-desk"]
    for action in ("inbox", "inbox.unlock", "inbox.choose", "inbox.begun", "inbox.recovered", "inbox.close"):
        for known in (ref, desk.id.hex(), "ab" * 16, ""):
            shown = card(await w.act("P30", action, known, {"passphrase": (ONE,), "key": (ONE,)}))
            assert "cannot be opened from here" in said(shown)


# --- several handlers -----------------------------------------------------------------------------------


async def test_each_handler_has_a_passphrase_of_their_own_and_no_report_is_sealed_anew(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    sealed = w.sql("SELECT body, wrapped FROM reports JOIN report_keys ON report = id ORDER BY holder")
    shown = await admit(w, posted)
    (people,) = (block for block in shown.body if isinstance(block, People))
    assert people.ids == ("P1", "P2")
    await w.pass_time(16 * MINUTES)
    assert "does not open the inbox for you" in said(await unlock(w, "P2", posted, ONE))
    assert quoted(await unlock(w, "P2", posted, TWO)) == "what happened"
    lock = card(await w.press("P2", await read(w, "P2", posted), "The lock of this inbox"))
    await w.fill("P2", await form(w, "P2", lock, "Take a passphrase away"), who="P1")
    assert "no passphrase for this inbox" in said(await unlock(w, "P1", posted, ONE))
    changed = await form(w, "P2", lock, "Change my passphrase")
    await w.fill("P2", changed, passphrase="nine patient blue lamps")
    await w.pass_time(16 * MINUTES)
    assert "does not open" in said(await unlock(w, "P2", posted, TWO))
    assert quoted(await unlock(w, "P2", posted, "nine patient blue lamps")) == "what happened"
    assert sealed == w.sql(
        "SELECT body, wrapped FROM reports JOIN report_keys ON report = id ORDER BY holder"
    )


async def test_nobody_lets_themselves_in(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    asked = await form(w, "P2", await read(w, "P2", posted), "Choose my passphrase")
    assert "Somebody who has one can let you in" in said(await w.fill("P2", asked, passphrase=TWO))
    for action in ("inbox.admitted", "inbox.removed"):
        shown = card(await w.act("P2", action, posted.buttons[0].to.ref, {"who": ("P2",)}))
        assert "locked, so nothing was done" in said(shown)
    await w.pass_time(16 * MINUTES)
    lock = await unlock(w, "P1", posted, ONE)
    lock = card(await w.press("P1", lock, "The lock of this inbox"))
    await w.fill("P1", await form(w, "P1", lock, "Let somebody in"), who="P2")
    await w.pass_time(16 * MINUTES)
    assert "Somebody who has one can let you in" in said(await w.fill("P2", asked, passphrase=TWO))


async def test_the_last_passphrase_stays(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    lock = card(await w.press("P1", await read(w, "P1", posted), "The lock of this inbox"))
    shown = await w.fill("P1", await form(w, "P1", lock, "Take a passphrase away"), who="P1")
    assert "Nobody else has a passphrase" in said(shown)
    assert w.sql("SELECT count(*) FROM locks") == [(2,)]


async def test_the_recovery_key_opens_it_when_all_are_gone_however_it_is_typed(w: World) -> None:
    posted = await arrived(w)
    recovery = await locked(w, posted)
    await w.pass_time(16 * MINUTES)
    asked = await form(w, "P3", await read(w, "P3", posted), "Use the recovery key")
    wrong = recovery[:-1] + ("0" if recovery[-1] != "0" else "1")
    assert "look at each group again" in said(await w.fill("P3", asked, key=wrong))
    typed = recovery.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    shown = await w.fill("P3", asked, key=typed)
    assert shown.title == "The lock of this inbox"
    await w.fill("P3", await form(w, "P3", shown, "Change my passphrase"), passphrase=TWO)
    await w.pass_time(16 * MINUTES)
    assert quoted(await unlock(w, "P3", posted, TWO)) == "what happened"


# --- what goes on while it is locked --------------------------------------------------------------------


async def test_reports_arrive_and_deadlines_run_while_it_is_locked(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    await w.pass_time(16 * MINUTES)
    second = await arrived(w, "a second one")
    assert second.buttons != posted.buttons
    assert card(await w.act("P1", "cases")).choices[0].options
    await w.pass_time(timedelta(days=8))
    assert "Answers are due" in [each.title for each in w.posts("hr-desk")]
    assert w.posts("general")  # the digest
    assert w.service.inboxes.opened._open == {}
    await unlock(w, "P1", posted, ONE)
    assert quoted(await read(w, "P1", second)) == "a second one"


async def test_an_answer_that_comes_too_late_is_shown_back_and_can_be_sent_after_unlocking(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    asked = await form(w, "P1", await read(w, "P1", posted), "Answer")
    await w.pass_time(16 * MINUTES)
    shown = await w.fill("P1", asked, text="We are sorry to hear that.")
    assert shown.title == "This inbox is locked"
    assert [block.text for block in shown.body if isinstance(block, Quote)] == ["We are sorry to hear that."]
    assert w.sql("SELECT count(*) FROM messages") == [(0,)]
    await unlock(w, "P1", posted, ONE)
    await w.fill("P1", asked, text="We are sorry to hear that.")
    assert w.sql("SELECT count(*) FROM messages") == [(1,)]


async def test_the_keys_of_the_server_alone_do_not_open_a_locked_inbox(w: World) -> None:
    posted = await arrived(w)
    (desk,) = [each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == "hr-desk"]
    seed = w.service._desk._sealing.private_of(desk)
    await locked(w, posted)
    (desk,) = [each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == "hr-desk"]
    under_lock = w.service._desk._sealing.private_of(desk)
    assert seed not in under_lock
    assert seed[:16] not in under_lock
    await w.store.compact()
    assert ONE.encode() not in w.file.read_bytes()


async def test_a_locked_inbox_opens_after_the_keys_of_the_server_changed(w: World) -> None:
    posted = await arrived(w)
    recovery = await locked(w, posted)
    rotation = Rotation(w.means)
    await rotation.rotate(lambda *_: None)
    await rotation.retire(lambda *_: None)
    await w.pass_time(16 * MINUTES)
    assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"
    await w.pass_time(16 * MINUTES)
    asked = await form(w, "P3", await read(w, "P3", posted), "Use the recovery key")
    assert (await w.fill("P3", asked, key=recovery)).title == "The lock of this inbox"


async def test_what_handlers_do_with_the_lock_is_in_the_log_with_their_name(w: World) -> None:
    posted = await arrived(w)
    await locked(w, posted)
    await admit(w, posted)
    audit = w.service._desk._audit
    acts = [audit.act(row) for row in await w.store.read(AuditOf(str(WORKSPACE)))]
    assert [(each.who, each.what) for each in acts if "inbox" in each.what] == [
        ("P1", "locked the inbox by a passphrase"),
        ("P1", "let somebody choose a passphrase for the inbox"),
        ("P2", "chose a passphrase for the inbox"),
    ]


async def test_a_desk_without_a_report_can_be_locked_from_the_list_of_cases(w: World) -> None:
    cases = card(await w.act("P1", "cases"))
    (label,) = (each for each in labels(cases) if each.startswith("The lock of"))
    begin = card(await w.press("P1", cases, label))
    shown = await w.fill("P1", await form(w, "P1", begin, "Choose the first passphrase"), passphrase=ONE)
    lock = card(await w.press("P1", shown, "I have written it down"))
    assert lock.title == "The lock of this inbox"
    assert "Back to the report" not in labels(lock)
    await w.pass_time(16 * MINUTES)
    closed = card(await w.press("P1", cases, label))
    opened = await w.fill("P1", await form(w, "P1", closed, "Unlock"), passphrase=ONE)
    assert opened.title == "The lock of this inbox"


async def test_a_locked_inbox_stays_locked_whatever_the_settings_say_later(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace=LOCKED) as before:
        posted = await arrived(before)
        await locked(before, posted)
    async with world(tmp_path, start=TUESDAY + timedelta(hours=6), before=before) as w:
        assert (await read(w, "P1", posted)).title == "This inbox is locked"
        assert quoted(await unlock(w, "P1", posted, ONE)) == "what happened"


async def test_without_that_setting_there_is_no_lock(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        posted = await arrived(w)
        assert not [each for each in labels(await read(w, "P1", posted)) if "lock" in each.lower()]
        assert "is not locked" in said(card(await w.act("P1", "inbox", posted.buttons[0].to.ref)))
        shown = card(await w.act("P1", "inbox.begun", posted.buttons[0].to.ref, {"passphrase": (ONE,)}))
        assert "is not locked" in said(shown)


async def test_two_handlers_who_lock_it_at_once_make_one_lock(w: World) -> None:
    posted = await arrived(w)
    forms = []
    for user in ("P1", "P2"):
        begin = card(await w.press(user, await read(w, user, posted), "Lock this inbox"))
        forms.append(await form(w, user, begin, "Choose the first passphrase"))
    await w.fill("P1", forms[0], passphrase=ONE)
    assert (await w.fill("P2", forms[1], passphrase=TWO)).title == "This inbox is locked"
    assert w.sql("SELECT count(*) FROM locks") == [(2,)]
    assert quoted(await read(w, "P1", posted)) == "what happened"


async def test_the_check_names_desks_that_nobody_has_locked_yet(w: World) -> None:
    posted = await arrived(w)
    (sentence,) = await not_locked(w.means)
    assert "the desk hr-desk is to be locked" in sentence
    assert await Rotation(w.means).do({"do": "inboxes"}, lambda *_: None) == sentence
    await locked(w, posted)
    assert await not_locked(w.means) == []
