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
