"""The sealed stream of a backup: whole or refused, whatever its size."""

from __future__ import annotations

import io
import random

import pytest

from bot.archive import CHUNK, MAGIC, SALT, Sealer, unsealed
from bot.envelope import KEY_ID, TAG
from bot.errors import Misconfigured

ROOT = bytes(range(32))
HEAD = len(MAGIC) + 1 + KEY_ID + SALT
SIZE = CHUNK + TAG


def stream(told: bytes, pieces: int = 1) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, ROOT, random.Random(3))
    step = -(-len(told) // pieces) or 1
    for at in range(0, len(told), step):
        sealer.write(told[at : at + step])
    sealer.finish()
    return out.getvalue()


def opened(content: bytes, root: bytes = ROOT) -> bytes:
    return b"".join(unsealed(io.BytesIO(content), root))


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize("pieces", [1, 7])
def test_what_is_told_comes_back_whatever_its_length_and_however_it_came(length: int, pieces: int) -> None:
    told = random.Random(length).randbytes(length)
    sealed = stream(told, pieces)
    assert opened(sealed) == told
    assert len(sealed) == HEAD + length + TAG * max(1, -(-length // CHUNK))


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_one_that_is_cut_between_two_chunks_is_refused(chunks: int) -> None:
    with pytest.raises(Misconfigured, match="damaged"):
        opened(stream(bytes(3 * CHUNK))[: HEAD + chunks * SIZE])


def test_chunks_in_another_order_or_twice_are_refused() -> None:
    sealed = stream(bytes(3 * CHUNK))
    first, second, third = (sealed[HEAD + n * SIZE : HEAD + (n + 1) * SIZE] for n in range(3))
    for chunks in (
        [second, first, third],
        [first, first, second, third],
        [first, third],
        [first, second, third] * 2,
    ):
        with pytest.raises(Misconfigured, match="damaged"):
            opened(sealed[:HEAD] + b"".join(chunks))


def test_two_backups_share_no_key_and_a_chunk_of_one_opens_in_no_other() -> None:
    out = io.BytesIO()
    sealer = Sealer(out, ROOT, random.Random(4))
    sealer.write(b"one")
    sealer.finish()
    with pytest.raises(Misconfigured, match="damaged"):
        opened(stream(b"two")[:HEAD] + out.getvalue()[HEAD:])


@pytest.mark.parametrize("at", range(0, HEAD + 20, 3))
def test_every_changed_byte_is_found(at: int) -> None:
    sealed = stream(b"what is told")
    with pytest.raises(Misconfigured):
        opened(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])


def test_another_root_key_is_named_by_its_id_and_never_by_itself() -> None:
    with pytest.raises(Misconfigured, match=r"needs the root key with the id [0-9a-f]{16}; ") as caught:
        opened(stream(b"what is told"), bytes(32))
    assert ROOT.hex() not in str(caught.value)
