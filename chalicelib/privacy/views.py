"""What the privacy pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.core import masking
from chalicelib.core.clock import beijing_date, beijing_minute
from chalicelib.privacy import texts
from chalicelib.privacy.consents import words
from chalicelib.privacy.service import Open
from chalicelib.store.consents import POLICY, Entry, Happened, in_force

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A line that leads somewhere."""

    label: str
    href: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ConsentCard:
    """A consent that is in force."""

    title: str
    purpose: str
    version: str
    since: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger or of the history."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """隐私与授权: what is in force, what was given and withdrawn, what happened."""

    consents: tuple[ConsentCard, ...]
    ledger: tuple[Line, ...]
    events: tuple[Line, ...]
    links: tuple[LinkRow, ...]
    title: str = "隐私与授权"


def privacy_view(entries: Sequence[Entry], events: Sequence[Happened]) -> PrivacyView:
    """Return the page."""
    return PrivacyView(
        consents=tuple(_card(entry) for entry in in_force(entries).values()),
        ledger=tuple(_line(entry) for entry in entries[:_SHOWN]),
        events=tuple(
            Line(texts.HAPPENED.get(event.kind, event.kind), beijing_minute(event.at))
            for event in events[:_SHOWN]
        ),
        links=(
            LinkRow("下载我的数据", "/privacy/export"),
            LinkRow("隐私政策", "/policy"),
            LinkRow("解除绑定", "/me/unbind"),
            LinkRow("注销账户", "/privacy/account"),
        ),
    )


def _card(entry: Entry) -> ConsentCard:
    said = words(entry.kind)
    return ConsentCard(
        title=said.title,
        purpose=said.purpose,
        version=entry.version,
        since=beijing_minute(entry.at),
        href=f"/privacy/consents/{entry.kind}",
    )


def _line(entry: Entry) -> Line:
    done = "同意" if entry.given else "撤回"
    where = texts.CHANNELS.get(entry.channel, entry.channel)
    about = (beijing_minute(entry.at), f"版本 {entry.version}", where)
    return Line(f"{done}：{words(entry.kind).title}", " · ".join(about))


@dataclass(frozen=True, slots=True)
class WithdrawView:
    """The question before a consent is withdrawn: what follows is said first."""

    kind: str
    name: str
    purpose: str
    since: str
    follows: tuple[str, ...]
    unbinds: bool
    title: str = "撤回授权"


def withdraw_view(entry: Entry) -> WithdrawView:
    """Return the question about a consent that is in force."""
    said = words(entry.kind)
    return WithdrawView(
        kind=entry.kind,
        name=said.title,
        purpose=said.purpose,
        since=beijing_date(entry.at).isoformat(),
        follows=said.follows,
        unbinds=entry.kind == POLICY,
    )


@dataclass(frozen=True, slots=True)
class ExportView:
    """Before the file: what is in it, and a code to the registered phone."""

    phone: str
    contents: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    wait_seconds: int = 0
    title: str = "下载我的数据"


def export_view(
    phone: str, *, errors: Mapping[str, str] | None = None, notice: str = "", wait: int = 0
) -> ExportView:
    """Return the page; the code is never shown again."""
    shown = masking.phone(phone) or "未登记"
    return ExportView(shown, texts.EXPORTED_CONTENTS, errors or {}, notice, wait)


@dataclass(frozen=True, slots=True)
class AccountView:
    """Before leaving: what goes, what stays and how long, and what is in the way."""

    open: tuple[Open, ...]
    blocked: str
    goes: tuple[str, ...]
    stays: tuple[tuple[str, str], ...]
    title: str = "注销账户"


def account_view(open_cases: tuple[Open, ...]) -> AccountView:
    """Return the page."""
    blocked = texts.OPEN_CASES if open_cases else ""
    return AccountView(open_cases, blocked, texts.GOES, texts.STAYS)


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The second step of leaving: the code, and a tick."""

    phone: str
    errors: Mapping[str, str] = field(default_factory=dict)
    agreed: bool = False
    notice: str = ""
    wait_seconds: int = 0
    title: str = "确认注销账户"


def confirm_view(
    phone: str,
    *,
    errors: Mapping[str, str] | None = None,
    agreed: bool = False,
    notice: str = "",
    wait: int = 0,
) -> ConfirmView:
    """Return the page; the code is never shown again."""
    return ConfirmView(masking.phone(phone) or "未登记", errors or {}, agreed, notice, wait)
