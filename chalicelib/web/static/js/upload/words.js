// Everything that the picture slots say. The server's own sentences come from documents/texts.py.
export const STATES = {
  preparing: "正在处理",
  blurred: "看不清，请重拍",
  sending: "正在上传",
  checking: "正在检查",
  clean: "已上传",
  refused: "不能使用",
  failed: "没有传上去",
};
export const OFFLINE = "网络不太好，请点「重试」。";
export const SLOW = "检查时间较长，请点「重试」查看结果。";
export const UNFINISHED = "照片还没有全部上传好，请等待完成；没有传上去或不能使用的，请重试或删除。";
export const FULL = (most) => `最多 ${most} 张，其余没有添加。`;
export const NEWS = (number, words) => `第 ${number} 张：${words}`;
