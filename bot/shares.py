"""Shares under seal: what each desk gets of a held report, and how enough of them open all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from bot.account import Route
from bot.columns import SealedColumn
from bot.envelope import Slot
from bot.errors import UnsealError
from bot.keypair import KeyPair
from bot.matching import Matching, Release
from bot.months import Months
from bot.polynomial import ELEMENT, Share, at_zero
from bot.ports import Random
from bot.records import DeskRow, HeldRow, MatchRow, ReportRow, ShareRow
from bot.sealing import ROUTE_BLOCK, Sealing, share_slot
from bot.vault import Vault, pad, unpad

TRIES = 500
"""Sets of shares that are tried where one of them may be forged: enough for 3 among 15 and 10 among 12."""

_SHARE = 2 * ELEMENT


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A desk's part of one held report: the share, and the data key that lies under what the shares give."""

    report: ReportRow
    share: Share
    locked: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Came:
    """What came of a match: whom none of it must reach, and the ids of its reports."""

    named: frozenset[str] = frozenset()
    reports: frozenset[bytes] = frozenset()


class Shares:
    """Seals shares for desks, and opens what enough of them open."""

    def __init__(self, vault: Vault, sealing: Sealing, months: Months, random: Random) -> None:
        self._vault = vault
        self.sealing = sealing
        self._months = months
        self._random = random

    def seal(
        self,
        matching: Matching,
        writer: bytes,
        report: ReportRow,
        data_key: bytes,
        *,
        desks: Sequence[DeskRow],
        decoys: Sequence[DeskRow],
    ) -> tuple[ShareRow, ...]:
        """A writer's share for these desks; the decoys get one of the same length that opens nothing."""
        locked = self._vault.seal_with(matching.release.opening, _key_slot(report), data_key)
        plain = matching.share(writer).to_bytes() + locked
        rows = [self._row(report, desk.id, self.sealing.inbox(desk), plain) for desk in desks]
        for desk in decoys:
            nobody = KeyPair.new(self._random).public
            rows.append(self._row(report, desk.id, nobody, self._random.randbytes(len(plain))))
        return tuple(sorted(rows, key=lambda row: row.holder))

    def piece(self, report: ReportRow, row: ShareRow, pair: KeyPair) -> Piece:
        """What a desk's inbox key finds in a share. Raises UnsealError."""
        slot, month = share_slot(report, row.holder), self._months.opening(report.expires, row.sealed)
        plain = self._vault.unwrap_data_key(month, pair, slot, row.sealed)
        try:
            return Piece(report, Share.from_bytes(plain[:_SHARE]), plain[_SHARE:])
        except ValueError:
            raise slot.wrong() from None

    def together(self, pieces: Sequence[Piece], k: int) -> Release | None:
        """What these shares give; None where they are too few, or too many of them are forged.

        A set of k is right if it opens each report in it, so that a forged share spoils only the sets it is in.
        """
        different = {each.share.x: each for each in pieces}
        for chosen in islice(combinations(different.values(), k), TRIES):
            release = Release(at_zero(each.share for each in chosen), k)
            if all(self.data_key(each, release.opening) for each in chosen):
                return release
        return None

    def data_key(self, piece: Piece, opening: bytes) -> bytes | None:
        """A held report's data key; None where this does not open it."""
        try:
            return self._vault.unseal_with(opening, _key_slot(piece.report), piece.locked)
        except UnsealError:
            return None

    def seal_routing(self, release: Release, report: ReportRow, route: Route) -> bytes:
        """What routing needs of a held report, for when it matches."""
        slot = Slot("held", "routing", report.workspace, report.id)
        return self._vault.seal_with(release.routing, slot, pad(route.to_json(), ROUTE_BLOCK))

    def routes(self, match: MatchRow, held: Iterable[HeldRow]) -> dict[bytes, Route]:
        """What routing needs of everything held under a match, by report. Raises UnsealError."""
        key = self._vault.unseal(_match_slot(match.workspace, match.id, "key"), match.key)
        found = {}
        for each in held:
            slot = Slot("held", "routing", each.workspace, each.report)
            found[each.report] = Route.from_json(unpad(self._vault.unseal_with(key, slot, each.routing)))
        return found

    def seal_match(self, workspace: str, match: bytes, release: Release) -> bytes:
        """What opens the routing of a match, for the server."""
        return self._vault.seal(_match_slot(workspace, match, "key"), release.routing)

    def seal_opening(self, match: MatchRow, desk: DeskRow, opening: bytes) -> bytes:
        """What opens later reports under a match, for the desk that has it."""
        slot = _match_slot(match.workspace, match.id, "opening")
        return self._vault.seal_to(self.sealing.inbox(desk), slot, opening)

    def opening(self, match: MatchRow, pair: KeyPair) -> bytes:
        """What `seal_opening` sealed. Raises UnsealError."""
        return self._vault.open_with(pair, _match_slot(match.workspace, match.id, "opening"), match.opening)

    def seal_came(self, match: MatchRow, came: Came) -> bytes:
        """What came of a match, for the server."""
        said = json.dumps([sorted(came.named), sorted(each.hex() for each in came.reports)])
        return self._vault.seal(_match_slot(match.workspace, match.id, "named"), pad(said, ROUTE_BLOCK))

    def came(self, match: MatchRow) -> Came:
        """What `seal_came` sealed; nothing before the match was opened. Raises UnsealError."""
        if match.named is None:
            return Came()
        slot = _match_slot(match.workspace, match.id, "named")
        named, reports = json.loads(unpad(self._vault.unseal(slot, match.named)))
        return Came(frozenset(named), frozenset(map(bytes.fromhex, reports)))

    def _row(self, report: ReportRow, holder: bytes, public: bytes, plain: bytes) -> ShareRow:
        slot, month = share_slot(report, holder), self._months.key(report.expires)
        return ShareRow(report.id, holder, self._vault.wrap_data_key(month, public, slot, plain))


def _key_slot(report: ReportRow) -> Slot:
    return Slot("shares", "data key", report.workspace, report.id)


def _match_slot(workspace: str, match: bytes, column: str) -> Slot:
    return Slot("matches", column, workspace, match)


WRAPPED = SealedColumn(
    ShareRow, "sealed", lambda row, workspace: Slot("shares", "sealed", workspace, row.report + row.holder)
)
"""Shares, under the keys of months."""

SEALED = (
    SealedColumn(MatchRow, "key", lambda row, _: _match_slot(row.workspace, row.id, "key")),
    SealedColumn(MatchRow, "named", lambda row, _: _match_slot(row.workspace, row.id, "named")),
)
