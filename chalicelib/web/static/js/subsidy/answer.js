import { clearError, showError } from "../errors.js";

/** Put the server's word on the page: the amount, the checks, and a sentence beside a field. */
export function show(form, answer) {
  const region = document.querySelector("[data-estimate]");
  if (region && answer.html !== undefined) {
    region.innerHTML = answer.html;
    say(answer.say);
  }
  const errors = answer.errors || {};
  for (const field of Array.from(form.elements)) {
    if (!field.name || field === document.activeElement || field.type === "checkbox") {
      continue;
    }
    if (errors[field.name]) {
      showError(form, field.name, errors[field.name]);
    } else if (field.value) {
      clearError(field);
    }
  }
}

function say(sentence) {
  const line = document.querySelector("[data-said]");
  if (line.textContent !== sentence) {
    line.textContent = sentence || "";
  }
}
