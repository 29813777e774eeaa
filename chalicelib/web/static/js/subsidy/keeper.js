import { show } from "./answer.js";
import { KEEPING, OFFLINE } from "./words.js";

const TYPING_MS = 1500;
const CHANGED_MS = 300;
const PATIENCE_MS = 20000;
const RETRY_MS = 15000;

/**
 * Keeps a form on the server while it is typed: a moment after each change, before the page is
 * left, and again when the network is back. One request at a time, each with the version that
 * the one before it brought.
 */
export class Keeper {
  constructor(form, win) {
    this.form = form;
    this.win = win;
    this.line = document.querySelector("[data-saved]");
    this.changed = false;
    this.failed = false;
  }

  listen() {
    this.form.addEventListener("input", () => this.touch(TYPING_MS));
    this.form.addEventListener("change", () => this.touch(CHANGED_MS));
    document.addEventListener("submit", (event) => this.hold(event), true);
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
    this.win.addEventListener("pagehide", () => this.keep());
    this.win.addEventListener("online", () => this.keep());
    this.win.addEventListener("beforeunload", (event) => this.warn(event));
  }

  touch(wait) {
    this.changed = true;
    this.after(wait);
  }

  after(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), wait);
  }

  /** Send what was changed; what changes meanwhile is sent after the answer. */
  keep() {
    clearTimeout(this.timer);
    if (!this.changed || this.stopped || this.leaving) {
      return this.running;
    }
    if (!this.running) {
      this.running = this.send().then(() => {
        this.running = null;
        if (this.changed) {
          this.after(this.failed ? RETRY_MS : CHANGED_MS);
        }
      });
    }
    return this.running;
  }

  async send() {
    this.changed = false;
    this.say(KEEPING);
    try {
      this.take(await this.post());
    } catch {
      this.changed = this.failed = true;
      this.say(OFFLINE);
    }
  }

  async post() {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const response = await fetch(this.form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(this.form)),
        credentials: "same-origin",
        keepalive: true,
        signal: patience.signal,
      });
      if (response.status >= 500) {
        throw new Error("busy");
      }
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
  }

  take(answer) {
    // an answer that was lost may have been a saving all the same: its version is ours
    const ours = this.failed && answer.version;
    this.failed = false;
    if (ours && !answer.ok) {
      this.form.elements.namedItem("version").value = answer.version;
      this.changed = true;
      return;
    }
    if (!answer.ok) {
      // somebody else's change, or a page that is too old: sending again would not help
      this.stopped = !answer.errors || "form" in answer.errors;
      this.say(Object.values(answer.errors || {})[0] || OFFLINE);
      return;
    }
    this.form.elements.namedItem("version").value = answer.version;
    this.say(answer.saved);
    show(this.form, answer);
  }

  /** The form leaves with the version that the last answer brought, so it waits for it. */
  hold(event) {
    if (event.target !== this.form || event.defaultPrevented) {
      return;
    }
    clearTimeout(this.timer);
    if (!this.running) {
      this.leaving = true;
      setTimeout(() => (this.leaving = false), PATIENCE_MS);
      return;
    }
    event.preventDefault();
    const button = event.submitter || this.form.querySelector("[data-main]");
    this.changed = false;
    this.running.then(() => this.failed || button.click());
  }

  /** Only what could not be kept is worth a question. */
  warn(event) {
    if (this.changed && this.failed && !this.leaving) {
      event.preventDefault();
      event.returnValue = "";
    }
  }

  say(words) {
    this.line.textContent = words;
    this.line.classList.toggle("ma-unsent__saved_alert", this.failed || Boolean(this.stopped));
  }
}
