"""Everything about one employee as a file for them (个人信息保护法 45): in the clear, in Chinese.

Each kind of case adds what only it understands (`Kind.export`). Bounded, so that it is ready
within one request: who has more than that is told so in the file.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib.casework.case import Case
from chalicelib.casework.kind import Kind, kinds
from chalicelib.casework.service import Casework
from chalicelib.casework.timeline import timeline
from chalicelib.core.clock import beijing_second
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.privacy import texts
from chalicelib.privacy.consents import words
from chalicelib.privacy.owned import owned
from chalicelib.store import consents, keys
from chalicelib.store.documents import StoredDocument
from chalicelib.store.members import Enrolment, MemberRecord
from chalicelib.store.retention import pictures_of
from chalicelib.web.visit import Member
from chalicelib.world import World

CASES_AT_MOST: Final = 60
MESSAGES_AT_MOST: Final = 500
ENROLMENTS_AT_MOST: Final = 200


def as_json(world: World, member: Member) -> str:
    """Return the file."""
    member_id = member.record.member_id
    entries, events = consents.records(world.database, member_id)
    drafts = list[str]()
    cases = list(_cases(world, member_id, drafts))
    content = {
        "说明": texts.EXPORT_NOTE.format(contact=world.settings.org_contact),
        "处理者": world.settings.org_name,
        "生成时间": beijing_second(world.clock.now()),
        "个人信息": _profile(member.record),
        "绑定": _binding(member),
        "参保": [
            _enrolment(one) for one in world.members.enrolments(member_id, ENROLMENTS_AT_MOST)
        ],
        "申请": cases,
        "未提交的草稿": drafts,
        "授权记录": [_consent(entry) for entry in entries],
        "账户安全记录": [
            {"事项": texts.HAPPENED.get(event.kind, event.kind), "时间": beijing_second(event.at)}
            for event in events
        ],
        "站内消息": [
            {"时间": beijing_second(one.at), "标题": one.title, "内容": one.text, "已读": one.read}
            for one in world.messages.latest(member_id, MESSAGES_AT_MOST)
        ],
        "照片": [_picture(one) for one in pictures_of(member_id)],
    }
    if len(cases) == CASES_AT_MOST:
        content["未列出"] = f"申请只列出最近 {CASES_AT_MOST} 件，其余请与我们联系获取。"
    return json.dumps(content, ensure_ascii=False, indent=2)


def _profile(record: MemberRecord) -> Mapping[str, str]:
    return {
        "姓名": record.name,
        "证件类型": DocType(record.doc_type).label,
        "证件号码": record.doc_number,
        "手机号码": record.phone,
        "性别": Sex(record.sex).label,
        "出生日期": record.birth_date.isoformat(),
        "参保单位": record.unit_name,
        "所在地市": record.prefecture,
        "社保类型": InsuranceType(record.insurance_type).label,
        "社保卡号": record.social_card or "",
    }


def _binding(member: Member) -> Mapping[str, str]:
    return {
        "微信用户标识": keys.name_in(member.binding.pk),
        "绑定时间": beijing_second(member.binding.bound_at),
    }


def _cases(world: World, member_id: str, drafts: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the cases of all kinds, and note the numbers of drafts."""
    left, casework = CASES_AT_MOST, Casework(world)
    for kind in kinds():
        cases, unsent = owned(world, member_id, kind)
        drafts += [f"{kind.prefix}{number}" for number in unsent]
        for case in cases[:left]:
            yield _case(casework, world, kind, case)
        left -= min(left, len(cases))


def _case(casework: Casework, world: World, kind: Kind, case: Case) -> Mapping[str, Any]:
    rows = timeline(kind, casework.history(case.number), casework.open_note)
    return {
        "申请单号": f"{kind.prefix}{case.number}",
        "类型": kind.label,
        "状态": kind.machine.states[case.state].label,
        "创建时间": beijing_second(case.created_at),
        "进度": [
            {
                "步骤": row.title,
                "办理人": row.role,
                "时间": row.at_text,
                "说明": list(row.note_lines),
            }
            for row in rows
        ],
        **(kind.export(world, case) if kind.export else {}),
    }


def _enrolment(one: Enrolment) -> Mapping[str, Any]:
    return {
        "保障计划": one.plan_name,
        "参保单位": one.unit_name,
        "开始": one.starts.isoformat(),
        "结束": one.ends.isoformat(),
        "份数": one.shares,
    }


def _consent(entry: consents.Entry) -> Mapping[str, Any]:
    return {
        "授权": words(entry.kind).title,
        "同意或撤回": "同意" if entry.given else "撤回",
        "版本": entry.version,
        "时间": beijing_second(entry.at),
        "渠道": texts.CHANNELS.get(entry.channel, entry.channel),
    }


def _picture(one: StoredDocument) -> Mapping[str, Any]:
    return {
        "用途": one.purpose,
        "上传时间": beijing_second(one.created_at),
        "申请单号": one.case_number or "",
        "字节数": int(one.size or 0),
        "SHA-256": one.sha256 or "",
    }
