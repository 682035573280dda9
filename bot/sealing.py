"""Reports under seal: a data key of their own, wrapped for every desk that may read and for the mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import anonymity
from bot.account import Account, Route
from bot.columns import SealedColumn
from bot.conversation import Said
from bot.errors import UnsealError
from bot.keys import Keyring, Purpose
from bot.months import Months
from bot.ports import Random
from bot.proof import commitment
from bot.receipt import Lock, unlock, words_of
from bot.records import DeskRow, LeafRow, MessageRow, ReportKeyRow, ReportRow, ShareRow
from bot.vault import DraftKeys, KeyPair, Slot, Vault, pad, unpad

ROUTE_BLOCK = 1024
"""Bytes to which what routing needs is padded."""


class Sealing:
    """Seals a report once, and opens it for a desk."""

    def __init__(self, vault: Vault, keyring: Keyring, months: Months, random: Random) -> None:
        self._vault = vault
        self._pepper = keyring.key(Purpose.PEPPER)
        self._months = months
        self._random = random

    async def seal(
        self,
        keys: DraftKeys,
        workspace: str,
        account: Account,
        desks: Sequence[DeskRow],
        decoys: Sequence[DeskRow] = (),
        *,
        moment: datetime,
        zone: str,
        stage: str = "sent",
        data_key: bytes = b"",
    ) -> tuple[ReportRow, tuple[ReportKeyRow, ...], LeafRow]:
        """The rows of a report that these desks and its receipt can open, and nobody else, and its commitment.

        `decoys` are desks that get a key which opens nothing, so that the rows do not tell which desk was
        passed over. Without desks it is a private record, and the server does not know what it is about.
        """
        lock = await unlock(" ".join(words_of(keys.entropy)), self._pepper)
        data_key = data_key or self._random.randbytes(32)
        route = Route.of(account, desks) if desks else Route()
        report = ReportRow(
            id=keys.report,
            workspace=workspace,
            week=anonymity.week_of(moment, zone),
            routing=self._vault.seal(
                _slot(workspace, keys.report, "routing"), pad(route.to_json(), ROUTE_BLOCK)
            ),
            body=self._vault.seal_with(
                data_key, _slot(workspace, keys.report, "body"), pad(account.to_json())
            ),
            locator=lock.locator,
            mailbox=self._vault.seal(_slot(workspace, keys.report, "mailbox"), lock.pair.public),
            expires=anonymity.expiry_month(moment, self._random),
            stage=stage,
        )
        mailbox = self._wrap(report, report.id, lock.pair.public, data_key)
        leaf = commitment(lock.pair.seed, report.id, account).leaf
        wrapped = (mailbox, *self.wrap(report, data_key, desks, decoys))
        return report, wrapped, LeafRow(leaf, workspace, report.week)

    def route(self, report: ReportRow) -> Route:
        """What the server itself knows of a report. Raises UnsealError."""
        plain = self._vault.unseal(_slot(report.workspace, report.id, "routing"), report.routing)
        return Route.from_json(unpad(plain))

    def seal_route(self, report: ReportRow, route: Route) -> bytes:
        """What the server itself is to know of a report."""
        return self._vault.seal(
            _slot(report.workspace, report.id, "routing"), pad(route.to_json(), ROUTE_BLOCK)
        )

    def wrap(
        self, report: ReportRow, data_key: bytes, desks: Sequence[DeskRow], decoys: Sequence[DeskRow]
    ) -> tuple[ReportKeyRow, ...]:
        """A report's data key for some desks, and a key that opens nothing for others, in a random order."""
        real = [self._wrap(report, desk.id, self.inbox(desk), data_key) for desk in desks]
        for desk in decoys:
            nobody = KeyPair.new(self._random).public
            real.append(self._wrap(report, desk.id, nobody, self._random.randbytes(len(data_key))))
        return tuple(sorted(real, key=lambda row: row.holder))

    def rewrap(
        self, report: ReportRow, keys: Sequence[ReportKeyRow | ShareRow], month: str
    ) -> tuple[ReportKeyRow | ShareRow, ...]:
        """The same keys and shares under the key of another month; takes nobody's private half. Raises UnsealError."""
        after = self._months.key(month)
        return tuple(self._moved(report, key, after) for key in keys)

    def _moved(
        self, report: ReportRow, key: ReportKeyRow | ShareRow, after: bytes
    ) -> ReportKeyRow | ShareRow:
        if isinstance(key, ShareRow):
            slot = share_slot(report, key.holder)
            return replace(key, sealed=self._again(report, slot, key.sealed, after))
        slot = _key_slot(report.workspace, report.id, key.holder)
        return replace(key, wrapped=self._again(report, slot, key.wrapped, after))

    def _again(self, report: ReportRow, slot: Slot, wrapped: bytes, after: bytes) -> bytes:
        before = self._months.opening(report.expires, wrapped)
        return self._vault.seal_with(after, slot, self._vault.unseal_with(before, slot, wrapped))

    def private_of(self, desk: DeskRow) -> bytes:
        """A desk's private half: the seed of its pair, or what is under lock (see `bot.inbox`). Raises UnsealError."""
        return self._vault.unseal(_desk_slot(desk, "private"), desk.private)

    def seal_private(self, desk: DeskRow, private: bytes) -> bytes:
        """What `private_of` opens."""
        return self._vault.seal(_desk_slot(desk, "private"), private)

    def key_for_desk(
        self, report: ReportRow, keys: Sequence[ReportKeyRow], desk: DeskRow, pair: KeyPair
    ) -> bytes:
        """A report's data key, opened with a desk's inbox key. Raises UnsealError."""
        return self._key(report, keys, desk.id, pair)

    def key_for_mailbox(self, report: ReportRow, keys: Sequence[ReportKeyRow], pair: KeyPair) -> bytes:
        """A report's data key, opened with what its receipt gives. Raises UnsealError."""
        return self._key(report, keys, report.id, pair)

    def account(self, report: ReportRow, data_key: bytes) -> Account:
        """What was told. Raises UnsealError."""
        body = self._vault.unseal_with(data_key, _slot(report.workspace, report.id, "body"), report.body)
        return Account.from_json(unpad(body))

    def seal_message(self, report: ReportRow, data_key: bytes, message: bytes, said: Said) -> bytes:
        """A message of the conversation, for everybody who can open the report."""
        return self._vault.seal_with(data_key, _message_slot(report, message), pad(said.to_json()))

    def message(self, report: ReportRow, data_key: bytes, row: MessageRow) -> Said:
        """What a message says. Raises UnsealError."""
        return Said.from_json(
            unpad(self._vault.unseal_with(data_key, _message_slot(report, row.id), row.body))
        )

    async def unlock(self, words: str) -> Lock:
        """What receipt words open; costs the same for words that open nothing."""
        return await unlock(words, self._pepper)

    def inbox(self, desk: DeskRow) -> bytes:
        """The public half of a desk's inbox key. Raises UnsealError."""
        return self._vault.unseal(_desk_slot(desk, "public"), desk.public)

    def _key(self, report: ReportRow, keys: Sequence[ReportKeyRow], holder: bytes, pair: KeyPair) -> bytes:
        wrapped = next((key.wrapped for key in keys if key.holder == holder), None)
        if wrapped is None:
            raise UnsealError("report_keys", "wrapped", report.id)
        slot = _key_slot(report.workspace, report.id, holder)
        month_key = self._months.opening(report.expires, wrapped)
        return self._vault.unwrap_data_key(month_key, pair, slot, wrapped)

    def _wrap(self, report: ReportRow, holder: bytes, public: bytes, data_key: bytes) -> ReportKeyRow:
        slot = _key_slot(report.workspace, report.id, holder)
        month_key = self._months.key(report.expires)
        return ReportKeyRow(report.id, holder, self._vault.wrap_data_key(month_key, public, slot, data_key))


def new_desk(vault: Vault, workspace: str, channel: str, random: Random) -> DeskRow:
    """A desk with a new inbox key pair, both halves sealed: a swapped public one would open reports to a thief."""
    pair = KeyPair.new(random)
    bare = DeskRow(random.randbytes(16), workspace, channel, b"", b"")
    return replace(
        bare,
        public=vault.seal(_desk_slot(bare, "public"), pair.public),
        private=vault.seal(_desk_slot(bare, "private"), pair.seed),
    )


def _desk_slot(desk: DeskRow, column: str) -> Slot:
    return Slot("desks", column, desk.workspace, desk.id + desk.channel.encode())


def _slot(workspace: str, report: bytes, column: str) -> Slot:
    return Slot("reports", column, workspace, report)


def _message_slot(report: ReportRow, message: bytes) -> Slot:
    return Slot("messages", "body", report.workspace, report.id + message)


def share_slot(report: ReportRow, holder: bytes) -> Slot:
    """Where a share of a held report lies (see `bot.shares`)."""
    return Slot("shares", "sealed", report.workspace, report.id + holder)


def _key_slot(workspace: str, report: bytes, holder: bytes) -> Slot:
    return Slot("report_keys", "wrapped", workspace, report + holder)


WRAPPED = SealedColumn(
    ReportKeyRow, "wrapped", lambda row, workspace: _key_slot(workspace, row.report, row.holder)
)
"""The data keys of reports, under the keys of their months."""

SEALED = (
    SealedColumn(ReportRow, "routing", lambda row, workspace: _slot(workspace, row.id, "routing")),
    SealedColumn(ReportRow, "mailbox", lambda row, workspace: _slot(workspace, row.id, "mailbox")),
    SealedColumn(DeskRow, "public", lambda row, _: _desk_slot(row, "public")),
    SealedColumn(DeskRow, "private", lambda row, _: _desk_slot(row, "private")),
)
