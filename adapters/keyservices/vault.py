"""HashiCorp Vault (and OpenBao): the transit engine wraps and unwraps, and keeps its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.keyservices.http import Answer, ask, decoded, encoded
from bot.errors import Misconfigured
from bot.key_settings import VaultSettings

_NAME = "Vault"
_FORBIDDEN, _NOT_FOUND, _SEALED = 403, 404, 503


class VaultTransit:
    """`bot.ports.KeyService` on `/v1/<mount>/encrypt/<key>` and `/v1/<mount>/decrypt/<key>`."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings

    async def wrap(self, key: bytes) -> str:
        """The key as `vault:v1:…`."""
        return str(await self._do("encrypt", {"plaintext": encoded(key)}, "ciphertext"))

    async def unwrap(self, wrapped: str) -> bytes:
        """What was wrapped."""
        return decoded(_NAME, await self._do("decrypt", {"ciphertext": wrapped}, "plaintext"))

    async def _do(self, what: str, body: Mapping[str, str], wanted: str) -> object:
        mine = self._settings
        url = f"{mine.url.rstrip('/')}/v1/{quote(mine.mount)}/{what}/{quote(mine.key, safe='')}"
        headers = {"X-Vault-Token": mine.token.get_secret_value(), "X-Vault-Request": "true"}
        if mine.namespace:
            headers["X-Vault-Namespace"] = mine.namespace
        answer = await ask(_NAME, url, headers, json.dumps(body).encode())
        data: Any = answer.said.get("data")
        if answer.status != 200 or not isinstance(data, dict) or wanted not in data:  # noqa: PLR2004 - OK
            raise self._refused(answer, what)
        return data[wanted]

    def _refused(self, answer: Answer, what: str) -> Misconfigured:
        path = f"{self._settings.mount}/{what}/{self._settings.key}"
        if answer.status == _FORBIDDEN:
            said = f"refuses the token for {path}. Give it a policy with update on that path, or renew the token."
        elif answer.status == _NOT_FOUND:
            said = f"has no {path}. Enable the transit engine there and make the key."
        elif answer.status == _SEALED:
            said = "is sealed. Unseal it, then start again."
        else:
            said = f"did not {what} the root key (status {answer.status}). Is keys.vault.key the key that wrapped it?"
        return Misconfigured(f"Vault {said}")
