"""The keeper over real sockets: a Unix socket, and TLS where both sides show a certificate."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from secrets import token_bytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.keeper.client import DistantKeeper
from adapters.keeper.server import served
from adapters.sandbox.clock import SandboxClock
from bot.config import KeeperSettings
from bot.errors import Misconfigured
from bot.keeper import Keeper, KeeperAway, KeeperSpent
from bot.matching import keeper_answer, keeper_name

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
KEY, WORKSPACE, ASKED = bytes(range(32)), bytes(16), bytes(32)


def keeper(budget: int = 20) -> Keeper:
    return Keeper(KEY, SandboxClock(datetime(2026, 11, 24, tzinfo=UTC), flowing=False), budget)


@pytest.fixture
def place(tmp_path: Path) -> KeeperSettings:
    return KeeperSettings(socket=tmp_path / "keeper.sock")


async def test_it_answers_over_a_socket_that_only_its_owner_reaches(place: KeeperSettings) -> None:
    async with served(keeper(), place):
        answered = await DistantKeeper(place).ask(WORKSPACE, ASKED)
        assert place.socket is not None
        assert stat.S_IMODE(place.socket.stat().st_mode) == 0o600
    assert (answered.name, answered.answer) == (keeper_name(KEY), keeper_answer(KEY, WORKSPACE, ASKED))
    assert not place.socket.exists()


async def test_beyond_its_budget_it_refuses_what_it_answered_before_too(place: KeeperSettings) -> None:
    async with served(keeper(2), place):
        distant = DistantKeeper(place)
        await distant.ask(WORKSPACE, ASKED)
        await distant.ask(WORKSPACE, ASKED)
        await distant.ask(WORKSPACE, token_bytes(32))
        for asked in (ASKED, token_bytes(32)):
            with pytest.raises(KeeperSpent):
                await distant.ask(WORKSPACE, asked)
        await distant.ask(token_bytes(16), ASKED)  # another workspace has a budget of its own


async def test_one_that_is_away_slow_or_answers_nonsense_is_away(
    place: KeeperSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeeperAway):
        await DistantKeeper(place).ask(WORKSPACE, ASKED)
    monkeypatch.setattr("adapters.keeper.wire.PATIENCE", 0.2)
    for said in (b"", b"\n", b"{}\n", b"[1]\n", b'{"name": "00", "answer": "00"}\n', b"x" * 9999, None):
        done = asyncio.Event()
        async with await asyncio.start_unix_server(_saying(said, done), place.socket):
            with pytest.raises(KeeperAway):
                await DistantKeeper(place).ask(WORKSPACE, ASKED)
            await done.wait()


def _saying(said: bytes | None, done: asyncio.Event | None = None) -> Serve:
    done = done or asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readline()
            writer.write(said or b"")
            if said is None:
                await reader.read()
        except ConnectionError:
            assert said is None or len(said) > 512, "only then does the bot hang up first"
        finally:
            writer.close()
            done.set()

    return serve


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b'{"version": 2, "workspace": "", "asked": ""}\n',
        b'{"version": 1, "workspace": "00", "asked": "00"}\n',
        b'{"version": 1, "workspace": 5, "asked": "00"}\n',
        b"\xff\xfe\n",
    ],
)
async def test_what_is_no_question_gets_no_answer_and_spends_nothing(
    place: KeeperSettings, line: bytes
) -> None:
    async with served(keeper(1), place):
        reader, writer = await asyncio.open_unix_connection(place.socket)
        writer.write(line)
        assert json.loads(await reader.readline()) == {"refused": "not a question"}
        writer.close()
        await DistantKeeper(place).ask(WORKSPACE, ASKED)


async def test_a_line_without_an_end_is_hung_up_on(place: KeeperSettings) -> None:
    async with served(keeper(), place):
        reader, writer = await asyncio.open_unix_connection(place.socket)
        writer.write(b"x" * 100_000)
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            assert reader.at_eof() or reader.exception()
        writer.close()


async def test_a_socket_that_a_killed_keeper_left_is_taken_over_and_another_file_is_not(
    place: KeeperSettings,
) -> None:
    assert place.socket is not None
    left = await asyncio.start_unix_server(_saying(b""), place.socket)
    left.close()
    async with served(keeper(), place):
        await DistantKeeper(place).ask(WORKSPACE, ASKED)
    place.socket.write_text("mine")
    with pytest.raises(Misconfigured, match="not a socket"):
        async with served(keeper(), place):
            pass
    assert place.socket.read_text() == "mine"


async def test_over_tls_both_sides_show_a_certificate_of_one_authority(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    at_home = ours.settings("keeper", "127.0.0.1:0")
    async with served(keeper(), at_home) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        answered = await DistantKeeper(ours.settings("bot", address)).ask(WORKSPACE, ASKED)
        assert answered.name == keeper_name(KEY)
        with pytest.raises(KeeperAway):
            await DistantKeeper(theirs.settings("stranger", address)).ask(WORKSPACE, ASKED)
        mixed = ours.settings("bot", address).model_copy(
            update={
                "certificate": tmp_path / "theirs" / "stranger.crt",
                "key": tmp_path / "theirs" / "stranger.key",
            }
        )
        with pytest.raises(KeeperAway):
            await DistantKeeper(mixed).ask(WORKSPACE, ASKED)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (KeeperSettings(), "where the keeper listens"),
        (KeeperSettings(address="127.0.0.1:0"), "authority is missing"),
        (KeeperSettings(address="nowhere"), "host and a port"),
        (KeeperSettings(socket=Path("missing") / "k.sock"), "cannot listen"),
    ],
)
async def test_a_keeper_that_cannot_listen_says_why(settings: KeeperSettings, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        async with served(keeper(), settings):
            pass


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        self._write("authority.crt", self._certificate(self._name, self._key, authority=True))

    def settings(self, name: str, address: str) -> KeeperSettings:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._write(f"{name}.crt", self._certificate(subject, key, authority=False))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self._folder / f"{name}.key").write_bytes(private)
        return KeeperSettings(
            address=address,
            certificate=self._folder / f"{name}.crt",
            key=self._folder / f"{name}.key",
            authority=self._folder / "authority.crt",
        )

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            made = made.add_extension(here, critical=False)
        return made.sign(self._key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate) -> None:
        (self._folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
