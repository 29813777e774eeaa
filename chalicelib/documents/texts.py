"""The words of uploads, where they can be reviewed without reading code."""

from chalicelib.documents.header import Reason
from chalicelib.store.documents import CLEAN, REFUSED, WAITING

REASONS = {
    Reason.EMPTY: "文件是空的，请重新选择照片。",
    Reason.TOO_LARGE: "照片超过 10 MB，请重新拍照或换一张。",
    Reason.NOT_A_PICTURE: "这不是照片文件，请上传 JPG、PNG 或 WebP 格式的照片。",
    Reason.HEIC: "暂不支持 HEIC 格式，请对照片截图后上传截图，或直接拍照上传。",
    Reason.ANIMATED: "不支持动图，请上传照片。",
    Reason.TOO_MANY_PIXELS: "照片尺寸过大，请重新拍照后上传。",
    Reason.TOO_SMALL: "照片太小，看不清内容，请重新拍照后上传。",
    Reason.DAMAGED: "照片不完整或已损坏，请重新拍照后上传。",
}

STATES = {WAITING: "正在检查", CLEAN: "已上传", REFUSED: "不能使用"}


def reason(code: str) -> str:
    """Return the sentence of a stored reason, "" for none."""
    return REASONS[Reason(code)] if code else ""
