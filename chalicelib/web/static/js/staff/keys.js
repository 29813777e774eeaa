const TYPING = "input, select, textarea";

/**
 * A key presses the visible element that names it in data-key; where there is none, the
 * handlers that pages registered hear of it. Typing is left alone, Escape leaves a field.
 */
export function listenToKeys(doc) {
  const handlers = {};
  const help = doc.querySelector("[data-help]");
  const opener = doc.querySelector("[data-help-open]");
  if (help && opener) {
    opener.hidden = false;
    opener.addEventListener("click", () => help.showModal());
    help.querySelector("[data-close]").addEventListener("click", () => help.close());
  }
  doc.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    if (doc.querySelector("dialog[open]")) {
      return;
    }
    if (event.target.matches(TYPING)) {
      leave(event);
    } else if (press(doc, handlers, event.key)) {
      event.preventDefault();
    }
  });
  return handlers;
}

function leave(event) {
  if (event.key === "Escape") {
    event.target.blur();
  } else if (event.key === "Enter" && event.target.closest("[data-case]")) {
    // a line is not sent by Enter: the keyboard's decision is a letter and a confirmation
    if (!event.target.matches("textarea, [data-search]")) {
      event.preventDefault();
    }
  }
}

function press(doc, handlers, pressed) {
  const key = pressed.length === 1 ? pressed.toLowerCase() : pressed;
  if (key === "/") {
    const find = doc.querySelector("[data-find]");
    if (find) {
      find.focus();
    }
    return Boolean(find);
  }
  const named = key.length === 1 && doc.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (named && named.offsetParent !== null) {
    named.click();
    return true;
  }
  if (handlers[key]) {
    handlers[key]();
    return true;
  }
  return false;
}
