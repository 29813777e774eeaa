/**
 * Coded reasons: searched or clicked, then pinned by a click on a field or a picture.
 * The selects below are the form itself; this only fills them in.
 */
export function pickReasons(desk, pictures) {
  const box = desk.querySelector("[data-reasons]");
  if (!box) {
    return { chosen: () => true, ask: () => {} };
  }
  const lines = [...box.querySelectorAll("[data-line]")].map(parts);
  const codes = [...box.querySelectorAll("[data-code]")];
  const search = box.querySelector("[data-search]");
  let active = null;

  const refresh = () => {
    lines.forEach((line) => {
      line.row.hidden = !line.code.value && !line.target.value && !line.note.value;
      line.row.classList.toggle("st-line_active", line === active);
      line.remove.hidden = false;
    });
    desk.classList.toggle("st-pinning", Boolean(active));
    const pinned = new Set(lines.filter((line) => line.code.value).map((line) => line.target.value));
    desk.querySelectorAll("[data-field], [data-picture]").forEach((item) =>
      item.classList.toggle("st-pinned", pinned.has(item.dataset.target)));
  };
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    codes.forEach((code) => {
      code.hidden = !code.textContent.toLowerCase().includes(wanted);
      code.classList.remove("st-code_first");
    });
    const first = wanted && codes.find((code) => !code.hidden);
    if (first) {
      first.classList.add("st-code_first");
    }
    return first;
  };
  const pick = (code) => {
    const line = lines.find((each) => !each.code.value);
    if (!line) {
      return;
    }
    line.code.value = code;
    active = line;
    search.value = "";
    filter();
    refresh();
    line.note.focus();
  };
  const pin = (target) => {
    if (!active || !target) {
      return false;
    }
    active.target.value = target;
    const note = active.note;
    active = null;
    refresh();
    note.focus();
    return true;
  };

  box.querySelector("[data-pick]").hidden = false;
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const first = filter();
      if (first) {
        pick(first.dataset.code);
      }
    }
  });
  codes.forEach((code) => code.addEventListener("click", () => pick(code.dataset.code)));
  lines.forEach((line) => {
    line.target.addEventListener("focus", () => {
      active = line;
      refresh();
    });
    line.target.addEventListener("change", () => pin(line.target.value));
    line.remove.addEventListener("click", () => {
      line.code.value = line.target.value = line.note.value = "";
      active = null;
      refresh();
    });
  });
  desk.addEventListener("click", (event) => {
    const row = event.target.closest("[data-field]");
    if (row) {
      pin(row.dataset.target);
    }
  });
  pictures.onClick(() => pin(pictures.target()));
  refresh();
  return {
    chosen: () => lines.some((line) => line.code.value),
    ask: () => {
      box.open = true;
      box.scrollIntoView({ block: "nearest" });
      search.focus();
    },
  };
}

function parts(row) {
  return {
    row,
    code: row.querySelector(".st-line__code"),
    target: row.querySelector(".st-line__target"),
    note: row.querySelector(".st-line__note"),
    remove: row.querySelector("[data-remove]"),
  };
}
