// The page: one state from the simulator, drawn again whenever the simulator says so.

import { closePopups, closeSheet, closeWeb, drawChat } from "/chat.js";
import { $, get, minute, post } from "/dom.js";
import { drawPanels } from "/panels.js";
import { drawConsole } from "/staff.js";

const [WIDTH, HEIGHT, BEZEL] = [375, 667, 16];
const STEP = 0.08; // keeps the scaled width whole: no hairlines beside the web view
const LARGEST = 1.28;
const TOAST_MS = 2400;

let state = null;
let looking = false; // at the account's profile although it is followed
let asked = 0;

async function refresh() {
  const turn = ++asked;
  const fresh = await get("/sim/state");
  if (turn !== asked) return; // a newer answer is on its way
  state = fresh;
  draw();
}

function draw() {
  const { following } = state.phone;
  const profile = looking || !following;
  $("profile").hidden = !profile;
  $("chat").hidden = profile;
  $("profile-back").hidden = $("enter").hidden = $("unfollow").hidden = !following;
  $("follow").hidden = following;
  $("follow").disabled = !state.account.deployed;
  $("not-deployed").hidden = state.account.deployed;
  drawChat(state);
  drawPanels(state, hold);
  drawConsole(state.front_url);
}

function look(at) {
  looking = at;
  draw();
}

async function hold(phone) {
  closeWeb();
  looking = false;
  await post("/sim/current", { phone });
  await refresh();
}

function listen() {
  const events = new EventSource("/sim/events");
  events.onmessage = () => refresh();
  events.onopen = () => ($("lost").hidden = true);
  events.onerror = () => ($("lost").hidden = false);
}

/** Pixels of the window's width that are not the phone's: columns, gaps and margins of phone.css. */
function besides() {
  if (matchMedia("(max-width: 760px)").matches) return 12;
  return matchMedia("(max-width: 1120px)").matches ? 388 : 704;
}

function fit() {
  const { clientWidth } = document.documentElement; // without a scroll bar
  const room = Math.min(
    (innerHeight - 40 - 2 * BEZEL) / HEIGHT,
    (clientWidth - besides() - 2 * BEZEL) / WIDTH,
  );
  const steps = Math.floor(room / STEP) * STEP;
  const scale = room >= 1 && steps < 1.1 ? 1 : Math.min(steps, LARGEST);
  const even = (length) => `${Math.ceil((length * scale + 2 * BEZEL) / 2) * 2}px`;
  const root = document.documentElement.style;
  root.setProperty("--scale", scale.toFixed(2));
  root.setProperty("--stage-width", even(WIDTH));
  root.setProperty("--stage-height", even(HEIGHT));
}

let toastTimer = 0;

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), TOAST_MS);
}

function tick() {
  const now = new Date();
  $("clock").textContent = minute(now);
  setTimeout(tick, 60000 - (now % 60000));
}

$("open-profile").addEventListener("click", () => look(true));
$("profile-back").addEventListener("click", () => look(false));
$("enter").addEventListener("click", () => look(false));
$("follow").addEventListener("click", async () => {
  looking = false;
  await post("/sim/follow");
});
$("unfollow").addEventListener("click", async () => {
  looking = false;
  await post("/sim/unfollow");
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") closePopups() || closeSheet() || closeWeb();
});
addEventListener("resize", fit);
// an action that the simulator refused, or that found no simulator
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  toast(event.reason instanceof TypeError ? "模拟器没有回答，请稍后再试" : event.reason.message);
});

fit();
tick();
listen();
