import { prepare } from "./prepare.js";
import { begin, checked, forget, put, Said } from "./send.js";
import { OFFLINE, STATES } from "./words.js";

/** One picture of a slot, from the choice of a file to the server's word on it. */
export class Picture {
  constructor(slot, item, file) {
    this.slot = slot;
    this.item = item;
    this.file = file;
    this.id = item.dataset.id;
    this.sent = Boolean(this.id);
    this.part("tools").hidden = false;
    this.on("delete", () => this.remove());
    this.on("retry", () => this.run());
    this.on("keep", () => this.run());
    this.on("look", () => this.look());
    this.on("look", (event) => event.key === "Escape" && this.look(false), "keydown");
    this.on("image", () => this.part("image").removeAttribute("src"), "error");
    if (file) {
      this.address = URL.createObjectURL(file);
      this.part("image").src = this.address;
    }
  }

  get state() {
    return this.item.dataset.state;
  }

  /** Go on from where it stopped; ends when it was sent, the check goes on behind. */
  async run() {
    try {
      if (!this.sent && !(await this.send())) {
        return;
      }
      this.show("checking");
      this.check();
    } catch (problem) {
      this.fail(problem);
    }
  }

  async send() {
    if (!this.blob) {
      this.show("preparing");
      const { blob, sharp } = await prepare(this.file);
      this.blob = blob;
      if (!sharp) {
        this.show("blurred");
        return false;
      }
    }
    this.show("sending");
    this.progress(0);
    const { purpose, token } = this.slot;
    const form = await begin(purpose, this.blob, token);
    this.request = new XMLHttpRequest();
    await put(this.request, form, this.blob, (percent) => this.progress(percent));
    this.id = form.id;
    this.sent = true;
    return true;
  }

  async check() {
    try {
      const { state, reason } = await checked(this.id);
      this.part("value").name = state === "clean" ? "documents" : "";
      this.part("value").value = this.id;
      this.show(state, reason);
    } catch (problem) {
      this.fail(problem);
    }
  }

  fail(problem) {
    this.show("failed", problem instanceof Said ? problem.message : OFFLINE);
  }

  show(state, sentence = "") {
    this.item.dataset.state = state;
    this.part("words").textContent = STATES[state];
    this.part("reason").textContent = sentence;
    this.part("progress").hidden = state !== "sending";
    this.part("retry").hidden = state !== "failed";
    this.part("keep").hidden = state !== "blurred";
    this.slot.changed(this, sentence ? `${STATES[state]}，${sentence}` : STATES[state]);
  }

  progress(percent) {
    this.part("progress").value = percent;
  }

  remove() {
    if (this.request) {
      this.request.abort();
    }
    if (this.id && this.item.dataset.linked === undefined) {
      forget(this.id, this.slot.token);
    }
    URL.revokeObjectURL(this.address);
    this.slot.removed(this);
  }

  /** Show the picture on the whole screen, or put it back. */
  look(open = !this.item.classList.contains("ma-picture_open")) {
    const image = this.part("image");
    this.item.classList.toggle("ma-picture_open", open);
    this.part("look").setAttribute("aria-expanded", String(open));
    if (open && image.dataset.full) {
      image.src = image.dataset.full;
      delete image.dataset.full;
    }
  }

  on(name, act, event = "click") {
    this.part(name).addEventListener(event, act);
  }

  part(name) {
    return this.item.querySelector(`[data-${name}]`);
  }
}
