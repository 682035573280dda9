"""Enclosing: a message with files, while its writer puts it together, and when it is sent."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import blake2b

from bot.account import Account
from bot.attached import Attached
from bot.attachments import SWITCHED_OFF, Attachments
from bot.conversation import Kind, Said
from bot.drafts import Drafts
from bot.errors import Refusal
from bot.followup import Followup
from bot.i18n import N_
from bot.letters import Letters
from bot.model import Actor, Upload
from bot.ports import Store
from bot.records import ClaimAttachments, DropDraft, MessageById
from bot.visits import Visit

_EMPTY = N_("There is neither text nor a file yet, so nothing was sent.")


class Enclosing:
    """Keeps what is put together as a draft whose key follows from the visit's, so that no button carries two."""

    def __init__(
        self,
        *,
        store: Store,
        drafts: Drafts,
        attachments: Attachments,
        letters: Letters,
        followup: Followup,
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._attachments = attachments
        self._letters = letters
        self._followup = followup

    def allowed(self, visit: Visit) -> bool:
        """Whether files may be added to this report."""
        return self._letters.workplace(visit.report).attachments and visit.report.stage != "withdrawn"

    def must_be_allowed(self, visit: Visit) -> None:
        """The same. Raises Refusal where they may not."""
        if not self.allowed(visit):
            raise Refusal(SWITCHED_OFF)

    async def letter(self, visit: Visit, key: str) -> Account:
        """What has been put together so far."""
        workspace = self._letters.workplace(visit.report).workspace
        return await self._drafts.find(workspace, _draft(key)) or Account()

    async def write(self, visit: Visit, key: str, text: str) -> None:
        """Keep the text of it."""
        workspace = self._letters.workplace(visit.report).workspace
        async with self._drafts.turn(_draft(key)):
            before = await self.letter(visit, key)
            await self._drafts.keep(workspace, _draft(key), replace(before, text=text))

    async def begin(self, visit: Visit, key: str) -> Account:
        """What has been put together so far, kept so that files have something to belong to."""
        letter = await self.letter(visit, key)
        await self.write(visit, key, letter.text)
        return letter

    async def add(self, visit: Visit, key: str, upload: Upload) -> Attached:
        """Add a file. Raises Refusal."""
        workspace = self._letters.workplace(visit.report).workspace
        return await self._attachments.add(workspace, _draft(key), upload)

    async def remove(self, visit: Visit, key: str, file: str) -> None:
        """Remove a file. Raises Refusal."""
        await self._attachments.remove(self._letters.workplace(visit.report).workspace, _draft(key), file)

    async def forget_lost(self, visit: Visit, key: str) -> None:
        """Do not say any more that a file is missing. Raises Refusal."""
        await self._attachments.forget_lost(self._letters.workplace(visit.report).workspace, _draft(key))

    async def drop(self, key: str) -> None:
        """Throw all of it away."""
        async with self._drafts.turn(_draft(key)):
            await self._drafts.drop(_draft(key))

    async def send(self, actor: Actor, visit: Visit, key: str, message: bytes) -> None:
        """Send it as one message; doing it again changes nothing. Raises Refusal."""
        self.must_be_allowed(visit)
        workspace, draft = self._letters.workplace(visit.report).workspace, _draft(key)
        async with self._drafts.turn(draft):
            if await self._store.read(MessageById(message)) is not None:
                return
            letter = await self._drafts.get(workspace, draft)
            if not letter.text.strip() and not letter.files:
                raise Refusal(_EMPTY)
            said = Said(Kind.TEXT, letter.text, files=letter.files, lost=letter.lost)
            mine = self._drafts.keys(draft).id
            claim, drop = ClaimAttachments(mine, visit.report.id), DropDraft(mine)
            await self._followup.say(actor, visit, message, said, claim, drop)


def _draft(key: str) -> str:
    """The key of the draft that belongs to a visit."""
    made = blake2b(key.encode(), digest_size=32, person=b"metoo enclosing").digest()
    return urlsafe_b64encode(made).decode().rstrip("=")
