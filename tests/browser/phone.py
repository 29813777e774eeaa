"""A person at the phone page: what they press and what they see, in the page's own words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Locator, Page


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium: CHROMIUM, the system's, or Playwright's own."""
    from playwright.sync_api import sync_playwright

    system = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class PhonePage:
    """The phone page of `make run` in a browser tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        page.locator("#follow:visible, #log:visible").first.wait_for()

    @property
    def web(self) -> FrameLocator:
        """The page inside the web view."""
        return self.page.frame_locator("#frame iframe")

    @property
    def bubbles(self) -> Locator:
        """What was said, oldest first."""
        return self.page.locator(".bubble")

    @property
    def codes(self) -> Locator:
        """The one-time codes in the inbox, newest first."""
        return self.page.locator(".code strong")

    def follow(self) -> None:
        """关注公众号, and wait for the welcome."""
        self.page.get_by_role("button", name="关注公众号").click()
        self.bubbles.first.wait_for()

    def unfollow(self) -> None:
        """不再关注, on the account's profile."""
        self.page.get_by_role("button", name="公众号资料").click()
        self.page.get_by_role("button", name="不再关注").click()
        self.page.get_by_role("button", name="关注公众号").wait_for()

    def say(self, text: str) -> None:
        """Type a message and send it."""
        toggle = self.page.get_by_role("button", name="切换到键盘")
        if toggle.is_visible():
            toggle.click()
        self.page.get_by_label("输入消息").fill(text)
        self.page.keyboard.press("Enter")

    def tap(self, *names: str) -> None:
        """Tap a menu button, or a group and then a button in it."""
        menu = self.page.locator("#menu")
        for name in names:
            menu.get_by_role("button", name=name, exact=True).click()

    def close_web(self) -> None:
        """× of the web view."""
        self.page.get_by_role("button", name="关闭网页").click()

    def take(self, label: str) -> None:
        """Take another phone into the hand."""
        button = self.page.locator("#phones").get_by_role("button", name=label)
        button.click()
        self.page.locator(f"#phones [aria-pressed=true]:text-is('{label}')").wait_for()
