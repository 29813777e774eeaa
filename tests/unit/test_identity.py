"""Documents, names and phones: what is accepted, and the sentence for what is not."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.core import identity
from chalicelib.core.identity import DocType, InsuranceType, Sex

TODAY = date(2026, 11, 23)
RESIDENT = DocType.RESIDENT_ID
PERMANENT = DocType.PERMANENT_RESIDENT


def with_check(body: str) -> str:
    return body + identity.check_character(body)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "440524188001010014",  # the standard's own example; its county code is long retired
        "360426199101010071",
        "120103198806018241",
        "230306196304054513",
    ],
)
def test_published_resident_numbers_are_good(number: str) -> None:
    assert identity.check(RESIDENT, number, today=TODAY) is None


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("", "请填写居民身份证号码。"),
        ("23030719630405451", "身份证号应为 18 位，现为 17 位，请核对。"),
        ("230306630405451", "15 位的旧身份证号已停用，请填写 18 位的新号码。"),
        ("230307196304054513", "身份证号第 18 位校验不符，请逐位核对。"),
        ("2303O6196304054513", "身份证号第 5 位应为数字，请核对。"),
        ("23030619630405451Y", "身份证号第 18 位应为数字或 X，请核对。"),
        (with_check("02030619630405451"), "身份证号第 1 位不能为 0，请核对。"),
        (with_check("45010219900230001"), "身份证号第 7 至 14 位不是有效的出生日期，请核对。"),
        (with_check("45010220261124001"), "身份证号第 7 至 14 位的出生日期晚于今天，请核对。"),
        (with_check("81000019900101001"), "该号码属于港澳台居民居住证，请改选证件类型或核对号码。"),
        (
            with_check("91100019900101001"),
            "该号码属于外国人永久居留身份证，请改选证件类型或核对号码。",
        ),
    ],
)
def test_a_wrong_resident_number_says_what_to_do(number: str, sentence: str) -> None:
    assert identity.check(RESIDENT, number, today=TODAY) == sentence


def test_a_child_born_today_has_a_number() -> None:
    assert identity.check(RESIDENT, with_check("45010220261123001"), today=TODAY) is None


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits(prefix: str) -> None:
    number = with_check(prefix + "19900101001")
    assert identity.check(DocType.HMT_RESIDENCE, number, today=TODAY) is None
    assert identity.birth_date(DocType.HMT_RESIDENCE, number) == date(1990, 1, 1)
    mainland = identity.check(DocType.HMT_RESIDENCE, "11010519491231002X", today=TODAY)
    assert mainland == "该号码属于居民身份证，请改选证件类型或核对号码。"


@pytest.mark.parametrize(
    ("doc_type", "number"),
    [
        (PERMANENT, "CAN110082053009"),
        (PERMANENT, with_check("91184019900101002")),
        (DocType.PASSPORT, "E12345678"),
        (DocType.PASSPORT, "EA1234567"),
        (DocType.PASSPORT, "452231"),  # the manual's screenshot
        (DocType.PASSPORT, "A" * 17),
        (DocType.HK_MACAO_PERMIT, "H12345678"),
        (DocType.HK_MACAO_PERMIT, "M1234567801"),
        (DocType.TAIWAN_PERMIT, "12345678"),
        (DocType.TAIWAN_PERMIT, "1234567890"),
        (DocType.MILITARY, "南字第01234567号"),
        (DocType.MILITARY, "1234"),
        (DocType.MILITARY, "1" * 20),
    ],
)
def test_other_documents_are_good(doc_type: DocType, number: str) -> None:
    assert identity.check(doc_type, number, today=TODAY) is None


@pytest.mark.parametrize(
    ("doc_type", "number"),
    [
        (PERMANENT, "CAN11008205300"),
        (PERMANENT, "CA1110082053009"),
        (PERMANENT, "11010519491231002X"),
        (DocType.PASSPORT, "A" * 18),
        (DocType.PASSPORT, "1234"),
        (DocType.PASSPORT, "E1234-678"),
        (DocType.PASSPORT, "E1234567٣"),
        (DocType.HK_MACAO_PERMIT, "H1234567801\n"),
        (DocType.HK_MACAO_PERMIT, "X12345678"),
        (DocType.HK_MACAO_PERMIT, "H123456780"),
        (DocType.TAIWAN_PERMIT, "123456789"),
        (DocType.MILITARY, "123"),
        (DocType.MILITARY, "1" * 21),
        (DocType.MILITARY, "南字\x00第0123"),
    ],
)
def test_other_documents_are_refused_without_repeating_them(doc_type: DocType, number: str) -> None:
    sentence = identity.check(doc_type, number, today=TODAY)
    assert sentence
    assert number.strip() not in sentence


def test_numbers_have_one_spelling() -> None:
    assert identity.normalise(RESIDENT, " １１０１０５ 1949 1231\u200b 002ｘ\u3000") == (
        "11010519491231002X"
    )
    assert identity.normalise(DocType.HK_MACAO_PERMIT, "h1234 5678") == "H12345678"


def test_a_permit_is_the_same_person_after_renewal() -> None:
    first, renewed = "H1234567800", "H1234567811"
    permit = DocType.HK_MACAO_PERMIT
    assert identity.lookup_form(permit, first) == identity.lookup_form(permit, renewed)
    assert identity.lookup_form(permit, "H12345678") == "H12345678"
    assert identity.lookup_form(DocType.PASSPORT, "E1234567801") == "E1234567801"


def test_sex_and_birth_date_inside_a_number() -> None:
    assert identity.sex(RESIDENT, "11010519491231002X") is Sex.FEMALE
    assert identity.sex(RESIDENT, "230306196304054513") is Sex.MALE
    assert identity.birth_date(RESIDENT, "440524188001010014") == date(1880, 1, 1)


@pytest.mark.parametrize(
    ("doc_type", "number"),
    [
        (DocType.PASSPORT, "11010519491231002X"),
        (RESIDENT, "110105194902300021"[:10]),
        (PERMANENT, "CAN110082053009"),
        (RESIDENT, "1101051949023100½½"),
    ],
)
def test_documents_without_particulars(doc_type: DocType, number: str) -> None:
    assert identity.birth_date(doc_type, number) is None
    assert identity.sex(doc_type, number) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (" 张 三 ", "张三"),
        ("欧阳　小明", "欧阳小明"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("买买提 · 吐尔逊", "买买提·吐尔逊"),
        ("John  a. Smith", "JOHN A. SMITH"),
        ("Ｏ’Neill", "O'NEILL"),
        ("nguyễn văn an", "NGUYỄN VĂN AN"),
        ("Jean–Luc", "JEAN-LUC"),
        ("㐂〇𠮷", "㐂〇𠮷"),
    ],
)
def test_names_have_one_spelling_and_are_good(raw: str, name: str) -> None:
    assert identity.normalise_name(raw) == name
    assert identity.check_name(name) is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "请填写姓名。"),
        ("张", "姓名应为 2 至 30 个字，现为 1 个，请核对。"),
        ("张" * 31, "姓名应为 2 至 30 个字，现为 31 个，请核对。"),
        ("张3", "姓名只能包含汉字、字母和间隔号「·」，请核对。"),
        ("·张三", "姓名只能包含汉字、字母和间隔号「·」，请核对。"),
        ("张三<b>", "姓名只能包含汉字、字母和间隔号「·」，请核对。"),
        ("=1+1", "姓名只能包含汉字、字母和间隔号「·」，请核对。"),
    ],
)
def test_a_wrong_name_says_what_to_do(name: str, sentence: str) -> None:
    assert identity.check_name(name) == sentence


@pytest.mark.parametrize(
    "raw", ["18500844375", "+86 185-0084-4375", "0086 18500844375", "86１8500844375"]
)
def test_phones_have_one_spelling(raw: str) -> None:
    assert identity.normalise_phone(raw) == "18500844375"
    assert identity.check_phone("18500844375") is None


@pytest.mark.parametrize(
    ("phone", "sentence"),
    [
        ("", "请填写手机号码。"),
        ("1850084437", "手机号码应为 11 位，现为 10 位，请核对。"),
        ("12500844375", "手机号码应以 13 至 19 开头，请核对。"),
        ("1850084437a", "手机号码应为 11 位数字，请核对。"),
        ("1850084437٣", "手机号码应为 11 位数字，请核对。"),
    ],
)
def test_a_wrong_phone_says_what_to_do(phone: str, sentence: str) -> None:
    assert identity.check_phone(phone) == sentence


def test_social_card_is_optional_and_loosely_known() -> None:
    assert identity.normalise_social_card(" a1234 5678") == "A12345678"
    assert identity.check_social_card("") is None
    assert identity.check_social_card("123456464") is None
    assert identity.check_social_card("1234567") == "社保卡号应为 8 至 18 位字母或数字，请核对。"


def test_everything_has_a_label() -> None:
    assert [d.label for d in DocType][:2] == ["居民身份证", "港澳台居民居住证"]
    assert InsuranceType.EMPLOYEE.label == "城镇职工基本医疗保险"
    assert {i.label for i in InsuranceType} >= {"公费医疗", "其他"}
    assert [s.label for s in Sex] == ["男", "女"]
