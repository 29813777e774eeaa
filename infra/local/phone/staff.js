// The two lists beside the phone, and the console's accounts with their codes.

import { $, empty, get, h, icon, value } from "/dom.js";

const TABS = ["people", "staff"];
const AGAIN_MS = 3000; // until the accounts are there
const LAST_MS = 5500;

let accounts = new Map(); // account → what of its entry changes with the code
let drawn = "";
let period = 1;
let ends = 0;
let next = 0;

/** Point the link at the product's console. */
export function drawConsole(frontUrl) {
  $("console").href = `${frontUrl}/staff`;
}

async function ask() {
  next = performance.now() + AGAIN_MS;
  const answer = await get("/sim/staff").catch(() => null); // that nobody answers is said below
  if (!answer) return;
  draw(answer.staff ?? []);
  period = answer.seconds * 1000;
  ends = performance.now() + answer.left * 1000;
  if (accounts.size) next = ends;
  countDown();
}

function draw(staff) {
  const wanted = JSON.stringify(staff.map(({ code, ...rest }) => rest));
  if (wanted !== drawn) {
    drawn = wanted;
    accounts = new Map(staff.map((one) => [one.account, entry(one)]));
    const rows = [...accounts.values()].map(({ row }) => row);
    const none = empty("演示账号还没有准备好", "make run 准备好以后，这里会列出可以登录后台的账号。");
    $("staff-list").replaceChildren(rows.length ? h("ul", {}, ...rows) : none);
  }
  for (const { account, code } of staff) {
    accounts.get(account).code.show(code, inHalves(code));
  }
}

const inHalves = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

function entry(one) {
  const code = value("动态码", one.code, "totp", inHalves(one.code));
  const row = h(
    "li",
    { class: "person" },
    h(
      "div",
      { class: "who" },
      h("b", {}, one.name),
      h("span", { class: "tag", title: one.roles }, one.roles),
      h("span", { class: "now" }, icon("ring"), code),
    ),
    h(
      "div",
      { class: "pair" },
      h("span", {}, h("i", {}, "账号"), value("账号", one.account, "number")),
      h("span", {}, h("i", {}, "密码"), value("密码", one.password, "number")),
    ),
  );
  return { row, code };
}

function countDown() {
  const left = Math.max(0, ends - performance.now());
  $("staff").style.setProperty("--left", (left / period).toFixed(3));
  $("staff").classList.toggle("last", left < LAST_MS);
  for (const now of $("staff").querySelectorAll(".now")) now.title = `还剩 ${Math.ceil(left / 1000)} 秒`;
}

function tick() {
  if ($("staff").hidden) return;
  if (performance.now() >= next) ask();
  countDown();
}

function choose(name) {
  for (const one of TABS) {
    const tab = $(`tab-${one}`);
    tab.setAttribute("aria-selected", String(one === name));
    tab.tabIndex = one === name ? 0 : -1;
    $(one).hidden = one !== name;
  }
  tick();
}

const KEYS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

function steer(event, index) {
  const step = KEYS[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const last = TABS.length - 1;
  const wrapped = (index + step + TABS.length) % TABS.length;
  const name = TABS[Number.isFinite(step) ? wrapped : step < 0 ? 0 : last];
  choose(name);
  $(`tab-${name}`).focus();
}

TABS.forEach((name, index) => {
  $(`tab-${name}`).addEventListener("click", () => choose(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => steer(event, index));
});
setInterval(tick, 1000);
