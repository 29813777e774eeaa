"""What the change room says to people; the manual's words where it has them."""

from chalicelib.changes.kind import DAYS

# refusals
NAME_AND_DOCUMENT = "姓名和证件号码不能同时修改，请分两次申请：先办结其中一项，再提交另一项。"
NOTHING_CHANGED = "您没有修改任何信息，请填写需要变更的项目后再提交。"
NUMBER_FOR_NEW_TYPE = "更换证件类型时，请填写新证件的号码。"
BIRTH_DIFFERS = "与证件号码第 7 至 14 位的出生日期不一致，请核对证件号码，或填写证件上的出生日期。"
SEX_DIFFERS = "与证件号码不一致（第 17 位单数为男、双数为女），请核对证件号码或性别。"
BIRTH_SHAPE = "出生日期请按 1970-03-05 的样式填写。"
BIRTH_LATER = "出生日期不能晚于今天，请核对。"
BIRTH_EARLY = "出生日期不能早于 1900-01-01，请核对。"
CHOOSE = "请从列表中选择。"
PICTURE_MISSING = "请上传证件凭证照片，至少 1 张。"
PICTURES_TOO_MANY = "证件凭证最多 {most} 张，请删除多余的照片。"
PICTURE_UNKNOWN = "有照片未能识别，请删除后重新上传。"
PICTURE_NAME = "第 {count} 张照片"
TOUCH_FIELD = "审核意见：{reason}。请重新填写此项后再提交。"
TOUCH_PICTURE = "审核意见：{reason}。请更换被指出的照片后再提交。"
AGREE_FIRST = "请先勾选同意，我们才能用这些信息审核。"
OPEN_ALREADY = "您有一条未办结的变更申请，办结后才能再次提交。"
EDITED_ELSEWHERE = "申请刚刚发生了变化，请返回查看最新进度。"
TAKEN = "新证件号码已登记在其他职工名下，不能办结，请驳回申请并说明原因。"
ROSTER_CHANGED = (
    "申请提交后，该职工的{labels}已被参保名册更新，不能办结，请驳回并请职工按最新信息重新提交。"
)
STALE = "职工信息刚刚发生了变化，请刷新后再试。"

# pages
STATE_SENTENCES = {
    "first_review": f"工会正在初核，一般 {DAYS} 个工作日内完成，结果会通知您。",
    "second_review": f"初核已通过，正在复核，一般 {DAYS} 个工作日内办结，结果会通知您。",
    "draft": "申请已驳回，请按审核意见修改后重新提交，也可以删除这条申请。",
    "closed": "变更已生效，您的个人信息已更新。",
    "deleted": "这条申请已删除。",
}
DONE_TITLE = "变更申请已提交"
DONE_TEXT = "请等待审核通知"
NOT_DELETED = "没有删除"
DELETED_TITLE = "申请已删除"
DELETED_TEXT = "您可以随时重新申请变更。"
DELETE_CONSEQUENCES = (
    "删除后，这条申请不能再修改或提交",
    "您的个人信息保持不变，以后可以重新申请",
)
FORM_NOTE = "留空的项目保持不变；出于保护，已登记的信息只显示一部分。"
KEEP = "不修改请留空"
NOW = "现为 {value}"
NOW_ASKED = "上次填写 {value}"
TYPE_AGAIN = "请重新填写"
CHOOSE_AGAIN = "请重新选择"
AGREE = "我同意将填写的信息和上传的证件照片（敏感个人信息）用于审核本次变更"
AGREE_VERSION = "2026-11"
"""Recorded with each consent; another sentence needs another version."""
PICTURE_HINT = "请拍摄能证明变更内容的本人证件，四角完整、字迹清楚"

# review panel
UNIT = "参保单位"
CHECK_NOT_BOTH = "姓名与证件号码未同时修改"
CHECK_NUMBER = "证件号码格式与校验位正确"
CHECK_AGREES = "出生日期、性别与证件号码一致"
CHECK_FREE = "证件号码未登记在其他职工名下"
CHECK_PICTURES = "证件凭证已通过安全检查"
CHECK_UNCHANGED = "申请提交后名册未更新所改项目"
CHECK_RESENT = "驳回后重新提交，请对照上次内容"
PICTURES = "本次 {now} 张，其中新上传 {new} 张"
GONE = "缺少 {count} 张"
