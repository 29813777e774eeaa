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
  button.classList.add("copied");
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", "已复制");
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => {
    button.classList.remove("copied");
    if (label) button.setAttribute("aria-label", label);
    else button.removeAttribute("aria-label");
  }, 1400);
}

const ZONE = { timeZone: "Asia/Shanghai", hourCycle: "h23" };
const DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "numeric", day: "numeric" });
const MINUTE = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit" });

/** 14:28 today, 昨天 14:28, 11月23日 14:28 before; 北京时间. `at` in seconds. */
export function when(at, now = Date.now()) {
  const date = new Date(at * 1000);
  const [month, day] = [...DAY.formatToParts(date)].filter((p) => p.type !== "literal");
  const written = DAY.format(date);
  if (written === DAY.format(new Date(now))) return MINUTE.format(date);
  if (written === DAY.format(new Date(now - 86400000))) return `昨天 ${MINUTE.format(date)}`;
  return `${month.value}月${day.value}日 ${MINUTE.format(date)}`;
}

export const minute = (date) => MINUTE.format(date);
