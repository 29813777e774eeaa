"""The account that the benefit is paid to (step ③): the insured person's own, and no other (C4).

Banks number accounts freely, cards by ISO/IEC 7812: of 16 to 19 digits, the last being a Luhn
check digit. An account that is no card need not satisfy it, so a failure is a warning only.
"""

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chalicelib.core import identity
from chalicelib.subsidy import texts
from chalicelib.subsidy.fields import read_words
from chalicelib.web.forms import refuse

FIELDS = {"holder": "户名", "bank": "开户银行", "branch": "开户支行", "account": "银行账号"}
"""The labels, in the order of the form."""

_ACCOUNT = re.compile(r"[0-9]{12,30}")
_CARD_LENGTHS = range(16, 20)
_TEXTS = {"bank": (4, 30, texts.BANK_MISSING), "branch": (4, 60, texts.BRANCH_MISSING)}


class Payee(BaseModel):
    """A payee account, checked; the context gives the insured person's `name`.

    Raises pydantic's ValidationError with one sentence per wrong field.
    """

    model_config = ConfigDict(frozen=True)

    holder: str = Field(default="", validate_default=True)
    bank: str = Field(default="", validate_default=True)
    branch: str = Field(default="", validate_default=True)
    account: str = Field(default="", validate_default=True)

    @property
    def doubt(self) -> str:
        """A warning where the number is as long as a card's and fails its check digit."""
        card = len(self.account) in _CARD_LENGTHS
        return texts.ACCOUNT_DOUBTFUL if card and not luhn(self.account) else ""

    @field_validator("holder")
    @classmethod
    def _holder(cls, raw: str, info: ValidationInfo) -> str:
        holder = identity.normalise_name(raw)
        refuse(identity.check_name(holder))
        insured = identity.normalise_name((info.context or {})["name"])
        refuse(None if holder == insured else texts.HOLDER_DIFFERS)
        return holder

    @field_validator("bank", "branch")
    @classmethod
    def _text(cls, raw: str, info: ValidationInfo) -> str:
        least, most, missing = _TEXTS[str(info.field_name)]
        return read_words(raw, missing=missing, least=least, most=most)

    @field_validator("account")
    @classmethod
    def _account(cls, raw: str) -> str:
        account = "".join(identity.half_width(raw).split()).replace("-", "")
        refuse(None if account else texts.ACCOUNT_MISSING)
        refuse(None if _ACCOUNT.fullmatch(account) else texts.ACCOUNT_SHAPE)
        return account


def luhn(digits: str) -> bool:
    """Return whether ASCII digits satisfy ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0
