const ZOOMS = [1, 2, 4];
const TURN = 90;

/**
 * The evidence: one picture large, fitted to its place, turned and enlarged by keys, moved
 * by dragging. Turning is remembered for each picture. Returns what shows which target.
 */
export function showPictures(desk) {
  const links = [...desk.querySelectorAll("[data-picture]")];
  const viewer = desk.querySelector("[data-viewer]");
  if (!viewer || !links.length) {
    return { target: () => "", onClick: () => {} };
  }
  const big = viewer.querySelector("[data-big]");
  const failed = viewer.querySelector("[data-failed]");
  const caption = desk.querySelector("[data-caption]");
  const turns = links.map(() => 0);
  const state = { at: 0, zoom: 0, x: 0, y: 0 };
  let clicked = () => false;

  const draw = () => {
    const turned = (turns[state.at] % 180) !== 0;
    const fit = turned ? refit(big, viewer) : 1;
    const scale = fit * ZOOMS[state.zoom];
    big.style.transform =
      `translate(${state.x}px, ${state.y}px) rotate(${turns[state.at]}deg) scale(${scale})`;
    viewer.classList.toggle("st-viewer_zoomed", state.zoom > 0);
  };
  const show = (at) => {
    Object.assign(state, { at, zoom: 0, x: 0, y: 0 });
    failed.hidden = true;
    big.hidden = true;
    big.src = links[at].href;
    big.alt = links[at].textContent.trim();
    links.forEach((link, place) =>
      place === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
    caption.textContent = `${at + 1} / ${links.length} ${links[at].textContent.trim()}`;
    draw();
  };
  const zoom = () => {
    Object.assign(state, { zoom: (state.zoom + 1) % ZOOMS.length, x: 0, y: 0 });
    draw();
  };
  const actions = {
    j: () => show((state.at + 1) % links.length),
    k: () => show((state.at + links.length - 1) % links.length),
    z: zoom,
    o: () => {
      turns[state.at] += TURN;
      draw();
    },
  };

  big.addEventListener("load", () => {
    big.hidden = false;
    draw();
  });
  big.addEventListener("error", () => {
    failed.hidden = false;
  });
  const tools = desk.querySelector("[data-tools]");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-key]");
    if (button) {
      actions[button.dataset.key]();
    }
  });
  links.forEach((link, at) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(at);
      clicked();
    }));
  drag(viewer, state, draw, () => clicked() || zoom());
  window.addEventListener("resize", draw);
  show(0);
  return {
    target: () => links[state.at].dataset.target,
    onClick: (handler) => {
      clicked = handler;
    },
  };
}

/** How much a picture on its side must shrink or grow to fit where it fitted upright. */
function refit(picture, place) {
  const { naturalWidth: w, naturalHeight: h } = picture;
  const { clientWidth: width, clientHeight: height } = place;
  if (!w || !h) {
    return 1;
  }
  return Math.min(width / h, height / w) / Math.min(width / w, height / h);
}

function drag(viewer, state, draw, click) {
  let from = null;
  viewer.addEventListener("dragstart", (event) => event.preventDefault());
  viewer.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX - state.x, y: event.clientY - state.y, moved: false };
    viewer.setPointerCapture(event.pointerId);
  });
  viewer.addEventListener("pointermove", (event) => {
    if (!from) {
      return;
    }
    const x = event.clientX - from.x;
    const y = event.clientY - from.y;
    from.moved = from.moved || Math.abs(x - state.x) + Math.abs(y - state.y) > 4;
    if (from.moved && state.zoom > 0) {
      Object.assign(state, { x, y });
      draw();
    }
  });
  viewer.addEventListener("pointerup", () => {
    if (from && !from.moved) {
      click();
    }
    from = null;
  });
}
