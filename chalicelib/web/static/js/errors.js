// The same markup as the `field_error` macro: <p class="ma-error" id="NAME-error">.

/**
 * After a refused form the reader starts at the list of what to mend — or at the one place
 * that the address names: a message about a picture leads to that picture.
 */
export function focusSummary(root) {
  const named = root.getElementById(decodeURIComponent(root.location.hash.slice(1)));
  const start = named || root.querySelector("[data-summary]");
  if (start) {
    start.focus();
  }
}

/** An error goes as soon as its field is touched: it spoke about the old value. */
export function clearErrorsOnInput(root) {
  const clear = (event) => clearError(event.target);
  root.addEventListener("input", clear);
  root.addEventListener("change", clear);
}

export function clearError(field) {
  const top = field.getBoundingClientRect().top;
  if (field.id && wipe(field)) {
    unlist(field.id);
    // what is being typed stays where it is, also where the browser does not see to it
    if (!CSS.supports("overflow-anchor", "auto")) {
      window.scrollBy(0, field.getBoundingClientRect().top - top);
    }
  }
}

/** Remove the sentence beside a field. False when there is none. */
function wipe(field) {
  const error = document.getElementById(field.id + "-error");
  if (!error) {
    return false;
  }
  error.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  const cell = field.closest(".weui-cell_warn");
  if (cell) {
    cell.classList.remove("weui-cell_warn");
  }
  return true;
}

/** The line of the summary that leads to a field, or null. */
function line(id) {
  return document.querySelector(`[data-summary] a[href="#${CSS.escape(id)}"]`);
}

/** What was mended is not listed any more; a summary that lists nothing goes. */
export function unlist(id) {
  const link = line(id);
  if (!link) {
    return;
  }
  const list = link.closest("ul");
  link.closest("li").remove();
  if (!list.children.length) {
    const summary = list.closest("[data-summary]");
    const whole = summary.querySelector("p");
    if (whole) {
      list.previousElementSibling.remove();
      list.remove();
    } else {
      summary.remove();
    }
  }
}

/** Put a sentence beside a field. False when the form has no such field. */
export function showError(form, name, sentence) {
  const field = form.elements.namedItem(name);
  if (!field || field.type === "hidden") {
    return false;
  }
  wipe(field);
  const listed = line(field.id);
  if (listed) {
    listed.textContent = sentence;
  }
  const error = document.createElement("p");
  error.className = "ma-error";
  error.id = field.id + "-error";
  error.textContent = sentence;
  const cell = field.closest("[data-field]");
  cell.querySelector("[data-error-slot]").append(error);
  cell.classList.add("weui-cell_warn");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", error.id);
  return true;
}
