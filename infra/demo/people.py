"""Invented employees: valid in every rule of the product, and nobody's.

Numbers are taken from ranges that are issued to no one, so that a demonstration never shows, and a
test never calls, a real person:

* resident numbers: county code 45xx99 (no county has 99); residence permits 8x0099 in the same way;
* permanent residents: country 999 and XXA, which ISO 3166 leaves to users;
* passports, Hong Kong and Macao, Taiwan permits: series X and the lowest serial numbers;
* military: 「演字」, exercise;
* mobile numbers 179…: the access codes of IP telephony (17909, 17911, 17951) occupy that block, so
  no operator can give it to subscribers. China reserves no range for fiction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from chalicelib.core import identity
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.core.places import PREFECTURES
from infra.demo import names

UNITS = 40
_KINDS = (
    "第一人民医院",
    "第二中学",
    "供水有限责任公司",
    "公共交通集团",
    "糖业有限公司",
    "实验小学",
    "铝业集团",
    "港务有限公司",
    "市政工程处",
    "妇幼保健院",
)
_SHARES = {  # of 1,000 employees
    DocType.RESIDENT_ID: 938,
    DocType.HMT_RESIDENCE: 10,
    DocType.PERMANENT_RESIDENT: 8,
    DocType.PASSPORT: 14,
    DocType.HK_MACAO_PERMIT: 10,
    DocType.TAIWAN_PERMIT: 8,
    DocType.MILITARY: 12,
}
_INSURANCE_SHARES = {
    InsuranceType.EMPLOYEE: 94,
    InsuranceType.RESIDENT: 4,
    InsuranceType.PUBLIC: 1,
    InsuranceType.OTHER: 1,
}
_ADULT_DAYS = 20 * 366
_WORKING_DAYS = 40 * 365
_STRIDE = 7919  # prime, so that employees in a row are born on different days


@dataclass(frozen=True)
class Unit:
    """An invented employer with a union."""

    number: str
    name: str
    prefecture: str


@dataclass(frozen=True)
class Employee:
    """An invented employee."""

    name: str
    doc_type: DocType
    doc_number: str
    sex: Sex
    birth_date: date
    phone: str
    unit: Unit
    insurance: InsuranceType
    social_card: str
    shares: int
    new_this_year: bool


def units() -> list[Unit]:
    """Forty units, two or three in each of the fourteen cities; 「示例」 says that they are not."""
    made = []
    for index in range(UNITS):
        city = PREFECTURES[index % len(PREFECTURES)]
        kind = _KINDS[(index * 3 + index // len(PREFECTURES)) % len(_KINDS)]
        number = f"GX45{index % len(PREFECTURES) + 1:02d}-{index // len(PREFECTURES) + 1:03d}"
        made.append(Unit(number, f"{city.removesuffix('市')}示例{kind}工会委员会", city))
    return made


def employees(random: Random, count: int, today: date) -> Iterator[Employee]:
    """Yield people one by one; the same random numbers give the same people.

    Documents and phones never repeat: their serial part counts.
    """
    employers = units()
    document_types = random.choices(list(_SHARES), list(_SHARES.values()), k=count)
    # the first ones show each document once, so that a small roster has them all
    document_types[: len(_SHARES)] = list(_SHARES)[:count]
    for index, doc_type in enumerate(document_types):
        unit = employers[index % len(employers)]
        sex = random.choice((Sex.MALE, Sex.FEMALE))
        born = today - timedelta(days=_ADULT_DAYS + index * _STRIDE % _WORKING_DAYS)
        insurances, weights = list(_INSURANCE_SHARES), list(_INSURANCE_SHARES.values())
        yield Employee(
            name=_name(random, doc_type, sex),
            doc_type=doc_type,
            doc_number=_NUMBERS[doc_type](index, born, sex, unit),
            sex=sex,
            birth_date=born,
            phone=f"179{index:08d}",
            unit=unit,
            insurance=random.choices(insurances, weights)[0],
            social_card=f"{random.randrange(10**9):09d}" if random.random() < 0.9 else "",
            shares=random.choices((1, 2, 3), (80, 15, 5))[0],
            new_this_year=random.random() < 0.08,
        )


def _name(random: Random, doc_type: DocType, sex: Sex) -> str:
    if doc_type in (DocType.PASSPORT, DocType.PERMANENT_RESIDENT):
        return names.latin(random, sex.value)
    if doc_type in (DocType.HMT_RESIDENCE, DocType.HK_MACAO_PERMIT, DocType.TAIWAN_PERMIT):
        return names.traditional(random, sex.value)
    return names.chinese(random, sex.value)


def _gb11643(place: str, index: int, born: date, sex: Sex) -> str:
    """A number of the resident kind.

    Employees share a birthday every 14,600; the step of 201 that the sequence then makes has no
    divisor in common with 500, so seven million numbers differ.
    """
    sequence = (index // _WORKING_DAYS + index * 7) % 500 * 2 + (sex is Sex.MALE)
    body = f"{place}{born:%Y%m%d}{sequence:03d}"
    return body + identity.check_character(body)


def _resident(index: int, born: date, sex: Sex, unit: Unit) -> str:
    city = PREFECTURES.index(unit.prefecture) + 1
    return _gb11643(f"45{city:02d}99", index, born, sex)


def _permanent(index: int, born: date, sex: Sex, unit: Unit) -> str:
    del unit
    if index % 2:
        return _gb11643("945999", index, born, sex)
    return f"XXA45{born:%y%m%d}{index % 10_000:04d}"  # the format until 2023


_NUMBERS: dict[DocType, Callable[[int, date, Sex, Unit], str]] = {
    DocType.RESIDENT_ID: _resident,
    DocType.HMT_RESIDENCE: lambda i, born, sex, _: _gb11643(f"8{i % 3 + 1}0099", i, born, sex),
    DocType.PERMANENT_RESIDENT: _permanent,
    DocType.PASSPORT: lambda i, _born, _sex, _unit: f"X{i:08d}",
    DocType.HK_MACAO_PERMIT: lambda i, _born, _sex, _unit: f"{'HM'[i % 2]}{i:08d}",
    DocType.TAIWAN_PERMIT: lambda i, _born, _sex, _unit: f"{i:08d}",
    DocType.MILITARY: lambda i, _born, _sex, _unit: f"演字第{i:08d}号",
}
