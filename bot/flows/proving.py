"""Proof of filing: what it shows, to whom, and the proof itself once a digest carries it."""

from __future__ import annotations

from dataclasses import replace

from bot.box import State
from bot.flows.handing import Handing
from bot.flows.mailbox_cards import to_box
from bot.flows.step import SUPPORT, Steps
from bot.i18n import N_, Translator, translator
from bot.model import Address, Block, Button, Card, Document, Event, Paragraph, Quote, Reply, Row
from bot.proof import Proof, grouped
from bot.proving import Awaited, Proving, proof_file, record_file
from bot.visits import Visit, Visits

Ways = tuple[Button, ...]

_SHOWING = N_("Showing a proof says: I filed. Think of who will see it.")

_RECORD = (
    N_(
        "This file is what the proof is about: what you filed first, its files by their SHA-256, without what"
        " was added later. Keep it unchanged; a single changed byte makes it another record."
    ),
    N_("Whoever you show it to together with the proof can read what you wrote, and knows that it is yours."),
)


class ProofFlow:
    """Behind *Proof of filing* in the mailbox."""

    def __init__(self, visits: Visits, proving: Proving, handing: Handing) -> None:
        self._visits = visits
        self._proving = proving
        self._handing = handing

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"proof": self.show, "proof.file": self.file, "proof.record": self.record}

    async def show(self, event: Event) -> Reply:
        """The proof, or when there will be one."""
        t, key = translator(event.actor.locale), event.ref
        visit = await self._visit(event)
        found, ways = await self._proving.of(visit), _ways(t, key, kept=visit.report.stage == State.KEPT)
        if found is None:
            return no_proof_card(t, key, ways)
        if isinstance(found, Awaited):
            return awaited_card(t, key, found, ways)
        shown = proof_card(t, key, found, ways)
        files = (
            Button(t("The proof, as a file"), Address("proof.file", key)),
            Button(t("The record it is about, as a file"), Address("proof.record", key)),
        )
        return replace(shown, buttons=(*files, *shown.buttons))

    async def file(self, event: Event) -> Reply:
        """The proof as a file; where there is none yet, when there will be."""
        found = await self._proving.of(await self._visit(event))
        if not isinstance(found, Proof):
            return await self.show(event)

        async def give() -> Document:
            return proof_file(found)

        t = translator(event.actor.locale)
        return await self._handing.hand(event, give, _to_proof(t, event.ref), t(_SHOWING))

    async def record(self, event: Event) -> Reply:
        """The record as its digest covers it, as a file."""
        t, visit = translator(event.actor.locale), await self._visit(event)

        async def give() -> Document:
            return record_file(await self._proving.record(visit))

        return await self._handing.hand(event, give, _to_proof(t, event.ref), *map(t, _RECORD))

    async def _visit(self, event: Event) -> Visit:
        return await self._visits.get(event.actor.workspace, event.ref)


def proof_card(t: Translator, key: str, proof: Proof, ways: Ways) -> Card:
    """The proof as text, with what it shows and what showing it gives away."""
    blocks: tuple[Block, ...] = (
        Paragraph(
            t(
                "This proves that a record existed when the digest of week {week} was made. That digest, in the"
                " digest channel, says the same root for checking, and everybody there can read it.",
                week=proof.week,
            )
        ),
        *_meaning(t),
        Row(t("Root"), grouped(proof.root)),
        Paragraph(
            t("The proof. Copy all of it and keep it; metoo verify checks it anywhere, without a network:")
        ),
        Quote(proof.to_json()),
    )
    return Card(t("Proof of filing"), blocks, ways, here=Address("proof", key))


def awaited_card(t: Translator, key: str, awaited: Awaited, ways: Ways) -> Card:
    """There is no proof yet, and when there will be."""
    blocks = (
        Paragraph(
            t(
                "There is no proof yet. The digest of week {week}, on {moment}, will carry it; look in again then.",
                week=awaited.week,
                moment=f"{awaited.moment:%Y-%m-%d %H:%M}",
            )
        ),
        Paragraph(t("It will prove that a record existed when that digest was made.")),
        *_meaning(t),
    )
    return Card(t("Proof of filing"), blocks, ways, here=Address("proof", key))


def no_proof_card(t: Translator, key: str, ways: Ways) -> Card:
    """There will be no proof of this record."""
    said = t(
        "There is no proof of this one and there will be none: a proof needs a digest channel here, both when a"
        " record is made and afterwards. Your words still open it."
    )
    return Card(t("Proof of filing"), (Paragraph(said),), ways, here=Address("proof", key))


def _to_proof(t: Translator, key: str) -> Button:
    return Button(t("Back to the proof"), Address("proof", key))


def _meaning(t: Translator) -> tuple[Paragraph, ...]:
    return (
        Paragraph(
            t(
                "It does not say who wrote the record or what it says. But showing it says: I filed. Where few"
                " people file, it may also say which report is yours. Think of who will see it: a lawyer or an"
                " authority, or somebody at work."
            )
        ),
        Paragraph(t("It is about what you filed first, with its files, not about what was added later.")),
    )


def _ways(t: Translator, key: str, *, kept: bool) -> Ways:
    return (to_box(t, key, kept=kept), Button(t("Find support"), SUPPORT))
