/**
 * The question before a decision comes from the server, as the page that browsers without
 * scripts get; here it opens over the case, so that the evidence stays in sight.
 */
export function askBeforeDeciding(desk, dialog, reasons) {
  desk.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.hasAttribute("data-decide") || desk.dataset.asked) {
      return;
    }
    event.preventDefault();
    if (button.hasAttribute("data-reasoned") && !reasons.chosen()) {
      reasons.ask();
      return;
    }
    button.setAttribute("aria-busy", "true");
    ask(desk, dialog, button)
      .catch(() => false)
      .then((shown) => {
        button.removeAttribute("aria-busy");
        if (!shown) {
          // the whole page says what is wrong
          desk.dataset.asked = "1";
          button.click();
        }
      });
  });
}

async function ask(desk, dialog, button) {
  const fields = new URLSearchParams(new FormData(desk));
  fields.set(button.name, button.value);
  // a button named "action" hides the form's own property of that name
  const answer = await fetch(desk.getAttribute("action"), { method: "POST", body: fields });
  if (!answer.ok || answer.redirected) {
    return false;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const question = page.querySelector("[data-confirm]");
  if (!question) {
    return false;
  }
  dialog.replaceChildren(document.adoptNode(question));
  question.querySelector("[data-back]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  dialog.showModal();
  question.querySelector("[data-sure]").focus();
  return true;
}
