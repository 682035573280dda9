"""A signed list of what an export holds: whoever has the server's public key can check it, anywhere and offline."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NAME = "manifest.json"
FORMAT = "metoo export 1"
MOST = 64 * 1024 * 1024
"""Bytes of an export that is checked, unpacked: a small file must not fill a machine."""

_CONTEXT = b"metoo export v1\0"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def public_key(seed: bytes) -> bytes:
    """The 32 bytes by which exports are checked."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def packed(seed: bytes, about: Mapping[str, str], files: Mapping[str, bytes]) -> bytes:
    """An archive of these files with their signed manifest; `about` stands in it."""
    said = {
        "format": FORMAT,
        **about,
        "files": {name: sha256(data).hexdigest() for name, data in sorted(files.items())},
        "key": public_key(seed).hex(),
    }
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed(said)).hex()
    whole = json.dumps(
        {"manifest": said, "signature": signature}, ensure_ascii=False, indent=1, sort_keys=True
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, NAME: whole.encode()}.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), data)
    return out.getvalue()


def verify(archive: bytes, key: bytes | None = None) -> tuple[bool, str]:
    """Whether an export holds, as far as it can be told, and what to say about it."""
    try:
        files = _unpacked(archive)
        whole = json.loads(files.pop(NAME))
        said, signature = whole["manifest"], bytes.fromhex(whole["signature"])
        theirs, listed = bytes.fromhex(said["key"]), dict(said["files"])
        Ed25519PublicKey.from_public_bytes(theirs).verify(signature, _signed(said))
    except InvalidSignature:
        return False, "It does not hold: the manifest was changed."
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError):
        return False, "It does not hold: this is no export, or it is damaged."
    if listed != {name: sha256(data).hexdigest() for name, data in files.items()}:
        return False, "It does not hold: a file in it was changed, added or taken out."
    if key is not None and theirs != key:
        return False, "It does not hold: another server signed it."
    if key is None:
        return (
            True,
            f"It is whole. Compare this key with the one that the desk sees at an export:\n\n  {theirs.hex(' ', 2)}",
        )
    return True, "It holds: every file in it is as it was when this server exported it."


def _unpacked(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        if sum(each.file_size for each in opened.infolist()) > MOST:
            raise ValueError("too large")
        names = opened.namelist()
        if len(set(names)) != len(names):
            raise ValueError("a name stands in it twice")
        return {name: opened.read(name) for name in names}


def _signed(said: Mapping[str, Any]) -> bytes:
    return _CONTEXT + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
