"""What the membership room says to people; the manual's words where it has them."""

NOT_IN_ROSTER = "未查询到该职工信息，请确认所填内容再重试"
BOUND_ELSEWHERE = "当前微信已绑定其他职工，请先在个人中心解除绑定。"
FORM_USED = "页面已过期，请核对后重新提交。"
BINDING_CHANGED = "绑定信息刚刚发生了变化，请刷新页面后再试。"
AGREE_FIRST = "请先阅读并同意隐私政策。"
CODE_MISSING = "请填写 6 位短信验证码。"
CODE_WRONG = "验证码不正确，请核对短信后重新输入。"
CODE_EXPIRED = "验证码已失效，请重新获取。"
CODE_TOO_SOON = "获取验证码过于频繁，请在 {wait} 后再试。"
CODE_NOT_SENT = "短信暂时未能发出，请稍后重新获取。"
CODE_SENT = "验证码已发送至 {phone}，5 分钟内有效。"
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
