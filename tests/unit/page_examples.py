"""Every page as a person may meet it: full, empty, wrong. Shared by the tests that render."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from chalicelib.content import guide_text
from chalicelib.content.pages import ArticleRow, ArticleView, GuideView, ListView
from chalicelib.home.pages import NAV, HomeView, PersonCard
from chalicelib.membership import policy_text
from chalicelib.membership.views import (
    BindView,
    LinkRow,
    MeView,
    PolicyView,
    UnbindView,
)
from chalicelib.notify.views import MessageRow, MessagesView, MessageView
from chalicelib.web.errors import ErrorView
from chalicelib.web.result import Action, ResultView
from tests.unit.change_pages import PAGES as CHANGE_PAGES
from tests.unit.privacy_pages import PAGES as PRIVACY_PAGES
from tests.unit.subsidy_pages import PAGES as SUBSIDY_PAGES

ORG = "广西职工保障互助协会"


@dataclass(frozen=True)
class Example:
    """One page as a person may meet it."""

    name: str
    template: str
    view: Any


ARTICLES = (
    ArticleRow(
        "关于开展 2027 年度全区职工医疗互助保障活动参保工作的通知",
        "/articles/1",
        "2026-11-20",
        "各市总工会、各区直产业工会：2027 年度职工医疗互助保障活动现已开始，请各单位于 12 月 31 日前完成参保。",
    ),
    ArticleRow("住院补助申请需要准备哪些材料", "/articles/2", "2026-11-02", "", pinned=True),
)
HOME = HomeView(
    person=PersonCard("韦***", "忻城县城关镇第一中学工会委员会"),
    articles=ARTICLES,
    notice=ARTICLES[0],
    care_href="/care/on",
    nav=tuple(replace(item, badge=2 if item.href == "/messages" else 0) for item in NAV),
)
FILLED = BindView(
    name="欧阳小明",
    doc_number="440524188001010014",
    phone="13800001234",
    agreed=True,
    notice="验证码已发送至 138****1234",
    wait_seconds=59,
)
WRONG = replace(
    FILLED,
    notice="",
    wait_seconds=0,
    doc_number="45010319800101123",
    agreed=False,
    errors={
        "name": "请填写您的姓名，2 到 30 个字。",
        "doc_type": "请选择证件类型",
        "doc_number": "身份证号应为 18 位，请核对",
        "phone": "手机号应为 11 位，请核对",
        "code": "验证码不正确，请核对短信或重新获取",
        "agree": "请先阅读并同意《隐私政策》",
    },
)
UNKNOWN = replace(
    FILLED,
    notice="",
    wait_seconds=0,
    errors={"form": "未查询到该职工信息，请确认所填内容再重试"},
)
ME = MeView(
    name="韦***",
    doc_label="居民身份证",
    doc_number="4501**********1234",
    phone="138****1234",
    unit="中国共产党忻城县委员会党校工会委员会",
    prefecture="来宾市",
    sex="女",
    insurance="城镇职工基本医疗保险",
    social_card="",
    bound_at="2026-11-23 14:28",
    links=(
        LinkRow("参保信息", "/enrolments", ""),
        LinkRow("我的补助", "/subsidies", ""),
        LinkRow("我的消息", "/messages", "2 条未读"),
        LinkRow("大字版", "/care/on?back=me", "未开启"),
        LinkRow("隐私政策", "/policy", ""),
        LinkRow("解除绑定", "/me/unbind", ""),
    ),
)
MESSAGES = MessagesView(
    tuple(
        MessageRow(
            "变更申请已驳回",
            f"/messages/20261123062818-1344168415351173120-{seq}",
            "2026-11-23 14:28",
            "您的变更申请 BG1344168415351173120 未通过审核，请按审核意见修改后重新提交。",
            unread=seq == 4,
        )
        for seq in (4, 2)
    ),
    "/messages?before=20261123062818-1344168415351173120-2",
)
MESSAGE = MessageView(
    "变更申请已办结",
    "2026-11-23 14:28",
    "您的变更申请 BG1344168415351173120 已审核通过并办结，个人信息已更新，请查看核对。",
    "查看办理结果",
    "/changes/1344168415351173120",
)
BODY = Markup("<p>各市总工会：</p><h2>一、参保范围</h2><ul><li>在职职工</li></ul>")
POLICY = PolicyView(policy_text.POLICY_VERSION, policy_text.UPDATED, policy_text.sections(ORG))

EXAMPLES = (
    Example("home", "home/home.html", HOME),
    Example("home-unbound", "home/home.html", replace(HOME, person=None, articles=(), notice=None)),
    Example("bind", "membership/bind.html", BindView()),
    Example("bind-sent", "membership/bind.html", FILLED),
    Example("bind-wrong", "membership/bind.html", WRONG),
    Example("bind-unknown", "membership/bind.html", UNKNOWN),
    Example(
        "bound",
        "web/result.html",
        ResultView(
            "绑定成功",
            "您可以查看参保信息、申请补助了。",
            (Action("进入首页", "/", "primary"), Action("个人中心", "/me")),
        ),
    ),
    Example("me", "membership/me.html", ME),
    Example(
        "unbind",
        "membership/unbind.html",
        UnbindView("韦***"),
    ),
    Example("policy", "membership/policy.html", POLICY),
    Example("policy-worded", "membership/policy.html", replace(POLICY, body_html=BODY)),
    Example("list", "content/list.html", ListView("公告通知", ARTICLES, "/notices?before=2")),
    Example("list-empty", "content/list.html", ListView("宣传手册", (), None)),
    Example("messages", "notify/list.html", MESSAGES),
    Example("messages-empty", "notify/list.html", MessagesView((), None)),
    Example("message", "notify/message.html", MESSAGE),
    Example("article", "content/article.html", ArticleView(ARTICLES[0].title, "2026-11-20", BODY)),
    Example(
        "article-cover",
        "content/article.html",
        ArticleView(
            ARTICLES[0].title,
            "2026-11-20",
            BODY,
            cover_href="/articles/news/1/pictures/a",
            back_href="/news",
            back_label="更多资讯",
        ),
    ),
    Example("guide", "content/guide.html", GuideView(guide_text.SECTIONS)),
    Example(
        "error",
        "web/error.html",
        ErrorView("系统繁忙", "现在办理的人比较多。", "您的操作没有丢失，请过一会儿再试一次。"),
    ),
    *(Example(*page) for page in (*CHANGE_PAGES, *SUBSIDY_PAGES, *PRIVACY_PAGES)),
)
