"""Identity documents and personal particulars: one spelling, and the sentence for a wrong one.

Each kind of value has a ``normalise…`` function (raw text → the one spelling that is stored and
looked up; idempotent) and a ``check…`` function (normalised text → ``None`` when good, else a
Chinese sentence that says what to do and where; it never repeats the value). All functions are
total over text, run in linear time and know no clock: ``today`` is an argument.

Sources: GB 11643-1999 (resident identity number), ISO 7064 MOD 11-2 (its check character), the
residence-permit prefixes 81/82/83, and the 2023 format of the foreigner's permanent residence card.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum


class Sex(StrEnum):
    """性别 as the identity document states it."""

    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> str:
        """The word shown to people."""
        return {"male": "男", "female": "女"}[self.value]


class DocType(StrEnum):
    """证件类型: the documents by which an employee can be enrolled and bind (manual, A4)."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE = "hmt_residence"
    PERMANENT_RESIDENT = "permanent_resident"
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    MILITARY = "military"

    @property
    def label(self) -> str:
        """The name of the document shown to people."""
        return _DOCUMENT_LABELS[self]


class InsuranceType(StrEnum):
    """社保类型 of the change form (manual, A14)."""

    EMPLOYEE = "employee"
    RESIDENT = "resident"
    PUBLIC = "public"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The name of the insurance shown to people."""
        return _INSURANCE_LABELS[self]


_DOCUMENT_LABELS = {
    DocType.RESIDENT_ID: "居民身份证",
    DocType.HMT_RESIDENCE: "港澳台居民居住证",
    DocType.PERMANENT_RESIDENT: "外国人永久居留身份证",
    DocType.PASSPORT: "护照",
    DocType.HK_MACAO_PERMIT: "港澳居民来往内地通行证",
    DocType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    DocType.MILITARY: "军官证",
}

_INSURANCE_LABELS = {
    InsuranceType.EMPLOYEE: "城镇职工基本医疗保险",
    InsuranceType.RESIDENT: "城乡居民基本医疗保险",
    InsuranceType.PUBLIC: "公费医疗",
    InsuranceType.OTHER: "其他",
}

# The three documents numbered by GB 11643, and what people call their number.
_NUMBERED_BY_GB11643 = {
    DocType.RESIDENT_ID: "身份证号",
    DocType.HMT_RESIDENCE: "居住证号",
    DocType.PERMANENT_RESIDENT: "永久居留身份证号",
}
_RESIDENCE_PREFIXES = ("81", "82", "83")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

_HALF_WIDTH: dict[int, int | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: 0x20,
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)),  # cannot be seen
}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}

_SHAPES = {
    DocType.PASSPORT: (
        re.compile(r"[A-Z0-9]{5,17}"),
        "护照号应为 5 至 17 位字母或数字，请对照护照资料页核对。",
    ),
    DocType.HK_MACAO_PERMIT: (
        re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
        "通行证号应为字母 H 或 M 加 8 位数字（旧证末尾另有 2 位换证次数），请核对。",
    ),
    DocType.TAIWAN_PERMIT: (
        re.compile(r"[0-9]{8}|[0-9]{10}"),
        "台胞证号应为 8 位数字（旧证为 10 位），请核对。",
    ),
}
_OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")


def half_width(raw: str) -> str:
    """Full-width ASCII and spaces as half-width, characters that cannot be seen removed."""
    return raw if raw.isascii() else raw.translate(_HALF_WIDTH)


def _compact(raw: str) -> str:
    """Half-width, upper case, without any white space."""
    return "".join(half_width(raw).translate(_UPPER).split())


# ── document numbers ──────────────────────────────────────────────────────────────────────────


def normalise(doc_type: DocType, raw: str) -> str:
    """The one spelling of a document number: half-width, upper case, no spaces."""
    del doc_type  # every document is spelled alike today; the argument keeps the callers honest
    return _compact(raw)


def check(doc_type: DocType, number: str, *, today: date) -> str | None:
    """``None`` when the normalised number can be of that document, else what to do about it."""
    if not number:
        return f"请填写{doc_type.label}号码。"
    if doc_type is DocType.PERMANENT_RESIDENT and len(number) != 18:
        return _check_old_permanent_resident(number)
    if doc_type in _NUMBERED_BY_GB11643:
        return _check_gb11643(doc_type, number, today)
    if doc_type is DocType.MILITARY:
        return _check_military(number)
    shape, sentence = _SHAPES[doc_type]
    return None if shape.fullmatch(number) else sentence


def lookup_form(doc_type: DocType, number: str) -> str:
    """The part of a normalised number that stays with the person for life.

    The last two digits of an eleven-character Hong Kong and Macao permit count its renewals.
    """
    return number[:9] if doc_type is DocType.HK_MACAO_PERMIT else number


def birth_date(doc_type: DocType, number: str) -> date | None:
    """The birth date inside an 18-character number, ``None`` when the document carries none."""
    if doc_type not in _NUMBERED_BY_GB11643 or len(number) != 18:
        return None
    digits = number[6:14]
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def sex(doc_type: DocType, number: str) -> Sex | None:
    """The sex inside an 18-character number (17th digit odd: male), ``None`` without one."""
    if doc_type not in _NUMBERED_BY_GB11643 or len(number) != 18:
        return None
    digit = number[16]
    if digit not in "0123456789":
        return None
    return Sex.MALE if int(digit) % 2 else Sex.FEMALE


def check_character(body: str) -> str:
    """The 18th character for 17 ASCII digits (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def _check_gb11643(doc_type: DocType, number: str, today: date) -> str | None:
    """Length, characters, kind of document, date and check character, in the reader's order."""
    noun = _NUMBERED_BY_GB11643[doc_type]
    wrong = _check_characters(noun, number) or _check_prefix(doc_type, number)
    if wrong:
        return wrong
    born = birth_date(doc_type, number)
    if born is None:
        return f"{noun}第 7 至 14 位不是有效的出生日期，请核对。"
    if born > today:
        return f"{noun}第 7 至 14 位的出生日期晚于今天，请核对。"
    if check_character(number[:17]) != number[17]:
        return f"{noun}第 18 位校验不符，请逐位核对。"
    return None


def _check_characters(noun: str, number: str) -> str | None:
    if len(number) == 15 and number.isascii() and number.isdigit():
        return f"15 位的旧{noun}已停用，请填写 18 位的新号码。"
    if len(number) != 18:
        return f"{noun}应为 18 位，现为 {len(number)} 位，请核对。"
    for place, character in enumerate(number, start=1):
        if character not in "0123456789" and not (place == 18 and character == "X"):
            allowed = "数字或 X" if place == 18 else "数字"
            return f"{noun}第 {place} 位应为{allowed}，请核对。"
    return None


def _check_prefix(doc_type: DocType, number: str) -> str | None:
    """Which document the first digits belong to.

    County codes are not compared with a list: they are retired and re-issued while the numbers
    made from them stay valid for life.
    """
    actual = DocType.RESIDENT_ID
    if number.startswith("9"):
        actual = DocType.PERMANENT_RESIDENT
    elif number.startswith(_RESIDENCE_PREFIXES):
        actual = DocType.HMT_RESIDENCE
    elif number.startswith("0"):
        return f"{_NUMBERED_BY_GB11643[doc_type]}第 1 位不能为 0，请核对。"
    if actual is doc_type:
        return None
    return f"该号码属于{actual.label}，请改选证件类型或核对号码。"


def _check_old_permanent_resident(number: str) -> str | None:
    if _OLD_PERMANENT_RESIDENT.fullmatch(number):
        return None
    return "永久居留身份证号应为 18 位（旧证为 3 位字母加 12 位数字），请核对。"


def _check_military(number: str) -> str | None:
    """Free text: no public standard describes these numbers; people decide at review."""
    if not 4 <= len(number) <= 20:
        return f"军官证号应为 4 至 20 个字符，现为 {len(number)} 个，请核对。"
    return None if number.isprintable() else "军官证号含有无法显示的字符，请重新填写。"


# ── particulars of a person ───────────────────────────────────────────────────────────────────

_DOTS = dict.fromkeys(map(ord, "•‧・∙⋅･●．"), "·")
_MARKS = dict.fromkeys(map(ord, "’‘ʼ`´"), "'") | dict.fromkeys(map(ord, "‐‑–—"), "-")
_HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_DOT_IN_HAN = re.compile(f"(?<=[{_HAN}])\\.(?=[{_HAN}])")
_LOOSE_SPACE = re.compile(f"(?<=[·{_HAN}]) | (?=[·{_HAN}])")
_LETTER = f"{_HAN}A-Z\u00c0-\u00d6\u00d8-\u00de\u0100-\u024f\u1e00-\u1eff"
_NAME = re.compile(f"[{_LETTER}](?:[ ·.'-]{{0,2}}[{_LETTER}])*\\.?")
_COUNTRY_CODE = re.compile(r"(?:\+86|0086|86)(?=1[0-9]{10}\Z)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SOCIAL_CARD = re.compile(r"[A-Z0-9]{8,18}")


def normalise_name(raw: str) -> str:
    """The one spelling of a name, so that two ways to type it are the same person.

    Every middle dot is 「·」, no space stands between Chinese characters, Latin letters are
    capitals as in passports and separated by single spaces.
    """
    text = unicodedata.normalize("NFC", half_width(raw.translate(_DOTS)).upper())
    text = " ".join(text.translate(_DOTS).translate(_MARKS).split())
    return _LOOSE_SPACE.sub("", _DOT_IN_HAN.sub("·", text))


def check_name(name: str) -> str | None:
    """A normalised name: 2–30 Chinese characters or Latin letters, with 「·」 inside."""
    if not name:
        return "请填写姓名。"
    if not 2 <= len(name) <= 30:
        return f"姓名应为 2 至 30 个字，现为 {len(name)} 个，请核对。"
    return None if _NAME.fullmatch(name) else "姓名只能包含汉字、字母和间隔号「·」，请核对。"


def normalise_phone(raw: str) -> str:
    """Eleven digits: no spaces, hyphens or country code 86."""
    return _COUNTRY_CODE.sub("", _compact(raw).replace("-", ""), count=1)


def check_phone(phone: str) -> str | None:
    """A normalised mainland mobile number (1, then 3–9, then nine digits)."""
    if not phone:
        return "请填写手机号码。"
    if not (phone.isascii() and phone.isdigit()):
        return "手机号码应为 11 位数字，请核对。"
    if len(phone) != 11:
        return f"手机号码应为 11 位，现为 {len(phone)} 位，请核对。"
    return None if _MOBILE.fullmatch(phone) else "手机号码应以 13 至 19 开头，请核对。"


def normalise_social_card(raw: str) -> str:
    """The one spelling of a social-security card number: half-width, upper case, no spaces."""
    return _compact(raw)


def check_social_card(number: str) -> str | None:
    """社保卡号: optional; card makers number freely, so only length and characters are known."""
    if not number or _SOCIAL_CARD.fullmatch(number):
        return None
    return "社保卡号应为 8 至 18 位字母或数字，请核对。"
