"""The app on a screen, as a person and their keyboard meet it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Request, Response

PATIENCE_MS = 30_000
_LOCAL = ("127.0.0.1", "localhost")
_SAID_BY_THE_DRIVER = ("GPU stall", "GL Driver Message", "Max vertices per segment")


class Screen:
    """One page of the app; it remembers everything that went wrong on it.

    Parameters
    ----------
    base: address of the server.

    Attributes
    ----------
    accepted: a status that is no mishap here; ``refused`` are the addresses that it came from.
    """

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.requested: list[str] = []
        self.mishaps: list[str] = []
        self.accepted = 0
        self.refused: list[str] = []
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.mishaps.append(f"uncaught: {error}"))
        self.page.on("dialog", lambda dialog: self.mishaps.append(f"dialog: {dialog.message}"))

    def open(self, path: str) -> Screen:
        """Go to a path and wait until nothing moves any more."""
        self.page.goto(self.base + path)
        return self.settle()

    def settle(self) -> Screen:
        """Wait until everything asked for is here, and the maps are drawn."""
        self.page.locator("main > *").first.wait_for()
        for unfinished in (".waiting", ".skeleton", '[aria-busy="true"]', '[data-idle="no"]'):
            self._gone(unfinished)
        return self

    def type_line(self, line: str) -> Screen:
        """Type into the search line and press Enter."""
        field = self.page.get_by_role("combobox", name=re.compile("^Search line"))
        field.fill(line)
        before = self.page.url
        field.press("Enter")
        self.page.wait_for_url(lambda url: url != before)
        return self.settle()

    def total(self, dataset: str) -> int:
        """The number in the headline of a dataset."""
        headline = self.page.locator(f'[data-testid="total"][data-dataset="{dataset}"]')
        return int(re.sub(r"\D", "", headline.inner_text()))

    def chips(self) -> list[str]:
        """What the chips say."""
        found = self.page.locator('section[aria-label="What is shown"] li')
        return [" ".join(text.split()) for text in found.all_inner_texts()]

    def tab(self, name: str) -> Locator:
        """Open a tab of the panel, and give its content."""
        self.page.get_by_role("tab", name=name).click()
        self.settle()
        return self.page.get_by_role("tabpanel")

    def _gone(self, selector: str) -> None:
        self.page.locator(selector).first.wait_for(state="detached")

    def _on_request(self, request: Request) -> None:
        self.requested.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and parts.hostname not in _LOCAL:
            self.mishaps.append(f"left this machine: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status == self.accepted:
            self.refused.append(response.url)
        elif response.status >= 400:
            self.mishaps.append(f"{response.status}: {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        driver = any(words in message.text for words in _SAID_BY_THE_DRIVER)
        accepted = self.accepted and f"status of {self.accepted}" in message.text
        if message.type == "error" and not (driver or accepted):
            self.mishaps.append(f"console: {message.text}")
