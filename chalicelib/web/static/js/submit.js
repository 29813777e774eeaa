/**
 * A second tap on a form that is on its way does nothing. The button is not disabled:
 * a disabled button would not be sent, and one that stays so after「返回」is a trap.
 */
export function submitOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter || form.querySelector("[data-main]");
    if (button) {
      button.setAttribute("aria-busy", "true");
    }
    // A request that never answers must not lock the form for ever.
    setTimeout(() => release(form, button), 15000);
  });
}

function release(form, button) {
  delete form.dataset.sent;
  if (button) {
    button.removeAttribute("aria-busy");
  }
}
