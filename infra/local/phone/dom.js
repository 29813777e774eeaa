// Small helpers: elements without innerHTML, requests to /sim, the clipboard.

export const $ = (id) => document.getElementById(id);

/** An element: h("p", {class: "x", onclick: fn}, "text", child). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** One of the symbols of the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

/** POST to the control API; the page redraws from the event that follows. */
export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

/** Copy a text and say so on the button for a moment. */
export async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  if (!button.classList.contains("copied")) button.copyLabel = button.getAttribute("aria-label");
  button.classList.add("copied");
  button.setAttribute("aria-label", "已复制");
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => {
    button.classList.remove("copied");
    if (button.copyLabel) button.setAttribute("aria-label", button.copyLabel);
    else button.removeAttribute("aria-label");
  }, 1400);
}

/** A text to copy with one click; `show` puts another one in its place. */
export function value(label, text, kind, written = text) {
  const shown = h("span", {});
  const button = h("button", { type: "button", class: `value ${kind}`, title: `点击复制${label}` }, shown);
  let current = "";
  button.show = (now, nowWritten) => {
    if (now === current) return;
    current = now;
    clearTimeout(button.copyTimer);
    button.classList.remove("copied");
    button.setAttribute("aria-label", `复制${label} ${now}`);
    shown.textContent = nowWritten;
  };
  button.show(text, written);
  button.addEventListener("click", () => copy(button, current));
  return button;
}

/** What a panel says while there is nothing in it. */
export function empty(title, text) {
  return h("div", { class: "empty" }, h("b", {}, title), h("p", {}, text));
}

const ZONE = { timeZone: "Asia/Shanghai", hourCycle: "h23" };
const DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "numeric", day: "numeric" });
const MINUTE = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit" });

/** 11月23日 14:28; 北京时间. `at` in seconds. */
export function dayAndMinute(at) {
  const date = new Date(at * 1000);
  const [month, day] = [...DAY.formatToParts(date)].filter((p) => p.type !== "literal");
  return `${month.value}月${day.value}日 ${MINUTE.format(date)}`;
}

/** 14:28 today, 昨天 14:28, 11月23日 14:28 before; 北京时间. `at` in seconds. */
export function when(at, now = Date.now()) {
  const date = new Date(at * 1000);
  const written = DAY.format(date);
  if (written === DAY.format(new Date(now))) return MINUTE.format(date);
  if (written === DAY.format(new Date(now - 86400000))) return `昨天 ${MINUTE.format(date)}`;
  return dayAndMinute(at);
}

export const minute = (date) => MINUTE.format(date);
