"""axe on every page of an employee, full, empty and wrong: nothing serious, nothing critical."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from chalicelib.web import render as rendering
from infra import assets
from tests.browser import axe, console
from tests.browser.conftest import SMALL
from tests.browser.printed import Printed
from tests.unit.page_examples import EXAMPLES, ORG

SCREENS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "care": {},
    "care-dark": {"color_scheme": "dark"},
}


def printed(*, care: bool) -> dict[str, str]:
    """Every example as the web floor renders it."""
    assets.build()
    return {
        one.name: rendering.render(
            one.template, one.view, org=ORG, care=care, form_token=lambda _path: "token"
        )
        for one in EXAMPLES
    }


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_serious_on_the_pages_of_an_employee(browser: Browser, screen: str) -> None:
    context = browser.new_context(viewport=SMALL, locale="zh-CN", **SCREENS[screen])
    shown = Printed(context.new_page(), printed(care=screen.startswith("care")))
    rules = None if screen == "light" else axe.LOOKS
    found = {}
    for name in shown.pages:
        shown.open(name)
        if complaints := axe.complaints(shown.page, rules=rules):
            found[name] = complaints
    context.close()
    assert not found, "\n".join(f"{name}: {line}" for name, all_ in found.items() for line in all_)


@pytest.mark.parametrize("width", [1366, 1024])
def test_nothing_serious_on_the_pages_of_the_staff(browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN")
    shown = Printed(context.new_page(), console.all_pages())
    found = {}
    for name in shown.pages:
        shown.open(name)
        assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if complaints := axe.complaints(shown.page, rules=None if width > 1024 else axe.LOOKS):
            found[name] = complaints
    context.close()
    assert not found, "\n".join(f"{name}: {line}" for name, all_ in found.items() for line in all_)
