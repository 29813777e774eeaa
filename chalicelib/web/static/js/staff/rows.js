/** j and k walk through a list, Enter opens; a click anywhere on a row opens it. */
export function openRows(doc, keys) {
  const table = doc.querySelector("[data-rows]");
  if (!table) {
    return;
  }
  const links = [...table.querySelectorAll("tbody a")];
  const walk = (step) => {
    const here = links.indexOf(doc.activeElement);
    const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), links.length - 1);
    links[next].focus();
  };
  keys.j = () => walk(1);
  keys.k = () => walk(-1);
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && !event.target.closest("a")) {
      row.querySelector("a").click();
    }
  });
}

/** A filter that is chosen is applied; the button is for browsers without scripts. */
export function submitFilters(doc) {
  doc.querySelectorAll("[data-filters]").forEach((form) => {
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => form.submit());
  });
}
