"""Who the tests put into the roster."""

from datetime import date

from chalicelib.store.members import Enrolment, MemberRecord

LI = MemberRecord(
    member_id="",
    name="李示例",
    doc_type="resident_id",
    doc_number="11010519491231002X",
    phone="13800000001",
    sex="female",
    birth_date=date(1949, 12, 31),
    unit_id="U001",
    unit_name="忻城县示例学校工会委员会",
    prefecture="来宾市",
    insurance_type="employee",
    social_card="123456464",
)
THIS_YEAR = Enrolment(
    "demo-2026", "示例计划", LI.unit_name, date(2026, 1, 1), date(2026, 12, 31), 1
)
