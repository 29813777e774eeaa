// The chat, its menu bar and the web view that slides over them.

import { $, copy, dayAndMinute, h, icon, post, when } from "/dom.js";

const GAP_SECONDS = 300;
const LINK = /<a\s[^>]*?href\s*=\s*["']?([^"'\s>]+)["']?[^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<]+)/gi;

let drawnChat = "";
let drawnMenu = "";
let typing = false;
let hasMenu = false;
let entry = "";
let frontOrigin = "";

/** Draw the chat and the menu of a state. */
export function drawChat(state) {
  frontOrigin = new URL(state.front_url).origin;
  for (const name of document.querySelectorAll(".account-name")) name.textContent = state.account.name;
  const chat = JSON.stringify([state.phone.id, state.chat]);
  if (chat !== drawnChat) {
    drawnChat = chat;
    drawLog(state.chat);
  }
  const menu = JSON.stringify(state.menu);
  if (menu !== drawnMenu) {
    drawnMenu = menu;
    drawMenu(state.menu);
  }
}

function drawLog(chat) {
  const rows = [];
  let last = 0;
  for (const bubble of chat) {
    if (bubble.at - last > GAP_SECONDS) rows.push(h("p", { class: "time" }, when(bubble.at)));
    last = bubble.at;
    rows.push(bubble.side === "notice" ? h("p", { class: "notice" }, bubble.text) : row(bubble));
  }
  $("log").replaceChildren(...rows);
  $("log").scrollTop = $("log").scrollHeight;
}

function row(bubble) {
  if (bubble.kind === "template") return template(bubble);
  if (bubble.kind === "news") return h("div", { class: "card-row" }, ...bubble.articles.map(article));
  const mine = bubble.side === "me";
  const face = mine
    ? h("span", { class: "face me" }, icon("person"))
    : h("img", { class: "face", src: "/emblem.svg", alt: "", width: 40, height: 40 });
  const content = bubble.kind === "image" ? [icon("picture"), "图片"] : linked(bubble.text);
  return h(
    "div",
    { class: mine ? "row mine" : "row" },
    face,
    h("div", { class: bubble.kind === "image" ? "bubble image" : "bubble" }, ...content),
  );
}

function article(item) {
  return h(
    "button",
    { type: "button", class: "article", onclick: () => openWeb(item.url, item.title) },
    h("b", {}, item.title),
    item.description && h("span", {}, item.description),
  );
}

function template(bubble) {
  const lines = bubble.fields.map((line) =>
    h("div", { class: "line" }, h("dt", {}, line.label), h("dd", {}, line.value)),
  );
  const open = () => openWeb(bubble.url, bubble.text);
  return h(
    "article",
    { class: "template", "aria-label": `服务通知 ${bubble.text}` },
    h("header", {}, h("h3", {}, bubble.text), h("time", {}, dayAndMinute(bubble.at))),
    h("dl", {}, ...lines),
    bubble.url && h("button", { type: "button", class: "detail", onclick: open }, "详情", icon("forward")),
  );
}

/** A text with WeChat's links: <a href> and bare addresses; everything else stays text. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(from, match.index));
    const [whole, href, label, bare] = match;
    const url = href ?? bare;
    if (/^https?:\/\//i.test(url)) {
      const open = () => openWeb(url, label ?? "");
      parts.push(h("button", { type: "button", class: "link", onclick: open }, label ?? bare));
    } else parts.push(label ?? whole);
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}

function drawMenu(buttons) {
  hasMenu = buttons.length > 0;
  $("menu").replaceChildren(...buttons.map(menuButton));
  showDock(typing || !hasMenu);
}

function menuButton(button, index) {
  if (!button.sub_button.length) {
    return h("div", { class: "slot" }, h("button", { type: "button", onclick: () => press([index]) }, button.name));
  }
  const items = button.sub_button.map((sub, inner) =>
    h("li", {}, h("button", { type: "button", onclick: () => press([index, inner]) }, sub.name)),
  );
  const list = h("ul", { class: "popup", hidden: true }, ...items);
  const head = h("button", { type: "button", "aria-expanded": "false" }, icon("sub"), button.name);
  head.addEventListener("click", () => {
    const open = list.hidden;
    closePopups();
    list.hidden = !open;
    head.setAttribute("aria-expanded", String(open));
  });
  return h("div", { class: "slot" }, head, list);
}

/** Close an open sub-menu; true when there was one. */
export function closePopups() {
  const open = document.querySelector(".popup:not([hidden])");
  if (!open) return false;
  open.hidden = true;
  open.previousElementSibling.setAttribute("aria-expanded", "false");
  return true;
}

async function press(path) {
  closePopups();
  const pressed = await post("/sim/menu", { path });
  if (pressed.type === "view") openWeb(pressed.url, pressed.name);
}

function showDock(asTyping) {
  $("typing").hidden = !asTyping;
  $("menu").hidden = asTyping;
  $("toggle").hidden = !hasMenu;
  $("toggle").setAttribute("aria-label", asTyping ? "切换到菜单" : "切换到键盘");
  $("toggle-icon").setAttribute("href", asTyping ? "#i-menu" : "#i-keyboard");
}

/** Open an address in the web view. */
export function openWeb(url, title) {
  entry = url;
  $("web-title").textContent = title || "广西职工互助";
  const frame = h("iframe", { title: "公众号网页", allow: "clipboard-write" });
  frame.addEventListener("load", () => ($("progress").hidden = true));
  frame.src = url;
  $("progress").hidden = false;
  $("frame").replaceChildren(frame);
  $("sheet").hidden = true;
  $("web").inert = false;
  $("chat").inert = $("profile").inert = true;
  $("web").classList.add("open");
  $("web-close").focus({ preventScroll: true }); // from here Esc closes, Tab goes into the page
}

/** Leave the web view; true when one was open. */
export function closeWeb() {
  if ($("web").inert) return false;
  $("web").classList.remove("open");
  $("web").inert = true;
  $("chat").inert = $("profile").inert = false;
  $("frame").replaceChildren();
  $("log").focus({ preventScroll: true });
  return true;
}

/** Close the sheet of ···; true when it was open. */
export function closeSheet() {
  if ($("sheet").hidden) return false;
  $("sheet").hidden = true;
  $("web-more").focus();
  return true;
}

// a page of another origin can only tell its title; only the product's own pages may
window.addEventListener("message", (event) => {
  const frame = $("frame").firstElementChild;
  if (event.origin !== frontOrigin || event.source !== frame?.contentWindow) return;
  if (event.data?.type === "title") $("web-title").textContent = String(event.data.title).slice(0, 40);
  if (event.data?.type === "close") closeWeb();
});

$("toggle").addEventListener("click", () => {
  typing = !typing;
  closePopups();
  showDock(typing);
  if (typing) $("text").focus();
});

$("typing").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  await post("/sim/text", { text });
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".slot")) closePopups();
});

$("web-close").addEventListener("click", closeWeb);
$("web-more").addEventListener("click", () => {
  $("sheet-origin").textContent = `网页由 ${new URL(entry).host} 提供`;
  $("sheet").hidden = false;
  $("web-reload").focus();
});
$("web-reload").addEventListener("click", () => openWeb(entry, $("web-title").textContent));
$("web-copy").addEventListener("click", () => copy($("web-copy"), entry));
$("sheet-cancel").addEventListener("click", closeSheet);
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) closeSheet();
});
