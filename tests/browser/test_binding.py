"""职工绑定 as the manual tells it, on a phone and on a desk, and everything that may go wrong."""

import re

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.identity import DocType
from infra.demo.people import Employee
from tests.browser.conftest import DESKTOP, SMALL, Open
from tests.browser.site import Site
from tests.browser.steps import ask_code, bind, fill_in, masked, submit

NOT_FOUND = "未查询到该职工信息，请确认所填内容再重试"


@pytest.mark.parametrize("viewport", [SMALL, DESKTOP], ids=["phone", "desk"])
def test_an_employee_binds_by_the_manuals_words(
    open_phone: Open, service: Site, employee: Employee, viewport: dict[str, int]
) -> None:
    page = open_phone(viewport=viewport)
    page.goto(service.phone)
    page.get_by_role("button", name="关注公众号").click()
    expect(page.get_by_role("log", name="聊天记录")).to_contain_text("欢迎")
    page.get_by_role("button", name="我的", exact=True).click()
    view = page.frame_locator("iframe[title=公众号网页]")
    fill_in(view, employee)
    view.get_by_role("button", name="获取").click()
    expect(view.get_by_text("验证码已发送至")).to_be_visible()
    inbox = page.get_by_role("log", name="短信")
    mine = inbox.get_by_role("listitem").filter(has_text=spaced(employee.phone)).first
    code = re.sub(r"\D", "", mine.locator("strong").inner_text())
    submit(view, code)
    expect(view.get_by_role("heading", name="绑定成功")).to_be_visible()
    view.get_by_role("link", name="进入首页").click()
    expect(view.get_by_role("heading", name="广西职工互助", exact=True)).to_be_visible()
    expect(view.get_by_role("main")).to_contain_text(masked(employee.name))
    expect(view.get_by_role("main")).to_contain_text(employee.unit.name)


def spaced(number: str) -> str:
    return f"{number[:3]} {number[3:7]} {number[7:]}"


@pytest.mark.parametrize("field", ["name", "doc_number", "phone"])
def test_whatever_is_wrong_the_manuals_sentence_comes_and_nothing_typed_is_lost(
    open_phone: Open, service: Site, employee: Employee, field: str
) -> None:
    other = service.next_employee()
    while other.doc_type is not employee.doc_type:
        other = service.next_employee()
    wrong = {field: getattr(other, field)}
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee, **wrong)
    submit(page, ask_code(page, service, wrong.get("phone", employee.phone)))
    expect(page.get_by_text(NOT_FOUND, exact=True)).to_be_visible()
    typed = {"name": employee.name, "doc_number": employee.doc_number, "phone": employee.phone}
    for name, value in (typed | wrong).items():
        expect(page.locator(f"#{name}")).to_have_value(value)
    expect(page.get_by_label("我已阅读并同意")).to_be_checked()
    expect(page.locator("#code")).to_have_value("")


def test_an_empty_form_says_what_is_missing_beside_each_field(
    open_phone: Open, service: Site
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    page.get_by_role("button", name="立即绑定").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    for field in ("name", "doc_number", "phone", "code", "agree"):
        sentence = page.locator(f"#{field}-error")
        expect(sentence).to_be_visible()
        expect(page.locator(f"#{field}")).to_have_attribute("aria-describedby", f"{field}-error")
        expect(summary.get_by_role("link", name=sentence.inner_text())).to_be_visible()
    summary.get_by_role("link").first.click()
    expect(page.locator("#name")).to_be_focused()
    page.locator("#name").press_sequentially("李")
    expect(page.locator("#name-error")).to_have_count(0)


def test_the_countdown_runs_and_the_button_comes_back(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.clock.install()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    ask_code(page, service, employee.phone)
    button = page.locator("[data-code]")
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile(r"^(60|59) 秒后重发$"))
    page.clock.run_for(30_000)
    expect(button).to_have_text(re.compile(r"^(30|29) 秒后重发$"))
    page.clock.run_for(31_000)
    expect(button).to_be_enabled()
    expect(button).to_have_text("获取")
    button.click()  # the server's own minute has not passed
    expect(page.locator("#code-error")).to_have_text(re.compile(r"获取验证码过于频繁.*秒 后再试"))
    expect(button).to_be_disabled()


def test_a_wrong_number_is_said_before_a_code_is_sent(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee, phone="123")
    page.get_by_role("button", name="获取").click()
    expect(page.locator("#phone-error")).to_be_visible()
    expect(page.locator("#phone")).to_be_focused()
    expect(page.locator("[data-code]")).to_be_enabled()
    assert service.codes("123") == []


def test_without_scripts_everything_works(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone(java_script_enabled=False)
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    code = ask_code(page, service, employee.phone)
    expect(page.locator("#doc_number")).to_have_value(employee.doc_number)
    submit(page, code)
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()
    page.get_by_role("link", name="个人中心").click()
    expect(page.get_by_role("main")).to_contain_text(employee.unit.name)
    page.get_by_role("link", name="解除绑定").click()
    page.get_by_role("button", name="解除绑定").click()
    expect(page.get_by_role("heading", name="已解除绑定")).to_be_visible()


def test_with_the_keyboard_alone(open_phone: Open, service: Site, employee: Employee) -> None:
    page = open_phone(viewport=DESKTOP)
    page.goto(f"{service.front}/bind")
    keys = page.keyboard
    reach(page, "#name")
    keys.insert_text(employee.name)
    reach(page, "#doc_type")
    for _ in range(list(DocType).index(employee.doc_type)):
        keys.press("ArrowDown")
    expect(page.locator("#doc_type")).to_have_value(employee.doc_type.value)
    reach(page, "#doc_number")
    keys.insert_text(employee.doc_number)
    reach(page, "#phone")
    keys.insert_text(employee.phone)
    reach(page, "[data-code]")
    keys.press("Enter")
    expect(page.get_by_text("验证码已发送至")).to_be_visible()
    expect(page.locator("#code")).to_be_focused()
    keys.insert_text(service.codes(employee.phone)[0])
    reach(page, "#agree")
    keys.press("Space")
    reach(page, "[data-main]")
    assert outlined(page), "nobody sees where the keyboard is"
    keys.press("Enter")
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()


def reach(page: Page, selector: str) -> None:
    """Press Tab until a field has the focus; what is disabled is passed over."""
    for _ in range(12):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def outlined(page: Page) -> bool:
    """Tell whether the focus can be seen."""
    style = page.evaluate(
        "() => { const s = getComputedStyle(document.activeElement);"
        " return [s.outlineStyle, parseFloat(s.outlineWidth), s.boxShadow]; }"
    )
    return (style[0] != "none" and style[1] > 0) or style[2] != "none"


def test_the_key_that_goes_on_submits_the_form_and_asks_no_code(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    page.locator("#phone").press("Enter")
    expect(page.locator("#code-error")).to_be_visible()
    assert service.codes(employee.phone) == []


def test_back_and_forward_after_binding_confuse_nobody(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/policy")
    bind(page, service, employee)
    page.go_back()
    expect(
        page.get_by_role("heading", name="个人中心")
    ).to_be_visible()  # bound people do not see the form again
    page.go_forward()
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()


def test_two_quick_taps_are_one_binding(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    code = ask_code(page, service, employee.phone)
    page.get_by_placeholder("请输入验证码").fill(code)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="立即绑定").dblclick()
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()


def test_unbinding_asks_first_and_home_forgets(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    bind(page, service, employee)
    page.get_by_role("link", name="个人中心").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text(masked(employee.name))
    expect(main).not_to_contain_text(employee.doc_number)
    expect(main).not_to_contain_text(employee.phone)
    page.get_by_role("link", name="解除绑定").click()
    page.get_by_role("link", name="取消").click()
    expect(page).to_have_url(f"{service.front}/me")
    page.get_by_role("link", name="解除绑定").click()
    page.get_by_role("button", name="解除绑定").click()
    expect(page.get_by_role("heading", name="已解除绑定")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="职工绑定")).to_be_visible()
    page.goto(service.front)
    expect(page.get_by_role("main")).to_contain_text("点击绑定职工信息")


def test_a_form_that_outlived_its_sign_in_leads_through_wechat_again(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    page.context.clear_cookies(name="sid")
    page.get_by_role("button", name="立即绑定").click()
    expect(page.locator("#name")).to_have_value("")
    fill_in(page, employee)
    submit(page, ask_code(page, service, employee.phone))
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()


def test_a_code_asked_for_after_the_sign_in_ended_says_so(
    open_phone: Open, service: Site, employee: Employee
) -> None:
    page = open_phone()
    page.goto(f"{service.front}/bind")
    fill_in(page, employee)
    page.context.clear_cookies(name="sid")
    page.get_by_role("button", name="获取").click()
    expect(page.locator("[data-notice]")).to_contain_text("登录已过期")
    expect(page.locator("#name")).to_have_value(employee.name)
