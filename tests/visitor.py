"""Somebody in front of the sandbox's page, in a real browser."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it ships no types
from playwright.sync_api import Browser, Locator, Page, expect

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--no-sandbox",  # a container has no user namespaces for Chromium's own sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=60_000)  # a busy machine is slow, and only a page that never comes is wrong
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options={"runOnly": STANDARD}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail(
            "Please install Chromium or Google Chrome, or set CHROMIUM to the path of one.", pytrace=False
        )
    return found


class Visitor:
    """Somebody in front of the page; everything the browser complains about, or asks of others, is kept."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1440, dark: bool = False) -> None:
        height = 900 if width > 700 else 740
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(60_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url, address))
        self.page.goto(address)
        expect(self.page.locator("details").first).to_be_attached()

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith(address):
            self.complaints.append(f"asked {url}")

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    def press(self, name: str) -> None:
        """A button of the private screen."""
        self.dialog.get_by_role("button", name=name, exact=True).click()

    def screen(self, title: str) -> None:
        expect(self.dialog.get_by_role("heading", name=title, exact=True)).to_be_visible()

    def channel(self, name: str) -> None:
        self.page.locator(".channel", has_text=name).click()
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    def become(self, name: str) -> None:
        picker = self.page.get_by_role("combobox", name="You are")
        picker.fill(name)
        picker.press("Enter")
        expect(picker).to_have_value(re.compile(f"^{name} · "))

    def move(self, label: str) -> None:
        before = self.page.locator("#now").get_attribute("datetime") or ""
        self.page.get_by_role("button", name=label, exact=True).click()
        expect(self.page.locator("#now")).not_to_have_attribute("datetime", before, timeout=60_000)
        expect(self.page.locator("#moves:not([inert])")).to_be_visible(timeout=60_000)
        expect(self.page.locator("#said")).to_contain_text("It is now")

    def search(self, text: str) -> str:
        self.page.get_by_role("searchbox").fill(text)
        self.page.get_by_role("button", name="Search", exact=True).click()
        expect(self.page.locator(".answer q")).to_contain_text(text[:60])
        return self.page.locator(".verdict").inner_text()

    def accessible(self) -> None:
        assert not violations(self.page)

    def leave(self) -> None:
        assert not self.complaints, self.complaints
        self._context.close()
