"""Filing a report, and how much of it is Argon2id, which is slow on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from statistics import median
from time import perf_counter

from bot import receipt
from bot.flows.step import TELL
from bot.model import Actor, Address, Card, Event, FileField, Form, Reply, Standing, Words
from tests.bench.measure import Figure
from tests.bench.place import Here, place
from tests.world import WORKSPACE


async def _act(
    here: Here, person: str, to: Address, values: Mapping[str, tuple[str, ...]] | None = None
) -> Reply:
    actor = Actor(WORKSPACE, person, standing=Standing.MEMBER)
    return await here.service.core.handle(Event(actor, to.action, to.ref, values or {}))


async def _press(here: Here, person: str, shown: Reply, label: str) -> Reply:
    assert isinstance(shown, Card)
    (button,) = (each for each in shown.buttons if each.label == label)
    return await _act(here, person, button.to)


async def _file(here: Here, person: str) -> None:
    """From the first card to the receipt, as one person does it."""
    form = await _press(here, person, await _act(here, person, TELL), "Start writing")
    assert isinstance(form, Form), form
    typed = {
        each.name: (each.value,) if isinstance(each.value, str) else each.value
        for each in form.fields
        if not isinstance(each, FileField)
    }
    preview = await _act(here, person, form.to, typed | {"text": ("x" * 2000,)})
    sent = await _press(here, person, preview, "Send")
    assert isinstance(sent, Card)
    assert any(isinstance(block, Words) for block in sent.body), sent.title


async def run(folder: Path, *, reports: int = 30) -> list[Figure]:
    """One after the other."""
    filing: list[float] = []
    locking: list[float] = []
    async with place(folder) as here:
        for n in range(reports):
            began = perf_counter()
            await _file(here, f"P{n}")
            between = perf_counter()
            await receipt.unlock(" ".join(receipt.words_of(SystemRandom().randbytes(32))), bytes(32))
            filing.append(between - began)
            locking.append(perf_counter() - between)
    share = median(locking) / median(filing)
    beside = {
        "ms a report": round(median(filing) * 1e3, 1),
        "ms of Argon2id": round(median(locking) * 1e3, 1),
    }
    return [Figure("Argon2id's share of filing a report", share, beside=beside)]
