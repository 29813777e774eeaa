"""The pages of an application for a benefit as a person may meet them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.kind import Check
from chalicelib.casework.timeline import TimelineRow
from chalicelib.documents.views import DocumentItem
from chalicelib.subsidy import estimates, forms, progress, views
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.estimates import EstimateView
from chalicelib.subsidy.forms import StepView
from chalicelib.subsidy.last_look import ReviewView, Wrong
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.progress import Told
from chalicelib.web.result import Action, ResultView
from tests.unit.subsidy_examples import DEMO, TODAY, TYPED, stay

AT = datetime(2026, 11, 23, 6, 28, 18, tzinfo=UTC)
NUMBER = "1344168415351173120"
CASE = Case("subsidy", NUMBER, "1", "来宾市", "first_review", 1, AT, AT, head="0f" * 32)
BACK = replace(CASE, state="draft", version=2, reasons=(Reason("R10", "field:total"),))
FAILED = replace(CASE, state="account_repair", version=6, reasons=(Reason("F02"),))
STAY = stay(pooled="2,345.67", commercial="100", out_of_catalogue="50")
STATEMENT = estimate(DEMO, STAY, Year(100_000, 20_000))
PAYEE = Payee.model_validate(
    {
        "holder": "李示例",
        "bank": "中国工商银行",
        "branch": "忻城县支行",
        "account": "6225881414207430",
    },
    context={"name": "李示例"},
)
ACCOUNT = PAYEE.model_dump()
CHECKS = (
    Check("入院时在保障期内", True, "入院日 2026-03-01，保障期 2026-01-01 至 2026-12-31"),
    Check("在申请期限内", False, "结算日起 60 个工作日内，结算日 2026-03-10，已于 2026-06-05 截止"),
    Check("收款账户未被他人使用", None, "另有 1 人使用同一账户，请核实"),
)


def picture(doc_id: str, *, linked: bool = True) -> DocumentItem:
    href = f"/documents/{doc_id}/picture"
    return DocumentItem(doc_id, "clean", "已上传", f"{href}?size=thumb", href, linked=linked)


PICTURES = {slot.purpose: (picture(f"doc-{slot.purpose}"),) for slot in DEMO.slots}
ESTIMATE = EstimateView(
    bill=estimates.bill_view(
        STATEMENT,
        total=texts.BILL_ESTIMATE,
        note=texts.BILL_NOTE.format(plan=DEMO.name),
    ),
    checks=estimates.check_rows(CHECKS),
    say="预计补助金 3,000.00 元。",
)


def step(name: str, **parts: Any) -> StepView:
    settlement = parts.pop("way", "local_direct")
    blank = StepView(
        title=texts.STEP_TITLES[name],
        action=f"/subsidies/{NUMBER}/{name}",
        version="3",
        steps=forms.marks(NUMBER, name, {"identity": False, "stay": name == "account"}),
        saved="已保存 14:28",
        errors={},
        slots=forms.slot_views(forms.slots_of(DEMO, name), settlement, {}),
    )
    return replace(blank, **parts)


IDENTITY = step("identity", back_text="")
STAY_STEP = step(
    "stay",
    groups=forms.stay_groups({}, TODAY),
    settlement=forms.settlement_field({}),
    estimate=EstimateView(text=texts.ESTIMATE_WAIT),
    saved="",
    way="",
)
FILLED = replace(
    STAY_STEP,
    groups=forms.stay_groups(TYPED, TODAY),
    settlement=forms.settlement_field(TYPED),
    estimate=ESTIMATE,
    slots=forms.slot_views(forms.slots_of(DEMO, "stay"), "local_direct", PICTURES),
)
WRONG = replace(
    FILLED,
    groups=forms.stay_groups({**TYPED, "admission": "三月一日", "hospital": "医"}, TODAY),
    errors={
        "hospital": "请填写 2 至 50 个字，现为 1 个。",
        "level": "请从列表中选择。",
        "admission": "请按 2026-03-05 的样式填写日期。",
        "pooled": "统筹基金支付不能超过总费用，请核对。",
        "settlement": "请从列表中选择。",
        "documents-diagnosis": "请上传疾病诊断证明照片。",
        "document-doc-invoice": "请更换此照片：材料不清晰或非本人：第二行看不清",
    },
)
ACCOUNT_STEP = step(
    "account",
    groups=forms.account_groups("李示例", {}),
    agree_text=texts.CONSENT_BANK,
    next_text=texts.TO_REVIEW,
)
DOUBTFUL = replace(
    ACCOUNT_STEP,
    groups=forms.account_groups("李示例", ACCOUNT),
    agreed=True,
    estimate=EstimateView(checks=estimates.check_rows(CHECKS[2:])),
)
GALLERIES = progress.galleries(DEMO.slots, PICTURES)
TIMELINE = (
    TimelineRow("驳回 · 草稿", "初核员", "2026-11-24 09:10", ("金额与单据不符：第二张",)),
    TimelineRow("提交 · 待初核", "职工本人", "2026-11-23 14:28"),
)
TOLD = Told(STAY, PAYEE, STATEMENT, GALLERIES, TIMELINE, "", f"/subsidies/{NUMBER}/stay", DEMO)
REVIEW = ReviewView(
    action=f"/subsidies/{NUMBER}/submit",
    token_path=f"/subsidies/{NUMBER}/review",
    version="3",
    steps=forms.marks(NUMBER, "review", {"identity": False, "stay": True, "account": False}),
    wrong=(
        Wrong("其他：请联系工会", ""),
        Wrong("第 2 步：请填写医院全称。", f"/subsidies/{NUMBER}/stay?check=1#hospital"),
    ),
    parts=tuple(
        progress.Part(
            title,
            progress.stay_facts(STAY) if name == "stay" else (),
            GALLERIES[name],
            (Action("修改", f"/subsidies/{NUMBER}/{name}"),),
        )
        for name, title in texts.STEP_TITLES.items()
    ),
    estimate=ESTIMATE,
)
CARDS = (
    views.unsent_card(NUMBER, "2026-11-23 14:28:18", "stay"),
    views.case_card(BACK, "金额与单据不符：第二张", STATEMENT, f"/subsidies/{NUMBER}/stay"),
    views.case_card(FAILED, "户名或卡号有误", STATEMENT, f"/subsidies/{NUMBER}/repair"),
    views.case_card(replace(CASE, state="paying"), "", STATEMENT, ""),
    views.case_card(replace(CASE, state="closed"), "", STATEMENT, ""),
    views.case_card(replace(CASE, state="refused"), "不属保障责任", STATEMENT, ""),
)
TODAY_AFTER = date(2026, 11, 24)
PAGES: tuple[tuple[str, str, Any], ...] = (
    ("subsidies", "subsidy/list.html", views.ListView(CARDS, f"/subsidies?before={NUMBER}")),
    ("subsidies-empty", "subsidy/list.html", views.ListView((), None, texts.DELETED_TEXT)),
    ("subsidy-new", "subsidy/new.html", views.new_view(DEMO, {}, agreed=False)),
    (
        "subsidy-new-wrong",
        "subsidy/new.html",
        views.new_view(DEMO, {"agree": "请先阅读并同意处理健康医疗信息。"}, agreed=False),
    ),
    ("subsidy-identity", "subsidy/step.html", IDENTITY),
    ("subsidy-stay", "subsidy/step.html", STAY_STEP),
    ("subsidy-stay-filled", "subsidy/step.html", FILLED),
    ("subsidy-stay-wrong", "subsidy/step.html", WRONG),
    ("subsidy-account", "subsidy/step.html", ACCOUNT_STEP),
    ("subsidy-account-doubtful", "subsidy/step.html", DOUBTFUL),
    ("subsidy-review", "subsidy/review.html", REVIEW),
    (
        "subsidy-submitted",
        "web/result.html",
        ResultView(
            texts.SUBMITTED_TITLE, "申请已提交。", (Action("返回", "/subsidies", "primary"),)
        ),
    ),
    ("subsidy-case", "subsidy/case.html", progress.case_view(CASE, TOLD, TODAY_AFTER)),
    (
        "subsidy-case-back",
        "subsidy/case.html",
        progress.case_view(BACK, replace(TOLD, remark="金额与单据不符"), TODAY_AFTER),
    ),
    ("subsidy-delete", "subsidy/confirm.html", views.delete_view(NUMBER, "/subsidies")),
    ("subsidy-withdraw", "subsidy/confirm.html", views.withdraw_view(NUMBER)),
    (
        "subsidy-repair",
        "subsidy/repair.html",
        views.repair_view(
            FAILED,
            forms.repair_fields(ACCOUNT, {"account": "622588"}, ("account",)),
            {"account": "银行账号应为 12 至 30 位数字（银行卡为 16 至 19 位），请核对。"},
            amount="¥3,000.00",
            reason="户名或卡号有误",
        ),
    ),
)
