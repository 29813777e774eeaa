// The page: one state from the simulator, drawn again whenever the simulator says so.

import { closePopups, closeSheet, closeWeb, drawChat } from "/chat.js";
import { $, get, minute, post } from "/dom.js";
import { drawPanels } from "/panels.js";

const PHONE_HEIGHT = 691; // 667 of screen and the bezel
const MARGIN = 40;
const LARGEST = 1.3;

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

function fit() {
  const room = (innerHeight - MARGIN) / PHONE_HEIGHT;
  const scale = room >= 1 && room < 1.15 ? 1 : Math.min(room, LARGEST);
  document.documentElement.style.setProperty("--scale", scale.toFixed(3));
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

fit();
tick();
listen();
