"""Attachments: cleaned and sealed before anything is kept."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from bot.account import Account
from bot.attached import Attached
from bot.attachments import BLOCK, Attachments
from bot.conversation import Kind, Said
from bot.drafts import Drafts
from bot.errors import Refusal, UnsealError
from bot.model import Upload, Workspace
from bot.records import AttachmentById
from bot.scrub import Clean, ScrubFailed
from bot.scrubbing.sentences import EMPTY, LIMIT, OTHER_KIND, TOO_LARGE
from bot.vault import Vault
from tests.bot import hostile
from tests.bot.filed import broken_off, unread, upload
from tests.world import WORKSPACE, World

NOTE = b"Planted-Fenster-8812: what the screen said\n"


@pytest.fixture
def drafts(w: World) -> Drafts:
    return Drafts(w.store, Vault(w.means.keyring, Random(3)), w.clock, Random(4))


@pytest.fixture
def attachments(w: World, drafts: Drafts) -> Attachments:
    return Attachments(w.store, Vault(w.means.keyring, Random(5)), drafts, Random(6))


@pytest.fixture
async def key(drafts: Drafts) -> str:
    made = drafts.new_key()
    await drafts.keep(WORKSPACE, made, Account("typed text"))
    return made


def stored(w: World) -> bytes:
    files = (w.file, w.file.with_name(w.file.name + "-wal"))
    return b"".join(each.read_bytes() for each in files if each.is_file())


async def test_a_picture_comes_back_clean_under_a_name_that_says_nothing(
    w: World, attachments: Attachments, drafts: Drafts, key: str
) -> None:
    attached = await attachments.add(WORKSPACE, key, upload(hostile.jpeg()))
    assert await drafts.get(WORKSPACE, key) == Account("typed text", files=(attached,))
    document = await attachments.open(str(WORKSPACE), attached, 2)
    assert (document.name, document.kind) == ("2.jpg", "image/jpeg")
    assert document.data.startswith(b"\xff\xd8\xff")
    assert len(document.data) == attached.size
    assert hostile.MARK not in document.data
    assert hostile.MARK in hostile.jpeg()


async def test_nothing_of_a_file_is_in_clear_in_the_store(
    w: World, attachments: Attachments, key: str
) -> None:
    attached = await attachments.add(WORKSPACE, key, upload(NOTE))
    row = await w.store.read(AttachmentById(bytes.fromhex(attached.id)))
    assert row is not None
    assert len(row.sealed) > BLOCK
    for piece in (NOTE, NOTE[:14], bytes.fromhex(attached.key), attached.key.encode()):
        assert piece not in stored(w)


async def test_lengths_are_padded(w: World, attachments: Attachments, key: str) -> None:
    for data in (b"x", b"y" * 60_000, b"z" * 66_000):
        await attachments.add(WORKSPACE, key, upload(data))
    lengths = sorted(row[0] for row in w.sql("SELECT length(sealed) FROM attachments"))
    assert lengths[0] == lengths[1] < lengths[2]
    assert lengths[2] - lengths[1] == BLOCK


async def test_a_file_opens_with_its_own_key_and_in_its_own_workspace_only(
    attachments: Attachments, key: str
) -> None:
    one = await attachments.add(WORKSPACE, key, upload(b"one"))
    two = await attachments.add(WORKSPACE, key, upload(b"two"))
    assert one.key != two.key
    with pytest.raises(UnsealError):
        await attachments.open(str(WORKSPACE), Attached(one.id, two.key, "txt", 3, one.digest))
    with pytest.raises(UnsealError):
        await attachments.open(str(Workspace("slack", "T1")), one)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (upload(b""), EMPTY),
        (unread(50 * 1024 * 1024), TOO_LARGE),
        (upload(b"a" * (LIMIT + 1), size=10), TOO_LARGE),
        (upload(hostile.archive()), OTHER_KIND),
        (broken_off(), "did not arrive in full"),
    ],
    ids=["empty", "50 MB", "more than announced", "a ZIP", "lost half-way"],
)
async def test_what_cannot_be_taken_is_refused_and_leaves_the_draft_as_it_was(
    w: World, attachments: Attachments, drafts: Drafts, key: str, *, file: Upload, sentence: str
) -> None:
    with pytest.raises(Refusal) as caught:
        await attachments.add(WORKSPACE, key, file)
    assert sentence in caught.value.text
    assert w.sql("SELECT count(*) FROM attachments") == [(0,)]
    assert await drafts.get(WORKSPACE, key) == Account("typed text")


async def test_a_sixth_file_is_refused_unread_and_so_is_one_too_many_at_the_same_moment(
    w: World, attachments: Attachments, key: str
) -> None:
    for _ in range(4):
        await attachments.add(WORKSPACE, key, upload(b"note"))
    both = (attachments.add(WORKSPACE, key, upload(b"fifth")) for _ in range(2))
    came = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in came) == ["Attached", "Refusal"]
    with pytest.raises(Refusal, match="which is the most"):
        await attachments.add(WORKSPACE, key, unread(5))
    assert w.sql("SELECT count(*) FROM attachments") == [(5,)]


async def test_files_added_at_the_same_moment_are_all_kept(
    attachments: Attachments, drafts: Drafts, key: str
) -> None:
    await asyncio.gather(*(attachments.add(WORKSPACE, key, upload(b"note")) for _ in range(3)))
    assert len((await drafts.get(WORKSPACE, key)).files) == 3


async def test_after_a_scrubber_failed_the_draft_says_so_until_a_file_is_taken(
    w: World, drafts: Drafts, attachments: Attachments, key: str
) -> None:
    async def failing(data: bytes) -> Clean:
        raise ScrubFailed

    broken = Attachments(w.store, Vault(w.means.keyring, Random(5)), drafts, Random(6), failing)
    with pytest.raises(ScrubFailed):
        await broken.add(WORKSPACE, key, upload(b"note"))
    assert await drafts.get(WORKSPACE, key) == Account("typed text", lost=True)
    await attachments.forget_lost(WORKSPACE, key)
    assert await drafts.get(WORKSPACE, key) == Account("typed text")
    with pytest.raises(ScrubFailed):
        await broken.add(WORKSPACE, key, upload(b"note"))
    attached = await attachments.add(WORKSPACE, key, upload(b"note"))
    assert await drafts.get(WORKSPACE, key) == Account("typed text", files=(attached,))


async def test_what_is_removed_is_erased_and_an_unknown_one_changes_nothing(
    w: World, attachments: Attachments, drafts: Drafts, key: str
) -> None:
    one = await attachments.add(WORKSPACE, key, upload(b"one"))
    two = await attachments.add(WORKSPACE, key, upload(b"two"))
    await attachments.remove(WORKSPACE, key, "00" * 16)
    await attachments.remove(WORKSPACE, key, "no hex")
    await attachments.remove(WORKSPACE, key, one.id)
    assert (await drafts.get(WORKSPACE, key)).files == (two,)
    assert w.sql("SELECT hex(id) FROM attachments") == [(two.id.upper(),)]
    with pytest.raises(Refusal, match="not there any more"):
        await attachments.open(str(WORKSPACE), one)


def test_what_was_sealed_before_there_were_files_still_opens() -> None:
    account = (
        '{"text": "a", "category": "touch", "named": ["P1"], "when": "days", "shared": false, "teller": "me"}'
    )
    assert Account.from_json(account) == Account("a", "touch", ("P1",), "days", teller="me")
    assert Said.from_json('{"kind": "text", "text": "b", "who": ""}') == Said(Kind.TEXT, "b")


def test_files_travel_with_what_names_them() -> None:
    files = (Attached("aa", "bb", "pdf", 7, "ee"), Attached("cc", "dd", "png", 8, "ff"))
    account, said = Account("a", files=files, lost=True), Said(Kind.TEXT, "b", files=files, lost=True)
    assert Account.from_json(account.to_json()) == account
    assert Said.from_json(said.to_json()) == said
    assert "bb" not in f"{account!r}{said!r}{files!r}"
