"""The pages of 个人信息变更 as a person may meet them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.timeline import TimelineRow
from chalicelib.changes import texts
from chalicelib.changes.views import (
    CaseView,
    ChangedRow,
    FormView,
    delete_view,
    field_views,
    list_view,
)
from chalicelib.documents.views import DocumentItem
from chalicelib.web.result import Action, ResultView
from tests.unit.change_examples import LI

CREATED = datetime(2020, 12, 30, 6, 28, 18, tzinfo=UTC)
UNIT = "中国共产党忻城县委员会党校工会委员会"
DRAFT = Case("change", "1344168415351173120", "1", "来宾", "draft", 2, CREATED, CREATED)
OPEN = replace(DRAFT, number="1344201122043166720", state="second_review")
DONE = replace(DRAFT, number="1344168415351173121", state="closed")


def _picture(doc_id: str) -> DocumentItem:
    href = f"/documents/{doc_id}/picture"
    return DocumentItem(doc_id, "clean", "已上传", f"{href}?size=thumb", href)


PICTURES = (_picture("a1"), _picture("a2"))
BLANK = FormView("/changes", UNIT, field_views(LI, LI, None, {}), (), {})
WRONG = replace(
    BLANK,
    fields=field_views(LI, LI, {"name": "李", "phone": "139", "sex": "male"}, {}),
    documents=PICTURES,
    errors={
        "name": "姓名应为 2 至 30 个字，现为 1 个，请核对。",
        "phone": "手机号码应为 11 位，现为 3 位，请核对。",
        "sex": texts.SEX_DIFFERS,
        "document-a2": "这张图片还不能使用，请等待检查完成，或删除后重新上传。",
    },
)
_PINNED = {
    "field:doc_type": "身份信息不一致",
    "field:doc_number": "身份信息不一致：少一位",
    "": "其他：信息不正确",
}
SENT_BACK = replace(
    BLANK,
    action=f"/changes/{DRAFT.number}",
    fields=field_views(LI, LI | {"doc_type": "passport", "doc_number": "E1234567"}, None, _PINNED),
    documents=PICTURES,
    errors={
        "form": "其他：信息不正确",
        "doc_type": "证件类型：身份信息不一致",
        "doc_number": "证件号码：身份信息不一致：少一位",
        "document-a1": "第 1 张照片：材料不清晰或非本人：第二行看不清",
    },
    version="2",
)
CASE = CaseView(
    number="BG1344201122043166720",
    state="待复核",
    tone="wait",
    sentence=texts.STATE_SENTENCES["second_review"],
    created_at="2020-12-30 16:38:16",
    rows=(ChangedRow("手机号码", "138****0001", "139****0002"), ChangedRow("性别", "女", "男")),
    documents=PICTURES,
    timeline=(
        TimelineRow("通过 · 待复核", "初核员", "2020-12-31 09:10"),
        TimelineRow("提交 · 待初核", "职工本人", "2020-12-30 17:02"),
        TimelineRow("驳回 · 草稿", "初核员", "2020-12-30 16:59", ("材料不清晰或非本人：反光",)),
        TimelineRow("提交 · 待初核", "职工本人", "2020-12-30 16:38"),
    ),
    actions=(Action("返回", "/changes"),),
)
REMARKS = {DRAFT.number: "其他：信息不正确"}
PAGES: tuple[tuple[str, str, Any], ...] = (
    ("changes", "changes/list.html", list_view((DRAFT, DONE), REMARKS)),
    ("changes-open", "changes/list.html", list_view((OPEN, DONE), {})),
    ("changes-empty", "changes/list.html", list_view((), {})),
    ("change-new", "changes/form.html", BLANK),
    ("change-wrong", "changes/form.html", WRONG),
    ("change-sent-back", "changes/form.html", SENT_BACK),
    ("change", "changes/case.html", CASE),
    (
        "change-draft",
        "changes/case.html",
        replace(
            CASE,
            state="草稿",
            tone="alert",
            sentence=texts.STATE_SENTENCES["draft"],
            documents=(),
            actions=(Action("修改", "/changes/1/edit", "primary"), Action("返回", "/changes")),
        ),
    ),
    ("change-delete", "changes/delete.html", delete_view(DRAFT)),
    (
        "change-done",
        "web/result.html",
        ResultView(texts.DONE_TITLE, texts.DONE_TEXT, (Action("返回", "/changes", "primary"),)),
    ),
)
