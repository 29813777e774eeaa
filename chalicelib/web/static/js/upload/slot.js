import { unlist } from "../errors.js";
import { Picture } from "./picture.js";
import { FULL, NEWS, UNFINISHED } from "./words.js";

/** A place for pictures of one purpose: adding, counting, saying what happens. */
export class Slot {
  constructor(root) {
    this.root = root;
    this.purpose = root.dataset.purpose;
    this.token = root.dataset.token;
    this.most = Number(root.dataset.most);
    this.queue = Promise.resolve();
    this.part("unscripted").hidden = true;
    const items = Array.from(root.querySelectorAll("[data-picture]"));
    this.pictures = items.map((item) => new Picture(this, item));
    this.pictures.filter((p) => p.state === "waiting").forEach((p) => p.run());
    const input = this.part("file");
    input.addEventListener("change", () => {
      this.add(Array.from(input.files));
      input.value = "";
    });
    this.count();
  }

  /** One after the other: on a poor network, one that arrives beats three that don't. */
  add(files) {
    const room = this.most - this.pictures.length;
    for (const file of files.slice(0, room)) {
      const copy = document.importNode(this.part("template").content, true);
      const picture = new Picture(this, copy.firstElementChild, file);
      this.part("pictures").append(copy);
      this.pictures.push(picture);
      picture.show("preparing");
      this.queue = this.queue.then(() => picture.run());
    }
    if (files.length > room) {
      this.say(FULL(this.most));
    }
    this.count();
  }

  changed(picture, words) {
    if (picture.state === "clean") {
      this.tell();
    }
    const number = this.pictures.indexOf(picture) + 1;
    if (number) {
      this.say(NEWS(number, words));
    }
  }

  removed(picture) {
    this.pictures = this.pictures.filter((other) => other !== picture);
    unlist(picture.item.id);
    picture.item.remove();
    this.count();
    this.tell();
    this.part("file").focus();
  }

  count() {
    this.part("count").textContent = `${this.pictures.length}/${this.most}`;
    this.part("add").hidden = this.pictures.length >= this.most;
  }

  /** What the form would send is another now. */
  tell() {
    this.root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  say(words) {
    this.part("news").textContent = words;
  }

  /** A form does not leave while a picture that it asks for would stay behind. */
  holds(event) {
    if (this.root.closest("[hidden]")) {
      return false;
    }
    const left = this.pictures.find((picture) => picture.state !== "clean");
    if (!left || !event.target.contains(this.root)) {
      return false;
    }
    this.say(UNFINISHED);
    left.item.scrollIntoView({ block: "center" });
    return true;
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }
}
