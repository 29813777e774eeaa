"""The words of the pages that an employee applies on; the manual's where it has them."""

# the list and the way in
LIST_TITLE = "补助申请"
UNSENT = "尚未提交"
EMPTY_TITLE = "还没有补助申请"
EMPTY_TEXT = "出院并结算后，在这里分三步申请住院补助金，并查看审核和打款进度。"
NEW_TITLE = "申请住院补助金"
NEW_INTRO = "申请分三步，大约需要 10 分钟。填写的内容会自动保存，可以随时离开，下次接着填。"
NEED_TITLE = "需要准备"
NEED_ALWAYS = "所有申请"
NEED_ELSE = "{label}另需"
DEADLINE_TITLE = "申请期限"
DEADLINE_TEXT = "请在{rule}提交申请。填写日期后，页面会算出最后一天。"
DATA_TITLE = "您的信息怎样使用"
DATA_POINTS = (
    "身份证件、病历、票据等照片和填写的内容，只用于审核和发放本次补助金",
    "只有办理本申请的审核和财务人员可以查看，每次查看都有记录",
    "照片上传前会去掉拍摄地点，信息加密保存",
    "提交前您可以随时删除这份申请，已填的内容和照片一并删除",
)
CONSENT_HEALTH = (
    "我同意将病历、诊断、票据等医疗健康信息（敏感个人信息）和身份证件用于审核、发放本次补助金"
)
CONSENT_BANK = "我同意将银行账户信息（敏感个人信息）用于发放本次补助金"
NO_PLAN_TITLE = "暂时不能申请"
NO_PLAN_TEXT = "住院医疗补助的方案尚未公布，请留意公告通知，或联系所在单位工会。"

# the three steps
STEP_TITLES = {
    "identity": "参保人证件上传",
    "stay": "住院信息填写及单据上传",
    "account": "填写补助金收款账户",
}
STEP_LABELS = {"identity": "证件", "stay": "住院", "account": "账户"}
REVIEW_LABEL = "核对"
REVIEW_TITLE = "核对并提交"
STEP_WORDS = {"done": "已填好", "wrong": "需要修改", "now": "", "open": ""}
SAVED = "已保存 {time}"
GROUPS = (
    ("医院", ("hospital", "level", "department", "diagnosis")),
    ("时间", ("admission", "discharge", "settled")),
    ("票据", ("invoice_code", "invoice_number", "invoice_check")),
    (
        "费用",
        (
            "total",
            "pooled",
            "serious_illness",
            "large_amount",
            "civil_servant",
            "medical_aid",
            "commercial",
            "out_of_catalogue",
        ),
    ),
)
GROUP_NOTES = {
    "票据": "在住院收费票据的右上角；电子票据有校验码，纸质票据没有。",
    "费用": "对照票据和结算单填写，单位为元；统筹基金没有支付请填 0。",
}
PLACEHOLDERS = {
    "hospital": "请输入医院全称",
    "department": "如 心血管内科",
    "diagnosis": "与出院记录一致",
    "invoice_code": "电子票据为 8 位数字",
    "invoice_number": "电子票据为 10 位数字",
    "invoice_check": "纸质票据没有请留空",
    "bank": "如 中国工商银行",
    "branch": "如 忻城县支行",
    "account": "请输入您的银行账号",
}
CHOOSE_ONE = "请选择"
SETTLEMENT_TITLE = "就医地和结算方式"
SETTLEMENT_LABEL = "就医结算"
SETTLEMENT_NOTE = (
    "在参保地住院并刷医保结算，选本地直接结算；在外地住院并当场结算，选异地直接结算；"
    "先自费、回来再报销，选异地未结算。"
)
SETTLEMENT_FIRST = "选择就医地和结算方式后，这里显示需要上传的单据。"
SLOTS_BUTTON = "更新所需单据"
HOLDER_NOTE = "补助金只能打入参保人本人的账户，户名不能修改。"
BRANCH_NOTE = "可在手机银行的账户信息中查到。"
OPTIONAL = "{hint}（可不上传）"
NEXT = "下一步"
BACK = "上一步"
TO_REVIEW = "下一步，核对"
KEEP = "保存草稿"
KEPT_ELSEWHERE = "这份申请刚在别处保存过，请核对下面的内容后再点一次。"
REVIEW_STALE = "这份申请刚在别处修改过，请重新核对后提交。"
NOW = "上次填写 {value}"

# the estimate and the bill
BILL = "计算说明"
BILL_TITLE = "金额和核对"
ACCOUNT_DOUBT = "银行卡号"
EDIT = "修改"
BILL_MARK = "示例"
BILL_OWN = "个人自付"
BILL_BASE = "计算基数"
BILL_ESTIMATE = "预计补助金"
BILL_AMOUNT = "补助金额"
BILL_NOTE = "按「{plan}」计算，以审核结果为准。"
BILL_DECIDED = "按方案 {version} 计算。"
ESTIMATE_WAIT = "填好住院信息和费用后，这里显示预计补助金和计算说明。"
ESTIMATE_SAY = "预计补助金 {amount} 元。"
ESTIMATE_WARN = "有 {count} 项请留意。"
NO_PLAN_THEN = "入院日期没有对应的补助方案，请核对入院日期；如无误，请联系所在单位工会。"
CHECKS = "自动核对"
PASSED_WORDS = {"good": "符合", "alert": "不符合", "wait": "请留意"}

# the review before it is sent
SUBMIT = "提交申请"
WRONG_STEP = "第 {step} 步：{sentence}"
NAMED = "{label}：{sentence}"
PICTURES_COUNT = "{count} 张"
NOT_TYPED = "未填写"
SUBMITTED_TITLE = "等待审核"
SUBMITTED_TEXT = (
    "申请已提交，单号 {number}。初核一般 3 个工作日内完成，结果会以短信和站内信通知您。"
)

# progress
CASE_TITLE = "补助申请进度"
STATE_SENTENCES = {
    "unsent": "填写完三步并提交后，才会开始审核。",
    "draft": "申请已驳回，请按审核意见修改后重新提交，也可以删除这份申请。",
    "withdrawn": "您已撤回申请，修改后可以重新提交，也可以删除这份申请。",
    "first_review": "工会正在初核，一般 3 个工作日内完成，结果会通知您。",
    "second_review": "初核已通过，正在复核，一般 3 个工作日内完成，结果会通知您。",
    "payable": "审核已通过，等待财务打款，一般 3 个工作日内安排，到账后会通知您。",
    "batched": "已列入打款批次，财务正在核对放行，一般 3 个工作日内完成。",
    "paying": "款项已交银行办理，一般 3 个工作日内到账，结果会通知您。",
    "account_repair": "打款失败，补助金不会丢失。请修正收款账户，我们会重新打款。",
    "account_check": "财务正在核对您修正的账户，一般 3 个工作日内完成，之后重新打款。",
    "closed": "补助金已打入您的账户，本次申请已办结。",
    "refused": "经审核不予补助，原因见审核进度。如有新的材料，可以重新申请。",
    "deleted": "这份申请已删除。",
}
EXPECTED_TITLE = "接下来"
STAY_TITLE = "住院信息和单据"
ACCOUNT_TITLE = "收款账户"
EXPECTED_BY = "预计 {day} 前"
EXPECTED_DAYS = "一般 {days} 个工作日"
EXPECTED_RECENT = "，近期九成申请 {days} 天内完成"
EXPECTED_LATE = "已超过预计时间，正在抓紧办理"
CHAIN = "存证编号"
CHAIN_NOTE = "每一步处理都与前一步相连存证，事后改动会使编号不符。"
FAILED = "打款失败原因"

# leaving
DELETE_TITLE = "删除补助申请"
DELETE_CONSEQUENCES = (
    "删除后，填写的内容和上传的照片不能恢复",
    "这次住院以后仍可重新申请，票据可以再次使用",
)
NOT_DELETED = "没有删除"
DELETED_TEXT = "申请已删除，您可以随时重新申请。"
WITHDRAW_TITLE = "撤回补助申请"
WITHDRAW_CONSEQUENCES = (
    "撤回后停止审核，申请回到草稿，已填的内容和照片都还在",
    "修改后需要重新提交，重新排队审核",
)
NOT_REPAIRED = "没有提交"
NOT_WITHDRAWN = "没有撤回"

# the account after a payment failed
REPAIR_TITLE = "修正收款账户"
REPAIR_NOTE = "只能修改可以填写的项目；提交后由财务核对新账户，再重新打款。"
REPAIR_SUBMIT = "提交新账户"
