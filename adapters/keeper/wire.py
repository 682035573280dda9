"""What goes over the wire: a question and an answer, one line of JSON each, numbers in hex."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

from bot.config import KeeperSettings
from bot.errors import Misconfigured
from bot.ports import Answered

VERSION = 1
LINE = 512
"""Bytes of the longest line either side reads."""

PATIENCE = 5.0
"""Seconds for a question and its answer."""

SPENT = b'{"refused": "spent"}\n'
WRONG = b'{"refused": "not a question"}\n'


def question(workspace: bytes, asked: bytes) -> bytes:
    """A question as a line."""
    return _line({"version": VERSION, "workspace": workspace.hex(), "asked": asked.hex()})


def read_question(line: bytes) -> tuple[bytes, bytes]:
    """Read `question` back. Raises ValueError for anything else."""
    found = _fields(line, {"version", "workspace", "asked"})
    if found["version"] != VERSION:
        raise ValueError("another version asks")
    return _hex(found["workspace"]), _hex(found["asked"])


def answer(answered: Answered) -> bytes:
    """An answer as a line."""
    return _line({"name": answered.name.hex(), "answer": answered.answer.hex()})


def read_answer(line: bytes) -> Answered:
    """Read `answer` back. Raises ValueError for anything else."""
    found = _fields(line, {"name", "answer"})
    name, said = _hex(found["name"]), _hex(found["answer"])
    if (len(name), len(said)) != (16, 32):
        raise ValueError("an answer is 16 bytes of a name and 32 of an answer")
    return Answered(name, said)


def tls(settings: KeeperSettings, *, serves: bool) -> ssl.SSLContext:
    """Mutual TLS 1.3: each side shows a certificate, and trusts one authority only. Raises Misconfigured."""
    purpose = ssl.Purpose.CLIENT_AUTH if serves else ssl.Purpose.SERVER_AUTH
    try:
        context = ssl.create_default_context(purpose, cafile=_there(settings.authority, "authority"))
        context.load_cert_chain(_there(settings.certificate, "certificate"), _there(settings.key, "key"))
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            "The certificates of the keeper cannot be used. Please check keeper.authority, keeper.certificate and"
            f" keeper.key: {error}"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def host_and_port(address: str) -> tuple[str, int]:
    """Read "keeper.example:7000". Raises Misconfigured."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise Misconfigured('keeper.address is a host and a port, such as "keeper.example:7000".')
    return host.strip("[]"), int(port)


def _there(file: Path | None, name: str) -> Path:
    if file is None:
        raise Misconfigured(f"keeper.{name} is missing; keeper.address needs it.")
    return file


def _line(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _fields(line: bytes, names: set[str]) -> dict[str, object]:
    found = json.loads(line.decode("ascii", "replace"))
    if not isinstance(found, dict) or set(found) != names:
        raise ValueError("these are not the fields")
    return found


def _hex(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("a number is written in hex")  # noqa: TRY004 - what comes over the wire is a value
    return bytes.fromhex(value)
