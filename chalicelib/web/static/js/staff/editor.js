import { prepare } from "../upload/prepare.js";
import { put } from "../upload/send.js";

const PAUSE_MS = 400;
const PATIENCE_MS = 60000;
const WORDS = {
  sending: "正在上传图片…",
  checking: "正在检查图片…",
  done: "图片已上传，保存后生效。",
  alt: "图片说明",
  failed: "图片没有传上去，请重试。",
  stale: "预览没有更新，请检查网络。",
};

/** The editors' form: a preview as they type, pictures, and a question before work is lost. */
export function editContent(doc) {
  const form = doc.querySelector("[data-editor]");
  if (!form) {
    return;
  }
  const part = (name) => form.querySelector(`[data-${name}]`);
  const path = form.getAttribute("action");
  const say = (words) => {
    part("said").textContent = words;
  };
  keepPreview(form, part, path, say);
  doc.querySelectorAll("[data-picker]").forEach((label) => {
    label.hidden = false;
  });
  onFile(part("insert"), form, path, say, (id) => insert(part("source"), id));
  if (part("cover")) {
    onFile(part("cover-file"), form, path, say, (id) => cover(part, id, path));
    part("cover-remove").addEventListener("click", () => cover(part, "", path));
  }
  askBeforeLeaving(form);
}

function keepPreview(form, part, path, say) {
  let waits;
  let latest = 0;
  const show = async () => {
    const mine = ++latest;
    const fields = { token: form.elements.token.value, source: part("source").value };
    const answer = await ask(`${path}/preview`, fields);
    if (mine === latest) {
      part("preview").innerHTML = answer.html;
      if (part("said").textContent === WORDS.stale) {
        say("");
      }
    }
  };
  part("preview-button").hidden = true;
  part("source").addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(() => show().catch((problem) => say(problem.said || WORDS.stale)), PAUSE_MS);
  });
  part("title").addEventListener("input", () => {
    part("preview-title").textContent = part("title").value;
  });
}

function onFile(input, form, path, say, use) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) {
      return;
    }
    try {
      say(WORDS.sending);
      use(await send(file, form, path, () => say(WORDS.checking)));
      form.dataset.changed = "1";
      say(WORDS.done);
    } catch (problem) {
      say(problem.said || WORDS.failed);
    }
  });
}

async function send(file, form, path, sent) {
  const { blob } = await prepare(file);
  const type = /^image\/(jpeg|png|webp)$/.test(blob.type) ? blob.type : "image/jpeg";
  const fields = { token: form.elements.token.value, content_type: type, size: blob.size };
  const where = await ask(`${path}/pictures`, fields);
  await put(new XMLHttpRequest(), where, blob, () => {});
  sent();
  const end = Date.now() + PATIENCE_MS;
  for (let wait = 500; Date.now() < end; wait = Math.min(wait * 1.4, 3000)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const { state, reason } = await ask(`${path}/pictures/${where.id}`);
    if (state === "clean") {
      return where.id;
    }
    if (state === "refused") {
      throw Object.assign(new Error(state), { said: reason });
    }
  }
  throw new Error("slow");
}

function insert(source, id) {
  const { selectionStart: start, selectionEnd: end, value } = source;
  const alt = value.slice(start, end) || WORDS.alt;
  source.setRangeText(`\n![${alt}](picture:${id})\n`, start, end, "end");
  source.dispatchEvent(new Event("input", { bubbles: true }));
  source.focus();
}

function cover(part, id, path) {
  const image = part("cover-image");
  part("cover-value").value = id;
  part("cover-remove").hidden = !id;
  image.hidden = !id;
  if (id) {
    image.src = `${path}/pictures/${id}?size=thumb`;
  }
}

function askBeforeLeaving(form) {
  form.addEventListener("input", () => {
    form.dataset.changed = "1";
  });
  window.addEventListener("beforeunload", (event) => {
    if (form.dataset.changed && !form.dataset.sent) {
      event.preventDefault();
    }
  });
}

async function ask(path, fields) {
  const response = await fetch(path, {
    method: fields ? "POST" : "GET",
    headers: { Accept: "application/json" },
    body: fields && new URLSearchParams(fields),
    credentials: "same-origin",
  });
  const answer = await response.json();
  if (!answer.ok) {
    throw Object.assign(new Error("refused"), { said: Object.values(answer.errors)[0] });
  }
  return answer;
}
