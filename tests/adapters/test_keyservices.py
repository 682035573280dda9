"""Key services: what they wrap only they unwrap, and each refusal is a sentence that says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.keyservices.kms import Kms
from adapters.keyservices.signing import Signer
from adapters.keyservices.vault import VaultTransit
from bot.clock import SystemClock
from bot.errors import Misconfigured
from bot.key_settings import KeysSettings, KmsSettings, VaultSettings
from bot.keys import KeyFile, keep_key_file
from bot.ports import KeyService
from bot.providers import StoredKey, line_under_service
from tests.adapters.key_servers import ACCESS, KEY_ARN, SECRET, TOKEN, KmsServer, VaultServer, serving

ROOT = Random(23).randbytes(32)


@pytest.fixture
async def vault() -> AsyncIterator[VaultServer]:
    async with serving(server := VaultServer()):
        yield server


@pytest.fixture
async def kms() -> AsyncIterator[KmsServer]:
    async with serving(server := KmsServer()):
        yield server


def by_vault(server: VaultServer, **changes: str) -> KeyService:
    return VaultTransit(VaultSettings.model_validate({"url": server.url, "token": TOKEN} | changes))


def by_kms(server: KmsServer, **changes: str) -> KeyService:
    given = {
        "key_id": KEY_ARN,
        "region": "eu-central-1",
        "access_key_id": ACCESS,
        "secret_access_key": SECRET,
        "api_url": f"{server.url}/",
    }
    return Kms(KmsSettings.model_validate(given | changes), SystemClock())


@pytest.mark.parametrize("name", ["vault", "kms"])
async def test_a_wrapped_root_key_is_unwrapped_once_and_never_stands_in_its_file(
    name: str, vault: VaultServer, kms: KmsServer, tmp_path: Path
) -> None:
    service = by_vault(vault) if name == "vault" else by_kms(kms)
    path = tmp_path / "root.key"
    keep_key_file(path, await line_under_service(ROOT, name, service))
    assert ROOT.hex() not in path.read_text()
    stored = StoredKey(KeyFile(path), str, {name: service})
    assert await asyncio.to_thread(stored.root) == ROOT
    assert len(vault.asked) + len(kms.asked) == 2


async def test_a_session_token_is_sent_and_signed(kms: KmsServer) -> None:
    kms.token = "made-up-session"
    service = by_kms(kms, session_token="made-up-session")
    assert await service.unwrap(await service.wrap(ROOT)) == ROOT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": "hvs.other"}, "refuses the token for transit/decrypt/metoo"),
        ({"mount": "kv"}, "has no kv/decrypt/metoo"),
        ({"key": "other"}, "Is keys.vault.key the key that wrapped it"),
    ],
)
async def test_what_vault_refuses_is_a_sentence(
    vault: VaultServer, changes: dict[str, str], said: str
) -> None:
    wrapped = await by_vault(vault).wrap(ROOT)
    with pytest.raises(Misconfigured, match=said) as caught:
        await by_vault(vault, **changes).unwrap(wrapped)
    assert "hvs." not in str(caught.value)


async def test_a_sealed_vault_and_another_ciphertext_are_sentences(vault: VaultServer) -> None:
    wrapped = await by_vault(vault).wrap(ROOT)
    with pytest.raises(Misconfigured, match="did not decrypt the root key"):
        await by_vault(vault).unwrap(wrapped[:-8] + "AAAAAAA=")
    vault.sealed = True
    with pytest.raises(Misconfigured, match="is sealed"):
        await by_vault(vault).unwrap(wrapped)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret_access_key": "other"}, "refuses the signature"),
        ({"access_key_id": "AKIDOTHER"}, "does not know these credentials"),
        ({"region": "us-east-1"}, "refuses the signature"),
        ({"key_id": "alias/other"}, "has no such key in this region"),
    ],
)
async def test_what_kms_refuses_is_a_sentence(kms: KmsServer, changes: dict[str, str], said: str) -> None:
    wrapped = await by_kms(kms).wrap(ROOT)
    with pytest.raises(Misconfigured, match=said) as caught:
        await by_kms(kms, **changes).unwrap(wrapped)
    assert SECRET not in str(caught.value)


async def test_kms_tells_why_a_key_is_not_usable(kms: KmsServer) -> None:
    wrapped = await by_kms(kms).wrap(ROOT)
    other = KmsServer()
    async with serving(other):
        with pytest.raises(Misconfigured, match="did not wrap this key"):
            await by_kms(other).unwrap(wrapped)
    for kind, said in (
        ("DisabledException", "disabled"),
        ("com.amazonaws.kms#AccessDeniedException", "kms:Decrypt"),
        ("SomethingNew", "status 400"),
    ):
        kms.fails = kind
        with pytest.raises(Misconfigured, match=said):
            await by_kms(kms).unwrap(wrapped)


async def test_a_service_that_is_down_is_a_sentence_without_the_key_or_the_token(
    vault: VaultServer, kms: KmsServer
) -> None:
    gone = VaultServer(), KmsServer()
    gone[0].url = gone[1].url = "http://127.0.0.1:9"
    for service in (by_vault(gone[0]), by_kms(gone[1])):
        with pytest.raises(Misconfigured, match=r"does not answer.*goes on.*on paper"):
            await service.unwrap("vault:v1:AAAA")


@pytest.mark.parametrize("said", ["<html>", "[]", "{}", '{"data": 7}', '{"data": {"plaintext": "%%%"}}'])
async def test_an_answer_that_is_none_is_a_sentence(
    vault: VaultServer, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    async def answer(self: Any, name: str) -> bytes:
        return said.encode()

    wrapped = await by_vault(vault).wrap(ROOT)
    monkeypatch.setattr("aiohttp.StreamReader.read", answer)
    with pytest.raises(Misconfigured, match="Vault"):
        await by_vault(vault).unwrap(wrapped)


@pytest.mark.parametrize(
    "given",
    [
        {"vault": {"url": "http://vault.example.org:8200"}},
        {"vault": {"url": "https://me:secret@vault.example.org"}},
        {"kms": {"key_id": KEY_ARN}},
        {"kms": {"api_url": "http://kms.example.org"}},
    ],
)
def test_a_service_in_clear_or_half_set_up_is_refused(given: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KeysSettings.model_validate(given)


# --- signatures: what AWS publishes ---------------------------------------------------------------------

PUBLISHED = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SUITE = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
SESSION = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA"
    "x7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9"
    "q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)

# Names and values of Amazon's aws-sig-v4-test-suite; awslabs/aws-c-auth (Apache-2.0) and bazelbuild/bazel (Apache-2.0,
# third_party/aws-sig-v4-test-suite) have copies. That our derivation gives them shows that none is mistyped.
CASES: dict[str, tuple[str, dict[str, str], bytes, str]] = {
    "get-vanilla": ("GET", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-header-value-trim": (
        "GET",
        {"my-header1": " value1", "my-header2": ' "a   b   c"'},
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "post-vanilla": ("POST", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-key-sort": (
        "POST",
        {"my-header1": "value1"},
        b"",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-sts-header-before": (
        "POST",
        {"x-amz-security-token": SESSION},
        b"",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
    "post-x-www-form-urlencoded": (
        "POST",
        {"content-type": "application/x-www-form-urlencoded"},
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_vectors_of_awss_test_suite(name: str) -> None:
    method, more, body, signature = CASES[name]
    headers = HOST | more
    signer = Signer("AKIDEXAMPLE", PUBLISHED, "us-east-1", "service")
    assert signer.authorization(f"{method} /", headers, body, SUITE) == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
        f" SignedHeaders={';'.join(sorted(headers))}, Signature={signature}"
    )


def test_the_example_of_awss_documentation() -> None:
    signer = Signer("AKIDEXAMPLE", PUBLISHED, "us-east-1", "iam")
    assert signer.key(SUITE).hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
    }
    query = "Action=ListUsers&Version=2010-05-08"
    signed = signer.authorization("GET /", headers, b"", SUITE, query=query)
    assert signed.endswith("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
