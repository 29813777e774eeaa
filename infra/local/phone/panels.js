// Beside the phone: demo people, SMS inbox, switches.

import { $, copy, h, post, when } from "/dom.js";

const SWITCHES = ["safe_mode", "sms_outage"];

let drawnPeople = "";
let seenSms = null;

/** Draw the three panels of a state. */
export function drawPanels(state, onPhone) {
  drawPeople(state.people);
  drawSms(state.sms);
  drawPhones(state.phones, state.phone.id, onPhone);
  for (const name of SWITCHES) $(name).checked = state.switches[name];
}

function drawPeople(people) {
  const wanted = JSON.stringify(people);
  if (wanted === drawnPeople) return;
  drawnPeople = wanted;
  $("people-hint").hidden = !people?.length;
  $("people-count").textContent = people?.length ? `${people.length} 人` : "";
  if (!people?.length) {
    $("people").replaceChildren(
      empty("演示名册还没有导入", "导入后，这里会列出可以绑定的人。"),
    );
    return;
  }
  $("people").replaceChildren(h("ul", {}, ...people.map(person)));
}

function person(one) {
  return h(
    "li",
    { class: "person" },
    h("div", { class: "who" }, value("姓名", one.name, "name"), h("span", { class: "tag" }, one.doc_type_label)),
    value("证件号码", one.doc_number, "number"),
    value("手机号", one.phone, "number"),
    h("p", { class: "unit" }, one.unit),
  );
}

function value(label, text, kind) {
  const button = h(
    "button",
    { type: "button", class: `value ${kind}`, "aria-label": `复制${label} ${text}`, title: `点击复制${label}` },
    h("span", {}, text),
  );
  button.addEventListener("click", () => copy(button, text));
  return button;
}

function drawSms(messages) {
  const known = seenSms;
  seenSms = new Set(messages.map((one) => one.id));
  if (known && known.size === seenSms.size && messages.every((one) => known.has(one.id))) return;
  $("sms-count").textContent = messages.length ? `${messages.length} 条` : "";
  $("sms-clear").hidden = !messages.length;
  $("sms").replaceChildren(
    messages.length
      ? h("ul", {}, ...messages.map((one) => message(one, known && !known.has(one.id))))
      : empty("还没有短信", "在绑定页点「获取」，验证码就会到这里。"),
  );
}

function message(one, fresh) {
  const head = h("div", { class: "from" }, h("span", {}, grouped(one.phone)), h("time", {}, when(one.at)));
  const parts = [head, h("p", { class: "body" }, one.text)];
  if (one.code) {
    const button = h("button", { type: "button", class: "copy", "aria-label": `复制验证码 ${one.code}` }, h("span", {}, "复制"));
    button.addEventListener("click", () => copy(button, one.code));
    parts.splice(1, 0, h("div", { class: "code" }, h("strong", {}, one.code), button));
  }
  return h("li", { class: fresh ? "sms-item fresh" : "sms-item" }, ...parts);
}

const grouped = (phone) => phone.replace(/^(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3");

function drawPhones(phones, current, onPhone) {
  const buttons = phones.map((phone) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(phone.id === current), onclick: () => onPhone(phone.id) },
      phone.label,
    ),
  );
  const focused = $("phones").contains(document.activeElement);
  $("phones").replaceChildren(...buttons);
  if (focused) $("phones").querySelector("[aria-pressed=true]")?.focus();
}

function empty(title, text) {
  return h("div", { class: "empty" }, h("b", {}, title), h("p", {}, text));
}

for (const name of SWITCHES) {
  $(name).addEventListener("change", () => post("/sim/switches", { [name]: $(name).checked }));
}
$("sms-clear").addEventListener("click", () => post("/sim/sms/clear"));
