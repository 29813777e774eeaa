"""Why a case goes back: coded, so that it can be counted and reads the same everywhere.

PRODUCT B3. What a reviewer adds to a code is for the employee's eyes as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.casework.case import Reason

NOTE_LENGTH = 200
REASONS_AT_MOST = 5

_UNKNOWN = "请从列表中选择原因。"
_NOTE_MISSING = "选择「{label}」时请填写说明。"
_NOTE_TOO_LONG = f"说明请控制在 {NOTE_LENGTH} 字以内。"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What a code says; `needs_note` where the label alone tells the employee nothing."""

    code: str
    label: str
    needs_note: bool = False


_TEXTS = (
    ReasonText("R01", "不在保障期内"),
    ReasonText("R02", "等待期内"),
    ReasonText("R03", "超过申请期限"),
    ReasonText("R04", "医院等级/定点不符"),
    ReasonText("R05", "不属保障责任"),
    ReasonText("R06", "医保尚未结算"),
    ReasonText("R07", "材料不全"),
    ReasonText("R08", "材料不清晰或非本人"),
    ReasonText("R09", "身份信息不一致"),
    ReasonText("R10", "金额与单据不符"),
    ReasonText("R11", "与已有申请重复"),
    ReasonText("R12", "未达起付线或额度已用完"),
    ReasonText("R13", "收款账户非本人"),
    ReasonText("R99", "其他", needs_note=True),
)
REASONS: Mapping[str, ReasonText] = {text.code: text for text in _TEXTS}

# PRODUCT B5; the classes are those of WeChat Pay's list (REFERENCE-domain 1.6)
_FAILED = (
    ReasonText("F01", "账户异常（已销户、冻结或挂失）"),
    ReasonText("F02", "户名或卡号有误"),
    ReasonText("F03", "银行信息有误"),
    ReasonText("F04", "二、三类账户达到收款限额"),
    ReasonText("F05", "账户状态异常"),
    ReasonText("F06", "其他原因"),
)
FAILURES: Mapping[str, ReasonText] = {text.code: text for text in _FAILED}
"""Why a bank did not pay; never chosen by a reviewer."""

FAILURE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "F01": ("bank", "branch", "account"),
    "F02": ("account",),
    "F03": ("bank", "branch"),
    "F04": ("bank", "branch", "account"),
    "F05": ("bank", "branch", "account"),
    "F06": (),
}
"""What the employee mends after a failure; nothing where only the office can."""


def label(code: str) -> str:
    """Return the words of a code; a code that is no longer in use shows as itself."""
    known = REASONS.get(code) or FAILURES.get(code)
    return known.label if known else code


def sentence(code: str, note: str = "") -> str:
    """Return a reason as the employee reads it: 「材料不清晰或非本人：第二行看不清」."""
    return f"{label(code)}：{note}" if note else label(code)


def problem(reason: Reason) -> str | None:
    """Return what is wrong with a reason as a reviewer gave it, None when it is good."""
    text = REASONS.get(reason.code)
    if text is None:
        return _UNKNOWN
    if text.needs_note and not reason.note:
        return _NOTE_MISSING.format(label=text.label)
    return _NOTE_TOO_LONG if len(reason.note) > NOTE_LENGTH else None
