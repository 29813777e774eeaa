"""Words of the payout room, where they can be reviewed without reading code."""

# ---- a line of a result file ----

WRONG_FILE = "请上传 .xlsx 或 .csv 文件；其他格式请用表格软件打开后另存为 .xlsx 再上传。"
NUMBER_MISSING = "请填写付款编号。"
NUMBER_SHAPE = "付款编号应全部是数字，请按付款文件原样填写。"
DIGITS_LOST = (
    "付款编号被表格软件当成了数字，末几位已经丢失。请从银行重新取得结果，把这一列设为文本再保存。"
)
AMOUNT_MISSING = "请填写金额。"
AMOUNT_WRONG = "金额无法识别，请按付款文件原样填写。"
RESULT_MISSING = "请填写结果：成功、失败或未知。"
RESULT_UNKNOWN = "结果不在对照表中，没有采用。请向银行核实后写成功、失败或未知。"
CODE_MISSING = "失败的付款请写明失败代码（F01 至 F06）或银行给出的原因。"
CODE_UNKNOWN = "失败原因不在对照表中，没有采用。请向银行核实后写失败代码（F01 至 F06）。"
CODES_DISAGREE = "失败代码与失败原因不一致，没有采用。请向银行核实后更正。"
CODE_WITHOUT_FAILURE = "结果不是失败，却写了失败原因，没有采用。请向银行核实后更正。"
LINES_DISAGREE = (
    "第 {lines} 行是同一个付款编号，写法却不一致，都没有采用。请向银行核实后只保留正确的一行。"
)
LINE_AGAIN = "与第 {line} 行完全相同，只采用了一次。"

# ---- the console's pages ----

COUNT = "请填写 1 至 {most:,} 之间的整数。"
FILE_MISSING = "请先选择银行返回的结果文件。"
NOT_CONFIRMED = "请先核对笔数和金额，再确认。"
SAME_PERSON = "这个批次由您汇集，须由其他财务人员放行。"
TOTALS_DIFFER = "付款明细与批次合计不一致，没有生成付款文件。请联系技术人员核对后重新导出。"
PAID_BEFORE = (
    "银行对本批次中某笔款项的上一次付款前后矛盾，可能已经付过。"
    "请先向银行核实，再决定是否使用付款文件。"
)
PROBLEMS = {"totals": TOTALS_DIFFER, "held": PAID_BEFORE}
CONTRADICTED = (
    "银行对 {count} 笔付款的说法前后矛盾（下表标红，导入结果中逐行列明）。"
    "这些付款没有改动，相关申请已暂停打款。请向银行取得书面回复，再到「待核实付款」由两人核实。"
)
UNKNOWN = (
    "{count} 笔付款结果未知。未知不等于失败：不会再次付款，请向银行查询，取得新的结果文件后再导入。"
)
CONTRADICTIONS = {
    "paid": "此前登记为失败，银行又说成功",
    "failed": "此前登记为成功，银行又说失败",
}
VERDICTS = {
    "paid": "已核实：银行已实际付款",
    "failed": "已核实：确未付款",
    "recovered": "已核实：重复的款项已追回",
}
TWICE = "重复付款，待追回"
ASK = "提出核实的结论"
ASK_OTHER = "结论不对？另提一个"
ASK_AGAIN = "银行另有书面答复？重新核实"
VERIFIED_BY = "{at} 由 {verifier} 确认，{proposer} 提出。"
PROPOSED = "待另一人确认"
OWN_DISPUTE = "不能办理本人的申请。"
OWN_PROPOSAL = "这个结论由您提出，须由另一位财务人员确认。"
THEN_STAYS_PAID = "付款仍为成功，申请仍为办结。"
THEN_STAYS_FAILED = "付款仍不算成功，申请解除暂停，照常继续（现在是{state}）。"
THEN_PAID = "付款改为成功，申请办结，并通知职工。"
THEN_TWICE = "付款改为成功。申请已由付款 {number} 付过，登记为重复付款，追回之前一直列在这里。"
THEN_UNPAID = {
    True: "付款改为失败，申请回到待修正账户，并通知职工修正收款账户。",
    False: "付款改为失败，申请回到待打款，可以重新付款。",
}
THEN_OTHER = "付款改为失败。申请由付款 {number} 付清，那一笔不再是重复付款。"
THEN_RECOVERED = "这一笔改为失败，申请仍为办结。"
WORKING = {
    "gathering": "正在汇集待打款的申请",
    "releasing": "正在逐笔放行",
    "dissolving": "正在把申请退回待打款",
    "exporting": "正在生成付款文件",
    "import": "正在导入银行结果",
}
NEXT = {
    "ready": "请由另一位财务人员核对后放行。放行前可以解散，申请会回到待打款。",
    "released": "已放行，请生成付款文件。",
    "exported": "请把付款文件交给银行，取得结果文件后在下面导入。",
    "settled": "银行已对每一笔付款给出结果。",
    "dissolved": "批次已解散，其中的申请回到待打款。",
}
AFTER_FAILURE = {
    True: "已通知职工修正收款账户",
    False: "已退回待打款，请核实原因后重新付款",
}
NOTHING_BARRED = "没有需要移出的申请。"
ONLY_CHECKED = "已核对前 {checked} 笔，其余在放行时逐笔核对。"
"""Why a release leaves a case out, as the question before it says."""
OWN = "这是您本人的申请"
SIGNED = "您已办理该申请的其他环节"
