"""AWS KMS: Encrypt and Decrypt of its JSON API, signed by ourselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.keyservices.http import Answer, ask, decoded, encoded
from adapters.keyservices.signing import Signer, stamp
from bot.errors import Misconfigured
from bot.key_settings import KmsSettings
from bot.ports import Clock

_NAME = "AWS KMS"
_CONTEXT = {"metoo": "root key v1"}
"""The encryption context: KMS logs it and binds the wrapped key to it."""

_WRONG = {
    "InvalidCiphertextException": "did not wrap this key, or the key file was changed. Put back the copy you kept.",
    "IncorrectKeyException": "wrapped this key under another key than keys.kms.key_id. Set it to that one.",
    "NotFoundException": "has no such key in this region. Look at keys.kms.key_id and keys.kms.region.",
    "DisabledException": "says that the key is disabled. Enable it, then start again.",
    "KMSInvalidStateException": "says that the key is not usable, perhaps because it will be deleted. Cancel that.",
    "AccessDeniedException": "refuses: the credentials may not use this key. They need kms:Encrypt and kms:Decrypt.",
    "UnrecognizedClientException": "does not know these credentials. Look at keys.kms.access_key_id.",
    "InvalidSignatureException": "refuses the signature. Look at keys.kms.secret_access_key and at the clock.",
    "ExpiredTokenException": "says that the credentials have expired. Renew keys.kms.session_token.",
}


class Kms:
    """`bot.ports.KeyService` on TrentService.Encrypt and TrentService.Decrypt."""

    def __init__(self, settings: KmsSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._url = settings.api_url or f"https://kms.{settings.region}.amazonaws.com/"

    async def wrap(self, key: bytes) -> str:
        """The key as the base64 of a ciphertext blob."""
        return str(await self._do("Encrypt", {"Plaintext": encoded(key)}, "CiphertextBlob"))

    async def unwrap(self, wrapped: str) -> bytes:
        """What was wrapped."""
        return decoded(_NAME, await self._do("Decrypt", {"CiphertextBlob": wrapped}, "Plaintext"))

    async def _do(self, what: str, given: Mapping[str, str], wanted: str) -> object:
        body = json.dumps({"KeyId": self._settings.key_id, "EncryptionContext": _CONTEXT, **given}).encode()
        answer = await ask(_NAME, self._url, self._headers(what, body), body)
        if answer.status != 200 or wanted not in answer.said:  # noqa: PLR2004 - OK
            raise _refused(answer)
        return answer.said[wanted]

    def _headers(self, what: str, body: bytes) -> dict[str, str]:
        mine, now, parts = self._settings, self._clock.now(), urlsplit(self._url)
        signer = Signer(mine.access_key_id, mine.secret_access_key.get_secret_value(), mine.region, "kms")
        signed = {
            "content-type": "application/x-amz-json-1.1",
            "host": parts.netloc,
            "x-amz-date": stamp(now),
            "x-amz-target": f"TrentService.{what}",
        }
        if token := mine.session_token.get_secret_value():
            signed["x-amz-security-token"] = token
        known = signer.authorization(f"POST {parts.path or '/'}", signed, body, now)
        return {**signed, "authorization": known}


def _refused(answer: Answer) -> Misconfigured:
    kind = str(answer.said.get("__type", "")).rpartition("#")[2]
    said = _WRONG.get(kind, f"did not do what it was asked (status {answer.status}). Try again later.")
    return Misconfigured(f"{_NAME} {said}")
