"""Chromium in front of the deployed service, with a critic at every page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from infra.demo.people import Employee
from tests import stage
from tests.browser import chromium, site

SHOTS = Path(__file__).parent / "shots"
SMALL = {"width": 375, "height": 667}
NARROW = {"width": 320, "height": 568}
DESKTOP = {"width": 1280, "height": 800}
# A shared machine may be busy: waiting ends as soon as there is something to see.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# What the browser notes about an answer that the test itself asked for.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> site.Site:
    """The deployment that all browser tests of this run share."""
    folder = stage.session_folder(tmp_path_factory.getbasetemp())
    return site.Site(stage.shared(folder), folder)


# By module: while Playwright runs, its event loop is in the way of other tests' own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = str(chromium.find())
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS[1:]))
        yield made
        made.close()


class Critic:
    """Notes what a page must never do."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("console", self._console)
        context.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.match(message.text):
            self.complaints.append(f"console: {message.text}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")


Open = Callable[..., Page]


@pytest.fixture
def open_phone(browser: Browser, service: site.Site) -> Iterator[Open]:
    """Give a page of a new WeChat user's phone: its size and habits are keyword arguments.

    After the test, no page may have complained: scripts, console, CSP, failed requests.
    """
    critic = Critic()
    contexts: list[BrowserContext] = []

    def made(**habits: Any) -> Page:
        options = {"viewport": SMALL, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | habits
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(
            [{"name": "sim_phone", "value": service.new_phone(), "url": service.phone}]
        )
        critic.watch(context)
        return context.new_page()

    yield made
    for context in contexts:
        context.close()
    assert not critic.complaints, "\n".join(critic.complaints)


@pytest.fixture
def employee(service: site.Site) -> Employee:
    """Somebody in the roster whom no other test binds."""
    return service.next_employee()
