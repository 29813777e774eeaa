"""Every page of an employee without a finger: Tab reaches everything, in order, and is seen."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SMALL
from tests.browser.printed import Printed
from tests.browser.test_access import printed

REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((e) => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0
      && (e.offsetParent || e.matches('.ma-skip')) && getComputedStyle(e).visibility !== 'hidden');
  all.forEach((e, place) => (e.dataset.place = place));
  return all.length;
}"""
# Where the focus is, and whether that is seen: a frame around it or its box, or a caret.
HERE = """() => {
  const e = document.activeElement;
  if (!e || e.dataset.place === undefined) return null;
  const framed = (x) => {
    const s = getComputedStyle(x);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
  };
  const clear = (x) => Number(getComputedStyle(x).opacity) > 0;
  const caret = e.matches('input:not([type=checkbox]):not([type=file]), textarea') && clear(e);
  const seen = caret || (framed(e) && clear(e)) || framed(e.parentElement);
  return [Number(e.dataset.place), seen, (e.textContent.trim() || e.id).slice(0, 20)];
}"""


def walk(page: Page) -> list[str]:
    """Press Tab from the top to the end; returns what is wrong on the way."""
    wrong = []
    page.evaluate("document.body.setAttribute('tabindex', '-1'); document.body.focus()")
    count = page.evaluate(REACHABLE)
    for place in range(count):
        page.keyboard.press("Tab")
        now = page.evaluate(HERE)
        if now is None or now[0] != place:
            return [*wrong, f"Tab {place + 1} comes to {now}"]
        if not now[1]:
            wrong.append(f"not seen: {now[2]}")
    return wrong


def test_tab_reaches_everything_in_order_and_is_seen(browser: Browser) -> None:
    context = browser.new_context(viewport=SMALL, locale="zh-CN")
    shown = Printed(context.new_page(), printed(care=False))
    found = []
    for name in shown.pages:
        shown.open(name)
        # the three parts of a date are three stops of their own
        shown.page.evaluate(
            "document.querySelectorAll('input[type=date]').forEach((e) => (e.type = 'text'))"
        )
        found += [f"{name}: {wrong}" for wrong in walk(shown.page)]
    context.close()
    assert not found, "\n".join(found)


def test_the_first_stop_leads_past_the_head(browser: Browser) -> None:
    context = browser.new_context(viewport=SMALL, locale="zh-CN")
    shown = Printed(context.new_page(), printed(care=False))
    shown.open("me")
    shown.page.keyboard.press("Tab")
    expect(shown.page.get_by_role("link", name="跳到正文")).to_be_focused()
    shown.page.keyboard.press("Enter")
    expect(shown.page.get_by_role("main")).to_be_focused()
    context.close()
