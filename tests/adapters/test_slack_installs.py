"""One app in many workspaces: installing, tokens that end and are taken away, and coming back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from adapters.slack import check, everywhere
from adapters.slack.everywhere import Everywhere
from bot.errors import Denied
from bot.findings import Remark
from bot.model import Card, Event, Facts, Paragraph, Place, Reply, Standing, Workspace
from bot.records import Installed
from tests.adapters.slack_installs import CLIENT, SCOPES, InstalledStage, address_in, uninstalled
from tests.adapters.slack_wire import encoded
from tests.world import World, world

ONE, TWO, ORG = "T0METOO", "T0SECOND", "E0GRID"
ANN, BEN = "U0000001", "U0000002"


class Core:
    """Answers everything, and remembers who asked."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        return Card("Answer", (Paragraph(event.actor.workspace.id),))


@asynccontextmanager
async def opened(w: World, core: Core) -> AsyncIterator[InstalledStage]:
    stage = InstalledStage(w.means)
    stage.slack.add_team(TWO)
    stage.add_person(ANN)
    stage.slack.teams[TWO].add_person(BEN)
    await stage.open(core)
    try:
        yield stage
    finally:
        await stage.close()


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as built:
        yield built


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def stage(w: World, core: Core) -> AsyncIterator[InstalledStage]:
    async with opened(w, core) as built:
        yield built


async def kept(w: World) -> list[str]:
    return sorted(row.workspace for row in await w.means.store.read(Installed()))


async def facts(stage: InstalledStage, team: str, channel: str) -> Facts:
    return await stage.connection.directory.facts(Place(stage.of(team).workspace, channel))


# --- installing -----------------------------------------------------------------------------------------


async def test_the_first_page_explains_each_permission_and_leads_to_slack(stage: InstalledStage) -> None:
    status, cookie, page = await stage.page("/slack/install?team=%22%3E%3Cscript%3E")
    assert status == 200
    assert "script" not in page
    asked = address_in(page)
    assert asked["to"] == f"{stage.server.url}/oauth/v2/authorize"
    assert asked["client_id"] == CLIENT
    assert asked["scope"] == SCOPES
    assert "user_scope" not in asked
    assert asked["redirect_uri"] == "http://127.0.0.1:1/slack/oauth_redirect"
    assert cookie == f"slack-app-oauth-state={asked['state']}"
    for scope in SCOPES.split(","):
        assert f"<code>{scope}</code>" in page


async def test_two_workspaces_install_and_each_is_answered_by_its_own_token(
    stage: InstalledStage, core: Core, w: World
) -> None:
    for team in (ONE, TWO):
        status, body = await stage.install(team)
        assert (status, "metoo is installed" in body) == (200, True)
        await stage.known(team)
    assert await kept(w) == [f"slack:{ONE}", f"slack:{TWO}"]
    assert ONE in (await stage.command(ANN)).text
    assert TWO in (await stage.of(TWO).command(BEN)).text
    assert [each.actor.standing for each in core.events] == [Standing.MEMBER] * 2
    stage.of(TWO).add_channel("G0SECOND", readers=(BEN,))
    assert (await facts(stage, TWO, "G0SECOND")).safe
    assert not (await facts(stage, ONE, "G0SECOND")).safe
    card = Card("Posted", (Paragraph("Something."),))
    await stage.connection.platform.post(Place(stage.of(TWO).workspace, "G0SECOND"), card, "n")
    assert len(stage.of(TWO).posts("G0SECOND")) == 1


async def test_what_was_given_lies_sealed_in_the_store_and_nobody_who_installed_it(
    stage: InstalledStage, w: World
) -> None:
    await stage.install(ONE)
    (token,) = stage.slack.tokens(ONE)
    assert "planted" in token
    found = b"".join(each.read_bytes() for each in w.file.parent.glob("store.db*"))
    for never in (b"planted", b"U0INSTALLER"):
        assert never not in found


async def test_an_organisation_installs_once_for_all_of_its_workspaces(
    stage: InstalledStage, core: Core, w: World
) -> None:
    status, body = await stage.install(ONE, TWO, org=ORG)
    assert status == 200
    assert "choose the workspaces" in body or "metoo is installed" in body
    assert await kept(w) == [f"slack:{ORG}"]
    await stage.known(ONE)
    await stage.known(TWO)
    assert TWO in (await stage.of(TWO).command(BEN)).text
    assert core.events[-1].actor.standing is Standing.MEMBER
    stage.slack.add_team("T0THIRD").add_person("U0000003")
    stage.slack.grants[stage.slack.tokens(ONE)[0]].teams += ("T0THIRD",)
    assert "T0THIRD" in (await stage.of("T0THIRD").command("U0000003")).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?error=access_denied", 200),
        ("", 400),
        ("?code=x", 400),
        ("?code=x&state=made-up", 400),
        ("?state=%00%ff&code=", 400),
    ],
)
async def test_who_did_not_begin_here_cannot_end_it(
    stage: InstalledStage, w: World, path: str, status: int
) -> None:
    found, _, page = await stage.page(f"/slack/oauth_redirect{path}")
    assert found == status
    assert "was not installed" in page
    assert await kept(w) == []


async def test_a_state_is_good_once_and_only_in_the_browser_that_began(
    stage: InstalledStage, w: World
) -> None:
    _, cookie, _ = await stage.page("/slack/install")
    state = cookie.partition("=")[2]
    code = stage.slack.agree(ONE)
    elsewhere = await stage.page(
        f"/slack/oauth_redirect?code={code}&state={state}", "slack-app-oauth-state=x"
    )
    assert (elsewhere[0], await kept(w)) == (400, [])
    assert (await stage.page(f"/slack/oauth_redirect?code={code}&state={state}", cookie))[0] == 200
    again = stage.slack.agree(TWO)
    assert (await stage.page(f"/slack/oauth_redirect?code={again}&state={state}", cookie))[0] == 401
    assert await kept(w) == [f"slack:{ONE}"]


async def test_a_code_that_slack_does_not_know_installs_nothing(stage: InstalledStage, w: World) -> None:
    _, cookie, _ = await stage.page("/slack/install")
    state = cookie.partition("=")[2]
    status, _, page = await stage.page(f"/slack/oauth_redirect?code=made-up&state={state}", cookie)
    assert (status, "was not installed" in page) == (401, True)
    stage.fail(3)
    _, cookie, _ = await stage.page("/slack/install")
    state = cookie.partition("=")[2]
    assert (await stage.page(f"/slack/oauth_redirect?code=x&state={state}", cookie))[0] in {401, 503}
    assert await kept(w) == []


# --- tokens that end ------------------------------------------------------------------------------------


async def test_a_token_that_ends_soon_is_renewed_before_it_is_used(stage: InstalledStage, w: World) -> None:
    stage.slack.life = 60
    await stage.install(ONE)
    (first,) = stage.slack.tokens(ONE)
    stage.slack.life = 43_200
    stage.add_channel("G0000001", readers=(ANN,))
    assert (await facts(stage, ONE, "G0000001")).safe
    assert len(stage.slack.used_refreshes) == 1
    assert len(stage.slack.tokens(ONE)) == 2
    stage.slack.grants[first].refusal = "token_expired"
    assert (await facts(stage, ONE, "G0000001")).safe
    (row,) = await w.means.store.read(Installed())
    assert row.version == 2


async def test_tokens_that_nobody_uses_are_renewed_by_the_clock(
    stage: InstalledStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.everywhere.LOOK", 0.01)
    await stage.install(ONE)
    await stage.known(ONE)
    later = time.time() + 11 * 3600
    monkeypatch.setattr("adapters.slack.tokens.time.time", lambda: later)
    monkeypatch.setattr("slack_sdk.oauth.token_rotation.async_rotator.time", lambda: later)
    async with asyncio.timeout(20):
        while not stage.slack.used_refreshes:
            await asyncio.sleep(0.005)


async def test_two_processes_renew_a_token_once_and_both_go_on(stage: InstalledStage) -> None:
    stage.slack.life = 60
    await stage.install(ONE)
    stage.slack.life = 43_200
    stage.add_channel("G0000001", readers=(ANN,))
    other = stage.again()
    both = await asyncio.gather(facts(stage, ONE, "G0000001"), facts(other, ONE, "G0000001"))
    assert all(each.safe for each in both)
    stage.slack.grants[next(iter(stage.slack.grants))].refusal = "token_expired"
    assert (await facts(stage, ONE, "G0000001")).safe
    assert (await facts(other, ONE, "G0000001")).safe


async def test_while_slack_renews_nothing_the_old_token_is_used(stage: InstalledStage) -> None:
    stage.slack.life = 60
    await stage.install(ONE)
    await stage.known(ONE)
    stage.slack.refusals["oauth.v2.access"] = ["internal_error"] * 9
    stage.add_channel("G0000001", readers=(ANN,))
    assert (await facts(stage, ONE, "G0000001")).safe


async def test_a_process_learns_of_an_installation_that_another_made(stage: InstalledStage) -> None:
    other = stage.again()
    await stage.install(ONE)
    stage.add_channel("G0000001", readers=(ANN,))
    assert (await facts(other, ONE, "G0000001")).safe


# --- taken away, and back -------------------------------------------------------------------------------


async def gone(w: World, *left: str) -> None:
    async with asyncio.timeout(20):
        while await kept(w) != [f"slack:{each}" for each in left]:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_uninstalling_erases_the_token_and_coming_back_brings_everything_back(
    stage: InstalledStage, w: World, kind: str
) -> None:
    await stage.install(ONE)
    await stage.install(TWO)
    stage.slack.revoke(ONE, "account_inactive")
    assert await stage.wire.send("events_api", uninstalled(ONE, kind)) is not None
    await gone(w, TWO)
    with pytest.raises(Denied):
        await facts(stage, ONE, "G0000001")
    assert TWO in (await stage.of(TWO).command(BEN)).text
    await stage.install(ONE)
    assert ONE in (await stage.command(ANN)).text


async def test_an_uninstalling_of_which_slack_says_nothing_just_then_is_asked_about_again(
    stage: InstalledStage, w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everywhere, "PAUSE", 0.1)
    await stage.install(ONE)
    await stage.known(ONE)
    stage.slack.revoke(ONE, "account_inactive")
    stage.slack.failures += [(500, None)] * 100
    assert await stage.wire.send("events_api", uninstalled(ONE)) is not None
    async with asyncio.timeout(20):
        while len(stage.slack.failures) == 100:
            await asyncio.sleep(0.005)
    assert await kept(w) == [f"slack:{ONE}"]
    stage.slack.failures.clear()
    await gone(w)


async def test_a_late_word_of_an_uninstalling_does_not_take_away_what_was_installed_since(
    stage: InstalledStage, w: World
) -> None:
    await stage.install(ONE)
    stage.slack.revoke(ONE)
    await stage.install(ONE)
    for _ in range(2):
        assert await stage.wire.send("events_api", uninstalled(ONE)) is not None
    stage.add_channel("G0000001", readers=(ANN,))
    assert (await facts(stage, ONE, "G0000001")).safe
    assert await kept(w) == [f"slack:{ONE}"]


async def test_a_token_that_is_refused_for_good_is_erased_though_no_word_of_it_came(
    stage: InstalledStage, w: World
) -> None:
    await stage.install(ONE)
    await stage.known(ONE)
    stage.slack.revoke(ONE)
    with pytest.raises(Denied):
        await facts(stage, ONE, "G0000001")
    assert await kept(w) == []


async def test_an_organisation_that_uninstalls_is_forgotten_with_all_of_its_workspaces(
    stage: InstalledStage, w: World
) -> None:
    await stage.install(ONE, TWO, org=ORG)
    await stage.known(TWO)
    stage.slack.revoke(ONE)
    sent = uninstalled(ONE, authorizations=[{"team_id": None, "enterprise_id": ORG}])
    assert await stage.wire.send("events_api", sent) is not None
    await gone(w)
    with pytest.raises(Denied):
        await facts(stage, TWO, "G0000001")


async def test_a_workspace_that_never_installed_gets_an_answer_and_no_list(
    stage: InstalledStage, core: Core
) -> None:
    command = {"command": "/metoo", "team_id": "T0STRANGER", "user_id": ANN, "trigger_id": "t"}
    assert (await stage.http.post(*encoded("slash_commands", command)))[0] == 200
    assert core.events[-1].actor.standing is Standing.UNKNOWN


async def test_a_check_asks_each_workspace_by_its_own_token_and_one_that_fails_stops_no_other(
    stage: InstalledStage,
) -> None:
    stage.slack.add_team(TWO)
    desk = stage.add_channel("C0DESK", readers=(ANN,))
    public = stage.add_channel("C0PUBLIC", private=False, readers=(ANN,))
    for each in (ONE, TWO):
        await stage.install(each)
        await stage.known(each)
    assert await stage.connection.faults([desk], [public]) == []
    stage.slack.scopes = "commands,chat:write,admin"
    lacks, beyond, *_ = await stage.connection.faults([], [])
    stage.slack.scopes = SCOPES
    stage.slack.revoke(TWO, "invalid_auth")
    gone = Place(Workspace("slack", "T0THIRD"), "C0DESK")
    wrong = await stage.connection.faults([public, gone], [desk])
    for said, expected in zip(
        wrong,
        (
            "workspace T0THIRD is set up, and the app is not installed there.",
            "channel C0PUBLIC is not private, or is archived.",
            f"the token of workspace {TWO} was not accepted (invalid_auth).",
        ),
        strict=True,
    ):
        assert expected in said
    assert f"the token of workspace {ONE} lacks the scopes groups:read" in lacks
    assert isinstance(beyond, Remark)
    assert not any(token in each for token in stage.slack.grants for each in (*wrong, lacks, beyond))


async def test_of_more_workspaces_than_a_check_asks_those_with_a_desk_come_first_and_the_rest_is_counted(
    stage: InstalledStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "MOST", 1)
    stage.slack.add_team(TWO)
    for each in (ONE, TWO):
        await stage.install(each)
        await stage.known(each)
    first, last = sorted((ONE, TWO))
    stage.slack.revoke(last, "invalid_auth")
    wrong, rest = await stage.connection.faults([Place(Workspace("slack", last), "C0DESK")], [])
    assert f"the token of workspace {last} was not accepted" in wrong
    assert rest == "Slack: 1 further workspaces were not asked."
    (channel, _) = await stage.connection.faults([Place(Workspace("slack", first), "C0DESK")], [])
    assert "C0DESK" in channel


async def test_it_stops_in_the_very_moment_in_which_there_is_news(stage: InstalledStage) -> None:
    teams = stage.connection._teams
    assert isinstance(teams, Everywhere)
    looking = asyncio.create_task(teams.look_after())
    await asyncio.sleep(0.05)
    teams.look()
    looking.cancel()
    done, _ = await asyncio.wait({looking}, timeout=5)
    assert done


async def test_more_than_one_opens_and_closes(stage: InstalledStage) -> None:
    async with AsyncExitStack() as stack:
        other = stage.again()
        serving = asyncio.create_task(other.connection.serve(Core()))
        stack.callback(serving.cancel)
        await asyncio.sleep(0)
        await stage.install(ONE)
        await other.known(ONE)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
