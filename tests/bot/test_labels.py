"""Every label in the code is held by a known answer: with any one of them changed, its vector does not fit."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bot import test_matching as escrow
from tests.bot import test_vectors as vectors
from tests.bot.labels import Site, changed, sites

IDS = {"metoo desk", "metoo message", "metoo reader"}
"""Persons of hashes that seal and hide nothing for longer than a process lives: ids of what was pressed or sent."""

HELD: dict[str, Callable[..., Any]] = {
    "metoo backup\n": vectors.test_backups,
    "metoo backup v1": vectors.test_backups,
    "metoo commitment v1": vectors.test_a_commitment_to_a_record,
    "metoo draft id v1": vectors.test_drafts,
    "metoo draft receipt v1": vectors.test_drafts,
    "metoo draft report v1": vectors.test_drafts,
    "metoo draft seal v1": vectors.test_drafts,
    "metoo enclosing": vectors.test_what_waits_beside_a_visit,
    "metoo erased 1\n": vectors.test_the_list_of_what_was_erased,
    "metoo erased sum": vectors.test_the_list_of_what_was_erased,
    "metoo erased v1": vectors.test_the_list_of_what_was_erased,
    "metoo escrow ": escrow.test_every_derivation_gives_what_it_gave_when_the_format_was_fixed,
    "metoo export 1": vectors.test_the_signature_of_an_export,
    "metoo export v1\0": vectors.test_the_signature_of_an_export,
    "metoo grade v1": vectors.test_grades_and_their_moments,
    "metoo inbox pepper v1": vectors.test_locked_inboxes,
    "metoo inbox recovery v1": vectors.test_locked_inboxes,
    "metoo keeper ": escrow.test_every_derivation_gives_what_it_gave_when_the_format_was_fixed,
    "metoo key id v1": vectors.test_key_ids_and_derivation,
    "metoo moment v1": vectors.test_grades_and_their_moments,
    "metoo proof opening v1": vectors.test_a_commitment_to_a_record,
    "metoo proof record v1": vectors.test_a_commitment_to_a_record,
    "metoo receipt ": vectors.test_locks,
    "metoo record ": vectors.test_a_commitment_to_a_record,
    "metoo root check": vectors.test_the_key_file,
    "metoo sealed to a key pair": vectors.test_key_pairs,
    "metoo server key v1 ": vectors.test_the_keyring,
    "metoo token v1": vectors.test_tokens,
    "metoo week v1": vectors.test_a_proof_of_filing,
    "metoo/v1/fingerprint": vectors.test_fingerprints_of_posts,
}
"""By the beginning of a label, the test whose known answer it is part of."""

FOUND = [site for site in sites() if site.label not in IDS]


def holding(label: str) -> Callable[..., Any] | None:
    """The test that holds a label; None for a label that nobody gave a known answer."""
    return next((test for known, test in HELD.items() if label.startswith(known)), None)


def play(test: Callable[..., Any], folder: Path) -> None:
    """Run a test, with what it asks for."""
    given = {"tmp_path": lambda: folder, "keyring": vectors.opened}
    done = test(**{name: given[name]() for name in inspect.signature(test).parameters})
    if inspect.iscoroutine(done):
        asyncio.run(done)


def test_labels_are_found_in_the_code() -> None:
    assert len(FOUND) > 35
    assert {known for known in HELD if not any(site.label.startswith(known) for site in FOUND)} == set()
    assert [site.label for site in FOUND if holding(site.label) is None] == []


@pytest.mark.parametrize("site", FOUND, ids=lambda site: repr(site.label))
def test_a_label_that_changes_is_noticed(site: Site, tmp_path: Path) -> None:
    test = holding(site.label)
    assert test is not None
    (tmp_path / "before").mkdir()
    play(test, tmp_path / "before")
    with changed(site), pytest.raises(Exception):  # noqa: B017, PT011 - whichever way it does not fit
        play(test, tmp_path)
    (tmp_path / "after").mkdir()
    play(test, tmp_path / "after")
