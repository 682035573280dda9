"""Files in the practice workplace, sent and fetched in a real browser over one-time pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bot import hostile
from tests.visitor import QUIET, Visitor, chromium, violations

ROOT = Path(__file__).parents[2]
NOTE = "Planted-Fenster-8812: what the screen said"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "bot", "sandbox", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own program
        assert running.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", running.stdout.readline())
        try:
            assert found
            while b'"preparing": {' in urlopen(f"{found[0]}api/state").read():  # noqa: S310 - our own program
                time.sleep(0.1)
            yield found[0]
        finally:
            running.terminate()
            running.communicate(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        browser.close()


def follow(visitor: Visitor, label: str) -> Page:
    """Open a link of the private screen, which comes in a page of its own."""
    with visitor.page.expect_popup() as opened:
        visitor.dialog.get_by_role("link", name=label).click()
    return opened.value


@pytest.mark.parametrize("dark", [False, True])
def test_files_go_in_and_the_copy_comes_out(
    browser: Browser, address: str, tmp_path: Path, dark: bool
) -> None:
    note, picture = tmp_path / "a-name-nobody-keeps.txt", tmp_path / "photo.jpg"
    note.write_text(NOTE)
    picture.write_bytes(hostile.jpeg())
    visitor = Visitor(browser, address, dark=dark)
    page = visitor.page
    expect(page.locator("[inert]")).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name="Close the tour").click()
    page.get_by_role("button", name="/metoo", exact=True).click()
    visitor.press("Tell what happened")
    visitor.press("Start writing")
    visitor.dialog.get_by_label("What happened").fill("It happened.")
    visitor.dialog.get_by_role("button", name="Preview").click()
    visitor.screen("Before you send")
    words = visitor.dialog.locator(".words").inner_text()
    visitor.press("Add a file")

    upload = follow(visitor, "Open the page for your files")
    upload.set_viewport_size({"width": 360, "height": 740})
    expect(upload).to_have_title("Send files")
    assert not violations(upload)
    assert upload.evaluate("document.documentElement.scrollWidth") == 360
    upload.get_by_label("Files").set_input_files([note, picture])
    upload.get_by_role("button", name="Send").click()
    expect(upload.locator("main")).to_contain_text("added (Text, 1 KB)")
    expect(upload.locator("main")).to_contain_text("added (Picture, ")
    assert not violations(upload)
    upload.go_back()
    upload.reload()
    expect(upload.locator("main")).to_contain_text("Each page works once and for ten minutes")
    upload.close()

    visitor.press("Back to the preview")
    expect(visitor.dialog).to_contain_text("Text, 1 KB")
    visitor.press("Send")
    visitor.press("Back to the menu")
    visitor.press("I have a receipt")
    visitor.dialog.get_by_label("Your seven words").fill(words)
    visitor.dialog.get_by_role("button", name="Open").click()
    visitor.press("My copy")
    visitor.press("As a text file")
    fetched = follow(visitor, "Open the page for your file")
    assert not violations(fetched)
    with fetched.expect_download() as download:
        fetched.get_by_role("button", name="Get the file").click()
    got = download.value
    assert got.suggested_filename == "record.txt"
    assert "It happened." in Path(got.path()).read_text()
    visitor.leave()
