"""The stay as it is typed: one spelling, and one sentence beside each wrong field."""

from __future__ import annotations

import json

import pytest

from chalicelib.core.errors import Refused
from chalicelib.subsidy import texts
from chalicelib.subsidy.plan import Level, Settlement
from chalicelib.subsidy.stay import FIELDS, Stay
from chalicelib.web.forms import parse
from tests.unit.subsidy_examples import TODAY, TYPED, stay


def errors(**typed: str) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        parse(Stay, {**TYPED, **typed}, {"today": TODAY})
    return dict(refused.value.errors)


def test_what_is_typed_comes_out_in_one_spelling() -> None:
    one = stay(
        hospital=" 广西  医院 ",
        admission="2026年3月1日",
        invoice_code="４５０１０１２５",
        invoice_check="589d80",
        total="￥10,000.5",
        commercial=" ",
    )
    assert one.hospital == "广西 医院"
    assert one.level is Level.THIRD
    assert one.settlement is Settlement.LOCAL_DIRECT
    assert one.admission.isoformat() == "2026-03-01"
    assert one.invoice == ("45010125", "0488888987")
    assert one.invoice_check == "589D80"
    assert (one.total, one.commercial) == (1_000_050, 0)
    assert one.year == 2026


def test_a_stay_reads_back_from_its_dump_without_a_clock() -> None:
    one = stay(total="12,345.67", pooled="1,000")
    kept = json.loads(json.dumps(one.model_dump(mode="json")))
    assert kept["total"] == "12,345.67"
    assert Stay.model_validate(kept) == one


def test_own_share_is_what_nobody_else_paid() -> None:
    one = stay(pooled="4,000", serious_illness="100", medical_aid="0.50", commercial="99.50")
    assert (one.paid, one.own) == (420_000, 580_000)


def test_every_field_has_a_label_and_an_empty_form_a_sentence_for_each_required_one() -> None:
    assert set(FIELDS) == set(Stay.model_fields)
    with pytest.raises(Refused) as refused:
        parse(Stay, {}, {"today": TODAY})
    optional = {"invoice_check", "serious_illness", "large_amount", "civil_servant"}
    optional |= {"medical_aid", "commercial", "out_of_catalogue"}
    assert set(refused.value.errors) == set(FIELDS) - optional


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"hospital": " "}, {"hospital": texts.HOSPITAL_MISSING}),
        ({"hospital": "院"}, {"hospital": "请填写 2 至 50 个字，现为 1 个。"}),
        ({"diagnosis": "病" * 101}, {"diagnosis": "请填写 2 至 100 个字，现为 101 个。"}),
        ({"department": "内\x00科"}, {"department": texts.TEXT_CHARACTERS}),
        ({"level": "fourth"}, {"level": texts.CHOOSE}),
        ({"settlement": ""}, {"settlement": texts.CHOOSE}),
        ({"admission": ""}, {"admission": texts.DAY_SHAPE}),
        ({"admission": "2026-02-30"}, {"admission": texts.DAY_SHAPE}),
        ({"admission": "1999-12-31"}, {"admission": texts.DAY_EARLY}),
        ({"discharge": "2026-11-24"}, {"discharge": texts.DAY_LATER}),
        ({"settled": "2027-03-10"}, {"settled": texts.DAY_LATER}),
        ({"discharge": "2026-02-28"}, {"discharge": texts.DISCHARGE_EARLY}),
        ({"settled": "2026-02-28"}, {"settled": texts.SETTLED_EARLY}),
        ({"invoice_code": "45-0101"}, {"invoice_code": texts.INVOICE_CODE}),
        ({"invoice_number": "12345"}, {"invoice_number": texts.INVOICE_NUMBER}),
        ({"invoice_check": "1234567"}, {"invoice_check": texts.INVOICE_CHECK}),
        ({"total": "0"}, {"total": texts.TOTAL_ZERO}),
        ({"total": "-5"}, {"total": "金额不能为负数，请核对。"}),
        ({"total": "100000000"}, {"total": "金额超过 1,000 万元，请核对小数点和位数。"}),
        ({"pooled": ""}, {"pooled": texts.POOLED_MISSING}),
        ({"pooled": "10,000.01"}, {"pooled": texts.POOLED_ABOVE_TOTAL}),
        ({"commercial": "10,000.01"}, {"commercial": texts.PAID_ABOVE_TOTAL}),
        ({"pooled": "6000", "medical_aid": "4000.01"}, {"medical_aid": texts.PAID_ABOVE_TOTAL}),
        ({"out_of_catalogue": "10000.01"}, {"out_of_catalogue": texts.OUT_ABOVE_TOTAL}),
        (
            {"pooled": "6000", "out_of_catalogue": "4000.01"},
            {"out_of_catalogue": texts.OUT_AND_POOLED_ABOVE_TOTAL},
        ),
        # a wrong total is one mistake, not three
        ({"total": "x", "pooled": "9,999,999"}, {"total": "金额请按 1234.50 的样式填写。"}),
    ],
)
def test_a_wrong_field_says_what_to_do(typed: dict[str, str], wrong: dict[str, str]) -> None:
    assert errors(**typed) == wrong


def test_everything_may_be_used_up_exactly() -> None:
    one = stay(pooled="6000", commercial="4000", out_of_catalogue="4000", discharge="2026-03-01")
    assert one.own == 0


def test_a_stay_may_have_ended_and_been_settled_today() -> None:
    today = TODAY.isoformat()
    assert stay(discharge=today, settled=today).discharge == TODAY


def test_several_mistakes_are_all_told() -> None:
    assert set(errors(hospital="", discharge="x", pooled="20000", commercial="1.001")) == {
        "hospital",
        "discharge",
        "pooled",
        "commercial",
    }
