// Beside the phone: demo employees, SMS inbox, switches.

import { $, copy, empty, h, post, value, when } from "/dom.js";

const SWITCHES = ["safe_mode", "sms_outage"];

let drawnPeople = "";
let seenSms = null;

/** Draw what a state says of people, messages and switches. */
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
  if (!people?.length) {
    $("people").replaceChildren(
      empty("演示名册还没有导入", "导入后，这里会列出可以绑定的职工。"),
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
  const kind = ["sms-item", one.code ? "with-code" : "news", fresh && "fresh"].filter(Boolean);
  return h(
    "li",
    { class: kind.join(" ") },
    h("div", { class: "from" }, h("span", {}, grouped(one.phone)), h("time", {}, when(one.at))),
    one.code && code(one.code),
    h("p", { class: "body" }, one.text),
  );
}

function code(digits) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `复制验证码 ${digits}` }, h("span", {}, "复制"));
  button.addEventListener("click", () => copy(button, digits));
  return h("div", { class: "code" }, h("strong", {}, digits), button);
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

for (const name of SWITCHES) {
  $(name).addEventListener("change", () => post("/sim/switches", { [name]: $(name).checked }));
}
$("sms-clear").addEventListener("click", () => post("/sim/sms/clear"));
