"""Every page on four screens: nothing overflows, everything can be hit — and pictures to look at.

The pictures lie in tests/browser/shots/ after a run.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from infra.demo.people import Employee
from tests.browser.conftest import DESKTOP, NARROW, SHOTS, SMALL, Open
from tests.browser.site import Site
from tests.browser.steps import ask_code, fill_in, submit

HABITS: dict[str, dict[str, Any]] = {
    "375": {"viewport": SMALL, "device_scale_factor": 2, "has_touch": True},
    "320": {"viewport": NARROW, "device_scale_factor": 2, "has_touch": True},
    "desktop": {"viewport": DESKTOP},
    "dark": {"viewport": SMALL, "device_scale_factor": 2, "color_scheme": "dark"},
    "care": {"viewport": SMALL, "device_scale_factor": 2},
}
TARGET = 44  # CSS pixels, for a thumb


@dataclass(frozen=True)
class Camera:
    """Takes a picture of a page and looks at what can be measured."""

    page: Page
    screen: str

    def take(self, name: str, *, targets: bool = True) -> None:
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=SHOTS / f"{name}-{self.screen}.png", full_page=True)
        overflow = self.page.evaluate(OVERFLOW)
        assert not overflow, f"{name} on {self.screen} is wider than the screen: {overflow}"
        small = self.page.evaluate(SMALL_TARGETS, TARGET)
        assert not (targets and small), f"{name} on {self.screen}: too small to hit: {small}"
        pale = self.page.evaluate(PALE)
        assert not pale, f"{name} on {self.screen}: too pale to read: {pale}"


OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll('*')]
    .filter((e) => e.getBoundingClientRect().right > width + 0.5)
    .map((e) => e.tagName + '.' + e.className).slice(0, 5);
}"""

# Links within a sentence are as high as its line; a label enlarges its box.
SMALL_TARGETS = """(target) => {
  const seen = (e) => e.offsetParent && getComputedStyle(e).visibility !== 'hidden';
  const sentence = (e) => e.tagName === 'A' && e.closest('label, article, li a, p');
  return [...document.querySelectorAll('a, button, select, input:not([type=hidden])')]
    .filter((e) => seen(e) && !sentence(e) && !e.matches('.ma-skip'))
    .map((e) => [e, (e.closest('label, [data-field]') || e).getBoundingClientRect()])
    .filter(([, box]) => box.height < target - 0.5 || box.width < target - 0.5)
    .map(([e, box]) => `${e.textContent.trim() || e.id}: ${box.width.toFixed(0)}x${box.height.toFixed(0)}`);
}"""

# WCAG 2.2 AA, 1.4.3: 4.5, or 3 for large type; disabled controls and placeholders are exempt.
PALE = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
  const ground = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.backgroundImage !== 'none') return null;
      const colour = rgba(style.backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    return layers.reverse().reduce((under, top) => over(top, under), dark ? [18, 18, 18] : [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const EXEMPT = ':disabled, .ma-skip, option';
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const e = node.parentElement, style = getComputedStyle(e);
    if (!node.textContent.trim() || !e.offsetParent || e.closest(EXEMPT)) continue;
    const under = ground(e);
    if (!under) continue;
    const [a, b] = [light(over(rgba(style.color), under)), light(under)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5) - 0.05) found.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 20)}`);
  }
  return [...new Set(found)];
}"""


@pytest.fixture(scope="module", autouse=True)
def _folder() -> None:
    SHOTS.mkdir(exist_ok=True)


@pytest.fixture(params=HABITS)
def screen(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def camera(open_phone: Open, service: Site, screen: str) -> Camera:
    page = open_phone(**HABITS[screen])
    if screen == "care":
        page.goto(f"{service.front}/care/on")
    return Camera(page, screen)


def test_the_pages_of_an_employee(camera: Camera, service: Site, employee: Employee) -> None:
    page = camera.page
    page.goto(f"{service.front}/")
    expect(page.get_by_role("main")).to_contain_text("点击绑定职工信息")
    camera.take("home-unbound")
    page.goto(f"{service.front}/bind")
    camera.take("bind")
    page.get_by_role("button", name="立即绑定").click()
    expect(page.get_by_role("alert")).to_be_visible()
    camera.take("bind-errors")
    page.goto(f"{service.front}/bind")
    fill_in(page, employee, name="李示例")
    code = ask_code(page, service, employee.phone)
    camera.take("bind-code-sent")
    submit(page, code)
    expect(page.get_by_role("alert")).to_be_visible()
    camera.take("bind-not-found")
    page.get_by_placeholder("请输入您的姓名").fill(employee.name)
    submit(page, code)
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()
    camera.take("bound")
    for name, path in PAGES.items():
        page.goto(f"{service.front}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        camera.take(name)


PAGES = {
    "home-bound": "/",
    "me": "/me",
    "enrolments": "/enrolments",
    "unbind": "/me/unbind",
    "privacy": "/privacy",
    "withdraw": "/privacy/consents/policy",
    "export": "/privacy/export",
    "account": "/privacy/account",
    "account-confirm": "/privacy/account/confirm",
    "notices": "/notices",
    "policy": "/policy",
    "error": "/articles/news/none",
    "unknown": "/no/such/page",
}


def test_a_list_and_a_page_to_read(camera: Camera, service: Site) -> None:
    """What demo articles there are; the empty list is looked at elsewhere."""
    page = camera.page
    page.goto(f"{service.front}/news")
    camera.take("news")
    first: Locator = page.get_by_role("main").locator("a[href^='/articles/']").first
    if first.count():
        first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        camera.take("article")


@pytest.mark.parametrize("size", [SMALL, DESKTOP, {"width": 1366, "height": 768}], ids=str)
def test_the_phone_page(
    open_phone: Open, service: Site, employee: Employee, size: dict[str, int]
) -> None:
    page = open_phone(viewport=size)
    name = f"phone-page-{size['width']}"

    def shot(step: str) -> None:
        page.screenshot(path=SHOTS / f"{name}-{step}.png")

    page.goto(service.phone)
    page.get_by_role("button", name="关注公众号").wait_for()
    shot("1-profile")
    page.get_by_role("button", name="关注公众号").click()
    expect(page.get_by_role("log", name="聊天记录")).to_contain_text("欢迎")
    shot("2-chat")
    page.get_by_role("button", name="我的", exact=True).click()
    view = page.frame_locator("iframe[title=公众号网页]")
    fill_in(view, employee)
    view.get_by_role("button", name="获取").click()
    expect(view.get_by_text("验证码已发送至")).to_be_visible()
    shot("3-bind")
