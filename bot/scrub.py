"""Attachments: what a file shows, in a new file that has nothing else of the one that was sent.

A parser may hang, eat all memory, or be taken over by whoever made the file. So `scrubbed` cleans in a process of its
own, `python -m bot.scrub`: it gets the bytes and no setting, key or name, has little memory and time, and cannot
write a file. Each takes up to half a gigabyte, so let few run at once.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import Refusal
from bot.scrubbing import sentences, words
from bot.scrubbing.sentences import LIMIT, VALUES

SECONDS = 30.0
_PROCESSOR_SECONDS = 20
_MEMORY = 512 * 1024 * 1024

KINDS = ("png", "jpeg", "pdf", "txt")

_STARTS = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "GIF": re.compile(rb"GIF8[79]a"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "PDF": re.compile(rb"%PDF-\d"),
}
_PHONE_PICTURE = re.compile(rb"....ftyp(?:hei|hev|mif|msf|avi[fs])", re.DOTALL)
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<[!?a-z]|\{\\rtf|%!)|.*?(?:<html|<svg|<script|<body|%PDF-)",
    re.DOTALL | re.IGNORECASE,
)
_HEAD = 1024


class ScrubFailed(Refusal):
    """Cleaning came to no end: out of memory, out of time, or the process that did it is gone."""

    def __init__(self) -> None:
        super().__init__(sentences.NOT_CLEANED)


@dataclass(frozen=True, slots=True, repr=False)
class Clean:
    """A file that may be kept; `kind` is one of `KINDS`."""

    kind: str
    data: bytes


def scrub(data: bytes) -> Clean:
    """A clean file, or a `Refusal` and no other error. What it is, its bytes say and nothing else does.

    May take long and much memory: for files from outside there is `scrubbed`.
    """
    if not data:
        raise Refusal(sentences.EMPTY)
    if len(data) > LIMIT:
        raise Refusal(sentences.TOO_LARGE, **VALUES)
    clean = _clean(data)
    if len(clean.data) > LIMIT:
        raise Refusal(sentences.GREW, **VALUES)
    return clean


def _clean(data: bytes) -> Clean:
    for form, start in _STARTS.items():
        if start.match(data):
            return _made_anew(data, form)
    if _PHONE_PICTURE.match(data):
        raise Refusal(sentences.OTHER_PICTURE)
    if _MARKUP.match(data[:_HEAD]):
        raise Refusal(sentences.OTHER_KIND)
    return Clean("txt", words.cleaned(data).encode())


def _made_anew(data: bytes, form: str) -> Clean:
    from bot.scrubbing import pictures, sheets  # noqa: PLC0415 - only the process that cleans needs parsers

    try:
        if form == "PDF":
            return Clean("pdf", sheets.redrawn(data))
        if form == "JPEG":
            return Clean("jpeg", pictures.jpeg(data))
        return Clean("png", pictures.png(data, form))
    except Refusal:
        raise
    except MemoryError:
        raise ScrubFailed from None
    except Exception:  # noqa: BLE001 - a hostile file makes its parser raise anything
        raise Refusal(sentences.BROKEN_PDF if form == "PDF" else sentences.BROKEN_PICTURE) from None


async def scrubbed(data: bytes, seconds: float = SECONDS) -> Clean:
    """What `scrub` says, from a process that a hostile file may take down. Raises `Refusal`, or `ScrubFailed`."""
    if not data or len(data) > LIMIT:
        return scrub(data)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-B", "-s", "-m", "bot.scrub"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    try:
        async with asyncio.timeout(seconds):
            return _understood(await _answer(child, data))
    except TimeoutError:
        raise ScrubFailed from None
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _answer(child: asyncio.subprocess.Process, data: bytes) -> bytes:
    """What the process says, and no more than it can have to say."""
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(data)
        await child.stdin.drain()
    child.stdin.close()
    said = b""
    while len(said) <= LIMIT + 64 and (more := await child.stdout.read(1 << 16)):
        said += more
    return said


def _understood(said: bytes) -> Clean:
    """The answer of a process that may have been taken over: a kind or a sentence that we know, or a failure."""
    word, _, data = said.partition(b"\n")
    kind = word.decode("ascii", "replace")
    if kind in KINDS and 0 < len(data) <= LIMIT:
        return Clean(kind, data)
    if kind in _REFUSALS:
        raise Refusal(_REFUSALS[kind], **VALUES)
    raise ScrubFailed


_REFUSALS = {str(n): text for n, text in enumerate(sentences.ALL) if text != sentences.NOT_CLEANED}
"""What the process may say in place of a kind."""


def _confine() -> None:
    """Take from this process what cleaning does not need, where the system can."""
    try:
        import resource  # noqa: PLC0415 - not every platform has it
    except ImportError:
        return
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def main() -> None:
    """Read a file, write what is left of it, or the number of a sentence."""
    _confine()
    try:
        clean = scrub(sys.stdin.buffer.read(LIMIT + 1))
        said = clean.kind.encode() + b"\n" + clean.data
    except Refusal as refusal:
        said = next((number for number, text in _REFUSALS.items() if text == refusal.text), "").encode()
    sys.stdout.buffer.write(said)


if __name__ == "__main__":
    main()
