"""Graded solidarity under a statement: colleagues see one number, the desk late bands, the writer support."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.backing import LOOK, moment_after
from bot.model import Card, Row
from bot.solidarity import STATEMENT
from tests.bot.letterbox import come_back
from tests.bot.test_wall import SENT, batches, statements
from tests.world import TUESDAY, World, card, labels, said, words, world

MONTH = timedelta(days=30)
DAYS = timedelta(days=4)
"""Longer than the numbers by grade ever wait for their moment."""
STAND, SAW, TOO, BACK = "I stand with you", "I saw it too", "It happened to me too", "Take back"
FEW = "fewer than five or none"


async def stated(w: World, **values: str | tuple[str, ...]) -> tuple[Card, str, str]:
    """A statement, the words of its report, and the report's id."""
    given = {"text": "What I told.", "share": "yes", "category": "touch"} | values
    receipt = words(await w.report("P20", **given))
    await w.jump(SENT)
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports ORDER BY delivered DESC LIMIT 1")
    await w.act("P1", "desk.words", report)
    await w.jump(timedelta(days=22))
    return statements(w)[-1], receipt, report


async def late(w: World) -> None:
    """Counts and then the numbers by grade have moved wherever they may."""
    await batches(w)
    for _ in range(2):
        await w.jump(DAYS / 2)


async def reading(w: World, report: str) -> dict[str, str]:
    """The rows of a handler's private view."""
    shown = card(await w.act("P1", "desk.words", report))
    return {each.label: each.value for each in shown.body if isinstance(each, Row)}


async def test_colleagues_see_one_number_and_the_desk_sees_bands_late(w: World) -> None:
    statement, _, report = await stated(w)
    await w.stand(statement, *range(21, 33), label=STAND)
    await w.stand(statement, *range(33, 39), label=SAW)
    await w.stand(statement, 39, 40, label=TOO)
    await batches(w)
    assert "So far: 10–24" in said(statements(w)[0])
    assert [each for each in statements(w)[0].body if isinstance(each, Row)] == [Row("So far", "10–24")]
    early = await reading(w, report)
    assert early["Standing with the writer, all in all"] == "10–24"
    assert [early[each] for each in (STAND, SAW, TOO)] == [FEW] * 3
    await late(w)
    rows = await reading(w, report)
    assert [rows[each] for each in (STAND, SAW, TOO)] == ["10–24", "5–9", FEW]
    view = card(await w.act("P1", "desk.words", report))
    assert "This is support and never evidence" in said(view)
    assert all(STAND not in said(each) for each in w.posts("hr-desk"))


async def test_the_numbers_by_grade_move_after_days_and_not_all_at_one_beat(w: World) -> None:
    statement, _, _ = await stated(w)
    ((window,),) = w.sql("SELECT id FROM windows WHERE kind = ?", STATEMENT)
    row = await w.service._solidarity.window(w.means.settings.workspaces[0].workspace, window)
    moments: list[datetime] = []
    now = w.clock.now()
    while len(moments) < 12:
        now = moment_after(row, now)
        moments.append(now)
    gaps = {later - earlier for earlier, later in zip(moments, moments[1:], strict=False)}
    assert min(gaps) >= timedelta(days=1)
    assert max(gaps) <= timedelta(days=3)
    assert len(gaps) > 6
    await w.stand(statement, *range(21, 27), label=TOO)
    await batches(w)
    await w.jump(LOOK)
    first = moment_after(row, w.clock.now())
    await w.jump(first - w.clock.now() - timedelta(seconds=1))
    assert w.sql("SELECT * FROM supports") == []
    await w.jump(timedelta(seconds=1))
    assert len(w.sql("SELECT * FROM supports")) == 1


async def test_one_person_is_one_voice_that_can_change_until_the_window_closes(w: World) -> None:
    statement, _, report = await stated(w)
    for label in (STAND, TOO, SAW, BACK, TOO):
        await w.press("P21", statement, label)
    await w.stand(statement, *range(22, 26), label=TOO)
    assert len(w.sql("SELECT * FROM voices WHERE value = 1")) == 5
    await late(w)
    assert (await reading(w, report))[TOO] == "5–9"
    await w.stand(statement, *range(21, 26), label=SAW)
    await w.stand(statement, *range(31, 34), label=TOO)
    await w.stand(statement, *range(34, 37), label=SAW)
    await late(w)
    rows = await reading(w, report)
    assert (rows[STAND], rows[SAW], rows[TOO]) == (FEW, "5–9", FEW)
    assert rows["Standing with the writer, all in all"] == "10–24"


async def test_every_press_has_the_same_answer_whatever_was_pressed_or_kept(w: World) -> None:
    statement, _, _ = await stated(w)
    given = [card(await w.press("P21", statement, each)) for each in (STAND, TOO, BACK, BACK, SAW, STAND)]
    given += [card(await w.press("P22", statement, BACK))]
    assert given == [given[0]] * len(given)
    assert labels(given[0]) == [
        STAND,
        SAW,
        TOO,
        BACK,
        "Write an account of your own",
        "Keep a record for yourself",
        "Find support",
    ]
    assert len({button.style for button in given[0].buttons}) == 1
    assert "You need not." in said(given[0])
    assert given[0].aside


async def test_an_account_of_ones_own_is_a_report_like_any_other(w: World) -> None:
    statement, _, report = await stated(w)
    kept = card(await w.press("P30", statement, TOO))
    before = card(await w.press("P30", kept, "Write an account of your own"))
    assert "What I told." not in said(before)
    form = await w.press("P30", before, "Start writing")
    assert getattr(form, "title", "") == "Tell what happened"
    preview = await w.fill("P30", form, text="Mine.", named=("P2",))  # type: ignore[arg-type]  # a form, see above
    assert report[:6].upper() not in said(preview)
    await w.press("P30", preview, "Send")
    ((mine,),) = w.sql("SELECT lower(hex(id)) FROM reports WHERE delivered IS NULL")
    await w.pass_time(timedelta(hours=5))
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]  # P2 reads the first desk
    assert len([each for each in w.posts("hr-desk") if each.title == "A report arrived"]) == 1
    view = card(await w.act("P4", "desk.words", mine))
    assert report[:6].upper() not in said(view)
    assert "Standing with the writer" not in said(view)
    bound = bytes.fromhex(report)
    tables = [name for (name,) in w.sql("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = [row for name in tables for row in w.sql(f'SELECT * FROM "{name}"')]  # noqa: S608 - names of the schema
    assert not [row for row in rows if bytes.fromhex(mine) in row and bound in row]


async def test_the_writer_sees_support_in_bands_and_never_by_grade(w: World) -> None:
    statement, receipt, _ = await stated(w)
    box = await come_back(w, receipt)
    assert "Colleagues who stand with you: fewer than five or none" in said(box)
    assert "most people never press" in said(box)
    await w.stand(statement, *range(21, 32), label=TOO)
    await late(w)
    box = await come_back(w, receipt)
    assert "Colleagues who stand with you: 10–24" in said(box)
    assert TOO not in said(box)
    assert SAW not in said(box)


async def test_who_shares_nothing_is_shown_nothing(w: World) -> None:
    receipt = words(await w.report("P20", text="x"))
    await w.jump(SENT)
    await w.read("P1", w.posts("hr-desk")[0])
    assert "stand with" not in said(await come_back(w, receipt))
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    assert STAND not in await reading(w, report)


async def test_support_of_a_statement_that_was_taken_back_is_shown_to_nobody(w: World) -> None:
    statement, receipt, report = await stated(w)
    await w.stand(statement, *range(21, 32), label=TOO)
    await late(w)
    box = await come_back(w, receipt)
    sharing = card(await w.press("P20", box, "What colleagues may see"))
    await w.press("P20", sharing, next(each for each in labels(sharing) if "othing" in each))
    await w.pass_time(timedelta(hours=5))
    assert STAND not in await reading(w, report)
    for label in (STAND, SAW, TOO, BACK):
        assert "This has closed." in said(card(await w.press("P40", statement, label)))
    assert w.sql("SELECT * FROM voices") == []


async def test_in_a_workplace_that_became_small_no_number_is_shown_to_the_desk_either(w: World) -> None:
    statement, _, report = await stated(w)
    await w.stand(statement, *range(21, 32), label=TOO)
    await late(w)
    w.members(24)
    assert STAND not in await reading(w, report)


async def test_marks_and_secret_are_gone_at_the_end_and_the_numbers_stay(w: World) -> None:
    statement, _, report = await stated(w)
    await w.stand(statement, *range(21, 32), label=TOO)
    await late(w)
    marks = [each for row in w.sql("SELECT token, grade, graded FROM voices") for each in row]
    ((secret,),) = w.sql("SELECT secret FROM windows WHERE kind = ?", STATEMENT)
    assert len(marks) == 33
    assert all(each in files(w) for each in (secret, *marks))
    await w.pass_time(MONTH)
    assert w.sql("SELECT * FROM voices") == []
    await w.store.compact()
    assert not [each for each in (secret, *marks) if each in files(w)]
    assert (await reading(w, report))[TOO] == "10–24"


def files(w: World) -> bytes:
    return b"".join(each.read_bytes() for each in w.file.parent.glob("store.db*"))


async def test_a_thief_of_the_store_cannot_tell_how_people_stand(w: World) -> None:
    statement, _, _ = await stated(w)
    await w.stand(statement, *range(21, 30), label=TOO)
    await w.stand(statement, *range(30, 33), label=SAW)
    kept = w.sql("SELECT grade FROM voices")
    assert {len(grade) for (grade,) in kept} == {8}
    assert len(set(kept)) == 12
    await late(w)
    (sealed,) = w.sql("SELECT sealed FROM supports")[0]
    assert b"[" not in sealed[:1]
    assert len(sealed) >= 64


async def test_the_same_after_a_restart_and_a_voice_is_not_counted_twice(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        statement, _, report = await stated(w)
        await w.stand(statement, *range(21, 27), label=TOO)
        await late(w)
    async with world(tmp_path, seed=2, start=w.clock.now() + timedelta(days=1), before=w) as again:
        await again.stand(statement, *range(21, 27), label=TOO)
        await late(again)
        assert (await reading(again, report))[TOO] == "5–9"


@pytest.mark.parametrize("old", ["voice.stand", "voice.back"])
async def test_buttons_of_before_there_were_grades_do_what_they_said(w: World, old: str) -> None:
    statement, _, _ = await stated(w)
    ref = statement.buttons[0].to.ref
    assert "Your choice is kept." in said(card(await w.act("P21", old, ref)))
    assert len(w.sql("SELECT * FROM voices WHERE value = 1")) == (old == "voice.stand")


async def test_voices_of_before_there_were_grades_just_stand(w: World) -> None:
    statement, _, report = await stated(w)
    await w.stand(statement, *range(21, 28))
    w.sql("UPDATE voices SET grade = NULL")
    await late(w)
    assert (await reading(w, report))[STAND] == "5–9"


async def test_a_damaged_window_does_not_keep_others_from_moving(w: World) -> None:
    statement, _, report = await stated(w)
    broken = "INSERT INTO windows SELECT zeroblob(16), workspace, kind, zeroblob(16), x'00', opens, closes, 0, about, 0"
    w.sql(f"{broken} FROM windows WHERE kind = ?", STATEMENT)
    await w.stand(statement, *range(21, 27), label=TOO)
    await late(w)
    assert (await reading(w, report))[TOO] == "5–9"
