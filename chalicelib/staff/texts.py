"""What the console says. Staff are spoken to as the employees are: short, and what to do."""

# signing in: one sentence, whatever was wrong
LOGIN_REFUSED = "账号、密码或动态码不正确，或账号暂时锁定。请核对后重试；连续失败后请等待 15 分钟。"

TOO_SHORT = "密码至少 12 个字符，可以用几个不相关的词组成一句话。"
TOO_LONG = "密码最多 128 个字符。"
TOO_COMMON = "这个密码太常见，容易被猜到，请换一个。"
NAMES_ACCOUNT = "密码中不要包含账号或系统名称。"
DIFFERS = "两次输入的密码不一致，请重新输入。"
SAME_AS_BEFORE = "新密码不能与当前密码相同。"
CURRENT_WRONG = "当前密码不正确。"
CODE_WRONG = "动态码不正确，请等待下一个动态码后重试，并确认手机时间准确。"
ACCOUNT_CHANGED = "账号刚刚发生了变化，请重新登录。"

REASON_MISSING = "请至少选择一条原因。"
TARGET_UNKNOWN = "请选择原因所指的内容。"
NOTE_EMPTY = "请填写备注内容。"
NOTE_TOO_LONG = "备注请控制在 500 字以内。"
REVEAL_REASON = "请选择查看原因。"
OWN_CASE = "这是您本人的申请，须由其他人员办理。"
FOUR_EYES = "您已办理该申请的{done}，{step}须由其他人员办理。"
FACTS = {
    "first_reviewer": "初核",
    "second_reviewer": "复核",
    "batch_maker": "批次汇集",
    "releaser": "放行",
    "account_checker": "账户核对",
}
"""What somebody did whom a case remembers."""
ALL_PASSED = "{count} 项检查全部通过"
REST_PASSED = "其余 {count} 项通过"
LOOK_ONLY = "{state} · 此环节您只能查看"
ELSEWHERE = "{state} · 此环节按批次办理，本页只能查看"
LEASED = "该申请正由其他审核人员办理，请稍后再试。"
NOTICES = {
    "nothing": "暂时没有可以由您办理的申请。",
    "done": "办理成功，待办已全部处理完。",
    "unknown": "请填写完整的申请单号，例如 BG 开头加 19 位数字。",
}

REVEAL_REASONS = {
    "compare": "核对填报内容与证件",
    "contact": "电话联系职工",
    "complaint": "处理投诉或异议",
    "audit": "审计检查",
}

LOOKS = {
    "login": "登录",
    "password": "修改密码",
    "case": "打开申请",
    "picture": "查看图片",
    "reveal": "查看完整信息",
    "content": "编辑内容",
    "payout_build": "汇集批次",
    "payout_releasing": "放行批次",
    "payout_dissolving": "解散批次",
    "payout_exporting": "生成付款文件",
    "payout_download": "下载付款文件",
    "payout_import": "导入银行结果",
    "payout_propose": "提出付款核实结论",
    "payout_verify": "确认付款核实结论",
}
DETAILS = REVEAL_REASONS | {
    "save": "保存",
    "publish": "发布",
    "plan": "定时发布",
    "withdraw": "撤下",
    "cancel": "取消定时",
}
