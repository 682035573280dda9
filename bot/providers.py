"""Every way in which a root key can be kept: a key file's first word says how it opens."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.envelope import KEY, Slot, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.key_settings import KeysSettings
from bot.keys import KeyFile, checksum
from bot.passphrase import SALT, stretch
from bot.ports import KeyProvider, KeyService, Random

_UNDER_PASSPHRASE = "metoo-passphrase-1"  # noqa: S105 - the first word of a file
_UNDER_SERVICE = "metoo-wrapped-1"
_PASSPHRASE = re.compile(rf"{_UNDER_PASSPHRASE} ([0-9a-f]{{{2 * SALT}}}) ([0-9a-f]+)\n?")
_SERVICE = re.compile(rf"{_UNDER_SERVICE} (\w+) (\S+) ([0-9a-f]{{8}})\n?")
_SLOT = Slot("root", "passphrase", "", b"")

Services = Mapping[str, KeyService]
"""The wrapping services that are set up, by name."""


class StoredKey:
    """The root key in a key file of any kind: in clear, under a passphrase, or wrapped by a service.

    `ask` gives the passphrase. A service is asked once, here; a server that has its root needs it no more.
    """

    def __init__(self, file: KeyFile, ask: Callable[[], str], services: Services) -> None:
        self._file = file
        self._ask = ask
        self._services = services

    def root(self) -> bytes:
        """The 32-byte root key; may take seconds, so call it from a thread. Raises Misconfigured."""
        line = self._file.line()
        kind = line.partition(" ")[0]
        if kind == _UNDER_PASSPHRASE:
            return self._by_passphrase(_PASSPHRASE.fullmatch(line))
        if kind == _UNDER_SERVICE:
            return self._by_service(_SERVICE.fullmatch(line))
        return self._file.root()

    def _by_passphrase(self, found: re.Match[str] | None) -> bytes:
        if found is None:
            raise self._file.cut_off()
        key = stretch(self._ask(), bytes.fromhex(found[1]))
        try:
            return unseal(key, _SLOT, bytes.fromhex(found[2]))
        except (UnsealError, ValueError):
            raise Misconfigured(
                f"This passphrase does not open the key file {self._file.path}, or the file was changed. Please try"
                " again; there is no other way in but a copy of the key on paper."
            ) from None

    def _by_service(self, found: re.Match[str] | None) -> bytes:
        if found is None:
            raise self._file.cut_off()
        service = self._services.get(found[1])
        if service is None:
            raise Misconfigured(
                f"The key file {self._file.path} is wrapped by {found[1]}, and keys.{found[1]} is not set. "
                "Set its address and what it needs to know you by."
            )
        key = asyncio.run(service.unwrap(found[2]))
        if len(key) != KEY or checksum(key) != found[3]:
            raise self._file.changed()
        return key


class FixedKey:
    """A root key that is already there: for the sandbox, which throws it away, and for tests."""

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY:
            raise ValueError("a root key has 32 bytes")
        self._root = root

    def root(self) -> bytes:
        """The 32-byte root key."""
        return self._root


def configured(settings: KeysSettings, ask: Callable[[], str], services: Services) -> KeyProvider:
    """The root key that the settings name. Raises Misconfigured where they name none, or two."""
    if settings.file is not None and settings.credential:
        raise Misconfigured(
            "Two keys are set, keys.file and keys.credential, and a store has one. Take out the one that is not in use."
        )
    if settings.credential:
        return StoredKey(_credential(settings.credential), ask, services)
    if settings.file is not None:
        return StoredKey(KeyFile(settings.file), ask, services)
    raise Misconfigured(
        "There is no key: run `metoo keys new FILE`, and set keys.file in metoo.toml or METOO_KEYS__FILE."
    )


def _credential(name: str) -> KeyFile:
    """A key file that systemd hands over: `LoadCredential=` or `LoadCredentialEncrypted=` of a unit."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise Misconfigured(
            f"keys.credential is {name}, and there is no CREDENTIALS_DIRECTORY. Start metoo from a systemd unit with"
            f" LoadCredential={name}:PATH, or set keys.file instead."
        )
    path = Path(folder) / name
    if not path.exists():
        raise Misconfigured(
            f"systemd handed over no credential {name}. Add LoadCredential={name}:PATH to the unit."
        )
    # systemd grants its own user access by an access list, which shows as a right of the group.
    return KeyFile(path, refused=stat.S_IRWXO)


def line_under_passphrase(key: bytes, passphrase: str, random: Random) -> str:
    """What a key file says of a root key under a passphrase: its salt, and the sealed key."""
    salt = random.randbytes(SALT)
    return f"{_UNDER_PASSPHRASE} {salt.hex()} {seal(stretch(passphrase, salt), _SLOT, key, random).hex()}"


async def line_under_service(key: bytes, name: str, service: KeyService) -> str:
    """What a key file says of a root key that a service wrapped. Raises Misconfigured."""
    return f"{_UNDER_SERVICE} {name} {await service.wrap(key)} {checksum(key)}"
