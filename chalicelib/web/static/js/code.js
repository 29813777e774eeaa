import { clearError, showError } from "./errors.js";

const FAILED = "网络不太好，验证码没有发出，请稍后再点「获取」。";

/**
 *「获取」asks for the code without leaving the page, then counts down to the next try.
 * The server answers {ok, wait, notice} or {ok: false, errors: {field: sentence}, wait}.
 */
export function watchCodeButtons(root) {
  for (const button of root.querySelectorAll("[data-code]")) {
    const idle = { text: button.textContent, name: button.getAttribute("aria-label") };
    const wait = (seconds) => countDown(button, idle, seconds);
    wait(Number(button.dataset.wait) || 0);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      if (!button.hasAttribute("aria-busy")) {
        ask(button, wait);
      }
    });
  }
}

async function ask(button, wait) {
  button.setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await post(button);
  } catch {
    answer = { ok: false, errors: { form: FAILED } };
  }
  button.removeAttribute("aria-busy");
  show(button, answer);
  wait(Number(answer.wait) || 0);
}

async function post(button) {
  const response = await fetch(button.formAction, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(button.form)),
    credentials: "same-origin",
  });
  return response.json();
}

function show(button, answer) {
  const form = button.form;
  const code = form.elements.namedItem(button.dataset.code);
  for (const field of Array.from(form.elements)) {
    clearError(field);
  }
  const errors = Object.entries(answer.errors || {});
  const loose = errors.filter(([name, sentence]) => !showError(form, name, sentence));
  const notice = form.querySelector("[data-notice]");
  notice.classList.toggle("ma-notice_alert", !answer.ok);
  notice.textContent = loose.map(([, sentence]) => sentence).join(" ") || answer.notice || "";
  const wrong = form.querySelector("[aria-invalid]");
  if (wrong) {
    wrong.focus();
  } else if (answer.ok) {
    code.focus();
  }
}

/** Seconds come from the wall clock: a phone that sleeps does not stop the countdown. */
function countDown(button, idle, seconds) {
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    const text = left > 0 ? `${left} 秒后重发` : idle.text;
    button.disabled = left > 0;
    button.textContent = text;
    button.setAttribute("aria-label", left > 0 ? text : idle.name);
    if (left > 0) {
      setTimeout(tick, 250);
    }
  };
  tick();
}
