"""The form 「变更申请填单」 (A14): what was typed, in one spelling; "" where nothing was."""

import re
from datetime import date

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from chalicelib.changes import texts
from chalicelib.changes.rules import PICTURES, PICTURES_AT_MOST
from chalicelib.core import identity
from chalicelib.core.days import read_day
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.web.forms import refuse

_FIRST_DAY = date(1900, 1, 1)
_PICTURE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHOICES = {"doc_type": DocType, "sex": Sex, "insurance_type": InsuranceType}


class ChangeForm(BaseModel):
    """Fields as typed; the context gives `today` and the `doc_type` of who chose none."""

    name: str = ""
    doc_type: str = ""
    doc_number: str = ""
    birth_date: str = ""
    sex: str = ""
    insurance_type: str = ""
    social_card: str = ""
    phone: str = ""
    documents: tuple[str, ...] = Field(default=(), validation_alias=PICTURES, validate_default=True)
    agree: str = Field(default="", validate_default=True)

    @property
    def typed(self) -> dict[str, str]:
        """What was typed or chosen, by field."""
        return {
            name: value
            for name, value in self.model_dump(exclude={"documents", "agree"}).items()
            if value
        }

    @field_validator("name")
    @classmethod
    def _name(cls, raw: str) -> str:
        name = identity.normalise_name(raw)
        refuse(identity.check_name(name) if name else None)
        return name

    @field_validator("doc_type", "sex", "insurance_type")
    @classmethod
    def _choice(cls, raw: str, info: ValidationInfo) -> str:
        known = set(_CHOICES[str(info.field_name)])
        refuse(None if not raw or raw in known else texts.CHOOSE)
        return raw

    @field_validator("doc_number")
    @classmethod
    def _doc_number(cls, raw: str, info: ValidationInfo) -> str:
        context = info.context or {}
        doc_type = DocType(info.data.get("doc_type") or context["doc_type"])
        number = identity.normalise(doc_type, raw)
        refuse(identity.check(doc_type, number, today=context["today"]) if number else None)
        return number

    @field_validator("birth_date")
    @classmethod
    def _birth_date(cls, raw: str, info: ValidationInfo) -> str:
        if not raw.strip():
            return ""
        born = read_day(raw)
        if born is None:
            raise ValueError(texts.BIRTH_SHAPE)
        refuse(texts.BIRTH_LATER if born > (info.context or {})["today"] else None)
        refuse(texts.BIRTH_EARLY if born < _FIRST_DAY else None)
        return born.isoformat()

    @field_validator("social_card")
    @classmethod
    def _social_card(cls, raw: str) -> str:
        card = identity.normalise_social_card(raw)
        refuse(identity.check_social_card(card))
        return card

    @field_validator("phone")
    @classmethod
    def _phone(cls, raw: str) -> str:
        phone = identity.normalise_phone(raw)
        refuse(identity.check_phone(phone) if phone else None)
        return phone

    @field_validator("documents")
    @classmethod
    def _documents(cls, raw: tuple[str, ...]) -> tuple[str, ...]:
        pictures = tuple(dict.fromkeys(raw))
        refuse(None if pictures else texts.PICTURE_MISSING)
        most = PICTURES_AT_MOST
        refuse(None if len(pictures) <= most else texts.PICTURES_TOO_MANY.format(most=most))
        good = all(_PICTURE.fullmatch(picture) for picture in pictures)
        refuse(None if good else texts.PICTURE_UNKNOWN)
        return pictures

    @field_validator("agree")
    @classmethod
    def _agree(cls, raw: str) -> str:
        refuse(None if raw == "1" else texts.AGREE_FIRST)
        return raw
