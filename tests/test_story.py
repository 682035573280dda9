"""The story of the tour, told in a real browser against the real `metoo sandbox`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.visitor import QUIET, Visitor, chromium, violations

CONTROLS = ":is(button, input, select, textarea, summary, [tabindex])"
ROOT = Path(__file__).parents[1]
TEXT = "Planted-Gimpel-4471: a remark in the lift, <b>again</b>, ünd wieder"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "bot", "sandbox", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own program
        assert running.stdout is not None
        line = running.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        try:
            assert found, f"the sandbox said {line!r}"
            yield found[0]
        finally:
            running.terminate()
            running.communicate(timeout=20)
    assert running.returncode == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    somebody = Visitor(browser, address)
    yield somebody
    somebody.leave()


def test_the_tour_leads_from_me_too_to_what_is_stored(visitor: Visitor) -> None:
    page = visitor.page
    expect(page.locator("#banner")).to_contain_text("Practice only. Nothing here reaches anyone.")
    visitor.accessible()

    page.locator("#tour").get_by_role("button", name="Open /metoo").click()
    expect(visitor.dialog).to_contain_text("In danger now? Call your local emergency number.")
    visitor.accessible()
    visitor.press("Say me too")
    visitor.press("Me too")
    expect(visitor.dialog).to_contain_text("Your choice is kept. Numbers appear from five")
    visitor.press("Close")
    expect(page.locator("summary", has_text="presses")).to_contain_text("1 new")

    page.get_by_role("button", name="Next", exact=True).click()
    page.locator("#tour").get_by_role("button", name="Open /metoo").click()
    _tell(visitor)
    words = visitor.dialog.locator(".words").inner_text()
    assert len(words.split()) == 7
    visitor.accessible()
    visitor.press("Send")
    visitor.screen("Your report is saved")
    assert visitor.dialog.locator(".words").inner_text() == words
    visitor.press("Close")
    expect(page.locator("summary", has_text=re.compile("^reports"))).to_contain_text("1 new")

    visitor.move("+4 hours")
    _read_as_a_handler(visitor)

    visitor.channel("general")
    digests = page.locator(".card", has_text="Digest for week")
    before = digests.count()
    visitor.move("+1 week")
    expect(digests).to_have_count(before + 1)
    expect(digests.last).to_contain_text("Me-toos in the last 12 weeks")

    assert visitor.search(TEXT) == "Not found."
    assert visitor.search("person-001") == "Not found."
    assert visitor.search("person-013") == "Not found."
    assert visitor.search("hr-desk").startswith("Found in ")
    visitor.accessible()


def _tell(visitor: Visitor) -> None:
    visitor.press("Tell what happened")
    visitor.press("Start writing")
    visitor.screen("Tell what happened")
    form = visitor.dialog
    form.get_by_role("button", name="Preview").click()
    expect(form.get_by_text("This one is needed.")).to_be_visible()
    form.get_by_label("What happened").fill(TEXT)
    form.get_by_label("Kind").select_option(label="Unwanted words or images")
    form.get_by_role("combobox", name="Person named").fill("basalt")
    form.get_by_role("option", name="Basalt Production").click()
    expect(form.locator(".counter").first).to_have_text(f"{len(TEXT)} of 40,000")
    visitor.accessible()
    form.get_by_role("button", name="Preview").click()
    visitor.screen("Before you send")
    expect(form).to_contain_text("#hr-desk; people who can read it now: 3")
    expect(form.locator("blockquote")).to_have_text(TEXT)
    expect(form.get_by_role("button", name="Choose: Who tells")).to_be_visible()


def _read_as_a_handler(visitor: Visitor) -> None:
    page = visitor.page
    expect(page.locator(".channel", has_text="hr-desk")).to_have_count(0)
    visitor.become("Linden")
    visitor.channel("hr-desk")
    # The desk's reminder of the day may have come after it.
    card = page.locator(".card", has_text="A report arrived").last
    expect(card).to_be_visible()
    expect(page.locator("#posts")).not_to_contain_text("Planted-Gimpel")
    visitor.accessible()
    card.get_by_role("button", name="Read privately").click()
    expect(visitor.dialog.locator("blockquote")).to_have_count(0)
    visitor.press("Show the words")
    expect(visitor.dialog.locator("blockquote")).to_have_text(TEXT)
    expect(visitor.dialog).to_contain_text("Basalt · Production")
    visitor.accessible()
    visitor.press("Close")


def test_an_admin_looks_at_set_up_changes_a_desk_and_sends_a_test(visitor: Visitor) -> None:
    page = visitor.page
    visitor.become("Tansy")
    expect(page.locator("#who")).to_contain_text("You are an admin: /metoo offers you Set up.")
    page.get_by_role("textbox", name="Command").fill("/metoo setup")
    page.keyboard.press("Enter")
    visitor.screen("Set up metoo")
    visitor.accessible()
    visitor.press("Desks")
    visitor.press("Add a desk")
    visitor.screen("Desks")
    visitor.dialog.get_by_label("Private channel").select_option("works-council")
    visitor.accessible()
    visitor.press("Keep")
    expect(visitor.dialog).to_contain_text("It holds from the moment below; the desks were told.")
    expect(visitor.dialog).to_contain_text("#hr-desk, #ombuds, #works-council")
    visitor.press("Take back what waits")
    expect(visitor.dialog).not_to_contain_text("#works-council")
    visitor.press("Send a test report")
    expect(visitor.dialog).to_contain_text("A test report is on its way.")
    visitor.press("Close")
    visitor.become("Linden")
    visitor.channel("hr-desk")
    card = page.locator(".card", has_text="Test: a report would arrive here").last
    card.get_by_role("button", name="Read privately").click()
    expect(page.locator(".beside")).to_contain_text("This was a test, and you could open it.")
    visitor.accessible()
    visitor.become("Tansy")
    page.get_by_role("button", name="/metoo", exact=True).click()
    visitor.press("Set up")
    expect(visitor.dialog).to_contain_text("it arrived in #hr-desk")


def test_everything_can_be_done_from_the_keyboard_and_the_focus_comes_back(visitor: Visitor) -> None:
    page, keys = visitor.page, visitor.page.keyboard
    page.get_by_role("button", name="Close the tour").press("Enter")
    page.get_by_role("textbox", name="Command").focus()
    keys.type("/metoo something I would rather not have typed")
    keys.press("Enter")
    expect(visitor.dialog.get_by_role("heading", name="metoo")).to_be_focused()
    expect(visitor.dialog).not_to_contain_text("rather not have typed")
    _tab_to(page, "Tell what happened")
    keys.press("Enter")
    visitor.screen("Before you write")
    _tab_to(page, "Start writing")
    keys.press("Enter")
    visitor.screen("Tell what happened")
    _tab_to(page, "")
    keys.type("One sentence.")
    keys.press("Escape")
    expect(visitor.dialog.get_by_role("alert")).to_contain_text("Closing loses what you typed.")
    keys.press("Escape")
    expect(visitor.dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="Command")).to_be_focused()

    keys.press("Shift+Tab")
    picker = page.get_by_role("combobox", name="You are")
    picker.focus()
    keys.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    keys.type("heron")
    keys.press("Enter")
    expect(picker).to_have_value("Heron · Visiting auditor")


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until a control with this text has the focus; it must never leave the dialog for the page."""
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.inner_text() == name:
            return
    pytest.fail(f"Tab never reached {name!r}")


def test_a_press_under_a_statement_is_answered_beside_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.become("Birch")
    visitor.channel("solidarity")
    post = page.locator(".post", has=page.get_by_role("button", name="Me too", exact=True)).last
    post.get_by_role("button", name="Me too", exact=True).first.click()
    beside = page.locator(".beside")
    expect(beside).to_contain_text("Only you can see this")
    expect(beside).to_contain_text("Your choice is kept.")
    visitor.accessible()
    beside.get_by_role("button", name="Close").click()
    expect(beside).to_have_count(0)


def test_a_message_is_reported_from_where_it_stands_and_read_at_the_desk(visitor: Visitor) -> None:
    page = visitor.page
    visitor.become("Birch")
    visitor.channel("general")
    message = page.locator(".post", has=page.locator(".talked")).last
    text = message.locator(".talked").inner_text()
    message.get_by_role("button", name=re.compile("^Report privately what ")).click()
    visitor.screen("Report this message")
    expect(visitor.dialog.locator("blockquote")).to_have_text(text)
    expect(visitor.dialog).to_contain_text("Nothing is sent yet.")
    visitor.accessible()
    visitor.press("Start writing")
    visitor.press("Preview")
    visitor.screen("Before you send")
    expect(visitor.dialog.locator("blockquote")).to_have_text(text)
    expect(visitor.dialog).to_contain_text("Leave the message out")
    visitor.press("Send")
    visitor.screen("Your report is saved")
    visitor.press("Close")

    visitor.move("+4 hours")
    visitor.become("Linden")
    visitor.channel("hr-desk")
    expect(page.locator(".card", has_text="A report arrived").last).to_be_visible()
    page.locator(".card", has_text="A report arrived").last.get_by_role("button").first.click()
    visitor.press("Show the words")
    expect(visitor.dialog.locator("blockquote")).to_have_text(text)
    expect(visitor.dialog).to_contain_text("A message, quoted:")
    visitor.accessible()


def test_while_the_past_is_prepared_the_page_says_so_and_rests(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    moment = context.request.get(f"{address}api/state").json()
    moment |= {"people": [], "channels": [], "preparing": {"week": 3, "weeks": 8}}
    page.route("**/api/state*", lambda route: route.fulfill(json=moment))
    page.route(
        "**/api/live",
        lambda route: route.fulfill(
            body=f"retry: 50\ndata: {json.dumps(moment)}\n\n", content_type="text/event-stream"
        ),
    )
    page.goto(address)
    panel = page.get_by_role("region", name="Preparing eight weeks of practice history…")
    expect(panel).to_contain_text("Week 3 of 8")
    expect(panel.get_by_role("progressbar")).to_have_attribute("value", "3")
    expect(page.locator("#said[role=status]")).to_have_text("Preparing eight weeks of practice history…")
    expect(page.locator(f"{CONTROLS}:not([inert], [inert] *)")).to_have_count(0)
    assert not violations(page)

    page.unroute("**/api/state*")
    page.unroute("**/api/live")
    expect(page.locator("#said")).to_have_text("The workplace is ready.")
    expect(panel).to_have_count(0)
    expect(page.locator("[inert]")).to_have_count(0)
    expect(page.locator(".card", has_text="Digest for week")).not_to_have_count(0)
    context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_it_works_at_the_width_of_a_phone(browser: Browser, address: str, dark: bool) -> None:
    visitor = Visitor(browser, address, width=360, dark=dark)
    page = visitor.page
    visitor.accessible()
    page.get_by_role("button", name="Close the tour").click()
    page.get_by_role("button", name="/metoo", exact=True).click()
    visitor.press("Find support")
    visitor.screen("Find support")
    visitor.accessible()
    visitor.press("Close")
    page.get_by_role("button", name="What is stored", exact=True).click()
    assert visitor.search("person-001") == "Not found."
    visitor.accessible()
    page.get_by_role("button", name="You, channels", exact=True).click()
    visitor.accessible()
    page.get_by_role("button", name="Take the tour").click()
    expect(page.get_by_role("heading", name="Say me too")).to_be_focused()
    page.get_by_role("button", name="You, channels", exact=True).click()
    visitor.channel("solidarity")
    wide = page.locator("body").evaluate("body => document.documentElement.scrollWidth")
    assert wide == 360
    visitor.leave()
