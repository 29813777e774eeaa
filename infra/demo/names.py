"""Invented names in the mixture that a roster in Guangxi shows.

The surnames are common in Guangxi (韦, 黄, 覃, 莫, 农 …); names with 「·」, compound surnames, a
character outside the common fonts, traditional characters and Latin letters are in the mixture
because forms and rosters meet them.
"""

from random import Random

_SURNAMES = (
    "韦黄覃李陆梁莫农陈蒙蓝罗刘周王张杨唐吴何邓卢谢石廖苏谭潘秦甘零闭岑玉欧冯兰银磨班庞凌阳曾"
)
_COMPOUND_SURNAMES = ("欧阳", "上官", "司徒", "诸葛")
_GIVEN = {
    "male": "伟强军勇杰涛明超辉刚平斌鹏飞宇航浩然志远家豪建国文华俊峰海波永福春生",
    "female": "芳娜敏静丽艳娟霞秀玲燕萍红梅雪琴慧颖佳怡雨婷海英春兰凤美珍桂香小云",
}
_MINORITY = {
    "male": ("买买提·吐尔逊", "阿卜杜拉·艾山", "尼玛·扎西", "巴特尔·苏和"),
    "female": ("古丽·买买提", "阿依努尔·热合曼", "卓玛·央金", "其其格·娜仁"),
}
_RARE = {"male": "李䶮", "female": "韦㛃"}
_TRADITIONAL = {
    "male": ("陳家豪", "黃偉明", "何志明", "梁永康"),
    "female": ("陳嘉儀", "黃麗華", "林淑貞", "葉慧敏"),
}
_LATIN = {
    "male": ("NGUYỄN VĂN AN", "JOHN A. SMITH", "SOMCHAI JAIDEE", "SEAN O'NEILL"),
    "female": ("TRẦN THỊ HOA", "MARIA GARCIA-LOPEZ", "ANNA MÜLLER", "SITI AMINAH"),
}


def chinese(random: Random, sex: str) -> str:
    """A name as on a resident identity card."""
    kind = random.random()
    if kind < 0.004:
        return random.choice(_MINORITY[sex])
    if kind < 0.006:
        return _RARE[sex]
    surname = random.choice(_COMPOUND_SURNAMES) if kind < 0.016 else random.choice(_SURNAMES)
    count = 1 if random.random() < 0.2 else 2
    return surname + "".join(random.choice(_GIVEN[sex]) for _ in range(count))


def traditional(random: Random, sex: str) -> str:
    """A name as on a Hong Kong, Macao or Taiwan document."""
    return random.choice(_TRADITIONAL[sex])


def latin(random: Random, sex: str) -> str:
    """A name as in a foreign passport."""
    return random.choice(_LATIN[sex])
