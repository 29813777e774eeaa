"""What the editors of content read, and the names of what they fill."""

CATEGORIES = {"notices": "公告通知", "news": "资讯", "handbook": "宣传手册"}
PAGES = {"policy": "隐私政策", "guide": "办事指南"}
FIXED = "pages"
FIXED_LABEL = "固定页面"
BUILT_IN = "内置文本"

STATES = {"draft": "草稿", "planned": "已定时", "published": "已发布", "withdrawn": "已撤下"}
ACTIONS = {
    "save": "保存",
    "publish": "发布",
    "plan": "定时发布",
    "withdraw": "撤下",
    "cancel": "取消定时",
}
DONE = {
    "save": "已保存。",
    "update": "已保存，职工看到的内容已更新。",
    "publish": "已发布，职工现在可以看到。",
    "plan": "已定时，到时间会自动发布。",
    "withdraw": "已撤下，职工不再看到。",
    "cancel": "已取消定时。",
}

TITLE_EMPTY = "请填写标题。"
TITLE_LONG = "标题最多 60 个字，请精简。"
SUMMARY_LONG = "摘要最多 120 个字，请精简。"
SOURCE_EMPTY = "发布前请填写正文。"
SOURCE_LONG = "正文最多 20000 个字，请拆成几篇。"
HTML_LONG = "正文的表格或格式过于复杂，请精简或拆成几篇。"
CATEGORY = "请选择栏目。"
CATEGORY_KEPT = "已发布或已定时的内容不能更换栏目，请先撤下或取消定时。"
PIN = "请选择置顶位置。"
TIME_WRONG = "请填写完整的日期和时间，例如 2026-12-01 08:00。"
TIME_EMPTY = "请填写发布时间；要现在发布，请点「立即发布」。"
ALREADY_LIVE = "已发布的内容不能改为定时发布，请先撤下。"
NOTHING_TO_WITHDRAW = "这篇内容还没有发布，不需要撤下。"
COVER = "封面图还没有通过检查，请等待检查完成，或重新上传。"
PICTURES = "正文中的图片还没有通过检查，或不属于这篇内容，请重新插入：{names}。"
PICTURES_MANY = "一篇内容最多插入 20 张图片。"
LINKS = (
    "链接只能以 https:// 或 tel: 开头，或指向本站页面（以 / 开头）；"
    "图片请用「插入图片」。请修改：{links}。"
)
CONFLICT = (
    "{account} 在 {at} 保存了新的版本。您填写的内容都保留在下面，"
    "请与最新版本核对；再次保存会以您的内容为准。"
)
POLICY_NOTE = (
    "这里只修改文字，修改记录会保留。处理目的、方式、信息种类或接收方有变化时，"
    "须随系统升级启用新的政策版本并重新征得职工同意，不能在这里直接修改。"
)
