"""Every consent that is asked for anywhere, in words: what it is for, and what ends with it.

Rooms record a consent by its kind; only the words stand here, because this page must be able
to name them all (个人信息保护法 15: withdrawing must be as easy as giving).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.store.consents import BANK, EVIDENCE, HEALTH, POLICY


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """A consent: its name, what it lets us do, and what follows from withdrawing it."""

    title: str
    purpose: str
    follows: tuple[str, ...]


WORDS: Final[Mapping[str, ConsentWords]] = {
    POLICY: ConsentWords(
        "隐私政策（职工绑定）",
        "使用姓名、证件号码和手机号码核对职工身份，展示参保信息",
        (
            "撤回后立即解除此微信的绑定，不能再查看参保信息和补助进度",
            "参保资格不受影响，已提交的申请仍会办完，结果以短信告知",
            "以后可以重新绑定，届时重新征得您的同意",
        ),
    ),
    HEALTH: ConsentWords(
        "医疗健康信息（住院补助）",
        "使用住院、诊断和费用材料审核住院医疗补助",
        (
            "撤回后不能再提交新的补助申请，包括还没有提交的草稿；再次申请时重新征得您的同意",
            "已提交、还没有开始初核的申请，可以先在「补助申请」中撤回",
            "正在审核或打款的申请，我们只为办完这一次继续使用已提交的材料，不作其他用途",
            "已支付补助的申请和材料，依照会计档案等规定继续保存，到期删除",
        ),
    ),
    BANK: ConsentWords(
        "银行账户信息（住院补助）",
        "使用您的银行账户支付住院医疗补助",
        (
            "撤回后不能再提交新的补助申请，包括还没有提交的草稿；再次申请时重新征得您的同意",
            "正在审核或打款的申请，补助仍会支付到您已经提交的账户",
            "已完成支付的账户记录，依照会计档案等规定继续保存，到期删除",
        ),
    ),
    EVIDENCE: ConsentWords(
        "证件照片（个人信息变更）",
        "使用证件照片审核个人信息变更申请",
        (
            "以后申请变更时会重新征得您的同意",
            "正在审核的变更申请，我们只为办完这一次继续使用已提交的照片",
            "已办结申请的照片按保存期限保存，到期删除",
        ),
    ),
}


def words(kind: str) -> ConsentWords:
    """Return the words of a kind; one that is no longer asked for shows as itself."""
    return WORDS.get(kind) or ConsentWords(kind, "", ("撤回后我们不再为此使用您的信息",))
