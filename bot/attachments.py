"""Attachments: files that are read, cleaned and sealed before anything of them is kept anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256

from bot.account import Account
from bot.attached import MOST_FILES, Attached
from bot.drafts import Drafts
from bot.errors import PlatformError, Refusal
from bot.i18n import N_
from bot.model import Document, Upload, Workspace
from bot.ports import Random, Store
from bot.records import AddAttachment, AttachmentById, AttachmentRow, DropAttachment
from bot.scrub import Clean, ScrubFailed, scrubbed
from bot.scrubbing.sentences import LIMIT, TOO_LARGE, VALUES
from bot.vault import Slot, Vault

BLOCK = 64 * 1024
"""Bytes to whose multiples files are padded."""

AT_ONCE = 2
"""Files that are read and cleaned at the same time: each may take much memory."""

TYPES = {
    "png": ("png", "image/png"),
    "jpeg": ("jpg", "image/jpeg"),
    "pdf": ("pdf", "application/pdf"),
    "txt": ("txt", "text/plain; charset=utf-8"),
}

Scrub = Callable[[bytes], Awaitable[Clean]]

SWITCHED_OFF = N_("Files are off in this workplace. You can describe what they show in your own words.")
FULL = N_("There are {most} files already, which is the most. You can remove one and then add another.")
_LOST = N_(
    "This file did not arrive in full, so nothing of it was kept. What you typed is still there. Please try again."
)
GONE = N_("This file is not there any more.")

_MARK = b"\x80"


class Attachments:
    """Takes files into drafts, and opens them for whoever can open what names them."""

    def __init__(
        self, store: Store, vault: Vault, drafts: Drafts, random: Random, scrub: Scrub = scrubbed
    ) -> None:
        self._store = store
        self._vault = vault
        self._drafts = drafts
        self._random = random
        self._scrub = scrub
        self._room = asyncio.Semaphore(AT_ONCE)

    async def add(self, workspace: Workspace, key: str, upload: Upload) -> Attached:
        """Add a file to a draft. Raises Refusal; after ScrubFailed the draft says that a file is missing."""
        _has_room(await self._drafts.get(workspace, key))
        try:
            attached, row = await self.take(workspace, self._drafts.keys(key).id, upload)
        except ScrubFailed:
            await self._lost(workspace, key, lost=True)
            raise
        async with self._drafts.turn(key):
            account = await self._drafts.get(workspace, key)
            _has_room(account)
            kept = replace(account, files=(*account.files, attached), lost=False)
            await self._drafts.keep(workspace, key, kept, AddAttachment(row))
        return attached

    async def take(
        self, workspace: Workspace, owner: bytes, upload: Upload
    ) -> tuple[Attached, AttachmentRow]:
        """A file cleaned and sealed under a key of its own; not saved yet. Raises Refusal."""
        async with self._room:
            clean = await self._scrub(await _read(upload))
        file, key = self._random.randbytes(16), self._random.randbytes(32)
        slot = _slot(str(workspace), file)
        sealed = await asyncio.to_thread(self._vault.seal_with, key, slot, padded(clean.data))
        digest = sha256(clean.data).hexdigest()
        attached = Attached(file.hex(), key.hex(), clean.kind, len(clean.data), digest)
        return attached, AttachmentRow(file, owner, sealed)

    async def remove(self, workspace: Workspace, key: str, file: str) -> None:
        """Remove a file from a draft and erase it; no effect where it has none such. Raises Refusal."""
        async with self._drafts.turn(key):
            account = await self._drafts.get(workspace, key)
            rest = tuple(each for each in account.files if each.id != file)
            if len(rest) < len(account.files):
                erased = DropAttachment(bytes.fromhex(file))
                await self._drafts.keep(workspace, key, replace(account, files=rest), erased)

    async def forget_lost(self, workspace: Workspace, key: str) -> None:
        """Do not say in a draft any more that a file is missing."""
        await self._lost(workspace, key, lost=False)

    async def open(self, workspace: str, attached: Attached, number: int = 1) -> Document:
        """A file as it may be handed out, with a name that says nothing. Raises Refusal, UnsealError."""
        row = await self._store.read(AttachmentById(bytes.fromhex(attached.id)))
        if row is None:
            raise Refusal(GONE)
        key, slot = bytes.fromhex(attached.key), _slot(workspace, row.id)
        plain = await asyncio.to_thread(self._vault.unseal_with, key, slot, row.sealed)
        suffix, kind = TYPES[attached.kind]
        return Document(f"{number}.{suffix}", kind, plain[: attached.size])

    async def _lost(self, workspace: Workspace, key: str, *, lost: bool) -> None:
        async with self._drafts.turn(key):
            account = await self._drafts.get(workspace, key)
            await self._drafts.keep(workspace, key, replace(account, lost=lost))


async def _read(upload: Upload) -> bytes:
    """What was sent; nothing is read of what is announced as too large."""
    if upload.size > LIMIT:
        raise Refusal(TOO_LARGE, **VALUES)
    try:
        return await upload.read()
    except PlatformError as error:
        raise Refusal(_LOST) from error


def _has_room(account: Account) -> None:
    if len(account.files) >= MOST_FILES:
        raise Refusal(FULL, most=MOST_FILES)


def padded(data: bytes) -> bytes:
    """A file padded to a multiple of 64 KiB (ISO/IEC 7816-4), so that its length tells little."""
    marked = data + _MARK
    return marked + bytes(-len(marked) % BLOCK)


def _slot(workspace: str, file: bytes) -> Slot:
    return Slot("attachments", "sealed", workspace, file)
