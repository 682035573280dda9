"""Payloads of any shape become an event or nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import inbound
from adapters.slack.members import Members
from bot.model import Standing

KEYS = st.sampled_from([
    "type", "user", "id", "team", "team_id", "user_id", "view", "actions", "action_id", "block_id", "value", "state",
    "values", "callback_id", "private_metadata", "container", "channel", "channel_id", "selected_option",
    "selected_users", "trigger_id", "response_url", "hash", "app_installed_team_id", "1:text", "field", "message",
    "text", "blocks", "attachments", "elements", "ts", "thread_ts", "fallback", "bot_id",
])  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=80),
    st.sampled_from(["message", "0.2:act", "0.x:", inbound.SHORTCUT]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=30,
)


def pressed(**action: Any) -> dict[str, Any]:
    return {"user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "actions": [action]}


@given(JSON)
@settings(max_examples=400, deadline=None)
def test_no_payload_breaks_the_translation(payload: object) -> None:
    for read in (inbound.command, inbound.press, inbound.submission, inbound.shortcut):
        arrival = read(payload, Members())
        assert arrival is None or arrival.event.actor.user


@given(st.text(max_size=24).filter(bool), st.text(max_size=64), st.integers(1, 99_999))
def test_an_address_comes_back_from_a_button_as_it_went(action: str, ref: str, page: int) -> None:
    arrival = inbound.press(pressed(action_id=f"7.{page}:{action}", value=ref), Members())
    assert arrival is not None
    assert (arrival.event.action, arrival.event.ref, arrival.page) == (action, ref, page)


def test_what_is_no_button_is_nothing() -> None:
    assert inbound.press(pressed(), Members()) is None


def test_a_button_of_another_version_is_an_action_that_nobody_knows() -> None:
    for action in (
        {"action_id": "no colon"},
        {"action_id": "0.0:" + "x" * 25},
        {"action_id": "0.0:a", "value": "x" * 65},
    ):
        arrival = inbound.press(pressed(**action), Members())
        assert arrival is not None
        assert (arrival.event.action, arrival.event.ref) == ("", "")


def test_only_a_member_can_be_an_admin() -> None:
    members = Members()
    members.team, members._loaded = "T1", True
    about = {"id": "U1", "team_id": "T1"}
    for told, admin in (
        ({}, False),
        ({"is_admin": True}, True),
        ({"is_owner": True}, True),
        ({"is_admin": "yes"}, False),
        ({"is_admin": True, "is_restricted": True}, False),
        ({"is_owner": True, "is_bot": True}, False),
    ):
        members.change(about | told)
        arrival = inbound.press(pressed(action_id="0.0:a"), members)
        assert arrival is not None
        assert arrival.event.actor.admin is admin


def test_a_page_that_is_no_number_is_the_first() -> None:
    for page in ("", "x", "-1", "٣", "999999"):
        arrival = inbound.press(pressed(action_id=f"0.{page}:a"), Members())
        assert arrival is not None
        assert arrival.page == 1


def test_somebody_of_another_workspace_is_external_whatever_the_list_says() -> None:
    payload = pressed(action_id="0.0:a")
    payload["user"]["team_id"] = "T2"
    arrival = inbound.press(payload, Members())
    assert arrival is not None
    assert arrival.event.actor.standing is Standing.EXTERNAL


def test_nobody_is_known_before_the_list_is_read() -> None:
    members = Members()
    members.team = "T1"
    members.change({"id": "U1", "team_id": "T1"})
    arrival = inbound.press(pressed(action_id="0.0:a"), members)
    assert arrival is not None
    assert arrival.event.actor.standing is Standing.UNKNOWN
    assert members.count("T1") is None


def test_nothing_of_a_person_shows_in_an_arrival() -> None:
    arrival = inbound.press(pressed(action_id="0.0:a", value="r"), Members())
    assert "U1" not in repr(arrival)
