"""The binding form (manual: 职工绑定账号)."""

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from chalicelib.core import identity
from chalicelib.core.identity import DocType
from chalicelib.membership import texts
from chalicelib.web import codes
from chalicelib.web.forms import refuse


class PhoneForm(BaseModel):
    """What 「获取」 needs: where to send the code."""

    phone: str = Field(default="", validate_default=True)

    @field_validator("phone")
    @classmethod
    def _phone(cls, raw: str) -> str:
        phone = identity.normalise_phone(raw)
        refuse(identity.check_phone(phone))
        return phone


class BindForm(PhoneForm):
    """What 「立即绑定」 needs; values come out in the one spelling that is looked up."""

    name: str = Field(default="", validate_default=True)
    doc_type: DocType = Field(default=DocType.RESIDENT_ID)
    doc_number: str = Field(default="", validate_default=True)
    code: str = Field(default="", validate_default=True)
    agree: str = Field(default="", validate_default=True)

    @field_validator("name")
    @classmethod
    def _name(cls, raw: str) -> str:
        name = identity.normalise_name(raw)
        refuse(identity.check_name(name))
        return name

    @field_validator("doc_type", mode="before")
    @classmethod
    def _doc_type(cls, raw: str) -> str:
        refuse(None if raw in set(DocType) else texts.DOC_TYPE_UNKNOWN)
        return raw

    @field_validator("doc_number")
    @classmethod
    def _doc_number(cls, raw: str, info: ValidationInfo) -> str:
        doc_type = info.data.get("doc_type")
        if doc_type is None:
            return raw
        number = identity.normalise(doc_type, raw)
        today = (info.context or {})["today"]
        refuse(identity.check(doc_type, number, today=today))
        return number

    @field_validator("code")
    @classmethod
    def _code(cls, raw: str) -> str:
        return codes.read(raw)

    @field_validator("agree")
    @classmethod
    def _agree(cls, raw: str) -> str:
        refuse(None if raw == "1" else texts.AGREE_FIRST)
        return raw
