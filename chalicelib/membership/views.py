"""What the membership pages show: everything masked, everything already text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.core import masking
from chalicelib.core.clock import beijing_date, beijing_minute
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.membership import texts
from chalicelib.web.visit import Member

if TYPE_CHECKING:
    from markupsafe import Markup

    from chalicelib.store.articles import Article

DOC_TYPES = tuple((kind.value, kind.label) for kind in DocType)


@dataclass(frozen=True, slots=True)
class BindView:
    """The binding form, with what was typed and what is wrong with it."""

    name: str = ""
    doc_type: str = DocType.RESIDENT_ID.value
    doc_number: str = ""
    phone: str = ""
    agreed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    wait_seconds: int = 0
    title: str = "职工绑定"
    doc_types: tuple[tuple[str, str], ...] = DOC_TYPES
    policy_href: str = "/policy"


def bind_view(
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    notice: str = "",
    wait_seconds: int = 0,
) -> BindView:
    """Return the form as it was typed; the code is never shown again."""
    doc_type = typed.get("doc_type", "")
    return BindView(
        name=typed.get("name", "")[:60],
        doc_type=doc_type if doc_type in set(DocType) else DocType.RESIDENT_ID.value,
        doc_number=typed.get("doc_number", "")[:40],
        phone=typed.get("phone", "")[:20],
        agreed=typed.get("agree") == "1",
        errors=errors or {},
        notice=notice,
        wait_seconds=wait_seconds,
    )


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A line that leads somewhere."""

    label: str
    href: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MeView:
    """The personal centre."""

    name: str
    doc_label: str
    doc_number: str
    phone: str
    unit: str
    prefecture: str
    sex: str
    insurance: str
    social_card: str
    bound_at: str
    links: tuple[LinkRow, ...]
    title: str = "个人中心"


def _me_links(*, care: bool) -> tuple[LinkRow, ...]:
    switch, state = ("off", "已开启") if care else ("on", "未开启")
    return (
        LinkRow("职工参保", "/enrolments", "保障计划与期限"),
        LinkRow("我的补助", "/subsidies", "申请住院补助金、查看进度"),
        LinkRow("个人信息变更", "/changes", "修改姓名、证件、手机等"),
        LinkRow("办事指南", "/guide", "怎样绑定、申请、变更"),
        LinkRow("大字版", f"/care/{switch}?back=me", state),
        LinkRow("隐私与授权", "/privacy", "授权、下载、注销"),
        LinkRow("解除绑定", "/me/unbind"),
    )


def me_view(member: Member, *, care: bool) -> MeView:
    """Return an employee's own page; `care` is whether 大字版 is on."""
    record = member.record
    return MeView(
        name=masking.name(record.name),
        doc_label=DocType(record.doc_type).label,
        doc_number=masking.document(record.doc_number),
        phone=masking.phone(record.phone),
        unit=record.unit_name,
        prefecture=record.prefecture,
        sex=Sex(record.sex).label,
        insurance=InsuranceType(record.insurance_type).label,
        social_card=masking.account(record.social_card) if record.social_card else "未登记",
        bound_at=beijing_minute(member.binding.bound_at),
        links=(_messages_link(member.unread), *_me_links(care=care)),
    )


def _messages_link(unread: int) -> LinkRow:
    return LinkRow("我的消息", "/messages", f"{unread} 条未读" if unread else "")


@dataclass(frozen=True, slots=True)
class UnbindView:
    """The question before unbinding."""

    name: str
    title: str = "解除绑定"
    consequences: tuple[str, ...] = texts.UNBIND_CONSEQUENCES


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The privacy policy."""

    version: str
    updated: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    body_html: "Markup | None" = None
    title: str = "隐私政策"


def worded_policy(article: "Article") -> PolicyView:
    """Return the policy as editors worded the version that it is for."""
    from markupsafe import Markup

    day = beijing_date(article.published_at)
    return PolicyView(
        version=article.edition,
        updated=f"{day.year}年{day.month}月{day.day}日",
        sections=(),
        # passed the allow-list when it was published
        body_html=Markup(article.body_html),  # noqa: S704
        title=article.title,
    )
