"""The list of what to mend, on top of a form: it leads to each field, and shrinks with the errors."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import SMALL
from tests.browser.printed import Printed
from tests.browser.test_access import printed


@pytest.fixture(scope="module")
def shown(browser: Browser) -> Iterator[Printed]:
    context = browser.new_context(viewport=SMALL, locale="zh-CN")
    yield Printed(context.new_page(), printed(care=False))
    context.close()


def summary(shown: Printed) -> Locator:
    return shown.page.locator("[data-summary]")


def test_what_was_mended_is_not_listed_any_more(shown: Printed) -> None:
    shown.open("bind-wrong")
    lines = summary(shown).get_by_role("listitem")
    expect(summary(shown)).to_be_focused()
    expect(lines).to_have_count(6)
    summary(shown).get_by_role("link", name="手机号应为 11 位，请核对").click()
    expect(shown.page.locator("#phone")).to_be_focused()
    shown.page.keyboard.insert_text("1")
    expect(lines).to_have_count(5)
    expect(summary(shown)).not_to_contain_text("手机号")
    for name in ("name", "doc_number", "code"):
        shown.page.locator(f"#{name}").fill("1")
    shown.page.locator("#doc_type").select_option(index=1)
    expect(lines).to_have_count(1)
    shown.page.locator("#agree").check()
    expect(summary(shown)).to_have_count(0)


def test_a_field_stays_where_it_is_while_the_list_above_it_shrinks(shown: Printed) -> None:
    shown.open("subsidy-stay-wrong")
    field = shown.page.locator("#pooled")
    field.scroll_into_view_if_needed()
    field.focus()
    before = field.bounding_box()
    shown.page.keyboard.insert_text("1")
    expect(shown.page.locator("#pooled-error")).to_have_count(0)
    after = field.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2


def test_a_picture_that_is_taken_away_is_not_listed(shown: Printed) -> None:
    shown.open("subsidy-stay-wrong")
    expect(summary(shown)).to_contain_text("请更换此照片")
    expect(summary(shown)).to_contain_text("请上传疾病诊断证明照片。")
    shown.page.locator("#document-doc-invoice").get_by_role("button", name="删除").click()
    expect(summary(shown)).not_to_contain_text("请更换此照片")


def test_a_sentence_about_the_whole_form_stays(shown: Printed) -> None:
    shown.open("bind-unknown")
    shown.page.locator("#name").fill("李")
    expect(summary(shown)).to_contain_text("未查询到该职工信息，请确认所填内容再重试")
