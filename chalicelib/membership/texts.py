"""What the membership room says to people; the manual's words where it has them."""

NOT_IN_ROSTER = "未查询到该职工信息，请确认所填内容再重试"
BOUND_ELSEWHERE = "当前微信已绑定其他职工，请先在个人中心解除绑定。"
FORM_USED = "页面已过期，请核对后重新提交。"
BINDING_CHANGED = "绑定信息刚刚发生了变化，请刷新页面后再试。"
AGREE_FIRST = "请先阅读并同意隐私政策。"
BOUND_TITLE = "绑定成功"
BOUND_TEXT = "现在可以查看保障权益、申请补助。"
UNBOUND_TITLE = "已解除绑定"
UNBOUND_TEXT = "此微信不再能查看您的参保信息。需要时可以重新绑定。"
UNBIND_CONSEQUENCES = (
    "此微信将不能再查看您的参保信息和补助进度",
    "参保关系和已提交的申请不受影响",
    "以后可以用短信验证码重新绑定",
)
DOC_TYPE_UNKNOWN = "请选择证件类型。"
NO_PLAN = "这一期的保障方案还没有公布，补助标准请咨询所在单位工会。"
EXAMPLE = "示例：以下金额仅供演示，以工会正式公布的保障方案为准。"
