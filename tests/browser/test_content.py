"""An editor writes, an employee reads: 公告通知, 资讯, 宣传手册 and 办事指南 in real browsers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from chalicelib.core.clock import BEIJING, SystemClock
from tests.browser.conftest import PATIENCE_MS, SHOTS, SMALL, Critic, Open
from tests.browser.site import Site
from tests.fakes import pictures

OFFICE = {"width": 1366, "height": 768}
HOSTILE = "<script>document.title = 'x'</script><img src=x onerror=\"document.title = 'x'\">"


@pytest.fixture(scope="module")
def editor(browser: Browser, service: Site) -> Iterator[Page]:
    """The editor of the demo at their desk: one sign-in, since a code works once."""
    accounts = json.loads((service.running.place.folder / "demo-staff.json").read_text())
    one = next(entry for entry in accounts if "编辑" in entry["roles"])
    critic, context = Critic(), browser.new_context(viewport=OFFICE, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    critic.watch(context)
    page = context.new_page()
    page.goto(f"{service.front}/staff/login")
    page.get_by_label("账号").fill(one["account"])
    page.get_by_label("密码").fill(one["password"])
    page.get_by_label("动态码").fill(pyotp.TOTP(one["totp"]).now())
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="内容").click()
    SHOTS.mkdir(exist_ok=True)
    yield page
    context.close()
    assert not critic.complaints, "\n".join(critic.complaints)


def begin(editor: Page, service: Site, category: str, title: str, source: str) -> None:
    """Open the form of a new article and fill it."""
    editor.goto(f"{service.front}/staff/content")
    editor.get_by_role("link", name=category, exact=True).click()
    editor.get_by_role("link", name=f"新建{category}").click()
    editor.get_by_label("标题", exact=True).fill(title)
    editor.get_by_label("正文（Markdown）").fill(source)


def test_an_article_with_pictures_goes_its_way(
    editor: Page, service: Site, open_phone: Open, tmp_path: Path
) -> None:
    title = "互助保障知识问答"
    begin(
        editor, service, "资讯", title, f"# 一问\n\n**第一条**\n\n|a|b|\n|-|-|\n|1|2|\n\n{HOSTILE}"
    )
    shown = editor.get_by_role("region", name="预览")
    expect(shown.get_by_role("heading", name="一问")).to_be_visible()
    expect(shown.get_by_text("<script>")).to_be_visible()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(pictures.picture("JPEG", pictures.drawing(1200, 700)))
    said = editor.get_by_role("status").filter(has_text="图片已上传")
    editor.get_by_label("选择封面图").set_input_files(photo)
    expect(editor.get_by_role("img", name="封面图")).to_be_visible()
    editor.get_by_label("插入图片").set_input_files(photo)
    expect(shown.get_by_role("img", name="图片说明")).to_be_visible()
    expect(said).to_be_visible()
    editor.screenshot(path=SHOTS / "content-edit.png", full_page=True)
    editor.get_by_role("button", name="立即发布").click()
    expect(editor.get_by_text("已发布，职工现在可以看到。")).to_be_visible()

    phone = open_phone(viewport=SMALL, device_scale_factor=2)
    phone.goto(f"{service.front}/news")
    phone.get_by_role("link", name=title).click()
    expect(phone.get_by_role("heading", level=1, name=title)).to_be_visible()
    images = phone.get_by_role("article").locator("img")
    expect(images).to_have_count(2)
    for number in range(2):
        images.nth(number).scroll_into_view_if_needed()
        expect(images.nth(number)).to_have_js_property("complete", True)
        assert images.nth(number).evaluate("(image) => image.naturalWidth") == 1200
    expect(phone).to_have_title(title)
    phone.screenshot(path=SHOTS / "content-article-375.png", full_page=True)

    address = phone.url
    editor.get_by_role("button", name="撤下").click()
    expect(editor.get_by_text("已撤下，职工不再看到。")).to_be_visible()
    phone.goto(address)
    expect(phone.get_by_role("heading", name="没有找到")).to_be_visible()


def test_a_time_to_come_and_one_that_has_been(
    editor: Page, service: Site, open_phone: Open
) -> None:
    now = SystemClock().now().astimezone(BEIJING)
    times = {"将来的通知": now + timedelta(days=2), "过去的通知": now - timedelta(days=400)}
    for title, at in times.items():
        begin(editor, service, "公告通知", title, "正文")
        editor.get_by_label("发布时间").fill(at.strftime("%Y-%m-%dT%H:%M"))
        editor.get_by_role("button", name="定时发布").click()
        expect(editor.get_by_role("status").first).to_contain_text("已")
    editor.goto(f"{service.front}/staff/content?category=notices")
    rows = {title: editor.get_by_role("row").filter(has_text=title) for title in times}
    expect(rows["将来的通知"]).to_contain_text("已定时")
    expect(rows["过去的通知"]).to_contain_text("已发布")
    editor.screenshot(path=SHOTS / "content-list.png", full_page=True)
    phone = open_phone(viewport=SMALL, device_scale_factor=2)
    phone.goto(f"{service.front}/notices")
    expect(phone.get_by_role("link", name="过去的通知")).to_be_visible()
    expect(phone.get_by_role("link", name="将来的通知")).to_have_count(0)


def test_the_guide_is_what_its_editor_wrote(editor: Page, service: Site, open_phone: Open) -> None:
    phone = open_phone(viewport=SMALL, device_scale_factor=2)
    phone.goto(f"{service.front}/")
    phone.get_by_role("link", name="办事指南").click()
    expect(phone.get_by_role("heading", name="一、绑定职工信息")).to_be_visible()
    editor.goto(f"{service.front}/staff/content?category=pages")
    editor.get_by_role("link", name="办事指南").click()
    editor.get_by_label("正文（Markdown）").fill("# 先绑定\n\n再申请。")
    editor.get_by_role("button", name="立即发布").click()
    expect(editor.get_by_text("已发布，职工现在可以看到。")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="先绑定")).to_be_visible()
    editor.get_by_role("button", name="撤下").click()
    phone.reload()
    expect(phone.get_by_role("heading", name="一、绑定职工信息")).to_be_visible()
