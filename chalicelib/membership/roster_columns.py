"""The headings and the words of a roster, with the variants people use for them."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.core.places import PREFECTURES
from chalicelib.core.tables import Layout

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "姓名": ("职工姓名", "参保人姓名", "参保人", "员工姓名", "名字"),
    "证件类型": ("证件类别", "证件种类"),
    "证件号码": ("证件号", "身份证号", "身份证号码", "身份证", "居民身份证号码", "公民身份号码"),
    "性别": (),
    "出生日期": ("出生年月日", "出生年月", "生日"),
    "手机号码": ("手机号", "手机", "联系电话", "联系方式", "移动电话", "电话"),
    "参保单位": ("单位名称", "单位", "工作单位", "所在单位", "所属单位"),
    "单位编号": ("单位编码", "单位代码", "工会编号"),
    "所属市": ("所属地市", "所属设区市", "所在市", "地市", "设区市"),
    "社保类型": ("医保类型", "社会保险类型", "参保类型", "险种"),
    "社保卡号": ("社会保障卡号", "社保卡号码", "社保卡"),
    "保障计划": ("计划名称", "参保计划", "互助计划", "保障项目"),
    "保障开始": ("保障开始日期", "保障起始日期", "保障期开始", "生效日期", "开始日期"),
    "保障结束": ("保障结束日期", "保障终止日期", "保障期结束", "终止日期", "结束日期"),
    "份数": ("参保份数", "保障份数"),
}
"""Canonical column → other headings in use for it."""

OPTIONAL = frozenset({"证件类型", "性别", "出生日期", "社保卡号", "份数"})

LAYOUT = Layout(
    columns=COLUMNS,
    optional=OPTIONAL,
    signs=frozenset({"姓名", "证件号码"}),
    most_rows=1_000_000,
)
DOC_TYPE_OF = {doc_type.label: doc_type for doc_type in DocType} | {
    "": DocType.RESIDENT_ID,
    "身份证": DocType.RESIDENT_ID,
    "二代身份证": DocType.RESIDENT_ID,
    "居住证": DocType.HMT_RESIDENCE,
    "港澳台居住证": DocType.HMT_RESIDENCE,
    "永久居留身份证": DocType.PERMANENT_RESIDENT,
    "外国人永久居留证": DocType.PERMANENT_RESIDENT,
    "港澳通行证": DocType.HK_MACAO_PERMIT,
    "回乡证": DocType.HK_MACAO_PERMIT,
    "台湾通行证": DocType.TAIWAN_PERMIT,
    "台胞证": DocType.TAIWAN_PERMIT,
    "军人证": DocType.MILITARY,
    "士兵证": DocType.MILITARY,
}
INSURANCE_OF = {insurance.label: insurance for insurance in InsuranceType} | {
    "城镇职工": InsuranceType.EMPLOYEE,
    "职工医保": InsuranceType.EMPLOYEE,
    "城镇职工医保": InsuranceType.EMPLOYEE,
    "职工基本医疗保险": InsuranceType.EMPLOYEE,
    "城乡居民": InsuranceType.RESIDENT,
    "居民医保": InsuranceType.RESIDENT,
    "城乡居民医保": InsuranceType.RESIDENT,
    "公费": InsuranceType.PUBLIC,
}
SEX_OF = {"男": Sex.MALE, "男性": Sex.MALE, "女": Sex.FEMALE, "女性": Sex.FEMALE}
PREFECTURE_OF = {name.removesuffix(suffix): name for name in PREFECTURES for suffix in ("", "市")}
