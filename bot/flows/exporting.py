"""A case as files that can be checked, and numbers as a table: handed to one handler, never posted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot import manifest
from bot.conversation import code
from bot.copies import as_pdf
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.export import as_json, sanitised
from bot.flows.handing import Handing
from bot.flows.reading import words_card
from bot.flows.step import CASES, Steps, key_of, row_id
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Document, Event, Paragraph, Reply, Row
from bot.ports import Clock
from bot.statistics import Statistics
from bot.workplaces import Workplaces

_GONE = N_("Its writer took this report back, so there is nothing to export.")


class Exporting:
    """Behind *Export this case* and *Numbers*; `seed` signs."""

    def __init__(
        self,
        *,
        desk: Desk,
        statistics: Statistics,
        handing: Handing,
        settings: Workplaces,
        seed: bytes,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._statistics = statistics
        self._handing = handing
        self._settings = settings
        self._seed = seed
        self._clock = clock

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"export": self.show, "export.file": self.file, "numbers": self.numbers}

    async def show(self, event: Event) -> Reply:
        """What an export holds, and what handing it on means."""
        await self._read(event)
        return export_card(translator(event.actor.locale), key_of(event.ref), manifest.public_key(self._seed))

    async def file(self, event: Event) -> Reply:
        """The export. Whether this person can read the case is asked again when a page is used."""
        t, key = translator(event.actor.locale), key_of(event.ref)
        await self._read(event, did="exported")

        async def give() -> Document:
            return await self._made(t, await self._read(event))

        back = Button(t("Back to the case"), Address("case.work", key))
        return await self._handing.hand(event, give, back, _care(t))

    async def numbers(self, event: Event) -> Reply:
        """Numbers of the last twelve months, none of them small enough to point at anyone."""
        t = translator(event.actor.locale)
        settings = self._settings.serving(event.actor.workspace)
        table = await self._statistics.table(event.actor, settings, t)
        await self._desk.note_numbers(event.actor)

        async def give() -> Document:
            return Document("numbers.csv", "text/csv; charset=utf-8", table)

        note = t(
            "All numbers are bands, take in new reports once a month, and leave out what the first desk cannot see."
        )
        return await self._handing.hand(event, give, Button(t("Cases"), CASES), note)

    async def _read(self, event: Event, did: str = "") -> Reading:
        reading = await self._desk.read(event.actor, row_id(key_of(event.ref)), event.place, did=did)
        if reading.account is None:
            raise Refusal(_GONE)
        return reading

    async def _made(self, t: Translator, reading: Reading) -> Document:
        day = self._clock.now().date().isoformat()
        pages = replace(words_card(t, "", sanitised(reading)), here=None)
        pdf = await asyncio.to_thread(as_pdf, pages, t)
        files = {"case.pdf": pdf.data, "case.json": as_json(reading, day)}
        about = {"case": code(reading.report.id), "exported": day}
        return Document("record.zip", "application/zip", manifest.packed(self._seed, about, files))


def export_card(t: Translator, key: str, public: bytes) -> Card:
    """What an export holds and what not, before it is made."""
    said = (
        t(
            "One archive with the case as pages and as data, and a signed list of both. Who wrote it is not in it, even"
            " where you were told; nor are the desk's notes, marks and links. Files are listed by their SHA-256."
        ),
        _care(t),
        t("metoo export-verify checks an export anywhere, without a network. It asks for this key:"),
    )
    key_row = Row(t("Signed with"), public.hex(" ", 2))
    buttons = (
        Button(t("Make the export"), Address("export.file", key)),
        Button(t("Back to the case"), Address("case.work", key)),
    )
    return Card(t("Export this case"), (*map(Paragraph, said), key_row), buttons)


def _care(t: Translator) -> str:
    return t(
        "Words, facts and style can reveal the writer. Hand it on only where you must, and say so to the writer first."
        " That you made it is kept in the audit log."
    )
