// What the script itself says; all other sentences come from the server.
export const KEEPING = "正在保存…";
export const OFFLINE = "网络不太好，还没有保存。连上网络后会自动保存，请先不要关闭页面。";
