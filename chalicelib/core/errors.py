"""What can go wrong, classed by who can do something about it.

Messages are Chinese sentences for the person on the screen and never carry
personal data: they may be logged.
"""

from collections.abc import Mapping


class AppError(Exception):
    """Base of every expected failure."""

    default = "操作未完成，请稍后再试。"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.default)

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self.args[0])


class Refused(AppError):
    """The person can correct it: one sentence per field (key "form" for the whole)."""

    def __init__(self, message: str = "", *, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message or next(iter((errors or {}).values()), ""))
        self.errors: Mapping[str, str] = errors or {"form": self.message}


class NotFound(AppError):
    """Nothing here, or nothing this person may know of."""

    default = "没有找到您要的内容。"


class NotAllowed(AppError):
    """The person is known but this is not theirs to do."""

    default = "您没有进行此操作的权限。"


class Conflict(AppError):
    """Somebody else was first: read again, then decide."""

    default = "内容刚刚发生了变化，请刷新后再试。"


class Unavailable(AppError):
    """Something we depend on does not answer; trying again later is right."""

    default = "系统繁忙，请稍后再试。"


class Broken(AppError):
    """A bug or damaged data: nobody outside can mend it."""

    default = "系统出现问题，我们已收到通知。"
