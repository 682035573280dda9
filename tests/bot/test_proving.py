"""From filing over the digest to a proof on the screen, and everything that keeps one from being there."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot.figures import Numbers
from bot.model import Actor, Card, Document, Event, Quote, Standing
from bot.proof import Proof, grouped, read_root, verify
from bot.tree import LEAVES
from bot.vault import Slot, Vault, pad
from tests.bot.letterbox import WRITER, come_back, deliver, fill_in, keep, left, quotes, rows, send, withdraw
from tests.world import MONDAY, TUESDAY, WORKSPACE, World, card, labels, said, world

BUTTON = "Proof of filing"
DIGEST = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
ROOT = "For checking a proof of filing: "


async def until(w: World, moment: datetime) -> None:
    await w.jump(moment - w.clock.now())


async def prove(w: World, receipt: str, *, files: bool = False) -> Card:
    """What the button shows."""
    box = await come_back(w, receipt)
    (button,) = (each for each in box.buttons if each.label == BUTTON)
    return await ask(w, button.to.action, button.to.ref, files=files)


async def ask(w: World, action: str, ref: str, *, files: bool) -> Card:
    actor = Actor(WORKSPACE, WRITER, "en", Standing.MEMBER, files=files)
    return card(await w.service.core.handle(Event(actor, action, ref)))


def proof_on(shown: Card) -> Proof:
    (text,) = (block.text for block in shown.body if isinstance(block, Quote))
    return Proof.from_json(text.encode())


def roots(w: World) -> list[bytes]:
    """The root of each digest, as everybody reads it."""
    lines = [line for each in w.posts("general") for line in said(each).splitlines()]
    return [read_root(line.removeprefix(ROOT)) for line in lines if line.startswith(ROOT)]


def waiting(w: World) -> list[bytes]:
    return [each for (each,) in w.sql("SELECT leaf FROM leaves")]


def trees(w: World) -> list[bytes]:
    return [each for (each,) in w.sql("SELECT leaves FROM trees ORDER BY week")]


async def leaf_of(w: World, receipt: str) -> bytes:
    (mine,) = waiting(w)
    assert receipt
    return mine


# --- from filing to the proof ---


async def test_before_the_digest_it_says_when_to_look_in_again(w: World) -> None:
    shown = await prove(w, await send(w))
    assert "The digest of week 2026-W48, on 2026-11-30 09:00, will carry it" in said(shown)
    assert "showing it says: I filed" in said(shown)
    assert quotes(shown) == []


async def test_after_the_digest_the_receipt_proves_the_record_by_the_root_everybody_reads(w: World) -> None:
    receipt = await deliver(w)
    await until(w, DIGEST)
    shown = await prove(w, receipt)
    proof, (head,) = proof_on(shown), roots(w)
    assert verify(proof, head)
    assert proof.week == "2026-W48"
    assert grouped(head) in said(shown)
    assert "proves that a record existed when the digest of week 2026-W48 was made" in said(shown)
    assert "showing it says: I filed" in said(shown)
    assert waiting(w) == []


async def test_a_private_record_is_proved_as_well_and_stays_so_when_it_is_sent(w: World) -> None:
    receipt = await keep(w)
    await until(w, DIGEST)
    shown = await prove(w, receipt)
    assert "Back to your record" in labels(shown)
    first = proof_on(shown)
    await fill_in(w, await come_back(w, receipt), "Add to it", "More.")
    await w.press(WRITER, card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR")), "Send")
    await until(w, DIGEST + timedelta(days=7))
    assert proof_on(await prove(w, receipt)) == first
    assert verify(first, roots(w)[0])
    assert not verify(first, roots(w)[1])


async def test_each_record_has_its_own_proof_and_no_other_proves_it(w: World) -> None:
    receipts = [await send(w, "same words") for _ in range(3)]
    await until(w, DIGEST)
    proofs = [proof_on(await prove(w, each)) for each in receipts]
    assert len({each.record for each in proofs}) == len({each.index for each in proofs}) == 3
    assert all(verify(each, roots(w)[0]) for each in proofs)


async def test_what_was_filed_after_the_week_waits_for_its_own_digest(w: World) -> None:
    await until(w, datetime(2026, 11, 30, 7, 0, tzinfo=UTC))
    receipt = await send(w)
    assert "The digest of week 2026-W49, on 2026-12-07 09:00, will carry it" in said(await prove(w, receipt))
    await until(w, DIGEST + timedelta(hours=1))
    (first,) = roots(w)
    assert len(waiting(w)) == 1
    shown = await prove(w, receipt)
    assert "The digest of week 2026-W49, on 2026-12-07 09:00, will carry it" in said(shown)
    await until(w, DIGEST + timedelta(days=7))
    proof = proof_on(await prove(w, receipt))
    assert proof.week == "2026-W49"
    assert verify(proof, roots(w)[1])
    assert not verify(proof, first)


async def test_a_record_that_just_missed_the_digest_of_its_week_waits_for_the_next(w: World) -> None:
    await until(w, DIGEST)
    receipt = await send(w)
    for table in ("reports", "leaves"):  # as if it had been saved while that digest was being decided
        w.sql(f"UPDATE {table} SET week = '2026-W48'")  # noqa: S608 - fixed names
    shown = await prove(w, receipt)
    assert "The digest of week 2026-W49, on 2026-12-07 09:00, will carry it" in said(shown)
    await until(w, DIGEST + timedelta(days=7))
    assert verify(proof_on(await prove(w, receipt)), roots(w)[1])


async def test_a_digest_that_waits_for_the_platform_is_the_one_that_will_carry_it(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(workspace: object) -> int | None:
        return None

    await until(w, DIGEST)
    receipt = await send(w)
    monkeypatch.setattr(w.workplace, "population", unknown)
    await until(w, DIGEST + timedelta(days=7, minutes=5))
    assert "The digest of week 2026-W49, on 2026-12-07 09:00, will carry it" in said(await prove(w, receipt))
    await until(w, DIGEST + timedelta(days=8, hours=1))
    assert verify(proof_on(await prove(w, receipt)), roots(w)[1])


async def test_after_weeks_of_downtime_one_tree_carries_all_that_was_filed_before(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await until(w, DIGEST)
        receipt = await send(w)
    async with world(tmp_path, seed=2, start=datetime(2026, 12, 22, 10, 0, tzinfo=UTC), before=w) as again:
        assert again.sql("SELECT week FROM trees ORDER BY week") == [("2026-W48",), ("2026-W51",)]
        proof = proof_on(await prove(again, receipt))
        assert proof.week == "2026-W51"
        assert verify(proof, roots(again)[1])


async def test_a_proof_is_the_same_in_every_visit_and_after_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        receipt = await send(w)
        await until(w, DIGEST)
        first = proof_on(await prove(w, receipt))
    async with world(tmp_path, seed=2, start=DIGEST + timedelta(days=1), before=w) as again:
        assert proof_on(await prove(again, receipt)) == first
        assert len(trees(again)) == 1


# --- where there is none ---


async def test_where_there_is_no_digest_nothing_is_kept_and_the_screen_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"digest_channel": ""}) as w:
        sent, kept = await send(w), await keep(w)
        assert waiting(w) == []
        for receipt in (sent, kept):
            shown = await prove(w, receipt)
            assert "There is no proof of this one and there will be none" in said(shown)
            assert quotes(shown) == []


async def test_a_digest_that_comes_later_or_goes_away_proves_nothing_that_it_did_not_carry(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"digest_channel": ""}) as w:
        early = await send(w)
    start = TUESDAY + timedelta(hours=1)
    async with world(tmp_path, seed=2, start=start, before=w) as with_digest:
        late = await send(with_digest)
        await until(with_digest, DIGEST)
        assert "there will be none" in said(await prove(with_digest, early))
        proof = proof_on(await prove(with_digest, late))
        last = await send(with_digest)
    start, none = DIGEST + timedelta(days=1), {"digest_channel": ""}
    async with world(tmp_path, seed=3, start=start, before=w, workspace=none) as without:
        assert proof_on(await prove(without, late)) == proof
        assert "there will be none" in said(await prove(without, last))


@pytest.mark.parametrize("kind", [send, keep])
async def test_what_was_taken_back_before_the_digest_is_in_no_tree_and_in_no_file(
    w: World, kind: object
) -> None:
    receipt = await (send(w) if kind is send else keep(w))
    mine = await leaf_of(w, receipt)
    assert mine in await left(w)
    assert (await withdraw(w, await come_back(w, receipt))).title == "Erased"
    assert waiting(w) == []
    assert mine not in await left(w)
    await until(w, DIGEST)
    assert mine not in trees(w)[0]
    assert mine not in await left(w)


async def test_what_a_desk_had_keeps_its_proof_when_it_is_taken_back_and_when_that_is_undone(
    w: World,
) -> None:
    receipt = await deliver(w)
    await withdraw(w, await come_back(w, receipt))
    await until(w, DIGEST)
    withdrawn = proof_on(await prove(w, receipt))
    assert verify(withdrawn, roots(w)[0])
    await w.press(WRITER, await come_back(w, receipt), "Undo taking it back")
    assert proof_on(await prove(w, receipt)) == withdrawn


async def test_a_visit_that_is_over_shows_no_proof(w: World) -> None:
    receipt = await send(w)
    shown = await prove(w, receipt)
    assert shown.here is not None
    for action in ("proof", "proof.file", "proof.record"):
        for ref in ("", "00" * 16, shown.here.ref[:-2] + "AA", "x" * 64):
            for files in (False, True):
                answer = await ask(w, action, ref, files=files)
                assert "Your visit has ended" in said(answer)
                assert answer.document is None


# --- as files ---


async def test_where_files_can_be_handed_over_the_proof_is_one_with_a_neutral_name(w: World) -> None:
    receipt = await deliver(w, "Planted words.")
    await until(w, DIGEST)
    shown = await prove(w, receipt, files=True)
    (button,) = (each for each in shown.buttons if each.label == "The proof, as a file")
    handed = await ask(w, button.to.action, button.to.ref, files=True)
    assert handed.document is not None
    assert handed.document.name == "proof.json"
    assert Proof.from_json(handed.document.data) == proof_on(shown)
    assert "Showing a proof says: I filed" in said(handed)
    elsewhere = await ask(w, button.to.action, button.to.ref, files=False)
    assert elsewhere.document is None
    assert "no public address" in said(elsewhere)
    for word in (b"metoo", b"report", b"Planted"):
        assert word not in handed.document.data


async def test_the_record_is_a_file_of_its_own_whose_digest_is_in_the_proof(w: World) -> None:
    receipt = await deliver(w, "Zeile eins.\r\n\nZeile zwei: déjà vu 😀 ", category="touch", named=("P9",))
    await until(w, DIGEST)
    shown = await prove(w, receipt, files=True)
    (button,) = (each for each in shown.buttons if each.label == "The record it is about, as a file")
    record = await ask(w, button.to.action, button.to.ref, files=True)
    assert isinstance(record.document, Document)
    assert record.document.name == "record.txt"
    assert sha256(record.document.data).digest() == proof_on(shown).record
    assert record.document.data.decode().endswith("\n\nZeile eins.\r\n\nZeile zwei: déjà vu 😀 ")
    assert "Whoever you show it to together with the proof can read what you wrote" in said(record)
    assert "Back to the proof" in labels(record)
    assert (await ask(w, "proof.record", button.to.ref, files=False)).document is None


# --- what thieves and onlookers see ---


async def test_no_leaf_and_no_tree_holds_anything_that_is_elsewhere_in_the_database(w: World) -> None:
    for n in range(2):
        await send(w, f"text {n}")
    await keep(w)
    before = waiting(w)
    assert len(before) == 3
    await until(w, DIGEST)
    (tree,) = trees(w)
    assert all(each in tree for each in before)
    tables = [name for (name,) in w.sql("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    elsewhere = {
        value
        for name in {*tables} - {"leaves", "trees", "alembic_version"}
        for row in w.sql(f"SELECT * FROM {name}")  # noqa: S608 - a name of the schema
        for value in row
        if isinstance(value, bytes) and len(value) >= 16
    }
    assert len(elsewhere) > 20
    for value in elsewhere:
        assert not any(value in each or each in value for each in before)
        assert value not in tree
    digests = [sha256(value).digest() for value in elsewhere]
    assert not any(each in tree for each in digests)


async def test_an_empty_week_and_a_full_one_look_alike_in_the_digest_and_in_the_database(w: World) -> None:
    await until(w, DIGEST)
    receipts = [await send(w, f"text {n}") for n in range(3)]
    await until(w, DIGEST + timedelta(days=7))
    silent, full = (each for each in w.posts("general") if each.title.startswith("Digest"))
    assert [type(each) for each in silent.body] == [type(each) for each in full.body]
    assert [len(said(each).splitlines()[-1]) for each in (silent, full)] == [len(ROOT) + 16 * 5 - 1] * 2
    assert [len(each) for each in trees(w)] == [32 * LEAVES] * 2
    assert {length for (length,) in w.sql("SELECT length(numbers) FROM digests")} == {
        w.sql("SELECT length(numbers) FROM digests")[0][0]
    }
    assert {len(proof_on(await prove(w, each)).path) for each in receipts} == {12}


async def test_a_proof_says_nothing_of_the_case(w: World) -> None:
    receipt = await deliver(w, "Planted words.", category="touch", named=("P9",))
    await until(w, DIGEST)
    (text,) = quotes(await prove(w, receipt))
    values = [
        value for row in w.sql("SELECT * FROM reports") for value in row if isinstance(value, bytes) and value
    ]
    for each in values:
        assert each.hex() not in text
    for word in ("P9", "touch", "Planted", "sandbox", WORKSPACE.id, *receipt.split()):
        assert word not in text
    assert set(json.loads(text)) == {"version", "week", "opening", "record", "index", "path", "root"}


async def test_decided_by_many_at_once_there_is_one_tree_and_its_root_is_posted(w: World) -> None:
    receipt = await send(w)
    (job,) = (each for each in w.service.jobs if each.name == "digest")
    w.clock._stand_at(DIGEST)
    await asyncio.gather(*(job._run() for _ in range(5)))
    assert len(trees(w)) == 1
    await w.jump(timedelta(minutes=1))
    assert verify(proof_on(await prove(w, receipt)), roots(w)[0])
    assert len(roots(w)) == 1


async def test_a_digest_of_before_there_were_trees_still_opens_and_shows_no_root(tmp_path: Path) -> None:
    async with world(tmp_path, start=MONDAY) as w:
        w.workplace.channels["general"].bot = False
        await until(w, DIGEST)
        old = json.dumps({"me_too": 0, "standing": 0, "weekly": [0] * 12, "covers": 1})
        vault = Vault(w.means.keyring, w.means.random)
        for digest, workspace in w.sql("SELECT id, workspace FROM digests WHERE week = '2026-W48'"):
            sealed = vault.seal(Slot("digests", "numbers", workspace, digest), pad(old, 512))
            w.sql("UPDATE digests SET numbers = ? WHERE id = ?", sealed, digest)
        w.workplace.channels["general"].bot = True
        await w.jump(timedelta(hours=1))
        (digest_card,) = (each for each in w.posts("general") if each.title.endswith("2026-W48"))
        assert ROOT.strip() not in said(digest_card)
        assert said(digest_card).endswith("Find support.")
    assert Numbers.from_json(old).root == ""


async def test_filing_twice_or_at_once_is_one_commitment(w: World) -> None:
    preview = await w.write(WRITER, text="x")
    await asyncio.gather(*(w.press(WRITER, preview, each) for each in ("Send", "Keep it for now", "Send")))
    await w.press(WRITER, preview, "Send")
    assert rows(w, "reports", "leaves") == {"reports": 1, "leaves": 1}
