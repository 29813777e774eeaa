"""Every page of an employee at every width, in every light, with WeChat's largest type.

With SHOTS=1 in the environment, pictures of all of them lie in tests/browser/shots/ afterwards.
"""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import console
from tests.browser.conftest import SHOTS
from tests.browser.printed import Printed
from tests.browser.test_access import printed
from tests.browser.test_looks import OVERFLOW, PALE, SMALL_TARGETS, TARGET

SHOOT = os.environ.get("SHOTS") == "1"
WIDTHS = {320: 568, 375: 667, 414: 736}
LOOKS: dict[str, dict[str, Any]] = {"light": {}, "dark": {"color_scheme": "dark"}, "care": {}}
# WeChat's own setting goes to 1.6; Android's web view multiplies the type of each element.
LARGEST = 1.6
ENLARGE = """(factor) => {
  const sizes = [...document.querySelectorAll('body, body *')]
    .map((e) => [e, parseFloat(getComputedStyle(e).fontSize)]);
  for (const [e, size] of sizes) e.style.fontSize = `${size * factor}px`;
}"""
# What is cut off: text that is wider or higher than a box that hides the rest.
CLIPPED = """() => [...document.querySelectorAll('body *')].filter((e) => {
  const style = getComputedStyle(e);
  if (!e.offsetParent || !e.textContent.trim() || e.closest('.ma-hidden, .ma-skip, svg')) return false;
  if (style.overflow === 'visible' || style.webkitLineClamp !== 'none') return false;
  if (style.textOverflow === 'ellipsis') return false;
  return (e.scrollWidth > e.clientWidth + 1 && style.overflowX === 'hidden')
    || (e.scrollHeight > e.clientHeight + 2 && style.overflowY === 'hidden');
}).map((e) => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 20)}`)"""
# Text of two elements over one another: a sticky bar or a label that does not wrap.
COVERED = """() => {
  const found = [];
  for (const e of document.querySelectorAll('.weui-label, .weui-btn, .ma-state, dt, dd')) {
    if (e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
      found.push(`${e.className}: ${e.textContent.trim().slice(0, 20)}`);
  }
  return found;
}"""
# A unit that fell from the line of its number.
APART = """() => [...document.querySelectorAll('.ma-money')].filter((e) => {
  const [number, unit] = ['input', '.weui-cell__ft']
    .map((part) => e.querySelector(part).getBoundingClientRect());
  return unit.height && (unit.top >= number.bottom || unit.left < number.left);
}).map((e) => e.querySelector('input').id)"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    return [
        *(f"too wide: {found}" for found in page.evaluate(OVERFLOW)),
        *(f"too small: {found}" for found in page.evaluate(SMALL_TARGETS, TARGET)),
        *(f"cut off: {found}" for found in page.evaluate(CLIPPED)),
        *(f"does not fit: {found}" for found in page.evaluate(COVERED)),
        *(f"unit apart: {found}" for found in page.evaluate(APART)),
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_an_employee_has_its_shape(browser: Browser, look: str) -> None:
    folder = SHOTS / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 375, "height": 667}, **LOOKS[look])
    shown = Printed(context.new_page(), printed(care=look == "care"))
    found = []
    for name in shown.pages:
        shown.open(name)
        for width, height in WIDTHS.items():
            shown.page.set_viewport_size({"width": width, "height": height})
            found += [f"{name} at {width}: {fault}" for fault in faults(shown.page)]
            if SHOOT:
                shown.page.screenshot(path=folder / f"{name}-{look}-{width}.png", full_page=True)
        found += [f"{name}: too pale: {fault}" for fault in shown.page.evaluate(PALE)]
    context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 375])
def test_every_page_stands_the_largest_type_of_wechat(browser: Browser, width: int) -> None:
    folder = SHOTS / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": 667})
    shown = Printed(context.new_page(), printed(care=False))
    found = []
    for name in shown.pages:
        shown.open(name)
        shown.page.evaluate(ENLARGE, LARGEST)
        found += [f"{name} at {width}: {fault}" for fault in faults(shown.page)]
        if SHOOT:
            shown.page.screenshot(path=folder / f"{name}-large-{width}.png", full_page=True)
    context.close()
    assert not found, "\n".join(found)


def test_the_console_in_pictures(browser: Browser) -> None:
    folder = SHOTS / "console"
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    shown = Printed(context.new_page(), console.all_pages())
    for name in shown.pages:
        shown.open(name)
        if SHOOT:
            shown.page.screenshot(path=folder / f"{name}-1366.png")
        said = shown.page.locator("body").inner_text()
        assert not re.search(r"\bNone\b|Undefined|\{\{", said), name
    context.close()
