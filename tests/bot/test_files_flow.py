"""Files from the form to the desk and back to their writer, through the real core."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.attachments import Attachments
from bot.drafts import Drafts
from bot.errors import Refusal
from bot.model import Card, Document, FileField, Form, Link
from bot.onetime import Pages
from bot.scrub import Clean, ScrubFailed
from bot.vault import Vault
from storage.sqlite import SqliteStore
from tests.bot import hostile
from tests.bot.filed import act, broken_off, choice, pick, press, upload
from tests.bot.letterbox import HANDLER, HOURS, OTHER_HANDLER, WRITER, come_back, withdraw
from tests.world import TUESDAY, WORKSPACE, World, card, labels, quoted, said, words, world

TEXT = "It happened."
NOTE = b"Planted-Fenster-8812: what the screen said\n"
ADDRESS = "https://files.example/"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace={"attachments": True}) as built:
        yield built


async def add(w: World, preview: Card, *data: bytes) -> Card:
    """Add files by the platform's own form, and go back."""
    form = await press(w, WRITER, preview, "Add a file")
    assert isinstance(form, Form)
    took = card(await act(w, WRITER, form.to.action, form.to.ref, *map(upload, data)))
    back = next(each for each in labels(took) if each in {"Back to the preview", "Show what I have added"})
    return card(await press(w, WRITER, took, back))


async def with_files(w: World, *data: bytes) -> tuple[str, Card]:
    """A report with files that has arrived: its words, and its card."""
    preview = await add(w, await w.write(WRITER, text=TEXT), *data)
    sent = card(await w.press(WRITER, preview, "Send"))
    await w.pass_time(HOURS)
    return words(sent), w.posts("hr-desk")[-1]


async def read(w: World, post: Card, user: str = HANDLER) -> Card:
    return await w.read(user, post)


def stored(w: World) -> bytes:
    files = (w.file, w.file.with_name(w.file.name + "-wal"))
    return b"".join(each.read_bytes() for each in files if each.is_file())


def page_of(w: World, shown: Card) -> tuple[Pages, str]:
    (link,) = (each for each in shown.body if isinstance(each, Link))
    assert link.url.startswith(ADDRESS)
    return w.service.pages, link.url.rpartition("/")[2]


async def use(w: World, shown: Card, *data: bytes) -> Card | Document:
    pages, token = page_of(w, shown)
    taken = pages.take(token)
    assert taken is not None
    reply = (await pages.use(taken, [upload(each) for each in data])).reply
    assert isinstance(reply, Card | Document)
    return reply


async def test_files_are_off_until_the_workplace_switches_them_on(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        preview = await w.write(WRITER, text=TEXT)
        assert "Add a file" not in labels(preview)
        ref = preview.buttons[0].to.ref
        for action in ("file.add", "file.took"):
            refused = card(await act(w, WRITER, action, ref, upload(NOTE)))
            assert "Files are off in this workplace" in said(refused)
        sent = card(await w.press(WRITER, preview, "Send"))
        box = await come_back(w, words(sent))
        assert "Add a file" not in labels(box)
        refused = card(await act(w, WRITER, "enclose.took", box.buttons[0].to.ref, upload(NOTE)))
        assert "Files are off in this workplace" in said(refused)
        assert w.sql("SELECT count(*) FROM attachments") == [(0,)]


async def test_files_go_with_the_report_and_its_handler_opens_them_one_by_one(w: World) -> None:
    receipt, post = await with_files(w, hostile.jpeg(), NOTE)
    reading = await read(w, post)
    assert "File 1: Picture, " in said(reading)
    assert "File 2: Text, 1 KB" in said(reading)
    first = await pick(w, HANDLER, reading, "Open a file", 0)
    assert first.document is not None
    assert first.document.name == "1.jpg"
    assert hostile.MARK not in first.document.data
    second = await pick(w, HANDLER, reading, "Open a file", 1)
    assert second.document is not None
    assert (second.document.name, second.document.data) == ("2.txt", NOTE)
    assert len(receipt.split()) == 7


async def test_only_who_can_read_the_case_at_that_moment_gets_a_file(w: World) -> None:
    _, post = await with_files(w, NOTE)
    reading = await read(w, post)
    for stranger in (OTHER_HANDLER, WRITER):
        refused = await pick(w, stranger, reading, "Open a file")
        assert refused.document is None
        assert "cannot be opened from here" in said(refused)
    w.workplace.channels["hr-desk"].readers = frozenset({"P2"})
    assert (await pick(w, HANDLER, reading, "Open a file")).document is None


async def test_a_page_for_a_file_asks_again_who_may_read(w: World) -> None:
    _, post = await with_files(w, NOTE)
    w.service.pages.open_at(ADDRESS)
    reading = await read(w, post)
    offered = await pick(w, HANDLER, reading, "Open a file", platform_takes=False)
    again = await pick(w, HANDLER, reading, "Open a file", platform_takes=False)
    assert offered.document is None
    got = await use(w, offered)
    assert isinstance(got, Document)
    assert got.data == NOTE
    w.workplace.channels["hr-desk"].readers = frozenset({"P2"})
    refused = await use(w, again)
    assert isinstance(refused, Card)
    assert "cannot be opened from here" in said(refused)


async def test_on_a_platform_that_takes_no_files_a_page_does(w: World) -> None:
    w.service.pages.open_at(ADDRESS)
    preview = await w.write(WRITER, text=TEXT)
    asked = card(await press(w, WRITER, preview, "Add a file", platform_takes=False))
    assert "lives ten minutes and is used once. Networks, your employer's among them, may log" in said(asked)
    done = await use(w, asked, NOTE, hostile.archive(), b"")
    assert isinstance(done, Card)
    assert "File 1: added (Text, 1 KB)" in said(done)
    assert "File 2: Not added. This kind of file cannot be attached." in said(done)
    assert "File 3: Not added. This file is empty" in said(done)
    shown = card(await w.press(WRITER, asked, "Back to the preview"))
    assert "File 1: Text, 1 KB" in said(shown)
    assert quoted(shown) == TEXT


async def test_a_page_used_after_send_says_so_and_keeps_nothing(w: World) -> None:
    w.service.pages.open_at(ADDRESS)
    preview = await w.write(WRITER, text=TEXT)
    asked = card(await press(w, WRITER, preview, "Add a file", platform_takes=False))
    await w.press(WRITER, preview, "Send")
    done = await use(w, asked, NOTE)
    assert isinstance(done, Card)
    assert "Not added. This draft is gone" in said(done)
    assert w.sql("SELECT count(*) FROM attachments") == [(0,)]


async def test_without_a_public_address_the_card_says_why_there_are_no_files(w: World) -> None:
    preview = await w.write(WRITER, text=TEXT)
    refused = card(await press(w, WRITER, preview, "Add a file", platform_takes=False))
    assert "Files are off here, because this bot has no public address" in said(refused)
    assert quoted(card(await w.press(WRITER, refused, "Back to the preview"))) == TEXT


async def test_changing_the_text_keeps_the_files_and_removing_one_erases_it(w: World) -> None:
    preview = await add(w, await w.write(WRITER, text=TEXT), NOTE, b"another note")
    form = await w.press(WRITER, preview, "Change")
    assert isinstance(form, Form)
    changed = await w.fill(WRITER, form, text="It happened twice.")
    assert "File 2: Text" in said(changed)
    less = await pick(w, WRITER, changed, "Remove a file")
    assert "File 2" not in said(less)
    assert quoted(less) == "It happened twice."
    assert w.sql("SELECT count(*) FROM attachments") == [(1,)]


async def test_an_upload_lost_half_way_leaves_the_text_and_other_files(w: World) -> None:
    preview = await add(w, await w.write(WRITER, text=TEXT), NOTE)
    form = await press(w, WRITER, preview, "Add a file")
    assert isinstance(form, Form)
    (field,) = form.fields
    assert isinstance(field, FileField)
    assert field.most == 4
    took = card(await act(w, WRITER, form.to.action, form.to.ref, broken_off(), upload(b"another")))
    assert "File 1: Not added. This file did not arrive in full" in said(took)
    assert "File 2: added (Text, 1 KB)" in said(took)
    shown = card(await w.press(WRITER, took, "Back to the preview"))
    assert quoted(shown) == TEXT
    assert "File 2: Text" in said(shown)


async def test_where_a_scrubber_fails_the_person_decides_and_the_desk_is_told(w: World) -> None:
    async def failing(data: bytes) -> Clean:
        raise ScrubFailed

    preview = await w.write(WRITER, text=TEXT)
    vault, key = Vault(w.means.keyring, Random(1)), preview.buttons[0].to.ref
    drafts = Drafts(w.store, vault, w.clock, Random(2))
    broken = Attachments(w.store, vault, drafts, Random(3), failing)
    with pytest.raises(Refusal):
        await broken.add(WORKSPACE, key, upload(NOTE))
    asked = card(await w.act(WRITER, "tell.preview", key))
    assert "A file could not be cleaned, so it was not kept. You can send this without it" in said(asked)
    assert {"Send", "Add a file", "Keep it for now"} <= set(labels(asked))
    assert "could not be cleaned" not in said(await pick(w, WRITER, asked, "Remove a file"))
    with pytest.raises(Refusal):
        await broken.add(WORKSPACE, key, upload(NOTE))
    await w.press(WRITER, asked, "Send")
    await w.pass_time(HOURS)
    reading = await read(w, w.posts("hr-desk")[-1])
    assert "A file that belongs here could not be cleaned and was left out." in said(reading)


async def test_a_message_with_files_arrives_late_and_once(w: World) -> None:
    receipt, post = await with_files(w, NOTE)
    box = await come_back(w, receipt)
    letter = card(await w.press(WRITER, box, "Add a file"))
    assert "Send" not in labels(letter)
    letter = await add(w, letter, b"second note\n")
    form = await w.press(WRITER, letter, "Write something with it")
    assert isinstance(form, Form)
    letter = await w.fill(WRITER, form, text="More of it.")
    assert "File 1: Text, 1 KB" in said(letter)
    for _ in range(2):
        assert card(await w.press(WRITER, letter, "Send")).title == "Added"
    assert "File 2" not in said(await read(w, post))
    await w.pass_time(HOURS)
    reading = await read(w, post)
    assert said(reading).count("From the writer") == 1
    opened = await pick(w, HANDLER, reading, "Open a file", 1)
    assert opened.document is not None
    assert opened.document.data == b"second note\n"
    assert w.sql("SELECT count(*) FROM attachments") == [(2,)]


async def test_a_message_with_files_can_be_thrown_away(w: World) -> None:
    receipt, _ = await with_files(w, NOTE)
    letter = await add(w, card(await w.press(WRITER, await come_back(w, receipt), "Add a file")), NOTE)
    assert w.sql("SELECT count(*) FROM attachments") == [(2,)]
    await w.press(WRITER, letter, "Throw away")
    assert w.sql("SELECT count(*) FROM attachments") == [(1,)]


async def test_files_can_be_added_to_a_private_record(w: World) -> None:
    preview = await add(w, await w.write(WRITER, text=TEXT), NOTE)
    receipt = words(card(await w.press(WRITER, preview, "Keep it for now")))
    box = await come_back(w, receipt)
    letter = await add(w, card(await w.press(WRITER, box, "Add a file")), b"second")
    assert "Nothing of this is kept with your record yet." in said(letter)
    assert "Back to your record" in labels(letter)
    assert "Kept with your record" in said(card(await w.press(WRITER, letter, "Keep it")))
    letter = await add(w, card(await w.press(WRITER, await come_back(w, receipt), "Add a file")), b"third")
    assert "Back to your record" in labels(card(await w.press(WRITER, letter, "Throw away")))
    copy = card(await w.press(WRITER, await come_back(w, receipt), "My copy"))
    assert len(choice(copy, "Open a file").options) == 2
    assert "Back to your record" in labels(copy)


async def test_nothing_of_a_file_is_in_clear_on_disk_and_taking_back_erases_its_bytes(w: World) -> None:
    before = set(Path(tempfile.gettempdir()).glob("tmp*"))
    preview = await add(w, await w.write(WRITER, text=TEXT), hostile.jpeg(), NOTE)
    sealed = [row[0] for row in w.sql("SELECT sealed FROM attachments")]
    pieces = [each[at : at + 64] for each in sealed for at in range(2_000, len(each), 16_000)]
    assert any(piece in stored(w) for piece in pieces)
    receipt = words(card(await w.press(WRITER, preview, "Send")))
    for piece in (hostile.MARK, NOTE, NOTE[:14]):
        assert piece not in stored(w)
    assert set(Path(tempfile.gettempdir()).glob("tmp*")) - before == set()
    await withdraw(w, await come_back(w, receipt))
    assert w.sql("SELECT count(*) FROM attachments") == [(0,)]
    assert isinstance(w.store, SqliteStore)
    await w.store.settled()
    assert not any(piece in stored(w) for piece in pieces)


async def test_a_draft_that_ages_takes_its_files_with_it(w: World) -> None:
    await add(w, await w.write(WRITER, text=TEXT), NOTE)
    await w.pass_time(timedelta(hours=1, minutes=10))
    assert w.sql("SELECT count(*) FROM attachments") == [(0,)]


@pytest.mark.parametrize(("label", "start"), [("As a text file", TEXT.encode()), ("As a PDF file", b"%PDF-")])
async def test_a_copy_is_handed_over_by_the_platform_or_by_a_page_or_it_says_why_not(
    w: World, label: str, start: bytes
) -> None:
    receipt, _ = await with_files(w, NOTE)
    copy = card(await w.press(WRITER, await come_back(w, receipt), "My copy"))
    assert "A file on a work device can be seen by your employer" in said(copy)
    handed = card(await press(w, WRITER, copy, label))
    assert handed.document is not None
    assert start in handed.document.data
    assert "metoo" not in handed.document.name
    off = card(await press(w, WRITER, copy, label, platform_takes=False))
    assert "no public address" in said(off)
    w.service.pages.open_at(ADDRESS)
    offered = card(await press(w, WRITER, copy, label, platform_takes=False))
    assert offered.document is None
    got = await use(w, offered)
    assert isinstance(got, Document)
    assert start in got.data
    own = await pick(w, WRITER, copy, "Open a file")
    assert own.document is not None
    assert own.document.data == NOTE
    everything = card(await w.press(WRITER, copy, "As pages here"))
    assert "File 1: Text, 1 KB" in said(everything)


async def test_a_page_for_a_copy_gives_nothing_after_the_visit_has_ended(w: World) -> None:
    receipt, _ = await with_files(w, NOTE)
    w.service.pages.open_at(ADDRESS)
    copy = card(await w.press(WRITER, await come_back(w, receipt), "My copy"))
    offered = card(await press(w, WRITER, copy, "As a text file", platform_takes=False))
    pages, token = page_of(w, offered)
    w.sql("DELETE FROM drafts")
    taken = pages.take(token)
    assert taken is not None
    refused = (await pages.use(taken)).reply
    assert isinstance(refused, Card)
    assert "Your visit has ended" in said(refused)
