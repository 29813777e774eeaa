"""WeChat's refusals: an errcode and an errmsg inside an HTTP 200 answer."""

from __future__ import annotations


class Refusal(Exception):
    """A call that WeChat refuses.

    Codes and words: WeChat's 全局返回码 page; the words are what a developer reads in a log.
    """

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg
