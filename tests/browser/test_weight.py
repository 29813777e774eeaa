"""What a phone downloads: the first visit to home on slow 4G, and every page after it."""

import gzip
import re

from playwright.sync_api import Browser, Page, expect

from infra import assets
from tests import figures
from tests.browser.conftest import PATIENCE_MS, SMALL
from tests.browser.site import Site
from tests.browser.test_access import printed

FIRST_BYTES = 60_000
LATER_BYTES = 12_000
# Lighthouse's "slow 4G": 150 ms round trip, 1.6 Mbit/s down, 750 kbit/s up.
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PAINT_MS = 1_500
BUSY_MS = 2 * PAINT_MS  # other tests run beside this one; what was measured is printed
# Every page of an employee has them from the first visit on.
KEPT = ("employee.css", "employee.js", "emblem.svg")
LARGEST_PAINT = """() => new Promise((done) => {
  let last = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) last = e.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => {
    const nav = performance.getEntriesByType('navigation')[0];
    done([last, nav.responseStart - nav.requestStart]);
  }, 500);
})"""


def first_visit(page: Page, address: str) -> tuple[int, float]:
    """Open a page with nothing kept; returns bytes over the wire and ms of the largest paint.

    The time of the server (first byte of the page after its request) is taken off the paint.
    """
    wire = page.context.new_cdp_session(page)
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(address, wait_until="load")
    paint, server = page.evaluate(LARGEST_PAINT)
    return round(sum(loaded)), paint - max(0, server - SLOW_4G["latency"])


def test_the_first_visit_to_home_is_light_and_soon_there(browser: Browser, service: Site) -> None:
    context = browser.new_context(viewport=SMALL, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "sim_phone", "value": service.new_phone(), "url": service.phone}])
    # signing in through WeChat is not the product's: it is done before the clock runs
    page = context.new_page()
    page.goto(service.front)
    expect(page.get_by_role("main")).to_contain_text("点击绑定职工信息")
    measured = context.new_page()
    size, paint = first_visit(measured, service.front)
    expect(measured.get_by_role("main")).to_contain_text("点击绑定职工信息")
    context.close()
    figures.note("first visit to home, bytes over the wire", size)
    figures.note("first visit to home, largest paint on slow 4G, ms", round(paint))
    assert size > assets.build().gzip_bytes("employee.css"), "the style sheet was not counted"
    assert size <= FIRST_BYTES
    assert paint < BUSY_MS


def later_bytes(html: str) -> int:
    """What a page weighs for who has been on home: its text, and what only it needs."""
    manifest = assets.build()
    names = {file: name for name, file in manifest.files.items()}
    asked = {names[file] for file in re.findall(r"/static/([\w.-]+)", html)} - set(KEPT)
    return len(gzip.compress(html.encode(), 6)) + sum(map(manifest.gzip_bytes, asked))


def test_every_later_page_is_light() -> None:
    sizes = {name: later_bytes(html) for name, html in printed(care=False).items()}
    heaviest = max(sizes, key=sizes.__getitem__)
    figures.note("the heaviest later page, bytes", sizes[heaviest])
    assert len(sizes) > 60
    assert sizes[heaviest] <= LATER_BYTES, heaviest
