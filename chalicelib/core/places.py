"""Where cases belong."""

PREFECTURES = (
    "南宁市",
    "柳州市",
    "桂林市",
    "梧州市",
    "北海市",
    "防城港市",
    "钦州市",
    "贵港市",
    "玉林市",
    "百色市",
    "贺州市",
    "河池市",
    "来宾市",
    "崇左市",
)
"""The fourteen prefecture-level cities of Guangxi, in the order of GB/T 2260."""
