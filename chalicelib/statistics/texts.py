"""What the statistics say."""

TITLE = "统计"
ALL_PLACES = "全部地市"
TOTAL = "合计"
TOO_FEW = "不足 20 件，暂不统计"
APPROVED = "核定金额（元）"
PAID = "已打款金额（元）"
PAYMENTS = "已打款笔数"
MEAN = "平均每笔（元）"
CSV_HEAD = ("部分", "项目")
PARTS = {
    "steps": "办理量",
    "money": "金额",
    "times": "办理用时",
    "reasons": "原因",
    "places": "地市",
}
