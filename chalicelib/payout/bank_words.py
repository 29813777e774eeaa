"""What banks write into a result file, as one table; a word that is not in it is never guessed.

The classes of failure are PRODUCT B5's, after WeChat Pay's list for payments to bank cards; its
English codes are here too. Words are compared without blanks, marks and case.
"""

import re

from chalicelib.casework.reasons import FAILURES
from chalicelib.core.identity import half_width

PAID, FAILED, UNKNOWN = "paid", "failed", "unknown"

_OUTCOMES = {
    PAID: "成功 交易成功 付款成功 支付成功 打款成功 代发成功 转账成功 划款成功 入账成功 处理成功 "
    "已成功 已入账 已付款 已到账 SUCCESS",
    FAILED: "失败 交易失败 付款失败 支付失败 打款失败 代发失败 转账失败 划款失败 入账失败 处理失败 "
    "已失败 退票 已退票 退汇 已退汇 FAIL FAILED",
    UNKNOWN: "未知 结果未知 状态未知 处理中 银行处理中 交易处理中 受理中 待处理 待确认 可疑 "
    "交易可疑 超时 交易超时 UNKNOWN PROCESSING",
}
_FAILURES = {
    "F01": "账户异常 账号异常 账户已销户 账号已销户 已销户 销户 账户冻结 账户已冻结 已冻结 冻结 "
    "账户挂失 账户已挂失 已挂失 挂失 账户作废 账号作废 作废 BANK_CARD_ACCOUNT_ABNORMAL",
    "F02": "户名或卡号有误 户名不符 户名有误 户名错误 账号户名不符 户名账号不符 户名与账号不符 "
    "账号与户名不符 收款人户名不符 账号不存在 卡号不存在 无此账号 账号有误 账号错误 卡号有误 "
    "卡号错误 BANK_CARD_CARD_INFO_WRONG NAME_NOT_CORRECT",
    "F03": "银行信息有误 开户行有误 开户行错误 开户行不符 开户行名称有误 开户银行有误 支行有误 "
    "分支行有误 行号有误 行号错误 联行号有误 联行号错误 BANK_CARD_BANK_INFO_WRONG",
    "F04": "二三类账户达到收款限额 二类账户限额 三类账户限额 二类户限额 三类户限额 超过收款限额 "
    "超出收款限额 收款超限 超过账户限额 超出账户限额 BANK_CARD_COLLECTIONS_ABOVE_QUOTA",
    "F05": "账户状态异常 状态异常 账户状态不正常 久悬户 账户久悬 不动户 睡眠户 账户未激活 账户止付 "
    "BANK_CARD_STATUS_ABNORMAL",
    "F06": "其他 其他原因 其它 其它原因 OTHER",
}
_NO_FAILURE = {"", "无", "正常", "处理完成", "OK", "0", "00", "000", "0000", "000000"}
"""What some banks write where there is no failure to name."""

_CODE = re.compile(r"(F0[1-9])(.*)")


def _plain(text: str) -> str:
    return "".join(mark for mark in half_width(text).upper() if mark.isalnum())


_OUTCOME_OF = {_plain(w): outcome for outcome, words in _OUTCOMES.items() for w in words.split()}
_FAILURE_OF = {_plain(w): code for code, words in _FAILURES.items() for w in words.split()} | {
    _plain(text.label): code for code, text in FAILURES.items()
}


def outcome(text: str) -> str | None:
    """Return what a bank's word for a result means, None when it is not in the table."""
    return _OUTCOME_OF.get(_plain(text))


def failure(text: str) -> str | None:
    """Return the code of a bank's word for a failure: 「F02」, 「户名不符」, 「F02 户名不符」.

    "" where the bank says that there is none; None when the word is not in the table, or says
    another failure than the code before it.
    """
    plain = _plain(text)
    if plain in _NO_FAILURE or _OUTCOME_OF.get(plain) == PAID:
        return ""
    if found := _CODE.fullmatch(plain):
        code, words = found[1], found[2]
        agrees = _FAILURE_OF.get(words, code) == code
        return code if code in FAILURES and agrees else None
    return _FAILURE_OF.get(plain)
