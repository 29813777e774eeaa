import { put, Said } from "../upload/send.js";

const LOOK_MS = 2000;
const WORDS = {
  none: "请先选择银行返回的结果文件。",
  kind: "请选择 .xlsx 或 .csv 文件。",
  busy: "没有完成，请检查网络后再试。",
};

/** Batches: progress without reloading by hand, files to and from the bank. */
export function workPayouts(doc) {
  follow(doc);
  const download = doc.querySelector("[data-download]");
  if (download) {
    download.addEventListener("submit", (event) => {
      event.preventDefault();
      during(download, event.submitter, () => fetchFile(download, event.submitter));
    });
  }
  const result = doc.querySelector("[data-result]");
  if (result) {
    result.addEventListener("submit", (event) => {
      event.preventDefault();
      during(result, event.submitter, () => sendResult(result));
    });
  }
}

/** Read the page again while a worker is busy; when it is done, the page as a whole. */
function follow(doc) {
  const work = doc.querySelector("[data-work]");
  if (!work) {
    return;
  }
  // not the address of this page, which may be that of a form
  const here = work.dataset.work;
  setTimeout(async () => {
    const answer = doc.hidden ? null : await fetch(here).catch(() => null);
    if (answer && answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-work]")) {
        location.replace(here);
        return;
      }
      const live = page.querySelector("[data-live]");
      doc.querySelector("[data-live]").replaceWith(doc.adoptNode(live));
    }
    follow(doc);
  }, LOOK_MS);
}

async function fetchFile(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set(button.name, button.value);
  const answer = await ask(form.getAttribute("action"), fields);
  location.assign(answer.url);
  // the count of downloads, and the field for the next one's reason; what was chosen stays
  const chosen = form.ownerDocument.querySelector("[data-result] [type=file]");
  setTimeout(() => chosen?.files.length || location.replace(form.dataset.download), LOOK_MS);
}

async function sendResult(form) {
  const file = form.querySelector("[type=file]").files[0];
  if (!file || !/\.(xlsx|csv)$/i.test(file.name)) {
    throw new Said(file ? WORDS.kind : WORDS.none);
  }
  const token = new URLSearchParams({ token: form.elements.token.value });
  const sent = form.querySelector("[data-sent]");
  const order = await ask(form.dataset.begin, token);
  sent.hidden = false;
  await put(new XMLHttpRequest(), order, file, (percent) => {
    sent.value = percent;
  });
  form.elements.result.value = order.id;
  form.submit();
}

async function ask(path, fields) {
  const headers = { Accept: "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: fields });
  const answer = await response.json();
  if (!answer.ok) {
    throw new Said(Object.values(answer.errors)[0]);
  }
  return answer;
}

async function during(form, button, work) {
  if (form.dataset.busy) {
    return;
  }
  const said = form.querySelector("[data-said]");
  form.dataset.busy = "1";
  said.hidden = true;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (problem) {
    said.textContent = problem instanceof Said ? problem.message : WORDS.busy;
    said.hidden = false;
  } finally {
    delete form.dataset.busy;
    button.removeAttribute("aria-busy");
  }
}
